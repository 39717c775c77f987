"""Backups: what they are made of, when they were made last, and what is in them.

    /var/lib/croft/backup/copying/APP/    what an app has, copied while it is held still: a snapshot's content (snapshots.py)
    /var/lib/croft/backup/copying/@mail/  the mail of the box (mailbackups.py); no app has such a name
    /var/lib/croft/backup/copying/@box/   what a box is built anew from: its flake, its state, the names of its secrets, a recipe
    /var/lib/croft/backup/TARGET.json     which repository a target has, and how the last run ended

Each app is a snapshot of its own in the repository, tagged app=NAME, so that one that fails does not keep the others from being
kept; that of mail is tagged mail, that of the box is tagged box. restic makes a snapshot known when it is whole: what was cut off does not count.
"""

import os

from . import facts, lock, restic, secrets, snapshots, toplevels, units
from .jsontext import dumps, loads
from .pattern import Pattern
from .problems import Problem, human_bytes, problem, unexpected
from .system import read_text, rfc3339, write_atomically

ROOT = "/var/lib/croft/backup"
_COPYING = f"{ROOT}/copying"
#: The kinds of what is kept. An app's tag has its name.
_APP, _MAIL, _BOX = "app", "mail", "box"
#: Each run reads another part of the data, so that this many read it all.
_PARTS = 10
_WAIT_SECONDS = 6 * 3600
_COPY_WAIT_SECONDS = 600
_MOST_SHOWN = 5000
IDENTITY = Pattern(r"[0-9a-f]{64}")

_WORDS = {_MAIL: "the mail", _BOX: "the box itself"}

_RECIPE = """\
How to build this box anew
==========================

Here are the flake of the box with its whole history (flake.bundle), the state that was in force (state.json), what the system said
of itself (facts.json), and the names of the secrets that the box had (secrets.json). The data of each app is a snapshot of its own
in this repository, tagged app=NAME, with the databases as dumps. The mail is one, too, tagged mail.

1. Install NixOS with Croft's channel on the new machine and enrol it, as for a new box, with the name that state.json has in
   host.name. Its flake in /var/lib/croft/flake describes the new machine, and stays.
2. Put the state into it, and the history beside it. As root, where this file is:
       git -C /var/lib/croft/flake fetch "$PWD/flake.bundle" main:before
       git -C /var/lib/croft/flake checkout before -- state.json
       git -C /var/lib/croft/flake -c user.name=root -c user.email=root@localhost commit -m "The state of the box that is gone"
   What the owner had written is in the branch `before`: `git diff main before` in that directory tells, `git checkout before -- FILE`
   takes a file over, to be committed. What describes the old machine, its disks, boot loader and addresses, is of no use.
3. Secrets: the console puts all that its vault has on the box again when the next change is applied. Set by hand what it does not
   have, the password of this repository and the keys of its server first; secrets.json names all. The sealed files are of no use on
   another machine, and are not kept here. What sops has encrypted for the old machine is encrypted anew for the new one's key.
4. Apply the state from the console. The apps start without data. Where one is not healthy without its data, that change is taken
   back: leave its health check out of it, and put it in again after step 5.
5. Before the next backup is due, restore each app from its newest backup: Backups, the app, Restore, in the place of the data.
   The repository has to be where state.json says. By hand:
       restic snapshots --tag app=NAME
       restic restore ID --target DIR      state/ is the app's directory, postgresql.dump is for pg_restore, mysql.sql for mariadb
6. Restore the mail in the same way: mailboxes, the hashes of their passwords, and the keys whose public halves are published.
"""


# -- what there is -------------------------------------------------------------------------------------------------


def read(system):
    """The targets as the protocol shows them. They are all asked at once: one may be far away."""
    repositories = [restic.Repository(system, name) for name in sorted(restic.targets(system))]
    asked = [(repository, repository.start("cat", "config", seconds=20)) for repository in repositories]
    elapses = units.next_elapses(system) if repositories else {}
    from . import mailbackups, restore

    return {
        "time": rfc3339(system.now()),
        "targets": [_described(system, one, question.finish(), elapses) for one, question in asked],
        "restores": restore.listed(system),
        "mail": mailbackups.copies(system),
        "replaced": snapshots.replaced_by_restores(system),
    }


def _described(system, repository, answer, elapses):
    record = read_record(system, repository)
    trouble = _trouble(repository, record, answer)
    next_run = elapses.get(f"croft-backup-{repository.name}.timer")
    return {
        "name": repository.name,
        "type": repository.settings["type"],
        "reachable": trouble is None,
        "problem": trouble.as_json() if trouble else record.get("problem"),
        "lastRun": record.get("lastRun"),
        "lastResult": record.get("lastResult"),
        "lastSuccess": record.get("lastSuccess"),
        "failures": record.get("failures") or [],
        "next": rfc3339(next_run) if next_run else None,
        "bytes": record.get("bytes"),
        "snapshots": record.get("snapshots"),
        "restoreTest": record.get("restoreTest"),
    }


