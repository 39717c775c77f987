"""The states of units as systemd tells of them: D-Bus signals say which unit has changed, and what it is then is read.

Nothing is asked again and again: while no unit changes, nothing runs here. What changes more often than it can be looked at is looked
at when a moment is over (`NRestarts` counts what happened in between), so that a unit that falls a hundred times a second costs no more
than one that fell once.
"""

import select

from .frames import ConsoleGone
from .journal import console_closed
from .pattern import Pattern
from .problems import problem
from .system import rfc3339
from .units import RESTORE_TEST, number, show

BUS = "/run/dbus/system_bus_socket"

#: How long changes are gathered before they are looked at, and how long nothing at all is said: then the console knows that the
#: dialogue still lives. Seconds.
GATHER = 0.25
BEAT = 20
_UNITS_MOST = 1000
#: So many are looked at by one question.
_AT_ONCE = 200

_SYSTEMD = "org.freedesktop.systemd1"
_MANAGER = "/org/freedesktop/systemd1"
_UNIT_PATH = _MANAGER + "/unit/"
_BUS_NAME = "org.freedesktop.DBus"

_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Result,StateChangeTimestamp,NRestarts,MainPID,ExecMainCode,ExecMainStatus,ExecMainExitTimestamp"
)
_OURS = Pattern(r"croft-[a-z0-9@_.:-]+\.service")
_APP = Pattern(r"croft-app-([a-z][a-z0-9-]{0,30})\.service")
#: What comes and goes by itself, and is told of elsewhere.
_PASSING = ("croft-op-", "croft-exec-", "croft-guard-", "croft-hostd", RESTORE_TEST)
_CODES = {"1": "exited", "2": "killed", "3": "dumped"}
_ESCAPED = Pattern(r"_([0-9a-f]{2})")


def serve(system, _request, writer, console_fd):
    """Answers a `unit-states` request: never, for it ends when the console leaves or the bus does."""
    try:
        with system.unix_socket(BUS) as connection:
            bus = _Bus(connection)
            bus.sign_in()
            bus.subscribe()
            _tell(system, bus, writer, console_fd)
    except OSError as error:
        raise _gone(f"Its D-Bus at {BUS} does not answer: {error.strerror or error}.") from error
    raise _gone("It closed the connection.")


def _tell(system, bus, writer, console_fd):
    known = {}
    dirty = None  # None: look at all of them
    poll = select.poll()
    poll.register(bus.fileno(), select.POLLIN)
    poll.register(console_fd, 0)  # Asks for nothing but the news that nobody is there.
    spoken, ended = system.monotonic(), False
    while True:
        frame = None
        if dirty is None or dirty:
            whole, looked = dirty is None, _all(system) if dirty is None else dirty
            dirty = set()
            frame = _frame(system, known, looked, whole)
        if frame is None and system.monotonic() >= spoken + BEAT:
            frame = _reading(system, False, [], [])
        if frame is not None:
            writer.write(frame)
            spoken = system.monotonic()
        if ended:
            return
        ready = {fd for fd, _ in poll.poll(1000)}
        if console_fd in ready or not ready and console_closed(console_fd):
            raise ConsoleGone()
        if bus.fileno() in ready:
            dirty, ended = _gather(system, bus, dirty)


def _gather(system, bus, dirty):
    """What changes within a moment, and whether the bus has ended."""
    until = system.monotonic() + GATHER
    poll = select.poll()
    poll.register(bus.fileno(), select.POLLIN)
    while True:
        changed = bus.changed()
        if changed is None:
            return dirty, True
        # What came with a reload may be anything.
        dirty = None if dirty is None or "" in changed else dirty | changed
        left = until - system.monotonic()
        if left <= 0 or not poll.poll(1000 * left):
            return dirty, False


def _all(system):
    argv = ["systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", "--type=service"]
    answer = system.run(argv, timeout=30)
    return {line.split(None, 1)[0] for line in answer.out.splitlines() if line.strip()}


def _frame(system, known, looked, whole):
    """What is to be said of these units; None: nothing."""
    found, gone = [], []
    names = sorted(name for name in looked if name.endswith(".service") and not name.startswith(_PASSING))[:_UNITS_MOST]
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        for name, properties in zip(part, show(system, part, _PROPERTIES)):
            state = reading(name, properties)
            if not _is_told(name, state):
                if known.pop(name, None) is not None:
                    gone.append(name)
            elif known.get(name) != state:
                known[name] = state
                found.append(state)
    if whole:
        gone += sorted(set(known).difference(names))
        for name in gone:
            known.pop(name, None)
    return _reading(system, whole, found, gone) if whole or found or gone else None


def _is_told(name, state):
    """Croft's own, and any other that is in trouble."""
    if state["load"] == "not-found":
        return False
    return bool(_OURS.fullmatch(name)) or state["active"] == "failed" or state["sub"].startswith("auto-restart")


def _reading(system, whole, found, gone):
    return {"type": "reading", "time": rfc3339(system.now()), "states": {"whole": whole, "units": found, "gone": gone}}


