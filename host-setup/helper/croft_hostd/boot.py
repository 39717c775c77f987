"""/boot: room for the kernel and the initial file system of each generation that can be booted."""

import os

from .problems import human_bytes, problem

_PLACE = "/boot"
#: Where the boot loaders keep kernels: systemd-boot, GRUB.
_KERNELS = (f"{_PLACE}/EFI/nixos", f"{_PLACE}/kernels")
_FILES = ("kernel", "initrd")
#: FAT's directories and the loader's entry.
_SLACK = 1024 * 1024


def room(system, toplevel):
    """{"bytesNeeded","bytesFree"} for a system, or None where no kernels are copied to a file system of their own."""
    if not _separate(system):
        return None
    present = _present(system)
    needed = sum(size for name, size in _images(system, toplevel).items() if not _is_among(name, present))
    return {"bytesNeeded": needed, "bytesFree": system.free_bytes(_PLACE)}


def room_for_another_kernel(system, toplevel):
    """The same for a system like this one with a kernel that is not in /boot yet."""
    if not _separate(system):
        return None
    return {"bytesNeeded": sum(_images(system, toplevel).values()) + _SLACK, "bytesFree": system.free_bytes(_PLACE)}


def require_room(system, toplevel):
    """Raises BOOT_FULL, with what to delete, when the boot loader could not be given this system."""
    found = room(system, toplevel)
    if found is None or not found["bytesNeeded"] or found["bytesFree"] >= found["bytesNeeded"] + _SLACK:
        return
    raise problem(
        "BOOT_FULL",
        free=human_bytes(found["bytesFree"]),
        needed=human_bytes(found["bytesNeeded"]),
        next=_way_out(system, toplevel, found["bytesNeeded"] + _SLACK - found["bytesFree"]),
    )


def freed_by(system, deleted, kept):
    """Bytes that /boot gets back when of all generations only `kept` (toplevels) stay beside the `deleted` ones."""
    present = _present(system)
    wanted = {name for toplevel in kept for name in _images(system, toplevel)}
    found = {name: size for toplevel in deleted for name, size in _images(system, toplevel).items()}
    return sum(size for name, size in found.items() if name not in wanted and _is_among(name, present))


def _way_out(system, toplevel, missing):
    """Which of the oldest generations to delete, and what that frees."""
    from . import generations

    links, protected = generations.kept_by(system)
    chosen = []
    for number in sorted(links.keys() - protected.keys()):
        chosen.append(number)
        rest = [other for candidate, (other, _) in links.items() if candidate not in chosen]
        freed = freed_by(system, [links[one][0] for one in chosen], [*rest, toplevel])
        if freed >= missing:
            names = ", ".join(map(str, chosen))
            words = "generation" if len(chosen) == 1 else "generations"
            return f"Delete the {words} {names} on Host → Disk & GC: that frees {human_bytes(freed)} in /boot. Then apply again."
    return "No generation can be deleted that would free enough. Enlarge /boot, or move what else is stored there, then apply again."


def _separate(system):
    return any(os.path.isdir(system.path(place)) for place in _KERNELS) and system.is_mount(_PLACE)


def _images(system, toplevel):
    """name in the boot loader's directory, without its ending -> bytes"""
    found = {}
    for link in _FILES:
        place = os.path.realpath(system.path(f"{toplevel}/{link}"))
        try:
            size = os.stat(place).st_size
        except OSError:
            continue
        # Both boot loaders' scripts name the copy after the store path and the file in it.
        package = os.path.basename(os.path.dirname(place))
        found[f"{package}-{os.path.basename(place)}"] = size
    return found


def _present(system):
    found = []
    for directory in _KERNELS:
        try:
            found += os.listdir(system.path(directory))
        except OSError:
            continue
    return found


def _is_among(name, present):
    return any(other.startswith(name) for other in present)
