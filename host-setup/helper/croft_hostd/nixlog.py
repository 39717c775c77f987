"""Nix's `--log-format internal-json` as phases, counts and lines.

One record stands on each line of stderr after "@nix "; lines without the prefix are what other programs wrote.
Record and activity numbers that are not listed here are ignored, as the format asks.
"""

from collections import deque

from .jsontext import loads
from .text import clean

# Activities.
_COPY_PATH, _FILE_TRANSFER, _COPY_PATHS, _BUILDS, _BUILD, _SUBSTITUTE = 100, 101, 103, 104, 105, 108
# Results.
_LOG_LINE, _SET_PHASE, _PROGRESS, _SET_EXPECTED, _POST_BUILD_LOG_LINE = 101, 104, 105, 106, 107

#: Lines kept of each running build, to be shown when it fails.
TAIL_LINES = 60


class NixLog:
    """Feeds on stderr lines; hands out what changed and remembers what a failure report needs."""

    def __init__(self):
        self.phase = "evaluate"
        self.errors = []
        self.loose = deque(maxlen=TAIL_LINES)
        self._kinds = {}
        self._derivations = {}
        self._tails = {}
        self._counts = {}
        self._bytes_expected = {}

    def feed(self, raw):
        """The lines in one stderr line: (derivation or None, text) pairs. Progress is read from `progress`."""
        if not raw.startswith(b"@nix "):
            text = clean(raw.decode("utf-8", "replace"))
            self.loose.append(text)
            return ((None, text),) if text else ()
        try:
            record = loads(raw[5:].decode("utf-8", "replace"))
            action = record["action"]
        except (ValueError, KeyError, TypeError):
            return ()
        if action == "result":
            return self._result(record)
        if action == "start":
            self._start(record)
        elif action == "stop":
            self._stop(record)
        elif action == "msg":
            return self._message(record)
        return ()

    def progress(self):
        """The counts so far, in the protocol's words; empty before Nix knows any."""
        done = expected = running = failed = 0
        bytes_done = bytes_expected = 0
        for identity, (kind, counts) in self._counts.items():
            if kind in (_BUILDS, _COPY_PATHS):
                done += counts[0]
                expected += counts[1]
                running += counts[2]
                failed += counts[3]
            elif kind in (_COPY_PATH, _FILE_TRANSFER):
                bytes_done += counts[0]
                bytes_expected += counts[1]
        found = {}
        if expected or running:
            found.update(done=done, expected=max(expected, done + running), running=running, failed=failed)
        expected_by_nix = sum(self._bytes_expected.values())
        if bytes_done or bytes_expected or expected_by_nix:
            found.update(bytesDone=bytes_done, bytesExpected=max(bytes_expected, expected_by_nix))
        return found

    def tail(self, derivation):
        """The last log lines of a build, for a person who wants to know why it failed."""
        return list(self._tails.get(derivation, ()))

    def derivation_with_most_to_say(self):
        """The derivation that logged last: the best guess when Nix does not name the one that failed."""
        return next(reversed(self._tails), None)

    def _start(self, record):
        kind = record.get("type")
        identity = record.get("id")
        self._kinds[identity] = kind
        fields = record.get("fields") or []
        if kind == _BUILD:
            self._derivations[identity] = fields[0] if fields and isinstance(fields[0], str) else ""
            self.phase = "build"
        elif kind in (_SUBSTITUTE, _COPY_PATH) and self.phase == "evaluate":
            self.phase = "fetch"

    def _stop(self, record):
        identity = record.get("id")
        kind = self._kinds.pop(identity, None)
        self._derivations.pop(identity, None)
        # Totals of builds and copies stay: they are the bar. A single transfer's bytes count until it ends.
        if kind == _FILE_TRANSFER:
            self._counts.pop(identity, None)

    def _result(self, record):
        kind = record.get("type")
        fields = record.get("fields") or []
        identity = record.get("id")
        if kind in (_LOG_LINE, _POST_BUILD_LOG_LINE) and fields:
            derivation = self._derivations.get(identity, "")
            text = clean(str(fields[0]))
            tail = self._tails.pop(derivation, None)
            if tail is None:
                tail = deque(maxlen=TAIL_LINES)
            # Re-inserted, so that the derivation that spoke last is last.
            self._tails[derivation] = tail
            tail.append(text)
            return ((derivation, text),)
        if kind == _PROGRESS and len(fields) >= 4 and all(isinstance(count, int) for count in fields[:4]):
            self._counts[identity] = (self._kinds.get(identity), fields[:4])
        elif kind == _SET_EXPECTED and len(fields) >= 2 and fields[0] in (_COPY_PATH, _FILE_TRANSFER):
            self._bytes_expected[(identity, fields[0])] = fields[1]
        return ()

    def _message(self, record):
        text = clean(str(record.get("msg", "")))
        level = record.get("level", 3)
        if level == 0:
            self.errors.append(text)
        if level > 3 or not text:
            return ()
        return tuple((None, line) for line in text.split("\n"))
