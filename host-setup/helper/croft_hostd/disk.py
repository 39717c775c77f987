"""Room on the disks: what is on them, how full they may get, and whether a build fits.

The ladder of pressure is about the file system of the Nix store: warn, collect, refuse deploys. Nothing ever touches data.
"""

import os

from . import facts
from .config import OPERATIONS
from .problems import human_bytes, problem
from .system import read_text, rfc3339

_MIB = 1024 * 1024
#: Beside the store only little is needed; what a build wants in its temporary directory nobody knows before.
_OTHERS = ((OPERATIONS, "/var/lib/croft", 8 * _MIB), ("/tmp", "/tmp, where builds run,", 16 * _MIB))

#: What belongs to each part, and whether what lies directly in it is shown by name.
_PARTS = (
    ("boot", ("/boot",)),
    ("data", ("/var/lib/croft/apps",)),
    ("snapshots", ("/var/lib/croft/snapshots",)),
    ("backups", ("/var/lib/croft/backups",)),
    ("logs", ("/var/log",)),
    ("store", ("/nix/store",)),
)
_ITEMS = 50
#: Seconds for all parts together. The store is last: it is the largest, and what it has Nix knows as well.
_BUDGET = 8.0
#: File systems that hold nothing of the box's own.
_IGNORED = ("squashfs", "erofs", "iso9660", "overlay-snapshot", "tmpfs", "devtmpfs", "ramfs", "efivarfs")
_PLACES = ("/", "/nix/store", "/boot", "/home", "/var", "/var/lib/croft", "/var/log")


# -- room for a build ----------------------------------------------------------------------------------------------


def require_room(system, configuration, wanted):
    """Raises DISK_FULL when a build would run into the end of a disk, or the disk is too full for deploys.

    A state that asks for less to be kept free is let through: it would be the only way out of asking for too much.
    """
    least = facts.policy(system, configuration)["minFree"]
    minimum = max(configuration.minimum_free, min(least, facts.least_free(wanted) or least))
    for where, free, needed in _readings(system, minimum):
        if free < needed:
            raise _full(system, configuration, where, free, f"at least {human_bytes(needed)}", needed - free)


def full(system, configuration, log):
    """DISK_FULL for a build that met the end of a disk, naming the one with the least room."""
    where, free, _ = min(_readings(system, configuration.minimum_free), key=lambda reading: reading[1])
    return _full(system, configuration, where, free, "more than that", 0, log)


def too_small(system, configuration, expected):
    """DISK_FULL for a build that would fetch `expected` bytes more than there is room for."""
    free = system.free_bytes("/nix/store")
    needed = expected + configuration.minimum_free
    return _full(system, configuration, "The Nix store", free, f"{human_bytes(needed)}, most of it to be downloaded", needed - free)


def _full(system, configuration, where, free, needed, missing, log=None):
    from . import garbage

    return problem(
        "DISK_FULL", where=where, free=human_bytes(free), needed=needed, next=garbage.way_out(system, configuration, missing), detail=log
    )


def _readings(system, minimum):
    """(words, bytes free, bytes needed) of each place."""
    for place, where, needed in (("/nix/store", "The Nix store", minimum), *_OTHERS):
        try:
            yield where, system.free_bytes(place), needed
        except FileNotFoundError:
            continue


# -- the ladder ----------------------------------------------------------------------------------------------------


def pressure(system, configuration):
    """{"level","why"}: ok, warn, collect or refuse."""
    free = system.free_bytes("/nix/store")
    least = facts.policy(system, configuration)["minFree"]
    has = f"The Nix store's disk has {human_bytes(free)} free"
    if free < least:
        return {"level": "refuse", "why": f"{has}; below {human_bytes(least)} deploys are refused."}
    if free < 2 * least:
        return {"level": "collect", "why": f"{has}; below {human_bytes(2 * least)} garbage is collected."}
    if free < 3 * least:
        return {"level": "warn", "why": f"{has}; below {human_bytes(2 * least)} garbage will be collected, below {human_bytes(least)} deploys are refused."}
    return {"level": "ok", "why": f"{has}."}


# -- what is on the disks ------------------------------------------------------------------------------------------


def read(system, configuration):
    """The result of a `disk` request: bytes as they are allocated on the disk, a file with several names counted once."""
    mounts = _mounts(system)
    from . import sizes

    filesystems = _filesystems(system, mounts)
    deadline = system.monotonic() + _BUDGET
    parts = []
    for identity, places in _PARTS:
        for place in places:
            if os.path.isdir(system.path(place)):
                mount = _mount_of(mounts, place)
                parts.append({"id": identity, "mount": mount, **_weigh(system, identity, place, deadline)})
        if identity == "data":
            parts += _databases(system, mounts, deadline)
    for filesystem in filesystems:
        known = sum(part["bytes"] for part in parts if part["mount"] == filesystem["mount"])
        whole = all(part["complete"] for part in parts if part["mount"] == filesystem["mount"])
        other = max(0, filesystem.pop("used") - known)
        parts.append({"id": "other", "mount": filesystem["mount"], "bytes": other, "items": [], "complete": whole})
    return {
        "time": rfc3339(system.now()),
        "filesystems": filesystems,
        "parts": parts,
        "pressure": pressure(system, configuration),
        "policy": facts.policy(system, configuration),
        "quotas": sizes.full(system),
    }


def kind_of(system, place):
    """(mount point, type of its file system) of a place."""
    every = _every_mount(system)
    nearest = _mount_of(every, place)
    return nearest, every[nearest][1]


