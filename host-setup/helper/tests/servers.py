"""Database servers of a box of tests: one file has what is in them, and is replaced whole, as a transaction would.

They understand the statements that croft-hostd sends, each by its first words; the real ones are asked in nix/tests/box.
"""

import json
import os
import re
from itertools import dropwhile

from croft_hostd import scratch
from croft_hostd.engines import conninfo
from croft_hostd.mywire import ServerError as MysqlError
from croft_hostd.pgwire import Answer, ServerError
from croft_hostd.system import Finished

_PRIVATE = "/run/croft-upgrade"
_FILE = "/var/lib/servers/{}.json"
_NAME = re.compile(r'"((?:[^"]|"")+)"|`((?:[^`]|``)+)`')


class Servers:
    """`directory`: where the socket of a restore test's own server is; without one, those of the box."""

    def __init__(self, box, directory=None):
        self._box = box
        self._directory = directory if directory and directory.startswith(scratch.ROOT) else None

    def _file(self, engine):
        return self._box.path(f"{self._directory}/{engine}.json" if self._directory else _FILE.format(engine))

    def read(self, engine="postgresql"):
        """database -> {"owner","content","oid"}"""
        with open(self._file(engine), encoding="utf-8") as file:
            return json.loads(file.read())

    def write(self, databases, engine="postgresql"):
        place = self._file(engine)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(f"{place}.new", "w", encoding="utf-8") as file:
            file.write(json.dumps(databases))
        os.rename(f"{place}.new", place)

    def put(self, database, content, owner="croft-app-shop", engine="postgresql"):
        databases = self.read(engine) if os.path.exists(self._file(engine)) else {}
        oid = databases.get(database, {}).get("oid", len(databases) + 16384)
        self.write({**databases, database: {"owner": owner, "content": content, "oid": oid}}, engine)

    def session(self, engine, database, directory=None):
        if engine in self._box.down:
            raise ConnectionRefusedError(111, "Connection refused")
        if directory == _PRIVATE:
            return _Private(self, self._box, self._box.path(f"{_PRIVATE}/cluster"))
        return _Postgres(self, self._box, database) if engine == "postgresql" else _Mysql(self, self._box, database)

    def run(self, argv, source, target, extra):
        """What setpriv runs: a dump, or a load."""
        host = next((part.partition("=")[2] for part in argv if part.startswith(("--host=", "--socket="))), None)
        if host and self._directory is None:
            host = os.path.dirname(host) if host.endswith(".sock") else host
            return Servers(self._box, host)._run(argv, source, target, extra)
        return self._run(argv, source, target, extra)

    def _run(self, argv, source, target, extra):
        account, program = argv[1].removeprefix("--reuid="), argv[argv.index("--") + 1 :]
        if program[0] == "env":
            program = list(dropwhile(lambda part: part.startswith(("--chdir=", "PGOPTIONS=")), program[1:]))
        name = os.path.basename(program[0])
        if name in self._box.failing_programs:
            return Finished(argv, 1, "", f"{name}: error: {self._box.failing_programs[name]}\n")
        if name == "pg_dump":
            content = self.read()[_of(program)]
            itself = next((part.partition("=")[2] for part in program if part.startswith("--file=")), None)
            with open(self._box.path(itself) if itself else target, "w", encoding="utf-8") as file:
                file.write(json.dumps(content))
        elif name == "pg_restore" and "--list" in program:
            with open(source, encoding="utf-8") as file:
                owner = json.loads(file.read())["owner"]
            entries = f"; Archive\n2; 3079 16 EXTENSION - pg_trgm \n5; 1259 16386 TABLE public orders {owner}\n7; 0 16386 TABLE DATA public orders {owner}\n"
            return Finished(argv, 0, entries)
        elif name == "pg_restore" and extra and f"TABLE DATA public orders {account}" in extra:
            self._load(source, _of(program), "postgresql")
        elif name in ("initdb", "pg_ctl", "pg_upgrade"):
            return self._cluster(argv, name, program)
        elif name == "mariadb-install-db":
            place = next(part.partition("=")[2] for part in program if part.startswith("--datadir="))
            Servers(self._box, f"{os.path.dirname(place)}/run").write({}, "mysql")
        elif name == "mariadb-dump":
            with open(target, "w", encoding="utf-8") as file:
                file.write(json.dumps(self.read("mysql")[program[-1]]))
        elif name == "mariadb":
            self._load(source, program[-1], "mysql")
        return Finished(argv, 0)

    def _cluster(self, argv, name, program):
        """What works on directories of PostgreSQL's."""
        given = dict(part.removeprefix("--").split("=", 1) for part in program if "=" in part)
        if name == "initdb" and given["pgdata"].startswith(scratch.ROOT):
            Servers(self._box, f"{os.path.dirname(given['pgdata'])}/run").write({})
        elif name == "initdb":
            with open(f"{self._box.path(program[0].split('/sw/')[0])}/etc/croft/facts.json", encoding="utf-8") as file:
                major = json.loads(file.read())["postgresql"]["major"]
            self._box.write(f"{given['pgdata']}/PG_VERSION", f"{major}\n")
        elif name == "pg_ctl":
            place = self._box.path(f"{_PRIVATE}/cluster")
            if os.path.islink(place):
                os.unlink(place)
            if "start" in program:
                os.symlink(self._box.path(given["pgdata"]), place)
        elif "--check" not in program:
            databases = self.read()
            if self._box.losing_rows:
                databases["shop"]["content"] = databases["shop"]["content"][1:]
            self._box.write(f"{given['new-datadir']}/data.json", json.dumps(databases))
        elif "--clone" in program:
            return Finished(argv, 1, "", "could not clone file between old and new data directories: Operation not supported")
        return Finished(argv, 0)

    def _load(self, source, database, engine):
        with open(source, encoding="utf-8") as file:
            content = json.loads(file.read())["content"]
        databases = self.read(engine)
        databases[database]["content"] = content
        self.write(databases, engine)


