"""`enrol` on boxes that have a life of their own: what the owner had is still there, before and after the first change, and the way
back leads to where it came from.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import json
import os
import subprocess
import unittest
import uuid

from provisioned import AS_SOMEBODY, FLAKE, REPOSITORY, until

from box import Box

NIXPKGS = "/usr/share/croft-sandbox/nixpkgs"
ENROL = "tarball+file:///srv/croft.tar.gz?dir=nix#enrol"
#: What the owner has: a person, a program, a service, a name and a zone, in two files.
CONFIGURATION = """{ pkgs, ... }:
{
  imports = [ ./hardware-configuration.nix ];
  networking.hostName = "shed";
  time.timeZone = "Europe/Paris";
  system.stateVersion = "25.11";
  services.openssh.enable = true;
  services.openssh.settings.PasswordAuthentication = true;
  users.users.grace = { isNormalUser = true; };
  environment.systemPackages = [ pkgs.jq ];
  systemd.services.beside = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = { Type = "oneshot"; RemainAfterExit = true; };
    script = "true";
  };
}
"""
HARDWARE = """{ lib, modulesPath, ... }:
{
  imports = [ (modulesPath + "/installer/scan/not-detected.nix") ];
  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
}
"""


class EnrolTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kept = os.environ.get("CROFT_TEST_DATA")
        cls.box = Box(kept)
        if not kept:
            cls.addClassCleanup(cls.box.remove)
        cls.box.start()
        cls.address = json.loads((cls.box.data / "sandbox/host.json").read_text())["address"]
        cls.keys = {name: cls.make_key(name) for name in ("console", "second")}
        for directory in ("usr/share/croft-sandbox", "srv"):
            (cls.box.root / directory).mkdir(parents=True, exist_ok=True)
        cls.copy("host-setup/sandbox/nixpkgs", cls.box.root / "usr/share/croft-sandbox")
        # As the console serves it.
        archive = ["tar", "--exclude=tests", "--exclude=__pycache__", "-czf", cls.box.root / "srv/croft.tar.gz", "-C", REPOSITORY]
        subprocess.run([*archive, "nix", "host-setup/host", "host-setup/helper", "host-setup/enrol"], check=True)
        cls.box.run("sh", "-c", "mkdir -p /srv/source && tar -xzf /srv/croft.tar.gz -C /srv/source")

    def left(self):
        """What of an enrolment lies on the box; apps' data of an earlier test is none."""
        return self.box.out("sh", "-c", "ls -A /var/lib/croft | grep -E '^(flake|croft|enrol)' || true")

    @classmethod
    def copy(cls, source, target):
        subprocess.run(["cp", "-RT", REPOSITORY / source, target / source.rsplit("/", 1)[-1]], check=True)

    @classmethod
    def make_key(cls, name):
        file = cls.box.data / f"test-{name}"
        if not file.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "croft", "-f", file], check=True)
        return file.with_suffix(".pub").read_text().strip()

    def setUp(self):
        self.box.run("sh", "-c", f"rm -rf /etc/nixos /var/lib/croft/flake* /var/lib/croft/croft /var/lib/croft/enrol* /srv/config {FLAKE}")

    # -- a box that is there already -------------------------------------------------------------------------------

    def settle(self, flake="/etc/nixos", name="shed"):
        """The box as its owner has built it. The stand-in builds from flakes only, also where NixOS would build from files."""
        done = self.box.run("nixos-rebuild", "switch", "--flake", f"{flake}#{name}", check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def write_files(self):
        for file, text in (("configuration.nix", CONFIGURATION), ("hardware-configuration.nix", HARDWARE)):
            self.box.write(f"/etc/nixos/{file}", text)

    def with_files(self):
        self.write_files()
        self.box.write("/srv/first/flake.nix", self.flake_of("./configuration.nix"))
        self.box.run("sh", "-c", "cp /etc/nixos/*.nix /srv/first/ && cd /srv/first && rm -f flake.lock && nix flake lock path:/srv/first")
        self.settle("path:/srv/first")

    @staticmethod
    def flake_of(*modules):
        return """{
  inputs.nixpkgs.url = "path:%s";
  outputs = { nixpkgs, ... }: { nixosConfigurations.shed = nixpkgs.lib.nixosSystem { modules = [ %s ]; }; };
}
""" % (NIXPKGS, " ".join(modules))

    def enrol(self, *arguments, key="console", check=True):
        given = ["--key", self.keys[key]] if key in self.keys else ["--key", key] if key else []
        done = self.box.run("nix", "run", "--refresh", ENROL, "--", *given, *arguments, check=False)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        return done

    def ask(self, request, key="console"):
        """What croft-host/1 answers over SSH."""
        frames = [{"type": "hello", "protocol": 1, "client": "croft/test"}, request]
        argv = ["ssh", "-T", "-i", str(self.box.data / f"test-{key}"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        argv += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", f"croft-host@{self.address}"]
        done = subprocess.run(argv, input="".join(json.dumps(frame) + "\n" for frame in frames), capture_output=True, text=True, check=False, timeout=60)
        return [json.loads(line) for line in done.stdout.splitlines()] or done.stderr

    def apply(self, **host):
        operation = uuid.uuid4().hex[:26]
        state = json.loads(self.box.out("git", "-c", "safe.directory=*", "-C", self.flake, "show", f"HEAD:{self.state}"))
        state["host"] |= host
        text = json.dumps(state, indent=2, sort_keys=True) + "\n"
        author = {"name": "Ada", "email": "ada@example.org"}
        request = {"type": "apply", "operation": operation, "state": text, "author": author, "message": "a change", "confirm": "none"}
        self.assertEqual(self.ask(request)[1]["type"], "accepted", self.ask(request))
        report = {}

        def ended():
            report.update(self.ask({"type": "operations", "operation": operation})[1]["result"]["operations"][0])
            return report["state"] != "RUNNING"

        until(ended, 180)
        self.assertEqual(report["state"], "SUCCEEDED", report)

    flake, state = FLAKE, "state.json"

    def assert_the_owners_things_are_there(self):
        self.assertEqual(self.box.out("id", "-un", "grace"), "grace")
        self.assertEqual(self.box.out("systemctl", "is-active", "beside.service"), "active")
        self.assertIn("/jq", self.box.out("readlink", "-f", "/run/current-system/sw/bin/jq"))
        self.assertEqual(self.box.out("cat", "/etc/hostname"), "shed")
        self.assertIn("Europe/Paris", self.box.out("readlink", "/etc/localtime"))
        self.assertIn("passwordauthentication yes", self.box.out("sshd", "-T", "-f", "/etc/ssh/sshd_config"))

    def digest(self, directory):
        return self.box.out("sh", "-c", f"cd {directory} && find . -type f -not -path './.git/*' -exec sha256sum {{}} + | sort")

    # -- files in /etc/nixos ---------------------------------------------------------------------------------------

    def test_a_configuration_in_files_is_kept_and_imported(self):
        self.with_files()
        files, before = self.digest("/etc/nixos"), self.box.out("readlink", "-f", "/run/current-system")
        refused = self.enrol("--nixpkgs", f"path:{NIXPKGS}", check=False)
        self.assertIn("Enrolling shed will", refused.stdout)
        self.assertIn("the input is no terminal", refused.stderr)
        self.assertEqual(self.box.out("readlink", "-f", "/run/current-system"), before)
        self.assertEqual(self.left(), "", "nothing is left of a look")

        words = self.enrol("--nixpkgs", f"path:{NIXPKGS}", "--yes").stdout
        self.assertIn(self.box.out("ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub").split()[1], words)
        self.assertEqual(self.digest("/etc/nixos"), files)
        self.assert_the_owners_things_are_there()
        self.assertEqual(self.ask({"type": "state"})[0]["host"], "shed")
        state = json.loads(self.ask({"type": "state"})[1]["result"]["state"])
        self.assertEqual(state["host"], {"name": "shed", "ssh": {"passwordAuthentication": True}, "stateVersion": "25.11", "timezone": "Europe/Paris"})
        checks = {check["id"]: check for check in self.ask({"type": "probe"})[1]["result"]["checks"]}
        self.assertEqual([checks[name]["ok"] for name in ("flake", "profile", "drift", "systemd", "layout")], [True] * 5, checks)

        self.apply(firewall={"tcp": [7300]})
        self.assert_the_owners_things_are_there()
        self.assertIn("tcp dport", self.box.out("nft", "list", "ruleset"))

        # Again: nothing to do. Another console: one more.
        head = self.box.out("git", "-C", FLAKE, "rev-parse", "HEAD")
        self.assertIn("nothing was to be done", self.enrol().stdout)
        self.assertEqual(self.box.out("git", "-C", FLAKE, "rev-parse", "HEAD"), head)
        self.assertIn("Permission denied", self.ask({"type": "state"}, "second"))
        self.enrol("--yes", key="second")
        for key in self.keys:
            self.assertEqual(self.ask({"type": "state"}, key)[0]["host"], "shed")

        # And back.
        self.box.run("nix", "run", "--refresh", ENROL, "--", "--remove", "--yes")
        self.assertEqual(self.box.out("readlink", "-f", "/run/current-system"), before)
        self.assertEqual(self.box.out("readlink", "-f", "/nix/var/nix/profiles/system"), before)
        self.assertIn("Permission denied", self.ask({"type": "state"}))
        self.assert_the_owners_things_are_there()
        self.assertEqual(self.digest("/etc/nixos"), files)

    def test_what_cannot_be_built_leaves_nothing_behind(self):
        self.write_files()
        before = self.box.out("readlink", "-f", "/run/current-system")
        for text, why in (
            ("{ imports = [ <home-manager/nixos> ]; }", "A flake cannot look up <…>"),
            ('{ services.openssh.ports = [ 22 ]; users.users.eve = { isNormalUser = true; initialPassword = "correct-horse-battery-8-staple"; }; }', "Looking for secrets"),
            ('{ services.croft-host.flake = "/srv/other"; }', "The option `services.croft-host"),
        ):
            self.box.write("/etc/nixos/hardware-configuration.nix", text)
            done = self.enrol("--nixpkgs", f"path:{NIXPKGS}", "--yes", check=False)
            self.assertNotEqual(done.returncode, 0, text)
            self.assertIn(why, done.stdout + done.stderr)
            self.assertEqual(self.left(), "", text)
            self.assertEqual(self.box.out("readlink", "-f", "/run/current-system"), before)

    # -- flakes ----------------------------------------------------------------------------------------------------

    def test_a_flake_in_etc_nixos_is_extended_and_stays_as_it_is(self):
        for file, text in (("configuration.nix", CONFIGURATION), ("hardware-configuration.nix", HARDWARE), ("flake.nix", self.flake_of("./configuration.nix"))):
            self.box.write(f"/etc/nixos/{file}", text)
        git = ["git", *AS_SOMEBODY, "-C", "/etc/nixos"]
        self.box.run(*git, "init", "--quiet", "--initial-branch=trunk")
        self.box.run(*git, "add", "--all")
        self.box.run("nix", "flake", "lock", "git+file:///etc/nixos")
        self.box.run(*git, "add", "--all")
        self.box.run(*git, "commit", "--quiet", "--message=Mine")
        self.settle("git+file:///etc/nixos")
        files = self.digest("/etc/nixos")
        self.enrol("--yes")
        self.apply(firewall={"tcp": [7301]})
        self.assert_the_owners_things_are_there()
        self.assertEqual(self.digest("/etc/nixos"), files)
        self.assertEqual(self.box.out(*git, "status", "--porcelain"), "")

    def test_in_the_owners_own_git_only_the_state_file_changes(self):
        told = self.enrol("--import").stdout
        for words in ("croft.nixosModules.host", self.keys["console"], "/var/lib/croft/croft"):
            self.assertIn(words, told)
        module = """{
  inputs.nixpkgs.url = "path:%s";
  inputs.croft.url = "path:/var/lib/croft/croft?dir=nix";
  outputs = { self, nixpkgs, croft }: {
    nixosConfigurations.my-shed = nixpkgs.lib.nixosSystem {
      modules = [
        ./configuration.nix
        croft.nixosModules.default
        croft.nixosModules.host
        {
          croft.stateFile = ./hosts/shed/state.json;
          system.configurationRevision = self.rev or null;
          services.croft-host = {
            enable = true;
            flake = "/srv/config";
            stateFile = "hosts/shed/state.json";
            branch = "trunk";
            attribute = "my-shed";
            authorizedKeys = [ "%s" ];
          };
        }
      ];
    };
  };
}
""" % (NIXPKGS, self.keys["console"])
        host = {"name": "shed", "stateVersion": "25.11", "timezone": "Europe/Paris", "ssh": {"passwordAuthentication": True}}
        state = json.dumps({"apps": {}, "host": host, "version": 1}, indent=2, sort_keys=True) + "\n"
        for file, text in (("configuration.nix", CONFIGURATION), ("hardware-configuration.nix", HARDWARE), ("flake.nix", module), ("hosts/shed/state.json", state)):
            self.box.write(f"/srv/config/{file}", text)
        git = ["git", *AS_SOMEBODY, "-C", "/srv/config"]
        self.box.run(*git, "init", "--quiet", "--initial-branch=trunk")
        self.box.run(*git, "add", "--all")
        self.box.run("nix", "flake", "lock", "git+file:///srv/config")
        self.box.run(*git, "add", "--all")
        self.box.run(*git, "commit", "--quiet", "--message=Mine")
        self.settle("git+file:///srv/config", "my-shed")
        self.box.write("/srv/config/notes.txt", "not finished\n")
        head = self.box.out(*git, "rev-parse", "trunk")

        self.flake, self.state = "/srv/config", "hosts/shed/state.json"
        self.apply(firewall={"tcp": [7302]})
        self.assert_the_owners_things_are_there()
        self.assertEqual(self.box.out(*git, "rev-parse", "trunk^"), head)
        self.assertEqual(self.box.out(*git, "diff", "--name-only", "trunk^", "trunk"), self.state)
        self.assertEqual(self.box.out(*git, "status", "--porcelain"), "?? notes.txt")

    # -- refusals --------------------------------------------------------------------------------------------------

    def test_what_is_refused_says_why(self):
        self.write_files()
        private = "-----BEGIN OPENSSH PRIVATE KEY----- AAAA"
        for key, why in ((None, "The console's key is missing"), (private, "This is a private key"), ("ssh-ed25519 AAAA", "no public key that a console uses")):
            self.assertIn(why, self.enrol("--yes", key=key, check=False).stderr)
        nobody = ["setpriv", "--reuid=nobody", "--clear-groups", "/srv/source/host-setup/enrol/enrol", "--key", self.keys["console"]]
        self.assertIn("Only root may change the system", self.box.run(*nobody, check=False).stderr)
        self.assertIn("could not be evaluated", self.enrol("--yes", "--flake", "/etc/nixos#attic", check=False).stderr)
        self.assertIn("is no directory", self.enrol("--yes", "--flake", "/srv/nowhere", check=False).stderr)
        for file, why in (("/etc/nixos", "There is neither"), ("/etc/NIXOS", "It does not run NixOS")):
            self.box.run("mv", file, f"{file}.away")
            self.addCleanup(self.box.run, "mv", f"{file}.away", file, check=False)
            self.assertIn(why, self.enrol("--yes", check=False).stderr)
        self.assertEqual(self.left(), "")

    def test_a_box_without_nix_or_without_room_is_left_as_it_is(self):
        self.write_files()
        script = ["/srv/source/host-setup/enrol/enrol", "--key", self.keys["console"], "--yes"]
        self.box.run("mv", "/usr/bin/nix", "/usr/bin/nix.away")
        try:
            self.assertIn("There is no nix", self.box.run(*script, check=False).stderr)
        finally:
            self.box.run("mv", "/usr/bin/nix.away", "/usr/bin/nix")
        # What is written to the store goes to a disk of 64 MiB.
        small = "mkdir -p /mnt /nix/store && mount -t tmpfs -o size=64m tmpfs /mnt && mkdir /mnt/upper /mnt/work"
        self.box.run("sh", "-c", f"{small} && mount -t overlay -o lowerdir=/nix/store,upperdir=/mnt/upper,workdir=/mnt/work overlay /nix/store")
        try:
            self.assertRegex(self.box.run(*script, check=False).stderr, r"Only \d+ MiB are free where /nix/store is")
        finally:
            self.box.run("umount", "--lazy", "/nix/store", "/mnt")
        self.assertEqual(self.left(), "")


if __name__ == "__main__":
    unittest.main()
