"""Scheduled jobs of apps: when they run next, how they ended, and running one now."""

from . import facts, units
from .journal import Clock
from .jsontext import loads
from .problems import problem
from .system import rfc3339

_HISTORY = 20
#: What systemd calls these events, whatever its language: a unit is starting, its process ended, it succeeded, it failed.
_STARTING, _EXITED = "7d4958e842da4a758f6c1cdc7b36dcc5", "98e322203f7a4ed290d09fe03c09fe15"
_SUCCEEDED, _FAILED = "7ad2d189f7e94e70a38c781354912448", "d9b373ed55a64feb8242e02dbe79a49c"


def read(system, app=None):
    """Answers a `jobs` request."""
    running = facts.of_box(system)
    names = [app] if app else sorted(running.get("attach") or {})
    found = [(name, job) for name in names for job in facts.attached(running, name).get("jobs") or ()]
    return {"jobs": _jobs(system, found)}


def _jobs(system, found):
    services = units.show(system, [units.job_unit(*one) for one in found], "Id,ActiveState")
    next_times = _next_times(system) if found else {}
    return [_job(system, *one, service, next_times) for one, service in zip(found, services)]


def _job(system, app, job, service, next_times):
    unit = units.job_unit(app, job)
    ended = history(system, unit)
    return {
        "app": app,
        "job": job,
        "unit": unit,
        "active": service.get("ActiveState", ""),
        "next": next_times.get(unit),
        "last": ended[0] if ended else None,
        "history": ended,
    }


def _next_times(system):
    """unit -> when its timer starts it next."""
    elapses = units.next_elapses(system, "croft-job-*")
    return {timer.removesuffix(".timer") + ".service": rfc3339(seconds) for timer, seconds in elapses.items()}


def history(system, unit):
    """The last runs of a unit, newest first, as the journal of systemd itself tells them."""
    fields = "MESSAGE_ID,INVOCATION_ID,UNIT_RESULT,EXIT_CODE,EXIT_STATUS"
    argv = ["journalctl", "--no-pager", "--quiet", "--output=json", f"--output-fields={fields}", f"--lines={_HISTORY * 8}", f"UNIT={unit}", "_PID=1"]
    answer = system.run(argv, timeout=30)
    clock, found = Clock(), {}
    for line in answer.out.splitlines():
        entry = loads(line)
        invocation = entry.get("INVOCATION_ID")
        if not isinstance(invocation, str):
            continue
        run = found.setdefault(invocation, {"startedAt": None, "finishedAt": None, "result": None, "exitCode": None})
        time, kind = clock(entry["__REALTIME_TIMESTAMP"]), entry.get("MESSAGE_ID")
        if kind == _STARTING:
            run["startedAt"] = time
        elif kind == _EXITED and entry.get("EXIT_CODE") == "exited":
            run["exitCode"] = units.number(entry.get("EXIT_STATUS"))
        elif kind == _SUCCEEDED:
            run.update(finishedAt=time, result="success")
            run["exitCode"] = run["exitCode"] or 0
        elif kind == _FAILED:
            run.update(finishedAt=time, result=entry.get("UNIT_RESULT") or "failed")
    whole = [run for run in found.values() if run["startedAt"]]
    return list(reversed(whole))[:_HISTORY]


def run(system, app, job):
    """Answers a `job-run` request: starts the job now, beside its times."""
    if job not in (facts.attached(facts.of_box(system), app).get("jobs") or ()):
        raise problem("NOT_FOUND", thing=f"the job {job} of {app}", why="The running system declares none of that name.")
    units.require_not_held(system, app)
    unit = units.job_unit(app, job)
    if units.show(system, [unit])[0].get("ActiveState") in ("active", "activating", "deactivating"):
        raise problem("NOT_ALLOWED", why=f"{job} is running already.", next="Wait until it has ended.")
    # A job that has failed often would be refused for the limit of its starts.
    system.run(["systemctl", "reset-failed", "--", unit])
    done = system.run(["systemctl", "start", "--no-block", "--no-ask-password", "--", unit], timeout=60)
    if done.code != 0:
        raise problem("EXEC_FAILED", app=app, why=f"systemctl start: {done.err.strip()}", detail=units.last_lines(system, unit))
    return {"job": _jobs(system, [(app, job)])[0]}
