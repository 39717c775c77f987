"""A database server from one major version to the next: prepared beside the data in use, looked over, and only then switched to.

    DATADIR                       the old data, which nothing here changes
    NEW.croft-upgrade             the new one, while it is made
    NEW                           the same under its name, once all that was in the old one has been found in it
    OLD-to-NEW.dump               a dump of each database of the old one and of its accounts, as they were when it was stopped

First a rehearsal while everything serves. Then, with the apps and the server stopped, everything is dumped, the data is carried over,
and tables, rows, accounts and what else there is of both are compared on a socket that nobody else can reach. The old directory stays
until it is dropped by its version (`cluster-drop`), and until then every way back leads to it; the dumps go with it, or with the new
one when that was taken back. How a server's data is carried over is in upgradepostgres.py and upgrademysql.py.
"""

import abc
import os

from . import asking, databases, engines, facts, lock, snapshots, units
from .problems import human_bytes, problem
from .system import sync_directory, write_atomically

SECONDS = 24 * 3600.0
PRIVATE = "/run/croft-upgrade"
LOG_BYTES = 32 * 1024
_ROOM_BYTES = 256 * 1024 * 1024
_PATIENCE = 2.0
_LABELS = {"postgresql": "PostgreSQL", "mysql": "MariaDB"}
_ACCOUNTS = {"postgresql": engines.POSTGRES_ACCOUNT, "mysql": engines.MYSQL_ACCOUNT}
#: What is stopped, in this order. PostgreSQL's service goes on being wanted by its target, which NixOS has had since 25.11.
_UNITS = {"postgresql": ("postgresql.target", engines.POSTGRES_UNIT), "mysql": (engines.MYSQL_UNIT,)}
#: Where the directories of the versions lie. A server's account may delete there, and nowhere else.
_PLACES = {"postgresql": ("/var/lib/postgresql",), "mysql": (databases.MYSQL_PLACE, databases.MYSQL_FIRST)}


def failed(why, detail=None):
    return problem("UPGRADE_FAILED", why=why, detail=detail)


def version(engine, major):
    """A major version as people know it: 17, and 11.8 for 1108."""
    return f"{major // 100}.{major % 100}" if engine == "mysql" else str(major)


# -- whether ---------------------------------------------------------------------------------------------------------


def require_same_major(system, toplevel, rollback=False):
    """Raises UPGRADE_NEEDED when another major version would start on an empty directory, on one of before, or on data that it is not
    made for."""
    for engine in _LABELS:
        new = _declared(facts.of_system(system, toplevel), engine)
        why = _why_not(system, engine, _running(system, engine), new, rollback) if new else None
        if why:
            raise problem("UPGRADE_NEEDED", why=why)


def _why_not(system, engine, old, new, rollback):
    label, wanted = _LABELS[engine], version(engine, new["major"])
    there = _has_cluster(system, engine, new["dataDir"])
    if not old:
        left = databases.old_clusters(system, engine, new["dataDir"], None)
        if there:
            found = databases.mysql_series(system, new["dataDir"]) if engine == "mysql" else None
            return f"{new['dataDir']} has data of MariaDB {version(engine, found)}, which version {wanted} cannot read." if found and found > new["major"] else None
        if not left:
            return None
        found = version(engine, left[-1]["major"])
        return f"There is data of {label} {found} in {left[-1]['dataDir']}; version {wanted} would begin without it."
    running = version(engine, old["major"])
    if old["dataDir"] == new["dataDir"] or engine == "postgresql" and old["major"] == new["major"]:
        if old["major"] == new["major"]:
            return None
        return f"The box runs {label} {running}; version {wanted} would begin on the same data, and could leave nothing to go back to."
    if there:
        return None if rollback else f"The box runs {label} {running}; {new['dataDir']} has data of {label} {wanted} from before."
    if old["major"] == new["major"]:
        return f"The box runs {label} {running} in {old['dataDir']}; in {new['dataDir']} it would begin without its data."
    return f"The box runs {label} {running}; version {wanted} would begin without its data."


def _declared(found, engine):
    declared = (found or {}).get(engine)
    return declared if declared and declared.get("major") and declared.get("dataDir") else None


def _running(system, engine):
    """What the running system declares. One that an older Croft made does not say which MariaDB it is: then the server does, or its data."""
    found = facts.of_box(system)
    declared = _declared(found, engine)
    if declared or engine != "mysql" or not (found.get(engine) or {}).get("dataDir"):
        return declared
    place = found[engine]["dataDir"]
    try:
        with engines.Mysql(system).session(timeout=10.0) as session:
            major = databases.series(session.values("SELECT VERSION()")[0][0])
    except engines.ERRORS:
        major = databases.mysql_series(system, place)
    return {"major": major, "dataDir": place} if major else None


