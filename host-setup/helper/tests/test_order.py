"""What apps start after, as systemd has it."""

import json
import unittest

from box import Box
from console import result

LOADED = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Result": "success"}
DONE = {**LOADED, "SubState": "exited", "Type": "oneshot"}
BOOT = "sysinit.target basic.target network.target"


class OrderTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": {"shop": {}, "shop-2": {}, "blog": {}}}))
        self.unit("croft-app-blog.service", "sysinit.target", after=BOOT)
        for app in ("shop", "shop-2"):
            self.unit(
                f"croft-app-{app}.service",
                "sysinit.target postgresql.target",
                f"croft-postgresql-{app}.service redis-croft-{app}.service never-there.service",
                f"{BOOT} postgresql.target croft-postgresql-{app}.service redis-croft-{app}.service never-there.service late.service",
            )
            self.unit(f"croft-postgresql-{app}.service", "postgresql.target", after="postgresql.target", base=DONE)
            self.unit(f"redis-croft-{app}.service", "sysinit.target", after=BOOT)
        self.unit("postgresql.target", "postgresql.service postgresql-setup.service", after="postgresql.service postgresql-setup.service")
        self.unit("postgresql-setup.service", "postgresql.service", after="postgresql.service", base=DONE)
        self.unit("postgresql.service", "sysinit.target", "postgresql.target", BOOT)

    def unit(self, name, requires="", wants="", after="", base=LOADED):
        self.box.units[name] = {"Type": "simple", **base, "Requires": requires, "Wants": wants, "After": after, "Description": f"The {name}"}

    def read(self):
        found = result(self.box, type="order")
        return {unit["unit"]: unit for unit in found["units"]}, {(edge["from"], edge["to"]): edge["requires"] for edge in found["edges"]}

    def test_an_app_s_servers_and_steps_come_with_what_they_mean_to_it(self):
        found, edges = self.read()
        self.assertEqual({(unit["kind"], unit["app"]) for unit in found.values() if "postgresql" in unit["unit"]},
                         {("server", None), ("step", "shop"), ("step", "shop-2")})  # fmt: skip
        self.assertEqual((found["redis-croft-shop-2.service"]["kind"], found["redis-croft-shop-2.service"]["app"]), ("server", "shop-2"))
        self.assertTrue(edges["croft-app-shop.service", "postgresql.service"], "through the target")
        self.assertFalse(edges["croft-app-shop.service", "redis-croft-shop.service"])
        self.assertFalse(edges["croft-app-shop.service", "croft-postgresql-shop.service"])
        self.assertTrue(edges["croft-postgresql-shop.service", "postgresql.service"])
        self.assertEqual([edge for edge in edges if edge[0] == "croft-app-blog.service"], [])

    def test_apps_whose_names_end_alike_are_told_apart(self):
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": {"shop": {}, "my-shop": {}, "postgresql-shop": {}}}))
        for app in ("my-shop", "postgresql-shop"):
            self.unit(f"croft-app-{app}.service", "", f"croft-postgresql-{app}.service", f"croft-postgresql-{app}.service")
            self.unit(f"croft-postgresql-{app}.service", base=DONE)
        found, _ = self.read()
        for app in ("shop", "my-shop", "postgresql-shop"):
            self.assertEqual(found[f"croft-postgresql-{app}.service"]["app"], app)

    def test_what_is_not_there_and_the_points_of_the_boot_are_left_out(self):
        found, _ = self.read()
        self.assertEqual([name for name in found if name.endswith(".target") or "never" in name or "late" in name], [])

    def test_a_step_of_a_server_is_shown_when_it_failed(self):
        self.assertNotIn("postgresql-setup.service", self.read()[0])
        self.box.units["postgresql-setup.service"].update(ActiveState="failed", SubState="failed", Result="exit-code")
        found, edges = self.read()
        self.assertEqual(found["postgresql-setup.service"]["active"], "failed")
        self.assertTrue(edges["croft-app-shop.service", "postgresql-setup.service"])

    def test_a_circle_ends(self):
        self.unit("postgresql.service", "postgresql.target", "", "postgresql.target")
        self.assertIn("postgresql.service", self.read()[0])

    def test_a_box_without_apps(self):
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1}))
        self.assertEqual(self.read(), ({}, {}))


if __name__ == "__main__":
    unittest.main()
