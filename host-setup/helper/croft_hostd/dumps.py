"""Databases in snapshots: dumped with the app's other data, and put back beside the one in use before they take its place.

PostgreSQL: `postgresql-NAME.dump` in pg_dump's own format. It is loaded into a database of its own first; the two change names in one
transaction, so that there is the old one or the new one whatever is cut off. `croft-new-…`, `croft-aside-…` and `croft-gone-…` are
what the directories of the same names are for files (snapshots.py).
MariaDB, MySQL: `mysql-NAME.dump`, statements. They cannot rename a database, so it is loaded twice: into another one, which shows that it can be
loaded, then into its place. What was there is a dump by then, and a file says that it has to be loaded again.
Redis: its directory, after it has saved.
"""

import hashlib
import os

from . import engines, facts, units
from .pattern import Pattern
from .problems import human_bytes, problem
from .system import write_atomically

_DUMP_SECONDS = 24 * 3600.0
#: Left free beside a database that is loaded.
_ROOM_BYTES = 64 * 1024 * 1024
#: A table that somebody has locked for longer than this is not waited for.
_LOCK_SECONDS = 120
#: A line of an archive's list that is no comment. It ends with the owner's name.
_ENTRY = Pattern(r"\d+; .*")


def sources(system, app, entries):
    """The databases that a snapshot's metadata name."""
    return [_KINDS[entry["engine"]](system, app, entry) for entry in entries if entry["engine"] in _KINDS]


def clear(system, operation, keep_aside):
    """Drops what an operation has left in the servers. Data set aside is kept while `keep_aside`: it is still missed."""
    stages = ("new", "gone") if keep_aside else ("new", "gone", "aside")
    running = facts.of_box(system)
    for engine, server in (("postgresql", engines.Postgres(system)), ("mysql", engines.Mysql(system))):
        if not running.get(engine):
            continue
        try:
            for stage in stages:
                for database in server.named(f"croft-{stage}-{operation}-"):
                    server.drop(database)
        except engines.ERRORS:
            pass  # The server is down. Its next list of databases shows them.


def beside_for(database, identity):
    """The name of the database that a copy is loaded into, so that both can be looked at."""
    digest = hashlib.sha256(database.encode()).hexdigest()[:8]
    return f"croft-side-{identity[:16]}-{digest}"


def failed(app, error, detail=None):
    return problem("DUMP_FAILED", app=app, why=error if isinstance(error, str) else engines.why(error), detail=detail)


class _Database:
    """One database of an app. `entry` is what a snapshot's metadata say of it."""

    def __init__(self, system, app, entry):
        self.system = system
        self.app = app
        self.database = entry["database"]
        self.entry = entry
        #: Of its dump in a snapshot. An app may have been attached to another database before.
        self.name = f"{self.engine}-{self.database}.dump"

    def method(self, directory):
        return "copy"

    def described(self, directory):
        """What a snapshot's metadata say of the dump in `directory`."""
        return {**self.entry, "engine": self.engine, "database": self.database, "bytes": os.path.getsize(os.path.join(directory, self.name))}

    def copy(self, directory, method):
        """Called while the app is held still."""

    def finish(self, directory):
        """Called when it goes on."""

    def _beside(self, stage, operation):
        digest = hashlib.sha256(self.database.encode()).hexdigest()[:8]
        return f"croft-{stage}-{operation}-{digest}"

    def _require_room(self):
        """Raises DUMP_FAILED when the server's disk has no room for a second database."""
        place = (facts.of_box(self.system).get(self.engine) or {}).get("dataDir") or f"/var/lib/{self.engine}"
        needed, free = self.entry.get("live", self.entry["bytes"]), self.system.free_bytes(place)
        if free < needed + _ROOM_BYTES:
            why = f"Loading the database {self.database} takes about {human_bytes(needed)}, but {place} has only {human_bytes(free)} left."
            raise failed(self.app, why)

    def _require(self, done):
        if done.code != 0:
            lines = [line for line in done.err.strip().splitlines() if line] or [f"{done.argv[0]} ended with code {done.code}."]
            raise failed(self.app, lines[0], done.err)


