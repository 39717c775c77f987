"""Databases in snapshots: dumped with the app's other data, and put back beside the one in use before they take its place.

PostgreSQL: `postgresql-NAME.dump` in pg_dump's own format. It is loaded into a database of its own first; the two change names in one
transaction, so that there is the old one or the new one whatever is cut off. `croft-new-…`, `croft-aside-…` and `croft-gone-…` are
what the directories of the same names are for files (snapshots.py).
MariaDB, MySQL: `mysql-NAME.dump`, statements. They cannot rename a database, so it is loaded twice: into another one, which shows that it can be
loaded, then into its place. What was there is a dump by then, and a file says that it has to be loaded again.
Redis: its directory, after it has saved.
"""

import abc
import hashlib
import itertools
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
_ENTRY = Pattern(r"(?s)\d+; .*")
_PRIVILEGES = Pattern(r"(?s)\d+; \d+ \d+ (?:DEFAULT )?ACL .*")
#: How the line of something ends that has no owner, or the server's own.
_OF_THE_SERVER = (" ", " postgres")


def sources(system, app, entries):
    """The databases that a snapshot's metadata name."""
    return [_KINDS[entry["engine"]](system, app, entry) for entry in entries if entry["engine"] in _KINDS]


def clear(system, operation, keep_aside):
    """Drops what an operation has left in the servers. Data set aside is kept while `keep_aside`: it is still missed."""
    stages = ("new", "gone") if keep_aside else ("new", "gone", "aside")
    _drop_named(system, [f"croft-{stage}-{operation}-" for stage in stages])


def clear_beside(system, label):
    """Drops the databases that copies with this label were loaded into."""
    _drop_named(system, [_beside_of(label)])


def _drop_named(system, prefixes):
    running = facts.of_box(system)
    for engine, server in (("postgresql", engines.Postgres(system)), ("mysql", engines.Mysql(system))):
        if not running.get(engine):
            continue
        try:
            for prefix in prefixes:
                for database in server.named(prefix):
                    server.drop(database)
        except engines.ERRORS:
            pass  # The server is down. Its next list of databases shows them.


def _beside_of(label):
    return f"croft-side-{label[:16]}-"


def beside_for(database, identity):
    """The name of the database that a copy is loaded into, so that both can be looked at."""
    digest = hashlib.sha256(database.encode()).hexdigest()[:8]
    return _beside_of(identity) + digest


def failed(app, error, detail=None):
    return problem("DUMP_FAILED", app=app, why=error if isinstance(error, str) else engines.why(error), detail=detail)


class Database(abc.ABC):
    """One database of an app. `entry` is what a snapshot's metadata say of it."""

    engine: str
    #: What speaks with the server (engines.py).
    connect: type

    def __init__(self, system, app, entry):
        self.system = system
        self.app = app
        self._server = self.connect(system)
        self.database = entry["database"]
        self.entry = entry
        #: Of its dump in a snapshot. An app may have been attached to another database before.
        self.name = f"{self.engine}-{self.database}.dump"

    def method(self, directory):
        return "copy"

    def size(self):
        """(bytes, files); of a server that does not answer nothing is known but that it has to be asked."""
        try:
            found = self._server.size(self.database)
        except engines.ERRORS:
            return 0, 1
        return (0, 0) if found is None else (found, 1)

    def described(self, directory):
        """What a snapshot's metadata say of the dump in `directory`; None when there is none."""
        dump = os.path.join(directory, self.name)
        if not os.path.exists(dump):
            return None
        return {**self.entry, "engine": self.engine, "database": self.database, "bytes": os.path.getsize(dump)}

    def rows(self, database):
        """table -> how many rows it has, as far as the app may know."""
        try:
            return self._server.rows(database, *self._reader(database))
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    @abc.abstractmethod
    def _reader(self, database):
        """As whom a database of the app's is read."""

    def load_apart(self, snapshot, server):
        """Loads the dump under its own name into another server (scratch.py), which has no such database; table -> rows."""
        try:
            self._make_apart(server)
            self._server, loading = server, self._server
            try:
                self._load(os.path.join(snapshot, self.name), self.database)
                return self.rows(self.database)
            finally:
                self._server = loading
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    @abc.abstractmethod
    def _make_apart(self, server):
        """An empty database in such a server, as the app's is in the one in use."""

    @abc.abstractmethod
    def _load(self, dump, database):
        """Loads a dump into an empty database."""

    def drop_beside(self, name):
        try:
            self._server.drop(name)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

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

    def _require(self, done, written=None):
        """Raises what a program says, and, of one that has written into a directory, whether there is room left."""
        if done.code != 0:
            lines = [line for line in done.err.strip().splitlines() if line] or [f"{done.argv[0]} ended with code {done.code}."]
            why = lines[0].rstrip(".") + "."
            # pg_dump's first line names the table, and this one the reason.
            said = next((after.strip() for line in lines if (after := line.partition("Error message from server: ")[2])), None)
            why += f" {said.rstrip('.')}." if said else ""
            place = written and written.removeprefix(self.system.path(""))
            if place and (free := self.system.free_bytes(place)) < _ROOM_BYTES:
                why += f" It is written to {place}, where {human_bytes(free)} are left."
            raise failed(self.app, why, done.err)


