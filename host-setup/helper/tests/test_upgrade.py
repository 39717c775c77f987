"""PostgreSQL from one major version to the next: looked over before anything is stopped, and undone whatever fails."""

import os
import unittest

from console import refused, result
from croft_hostd import lock, units, upgrade
from operating import OperationCase
from servers import Servers
from upgrading import directory, make_ready, text

UNIT = "croft-app-shop.service"
DUMP = "/var/lib/postgresql/15-to-17.dump"


class UpgradeTest(OperationCase):
    def setUp(self):
        super().setUp()
        make_ready(self.box)
        self.next = 1
        self.before = self.snapshot()
        self.box.calls.clear()

    def upgrade(self, major=17, **members):
        return self.start("upgrade", state=text(major), message="Upgrade PostgreSQL", **members)

    def there(self, place):
        return os.path.exists(self.box.path(place))

    def stopped(self):
        return [call[-1] for call in self.box.calls if call[:2] == ["systemctl", "stop"] and not call[-1].endswith(".timer")]

    def assert_old_serves(self, dumped=False):
        self.assert_unchanged(self.before)
        self.assert_nothing_left()
        self.assertEqual(self.there(DUMP), dumped)
        with open(self.box.path(f"{directory(15)}/base"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "as it was")
        for unit in (UNIT, "postgresql.service"):
            self.assertEqual(self.box.units[unit]["ActiveState"], "active", unit)

    def assert_nothing_left(self):
        self.assertFalse(self.there(f"{directory(17)}.croft-upgrade"))
        self.assertFalse(self.there(f"{DUMP}.croft-upgrade"))
        self.assertFalse(self.there(upgrade.hold_of("postgresql")))
        self.assertFalse(self.there(upgrade.PRIVATE))

    def test_the_new_cluster_is_made_beside_the_old_one_which_stays(self):
        report = self.upgrade()
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertTrue(self.there(f"{directory(17)}/data.json"))
        self.assertTrue(self.there(f"{directory(15)}/PG_VERSION"))
        self.assertTrue(self.there(f"{DUMP}/shop.dump"))
        self.assertEqual(self.stopped(), [units.commands("shop"), "postgresql.target", "postgresql.service"])
        self.assertTrue([call for call in self.box.calls if call[:2] == ["systemctl", "stop"] and UNIT in call])
        self.assertEqual(self.box.units[UNIT]["ActiveState"], "active")
        self.assert_nothing_left()

    def test_nothing_of_its_apps_begins_and_no_backup_until_a_server_answers(self):
        """Neither a command, nor a job, nor a start of an app: it would hold a database, or write what is left behind."""
        stream, seen = self.box.stream, []

        def upgrading(argv, *rest, **more):
            if "pg_upgrade" in " ".join(argv) and "--check" not in argv:
                for request in ({"type": "control", "app": "shop", "action": "start"}, {"type": "exec", "app": "shop", "command": ["true"], "timeoutSeconds": 5}):
                    seen.append(refused(self.box, **request)["code"])
                backup = lock.Lock(self.box, "backup")
                seen.append(backup.acquire(0.0))
                backup.release()
            return stream(argv, *rest, **more)

        self.box.stream = upgrading
        self.assertEqual(self.upgrade()["state"], "SUCCEEDED")
        self.assertEqual(seen, ["HOST_BUSY", "HOST_BUSY", False])
        self.assertEqual(os.listdir(self.box.path(units.HELD)), [])
        self.assertTrue(lock.Lock(self.box, "backup").acquire(0.0))

    def test_a_failed_one_holds_nothing_any_more(self):
        self.box.losing_rows = True
        self.failed(self.upgrade(), "UPGRADE_FAILED")
        self.assertEqual(os.listdir(self.box.path(units.HELD)), [])
        self.assertTrue(lock.Lock(self.box, "backup").acquire(0.0))

    def test_beside_a_backup_it_does_not_begin(self):
        backup = lock.Lock(self.box, "backup")
        self.assertTrue(backup.acquire(0.0))
        self.addCleanup(backup.release)
        self.failed(self.upgrade(), "HOST_BUSY")
        self.assertEqual(self.stopped(), [])
        self.assert_old_serves()

    def test_what_can_be_known_before_stops_nothing(self):
        cases = {
            "no room": (lambda: setattr(self.box, "free_bytes", lambda path: 1000 if path == "/var/lib/postgresql" else 50 * 1024**3), "has only"),
            "no extension": (lambda: self.box.missing_extensions.add("pg_trgm"), "the extension pg_trgm"),
            "no program": (lambda: self.box.failing_programs.update(pg_upgrade="data types are gone"), "pg_upgrade"),
            "no server": (lambda: self.box.down.add("postgresql"), "does not answer"),
        }
        for name, (break_it, words) in cases.items():
            with self.subTest(name):
                free = self.box.free_bytes
                break_it()
                problem = self.failed(self.upgrade(), "UPGRADE_FAILED")
                self.assertIn(words, problem["why"])
                self.assertEqual(self.stopped(), [])
                self.box.free_bytes = free
                self.box.missing_extensions.clear(), self.box.failing_programs.clear(), self.box.down.clear()
                self.assert_old_serves()

    def test_a_copy_that_fails_brings_the_old_server_back(self):
        stream = self.box.stream

        def failing(argv, *rest, **more):
            if "pg_upgrade" in " ".join(argv) and "--check" not in argv:
                self.box.failing_programs["pg_upgrade"] = "No space left on device"
            return stream(argv, *rest, **more)

        self.box.stream = failing
        self.failed(self.upgrade(), "UPGRADE_FAILED")
        self.assertIn("postgresql.service", self.stopped())
        self.assert_old_serves()

    def test_without_a_dump_of_everything_nothing_is_copied(self):
        self.box.failing_programs["pg_dump"] = "could not read block 7"
        problem = self.failed(self.upgrade(), "UPGRADE_FAILED")
        self.assertIn("pg_dump: error: could not read block 7", problem["why"])
        self.assertFalse([call for call in self.box.calls if "pg_upgrade" in " ".join(call) and "--check" not in call])
        self.box.failing_programs.clear()
        self.assert_old_serves()

    def test_a_cluster_that_lost_a_row_is_not_used(self):
        self.box.losing_rows = True
        problem = self.failed(self.upgrade(), "UPGRADE_FAILED")
        self.assertIn("the table public.orders of the database shop differs: 6 rows before, 5 rows now", problem["why"])
        self.assertFalse(self.there(directory(17)))
        self.assert_old_serves()

    def test_a_switch_that_fails_leads_back_and_keeps_what_may_have_been_written(self):
        self.next_switch(["error"], 2)
        problem = self.failed(self.upgrade(), "SWITCH_FAILED")
        self.assertIn("/var/lib/postgresql/17, which is kept", problem["what"])
        self.assertTrue(self.there(f"{directory(17)}/PG_VERSION"))
        self.assert_old_serves(dumped=True)

    def test_an_upgrade_that_nobody_confirms_leads_back(self):
        report = self.upgrade(confirm="manual", confirmWithin=15)
        self.assertEqual(report["state"], "ROLLED_BACK", report)
        self.assert_old_serves(dumped=True)

    def test_what_is_no_upgrade_is_refused(self):
        self.assertIn("asks for 15", self.failed(self.upgrade(15), "UPGRADE_FAILED")["why"])
        self.assertIn("asks for 14", self.failed(self.upgrade(14), "UPGRADE_FAILED")["why"])
        self.box.write("/var/lib/croft/apps/shop/orders", "x")
        report = self.start("upgrade", state=text(17, rev="2" * 40), message="x")
        self.assertIn("new versions of apps", self.failed(report, "UPGRADE_FAILED")["why"])
        self.assertEqual(self.stopped(), [])
        self.assert_old_serves()

    def test_another_major_version_by_any_other_way_is_refused(self):
        report = self.start("apply", state=text(17), message="x")
        self.failed(report, "UPGRADE_NEEDED")
        self.assertEqual(self.stopped(), [])
        self.assert_old_serves()

    def test_undone_and_done_again(self):
        self.assertEqual(self.upgrade()["state"], "SUCCEEDED")
        self.assertEqual(self.start("rollback")["state"], "SUCCEEDED")
        self.assert_nothing_left()
        self.assertIn("has a cluster already", self.failed(self.upgrade(), "UPGRADE_FAILED")["why"])
        drop = {"type": "cluster-drop", "engine": "postgresql"}
        self.assertEqual(refused(self.box, **drop, major=15)["code"], "DATABASE_IN_USE")
        self.assertEqual(refused(self.box, **drop, major=14)["code"], "NOT_FOUND")
        self.assertGreaterEqual(result(self.box, **drop, major=17)["bytes"], 0)
        self.assertFalse(self.there(directory(17)))
        self.assertFalse(self.there(DUMP), "it goes with the cluster that it was made for")
        self.assertEqual(self.upgrade()["state"], "SUCCEEDED")

    def test_without_the_old_directory_there_is_no_way_back(self):
        self.assertEqual(self.upgrade()["state"], "SUCCEEDED")
        self.assertTrue(self.there(DUMP))
        result(self.box, type="cluster-drop", engine="postgresql", major=15)
        self.assertFalse(self.there(DUMP), "it stays as long as the old cluster")
        running = self.box.running()
        self.failed(self.start("rollback"), "UPGRADE_NEEDED")
        self.assertEqual(self.box.running(), running)

    def test_reviews_say_that_the_version_changes(self):
        report = self.start("plan", state=text(17), message="x")
        self.assertEqual(report["result"]["postgresql"], {"from": 15, "to": 17})
        self.upgrade()
        self.assertEqual(result(self.box, **{"type": "compare", "from": 3, "to": 2})["postgresql"], {"from": 17, "to": 15})
        self.assertIsNone(result(self.box, **{"type": "compare", "from": 3, "to": 3})["postgresql"])
        self.assertEqual(Servers(self.box).read()["shop"]["content"], "orders")


if __name__ == "__main__":
    unittest.main()
