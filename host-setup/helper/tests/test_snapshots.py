"""Apps' data: copied before a new version starts, put back with the code, exact after a failure."""

import errno
import json
import os
import stat
import unittest
import unittest.mock

from box import AUTHOR, app, operation_id, state_text
from console import refused, result
from croft_hostd import records, redis, snapshots
from operating import NEW_REV, OLD_REV, OperationCase

DATA = "/var/lib/croft/apps/shop"


class SnapshotTest(OperationCase):
    #: What the file system at hand is copied with, and how.
    copier = "cp"
    methods = ("copy", "reflink")

    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)

    def put(self, text, name="orders"):
        self.box.write(f"{DATA}/{name}", text)

    def orders(self):
        with open(self.box.path(f"{DATA}/orders"), encoding="utf-8") as file:
            return file.read()

    def listed(self, **members):
        return result(self.box, type="snapshots", **members)["snapshots"]

    def left_over(self):
        found = []
        for place, directories, files in os.walk(self.box.path(snapshots.ROOT)):
            found += [name for name in directories if name.startswith(".")]
        return found

    def upgrade(self, rev=NEW_REV, **members):
        return self.apply({"shop": app(rev)}, **members)

    # -- taking ------------------------------------------------------------------------------------------------

    def test_a_new_version_starts_after_its_data_was_copied(self):
        self.put("one")
        frozen = []
        self.on(self.copier, lambda: frozen.append(self.box.units["croft-app-shop.service"].get("FreezerState")))
        report = self.upgrade()
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(frozen, ["frozen"], "the app stands still while it is copied")
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")
        (entry,) = self.listed()
        self.assertEqual(report["result"]["snapshots"], [{"app": "shop", "id": report["operation"], "bytes": entry["bytes"]}])
        self.assertEqual(report["snapshots"], report["result"]["snapshots"])
        self.assertEqual((entry["app"], entry["rev"], entry["generation"], entry["files"]), ("shop", OLD_REV, 2, 1))
        self.assertIn(entry["method"], self.methods)
        self.assertGreater(entry["bytes"], 0)
        self.assertEqual(sorted(entry), sorted("app id operation takenAt generation rev bytes files method databases".split()))
        self.assertEqual(self.left_over(), [])

    def on(self, program, do):
        start = self.box.start

        def starting(argv, *rest, **more):
            if argv[0] == program:
                do()
            return start(argv, *rest, **more)

        self.box.start = starting

    def test_everything_that_belongs_to_a_file_is_kept(self):
        place = self.box.path(DATA)
        self.put("one")
        os.chmod(f"{place}/orders", 0o640)
        os.utime(f"{place}/orders", (1, 2))
        os.link(f"{place}/orders", f"{place}/same")
        os.symlink("orders", f"{place}/link")
        os.makedirs(f"{place}/deep/er", 0o710)
        with open(f"{place}/holes", "wb") as file:
            file.truncate(8 * 1024 * 1024)
        if os.geteuid() == 0:
            os.chown(f"{place}/orders", 4321, 4322)
        try:
            os.setxattr(f"{place}/orders", "user.note", b"kept")
        except OSError:
            pass  # Not on every file system.
        self.upgrade()
        kept = self.box.path(f"{snapshots.ROOT}/shop/{operation_id(2)}/state")
        for name in ("orders", "same", "link", "deep/er", "holes"):
            was, now = os.lstat(f"{place}/{name}"), os.lstat(f"{kept}/{name}")
            for member in ("st_mode", "st_uid", "st_gid", "st_size", "st_mtime_ns", "st_nlink"):
                self.assertEqual(getattr(now, member), getattr(was, member), (name, member))
        self.assertEqual(os.listxattr(f"{kept}/orders"), os.listxattr(f"{place}/orders"))
        self.assertTrue(os.path.samefile(f"{kept}/orders", f"{kept}/same"))
        self.assertEqual(os.readlink(f"{kept}/link"), "orders")
        self.assertLess(os.stat(f"{kept}/holes").st_blocks * 512, 65536, "holes stay holes")
        self.assertEqual(stat.S_IMODE(os.stat(self.box.path(f"{snapshots.ROOT}/shop/{operation_id(2)}")).st_mode), 0o700)

    def test_an_app_without_data_or_of_the_same_version_costs_nothing(self):
        self.upgrade()
        self.put("one")
        entry = app(NEW_REV)
        entry["run"]["env"] = {"COLOUR": "blue"}
        self.apply({"shop": entry})
        self.assertEqual(self.listed(), [])
        self.assertFalse(any(call[0] in ("cp", "sync") for call in self.box.calls))
        self.assertFalse(any("freeze" in call for call in self.box.calls))

    def test_another_start_command_is_another_version(self):
        self.put("one")
        entry = app(OLD_REV)
        entry["run"]["command"] = ["python3", "other.py"]
        self.apply({"shop": entry})
        self.assertEqual(len(self.listed()), 1)

    def test_a_kernel_that_cannot_freeze_stops_the_app_instead(self):
        self.put("one")
        self.box.freezes = False
        states = []
        self.on(self.copier, lambda: states.append(self.box.units["croft-app-shop.service"]["ActiveState"]))
        self.assertEqual(self.upgrade()["state"], "SUCCEEDED")
        self.assertEqual(states, ["inactive"])
        self.assertEqual(self.box.units["croft-app-shop.service"]["ActiveState"], "active")

    def test_without_room_nothing_is_begun_and_the_bytes_are_told(self):
        self.put("x" * 200_000)
        before = self.snapshot()
        self.box.free = 300 * 1024**2
        free = self.box.free_bytes
        self.box.free_bytes = lambda path: 1000 if path == snapshots.ROOT else free(path)
        report = self.upgrade()
        problem = self.failed(report, "SNAPSHOT_FAILED")
        self.assertRegex(problem["why"], r"takes 19\d KiB|takes 200 KiB")
        self.assertEqual((self.listed(), self.left_over()), ([], []))
        self.assert_unchanged(before)

    def test_a_copy_that_fails_leaves_the_app_running_and_no_trace(self):
        self.put("one")
        before = self.snapshot()
        self.on(self.copier, lambda: self.box.units["croft-app-shop.service"].get("FreezerState") == "frozen" and self.break_data())
        self.failed(self.upgrade(), "SNAPSHOT_FAILED")
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")
        self.assertEqual((self.listed(), self.left_over()), ([], []))
        self.assert_unchanged(before)

    def break_data(self):
        os.rename(self.box.path(DATA), self.box.path(DATA + "-gone"))

    def test_only_the_newest_five_of_an_app_stay(self):
        self.put("one")
        for number in range(7):
            self.upgrade(f"{number:040d}")
        kept = self.listed(app="shop")
        self.assertEqual([entry["rev"] for entry in kept], [f"{number:040d}" for number in (5, 4, 3, 2, 1)])
        self.assertEqual(self.listed(app="other"), [])

    def test_the_snapshot_that_goes_with_a_pinned_generation_stays(self):
        self.put("one")
        result(self.box, type="mark", generation=2, pinned=True)
        for number in range(7):
            self.upgrade(f"{number:040d}")
        self.assertEqual([entry["rev"] for entry in self.listed()][-1], OLD_REV)
        self.assertEqual(len(self.listed()), 6)

    # -- going back with the data --------------------------------------------------------------------------------

    def test_rollback_with_data_brings_both_and_can_be_undone(self):
        self.put("of the old version")
        self.upgrade()
        self.put("of the new version")
        report = self.start("rollback", data=True)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.orders(), "of the old version")
        self.assertEqual([entry["rev"] for entry in self.listed()], [NEW_REV, OLD_REV])
        self.assertEqual(self.box.units["croft-app-shop.service"]["ActiveState"], "active")
        again = self.start("rollback", generation=3, data=True)
        self.assertEqual(again["state"], "SUCCEEDED", again)
        self.assertEqual(self.orders(), "of the new version")
        self.assertEqual(self.left_over(), [])

    def test_rollback_of_the_code_alone_keeps_the_data_and_copies_it(self):
        self.put("of the old version")
        self.upgrade()
        self.put("of the new version")
        self.start("rollback")
        self.assertEqual(self.orders(), "of the new version")
        self.assertEqual([entry["rev"] for entry in self.listed()], [NEW_REV, OLD_REV])

    def test_of_several_snapshots_of_a_version_the_newest_is_taken(self):
        for text in ("first time", "second time"):
            self.put(text)
            self.upgrade(NEW_REV)
            self.start("rollback")
        self.upgrade(NEW_REV)
        self.put("new")
        self.start("rollback", generation=2, data=True)
        self.assertEqual(self.orders(), "second time")

    def test_rollback_with_data_that_nobody_kept_is_refused_at_once(self):
        self.upgrade()
        self.put("of the new version")
        problem = refused(self.box, type="rollback", operation=operation_id(50), author=AUTHOR, data=True)
        self.assertEqual(problem["code"], "SNAPSHOT_NOT_FOUND")
        self.assertIn("shop", problem["what"])

    def test_apply_can_name_the_snapshot(self):
        self.put("one")
        first = self.upgrade()["operation"]
        self.put("two")
        report = self.upgrade("3" * 40, restore=[{"app": "shop", "snapshot": first}])
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.orders(), "one")
        self.assertEqual([entry["rev"] for entry in self.listed()], [NEW_REV, OLD_REV])

    def test_a_snapshot_that_is_not_there_is_refused_at_once(self):
        frame = {"type": "apply", "operation": operation_id(9), "author": AUTHOR, "message": "x", "state": state_text({"shop": app()})}
        for restore, code in (
            ([{"app": "shop", "snapshot": operation_id(404)}], "SNAPSHOT_NOT_FOUND"),
            ([{"app": "shop", "snapshot": "../../etc"}], "BAD_REQUEST"),
            ([{"app": "../shop", "snapshot": operation_id(1)}], "BAD_REQUEST"),
            ([{"app": "shop", "snapshot": operation_id(1)}] * 2, "BAD_REQUEST"),
            ([{"app": "shop"}], "BAD_REQUEST"),
            ([{"app": "stall", "snapshot": operation_id(1)}], "BAD_REQUEST"),
            ([{"app": "shop", "snapshot": operation_id(1)}] * 101, "BAD_REQUEST"),
        ):
            with self.subTest(restore[0]):
                self.assertEqual(refused(self.box, **frame, restore=restore)["code"], code)

    # -- a change that does not come to stay -----------------------------------------------------------------------

    def test_a_change_that_fails_puts_the_very_same_data_back(self):
        self.put("of the old version")
        self.upgrade()
        self.put("of the new version")
        inode = os.stat(self.box.path(f"{DATA}/orders")).st_ino
        before, kept = self.snapshot(), self.listed()
        self.box.units["croft-app-shop.service"]["NRestarts"] = "0"
        self.next_health_fails()
        report = self.start("rollback", data=True)
        self.assertEqual(report["state"], "FAILED", report)
        self.assertEqual(self.orders(), "of the new version")
        self.assertEqual(os.stat(self.box.path(f"{DATA}/orders")).st_ino, inode)
        self.assertEqual(self.listed(), kept)
        self.assertEqual(self.left_over(), [])
        self.assert_unchanged(before)

    def next_health_fails(self):
        """The switch to the next system breaks its app; the way back is well."""
        switch, unit = self.box._switch, "croft-app-shop.service"

        def breaking(program, action):
            self.box._switch = switch
            child = switch(program, action)
            show = self.box._systemctl
            asked = []

            def failing(argv):
                if argv[1] == "show" and unit in argv and not asked:
                    asked.append(1)
                    return 0, f"Id={unit}\nActiveState=failed\nSubState=failed\nNRestarts=0\n", ""
                return show(argv)

            self.box._systemctl = failing
            return child

        self.box._switch = breaking

    def test_data_on_a_file_system_of_its_own_is_copied_both_ways(self):
        """A directory that is a mount point cannot be renamed."""
        self.put("of the old version")
        self.upgrade()
        self.put("of the new version")
        rename, mounted = os.rename, self.box.path(DATA)

        def crossing(source, target):
            if mounted in (source, target):
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            rename(source, target)

        inode = os.stat(mounted).st_ino
        with unittest.mock.patch("os.rename", crossing):
            self.assertEqual(self.start("rollback", data=True, confirm="manual")["state"], "ROLLED_BACK")
            self.assertEqual(self.orders(), "of the new version")
            self.assertEqual(self.start("rollback", data=True)["state"], "SUCCEEDED")
        self.assertEqual(self.orders(), "of the old version")
        self.assertEqual(os.stat(mounted).st_ino, inode, "the mount point stays")
        self.assertEqual(os.listdir(mounted), ["orders"])
        self.assertEqual([entry["rev"] for entry in self.listed()], [NEW_REV, OLD_REV])
        self.assertEqual(self.left_over(), [])

    def test_a_missed_confirmation_puts_the_data_back(self):
        self.put("of the old version")
        self.upgrade()
        self.put("of the new version")
        report = self.start("rollback", data=True, confirm="manual", confirmWithin=15)
        self.assertEqual(report["state"], "ROLLED_BACK", report)
        self.assertEqual(self.orders(), "of the new version")
        self.assertEqual(self.left_over(), [])

    def test_a_rebuild_by_hand_in_the_same_moment_leaves_data_and_system_alone(self):
        self.put("of the old version")
        self.upgrade()
        self.put("of the new version")
        line = "Failed to start transient service unit: Unit nixos-rebuild-switch-to-configuration.service was already loaded"
        self.box.switches[os.readlink(self.box.path("/nix/var/nix/profiles/system-2-link"))] = ([line], 1)
        switches = sum(call[0] == "systemd-run" and call[-1] == "test" for call in self.box.calls)
        self.failed(self.start("rollback", data=True), "HOST_BUSY")
        self.assertEqual(sum(call[0] == "systemd-run" and call[-1] == "test" for call in self.box.calls), switches + 1)
        self.assertEqual(self.orders(), "of the new version")
        self.assertEqual(self.box.units["croft-app-shop.service"]["ActiveState"], "active")

    def test_cancel_while_it_is_copied_leaves_no_snapshot_and_thaws_the_app(self):
        self.put("one")
        before = self.snapshot()
        operation = self.pending()
        record = records.Record(self.box, operation)
        self.box.write(f"{snapshots.ROOT}/shop/.{operation}.new/state/half", "h")
        self.box.units["croft-app-shop.service"]["FreezerState"] = "frozen"
        self.die(operation, "snapshot", stage="prepare", previous=self.box.running(), toplevel="/nix/store/x",
                 paused=["thaw", "croft-app-shop.service"])  # fmt: skip
        self.box.units[records.unit_of(operation)] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        report = result(self.box, type="cancel", operation=operation)["operation"]
        self.assertEqual((report["state"], record.decision()), ("CANCELLED", "cancel"))
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")
        self.assertEqual((self.listed(), self.left_over()), ([], []))
        self.assertEqual(os.listdir(self.box.path(snapshots.ROOT)), [])
        self.assert_unchanged(before)

    def test_a_recovery_that_comes_after_the_answer_to_a_cancel_tidies_up_all_the_same(self):
        self.put("one")
        operation = self.pending()
        self.box.write(f"{snapshots.ROOT}/shop/{operation}/metadata.json", "{}")
        self.box.units["croft-app-shop.service"]["FreezerState"] = "frozen"
        self.die(operation, "snapshot", stage="prepare", previous=self.box.running(), toplevel="/nix/store/x",
                 paused=["thaw", "croft-app-shop.service"])  # fmt: skip
        self.box.units[records.unit_of(operation)] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        with unittest.mock.patch.object(self.box, "kill"):  # It takes its time.
            self.assertEqual(result(self.box, type="cancel", operation=operation)["operation"]["state"], "CANCELLED")
        self.box.run_operation(operation, "recover")
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")
        self.assertEqual(os.listdir(self.box.path(snapshots.ROOT)), [])


