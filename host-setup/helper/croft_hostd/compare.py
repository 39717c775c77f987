"""Any two generations side by side."""

from . import closures, facts, generations, packages, toplevels, unitfiles
from .review import most_important


def systems(system, first, second):
    """The result of a `compare` request: `first` is a generation's number or None for the running system."""
    before = toplevels.running(system) if first is None else generations.toplevel(system, first)
    after = generations.toplevel(system, second)
    graph = closures.of(system, {before, after})
    old, new = graph.closure([before]), graph.closure([after])
    old_facts, new_facts = facts.of_system(system, before), facts.of_system(system, after)
    return {
        "from": first,
        "to": second,
        "closure": most_important(packages.changes(graph.sizes, old, new)),
        "bytes": graph.bytes(new) - graph.bytes(old),
        "units": unitfiles.changes(system, before, after),
        "ports": facts.port_changes(old_facts, new_facts),
        "users": facts.user_changes(old_facts, new_facts),
        "postgresql": facts.major_change(old_facts, new_facts, "postgresql"),
        "mysql": facts.major_change(old_facts, new_facts, "mysql"),
        "state": {"from": _state(system, before), "to": _state(system, after)},
    }


def _state(system, toplevel):
    return toplevels.read(system, f"{toplevel}/etc/croft/state.json")
