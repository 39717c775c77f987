"""Databases of apps: dumped with the rest of their data, put back by a change of names, returned when a migration fails."""

import json
import os
import unittest

from box import app, state_text
from console import result
from croft_hostd import snapshots
from operating import NEW_REV, OLD_REV, OperationCase
from servers import Servers

UNIT = "croft-app-shop.service"
DATA = "/var/lib/croft/apps/shop/orders"


class DumpCase(OperationCase):
    engine = "postgresql"

    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)
        facts = {"version": 1, "attach": {"shop": {self.engine: "shop", "jobs": ["tidy"]}}, self.engine: {"dataDir": "/var/lib/db"}}
        self.box.write("/etc/croft/facts.json", json.dumps(facts))
        self.servers = Servers(self.box)
        self.put("old orders")
        self.servers.put("other", "somebody else's", "other", self.engine)

    def put(self, content):
        self.servers.put("shop", content, engine=self.engine)

    def content(self):
        return self.servers.read(self.engine)["shop"]["content"]

    def databases(self):
        return sorted(self.servers.read(self.engine))

    def listed(self):
        return result(self.box, type="snapshots")["snapshots"]

    def upgrade(self, rev=NEW_REV, **members):
        return self.apply({"shop": app(rev)}, **members)

    def assert_nothing_left(self):
        self.assertEqual(self.databases(), ["other", "shop"])
        for _, directories, _ in os.walk(self.box.path(snapshots.ROOT)):
            self.assertFalse([name for name in directories if name.startswith(".")])


