"""The runner of one operation: what a unit croft-op-<id>.service executes.

The files in the operation's directory are the truth that outlives unit, journal and reboot; the unit's journal has
the same words for people who look there. Nothing here depends on the console.

    croft-op run ID       does the operation
    croft-op recover ID   runs when the runner is gone, for whatever reason: finishes or undoes what it began
"""

import os

from . import activation, config, lock, records, units
from . import state as states
from .flake import Flake
from .problems import Problem, problem, unexpected
from .text import clean, derivation_name

LINE_BYTES = 8 * 1024
#: A build that logs more than this is cut; `nix log` on the box still has all of it.
BUILD_LOG_LINES = 100_000
BUILD_LOG_BYTES = 16 * 1024 * 1024
_PROGRESS_EVERY = 0.25
_PATIENCE = 10.0


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


class Runner:
    def __init__(self, system, configuration, operation, output):
        self._system = system
        self._configuration = configuration
        self._record = records.Record(system, operation)
        self._request = self._record.request()
        self._flake = Flake(system, configuration.flake)
        self._output = output
        self._progress = {"phase": "resolve"}
        self._activated = False

    def run(self):
        """Does the operation and writes down how it ended, whatever happens."""
        kind = self._request["type"]
        if self._record.progress() is not None:
            return  # A second start of the same operation: the first one's word stands.
        self._phase("resolve")
        changes = lock.Lock(self._system, "lock")
        try:
            if kind != "plan" and not changes.acquire(_PATIENCE):
                raise problem("HOST_BUSY", holder=busy_words(self._system))
            if kind != "plan":
                lock.note_holder(self._system, self._record)
            result = {"plan": self._plan, "apply": self._apply, "rollback": self._roll_back}[kind]()
            self._record.finish("SUCCEEDED", self._progress["phase"], result=result)
        except Problem as found:
            self._fail(found)
        except Exception as error:
            self._fail(unexpected(error, config.OPERATIONS))
        finally:
            if kind != "plan":
                self._record.drop_build()
            changes.release()
        # Whoever waits has the result by now.
        self._flake.forget(self._record.operation)

    # -- the three kinds ---------------------------------------------------------------------------------------

    def _apply(self):
        wanted = self._wanted()
        base, revision = self._commit(wanted)
        current = self._current()
        running = built_state(self._system, current)
        self._require_ports(wanted, running)
        toplevel = self._build(revision, wanted)
        if self._request.get("expect", toplevel) != toplevel:
            raise problem("PLAN_OUTDATED", why=f"The review was of {self._request['expect']}; now it would be {toplevel}.")
        started, unproven = self._apps_to_prove(current, toplevel, wanted)
        gated = [wanted.apps[name] for name in self._request.get("apps", sorted(unproven)) if name in wanted.apps]
        self._require_ports(wanted, running)
        self._switch(current, toplevel, units.start_failing(self._system))
        generation = self._confirm(toplevel, gated, started, base, revision, lambda: self._set_profile(toplevel))
        return _result(generation, toplevel, revision, wanted)

    def _roll_back(self):
        # Imported here and below: what only one kind needs must not slow the others' start.
        from . import generations

        number, toplevel = generations.target(self._system, self._request.get("generation"))
        current = self._current()
        failing_before = units.start_failing(self._system)
        restored = built_state(self._system, toplevel)
        base, writing = self._commit_of_generation(number, toplevel)
        started, unproven = self._apps_to_prove(current, toplevel, restored)
        gated = [restored.apps[name] for name in sorted(unproven)]
        self._switch(current, toplevel, failing_before)
        revision = self._flake.commit(writing) if writing else base
        self._note(base=base, revision=revision)
        self._confirm(toplevel, gated, started, base, revision, lambda: self._set_generation(number))
        return _result(number, toplevel, revision, restored)

    def _plan(self):
        from . import review

        wanted = self._wanted()
        _, revision = self._commit(wanted)
        toplevel = self._build(revision, wanted)
        return review.compare(self._system, self._current(), toplevel, revision)

    def _wanted(self):
        """The state to be built. croft-hostd has checked it before it wrote the request, which only root can touch."""
        wanted = states.read_built(self._request["state"])
        if wanted is None:
            raise problem("STATE_REFUSED", field="state.json", why="is not a state that this box has checked.")
        return wanted

    # -- steps -------------------------------------------------------------------------------------------------

    def _commit(self, wanted):
        """(main, the commit to build). Nothing but this operation's ref knows the new commit yet."""
        base, on_main, _ = self._flake.read_main()
        self._flake.require_clean(on_main)
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
        """(main, a commit being written with the state of that generation, or None when main has it already).

        With it the next apply starts from what runs.
        """
        made_from = (read(self._system, f"{toplevel}/etc/croft/revision") or "").strip()
        base, on_main, text = self._flake.read_main(made_from if len(made_from) == 40 else None)
        self._flake.require_clean(on_main)
        if text is None:
            text = read(self._system, f"{toplevel}/etc/croft/state.json")
        if text is None or text == on_main:
            return base, None
        return base, self._start_commit(base, text, f"Roll back to generation {number}")

    def _start_commit(self, base, text, message):
        return self._flake.start_commit(
            self._record.operation, base, text, self._request["author"], message, self._system.now()
        )

    def _apps_to_prove(self, current, toplevel, wanted):
        """(apps that the switch will start, apps whose health was not proven yet).

        What runs may be a system that was never confirmed, left by a killed operation or a hand-run test; its apps
        do not count as healthy just because they do not change.
        """
        started = changed_apps(self._system, current, toplevel, wanted)
        default = self._resolved(config.PROFILE)
        return started, started if default == current else started | changed_apps(self._system, default, toplevel, wanted)

    def _require_ports(self, wanted, running):
        from . import ports

        # An app that the new state drops, or moves to another port, lets go of its own during the switch.
        released = set()
        for name, app in (running.apps if running else {}).items():
            if name not in wanted.apps or wanted.apps[name].port != app.port:
                released.add(app.unit)
        ports.require_free(self._system, wanted.apps.values(), released)

    def _build(self, revision, wanted):
        from . import disk

        disk.require_room(self._system, self._configuration.minimum_free)
        self._phase("evaluate")
        reference = self._flake.reference(revision, wanted.host_name)
        child = self._system.spawn(
            ["nixos-rebuild", "build", "--flake", reference, "--no-reexec", "--log-format", "internal-json"],
            env={"XDG_CACHE_HOME": config.CACHE, **_git_environment()},
        )
        from . import nixlog

        log = nixlog.NixLog()
        reported, counts = self._system.monotonic(), {}
        while (batch := child.lines(_PROGRESS_EVERY)) is not None:
            for stream, raw in batch:
                if stream.startswith("err"):
                    for derivation, text in log.feed(raw):
                        self._output.build(derivation, text)
            if log.phase != self._progress["phase"]:
                self._phase(log.phase)
            now = self._system.monotonic()
            if now - reported >= _PROGRESS_EVERY and log.progress() != counts:
                reported, counts = now, log.progress()
                self._output.progress(log.phase, counts)
        code = child.wait()
        if counts != log.progress():
            self._output.progress(log.phase, log.progress())
        toplevel = self._record.built()
        if code != 0 or toplevel is None:
            from . import buildfailure

            raise buildfailure.classify(code, log, lambda text: disk.full(self._system, self._configuration.minimum_free, text))
        return toplevel

    def _switch(self, current, toplevel, failing_before):
        """Activates `toplevel` without making it the boot default; puts `current` back when that fails."""
        if not self._record.decide("activate"):
            raise problem("CANCELLED", why="It was stopped before it changed anything.")
        failing_before = units.failing(failing_before)
        self._note(durable=True, phase="activate", previous=current, toplevel=toplevel)
        self._output.progress("activate", {})
        self._activated = True
        self._broken = activation.judge(self._activate(toplevel), failing_before)

    def _activate(self, toplevel):
        return activation.run(self._system, toplevel, "test", self._output.activate, meanwhile=_load_what_comes_next)

    def _confirm(self, toplevel, gated, started, base, revision, make_default):
        """Health, boot default, main. Returns the generation's number."""
        self._judge_broken_units(toplevel)
        if gated:
            from . import health

            self._phase("health")
            health.Gate(self._system, self._output.say).wait(gated, started)
        self._phase("persist")
        before = os.readlink(self._system.path(config.PROFILE))
        make_default()
        moving = self._flake.start_advance(base, revision)
        try:
            try:
                self._make_boot_default(toplevel)
            finally:
                self._flake.advanced(moving)
        except Problem:
            self._set_generation(generation_of_link(before))
            self._flake.retreat(base)
            raise
        self._activated = False
        return generation_of_link(os.readlink(self._system.path(config.PROFILE)))

    def _judge_broken_units(self, toplevel):
        from . import health

        if not self._broken:
            return
        state = built_state(self._system, toplevel)
        for app in state.apps.values() if state else ():
            if app.unit in self._broken:
                raise health.exited(self._system, app.name, app.unit, units.show(self._system, [app.unit])[0], self._system.now() - 120)
        names = ", ".join(sorted(self._broken))
        detail = "\n".join(units.last_lines(self._system, unit, self._system.now() - 120) for unit in sorted(self._broken))
        raise problem("SWITCH_FAILED", why=f"These units failed: {names}.", detail=detail)

    def _make_boot_default(self, toplevel):
        code, text = activation.make_boot_default(self._system, toplevel)
        if code != 0:
            raise problem("SWITCH_FAILED", why="The boot loader entry could not be written.", detail=text)

    def _set_profile(self, toplevel):
        self._nix_env("--set", toplevel)

    def _set_generation(self, number):
        self._nix_env("--switch-generation", str(number))

    def _nix_env(self, *arguments):
        done = self._system.run(["nix-env", "--profile", config.PROFILE, *arguments], timeout=300)
        if done.code != 0:
            raise problem("INTERNAL", why=f"nix-env {arguments[0]} failed.", detail=done.err)

    # -- endings -----------------------------------------------------------------------------------------------

    def _fail(self, found):
        """Puts the previous system back if another one was activated, and says which one runs."""
        if self._record.decision() == "cancel":
            found = problem("CANCELLED", why="It was stopped before it changed anything.")
        if self._activated:
            found = found.with_outcome(self._put_back())
        self._output.say(f"{found.code}: {found.what} {found.why}", 3)
        self._record.finish("CANCELLED" if found.code == "CANCELLED" else "FAILED", self._progress["phase"], found)

    def _put_back(self):
        """Activates the previous system again; returns a sentence that says which system runs now."""
        previous = self._progress["previous"]
        self._output.say("Putting the previous system back", 4)
        try:
            failing_before = units.failing(units.start_failing(self._system))
            broken = activation.judge(self._activate(previous), failing_before)
        except Problem as failure:
            self._output.say(f"{failure.what} {failure.why}", 3)
            return f"Putting the previous system back failed as well ({failure.why}); a restart of the box boots it."
        if broken:
            return f"The previous system runs again, but these units failed in it: {', '.join(sorted(broken))}."
        try:
            self._await_previous(previous)
        except Problem as ill:
            return f"The previous system runs again, but: {ill.what}"
        return "The previous system runs again."

    def _await_previous(self, previous):
        """Waits for the apps that the way back started again: the operation ends when the old version answers."""
        from . import health

        state = built_state(self._system, previous)
        started = changed_apps(self._system, self._progress["toplevel"], previous, state)
        if started:
            health.Gate(self._system, self._output.say).wait([state.apps[name] for name in sorted(started)], started)

    def _current(self):
        return self._resolved(config.CURRENT_SYSTEM)

    def _resolved(self, link):
        return os.path.realpath(self._system.path(link)).removeprefix(self._system.path(""))

    def _phase(self, phase):
        self._note(durable=phase == "persist", phase=phase)
        self._output.progress(phase, {})

    def _note(self, durable=False, **values):
        self._progress.update(values)
        self._record.note(self._progress, durable)


