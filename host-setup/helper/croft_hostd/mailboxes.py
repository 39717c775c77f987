"""Mailboxes: what is in them, and the passwords of their people. Dovecot keeps the mail, this the hashes beside it."""

import os
from base64 import b64decode

from . import facts, lock
from .pattern import Pattern
from .problems import problem
from .system import read_text, sync_directory

_BOXES = "/var/lib/croft/mail/boxes"
_PASSWORDS = "/var/lib/croft/mail/passwords"
_LEAST, _MOST = 8, 256
#: Of SHA-512; a try then takes a noticeable part of a second.
_ROUNDS = 100_000
_SIZE = Pattern(r".*,S=([0-9]+).*")
_PATIENCE = 30.0


# -- what is there -----------------------------------------------------------------------------------------------------


def read(system, server):
    """All mailboxes: those that the running system has, and those of which only the mail is left."""
    declared = (server or {}).get("mailboxes") or {}
    known = _hashes(system)
    return [
        {**_content(system, address), "quota": declared.get(address), "password": address in known, "declared": address in declared}
        for address in sorted({*declared, *_kept(system)})
    ]


def _kept(system):
    """The addresses that mail lies of."""
    for domain in _listed(system.path(_BOXES)):
        for name in _listed(system.path(f"{_BOXES}/{domain}")):
            yield f"{name}@{domain}"


def _listed(place):
    try:
        return sorted(os.listdir(place))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _place(system, address):
    name, _, domain = address.partition("@")
    return system.path(f"{_BOXES}/{domain}/{name}")


def _content(system, address):
    """{"address","bytes","messages"}: a maildir has a file for each message, in the directories `cur` and `new` of each folder."""
    count = size = 0
    for place, _, files in os.walk(f"{_place(system, address)}/Maildir"):
        if os.path.basename(place) in ("cur", "new"):
            count += len(files)
            size += sum(_size(place, name) for name in files)
    return {"address": address, "bytes": size, "messages": count}


def _size(place, name):
    # Dovecot writes it into the name, so that nobody has to ask the file system.
    told = _SIZE.fullmatch(name)
    if told:
        return int(told[1])
    try:
        return os.lstat(f"{place}/{name}").st_size
    except FileNotFoundError:
        return 0  # It was read or moved meanwhile.


# -- passwords ---------------------------------------------------------------------------------------------------------


def _hashes(system):
    lines = (read_text(system.path(_PASSWORDS)) or "").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def set_password(system, server, address, value):
    """Answers a `mail-password` request. What is kept is a hash, and only of the last one."""
    if not server:
        raise problem("MAIL_NOT_SET_UP", why="The running system sends mail, and has no mailboxes.")
    if address not in server["mailboxes"]:
        raise problem("NOT_FOUND", thing=f"the mailbox {address}", why="The running system has none of that address.")
    typed = b64decode(value)
    _require_typeable(typed)
    # By its standard input, and without a shell: the salt is no secret.
    salt = f"rounds={_ROUNDS}${os.urandom(8).hex()}"
    done = system.run(["openssl", "passwd", "-6", "-salt", salt, "-stdin"], stdin=typed + b"\n", timeout=60)
    if done.code != 0 or not done.out.startswith("$6$"):
        raise problem("INTERNAL", why="openssl did not make a hash of the password.")
    _change(system, server["group"], lambda hashes: {**hashes, address: "{SHA512-CRYPT}" + done.out.strip()})
    return {"mailbox": address}


def _require_typeable(password):
    why = None
    try:
        text = password.decode("utf-8")
    except UnicodeDecodeError:
        why = "is not UTF-8."
    else:
        if any(char < " " or char == "\x7f" for char in text):
            why = "has control characters in it, which mail programs do not send."
    if not _LEAST <= len(password) <= _MOST:
        why = f"must have {_LEAST} to {_MOST} bytes."
    if why:
        raise problem("BAD_REQUEST", field="value", why=why)


def _change(system, group, change):
    mine = lock.Lock(system, "mail-passwords")
    if not mine.acquire(_PATIENCE):
        raise problem("HOST_BUSY", holder="Somebody else sets the password of a mailbox.")
    try:
        hashes = change(_hashes(system))
        text = "".join(f"{address}:{hashed}\n" for address, hashed in sorted(hashes.items()))
        _write(system.path(_PASSWORDS), text, system.group(group))
    finally:
        mine.release()


def _write(place, text, group):
    """For root, and the servers that let people in; whole at any moment."""
    os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
    fd = os.open(f"{place}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchown(fd, -1, group)
        os.fchmod(fd, 0o640)
        os.fsync(fd)
    os.rename(f"{place}.new", place)
    sync_directory(os.path.dirname(place))


# -- what is left of one that is gone ----------------------------------------------------------------------------------


def drop(system, address):
    """Answers a `mailbox-drop` request: deletes mail, and the password, of a mailbox that the running system has no more."""
    server = (facts.of_box(system).get("mail") or {}).get("server") or {}
    if address in (server.get("mailboxes") or {}):
        raise problem("MAILBOX_IN_USE", mailbox=address, why="The running system has this mailbox.")
    if not os.path.isdir(_place(system, address)):
        raise problem("NOT_FOUND", thing=f"mail of {address}", why="Nothing is kept of such a mailbox.")
    size = _content(system, address)["bytes"]
    import shutil

    shutil.rmtree(_place(system, address))
    if address in _hashes(system):
        _change(system, server.get("group"), lambda hashes: {name: kept for name, kept in hashes.items() if name != address})
    return {"bytes": size}
