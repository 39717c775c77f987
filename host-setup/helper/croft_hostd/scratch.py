"""Database servers of a restore test: for one app, with nothing in them but what its backup has, and thrown away afterwards.

    /var/lib/croft/restore-test/APP/ENGINE/data    what the server works on
    /var/lib/croft/restore-test/APP/ENGINE/run     its socket, which the copy of the app finds where it knows its server's

A copy that had the server in use could write into what is in use, whichever database it was told to take. So it gets a server of its own,
of the same programs and the same settings, in a unit that has no network and can write nowhere else. The app's account is in it, known
by the kernel as there, and no other that could sign in. An app that has a password has the same one there: servers that it speaks to over
TCP share one network with each other and the copy, which has nothing but a loopback.
"""

import abc
import os

from . import dumps, engines, facts, mywire, pgwire, snapshots, units
from .problems import human_bytes

ROOT = "/var/lib/croft/restore-test"
UNIT = "croft-restore-server-"
_SECONDS = 24 * 3600.0
_START_SECONDS = 300
#: What a fresh server takes by itself, before anything is loaded.
_ROOM_BYTES = 256 * 1024 * 1024


class Servers:
    """The servers that the copy of an app is given."""

    def __init__(self, work, app):
        self._work = work
        self._app = app
        self._started = {}
        self._network = None

    def __enter__(self):
        remove(self._work.system, self._app)
        return self

    def __exit__(self, *_):
        remove(self._work.system, self._app)

    def load(self, place, metadata):
        """Loads what a backup has into servers; how many tables and rows that is, or None when it has no tables at all."""
        counted = None
        for source in snapshots.sources_of(self._work.system, self._app, metadata):
            if source.engine is None:
                continue
            server = self._start(source.engine, place)
            if isinstance(source, dumps.Database):
                tables = server.load(source, place)
                counted = {"count": (counted or {}).get("count", 0) + len(tables), "rows": (counted or {}).get("rows", 0) + sum(tables.values())}
        return counted

    def complete(self):
        """Starts those that the app has now, and of which the backup had nothing."""
        found = facts.attached(facts.of_box(self._work.system), self._app)
        for engine in _KINDS:
            if found.get(engine):
                self._start(engine, None)

    def network(self):
        """The network namespace in which the copy reaches its servers over TCP; None when it knows them by their sockets."""
        return self._network

    def bindings(self):
        """(directory, where the app looks for it)"""
        return [(server.run, server.socket_directory()) for server in self._started.values()]

    def _start(self, engine, place):
        if engine not in self._started:
            server = _KINDS[engine](self._work.system, self._app)
            self._work.output.say(f"Starting {server.label} of its own for the copy of {self._app}")
            server.network = self._network
            server.start(place)
            self._started[engine] = server
            if server.verifier and not self._network:
                pid = units.number(units.show(self._work.system, [unit_of(self._app, engine)])[0].get("MainPID"))
                self._network = f"/proc/{pid}/ns/net"
        return self._started[engine]


def remove(system, app):
    """Ends and deletes the servers that there are for the copy of an app."""
    place = system.path(f"{ROOT}/{app}")
    if not os.path.isdir(place):
        return
    for engine in _KINDS:
        if os.path.isdir(os.path.join(place, engine)):
            system.run(["systemctl", "stop", "--no-ask-password", "--", unit_of(app, engine)], timeout=300)
    snapshots.remove(place)


def clear(system):
    """The same for whatever is there."""
    top = system.path(ROOT)
    for app in sorted(os.listdir(top)) if os.path.isdir(top) else ():
        remove(system, app)


def unit_of(app, engine):
    return f"{UNIT}{engine}-{app}.service"


