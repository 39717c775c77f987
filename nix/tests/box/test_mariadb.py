"""MariaDB from one release series to the next on a booted sandbox host, with both real servers: through croft-hostd's own socket.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import json
import unittest
from concurrent.futures import ThreadPoolExecutor

from provisioned import AS_SOMEBODY, FLAKE, ProvisionedBoxTest, until

GIT_SERVER = "http://127.0.0.1:8602"
PROGRAMS = "/run/current-system/sw/bin"
PLACE = "/var/lib/mariadb"
AS_MYSQL = ("setpriv", "--reuid=mysql", "--regid=mysql", "--clear-groups", "--")

# Says what its database has, and writes nothing: whoever compares before and after is not to meet it.
APP = f'''
import http.server, os, subprocess

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        done = subprocess.run(["{PROGRAMS}/mariadb", "-N", "-e", "SELECT CONCAT(VERSION(), ' ', COUNT(*)) FROM information_schema.tables WHERE table_name = 'orders'", os.environ["MYSQL_DATABASE"]], capture_output=True, text=True)
        self.send_response(200 if done.returncode == 0 else 500)
        self.end_headers()
        self.wfile.write((done.stdout or done.stderr).encode())
    def log_message(self, *words):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
'''

# Of each kind that a server keeps.
FILL = r"""
USE shop;
CREATE OR REPLACE TABLE shop.orders (id int PRIMARY KEY AUTO_INCREMENT, t text, b blob, INDEX (t(20)));
INSERT INTO shop.orders (t, b) VALUES ('grüß\n\\! id', x'00ff0a5c'), (NULL, NULL), ('', '');
CREATE OR REPLACE TABLE shop.old (n int) ENGINE = Aria;
INSERT INTO shop.old SELECT seq FROM seq_1_to_1000;
CREATE OR REPLACE VIEW shop.named AS SELECT id FROM shop.orders WHERE t IS NOT NULL;
CREATE OR REPLACE PROCEDURE shop.count_them() SELECT COUNT(*) FROM shop.orders;
CREATE OR REPLACE TRIGGER shout BEFORE INSERT ON orders FOR EACH ROW SET NEW.t = UPPER(NEW.t);
CREATE DATABASE IF NOT EXISTS `odd name` CHARACTER SET latin1;
CREATE OR REPLACE TABLE `odd name`.`a``b` (x int);
"""
SHOW = r"""
SELECT id, t, HEX(b) FROM shop.orders ORDER BY id;
SELECT COUNT(*), SUM(n) FROM shop.old;
SELECT COUNT(*) FROM shop.named;
CALL shop.count_them();
SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'shop';
SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = 'odd name';
SELECT User, Host FROM mysql.user WHERE User LIKE 'croft%' ORDER BY 1;
"""


class MariaDbTest(ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.write("/srv/test-mariadb/app/main.py", APP)
        git = ["git", *AS_SOMEBODY, "-C", "/srv/test-mariadb/app"]
        cls.box.run(*git, "init", "-q", "-b", "main")
        cls.box.run(*git, "add", "--all")
        cls.box.run(*git, "commit", "-q", "--allow-empty", "-m", "v1")
        cls.box.run(*git, "update-server-info")
        cls.box.run("systemctl", "stop", "test-mariadb-git.service", check=False)
        cls.box.run(
            "systemd-run", "--quiet", "--unit=test-mariadb-git", "python3", "-m", "http.server", "8602",
            "--bind", "127.0.0.1", "--directory", "/srv/test-mariadb",
        )  # fmt: skip
        until(lambda: cls.box.run("curl", "-s", GIT_SERVER, check=False).returncode == 0)
        url, rev = f"{GIT_SERVER}/app/.git", cls.box.out(*git, "rev-parse", "HEAD")
        known = json.loads(cls.box.out("nix", "flake", "prefetch", "--json", f"git+{url}?rev={rev}"))
        cls.source = {"type": "git", "url": url, "rev": rev, "narHash": known["hash"]}
        cls.number = int(cls.box.out("date", "+%s"))

    def operation(self, kind, **members):
        MariaDbTest.number += 1
        author = {"name": "Ada", "email": "ada@example.org"}
        frames = self.ask(**{"type": kind, "operation": f"01jdata{self.number:019d}", "author": author, "confirm": "none", **members})
        self.assertEqual(frames[-1]["type"], "done", frames[-1])
        report = frames[-1]["result"]["operation"]
        report["log"] = [frame["text"] for frame in frames if frame["type"] == "line"]
        return report

    def state(self, version):
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state["services"] = {"mysql": {"version": version} if version else {}}
        state["apps"] = {
            "shop": {
                "source": self.source,
                "build": {"builder": "python"},
                "run": {"command": ["python3", "main.py"], "port": 8093},
                "health": {"path": "/", "timeoutSeconds": 20},
                "attach": {"mysql": {}},
            }
        }
        return json.dumps(state, indent=2, sort_keys=True) + "\n"

    def apply(self, version, kind="apply", **members):
        report = self.operation(kind, state=self.state(version), message=self.id(), **members)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report

    def refused(self, version, kind="apply", **members):
        report = self.operation(kind, state=self.state(version), message=self.id(), **members)
        self.assertEqual(report["state"], "FAILED", report)
        return report["problem"]

    def sql(self, text):
        return self.box.out(*AS_MYSQL, f"{PROGRAMS}/mariadb", "--batch", "-N", "-e", text)

    def engine(self):
        (engine,) = self.done(type="databases")["engines"]
        return engine

    def assert_serves(self, series, everything):
        self.assertTrue(self.box.out("curl", "-s", "http://127.0.0.1:8093/").startswith(f"{series}."))
        self.assertEqual(self.sql(SHOW), everything)
        left = self.box.run("sh", "-c", f"ls -d {PLACE}/*.croft-upgrade /run/croft-upgrade /run/systemd/system/mysql.service.d/*.conf 2>/dev/null; true")
        self.assertEqual(left.stdout, "")

    # -- tests, in the order of their names --------------------------------------------------------------------------

    def test_a_the_box_has_the_version_that_its_state_says(self):
        self.apply("10.11")
        engine = self.engine()
        self.assertEqual((engine["major"], engine["dataDir"], engine["oldClusters"]), (1011, f"{PLACE}/10.11", []))
        self.assertTrue(engine["version"].startswith("10.11."), engine["version"])
        self.sql(FILL)
        problem = self.refused("11.4")
        self.assertIn("this box's nixpkgs has no MariaDB 11.4", json.dumps(problem))

    def test_b_another_version_is_reached_by_the_upgrade_and_left_again(self):
        before = self.sql(SHOW)
        (current,) = [one["number"] for one in self.done(type="generations")["generations"] if one["current"]]
        problem = self.refused("11.8")
        self.assertEqual((problem["code"], "version 11.8 would begin without its data" in problem["why"]), ("UPGRADE_NEEDED", True), problem)
        log = " ".join(self.apply("11.8", "upgrade")["log"])
        self.assertIn("with the same numbers of rows", log)
        self.assertLess(log.index("Dumping the 3 databases"), log.index("Copying the data of MariaDB 10.11 for 11.8"), log)
        self.assert_serves("11.8", before)
        engine = self.engine()
        self.assertEqual((engine["major"], [one["major"] for one in engine["oldClusters"]]), (1108, [1011]))
        self.assertEqual(self.box.out("cat", f"{PLACE}/11.8/mariadb_upgrade_info").split("-")[0], engine["version"], "mariadb-upgrade has run")
        self.assert_dumped()
        *_, last = self.ask(type="cluster-drop", engine="mysql", major=1108)
        self.assertEqual(last["problem"]["code"], "DATABASE_IN_USE", last)

        self.assertEqual(self.refused("10.11")["code"], "UPGRADE_NEEDED")
        problem = self.refused("10.11", "upgrade")
        self.assertEqual((problem["code"], problem["why"]), ("UPGRADE_FAILED", "The box runs MariaDB 11.8, and the new state asks for 10.11."))
        self.assertEqual(self.refused(None)["code"], "UPGRADE_NEEDED")

        self.sql("DELETE FROM shop.orders WHERE id = 1")
        report = self.operation("rollback", generation=current)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assert_serves("10.11", before)
        self.assertIn("has a cluster already", self.refused("11.8", "upgrade")["why"])
        self.assertGreater(self.done(type="cluster-drop", engine="mysql", major=1108)["bytes"], 1000)
        self.assertEqual(self.box.out("ls", PLACE), "10.11", "the dumps went with the data that was taken back")

    def assert_dumped(self):
        """What was dumped before the copy is everybody's, nobody else's to read, and can be loaded."""
        dump = f"{PLACE}/10.11-to-11.8.dump"
        self.assertEqual(self.box.out("ls", dump).splitlines(), ["odd%20name.sql", "shop.sql", "test.sql", "users.sql"])
        self.assertEqual(self.box.out("stat", "-c", "%U %a", dump), "mysql 700")
        self.assertIn("croft-app-shop", self.box.out("cat", f"{dump}/users.sql"))
        self.addCleanup(self.sql, "DROP DATABASE IF EXISTS again")
        self.sql("CREATE DATABASE again")
        self.box.run(*AS_MYSQL, "sh", "-c", f"{PROGRAMS}/mariadb again < {dump}/shop.sql")
        self.assertEqual(self.sql("SELECT id, t, HEX(b) FROM again.orders"), self.sql("SELECT id, t, HEX(b) FROM shop.orders"))
        self.sql("DROP DATABASE again")

    def test_c_an_upgrade_that_nobody_confirms_leads_back(self):
        before = self.sql(SHOW)
        report = self.operation("upgrade", state=self.state("11.8"), message="x", confirm="manual", confirmWithin=15)
        self.assertEqual(report["state"], "ROLLED_BACK", report)
        self.assert_serves("10.11", before)
        self.assertEqual(self.engine()["major"], 1011)
        self.done(type="cluster-drop", engine="mysql", major=1108)

    def test_c_a_runner_that_is_killed_leaves_the_old_server(self):
        """While the new server, a unit of its own, runs on the copy."""
        before = self.sql(SHOW)
        with ThreadPoolExecutor(1) as pool:
            upgrading = pool.submit(self.operation, "upgrade", state=self.state("11.8"), message="x")
            made = self.box.root / PLACE.lstrip("/") / "11.8.croft-upgrade/ibdata1"
            until(lambda: made.exists(), 180)
            self.box.run("systemctl", "kill", "--kill-whom=all", "--signal=KILL", f"croft-op-01jdata{MariaDbTest.number:019d}.service")
            report = upgrading.result()
        self.assertEqual(report["state"], "FAILED", report)
        until(lambda: self.box.run("curl", "-sf", "http://127.0.0.1:8093/", check=False).returncode == 0)
        self.assert_serves("10.11", before)
        self.assertEqual(self.box.out("ls", PLACE), "10.11")

    def test_d_what_fails_brings_the_old_server_back(self):
        before = self.sql(SHOW)
        # A setting that the new version does not know: found out before anything is stopped.
        self.owner('services.mysql.settings.mysqld = lib.mkIf (config.croft.services.mysql.version == "11.8") { not_a_setting = 1; };')
        self.apply("10.11")
        started = self.box.out("systemctl", "show", "-P", "MainPID", "mysql.service")
        problem = self.refused("11.8", "upgrade")
        self.assertIn("unknown variable 'not_a_setting=1'", problem["why"])
        self.assertEqual(self.box.out("systemctl", "show", "-P", "MainPID", "mysql.service"), started)
        self.owner(None)
        self.apply("10.11")

        # A table that cannot be counted: after the server was stopped.
        self.sql("CREATE TABLE shop.gone (x int) ENGINE = MyISAM; FLUSH TABLES")
        self.box.run("rm", f"{PLACE}/10.11/shop/gone.MYI")
        problem = self.refused("11.8", "upgrade")
        self.assertEqual(problem["code"], "UPGRADE_FAILED")
        self.sql("DROP TABLE shop.gone")
        self.assert_serves("10.11", before)
        self.assertEqual(self.box.out("ls", PLACE), "10.11")

    def owner(self, line):
        """The owner's own file has this line as well, or no more of it than it was made with."""
        there = self.box.out("cat", f"{FLAKE}/host/default.nix")
        if not hasattr(MariaDbTest, "made"):
            MariaDbTest.made = there
        self.box.write(f"{FLAKE}/host/made.nix", MariaDbTest.made + "\n")
        own = f"{{ config, lib, pkgs, ... }}: {{ imports = [ ./made.nix ]; {line} }}" if line else MariaDbTest.made
        self.box.write(f"{FLAKE}/host/default.nix", own + "\n")
        self.box.run("git", "-C", FLAKE, "add", "--all")
        self.box.run("git", *AS_SOMEBODY, "-C", FLAKE, "commit", "-q", "--allow-empty", "-m", "by the owner")

    def test_e_without_a_version_the_server_does_not_change_with_nixpkgs(self):
        state = json.loads(self.state(None))
        state["services"], state["apps"] = {}, {}
        self.assertEqual(self.operation("apply", state=json.dumps(state), message="x")["state"], "SUCCEEDED")
        self.assertIn("There is data of MariaDB 10.11", self.refused(None)["why"])
        self.box.run("rm", "-rf", PLACE)

        # nixpkgs' default of yesterday.
        self.owner("services.mysql.package = lib.mkForce pkgs.mariadb_1011;")
        self.apply(None)
        engine = self.engine()
        self.assertEqual((engine["major"], engine["dataDir"]), (1011, "/var/lib/mysql"))
        self.sql(FILL)
        before = self.sql(SHOW)
        self.owner(None)
        problem = self.refused(None)
        self.assertEqual(problem["code"], "UPGRADE_NEEDED")
        self.assertIn("version 11.8 would begin on the same data", problem["why"])
        self.assert_serves("10.11", before)

        # Staying at it, by its version; then on to the next, and what was left is dropped.
        self.assertEqual(self.refused("10.11")["code"], "UPGRADE_NEEDED")
        self.apply("10.11", "upgrade")
        self.assert_serves("10.11", before)
        engine = self.engine()
        self.assertEqual((engine["dataDir"], [one["dataDir"] for one in engine["oldClusters"]]), (f"{PLACE}/10.11", ["/var/lib/mysql"]))
        self.done(type="cluster-drop", engine="mysql", major=1011)
        self.assertEqual(self.box.out("ls", "-A", "/var/lib/mysql"), "")
        self.apply("11.8", "upgrade")
        self.assert_serves("11.8", before)
        self.done(type="cluster-drop", engine="mysql", major=1011)
        self.assertEqual(self.box.out("ls", PLACE), "11.8")


if __name__ == "__main__":
    unittest.main()
