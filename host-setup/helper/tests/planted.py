"""Values that look like secrets, and values that only resemble them, made anew from a seed: none of them was ever anybody's."""

import base64
import hashlib
import json
import random
import string
import uuid

ALNUM = string.ascii_letters + string.digits
BASE64 = ALNUM + "+/"
WORDS = (
    "attic blog ledger shop weather garden kettle lantern meadow orchard pocket quiver ribbon saddle timber umbrella velvet walnut yonder zephyr "
    "request response handler service configuration database connection timeout maximum minimum default upstream template"
).split()


SEED = 20261121


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, alphabet, count):
        return "".join(self.random.choice(alphabet) for _ in range(count))

    def bytes(self, count):
        return self.random.randbytes(count)

    def base64(self, count):
        return base64.b64encode(self.bytes(count)).decode()

    def base64url(self, count):
        return base64.urlsafe_b64encode(self.bytes(count)).decode().rstrip("=")

    def hex(self, count):
        return self.bytes(count // 2).hex()

    def words(self, count, between=" "):
        return between.join(self.random.choice(WORDS) for _ in range(count))

    def lines(self, text, width=64):
        return "\n".join(text[at : at + width] for at in range(0, len(text), width))

    def armour(self, label, content):
        return f"-----BEGIN {label}-----\n{self.lines(content)}\n-----END {label}-----\n"

    # -- secrets: kind -> (name, value) -----------------------------------------------------------------------------

    def secrets(self):
        some, upper = self.some, string.ascii_uppercase + string.digits
        dashed = "-".join((some(string.digits, 12), some(string.digits, 12), some(ALNUM, 24)))
        return {
            "private key": ("SETTING", self.armour("RSA PRIVATE KEY".replace("RSA", self.random.choice(("RSA", "EC", "OPENSSH"))), self.base64(300))),
            "private key without armour": ("SETTING", base64.b64encode(b"\x30\x82\x04\xbd\x02\x01\x00\x30" + self.bytes(300)).decode()),
            "age": ("SETTING", "AGE-SECRET-KEY-1" + some("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
            "nix": ("SETTING", f"cache.example-1:{some(BASE64, 86)}=="),
            "wireguard": ("SETTING", some(BASE64, 42) + self.random.choice("AEIMQUYcgkosw048") + "="),
            "aws": ("SETTING", "AKIA" + some(upper, 16)),
            "aws secret": ("AWS_SECRET_ACCESS_KEY", some(BASE64, 40)),
            "github": ("SETTING", "ghp_" + some(ALNUM, 36)),
            "gitlab": ("SETTING", "glpat-" + some(ALNUM, 20)),
            "slack": ("SETTING", "xoxb-" + dashed),
            "google": ("SETTING", "AIza" + some(ALNUM + "_-", 34) + "x"),
            "stripe": ("SETTING", "sk_live_" + some(ALNUM, 24)),
            "jwt": ("SETTING", ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "HS256"}, {"sub": self.words(2)})) + "." + self.base64url(32)),
            "crypt": ("SETTING", f"$y$j9T${some(ALNUM + './', 22)}${some(ALNUM + './', 43)}"),
            "scram": ("SETTING", f"SCRAM-SHA-256$4096:{self.base64(16)}${self.base64(32)}:{self.base64(32)}"),
            "address": ("SETTING", f"postgres://shop:{some(ALNUM, 14)}7a@db.example:5432/shop"),
            "password": (self.random.choice(("DB_PASSWORD", "adminPassword", "smtp_passwd", "ROOT_PASSPHRASE")), self.random.choice(WORDS) + some(string.digits, 4)),
            "session key": (self.random.choice(("SECRET_KEY_BASE", "SESSION_SECRET", "jwt_secret")), self.hex(64)),
            "random": ("SETTING", self.base64(30)),
            "vault": ("SETTING", "hvs." + some(ALNUM, 32)),
        }

    # -- innocent values: name, value ---------------------------------------------------------------------------------

    def innocent(self):
        digest = hashlib.sha256(self.bytes(8))
        sri = base64.b64encode(digest.digest()).decode()
        store = f"/nix/store/{self.some('0123456789abcdfghijklmnpqrsvwxyz', 32)}-{self.words(2, '-')}-1.{self.random.randint(0, 30)}"
        rsa = base64.b64encode(b"\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\1\1\0" + self.bytes(256)).decode()
        ed25519 = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + self.bytes(32)).decode()
        moment = f"2026-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}T{self.random.randint(0, 23):02}:30:00.123456Z"
        camel = "".join(word.capitalize() for word in self.words(4).split())
        return [
            ("SETTING", digest.hexdigest()),
            ("SETTING", hashlib.sha1(self.bytes(8), usedforsecurity=False).hexdigest()),
            ("SETTING", hashlib.md5(self.bytes(8), usedforsecurity=False).hexdigest()),
            ("SETTING", f"sha256-{sri}"),
            ("SETTING", "sha512-" + self.base64(64)),
            ("SETTING", "sha256:" + digest.hexdigest()),
            ("SETTING", str(uuid.UUID(bytes=self.bytes(16), version=4))),
            ("SETTING", store),
            ("SETTING", "0" + self.some("0123456789abcdfghijklmnpqrsvwxyz", 51)),
            ("SETTING", f"ssh-ed25519 {ed25519} ada@{self.words(1)}"),
            ("SETTING", f"ssh-rsa {rsa} ada"),
            ("SETTING", "SHA256:" + self.base64(32).rstrip("=")),
            ("publicKey", self.base64(32)),
            ("WG_PEER_PUBLIC_KEY", self.base64(32)),
            ("SETTING", f"cache.example-1:{self.base64(32)}"),
            ("SETTING", "age1" + self.some("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58)),
            ("SETTING", f"ENC[AES256_GCM,data:{self.base64(24)},iv:{self.base64(32)},tag:{self.base64(16)},type:str]"),
            ("API_KEY", f"ENC[AES256_GCM,data:{self.base64(24)},iv:{self.base64(32)},tag:{self.base64(16)},type:str]"),
            ("SETTING", self.armour("CERTIFICATE", base64.b64encode(b"\x30\x82\x03\x01\x30\x82" + self.bytes(400)).decode())),
            ("SETTING", self.armour("PUBLIC KEY", self.base64(91))),
            ("SETTING", self.armour("AGE ENCRYPTED FILE", self.base64(200))),
            ("SETTING", base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + self.bytes(300)).decode()),
            ("SETTING", "data:image/png;base64," + self.base64(120)),
            ("SETTING", camel + "Exception"),
            ("SETTING", self.words(6, "-")),
            ("SETTING", self.words(5, "_").upper()),
            ("SETTING", f"https://cdn.example/{self.words(2, '/')}/{self.hex(40)}/{self.words(2, '-')}.js?v={self.random.randint(1, 999)}"),
            ("SETTING", f"https://github.com/ada/{self.words(1)}/archive/{self.hex(40)}.tar.gz"),
            ("SETTING", f"postgres://shop@db.example:5432/{self.words(1)}?sslmode=require"),
            ("DATABASE_URL", "postgresql:///shop?host=/run/postgresql"),
            ("DB_PASSWORD_FILE", f"/run/credentials/{self.words(1)}"),
            ("DB_PASSWORD", f"/run/secrets/{self.words(2, '-')}"),
            ("API_TOKEN", "${" + self.words(2, "_") + "}"),
            ("SETTING", f"registry.example/{self.words(1)}@sha256:{digest.hexdigest()}"),
            ("SETTING", moment),
            ("SETTING", f"{self.words(1)}.{self.words(1)}.attic.example"),
            ("SETTING", f"ada.{self.words(1)}@{self.words(1)}.example"),
            ("SETTING", "github.com/ada/lib v1.2.3 h1:" + self.base64(32)),
            ("SETTING", "01" + self.some("0123456789abcdefghjkmnpqrstvwxyz", 24)),
            ("SETTING", "default-src 'self'; script-src 'self' 'sha256-" + sri + "'"),
            ("SETTING", f"Mon..Fri *-*-* {self.random.randint(0, 23):02}:00:00"),
            ("SETTING", f"/var/lib/{self.words(3, '/')}/{self.words(2, '_')}.sqlite3"),
            ("SETTING", self.words(12).capitalize() + "."),
            ("SETTING", f"dev.croft.{self.words(2, '.')}.{camel}Factory"),
            ("SETTING", f"NixOS/nixpkgs/nixos-26.{self.random.randint(1, 11):02}"),
            ("SETTING", f"/var/lib/croft/migrated/{self.hex(32)}"),
            ("SETTING", f"acme-account-{self.hex(20)}.target"),
            ("SETTING", f"pod-{self.hex(10)}-{self.words(2, '-')}"),
            ("SETTING", "_".join(("X2GO", *self.words(3, " ").upper().split(), "OPTIONS"))),
            ("SETTING", f"wg set wg0 peer {self.base64(32)} allowed-ips 10.0.0.2/32"),
            ("SETTING", f"/bin/wireguard-wg0-peer-{self.base64(32).rstrip('=')}--x3d-start"),
            ("TOKEN_TTL", str(self.random.randint(60, 99999))),
            ("PASSWORD_POLICY", "minimum-length=12"),
            ("COMMIT", self.hex(40)),
            ("ETAG", self.base64(24)),
            ("PUBLISHABLE_KEY", "pk_live_" + self.some(ALNUM, 24)),
            ("SETTING", f"{self.random.randint(1, 9)}.{self.random.randint(0, 99)}.{self.random.randint(0, 9999)}-rc.1+build.{self.hex(8)}"),
        ]


def nix_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("\n", "\\n") + '"'


class Places:
    """Ten places for a name and a value. Each gives (apps, host settings, files of the flake, files of the new closure)."""

    @staticmethod
    def all():
        return [getattr(Places, name) for name in vars(Places) if name.startswith("in_")]

    @staticmethod
    def of_the_state():
        return Places.all()[:4]

    @staticmethod
    def in_environment(name, value):
        return {"shop": {"run": {"env": {name: value}}}}, {}, {}, {}

    @staticmethod
    def in_command(name, value):
        return {"shop": {"run": {"command": ["python3", "app.py", "--" + name.lower().replace("_", "-"), value]}}}, {}, {}, {}

    @staticmethod
    def in_a_jobs_command(name, value):
        return {"shop": {"jobs": {"report": {"onCalendar": "daily", "command": ["send", f"--{name}={value}"]}}}}, {}, {}, {}

    @staticmethod
    def in_a_setting_of_the_host(name, value):
        return {}, {"extra": {name: value}}, {}, {}

    @staticmethod
    def in_a_nix_file(name, value):
        return {}, {}, {"host/default.nix": f"{{\n  environment.variables.{name} = {nix_text(value)};\n}}\n"}, {}

    @staticmethod
    def in_an_indented_string(name, value):
        body = "\n".join(f"      {line}" for line in f"{name}={value}".splitlines())
        return {}, {}, {"host/web.nix": f"{{\n  services.web.extraConfig = ''\n{body}\n  '';\n}}\n"}, {}

    @staticmethod
    def in_another_file(name, value):
        return {}, {}, {"host/settings.yaml": f"shop:\n  {name}: {json.dumps(value)}\n"}, {}

    @staticmethod
    def in_the_flake_itself(name, value):
        return {}, {}, {"flake.nix": f"{{ outputs = _: {{ {name} = {nix_text(value)}; }}; }}\n"}, {}

    @staticmethod
    def in_a_built_unit(name, value):
        text = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        return {}, {}, {}, {"unit-relay.service/relay.service": f'[Service]\nEnvironment="{name}={text}"\n'}

    @staticmethod
    def in_a_built_package(name, value):
        return {}, {}, {}, {"croft-app-shop-1/.env": f"{name}={json.dumps(value)}\n"}