class _Server(abc.ABC):
    """One of them. Nothing of it lies where its account could not come to: the data of backups is root's alone."""

    engine: str
    label: str

    def __init__(self, system, app):
        self.system = system
        self.app = app
        self.network = None
        #: By what the server knows the app's password, where it has one.
        self.verifier = None
        self.place = f"{ROOT}/{app}/{self.engine}"
        self.data, self.run = f"{self.place}/data", f"{self.place}/run"

    @abc.abstractmethod
    def socket_directory(self):
        """Where an app looks for the socket."""

    @abc.abstractmethod
    def account(self):
        """As whom the server runs."""

    @abc.abstractmethod
    def start(self, place):
        """Makes the server and starts it; `place` is the copy that it is for."""

    def _lay_out(self, run_mode=0o755):
        """The directories, and that they are the server's."""
        room = self.system.free_bytes(os.path.dirname(ROOT))
        if room < _ROOM_BYTES:
            raise dumps.failed(self.app, f"A server of its own for the copy takes {human_bytes(_ROOM_BYTES)}, but {ROOT} has only {human_bytes(room)} left.")
        os.makedirs(self.system.path(self.place), mode=0o755, exist_ok=True)
        for directory, mode in ((self.data, 0o700), (self.run, run_mode)):
            os.makedirs(self.system.path(directory), exist_ok=True)
            os.chmod(self.system.path(directory), mode)
            os.chown(self.system.path(directory), *self.system.account(self.account()))

    def _prepare(self, *argv):
        """Runs a program of the server's, as its account."""
        done = self.system.stream(engines.as_account(self.account(), "env", f"--chdir={self.data}", *argv), timeout=_SECONDS)
        if done.code != 0:
            words = [line for line in (done.err or done.out).splitlines() if line.strip()] or [f"It ended with code {done.code}."]
            raise dumps.failed(self.app, f"{os.path.basename(argv[0])}: {words[-1].strip()}", done.out + done.err)

    def _serve(self, *argv):
        """Starts the server itself, and waits until it says that it is there."""
        unit = unit_of(self.app, self.engine)
        begun = self.system.now()
        network = f"NetworkNamespacePath={self.network}" if self.verifier and self.network else "PrivateNetwork=yes"
        done = self.system.run(
            [
                "systemd-run", "--quiet", "--no-ask-password", "--collect", "--service-type=notify", f"--unit={unit}",
                f"--description=Croft: {self.label} for a restored copy of {self.app}", "--slice=croft-build.slice",
                f"--property=User={self.account()}", "--property=UMask=0077", "--property=NotifyAccess=all", f"--property=TimeoutStartSec={_START_SECONDS}",
                f"--property=RuntimeMaxSec={int(_SECONDS)}", f"--property={network}", "--property=PrivateTmp=yes", "--property=NoNewPrivileges=yes",
                "--property=ProtectSystem=strict", f"--property=ReadWritePaths={self.place}", "--property=LimitCORE=0", "--setenv=LC_ALL=C.UTF-8", "--",
                *argv,
            ],
            timeout=_START_SECONDS + 30,
        )  # fmt: skip
        if done.code != 0:
            raise dumps.failed(self.app, f"{self.label} did not start on an empty directory.", units.last_lines(self.system, unit, begun) or done.err)


class _Postgres(_Server):
    engine = "postgresql"
    label = "a PostgreSQL server"

    def socket_directory(self):
        return engines.POSTGRES_SOCKET

    def account(self):
        return engines.POSTGRES_ACCOUNT

    def start(self, place):
        running = engines.Postgres(self.system)
        try:
            with running.session() as session:
                (settings,) = session.values("SELECT current_setting('config_file')")[0]
            role = engines.account_of(self.system, self.app)
            self.verifier = running.verifier(role)
        except engines.ERRORS as error:
            raise dumps.failed(self.app, f"The server in use does not say how it is set up: {engines.why(error)}") from error
        self._lay_out()
        # A database brings its own encoding and collation; those of the cluster are for none of them. It is peer for everybody:
        # whoever could say that he is the superuser would have the account that the server in use has.
        self._prepare(
            engines.program(self.system, "initdb"), f"--pgdata={self.data}", "--username=postgres", "--auth=peer", "--no-sync", "--encoding=UTF8", "--locale=C"
        )
        if self.verifier:
            with open(self.system.path(f"{self.data}/pg_hba.conf"), "w", encoding="utf-8") as file:
                file.write(f'local all all peer\nhost all "{role}" {engines.LOOPBACK}/32 scram-sha-256\n')
        self._serve(
            engines.program(self.system, "postgres"), *_options(
                config_file=settings, data_directory=self.data, hba_file=f"{self.data}/pg_hba.conf", ident_file=f"{self.data}/pg_ident.conf",
                unix_socket_directories=self.run, port=str(pgwire.PORT), listen_addresses=engines.LOOPBACK if self.verifier else "", external_pid_file="", ssl="off",
                # What is thrown away in a minute need not outlive the power.
                fsync="off", full_page_writes="off", synchronous_commit="off", synchronous_standby_names="", archive_mode="off", logging_collector="off",
                log_destination="stderr", shared_buffers="32MB", huge_pages="off", autovacuum="off",
            ),
        )  # fmt: skip
        self._give_roles(running)
        if self.verifier:
            try:
                engines.Postgres(self.system, self.run).give_password(role, self.verifier)
            except engines.ERRORS as error:
                raise dumps.failed(self.app, f"The server of the copy does not take the app's password: {engines.why(error)}") from error

    def _give_roles(self, running):
        """The accounts of the server in use, for the privileges that a dump gives to them; without what they could sign in with elsewhere."""
        roles = os.path.join(self.system.path(self.data), "roles.sql")
        user = ("--no-password", f"--username={engines.POSTGRES_ACCOUNT}")
        told = self.system.stream(
            engines.as_account(
                self.account(), engines.program(self.system, "pg_dumpall"), "--roles-only", "--no-role-passwords", *user, f"--host={running.socket}"
            ),
            target=roles,
            timeout=_SECONDS,
        )
        if told.code == 0:
            # The superuser is there already, so one statement of them fails.
            told = self.system.stream(
                engines.as_account(
                    self.account(), engines.program(self.system, "psql"), "--no-psqlrc", "--quiet", *user, f"--host={self.run}", "--dbname=postgres"
                ),
                source=roles,
                timeout=_SECONDS,
            )
        if told.code != 0:
            raise dumps.failed(self.app, "The roles of the server in use could not be told to that of the copy.", told.err)

    def load(self, source, place):
        """Loads a dump under the name that the app knows; table -> rows."""
        return source.load_apart(place, engines.Postgres(self.system, self.run))