def _has_cluster(system, engine, place):
    return os.path.exists(system.path(f"{place}/{databases.MARKS[engine]}"))


class Upgrade(abc.ABC):
    """One upgrade. `plan` is kept in the operation's undo.json: {"engine","from","to","previous","toplevel","switched"}."""

    engine: str

    def __init__(self, work, plan):
        self._work = work
        self._system = work.system
        self.plan = plan
        self._old, self._new = plan["from"], plan["to"]
        self._label = _LABELS[self.engine]
        self._scratch = f"{self._new['dataDir']}.croft-upgrade"
        self._backups = lock.Lock(work.system, "backup")

    @staticmethod
    def to(work, previous, toplevel, running, target):
        """The upgrade that the change to `toplevel` is, or UPGRADE_FAILED."""
        system = work.system
        there = facts.of_system(system, toplevel)
        both = {engine: (_running(system, engine), _declared(there, engine)) for engine in _LABELS}
        both = {engine: pair for engine, pair in both.items() if all(pair)}
        if not both:
            raise failed("No database server is declared in both the running system and the new one.")
        changed = [engine for engine, (old, new) in both.items() if (old["major"], old["dataDir"]) != (new["major"], new["dataDir"])]
        if len(changed) > 1:
            raise failed("The new state has other versions of PostgreSQL and of MariaDB. Upgrade one after the other, so that each can be undone alone.")
        engine = (changed or list(both))[0]
        old, new = both[engine]
        label = _LABELS[engine]
        if not changed or new["major"] < old["major"]:
            raise failed(f"The box runs {label} {version(engine, old['major'])}, and the new state asks for {version(engine, new['major'])}.")
        if old["dataDir"] == new["dataDir"]:
            raise failed(f"{label} {version(engine, new['major'])} would have the directory {new['dataDir']}, which is that of the version in use. Ask for it by its version.")
        if snapshots.planned(system, running, target):
            raise failed("The new state has new versions of apps as well. Deploy them before or after it, so that each can be undone alone.")
        if _has_cluster(system, engine, new["dataDir"]):
            raise failed(f"{new['dataDir']} has a cluster already, from an earlier upgrade that was taken back. Drop it by its version first.")
        return _kind(engine)(work, {"engine": engine, "from": old, "to": new, "previous": previous, "toplevel": toplevel, "switched": False})

    # -- what each server does in its own way ------------------------------------------------------------------

    @abc.abstractmethod
    def _server_in_use(self):
        """An administrator of the server that runs."""

    @abc.abstractmethod
    def _look_over(self):
        """Finds out, while everything serves, whether the new version can take over the data. Raises UPGRADE_FAILED."""

    @abc.abstractmethod
    def _old_server(self):
        """The old version on the old data, on a socket of its own, for as long as a block lasts."""

    @abc.abstractmethod
    def _new_server(self):
        """The new version on what is made."""

    @abc.abstractmethod
    def _dump(self, server, making):
        """Dumps all that the old server has into the directory `making`."""

    @abc.abstractmethod
    def _carry_over(self):
        """Makes the new data from the old."""

    @abc.abstractmethod
    def _complete(self, server):
        """What the new server does to the data that it was given."""

    @abc.abstractmethod
    def _inventory(self, server):
        """thing -> what has to be the same in both; of a table how many rows it has, as `N rows`."""

    @abc.abstractmethod
    def _settle(self):
        """What is done once nothing was found missing."""

    # -- forth -------------------------------------------------------------------------------------------------

    def rehearse(self):
        """All that can be found out while the apps serve."""
        self._work.phase("upgrade")
        # They read and load databases for as long as they take, and whatever begins now waits.
        if not self._backups.acquire(_PATIENCE):
            raise problem("HOST_BUSY", holder="A backup or a restore is under way, and needs the databases. The upgrade was not begun.")
        with _Told():
            self._require_room()
            if not self._server_in_use().reachable():
                raise failed("The server that runs does not answer, so nothing can be said about its data.")
            # Where the servers of the upgrade listen: for the server's own account, and nobody else.
            os.makedirs(self._path(PRIVATE), mode=0o700, exist_ok=True)
            self._give(self._path(PRIVATE))
            self._look_over()

    def let_go(self):
        """Lets backups and restores go on: a server answers again."""
        self._backups.release()

    def perform(self):
        """Makes the new data. Nobody writes from here on until the switch, or the way back, is through."""
        with _Told():
            self._perform()

    def _perform(self):
        self._hold()
        self._stop()
        with self._old_server() as server:
            self._dump_all(server)
            before = self._inventory(server)
        self._carry_over()
        with self._new_server() as server:
            self._complete(server)
            self._compare(before, self._inventory(server))
            self._settle()
        os.rename(self._path(self._scratch), self._path(self._new["dataDir"]))
        sync_directory(os.path.dirname(self._path(self._new["dataDir"])))
        release(self._system, self.engine)

    # -- parts -------------------------------------------------------------------------------------------------

    def _require_room(self):
        used = snapshots.size_of(self._path(self._old["dataDir"]))[0]
        beside = os.path.dirname(self._new["dataDir"])
        if not os.path.isdir(self._path(beside)):
            os.makedirs(self._path(beside), mode=0o755)
            self._give(self._path(beside))
        free = self._system.free_bytes(beside)
        if free < 2 * used + _ROOM_BYTES:
            needed = f"twice {human_bytes(used)} and {human_bytes(_ROOM_BYTES)} more"
            raise failed(f"The old cluster is dumped, and the new one is a copy of it: that may take {needed}, but {beside} has only {human_bytes(free)} left.")

    def _dump_all(self, server):
        """What the old cluster has, in a form that every version reads, also when no server can read its directory any more."""
        place = dump_of(self.plan)
        making = f"{place}.croft-upgrade"
        self._empty(making)
        self._dump(server, making)
        snapshots.remove(self._path(place))
        os.rename(self._path(making), self._path(place))
        sync_directory(os.path.dirname(self._path(place)))
        self._say(f"The dumps are in {place} until the cluster of before is dropped")

    def _empty(self, place):
        """An empty directory of the server's, for nobody else."""
        snapshots.remove(self._path(place))
        os.makedirs(self._path(place), mode=0o700)
        self._give(self._path(place))

    def _stop(self):
        # Whoever used the databases is held as well: jobs wait, commands and starts are refused.
        snapshots.stop(self._system, self.attached(), self._work.record.operation)
        for stopping in _UNITS[self.engine]:
            self._system.run(["systemctl", "stop", "--no-ask-password", "--", stopping], timeout=600)
        if units.show(self._system, [_UNITS[self.engine][-1]], "ActiveState")[0].get("ActiveState") in ("active", "activating", "deactivating"):
            raise failed("The server did not stop.")

    def attached(self):
        """The apps whose databases the upgrade is about."""
        running = facts.of_box(self._system)
        return sorted(app for app in running.get("attach") or {} if facts.attached(running, app).get(self.engine))

    def _hold(self):
        """Keeps the unit from being started by whoever needs it, a timer or a person, while its files are copied."""
        place = self._path(hold_of(self.engine))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        write_atomically(place, f"[Unit]\nConditionPathExists={PRIVATE}/may-start\n", durable=False)
        self._system.run(["systemctl", "daemon-reload"], timeout=120)

    def _compare(self, before, after):
        for thing in sorted(before.keys() | after.keys()):
            if before.get(thing) != after.get(thing):
                was, now = ("not there" if side.get(thing) is None else side[thing] for side in (before, after))
                told = f": {was} before, {now} now" if isinstance(was, str) and isinstance(now, str) else ""
                raise failed(f"The new cluster is not the same: {thing} differs{told}.")
        tables = sum(thing.startswith("the table ") for thing in before)
        self._say(f"The new cluster has all of the old one: {tables} tables with the same numbers of rows")

    def _run(self, argv):
        done = self._system.stream(argv, timeout=SECONDS)
        if done.code != 0:
            words = (done.err or done.out).strip().splitlines() or [f"It ended with code {done.code}."]
            program = next((part for part in argv if "/sw/bin/" in part), argv[0])
            raise failed(f"{os.path.basename(program)}: {words[-1]}", done.out + done.err)

    def _give(self, *places):
        owner = self._system.account(_ACCOUNTS[self.engine])
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


