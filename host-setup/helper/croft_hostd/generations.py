"""The system profile's generations, read from its links: what `nixos-rebuild list-generations` shows, and more."""

import os

from . import config
from .flake import Flake
from .pattern import Pattern
from .problems import problem
from .system import read_text, rfc3339

_LINK = Pattern(r"system-([0-9]+)-link")
_REVISION = Pattern(r"[0-9a-f]{40}")


def listed(system, configuration):
    """Every generation, newest first, with who made it and how much it weighs."""
    links = _links(system)
    default = _default_number(system)
    current = _number_of(system, config.CURRENT_SYSTEM, links, default)
    booted = _number_of(system, config.BOOTED_SYSTEM, links, default)
    sizes = _closure_sizes(system, {closure for closure, _ in links.values()})
    revisions = {number: _revision(system, closure) for number, (closure, _) in links.items()}
    known = Flake(system, configuration.flake).describe([revision for revision in revisions.values() if revision])
    found = []
    for number in sorted(links, reverse=True):
        closure, made = links[number]
        author, subject, operation = known.get(revisions[number], (None, None, None))
        version = (read_text(system.path(f"{closure}/nixos-version")) or "").strip()
        generation = {
            "number": number,
            "date": rfc3339(made),
            "current": number == current,
            "booted": number == booted,
            "bootDefault": number == default,
            "closure": closure,
            "closureBytes": sizes.get(closure),
            "description": subject or f"NixOS {version}".strip(),
        }
        for name, value in (("operation", operation), ("author", author), ("revision", revisions[number])):
            if value:
                generation[name] = value
        found.append(generation)
    return found


def target(system, number=None):
    """(number, toplevel) to roll back to; by default the generation before the boot default."""
    default = _default_number(system)
    if number is None:
        older = [candidate for candidate in _numbers(system) if default is not None and candidate < default]
        if not older:
            raise problem("GENERATION_NOT_FOUND", generation="older one", why="The one that runs is the oldest that the box has kept.")
        number = max(older)
    try:
        toplevel = os.readlink(_link_path(system, number))
    except OSError as error:
        raise problem("GENERATION_NOT_FOUND", generation=number, why="It was never made, or has been deleted since.") from error
    if not os.path.exists(system.path(f"{toplevel}/bin/switch-to-configuration")):
        raise problem("GENERATION_NOT_FOUND", generation=number, why="Its system is gone from the Nix store.")
    return number, toplevel


def _numbers(system):
    directory = os.path.dirname(system.path(config.PROFILE))
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return [int(match[1]) for name in names if (match := _LINK.fullmatch(name))]


def _links(system):
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


def _default_number(system):
    try:
        match = _LINK.fullmatch(os.path.basename(os.readlink(system.path(config.PROFILE))))
    except OSError:
        return None
    return int(match[1]) if match else None


def _number_of(system, link, links, default):
    """The generation that a running-system link means. Two can share one closure; the boot default is the likelier."""
    if not os.path.lexists(system.path(link)):
        return None
    closure = os.path.realpath(system.path(link)).removeprefix(system.path(""))
    same = [number for number, (candidate, _) in links.items() if candidate == closure]
    return default if default in same else max(same, default=None)


def _revision(system, closure):
    text = (read_text(system.path(f"{closure}/etc/croft/revision")) or "").strip()
    return text if _REVISION.fullmatch(text) else None


def _closure_sizes(system, closures):
    """closure -> bytes. The plain text output is the one that all Nix versions agree on."""
    if not closures:
        return {}
    argv = ["nix", "--extra-experimental-features", "nix-command", "path-info", "--closure-size", *sorted(closures)]
    answer = system.run(argv, timeout=60)
    sizes = {}
    for line in answer.out.splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[1].isdigit():
            sizes[fields[0]] = int(fields[1])
    return sizes
