"""What a built system would change: the result of a plan."""

import re

from . import activation
from .text import clean
from .problems import problem

_ACTIONS = {
    "would stop the following units: ": "stop",
    "would start the following units: ": "start",
    "would restart the following units: ": "restart",
    "would reload the following units: ": "reload",
}
_SIZE = re.compile(r"(?P<sign>[+-])(?P<count>[0-9.]+) (?P<unit>B|KiB|MiB|GiB|TiB)$")
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_MAX_PACKAGES = 2000


def compare(system, current, toplevel, revision):
    outcome = activation.run(system, toplevel, "dry-activate")
    if outcome.code != 0:
        raise problem("SWITCH_FAILED", why=f"A dry activation ended with code {outcome.code}.", detail=outcome.text())
    units = planned_units(outcome.lines)
    closure = closure_changes(system, current, toplevel)
    return {
        "toplevel": toplevel,
        "revision": revision,
        "units": units,
        "closure": closure[:_MAX_PACKAGES],
        "bytesNeeded": sum(max(change["bytes"], 0) for change in closure),
        "bytesFree": system.free_bytes("/nix/store"),
    }


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


def closure_changes(system, current, toplevel):
    argv = ["nix", "--extra-experimental-features", "nix-command", "store", "diff-closures", current, toplevel]
    answer = system.run(argv, timeout=120)
    return [change for line in answer.out.splitlines() if (change := _package(clean(line)))]


def _package(line):
    """`name: 1.0, 1.1 → 1.2, +12.3 KiB` with ∅ for absent and ε for no version."""
    name, separator, rest = line.partition(": ")
    if not separator:
        return None
    size = _SIZE.search(rest)
    count = 0
    if size:
        count = int(float(size["count"]) * _UNITS[size["unit"]]) * (-1 if size["sign"] == "-" else 1)
        rest = rest[: size.start()].rstrip(", ")
    before, arrow, after = rest.partition(" → ")
    return {
        "name": name.strip(),
        "from": _versions(before) if arrow else [],
        "to": _versions(after) if arrow else [],
        "bytes": count,
    }


def _versions(text):
    """∅ means that there is no such package, ε one without a version: no entry, and an empty one."""
    found = [part.strip() for part in text.split(",")]
    return ["" if version == "ε" else version for version in found if version and version != "∅"]
