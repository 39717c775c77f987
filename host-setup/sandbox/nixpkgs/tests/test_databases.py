"""PostgreSQL, MariaDB and Redis on the running machine: as NixOS's modules have them, through changes and a failure."""

import subprocess
import unittest
from pathlib import Path

from nix import Refused, evaluate, nixos, toplevel
from test_services import show, switch

BASE = """
  { pkgs, ... }: {
    networking.hostName = "sandbox";
    networking.firewall.enable = false;
    users.users = {
      one = { isSystemUser = true; group = "one"; };
      two = { isSystemUser = true; group = "one"; extraGroups = [ "redis-cache" ]; };
    };
    users.groups.one = { };
    services.postgresql = {
      enable = true;
      package = pkgs.postgresql_17;
      ensureDatabases = [ "one" ];
      ensureUsers = [ { name = "one"; ensureDBOwnership = true; ensureClauses.createdb = false; } { name = "two"; } ];
      initialScript = pkgs.writeText "initial.sql" "CREATE TABLE from_script (line text);";
      settings = { shared_buffers = "32MB"; log_min_duration_statement = 250; shared_preload_libraries = "pg_stat_statements"; };
    };
    services.mysql = {
      enable = true;
      package = pkgs.mariadb;
      ensureDatabases = [ "one" ];
      ensureUsers = [ { name = "one"; ensurePermissions."one.*" = "ALL PRIVILEGES"; } ];
      settings.mysqld = { innodb_buffer_pool_size = "32M"; bind-address = "127.0.0.1"; skip-name-resolve = true; };
    };
    services.redis.servers.cache = { enable = true; save = [ ]; settings.maxmemory = 33554432; };
  }
"""
UNITS = ("postgresql.service", "mysql.service", "redis-cache.service")


def run_as(user, *argv, check=True):
    done = subprocess.run(["runuser", "-u", user, "--", *argv], capture_output=True, text=True, check=False, cwd="/")
    if check and done.returncode != 0:
        raise AssertionError(f"{argv}: {done.stderr}")
    return done.stdout.strip() if check else done.stderr


def psql(user, database, statement, check=True):
    return run_as(user, "/run/current-system/sw/bin/psql", "-XtAd", database, "-c", statement, check=check)


def mysql(user, statement, check=True):
    return run_as(user, "/run/current-system/sw/bin/mysql", "-N", "-e", statement, check=check)


def redis(user, *argv, check=True):
    return run_as(user, "/run/current-system/sw/bin/redis-cli", "-s", "/run/redis-cache/redis.sock", *argv, check=check)


