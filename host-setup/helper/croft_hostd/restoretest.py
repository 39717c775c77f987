"""Restore tests: the newest backup of each app is fetched, loaded and started, out of reach of everything, and thrown away again.

The copy of an app runs as croft-restore-test-APP.service: its own unit, with the copy in the place of its directory, in a network
of its own, where its port is free and nobody can be reached. The sockets of database servers are hidden from it: a copy must not
write into what is in use. So an app that has a database is not started; its dump is loaded, and its rows are counted.
"""

import os

from . import backups, dumps, facts, health, restic, restore, snapshots, toplevels, units
from .jsontext import dumps as json_dumps
from .jsontext import loads
from .problems import Problem, human_bytes, problem
from .system import rfc3339

_TESTING = f"{backups.ROOT}/testing"
_UNITS = "/run/systemd/system"
_HIDDEN = ("/run/postgresql", "/run/mysqld", "/run/postfix", "/var/lib/postfix/queue/public", "/var/spool/postfix/public")
_PAUSE = 0.2
_OF_THE_TARGET = ("BACKUP_DAMAGED", "BACKUP_UNREACHABLE", "BACKUP_REFUSED")


def unit_of(app):
    return f"{units.RESTORE_TEST}{app}.service"


def run(work):
    """Tests the newest backup of each app that a target has; the operation's result."""
    system, target = work.system, work.request["target"]
    restic.require_target(system, target)
    with backups.held(work):
        repository = backups.opened(system, restic.Repository(system, target, work.record.operation))
        running = toplevels.built_state(system, toplevels.running(system))
        found, troubles = [], []
        for entry in _newest(backups.entries(repository)):
            app = running.apps.get(entry["app"]) if running else None
            tested, trouble = _test(work, repository, entry, app)
            found.append(tested)
            if trouble:
                troubles.append((entry["app"], trouble))
                if trouble.code in _OF_THE_TARGET:
                    break
        backups.write_record(system, repository, restoreTest={"time": rfc3339(system.now()), "ok": not troubles, "apps": found})
    if not found:
        raise problem("NOT_FOUND", thing=f"a backup at {target}", why="None was made there yet, so there is nothing to test.")
    for app, trouble in troubles[:1]:
        if trouble.code in _OF_THE_TARGET:
            raise trouble
        raise problem("RESTORE_TEST_FAILED", target=target, app=app, why=f"{trouble.what} {trouble.why}", detail=trouble.detail)
    return {"target": target, "apps": found}


def _newest(entries):
    newest = {}
    for entry in entries:
        if entry["app"]:
            newest.setdefault(entry["app"], entry)
    return [newest[app] for app in sorted(newest)]


def _test(work, repository, entry, app):
    system, name = work.system, entry["app"]
    place = os.path.join(system.path(_TESTING), name)
    tested = {"app": name, "snapshot": entry["id"], "time": entry["time"], "bytes": entry["bytes"]}
    tested.update(started=False, why=None, tables=None, problem=None)
    try:
        snapshots.remove(place)
        os.makedirs(place, mode=0o700)
        work.phase("fetch")
        restore.require_room(system, name, place, entry["bytes"])
        repository.do("restore", entry["id"], f"--target={place.removeprefix(system.path(''))}", "--verify")
        work.phase("verify")
        metadata = snapshots.metadata_of(place, name)
        tested["tables"] = _load(work, name, place, metadata)
        if app is None:
            tested["why"] = "The running system has no such app, so it was not started."
        elif metadata["databases"] or _attached(system, name):
            tested["why"] = "It has a database, whose server a test copy must not reach, so it was not started."
        elif app.port is None:
            tested["why"] = "It has no port that could be asked, so it was not started."
        else:
            _boot(work, app, place)
            tested["started"] = True
    except Problem as trouble:
        tested["problem"] = trouble.as_json()
        work.output.say(f"{name}: {trouble.what} {trouble.why}", 3)
        return tested, trouble
    finally:
        snapshots.remove(place)
    how = "Its copy answers." if tested["started"] else tested["why"]
    work.output.say(f"The backup of {name} of {entry['time']} is whole: {human_bytes(entry['bytes'])}. {how}")
    return tested, None


def _attached(system, app):
    found = facts.attached(facts.of_box(system), app)
    return any(found.get(engine) for engine in ("postgresql", "mysql", "redis"))


