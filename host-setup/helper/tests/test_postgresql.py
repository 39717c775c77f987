"""What an app may do to its own PostgreSQL database gives it nothing beyond: against a real server, where the machine has one."""

import os
import subprocess
import tempfile
import unittest

from machine import needs
from postgresql import PROGRAMS, ROLE, BoxWithServer, Server
from croft_hostd import databases, dumps, engines

#: When it runs as the superuser, it makes the app one.
_TAKE_OVER = f"""
CREATE FUNCTION public.take_over() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  ALTER ROLE "{ROLE}" SUPERUSER;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END $$
"""
_SQL = os.path.join(os.path.dirname(__file__), "..", "..", "..", "nix", "modules", "apps", "database.sql")


def function(signature, returns, answer, kind="VOLATILE"):
    return f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE plpgsql {kind} AS $$BEGIN PERFORM public.take_over(); {answer}; END$$"


@needs(PROGRAMS, "this machine has no PostgreSQL")
class PostgresqlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls)

    def setUp(self):
        self.server.run(f'ALTER ROLE "{ROLE}" NOSUPERUSER')
        self.server.fresh("shop")
        self.as_app(_TAKE_OVER)
        self.box = BoxWithServer(self.server)
        self.box.units["croft-app-shop.service"] = {"LoadState": "loaded", "User": ROLE}
        self.place = tempfile.mkdtemp(dir=self.box.root)

    def as_app(self, *statements):
        return self.server.run(*statements, database="shop", user=ROLE)

    def source(self):
        return dumps.PostgresDatabase(self.box, "shop", {"database": "shop", "bytes": 0})

    def dump(self):
        source = self.source()
        source.copy(self.place, "copy")
        source.finish(self.place)

    def load(self):
        self.source().load_beside(self.place, "croft-side-1")

    def assert_not_taken_over(self):
        self.assertFalse(self.server.has_taken_over(), "the app became a superuser")

    def plant(self):
        """Functions of the app's in the place of the server's own, in a path that every session in the database begins with."""
        self.as_app(
            "CREATE SCHEMA evil",
            function("evil.pg_export_snapshot()", "text", "RETURN '00000003-1'"),
            function("evil.set_config(text, text, boolean)", "text", "RETURN ''"),
            function("evil.differs(name, name)", "boolean", "RETURN true"),
            "CREATE OPERATOR evil.<> (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.differs)",
            "CREATE TABLE orders (t text)",
            "INSERT INTO orders VALUES ('x')",
            "ALTER DATABASE shop SET search_path = evil, public, pg_catalog",
        )

    def test_the_path_of_a_database_decides_nothing_when_it_is_dumped_counted_and_loaded(self):
        self.plant()
        self.dump()
        self.assert_not_taken_over()
        self.assertEqual(self.source().rows("shop"), {"public.orders": 1})
        self.load()
        self.assertEqual(self.source().rows("croft-side-1"), {"public.orders": 1})
        self.assert_not_taken_over()

    def test_the_limits_that_an_app_has_set_for_itself_stop_no_backup(self):
        self.as_app("CREATE TABLE orders (t text)", *(f"ALTER DATABASE shop SET {name} = 1" for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")))
        self.dump()
        self.load()

    def test_rows_are_counted_with_the_owner_s_rights(self):
        self.as_app("CREATE TABLE orders (t text)", function("f()", "int", "RETURN 1"))
        self.box.after_first = lambda: self.as_app("DROP TABLE orders", "CREATE VIEW orders AS SELECT f()")
        self.source().rows("shop")
        self.assert_not_taken_over()

    def provide(self, *extensions):
        """What the app's database unit runs whenever it starts."""
        variables = {"role": ROLE, "database": "shop", "extensions": ",".join(extensions)}
        argv = [f"{PROGRAMS}/psql", "-X", "-q", "-h", self.server.directory, "-U", "postgres", "-d", "postgres", "-f", _SQL]
        quiet = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
        argv += [f"--set={name}={value}" for name, value in variables.items()]
        done = subprocess.run(argv, env=quiet, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_functions_of_the_app_s_are_not_run_when_its_database_is_provided(self):
        self.as_app(
            function("public.unnest(text[])", "SETOF text", "RETURN"),
            function("public.string_to_array(text, text)", "text[]", "RETURN ARRAY[]::text[]"),
            function("public.format(text, text)", "text", "RETURN ''"),
            "ALTER DATABASE shop SET search_path = public, pg_catalog",
        )
        self.provide("btree_gist", "plpgsql")
        self.assert_not_taken_over()
        self.provide("btree_gist", "plpgsql")
        where = "SELECT extname, extnamespace::regnamespace FROM pg_catalog.pg_extension ORDER BY 1"
        self.assertEqual(self.as_app(where), [["btree_gist", "public"], ["plpgsql", "pg_catalog"]])
        self.assert_not_taken_over()

    def test_what_belongs_to_the_database_s_owner_is_loaded_with_the_app_s_rights(self):
        self.as_app(
            function("f(int)", "boolean", "RETURN true"),
            "CREATE TABLE t (i int CHECK (f(i)))",
            "INSERT INTO t VALUES (1)",
            "ALTER TABLE t OWNER TO pg_database_owner",
        )
        self.dump()
        self.load()
        self.assert_not_taken_over()
        self.assertEqual(self.source().rows("croft-side-1"), {"public.t": 1})

    def test_a_name_with_line_ends_in_it_makes_nothing_the_server_s(self):
        self.as_app(function("f(int)", "boolean", "RETURN true"), "CREATE TABLE t (i int CHECK (f(i)))", "INSERT INTO t VALUES (1)")
        self.dump()
        archive = os.path.join(self.place, "postgresql-shop.dump")
        listing = self.box.stream(["--", "pg_restore", "--list"], source=archive).out
        entries = [line.removesuffix(ROLE) + "postgres" for line in listing.splitlines() if "TABLE DATA" in line]
        self.as_app(*(f'CREATE TABLE "x{end}{entry}" (i int)' for end in ("\u2028", "\x0c", "\x85", "\r") for entry in entries))
        self.dump()
        self.load()
        self.assert_not_taken_over()

    def test_what_is_evaluated_while_tables_are_made_has_the_app_s_rights(self):
        self.as_app(
            function("f(int)", "boolean", "RETURN true", "IMMUTABLE"),
            function("n(int)", "int", "RETURN 1", "IMMUTABLE"),
            "CREATE TABLE p (i int NOT NULL) PARTITION BY RANGE ((n(1) + i))",
            "CREATE TABLE q (i int NOT NULL CHECK (f(1)))",
            "ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (0) TO (10)",
            "CREATE DOMAIN d AS int CHECK (f(VALUE))",
            "CREATE FUNCTION step(d, int) RETURNS d LANGUAGE sql AS 'SELECT $1'",
            "CREATE AGGREGATE g(int) (SFUNC = step, STYPE = d, INITCOND = '1')",
            "CREATE MATERIALIZED VIEW m AS SELECT f(1)",
        )
        self.dump()
        self.load()
        self.assert_not_taken_over()

    def test_all_that_a_database_has_comes_back(self):
        self.provide("btree_gist")
        self.as_app(
            "CREATE SCHEMA books",
            "CREATE TABLE shared (i int)",
            "INSERT INTO shared VALUES (1), (2)",
            "ALTER TABLE shared OWNER TO pg_database_owner",
            "CREATE TABLE books.orders (id serial PRIMARY KEY, t text NOT NULL, CHECK (length(t) < 9))",
            "INSERT INTO books.orders (t) VALUES ('a'), ('b')",
            "CREATE VIEW books.seen AS SELECT t FROM books.orders",
            "CREATE MATERIALIZED VIEW books.counted AS SELECT count(*) FROM shared",
            "CREATE INDEX ON books.orders USING gist (id)",
                        "ALTER TABLE books.orders ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE books.orders FORCE ROW LEVEL SECURITY",
            "CREATE POLICY nobody ON books.orders USING (false)",
            "REVOKE INSERT ON books.orders FROM CURRENT_USER",
            "SELECT lo_from_bytea(4711, 'large')",
            "COMMENT ON TABLE books.orders IS 'of the shop'",
        )
        self.server.run(
            "CREATE TABLE books.audit (i int)", "INSERT INTO books.audit VALUES (1)", f'GRANT SELECT ON books.audit TO "{ROLE}"', database="shop"
        )
        question = (
            "SELECT c.oid::regclass::text, c.relkind, pg_get_userbyid(c.relowner), c.relacl::text, obj_description(c.oid) FROM pg_class c"
            " WHERE relnamespace IN ('books'::regnamespace, 'public'::regnamespace) ORDER BY 1"
        )
        before = self.server.run(question, database="shop")
        self.dump()
        self.load()
        self.assertEqual(self.server.run(question, database="croft-side-1"), before)
        self.assertEqual(self.server.run("SELECT convert_from(lo_get(4711), 'UTF8')", database="croft-side-1"), [["large"]])
        counts = "SELECT (SELECT count(*) FROM books.orders), (SELECT count FROM books.counted), (SELECT count(*) FROM books.audit)"
        self.assertEqual(self.server.run(counts, database="croft-side-1"), [["2", "2", "1"]])

    def test_the_server_as_a_whole_is_asked_without_anybody_s_path(self):
        self.server.run("ALTER DATABASE postgres SET search_path = nowhere")
        self.addCleanup(self.server.run, "ALTER DATABASE postgres RESET search_path")
        self.assertEqual(engines.Postgres(self.box).owner("shop"), (ROLE, False))

    def test_the_slowest_queries_are_read_from_wherever_the_statistics_are(self):
        question = {"dataDir": None, "active": True}
        self.assertIsNone(databases.read_postgres(self.box, question)["slow"])
        self.server.run("CREATE EXTENSION pg_stat_statements")
        self.addCleanup(self.server.run, "DROP EXTENSION pg_stat_statements")
        self.as_app("SELECT 4711")
        slow = databases.read_postgres(self.box, question)["slow"]
        self.assertIn(("shop", "SELECT $1"), [(one["database"], one["query"]) for one in slow])


if __name__ == "__main__":
    unittest.main()
