"""Restore tests: the newest backup of each app is fetched, loaded and started, out of reach of everything, and thrown away again.

The copy of an app runs as croft-restore-test-APP.service: its own unit, with the copy in the place of its directory, in a network
of its own, where its port is free and nobody can be reached. A copy must not write into what is in use, so it never sees the sockets of
the box's servers: where it looks for them it finds those of servers of its own (scratch.py), which have what the backup has. One that
signs in with a password finds them on the loopback of its network.
"""

import os

from . import backups, engines, health, lock, mailbackups, restic, restore, scratch, snapshots, toplevels, units
from .jsontext import dumps as json_dumps
from .jsontext import loads
from .pattern import Pattern
from .problems import Problem, human_bytes, problem
from .system import rfc3339

_TESTING = f"{backups.ROOT}/testing"
_UNITS = "/run/systemd/system"
_HIDDEN = ("/run/postgresql", "/run/mysqld", "/run/postfix", "/var/lib/postfix/queue/public", "/var/spool/postfix/public")
_PAUSE = 0.2
#: As long as a migration may take (nix/modules/apps/service.nix), and a little more.
_MIGRATION_SECONDS = 3660
#: Where a migration notes its success, below the app's directory.
_STAMP = Pattern(r"(?m)^ConditionPathExists=!/var/lib/croft/apps/[^/\n]+/(.+)$")
_BEFORE = Pattern(r"(?m)^ExecStartPre=.*$")
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
        found, troubles, entries = [], [], backups.entries(repository)
        for entry in _newest(entries):
            app = running.apps.get(entry["app"]) if running else None
            tested, trouble = _test(work, repository, entry, app)
            found.append(tested)
            if trouble:
                troubles.append((entry["app"], trouble))
                if trouble.code in _OF_THE_TARGET:
                    break
        mail = next((entry for entry in entries if entry["item"] == mailbackups.ITEM), None)
        if mail and not any(trouble.code in _OF_THE_TARGET for _, trouble in troubles):
            mail, trouble = mailbackups.tested(work, repository, mail, os.path.join(system.path(_TESTING), f"@{mailbackups.ITEM}"))
            troubles += [("mail", trouble)] if trouble else []
        told = {"apps": found, "mail": mail}
        backups.write_record(system, repository, restoreTest={"time": rfc3339(system.now()), "ok": not troubles, **told})
    if not found and not mail:
        raise problem("NOT_FOUND", thing=f"a backup at {target}", why="None was made there yet, so there is nothing to test.")
    for app, trouble in troubles[:1]:
        if trouble.code in _OF_THE_TARGET:
            raise trouble
        raise problem("RESTORE_TEST_FAILED", target=target, app=app, why=f"{trouble.what} {trouble.why}", detail=trouble.detail)
    return {"target": target, **told}


def _newest(entries):
    newest = {}
    for entry in entries:
        if entry["item"] == "app":
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
        repository.restore(entry["id"], place)
        work.phase("verify")
        metadata = snapshots.metadata_of(place, name)
        if app is None:
            tested["why"] = "The running system has no such app, so it was neither loaded nor started."
        else:
            _try(work, app, place, metadata, tested)
    except Problem as trouble:
        tested["problem"] = trouble.as_json()
        work.output.say(f"{name}: {trouble.what} {trouble.why}", 3)
        return tested, trouble
    finally:
        snapshots.remove(place)
    how = "Its copy answers." if tested["started"] else tested["why"]
    work.output.say(f"The backup of {name} of {entry['time']} is whole: {human_bytes(entry['bytes'])}. {how}")
    return tested, None


def _try(work, app, place, metadata, tested):
    """Loads what the backup has into servers of its own, and starts the app with them."""
    with scratch.Servers(work, app.name) as servers:
        tested["tables"] = servers.load(place, metadata)
        if app.port is None:
            tested["why"] = "It has no port that could be asked, so it was not started."
            return
        servers.complete()
        _boot(work, app, place, servers)
        tested["started"] = True


# -- the copy runs ---------------------------------------------------------------------------------------------------


