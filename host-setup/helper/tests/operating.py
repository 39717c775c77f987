"""What tests of operations have in common: a box on which changes are made through the dialogue."""

import os
import socket
import threading
import unittest

from box import AUTHOR, Box, app, operation_id, state_text
from console import ask, result
from croft_hostd import records

OLD_REV, NEW_REV = "1" * 40, "2" * 40


class WebServer:
    """Something that answers on a port of this machine, as an app would."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\n\r\n"):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(self._answer)

    def close(self):
        self._socket.close()


class OperationCase(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.next = 0

    def serving(self, answer=b"HTTP/1.1 200 OK\r\n\r\n"):
        server = WebServer(answer)
        self.addCleanup(server.close)
        return server.port

    def start(self, kind, **members):
        self.next += 1
        operation = operation_id(self.next)
        replies = ask(self.box, type=kind, operation=operation, author=AUTHOR, **members)
        self.assertEqual(replies[0], {"type": "accepted", "operation": operation}, replies)
        self.assertEqual(replies[-1], {"type": "done", "result": {"operation": operation}})
        return self.report(operation)

    def report(self, operation):
        return result(self.box, type="operations", operation=operation)["operations"][0]

    def apply(self, apps, message="Deploy shop", **members):
        return self.start("apply", state=state_text(apps), message=message, **members)

    def deployed(self, rev=OLD_REV, port=None):
        """A box on which the shop runs."""
        report = self.apply({"shop": app(rev, port)})
        self.assertEqual(report["state"], "SUCCEEDED", report)
        return report

    def failed(self, report, code):
        self.assertEqual(report["state"], "FAILED", report)
        self.assertEqual(report["problem"]["code"], code, report)
        return report["problem"]

    def assert_unchanged(self, before):
        self.assertEqual(self.snapshot(), before)

    def snapshot(self):
        return (
            self.box.running(),
            self.box.boot_default(),
            self.box.git("rev-parse", "main"),
            self.box.git("for-each-ref"),
            self.box.git("status", "--porcelain"),
        )

    def next_switch(self, lines, code, action="test"):
        """Scripts the switch of the system that the next build makes, whatever its name will be."""

        class Next(dict):
            def get(self, key, default=None):
                top = key[0] if isinstance(key, tuple) else key
                wanted = (key[1] if isinstance(key, tuple) else "test") == action and top not in known
                return (lines, code) if wanted else dict.get(self, key, default)

        known = {os.readlink(self.box.path(f"/nix/var/nix/profiles/system-{number}-link")) for number in self.generations()}
        self.box.switches = Next(self.box.switches)

    def generations(self):
        return [generation["number"] for generation in result(self.box, type="generations")["generations"]]

    def pending(self, message="Deploy shop", **members):
        """An operation whose runner has not begun."""
        self.box.run_operations = False
        operation = operation_id(90)
        frame = {"type": "apply", "operation": operation, "author": AUTHOR, "state": state_text({"shop": app()}), "message": message, **members}
        self.assertEqual(ask(self.box, **frame)[0]["type"], "accepted")
        self.box.run_operations = True
        return operation

    def die(self, operation, phase, **undo):
        """Leaves the operation as a runner that was killed at this point leaves it."""
        record = records.Record(self.box, operation)
        record.note({"phase": phase})
        if undo:
            revision = self.box.git("rev-parse", "main")
            common = {"stage": "activate", "boot": self.box.boot, "base": revision, "revision": revision, "generation": None}
            record.note_undo({**common, "edits": False, "default": 1, **undo})
        self.box.units[records.unit_of(operation)] = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