class Recovery:
    """What is left to do when a runner ended without a result: it was killed, or the box went down."""

    def __init__(self, system, configuration, operation, output):
        self._system = system
        self._configuration = configuration
        self._record = records.Record(system, operation)
        self._output = output

    def run(self):
        if not self._record.exists() or self._record.ended():
            return
        changes = lock.Lock(self._system, "lock")
        changes.acquire(120.0)
        try:
            self._settle(self._record.progress() or {})
        finally:
            self._record.drop_build()
            changes.release()

    def _settle(self, progress):
        phase = progress.get("phase", "resolve")
        flake = Flake(self._system, self._configuration.flake)
        toplevel = progress.get("toplevel")
        if self._record.decision() == "cancel":
            flake.forget(self._record.operation)
            self._record.finish("CANCELLED", phase, problem("CANCELLED", why="It was stopped before it changed anything."))
            return
        if phase == "persist" and self._default() == toplevel:
            self._complete(flake, progress)
            return
        outcome = "The previous system runs again." if toplevel else "Nothing was changed on the box."
        if toplevel and self._box_goes_down():
            # Nothing can be started any more, and nothing needs to be: the boot default was not touched.
            outcome = "The box was going down; it boots the previous system."
        elif toplevel and self._running() == toplevel and progress["previous"] != toplevel:
            self._output.say("The runner is gone; putting the previous system back", 4)
            done = activation.run(self._system, progress["previous"], "test", self._output.activate)
            if done.code not in (0, 4):
                outcome = "Putting the previous system back failed; a restart of the box boots it."
        flake.forget(self._record.operation)
        died = problem("OPERATION_DIED", why=f"It was killed, or the box went down, in the phase {phase}.")
        self._record.finish("FAILED", phase, died.with_outcome(outcome))

    def _box_goes_down(self):
        return self._system.run(["systemctl", "is-system-running"]).out.strip() == "stopping"

    def _complete(self, flake, progress):
        """The profile names the new system already: that was the point of no return, so the rest is done now."""
        toplevel = progress["toplevel"]
        activation.make_boot_default(self._system, toplevel)
        try:
            flake.advance(progress["base"], progress["revision"])
        except Problem as found:
            self._output.say(f"{found.what} {found.why}", 4)
        flake.forget(self._record.operation)
        number = generation_of_link(os.readlink(self._system.path(config.PROFILE)))
        state = built_state(self._system, toplevel)
        self._record.finish("SUCCEEDED", "persist", result=_result(number, toplevel, progress["revision"], state))

    def _default(self):
        return os.path.realpath(self._system.path(config.PROFILE)).removeprefix(self._system.path(""))

    def _running(self):
        return os.path.realpath(self._system.path(config.CURRENT_SYSTEM)).removeprefix(self._system.path(""))


