"""step-ca's command line and ca.json on Python and openssl: an ACME server with HTTP-01 for ES256 accounts, as lego makes them.

usage: step-ca CONFIG --password-file FILE
"""

import base64
import hashlib
import http.server
import json
import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request

# SubjectPublicKeyInfo of a P-256 key, up to its point
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(\.{LABEL})*")
UNITS = {"s": 1, "m": 60, "h": 3600}


class Refused(Exception):
    def __init__(self, kind, detail, status=400):
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, stdin=b""):
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def thumbprint(jwk):
    return encode(hashlib.sha256(json.dumps({name: jwk[name] for name in sorted(("crv", "kty", "x", "y"))}, separators=(",", ":")).encode()).digest())


def integer(data):
    """A number in DER."""
    data = data.lstrip(b"\0")
    data = b"\0" + data if not data or data[0] & 0x80 else data
    return b"\2" + bytes([len(data)]) + data


def verify(jwk, text, signature):
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or len(signature) != 64:
        raise Refused("badSignatureAlgorithm", "this authority knows ES256 only")
    point = b"\4" + decode(jwk["x"]).rjust(32, b"\0") + decode(jwk["y"]).rjust(32, b"\0")
    numbers = integer(signature[:32]) + integer(signature[32:])
    with tempfile.TemporaryDirectory() as directory:
        for name, data in (("key", P256 + point), ("signature", b"\x30" + bytes([len(numbers)]) + numbers)):
            with open(f"{directory}/{name}", "wb") as file:
                file.write(data)
        try:
            openssl("dgst", "-sha256", "-verify", f"{directory}/key", "-keyform", "DER", "-signature", f"{directory}/signature", stdin=text)
        except RuntimeError as error:
            raise Refused("malformed", "the signature is wrong") from error


