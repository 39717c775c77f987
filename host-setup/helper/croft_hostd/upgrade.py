"""PostgreSQL from one major version to the next: prepared beside the cluster in use, looked over, and only then switched to.

    DATADIR                       the old cluster, which nothing here changes
    NEW.croft-upgrade             the new one, while it is made
    NEW                           the same under its name, once all that was in the old one has been found in it
    OLD-to-NEW.dump               a dump of each database of the old one and of its roles, as they were when it was stopped

First a rehearsal while everything serves: an empty cluster of the new version, the extensions that it has, `pg_upgrade --check`.
Then, with the apps and the server stopped, everything is dumped, `pg_upgrade` copies the cluster, and tables, rows, roles and
extensions of both are compared on a socket that nobody else can reach. The old directory stays until it is dropped by name
(`cluster-drop`), and until then every way back leads to it; the dumps go with it, or with the new one when that was taken back.
"""

import os

from . import asking, databases, engines, facts, lock, pgwire, snapshots, units
from .problems import human_bytes, problem
from .system import read_text, sync_directory, write_atomically

_SECONDS = 24 * 3600.0
_PRIVATE = "/run/croft-upgrade"
#: Keeps the unit from being started by whoever needs it, a timer or a person, while its files are copied.
_HOLD = "/run/systemd/system/postgresql.service.d/croft-upgrade.conf"
_ROOM_BYTES = 256 * 1024 * 1024
_PATIENCE = 2.0
_LOG_BYTES = 32 * 1024


def failed(why, detail=None):
    return problem("UPGRADE_FAILED", why=why, detail=detail)


# -- whether ---------------------------------------------------------------------------------------------------------


def require_same_major(system, toplevel, rollback=False):
    """Raises UPGRADE_NEEDED when another major version would start on an empty directory, or on one of before."""
    old, new = _declared(facts.of_box(system)), _declared(facts.of_system(system, toplevel))
    if not new or old and new["major"] == old["major"]:
        return
    if _has_cluster(system, new["dataDir"]):
        if not old or rollback:
            return
        why = f"The box runs PostgreSQL {old['major']}; {new['dataDir']} has data of PostgreSQL {new['major']} from before."
    elif old:
        why = f"The box runs PostgreSQL {old['major']}; version {new['major']} would begin without its data."
    else:
        left = databases.old_clusters(system, new["dataDir"])
        if not left:
            return
        why = f"There is data of PostgreSQL {left[-1]['major']} in {left[-1]['dataDir']}; version {new['major']} would begin without it."
    raise problem("UPGRADE_NEEDED", why=why)


def _declared(found):
    declared = (found or {}).get("postgresql")
    return declared if declared and declared.get("major") and declared.get("dataDir") else None


def _has_cluster(system, place):
    return os.path.exists(system.path(f"{place}/PG_VERSION"))


