"""Mail in backups: an item of its own beside the apps, and the way back, of all of it or of single mailboxes.

    /var/lib/croft/mail/boxes/DOMAIN/NAME/     a mailbox, as Dovecot keeps it: a maildir, in which a message is a file that never changes
    /var/lib/croft/mail/passwords              the hashes of the passwords
    /var/lib/croft/mail/dkim/                  the keys that mail is signed with, whose public halves are published
    /var/lib/croft/restores/@mail/ID/          a copy: the same three, metadata.json, compared.json; no app has such a name
        replaced/                              what its mail took the place of
        exchange.json                          which parts are to change places with those in use, and whether they have

ID is that of the backup (its first 26 digits) for a copy that lies beside the mail, that of the operation for one that took its place.

A mailbox takes the place of another by two renames, while Dovecot does not run; Postfix keeps what comes in meanwhile. Whatever cuts
that off, the disk says how far it was, and `_settle` brings it to either end. Passwords that people have now stay: an old one may
have been given up for a reason. The keys only come with all of the mail: the old ones are those that are published.
"""

import os
import stat

from . import backups, facts, lock, mailboxes, restic, snapshots, toplevels
from .jsontext import dumps, loads
from .problems import human_bytes, problem
from .system import read_text, rfc3339, sync_directory, write_atomically

ITEM = "mail"
MAIL = "/var/lib/croft/mail"
ROOT = "/var/lib/croft/restores/@mail"
_PARTS = ("boxes", "dkim")
_ACCOUNT = "croft-mail"
_DOVECOT, _RSPAMD = "dovecot.service", "rspamd.service"
_MAILDIR = "Maildir"
#: Where the files of a maildir are messages.
_MESSAGES = ("cur", "new")
#: Of messages that are being written.
_UNFINISHED = "tmp"
_PATIENCE = 2.0


def _server(system):
    return (facts.of_box(system).get("mail") or {}).get("server")


# -- into a backup -----------------------------------------------------------------------------------------------------


def copy(work, place):
    """Copies all mail into the empty directory `place`; what a backup says of it, or None when there is none."""
    system = work.system
    if not _server(system) and not list(mailboxes.addresses(system.path(f"{MAIL}/boxes"))):
        return None
    ahead = _Ahead(os.path.join(place, ".ahead"))
    if _takes_room(system, place):
        ahead.copy(system.path(f"{MAIL}/boxes"))
    with snapshots.Pause(system, [_DOVECOT], work.note):
        for part in _PARTS:
            _clone(system.path(f"{MAIL}/{part}"), os.path.join(place, part), ahead)
        _clone(system.path(f"{MAIL}/passwords"), os.path.join(place, "passwords"), ahead)
        # Of what is there, not of what was copied.
        counted = _counted(system.path(MAIL))
    ahead.remove()
    if counted != _counted(place):
        raise problem("SNAPSHOT_FAILED", app=ITEM, why="The copy has not all the messages that the mailboxes have.")
    metadata = {
        "item": ITEM,
        "takenAt": rfc3339(system.now()),
        "generation": toplevels.default_generation(system),
        "mailboxes": counted,
    }
    write_atomically(os.path.join(place, "metadata.json"), dumps(metadata), durable=False)
    return {"generation": metadata["generation"], "bytes": snapshots.size_of(place)[0]}


def _counted(place):
    top = os.path.join(place, "boxes")
    return [mailboxes.content(top, address) for address in mailboxes.addresses(top)]


def _takes_room(system, place):
    """Whether the copy takes room, because it lies on another file system; raises SNAPSHOT_FAILED when there is not enough."""
    from . import restore as restores

    top = system.path(f"{MAIL}/boxes")
    probe = os.path.join(place, ".probe")
    for address in mailboxes.addresses(top):
        for folder, name in mailboxes.messages(mailboxes.home(top, address)):
            if _linked(os.path.join(folder, name), probe):
                os.unlink(probe)
                return False
            restores.require_room(system, ITEM, place, snapshots.size_of(system.path(MAIL))[0])
            return True
    return False


