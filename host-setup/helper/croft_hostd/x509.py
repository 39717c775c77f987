"""Certificates in PEM, read by openssl. What is secret reaches it through pipes alone."""

from .pattern import Pattern

_BLOCK = Pattern(r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]{64,65536}?-----END CERTIFICATE-----")
_RSA = Pattern(r"\(([0-9]+) bit\)\s+Modulus")
_SAN = Pattern(r"(DNS|IP Address):([^,\s]+)")
#: Of the Let's Encrypt kind there are two or three.
MOST = 10


class Certificate:
    """One certificate: who it is for, by whom, from when until when (seconds), and its public key in PEM."""

    __slots__ = ("pem", "subject", "issuer", "serial", "not_before", "not_after", "names", "public_key")

    def __init__(self, pem, words):
        lines = words.splitlines()
        named = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith((" ", "-")))
        self.pem = pem
        self.subject, self.issuer = named.get("subject", "").strip(), named.get("issuer", "").strip()
        self.serial = named.get("serial", "")
        self.not_before, self.not_after = _seconds(named.get("notBefore")), _seconds(named.get("notAfter"))
        self.names = [name for line in lines for _, name in _SAN.findall(line) if line.startswith(" ")]
        begin = words.find("-----BEGIN PUBLIC KEY-----")
        self.public_key = words[begin:].split("-----END")[0].strip() if begin >= 0 else ""

    def covers(self, domain):
        """Whether it is for this domain; a wildcard in it stands for one label."""
        parent = domain.split(".", 1)[-1]
        return any(name.lower() in (domain, f"*.{parent}" if not domain.startswith("*.") else domain) for name in self.names)


def blocks(text):
    """The certificates in a text, each in PEM."""
    return [block.replace("\r\n", "\n") + "\n" for block in _BLOCK.findall(text)]


def start_reading(system, pem):
    """Begins to read the first certificate in `pem`."""
    argv = ["openssl", "x509", "-noout", "-subject", "-issuer", "-serial", "-startdate", "-enddate", "-dateopt", "iso_8601"]
    return system.start([*argv, "-nameopt", "utf8,sep_comma_plus_space,sname", "-ext", "subjectAltName", "-pubkey"], stdin=pem.encode(), timeout=30)


def read(pem, reading):
    """The Certificate, or None when openssl finds none. One without alternative names is read as well."""
    words = reading.finish().out
    return Certificate(pem, words) if "notAfter=" in words else None


class Key:
    """A private key in PEM as openssl writes it, its public half, and its bits when it is one of RSA."""

    __slots__ = ("pem", "public", "rsa_bits")

    def __init__(self, pem, public, rsa_bits):
        self.pem, self.public, self.rsa_bits = pem, public, rsa_bits


def read_key(system, key):
    """The Key in these bytes, or None when there is none that can be read."""
    # Without a passphrase to try, openssl would ask the terminal.
    done = system.run(["openssl", "pkey", "-passin", "pass:"], stdin=key, timeout=30)
    if done.code != 0:
        return None
    public = system.run(["openssl", "pkey", "-pubout"], stdin=done.out.encode(), timeout=30).out
    words = system.run(["openssl", "pkey", "-pubin", "-noout", "-text"], stdin=public.encode(), timeout=30).out
    rsa = _RSA.search(words)
    return Key(done.out, public.split("-----END")[0].strip(), int(rsa[1]) if rsa else None)


def _seconds(text):
    """2026-11-21 11:17:38Z"""
    from calendar import timegm
    from time import strptime

    try:
        return timegm(strptime(text or "", "%Y-%m-%d %H:%M:%SZ"))
    except ValueError:
        return None
