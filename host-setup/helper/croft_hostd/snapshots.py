"""Copies of apps' data, taken before a new version starts, and the way back to them.

    /var/lib/croft/apps/APP/                        an app's data, the only place it can write to
    /var/lib/croft/snapshots/APP/ID/                a snapshot: metadata.json and one entry for each source
    /var/lib/croft/snapshots/APP/.ID.new/           one being made, which does not count
    /var/lib/croft/snapshots/APP/.ID.restore/       a copy of an older one, about to become the app's data
    /var/lib/croft/snapshots/APP/.ID.aside/         the data that it replaced, until it is sure that nobody wants it back
    /var/lib/croft/snapshots/APP/.ID.gone/          being deleted

ID is the operation that took it. Whatever has been replaced can be put back from the names alone, so that a power cut at any
point leaves the old data or the new.
"""

import os

from . import toplevels, units
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
_APP = Pattern(r"[a-z][a-z0-9-]{0,30}")
#: The inode of the top of every btrfs subvolume.
_SUBVOLUME_INODE = 256
_FICLONE = 0x40049409
_SHOWN = ("app", "id", "operation", "takenAt", "generation", "rev", "bytes", "files", "method")


class StateDirectory:
    """The one source there is yet: the directory that is the app's own. A database will be another."""

    name = "state"

    def __init__(self, system, app):
        self._system = system
        self._app = app
        # The administrator may have put it elsewhere, behind a link.
        self.place = os.path.realpath(os.path.join(system.path(DATA), app))

    def size(self):
        """(bytes on the disk, files); (0, 0) when there is nothing worth keeping."""
        return _size(self.place)

    def method(self, directory):
        """How a copy into `directory` would be made."""
        return _method(self.place, directory)

    def copy(self, directory, method):
        _copy(self._system, self._app, self.place, os.path.join(directory, self.name), method)

    def stage(self, snapshot, directory):
        """A copy of the source's part of a snapshot, ready to become the data."""
        kept = os.path.join(snapshot, self.name)
        if os.path.isdir(kept):
            _copy(self._system, self._app, kept, os.path.join(directory, self.name), _method(kept, directory))

    def replace(self, staged, aside):
        """Moves the data aside, and what was staged into its place. The app does not run meanwhile."""
        if not os.path.isdir(self.place):
            os.makedirs(self.place)  # What is put back later has to be something.
        _move(self._system, self._app, self.place, os.path.join(aside, self.name))
        _move(self._system, self._app, os.path.join(staged, self.name), self.place)

    def put_back(self, aside):
        """Undoes `replace`, wherever that was interrupted; nothing when nothing had been moved. It needs no room on the disk."""
        kept = os.path.join(aside, self.name)
        if os.path.isdir(kept):
            _move(self._system, self._app, self.place, os.path.join(aside, f"{self.name}.gone"))
            _move(self._system, self._app, kept, self.place)


def sources(system, app):
    return [StateDirectory(system, app)]


# -- which ---------------------------------------------------------------------------------------------------------


def listed(system, app=None):
    """The snapshots as the protocol shows them, newest first."""
    found = [{name: entry.get(name) for name in _SHOWN} for entry in _entries(system, app)]
    return sorted(found, key=lambda entry: (entry["takenAt"], entry["id"]), reverse=True)


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
    """The data that a change from one state to another copies first: [{"app","bytes","method"}]."""
    found = []
    for name, app in sorted((target.apps if target else {}).items()):
        if _same_version(running, app):
            continue
        parts = [(source, source.size()) for source in sources(system, name)]
        if any(size != (0, 0) for _, size in parts):
            method = parts[0][0].method(_existing(_of_app(system, name)))
            found.append({"app": name, "bytes": sum(size[0] for _, size in parts), "method": method})
    return found


def _same_version(running, app):
    return running is not None and app.name in running.apps and running.apps[app.name].version == app.version


# -- taking --------------------------------------------------------------------------------------------------------


