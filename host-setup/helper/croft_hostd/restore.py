"""Backups put to use: beside what an app has, to be looked at and compared, or in its place.

    /var/lib/croft/restores/APP/ID/   a copy beside the data in use: what a snapshot has (snapshots.py), and compared.json
    croft-side-ID-…                   a database that such a copy was loaded into

ID is the first 26 digits of the backup's. In its place a backup goes as a snapshot of the app does, by the same way, with the same
way back: what the app had is a snapshot afterwards, which stays until it is taken back or deleted by its name.
"""

import errno
import os
import stat

from . import backups, databases, dumps, lock, restic, snapshots
from .jsontext import dumps as json_dumps
from .jsontext import loads
from .problems import Problem, human_bytes, problem
from .system import read_text, rfc3339, write_atomically

ROOT = "/var/lib/croft/restores"
_ROOM_BYTES = 64 * 1024 * 1024
_SHOWN = 200
_TABLES = 500
_PATIENCE = 2.0


def identity_of(snapshot):
    """The name of a backup on the box, which is also that of a snapshot."""
    return snapshot[:26]


def require(system, request):
    """Refuses at once what could only fail later."""
    if request["type"] == "restore-undo":
        snapshots.require_replaced(system, request["app"], request["snapshot"])
    else:
        restic.require_target(system, request["target"])
    from . import toplevels

    running = toplevels.built_state(system, toplevels.running(system))
    if request.get("mode") != "side" and (running is None or request["app"] not in running.apps):
        raise problem("NOT_FOUND", thing=f"the app {request['app']}", why="The running system has no such app. Deploy it first, then restore its data.")


# -- aside -----------------------------------------------------------------------------------------------------------


def beside(work):
    """Restores a backup beside the data in use, and compares; the operation's result."""
    system, request = work.system, work.request
    app, identity = request["app"], identity_of(request["snapshot"])
    place = os.path.join(system.path(ROOT), app, identity)
    with backups.held(work):
        discard(system, app, identity, _drop)
        made = os.path.join(os.path.dirname(place), f".{identity}.new")
        work.note(making=made, beside=identity)
        snapshots.remove(made)
        os.makedirs(made, mode=0o700)
        fetch(work, app, made)
        work.phase("verify")
        metadata = snapshots.metadata_of(made, app)
        found = {
            "app": app,
            "snapshot": request["snapshot"],
            "time": metadata.get("takenAt"),
            "path": f"{ROOT}/{app}/{identity}",
            "files": _compare_files(system, app, made),
            "databases": _load_databases(work, app, made, identity, metadata),
        }
        write_atomically(os.path.join(made, "compared.json"), json_dumps(found))
        # Whatever has this name is whole.
        os.rename(made, place)
    return found


def fetch(work, app, made):
    """Brings the backup of the request into an empty directory, every byte of it looked at."""
    system, request = work.system, work.request
    work.phase("fetch")
    repository = backups.opened(system, restic.Repository(system, request["target"], work.record.operation))
    entry = next((one for one in backups.entries(repository, app) if one["id"] == request["snapshot"]), None)
    if entry is None:
        why = f"{request['target']} has none of {app} by this name. It was never made, or has been let go since."
        raise problem("NOT_FOUND", thing="this backup", why=why)
    require_room(system, app, made, entry["bytes"])
    repository.restore(entry["id"], made)
    work.output.say(f"Fetched the backup of {app} of {entry['time']}: {human_bytes(entry['bytes'])}")
    return entry


def require_room(system, app, place, needed):
    """Raises SNAPSHOT_FAILED when a backup would not fit where it is to go."""
    free = system.free_bytes(place.removeprefix(system.path("")))
    if free < needed + _ROOM_BYTES:
        why = f"The copy takes {human_bytes(needed)}, but {ROOT} has only {human_bytes(free)} left and {human_bytes(_ROOM_BYTES)} should stay free."
        raise problem("SNAPSHOT_FAILED", app=app, why=why)


