"""Mailboxes: what is in them, and the passwords of their people. Dovecot keeps the mail, this the hashes beside it."""

import os
from base64 import b64decode

from . import facts, lock
from .pattern import Pattern
from .problems import problem
from .system import read_text, write_atomically

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
    known, top = hashes(system.path(_PASSWORDS)), system.path(_BOXES)
    return [
        {**content(top, address), "quota": declared.get(address), "password": address in known, "declared": address in declared}
        for address in sorted({*declared, *addresses(top)})
    ]


def addresses(top):
    """The addresses of which mail lies below a directory."""
    for domain in listed(top):
        for name in listed(f"{top}/{domain}"):
            yield f"{name}@{domain}"


def listed(place):
    """The names in a directory, in order; none when it is not there."""
    try:
        return sorted(os.listdir(place))
    except (FileNotFoundError, NotADirectoryError):
        return []


def home(top, address):
    """The directory of a mailbox."""
    name, _, domain = address.partition("@")
    return f"{top}/{domain}/{name}"


def messages(place):
    """(folder, name) of each message in a mailbox: a maildir has a file for each, in the directories `cur` and `new` of every folder."""
    for folder, _, names in os.walk(f"{place}/Maildir"):
        if os.path.basename(folder) in ("cur", "new"):
            for name in names:
                yield folder, name


def content(top, address):
    """{"address","bytes","messages"}"""
    sizes = [_size(folder, name) for folder, name in messages(home(top, address))]
    return {"address": address, "bytes": sum(sizes), "messages": len(sizes)}


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


def hashes(place):
    """address -> hash, of such a file."""
    lines = (read_text(place) or "").splitlines()
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
    change(system, server["group"], lambda known: {**known, address: "{SHA512-CRYPT}" + done.out.strip()})
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


def change(system, group, by):
    """Writes the passwords anew, as `by` makes them of those that there are."""
    mine = lock.Lock(system, "mail-passwords")
    if not mine.acquire(_PATIENCE):
        raise problem("HOST_BUSY", holder="Somebody else sets the password of a mailbox.")
    try:
        changed = by(hashes(system.path(_PASSWORDS)))
        text = "".join(f"{address}:{hashed}\n" for address, hashed in sorted(changed.items()))
        _write(system.path(_PASSWORDS), text, system.group(group))
    finally:
        mine.release()


def _write(place, text, group):
    """For root, and the servers that let people in; whole at any moment."""
    os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
    write_atomically(place, text, group=group)


# -- what is left of one that is gone ----------------------------------------------------------------------------------


def drop(system, address):
    """Answers a `mailbox-drop` request: deletes mail, and the password, of a mailbox that the running system has no more."""
    server = (facts.of_box(system).get("mail") or {}).get("server") or {}
    if address in (server.get("mailboxes") or {}):
        raise problem("MAILBOX_IN_USE", mailbox=address, why="The running system has this mailbox.")
    top = system.path(_BOXES)
    if not os.path.isdir(home(top, address)):
        raise problem("NOT_FOUND", thing=f"mail of {address}", why="Nothing is kept of such a mailbox.")
    size = content(top, address)["bytes"]
    import shutil

    shutil.rmtree(home(top, address))
    if address in hashes(system.path(_PASSWORDS)):
        change(system, server.get("group"), lambda known: {name: kept for name, kept in known.items() if name != address})
    return {"bytes": size}
