"""Data of apps on a booted sandbox host, through croft-hostd's own socket and with the real servers: snapshots with dumps and the way back,
migrations, statements, one-off commands, and PostgreSQL from one major version to the next.

Run by `python3 -m unittest discover -s nix/tests/box`; CROFT_TEST_DATA=DIR keeps and reuses the box.
"""

import base64
import json
import subprocess
import unittest

from provisioned import AS_SOMEBODY, CONSOLE, FLAKE, REPOSITORY, ProvisionedBoxTest, until

from box import Box

GIT_SERVER = "http://127.0.0.1:8601"
PROGRAMS = "/run/current-system/sw/bin"

# Well when the table has the column that this version reads; the first one reads none.
APP = f'''
import http.server, os, subprocess, sys
column = sys.argv[1]
query = f"SELECT {{column}} FROM orders LIMIT 1" if column != "nothing" else "SELECT 1"
done = subprocess.run(["{PROGRAMS}/psql", "-Atc", query], capture_output=True, text=True)
if done.returncode == 0 and column != "nothing":
    # What it writes where it runs, and the other servers that it cannot be without.
    started = "CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now()); INSERT INTO starts DEFAULT VALUES"
    for argv in (
        ["{PROGRAMS}/psql", "-qv", "ON_ERROR_STOP=1", "-c", started],
        ["{PROGRAMS}/mariadb", "-e", "SELECT id FROM orders; CREATE TABLE IF NOT EXISTS starts (at int); INSERT INTO starts VALUES (1)", os.environ["MYSQL_DATABASE"]],
        ["{PROGRAMS}/redis-cli", "-e", "-s", os.environ["REDIS_SOCKET"], "GET", "colour"],
    ):
        if done.returncode == 0:
            done = subprocess.run(argv, capture_output=True, text=True)

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if done.returncode == 0 else 500)
        self.end_headers()
        self.wfile.write((done.stderr or column).encode())
    def log_message(self, *words):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
'''

# Each statement by itself: what a tool without transactions does.
MIGRATE = f'''
import subprocess, sys
for statement in sys.argv[1:]:
    subprocess.run(["{PROGRAMS}/psql", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)
'''

# In all that the app is attached to: NULL, no text, bytes, and text that a client program might take for a command of its own.
FILL = r"""
"$0/psql" -q -v ON_ERROR_STOP=1 <<'X'
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, t text, b bytea, CHECK (length(t) < 100));
CREATE INDEX IF NOT EXISTS likely ON orders USING gin (t gin_trgm_ops);
TRUNCATE orders RESTART IDENTITY;
INSERT INTO orders (t, b) VALUES (E'grüß\ndich \\! id', '\x00ff'), (NULL, NULL), ('', '');
X
"$0/mariadb" --binary-mode "$MYSQL_DATABASE" <<'X'
CREATE OR REPLACE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, t text, b blob);
INSERT INTO orders (t, b) VALUES ('grüß\n\\! id', x'00ff0a5c'), (NULL, NULL);
X
"$0/redis-cli" -s "$REDIS_SOCKET" SET colour grün
echo cat > "$STORAGE_UPLOADS/cat"
"""
SHOW = r"""
"$0/psql" -qAt --pset=null=NULL -c 'SELECT id, t, b FROM orders ORDER BY id'
"$0/mariadb" --batch -N -e 'SELECT id, t, HEX(b) FROM orders ORDER BY id' "$MYSQL_DATABASE"
"$0/redis-cli" -s "$REDIS_SOCKET" GET colour
cat "$STORAGE_UPLOADS/cat"
"""
CHANGE = r"""
"$0/psql" -qc 'DELETE FROM orders WHERE id = 1'
"$0/mariadb" -e 'DELETE FROM orders' "$MYSQL_DATABASE"
"$0/redis-cli" -s "$REDIS_SOCKET" SET colour rot
echo dog > "$STORAGE_UPLOADS/cat"
"""

# What an app might try to become the server's superuser by: names before the server's own, and functions in what is dumped and loaded.
HOSTILE = r"""
"$0/psql" -q -v ON_ERROR_STOP=1 <<'X'
CREATE FUNCTION public.take_over() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  ALTER ROLE "croft-app-shop" SUPERUSER;
EXCEPTION WHEN insufficient_privilege OR read_only_sql_transaction THEN
  NULL;
END $$;
CREATE SCHEMA evil;
CREATE FUNCTION evil.pg_export_snapshot() RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM public.take_over(); RETURN 'x'; END$$;
CREATE FUNCTION evil.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN PERFORM public.take_over(); END$$;
CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN PERFORM public.take_over(); END$$;
CREATE FUNCTION public.f(int) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM public.take_over(); RETURN true; END$$;
CREATE TABLE hostile (i int CHECK (public.f(i)));
INSERT INTO hostile VALUES (1);
ALTER TABLE hostile OWNER TO pg_database_owner;
ALTER DATABASE shop SET search_path = evil, public, pg_catalog;
X
"""
HARMLESS = r"""
"$0/psql" -q <<'X'
SET client_min_messages = error;
ALTER DATABASE shop RESET search_path;
DROP SCHEMA IF EXISTS evil CASCADE;
DROP TABLE IF EXISTS public.hostile;
DROP FUNCTION IF EXISTS public.f(int), public.unnest(text[]), public.take_over();
X
"""

