"""Copies of apps' data, taken before a new version starts, and the way back to them.

    /var/lib/croft/apps/APP/                        an app's data, the only place it can write to
    /var/lib/croft/snapshots/APP/ID/                a snapshot: metadata.json and one entry for each source (databases: dumps.py)
    /var/lib/croft/snapshots/APP/.ID.new/           one being made, which does not count
    /var/lib/croft/snapshots/APP/.ID.restore/       a copy of an older one, about to become the app's data
    /var/lib/croft/snapshots/APP/.ID.aside/         the data that it replaced, until it is sure that nobody wants it back
    /var/lib/croft/snapshots/APP/.ID.gone/          being deleted

ID is the operation that took it. What a restored backup replaced says so in its metadata (`replacedBy`), and stays until somebody
deletes it by its name or takes it back. Whatever has been replaced can be put back from the names alone, so that a power cut at any
point leaves the old data or the new.
"""

import os
import stat

from . import dumps as databases
from . import facts, redis, toplevels, units
from .jsontext import dumps, loads
from .pattern import Pattern, is_operation
from .problems import Problem, human_bytes, problem
from .system import read_text, rfc3339, sync_directory, write_atomically

ROOT = "/var/lib/croft/snapshots"
DATA = "/var/lib/croft/apps"
#: Of each app; those that a pinned generation would go back to stay beside them.
KEEP = 5
#: Left free beside a copy.
_ROOM_BYTES = 64 * 1024 * 1024
_METADATA = "metadata.json"
_COPY_SECONDS = 24 * 3600.0
#: So long it is waited for what Redis is writing by itself.
_REDIS_SECONDS = 180.0
_APP = Pattern(r"[a-z][a-z0-9-]{0,30}")
#: The inode of the top of every btrfs subvolume.
_SUBVOLUME_INODE = 256
_FICLONE = 0x40049409
_SHOWN = ("app", "id", "operation", "takenAt", "generation", "rev", "bytes", "files", "method", "databases")


class Directory:
    """A directory that belongs to an app: its own, or that of a server which is only there for it."""

    #: Of which database server it is; None: files of the app's own.
    engine = None

    def __init__(self, system, app, name, place):
        self.system = system
        self.app = app
        self.name = name
        # The administrator may have put it elsewhere, behind a link.
        self.place = os.path.realpath(system.path(place))

    def size(self):
        """(bytes on the disk, files); (0, 0) when there is nothing worth keeping."""
        return size_of(self.place)

    def method(self, directory):
        """How a copy into `directory` would be made."""
        return _method(self.place, directory)

    def copy(self, directory, method):
        """Called while the app is held still."""
        if os.path.isdir(self.place):
            _copy(self.system, self.app, self.place, os.path.join(directory, self.name), method)

    def finish(self, directory):
        """Called when it goes on: what takes long and does not need it to stand still."""

    def described(self, directory):
        """What the snapshot's metadata say of it as a database; None when it is none."""

    def stage(self, snapshot, directory, operation):
        """A copy of the source's part of a snapshot, ready to become the data."""
        kept = os.path.join(snapshot, self.name)
        if os.path.isdir(kept):
            _copy(self.system, self.app, kept, os.path.join(directory, self.name), _method(kept, directory))

    def replace(self, staged, aside, operation):
        """Moves the data aside, and what was staged into its place. The app does not run meanwhile."""
        if not os.path.isdir(self.place):
            os.makedirs(self.place)  # What is put back later has to be something.
        move(self.system, self.app, self.place, os.path.join(aside, self.name))
        move(self.system, self.app, os.path.join(staged, self.name), self.place)

    def put_back(self, aside, operation):
        """Undoes `replace`, wherever that was interrupted; nothing when nothing had been moved. It needs no room on the disk."""
        kept = os.path.join(aside, self.name)
        if os.path.isdir(kept):
            move(self.system, self.app, self.place, os.path.join(aside, f"{self.name}.gone"))
            move(self.system, self.app, kept, self.place)