class RedisTest(OperationCase):
    """A Redis that writes by itself at the moment that its data is copied."""

    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, "attach": {"shop": {"redis": True}}}))
        self.box.write("/var/lib/redis-croft-shop/dump.rdb", "old")
        self.asked, self.rewriting, self.saving, self.refusing = [], 0, 0, None

    def answer(self, system, socket, *words, **more):
        self.asked.append(words[0])
        if words[0] == "CONFIG":
            return [words[2], "yes"]
        if words[0] == "INFO":
            self.rewriting -= 1
            return f"# Persistence\r\nrdb_bgsave_in_progress:0\r\naof_rewrite_in_progress:{int(self.rewriting >= 0)}\r\naof_rewrite_scheduled:0\r\n"
        self.saving -= 1
        if self.refusing or self.saving >= 0:
            raise redis.Refused(self.refusing or "ERR Background save already in progress")
        self.box.write("/var/lib/redis-croft-shop/dump.rdb", "saved")
        return "OK"

    def upgrade(self):
        with unittest.mock.patch.object(redis, "ask", self.answer):
            return self.apply({"shop": app(NEW_REV)})

    def test_it_is_waited_for(self):
        for rewriting, saving in ((2, 0), (0, 2), (2, 2), (0, 0)):
            self.setUp()
            with self.subTest(rewriting=rewriting, saving=saving):
                self.rewriting, self.saving = rewriting, saving
                report = self.upgrade()
                self.assertEqual(report["state"], "SUCCEEDED", report)
                with open(self.box.path(f"{snapshots.ROOT}/shop/{report['operation']}/redis/dump.rdb"), encoding="utf-8") as file:
                    self.assertEqual(file.read(), "saved")

    def test_not_for_ever_nor_for_what_will_not_pass(self):
        for rewriting, saving, refusing in ((10**9, 0, None), (0, 10**9, None), (0, 0, "MISCONF Errors writing to the disk")):
            self.setUp()
            with self.subTest(refusing=refusing):
                self.rewriting, self.saving, self.refusing = rewriting, saving, refusing
                began = self.box.monotonic()
                self.assertIn("Redis did not save", self.failed(self.upgrade(), "DUMP_FAILED")["why"])
                self.assertLess(self.box.monotonic() - began, 300 if not refusing else 60)


if __name__ == "__main__":
    unittest.main()
