"""An app that tries to get out. GET /probe tries everything and tells what it could do: {name: true, where it could}.

What it is to find is in the variable TARGETS, as somebody would know it who has looked at a box of their own. GET / tells what the
process was given, GET /self who it is, GET /sql what PostgreSQL and MariaDB say who it is, GET /redis what Redis says, GET /mail sends a message, GET /keep?TEXT and GET /kept leave data and find it again, GET /hold?BYTES holds as
much memory.
"""

import ctypes
import errno
import http.client
import json
import mmap
import os
import smtplib
import socket
import struct
import subprocess
import sys
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
INIT_MODULE = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
CLONE_NEWUSER, SYSLOG_SIZE, TRIED = 0x10000000, 10, "croft-probe"
MINE = os.environ["STATE_DIRECTORY"]
HELD = []


def reads(path):
    try:
        with open(path, "rb") as file:
            file.read(1)
        return True
    except OSError:
        return False


def lists(path):
    try:
        return bool(os.listdir(path))
    except OSError:
        return False


def writes(directory):
    path = os.path.join(directory, TRIED)
    try:
        with open(path, "w", encoding="ascii"):
            pass
        os.unlink(path)
        return True
    except OSError:
        return False


def connects(family, address):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(address)
        return True
    except OSError:
        return False


def unix(path):
    return connects(socket.AF_UNIX, path)


def answers(address, port):
    """Whether it is an app like this that answers there: some networks take each connection, whoever it is for."""
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/self", timeout=2) as reply:
            return "user" in json.loads(reply.read())
    except (OSError, ValueError, http.client.HTTPException):
        return False


def processes(file, words):
    """Whether such words are found in that file of another process."""
    for number in filter(str.isdigit, os.listdir("/proc")):
        if int(number) != os.getpid():
            try:
                if words.encode() in Path("/proc", number, file).read_bytes():
                    return True
            except OSError:
                pass
    return False


def in_child(attempt):
    """Whether the attempt succeeds, in a process that it may spoil."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if attempt() else 1
        except (OSError, ValueError):
            pass
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def becomes_root():
    os.setuid(0)
    # A root of one's own namespace is nobody elsewhere: what counts is what root may.
    return reads("/etc/shadow")


def mounts():
    return LIBC.mount(b"none", MINE.encode(), b"tmpfs", 0, None) == 0


def loads_a_module():
    LIBC.syscall(INIT_MODULE, b"no module", 9, b"")
    # The kernel looks at the rights first, and at the module then.
    return ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS)


def booted():
    """When the kernel that it talks to began, as it says."""
    [line] = [line for line in Path("/proc/stat").read_text(encoding="ascii").splitlines() if line.startswith("btime ")]
    return int(line.split()[1])


def signals(number):
    try:
        os.kill(number, 0)
        return True
    except OSError:
        return False


def hold(size):
    """Memory of which every page has been written to."""
    block = mmap.mmap(-1, size)
    for place in range(0, size, mmap.PAGESIZE):
        block[place] = 1
    return block


def takes_space(size):
    path = os.path.join(MINE, TRIED)
    try:
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
        return True
    except OSError:
        return False
    finally:
        Path(path).unlink(missing_ok=True)


def probe(t):
    return {
        "other-files": lists(t["otherDirectory"]) or reads(t["otherFile"]),
        "other-secrets": reads(t["otherSecret"]) or lists(t["sealedSecrets"]),
        "other-program": lists(t["otherProgram"]),
        "other-socket": unix(t["otherSocket"]),
        "other-abstract-socket": unix("\0" + t["otherAbstractSocket"]),
        "other-port": any(answers(address, t["otherPort"]) for address in t["addresses"]),
        "process-arguments": processes("cmdline", t["otherWords"]),
        "process-environment": processes("environ", t["otherWords"]),
        "process-signal": signals(t["otherPid"]),
        "host-passwords": reads("/etc/shadow"),
        "host-accounts": t["otherUser"] in Path("/etc/passwd").read_text(encoding="utf-8"),
        "host-programs": lists("/run/current-system/sw/bin"),
        "host-settings": reads("/etc/croft/state.json") or lists("/var/lib/croft/flake"),
        "nix-database": lists("/nix/var/nix/profiles") or lists("/nix/var/nix/db"),
        "nix-daemon": unix("/nix/var/nix/daemon-socket/socket"),
        "croft-socket": unix("/run/croft/hostd.sock"),
        "system-bus": unix("/run/dbus/system_bus_socket"),
        "cloud-metadata": connects(socket.AF_INET, ("169.254.169.254", 80)),
        "outside-network": connects(socket.AF_INET, tuple(t["outside"])),
        "write-elsewhere": any(writes(place) for place in ("/", "/etc", "/usr", "/run", "/var/lib", "/var/lib/croft", "/nix/store")),
        "write-program": writes(os.path.dirname(os.path.abspath(__file__))),
        "become-root": in_child(becomes_root),
        "own-namespace": in_child(lambda: LIBC.unshare(CLONE_NEWUSER) == 0),
        "mount": in_child(mounts),
        "load-module": loads_a_module(),
        "host-kernel": abs(booted() - t["booted"]) < 3,
        "kernel-log": LIBC.klogctl(SYSLOG_SIZE, None, 0) >= 0 or reads("/dev/kmsg"),
        "devices": any(Path("/dev", name).is_block_device() for name in os.listdir("/dev")),
        "fill-disk": takes_space(64 * 1024 * 1024),
    }


def sql(user, database, statement):
    """What PostgreSQL answers over its socket: a text, or its complaint."""

    def message(kind, body):
        return kind + struct.pack("!i", len(body) + 4) + body

    words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database)) + b"\0"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/run/postgresql/.s.PGSQL.5432")
        connection.sendall(message(b"", struct.pack("!i", 3 << 16) + words) + message(b"Q", statement.encode() + b"\0") + message(b"X", b""))
        stream = connection.makefile("rb")
        while kind := stream.read(1):
            body = stream.read(struct.unpack("!i", stream.read(4))[0] - 4)
            if kind == b"D":
                return body[6:].decode()
            if kind == b"E":
                return body.decode()
    return "nothing"


def mysql(path, user, database, statement):
    """What MariaDB answers over its socket to a statement with one text: that, or its complaint."""
    # Protocol 4.1, a database, methods of signing in: the socket says who it is.
    flags = struct.pack("<IIB23x", 0x200 | 0x8 | 0x8000 | 0x80000, 1 << 24, 45)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        stream = connection.makefile("rb")

        def packet():
            head = stream.read(4)
            return head[3], stream.read(int.from_bytes(head[:3], "little"))

        def send(number, body):
            connection.sendall(len(body).to_bytes(3, "little") + bytes([number]) + body)

        packet()
        send(1, flags + user.encode() + b"\0\0" + database.encode() + b"\0mysql_native_password\0")
        while (told := packet())[1][:1] not in (b"\0", b"\xff"):
            send(told[0] + 1, b"")
        if told[1][:1] == b"\xff":
            return told[1][3:].decode()
        send(0, b"\x03" + statement.encode())
        # How many columns, the column, the end of the columns, the row.
        *_, (_, row) = packet(), packet(), packet(), packet()
        return row[1:].decode()


def sends(sender):
    """What the box's mail server says to a message for somebody elsewhere."""
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]), local_hostname="app.example", timeout=20) as server:
        try:
            server.sendmail(sender, ["eve@elsewhere.example"], f"From: {sender}\r\nSubject: from inside\r\n\r\nHello.\r\n")
        except smtplib.SMTPException as error:
            return str(error)
    return "taken"


