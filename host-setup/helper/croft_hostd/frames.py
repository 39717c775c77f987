"""croft-host/1 frames: one JSON object on one line, bounded in both directions."""

import os
import select

from .jsontext import dumps, loads
from .problems import problem

MAX_FROM_CONSOLE = 8 * 1024 * 1024
MAX_FROM_BOX = 1024 * 1024

class ConsoleGone(Exception):
    """The console closed the channel or the link broke; there is nobody left to answer."""


class FrameReader:
    """Reads the console's frames from a descriptor."""

    def __init__(self, fd, limit=MAX_FROM_CONSOLE):
        self._fd = fd
        self._limit = limit
        self._buffer = bytearray()

    def read(self, timeout):
        """The next frame. Raises ConsoleGone at the end, PROTOCOL_ERROR for what is not a frame."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            if len(self._buffer) >= self._limit:
                raise _broken(f"A frame is longer than {self._limit} bytes.")
            searched = len(self._buffer)
            if not poll.poll(timeout * 1000):
                raise _broken(f"No complete frame came within {timeout} seconds.")
            try:
                chunk = os.read(self._fd, 65536)
            except OSError as error:
                raise ConsoleGone() from error
            if not chunk:
                if self._buffer:
                    raise _broken("The last frame is torn: it has no newline at its end.")
                raise ConsoleGone()
            self._buffer += chunk
        if end >= self._limit:
            raise _broken(f"A frame is longer than {self._limit} bytes.")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return parse(line)


def parse(line):
    """One line as a frame: a JSON object with a textual `type`."""
    try:
        frame = loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _broken(f"A frame is not JSON: {error}.") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise _broken("A frame is not a JSON object with a type.")
    return frame


class FrameWriter:
    """Writes the box's frames to a descriptor."""

    def __init__(self, fd):
        self._fd = fd

    def fileno(self):
        return self._fd

    def write(self, frame):
        self.write_all((frame,))

    def write_all(self, frames):
        """Many frames in one system call: the following of a busy log lives from this."""
        parts = []
        for frame in frames:
            text = dumps(frame).encode("utf-8", "replace")
            if len(text) >= MAX_FROM_BOX:
                raise problem("INTERNAL", why=f"A {frame['type']} frame would be {len(text)} bytes long.")
            parts.append(text)
            parts.append(b"\n")
        self._send(b"".join(parts))

    def pass_on(self, data):
        """Frames that somebody else has written, whole."""
        self._send(data)

    def _send(self, data):
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except OSError as error:
                raise ConsoleGone() from error


def _broken(why):
    return problem("PROTOCOL_ERROR", why=why)

