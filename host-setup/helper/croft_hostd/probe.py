"""The host contract: what a box must offer before Croft can run it."""

import json
import os

from . import config
from .problems import human_bytes
from .system import read_text

_MINIMUM_NIX = (2, 18)
_CONTROLLERS = ("cpu", "io", "memory", "pids")
_MINIMUM_FREE = 2 * 1024**3


def probe(system, configuration):
    """The result of a `probe` request: every check, passed or not, with what was found and why it matters."""
    release = _os_release(system)
    nix = _first_line(system, ["nix", "--version"])
    settings = _nix_settings(system)
    kernel, architecture = system.kernel()
    checks = [
        _check("os", release.get("ID") == "nixos", release.get("ID", "unknown"), "nixos", "Only NixOS is supported; a stand-in serves for trying things out."),
        _nix_version(nix),
        _flakes(settings),
        _check("sandbox-builds", _setting(settings, "sandbox") is True, str(_setting(settings, "sandbox")).lower(), "true", "Without it a build can read the box and reach the network."),
        _trusted_users(settings),
        _systemd(system),
        _cgroup(system),
        _controllers(system),
        _check("psi", os.path.exists(system.path("/proc/pressure/memory")), _present(system, "/proc/pressure/memory"), "present", "Pressure readings show a box that suffers before it fails."),
        _check("journal", os.path.isdir(system.path("/var/log/journal")), "persistent" if os.path.isdir(system.path("/var/log/journal")) else "volatile", "persistent", "Logs are lost at a reboot otherwise."),
        _flake_repository(system, configuration),
        _generations(system),
        _drift(system),
        _free(system),
        _time(system),
    ]
    return {
        "checks": checks,
        "system": {
            "os": release.get("PRETTY_NAME", release.get("ID", "unknown")),
            "nix": nix,
            "kernel": kernel,
            "arch": architecture,
            # Whatever serves this protocol without being NixOS is a stand-in for it.
            "sandbox": release.get("ID") != "nixos",
        },
    }


def _check(identity, ok, found, wanted, why):
    return {"id": identity, "ok": bool(ok), "found": str(found), "wanted": wanted, "why": why}


def _os_release(system):
    values = {}
    for line in (read_text(system.path("/etc/os-release")) or "").splitlines():
        key, separator, value = line.partition("=")
        if separator:
            values[key] = value.strip().strip("\"'")
    return values


def _nix_settings(system):
    answer = system.run(["nix", "--extra-experimental-features", "nix-command", "config", "show", "--json"], timeout=20)
    try:
        return json.loads(answer.out)
    except ValueError:
        return {}


def _setting(settings, name):
    return (settings.get(name) or {}).get("value")


def _nix_version(text):
    # "nix (Nix) 2.34.8"; Determinate Nix and Lix put more words before the number.
    number = text.rsplit(" ", 1)[-1]
    parts = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
    return _check("nix", parts >= _MINIMUM_NIX, text or "none", "2.18 or newer", "Older ones lack parts of the flake commands that Croft uses.")


def _flakes(settings):
    features = _setting(settings, "experimental-features") or []
    ok = "flakes" in features and "nix-command" in features
    return _check("flakes", ok, " ".join(features) or "none", "nix-command flakes", "The box's configuration is a flake.")


def _trusted_users(settings):
    users = _setting(settings, "trusted-users") or []
    return _check("trusted-users", users == ["root"], " ".join(users) or "none", "root", "A trusted user of Nix can become root.")


def _systemd(system):
    state = _first_line(system, ["systemctl", "is-system-running"])
    return _check("systemd", state in ("running", "degraded", "starting"), state or "none", "running or degraded", "Apps and operations are systemd units.")


def _cgroup(system):
    text = read_text(system.path("/proc/self/mounts")) or ""
    found = "cgroup2" if " /sys/fs/cgroup cgroup2 " in text else "other"
    return _check("cgroup", found == "cgroup2", found, "cgroup2", "Limits and readings of apps come from cgroup v2.")


def _controllers(system):
    found = (read_text(system.path("/sys/fs/cgroup/cgroup.controllers")) or "").split()
    missing = [name for name in _CONTROLLERS if name not in found]
    return _check("controllers", not missing, " ".join(found) or "none", " ".join(_CONTROLLERS), "A limit whose controller is missing has no effect.")


def _flake_repository(system, configuration):
    from .flake import Flake
    from .problems import Problem

    try:
        found, ok = Flake(system, configuration.flake).main()[:12], True
    except Problem as missing:
        found, ok = missing.why, False
    return _check("flake", ok, found, "a git repository with a branch main", f"{configuration.flake} holds what this box should be.")


def _generations(system):
    from .generations import target
    from .problems import Problem

    link = system.path(config.PROFILE)
    if not os.path.islink(link):
        return _check("profile", False, "none", "a system profile", "Without a profile there is nothing to boot or to go back to.")
    try:
        target(system)
        found = "an older generation is kept"
    except Problem:
        found = "one generation"
    return _check("profile", True, found, "a system profile", "Rolling back needs an older generation.")


def _drift(system):
    running = os.path.realpath(system.path(config.CURRENT_SYSTEM))
    default = os.path.realpath(system.path(config.PROFILE))
    same = running == default
    return _check("drift", same, "same" if same else "differ", "same", "What runs differs from what the next boot brings after a test or a failed switch.")


def _free(system):
    free = system.free_bytes("/nix")
    return _check("disk", free >= _MINIMUM_FREE, human_bytes(free) + " free", human_bytes(_MINIMUM_FREE) + " free", "Builds and old generations need room in the Nix store.")


def _time(system):
    answer = _first_line(system, ["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    return _check("time", answer == "yes", "synchronized" if answer == "yes" else "not synchronized", "synchronized", "Certificates and logs need the right time.")


def _present(system, path):
    return "present" if os.path.exists(system.path(path)) else "absent"


def _first_line(system, argv):
    return next(iter(system.run(argv, timeout=20).out.splitlines()), "").strip()
