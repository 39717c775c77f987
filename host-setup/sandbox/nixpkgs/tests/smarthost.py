"""A mail server that takes mail only from who signs in over TLS, as a provider's smarthost does; keeps what it was given.

smarthost.py PORT CERTIFICATE KEY DIRECTORY USER PASSWORD: serves until it is ended.
"""

import base64
import socketserver
import ssl
import sys
from pathlib import Path


class Session(socketserver.StreamRequestHandler):
    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())
        self.wfile.flush()

    def handle(self):
        encrypted, known, sender, recipients = False, False, None, []
        self.say("220 smarthost.example ESMTP")
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words.split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250-smarthost.example")
                self.say("250 AUTH PLAIN" if encrypted else "250 STARTTLS")
            elif verb == "STARTTLS":
                self.say("220 go ahead")
                secured = self.server.tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = secured.makefile("rb"), secured.makefile("wb")
                encrypted = True
            elif verb == "AUTH" and encrypted:
                known = words == "AUTH PLAIN " + self.server.secret
                self.say("235 welcome" if known else "535 wrong name or password")
            elif verb == "MAIL":
                sender = words
                self.say("250 ok" if known else "530 sign in first")
            elif verb == "RCPT" and known:
                recipients.append(words)
                self.say("250 ok")
            elif verb == "DATA" and recipients:
                self.say("354 go on")
                self.keep(sender, recipients)
                recipients = []
            elif verb in ("RSET", "NOOP"):
                self.say("250 ok")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("503 not now")

    def keep(self, sender, recipients):
        lines = [sender, *recipients]
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        number = len(list(self.server.directory.iterdir()))
        kept = self.server.directory / f"{number}.eml"
        kept.with_suffix(".new").write_text("\n".join(lines), encoding="utf-8")
        kept.with_suffix(".new").rename(kept)
        self.say("250 kept")


class Smarthost(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port, certificate, key, directory, user, password):
        super().__init__(("127.0.0.1", port), Session)
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(certificate, key)
        self.directory = Path(directory)
        self.secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()


if __name__ == "__main__":
    Smarthost(int(sys.argv[1]), *sys.argv[2:]).serve_forever()
