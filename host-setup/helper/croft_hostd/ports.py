"""Who listens on a port, from /proc: asked before an app is given one, and held against what is declared."""

import os
from ipaddress import ip_address

from . import facts, programs, toplevels, units
from .jsontext import loads
from .problems import problem
from .system import read_text

_LISTEN, _UNCONNECTED = "0A", "07"


def require_free(system, listeners, released_units):
    """Raises PORT_TAKEN when the port of an app or exporter is held by anything but itself or a unit that this change stops."""
    wanted = {each.port: each for each in listeners if each.port is not None}
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
    for protocol, port, _, inode in _sockets(system):
        if protocol == "tcp" and port in wanted:
            found.setdefault(port, set()).add(inode)
    return found


def read(system):
    """The result of a `ports` request: what is declared, and what really listens."""
    box = facts.of_box(system)
    seen, sockets = set(), []
    for socket in listening(system, toplevels.running(system)):
        if (socket.protocol, socket.port, socket.address) in seen:
            continue
        seen.add((socket.protocol, socket.port, socket.address))
        is_open = any(first <= socket.port <= last for first, last in facts.open_ports(box, socket.protocol))
        sockets.append(
            {
                "protocol": socket.protocol,
                "port": socket.port,
                "address": socket.address,
                "unit": socket.unit or None,
                "process": socket.program or None,
                "declared": bool(socket.by),
                "open": is_open,
                "by": socket.by,
            }
        )
    return {"firewall": bool((box.get("firewall") or {}).get("enabled")), "declared": box.get("ports") or [], "listening": sockets}


class Socket:
    """Something that listens and can be reached from outside. `by`: who declared its port, in the words of facts.json; none: nobody.
    `unit` and `program` are empty when nobody can be seen."""

    __slots__ = ("protocol", "port", "address", "unit", "program", "by")

    def __init__(self, protocol, port, address, unit, program, by):
        self.protocol, self.port, self.address = protocol, port, address
        self.unit, self.program, self.by = unit, program, by


def listening(system, running):
    """Every Socket, in order. A client's own UDP port looks like one that listens: those that nobody declared are left out."""
    sockets = sorted(
        (protocol, port, address, inode) for protocol, port, address, inode in _sockets(system) if not ip_address(address).is_loopback
    )
    declared = _declared(system, running)
    holders = _holders(system, {inode for _, _, _, inode in sockets}) if sockets else {}
    by_hand = _made_by_hand(system, {unit for unit, _ in holders.values()})
    low, high = _ephemeral(system)
    for protocol, port, address, inode in sockets:
        unit, program = holders.get(inode, ("", ""))
        by = sorted({who for wanted, first, last, who in declared if wanted == protocol and first <= port <= last})
        if not by and protocol == "udp" and low <= port <= high:
            continue
        if not by and unit and unit not in by_hand:
            # Without a word to the firewall, as what serves one interface or the box's own network alone.
            by = ["configuration"]
        yield Socket(protocol, port, address, unit, program, by)


def is_listening(system, port):
    """Whether something listens on this TCP port for more than the box itself."""
    return any(
        protocol == "tcp" and found == port and not ip_address(address).is_loopback for protocol, found, address, _ in _sockets(system)
    )


def _sockets(system):
    """(protocol, port, address, inode) of every socket that listens."""
    for name, protocol, state in (("tcp", "tcp", _LISTEN), ("tcp6", "tcp", _LISTEN), ("udp", "udp", _UNCONNECTED), ("udp6", "udp", _UNCONNECTED)):
        for line in (read_text(system.path(f"/proc/net/{name}")) or "").splitlines()[1:]:
            fields = line.split()
            # The kernel's own sockets have no inode.
            if len(fields) > 9 and fields[3] == state and fields[9] != "0":
                raw, port = fields[1].rsplit(":", 1)
                yield protocol, int(port, 16), _address(raw), fields[9]


def _address(raw):
    """An address of /proc/net as text; one of IPv4 within IPv6 as what it is."""
    words = b"".join(bytes.fromhex(raw[at : at + 8])[::-1] for at in range(0, len(raw), 8))
    address = ip_address(words)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _declared(system, running):
    """(protocol, first port, last port, who) of what the running system says: what is to be open, and what listens without being so."""
    box = facts.of_box(system)
    found = [(port["protocol"], port["from"], port["to"], port["by"]) for port in box.get("ports") or []]
    ssh = box.get("ssh") or {}
    found += [("tcp", port, port, "sshd") for port in (ssh.get("ports") or [] if ssh.get("enabled", True) else ())]
    state = toplevels.built_state(system, running)
    found += [("tcp", app.port, app.port, f"app:{app.name}") for app in (state.apps.values() if state else ()) if app.port is not None]
    watched = box.get("monitoring") or {}
    found += [("tcp", port, port, "monitoring") for port in (watched.get("exporters") or {}).values()]
    # What the firewall lets in is declared, also where a system of before does not say by whom; without a firewall nothing is.
    firewall = box.get("firewall") or {}
    for protocol in ("tcp", "udp"):
        for first, last in firewall.get(protocol) or []:
            if not any(wanted == protocol and first <= upper and lower <= last for wanted, lower, upper, _ in found):
                found.append((protocol, first, last, "configuration"))
    return found


def _holders(system, inodes):
    """inode -> (unit, program). croft-hostd may not look at other processes' files; a unit of its own may."""
    argv = ["systemd-run", "--pipe", "--wait", "--quiet", "--collect", "--no-ask-password", *programs.ENVIRONMENT, "--"]
    answer = system.run([*argv, *programs.croft_op("holders", ",".join(sorted(inodes)))], timeout=30)
    try:
        return {inode: tuple(holder) for inode, holder in loads(answer.out).items()} if answer.code == 0 else {}
    except (ValueError, AttributeError):
        return {}


def _made_by_hand(system, names):
    """Those of these units that are no part of the system: sessions, scopes, transient units, units by hand; and apps, which have
    the ports that they declare."""
    names = sorted(name for name in names if name)
    found = set()
    for name, unit in zip(names, units.show(system, names, "Id,LoadState,FragmentPath")):
        place = unit.get("FragmentPath", "")
        if name.startswith("croft-app-") or not place and name != "init.scope" or place and not units.is_shipped(system, place):
            found.add(name)
    return found


def _ephemeral(system):
    words = (read_text(system.path("/proc/sys/net/ipv4/ip_local_port_range")) or "").split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else (32768, 60999)


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