class RedisDirectory(Directory):
    """The data of an app's own Redis, which writes down what it has in memory when it is told to."""

    engine = "redis"

    def __init__(self, system, app):
        super().__init__(system, app, "redis", f"/var/lib/redis-croft-{app}")
        self.database = app
        self._unit = f"redis-croft-{app}.service"
        self._socket = f"/run/redis-croft-{app}/redis.sock"

    def size(self):
        return super().size() if self._persistent() else (0, 0)

    def copy(self, directory, method):
        if not self._persistent():
            return
        try:
            self._save()
        except redis.Refused as refused:
            raise databases.failed(self.app, f"Redis did not save: {refused}.") from refused
        except OSError:
            pass  # It does not run, so all that it has is in its directory.
        super().copy(directory, method)

    def _save(self):
        """Has it write down all that it has. What it writes by itself every now and then has to be through with it first."""
        until = self.system.monotonic() + _REDIS_SECONDS
        while True:
            try:
                told = redis.ask(self.system, self._socket, "INFO", "persistence").splitlines()
                if any(f"{name}:1" in told for name in ("aof_rewrite_in_progress", "aof_rewrite_scheduled")):
                    raise redis.Refused("it is rewriting its log of changes")
                redis.ask(self.system, self._socket, "SAVE", timeout=_COPY_SECONDS)
                return
            except redis.Refused as refused:
                passes = any(words in str(refused) for words in ("already in progress", "rewriting", "LOADING"))
                if not passes or self.system.monotonic() >= until:
                    raise
            self.system.pause(0.2)

    def described(self, directory):
        place = os.path.join(directory, self.name)
        return {"engine": "redis", "database": self.app, "bytes": size_of(place)[0]} if os.path.isdir(place) else None

    def replace(self, staged, aside, operation):
        self._control("stop")
        super().replace(staged, aside, operation)
        self._control("start")

    def put_back(self, aside, operation):
        if os.path.isdir(os.path.join(aside, self.name)):
            self._control("stop")
            super().put_back(aside, operation)
            self._control("start")

    def _persistent(self):
        """Whether it is to keep anything; one that does not answer counts by what is there."""
        try:
            settings = [redis.ask(self.system, self._socket, "CONFIG", "GET", name) for name in ("save", "appendonly")]
        except (OSError, redis.Refused):
            return True
        return settings[0][1:] != [""] or settings[1][1:] != ["no"]

    def _control(self, verb):
        # A server that the running system no longer has has no unit; then the directory is all there is to it.
        self.system.run(["systemctl", verb, "--no-ask-password", "--", self._unit], timeout=300)


def _state(system, app):
    return Directory(system, app, "state", f"{DATA}/{app}")


def sources(system, app):
    """Where an app has data, by what the running system has attached to it."""
    found = facts.attached(facts.of_box(system), app)
    entries = [{"engine": engine, "database": found[engine]} for engine in ("postgresql", "mysql") if found.get(engine)]
    if found.get("redis"):
        entries.append({"engine": "redis", "database": app})
    return _sources(system, app, entries)


def _sources(system, app, entries):
    own = [RedisDirectory(system, app)] if any(entry["engine"] == "redis" for entry in entries) else []
    return [_state(system, app), *own, *databases.sources(system, app, entries)]


def _sources_of(system, app, metadata):
    """Where the data of a snapshot belongs, whatever is attached now."""
    return _sources(system, app, (metadata or {}).get("databases") or [])


# -- which ---------------------------------------------------------------------------------------------------------


def listed(system, app=None):
    """The snapshots as the protocol shows them, newest first."""
    found = [{name: entry.get(name) for name in _SHOWN} for entry in _entries(system, app)]
    for entry in found:
        entry["databases"] = [{name: one[name] for name in ("engine", "database", "bytes")} for one in entry["databases"] or ()]
    return sorted(found, key=lambda entry: (entry["takenAt"], entry["id"]), reverse=True)