class _Mysql(_Server):
    engine = "mysql"
    label = "a MariaDB server"

    def socket_directory(self):
        return os.path.dirname(mywire.SOCKET)

    def account(self):
        return engines.MYSQL_ACCOUNT

    def start(self, place):
        self._lay_out()
        settings = f"--defaults-file={_MYSQL_SETTINGS}" if os.path.exists(self.system.path(_MYSQL_SETTINGS)) else "--no-defaults"
        socket = f"{self.run}/{os.path.basename(mywire.SOCKET)}"
        program = engines.program(self.system, "mariadbd")
        # The script finds the server's files from where the program really is.
        real = os.path.realpath(self.system.path(program)) if "/" in program else None
        basedir = [f"--basedir={os.path.dirname(os.path.dirname(real)).removeprefix(self.system.path(''))}"] if real else []
        self._prepare(
            engines.program(self.system, "mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", *basedir, "--skip-test-db", "--skip-name-resolve",
            "--auth-root-authentication-method=socket", f"--auth-root-socket-user={engines.MYSQL_ACCOUNT}",
        )  # fmt: skip
        try:
            self.verifier = engines.Mysql(self.system).verifier(engines.account_of(self.system, self.app))
        except engines.ERRORS as error:
            raise dumps.failed(self.app, f"The server in use does not say how the app signs in: {engines.why(error)}") from error
        listening = ("--skip-networking=0", f"--bind-address={engines.LOOPBACK}") if self.verifier else ("--skip-networking",)
        self._serve(
            program, settings, f"--datadir={self.data}", f"--socket={socket}", f"--pid-file={self.run}/pid", f"--tmpdir={self.data}", *listening,
            "--skip-log-bin", "--skip-slave-start", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--log-error=",
        )  # fmt: skip
        self._server = engines.Mysql(self.system, socket)

    def load(self, source, place):
        """Loads a dump under the name that the app knows; table -> rows."""
        loaded = source.load_apart(place, self._server)
        if self.verifier:
            try:
                self._server.give_password(engines.account_of(self.system, self.app), source.database, self.verifier)
            except engines.ERRORS as error:
                raise dumps.failed(self.app, f"The server of the copy does not take the app's password: {engines.why(error)}") from error
        return loaded


class _Redis(_Server):
    engine = "redis"
    label = "a Redis server"

    def socket_directory(self):
        return f"/run/redis-croft-{self.app}"

    def account(self):
        return units.show(self.system, [f"redis-croft-{self.app}.service"], "User")[0].get("User") or "redis"

    def start(self, place):
        kept = os.path.join(place, "redis") if place else None
        os.makedirs(self.system.path(self.place), mode=0o755, exist_ok=True)
        if kept and os.path.isdir(kept):
            snapshots.move(self.system, self.app, kept, self.system.path(self.data))
        self._lay_out()
        owner = self.system.account(self.account())
        for part, directories, files in os.walk(self.system.path(self.data)):
            for name in (*directories, *files):
                os.chown(os.path.join(part, name), *owner, follow_symlinks=False)
        # A log of changes, where there is one, has more than the last picture of the whole.
        logged = os.path.isdir(os.path.join(self.system.path(self.data), "appendonlydir"))
        self._serve(
            engines.program(self.system, "redis-server"), "--port", "0", "--unixsocket", f"{self.run}/redis.sock", "--unixsocketperm", "660",
            "--dir", self.data, "--save", "", "--appendonly", "yes" if logged else "no", "--supervised", "systemd", "--daemonize", "no",
        )  # fmt: skip


_MYSQL_SETTINGS = "/etc/my.cnf"
_KINDS = {"postgresql": _Postgres, "mysql": _Mysql, "redis": _Redis}


def _options(**settings):
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
