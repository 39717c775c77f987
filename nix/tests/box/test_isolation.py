"""The isolation levels on a real box: each has the same verbs, and keeps from the app what docs/isolation.md says.

One box for all. The levels run side by side, beside an app that they should not be able to reach. CROFT_UPDATE=yes writes what was
found to isolation-levels.json and its table to docs/isolation.md, to be reviewed as a diff.
"""

import base64
import contextlib
import json
import os
import socket
import threading
import unittest
import urllib.request

import isolation
from provisioned import FLAKE, REPOSITORY, ProvisionedBoxTest, until

SOURCE = REPOSITORY / "nix/tests/sources/hostile-app/main.py"
# The files come from the box's own flake instead of a server.
OWNERS = """{ croft.fetchSource = source: {
  outPath = "${./app}"; inherit (source) rev narHash; shortRev = builtins.substring 0 7 source.rev; lastModified = 0;
}; }"""
# Nobody is where the relay should be: what it is given waits.
SERVICES = {"postgresql": {"major": 17}, "mysql": {}, "mail": {"relay": {"host": "localhost", "port": 5587, "user": "attic"}}}
CELLAR = {"targets": {"cellar": {"type": "local", "path": "/srv/cellar"}}}
AUTHOR = {"name": "Ada", "email": "ada@example.org"}
VICTIM_PORT, FIRST_PORT = 8400, 8401
MARK = "victims-own-words"
HOSTILE = "a'b\"c\\d $(id) `id` %h $HOME \n\u00e9 --setenv \t end"
ROUNDS = 7


def app(level, port, **run):
    return {
        "source": {"type": "git", "url": "https://git.example/ada/hostile.git", "rev": "1" * 40, "narHash": f"sha256-{'1' * 42}A="},
        "build": {"builder": "python"},
        "isolation": level,
        "run": {"port": port} | run,
    }


def port(level):
    return FIRST_PORT + isolation.LEVELS.index(level)


def name(level):
    return f"at-{level}"