class _Ahead:
    """Messages that were copied while mail came in and was read, for a copy that takes its time: what is left for the moment in which
    nobody may is what came since. A message is a file that never changes; whatever becomes of its name, its number stays."""

    def __init__(self, place):
        self._place = place
        self._copied = {}

    def copy(self, top):
        import shutil

        os.mkdir(self._place, 0o700)
        for address in mailboxes.addresses(top):
            for folder, name in mailboxes.messages(mailboxes.home(top, address)):
                target = os.path.join(self._place, str(len(self._copied)))
                try:
                    info = os.lstat(os.path.join(folder, name))
                    if stat.S_ISREG(info.st_mode):
                        shutil.copyfile(os.path.join(folder, name), target)
                        self._copied[_file(info)] = target
                except FileNotFoundError:
                    pass  # It was read, and has another name now, or was deleted.

    def take(self, info, target):
        """Puts what was copied of a file where it belongs; False when it was not."""
        copied = self._copied.pop(_file(info), None)
        if copied is None:
            return False
        os.rename(copied, target)
        return True

    def remove(self):
        snapshots.remove(self._place)


def _file(info):
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns


def _clone(source, target, ahead, inside=None, maildir=False):
    """A copy that takes neither time nor room for messages: those are further names of the same files, or were copied ahead. `inside` is the
    name of the directory that it is in, `maildir` whether it is somewhere in a maildir: elsewhere a name says nothing but whose the mailbox is."""
    try:
        info = os.lstat(source)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(info.st_mode):
        os.mkdir(target, 0o700)
        name = os.path.basename(source)
        for entry in [] if maildir and name == _UNFINISHED else os.listdir(source):
            _clone(os.path.join(source, entry), os.path.join(target, entry), ahead, name, maildir or name == _MAILDIR)
    elif not (stat.S_ISREG(info.st_mode) or stat.S_ISLNK(info.st_mode)):
        return
    elif maildir and inside in _MESSAGES and _linked(source, target):
        return
    elif not (maildir and inside in _MESSAGES and ahead.take(info, target)):
        import shutil

        shutil.copyfile(source, target, follow_symlinks=False)
    os.chown(target, info.st_uid, info.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(info.st_mode):
        os.chmod(target, stat.S_IMODE(info.st_mode))
    os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns), follow_symlinks=False)


def _linked(source, target):
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        return False  # Another file system, or one without such names.
    return True


# -- beside the mail in use, or in its place ---------------------------------------------------------------------------


def require(system, request):
    """Refuses at once what could only fail later."""
    if request["type"] == "mail-restore-undo":
        _require_copy(system, request["id"])
    else:
        restic.require_target(system, request["target"])
    if request.get("mode") != "side" and not _server(system):
        raise problem("MAIL_NOT_SET_UP", why="The running system has no mailboxes whose place this could take. Set up the mail server first, then restore.")


def restore(work, hold):
    """Brings a backup of mail to the box, and compares; in its place when the request says so. `hold` takes the lock of changes."""
    system, request = work.system, work.request
    swap = request["mode"] == "swap"
    identity = work.record.operation if swap else request["snapshot"][:26]
    place = _place(system, identity)
    with backups.held(work):
        made = os.path.join(os.path.dirname(place), f".{identity}.new")
        work.note(making=made)
        snapshots.remove(made)
        os.makedirs(made, mode=0o700)
        metadata = _fetch(work, made)
        wanted = request.get("mailboxes")
        if missing := sorted({*(wanted or ())} - {one["address"] for one in metadata["mailboxes"]}):
            raise problem("NOT_FOUND", thing=f"the mailbox {missing[0]} in this backup", why="When it was made, there was no mail of such a mailbox.")
        _own(system, made)
        work.phase("verify")
        found = {
            "item": ITEM,
            "id": identity,
            "snapshot": request["snapshot"],
            "time": metadata.get("takenAt"),
            "path": f"{ROOT}/{identity}",
            **_compared(system, made),
        }
        write_atomically(os.path.join(made, "compared.json"), dumps(found))
        snapshots.remove(place)
        os.rename(made, place)
        if not swap:
            return found
        hold()
        exchange = _planned(system, place, work.record.operation, wanted)
        _exchange(work, identity, exchange, True)
    return {**found, "mailboxes": sorted(exchange["mailboxes"]), "swappedAt": rfc3339(system.now()), "undo": identity}


def undo(work):
    """Gives the mail back that a backup took the place of; what was in its place since is kept as the copy."""
    identity = work.request["id"]
    exchange = _require_copy(work.system, identity)
    _exchange(work, identity, {**exchange, "operation": work.record.operation}, False)
    return {"item": ITEM, "id": identity, "mailboxes": sorted(exchange["mailboxes"]), "swappedAt": rfc3339(work.system.now())}


