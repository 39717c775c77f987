"""Backups on a booted box with the real restic: to a local path and over SFTP, back beside the data and in its place.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import base64
import json
import os
import unittest
from pathlib import Path

from provisioned import until
from test_apps import AppsTest as Apps
from test_secrets import ASK

AUTHOR = {"name": "Ada", "email": "ada@example.org"}
DATA = "/var/lib/croft/apps/shop"
PORT = 8140
PASSWORD = b"correct horse battery staple"
# What files can be: holes, links, names of every kind, owners, old times.
FILL = rf"""
cd {DATA} && umask 022
echo one > orders && ln orders same && ln -s /nowhere link && mkdir -p deep/er empty
head -c 3000000 /dev/urandom > deep/er/blob && truncate -s 20M holes
printf x > "$(printf 'odd\nname \303\244 "$(id)"')" && chmod 0600 odd* && touch -d 2001-02-03T04:05:06.789 orders
chmod 0711 deep && chown -hR croft-app-shop: . && chmod 4755 same
"""
DIGEST = r"""
cd "$1" && { find . -mindepth 1 -printf "%p %y %m %U %G %s %n %l"; find . -mindepth 1 -printf "%p %T@"; find . -type f -exec sha256sum {} +; } |
LC_ALL=C sort | sha256sum
"""
SERVER = ["/usr/sbin/sshd", "-D", "-e", "-f", "/srv/depot-keys/config"]
SSHD = rf"""
set -e
systemctl stop test-depot.service 2>/dev/null || true
rm -rf /srv/depot /srv/depot-keys && mkdir -m 0755 /srv/depot && mkdir -m 0700 /srv/depot-keys && cd /srv/depot-keys
ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f client
printf '%s\n' 'Port 2222' 'ListenAddress 127.0.0.1' 'HostKey /srv/depot-keys/host' 'AuthorizedKeysFile /srv/depot-keys/client.pub' \
  'PasswordAuthentication no' 'StrictModes no' 'PidFile none' 'Subsystem sftp internal-sftp' 'ForceCommand internal-sftp' \
  'ChrootDirectory /srv/depot' 'PermitRootLogin yes' > config