def _load_databases(work, app, place, identity, metadata):
    """Loads each dump into a database of its own and counts its rows; Redis' directory is compared by nobody."""
    found = []
    for source in snapshots.sources_of(work.system, app, metadata):
        if not hasattr(source, "load_beside"):
            continue
        name = dumps.beside_for(source.database, identity)
        work.output.say(f"Loading the database {source.database} into {name}")
        source.load_beside(place, name)
        found.append(
            {
                "engine": source.engine,
                "database": source.database,
                "side": name,
                "tables": _compare_tables(source.rows(source.database), source.rows(name)),
            }
        )
    return found


def _compare_tables(live, copy):
    names = sorted(live.keys() | copy.keys())[:_TABLES]
    return [{"name": name, "live": live.get(name), "copy": copy.get(name)} for name in names]


def discard(system, app, identity, drop):
    """Deletes a copy that lies beside an app's data, with its databases, which `drop` is called for (source, name)."""
    place = os.path.join(system.path(ROOT), app, identity)
    if not os.path.isdir(place):
        return False
    try:
        metadata = snapshots.metadata_of(place, app)
    except Problem:
        metadata = {}
    for source in snapshots.sources_of(system, app, metadata):
        if hasattr(source, "drop_beside"):
            drop(source, dumps.beside_for(source.database, identity))
    snapshots.remove(place)
    try:
        os.rmdir(os.path.dirname(place))
    except OSError:
        pass  # Others are in it.
    return True


def listed(system):
    """The copies that lie beside apps' data, those of one app in the order of their backups."""
    found = []
    top = system.path(ROOT)
    # Mail, whose copies are told of by mailbackups.py, has a name that no app has.
    for app in sorted(name for name in os.listdir(top) if not name.startswith("@")) if os.path.isdir(top) else ():
        copies = (_compared(system, app, identity) for identity in os.listdir(os.path.join(top, app)))
        whole = [{member: copy[member] for member in ("app", "snapshot", "time", "path")} for copy in copies if copy]
        found += sorted(whole, key=lambda copy: (copy["time"] or "", copy["snapshot"]))
    return found


def serve_compared(system, request):
    found = _compared(system, request["app"], identity_of(request["snapshot"]))
    if found is None:
        raise problem("NOT_FOUND", thing="this copy", why="It was deleted already, or never made.")
    return found


def _compared(system, app, identity):
    """What was found when a copy was made; None for what is no whole copy."""
    try:
        return loads(read_text(os.path.join(system.path(ROOT), app, identity, "compared.json")) or "null")
    except ValueError:
        return None


def _drop(source, name):
    source.drop_beside(name)


def serve_discard(system, request):
    def ask_to_drop(source, name):
        try:
            databases.ask_to_drop(system, source.engine, name)
        except Problem as trouble:
            if trouble.code != "NOT_FOUND":
                raise

    # croft-hostd cannot become the server's account, as an operation can.
    if not discard(system, request["app"], identity_of(request["snapshot"]), ask_to_drop):
        raise problem("NOT_FOUND", thing="this copy", why="It was deleted already, or never made.")
    return {"app": request["app"], "snapshot": request["snapshot"]}


# -- files -----------------------------------------------------------------------------------------------------------


def _compare_files(system, app, place):
    """What is different between the app's data and a copy: how much of each kind, and the first paths."""
    live, copy = os.path.realpath(system.path(f"{snapshots.DATA}/{app}")), os.path.join(place, "state")
    found = {"same": 0, "changed": 0, "onlyLive": 0, "onlyCopy": 0, "liveBytes": 0, "copyBytes": 0, "paths": []}
    theirs, ours = _walk(copy), _walk(live)
    while True:
        one, other = theirs.peek(), ours.peek()
        if one is None and other is None:
            return found
        if other is None or one is not None and one < other:
            path, kind = one, "onlyCopy"
        elif one is None or other < one:
            path, kind = other, "onlyLive"
        else:
            path, kind = one, "same" if _same(os.path.join(live, one), os.path.join(copy, one)) else "changed"
        if path == one:
            found["copyBytes"] += theirs.take()
        if path == other:
            found["liveBytes"] += ours.take()
        found[kind] += 1
        if kind != "same" and len(found["paths"]) < _SHOWN:
            found["paths"].append({"path": path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), "kind": kind})