HEALTHY = {"path": "/", "timeoutSeconds": 20}
CELLAR = {"targets": {"cellar": {"type": "local", "path": "/srv/cellar"}}}


class DataTest(ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.write("/srv/test-data/app/main.py", APP)
        cls.box.write("/srv/test-data/app/migrate.py", MIGRATE)
        git = ["git", *AS_SOMEBODY, "-C", "/srv/test-data/app"]
        cls.box.run(*git, "init", "-q", "-b", "main")
        cls.box.run(*git, "add", "--all")
        cls.box.run(*git, "commit", "-q", "--allow-empty", "-m", "v1")
        cls.box.run(*git, "update-server-info")
        cls.serve_source(cls.box)
        url, rev = f"{GIT_SERVER}/app/.git", cls.box.out(*git, "rev-parse", "HEAD")
        known = json.loads(cls.box.out("nix", "flake", "prefetch", "--json", f"git+{url}?rev={rev}"))
        cls.source = {"type": "git", "url": url, "rev": rev, "narHash": known["hash"]}
        cls.number = int(cls.box.out("date", "+%s"))

    @staticmethod
    def serve_source(box):
        box.run("systemctl", "stop", "test-data-git.service", check=False)
        box.run(
            "systemd-run", "--quiet", "--unit=test-data-git", "python3", "-m", "http.server", "8601",
            "--bind", "127.0.0.1", "--directory", "/srv/test-data",
        )  # fmt: skip
        until(lambda: box.run("curl", "-s", GIT_SERVER, check=False).returncode == 0)

    def refused(self, **frame):
        *_, last = self.ask(**frame)
        self.assertEqual(last["type"], "refused", last)
        return last["problem"]

    def operation(self, kind, **members):
        DataTest.number += 1
        author = {"name": "Ada", "email": "ada@example.org"}
        frames = self.ask(type=kind, operation=f"01jdata{self.number:019d}", author=author, confirm="none", **members)
        self.assertEqual(frames[-1]["type"], "done", frames[-1])
        report = frames[-1]["result"]["operation"]
        report["log"] = [frame["text"] for frame in frames if frame["type"] == "line"]
        return report

    def state(self, major=15, column="t", migrate=None, backups=None, access="socket"):
        """Two apps with databases; the first one's version is the column that it reads."""
        state = json.loads(self.box.out("cat", f"{FLAKE}/state.json"))
        state.pop("apps", None)
        state["services"] = {"postgresql": {"major": major}, "mysql": {}}
        shop = {
            "source": self.source,
            "build": {"builder": "python"},
            "run": {"command": ["python3", "main.py", column], "port": 8091, **({"hooks": {"migrate": migrate}} if migrate else {})},
            "health": HEALTHY,
            "attach": {"postgresql": {"extensions": ["pg_trgm"], "access": access}, "mysql": {"access": access}, "redis": {}, "storage": {"uploads": {"quota": "1G"}}},
            "jobs": {"tidy": {"onCalendar": "daily", "command": ["python3", "-c", "raise SystemExit(3)"]}},
        }
        stall = {
            "source": self.source,
            "build": {"builder": "python"},
            "run": {"command": ["python3", "main.py", "nothing"], "port": 8092},
            "attach": {"postgresql": {}},
        }
        state["apps"] = {"shop": shop, "stall": stall}
        state.pop("backups", None)
        if backups:
            state["backups"] = backups
        return json.dumps(state, indent=2, sort_keys=True) + "\n"

    def apply(self, kind="apply", succeeds=True, **members):
        report = self.operation(kind, state=self.state(**members), message=self.id())
        if succeeds:
            self.assertEqual(report["state"], "SUCCEEDED", report.get("problem"))
        return report

    def exec(self, *command, app="shop"):
        *lines, last = self.ask(type="exec", app=app, command=list(command), timeoutSeconds=60)
        self.assertEqual(last.get("result", {}).get("exitCode"), 0, (lines, last))
        return "\n".join(line["text"] for line in lines)

    def sql(self, text, engine="postgresql", write=True, database="shop"):
        return self.done(type="sql", engine=engine, database=database, text=text, write=write, rows=100, timeoutSeconds=20)["rows"]

    # -- the scene ---------------------------------------------------------------------------------------------

    def setUp(self):
        """The first version that reads a table, with rows of every kind in all that the app is attached to."""
        if "shop" not in json.loads(self.box.out("cat", f"{FLAKE}/state.json"))["apps"]:
            self.apply(column="nothing")
            self.fill()
        if self.state() != self.box.run("cat", f"{FLAKE}/state.json").stdout:
            self.fill()
            self.apply()
        self.fill()

    def fill(self):
        self.exec("/bin/sh", "-euc", FILL, PROGRAMS)

    def everything(self):
        return self.exec("/bin/sh", "-euc", SHOW, PROGRAMS)

    def change_everything(self):
        self.exec("/bin/sh", "-euc", CHANGE, PROGRAMS)

    def assert_clean(self):
        names = [row[0] for row in self.sql("SELECT datname FROM pg_database", write=False)]
        self.assertFalse([name for name in names if name.startswith("croft-")])
        self.assertEqual(self.box.out("find", "/var/lib/croft/snapshots", "-maxdepth", "2", "-name", ".*"), "")

    # -- tests, in the order of their names: each starts from what it deploys ----------------------------------

    def test_a_snapshots_bring_back_databases_cache_and_files(self):
        before = self.everything()
        owners = self.sql("SELECT datdba::regrole, datacl FROM pg_database WHERE datname = 'shop'", write=False)
        report = self.apply(column="id")
        (snapshot,) = report["snapshots"]
        entry = next(one for one in self.done(type="snapshots", app="shop")["snapshots"] if one["id"] == snapshot["id"])
        self.assertEqual(sorted(one["engine"] for one in entry["databases"]), ["mysql", "postgresql", "redis"])
        self.change_everything()
        after = self.everything()
        self.assertNotEqual(after, before)
        report = self.operation("rollback", data=True)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.sql("SELECT datdba::regrole, datacl FROM pg_database WHERE datname = 'shop'", write=False), owners)
        self.assertEqual(self.sql("SELECT extname FROM pg_extension WHERE extname = 'pg_trgm'", write=False), [["pg_trgm"]])
        self.assert_clean()
        again = self.operation("rollback", generation=self.generation_before_current(), data=True)
        self.assertEqual(again["state"], "SUCCEEDED", again)
        self.assertEqual(self.everything(), after)
        self.assert_clean()

    def generation_before_current(self):
        """The newest generation that is not the one in use: the version that a rollback has just left."""
        return max(one["number"] for one in self.done(type="generations")["generations"] if not one["current"])

    def test_b_a_dump_that_cannot_be_loaded_leaves_all_as_it_is(self):
        operation = self.apply(column="id")["operation"]
        self.change_everything()
        after = self.everything()
        dump = f"/var/lib/croft/snapshots/shop/{operation}/postgresql-shop.dump"
        self.box.run("truncate", "-s", "-200", dump)
        report = self.operation("rollback", data=True)
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "DUMP_FAILED"), report)
        self.assertEqual(self.everything(), after)
        self.assert_clean()

    def test_b_a_dump_of_mariadb_that_fails_half_way_stops_the_change(self):
        self.addCleanup(self.sql, "DROP VIEW nothing", engine="mysql")
        for statement in ("CREATE TABLE gone (x int)", "CREATE VIEW nothing AS SELECT x FROM gone", "DROP TABLE gone"):
            self.sql(statement, engine="mysql")
        self.assertIn("nothing", self.stopped_by_a_dump())

    def test_b_a_dump_of_postgresql_that_fails_half_way_stops_the_change(self):
        # Behind rows that are well, a page that a disk has lost.
        self.sql("CREATE TABLE zoo AS SELECT n, repeat('x', 100) AS t FROM generate_series(1, 1000) n")
        self.addCleanup(self.sql, "DROP TABLE zoo")
        (place,) = [one["dataDir"] for one in self.done(type="databases")["engines"] if one["engine"] == "postgresql"]
        ((file,),) = self.sql("SELECT pg_relation_filepath('zoo')")
        self.box.run("sh", "-ec", 'test -s "$1"; head -c 8192 /dev/urandom >> "$1"', "sh", f"{place}/{file}")
        self.assertIn("invalid page", self.stopped_by_a_dump())

    def stopped_by_a_dump(self):
        """Why a change was stopped before it began, with nothing lost and nothing left."""
        before = self.everything()
        taken = [one["id"] for one in self.done(type="snapshots", app="shop")["snapshots"]]
        report = self.apply(column="id", succeeds=False)
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "DUMP_FAILED"), report)
        self.assertEqual(self.box.out("curl", "-s", "http://127.0.0.1:8091/"), "t", "the old version serves on")
        self.assertEqual((self.everything(), [one["id"] for one in self.done(type="snapshots", app="shop")["snapshots"]]), (before, taken))
        self.assert_clean()
        return report["problem"]["why"]

    def test_b_a_restore_test_starts_the_copy_with_servers_of_its_own(self):
        self.start_backups()
        self.assertEqual(self.operation("backup-run", target="cellar")["state"], "SUCCEEDED")
        kept = sum(int(self.sql(f"SELECT count(*) FROM {table}", engine)[0][0]) for engine in ("postgresql", "mysql") for table in ("orders", "starts"))
        self.change_everything()
        before = self.in_use()
        report = self.operation("restore-test", target="cellar")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        tested = {one["app"]: one for one in report["result"]["apps"]}
        self.assertEqual((tested["shop"]["started"], tested["shop"]["tables"]), (True, {"count": 4, "rows": kept}), tested["shop"])
        self.assertEqual(self.in_use(), before, "the copy touched nothing in use")
        self.assertEqual(self.box.out("sh", "-c", "ls -A /var/lib/croft/restore-test; ls /run/systemd/system | grep restore-test || true"), "")
        self.assert_clean()

        # A dump that the app cannot live with: the test says so, and nothing else changes.
        self.sql("ALTER TABLE orders RENAME COLUMN t TO other")
        self.assertEqual(self.operation("backup-run", target="cellar")["state"], "SUCCEEDED")
        self.sql("ALTER TABLE orders RENAME COLUMN other TO t")
        report = self.operation("restore-test", target="cellar")
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "RESTORE_TEST_FAILED"), report)
        self.assertEqual(self.in_use(), before)

    def test_b_the_recipe_builds_the_whole_box_anew(self):
        self.start_backups()
        self.assertEqual(self.operation("backup-run", target="cellar")["state"], "SUCCEEDED")
        before, state, old = self.everything(), self.box.out("cat", f"{FLAKE}/state.json"), self.box.out("git", "-C", FLAKE, "rev-parse", "main")

        # As on any machine that has restic.
        page = (REPOSITORY / "docs/recovery.md").read_text(encoding="utf-8")
        without_croft, anew = ((page.split(f"## {title}\n")[1].split("```sh\n")[1].split("```")[0]) for title in ("Without Croft", "The whole box anew"))
        kit = "rm -rf /srv/away && mkdir /srv/away && cd /srv/away\n" + without_croft.replace("/mnt/cellar/attic", "/srv/cellar")
        self.box.run("sh", "-ec", kit, stdin="correct horse")
        recipe = self.box.out("cat", "/srv/away/kit/box/RECIPE.txt")
        for command in anew.strip().splitlines():
            self.assertIn(command.strip().replace("/box/", "/"), recipe)

        # All that is left: what came out of the repository, the disk that it is on, and where the app's source is kept.
        new = self.new_box()
        for kept in ("srv/away/kit/box", "srv/cellar", "srv/test-data"):
            (new.root / kept).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", self.box.root / kept, new.root / kept], check=True)
        self.serve_source(new)
        own = self.here(new, lambda: self.box.out("cat", f"{FLAKE}/host/default.nix"))
        self.here(new, lambda: self.box.run("sh", "-ec", "cd /srv/away/kit\n" + anew))

        def go_on():
            self.assertEqual(self.done(type="state")["state"].strip(), state)
            self.done(type="secret-put", service="backup-cellar", name="RESTIC_PASSWORD", value=base64.b64encode(b"correct horse").decode())
            # The shop is ill without its tables, which nothing makes anew.
            without = json.loads(state)
            del without["apps"]["shop"]["health"]
            report = self.operation("apply", state=json.dumps(without, indent=2, sort_keys=True) + "\n", message="The box anew")
            self.assertEqual(report["state"], "SUCCEEDED", report)
            (backup,) = self.done(type="backup-list", target="cellar", app="shop")["snapshots"][:1]
            report = self.operation("backup-restore", target="cellar", app="shop", snapshot=backup["id"], mode="swap")
            self.assertEqual(report["state"], "SUCCEEDED", report)
            self.assertEqual(self.everything(), before)
            report = self.operation("apply", state=state + "\n", message="Healthy with its data")
            self.assertEqual(report["state"], "SUCCEEDED", report)
            self.assertEqual(self.box.out("curl", "-s", "http://127.0.0.1:8091/"), "t")
            self.assertEqual(self.box.out("cat", f"{FLAKE}/host/default.nix"), own)
            self.assertEqual(self.box.out("git", "-C", FLAKE, "rev-parse", "before"), old)

        self.here(new, go_on)

    def new_box(self):
        box = Box()
        self.addCleanup(box.remove)
        (box.data / "console").mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", box.data / "console/channel_ed25519"], check=True)
        box.command("start")
        box.write("/srv/console.py", CONSOLE)
        return box

    def here(self, box, do):
        """Does it on another box than the tests' own."""
        was, self.box = self.box, box
        try:
            return do()
        finally:
            self.box = was

    def start_backups(self, **more):
        self.box.run("rm", "-rf", "/srv/cellar", "/var/lib/croft/backup/cellar.json")
        self.done(type="secret-put", service="backup-cellar", name="RESTIC_PASSWORD", value=base64.b64encode(b"correct horse").decode())
        self.apply(backups=CELLAR, **more)

    def test_b_a_restore_test_of_an_app_with_a_password_has_servers_that_take_it(self):
        before = self.everything()
        self.start_backups(access="password")
        # The servers' own programs go by the same variables as an app: over TCP, with the password.
        where = self.exec("/bin/sh", "-euc", """"$0/psql" -qAtc 'SELECT inet_server_addr()'; "$0/mariadb" -Ne 'SELECT USER()'""", PROGRAMS)
        self.assertEqual(where.split(), ["127.0.0.1", "croft-app-shop@localhost"])
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.operation("backup-run", target="cellar")["state"], "SUCCEEDED")
        self.change_everything()
        before = self.in_use()
        report = self.operation("restore-test", target="cellar")
        self.assertEqual(report["state"], "SUCCEEDED", report)
        tested = {one["app"]: one for one in report["result"]["apps"]}
        self.assertEqual((tested["shop"]["started"], tested["shop"]["tables"]["count"]), (True, 4), tested["shop"])
        self.assertEqual(self.in_use(), before, "the copy touched nothing in use")
        self.assert_clean()
        self.apply()

    def in_use(self):
        """The rows, those that an app writes when it starts among them; the servers that run, and the app."""
        starts = [self.sql("SELECT * FROM starts", engine) for engine in ("postgresql", "mysql")]
        units = ("postgresql.service", "mysql.service", "redis-croft-shop.service", "croft-app-shop.service")
        counted = self.box.out("sh", "-c", "pgrep -c -x 'postgres|mariadbd|redis-server' -P 1")
        return self.everything(), starts, counted, self.box.out("systemctl", "show", "--property=MainPID", *units)

    def test_b_whatever_an_app_has_in_its_database_it_does_not_become_the_superuser(self):
        self.addCleanup(self.exec, "/bin/sh", "-uc", HARMLESS, PROGRAMS)
        self.exec("/bin/sh", "-euc", HOSTILE, PROGRAMS)
        before = self.everything()
        self.box.run("systemctl", "restart", "croft-postgresql-shop.service")
        self.apply(column="id")
        self.assertEqual(self.operation("rollback", data=True)["state"], "SUCCEEDED")
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.sql("SELECT i FROM public.hostile", write=False), [["1"]])
        self.assertEqual(self.sql("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", write=False), [["f"]])

    def test_c_a_migration_runs_between_snapshot_and_start(self):
        # By its number: the one before in number may be one that another test has gone back from.
        before = next(one["number"] for one in self.done(type="generations")["generations"] if one["current"])
        self.apply(column="price", migrate=["python3", "migrate.py", "ALTER TABLE orders ADD COLUMN price int DEFAULT 7"])
        self.assertEqual(self.sql("SELECT DISTINCT price FROM orders"), [["7"]])
        self.assertEqual(self.box.out("curl", "-s", "http://127.0.0.1:8091/"), "price")
        self.assert_in_order()
        report = self.operation("rollback", generation=before, data=True)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.box.out("curl", "-s", "http://127.0.0.1:8091/"), "t")

    def assert_in_order(self):
        """systemd's own units say that the app waits for its servers, its databases and its migration."""
        told = self.done(type="order")
        shown = {one["unit"]: (one["kind"], one["app"], one["active"]) for one in told["units"]}
        after = {}
        for edge in told["edges"]:
            after.setdefault(edge["from"], {})[edge["to"]] = edge["requires"]
        app, migration = "croft-app-shop.service", "croft-migrate-shop.service"
        self.assertEqual(shown[app], ("app", "shop", "active"))
        self.assertEqual(shown[migration][:2], ("step", "shop"))
        waits, rest = set(), [app]
        while rest:
            for unit in after.get(rest.pop(), {}).keys() - waits:
                waits.add(unit)
                rest.append(unit)
        self.assertIn(migration, waits)
        for server, owner in (("postgresql.service", None), ("mysql.service", None), ("redis-croft-shop.service", "shop")):
            self.assertEqual(shown[server], ("server", owner, "active"))
            self.assertIn(server, waits)
        self.assertIn("croft-postgresql-shop.service", waits)
        self.assertNotIn("croft-app-stall.service", waits)
        self.assertLess(waits, shown.keys())

    def test_d_a_failing_migration_gives_the_old_version_its_data_back(self):
        before = self.everything()
        migrate = ["python3", "migrate.py", "ALTER TABLE orders RENAME COLUMN t TO price", "SELECT 1/0"]
        report = self.apply(column="price", migrate=migrate, succeeds=False)
        self.assertEqual((report["state"], report["problem"]["code"]), ("FAILED", "MIGRATION_FAILED"), report)
        self.assertIn("division by zero", report["detail"])
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.box.out("curl", "-s", "http://127.0.0.1:8091/"), "t")
        newest = self.done(type="snapshots", app="shop")["snapshots"][0]
        self.assertEqual((newest["id"], newest["method"]), (report["operation"], "move"))
        self.assert_clean()

    def test_e_questions_to_the_servers(self):
        postgresql, mysql = self.done(type="databases")["engines"]
        self.assertEqual((postgresql["engine"], postgresql["active"], mysql["engine"], mysql["active"]), ("postgresql", True, "mysql", True))
        for engine in (postgresql, mysql):
            (shop,) = [one for one in engine["databases"] if one["name"] == "shop"]
            self.assertEqual((shop["app"], shop["owner"]), ("shop", "croft-app-shop"))
            self.assertGreater(shop["bytes"], 1000)
            self.assertIn("max_connections", engine["settings"])
            self.assertIn({"name": "croft-app-shop", "superuser": False, "app": "shop"}, engine["users"])
            ours = [one for one in engine["slow"] or () if one["database"] == "shop" and "orders" in one["query"]]
            self.assertTrue(ours, engine["slow"])
            self.assertTrue(all(one["calls"] > 0 and one["totalMs"] > 0 for one in ours), ours)
            # What the box asks for by itself is nobody's query.
            self.assertFalse([one for one in engine["slow"] if "pg_get_userbyid" in one["query"] or "schemata" in one["query"]], engine["slow"])
        ask = {"type": "sql", "database": "shop", "rows": 10, "timeoutSeconds": 1}
        for engine, text, write, words in (
            ("postgresql", r"\! touch /tmp/pwned", True, "42601"),
            ("postgresql", "INSERT INTO orders (t) VALUES ('x')", False, "25006"),
            ("postgresql", "COMMIT; DELETE FROM orders", False, "42601"),
            ("postgresql", "DO $$BEGIN SET TRANSACTION READ WRITE; DELETE FROM orders; END$$", False, "25001"),
            ("postgresql", "DO $$BEGIN COMMIT; DELETE FROM orders; END$$", False, "2D000"),
            ("postgresql", "COPY (SELECT 1) TO PROGRAM 'touch /tmp/pwned'", True, "42501"),
            ("postgresql", "COPY orders FROM STDIN", True, "57014"),
            ("postgresql", "SET SESSION AUTHORIZATION postgres", True, "42501"),
            ("postgresql", "SELECT pg_sleep(9)", False, "57014"),
            ("mysql", r"\! touch /tmp/pwned", True, "42000"),
            ("mysql", "DELETE FROM orders", False, "begins with"),
            ("mysql", "BEGIN NOT ATOMIC COMMIT; DELETE FROM orders; END", False, "begins with"),
            ("mysql", "SELECT 1; DELETE FROM orders", False, "42000"),
            ("mysql", "SELECT SLEEP(9)", False, "70100"),
        ):
            with self.subTest(text):
                problem = self.refused(**ask, engine=engine, text=text, write=write)
                self.assertEqual(problem["code"], "SQL_FAILED")
                self.assertIn(words, problem["why"])
        self.assertEqual(self.box.out("find", "/tmp", "-name", "pwned"), "")
        self.assertEqual(self.sql("SELECT current_user, session_user"), [["croft-app-shop", "croft-app-shop"]])
        others = {**ask, "database": "postgres", "engine": "postgresql", "text": "SELECT 1", "write": False}
        self.assertEqual(self.refused(**others)["code"], "NOT_ALLOWED")
        self.assertEqual(self.refused(type="database-drop", engine="postgresql", database="shop")["code"], "DATABASE_IN_USE")
        self.box.run("setpriv", "--reuid=postgres", "--clear-groups", "--regid=postgres", f"{PROGRAMS}/createdb", "old")
        self.assertGreater(self.done(type="database-drop", engine="postgresql", database="old")["bytes"], 1000)
        self.assertEqual(self.refused(type="database-drop", engine="mysql", database="shop")["code"], "DATABASE_IN_USE")
        self.box.run(f"{PROGRAMS}/mariadb", "-e", "CREATE DATABASE old; CREATE TABLE old.t AS SELECT 1 AS id")
        self.assertGreater(self.done(type="database-drop", engine="mysql", database="old")["bytes"], 1000)
        self.assertEqual(self.box.out(f"{PROGRAMS}/mariadb", "-Ne", "SHOW DATABASES LIKE 'old'"), "")

    def test_f_commands_jobs_and_files(self):
        self.assertEqual(self.exec(f"{PROGRAMS}/psql", "-Atc", "SELECT current_user"), "croft-app-shop")
        told = self.exec("/bin/sh", "-c", 'id -un; pwd; echo "$PGDATABASE $STORAGE_UPLOADS"; touch /etc/x 2>&1; cat /proc/self/cgroup')
        self.assertIn("croft-app-shop\n", told)
        self.assertIn("shop /var/lib/croft/apps/shop/storage/uploads", told)
        self.assertIn("Read-only file system", told)
        self.assertIn("croft-apps-shop.slice/croft-exec-shop-", told)
        self.assertEqual(self.exec("/usr/bin/printf", "%s|", "$HOME `id`", "%n", ""), "$HOME `id`|%n||")
        self.assertEqual(self.ask(type="exec", app="shop", command=["nosuch"], timeoutSeconds=9)[-1]["result"]["exitCode"], 127)
        self.assertEqual(self.refused(type="exec", app="shop", command=["/bin/sleep", "60"], timeoutSeconds=1)["code"], "EXEC_FAILED")
        self.done(type="job-run", app="shop", job="tidy")
        until(lambda: (self.done(type="jobs", app="shop")["jobs"][0]["last"] or {}).get("finishedAt"))
        (job,) = self.done(type="jobs")["jobs"]
        self.assertEqual((job["last"]["result"], job["last"]["exitCode"]), ("exit-code", 3))
        self.assertIsNotNone(job["next"])
        self.exec("/bin/sh", "-c", 'ln -sfn /etc "$STORAGE_UPLOADS/etc"; head -c 700000 /dev/urandom > "$STORAGE_UPLOADS/big"')
        *chunks, last = self.ask(type="read-file", app="shop", path="storage/uploads/big", offset=0)
        content = b"".join(base64.b64decode(chunk["data"]) for chunk in chunks)
        self.assertEqual(content, (self.box.root / "var/lib/croft/apps/shop/storage/uploads/big").read_bytes())
        self.assertEqual(self.refused(type="read-file", app="shop", path="storage/uploads/etc/passwd", offset=0)["code"], "NOT_FOUND")
        volumes = {one["name"]: one for one in self.done(type="storage", app="shop")["volumes"]}
        self.assertEqual(volumes["uploads"]["quota"], 1024**3)
        self.assertGreaterEqual(volumes["uploads"]["bytes"], 700000)
        # What its timer does once a day.
        self.assertEqual(self.box.out("systemctl", "is-active", "croft-sizes.timer"), "active")
        self.box.run("systemctl", "start", "croft-sizes.service")
        volumes = {one["name"]: one for one in self.done(type="storage", app="shop")["volumes"]}
        self.assertEqual(volumes["uploads"]["history"][-1], {"date": self.box.out("date", "--utc", "+%F"), "bytes": volumes["uploads"]["bytes"]})
        (part,) = [part for part in self.done(type="disk")["parts"] if part["id"] == "databases"]
        self.assertLessEqual({"postgresql/15", "mysql", "redis-croft-shop"}, {item["name"] for item in part["items"]})

    def test_f_what_no_app_is_given_any_more_is_deleted_by_its_name(self):
        serve = ["python3", "-m", "http.server", "8093", "--bind", "127.0.0.1"]
        attach = {"redis": {}, "storage": {"photos": {}}}
        hut = {"source": self.source, "build": {"builder": "python"}, "run": {"command": serve, "port": 8093}, "attach": attach}
        self.apply_with(hut=hut)
        self.exec("/bin/sh", "-euc", 'echo cat > "$STORAGE_PHOTOS/cat"; echo n > /var/lib/croft/apps/hut/notes; "$0/redis-cli" -s "$REDIS_SOCKET" SET a b', PROGRAMS, app="hut")
        for what in ({"kind": "app"}, {"kind": "redis"}, {"kind": "volume", "volume": "photos"}):
            self.assertEqual(self.refused(type="data-drop", app="hut", **what)["code"], "DATA_IN_USE", what)

        # Detached, while the app runs on. Another version, so that there is a snapshot.
        self.apply_with(hut={**hut, "run": {"command": [*serve, "--directory", "/var/lib/croft/apps/hut"], "port": 8093}, "attach": {}})
        self.assertEqual(self.left("hut"), [("redis", None), ("volume", "photos")])
        self.done(type="data-drop", kind="volume", app="hut", volume="photos")
        self.assertEqual(self.left("hut"), [("redis", None)])
        self.assertEqual(self.box.out("curl", "-s", "http://127.0.0.1:8093/notes"), "n")

        # Removed.
        self.apply()
        self.assertEqual(self.left("hut"), [("app", None), ("redis", None), ("snapshots", None)])
        for one in self.done(type="data-list")["data"]:
            if one["app"] == "hut":
                self.assertTrue(one["generations"] and one["since"], one)
                self.assertGreater(self.done(type="data-drop", kind=one["kind"], app="hut")["bytes"], 0)
        self.assertEqual(self.left("hut"), [])
        places = ("/var/lib/croft/apps/hut", "/var/lib/redis-croft-hut", "/var/lib/croft/snapshots/hut")
        self.assertEqual(self.box.run("ls", "-d", *places, check=False).stdout, "")
        self.assertEqual(self.refused(type="data-drop", kind="app", app="hut")["code"], "NOT_FOUND")
        self.assertIn("grün", self.everything(), "the shop's own is not touched")
        self.assertEqual(self.left("shop"), [])

    def apply_with(self, **apps):
        state = json.loads(self.state())
        state["apps"].update(apps)
        report = self.operation("apply", state=json.dumps(state, indent=2, sort_keys=True) + "\n", message=self.id())
        self.assertEqual(report["state"], "SUCCEEDED", report.get("problem"))

    def left(self, app):
        return [(one["kind"], one["volume"]) for one in self.done(type="data-list")["data"] if one["app"] == app]

    def test_g_postgresql_goes_to_the_next_major_version_and_back(self):
        before = self.everything()
        (current,) = [one["number"] for one in self.done(type="generations")["generations"] if one["current"]]
        report = self.apply(major=17, succeeds=False)
        self.assertEqual(report["problem"]["code"], "UPGRADE_NEEDED", report)
        report = self.apply("upgrade", major=17)
        log = " ".join(report["log"])
        self.assertIn("with the same numbers of rows", log)
        self.assertLess(log.index("Dumping the "), log.index("Copying the cluster"), log)
        self.assertEqual(self.everything(), before)
        self.assert_dumped_for_the_upgrade()
        (engine, _) = self.done(type="databases")["engines"]
        self.assertEqual((engine["major"], [one["major"] for one in engine["oldClusters"]]), (17, [15]))
        self.assertEqual(self.refused(type="cluster-drop", engine="postgresql", major=17)["code"], "DATABASE_IN_USE")
        self.sql("DELETE FROM orders WHERE id = 1")
        report = self.operation("rollback", generation=current)
        self.assertEqual(report["state"], "SUCCEEDED", report)
        self.assertEqual(self.everything(), before, "the old directory was not touched")
        report = self.apply("upgrade", major=17, succeeds=False)
        self.assertIn("has a cluster already", report["problem"]["why"])
        self.assertGreater(self.done(type="cluster-drop", engine="postgresql", major=17)["bytes"], 1000)
        self.assertEqual(self.box.out("ls", "/var/lib/postgresql"), "15", "the dumps went with the cluster that was taken back")

    def assert_dumped_for_the_upgrade(self):
        """What was dumped before the copy is everybody's, nobody else's to read, and can be loaded."""
        dump = "/var/lib/postgresql/15-to-17.dump"
        self.assertEqual(self.box.out("ls", dump).split(), ["postgres.dump", "roles.sql", "shop.dump", "stall.dump", "template1.dump"])
        self.assertEqual(self.box.out("stat", "-c", "%U %a", dump), "postgres 700")
        self.assertIn("CREATE ROLE \"croft-app-shop\"", self.box.out("cat", f"{dump}/roles.sql"))
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.addCleanup(self.box.run, *as_postgres, f"{PROGRAMS}/dropdb", "--if-exists", "again")
        self.box.run(*as_postgres, f"{PROGRAMS}/createdb", "again")
        self.box.run(*as_postgres, f"{PROGRAMS}/pg_restore", "--exit-on-error", "--dbname=again", f"{dump}/shop.dump")
        rows = "SELECT * FROM orders ORDER BY id"
        restored = self.box.out(*as_postgres, f"{PROGRAMS}/psql", "-XAtc", rows, "again")
        self.assertEqual(restored, self.box.out(*as_postgres, f"{PROGRAMS}/psql", "-XAtc", rows, "shop"))
        self.box.run(*as_postgres, f"{PROGRAMS}/dropdb", "again")


if __name__ == "__main__":
    unittest.main()
