"""The activation script, run on this machine: users, groups, files in /etc, and how all of it goes away again."""

import json
import os
import pwd
import grp
import stat
import subprocess
import unittest
from pathlib import Path

from nix import toplevel

ORIGINAL = Path("/etc/croft-test-original.conf")
FIRST = """
  { pkgs, ... }: {
    users.users.tester-one = {
      isSystemUser = true; group = "tester-one"; description = "First"; extraGroups = [ "testers" "systemd-journal" ];
      home = "/var/lib/tester-one"; createHome = true; homeMode = "750";
      openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA one" "ssh-ed25519 BBBB two" ];
      hashedPassword = "!";
    };
    users.users.tester-two = { isNormalUser = true; shell = pkgs.bash; initialHashedPassword = "$6$x$y"; };
    users.groups.tester-one = { };
    users.groups.testers.members = [ "root" ];
    environment.etc = {
      "croft-test/linked".text = "first";
      "croft-test/copied" = { text = "secret"; mode = "0640"; user = "tester-one"; group = "testers"; };
      "croft-test/tree".source = pkgs.linkFarm "tree" { "a/b" = pkgs.writeText "b" "b"; };
      "croft-test-original.conf".text = "ours";
      "systemd/system-preset/99-croft-test.preset".text = "# beside Debian's own";
    };
    environment.systemPackages = [ pkgs.jq ];
    systemd.services.croft-test-unit = { wantedBy = [ "croft-test.target" ]; script = "true"; };
    systemd.services.croft-test-masked.enable = false;
    system.activationScripts.croft-test = { deps = [ "users" "etc" ]; text = "id -un tester-one > /run/croft-test-order; cat /etc/croft-test/linked >> /run/croft-test-order"; };
    system.configurationRevision = "0123abc";
    networking.hostName = "croft-test";
  }
"""
SECOND = """
  {
    users.users.tester-two = { isNormalUser = true; };
    environment.etc."croft-test/linked".text = "second";
    networking.hostName = "croft-test";
  }
"""