def _of(program):
    given = next(part for part in program if part.startswith("--dbname=")).removeprefix("--dbname=")
    return next(name for name in (given.removeprefix("dbname='").removesuffix("'"),) if conninfo(name) == given)


class _Session:
    def __init__(self, servers, box):
        self._servers = servers
        self._box = box

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self):
        pass


    def scripted(self, text, most, take):
        """What a test has said that this statement gives."""
        said = self._box.statements[text]
        if isinstance(said, Exception):
            raise said
        answer = Answer()
        answer.columns, rows, answer.command = said
        for number, row in enumerate(rows):
            if most and number >= most or not take(row):
                answer.complete, answer.command = False, None
                break
        return answer


class _Postgres(_Session):
    def __init__(self, servers, box, database):
        super().__init__(servers, box)
        self._database = database

    def values(self, statement, *values):
        if "t.rolname = 'croft_loopback'" in statement:
            return [[self._box.verifiers["postgresql"]]] if "postgresql" in self._box.verifiers else []
        databases = self._servers.read()
        if any(word in statement for word in ("datallowconn", "pg_extension", "data_checksums")):
            return _catalog(statement, databases)
        if "FROM pg_class c JOIN" in statement:
            return [["public", "orders"]]
        if statement.startswith("SELECT count(*) FROM \"public\""):
            return [[str(len(databases[self._database]["content"]))]]
        if "'server_version'" in statement:
            return [["17.6 (Debian 17.6-1)", "100"]]
        if "pg_get_userbyid" in statement:
            return [[name, one["owner"], str(len(one["content"])), "0"] for name, one in sorted(databases.items())]
        if "FROM pg_roles WHERE rolname" in statement:
            return [["croft-app-shop", "f"], ["postgres", "t"]]
        if "count(*) FROM pg_stat_activity" in statement:
            return [["3"]]
        if "pg_settings" in statement:
            return [["primary_conninfo", "password=hunter2"], ["shared_buffers", "128MB"]]
        if "pg_stat_statements" in statement:
            return [["shop", "SELECT * FROM orders WHERE id = $1", "12", "3.5", "42"]]
        if "config_file" in statement:
            return [["/var/lib/db/postgresql.conf"]]
        if "pg_db_role_setting" in statement:
            return []
        if "pg_export_snapshot" in statement:
            self._box.moments.append(self._box.units["croft-app-shop.service"].get("FreezerState", "running"))
            return [["00000003-1"]]
        if "starts_with" in statement:
            return [[name] for name in databases if name.startswith(values[0])]
        if "to_jsonb(d)" in statement:
            columns = {"datdba": 10, "encoding": 6, "datcollate": "C.UTF-8", "datctype": "C.UTF-8", "datlocprovider": "c"}
            return [[json.dumps(columns)]]
        if "aclexplode" in statement:
            return []
        if "FROM pg_roles WHERE oid" in statement:
            return [["croft-app-shop"]]
        if "pg_encoding_to_char" in statement:
            return [["UTF8"]]
        found = databases.get(values[0]) if values else None
        if not found:
            return []
        return [[found["owner"], "t" if found["owner"] == "postgres" else "f"]] if "rolsuper" in statement else [[str(len(found["content"]))]]

    def query(self, statement, values=(), most=0, take=None):
        if take:
            return self.scripted(statement, most, take)
        databases = self._servers.read()
        names = [one or other for one, other in _NAME.findall(statement)]
        if statement.startswith("CREATE DATABASE"):
            databases[names[0]] = {"owner": names[1], "content": "", "oid": max((one["oid"] for one in databases.values()), default=16383) + 1}
            self._servers.write(databases)
        elif statement.startswith("DROP DATABASE"):
            if databases.pop(names[0], None):
                self._servers.write(databases)
        return Answer()

    def script(self, text):
        databases = self._servers.read()
        names = [one or other for one, other in _NAME.findall(text)]
        if "RENAME" not in text:
            return
        for name, to in zip(names[::2], names[1::2]):
            if to in databases:
                raise ServerError({"C": "42P04", "M": f'database "{to}" already exists'})
            if name not in databases:
                raise ServerError({"C": "3D000", "M": f'database "{name}" does not exist'})
            databases[to] = databases.pop(name)
        self._servers.write(databases)


