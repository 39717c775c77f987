"""From one running system to another, up to the point where nothing undoes it, and the whole way back from there.

What the way back takes is written to the operation's undo.json before anything is touched. Another process reads it there
when this one is gone (recovery.py), and it holds after a power cut: then the files of the box decide how far things went.
"""

import os

from . import activation, config, facts, levels, snapshots, toplevels, units
from .problems import Problem, problem
from .system import sync_directory
from .work import cancelled, reverted


NOTHING = "Nothing was changed on the box."
_MIGRATION_LOG_SECONDS = 24 * 3600


class Change:
    """One switch. `generation` is the one to make the boot default, None for a new one."""

    def __init__(self, work, undo):
        self._work = work
        self._undo = undo
        self._broken = set()
        self._started = set()
        self._restored = {}
        self._outcome = ""
        self._upgrade = None
        #: Whether the way back has anything to do.
        self.begun = False

    @classmethod
    def to(cls, work, toplevel, base, revision, generation=None, edits=False):
        """`edits`: the commit was made of what the working tree has already."""
        undo = {
            "stage": "prepare",
            "boot": work.system.boot_id(),
            "previous": toplevels.running(work.system),
            "toplevel": toplevel,
            "base": base,
            "revision": revision,
            "generation": generation,
            "edits": edits,
            "default": toplevels.default_generation(work.system),
        }
        return cls(work, undo)

    @classmethod
    def found(cls, work):
        """The change that an operation left behind, or None when it had touched nothing."""
        undo = work.record.undo()
        if undo is None:
            return None
        change = cls(work, undo)
        change.begun = undo["stage"] != "prepare"
        return change

    @property
    def toplevel(self):
        return self._undo["toplevel"]

    @property
    def revision(self):
        return self._undo["revision"]

    def upgrade(self, upgrade):
        """Makes this change one that brings a database server to another version."""
        self._upgrade = upgrade

    def stopping(self):
        """The apps that are stopped for it although they do not change."""
        return self._upgrade.attached() if self._upgrade else []

    def tidy(self):
        """Deletes the snapshots beyond those that are kept."""
        system = self._work.system
        if self._work.progress.get("snapshots"):
            from . import generations

            for entry in snapshots.superfluous(system, generations.pinned_states(system)):
                snapshots.delete(system, entry["app"], entry["id"])

    # -- forth -------------------------------------------------------------------------------------------------

    def prepare(self, running, target, restore):
        """Copies the data of the apps whose version changes, and makes ready what `restore` (app -> snapshot) names."""
        if self._upgrade:
            # Written down first: what a rehearsal leaves has to be found.
            self._note(upgrade=self._upgrade.plan)
            self._upgrade.rehearse()
            return
        copies = [copy for copy in snapshots.planned(self._work.system, running, target) if copy["app"] not in restore]
        if not copies and not restore:
            return
        self._work.phase("snapshot")
        # Between its snapshot and its migration nobody writes: what a way back puts in place is all that there was.
        migrated = [copy["app"] for copy in copies if self._migrates(copy["app"])]
        snapshots.take(self._work, copies, running, self._note, migrated)
        if migrated:
            self._note(migrated=migrated)
        snapshots.stage(self._work, restore)
        self._restored = restore

    def activate(self, running, failing_before):
        """Puts the older data in place and activates the system, without making it the boot default."""
        work = self._work
        if not work.record.decide("activate"):
            raise cancelled()
        failing_before = units.failing(failing_before)
        self._note(stage="activate")
        work.record.keep_system(self._undo["previous"])
        work.note(phase="activate", base=self._undo["base"], revision=self._undo["revision"])
        work.output.progress("activate", {})
        self.begun = True
        if self._restored:
            snapshots.replace(work, self._restored, running)
        if self._upgrade:
            self._note(stopped=self.stopping())
            self._upgrade.perform()
            self._note(upgrade={**self._upgrade.plan, "switched": True})
        outcome = self._switch()
        self._broken = activation.judge(outcome, failing_before)
        self._started = outcome.started_units - failing_before
        # Where a migration failed, a start of the app would try it once more.
        stopped = {*self._restored, *self._undo.get("stopped", ())}
        whole = [app for app in sorted({*stopped, *self._undo.get("migrated", ())}) if units.migration_unit(app) not in self._broken]
        snapshots.start(work.system, [app for app in whole if app in stopped])
        units.release(work.system, whole)
        if self._upgrade:
            self._upgrade.let_go()
        work.note(activated=work.system.boottime())

    def _migrates(self, app):
        """Whether the new system has a migration of the app's data."""
        unit = f"{self._undo['toplevel']}/etc/systemd/system/{units.migration_unit(app)}"
        return os.path.exists(self._work.system.path(unit))

    def adopt(self):
        """Takes the system that runs for the one that was activated. There is no way back to make from here."""
        if not self._work.record.decide("activate"):
            raise cancelled()
        self._note(stage="prepare")
        self._work.note(activated=self._work.system.boottime())

    def _switch(self):
        work = self._work
        try:
            return activation.run(
                work.system, self._undo["toplevel"], "test", work.output.activate, meanwhile=_load_what_comes_next
            )
        except Problem:
            # It was refused before it began: who switches now is not to be disturbed by a way back.
            self._note(stage="prepare")
            raise

    def prove(self, gated, started):
        """Waits until the apps are healthy."""
        from . import health

        self._work.require_wanted()
        self._judge_broken_units()
        started = started | set(self._restored)
        if gated:
            self._work.phase("health")
            health.Gate(self._work.system, self._work.output.say, self._work.require_wanted).wait(gated, started)

    def confirm(self, level, reasons):
        """Waits for the operator's word, when a change of this level needs it."""
        from . import confirmation

        if confirmation.needed(self._work.request, level):
            confirmation.wait(self._work, level, reasons, self._require_up)

    def _require_up(self):
        """Raises SWITCH_FAILED when a unit that the switch started has failed since: a start says little of what is up later."""
        self._broken = self._started & units.failing(units.start_failing(self._work.system))
        if self._broken:
            self._judge_broken_units()

    def persist(self):
        """Profile, boot loader entry, main. Returns the generation's number."""
        work = self._work
        if not work.record.judge("keep"):
            raise reverted()
        self._note(stage="persist")
        work.phase("persist")
        before = toplevels.default_generation(work.system)
        self._make_default()
        edits = self._undo["edits"]
        moving = None if edits else work.flake.start_advance(self._undo["base"], self._undo["revision"])
        try:
            try:
                self._make_boot_default(self._undo["toplevel"])
            finally:
                work.flake.advanced(moving)
            if edits:
                work.flake.take_edits(self._undo["base"], self._undo["revision"])
        except Problem:
            self._unpersist(before)
            raise
        self.begun = False
        snapshots.keep_replaced(work)
        return toplevels.default_generation(work.system)

    def _make_default(self):
        generation = self._undo["generation"]
        if generation is None:
            self._nix_env("--set", self._undo["toplevel"])
        else:
            self._nix_env("--switch-generation", str(generation))

    def _make_boot_default(self, toplevel):
        making = activation.start_boot_default(self._work.system, toplevel)
        sync_directory(self._work.system.path(config.PROFILES))
        activation.made_boot_default(making)

    def _unpersist(self, generation):
        """The boot default, main and its files as they were before; what cannot be done is said."""
        work = self._work
        try:
            if toplevels.default_generation(work.system) != generation:
                self._nix_env("--switch-generation", str(generation))
            self._make_boot_default(toplevels.boot_default(work.system))
        except Problem as found:
            work.output.say(f"{found.what} {found.why}", 3)
        work.flake.settle_at(self._undo["base"], self._undo["revision"], tree=not self._undo["edits"])

    def _nix_env(self, *arguments):
        done = self._work.system.run(["nix-env", "--profile", config.PROFILE, *arguments], timeout=300)
        if done.code != 0:
            raise problem("INTERNAL", why=f"nix-env {arguments[0]} failed.", detail=done.err)

    def _judge_broken_units(self):
        from . import health

        system = self._work.system
        self._judge_migrations()
        if not self._broken:
            return
        state = toplevels.built_state(system, self._undo["toplevel"])
        for app in state.apps.values() if state else ():
            if app.unit in self._broken:
                raise health.exited(system, app.name, app.unit, units.show(system, [app.unit])[0], system.now() - 120)
        names = ", ".join(sorted(self._broken))
        detail = "\n".join(units.last_lines(system, unit, system.now() - 120) for unit in sorted(self._broken))
        raise problem("SWITCH_FAILED", why=f"These units failed: {names}.", detail=detail)

    def _judge_migrations(self):
        system = self._work.system
        state = toplevels.built_state(system, self._undo["toplevel"])
        suspects = [app for app in (state.apps if state else ()) if units.migration_unit(app) in self._broken]
        migrated = [app for app in self._undo.get("migrated", ()) if app not in suspects]
        shown = units.show(system, [units.migration_unit(app) for app in migrated])
        suspects += [app for app, unit in zip(migrated, shown) if unit.get("ActiveState") == "failed"]
        for app in suspects:
            unit = units.migration_unit(app)
            log = units.last_lines(system, unit, system.now() - _MIGRATION_LOG_SECONDS)
            why = f"Its process {units.ending(units.show(system, [unit])[0], log)}."
            raise problem("MIGRATION_FAILED", app=app, why=why, detail=log)

    def _note(self, **values):
        self._undo.update(values)
        self._work.record.note_undo(self._undo)

    # -- back --------------------------------------------------------------------------------------------------

    def put_back(self):
        """Activates the previous system again, with the data that it had; (whether it runs, a sentence that says what runs now)."""
        work, previous = self._work, self._undo["previous"]
        if self._undo["stage"] == "prepare":
            snapshots.start(work.system, snapshots.put_back(work.system, work.record.operation))
            self.release()
            return True, NOTHING
        self._take_upgrade_back()
        work.output.say("Putting the previous system back", 4)
        restored = self._put_data_back()
        try:
            failing_before = units.failing(units.start_failing(work.system))
            broken = activation.judge(activation.run_when_free(work.system, previous, work.output.activate), failing_before)
            self._start_server()
            snapshots.start(work.system, restored)
            self._keep_left_data()
        except Problem as failure:
            work.output.say(f"{failure.what} {failure.why}", 3)
            return False, f"Putting the previous system back failed as well ({failure.why}); a restart of the box boots it."
        if broken:
            return True, f"The previous system runs again, but these units failed in it: {', '.join(sorted(broken))}.{self._outcome}"
        try:
            self._await_previous(set(restored))
        except Problem as ill:
            return True, f"The previous system runs again, but: {ill.what}{self._outcome}"
        return True, f"The previous system runs again.{self._outcome}"

    def _take_upgrade_back(self):
        if self._undo.get("upgrade"):
            from . import upgrade

            plan = self._undo["upgrade"]
            switched = plan["switched"] and self._undo["stage"] != "prepare"
            self._outcome = upgrade.take_back(self._work.system, {**plan, "switched": switched})
            if self._upgrade:
                self._upgrade.let_go()

    def _start_server(self):
        if self._undo.get("upgrade"):
            from . import upgrade

            upgrade.start_server(self._work.system, self._undo["upgrade"])

    def release(self):
        """Lets go of what was prepared, and starts what was stopped for a migration, or an upgrade, that will not come."""
        self._take_upgrade_back()
        self._start_server()
        snapshots.start(self._work.system, self._undo.get("stopped", ()))
        units.release_of(self._work.system, self._work.record.operation)

    def _put_data_back(self):
        """The data that the apps had: what an older snapshot replaced, and what a migration has changed. The apps that this concerns
        are stopped. What does not succeed is said, and does not keep the previous system from coming back."""
        work = self._work
        try:
            restored = [] if self._undo.get("returned") else snapshots.put_back(work.system, work.record.operation)
        except Problem as failure:
            self._outcome = f" But: {failure.what} {failure.why} What it was lies beside it."
            return snapshots.replaced(work.system, work.record.operation)
        migrated = self._undo.get("migrated", [])
        if migrated and not self._undo.get("returned"):
            self._return_data(migrated)
        return sorted({*restored, *self._undo.get("stopped", ()), *migrated})

    def _return_data(self, migrated):
        """Puts the snapshots of this very change in place. From the moment they were taken only the new version has written."""
        work = self._work
        snapshots.stop(work.system, migrated, work.record.operation)
        own = {app: work.record.operation for app in migrated}
        try:
            snapshots.stage(work, own)
            snapshots.replace(work, own, toplevels.built_state(work.system, self._undo["toplevel"]))
        except Problem as failure:
            snapshots.put_back(work.system, work.record.operation)
            self._outcome = f" But: {failure.what} {failure.why} The snapshot from before the migration is kept."
            return
        self._note(returned=True)

    def _keep_left_data(self):
        """What the new version left is a snapshot from now on, in the place of the one that has become the data again."""
        if self._undo.get("returned"):
            names = " and ".join(self._undo["migrated"])
            self._outcome = f" The data of {names} is as it was before the migration; what the new version left is kept as a snapshot."
            snapshots.keep_left(self._work)

    def settle_data(self):
        """Early in a start of the box: data that was replaced is put back; apps whose databases have to follow wait for that."""
        system = self._work.system
        if self._undo.get("returned"):
            return
        apps = snapshots.put_back(system, self._work.record.operation, servers=False)
        migrated = self._undo.get("migrated", ()) if self._undo["stage"] != "prepare" else ()
        waiting = {*snapshots.replaced(system, self._work.record.operation), *migrated}
        snapshots.stop(system, waiting, self._work.record.operation)
        snapshots.start(system, [app for app in apps if app not in waiting])

    def _await_previous(self, restored):
        """Waits for the apps that the way back started again: the operation ends when the old version answers."""
        from . import health

        system, previous = self._work.system, self._undo["previous"]
        state = toplevels.built_state(system, previous)
        started = toplevels.changed_apps(system, self._undo["toplevel"], previous, state)
        started |= {name for name in restored if state and name in state.apps}
        if started:
            health.Gate(system, self._work.output.say).wait([state.apps[name] for name in sorted(started)], started)

    # -- found behind a runner that is gone ----------------------------------------------------------------------

    def restarted(self):
        """Whether the box was restarted since: what was only activated is gone then."""
        return self._undo["boot"] != self._work.system.boot_id()

    def resume_paused(self):
        if self._undo.get("paused") and not self.restarted():
            snapshots.resume(self._work.system, self._undo["paused"])
        if self._undo["stage"] == "prepare":
            self.release() if not self.restarted() else self._take_upgrade_back()

    def past_return(self):
        """Whether the new system is the boot default already. The files of the box say so, not what was noted last."""
        system, undo = self._work.system, self._undo
        if undo["stage"] == "prepare" or undo["toplevel"] == undo["previous"] and undo["stage"] != "persist":
            return False
        if self.restarted() and toplevels.booted(system) == undo["toplevel"] != undo["previous"]:
            return True
        is_default = toplevels.boot_default(system) == undo["toplevel"]
        return is_default and (undo["stage"] == "persist" or toplevels.default_generation(system) != undo["default"])

    def complete(self):
        """Does the rest of `persist`, after a restart also the switch. Returns the generation's number, or raises."""
        work, undo = self._work, self._undo
        if toplevels.boot_default(work.system) != undo["toplevel"]:
            self._make_default()
        self._make_boot_default(undo["toplevel"])
        if toplevels.running(work.system) != undo["toplevel"]:
            self._wait_for_boot()
            activation.judge(activation.run_when_free(work.system, undo["toplevel"], work.output.activate), set())
        work.flake.settle_at(undo["revision"], undo["base"], tree=not undo["edits"])
        self.begun = False
        snapshots.keep_replaced(work)
        return toplevels.default_generation(work.system)

    def abandon(self):
        """What `put_back` does, where a runner was killed or the box restarted: the boot default as well, if it was touched."""
        work, undo = self._work, self._undo
        if undo["stage"] == "persist":
            self._unpersist(undo["default"])
        if not self.restarted():
            return self.put_back()
        self._take_upgrade_back()
        snapshots.start(work.system, self._put_data_back())
        self._keep_left_data()
        if toplevels.running(work.system) == undo["previous"]:
            return True, f"The box was restarted, and runs the previous system.{self._outcome}"
        return True, f"The box was restarted since, and runs what it booted.{self._outcome}"

    def replaced_data(self):
        """Whether data that is not that of the previous system may be in its place."""
        migrated = self._undo["stage"] != "prepare" and self._undo.get("migrated")
        return bool(migrated or snapshots.replaced(self._work.system, self._work.record.operation))

    def _wait_for_boot(self):
        """A switch in the middle of a start would meet units that are only about to come."""
        self._work.system.run(["systemctl", "is-system-running", "--wait"], timeout=300)


def level_question(work, revision):
    """Begins to ask for the level of a change to `revision`."""
    return levels.Question(work.system, work.flake, toplevels.running(work.system), revision)


def _load_what_comes_next():
    """The switch takes longer than this; after it every millisecond is waited for."""
    import socket  # noqa: F401

    from . import confirmation, health  # noqa: F401
