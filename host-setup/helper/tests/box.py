"""A box in a directory: real files, a real git, and a scripted stand-in for every other program.

The stand-ins keep to what the programs promise (exit codes, output, effect on links and units); everything between
the socket and the process boundary is the real code.
"""

import base64
import json
import os
import re
import shutil
import struct
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from croft_hostd import asking, config, records, scratch  # noqa: E402
from croft_hostd import guard, ports, secrets  # noqa: E402
from croft_hostd.operation import Runner  # noqa: E402
from croft_hostd.output import Output  # noqa: E402
from croft_hostd.operations import Operations  # noqa: E402
from croft_hostd.recovery import Recovery, settle_all  # noqa: E402
from croft_hostd.system import Finished, System  # noqa: E402
from croft_hostd.work import Work  # noqa: E402
from repositories import Restic  # noqa: E402
from servers import Servers  # noqa: E402
from store import Store  # noqa: E402

# The developer's own git settings must not reach the tests, and every commit gets the same id everywhere.
os.environ.update(
    GIT_CONFIG_GLOBAL="/dev/null",
    GIT_CONFIG_NOSYSTEM="1",
    GIT_AUTHOR_NAME="Setup",
    GIT_AUTHOR_EMAIL="setup@example.com",
    GIT_AUTHOR_DATE="2026-05-01T10:00:00Z",
    GIT_COMMITTER_NAME="Setup",
    GIT_COMMITTER_EMAIL="setup@example.com",
    GIT_COMMITTER_DATE="2026-05-01T10:00:00Z",
)

AUTHOR = {"name": "Ada Lovelace", "email": "ada@example.com"}
REV = "bfc470136e7826e7721d2f4f66352d36ba1cac6b"
NAR_HASH = "sha256-u7X5H38MlCuwIOts1POgtL3HAZYi+Qe8rEr2Ep8RX+A="
#: 2026-05-04T12:00:00Z
START = 1777896000.0


def operation_id(number):
    return f"01jtest{number:019d}"


def state_text(apps=None, name="attic", **host):
    document = {"version": 1, "host": {"name": name, "stateVersion": "26.05", **host}, "apps": apps or {}}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def app(rev=REV, port=None, **members):
    entry = {
        "source": {"type": "git", "url": "https://git.example/shop.git", "rev": rev, "narHash": NAR_HASH},
        "build": {"builder": "python"},
        "isolation": "service",
        "run": {"command": ["python3", "app.py"]},
    }
    if port:
        entry["run"]["port"] = port
        entry["health"] = {"path": "/", "timeoutSeconds": 5}
    entry.update(members)
    return entry


class Done:
    """A program that has ended already."""

    def __init__(self, finished):
        self._finished = finished

    def finish(self):
        return self._finished


class ScriptedChild:
    """What a spawned program says, and how it ends."""

    def __init__(self, batches=(), code=0):
        self._batches = list(batches)
        self._code = code
        self.stopped = False

    def lines(self, timeout=None):
        return self._batches.pop(0) if self._batches else None

    def wait(self):
        return self._code

    def stop(self):
        self.stopped = True
        return self._code