class App(BaseHTTPRequestHandler):
    def answer(self, path, query):
        kept = Path(MINE, "kept")
        if path == "/probe":
            return probe(json.loads(os.environ["TARGETS"]))
        if path == "/sql":
            mariadb = mysql(os.environ["MYSQL_UNIX_PORT"], os.environ["MYSQL_USER"], os.environ["MYSQL_DATABASE"], "SELECT CURRENT_USER()")
            return {"postgresql": sql(os.environ["PGUSER"], os.environ["PGDATABASE"], "SELECT current_user"), "mysql": mariadb}
        if path == "/redis":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(os.environ["REDIS_SOCKET"])
                connection.sendall(b"PING\r\n")
                return {"redis": connection.recv(9).decode()}
        if path == "/mail":
            return {"itself": sends(os.environ["MAIL_FROM"]), "another": sends("boss@attic.example")}
        if path == "/keep":
            kept.write_text(query, encoding="ascii")
            print(f"kept {query}", flush=True)
        if path in ("/keep", "/kept"):
            return {"text": kept.read_text(encoding="ascii"), "owner": kept.stat().st_uid == os.getuid(), "mode": oct(kept.stat().st_mode)}
        if path == "/hold":
            HELD[:] = [hold(int(query))] if int(query) else []
            return {"held": sum(len(block) for block in HELD)}
        if path == "/self":
            return {"user": os.getuid()}
        return {
            "argv": sys.argv[1:],
            "environment": dict(os.environ),
            "directory": os.getcwd(),
            "user": os.getuid(),
            "id": subprocess.run(["id", "-un"], capture_output=True, text=True, check=False).stdout.strip(),
            "secrets": sorted(os.listdir(os.environ["CREDENTIALS_DIRECTORY"])) if "CREDENTIALS_DIRECTORY" in os.environ else [],
        }

    def do_GET(self):
        path, _, query = self.path.partition("?")
        body = json.dumps(self.answer(path, urllib.parse.unquote(query))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    if "--job" in sys.argv:
        Path(MINE, "from-the-job").write_text(str(os.getuid()), encoding="ascii")
    elif "--migrate" in sys.argv:
        Path(MINE, "migrated").write_text(str(os.getuid()), encoding="ascii")
    else:
        # For the others to find.
        hidden = socket.socket(socket.AF_UNIX)
        if name := os.environ.get("ABSTRACT_SOCKET"):
            hidden.bind("\0" + name)
            hidden.listen()
        ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), App).serve_forever()