@unittest.skipUnless(Path("/run/systemd/system").exists(), "systemd does not run here")
class DatabasesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(lambda: switch(toplevel('{ networking.firewall.enable = false; networking.hostName = "sandbox"; }')))
        cls.first = toplevel(BASE)
        switch(cls.first)

    def setUp(self):
        switch(self.first)

    def test_postgresql_has_its_databases_users_and_settings(self):
        self.assertEqual(psql("one", "one", "SELECT current_user || current_database()"), "oneone")
        self.assertEqual(psql("one", "one", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'one'"), "one")
        self.assertIn("Peer authentication failed", run_as("one", "/run/current-system/sw/bin/psql", "-U", "postgres", "-d", "one", check=False))
        self.assertEqual(psql("postgres", "postgres", "SHOW shared_buffers"), "32MB")
        self.assertEqual(psql("postgres", "postgres", "SHOW log_min_duration_statement"), "250ms")
        self.assertEqual(psql("postgres", "postgres", "SELECT count(*) FROM from_script"), "0")
        self.assertEqual(psql("postgres", "postgres", "SHOW data_directory"), "/var/lib/postgresql/17")
        for unit in ("postgresql.target", "postgresql-setup.service", "postgresql.service"):
            self.assertEqual(show(unit, "ActiveState"), "active")

    def test_postgresql_keeps_its_data_and_runs_the_first_script_once(self):
        psql("one", "one", "CREATE TABLE IF NOT EXISTS kept (line text)")
        before = show("postgresql.service", "MainPID")
        switch(toplevel(BASE, '{ services.postgresql.settings.work_mem = "8MB"; }'))
        self.assertNotEqual(show("postgresql.service", "MainPID"), before)
        self.assertEqual(psql("one", "one", "SELECT count(*) FROM kept"), "0")
        self.assertEqual(psql("one", "one", "SHOW work_mem"), "8MB")

    def test_postgresql_gets_a_new_database_beside_the_old(self):
        switch(toplevel(BASE, '{ services.postgresql.ensureDatabases = [ "two" ]; }'))
        self.assertEqual(psql("postgres", "two", "SELECT 1"), "1")
        self.assertEqual(psql("one", "one", "SELECT 1"), "1")

    def test_another_major_version_has_its_own_directory(self):
        psql("postgres", "postgres", "CREATE TABLE IF NOT EXISTS of_17 (line text)")
        switch(toplevel(BASE, "{ pkgs, lib, ... }: { services.postgresql.package = lib.mkForce pkgs.postgresql_15; }"))
        self.assertTrue(psql("postgres", "postgres", "SHOW server_version").startswith("15."))
        self.assertIn("does not exist", psql("postgres", "postgres", "SELECT * FROM of_17", check=False))
        switch(self.first)
        self.assertEqual(psql("postgres", "postgres", "SELECT count(*) FROM of_17"), "0")

    def test_postgresql_comes_back_after_a_crash(self):
        before = show("postgresql.service", "MainPID")
        subprocess.run(["systemctl", "kill", "--kill-whom=main", "--signal=KILL", "postgresql.service"], check=True)
        subprocess.run(["timeout", "30", "sh", "-c", f"until [ \"$(systemctl show -P MainPID postgresql.service)\" != {before} ] && systemctl -q is-active postgresql.service; do sleep 0.1; done"], check=True)
        self.assertEqual(psql("one", "one", "SELECT 1"), "1")

    def test_a_setting_that_the_server_does_not_know_is_not_built(self):
        with self.assertRaises(Refused) as caught:
            toplevel(BASE, '{ services.postgresql.settings.shared_bufers = "1GB"; }')
        self.assertIn("shared_bufers", caught.exception.stderr)

    def test_mariadb_has_its_databases_and_users(self):
        self.assertEqual(mysql("one", "SELECT CURRENT_USER()"), "one@localhost")
        self.assertEqual(mysql("one", "SHOW DATABASES LIKE 'one'"), "one")
        self.assertIn("Access denied", run_as("two", "/run/current-system/sw/bin/mysql", "-u", "one", "-e", "SELECT 1", check=False))
        self.assertEqual(mysql("mysql", "SELECT @@innodb_buffer_pool_size"), str(32 << 20))
        self.assertEqual(mysql("mysql", "SELECT @@datadir"), "/var/lib/mysql/")
        self.assertEqual(Path("/var/lib/mysql").owner(), "mysql")

    def test_mariadb_takes_its_settings_by_a_restart_and_keeps_its_data(self):
        mysql("one", "CREATE TABLE IF NOT EXISTS one.kept (line int)")
        switch(toplevel(BASE, "{ services.mysql.settings.mysqld.max_connections = 77; }"))
        self.assertEqual(mysql("one", "SELECT @@max_connections, count(*) FROM one.kept"), "77\t0")

    def test_redis_is_reached_by_its_group_alone(self):
        self.assertEqual(redis("two", "SET", "key", "value"), "OK")
        self.assertEqual(redis("two", "CONFIG", "GET", "maxmemory"), "maxmemory\n33554432")
        self.assertIn("Permission denied", redis("one", "PING", check=False))
        self.assertEqual(show("redis-cache.service", "User"), "redis-cache")
        listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn(":6379", listening)

    def test_what_goes_is_stopped_and_its_data_stays(self):
        mysql("one", "CREATE TABLE IF NOT EXISTS one.stays (line int)")
        psql("one", "one", "CREATE TABLE IF NOT EXISTS stays (line text)")
        switch(toplevel('{ networking.firewall.enable = false; networking.hostName = "sandbox"; }'))
        self.assertEqual([show(unit, "ActiveState") for unit in UNITS], ["inactive"] * 3)
        switch(self.first)
        self.assertEqual(psql("one", "one", "SELECT count(*) FROM stays"), "0")
        self.assertEqual(mysql("one", "SELECT count(*) FROM one.stays"), "0")

    def test_what_is_missing_here_is_said(self):
        expression = nixos(BASE, '{ services.postgresql.extensions = ps: [ "/nix" ]; services.postgresql.enableJIT = true; }')
        with self.assertRaises(Refused) as caught:
            evaluate(f"{expression}.config.system.build.toplevel.drvPath")
        self.assertIn("services.postgresql.extensions: the sandbox host", caught.exception.stderr)
        self.assertIn("services.postgresql.enableJIT: the sandbox host", caught.exception.stderr)


if __name__ == "__main__":
    unittest.main()