def _fetch(work, made):
    system, request = work.system, work.request
    work.phase("fetch")
    repository = backups.opened(system, restic.Repository(system, request["target"], work.record.operation))
    entry = next((one for one in backups.entries(repository) if one["id"] == request["snapshot"] and one["item"] == ITEM), None)
    if entry is None:
        why = f"{request['target']} has none of mail by this name. It was never made, or has been let go since."
        raise problem("NOT_FOUND", thing="this backup", why=why)
    metadata = bring(system, repository, entry, made)
    work.output.say(f"Fetched the mail of {entry['time']}: {human_bytes(entry['bytes'])}")
    return metadata


def bring(system, repository, entry, place):
    """Restores a backup of mail into an empty directory, every byte of it looked at; what it says of itself."""
    from . import restore as restores

    restores.require_room(system, ITEM, place, entry["bytes"])
    repository.restore(entry["id"], place)
    try:
        metadata = loads(read_text(os.path.join(place, "metadata.json")) or "")
        told = {one["address"]: one for one in metadata["mailboxes"]}
    except (ValueError, KeyError, TypeError):
        told = None
    if told is None or metadata.get("item") != ITEM or {one["address"]: one for one in _counted(place)} != told:
        raise problem("BACKUP_DAMAGED", target=repository.name, why="What came back is not the mail that the backup says it has.")
    return metadata


def _own(system, place):
    """Gives the copy to the accounts of this box, whose numbers may be others than those of the box that made it."""
    account = system.account(_ACCOUNT) if _server(system) else None
    if account:
        for part, directories, files in os.walk(os.path.join(place, "boxes")):
            for name in (".", *directories, *files):
                os.chown(os.path.join(part, name), *account, follow_symlinks=False)
    try:
        keys = os.stat(system.path(f"{MAIL}/dkim"))
    except FileNotFoundError:
        return
    for name in mailboxes.listed(os.path.join(place, "dkim")):
        os.chown(os.path.join(place, "dkim", name), keys.st_uid, keys.st_gid, follow_symlinks=False)


# -- compared ----------------------------------------------------------------------------------------------------------


def _compared(system, place):
    """Each mailbox of the copy or in use, by its messages; and whether the keys are those in use."""
    live, copy = system.path(f"{MAIL}/boxes"), os.path.join(place, "boxes")
    found = []
    for address in sorted({*mailboxes.addresses(live), *mailboxes.addresses(copy)}):
        now, then = _messages(live, address), _messages(copy, address)
        found.append(
            {
                "address": address,
                "live": len(now),
                "copy": len(then),
                "onlyLive": len(now.keys() - then.keys()),
                "onlyCopy": len(then.keys() - now.keys()),
                "changed": sum(1 for name in now.keys() & then.keys() if not _same(now[name], then[name])),
            }
        )
    names = mailboxes.listed(os.path.join(place, "dkim"))
    keys = [{"name": name, "same": _same(system.path(f"{MAIL}/dkim/{name}"), os.path.join(place, "dkim", name))} for name in names if name.endswith(".key")]
    return {"mailboxes": found, "keys": keys}


def _messages(top, address):
    """(folder, name) -> file. What comes after the colon are its flags, which change the file's name and nothing in it."""
    home = mailboxes.home(top, address)
    found = mailboxes.messages(home)
    return {(os.path.relpath(os.path.dirname(place), home), name.partition(":")[0]): os.path.join(place, name) for place, name in found}


def _same(one, other):
    from . import restore as restores

    try:
        return restores.same_bytes(one, other)
    except OSError:
        return False  # It is read and moved on meanwhile.


# -- changing places ---------------------------------------------------------------------------------------------------


def _planned(system, place, operation, wanted):
    """What changes places: {"operation","exchanged","mailboxes","moves":[{"name","live"}],"passwords"}; `live` says whether there is
    anything now that has to go out of the way."""
    copy = os.path.join(place, "boxes")
    addresses = list(wanted or mailboxes.addresses(copy))
    names = [f"boxes/{domain}/{name}" for name, _, domain in (address.partition("@") for address in addresses)]
    if not wanted:
        server = _server(system)
        signing = tuple(f"{domain}.{server['dkimSelector']}" for domain in server["domains"])
        names += [f"dkim/{name}" for name in mailboxes.listed(os.path.join(place, "dkim")) if name.rpartition(".")[0] in signing]
    kept = mailboxes.hashes(os.path.join(place, "passwords"))
    known = mailboxes.hashes(system.path(f"{MAIL}/passwords"))
    return {
        "operation": operation,
        "exchanged": False,
        "mailboxes": addresses,
        "moves": [{"name": name, "live": os.path.lexists(system.path(f"{MAIL}/{name}"))} for name in names],
        "passwords": {address: kept[address] for address in addresses if address in kept and address not in known},
    }