systemd-run --quiet --unit=test-depot --property=RuntimeDirectory=sshd --property=RuntimeDirectoryPreserve=yes {" ".join(SERVER)}
for i in $(seq 100); do ss -ltn | grep -q 127.0.0.1:2222 && break; sleep 0.1; done
cut -d' ' -f1,2 host.pub
"""


class BackupsTest(Apps):
    # The box of the apps' tests and its ways, not its tests.
    for name in [name for name in vars(Apps) if name.startswith("test_")]:
        locals()[name] = None
    del name

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operations = 0

    def ask(self, **request):
        return json.loads(self.box.run("python3", "-c", ASK, stdin=json.dumps(request)).stdout)

    def asked(self, **request):
        told = self.ask(**request)
        self.assertEqual(told["type"], "done", told)
        return told["result"]

    def put(self, target, name, value):
        self.asked(type="secret-put", service=f"backup-{target}", name=name, value=base64.b64encode(value).decode())

    def operate(self, kind, **members):
        """The report of an operation, when it has ended."""
        type(self).operations += 1
        operation = f"01jbackup{os.urandom(4).hex()}{self.operations:09d}"
        self.asked(type=kind, operation=operation, author=AUTHOR, **members)
        return self.ended(operation)

    def by_itself(self, service, kind):
        """The report of the operation that a timer's service starts."""
        self.box.run("systemctl", "start", service)
        newest = self.asked(type="operations")["operations"][0]
        self.assertEqual(newest["kind"], kind)
        return self.ended(newest["operation"])

    def ended(self, operation):
        until(lambda: self.report(operation)["state"] != "RUNNING", 120)
        return self.report(operation)

    def report(self, operation):
        return self.asked(type="operations", operation=operation)["operations"][0]

    def succeeded(self, kind, **members):
        report = self.operate(kind, **members)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report["result"]

    def deploy(self, targets):
        shop = self.app("data-app", "python", PORT, health={"path": "/healthz", "timeoutSeconds": 20})
        self.switch({"shop": shop}, backups={"targets": targets})

    def local(self, name):
        """A box with the shop, its data, and a local target of this name."""
        self.box.run("rm", "-rf", f"/srv/{name}", f"/var/lib/croft/backup/{name}.json")
        self.put(name, "RESTIC_PASSWORD", PASSWORD)
        self.deploy({name: {"type": "local", "path": f"/srv/{name}"}})
        self.box.run("sh", "-c", f"rm -rf {DATA}/* && sh", stdin=FILL)

    def backup_of_the_shop(self, target):
        return self.asked(type="backup-list", target=target, app="shop")["snapshots"][0]["id"]

    def digest(self, place=DATA):
        """Of all that is in a directory: names, kinds, modes, owners, times, links, contents."""
        return self.box.out("sh", "-c", DIGEST, "sh", place)

    def test_the_printed_commands_bring_it_back_without_croft(self):
        self.local("cellar")
        self.succeeded("backup-run", target="cellar")
        page = (Path(__file__).parents[3] / "docs/recovery.md").read_text(encoding="utf-8")
        commands = page.split("## Without Croft")[1].split("```sh\n")[1].split("```")[0].replace("/mnt/cellar/attic", "/srv/cellar")
        self.box.run("sh", "-ec", "rm -rf /srv/away && mkdir /srv/away && cd /srv/away\n" + commands, stdin=PASSWORD.decode())
        self.assertEqual(self.digest("/srv/away/kit/shop/state"), self.digest())
        state = self.box.out("cat", "/srv/away/kit/box/state.json")
        self.assertEqual(state, self.asked(type="state")["state"].strip())
        self.box.run("git", "clone", "--quiet", "--branch", "main", "/srv/away/kit/box/flake.bundle", "/srv/away/flake")
        self.assertEqual(self.box.out("cat", "/srv/away/flake/state.json"), state)

    def runs(self):
        return self.box.run("curl", "-sf", f"http://127.0.0.1:{PORT}/orders", check=False).stdout

    def test_what_comes_back_is_what_was_there_to_the_byte(self):
        self.local("cellar")
        before = self.digest()
        ran = self.succeeded("backup-run", target="cellar")
        self.assertEqual([one["app"] for one in ran["targets"][0]["snapshots"]], ["shop", None])
        (target,) = self.asked(type="backups")["targets"]
        self.assertEqual((target["reachable"], target["lastResult"], target["snapshots"]), (True, "SUCCEEDED", 2), target)
        self.assertIsNotNone(target["next"])
        self.assertGreater(target["bytes"], 3_000_000)
        snapshot = self.backup_of_the_shop("cellar")

        self.box.run("sh", "-c", f"echo two > {DATA}/orders; rm {DATA}/odd*; echo new > {DATA}/new")
        changed = self.digest()
        wanted = {"target": "cellar", "snapshot": snapshot, "app": "shop"}
        beside = self.succeeded("backup-restore", mode="side", **wanted)
        self.assertEqual(self.digest(f"{beside['path']}/state"), before)
        self.assertEqual(self.digest(), changed, "what is in use stays as it was")
        kinds = {one["path"]: one["kind"] for one in beside["files"]["paths"]}
        self.assertEqual((kinds["orders"], kinds["new"], beside["files"]["onlyCopy"]), ("changed", "onlyLive", 1), beside)
        self.asked(type="restore-discard", app="shop", snapshot=snapshot)

        pid = self.box.out("systemctl", "show", "--property=MainPID", "--value", "croft-app-shop.service")
        swapped = self.succeeded("backup-restore", mode="swap", **wanted)
        self.assertEqual(self.digest(), before)
        self.assertEqual(self.runs(), "one\n")
        self.assertNotEqual(self.box.out("systemctl", "show", "--property=MainPID", "--value", "croft-app-shop.service"), pid)

        state = self.asked(type="state")["state"]
        undo = [{"app": "shop", "snapshot": swapped["undo"]}]
        self.succeeded("apply", state=state, message="Undo the restore", restore=undo)
        self.assertEqual(self.digest(), changed)

    def test_a_copy_is_tried_in_a_room_of_its_own(self):
        self.local("trial")
        self.succeeded("backup-run", target="trial")
        before = self.digest()
        tried = self.succeeded("restore-test", target="trial")
        self.assertEqual([(one["app"], one["started"], one["problem"]) for one in tried["apps"]], [("shop", True, None)])
        self.assertEqual(self.digest(), before)
        self.assertEqual(self.box.out("sh", "-c", "ls /run/systemd/system | grep restore-test || true"), "")
        (target,) = self.asked(type="backups")["targets"]
        self.assertTrue(target["restoreTest"]["ok"])
        asked = target["restoreTest"]["time"]

        # As its timer does it.
        self.assertEqual(self.box.out("systemctl", "is-active", "croft-restore-test-of-trial.timer"), "active")
        timed = self.by_itself("croft-restore-test-of-trial.service", "restore-test")
        self.assertEqual((timed["state"], [one["started"] for one in timed["result"]["apps"]]), ("SUCCEEDED", [True]), timed)
        (target,) = self.asked(type="backups")["targets"]
        self.assertGreater(target["restoreTest"]["time"], asked)

        # An app that is ill with what was kept: the test says so, the app itself goes on.
        self.box.run("sh", "-c", f"mv {DATA}/orders {DATA}/away")
        self.succeeded("backup-run", target="trial")
        self.box.run("sh", "-c", f"mv {DATA}/away {DATA}/orders")
        report = self.operate("restore-test", target="trial")
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "RESTORE_TEST_FAILED"), report)
        self.assertEqual(self.runs(), "one\n")

    def test_damage_and_a_wrong_password_are_told_apart(self):
        self.local("vault")
        self.succeeded("backup-run", target="vault")
        snapshot = self.backup_of_the_shop("vault")
        before = self.digest()
        # One byte of the largest file.
        self.box.run("sh", "-c", "f=$(ls -S $(find /srv/vault/data -type f) | head -n 1); chmod u+w $f; cp $f /srv/whole; printf X | dd of=$f bs=1 seek=5000 conv=notrunc status=none; echo $f > /srv/which")
        for mode in ("side", "swap"):
            report = self.operate("backup-restore", target="vault", snapshot=snapshot, app="shop", mode=mode)
            self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "BACKUP_DAMAGED"), report)
        self.assertEqual((self.digest(), self.runs()), (before, "one\n"))
        self.box.run("sh", "-c", "rm $(cat /srv/which)")
        report = self.operate("backup-run", target="vault")
        self.assertEqual(report["problem"]["code"], "BACKUP_DAMAGED", report)
        self.box.run("sh", "-c", "cp /srv/whole $(cat /srv/which)")
        self.succeeded("backup-run", target="vault")

        self.put("vault", "RESTIC_PASSWORD", b"another")
        self.assertEqual(self.operate("backup-run", target="vault")["problem"]["code"], "BACKUP_REFUSED")
        self.assertEqual(self.ask(type="backup-list", target="vault")["problem"]["code"], "BACKUP_REFUSED")
        self.put("vault", "RESTIC_PASSWORD", PASSWORD)
        self.box.run("mv", "/srv/vault", "/srv/unmounted")
        self.assertEqual(self.operate("backup-run", target="vault")["problem"]["code"], "BACKUP_UNREACHABLE")
        self.assertFalse((self.box.root / "srv/vault").exists(), "no new repository where the disk should be")
        self.box.run("mv", "/srv/unmounted", "/srv/vault")

    def test_over_sftp_and_by_the_timer(self):
        keys = self.box.out("sh", "-c", SSHD)
        key = self.box.out("cat", "/srv/depot-keys/client") + "\n"
        self.put("depot", "RESTIC_PASSWORD", PASSWORD)
        self.put("depot", "SSH_KEY", key.encode())
        depot = {"type": "sftp", "host": "127.0.0.1", "port": 2222, "user": "root", "path": "attic", "hostKey": keys}
        self.box.run("rm", "-f", "/var/lib/croft/backup/depot.json")
        self.deploy({"depot": depot})
        self.box.run("sh", "-c", f"rm -rf {DATA}/* && sh", stdin=FILL)
        before = self.digest()
        report = self.by_itself("croft-backup-depot.service", "backup")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertTrue((self.box.root / "srv/depot/attic/config").exists())
        snapshot = self.backup_of_the_shop("depot")
        self.box.run("sh", "-c", f"echo two > {DATA}/orders")
        self.succeeded("backup-restore", target="depot", snapshot=snapshot, app="shop", mode="swap")
        self.assertEqual(self.digest(), before)

        # Neither value nor key is anywhere but sealed.
        self.box.run("journalctl", "--sync")
        journal = self.box.run("journalctl", "--no-pager", "--all", "--output=export", "--boot").stdout
        for needle in (PASSWORD.decode(), key.splitlines()[2]):
            self.assertNotIn(needle, journal)
            found = self.box.run("grep", "-rlaF", "-f", "/dev/stdin", "/var/lib/croft", "/var/log", "/etc", "/tmp", check=False, stdin=needle + "\n")
            self.assertEqual(found.stdout, "")

        self.box.run("systemctl", "stop", "test-depot.service")
        report = self.operate("backup-run", target="depot")
        self.assertEqual(report["problem"]["code"], "BACKUP_UNREACHABLE", report)
        self.assertIn("refused", report["problem"]["why"].lower())
        # Another server in its place is not talked to.
        self.box.run("sh", "-c", "rm /srv/depot-keys/host*; ssh-keygen -q -t ed25519 -N '' -f /srv/depot-keys/host")
        self.box.run("systemd-run", "--quiet", "--unit=test-depot", "--property=RuntimeDirectory=sshd", "--property=RuntimeDirectoryPreserve=yes", *SERVER)
        until(lambda: self.box.run("sh", "-c", "ss -ltn | grep -q :2222", check=False).returncode == 0)
        for _ in range(3):  # Each time: ssh's reason used to come too late in a good third of them.
            report = self.operate("backup-run", target="depot")
            self.assertEqual(report["problem"]["code"], "BACKUP_REFUSED", report)
            self.assertIn("Host key verification failed", report["problem"]["why"])


if __name__ == "__main__":
    unittest.main()
