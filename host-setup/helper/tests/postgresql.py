"""A real PostgreSQL for as long as a test class lasts, behind a box's own ways to it, where the machine has its programs."""

import glob
import os
import shutil
import subprocess
import tempfile

from box import Box
from croft_hostd import engines, pgwire
from croft_hostd.system import System

ROLE = "croft-app-shop"


def _programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda place: int(place.split("/")[4]))
    found += [place] if (place := shutil.which("initdb")) else []
    return os.path.dirname(os.path.realpath(found[-1])) if found else None


PROGRAMS = _programs()
#: The server does not run as root.
_ACCOUNT = "postgres" if os.geteuid() == 0 else None


class Server:
    """Everybody may say who they are; the socket is in a directory of the test's own."""

    def __init__(self, case):
        self.directory = tempfile.mkdtemp(prefix="croft-pg-", dir="/tmp")
        case.addClassCleanup(shutil.rmtree, self.directory, True)
        if _ACCOUNT:
            shutil.chown(self.directory, _ACCOUNT)
        os.chmod(self.directory, 0o755)
        data = f"{self.directory}/data"
        self._as_account("initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory} -c fsync=off -c shared_buffers=16MB -c shared_preload_libraries=pg_stat_statements"
        case.addClassCleanup(self._as_account, "pg_ctl", "stop", "--silent", "--mode=immediate", f"--pgdata={data}")
        self._as_account("pg_ctl", "start", "--silent", "--wait", f"--pgdata={data}", f"--log={self.directory}/log", f"--options={options}")
        self.run(f'CREATE ROLE "{ROLE}" LOGIN')

    def _as_account(self, name, *arguments):
        argv = [f"{PROGRAMS}/{name}", *arguments]
        subprocess.run(engines.as_account(_ACCOUNT, *argv) if _ACCOUNT else argv, check=True, capture_output=True, cwd="/")

    def session(self, database="postgres", user="postgres", settings=None):
        return pgwire.connect(self.directory, user, database, settings)

    def run(self, *statements, database="postgres", user="postgres"):
        """The rows of the last one."""
        with self.session(database, user) as session:
            return [session.query(statement).rows for statement in statements][-1]

    def fresh(self, database):
        """A database of the app's, with nothing in it."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', f'CREATE DATABASE "{database}" OWNER "{ROLE}" TEMPLATE template0')

    def has_taken_over(self):
        """Whether the app's role has become a superuser."""
        return self.run(f"SELECT rolsuper FROM pg_roles WHERE rolname = '{ROLE}'") == [["t"]]


class BoxWithServer(Box):
    """A box whose PostgreSQL is the real one."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        #: (user, database) of each session that was opened
        self.sessions = []
        #: What is done as soon as a session with the app's database has got the rows of its first statement
        self.after_first = None

    def postgres(self, directory, user, database, settings=None, account=None, timeout=None, port=5432):
        self.sessions.append((user, database))
        session = self.server.session(database, user, settings)
        if self.after_first and database != "postgres":
            values = session.values

            def once(*question):
                rows, session.values = values(*question), values
                self.after_first()
                return rows

            session.values = once
        return session

    def stream(self, argv, source=None, target=None, extra=None, timeout=60.0):
        self.calls.append(argv)
        environment, program = [], argv[argv.index("--") + 1 :]
        if program[0] == "env":
            environment, program = program[:2], program[2:]
        arguments = [f"--host={self.server.directory}" if part.startswith("--host=") else part for part in program[1:]]
        return System.stream(self, [*environment, f"{PROGRAMS}/{os.path.basename(program[0])}", *arguments], source, target, extra, timeout)
