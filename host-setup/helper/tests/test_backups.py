"""Backups: what is kept and how, what comes back byte for byte, and what is said when a target is no good."""

import base64
import json
import os
import shutil
import stat
import subprocess
import unittest
import unittest.mock

from box import Box, app, operation_id
from console import ask, refused, result
from croft_hostd import backups, config, dumps, lock, mailbackups, records, restic, restore, restoretest, scratch, snapshots
from operating import OLD_REV, OperationCase
from servers import Servers

DATA = "/var/lib/croft/apps/shop"
PASSWORD = b"correct horse battery staple"


class BackupCase(OperationCase):
    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)
        self.box.write(f"{DATA}/orders", "one")
        self.facts("cellar")
        self.password("cellar")

    def facts(self, *targets, apps=("shop",), attach=None):
        settings = {name: {"type": "local", "path": f"/srv/{name}"} for name in targets}
        retention = {"daily": 7, "weekly": 4, "monthly": 6}
        wanted = {"targets": settings, "retention": retention, "apps": {name: {"exclude": ["/cache", "*.tmp"]} for name in apps}}
        self.box.write("/etc/croft/facts.json", json.dumps({"backups": wanted, "attach": {"shop": attach or {}}, "postgresql": {"major": 17}}))

    def password(self, target, value=PASSWORD):
        result(self.box, type="secret-put", service=f"backup-{target}", name="RESTIC_PASSWORD", value=base64.b64encode(value).decode())

    def back_up(self, **members):
        report = self.start("backup-run", **members)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report

    def listed(self, target="cellar", **members):
        return result(self.box, type="backup-list", target=target, **members)["snapshots"]

    def targets(self):
        return {target["name"]: target for target in result(self.box, type="backups")["targets"]}

    def restore(self, mode, snapshot=None, **members):
        snapshot = snapshot or self.listed(app="shop")[0]["id"]
        return self.start("backup-restore", target="cellar", snapshot=snapshot, app="shop", mode=mode, **members)

    def orders(self, place=DATA):
        with open(self.box.path(f"{place}/orders"), encoding="utf-8") as file:
            return file.read()

    def deep(self, place, levels, name="d" * 200):
        """Directories in directories, down to a file, by longer paths than any program can open."""
        here = os.open(self.box.path(place), os.O_RDONLY)
        for _ in range(levels):
            os.mkdir(name, dir_fd=here)
            below = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("file", os.O_CREAT, 0o600, dir_fd=here))
        os.close(here)

    def left_over(self):
        found = [name for name in ("copying", "testing") if os.path.exists(self.box.path(f"{backups.ROOT}/{name}"))]
        for place, directories, _ in os.walk(self.box.path("/var/lib/croft")):
            found += [name for name in directories if name.startswith(".0")]
        return found


