"""What an upgrade of PostgreSQL does otherwise than that of another server: `pg_upgrade` carries the cluster over.

    NEW/pg_upgrade_output.d       what it has written down of what it found
"""

import os

from . import engines, pgwire, units, upgrade
from .system import read_text, write_atomically


class PostgresUpgrade(upgrade.Upgrade):
    engine = "postgresql"

    def _server_in_use(self):
        return engines.Postgres(self._system)

    def _look_over(self):
        place = self._path(upgrade.PRIVATE)
        write_atomically(f"{place}/hba", "local all all trust\n", durable=False)
        write_atomically(f"{place}/ident", "", durable=False)
        self._give(f"{place}/hba", f"{place}/ident")
        self._make_scratch()
        with self._new_server() as server:
            self._require_extensions(server)
        self._say(f"Checking whether PostgreSQL {self._new['major']} can take over the data")
        self._pg_upgrade("--check")

    def _old_server(self):
        return _Private(self._system, self._old["dataDir"], self._program_of_old, ["-c default_transaction_read_only=on"])

    def _new_server(self):
        return _Private(self._system, self._scratch, self._program_of_new, [])

    def _carry_over(self):
        self._make_scratch()
        self._say(f"Copying the cluster of PostgreSQL {self._old['major']} to {self._new['major']}")
        self._pg_upgrade()

    def _complete(self, server):
        self._update_extensions(server)

    def _settle(self):
        self._say("Gathering statistics for the new cluster")
        self._run(self._new_argv("vacuumdb", "--all", "--analyze-only", f"--host={upgrade.PRIVATE}", "--username=postgres", "--no-password"))

    def _dump(self, server, making):
        databases_there = _databases(server)
        self._say(f"Dumping the {len(databases_there)} databases of PostgreSQL {self._old['major']}")
        self._run(self._dumping("pg_dumpall", "--globals-only", f"--file={making}/roles.sql", f"--dbname={engines.conninfo('postgres')}"))
        from urllib.parse import quote

        for database in databases_there:
            file = f"{making}/{quote(database, safe='')}.dump"
            self._run(self._dumping("pg_dump", "--format=custom", f"--file={file}", f"--dbname={engines.conninfo(database)}"))

    def _dumping(self, name, *arguments):
        # A database may have settings of its own for whoever connects.
        return engines.as_account(
            engines.POSTGRES_ACCOUNT, "env", f"--chdir={upgrade.PRIVATE}", f"PGOPTIONS={engines.OPTIONS}", f"{self.plan['previous']}/sw/bin/{name}", *arguments,
            f"--host={upgrade.PRIVATE}", "--username=postgres", "--no-password",
        )  # fmt: skip

    def _make_scratch(self):
        """An empty cluster of the new version, in all that cannot be changed later like the old one."""
        self._empty(self._scratch)
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
                raise upgrade.failed(f"The database {database} uses the extension {missing[0]}, which PostgreSQL {self._new['major']} does not have here.")

    def _pg_upgrade(self, *check):
        """pg_upgrade copies; where the file system lets two files share their blocks, that takes no time."""
        argv = [
            f"--old-bindir={self.plan['previous']}/sw/bin", f"--new-bindir={self.plan['toplevel']}/sw/bin",
            f"--old-datadir={self._old['dataDir']}", f"--new-datadir={self._scratch}",
            "--username=postgres", f"--socketdir={upgrade.PRIVATE}", f"--jobs={os.cpu_count() or 1}",
        ]  # fmt: skip
        if check:
            shared = self._system.stream(self._new_argv("pg_upgrade", *argv, *check, "--clone"), timeout=upgrade.SECONDS)
            self._how = ["--clone"] if shared.code == 0 else ["--copy"]
            if shared.code == 0:
                return
        done = self._system.stream(self._new_argv("pg_upgrade", *argv, *check, *self._how), timeout=upgrade.SECONDS)
        if done.code != 0:
            words = [line.strip() for line in done.out.splitlines() if line.strip()]
            why = next((line for line in words if "fatal" in line.lower()), words[-1] if words else f"It ended with code {done.code}.")
            raise upgrade.failed(f"pg_upgrade: {why.rstrip('.')}.", "\n".join([done.out, done.err, *self._reports()]))

    def _reports(self):
        """What pg_upgrade has written down of what it found."""
        found = []
        for place, _, names in os.walk(self._path(f"{self._scratch}/pg_upgrade_output.d")):
            found += [f"{name}:\n{(read_text(os.path.join(place, name)) or '')[:upgrade.LOG_BYTES]}" for name in sorted(names) if name.endswith(".txt")]
        return found

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

    def _update_extensions(self, server):
        for database in _databases(server):
            with server.session(database) as session:
                for (name,) in session.values(
                    "SELECT name FROM pg_available_extensions WHERE installed_version IS NOT NULL AND installed_version <> default_version"
                ):
                    session.query(f"ALTER EXTENSION {pgwire.quoted(name)} UPDATE")

    def _program_of_old(self, name):
        return engines.as_account(engines.POSTGRES_ACCOUNT, f"{self.plan['previous']}/sw/bin/{name}")

    def _program_of_new(self, name):
        return engines.as_account(engines.POSTGRES_ACCOUNT, f"{self.plan['toplevel']}/sw/bin/{name}")

    def _new_argv(self, name, *arguments):
        # pg_upgrade leaves files where it stands.
        return engines.as_account(
            engines.POSTGRES_ACCOUNT, "env", f"--chdir={upgrade.PRIVATE}", f"{self.plan['toplevel']}/sw/bin/{name}", *arguments
        )


class _Private:
    """A server on a socket of its own, for as long as the block lasts."""

    def __init__(self, system, directory, program, options):
        self._system = system
        self._directory = directory
        self._program = program
        self._options = options

    def __enter__(self):
        options = " ".join(
            ["-c listen_addresses=", f"-c unix_socket_directories={upgrade.PRIVATE}", "-c port=5432", f"-c hba_file={upgrade.PRIVATE}/hba",
             f"-c ident_file={upgrade.PRIVATE}/ident", "-c autovacuum=off", "-c logging_collector=off", *self._options]
        )  # fmt: skip
        log = f"{upgrade.PRIVATE}/log"
        argv = [*self._program("pg_ctl"), "start", "--silent", "--wait", "--timeout=600", f"--pgdata={self._directory}", f"--log={log}", f"--options={options}"]
        done = self._system.stream(argv, timeout=700.0)
        if done.code != 0:
            raise upgrade.failed(f"The server did not start on {self._directory}.", done.err + (read_text(self._system.path(log)) or "")[-upgrade.LOG_BYTES:])
        return engines.Postgres(self._system, upgrade.PRIVATE)

    def __exit__(self, *_):
        argv = [*self._program("pg_ctl"), "stop", "--silent", "--wait", "--mode=fast", "--timeout=600", f"--pgdata={self._directory}"]
        self._system.stream(argv, timeout=700.0)


def _databases(server):
    with server.session() as session:
        return [row[0] for row in session.values("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1")]


def end_private(system, directory):
    """Ends a server that a killed runner has left on this directory, and its own alone: it is in the file that keeps a second one off."""
    lines = (read_text(system.path(f"{directory}/postmaster.pid")) or "").splitlines()
    if len(lines) > 4 and lines[4].strip() == upgrade.PRIVATE and lines[0].strip().isdigit():
        system.end_process(int(lines[0]), os.path.basename(directory))
