"""Running a system's own switch-to-configuration, and judging what it says."""

from .problems import Problem, problem

#: nixos-rebuild runs every switch in this unit, so the name is a lock that hand-run rebuilds honour as well.
UNIT = "nixos-rebuild-switch-to-configuration"

_FAILED_UNITS = ("warning: the following units failed: ",)
_STARTED_UNITS = tuple(
    f"{done}: " for done in ("restarting the following units", "starting the following units", "the following new units were started")
)


class Outcome:
    __slots__ = ("code", "lines", "failed_units", "started_units")

    def __init__(self, code, lines):
        self.code = code
        self.lines = lines
        self.failed_units = self._units_after(_FAILED_UNITS)
        self.started_units = self._units_after(_STARTED_UNITS)

    def _units_after(self, beginnings):
        return {
            unit
            for line in self.lines
            for beginning in beginnings
            if line.startswith(beginning)
            for unit in line[len(beginning) :].strip().split(", ")
        }

    def text(self):
        return "\n".join(self.lines)


def run(system, toplevel, action, say=None, meanwhile=None):
    """Runs `toplevel`'s switch-to-configuration as nixos-rebuild does; `say` gets its lines as they come, and
    `meanwhile` is called while it works."""
    child = system.spawn(
        [
            "systemd-run",
            "--setenv=LOCALE_ARCHIVE",
            "--setenv=NIXOS_INSTALL_BOOTLOADER=0",
            "--setenv=NIXOS_NO_CHECK",
            "--collect",
            "--no-ask-password",
            "--pipe",
            "--quiet",
            "--service-type=exec",
            f"--unit={UNIT}",
            f"{toplevel}/bin/switch-to-configuration",
            action,
        ]
    )
    if meanwhile:
        meanwhile()
    lines = []
    while (batch := child.lines()) is not None:
        for _, raw in batch:
            line = raw.decode("utf-8", "replace").rstrip("\r")
            lines.append(line)
            if say:
                say(line)
    outcome = Outcome(child.wait(), lines)
    if outcome.code != 0 and ("Could not acquire lock" in outcome.text() or _unit_is_taken(outcome)):
        raise problem(
            "HOST_BUSY",
            holder="Somebody runs nixos-rebuild by hand on the box right now.",
            detail=outcome.text(),
        )
    return outcome


def run_when_free(system, toplevel, say=None, patience=600.0):
    """`run` of `test`, after a switch that is still under way: the way back, which has no time to be refused."""
    deadline = system.monotonic() + patience
    while True:
        try:
            return run(system, toplevel, "test", say)
        except Problem:
            if system.monotonic() >= deadline:
                raise
        system.pause(0.1)


def start_boot_default(system, toplevel):
    """Begins to write the boot loader's entries. It touches no unit, so it needs no unit of its own."""
    return system.start(
        [f"{toplevel}/bin/switch-to-configuration", "boot"], env={"NIXOS_INSTALL_BOOTLOADER": "0"}, timeout=600
    )


def made_boot_default(making):
    """Waits for `start_boot_default`; raises SWITCH_FAILED."""
    done = making.finish()
    if done.code != 0:
        raise problem("SWITCH_FAILED", why="The boot loader entry could not be written.", detail=done.out + done.err)


def judge(outcome, failing_before):
    """The units that this switch broke. Raises SWITCH_FAILED when the switch itself did not come through.

    Exit code 4 means that some unit is failing: the system is switched, and the unit may have failed for days.
    """
    if outcome.code == 0:
        return set()
    if outcome.code == 4:
        return outcome.failed_units - failing_before
    reasons = {
        2: "An activation script failed.",
        100: "The new system needs a reboot: its init interface differs from the running one.",
    }
    why = reasons.get(outcome.code, f"switch-to-configuration ended with code {outcome.code}.")
    raise problem("SWITCH_FAILED", why=why, detail=outcome.text())


def _unit_is_taken(outcome):
    return any(f"Unit {UNIT}.service was already loaded" in line for line in outcome.lines)
