"""Data that no app is given any more: what of it is shown, and what of it is deleted."""

import json
import os
import unittest

from box import app
from console import refused, result
from croft_hostd import asking, lock
from operating import OLD_REV, OperationCase

APPS, REDIS, SNAPSHOTS = "/var/lib/croft/apps", "/var/lib/redis-croft-", "/var/lib/croft/snapshots"


class LeftDataTest(OperationCase):
    """The shop is there, and has one volume and a Redis; of the stall only its data is left."""

    def setUp(self):
        super().setUp()
        attach = {"redis": {}, "storage": {"uploads": {}}}
        self.apply({"shop": app(OLD_REV, attach=attach)})
        self.facts({"shop": {"redis": True, "storage": {"uploads": None}}})
        for place in (f"{APPS}/shop/notes", f"{APPS}/shop/storage/uploads/cat", f"{APPS}/shop/storage/old/dog", f"{REDIS}shop/dump.rdb"):
            self.box.write(place, "x" * 5000)
        for place in (f"{APPS}/stall/notes", f"{APPS}/stall/storage/uploads/cat", f"{REDIS}stall/dump.rdb", f"{SNAPSHOTS}/stall/01j/state/notes"):
            self.box.write(place, "x" * 5000)

    def facts(self, attach):
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": attach}))

    def listed(self):
        return [(one["kind"], one["app"], one["volume"]) for one in result(self.box, type="data-list")["data"]]

    def drop(self, kind, of, volume=None):
        return {"type": "data-drop", "kind": kind, "app": of, **({"volume": volume} if volume else {})}

    def there(self, place):
        return os.path.lexists(self.box.path(place))

    def test_what_no_app_is_given_is_listed_and_nothing_else(self):
        self.assertEqual(self.listed(), [("volume", "shop", "old"), ("app", "stall", None), ("redis", "stall", None), ("snapshots", "stall", None)])
        old, stall, *_ = result(self.box, type="data-list")["data"]
        self.assertEqual((old["path"], old["files"], old["complete"]), (f"{APPS}/shop/storage/old", 1, True))
        self.assertGreaterEqual(stall["bytes"], 10_000)
        self.assertEqual((stall["since"], stall["generations"]), (None, []))

    def test_each_is_deleted_by_its_name_and_alone(self):
        for kind, of, volume, place in (("volume", "shop", "old", f"{APPS}/shop/storage/old"), ("redis", "stall", None, f"{REDIS}stall"),
                                        ("snapshots", "stall", None, f"{SNAPSHOTS}/stall"), ("app", "stall", None, f"{APPS}/stall")):  # fmt: skip
            before = self.listed()
            self.assertGreaterEqual(result(self.box, **self.drop(kind, of, volume))["bytes"], 5000)
            self.assertFalse(self.there(place))
            before.remove((kind, of, volume))
            self.assertEqual(self.listed(), before)
            self.assertEqual(refused(self.box, **self.drop(kind, of, volume))["code"], "NOT_FOUND")
        for place in (f"{APPS}/shop/notes", f"{APPS}/shop/storage/uploads/cat", f"{REDIS}shop/dump.rdb"):
            self.assertTrue(self.there(place), place)

    def test_what_an_app_is_given_is_refused(self):
        self.box.write(f"{SNAPSHOTS}/shop/01j/state/notes", "x")
        for kind, volume in (("app", None), ("redis", None), ("snapshots", None), ("volume", "uploads")):
            problem = refused(self.box, **self.drop(kind, "shop", volume))
            self.assertEqual(problem["code"], "DATA_IN_USE", kind)
        self.assertTrue(self.there(f"{APPS}/shop/notes"))
        self.assertEqual(self.box.asked_as, [])

    def test_what_the_state_in_force_gives_is_refused_though_the_system_does_not(self):
        self.facts({})
        self.assertEqual(self.listed(), [("volume", "shop", "old"), ("app", "stall", None), ("redis", "stall", None), ("snapshots", "stall", None)])
        for kind, volume in (("app", None), ("redis", None), ("volume", "uploads")):
            self.assertEqual(refused(self.box, **self.drop(kind, "shop", volume))["code"], "DATA_IN_USE", kind)

    def test_what_a_unit_still_writes_is_refused(self):
        self.box.units["redis-croft-stall.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        problem = refused(self.box, **self.drop("redis", "stall"))
        self.assertEqual((problem["code"], problem["why"]), ("DATA_IN_USE", "redis-croft-stall.service still runs."))

    def test_nothing_is_deleted_under_a_change(self):
        changes = lock.Lock(self.box, "lock")
        self.assertTrue(changes.acquire(0))
        self.assertEqual(refused(self.box, **self.drop("app", "stall"))["code"], "HOST_BUSY")
        changes.release()

    def test_generations_tell_since_when_and_which_would_want_it_back(self):
        self.box.write(f"{self.box.running()}/etc/croft/facts.json", json.dumps({"attach": {"stall": {"redis": True, "storage": {}}}}))
        self.box.clock += 3600
        self.apply({"shop": app(OLD_REV, attach={"redis": {}, "storage": {"uploads": {}}}, jobs={})})
        old, *stall = result(self.box, type="data-list")["data"]
        self.assertEqual((old["generations"], old["since"]), ([], None))
        made = {one["number"]: one["date"] for one in result(self.box, type="generations")["generations"]}
        last = max(made)
        for one in stall:
            self.assertEqual((one["generations"], one["since"]), ([last - 1], made[last]), one["kind"])

    def test_no_link_of_an_app_leads_out(self):
        self.box.write("/srv/photos/cat", "x")
        os.symlink(self.box.path("/srv/photos"), self.box.path(f"{APPS}/shop/storage/away"))
        self.assertNotIn(("volume", "shop", "away"), self.listed())
        self.assertEqual(refused(self.box, **self.drop("volume", "shop", "away"))["code"], "NOT_FOUND")
        self.assertTrue(self.there("/srv/photos/cat"))
        # What is deleted may have links in it, and is deleted without what they lead to.
        os.symlink(self.box.path("/srv/photos"), self.box.path(f"{APPS}/stall/photos"))
        result(self.box, **self.drop("app", "stall"))
        self.assertTrue(self.there("/srv/photos/cat"))

    def test_a_link_in_the_place_of_all_volumes_leads_nowhere(self):
        self.box.write("/srv/other/logs/x", "x")
        os.rename(self.box.path(f"{APPS}/shop/storage"), self.box.path(f"{APPS}/shop/away"))
        os.symlink(self.box.path("/srv/other"), self.box.path(f"{APPS}/shop/storage"))
        self.assertNotIn(("volume", "shop", "logs"), self.listed())
        self.assertEqual(refused(self.box, **self.drop("volume", "shop", "logs"))["code"], "NOT_FOUND")
        # Also when it appears after everybody has looked.
        answered = json.loads(asking.answer(self.box, json.dumps({"what": "drop-data", "kind": "volume", "app": "shop", "volume": "logs"})))
        self.assertEqual(answered["problem"]["code"], "NOT_FOUND")
        self.assertTrue(self.there("/srv/other/logs/x"))

    def test_behind_a_link_of_the_administrator_s_both_go(self):
        os.makedirs(self.box.path("/srv/big"))
        os.rename(self.box.path(f"{APPS}/stall"), self.box.path("/srv/big/stall"))
        os.symlink(self.box.path("/srv/big/stall"), self.box.path(f"{APPS}/stall"))
        self.assertGreaterEqual(result(self.box, **self.drop("app", "stall"))["bytes"], 10_000)
        self.assertFalse(self.there(f"{APPS}/stall"))
        self.assertFalse(self.there("/srv/big/stall"))
        (call,) = [argv for argv in self.box.calls if argv[-2:] == ["ask", "-"]]
        self.assertIn("--property=ReadWritePaths=/srv/big", call)
        self.assertIn(f"--property=ReadWritePaths={APPS}", call)
        self.assertEqual(self.box.asked_as, ["root"])

    def test_directories_deeper_than_any_path(self):
        os.makedirs(self.box.path(f"{APPS}/deep"))
        here = os.open(self.box.path(f"{APPS}/deep"), os.O_RDONLY)
        for _ in range(3000):
            os.mkdir("d" * 8, dir_fd=here)
            here, above = os.open("d" * 8, os.O_RDONLY, dir_fd=here), here
            os.close(above)
        os.close(here)
        result(self.box, **self.drop("app", "deep"))
        self.assertFalse(self.there(f"{APPS}/deep"))

    def test_bounds(self):
        for members in ({"kind": "mail"}, {"kind": "volume"}, {"volume": "uploads"}, {"app": "../etc"}, {"kind": "volume", "volume": ".."}, {"app": ""}):
            with self.subTest(str(members)):
                self.assertEqual(refused(self.box, **{**self.drop("app", "stall"), **members})["code"], "BAD_REQUEST")


if __name__ == "__main__":
    unittest.main()
