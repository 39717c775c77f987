"""The protocols of database servers, byte by byte, against a server that is a list of answers."""

import socket
import unittest

import box  # noqa: F401  (puts the package on the path)
from croft_hostd import mywire, pgwire, redis


def played(case, *answers):
    """(a socket whose other side has said all this already, the other side)"""
    ours, theirs = socket.socketpair()
    case.addCleanup(ours.close)
    case.addCleanup(theirs.close)
    theirs.sendall(b"".join(answers))
    return ours, theirs


def message(kind, body=b""):
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def values(*cells):
    body = len(cells).to_bytes(2, "big")
    for cell in cells:
        body += b"\xff\xff\xff\xff" if cell is None else len(cell).to_bytes(4, "big") + cell
    return message(b"D", body)


def columns(*names):
    return message(b"T", len(names).to_bytes(2, "big") + b"".join(name + b"\0" + bytes(18) for name in names))


SIGNED_IN = message(b"R", bytes(4)) + message(b"Z", b"I")
READY = message(b"Z", b"I")


class PostgresTest(unittest.TestCase):
    def session(self, *answers):
        ours, self.server = played(self, SIGNED_IN, *answers)
        session = pgwire.Connection(ours, "croft-app-shop", "shop", {"statement_timeout": "5s"})
        self.addCleanup(session.close)
        return session

    def test_values_are_exact(self):
        rows = values("grüß\n".encode(), None, b"", b"caf\xe9") + values(b"1", b"2", b"3", b"4")
        session = self.session(message(b"1"), message(b"2"), columns(b"a", b"b", b"c", b"d"), rows, message(b"C", b"SELECT 2\0"), READY)
        answer = session.query("SELECT 1; \\! id", ("x", None))
        self.assertEqual(answer.rows, [["grüß\n", None, "", "caf\\xe9"], ["1", "2", "3", "4"]])
        self.assertEqual((answer.columns, answer.command, answer.complete), (["a", "b", "c", "d"], "SELECT 2", True))
        sent = self.server.recv(65536)
        self.assertIn(message(b"P", b"\0SELECT 1; \\! id\0\0\0"), sent, "one message, as it is")
        self.assertIn(b"\0\x02\0\0\0\x01x\xff\xff\xff\xff", sent)
        self.assertIn(b"user\0croft-app-shop\0database\0shop\0", sent)

    def test_the_server_stops_at_the_number_of_rows(self):
        session = self.session(columns(b"n"), values(b"1"), message(b"s"), READY)
        answer = session.query("SELECT", most=1)
        self.assertEqual((answer.rows, answer.complete, answer.command), ([["1"]], False, None))

    def test_an_error_leaves_the_session_usable(self):
        error = message(b"E", b"SERROR\0C42703\0Mno such column\0P8\0Hperhaps\0\0")
        session = self.session(error, READY, columns(b"n"), values(b"1"), message(b"C", b"SELECT 1\0"), READY)
        with self.assertRaises(pgwire.ServerError) as caught:
            session.query("SELECT nmae")
        self.assertEqual((caught.exception.state, caught.exception.message, caught.exception.position), ("42703", "no such column", 8))
        self.assertEqual(session.values("SELECT 1"), [["1"]])

    def test_a_server_that_asks_for_a_password_or_goes_away(self):
        for answers in ((message(b"R", (10).to_bytes(4, "big")),), (message(b"E", b"SFATAL\0C28000\0Mpeer authentication failed\0\0"),)):
            ours, _ = played(self, *answers)
            with self.assertRaises(pgwire.ServerError) as caught:
                pgwire.Connection(ours, "a", "b")
            self.assertEqual(caught.exception.state, "28000")
        session = self.session()
        self.server.close()
        with self.assertRaises((pgwire.ServerError, OSError)):
            session.query("SELECT 1")

    def test_text_that_would_end_early_is_not_sent(self):
        with self.assertRaises(pgwire.ServerError):
            self.session().query("SELECT 1\0; DROP TABLE x")

    def test_identifiers(self):
        self.assertEqual(pgwire.quoted('we"ird'), '"we""ird"')
        self.assertEqual(mywire.quoted("we`ird"), "`we``ird`")
        self.assertEqual(mywire.literal("o'x\\"), "_utf8mb4 X'6f27785c'")


