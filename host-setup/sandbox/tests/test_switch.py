"""switch-to-configuration against a real systemd: each test makes whole (hand-made) systems and switches between them."""

import os
import time
import unittest
from itertools import count
from pathlib import Path

from box import SANDBOX, shared_box

PROGRAM = (SANDBOX.parent / "nixpkgs/nixos/switch-to-configuration").read_text()
SYSTEMS = "/var/lib/test-systems"
NUMBERS = count(1)

# What a system's own activation script does to the unit files, reduced to the bone.
ACTIVATE = f"""#!/bin/sh
set -e
find /etc/systemd/system -lname '{SYSTEMS}/*' -delete
cp -rs {{system}}/etc/systemd/system/. /etc/systemd/system/
ln -sfn {{system}} /run/current-system
"""

SLEEP = "[Unit]\n{unit}\n[Service]\nExecStart=/usr/bin/sleep infinity\n{service}\n"


def service(unit="", service=""):
    return SLEEP.format(unit=unit, service=service)


class SwitchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = shared_box()
        cls.box.run("rm", "-rf", SYSTEMS)

    def setUp(self):
        # Away with what the test before left: the empty system stops all its units.
        self.empty = self.system({})
        self.switch(self.empty)

    def system(self, units, wants=(), **files):
        """Lays a system down: unit files, and which of them multi-user.target wants."""
        path = f"{SYSTEMS}/{next(NUMBERS)}"
        self.box.write(f"{path}/nixos-version", "26.05-test")
        self.box.write(f"{path}/activate", ACTIVATE.format(system=path), executable=True)
        self.box.write(f"{path}/bin/switch-to-configuration", PROGRAM.replace("@out@", path), executable=True)
        (self.box.root / f"{path}/etc/systemd/system".lstrip("/")).mkdir(parents=True)
        for name, text in units.items():
            self.box.write(f"{path}/etc/systemd/system/{name}", text)
        directory = self.box.root / f"{path}/etc/systemd/system/multi-user.target.wants".lstrip("/")
        directory.mkdir()
        for name in wants:
            (directory / name).symlink_to(f"../{name}")
        for name, text in files.items():
            self.box.write(f"{path}/{name.replace('_', '-')}", text, executable=True)
        return path

    def switch(self, system, action="test", status=0, environment=()):
        result = self.box.run("env", *environment, f"{system}/bin/switch-to-configuration", action, check=False)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stderr

    def show(self, unit, key):
        return self.box.out("systemctl", "show", "--property", key, "--value", unit)

    def pid(self, unit):
        return self.show(unit, "MainPID")

    def lines(self, words, start):
        return [line for line in words.splitlines() if line.startswith(start)]

    # --- what starts, stops, restarts ---

    def test_starts_new_units_and_stops_removed_ones(self):
        words = self.switch(self.system({"one.service": service(), "two.service": service()}, wants=["one.service"]))
        self.assertEqual(self.show("one.service", "ActiveState"), "active")
        self.assertEqual(self.show("two.service", "ActiveState"), "inactive")
        self.assertIn("the following new units were started: one.service", words)
        words = self.switch(self.empty)
        self.assertIn("stopping the following units: one.service", words)
        self.assertEqual(self.show("one.service", "LoadState"), "not-found")

    def test_leaves_unchanged_units_alone(self):
        self.switch(self.system({"same.service": service(), "other.service": service()}, ["same.service", "other.service"]))
        same, other = self.pid("same.service"), self.pid("other.service")
        words = self.switch(
            self.system(
                {"same.service": service(), "other.service": service(service="Environment=V=2")},
                ["same.service", "other.service"],
            )
        )
        self.assertEqual(self.pid("same.service"), same)
        self.assertNotEqual(self.pid("other.service"), other)
        self.assertIn("stopping the following units: other.service", words)
        self.assertIn("starting the following units: other.service", words)

    def test_ignores_what_does_not_concern_the_process(self):
        self.switch(self.system({"a.service": service("Description=old\nDocumentation=man:a\n")}, ["a.service"]))
        before = self.pid("a.service")
        words = self.switch(
            self.system({"a.service": service("Description=new\nOnFailure=b.service\n") + "[Install]\nAlias=x.service\n"}, ["a.service"])
        )
        self.assertEqual(self.pid("a.service"), before)
        self.assertEqual(self.lines(words, "stopping"), [])
        self.assertEqual(self.show("a.service", "Description"), "new")

    def test_restart_trigger_restarts(self):
        self.switch(self.system({"a.service": service("X-Restart-Triggers=/nix/store/old")}, ["a.service"]))
        before = self.pid("a.service")
        self.switch(self.system({"a.service": service("X-Restart-Triggers=/nix/store/new")}, ["a.service"]))
        self.assertNotEqual(self.pid("a.service"), before)

    def test_reload_trigger_reloads(self):
        reload = "ExecReload=/usr/bin/touch /run/reloaded"
        self.switch(self.system({"a.service": service("X-Reload-Triggers=/nix/store/old", reload)}, ["a.service"]))
        before = self.pid("a.service")
        words = self.switch(self.system({"a.service": service("X-Reload-Triggers=/nix/store/new", reload)}, ["a.service"]))
        self.assertIn("reloading the following units: a.service", words)
        self.assertEqual(self.pid("a.service"), before)
        self.box.run("rm", "/run/reloaded")

    def test_reload_if_changed(self):
        base = "X-ReloadIfChanged=true\nExecReload=/usr/bin/true\n"
        self.switch(self.system({"a.service": service(service=base)}, ["a.service"]))
        before = self.pid("a.service")
        words = self.switch(self.system({"a.service": service(service=base + "Environment=V=2")}, ["a.service"]))
        self.assertIn("reloading the following units: a.service", words)
        self.assertEqual(self.pid("a.service"), before)

    def test_restart_if_changed_false_is_listed_and_kept(self):
        keep = "X-RestartIfChanged=false\n"
        self.switch(self.system({"a.service": service(service=keep)}, ["a.service"]))
        before = self.pid("a.service")
        words = self.switch(self.system({"a.service": service(service=keep + "Environment=V=2")}, ["a.service"]))
        self.assertIn("NOT restarting the following changed units: a.service", words)
        self.assertEqual(self.pid("a.service"), before)

    def test_stop_if_changed_false_is_one_restart_after_activation(self):
        once = "X-StopIfChanged=false\n"
        self.switch(self.system({"a.service": service(service=once)}, ["a.service"]))
        before = self.pid("a.service")
        words = self.switch(self.system({"a.service": service(service=once + "Environment=V=2")}, ["a.service"]))
        self.assertEqual(self.lines(words, "stopping"), [])
        self.assertIn("restarting the following units: a.service", words)
        self.assertNotEqual(self.pid("a.service"), before)

    def test_stop_on_removal_false_survives(self):
        self.switch(self.system({"a.service": service("X-StopOnRemoval=false")}, ["a.service"]))
        before = self.pid("a.service")
        self.switch(self.empty)
        self.assertEqual(self.pid("a.service"), before)
        self.box.run("systemctl", "stop", "a.service")

    def test_slices_and_targets_are_left_to_the_daemon_reload(self):
        self.switch(self.system({"a.slice": "[Slice]\nCPUWeight=10\n", "a.service": service(service="Slice=a.slice")}, ["a.service"]))
        before = self.pid("a.service")
        words = self.switch(
            self.system({"a.slice": "[Slice]\nCPUWeight=20\n", "a.service": service(service="Slice=a.slice")}, ["a.service"])
        )
        self.assertEqual(self.lines(words, "stopping") + self.lines(words, "restarting the"), [])
        self.assertEqual(self.show("a.slice", "CPUWeight"), "20")
        self.assertEqual(self.pid("a.service"), before)

    def test_a_changed_service_is_left_to_its_socket(self):
        socket = "[Socket]\nListenStream=/run/a.sock\n"
        self.switch(self.system({"a.socket": socket, "a.service": service()}, ["a.socket"]))
        self.box.run("systemctl", "start", "a.service")
        words = self.switch(self.system({"a.socket": socket, "a.service": service(service="Environment=V=2")}, ["a.socket"]))
        self.assertIn("stopping the following units: a.service, a.socket", words)
        self.assertIn("starting the following units: a.socket", words)
        self.assertEqual(self.show("a.socket", "ActiveState"), "active")
        self.assertEqual(self.show("a.service", "ActiveState"), "inactive")

    def test_a_changed_socket_alone_is_not_touched(self):
        self.switch(self.system({"a.socket": "[Socket]\nListenStream=/run/a.sock\n", "a.service": service()}, ["a.socket"]))
        words = self.switch(self.system({"a.socket": "[Socket]\nListenStream=/run/b.sock\n", "a.service": service()}, ["a.socket"]))
        self.assertEqual(self.lines(words, "stopping") + self.lines(words, "restarting the"), [])

    def test_instances_follow_their_template(self):
        self.switch(self.system({"t@.service": service(service="Environment=I=%i")}))
        self.box.run("systemctl", "start", "t@x.service")
        before = self.pid("t@x.service")
        self.switch(self.system({"t@.service": service(service="Environment=I=%i V=2")}))
        self.assertNotIn(self.pid("t@x.service"), (before, "0"))
        self.switch(self.empty)
        self.assertNotEqual(self.show("t@x.service", "ActiveState"), "active")

    def test_a_unit_that_debian_ships_is_taken_over(self):
        self.box.run("systemctl", "start", "systemd-tmpfiles-clean.timer")
        before = self.show("systemd-tmpfiles-clean.timer", "ActiveEnterTimestampMonotonic")
        words = self.switch(self.system({"systemd-tmpfiles-clean.timer": "[Timer]\nOnBootSec=2h\n"}))
        self.assertIn("restarting the following units: systemd-tmpfiles-clean.timer", words)
        self.assertNotEqual(self.show("systemd-tmpfiles-clean.timer", "ActiveEnterTimestampMonotonic"), before)

    # --- how it ends ---

    def test_failed_unit_is_status_4_and_the_system_is_switched(self):
        bad = self.system({"bad.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/false\n"}, ["bad.service"])
        words = self.switch(bad, status=4)
        self.assertIn("warning: the following units failed: bad.service", words)
        self.assertEqual(self.box.out("readlink", "/run/current-system"), bad)

    def test_a_service_that_dies_right_after_its_start_is_seen(self):
        dying = "[Service]\nExecStart=/bin/sh -c 'sleep 0.1; exit 3'\nRestart=always\nRestartSec=60\n"
        words = self.switch(self.system({"dying.service": dying}, ["dying.service"]), status=4)
        self.assertIn("warning: the following units failed: dying.service", words)

    def test_failed_activation_script_is_status_2(self):
        broken = self.system({}, activate=ACTIVATE.format(system="/nonexistent"))
        self.assertIn("Failed to run activate script", self.switch(broken, status=2))

    def test_different_init_interface_is_status_100(self):
        self.switch(self.system({}, init_interface_version="1"))
        running = self.box.out("readlink", "/run/current-system")
        self.switch(self.system({}, init_interface_version="2"), status=100)
        self.assertEqual(self.box.out("readlink", "/run/current-system"), running)

    def test_usage_is_status_1(self):
        self.assertIn("Usage: switch-to-configuration", self.switch(self.empty, "explode", status=1))

    def test_failing_pre_switch_check_changes_nothing(self):
        checked = self.system({}, pre_switch_checks='#!/bin/sh\n[ "$2" = boot ] && [ -e "$1/nixos-version" ]\n')
        self.assertEqual(self.switch(checked, status=1), "Pre-switch checks failed\n")
        self.assertEqual(self.box.out("readlink", "/run/current-system"), self.empty)
        self.switch(checked, "boot")
        self.switch(checked, status=0, environment=["NIXOS_NO_CHECK=1"])

    def test_inhibitor_refuses_a_live_switch(self):
        self.switch(self.system({}, switch_inhibitors='{"dbus": "dbus"}'))
        words = self.switch(self.system({}, switch_inhibitors='{"dbus": "broker"}'), status=1)
        self.assertIn("There are changes to critical components of the system:\ndbus : dbus -> broker", words)

    def test_busy_lock_is_refused(self):
        lock = "/run/nixos/switch-to-configuration.lock"
        result = self.box.run("flock", lock, f"{self.empty}/bin/switch-to-configuration", "test", check=False)
        self.assertEqual((result.returncode, result.stderr.strip()), (11, "Could not acquire lock"))

    # --- the actions ---

    def test_dry_activate_says_what_would_be_done_and_does_nothing(self):
        self.switch(
            self.system({"a.service": service(), "b.service": service(), "k.service": service(service="X-RestartIfChanged=false")},
                        ["a.service", "b.service", "k.service"])
        )
        running, pids = self.box.out("readlink", "/run/current-system"), self.pid("a.service")
        words = self.switch(
            self.system({"a.service": service(service="Environment=V=2"),
                         "k.service": service(service="X-RestartIfChanged=false\nEnvironment=V=2")}, ["a.service", "k.service"]),
            "dry-activate",
        )
        self.assertEqual(
            words.splitlines(),
            [
                "would stop the following units: a.service, b.service",
                "would NOT stop the following changed units: k.service",
                "would activate the configuration...",
                "would start the following units: a.service",
            ],
        )
        self.assertEqual(self.box.out("readlink", "/run/current-system"), running)
        self.assertEqual(self.pid("a.service"), pids)

    def test_boot_only_sets_the_default(self):
        system = self.system({"a.service": service()}, ["a.service"])
        running = self.box.out("readlink", "/run/current-system")
        self.assertEqual(self.switch(system, "boot"), "")
        self.assertEqual(os.readlink(self.box.root / "boot/default-system"), system)
        self.assertEqual(self.box.out("readlink", "/run/current-system"), running)

    def test_test_leaves_the_default(self):
        self.switch(self.empty, "switch")
        self.switch(self.system({"a.service": service()}, ["a.service"]), "test")
        self.assertEqual(os.readlink(self.box.root / "boot/default-system"), self.empty)

    def test_an_interrupted_run_is_continued(self):
        self.switch(self.system({"a.service": service()}))
        self.box.run("sh", "-c", "echo a.service > /run/nixos/start-list")
        self.switch(self.system({"a.service": service()}))
        self.assertEqual(self.show("a.service", "ActiveState"), "active")
        self.assertEqual(self.box.run("cat", "/run/nixos/start-list", check=False).returncode, 1)

    def test_it_speaks_to_the_journal_as_nixos(self):
        system = self.system({})
        self.switch(system)
        self.box.run("journalctl", "--sync")
        words = self.box.out("journalctl", "--identifier=nixos", "--output=cat", "--lines=2")
        self.assertEqual(
            words.splitlines(),
            [f"switching to system configuration {system}", f"finished switching to system configuration {system}"],
        )

    def test_nothing_to_do_is_quick(self):
        system = self.system({f"idle-{i}.service": service() for i in range(20)}, [f"idle-{i}.service" for i in range(20)])
        self.switch(system)
        times = []
        for _ in range(3):
            started = time.monotonic()
            self.switch(system, environment=["NIXOS_NO_SYNC=1"])
            times.append(time.monotonic() - started)
        # The bound is generous for a busy machine; on a quiet one it takes 0.2 s with the way into the box.
        self.assertLess(min(times), 1.0)


if __name__ == "__main__":
    unittest.main()
