"""Data that no app is given any more: of apps that were removed, of volumes and Redis servers that were detached, and their snapshots.

Nothing ever deletes it by itself. It is named by whose it is and what it is; where that lies on the disk only this module knows.
Databases that nobody uses are the servers' own matter (databases.py), mail is mailboxes.py's.
"""

import os
from contextlib import contextmanager

from . import asking, disk, facts, generations, lock, storage, units
from .flake import Flake
from .jsontext import loads
from .pattern import Pattern
from .problems import Problem, problem
from .protocol import APP
from .snapshots import DATA
from .snapshots import ROOT as SNAPSHOTS
from .system import rfc3339

REDIS = "/var/lib/redis-croft-"
_STORAGE = "storage"
_VOLUME = Pattern(r"[a-z][a-z0-9-]{0,30}")
_COUNT_SECONDS = 8.0
_DROP_SECONDS = 570
_DELETING = "CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER"


# -- what there is ---------------------------------------------------------------------------------------------------


def read(system, configuration):
    """Answers a `data-list` request."""
    givers = _givers(system, configuration)
    history = _history(system)
    deadline = system.monotonic() + _COUNT_SECONDS
    found = []
    for kind, app, volume in _kept(system):
        # A volume of an app that is gone is part of that app's data.
        if any(_gives(attach, kind, app, volume) for attach in givers) or kind == "volume" and not any(app in attach for attach in givers):
            continue
        walk = disk.Walk(system, deadline)
        with _reached(system, kind, app, volume) as place:
            used = walk.size(place)
        wanted_by, since = _wanted_by(history, kind, app, volume)
        found.append(
            {
                "kind": kind, "app": app, "volume": volume, "path": _place(kind, app, volume), "bytes": used, "files": walk.files,
                "complete": not walk.cut, "since": since, "generations": wanted_by,
            }
        )  # fmt: skip
    return {"time": rfc3339(system.now()), "data": found}


def _kept(system):
    """(kind, app, volume or None) of all that lies where apps' data lies, whoever uses it; in order."""
    apps = _names(system, DATA)
    beside, start = os.path.split(REDIS)
    found = [("app", app, None) for app in apps]
    found += [("volume", app, volume) for app in apps for volume in _volumes(system, app)]
    found += [("redis", app, None) for app in _names(system, beside, start)]
    found += [("snapshots", app, None) for app in _names(system, SNAPSHOTS)]
    return sorted(found, key=lambda one: (one[1], one[0], one[2] or ""))


def _names(system, directory, start=""):
    """The apps that have a directory here. It may be a link: only the administrator can have made it."""
    top = system.path(directory)
    names = os.listdir(top) if os.path.isdir(top) else ()
    apps = (name.removeprefix(start) for name in names if name.startswith(start))
    return sorted(app for app in apps if APP.fullmatch(app) and os.path.isdir(f"{top}/{start}{app}"))


def _volumes(system, app):
    try:
        top = storage.open_below(system, app, _STORAGE, os.O_DIRECTORY)
    except Problem:
        return []
    try:
        with os.scandir(top) as entries:
            return sorted(entry.name for entry in entries if _VOLUME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False))
    finally:
        os.close(top)


def _place(kind, app, volume):
    return {
        "app": f"{DATA}/{app}",
        "volume": f"{DATA}/{app}/{_STORAGE}/{volume}",
        "redis": f"{REDIS}{app}",
        "snapshots": f"{SNAPSHOTS}/{app}",
    }[kind]


@contextmanager
def _reached(system, kind, app, volume):
    """A path on which no link of an app's can lie. The app that a volume lies in may run, and link and rename as it likes."""
    if kind != "volume":
        yield os.path.realpath(system.path(_place(kind, app, volume)))
        return
    top = storage.open_below(system, app, _STORAGE, os.O_DIRECTORY)
    try:
        yield f"/proc/{os.getpid()}/fd/{top}/{volume}"
    finally:
        os.close(top)


# -- who wants it ----------------------------------------------------------------------------------------------------


def _givers(system, configuration):
    """What apps are given by the running system, and by the state that `main` has: app -> {"redis","storage"}. The two are the same but
    for a moment, or where somebody has activated a system by hand."""
    flake = Flake(system, configuration)
    state = flake.state_at(flake.main())
    apps = (loads(state) if state else {}).get("apps") or {}
    return [facts.of_box(system).get("attach") or {}, {app: (entry or {}).get("attach") or {} for app, entry in apps.items()}]


