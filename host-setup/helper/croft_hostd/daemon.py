"""Serving the listening socket: one forked child for each connection, as sshd does.

A connection then costs a fork of an interpreter that has everything loaded, instead of a new unit with a new
sandbox and a new interpreter; the console asks many small questions.
"""

import os
import select

#: After this long without a connection it ends; systemd holds the socket and starts it again.
IDLE_SECONDS = 600.0
MOST_CHILDREN = 128
_REAP_SECONDS = 1.0


def handed_over():
    """The listening socket that systemd has passed (LISTEN_FDS), or None when stdin is a connection itself."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    from socket import SO_ACCEPTCONN, SOL_SOCKET, socket

    listener = socket(fileno=3)
    return listener if listener.getsockopt(SOL_SOCKET, SO_ACCEPTCONN) else None


def listen(listener, serve, idle=IDLE_SECONDS):
    """Serves connections until none has come for a while. `serve` gets a connection's descriptor."""
    os.set_inheritable(listener.fileno(), False)
    listener.setblocking(False)
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    children = set()
    while True:
        room = len(children) < MOST_CHILDREN
        came = poll.poll(1000 * (_REAP_SECONDS if children else idle)) if room else _wait_for_child(children)
        if came:
            _accept(listener, serve, children)
        elif not children:
            return
        _reap(children)


def _accept(listener, serve, children):
    try:
        connection, _ = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return
    with connection:
        connection.setblocking(True)
        child = os.fork()
        if child:
            children.add(child)
            return
        status = 1
        try:
            listener.close()
            serve(connection.fileno())
            status = 0
        finally:
            os._exit(status)


def _reap(children):
    while children:
        child, _ = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        children.discard(child)


def _wait_for_child(children):
    child, _ = os.waitpid(-1, 0)
    children.discard(child)
    return []