def replaced_by_restores(system):
    """What apps had before a backup took its place, newest first."""
    found = [entry for entry in _entries(system) if entry.get("replacedBy")]
    shown = [{**{name: entry.get(name) for name in ("app", "bytes", "files")}, "snapshot": entry["id"], "time": entry["takenAt"]} for entry in found]
    return sorted(shown, key=lambda entry: (entry["time"], entry["snapshot"]), reverse=True)


def require_replaced(system, app, identity):
    """Raises NOT_FOUND unless it is what an app had before a backup took its place."""
    if not (_read(_snapshot(system, app, identity)) or {}).get("replacedBy"):
        raise problem("NOT_FOUND", thing="this data", why="It was taken back or deleted already, or no restore has set it aside.")


def require(system, app, identity):
    """Raises SNAPSHOT_NOT_FOUND unless there is this snapshot."""
    if not _read(_snapshot(system, app, identity)):
        raise problem("SNAPSHOT_NOT_FOUND", app=app, snapshot=identity, why="It was never taken, or has been deleted since.")


def of_versions(system, running, target):
    """app -> snapshot that belongs to the versions in `target`, for the apps whose version differs from the running
    one; SNAPSHOT_NOT_FOUND when an app has data and none of them is of that version."""
    chosen = {}
    for name, app in (target.apps if target else {}).items():
        if _same_version(running, app):
            continue
        fitting = [entry for entry in _entries(system, name) if entry.get("version") == app.version]
        if fitting:
            chosen[name] = max(fitting, key=lambda entry: (entry["takenAt"], entry["id"]))["id"]
        elif any(source.size() != (0, 0) for source in sources(system, name)):
            why = f"None was taken when {app.rev[:12] if app.rev else 'that version'} was left, or it has been deleted since."
            raise problem("SNAPSHOT_NOT_FOUND", app=name, snapshot="of that version", why=why)
    return chosen


def planned(system, running, target):
    """The data that a change from one state to another copies first: [{"app","bytes","method","databases"}]. `bytes` of a database is
    None while its server does not answer."""
    found = []
    for name, app in sorted((target.apps if target else {}).items()):
        if _same_version(running, app):
            continue
        parts = [(source, source.size()) for source in sources(system, name)]
        if any(size != (0, 0) for _, size in parts):
            method = parts[0][0].method(_existing(_of_app(system, name)))
            dumped = [(source, size[0]) for source, size in parts if source.engine and size != (0, 0)]
            names = [{"engine": source.engine, "database": source.database, "bytes": size or None} for source, size in dumped]
            found.append({"app": name, "bytes": sum(size[0] for _, size in parts), "method": method, "databases": names})
    return found


def _same_version(running, app):
    return running is not None and app.name in running.apps and running.apps[app.name].version == app.version


# -- taking --------------------------------------------------------------------------------------------------------


def take(work, planned_ones, running, note, stopping=()):
    """Snapshots each app of `planned_ones`, while it is frozen. Those of `stopping` are stopped before, and stay so until their
    next version starts. `note` is told, durably, what a recovery has to thaw or start."""
    system, stopped = work.system, []
    for plan in planned_ones:
        app = plan["app"]
        made = _making(system, app, work.record.operation, "new")
        _require_room(work, plan, made)
        if app in stopping:
            if _active(system, [units.app_unit(app)]):
                stopped.append(app)
                note(stopped=stopped)
            stop(system, [app], work.record.operation)
        metadata = _metadata(work, app, running, plan["method"])
        try:
            _copy_all(system, app, made, plan["method"], metadata, Pause(system, _writers(system, app), note, (app, work.record.operation)))
        except Problem:
            remove(made)
            raise
        _finish(system, made, metadata)
        work.output.say(f"Copied the data of {app}: {human_bytes(metadata['bytes'])} in {metadata['files']} files")
        _note(work, metadata)


