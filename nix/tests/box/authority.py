"""An ACME authority on the box, Debian's Pebble, which resolves by a real name server, Debian's BIND."""

import base64
import json
import os
import re

from provisioned import until

DIRECTORY = "https://localhost:14000/dir"
#: The same authority, behind the proxy below.
LIMITED = "https://localhost:14001/dir"
PLACE = "/srv/test-acme"
TSIG_KEY = "croft-test"

# Forwards all to the authority. While there is a file `limit`, orders are refused with what is in it: the headers, and the words.
PROXY = rf"""
import http.client, http.server, json, os, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_):
        pass
    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open("{PLACE}/asked", "a") as file:
            file.write(self.path + "\n")
        upstream = http.client.HTTPSConnection("localhost", 14000, context=ssl.create_default_context(cafile="{PLACE}/cert.pem"))
        upstream.request(self.command, self.path, body or None, dict(self.headers.items()))
        answer = upstream.getresponse()
        status, headers, content = answer.status, dict(answer.getheaders()), answer.read()
        if self.path == "/order-plz" and os.path.exists("{PLACE}/limit"):
            with open("{PLACE}/limit") as file:
                limit = json.load(file)
            status = 429
            content = json.dumps({{"type": "urn:ietf:params:acme:error:rateLimited", "detail": limit["detail"], "status": 429}}).encode()
            headers = {{"Replay-Nonce": headers["Replay-Nonce"], "Content-Type": "application/problem+json", "Retry-After": limit["retryAfter"]}}
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
    do_GET = do_HEAD = do_POST = forward
server = http.server.ThreadingHTTPServer(("127.0.0.1", 14001), Handler)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("{PLACE}/cert.pem", "{PLACE}/key.pem")
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

# `example` is all this box, but for what a client with the key writes into it. `elsewhere.example` is another machine, which belongs
# to another authority; in `void.example` there is nothing, in `attic.example` nothing about mail, and no address leads back to a name.
NAMED = f"""
options {{ directory "{PLACE}/named"; listen-on port 53 {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; pid-file none; session-keyfile none;
  recursion yes; allow-query {{ any; }}; dnssec-validation no; empty-zones-enable no; forwarders {{ }}; }};
controls {{ }};
include "{PLACE}/named/key";
zone "." {{ type primary; file "root"; }};
zone "example" {{ type primary; file "example"; update-policy {{ grant {TSIG_KEY} zonesub ANY; }}; }};
zone "elsewhere.example" {{ type primary; file "elsewhere"; }};
zone "void.example" {{ type primary; file "void.example"; }};
zone "attic.example" {{ type primary; file "attic.example"; }};
zone "in-addr.arpa" {{ type primary; file "in-addr.arpa"; }};
"""
# How many answers there are to a question for texts.
COUNT = r"""
import socket, sys
labels = b"".join(bytes([len(label)]) + label.encode() for label in sys.argv[1].split("."))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
    channel.settimeout(10)
    channel.sendto(b"\0\1\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\x10\0\1", ("127.0.0.1", 53))
    print(int.from_bytes(channel.recv(4096)[6:8], "big"))
"""
ZONE = "$TTL 1\n@ SOA ns.example. hostmaster.example. 1 60 60 600 1\n@ NS ns.example.\n"


class Authority:
    """Of a test class with a box."""

    @classmethod
    def start_authority(cls):
        """The authority's own certificate is by one that the box does not know."""
        # A box that is kept has accounts at the one before; it made the directory for challenges when it started.
        cls.box.run("systemctl", "stop", "test-pebble.service", "test-dns.service", "test-limits.service", "acme-*.service", check=False)
        cls.box.run("rm", "-rf", PLACE, "/var/lib/croft/acme-limits")
        others = ["!", "-name", "acme-challenge"]
        cls.box.run("find", "/var/lib/acme", "-mindepth", "1", "-maxdepth", "1", *others, "-exec", "rm", "-rf", "{}", "+", check=False)
        cls.box.run("mkdir", "-p", f"{PLACE}/named")
        request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
        name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        cls.box.run(*request, *name, "-keyout", f"{PLACE}/key.pem", "-out", f"{PLACE}/cert.pem")
        settings = {
            "listenAddress": "127.0.0.1:14000",
            "managementListenAddress": "127.0.0.1:15000",
            "certificate": f"{PLACE}/cert.pem",
            "privateKey": f"{PLACE}/key.pem",
            "httpPort": 80,
            "tlsPort": 443,
            "domainBlocklist": ["refused.example"],
            "certificateValidityPeriod": 7776000,
        }
        cls.box.write(f"{PLACE}/config.json", json.dumps({"pebble": settings}))
        cls.start_name_server()
        fast = ["--setenv=PEBBLE_VA_NOSLEEP=1", "--setenv=PEBBLE_WFE_NONCEREJECT=0", "--setenv=PEBBLE_AUTHZREUSE=0"]
        cls.unit("test-pebble", "pebble", "-config", f"{PLACE}/config.json", "-dnsserver", "127.0.0.1:53", options=fast)
        ask = ["curl", "-sf", "--cacert", f"{PLACE}/cert.pem", "https://localhost:15000/roots/0"]
        until(lambda: cls.box.run(*ask, check=False).returncode == 0)
        cls.root = cls.box.out(*ask) + "\n"
        cls.authority = cls.box.out("cat", f"{PLACE}/cert.pem") + "\n"

    @classmethod
    def start_name_server(cls):
        # What a client is given, and the same in the name server's own words.
        cls.tsig = base64.b64encode(os.urandom(32)).decode()
        cls.box.write(f"{PLACE}/named/key", f'key "{TSIG_KEY}" {{ algorithm hmac-sha256; secret "{cls.tsig}"; }};\n')
        cls.box.write(f"{PLACE}/named/root", ZONE + "example. NS ns.example.\nns.example. A 127.0.0.1\n")
        cls.box.write(f"{PLACE}/named/example", ZONE + f"ns A 127.0.0.1\n* A {cls.address}\n")
        cls.box.write(f"{PLACE}/named/void.example", ZONE)
        cls.box.write(f"{PLACE}/named/in-addr.arpa", ZONE)
        cls.box.write(f"{PLACE}/named/attic.example", ZONE + f"mail A {cls.address}\n")
        cls.box.write(f"{PLACE}/named/elsewhere", ZONE + '@ A 192.0.2.7\n@ CAA 0 issue "other.authority"\n')
        cls.box.write(f"{PLACE}/named/named.conf", NAMED)
        # The box asks it, too.
        resolv = cls.box.out("cat", "/etc/resolv.conf")
        cls.addClassCleanup(cls.box.run, "tee", "/etc/resolv.conf", stdin=resolv + "\n")
        cls.unit("test-dns", "named", "-g", "-c", f"{PLACE}/named/named.conf")
        cls.box.run("tee", "/etc/resolv.conf", stdin="nameserver 127.0.0.1\n")
        until(lambda: cls.box.run("getent", "ahostsv4", "any.example", check=False).stdout.startswith(cls.address))

    @classmethod
    def publish(cls, zone, *records, instead_of=None):
        """Puts records into one of the zones that nobody else writes into, and takes those out that begin so."""
        place = f"{PLACE}/named/{zone}"
        text = (cls.box.root / place.lstrip("/")).read_text()
        serial = int(re.search(r" ([0-9]+) 60 ", text)[1])
        kept = [line for line in text.replace(f" {serial} 60 ", f" {serial + 1} 60 ").splitlines() if not instead_of or not line.startswith(instead_of)]
        cls.box.write(place, "".join(f"{line}\n" for line in (*kept, *records)))
        cls.box.run("systemctl", "kill", "--signal=HUP", "test-dns.service")

    def texts(self, name):
        return int(self.box.out("python3", "-c", COUNT, name))

    @classmethod
    def unit(cls, name, *argv, options=()):
        cls.box.run("systemd-run", "--quiet", "--collect", f"--unit={name}", *options, *argv)
        cls.addClassCleanup(cls.box.run, "systemctl", "stop", f"{name}.service", check=False)

    @classmethod
    def start_limits(cls):
        cls.box.write(f"{PLACE}/limits.py", PROXY)
        cls.unit("test-limits", "python3", f"{PLACE}/limits.py")
        until(lambda: "127.0.0.1:14001" in cls.box.out("ss", "-ltn"))

    def limit(self, detail=None, retry_after="3600"):
        """From now on the authority says so; None: it gives certificates again."""
        if detail is None:
            self.box.run("rm", "-f", f"{PLACE}/limit")
        else:
            self.box.write(f"{PLACE}/limit", json.dumps({"detail": detail, "retryAfter": retry_after}))

    def requests(self):
        """How many requests the authority has had over the proxy."""
        return self.box.run("wc", "-l", f"{PLACE}/asked", check=False).stdout.split(" ")[0]

    def pebble(self, **more):
        return {"email": "ada@attic.example", "server": DIRECTORY, "caCertificate": self.authority, **more}

    def by_zone(self):
        """How the box proves names by records in the zone; the secret goes another way."""
        settings = {"RFC2136_NAMESERVER": "127.0.0.1:53", "RFC2136_TSIG_KEY": f"{TSIG_KEY}.", "RFC2136_TSIG_ALGORITHM": "hmac-sha256."}
        return {"provider": "rfc2136", "settings": settings}