def _trouble(repository, record, answer):
    """What keeps the repository from being used; a place where the first backup will make one is none."""
    if answer.code == 0:
        return _other_repository(repository, record, loads(answer.out)["id"])
    if restic.is_missing(answer):
        return _lost(repository) if record.get("id") else None
    return restic.failure(repository.name, answer)


def _lost(repository):
    why = "The repository that was there is gone. Its disk may not be mounted, or somebody has deleted it."
    return problem("BACKUP_UNREACHABLE", target=repository.name, why=why)


def _other_repository(repository, record, identity):
    if record.get("id") in (None, identity):
        return None
    return problem("BACKUP_REFUSED", target=repository.name, why="The repository there is another one than at the last backup.")


def opened(system, repository, create=False):
    """Makes sure that the repository is the one that it was, or makes one where there was none yet."""
    record = read_record(system, repository)
    identity = repository.identity()
    if identity is None:
        if record.get("id") or not create:
            raise _lost(repository) if record.get("id") else _none_yet(repository)
        repository.do("init")
        identity = repository.identity()
    if trouble := _other_repository(repository, record, identity):
        raise trouble
    if create:
        write_record(system, repository, id=identity)
    return repository


def _none_yet(repository):
    return problem("NOT_FOUND", thing=f"a backup at {repository.name}", why="None was made there yet.")


def listed(system, name, app=None):
    """The snapshots of a target, newest first."""
    restic.require_target(system, name)
    repository = restic.Repository(system, name)
    try:
        found = entries(opened(system, repository), app)
    except Problem as trouble:
        if trouble.code == "NOT_FOUND":
            return []
        raise
    return [{member: entry[member] for member in ("id", "time", "item", "app", "bytes", "generation")} for entry in found[:_MOST_SHOWN]]


def entries(repository, app=None):
    """Croft's own snapshots in a repository, newest first; others may lie there as well."""
    found = []
    for snapshot in repository.json("snapshots", *(["--tag", f"app={app}"] if app else [])) or []:
        tags = dict(tag.partition("=")[::2] for tag in snapshot.get("tags") or ())
        item = next((kind for kind in (_APP, _MAIL, _BOX) if kind in tags), None)
        if "croft" in tags and item and IDENTITY.fullmatch(snapshot["id"]):
            found.append(
                {
                    "id": snapshot["id"],
                    "time": snapshot["time"],
                    "item": item,
                    "app": tags.get("app"),
                    "bytes": units.number(tags.get("bytes")),
                    "generation": units.number(tags.get("generation")) or None,
                }
            )
    return sorted(found, key=lambda entry: (entry["time"], entry["id"]), reverse=True)


# -- what is remembered of a target ----------------------------------------------------------------------------------


def read_record(system, repository):
    """Empty when the target is another place now than when it was written."""
    try:
        record = loads(read_text(_record_file(system, repository)) or "")
    except ValueError:
        return {}
    return record if record.get("settings") == repository.settings else {}


def write_record(system, repository, **values):
    record = {**read_record(system, repository), "settings": repository.settings, **values}
    os.makedirs(system.path(ROOT), mode=0o700, exist_ok=True)
    write_atomically(_record_file(system, repository), dumps(record))


def _record_file(system, repository):
    return os.path.join(system.path(ROOT), f"{repository.name}.json")


# -- a run -----------------------------------------------------------------------------------------------------------


def run(work):
    """Copies every app that wants it, and the box, to the targets of the request; the operation's result."""
    names = [work.request["target"]] if "target" in work.request else sorted(restic.targets(work.system))
    if not names:
        raise problem("NOT_FOUND", thing="any backup target", why="The running system has none.")
    for name in names:
        restic.require_target(work.system, name)
    with held(work):
        runs = [_Run(work, name) for name in names]
        for one in runs:
            one.attempt(one.open)
        for app in backed_up(work.system):
            _copied(work, runs, _APP, app)
        if facts.of_box(work.system)["backups"].get("mail", True):
            _copied(work, runs, _MAIL)
        _copied(work, runs, _BOX)
        work.phase("verify")
        for one in runs:
            one.finish()
    if failures := [one.failure for one in runs if one.failure]:
        raise failures[0]
    return {"targets": [one.result() for one in runs]}


def backed_up(system):
    """The apps of the running system that are backed up, by name."""
    return sorted((facts.of_box(system).get("backups") or {}).get("apps") or {})