def _copy_all(system, app, made, method, metadata, pause):
    """Copies all that an app has into `made`, and says in `metadata` what that is."""
    parts = sources(system, app)
    with pause:
        for source in parts:
            source.copy(made, method)
    for source in parts:
        source.finish(made)
    metadata["databases"] = [entry for source in parts if (entry := source.described(made))]
    metadata["bytes"], metadata["files"] = size_of(made)


def copy_aside(work, app, place, running):
    """Copies all that an app has into the empty directory `place`, as into a snapshot; its metadata, or None when it has nothing."""
    system, parts = work.system, [(source, source.size()) for source in sources(work.system, app)]
    if all(size == (0, 0) for _, size in parts):
        return None
    method = parts[0][0].method(place)
    _require_room(work, {"app": app, "bytes": sum(size[0] for _, size in parts), "method": method}, place)
    metadata = _metadata(work, app, running, method)
    _copy_all(system, app, place, method, metadata, Pause(system, _writers(system, app), work.note, (app, work.record.operation)))
    write_atomically(os.path.join(place, _METADATA), dumps(metadata))
    return metadata


def fetching(system, app, operation):
    """An empty directory for a snapshot that comes from elsewhere."""
    return _making(system, app, operation, "new")


def fetched(system, app, operation, identity):
    """Makes what has come into `fetching` the snapshot `identity`."""
    made = _beside(system, app, operation, "new")
    metadata = {**metadata_of(made, app), "id": identity, "operation": operation}
    delete(system, app, identity)
    _finish(system, made, metadata)
    return metadata


def metadata_of(place, app):
    """What was written beside a copy of an app's data."""
    found = _read(place)
    entries = found.get("databases") if isinstance(found, dict) and found.get("app") == app else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and isinstance(entry.get("database"), str) for entry in entries):
        raise problem("SNAPSHOT_FAILED", app=app, why="The copy does not say what it is.")
    return found


def sources_of(system, app, metadata):
    """Where the data of a copy belongs, whatever is attached now."""
    return _sources_of(system, app, metadata)


def _writers(system, app):
    """The units that write an app's data."""
    jobs = facts.attached(facts.of_box(system), app).get("jobs") or ()
    return [units.app_unit(app), *(units.job_unit(app, job) for job in jobs)]


def _active(system, names):
    shown = units.show(system, names)
    return [name for name, unit in zip(names, shown) if unit.get("ActiveState") in ("active", "activating", "reloading")]


class Pause:
    """Holds units still: frozen, or stopped where the kernel cannot freeze them. They run again afterwards, whatever happens. Of an app,
    given with the operation that copies its data, also the commands that run, and whatever would begin."""

    def __init__(self, system, names, note, app=None):
        self._system = system
        self._names = names
        self._note = note
        self._app = app
        self._held = []
        self._paused = None

    def __enter__(self):
        commands = []
        if self._app:
            app, operation = self._app
            self._held = units.hold(self._system, [app], operation)
            commands = units.running_commands(self._system, app)
        try:
            self._stand_still([*_active(self._system, self._names), *commands])
        except BaseException:
            units.release(self._system, self._held)
            raise

    def _stand_still(self, running):
        if not running:
            return
        for verb, back in (("freeze", "thaw"), ("stop", "start")):
            self._note(paused=[back, *running])
            done = self._system.run(["systemctl", verb, "--no-ask-password", "--", *running], timeout=120)
            if done.code == 0:
                self._paused = [back, *running]
                return
            resume(self._system, [back, *running])
        self._note(paused=None)
        raise problem("SNAPSHOT_FAILED", app=self._names[0], why="It could be neither frozen nor stopped.", detail=done.err)

    def __exit__(self, *_):
        if self._paused:
            resume(self._system, self._paused)
            self._note(paused=None)
        units.release(self._system, self._held)


def resume(system, paused):
    """Lets the units go on that a `Pause` held still."""
    verb, *names = paused
    system.run(["systemctl", verb, "--no-ask-password", "--", *names], timeout=300)


