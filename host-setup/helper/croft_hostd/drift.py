"""Whether the box is what its flake says, and what on it is from nowhere.

Nothing here is a list of what a distribution brings along: what counts is where a thing comes from. The box's own are the running
system's closure, what the vendor of the system ships, and what Croft has started.
"""

import os

from . import config, facts, ports, preflight, records, toplevels, units
from .flake import Flake
from .jsontext import dumps, loads
from .pattern import Pattern
from .problems import problem
from .system import read_text, rfc3339

_EVALUATED = f"{config.CACHE}/evaluated.json"
_EVALUATION_SECONDS = 570.0
_BOTH = ("adopt", "return")
_MOST_NAMES = 20
#: Where people put units, and systemctl what they edit: /etc for good, /run until the next boot.
_UNIT_DIRECTORIES = ("/etc/systemd/system", "/etc/systemd/system.control", "/run/systemd/system", "/run/systemd/system.control")
_PROFILE = Pattern(r"(.*/(?:per-user/[^/]+/[^/]+|profiles/(?:profile|default|channels)))-([0-9]+)-link")
_SYSTEM_PROFILES = (config.PROFILE, "/nix/var/nix/profiles/system-profiles/")
_PACKAGE = Pattern(r'\bname = "([^"]+)"')


def read(system, configuration, evaluate=False):
    """The result of a `drift` request. `evaluate` takes as long as an evaluation takes."""
    flake = Flake(system, configuration)
    running, default = toplevels.running(system), toplevels.boot_default(system)
    configured = _Configured(system, configuration, flake, running)
    if evaluate:
        configured.evaluate()
    items = [
        *_systems(system, flake, running, default, configured),
        *_edits(system, flake),
        *_units(system),
        *_profiles(system),
        *_ports(system, running),
        *_microvms(system),
    ]
    found = {
        "time": rfc3339(system.now()),
        "running": running,
        "bootDefault": default,
        "configured": configured.toplevel,
        "inSync": not items,
        "items": items,
    }
    if configured.at:
        found["evaluatedAt"] = configured.at
    return found


def _item(kind, name, what, found, wanted, actions=()):
    return {
        "id": f"{kind}:{name}" if name else kind,
        "kind": kind,
        "what": what,
        "found": found,
        "wanted": wanted,
        "actions": list(actions),
    }


# -- systems -------------------------------------------------------------------------------------------------------


class _Configured:
    """The system that the box's flake describes, as far as it is known without evaluating, and by evaluating."""

    def __init__(self, system, configuration, flake, running):
        self._system = system
        self._configuration = configuration
        self._flake = flake
        self.main = flake.main()
        made_from = toplevels.revision(system, running)
        #: Whether main has the very files that the running system was made from. A rollback leaves a commit of its own on main,
        #: and every system carries the name of its commit: the one to evaluate is then the one that runs.
        self.same_files = made_from is not None and flake.same_files(made_from, self.main)
        self._commit = made_from if self.same_files else self.main
        self.toplevel = self.at = None
        known = _read_json(system.path(_EVALUATED)) or {}
        if known.get("commit") == self._commit:
            self.toplevel, self.at = known.get("toplevel"), known.get("at")

    def evaluate(self):
        if self.toplevel:
            return
        preflight.require_memory(self._system, self._configuration)
        argv = [
            "systemd-run",
            "--pipe",
            "--wait",
            "--quiet",
            "--collect",
            "--no-ask-password",
            "--slice=croft-build.slice",
            "--service-type=exec",
            "--setenv=PATH",
            "--setenv=HOME=/root",
            f"--setenv=XDG_CACHE_HOME={config.CACHE}",
            "--",
            "nix",
            "--extra-experimental-features",
            "nix-command flakes",
            "eval",
            "--raw",
            self._attribute(),
        ]
        answer = self._system.run(argv, timeout=_EVALUATION_SECONDS)
        if answer.code != 0 or not answer.out.startswith("/nix/store/"):
            raise self._failed(answer)
        self.toplevel, self.at = answer.out.strip(), rfc3339(self._system.now())
        _write_json(self._system.path(_EVALUATED), {"commit": self._commit, "toplevel": self.toplevel, "at": self.at})

    def _attribute(self):
        from . import state

        text = self._flake.state_at(self._commit)
        wanted = state.read_built(text) if text else None
        host = wanted.host_name if wanted else config.host_name(self._system, self._configuration)
        source, _, output = self._flake.reference(self._commit, host).partition("#")
        return f'{source}#nixosConfigurations."{output}".config.system.build.toplevel.outPath'

    def _failed(self, answer):
        from . import buildfailure, nixlog

        log = nixlog.NixLog()
        for line in answer.err.splitlines():
            log.feed(line.encode())
        log.errors.append("\n".join(log.loose))
        return buildfailure.classify(answer.code, log, lambda text: problem("DISK_FULL", where="The box", free="nothing", needed="room to evaluate", detail=text))


def _systems(system, flake, running, default, configured):
    if _changing(system):
        return
    ours = _last_made(system)
    as_configured = running == default and configured.same_files and running == (configured.toplevel or running)
    # One of these at a time: whoever adopts or returns settles them all.
    if ours is not None and running != ours and not as_configured:
        yield _item("system", "running", "A system runs that Croft did not activate.", running, ours, _BOTH)
    elif running != default:
        yield _item("system", "boot-default", "The next start of the box brings another system than the one that runs.", default, running, _BOTH)
    elif configured.toplevel and configured.toplevel != running:
        yield _item("system", "configured", "What the flake describes is not what runs.", running, configured.toplevel, _BOTH)
    elif not configured.same_files:
        made_from = toplevels.revision(system, running) or "no commit of the flake"
        yield _item("system", "configured", "The flake has commits that were never applied.", made_from, configured.main, _BOTH)