def _exchange(work, identity, exchange, exchanged):
    """Lets copy and mail in use change places, while nobody reads or writes either."""
    system = work.system
    work.phase("activate")
    _write_exchange(system, identity, exchange)
    _stop(system)
    _put(system, identity, exchange, exchanged)
    _write_exchange(system, identity, {**exchange, "exchanged": exchanged})
    # Until here it can be cancelled: that, like its death, leads back (`clear`). From here on mail comes in.
    if not work.record.decide("activate"):
        work.require_not_cancelled()
    started = _go_on(system, exchange)
    if started.code != 0:
        why = "The mailboxes are where they belong, but Dovecot did not start. Nobody can read them, and what comes in waits in the queue."
        raise problem("SWITCH_FAILED", unit=_DOVECOT, why=why, detail=started.err)
    count = len(exchange["mailboxes"])
    words = "took the place of those in use" if exchanged else "were given back"
    work.output.say(f"{count} mailbox{'' if count == 1 else 'es'} {words}")


def _put(system, identity, exchange, exchanged):
    for move in exchange["moves"]:
        _settle(system, _place(system, identity), move, exchanged)
    _set_passwords(system, exchange["passwords"], exchanged)


def _stop(system):
    done = _control(system, "stop", _DOVECOT)
    if done.code != 0:
        raise problem("SWITCH_FAILED", unit=_DOVECOT, why="Dovecot did not stop, so no mailbox was touched.", detail=done.err)


def _go_on(system, exchange):
    """Lets mail be read and delivered again; how that ended."""
    started = _control(system, "start", _DOVECOT)
    if any(move["name"].startswith("dkim/") for move in exchange["moves"]):
        _control(system, "try-restart", _RSPAMD)
    # What could not be put into a mailbox meanwhile would otherwise wait for minutes.
    system.run(["systemd-run", "--quiet", "--collect", "--wait", "--no-ask-password", "--setenv=PATH", "--", "postqueue", "-f"], timeout=60)
    return started


def _settle(system, place, move, exchanged):
    """Brings one mailbox or key to where it belongs, from wherever it is."""
    live = system.path(f"{MAIL}/{move['name']}")
    copy, replaced = os.path.join(place, move["name"]), os.path.join(place, "replaced", move["name"])
    if exchanged:
        if not os.path.lexists(copy):
            return
        if os.path.lexists(live) and not os.path.lexists(replaced):
            _move(system, live, replaced)
        _move(system, copy, live)
        return
    if os.path.lexists(replaced) or not move["live"]:
        if os.path.lexists(live):
            # Beside a copy that has not left its place, it is one that was made anew when the box came up in between.
            _move(system, live, os.path.join(place, "between", move["name"]) if os.path.lexists(copy) else copy)
        if os.path.lexists(replaced):
            _move(system, replaced, live)


def _move(system, source, target):
    parent = os.path.dirname(target)
    if not os.path.isdir(parent):
        above = os.stat(os.path.dirname(source))
        os.makedirs(parent, mode=0o700)
        os.chown(parent, above.st_uid, above.st_gid)
        os.chmod(parent, stat.S_IMODE(above.st_mode))
    if os.path.isdir(source):
        snapshots.move(system, ITEM, source, target)
    else:
        import shutil

        shutil.move(source, target)
    for directory in {parent, os.path.dirname(source)}:
        sync_directory(directory)


def _set_passwords(system, added, exchanged):
    if not added:
        return
    group = (_server(system) or {}).get("group")
    if exchanged:
        mailboxes.change(system, group, lambda hashes: {**added, **hashes})
    else:
        mailboxes.change(system, group, lambda hashes: {address: kept for address, kept in hashes.items() if added.get(address) != kept})


def _control(system, verb, unit):
    return system.run(["systemctl", verb, "--no-ask-password", "--", unit], timeout=900)


# -- what is there -----------------------------------------------------------------------------------------------------


def _place(system, identity):
    return os.path.join(system.path(ROOT), identity)


def _read(system, identity, name):
    try:
        return loads(read_text(os.path.join(_place(system, identity), name)) or "null")
    except ValueError:
        return None


def _write_exchange(system, identity, exchange):
    write_atomically(os.path.join(_place(system, identity), "exchange.json"), dumps(exchange))


def _require_copy(system, identity):
    exchange = _read(system, identity, "exchange.json")
    if not exchange or not exchange["exchanged"]:
        raise problem("NOT_FOUND", thing="this mail", why="It was taken back or deleted already, or no restore has set it aside.")
    return exchange