class Authority:
    def __init__(self, settings, password_file):
        self.settings = settings
        self.password_file = password_file
        self.provisioner = next(one["name"] for one in settings["authority"]["provisioners"] if one["type"] == "ACME")
        self.base = f"https://{settings['dnsNames'][0]}:{settings['address'].rsplit(':', 1)[1]}/acme/{self.provisioner}"
        number, unit = re.fullmatch(r"([0-9]+)([smh])", settings["authority"].get("claims", {}).get("defaultTLSCertDuration", "24h")).groups()
        self.seconds = int(number) * UNITS[unit]
        self.accounts_file = os.path.join(os.path.dirname(settings["db"]["dataSource"]), "accounts.json")
        self.lock = threading.Lock()
        self.nonces, self.orders = set(), {}
        try:
            with open(self.accounts_file, encoding="utf-8") as file:
                self.accounts = json.load(file)
        except FileNotFoundError:
            self.accounts = {}

    def sign(self, request, names, seconds):
        """The chain, in PEM, of a certificate for these names."""
        with tempfile.TemporaryDirectory() as directory:
            with open(f"{directory}/extensions", "w", encoding="utf-8") as file:
                alternatives = ",".join(f"DNS:{name}" for name in names)
                file.write(f"subjectAltName={alternatives}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n")
            # openssl counts in days, or takes an end.
            import time

            end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
            leaf = openssl(
                "x509", "-req", "-CA", self.settings["crt"], "-CAkey", self.settings["key"], "-passin", f"file:{self.password_file}",
                "-not_before", time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - 60)), "-not_after", end, "-extfile", f"{directory}/extensions", stdin=request,
            )  # fmt: skip
        with open(self.settings["crt"], "rb") as file:
            return leaf + file.read()

    def own_context(self):
        """The server's own certificate."""
        with tempfile.TemporaryDirectory() as directory:
            key, request = f"{directory}/key", f"{directory}/request"
            openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Step Online CA", "-keyout", key, "-out", request)
            with open(request, "rb") as file, open(f"{directory}/chain", "wb") as chain:
                chain.write(self.sign(file.read(), self.settings["dnsNames"], 3650 * 24 * 3600))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{directory}/chain", key)
            return context

    def keep_accounts(self):
        with open(f"{self.accounts_file}.new", "w", encoding="utf-8") as file:
            json.dump(self.accounts, file)
        os.rename(f"{self.accounts_file}.new", self.accounts_file)

    def directory(self):
        names = {"newNonce": "new-nonce", "newAccount": "new-account", "newOrder": "new-order", "revokeCert": "revoke-cert", "keyChange": "key-change"}
        return {name: f"{self.base}/{path}" for name, path in names.items()}

    def nonce(self):
        nonce = encode(secrets.token_bytes(16))
        with self.lock:
            self.nonces.add(nonce)
        return nonce

    def opened(self, path, message):
        """(account id or None, its key, payload) of a signed request."""
        header = json.loads(decode(message["protected"]))
        with self.lock:
            if header.get("nonce") not in self.nonces:
                raise Refused("badNonce", "this nonce is not known")
            self.nonces.remove(header["nonce"])
        account = header.get("kid", "").rsplit("/", 1)[-1] or None
        jwk = self.accounts.get(account) if account else header.get("jwk")
        if jwk is None:
            raise Refused("accountDoesNotExist", "there is no such account")
        if header.get("alg") != "ES256" or header.get("url") != self.base.rsplit("/acme/", 1)[0] + path:
            raise Refused("malformed", "alg or url do not fit")
        verify(jwk, f"{message['protected']}.{message['payload']}".encode(), decode(message["signature"]))
        return account, jwk, json.loads(decode(message["payload"]) or b"null")

    def account(self, jwk):
        identity = hashlib.sha256(thumbprint(jwk).encode()).hexdigest()[:16]
        with self.lock:
            known = identity in self.accounts
            self.accounts[identity] = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
            self.keep_accounts()
        return identity, known

    def order(self, account, payload):
        names = [one["value"].lower() for one in payload["identifiers"]]
        if not names or not all(one["type"] == "dns" for one in payload["identifiers"]) or not all(map(DOMAIN.fullmatch, names)):
            raise Refused("rejectedIdentifier", "this authority proves host names only")
        identity = encode(secrets.token_bytes(12))
        self.orders[identity] = {"account": account, "names": names, "tokens": [encode(secrets.token_bytes(24)) for _ in names], "proved": [False] * len(names), "error": None, "chain": None}
        return identity

    def shown(self, identity):
        order = self.orders[identity]
        status = "invalid" if order["error"] else "valid" if order["chain"] else "ready" if all(order["proved"]) else "pending"
        told = {
            "status": status,
            "identifiers": [{"type": "dns", "value": name} for name in order["names"]],
            "authorizations": [f"{self.base}/authz/{identity}.{at}" for at in range(len(order["names"]))],
            "finalize": f"{self.base}/finalize/{identity}",
        }
        return told | ({"certificate": f"{self.base}/certificate/{identity}"} if order["chain"] else {}) | ({"error": order["error"]} if order["error"] else {})

    def challenge(self, identity, at):
        order = self.orders[identity]
        status = "valid" if order["proved"][at] else "invalid" if order["error"] else "pending"
        told = {"type": "http-01", "status": status, "url": f"{self.base}/challenge/{identity}.{at}", "token": order["tokens"][at]}
        return told | ({"error": order["error"]} if status == "invalid" else {})

    def authorization(self, identity, at):
        challenge = self.challenge(identity, at)
        return {"status": challenge["status"], "identifier": {"type": "dns", "value": self.orders[identity]["names"][at]}, "challenges": [challenge]}

    def prove(self, identity, at, jwk):
        order = self.orders[identity]
        name, token = order["names"][at], order["tokens"][at]
        try:
            with urllib.request.urlopen(f"http://{name}/.well-known/acme-challenge/{token}", timeout=20) as answer:
                said = answer.read(1024).decode("utf-8", "replace").strip()
            if said != f"{token}.{thumbprint(jwk)}":
                raise Refused("unauthorized", "something else answered")
            order["proved"][at] = True
        except (OSError, ValueError, Refused) as error:
            kind = error.kind if isinstance(error, Refused) else "dns" if isinstance(getattr(error, "reason", None), socket.gaierror) else "connection"
            order["error"] = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": f"{name}: {error}", "status": 400}

    def finalize(self, identity, payload):
        order = self.orders[identity]
        if not all(order["proved"]):
            raise Refused("orderNotReady", "not all names are proved", 403)
        request = b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(decode(payload["csr"])) + b"-----END CERTIFICATE REQUEST-----\n"
        order["chain"] = self.sign(request, order["names"], self.seconds)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, words, *arguments):
        print(words % arguments, file=sys.stderr, flush=True)

    def answer(self, status, body=b"", kind="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Replay-Nonce", self.server.authority.nonce())
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_HEAD(self):
        self.answer(200)

    def do_GET(self):
        if self.path == "/health":
            self.answer(200, {"status": "ok"})
        elif self.path == f"/acme/{self.server.authority.provisioner}/directory":
            self.answer(200, self.server.authority.directory())
        elif self.path.endswith("/new-nonce"):
            self.answer(204)
        else:
            self.answer(404, {"type": "urn:ietf:params:acme:error:malformed", "detail": "there is nothing here", "status": 404})

    def do_POST(self):
        try:
            self.serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        except Refused as error:
            self.answer(error.status, {"type": f"urn:ietf:params:acme:error:{error.kind}", "detail": error.detail, "status": error.status}, "application/problem+json")
        except (KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
            self.answer(400, {"type": "urn:ietf:params:acme:error:malformed", "detail": str(error), "status": 400}, "application/problem+json")

    def serve(self, message):
        ours = self.server.authority
        account, jwk, payload = ours.opened(self.path, message)
        what, _, rest = self.path.removeprefix(f"/acme/{ours.provisioner}/").partition("/")
        if what == "new-account":
            identity, known = ours.account(jwk)
            return self.answer(200 if known else 201, {"status": "valid"}, Location=f"{ours.base}/account/{identity}")
        if account is None:
            raise Refused("malformed", "a request by an account is expected")
        if what == "account":
            return self.answer(200, {"status": "valid"}, Location=f"{ours.base}/account/{account}")
        if what == "new-order":
            rest = ours.order(account, payload)
            return self.answer(201, ours.shown(rest), Location=f"{ours.base}/order/{rest}")
        order, _, at = rest.partition(".")
        if order not in ours.orders or ours.orders[order]["account"] != account:
            raise Refused("unauthorized", "this order is not yours", 403)
        if what == "order":
            return self.answer(200, ours.shown(order), Location=f"{ours.base}/order/{order}")
        if what == "authz":
            return self.answer(200, ours.authorization(order, int(at)))
        if what == "challenge":
            if payload is not None:
                ours.prove(order, int(at), jwk)
            return self.answer(200, ours.challenge(order, int(at)), Link=f'<{ours.base}/authz/{rest}>;rel="up"')
        if what == "finalize":
            ours.finalize(order, payload)
            return self.answer(200, ours.shown(order), Location=f"{ours.base}/order/{order}")
        if what == "certificate":
            return self.answer(200, ours.orders[order]["chain"], "application/pem-certificate-chain")
        raise Refused("malformed", "there is nothing here", 404)


def main(arguments):
    with open(arguments[0], encoding="utf-8") as file:
        settings = json.load(file)
    authority = Authority(settings, arguments[arguments.index("--password-file") + 1])
    address, _, port = settings["address"].rpartition(":")
    server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
    server.authority = authority
    server.socket = authority.own_context().wrap_socket(server.socket, server_side=True)
    server.serve_forever()


main(sys.argv[1:])
