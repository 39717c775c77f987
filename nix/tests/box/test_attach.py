"""Databases, caches, volumes, jobs and migrations of apps on a real box, with the real servers."""

import hashlib
import json
import unittest
import urllib.request
import uuid

from provisioned import FLAKE, REPOSITORY, ProvisionedBoxTest, until

SOURCE = REPOSITORY / "nix/tests/sources/database-app"
BY_PASSWORD = REPOSITORY / "nix/tests/sources/password-app"
# Versions of the app, by the digit that their commit is made of, and what makes them different.
VERSIONS = {"1": {"VERSION": "1"}, "2": {"VERSION": "2"}, "3": {"VERSION": "3", "BROKEN": ""}}
# The files come from the box's own flake instead of a server; what the apps' units are made of stays the same.
OWNERS = """{ croft.fetchSource = source: {
  outPath = "${./app}/${builtins.substring 0 1 source.rev}";
  inherit (source) rev narHash; shortRev = builtins.substring 0 7 source.rev; lastModified = 0;
}; }"""
SERVICES = {"postgresql": {"major": 17, "settings": {"work_mem": "8M"}, "limits": {"memoryMax": "512M"}}, "mysql": {}}
PORT = 8301
PASSWORDS = {"postgresql": "PGPASSWORD", "mysql": "MYSQL_PWD"}
KEPT = "/var/lib/croft/credentials/databases"
# A box that is kept has been migrated to by the runs before.
RUN = uuid.uuid4().hex
MEDIA = "/var/lib/croft/apps/shop-2/storage/media"


def shop(version="1", **other):
    return {
        "source": {"type": "git", "url": "https://git.example/ada/shop.git", "rev": version * 40, "narHash": f"sha256-{version * 42}A="},
        "build": {"builder": "python"},
        "run": {"port": PORT, "hooks": {"migrate": ["python3", "main.py", "--migrate", RUN]}},
        "attach": {"postgresql": {"extensions": ["pg_trgm"]}, "redis": {"memoryMax": "16M"}, "storage": {"media": {"quota": "1G"}}},
        "jobs": {"tidy-up": {"onCalendar": "daily", "command": ["python3", "main.py", "--job"], "timeoutSeconds": 60}},
        "health": {"timeoutSeconds": 60},
    } | other


def wiki(**attach):
    """An app that only waits: what it may reach is tried as its user."""
    source = {"type": "git", "url": "https://git.example/ada/wiki.git", "rev": "1" * 40, "narHash": f"sha256-{'1' * 42}A="}
    return {"source": source, "build": {"builder": "python"}, "run": {"command": ["python3", "-c", "import signal; signal.pause()"]}, "attach": attach}


WIKI = wiki(postgresql={"database": "wiki_db"}, mysql={})


def remote(isolation="service", port=PORT + 1, **access):
    """An app that knows its databases by address and password alone."""
    source = {"type": "git", "url": "https://git.example/ada/remote.git", "rev": "4" * 40, "narHash": f"sha256-{'4' * 42}A="}
    return {
        "source": source,
        "build": {"builder": "python"},
        "isolation": isolation,
        "run": {"port": port, "env": {"LINE": RUN}},
        "attach": {engine: {"access": word} for engine, word in access.items()},
        "health": {"timeoutSeconds": 60},
    }


