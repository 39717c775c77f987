"""What a built system would change: the result of a plan."""

import os

from . import activation, boot, closures, facts, packages, toplevels, unitfiles, units
from .problems import problem
from .system import read_text

_ACTIONS = {
    "would stop the following units: ": "stop",
    "would start the following units: ": "start",
    "would restart the following units: ": "restart",
    "would reload the following units: ": "reload",
}
_MAX_PACKAGES = 2000
#: switch-to-configuration's exit code for: only a reboot can bring this system up.
_REBOOT_NEEDED = 100


def of(work, toplevel, revision, wanted, level):
    """The result of a plan; `level` is a levels.Question."""
    from . import secrets, snapshots

    system = work.system
    current = toplevels.running(system)
    found = compare(system, current, toplevel, revision)
    found["base"] = work.progress["base"]
    found["level"], found["reasons"] = level.answer(toplevel)
    found["data"] = snapshots.planned(system, toplevels.built_state(system, current), wanted)
    found["migrations"] = migrations(system, toplevel, wanted.apps)
    needed = {*secrets.named(wanted), *secrets.used(system, toplevel)}
    found["missingSecrets"] = [
        {"app" if kind == secrets.APPS else "service": owner, "name": name} for kind, owner, name in secrets.missing(system, sorted(needed))
    ]
    return found


def compare(system, current, toplevel, revision):
    """The parts of a review that two built systems tell: `current` runs, `toplevel` would."""
    listing = units.start_listing_targets(system)
    outcome = activation.run(system, toplevel, "dry-activate")
    if outcome.code not in (0, _REBOOT_NEEDED):
        raise problem("SWITCH_FAILED", why=f"A dry activation ended with code {outcome.code}.", detail=outcome.text())
    planned = planned_units(outcome.lines)
    if outcome.code == 0:
        silent = unitfiles.started_by_targets(system, current, toplevel, units.listed(listing))
        planned["start"] = sorted({*planned["start"], *silent} - set(planned["restart"]))
    graph = closures.of(system, {current, toplevel})
    before, after = graph.closure([current]), graph.closure([toplevel])
    old_facts, new_facts = facts.of_system(system, current), facts.of_system(system, toplevel)
    return {
        "toplevel": toplevel,
        "revision": revision,
        "units": planned,
        "closure": most_important(packages.changes(graph.sizes, before, after)),
        "bytesNeeded": graph.bytes(after - before),
        "bytesFree": system.free_bytes("/nix/store"),
        "boot": boot.room(system, toplevel),
        "ports": facts.port_changes(old_facts, new_facts),
        "users": facts.user_changes(old_facts, new_facts),
        "postgresql": facts.major_change(old_facts, new_facts, "postgresql"),
        "mysql": facts.major_change(old_facts, new_facts, "mysql"),
        "reboot": reboot(system, toplevel),
    }


def migrations(system, toplevel, apps):
    """The apps whose migration runs before their new version starts: those that the data on this box has not been through yet."""
    files = unitfiles.UnitFiles(system, toplevel)
    found = []
    for app in sorted(apps):
        unit = units.migration_unit(app)
        done = (place[1:] for place in files.values(unit, "ConditionPathExists") if place.startswith("!"))
        if unit in files and not any(os.path.exists(system.path(place)) for place in done):
            found.append(app)
    return found


def planned_units(lines):
    """The unit lists of a dry activation. A unit that is stopped and started again is a restart to a person."""
    found = {"start": [], "stop": [], "restart": [], "reload": []}
    for line in lines:
        for words, action in _ACTIONS.items():
            if line.startswith(words):
                found[action] = line[len(words) :].strip().split(", ")
    both = set(found["stop"]) & set(found["start"])
    found["restart"] = sorted(both | set(found["restart"]))
    for action in ("start", "stop"):
        found[action] = [unit for unit in found[action] if unit not in both]
    return found


def most_important(changes):
    """As many as a frame has room for; of more than that the ones that weigh most."""
    if len(changes) <= _MAX_PACKAGES:
        return changes
    heaviest = sorted(changes, key=lambda change: -abs(change["bytes"]))[:_MAX_PACKAGES]
    return sorted(heaviest, key=lambda change: change["name"])


def reboot(system, toplevel):
    """{"needed","why"}: what of the new system only a restart of the box brings, compared with what was booted."""
    booted = toplevels.booted(system)
    if not os.path.isdir(system.path(booted)):
        return {"needed": False, "why": []}
    why = [
        words
        for name, words in (("kernel", "kernel"), ("initrd", "initial file system"), ("kernel-modules", "kernel modules"))
        if _target(system, booted, name) != _target(system, toplevel, name)
    ]
    why += [
        words
        for name, words in (("kernel-params", "kernel parameters"), ("init-interface-version", "systemd's init interface"))
        if read_text(system.path(f"{booted}/{name}")) != read_text(system.path(f"{toplevel}/{name}"))
    ]
    return {"needed": bool(why), "why": why}


def _target(system, toplevel, name):
    """Where a system's link leads; None without one, as in a container."""
    place = system.path(f"{toplevel}/{name}")
    return os.path.realpath(place) if os.path.lexists(place) else None
