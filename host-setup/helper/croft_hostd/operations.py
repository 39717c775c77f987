"""Starting, reporting, following and cancelling operations: the connection's side of them.

An operation is a systemd unit of its own; the connection only starts it and reads. Nothing ends with the connection.
"""

import os
import sys

from . import journal, records
from .jsontext import loads
from .lock import Lock, note_holder, noted_holder
from .problems import Problem, problem
from .protocol import OPERATIONS as KINDS

_POLL_SECONDS = 0.02
_LOOK_SECONDS = 2.0
_DRAIN_SECONDS = 5.0


class Operations:
    def __init__(self, system, configuration):
        self._system = system
        self._configuration = configuration

    # -- start -------------------------------------------------------------------------------------------------

    def start(self, request):
        """Accepts an operation and starts its unit. The same operation twice runs once."""
        operation = request["operation"]
        record = records.Record(self._system, operation)
        starting = Lock(self._system, "starting")
        if not starting.acquire(20.0):
            raise problem("HOST_BUSY", holder="Another console is starting an operation.")
        try:
            if record.exists():
                if record.request()["type"] != request["type"]:
                    raise problem("BAD_REQUEST", field="operation", why="this id belongs to an operation of another kind.")
                if record.ended() or record.progress() is not None or self._alive([operation])[operation]:
                    return
            else:
                self._admit(request)
                record.create(request)
                if KINDS[request["type"]]:
                    note_holder(self._system, record)
            try:
                self._start_unit(record, "run")
            except Problem as failure:
                record.finish("FAILED", "resolve", failure)
                raise
        finally:
            starting.release()

    def _admit(self, request):
        """Refuses at once what could only fail later: a busy box, a state with a mistake, a missing generation."""
        from . import operation as runner

        if KINDS[request["type"]]:
            holder = noted_holder(self._system)
            if holder and holder != request["operation"]:
                other = records.Record(self._system, holder)
                if other.exists() and not other.ended() and self.report(holder)["state"] == "RUNNING":
                    raise problem("HOST_BUSY", holder=runner.busy_words(self._system))
        if "state" in request:
            from . import state

            state.parse(request["state"])
        if request["type"] == "rollback":
            from . import generations

            generations.target(self._system, request.get("generation"))

    def _start_unit(self, record, verb):
        program = [sys.executable, "-I", "-S", entry("croft-op")]
        started = self._system.run(
            [
                "systemd-run",
                "--quiet",
                "--no-ask-password",
                f"--unit={records.unit_of(record.operation)}",
                "--description=Croft operation " + record.operation,
                "--slice=croft-build.slice",
                "--service-type=exec",
                "--property=RemainAfterExit=yes",
                "--property=StandardInput=null",
                "--property=SyslogIdentifier=croft-op",
                # A burst that is never reached: with rate limiting switched to 0 journald falls back to its own.
                "--property=LogRateLimitIntervalSec=1s",
                "--property=LogRateLimitBurst=1000000",
                "--property=OOMPolicy=continue",
                "--property=TimeoutStopSec=300",
                "--property=WorkingDirectory=" + record.directory,
                # Runs whatever ended the main process: a killed runner must not leave a half-made change behind.
                "--property=ExecStopPost=" + " ".join([*program, "recover", record.operation]),
                "--setenv=PATH",
                "--setenv=HOME=/root",
                "--setenv=LC_ALL=C.UTF-8",
                "--",
                *program,
                verb,
                record.operation,
            ],
            timeout=60,
        )
        if started.code != 0 and not self._alive([record.operation])[record.operation]:
            raise problem("INTERNAL", why="systemd could not start the operation's unit.", detail=started.err)

    def tidy(self):
        """Lets go of the units of operations that have ended; their results are on disk."""
        listed = self._system.run(
            ["systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", "--state=exited,failed", "croft-op-*.service"]
        )
        ended = []
        for line in listed.out.splitlines():
            unit = line.split(None, 1)[0] if line.strip() else ""
            operation = unit.removeprefix("croft-op-").removesuffix(".service")
            if len(operation) == 26 and records.Record(self._system, operation).ended():
                ended.append(unit)
        if ended:
            self._system.run(["systemctl", "stop", "--no-block", "--", *ended])
            self._system.run(["systemctl", "reset-failed", "--", *ended])
        records.prune(self._system)

    # -- report ------------------------------------------------------------------------------------------------

    def reports(self, operation=None):
        """OperationReports, newest first, telling the truth also of an operation whose process is gone."""
        if operation is not None:
            return [self.report(operation)]
        known = [records.Record(self._system, name) for name in records.identities(self._system)[: records.KEEP]]
        known = [record for record in known if record.exists()]
        open_ones = [record.operation for record in known if not record.ended()]
        alive = self._alive(open_ones)
        return [self._settled(record, alive.get(record.operation, True)) for record in known]

    def report(self, operation):
        record = records.Record(self._system, operation)
        if not record.exists():
            raise problem("NOT_FOUND", thing="this operation", why=f"No operation {operation} was ever accepted here.")
        return self._settled(record, record.ended() or self._alive([operation])[operation])

    def _settled(self, record, alive):
        if alive or record.ended():
            return record.report()
        # The unit ended without a result: the box went down, or the recovery was killed with its runner. It is
        # started anew, in the same unit, so that the name stays the lock.
        progress = record.progress() or {}
        if progress.get("toplevel"):
            self._system.run(["systemctl", "reset-failed", "--", records.unit_of(record.operation)])
            self._start_unit(record, "recover")
            return record.report()
        died = problem("OPERATION_DIED", why="It was killed, or the box went down, before it changed anything.")
        record.finish("FAILED", progress.get("phase", "resolve"), died)
        return record.report()

    def _alive(self, operations):
        """operation -> whether its unit still works on it."""
        from . import units

        shown = units.show(self._system, [records.unit_of(name) for name in operations], "Id,ActiveState,SubState")
        alive = {}
        for name, unit in zip(operations, shown):
            active = unit.get("ActiveState")
            alive[name] = active in ("activating", "deactivating", "reloading") or (active == "active" and unit.get("SubState") == "running")
        return alive

    # -- follow ------------------------------------------------------------------------------------------------

    def follow(self, request, writer, console_fd):
        """Writes the operation's log from a cursor on until it has ended; returns its report."""
        operation = request["operation"]
        report = self.report(operation)
        log = OperationLog(operation, request.get("after"))
        if report["state"] == "RUNNING":
            self._follow_live(operation, log, writer, console_fd)
        self._drain(log, writer)
        return self.report(operation)

    def _follow_live(self, operation, log, writer, console_fd):
        """Copies lines as they come, until the end record was read or the operation ended without one."""
        record = records.Record(self._system, operation)
        child = self._system.spawn(log.argv("--follow", "--no-tail"))
        looked = self._system.monotonic()
        try:
            while not log.ended and (batch := child.lines(_POLL_SECONDS)) is not None:
                if batch:
                    writer.write_all(log.frames(batch))
                # journald wakes its readers up to 250 ms late; the result file tells the end at once.
                if record.ended():
                    return
                now = self._system.monotonic()
                if now - looked >= _LOOK_SECONDS:
                    looked = now
                    if journal.console_closed(console_fd):
                        from .frames import ConsoleGone

                        raise ConsoleGone()
                    if self.report(operation)["state"] != "RUNNING":
                        return
        finally:
            child.stop()

    def _drain(self, log, writer):
        """Reads what the journal has beyond the last line given out. The end record may still be on its way to it."""
        deadline = self._system.monotonic() + _DRAIN_SECONDS
        while not log.ended:
            child = self._system.spawn(log.argv())
            seen = 0
            try:
                while (batch := child.lines()) is not None:
                    seen += len(batch)
                    writer.write_all(log.frames(batch))
            finally:
                child.stop()
            # A runner that was killed wrote no end; one quiet look after its result is then enough.
            if log.ended or self._system.monotonic() >= deadline or (seen == 0 and not log.expects_end(self._system)):
                return
            self._system.pause(0.01)

    # -- cancel ------------------------------------------------------------------------------------------------

    def cancel(self, operation):
        """Stops an operation that has not begun to activate, leaving no trace of it."""
        report = self.report(operation)
        if report["state"] != "RUNNING":
            return report
        record = records.Record(self._system, operation)
        if not record.decide("cancel"):
            raise problem(
                "NOT_ALLOWED",
                why="The change is being activated already; stopping it now would leave the box half-way.",
                next="Wait until it has ended, then roll back to the generation before.",
            )
        self._system.run(["systemctl", "stop", "--", records.unit_of(operation)], timeout=320)
        record.finish("CANCELLED", report["phase"], problem("CANCELLED", why="It was stopped before it changed anything."))
        record.drop_build()
        return self.report(operation)