def _load_what_comes_next():
    """The switch takes longer than this; after it every millisecond is waited for."""
    import socket  # noqa: F401

    from . import health  # noqa: F401


def changed_apps(system, current, toplevel, wanted):
    """The names of the apps in `wanted` whose unit file differs between two systems."""
    changed = set()
    for name, app in (wanted.apps if wanted else {}).items():
        place = f"etc/systemd/system/{app.unit}"
        if read(system, f"{current}/{place}") != read(system, f"{toplevel}/{place}"):
            changed.add(name)
    return changed


def built_state(system, toplevel):
    """The state that a built system was made from, or None for a system that Croft did not make."""
    text = read(system, f"{toplevel}/etc/croft/state.json")
    return states.read_built(text) if text else None


def read(system, path):
    from .system import read_text

    return read_text(system.path(path))


def generation_of_link(name):
    """system-12-link -> 12"""
    return int(name.rsplit("/", 1)[-1].split("-")[-2])


def busy_words(system):
    """Who changes the box now, for the one who is refused."""
    operation = lock.noted_holder(system)
    request = records.Record(system, operation).request() if operation else None
    if request is None:
        return "Another operation holds the lock."
    doing = {"apply": "applies a change", "rollback": "rolls back"}.get(request["type"], request["type"])
    what = request.get("message", "").strip().split("\n")[0][:100]
    return f"{request['author']['name']} {doing} since {request['receivedAt']}" + (f": {what}." if what else ".")