class held:
    """One operation of backups at a time: they share the room for copies. Others wait."""

    def __init__(self, work):
        self._work = work
        self._lock = lock.Lock(work.system, "backup")

    def __enter__(self):
        if not self._lock.acquire(0.0):
            self._work.output.say("Another backup or restore is under way; this one waits for it.")
            if not self._lock.acquire(_WAIT_SECONDS):
                raise problem("HOST_BUSY", holder="Another backup or restore takes very long.")

    def __exit__(self, *_):
        self._lock.release()


def _copied(work, runs, item, app=None):
    """Copies an app, the mail or the box, and sends the copy to each target that still works."""
    place = os.path.join(work.system.path(_COPYING), app or f"@{item}")
    work.phase("snapshot")
    try:
        try:
            snapshots.remove(place)
            os.makedirs(place, mode=0o700)
            metadata = _COPY[item](work, app, place)
        except Exception as error:
            trouble = _trouble_of(error)
            work.output.say(f"{trouble.what} {trouble.why}", 3)
            for one in runs:
                one.fail(trouble, item, app)
            return
        if metadata is None:
            return
        work.phase("copy")
        for one in runs:
            one.attempt(lambda: one.send(item, app, place, metadata), item, app)
    finally:
        try:
            snapshots.remove(place)
        except OSError as error:
            work.output.say(f"A copy could not be deleted: {_trouble_of(error).why}", 3)


def _trouble_of(error):
    """Why something was not kept. An app decides what is in its directory: whatever that leads to may cost its own backup, and no other."""
    return error if isinstance(error, Problem) else unexpected(error, ROOT)


def _copy_app(work, app, place):
    with _no_change(work, app):
        running = toplevels.built_state(work.system, toplevels.running(work.system))
        return snapshots.copy_aside(work, app, place, running)


def _copy_mail(work, _, place):
    from . import mailbackups

    with _no_change(work, "mail"):
        return mailbackups.copy(work, place)


class _no_change:
    """Only while something is copied: a change might put other data in place just then."""

    def __init__(self, work, owner):
        self._owner = owner
        self._lock = lock.Lock(work.system, "lock")

    def __enter__(self):
        if not self._lock.acquire(_COPY_WAIT_SECONDS):
            raise problem("HOST_BUSY", holder=f"The data of {self._owner} could not be copied while a change is under way.")

    def __exit__(self, *_):
        self._lock.release()


def _copy_box(work, _, place):
    system = work.system
    revision, text, _ = work.flake.read_main()
    work.flake.bundle(os.path.join(place, "flake.bundle"))
    names = [{"app" if kind == secrets.APPS else "service": owner, "name": name} for kind, owner, name in secrets.known(system)]
    written = {
        "state.json": text or "",
        "facts.json": dumps(facts.of_box(system)),
        "secrets.json": dumps({"secrets": names}),
        "metadata.json": dumps({"revision": revision, "takenAt": rfc3339(system.now())}),
        "RECIPE.txt": _RECIPE,
    }
    for name, content in written.items():
        write_atomically(os.path.join(place, name), content, durable=False)
    return {"generation": toplevels.default_generation(system), "bytes": snapshots.size_of(place)[0]}


_COPY = {_APP: _copy_app, _MAIL: _copy_mail, _BOX: _copy_box}