def _require_room(work, plan, made):
    if plan["method"] != "copy":
        return
    free, needed = work.system.free_bytes(ROOT), plan["bytes"] + _ROOM_BYTES
    if free < needed:
        why = (
            f"The copy takes {human_bytes(plan['bytes'])}, but {ROOT} has only {human_bytes(free)} left "
            f"and {human_bytes(_ROOM_BYTES)} should stay free."
        )
        remove(made)
        raise problem("SNAPSHOT_FAILED", app=plan["app"], why=why)


def _metadata(work, app, running, method):
    version = running.apps.get(app) if running else None
    return {
        "app": app,
        "id": work.record.operation,
        "operation": work.record.operation,
        "takenAt": rfc3339(work.system.now()),
        "generation": toplevels.default_generation(work.system),
        "rev": version.rev if version else None,
        "version": version.version if version else None,
        "method": method,
        "databases": [],
    }


def _finish(system, made, metadata):
    """Makes a snapshot of what was copied: on the disk first, then by its name."""
    write_atomically(os.path.join(made, _METADATA), dumps(metadata))
    _sync(system, metadata["app"], made)
    os.rename(made, os.path.join(os.path.dirname(made), metadata["id"]))
    sync_directory(os.path.dirname(made))


def _note(work, metadata):
    told = {name: metadata[name] for name in ("app", "id", "bytes")}
    work.note(snapshots=[*work.progress.get("snapshots", []), told])


# -- putting an older one in place ---------------------------------------------------------------------------------


def stage(work, restore):
    """Copies the snapshots (app -> id) to where they only have to be renamed. The apps run meanwhile."""
    system, operation = work.system, work.record.operation
    for app, identity in sorted(restore.items()):
        kept = _snapshot(system, app, identity)
        staged = _making(system, app, operation, "restore")
        method = _method(os.path.join(kept, "state"), staged)
        _require_room(work, {"app": app, "bytes": size_of(kept)[0], "method": method}, staged)
        metadata = _read(kept)
        for source in _sources_of(system, app, metadata):
            source.stage(kept, staged, operation)
        _sync(system, app, staged)
        work.output.say(f"Made ready the data of {app} as of {metadata['takenAt']}")


def replace(work, restore, running):
    """Stops the apps and puts what was staged in the place of their data. The switch starts them."""
    system, operation = work.system, work.record.operation
    stop(system, restore, operation)
    for app, identity in sorted(restore.items()):
        aside = _making(system, app, operation, "aside")
        metadata = {**_metadata(work, app, running, "move"), **_replaced_by(work)}
        kept = _read(_snapshot(system, app, identity))
        _set_databases_aside(system, app, aside, metadata, kept)
        write_atomically(os.path.join(aside, _METADATA), dumps(metadata))
        _sync(system, app, aside)
        sync_directory(os.path.dirname(aside))
        for source in _sources_of(system, app, kept):
            source.replace(_beside(system, app, operation, "restore"), aside, operation)
        for place in (aside, system.path(DATA), os.path.dirname(aside)):
            sync_directory(place)
        work.output.say(f"Put the older data of {app} in place; what it had is set aside")


def _replaced_by(work):
    """What keeps the data that is set aside: a restored backup may turn out to be the wrong one a long time later."""
    kind = work.request["type"]
    return {"replacedBy": work.request["snapshot"]} if kind in ("backup-restore", "restore-undo") else {}


