"""What an operation says: to those who follow it, and the same to the unit's journal."""

import os

from .text import clean, derivation_name

LINE_BYTES = 8 * 1024
#: A build that logs more than this is cut; `nix log` on the box still has all of it.
BUILD_LOG_LINES = 100_000
BUILD_LOG_BYTES = 16 * 1024 * 1024


class Output:
    """The operation's log: what a follower is told, and the same for the journal."""

    def __init__(self, log, journal):
        self._log = log
        self._journal = journal
        self._build_lines = 0
        self._build_bytes = 0

    def say(self, text, priority=6):
        self._line("op", text, priority)

    def activate(self, text):
        self._line("activate", clean(text), 6)

    def build(self, derivation, text):
        if self._build_lines > BUILD_LOG_LINES or self._build_bytes > BUILD_LOG_BYTES:
            return
        self._build_lines += 1
        self._build_bytes += min(len(text), LINE_BYTES)
        if self._build_lines > BUILD_LOG_LINES or self._build_bytes > BUILD_LOG_BYTES:
            self.say("The build log is too long to be shown here in full; nix log on the box has the rest.", 4)
            return
        self._line("build", text, 6, derivation)

    def progress(self, phase, counts):
        self._log({"type": "progress", "phase": phase, **counts})
        if not counts:
            self._journal(5, f"Phase {phase}")

    def steps(self, frames):
        for frame in frames:
            self._log(frame)

    def _line(self, stream, text, priority, derivation=None):
        for line in text.split("\n"):
            line = cut(line)
            record = {"type": "line", "priority": priority, "stream": stream, "text": line}
            if derivation:
                record["derivation"] = derivation_name(derivation)
            self._log(record)
            self._journal(priority, line)


def cut(text):
    """A line that fits into one journal entry, with a mark where it was cut."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= LINE_BYTES:
        return text
    return raw[:LINE_BYTES].decode("utf-8", "ignore") + f"… [{len(raw) - LINE_BYTES} bytes cut]"


def to_journal(priority, text):
    """stdout is the unit's journal; the number in front is how systemd takes a priority there."""
    os.write(1, f"<{priority}>{text}\n".encode("utf-8", "replace"))