class BackupTest(BackupCase):
    def test_a_password_that_is_kept_in_git(self):
        with open(self.box.path("/etc/croft/facts.json"), encoding="utf-8") as file:
            told = json.loads(file.read())
        kept = {"service": "backup-cellar", "name": "RESTIC_PASSWORD", "file": "secrets/box.yaml", "key": "restic", "source": "/nix/store/kept/box.yaml"}
        told["sops"] = {"keyFile": None, "sshKeyPaths": [], "secrets": [kept]}
        self.box.write("/etc/croft/facts.json", json.dumps(told))
        self.box.write("/run/secrets/croft-services/backup-cellar/RESTIC_PASSWORD", "another one")
        self.back_up(target="cellar")
        with open(self.box.path("/srv/cellar/config"), encoding="utf-8") as file:
            self.assertEqual(json.loads(file.read())["password"], "another one")

    def test_each_app_and_the_box_are_kept_while_the_app_stands_still(self):
        seen = []
        start = self.box.start

        def starting(argv, *rest, **more):
            if argv[0] == "cp":
                seen.append(self.box.units["croft-app-shop.service"].get("FreezerState"))
            return start(argv, *rest, **more)

        self.box.start = starting
        report = self.back_up()
        self.assertEqual((report["kind"], seen), ("backup", ["frozen"]))
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")
        self.assertEqual([one["app"] for one in report["result"]["targets"][0]["snapshots"]], ["shop", None])
        entries = self.listed()
        self.assertEqual({(entry["app"], entry["generation"]) for entry in entries}, {("shop", 2), (None, 2)})
        self.assertEqual([sorted(entry) for entry in entries], [["app", "bytes", "generation", "id", "item", "time"]] * 2)
        self.assertEqual([entry["app"] for entry in self.listed(app="shop")], ["shop"])
        self.assertEqual(self.left_over(), [])

    def test_apps_called_box_and_mail_are_not_the_box_and_the_mail(self):
        self.facts("cellar", apps=("box", "mail", "shop"))
        for name in ("box", "mail"):
            self.box.write(f"/var/lib/croft/apps/{name}/file", name)
        self.box.keeps = 1
        for _ in range(2):
            self.back_up()
        found = self.listed()
        self.assertEqual(sorted((entry["item"], entry["app"] or "") for entry in found), [("app", "box"), ("app", "mail"), ("app", "shop"), ("box", "")])
        snapshot = self.listed(app="mail")[0]["id"]
        problem = self.failed(self.start("mail-restore", target="cellar", snapshot=snapshot, mode="side"), "NOT_FOUND")
        self.assertIn("none of mail", problem["why"])

    def test_the_box_can_be_built_anew_from_what_is_kept(self):
        self.back_up()
        box = next(entry for entry in self.listed() if entry["app"] is None)
        place = self.box.path(f"/srv/cellar/data/{box['id']}")
        self.assertEqual(sorted(os.listdir(place)), ["RECIPE.txt", "facts.json", "flake.bundle", "metadata.json", "secrets.json", "state.json"])
        with open(f"{place}/secrets.json", encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(json.loads(text), {"secrets": [{"service": "backup-cellar", "name": "RESTIC_PASSWORD"}]})
        clone = self.box.path("/root/clone")
        self.box.git("clone", "--quiet", "--branch", "main", f"{place}/flake.bundle", clone)
        with open(f"{clone}/state.json", encoding="utf-8") as one, open(f"{place}/state.json", encoding="utf-8") as other:
            self.assertEqual(one.read(), other.read())

    def test_a_target_tells_how_its_last_run_ended(self):
        self.assertEqual((self.targets()["cellar"]["reachable"], self.targets()["cellar"]["lastRun"]), (True, None))
        self.back_up()
        told = self.targets()["cellar"]
        self.assertEqual((told["type"], told["lastResult"], told["snapshots"], told["bytes"]), ("local", "SUCCEEDED", 2, 8192))
        self.assertEqual(told["lastSuccess"], told["lastRun"])

    def test_no_secret_is_in_an_argument_a_log_or_a_record(self):
        self.back_up()
        self.restore("side")
        needle = PASSWORD.decode()
        self.assertFalse([argv for argv in self.box.calls if needle in json.dumps(argv)])
        self.assertNotIn(needle, json.dumps(self.box.journal))
        for place, _, names in os.walk(self.box.path("/var/lib/croft")):
            for name in [name for name in names if not os.path.islink(os.path.join(place, name))]:
                with open(os.path.join(place, name), "rb") as file:
                    self.assertNotIn(PASSWORD, file.read(), name)

    def test_one_target_that_is_away_does_not_keep_the_other_from_being_served(self):
        self.facts("away", "cellar")
        self.password("away")
        self.box.unreachable.add("away")
        problem = self.failed(self.start("backup-run"), "BACKUP_UNREACHABLE")
        self.assertIn("Connection refused", problem["why"])
        self.assertEqual(len(self.listed("cellar")), 2)
        told = self.targets()
        self.assertEqual((told["away"]["reachable"], told["away"]["lastResult"], told["away"]["lastSuccess"]), (False, "BACKUP_UNREACHABLE", None))
        self.assertEqual((told["cellar"]["reachable"], told["cellar"]["lastResult"]), (True, "SUCCEEDED"))

    def test_a_wrong_password_is_a_refusal(self):
        self.back_up()
        self.password("cellar", b"another one")
        self.failed(self.start("backup-run"), "BACKUP_REFUSED")
        self.assertEqual(self.targets()["cellar"]["problem"]["code"], "BACKUP_REFUSED")
        self.assertEqual(refused(self.box, type="backup-list", target="cellar")["code"], "BACKUP_REFUSED")

    def test_a_disk_that_is_not_mounted_gets_no_new_repository(self):
        self.back_up()
        os.rename(self.box.path("/srv/cellar"), self.box.path("/srv/unmounted"))
        problem = self.failed(self.start("backup-run"), "BACKUP_UNREACHABLE")
        self.assertIn("mounted", problem["why"])
        self.assertFalse(os.path.exists(self.box.path("/srv/cellar")))
        os.rename(self.box.path("/srv/unmounted"), self.box.path("/srv/cellar"))
        self.back_up()

    def test_damage_is_noticed_by_the_run_that_meets_it(self):
        self.back_up()
        shutil.rmtree(self.box.path(f"/srv/cellar/data/{self.listed(app='shop')[0]['id']}"))
        self.failed(self.start("backup-run"), "BACKUP_DAMAGED")
        self.assertEqual(self.targets()["cellar"]["lastResult"], "BACKUP_DAMAGED")

    def test_every_run_reads_another_part_of_the_data(self):
        for _ in range(11):
            self.back_up()
        read = [part for argv in self.box.calls if "check" in argv for part in argv if part.startswith("--read-data-subset=")]
        self.assertEqual(read, [f"--read-data-subset={number % 10 + 1}/10" for number in range(11)])

    def test_old_ones_go_by_the_retention_of_each_app(self):
        self.box.keeps = 3
        for _ in range(5):
            self.back_up()
        self.assertEqual(len(self.listed(app="shop")), 3)
        argv = next(argv for argv in self.box.calls if "--prune" in argv)
        for wanted in ("--keep-daily=7", "--keep-weekly=4", "--keep-monthly=6", "--keep-last=1", "--group-by=host,paths", "--tag=croft"):
            self.assertIn(wanted, argv)

    def test_what_could_not_be_read_as_a_whole_does_not_count(self):
        self.box.backup_code = 3
        self.failed(self.start("backup-run"), "BACKUP_FAILED")
        self.box.backup_code = 0
        self.assertEqual(self.listed(), [])

    def test_a_dump_that_fails_costs_only_its_own_app(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "rows")
        self.box.failing_programs["pg_dump"] = "server closed the connection"
        problem = self.failed(self.start("backup-run"), "DUMP_FAILED")
        self.assertIn("server closed the connection", problem["why"])
        self.assertEqual([entry["app"] for entry in self.listed()], [None])
        self.assertEqual([(one["item"], one["app"], one["problem"]["code"]) for one in self.targets()["cellar"]["failures"]], [("app", "shop", "DUMP_FAILED")])
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")

    def test_whatever_an_app_has_made_of_its_directory_costs_only_its_own_backup(self):
        self.addCleanup(lambda: subprocess.run(["rm", "-rf", self.box.path("/var/lib/croft/apps/crooked")], check=True))
        for levels, name in ((30, "d" * 200), (1500, "d")):
            self.facts("cellar", apps=("crooked", "shop"))
            self.box.write("/var/lib/croft/apps/crooked/file", "")
            self.deep("/var/lib/croft/apps/crooked", levels, name)
            with self.subTest(levels=levels):
                report = self.start("backup-run")
                kept = [entry["app"] for entry in self.listed()]
                self.assertIn("shop", kept)
                self.assertIn(None, kept, "the box itself")
                told = self.targets()["cellar"]
                self.assertEqual(told["lastResult"] == "SUCCEEDED", report["state"] == "SUCCEEDED")
                self.assertEqual("crooked" in kept, report["state"] == "SUCCEEDED")
                self.assertEqual([one["app"] for one in told["failures"]], [] if "crooked" in kept else ["crooked"])
                du = subprocess.run(["du", "-s", "--block-size=1", self.box.path("/var/lib/croft/apps/crooked")], check=True, capture_output=True)
                size, files = snapshots.size_of(self.box.path("/var/lib/croft/apps/crooked"))
                above = os.stat(self.box.path("/var/lib/croft/apps/crooked")).st_blocks * 512
                self.assertEqual((size + above, files), (int(du.stdout.split()[0]), 2))
                subprocess.run(["rm", "-rf", self.box.path("/var/lib/croft/apps/crooked"), self.box.path("/srv/cellar")], check=True)
                self.assertEqual(self.left_over(), [])
            self.box.write("/var/lib/croft/backup/cellar.json", "{}")

    def test_an_error_that_nobody_foresaw_is_told_of_and_costs_only_its_own_app(self):
        self.facts("cellar", apps=("crooked", "shop"))
        self.box.write("/var/lib/croft/apps/crooked/file", "")
        metadata = snapshots._metadata

        def failing(work, app, *rest):
            if app == "crooked":
                raise OSError(36, "File name too long")
            return metadata(work, app, *rest)

        snapshots._metadata = failing
        try:
            self.failed(self.start("backup-run"), "INTERNAL")
        finally:
            snapshots._metadata = metadata
        told = self.targets()["cellar"]
        self.assertEqual((told["lastResult"], [one["app"] for one in told["failures"]]), ("INTERNAL", ["crooked"]))
        self.assertEqual(sorted(entry["app"] or "" for entry in self.listed()), ["", "shop"])

    def test_exclusions_are_about_the_apps_directory(self):
        self.back_up()
        argv = next(argv for argv in self.box.calls if "backup" in argv and "--tag=app=shop" in argv)
        state = self.box.path("/var/lib/croft/backup/copying/shop/state")
        self.assertEqual([part for part in argv if part.startswith("--exclude=")], [f"--exclude={state}/cache", f"--exclude={state}/**/*.tmp"])

    def test_a_killed_run_leaves_nothing_and_its_app_runs(self):
        def power(place):
            self.box.units["croft-app-shop.service"]["FreezerState"] = "frozen"
            raise KeyboardInterrupt

        self.box.on_backup = power
        with self.assertRaises(KeyboardInterrupt):
            self.start("backup-run")
        operation = operation_id(self.next)
        self.box.units[f"croft-op-{operation}.service"] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
        with open(self.box.path(f"/var/lib/croft/operations/{operation}/progress.json"), encoding="utf-8") as file:
            progress = json.loads(file.read())
        self.box.write(f"/var/lib/croft/operations/{operation}/progress.json", json.dumps({**progress, "paused": ["thaw", "croft-app-shop.service"]}))
        self.report(operation)
        self.assertEqual(self.report(operation)["problem"]["code"], "OPERATION_DIED")
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")
        self.assertIn(["systemctl", "stop", "--no-ask-password", "--", f"croft-restic-{operation}-*.service"], self.box.calls)
        self.box.on_backup = None
        self.back_up()

    def test_what_a_timer_started_is_told_as_such(self):
        backups.automatic(self.box, config.load(self.box), "backup-run", "cellar")
        (report,) = result(self.box, type="operations")["operations"][:1]
        self.assertEqual((report["kind"], report["target"], report["automatic"]), ("backup", "cellar", True))
        self.assertNotIn("automatic", self.back_up(target="cellar"))
        told = result(self.box, type="operations", automatic=True)["operations"]
        self.assertEqual([each["operation"] for each in told], [report["operation"]])

    def test_what_is_not_there_is_refused_at_once(self):
        for request, code in (
            ({"type": "backup-run", "target": "attic"}, "NOT_FOUND"),
            ({"type": "backup-run", "target": "../attic"}, "BAD_REQUEST"),
            ({"type": "restore-test", "target": "attic"}, "NOT_FOUND"),
            ({"type": "backup-restore", "target": "cellar", "snapshot": "latest", "app": "shop", "mode": "side"}, "BAD_REQUEST"),
            ({"type": "backup-restore", "target": "cellar", "snapshot": "0" * 64, "app": "stall", "mode": "swap"}, "NOT_FOUND"),
        ):
            with self.subTest(request):
                found = refused(self.box, operation=operation_id(80), author={"name": "A", "email": "a@b.c"}, **request)
                self.assertEqual(found["code"], code)
        self.assertEqual(refused(self.box, type="backup-list", target="attic")["code"], "NOT_FOUND")
        self.assertEqual(self.listed(), [], "no repository yet")
        self.failed(self.restore("side", snapshot="0" * 64), "NOT_FOUND")


    def test_a_dump_that_fails_half_way_is_in_no_backup_and_costs_no_other(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        before = self.listed(app="shop")
        free, stream = self.box.free_bytes, self.box.stream

        def filling(argv, source=None, target=None, **more):
            done = stream(argv, source, target, **more)
            if any(part.endswith("pg_dump") for part in argv):
                with open(target, "w", encoding="utf-8") as half:
                    half.write("half a du")
                self.box.free_bytes = lambda path: 4096 if path.startswith(f"{backups.ROOT}/copying") else free(path)
            return done

        self.box.stream = filling
        self.box.failing_programs = {"pg_dump": "could not write to output file: No space left on device"}
        problem = self.failed(self.start("backup-run"), "DUMP_FAILED")
        self.assertIn("No space left on device. It is written to /var/lib/croft/backup/copying/shop, where 4 KiB are left.", problem["why"])
        self.assertEqual(self.listed(app="shop"), before)
        self.assertGreater(len(self.listed()), len(before) + 1, "the box itself was kept again")
        (failure,) = self.targets()["cellar"]["failures"]
        self.assertEqual((failure["item"], failure["app"], failure["problem"]["code"]), ("app", "shop", "DUMP_FAILED"))
        self.assertEqual(self.left_over(), [])

    def test_a_place_that_refuses_the_key_is_believed_soon_and_gets_no_repository(self):
        """restic tries again for a quarter of an hour, and says of one that was ended meanwhile that there may be no repository."""
        self.box.refusing.add("cellar")
        problem = self.failed(self.start("backup-run"), "BACKUP_REFUSED")
        self.assertEqual(problem["why"], "Stat: Forbidden.")
        ended = [argv for argv in self.box.calls if argv[:2] == ["systemctl", "stop"] and argv[-1].startswith("croft-restic-") and "*" not in argv[-1]]
        self.assertEqual(len(ended), 1)
        self.assertFalse([argv for argv in self.box.calls if "init" in argv])
        self.assertEqual(self.targets()["cellar"]["problem"]["code"], "BACKUP_REFUSED")
        self.box.refusing.clear()
        self.back_up()


class RestoreTest(BackupCase):
    def test_beside_shows_what_is_different_and_touches_nothing(self):
        os.symlink("orders", self.box.path(f"{DATA}/link"))
        self.box.write(f"{DATA}/kept/deep", "same")
        self.box.write(f"{DATA}/kept-file", "same")
        self.back_up()
        self.box.write(f"{DATA}/orders", "two")
        self.box.write(f"{DATA}/new", "x")
        os.unlink(self.box.path(f"{DATA}/link"))
        report = self.restore("side")
        self.assertEqual((report["state"], report["kind"]), ("SUCCEEDED", "restore"), report)
        found = report["result"]["files"]
        self.assertEqual((found["same"], found["changed"], found["onlyLive"], found["onlyCopy"]), (2, 1, 1, 1))
        self.assertEqual({(one["path"], one["kind"]) for one in found["paths"]}, {("orders", "changed"), ("new", "onlyLive"), ("link", "onlyCopy")})
        self.assertEqual((self.orders(), self.orders(report["result"]["path"] + "/state")), ("two", "one"))

    def test_a_copy_beside_is_told_of_until_it_is_discarded(self):
        self.back_up()
        self.assertEqual(result(self.box, type="backups")["restores"], [])
        made = self.restore("side")["result"]
        self.box.write(f"{restore.ROOT}/shop/half/state/x", "cut off")
        copy = {"app": "shop", "snapshot": made["snapshot"]}
        self.assertEqual(result(self.box, type="backups")["restores"], [{**copy, "time": made["time"], "path": made["path"]}])
        self.assertEqual(result(self.box, type="restore-compared", **copy), made)
        result(self.box, type="restore-discard", **copy)
        self.assertEqual(result(self.box, type="backups")["restores"], [])
        self.assertEqual(refused(self.box, type="restore-compared", **copy)["code"], "NOT_FOUND")

    def test_the_holes_of_a_file_are_holes_again(self):
        hole = self.box.path(f"{DATA}/image")
        with open(hole, "wb") as file:
            file.truncate(32 * 1024 * 1024)
        self.back_up()
        copy = self.restore("side")["result"]["path"]
        self.assertLess(snapshots.size_of(self.box.path(copy))[0], 1024 * 1024)
        self.restore("swap")
        info = os.stat(hole)
        self.assertEqual((info.st_size, info.st_blocks), (32 * 1024 * 1024, 0))

    def test_beside_loads_the_database_into_one_of_its_own(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        Servers(self.box).put("shop", "new rows, more")
        (database,) = self.restore("side")["result"]["databases"]
        self.assertEqual(Servers(self.box).read()[database["side"]]["content"], "old rows")
        self.assertEqual(Servers(self.box).read()["shop"]["content"], "new rows, more")
        self.assertEqual(database["tables"], [{"name": "public.orders", "live": 14, "copy": 8}])
        snapshot = self.listed(app="shop")[0]["id"]
        self.box.asked_as.clear()
        result(self.box, type="restore-discard", app="shop", snapshot=snapshot)
        self.assertEqual(self.box.asked_as, ["postgres"], "croft-hostd itself cannot be that account")
        self.assertEqual(list(Servers(self.box).read()), ["shop"])
        self.assertFalse(os.path.exists(self.box.path(f"{restore.ROOT}/shop")))
        self.assertEqual(refused(self.box, type="restore-discard", app="shop", snapshot=snapshot)["code"], "NOT_FOUND")

    def cut_off(self, owner, name, kind, **members):
        """An operation that dies when it comes to this function, and what comes behind it."""
        def dying(*arguments, **more):
            raise KeyboardInterrupt

        with unittest.mock.patch.object(owner, name, dying), self.assertRaises(KeyboardInterrupt):
            self.start(kind, target="cellar", **members)
        operation = operation_id(self.next)
        self.box.units[f"croft-op-{operation}.service"] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
        for _ in range(2):
            self.assertEqual(self.report(operation)["problem"]["code"], "OPERATION_DIED")

    def test_what_is_cut_off_or_fails_leaves_neither_copy_nor_database(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        snapshot = self.listed(app="shop")[0]["id"]
        side = {"snapshot": snapshot, "app": "shop", "mode": "side"}
        for owner, name in ((dumps.PostgresDatabase, "load_beside"), (dumps.PostgresDatabase, "rows"), (restore, "write_atomically")):
            with self.subTest(name):
                self.cut_off(owner, name, "backup-restore", **side)
                self.assertEqual(list(Servers(self.box).read()), ["shop"])
                self.assertEqual(self.copies(), [])
        self.box.failing_programs = {"pg_restore": "unexpected end of file"}
        self.failed(self.start("backup-restore", target="cellar", **side), "DUMP_FAILED")
        self.assertEqual((list(Servers(self.box).read()), self.copies()), (["shop"], []))
        self.box.failing_programs = {}
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.cut_off(dumps.PostgresDatabase, "load_apart", "restore-test")
        self.assertEqual(list(Servers(self.box).read()), ["shop"])
        self.assertFalse(os.path.exists(self.box.path(f"{scratch.ROOT}/shop")))

    def test_what_an_app_puts_in_the_place_of_a_file_holds_nothing_up(self):
        self.back_up()
        orders, lstat = self.box.path(f"{DATA}/orders"), os.lstat

        def replacing(place, *rest, **more):
            info = lstat(place, *rest, **more)
            if place == orders and stat.S_ISREG(info.st_mode):
                os.unlink(orders)
                os.mkfifo(orders)
            return info

        with unittest.mock.patch.object(restore.os, "lstat", replacing):
            files = self.restore("side")["result"]["files"]
        self.assertEqual((files["same"], files["changed"]), (0, 1))

    def test_directories_may_lie_in_each_other_as_deep_as_they_do(self):
        self.addCleanup(lambda: subprocess.run(["rm", "-rf", self.box.path("/var/lib/croft"), self.box.path("/srv")], check=True))
        self.deep(DATA, 1200, "d")
        self.back_up()
        files = self.restore("side")["result"]["files"]
        self.assertEqual((files["same"], files["changed"], files["onlyLive"], files["onlyCopy"]), (2, 0, 0, 0))

    def test_beside_loads_no_database_that_does_not_fit(self):
        told = self.box.path("/etc/croft/facts.json")
        with open(told, encoding="utf-8") as file:
            facts = json.loads(file.read())
        for engine in ("postgresql", "mysql"):
            with self.subTest(engine):
                self.box.write("/etc/croft/facts.json", json.dumps({**facts, "attach": {"shop": {engine: "shop"}}, engine: {"dataDir": "/var/lib/db"}}))
                Servers(self.box).put("shop", "old rows", engine=engine)
                self.back_up()
                free = self.box.free_bytes
                self.box.free_bytes = lambda path: 1000 if path == "/var/lib/db" else free(path)
                problem = self.failed(self.restore("side"), "DUMP_FAILED")
                self.box.free_bytes = free
                self.assertIn("/var/lib/db has only", problem["why"])
                self.assertEqual(list(Servers(self.box).read(engine)), ["shop"])

    def copies(self):
        """Whatever lies beside the data of apps, whole or not."""
        place = self.box.path(f"{restore.ROOT}/shop")
        return os.listdir(place) if os.path.isdir(place) else []

    def test_in_its_place_and_back_again(self):
        self.back_up()
        self.box.write(f"{DATA}/orders", "two")
        before = self.snapshot()
        report = self.restore("swap")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.orders(), "one")
        self.assertEqual(self.box.units["croft-app-shop.service"]["ActiveState"], "active")
        self.assert_unchanged(before)
        (kept,) = result(self.box, type="snapshots")["snapshots"]
        self.assertEqual(report["result"]["undo"], kept["id"], "only what can be undone is left of it")
        state = result(self.box, type="state")["state"]
        undone = self.start("apply", state=state, message="Undo the restore", restore=[{"app": "shop", "snapshot": kept["id"]}])
        self.assertEqual((undone["state"], self.orders()), ("SUCCEEDED", "two"), undone)
        self.assertEqual(self.left_over(), [])

    def replaced(self):
        return [{name: entry[name] for name in ("app", "snapshot")} for entry in result(self.box, type="backups")["replaced"]]

    def test_a_restore_is_undone_and_that_again(self):
        self.back_up()
        self.box.write(f"{DATA}/orders", "two")
        swapped = self.restore("swap")["result"]
        self.assertEqual(self.replaced(), [{"app": "shop", "snapshot": swapped["undo"]}])
        self.box.write(f"{DATA}/orders", "one, and more")
        before = self.snapshot()
        undone = self.start("restore-undo", app="shop", snapshot=swapped["undo"])
        self.assertEqual((undone["state"], undone["kind"], self.orders()), ("SUCCEEDED", "restore", "two"), undone)
        self.assert_unchanged(before)
        self.assertEqual(self.replaced(), [{"app": "shop", "snapshot": undone["result"]["undo"]}], "what came back is the data now")
        again = self.start("restore-undo", app="shop", snapshot=undone["result"]["undo"])
        self.assertEqual((again["state"], self.orders()), ("SUCCEEDED", "one, and more"), again)
        self.assertEqual(self.left_over(), [])

    def test_what_was_replaced_stays_until_it_is_dropped_by_its_name(self):
        self.back_up()
        self.box.write(f"{DATA}/orders", "two")
        kept = {"app": "shop", "snapshot": self.restore("swap")["result"]["undo"]}
        for number in range(snapshots.KEEP + 2):
            self.apply({"shop": app(f"{number:040x}")})
        self.assertIn(kept, self.replaced())
        self.assertEqual(len(result(self.box, type="snapshots")["snapshots"]), snapshots.KEEP + 1)
        changes = lock.Lock(self.box, "lock")
        self.assertTrue(changes.acquire(0.0))
        self.assertEqual(refused(self.box, type="replaced-drop", **kept)["code"], "HOST_BUSY")
        changes.release()
        self.assertEqual(result(self.box, type="replaced-drop", **kept), kept)
        self.assertEqual(self.replaced(), [])
        self.assertEqual(refused(self.box, type="replaced-drop", **kept)["code"], "NOT_FOUND")
        author = {"name": "A", "email": "a@b.c"}
        self.assertEqual(refused(self.box, type="restore-undo", operation=operation_id(81), author=author, **kept)["code"], "NOT_FOUND")
        # A copy that a deployment took is none of this.
        other = {"app": "shop", "snapshot": result(self.box, type="snapshots")["snapshots"][0]["id"]}
        self.assertEqual(refused(self.box, type="replaced-drop", **other)["code"], "NOT_FOUND")

    def test_an_undo_that_makes_the_app_ill_changes_nothing(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.back_up()
        self.box.write(f"{DATA}/orders", "two")
        kept = {"app": "shop", "snapshot": self.restore("swap")["result"]["undo"]}
        self.box.switches[self.box.running()] = (("warning: the following units failed: croft-app-shop.service",), 4)
        undone = self.start("restore-undo", **kept)
        self.assertEqual((undone["state"], self.orders()), ("FAILED", "one"), undone)
        self.assertEqual(self.replaced(), [kept])

    def test_in_its_place_goes_the_database_as_well(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        Servers(self.box).put("shop", "new rows")
        self.assertEqual(self.restore("swap")["state"], "SUCCEEDED")
        self.assertEqual(Servers(self.box).read()["shop"]["content"], "old rows")
        self.assertEqual(list(Servers(self.box).read()), ["shop"])

    def test_a_damaged_backup_changes_nothing(self):
        self.back_up()
        self.box.write(f"{DATA}/orders", "two")
        snapshot = self.listed(app="shop")[0]["id"]
        shutil.rmtree(self.box.path(f"/srv/cellar/data/{snapshot}"))
        for mode in ("side", "swap"):
            self.failed(self.restore(mode, snapshot=snapshot), "BACKUP_DAMAGED")
        self.assertEqual(self.orders(), "two")
        self.assertEqual(result(self.box, type="snapshots")["snapshots"], [])
        self.assertEqual(self.left_over(), [])
        self.assertFalse(os.path.exists(self.box.path(f"{restore.ROOT}/shop/{restore.identity_of(snapshot)}")))

    def test_a_backup_that_does_not_fit_is_not_fetched(self):
        self.back_up()
        self.box.free = 1024
        problem = self.failed(self.restore("side"), "SNAPSHOT_FAILED")
        self.assertIn("should stay free", problem["why"])


class RestoreTestTest(BackupCase):
    def test_a_copy_is_started_out_of_reach_asked_and_thrown_away(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.back_up()
        answers, seen = [(None, "nothing listens on the port"), (200, "200 OK")], {}

        def nsenter(argv):
            seen.setdefault("asked", argv)
            place = self.box.path("/run/systemd/system/croft-restore-test-shop.service")
            with open(f"{place}.d/test.conf", encoding="utf-8") as file:
                seen["settings"] = file.read().splitlines()
            return 0, json.dumps(answers.pop(0)), ""

        self.box._nsenter = nsenter
        report = self.start("restore-test", target="cellar")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        (tested,) = report["result"]["apps"]
        self.assertEqual((tested["app"], tested["started"], tested["problem"]), ("shop", True, None))
        self.assertIn("--net=/proc/4711/ns/net", seen["asked"])
        for wanted in ("PrivateNetwork=yes", f"BindPaths=/var/lib/croft/backup/testing/shop/state:{DATA}", "InaccessiblePaths=-/run/postgresql"):
            self.assertIn(wanted, seen["settings"])
        self.assertEqual(os.listdir(self.box.path("/run/systemd/system")), [])
        self.assertEqual(self.box.units["croft-restore-test-shop.service"]["ActiveState"], "inactive")
        self.assertTrue(self.targets()["cellar"]["restoreTest"]["ok"])
        self.assertEqual(self.left_over(), [])

    def test_a_copy_that_does_not_answer_fails_the_test(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.back_up()
        self.box._nsenter = lambda argv: (0, json.dumps([503, "503 Service Unavailable"]), "")
        problem = self.failed(self.start("restore-test", target="cellar"), "RESTORE_TEST_FAILED")
        self.assertIn("503", problem["why"])
        self.assertFalse(self.targets()["cellar"]["restoreTest"]["ok"])
        self.assertEqual(os.listdir(self.box.path("/run/systemd/system")), [])

    def test_an_app_with_databases_is_started_with_servers_of_its_own(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.facts("cellar", attach={"postgresql": "shop", "mysql": "shop", "redis": True})
        for engine in ("postgresql", "mysql"):
            Servers(self.box).put("shop", "old rows", engine=engine)
            self.box.write(f"/run/{engine}/.keep", "")
        self.back_up()
        for engine in ("postgresql", "mysql"):
            Servers(self.box).put("shop", "new rows", engine=engine)
        seen = {}

        def nsenter(argv):
            place = self.box.path("/run/systemd/system/croft-restore-test-shop.service")
            with open(f"{place}.d/test.conf", encoding="utf-8") as file:
                seen["settings"] = file.read().splitlines()
            for engine in ("postgresql", "mysql"):
                seen[engine] = Servers(self.box, f"{scratch.ROOT}/shop/{engine}/run").read(engine)["shop"]["content"]
            return 0, json.dumps([200, "200 OK"]), ""

        self.box._nsenter = nsenter
        report = self.start("restore-test", target="cellar")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        (tested,) = report["result"]["apps"]
        self.assertEqual((tested["started"], tested["why"], tested["problem"]), (True, None, None))
        self.assertEqual(tested["tables"]["rows"], 16)
        self.assertEqual((seen["postgresql"], seen["mysql"]), ("old rows", "old rows"))
        for engine, place in (("postgresql", "/run/postgresql"), ("mysql", "/run/mysqld"), ("redis", "/run/redis-croft-shop")):
            self.assertIn(f"BindPaths={scratch.ROOT}/shop/{engine}/run:{place}", seen["settings"])
            self.assertNotIn(f"InaccessiblePaths=-{place}", seen["settings"])
            self.assertEqual(Servers(self.box).read(engine)["shop"]["content"] if engine != "redis" else "new rows", "new rows")
            self.assertEqual(self.box.units[scratch.unit_of("shop", engine)]["ActiveState"], "inactive")
        self.assertFalse(os.path.exists(self.box.path(f"{scratch.ROOT}/shop")))

    def test_a_copy_with_passwords_shares_a_network_with_its_servers(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.facts("cellar", attach={"postgresql": "shop", "mysql": "shop"})
        self.box.verifiers = {"postgresql": "SCRAM-SHA-256$4096:salt$stored:key", "mysql": f"*{'0123456789' * 4}"}
        for engine in ("postgresql", "mysql"):
            Servers(self.box).put("shop", "old rows", engine=engine)
        self.back_up()
        self.box.calls.clear()
        seen = {}

        def nsenter(argv):
            place = self.box.path("/run/systemd/system/croft-restore-test-shop.service")
            with open(f"{place}.d/test.conf", encoding="utf-8") as file:
                seen["settings"] = file.read().splitlines()
            with open(self.box.path(f"{scratch.ROOT}/shop/postgresql/data/pg_hba.conf"), encoding="utf-8") as file:
                seen["access"] = file.read().splitlines()
            return 0, json.dumps([200, "200 OK"]), ""

        self.box._nsenter = nsenter
        report = self.start("restore-test", target="cellar")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        servers = [call for call in self.box.calls if any(word.startswith(f"--unit={scratch.UNIT}") for word in call)]
        self.assertEqual(len(servers), 2, servers)
        first, second = servers
        self.assertIn("--property=PrivateNetwork=yes", first)
        joined = next(word for word in second if word.startswith("--property=NetworkNamespacePath=/proc/"))
        self.assertNotIn("--property=PrivateNetwork=yes", second)
        self.assertIn(joined.removeprefix("--property="), seen["settings"])
        self.assertNotIn("PrivateNetwork=yes", seen["settings"])
        self.assertIn("listen_addresses=127.0.0.1", first)
        self.assertIn("--bind-address=127.0.0.1", second)
        self.assertNotIn("--skip-networking", second)
        self.assertEqual(seen["access"], ["local all all peer", 'host all "croft-app-shop" 127.0.0.1/32 scram-sha-256'])
        # No verifier is in an argument.
        for verifier in self.box.verifiers.values():
            self.assertNotIn(verifier, str(self.box.calls))

    def test_a_server_that_does_not_start_is_told_and_leaves_nothing(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        self.box.failing_programs = {"initdb": "no space left on device"}
        problem = self.failed(self.start("restore-test", target="cellar"), "RESTORE_TEST_FAILED")
        self.assertIn("no space left on device", problem["why"])
        self.box.failing_programs = {}
        self.box.free = 1024 * 1024 * 200
        self.failed(self.start("restore-test", target="cellar"), "RESTORE_TEST_FAILED")
        self.assertFalse(os.path.exists(self.box.path(f"{scratch.ROOT}/shop")))

    def test_a_copy_of_an_older_version_is_migrated_first(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        running = self.box.running()
        stamp = f"{DATA}/.croft/migrated/abc"
        self.box.write(f"{running}/etc/systemd/system/croft-migrate-shop.service", f"[Unit]\nConditionPathExists=!{stamp}\n[Service]\nExecStart=/migrate\n")
        self.back_up()
        started, run = [], self.box.run

        def running_units(argv, *rest, **more):
            if argv[:2] == ["systemctl", "start"]:
                place = self.box.path("/run/systemd/system/croft-restore-test-shop.service")
                with open(place, encoding="utf-8") as file:
                    started.append("ExecStart=/migrate" in file.read())
            return run(argv, *rest, **more)

        self.box.run = running_units
        self.box._nsenter = lambda argv: (0, json.dumps([200, "200 OK"]), "")
        self.assertEqual(self.start("restore-test", target="cellar")["state"], "SUCCEEDED")
        self.assertEqual(started, [True, False])
        self.box.write(stamp, "")
        self.back_up()
        started.clear()
        self.assertEqual(self.start("restore-test", target="cellar")["state"], "SUCCEEDED")
        self.assertEqual(started, [False])

    def test_one_that_was_cut_off_while_it_waited_leaves_the_other_alone(self):
        self.apply({"shop": app(OLD_REV, self.serving())})
        self.back_up()
        work = unittest.mock.Mock(system=self.box, request={"type": "restore-test"})
        place = self.box.path(f"{scratch.ROOT}/shop/postgresql")
        os.makedirs(place)
        other = lock.Lock(self.box, "backup")
        self.assertTrue(other.acquire(0.0))
        restoretest.clear(work)
        self.assertTrue(os.path.isdir(place))
        other.release()
        restoretest.clear(work)
        self.assertFalse(os.path.isdir(place))

    def test_an_app_that_is_gone_fails_no_test(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        self.apply({})
        (tested,) = self.start("restore-test", target="cellar")["result"]["apps"]
        self.assertEqual((tested["started"], tested["tables"], tested["problem"]), (False, None, None))
        self.assertIn("no such app", tested["why"])

    def test_damage_is_found(self):
        self.back_up()
        shutil.rmtree(self.box.path(f"/srv/cellar/data/{self.listed(app='shop')[0]['id']}"))
        self.failed(self.start("restore-test", target="cellar"), "BACKUP_DAMAGED")
        self.assertFalse(self.targets()["cellar"]["restoreTest"]["ok"])


MAIL = "/var/lib/croft/mail"
MAIL_SERVER = {"hostname": "mail.attic.example", "domains": ["attic.example"], "dkimSelector": "croft", "mailboxes": {"ada@attic.example": None, "bob@attic.example": None}, "group": "dovecot2"}


class MailTest(BackupCase):
    """Mail in backups; Dovecot itself is in nix/tests/box."""

    def setUp(self):
        super().setUp()
        self.tell(mail=True)
        self.box.units["dovecot.service"] = {"LoadState": "loaded", "ActiveState": "active"}
        for name in ("ada", "bob"):
            for part, message in (("cur", "1.a:2,S"), ("new", "2.b"), (".Sent/cur", "3.c:2,")):
                self.box.write(f"{MAIL}/boxes/attic.example/{name}/Maildir/{part}/{message}", f"to {name}")
            self.box.write(f"{MAIL}/boxes/attic.example/{name}/Maildir/dovecot-uidlist", "3 V1")
            self.box.write(f"{MAIL}/boxes/attic.example/{name}/Maildir/tmp/4.d", "half a mess")
        self.box.write(f"{MAIL}/passwords", "ada@attic.example:{X}old\nbob@attic.example:{X}bobs\n")
        key = self.box.path(f"{MAIL}/dkim/attic.example.croft.key")
        os.makedirs(os.path.dirname(key))
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", key], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, capture_output=True, text=True).stdout
        self.box.write(f"{MAIL}/dkim/attic.example.croft.pub", "".join(public.splitlines()[1:-1]))
        os.chmod(self.box.path(f"{MAIL}/passwords"), 0o640)

    def tell(self, mail):
        with open(self.box.path("/etc/croft/facts.json"), encoding="utf-8") as file:
            told = json.loads(file.read())
        told["backups"]["mail"] = mail
        self.box.write("/etc/croft/facts.json", json.dumps({**told, "mail": {"port": 1, "relay": None, "server": MAIL_SERVER}}))

    def content(self, place=MAIL):
        """path -> (mode, text) of all that is in it but messages that are only being written."""
        found = {}
        for parent, _, names in os.walk(self.box.path(place)):
            for name in names if os.path.basename(parent) != "tmp" else ():
                file = os.path.join(parent, name)
                with open(file, encoding="utf-8") as opened:
                    found[os.path.relpath(file, self.box.path(place))] = (os.stat(file).st_mode, opened.read())
        return found

    def of(self, name):
        return {path: told for path, told in self.content().items() if f"/{name}/" in path}

    def restored(self, mode, **members):
        snapshot = next(one["id"] for one in self.listed() if one["item"] == "mail")
        return self.start("mail-restore", target="cellar", snapshot=snapshot, mode=mode, **members)

    def lose(self):
        shutil.rmtree(self.box.path(f"{MAIL}/boxes/attic.example/ada"))
        self.box.write(f"{MAIL}/boxes/attic.example/bob/Maildir/new/9.z", "came since")
        self.box.write(f"{MAIL}/passwords", "bob@attic.example:{X}changed\n")
        self.box.write(f"{MAIL}/dkim/attic.example.croft.key", "another")

    def copies(self):
        return result(self.box, type="backups")["mail"]

    def test_it_is_kept_while_nobody_writes_and_costs_no_room(self):
        seen = []

        def look(place):
            if place.endswith("@mail"):
                seen.append(os.stat(f"{place}/boxes/attic.example/ada/Maildir/cur/1.a:2,S").st_nlink)
                self.assertEqual(os.stat(f"{place}/boxes/attic.example/ada/Maildir/dovecot-uidlist").st_nlink, 1, "it changes in its place")
                self.assertFalse(os.listdir(f"{place}/boxes/attic.example/ada/Maildir/tmp"))

        self.box.on_backup = look
        report = self.back_up()
        self.assertEqual([(one["item"], one["app"]) for one in report["result"]["targets"][0]["snapshots"]], [("app", "shop"), ("mail", None), ("box", None)])
        self.assertEqual(seen, [2])
        verbs = [argv[1] for argv in self.box.calls if argv[-1] == "dovecot.service" and argv[1] in ("freeze", "thaw")]
        self.assertEqual(verbs, ["freeze", "thaw"])
        self.assertEqual(self.left_over(), [])

    def test_all_that_was_lost_comes_back_to_the_byte(self):
        before = self.content()
        self.back_up()
        for part in ("boxes", "dkim"):
            shutil.rmtree(self.box.path(f"{MAIL}/{part}"))
        os.unlink(self.box.path(f"{MAIL}/passwords"))
        self.assertEqual(self.restored("swap")["state"], "SUCCEEDED")
        self.assertEqual(self.content(), before)

    def test_a_mailbox_may_have_any_name(self):
        for name in ("tmp", "cur", "new", "Maildir"):
            self.box.write(f"{MAIL}/boxes/attic.example/{name}/Maildir/cur/1.a:2,S", f"to {name}")
            self.box.write(f"{MAIL}/boxes/attic.example/{name}/Maildir/tmp/4.d", "half a mess")
        before = self.content()
        self.back_up()
        shutil.rmtree(self.box.path(f"{MAIL}/boxes"))
        self.assertEqual(self.restored("swap")["state"], "SUCCEEDED")
        self.assertEqual(self.content(), before)

    def test_what_was_not_copied_is_no_backup(self):
        clone = mailbackups._clone

        def losing(source, target, *rest):
            if not source.endswith("2.b"):
                clone(source, target, *rest)

        with unittest.mock.patch.object(mailbackups, "_clone", losing):
            self.failed(self.start("backup-run"), "SNAPSHOT_FAILED")
        self.assertNotIn("mail", [one["item"] for one in self.listed()])

    def test_mail_on_another_file_system_is_only_copied_where_there_is_room(self):
        free = self.box.free_bytes
        self.box.free_bytes = lambda path: 1000 if path.endswith("@mail") else free(path)
        self.back_up()
        self.box.calls.clear()
        with unittest.mock.patch.object(mailbackups, "_linked", lambda source, target: False):
            problem = self.failed(self.start("backup-run"), "SNAPSHOT_FAILED")
        self.assertIn("has only", problem["why"])
        self.assertFalse([argv for argv in self.box.calls if argv[:2] == ["systemctl", "freeze"] and argv[-1] == "dovecot.service"])

    def test_mail_on_another_file_system_stands_still_only_for_what_came_meanwhile(self):
        copied, read = [], "boxes/attic.example/ada/Maildir"
        copyfile, run = shutil.copyfile, self.box.run

        def copying(source, target, **more):
            copied.append(os.path.basename(source))
            return copyfile(source, target, **more)

        def freezing(argv, *rest, **more):
            if argv[:2] == ["systemctl", "freeze"] and argv[-1] == "dovecot.service":
                copied.append("frozen")
                # Until the last moment mail comes in, is read and is deleted.
                top = self.box.path(f"{MAIL}/{read}")
                os.rename(f"{top}/new/2.b", f"{top}/cur/2.b:2,S")
                os.unlink(f"{top}/cur/1.a:2,S")
                self.box.write(f"{MAIL}/{read}/new/9.z", "came meanwhile")
            return run(argv, *rest, **more)

        self.box.run = freezing
        with unittest.mock.patch.object(mailbackups, "_linked", lambda source, target: False), unittest.mock.patch.object(shutil, "copyfile", copying):
            self.back_up()
        messages = [name for name in copied[copied.index("frozen") + 1 :] if "." in name and not name.startswith("dovecot") and not name.endswith((".key", ".pub"))]
        self.assertEqual(messages, ["9.z"])
        self.assertIn("2.b", copied[: copied.index("frozen")])
        self.assertEqual(self.left_over(), [])
        before = self.of("ada")
        self.assertIn("boxes/attic.example/ada/Maildir/new/9.z", before)
        self.lose()
        self.assertEqual(self.restored("swap")["state"], "SUCCEEDED")
        self.assertEqual(self.of("ada"), before)

    def test_beside_shows_what_is_missing_and_touches_nothing(self):
        self.back_up()
        self.lose()
        before = self.content()
        report = self.restored("side")
        self.assertEqual((report["state"], report["kind"]), ("SUCCEEDED", "restore"), report)
        found = {one["address"].partition("@")[0]: {**one, "address": None} for one in report["result"]["mailboxes"]}
        self.assertEqual(found["ada"], {"address": None, "live": 0, "copy": 3, "onlyLive": 0, "onlyCopy": 3, "changed": 0})
        self.assertEqual(found["bob"], {"address": None, "live": 4, "copy": 3, "onlyLive": 1, "onlyCopy": 0, "changed": 0})
        self.assertEqual(report["result"]["keys"], [{"name": "attic.example.croft.key", "same": False}])
        self.assertEqual(self.content(), before)
        (copy,) = self.copies()
        self.assertEqual((copy["replaced"], copy["mailboxes"]), (False, ["ada@attic.example", "bob@attic.example"]))
        self.assertEqual(result(self.box, type="mail-restore-compared", id=copy["id"]), report["result"])
        self.assertEqual(refused(self.box, type="mail-restore-undo", operation=operation_id(70), id=copy["id"], author={"name": "A", "email": "a@b.c"})["code"], "NOT_FOUND")
        result(self.box, type="mail-restore-drop", id=copy["id"])
        self.assertEqual(self.copies(), [])

    def test_in_its_place_and_back_again(self):
        self.back_up()
        kept = self.content()
        self.lose()
        before = self.content()
        report = self.restored("swap")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        after = self.content()
        self.assertEqual({path: told for path, told in after.items() if path != "passwords"}, {path: told for path, told in kept.items() if path != "passwords"})
        self.assertEqual(after["passwords"][1], "ada@attic.example:{X}old\nbob@attic.example:{X}changed\n", "those of now stay")
        self.assertEqual(self.box.units["dovecot.service"]["ActiveState"], "active")
        (copy,) = self.copies()
        self.assertEqual((copy["id"], copy["replaced"]), (report["result"]["undo"], True))
        self.box.write(f"{MAIL}/boxes/attic.example/ada/Maildir/new/8.y", "after the restore")
        report = self.start("mail-restore-undo", id=copy["id"])
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.content(), before)
        (copy,) = self.copies()
        self.assertFalse(copy["replaced"])
        self.assertIn("ada/Maildir/new/8.y", self.content(f"{copy['path']}/boxes/attic.example"), "what came meanwhile is not lost")

    def test_one_mailbox_comes_back_and_the_others_stay(self):
        self.back_up()
        kept = self.of("ada")
        self.lose()
        bob, key = self.of("bob"), self.content()["dkim/attic.example.croft.key"]
        self.assertEqual(self.restored("swap", mailboxes=["ada@attic.example"])["result"]["mailboxes"], ["ada@attic.example"])
        self.assertEqual((self.of("ada"), self.of("bob"), self.content()["dkim/attic.example.croft.key"]), (kept, bob, key))
        self.failed(self.restored("swap", mailboxes=["eve@attic.example"]), "NOT_FOUND")

    def test_what_is_cut_off_anywhere_leads_back(self):
        self.back_up()
        self.lose()
        before = self.content()
        move = mailbackups._move
        for most in range(7):
            moved = []

            def dying(*arguments):
                if len(moved) == most:
                    raise KeyboardInterrupt
                moved.append(arguments)
                move(*arguments)

            with self.subTest(moves=most):
                mailbackups._move = dying
                try:
                    with self.assertRaises(KeyboardInterrupt):
                        self.restored("swap")
                finally:
                    mailbackups._move = move
                operation = operation_id(self.next)
                self.box.units[f"croft-op-{operation}.service"] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
                self.report(operation)
                self.assertEqual(self.report(operation)["problem"]["code"], "OPERATION_DIED")
                self.assertEqual((self.content(), self.copies()), (before, []))
                self.assertEqual(self.box.units["dovecot.service"]["ActiveState"], "active")

    def test_mail_that_is_not_wanted_is_not_kept(self):
        self.back_up()
        self.tell(mail=False)
        self.back_up()
        kept = [one["item"] for one in self.listed()]
        self.assertEqual((kept.count("mail"), kept.count("box")), (1, 2))

    def cut_off(self, owner, name):
        """A swap of all mail that dies when it comes to this function; what is found of it when the box is up again."""
        kept = getattr(owner, name)

        def dying(*arguments):
            raise KeyboardInterrupt

        setattr(owner, name, dying)
        try:
            with self.assertRaises(KeyboardInterrupt):
                self.restored("swap")
        finally:
            setattr(owner, name, kept)
        self.box.write(f"{MAIL}/boxes/attic.example/ada/Maildir/new/8.y", "came meanwhile")
        self.box.write(f"{MAIL}/boxes/attic.example/bob/Maildir/new/8.y", "came meanwhile")
        operation = operation_id(self.next)
        self.box.units[f"croft-op-{operation}.service"] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
        for _ in range(2):
            self.assertEqual(self.report(operation)["problem"]["code"], "OPERATION_DIED")
        self.assertEqual(self.box.units["dovecot.service"]["ActiveState"], "active")

    def test_what_came_before_the_mail_went_back_is_kept_beside_it(self):
        self.back_up()
        self.lose()
        before = self.content()
        self.cut_off(records.Record, "decide")
        self.assertEqual(self.content(), before)
        (copy,) = self.copies()
        kept = self.content(copy["path"])
        self.assertIn("boxes/attic.example/ada/Maildir/new/8.y", kept)
        self.assertIn("boxes/attic.example/bob/Maildir/new/8.y", kept)

    def test_what_is_cut_off_after_it_was_decided_stays_done(self):
        self.back_up()
        self.lose()
        self.box.units["dovecot.service"]["ActiveState"] = "inactive"
        self.cut_off(mailbackups, "_go_on")
        after = self.content()
        self.assertIn("boxes/attic.example/ada/Maildir/cur/1.a:2,S", after)
        self.assertIn("boxes/attic.example/bob/Maildir/new/8.y", after)
        self.assertTrue(self.copies()[0]["replaced"], "and can be undone")

    def test_nobody_delivers_while_it_can_still_lead_back(self):
        self.back_up()
        decided = []
        run = self.box.run

        def running(argv, *rest, **more):
            if argv[:2] == ["systemctl", "start"] and argv[-1] == "dovecot.service":
                decided.append(records.Record(self.box, operation_id(self.next)).decision())
            return run(argv, *rest, **more)

        self.box.run = running
        self.restored("swap")
        self.assertEqual(decided, ["activate"])

    def test_a_server_that_does_not_start_again_is_no_success(self):
        self.back_up()
        self.box.refusing.add("dovecot.service")
        problem = self.failed(self.restored("swap"), "SWITCH_FAILED")
        self.assertIn("did not start", problem["why"])
        self.assertTrue(self.copies()[0]["replaced"])

    def test_the_restore_test_looks_at_mail_too(self):
        self.back_up()
        report = self.start("restore-test", target="cellar")
        mail = report["result"]["mail"]
        self.assertEqual((mail["mailboxes"], mail["messages"], mail["keys"], mail["problem"]), (2, 6, 1, None))
        entry = next(one for one in self.listed() if one["item"] == "mail")
        os.unlink(self.box.path(f"/srv/cellar/data/{entry['id']}/boxes/attic.example/bob/Maildir/new/2.b"))
        self.failed(self.start("restore-test", target="cellar"), "BACKUP_DAMAGED")
        self.assertFalse(self.targets()["cellar"]["restoreTest"]["ok"])
        for mode in ("side", "swap"):
            self.failed(self.restored(mode), "BACKUP_DAMAGED")

    def test_without_a_server_it_only_comes_beside(self):
        self.back_up()
        self.facts("cellar")
        self.assertEqual(refused(self.box, type="mail-restore", operation=operation_id(71), target="cellar", snapshot="0" * 64, mode="swap", author={"name": "A", "email": "a@b.c"})["code"], "MAIL_NOT_SET_UP")
        self.assertEqual(self.restored("side")["state"], "SUCCEEDED")
        report = self.back_up()
        self.assertIn("mail", [one["item"] for one in report["result"]["targets"][0]["snapshots"]], "what is left of it is kept as long as it lies there")


class InvocationTest(unittest.TestCase):
    """What becomes of a target's settings; restic itself is started in nix/tests/box."""

    KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake depot"

    def invocation(self, **target):
        import tempfile

        self.kept = {}

        def keep(name, text):
            self.kept[name] = text
            return f"/tmp/{name}"

        with tempfile.TemporaryDirectory() as credentials:
            for name in ("SSH_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                with open(os.path.join(credentials, name), "w", encoding="utf-8") as file:
                    file.write(f"value of {name}\n")
            found = {"restic": "/nix/store/x/bin/restic", "ssh": "/nix/store/y/bin/ssh", "targets": {"depot": target}}
            return restic.invocation(found, "depot", ["snapshots"], credentials, keep)

    def test_sftp_knows_its_server_and_takes_no_other(self):
        argv, environment = self.invocation(type="sftp", host="depot.example", port=2222, user="attic", path="/srv/attic", hostKey=self.KEY)
        self.assertEqual(argv[:3], ["/nix/store/x/bin/restic", "--repo", "sftp:attic@depot.example:/srv/attic"])
        for wanted in ("StrictHostKeyChecking=yes", "BatchMode=yes", "-p 2222", "-l attic", "UserKnownHostsFile=/tmp/known_hosts", "-s sftp"):
            self.assertIn(wanted, argv[4])
        self.assertIn(f"-E /proc/{os.getpid()}/fd/2 ", argv[4], "why it failed is not left to restic to pass on")
        self.assertEqual(self.kept["known_hosts"], "[depot.example]:2222 " + " ".join(self.KEY.split()[:2]) + "\n")
        self.assertNotIn("value of", json.dumps([argv, environment]))

    def test_s3_has_its_keys_in_its_own_environment_alone(self):
        target = {"type": "s3", "endpoint": "https://s3.example", "bucket": "attic", "prefix": "box/1", "region": "eu-1"}
        argv, environment = self.invocation(**target)
        self.assertEqual(argv, ["/nix/store/x/bin/restic", "--repo", "s3:https://s3.example/attic/box/1", "snapshots"])
        self.assertEqual((environment["AWS_ACCESS_KEY_ID"], environment["AWS_DEFAULT_REGION"]), ("value of AWS_ACCESS_KEY_ID", "eu-1"))

    def test_keys_that_no_program_can_be_given_are_told_of_by_name(self):
        """Binary, or of several lines: said in a line that the problem shows, without the value."""
        import contextlib
        import io
        import tempfile
        from unittest import mock

        box = Box()
        self.addCleanup(box.close)
        s3 = {"type": "s3", "endpoint": "https://s3.example", "bucket": "attic"}
        sftp = {"type": "sftp", "host": "depot.example", "port": 22, "user": "attic", "path": "/srv/attic", "hostKey": self.KEY}
        for name, target, value in (
            ("AWS_SECRET_ACCESS_KEY", s3, b"hunter2\0x"), ("AWS_SECRET_ACCESS_KEY", s3, b"hunter2\nx"), ("AWS_ACCESS_KEY_ID", s3, b"\xffhunter2"), ("SSH_KEY", sftp, b"\xffhunter2"),
        ):  # fmt: skip
            box.write("/etc/croft/facts.json", json.dumps({"backups": {"restic": "/bin/false", "ssh": "/bin/false", "targets": {"depot": target}}}))
            said = io.StringIO()
            with tempfile.TemporaryDirectory() as credentials, mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=credentials), contextlib.redirect_stderr(said):
                for other in ("RESTIC_PASSWORD", "SSH_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                    with open(os.path.join(credentials, other), "wb") as file:
                        file.write(value if other == name else b"fine\n")
                with self.assertRaises(SystemExit) as end:
                    restic.become(box, "depot", ["snapshots"])
            self.assertEqual(end.exception.code, 1, name)
            problem = restic.failure("depot", restic.ended(1, said.getvalue()))
            self.assertEqual(problem.code, "BACKUP_FAILED")
            self.assertIn(f"the secret {name} of backup-depot is no text", problem.why)
            self.assertNotIn("hunter2", said.getvalue())


if __name__ == "__main__":
    unittest.main()
