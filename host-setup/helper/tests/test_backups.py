"""Backups: what is kept and how, what comes back byte for byte, and what is said when a target is no good."""

import base64
import json
import os
import shutil
import unittest

from box import app, operation_id
from console import ask, refused, result
from croft_hostd import backups, restic, restore, snapshots
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

    def left_over(self):
        found = [name for name in ("copying", "testing") if os.path.exists(self.box.path(f"{backups.ROOT}/{name}"))]
        for place, directories, _ in os.walk(self.box.path("/var/lib/croft")):
            found += [name for name in directories if name.startswith(".0")]
        return found


class BackupTest(BackupCase):
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
        self.assertEqual([sorted(entry) for entry in entries], [["app", "bytes", "generation", "id", "time"]] * 2)
        self.assertEqual([entry["app"] for entry in self.listed(app="shop")], ["shop"])
        self.assertEqual(self.left_over(), [])

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
        self.assertEqual(self.box.units["croft-app-shop.service"]["FreezerState"], "running")

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
        result(self.box, type="restore-discard", app="shop", snapshot=snapshot)
        self.assertEqual(list(Servers(self.box).read()), ["shop"])
        self.assertFalse(os.path.exists(self.box.path(f"{restore.ROOT}/shop")))
        self.assertEqual(refused(self.box, type="restore-discard", app="shop", snapshot=snapshot)["code"], "NOT_FOUND")

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

    def test_a_database_is_loaded_counted_and_dropped(self):
        self.facts("cellar", attach={"postgresql": "shop"})
        Servers(self.box).put("shop", "old rows")
        self.back_up()
        (tested,) = self.start("restore-test", target="cellar")["result"]["apps"]
        self.assertEqual((tested["started"], tested["tables"]), (False, {"count": 1, "rows": 8}))
        self.assertEqual(list(Servers(self.box).read()), ["shop"])

    def test_damage_is_found(self):
        self.back_up()
        shutil.rmtree(self.box.path(f"/srv/cellar/data/{self.listed(app='shop')[0]['id']}"))
        self.failed(self.start("restore-test", target="cellar"), "BACKUP_DAMAGED")
        self.assertFalse(self.targets()["cellar"]["restoreTest"]["ok"])


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
        self.assertEqual(self.kept["known_hosts"], "[depot.example]:2222 " + " ".join(self.KEY.split()[:2]) + "\n")
        self.assertNotIn("value of", json.dumps([argv, environment]))

    def test_s3_has_its_keys_in_its_own_environment_alone(self):
        target = {"type": "s3", "endpoint": "https://s3.example", "bucket": "attic", "prefix": "box/1", "region": "eu-1"}
        argv, environment = self.invocation(**target)
        self.assertEqual(argv, ["/nix/store/x/bin/restic", "--repo", "s3:https://s3.example/attic/box/1", "snapshots"])
        self.assertEqual((environment["AWS_ACCESS_KEY_ID"], environment["AWS_DEFAULT_REGION"]), ("value of AWS_ACCESS_KEY_ID", "eu-1"))


if __name__ == "__main__":
    unittest.main()
