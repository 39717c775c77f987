"""What may be deleted, for how many bytes, and the deleting of just that.

The live set is Nix's own: what the roots need that stay, plus, where Nix is set so (`keep-derivations`, by default it is), the
derivations of what lives. Sizes are those of NARs, so what a plan says is what a collection then frees.
"""

import errno
import hashlib
import os
import sys

from . import activation, closures, config, facts, generations, toplevels
from .jsontext import dumps
from .problems import Problem, human_bytes, problem

_SHOWN_GENERATIONS = 20
_SERVICE = "croft-gc.service"
#: Bytes that Nix is to delete first where nothing can be noted down any more.
_FIRST_ROOM = str(64 * 1024**2)
_FIRST_SECONDS = 600


class Plan:
    """What a collection would delete."""

    def __init__(self, generation_rows, links, snapshots, dead, graph):
        self.rows = generation_rows
        self.generations = [row["number"] for row in generation_rows if not row["keep"]]
        self.snapshots = snapshots
        self.dead = dead
        self.sizes = {path: graph.sizes[path] for path in dead}
        self.bytes = sum(self.sizes.values()) + sum(snapshot["bytes"] for snapshot in snapshots)
        named = {
            "generations": [[number, links[number][0]] for number in self.generations],
            "snapshots": sorted([snapshot["app"], snapshot["id"]] for snapshot in snapshots),
        }
        # Not over the paths: each review and each evaluation leaves some behind, and what nothing needs is nobody's.
        self.digest = hashlib.sha256(dumps(named).encode()).hexdigest()

    def result(self):
        return {
            "digest": self.digest,
            "generations": self.rows,
            "snapshots": self.snapshots,
            "paths": len(self.dead),
            "bytes": self.bytes,
        }


def plan(system, configuration, keep=None, delete=None):
    """The plan of a collection. `delete` names generations; without `keep` (how many of the newest stay) no others go."""
    links, protected = generations.kept_by(system)
    _require_deletable(links, protected, delete or ())
    if keep is None and not delete:
        keep = facts.policy(system, configuration)["keepGenerations"]
    reasons = _reasons(system, links, protected, keep, delete or ())
    roots = closures.roots(system)
    graph = closures.everything(system)
    others = [path for link, path in roots if not generations.is_link(link)]
    owners = {number: [closure] for number, (closure, _) in links.items()}
    freed = graph.exclusive({**owners, "others": others})
    rows = [
        {"number": number, "keep": kept, "why": why, "bytesFreed": None if number in protected else freed[number]}
        for number, (kept, why) in sorted(reasons.items(), reverse=True)
    ]
    staying = [links[number][0] for number, (kept, _) in reasons.items() if kept]
    dead = _dead(system, graph, [*others, *staying])
    return Plan(rows, links, _superfluous(system), dead, graph)


def _require_deletable(links, protected, delete):
    for number in delete:
        if number not in links:
            raise problem("GENERATION_NOT_FOUND", generation=f"generation {number}", why="It was never made, or has been deleted since.")
        if number in protected:
            words = {"pinned": "It is pinned: unpin it first.", "boot default": "It is the boot default: the box would have nothing to boot."}
            why = words.get(protected[number], f"It is {protected[number]}.")
            raise problem("GENERATION_IN_USE", generation=number, why=why)


def _reasons(system, links, protected, keep, delete):
    """number -> (whether it stays, why)."""
    newest = set(sorted(links)[-keep:]) if keep is not None else set()
    targets = _rollback_targets(system, links)
    found = {}
    for number in links:
        if number in protected:
            found[number] = True, protected[number]
        elif number in delete:
            found[number] = False, "chosen"
        elif keep is None:
            found[number] = True, "not chosen"
        elif number in newest:
            found[number] = True, f"one of the newest {keep}"
        elif number in targets:
            found[number] = True, f"rollback target of {', '.join(sorted(targets[number]))}"
        else:
            found[number] = False, f"older than the newest {keep}"
    return found