def _set_databases_aside(system, app, aside, metadata, kept):
    """Dumps the app's databases and those whose place will be taken, which may be detached by now: a snapshot of them is what is
    left of them if the change stays."""
    parts = sources(system, app)
    names = {source.name for source in parts}
    parts += [source for source in _sources_of(system, app, kept) if source.name not in names]
    dumped = [source for source in parts if not isinstance(source, Directory)]
    for source in dumped:
        source.copy(aside, "copy")
        source.finish(aside)
    sizes = [source.size() for source in parts if isinstance(source, Directory)]
    metadata["databases"] = [entry for source in dumped if (entry := source.described(aside))]
    metadata["databases"] += [
        {"engine": "redis", "database": app, "bytes": source.size()[0]} for source in parts if isinstance(source, RedisDirectory)
    ]
    metadata["bytes"] = sum(size[0] for size in sizes) + sum(entry["bytes"] for entry in metadata["databases"] if entry["engine"] != "redis")
    metadata["files"] = sum(size[1] for size in sizes) + len(dumped)


def replaced(system, operation):
    """The apps whose data an operation has set aside, as the disk has it."""
    return [app for app in _apps(system) if os.path.isdir(_beside(system, app, operation, "aside"))]


def put_back(system, operation, servers=True):
    """Gives the apps whose data was replaced their own again, exactly. Those apps are not started. Without `servers`, as early
    in a start of the box, the databases are left to a later call."""
    apps = replaced(system, operation)
    stop(system, apps, operation)
    for app in apps:
        aside = _beside(system, app, operation, "aside")
        later = False
        for source in _sources_of(system, app, _read(aside)):
            if servers or isinstance(source, Directory):
                source.put_back(aside, operation)
            else:
                later = True
        for place in (system.path(DATA), aside):
            sync_directory(place)
        if not later:
            remove(aside)
    return apps


def keep_replaced(work):
    """Makes snapshots of the data that was set aside: the change stays, and can be undone with the data. This comes after
    the point of no return, so it is but another name."""
    system, operation = work.system, work.record.operation
    for app in replaced(system, operation):
        kept = _snapshot(system, app, operation)
        os.rename(_beside(system, app, operation, "aside"), kept)
        sync_directory(os.path.dirname(kept))
        _note(work, _read(kept))
    databases.clear(system, operation, False)


def keep_left(work):
    """Makes snapshots of what was set aside in the place of those of the same operation, which are the data again."""
    system, operation = work.system, work.record.operation
    for app in replaced(system, operation):
        kept = _snapshot(system, app, operation)
        if os.path.isdir(kept):
            gone = _making(system, app, operation, "gone")
            os.rename(kept, gone)
        os.rename(_beside(system, app, operation, "aside"), kept)
        sync_directory(os.path.dirname(kept))
        work.note(snapshots=[entry for entry in work.progress.get("snapshots", []) if entry["app"] != app])
        _note(work, _read(kept))
    clear(system, operation)


def stop(system, apps, operation):
    """Stops all that writes the data of these apps; nothing of them begins before `start`, or the end of the operation."""
    if apps:
        units.hold(system, apps, operation)
        names = [name for app in sorted(apps) for name in (*_writers(system, app), units.commands(app))]
        system.run(["systemctl", "stop", "--no-ask-password", "--", *names], timeout=300)


def start(system, apps):
    if apps:
        units.release(system, apps)
        system.run(["systemctl", "start", "--no-ask-password", "--", *map(units.app_unit, sorted(apps))], timeout=300)


# -- deleting ------------------------------------------------------------------------------------------------------


def clear(system, operation):
    """Deletes what an operation began and did not finish; never data that was set aside and is still missed."""
    for app in _apps(system):
        for stage_name in ("new", "restore", "gone"):
            remove(_beside(system, app, operation, stage_name))
    databases.clear(system, operation, bool(replaced(system, operation)))


def forget(system, operation):
    """Deletes also the snapshots that an operation has finished: it ended before the data could change."""
    clear(system, operation)
    for app in _apps(system):
        delete(system, app, operation)


def delete(system, app, identity):
    """Deletes a snapshot; a power cut leaves it whole, or nothing that counts."""
    place = _snapshot(system, app, identity)
    if os.path.isdir(place):
        gone = _beside(system, app, identity, "gone")
        os.rename(place, gone)
        remove(gone)
    try:
        os.rmdir(_of_app(system, app))
    except OSError:
        pass  # Others are in it.


