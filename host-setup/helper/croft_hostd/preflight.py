"""What a build needs, asked before it begins: memory for the evaluation, room in the store, room in /boot."""

from . import disk
from .problems import human_bytes, problem
from .system import read_text

_SLICE = "/sys/fs/cgroup/croft.slice/croft-build.slice"
_KIB = 1024


def require(system, configuration, wanted):
    """Raises what would stop the build of a state for sure: EVALUATION_OUT_OF_MEMORY, DISK_FULL."""
    require_memory(system, configuration)
    disk.require_room(system, configuration, wanted)


def require_memory(system, configuration):
    needed = configuration.evaluation_memory
    for found, where in available(system):
        if found < needed:
            why = f"{where} has {human_bytes(found)} left; evaluating a system needs about {human_bytes(needed)}. Nothing was started."
            raise problem("EVALUATION_OUT_OF_MEMORY", why=why)


def require_fetched(system, configuration, left):
    """Raises DISK_FULL when the `left` bytes that Nix still wants to unpack into the store do not fit."""
    if left and system.free_bytes("/nix/store") < left + configuration.minimum_free:
        raise disk.too_small(system, configuration, left)


def require_boot(system, toplevel):
    """Raises BOOT_FULL when the boot loader could not be given the system that was built."""
    from . import boot

    boot.require_room(system, toplevel)


def available(system):
    """(bytes, whose) for the machine and, where it has a limit, for the slice that builds run in."""
    memory = numbers(read_text(system.path("/proc/meminfo")), ":")
    if "MemAvailable" in memory:
        yield (memory["MemAvailable"] + memory.get("SwapFree", 0)) * _KIB, "The box"
    limit = (read_text(system.path(f"{_SLICE}/memory.max")) or "").strip()
    used = (read_text(system.path(f"{_SLICE}/memory.current")) or "").strip()
    if limit.isdigit() and used.isdigit():
        # Pages of files are given up when memory is short; what else is in use is not.
        files = numbers(read_text(system.path(f"{_SLICE}/memory.stat")), " ")
        spare = files.get("inactive_file", 0) + files.get("active_file", 0)
        yield max(0, int(limit) - max(0, int(used) - spare)), "The limit of croft-build.slice"


def numbers(text, separator):
    """`name: 123 kB` or `name 123` lines."""
    found = {}
    for line in (text or "").splitlines():
        name, _, rest = line.partition(separator)
        number = rest.split()
        if number and number[0].isdigit():
            found[name] = int(number[0])
    return found