def packet(number, body):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def text(value):
    return b"\xfb" if value is None else bytes([len(value)]) + value


def column(name, charset, kind):
    parts = b"".join(text(part) for part in (b"def", b"", b"", b"", name, b""))
    return parts + b"\x0c" + charset.to_bytes(2, "little") + bytes(4) + bytes([kind]) + bytes(5)


GREETING = packet(0, b"\x0a5.5.5-11.8.3-MariaDB\0" + bytes(40))
OK = b"\x00\x02\x00\x02\x00\x00\x00"
END = b"\xfe\x00\x00\x02\x00"


class MysqlTest(unittest.TestCase):
    def session(self, *answers):
        ours, self.server = played(self, GREETING, packet(2, b"\xfeunix_socket\0"), packet(4, OK), *answers)
        session = mywire.Connection(ours, "croft-app-shop", "shop")
        self.addCleanup(session.close)
        return session

    def rows(self):
        cells = [text("grüß".encode()) + text(b"\x00\xff") + text(None), text(b"") + text(b"") + text(b"1")]
        names = [column(b"t", 45, 0xFC), column(b"b", 63, 0xFC), column(b"n", 63, 0x03)]
        parts = [b"\x03", *names, END, *cells, END]
        return [packet(number, part) for number, part in enumerate(parts, 1)]

    def test_values_are_exact_and_bytes_are_told_apart(self):
        session = self.session(*self.rows())
        answer = session.query("SELECT 1; \\! id")
        self.assertEqual(answer.rows, [["grüß", "0x00ff", None], ["", "0x", "1"]])
        self.assertEqual((answer.columns, answer.command, session.version), (["t", "b", "n"], "2", "11.8.3-MariaDB"))
        self.assertIn(packet(0, b"\x03SELECT 1; \\! id"), self.server.recv(65536))

    def test_who_has_enough_is_told_no_more(self):
        answer = self.session(*self.rows()).query("SELECT", take=lambda row: False)
        self.assertFalse(answer.complete)

    def test_an_error(self):
        session = self.session(packet(1, b"\xff\x1e\x04#42S22Unknown column"))
        with self.assertRaises(mywire.ServerError) as caught:
            session.query("SELECT x")
        self.assertEqual((caught.exception.code, caught.exception.state, caught.exception.message), (1054, "42S22", "Unknown column"))

    def test_the_server_does_not_get_files_of_the_client(self):
        with self.assertRaises(mywire.ServerError):
            self.session(packet(1, b"\xfb/etc/passwd")).query("LOAD DATA LOCAL INFILE")
        self.assertNotIn(b"root:", self.server.recv(65536))


class RedisTest(unittest.TestCase):
    def ask(self, answer, *words):
        ours, self.server = played(self, answer)

        class System:
            def unix_socket(self, path, timeout=None):
                return ours

        return redis.ask(System(), "/run/x.sock", *words)

    def test_answers(self):
        for said, meant in ((b"+OK\r\n", "OK"), (b":7\r\n", 7), (b"$-1\r\n", None), (b"*2\r\n$4\r\nsave\r\n$0\r\n\r\n", ["save", ""])):
            self.assertEqual(self.ask(said, "CONFIG", "GET", "save"), meant)
        self.assertEqual(self.server.recv(100), b"*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$4\r\nsave\r\n")
        with self.assertRaises(redis.Refused) as caught:
            self.ask(b"-MISCONF no disk\r\n", "SAVE")
        self.assertEqual(str(caught.exception), "MISCONF no disk")


if __name__ == "__main__":
    unittest.main()