def _rollback_targets(system, links):
    """number -> apps that would go back to it: the newest generation below the boot default that has another version."""
    default = toplevels.default_generation(system)
    found, wanted = {}, None
    for number in sorted((one for one in links if default is not None and one <= default), reverse=True):
        state = toplevels.built_state(system, links[number][0])
        versions = {name: app.version for name, app in state.apps.items()} if state else {}
        if wanted is None:
            wanted = versions
            continue
        for name in [name for name, version in wanted.items() if versions.get(name) != version]:
            del wanted[name]
            if name in versions:
                found.setdefault(number, []).append(name)
        if not wanted:
            break
    return found


def _superfluous(system):
    from . import snapshots

    return snapshots.superfluous(system, generations.pinned_states(system))


def _dead(system, graph, roots):
    """What Nix's collector would delete if these were the roots."""
    keep_derivations, keep_outputs = _settings(system)
    outputs = {}
    for path, deriver in graph.derivers.items():
        outputs.setdefault(deriver, []).append(path)
    live = graph.closure(roots)
    rest = list(live)
    while rest:
        path = rest.pop()
        held = []
        if keep_derivations and (deriver := graph.derivers.get(path)):
            held.append(deriver)
        if keep_outputs:
            held += outputs.get(path, ())
        for more in graph.closure(held) - live if held and not live.issuperset(held) else ():
            live.add(more)
            rest.append(more)
    return graph.sizes.keys() - live


def _settings(system):
    """(keep-derivations, keep-outputs) as the collector has them."""
    import json

    answer = system.run(["nix", "--extra-experimental-features", "nix-command", "config", "show", "--json"], timeout=20)
    try:
        settings = json.loads(answer.out)
    except ValueError:
        settings = {}
    return tuple((settings.get(name) or {}).get("value", default) for name, default in (("keep-derivations", True), ("keep-outputs", False)))


# -- in words ------------------------------------------------------------------------------------------------------


def way_out(system, configuration, missing):
    """What to delete for how many bytes, for one who needs `missing` more; never fails."""
    enlarge = "enlarge the disk, then apply again."
    try:
        found = plan(system, configuration)
        if not found.bytes:
            return f"There is nothing that could be collected: delete data that nobody needs, or {enlarge}"
        parts = []
        if found.generations:
            numbers = ", ".join(map(str, sorted(found.generations)[:_SHOWN_GENERATIONS]))
            parts.append(f"the generations {numbers}" if len(found.generations) > 1 else f"the generation {numbers}")
        if found.snapshots:
            parts.append(f"{len(found.snapshots)} old snapshots" if len(found.snapshots) > 1 else "an old snapshot")
        parts.append("what nothing in the store needs any more")
        if found.bytes >= missing:
            rest = "Then apply again."
        else:
            rest = f"{human_bytes(missing - found.bytes)} more are needed: delete more generations, or {enlarge}"
        return f"Collect garbage on Host → Disk & GC: {_listed(parts)} would free {human_bytes(found.bytes)}. {rest}"
    except (Problem, OSError):
        return f"Delete old generations and collect garbage, or {enlarge}"


