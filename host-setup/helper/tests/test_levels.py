"""Which changes could lock an operator out."""

import json
import unittest

from box import app, state_text
from croft_hostd.levels import between


class LevelTest(unittest.TestCase):
    def level(self, old, new, files=("state.json",)):
        return between(old, new, files)

    def test_a_change_of_apps_alone_is_of_level_app(self):
        self.assertEqual(self.level(state_text({"shop": app("1" * 40)}), state_text({"shop": app(), "stall": app()})), ("app", []))

    def test_how_the_box_collects_and_builds_concerns_nobodys_way_in(self):
        self.assertEqual(self.level(state_text(), state_text(gc={"keepGenerations": 3}, build={"cpuWeight": 5})), ("app", []))

    def test_each_field_of_the_host_has_its_reason(self):
        for field, value, reason in (
            ("firewall", {"tcp": [8443]}, "firewall"),
            ("ssh", {"passwordAuthentication": True}, "ssh"),
            ("users", {"ada": {}}, "users"),
            ("timezone", "Europe/Paris", "time"),
            ("domain", "attic.example", "host"),
            ("somethingNew", 1, "host"),
        ):
            with self.subTest(field):
                self.assertEqual(self.level(state_text(), state_text(**{field: value})), ("host", [reason]))
                self.assertEqual(self.level(state_text(**{field: value}), state_text()), ("host", [reason]))

    def test_a_default_that_is_spelled_out_is_no_change(self):
        spelled = state_text(firewall={"tcp": []}, ssh={"passwordAuthentication": False}, users={}, timezone="UTC")
        self.assertEqual(self.level(state_text(), spelled), ("app", []))

    def test_a_service_that_apps_are_attached_to_is_not_the_hosts(self):
        new = json.loads(state_text())
        new["services"] = {"postgresql": {"major": 17}}
        self.assertEqual(self.level(state_text(), json.dumps(new)), ("app", []))

    def test_nor_is_where_a_service_has_its_secrets_from(self):
        new = json.loads(state_text())
        new["secrets"] = {"mail": {"RELAY_PASSWORD": {"sops": {"file": "secrets/box.yaml", "key": "relay"}}}}
        self.assertEqual(self.level(state_text(), json.dumps(new)), ("app", []))

    def test_a_part_of_the_state_that_this_version_does_not_know_is_the_hosts(self):
        new = json.loads(state_text())
        new["plugins"] = {"chat": {}}
        self.assertEqual(self.level(state_text(), json.dumps(new)), ("host", ["host"]))

    def test_other_files_are_a_reason(self):
        self.assertEqual(self.level(state_text(), state_text(), ["flake.lock"]), ("host", ["flake"]))

    def test_what_cannot_be_known_is_of_level_host(self):
        self.assertEqual(self.level(state_text(), state_text(), None), ("host", ["unknown"]))
        self.assertEqual(self.level(None, state_text()), ("host", ["unknown"]))
        self.assertEqual(self.level(state_text(), "not JSON"), ("host", ["unknown"]))
        self.assertEqual(self.level("[]", state_text()), ("host", ["unknown"]))

    def test_reasons_come_in_one_order(self):
        new = state_text(users={"ada": {}}, firewall={"udp": [53]})
        self.assertEqual(self.level(state_text(), new, ["host/default.nix", "state.json"]), ("host", ["firewall", "users", "flake"]))


if __name__ == "__main__":
    unittest.main()
