"""The runner of one operation: what a unit croft-op-<id>.service executes.

The files in the operation's directory are the truth that outlives unit, journal and reboot; the unit's journal has
the same words for people who look there. Nothing here depends on the console.

    croft-op run ID       does the operation
    croft-op recover ID   runs when the runner is gone, for whatever reason: finishes or undoes what it began
    croft-op guard ID     looks whether anybody still works on it, and undoes it when nobody does
    croft-op settle       ends what a restart of the box has left open
    croft-op holders LIST tells which unit holds each of these sockets, given by their inodes
    croft-op ask -        asks a database server, as the account it runs as (asking.py)
    croft-op launch -- …  becomes a command of an app's (execution.py)
    croft-op backup-auto TARGET, restore-test-auto TARGET   start a backup or a restore test, when their timers say so
    croft-op restic TARGET ARGUMENT…   restic with the secrets of a target (restic.py)
    croft-op knock APP    asks a restored copy of an app for its health, from inside its network (restoretest.py)
    croft-op gc-auto      starts a collection of garbage, when the box's policy wants one
"""

import os

from . import change, config, guard, lock, records, secrets, sops, toplevels, units
from . import state as states
from .outcome import result
from .output import Output, to_journal
from .problems import Problem, problem, unexpected
from .protocol import OPERATIONS
from .recovery import Recovery, clear_up, ended_as
from .work import Work, cancelled

_PATIENCE = 10.0


