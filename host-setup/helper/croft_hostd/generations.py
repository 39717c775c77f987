"""The system profile's generations, read from its links: what `nixos-rebuild list-generations` shows, and more."""

import os

from . import closures, config, marks, records, toplevels
from .flake import Flake
from .pattern import Pattern
from .problems import Problem, problem
from .system import read_text, rfc3339

_LINK = Pattern(r"system-([0-9]+)-link")


def listed(system, configuration, only=None):
    """Every generation, newest first, or just one: who made it, how much it weighs, and what deleting it would free."""
    links = every(system)
    default = toplevels.default_generation(system)
    current = _number_of(system, config.CURRENT_SYSTEM, links, default)
    booted = _number_of(system, config.BOOTED_SYSTEM, links, default)
    written = marks.read(system)
    weighed = Weights(system, links)
    shown = sorted(links, reverse=True) if only is None else [only]
    revisions = {number: toplevels.revision(system, links[number][0]) for number in shown}
    known = Flake(system, configuration).describe([made_from for made_from in revisions.values() if made_from])
    makers = _makers(system)
    found = []
    for number in shown:
        closure, made = links[number]
        author, subject, operation, kind = makers.get(closure) or (*known.get(revisions[number], (None, None, None)), None)
        version = (read_text(system.path(f"{closure}/nixos-version")) or "").strip()
        mark = marks.of(written, number, closure)
        pinned = mark.get("pinned", False)
        generation = {
            "number": number,
            "date": rfc3339(made),
            "current": number == current,
            "booted": number == booted,
            "bootDefault": number == default,
            "closure": closure,
            "closureBytes": weighed.closure(number),
            "bytesFreed": None if number in (current, booted, default) or pinned else weighed.freed(number),
            "description": subject or f"NixOS {version}".strip(),
            "pinned": pinned,
        }
        optional = (
            ("label", mark.get("label")),
            ("operation", operation),
            ("kind", kind),
            ("author", author),
            ("revision", revisions[number]),
        )
        generation.update((name, value) for name, value in optional if value)
        found.append(generation)
    return found


class Weights:
    """What each generation weighs, and what it alone keeps alive, in bytes of its closure."""

    def __init__(self, system, links):
        self._closures = {number: closure for number, (closure, _) in links.items()}
        try:
            others = [path for link, path in closures.roots(system) if not is_link(link)]
            self._graph = closures.of(system, {*self._closures.values(), *others})
        except Problem:
            # Whoever needs to go back must see the generations also when Nix does not answer.
            self._graph, self._freed = closures.Graph(), None
            return
        owners = {number: [closure] for number, closure in self._closures.items()}
        self._freed = self._graph.exclusive({**owners, "others": others})

    def closure(self, number):
        """None for a system that is gone from the store."""
        closure = self._closures[number]
        return self._graph.bytes(self._graph.closure([closure])) if closure in self._graph else None

    def freed(self, number):
        return self._freed[number] if self._freed else None


def mark(system, configuration, number, pinned=None, label=None):
    """Pins or names a generation; what is None stays. Returns it as it is then."""
    links = every(system)
    if number not in links:
        raise _not_found(number)
    marks.write(system, number, links[number][0], links, pinned, label)
    return listed(system, configuration, only=number)[0]


def toplevel(system, number):
    """The system of a generation that is there and whole; GENERATION_NOT_FOUND."""
    try:
        found = os.readlink(_link_path(system, number))
    except OSError as error:
        raise _not_found(number) from error
    if not os.path.exists(system.path(f"{found}/bin/switch-to-configuration")):
        raise problem("GENERATION_NOT_FOUND", generation=f"generation {number}", why="Its system is gone from the Nix store.")
    return found


def state(system, number):
    """{"revision","state"}: what a generation was made from."""
    made = toplevel(system, number)
    return {"revision": toplevels.revision(system, made), "state": toplevels.read(system, f"{made}/etc/croft/state.json")}


def kept_by(system):
    """(links, words): every generation's (closure, time made), and why some of them cannot be deleted, by number."""
    links = every(system)
    default = toplevels.default_generation(system)
    words = {}
    written = marks.read(system)
    for number, (closure, _) in links.items():
        if marks.of(written, number, closure).get("pinned"):
            words[number] = "pinned"
    for link, word in ((config.BOOTED_SYSTEM, "booted"), (config.CURRENT_SYSTEM, "running")):
        # All that share the system: which of them it was nobody knows.
        closure = toplevels.resolved(system, link)
        words.update((number, word) for number, (other, _) in links.items() if other == closure)
    if default is not None:
        words[default] = "boot default"
    return links, words


def pinned_states(system):
    """The states of the pinned generations."""
    written = marks.read(system)
    pinned = [closure for number, (closure, _) in every(system).items() if marks.of(written, number, closure).get("pinned")]
    return [toplevels.built_state(system, closure) for closure in pinned]


def target(system, number=None):
    """(number, toplevel) to roll back to; by default the generation before the boot default."""
    default = toplevels.default_generation(system)
    if number is None:
        older = [candidate for candidate in _numbers(system) if default is not None and candidate < default]
        if not older:
            raise problem("GENERATION_NOT_FOUND", generation="older generation", why="The one that runs is the oldest that the box has kept.")
        number = max(older)
    return number, toplevel(system, number)


def is_link(path):
    """Whether this is one of the system profile's own links."""
    directory, name = os.path.split(path)
    return directory == os.path.dirname(config.PROFILE) and _LINK.fullmatch(name) is not None


def _numbers(system):
    directory = os.path.dirname(system.path(config.PROFILE))
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return [int(match[1]) for name in names if (match := _LINK.fullmatch(name))]


def every(system):
    """number -> (closure, time made)"""
    found = {}
    for number in _numbers(system):
        path = _link_path(system, number)
        try:
            found[number] = (os.readlink(path), os.lstat(path).st_mtime)
        except OSError:
            continue  # Deleted since it was listed.
    return found


def _link_path(system, number):
    return f"{system.path(config.PROFILE)}-{number}-link"


def _number_of(system, link, links, default):
    """The generation that a running-system link means. Two can share one closure; the boot default is the likelier."""
    if not os.path.lexists(system.path(link)):
        return None
    closure = toplevels.resolved(system, link)
    same = [number for number, (candidate, _) in links.items() if candidate == closure]
    return default if default in same else max(same, default=None)


def _makers(system):
    """closure -> (author, subject, operation, kind) of the operation that first made it run. A reviewed system has the commit of its
    review, which is another operation; what the box has forgotten only git knows."""
    found = {}
    for operation in records.identities(system):
        record = records.Record(system, operation)
        end, request = record.result(), record.request()
        result = (end or {}).get("result") or {}
        if request and end and end["state"] == "SUCCEEDED" and "generation" in result:
            subject = (request.get("message") or "").strip().split("\n")[0]
            found[result["toplevel"]] = request["author"]["name"], subject, operation, request["type"]
    return found


def _not_found(number):
    return problem("GENERATION_NOT_FOUND", generation=f"generation {number}", why="It was never made, or has been deleted since.")
