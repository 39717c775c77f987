"""The database servers of a box, as their administrator: over the socket, as the account that each takes for its own.

PostgreSQL takes the account `postgres` for its superuser, MariaDB the account `mysql`; neither has a password. Programs of
theirs are those of the running system, so that they fit the server.
"""

import os

from . import mywire, pgwire, toplevels, units
from .pattern import Pattern
from .system import read_text

POSTGRES_SOCKET = "/run/postgresql"
POSTGRES_UNIT = "postgresql.service"
POSTGRES_ACCOUNT = "postgres"
MYSQL_UNIT = "mysql.service"
MYSQL_ACCOUNT = "mysql"
_NATIVE = Pattern(r"\*[0-9A-F]{40}")
#: Where the servers listen for apps that sign in with a password, and by which MariaDB knows that one was given.
LOOPBACK = "127.0.0.1"

#: What an administrator's session does not leave to the database. Its owner, an app, may set any of these for whoever connects, and a
#: path would put functions and operators of the app's in the place of the server's. What a client asks for when it connects wins.
_SETTINGS = {
    "search_path": "pg_catalog,pg_temp",
    "role": "none",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
#: The same for the server's own programs, which look in no path from their first statement on.
OPTIONS = " ".join(f"-c {name}={value}" for name, value in {**_SETTINGS, "default_transaction_read_only": "off"}.items())

#: What a session of this program's fails with.
ERRORS = (pgwire.ServerError, mywire.ServerError, OSError)


def program(system, name, toplevel=None):
    """A program of a system, by default the running one; one that is not NixOS has it on the path."""
    place = f"{toplevel or toplevels.running(system)}/sw/bin/{name}"
    return place if os.path.exists(system.path(place)) else name


def as_account(account, *argv):
    """How root runs a program as another account."""
    return ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups", "--", *argv]


def account_of(system, app):
    """The account that an app runs as."""
    return units.show(system, [units.app_unit(app)], "User")[0].get("User") or "root"


def account_of_role(system, role):
    """The account that a role belongs to which has the account's name; None when there is none."""
    text = read_text(system.path("/etc/passwd")) or ""
    return role if any(line.split(":", 1)[0] == role for line in text.splitlines()) else None


def why(error):
    """What a failed session or program said, as one sentence."""
    if isinstance(error, pgwire.ServerError):
        return f"{error.message} (SQLSTATE {error.state})."
    if isinstance(error, mywire.ServerError):
        return f"{error.message} (error {error.code}, SQLSTATE {error.state})."
    return f"{error.strerror or error}."


class Postgres:
    """What an administrator does with whole databases."""

    def __init__(self, system, socket=POSTGRES_SOCKET, port=pgwire.PORT):
        self.system = system
        self.socket = socket
        self.port = port

    def session(self, database="postgres", timeout=3600.0, role="postgres", account=POSTGRES_ACCOUNT):
        return self.system.postgres(self.socket, role, database, _SETTINGS, account=account, timeout=timeout, port=self.port)

    def reachable(self):
        try:
            self.session(timeout=10.0).close()
        except ERRORS:
            return False
        return True

    def size(self, database):
        """Bytes, or None when there is no such database."""
        with self.session() as session:
            rows = session.values("SELECT pg_database_size(oid) FROM pg_database WHERE datname = $1", database)
        return int(rows[0][0]) if rows else None

    def exists(self, database):
        with self.session() as session:
            return bool(session.values("SELECT 1 FROM pg_database WHERE datname = $1", database))

    def owner(self, database):
        """(role, whether it is a superuser), or None when there is no such database."""
        with self.session() as session:
            rows = session.values(
                "SELECT r.rolname, r.rolsuper FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = $1", database
            )
        return (rows[0][0], rows[0][1] == "t") if rows else None

    def named(self, prefix):
        """Databases whose names begin so."""
        with self.session() as session:
            return [row[0] for row in session.values("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)]

    def create_like(self, name, model, other=None):
        """An empty database with all that `model`, of another server when that is given, has beside its content: owner, encoding, locale,
        privileges, settings."""
        with self.session() as session, (other or self).session() as there:
            row = there.values("SELECT to_jsonb(d)::text FROM pg_database d WHERE datname = $1", model)[0][0]
            import json

            found = json.loads(row)
            owner = there.values("SELECT rolname FROM pg_roles WHERE oid = $1::oid", found["datdba"])[0][0]
            encoding = there.values("SELECT pg_encoding_to_char($1::int)", found["encoding"])[0][0]
            parts = [
                f"CREATE DATABASE {pgwire.quoted(name)} TEMPLATE template0 OWNER {pgwire.quoted(owner)}",
                f"ENCODING {_literal(encoding)} LC_COLLATE {_literal(found['datcollate'])} LC_CTYPE {_literal(found['datctype'])}",
            ]
            # The columns have changed their names: 15 has daticulocale, 17 has datlocale for both providers.
            provider, locale = found.get("datlocprovider", "c"), found.get("datlocale") or found.get("daticulocale")
            if provider == "i":
                parts.append(f"LOCALE_PROVIDER icu ICU_LOCALE {_literal(locale)}")
            elif provider == "b":
                parts.append(f"LOCALE_PROVIDER builtin BUILTIN_LOCALE {_literal(locale)}")
            session.query(" ".join(parts))
            self._grant_like(session, name, there, model)
            # As rows: a setting that is a list would lose its commas in a statement. By the role's name: its number is each server's own.
            for role, settings in there.values(
                "SELECT r.rolname, s.setconfig::text FROM pg_db_role_setting s JOIN pg_database m ON m.oid = s.setdatabase AND m.datname = $1"
                " LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setrole = 0 OR r.oid IS NOT NULL", model
            ):  # fmt: skip
                session.query(
                    "INSERT INTO pg_db_role_setting SELECT oid, COALESCE((SELECT oid FROM pg_roles WHERE rolname = $2), 0), $3::text[]"
                    " FROM pg_database WHERE datname = $1 AND ($2::text IS NULL OR EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $2))",
                    (name, role, settings),
                )

    @staticmethod
    def _grant_like(session, name, there, model):
        rows = there.values(
            "SELECT a.grantee, r.rolname, a.privilege_type, a.is_grantable FROM pg_database d, aclexplode(d.datacl) a"
            " LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = $1", model
        )  # fmt: skip
        if not rows:
            return  # The defaults, or a database that has been granted to nobody at all: both come with creating it.
        database = pgwire.quoted(name)
        session.query(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        for grantee, role, privilege, grantable in rows:
            to = "PUBLIC" if grantee == "0" else pgwire.quoted(role)
            option = " WITH GRANT OPTION" if grantable == "t" else ""
            session.query(f"GRANT {privilege} ON DATABASE {database} TO {to}{option}")

    def rename(self, *pairs, attempts=20):
        """Renames databases (from, to), all of them or none. Whoever is connected to one of them is sent away."""
        with self.session() as session:
            for attempt in range(attempts):
                for name, _ in pairs:
                    session.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", (name,))
                statements = [f"ALTER DATABASE {pgwire.quoted(name)} RENAME TO {pgwire.quoted(to)}" for name, to in pairs]
                try:
                    session.script("; ".join(["BEGIN", *statements, "COMMIT"]))
                    return
                except pgwire.ServerError as error:
                    session.script("ROLLBACK")
                    if error.state != "55006" or attempt == attempts - 1:
                        raise
                self.system.pause(0.2)

    def drop(self, database):
        with self.session() as session:
            session.query(f"DROP DATABASE IF EXISTS {pgwire.quoted(database)} WITH (FORCE)")

    def verifier(self, role):
        """What the server knows a password by that Croft has made for a role; None when it has none."""
        with self.session() as session:
            rows = session.values(
                "SELECT a.rolpassword FROM pg_authid a JOIN pg_auth_members m ON m.member = a.oid JOIN pg_roles t ON t.oid = m.roleid"
                " WHERE a.rolname = $1 AND t.rolname = 'croft_loopback' AND a.rolpassword IS NOT NULL", role
            )  # fmt: skip
        return rows[0][0] if rows else None

    def give_password(self, role, verifier):
        """Lets a role in with a password, and keeps the statement out of the server's log."""
        with self.session() as session:
            session.query("SET log_statement = 'none'")
            session.query("SET log_min_duration_statement = -1")
            session.query("SET log_min_error_statement = 'panic'")
            session.query(f"ALTER ROLE {pgwire.quoted(role)} PASSWORD {_literal(verifier)}")

    def rows(self, database, role, account):
        """table -> how many rows it has, of the tables of its applications that the role may read. The question is the role's own: what was
        a table in the list may be a view with functions in it by the time it is counted."""
        with self.session(database, role=role, account=account) as session:
            tables = session.values(
                "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
                " AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
                " AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2"
            )
            return {
                f"{schema}.{table}": int(session.values(f"SELECT count(*) FROM {pgwire.quoted(schema)}.{pgwire.quoted(table)}")[0][0])
                for schema, table in tables
            }

    def analyze(self, database):
        with self.session(database) as session:
            session.query("ANALYZE")


def conninfo(database):
    """The name of a database as PostgreSQL's programs take it: a plain one could be read as several settings."""
    return "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _literal(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Mysql:
    """The same for MariaDB and MySQL."""

    def __init__(self, system, socket=mywire.SOCKET):
        self.system = system
        self.socket = socket

    def session(self, database=None, timeout=3600.0, user=MYSQL_ACCOUNT):
        return self.system.mysql(self.socket, user, database, account=user, timeout=timeout)

    def reachable(self):
        try:
            self.session(timeout=10.0).close()
        except ERRORS:
            return False
        return True

    def admit(self, account, database):
        """Lets an account of the box in, by what the kernel says, to do all with one database, as the app's own service does."""
        user = f"{mywire.quoted(account)}@`localhost`"
        with self.session() as session:
            session.query(f"CREATE USER IF NOT EXISTS {user} IDENTIFIED VIA unix_socket")
            session.query(f"GRANT ALL PRIVILEGES ON {mywire.quoted(pattern(database))}.* TO {user}")

    def verifier(self, account):
        """What the server knows a password by that Croft has made for an account; None when it has none."""
        with self.session() as session:
            rows = session.values(
                "SELECT JSON_VALUE(Priv, '$.authentication_string') FROM mysql.global_priv"
                f" WHERE Host = {mywire.literal(LOOPBACK)} AND User = {mywire.literal(account)}"
            )
        found = rows[0][0] if rows else None
        return found if found and _NATIVE.fullmatch(found) else None

    def give_password(self, account, database, verifier):
        """Lets an account in over TCP with a password as well, as the app's own service does."""
        # The statement takes a plain literal only; `verifier` gives nothing that would have to be quoted.
        native = f"mysql_native_password USING '{verifier}'"
        remote = f"{mywire.quoted(account)}@{mywire.quoted(LOOPBACK)}"
        with self.session() as session:
            session.query(f"ALTER USER {mywire.quoted(account)}@`localhost` IDENTIFIED VIA unix_socket OR {native}")
            session.query(f"CREATE USER IF NOT EXISTS {remote} IDENTIFIED VIA {native}")
            session.query(f"GRANT ALL PRIVILEGES ON {mywire.quoted(pattern(database))}.* TO {remote}")

    def size(self, database):
        """Bytes, or None when there is no such database."""
        with self.session() as session:
            return self._size(session, database) if self.character_set(database) else None

    @staticmethod
    def _size(session, database):
        rows = session.values(
            "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS UNSIGNED) FROM information_schema.tables"
            f" WHERE table_schema = {mywire.literal(database)}"
        )
        return int(rows[0][0])

    def character_set(self, database):
        """(character set, collation), or None when there is no such database."""
        with self.session() as session:
            rows = session.values(
                "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata"
                f" WHERE schema_name = {mywire.literal(database)}"
            )
        return tuple(rows[0]) if rows else None

    def named(self, prefix):
        with self.session() as session:
            rows = session.values("SELECT schema_name FROM information_schema.schemata")
        return [row[0] for row in rows if row[0].startswith(prefix)]

    def owner(self, database, account):
        """The user that may do all with a database: the account's own when it may, else the first."""
        with self.session() as session:
            rows = session.values("SELECT Db, User FROM mysql.db WHERE Insert_priv = 'Y' AND Create_priv = 'Y' ORDER BY 1, 2")
        users = [user for pattern, user in rows if plain(pattern) == database]
        return account if account in users else next(iter(users), "")

    def make_empty(self, database, character_set):
        """An empty database of that name, whatever there was; privileges belong to the name and stay."""
        charset, collation = character_set
        with self.session() as session:
            session.query(f"DROP DATABASE IF EXISTS {mywire.quoted(database)}")
            session.query(f"CREATE DATABASE {mywire.quoted(database)} CHARACTER SET {charset} COLLATE {collation}")

    def rows(self, database, user):
        """table -> how many rows it has. The question is the user's own, for the same reason as above."""
        with self.session(database, user=user) as session:
            tables = session.values(
                "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
                f" AND table_schema = {mywire.literal(database)} ORDER BY 1"
            )
            return {table: int(session.values(f"SELECT COUNT(*) FROM {mywire.quoted(table)}")[0][0]) for (table,) in tables}

    def drop(self, database):
        with self.session() as session:
            session.query(f"DROP DATABASE IF EXISTS {mywire.quoted(database)}")


def pattern(database):
    """A database's name as a grant has to have it: the other way round of `plain`."""
    return database.replace("_", "\\_").replace("%", "\\%")


def plain(pattern):
    """A database's name as a grant of MySQL's has it, where _ and % would be wildcards."""
    return pattern.replace("\\_", "_").replace("\\%", "%")
