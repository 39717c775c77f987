"""Nix's `--log-format internal-json` as phases, counts and lines.

One record stands on each line of stderr after "@nix "; lines without the prefix are what other programs wrote.
Record and activity numbers that are not listed here are ignored, as the format asks.
"""

from collections import deque

from .jsontext import loads
from .pattern import Pattern
from .steps import Steps
from .text import clean

# Activities.
_COPY_PATH, _FILE_TRANSFER, _COPY_PATHS, _BUILDS, _BUILD, _SUBSTITUTE = 100, 101, 103, 104, 105, 108
_STEPS = {_BUILD: "build", _SUBSTITUTE: "fetch", _COPY_PATH: "copy"}
# Results.
_LOG_LINE, _SET_PHASE, _PROGRESS, _SET_EXPECTED, _POST_BUILD_LOG_LINE = 101, 104, 105, 106, 107

#: Nix 2.26 says "builder for '…' failed with exit code 1"; 2.31 and later "Cannot build '…'." and the reason below.
FAILED_DERIVATION = Pattern(
    r"builder for '(?P<a>[^']+\.drv)' failed|[Cc]annot build '(?P<b>[^']+\.drv)'|error: build of '(?P<c>[^']+\.drv)"
)

#: Lines kept of each running build, to be shown when it fails.
TAIL_LINES = 60


class NixLog:
    """Feeds on stderr lines; hands out what changed and remembers what a failure report needs.

    `read` gives the text of a derivation's file, or None where there is none.
    """

    def __init__(self, read=lambda path: None):
        self.phase = "evaluate"
        self.errors = []
        self.loose = deque(maxlen=TAIL_LINES)
        self._kinds = {}
        self._derivations = {}
        self._tails = {}
        self._counts = {}
        self._bytes_expected = {}
        self._transferred = 0
        self.steps = Steps(read)
        self._steps = {}

    def feed(self, raw):
        """The lines in one stderr line: (derivation or None, text) pairs. Progress is read from `progress`."""
        if not raw.startswith(b"@nix "):
            text = clean(raw.decode("utf-8", "replace"))
            self.loose.append(text)
            return ((None, text),) if text else ()
        try:
            record = loads(raw[5:].decode("utf-8", "replace"))
            action = record["action"]
            if action != "msg" and not isinstance(record["id"], int):
                return ()
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
        for kind, counts in self._counts.values():
            if kind in (_BUILDS, _COPY_PATHS):
                done += counts[0]
                expected += counts[1]
                running += counts[2]
                failed += counts[3]
        found = {}
        if expected or running:
            found.update(done=done, expected=max(expected, done + running), running=running, failed=failed)
        # What comes into the store is counted as it is there, unpacked; what is only downloaded, as it comes.
        bytes_done, bytes_expected = self._bytes(_COPY_PATH)
        if not bytes_expected:
            bytes_done, bytes_expected = self._bytes(_FILE_TRANSFER)
            bytes_done += self._transferred
            bytes_expected = max(bytes_expected, bytes_done)
        if bytes_expected:
            found.update(bytesDone=bytes_done, bytesExpected=bytes_expected)
        return found

    def bytes_to_come(self):
        """What Nix still wants to bring into the store, unpacked, as far as it knows by now."""
        done, expected = self._bytes(_COPY_PATH)
        return expected - done

    def _bytes(self, wanted):
        """(done, expected) of all activities of a kind."""
        counted = [counts for kind, counts in self._counts.values() if kind == wanted]
        by_nix = sum(count for (_, kind), count in self._bytes_expected.items() if kind == wanted)
        done = sum(counts[0] for counts in counted)
        return done, max(done, sum(counts[1] for counts in counted), by_nix)

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
        if kind not in _STEPS:
            return
        fields = record.get("fields")
        path = fields[0] if isinstance(fields, list) and fields and isinstance(fields[0], str) else ""
        if kind == _BUILD:
            self._derivations[identity] = path
            self.phase = "build"
        elif self.phase == "evaluate":
            self.phase = "fetch"
        if path.startswith("/nix/store/") and (step := self.steps.begin(_STEPS[kind], path)):
            self._steps[identity] = step

    def _stop(self, record):
        identity = record.get("id")
        kind = self._kinds.pop(identity, None)
        self._derivations.pop(identity, None)
        # Totals of builds and copies stay: they are the bar.
        if kind == _FILE_TRANSFER:
            _, counts = self._counts.pop(identity, (None, (0,)))
            self._transferred += counts[0]
        if step := self._steps.pop(identity, None):
            self.steps.end(step)

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
            if (step := self._steps.get(identity)) and step.kind != "build":
                self.steps.count(step, fields[0], fields[1])
        elif kind == _SET_EXPECTED and len(fields) >= 2 and fields[0] in (_COPY_PATH, _FILE_TRANSFER) and isinstance(fields[1], int):
            self._bytes_expected[(identity, fields[0])] = fields[1]
        return ()

    def _message(self, record):
        text = clean(str(record.get("msg", "")))
        level = record.get("level", 3)
        if level == 0:
            self.errors.append(text)
            for names in FAILED_DERIVATION.findall(text):
                self.steps.fail("".join(names))
        if level > 3 or not text:
            return ()
        return tuple((None, line) for line in text.split("\n"))
