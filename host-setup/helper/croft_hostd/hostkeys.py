"""The public keys by which another SSH server is known, before any has been trusted: a person compares the fingerprint."""

from base64 import b64encode
from binascii import Error, a2b_base64
from hashlib import sha256

from .problems import problem

_SECONDS = 10
#: In the order in which they are offered to the person.
_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


def read(system, request):
    host, port = request["host"], request.get("port", 22)
    done = system.run(["ssh-keyscan", "-T", str(_SECONDS), "-p", str(port), "--", host], timeout=_SECONDS * 4)
    found = {}
    for line in done.out.splitlines():
        # The name in front is the one that was asked for.
        words = line.split()
        if len(words) == 3 and words[1] in _KINDS and (fingerprint := _fingerprint(words[2])):
            found[words[1]] = {"type": words[1], "key": f"{words[1]} {words[2]}", "fingerprint": fingerprint}
    if not found:
        said = [line.strip() for line in done.err.splitlines() if line.strip() and not line.startswith("#")]
        why = said[-1] if said else "No SSH server answered with a key."
        raise problem("BACKUP_UNREACHABLE", target=host, why=f"{why.rstrip('.')}.")
    return {"keys": [found[kind] for kind in _KINDS if kind in found]}


def _fingerprint(data):
    """As ssh-keygen -l shows it; None for what is no key."""
    try:
        return "SHA256:" + b64encode(sha256(a2b_base64(data, strict_mode=True)).digest()).decode().rstrip("=")
    except (Error, ValueError):
        return None
