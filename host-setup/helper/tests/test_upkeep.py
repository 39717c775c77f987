"""Disk, garbage, drift, pre-flight and the steps of a build."""

import contextlib
import errno
import io
import json
import os
import re
import time
import unittest
from unittest import mock

from box import AUTHOR, REV, Box, app, building, nix_records, operation_id, state_text, store_hash
from console import ask, refused, result
from croft_hostd import config, derivations, disk, drift, garbage, isolation, preflight
from croft_hostd.nixlog import NixLog
from croft_hostd.operations import Operations
from croft_hostd.problems import Problem
from croft_hostd.protocol import check
from croft_hostd.state import parse

GIB = 1024**3
POLICY = {"gc": {"automatic": True, "keepGenerations": 2, "minFree": 2 * GIB}}


def rev(number):
    return f"{number:x}" * 40


class UpkeepTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.next = 0

    def operate(self, kind, **members):
        self.next += 1
        operation = operation_id(self.next)
        result(self.box, type=kind, operation=operation, author=AUTHOR, **members)
        return result(self.box, type="operations", operation=operation)["operations"][0]

    def apply(self, apps, **members):
        report = self.operate("apply", state=state_text(apps), message="Deploy shop", **members)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report

    def facts(self, **members):
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, **POLICY, **members}))

    def deployed(self, *numbers):
        for number in numbers:
            self.apply({"shop": app(rev(number))})

    def package(self, number):
        """Bytes of the shop's package at a revision; see Box."""
        return 1_000_000 + int(rev(number)[:4], 16)


