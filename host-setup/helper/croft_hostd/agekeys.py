"""age recipients of the keys that a box has: what a file has to be encrypted for, so that the box can open it.

Only public things are told. An SSH host key becomes a recipient by its public half alone (as ssh-to-age does it); of a file of age
identities the secret scalar is needed for that, and goes no further than here.
"""

from .system import read_text

_PRIME = 2**255 - 19
_ALPHABET = "qpzry9x8gf2tvdw0" "s3jn54khce6mua7l"
_RECIPIENT, _IDENTITY = "age", "age-secret-key-"
_SSH_TYPE = b"ssh-ed25519"
_PRIVATE_SSH = "-----BEGIN OPENSSH PRIVATE KEY-----"


def of_identities(text):
    """Recipients of the identities in a file as age-keygen writes it."""
    found, comments, plugin = [], [], False
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("#"):
            comments += [part for part in word.replace(":", " ").split() if part.startswith("age1")]
        elif word.startswith("AGE-PLUGIN-"):
            plugin = True
        elif word.lower().startswith(_IDENTITY):
            secret = _decoded(word.lower(), _IDENTITY)
            if secret is not None and len(secret) == 32:
                found.append(_encoded(_RECIPIENT, _public(secret)))
    # Of a plugin's identity only its comment knows the recipient.
    return list(dict.fromkeys(found + (comments if plugin else [])))


def of_ssh_key(text):
    """The recipient of an SSH key of type ed25519, private or public; None of any other."""
    from base64 import b64decode
    from binascii import Error

    try:
        if text.lstrip().startswith(_PRIVATE_SSH):
            blob = _public_blob(b64decode("".join(line for line in text.split() if not line.startswith("-----") and len(line) > 20)))
        else:
            blob = b64decode(text.split()[1], validate=True)
        kind, rest = _field(blob)
        point, _ = _field(rest)
    except (Error, ValueError, IndexError):
        return None
    if kind != _SSH_TYPE or len(point) != 32:
        return None
    # The same point on the other form of the curve (RFC 7748, 4.1).
    y = int.from_bytes(point, "little") & (2**255 - 1)
    u = (1 + y) * pow(1 - y, -1, _PRIME) % _PRIME if y != 1 else 0
    return _encoded(_RECIPIENT, u.to_bytes(32, "little"))


def of_box(system, key_file, ssh_keys):
    """The recipients of what sops-nix decrypts with: a file of identities, and SSH host keys."""
    found = []
    if key_file:
        found += of_identities(read_text(system.path(key_file)) or "")
    for path in ssh_keys:
        # The public half where it lies beside: the private one is nobody's business.
        text = read_text(system.path(path + ".pub")) or read_text(system.path(path))
        recipient = of_ssh_key(text) if text else None
        if recipient:
            found.append(recipient)
    return list(dict.fromkeys(found))


# -- SSH's wire form -------------------------------------------------------------------------------------------------


def _field(data):
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise ValueError("is cut off")
    return data[4 : 4 + size], data[4 + size :]


def _public_blob(data):
    """The public half, which a private key's file has in clear in front of the rest (OpenSSH's PROTOCOL.key)."""
    magic = b"openssh-key-v1\0"
    if not data.startswith(magic):
        raise ValueError("is not OpenSSH's form")
    rest = data[len(magic) :]
    for _ in range(3):  # cipher, key derivation, its options
        _, rest = _field(rest)
    return _field(rest[4:])[0]


# -- X25519 (RFC 7748, 5) --------------------------------------------------------------------------------------------


def _public(secret):
    scalar = int.from_bytes(secret, "little") & ~7 & (2**255 - 1) | 2**254
    one, zero = (1, 0), (9, 1)
    for bit in range(254, -1, -1):
        chosen = scalar >> bit & 1
        if chosen:
            one, zero = zero, one
        one, zero = _step(one, zero)
        if chosen:
            one, zero = zero, one
    return (one[0] * pow(one[1], -1, _PRIME) % _PRIME).to_bytes(32, "little")


def _step(low, high):
    a, b = (low[0] + low[1]) % _PRIME, (low[0] - low[1]) % _PRIME
    aa, bb = a * a % _PRIME, b * b % _PRIME
    difference = (aa - bb) % _PRIME
    cross, other = (high[0] - high[1]) * a % _PRIME, (high[0] + high[1]) * b % _PRIME
    doubled = (aa * bb % _PRIME, difference * (aa + 121665 * difference) % _PRIME)
    added = ((cross + other) ** 2 % _PRIME, 9 * (cross - other) ** 2 % _PRIME)
    return doubled, added


# -- Bech32 (BIP 173) ------------------------------------------------------------------------------------------------


def _checksum(prefix, values):
    state = 1
    for value in [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix] + values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            state ^= generator if top >> bit & 1 else 0
    return state


def _regrouped(values, width, wanted, pad):
    bits = "".join(f"{value:0{width}b}" for value in values)
    if pad:
        bits += "0" * (-len(bits) % wanted)
    return [int(bits[at : at + wanted], 2) for at in range(0, len(bits) - wanted + 1, wanted)]


def _encoded(prefix, data):
    values = _regrouped(data, 8, 5, True)
    check = _checksum(prefix, values + [0] * 6) ^ 1
    return prefix + "1" + "".join(_ALPHABET[value] for value in values + [check >> 5 * (5 - at) & 31 for at in range(6)])


def _decoded(text, prefix):
    values = [_ALPHABET.find(char) for char in text[len(prefix) + 1 :]]
    if text[: len(prefix) + 1] != prefix + "1" or len(values) < 7 or -1 in values or _checksum(prefix, values) != 1:
        return None
    return bytes(_regrouped(values[:-6], 5, 8, False))