class AttachTest(ProvisionedBoxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.write(f"{FLAKE}/host/app/4/main.py", (BY_PASSWORD / "main.py").read_text())
        for version, files in VERSIONS.items():
            for name, text in {"main.py": (SOURCE / "main.py").read_text(), **files}.items():
                cls.box.write(f"{FLAKE}/host/app/{version}/{name}", text)

    def tearDown(self):
        # A box that is kept is started with what its flake says last.
        self.commit()

    def switch(self, expected=0, services=SERVICES, **apps):
        self.commit(apps=apps, services=services, owners=OWNERS)
        done = self.rebuild("test")
        self.assertEqual(done.returncode, expected, done.stderr[-3000:])
        return done.stderr

    def refusal(self, **state):
        self.commit(owners=OWNERS, **state)
        done = self.box.run("nix", "build", "--no-link", f"git+file://{FLAKE}#nixosConfigurations.sandbox.config.system.build.toplevel", "-L", check=False)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def ask(self, port=PORT):
        answers = []

        def answered():
            try:
                with urllib.request.urlopen(f"http://{self.address}:{port}/", timeout=10) as reply:
                    answers.append(json.loads(reply.read()))
            except OSError:
                return False
            return True

        until(answered)
        return answers[0]

    def show(self, unit, name):
        return self.box.out("systemctl", "show", "-P", name, unit)

    def as_user(self, user, *argv):
        done = self.box.run("runuser", "-u", user, "--", *argv, check=False)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()

    def psql(self, user, database, statement):
        return self.as_user(user, "/run/current-system/sw/bin/psql", "-XtA", "-h", "/run/postgresql", "-d", database, "-c", statement)

    def mysql(self, user, statement):
        return self.as_user(user, "/run/current-system/sw/bin/mysql", "-N", "-e", statement)

    def failures(self):
        """How often the broken version's migration has run."""
        return self.box.run("journalctl", "-o", "cat", "-t", "croft-migrate-shop-2").stdout.count("this migration does not work")

    def test_an_app_has_what_it_is_attached_to_and_nothing_else(self):
        self.switch(**{"shop-2": shop(), "wiki": WIKI})
        told = self.ask()
        self.assertEqual(told["whoami"], ["croft-app-shop-2@shop_2"])
        self.assertEqual(told["url"], ["shop_2"])
        self.assertIn("1", told["migrations"])
        self.assertIn("pg_trgm", told["extensions"])
        self.assertIn("permission denied for database", told["neighbour"])
        self.assertIn("permission denied", told["superuser"])
        self.assertTrue(told["visits"].startswith(":"), told["visits"])

        # nobody else comes in, by any of the doors
        self.assertIn("permission denied for database", self.psql("croft-app-wiki", "shop_2", "SELECT 1"))
        self.assertIn("Peer authentication failed", self.as_user("croft-app-wiki", "/run/current-system/sw/bin/psql", "-U", "croft-app-shop-2", "-d", "shop_2", "-c", "SELECT 1"))
        self.assertIn("Permission denied", self.as_user("croft-app-wiki", "/usr/bin/redis-cli", "-s", "/run/redis-croft-shop-2/redis.sock", "PING"))
        self.assertIn("Permission denied", self.as_user("croft-app-wiki", "ls", MEDIA))
        self.assertEqual(self.mysql("croft-app-wiki", "CREATE TABLE IF NOT EXISTS wiki.page (line int); SELECT CURRENT_USER()"), "croft-app-wiki@localhost")
        self.as_user("mysql", "/run/current-system/sw/bin/mysql", "-e", "CREATE DATABASE IF NOT EXISTS wikis; CREATE DATABASE IF NOT EXISTS other")
        self.assertIn("Access denied", self.mysql("croft-app-wiki", "USE other"))
        self.assertIn("Access denied", self.mysql("croft-app-shop-2", "SELECT 1"))

        self.assertEqual(self.psql("postgres", "postgres", "SHOW work_mem"), "8MB")
        self.assertEqual(self.psql("postgres", "postgres", "SHOW server_encoding"), "UTF8")
        self.assertEqual(self.psql("postgres", "postgres", "SELECT extname FROM pg_extension WHERE extname LIKE 'pg_stat%'"), "pg_stat_statements")
        self.assertIn("/croft-services-postgresql.slice/", self.show("postgresql.service", "ControlGroup"))
        self.assertEqual(self.show("croft-services-postgresql.slice", "MemoryMax"), str(512 << 20))
        self.assertEqual(self.box.out("stat", "-c", "%U %a", MEDIA), "croft-app-shop-2 700")
        facts = json.loads(self.box.out("cat", "/etc/croft/facts.json"))
        self.assertEqual(
            facts["attach"]["shop-2"],
            {"postgresql": "shop_2", "mail": None, "mysql": None, "redis": True, "storage": {"media": 1 << 30}, "jobs": ["tidy-up"], "secrets": []},
        )
        self.assertEqual(facts["postgresql"], {"major": 17, "dataDir": "/var/lib/postgresql/17"})

    def test_a_job_runs_as_the_app_with_all_that_it_has(self):
        self.switch(**{"shop-2": shop()})
        self.ask()
        self.assertIn("croft-job-shop-2-tidy-up.timer", self.box.out("systemctl", "list-timers", "--all", "--plain"))
        self.box.run("systemctl", "start", "croft-job-shop-2-tidy-up.service")
        self.assertIn("from-the-job", self.ask()["files"])
        self.assertEqual(self.box.out("stat", "-c", "%U", f"{MEDIA}/from-the-job"), "croft-app-shop-2")
        self.assertEqual(self.show("croft-job-shop-2-tidy-up.service", "Result"), "success")

    def test_another_attachment_disturbs_neither_the_server_nor_other_apps(self):
        self.switch(**{"shop-2": shop()})
        self.ask()
        units = ("postgresql.service", "croft-app-shop-2.service", "redis-croft-shop-2.service")
        before = [self.show(unit, "MainPID") for unit in units]
        self.switch(**{"shop-2": shop(), "wiki": WIKI})
        self.assertEqual(self.psql("croft-app-wiki", "wiki_db", "SELECT 1"), "1")
        self.assertEqual([self.show(unit, "MainPID") for unit in units], before)

    def test_the_old_version_serves_until_the_migration_is_done(self):
        self.switch(**{"shop-2": shop("1")})
        before = self.ask()
        self.box.write(f"{MEDIA}/hold", "")
        self.commit(apps={"shop-2": shop("2")}, services=SERVICES, owners=OWNERS)
        self.box.run("systemd-run", "--quiet", "--unit=test-switch", "--property=RemainAfterExit=yes", "nixos-rebuild", "test", "--flake", f"git+file://{FLAKE}#sandbox")
        self.addCleanup(self.box.run, "systemctl", "stop", "test-switch.service", check=False)
        self.addCleanup(self.box.run, "rm", "-f", f"{MEDIA}/hold", check=False)
        until(lambda: self.show("croft-migrate-shop-2.service", "ActiveState") == "activating", 120)
        self.assertEqual(self.ask()["version"], "1")
        self.box.run("rm", f"{MEDIA}/hold")
        until(lambda: self.show("test-switch.service", "SubState") in ("exited", "failed"), 120)
        self.assertEqual(self.show("test-switch.service", "Result"), "success")
        after = self.ask()
        self.assertEqual(after["version"], "2")
        self.assertEqual(after["migrations"][: len(before["migrations"])], before["migrations"])
        self.assertEqual(after["migrations"].count("2"), before["migrations"].count("2") + 1)

        # Back and forth again: each version has been migrated to. A restart is no reason, either.
        self.switch(**{"shop-2": shop("1")})
        self.assertEqual(self.ask()["version"], "1")
        self.switch(**{"shop-2": shop("2")})
        self.box.run("systemctl", "restart", "croft-app-shop-2.service")
        again = self.ask()
        self.assertEqual((again["version"], again["migrations"]), ("2", after["migrations"]))

    def test_a_failing_migration_fails_the_switch_and_leaves_the_old_process_alone(self):
        self.switch(**{"shop-2": shop("1")})
        before, process = self.ask(), self.show("croft-app-shop-2.service", "MainPID")
        failures = self.failures()
        good = self.box.out("readlink", "-f", "/run/current-system")
        try:
            words = self.switch(expected=4, **{"shop-2": shop("3")})
            self.assertIn("croft-migrate-shop-2.service", words)
            self.assertEqual(self.show("croft-app-shop-2.service", "MainPID"), process)
            self.assertEqual(self.ask()["version"], "1")
            self.assertEqual(self.failures(), failures + 1)
            # Nor does it start by another way.
            self.assertNotEqual(self.box.run("systemctl", "start", "croft-job-shop-2-tidy-up.service", check=False).returncode, 0)
        finally:
            back = self.box.run(f"{good}/bin/switch-to-configuration", "test", check=False)
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertEqual(self.show("croft-app-shop-2.service", "MainPID"), process)
        self.assertEqual(self.ask()["migrations"], before["migrations"])

    def test_an_app_comes_back_with_its_server(self):
        self.switch(**{"shop-2": shop()})
        self.ask()
        for verbs in (["restart"], ["stop", "start"]):
            for verb in verbs:
                self.box.run("systemctl", verb, "postgresql.service")
            self.assertEqual(self.ask()["whoami"], ["croft-app-shop-2@shop_2"])
        self.box.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "postgresql.service")
        until(lambda: self.ask()["whoami"] == ["croft-app-shop-2@shop_2"])

    def test_what_is_detached_is_kept(self):
        self.switch(**{"shop-2": shop(), "wiki": WIKI})
        visits = int(self.ask()["visits"].lstrip(":"))
        migrations = self.ask()["migrations"]
        self.switch(services=None)
        self.assertNotEqual(self.box.run("systemctl", "is-active", "postgresql.service", check=False).returncode, 0)
        self.assertNotEqual(self.box.run("systemctl", "is-active", "redis-croft-shop-2.service", check=False).returncode, 0)
        self.switch(**{"shop-2": shop(), "wiki": WIKI})
        after = self.ask()
        self.assertEqual(after["migrations"], migrations)
        self.assertGreater(int(after["visits"].lstrip(":")), visits)

    def test_a_database_of_somebody_else_is_not_taken(self):
        self.switch(**{"shop-2": shop(), "wiki": WIKI})
        try:
            self.switch(expected=4, thief=wiki(postgresql={"database": "wiki_db"}))
            self.assertIn("the database wiki_db belongs to croft-app-wiki", self.box.out("journalctl", "-o", "cat", "-u", "croft-postgresql-thief.service"))
            self.assertIn("permission denied", self.psql("croft-app-thief", "wiki_db", "SELECT 1"))
            self.switch(expected=4, thief=wiki(mysql={"database": "wiki"}))
            self.assertIn("wiki belongs to croft-app-wiki", self.box.out("journalctl", "-o", "cat", "-u", "croft-mysql-thief.service"))
        finally:
            self.switch()

    # -- with a password ---------------------------------------------------------------------------------------------

    def password(self, app, engine):
        name = PASSWORDS[engine]
        return self.box.out("systemd-creds", "decrypt", f"--name={name}", f"{KEPT}/{app}/{name}", "-")

    def sign_in(self, url):
        """What somebody else on the box hears at an address."""
        copy = "/srv/password-app.py"
        self.box.write(copy, (BY_PASSWORD / "main.py").read_text())
        return self.box.run("runuser", "-u", "nobody", "--", "python3", copy, "--try", stdin=url).stdout.strip()

    def verifiers(self):
        statement = "SELECT rolname FROM pg_authid WHERE rolname LIKE 'croft-app-%' AND rolpassword LIKE 'SCRAM-SHA-256$4096:%' ORDER BY 1"
        return self.psql("postgres", "postgres", statement).split()

    def members(self):
        return self.psql("postgres", "postgres", "SELECT pg_get_userbyid(member) FROM pg_auth_members WHERE roleid = 'croft_loopback'::regrole ORDER BY 1").split()

    def native(self):
        statement = "SELECT User, Host FROM mysql.global_priv WHERE Priv LIKE '%mysql_native_password%' AND User LIKE 'croft-app-%' ORDER BY 1, 2"
        return self.mysql("mysql", statement).split()

    def test_an_app_signs_in_with_a_password_that_only_it_has(self):
        loud = {"postgresql": SERVICES["postgresql"] | {"settings": {"log_min_duration_statement": 0}}, "mysql": {}}
        both = {"postgresql": "password", "mysql": "password"}
        levels = {"remote": remote(**both), "remote-2": remote("jail", PORT + 2, **both)}
        since = self.box.out("date", "+%s")
        self.switch(services=loud, wiki=WIKI, **levels)
        for port, app, database in ((PORT + 1, "remote", "remote"), (PORT + 2, "remote-2", "remote_2")):
            with self.subTest(app=app):
                told = self.ask(port)
                self.assertEqual(told["DATABASE_URL"]["who"], [f"croft-app-{app}"])
                self.assertIn(told["MYSQL_URL"]["who"], ([f"croft-app-{app}@localhost"], [f"croft-app-{app}@127.0.0.1"]))
                for name in ("DATABASE_URL", "MYSQL_URL"):
                    self.assertIn(RUN, told[name]["kept"])
                self.assertIn("password authentication failed", told["DATABASE_URL"]["wrong"])
                self.assertIn("Access denied", told["MYSQL_URL"]["wrong"])
                self.assertIn("pg_hba.conf rejects connection", told["DATABASE_URL"]["elsewhere"])
                self.assertIn("Access denied", told["MYSQL_URL"]["elsewhere"])
                self.assertEqual(told["lengths"], {"PGPASSWORD": 43, "MYSQL_PWD": 43, "MYSQL_PASSWORD": 43})
                self.assertTrue(told["same"])
                self.assertEqual(told["files"], ["MYSQL_PWD", "PGPASSWORD"])
                self.assertEqual(
                    told["told"],
                    {"PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": f"croft-app-{app}", "PGDATABASE": database, "MYSQL_HOST": "127.0.0.1", "MYSQL_TCP_PORT": "3306", "MYSQL_UNIX_PORT": None},
                )
                for engine, name in PASSWORDS.items():
                    self.assertEqual(told["digests"][name], hashlib.sha256(self.password(app, engine).encode()).hexdigest())
        # What is not bound into the jail is not there; without one, the servers' sockets are everybody's to knock at.
        self.assertEqual(self.ask(PORT + 2)["sockets"], [])

        # the password opens its own database, to whoever has it, and no other
        pg, my = self.password("remote", "postgresql"), self.password("remote", "mysql")
        self.assertEqual(self.sign_in(f"postgresql://croft-app-remote:{pg}@127.0.0.1:5432/remote"), '["1"]')
        self.assertEqual(self.sign_in(f"mysql://croft-app-remote:{my}@127.0.0.1:3306/remote"), '["1"]')
        self.assertIn("permission denied for database", self.sign_in(f"postgresql://croft-app-remote:{pg}@127.0.0.1:5432/remote_2"))
        self.assertIn("permission denied for database", self.sign_in(f"postgresql://croft-app-remote:{pg}@127.0.0.1:5432/wiki_db"))
        self.assertIn("Access denied", self.sign_in(f"mysql://croft-app-remote:{my}@127.0.0.1:3306/remote_2"))
        self.assertIn("password authentication failed", self.sign_in(f"postgresql://croft-app-remote-2:{pg}@127.0.0.1:5432/remote_2"))
        self.assertIn("Access denied", self.sign_in(f"mysql://croft-app-remote-2:{my}@127.0.0.1:3306/remote_2"))
        self.assertIn("password authentication failed", self.sign_in("postgresql://croft-app-wiki:any@127.0.0.1:5432/wiki_db"))
        for place in (f"{KEPT}/remote/PGPASSWORD", "/run/credentials/croft-app-remote.service/PGPASSWORD", "/run/croft-postgresql-remote/verifier.sql"):
            self.assertIn("Permission denied", self.as_user("croft-app-wiki", "cat", place))
        self.assertEqual(self.box.out("stat", "-c", "%U %a", f"{KEPT}/remote/PGPASSWORD"), "root 600")
        self.assertEqual(self.box.out("stat", "-c", "%U %a", "/run/croft-postgresql-remote/verifier.sql"), "postgres 600")

        # both servers listen on the loopback alone
        listening = {line.split()[3] for line in self.box.out("ss", "-Htln").splitlines()}
        self.assertEqual({place for place in listening if place.endswith((":5432", ":3306"))} - {"127.0.0.1:5432", "[::1]:5432", "127.0.0.1:3306"}, set())

        # and the values are nowhere else: not in clear on the disk, in the store, in arguments, in the journal, in what servers count
        system = self.box.out("readlink", "-f", "/run/current-system")
        self.box.write("/srv/closure", self.box.out("nix-store", "--query", "--requisites", system))
        values = "\n".join([pg, my, self.password("remote-2", "postgresql"), self.password("remote-2", "mysql")])
        places = "/var/lib/croft /etc /run/croft-postgresql-remote /run/croft-mysql-remote /var/lib/postgresql /var/lib/mysql"
        looked = {
            "the store": "xargs grep -rlFf /dev/fd/3 < /srv/closure",
            "files": f"grep -rlFf /dev/fd/3 {places}",
            "arguments": "cat /proc/[0-9]*/cmdline | grep -aFf /dev/fd/3",
            "the journal": f"journalctl --sync; journalctl -o export --since=@{since} | grep -aFf /dev/fd/3",
        }
        for place, command in looked.items():
            # The values come by a pipe, so that looking for them leaves none.
            self.assertEqual(self.box.run("sh", "-c", f"exec 3<&0; {command}", check=False, stdin=values).stdout, "", place)
        self.box.write("/srv/planted", f"x{pg}x")
        self.addCleanup(self.box.run, "rm", "-f", "/srv/planted")
        self.assertEqual(self.box.run("sh", "-c", "exec 3<&0; grep -rlFf /dev/fd/3 /srv", stdin=values).stdout.strip(), "/srv/planted")
        # Nor do the verifiers stand where every statement is logged and counted.
        self.assertEqual(self.psql("postgres", "postgres", "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%SCRAM-SHA-256$%' AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE '%pg_authid%'"), "0")
        journal = self.box.out("journalctl", "-o", "cat", "-u", "postgresql.service", f"--since=@{since}")
        self.assertIn("statement: ", journal)
        self.assertNotIn("SCRAM-SHA-256$4096:", journal)

        # A restart and another attachment leave the password as it is.
        units = ("postgresql.service", "mysql.service", "croft-app-remote.service")
        before = [self.show(unit, "MainPID") for unit in units]
        self.switch(services=loud, wiki=WIKI, other=remote(port=PORT + 3, postgresql="password"), **levels)
        self.assertEqual(self.ask(PORT + 3)["DATABASE_URL"]["who"], ["croft-app-other"])
        self.assertEqual([self.show(unit, "MainPID") for unit in units], before)
        self.box.run("systemctl", "restart", "postgresql.service", "mysql.service")
        self.assertEqual(self.ask(PORT + 1)["DATABASE_URL"]["who"], ["croft-app-remote"])
        self.assertEqual((self.password("remote", "postgresql"), self.password("remote", "mysql")), (pg, my))

    def test_a_password_is_renewed_and_the_one_before_is_good_no_more(self):
        self.switch(wiki=WIKI, remote=remote(postgresql="password", mysql="password"))
        self.ask(PORT + 1)
        addresses = {"postgresql": "postgresql://croft-app-remote:{}@127.0.0.1:5432/remote", "mysql": "mysql://croft-app-remote:{}@127.0.0.1:3306/remote"}
        for engine, address in addresses.items():
            with self.subTest(engine=engine):
                before = self.password("remote", engine)
                self.assertEqual(self.done_with("database-password-renew", engine=engine, app="remote"), {"restarted": ["croft-app-remote.service"]})
                after = self.password("remote", engine)
                self.assertNotEqual(after, before)
                self.assertIn(self.sign_in(address.format(before)).split(" ")[0], ('"password', '"Access'))
                self.assertEqual(self.sign_in(address.format(after)), '["1"]')
                told = self.ask(PORT + 1)
                self.assertEqual(told["digests"][PASSWORDS[engine]], hashlib.sha256(after.encode()).hexdigest())
                self.assertIn(RUN, told["DATABASE_URL"]["kept"])
                self.assertIn(RUN, told["MYSQL_URL"]["kept"])
        refused = self.console(type="database-password-renew", engine="postgresql", app="wiki")[-1]
        self.assertEqual((refused["type"], refused["problem"]["code"]), ("refused", "NOT_FOUND"))
        # An app that runs a command once has it, too.
        *lines, last = self.console(type="exec", app="remote", command=["python3", "-c", "import os; print(len(os.environ['PGPASSWORD']))"], timeoutSeconds=30)
        self.assertEqual(last["result"]["exitCode"], 0, (lines, last))
        self.assertEqual([line["text"] for line in lines], ["43"])

    def console(self, **frame):
        """What the box answers the console."""
        return ProvisionedBoxTest.ask(self, **frame)

    def done_with(self, kind, **members):
        last = self.console(type=kind, **members)[-1]
        self.assertEqual(last["type"], "done", last)
        return last["result"]

    def test_a_password_comes_and_goes_and_the_data_stays(self):
        by_password, by_socket = remote(postgresql="password", mysql="password"), remote(postgresql="socket", mysql="socket")
        user = "croft-app-remote"
        none = ([], [], [])

        def passwords():
            return self.verifiers(), self.members(), self.native()

        def kept():
            return self.box.run("test", "-e", f"{KEPT}/remote", check=False).returncode == 0

        self.switch(remote=by_socket)
        table = "CREATE TABLE IF NOT EXISTS kept (line varchar(40) PRIMARY KEY)"
        self.psql(user, "remote", table)
        self.psql(user, "remote", f"INSERT INTO kept VALUES ('socket-{RUN}')")
        self.mysql(user, f"USE remote; {table}; INSERT INTO kept VALUES ('socket-{RUN}')")
        self.assertEqual((passwords(), kept()), (none, False))

        self.switch(remote=by_password)
        told = self.ask(PORT + 1)
        for name in ("DATABASE_URL", "MYSQL_URL"):
            self.assertEqual([line for line in told[name]["kept"] if RUN in line], sorted([RUN, f"socket-{RUN}"]))
        self.assertEqual(passwords(), ([user], [user], [user, "127.0.0.1", user, "localhost"]))
        pg, my = self.password("remote", "postgresql"), self.password("remote", "mysql")

        self.switch(remote=by_socket)
        self.assertEqual((passwords(), kept()), (none, False))
        self.assertIn(RUN, self.psql(user, "remote", "SELECT line FROM kept").split())
        self.assertIn(RUN, self.mysql(user, "SELECT line FROM remote.kept").split())
        self.assertIn("password authentication failed", self.sign_in(f"postgresql://{user}:{pg}@127.0.0.1:5432/remote"))
        self.assertIn("Access denied", self.sign_in(f"mysql://{user}:{my}@127.0.0.1:3306/remote"))

        # detached with one, and back: the data is there, the password is another
        self.switch(remote=by_password)
        self.ask(PORT + 1)
        first = self.password("remote", "postgresql")
        self.assertNotEqual(first, pg)
        self.switch(wiki=WIKI)
        self.assertEqual((passwords(), kept()), (none, False))
        self.switch(remote=by_password)
        self.assertIn(f"socket-{RUN}", self.ask(PORT + 1)["DATABASE_URL"]["kept"])
        self.assertNotEqual(self.password("remote", "postgresql"), first)

        # one that this machine cannot open any more is followed by another
        self.box.write(f"{KEPT}/remote/PGPASSWORD", "from another machine\n")
        self.box.run("systemctl", "restart", "croft-postgresql-remote.service", "croft-app-remote.service")
        self.assertEqual(self.ask(PORT + 1)["DATABASE_URL"]["who"], [user])

    def test_what_cannot_be_is_refused_with_the_field(self):
        self.assertIn("services.postgresql is missing", self.refusal(apps={"shop-2": shop()}))
        words = self.refusal(apps={"shop-2": shop(jobs={"tidy": {"onCalendar": "whenever", "command": ["true"]}})}, services=SERVICES)
        self.assertIn("apps.shop-2.jobs.tidy.onCalendar: systemd does not understand whenever", words)
        self.assertIn("services.postgresql.major: this box's nixpkgs has no PostgreSQL 16", self.refusal(services={"postgresql": {"major": 16}}))


if __name__ == "__main__":
    unittest.main()
