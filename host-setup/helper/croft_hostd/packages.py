"""What differs between two closures, by package and version: what `nix store diff-closures` says, with exact bytes."""

from .pattern import Pattern

_OUTPUT = Pattern(r"(.*)-([a-z]+|lib32|lib64)")
_VERSIONED = Pattern(r"(.*?)-([^A-Za-z].*)")
#: Apps are named after their revision, which does not always begin with a digit.
_APP = Pattern(r"(croft-app-[a-z][a-z0-9-]{0,30}?)-([0-9a-f]{12})")
#: Outputs as nixpkgs names them.
_BEHIND = Pattern(r"-(?:bin|dev|lib|lib32|lib64|out|doc|devdoc|man|info|debug|static|data|modules|dist)\Z")
_HASH = len("/nix/store/") + 33


def changes(sizes, before, after):
    """[{"name","from","to","bytes"}] for every package that is not in both closures with the same versions and size."""
    old, new = _grouped(before), _grouped(after)
    found = []
    for name in sorted(old.keys() | new.keys()):
        earlier, later = old.get(name, {}), new.get(name, {})
        gained = sum(sizes[path] for paths in later.values() for path in paths)
        lost = sum(sizes[path] for paths in earlier.values() for path in paths)
        if earlier.keys() != later.keys() or gained != lost:
            found.append({"name": name, "from": sorted(earlier), "to": sorted(later), "bytes": gained - lost})
    return found


def name_and_version(path):
    """A store path's package and version, as Nix cuts them; the version is empty where there is none."""
    name = path[_HASH:]
    if app := _APP.fullmatch(name):
        return app[1], app[2]
    if output := _OUTPUT.fullmatch(name):
        name = output[1]
    if versioned := _VERSIONED.fullmatch(name):
        return versioned[1], versioned[2]
    return name, ""


def parsed(path):
    """A store path's name and version as builtins.parseDrvName cuts them, the version without the name of an output behind it."""
    name = path[_HASH:]
    if app := _APP.fullmatch(name):
        return app[1], app[2]
    versioned = _VERSIONED.fullmatch(name)
    return (versioned[1], _BEHIND.sub("", versioned[2])) if versioned else (name, "")


def _grouped(closure):
    found = {}
    for path in closure:
        name, version = name_and_version(path)
        found.setdefault(name, {}).setdefault(version, []).append(path)
    return found