def superfluous(system, pinned=()):
    """The snapshots beyond the newest ones of each app, without those of the versions in the states `pinned`."""
    found = []
    for app in _apps(system):
        wanted = {state.apps[app].version for state in pinned if state and app in state.apps}
        entries = sorted((entry for entry in _entries(system, app) if not entry.get("replacedBy")), key=lambda entry: (entry["takenAt"], entry["id"]), reverse=True)
        found.extend(entry for entry in entries[KEEP:] if entry.get("version") not in wanted)
    return [{"app": entry["app"], "id": entry["id"], "bytes": entry["bytes"]} for entry in found]


# -- the disk ------------------------------------------------------------------------------------------------------


def _apps(system):
    try:
        return sorted(name for name in os.listdir(system.path(ROOT)) if _APP.fullmatch(name))
    except FileNotFoundError:
        return []


def _entries(system, app=None):
    """The metadata of every snapshot."""
    found = []
    for name in [app] if app else _apps(system):
        try:
            identities = os.listdir(_of_app(system, name))
        except FileNotFoundError:
            continue
        found.extend(entry for identity in identities if is_operation(identity) and (entry := _read(_snapshot(system, name, identity))))
    return found


def _read(place):
    try:
        return loads(read_text(os.path.join(place, _METADATA)) or "")
    except ValueError:
        return None


def _of_app(system, app):
    return os.path.join(system.path(ROOT), app)


def _snapshot(system, app, identity):
    return os.path.join(_of_app(system, app), identity)


def _beside(system, app, operation, stage_name):
    return os.path.join(_of_app(system, app), f".{operation}.{stage_name}")


def _making(system, app, operation, stage_name):
    """An empty directory to work in."""
    place = _beside(system, app, operation, stage_name)
    remove(place)
    os.makedirs(place, mode=0o700)
    return place


def _existing(place):
    """The nearest directory above `place`, or itself, that is there."""
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    return place


