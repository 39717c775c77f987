"""What a built system says of itself in /etc/croft/facts.json: open ports, accounts, policies."""

from .jsontext import loads
from .pattern import Pattern
from .system import read_text

_FILE = "/etc/croft/facts.json"
_EVERY_PORT = [[1, 65535]]
DEFAULT_KEEP_GENERATIONS = 10
_SIZE = Pattern(r"([0-9]{1,12})([KMGT])")
_SHIFTS = {"K": 10, "M": 20, "G": 30, "T": 40}


def of_system(system, toplevel):
    """The facts of a built system, or None when it does not say, as one that an older Croft made."""
    return _read(system, f"{toplevel}{_FILE}")


def of_box(system):
    """The facts of the running system; empty when it does not say."""
    return _read(system, _FILE) or {}


def attached(facts, app):
    """What an app is attached to, as the system with these facts says: {"postgresql","mysql","redis","mail","storage","jobs","secrets"}."""
    found = ((facts or {}).get("attach") or {}).get(app)
    return found if isinstance(found, dict) else {}


def port_changes(before, after):
    """{"opened","closed"} between two systems' facts, or None when one of them does not say."""
    if before is None or after is None:
        return None
    found = {"opened": [], "closed": []}
    for protocol in ("tcp", "udp"):
        old, new = open_ports(before, protocol), open_ports(after, protocol)
        for word, one, other in (("opened", new, old), ("closed", old, new)):
            found[word] += [{"protocol": protocol, "from": first, "to": last} for first, last in without(one, other)]
    return found


def user_changes(before, after):
    """{"added","removed","changed"}: names of accounts, or None when one of the systems does not say."""
    if before is None or after is None:
        return None
    old, new = before.get("users") or {}, after.get("users") or {}
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in old.keys() & new.keys() if old[name] != new[name]),
    }


def major_change(before, after, engine):
    """{"from","to"} when a database server would be of another major version, else None."""
    old, new = (((facts or {}).get(engine) or {}).get("major") for facts in (before, after))
    return {"from": old, "to": new} if old and new and old != new else None


def open_ports(facts, protocol):
    """Sorted, merged ranges [first, last] that the firewall lets in; without a firewall that is every port."""
    firewall = facts.get("firewall") or {}
    return firewall.get(protocol) or [] if firewall.get("enabled") else _EVERY_PORT


def without(ranges, taken):
    """The parts of sorted `ranges` that are in none of the sorted ranges `taken`."""
    found = []
    for first, last in ranges:
        for low, high in taken:
            if high < first or low > last:
                continue
            if low > first:
                found.append([first, low - 1])
            first = high + 1
        if first <= last:
            found.append([first, last])
    return found


def policy(system, configuration):
    """{"automatic","keepGenerations","minFree"}: what the running system wants kept. One that does not say collects nothing by itself."""
    gc = of_box(system).get("gc") or {}
    return {
        "automatic": gc.get("automatic", False),
        "keepGenerations": gc.get("keepGenerations", DEFAULT_KEEP_GENERATIONS),
        "minFree": gc.get("minFree", configuration.minimum_free),
    }


def least_free(wanted):
    """Bytes that a state wants kept free, or None when it leaves that to the default."""
    gc = (loads(wanted.text).get("host") or {}).get("gc") or {}
    found = _SIZE.fullmatch(gc.get("minFree") or "")
    return int(found[1]) << _SHIFTS[found[2]] if found else None


def _read(system, place):
    text = read_text(system.path(place))
    try:
        facts = loads(text) if text else None
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None