def _gives(attach, kind, app, volume):
    """Whether a system with these attachments gives an app this. Below the directory of an app that is gone nothing counts by itself."""
    if app not in attach:
        return False
    given = attach[app] if isinstance(attach[app], dict) else {}
    if kind == "redis":
        # Of facts it is a flag, of the state what was set.
        return given.get("redis") not in (None, False)
    if kind == "volume":
        return volume in (given.get(_STORAGE) or {})
    return True


def _history(system):
    """[(generation, when it was made, what it gives apps)], the oldest first."""
    found = []
    for number, (closure, made) in sorted(generations.every(system).items()):
        found.append((number, made, (facts.of_system(system, closure) or {}).get("attach") or {}))
    return found


def _wanted_by(history, kind, app, volume):
    """(the generations that would want it back, since when none does: null where no generation tells)."""
    with_it = [number for number, _, attach in history if _gives(attach, kind, app, volume)]
    after = [made for number, made, _ in history if with_it and number > with_it[-1]]
    return with_it, rfc3339(after[0]) if after else None


# -- deleting it -----------------------------------------------------------------------------------------------------


def serve_drop(system, configuration, request):
    """Answers a `data-drop` request."""
    kind, app, volume = request["kind"], request["app"], request.get("volume")
    if (kind == "volume") != (volume is not None):
        raise problem("BAD_REQUEST", field="volume", why="must be there for a volume, and for nothing else.")
    # A change that is under way may be about to give it to an app, or to put it back.
    changes = lock.Lock(system, "lock")
    if not changes.acquire(0.0):
        raise problem("HOST_BUSY", holder="A change is running; it may need the data.")
    try:
        _require_unused(system, configuration, kind, app, volume)
        # croft-hostd itself may write in some of these places only, and what lies there belongs to accounts that may be gone.
        question = {"what": "drop-data", "kind": kind, "app": app, "volume": volume}
        return asking.ask(system, "root", question, _DROP_SECONDS, _writable(system, kind, app, volume), _DELETING)
    finally:
        changes.release()


def _writable(system, kind, app, volume):
    """The directories in which something is deleted: where its name is, and where a link of the administrator's leads to."""
    place = _place("app", app, None) if kind == "volume" else _place(kind, app, volume)
    real = os.path.realpath(system.path(place))[len(system.path("")) :]
    return [real] if kind == "volume" else sorted({os.path.dirname(place), os.path.dirname(real)})


def _require_unused(system, configuration, kind, app, volume):
    named = _named(kind, app, volume)
    if any(_gives(attach, kind, app, volume) for attach in _givers(system, configuration)):
        raise problem("DATA_IN_USE", data=named, why=f"The app {app} is on the box, and it is given to it.")
    if (kind, app, volume) not in _kept(system):
        raise problem("NOT_FOUND", thing=named, why="It was deleted already, or was never there.")
    # Whatever the configuration says: a unit that outlived its app still writes.
    unit = {"app": units.app_unit(app), "redis": f"redis-croft-{app}.service"}.get(kind)
    if unit and units.show(system, [unit], "ActiveState")[0].get("ActiveState") not in ("inactive", "failed"):
        raise problem("DATA_IN_USE", data=named, why=f"{unit} still runs.", next=f"Stop {unit} on the box, then try again.")


def _named(kind, app, volume):
    return {
        "app": f"data of {app}",
        "volume": f"volume {volume} of {app}",
        "redis": f"Redis data of {app}",
        "snapshots": f"snapshots of {app}",
    }[kind]


# -- in a process of root's, which may write there and nowhere else ----------------------------------------------------


def drop(system, question):
    """{"bytes"} that it had."""
    kind, app, volume = question["kind"], question["app"], question["volume"]
    walk = disk.Walk(system, system.monotonic() + _COUNT_SECONDS)
    with _reached(system, kind, app, volume) as place:
        size = walk.size(place)
        # It follows no link, and goes deeper than Python does.
        done = system.run(["rm", "-rf", "--one-file-system", "--", place], timeout=_DROP_SECONDS)
    if done.code != 0:
        raise problem("INTERNAL", why=f"Not all of the {_named(kind, app, volume)} could be deleted.", detail=done.err)
    named = system.path(_place(kind, app, volume))
    if kind != "volume" and os.path.islink(named):
        os.unlink(named)
    return {"bytes": size}
