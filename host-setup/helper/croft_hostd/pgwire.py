"""PostgreSQL's protocol, version 3, over its unix socket: what psql would do, without psql.

A statement is sent as it is, as one message: there are no backslash commands, no second statement behind a semicolon and no
quoting to get wrong. Values come back exactly, a NULL as None.
"""

import os

PORT = 5432
#: One message from the server; a value that is larger than this cannot be shown anyway.
_MOST_BYTES = 64 * 1024 * 1024


class ServerError(Exception):
    """What the server answered: `fields` by the letters of its protocol, all text."""

    def __init__(self, fields):
        super().__init__(fields.get("M", "unknown error"))
        self.fields = fields
        self.state = fields.get("C", "")
        self.message = fields.get("M", "")

    @property
    def position(self):
        """Where in the statement, counted in characters from 1, or None."""
        text = self.fields.get("P", "")
        return int(text) if text.isdigit() else None


class Answer:
    """What one statement gave."""

    __slots__ = ("columns", "rows", "command", "complete")

    def __init__(self):
        self.columns = []
        self.rows = []
        #: "SELECT 3", or None when the server stopped at the number of rows asked for.
        self.command = None
        self.complete = True


class Connection:
    """One session. `socket` is a connected socket."""

    def __init__(self, socket, user, database, settings=None):
        self._socket = socket
        self._in = socket.makefile("rb")
        parameters = {"user": user, "database": database, "client_encoding": "UTF8", "application_name": "croft", **(settings or {})}
        body = b"".join(_text(name) + _text(value) for name, value in parameters.items()) + b"\0"
        self._send_raw((8 + len(body)).to_bytes(4, "big") + (196608).to_bytes(4, "big") + body)
        self._start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self._send(b"X", b"")
        except OSError:
            pass
        self._in.close()
        self._socket.close()

    def query(self, statement, values=(), most=0, take=None):
        """Runs one statement with `values` for $1, $2 …; at most `most` rows are fetched (0: all), and handed to `take`
        one by one when there is one, until it returns False."""
        bind = b"\0\0" + (0).to_bytes(2, "big") + len(values).to_bytes(2, "big")
        for value in values:
            raw = None if value is None else str(value).encode("utf-8")
            bind += b"\xff\xff\xff\xff" if raw is None else len(raw).to_bytes(4, "big") + raw
        bind += (0).to_bytes(2, "big")
        self._send(b"P", b"\0" + _text(statement) + (0).to_bytes(2, "big"))
        self._send(b"B", bind)
        self._send(b"D", b"P\0")
        self._send(b"E", b"\0" + most.to_bytes(4, "big"))
        self._send(b"S", b"")
        return self._answer(take)

    def script(self, text):
        """Runs several statements, in one transaction unless they say otherwise; the last one's answer."""
        self._send(b"Q", _text(text))
        return self._answer(None)

    def values(self, statement, *values):
        """The rows of a statement."""
        return self.query(statement, values).rows

    # -- messages ----------------------------------------------------------------------------------------------

    def _start(self):
        failure = None
        while True:
            kind, body = self._read()
            if kind == b"R" and int.from_bytes(body[:4], "big") not in (0,):
                raise ServerError({"C": "28000", "M": "The server wants a password where the socket should say who it is."})
            if kind == b"E":
                failure = _fields(body)
                raise ServerError(failure)
            if kind == b"Z":
                return

    def _answer(self, take):
        answer, failure, taking = Answer(), None, True
        while True:
            kind, body = self._read()
            if kind == b"T":
                answer.columns = _columns(body)
            elif kind == b"D":
                if take is None:
                    answer.rows.append(_row(body))
                elif taking:
                    taking = take(_row(body))
            elif kind == b"C":
                answer.command = body[:-1].decode("utf-8", "replace")
            elif kind == b"s":
                answer.complete = False
            elif kind == b"I":
                answer.command = ""
            elif kind == b"E":
                failure = _fields(body)
                if failure.get("S") in ("FATAL", "PANIC"):
                    raise ServerError(failure)
            elif kind == b"G":
                self._send(b"f", _text("Croft does not copy from the client."))
                self._send(b"S", b"")
            elif kind == b"Z":
                break
        if failure:
            raise ServerError(failure)
        answer.complete = answer.complete and taking
        return answer

    def _send(self, kind, body):
        self._send_raw(kind + (4 + len(body)).to_bytes(4, "big") + body)

    def _send_raw(self, data):
        self._socket.sendall(data)

    def _read(self):
        head = self._exactly(5)
        size = int.from_bytes(head[1:], "big") - 4
        if size > _MOST_BYTES:
            raise ServerError({"C": "54000", "M": f"A row is larger than {_MOST_BYTES} bytes."})
        return head[:1], self._exactly(size)

    def _exactly(self, size):
        data = self._in.read(size)
        if len(data) != size:
            raise ServerError({"C": "08006", "M": "The server closed the connection."})
        return data


def connect(directory, user, database, settings=None, account=None, timeout=None, port=PORT):
    """A session over the socket in `directory`. A process that is root appears as `account`, whom the server then takes
    for who it is."""
    return Connection(socket_as(os.path.join(directory, f".s.PGSQL.{port}"), account, timeout), user, database, settings)


def socket_as(path, account=None, timeout=None):
    """A connection to a unix socket, made as that account: the server reads from it who asks."""
    import socket

    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        with appearing_as(account):
            connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


class appearing_as:
    """For what happens inside, a process that is root has the account's rights: the kernel notes them with each connection
    made. Any other process is who it is."""

    def __init__(self, account):
        self._account = account if os.geteuid() == 0 else None

    def __enter__(self):
        if self._account is not None:
            import pwd

            entry = pwd.getpwnam(self._account)
            os.setegid(entry.pw_gid)
            os.seteuid(entry.pw_uid)

    def __exit__(self, *_):
        if self._account is not None:
            os.seteuid(0)
            os.setegid(0)


def quoted(name):
    """An identifier as SQL takes any text for one."""
    return '"' + name.replace('"', '""') + '"'


def _text(text):
    raw = text.encode("utf-8")
    if b"\0" in raw:
        raise ServerError({"C": "22021", "M": "The text has a NUL character in it."})
    return raw + b"\0"


def _fields(body):
    parts = body.rstrip(b"\0").split(b"\0")
    return {part[:1].decode("ascii", "replace"): part[1:].decode("utf-8", "replace") for part in parts if part}


def _columns(body):
    count, at, found = int.from_bytes(body[:2], "big"), 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        found.append(body[at:end].decode("utf-8", "replace"))
        at = end + 19
    return found


def _row(body):
    count, at, found = int.from_bytes(body[:2], "big"), 2, []
    for _ in range(count):
        size = int.from_bytes(body[at : at + 4], "big", signed=True)
        at += 4
        if size < 0:
            found.append(None)
            continue
        # A database without an encoding of its own may hold any bytes.
        found.append(body[at : at + size].decode("utf-8", "backslashreplace"))
        at += size
    return found
