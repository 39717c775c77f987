"""Whether a message's DKIM signature (RFC 6376, rsa-sha256, relaxed/relaxed) is that of a published key."""

import base64
import hashlib
import re
import subprocess
import tempfile


def tags(text):
    pairs = (part.split("=", 1) for part in text.split(";") if "=" in part)
    return {name.strip(): re.sub(r"\s+", "", value) for name, value in pairs}


def relaxed(name, value):
    return name.lower() + ":" + re.sub(r"[ \t]+", " ", value.replace("\r\n", "")).strip()


def verify(message, record):
    """Raises AssertionError unless the record's key has signed the message (lines ended by \\r\\n)."""
    head, _, body = message.partition("\r\n\r\n")
    headers = re.findall(r"^([!-9;-~]+):([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head, re.M)
    ((name, value),) = [header for header in headers if header[0].lower() == "dkim-signature"]
    signature = tags(value)
    assert (signature["a"], signature.get("c")) == ("rsa-sha256", "relaxed/relaxed"), signature

    lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in body.split("\r\n")]
    plain = "\r\n".join(lines).rstrip("\r\n") + "\r\n"
    digest = base64.b64encode(hashlib.sha256(plain.encode()).digest()).decode()
    assert digest == signature["bh"], "the body is another"

    signed, left = [], list(headers)
    for wanted in signature["h"].split(":"):
        # Of several of a name, the last one first.
        found = next((header for header in reversed(left) if header[0].lower() == wanted.lower()), None)
        if found:
            left.remove(found)
            signed.append(relaxed(*found))
    signed.append(relaxed(name, re.sub(r"(\bb=)[^;]*", r"\1", value)))
    assert any(line.startswith("from:") for line in signed), signed
    with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as sealed:
        key.write(b"-----BEGIN PUBLIC KEY-----\n" + tags(record)["p"].encode() + b"\n-----END PUBLIC KEY-----\n")
        sealed.write(base64.b64decode(signature["b"]))
        key.flush()
        sealed.flush()
        argv = ["openssl", "dgst", "-sha256", "-verify", key.name, "-signature", sealed.name]
        done = subprocess.run(argv, input="\r\n".join(signed).encode(), capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr, signed)
    return signature
