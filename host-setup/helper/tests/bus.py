"""A stand-in for the system bus: its socket on a box of the tests, and what systemd says there."""

import os
import socket
import threading

from croft_hostd import unitstates

_MANAGER = "/org/freedesktop/systemd1"


def _text(value):
    return len(value).to_bytes(4, "little") + value.encode() + b"\0"


def message(kind, path, member, body=b"", signature=""):
    """One message of D-Bus. `kind` 4 is a signal, 3 an error."""
    fields = bytearray()
    given = ((1, "o", path), (2, "s", "org.freedesktop.DBus.Properties"), (3, "s", member), (7, "s", ":1.1"))
    for code, type_, value in given:
        fields += b"\0" * (-len(fields) % 8) + bytes((code, 1)) + type_.encode() + b"\0" + _text(value)
    if signature:
        fields += b"\0" * (-len(fields) % 8) + b"\x08\x01g\0" + bytes((len(signature),)) + signature.encode() + b"\0"
    head = b"l" + bytes((kind, 0, 1)) + len(body).to_bytes(4, "little") + (7).to_bytes(4, "little") + len(fields).to_bytes(4, "little") + fields
    return head + b"\0" * (-len(head) % 8) + body


def signal(unit):
    """What systemd says when something of a unit changes. The values are left out: nobody here reads them."""
    escaped = "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in unit)
    return message(4, f"{_MANAGER}/unit/{escaped}", "PropertiesChanged", b"\0" * 24, "sa{sv}as")


def removed(unit):
    return message(4, _MANAGER, "UnitRemoved", _text(unit) + _text("/"), "so")


def reloading():
    return message(4, _MANAGER, "Reloading", (0).to_bytes(4, "little"), "b")


def scripted_bus(box, *parts, answer=b"OK 1234deadbeef\r\n", settle=True):
    """Lets one dialogue sign in and says these bytes; a function is called instead; None: then it waits until the dialogue has left.
    What it was told, in a list."""
    place = box.path(unitstates.BUS)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen()
    told = []

    def serve():
        with listener:
            connection, _ = listener.accept()
        with connection:
            try:
                told.append(connection.recv(200))
                connection.sendall(answer)
                heard = b""
                while b"Subscribe" not in heard:
                    chunk = connection.recv(4096)
                    if not chunk:
                        return
                    heard += chunk
                told.append(heard)
                if settle:
                    _wait_for_the_first_look(box)
                for part in parts:
                    if part is None:
                        connection.recv(100)
                    elif callable(part):
                        part()
                    else:
                        connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                pass

    threading.Thread(target=serve, daemon=True).start()
    return told


def _wait_for_the_first_look(box):
    looked = box.first_look
    if not looked.wait(30):
        raise AssertionError("Nobody looked at the units")
