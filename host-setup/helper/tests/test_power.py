"""A change that is cut off at every point at which it leaves a trace: by a power cut, or by SIGKILL to all that works on it.

The change runs in a process of its own, which ends without a word at its n-th trace; then the box starts again, or its
guard looks. Whatever n is, the box has the old system or the new one, entirely.
"""

import json
import os
import shutil
import unittest

import upgrading
from box import AUTHOR, Box, app, new_root, operation_id, state_text
from console import ask, result
from croft_hostd import records, snapshots, toplevels, upgrade
from operating import NEW_REV, OLD_REV
from servers import Servers

_TRACES = ("rename", "symlink", "link", "unlink", "rmdir", "makedirs")
_DATA = "/var/lib/croft/apps/shop/orders"


class Cut(unittest.TestCase):
    """One way to be cut off, and to come back."""

    @classmethod
    def setUpClass(cls):
        """A box on which the second version of the shop runs, with data of both."""
        box = cls.ready = Box()
        cls.addClassCleanup(box.close)
        for number, rev in ((1, OLD_REV), (2, NEW_REV)):
            ask(box, type="apply", operation=operation_id(number), author=AUTHOR, message="x", state=state_text({"shop": app(rev)}))
            box.write(_DATA, rev)
        assert box.boot_default() == "system-3-link"

    #: What the report says of a change that came to stay, and of one that did not: the version that runs then, and the versions
    #: whose data is kept.
    succeeded, failed = (OLD_REV, [[NEW_REV, OLD_REV]]), (NEW_REV, [[OLD_REV]])

    def each_cut(self, request, confirmed, come_back):
        number, ended = 0, False
        while not ended:
            number += 1
            with self.subTest(trace=number):
                box = self.copy()
                ended = not self.cut(box, request, number, confirmed)
                come_back(box, request["operation"])
                self.assert_whole(box, request["operation"])
                shutil.rmtree(box.root)
        self.assertGreater(number, 20, "the change left no traces to cut it off at")

    def copy(self):
        box = Box.__new__(Box)
        box.__dict__.update(self.ready.__dict__, journal=[], calls=[], timers=set(), planned=[])
        box.units = {name: dict(unit) for name, unit in self.ready.units.items()}
        box.root = box._root = new_root()
        shutil.copytree(self.ready.root, box.root, symlinks=True, dirs_exist_ok=True)
        return box

    def cut(self, box, request, number, confirmed):
        """Whether the change was cut off; it may also have ended before its n-th trace."""
        box.run_operations = False
        ask(box, **request)
        child = os.fork()
        if not child:
            try:
                if confirmed:
                    record = records.Record(box, request["operation"])
                    box.planned.append((box.uptime + 4, lambda: record.judge("keep")))
                self.count_down(box, number)
                box.run_operation(request["operation"])
            finally:
                os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    def count_down(self, box, number):
        left = [number]

        def leaving(act):
            def acting(*arguments, **members):
                left[0] -= 1
                if not left[0]:
                    os._exit(9)
                return act(*arguments, **members)

            return acting

        for name in _TRACES:
            setattr(os, name, leaving(getattr(os, name)))
        box.start = leaving(box.start)
        box.spawn = leaving(box.spawn)
        box.stream = leaving(box.stream)

    def assert_whole(self, box, operation):
        report = result(box, type="operations", operation=operation)["operations"][0]
        self.assertIn(report["state"], ("SUCCEEDED", "FAILED", "ROLLED_BACK"), report)
        running = box.running()
        with open(box.path(f"{running}/etc/croft/state.json"), encoding="utf-8") as file:
            state = json.loads(file.read())
        self.assertEqual(toplevels.boot_default(box), running, report)
        self.assertEqual(os.readlink(box.path("/boot/default-system")), running, report)
        self.assertEqual(json.loads(box.git("cat-file", "blob", "main:state.json")), state, report)
        self.assertEqual(box.git("status", "--porcelain"), "", report)
        self.assertEqual(box.git("for-each-ref", "--format=%(refname)"), "refs/heads/main", report)
        self.assertEqual(os.listdir(box.path("/nix/var/nix/gcroots/croft")), [])
        wanted, snapshots_of = self.succeeded if report["state"] == "SUCCEEDED" else self.failed
        rev = state["apps"]["shop"]["source"]["rev"]
        self.assertEqual(rev, wanted, report)
        with open(box.path(_DATA), encoding="utf-8") as file:
            self.assertEqual(file.read(), rev, "code and data belong together")
        for _, directories, _ in os.walk(box.path(snapshots.ROOT)):
            self.assertFalse([name for name in directories if name.startswith(".")], report)
        kept = [entry["rev"] for entry in snapshots.listed(box)]
        self.assertIn(kept, snapshots_of, report)
        self.assertEqual(box.units["croft-app-shop.service"]["ActiveState"], "active")

    def request(self, **members):
        return {"type": "rollback", "operation": operation_id(3), "author": AUTHOR, "data": True, **members}


