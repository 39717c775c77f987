"""The Nix store as a graph: which path needs which, and how many bytes each of them has (of its NAR, exactly).

A closure never changes, so what was asked once about the box's systems is kept beside; a hundred generations are then
answered for from one file. What decides about deleting is always asked anew (`everything`).
"""

import os

from . import config
from .jsontext import dumps, loads
from .problems import problem
from .system import read_text

_STORE = "/nix/store/"
_CACHE = f"{config.CACHE}/closures.json"
_SECONDS = 300.0
#: Held by more than one, in `exclusive`.
_SHARED = object()


class Graph:
    """Valid store paths. `references` never names the path itself; `deriver` is None where Nix does not know one; `fetched` are
    those that came from a binary cache, which signed them; `hashes` are SHA-256 of the NAR in base64, of what Nix was asked for just now."""

    __slots__ = ("sizes", "references", "derivers", "fetched", "hashes")

    def __init__(self):
        self.sizes = {}
        self.references = {}
        self.derivers = {}
        self.fetched = set()
        self.hashes = {}

    def __contains__(self, path):
        return path in self.sizes

    def add(self, path, size, references, deriver=None, fetched=False):
        self.sizes[path] = size
        self.references[path] = [other for other in references if other != path]
        if deriver:
            self.derivers[path] = deriver
        if fetched:
            self.fetched.add(path)

    def closure(self, roots):
        """Every path that the roots need, themselves included. Roots that are no valid paths are left out."""
        found = {root for root in roots if root in self.sizes}
        rest = list(found)
        while rest:
            for path in self.references[rest.pop()]:
                if path not in found and path in self.sizes:
                    found.add(path)
                    rest.append(path)
        return found

    def bytes(self, paths):
        return sum(self.sizes[path] for path in paths)

    def exclusive(self, owners):
        """owner -> bytes that no other owner needs. `owners` maps each to its roots."""
        holders = {}
        for owner, roots in owners.items():
            rest = [root for root in roots if root in self.sizes]
            while rest:
                path = rest.pop()
                holder = holders.get(path)
                # What is shared already has a closure that is shared already.
                if holder is owner or holder is _SHARED:
                    continue
                holders[path] = owner if holder is None else _SHARED
                rest.extend(other for other in self.references[path] if other in self.sizes)
        found = dict.fromkeys(owners, 0)
        for path, holder in holders.items():
            if holder is not _SHARED:
                found[holder] += self.sizes[path]
        return found


def of(system, roots):
    """The graph of these roots' closures. A root that is no valid path is not in it."""
    roots = {root for root in roots if os.path.lexists(system.path(root))}
    kept = _read_cache(system)
    missing = sorted(root for root in roots if root not in kept)
    if missing:
        _merge(kept, _ask(system, ["--recursive", *missing]))
    graph = Graph()
    for path in kept.closure(roots):
        graph.add(path, kept.sizes[path], kept.references[path], fetched=path in kept.fetched)
    if missing or len(graph.sizes) < len(kept.sizes) // 2:
        _write_cache(system, graph)
    return graph


def everything(system):
    """The graph of the whole store, as it is now."""
    return _ask(system, ["--all"])


def described(system, roots):
    """The graph of these closures as Nix describes it now, with derivers and hashes."""
    return _ask(system, ["--recursive", *roots]) if roots else Graph()


def valid(system, paths):
    """Those of the paths that the store has. Of any other, a text that only looks like a path included, Nix says that it is not valid."""
    return {path for path in paths if os.path.lexists(system.path(path))}


def forget(system):
    """Drops what is kept beside, for after a collection: what is built anew may differ from what was deleted."""
    try:
        os.unlink(system.path(_CACHE))
    except FileNotFoundError:
        pass


def parse(text):
    """`nix path-info --json` of any version: a map by path, the same within `info` by name, or a list."""
    graph = Graph()
    document = loads(text)
    if isinstance(document, dict) and isinstance(document.get("info"), dict):
        document = document["info"]
    entries = document.items() if isinstance(document, dict) else ((entry["path"], entry) for entry in document)
    for path, entry in entries:
        # An invalid path is null, or says so.
        if entry and "narSize" in entry:
            deriver = entry.get("deriver")
            fetched = bool(entry.get("signatures")) and not entry.get("ultimate")
            graph.add(_absolute(path), entry["narSize"], map(_absolute, entry["references"]), _absolute(deriver) if deriver else None, fetched)
            if digest := _sha256(entry.get("narHash")):
                graph.hashes[_absolute(path)] = digest
    return graph


def roots(system):
    """(link, path) of everything that keeps a path from being collected, as Nix's collector sees it right now."""
    answer = system.run(["nix-store", "--gc", "--print-roots"], timeout=_SECONDS)
    if answer.code != 0:
        raise problem("INTERNAL", why="Nix could not tell what it must keep.", detail=answer.err)
    found = []
    for line in answer.out.splitlines():
        link, arrow, path = line.rpartition(" -> ")
        if arrow and path.startswith(_STORE):
            found.append((link, _STORE + path.removeprefix(_STORE).split("/", 1)[0]))
    return found


def _ask(system, arguments):
    argv = ["nix", "--extra-experimental-features", "nix-command", "path-info", "--json", *arguments]
    answer = system.run(argv, timeout=_SECONDS)
    try:
        if answer.code == 0:
            return parse(answer.out)
    except (ValueError, KeyError, TypeError):
        pass
    raise problem("INTERNAL", why="Nix could not tell the sizes of store paths.", detail=answer.err)


def _merge(into, other):
    into.sizes.update(other.sizes)
    into.references.update(other.references)
    into.fetched |= other.fetched


def _sha256(given):
    """SHA-256 in base64, from what `nix path-info` says in the form that it has had since Nix 2.4, or as the object of newer ones."""
    if isinstance(given, dict):
        given = f"{given.get('algorithm')}-{given.get('hash')}" if given.get("format") == "base64" else None
    return given.removeprefix("sha256-") if isinstance(given, str) and given.startswith("sha256-") else None


def _absolute(path):
    return path if path.startswith("/") else _STORE + path


def _read_cache(system):
    graph = Graph()
    try:
        document = loads(read_text(system.path(_CACHE)) or "")
        names = document["paths"]
        fetched = set(document["fetched"])
        for number, (name, size, references) in enumerate(zip(names, document["sizes"], document["references"])):
            graph.add(_STORE + name, size, [_STORE + names[other] for other in references], fetched=number in fetched)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return Graph()
    return graph


def _write_cache(system, graph):
    # References as positions: a thousand closures' worth of names would be ten times as long.
    paths = sorted(graph.sizes)
    positions = {path: number for number, path in enumerate(paths)}
    document = {
        "paths": [path.removeprefix(_STORE) for path in paths],
        "sizes": [graph.sizes[path] for path in paths],
        "fetched": [positions[path] for path in paths if path in graph.fetched],
        "references": [[positions[other] for other in graph.references[path] if other in positions] for path in paths],
    }
    place = system.path(_CACHE)
    # Several connections may ask at once; whoever is last wins, with a whole file.
    temporary = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(dumps(document))
        os.rename(temporary, place)
    except OSError:
        pass  # A full disk costs the cache, never the answer.