class _Private(_Session):
    """A server of an upgrade, on whichever directory it was started."""

    def __init__(self, servers, box, cluster):
        super().__init__(servers, box)
        self._cluster = cluster

    def values(self, statement, *values):
        place = os.path.join(self._cluster, "data.json")
        databases = self._servers.read()
        if os.path.exists(place):
            with open(place, encoding="utf-8") as file:
                databases = json.loads(file.read())
        if "installed_version" in statement:
            return []
        if "pg_available_extensions" in statement:
            return [[name] for name in {"plpgsql", "pg_trgm"} - self._box.missing_extensions]
        if "relkind" in statement:
            return [["public", "orders"]]
        if "FROM ONLY" in statement:
            return [[str(len(databases["shop"]["content"]))]]
        return _catalog(statement, databases)


def _catalog(statement, databases):
    """What every cluster says of itself."""
    if "pg_authid" in statement:
        return [["croft-app-shop", "f"], ["postgres", "t"]]
    if "datallowconn" in statement:
        return [[name] for name in databases]
    if "pg_extension" in statement:
        return [["pg_trgm"], ["plpgsql"]]
    if "data_checksums" in statement:
        return [["on", "16777216"]]
    return [[name, one["owner"]] for name, one in sorted(databases.items())]


class _Mysql(_Session):
    version = "11.8.3-MariaDB"

    def __init__(self, servers, box, database):
        super().__init__(servers, box)
        self._database = database

    def values(self, statement):
        if "mysql.global_priv" in statement:
            return [[self._box.verifiers["mysql"]]] if "mysql" in self._box.verifiers else []
        databases = self._servers.read("mysql")
        if "information_schema.tables" in statement and "table_name" in statement:
            return [["orders"]]
        if "COUNT(*) FROM `orders`" in statement:
            return [[str(len(databases[self._database]["content"]))]]
        if "GLOBAL VARIABLES" in statement:
            return [["max_connections", "151"], ["version", "11.8.3-MariaDB"]]
        if "processlist p" in statement:
            return [[name, str(len(one["content"])), "1"] for name, one in sorted(databases.items())]
        if "mysql.db" in statement:
            return [["shop", "croft-app-shop"]]
        if "mysql.user" in statement:
            return [["croft-app-shop", "localhost", "N"], ["mysql", "localhost", "Y"]]
        if "processlist" in statement:
            return [["1"]]
        if statement.endswith("information_schema.schemata"):
            return [[name] for name in databases]
        name = bytes.fromhex(re.search(r"X'([0-9a-f]*)'", statement)[1]).decode()
        if name not in databases:
            return []
        return [["utf8mb4", "utf8mb4_unicode_ci"]] if "character_set" in statement else [[str(len(databases[name]["content"]))]]

    def query(self, statement, take=None):
        if take:
            return self.scripted(statement, 0, take)
        databases = self._servers.read("mysql")
        if statement.startswith(("SET ", "START ", "GRANT ", "CREATE USER ", "ALTER USER ")):
            return Answer()
        (name,) = [one or other for one, other in _NAME.findall(statement)]
        if statement.startswith("CREATE"):
            if name in databases:
                raise MysqlError(1007, "HY000", "database exists")
            databases[name] = {"owner": "", "content": "", "oid": 0}
        else:
            databases.pop(name, None)
        self._servers.write(databases, "mysql")
        return Answer()