class _Run:
    """A run to one target. What fails there is kept, and the others go on."""

    def __init__(self, work, name):
        self._work = work
        self._system = work.system
        self._repository = restic.Repository(work.system, name, work.record.operation)
        self._sent = []
        self._broken = False
        self._failures = []
        self.failure = None

    def attempt(self, do, item=None, app=None):
        if self._broken:
            return
        try:
            do()
        except Exception as error:
            trouble = _trouble_of(error)
            # The place itself is of no use; the rest would fail in the same way, only slower.
            self._broken = trouble.code in ("BACKUP_UNREACHABLE", "BACKUP_REFUSED", "BACKUP_DAMAGED")
            self._work.output.say(f"{self._repository.name}: {trouble.what} {trouble.why}", 3)
            self.fail(trouble, *((None, None) if self._broken else (item, app)))

    def fail(self, trouble, item, app):
        """`item` and `app`: what was not kept; None when the place itself is of no use."""
        self.failure = self.failure or trouble
        self._failures.append({"item": item, "app": app, "problem": trouble.as_json()})

    def open(self):
        opened(self._system, self._repository, create=True)
        # Only what nobody holds any more: a run that was cut off left it.
        self._repository.do("unlock")

    def send(self, item, app, place, metadata):
        tags = ["croft", f"{item}={app}" if app else item, f"bytes={metadata['bytes']}"]
        if metadata.get("generation"):
            tags.append(f"generation={metadata['generation']}")
        exclude = (facts.of_box(self._system)["backups"]["apps"][app].get("exclude") or []) if app else []
        argv = ["backup", "--json", f"--host={self._host()}", *(f"--tag={tag}" for tag in tags)]
        # Without it restic would take a file for unchanged by its times, which a copy of another file may have as well.
        argv += ["--force", *(f"--exclude={pattern_of(place, one)}" for one in exclude), "."]
        summary, said, code = self._follow(self._repository.spawn(*argv, directory=place.removeprefix(self._system.path(""))))
        if code != 0 or summary is None:
            if summary and restic.is_incomplete(code):
                self._repository.do("forget", summary["snapshot_id"])
            raise restic.failure(self._repository.name, restic.ended(code, said))
        self._sent.append({"item": item, "app": app, "id": summary["snapshot_id"], "bytes": metadata["bytes"], "added": summary["data_added"]})
        added = human_bytes(summary["data_added"])
        self._work.output.say(f"Kept {app or _WORDS[item]} at {self._repository.name}: {human_bytes(metadata['bytes'])}, {added} of it new")

    def _follow(self, child):
        """(restic's summary, what else it said, its code), while it tells how far it is."""
        summary, said, reported = None, [], self._system.monotonic()
        while (batch := child.lines(0.5)) is not None:
            for _, raw in batch:
                line = raw.decode("utf-8", "replace")
                try:
                    message = loads(line)
                    kind = message["message_type"]
                except (ValueError, KeyError, TypeError):
                    said.append(line)
                    continue
                if kind == "summary":
                    summary = message
                elif kind == "error":
                    said.append(line)
                elif kind == "status" and self._system.monotonic() - reported >= 0.5:
                    reported = self._system.monotonic()
                    counts = {"bytesDone": message.get("bytes_done", 0), "bytesExpected": message.get("total_bytes", 0)}
                    self._work.output.progress("copy", counts)
        return summary, "\n".join(said[-80:]), child.wait()

    def finish(self):
        """Lets old ones go, looks whether what is kept can be read, and writes down how it went."""
        if self._sent and not self._broken:
            self.attempt(self._keep_house)
        now = rfc3339(self._system.now())
        values = {"lastRun": now, "lastResult": self.failure.code if self.failure else "SUCCEEDED"}
        values["problem"] = self.failure.as_json() if self.failure else None
        values["failures"] = self._failures
        if not self.failure:
            values["lastSuccess"] = now
        write_record(self._system, self._repository, **values)

    def _keep_house(self):
        keep = (facts.of_box(self._system).get("backups") or {}).get("retention") or {}
        wanted = [f"--keep-{unit}={keep[unit]}" for unit in ("daily", "weekly", "monthly") if keep.get(unit)]
        # By path: the copies of an app are always in the same one. The newest stays whatever the numbers say.
        self._repository.do(
            "forget", "--tag=croft", f"--host={self._host()}", "--group-by=host,paths", "--keep-last=1", *wanted, "--prune"
        )
        turn = read_record(self._system, self._repository).get("turn", 0) % _PARTS
        self._repository.do("check", f"--read-data-subset={turn + 1}/{_PARTS}")
        stats = self._repository.json("stats", "--mode=raw-data", seconds=restic.WORK_SECONDS)
        kept = entries(self._repository)
        write_record(self._system, self._repository, turn=turn + 1, bytes=stats["total_size"], snapshots=len(kept))

    def _host(self):
        return self._work.configuration.attribute or "box"

    def result(self):
        return {"name": self._repository.name, "snapshots": self._sent}


def pattern_of(place, pattern):
    """A pattern of the state, which is about the app's directory, as restic takes it."""
    below = os.path.join(place, "state")
    return f"{below}{pattern}" if pattern.startswith("/") else f"{below}/**/{pattern}"


def clear(work):
    """Takes away what an operation of backups has left behind: programs, copies, an app that is held still."""
    paused = (work.record.progress() or {}).get("paused")
    if paused:
        snapshots.resume(work.system, paused)
    restic.end(work.system, work.record.operation)
    # Whoever has the lock is not this operation, and the copies are his.
    mine = lock.Lock(work.system, "backup")
    if mine.acquire(0.0):
        try:
            for name in ("copying", "testing"):
                snapshots.remove(os.path.join(work.system.path(ROOT), name))
        finally:
            mine.release()


# -- by itself -------------------------------------------------------------------------------------------------------


def automatic(system, configuration, kind, target):
    """What a timer starts: an operation like any other."""
    from .garbage import new_operation
    from .operations import Operations

    operation = new_operation(system)
    author = {"name": "Croft", "email": "croft@localhost"}
    request = {"type": kind, "operation": operation, "target": target, "author": author, "automatic": True}
    Operations(system, configuration).start(request)
    return operation