class _walk:
    """The files below a directory, as paths in order, one by one."""

    def __init__(self, top):
        self._top = top
        self._paths = self._below("")
        self._next = next(self._paths, None)

    def peek(self):
        return self._next

    def take(self):
        """The size of the next one, which is done with."""
        place = os.path.join(self._top, self._next)
        self._next = next(self._paths, None)
        try:
            info = os.lstat(place)
        except OSError:
            return 0
        return info.st_size if stat.S_ISREG(info.st_mode) else 0

    def _below(self, path):
        # Not by calling itself: an app may have nested its directories deeper than that goes.
        rest = [self._listed(path)]
        while rest:
            try:
                below, is_directory = next(rest[-1])
            except StopIteration:
                rest.pop()
                continue
            if is_directory:
                rest.append(self._listed(below))
            else:
                yield below

    def _listed(self, path):
        """(path, whether it is a directory) of what is in one, as whole paths would be sorted: a directory's name counts with its slash."""
        try:
            with os.scandir(os.path.join(self._top, path)) as entries:
                found = [(entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name) for entry in entries]
        except OSError:
            return
        for name in sorted(found):
            yield os.path.join(path, name.rstrip("/")), name.endswith("/")


def _same(one, other):
    """Whether two files are alike: kind, mode, content or what they point to. Their owners may have other numbers elsewhere."""
    try:
        first, second = os.lstat(one), os.lstat(other)
        if stat.S_IFMT(first.st_mode) != stat.S_IFMT(second.st_mode):
            return False
        if stat.S_ISLNK(first.st_mode):
            return os.readlink(one) == os.readlink(other)
        if first.st_mode != second.st_mode or first.st_size != second.st_size:
            return False
        return not stat.S_ISREG(first.st_mode) or same_bytes(one, other)
    except OSError:
        return False  # The app works on.


def same_bytes(one, other):
    """Whether two files have the same content. An app may have put something else in the place of its own by now, which reading could wait
    for without end, or which leads elsewhere."""
    with _regular(one) as first, _regular(other) as second:
        if os.fstat(first.fileno()).st_size != os.fstat(second.fileno()).st_size:
            return False
        while True:
            part = first.read(1 << 20)
            if part != second.read(1 << 20):
                return False
            if not part:
                return True


def _regular(place):
    file = os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "It is no file any more", place)
    return file


# -- in its place ----------------------------------------------------------------------------------------------------


def fetch_as_snapshot(work):
    """Brings the backup of the request to the box as a snapshot of the app; the snapshot's id."""
    app, identity = work.request["app"], identity_of(work.request["snapshot"])
    with backups.held(work):
        made = snapshots.fetching(work.system, app, work.record.operation)
        fetch(work, app, made)
        work.note(fetched={"app": app, "id": identity})
        snapshots.fetched(work.system, app, work.record.operation, identity)
    return identity


def serve_drop(system, request):
    """Deletes what an app had before a backup took its place."""
    changes = lock.Lock(system, "lock")
    # A change may be about to put it back.
    if not changes.acquire(_PATIENCE):
        from .operation import busy_words

        raise problem("HOST_BUSY", holder=busy_words(system))
    try:
        snapshots.require_replaced(system, request["app"], request["snapshot"])
        snapshots.delete(system, request["app"], request["snapshot"])
    finally:
        changes.release()
    return {"app": request["app"], "snapshot": request["snapshot"]}


def swapped(work, app):
    """The operation's result: what was put in place, and the snapshot by which that can be undone."""
    kept = [entry["id"] for entry in work.progress.get("snapshots", ()) if entry["app"] == app]
    return {
        "app": app,
        "snapshot": work.request["snapshot"],
        "undo": kept[0] if kept else None,
        "swappedAt": rfc3339(work.system.now()),
        "snapshots": work.progress.get("snapshots", []),
    }


def clear(work):
    """Takes away what only half came, and the snapshot that has done its part: it is in the repository still."""
    progress = work.record.progress() or {}
    making = progress.get("making")
    if making and os.path.isdir(making):
        if "beside" in progress:
            dumps.clear_beside(work.system, progress["beside"])
        snapshots.remove(making)
    if fetched := progress.get("fetched"):
        snapshots.delete(work.system, fetched["app"], fetched["id"])