class OperationLog:
    """An operation's journal as `line` and `progress` frames."""

    def __init__(self, operation, after):
        self._operation = operation
        self._unit = records.unit_of(operation)
        self._clock = journal.Clock()
        self.cursor = after
        self.ended = False

    def argv(self, *options):
        position = [f"--after-cursor={self.cursor}"] if self.cursor else []
        return journal.argv(*options, *position, f"_SYSTEMD_UNIT={self._unit}")

    def expects_end(self, system):
        """Whether the runner itself wrote the result, so that its last record is in the journal or on the way."""
        result = records.Record(system, self._operation).result() or {}
        code = (result.get("problem") or {}).get("code")
        return code not in ("OPERATION_DIED", "CANCELLED") and system.now() - _age(records.Record(system, self._operation)) < 60

    def frames(self, batch):
        found = []
        for stream, raw in batch:
            if stream != "out" or not raw or self.ended:
                continue
            entry = loads(raw.decode("utf-8", "replace"))
            self.cursor = entry["__CURSOR"]
            text = journal.message(entry)
            try:
                record = loads(text)
                kind = record["k"]
            except (ValueError, KeyError, TypeError):
                record, kind = {"p": 4, "s": "op", "x": journal.text_of(entry)}, "line"
            if kind == "end":
                self.ended = True
                continue
            frame = {"type": kind, "cursor": self.cursor, "time": self._clock(entry["__REALTIME_TIMESTAMP"])}
            if kind == "line":
                frame.update(priority=record["p"], unit=self._unit, stream=record["s"], text=record["x"])
                if "d" in record:
                    frame["derivation"] = record["d"]
            else:
                frame.update((name, value) for name, value in record.items() if name != "k")
            found.append(frame)
        return found


def _age(record):
    try:
        return os.stat(os.path.join(record.directory, "result.json")).st_mtime
    except OSError:
        return 0.0


def entry(name):
    """The program `name` beside this package."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), name)
