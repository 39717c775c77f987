"""What the running system, or one app of it, is made of: each store path with version, size, digest and what it needs."""

from hashlib import sha256

from . import closures, packages, toplevels, unitfiles, units
from .pattern import Pattern
from .problems import problem

_STORE = "/nix/store/"
_PATH = Pattern(r"/nix/store/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+._?=-]+")
#: Of the JSON of one answer: a frame holds 1 MiB, and what stands around it needs room as well.
_MOST_BYTES = 768 * 1024


def serve(system, request):
    """Answers a `closure` request: one page of it. References and roots are positions in the whole, which is sorted by path."""
    wanted = roots(system, request.get("app"))
    if request.get("identity"):
        return {"identity": identity(wanted)}
    graph = closures.described(system, wanted)
    paths = sorted(graph.sizes)
    positions = {path: number for number, path in enumerate(paths)}
    first = min(request.get("from", 0), len(paths))
    found, room, following = [], _MOST_BYTES, first
    while following < len(paths) and room > 0:
        path = paths[following]
        entry = _entry(graph, path, positions)
        found.append(entry)
        room -= len(path) + 160 + 7 * len(entry["references"])
        following += 1
    return {
        "identity": identity(wanted),
        "roots": sorted(positions[path] for path in wanted),
        "total": len(paths),
        "bytes": graph.bytes(paths),
        "from": first,
        "next": following if following < len(paths) else None,
        "paths": found,
    }


def roots(system, app):
    """What everything of an app hangs on: the store paths that its units name. Without an app the running system."""
    toplevel = toplevels.running(system)
    if app is None:
        return [toplevel]
    files = unitfiles.UnitFiles(system, toplevel)
    if units.app_unit(app) not in files:
        raise problem("NOT_FOUND", thing=f"the app {app}", why="The running system has no unit of it.")
    texts = [text for unit in (units.app_unit(app), units.migration_unit(app)) for text in files.texts(unit)]
    named = {path for text in texts for path in _PATH.findall(text)}
    return sorted(closures.valid(system, named))


def identity(wanted):
    """The same for the same contents, and another one for others: a store path is named after what it is made from."""
    return sha256("\n".join(wanted).encode()).hexdigest()


def _entry(graph, path, positions):
    name, version = packages.parsed(path)
    return {
        "path": path.removeprefix(_STORE),
        "name": name,
        "version": version,
        "bytes": graph.sizes[path],
        "sha256": graph.hashes.get(path),
        "fetched": path in graph.fetched,
        "references": [positions[other] for other in graph.references[path] if other in positions],
    }
