"""What the box remembers of an operation: one directory each, every file replaced atomically.

reserve        room for result.json, so that a full disk can still be reported
request.json   what was asked, by whom; exists from the moment the operation was accepted
progress.json  how far the runner is, for reports; a power cut may cost it
undo.json      what it takes to undo it; exists from the moment it touches anything, and survives a power cut
log            what it said, one JSON record a line, for those who follow it
decision       made once, by whoever comes first: the runner that activates or the one who cancels
verdict        made once, as well, after that: keep, revert, missed or failed
result.json    how it ended; never changes
"""

import math
import os

from .config import OPERATIONS, ROOTS
from .jsontext import dumps, loads
from .pattern import is_operation
from .protocol import KINDS
from .system import create_once, read_text, rfc3339, write_atomically

KEEP = 200
#: A detail of 64 KiB, escaped, and the rest of a result.
RESERVE_BYTES = 256 * 1024


def unit_of(operation):
    return f"croft-op-{operation}.service"


class Record:
    def __init__(self, system, operation):
        self._system = system
        self.operation = operation
        self.directory = os.path.join(system.path(OPERATIONS), operation)

    def exists(self):
        return os.path.exists(self._file("request.json"))

    def create(self, request):
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self._reserve()
        self._write("request.json", {**request, "receivedAt": rfc3339(self._system.now())})

    def request(self):
        return self._read("request.json")

    def forget_state(self):
        """Drops the state that was asked for, which has a secret in it. The operation has ended by then, or is about to."""
        self._write("request.json", {name: value for name, value in self.request().items() if name != "state"})

    def progress(self):
        return self._read("progress.json")

    def begun(self):
        """Whether a runner ever worked on it, also when a power cut tore what it wrote."""
        return os.path.exists(self._file("progress.json")) or os.path.exists(self._file("undo.json"))

    def result(self):
        return self._read("result.json")

    def ended(self):
        return os.path.exists(self._file("result.json"))

    def note(self, progress):
        self._write("progress.json", progress, durable=False)

    def undo(self):
        return self._read("undo.json")

    def note_undo(self, undo):
        self._write("undo.json", undo)

    def finish(self, state, phase, problem=None, result=None):
        """Writes the end once; whoever comes second keeps the first one's word."""
        if self.ended():
            return
        end = {"state": state, "phase": phase, "finishedAt": rfc3339(self._system.now())}
        if problem is not None:
            end["problem"] = problem.as_json()
            if problem.detail:
                end["detail"] = problem.detail
        if result is not None:
            end["result"] = result
        self._release_reserve()
        create_once(self._file("result.json"), dumps(end))

    def decide(self, word):
        """Whether `word`, activate or cancel, is what was decided about this operation: the first to speak decides."""
        return self._say_once("decision", word)

    def decision(self):
        return self._said("decision")

    def judge(self, word):
        """The same about a system that was activated: keep, revert, missed or failed."""
        return self._say_once("verdict", word)

    def verdict(self):
        return self._said("verdict")

    def _say_once(self, name, word):
        # The word is a link's target: made whole or not at all, and without a byte of a disk that may be full.
        try:
            os.symlink(word, self._file(name))
        except FileExistsError:
            return self._said(name) == word
        return True

    def _said(self, name):
        try:
            return os.readlink(self._file(name))
        except OSError:
            return None

    def keep_system(self, toplevel):
        """Keeps the system to go back to from the garbage collector: it may be neither running nor the boot default soon."""
        place = self._root()
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            os.symlink(toplevel, place)
        except FileExistsError:
            pass

    def drop_system(self):
        try:
            os.unlink(self._root())
        except OSError:
            pass  # There is none, or who asks may not write there; `prune` comes by.

    def _root(self):
        return os.path.join(self._system.path(ROOTS), self.operation)

    def drop_build(self):
        """Lets go of the built system: the link in the directory is what keeps it from the garbage collector."""
        try:
            os.unlink(self._file("result"))
        except FileNotFoundError:
            pass

    def built(self):
        try:
            return os.readlink(self._file("result"))
        except OSError:
            return None

    def open_log(self):
        """A function that appends one record, with its time, to the operation's log; its `close` is for a process that goes on."""
        fd = os.open(self._file("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

        def append(record):
            line = dumps({"time": rfc3339(self._system.now()), **record}) + "\n"
            try:
                os.write(fd, line.encode("utf-8", "replace"))
            except OSError:
                pass  # A full disk costs the log, never the operation.

        append.close = lambda: os.close(fd)
        return append

    def log(self):
        """The log for reading, or None before there is one."""
        try:
            return open(self._file("log"), "rb", buffering=0)
        except FileNotFoundError:
            return None

    def report(self):
        """OperationReport as far as the files tell it: without a result the operation is taken to be running."""
        request = self.request()
        progress = self.progress() or {}
        report = {
            "operation": self.operation,
            "kind": KINDS.get(request["type"], request["type"]),
            "state": "RUNNING",
            "phase": progress.get("phase", "resolve"),
            "startedAt": request["receivedAt"],
        }
        report.update({name: request[name] for name in ("target", "automatic") if name in request})
        if progress.get("snapshots"):
            report["snapshots"] = progress["snapshots"]
        result = self.result()
        if result is None and progress.get("phase") == "confirm" and self.verdict() is None:
            report.update(state="AWAITING_CONFIRM", confirm=self._waiting(progress["confirm"]))
        report.update(result or {})
        return report

    def _waiting(self, confirm):
        # The time of day is worked out anew each time: only the time left is sure, the clock may be set meanwhile.
        left = seconds_left(self._system, confirm)
        until = rfc3339(self._system.now() + left)
        return {"until": until, "secondsLeft": left, "level": confirm["level"], "reasons": confirm["reasons"]}

    def _reserve(self):
        """Sets room aside for the result: a full disk must not keep an operation from saying that the disk is full."""
        fd = os.open(self._file("reserve"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, RESERVE_BYTES)
        finally:
            os.close(fd)

    def _release_reserve(self):
        try:
            os.unlink(self._file("reserve"))
        except FileNotFoundError:
            pass

    def _file(self, name):
        return os.path.join(self.directory, name)

    def _read(self, name):
        try:
            return loads(read_text(self._file(name)) or "")
        except ValueError:
            return None  # Not there, or torn by a power cut, which only happens to what can be spared.

    def _write(self, name, document, durable=True):
        write_atomically(self._file(name), dumps(document), durable)


def seconds_left(system, confirm):
    """Whole seconds in which a change that waits can still be confirmed."""
    if confirm["boot"] != system.boot_id():
        return 0
    return max(0, math.ceil(confirm["deadline"] - system.boottime()))


def identities(system):
    """Every known operation, newest first: a ULID begins with its time."""
    try:
        names = os.listdir(system.path(OPERATIONS))
    except FileNotFoundError:
        return []
    return sorted((name for name in names if is_operation(name)), reverse=True)


def prune(system):
    """Forgets the oldest operations that have ended; also what they kept alive in the store."""
    for position, operation in enumerate(identities(system)):
        record = Record(system, operation)
        if not record.ended():
            continue
        record.drop_system()
        if position >= 5:
            record.drop_build()
        if position >= KEEP:
            for name in os.listdir(record.directory):
                os.unlink(os.path.join(record.directory, name))
            os.rmdir(record.directory)
