"""Plays the dialogues of src/test/resources/transcripts against the real server; Java plays the same files.

One line of a transcript is {"from": "console" | "box", "frame": {…}}. What is not a frame stands as {"raw": text}
or {"raw": text, "times": n}. Values that differ from run to run are examples: another value of the same form is equal.
"""

import json
import os
import re
import unittest

from box import AUTHOR, REV, START, Box, app, building, nix_records, operation_id, state_text, store_hash
from console import ask, exchange
from croft_hostd import records, toplevels
from croft_hostd.outcome import result
from croft_hostd.pgwire import ServerError
from croft_hostd.protocol import REQUESTS
from bus import scripted_bus, signal
from sampling import scripted_sampler
from servers import Servers

TRANSCRIPTS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "src", "test", "resources", "transcripts")

#: Members whose value is an example, with the form that any value must have.
EXAMPLES = {
    "cursor": r"s=[0-9a-f]+;i=[0-9a-f]+;.*|[0-9]+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "startedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "finishedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "date": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "changedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "takenAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "until": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "method": r"copy|reflink|subvolume",
    "revision": r"[0-9a-f]{40}",
    "toplevel": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "running": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "bootDefault": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "configured": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "found": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "wanted": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
    "base": r"[0-9a-f]{40}",
    "digest": r"[0-9a-f]{64}",
    "modified": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "evaluatedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "closure": r"/nix/store/[0-9a-z]{32}-nixos-system-[a-z0-9-]+",
}
#: What a file takes on the disk is the file system's affair.
_SIZE_IN_TEXT = re.compile(r"\d+ (?:B|KiB) in")
_TIME_IN_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z")

FIRST = "1" * 40

