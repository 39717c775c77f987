"""What is left to do when a runner ended without a result: it was killed, or the box went down.

    croft-op recover ID   behind the runner, in its unit, and started again for an operation whose unit is gone
    croft-op guard ID     by the timer of guard.py, when neither is left
    croft-op settle       after a start of the box, for all of them
"""

from . import confirmation, guard, lock, records, snapshots, toplevels, units
from .change import NOTHING, Change
from .flake import Flake
from .outcome import result
from .problems import Problem, problem
from .work import Work, cancelled, reverted

_PATIENCE = 250.0


class Recovery:
    def __init__(self, work):
        self._work = work
        self._record = work.record

    def run(self):
        if not self._record.exists():
            return
        if self._record.ended() or self._record.undo() is None:
            self.settle()  # It touched nothing of what the lock is for, and whoever has that may take long.
            return
        changes = lock.Lock(self._work.system, "lock")
        if not changes.acquire(_PATIENCE):
            return  # The guard is at it, and looks again if it fails.
        try:
            self.settle()
        finally:
            changes.release()
        if self._record.ended():
            guard.disarm(self._work.system, self._record.operation)

    def settle(self):
        """Ends the operation with the truth, and leaves nothing of it lying about. The caller holds the lock, where the
        operation has touched anything."""
        change = Change.found(self._work)
        if change:
            change.resume_paused()
        if not self._record.ended():
            self._work.progress = self._record.progress() or {"phase": "resolve"}
            self._end(change)
        elif self._record.decision() == "cancel":
            # Whoever cancelled had the answer before it was all done.
            snapshots.forget(self._work.system, self._record.operation)
        if self._record.ended():
            clear_up(self._work)

    def _end(self, change):
        if self._record.decision() == "cancel":
            self._finish(cancelled())
        elif change is None:
            self._end_untouched()
        elif change.past_return():
            self._complete(change)
        else:
            self._go_back(change)

    def _end_untouched(self):
        if self._record.decision() == "activate":
            self._finish(self._died().with_outcome("What it had done by then stays done."))
        else:
            self._finish(problem("OPERATION_DIED", why="It was killed, or the box went down, before it changed anything."))

    def _complete(self, change):
        """The new system is the boot default already: that was the point of no return, so the rest is done now."""
        try:
            generation = change.complete()
        except Problem as found:
            self._work.output.say(f"{found.what} {found.why}", 3)
            self._go_back(change)
            return
        undo = self._record.undo()
        state = toplevels.built_state(self._work.system, undo["toplevel"])
        taken = self._work.progress.get("snapshots", [])
        self._record.finish("SUCCEEDED", "persist", result=result(generation, undo["toplevel"], undo["revision"], state, taken))

    def _go_back(self, change):
        if change.begun and not change.restarted() and self._box_goes_down():
            if change.replaced_data():
                return  # After the start the data is put back, before anything else is said.
            # Nothing can be started any more, and nothing needs to be: the boot default was not touched.
            self._finish(self._why(), went_back=True, outcome="The box was going down; it boots the previous system.")
            return
        # Nobody can confirm any more from here on; whoever just did is told so by the report.
        self._record.judge("missed")
        found = self._why()
        went_back, outcome = change.abandon() if change.begun or change.replaced_data() else (True, NOTHING)
        self._finish(found, went_back=went_back, outcome=outcome, keep_snapshots=change.begun)

    def _why(self):
        verdict = self._record.verdict()
        if verdict == "revert":
            return reverted()
        if self._work.progress["phase"] == "confirm" and verdict not in ("keep", "failed"):
            return confirmation.missed("Its process was killed, or the box went down, while the change waited for the confirmation.")
        return self._died()

    def _died(self):
        return problem("OPERATION_DIED", why=f"It was killed, or the box went down, in the phase {self._work.progress['phase']}.")

    def _finish(self, found, went_back=False, outcome=None, keep_snapshots=False):
        if outcome:
            found = found.with_outcome(outcome)
        if not keep_snapshots:
            snapshots.forget(self._work.system, self._record.operation)
        self._work.output.say(f"{found.code}: {found.what} {found.why}", 3)
        self._record.finish(ended_as(found, went_back), self._work.progress["phase"], found)

    def _box_goes_down(self):
        return self._work.system.run(["systemctl", "is-system-running"]).out.strip() == "stopping"


def clear_up(work):
    """Lets go of what an operation that has ended only needed on its way. A review's build stays for the apply."""
    if work.request["type"] != "plan":
        work.record.drop_build()
    work.record.drop_system()
    work.flake.forget(work.record.operation)
    snapshots.clear(work.system, work.record.operation)
    units.release_of(work.system, work.record.operation)
    if work.request["type"] in ("backup-run", "backup-restore", "restore-test", "mail-restore", "mail-restore-undo"):
        from . import backups, mailbackups, restore, restoretest

        if work.request["type"].startswith("mail-restore"):
            mailbackups.clear(work)
        restoretest.clear(work)
        restore.clear(work)
        backups.clear(work)


def ended_as(found, went_back):
    """The state of an operation that ended with this problem."""
    if found.code == "CANCELLED":
        return "CANCELLED"
    return "ROLLED_BACK" if went_back and found.code in ("CONFIRM_MISSED", "REVERTED") else "FAILED"


def settle_all(system, configuration, operations):
    """Ends every operation without a result. Data that one of them had replaced is put back here and now, as its app may
    be starting already; what takes longer goes on in the operation's own unit."""
    for identity in records.identities(system):
        record = records.Record(system, identity)
        if not record.exists() or operations.alive(identity):
            continue
        if record.ended():
            clear_up(Work(system, configuration, identity, None))
            continue
        undo = record.undo()
        changes = lock.Lock(system, "lock")
        # Somebody who asked already has started the operation's recovery, if the lock is taken: it does the same.
        if undo and changes.acquire(0.0):
            try:
                change = Change(Work(system, configuration, identity, None), undo)
                if not change.past_return():
                    change.settle_data()
            finally:
                changes.release()
        operations.report(identity)
    Flake(system, configuration).mend_tree()
