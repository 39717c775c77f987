"""Encrypts as sops does, for age recipients: an own reading of its format, so that what opens the files is not proved by itself.

usage: sopsfile.py yaml|json|dotenv RECIPIENT… < values as JSON > file
"""

import base64
import ctypes
import hashlib
import json
import os
import subprocess
import sys

MODIFIED = "2026-11-21T12:00:00Z"


def sealed(key, plain, additional, kind="str"):
    """AES-256-GCM with a nonce of 32 bytes, as sops has it."""
    crypto = ctypes.CDLL("libcrypto.so.3")
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
        getattr(crypto, name).restype = ctypes.c_void_p
    context, nonce, length = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new()), os.urandom(32), ctypes.c_int()
    out, tag = ctypes.create_string_buffer(len(plain) + 16), ctypes.create_string_buffer(16)
    assert crypto.EVP_EncryptInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_256_gcm()), None, None, None)
    assert crypto.EVP_CIPHER_CTX_ctrl(context, 0x9, len(nonce), None)
    assert crypto.EVP_EncryptInit_ex(context, None, None, key, nonce)
    assert crypto.EVP_EncryptUpdate(context, None, ctypes.byref(length), additional.encode(), len(additional))
    assert crypto.EVP_EncryptUpdate(context, out, ctypes.byref(length), plain, len(plain))
    assert crypto.EVP_EncryptFinal_ex(context, ctypes.byref(out, len(plain)), ctypes.byref(length))
    assert crypto.EVP_CIPHER_CTX_ctrl(context, 0x10, 16, tag)
    crypto.EVP_CIPHER_CTX_free(context)
    coded = [base64.b64encode(part).decode() for part in (out.raw[: len(plain)], nonce, tag.raw)]
    return f"ENC[AES256_GCM,data:{coded[0]},iv:{coded[1]},tag:{coded[2]},type:{kind}]"


def walked(value, path, key, digest):
    if isinstance(value, dict):
        return {name: walked(member, [*path, name], key, digest) for name, member in value.items()}
    if isinstance(value, list):
        return [walked(member, path, key, digest) for member in value]
    kind = "int" if isinstance(value, int) else "str"
    plain = str(value).encode()
    digest.update(plain)
    return sealed(key, plain, "".join(f"{name}:" for name in path), kind)


def encrypted(values, recipients):
    """(values, metadata), in the order in which sops writes them."""
    key, digest = os.urandom(32), hashlib.sha512()
    values = walked(values, [], key, digest)
    age = []
    for recipient in recipients:
        done = subprocess.run(["age", "--encrypt", "--armor", "--recipient", recipient], input=key, capture_output=True, check=True)
        age.append({"recipient": recipient, "enc": done.stdout.decode()})
    mac = sealed(key, digest.hexdigest().upper().encode(), MODIFIED)
    return values, {"age": age, "lastmodified": MODIFIED, "mac": mac, "unencrypted_suffix": "_unencrypted", "version": "3.11.0"}


def yaml(value, indent=0):
    """In sops' own layout: four blanks, plain texts, blocks for what has lines."""
    lead, lines = " " * indent, []
    for name, member in value.items():
        if isinstance(member, dict):
            lines += [f"{lead}{name}:", *yaml(member, indent + 4)]
        elif isinstance(member, list):
            lines.append(f"{lead}{name}:")
            for item in member:
                if isinstance(item, dict):
                    first, *rest = yaml(item, indent + 6)
                    lines += [f"{lead}    - {first.lstrip()}", *rest]
                else:
                    lines.append(f"{lead}    - {item}")
        elif "\n" in member:
            lines += [f"{lead}{name}: |", *(f"{lead}    {line}" for line in member.rstrip("\n").split("\n"))]
        else:
            lines.append(f'{lead}{name}: "{member}"' if name == "lastmodified" else f"{lead}{name}: {member}")
    return lines


def written(kind, values, metadata):
    if kind == "json":
        return json.dumps({**values, "sops": metadata}, indent="\t") + "\n"
    if kind == "dotenv":
        flat = {f"age__list_{number}__map_{name}": text.replace("\n", "\\n") for number, entry in enumerate(metadata.pop("age")) for name, text in entry.items()}
        return "".join(f"{name}={text}\n" for name, text in [*values.items(), *(("sops_" + name, text) for name, text in {**flat, **metadata}.items())])
    return "\n".join(yaml({**values, "sops": metadata})) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written(sys.argv[1], *encrypted(json.load(sys.stdin), sys.argv[2:])))