def _listed(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


# -- deleting ------------------------------------------------------------------------------------------------------


def collect(work):
    """Does what the plan with the request's digest says; returns the operation's result."""
    system, request = work.system, work.request
    found = plan(system, work.configuration, request.get("keepGenerations"), request.get("deleteGenerations"))
    if found.digest != request["digest"]:
        raise problem("PLAN_OUTDATED", why="Other generations or snapshots would be deleted now than the plan showed.")
    if not work.record.decide("activate"):
        raise problem("CANCELLED", why="It was stopped before it changed anything.")
    work.phase("persist")
    if found.generations:
        _delete_generations(work, sorted(found.generations))
    _delete_snapshots(work, found.snapshots)
    deleted = _delete_paths(work, found)
    return {
        "paths": len(deleted),
        "bytes": sum(deleted.values()) + sum(snapshot["bytes"] for snapshot in found.snapshots),
        "generations": sorted(found.generations, reverse=True),
        "snapshots": found.snapshots,
    }


def _delete_generations(work, numbers):
    work.output.say("Deleting the generations " + ", ".join(map(str, numbers)))
    argv = ["nix-env", "--profile", config.PROFILE, "--delete-generations", *map(str, numbers)]
    done = work.system.run(argv, timeout=300)
    if done.code != 0:
        raise problem("INTERNAL", why="nix-env --delete-generations failed.", detail=done.err)
    # The boot menu still lists them, and /boot has their kernels, until it is written anew.
    try:
        activation.made_boot_default(activation.start_boot_default(work.system, toplevels.boot_default(work.system)))
    except Problem as failure:
        work.output.say(f"The boot menu still lists them: {failure.why}", 4)


def _delete_snapshots(work, superfluous):
    from . import snapshots

    for snapshot in superfluous:
        work.output.say(f"Deleting the snapshot {snapshot['id']} of {snapshot['app']}")
        snapshots.delete(work.system, snapshot["app"], snapshot["id"])


def _delete_paths(work, found):
    """Has Nix delete what is dead; path -> bytes of those of the plan that are gone."""
    system = work.system
    work.output.say(f"Collecting {len(found.dead)} store paths")
    child = system.spawn(["nix", "--extra-experimental-features", "nix-command", "store", "gc"])
    seen, done, reported, loose = 0, 0, system.monotonic(), []
    expected = sum(found.sizes.values())
    while (batch := child.lines(0.5)) is not None:
        for _, raw in batch:
            line = raw.decode("utf-8", "replace")
            if line.startswith("deleting '"):
                seen += 1
                done += found.sizes.get(line[len("deleting '") :].rstrip("'\r"), 0)
            elif line.strip():
                loose.append(line)
        if system.monotonic() - reported >= 0.5:
            reported = system.monotonic()
            work.output.progress("persist", {"done": min(seen, len(found.dead)), "expected": len(found.dead), "bytesDone": done, "bytesExpected": expected})
    if child.wait() != 0:
        raise problem("INTERNAL", why="nix store gc failed.", detail="\n".join(loose[-80:]))
    for line in loose[-3:]:
        work.output.say(line)
    closures.forget(system)
    left = closures.everything(system)
    return {path: size for path, size in found.sizes.items() if path not in left}


# -- by itself -----------------------------------------------------------------------------------------------------


def automatic(system, configuration):
    """What croft-gc.timer starts: an operation like any other, when the policy wants it and it has something to do."""
    try:
        return _begin_when_wanted(system, configuration)
    except OSError as failure:
        if failure.errno != errno.ENOSPC:
            raise
    # What nothing needs goes first, without a record: Nix keeps room of its own for that.
    system.run(["nix", "--extra-experimental-features", "nix-command", "store", "gc", "--max", _FIRST_ROOM], timeout=_FIRST_SECONDS)
    try:
        return _begin_when_wanted(system, configuration)
    except OSError as failure:
        if failure.errno != errno.ENOSPC:
            raise
        # A failed unit would tell nobody more, and would stay one when there is room again.
        print("The disk is full: there is no room even to note down what would be deleted. Make some by hand.", file=sys.stderr)
        return None


def _begin_when_wanted(system, configuration):
    from . import disk
    from .operations import Operations

    level = disk.pressure(system, configuration)["level"]
    policy = facts.policy(system, configuration)
    if not policy["automatic"]:
        return None
    found = plan(system, configuration)
    if not found.generations and not found.snapshots and level not in ("collect", "refuse"):
        return None
    if not found.bytes:
        return None
    operation = new_operation(system)
    try:
        Operations(system, configuration).start(
            {"type": "gc", "operation": operation, "digest": found.digest, "author": {"name": "Croft", "email": "croft@localhost"}, "automatic": True}
        )
    except Problem as refusal:
        if refusal.code != "HOST_BUSY":
            raise
        # Tomorrow is another day. A failed unit would count against the change that is under way.
        print(f"{refusal.what} {refusal.why}", file=sys.stderr)
        return None
    return operation


def start_when_pressed(system, configuration):
    """Starts the timer's service at once when the disk has got too full, as after a change that filled it."""
    from . import disk

    if facts.policy(system, configuration)["automatic"] and disk.pressure(system, configuration)["level"] in ("collect", "refuse"):
        system.run(["systemctl", "start", "--no-block", "--", _SERVICE])


def new_operation(system):
    """An operation's id as the console makes them: a ULID in lower case, so that they sort by time."""
    number = (int(system.now() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join("0123456789abcdefghjkmnpqrstvwxyz"[(number >> shift) & 31] for shift in range(125, -1, -5))
