"""Secrets: where they come to lie, who is told of them, and that the value is nowhere else."""

import base64
import json
import os
import unittest
from pathlib import Path

from box import AUTHOR, Box, app, operation_id, state_text
from console import ask, refused, result
from operating import OperationCase

CREDENTIALS = "/var/lib/croft/credentials"
VALUE = b"correct horse \"battery\" $staple\n\x00\xff end"


def read(path):
    return Path(path).read_text(encoding="utf-8")


def put(box, value=VALUE, **members):
    members = {name: value for name, value in {"app": "shop", "name": "API_KEY", **members}.items() if value is not None}
    return result(box, type="secret-put", value=base64.b64encode(value).decode(), **members)


def give(box, unit, *secrets):
    """The running system gives these secrets to a unit."""
    lines = "".join(f"LoadCredentialEncrypted={name}:{CREDENTIALS}/{kind}/{owner}/{name}\n" for kind, owner, name in secrets)
    box.write(f"{box.running()}/etc/systemd/system/{unit}", f"[Service]\n{lines}")


class SecretsTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def test_a_value_is_sealed_for_root_alone(self):
        done = put(self.box)
        place = self.box.path(f"{CREDENTIALS}/apps/shop/API_KEY")
        self.assertEqual(os.stat(place).st_mode & 0o777, 0o600)
        for directory in ("apps/shop", "apps", ""):
            self.assertEqual(os.stat(self.box.path(f"{CREDENTIALS}/{directory}")).st_mode & 0o077, 0, directory)
        self.assertNotIn(VALUE[:10], base64.b64decode(read(place)))
        self.assertEqual(done["secret"]["bytes"], len(VALUE))
        self.assertEqual(done["restarted"], [])
        self.assertEqual(done["secret"]["usedBy"], [])

    def test_the_value_is_nowhere_but_in_the_pipe(self):
        put(self.box, restart=True)
        coded = base64.b64encode(VALUE).decode()
        self.assertEqual(self.box.stdin, VALUE)
        self.assertNotIn(coded, json.dumps(self.box.calls))
        self.assertNotIn("battery", json.dumps(self.box.calls))
        self.assertNotIn("battery", json.dumps(self.box.journal))
        for directory, _, names in os.walk(self.box.root):
            for name in names:
                path = os.path.join(directory, name)
                content = b"" if os.path.islink(path) else Path(path).read_bytes()
                self.assertNotIn(b"battery", content, name)
                self.assertNotIn(coded.encode(), content, name)

    def test_a_value_that_its_service_could_not_be_given_is_refused_and_the_one_before_stays(self):
        """Stored, it would stop Postfix at its next start, and the backups at their next."""
        for service, name in (("mail", "RELAY_PASSWORD"), ("backup-cloud", "AWS_ACCESS_KEY_ID"), ("backup-cloud", "AWS_SECRET_ACCESS_KEY")):
            put(self.box, b"fine \xc3\xa9 \n", app=None, service=service, name=name)
            before = read(self.box.path(f"{CREDENTIALS}/services/{service}/{name}"))
            for value in (b"hunter2\nx", b"hunter2\0", b"\xffhunter2"):
                problem = refused(self.box, type="secret-put", service=service, name=name, value=base64.b64encode(value).decode())
                self.assertEqual(problem["code"], "BAD_REQUEST", problem)
                self.assertIn(f"{name} of {service} is one line", problem["why"])
                self.assertNotIn("hunter2", json.dumps(problem))
            self.assertEqual(read(self.box.path(f"{CREDENTIALS}/services/{service}/{name}")), before)
        # Whoever gets its bytes as a file takes any.
        put(self.box, b"a\nb\0\xff", app=None, service="backup-cloud", name="RESTIC_PASSWORD")
        put(self.box, b"a\nb\0\xff", name="RELAY_PASSWORD")

    def test_what_fails_says_nothing_of_the_value(self):
        coded = base64.b64encode(VALUE).decode()
        self.box.sealing = (1, "", "Failed to determine host key\n")
        failures = [ask(self.box, type="secret-put", app="shop", name="API_KEY", value=coded)[-1]]
        self.box.sealing = None
        for broken in (coded + "!", coded + "\n", coded[:-1], "wörter-battery", ["battery"], 7):
            failures.append(ask(self.box, type="secret-put", app="shop", name="API_KEY", value=broken)[-1])
        for members in ({"name": "A-B"}, {"service": "mail"}, {"app": "../x"}):
            failures.append(ask(self.box, **{"type": "secret-put", "app": "shop", "name": "API_KEY", "value": coded, **members})[-1])
        for failure in failures:
            self.assertEqual(failure["type"], "refused", failure)
            self.assertNotIn("battery", json.dumps(failure))
            self.assertNotIn(coded[:12], json.dumps(failure))
        self.assertEqual(result(self.box, type="secrets")["secrets"], [])

    def test_sizes_and_bytes(self):
        for size in (1, 65536):
            self.assertEqual(put(self.box, os.urandom(size))["secret"]["bytes"], size)
        for value in (b"", bytes(65537)):
            coded = base64.b64encode(value).decode()
            problem = refused(self.box, type="secret-put", app="shop", name="API_KEY", value=coded)
            self.assertEqual(problem["code"], "BAD_REQUEST")
            self.assertIn("value", problem["why"])

    def test_a_failed_sealing_leaves_the_value_before(self):
        put(self.box, b"old")
        place = self.box.path(f"{CREDENTIALS}/apps/shop/API_KEY")
        kept = read(place)
        self.box.sealing = (0, "", "")
        self.assertEqual(refused(self.box, type="secret-put", app="shop", name="API_KEY", value="bmV3")["code"], "INTERNAL")
        self.assertEqual(read(place), kept)

    def test_all_are_listed_with_who_uses_them(self):
        put(self.box)
        put(self.box, b"x", app="blog", name="SALT")
        self.assertEqual(
            result(self.box, type="secret-put", service="mail", name="RELAY", value="eHl6")["secret"]["service"], "mail"
        )
        give(self.box, "croft-app-shop.service", ("apps", "shop", "API_KEY"))
        give(self.box, "croft-job-shop-report.service", ("apps", "shop", "API_KEY"))
        listed = result(self.box, type="secrets")["secrets"]
        self.assertEqual([(entry.get("app"), entry.get("service"), entry["name"]) for entry in listed],
                         [("blog", None, "SALT"), ("shop", None, "API_KEY"), (None, "mail", "RELAY")])
        self.assertEqual(listed[1]["usedBy"], ["croft-app-shop.service", "croft-job-shop-report.service"])
        self.assertEqual([entry["bytes"] for entry in listed], [1, len(VALUE), 3])

    def test_only_what_runs_is_restarted(self):
        for unit in ("croft-app-shop.service", "croft-job-shop-report.service", "croft-app-idle.service"):
            give(self.box, unit, ("apps", "shop", "API_KEY"))
        self.box.units["croft-app-shop.service"] = {"ActiveState": "active", "Type": "exec"}
        self.box.units["croft-job-shop-report.service"] = {"ActiveState": "activating", "Type": "oneshot"}
        self.box.units["croft-app-idle.service"] = {"ActiveState": "inactive", "Type": "exec"}
        self.assertEqual(put(self.box)["restarted"], [])
        self.assertEqual(put(self.box, restart=True)["restarted"], ["croft-app-shop.service"])
        restarts = [call for call in self.box.calls if call[:2] == ["systemctl", "restart"]]
        self.assertEqual([call[-1] for call in restarts], ["croft-app-shop.service"])
        self.assertEqual(len(restarts), 1)

    def test_a_secret_that_is_used_stays(self):
        put(self.box)
        give(self.box, "croft-app-shop.service", ("apps", "shop", "API_KEY"))
        problem = refused(self.box, type="secret-remove", app="shop", name="API_KEY")
        self.assertEqual(problem["code"], "SECRET_IN_USE")
        self.assertIn("croft-app-shop.service", problem["why"])
        self.assertEqual(len(result(self.box, type="secrets")["secrets"]), 1)

    def test_a_secret_that_nobody_uses_goes(self):
        put(self.box)
        put(self.box, name="OTHER")
        self.assertEqual(result(self.box, type="secret-remove", app="shop", name="API_KEY")["secret"]["name"], "API_KEY")
        self.assertEqual([entry["name"] for entry in result(self.box, type="secrets")["secrets"]], ["OTHER"])
        self.assertEqual(refused(self.box, type="secret-remove", app="shop", name="API_KEY")["code"], "NOT_FOUND")


