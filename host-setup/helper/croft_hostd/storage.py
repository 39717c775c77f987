"""What lies in an app's directory: how much, what, and a file's content. No link is followed, and nothing above is reached.

Every directory on the way is opened by its name in the one before, which fails for a link (O_NOFOLLOW): the app may rename and link
as it likes meanwhile, and what is opened is still below its directory.
"""

import errno
import os
import stat
from base64 import b64encode

from . import disk, facts
from .problems import Problem, problem
from .snapshots import DATA
from .system import rfc3339

_CHUNK_BYTES = 512 * 1024
_MOST_ENTRIES = 2000
_COUNT_SECONDS = 8.0
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


def read(system, app):
    """Answers a `storage` request."""
    from . import sizes

    history = sizes.of(system, app)
    volumes = [{**volume, "history": history.get(volume["name"], [])} for volume in _volumes(system, app, _COUNT_SECONDS)]
    return {"time": rfc3339(system.now()), "volumes": volumes}


def sizes_of(system, app, seconds):
    """volume -> bytes, of those that could be counted to their end; the app's whole directory under the empty name."""
    try:
        return {volume["name"]: volume["bytes"] for volume in _volumes(system, app, seconds) if volume["complete"]}
    except Problem:
        return {}  # It has not written anything yet.


def size_of(system, app, volume, deadline):
    """Bytes in a volume now; None when it could not be counted to its end."""
    try:
        found = _volume(system, volume, f"{_root(system, app)}/storage/{volume}", None, deadline)
    except Problem:
        return None
    return found["bytes"] if found["complete"] else None


def _volumes(system, app, seconds):
    place = _root(system, app)
    declared = facts.attached(facts.of_box(system), app).get("storage") or {}
    deadline = system.monotonic() + seconds
    # The named ones first: the whole has them in it, and may take all the time that there is.
    volumes = [_volume(system, name, f"{place}/storage/{name}", quota, deadline) for name, quota in sorted(declared.items())]
    return [_volume(system, "", place, None, deadline), *volumes]


def _volume(system, name, place, quota, deadline):
    walk = disk.Walk(system, deadline)
    used = walk.size(os.path.realpath(system.path(place))) if os.path.isdir(system.path(place)) else 0
    return {"name": name, "path": place, "bytes": used, "files": walk.files, "quota": quota, "complete": not walk.cut}


def browse(system, app, path):
    """Answers a `browse` request."""
    directory = open_below(system, app, path, os.O_DIRECTORY)
    try:
        found, truncated = [], False
        with os.scandir(directory) as entries:
            for entry in entries:
                if len(found) == _MOST_ENTRIES:
                    truncated = True
                    break
                found.append(_entry(entry))
    finally:
        os.close(directory)
    found.sort(key=lambda entry: (entry["type"] != "directory", entry["name"]))
    return {"path": path, "entries": found, "truncated": truncated}


def _entry(entry):
    name = os.fsencode(entry.name).decode("utf-8", "replace")
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return {"name": name, "type": "other", "bytes": 0, "modified": None}
    kind = _KINDS.get(stat.S_IFMT(info.st_mode), "other")
    return {"name": name, "type": kind, "bytes": info.st_size if kind == "file" else 0, "modified": rfc3339(info.st_mtime)}


def read_file(system, app, path, offset, writer):
    """Answers a `read-file` request: what the file has from `offset` on, up to where it ended when it was opened."""
    # A pipe or a device that somebody has put there would hold a reader up for ever.
    file = open_below(system, app, path, os.O_NONBLOCK)
    try:
        info = os.fstat(file)
        if not stat.S_ISREG(info.st_mode):
            raise problem("NOT_ALLOWED", why=f"{_shown(path)} is not a file.", next="Choose a file.")
        at = offset
        while at < info.st_size and (data := os.pread(file, min(_CHUNK_BYTES, info.st_size - at), at)):
            writer.write({"type": "chunk", "data": b64encode(data).decode("ascii")})
            at += len(data)
    finally:
        os.close(file)
    return {"bytes": info.st_size, "modified": rfc3339(info.st_mtime)}


def _root(system, app):
    """An app's directory, which the administrator may have put elsewhere. What it lies in is root's, so this link is no app's."""
    place = f"{DATA}/{app}"
    if not os.path.isdir(system.path(place)):
        raise problem("NOT_FOUND", thing=f"data of {app}", why=f"There is no {place}.")
    return place


def open_below(system, app, path, flags):
    """A descriptor of what lies there below an app's directory."""
    parts = path.split("/") if path else []
    if any(part in ("", ".", "..") for part in parts):
        raise problem("BAD_REQUEST", field="path", why="must be names with / between them, without . and ...")
    here = os.open(system.path(_root(system, app)), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            how = os.O_RDONLY | flags if last else os.O_PATH | os.O_DIRECTORY
            following = os.open(os.fsencode(part), how | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = following
        if not parts:
            following = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = following
    except OSError as error:
        os.close(here)
        why = "It is a link, and links are not followed." if error.errno == errno.ELOOP else f"{error.strerror}."
        raise problem("NOT_FOUND", thing=f"{_shown(path)} of {app}", why=why) from error
    return here


def _shown(path):
    return path if path.isprintable() else ascii(path)
