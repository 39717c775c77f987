"""data/unit-names.json says which units, users, directories and sockets NixOS's services have: the stand-in's are the same."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from nix import TREE, evaluate, nixos

NAMES = json.loads((TREE / "data/unit-names.json").read_text(encoding="utf-8"))
DEBIAN_UNITS = Path("/usr/lib/systemd/system")

# entry → a configuration that has it
CONFIGURATIONS = {
    "(always) systemd": "{ }",
    "(always) tmpfiles": '{ systemd.tmpfiles.settings."<settings key>"."/a".d = { }; }',
    "systemd.services.<name>": '{ systemd.services."<name>" = { script = "true"; startAt = "daily"; }; }',
    "systemd.sockets.<name>": '{ systemd.sockets."<name>".listenStreams = [ "1" ]; }',
    "systemd.timers.<name>": '{ systemd.timers."<name>".timerConfig.OnCalendar = "daily"; }',
    "systemd.paths.<name>": '{ systemd.paths."<name>".pathConfig.PathExists = "/a"; }',
    "systemd.targets.<name>": '{ systemd.targets."<name>" = { }; }',
    "systemd.slices.<name>": '{ systemd.slices."<name>" = { }; }',
    "systemd.mounts.*": '{ systemd.mounts = [ { what = "tmpfs"; where = "/a/b"; } ]; }',
    "networking.nftables.enable": "{ networking.nftables.enable = true; }",
    "networking.firewall.enable (iptables)": "{ }",
    "services.openssh.enable": "{ services.openssh.enable = true; }",
    "services.postgresql.enable": "{ services.postgresql.enable = true; }",
    "services.mysql.enable": "{ pkgs, ... }: { services.mysql = { enable = true; package = pkgs.mariadb; }; }",
    "services.redis.servers.<name>": '{ services.redis.servers."<name>".enable = true; }',
    "services.nginx.enable": "{ services.nginx = { enable = true; enableReload = true; }; }",
    "services.postfix.enable": "{ services.postfix.enable = true; }",
    "services.dovecot2.enable": '{ services.dovecot2 = { enable = true; settings = { dovecot_config_version = "2.4.0"; dovecot_storage_version = "2.4.0"; }; }; }',
    "services.rspamd.enable": "{ services.rspamd.enable = true; }",
    "security.acme.certs.<name>": '{ security.acme = { acceptTerms = true; certs."<name>" = { email = "a@b.example"; webroot = "/var/lib/acme/acme-challenge"; }; }; }',
    "services.step-ca.enable": '{ services.step-ca = { enable = true; address = "127.0.0.1"; port = 8443; settings = { }; intermediatePasswordFile = "/run/password"; }; }',
    "services.opentelemetry-collector.enable": "{ services.opentelemetry-collector = { enable = true; settings.receivers = { }; }; }",
    "services.journald": "{ }",
    "boot.kernel.sysctl": '{ boot.kernel.sysctl."net.ipv4.ip_forward" = 1; }',
}
# directories a unit makes, by the setting that makes them
MADE_BY = {
    "StateDirectory": "/var/lib/",
    "CacheDirectory": "/var/cache/",
    "LogsDirectory": "/var/log/",
    "RuntimeDirectory": "/run/",
}


def plain(name):
    """Without the explanation in parentheses."""
    return re.sub(r" \(.*\)$", "", name).replace("<escaped where>", "a-b").replace("<major>", "17")


class NamesTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        parts = " ".join(
            f"""{json.dumps(entry)} = let c = {nixos(module)}.config; in {{
              units = builtins.attrNames c.systemd.units;
              users = builtins.attrNames c.users.users;
              groups = builtins.attrNames c.users.groups;
              files = map (e: e.target) (builtins.attrValues c.environment.etc);
              services = builtins.mapAttrs (_: s: {{
                inherit (s) script;
                directories = builtins.intersectAttrs {{ {" ".join(f"{name} = null;" for name in MADE_BY)} }} s.serviceConfig;
              }}) c.systemd.services;
            }};"""
            for entry, module in CONFIGURATIONS.items()
        )
        cls.systems = evaluate(f"{{ {parts} }}")

    def check(self, fields, holds):
        """holds(system, name) for every name that the entries have under the fields."""
        wrong = [
            f"{entry}: {name}"
            for entry, system in self.systems.items()
            for field in fields
            for name in map(plain, NAMES[entry].get(field, []))
            if not holds(system, name)
        ]
        self.assertEqual(wrong, [])

    def test_units(self):
        self.check(["units"], lambda system, name: name in system["units"] or (DEBIAN_UNITS / name).exists())

    def test_users(self):
        self.check(["users"], lambda system, name: name in system["users"] or self.known("passwd", name))

    def test_groups(self):
        self.check(["groups"], lambda system, name: name in system["groups"] or self.known("group", name))

    def test_directories(self):
        self.check(["stateDirs", "runtimeDirs"], self.makes)

    def test_files(self):
        def laid(system, name):
            # What a service writes elsewhere is in a directory of its own; those are above.
            # What a service writes elsewhere is in a directory of its own, which is looked at above.
            if not name.startswith("/etc/"):
                return True
            # A directory is laid file by file: it is Debian's as well.
            target = name.removeprefix("/etc/")
            return any(file == target or file.startswith(target + "/") for file in system["files"])

        self.check(["files"], laid)

    @staticmethod
    def makes(system, path):
        made = {
            MADE_BY[setting] + name
            for service in system["services"].values()
            for setting, names in service["directories"].items()
            for name in (names if isinstance(names, list) else names.split())
        }
        # host keys and the like are made by a script
        scripts = "\n".join(service["script"] for service in system["services"].values())
        return path in made or path.split("*")[0] in scripts

    @staticmethod
    def known(database, name):
        return subprocess.run(["getent", database, name], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    unittest.main()
