"""An app that is as well as its data: it serves its directory, and is ill without the file `orders`."""

import http.server
import os

os.chdir(os.environ["STATE_DIRECTORY"])


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/healthz":
            return super().do_GET()
        self.send_response(200 if os.path.exists("orders") else 500)
        self.end_headers()


http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
