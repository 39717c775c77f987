"""The app that the journeys deploy: says its version, shows what it was given, and can be held back from being healthy."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VERSION = Path(__file__).with_name("VERSION").read_text().strip()
# A version that is committed with a GATE is healthy once the file named there is in the state directory: the test
# decides when its deployment may go on.
GATE = Path(__file__).with_name("GATE")
GATE = Path(os.environ["STATE_DIRECTORY"], GATE.read_text().strip()) if GATE.exists() else None
# One that is committed with LEAVE, and is asked to stop, goes once that file is there: the test decides when the next may start.
LEAVE = Path(__file__).with_name("LEAVE")
LEAVE = Path(os.environ["STATE_DIRECTORY"], LEAVE.read_text().strip()) if LEAVE.exists() else None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/env":
            self.answer(200, json.dumps({"env": dict(os.environ), "argv": sys.argv[1:]}))
        elif self.path == "/healthz" and GATE and not GATE.exists():
            self.answer(503, "not yet")
        else:
            print(f"hello {VERSION} answers {self.path}", flush=True)
            self.answer(200, f"This is {VERSION}")

    def answer(self, status, text):
        body = text.encode("utf-8", "surrogateescape")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def leave(*_):
    while not LEAVE.exists():
        time.sleep(0.05)
    os._exit(0)


if LEAVE:
    signal.signal(signal.SIGTERM, leave)
print(f"hello {VERSION} starts", flush=True)
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
