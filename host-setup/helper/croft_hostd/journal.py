"""The journal as frames, by cursor: nothing lost, nothing twice, a torn last line dropped.

Nobody buffers: when the console is slow the channel's pipe fills, this process waits in `write`, journalctl waits in its own, and what
nobody has read yet stays where it is safe, in the journal. A reader who would rather see the newest than everything skips by itself.
"""

import select
import time

from . import facts
from .jsontext import loads
from .pattern import Pattern
from .problems import problem
from .text import clean
from .units import app_unit, database_unit, job_unit, migration_unit

_FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT"
_TEXT_BYTES = 8 * 1024
_DEFAULT_LINES = 200
_DEFAULT_AFTER = 10_000
#: What one answer that does not follow carries at most: it is held whole, here while it is turned round, and in the console.
_ANSWER_BYTES = 8 * 1024 * 1024
#: A search through a large journal ends after this long with what it has found.
_SEARCH_SECONDS = 20.0
_NOT_A_CURSOR, _NOT_A_PATTERN = "cursor", Pattern(r".*(?:[Bb]ad pattern|[Pp]attern match|regular expression).*")


def argv(*arguments):
    return ["journalctl", "--no-pager", "--quiet", "--all", "--output=json", f"--output-fields={_FIELDS}", *arguments]


def units_of_app(system, app):
    """What runs for an app by the running system's own account, by exact names: `croft-job-shop-*` would be those of an app shop-x, too."""
    attached = facts.attached(facts.of_box(system), app)
    jobs = [job_unit(app, job) for job in attached.get("jobs") or () if isinstance(job, str)]
    servers = [database_unit(engine, app) for engine in ("postgresql", "mysql") if attached.get(engine)]
    return [app_unit(app), migration_unit(app), *servers, *jobs]


def scope_of(system, request):
    """The matches for whose lines are meant: a unit's are its own and what systemd says of it."""
    unit = request.get("unit")
    if "app" not in request:
        return [f"--unit={unit}"] if unit else []
    known = units_of_app(system, request["app"])
    if unit is None:
        return [f"--unit={name}" for name in known]
    if unit not in known:
        raise problem("BAD_REQUEST", field="unit", why=f"{unit} is none of the units of {request['app']}.")
    return [f"--unit={unit}"]


def filters_of(request):
    """The rest of what journalctl has to match. Text stands behind an = and is quoted for PCRE unless it is a pattern."""
    found = []
    if "search" in request:
        text = request["search"]
        pattern = text if request.get("regex") else "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"
        found += [f"--grep={pattern}", "--case-sensitive=false"]
    if "priority" in request:
        found.append(f"--priority={request['priority']}")
    if "boot" in request:
        found.append(f"--boot={request['boot']}")
    return found


_PRIORITIES = {str(number): number for number in range(8)}


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


def text_of(entry, colours=False):
    """The entry's text as it may be shown: no terminal control, of which colours may stay when they are asked for, bounded."""
    text = message(entry)
    if len(text) > _TEXT_BYTES // 4 and len(raw := text.encode("utf-8", "replace")) > _TEXT_BYTES:
        # Cut before it is cleaned: what is thrown away need not be looked at.
        kept = raw[:_TEXT_BYTES].decode("utf-8", "ignore")
        return (kept if kept.isprintable() else clean(kept, colours)) + f"… [{len(raw) - _TEXT_BYTES} bytes cut]"
    return text if text.isprintable() else clean(text, colours)


def unit_in(entry):
    """Whose line it is. systemd's own lines name the unit that they are about; a field that somebody sent twice names none."""
    for name in ("UNIT", "_SYSTEMD_UNIT"):
        value = entry.get(name)
        if isinstance(value, str) and value:
            return value[:256]
    return ""


class Lines:
    """journalctl's output as `line` frames; an entry that cannot be read becomes a `skipped` frame."""

    def __init__(self, colours=False, since=None):
        self._clock = Clock()
        self._colours = colours
        self._since = since
        self.cursor = None
        #: A line before `since` was seen: everything that comes behind it, going back, is older still.
        self.passed = False

    def frames(self, batch):
        """The frames of whole output lines; `cursor` is the last one's."""
        found = []
        for stream, raw in batch:
            if stream != "out" or not raw:
                continue
            try:
                entry = loads(raw.decode("utf-8", "replace"))
                cursor, micros = entry["__CURSOR"], entry["__REALTIME_TIMESTAMP"]
                urgency = entry.get("PRIORITY")
                frame = {
                    "type": "line",
                    "cursor": cursor,
                    "time": self._clock(micros),
                    "priority": _PRIORITIES.get(urgency, 6) if isinstance(urgency, str) else 6,
                    "unit": unit_in(entry),
                    "text": text_of(entry, self._colours),
                }
            except (ValueError, TypeError, KeyError):
                # Fields that anybody may send, and in any shape; or longer than Child takes a line to be: an entry of many megabytes. Its neighbours are worth as much as ever.
                if found and found[-1]["type"] == "skipped":
                    continue
                found.append({"type": "skipped", "lines": 1, "why": "unreadable"})
                continue
            if self._since is not None and int(micros) < self._since:
                self.passed = True
                continue
            self.cursor = cursor
            found.append(frame)
        return found


def serve(system, request, writer, console_fd):
    """Answers a `journal` request; returns the final result, or never when it follows."""
    return _Reading(system, request, writer).serve(console_fd)