#: For shop.example, until 2027-02-19.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIB0jCCAXigAwIBAgIUdizJ6X/JtHpzQ6DsjLhYsuBNjukwCgYIKoZIzj0EAwIw
MjELMAkGA1UEBhMCVVMxFjAUBgNVBAoMDUxldCdzIEVuY3J5cHQxCzAJBgNVBAMM
AkU3MB4XDTI2MTEyMTExNTM1NloXDTI3MDIxOTExNTM1NlowMjELMAkGA1UEBhMC
VVMxFjAUBgNVBAoMDUxldCdzIEVuY3J5cHQxCzAJBgNVBAMMAkU3MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEpDQ1FlrBEy9vDZw0Crf68eKO8A3cKoU8ajJG4XCq
Df/PE52wD9Iu4005bPSKoifEz59Fy0/Os7qZlE1fJsrLqKNsMGowHQYDVR0OBBYE
FO1ywMOg0fND59HM2uAxGfrxVKVhMB8GA1UdIwQYMBaAFO1ywMOg0fND59HM2uAx
GfrxVKVhMA8GA1UdEwEB/wQFMAMBAf8wFwYDVR0RBBAwDoIMc2hvcC5leGFtcGxl
MAoGCCqGSM49BAMCA0gAMEUCIBW+E+oAllQo5PHmAVAVWtWliz+XxIiuNsVJuhUO
6f7cAiEA5Wbw9pEkAVNgxCfyiz+vDN9cd2pTv9iBteWmDuOPDHI=
-----END CERTIFICATE-----
"""

def with_shop(box):
    deploy(box, 1, {"shop": app(FIRST)}, "Deploy shop 1.0")


def deploy(box, number, apps, message):
    frames = ask(box, type="apply", operation=operation_id(number), state=state_text(apps), author=AUTHOR, message=message)
    assert frames[0]["type"] == "accepted", frames


def busy(box):
    with_shop(box)
    box.run_operations = False
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")


def building_shop(box):
    box.build = (building(lines=["copying files", "packed 1 Python files"]), 0)


def broken_build(box):
    with_shop(box)
    drv = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-app-shop-bfc470136e78.drv"
    error = nix_records({"action": "msg", "level": 0, "msg": f"error: builder for '{drv}' failed with exit code 1"})
    box.build = (building(drv, ["compiling", "app.py: invalid syntax"]) + error, 1)


def followed(box):
    building_shop(box)
    deploy(box, 1, {"shop": app(REV)}, "Deploy shop 1.0")


def followed_failure(box):
    broken_build(box)
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")


def with_databases(box):
    """PostgreSQL with the shop's database and that of an app that has gone, and MariaDB, which does not run."""
    with_shop(box)
    servers = {"postgresql": {"major": 17, "dataDir": "/var/lib/postgresql/17"}, "mysql": {"dataDir": "/var/lib/mysql"}}
    box.write("/etc/croft/facts.json", json.dumps({"version": 1, **servers, "attach": {"shop": {"postgresql": "shop"}}}))
    for version in (15, 17):
        box.write(f"/var/lib/postgresql/{version}/PG_VERSION", f"{version}\n")
    Servers(box).put("shop", "orders" * 1000)
    Servers(box).put("stall", "x", "croft-app-stall")
    box.units["postgresql.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
    rows = [["1", "grüß\ndich", None], ["2", "", "\\x00ff"]]
    box.statements["SELECT id, name, data FROM orders"] = (["id", "name", "data"], rows, "SELECT 2")
    error = {"S": "ERROR", "C": "42703", "M": 'column "nmae" does not exist', "P": "8", "H": 'Perhaps you meant "orders.name".'}
    box.statements["SELECT nmae FROM orders"] = ServerError(error)


#: Two moments: everything, and a second later what is different. The box has no io controller, and its second unit no memory one.
MEASURED = [
    {
        "at": 5000000000, "whole": True,
        "cpu": {"user": 1000000, "nice": 0, "system": 500000, "idle": 9000000, "iowait": 10000, "irq": 0, "softirq": 20000, "steal": 0, "cores": 2},
        "load": [50, 125, 1000],
        "memory": {"total": 1024000, "free": 102400, "available": 614400, "buffers": 1024, "cached": 2048, "dirty": 3072, "swapTotal": 0, "swapFree": 0},
        "pressure": {"cpu": [100, 0], "memory": [200, 50], "io": [300, 60]},
        "disks": {"vda": [10240, 20480, 10, 30, 7000]},
        "interfaces": {"eth0": [100, 200, 10, 20, 1, 3, 2, 4]},
        "filesystems": {"/": [100000, 60000, 50000, 1000, 900], "/data": [5000, 400, 300, None, None]},
        "gaps": {
            "temperatures": "This machine shows no temperature sensor.",
            "units.io": "The io controller is not part of this box's cgroup v2 hierarchy.",
        },
        "new": [[1, "croft-apps.slice"], [2, "croft-app-shop.service"], [3, "croft-job-shop-tidy.service"]],
        "gone": [],
        "units": [
            [1, 90000, 60000, 30000, 0, 0, 0, 8192, 16384, 0, 0, 0, 0, None, None, None, None, 4, 10, 0, 0, 0, 0, 0],
            [2, 80000, 50000, 30000, 1500, 20, 3, 4096, 8192, 1, 2, 3, 4, None, None, None, None, 3, 10, 0, 0, 0, 0, 0],
            [3, 10000, 10000, 0, None, None, None, None, None, None, None, None, None, None, None, None, None, 1, 0, 0, 0, 0, 0, 0],
        ],
    },
    {
        "at": 5001000000,
        "cpu": {"user": 1100000, "nice": 0, "system": 550000, "idle": 10800000, "iowait": 10000, "irq": 0, "softirq": 20000, "steal": 0, "cores": 2},
        "load": [50, 125, 1000],
        "memory": {"total": 1024000, "free": 92400, "available": 604400, "buffers": 1024, "cached": 2048, "dirty": 0, "swapTotal": 0, "swapFree": 0},
        "pressure": {"cpu": [1100, 0], "memory": [200, 50], "io": [300, 60]},
        "disks": {"vda": [10240, 24576, 10, 31, 8000]},
        "interfaces": {"eth0": [1100, 700, 12, 25, 1, 3, 2, 4]},
        "gaps": {
            "temperatures": "This machine shows no temperature sensor.",
            "units.io": "The io controller is not part of this box's cgroup v2 hierarchy.",
        },
        "new": [[4, "croft-app-blog.service"]],
        "gone": [3],
        "units": [
            [2, 180000, 150000, 30000, 1500, 25, 3, 5000, 8192, 1, 2, 3, 4, None, None, None, None, 3, 110, 0, 0, 0, 0, 0],
            [4, 0, 0, 0, 0, 0, 0, 100, 100, 0, 0, 0, 0, None, None, None, None, 1, 0, 0, 0, 0, 0, 0],
        ],
    },
]  # fmt: skip


def measured(box):
    """A sampler that dies after two moments."""
    frames = [{"type": "reading", "time": f"2026-05-04T12:00:0{second}.000000Z", "sample": sample} for second, sample in enumerate(MEASURED)]
    scripted_sampler(box, *(json.dumps(frame).encode() + b"\n" for frame in frames))


def told_of_units(box):
    """A bus that tells of one unit, and ends."""
    box.listed["--type=service"] = ["croft-app-shop.service", "croft-app-blog.service", "croft-op-x.service", "cron.service", "ssh.service"]
    up = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Result": "success", "NRestarts": "0"}
    box.units["croft-app-shop.service"] = {**up, "StateChangeTimestamp": "@1777888800"}
    box.units["croft-app-blog.service"] = {
        "LoadState": "loaded", "ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code", "NRestarts": "4",
        "StateChangeTimestamp": "@1777888860", "ExecMainCode": "1", "ExecMainStatus": "3",
    }  # fmt: skip
    box.units["ssh.service"] = dict(up)
    box.units["cron.service"] = {**up, "ActiveState": "failed", "SubState": "failed", "Result": "signal", "ExecMainCode": "2", "ExecMainStatus": "9"}

    def falls():
        box.units["croft-app-shop.service"].update(
            ActiveState="failed", SubState="failed", Result="oom-kill", StateChangeTimestamp="@1777888920", ExecMainCode="2", ExecMainStatus="9"
        )
        del box.units["croft-app-blog.service"]

    scripted_bus(box, falls, signal("croft-app-shop.service") + signal("croft-app-blog.service"))


def with_password(box):
    """The shop signs in to PostgreSQL with a password, and runs."""
    deploy(box, 1, {"shop": app(FIRST, attach={"postgresql": {"access": "password"}, "mysql": {}})}, "Deploy shop 1.0")
    box.write("/var/lib/croft/credentials/databases/shop/PGPASSWORD", "sealed")
    box.units["croft-app-shop.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}


def ordered(box):
    """The shop starts after its database, and that after the server."""
    with_shop(box)
    box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": {"shop": {}}}))
    made, server = "croft-postgresql-shop.service", "postgresql.service"
    box.units["croft-app-shop.service"].update(After=f"{made} {server}", Requires=server, Wants=made, Description="Croft app shop")
    done = {"LoadState": "loaded", "ActiveState": "active", "SubState": "exited", "Type": "oneshot"}
    box.units[made] = {**done, "After": server, "Requires": server, "Description": "Database of shop"}
    box.units[server] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "Description": "PostgreSQL Server"}


def with_mail(box):
    """A mail server with a mailbox and what is left of another, a shop that sends, and a message of it that waits."""
    with_shop(box)
    server = {
        "hostname": "mail.attic.example",
        "domains": ["attic.example"],
        "messageMax": 26214400,
        "dkimSelector": "croft",
        "keys": "/var/lib/croft/mail/dkim",
        "mailboxes": {"ada@attic.example": 2147483648},
        "group": "dovecot2",
    }
    relay = {"host": "smtp.example.net", "port": 587, "security": "starttls", "user": "attic@example.net"}
    sender = {"from": ["shop@attic.example"], "perHour": 100, "port": 26841}
    facts = {"version": 1, "attach": {"shop": {"mail": sender}}, "mail": {"port": 24575, "relay": relay, "server": server}}
    box.write("/etc/croft/facts.json", json.dumps(facts))
    box.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")
    box.write("/var/lib/croft/mail/dkim/attic.example.croft.pub", "MIIBIjANBg")
    box.write("/var/lib/croft/mail/boxes/attic.example/old/Maildir/cur/1", "12345")
    box.zones = {("attic.example", 15): [b"\0\x0a\4mail\xc0\x0c"]}
    reason = {"address": "eve@elsewhere.example", "delay_reason": "Connection refused"}
    message = {"queue_name": "deferred", "queue_id": "4FvX1z9kQ", "arrival_time": int(START), "message_size": 443, "sender": "shop@attic.example", "recipients": [reason]}
    box.mail_queue, box.mail_ports = [message], {"4FvX1z9kQ": 26841}
    box.mail_answer = (250, "2.0.0 Ok: queued as 4FvX1z9kR")
    box.log("postfix.service", "4FvX1z9kR: to=<eve@elsewhere.example>, relay=smtp.example.net[192.0.2.1]:587, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 kept)")


def left_behind(box):
    """A generation ago there was a stall; its data is there still, and a volume that the shop has no more."""
    with_shop(box)
    box.write(f"{box.running()}/etc/croft/facts.json", json.dumps({"version": 1, "attach": {"stall": {"redis": True}}}))
    box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": {"shop": {}}}))
    for place in ("croft/apps/shop/storage/uploads/cat.jpg", "croft/apps/stall/notes.txt", "redis-croft-stall/dump.rdb"):
        box.write(f"/var/lib/{place}", "x" * 5000)


def attached(box):
    """The shop has a job, which ran twice, a volume and files."""
    with_shop(box)
    attach = {"shop": {"jobs": ["tidy"], "storage": {"uploads": 10 * 1024**3}}}
    box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": attach}))
    box.write("/var/lib/croft/sizes.jsonl", '{"apps":{"shop":{"":4096,"uploads":0}},"date":"2026-05-03"}\n')
    job = "croft-job-shop-tidy.service"
    box.elapses["croft-job-shop-tidy.timer"] = 1777939200
    for run, code in (("a", 0), ("b", 3)):
        told = {"UNIT": job, "_PID": "1", "INVOCATION_ID": run * 32}
        box.log("init.scope", "Starting…", MESSAGE_ID="7d4958e842da4a758f6c1cdc7b36dcc5", **told)
        if code:
            ended = {"EXIT_CODE": "exited", "EXIT_STATUS": str(code)}
            box.log("init.scope", "Main process exited", MESSAGE_ID="98e322203f7a4ed290d09fe03c09fe15", **ended, **told)
            box.log("init.scope", "Failed", MESSAGE_ID="d9b373ed55a64feb8242e02dbe79a49c", UNIT_RESULT="exit-code", **told)
        else:
            box.log("init.scope", "Deactivated", MESSAGE_ID="7ad2d189f7e94e70a38c781354912448", **told)
    for name, text in (("storage/uploads/cat.jpg", "cat"), ("notes.txt", "grüß dich\n")):
        box.write(f"/var/lib/croft/apps/shop/{name}", text)
    os.symlink("/etc/passwd", box.path("/var/lib/croft/apps/shop/passwd"))
    box.said_by_command = ([[("out", b"3 rows"), ("err", b"one of them is old")]], 2)


def made_of_three(box):
    """The shop's unit names its program, which needs two more."""
    with_shop(box)
    program, python, glibc = (f"/nix/store/{store_hash(name)}-{name}" for name in ("croft-app-shop-bfc470136e78", "python3-3.13.7", "glibc-2.40-66"))
    for path, needs in ((program, [python, glibc]), (python, [glibc]), (glibc, [])):
        box.write(f"{path}/file", "")
        box.store.add(path, 1000, needs)
    box.store.signed.update(("python3-3.13.7", "glibc-2.40-66"))
    box.write(f"{box.running()}/etc/systemd/system/croft-app-shop.service", f"[Service]\nExecStart={program}/bin/serve\n")


def two_generations(box):
    with_shop(box)
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")


def over_a_new_connection(box):
    box.sign_in(opened=box.uptime + 1)


def waiting(box):
    """A change of the time zone waits to be confirmed; the console asks over a connection from after it."""
    with_shop(box)
    box.run_operations = False
    state = state_text({"shop": app(FIRST)}, timezone="Europe/Paris")
    ask(box, type="apply", operation=operation_id(2), state=state, author=AUTHOR, message="Set the time zone")
    record = records.Record(box, operation_id(2))
    record.decide("activate")
    confirm = {"deadline": box.uptime + 42, "boot": box.boot, "level": "host", "reasons": ["time"]}
    record.note({"phase": "confirm", "confirm": confirm, "activated": box.uptime})
    over_a_new_connection(box)


def kept(box):
    """The runner goes on as soon as the change is confirmed."""
    waiting(box)
    record = records.Record(box, operation_id(2))
    end = result(3, box.running(), box.git("rev-parse", "main"), toplevels.built_state(box, box.running()))
    box.planned.append((box.uptime, lambda: record.finish("SUCCEEDED", "persist", result=end)))


def over_an_old_connection(box):
    waiting(box)
    box.sign_in(opened=10)


def missed(box):
    with_shop(box)
    state = state_text({"shop": app(FIRST)}, timezone="Europe/Paris")
    ask(box, type="apply", operation=operation_id(2), state=state, author=AUTHOR, message="x", confirmWithin=15)


def reverted(box):
    with_shop(box)
    state = state_text({"shop": app(FIRST)}, timezone="Europe/Paris")
    box.planned.append((box.uptime + 2, lambda: ask(box, type="cancel", operation=operation_id(2))))
    ask(box, type="apply", operation=operation_id(2), state=state, author=AUTHOR, message="x")


def with_data(box):
    """Two versions of the shop, with data of both."""
    with_shop(box)
    box.write("/var/lib/croft/apps/shop/orders", "1.0")
    deploy(box, 2, {"shop": app(REV)}, "Deploy shop 2.0")
    box.write("/var/lib/croft/apps/shop/orders", "2.0")


def went_back_with_data(box):
    with_data(box)
    ask(box, type="rollback", operation=operation_id(3), author=AUTHOR, data=True)


def without_snapshot(box):
    two_generations(box)
    box.write("/var/lib/croft/apps/shop/orders", "2.0")


def edited(box):
    with_shop(box)
    box.write("/var/lib/croft/flake/host/default.nix", "{ }\n")


def returned(box):
    edited(box)
    ask(box, type="reconcile", operation=operation_id(2), what="flake", action="return", author=AUTHOR)


def with_policy(box):
    gc = {"automatic": True, "keepGenerations": 2, "minFree": 2 * 1024**3}
    box.write("/etc/croft/facts.json", json.dumps({"version": 1, "gc": gc}))
    box.write("/var/lib/croft/apps/shop/data", "x" * 5000)


def many_generations(box):
    with_policy(box)
    for number in range(1, 5):
        deploy(box, number, {"shop": app(str(number) * 40)}, f"Deploy shop {number}.0")


def reviewed(box):
    with_shop(box)
    closure, facts = box.closure, {"version": 1, "users": {}, "firewall": {"enabled": True, "tcp": [[22, 22]], "udp": []}}
    box.write(f"{box.running()}/etc/croft/facts.json", json.dumps(facts))

    def build(*arguments):
        top = closure(*arguments)
        opened = {**facts, "firewall": {"enabled": True, "tcp": [[22, 22], [443, 443]], "udp": []}, "users": {"ada": {}}}
        box.write(f"{top}/etc/croft/facts.json", json.dumps(opened))
        box.write(f"{top}/etc/systemd/system/multi-user.target.wants/croft-app-stall.service", "")
        box.write(f"{top}/kernel-params", "quiet")
        said = "units: croft-app-shop.service"
        box.switches[(top, "dry-activate")] = ((f"would stop the following {said}", f"would start the following {said}"), 0)
        return top

    box.closure = build
    box.write("/var/lib/croft/apps/shop/data", "")
    building_shop(box)
    state = state_text({"shop": app(REV), "stall": app(FIRST)}, timezone="Europe/Paris")
    frames = ask(box, type="plan", operation=operation_id(2), state=state, author=AUTHOR, message="Open a stall")
    assert frames[0]["type"] == "accepted", frames


def drifted(box):
    two_generations(box)
    box.point("/run/current-system", box.closure("by-hand", state_text(), "0" * 40))
    box.write("/var/lib/croft/flake/extra.nix", "{ }\n")
    box.write("/etc/systemd/system/mine.service", "[Service]\n")
    box.write("/proc/net/tcp", "  sl  local_address\n   0: 00000000:1F90 00000000:0000 0A 0:0 0:0 0 0 0 4242 1\n")
    box.listed["microvm@*.service"] = ["microvm@stray.service"]
    environment = "/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-user-environment"
    box.write(f"{environment}/manifest.nix", '[ { name = "hello-2.12"; } ]')
    box.store.roots = [("/nix/var/nix/profiles/per-user/root/profile-3-link", environment)]


def evaluated(box):
    with_shop(box)
    box.evaluated = (0, box.running(), "")


def with_secrets(box):
    """The shop is given a secret; another one waits for a mail service that is not there yet."""
    entry = app(FIRST)
    entry["run"]["secrets"] = {"API_KEY": {"as": "env"}}
    for owner, name in (("app", "API_KEY"), ("service", "RELAY_PASSWORD")):
        value = "bm90IGEgcmVhbCBvbmU="
        done = ask(box, **{"type": "secret-put", owner: "shop" if owner == "app" else "mail", "name": name, "value": value})[-1]
        assert done["type"] == "done", done
    deploy(box, 1, {"shop": entry}, "Deploy shop 1.0")
    loaded = "LoadCredentialEncrypted=API_KEY:/var/lib/croft/credentials/apps/shop/API_KEY"
    box.write(f"{box.running()}/etc/systemd/system/croft-app-shop.service", f"[Service]\n{loaded}\n")


def with_certificates(box):
    def certificate(name, kind, chain, service, timer):
        return {"name": name, "domains": [name], "kind": kind, "apps": ["shop"], "chain": chain, "service": service, "timer": timer, "reloads": ["nginx.service"]}

    acme = [certificate(name, "acme", f"/var/lib/acme/{name}/fullchain.pem", f"acme-order-renew-{name}.service", f"acme-renew-{name}.timer") for name in ("shop.example", "www.shop.example")]
    uploaded = certificate("sold.example", "uploaded", "/var/lib/croft/certificates/sold.example/full.pem", "croft-certificate-sold.example.service", None)
    authority = {"name": "letsencrypt", "server": "https://acme-v02.api.letsencrypt.org/directory", "challenge": "http-01", "caCertificate": None, "secrets": []}
    opened = [{"protocol": "tcp", "from": port, "to": port, "by": by} for port, by in ((22, "sshd"), (80, "web-server"), (443, "web-server"), (8080, "settings"))]
    firewall = {"enabled": True, "tcp": [[22, 22], [80, 80], [443, 443], [8080, 8080]], "udp": []}
    box.write("/etc/croft/facts.json", json.dumps({"version": 1, "certificates": [*acme, uploaded], "acme": authority, "ports": opened, "firewall": firewall}))
    for place in ("acme/shop.example/fullchain.pem", "acme/old.example/fullchain.pem"):
        box.write(f"/var/lib/{place}", CERTIFICATE)
    box.write("/var/lib/acme/shop.example/acme-success", "")
    box.elapses = {f"acme-renew-{name}.timer": START + 7200 for name in ("shop.example", "www.shop.example")}
    unit, run = "acme-order-renew-www.shop.example.service", "a" * 32
    box.log(unit, "2026/05/04 11:15:51 Could not obtain certificates:", _SYSTEMD_INVOCATION_ID=run)
    box.log(unit, "\tno valid A records found for www.shop.example", _SYSTEMD_INVOCATION_ID=run)
    box.units[unit] = {"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead", "ExecMainStatus": "10", "InvocationID": run}


def not_issued(box):
    with_certificates(box)
    systemctl = box._systemctl
    # The order ends as the one before.
    box._systemctl = lambda argv: (0, "", "") if argv[1] == "start" else systemctl(argv)


def behind_a_router(box):
    with_certificates(box)
    box.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")
    box.write("/proc/net/fib_trie", "Main:\n           |-- 192.168.7.20\n              /32 host LOCAL\n")
    box.write("/proc/net/tcp", "  sl  local_address\n   0: 00000000:0050 00000000:0000 0A 0:0 0:0 0 0 0 4242 1\n")
    box.zones["shop.example", 1] = [bytes((8, 8, 8, 8))]
    box.zones["shop.example", 257] = [b"\0\5issueother.authority"]
    directory = {"newOrder": "https://acme-v02.api.letsencrypt.org/acme/new-order", "meta": {"caaIdentities": ["letsencrypt.org"]}}
    box.web["https://acme-v02.api.letsencrypt.org/directory"] = (0, json.dumps(directory), "")


def listening(box):
    with_certificates(box)
    rows = ((80, 4242), (8081, 4243))
    box.write("/proc/net/tcp", "  sl\n" + "".join(f"   0: 00000000:{port:04X} 00000000:0000 0A 0:0 0:0 0 0 0 {inode} 1\n" for port, inode in rows))
    box.write("/proc/4711/comm", "python3\n")
    box.write("/proc/4711/cgroup", "0::/user.slice/session-1.scope\n")
    os.makedirs(box.path("/proc/4711/fd"))
    os.symlink("socket:[4243]", box.path("/proc/4711/fd/3"))


def logged(box):
    box.log("croft-app-shop.service", "Started croft-app-shop.service - shop.", _SYSTEMD_UNIT="init.scope", UNIT="croft-app-shop.service")
    box.log("croft-app-shop.service", "listening on 8090 — “grüß dich” 🎪")
    box.log("croft-app-other.service", "not yours")
    box.log("croft-app-shop.service", list("caf\udce9".encode("utf-8", "surrogateescape")), PRIORITY="4")


def source(box):
    box.remote = {"HEAD": REV, "refs/heads/main": REV}
    box.source = {"app.py": "print()\n", "Dockerfile": "FROM scratch\nEXPOSE 8090\n"}


#: transcript -> what was done to the box before
SET_UP = {
    "hello": None,
    "protocol-unsupported": None,
    "unknown-type": None,
    "bad-app-name": None,
    "bad-json": None,
    "frame-too-long": None,
    "state": None,
    "state-refused": None,
    "apply-accepted": None,
    "apply-busy": busy,
    "follow-succeeded": followed,
    "follow-resumed": followed,
    "follow-failed": followed_failure,
    "operations": followed_failure,
    "rollback-accepted": two_generations,
    "rollback-no-generation": None,
    "rollback-data-accepted": with_data,
    "rollback-data-not-found": without_snapshot,
    "follow-rollback-data": went_back_with_data,
    "snapshots": went_back_with_data,
    "cancel": busy,
    "cancel-waiting": waiting,
    "confirm": kept,
    "confirm-old-connection": over_an_old_connection,
    "confirm-not-waiting": with_shop,
    "operations-waiting": waiting,
    "follow-confirm-missed": missed,
    "follow-reverted": reverted,
    "reconcile-accepted": edited,
    "follow-reconcile": returned,
    "generations": two_generations,
    "compare": two_generations,
    "closure": made_of_three,
    "closure-identity": made_of_three,
    "closure-not-found": with_shop,
    "verify-accepted": with_shop,
    "mark": two_generations,
    "state-of-generation": two_generations,
    "generation-not-found": None,
    "plan-accepted": with_shop,
    "follow-plan": reviewed,
    "disk": with_policy,
    "gc-plan": many_generations,
    "gc-accepted": many_generations,
    "gc-in-use": two_generations,
    "drift": drifted,
    "drift-evaluated": evaluated,
    "databases": with_databases,
    "database-drop": with_databases,
    "database-drop-in-use": with_databases,
    "database-password-renew": with_password,
    "database-password-renew-none": with_password,
    "sql": with_databases,
    "sql-truncated": with_databases,
    "sql-failed": with_databases,
    "secret-put": with_secrets,
    "secret-put-refused": with_shop,
    "secrets": with_secrets,
    "secret-remove": with_secrets,
    "secret-remove-in-use": with_secrets,
    "apply-secret-missing": with_shop,
    "apply-secret-found": with_shop,
    "cluster-drop-in-use": with_databases,
    "order": ordered,
    "mail": with_mail,
    "mail-dns": with_mail,
    "mail-queue": with_mail,
    "mail-queue-act": with_mail,
    "mail-test": with_mail,
    "mail-password": with_mail,
    "mailbox-drop": with_mail,
    "mailbox-in-use": with_mail,
    "jobs": attached,
    "job-run": attached,
    "exec": attached,
    "storage": attached,
    "data-list": left_behind,
    "data-drop": left_behind,
    "data-drop-in-use": left_behind,
    "browse": attached,
    "read-file": attached,
    "read-file-link": attached,
    "upgrade-accepted": None,
    "certificates": with_certificates,
    "certificate-check": behind_a_router,
    "certificate-renew": with_certificates,
    "certificate-not-issued": not_issued,
    "certificate-put-refused": with_certificates,
    "certificate-remove": with_certificates,
    "certificate-in-use": with_certificates,
    "ports": listening,
    "units": with_shop,
    "metrics": measured,
    "unit-states": told_of_units,
    "control": with_shop,
    "journal": logged,
    "journal-resumed": logged,
    "inspect": source,
    "inspect-refused": None,
    "probe": None,
}


class TranscriptTest(unittest.TestCase):
    maxDiff = None

    def test_every_transcript_is_played(self):
        files = {name.removesuffix(".jsonl") for name in os.listdir(TRANSCRIPTS) if name.endswith(".jsonl")}
        self.assertEqual(files, set(SET_UP))

    def test_hello_lists_every_request(self):
        box = Box()
        self.addCleanup(box.close)
        hello = exchange(box, b'{"type":"hello","protocol":1,"client":"test"}\n')[0]
        self.assertEqual(hello["capabilities"], sorted(REQUESTS))

    def play(self, name):
        box = Box()
        self.addCleanup(box.close)
        if SET_UP[name]:
            SET_UP[name](box)
        steps = read(name)
        said = exchange(box, b"".join(bytes_of(step) for step in steps if step["from"] == "console"))
        expected = [step["frame"] for step in steps if step["from"] == "box"]
        self.assertEqual([normal(frame) for frame in said], [normal(frame) for frame in expected])


def _add(name):
    setattr(TranscriptTest, "test_" + name.replace("-", "_"), lambda self: self.play(name))


for _name in SET_UP:
    _add(_name)


def read(name):
    with open(os.path.join(TRANSCRIPTS, name + ".jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def bytes_of(step):
    if "raw" in step:
        return (step["raw"] * step.get("times", 1)).encode()
    return json.dumps(step["frame"]).encode() + b"\n"


def normal(value, name=None):
    """The value with every example that has the right form replaced by the name of its form."""
    if name == "parts":
        # How many blocks a file takes is the file system's own affair.
        return [{key: part[key] for key in ("id", "mount", "complete")} for part in value]
    if isinstance(value, dict):
        if "ms" in value:
            value = {**value, "ms": "<ms>"}
        if "quota" in value or value.get("type") == "directory":
            value = {**value, "bytes": "<bytes>"}
        if "dataDir" in value and value["bytes"] is not None:
            value = {**value, "bytes": "<bytes>"}
        if {"app", "id", "bytes"} <= value.keys():
            value = {**value, "bytes": "<bytes>"}
        return {key: normal(member, key) for key, member in value.items()}
    if name == "capabilities":
        return "<capabilities>"  # They grow with the protocol; test_hello_lists_every_request holds them.
    if isinstance(value, list):
        return [normal(member) for member in value]
    if isinstance(value, str) and name in EXAMPLES and re.fullmatch(EXAMPLES[name], value):
        return f"<{name}>"
    if isinstance(value, str) and value.startswith("croft-exec-"):
        return "<unit>"
    if isinstance(value, str):
        return _SIZE_IN_TEXT.sub("<size> in", _TIME_IN_TEXT.sub("<time>", value))
    return value


def record(name):
    """Writes a transcript's box side anew; to be read in the diff like any golden file."""
    box = Box()
    try:
        if SET_UP[name]:
            SET_UP[name](box)
        console = [step for step in read(name) if step["from"] == "console"]
        said = exchange(box, b"".join(bytes_of(step) for step in console))
    finally:
        box.close()
    # A hello is answered at once; everything else follows what the console said last.
    split = 1 if said and said[0]["type"] == "hello" else 0
    steps = [*console[:1], *said_by_box(said[:split]), *console[1:], *said_by_box(said[split:])]
    with open(os.path.join(TRANSCRIPTS, name + ".jsonl"), "w", encoding="utf-8") as file:
        for step in steps:
            file.write(json.dumps(step, ensure_ascii=False) + "\n")


def said_by_box(frames):
    return [{"from": "box", "frame": frame} for frame in frames]


if __name__ == "__main__":
    import sys

    if sys.argv[1:2] == ["--record"]:
        for _name in sys.argv[2:] or SET_UP:
            record(_name)
    else:
        unittest.main()