def copies(system):
    """The copies that lie beside the mail, and what copies took the place of, newest first."""
    found = []
    for identity in mailboxes.listed(system.path(ROOT)):
        compared = _read(system, identity, "compared.json")
        if compared:
            exchange = _read(system, identity, "exchange.json") or {"exchanged": False, "mailboxes": [one["address"] for one in compared["mailboxes"] if one["copy"]]}
            told = {name: compared[name] for name in ("id", "snapshot", "time", "path")}
            found.append({**told, "mailboxes": sorted(exchange["mailboxes"]), "replaced": exchange["exchanged"]})
    return sorted(found, key=lambda copy: (copy["time"] or "", copy["id"]), reverse=True)


def serve_compared(system, identity):
    found = _read(system, identity, "compared.json")
    if found is None:
        raise problem("NOT_FOUND", thing="this copy", why="It was deleted already, or never made.")
    return found


def serve_drop(system, identity):
    """Deletes a copy, or what a copy took the place of."""
    changes = lock.Lock(system, "lock")
    if not changes.acquire(_PATIENCE):
        from .operation import busy_words

        raise problem("HOST_BUSY", holder=busy_words(system))
    try:
        serve_compared(system, identity)
        size = snapshots.size_of(_place(system, identity))[0]
        snapshots.remove(_place(system, identity))
    finally:
        changes.release()
    return {"id": identity, "bytes": size}


def clear(work):
    """Ends what an operation that did not come to its end has begun: the mail in use is what it was before. A copy whose mail was in use
    in between, because the box came up with it, stays when there is anything in it that the backup does not have."""
    system, undoing = work.system, work.request["type"] == "mail-restore-undo"
    identity = work.request["id"] if undoing else work.record.operation
    exchange = _read(system, identity, "exchange.json")
    if not exchange or exchange["operation"] != work.record.operation:
        return
    if work.record.decision() == "activate":
        if (work.record.result() or {}).get("state") != "SUCCEEDED":
            _go_on(system, exchange)
        return
    _stop(system)
    _put(system, identity, exchange, undoing)
    # Once and no more: from here on what is in use is nobody's but its owners'.
    _write_exchange(system, identity, {**exchange, "exchanged": undoing, "operation": ""})
    _go_on(system, exchange)
    if not undoing and not _has_more(_place(system, identity)):
        snapshots.remove(_place(system, identity))


def _has_more(place):
    """Whether there is mail in a copy that did not come with it."""
    told = loads(read_text(os.path.join(place, "metadata.json")) or "{}").get("mailboxes")
    return os.path.isdir(os.path.join(place, "between")) or _counted(place) != told


# -- tried -------------------------------------------------------------------------------------------------------------


def tested(work, repository, entry, place):
    """Fetches the newest backup of mail, and looks whether it would do: ({…}, the Problem that it has or None)."""
    from .problems import Problem

    system = work.system
    told = {"snapshot": entry["id"], "time": entry["time"], "bytes": entry["bytes"], "mailboxes": 0, "messages": 0, "keys": 0, "problem": None}
    try:
        snapshots.remove(place)
        os.makedirs(place, mode=0o700)
        work.phase("fetch")
        metadata = bring(system, repository, entry, place)
        work.phase("verify")
        told["mailboxes"] = len(metadata["mailboxes"])
        told["messages"] = sum(one["messages"] for one in metadata["mailboxes"])
        told["keys"] = _require_keys(system, repository, os.path.join(place, "dkim"))
    except Problem as trouble:
        told["problem"] = trouble.as_json()
        work.output.say(f"mail: {trouble.what} {trouble.why}", 3)
        return told, trouble
    finally:
        snapshots.remove(place)
    work.output.say(f"The mail of {entry['time']} is whole: {told['messages']} messages in {told['mailboxes']} mailboxes, {told['keys']} keys")
    return told, None


def _require_keys(system, repository, directory):
    """How many keys there are; each has to be that of the public half beside it, which is the one that is published."""
    keys = [name for name in mailboxes.listed(directory) if name.endswith(".key")]
    for name in keys:
        done = system.run(["openssl", "pkey", "-in", os.path.join(directory, name), "-pubout"], timeout=60)
        public = "".join(line for line in done.out.splitlines() if not line.startswith("-----"))
        if done.code != 0 or public != (read_text(os.path.join(directory, f"{name.removesuffix('.key')}.pub")) or "").strip():
            raise problem("BACKUP_DAMAGED", target=repository.name, why=f"The key {name} is none, or does not belong to what is published of it.")
    return len(keys)
