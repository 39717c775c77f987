"""The port to the operating system: processes, files below a root, clocks. Tests replace this and nothing else.

Processes are started with posix_spawn from argument vectors. The subprocess module would do the same, but
importing it costs more time than most of the programs started here take to run.
"""

import os
import select
import sys
import time

from .frames import ConsoleGone

_FILE_KIND, _SOCKET = 0o170000, 0o140000
_SIGPIPE = 13
_LONGEST_LINE = 16 * 1024 * 1024
_SIGKILL = 9
_SIGTERM = 15


class Finished:
    """How a program ended. A negative code is the number of the signal that killed it."""

    __slots__ = ("argv", "code", "out", "err", "raw")

    def __init__(self, argv, code, out="", err="", raw=b""):
        self.argv = argv
        self.code = code
        self.out = out
        self.err = err
        #: `out` as bytes, of a program that really ran.
        self.raw = raw


class Child:
    """A running program whose output is read line by line while it runs."""

    def __init__(self, argv, env):
        self.argv = argv
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        err_read, err_write = os.pipe2(os.O_CLOEXEC)
        self._buffers = {out_read: bytearray(), err_read: bytearray()}
        self._names = {out_read: "out", err_read: "err"}
        self._poll = select.poll()
        self._poll.register(out_read, select.POLLIN)
        self._poll.register(err_read, select.POLLIN)
        self._code = None
        try:
            self._pid = _spawn(argv, env, None, out_write, err_write, group=True)
        finally:
            os.close(out_write)
            os.close(err_write)

    def lines(self, timeout=None):
        """The next whole lines as (stream, bytes) pairs; empty when `timeout` passed first, None at the end."""
        if not self._buffers:
            return None
        events = self._poll.poll(None if timeout is None else max(0, timeout * 1000))
        found = []
        for fd, _ in events:
            chunk = os.read(fd, 1 << 18)
            buffer = self._buffers[fd]
            name = self._names[fd]
            if chunk:
                buffer += chunk
                *whole, rest = buffer.split(b"\n")
                found.extend((name, line) for line in whole)
                if len(rest) > _LONGEST_LINE:
                    found.append((name, rest))  # Whoever never ends a line must not fill the memory.
                    rest = bytearray()
                self._buffers[fd] = rest
                continue
            # A torn last line is what a killed program leaves; callers that cannot use it ask for whole lines.
            if buffer:
                found.append((name + "-torn", buffer))
            self._poll.unregister(fd)
            del self._buffers[fd]
            os.close(fd)
        return found

    def wait(self):
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code

    def stop(self, patience=0.6):
        """Ends the program, and what it has started, if it still runs, and forgets what it had yet to say. It is asked to
        end, so that it tidies up, and killed when it has not after `patience` seconds."""
        if self._code is None:
            self._signal(_SIGTERM)
            deadline = time.monotonic() + patience
            while (left := deadline - time.monotonic()) > 0 and self.lines(left) is not None:
                pass
            self._signal(_SIGKILL)
        for fd in self._buffers:
            os.close(fd)
        self._buffers = {}
        return self.wait()

    def _signal(self, number):
        try:
            os.killpg(self._pid, number)
        except ProcessLookupError:
            pass