class Dumps:
    """What holds for both servers."""

    def test_a_new_version_starts_after_the_database_was_dumped(self):
        report = self.upgrade()
        self.assertEqual(report["state"], "SUCCEEDED", report)
        (entry,) = self.listed()
        (dump,) = entry["databases"]
        self.assertEqual((dump["engine"], dump["database"]), (self.engine, "shop"))
        self.assertGreater(dump["bytes"], 0)
        self.assertEqual(sorted(dump), ["bytes", "database", "engine"])
        self.assertEqual(self.box.units[UNIT]["FreezerState"], "running")
        self.assert_nothing_left()

    def test_a_dump_that_fails_refuses_the_change_and_nothing_is_lost(self):
        before = self.snapshot()
        self.box.failing_programs = {"pg_dump": "could not write: No space left on device", "mariadb-dump": "Got error 28"}
        problem = self.failed(self.upgrade(), "DUMP_FAILED")
        self.assertIn("shop", problem["what"])
        self.assertRegex(problem["why"], "No space left|Got error 28")
        self.assertEqual((self.listed(), self.content()), ([], "old orders"))
        self.assertEqual(self.box.units[UNIT]["FreezerState"], "running")
        self.assert_nothing_left()
        self.assert_unchanged(before)

    def test_a_server_that_does_not_answer_refuses_the_change(self):
        before = self.snapshot()
        self.box.down.add(self.engine)
        self.failed(self.upgrade(), "DUMP_FAILED")
        self.assertEqual(self.box.units[UNIT]["FreezerState"], "running")
        self.assert_unchanged(before)

    def test_rollback_with_data_brings_the_database_and_can_be_undone(self):
        self.upgrade()
        self.put("new orders")
        report = self.start("rollback", data=True)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.content(), "old orders")
        self.assertEqual([[one["engine"] for one in entry["databases"]] for entry in self.listed()], [[self.engine]] * 2)
        self.assert_nothing_left()
        again = self.start("rollback", generation=3, data=True)
        self.assertEqual(again["state"], "SUCCEEDED", again)
        self.assertEqual(self.content(), "new orders")
        self.assertEqual(self.servers.read(self.engine)["other"]["content"], "somebody else's")
        self.assert_nothing_left()

    def test_a_database_that_was_detached_meanwhile_is_set_aside_as_well(self):
        self.upgrade()
        self.put("new orders")
        facts = {"version": 1, "attach": {"shop": {self.engine: "later"}}, self.engine: {"dataDir": "/var/lib/db"}}
        self.box.write("/etc/croft/facts.json", json.dumps(facts))
        self.servers.put("later", "of later", engine=self.engine)
        report = self.start("rollback", data=True, confirm="manual", confirmWithin=15)
        self.assertEqual((report["state"], self.content()), ("ROLLED_BACK", "new orders"), report)
        self.assertEqual(self.start("rollback", data=True)["state"], "SUCCEEDED")
        self.assertEqual(self.content(), "old orders")
        self.assertEqual(self.servers.read(self.engine)["later"]["content"], "of later")
        self.assertEqual(sorted(one["database"] for one in self.listed()[0]["databases"]), ["later", "shop"])
        self.assertEqual(self.databases(), ["later", "other", "shop"])

    def test_a_dump_that_cannot_be_loaded_leaves_the_database_alone(self):
        self.upgrade()
        self.put("new orders")
        before, databases = self.snapshot(), self.servers.read(self.engine)
        self.box.failing_programs = {"pg_restore": "unexpected end of file", "mariadb": "ERROR 1064 at line 7"}
        self.failed(self.start("rollback", data=True), "DUMP_FAILED")
        self.assertEqual(self.servers.read(self.engine), databases)
        self.assert_nothing_left()
        self.assert_unchanged(before)

    def test_a_missed_confirmation_puts_the_database_back(self):
        self.upgrade()
        self.put("new orders")
        kept = self.listed()
        report = self.start("rollback", data=True, confirm="manual", confirmWithin=15)
        self.assertEqual(report["state"], "ROLLED_BACK", report)
        self.assertEqual((self.content(), self.listed()), ("new orders", kept))
        self.assert_nothing_left()

    def test_a_database_that_does_not_fit_beside_the_one_in_use_is_not_loaded(self):
        self.upgrade()
        self.put("new orders")
        free = self.box.free_bytes
        self.box.free_bytes = lambda path: 1000 if path == "/var/lib/db" else free(path)
        problem = self.failed(self.start("rollback", data=True), "DUMP_FAILED")
        self.assertIn("/var/lib/db", problem["why"])
        self.assertEqual(self.content(), "new orders")
        self.assert_nothing_left()

    # -- migrations --------------------------------------------------------------------------------------------

    def migrating(self, fails):
        """The next system migrates the shop's data when it is activated."""
        switch, closure = self.box._switch, self.box.closure
        unit = "croft-migrate-shop.service"
        self.while_copied = []

        def build(*arguments):
            top = closure(*arguments)
            self.box.write(f"{top}/etc/systemd/system/{unit}", "")
            return top

        def migrate(program, action):
            self.box._switch = switch
            self.while_copied.append(self.box.units[UNIT]["ActiveState"])
            self.put("half migrated" if fails else "migrated")
            self.box.write(DATA, "migrated")
            if fails:
                self.box.units[unit] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed", "Result": "exit-code",
                                        "ExecMainCode": "1", "ExecMainStatus": "3"}  # fmt: skip
                self.box.log(unit, "ERROR: column price does not exist")
                self.next_switch([f"warning: the following units failed: {unit}"], 4)
            return switch(program, action)

        self.box.closure, self.box._switch = build, migrate

    def test_a_failing_migration_stops_the_change_and_the_old_version_has_its_data(self):
        self.box.write(DATA, "old files")
        before = self.snapshot()
        self.migrating(fails=True)
        report = self.upgrade()
        problem = self.failed(report, "MIGRATION_FAILED")
        self.assertIn("exit code 3", problem["why"])
        self.assertIn("as it was before the migration", problem["what"])
        self.assertIn("column price does not exist", report["detail"])
        self.assertEqual(self.while_copied, ["inactive"], "nobody writes between the snapshot and the migration")
        self.assertEqual(self.content(), "old orders")
        with open(self.box.path(DATA), encoding="utf-8") as file:
            self.assertEqual(file.read(), "old files")
        self.assertEqual(self.box.units[UNIT]["ActiveState"], "active")
        (left,) = self.listed()
        self.assertEqual((left["rev"], left["method"]), (NEW_REV, "move"), "what the new version left is kept")
        self.assert_nothing_left()
        self.assert_unchanged(before)

    def test_a_migration_that_succeeds_stays(self):
        self.migrating(fails=False)
        report = self.upgrade()
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.content(), "migrated")
        self.assertEqual(self.box.units[UNIT]["ActiveState"], "active")
        self.assertEqual([entry["rev"] for entry in self.listed()], [OLD_REV])

    def test_a_migrated_version_that_nobody_keeps_goes_with_what_it_made_of_the_data(self):
        self.migrating(fails=False)
        report = self.upgrade(confirm="manual", confirmWithin=15)
        self.assertEqual(report["state"], "ROLLED_BACK", report)
        self.assertEqual(self.content(), "old orders")
        self.assertEqual([entry["rev"] for entry in self.listed()], [NEW_REV])
        self.assert_nothing_left()

    def test_a_change_that_is_refused_before_its_migration_starts_the_app_again(self):
        self.migrating(fails=False)
        self.box.failing_programs = {"pg_dump": "broken", "mariadb-dump": "broken"}
        self.failed(self.upgrade(), "DUMP_FAILED")
        self.assertEqual(self.box.units[UNIT]["ActiveState"], "active")
        self.assertEqual(self.content(), "old orders")


