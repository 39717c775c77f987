"""Database servers, read and asked: as whom, how much, and what is refused."""

import json
import os
import unittest

from box import app
from console import refused, result
from croft_hostd import lock, secrets, sql, units
from croft_hostd.mywire import ServerError
from operating import OLD_REV, OperationCase
from servers import Servers


class AskingTest(OperationCase):
    def setUp(self):
        super().setUp()
        self.deployed(OLD_REV)
        servers = {"postgresql": {"major": 17, "dataDir": "/var/lib/postgresql/17"}, "mysql": {"dataDir": "/var/lib/mysql"}}
        attach = {"shop": {"postgresql": "shop", "mysql": "shop"}}
        self.box.write("/etc/croft/facts.json", json.dumps({"version": 1, **servers, "attach": attach}))
        self.servers = Servers(self.box)
        for engine in ("postgresql", "mysql"):
            self.servers.put("shop", "orders", engine=engine)
            self.box.units[f"{engine}.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}

    def frame(self, text, **members):
        return {"type": "sql", "engine": "postgresql", "database": "shop", "text": text, "write": False, "rows": 10, "timeoutSeconds": 5, **members}

    def test_a_statement_runs_as_the_owner_and_never_as_the_server_s_account(self):
        self.box.statements["SELECT 1"] = (["n"], [["1"]], "SELECT 1")
        for engine, server in (("postgresql", "postgres"), ("mysql", "mysql")):
            self.box.asked_as.clear()
            found = result(self.box, **self.frame("SELECT 1", engine=engine))
            self.assertEqual((found["rows"], found["rowCount"], found["command"]), ([["1"]], 1, "SELECT"))
            self.assertEqual(self.box.asked_as, [server, "croft-app-shop"])

    def test_the_statement_is_in_no_argument(self):
        self.box.statements["SELECT 'hunter2'"] = (["n"], [["hunter2"]], "SELECT 1")
        result(self.box, **self.frame("SELECT 'hunter2'"))
        self.assertNotIn("hunter2", str(self.box.calls))

    def test_a_database_of_a_superuser_is_refused(self):
        self.servers.put("postgres", "", "postgres")
        self.assertEqual(refused(self.box, **self.frame("SELECT 1", database="postgres"))["code"], "NOT_ALLOWED")
        self.assertEqual(self.box.asked_as, ["postgres"])

    def test_a_database_that_nobody_here_owns_is_refused(self):
        self.servers.put("theirs", "", "somebody")
        self.assertEqual(refused(self.box, **self.frame("SELECT 1", database="theirs"))["code"], "NOT_ALLOWED")
        self.box.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nsomebody:x:999:999::/:/bin/false\n")
        self.box.statements["SELECT 1"] = ([], [], "SELECT 0")
        self.assertEqual(result(self.box, **self.frame("SELECT 1", database="theirs"))["rows"], [])
        self.assertEqual(self.box.asked_as[-1], "somebody")

    def test_more_than_a_frame_holds_is_cut_and_said(self):
        many = [[str(number), "x" * 10_000] for number in range(100)]
        self.box.statements["SELECT * FROM big"] = (["id", "t"], many, "SELECT 100")
        found = result(self.box, **self.frame("SELECT * FROM big", rows=1000))
        self.assertTrue(found["truncated"])
        self.assertLess(len(found["rows"]), 60)
        self.box.statements["SELECT one"] = (["t"], [["y" * 100_000]], "SELECT 1")
        found = result(self.box, **self.frame("SELECT one"))
        self.assertEqual((len(found["rows"][0][0]), found["cut"], found["truncated"]), (65536, [[0, 0, 100_000]], False))

    def test_exactly_as_many_rows_as_asked_for_are_all(self):
        self.box.statements["SELECT 2"] = (["n"], [["1"], ["2"]], "SELECT 2")
        self.assertFalse(result(self.box, **self.frame("SELECT 2", rows=2))["truncated"])
        self.assertTrue(result(self.box, **self.frame("SELECT 2", rows=1))["truncated"])

    def test_without_writing_mysql_takes_only_what_cannot_write(self):
        for text in ("BEGIN NOT ATOMIC COMMIT; DELETE FROM o; END", "/*! DELETE FROM o */", "/*M!100100 DELETE FROM o */", "CALL p()",
                     "-- a\nDELETE FROM o", "", "ANALYZE DELETE FROM o"):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(refused(self.box, **self.frame(text, engine="mysql"))["code"], "SQL_FAILED")
        for text in ("# a\n-- b\n/* c */ SELECT 1", "(SELECT 1)", "show tables"):
            self.box.statements[text] = (["n"], [], "0")
            self.assertEqual(result(self.box, **self.frame(text, engine="mysql"))["rows"], [])

    def test_an_error_of_the_server_is_told_in_its_words(self):
        self.box.statements["SELECT x"] = ServerError(1054, "42S22", "Unknown column 'x' in 'SELECT'")
        problem = refused(self.box, **self.frame("SELECT x", engine="mysql"))
        self.assertIn("Unknown column 'x' in 'SELECT' (SQLSTATE 42S22)", problem["why"])

    def test_a_server_that_does_not_answer_is_said_to(self):
        self.box.down.add("postgresql")
        self.assertEqual(refused(self.box, **self.frame("SELECT 1"))["code"], "SQL_FAILED")
        engines = result(self.box, type="databases")["engines"]
        self.assertEqual([(one["engine"], one["active"]) for one in engines], [("postgresql", False), ("mysql", True)])

    def test_bounds(self):
        for members in ({"rows": 0}, {"rows": 1001}, {"timeoutSeconds": 61}, {"engine": "oracle"}, {"database": ""}, {"database": "x" * 64},
                        {"text": "x" * 65537}, {"write": "yes"}, {"text": "a\0b"}):  # fmt: skip
            with self.subTest(str(members)[:40]):
                self.assertEqual(refused(self.box, **{**self.frame("SELECT 1"), **members})["code"], "BAD_REQUEST")

    def test_a_database_is_not_dropped_under_a_change(self):
        self.servers.put("old", "x")
        changes = lock.Lock(self.box, "lock")
        self.assertTrue(changes.acquire(0))
        drop = {"type": "database-drop", "engine": "postgresql", "database": "old"}
        self.assertEqual(refused(self.box, **drop)["code"], "HOST_BUSY")
        changes.release()
        self.assertEqual(result(self.box, **drop), {"bytes": 1})
        self.assertEqual(refused(self.box, **drop)["code"], "NOT_FOUND")

    def test_a_password_is_renewed_by_the_unit_that_makes_it(self):
        attach = {"postgresql": {"access": "password"}, "mysql": {}}
        self.assertEqual(self.apply({"shop": app(attach=attach)})["state"], "SUCCEEDED")
        self.box.write(f"{secrets.CREDENTIALS}/databases/shop/PGPASSWORD", "sealed")
        place = self.box.path(f"{secrets.CREDENTIALS}/databases/shop/PGPASSWORD")
        renew = {"type": "database-password-renew", "engine": "postgresql", "app": "shop"}
        running = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}

        def restarts():
            return [call[-1] for call in self.box.calls if call[:2] == ["systemctl", "restart"]]

        # under a change, while the data is held, for whom there is none: nothing is touched
        changes = lock.Lock(self.box, "lock")
        self.assertTrue(changes.acquire(0))
        self.assertEqual(refused(self.box, **renew)["code"], "HOST_BUSY")
        changes.release()
        self.box.write(f"{units.HELD}/shop", "01jd")
        self.assertEqual(refused(self.box, **renew)["code"], "HOST_BUSY")
        os.unlink(self.box.path(f"{units.HELD}/shop"))
        for none in ({"engine": "mysql"}, {"app": "other"}):
            self.assertEqual(refused(self.box, **{**renew, **none})["code"], "NOT_FOUND")
        self.assertTrue(os.path.exists(place))
        self.box.calls.clear()

        self.box.units["croft-app-shop.service"] = running
        self.assertEqual(result(self.box, **renew), {"restarted": ["croft-app-shop.service"]})
        self.assertEqual(restarts(), ["croft-postgresql-shop.service", "croft-app-shop.service"])
        self.assertFalse(os.path.exists(place))

        # one that is stopped stays so
        self.box.calls.clear()
        self.box.units["croft-app-shop.service"] = {**running, "ActiveState": "inactive", "SubState": "dead"}
        self.assertEqual(result(self.box, **renew), {"restarted": []})
        self.assertEqual(restarts(), ["croft-postgresql-shop.service"])

        self.box.refusing = {"croft-postgresql-shop.service"}
        self.assertEqual(refused(self.box, **renew)["code"], "SQL_FAILED")

    def test_the_server_s_own_databases_are_not_dropped(self):
        for engine, database in (("postgresql", "template1"), ("postgresql", "postgres"), ("mysql", "mysql"), ("mysql", "sys")):
            frame = {"type": "database-drop", "engine": engine, "database": database}
            self.assertEqual(refused(self.box, **frame)["code"], "NOT_ALLOWED")

    def test_a_box_without_servers_says_so(self):
        self.box.write("/etc/croft/facts.json", '{"version":1}')
        self.assertEqual(result(self.box, type="databases")["engines"], [])
        self.assertEqual(self.box.asked_as, [])


class FirstWordTest(unittest.TestCase):
    def test_after_what_the_server_skips(self):
        for text, word in (("SELECT 1", "SELECT"), ("\n\t -- x\n/* y */#z\nWITH a AS (SELECT 1) SELECT 2", "WITH"), ("--x", ""), ("(select 1)", "("),
                           ("/*!50000 SELECT */ 1", ""), ("", ""), ("/* open", "")):  # fmt: skip
            self.assertEqual(sql._first_word(text), word, text)


if __name__ == "__main__":
    unittest.main()
