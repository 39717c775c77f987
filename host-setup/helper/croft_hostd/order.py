"""What apps start after: the servers and the steps that systemd holds an app's start back for, and which of them it cannot do without."""

from . import facts, units
from .system import rfc3339

_PROPERTIES = "Id,Type,Description,LoadState,ActiveState,SubState,Result,StateChangeTimestamp,After,Requires,Requisite,BindsTo,Wants"
_STRONG = ("Requires", "Requisite", "BindsTo")
#: Points of the boot that everything starts after (systemd.special(7)); a unit that is a target besides stands for what it groups.
_OF_THE_BOOT = {
    f"{name}.target"
    for name in (
        "basic", "cryptsetup", "default", "getty", "graphical", "initrd", "local-fs", "local-fs-pre", "multi-user", "network",
        "network-online", "network-pre", "nss-lookup", "nss-user-lookup", "paths", "remote-fs", "remote-fs-pre", "rpcbind", "shutdown",
        "slices", "sockets", "swap", "sysinit", "time-set", "time-sync", "timers", "umount",
    )
}  # fmt: skip


def read(system):
    """Answers an `order` request."""
    apps = {units.app_unit(app): app for app in sorted(facts.of_box(system).get("attach") or {})}
    known, rest = {}, list(apps)
    while rest:
        known.update(zip(rest, units.show(system, rest, _PROPERTIES)))
        rest = sorted({unit for name in rest for unit in _waits_for(known[name])} - known.keys())
    shown = [name for name, unit in known.items() if unit.get("LoadState") == "loaded" and not _is_between(name, known, apps)]
    return {
        "time": rfc3339(system.now()),
        "units": [_reading(name, known, apps) for name in shown],
        "edges": [
            {"from": name, "to": other, "requires": strong}
            for name in shown
            for other, strong in sorted(_shown_after(name, known, set(shown)).items())
        ],
    }


def _waits_for(unit):
    """unit -> whether this one needs it, of those that it pulls in and starts after."""
    after = set(unit.get("After", "").split())
    strong = {name for key in _STRONG for name in unit.get(key, "").split()}
    pulled = strong | set(unit.get("Wants", "").split())
    return {name: name in strong for name in pulled & after if name.endswith((".service", ".target")) and name not in _OF_THE_BOOT}


def _shown_after(start, known, shown):
    """The same between units that are shown: what stands between them is passed through."""
    found, rest, seen = {}, [(start, True)], set()
    while rest:
        name, strong = rest.pop()
        for other, needed in _waits_for(known[name]).items():
            both = strong and needed
            if other in shown:
                found[other] = found.get(other, False) or both
            elif other in known and (other, both) not in seen:
                seen.add((other, both))
                rest.append((other, both))
    return found


def _is_between(name, known, apps):
    """A group, or a step of a server's own that went well."""
    unit = known[name]
    return name.endswith(".target") or (_kind(name, unit, apps) == "step" and not _app_of(name, known, apps) and _is_done(unit))


def _is_done(unit):
    return unit.get("ActiveState") != "failed" and unit.get("Result") == "success"


def _kind(name, unit, apps):
    if name in apps:
        return "app"
    return "step" if unit.get("Type") == "oneshot" else "server"


def _app_of(name, known, apps):
    """The app to which a unit of Croft's belongs, which waits for it and is named in it; None for what apps share."""
    if name in apps:
        return apps[name]
    ours = name.startswith(("croft-", "redis-croft-"))
    owners = [app for unit, app in apps.items() if ours and name.endswith(f"-{app}.service") and name in _waits_for(known[unit])]
    return max(owners, key=len, default=None)


def _reading(name, known, apps):
    unit = known[name]
    changed = unit.get("StateChangeTimestamp", "")
    return {
        "unit": name,
        "kind": _kind(name, unit, apps),
        "app": _app_of(name, known, apps),
        "description": unit.get("Description", ""),
        "active": unit.get("ActiveState", ""),
        "sub": unit.get("SubState", ""),
        "result": unit.get("Result", ""),
        "since": rfc3339(float(changed[1:])) if changed.startswith("@") else None,
    }