class Upgrade:
    """One upgrade. `plan` is kept in the operation's undo.json: {"from","to","previous","toplevel","switched"}."""

    def __init__(self, work, plan):
        self._work = work
        self._system = work.system
        self.plan = plan
        self._old, self._new = plan["from"], plan["to"]
        self._scratch = f"{self._new['dataDir']}.croft-upgrade"
        self._backups = lock.Lock(work.system, "backup")

    @classmethod
    def to(cls, work, previous, toplevel, running, target):
        """The upgrade that the change to `toplevel` is, or UPGRADE_FAILED."""
        system = work.system
        old, new = _declared(facts.of_box(system)), _declared(facts.of_system(system, toplevel))
        if not old or not new:
            raise failed("PostgreSQL is not declared in both the running system and the new one.")
        if new["major"] <= old["major"]:
            raise failed(f"The box runs PostgreSQL {old['major']}, and the new state asks for {new['major']}.")
        if snapshots.planned(system, running, target):
            raise failed("The new state has new versions of apps as well. Deploy them before or after it, so that each can be undone alone.")
        if _has_cluster(system, new["dataDir"]):
            raise failed(f"{new['dataDir']} has a cluster already, from an earlier upgrade that was taken back. Drop it by its version first.")
        return cls(work, {"from": old, "to": new, "previous": previous, "toplevel": toplevel, "switched": False})

    # -- forth -------------------------------------------------------------------------------------------------

    def rehearse(self):
        """All that can be found out while the apps serve."""
        self._work.phase("upgrade")
        # They read and load databases for as long as they take, and whatever begins now waits.
        if not self._backups.acquire(_PATIENCE):
            raise problem("HOST_BUSY", holder="A backup or a restore is under way, and needs the databases. The upgrade was not begun.")
        with _Told():
            self._rehearse()

    def let_go(self):
        """Lets backups and restores go on: a server answers again."""
        self._backups.release()

    def _rehearse(self):
        self._require_room()
        if not engines.Postgres(self._system).reachable():
            raise failed("The server that runs does not answer, so nothing can be said about its data.")
        self._private_directory()
        self._make_scratch()
        with self._server(self._scratch, self._program_of_new) as server:
            self._require_extensions(server)
        self._say(f"Checking whether PostgreSQL {self._new['major']} can take over the data")
        self._pg_upgrade("--check")

    def perform(self):
        """Makes the new cluster. Nobody writes from here on until the switch, or the way back, is through."""
        with _Told():
            self._perform()

    def _perform(self):
        self._hold()
        self._stop()
        with self._server(self._old["dataDir"], self._program_of_old, "-c default_transaction_read_only=on") as server:
            self._dump(server)
            before = self._inventory(server)
        self._make_scratch()
        self._say(f"Copying the cluster of PostgreSQL {self._old['major']} to {self._new['major']}")
        self._pg_upgrade()
        with self._server(self._scratch, self._program_of_new) as server:
            self._update_extensions(server, before)
            self._compare(before, self._inventory(server))
            self._say("Gathering statistics for the new cluster")
            self._run(self._new_argv("vacuumdb", "--all", "--analyze-only", f"--host={_PRIVATE}", "--username=postgres", "--no-password"))
        os.rename(self._path(self._scratch), self._path(self._new["dataDir"]))
        sync_directory(os.path.dirname(self._path(self._new["dataDir"])))
        release(self._system)

    # -- parts -------------------------------------------------------------------------------------------------

    def _require_room(self):
        used = snapshots.size_of(self._path(self._old["dataDir"]))[0]
        beside = os.path.dirname(self._new["dataDir"])
        free = self._system.free_bytes(beside)
        if free < 2 * used + _ROOM_BYTES:
            needed = f"twice {human_bytes(used)} and {human_bytes(_ROOM_BYTES)} more"
            raise failed(f"The old cluster is dumped, and the new one is a copy of it: that may take {needed}, but {beside} has only {human_bytes(free)} left.")

    def _private_directory(self):
        """Where the servers of the upgrade listen: for the server's own account, and nobody else."""
        place = self._path(_PRIVATE)
        os.makedirs(place, mode=0o700, exist_ok=True)
        write_atomically(f"{place}/hba", "local all all trust\n", durable=False)
        write_atomically(f"{place}/ident", "", durable=False)
        self._give(place, f"{place}/hba", f"{place}/ident")

    def _dump(self, server):
        """What the old cluster has, in a form that every version reads, also when no server can read its directory any more."""
        place = dump_of(self.plan)
        making = f"{place}.croft-upgrade"
        snapshots.remove(self._path(making))
        os.makedirs(self._path(making), mode=0o700)
        self._give(self._path(making))
        databases_there = _databases(server)
        self._say(f"Dumping the {len(databases_there)} databases of PostgreSQL {self._old['major']}")
        self._run(self._dumping("pg_dumpall", "--globals-only", f"--file={making}/roles.sql", f"--dbname={engines.conninfo('postgres')}"))
        from urllib.parse import quote

        for database in databases_there:
            file = f"{making}/{quote(database, safe='')}.dump"
            self._run(self._dumping("pg_dump", "--format=custom", f"--file={file}", f"--dbname={engines.conninfo(database)}"))
        snapshots.remove(self._path(place))
        os.rename(self._path(making), self._path(place))
        sync_directory(os.path.dirname(self._path(place)))
        self._say(f"The dumps are in {place} until the cluster of before is dropped")

    def _dumping(self, name, *arguments):
        # A database may have settings of its own for whoever connects.
        return engines.as_account(
            engines.POSTGRES_ACCOUNT, "env", f"PGOPTIONS={engines.OPTIONS}", f"{self.plan['previous']}/sw/bin/{name}", *arguments, f"--host={_PRIVATE}",
            "--username=postgres", "--no-password",
        )  # fmt: skip

    def _make_scratch(self):
        """An empty cluster of the new version, in all that cannot be changed later like the old one."""
        place = self._path(self._scratch)
        snapshots.remove(place)
        os.makedirs(place, mode=0o700)
        self._give(place)
        if not hasattr(self, "_shape"):
            self._shape = self._shape_of_old()
        self._run(self._new_argv("initdb", f"--pgdata={self._scratch}", "--username=postgres", "--auth=trust", *self._shape))

    def _shape_of_old(self):
        with engines.Postgres(self._system).session() as session:
            row = session.values("SELECT to_jsonb(d)::text FROM pg_database d WHERE datname = 'template0'")[0][0]
            encoding = session.values("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'template0'")[0][0]
            checksums, segment = session.values("SELECT current_setting('data_checksums'), setting FROM pg_settings WHERE name = 'wal_segment_size'")[0]
        import json

        found = json.loads(row)
        shape = [f"--encoding={encoding}", f"--lc-collate={found['datcollate']}", f"--lc-ctype={found['datctype']}"]
        provider, locale = found.get("datlocprovider", "c"), found.get("datlocale") or found.get("daticulocale")
        if provider == "i":
            shape += ["--locale-provider=icu", f"--icu-locale={locale}"]
        elif provider == "b":
            shape += ["--locale-provider=builtin", f"--builtin-locale={locale}"]
        if checksums == "on":
            shape.append("--data-checksums")
        elif self._new["major"] >= 18:
            shape.append("--no-data-checksums")
        return [*shape, f"--wal-segsize={int(segment) // (1024 * 1024)}"]

    def _require_extensions(self, server):
        with server.session() as session:
            there = {row[0] for row in session.values("SELECT name FROM pg_available_extensions")}
        running = engines.Postgres(self._system)
        for database in _databases(running):
            with running.session(database) as session:
                missing = [row[0] for row in session.values("SELECT extname FROM pg_extension ORDER BY 1") if row[0] not in there]
            if missing:
                raise failed(f"The database {database} uses the extension {missing[0]}, which PostgreSQL {self._new['major']} does not have here.")

    def _pg_upgrade(self, *check):
        """pg_upgrade copies; where the file system lets two files share their blocks, that takes no time."""
        argv = [
            f"--old-bindir={self.plan['previous']}/sw/bin", f"--new-bindir={self.plan['toplevel']}/sw/bin",
            f"--old-datadir={self._old['dataDir']}", f"--new-datadir={self._scratch}",
            "--username=postgres", f"--socketdir={_PRIVATE}", f"--jobs={os.cpu_count() or 1}",
        ]  # fmt: skip
        if check:
            shared = self._system.stream(self._new_argv("pg_upgrade", *argv, *check, "--clone"), timeout=_SECONDS)
            self._how = ["--clone"] if shared.code == 0 else ["--copy"]
            if shared.code == 0:
                return
        done = self._system.stream(self._new_argv("pg_upgrade", *argv, *check, *self._how), timeout=_SECONDS)
        if done.code != 0:
            words = [line.strip() for line in done.out.splitlines() if line.strip()]
            why = next((line for line in words if "fatal" in line.lower()), words[-1] if words else f"It ended with code {done.code}.")
            raise failed(f"pg_upgrade: {why.rstrip('.')}.", "\n".join([done.out, done.err, *self._reports()]))

    def _reports(self):
        """What pg_upgrade has written down of what it found."""
        found = []
        for place, _, names in os.walk(self._path(f"{self._scratch}/pg_upgrade_output.d")):
            found += [f"{name}:\n{(read_text(os.path.join(place, name)) or '')[:_LOG_BYTES]}" for name in sorted(names) if name.endswith(".txt")]
        return found

    def _stop(self):
        # Whoever used the databases is held as well: jobs wait, commands and starts are refused.
        snapshots.stop(self._system, attached(self._system), self._work.record.operation)
        # The service goes on being wanted by its target, which has to go first.
        for stopping in ("postgresql.target", engines.POSTGRES_UNIT):
            self._system.run(["systemctl", "stop", "--no-ask-password", "--", stopping], timeout=600)
        if units.show(self._system, [engines.POSTGRES_UNIT], "ActiveState")[0].get("ActiveState") in ("active", "activating", "deactivating"):
            raise failed("The server did not stop.")

    def _hold(self):
        place = self._path(_HOLD)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        write_atomically(place, f"[Unit]\nConditionPathExists={_PRIVATE}/may-start\n", durable=False)
        self._system.run(["systemctl", "daemon-reload"], timeout=120)

    def _inventory(self, server):
        """What has to be the same in both clusters."""
        with server.session() as session:
            roles = session.values(
                "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolpassword"
                " FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1"
            )
            owners = session.values(
                "SELECT datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate,"
                # Privileges are a set.
                " (SELECT string_agg(one::text, ',' ORDER BY one::text) FROM unnest(datacl) one) FROM pg_database ORDER BY 1"
            )
        found = {f"the role {row[0]}": row for row in roles}
        found.update({f"the database {row[0]}": row for row in owners})
        for database in _databases(server):
            with server.session(database) as session:
                for (extension,) in session.values("SELECT extname FROM pg_extension ORDER BY 1"):
                    found[f"the extension {extension} of the database {database}"] = True
                tables = session.values(
                    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')"
                    " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relispopulated ORDER BY 1, 2"
                )
                for schema, table in tables:
                    rows = session.values(f"SELECT count(*) FROM ONLY {pgwire.quoted(schema)}.{pgwire.quoted(table)}")[0][0]
                    found[f"the table {schema}.{table} of the database {database}"] = f"{rows} rows"
        return found

    def _compare(self, before, after):
        for thing in sorted(before.keys() | after.keys()):
            if before.get(thing) != after.get(thing):
                was, now = ("not there" if side.get(thing) is None else side[thing] for side in (before, after))
                told = f": {was} before, {now} now" if isinstance(was, str) and isinstance(now, str) else ""
                raise failed(f"The new cluster is not the same: {thing} differs{told}.")
        tables = sum(thing.startswith("the table ") for thing in before)
        self._say(f"The new cluster has all of the old one: {tables} tables with the same numbers of rows")

    def _update_extensions(self, server, before):
        for database in _databases(server):
            with server.session(database) as session:
                for (name,) in session.values(
                    "SELECT name FROM pg_available_extensions WHERE installed_version IS NOT NULL AND installed_version <> default_version"
                ):
                    session.query(f"ALTER EXTENSION {pgwire.quoted(name)} UPDATE")

    def _server(self, directory, program, *options):
        return _Private(self._system, directory, program, options)

    def _program_of_old(self, name):
        return engines.as_account(engines.POSTGRES_ACCOUNT, f"{self.plan['previous']}/sw/bin/{name}")

    def _program_of_new(self, name):
        return engines.as_account(engines.POSTGRES_ACCOUNT, f"{self.plan['toplevel']}/sw/bin/{name}")

    def _new_argv(self, name, *arguments):
        # pg_upgrade leaves files where it stands.
        return engines.as_account(
            engines.POSTGRES_ACCOUNT, "env", f"--chdir={_PRIVATE}", f"{self.plan['toplevel']}/sw/bin/{name}", *arguments
        )

    def _run(self, argv):
        done = self._system.stream(argv, timeout=_SECONDS)
        if done.code != 0:
            words = (done.err or done.out).strip().splitlines() or [f"It ended with code {done.code}."]
            raise failed(f"{os.path.basename(argv[argv.index('--') + 3])}: {words[-1]}", done.out + done.err)

    def _give(self, *places):
        owner = self._system.account(engines.POSTGRES_ACCOUNT)
        for place in places:
            os.chown(place, *owner)

    def _path(self, place):
        return self._system.path(place)

    def _say(self, text):
        self._work.output.say(text)


