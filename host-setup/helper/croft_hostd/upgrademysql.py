"""What an upgrade of MariaDB does otherwise than that of another server.

A newer server reads the data of an older one where that was stopped in good order, changes it for good, and `mariadb-upgrade` brings
the tables of the system after. So it is given a copy, which shares the blocks of the old one where the file system lets it.
"""

import os

from . import engines, mywire, units, upgrade

_UNIT = "croft-upgrade-server.service"
_SOCKET = f"{upgrade.PRIVATE}/{os.path.basename(mywire.SOCKET)}"
_START_SECONDS = 3600
#: What comes with the server, and is of its version.
_OWN = ("information_schema", "mysql", "performance_schema", "sys")
_OWN_USERS = ("", "PUBLIC", "mariadb.sys")


class MysqlUpgrade(upgrade.Upgrade):
    engine = "mysql"

    def _server_in_use(self):
        return engines.Mysql(self._system)

    def _look_over(self):
        self._say(f"Checking whether MariaDB {self._shown(self._new)} knows its settings")
        # It ends with the list of what it knows, or at the first setting that it does not.
        toplevel = self.plan["toplevel"]
        self._run(self._as_server(toplevel, "mariadbd", f"--defaults-file={toplevel}/etc/my.cnf", "--verbose", "--help"))

    def _old_server(self):
        # It merges and writes down all that it had put off, so that the newer one finds nothing to recover.
        return _Private(self._system, self.plan["previous"], self._old["dataDir"], ("--read-only", "--innodb-fast-shutdown=0"))

    def _new_server(self):
        return _Private(self._system, self.plan["toplevel"], self._scratch, ())

    def _dump(self, server, making):
        from urllib.parse import quote

        databases_there = _databases(server)
        self._say(f"Dumping the {len(databases_there)} databases of MariaDB {self._shown(self._old)}")
        self._run(self._dumping(f"{making}/users.sql", "--system=users"))
        for database in databases_there:
            file = f"{making}/{quote(database, safe='')}.sql"
            self._run(
                self._dumping(file, "--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob", "--", database)
            )

    def _dumping(self, file, *arguments):
        return self._as_server(
            self.plan["previous"], "mariadb-dump", "--no-defaults", f"--socket={_SOCKET}", f"--user={engines.MYSQL_ACCOUNT}",
            "--default-character-set=utf8mb4", f"--result-file={file}", *arguments,
        )  # fmt: skip

    def _carry_over(self):
        self._say(f"Copying the data of MariaDB {self._shown(self._old)} for {self._shown(self._new)}")
        self._empty(self._scratch)
        done = self._system.run(
            ["cp", "-a", "--reflink=auto", "--sparse=auto", "--", f"{self._path(self._old['dataDir'])}/.", self._path(self._scratch)],
            timeout=upgrade.SECONDS,
        )
        if done.code != 0:
            raise upgrade.failed((done.err.strip().splitlines() or [f"cp ended with code {done.code}."])[0], done.err)

    def _complete(self, server):
        self._say("Bringing the tables of the system up to the new version")
        toplevel = self.plan["toplevel"]
        self._run(self._as_server(toplevel, "mariadb-upgrade", "--no-defaults", f"--socket={_SOCKET}", f"--user={engines.MYSQL_ACCOUNT}"))

    def _inventory(self, server):
        """What has to be the same in both. The grants of an account are shown in words that each version has of its own."""
        own, users = _listed(_OWN), _listed(_OWN_USERS)
        found = {}
        with server.session() as session:
            for user, host, plugin, known_by in session.values(
                f"SELECT User, Host, plugin, authentication_string FROM mysql.user WHERE User NOT IN ({users}) ORDER BY 1, 2"
            ):
                found[f"the account {user}@{host}"] = [plugin, known_by]
            for grants in ("db", "tables_priv", "procs_priv"):
                for database, user, host in session.values(f"SELECT Db, User, Host FROM mysql.{grants} WHERE User NOT IN ({users}) AND Db NOT IN ({own})"):
                    found[f"the privileges of {user}@{host} on {database} ({grants})"] = True
            for row in session.values(
                "SELECT schema_name, default_character_set_name, default_collation_name FROM information_schema.schemata"
                f" WHERE schema_name NOT IN ({own}) ORDER BY 1"
            ):
                found[f"the database {row[0]}"] = row
            for kind, table, name, schema in (
                ("routine", "routines", "routine_name", "routine_schema"),
                ("trigger", "triggers", "trigger_name", "trigger_schema"),
                ("event", "events", "event_name", "event_schema"),
            ):
                for one, database in session.values(f"SELECT {name}, {schema} FROM information_schema.{table} WHERE {schema} NOT IN ({own})"):
                    found[f"the {kind} {one} of the database {database}"] = True
            for database, table, kind in session.values(
                f"SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN ({own}) ORDER BY 1, 2"
            ):
                if "VIEW" in kind:
                    found[f"the view {table} of the database {database}"] = True
                    continue
                rows = session.values(f"SELECT COUNT(*) FROM {mywire.quoted(database)}.{mywire.quoted(table)}")[0][0]
                found[f"the table {table} of the database {database}"] = f"{rows} rows"
        return found

    def _settle(self):
        pass

    def _shown(self, declared):
        return upgrade.version(self.engine, declared["major"])

    def _as_server(self, toplevel, name, *arguments):
        return engines.as_account(engines.MYSQL_ACCOUNT, "env", f"--chdir={upgrade.PRIVATE}", f"{toplevel}/sw/bin/{name}", *arguments)