class GarbageTest(UpkeepTest):
    def plan(self, **members):
        return result(self.box, type="gc-plan", **members)

    def kept(self, plan):
        return {row["number"]: (row["keep"], row["why"]) for row in plan["generations"]}

    def test_the_policy_keeps_the_newest_and_what_an_app_would_go_back_to(self):
        self.facts()
        self.deployed(1, 2, 3)
        for number in range(3):
            self.apply({"shop": app(rev(3)), "stall": app(rev(4), run={"env": {"N": str(number)}})})
        self.assertEqual(
            self.kept(self.plan()),
            {
                7: (True, "boot default"),
                6: (True, "one of the newest 2"),
                5: (False, "older than the newest 2"),
                4: (False, "older than the newest 2"),
                3: (True, "rollback target of shop"),
                2: (False, "older than the newest 2"),
                1: (True, "booted"),
            },
        )

    def test_the_bytes_of_the_plan_are_those_that_are_freed(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        plan = self.plan()
        # Generation 2: its system and the first package; 3 is what the shop goes back to from 4 and 5.
        self.assertEqual([row["number"] for row in plan["generations"] if not row["keep"]], [3, 2])
        self.assertEqual((plan["paths"], plan["bytes"]), (4, 2 * 1000 + self.package(1) + self.package(2)))
        report = self.operate("gc", digest=plan["digest"])
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(report["result"], {"paths": 4, "bytes": plan["bytes"], "generations": [3, 2], "snapshots": []})
        self.assertEqual([generation["number"] for generation in result(self.box, type="generations")["generations"]], [5, 4, 1])
        self.assertEqual(self.plan()["bytes"], 0)

    def test_each_row_says_what_it_alone_would_free(self):
        self.facts()
        self.deployed(1, 2, 3)
        freed = {row["number"]: row["bytesFreed"] for row in self.plan()["generations"]}
        self.assertEqual(freed, {4: None, 3: 1000 + self.package(2), 2: 1000 + self.package(1), 1: None})

    def test_chosen_generations_and_no_others(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        plan = self.plan(deleteGenerations=[4])
        self.assertEqual([number for number, (kept, _) in self.kept(plan).items() if not kept], [4])
        self.assertEqual(self.plan(deleteGenerations=[]), self.plan(), "nothing chosen is the policy")
        both = self.plan(deleteGenerations=[4], keepGenerations=2)
        self.assertEqual([number for number, (kept, _) in self.kept(both).items() if not kept], [4, 3, 2])
        report = self.operate("gc", digest=plan["digest"], deleteGenerations=[4])
        self.assertEqual(report["result"]["generations"], [4])

    def test_what_may_not_be_deleted(self):
        self.deployed(1, 2)
        result(self.box, type="mark", generation=2, pinned=True)
        for number, words in ((1, "booted"), (2, "pinned"), (3, "boot default")):
            problem = refused(self.box, type="gc-plan", deleteGenerations=[number])
            self.assertEqual(problem["code"], "GENERATION_IN_USE")
            self.assertIn(words, problem["why"])
        self.assertEqual(refused(self.box, type="gc-plan", deleteGenerations=[99])["code"], "GENERATION_NOT_FOUND")
        report = self.operate("gc", digest="0" * 64, deleteGenerations=[2])
        self.assertEqual(report["problem"]["code"], "GENERATION_IN_USE")

    def test_a_pinned_generation_stays_whatever_its_age(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        result(self.box, type="mark", generation=2, pinned=True)
        self.assertEqual(self.kept(self.plan())[2], (True, "pinned"))

    def test_a_running_system_that_is_no_boot_default_stays(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        tried = os.readlink(f"{self.box.path(config.PROFILE)}-2-link")
        self.box.point(config.CURRENT_SYSTEM, tried)
        self.assertEqual(self.kept(self.plan())[2], (True, "running"))

    def test_a_plan_that_would_be_another_one_now_is_outdated(self):
        self.facts()
        self.deployed(1, 2, 3)
        plan = self.plan()
        result(self.box, type="mark", generation=2, pinned=True)
        report = self.operate("gc", digest=plan["digest"])
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "PLAN_OUTDATED"), report)
        self.assertEqual(len(result(self.box, type="generations")["generations"]), 4)

    def test_a_review_or_an_evaluation_meanwhile_outdates_nothing(self):
        self.facts()
        self.deployed(1, 2, 3)
        plan = self.plan()
        self.box.store.add(f"/nix/store/{store_hash('x')}-x.drv", 5)
        self.operate("plan", state=state_text({"shop": app(rev(5))}), message="Look")
        self.assertEqual(self.operate("gc", digest=plan["digest"])["state"], "SUCCEEDED")

    def test_what_other_roots_need_lives(self):
        self.facts()
        held = self.box.store.add(f"/nix/store/{store_hash('held')}-held", 77)
        loose = self.box.store.add(f"/nix/store/{store_hash('loose')}-loose", 7)
        drv = self.box.store.add(f"/nix/store/{store_hash('held')}-held.drv", 3)
        self.box.store.add(f"/nix/store/{store_hash('loose')}-loose.drv", 2)
        self.box.store.paths[held] = (77, [], drv)
        self.box.store.roots = [("/home/ada/result", held), ("{temp:712}", loose)]
        self.assertEqual((self.plan()["paths"], self.plan()["bytes"]), (1, 2))
        self.box.store.roots.pop()
        self.assertEqual((self.plan()["paths"], self.plan()["bytes"]), (2, 9))

    def test_old_snapshots_go_and_data_stays(self):
        self.facts()
        self.box.write("/var/lib/croft/apps/shop/data", "x" * 5000)
        self.deployed(1, 2)
        result(self.box, type="mark", generation=2, pinned=True)
        self.deployed(3, 4, 5, 6, 7, 8)
        self.assertEqual(self.plan()["snapshots"], [], "the pinned generation would go back to the oldest")
        result(self.box, type="mark", generation=2, pinned=False)
        plan = self.plan()
        self.assertEqual(len(plan["snapshots"]), 1, plan)
        self.assertTrue(all(snapshot["app"] == "shop" and snapshot["bytes"] > 0 for snapshot in plan["snapshots"]))
        report = self.operate("gc", digest=plan["digest"])
        self.assertEqual(report["result"]["snapshots"], plan["snapshots"])
        self.assertEqual(report["result"]["bytes"], plan["bytes"])
        self.assertEqual(len(result(self.box, type="snapshots")["snapshots"]), 5)
        self.assertTrue(os.path.exists(self.box.path("/var/lib/croft/apps/shop/data")))

    def test_requests_are_bounded(self):
        for members in ({"keepGenerations": 1}, {"keepGenerations": 1001}, {"deleteGenerations": 5}, {"deleteGenerations": [0]}, {"deleteGenerations": [True]}, {"deleteGenerations": ["1; rm"]}, {"deleteGenerations": list(range(1, 1002))}):
            with self.assertRaises(Problem, msg=members):
                check({"type": "gc-plan", **members})
        for digest in ("", "x" * 64, "0" * 63, 7):
            with self.assertRaises(Problem, msg=digest):
                check({"type": "gc", "operation": operation_id(1), "author": AUTHOR, "digest": digest})

    def automatic(self):
        return garbage.automatic(self.box, config.load(self.box))

    def test_the_timer_follows_the_policy(self):
        self.facts(gc={**POLICY["gc"], "automatic": False})
        self.deployed(1, 2, 3, 4)
        self.assertIsNone(self.automatic())
        self.facts()
        operation = self.automatic()
        report = result(self.box, type="operations", operation=operation)["operations"][0]
        self.assertEqual((report["kind"], report["state"], report["result"]["generations"]), ("gc", "SUCCEEDED", [3, 2]))
        self.assertIsNone(self.automatic(), "there is nothing left to do")

    def test_dead_paths_alone_are_left_until_the_disk_gets_full(self):
        self.facts()
        self.box.store.add(f"/nix/store/{store_hash('dead')}-dead", 1_000_000)
        self.assertIsNone(self.automatic())
        self.box.free = 3 * GIB
        self.assertEqual(result(self.box, type="operations", operation=self.automatic())["operations"][0]["result"]["bytes"], 1_000_000)

    def test_the_timer_leaves_a_box_alone_that_somebody_changes(self):
        """A failed unit of the timer's would count against the change that is under way."""
        self.facts()
        self.deployed(1, 2, 3, 4)
        self.box.run_operations = False
        self.next += 1
        change = {"operation": operation_id(self.next), "state": state_text({"shop": app(rev(5))}), "message": "Deploy shop"}
        result(self.box, type="apply", author=AUTHOR, **change)
        with contextlib.redirect_stderr(io.StringIO()) as told:
            self.assertIsNone(self.automatic())
        self.assertIn("Ada Lovelace applies a change", told.getvalue())

    def test_a_disk_that_is_too_full_to_note_anything_down_gets_room_first(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        note = Operations.start

        def start(operations, request):
            if not self.box.made_room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return note(operations, request)

        with mock.patch.object(Operations, "start", start):
            operation = self.automatic()
        self.assertEqual(result(self.box, type="operations", operation=operation)["operations"][0]["state"], "SUCCEEDED")
        self.assertEqual(self.box.made_room, 1)

    def test_a_disk_on_which_nothing_can_be_made_room_for_is_told_and_is_no_failed_unit(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        with mock.patch.object(Operations, "start", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            with contextlib.redirect_stderr(io.StringIO()) as told:
                self.assertIsNone(self.automatic())
        self.assertIn("no room even to note down", told.getvalue())
        with mock.patch.object(Operations, "start", side_effect=OSError(errno.EIO, "Input/output error")), self.assertRaises(OSError):
            self.automatic()

    def test_a_change_that_fills_the_disk_starts_a_collection(self):
        def started():
            garbage.start_when_pressed(self.box, config.load(self.box))
            return self.box.units.pop("croft-gc.service", None) is not None

        self.facts()
        self.assertFalse(started())
        self.box.free = 3 * GIB
        self.assertTrue(started())
        self.facts(gc={**POLICY["gc"], "automatic": False})
        self.assertFalse(started())

    def test_a_new_operation_s_id_sorts_by_time(self):
        first = garbage.new_operation(self.box)
        self.box.clock += 1
        second = garbage.new_operation(self.box)
        self.assertRegex(first, r"^[0-9a-hjkmnp-tv-z]{26}$")
        self.assertLess(first, second)


class DiskTest(UpkeepTest):
    def read(self):
        return result(self.box, type="disk")

    def part(self, name, mount="/"):
        return next(part for part in self.read()["parts"] if part["id"] == name and part["mount"] == mount)

    def test_the_ladder(self):
        self.facts()
        for free, level in ((50 * GIB, "ok"), (6 * GIB, "ok"), (6 * GIB - 1, "warn"), (4 * GIB, "warn"), (4 * GIB - 1, "collect"), (2 * GIB, "collect"), (2 * GIB - 1, "refuse"), (0, "refuse")):
            self.box.free = free
            self.assertEqual(disk.pressure(self.box, config.load(self.box))["level"], level, free)

    def test_a_deploy_is_refused_with_what_to_delete_for_how_many_bytes(self):
        self.facts()
        self.deployed(1, 2, 3, 4)
        self.box.free = 2 * GIB - 1
        report = self.operate("apply", state=state_text({"shop": app(rev(5))}), message="x")
        self.assertEqual(report["problem"]["code"], "DISK_FULL", report)
        self.assertIn("the generations 2, 3 and what nothing in the store needs any more would free 2 MiB", report["problem"]["next"])
        self.assertFalse([call for call in self.box.calls if call[0] == "nixos-rebuild"][4:])
        self.assertEqual(self.operate("rollback")["state"], "SUCCEEDED", "the way back is never refused")

    def test_asking_for_less_is_the_way_out_of_having_asked_for_too_much(self):
        self.facts(gc={**POLICY["gc"], "minFree": 200 * GIB})
        text = state_text({"shop": app(rev(5))}, gc={"minFree": "60G"})
        self.assertEqual(self.operate("apply", state=text, message="x")["problem"]["code"], "DISK_FULL")
        text = state_text({"shop": app(rev(5))}, gc={"minFree": "1500M"})
        self.assertEqual(self.operate("apply", state=text, message="x")["state"], "SUCCEEDED")

    def test_nothing_to_collect_is_said(self):
        self.facts()
        self.box.free = 1
        report = self.operate("apply", state=state_text({"shop": app(rev(5))}), message="x")
        self.assertIn("There is nothing that could be collected", report["problem"]["next"])

    def test_a_box_that_does_not_say_is_refused_at_the_last_moment_only(self):
        self.box.free = 300 * 1024**2
        self.apply({"shop": app()})
        self.assertEqual(self.read()["policy"], {"automatic": False, "keepGenerations": 10, "minFree": 256 * 1024**2})

    def test_hard_links_count_once_and_blocks_not_lengths(self):
        self.box.write("/var/lib/croft/apps/shop/one", "x" * 5000)
        place = self.box.path("/var/lib/croft/apps/shop")
        one = os.stat(f"{place}/one").st_blocks * 512
        before = self.part("data")["bytes"]
        for number in range(5):
            os.link(f"{place}/one", f"{place}/again-{number}")
        with open(f"{place}/hole", "wb") as file:
            file.truncate(10**12)
        os.symlink("/", f"{place}/out")
        self.assertLess(self.part("data")["bytes"], before + one + 20_000)
        self.assertEqual([item["name"] for item in self.part("data")["items"]], ["shop"])

    def test_databases_are_counted_whether_or_not_their_server_runs(self):
        self.facts(postgresql={"major": 17, "dataDir": "/var/lib/postgresql/17"}, mysql={"dataDir": "/srv/mysql"})
        for place, size in (("postgresql/17/base/1", 300_000), ("postgresql/15/base/1", 200_000), ("redis-croft-shop/dump.rdb", 50_000), ("mysql/ibdata1", 100_000), ("other/x", 10_000)):
            self.box.write(f"/var/lib/{place}", "x" * size)
        self.box.write("/srv/mysql/ibdata1", "x" * 400_000)
        part = self.part("databases")
        self.assertEqual([item["name"] for item in part["items"]], ["/srv/mysql", "postgresql/17", "postgresql/15", "mysql", "redis-croft-shop"])
        self.assertGreaterEqual(part["bytes"], 1_050_000)
        self.assertEqual(part["bytes"], sum(item["bytes"] for item in part["items"]))

    def test_databases_on_another_disk_count_there(self):
        self.box.write(
            "/proc/self/mountinfo",
            "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n23 22 8:2 / /var/lib/postgresql rw shared:2 - xfs /dev/sdb1 rw\n",
        )
        self.box.write("/var/lib/postgresql/17/base/1", "x" * 300_000)
        self.box.write("/var/lib/mysql/ibdata1", "x" * 100_000)
        self.assertEqual([item["name"] for item in self.part("databases", "/var/lib/postgresql")["items"]], ["postgresql/17"])
        self.assertEqual([item["name"] for item in self.part("databases")["items"]], ["mysql"])

    def test_the_parts_and_the_rest_are_the_whole(self):
        self.box.size, self.box.free = 100 * GIB, 60 * GIB
        parts = self.read()["parts"]
        self.assertEqual(sum(part["bytes"] for part in parts if part["mount"] == "/"), 40 * GIB)
        self.assertEqual([part["id"] for part in parts], ["data", "logs", "store", "other"] if not self.part_exists("boot") else [part["id"] for part in parts])

    def part_exists(self, name):
        return any(part["id"] == name for part in self.read()["parts"])

    def test_a_file_system_of_its_own_and_its_bind_mounts(self):
        self.box.write(
            "/proc/self/mountinfo",
            "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
            "23 22 8:2 / /boot rw shared:2 - vfat /dev/sda2 rw\n"
            "24 22 8:1 /nix/store /nix/store ro shared:1 - ext4 /dev/sda1 rw\n"
            "25 22 8:1 /var /var/lib/croft rw shared:1 - ext4 /dev/sda1 rw\n"
            "26 22 0:5 / /proc rw shared:3 - proc proc rw\n"
            "27 22 8:3 / /mnt/my\\040disk rw shared:4 - xfs /dev/sdb1 rw\n"
            "28 22 7:1 / /mnt/iso ro shared:4 - iso9660 /dev/loop1 rw\n"
            "torn line - \n"
            "29\n",
        )
        for name in ("/mnt/my disk", "/mnt/iso", "/nix/store"):
            os.makedirs(self.box.path(name), exist_ok=True)
        read = self.read()
        self.assertEqual([(system["mount"], system["type"]) for system in read["filesystems"]], [("/", "ext4"), ("/boot", "vfat"), ("/mnt/my disk", "xfs")])
        self.assertEqual({part["id"]: part["mount"] for part in read["parts"] if part["id"] != "other"}["store"], "/")
        self.assertEqual(sum(part["id"] == "other" for part in read["parts"]), 3)

    def test_a_walk_that_takes_too_long_says_so(self):
        for number in range(200):
            self.box.write(f"/var/lib/croft/apps/shop/{number}/file", "x")
        moments = iter(range(0, 10**6, 5))
        self.box.monotonic = lambda: float(next(moments))
        self.assertFalse(self.part("data")["complete"])
        self.assertFalse(self.part("other")["complete"])


class PreflightTest(UpkeepTest):
    def require(self):
        preflight.require_memory(self.box, config.load(self.box))

    def problem(self):
        with self.assertRaises(Problem) as caught:
            self.require()
        self.assertEqual(caught.exception.code, "EVALUATION_OUT_OF_MEMORY")
        return caught.exception

    def memory(self, available, swap=0):
        self.box.write("/proc/meminfo", f"MemTotal: 9 kB\nMemAvailable: {available} kB\nHugePages_Total: 0\nSwapFree: {swap} kB\ntorn")

    def test_memory_of_the_box(self):
        self.require()
        self.memory(500_000)
        self.assertIn("The box has 488 MiB left; evaluating a system needs about 1.0 GiB.", self.problem().why)
        self.memory(500_000, swap=900_000)
        self.require()
        os.unlink(self.box.path("/proc/meminfo"))
        self.require()

    def test_memory_of_the_slice_counts_what_can_be_given_back(self):
        place = "/sys/fs/cgroup/croft.slice/croft-build.slice"
        self.box.write(f"{place}/memory.max", f"{2 * GIB}\n")
        self.box.write(f"{place}/memory.current", f"{2 * GIB - 1}\n")
        self.assertIn("croft-build.slice has 1 B left", self.problem().why)
        self.box.write(f"{place}/memory.stat", f"anon 5\ninactive_file {GIB}\nactive_file {GIB // 2}\n")
        self.require()
        self.box.write(f"{place}/memory.stat", "")
        self.box.write(f"{place}/memory.max", "max\n")
        self.require()

    def test_the_box_may_say_what_its_evaluation_takes(self):
        self.memory(500_000)
        self.box.write("/etc/croft/hostd.json", '{"attribute":"attic","evaluationMemoryBytes":100000000}')
        self.require()

    def test_an_apply_does_not_begin_without_memory(self):
        self.memory(1000)
        report = self.operate("apply", state=state_text({"shop": app()}), message="x")
        self.assertEqual(report["problem"]["code"], "EVALUATION_OUT_OF_MEMORY", report)
        self.assertFalse(any(call[0] == "nixos-rebuild" for call in self.box.calls))

    def test_a_level_that_the_box_cannot_have_is_refused_before_anything_is_changed(self):
        for level, file, text, why in (
            ("jail", "/proc/sys/user/max_user_namespaces", "0\n", "this box allows none"),
            ("podman", "/proc/sys/user/max_user_namespaces", "0\n", "this box allows none"),
            ("container", "/proc/sys/user/max_user_namespaces", "1000\n", "takes /dev/net/tun"),
            ("podman", "/proc/sys/user/max_user_namespaces", "1000\n", "takes /dev/net/tun"),
            ("microvm", "/proc/sys/user/max_user_namespaces", "0\n", "this box allows none"),
            ("microvm", "/proc/sys/user/max_user_namespaces", "1000\n", "takes /dev/net/tun"),
            ("podman", "/proc/sys/kernel/unprivileged_userns_clone", "0\n", "leaves them to root"),
        ):
            self.box.write(file, text)
            before = self.box.git("rev-parse", "main")
            report = self.operate("apply", state=state_text({"shop": app(isolation=level)}), message="x")
            self.assertEqual(report["problem"]["code"], "STATE_REFUSED", report)
            self.assertIn("apps.shop.isolation", report["problem"]["why"])
            self.assertIn(why, report["problem"]["why"])
            self.assertEqual(self.box.git("rev-parse", "main"), before)
        self.assertFalse(any(call[0] == "nixos-rebuild" for call in self.box.calls))

    def test_a_machine_of_its_own_is_refused_on_a_processor_that_has_none(self):
        self.box.write("/dev/net/tun", "")
        wanted = parse(state_text({"shop": app(isolation="microvm")}))
        isolation.require(self.box, wanted)
        with mock.patch("os.uname", return_value=mock.Mock(machine="riscv64")), self.assertRaises(Problem) as refused:
            isolation.require(self.box, wanted)
        self.assertIn("which Croft can make on x86_64 only, and this box is riscv64", str(refused.exception))

    def test_a_machine_without_help_of_the_processor_is_told_with_its_cost(self):
        wanted = parse(state_text({"shop": app(isolation="microvm"), "till": app()}))
        [line] = isolation.told(self.box, wanted)
        self.assertIn("no /dev/kvm, so the processors of shop are emulated: expect them to be some twenty-five times slower", line)
        self.box.write("/dev/kvm", "")
        self.assertEqual(list(isolation.told(self.box, wanted)), [])

    def test_a_download_that_does_not_fit_is_stopped_as_soon_as_its_size_is_known(self):
        self.box.free = 5 * GIB
        records = nix_records(
            {"action": "start", "id": 1, "type": 103, "level": 5, "text": "", "parent": 0},
            {"action": "result", "id": 1, "type": 106, "fields": [100, 20 * GIB]},
            {"action": "start", "id": 2, "type": 108, "level": 3, "text": "", "fields": [f"/nix/store/{store_hash('big')}-big", "cache"]},
        )
        self.box.build = (records, 0)
        before = self.box.git("rev-parse", "main")
        report = self.operate("apply", state=state_text({"shop": app()}), message="x")
        self.assertEqual(report["problem"]["code"], "DISK_FULL", report)
        self.assertIn("The Nix store has 5.0 GiB left; this needs 20.2 GiB", report["problem"]["why"])
        self.assertEqual(self.box.git("rev-parse", "main"), before)

    def test_boot_is_looked_at_before_the_switch(self):
        def more(top):
            self.box.write(f"/nix/store/{store_hash('linux')}-linux-6.19/bzImage", "x" * 9000)
            self.box.point(f"{top}/kernel", self.box.path(f"/nix/store/{store_hash('linux')}-linux-6.19/bzImage"))

        closure = self.box.closure
        self.box.closure = lambda *arguments: (top := closure(*arguments), more(top))[0]
        os.makedirs(self.box.path("/boot/EFI/nixos"))
        self.box.own_boot = True
        free_bytes = self.box.free_bytes
        self.box.free_bytes = lambda path: 4000 if path == "/boot" else free_bytes(path)
        running = self.box.running()
        report = self.operate("apply", state=state_text({"shop": app()}), message="x")
        self.assertEqual(report["problem"]["code"], "BOOT_FULL", report)
        self.assertEqual(self.box.running(), running)


class DriftTest(UpkeepTest):
    def items(self, **members):
        found = result(self.box, type="drift", **members)
        self.assertEqual(found["inSync"], not found["items"])
        return {item["id"]: item for item in found["items"]}

    def test_a_fresh_box_is_silent(self):
        self.facts()
        self.assertEqual(self.items(), {})

    def test_so_is_one_after_each_kind_of_change(self):
        self.facts()
        self.deployed(1, 2)
        self.assertEqual(self.items(), {})
        self.operate("rollback")
        self.assertEqual(self.items(), {}, "main has a commit of its own then, with the same files")
        self.operate("plan", state=state_text({"shop": app(rev(9))}), message="Look")
        self.assertEqual(self.items(), {})

    def test_a_switch_by_somebody_else(self):
        self.deployed(1)
        ours = self.box.running()
        other = self.box.closure("other", state_text(), "f" * 40)
        self.box.generation(9, other)
        self.box.point(config.CURRENT_SYSTEM, other)
        items = self.items()
        self.assertEqual((items["system:running"]["found"], items["system:running"]["wanted"]), (other, ours))
        self.assertEqual(items["system:running"]["actions"], ["adopt", "return"])

    def test_a_test_by_somebody_else_that_the_next_boot_forgets(self):
        other = self.box.closure("other", state_text(), self.box.git("rev-parse", "main"))
        self.box.point(config.CURRENT_SYSTEM, other)
        self.assertEqual(set(self.items()), {"system:boot-default"})

    def test_a_switch_to_main_by_hand_is_what_main_says(self):
        self.deployed(1)
        self.box.write("/var/lib/croft/flake/extra.nix", "{ }\n")
        self.box.git("add", "extra.nix")
        self.box.git("commit", "--quiet", "--message=by hand")
        self.assertEqual(set(self.items()), {"system:configured"})
        top = self.box.closure("by-hand", state_text({"shop": app(rev(1))}), self.box.git("rev-parse", "main"))
        self.box.generation(9, top)
        self.box.point(config.CURRENT_SYSTEM, top)
        self.assertEqual(self.items(), {})

    def test_a_change_that_runs_or_waits_is_no_drift(self):
        self.deployed(1)
        self.box.run_operations = False
        ask(self.box, type="apply", operation=operation_id(50), author=AUTHOR, state=state_text(), message="x")
        self.box.units["croft-op-" + operation_id(50) + ".service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        self.box.point(config.CURRENT_SYSTEM, self.box.closure("tried", state_text(), "0" * 40))
        self.assertEqual(self.items(), {})

    def test_the_configuration_is_evaluated_once_for_a_commit(self):
        running = self.box.running()
        self.box.evaluated = (0, running, "")
        found = result(self.box, type="drift", evaluate=True)
        self.assertEqual((found["configured"], found["inSync"]), (running, True))
        argv = next(call for call in self.box.calls if "eval" in call)
        self.assertIn("--slice=croft-build.slice", argv)
        self.assertIn('#nixosConfigurations."attic".config.system.build.toplevel.outPath', argv[-1])
        self.box.evaluated = (1, "", "asked twice")
        again = result(self.box, type="drift", evaluate=True)
        self.assertEqual((again["configured"], again["evaluatedAt"]), (running, found["evaluatedAt"]))
        self.assertEqual(result(self.box, type="drift")["configured"], running)

    def test_an_evaluation_that_gives_another_system(self):
        other = f"/nix/store/{store_hash('other')}-nixos-system-other"
        self.box.evaluated = (0, other, "")
        item = self.items(evaluate=True)["system:configured"]
        self.assertEqual((item["found"], item["wanted"]), (self.box.running(), other))

    def test_an_evaluation_that_fails_says_why(self):
        self.box.evaluated = (1, "", "error: undefined variable 'x'\n")
        problem = refused(self.box, type="drift", evaluate=True)
        self.assertEqual(problem["code"], "EVALUATION_FAILED")
        self.assertIn("undefined variable", problem["why"])
        self.box.evaluated = (137, "", "")
        self.assertEqual(refused(self.box, type="drift", evaluate=True)["code"], "EVALUATION_OUT_OF_MEMORY")
        self.box.write("/proc/meminfo", "MemAvailable: 5 kB\n")
        self.assertEqual(refused(self.box, type="drift", evaluate=True)["code"], "EVALUATION_OUT_OF_MEMORY")

    def test_uncommitted_edits_are_named(self):
        self.box.write("/var/lib/croft/flake/host/my file\n.nix", "{ }\n")
        self.box.write("/var/lib/croft/flake/flake.nix", "{ edited }\n")
        item = self.items()["flake"]
        self.assertIn("flake.nix", item["found"])
        self.assertEqual(item["actions"], ["adopt", "return"])
        self.box.git("checkout", "--quiet", "-b", "mine")
        self.assertEqual(self.items()["flake:branch"]["found"], "mine")

    def test_units_by_hand(self):
        self.box.write("/nix/store/x-unit/good.service", "")
        self.box.write("/usr/lib/systemd/system/vendor.service", "")
        os.makedirs(self.box.path("/etc/systemd/system/multi-user.target.wants"))
        os.makedirs(self.box.path("/run/systemd/transient"))
        for link, target in (("good.service", "/nix/store/x-unit/good.service"), ("alias.service", "/usr/lib/systemd/system/vendor.service")):
            os.symlink(self.box.path(target), self.box.path(f"/etc/systemd/system/{link}"))
        os.symlink("/dev/null", self.box.path("/etc/systemd/system/masked.service"))
        self.box.write("/run/systemd/transient/croft-op-x.service", "")
        self.assertEqual(self.items(), {})
        self.box.write("/etc/systemd/system/mine.service", "[Service]\n")
        self.box.write("/etc/systemd/system/sshd.service.d/override.conf", "[Service]\n")
        self.box.write("/run/systemd/system/nginx.service.d/override.conf", "[Service]\n")
        os.symlink(self.box.path("/home/ada/x.service"), self.box.path("/etc/systemd/system/linked.service"))
        items = self.items()
        self.assertEqual(
            set(items),
            {
                "unit:/etc/systemd/system/mine.service",
                "unit:/etc/systemd/system/sshd.service.d/override.conf",
                "unit:/etc/systemd/system/linked.service",
                "unit:/run/systemd/system/nginx.service.d/override.conf",
            },
        )
        self.assertEqual(items["unit:/etc/systemd/system/sshd.service.d/override.conf"]["what"], "sshd.service was changed by hand, for good.")

    def test_a_unit_file_that_systemd_has_not_read_again(self):
        self.box.units["nginx.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "NeedDaemonReload": "yes"}
        self.assertEqual(set(self.items()), {"unit:nginx.service"})

    def profile(self, link, **files):
        path = f"/nix/store/{store_hash(link)}-user-environment"
        for name, text in files.items():
            self.box.write(f"{path}/manifest.{name}", text)
        os.makedirs(self.box.path(path), exist_ok=True)
        self.box.store.roots.append((link, path))

    def test_packages_by_hand(self):
        self.profile("/nix/var/nix/profiles/per-user/root/profile-1-link", nix='[ { name = "hello-2.12"; } ]')
        self.profile("/nix/var/nix/profiles/per-user/root/profile-2-link", nix="[ ]")
        self.profile("/nix/var/nix/profiles/default-3-link", json='{"version":3,"elements":{"jq":{},"htop":{}}}')
        self.profile("/home/ada/.local/state/nix/profiles/profile-7-link", json='{"version":2,"elements":[{"attrPath":"legacyPackages.x86_64-linux.git"}]}')
        self.profile("/home/bob/.local/state/nix/profiles/profile-1-link", json="{")
        self.profile("/home/bob/result", nix='[ { name = "x"; } ]')
        items = self.items()
        self.assertEqual(
            {name: item["found"] for name, item in items.items()},
            {"profile:/nix/var/nix/profiles/default": "htop, jq", "profile:/home/ada/.local/state/nix/profiles/profile": "legacyPackages.x86_64-linux.git"},
        )

    def listens(self, *rows):
        """(table, hexadecimal address:port, state, inode, pid or None, unit)"""
        tables = {}
        for number, (table, address, state, inode, pid, unit) in enumerate(rows):
            tables.setdefault(table, []).append(f"   {number}: {address} 00000000:0000 {state} 0:0 0:0 0 0 0 {inode} 1")
            if pid:
                os.makedirs(self.box.path(f"/proc/{pid}/fd"), exist_ok=True)
                os.symlink(f"socket:[{inode}]", self.box.path(f"/proc/{pid}/fd/3"))
                self.box.write(f"/proc/{pid}/cgroup", f"0::/system.slice/{unit}\n")
                self.box.write(f"/proc/{pid}/comm", "python3\n")
        for table, lines in tables.items():
            self.box.write(f"/proc/net/{table}", "  sl  local_address\n" + "\n".join(lines) + "\n")

    def test_ports_that_nobody_declared(self):
        self.facts(firewall={"enabled": True, "tcp": [[80, 81]], "udp": [[51820, 51820]]}, ssh={"ports": [2222]})
        self.box.write("/nix/store/x/web.service", "")
        self.box.units["web.service"] = {"LoadState": "loaded", "FragmentPath": "/nix/store/x/web.service"}
        self.listens(
            ("tcp", "00000000:0050", "0A", 1, None, ""),  # 80, declared
            ("tcp", "00000000:08AE", "0A", 2, None, ""),  # 2222, ssh
            ("tcp", "0100007F:1F40", "0A", 3, 300, "a.service"),  # 127.0.0.1
            ("tcp6", "00000000000000000000000001000000:1F40", "0A", 4, None, ""),  # ::1
            ("tcp6", "0000000000000000FFFF00000100007F:1F40", "0A", 5, None, ""),  # ::ffff:127.0.0.1
            ("tcp", "00000000:1F41", "01", 6, None, ""),  # connected
            ("tcp", "00000000:1538", "0A", 7, 307, "web.service"),  # a unit of the system
            ("udp", "00000000:9C40", "07", 8, None, ""),  # 40000, a client
            ("udp6", "00000000000000000000000000000000:CA6C", "07", 9, None, ""),  # 51820, declared
            ("tcp", "00000000:1F90", "0A", 10, 310, "session-3.scope"),  # 8080
            ("tcp6", "00000000000000000000000000000000:1F90", "0A", 11, 311, "session-3.scope"),
            ("tcp", "0AD50A0A:1F91", "0A", 12, None, ""),  # 8081, unseen
            ("udp", "00000000:0045", "07", 0, None, ""),  # the kernel's own
        )
        items = self.items()
        self.assertEqual(set(items), {"port:tcp/8080", "port:tcp/8081"})
        self.assertEqual(items["port:tcp/8080"]["found"], "python3 (session-3.scope) on 0.0.0.0")
        self.assertEqual(items["port:tcp/8081"]["found"], "a program that Croft cannot see on 10.10.213.10")

    def test_an_app_has_the_port_that_it_declares_and_no_other(self):
        self.facts()
        entry = app(rev(1))
        entry["run"]["port"] = 8090
        self.box.write("/nix/store/x/shop.service", "")
        running = self.box.closure("shop", state_text({"shop": entry}), self.box.git("rev-parse", "main"))
        self.box.point(config.CURRENT_SYSTEM, running)
        self.box.generation(2, running)
        self.box.units["croft-app-shop.service"]["FragmentPath"] = "/nix/store/x/shop.service"
        self.listens(("tcp", "00000000:1F9A", "0A", 20, 320, "croft-app-shop.service"), ("tcp", "00000000:240D", "0A", 21, 321, "croft-app-shop.service"))
        self.assertEqual(set(self.items()), {"port:tcp/9229"})

    def test_microvms_that_nobody_declared(self):
        self.facts(microvms=["known"])
        self.box.listed["microvm@*.service"] = ["microvm@known.service", "microvm@stray.service"]
        self.assertEqual(set(self.items()), {"microvm:stray"})


class DerivationTest(unittest.TestCase):
    TEXT = (
        'Derive([("bin","/nix/store/a-x-bin","",""),("out","/nix/store/b-x","","")],[("/nix/store/c-bash.drv",["out"]),'
        '("/nix/store/d-\\"q.drv",["dev","out"])],["/nix/store/e-builder.sh","/nix/store/f-src"],"x86_64-linux","/bin/sh",[],[("name","x")])'
    )

    def test_what_it_needs_and_makes(self):
        found = derivations.parse(self.TEXT)
        self.assertEqual(found.outputs, ["/nix/store/a-x-bin", "/nix/store/b-x"])
        self.assertEqual(found.inputs[0], "/nix/store/c-bash.drv")
        self.assertEqual(found.sources, ["/nix/store/e-builder.sh", "/nix/store/f-src"])

    def test_one_that_needs_nothing(self):
        found = derivations.parse('Derive([("out","","r:sha256","")],[],[],"x","y",[],[])')
        self.assertEqual((found.outputs, found.inputs, found.sources), ([], [], []))

    def test_what_is_none(self):
        for text in ("", "Derive(", "Derive([],[]", "DrvWithVersion(", self.TEXT[:60]):
            self.assertIsNone(derivations.parse(text))


class StepsTest(unittest.TestCase):
    A, B, SOURCE = (f"/nix/store/{store_hash(name)}-{name}" for name in ("a-1.0.drv", "b.drv", "src"))

    def log(self, **texts):
        files = {
            self.A: f'Derive([("out","{self.A[:-4]}","","")],[],["{self.SOURCE}"],"x","y",[],[])',
            self.B: f'Derive([("out","{self.B[:-4]}","","")],[("{self.A}",["out"])],[],"x","y",[],[])',
        }
        return NixLog(files.get)

    def feed(self, log, *parts):
        for line in nix_records(*parts):
            log.feed(line.encode())
        return log.steps.news()

    def test_builds_know_what_they_wait_for(self):
        log = self.log()
        fetched = {"action": "start", "id": 1, "type": 108, "fields": [self.SOURCE, "https://cache"]}
        copied = {"action": "start", "id": 2, "type": 100, "fields": [self.SOURCE, "https://cache", "local"]}
        news = self.feed(log, fetched, copied)
        self.assertEqual(news, [{"type": "step", "id": 1, "kind": "fetch", "name": "src", "path": self.SOURCE, "state": "running", "inputs": []}])
        news = self.feed(log, {"action": "result", "id": 2, "type": 105, "fields": [500, 2000, 0, 0]}, {"action": "stop", "id": 2})
        self.assertEqual((news[0]["state"], news[0]["bytesDone"], news[0]["bytesExpected"]), ("running", 500, 2000))
        self.assertEqual(self.feed(log, {"action": "stop", "id": 1})[0]["state"], "done")
        news = self.feed(log, {"action": "start", "id": 3, "type": 105, "fields": [self.A, "", 1, 1]}, {"action": "start", "id": 4, "type": 105, "fields": [self.B, "", 1, 1]})
        self.assertEqual([(step["name"], step["inputs"]) for step in news], [("a-1.0", [1]), ("b", [2])])
        self.assertEqual(self.feed(log), [], "nothing is told twice")

    def test_a_failure_is_told_when_nix_tells_it(self):
        for words in (f"error: builder for '{self.A}' failed with exit code 1", f"error: Cannot build '{self.A}'.\n       Reason: builder failed"):
            log = self.log()
            start = {"action": "start", "id": 3, "type": 105, "fields": [self.A, "", 1, 1]}
            self.assertEqual(self.feed(log, start, {"action": "stop", "id": 3})[0]["state"], "done")
            self.assertEqual(self.feed(log, {"action": "msg", "level": 0, "msg": words})[0]["state"], "failed")

    def test_what_was_under_way_when_nix_was_killed_has_failed(self):
        log = self.log()
        self.feed(log, {"action": "start", "id": 3, "type": 105, "fields": [self.A, "", 1, 1]})
        log.steps.abandon()
        self.assertEqual([step["state"] for step in log.steps.news()], ["failed"])

    def test_a_copy_that_is_no_download(self):
        self.assertEqual(self.feed(self.log(), {"action": "start", "id": 9, "type": 100, "fields": [self.SOURCE, "ssh://x", "local"]})[0]["kind"], "copy")

    def test_nasty_records(self):
        log = self.log()
        for record in (
            {"action": "start", "id": 1, "type": 105},
            {"action": "start", "id": 2, "type": 105, "fields": [7]},
            {"action": "start", "id": 3, "type": 105, "fields": {"0": "x"}},
            {"action": "start", "id": 4, "type": 108, "fields": ["../../etc/passwd", ""]},
            {"action": "start", "type": 105, "fields": [self.A]},
            {"action": "stop", "id": 77},
            {"action": "result", "id": 4, "type": 105, "fields": [1, "x", 0, 0]},
            {"action": "result", "id": 4, "type": 106, "fields": [100, "x"]},
            {"action": "result", "id": {}, "type": 105, "fields": [1, 2, 3, 4]},
            {"action": "start", "id": [], "type": 105, "fields": [self.B]},
            {"action": "stop", "id": []},
        ):
            self.feed(log, record)
        self.assertLessEqual(len(log.steps._by_path), 2)

    def test_there_is_an_end_to_them(self):
        log = self.log()
        for number in range(6000):
            log.steps.begin("fetch", f"/nix/store/{number:032d}-x")
        self.assertEqual(len(log.steps.news()), 5000)

    def test_downloads_count_what_they_become(self):
        log = self.log()
        self.feed(
            log,
            {"action": "start", "id": 1, "type": 103},
            {"action": "result", "id": 1, "type": 106, "fields": [100, 5000]},
            {"action": "start", "id": 2, "type": 101, "fields": ["https://cache/x.nar.xz"]},
            {"action": "result", "id": 2, "type": 105, "fields": [100, 300, 0, 0]},
            {"action": "start", "id": 3, "type": 100, "fields": [self.SOURCE, "a", "b"]},
            {"action": "result", "id": 3, "type": 105, "fields": [1200, 2000, 0, 0]},
        )
        self.assertEqual(log.progress(), {"bytesDone": 1200, "bytesExpected": 5000})
        self.assertEqual(log.bytes_to_come(), 3800)

    def test_a_tarball_counts_as_it_comes_and_stays_counted(self):
        log = self.log()
        self.feed(log, {"action": "start", "id": 2, "type": 101, "fields": ["https://x/y.tar.gz"]}, {"action": "result", "id": 2, "type": 105, "fields": [300, 300, 0, 0]}, {"action": "stop", "id": 2})
        self.assertEqual(log.progress(), {"bytesDone": 300, "bytesExpected": 300})

    def test_the_parser_keeps_up_with_ten_thousand_lines_a_second(self):
        log = self.log()
        self.feed(log, {"action": "start", "id": 3, "type": 105, "fields": [self.A, "", 1, 1]})
        line = nix_records({"action": "result", "id": 3, "type": 101, "fields": ["[ 42%] compiling src/module/file.cc.o with \"flags\" and more"]})[0].encode()
        began = time.process_time()
        for _ in range(20_000):
            log.feed(line)
        self.assertLess(time.process_time() - began, 1.0, "two seconds' worth of lines")


if __name__ == "__main__":
    unittest.main()
