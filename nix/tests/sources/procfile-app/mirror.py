"""Answers every request with what the process was given, as JSON: tests compare it with the state."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GIVEN = {
    "argv": sys.argv[1:],
    "environment": {os.fsdecode(k): os.fsdecode(v) for k, v in os.environb.items()},
    "directory": os.getcwd(),
    "user": os.getuid(),
}


class Mirror(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(GIVEN).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Mirror).serve_forever()