def with_secrets(*names, **members):
    entry = app(**members)
    entry["run"]["secrets"] = {name: {} for name in names}
    return entry


class NeededSecretsTest(OperationCase):
    def refused(self, kind, **members):
        operation = operation_id(80)
        problem = refused(self.box, type=kind, operation=operation, author=AUTHOR, **members)
        self.assertFalse(os.path.exists(self.box.path(f"/var/lib/croft/operations/{operation}")))
        return problem

    def test_an_apply_without_its_secrets_changes_nothing(self):
        self.deployed()
        before = self.snapshot()
        put(self.box, name="HERE")
        state = state_text({"shop": with_secrets("HERE", "GONE", "LOST")})
        problem = self.refused("apply", state=state, message="x")
        self.assertEqual(problem["code"], "SECRET_MISSING")
        self.assertIn("GONE", problem["what"])
        self.assertIn("LOST of shop", problem["why"])
        self.assert_unchanged(before)

    def test_the_dns_provider_s_secrets_are_missed_before_anything_is_built(self):
        for dns, needed in (
            ({"provider": "ovh"}, ["OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY"]),
            ({"provider": "httpreq", "settings": {"HTTPREQ_USERNAME": "ada"}}, ["HTTPREQ_PASSWORD"]),
        ):
            acme = {"acme": {"email": "ada@attic.example", "dns": dns}}
            state = state_text({"shop": app(web={"tls": "acme"}, domains=["shop.example"])}, **acme)
            problem = self.refused("apply", state=state, message="x")
            self.assertEqual(problem["code"], "SECRET_MISSING")
            self.assertEqual(problem["what"], f"acme needs the secret {needed[0]}, which the box does not have.")
            for name in needed[1:]:
                self.assertIn(f"{name} of acme", problem["why"])

    def test_a_provider_that_needs_no_secret_or_that_nobody_asks(self):
        certified = {"web": {"tls": "acme"}, "domains": ["shop.example"]}
        for dns, members in (({"provider": "httpreq"}, certified), ({"provider": "ovh"}, {}), ({"provider": "ovh"}, {**certified, "web": {"tls": "uploaded"}}), (None, certified)):
            acme = {"email": "ada@attic.example", **({"dns": dns} if dns else {})}
            state = state_text({"shop": app(**members)}, acme=acme)
            report = self.start("plan", state=state, message="x")
            self.assertEqual(report["result"]["missingSecrets"], [], (dns, members))

    def test_the_provider_s_secrets_are_in_use_while_the_state_names_it(self):
        put_service = {"service": "acme", "name": "DESEC_TOKEN"}
        result(self.box, type="secret-put", value="eHl6", **put_service)
        acme = {"email": "ada@attic.example", "dns": {"provider": "desec"}}
        state = state_text({"shop": app(web={"tls": "acme"}, domains=["shop.example"])}, acme=acme)
        self.assertEqual(self.start("apply", state=state, message="x", confirm="none")["state"], "SUCCEEDED")
        self.assertEqual(refused(self.box, type="secret-remove", **put_service)["code"], "SECRET_IN_USE")

    def test_an_apply_with_its_secrets_goes_through(self):
        put(self.box)
        self.assertEqual(self.apply({"shop": with_secrets("API_KEY")})["state"], "SUCCEEDED")
        problem = refused(self.box, type="secret-remove", app="shop", name="API_KEY")
        self.assertEqual(problem["code"], "SECRET_IN_USE")

    def test_a_secret_that_only_a_unit_names_is_missed_before_the_switch(self):
        self.deployed()
        before = self.snapshot()
        closure = self.box.closure

        def build(*arguments):
            top = closure(*arguments)
            self.box.write(
                f"{top}/etc/systemd/system/relay.service",
                f"[Service]\nLoadCredentialEncrypted=SASL:{CREDENTIALS}/services/mail/SASL\n",
            )
            return top

        self.box.closure = build
        report = self.apply({"shop": app(rev="3" * 40)})
        self.assertIn("SASL", self.failed(report, "SECRET_MISSING")["what"])
        self.assertEqual(self.snapshot()[:3], before[:3])

    def test_a_plan_says_what_is_missing(self):
        report = self.start("plan", state=state_text({"shop": with_secrets("GONE")}), message="x")
        self.assertEqual(report["result"]["missingSecrets"], [{"app": "shop", "name": "GONE"}])

    def test_a_rollback_to_a_version_whose_secret_was_removed(self):
        put(self.box)
        self.apply({"shop": with_secrets("API_KEY")})
        give(self.box, "croft-app-shop.service", ("apps", "shop", "API_KEY"))
        self.apply({"shop": app()})
        result(self.box, type="secret-remove", app="shop", name="API_KEY")
        before = self.snapshot()
        problem = self.refused("rollback")
        self.assertEqual(problem["code"], "SECRET_MISSING")
        self.assert_unchanged(before)


if __name__ == "__main__":
    unittest.main()