class System:
    """The real thing. `root` moves every path, so that a test can lay out a box in a directory."""

    def __init__(self, root=""):
        self._root = root

    def path(self, path):
        return self._root + path if self._root else path

    def now(self):
        return time.time()

    def monotonic(self):
        return time.monotonic()

    def boottime(self):
        """Seconds since the machine started, also those in which it slept: what every process here agrees on, whatever
        becomes of the wall clock."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot_id(self):
        """Differs after each start of the machine."""
        return (read_text(self.path("/proc/sys/kernel/random/boot_id")) or "").strip()

    def pause(self, seconds):
        time.sleep(seconds)

    def ask_name_server(self, server, question, stream, seconds):
        """A name server's answer to one question of DNS, by datagram or by stream."""
        from socket import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, socket

        family = AF_INET6 if ":" in server else AF_INET
        with socket(family, SOCK_STREAM if stream else SOCK_DGRAM) as channel:
            channel.settimeout(seconds)
            # Only this server's answers reach a connected socket.
            channel.connect((server, 53))
            if not stream:
                channel.send(question)
                return channel.recv(65535)
            channel.sendall(len(question).to_bytes(2) + question)
            with channel.makefile("rb") as answers:
                return answers.read(int.from_bytes(answers.read(2)))

    def send_mail(self, port, sender, recipient, text):
        """(code, words): what the listener at this port of the box itself said to a message, or to what of it it refused."""
        import smtplib

        try:
            with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=60) as session:
                session.ehlo_or_helo_if_needed()
                code, said = session.mail(sender)
                if code < 400:
                    code, said = session.rcpt(recipient)
                if code < 400:
                    code, said = session.data(text)
        except smtplib.SMTPResponseException as error:
            code, said = error.smtp_code, error.smtp_error
        except (OSError, smtplib.SMTPException) as error:
            code, said = 421, str(error).encode()
        return code, said.decode("utf-8", "replace").replace("\n", " ")

    def group(self, name):
        """The number of a group; root's for one that there is not."""
        from grp import getgrnam

        try:
            return getgrnam(name).gr_gid if name else 0
        except KeyError:
            return 0

    def peer(self, fd):
        """The process at the other end of a connection on a unix socket, or None when `fd` is none."""
        from socket import SO_PEERCRED, SOL_SOCKET, socket

        if os.fstat(fd).st_mode & _FILE_KIND != _SOCKET:
            return None
        with socket(fileno=os.dup(fd)) as connection:
            credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
        return int.from_bytes(credentials[:4], sys.byteorder)

    def run(self, argv, stdin=None, env=None, timeout=60.0, reader=None):
        """Runs a program to its end. A program that takes longer than `timeout` is killed: code -9.

        `reader` is the descriptor by which somebody is to get the answer. When nobody reads there any more, the program is
        killed with all that it has started, and ConsoleGone is raised.
        """
        return self.start(argv, stdin, env, timeout, reader).finish()

    def start(self, argv, stdin=None, env=None, timeout=60.0, reader=None):
        """Starts a program whose end is of interest later: `finish()` of what this returns waits for it."""
        return Pending(self, argv, stdin, self._environment(env), timeout, reader)

    def spawn(self, argv, env=None):
        """Starts a program whose lines are wanted as they come."""
        return Child(argv, self._environment(env))

    def stream(self, argv, source=None, target=None, extra=None, timeout=60.0):
        """Runs a program that reads the file `source` and writes the file `target`, which is on the disk when it has ended well.
        The text `extra` is what it finds in /dev/fd/3."""
        return _Stream(self, argv, timeout).run(source, target, extra)

    def account(self, name):
        """(user id, group id)"""
        import pwd

        entry = pwd.getpwnam(name)
        return entry.pw_uid, entry.pw_gid

    def end_process(self, pid, mark):
        """Ends a process at once when its command line has `mark` in it: its number may have been given to another."""
        try:
            with open(self.path(f"/proc/{pid}/cmdline"), "rb") as file:
                if mark.encode() in file.read():
                    os.kill(pid, _SIGKILL)
        except OSError:
            pass

    def postgres(self, directory, user, database, settings=None, account=None, timeout=None, port=5432):
        """A session with the PostgreSQL server whose socket is in `directory`; root appears there as `account`."""
        from . import pgwire

        return pgwire.connect(self.path(directory), user, database, settings, account, timeout, port)

    def mysql(self, socket, user, database=None, account=None, timeout=None):
        """The same with a MariaDB or MySQL server."""
        from . import mywire

        return mywire.connect(self.path(socket), user, database, account, timeout)

    def unix_socket(self, path, timeout=None):
        """A connection to a unix socket."""
        from .pgwire import socket_as

        return socket_as(self.path(path), None, timeout)

    def free_bytes(self, path):
        """Bytes that an unprivileged writer could still use on the file system of `path`."""
        stat = os.statvfs(self.path(path))
        return stat.f_bavail * stat.f_frsize

    def space(self, path):
        """(bytes, bytes in use) of the file system of `path`."""
        stat = os.statvfs(self.path(path))
        return stat.f_blocks * stat.f_frsize, (stat.f_blocks - stat.f_bfree) * stat.f_frsize

    def is_mount(self, path):
        return os.path.ismount(self.path(path))

    def kernel(self):
        """(release, architecture)"""
        name = os.uname()
        return name.release, name.machine

    def _environment(self, extra):
        return os.environ if not extra else {**os.environ, **extra}


