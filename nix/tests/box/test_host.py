"""Host settings on a booted sandbox host: who gets in, which ports answer from outside, what builds may use, and what a change
leaves alone.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import json
import socket
import subprocess
import unittest

from provisioned import ProvisionedBoxTest, until

# Sends back what it is sent, over TCP and UDP, and hears from everywhere.
ECHO = """
import socketserver, sys, threading
class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read())
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
port = int(sys.argv[1])
threading.Thread(target=socketserver.ThreadingUDPServer(("", port), Datagram).serve_forever, daemon=True).start()
Server(("", port), Stream).serve_forever()
"""
# Two dialogues that ask what the box uses, each for so many readings.
MEASURE = """
import json, socket, sys
dialogues = []
for _ in range(2):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("/run/croft/hostd.sock")
    file = connection.makefile("rwb")
    file.write(b'{"type":"hello","protocol":1,"client":"test"}\\n{"type":"metrics"}\\n')
    file.flush()
    file.readline()
    dialogues.append(file)
readings = [[], []]
for _ in range(int(sys.argv[1])):
    for file, kept in zip(dialogues, readings):
        kept.append(json.loads(file.readline()))
json.dump(readings, sys.stdout)
"""
PORT = 7301
# A dropped packet is not answered: this long is waited for one that should not come.
SILENCE = 1.5


class HostTest(ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.public = {name: cls.key(name) for name in ("ada", "grace")}
        cls.box.write("/srv/test-echo.py", ECHO)
        cls.box.run("systemctl", "stop", "test-echo.service", check=False)
        cls.box.run("systemd-run", "--quiet", "--unit=test-echo", "python3", "/srv/test-echo.py", str(PORT))

    @classmethod
    def key(cls, name):
        file = cls.box.data / f"test-{name}"
        if not file.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file], check=True)
        return file.with_suffix(".pub").read_text().strip()

    def ssh(self, user, *argv, **options):
        return ["ssh", "-T", "-i", str(self.box.data / f"test-{user}"), *self.SSH, f"{user}@{self.address}", *argv]

    SSH = [
        "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
    ]  # fmt: skip

    def asked(self, user, *argv):
        return subprocess.run(self.ssh(user, *argv), capture_output=True, text=True, check=False, timeout=30)

    def show(self, unit, *properties):
        told = self.box.out("systemctl", "show", f"--property={','.join(properties)}", unit)
        return dict(line.split("=", 1) for line in told.splitlines())

    def connect(self):
        return socket.create_connection((self.address, PORT), timeout=SILENCE)

    def assert_no_answer(self):
        with self.assertRaises(TimeoutError):
            self.connect()

    def echoed(self, connection, text):
        connection.sendall(text)
        return connection.recv(len(text))

    def system(self):
        return self.box.out("readlink", "-f", "/run/current-system")

    # -- who gets in ---------------------------------------------------------------------------------------------

    def test_people_sign_in_with_their_keys_and_admins_become_root(self):
        people = {"ada": {"admin": True, "keys": [self.public["ada"]]}, "grace": {"keys": [self.public["grace"]]}}
        self.switch()
        before = self.show("sshd.service", "MainPID")
        self.switch(host={"users": people})
        self.assertEqual(self.asked("ada", "id", "-un").stdout, "ada\n")
        self.assertEqual(self.asked("ada", "sudo", "-n", "id", "-u").stdout, "0\n")
        self.assertEqual(self.asked("grace", "id", "-un").stdout, "grace\n")
        self.assertIn("sudo:", self.asked("grace", "sudo", "-n", "id", "-u").stderr)

        people.pop("grace")
        people["ada"]["keys"] = [self.public["grace"]]
        self.switch(host={"users": people})
        for gone in ("ada", "grace"):
            self.assertIn("Permission denied", self.asked(gone, "true").stderr, gone)
        self.assertEqual(self.show("sshd.service", "MainPID"), before, "an account is no reason to restart sshd")

    def test_passwords_are_taken_only_where_the_state_says_so(self):
        def offered():
            nobody = ["ssh", "-o", "PreferredAuthentications=none", *self.SSH, f"nobody@{self.address}"]
            return subprocess.run(nobody, capture_output=True, text=True, check=False, timeout=30).stderr

        self.switch()
        self.assertIn("(publickey)", offered())
        self.switch(host={"ssh": {"passwordAuthentication": True}})
        self.assertIn("password", offered())

    # -- which ports answer --------------------------------------------------------------------------------------

    def test_a_port_opens_and_closes_and_connections_outlive_both(self):
        self.switch(host={"users": {"ada": {"keys": [self.public["ada"]]}}})
        self.assert_no_answer()
        session = subprocess.Popen(self.ssh("ada", "cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.addCleanup(session.wait)
        self.addCleanup(session.stdout.close)
        self.addCleanup(session.stdin.close)

        people = {"ada": {"keys": [self.public["ada"]]}}
        words = self.switch(host={"users": people, "firewall": {"tcp": [PORT]}})
        self.assertIn("reloading the following units: firewall.service", words)
        with self.connect() as connection:
            self.assertEqual(self.echoed(connection, b"open\n"), b"open\n")
            self.switch(host={"users": people})
            self.assert_no_answer()
            self.assertEqual(self.echoed(connection, b"still here\n"), b"still here\n")
        session.stdin.write(b"and so is SSH\n")
        self.assertEqual(session.stdout.readline(), b"and so is SSH\n")

    def test_udp_is_another_matter(self):
        def answered():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.settimeout(SILENCE)
                udp.sendto(b"ping", (self.address, PORT))
                try:
                    return udp.recv(10) == b"ping"
                except TimeoutError:
                    return False

        self.switch(host={"firewall": {"tcp": [PORT]}})
        self.assertFalse(answered())
        self.switch(host={"firewall": {"udp": [PORT]}})
        self.assertTrue(answered())
        self.assert_no_answer()

    def test_facts_tell_what_is_open_and_who_gets_in(self):
        self.switch(
            host={"firewall": {"tcp": [7302, 7301]}, "users": {"ada": {"admin": True, "keys": [self.public["ada"]]}}},
            owners="{ networking.firewall.interfaces.eth1.allowedUDPPorts = [ 53 ]; }",
        )
        facts = json.loads(self.box.out("cat", "/etc/croft/facts.json"))
        self.assertEqual(facts["firewall"], {"enabled": True, "tcp": [[22, 22], [7301, 7302]], "udp": [[53, 53]]})
        ada = facts["users"]["ada"]
        self.assertEqual((ada["groups"], ada["keys"], ada["normal"]), (["users", "wheel"], 1, True))
        self.assertEqual(facts["ssh"], {"enabled": True, "ports": [22], "passwordAuthentication": False})
        self.assertEqual(self.box.out("cat", f"{self.system()}/etc/croft/facts.json"), json.dumps(facts, sort_keys=True, separators=(",", ":")))

    # -- the host contract ---------------------------------------------------------------------------------------

    def test_a_click_mends_what_the_contract_found_missing(self):
        """The settings that `probe` proposes, put where it says, and nothing else."""

        def checks():
            return {check["id"]: check for check in self.done(type="probe")["checks"]}

        owners = '{ services.journald.storage = "volatile"; networking.enableIPv6 = false; }'
        self.switch(owners=owners)
        before = checks()
        red = [before[name] for name in ("journal", "ipv6")]
        self.assertEqual([(check["ok"], check["found"]) for check in red], [(False, "volatile"), (False, "off")])
        self.assertEqual([check["id"] for check in before.values() if check["level"] == "must" and check["ok"] is not True], [])

        host = {}
        for edit in (edit for check in red for edit in check["fix"]["set"]):
            *way, last = edit["pointer"].removeprefix("/host/").split("/")
            place = host
            for name in way:
                place = place.setdefault(name, {})
            place[last] = edit["value"]
        self.switch(host=host, owners=owners)
        after = checks()
        self.assertEqual([(after[name]["ok"], after[name]["fix"]) for name in ("journal", "ipv6")], [(True, None)] * 2, after)
        # What is said from now on is on the disk.
        self.box.run("logger", "said for good")
        self.box.run("journalctl", "--sync")
        self.assertIn("said for good", self.box.out("journalctl", "--directory=/var/log/journal", "--output=cat", "--lines=50"))
        self.box.run("ip", "-6", "address", "add", "2001:db8::7/64", "dev", "eth0")
        self.assertIn("2001:db8::7", self.box.out("ip", "-6", "address", "show", "dev", "eth0"))

    # -- what builds may use -------------------------------------------------------------------------------------

    def test_builds_have_a_slice_with_limits(self):
        self.switch(host={"build": {"memoryMax": "60%", "cpuWeight": 30, "ioWeight": 40}})
        told = self.show("croft-build.slice", "CPUWeight", "IOWeight", "MemoryMax", "MemoryHigh")
        memory = int(self.box.out("awk", "/^MemTotal/ { print $2 }", "/proc/meminfo")) * 1024
        self.assertEqual((told["CPUWeight"], told["IOWeight"]), ("30", "40"))
        self.assertAlmostEqual(int(told["MemoryMax"]) / memory, 0.60, places=2)
        self.assertAlmostEqual(int(told["MemoryHigh"]) / memory, 0.54, places=2)

    def test_a_build_of_the_daemon_runs_in_the_slice_and_outlives_its_restart(self):
        self.switch()
        self.box.run("rm", "-rf", "/srv/test-gate")
        self.box.run("mkdir", "-p", "/srv/test-gate")
        # The gate is a file that only this build sees.
        expression = """builtins.derivation {
          name = "test-gated"; system = builtins.currentSystem; builder = "/bin/sh"; salt = "%s";
          args = [ "-c" "until [ -e /srv/test-gate/open ]; do /usr/bin/sleep 0.1; done; echo built > $out" ];
        }""" % self.box.out("cat", "/proc/sys/kernel/random/uuid")
        self.box.write("/srv/test-gated.nix", expression)
        build = ["nix", "build", "--file", "/srv/test-gated.nix", "--no-link", "--print-out-paths", "--option", "extra-sandbox-paths", "/srv/test-gate"]
        self.box.run("systemd-run", "--quiet", "--unit=test-build", "--property=RemainAfterExit=yes", "--setenv=NIX_REMOTE=daemon", "--setenv=HOME=/root", *build)
        self.addCleanup(self.box.run, "systemctl", "stop", "test-build.service", check=False)

        def group():
            return self.box.run("sh", "-c", "cat /proc/$(pgrep -f '[u]ntil .*test-gate' | head -n 1)/cgroup", check=False).stdout

        until(lambda: "nix-daemon.service" in group())
        self.assertIn("/croft.slice/croft-build.slice/nix-daemon.service", group())

        before = self.show("nix-daemon.service", "MainPID")
        words = self.switch(owners='{ systemd.services.nix-daemon.environment.TEST = "changed"; }')
        self.assertIn("restarting the following units: nix-daemon.service", words)
        self.assertNotEqual(self.show("nix-daemon.service", "MainPID"), before)
        self.box.write("/srv/test-gate/open", "")
        until(lambda: self.show("test-build.service", "SubState")["SubState"] in ("exited", "failed"))
        self.assertEqual(self.show("test-build.service", "Result"), {"Result": "success"})

    def test_the_box_makes_room_by_its_policy(self):
        def generations():
            return [one["generation"] for one in json.loads(self.box.out("nixos-rebuild", "list-generations", "--json"))]

        def results():
            done = self.box.run("find", "/var/lib/croft/operations", "-name", "result.json").stdout.split()
            return {path: json.loads(self.box.out("cat", path)) for path in done}

        for port in (7401, 7402, 7403):
            self.switch(host={"gc": {"keepGenerations": 2}, "firewall": {"tcp": [port]}})
        before, known = generations(), results()
        self.box.run("systemctl", "start", "croft-gc.service")
        until(lambda: len(results()) > len(known))
        (ended,) = [result for path, result in results().items() if path not in known]
        self.assertEqual(ended["state"], "SUCCEEDED", ended)
        self.assertEqual(generations()[:2], before[:2])
        self.assertNotIn(before[2], generations())

    # -- what a change leaves alone ------------------------------------------------------------------------------

    def test_an_app_is_no_reason_to_touch_the_host(self):
        self.switch()
        self.box.run("nix", "store", "info", "--store", "daemon")
        units = ("sshd.service", "nix-daemon.service", "croft-hostd.socket", "croft-settle.service", "croft-gc.timer", "firewall.service", "systemd-journald.service")
        before = {unit: self.show(unit, "ActiveEnterTimestampMonotonic", "MainPID") for unit in units}
        source = {"type": "git", "url": "http://127.0.0.1:8600/none/.git", "rev": "0" * 40, "narHash": "sha256-" + "A" * 43 + "="}
        app = {"source": source, "build": {"builder": "python"}, "run": {"port": 7305, "command": ["python3", "-m", "http.server", "7305"]}}
        # The files come from the store instead of a server; what the app's unit is made of stays the same.
        owners = '{ pkgs, ... }: { croft.fetchSource = source: pkgs.writeTextDir "main.py" "" // { inherit (source) rev narHash; shortRev = "0000000"; lastModified = 0; }; }'
        words = self.switch(apps={"blog": app}, owners=owners)
        self.assertIn("reloading the following units: firewall.service", words)
        self.assertIn("croft-app-blog.service", words)
        self.assertEqual({unit: self.show(unit, "ActiveEnterTimestampMonotonic", "MainPID") for unit in units}, before)

        app["run"]["env"] = {"GREETING": "other"}
        words = self.switch(apps={"blog": app}, owners=owners)
        self.assertNotIn("firewall.service", words, "its port was open before")
        self.assertEqual({unit: self.show(unit, "ActiveEnterTimestampMonotonic", "MainPID") for unit in units}, before)

    def test_a_restart_is_told_where_only_one_brings_the_whole_system(self):
        def parameters(system):
            return self.box.out("cat", f"/run/{system}-system/kernel-params")

        self.switch()
        self.assertEqual(parameters("current"), parameters("booted"))
        self.switch(owners='{ boot.kernelParams = [ "quiet" "panic=10" ]; }')
        self.assertEqual((parameters("current"), parameters("booted")), ("quiet panic=10", ""))

    # -- what fails, and how -------------------------------------------------------------------------------------

    def test_an_sshd_that_cannot_start_is_status_4(self):
        self.switch()
        good = self.system()
        try:
            # An address of nobody: the configuration is well-formed, and nothing but a start can tell.
            self.commit(owners='{ services.openssh.listenAddresses = [ { addr = "203.0.113.9"; port = 22; } ]; }')
            done = self.rebuild("test")
            self.assertEqual(done.returncode, 4, done.stderr[-3000:])
            self.assertIn("sshd.service", done.stderr)
            with self.assertRaises(OSError):
                socket.create_connection((self.address, 22), timeout=SILENCE)
        finally:
            back = self.box.run(f"{good}/bin/switch-to-configuration", "test", check=False)
        self.assertEqual(back.returncode, 0, back.stderr)
        socket.create_connection((self.address, 22), timeout=10).close()

    def test_an_sshd_configuration_with_a_mistake_is_not_built(self):
        self.switch()
        self.commit(owners='{ services.openssh.extraConfig = "Nonsense yes"; }')
        done = self.rebuild("test")
        self.assertIn("Nonsense", done.stderr)
        self.assertNotIn(done.returncode, (0, 4))

    def test_a_failing_activation_script_is_status_2_and_the_units_come_nevertheless(self):
        self.switch()
        good = self.system()
        try:
            self.commit(owners='{ system.activationScripts.broken = "false"; systemd.services.test-beside = { wantedBy = [ "multi-user.target" ]; script = "true"; serviceConfig = { Type = "oneshot"; RemainAfterExit = true; }; }; }')
            done = self.rebuild("test")
            self.assertEqual(done.returncode, 2, done.stderr[-3000:])
            self.assertIn("Activation script snippet 'broken' failed", done.stderr + done.stdout)
            self.assertEqual(self.show("test-beside.service", "ActiveState"), {"ActiveState": "active"})
        finally:
            self.box.run(f"{good}/bin/switch-to-configuration", "test")

    def test_a_dry_activation_says_what_a_closed_port_does(self):
        self.switch(host={"firewall": {"tcp": [PORT]}})
        self.commit()
        done = self.rebuild("dry-activate")
        self.assertIn("would reload the following units: firewall.service", done.stderr)
        self.connect().close()

    # -- what it uses ----------------------------------------------------------------------------------------------

    def measured(self, count):
        """So many readings of each of two dialogues at once."""
        return json.loads(self.box.out("python3", "-c", MEASURE, str(count)))

    def test_it_is_measured_while_somebody_watches(self):
        first, second = self.measured(3)
        whole = first[0]["sample"]
        self.assertTrue(whole["whole"])
        names = dict(whole["new"])
        self.assertIn("croft-hostd.service", names.values())
        self.assertIn("system.slice", names.values())
        values = {names[unit]: row for unit, *row in whole["units"]}
        self.assertGreater(values["croft-hostd.service"][0], 0, "microseconds of processor time")
        self.assertGreater(whole["cpu"]["idle"], 0)
        self.assertGreater(whole["memory"]["total"], whole["memory"]["available"])
        self.assertIn("/", whole["filesystems"])
        self.assertIn("eth0", whole["interfaces"])
        # What this machine's outer one keeps for itself is a gap with a reason, and null.
        given = self.box.out("cat", "/sys/fs/cgroup/cgroup.controllers").split()
        for controller, column in (("memory", 6), ("io", 12), ("pids", 16)):
            self.assertEqual(f"units.{controller}" in whole["gaps"], controller not in given)
            self.assertEqual(values["croft-hostd.service"][column] is None, controller not in given)
        # One process serves both, at the same moments.
        moments = [{reading["sample"]["at"] for reading in readings[1:]} for readings in (first, second)]
        self.assertTrue(moments[0] & moments[1], moments)
        self.assertEqual(self.box.out("pgrep", "-c", "croft-sampler").strip(), "1")

    def test_a_sampler_that_is_killed_is_started_for_who_asks_next(self):
        self.measured(1)
        self.box.run("systemctl", "kill", "--signal=KILL", "croft-sampler.service")
        self.assertTrue(self.measured(1)[0][0]["sample"]["whole"])

    def test_the_sampler_can_do_little_but_read(self):
        self.measured(1)
        exposure = self.box.out("systemd-analyze", "security", "--no-pager", "croft-sampler.service").strip().splitlines()[-1]
        self.assertLessEqual(float(exposure.split("croft-sampler.service:")[1].split()[0]), 2.5, exposure)
        self.assertNotEqual(self.box.out("sh", "-c", "stat -c %u /proc/$(pgrep croft-sampler)").strip(), "0")


if __name__ == "__main__":
    unittest.main()
