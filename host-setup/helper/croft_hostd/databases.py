"""What the box's database servers have: databases, users, sizes, connections, slow queries, settings."""

import os

from . import asking, engines, facts, lock, mywire, pgwire, units
from .pattern import Pattern
from .problems import problem
from .snapshots import size_of
from .system import read_text, rfc3339

_SLOWEST = 50
_QUERY_CHARACTERS = 2000
#: Settings that may have a password in them.
_SECRET = Pattern(r".*(?:password|passphrase|conninfo|_command|secret).*")
_MAJOR = Pattern(r"[0-9]{1,2}")
_SERIES = Pattern(r"([0-9]{1,2})\.([0-9]{1,2})(?:[.-].*)?")
#: The directories of MariaDB's versions, and the one of a server whose version is nixpkgs'.
MYSQL_PLACE = "/var/lib/mariadb"
MYSQL_FIRST = "/var/lib/mysql"
#: What a directory has that a server has been at home in.
MARKS = {"postgresql": "PG_VERSION", "mysql": "mysql"}
_OWN_OF_POSTGRES = ("postgres", "template0", "template1")
_OWN_OF_MYSQL = ("information_schema", "mysql", "performance_schema", "sys")


def read(system):
    """Answers a `databases` request."""
    running = facts.of_box(system)
    engines_there = []
    for engine, unit, account in (
        ("postgresql", engines.POSTGRES_UNIT, engines.POSTGRES_ACCOUNT),
        ("mysql", engines.MYSQL_UNIT, engines.MYSQL_ACCOUNT),
    ):
        declared = running.get(engine)
        if declared:
            engines_there.append(_engine(system, running, engine, unit, account, declared))
    return {"time": rfc3339(system.now()), "engines": engines_there}


def _engine(system, running, engine, unit, account, declared):
    active = units.show(system, [unit], "ActiveState")[0].get("ActiveState") == "active"
    found = {
        "engine": engine, "version": None, "major": declared.get("major"), "active": active, "unit": unit, "dataDir": declared.get("dataDir"),
        "bytes": None, "maxConnections": None, "connections": None, "databases": [], "users": [], "slow": None, "settings": {},
        "oldClusters": [],
    }  # fmt: skip
    found.update(asking.ask(system, account, {"what": engine, "active": active, "dataDir": declared.get("dataDir"), "major": declared.get("major")}))
    names = [name for name in running.get("attach") or {}]
    databases = {facts.attached(running, name).get(engine): name for name in names}
    owners = {account: name for name, account in zip(names, _accounts(system, names))}
    for database in found["databases"]:
        database["app"] = databases.get(database["name"])
        if database["app"]:
            owners.setdefault(database["owner"], database["app"])
    for user in found["users"]:
        # One that signs in with a password is there twice, by where it comes from.
        user["app"] = owners.get(user["name"].removesuffix(f"@{engines.LOOPBACK}"))
    return found


def _accounts(system, apps):
    return [unit.get("User") for unit in units.show(system, [units.app_unit(app) for app in apps], "User")]


# -- in a process of the server's own account ------------------------------------------------------------------------


def read_postgres(system, question):
    place = question["dataDir"]
    found = {"bytes": size_of(system.path(place))[0] if place else None, "oldClusters": old_clusters(system, "postgresql", place, question["major"]) if place else []}
    if not question["active"]:
        return found
    try:
        with engines.Postgres(system).session(timeout=30.0) as session:
            return {**found, **_postgres(session)}
    except engines.ERRORS:
        return {**found, "active": False}


