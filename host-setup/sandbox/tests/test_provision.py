"""The whole way of `sandbox start`: from nothing to a box that answers a console over SSH."""

import json
import subprocess
import time
import unittest

from box import Box

HELLO = json.dumps({"type": "hello", "protocol": 1, "client": "test"}) + "\n"
FLAKE = "/var/lib/croft/flake"


class ProvisionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Box()
        cls.addClassCleanup(cls.box.remove)
        cls.make_key()
        cls.first_start = cls.box.command("start").stderr
        cls.host = json.loads((cls.box.data / "sandbox/host.json").read_text())

    @classmethod
    def make_key(cls):
        """The console's key, as `croft up` makes it."""
        cls.key = cls.box.data / "console/channel_ed25519"
        cls.key.parent.mkdir(exist_ok=True)
        for file in (cls.key, cls.key.with_suffix(".pub")):
            file.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "croft", "-f", cls.key], check=True)

    def ssh(self, *argv, key=None, stdin=HELLO):
        known = self.box.data / "known_hosts"
        scan = subprocess.run(["ssh-keyscan", "-t", "ed25519", self.host["address"]], capture_output=True, text=True, check=True)
        known.write_text(scan.stdout)
        options = ["-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", str(key or self.key)]
        return subprocess.run(
            ["ssh", "-T", *options, f"{self.host['user']}@{self.host['address']}", *argv],
            input=stdin, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip

    def hello(self):
        reply = self.ssh()
        self.assertEqual(reply.stderr, "")
        return json.loads(reply.stdout.splitlines()[0])

    def generations(self):
        return json.loads(self.box.out("nixos-rebuild", "list-generations", "--json"))

    def test_1_host_json_names_the_way_in(self):
        self.assertIn(f"ready: croft-host@{self.host['address']}:22", self.first_start)
        self.assertEqual((self.host["name"], self.host["user"], self.host["port"]), ("sandbox", "croft-host", 22))
        offered = subprocess.run(["ssh-keyscan", "-t", "ed25519", self.host["address"]], capture_output=True, check=True).stdout
        printed = subprocess.run(["ssh-keygen", "-lf", "-"], input=offered, capture_output=True, check=True).stdout.decode()
        self.assertEqual(printed.split()[1], self.host["fingerprint"])

    def test_2_the_console_is_answered_and_nothing_else(self):
        hello = self.hello()
        self.assertEqual((hello["type"], hello["protocol"], hello["host"]), ("hello", 1, "sandbox"))
        # Whatever is asked for, it is the relay that runs.
        self.assertEqual(json.loads(self.ssh("id").stdout.splitlines()[0])["type"], "hello")

    def test_3_generation_1_runs_and_says_what_made_it(self):
        rows = self.generations()
        self.assertEqual([row["generation"] for row in rows], [1])
        self.assertEqual(rows[0]["configurationRevision"], self.box.out("git", "-C", FLAKE, "rev-parse", "main"))
        self.assertEqual(self.box.out("systemctl", "is-system-running"), "running")
        self.assertEqual(self.box.out("git", "-C", FLAKE, "status", "--porcelain"), "")
        self.assertIn("Debian", self.box.out("cat", "/etc/os-release"))

    def test_4_nothing_to_do_is_done_at_once(self):
        started = time.monotonic()
        self.box.command("start")
        self.assertLess(time.monotonic() - started, 2)
        self.assertEqual(len(self.generations()), 1)

    def test_5_stopped_and_started_it_answers_again(self):
        self.box.command("stop")
        started = time.monotonic()
        self.box.command("start")
        self.assertLess(time.monotonic() - started, 10)
        self.host = json.loads((self.box.data / "sandbox/host.json").read_text())
        self.assertEqual(self.hello()["host"], "sandbox")
        self.assertEqual(len(self.generations()), 1)
        self.assertEqual(self.box.out("systemctl", "is-system-running"), "running")

    def test_6_a_new_key_is_let_in_and_the_state_is_kept(self):
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["host"]["timezone"] = "Europe/Paris"
        self.box.write(f"{FLAKE}/state.json", json.dumps(state, indent=2, sort_keys=True) + "\n")
        git = ["git", "-C", FLAKE, "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        self.box.run(*git, "commit", "--quiet", "--all", "--message", "timezone")

        old = self.key.rename(self.key.with_name("old"))
        self.make_key()
        self.box.command("start")
        self.assertEqual(self.hello()["host"], "sandbox")
        self.assertIn("Permission denied", self.ssh(key=old).stderr)
        self.assertEqual(json.loads(self.box.out("cat", f"{FLAKE}/state.json")), state)
        self.assertEqual(self.box.out("date", "+%Z"), self.box.out("env", "TZ=Europe/Paris", "date", "+%Z"))
        self.assertEqual(self.box.out("git", "-C", FLAKE, "log", "--format=%an: %s").splitlines(),
                         ["Croft: Update the sandbox host", "Ada: timezone", "Croft: Set up the sandbox host"])  # fmt: skip

    def test_7_without_a_key_it_explains(self):
        (self.key.with_suffix(".pub")).rename(self.key.with_name("away"))
        result = self.box.command("start", check=False)
        (self.key.with_name("away")).rename(self.key.with_suffix(".pub"))
        self.assertEqual(result.returncode, 1)
        for word in ("was not provisioned", "does not exist", "ssh-keygen -t ed25519"):
            self.assertIn(word, result.stderr)


if __name__ == "__main__":
    unittest.main()
