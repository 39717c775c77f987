"""A box for tests of the SSH link: plays the transcript named by its argument on stdin and stdout.

The format is explained in Transcript.java; the client's name in hello is not compared. What the console said wrongly is reported on stderr, with exit status 3.
"""

import json
import sys


def main(path):
    with open(path, encoding="utf-8", newline="\n") as transcript:
        text = transcript.read()
    for line in text.split("\n"):
        if not line.strip():
            continue
        step = json.loads(line)
        if step["from"] == "console":
            expect(step["frame"])
        elif "frame" in step:
            say(json.dumps(step["frame"]) + "\n")
        elif "raw" in step:
            say(step["raw"] * step.get("times", 1))
        elif "flood" in step:
            flood(step["flood"])
        elif "wait" in step:
            sys.stdin.buffer.read()
            return


def expect(frame):
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit("box: the console hung up")
    said = json.loads(line)
    if frame["type"] == "hello":
        said, frame = said["type"], frame["type"]
    if said != frame:
        sys.stderr.write(f"box: said {said!r}, expected {frame!r}\n")
        sys.exit(3)


def say(text):
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()


def flood(count):
    """Numbered lines, as fast as they are taken."""
    for number in range(count):
        sys.stdout.write(
            '{"type":"line","cursor":"%d","time":"2026-11-21T03:00:00Z","priority":6,"unit":"croft-app-blog.service","text":"%s"}\n'
            % (number, "x" * 60)
        )
    sys.stdout.flush()


main(sys.argv[1])