def _filesystems(system, mounts):
    found, seen = [], set()
    for mount, (device, kind, _) in sorted(mounts.items(), key=lambda entry: len(entry[0])):
        if device in seen or kind in _IGNORED:
            continue
        try:
            size, used = system.space(mount)
        except OSError:
            continue  # What hostd may not look at, as a home, or what is gone again.
        if not size:
            continue
        seen.add(device)
        found.append({"mount": mount, "type": kind, "bytes": size, "free": system.free_bytes(mount), "used": used})
    return found


def _mounts(system):
    """mount point -> (device, type, source) of disks, and of whatever holds the places that matter here."""
    every = _every_mount(system)
    wanted = {_mount_of(every, place) for place in _PLACES}
    # A device's first name is the file system; others are bind mounts of parts of it.
    wanted |= {mount for mount, (_, _, source) in every.items() if source.startswith("/dev/") and os.path.isdir(system.path(mount))}
    found, devices = {}, {}
    for mount in sorted(wanted, key=lambda name: (len(name), name)):
        device = every[mount][0]
        if device not in devices:
            devices[device] = mount
            found[mount] = every[mount]
    for mount in wanted - found.keys():
        found[mount] = every[mount]
    return found


def _every_mount(system):
    """mount point -> (device, type, source)"""
    every = {}
    for line in (read_text(system.path("/proc/self/mountinfo")) or "").splitlines():
        before, separator, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if separator and len(fields) >= 5 and len(rest) >= 2:
            every[_unescaped(fields[4])] = (fields[2], rest[0], rest[1])
    if not every:
        every["/"] = ("0:0", "unknown", "/")
    return every


def _mount_of(mounts, place):
    """The mount point that holds a place, under the first name of its file system."""
    candidates = [mount for mount in mounts if mount == "/" or place == mount or place.startswith(mount + "/")]
    nearest = max(candidates, key=len)
    same = [mount for mount, (device, _, _) in mounts.items() if device == mounts[nearest][0]]
    return min(same, key=lambda name: (len(name), name))


def _unescaped(text):
    """mountinfo writes blanks as octal numbers."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


def _weigh(system, identity, place, deadline):
    """{"bytes","items","complete"} of a directory: its entries by weight."""
    walk = Walk(system, deadline)
    top = system.path(place)
    sizes = {}
    try:
        entries = sorted(os.listdir(top))
    except OSError:
        entries = []
    for name in entries:
        # Nix keeps a link to every file here; each is counted where it is used.
        if identity == "store" and name == ".links":
            continue
        shown = _package(name) if identity == "store" else name
        sizes[shown] = sizes.get(shown, 0) + walk.size(os.path.join(top, name))
    heaviest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_ITEMS]
    items = [{"name": name, "bytes": count} for name, count in heaviest if count]
    return {"bytes": sum(sizes.values()), "items": items, "complete": not walk.cut}


def _databases(system, mounts, deadline):
    """What the database servers have on each file system, those too that the box no longer runs: nobody deletes their data by the way."""
    found = facts.of_box(system)
    places = [f"/var/lib/postgresql/{name}" for name in _directories(system, "/var/lib/postgresql")]
    places += [f"/var/lib/mariadb/{name}" for name in _directories(system, "/var/lib/mariadb")]
    places += [f"/var/lib/{name}" for name in _directories(system, "/var/lib") if name == "mysql" or name.startswith("redis-")]
    declared = [(found.get(engine) or {}).get("dataDir") for engine in ("postgresql", "mysql")]
    places += [place for place in declared if place and place not in places and os.path.isdir(system.path(place))]
    walk = Walk(system, deadline)
    parts = {}
    for place in places:
        mount = _mount_of(mounts, place)
        part = parts.setdefault(mount, {"id": "databases", "mount": mount, "bytes": 0, "items": [], "complete": True})
        size = walk.size(system.path(place))
        part["bytes"] += size
        part["complete"] = not walk.cut
        part["items"].append({"name": place.removeprefix("/var/lib/"), "bytes": size})
    for part in parts.values():
        part["items"] = sorted((item for item in part["items"] if item["bytes"]), key=lambda item: (-item["bytes"], item["name"]))[:_ITEMS]
    return [part for _, part in sorted(parts.items())]


def _directories(system, place):
    try:
        with os.scandir(system.path(place)) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _package(name):
    from .packages import name_and_version

    return name_and_version("/nix/store/" + name.removesuffix(".drv"))[0]


class Walk:
    """Adds up allocated blocks, within one file system and until a deadline."""

    def __init__(self, system, deadline):
        self._system = system
        self._deadline = deadline
        self._seen = set()
        self._steps = 0
        #: How many there are that are no directories.
        self.files = 0
        #: Whether something was left out for want of time.
        self.cut = False

    def size(self, place):
        try:
            top = os.lstat(place)
        except OSError:
            return 0
        total = self._count(top)
        rest = [place] if _is_directory(top) else []
        while rest and not self._late():
            try:
                with os.scandir(rest.pop()) as entries:
                    for entry in entries:
                        try:
                            stat = entry.stat(follow_symlinks=False)
                        except OSError:
                            continue  # Gone since it was listed.
                        if stat.st_dev != top.st_dev:
                            continue
                        total += self._count(stat)
                        if _is_directory(stat):
                            rest.append(entry.path)
            except OSError:
                continue
        return total

    def _count(self, stat):
        self.files += not _is_directory(stat)
        if stat.st_nlink > 1 and not _is_directory(stat):
            if (stat.st_dev, stat.st_ino) in self._seen:
                return 0
            self._seen.add((stat.st_dev, stat.st_ino))
        return stat.st_blocks * 512

    def _late(self):
        self._steps += 1
        if not self.cut and self._steps % 64 == 0:
            self.cut = self._system.monotonic() > self._deadline
        return self.cut


def _is_directory(stat):
    return stat.st_mode & 0o170000 == 0o040000