class _Private:
    """A server on a socket of its own, with the settings of its system, for as long as the block lasts. Nothing of its own begins in it."""

    def __init__(self, system, toplevel, directory, options):
        self._system = system
        self._toplevel = toplevel
        self._directory = directory
        self._options = options

    def __enter__(self):
        begun = self._system.now()
        done = self._system.run(
            [
                "systemd-run", "--quiet", "--no-ask-password", "--collect", "--service-type=notify", f"--unit={_UNIT}",
                "--description=Croft: MariaDB while it is upgraded", "--slice=croft-build.slice", f"--property=User={engines.MYSQL_ACCOUNT}",
                "--property=UMask=0077", "--property=NotifyAccess=all", f"--property=TimeoutStartSec={_START_SECONDS}", "--property=TimeoutStopSec=infinity",
                f"--property=RuntimeMaxSec={int(upgrade.SECONDS)}", "--property=PrivateNetwork=yes", "--property=PrivateTmp=yes", "--property=NoNewPrivileges=yes",
                "--property=ProtectSystem=strict", f"--property=ReadWritePaths={self._directory} {upgrade.PRIVATE}", "--property=LimitCORE=0", "--",
                f"{self._toplevel}/sw/bin/mariadbd", f"--defaults-file={self._toplevel}/etc/my.cnf", f"--datadir={self._directory}", f"--socket={_SOCKET}",
                f"--pid-file={upgrade.PRIVATE}/pid", "--skip-networking", "--skip-log-bin", "--skip-slave-start", "--event-scheduler=OFF", "--log-error=", *self._options,
            ],
            timeout=_START_SECONDS + 30,
        )  # fmt: skip
        if done.code != 0:
            raise upgrade.failed(f"The server did not start on {self._directory}.", units.last_lines(self._system, _UNIT, begun) or done.err)
        return engines.Mysql(self._system, _SOCKET)

    def __exit__(self, *_):
        end_private(self._system)


def end_private(system):
    """Ends the server of an upgrade, in good order."""
    system.run(["systemctl", "stop", "--no-ask-password", "--", _UNIT], timeout=upgrade.SECONDS)


def _databases(server):
    with server.session() as session:
        return [row[0] for row in session.values(f"SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ({_listed(_OWN)}) ORDER BY 1")]


def _listed(names):
    return ", ".join(mywire.literal(name) for name in names)
