"""The console's side of a dialogue, for tests: writes frames, runs the real server on them, reads what it answers."""

import json
import os
import tempfile

from box import Box, operation_id  # noqa: F401  (also puts the package on the path)
from croft_hostd.server import serve

HELLO = {"type": "hello", "protocol": 1, "client": "croft/test"}


def exchange(box, raw):
    """The box's frames in answer to these bytes."""
    with tempfile.TemporaryFile() as console_in, tempfile.TemporaryFile() as console_out:
        console_in.write(raw)
        console_in.flush()
        os.lseek(console_in.fileno(), 0, os.SEEK_SET)
        serve(box, console_in.fileno(), console_out.fileno())
        console_out.seek(0)
        said = console_out.read()
    assert not said or said.endswith(b"\n"), "the last frame is torn"
    return [json.loads(line) for line in said.splitlines()]


def ask(box, **request):
    """The frames that follow the hellos."""
    raw = "".join(json.dumps(frame) + "\n" for frame in (HELLO, request)).encode()
    hello, *rest = exchange(box, raw)
    assert hello["type"] == "hello", hello
    return rest


def result(box, **request):
    """The result of a request that must be done."""
    *_, last = ask(box, **request)
    assert last["type"] == "done", last
    return last["result"]


def refused(box, **request):
    """The problem of a request that must be refused."""
    *_, last = ask(box, **request)
    assert last["type"] == "refused", last
    return last["problem"]