def _kind(engine):
    if engine == "mysql":
        from .upgrademysql import MysqlUpgrade

        return MysqlUpgrade
    from .upgradepostgres import PostgresUpgrade

    return PostgresUpgrade


def hold_of(engine):
    """The file that keeps the server's unit from being started."""
    return f"/run/systemd/system/{_UNITS[engine][-1]}.d/croft-upgrade.conf"


def engine_of(plan):
    """Whose upgrade it is."""
    return plan.get("engine", "postgresql")


def dump_of(plan):
    """The directory of the dumps that an upgrade makes, which is named after both versions."""
    engine, old, new = engine_of(plan), plan["from"], plan["to"]
    return f"{os.path.dirname(new['dataDir'])}/{version(engine, old['major'])}-to-{version(engine, new['major'])}.dump"


# -- back ------------------------------------------------------------------------------------------------------------


def release(system, engine):
    """Lets the unit be started again."""
    place = system.path(hold_of(engine))
    if os.path.exists(place):
        os.unlink(place)
        system.run(["systemctl", "daemon-reload"], timeout=120)
    snapshots.remove(system.path(PRIVATE))


def start_server(system, plan):
    """Starts the server again that was stopped."""
    for unit in _UNITS[engine_of(plan)]:
        units.require_started(system, unit)