class _Told:
    """What a server refuses inside is a failed upgrade."""

    def __enter__(self):
        pass

    def __exit__(self, kind, error, *_):
        if isinstance(error, engines.ERRORS):
            raise failed(engines.why(error)) from error


class _Private:
    """A server on a socket of its own, for as long as the block lasts."""

    def __init__(self, system, directory, program, options):
        self._system = system
        self._directory = directory
        self._program = program
        self._options = options

    def __enter__(self):
        options = " ".join(
            ["-c listen_addresses=", f"-c unix_socket_directories={_PRIVATE}", "-c port=5432", f"-c hba_file={_PRIVATE}/hba",
             f"-c ident_file={_PRIVATE}/ident", "-c autovacuum=off", "-c logging_collector=off", *self._options]
        )  # fmt: skip
        log = f"{_PRIVATE}/log"
        argv = [*self._program("pg_ctl"), "start", "--silent", "--wait", "--timeout=600", f"--pgdata={self._directory}", f"--log={log}", f"--options={options}"]
        done = self._system.stream(argv, timeout=700.0)
        if done.code != 0:
            raise failed(f"The server did not start on {self._directory}.", done.err + (read_text(self._system.path(log)) or "")[-_LOG_BYTES:])
        return engines.Postgres(self._system, _PRIVATE)

    def __exit__(self, *_):
        argv = [*self._program("pg_ctl"), "stop", "--silent", "--wait", "--mode=fast", "--timeout=600", f"--pgdata={self._directory}"]
        self._system.stream(argv, timeout=700.0)


