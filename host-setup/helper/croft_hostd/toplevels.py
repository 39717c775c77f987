"""What systems say about themselves: the running one, the boot default, and built ones in the store."""

import os

from . import config
from . import state as states
from .pattern import Pattern
from .system import read_text

_REVISION = Pattern(r"[0-9a-f]{40}")


def running(system):
    return resolved(system, config.CURRENT_SYSTEM)


def boot_default(system):
    return resolved(system, config.PROFILE)


def booted(system):
    return resolved(system, config.BOOTED_SYSTEM)


def resolved(system, link):
    return os.path.realpath(system.path(link)).removeprefix(system.path(""))


def default_generation(system):
    """The number of the generation that is the boot default, or None on a box without a system profile."""
    try:
        return number_of_link(os.readlink(system.path(config.PROFILE)))
    except (OSError, ValueError, IndexError):
        return None


def number_of_link(name):
    """system-12-link -> 12"""
    return int(name.rsplit("/", 1)[-1].split("-")[-2])


def built_state(system, toplevel):
    """The state that a built system was made from, or None for a system that Croft did not make."""
    text = read(system, f"{toplevel}/etc/croft/state.json")
    return states.read_built(text) if text else None


def revision(system, toplevel):
    """The commit that a system was made from; None when it was made from no commit of a flake, or not by Croft."""
    text = (read(system, f"{toplevel}/etc/croft/revision") or "").strip()
    return text if _REVISION.fullmatch(text) else None


def changed_apps(system, current, toplevel, wanted):
    """The names of the apps in `wanted` whose unit file differs between two systems."""
    changed = set()
    for name, app in (wanted.apps if wanted else {}).items():
        place = f"etc/systemd/system/{app.unit}"
        if read(system, f"{current}/{place}") != read(system, f"{toplevel}/{place}"):
            changed.add(name)
    return changed


def read(system, path):
    return read_text(system.path(path))
