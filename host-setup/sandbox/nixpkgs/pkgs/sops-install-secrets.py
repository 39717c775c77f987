"""sops-install-secrets' command line and manifest on Python, age and libcrypto: opens files that sops has encrypted for age recipients.

usage: sops-install-secrets [-check-mode=sopsfile|manifest] MANIFEST

Formats: yaml (as sops writes it), json, dotenv and binary; keys: age identities and ed25519 SSH keys. PGP, cloud keys, key groups and
ini are refused.
"""

import base64
import ctypes
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

ENCRYPTED = re.compile(r"ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]")
BECH32 = "qpzry9x8gf2tvdw0" "s3jn54khce6mua7l"


class Refused(Exception):
    pass


# -- files -----------------------------------------------------------------------------------------------------------


def yaml(text):
    """Block mappings, lists and texts, in order, as a tree of dicts, lists and strings."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#") and line.strip() != "---"]
    at = 0

    def depth(line):
        return len(line) - len(line.lstrip(" "))

    def scalar(word):
        if word[:1] == '"':
            return json.loads(word)
        if word[:1] == "'":
            return word[1:-1].replace("''", "'")
        return {"[]": [], "{}": {}, "null": None}.get(word, word)

    def block(indent):
        nonlocal at
        found = []
        while at < len(lines) and depth(lines[at]) > indent:
            found.append(lines[at])
            at += 1
        inner = depth(found[0]) if found else 0
        return "\n".join(line[inner:] for line in found)

    def value(word, indent):
        nonlocal at
        at += 1
        if word[:1] == "|":
            return block(indent)
        if word:
            return scalar(word)
        if at < len(lines) and (depth(lines[at]) > indent or lines[at].lstrip().startswith("- ") and depth(lines[at]) == indent):
            return node(depth(lines[at]))
        return None

    def node(indent):
        nonlocal at
        found = None
        while at < len(lines) and depth(lines[at]) == indent:
            line = lines[at].strip()
            if line.startswith("- "):
                found = found if isinstance(found, list) else []
                rest = line[2:].lstrip()
                if re.match(r"[\w.-]+:( |$)", rest):
                    inner = indent + len(line) - len(rest)
                    lines[at] = " " * inner + rest
                    found.append(node(inner))
                else:
                    found.append(value(rest, indent))
            else:
                if isinstance(found, list):
                    break
                key, colon, rest = line.partition(":")
                if not colon:
                    raise Refused(f"cannot parse yaml: {line}")
                found = found if isinstance(found, dict) else {}
                found[scalar(key)] = value(rest.strip(), indent)
        return found

    return node(0) if lines else {}


def dotenv(text):
    found, metadata = {}, {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            (metadata if name.startswith("sops_") else found)[name.removeprefix("sops_") if name.startswith("sops_") else name] = value
    age = {}
    for name, value in metadata.items():
        if match := re.fullmatch(r"age__list_([0-9]+)__map_(enc|recipient)", name):
            age.setdefault(match.group(1), {})[match.group(2)] = value.replace("\\n", "\n")
    return found | {"sops": {"age": list(age.values()), "mac": metadata.get("mac"), "lastmodified": metadata.get("lastmodified")}}


def read(path, kind):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        tree = {"yaml": lambda: json.loads(text) if text.lstrip().startswith("{") else yaml(text), "dotenv": lambda: dotenv(text)}.get(kind, lambda: json.loads(text))()
    except ValueError as error:
        raise Refused(f"cannot parse {kind} of '{path}': {error}") from None
    if kind == "ini":
        raise Refused("the sandbox host's sops-install-secrets reads no ini")
    return tree


# -- the ciphers -----------------------------------------------------------------------------------------------------


def aes_gcm(key, nonce, data, tag, additional):
    """AES-256-GCM by libcrypto, whose nonce may be of any length."""
    crypto = ctypes.CDLL("libcrypto.so.3")
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
        getattr(crypto, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    cipher, out, length = ctypes.c_void_p(crypto.EVP_aes_256_gcm()), ctypes.create_string_buffer(len(data) + 16), ctypes.c_int()
    try:
        good = (
            crypto.EVP_DecryptInit_ex(context, cipher, None, None, None)
            and crypto.EVP_CIPHER_CTX_ctrl(context, 0x9, len(nonce), None)
            and crypto.EVP_DecryptInit_ex(context, None, None, key, nonce)
            and crypto.EVP_DecryptUpdate(context, None, ctypes.byref(length), additional, len(additional))
            and crypto.EVP_DecryptUpdate(context, out, ctypes.byref(length), data, len(data))
            and crypto.EVP_CIPHER_CTX_ctrl(context, 0x11, 16, tag)
            and crypto.EVP_DecryptFinal_ex(context, ctypes.byref(out, len(data)), ctypes.byref(length))
        )
    finally:
        crypto.EVP_CIPHER_CTX_free(context)
    if not good:
        raise Refused("could not decrypt value: cipher: message authentication failed")
    return out.raw[: len(data)]


def opened(text, key, additional):
    match = ENCRYPTED.fullmatch(text)
    if not match:
        return text.encode(), "clear"
    data, nonce, tag = (base64.b64decode(part) for part in match.groups()[:3])
    return aes_gcm(key, nonce, data, tag, additional.encode()), match.group(4)


def identity_of_ssh_key(path):
    """An age identity made of an ed25519 SSH key, as ssh-to-age makes it."""
    with open(path, encoding="ascii") as file:
        raw = base64.b64decode("".join(line for line in file if "-----" not in line))

    def field(data):
        size = int.from_bytes(data[:4], "big")
        return data[4 : 4 + size], data[4 + size :]

    rest = raw[len(b"openssh-key-v1\0") :]
    cipher, rest = field(rest)
    _, rest = field(rest)
    _, rest = field(rest)
    _, rest = field(rest[4:])
    secret = field(rest)[0][8:]
    kind, secret = field(secret)
    if cipher != b"none" or kind != b"ssh-ed25519":
        raise Refused(f"Cannot convert ssh key '{path}'")
    _, secret = field(secret)
    seed = field(secret)[0][:32]
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha512(seed).digest()[:32]) + "0000"
    values = [int(bits[at : at + 5], 2) for at in range(0, 260, 5)]
    prefix, state = "age-secret-key-", 1
    for value in [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix] + values + [0] * 6:
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            state ^= generator if top >> bit & 1 else 0
    check = [(state ^ 1) >> 5 * (5 - at) & 31 for at in range(6)]
    return (prefix + "1" + "".join(BECH32[value] for value in values + check)).upper()


def identities(manifest):
    found = []
    if manifest["ageKeyFile"]:
        with open(manifest["ageKeyFile"], encoding="utf-8") as file:
            found.append(file.read())
    for path in manifest["ageSshKeyPaths"]:
        try:
            found.append(identity_of_ssh_key(path))
        except (OSError, ValueError, Refused) as error:
            print(f"Cannot read ssh key '{path}': {error}", file=sys.stderr)
    return "\n".join(found) + "\n"


def data_key(metadata, keys, path):
    entries = metadata.get("age") or []
    for entry in entries:
        with tempfile.NamedTemporaryFile("w", dir="/run", prefix="sops-", suffix=".key") as file:
            file.write(keys)
            file.flush()
            done = subprocess.run(["age", "--decrypt", "--identity", file.name], input=entry["enc"].encode() + b"\n", capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
    raise Refused(f"failed to decrypt '{path}': Error getting data key: 0 successful groups required, got 0")


class File:
    """A decrypted file; its message authentication code is proved."""

    def __init__(self, path, kind, keys):
        tree = read(path, kind)
        metadata = tree.pop("sops", None)
        if not isinstance(metadata, dict) or not metadata.get("mac"):
            raise Refused(f"failed to decrypt '{path}': sops metadata not found")
        key = data_key(metadata, keys, path)
        digest = hashlib.sha512()
        self.tree = self._walk(tree, [], key, digest)
        mac, _ = opened(metadata["mac"], key, metadata["lastmodified"])
        if mac.decode() != digest.hexdigest().upper():
            raise Refused(f"failed to decrypt '{path}': Failed to verify data integrity. expected mac {mac.decode()!r}, got another")
        self.kind = kind

    def _walk(self, value, path, key, digest):
        if isinstance(value, dict):
            return {name: self._walk(member, [*path, name], key, digest) for name, member in value.items()}
        if isinstance(value, list):
            return [self._walk(member, path, key, digest) for member in value]
        if value is None:
            return None
        plain, kind = opened(value if isinstance(value, str) else str(value), key, "".join(f"{name}:" for name in path))
        digest.update(plain)
        return plain.decode() if kind in ("str", "clear") else json.loads(plain.decode().lower()) if kind == "bool" else float(plain) if kind == "float" else int(plain)

    def value(self, key, name):
        if self.kind == "binary":
            return self.tree["data"].encode()
        if self.kind == "dotenv":
            return "".join(f"{name}={value}\n" for name, value in self.tree.items()).encode()
        if key == "":
            # JSON is YAML.
            return (json.dumps(self.tree, indent=4) + "\n").encode()
        found = look_up(self.tree, key, self.kind, name)
        if not isinstance(found, str):
            raise Refused(f"the value of key '{key}' is not a string")
        return found.encode()


def look_up(tree, key, kind, name):
    *parents, last = key.split("/")
    for part in parents:
        tree = tree.get(part) if kind == "yaml" else None
        if not isinstance(tree, dict):
            raise Refused(f"secret {name}: key '{part}' does not refer to a dictionary")
    if last not in tree:
        raise Refused(f"secret {name} is not valid: the key '{key}' cannot be found")
    return tree[last]


# -- on the box ------------------------------------------------------------------------------------------------------


def check(manifest, mode):
    for secret in manifest["secrets"]:
        if mode == "sopsfile":
            tree = read(secret["sopsFile"], secret["format"])
            if secret["format"] in ("yaml", "json") and secret["key"]:
                look_up(tree, secret["key"], secret["format"], secret["name"])


def number(name, given, of):
    return given if name is None else of(name)


def install(manifest):
    keys, files, values = identities(manifest), {}, {}
    for secret in manifest["secrets"]:
        source = (secret["sopsFile"], secret["format"])
        files[source] = files.get(source) or File(*source, keys)
        values[secret["name"]] = files[source].value(secret["key"], secret["name"])
    mount, link = manifest["secretsMountPoint"], manifest["symlinkPath"]
    os.makedirs(mount, mode=0o751, exist_ok=True)
    if not os.path.ismount(mount):
        # A container may have no ramfs.
        for kind in ("ramfs", "tmpfs"):
            if subprocess.run(["mount", "-t", kind, "-o", "nodev,nosuid,mode=0751", "none", mount], capture_output=True, check=False).returncode == 0:
                break
        else:
            raise Refused(f"cannot mount {mount}")
    older = sorted(int(name) for name in os.listdir(mount) if name.isdigit())
    fresh = os.path.join(mount, str(older[-1] + 1 if older else 1))
    os.mkdir(fresh, 0o751)
    for secret in manifest["secrets"]:
        place = os.path.join(fresh, secret["name"])
        os.makedirs(os.path.dirname(place), mode=0o751, exist_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(values[secret["name"]])
        os.chown(
            place,
            number(secret["owner"], secret["uid"] or 0, lambda name: pwd.getpwnam(name).pw_uid),
            number(secret["group"], secret["gid"] or 0, lambda name: grp.getgrnam(name).gr_gid),
        )
        os.chmod(place, int(secret["mode"], 8))
    os.symlink(fresh, link + ".new")
    os.replace(link + ".new", link)
    for name in older:
        if manifest["keepGenerations"] and name <= (older[-1] + 1) - manifest["keepGenerations"]:
            shutil.rmtree(os.path.join(mount, str(name)))


def main(arguments):
    mode = next((word.partition("=")[2] for word in arguments if word.startswith("-check-mode=")), None)
    with open(arguments[-1], encoding="utf-8") as file:
        manifest = json.load(file)
    try:
        if mode:
            check(manifest, mode)
        elif os.environ.get("NIXOS_ACTION") != "dry-activate":
            install(manifest)
    except (Refused, OSError, ValueError) as error:
        print(f"{os.path.basename(sys.argv[0])}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
