"""A stand-in for croft-sampler: its socket on a box of the tests, and what it says there."""

import os
import socket
import threading

from croft_hostd import metrics


def scripted_sampler(box, *parts):
    """Answers one dialogue with these bytes; None: then it waits until the dialogue has left. What it was asked, in a list."""
    place = box.path(metrics.SOCKET)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen()
    wishes = []

    def answer():
        with listener:
            connection, _ = listener.accept()
        with connection:
            wishes.append(connection.recv(100))
            try:
                for part in parts:
                    if part is None:
                        connection.recv(100)
                    else:
                        connection.sendall(part)
            except BrokenPipeError:
                pass

    threading.Thread(target=answer, daemon=True).start()
    return wishes
