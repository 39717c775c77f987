"""The closed set of requests: every type, every member, every bound, in this one table."""

from . import giturl
from .pattern import Pattern, is_operation
from .problems import problem

APP = Pattern(r"[a-z][a-z0-9-]{0,30}")
_CURSOR = Pattern(r"[A-Za-z0-9=;:_-]{1,512}")
_UNIT = Pattern(r"croft-[a-z0-9@-]{1,100}\.service")
#: Of the whole box; a unit's name as systemd has it, which never begins with a dash.
_ANY_UNIT = Pattern(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,199}\*?")
_TIME = Pattern(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?Z")
_STORE_PATH = Pattern(r"/nix/store/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+._?=-]{1,211}")

_DIGEST = Pattern(r"[0-9a-f]{64}")

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
#: Both are at most 253 characters; the wildcard's first label is not part of a name in a certificate's own name.
DOMAIN = Pattern(rf"(?=.{{1,253}}\Z)(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
CERTIFICATE = Pattern(rf"(?=.{{1,253}}\Z)(?:_\.)?{_LABEL}(?:\.{_LABEL})*")

MAX_CHAIN = 256 * 1024
MAX_KEY = 64 * 1024
MAX_STATE = 4 * 1024 * 1024
MAX_MESSAGE = 4000
_COMMIT = Pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
MAX_SQL = 64 * 1024
#: 64 KiB in base64.
MAX_SECRET = 87384
MAX_WORD = 64 * 1024
MAX_PATH = 4096
#: A pattern that is longer is no pattern that somebody typed.
MAX_SEARCH = 200


def _matches(pattern, words):
    def check(value):
        return None if isinstance(value, str) and pattern.fullmatch(value) else words

    return check


def _integer(least, most):
    def check(value):
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return None
        return f"must be a whole number from {least} to {most}"

    return check


def _boolean(value):
    return None if isinstance(value, bool) else "must be true or false"


def _one_of(*words):
    def check(value):
        return None if value in words and isinstance(value, str) else f"must be one of {', '.join(words)}"

    return check


def _text(limit):
    def check(value):
        if not isinstance(value, str):
            return "must be text"
        try:
            size = len(value.encode("utf-8"))
        except UnicodeEncodeError:
            return "is not Unicode text"
        if size > limit:
            return f"is longer than {limit} bytes"
        return "contains a NUL character" if "\0" in value else None

    return check


def _search(value):
    if not isinstance(value, str) or not value:
        return "must be text that is not empty"
    return "has a line end in it" if "\n" in value or "\r" in value else _text(MAX_SEARCH)(value)


def _time(value):
    words = "must be a time in UTC, as 2026-05-04T12:00:00Z"
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return words
    from time import strptime

    try:
        strptime(value[:19], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return words
    return None


def _author(value):
    if not isinstance(value, dict):
        return "must be an object"
    for name in ("name", "email"):
        part = value.get(name)
        if not isinstance(part, str) or not 1 <= len(part) <= 200 or not part.strip() or not _names_a_person(part):
            return f"{name} must be 1 to 200 characters without control characters or <>"
    return None


def _apps(most):
    def check(value):
        if not isinstance(value, list) or len(value) > most:
            return f"must be a list of at most {most} app names"
        for name in value:
            if why := _app(name):
                return why
        return None

    return check


def _restores(value):
    if not isinstance(value, list) or len(value) > 100:
        return "must be a list of at most 100 objects"
    for entry in value:
        if not isinstance(entry, dict) or _app(entry.get("app")) or _operation(entry.get("snapshot")):
            return "must have an app and a snapshot in each object"
    if len({entry["app"] for entry in value}) != len(value):
        return "names an app twice"
    return None


def _generations(value):
    if not isinstance(value, list) or len(value) > 1000:
        return "must be a list of at most 1000 generations"
    return next((why for number in value if (why := _generation(number))), None)


def _database(value):
    if isinstance(value, str) and value:
        return _text(63)(value)
    return "must be a name"


def _command(value):
    if not isinstance(value, list) or not 1 <= len(value) <= 64:
        return "must be a list of 1 to 64 words"
    if why := next((why for word in value if (why := _text(MAX_WORD)(word))), None):
        return why
    return None if value[0] else "must begin with a program"


def _path(value):
    return _text(MAX_PATH)(value)


def _label(value):
    if not isinstance(value, str) or len(value) > 100 or any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in value):
        return "must be at most 100 characters without control characters"
    return None


def _git_ref(value):
    return giturl.why_ref_refused(value) if isinstance(value, str) else "must be text"


def _names_a_person(text):
    """Without what git's author line gives a meaning, and without halves of characters."""
    return not any(char < " " or char in "\x7f<>" or "\ud800" <= char <= "\udfff" for char in text)


def _operation(value):
    return None if isinstance(value, str) and is_operation(value) else "must match [0-9a-z]{26}"



def _base64(limit):
    def check(value):
        from binascii import Error, a2b_base64

        if not isinstance(value, str) or len(value) > (limit + 2) // 3 * 4:
            return f"must be base64 of at most {limit} bytes"
        try:
            a2b_base64(value, strict_mode=True)
        except (Error, ValueError):
            return f"must be base64 of at most {limit} bytes"
        return None

    return check


#: The part before the @ is a directory's name.
_MAILBOX = Pattern(rf"(?=[^@]{{1,64}}@)(?=.{{1,254}}\Z)[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*@{_LABEL}(?:\.{_LABEL})*")
_ADDRESS = Pattern(rf"(?=.{{1,254}}\Z)[A-Za-z0-9._%+-]{{1,64}}@(?i:{_LABEL}(?:\.{_LABEL})*)")

_mailbox = _matches(_MAILBOX, "must be the address of a mailbox, in lower case")
_address = _matches(_ADDRESS, "must be an e-mail address")
_queue_id = _matches(Pattern(r"[0-9A-Za-z]{1,40}"), "must be the id of a message in the queue")

_domain = _matches(DOMAIN, "must be a domain name in lower case")
_certificate = _matches(CERTIFICATE, "must be the name of a certificate: a domain name, with _ for *")
_app = _matches(APP, "must match [a-z][a-z0-9-]{0,30}")
_secret = _matches(Pattern(r"[A-Za-z_][A-Za-z0-9_]{0,63}"), "must match [A-Za-z_][A-Za-z0-9_]{0,63}")
_cursor = _matches(_CURSOR, "is not a cursor that this box gave out")

_generation = _integer(1, 2**31 - 1)
#: Fewer than two would leave nothing to go back to.
_keep = _integer(2, 1000)

_engine = _one_of("postgresql", "mysql")

_server = _matches(Pattern(r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}"), "must be a host name or an address")
_target = _matches(Pattern(r"[a-z][a-z0-9-]{0,23}"), "must match [a-z][a-z0-9-]{0,23}")


def _mailboxes(value):
    if not isinstance(value, list) or not 1 <= len(value) <= 1000:
        return "must be a list of 1 to 1000 addresses"
    if why := next((why for address in value if (why := _mailbox(address))), None):
        return why
    return "names a mailbox twice" if len(set(value)) != len(value) else None


_backup = _matches(_DIGEST, "must be the id of a backup: 64 hexadecimal digits")

#: Of every request that may wait for a confirmation.
_CONFIRMING = {"confirm": (_one_of("auto", "manual", "none"), False), "confirmWithin": (_integer(15, 600), False)}

#: type -> member -> (check, required)
REQUESTS = {
    "probe": {},
    "state": {"generation": (_generation, False)},
    "inspect": {"url": (_text(giturl.MAX_URL), True), "ref": (_git_ref, False)},
    "plan": {
        "operation": (_operation, True),
        "state": (_text(MAX_STATE), True),
        "base": (_matches(_COMMIT, "must be a full commit id"), False),
        "author": (_author, True),
        "message": (_text(MAX_MESSAGE), True),
    },
    "apply": {
        "operation": (_operation, True),
        "state": (_text(MAX_STATE), True),
        "base": (_matches(_COMMIT, "must be a full commit id"), False),
        "author": (_author, True),
        "message": (_text(MAX_MESSAGE), True),
        "expect": (_matches(_STORE_PATH, "must be a store path"), False),
        "apps": (_apps(500), False),
        "restore": (_restores, False),
        **_CONFIRMING,
    },
    "upgrade": {
        "operation": (_operation, True),
        "state": (_text(MAX_STATE), True),
        "base": (_matches(_COMMIT, "must be a full commit id"), False),
        "author": (_author, True),
        "message": (_text(MAX_MESSAGE), True),
        **_CONFIRMING,
    },
    "rollback": {
        "operation": (_operation, True),
        "generation": (_generation, False),
        "author": (_author, True),
        "data": (_boolean, False),
        **_CONFIRMING,
    },
    "reconcile": {
        "operation": (_operation, True),
        "what": (_one_of("flake", "system"), True),
        "action": (_one_of("adopt", "return"), True),
        "author": (_author, True),
        **_CONFIRMING,
    },
    "gc": {
        "operation": (_operation, True),
        "digest": (_matches(_DIGEST, "must be the digest of a plan"), True),
        "deleteGenerations": (_generations, False),
        "keepGenerations": (_keep, False),
        "author": (_author, True),
    },
    "confirm": {"operation": (_operation, True)},
    "secrets": {},
    "secret-put": {
        "app": (_app, False),
        "service": (_app, False),
        "name": (_secret, True),
        "value": (_text(MAX_SECRET), True),
        "restart": (_boolean, False),
    },
    "secret-remove": {"app": (_app, False), "service": (_app, False), "name": (_secret, True)},
    "snapshots": {"app": (_app, False)},
    "operations": {"operation": (_operation, False), "automatic": (_boolean, False)},
    "follow": {"operation": (_operation, True), "after": (_cursor, False)},
    "cancel": {"operation": (_operation, True)},
    "generations": {},
    "compare": {"from": (_generation, False), "to": (_generation, True)},
    "closure": {"app": (_app, False), "from": (_integer(0, 1_000_000), False), "identity": (_boolean, False)},
    "verify": {"operation": (_operation, True), "app": (_app, False), "author": (_author, True)},
    "mark": {"generation": (_generation, True), "pinned": (_boolean, False), "label": (_label, False)},
    "disk": {},
    "gc-plan": {"keepGenerations": (_keep, False), "deleteGenerations": (_generations, False)},
    "drift": {"evaluate": (_boolean, False)},
    "backups": {},
    "backup-list": {"target": (_target, True), "app": (_app, False)},
    "backup-run": {"operation": (_operation, True), "target": (_target, False), "author": (_author, True)},
    "backup-restore": {
        "operation": (_operation, True),
        "target": (_target, True),
        "snapshot": (_backup, True),
        "app": (_app, True),
        "mode": (_one_of("side", "swap"), True),
        "author": (_author, True),
    },
    "restore-test": {"operation": (_operation, True), "target": (_target, True), "author": (_author, True)},
    "restore-compared": {"app": (_app, True), "snapshot": (_backup, True)},
    "restore-discard": {"app": (_app, True), "snapshot": (_backup, True)},
    "mail-restore": {
        "operation": (_operation, True),
        "target": (_target, True),
        "snapshot": (_backup, True),
        "mode": (_one_of("side", "swap"), True),
        "mailboxes": (_mailboxes, False),
        "author": (_author, True),
    },
    "mail-restore-undo": {"operation": (_operation, True), "id": (_operation, True), "author": (_author, True)},
    "mail-restore-compared": {"id": (_operation, True)},
    "mail-restore-drop": {"id": (_operation, True)},
    "restore-undo": {"operation": (_operation, True), "app": (_app, True), "snapshot": (_operation, True), "author": (_author, True)},
    "replaced-drop": {"app": (_app, True), "snapshot": (_operation, True)},
    "ssh-keys": {"host": (_server, True), "port": (_integer(1, 65535), False)},
    "databases": {},
    "database-drop": {"engine": (_engine, True), "database": (_database, True)},
    "database-password-renew": {"engine": (_engine, True), "app": (_app, True)},
    "cluster-drop": {"engine": (_engine, True), "major": (_integer(1, 9999), True)},
    "sql": {
        "engine": (_engine, True),
        "database": (_database, True),
        "text": (_text(MAX_SQL), True),
        "write": (_boolean, True),
        "rows": (_integer(1, 1000), True),
        "timeoutSeconds": (_integer(1, 60), True),
    },
    "ports": {},
    "certificates": {},
    "certificate-check": {"domain": (_domain, True)},
    "certificate-renew": {"name": (_certificate, True)},
    "certificate-put": {"name": (_certificate, True), "chain": (_text(MAX_CHAIN), True), "key": (_base64(MAX_KEY), True)},
    "certificate-remove": {"name": (_certificate, True)},
    "order": {},
    "mail": {},
    "mail-dns": {},
    "mail-queue": {},
    "mail-queue-act": {"action": (_one_of("retry", "delete"), True), "id": (_queue_id, False)},
    "mail-test": {"to": (_address, True), "app": (_app, False)},
    "mail-password": {"mailbox": (_mailbox, True), "value": (_base64(256), True)},
    "mailbox-drop": {"mailbox": (_mailbox, True)},
    "jobs": {"app": (_app, False)},
    "job-run": {"app": (_app, True), "job": (_app, True)},
    "exec": {"app": (_app, True), "command": (_command, True), "timeoutSeconds": (_integer(1, 3600), True)},
    "data-list": {},
    "data-drop": {"kind": (_one_of("app", "volume", "redis", "snapshots"), True), "app": (_app, True), "volume": (_app, False)},
    "storage": {"app": (_app, True)},
    "browse": {"app": (_app, True), "path": (_path, True)},
    "read-file": {"app": (_app, True), "path": (_path, True), "offset": (_integer(0, 2**63 - 1), True)},
    "metrics": {"interval": (_integer(1, 60), False)},
    "unit-states": {},
    "units": {"apps": (_apps(500), True)},
    "control": {"app": (_app, True), "action": (_one_of("start", "stop", "restart"), True)},
    "journal": {
        "app": (_app, False),
        "host": (_boolean, False),
        "unit": (_matches(_ANY_UNIT, "must be the name of a unit, which may have one * at its end"), False),
        "after": (_cursor, False),
        "before": (_cursor, False),
        "around": (_cursor, False),
        "lines": (_integer(1, 10000), False),
        "follow": (_boolean, False),
        "search": (_search, False),
        "regex": (_boolean, False),
        "priority": (_integer(0, 7), False),
        "boot": (_integer(-1000, 0), False),
        "since": (_time, False),
        "until": (_time, False),
        "oldest": (_boolean, False),
        "colours": (_boolean, False),
    },
}

#: The requests that start an operation, and whether it changes the box.
OPERATIONS = {
    "plan": False,
    "apply": True,
    "upgrade": True,
    "rollback": True,
    "reconcile": True,
    "gc": True,
    # These take the lock for the moments in which they need it, and not while gigabytes go over a network.
    "backup-run": False,
    "backup-restore": False,
    "restore-test": False,
    "verify": False,
    "mail-restore": False,
    "mail-restore-undo": True,
    "restore-undo": True,
}

#: What an operation is called whose request has another name.
KINDS = {"backup-run": "backup", "backup-restore": "restore", "restore-undo": "restore", "mail-restore": "restore", "mail-restore-undo": "restore"}


def check(frame):
    """The request in `frame`, reduced to its declared members. NOT_ALLOWED or BAD_REQUEST when it is not one."""
    kind = frame["type"]
    members = REQUESTS.get(kind)
    if members is None:
        raise problem(
            "NOT_ALLOWED",
            why=f"{giturl.printable(kind, 64)} is not one of the requests that this box serves.",
            next="Update the box's croft input if the console is newer than the box.",
        )
    request = {"type": kind}
    for name, (check_value, required) in members.items():
        value = frame.get(name)
        if value is None:
            if required:
                raise problem("BAD_REQUEST", field=name, why="is missing.")
            continue
        if why := check_value(value):
            raise problem("BAD_REQUEST", field=name, why=why + ".")
        request[name] = value
    if kind == "journal":
        _check_journal(request)
    return request


def _check_journal(request):
    """Whose lines, and from where: members that exclude one another."""
    whole = request.get("host", False)
    if sum(("app" in request, whole, "unit" in request and "app" not in request and not whole)) != 1:
        raise problem("BAD_REQUEST", field="app", why="one of app, unit and host must be given; a unit may be given with one of the others.")
    if "unit" in request and not whole and not _UNIT.fullmatch(request["unit"]):
        raise problem("BAD_REQUEST", field="unit", why="must be a croft-….service unit.")
    places = [name for name in ("after", "before", "around") if name in request]
    if len(places) > 1:
        raise problem("BAD_REQUEST", field=places[1], why=f"goes not with {places[0]}.")
    if request.get("follow") and (name := next((name for name in ("before", "around", "until", "oldest") if name in request), None)):
        raise problem("BAD_REQUEST", field=name, why="goes not with follow.")
