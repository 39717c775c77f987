"""Room on the disks that a build writes to: asked before it starts, and again when it failed for want of it."""

from .config import OPERATIONS
from .problems import human_bytes, problem

_MIB = 1024 * 1024
#: Beside the store only little is needed; what a build wants in its temporary directory nobody knows before.
_OTHERS = ((OPERATIONS, "/var/lib/croft", 8 * _MIB), ("/tmp", "/tmp, where builds run,", 16 * _MIB))


def require_room(system, minimum):
    """Raises DISK_FULL when a build would run into the end of a disk right away."""
    for where, free, needed in _readings(system, minimum):
        if free < needed:
            raise problem("DISK_FULL", where=where, free=human_bytes(free), needed=f"at least {human_bytes(needed)}")


def full(system, minimum, log):
    """DISK_FULL for a build that met the end of a disk, naming the one with the least room."""
    where, free, _ = min(_readings(system, minimum), key=lambda reading: reading[1])
    return problem("DISK_FULL", where=where, free=human_bytes(free), needed="more than that", detail=log)


def _readings(system, minimum):
    """(words, bytes free, bytes needed) of each place."""
    for place, where, needed in (("/nix/store", "The Nix store", minimum), *_OTHERS):
        try:
            yield where, system.free_bytes(place), needed
        except FileNotFoundError:
            continue
