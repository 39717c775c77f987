"""Starting, reporting, following and cancelling operations: the connection's side of them.

An operation is a systemd unit of its own; the connection only starts it and reads. Nothing ends with the connection.
"""

import os

from . import journal, programs, records
from .frames import ConsoleGone
from .jsontext import loads
from .lock import Lock, note_holder, noted_holder
from .problems import Problem, problem
from .protocol import OPERATIONS as KINDS

RUNNING = ("RUNNING", "AWAITING_CONFIRM")

_POLL_SECONDS = 0.01
_LOOK_SECONDS = 2.0
#: How long a request waits to tell the end instead of the middle.
_KEPT_SECONDS = 2.0
_TIDY_SECONDS = 0.9
_ENDED_SECONDS = 0.9
_TIDIES_UP = ("evaluate", "fetch", "build")
_CHUNK_BYTES = 256 * 1024
#: Those of the last days; who asks every minute misses none.
_AUTOMATIC = 50


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
                if record.ended() or record.begun() or self._alive([operation])[operation]:
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
        from . import secrets, sops
        from .flake import Flake

        if KINDS[request["type"]]:
            holder = noted_holder(self._system)
            if holder and holder != request["operation"]:
                other = records.Record(self._system, holder)
                if other.exists() and not other.ended() and self.report(holder)["state"] in RUNNING:
                    raise problem("HOST_BUSY", holder=runner.busy_words(self._system))
        if "state" in request:
            from . import state

            wanted = state.parse(request["state"])
            if unknown := [entry["app"] for entry in request.get("restore", ()) if entry["app"] not in wanted.apps]:
                raise problem("BAD_REQUEST", field="restore", why=f"{unknown[0]} is not an app of this state.")
            from . import leaks

            leaks.require_state(request["state"], leaks.Allowed(self._allowed_by_owner))
            flake = Flake(self._system, self._configuration)
            flake.read_main_on(request.get("base"))
            if request["type"] == "apply":
                secrets.require(self._system, secrets.named(wanted))
                sops.require(self._system, flake, flake.ref, wanted)
        if request["type"] == "rollback":
            from . import generations

            _, toplevel = generations.target(self._system, request.get("generation"))
            secrets.require_of_system(self._system, toplevel)
            if request.get("data"):
                self._require_data(toplevel)
        if request["type"] in ("backup-run", "backup-restore", "restore-test", "restore-undo"):
            self._require_backup(request)
        if request["type"] == "verify":
            from . import contents

            contents.roots(self._system, request.get("app"))
        if request["type"].startswith("mail-restore"):
            from . import mailbackups

            mailbackups.require(self._system, request)
        for entry in request.get("restore", ()):
            from . import snapshots

            snapshots.require(self._system, entry["app"], entry["snapshot"])

    def _allowed_by_owner(self):
        from .leaks import ALLOW_FILE
        from .system import read_text

        return read_text(os.path.join(self._system.path(self._configuration.flake), ALLOW_FILE))

    def _require_backup(self, request):
        from . import restic, restore

        if request["type"] in ("backup-restore", "restore-undo"):
            restore.require(self._system, request)
        elif "target" in request:
            restic.require_target(self._system, request["target"])

    def _require_data(self, toplevel):
        from . import snapshots, toplevels

        running = toplevels.built_state(self._system, toplevels.running(self._system))
        snapshots.of_versions(self._system, running, toplevels.built_state(self._system, toplevel))

    def _start_unit(self, record, verb):
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
                # The guard holds opened secrets in memory.
                "--property=LimitCORE=0",
                # A builder may ignore anything milder, and nothing here needs a farewell: what is half done is undone below.
                "--property=KillSignal=SIGKILL",
                "--property=TimeoutStopSec=300",
                "--property=WorkingDirectory=" + record.directory,
                # Runs whatever ended the main process: a killed runner must not leave a half-made change behind.
                "--property=ExecStopPost=" + " ".join(programs.croft_op("recover", record.operation)),
                *programs.ENVIRONMENT,
                "--",
                *programs.croft_op(verb, record.operation),
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

    def reports(self, operation=None, automatic=False):
        """OperationReports, newest first, telling the truth also of an operation whose process is gone. `automatic`: only of those
        that the box started by itself."""
        if operation is not None:
            return [self.report(operation)]
        known = [records.Record(self._system, name) for name in records.identities(self._system)[: records.KEEP]]
        known = [record for record in known if record.exists()]
        if automatic:
            known = [record for record in known if record.request().get("automatic")][:_AUTOMATIC]
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
        if record.begun():
            self._system.run(["systemctl", "reset-failed", "--", records.unit_of(record.operation)])
            self._start_unit(record, "recover")
            return record.report()
        died = problem("OPERATION_DIED", why="It was killed, or the box went down, before it began.")
        record.finish("FAILED", "resolve", died)
        return record.report()

    def alive(self, operation):
        """Whether an operation's unit works on it."""
        return self._alive([operation])[operation]

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
        record = records.Record(self._system, operation)
        self.report(operation)
        log = OperationLog(record, request.get("after"))
        try:
            return self._copy(record, log, writer, console_fd)
        finally:
            log.close()

    def _copy(self, record, log, writer, console_fd):
        looked = self._system.monotonic()
        while True:
            # In this order: what is read after the result was there is all that there will be.
            ended = record.ended()
            if frames := log.frames():
                writer.write_all(frames)
            elif ended:
                return self.report(record.operation)
            else:
                self._system.pause(_POLL_SECONDS)
            now = self._system.monotonic()
            if now - looked >= _LOOK_SECONDS:
                looked = now
                if journal.console_closed(console_fd):
                    raise ConsoleGone()
                self.report(record.operation)  # Settles an operation whose process is gone.

    # -- confirm, cancel ---------------------------------------------------------------------------------------

    def confirm(self, operation, connection):
        """Takes the operator's word for a change that waits for it; `connection` is what it came over."""
        from . import confirmation

        self.report(operation)
        record = records.Record(self._system, operation)
        confirmation.accept(self._system, record, connection)
        return self._report_after(record, _KEPT_SECONDS)

    def cancel(self, operation):
        """Stops an operation that has not begun to activate, leaving no trace of it; reverts one that has."""
        report = self.report(operation)
        if report["state"] not in RUNNING:
            return report
        record = records.Record(self._system, operation)
        if record.decide("cancel"):
            return self._end(record)
        if report["kind"] == "gc":
            raise problem("NOT_ALLOWED", why="It is deleting already.", next="Wait until it has ended.")
        record.judge("revert")
        return self.report(operation)

    def _end(self, record):
        """Ends the unit within two seconds, whatever its processes make of it; what the recovery behind it leaves is done here."""
        from .work import cancelled

        unit = records.unit_of(record.operation)
        # Nix takes its half-built directories away when it is asked to end, and leaves them lying when it is killed.
        if (record.progress() or {}).get("phase") in _TIDIES_UP and self._report_after(record, _TIDY_SECONDS)["state"] not in RUNNING:
            return record.report()
        self._system.run(["systemctl", "stop", "--no-block", "--", unit])
        report = self._report_after(record, _ENDED_SECONDS)
        if report["state"] in RUNNING:
            record.finish("CANCELLED", report["phase"], cancelled())
            record.drop_build()
            report = record.report()
        self._system.run(["systemctl", "reset-failed", "--", unit])
        return report

    def _report_after(self, record, patience):
        """The report when the operation has ended, or as it is when that takes longer."""
        until = self._system.monotonic() + patience
        while not record.ended() and self._system.monotonic() < until:
            self._system.pause(_POLL_SECONDS)
        return record.report()


class OperationLog:
    """An operation's log as `line` and `progress` frames. A cursor is the number of bytes up to the end of a record."""

    def __init__(self, record, after):
        self._record = record
        self._unit = records.unit_of(record.operation)
        self._file = None
        self._position = 0
        self._rest = b""
        if after is not None:
            if not after.isdigit():
                raise problem("BAD_REQUEST", field="after", why="is not a cursor of an operation's log.")
            self._position = int(after)

    def close(self):
        if self._file:
            self._file.close()

    def frames(self):
        """The records that have come since the last call. One that is still being written is left for the next."""
        if self._file is None:
            self._file = self._record.log()
            if self._file is None:
                return []
            self._file.seek(self._position)
        *whole, self._rest = (self._rest + (self._file.read(_CHUNK_BYTES) or b"")).split(b"\n")
        found = []
        for line in whole:
            self._position += len(line) + 1
            try:
                frame = loads(line.decode("utf-8"))
                kind = frame["type"]
            except (ValueError, KeyError, TypeError):
                continue  # A record that a full disk or a power cut tore.
            frame["cursor"] = str(self._position)
            if kind == "line":
                frame["unit"] = self._unit
            found.append(frame)
        return found
