"""Domains and certificates on a real box: nginx asked over the network, certificates by Debian's ACME test authority."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from authority import DIRECTORY, LIMITED, Authority
from provisioned import REPOSITORY, ProvisionedBoxTest, until

# Answers with the headers it got; speaks as much WebSocket as an echo takes.
APP = r"""
import base64, hashlib, http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_):
        pass
    def do_GET(self):
        if self.headers.get("Upgrade") == "websocket":
            return self.websocket()
        body = json.dumps({"headers": dict(self.headers), "path": self.path}).encode()
        self.send_response(200)
        if self.path == "/own":
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Strict-Transport-Security", "max-age=1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        got = len(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", str(len(str(got))))
        self.end_headers()
        self.wfile.write(str(got).encode())
    def websocket(self):
        key = self.headers["Sec-WebSocket-Key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key).digest()).decode())
        self.end_headers()
        while head := self.rfile.read(2):
            mask, data = self.rfile.read(4), self.rfile.read(head[1] & 127)
            text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
            self.wfile.write(bytes([0x81, len(text)]) + text)
        self.close_connection = True
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""

# One request to croft-hostd, as the relay would bring it; prints the last frame.
HOSTD = r"""
import json, socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.connect("/run/croft/hostd.sock")
request = json.load(sys.stdin)
for frame in ({"type": "hello", "protocol": 1, "client": "croft/test"}, request):
    channel.sendall(json.dumps(frame).encode() + b"\n")
print(channel.makefile().readlines()[-1])
"""

PORT = 7305
SOURCE = {"type": "git", "url": "http://127.0.0.1:8600/none/.git", "rev": "0" * 40, "narHash": "sha256-" + "A" * 43 + "="}
# The files come from the store instead of a server; what the app's unit is made of stays the same.
OWNERS = """{ pkgs, ... }: {
  croft.fetchSource = source: pkgs.writeTextDir "main.py" (builtins.readFile /srv/test-app.py) // { inherit (source) rev narHash; shortRev = "0000000"; lastModified = 0; };
  security.acme.defaults.enableDebugLogs = false;
}"""


class WebTest(Authority, ProvisionedBoxTest):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # In the flake, for evaluation is pure.
        cls.box.write("/var/lib/croft/flake/host/test-app.py", APP)
        cls.box.run("systemctl", "stop", "nginx.service", check=False)
        cls.box.run("rm", "-rf", "/var/lib/croft/self-signed", "/var/lib/croft/certificates")
        cls.start_authority()

    @classmethod
    def tearDownClass(cls):
        # A box that is kept is started with what its flake says last.
        cls("commit").commit()

    # -- asking --------------------------------------------------------------------------------------------------

    def deploy(self, web=None, domains=("shop.example",), acme=None, owners=OWNERS, **others):
        shop = {"source": SOURCE, "build": {"builder": "python"}, "run": {"port": PORT}, "domains": list(domains), "web": web or {}}
        owners = owners.replace("/srv/test-app.py", "./test-app.py")
        return self.switch(apps={"shop": shop, **others}, host={"acme": acme} if acme else {}, owners=owners)

    @contextlib.contextmanager
    def connection(self, name, port=443, trust=None, alpn=("http/1.1",)):
        with socket.create_connection((self.address, port), timeout=20) as plain:
            if port == 80:
                yield plain
                return
            context = ssl.create_default_context(cadata=trust) if trust else ssl._create_unverified_context()
            context.set_alpn_protocols(list(alpn))
            with context.wrap_socket(plain, server_hostname=name) as secure:
                yield secure

    def ask(self, name, path="/", port=443, trust=None, method="GET", body=None):
        """(status, headers in lower case, body)"""
        with self.connection(name, port, trust) as channel:
            host = name if body is None else f"{name}\r\nContent-Length: {len(body)}"
            channel.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            with contextlib.suppress(OSError):
                channel.sendall(body or b"")
            answer = http.client.HTTPResponse(channel, method=method)
            answer.begin()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()

    def hostd(self, kind, **request):
        return json.loads(self.box.run("python3", "-c", HOSTD, stdin=json.dumps({"type": kind, **request})).stdout)

    def done(self, kind, **request):
        frame = self.hostd(kind, **request)
        self.assertEqual(frame["type"], "done", frame)
        return frame["result"]

    def refused(self, kind, **request):
        frame = self.hostd(kind, **request)
        self.assertEqual(frame["type"], "refused", frame)
        return frame["problem"]

    def board(self, name):
        return next(one for one in self.done("certificates")["certificates"] if one["name"] == name)

    def served(self, name):
        """The certificate that nginx shows: (issuer, serial)."""
        with self.connection(name) as channel:
            der = channel.getpeercert(binary_form=True)
        pem = ssl.DER_cert_to_PEM_cert(der)
        done = subprocess.run(["openssl", "x509", "-noout", "-issuer", "-serial"], input=pem, capture_output=True, text=True, check=True)
        issuer, serial = done.stdout.splitlines()
        return issuer, serial

    def show(self, unit, *properties):
        told = self.box.out("systemctl", "show", f"--property={','.join(properties)}", unit)
        return dict(line.split("=", 1) for line in told.splitlines())

    def ended(self, unit):
        """Waits until a oneshot unit has run and is at rest; (result, exit status)."""
        until(lambda: self.show(unit, "ExecMainExitTimestampMonotonic", "ActiveState") not in ({}, None)
              and self.show(unit, "ActiveState")["ActiveState"] in ("inactive", "failed")
              and self.show(unit, "ExecMainExitTimestampMonotonic")["ExecMainExitTimestampMonotonic"] != "0")  # fmt: skip
        told = self.show(unit, "Result", "ExecMainStatus")
        return told["Result"], told["ExecMainStatus"]

    def shows(self, name, issuer):
        """Waits until nginx, which may be starting, shows a certificate by this issuer."""

        def holds():
            try:
                return issuer in self.served(name)[0]
            except OSError:
                return False

        until(holds)

    def issued(self, name):
        self.shows(name, "Pebble")

    def assert_trusted(self, name, root):
        """A client that knows the root gets an answer; for a moment after a reload the old processes still take connections."""

        def answers():
            try:
                return self.ask(name, trust=root)[0] == 200
            except ssl.SSLCertVerificationError:
                return False

        until(answers, 20)

    def assert_protected(self, name, port=443, transport=None):
        """The headers that a browser goes by, on a good answer and on one of nginx itself; `transport`: the promise to stay with https."""
        for method, body, wanted in (("GET", None, 200), ("POST", b"x" * 12_000_000, 413)):
            status, headers, _ = self.ask(name, port=port, method=method, body=body)
            self.assertEqual(status, wanted)
            told = [headers.get(header) for header in ("x-content-type-options", "referrer-policy", "strict-transport-security")]
            self.assertEqual(told, ["nosniff", "strict-origin-when-cross-origin", transport], (name, port, method))

    # -- nginx ---------------------------------------------------------------------------------------------------

    def test_a_domain_with_a_certificate_of_its_own(self):
        self.deploy({"tls": "self-signed", "redirects": {"www.shop.example": "shop.example"}, "maxBody": "2M"})
        until(lambda: self.ask("shop.example")[0] == 200)
        status, headers, body = self.ask("shop.example", "/somewhere?x=1")
        self.assert_protected("shop.example")
        told = json.loads(body)
        self.assertEqual((told["path"], told["headers"]["X-Forwarded-Proto"]), ("/somewhere?x=1", "https"))
        own = self.ask("shop.example", "/own")[1]
        self.assertEqual((own["referrer-policy"], own["strict-transport-security"]), ("no-referrer", "max-age=1"))

        for name, port, path, target in (
            ("shop.example", 80, "/a?b=c", "https://shop.example/a?b=c"),
            ("www.shop.example", 443, "/a?b=c", "https://shop.example/a?b=c"),
            ("www.shop.example", 80, "/", "https://www.shop.example/"),
        ):
            status, headers, _ = self.ask(name, path, port)
            self.assertEqual((status, headers["location"]), (301, target))

        self.assertEqual(self.ask("shop.example", method="POST", body=b"x" * 2_000_000)[2], b"2000000")
        self.assertEqual(self.ask("shop.example", method="POST", body=b"x" * 2_200_000)[0], 413)
        with self.connection("shop.example", alpn=("h2", "http/1.1")) as channel:
            self.assertEqual(channel.selected_alpn_protocol(), "h2")
        self.assertEqual(self.websocket("shop.example", b"hello"), b"hello")

        with self.assertRaises(ssl.SSLError):
            self.ask("nobody.example")
        self.assertEqual(self.ask("nobody.example", port=80)[0], 404)

        key = "/var/lib/croft/self-signed/shop.example/full.pem"
        self.assertEqual(self.box.out("stat", "-c", "%U:%G %a", key, os.path.dirname(key)), "root:nginx 640\nroot:nginx 750")

    def handshake(self, *options):
        """What openssl says of a handshake by which it offers nothing else, however weak."""
        argv = ["openssl", "s_client", "-connect", f"{self.address}:443", "-servername", "shop.example", *options]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_old_versions_of_tls_and_weak_ciphers_are_refused(self):
        self.deploy({"tls": "self-signed"})
        until(lambda: self.ask("shop.example")[0] == 200)
        for version, told in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            status, said = self.handshake(version)
            self.assertEqual(status, 0, said)
            self.assertIn(f"New, {told}, Cipher is ", said)
        # It is the box that refuses: these are its alerts, and the level lets this client take anything.
        for version in ("-tls1", "-tls1_1"):
            status, said = self.handshake(version, "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotEqual(status, 0, said)
            self.assertIn("alert protocol version", said)
        # No forward secrecy; no authenticated encryption; no encryption; nobody authenticated.
        for weak in ("AES128-GCM-SHA256:AES256-SHA", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384", "NULL", "aNULL"):
            status, said = self.handshake("-tls1_2", "-cipher", f"{weak}:@SECLEVEL=0")
            self.assertNotEqual(status, 0, said)
            self.assertIn("handshake failure", said, weak)
        status, said = self.handshake("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
        self.assertEqual(status, 0, said)

    def test_only_a_certificate_that_everybody_trusts_brings_the_promise_to_stay_with_https(self):
        self.deploy()
        until(lambda: self.ask("shop.example", port=80)[0] == 200)
        self.assert_protected("shop.example", 80)
        # Let's Encrypt to all but the ACME client.
        owners = OWNERS.replace(
            "{ pkgs, ... }: {",
            f"""{{ lib, pkgs, ... }}: {{
              security.acme.certs."shop.example".server = lib.mkForce "{DIRECTORY}";
              systemd.services."acme-order-renew-shop.example".environment.LEGO_CA_CERTIFICATES = "/srv/test-acme/cert.pem";""",
        )
        self.deploy({"tls": "acme", "redirectToHttps": False}, acme={"email": "ada@attic.example", "server": "letsencrypt"}, owners=owners)
        self.issued("shop.example")
        self.assert_protected("shop.example", 443, "max-age=15552000")
        self.assert_protected("shop.example", 80)

    def websocket(self, name, text):
        key = base64.b64encode(os.urandom(16))
        accepted = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        with self.connection(name) as channel:
            channel.sendall(
                b"GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % (name.encode(), key)
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += channel.recv(4096)
            self.assertIn(b"101 Switching", head)
            self.assertIn(accepted, head)
            mask = os.urandom(4)
            masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))
            channel.sendall(struct.pack("BB", 0x81, 0x80 | len(text)) + mask + masked)
            return channel.recv(2 + len(text))[2:]

    def test_a_new_domain_does_not_end_the_connections_of_others(self):
        self.deploy({"tls": "self-signed"})
        before = self.show("nginx.service", "MainPID")
        long = "a-name-of-more-than-forty-seven-characters.shop.example"
        self.deploy({"tls": "self-signed"}, domains=["shop.example", "other.example", long])
        self.assertEqual(self.show("nginx.service", "MainPID"), before)
        until(lambda: self.ask("other.example")[0] == 200)
        until(lambda: self.ask(long)[0] == 200)

    def test_a_self_signed_certificate_is_renewed_before_it_ends(self):
        self.deploy({"tls": "self-signed"})
        serial = self.served("shop.example")
        self.box.run("systemctl", "start", "croft-certificate-shop.example.service")
        self.assertEqual(self.served("shop.example"), serial, "it has a year left")
        place = "/var/lib/croft/self-signed/shop.example"
        ending = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj", "/CN=ending", "-keyout", f"{place}/k", "-out", f"{place}/c"]
        self.box.run(*ending)
        self.box.run("sh", "-c", 'cat "$1/k" "$1/c" >"$1/full.pem"; rm "$1/k" "$1/c"', "sh", place)
        self.box.run("systemctl", "start", "croft-certificate-shop.example.service")
        until(lambda: self.served("shop.example")[0] != serial[0] or self.served("shop.example")[1] != serial[1])
        self.assertIn("self-signed", self.served("shop.example")[0])

    # -- ACME ----------------------------------------------------------------------------------------------------

    def test_a_certificate_is_ordered_served_and_renewed(self):
        self.deploy({"tls": "acme", "redirects": {"www.shop.example": "shop.example"}}, acme=self.pebble())
        for name in ("shop.example", "www.shop.example"):
            self.issued(name)
        self.assert_trusted("shop.example", self.root)
        self.assert_protected("shop.example")
        self.assertEqual(self.ended("acme-order-renew-shop.example.service"), ("success", "0"))

        reading = self.board("shop.example")
        self.assertEqual((reading["kind"], reading["pending"], reading["lastError"], reading["apps"]), ("acme", False, None, ["shop"]))
        self.assertIn("Pebble", reading["issuer"])
        self.assertLess(reading["notBefore"], reading["nextAttempt"])
        self.assertLess(reading["nextAttempt"], reading["notAfter"])

        # Not due: nobody is asked.
        first, process = self.served("shop.example"), self.show("nginx.service", "MainPID")
        self.assertFalse(self.done("certificate-renew", name="shop.example")["renewed"])
        self.assertEqual(self.served("shop.example"), first)
        # Due.
        self.deploy(
            {"tls": "acme", "redirects": {"www.shop.example": "shop.example"}}, acme=self.pebble(),
            owners=OWNERS.replace("security.acme", "security.acme.defaults.validMinDays = 100; security.acme"),
        )  # fmt: skip
        self.assertTrue(self.done("certificate-renew", name="shop.example")["renewed"])
        until(lambda: self.served("shop.example")[1] != first[1])
        self.assertEqual(self.show("nginx.service", "MainPID"), process, "a reload is enough")

        # A name that is gone is never asked for again.
        self.deploy({"tls": "acme"}, acme=self.pebble())
        for unit in ("acme-order-renew-www.shop.example.service", "acme-renew-www.shop.example.timer"):
            self.assertEqual(self.show(unit, "LoadState", "ActiveState"), {"LoadState": "not-found", "ActiveState": "inactive"})
        (leftover,) = self.done("certificates")["leftovers"]
        self.assertEqual((leftover["name"], leftover["kind"]), ("www.shop.example", "acme"))
        self.assertTrue(leftover["generations"])
        self.assertEqual(self.refused("certificate-remove", name="shop.example")["code"], "CERTIFICATE_IN_USE")
        self.done("certificate-remove", name="www.shop.example")
        self.assertEqual(self.done("certificates")["leftovers"], [])
        self.assertEqual(self.box.out("find", "/var/lib/acme", "-name", "*www.shop*"), "")

    def test_an_order_that_fails_is_no_failed_change(self):
        # The first name of the account is the one that the authority refuses; another has no address at all.
        self.deploy({"tls": "acme"}, domains=["a.refused.example", "b.example", "c.void.example"], acme=self.pebble())
        self.assertEqual(self.ended("acme-order-renew-a.refused.example.service"), ("success", "10"))
        self.issued("b.example")
        self.assertNotIn("Pebble", self.served("a.refused.example")[0])
        self.assertEqual(self.ask("a.refused.example")[0], 200)
        self.assertEqual(self.box.out("systemctl", "--failed", "--plain", "--no-legend"), "")
        reading = self.board("a.refused.example")
        self.assertTrue(reading["pending"])
        self.assertIn("a.refused.example is a forbidden domain", reading["lastError"])
        self.assertTrue(reading["nextAttempt"])
        problem = self.refused("certificate-renew", name="a.refused.example")
        self.assertEqual(problem["code"], "CERTIFICATE_NOT_ISSUED")
        self.assertIn("forbidden domain", problem["why"])
        # As soon as the name has its address, the next try is good.
        until(lambda: self.board("c.void.example")["lastError"])
        self.assertIn("could not resolve", self.board("c.void.example")["lastError"])
        self.assertIn("could not resolve", self.refused("certificate-renew", name="c.void.example")["why"])
        self.publish("void.example", f"c A {self.address}")
        until(lambda: self.box.run("getent", "ahostsv4", "c.void.example", check=False).returncode == 0)
        self.assertTrue(self.done("certificate-renew", name="c.void.example")["renewed"])

    def test_a_wildcard_is_proved_by_a_record_in_its_zone(self):
        def put(value):
            self.done("secret-put", service="acme", name="RFC2136_TSIG_SECRET", value=base64.b64encode(value.encode()).decode())

        self.box.run("rm", "-f", "/var/lib/croft/credentials/services/acme/RFC2136_TSIG_SECRET")
        # Without the credential there is no certificate, but the change is none that failed.
        self.deploy({"tls": "acme"}, domains=["*.shop.example"], acme=self.pebble(dns=self.by_zone()))
        self.assertEqual(self.ended("acme-order-renew-_.shop.example.service"), ("success", "243"))
        self.assertIn("credentials", self.board("_.shop.example")["lastError"])
        # The name server lets nobody write but who has its key.
        put(base64.b64encode(os.urandom(32)).decode())
        self.assertIn("DNS update failed", self.refused("certificate-renew", name="_.shop.example")["why"])
        put(self.tsig)
        self.assertTrue(self.done("certificate-renew", name="_.shop.example")["renewed"])
        self.issued("anything.shop.example")
        self.assert_trusted("anything.shop.example", self.root)
        # The record is taken out again, and the key is in no place where another could read it.
        self.assertEqual(self.texts("_acme-challenge.shop.example"), 0)
        places = ["/etc/systemd/system", "/run/current-system/etc", "/var/lib/acme", "/var/lib/croft", "/nix/var/nix/profiles"]
        found = self.box.run("grep", "-rlaF", "-f", "/dev/stdin", *places, check=False, stdin=self.tsig + "\n")
        self.assertEqual(found.stdout, "")
        journal = self.box.run("journalctl", "--no-pager", "--boot", "--all", "--output=export").stdout
        self.assertNotIn(self.tsig, journal)

    def test_a_wildcard_is_proved_with_a_key_that_is_kept_in_git(self):
        file = "secrets/web.yaml"
        secrets = {"acme": {"RFC2136_TSIG_SECRET": {"sops": {"file": file, "key": "acme/tsig"}}}}
        # A box that had a sealed one: what counts is what the state says.
        self.box.run("rm", "-rf", "/var/lib/croft/credentials/services/acme", "/var/lib/acme/.lego")
        owners = OWNERS.replace("/srv/test-app.py", "./test-app.py")
        self.with_sops_nix(apps={}, owners=owners)
        (own,) = self.done("secrets")["sops"]["recipients"]

        def switch(tsig):
            self.encrypt("yaml", file, {"acme": {"tsig": tsig}}, own)
            shop = {"source": SOURCE, "build": {"builder": "python"}, "run": {"port": PORT}, "domains": ["*.kept.shop.example"], "web": {"tls": "acme"}}
            self.switch(apps={"shop": shop}, host={"acme": self.pebble(dns=self.by_zone())}, owners=owners, secrets=secrets)

        switch(base64.b64encode(os.urandom(32)).decode())
        self.ended("acme-order-renew-_.kept.shop.example.service")
        self.assertIn("DNS update failed", self.refused("certificate-renew", name="_.kept.shop.example")["why"])
        switch(self.tsig)
        listed = {one.get("service"): one for one in self.done("secrets")["sops"]["secrets"]}
        self.assertEqual((listed["acme"]["name"], listed["acme"]["opened"]), ("RFC2136_TSIG_SECRET", True))
        self.assertEqual(listed["acme"]["usedBy"], ["acme-order-renew-_.kept.shop.example.service"])
        self.assertTrue(self.done("certificate-renew", name="_.kept.shop.example")["renewed"])
        self.issued("anything.kept.shop.example")
        self.assert_trusted("anything.kept.shop.example", self.root)
        self.assertFalse((self.box.root / "var/lib/croft/credentials/services/acme").exists(), "nothing of it was sealed")
        places = ["/etc/systemd/system", "/run/current-system/etc", "/var/lib/acme", "/var/lib/croft", "/nix/var/nix/profiles"]
        found = self.box.run("grep", "-rlaF", "-f", "/dev/stdin", *places, check=False, stdin=self.tsig + "\n")
        self.assertEqual(found.stdout, "")

    def test_an_authority_that_has_had_enough_is_left_alone_until_it_may_be_asked(self):
        self.start_limits()
        unit = "acme-order-renew-often.example.service"
        told = self.box.out("date", "-u", "-d", "+2 hours", "+%Y-%m-%d %H:%M:%S")
        words = "too many certificates already issued for this exact set of domains in the last 168 hours"
        self.limit(f"{words}, retry after {told} UTC: see https://letsencrypt.org/docs/rate-limits/", "7200")
        self.addCleanup(self.limit)
        self.deploy({"tls": "acme"}, domains=["often.example"], acme=self.pebble(server=LIMITED))
        self.assertEqual(self.ended(unit), ("success", "10"), "the change stays")
        self.assertEqual(self.ask("often.example")[0], 200)
        reading = self.board("often.example")
        until_then = told.replace(" ", "T")
        self.assertTrue(reading["limitedUntil"].startswith(until_then), reading)
        self.assertGreaterEqual(reading["nextAttempt"], reading["limitedUntil"])
        self.assertIn(words, reading["lastError"])
        self.assertIn(until_then, reading["lastError"])

        # Who asks beforehand hears of it as well; the authority's own directory answers as ever.
        check = {one["id"]: one for one in self.done("certificate-check", domain="often.example")["checks"]}
        self.assertTrue(check["acme-server"]["ok"], check["acme-server"])
        self.assertIs(check["rate-limit"]["ok"], False, check["rate-limit"])
        self.assertIn(until_then, check["rate-limit"]["why"])
        self.assertIn(words, check["rate-limit"]["why"])
        self.assertNotIn("rate-limit", [one["id"] for one in self.done("certificate-check", domain="shop.example")["checks"]])

        # Neither a person nor the timer asks before then.
        asked = self.requests()
        problem = self.refused("certificate-renew", name="often.example")
        self.assertEqual(problem["code"], "CERTIFICATE_NOT_ISSUED")
        self.assertIn(until_then, problem["why"])
        self.box.run("systemctl", "start", unit)
        self.assertEqual((self.requests(), self.show(unit, "Result")["Result"]), (asked, "exec-condition"))
        self.assertIn(words, self.board("often.example")["lastError"], "the reason outlives a try that was none")
        self.assertEqual(self.box.out("systemctl", "--failed", "--plain", "--no-legend"), "")

        # Another authority is asked at once, and the same one when its time is over.
        self.deploy({"tls": "acme"}, domains=["often.example"], acme=self.pebble())
        self.issued("often.example")
        self.assertIsNone(self.board("often.example")["limitedUntil"])
        self.assertNotIn("rate-limit", [one["id"] for one in self.done("certificate-check", domain="often.example")["checks"]])
        # One that does not say until when: for an hour.
        self.limit("too many new orders recently")
        self.deploy({"tls": "acme"}, domains=["other.example"], acme=self.pebble(server=LIMITED))
        self.ended("acme-order-renew-other.example.service")
        reading = self.board("other.example")
        self.assertGreater(reading["limitedUntil"], self.box.out("date", "-u", "-d", "+50 minutes", "+%Y-%m-%dT%H:%M:%S"))
        self.limit()
        place = "/var/lib/croft/acme-limits/other.example"
        self.box.run("sh", "-c", 'read -r _ rest <"$1"; echo "$(date +%s) $rest" >"$1"', "sh", place)
        self.assertTrue(self.done("certificate-renew", name="other.example")["renewed"])
        self.assertFalse((self.box.root / place.lstrip("/")).exists())

    # -- the others ----------------------------------------------------------------------------------------------

    def test_an_uploaded_certificate_has_a_placeholder_until_it_comes(self):
        self.deploy({"tls": "uploaded"})
        self.shows("shop.example", "self-signed")
        self.assertEqual(self.ask("shop.example")[0], 200)
        reading = self.board("shop.example")
        self.assertEqual((reading["pending"], reading["nextAttempt"]), (True, None))

        issuer, chain, key = self.bought("shop.example")
        wrong = base64.b64encode(self.bought("other.example")[2]).decode()
        self.assertIn("the key belongs to none", self.refused("certificate-put", name="shop.example", chain=chain, key=wrong)["why"].lower())
        done = self.done("certificate-put", name="shop.example", chain=chain, key=base64.b64encode(key).decode())
        self.assertEqual((done["trusted"], done["reloaded"]), (False, ["nginx.service"]))
        self.shows("shop.example", "Test issuer")
        self.assert_trusted("shop.example", issuer)
        self.assert_protected("shop.example")
        self.assertEqual(self.box.out("stat", "-c", "%U:%G %a", "/var/lib/croft/certificates/shop.example/full.pem"), "root:nginx 640")
        # It stays through changes and restarts of its unit.
        self.deploy({"tls": "uploaded", "maxBody": "3M"})
        self.box.run("systemctl", "restart", "croft-certificate-shop.example.service")
        self.box.run("systemctl", "restart", "nginx.service")
        self.shows("shop.example", "Test issuer")
        self.assertFalse(self.board("shop.example")["pending"])

    def bought(self, name):
        """(root, chain, key), by somebody else's authority."""
        ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        with tempfile.TemporaryDirectory() as place:

            def openssl(*argv):
                subprocess.run(["openssl", *argv], cwd=place, check=True, capture_output=True)

            openssl("req", "-x509", *ec, "-days", "30", "-subj", "/CN=Test issuer", "-keyout", "ca.key", "-out", "ca.pem")
            openssl("req", "-new", *ec, "-subj", f"/CN={name}", "-keyout", "key.pem", "-out", "csr.pem")
            with open(f"{place}/names", "w", encoding="utf-8") as file:
                file.write(f"subjectAltName=DNS:{name}\n")
            openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20", "-extfile", "names", "-out", "leaf.pem")
            root, leaf, key = (Path(place, file).read_bytes() for file in ("ca.pem", "leaf.pem", "key.pem"))
            return root.decode(), (leaf + root).decode(), key

    def real_authority(self):
        """What makes the box use the real step-ca instead of the stand-in's; skips the test where it is not at hand and cannot be built."""
        program = os.environ.get("CROFT_STEP_CA")
        if not program:
            program = REPOSITORY / "target/step-ca"
            program.parent.mkdir(exist_ok=True)
            built = subprocess.run([REPOSITORY / "nix/tests/box/step-ca/build", program], capture_output=True, text=True, check=False)
            if built.returncode != 0:
                self.skipTest(built.stderr.strip())
        # While it runs it cannot be written to.
        self.box.run("rm", "-f", "/srv/step-ca")
        shutil.copy(program, self.box.root / "srv/step-ca")
        return (
            'services.step-ca.package = pkgs.writeShellScriptBin "step-ca" "exec /srv/step-ca \\"$@\\"";'
            # The sandbox lets nobody open a file with O_DSYNC, which the other kind of database does.
            ' services.step-ca.settings.db = pkgs.lib.mkForce { type = "bbolt"; dataSource = "/var/lib/step-ca/bolt"; };'
        )

    def test_the_box_has_an_authority_of_its_own(self):
        self.the_box_has_an_authority_of_its_own("")

    def test_the_box_has_an_authority_of_its_own_with_the_real_step_ca(self):
        self.the_box_has_an_authority_of_its_own(self.real_authority())

    def the_box_has_an_authority_of_its_own(self, authority):
        # One knows nothing of the accounts that the other has made.
        self.box.run("systemctl", "stop", "step-ca.service", "acme-*.service", check=False)
        self.box.run("sh", "-c", "rm -rf /var/lib/step-ca/* /var/lib/acme/.lego /var/lib/acme/inside.example")
        owners = OWNERS.replace("security.acme", f'networking.extraHosts = "{self.address} inside.example"; {authority} security.acme')
        self.deploy({"tls": "internal"}, domains=["inside.example"], owners=owners)
        self.shows("inside.example", "intermediate")
        root = self.done("certificates")["authority"]
        self.assert_trusted("inside.example", root)
        self.assert_protected("inside.example")
        modes = self.box.out("stat", "-c", "%U %a %n", "/var/lib/croft/ca/root.key", "/var/lib/croft/ca/intermediate.key", "/var/lib/croft/ca/password")
        self.assertEqual([line.rsplit(" ", 1)[0] for line in modes.splitlines()], ["root 600"] * 3)
        # The authority's keys and accounts outlive it.
        serial = self.served("inside.example")[1]
        self.box.run("systemctl", "restart", "step-ca.service", "croft-ca.service")
        self.deploy({"tls": "internal"}, domains=["inside.example"], owners=owners.replace("security.acme", "security.acme.defaults.validMinDays = 100; security.acme", 1))
        self.assertTrue(self.done("certificate-renew", name="inside.example")["renewed"])
        until(lambda: self.served("inside.example")[1] != serial)
        self.assert_trusted("inside.example", root)

    # -- before and beside ---------------------------------------------------------------------------------------

    def test_a_domain_is_checked_before_an_authority_is_asked(self):
        self.deploy({"tls": "acme"}, acme=self.pebble())

        def checks(domain):
            return {check["id"]: check for check in self.done("certificate-check", domain=domain)["checks"]}

        good = checks("shop.example")
        self.assertEqual({name: check["ok"] for name, check in good.items()}, {name: True for name in ("dns", "port-80", "port-443", "caa", "acme-server")}, good)
        bad = checks("elsewhere.example")
        # The sandbox's address is a private one: the world may know the box by another.
        self.assertEqual((bad["dns"]["ok"], bad["dns"]["found"]), (None, "192.0.2.7"))
        self.assertIn('issue "other.authority"', bad["caa"]["found"])

    def test_what_listens_is_held_against_what_is_declared(self):
        self.deploy({"tls": "self-signed"})
        self.unit("test-stray", "python3", "-m", "http.server", "7399")
        until(lambda: any(one["port"] == 7399 for one in self.done("ports")["listening"]))
        told = self.done("ports")
        by = {(one["protocol"], one["from"]): one["by"] for one in told["declared"]}
        self.assertEqual(by, {("tcp", 22): "sshd", ("tcp", 80): "web-server", ("tcp", 443): "web-server"})
        listening = {one["port"]: one for one in told["listening"]}
        stray = listening[7399]
        self.assertEqual((stray["unit"], stray["declared"], stray["open"]), ("test-stray.service", False, False))
        self.assertTrue(stray["process"].startswith("python3"))
        self.assertEqual({port: (one["unit"], one["declared"], one["open"]) for port, one in listening.items() if port in (22, 443)},
                         {22: ("sshd.service", True, True), 443: ("nginx.service", True, True)})  # fmt: skip


if __name__ == "__main__":
    unittest.main()
