"""`enrol` cut off, failing and looking, with stand-ins for what Nix and systemd do to a box; a real enrolment is in nix/tests/box."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from machine import needs

REPOSITORY = Path(__file__).resolve().parents[3]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2nPp3nJv0vK0q7m1b7mQ9m7m0xY2xJ5o8b3m1q7mQ9 croft"
ROOTS = ("usr", "bin", "lib", "lib64", "sbin", "dev", "proc", "etc/alternatives")
#: Every one writes down how it was called, and which files Nix would have copied into its store by then.
PROGRAMS = {
    "nix": r"""
case $1 in
  --version) echo "nix (Nix) $(cat /fake/version)"; exit ;;
  eval) printf 'shed\n26.05\nUTC\nno\nyes\nx86_64-linux\n' ;;
  flake) touch flake.lock ;;
esac
""",
    "nixos-rebuild": r"""
[ "$1" = switch ] || exit 0
ln -sfn "$(cat /fake/next)" /nix/var/nix/profiles/system
exec "$(cat /fake/next)/bin/switch-to-configuration" switch
""",
    "nix-env": r"""ln -sfn "$4" /nix/var/nix/profiles/system""",
    "systemctl": r"""[ -e /fake/socket ]""",
    "nixos-version": r"""echo 26.05""",
}
#: A system is activated by it; one that is broken says so when it is half-way.
SWITCH = r"""#!/bin/sh
echo "switch $0 $1" >>/fake/calls
top=${0%/bin/*}
[ "$1" = boot ] || ln -sfn "$top" /run/current-system
if [ -e "$top/broken" ]; then rm -f /fake/socket; exit 4; fi
[ "$1" = boot ] || touch /fake/socket
"""


def _may_have_a_root_of_its_own():
    return shutil.which("unshare") and subprocess.run(["unshare", "--mount", "--map-root-user", "true"], capture_output=True, check=False).returncode == 0


@needs(_may_have_a_root_of_its_own(), "no namespace can be made here")
class EnrolTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="croft-enrol-"))
        self.addCleanup(shutil.rmtree, self.root, True)
        for name in (*ROOTS, "fake/bin", "etc/nixos", "tmp", "run", "root", "var/lib", "nix/var/nix/profiles", "nix/store", "croft"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.write("/etc/NIXOS", "")
        self.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        self.write("/etc/nixos/configuration.nix", "{ networking.hostName = \"shed\"; }\n")
        self.write("/fake/version", "2.26.1")
        for name, text in PROGRAMS.items():
            self.write(f"/fake/bin/{name}", f'#!/bin/sh\necho "{name} $*" >>/fake/calls\n{text}', 0o755)
        for name in ("old", "new", "newer"):
            self.write(f"/nix/store/{name}/bin/switch-to-configuration", SWITCH, 0o755)
        self.link("/nix/var/nix/profiles/system", "/nix/store/old")
        self.link("/run/current-system", "/nix/store/old")
        self.write("/fake/next", "/nix/store/new")
        for part in ("nix/modules", "nix/lib", "nix/template", "host-setup/host", "host-setup/helper", "host-setup/enrol"):
            shutil.copytree(REPOSITORY / part, self.root / "croft" / part, ignore=shutil.ignore_patterns("tests", "__pycache__"))

    def write(self, path, text, mode=0o644):
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def link(self, path, target):
        place = self.root / path.lstrip("/")
        place.unlink(missing_ok=True)
        place.symlink_to(target)

    def enrol(self, *arguments, succeeds=True):
        self.write("/fake/calls", "")
        binds = " ".join(f"mount --rbind /{name} {self.root}/{name};" for name in ROOTS if os.path.isdir(f"/{name}"))
        inside = "PATH=/fake/bin:/usr/bin:/bin exec /croft/host-setup/enrol/enrol"
        argv = ["unshare", "--mount", "--map-root-user", "sh", "-ec", f'{binds} exec chroot {self.root} /bin/sh -c \'{inside} "$@"\' sh "$@"', "sh"]
        done = subprocess.run([*argv, "--key", KEY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if succeeds:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def calls(self):
        return (self.root / "fake/calls").read_text().splitlines()

    def runs(self):
        """(what runs, what the box would boot)"""
        return tuple(os.path.basename(os.readlink(self.root / place)) for place in ("run/current-system", "nix/var/nix/profiles/system"))

    def git(self, *words):
        argv = ["git", "-c", "safe.directory=*", "-C", self.root / "var/lib/croft/flake", *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()

    def enrolled(self):
        self.enrol("--yes")
        self.assertEqual(self.runs(), ("new", "new"))
        self.write("/etc/croft/revision", self.git("rev-parse", "HEAD") + "\n")

    def renewed(self):
        """The console has a newer Croft."""
        self.write("/croft/nix/newer.nix", "{ }\n")

    # -- tests -------------------------------------------------------------------------------------------------

    def test_a_second_time_there_is_nothing_to_do(self):
        self.enrolled()
        self.assertIn("nothing was to be done", self.enrol().stdout)

    def test_a_newer_system_that_cannot_be_activated_is_neither_what_runs_nor_what_boots(self):
        self.enrolled()
        head = self.git("rev-parse", "HEAD")
        self.renewed()
        self.write("/nix/store/newer/broken", "")
        self.write("/fake/next", "/nix/store/newer")
        done = self.enrol("--yes", succeeds=False)
        self.assertIn("Nothing was changed.", done.stderr)
        self.assertEqual((self.runs(), self.git("rev-parse", "HEAD"), self.git("status", "--porcelain")), (("new", "new"), head, ""))
        self.assertFalse((self.root / "var/lib/croft/croft/nix/newer.nix").exists())

    def test_what_ran_for_a_try_does_not_become_what_boots(self):
        self.enrolled()
        self.renewed()
        self.link("/run/current-system", "/nix/store/old")
        self.write("/nix/store/newer/broken", "")
        self.write("/fake/next", "/nix/store/newer")
        self.enrol("--yes", succeeds=False)
        self.assertEqual(self.runs(), ("old", "new"))

    def test_what_was_cut_off_is_finished(self):
        self.enrolled()
        self.write("/etc/croft/revision", "dirty\n")
        self.link("/run/current-system", "/nix/store/old")
        done = self.enrol("--yes")
        self.assertNotIn("nothing was to be done", done.stdout)
        self.assertEqual(self.runs(), ("new", "new"))
        self.write("/etc/croft/revision", self.git("rev-parse", "HEAD") + "\n")
        (self.root / "fake/socket").unlink()
        self.assertIn("its enrolment was cut off", self.enrol("--yes").stdout)
        self.assertIn("nothing was to be done", self.enrol().stdout)

    def test_a_flake_without_its_note_was_made_by_somebody_else(self):
        self.enrolled()
        (self.root / "var/lib/croft/enrolled").unlink()
        self.assertIn("was not made by enrol", self.enrol("--yes", succeeds=False).stderr)

    def test_files_of_root_s_alone_are_asked_about_before_nix_sees_them(self):
        self.write("/etc/nixos/wifi.conf", "whatever it is\n", 0o600)
        done = self.enrol(succeeds=False)
        self.assertIn("/etc/nixos/wifi.conf", done.stdout)
        self.assertIn("the input is no terminal", done.stderr)
        self.assertEqual([call for call in self.calls() if call.startswith("nix ") and "--version" not in call], [])
        self.assertEqual(os.listdir(self.root / "var/lib/croft"), [])

    def test_a_secret_is_found_before_nix_sees_it(self):
        self.write("/etc/nixos/configuration.nix", '{ services.x.password = "correct-horse-battery-8-staple"; }\n')
        done = self.enrol("--yes", succeeds=False)
        self.assertIn("nixos/configuration.nix", done.stderr)
        self.assertNotIn("correct-horse", done.stdout + done.stderr)
        self.assertEqual([call for call in self.calls() if call.startswith("nix ") and "--version" not in call], [])
        self.assertEqual(os.listdir(self.root / "var/lib/croft"), [])

    def test_modules_are_renewed_in_the_words_of_each_nix(self):
        for version, words in (("2.18.9", "nix flake lock --update-input croft"), ("2.19.0", "nix flake update croft"), ("2.31.2", "nix flake update croft")):
            with self.subTest(version):
                shutil.rmtree(self.root / "var/lib/croft", ignore_errors=True)
                self.write("/fake/version", version)
                self.enrolled()
                self.write("/croft/nix/newer.nix", f"# {version}\n")
                self.enrol("--yes")
                self.assertIn(words, self.calls())


if __name__ == "__main__":
    unittest.main()
