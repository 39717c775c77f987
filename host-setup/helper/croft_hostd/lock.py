"""One change at a time: a flock that dies with its holder, and a note that says who holds it."""

import fcntl
import os

from .config import OPERATIONS
from .jsontext import dumps, loads
from .system import read_text, write_atomically


class Lock:
    """An exclusive lock, held until the process ends or `release` is called."""

    def __init__(self, system, name):
        self._system = system
        self._path = os.path.join(system.path(OPERATIONS), name)
        self._fd = None

    def acquire(self, patience):
        """Whether the lock could be had within `patience` seconds."""
        os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = self._system.monotonic() + patience
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._fd = fd
                return True
            except BlockingIOError:
                if self._system.monotonic() >= deadline:
                    os.close(fd)
                    return False
                self._system.pause(0.05)

    def release(self):
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def note_holder(system, record):
    """Leaves word of the operation that changes the box now, for those who are refused meanwhile."""
    request = record.request()
    write_atomically(_note(system), dumps({"operation": record.operation, "since": request["receivedAt"]}), durable=False)


def noted_holder(system):
    """The operation that was last said to change the box, or None. It may have ended since."""
    text = read_text(_note(system))
    return loads(text)["operation"] if text else None


def _note(system):
    return os.path.join(system.path(OPERATIONS), "current.json")