class PostgresDatabase(_Database):
    engine = "postgresql"

    def __init__(self, system, app, entry):
        super().__init__(system, app, entry)
        self._server = engines.Postgres(system)
        self._moment = None

    def size(self):
        """(bytes, files); of a server that does not answer nothing is known but that it has to be asked."""
        try:
            found = self._server.size(self.database)
        except engines.ERRORS:
            return 0, 1
        return (0, 0) if found is None else (found, 1)

    def copy(self, directory, method):
        """Notes the moment that the dump will show, which may take long and does not hold the app up."""
        try:
            size = self._server.size(self.database)
            if size is None:
                return
            self.entry = {**self.entry, "live": size}
            self._moment = self._server.session(self.database, timeout=_DUMP_SECONDS)
            self._moment.script("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._name_of_moment = self._moment.values("SELECT pg_export_snapshot()")[0][0]
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def finish(self, directory):
        if not self._moment:
            return
        try:
            done = self.system.stream(
                self._program(
                    "pg_dump", "postgres", "postgres", "--format=custom", f"--snapshot={self._name_of_moment}",
                    f"--lock-wait-timeout={_LOCK_SECONDS}s",
                ),
                target=os.path.join(directory, self.name),
                timeout=_DUMP_SECONDS,
            )  # fmt: skip
        finally:
            self._moment.close()
            self._moment = None
        self._require(done)

    def described(self, directory):
        return super().described(directory) if os.path.exists(os.path.join(directory, self.name)) else None

    def stage(self, snapshot, directory, operation):
        """Loads the dump into a database beside the one in use."""
        new = self._beside("new", operation)
        try:
            if not self._server.exists(self.database):
                raise failed(self.app, f"There is no database {self.database} whose place it could take.")
            self._require_room()
            self._server.drop(new)
            self._server.create_like(new, self.database)
            self._load(os.path.join(snapshot, self.name), new)
            self._server.analyze(new)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def replace(self, staged, aside_directory, operation):
        new, aside = self._beside("new", operation), self._beside("aside", operation)
        try:
            self._server.rename((self.database, aside), (new, self.database))
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def load_beside(self, snapshot, name):
        """Loads the dump into a database `name` of its own, in the place of one that was there before."""
        try:
            if not self._server.exists(self.database):
                raise failed(self.app, f"There is no database {self.database} that the copy could be like.")
            self._require_room()
            self._server.drop(name)
            self._server.create_like(name, self.database)
            self._load(os.path.join(snapshot, self.name), name)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def rows(self, database):
        """table -> how many rows it has."""
        try:
            return self._server.rows(database)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def drop_beside(self, name):
        try:
            self._server.drop(name)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def put_back(self, aside, operation):
        kept, gone = self._beside("aside", operation), self._beside("gone", operation)
        units.require_started(self.system, engines.POSTGRES_UNIT)
        try:
            if self._server.exists(kept):
                self._server.rename((self.database, gone), (kept, self.database))
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def _load(self, dump, database):
        """pg_restore in parts. What belongs to the app's role is loaded, and its constraints are checked, in a session of that
        role: a function of the app's that a constraint calls must not run with the superuser's rights."""
        role, superuser = self._server.owner(self.database)
        account = engines.account_of(self.system, self.app)
        listing = self.system.stream(engines.as_account("postgres", engines.program(self.system, "pg_restore"), "--list"), source=dump)
        self._require(listing)
        entries = [line for line in listing.out.splitlines() if _ENTRY.fullmatch(line)]
        own = [line for line in entries if line.endswith(f" {role}") and not superuser]
        others = [line for line in entries if line not in set(own)]
        for section, account_and_user, lines in (
            ("pre-data", ("postgres", "postgres"), entries),
            ("data", (account, role), own),
            ("data", ("postgres", "postgres"), others),
            ("post-data", (account, role), own),
            ("post-data", ("postgres", "postgres"), others),
        ):
            if lines:
                argv = self._program(
                    "pg_restore", *account_and_user, "--exit-on-error", f"--section={section}", "--use-list=/dev/fd/3", database=database
                )
                self._require(self.system.stream(argv, source=dump, extra="\n".join(lines) + "\n", timeout=_DUMP_SECONDS))

    def _program(self, name, account, user, *arguments, database=None):
        return engines.as_account(
            account, engines.program(self.system, name), *arguments, f"--host={engines.POSTGRES_SOCKET}", f"--username={user}",
            "--no-password", f"--dbname={engines.conninfo(database or self.database)}",
        )  # fmt: skip


class MysqlDatabase(_Database):
    engine = "mysql"

    def __init__(self, system, app, entry):
        super().__init__(system, app, entry)
        self._server = engines.Mysql(system)

    def size(self):
        try:
            found = self._server.size(self.database)
        except engines.ERRORS:
            return 0, 1
        return (0, 0) if found is None else (found, 1)

    def copy(self, directory, method):
        try:
            found, size = self._server.character_set(self.database), self._server.size(self.database)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error
        if found is None:
            return
        self.entry = {**self.entry, "characterSet": list(found), "live": size}
        argv = self._program(
            "mariadb-dump", "mysqldump", "--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob"
        )
        self._require(self.system.stream(argv, target=os.path.join(directory, self.name), timeout=_DUMP_SECONDS))

    def described(self, directory):
        return super().described(directory) if os.path.exists(os.path.join(directory, self.name)) else None

    def stage(self, snapshot, directory, operation):
        new = self._beside("new", operation)
        try:
            if self._server.character_set(self.database) is None:
                raise failed(self.app, f"There is no database {self.database} whose place it could take.")
            self._require_room()
            self._server.make_empty(new, self.entry["characterSet"])
            self._load(os.path.join(snapshot, self.name), new)
            self._server.drop(new)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error
        os.link(os.path.join(snapshot, self.name), os.path.join(directory, self.name))

    def load_beside(self, snapshot, name):
        try:
            self._server.make_empty(name, self.entry["characterSet"])
            self._load(os.path.join(snapshot, self.name), name)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def rows(self, database):
        try:
            return self._server.rows(database)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def drop_beside(self, name):
        try:
            self._server.drop(name)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def replace(self, staged, aside, operation):
        write_atomically(self._loading(aside), "")
        self._fill(os.path.join(staged, self.name))

    def put_back(self, aside, operation):
        marker = self._loading(aside)
        if os.path.exists(marker):
            units.require_started(self.system, engines.MYSQL_UNIT)
            self._fill(os.path.join(aside, self.name))
            os.unlink(marker)

    def _loading(self, aside):
        """The file that says that the database in use may be half of another one."""
        return os.path.join(aside, f".{self.name}.loading")

    def _fill(self, dump):
        try:
            self._server.make_empty(self.database, self.entry["characterSet"])
        except engines.ERRORS as error:
            raise failed(self.app, error) from error
        self._load(dump, self.database)

    def _load(self, dump, database):
        # In binary mode the client looks for no commands of its own in the text.
        argv = self._program("mariadb", "mysql", "--binary-mode", database=database)
        self._require(self.system.stream(argv, source=dump, timeout=_DUMP_SECONDS))

    def _program(self, name, other, *arguments, database=None):
        found = engines.program(self.system, name)
        if "/" not in found and engines.program(self.system, other) != other:
            found = engines.program(self.system, other)  # MySQL's own have the older names.
        return engines.as_account(
            engines.MYSQL_ACCOUNT, found, "--no-defaults", "--socket=/run/mysqld/mysqld.sock", f"--user={engines.MYSQL_ACCOUNT}",
            "--default-character-set=utf8mb4", *arguments, "--", database or self.database,
        )  # fmt: skip


_KINDS = {"postgresql": PostgresDatabase, "mysql": MysqlDatabase}
