"""The password with which an app signs in at its database: made here, sealed for this machine, and told to the server as a verifier.

    database-password.py keep ENGINE NAME FILE OUT [STATEMENTS]
        seals a new password as FILE unless that has one; what the server is told goes to OUT, with those statements behind it
    database-password.py sweep NAME DIRECTORY [APP…]
        deletes those of apps that are not named

The password itself is in no argument, no statement and no file in clear. Nothing outside of this box knows it, so one that this machine
cannot open any more, as after a move to another, is simply followed by a new one.
"""

import base64
import hashlib
import hmac
import os
import secrets
import subprocess
import sys

ITERATIONS = 4096


def opened(name, file):
    """The password in a sealed file, or None when there is none that this machine can open."""
    if not os.path.exists(file):
        return None
    done = subprocess.run(["systemd-creds", "decrypt", f"--name={name}", file, "-"], stdout=subprocess.PIPE, check=False)
    return done.stdout if done.returncode == 0 and done.stdout else None


def sealed(name, file):
    """Makes a password, and seals it in the place of whatever was there."""
    password = secrets.token_urlsafe(32).encode("ascii")
    # No PCRs: a value that an update of the firmware locks away would stop the app, not a thief.
    argv = ["systemd-creds", "encrypt", f"--name={name}", "--with-key=auto", "--tpm2-pcrs=", "-", "-"]
    text = subprocess.run(argv, input=password, stdout=subprocess.PIPE, check=True).stdout
    directory = os.path.dirname(file)
    for place in (os.path.dirname(os.path.dirname(directory)), os.path.dirname(directory), directory):
        os.makedirs(place, mode=0o700, exist_ok=True)
    write(f"{file}.new", text)
    os.rename(f"{file}.new", file)
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(place)
    os.close(place)
    return password


def write(file, content, owner=(0, 0)):
    """Writes a file that nobody but its owner reads. Whoever the directory belongs to cannot make it another file's."""
    try:
        os.unlink(file)
    except FileNotFoundError:
        pass
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        os.fchown(out.fileno(), *owner)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def scram(password):
    """What PostgreSQL keeps of a password for SCRAM-SHA-256 (RFC 5803)."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt, stored, server = (base64.b64encode(each).decode("ascii") for each in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt}${stored}:{server}"


def native(password):
    """What MariaDB keeps of one for mysql_native_password, which every client knows. It is as strong as 256 random bits are."""
    return "*" + hashlib.sha1(hashlib.sha1(password).digest()).hexdigest().upper()


# As the client of each reads it, in front of the statements. Base64 and hexadecimal digits have no quotes.
TOLD = {
    "postgresql": lambda password: f"\\set verifier '{scram(password)}'\n",
    "mysql": lambda password: f"SET sql_log_off = 1;\nSET @verifier = '{native(password)}';\n",
}


def keep(engine, name, file, out, statements=os.devnull):
    told = TOLD[engine](opened(name, file) or sealed(name, file)).encode("ascii")
    # The directory is that of the account that the statements run as.
    place = os.stat(os.path.dirname(out))
    with open(statements, "rb") as more:
        write(out, told + more.read(), (place.st_uid, place.st_gid))


def sweep(name, directory, *kept):
    for app in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
        if app in kept:
            continue
        try:
            os.unlink(os.path.join(directory, app, name))
            os.rmdir(os.path.join(directory, app))
        except OSError:
            pass  # It had none, or has that of another server.


if __name__ == "__main__":
    os.umask(0o077)
    {"keep": keep, "sweep": sweep}[sys.argv[1]](*sys.argv[2:])