class PostgresTest(Dumps, DumpCase):
    def test_the_app_stands_still_for_the_moment_of_the_dump_only(self):
        during = []
        stream = self.box.stream

        def streaming(argv, *rest, **more):
            during.append(self.box.units[UNIT]["FreezerState"])
            return stream(argv, *rest, **more)

        self.box.stream = streaming
        self.upgrade()
        self.assertEqual((self.box.moments, during), (["frozen"], ["running"]))

    def test_a_running_job_stands_still_as_well(self):
        self.box.units["croft-job-shop-tidy.service"] = {"LoadState": "loaded", "ActiveState": "activating", "SubState": "start"}
        self.upgrade()
        freezes = [call[-2:] for call in self.box.calls if "freeze" in call]
        self.assertEqual(freezes, [[UNIT, "croft-job-shop-tidy.service"]])

    def test_the_data_is_loaded_in_a_session_of_the_app_s_own(self):
        self.upgrade()
        self.start("rollback", data=True)
        loads = [(call[1], *(part for part in call if part.startswith("--username"))) for call in self.box.calls if "--exit-on-error" in call]
        self.assertEqual(loads, [("--reuid=postgres", "--username=postgres"), ("--reuid=croft-app-shop", "--username=croft-app-shop")])

    def test_a_database_that_was_never_made_is_no_reason_to_refuse(self):
        self.servers.write({"other": self.servers.read()["other"]})
        self.box.write(DATA, "files")
        report = self.upgrade()
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.listed()[0]["databases"], [])


class MysqlTest(Dumps, DumpCase):
    engine = "mysql"


class ReviewTest(DumpCase):
    def review(self):
        return self.start("plan", state=state_text({"shop": app(NEW_REV)}), message="x")["result"]

    def test_a_review_names_what_will_be_copied(self):
        self.box.write(DATA, "files")
        (data,) = self.review()["data"]
        self.assertEqual(data["app"], "shop")
        self.assertGreater(data["bytes"], len("old orders"), "the files count, too")
        self.assertEqual(data["databases"], [{"engine": self.engine, "database": "shop", "bytes": len("old orders")}])

    def test_a_database_whose_server_is_down_is_named_without_a_size(self):
        self.box.down.add(self.engine)
        (data,) = self.review()["data"]
        self.assertEqual(data["databases"], [{"engine": self.engine, "database": "shop", "bytes": None}])

    def test_a_review_tells_of_migrations_that_the_data_has_not_been_through(self):
        stamp = "/var/lib/croft/apps/shop/.croft/migrated/0123"
        closure = self.box.closure

        def build(*arguments):
            top = closure(*arguments)
            self.box.write(f"{top}/etc/systemd/system/croft-migrate-shop.service", f"[Unit]\nConditionPathExists=!{stamp}\n")
            return top

        self.assertEqual(self.review()["migrations"], [])
        self.box.closure = build
        self.assertEqual(self.review()["migrations"], ["shop"])
        self.box.write(stamp, "")
        self.assertEqual(self.review()["migrations"], [])


if __name__ == "__main__":
    unittest.main()
