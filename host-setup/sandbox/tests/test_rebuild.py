"""nixos-rebuild and the boot of the box, with real Nix and a flake of the tests' own."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from box import SANDBOX, shared_box

HERE = Path(__file__).resolve().parent
FLAKE = "/srv/test-flake"
UNIT = "[Service]\nEnvironment=LABEL={label}\nExecStart={command}\n"
SLEEP = "/usr/bin/sleep infinity"


class RebuildTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = shared_box()
        target = cls.box.root / FLAKE.lstrip("/")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(HERE / "flake", target)
        shutil.copy(SANDBOX.parent / "nixpkgs/nixos/switch-to-configuration", target)
        cls.box.run("git", "-C", FLAKE, "init", "--quiet", "--initial-branch=main")
        # A fresh profile: generation numbers start at 1.
        cls.box.run("sh", "-c", "rm -f /nix/var/nix/profiles/system*-link /nix/var/nix/profiles/system")

    def wish(self, label, command=SLEEP, broken="", **units):
        """Commits what the next system shall be; returns the revision."""
        units = {"app.service": UNIT.format(label=label, command=command)} | {f"{name}.service": text for name, text in units.items()}
        self.box.write(f"{FLAKE}/wish.json", json.dumps({"label": label, "units": units, "broken": broken}))
        git = ["git", "-C", FLAKE, "-c", "user.name=Test", "-c", "user.email=test@example.org"]
        self.box.run(*git, "add", "--all")
        self.box.run(*git, "commit", "--quiet", "--allow-empty", "--message", label)
        return self.box.out("git", "-C", FLAKE, "rev-parse", "HEAD")

    def rebuild(self, *argv, status=0, environment=()):
        # In a directory of its own: `build` leaves its result link in the working directory.
        result = self.box.run(
            "env", "--chdir=/srv", *environment, "nixos-rebuild", *argv, check=False
        )
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def switch(self, label, action="switch", status=0, **wish):
        self.wish(label, **wish)
        return self.rebuild(action, "--flake", f"{FLAKE}#box", status=status)

    def generations(self):
        return json.loads(self.rebuild("list-generations", "--json").stdout)

    def current(self):
        return next(row["generation"] for row in self.generations() if row["current"])

    def running(self):
        label = self.box.out("systemctl", "show", "--property=Environment", "--value", "app.service")
        state = self.box.out("systemctl", "is-active", "app.service")
        return label.removeprefix("LABEL="), state

    def profile(self):
        link = self.box.root / "nix/var/nix/profiles/system"
        return os.readlink(link) if os.path.lexists(link) else None

    def test_switch_makes_a_generation_and_activates_it(self):
        result = self.switch("v1")
        self.assertRegex(result.stdout, r"^/nix/store/[a-z0-9]{32}-nixos-system-box-v1\n$")
        self.assertTrue(result.stderr.startswith("building the system configuration...\n"), result.stderr)
        self.assertTrue(result.stderr.endswith("Done. The new configuration is "), result.stderr)
        self.assertEqual(self.running(), ("v1", "active"))
        first = self.current()
        self.switch("v2")
        self.assertEqual(self.running(), ("v2", "active"))
        self.assertEqual(self.current(), first + 1)

    def test_list_generations(self):
        self.switch("old")
        revision = self.wish("listed")
        self.rebuild("switch", "--flake", f"git+file://{FLAKE}?rev={revision}#box")
        rows = self.generations()
        self.assertEqual([row["generation"] for row in rows], sorted((row["generation"] for row in rows), reverse=True))
        newest = rows[0]
        self.assertRegex(newest.pop("date"), r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
        number = newest.pop("generation")
        self.assertEqual(
            newest,
            {
                "nixosVersion": "26.05-listed",
                "kernelVersion": "Unknown",
                "configurationRevision": revision,
                "specialisations": [],
                "current": True,
            },
        )
        table = self.rebuild("list-generations").stdout.splitlines()
        self.assertRegex(table[0], r"^Generation +Build-date +NixOS version +Kernel +Configuration Revision +Specialisation +Current$")
        self.assertRegex(table[1], rf"^{number} .* 26\.05-listed .* True$")

    def test_rollback_goes_to_the_generation_before(self):
        self.switch("before")
        number = self.current()
        self.switch("after")
        result = self.rebuild("switch", "--rollback")
        self.assertEqual(self.running(), ("before", "active"))
        self.assertEqual(self.current(), number)
        self.assertEqual(result.stdout, "/nix/var/nix/profiles/system\n")

    def test_test_activates_without_a_generation(self):
        self.switch("kept")
        before = self.profile()
        self.switch("tried", "test")
        self.assertEqual(self.running(), ("tried", "active"))
        self.assertEqual(self.profile(), before)

    def test_boot_makes_a_generation_without_activating(self):
        self.switch("now")
        before = self.current()
        self.switch("later", "boot")
        self.assertEqual(self.running(), ("now", "active"))
        self.assertEqual(self.current(), before + 1)

    def test_build_leaves_a_link_and_nothing_else(self):
        self.switch("base")
        before = self.profile()
        result = self.switch("built", "build")
        self.assertEqual(self.box.out("readlink", "/srv/result"), result.stdout.strip())
        self.assertEqual((self.profile(), self.running()[0]), (before, "base"))

    def test_dry_build_only_plans(self):
        result = self.switch(f"plan-{time.time_ns()}", "dry-build")
        self.assertIn("will be built", result.stderr)
        self.assertEqual(result.stdout, "")

    def test_dry_activate_changes_nothing(self):
        self.switch("base")
        result = self.switch("dry", "dry-activate")
        self.assertIn("would stop the following units: app.service", result.stderr)
        self.assertEqual(self.running(), ("base", "active"))

    def test_failed_unit_is_status_4_and_stays_boot_default(self):
        self.switch("good")
        before = self.current()
        result = self.switch("bad", command="/usr/bin/false", status=4)
        self.assertIn("warning: the following units failed: app.service", result.stderr)
        self.assertIn("returned non-zero exit status 4", result.stderr)
        self.assertEqual(self.current(), before + 1)

    def test_what_does_not_evaluate_or_build_is_status_1(self):
        self.switch("fine")
        before = self.profile()
        self.assertIn("does not evaluate", self.switch("throw", status=1).stderr)
        self.assertIn("this system does not build", self.switch("broken", broken="1", status=1).stderr)
        self.assertEqual((self.profile(), self.running()), (before, ("fine", "active")))

    def test_wrong_command_lines_are_status_2(self):
        self.assertIn("unrecognized arguments: --frobnicate", self.rebuild("switch", "--frobnicate", status=2).stderr)
        self.assertIn("invalid choice: 'explode'", self.rebuild("explode", status=2).stderr)
        self.assertIn("not available", self.rebuild("switch", "--target-host", "other", status=2).stderr)

    def test_nix_flags_reach_nix(self):
        self.wish(f"flags-{time.time_ns()}")
        argv = ["build", "--flake", f"{FLAKE}#box", "--no-reexec", "--option", "cores", "1", "--show-trace"]
        result = self.rebuild(*argv, "--log-format", "internal-json", "-L")
        lines = [json.loads(line[5:]) for line in result.stderr.splitlines() if line.startswith("@nix ")]
        self.assertIn("building flags-", " ".join(str(line.get("fields")) for line in lines if line["action"] == "result"))

    def test_two_switches_at_once(self):
        self.switch("quiet")
        unit = "nixos-rebuild-switch-to-configuration"
        self.box.run("systemd-run", "--quiet", "--collect", f"--unit={unit}", "sleep", "infinity")
        try:
            result = self.switch("second", status=1)
            self.assertRegex(result.stderr, re.escape(unit) + r"\.service was already loaded")
        finally:
            self.box.run("systemctl", "stop", unit)

    def test_reboot_restores_the_boot_default(self):
        self.switch("default")
        self.switch("experiment", "test")
        leader = self.box.out("stat", "--format=%Z", "/proc/1")
        self.box.run("systemctl", "--no-block", "reboot")
        self.wait_for_new_boot(leader)
        self.assertEqual(self.running(), ("default", "active"))
        system = self.box.out("readlink", "-f", "/nix/var/nix/profiles/system")
        self.assertEqual(self.box.out("readlink", "/run/current-system"), system)
        self.assertEqual(self.box.out("readlink", "/run/booted-system"), system)
        # And the next switch compares with what runs.
        self.assertIn("stopping the following units: app.service", self.switch("next").stderr)

    def test_a_switch_during_boot_skips_nothing(self):
        # A boot that cannot finish before its gate opens.
        gate = "[Unit]\nBefore=multi-user.target\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'mkfifo /run/gate; read x </run/gate'\n"
        self.switch("gated", "boot", gate=gate)
        leader = self.box.out("stat", "--format=%Z", "/proc/1")
        self.box.run("systemctl", "--no-block", "reboot")
        self.wait_for(lambda: self.boot_of(leader, "test -p /run/gate"), "the box did not come back from its reboot")
        self.assertEqual(self.box.run("systemctl", "is-system-running", check=False).stdout.strip(), "starting")

        self.switch("opened", newcomer=UNIT.format(label="new", command=SLEEP))
        self.assertEqual(self.box.out("systemctl", "is-active", "newcomer.service", "multi-user.target"), "active\nactive")
        self.assertEqual(self.running(), ("opened", "active"))
        self.assertEqual(self.box.run("systemctl", "is-active", "gate.service", check=False).stdout.strip(), "inactive")

    def test_a_reboot_waits_for_nobody_who_is_in_the_box(self):
        leader = self.box.out("stat", "--format=%Z", "/proc/1")
        with subprocess.Popen([SANDBOX, "exec", "--data", self.box.data, "--", "sleep", "7777"], stderr=subprocess.DEVNULL) as visitor:
            try:
                self.wait_for(lambda: self.box.run("pgrep", "-fx", "sleep 7777", check=False).returncode == 0, "nobody is in the box")
                self.box.run("systemctl", "--no-block", "reboot")
                self.wait_for_new_boot(leader)
                self.assertNotEqual(visitor.wait(timeout=30), 0)
            finally:
                visitor.kill()
                # One that is stopped cannot be ended before it goes on.
                visitor.send_signal(signal.SIGCONT)

    def boot_of(self, leader, condition):
        """Whether the box runs with another PID 1 than before, and meets the condition."""
        result = self.box.run("sh", "-c", f"stat --format=%Z /proc/1; {condition}", check=False)
        return result.returncode == 0 and result.stdout.split()[:1] != [leader]

    def wait_for_new_boot(self, leader):
        self.wait_for(lambda: self.boot_of(leader, "systemctl is-system-running --wait"), "the box did not come back from its reboot")

    def wait_for(self, condition, otherwise):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, otherwise)
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