class Runner:
    def __init__(self, work):
        self._work = work
        self._system = work.system
        self._configuration = work.configuration
        self._record = work.record
        self._request = work.request
        self._flake = work.flake
        self._output = work.output
        self._progress = work.progress
        self._phase = work.phase
        self._note = work.note
        self._change = None
        self._guarded = False
        self._leaks = None

    def run(self):
        """Does the operation and writes down how it ended, whatever happens."""
        kind = self._request["type"]
        if self._record.begun():
            return  # A second start of the same operation: the first one's word stands.
        self._phase("resolve")
        changes = self._changes = lock.Lock(self._system, "lock")
        try:
            if OPERATIONS[kind]:
                self._hold()
            result = self._kinds()[kind]()
            self._record.finish("SUCCEEDED", self._progress["phase"], result=result)
        except Problem as found:
            self._fail(found)
        except Exception as error:
            self._fail(unexpected(error, config.OPERATIONS))
        finally:
            changes.release()
        # Whoever waits has the result by now.
        if self._guarded:
            guard.disarm(self._system, self._record.operation)
        if self._change:
            self._flake.sync()
            self._change.tidy()
        clear_up(self._work)

    def _hold(self):
        """Takes the lock under which the box is changed."""
        if not self._changes.acquire(_PATIENCE):
            raise problem("HOST_BUSY", holder=busy_words(self._system))
        lock.note_holder(self._system, self._record)

    def _kinds(self):
        return {
            "plan": self._plan,
            "apply": self._apply,
            "upgrade": self._upgrade,
            "rollback": self._roll_back,
            "reconcile": self._reconcile,
            "gc": self._collect,
            "backup-run": self._back_up,
            "backup-restore": self._restore_backup,
            "restore-test": self._test_backup,
            "verify": self._verify,
            "mail-restore": self._restore_mail,
            "mail-restore-undo": self._undo_mail,
            "restore-undo": self._undo_restore,
        }

    # -- the kinds ---------------------------------------------------------------------------------------------

    def _apply(self):
        self._start_guard()
        wanted = self._wanted()
        base, revision = self._commit(wanted)
        restore = {entry["app"]: entry["snapshot"] for entry in self._request.get("restore", [])}
        return self._bring(wanted, base, revision, restore)

    def _upgrade(self):
        self._start_guard()
        wanted = self._wanted()
        base, revision = self._commit(wanted)
        return self._bring(wanted, base, revision, {}, upgrading=True)

    def _roll_back(self):
        # Imported here and below: what only one kind needs must not slow the others' start.
        from . import generations, snapshots, upgrade

        number, toplevel = generations.target(self._system, self._request.get("generation"))
        upgrade.require_same_major(self._system, toplevel, rollback=True)
        failing_before = units.start_failing(self._system)
        arming = self._arm()
        target = toplevels.built_state(self._system, toplevel)
        level = change.level_question(self._work, toplevels.revision(self._system, toplevel))
        base, writing = self._commit_of_generation(number, toplevel)
        restore = {}
        if self._request.get("data"):
            restore = snapshots.of_versions(self._system, self._running_state(), target)
        revision = self._flake.commit(writing) if writing else base
        return self._switch(change.Change.to(self._work, toplevel, base, revision, number), target, restore, failing_before, arming, level)

    def _reconcile(self):
        from . import reconciliation

        what, action = self._request["what"], self._request["action"]
        if (what, action) == ("flake", "return"):
            return reconciliation.discard_edits(self._work)
        if (what, action) == ("flake", "adopt"):
            self._start_guard()
            base, revision, wanted = reconciliation.commit_edits(self._work)
            self._note(base=base, revision=revision)
            return self._bring(wanted, base, revision, {}, edits=True)
        if action == "return":
            self._start_guard()
            base, wanted = reconciliation.state_of_main(self._work)
            self._note(base=base, revision=base)
            return self._bring(wanted, base, base, {})
        return self._adopt_system()

    def _adopt_system(self):
        """Makes what runs the boot default and its state that of main. Nothing is activated."""
        toplevel = toplevels.running(self._system)
        state = toplevels.built_state(self._system, toplevel)
        level = change.level_question(self._work, toplevels.revision(self._system, toplevel))
        base, writing = self._commit_of_running(toplevel)
        revision = self._flake.commit(writing) if writing else base
        self._note(base=base, revision=revision)
        self._change = change.Change.to(self._work, toplevel, base, revision)
        started, gated = self._to_prove(toplevel, state, {})
        self._change.adopt()
        return self._keep(toplevel, revision, state, gated, started, level)

    def _plan(self):
        from . import review

        self._start_guard()
        wanted = self._wanted()
        _, revision = self._commit(wanted)
        sops.require(self._system, self._flake, revision, wanted)
        level = change.level_question(self._work, revision)
        toplevel = self._build(revision, wanted)
        return review.of(self._work, toplevel, revision, wanted, level)

    def _collect(self):
        from . import garbage

        return garbage.collect(self._work)

    def _back_up(self):
        from . import backups

        return backups.run(self._work)

    def _test_backup(self):
        from . import restoretest

        return restoretest.run(self._work)

    def _verify(self):
        from . import verification

        return verification.run(self._work)

    def _restore_mail(self):
        from . import mailbackups

        return mailbackups.restore(self._work, self._hold)

    def _undo_mail(self):
        from . import mailbackups

        return mailbackups.undo(self._work)

    def _restore_backup(self):
        """Puts a backup beside the data in use; or in its place, as a change to the system that runs with older data."""
        from . import restore

        if self._request["mode"] == "side":
            return restore.beside(self._work)
        app = self._request["app"]
        identity = restore.fetch_as_snapshot(self._work)
        self._hold()
        return {**self._switch_data(app, identity), **restore.swapped(self._work, app)}

    def _undo_restore(self):
        """Gives an app the data again that a backup took the place of; the backup's, as the app left it, is set aside in turn."""
        from . import restore, snapshots

        app, identity = self._request["app"], self._request["snapshot"]
        outcome = {**self._switch_data(app, identity), **restore.swapped(self._work, app)}
        snapshots.delete(self._system, app, identity)
        return outcome

    def _switch_data(self, app, identity):
        """A change to the system that runs, with older data of one app."""
        toplevel = toplevels.running(self._system)
        if toplevel != toplevels.boot_default(self._system):
            why = "The running system is not the one that the box would boot, so neither is sure to stay."
            raise problem("NOT_ALLOWED", why=why, next="Settle that first, on Host → Drift; then restore again.")
        base, on_main, _ = self._flake.read_main()
        self._flake.require_clean(on_main)
        failing_before = units.start_failing(self._system)
        arming = self._arm()
        level = change.level_question(self._work, toplevels.revision(self._system, toplevel))
        kept = change.Change.to(self._work, toplevel, base, base, toplevels.default_generation(self._system))
        return self._switch(kept, self._running_state(), {app: identity}, failing_before, arming, level)

    def _wanted(self):
        """The state to be built. croft-hostd has checked it before it wrote the request, which only root can touch."""
        wanted = states.read_built(self._request["state"])
        if wanted is None:
            raise problem("STATE_REFUSED", field="state.json", why="is not a state that this box has checked.")
        return wanted

    # -- steps -------------------------------------------------------------------------------------------------

    def _bring(self, wanted, base, revision, restore, edits=False, upgrading=False):
        """Builds a commit's system and makes it the one that runs and boots."""
        secrets.require(self._system, secrets.named(wanted))
        sops.require(self._system, self._flake, revision, wanted)
        level = change.level_question(self._work, revision)
        running = self._running_state()
        self._require_ports(wanted, running)
        toplevel = self._build(revision, wanted)
        if self._request.get("expect", toplevel) != toplevel:
            raise problem("PLAN_OUTDATED", why=f"The review was of {self._request['expect']}; now it would be {toplevel}.")
        from . import upgrade

        switch = change.Change.to(self._work, toplevel, base, revision, edits=edits)
        if upgrading:
            switch.upgrade(upgrade.Upgrade.to(self._work, toplevels.running(self._system), toplevel, running, wanted))
        else:
            upgrade.require_same_major(self._system, toplevel)
        failing_before = units.start_failing(self._system)
        arming = self._arm()
        self._require_ports(wanted, running)
        return self._switch(switch, wanted, restore, failing_before, arming, level)

    def _switch(self, switch, target, restore, failing_before, arming, level):
        """Data, activation, health, confirmation, boot default: the same for every way to another system."""
        secrets.require_of_system(self._system, switch.toplevel)
        running, toplevel, revision = self._running_state(), switch.toplevel, switch.revision
        self._change = switch
        started, gated = self._to_prove(toplevel, target, restore)
        guard.armed(arming)
        switch.prepare(running, target, restore)
        switch.activate(running, failing_before)
        return self._keep(toplevel, revision, target, gated, started, level)

    def _keep(self, toplevel, revision, target, gated, started, level):
        self._change.prove(gated, started)
        self._change.confirm(*level.answer(toplevel))
        generation = self._change.persist()
        return result(generation, toplevel, revision, target, self._progress.get("snapshots", ()))

    def _arm(self):
        """Begins to arm the timer that reverts the change if this process cannot."""
        self._guarded = True
        return guard.start_arming(self._system, self._record.operation)

    def _commit(self, wanted):
        """(main, the commit to build). Nothing but this operation's ref knows the new commit yet."""
        base, on_main = self._flake.read_main_on(self._request.get("base"))
        self._flake.require_clean(on_main)
        self._leaks.state(wanted.text, base)
        if on_main == wanted.text:
            self._note(base=base, revision=base)
            return base, base
        revision = self._reviewed_commit(base, wanted) or self._flake.commit(
            self._start_commit(base, wanted.text, self._request["message"])
        )
        self._note(base=base, revision=revision)
        return base, revision

    def _reviewed_commit(self, base, wanted):
        """The commit that the reviewed system was built from, if it still fits: another one would give another system."""
        expect = self._request.get("expect")
        if expect is None:
            return None
        for operation in records.identities(self._system):
            record = records.Record(self._system, operation)
            result = (record.result() or {}).get("result") or {}
            if result.get("toplevel") == expect and (record.progress() or {}).get("base") == base:
                revision = result.get("revision")
                return revision if self._flake.state_at(revision) == wanted.text else None
        return None

    def _commit_of_generation(self, number, toplevel):
        return self._commit_of(toplevel, f"Roll back to generation {number}")

    def _commit_of_running(self, toplevel):
        return self._commit_of(toplevel, "Adopt the running system")

    def _commit_of(self, toplevel, message):
        """(main, a commit being written with the state of that system, or None when main has it already).

        With it the next apply starts from what runs.
        """
        base, on_main, text = self._flake.read_main(toplevels.revision(self._system, toplevel))
        self._flake.require_clean(on_main)
        if text is None:
            text = toplevels.read(self._system, f"{toplevel}/etc/croft/state.json")
        if text is None or text == on_main:
            return base, None
        return base, self._start_commit(base, text, message)

    def _start_commit(self, base, text, message):
        return self._flake.start_commit(
            self._record.operation, base, text, self._request["author"], message, self._system.now()
        )

    def _to_prove(self, toplevel, target, restore):
        """(apps that the switch will start, apps whose health has to be shown).

        What runs may be a system that was never confirmed, left by a killed operation or a hand-run test; its apps
        do not count as healthy just because they do not change.
        """
        current = toplevels.running(self._system)
        started = toplevels.changed_apps(self._system, current, toplevel, target)
        default = toplevels.boot_default(self._system)
        unproven = started if default == current else started | toplevels.changed_apps(self._system, default, toplevel, target)
        names = self._request.get("apps", sorted(unproven))
        stopped = {*restore, *self._change.stopping()}
        names = [*names, *(name for name in sorted(stopped) if name not in names)]
        return started, [target.apps[name] for name in names if target and name in target.apps]

    def _running_state(self):
        return toplevels.built_state(self._system, toplevels.running(self._system))

    def _require_ports(self, wanted, running):
        from . import ports

        # What the new state drops, or moves to another port, lets go of its own during the switch.
        after = {each.unit: each.port for each in wanted.listeners()}
        released = {each.unit for each in (running.listeners() if running else ()) if after.get(each.unit, 0) != each.port}
        ports.require_free(self._system, wanted.listeners(), released)

    def _build(self, revision, wanted):
        from . import building

        self._leaks.sources(revision)
        toplevel = building.build(self._work, revision, wanted)
        self._leaks.closure(toplevels.running(self._system), toplevel)
        return toplevel

    def _start_guard(self):
        """Begins to open the secrets whose values are looked for."""
        from . import leaks

        self._leaks = leaks.Guard(self._system, self._flake, self._output.say)

    # -- endings -----------------------------------------------------------------------------------------------

    def _fail(self, found):
        """Puts the previous system back if another one was activated, and says which one runs."""
        from . import snapshots

        if self._record.decision() == "cancel":
            found = cancelled()
        went_back = True
        if self._change and self._change.begun:
            # A confirmation from now on would be of a system that is going.
            self._record.judge("missed")
            went_back, outcome = self._change.put_back()
            found = found.with_outcome(outcome)
        elif self._change:
            self._change.release()
            snapshots.forget(self._system, self._record.operation)
            self._note(snapshots=[])
        if found.code == "SECRET_FOUND":
            self._record.forget_state()
        self._output.say(f"{found.code}: {found.what} {found.why}", 3)
        self._record.finish(ended_as(found, went_back), self._progress["phase"], found)