def _boot(work, app, place, servers):
    """Starts the app from its copy and waits for its answer; raises what a change would raise."""
    system, unit, state = work.system, unit_of(app.name), os.path.join(place, "state")
    text = _unit_text(system, app.unit)
    if text is None:
        raise problem("NOT_FOUND", thing=f"the app {app.name}", why="The running system has no unit of it.")
    if not os.path.isdir(state):
        # All that it had was in its databases.
        os.makedirs(state, mode=0o700)
        os.chown(state, *system.account(engines.account_of(system, app.name)))
    begun = system.now()
    try:
        _migrate(work, app, state, servers)
        started = _start(system, app, text, state, servers)
        if started.code != 0:
            raise health.exited(system, app.name, unit, units.show(system, [unit])[0], begun)
        _await_answer(work, app, unit, begun)
    finally:
        system.run(["systemctl", "stop", "--no-ask-password", "--", unit], timeout=300)
        remove_unit(system, app.name)


def _migrate(work, app, state, servers):
    """Brings a copy that an older version has left to what this one reads, as a restore in its place would."""
    system = work.system
    text = _unit_text(system, units.migration_unit(app.name))
    stamp = _STAMP.search(text or "")
    if not stamp or os.path.exists(os.path.join(state, stamp[1])):
        return
    work.output.say(f"Migrating the copy of {app.name}, which is of an older version")
    begun = system.now()
    if _start(system, app, text, state, servers).code != 0:
        log = units.last_lines(system, unit_of(app.name), begun)
        why = "The copy is of an older version, and its data could not be brought to what the version in use reads."
        raise problem("MIGRATION_FAILED", app=app.name, why=why, detail=log)


def _unit_text(system, unit):
    return toplevels.read(system, f"{toplevels.running(system)}/etc/systemd/system/{unit}")


def _start(system, app, text, state, servers):
    """Starts what a unit of the app's says, with the copy."""
    unit = unit_of(app.name)
    _write_unit(system, app, unit, text, state.removeprefix(system.path("")), servers)
    _control(system, "daemon-reload")
    return system.run(["systemctl", "start", "--no-ask-password", "--", unit], timeout=_MIGRATION_SECONDS)


def _write_unit(system, app, unit, text, state, servers):
    bindings, network = servers.bindings(), servers.network()
    directory = system.path(_UNITS)
    os.makedirs(os.path.join(directory, f"{unit}.d"), exist_ok=True)
    own = f"/var/lib/croft/apps/{app.name}"
    given = [place for _, place in bindings]
    hidden = [place for place in (*_HIDDEN, f"/run/redis-croft-{app.name}") if place not in given]
    settings = [
        # Those are about the data in use. What a line with a plus does for the box, as root, is not for a copy either.
        "[Unit]", "AssertPathExists=", "ConditionPathExists=",
        "[Service]", "ExecStartPre=", *(line for line in _BEFORE.findall(text) if not line.startswith("ExecStartPre=+")),
        "Restart=no", f"NetworkNamespacePath={network}" if network else "PrivateNetwork=yes", f"SyslogIdentifier={unit.removesuffix('.service')}",
        # The directory belongs to the real one; here it is only a place to put the copy.
        "StateDirectory=", f"Environment=STATE_DIRECTORY={own}", f"BindPaths={state}:{own}",
        *(f"BindPaths={source}:{place}" for source, place in bindings),
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
    mine = lock.Lock(work.system, "backup")
    if not mine.acquire(0.0):
        return  # It was cut off while it waited for another one, whose all that is.
    try:
        scratch.clear(work.system)
        _remove_units(work.system)
    finally:
        mine.release()


def _remove_units(system):
    try:
        names = os.listdir(system.path(_UNITS))
    except FileNotFoundError:
        return
    for name in names:
        if name.startswith(units.RESTORE_TEST) and name.endswith(".service"):
            system.run(["systemctl", "stop", "--no-ask-password", "--", name], timeout=300)
            remove_unit(system, name.removeprefix(units.RESTORE_TEST).removesuffix(".service"))
