"""The timer that reverts a change when both its runner and the recovery behind it are gone.

It belongs to systemd alone: armed before the activation, it looks every few seconds whether somebody still works on
the operation (who does, holds the lock), and takes over when nobody does. It counts on the monotonic clock.
"""

from . import lock, programs
from .problems import problem

#: Within this time of a runner's and its recovery's end the way back begins.
EVERY_SECONDS = 5
#: A runner that has not noticed for this long that the time to confirm ran out is stuck.
STUCK_SECONDS = 2.0


def start_arming(system, operation):
    """Begins to arm it; `armed` waits for that."""
    return system.start(
        [
            "systemd-run",
            "--quiet",
            "--no-ask-password",
            "--collect",
            f"--unit={_unit(operation)}",
            "--description=Way back of the Croft operation " + operation,
            f"--on-active={EVERY_SECONDS}",
            f"--timer-property=OnUnitInactiveSec={EVERY_SECONDS}",
            "--timer-property=AccuracySec=500ms",
            "--service-type=exec",
            "--property=StandardInput=null",
            "--property=SyslogIdentifier=croft-op",
            # Each look would otherwise leave three lines in the journal.
            "--property=LogLevelMax=notice",
            *programs.ENVIRONMENT,
            "--",
            *programs.croft_op("guard", operation),
        ]
    )


def armed(arming):
    """Raises INTERNAL when there is no guard: a change without a way back is not begun."""
    done = arming.finish()
    if done.code != 0 and "already loaded" not in done.err:
        raise problem("INTERNAL", why="systemd could not start the timer that would revert the change.", detail=done.err)


def disarm(system, operation):
    """Stops the timer, and not the look that may be under way: it finds the operation ended."""
    system.run(["systemctl", "stop", "--quiet", "--no-block", "--", f"{_unit(operation)}.timer"])


def look(system, record, recovery):
    """One look: nothing while somebody works on the operation, else the way back by `recovery`."""
    changes = lock.Lock(system, "lock")
    if changes.acquire(0.0):
        try:
            recovery.settle()
        finally:
            changes.release()
        disarm(system, record.operation)
    elif record.ended():
        disarm(system, record.operation)
    elif _stuck(system, record):
        # What ends the runner starts the recovery, in the unit's ExecStopPost.
        system.run(["systemctl", "kill", "--kill-whom=main", "--signal=SIGKILL", "--", f"croft-op-{record.operation}.service"])


def _stuck(system, record):
    progress = record.progress() or {}
    if progress.get("phase") != "confirm" or record.verdict() is not None:
        return False
    return system.boottime() > progress["confirm"]["deadline"] + STUCK_SECONDS


def _unit(operation):
    return f"croft-guard-{operation}"