class _Reading:
    def __init__(self, system, request, writer):
        self._system = system
        self._request = request
        self._writer = writer
        self._matches = [*scope_of(system, request), *filters_of(request)]
        self._colours = request.get("colours", False)
        self._since = micros(request.get("since"))
        self._until = request.get("until")
        self._complete = True

    def serve(self, console_fd):
        request = self._request
        if "around" in request:
            return self._around(request["around"])
        after, follow = request.get("after"), request.get("follow", False)
        if follow:
            # Taken before the first query: a follower that began with "from now" would lose what is written in between.
            beginning = newest_cursor(self._system) if after is None else None
            last = after or self._backward(None, request.get("lines", _DEFAULT_LINES)) or beginning
            self._follow(last, console_fd)
        if after is not None:
            last = self._forward(after, request.get("lines", _DEFAULT_AFTER))
        elif request.get("oldest"):
            last = self._forward(None, request.get("lines", _DEFAULT_LINES))
        else:
            last = self._backward(request.get("before"), request.get("lines", _DEFAULT_LINES))
        return {"cursor": last or after, "complete": self._complete}

    def _around(self, cursor):
        """The line itself, and as many before as after it."""
        half = self._request.get("lines", _DEFAULT_LINES) // 2
        frames = self._collect([f"--cursor={cursor}"], half + 1)
        found = any(frame.get("cursor") == cursor for frame in frames)
        self._writer.write_all(frames)
        last = self._forward(cursor, half) if half else None
        return {"cursor": last or cursor, "complete": self._complete, "found": found}

    def _backward(self, before, count):
        """The last lines, before a cursor when there is one; the newest one's cursor."""
        frames = self._collect([f"--after-cursor={before}"] if before else [], count)
        self._writer.write_all(frames)
        return next((frame["cursor"] for frame in reversed(frames) if "cursor" in frame), None)

    def _collect(self, place, count):
        """Asked for backwards, so that the journal is read no further than it takes; oldest first."""
        # journalctl takes one of --since and a cursor: with a cursor the lines say themselves when they are too old.
        bounds = self._bounds(with_since=not place)
        lines, frames, size = Lines(self._colours, self._since), [], 0
        for batch in self._batches(argv(*self._matches, *bounds, *place, "--reverse", f"--lines={count}")):
            for frame in lines.frames(batch):
                frames.append(frame)
                size += len(frame.get("text", ""))
                if size > _ANSWER_BYTES:
                    self._complete = False
                    break
            if not self._complete or lines.passed:
                break
        frames.reverse()
        return frames

    def _forward(self, after, count):
        place = [f"--after-cursor={after}"] if after else []
        lines, size = Lines(self._colours, self._since), 0
        for batch in self._batches(argv(*self._matches, *self._bounds(with_since=not place), *place, f"--lines=+{count}")):
            frames = lines.frames(batch)
            self._writer.write_all(frames)
            size += sum(len(frame.get("text", "")) for frame in frames)
            if size > _ANSWER_BYTES:
                self._complete = False
                break
        return lines.cursor

    def _bounds(self, with_since):
        found = [f"--since=@{self._since // 1_000_000}.{self._since % 1_000_000:06d}"] if with_since and self._since is not None else []
        if self._until:
            until = micros(self._until)
            found.append(f"--until=@{until // 1_000_000}.{until % 1_000_000:06d}")
        return found

    def _batches(self, arguments):
        """What journalctl says, until it has said all or the time for a search is over."""
        child = self._system.spawn(arguments)
        deadline = self._system.monotonic() + _SEARCH_SECONDS
        errors, ended = [], False
        try:
            while (left := deadline - self._system.monotonic()) > 0:
                batch = child.lines(left)
                if batch is None:
                    ended = True
                    break
                errors.extend(raw.decode("utf-8", "replace") for stream, raw in batch if stream.startswith("err"))
                yield batch
            if not ended:
                self._complete = False
                return
            code = child.wait()
        finally:
            child.stop()
        # A search that finds nothing ends with 1, and says nothing.
        if code != 0 and (errors or code != 1 or "search" not in self._request):
            raise refusal(errors)

    def _follow(self, position, console_fd):
        start = [f"--after-cursor={position}"] if position else []
        child = self._system.spawn(argv(*self._matches, "--follow", "--no-tail", *start))
        try:
            follow_child(child, Lines(self._colours, self._since), self._writer, console_fd)
        finally:
            child.stop()
        raise problem("INTERNAL", why="journalctl ended while it followed.")


def refusal(errors):
    """Why journalctl would not read: by what somebody asked for, or otherwise."""
    if any(_NOT_A_CURSOR in line for line in errors):
        return problem("BAD_REQUEST", field="after", why="the journal does not know this cursor.")
    if any(_NOT_A_PATTERN.fullmatch(line) for line in errors):
        return problem("BAD_REQUEST", field="search", why=f"it is no pattern that can be searched for ({errors[0][:200]}).")
    if any("boot" in line for line in errors):
        return problem("BAD_REQUEST", field="boot", why="the journal does not reach back to that start of the box.")
    return problem("INTERNAL", why="journalctl failed.", detail="\n".join(errors))


def micros(text):
    """RFC 3339 in UTC, as the table of requests lets it in, as microseconds."""
    if text is None:
        return None
    from calendar import timegm

    seconds = timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int((text[20:-1] if len(text) > 20 else "").ljust(6, "0")[:6] or 0)


def follow_child(child, lines, writer, console_fd):
    """Copies frames until journalctl ends. Ends the instance when the console closes the channel."""
    errors = []
    while (batch := child.lines(1.0)) is not None:
        if batch:
            errors.extend(raw.decode("utf-8", "replace") for stream, raw in batch if stream.startswith("err"))
            del errors[:-20]
            writer.write_all(lines.frames(batch))
        elif console_closed(console_fd):
            from .frames import ConsoleGone

            raise ConsoleGone()
    if errors and child.wait() != 0:
        raise refusal(errors)


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
