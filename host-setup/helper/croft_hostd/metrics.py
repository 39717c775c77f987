"""What the machine and its units use: the frames of croft-sampler, passed on as they are.

One sampler serves every dialogue. It writes the frames of this protocol itself, so that a dialogue costs a copy of some bytes a
second and not an interpreter that reads them.
"""

import os
import select

from .frames import MAX_FROM_BOX, ConsoleGone
from .journal import console_closed
from .problems import problem

SOCKET = "/run/croft/sampler.sock"
_SILENCE_SECONDS = 30
#: Between two looks whether a console that says no more is to be served.
_LOOK_SECONDS = 2


def serve(system, request, writer, console_fd):
    """Answers a `metrics` request: never, for the dialogue ends when the console leaves or the sampler does."""
    interval = request.get("interval", 1)
    try:
        with system.unix_socket(SOCKET) as connection:
            connection.sendall(f"{interval * 1000}\n".encode())
            _pass_on(system, connection.fileno(), writer, console_fd, interval + _SILENCE_SECONDS)
    except OSError as error:
        raise _gone(f"Its socket {SOCKET} does not answer: {error.strerror}.") from error
    raise _gone("It ended.")


def _pass_on(system, source, writer, console_fd, patience):
    poll = select.poll()
    poll.register(source, select.POLLIN)
    poll.register(console_fd, 0)  # Asks for nothing but the news that nobody is there.
    rest = bytearray()
    look = system.monotonic() + _LOOK_SECONDS
    while True:
        ready = {fd for fd, _ in poll.poll(1000 * patience)}
        if not ready:
            raise _gone(f"It has said nothing for {patience} seconds.")
        if console_fd in ready:
            raise ConsoleGone()
        chunk = os.read(source, 1 << 18)
        if not chunk:
            return
        rest += chunk
        # Only whole frames: what a sampler that is killed leaves must not be the beginning of the refusal.
        end = rest.rfind(b"\n") + 1
        if end:
            writer.pass_on(bytes(rest[:end]))
            del rest[:end]
            if system.monotonic() >= look:
                look = system.monotonic() + _LOOK_SECONDS
                if console_closed(console_fd):
                    raise ConsoleGone()
        elif len(rest) > MAX_FROM_BOX:
            raise _gone("It wrote a frame that does not end.")


def _gone(why):
    return problem("INTERNAL", why=f"croft-sampler measures nothing. {why} On the box, systemctl status croft-sampler.service tells more.")