def activate(system):
    done = subprocess.run([system / "activate"], capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class ActivationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ORIGINAL.write_text("Debian's")
        cls.first, cls.second = toplevel(FIRST), toplevel(SECOND)

    @classmethod
    def tearDownClass(cls):
        activate(toplevel("{ }"))
        ORIGINAL.unlink()
        subprocess.run(["rm", "-rf", "/var/lib/tester-one", "/home/tester-two", "/run/croft-test-order"], check=True)

    def test_a_system_has_the_layout_of_nixos(self):
        for name in (
            "activate", "bin/switch-to-configuration", "etc/systemd/system", "sw/bin/jq", "sw/bin/nixos-version", "nixos-version",
            "system", "init", "init-interface-version", "pre-switch-checks", "switch-inhibitors", "systemd/bin/systemctl",
        ):  # fmt: skip
            with self.subTest(name):
                self.assertTrue((self.first / name).exists())
        for name in ("activate", "init", "bin/switch-to-configuration", "pre-switch-checks"):
            self.assertTrue(os.access(self.first / name, os.X_OK), name)
        self.assertEqual((self.first / "nixos-version").read_text(), "26.05-sandbox")
        self.assertEqual((self.first / "system").read_text(), "x86_64-linux")
        self.assertNotIn("@out@", (self.first / "bin/switch-to-configuration").read_text())
        told = json.loads(subprocess.run([self.first / "sw/bin/nixos-version", "--json"], capture_output=True, text=True, check=True).stdout)
        self.assertEqual(told, {"nixosVersion": "26.05-sandbox", "configurationRevision": "0123abc"})

    def test_one_generation_after_the_other(self):
        self.assertEqual(activate(self.first), "")
        self.first_generation()
        self.assertEqual(activate(self.first), "", "a second run finds nothing to do")
        self.first_generation()
        uid = pwd.getpwnam("tester-one").pw_uid

        activate(self.second)
        self.second_generation()

        activate(self.first)
        self.first_generation()
        self.assertEqual(pwd.getpwnam("tester-one").pw_uid, uid, "a name keeps its number")

    def first_generation(self):
        self.assertEqual(Path("/run/current-system").resolve(), self.first)
        one, two = pwd.getpwnam("tester-one"), pwd.getpwnam("tester-two")
        self.assertTrue(400 <= one.pw_uid <= 999 and two.pw_uid >= 1000, (one, two))
        self.assertEqual((one.pw_gecos, one.pw_dir), ("First", "/var/lib/tester-one"))
        self.assertTrue(one.pw_shell.endswith("/nologin"), one.pw_shell)
        self.assertEqual(Path(two.pw_shell).name, "bash")
        self.assertTrue(os.access(two.pw_shell, os.X_OK), "a login shell has to exist")
        self.assertEqual(sorted(grp.getgrnam("testers").gr_mem), ["root", "tester-one"])
        self.assertIn("tester-one", grp.getgrnam("systemd-journal").gr_mem, "a group of Debian's takes members")
        self.assertEqual(self.shadow("tester-one"), "!")
        self.assertEqual(self.shadow("tester-two"), "$6$x$y")
        home = Path("/var/lib/tester-one").stat()
        self.assertEqual((home.st_uid, stat.S_IMODE(home.st_mode)), (one.pw_uid, 0o750))
        self.assertEqual(pwd.getpwnam("root").pw_shell, "/bin/bash")

        etc = Path("/etc")
        self.assertEqual(os.readlink(etc / "croft-test/linked"), "/etc/static/croft-test/linked")
        self.assertEqual((etc / "croft-test/linked").read_text(), "first")
        copied = (etc / "croft-test/copied").lstat()
        self.assertEqual(
            (stat.S_ISREG(copied.st_mode), stat.S_IMODE(copied.st_mode), copied.st_uid, copied.st_gid),
            (True, 0o640, one.pw_uid, grp.getgrnam("testers").gr_gid),
        )
        self.assertEqual((etc / "croft-test/tree/a/b").read_text(), "b")
        self.assertEqual(ORIGINAL.read_text(), "ours")
        self.assertEqual((etc / "ssh/authorized_keys.d/tester-one").read_text(), "ssh-ed25519 AAAA one\nssh-ed25519 BBBB two\n")
        self.assertTrue((etc / "systemd/system/croft-test-unit.service").exists())
        self.assertTrue((etc / "systemd/system/croft-test.target.wants/croft-test-unit.service").exists())
        self.assertEqual(os.readlink(etc / "systemd/system/croft-test-masked.service"), "/dev/null")
        self.assertEqual(Path("/run/croft-test-order").read_text(), "tester-one\nfirst")

    def second_generation(self):
        with self.assertRaises(KeyError):
            pwd.getpwnam("tester-one")
        with self.assertRaises(KeyError):
            grp.getgrnam("testers")
        self.assertNotIn("tester-one", grp.getgrnam("systemd-journal").gr_mem)
        self.assertEqual(self.shadow("tester-two"), "$6$x$y", "a password that was only initial is left alone")
        etc = Path("/etc")
        self.assertEqual((etc / "croft-test/linked").read_text(), "second")
        for gone in ("croft-test/copied", "croft-test/tree", "ssh/authorized_keys.d/tester-one", "systemd/system/croft-test.target.wants"):
            self.assertFalse(os.path.lexists(etc / gone), gone)
        self.assertFalse(os.path.lexists(etc / "systemd/system/croft-test-masked.service"))
        self.assertEqual(ORIGINAL.read_text(), "Debian's", "Debian's own file comes back")
        self.assertFalse(os.path.lexists(etc / "systemd/system-preset/99-croft-test.preset"))

    def test_a_broken_activation_script_says_which_and_the_rest_is_done(self):
        system = toplevel(
            '{ system.activationScripts.broken = "false"; environment.etc."croft-test/after".text = "x"; networking.hostName = "croft-test"; }'
        )
        done = subprocess.run([system / "activate"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Activation script snippet 'broken' failed (1)", done.stdout + done.stderr)
        self.assertTrue(Path("/etc/croft-test/after").exists())
        self.assertEqual(Path("/run/current-system").resolve(), system)

    @staticmethod
    def shadow(name):
        lines = Path("/etc/shadow").read_text().splitlines()
        return next(line.split(":")[1] for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    unittest.main()