class PostgresDatabase(Database):
    engine = "postgresql"
    connect = engines.Postgres

    def __init__(self, system, app, entry):
        super().__init__(system, app, entry)
        self._moment = None

    def copy(self, directory, method):
        """Notes the moment that the dump will show, which may take long and does not hold the app up."""
        try:
            size = self._server.size(self.database)
            if size is None:
                return
            self.entry = {**self.entry, "live": size}
            self._moment = self._server.session(self.database, timeout=_DUMP_SECONDS)
            # Version 17 has this limit as well, the older ones would not know it.
            self._moment.query("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'")
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
        self._require(done, directory)

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

    def _make_apart(self, server):
        if not self._server.exists(self.database):
            raise failed(self.app, f"There is no database {self.database} that the copy could be like.")
        server.create_like(self.database, self.database, self._server)

    def _reader(self, database):
        found = self._server.owner(database)
        if found is None:
            raise failed(self.app, f"There is no database {database}.")
        role, superuser = found
        return role, engines.POSTGRES_ACCOUNT if superuser else engines.account_of(self.system, self.app)

    def put_back(self, aside, operation):
        kept, gone = self._beside("aside", operation), self._beside("gone", operation)
        units.require_started(self.system, engines.POSTGRES_UNIT)
        try:
            if self._server.exists(kept):
                self._server.rename((self.database, gone), (kept, self.database))
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def _load(self, dump, database):
        """pg_restore in the archive's order, by turns as the superuser and as the app's role. A dump has functions of the app's in it: tables
        evaluate them while they are made (partitions), filled (constraints) and indexed. So the superuser makes what has no owner or belongs
        to the server's account, and everything else, to whomever it was given, is made in a session of the role."""
        role, account = self._reader(self.database)
        listing = self.system.stream(
            engines.as_account(engines.POSTGRES_ACCOUNT, engines.program(self.system, "pg_restore"), "--list"), source=dump
        )
        self._require(listing)
        # A name may have any other line end in it.
        entries = [line for line in listing.out.split("\n") if _ENTRY.fullmatch(line)]
        # What the role has taken from itself it needs until all is in its place.
        entries.sort(key=lambda line: not line.endswith(_OF_THE_SERVER) and _PRIVILEGES.fullmatch(line) is not None)
        for of_server, lines in itertools.groupby(entries, lambda line: line.endswith(_OF_THE_SERVER)):
            who = (engines.POSTGRES_ACCOUNT, "postgres") if of_server else (account, role)
            argv = self._program("pg_restore", *who, "--exit-on-error", "--use-list=/dev/fd/3", database=database)
            self._require(self.system.stream(argv, source=dump, extra="\n".join(lines) + "\n", timeout=_DUMP_SECONDS))

    def _program(self, name, account, user, *arguments, database=None):
        return engines.as_account(
            # Where this program stands, that account may not go, and then its programs say so first.
            account, "env", "--chdir=/", f"PGOPTIONS={engines.OPTIONS}", engines.program(self.system, name), *arguments, f"--host={self._server.socket}", f"--username={user}",
            "--no-password", f"--dbname={engines.conninfo(database or self.database)}",
        )  # fmt: skip


class MysqlDatabase(Database):
    engine = "mysql"
    connect = engines.Mysql

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
        self._require(self.system.stream(argv, target=os.path.join(directory, self.name), timeout=_DUMP_SECONDS), directory)

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
        self._require_room()
        try:
            self._server.make_empty(name, self.entry["characterSet"])
            self._load(os.path.join(snapshot, self.name), name)
        except engines.ERRORS as error:
            raise failed(self.app, error) from error

    def _make_apart(self, server):
        server.make_empty(self.database, self.entry["characterSet"])
        server.admit(engines.account_of(self.system, self.app), self.database)

    def _reader(self, database):
        account = engines.account_of(self.system, self.app)
        # A copy beside the one in use is nobody's but the server's.
        return (account if database == self.database and self._server.owner(database, account) == account else engines.MYSQL_ACCOUNT,)

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
            engines.MYSQL_ACCOUNT, found, "--no-defaults", f"--socket={self._server.socket}", f"--user={engines.MYSQL_ACCOUNT}",
            "--default-character-set=utf8mb4", *arguments, "--", database or self.database,
        )  # fmt: skip


_KINDS = {"postgresql": PostgresDatabase, "mysql": MysqlDatabase}