def _postgres(session):
    version, most = session.values("SELECT current_setting('server_version'), current_setting('max_connections')")[0]
    databases = session.values(
        "SELECT d.datname, pg_get_userbyid(d.datdba), pg_database_size(d.oid),"
        " (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND a.pid <> pg_backend_pid())"
        " FROM pg_database d WHERE NOT d.datistemplate ORDER BY 1"
    )
    users = session.values("SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'croft_loopback' ORDER BY 1")
    connections = session.values("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
    settings = session.values("SELECT name, current_setting(name, true) FROM pg_settings ORDER BY 1")
    return {
        "version": version.split(" ")[0],
        "major": int(version.split(".")[0].split(" ")[0]),
        "maxConnections": int(most),
        "connections": int(connections[0][0]),
        "databases": [
            {"name": name, "owner": owner, "bytes": int(size), "connections": int(count)} for name, owner, size, count in databases
        ],
        "users": [{"name": name, "superuser": superuser == "t"} for name, superuser in users],
        "slow": _slow_in_postgres(session),
        "settings": {name: value for name, value in settings if value is not None and not _SECRET.fullmatch(name)},
    }


def _slow_in_postgres(session):
    schema = session.values(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'"
    )
    if not schema:
        return None
    try:
        rows = session.values(
            "SELECT d.datname, left(s.query, $1::int), s.calls, s.mean_exec_time, s.total_exec_time"
            f" FROM {pgwire.quoted(schema[0][0])}.pg_stat_statements s"
            " JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid AND NOT r.rolsuper"
            " ORDER BY s.total_exec_time DESC LIMIT $2::int",
            _QUERY_CHARACTERS,
            _SLOWEST,
        )
    except pgwire.ServerError:
        return None  # The server was not started with it.
    return [_slow(*row) for row in rows]


def _slow(database, query, calls, mean, total):
    return {"database": database, "query": query, "calls": int(calls), "meanMs": round(float(mean), 3), "totalMs": round(float(total), 3)}


def read_mysql(system, question):
    place = question["dataDir"]
    found = {"bytes": size_of(system.path(place))[0] if place else None, "oldClusters": old_clusters(system, "mysql", place, question["major"]) if place else []}
    if not question["active"]:
        return found
    try:
        with engines.Mysql(system).session(timeout=30.0) as session:
            return {**found, **_mysql(session)}
    except engines.ERRORS:
        return {**found, "active": False}


def _mysql(session):
    settings = dict(session.values("SHOW GLOBAL VARIABLES"))
    own = ", ".join(mywire.literal(name) for name in _OWN_OF_MYSQL)
    databases = session.values(
        "SELECT s.schema_name, (SELECT CAST(COALESCE(SUM(t.data_length + t.index_length), 0) AS UNSIGNED) FROM information_schema.tables t"
        " WHERE t.table_schema = s.schema_name), (SELECT COUNT(*) FROM information_schema.processlist p WHERE p.db = s.schema_name)"
        f" FROM information_schema.schemata s WHERE s.schema_name NOT IN ({own}) ORDER BY 1"
    )
    grants = session.values("SELECT Db, User FROM mysql.db WHERE Insert_priv = 'Y' AND Create_priv = 'Y' ORDER BY 1, 2")
    owners = {name: next((user for pattern, user in grants if engines.plain(pattern) == name), "") for name, _, _ in databases}
    users = session.values("SELECT User, Host, Super_priv FROM mysql.user WHERE User NOT IN ('mariadb.sys', 'PUBLIC') ORDER BY 1, 2")
    connections = session.values("SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user NOT IN ('system user', 'event_scheduler')")
    version = settings.get("version", "")
    return {
        "version": version.split("-")[0],
        "major": series(version),
        "maxConnections": int(settings.get("max_connections", 0)),
        "connections": int(connections[0][0]),
        "databases": [{"name": name, "owner": owners[name], "bytes": int(size), "connections": int(count)} for name, size, count in databases],
        "users": [{"name": user if host == "localhost" else f"{user}@{host}", "superuser": superuser == "Y"} for user, host, superuser in users],
        "slow": _slow_in_mysql(session) if settings.get("performance_schema") == "ON" else None,
        "settings": {name: value for name, value in sorted(settings.items()) if value is not None and not _SECRET.fullmatch(name)},
    }


def _slow_in_mysql(session):
    # Apps ask within their database; what asks within none is this program, or somebody at the box.
    own = ", ".join(mywire.literal(name) for name in _OWN_OF_MYSQL)
    rows = session.values(
        f"SELECT schema_name, LEFT(digest_text, {_QUERY_CHARACTERS}), count_star, avg_timer_wait / 1e9, sum_timer_wait / 1e9"
        f" FROM performance_schema.events_statements_summary_by_digest WHERE digest_text IS NOT NULL AND schema_name NOT IN ({own})"
        f" ORDER BY sum_timer_wait DESC LIMIT {_SLOWEST}"
    )
    return [_slow(*row) for row in rows]


def old_clusters(system, engine, place, current):
    """The directories of other majors beside the one in use: what an upgrade left, until somebody drops it."""
    found = _clusters_of_mysql(system) if engine == "mysql" else _clusters_of_postgres(system, os.path.dirname(place.rstrip("/")))
    found = [one for one in found if one[1] != place.rstrip("/")]
    clusters = []
    for major, directory in found:
        # Of one version there may be two directories of MariaDB's; the dumps are counted once.
        dumps = () if any(one["major"] == major for one in clusters) else dumps_with(system, engine, place, major, current)
        clusters.append({"major": major, "dataDir": directory, "bytes": sum(size_of(system.path(one))[0] for one in (directory, *dumps))})
    return clusters


def dumps_with(system, engine, place, major, current):
    """The dumps that go with the cluster `major`: those of the upgrade from it, and of one to it that was taken back."""
    beside = MYSQL_PLACE if engine == "mysql" else os.path.dirname(place.rstrip("/"))
    read = series if engine == "mysql" else _number
    found = []
    for name in _names(system, beside):
        versions = [read(version) for version in name.removesuffix(".dump").split("-to-")]
        if name.endswith(".dump") and len(versions) == 2 and (versions[0] == major or versions == [current, major]):
            found.append(f"{beside}/{name}")
    return found


def _number(text):
    return int(text) if _MAJOR.fullmatch(text) else None


def _clusters_of_postgres(system, beside):
    directories = [(name, os.path.join(beside, name)) for name in _names(system, beside) if _MAJOR.fullmatch(name)]
    return [(int(name), place) for name, place in directories if (read_text(system.path(f"{place}/PG_VERSION")) or "").strip() == name]


def _clusters_of_mysql(system):
    found = [(series(name), f"{MYSQL_PLACE}/{name}") for name in _names(system, MYSQL_PLACE) if _SERIES.fullmatch(name)]
    found = [one for one in (*found, (mysql_series(system, MYSQL_FIRST), MYSQL_FIRST)) if one[0]]
    return sorted(one for one in found if os.path.exists(system.path(f"{one[1]}/{MARKS['mysql']}")))


def series(version):
    """1108 for 11.8 and all that begins so, as MariaDB itself counts; None for what is no version."""
    found = _SERIES.fullmatch(version)
    return int(found[1]) * 100 + int(found[2]) if found else None


def mysql_series(system, place):
    """The series of the server that made a directory of MariaDB's or last upgraded it; None when it does not say."""
    for name in ("mariadb_upgrade_info", "mysql_upgrade_info"):
        found = series((read_text(system.path(f"{place}/{name}")) or "").strip())
        if found:
            return found
    return None


def _names(system, place):
    return sorted(os.listdir(system.path(place))) if os.path.isdir(system.path(place)) else []
# -- dropping --------------------------------------------------------------------------------------------------------


def serve_drop(system, request):
    """Answers a `database-drop` request."""
    engine, database = request["engine"], request["database"]
    running = facts.of_box(system)
    for app in running.get("attach") or {}:
        if facts.attached(running, app).get(engine) == database:
            raise problem("DATABASE_IN_USE", database=database, why=f"It is attached to {app}.")
    if database in (_OWN_OF_POSTGRES if engine == "postgresql" else _OWN_OF_MYSQL):
        raise problem("NOT_ALLOWED", why=f"{database} belongs to the server itself.", next="Name a database of an app.")
    if not running.get(engine):
        raise problem("NOT_FOUND", thing=f"the database {database}", why=f"The box runs no {engine}.")
    # A change that is under way may be copying it, or be about to put it back.
    changes = lock.Lock(system, "lock")
    if not changes.acquire(0.0):
        raise problem("HOST_BUSY", holder="A change is running; it may need the database.")
    try:
        return ask_to_drop(system, engine, database)
    finally:
        changes.release()


def ask_to_drop(system, engine, database):
    """Has the server's own account drop a database; {"bytes"} that it had, or NOT_FOUND."""
    account = engines.POSTGRES_ACCOUNT if engine == "postgresql" else engines.MYSQL_ACCOUNT
    return asking.ask(system, account, {"what": "drop", "engine": engine, "database": database}, 600)


def drop(system, question):
    """{"bytes"} that it had."""
    server = {"postgresql": engines.Postgres, "mysql": engines.Mysql}[question["engine"]](system)
    try:
        size = server.size(question["database"])
        if size is None:
            raise problem("NOT_FOUND", thing=f"the database {question['database']}", why="The server has none of that name.")
        server.drop(question["database"])
    except engines.ERRORS as error:
        raise problem("SQL_FAILED", why=engines.why(error)) from error
    return {"bytes": size}
