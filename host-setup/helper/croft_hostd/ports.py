"""Who listens on a port, from /proc: asked before an app is given one."""

import os

from .problems import problem
from .system import read_text

_LISTEN = "0A"


def require_free(system, apps, released_units):
    """Raises PORT_TAKEN when an app's port is held by anything but the app itself or a unit that this change stops."""
    wanted = {app.port: app for app in apps if app.port is not None}
    if not wanted:
        return
    for port, inodes in sorted(_listening(system, wanted).items()):
        app = wanted[port]
        holders = list(holders_of(system, inodes).values())
        if holders and all(unit == app.unit or unit in released_units for unit, _ in holders):
            continue
        foreign = [holder for holder in holders if holder[0] != app.unit and holder[0] not in released_units]
        raise problem("PORT_TAKEN", port=port, app=app.name, holder=_words(foreign))


def _listening(system, wanted):
    """port -> socket inodes, for the wanted ports that something listens on."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in (read_text(system.path(table)) or "").splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[3] == _LISTEN:
                port = int(fields[1].rsplit(":", 1)[1], 16)
                if port in wanted:
                    found.setdefault(port, set()).add(fields[9])
    return found


def holders_of(system, inodes):
    """inode -> (unit, program) of a process that has this socket open. The newest come first: an app is rarely the oldest."""
    links = {f"socket:[{inode}]": inode for inode in inodes}
    proc = system.path("/proc")
    found = {}
    for pid in sorted(filter(str.isdigit, os.listdir(proc)), key=int, reverse=True):
        if not links:
            break
        try:
            descriptors = os.listdir(f"{proc}/{pid}/fd")
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                inode = links.pop(os.readlink(f"{proc}/{pid}/fd/{descriptor}"), None)
                if inode is not None:
                    found[inode] = (_unit(proc, pid), (read_text(f"{proc}/{pid}/comm") or "?").strip())
            except OSError:
                continue
    return found


def _unit(proc, pid):
    """The systemd unit of a process: the last service, socket or scope in its cgroup path."""
    try:
        groups = (read_text(f"{proc}/{pid}/cgroup") or "").splitlines()
    except OSError:
        return ""
    for line in groups:
        if line.startswith("0::"):
            parts = [part for part in line[3:].split("/") if part.endswith((".service", ".socket", ".scope"))]
            return parts[-1] if parts else ""
    return ""


def _words(holders):
    if not holders:
        return "a program that Croft cannot see, outside this box's process tree"
    unit, program = holders[0]
    if unit.startswith("croft-app-"):
        return f"the app {unit.removeprefix('croft-app-').removesuffix('.service')}"
    if unit == "init.scope":
        return "systemd itself, for a socket unit"
    return f"{program} ({unit})" if unit else program
