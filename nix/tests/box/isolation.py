"""What the isolation levels block and cost, as it was found on a box: the committed findings, and the table of docs/isolation.md.

The console shows the same file. It is written by test_isolation.py with CROFT_UPDATE=yes, never by hand.
"""

import json
import os
import re

from provisioned import REPOSITORY

LEVELS = ("service", "jail", "container", "podman", "microvm")
FINDINGS = REPOSITORY / "src/main/resources/dev/croft/desired/isolation.json"
PAGE = REPOSITORY / "docs/isolation.md"
COSTS = ("start", "memory", "latency")
# A busy machine measures anything; beyond this the committed number tells a wrong story.
FACTOR = 5

# In the order of the table: what somebody may fear, in their words.
DOORS = {
    "other-files": "Read another app's files",
    "other-secrets": "Read another app's secrets",
    "other-program": "Read another app's program in the store",
    "other-socket": "Connect to a socket of another app",
    "other-abstract-socket": "Connect to a socket of another app that has no file",
    "other-port": "Connect to another app's port on the box",
    "process-arguments": "Read the arguments of other processes",
    "process-environment": "Read the environment of other processes",
    "process-signal": "Signal another app's processes",
    "host-passwords": "Read the box's password hashes",
    "host-accounts": "See which accounts and apps the box has",
    "host-programs": "See and run the box's own programs",
    "host-settings": "Read the box's settings",
    "nix-database": "See the box's generations and Nix's database",
    "nix-daemon": "Connect to the Nix daemon",
    "croft-socket": "Connect to Croft's own socket",
    "system-bus": "Connect to the system's message bus",
    "cloud-metadata": "Ask the cloud what this machine may do",
    "outside-network": "Reach the network",
    "write-elsewhere": "Write outside its own directory",
    "write-program": "Change its own program",
    "become-root": "Become root",
    "own-namespace": "Make namespaces of its own",
    "mount": "Mount something",
    "load-module": "Load a kernel module",
    "host-kernel": "Talk to the box's own kernel",
    "kernel-log": "Read the kernel's log",
    "devices": "See the box's disks",
    "fill-disk": "Fill the box's disk with its own data",
}


def ratios(costs):
    """Each cost of each level by that of `service`."""
    return {level: {cost: round(costs[level][cost] / costs["service"][cost], 1) for cost in COSTS} for level in LEVELS}


def compared(doors, costs):
    """What differs from the committed findings; nothing when they are written anew."""
    assert all(set(found) == set(DOORS) for found in doors.values()), doors
    levels = [
        {"level": level, "blocks": {door: not doors[level][door] for door in DOORS}, "costs": ratios(costs)[level]} for level in LEVELS
    ]
    found = {"doors": [{"id": door, "what": what} for door, what in DOORS.items()], "levels": levels}
    if os.environ.get("CROFT_UPDATE"):
        FINDINGS.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
        return []
    committed = json.loads(FINDINGS.read_text(encoding="utf-8"))
    troubles = [] if committed["doors"] == found["doors"] else ["isolation.json has other rows"]
    for now, then in zip(found["levels"], committed["levels"], strict=True):
        troubles += [
            f"{now['level']}: {DOORS[door]}: is {'blocked' if now['blocks'][door] else 'open'} now"
            for door in DOORS
            if now["blocks"][door] != then["blocks"].get(door)
        ]
        troubles += [
            f"{now['level']}: {cost} is {now['costs'][cost]} times that of service now, and {then['costs'][cost]} in isolation.json"
            for cost in COSTS
            if not then["costs"][cost] / FACTOR <= now["costs"][cost] <= then["costs"][cost] * FACTOR
        ]
    text = PAGE.read_text(encoding="utf-8")
    return troubles + ([] if text == with_table(text, committed) else ["docs/isolation.md has another table than isolation.json"])


def with_table(text, findings):
    """The page with the table of such findings."""
    levels = findings["levels"]

    def row(first, cells):
        return f"| {' | '.join([first, *cells])} |"

    words = {"start": "Time to the first answer", "memory": "Memory", "latency": "Time for an answer"}
    head = [row("An app could …", [f"`{one['level']}`" for one in levels]), "|---" * (len(levels) + 1) + "|"]
    rows = [row(door["what"], ["blocked" if one["blocks"][door["id"]] else "**open**" for one in levels]) for door in findings["doors"]]
    costs = [row(f"*{words[cost]}*", [f"× {one['costs'][cost]}" for one in levels]) for cost in COSTS]
    table = "\n".join(head + rows + costs)
    return re.sub(r"(?<=<!-- found -->\n).*(?=<!-- /found -->)", lambda _: table + "\n", text, flags=re.S)