def _result(generation, toplevel, revision, state):
    apps = {app.name: {"rev": app.rev} for app in state.apps.values()} if state else {}
    return {"generation": generation, "toplevel": toplevel, "revision": revision, "apps": apps}


def _git_environment():
    from .giturl import NIX_ENVIRONMENT

    return NIX_ENVIRONMENT


def _to_journal(priority, text):
    """stdout is the unit's journal; the number in front is how systemd takes a priority there."""
    os.write(1, f"<{priority}>{text}\n".encode("utf-8", "replace"))


def main(arguments):
    from .system import System

    system = System()
    configuration = config.load(system)

    if arguments == ["settle"]:
        from .operations import Operations

        # A report is the truth: asking for all of them ends those whose process is gone.
        Operations(system, configuration).reports()
        return

    verb, operation = arguments
    record = records.Record(system, operation)
    # nixos-rebuild leaves its result link, which keeps the build from the garbage collector, where it stands.
    os.chdir(record.directory)
    output = Output(record.open_log(), _to_journal)
    if verb == "run":
        Runner(system, configuration, operation, output).run()
        from .operations import Operations

        Operations(system, configuration).tidy()
    elif verb == "recover":
        Recovery(system, configuration, operation, output).run()
    else:
        raise SystemExit(f"croft-op: unknown verb {verb}")
