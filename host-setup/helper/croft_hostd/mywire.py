"""MySQL's protocol, as MariaDB and MySQL speak it, over their unix socket: one statement, its exact answer.

There is no client program in between that would look for commands in the text. Several statements in one text, and files of
the client's, are not offered to the server, so it refuses them.
"""

from .pgwire import Answer, socket_as

SOCKET = "/run/mysqld/mysqld.sock"

_LONG_PASSWORD, _WITH_DATABASE, _PROTOCOL_41, _TRANSACTIONS = 0x1, 0x8, 0x200, 0x2000
_SECURE, _MULTI_RESULTS, _PLUGIN_AUTH = 0x8000, 0x20000, 0x80000
_UTF8MB4, _BINARY = 45, 63
_MOST_PACKET = 0xFFFFFF
_MOST_BYTES = 64 * 1024 * 1024
#: Types whose bytes are text only when their character set says so.
_BYTES_TYPES = frozenset((0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0x0F, 0x10, 0xFF))
_MORE_RESULTS = 0x8


class ServerError(Exception):
    """What the server answered."""

    def __init__(self, code, state, message):
        super().__init__(message)
        self.code = code
        self.state = state
        self.message = message
        self.position = None


class Connection:
    def __init__(self, socket, user, database=None):
        self._socket = socket
        self._in = socket.makefile("rb")
        self._sequence = 0
        greeting = self._packet()
        if greeting[:1] == b"\xff":
            raise _error(greeting)
        #: As the server calls itself: 11.8.3-MariaDB.
        self.version = greeting[1 : greeting.index(b"\0", 1)].decode("ascii", "replace").removeprefix("5.5.5-")
        flags = _LONG_PASSWORD | _PROTOCOL_41 | _TRANSACTIONS | _SECURE | _MULTI_RESULTS | _PLUGIN_AUTH
        body = b"" if database is None else database.encode("utf-8") + b"\0"
        flags |= _WITH_DATABASE if database is not None else 0
        self._send(
            flags.to_bytes(4, "little") + (_MOST_BYTES).to_bytes(4, "little") + bytes([_UTF8MB4]) + bytes(23)
            + user.encode("utf-8") + b"\0" + b"\0" + body + b"mysql_native_password\0"
        )  # fmt: skip
        self._sign_in()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._in.close()
        self._socket.close()

    def query(self, statement, take=None):
        """Runs one statement; its rows are handed to `take` one by one when there is one. When that returns
        False the answer is incomplete, and the session is over: closing it takes back what a transaction did."""
        self._sequence = 0
        self._send(b"\x03" + statement.encode("utf-8"))
        first = None
        while True:
            answer, more = self._answer(take)
            first = first or answer
            if not more:
                return first

    def values(self, statement):
        return self.query(statement).rows

    # -- packets -----------------------------------------------------------------------------------------------

    def _sign_in(self):
        while True:
            packet = self._packet()
            if packet[:1] == b"\x00":
                return
            if packet[:1] == b"\xff":
                raise _error(packet)
            # The server would rather have another method: the socket says who it is, so there is nothing to add.
            self._send(b"")

    def _answer(self, take):
        packet = self._packet()
        if packet[:1] == b"\xff":
            raise _error(packet)
        answer = Answer()
        if packet[:1] == b"\x00":
            at = 1
            affected, at = _integer(packet, at)
            _, at = _integer(packet, at)
            answer.command = str(affected)
            return answer, bool(int.from_bytes(packet[at : at + 2], "little") & _MORE_RESULTS)
        if packet[:1] == b"\xfb":
            raise ServerError(1148, "42000", "Croft does not load files of the client.")
        count, _ = _integer(packet, 0)
        columns = [_column(self._packet()) for _ in range(count)]
        answer.columns = [name for name, _ in columns]
        self._packet()  # end of the columns
        rows = 0
        while True:
            packet = self._packet()
            if packet[:1] == b"\xff":
                raise _error(packet)
            if packet[:1] == b"\xfe" and len(packet) < 9:
                answer.command = str(rows)
                return answer, bool(int.from_bytes(packet[3:5], "little") & _MORE_RESULTS)
            row = _row(packet, columns)
            rows += 1
            if take is None:
                answer.rows.append(row)
            elif not take(row):
                # The rest may be long, and the session is of no use without having read it.
                answer.complete = False
                return answer, False

    def _send(self, body):
        view = memoryview(body)
        while True:
            part = view[:_MOST_PACKET]
            self._socket.sendall(len(part).to_bytes(3, "little") + bytes([self._sequence]) + part)
            self._sequence = (self._sequence + 1) % 256
            view = view[_MOST_PACKET:]
            if len(part) < _MOST_PACKET:
                return

    def _packet(self):
        whole = b""
        while True:
            head = self._exactly(4)
            size = int.from_bytes(head[:3], "little")
            self._sequence = (head[3] + 1) % 256
            whole += self._exactly(size)
            if len(whole) > _MOST_BYTES:
                raise ServerError(1153, "08S01", f"A row is larger than {_MOST_BYTES} bytes.")
            if size < _MOST_PACKET:
                return whole

    def _exactly(self, size):
        data = self._in.read(size)
        if len(data) != size:
            raise ServerError(2013, "08S01", "The server closed the connection.")
        return data


def connect(path, user, database=None, account=None, timeout=None):
    """A session. A process that is root appears as `account`, whom the server then takes for who it is."""
    return Connection(socket_as(path, account, timeout), user, database)


def quoted(name):
    """An identifier as SQL takes any text for one."""
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    """Text as a string of SQL, whatever the server makes of backslashes."""
    return "_utf8mb4 X'" + text.encode("utf-8").hex() + "'"


def _error(packet):
    code = int.from_bytes(packet[1:3], "little")
    if packet[3:4] == b"#":
        return ServerError(code, packet[4:9].decode("ascii", "replace"), packet[9:].decode("utf-8", "replace"))
    return ServerError(code, "HY000", packet[3:].decode("utf-8", "replace"))


def _integer(data, at):
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def _bytes(data, at):
    size, at = _integer(data, at)
    return data[at : at + size], at + size


def _column(packet):
    """(name, whether its values are bytes)"""
    at = 0
    parts = []
    for _ in range(6):
        part, at = _bytes(packet, at)
        parts.append(part)
    charset = int.from_bytes(packet[at + 1 : at + 3], "little")
    kind = packet[at + 7]
    return parts[4].decode("utf-8", "replace"), charset == _BINARY and kind in _BYTES_TYPES


def _row(packet, columns):
    at, found = 0, []
    for _, binary in columns:
        if packet[at] == 0xFB:
            found.append(None)
            at += 1
            continue
        value, at = _bytes(packet, at)
        found.append("0x" + value.hex() if binary else value.decode("utf-8", "backslashreplace"))
    return found
