"""An app that knows its databases by address and password alone: what it signs in with comes from the environment, over TCP."""

import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Refused(Exception):
    pass


def connected(address):
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    return connection, connection.makefile("rb")


# -- PostgreSQL: SCRAM-SHA-256, one statement ------------------------------------------------------------------------


def postgresql(address, statement):
    connection, file = connected(address)

    def send(kind, body):
        connection.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def received():
        kind, length = file.read(1), struct.unpack("!I", file.read(4))[0]
        body = file.read(length - 4)
        if kind == b"E":
            raise Refused(dict((part[:1], part[1:].decode()) for part in body.split(b"\0") if part)[b"M"])
        return kind, body

    send(b"", struct.pack("!I", 196608) + b"user\0%s\0database\0%s\0\0" % (address.username.encode(), address.path[1:].encode()))
    kind, body = received()
    if body[:4] != struct.pack("!I", 10):
        raise Refused(f"the server asks for {body!r} and not for SCRAM")
    nonce = base64.b64encode(os.urandom(18)).decode()
    first = f"n=,r={nonce}"
    initial = f"n,,{first}".encode()
    send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(initial)) + initial)
    challenge = received()[1][4:].decode()
    told = dict(part.split("=", 1) for part in challenge.split(","))
    final = f"c=biws,r={told['r']}"
    salted = hashlib.pbkdf2_hmac("sha256", address.password.encode(), base64.b64decode(told["s"]), int(told["i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), f"{first},{challenge},{final}".encode(), "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
    send(b"p", f"{final},p={proof}".encode())
    while received()[0] != b"Z":
        pass
    send(b"Q", statement.encode() + b"\0")
    values = []
    while (answer := received())[0] != b"Z":
        if answer[0] == b"D":
            length = struct.unpack("!i", answer[1][2:6])[0]
            values.append(answer[1][6 : 6 + length].decode())
    connection.close()
    return values


# -- MariaDB: mysql_native_password, one statement -------------------------------------------------------------------


def mysql(address, statement):
    connection, file = connected(address)

    def received():
        head = file.read(4)
        body = file.read(int.from_bytes(head[:3], "little"))
        if body[:1] == b"\xff":
            raise Refused(body[9:].decode())
        return head[3], body

    def send(number, body):
        connection.sendall(len(body).to_bytes(3, "little") + bytes([number]) + body)

    def scrambled(salt):
        once = hashlib.sha1(address.password.encode()).digest()
        mask = hashlib.sha1(salt + hashlib.sha1(once).digest()).digest()
        return bytes(a ^ b for a, b in zip(once, mask))

    number, greeting = received()
    rest = greeting[greeting.index(b"\0", 1) + 5 :]
    salt = rest[:8] + rest[27:39]
    capabilities = 0x0008 | 0x0200 | 0x8000 | 0x80000  # a database, protocol 4.1, its passwords, plugins
    answer = scrambled(salt)
    send(
        number + 1,
        struct.pack("<IIB23x", capabilities, 1 << 24, 45) + address.username.encode() + b"\0" + bytes([len(answer)]) + answer
        + address.path[1:].encode() + b"\0mysql_native_password\0",
    )  # fmt: skip
    number, body = received()
    if body[:1] == b"\xfe":
        plugin, _, salt = body[1:].partition(b"\0")
        if plugin != b"mysql_native_password":
            raise Refused(f"the server asks for {plugin.decode()}")
        send(number + 1, scrambled(salt.rstrip(b"\0")))
        received()
    send(0, b"\x03" + statement.encode())
    _, body = received()
    if body[:1] == b"\0":
        return []
    for _ in range(body[0] + 1):
        received()
    values = []
    while (row := received()[1])[:1] != b"\xfe":
        values.append(row[1 : 1 + row[0]].decode())
    connection.close()
    return values


ASK = {"postgresql": postgresql, "mysql": mysql}


def ask(url, statement):
    """The first column of the answer, or what the server says against it."""
    address = urlsplit(url)
    try:
        return ASK[address.scheme](address, statement)
    except (Refused, OSError) as error:
        return str(error)


def urls():
    return {name: os.environ[name] for name in ("DATABASE_URL", "MYSQL_URL") if "@" in os.environ.get(name, "")}


def row(url):
    ask(url, "CREATE TABLE IF NOT EXISTS kept (line varchar(40) PRIMARY KEY)")
    return ask(url, "SELECT line FROM kept ORDER BY line")


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = {name: {"who": ask(url, "SELECT current_user"), "kept": row(url)} for name, url in urls().items()}
        for name, url in urls().items():
            address = urlsplit(url)
            wrong = url.replace(f":{address.password}@", ":wrong@")
            answer[name]["wrong"] = ask(wrong, "SELECT 1")
            own = {"postgresql": "postgres", "mysql": "mysql"}[address.scheme]
            answer[name]["elsewhere"] = ask(url.replace(address.path, f"/{own}"), "SELECT 1")
        # By its digest: the tests never see the value.
        passwords = {name: os.environ.get(name, "") for name in ("PGPASSWORD", "MYSQL_PWD", "MYSQL_PASSWORD")}
        answer["digests"] = {name: hashlib.sha256(value.encode()).hexdigest() for name, value in passwords.items() if value}
        answer["lengths"] = {name: len(value) for name, value in passwords.items() if value}
        answer["same"] = all(urlsplit(url).password in passwords.values() for url in urls().values())
        answer["told"] = {name: os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT")}
        answer["files"] = sorted(os.listdir(os.environ["CREDENTIALS_DIRECTORY"])) if "CREDENTIALS_DIRECTORY" in os.environ else []
        answer["sockets"] = [place for place in ("/run/postgresql", "/run/mysqld") if Path(place).exists()]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    if "--try" in sys.argv:
        # Not as an argument: an address has a password in it.
        print(json.dumps(ask(sys.stdin.read(), "SELECT 1")))
    else:
        for url in urls().values():
            row(url)
            ask(url, f"INSERT INTO kept VALUES ('{os.environ['LINE']}')")  # the server refuses it the second time
        ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), App).serve_forever()