def take(work, planned_ones, running, note):
    """Snapshots each app of `planned_ones`, while it is frozen. `note` is told, durably, what a recovery has to thaw."""
    system = work.system
    for plan in planned_ones:
        app = plan["app"]
        made = _making(system, app, work.record.operation, "new")
        _require_room(work, plan, made)
        metadata = _metadata(work, app, running, plan["method"])
        try:
            with Pause(system, units.app_unit(app), note):
                for source in sources(system, app):
                    source.copy(made, plan["method"])
        except Problem:
            _remove(made)
            raise
        metadata["bytes"], metadata["files"] = _size(made)
        _finish(system, made, metadata)
        work.output.say(f"Copied the data of {app}: {human_bytes(metadata['bytes'])} in {metadata['files']} files")
        _note(work, metadata)


class Pause:
    """Holds an app still: frozen, or stopped where the kernel cannot freeze it. It runs again afterwards, whatever happens."""

    def __init__(self, system, unit, note):
        self._system = system
        self._unit = unit
        self._note = note
        self._verb = None

    def __enter__(self):
        if units.show(self._system, [self._unit])[0].get("ActiveState") not in ("active", "activating", "reloading"):
            return
        for verb, back in (("freeze", "thaw"), ("stop", "start")):
            self._note(paused=[back, self._unit])
            done = self._system.run(["systemctl", verb, "--no-ask-password", "--", self._unit], timeout=120)
            if done.code == 0:
                self._verb = back
                return
        resume(self._system, ["start", self._unit])
        raise problem("SNAPSHOT_FAILED", app=self._unit, why="It could be neither frozen nor stopped.", detail=done.err)

    def __exit__(self, *_):
        if self._verb:
            resume(self._system, [self._verb, self._unit])
            self._note(paused=None)


def resume(system, paused):
    """Lets an app go on that a `Pause` held still."""
    verb, unit = paused
    system.run(["systemctl", verb, "--no-ask-password", "--", unit], timeout=120)


def _require_room(work, plan, made):
    if plan["method"] != "copy":
        return
    free, needed = work.system.free_bytes(ROOT), plan["bytes"] + _ROOM_BYTES
    if free < needed:
        why = (
            f"The copy takes {human_bytes(plan['bytes'])}, but {ROOT} has only {human_bytes(free)} left "
            f"and {human_bytes(_ROOM_BYTES)} should stay free."
        )
        _remove(made)
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
    system = work.system
    for app, identity in sorted(restore.items()):
        kept = _snapshot(system, app, identity)
        staged = _making(system, app, work.record.operation, "restore")
        method = _method(os.path.join(kept, StateDirectory.name), staged)
        _require_room(work, {"app": app, "bytes": _size(kept)[0], "method": method}, staged)
        for source in sources(system, app):
            source.stage(kept, staged)
        _sync(system, app, staged)
        work.output.say(f"Made ready the data of {app} as of {_read(kept)['takenAt']}")


def replace(work, restore, running):
    """Stops the apps and puts what was staged in the place of their data. The switch starts them."""
    system, operation = work.system, work.record.operation
    stop(system, restore)
    for app in sorted(restore):
        aside = _making(system, app, operation, "aside")
        metadata = _metadata(work, app, running, "move")
        sizes = [source.size() for source in sources(system, app)]
        metadata["bytes"], metadata["files"] = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
        write_atomically(os.path.join(aside, _METADATA), dumps(metadata))
        for source in sources(system, app):
            source.replace(_beside(system, app, operation, "restore"), aside)
        for place in (aside, system.path(DATA), os.path.dirname(aside)):
            sync_directory(place)
        work.output.say(f"Put the older data of {app} in place; what it had is set aside")


def replaced(system, operation):
    """The apps whose data an operation has set aside, as the disk has it."""
    return [app for app in _apps(system) if os.path.isdir(_beside(system, app, operation, "aside"))]