class Box(System):
    """A NixOS box as far as croft-hostd can tell."""

    def __init__(self):
        super().__init__(new_root())
        self.root = self._root
        self.clock = START
        #: Seconds since the machine started, and which start it was.
        self.uptime = 5000.0
        self.boot = "b1"
        #: The process that asks; see `sign_in`.
        self.console = None
        #: (uptime, action), in order
        self.planned = []
        #: The guards that are armed
        self.timers = set()
        #: Whether this kernel can freeze a unit
        self.freezes = True
        self.journal = []
        self.calls = []
        self.free = 50 * 1024**3
        self.size = 100 * 1024**3
        self.store = Store(self)
        #: How often Nix was asked to delete a little of what nothing needs
        self.made_room = 0
        #: What `nix eval` answers: (code, stdout, stderr)
        #: What the sealing of a secret ends with instead of a sealed value: (code, stdout, stderr)
        self.sealing = None
        self.evaluated = (1, "", "error: nobody said what this evaluates to")
        #: Whether /boot is a file system of its own
        self.own_boot = False
        #: What name servers know: (name, type of record) -> records as they are in the answer
        self.zones = {}
        #: URL -> (exit code, stdout, stderr) of curl
        self.web = {}
        #: What `systemctl reload` answers
        self.reloads = (0, "", "")
        #: timer -> when it elapses next, in seconds
        self.elapses = {}
        #: `systemctl list-units` of a pattern or type -> units
        self.listed = {"--type=target": ["multi-user.target"]}
        self.units = {}
        self.failing = []
        #: closure name -> (lines, exit code) of its switch-to-configuration test
        self.switches = {}
        #: (stderr lines, exit code) of the next build
        self.build = ((), 0)
        self.remote = {}
        self.remote_failure = None
        self.source = None
        self.run_operations = True
        self.state = "running"
        #: Where in the flake the state is
        self.state_file = "state.json"
        #: What the machine is, what Nix is set to, what journald is told, whether the clock is right, and programs that hang
        self.virtualization = "kvm"
        self.nix_settings = {
            "experimental-features": ["flakes", "nix-command"],
            "sandbox": True,
            "trusted-users": ["root"],
            "substituters": ["https://cache.nixos.org"],
            "trusted-public-keys": ["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="],
            "require-sigs": True,
        }
        self.web["https://cache.nixos.org/nix-cache-info"] = (0, "200", "")
        self.journald = "# /etc/systemd/journald.conf\n[Journal]\nStorage=persistent\n"
        self.synchronized = "yes"
        self.clocks = "inactive\ninactive\ninactive\ninactive\n"
        self.nix_version = "nix (Nix) 2.34.8"
        self.release = "6.18.0"
        self.hanging = set()
        #: Database servers that do not answer, their programs that fail (name -> what they say), and what the app's unit was
        #: doing when a dump's moment was noted
        self.down = set()
        #: Units that do not start
        self.refusing = set()
        #: What the next PostgreSQL does not have, and tables that a copy of the cluster loses rows of
        self.missing_extensions = set()
        self.losing_rows = False
        self.failing_programs = {}
        self.moments = []
        #: What the database servers say to statements: text -> (columns, rows, command) or an error; and the accounts in
        #: whose name they were asked
        self.statements = {}
        # engine -> what its server knows the shop's password by
        self.verifiers = {}
        #: What a one-off command of an app's says (batches of lines), and its exit code
        self.said_by_command = ((), 0)
        self.asked_as = []
        #: Backup targets that do not answer, what a backup meets while it is made, what it ends with, how many a target keeps
        self.unreachable = set()
        #: Targets whose server takes no key
        self.refusing = set()
        self.on_backup = None
        self.backup_code = 0
        self.keeps = 14
        #: Postfix's queue as `postqueue -j` says it, by which port its messages came in, what a listener says to a message,
        #: and the message: (port, sender, recipient, text)
        self.mail_queue = []
        self.mail_ports = {}
        self.mail_answer = (250, "2.0.0 Ok")
        self.mail_sent = None
        self._builds = 0
        self._lay_out()

    def close(self):
        # An operation's process lets go of its files by ending. Here it is this very process, which may have no more than so many.
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{name}").startswith(f"{self.root}/"):
                    os.close(int(name))
            except OSError:
                pass  # The one that lists them, for example.
        shutil.rmtree(self.root)

    # -- the port ----------------------------------------------------------------------------------------------

    def now(self):
        self.clock += 0.000001
        return self.clock

    def monotonic(self):
        return self.uptime

    def boottime(self):
        return self.uptime

    def boot_id(self):
        return self.boot

    def peer(self, fd):
        return self.console

    def pause(self, seconds):
        """Time passes; what a test has planned for a moment happens then."""
        self.clock += seconds
        self.uptime += seconds
        while self.planned and self.planned[0][0] <= self.uptime:
            self.planned.pop(0)[1]()

    def ask_name_server(self, server, question, stream, seconds):
        if not self.zones:
            raise TimeoutError("timed out")
        labels, at = [], 12
        while length := question[at]:
            labels.append(question[at + 1 : at + 1 + length].decode())
            at += 1 + length
        name, kind = ".".join(labels), int.from_bytes(question[at + 1 : at + 3])
        records = self.zones.get((name, kind), [])
        # An answer that does not fit a datagram is cut.
        fits = stream or sum(map(len, records)) < 400
        flags = 0x8180 | (0 if fits else 0x0200) | (0 if any(known == name for known, _ in self.zones) else 3)
        answers = b"".join(b"\xc0\x0c" + kind.to_bytes(2) + b"\0\1\0\0\0\x3c" + len(data).to_bytes(2) + data for data in records)
        counts = [1, len(records) if fits else 0, 0, 0]
        return question[:2] + flags.to_bytes(2) + b"".join(count.to_bytes(2) for count in counts) + question[12:] + (answers if fits else b"")

    def send_mail(self, port, sender, recipient, text):
        self.mail_sent = (port, sender, recipient, text)
        return self.mail_answer

    def group(self, name):
        return os.getegid()

    def free_bytes(self, path):
        return self.free

    def space(self, path):
        return self.size, self.size - self.free

    def is_mount(self, path):
        return path == "/boot" and self.own_boot

    def kernel(self):
        return self.release, "x86_64"

    def start(self, argv, stdin=None, env=None, timeout=60.0, reader=None):
        self.calls.append(argv)
        self.stdin = stdin
        program = argv[0].rsplit("/", 1)[-1]
        if program == "systemd-run" and "restic" in argv:
            return Done(Restic(self, argv, opened).run())
        if program == "systemd-run" and argv[-2:] == ["ask", "-"]:
            self.asked_as.append(_option(argv, "--uid="))
            return Done(Finished(argv, 0, asking.answer(self, stdin.decode("utf-8"))))
        if program in ("cp", "rm", "btrfs", "openssl") or program == "git" and argv[1] != "ls-remote":
            return super().start(argv, stdin, env, timeout, reader)
        if program in self.hanging:
            return Done(Finished(argv, -9))
        return Done(Finished(argv, *getattr(self, "_" + program.replace("-", "_"))(argv)))

    def spawn(self, argv, env=None):
        self.calls.append(argv)
        if argv[0] == "nixos-rebuild":
            return self._build()
        if argv[0] == "systemd-run" and "launch" in argv:
            return ScriptedChild(self.said_by_command[0], self.said_by_command[1])
        if argv[0] == "systemd-run" and "restic" in argv:
            done = Restic(self, argv, opened).run()
            batches = [("out", line.encode()) for line in done.out.splitlines()], [("err", line.encode()) for line in done.err.splitlines()]
            return ScriptedChild([batch for batch in batches if batch], done.code)
        if argv[0] == "systemd-run":
            return self._switch(argv[-2], argv[-1])
        if argv[0] == "journalctl":
            code, out, err = self._journalctl(argv)
            batches = [[("out", line.encode()) for line in out.splitlines()], [("err", line.encode()) for line in err.splitlines()]]
            return ScriptedChild([batch for batch in batches if batch], code)
        if argv[-2:] == ["store", "gc"]:
            return ScriptedChild([[("err", line.encode()) for line in self.store.collect()]])
        raise AssertionError(f"nobody scripted {argv}")

    def stream(self, argv, source=None, target=None, extra=None, timeout=60.0):
        self.calls.append(argv)
        return Servers(self).run(argv, source, target, extra)

    def postgres(self, directory, user, database, settings=None, account=None, timeout=None, port=5432):
        return Servers(self, directory).session("postgresql", database, directory)

    def account(self, name):
        return os.geteuid(), os.getegid()

    def mysql(self, socket, user, database=None, account=None, timeout=None):
        return Servers(self, os.path.dirname(socket)).session("mysql", database)

    # -- what tests set up -------------------------------------------------------------------------------------

    def write(self, path, text):
        place = self.path(path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8") as file:
            file.write(text)

    def closure(self, name, state, revision, unit_text=None):
        """A built system in the store."""
        top = f"/nix/store/{store_hash(name)}-nixos-system-{name}"
        self.write(f"{top}/bin/switch-to-configuration", "")
        self.write(f"{top}/nixos-version", "26.05")
        self.write(f"{top}/etc/croft/state.json", state)
        self.write(f"{top}/etc/croft/revision", revision + "\n")
        for app_name, entry in json.loads(state)["apps"].items():
            unit = f"croft-app-{app_name}.service"
            self.write(f"{top}/etc/systemd/system/{unit}", unit_text or json.dumps(entry, sort_keys=True))
            self.units.setdefault(unit, {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"})
        # An app's package is as large as its revision says, so that two versions differ.
        packages = [self._package(app_name, entry) for app_name, entry in json.loads(state)["apps"].items()]
        self.store.add(top, 1000, [self.store.add(f"/nix/store/{store_hash('glibc')}-glibc-2.40", 30_000_000), *packages])
        return top

    def _package(self, app_name, entry):
        rev = (entry.get("source") or {}).get("rev") or "0" * 40
        name = f"croft-app-{app_name}-{rev[:12]}"
        return self.store.add(f"/nix/store/{store_hash(name)}-{name}", 1_000_000 + int(rev[:4], 16))

    def generation(self, number, top, date=START):
        link = f"{self.path(config.PROFILE)}-{number}-link"
        self.point(f"{config.PROFILE}-{number}-link", top)
        os.utime(link, (date, date), follow_symlinks=False)
        self.point(config.PROFILE, f"system-{number}-link")

    def point(self, link, target):
        place = self.path(link)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target, f"{place}.new")
        os.replace(f"{place}.new", place)

    def log(self, unit, text, **fields):
        number = len(self.journal) + 1
        self.clock += 0.001
        self.journal.append(
            {
                "__CURSOR": f"s=6d1b;i={number:x};b=77aa;m=1;t=2;x=3",
                "__REALTIME_TIMESTAMP": str(round(self.clock * 1_000_000)),
                "PRIORITY": "6",
                "_SYSTEMD_UNIT": unit,
                "MESSAGE": text,
                **fields,
            }
        )

    def commit_by_hand(self, files):
        """What somebody does in the box's flake; `files` by their paths below it."""
        for path, text in files.items():
            self.write(f"/var/lib/croft/flake/{path}", text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=By hand")

    def git(self, *arguments):
        done = super().start(["git", "-C", self.path("/var/lib/croft/flake"), *arguments]).finish()
        assert done.code == 0, done.err
        return done.out.strip()

    def running(self):
        return os.readlink(self.path(config.CURRENT_SYSTEM))

    def boot_default(self):
        return os.readlink(self.path(config.PROFILE))

    # -- stand-ins ---------------------------------------------------------------------------------------------

    def _lay_out(self):
        self.write("/etc/os-release", 'ID=nixos\nPRETTY_NAME="NixOS 26.05"\n')
        self.write("/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")
        self.write("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
        self.write("/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 6000000 kB\nSwapFree: 0 kB\n")
        self.write("/proc/self/mountinfo", "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n")
        self.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
        self.write("/proc/sys/user/max_user_namespaces", "63000\n")
        self.write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0\n")
        self.write("/proc/net/if_inet6", "fe800000000000000000000000000007 02 40 20 80 eth0\n")
        self.write("/proc/cpuinfo", "flags : fpu vmx sse2\n")
        self.write("/sys/class/misc/kvm/dev", "10:232\n")
        self.write("/sys/module/nf_tables/refcnt", "1\n")
        self.write("/lib/modules/6.18.0/modules.dep", "kernel/drivers/net/wireguard/wireguard.ko.xz:\n")
        self.write("/boot/loader/loader.conf", "")
        self.write("/etc/ssh/ssh_host_ed25519_key.pub", "ssh-ed25519 AAAA root@attic\n")
        os.utime(self.path("/etc/ssh/ssh_host_ed25519_key.pub"), (START - 41 * 86400, START - 41 * 86400))
        self.write("/var/log/journal/machine", "")
        self.write("/run/systemd/journal/flushed", "")
        self.write("/etc/croft/hostd.json", '{"flake":"/var/lib/croft/flake","attribute":"attic"}')
        self.write("/var/lib/croft/flake/flake.nix", "{ }\n")
        self.write("/var/lib/croft/flake/state.json", state_text())
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Set up")
        top = self.closure("first", state_text(), self.git("rev-parse", "main"))
        os.makedirs(os.path.dirname(self.path(config.PROFILE)))
        self.generation(1, top)
        self.point(config.CURRENT_SYSTEM, top)
        self.point(config.BOOTED_SYSTEM, top)
        self.point("/boot/default-system", top)

    def _systemd_run(self, argv):
        if "eval" in argv:
            return self.evaluated
        if "systemd-creds" in argv:
            name = next(part for part in argv if part.startswith("--name=")).removeprefix("--name=")
            return self.sealing or (0, sealed(name, self.stdin), "")
        if "rm" in argv:
            for place in argv[argv.index("-rf") + 2 :]:
                shutil.rmtree(self.path(place), ignore_errors=True)
            return 0, "", ""
        if "postqueue" in argv:
            return 0, "".join(json.dumps(message) + "\n" for message in self.mail_queue) if argv[-1] == "-j" else "", ""
        if "postcat" in argv:
            return self._postcat(argv)
        if "postsuper" in argv:
            self.mail_queue = [message for message in self.mail_queue if message["queue_id"] != argv[-1]]
            return 0, "", ""
        if argv[-2] == "holders":
            return 0, json.dumps(ports.holders_of(self, argv[-1].split(","))), ""
        unit = next(part for part in argv if part.startswith("--unit=")).removeprefix("--unit=")
        operation = argv[-1]
        if argv[-2] == "guard":
            self.timers.add(unit)
            return 0, "", ""
        if self.units.get(unit, {}).get("ActiveState") == "active":
            return 1, "", f"Failed to start transient service unit: Unit {unit} was already loaded or has a fragment file.\n"
        self.units[unit] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        if self.run_operations and not unit.startswith(scratch.UNIT):
            self.run_operation(operation, argv[-2])
        return 0, "", ""

    def run_operation(self, operation, verb="run"):
        """What the unit's main process does, in this process."""
        unit = records.unit_of(operation)
        log = records.Record(self, operation).open_log()
        try:
            work = Work(self, config.load(self), operation, Output(log, lambda priority, text: self.log(unit, text)))
            if verb == "guard":
                guard.look(self, work.record, Recovery(work))
                return
            {"run": Runner, "recover": Recovery}[verb](work).run()
        finally:
            log.close()
        self.units[unit] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "exited"}

    def kill(self, unit):
        """SIGKILL to an operation's unit: its ExecStopPost runs."""
        operation = unit.removeprefix("croft-op-").removesuffix(".service")
        if self.units.get(unit, {}).get("SubState") == "running" and len(operation) == 26:
            self.run_operation(operation, "recover")
            self.units[unit] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}

    def sign_in(self, opened, pid=900):
        """The console's SSH connection, opened at that uptime: sshd's two processes, and the relay that asks."""
        rows = ((pid, "croft-host", pid - 1, opened + 1, 990), (pid - 1, "sshd-session", pid - 2, opened + 0.5, 990))
        for number, name, parent, started, user in (*rows, (pid - 2, "sshd-session", 700, opened, 0), (700, "sshd", 1, 10.0, 0)):
            fields = ["S", str(parent), *["0"] * 17, str(int(started * os.sysconf("SC_CLK_TCK"))), "0"]
            self.write(f"/proc/{number}/stat", f"{number} ({name}) {' '.join(fields)}\n")
            self.write(f"/proc/{number}/status", f"Name:\t{name}\nUid:\t{user}\t{user}\t{user}\t{user}\n")
        self.console = pid

    def reboot(self):
        """The power comes back: nothing runs but what the boot loader starts."""
        top = os.readlink(self.path("/boot/default-system"))
        self.point(config.CURRENT_SYSTEM, top)
        self.point(config.BOOTED_SYSTEM, top)
        self.boot += "+"
        self.uptime = 20.0
        self.timers.clear()
        self.units = {name: unit for name, unit in self.units.items() if name.startswith("croft-app-")}
        settle_all(self, config.load(self), Operations(self, config.load(self)))

    def _build(self):
        """nixos-rebuild build: evaluates the commit it was told, by looking at its state."""
        argv = self.calls[-1]
        lines, code = self.build
        reference = argv[argv.index("--flake") + 1]
        revision = reference.split("?rev=")[1].split("#")[0]
        if code == 0:
            self._builds += 1
            top = self.closure(f"attic-{revision[:7]}", self.git("cat-file", "blob", f"{revision}:{self.state_file}") + "\n", revision)
            directory = records.Record(self, self._operation_of(revision)).directory
            os.symlink(top, os.path.join(directory, "result"))
        return ScriptedChild([[("err", line.encode())] for line in lines], code)

    def _operation_of(self, revision):
        """The real program leaves its link in the working directory, which is the running operation's."""
        running = [
            name
            for name in records.identities(self)
            if records.Record(self, name).exists() and not records.Record(self, name).ended()
        ]
        return running[0]

    def _switch_to_configuration(self, argv):
        top = os.path.dirname(os.path.dirname(argv[0]))
        lines, code = self.switches.get((top, argv[1]), ((), 0))
        if code == 0:
            self.point("/boot/default-system", top)
        return code, "", "".join(line + "\n" for line in lines)

    def _switch(self, program, action):
        top = os.path.dirname(os.path.dirname(program))
        lines, code = self.switches.get(top if action == "test" else (top, action), ((), 0))
        if action == "test" and code in (0, 4):
            self.point(config.CURRENT_SYSTEM, top)
        return ScriptedChild([[("err", line.encode())] for line in lines], code)

    def _nix_env(self, argv):
        if "--delete-generations" in argv:
            for number in argv[argv.index("--delete-generations") + 1 :]:
                os.unlink(f"{self.path(config.PROFILE)}-{number}-link")
            return 0, "", ""
        verb, value = argv[-2:]
        names = os.listdir(os.path.dirname(self.path(config.PROFILE)))
        numbers = [int(name.split("-")[1]) for name in names if name.endswith("-link")]
        if verb == "--switch-generation":
            self.point(config.PROFILE, f"system-{value}-link")
            return 0, "", ""
        current = os.readlink(self.path(config.PROFILE))
        if os.readlink(os.path.join(os.path.dirname(self.path(config.PROFILE)), current)) != value:
            self.generation(max(numbers) + 1, value, self.clock)
        return 0, "", ""

    def _nix(self, argv):
        if "path-info" in argv:
            return self.store.path_info(argv)
        if "prefetch" in argv:
            if self.source is None:
                return 1, "", "error: unable to download the source\n"
            for name, text in self.source.items():
                self.write(f"/nix/store/{store_hash('source')}-source/{name}", text)
            locked = {"lastModified": int(START), "rev": REV}
            return 0, json.dumps({"hash": NAR_HASH, "storePath": f"/nix/store/{store_hash('source')}-source", "locked": locked}), ""
        if argv[-1] == "--version":
            return 0, f"{self.nix_version}\n", ""
        if argv[-4:-1] == ["store", "gc", "--max"]:
            self.made_room += 1
            return 0, "", ""
        if "config" in argv:
            return 0, json.dumps({name: {"value": value} for name, value in self.nix_settings.items()}), ""
        raise AssertionError(f"nobody scripted {argv}")

    def _nix_store(self, argv):
        assert argv[1:] == ["--gc", "--print-roots"], argv
        return self.store.print_roots()

    def _git(self, argv):
        assert argv[1] == "ls-remote", argv
        if self.remote_failure:
            return 128, "", self.remote_failure
        return 0, "".join(f"{value}\t{name}\n" for name, value in self.remote.items() if name in argv or value.startswith("ref:")), ""

    def _systemctl(self, argv):
        if argv[1] == "--version":
            return 0, "systemd 257 (257.9)\n+PAM +AUDIT\n", ""
        if argv[1:3] == ["is-active", "chronyd.service"]:
            return 3, self.clocks, ""
        if argv[1] == "show":
            blocks = []
            for unit in argv[argv.index("--") + 1 :] if "--" in argv else self.units:
                values = {"Id": unit, "LoadState": "not-found", "ActiveState": "inactive", "SubState": "dead", "Result": "success"}
                values.update(NRestarts="0", MainPID="0", StateChangeTimestamp=f"@{int(START)}", User=unit.removesuffix(".service"))
                values.update(self.units.get(unit, {}))
                blocks.append("\n".join(f"{name}={value}" for name, value in values.items()))
            return 0, "\n\n".join(blocks) + "\n", ""
        if argv[1] == "list-units":
            if "croft-op-*.service" in argv:
                ended = [unit for unit, state in self.units.items() if unit.startswith("croft-op-") and state["SubState"] == "exited"]
                return 0, "".join(f"{unit} loaded active exited Croft operation\n" for unit in ended), ""
            for asked in argv:
                if asked in self.listed or asked.startswith(("--type=", "microvm@")):
                    return 0, "".join(f"{unit} loaded active active {unit}\n" for unit in self.listed.get(asked, ())), ""
            return 0, "".join(f"{unit} loaded failed failed {unit}\n" for unit in self.failing), ""
        if argv[1] == "cat":
            place = self.path(f"{self.running()}/etc/systemd/system/{argv[-1]}")
            if not os.path.exists(place):
                return 1, "", f"No files found for {argv[-1]}.\n"
            with open(place, encoding="utf-8") as file:
                return 0, f"# {place}\n{file.read()}", ""
        if argv[1] == "list-timers":
            timers = [{"unit": timer, "next": int(seconds * 1_000_000)} for timer, seconds in self.elapses.items()]
            return 0, json.dumps(timers), ""
        if argv[1] == "reload":
            return self.reloads
        if argv[1] == "is-system-running":
            return 0, self.state + "\n", ""
        unit = argv[-1]
        if argv[1] == "stop" and unit.endswith(".timer"):
            self.timers.discard(unit.removesuffix(".timer"))
            return 0, "", ""
        if argv[1] in ("freeze", "thaw"):
            if not self.freezes:
                return 1, "", "Failed to freeze unit: Operation not supported\n"
            self.units[unit]["FreezerState"] = {"freeze": "frozen", "thaw": "running"}[argv[1]]
        if argv[1] == "kill":
            self.kill(unit)
        if argv[1] == "stop":
            for stopped in argv[argv.index("--") + 1 :]:
                self.kill(stopped)
                self.units[stopped] = {"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead"}
        elif argv[1] in ("start", "restart"):
            for started in argv[argv.index("--") + 1 :]:
                if started in self.refusing:
                    return 1, "", f"Failed to start {started}\n"
                self.units[started] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "MainPID": "4711"}
        elif argv[1] == "reset-failed":
            for name in argv[argv.index("--") + 1 :]:
                if self.units.get(name, {}).get("ActiveState") in ("failed", "inactive") and name.startswith("croft-op-"):
                    del self.units[name]
        return 0, "", ""

    def _journalctl(self, argv):
        entries = self.journal
        back = "--reverse" in argv
        for name in ("--after-cursor=", "--cursor="):
            place = _option(argv, name)
            if place is None:
                continue
            assert _option(argv, "--since=") is None, "journalctl takes one of --since and a cursor"
            positions = [number for number, entry in enumerate(entries) if entry["__CURSOR"] == place]
            if not positions:
                return 1, "", "Failed to seek to cursor: Invalid argument\n"
            itself = name == "--cursor="
            entries = entries[: positions[0] + itself] if back else entries[positions[0] + (not itself) :]
        run = _option(argv, "_SYSTEMD_INVOCATION_ID=")
        if run is not None:
            entries = [entry for entry in entries if run in (entry.get("_SYSTEMD_INVOCATION_ID"), entry.get("INVOCATION_ID"))]
        grep = _option(argv, "--grep=")
        if grep is not None:
            quoted = re.sub(r"\\Q(.*?)(?:\\E|\Z)", lambda part: re.escape(part[1]), grep)
            try:
                pattern = re.compile(quoted, re.IGNORECASE if "--case-sensitive=false" in argv else 0)
            except re.error as error:
                return 1, "", f'Bad pattern "{grep}": {error}\n'
            entries = [entry for entry in entries if pattern.search(str(entry["MESSAGE"]))]
        for name, fits in (("--since=", lambda at, bound: at >= bound), ("--until=", lambda at, bound: at <= bound)):
            if (bound := _option(argv, name)) is not None:
                bound = round(float(bound[1:]) * 1_000_000)
                entries = [entry for entry in entries if fits(int(entry["__REALTIME_TIMESTAMP"]), bound)]
        priority = _option(argv, "--priority=")
        if priority is not None:
            entries = [entry for entry in entries if int(entry["PRIORITY"]) <= int(priority)]
        identifiers = [part.removeprefix("--identifier=") for part in argv if part.startswith("--identifier=")]
        if identifiers:
            entries = [entry for entry in entries if entry.get("SYSLOG_IDENTIFIER") in identifiers]
        units = [part.removeprefix("--unit=") for part in argv if part.startswith("--unit=")] or [_option(argv, "_SYSTEMD_UNIT=")]
        if "_PID=1" in argv:
            entries = [entry for entry in entries if entry.get("UNIT") == _option(argv, "UNIT=") and entry.get("_PID") == "1"]
        if units != [None]:
            of = lambda entry: (entry["_SYSTEMD_UNIT"], entry.get("UNIT") or "")  # noqa: E731
            entries = [entry for entry in entries if any(fnmatch(name, unit) for name in of(entry) for unit in units)]
        if back:
            entries = entries[::-1]
        lines = _option(argv, "--lines=")
        if lines is not None:
            assert not (lines.startswith("+") and back), "journalctl has no --lines=+N with --reverse"
            entries = entries[: int(lines.lstrip("+"))] if back or lines.startswith("+") else entries[-int(lines) :]
        if "--output=cat" in argv:
            return 0, "".join(entry["MESSAGE"] + "\n" for entry in entries), ""
        if "--output=json" in argv:
            return 0, "".join(json.dumps(entry) + "\n" for entry in entries), ""
        return 0, "".join(f"2026-05-04T12:00:00+00:00 attic app[1]: {entry['MESSAGE']}\n" for entry in entries), ""

    def _systemd_creds(self, argv):
        verb, name, coded, place, _ = argv[1:]
        assert (verb, coded) == ("decrypt", "--transcode=base64"), argv
        value = opened(name.removeprefix("--name="), Path(place).read_text(encoding="ascii"))
        return (1, "", "Failed to decrypt\n") if value is None else (0, base64.b64encode(value).decode() + "\n", "")

    def _postcat(self, argv):
        said = ""
        for identity in argv[argv.index("-q") + 1 :]:
            if identity not in self.mail_ports:
                return 1, said, f"postcat: fatal: open queue file {identity}: No such file or directory\n"
            said += f"*** ENVELOPE RECORDS deferred/{identity[0]}/{identity} ***\nsender: a@b.example\n"
            said += f"named_attribute: server_port={self.mail_ports[identity]}\nnamed_attribute: helo_name=x\n"
        return 0, said, ""

    def _curl(self, argv):
        return self.web.get(argv[-1], (7, "", f"curl: (7) Failed to connect to {argv[-1]}"))

    def _sync(self, argv):
        return 0, "", ""

    def _timedatectl(self, argv):
        return 0, f"{self.synchronized}\n", ""

    def _systemd_analyze(self, argv):
        assert argv[1:] == ["cat-config", "systemd/journald.conf"], argv
        return 0, self.journald, ""

    def _systemd_detect_virt(self, argv):
        return (1 if self.virtualization == "none" else 0), f"{self.virtualization}\n", ""


def new_root():
    """An empty directory for a box: in memory where there is some, for each change waits for the disk a dozen times."""
    return tempfile.mkdtemp(prefix="croft-box-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def sealed(name, value):
    """What systemd-creds makes of a value, as far as lengths and legibility go: its header, then what nobody can read."""
    header = secrets.HOST_ONLY + struct.pack("<4I", 32, 1, 12, 16) + bytes(16)
    named = struct.pack("<2QI", 0, 0, len(name)) + name.encode()
    hidden = bytes(byte ^ 0xA5 for byte in named + bytes(-len(named) % 8) + value)
    return base64.b64encode(header + hidden + bytes(16)).decode() + "\n"


def opened(name, text):
    """The value in what `sealed` made; None when it was sealed under another name."""
    shown = bytes(byte ^ 0xA5 for byte in base64.b64decode(text)[48:-16])
    end = 20 + len(name)
    return shown[end + -end % 8 :] if shown[20:end] == name.encode() else None


def store_hash(name):
    """32 characters of Nix's alphabet that depend on the name."""
    import hashlib

    digest = hashlib.sha256(name.encode()).digest()
    return "".join("0123456789abcdfghijklmnpqrsvwxyz"[byte % 32] for byte in digest)


def _option(argv, prefix):
    return next((part.removeprefix(prefix) for part in argv if part.startswith(prefix)), None)


def nix_records(*parts):
    """internal-json lines from dictionaries."""
    return tuple("@nix " + json.dumps(part) for part in parts)


def building(derivation="/nix/store/7px06da6vg3k4sz2m3m9hf0bq8m9rpbj-croft-app-shop-bfc470136e78.drv", lines=("packed 1 file",)):
    """What Nix writes while it builds one derivation."""
    records_of_lines = [{"action": "result", "id": 2, "type": 101, "fields": [line]} for line in lines]
    return nix_records(
        {"action": "start", "id": 1, "type": 104, "level": 5, "text": "", "parent": 0},
        {"action": "start", "id": 2, "type": 105, "level": 3, "text": "building", "parent": 0, "fields": [derivation, "", 1, 1]},
        *records_of_lines,
        {"action": "stop", "id": 2},
        {"action": "result", "id": 1, "type": 105, "fields": [1, 1, 0, 0]},
        {"action": "stop", "id": 1},
    )