def take_back(system, plan):
    """Lets go of what an upgrade has made, before the previous system comes back; a sentence about what was written since.

    A cluster that served has data of its own: it stays, until it is dropped by its version.
    """
    engine, new, dump = engine_of(plan), plan["to"]["dataDir"], dump_of(plan)
    for directory in (f"{new}.croft-upgrade", *(() if plan["switched"] else (new,))):
        _end_private(system, engine, directory)
        snapshots.remove(system.path(directory))
    for directory in (f"{dump}.croft-upgrade", *(() if plan["switched"] else (dump,))):
        snapshots.remove(system.path(directory))
    _end_private(system, engine, plan["from"]["dataDir"])
    release(system, engine)
    if plan["switched"]:
        return f" What was written to {_LABELS[engine]} {version(engine, plan['to']['major'])} meanwhile is in {new}, which is kept."
    return ""


def _end_private(system, engine, directory):
    """Ends a server that a killed runner has left."""
    if engine == "mysql":
        from . import upgrademysql

        upgrademysql.end_private(system)
    else:
        from . import upgradepostgres

        upgradepostgres.end_private(system, directory)


# -- dropping --------------------------------------------------------------------------------------------------------


def serve_cluster_drop(system, request):
    """Answers a `cluster-drop` request."""
    engine, major = request["engine"], request["major"]
    declared = facts.of_box(system).get(engine) or {}
    if not declared.get("dataDir"):
        raise problem("NOT_FOUND", thing=f"a cluster of {_LABELS[engine]}", why=f"The box runs no {_LABELS[engine]}.")
    changes = lock.Lock(system, "lock")
    if not changes.acquire(0.0):
        raise problem("HOST_BUSY", holder="A change is running; it may need the cluster.")
    try:
        question = {"what": "drop-cluster", "engine": engine, "dataDir": declared["dataDir"], "major": major, "current": declared.get("major")}
        # Not each of them has to be there.
        return asking.ask(system, _ACCOUNTS[engine], question, 3600, writable=[f"-{place}" for place in _PLACES[engine]])
    finally:
        changes.release()


def drop_cluster(system, question):
    """{"bytes"} that it had."""
    engine, major, current = question["engine"], question["major"], question["current"]
    found = [cluster for cluster in databases.old_clusters(system, engine, question["dataDir"], current) if cluster["major"] == major]
    shown = f"{_LABELS[engine]} {version(engine, major)}"
    if not found and major == current:
        raise problem(
            "DATABASE_IN_USE", database=f"cluster of {shown}", why="The running system uses it.", next="Only a cluster that no longer runs can be dropped."
        )
    if not found:
        raise problem("NOT_FOUND", thing=f"a cluster of {shown}", why="There is no directory of that version beside the one in use.")
    for cluster in found:
        place = system.path(cluster["dataDir"])
        # First by name: half of a cluster must not look like one.
        if cluster["dataDir"] == databases.MYSQL_FIRST:
            # Where it lies is not the server's, only what is in it.
            os.rename(f"{place}/{databases.MARKS[engine]}", f"{place}/{databases.MARKS[engine]}.gone")
            with os.scandir(place) as entries:
                for entry in list(entries):
                    snapshots.remove(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        else:
            os.rename(place, f"{place}.gone")
            snapshots.remove(f"{place}.gone")
    for dump in databases.dumps_with(system, engine, question["dataDir"], major, current):
        snapshots.remove(system.path(dump))
    return {"bytes": sum(cluster["bytes"] for cluster in found)}
