"""Services on a running machine: switched to by switch-to-configuration, used over the network, changed and switched again."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from nix import toplevel

BASE = """
  { pkgs, ... }: {
    networking.hostName = "sandbox";
    networking.nftables.enable = true;
    networking.firewall.allowedTCPPorts = [ 8099 ];
    services.nginx = {
      enable = true; enableReload = true; recommendedProxySettings = true;
      virtualHosts."one.example".locations."/".proxyPass = "http://127.0.0.1:8098";
    };
    systemd.services.upstream = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        DynamicUser = true;
        ExecStart = "${pkgs.darkhttpd}/bin/darkhttpd ${pkgs.writeTextDir "index.html" "from upstream"} --addr 127.0.0.1 --port 8098";
      };
    };
    users.users.tester = { isSystemUser = true; group = "tester"; shell = pkgs.bash; };
    users.groups.tester = { };
    systemd.slices.croft-test.description = "Test";
    systemd.tmpfiles.rules = [ "d /run/croft-test-tmpfiles 0711 tester tester -" ];
    systemd.tmpfiles.settings.croft-test."/run/croft-test-settings/with space".d = { mode = "0700"; user = "tester"; };
    systemd.tmpfiles.settings.croft-test."/run/croft-test-settings".d = { };
  }
"""


def keys(*public):
    lines = " ".join(f'"{key}"' for key in public)
    return f"{{ services.openssh = {{ enable = true; settings.PasswordAuthentication = false; }}; users.users.tester.openssh.authorizedKeys.keys = [ {lines} ]; }}"


def switch(system, expected=0):
    done = subprocess.run([system / "bin/switch-to-configuration", "test"], capture_output=True, text=True, check=False)
    if done.returncode != expected:
        raise AssertionError(f"status {done.returncode}\n{done.stderr}")
    return done.stderr


def show(unit, name):
    return subprocess.run(["systemctl", "show", "-P", name, unit], capture_output=True, text=True, check=True).stdout.strip()


def fetch(host):
    argv = ["curl", "-sS", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "-H", f"Host: {host}", "http://127.0.0.1/"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@unittest.skipUnless(Path("/run/systemd/system").exists(), "systemd does not run here")
class ServicesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.public = {}
        for name in ("old", "new"):
            file = Path(cls.directory.name) / name
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file], check=True)
            cls.public[name] = file.with_suffix(".pub").read_text().strip()
        cls.first = toplevel(BASE, keys(cls.public["old"]))
        switch(cls.first)

    @classmethod
    def tearDownClass(cls):
        # SSH and the firewall go as well: the machine is blank again
        switch(toplevel('{ networking.firewall.enable = false; networking.hostName = "sandbox"; }'))
        cls.directory.cleanup()

    def ssh(self, key, *command):
        file = Path(self.directory.name) / key
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes"]
        return ["ssh", "-i", str(file), "-o", "IdentitiesOnly=yes", *options, "tester@127.0.0.1", *command]

    def setUp(self):
        switch(self.first)

    def test_a_virtual_host_reaches_its_application(self):
        self.assertEqual(fetch("one.example"), "from upstream")
        self.assertEqual(show("nginx.service", "User"), "nginx")

    def test_a_changed_virtual_host_is_reloaded_without_a_restart(self):
        before = show("nginx.service", "MainPID")
        words = switch(
            toplevel(BASE, keys(self.public["old"]), '{ services.nginx.virtualHosts."two.example".locations."/".return = "200 two"; }')
        )
        self.assertNotIn("nginx.service", words.replace("nginx-config-reload.service", ""))
        self.assertEqual(fetch("two.example"), "two")
        self.assertEqual(show("nginx.service", "MainPID"), before)

    def test_a_broken_configuration_leaves_nginx_running(self):
        before = show("nginx.service", "MainPID")
        broken = toplevel(BASE, keys(self.public["old"]), '{ services.nginx.appendHttpConfig = "nonsense;"; }')
        switch(broken, expected=4)
        self.assertEqual(show("nginx.service", "MainPID"), before)
        self.assertEqual(fetch("one.example"), "from upstream")

    def test_the_firewall_is_one_table_and_changes_by_a_reload(self):
        def rules():
            return subprocess.run(["nft", "list", "table", "inet", "nixos-fw"], capture_output=True, text=True, check=True).stdout

        self.assertIn("tcp dport { 22, 8099 } accept", rules())
        words = switch(toplevel(BASE, keys(self.public["old"]), "{ networking.firewall.allowedTCPPorts = [ 8100 ]; }"))
        self.assertIn("reloading the following units: nftables.service", words)
        self.assertIn("8100", rules())
        broken = toplevel(BASE, keys(self.public["old"]), '{ networking.firewall.extraInputRules = "nonsense"; }')
        switch(broken, expected=4)
        self.assertIn("8100", rules(), "rules that cannot be loaded leave the old ones in place")
        tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(tables.count("nixos-fw"), 1)

    def test_new_keys_count_at_once_and_sessions_survive(self):
        session = subprocess.Popen(self.ssh("old", "cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            session.stdin.write("before\n")
            session.stdin.flush()
            self.assertEqual(session.stdout.readline(), "before\n")
            switch(toplevel(BASE, keys(self.public["new"]), '{ services.openssh.settings.MaxSessions = 32; }'))
            session.stdin.write("after\n")
            session.stdin.flush()
            self.assertEqual(session.stdout.readline(), "after\n")
        finally:
            session.stdin.close()
            session.wait()
            session.stdout.close()
        done = subprocess.run(self.ssh("new", "id", "-un"), capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "tester\n", done.stderr)
        done = subprocess.run(self.ssh("old", "true"), capture_output=True, text=True, check=False)
        self.assertIn("Permission denied", done.stderr)

    def test_the_journal_takes_its_settings_and_loses_no_line(self):
        writer = subprocess.Popen(["systemd-cat", "-t", "croft-test-journal", "cat"], stdin=subprocess.PIPE, text=True)
        writer.stdin.write("before\n")
        writer.stdin.flush()
        before = show("systemd-journald.service", "MainPID")
        switch(toplevel(BASE, keys(self.public["old"]), "{ services.journald.rateLimitBurst = 12345; }"))
        self.assertNotEqual(show("systemd-journald.service", "MainPID"), before, "journald reads its settings at its start")
        writer.stdin.write("after\n")
        writer.stdin.close()
        writer.wait()
        subprocess.run(["journalctl", "--sync"], check=True)
        lines = subprocess.run(
            ["journalctl", "-t", "croft-test-journal", "-o", "cat", "-n", "2"], capture_output=True, text=True, check=True
        ).stdout
        self.assertEqual(lines, "before\nafter\n")

    def test_directories_of_tmpfiles_are_made(self):
        made = Path("/run/croft-test-tmpfiles")
        self.assertEqual((made.owner(), oct(made.stat().st_mode)[-4:]), ("tester", "0711"))
        self.assertEqual(Path("/run/croft-test-settings/with space").owner(), "tester")

    def test_a_failing_service_is_status_4_and_a_removed_one_stops(self):
        failing = toplevel(
            BASE,
            keys(self.public["old"]),
            '{ systemd.services.croft-test-fails = { wantedBy = [ "multi-user.target" ]; script = "exit 3"; serviceConfig.Type = "oneshot"; }; }',
        )
        self.assertIn("croft-test-fails.service", switch(failing, expected=4))
        without = toplevel(BASE.replace('systemd.services.upstream = {', "systemd.services.upstream = pkgs.lib.mkIf false {"), keys(self.public["old"]))
        self.assertIn("stopping the following units: upstream.service", switch(without))
        self.assertEqual(show("upstream.service", "ActiveState"), "inactive")

    def test_environment_reaches_the_process_unharmed(self):
        value = "quotes \" ' back\\slash $HOME ${x} %% percent\nsecond line 🦊"
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("\n", "\\n")
        module = f"""{{ pkgs, ... }}: {{ systemd.services.croft-test-env = {{
          serviceConfig.Type = "oneshot";
          environment.VALUE = builtins.replaceStrings [ "%" ] [ "%%" ] "{escaped}";
          script = "printf %s \\"$VALUE\\" > /run/croft-test-env";
        }}; }}"""
        switch(toplevel(BASE, keys(self.public["old"]), module))
        subprocess.run(["systemctl", "start", "croft-test-env.service"], check=True)
        self.assertEqual(Path("/run/croft-test-env").read_text(), value)
        Path("/run/croft-test-env").unlink()


if __name__ == "__main__":
    unittest.main()
