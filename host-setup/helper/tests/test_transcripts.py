"""Plays the dialogues of src/test/resources/transcripts against the real server; Java plays the same files.

One line of a transcript is {"from": "console" | "box", "frame": {…}}. What is not a frame stands as {"raw": text}
or {"raw": text, "times": n}. Values that differ from run to run are examples: another value of the same form is equal.
"""

import json
import os
import re
import unittest

from box import AUTHOR, REV, Box, app, building, nix_records, operation_id, state_text
from console import ask, exchange
from croft_hostd.protocol import REQUESTS

TRANSCRIPTS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "src", "test", "resources", "transcripts")

#: Members whose value is an example, with the form that any value must have.
EXAMPLES = {
    "cursor": r"s=[0-9a-f]+;i=[0-9a-f]+;.*|[0-9]+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "startedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "finishedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "date": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "revision": r"[0-9a-f]{40}",
    "toplevel": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "closure": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
}
_TIME_IN_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z")

FIRST = "1" * 40

def with_shop(box):
    deploy(box, 1, {"shop": app(FIRST)}, "Deploy shop 1.0")


def deploy(box, number, apps, message):
    frames = ask(box, type="apply", operation=operation_id(number), state=state_text(apps), author=AUTHOR, message=message)
    assert frames[0]["type"] == "accepted", frames


def busy(box):
    with_shop(box)
    box.run_operations = False
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")


def building_shop(box):
    box.build = (building(lines=["copying files", "packed 1 Python files"]), 0)


def broken_build(box):
    with_shop(box)
    drv = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-app-shop-bfc470136e78.drv"
    error = nix_records({"action": "msg", "level": 0, "msg": f"error: builder for '{drv}' failed with exit code 1"})
    box.build = (building(drv, ["compiling", "app.py: invalid syntax"]) + error, 1)


def followed(box):
    building_shop(box)
    deploy(box, 1, {"shop": app(REV)}, "Deploy shop 1.0")


def followed_failure(box):
    broken_build(box)
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")


def two_generations(box):
    with_shop(box)
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")


def logged(box):
    box.log("croft-app-shop.service", "Started croft-app-shop.service - shop.", _SYSTEMD_UNIT="init.scope", UNIT="croft-app-shop.service")
    box.log("croft-app-shop.service", "listening on 8090 — “grüß dich” 🎪")
    box.log("croft-app-other.service", "not yours")
    box.log("croft-app-shop.service", list("caf\udce9".encode("utf-8", "surrogateescape")), PRIORITY="4")


def source(box):
    box.remote = {"HEAD": REV, "refs/heads/main": REV}
    box.source = {"app.py": "print()\n", "Dockerfile": "FROM scratch\nEXPOSE 8090\n"}


#: transcript -> what was done to the box before
SET_UP = {
    "hello": None,
    "protocol-unsupported": None,
    "unknown-type": None,
    "bad-app-name": None,
    "bad-json": None,
    "frame-too-long": None,
    "state": None,
    "state-refused": None,
    "apply-accepted": None,
    "apply-busy": busy,
    "follow-succeeded": followed,
    "follow-resumed": followed,
    "follow-failed": followed_failure,
    "operations": followed_failure,
    "rollback-accepted": two_generations,
    "rollback-no-generation": None,
    "cancel": busy,
    "generations": two_generations,
    "units": with_shop,
    "control": with_shop,
    "journal": logged,
    "journal-resumed": logged,
    "inspect": source,
    "inspect-refused": None,
    "probe": None,
}


class TranscriptTest(unittest.TestCase):
    maxDiff = None

    def test_every_transcript_is_played(self):
        files = {name.removesuffix(".jsonl") for name in os.listdir(TRANSCRIPTS) if name.endswith(".jsonl")}
        self.assertEqual(files, set(SET_UP))

    def test_hello_lists_every_request(self):
        box = Box()
        self.addCleanup(box.close)
        hello = exchange(box, b'{"type":"hello","protocol":1,"client":"test"}\n')[0]
        self.assertEqual(hello["capabilities"], sorted(REQUESTS))

    def play(self, name):
        box = Box()
        self.addCleanup(box.close)
        if SET_UP[name]:
            SET_UP[name](box)
        steps = read(name)
        said = exchange(box, b"".join(bytes_of(step) for step in steps if step["from"] == "console"))
        expected = [step["frame"] for step in steps if step["from"] == "box"]
        self.assertEqual([normal(frame) for frame in said], [normal(frame) for frame in expected])


def _add(name):
    setattr(TranscriptTest, "test_" + name.replace("-", "_"), lambda self: self.play(name))


for _name in SET_UP:
    _add(_name)


def read(name):
    with open(os.path.join(TRANSCRIPTS, name + ".jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def bytes_of(step):
    if "raw" in step:
        return (step["raw"] * step.get("times", 1)).encode()
    return json.dumps(step["frame"]).encode() + b"\n"


def normal(value, name=None):
    """The value with every example that has the right form replaced by the name of its form."""
    if isinstance(value, dict):
        return {key: normal(member, key) for key, member in value.items()}
    if name == "capabilities":
        return "<capabilities>"  # They grow with the protocol; test_hello_lists_every_request holds them.
    if isinstance(value, list):
        return [normal(member) for member in value]
    if isinstance(value, str) and name in EXAMPLES and re.fullmatch(EXAMPLES[name], value):
        return f"<{name}>"
    if isinstance(value, str):
        return _TIME_IN_TEXT.sub("<time>", value)
    return value


def record(name):
    """Writes a transcript's box side anew; to be read in the diff like any golden file."""
    box = Box()
    try:
        if SET_UP[name]:
            SET_UP[name](box)
        console = [step for step in read(name) if step["from"] == "console"]
        said = exchange(box, b"".join(bytes_of(step) for step in console))
    finally:
        box.close()
    # A hello is answered at once; everything else follows what the console said last.
    split = 1 if said and said[0]["type"] == "hello" else 0
    steps = [*console[:1], *said_by_box(said[:split]), *console[1:], *said_by_box(said[split:])]
    with open(os.path.join(TRANSCRIPTS, name + ".jsonl"), "w", encoding="utf-8") as file:
        for step in steps:
            file.write(json.dumps(step, ensure_ascii=False) + "\n")


def said_by_box(frames):
    return [{"from": "box", "frame": frame} for frame in frames]


if __name__ == "__main__":
    import sys

    if sys.argv[1:2] == ["--record"]:
        for _name in sys.argv[2:] or SET_UP:
            record(_name)
    else:
        unittest.main()
