"""Secrets of the box's own services that are kept in git: the real Postfix signs in at a relay, and the real restic backs up, with what sops-nix opens.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import json
import os
import unittest

import test_mail
from provisioned import FLAKE, until

FILE = "secrets/box.yaml"
RESTIC_PASSWORD = "correct horse \"battery\" $staple"


def kept(key):
    return {"sops": {"file": FILE, "key": key}}


class ServiceSecretsTest(test_mail.MailTest):
    # The box of the mail's tests, its relay and its ways, not its tests.
    for name in [name for name in vars(test_mail.MailTest) if name.startswith("test_")]:
        locals()[name] = None
    del name

    def setUp(self):
        self.box.run("rm", "-rf", "/srv/cellar", "/var/lib/croft/backup/cellar.json")

    def ended(self, kind, **members):
        """How an operation ended; what refused it, when it did not begin."""
        operation = f"01jkept{os.urandom(9).hex()}0"[:26]
        told = self.ask(type=kind, operation=operation, author={"name": "Ada", "email": "ada@example.org"}, **members)
        if told["type"] == "refused":
            return told

        def report():
            return self.asked(type="operations", operation=operation)["operations"][0]

        until(lambda: report()["state"] not in ("RUNNING", "AWAITING_CONFIRM"), 180)
        return report()

    def change(self, kind="apply", **members):
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["services"] = {"mail": {"relay": test_mail.RELAY}}
        state["backups"] = test_mail.CELLAR
        state["secrets"] = {"mail": {"RELAY_PASSWORD": kept("relay")}, "backup-cellar": {"RESTIC_PASSWORD": kept("restic/cellar")}}
        return self.ended(kind, state=json.dumps(state, indent=2, sort_keys=True) + "\n", message="x", **members)

    def applied(self):
        report = self.change(confirm="none")
        self.assertEqual(report["state"], "SUCCEEDED", report)

    def locked(self):
        problem = self.change(confirm="none")["problem"]
        self.assertEqual(problem["code"], "SECRET_LOCKED", problem)
        return problem

    def pid(self):
        return self.box.out("systemctl", "show", "--property=MainPID", "--value", "postfix.service")

    def snapshots(self):
        """Those of the repository, for whoever has the password."""
        restic = ["restic", "--repo", "/srv/cellar", "--no-lock", "--password-file", "/dev/stdin", "snapshots", "--json"]
        return sorted(one["id"] for one in json.loads(self.box.run(*restic, stdin=RESTIC_PASSWORD).stdout))

    def sent(self):
        return self.asked(type="mail-test", to="eve@elsewhere.example")

    def test_a_relay_and_a_place_for_backups_with_secrets_in_git(self):
        self.addCleanup(self.switch)
        self.commit(owners=test_mail.OWNERS)
        self.assertIn("secrets.backup-cellar.RESTIC_PASSWORD.sops: the box's flake has no file", self.locked()["why"])

        self.with_sops_nix(owners=test_mail.OWNERS)
        (own,) = self.asked(type="secrets")["sops"]["recipients"]
        other = self.box.run("sh", "-c", "age-keygen 2>/dev/null | sed -n 's/^# public key: //p'").stdout.strip()
        values = {"relay": test_mail.RELAY_PASSWORD.decode(), "restic": {"cellar": RESTIC_PASSWORD}}
        self.encrypt("yaml", FILE, values, other, own)
        self.applied()

        # Nothing of it was ever sealed here, and both do what they do with the values.
        for service in ("mail", "backup-cellar"):
            self.assertFalse((self.box.root / "var/lib/croft/credentials/services" / service).exists(), service)
        listed = {one["service"]: one for one in self.asked(type="secrets")["sops"]["secrets"]}
        self.assertEqual(listed["mail"], {"service": "mail", "name": "RELAY_PASSWORD", "file": FILE, "key": "relay", "opened": True, "usedBy": ["postfix.service"]})
        self.assertEqual(listed["backup-cellar"]["usedBy"], ["croft-backup-cellar.service"])
        self.assertEqual(self.box.out("stat", "--dereference", "--format=%U:%a", "/run/secrets/croft-services/mail/RELAY_PASSWORD"), "root:400")
        told = self.sent()
        self.assertEqual(told["status"], "sent", told)
        report = self.ended("backup-run", target="cellar")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        before = self.snapshots()
        self.assertNotEqual(before, [])
        # Also by its own clock, in the unit that the timer starts. Of two on a day the newer one is kept.
        self.box.run("systemctl", "start", "croft-backup-cellar.service")
        until(lambda: self.snapshots() not in ([], before), 120)

        # A new value is a commit and an apply, and starts Postfix anew; the review says so before.
        self.encrypt("yaml", FILE, values | {"relay": "of somebody else"}, own)
        self.assertIn("postfix.service", self.change("plan")["result"]["units"]["restart"])
        self.applied()
        told = self.sent()
        self.assertEqual(told["status"], "deferred", told)
        self.assertIn("535", told["response"])
        self.asked(type="mail-queue-act", action="delete", id=told["id"])
        self.encrypt("yaml", FILE, values, own)
        self.applied()
        self.assertEqual(self.sent()["status"], "sent")

        # What the box could not open is refused before anything is built, and what runs goes on.
        pid, system = self.pid(), self.box.out("readlink", "-f", "/run/current-system")
        self.encrypt("yaml", FILE, values, other)
        problem = self.locked()
        self.assertIn(f"{FILE} is encrypted for {other}", problem["why"])
        self.assertIn(own, problem["next"])
        self.encrypt("yaml", FILE, {"relay": "x"}, own)
        self.assertIn("secrets.backup-cellar.RESTIC_PASSWORD.sops: secrets/box.yaml has no key restic", self.locked()["why"])
        self.assertEqual((self.pid(), self.box.out("readlink", "-f", "/run/current-system")), (pid, system))
        self.assertEqual(self.sent()["status"], "sent")

        # The guard knows these values as it knows those that are sealed.
        self.encrypt("yaml", FILE, values, own)
        self.box.write(f"{FLAKE}/host/note.txt", RESTIC_PASSWORD + "\n")
        self.box.run("git", "-C", FLAKE, "add", "--all")
        self.box.run("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-C", FLAKE, "commit", "-q", "-m", self.id())
        problem = self.change(confirm="none")["problem"]
        self.assertEqual(problem["code"], "SECRET_FOUND", problem)
        self.assertIn("the value of the secret RESTIC_PASSWORD of backup-cellar, in git", problem["why"])
        self.box.run("rm", f"{FLAKE}/host/note.txt")


if __name__ == "__main__":
    unittest.main()