class Pending:
    """A program that was started. It may run into a full pipe, and then waits until `finish` reads."""

    def __init__(self, system, argv, stdin, env, timeout, reader):
        self._system = system
        self._reader = reader
        self._argv = argv
        self._deadline = system.monotonic() + timeout
        self._rest = memoryview(stdin or b"")
        self._failure = None
        in_read = self._in = None
        if stdin is not None:
            in_read, self._in = os.pipe2(os.O_CLOEXEC)
        self._out, out_write = os.pipe2(os.O_CLOEXEC)
        self._err, err_write = os.pipe2(os.O_CLOEXEC)
        try:
            self._pid = _spawn(argv, env, in_read, out_write, err_write, group=reader is not None)
        except OSError as error:
            self._failure = Finished(argv, 127, "", f"{argv[0]}: {error.strerror}")
        finally:
            _close(in_read, out_write, err_write)

    def finish(self):
        if self._failure:
            _close(self._in, self._out, self._err)
            return self._failure
        out, err = self._exchange()
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if out is None:
            raise ConsoleGone()
        return Finished(self._argv, code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), out)

    def _exchange(self):
        poll = select.poll()
        collected = {self._out: [], self._err: []}
        for fd in collected:
            poll.register(fd, select.POLLIN)
        if self._in is not None:
            os.set_blocking(self._in, False)
            poll.register(self._in, select.POLLOUT)
        if self._reader is not None:
            poll.register(self._reader, 0)  # Asks for nothing but the news that nobody is there.
        reading, abandoned = set(collected), False
        while reading and not abandoned:
            left = self._deadline - self._system.monotonic()
            if left <= 0:
                self._kill()
                break
            for fd, _ in poll.poll(left * 1000):
                if fd == self._reader:
                    self._kill()
                    abandoned = True
                elif fd == self._in:
                    self._feed(poll)
                elif chunk := os.read(fd, 1 << 18):
                    collected[fd].append(chunk)
                else:
                    poll.unregister(fd)
                    reading.discard(fd)
        _close(self._in, self._out, self._err)
        return (None, None) if abandoned else (b"".join(collected[self._out]), b"".join(collected[self._err]))

    def _kill(self):
        if self._reader is None:
            os.kill(self._pid, _SIGKILL)
        else:
            os.killpg(self._pid, _SIGKILL)

    def _feed(self, poll):
        try:
            self._rest = self._rest[os.write(self._in, self._rest) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._rest = self._rest[:0]
        if not self._rest:
            poll.unregister(self._in)
            os.close(self._in)
            self._in = None


class _Stream:
    """One program between two files."""

    def __init__(self, system, argv, timeout):
        self._system = system
        self._argv = argv
        self._timeout = timeout

    def run(self, source, target, extra):
        descriptors = []
        try:
            into = out = more = None
            if source is not None:
                descriptors.append(into := os.open(source, os.O_RDONLY | os.O_CLOEXEC))
            if target is not None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                descriptors.append(out := os.open(target, flags, 0o600))
            if extra is not None:
                # Without a name, and for the one program alone, whatever account it runs as.
                descriptors.append(more := os.memfd_create("extra", os.MFD_CLOEXEC))
                os.write(more, extra.encode("utf-8"))
            done = self._run(into, out, more)
            if out is not None and done.code == 0:
                os.fsync(out)
            return done
        finally:
            _close(*descriptors)

    def _run(self, into, out, more):
        system, deadline = self._system, self._system.monotonic() + self._timeout
        out_read, out_write = (None, None) if out is not None else os.pipe2(os.O_CLOEXEC)
        err_read, err_write = os.pipe2(os.O_CLOEXEC)
        try:
            pid = _spawn(self._argv, os.environ, into, out if out is not None else out_write, err_write, extra=more)
        except OSError as error:
            _close(out_read, err_read)
            return Finished(self._argv, 127, "", f"{self._argv[0]}: {error.strerror}")
        finally:
            _close(out_write, err_write)
        poll, collected = select.poll(), {fd: [] for fd in (out_read, err_read) if fd is not None}
        for fd in collected:
            poll.register(fd, select.POLLIN)
        reading = set(collected)
        while reading:
            left = deadline - system.monotonic()
            if left <= 0:
                os.kill(pid, _SIGKILL)
                break
            for fd, _ in poll.poll(left * 1000):
                if chunk := os.read(fd, 1 << 18):
                    collected[fd].append(chunk)
                else:
                    poll.unregister(fd)
                    reading.discard(fd)
        _close(*collected)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said = {fd: b"".join(parts).decode("utf-8", "replace") for fd, parts in collected.items()}
        return Finished(self._argv, code, said.get(out_read, ""), said[err_read])


def _spawn(argv, env, stdin, stdout, stderr, group=False, extra=None):
    actions = [
        (os.POSIX_SPAWN_DUP2, stdout, 1),
        (os.POSIX_SPAWN_DUP2, stderr, 2),
    ]
    if stdin is None:
        actions.append((os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0))
    else:
        actions.append((os.POSIX_SPAWN_DUP2, stdin, 0))
    if extra is not None:
        actions.append((os.POSIX_SPAWN_DUP2, extra, 3))
    # Python ignores SIGPIPE; a child that inherited that would not end when its reader goes away.
    own_group = {"setpgroup": 0} if group else {}
    return os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsigdef=[_SIGPIPE], **own_group)


def _close(*fds):
    for fd in fds:
        if fd is not None:
            os.close(fd)


def write_atomically(path, text, durable=True, group=None):
    """Replaces a file so that a reader sees the old text or the new one, never half of it.

    `durable` extends that to a power cut, at the price of waiting for the disk. It is for root alone, or also for a `group` to read.
    """
    os.rename(_written(f"{path}.new", text, durable, group), path)
    if durable:
        sync_directory(os.path.dirname(path))


def create_once(path, text):
    """Writes a file, durably and whole, unless there is one; whether it was this call that wrote it."""
    temporary = _written(f"{path}.{os.getpid()}", text, True)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(temporary)
    sync_directory(os.path.dirname(path))
    return True


def sync_directory(path):
    """Waits until the names in a directory would survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _written(temporary, text, durable, group=None):
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        view = memoryview(text.encode("utf-8"))
        while view:
            view = view[os.write(fd, view) :]
        if group is not None:
            os.fchown(fd, -1, group)
            os.fchmod(fd, 0o640)
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)
    return temporary


def read_text(path):
    """The file's text, or None when there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def rfc3339(seconds):
    """A time of day as the protocol writes it: UTC, microseconds."""
    micros = round(seconds * 1_000_000)
    whole = time.gmtime(micros // 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", whole) + f".{micros % 1_000_000:06d}Z"
