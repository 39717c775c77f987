"""systemd units: what they are doing, and starting and stopping an app's."""

import os

from .jsontext import loads
from .pattern import Pattern
from .problems import problem
from .system import read_text, rfc3339

_PROPERTIES = "Id,LoadState,ActiveState,SubState,Result,StateChangeTimestamp,NRestarts,MainPID,ExecMainCode,ExecMainStatus"
_LAST_LINES = 80
_FALLEN = Pattern(r"Main process exited, code=(\w+), status=(\S+)")


#: Where a system's own unit files come from; anything else was put there by hand.
_SHIPPED = ("/nix/store/", "/usr/lib/systemd/", "/lib/systemd/", "/dev/null")


def is_shipped(system, place):
    """Whether a unit file is one of the system's own, and not somebody's."""
    target = os.path.realpath(system.path(place)).removeprefix(system.path(""))
    return target.startswith(_SHIPPED)


#: Units of restore tests (restoretest.py), which come and go.
RESTORE_TEST = "croft-restore-test-"


def app_unit(app):
    return f"croft-app-{app}.service"


def job_unit(app, job):
    return f"croft-job-{app}-{job}.service"


def migration_unit(app):
    return f"croft-migrate-{app}.service"


def database_unit(engine, app):
    """What makes an app's database, and its password."""
    return f"croft-{engine}-{app}.service"


#: States of a unit that has processes.
UP = ("active", "activating", "reloading")


# -- an app whose data must stand still ------------------------------------------------------------------------------
#
# Its units are stopped or frozen by whoever copies or exchanges the data (snapshots.py). What would begin in the meantime waits (jobs:
# nix/modules/apps/jobs.nix) or is refused while there is a file of the app's name here. A start of the box takes them all away.

HELD = "/run/croft-held"


def hold(system, apps, operation):
    """Keeps commands, jobs and starts of these apps from beginning; those of them that were not held already."""
    os.makedirs(system.path(HELD), mode=0o755, exist_ok=True)
    taken = []
    for app in apps:
        try:
            with open(system.path(f"{HELD}/{app}"), "x", encoding="ascii") as file:
                file.write(operation)
            taken.append(app)
        except FileExistsError:
            pass
    return taken


def release(system, apps):
    for app in apps:
        try:
            os.unlink(system.path(f"{HELD}/{app}"))
        except FileNotFoundError:
            pass


def release_of(system, operation):
    """Lets go of whatever an operation that has ended still holds."""
    top = system.path(HELD)
    release(system, [app for app in (os.listdir(top) if os.path.isdir(top) else ()) if read_text(f"{top}/{app}") == operation])


def require_not_held(system, app):
    if os.path.exists(system.path(f"{HELD}/{app}")):
        raise problem("HOST_BUSY", holder=f"The data of {app} is being copied or exchanged; nothing of it can be started meanwhile.")


def exec_unit(app, mark):
    """The unit of one command of an operator's."""
    return f"croft-exec-{app}-{mark}.service"


#: All of them: what `execution` gives one is 8 digits, so that no other app's are meant.
_EVERY_MARK = "[0-9a-f]" * 8


def commands(app):
    """A pattern for the units of an app's commands."""
    return exec_unit(app, _EVERY_MARK)


def running_commands(system, app):
    argv = ["systemctl", "list-units", "--plain", "--no-legend", "--no-pager", "--state=active,activating", commands(app)]
    return listed(system.start(argv, timeout=30))


def show(system, units, properties=_PROPERTIES):
    """Properties of units, in the order asked for. A unit that does not exist has LoadState=not-found."""
    if not units:
        return []
    argv = ["systemctl", "show", "--no-pager", "--timestamp=unix", f"--property={properties}", "--", *units]
    answer = system.run(argv, timeout=30)
    if answer.code != 0:
        raise problem("INTERNAL", why="systemctl show failed.", detail=answer.err)
    blocks = answer.out.strip("\n").split("\n\n")
    return [dict(line.split("=", 1) for line in block.split("\n") if "=" in line) for block in blocks]