class PowerCutTest(Cut):
    def restart(self, box, operation):
        box.run_operations = True
        box.reboot()

    def torn(self, box, operation):
        """The disk had not taken everything: what nobody waited for is empty."""
        for place in (f"/var/lib/croft/operations/{operation}/progress.json", "/var/lib/croft/flake/state.json"):
            if os.path.exists(box.path(place)):
                box.write(place, "")
        self.restart(box, operation)

    def test_an_unattended_change(self):
        self.each_cut(self.request(confirm="none"), False, self.restart)

    def test_a_change_that_was_confirmed(self):
        self.each_cut(self.request(confirm="manual"), True, self.restart)

    def test_files_that_the_disk_had_not_taken(self):
        self.each_cut(self.request(confirm="none"), False, self.torn)


class KilledTest(Cut):
    def test_runner_and_recovery_are_both_killed(self):
        def guard(box, operation):
            box.run_operations = True
            unit = records.unit_of(operation)
            box.units[unit] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
            box.run_operation(operation, "guard")

        self.each_cut(self.request(confirm="none"), False, guard)

    def test_the_runner_is_killed_and_its_recovery_runs(self):
        def recover(box, operation):
            box.run_operations = True
            box.run_operation(operation, "recover")

        self.each_cut(self.request(confirm="manual"), True, recover)