def busy_words(system):
    """Who changes the box now, for the one who is refused."""
    operation = lock.noted_holder(system)
    request = records.Record(system, operation).request() if operation else None
    if request is None:
        return "Another operation holds the lock."
    doing = {"apply": "applies a change", "upgrade": "upgrades a database server", "rollback": "rolls back", "reconcile": "reconciles the box", "backup-restore": "restores data", "restore-undo": "undoes a restore", "gc": "collects garbage"}.get(request["type"], request["type"])
    what = request.get("message", "").strip().split("\n")[0][:100]
    return f"{request['author']['name']} {doing} since {request['receivedAt']}" + (f": {what}." if what else ".")


def main(arguments):
    from .system import System

    system = System()
    verb, *rest = arguments
    if verb == "ask":
        import sys

        from . import asking

        print(asking.answer(system, sys.stdin.read()))
        return
    if verb == "launch":
        from . import execution

        execution.launch(rest[1:])
        return
    if verb == "restic":
        from . import restic

        restic.become(system, rest[0], rest[1:])
    if verb == "knock":
        from . import restoretest

        print(restoretest.knock(system, rest[0]))
        return
    configuration = config.load(system)
    if verb in ("backup-auto", "restore-test-auto"):
        from . import backups

        backups.automatic(system, configuration, {"backup-auto": "backup-run"}.get(verb, "restore-test"), rest[0])
        return
    if verb == "settle":
        from .operations import Operations
        from .recovery import settle_all

        settle_all(system, configuration, Operations(system, configuration))
        return
    if verb == "gc-auto":
        from . import garbage

        garbage.automatic(system, configuration)
        return
    if verb == "note-sizes":
        from . import sizes

        sizes.note(system)
        return
    if verb == "holders":
        from . import ports
        from .jsontext import dumps

        print(dumps(ports.holders_of(system, rest[0].split(","))))
        return
    (operation,) = rest
    record = records.Record(system, operation)
    # nixos-rebuild leaves its result link, which keeps the build from the garbage collector, where it stands.
    os.chdir(record.directory)
    work = Work(system, configuration, operation, Output(record.open_log(), to_journal))
    if verb == "run":
        Runner(work).run()
        from .operations import Operations

        Operations(system, configuration).tidy()
        if work.request["type"] != "gc":
            from . import garbage

            garbage.start_when_pressed(system, configuration)
    elif verb == "recover":
        Recovery(work).run()
    elif verb == "guard":
        guard.look(system, record, Recovery(work))
    else:
        raise SystemExit(f"croft-op: unknown verb {verb}")
