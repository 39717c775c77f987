"""The journal as frames, by cursor: nothing lost, nothing twice, a torn last line dropped."""

import select
import time

from .jsontext import loads
from .text import clean
from .problems import problem
from .units import app_unit

_FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT"
_TEXT_BYTES = 8 * 1024
_DEFAULT_LINES = 200


def argv(*arguments):
    return ["journalctl", "--no-pager", "--quiet", "--all", "--output=json", f"--output-fields={_FIELDS}", *arguments]


def units_of(request):
    """The match for one unit: its own lines and what systemd says of it."""
    return f"--unit={app_unit(request['app']) if 'app' in request else request['unit']}"


class Clock:
    """journald's microseconds as RFC 3339; the part down to the second is the same for thousands of lines in a row."""

    def __init__(self):
        self._second = None
        self._text = ""

    def __call__(self, micros):
        second, rest = micros[:-6], micros[-6:]
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(int(second)))
        return f"{self._text}{rest}Z"


def message(entry):
    """The text of an entry: journald gives bytes that are not UTF-8 as numbers, and a repeated field as a list."""
    value = entry.get("MESSAGE")
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if all(isinstance(part, int) for part in value):
            return bytes(value).decode("utf-8", "replace")
        return "\n".join(str(part) for part in value)
    return ""


def text_of(entry):
    """The entry's text as it may be shown: no terminal control, bounded."""
    text = message(entry)
    if not text.isprintable():
        text = clean(text)
    if len(text) > _TEXT_BYTES // 4 and len(raw := text.encode("utf-8", "replace")) > _TEXT_BYTES:
        return raw[:_TEXT_BYTES].decode("utf-8", "ignore") + f"… [{len(raw) - _TEXT_BYTES} bytes cut]"
    return text


class Lines:
    """journalctl's output as `line` frames."""

    def __init__(self):
        self._clock = Clock()
        self.cursor = None

    def frames(self, batch):
        """The frames of whole output lines; `cursor` is the last one's."""
        found = []
        for stream, raw in batch:
            if stream != "out" or not raw:
                continue
            entry = loads(raw.decode("utf-8", "replace"))
            self.cursor = entry["__CURSOR"]
            found.append(
                {
                    "type": "line",
                    "cursor": self.cursor,
                    "time": self._clock(entry["__REALTIME_TIMESTAMP"]),
                    "priority": int(entry.get("PRIORITY") or 6),
                    "unit": entry.get("UNIT") or entry.get("_SYSTEMD_UNIT") or "",
                    "text": text_of(entry),
                }
            )
        return found


def serve(system, request, writer, console_fd):
    """Answers a `journal` request; returns the final result, or never when it follows."""
    lines = Lines()
    unit = units_of(request)
    after = request.get("after")
    follow = request.get("follow", False)
    beginning = None
    if follow and after is None:
        # Taken before the first query: a follower that began with "from now" would lose what is written in between.
        beginning = newest_cursor(system)
    if after is None:
        _copy(system, argv(unit, f"--lines={request.get('lines', _DEFAULT_LINES)}"), lines, writer)
    elif not follow:
        _copy(system, argv(unit, f"--after-cursor={after}", f"--lines=+{request.get('lines', 10000)}"), lines, writer)
    if not follow:
        return {"cursor": lines.cursor or after}
    position = lines.cursor or after or beginning
    start = [f"--after-cursor={position}"] if position else []
    child = system.spawn(argv(unit, "--follow", "--no-tail", *start))
    try:
        follow_child(child, lines, writer, console_fd)
    finally:
        child.stop()
    raise problem("INTERNAL", why="journalctl ended while it followed.")


def follow_child(child, lines, writer, console_fd):
    """Copies frames until journalctl ends. Ends the instance when the console closes the channel."""
    while (batch := child.lines(1.0)) is not None:
        if batch:
            writer.write_all(lines.frames(batch))
        elif console_closed(console_fd):
            from .frames import ConsoleGone

            raise ConsoleGone()


def console_closed(fd):
    """Whether the console has closed its side. It has nothing more to say, so anything readable is the end."""
    import os

    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    if not poll.poll(0):
        return False
    try:
        return not os.read(fd, 4096)
    except OSError:
        return True


def newest_cursor(system):
    answer = system.run(argv("--lines=1"), timeout=30)
    return loads(answer.out)["__CURSOR"] if answer.out.strip() else None


def _copy(system, arguments, lines, writer):
    child = system.spawn(arguments)
    errors = []
    try:
        while (batch := child.lines()) is not None:
            writer.write_all(lines.frames(batch))
            errors.extend(raw.decode("utf-8", "replace") for stream, raw in batch if stream.startswith("err"))
        code = child.wait()
    finally:
        child.stop()
    if code != 0:
        if any("cursor" in line for line in errors):
            raise problem("BAD_REQUEST", field="after", why="the journal does not know this cursor.")
        raise problem("INTERNAL", why="journalctl failed.", detail="\n".join(errors))