def reading(app, properties):
    """A unit as the protocol shows it."""
    changed = properties.get("StateChangeTimestamp", "")
    return {
        "app": app,
        "unit": properties.get("Id", app_unit(app)),
        "load": properties.get("LoadState", ""),
        "active": properties.get("ActiveState", ""),
        "sub": properties.get("SubState", ""),
        "result": properties.get("Result", ""),
        "since": rfc3339(float(changed[1:])) if changed.startswith("@") else None,
        "restarts": number(properties.get("NRestarts")),
        "mainPid": number(properties.get("MainPID")) or None,
    }


def read(system, apps):
    found = show(system, [app_unit(app) for app in apps])
    return {"time": rfc3339(system.now()), "units": [reading(app, unit) for app, unit in zip(apps, found)]}


def control(system, app, action):
    """Starts, stops or restarts an app until the next apply or boot."""
    unit = app_unit(app)
    if show(system, [unit])[0].get("LoadState") == "not-found":
        raise problem("NOT_FOUND", thing=f"the app {app}", why=f"There is no unit {unit} on it.")
    if action != "stop":
        require_not_held(system, app)
    # A unit that ran into its start limit stays refused until its counter is reset.
    if action != "stop":
        system.run(["systemctl", "reset-failed", "--", unit])
    done = system.run(["systemctl", action, "--no-ask-password", "--", unit], timeout=120)
    state = show(system, [unit])[0]
    if done.code != 0:
        raise problem("APP_EXITED", app=app, why=f"systemctl {action}: {done.err.strip()}", detail=last_lines(system, unit))
    return {"unit": reading(app, state)}


def require_started(system, unit):
    """Starts a unit that is not up, as after a start of the box; whoever needs it finds out whether that worked."""
    if show(system, [unit], "ActiveState")[0].get("ActiveState") != "active":
        system.run(["systemctl", "start", "--no-ask-password", "--", unit], timeout=300)


def next_elapses(system, *patterns):
    """timer -> when it elapses next, in seconds; timers that wait for nothing are left out."""
    answer = system.run(["systemctl", "list-timers", "--all", "--no-pager", "--output=json", *patterns], timeout=30)
    try:
        timers = loads(answer.out) if answer.code == 0 else []
    except ValueError:
        timers = []
    return {timer["unit"]: timer["next"] / 1_000_000 for timer in timers if timer.get("next")}


def start_failing(system):
    """Begins to ask for the units that failed or wait for their automatic restart: those that a switch would be blamed for."""
    return system.start(
        ["systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", "--state=failed,auto-restart"], timeout=30
    )


def failing(question):
    """The answer to `start_failing`."""
    return set(listed(question))


def start_listing_targets(system):
    """Begins to ask for the targets that are active."""
    return system.start(
        ["systemctl", "list-units", "--plain", "--no-legend", "--no-pager", "--type=target", "--state=active"], timeout=30
    )


def listed(question):
    """The answer of `systemctl list-units`: names of units."""
    return [line.split(None, 1)[0] for line in question.finish().out.splitlines() if line.strip()]


def last_lines(system, unit, since=None):
    """The end of a unit's log, as plain text for a problem's detail."""
    argv = ["journalctl", "--no-pager", "--quiet", "--output=short-iso", f"--lines={_LAST_LINES}", f"--unit={unit}"]
    if since is not None:
        argv.append(f"--since=@{int(since)}")
    return system.run(argv, timeout=30).out


def number(text):
    """systemd's numbers, with its several ways to say that there is none."""
    return int(text) if text and text.isdigit() and int(text) < 2**63 else 0


def ending(properties, log):
    """How a unit's main process ended, in words. A unit that was restarted since shows only in its log how it fell."""
    if properties.get("Result") == "oom-kill" or "killed by the OOM killer" in log:
        return "was killed because it used more memory than it may"
    code, status = properties.get("ExecMainCode"), properties.get("ExecMainStatus", "?")
    fallen = _FALLEN.findall(log)
    if fallen:
        code, status = fallen[-1]
    if code in ("2", "3", "killed", "dumped"):
        return f"was killed by signal {status}"
    if code in ("1", "exited"):
        return "ended by itself, without an error" if status.startswith("0") else f"ended with exit code {status.split('/')[0]}"
    if "Failed to" in log and properties.get("Result") in ("resources", "exec-condition"):
        return "could not be started"
    return f"did not stay up ({properties.get('Result', 'unknown')})"
