"""What a box is right now, read from the box itself and from nothing that Croft says: one JSON object on stdout."""

import json
import os
import pwd
import re
import subprocess
from pathlib import Path

UNITS = Path("/etc/systemd/system")
FLAKE = "/var/lib/croft/flake"
STORE_PATH = re.compile(r"/nix/store/[0-9a-z]{32}-[^/\s\"']+")
SHOWN = "Id,LoadState,ActiveState,SubState,Result,FragmentPath,NeedDaemonReload,MainPID,Type"


def out(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def text(path):
    try:
        return Path(path).read_text()
    except OSError:
        return None


def units():
    """Every unit that the system has a file for, and every one that runs without a file."""
    files = sorted(entry.name for entry in UNITS.iterdir() if "." in entry.name and "@." not in entry.name and not entry.is_dir())
    listed = out("systemctl", "list-units", "--all", "--plain", "--no-legend", "--state=active,activating,failed", "croft-*")
    running = [line.split()[0] for line in listed.splitlines()]
    shown = out("systemctl", "show", f"--property={SHOWN}", "--", *sorted({*files, *running}))
    found = [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.strip().split("\n\n")]
    for unit in found:
        unit["file"] = os.path.realpath(unit["FragmentPath"]) if unit["FragmentPath"] else ""
        unit["uses"] = sorted(used_by(unit["MainPID"])) if unit.get("MainPID", "0") != "0" else []
    return found


def used_by(pid):
    """The store paths that a running process was started with."""
    found = set()
    for name in ("cmdline", "environ"):
        try:
            found |= set(STORE_PATH.findall(Path("/proc", pid, name).read_bytes().replace(b"\0", b"\n").decode(errors="replace")))
        except OSError:
            pass
    return {path.split(":")[0] for path in found}


def wanted(current):
    """The units that the system starts at boot."""
    return sorted({entry.name for target in ("multi-user", "sysinit", "sockets", "timers") for entry in Path(current, f"etc/systemd/system/{target}.target.wants").glob("*")})


def open_ports():
    """What the loaded firewall lets in, as [[from, to], …]; None where none is loaded."""
    loaded = subprocess.run(["nft", "--json", "list", "chain", "inet", "nixos-fw", "input-allow"], capture_output=True, text=True, check=False)
    if loaded.returncode != 0:
        return None
    found = []
    for item in json.loads(loaded.stdout)["nftables"]:
        parts = item.get("rule", {}).get("expr", [])
        for part in parts:
            match = part.get("match", {})
            if match.get("left") == {"payload": {"protocol": "tcp", "field": "dport"}} and {"accept": None} in parts:
                right = match["right"]
                for port in right["set"] if isinstance(right, dict) and "set" in right else [right]:
                    found.append(port["range"] if isinstance(port, dict) else [port, port])
    return sorted(found)


def at_work():
    """Units of operations and their timers, without those that have ended and are only remembered."""
    listed = out("systemctl", "list-units", "--plain", "--no-legend", "--state=activating,active,deactivating", "croft-op-*", "croft-guard-*")
    return [line.split()[0] for line in listed.splitlines() if line.split()[3] != "exited"]


def leftovers():
    """What operations have left lying about: processes, snapshots that are not whole, data that they moved aside, apps that they held still."""
    found = []
    for group in Path("/sys/fs/cgroup").glob("**/croft-op-*/**/cgroup.procs"):
        found += [f"{group}: {pid}" for pid in group.read_text().split()]
    found += map(str, Path("/var/lib/croft/snapshots").glob("*/.*"))
    shown = out("systemctl", "show", "--property=Id,FreezerState", "croft-app-*")
    return found + [block for block in shown.split("\n\n") if "FreezerState=frozen" in block]


def half_built():
    """The directories that builds work in. Those of a build that nobody could ask to end stay until garbage is collected."""
    return sorted(str(found) for place, pattern in (("/tmp", "nix-build-*"), ("/nix/var/nix/builds", "*"), ("/nix/store", "*.chroot")) for found in Path(place).glob(pattern))


def merged(ranges):
    joined = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return joined


current = os.path.realpath("/run/current-system")
profile = Path("/nix/var/nix/profiles/system")
git = ("git", "-C", FLAKE)
ports = open_ports()
print(
    json.dumps(
        {
            "current": current,
            "profile": os.path.realpath(profile),
            "generation": int(os.readlink(profile).split("-")[1]),
            "bootDefault": os.path.realpath("/boot/default-system"),
            "etc": os.path.realpath("/etc/static"),
            "currentEtc": os.path.realpath(f"{current}/etc"),
            "state": text(f"{current}/etc/croft/state.json"),
            "facts": json.loads(text(f"{current}/etc/croft/facts.json") or "null"),
            "main": out(*git, "rev-parse", "main").strip(),
            "mainState": out(*git, "show", "main:state.json"),
            "branch": out(*git, "symbolic-ref", "HEAD").strip(),
            "edits": out(*git, "status", "--porcelain"),
            "refs": [ref for ref in out(*git, "for-each-ref", "--format=%(refname)", "refs/croft").split() if not ref.startswith("refs/croft/set-aside/")],
            "units": units(),
            "wanted": wanted(current),
            "closure": out("nix-store", "--query", "--requisites", current).split(),
            "ports": None if ports is None else merged(ports),
            # Above are the accounts that systemd gives units for as long as they run, and nobody.
            "people": sorted(entry.pw_name for entry in pwd.getpwall() if 1000 <= entry.pw_uid <= 60000),
            "operations": at_work(),
            "leftovers": leftovers(),
            "halfBuilt": half_built(),
        }
    )
)
