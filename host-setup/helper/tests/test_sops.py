"""Secrets in git: which keys the box has, what a file says of itself, and what is refused before it could lock the box out."""

import base64
import hashlib
import json
import os
import subprocess
import unittest
from pathlib import Path

from box import AUTHOR, Box, app, operation_id, state_text
from console import refused, result
from croft_hostd import agekeys, sops, yamltext
from croft_hostd.problems import Problem
from operating import OperationCase

#: Made by age-keygen and ssh-keygen for these tests, and used nowhere else; in halves, because the guard reads this file too.
IDENTITY = "AGE-SECRET-" + "KEY-1FCQ0AE4V8VA0ZJ4R2AZUQ7NQVERKWDAMNER349E0N0E63MSRSGASXPTCK4"
IDENTITY_RECIPIENT = "age19kf7ch55can8rpuc5gn9dmqdlzgvymtdxtyd490mdrpe8uywgees6qqz7t"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHGOnPMqmfvbzqZLsZtvm7/SYNOWHs1rIcnBJ6ELKMMW box"
SSH_RECIPIENT = "age1mj39y46ak559qwayrmru330npyk90wxwrdl2yh5rydreltnenu2q9nxleu"
OTHER = "age1vl9vx6pce0hyc08n3mggke0y5xrwrylgl6p2xgv5zam69kxfh4eq00r3nt"
VALUE = "ENC[AES256_GCM,data:Vw16I9U=,iv:v86YRlGR0gdaR5toMGscdmTrekVLwKcRjnUMaruRRCc=,tag:qnLL93BvmO2o9kzIOkKvyg==,type:str]"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


def yaml(*recipients, value=VALUE, more=""):
    """A file as sops writes it, with the armour of the data key cut short."""
    age = "".join(
        f"        - recipient: {recipient}\n          enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n            YWdl: # -\n\n            -----END AGE ENCRYPTED FILE-----\n"
        for recipient in recipients
    )
    return (
        f"#ENC[AES256_GCM,data:x,iv:x,tag:x,type:comment]\napi:\n    key: {value}\n    deeper:\n        \"a b\": 'it''s'\n{more}"
        f"list:\n    - {VALUE}\n    - name: {VALUE}\n      port: {VALUE}\n"
        f"sops:\n    kms: []\n    age:\n{age or '        []' + chr(10)}    lastmodified: \"2026-05-04T10:00:00Z\"\n    mac: {VALUE}\n    version: 3.11.0\n"
    )


def as_json(*recipients, **values):
    metadata = {"kms": None, "age": [{"recipient": recipient, "enc": "x"} for recipient in recipients], "mac": VALUE}
    return json.dumps({**(values or {"API_KEY": VALUE}), "sops": metadata})