class IsolationTest(ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.write(f"{FLAKE}/host/app/main.py", SOURCE.read_text())
        # As on NixOS; Debian keeps it for a group.
        cls.box.run("chmod", "0755", "/nix/var/nix/daemon-socket")
        # What clouds have there; its own machine has none.
        cls.box.run("ip", "address", "replace", "169.254.169.254/32", "dev", "lo")
        cls.box.run("systemd-run", "--quiet", "--collect", "--unit=test-metadata", "python3", "-m", "http.server", "80", "--bind", "169.254.169.254")
        cls.addClassCleanup(cls.box.run, "systemctl", "stop", "test-metadata.service", check=False)
        cls.addClassCleanup(cls.box.run, "ip", "address", "del", "169.254.169.254/32", "dev", "lo", check=False)
        cls.outside = cls.outside_server()
        for one in ["victim", *map(name, isolation.LEVELS)]:
            cls.put(one, "API_KEY", b"a value of its own")
        cls.put_for("mail", "RELAY_PASSWORD", b"of no use")
        cls.apps = {"victim": app("service", VICTIM_PORT, env={"ABSTRACT_SOCKET": MARK}, command=["python3", "main.py", MARK], secrets={"API_KEY": {}})}
        cls.apps["victim"]["attach"] = {"redis": {}}
        for level in isolation.LEVELS:
            cls.apps[name(level)] = app(level, port(level), secrets={"API_KEY": {"as": "env"}}, env={"HOSTILE": HOSTILE, "SHLVL": "41"}, hooks={"migrate": ["python3", "main.py", "--migrate"]}) | {
                "attach": {"postgresql": {}, "mysql": {}, "redis": {}, "storage": {"media": {}}, "mail": {"from": [f"{name(level)}@attic.example"]}},
                "jobs": {"tidy": {"onCalendar": "yearly", "command": ["python3", "main.py", "--job"]}},
                "health": {"timeoutSeconds": 60},
            }
        # A box that is kept is started with what its flake says last.
        cls.addClassCleanup(lambda: cls("commit").commit())
        cls.switched(cls.apps)
        until(lambda: cls.get(VICTIM_PORT) is not None)
        cls.box.run("sh", "-c", "runuser -u croft-app-victim -- sh -c 'echo its own > /var/lib/croft/apps/victim/file'")

    @classmethod
    def outside_server(cls):
        """Somebody on the network, beside the box: [address, port]."""
        gateway = json.loads((cls.box.data / "sandbox/host.json").read_text())["gateway"]
        server = socket.create_server((gateway, 0))
        cls.addClassCleanup(server.close)

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].close()

        threading.Thread(target=answer, daemon=True).start()
        return list(server.getsockname())

    @classmethod
    def put(cls, owner, secret, value):
        told = cls.asked(type="secret-put", app=owner, name=secret, value=base64.b64encode(value).decode())[-1]
        assert told["type"] == "done", told

    @classmethod
    def put_for(cls, service, secret, value):
        told = cls.asked(type="secret-put", service=service, name=secret, value=base64.b64encode(value).decode())[-1]
        assert told["type"] == "done", told

    def operation(self, kind, **members):
        *_, last = self.asked(type=kind, operation=f"01jail{os.urandom(10).hex()}", author=AUTHOR, **members)
        self.assertEqual(last["type"], "done", last)
        return last["result"]["operation"]

    @classmethod
    def asked(cls, **frame):
        return json.loads(cls.box.run("python3", "/srv/console.py", stdin=json.dumps(frame)).stdout)

    @classmethod
    def switched(cls, apps, backups=None, action="test"):
        one = cls("commit")
        one.commit(apps=apps, services=SERVICES, owners=OWNERS, backups=backups)
        done = one.rebuild(action)
        assert done.returncode == 0, done.stderr[-3000:]

    @classmethod
    def get(cls, number, path="/"):
        answer = []

        def answered():
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{cls.address}:{number}{path}", timeout=30) as reply:
                answer.append(json.loads(reply.read()))
            return bool(answer)

        until(answered)
        return answer[0]

    def show(self, unit, *properties):
        return self.box.out("systemctl", "show", "--value", *(f"--property={one}" for one in properties), unit).split("\n\n")

    def each_level(self):
        return [(level, name(level), port(level)) for level in isolation.LEVELS]

    # -- the same verbs ------------------------------------------------------------------------------------------------

    def test_the_process_is_given_the_same(self):
        given = {level: self.get(number) for level, _, number in self.each_level()}
        for level, one, number in self.each_level():
            told = given[level]
            environment = told["environment"]
            self.assertEqual(told["user"], int(self.box.out("id", "-u", f"croft-app-{one}")))
            self.assertEqual(told["id"], f"croft-app-{one}")
            self.assertEqual(environment["STATE_DIRECTORY"], f"/var/lib/croft/apps/{one}")
            self.assertEqual(environment["API_KEY"], "a value of its own")
            self.assertEqual((environment["HOSTILE"], environment["SHLVL"]), (HOSTILE, "41"))
            # Where something stands in front of it, that is not given the app's variables: one could say which library to load.
            [units] = self.show(f"croft-app-{one}.service", "Environment")
            self.assertEqual("HOSTILE" in units, level == "service")
            self.assertEqual(told["secrets"], ["API_KEY"])
            self.assertTrue(told["directory"].startswith("/nix/store/"), told["directory"])
            [group] = self.show(f"croft-app-{one}.service", "ControlGroup")
            self.assertTrue(group.endswith(f"/croft-app-{one}.service"), group)
            self.assertIn("/croft-apps.slice/", group)
            self.assertEqual(self.show(f"croft-app-{one}.service", "TasksMax"), ["256"])
        others = {"MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE", "PWD"}
        variables = [set(told["environment"]) - others for told in given.values()]
        self.assertEqual(variables, variables[:1] * len(variables))

    def test_servers_and_volumes_are_reached(self):
        for _, one, number in self.each_level():
            self.assertEqual(self.get(number, "/sql"), self.users(one))
            sent = self.get(number, "/mail")
            self.assertEqual((sent["itself"], "may send as" in sent["another"]), ("taken", True), sent)
            [waits] = [mail for mail in self.asked(type="mail-queue")[-1]["result"]["messages"] if mail["app"] == one]
            self.assertEqual(waits["sender"], f"{one}@attic.example")
            self.asked(type="mail-queue-act", action="delete", id=waits["id"])
            self.assertTrue((self.box.root / f"var/lib/croft/apps/{one}/storage/media").is_dir())
            self.assertEqual(self.get(number, "/redis"), {"redis": "+PONG\r\n"})
            # A Redis that was away is found again.
            self.box.run("systemctl", "stop", f"redis-croft-{one}.service")
            self.box.run("systemctl", "start", f"redis-croft-{one}.service")
            self.assertEqual(self.get(number, "/redis"), {"redis": "+PONG\r\n"})

    @staticmethod
    def users(one):
        return {"postgresql": f"croft-app-{one}", "mysql": f"croft-app-{one}@localhost"}

    def test_a_backup_is_tried_and_brought_back(self):
        # Those of the level `service` are what the other tests of backups are about.
        apps = {name(level): port(level) for level in isolation.LEVELS[1:]}
        self.box.run("rm", "-rf", "/srv/cellar", "/var/lib/croft/backup/cellar.json")
        self.put_for("backup-cellar", "RESTIC_PASSWORD", b"correct horse")
        others = {other: self.apps[other] | {"backup": {"enabled": False}} for other in self.apps if other not in apps}
        self.switched(self.apps | others, CELLAR, "switch")
        self.addCleanup(self.switched, self.apps)
        before = {}
        for one, number in apps.items():
            self.get(number, "/keep?before")
            before[one] = self.get(number, "/kept")
            for engine in ("postgresql", "mysql"):
                self.sql(one, engine, "DROP TABLE IF EXISTS orders")
                self.sql(one, engine, "CREATE TABLE orders AS SELECT 7 AS price")
        self.assertEqual(self.operation("backup-run", target="cellar")["state"], "SUCCEEDED")
        tried = self.operation("restore-test", target="cellar")
        self.assertEqual(tried["state"], "SUCCEEDED", tried)
        copies = {copy["app"]: (copy["started"], copy["tables"]) for copy in tried["result"]["apps"]}
        self.assertEqual(copies, {one: (True, {"count": 2, "rows": 2}) for one in apps}, tried)
        for one, number in apps.items():
            with self.subTest(one):
                self.brought_back(one, number, before[one])

    def brought_back(self, one, number, before):
        self.get(number, "/keep?after")
        for engine in ("postgresql", "mysql"):
            self.sql(one, engine, "UPDATE orders SET price = 8")
        (snapshot,) = self.asked(type="backup-list", target="cellar", app=one)[-1]["result"]["snapshots"]
        swapped = self.operation("backup-restore", target="cellar", snapshot=snapshot["id"], app=one, mode="swap")
        self.assertEqual(swapped["state"], "SUCCEEDED", swapped)
        self.assertEqual(self.get(number, "/kept"), before)
        self.assertEqual([self.sql(one, engine, "SELECT price FROM orders") for engine in ("postgresql", "mysql")], [[["7"]]] * 2)
        self.assertEqual(self.get(number, "/sql"), self.users(one))

    def sql(self, one, engine, text):
        database = one.replace("-", "_")
        told = self.asked(type="sql", engine=engine, database=database, text=text, write=True, rows=10, timeoutSeconds=20)[-1]
        self.assertEqual(told["type"], "done", told)
        return told["result"]["rows"]

    def leaf(self, one):
        """The app's own process, behind what made its place, or what of it the box sees."""
        if one == name("microvm"):
            return self.machine(one)
        [group] = self.show(f"croft-app-{one}.service", "ControlGroup")
        look = 'for p in $(find "/sys/fs/cgroup$1" -name cgroup.procs -exec cat {} +); do case $(cat "/proc/$p/comm") in python3*) echo "$p" ;; esac; done'
        [process] = self.box.run("sh", "-c", look, "sh", group).stdout.split()
        return process

    def machine(self, one):
        return self.box.run("pgrep", "-u", f"croft-app-{one}", "qemu-system", check=False).stdout.strip()

    def run_in(self, one, *command):
        *lines, last = self.asked(type="exec", app=one, command=list(command), timeoutSeconds=60)
        self.assertEqual(last["type"], "done", last)
        return last["result"]["exitCode"], "\n".join(line["text"] for line in lines)

    def test_a_command_runs_where_the_app_does(self):
        for level, one, number in self.each_level():
            self.assertEqual(self.run_in(one, "nosuch")[0], 127)
            code, said = self.run_in(one, "/bin/sh", "-c", 'id -un; printf "%s\\n" "$API_KEY"; ls /var/lib/croft/apps && exit 7')
            account, key, *listed = said.split("\n")
            self.assertEqual((code, account, key), (7, f"croft-app-{one}", "a value of its own"), said)
            self.assertEqual("victim" in listed, level == "service", listed)

    def test_jobs_and_migrations_run_as_the_app(self):
        for _, one, number in self.each_level():
            self.asked(type="job-run", app=one, job="tidy")
            place = self.box.root / f"var/lib/croft/apps/{one}"
            until((place / "from-the-job").is_file)
            user = self.box.out("id", "-u", f"croft-app-{one}")
            self.assertEqual([(place / file).read_text() for file in ("from-the-job", "migrated")], [user, user])

    def test_stop_start_restart_logs_and_a_crash(self):
        for level, one, number in self.each_level():
            unit = f"croft-app-{one}.service"
            self.get(number, "/keep?1")
            lines = self.asked(type="journal", app=one, lines=5)
            self.assertIn("kept 1", [line.get("text") for line in lines])
            before = self.show(unit, "InvocationID")
            self.assertEqual(self.asked(type="control", app=one, action="stop")[-1]["result"]["unit"]["active"], "inactive")
            # Nothing stays behind, and it went by itself: SIGTERM was enough.
            self.assertEqual(self.show(unit, "Result"), ["success"])
            self.assertEqual(self.box.run("pgrep", "-u", f"croft-app-{one}", check=False).stdout, "")
            self.asked(type="control", app=one, action="start")
            self.get(number)
            self.assertNotEqual(self.show(unit, "InvocationID"), before)
            self.asked(type="control", app=one, action="restart")
            self.get(number)
            self.box.run("/usr/bin/kill", "-KILL", self.leaf(one))
            until(lambda: self.show(unit, "NRestarts") == ["1"])
            self.get(number)
            if level == "microvm":
                # A machine whose files are shown no more.
                self.box.run("/usr/bin/pkill", "-KILL", "-u", f"croft-app-{one}", "virtiofsd")
                until(lambda: self.show(unit, "NRestarts") == ["2"])
                self.get(number)
            [reading] = self.asked(type="units", apps=[one])[-1]["result"]["units"]
            self.assertEqual((reading["active"], reading["restarts"]), ("active", 2 if level == "microvm" else 1))

    def test_memory_that_an_app_gives_back_the_box_has_again(self):
        # At other levels it is the box's own kernel that the app gives it back to.
        one, number = name("microvm"), port("microvm")
        size = 128 * 1024 * 1024
        before = self.memory(one)
        self.assertEqual(self.get(number, f"/hold?{size}"), {"held": size})
        full = self.memory(one)
        self.assertGreater(full, before + size // 2)
        self.get(number, "/hold?0")
        until(lambda: self.memory(one) < full - size // 2)

    def test_an_order_to_stop_is_heard_while_the_container_is_made(self):
        result = self.box.run("sh", "-c", STOPS, "sh", f"croft-app-{name('podman')}.service").stdout.splitlines()
        self.assertEqual(result, ["success"] * 8)
        self.get(port("podman"))

    def test_a_new_secret_comes_with_a_restart(self):
        for _, one, number in self.each_level():
            coded = base64.b64encode(b"newer").decode()
            told = self.asked(type="secret-put", app=one, name="API_KEY", value=coded, restart=True)[-1]["result"]
            self.assertEqual(told["restarted"], [f"croft-app-{one}.service"])
            self.assertEqual(self.get(number)["environment"]["API_KEY"], "newer")
            self.put(one, "API_KEY", b"a value of its own")
            self.asked(type="control", app=one, action="restart")

    # -- from level to level -------------------------------------------------------------------------------------------

    def test_the_data_stays_when_the_level_changes(self):
        moved = self.apps[name("service")]
        self.get(port("service"), "/keep?through%20all%20levels")
        kept = self.get(port("service"), "/kept")
        self.assertTrue(kept["owner"])
        for level in [*isolation.LEVELS[1:], "service"]:
            self.switched(self.apps | {name("service"): moved | {"isolation": level}})
            self.assertEqual(self.get(port("service"), "/kept"), kept, level)
            self.assertEqual(self.get(port("service"), "/sql"), self.users("at-service"), level)
            # A machine that is not wanted any more is gone, with its memory.
            self.assertEqual(bool(self.machine("at-service")), level == "microvm")

    # -- what each blocks, and what it costs ---------------------------------------------------------------------------

    def targets(self):
        program = self.get(VICTIM_PORT)["directory"]
        [pid] = self.show("croft-app-victim.service", "MainPID")
        return {
            "otherDirectory": "/var/lib/croft/apps/victim",
            "otherFile": "/var/lib/croft/apps/victim/file",
            "otherSecret": "/run/credentials/croft-app-victim.service/API_KEY",
            "sealedSecrets": "/var/lib/croft/credentials",
            "otherProgram": program,
            "otherSocket": "/run/redis-croft-victim/redis.sock",
            "otherAbstractSocket": MARK,
            # Of the box, whichever way leads there: two that Podman has pasta make for it, and one of QEMU's.
            "addresses": ["127.0.0.1", self.address, "169.254.1.1", "169.254.1.2", "10.0.2.2"],
            "otherPort": VICTIM_PORT,
            "otherWords": MARK,
            "otherPid": int(pid),
            "otherUser": "croft-app-victim",
            "outside": self.outside,
            # By that kernels are told apart: the box shares its own with every level but one.
            "booted": int(self.box.out("sed", "-n", "s/^btime //p", "/proc/stat")),
        }

    def test_what_gets_out_is_what_the_table_says(self):
        targets = json.dumps(self.targets())
        self.switched({one: entry | {"run": entry["run"] | {"env": entry["run"]["env"] | {"TARGETS": targets}}} if one != "victim" else entry for one, entry in self.apps.items()})
        self.addCleanup(self.switched, self.apps)
        open_doors = {level: self.get(number, "/probe") for level, _, number in self.each_level()}
        self.assertEqual(isolation.compared(open_doors, self.costs()), [])

    def costs(self):
        """Seconds from the order to start to the first answer, bytes that are its alone, and seconds for an answer, of each level."""
        start, latency = {}, {}
        # In turns, and the best of each: whatever else the machine does is no cost of a level.
        for turn in range(ROUNDS):
            for level, one, number in self.each_level():
                # An emulated machine takes seconds to start, and by that varies less.
                if level == "microvm" and turn > 0:
                    continue
                start[level] = min(self.start(one, number), start.get(level, 1e9))
                latency[level] = min(float(self.box.run("python3", "-c", ASKS, str(number)).stdout), latency.get(level, 1e9))
        return {level: {"start": start[level], "memory": self.memory(name(level)), "latency": latency[level]} for level in isolation.LEVELS}

    def start(self, one, number):
        self.box.run("systemctl", "stop", f"croft-app-{one}.service")
        self.box.run("systemctl", "reset-failed", f"croft-app-{one}.service", check=False)
        return float(self.box.run("python3", "-c", STARTS, f"croft-app-{one}.service", str(number)).stdout)

    def memory(self, one):
        [group] = self.show(f"croft-app-{one}.service", "ControlGroup")
        sizes = self.box.run("sh", "-c", 'for p in $(find "/sys/fs/cgroup$1" -name cgroup.procs -exec cat {} +); do cat "/proc/$p/smaps_rollup"; done', "sh", group).stdout
        return sum(int(line.split()[1]) * 1024 for line in sizes.splitlines() if line.startswith("Pss:"))


# Later and later, for as long as it takes; one that is not heard takes half a minute, and ends as a failure.
STOPS = """
for later in 0 04 08 12 16 20 24 28; do
  systemctl reset-failed "$1" || true
  systemctl start "$1"
  sleep "0.$later"
  systemctl stop "$1"
  systemctl show --property=Result --value "$1"
done
systemctl reset-failed "$1" || true
systemctl start "$1"
"""
STARTS = """
import subprocess, sys, time, urllib.request
began = time.monotonic()
subprocess.run(["systemctl", "start", sys.argv[1]], check=True)
while True:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[2]}/").read()
        break
    except OSError:
        if time.monotonic() - began > 60:
            raise
        time.sleep(0.005)
print(time.monotonic() - began)
"""
ASKS = """
import http.client, sys, time
took = []
for _ in range(200):
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    connection.request("GET", "/self")
    connection.getresponse().read()
    took.append(time.monotonic() - began)
print(sorted(took)[100])
"""


if __name__ == "__main__":
    unittest.main()
