"""The port to the operating system: processes, files below a root, clocks. Tests replace this and nothing else.

Processes are started with posix_spawn from argument vectors. The subprocess module would do the same, but
importing it costs more time than most of the programs started here take to run.
"""

import os
import select
import sys
import time

_FILE_KIND, _SOCKET = 0o170000, 0o140000
_SIGPIPE = 13
_SIGKILL = 9


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

    def stop(self):
        """Kills the program, and what it has started, if it still runs, and forgets what it had yet to say."""
        if self._code is None:
            try:
                os.killpg(self._pid, _SIGKILL)
            except ProcessLookupError:
                pass
        for fd in self._buffers:
            os.close(fd)
        self._buffers = {}
        return self.wait()


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

    def peer(self, fd):
        """The process at the other end of a connection on a unix socket, or None when `fd` is none."""
        from socket import SO_PEERCRED, SOL_SOCKET, socket

        if os.fstat(fd).st_mode & _FILE_KIND != _SOCKET:
            return None
        with socket(fileno=os.dup(fd)) as connection:
            credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
        return int.from_bytes(credentials[:4], sys.byteorder)

    def run(self, argv, stdin=None, env=None, timeout=60.0):
        """Runs a program to its end. A program that takes longer than `timeout` is killed: code -9."""
        return self.start(argv, stdin, env, timeout).finish()

    def start(self, argv, stdin=None, env=None, timeout=60.0):
        """Starts a program whose end is of interest later: `finish()` of what this returns waits for it."""
        return Pending(self, argv, stdin, self._environment(env), timeout)

    def spawn(self, argv, env=None):
        """Starts a program whose lines are wanted as they come."""
        return Child(argv, self._environment(env))

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

    def __init__(self, system, argv, stdin, env, timeout):
        self._system = system
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
            self._pid = _spawn(argv, env, in_read, out_write, err_write)
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
        return Finished(self._argv, code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), out)

    def _exchange(self):
        poll = select.poll()
        collected = {self._out: [], self._err: []}
        for fd in collected:
            poll.register(fd, select.POLLIN)
        if self._in is not None:
            os.set_blocking(self._in, False)
            poll.register(self._in, select.POLLOUT)
        reading = set(collected)
        while reading:
            left = self._deadline - self._system.monotonic()
            if left <= 0:
                os.kill(self._pid, _SIGKILL)
                break
            for fd, _ in poll.poll(left * 1000):
                if fd == self._in:
                    self._feed(poll)
                elif chunk := os.read(fd, 1 << 18):
                    collected[fd].append(chunk)
                else:
                    poll.unregister(fd)
                    reading.discard(fd)
        _close(self._in, self._out, self._err)
        return b"".join(collected[self._out]), b"".join(collected[self._err])

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


def _spawn(argv, env, stdin, stdout, stderr, group=False):
    actions = [
        (os.POSIX_SPAWN_DUP2, stdout, 1),
        (os.POSIX_SPAWN_DUP2, stderr, 2),
    ]
    if stdin is None:
        actions.append((os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0))
    else:
        actions.append((os.POSIX_SPAWN_DUP2, stdin, 0))
    # Python ignores SIGPIPE; a child that inherited that would not end when its reader goes away.
    own_group = {"setpgroup": 0} if group else {}
    return os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsigdef=[_SIGPIPE], **own_group)


def _close(*fds):
    for fd in fds:
        if fd is not None:
            os.close(fd)


def write_atomically(path, text, durable=True):
    """Replaces a file so that a reader sees the old text or the new one, never half of it.

    `durable` extends that to a power cut, at the price of waiting for the disk.
    """
    os.rename(_written(f"{path}.new", text, durable), path)
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


def _written(temporary, text, durable):
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(text.encode("utf-8"))
        while view:
            view = view[os.write(fd, view) :]
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