class RecipientsTest(unittest.TestCase):
    def test_of_a_file_of_identities(self):
        self.assertEqual(agekeys.of_identities(f"# created: 2026\n# public key: {OTHER}\n{IDENTITY}\n"), [IDENTITY_RECIPIENT])
        self.assertEqual(agekeys.of_identities(IDENTITY[:-1] + "P\nrubbish\n"), [])

    def test_of_a_plugin_that_tells_it_in_a_comment(self):
        text = f"# Recipient: age1tpm1qt\n# {OTHER}\nAGE-PLUGIN-TPM-1QGQQ\n{IDENTITY}\n"
        self.assertEqual(agekeys.of_identities(text), [IDENTITY_RECIPIENT, "age1tpm1qt", OTHER])

    def test_of_ssh_keys(self):
        self.assertEqual(agekeys.of_ssh_key(SSH_KEY), SSH_RECIPIENT)
        for text in ("", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"):
            self.assertIsNone(agekeys.of_ssh_key(text), text)

    def test_of_a_private_ssh_key_whose_public_half_is_gone(self):
        box = Box()
        self.addCleanup(box.close)
        key = box.path("/key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        public = agekeys.of_box(box, None, ["/key"])
        os.unlink(key + ".pub")
        self.assertEqual(agekeys.of_box(box, None, ["/key", "/none"]), public)
        self.assertEqual(len(public), 1)

        # The other way round the curve: the private half as an identity has the recipient that the public half gave.
        lines = Path(key).read_text(encoding="ascii").splitlines()
        raw = base64.b64decode("".join(lines[1:-1]))
        at = raw.rindex(b"ssh-ed25519") + len(b"ssh-ed25519") + 4 + 32 + 4
        seed = hashlib.sha512(raw[at : at + 32]).digest()[:32]
        self.assertEqual(agekeys.of_identities(agekeys._encoded("age-secret-key-", seed).upper()), public)


class ContentTest(unittest.TestCase):
    def content(self, text, name="secrets/shop.yaml"):
        return sops.Content(name, text)

    def test_every_format_says_for_whom_it_is(self):
        flat = f"age__list_0__map_recipient={OTHER}\n{{0}}age__list_1__map_recipient={SSH_RECIPIENT}\n{{0}}mac={VALUE}\n"
        ini = f"[shop]\nAPI_KEY = {VALUE}\n[sops]\n" + flat.format("").replace("=", " = ", 2)
        for name, text in (
            ("a.yaml", yaml(OTHER, SSH_RECIPIENT)),
            ("a.yml", as_json(OTHER, SSH_RECIPIENT)),
            ("a.json", as_json(OTHER, SSH_RECIPIENT)),
            ("a.env", f"API_KEY={VALUE}\nsops_" + flat.format("sops_")),
            ("a.ini", ini),
            ("a.key", as_json(OTHER, SSH_RECIPIENT, data=VALUE)),
        ):
            content = self.content(text, name)
            self.assertTrue(content.encrypted, name)
            self.assertTrue(content.opens_for([SSH_RECIPIENT]), name)
            self.assertFalse(content.opens_for([IDENTITY_RECIPIENT]), name)
            self.assertEqual(content.for_whom(), f"{OTHER}, {SSH_RECIPIENT}", name)

    def test_what_is_not_encrypted(self):
        for name, text in (("a.yaml", "api:\n  key: x\n"), ("a.yaml", ""), ("a.json", "{}"), ("a.env", "A=sops_mac\n"), ("a.ini", "[a]\nmac=x\n"), ("a.bin", "\0\1"), ("a.yaml", "- a\n- b\n")):
            self.assertFalse(self.content(text, name).encrypted, (name, text))

    def test_groups_of_keys_need_as_many_as_the_threshold_says(self):
        groups = [{"age": [{"recipient": SSH_RECIPIENT}]}, {"age": [{"recipient": OTHER}]}, {"pgp": [{"fp": "x"}]}]
        for threshold, opens in ((1, True), (2, False), (None, False)):
            text = json.dumps({"sops": {"mac": VALUE, "key_groups": groups, "shamir_threshold": threshold}})
            self.assertEqual(self.content(text).opens_for([SSH_RECIPIENT]), opens, threshold)
        self.assertFalse(self.content(json.dumps({"sops": {"mac": VALUE, "pgp": []}})).opens_for([SSH_RECIPIENT]))

    def test_keys(self):
        content = self.content(yaml(OTHER, more=f"    number: {VALUE.replace(':str', ':int')}\n    clear: x\n    empty: \"\"\n"))
        for key, lacks in (
            ("api/key", None), ("api/other", "no key api/other"), ("none/key", "no key none"), ("api", "no text"), ("list", "no text"),
            ("sops/mac", "no key sops"), ("api/number", "a number"), ("api/clear", "in clear"), ("api/empty", "no text"), ("api/key/x", "no key api/key/x"),
        ):
            told = content.without(key)
            self.assertTrue(told is None if lacks is None else lacks in told, (key, told))

    def test_yaml_that_sops_does_not_write_is_told_by_its_line(self):
        for text, line in (("a: &x 1\nb: *x\n", 1), ("a: b\n  c: d\n", 2), ("a:\n\tb: c\n", 2), ("a: {b: c}\n", 1), ("a: 1\na: 2\n", 2), ("words\n", 1), ("a: \"x\n  y\"\n", 1), ("a:\n  - x\n    y\n", 3)):
            with self.assertRaisesRegex(ValueError, f"line {line} "):
                yamltext.parse(text)
        with self.assertRaises(ValueError):
            yamltext.parse("".join(f"{' ' * depth}a:\n" for depth in range(2000)))

    def test_yaml_that_it_does(self):
        self.assertEqual(
            yamltext.parse("---\na: # why\n- b: 1\n  c: |-\n    x\n\n    y: z\n  'd e': true\n-   - f\n- \n- \"q: \\u00e9\"\ng: http://x # y\nh: []\n"),
            {"a": [{"b": "1", "c": "x\n\ny: z", "d e": True}, ["f"], None, "q: é"], "g": "http://x", "h": []},
        )


def kept(file="secrets/shop.yaml", key="api/key", **members):
    entry = app(**members)
    entry["run"]["secrets"] = {"API_KEY": {"as": "env", "sops": {"file": file, "key": key} if key else {"file": file}}}
    return entry


class LockedOutTest(OperationCase):
    def setUp(self):
        super().setUp()
        self.deployed()
        self.box.write(HOST_KEY + ".pub", SSH_KEY)
        self.facts()

    def facts(self, key_file=None, secrets=(), place=""):
        self.box.write(f"{place or self.box.running()}/etc/croft/facts.json", json.dumps({"version": 1, "sops": {"keyFile": key_file, "sshKeyPaths": [HOST_KEY], "secrets": list(secrets)}}))
        if not place:
            self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "sops": {"keyFile": key_file, "sshKeyPaths": [HOST_KEY], "secrets": list(secrets)}}))

    def keep(self, text, file="secrets/shop.yaml"):
        self.box.commit_by_hand({file: text})

    def locked(self, kind="apply", entry=None):
        before = self.snapshot()
        operation = operation_id(80)
        problem = refused(self.box, type=kind, operation=operation, author=AUTHOR, state=state_text({"shop": entry or kept()}), message="x")
        self.assertEqual(problem["code"], "SECRET_LOCKED", problem)
        self.assertIn("apps.shop.run.secrets.API_KEY.sops: ", problem["why"])
        self.assertFalse(os.path.exists(self.box.path(f"/var/lib/croft/operations/{operation}")))
        self.assert_unchanged(before)
        return problem

    def test_a_file_for_this_box_is_taken(self):
        self.keep(yaml(OTHER, SSH_RECIPIENT))
        self.assertEqual(self.apply({"shop": kept()}, confirm="none")["state"], "SUCCEEDED")

    def test_a_file_for_somebody_else_is_not(self):
        self.keep(yaml(OTHER))
        problem = self.locked()
        self.assertIn(f"encrypted for {OTHER}, and not for this box, which is {SSH_RECIPIENT}", problem["why"])
        self.assertIn(f"Add {SSH_RECIPIENT}", problem["next"])
        self.assertIn("sops updatekeys secrets/shop.yaml", problem["next"])

    def test_nor_one_that_is_missing_in_clear_or_without_the_key(self):
        self.assertIn("has no file secrets/shop.yaml", self.locked()["why"])
        self.keep("api:\n  key: hunter2\n")
        problem = self.locked()
        self.assertIn("is not encrypted", problem["why"])
        self.assertIn("change them", problem["next"])
        self.keep(yaml(SSH_RECIPIENT))
        self.assertIn("no key api/token", self.locked(entry=kept(key="api/token"))["why"])
        self.keep("a: {b: c}\n", "secrets/odd.yaml")
        self.assertIn("line 1 ", self.locked(entry=kept("secrets/odd.yaml"))["why"])

    def test_a_box_without_a_key_is_told_how_to_get_one(self):
        os.unlink(self.box.path(HOST_KEY + ".pub"))
        self.keep(yaml(SSH_RECIPIENT))
        problem = self.locked()
        self.assertIn("the box has no age key", problem["why"])
        self.assertIn("ssh-keygen -A", problem["next"])

    def test_the_key_file_of_the_configuration_counts(self):
        self.box.write("/var/lib/sops-nix/key.txt", IDENTITY + "\n")
        self.keep(yaml(IDENTITY_RECIPIENT))
        self.locked()
        self.facts("/var/lib/sops-nix/key.txt")
        self.assertEqual(self.apply({"shop": kept()}, confirm="none")["state"], "SUCCEEDED")

    def test_a_plan_is_refused_too(self):
        self.keep(yaml(OTHER))
        report = self.start("plan", state=state_text({"shop": kept()}), message="x")
        self.failed(report, "SECRET_LOCKED")

    def test_what_was_built_says_with_which_keys_it_opens_its_files(self):
        """The first system with sops-nix: until it is built nobody knows its keys."""
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1}))
        self.keep(yaml(OTHER))
        before = self.snapshot()
        closure = self.box.closure

        def build(*arguments):
            top = closure(*arguments)
            self.box.write("/nix/store/kept/shop.yaml", yaml(OTHER))
            secret = {"app": "shop", "name": "API_KEY", "file": "secrets/shop.yaml", "key": "api/key", "source": "/nix/store/kept/shop.yaml"}
            self.facts(secrets=[secret], place=top)
            return top

        self.box.closure = build
        problem = self.failed(self.apply({"shop": kept(rev="3" * 40)}), "SECRET_LOCKED")
        self.assertIn(SSH_RECIPIENT, problem["next"])
        self.assertEqual(self.snapshot()[:3], before[:3])

    def test_it_is_none_of_those_that_are_set(self):
        self.keep(yaml(SSH_RECIPIENT))
        plan = self.start("plan", state=state_text({"shop": kept()}), message="x")
        self.assertEqual(plan["result"]["missingSecrets"], [])
        self.assertEqual(result(self.box, type="secrets")["sops"], {"recipients": [SSH_RECIPIENT], "secrets": []})

    # -- of services -------------------------------------------------------------------------------------------------

    RELAY = {"host": "smtp.example.net", "user": "attic@example.net"}
    CELLAR = {"cellar": {"type": "sftp", "host": "cellar.example", "user": "attic", "path": "attic", "hostKey": SSH_KEY}}

    def served(self, **names):
        """A state with a relay and a place for backups; each name is a key of secrets/box.yaml."""
        document = json.loads(state_text({}))
        document["services"] = {"mail": {"relay": self.RELAY}}
        document["backups"] = {"targets": self.CELLAR}
        owners = {"RELAY_PASSWORD": "mail"}
        for name, key in names.items():
            document.setdefault("secrets", {}).setdefault(owners.get(name, "backup-cellar"), {})[name] = {"sops": {"file": "secrets/box.yaml", "key": key}}
        return json.dumps(document)

    def refused_of(self, state, code):
        before = self.snapshot()
        problem = refused(self.box, type="apply", operation=operation_id(80), author=AUTHOR, state=state, message="x")
        self.assertEqual(problem["code"], code, problem)
        self.assert_unchanged(before)
        return problem

    def test_services_secrets_are_looked_at_as_well(self):
        everything = self.served(RELAY_PASSWORD="api/key", RESTIC_PASSWORD="api/key", SSH_KEY="api/key")
        self.assertIn("secrets.backup-cellar.RESTIC_PASSWORD.sops: the box's flake has no file secrets/box.yaml", self.refused_of(everything, "SECRET_LOCKED")["why"])
        self.keep(yaml(OTHER), "secrets/box.yaml")
        self.assertIn("not for this box", self.refused_of(everything, "SECRET_LOCKED")["why"])
        self.keep(yaml(SSH_RECIPIENT), "secrets/box.yaml")
        self.assertIn("secrets.mail.RELAY_PASSWORD.sops: secrets/box.yaml has no key mail", self.refused_of(self.served(RELAY_PASSWORD="mail", RESTIC_PASSWORD="api/key", SSH_KEY="api/key"), "SECRET_LOCKED")["why"])
        report = self.start("apply", state=everything, message="x", confirm="none")
        self.assertEqual(report["state"], "SUCCEEDED", report)

    def test_what_is_not_in_git_has_to_be_sealed_still(self):
        self.keep(yaml(SSH_RECIPIENT), "secrets/box.yaml")
        self.assertRegex(self.refused_of(self.served(RELAY_PASSWORD="api/key", RESTIC_PASSWORD="api/key"), "SECRET_MISSING")["what"], "backup-cellar needs the secret SSH_KEY")

    def test_a_built_system_names_services_secrets(self):
        self.box.write("/nix/store/kept/box.yaml", yaml(OTHER))
        secret = {"service": "mail", "name": "RELAY_PASSWORD", "file": "secrets/box.yaml", "key": "api/key", "source": "/nix/store/kept/box.yaml"}
        self.facts(secrets=[secret], place="/nix/store/built")
        with self.assertRaises(Problem) as refusal:
            sops.require_of_system(self.box, "/nix/store/built")
        self.assertIn("secrets.mail.RELAY_PASSWORD.sops", refusal.exception.why)

    def test_the_list_says_who_is_given_what(self):
        secret = {"service": "mail", "name": "RELAY_PASSWORD", "file": "secrets/box.yaml", "key": "api/key", "source": "/nix/store/kept/box.yaml"}
        self.facts(secrets=[secret])
        place = "/run/secrets/croft-services/mail/RELAY_PASSWORD"
        self.box.write(f"{self.box.running()}/etc/systemd/system/postfix.service", f"[Service]\nLoadCredential=RELAY_PASSWORD:{place}\n")
        entry = {"service": "mail", "name": "RELAY_PASSWORD", "file": "secrets/box.yaml", "key": "api/key", "opened": False, "usedBy": ["postfix.service"]}
        self.assertEqual(result(self.box, type="secrets")["sops"]["secrets"], [entry])
        self.box.write(place, "hunter2")
        told = result(self.box, type="secrets")
        self.assertEqual(told["sops"]["secrets"], [{**entry, "opened": True}])
        self.assertEqual(told["secrets"], [])
        self.assertNotIn("hunter2", json.dumps(told))

    def test_the_guard_knows_values_of_services(self):
        secret = {"service": "mail", "name": "RELAY_PASSWORD", "file": "secrets/box.yaml", "key": "api/key", "source": "/nix/store/kept/box.yaml"}
        self.facts(secrets=[secret])
        self.box.write("/run/secrets/croft-services/mail/RELAY_PASSWORD", "a phrase of the relay")
        self.box.commit_by_hand({"host/note.txt": "a phrase of the relay\n"})
        problem = self.failed(self.apply({}, confirm="none"), "SECRET_FOUND")
        self.assertIn("the value of the secret RELAY_PASSWORD of mail, in git", problem["why"])

    def test_owners_and_names_that_are_refused(self):
        sops_of = {"sops": {"file": "a.yaml"}}
        for kept_ in (7, {"Mail": {"A": sops_of}}, {"mail": 7}, {"mail": {"A-B": sops_of}}, {"mail": {"A": 7}}, {"mail": {"A": {}}}, {"mail": {"A": {"sops": {"file": "../a"}}}}):
            document = json.loads(state_text({}))
            document["secrets"] = kept_
            self.refused_of(json.dumps(document), "STATE_REFUSED")

    def test_places_and_keys_that_are_refused(self):
        for file, key in (("../x.yaml", None), ("/etc/shadow", None), (".git/config", None), ("a//b", None), ("x" * 201, None), ("a.yaml", "a b"), ("a.yaml", "/a"), ("a.yaml", "x" * 257), (7, None)):
            problem = refused(self.box, type="apply", operation=operation_id(80), author=AUTHOR, state=state_text({"shop": kept(file, key)}), message="x")
            self.assertEqual(problem["code"], "STATE_REFUSED", (file, key))


if __name__ == "__main__":
    unittest.main()
