"""Serves files below a directory over HTTP, with the command line of darkhttpd."""

import argparse
import functools
import http.server
import os
import posixpath
import socket
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Static files with darkhttpd's switches; unknown files are 404, never a listing unless allowed."""

    server_version = "darkhttpd"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    options = None

    def send_head(self):
        index = posixpath.join(self.translate_path(self.path), self.options.index)
        if self.path.split("?")[0].endswith("/") and os.path.isfile(index):
            base, _, query = self.path.partition("?")
            self.path = base + self.options.index + ("?" + query if query else "")
        return super().send_head()

    def list_directory(self, path):
        if self.options.no_listing:
            self.send_error(404)
            return None
        return super().list_directory(path)

    def end_headers(self):
        for header in self.options.header:
            name, _, value = header.partition(":")
            self.send_header(name.strip(), value.strip())
        super().end_headers()

    def log_message(self, format, *args):  # noqa: A002 - the name is the base class's
        print(f"{self.address_string()} {format % args}", file=self.options.log_stream, flush=True)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # a restart must not wait for old connections to leave TIME_WAIT
    allow_reuse_address = True

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # not HTTPServer's: that one asks the resolver for the host's name
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]


def parse(argv):
    parser = argparse.ArgumentParser(prog="darkhttpd")
    parser.add_argument("wwwroot")
    parser.add_argument("--port", type=int, default=8080 if os.getuid() else 80)
    parser.add_argument("--addr", default="0.0.0.0")
    parser.add_argument("--ipv6", action="store_true")
    parser.add_argument("--index", default="index.html")
    parser.add_argument("--no-listing", action="store_true")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--log")
    parser.add_argument("--no-server-id", action="store_true")
    parser.add_argument("--no-keepalive", action="store_true")
    parser.add_argument("--maxconn", type=int)
    parser.add_argument("--timeout", type=int)
    return parser.parse_args(argv)


def main(argv):
    options = parse(argv)
    if not os.path.isdir(options.wwwroot):
        sys.exit(f"darkhttpd: {options.wwwroot}: not a directory")
    options.log_stream = open(options.log, "a", encoding="utf-8") if options.log else sys.stdout
    Handler.options = options
    if options.no_keepalive:
        Handler.protocol_version = "HTTP/1.0"
    if options.ipv6 or ":" in options.addr:
        Server.address_family = socket.AF_INET6
    handler = functools.partial(Handler, directory=options.wwwroot)
    with Server((options.addr, options.port), handler) as server:
        print(f"darkhttpd listening on http://{options.addr}:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        pass