def put_back(system, operation):
    """Gives the apps whose data was replaced their own again, exactly. Those apps are not started."""
    apps = replaced(system, operation)
    stop(system, apps)
    for app in apps:
        aside = _beside(system, app, operation, "aside")
        for source in sources(system, app):
            source.put_back(aside)
        for place in (system.path(DATA), aside):
            sync_directory(place)
        _remove(aside)
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


def stop(system, apps):
    if apps:
        system.run(["systemctl", "stop", "--no-ask-password", "--", *map(units.app_unit, sorted(apps))], timeout=300)


def start(system, apps):
    if apps:
        system.run(["systemctl", "start", "--no-ask-password", "--", *map(units.app_unit, sorted(apps))], timeout=300)


# -- deleting ------------------------------------------------------------------------------------------------------


def clear(system, operation):
    """Deletes what an operation began and did not finish; never data that was set aside and is still missed."""
    for app in _apps(system):
        for stage_name in ("new", "restore", "gone"):
            _remove(_beside(system, app, operation, stage_name))


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
        _remove(gone)
    try:
        os.rmdir(_of_app(system, app))
    except OSError:
        pass  # Others are in it.


def superfluous(system, pinned=()):
    """The snapshots beyond the newest ones of each app, without those of the versions in the states `pinned`."""
    found = []
    for app in _apps(system):
        wanted = {state.apps[app].version for state in pinned if state and app in state.apps}
        entries = sorted(_entries(system, app), key=lambda entry: (entry["takenAt"], entry["id"]), reverse=True)
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
    _remove(place)
    os.makedirs(place, mode=0o700)
    return place


def _existing(place):
    """The nearest directory above `place`, or itself, that is there."""
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    return place


def _remove(place):
    if os.path.isdir(place):
        import shutil  # It loads much, and most changes copy nothing.

        shutil.rmtree(place)


def _size(place):
    """(bytes that the files below `place` take on the disk, how many there are). Names of one file count once."""
    total, files, seen, rest = 0, 0, set(), [place]
    while rest:
        try:
            entries = list(os.scandir(rest.pop()))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            try:
                info = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # The app works on.
            if entry.is_dir(follow_symlinks=False):
                rest.append(entry.path)
            else:
                files += 1
            if info.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                if (info.st_dev, info.st_ino) in seen:
                    continue
                seen.add((info.st_dev, info.st_ino))
            total += info.st_blocks * 512
    return total, files


def _method(place, directory):
    """subvolume, reflink or copy: the cheapest way in which `place` can be copied into `directory`."""
    try:
        if os.stat(place).st_ino == _SUBVOLUME_INODE and _has_program("btrfs"):
            return "subvolume"
    except FileNotFoundError:
        return "copy"
    return "reflink" if _clones(place, directory) else "copy"


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
        _remove(target)
    inner = [os.path.join(place, "."), target] if os.path.isdir(target) else [place, target]
    done = system.run(["cp", "-a", "--reflink=auto", "--sparse=auto", "--", *inner], timeout=_COPY_SECONDS)
    if done.code != 0:
        why = (done.err.strip().splitlines() or [f"cp ended with code {done.code}."])[0]
        raise problem("SNAPSHOT_FAILED", app=app, why=why, detail=done.err)


def _move(system, app, place, target):
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
        _remove(f"{target}.part")
        _copy(system, app, place, f"{target}.part", "copy")
        _sync(system, app, f"{target}.part")
        os.rename(f"{target}.part", target)
    # The directory itself may be a mount point, which stays.
    for name in os.listdir(place):
        inner = os.path.join(place, name)
        _remove(inner) if os.path.isdir(inner) and not os.path.islink(inner) else os.unlink(inner)


def _sync(system, app, place):
    done = system.run(["sync", "--file-system", "--", place], timeout=_COPY_SECONDS)
    if done.code != 0:
        raise problem("SNAPSHOT_FAILED", app=app, why="The copy could not be written to the disk.", detail=done.err)