def _databases(server):
    with server.session() as session:
        return [row[0] for row in session.values("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1")]


def dump_of(plan):
    """The directory of the dumps that an upgrade makes, which is named after both versions."""
    old, new = plan["from"], plan["to"]
    return f"{os.path.dirname(new['dataDir'])}/{old['major']}-to-{new['major']}.dump"


def attached(system):
    """The apps whose databases an upgrade is about."""
    running = facts.of_box(system)
    return sorted(app for app in running.get("attach") or {} if facts.attached(running, app).get("postgresql"))


# -- back ------------------------------------------------------------------------------------------------------------


def release(system):
    """Lets the unit be started again."""
    place = system.path(_HOLD)
    if os.path.exists(place):
        os.unlink(place)
        system.run(["systemctl", "daemon-reload"], timeout=120)
    snapshots.remove(system.path(_PRIVATE))


def take_back(system, plan):
    """Lets go of what an upgrade has made, before the previous system comes back; a sentence about what was written since.

    A cluster that served has data of its own: it stays, until it is dropped by its version.
    """
    new, dump = plan["to"]["dataDir"], dump_of(plan)
    for directory in (f"{new}.croft-upgrade", *(() if plan["switched"] else (new,))):
        _stop_private(system, directory)
        snapshots.remove(system.path(directory))
    for directory in (f"{dump}.croft-upgrade", *(() if plan["switched"] else (dump,))):
        snapshots.remove(system.path(directory))
    _stop_private(system, plan["from"]["dataDir"])
    release(system)
    if plan["switched"]:
        return f" What was written to PostgreSQL {plan['to']['major']} meanwhile is in {new}, which is kept."
    return ""