def remove(place):
    """Deletes a copy, if it is there."""
    if os.path.isdir(place):
        import shutil  # It loads much, and most changes copy nothing.

        try:
            shutil.rmtree(place)
        except (RecursionError, OSError):
            import subprocess

            # Whose directories lie deeper in each other than Python goes.
            if subprocess.run(["rm", "-rf", "--", place], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode:
                raise


_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: So many directories are held open on the way down. What lies deeper is left by way of "..".
_HELD = 64


def size_of(place):
    """(bytes that the files below `place` take on the disk, how many there are). Names of one file count once.

    It goes from directory to directory, not by paths: there may be longer ones than any program can open.
    """
    try:
        walk = _Walk(os.open(place, _DIRECTORY & ~os.O_NOFOLLOW))
    except (FileNotFoundError, NotADirectoryError):
        return 0, 0
    total, files, seen = 0, 0, set()
    try:
        while walk.here is not None:
            size, count, inner = _content(walk.here, seen)
            total, files = total + size, files + count
            walk.go_on(inner)
        return total, files
    finally:
        walk.close()


def _content(directory, seen):
    """(bytes, files, names of directories) of what is in an open directory."""
    total, files, inner = 0, 0, []
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                info = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # The app works on.
            if stat.S_ISDIR(info.st_mode):
                inner.append(entry.name)
            else:
                files += 1
                if info.st_nlink > 1:
                    if (info.st_dev, info.st_ino) in seen:
                        continue
                    seen.add((info.st_dev, info.st_ino))
            total += info.st_blocks * 512
    return total, files, inner


class _Walk:
    """From directory to directory, whose files are looked at on the way; each is open while it is `here`."""

    def __init__(self, top):
        self.here = top
        #: Those above: (descriptor or None, identity, names of the directories in it that are left)
        self._above = []

    def go_on(self, inner):
        """To the next one: the last of those that are in this one, or of those above."""
        while True:
            while inner:
                try:
                    below = os.open(inner.pop(), _DIRECTORY, dir_fd=self.here)
                except OSError:
                    continue  # It was deleted, or something else took its place.
                held = self.here if len(self._above) < _HELD else None
                self._above.append((held, _identity(self.here), inner))
                self._be(below, held is None)
                return
            if not self._above:
                self._be(None)
                return
            held, identity, inner = self._above.pop()
            self._be(os.open("..", _DIRECTORY, dir_fd=self.here) if held is None else held)
            if _identity(self.here) != identity:
                inner = []  # It was moved meanwhile, and this is not the way back.

    def _be(self, directory, leaving=True):
        left, self.here = self.here, directory
        if leaving:
            os.close(left)

    def close(self):
        for directory in (self.here, *(held for held, _, _ in self._above)):
            if directory is not None:
                os.close(directory)


def _identity(directory):
    info = os.fstat(directory)
    return info.st_dev, info.st_ino


def _method(place, directory):
    """subvolume, reflink or copy: the cheapest way in which `place` can be copied into `directory`."""
    try:
        if os.stat(place).st_ino == _SUBVOLUME_INODE and _has_program("btrfs"):
            return "subvolume"
    except FileNotFoundError:
        return "copy"
    try:
        return "reflink" if _clones(place, directory) else "copy"
    except RecursionError:
        return "copy"  # Directories lie deeper in each other than the walk of Python 3.11 goes; `cp` decides for itself anyway.


def _has_program(name):
    return any(os.access(os.path.join(place, name), os.X_OK) for place in os.environ.get("PATH", "").split(":"))


def _clones(place, directory):
    """Whether the file system lets two files share their blocks: tried with the first file that has any."""
    import fcntl

    for parent, _, names in os.walk(place):
        for name in names:
            try:
                source = os.open(os.path.join(parent, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                if not os.fstat(source).st_blocks:
                    continue
                # A file without a name: it is gone with its descriptor.
                target = os.open(directory, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.ioctl(target, _FICLONE, source)
                finally:
                    os.close(target)
                return True
            except OSError:
                return False
            finally:
                os.close(source)
    return False


def _copy(system, app, place, target, method):
    """Copies a directory with everything that belongs to it: owners, modes, times, attributes, holes, links."""
    if method == "subvolume":
        done = system.run(["btrfs", "subvolume", "snapshot", "--", place, target], timeout=_COPY_SECONDS)
        if done.code == 0:
            return
        remove(target)
    inner = [os.path.join(place, "."), target] if os.path.isdir(target) else [place, target]
    done = system.run(["cp", "-a", "--reflink=auto", "--sparse=auto", "--", *inner], timeout=_COPY_SECONDS)
    if done.code != 0:
        why = (done.err.strip().splitlines() or [f"cp ended with code {done.code}."])[0]
        raise problem("SNAPSHOT_FAILED", app=app, why=why, detail=done.err)


def move(system, app, place, target):
    """Renames a directory; between file systems it is copied, and counts as moved when the copy is whole."""
    if not os.path.isdir(place):
        return
    try:
        os.rename(place, target)
        return
    except OSError:
        pass
    if os.path.isdir(target):
        _copy(system, app, place, target, "copy")
        _sync(system, app, target)
    else:
        remove(f"{target}.part")
        _copy(system, app, place, f"{target}.part", "copy")
        _sync(system, app, f"{target}.part")
        os.rename(f"{target}.part", target)
    # The directory itself may be a mount point, which stays.
    for name in os.listdir(place):
        inner = os.path.join(place, name)
        remove(inner) if os.path.isdir(inner) and not os.path.islink(inner) else os.unlink(inner)


def _sync(system, app, place):
    done = system.run(["sync", "--file-system", "--", place], timeout=_COPY_SECONDS)
    if done.code != 0:
        raise problem("SNAPSHOT_FAILED", app=app, why="The copy could not be written to the disk.", detail=done.err)