def _load(work, app, place, metadata):
    """How many tables and rows the dumps have, when they are loaded; None without a database."""
    system, counted = work.system, None
    for source in snapshots.sources_of(system, app, metadata):
        if hasattr(source, "load_beside"):
            name = dumps.beside_for(source.database, work.record.operation)
            try:
                source.load_beside(place, name)
                tables = source.rows(name)
            finally:
                source.drop_beside(name)
            counted = {"count": (counted or {}).get("count", 0) + len(tables), "rows": (counted or {}).get("rows", 0) + sum(tables.values())}
    return counted


# -- the copy runs ---------------------------------------------------------------------------------------------------


def _boot(work, app, place):
    """Starts the app from its copy and waits for its answer; raises what a change would raise."""
    system, unit = work.system, unit_of(app.name)
    text = toplevels.read(system, f"{toplevels.running(system)}/etc/systemd/system/{app.unit}")
    if text is None:
        raise problem("NOT_FOUND", thing=f"the app {app.name}", why="The running system has no unit of it.")
    begun = system.now()
    try:
        _write_unit(system, app, unit, text, os.path.join(place, "state").removeprefix(system.path("")))
        _control(system, "daemon-reload")
        started = system.run(["systemctl", "start", "--no-ask-password", "--", unit], timeout=300)
        if started.code != 0:
            raise health.exited(system, app.name, unit, units.show(system, [unit])[0], begun)
        _await_answer(work, app, unit, begun)
    finally:
        system.run(["systemctl", "stop", "--no-ask-password", "--", unit], timeout=300)
        remove_unit(system, app.name)


def _write_unit(system, app, unit, text, state):
    directory = system.path(_UNITS)
    os.makedirs(os.path.join(directory, f"{unit}.d"), exist_ok=True)
    own = f"/var/lib/croft/apps/{app.name}"
    hidden = (*_HIDDEN, f"/run/redis-croft-{app.name}")
    settings = [
        "[Service]", "Restart=no", "PrivateNetwork=yes", f"SyslogIdentifier={unit.removesuffix('.service')}",
        # The directory belongs to the real one; here it is only a place to put the copy.
        "StateDirectory=", f"Environment=STATE_DIRECTORY={own}", f"BindPaths={state}:{own}",
        *(f"InaccessiblePaths=-{place}" for place in hidden),
    ]  # fmt: skip
    for name, content in ((unit, text), (f"{unit}.d/test.conf", "\n".join(settings) + "\n")):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(content)


def remove_unit(system, app):
    """Takes the unit of a test away, if there is one."""
    unit = unit_of(app)
    found = False
    for name in (f"{unit}.d/test.conf", unit):
        try:
            os.unlink(os.path.join(system.path(_UNITS), name))
            found = True
        except FileNotFoundError:
            pass
    try:
        os.rmdir(os.path.join(system.path(_UNITS), f"{unit}.d"))
    except OSError:
        pass
    if found:
        system.run(["systemctl", "reset-failed", "--", unit])
        _control(system, "daemon-reload")


def _control(system, verb):
    system.run(["systemctl", verb], timeout=120)


def _await_answer(work, app, unit, begun):
    system = work.system
    until, answer = system.monotonic() + app.health_seconds, "no answer yet"
    while system.monotonic() < until:
        work.require_not_cancelled()
        shown = units.show(system, [unit])[0]
        if shown.get("ActiveState") not in ("active", "activating"):
            raise health.exited(system, app.name, unit, shown, begun)
        status, answer = _ask(system, app, units.number(shown.get("MainPID")))
        if status is not None and health.is_well(app, status):
            return
        system.pause(_PAUSE)
    why = f"Within {app.health_seconds} seconds its copy gave: {answer}."
    raise problem("APP_UNHEALTHY", app=app.name, why=why, detail=units.last_lines(system, unit, begun))


def _ask(system, app, pid):
    """(status or None, words), asked from inside the copy's network."""
    from .programs import croft_op

    done = system.run(["nsenter", f"--net=/proc/{pid}/ns/net", "--", *croft_op("knock", app.name)], timeout=30)
    try:
        status, words = loads(done.out)
    except ValueError:
        return None, "no answer"
    return status, words


def knock(system, name):
    """What `croft-op knock` prints."""
    running = toplevels.built_state(system, toplevels.running(system))
    return json_dumps(list(health.knock(running.apps[name], 5.0)))


def clear(work):
    """Takes away what a test that was cut off has left."""
    if work.request["type"] != "restore-test":
        return
    try:
        names = os.listdir(work.system.path(_UNITS))
    except FileNotFoundError:
        return
    for name in names:
        if name.startswith(units.RESTORE_TEST) and name.endswith(".service"):
            work.system.run(["systemctl", "stop", "--no-ask-password", "--", name], timeout=300)
            remove_unit(work.system, name.removeprefix(units.RESTORE_TEST).removesuffix(".service"))