def _stop_private(system, directory):
    """Ends a server that a killed runner has left on this directory, and its own alone: it is in the file that keeps a second one off."""
    lines = (read_text(system.path(f"{directory}/postmaster.pid")) or "").splitlines()
    if len(lines) > 4 and lines[4].strip() == _PRIVATE and lines[0].strip().isdigit():
        system.end_process(int(lines[0]), os.path.basename(directory))


# -- dropping --------------------------------------------------------------------------------------------------------


def serve_cluster_drop(system, request):
    """Answers a `cluster-drop` request."""
    if request["engine"] != "postgresql":
        raise problem("NOT_FOUND", thing="another cluster of it", why="Only PostgreSQL keeps one directory for each major version.")
    declared = _declared(facts.of_box(system))
    if not declared:
        raise problem("NOT_FOUND", thing="a cluster of PostgreSQL", why="The box runs no PostgreSQL.")
    if declared["major"] == request["major"]:
        raise problem(
            "DATABASE_IN_USE",
            database=f"cluster of PostgreSQL {request['major']}",
            why="The running system uses it.",
            next="Only a cluster that no longer runs can be dropped.",
        )
    changes = lock.Lock(system, "lock")
    if not changes.acquire(0.0):
        raise problem("HOST_BUSY", holder="A change is running; it may need the cluster.")
    try:
        question = {"what": "drop-cluster", "dataDir": declared["dataDir"], "major": request["major"], "current": declared["major"]}
        beside = os.path.dirname(declared["dataDir"])
        return asking.ask(system, engines.POSTGRES_ACCOUNT, question, 3600, writable=[beside])
    finally:
        changes.release()


def drop_cluster(system, question):
    """{"bytes"} that it had."""
    for cluster in databases.old_clusters(system, question["dataDir"]):
        if cluster["major"] == question["major"]:
            # First by name: half of a cluster must not look like one.
            gone = f"{system.path(cluster['dataDir'])}.gone"
            os.rename(system.path(cluster["dataDir"]), gone)
            snapshots.remove(gone)
            beside = os.path.dirname(question["dataDir"])
            for dump in databases.dumps_with(system, beside, question["major"], question["current"]):
                snapshots.remove(system.path(dump))
            return {"bytes": cluster["bytes"]}
    raise problem("NOT_FOUND", thing=f"a cluster of PostgreSQL {question['major']}", why="There is no directory of that version beside the one in use.")