def reading(name, properties):
    """A unit as the protocol shows it here."""
    changed = properties.get("StateChangeTimestamp", "")
    app = _APP.fullmatch(name)
    code = _CODES.get(properties.get("ExecMainCode", ""), properties.get("ExecMainCode", ""))
    return {
        "unit": name,
        "app": app.group(1) if app else None,
        "load": properties.get("LoadState", ""),
        "active": properties.get("ActiveState", ""),
        "sub": properties.get("SubState", ""),
        "result": properties.get("Result", ""),
        "since": rfc3339(float(changed[1:])) if changed.startswith("@") else None,
        "restarts": number(properties.get("NRestarts")),
        "exit": {"code": code, "status": number(properties.get("ExecMainStatus"))} if code in _CODES.values() else None,
    }


def _gone(why):
    return problem("INTERNAL", why=f"systemd tells nothing. {why} On the box, systemctl status dbus.service tells more.")


class _Bus:
    """As much of D-Bus as it takes to hear systemd's signals: a name, one match, and which object a message is about."""

    def __init__(self, connection):
        self._connection = connection
        self._rest = bytearray()
        self._serial = 0

    def fileno(self):
        return self._connection.fileno()

    def sign_in(self):
        import os

        self._connection.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        answer = bytearray()
        while not answer.endswith(b"\r\n"):
            chunk = self._connection.recv(1)
            if not chunk or len(answer) > 4096:
                raise OSError(0, "It broke off while it was signed in to")
            answer += chunk
        if not answer.startswith(b"OK "):
            raise OSError(0, "It lets nobody in")
        self._connection.sendall(b"BEGIN\r\n")

    def subscribe(self):
        self._call("/org/freedesktop/DBus", _BUS_NAME, _BUS_NAME, "Hello")
        self._call(
            "/org/freedesktop/DBus",
            _BUS_NAME,
            _BUS_NAME,
            "AddMatch",
            f"type='signal',sender='{_SYSTEMD}',path_namespace='{_MANAGER}'",
        )
        # Without somebody who wants them, systemd sends none.
        self._call(_MANAGER, _SYSTEMD, _SYSTEMD + ".Manager", "Subscribe")

    def _call(self, path, destination, interface, member, text=None):
        self._serial += 1
        body = b"" if text is None else len(text).to_bytes(4, "little") + text.encode() + b"\0"
        fields = bytearray()
        for code, kind, value in ((1, "o", path), (6, "s", destination), (2, "s", interface), (3, "s", member)):
            fields += b"\0" * (-len(fields) % 8)
            fields += bytes((code, 1)) + kind.encode() + b"\0" + len(value).to_bytes(4, "little") + value.encode() + b"\0"
        if body:
            fields += b"\0" * (-len(fields) % 8) + b"\x08\x01g\0\x01s\0"
        head = b"l\x01\0\x01" + len(body).to_bytes(4, "little") + self._serial.to_bytes(4, "little") + len(fields).to_bytes(4, "little") + fields
        self._connection.sendall(head + b"\0" * (-len(head) % 8) + body)

    def changed(self):
        """Names of the units of which the next bytes tell, "" for all of them; None when the bus has ended."""
        chunk = self._connection.recv(1 << 18)
        if not chunk:
            return None
        self._rest += chunk
        names = set()
        while (size := self._size()) and len(self._rest) >= size:
            names |= _told(bytes(self._rest[:size]))
            del self._rest[:size]
        return names

    def _size(self):
        """Bytes of the first message; 0: not known yet."""
        if len(self._rest) < 16:
            return 0
        order = _order(self._rest)
        fields, body = int.from_bytes(self._rest[12:16], order), int.from_bytes(self._rest[4:8], order)
        if fields > 1 << 26 or body > 1 << 27:
            raise OSError(0, "It said something that is not D-Bus")
        return 16 + fields + -fields % 8 + body


def _order(message):
    return "little" if message[0:1] == b"l" else "big"


def _told(message):
    """Of which units one message tells."""
    if message[1] == 3:
        raise OSError(0, "It refused to be listened to")
    path, member = _field(message, 1), _field(message, 3)
    if message[1] != 4 or path is None:
        return set()
    if path.startswith(_UNIT_PATH):
        return {_ESCAPED.sub(lambda hexadecimal: chr(int(hexadecimal.group(1), 16)), path[len(_UNIT_PATH) :])}
    if path != _MANAGER or member not in ("UnitNew", "UnitRemoved", "Reloading"):
        return set()
    if member == "Reloading":
        return {""}
    order = _order(message)
    start = 16 + int.from_bytes(message[12:16], order)
    start += -start % 8
    length = int.from_bytes(message[start : start + 4], order)
    return {message[start + 4 : start + 4 + length].decode("ascii", "replace")}


def _field(message, wanted):
    """A text among a message's header fields."""
    order, at = _order(message), 16
    end = 16 + int.from_bytes(message[12:16], order)
    while at < end:
        at += -at % 8
        if at >= end:
            return None
        code, signature_length = message[at], message[at + 1]
        kind = message[at + 2 : at + 2 + signature_length]
        at += 3 + signature_length
        if kind in (b"s", b"o"):
            at += -at % 4
            length = int.from_bytes(message[at : at + 4], order)
            value, at = message[at + 4 : at + 4 + length], at + 5 + length
            if code == wanted:
                return value.decode("ascii", "replace")
        elif kind == b"g":
            at += 2 + message[at]
        elif kind == b"u":
            at += -at % 4 + 4
        else:
            return None
    return None