class DatabaseCut(Cut):
    """The shop has a database as well."""

    engine = "postgresql"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        box, servers = cls.ready, Servers(cls.ready)
        facts = {"version": 1, "attach": {"shop": {cls.engine: "shop"}}, cls.engine: {"dataDir": "/var/lib/db"}}
        box.write("/etc/croft/facts.json", json.dumps(facts))
        box.units["croft-app-shop.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        servers.put("shop", OLD_REV, engine=cls.engine)
        for number, rev in ((3, OLD_REV), (4, NEW_REV)):
            ask(box, type="apply", operation=operation_id(number), author=AUTHOR, message="x", state=state_text({"shop": app(rev)}))
            box.write(_DATA, rev)
            servers.put("shop", rev, engine=cls.engine)
        for identity in (1, 2, 3):
            snapshots.delete(box, "shop", operation_id(identity))

    def assert_whole(self, box, operation):
        super().assert_whole(box, operation)
        with open(box.path(_DATA), encoding="utf-8") as file:
            rev = file.read()
        databases = Servers(box).read(self.engine)
        self.assertEqual(list(databases), ["shop"], "nothing is left in the server")
        self.assertEqual(databases["shop"]["content"], rev, "files and database belong together")

    def restart(self, box, operation):
        box.run_operations = True
        box.reboot()

    def request(self, **members):
        return {**super().request(**members), "operation": operation_id(5)}


class PostgresCut(DatabaseCut):
    def test_a_database_that_is_put_back(self):
        self.each_cut(self.request(confirm="none"), False, self.restart)


class MysqlCut(DatabaseCut):
    engine = "mysql"

    def test_a_database_that_is_put_back(self):
        self.each_cut(self.request(confirm="none"), False, self.restart)


class MigrationCut(DatabaseCut):
    third = "3" * 40
    succeeded, failed = (third, [[NEW_REV, OLD_REV]]), (NEW_REV, [[OLD_REV], [third, OLD_REV]])

    def copy(self):
        box = super().copy()
        box.units["croft-app-shop.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
        closure, switch = box.closure, box._switch

        def build(*arguments):
            top = closure(*arguments)
            box.write(f"{top}/etc/systemd/system/croft-migrate-shop.service", "")
            return top

        def migrate(program, action):
            if os.path.exists(box.path(f"{os.path.dirname(os.path.dirname(program))}/etc/systemd/system/croft-migrate-shop.service")):
                Servers(box).put("shop", self.third)
                box.write(_DATA, self.third)
            return switch(program, action)

        box.closure, box._switch = build, migrate
        return box

    def migration(self, **members):
        state = state_text({"shop": app(self.third)})
        return {"type": "apply", "operation": operation_id(5), "author": AUTHOR, "message": "x", "state": state, **members}

    def test_a_migration_that_nobody_confirms(self):
        self.each_cut(self.migration(confirm="manual", confirmWithin=15), False, self.restart)


class UpgradeCut(Cut):
    """PostgreSQL goes from 15 to 17."""

    @classmethod
    def setUpClass(cls):
        cls.ready = Box()
        cls.addClassCleanup(cls.ready.close)
        upgrading.make_ready(cls.ready)

    def copy(self):
        box = super().copy()
        # What the box of the template does in its own place, this copy does in its.
        for name in ("closure", "_switch"):
            del box.__dict__[name]
        upgrading.follow_the_state(box)
        return box

    def assert_whole(self, box, operation):
        report = result(box, type="operations", operation=operation)["operations"][0]
        self.assertIn(report["state"], ("SUCCEEDED", "FAILED"), report)
        running = box.running()
        self.assertEqual(toplevels.boot_default(box), running, report)
        with open(box.path(f"{running}/etc/croft/state.json"), encoding="utf-8") as file:
            major = json.loads(file.read())["services"]["postgresql"]["major"]
        self.assertEqual(major, 17 if report["state"] == "SUCCEEDED" else 15, report)
        self.assertTrue(os.path.exists(box.path(f"{upgrading.directory(15)}/PG_VERSION")), "the old cluster is never touched")
        if major == 17:
            self.assertTrue(os.path.exists(box.path(f"{upgrading.directory(17)}/data.json")))
        for place in (f"{upgrading.directory(17)}.croft-upgrade", upgrade.hold_of("postgresql"), upgrade.PRIVATE):
            self.assertFalse(os.path.exists(box.path(place)), (place, report))
        for unit in ("croft-app-shop.service", "postgresql.service"):
            self.assertEqual(box.units.get(unit, {}).get("ActiveState"), "active", (unit, report))

    def test_an_upgrade_that_a_power_cut_interrupts(self):
        def restart(box, operation):
            box.run_operations = True
            # What /run had is gone, and what the system that boots wants is up.
            for place in (os.path.dirname(upgrade.hold_of("postgresql")), upgrade.PRIVATE):
                snapshots.remove(box.path(place))
            with open(box.path(f"{os.readlink(box.path('/boot/default-system'))}/etc/croft/facts.json"), encoding="utf-8") as file:
                box.write("/etc/croft/facts.json", file.read())
            box.reboot()
            box.units["postgresql.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}

        self.each_cut(self.request(), False, restart)

    def test_an_upgrade_that_is_killed(self):
        def recover(box, operation):
            box.run_operations = True
            undo = records.Record(box, operation).undo() or {}
            if undo.get("stopped") and not undo["upgrade"]["switched"]:
                for unit in ("postgresql.service", "croft-app-shop.service"):
                    box.units[unit] = {"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead"}
            box.run_operation(operation, "recover")

        self.each_cut(self.request(), False, recover)

    def request(self):
        members = {"operation": operation_id(2), "author": AUTHOR, "message": "x", "confirm": "none", "state": upgrading.text(17)}
        return {"type": "upgrade", **members}


del Cut, DatabaseCut

if __name__ == "__main__":
    unittest.main()