def _changing(system):
    """Whether an operation changes the box at this very moment, or waits for its confirmation."""
    from . import lock

    operation = lock.noted_holder(system)
    record = records.Record(system, operation) if operation else None
    return bool(record and record.exists() and not record.ended())


def _last_made(system):
    """The system that the newest successful operation left running; None when none is known."""
    newest = ("", None)
    for operation in records.identities(system):
        result = records.Record(system, operation).result() or {}
        made = (result.get("result") or {}).get("toplevel")
        # A plan has a toplevel as well, but no generation.
        if result.get("state") == "SUCCEEDED" and made and "generation" in result["result"]:
            newest = max(newest, (result["finishedAt"], made))
    return newest[1]


def _edits(system, flake):
    names = flake.edited()
    if names:
        shown = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")
        yield _item("flake", "", f"Files of the flake in {flake.path} were edited and not committed.", shown, "no uncommitted edits", _BOTH)
    branch = flake.checked_out()
    if branch != flake.branch:
        yield _item("flake", "branch", f"Another branch than {flake.branch} is checked out in {flake.path}.", branch, flake.branch)


# -- units ---------------------------------------------------------------------------------------------------------


def _units(system):
    seen = set()
    for directory in _UNIT_DIRECTORIES:
        for place in _unit_files(system, directory):
            unit = place[len(directory) + 1 :].split("/")[0].removesuffix(".d")
            if not units.is_shipped(system, place) and not unit.startswith(units.RESTORE_TEST):
                seen.add(unit)
                words = "until the next start of the box" if directory.startswith("/run/") else "for good"
                yield _item("unit", place, f"{unit} was changed by hand, {words}.", place, "only units of the configuration")
    for unit in _stale(system):
        if unit not in seen:
            yield _item("unit", unit, f"The file of {unit} changed after systemd had read it.", "an older version is in force", "systemctl daemon-reload")


def _unit_files(system, directory):
    """Every unit file and drop-in in a directory; the links in .wants and .requires are no units."""
    top = system.path(directory)
    try:
        names = sorted(os.listdir(top))
    except OSError:
        return
    if os.path.realpath(top).startswith(system.path("/nix/store/")):
        return
    for name in names:
        if name.endswith(".d") and os.path.isdir(f"{top}/{name}"):
            yield from (f"{directory}/{name}/{part}" for part in sorted(os.listdir(f"{top}/{name}")) if part.endswith(".conf"))
        elif os.path.islink(f"{top}/{name}") or os.path.isfile(f"{top}/{name}"):
            yield f"{directory}/{name}"


def _stale(system):
    answer = system.run(["systemctl", "show", "--no-pager", "--property=Id,NeedDaemonReload", "*"], timeout=30)
    for block in answer.out.split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if values.get("NeedDaemonReload") == "yes":
            yield values.get("Id", "")


# -- profiles ------------------------------------------------------------------------------------------------------


def _profiles(system):
    """Packages that nix-env or `nix profile` installed. What keeps them alive names them, wherever the profile lies."""
    from . import closures

    newest = {}
    for link, path in closures.roots(system):
        profile = _PROFILE.fullmatch(link)
        if profile and not profile[1].startswith(_SYSTEM_PROFILES):
            newest[profile[1]] = max(newest.get(profile[1], (0, "")), (int(profile[2]), path))
    for profile, (_, path) in sorted(newest.items()):
        packages = _packages(system, path)
        if packages:
            yield _item("profile", profile, f"Packages were installed by hand in {profile}.", ", ".join(packages[:_MOST_NAMES]), "packages of the configuration")


def _packages(system, profile):
    manifest = _read_json(system.path(f"{profile}/manifest.json"))
    if isinstance(manifest, dict):
        elements = manifest.get("elements") or {}
        if isinstance(elements, dict):
            return sorted(elements)
        return sorted(element.get("attrPath") or element.get("url") or "?" for element in elements if isinstance(element, dict))
    return sorted(_PACKAGE.findall(read_text(system.path(f"{profile}/manifest.nix")) or ""))


# -- ports ---------------------------------------------------------------------------------------------------------


def _ports(system, running):
    seen = set()
    for socket in ports.listening(system, running):
        if socket.by or (socket.protocol, socket.port) in seen:
            continue
        seen.add((socket.protocol, socket.port))
        who = f"{socket.program} ({socket.unit})" if socket.unit else socket.program or "a program that Croft cannot see"
        what = f"Something listens on {socket.protocol} port {socket.port}, which nobody declared."
        yield _item("port", f"{socket.protocol}/{socket.port}", what, f"{who} on {socket.address}", "a port of an app or of the firewall")


# -- microVMs ------------------------------------------------------------------------------------------------------


def _microvms(system):
    answer = system.run(
        ["systemctl", "list-units", "--plain", "--no-legend", "--no-pager", "--state=active,activating", "microvm@*.service"], timeout=30
    )
    declared = facts.of_box(system).get("microvms") or []
    for line in answer.out.splitlines():
        unit = line.split(None, 1)[0] if line.strip() else ""
        name = unit.removeprefix("microvm@").removesuffix(".service")
        if unit and name not in declared:
            yield _item("microvm", name, f"The microVM {name} runs, and the configuration does not know it.", unit, "microVMs of the configuration")


def _read_json(place):
    try:
        return loads(read_text(place) or "")
    except ValueError:
        return None


def _write_json(place, document):
    temporary = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(dumps(document))
        os.rename(temporary, place)
    except OSError:
        pass  # A full disk costs the next reader the time of an evaluation.
