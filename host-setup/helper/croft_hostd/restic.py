"""restic, which keeps the backups: one program for one target, in a unit of its own that is given the target's secrets.

    croft-op restic TARGET ARGUMENT…     what that unit runs: it puts the secrets where restic looks for them, and becomes restic

A value of a secret is in no argument, no log and no environment but that of this one program.
"""

import os
import sys

from . import facts, programs, secrets, sops
from .jsontext import loads
from .pattern import Pattern
from .problems import problem
from .system import Finished

SERVICE = "backup-{}"
_PASSWORD, _SSH_KEY, _S3 = "RESTIC_PASSWORD", "SSH_KEY", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_SECRETS = {"local": (_PASSWORD,), "sftp": (_PASSWORD, _SSH_KEY), "s3": (_PASSWORD, *_S3)}
_CACHE = "/var/cache/croft/restic"
#: For a question; a network that does not answer is no reason to wait for long.
ASK_SECONDS = 60
#: So often a place may refuse before it is believed: restic would try for a quarter of an hour.
_REFUSALS = 3
WORK_SECONDS = 24 * 3600

# restic 0.14 ends with 1 for nearly everything, later ones have codes of their own.
_NO_REPOSITORY, _WRONG_PASSWORD, _INCOMPLETE = 10, 12, 3
_REFUSED_WORDS = (
    "wrong password or no key found", "permission denied (publickey", "host key verification failed", "too many authentication failures",
    "access denied", "accessdenied", "forbidden", "invalidaccesskeyid", "the access key id you provided does not exist", "signaturedoesnotmatch",
    "the request signature we calculated does not match",
)  # fmt: skip
_NO_REPOSITORY_WORDS = ("is there a repository at the following location", "unable to open config file")
_UNREACHABLE_WORDS = (
    "connection refused", "no route to host", "timed out", "timeout", "network is unreachable", "could not resolve hostname", "no such host",
    "name or service not known", "temporary failure in name resolution", "unable to start the sftp session", "unable to open repository",
    "no such file or directory", "read-only file system", "permission denied", "connection reset", "server misbehaving",
    "no space left on device", "connection closed", "broken pipe", "context deadline exceeded", "bucket does not exist",
)  # fmt: skip
#: What restic puts before the reason when it is going to try once more.
_TRYING_ON = Pattern(r"^\w+\(<.*>\) returned error, retrying after [^:]+: ")
#: How it ends when somebody has ended it: then it has not found out anything.
_CUT_OFF = "context canceled"
_DAMAGED_WORDS = (
    "ciphertext verification failed", "invalid data returned", "hash mismatch", "pack id does not match",
    "error for tree", "unable to load index", "unexpected eof", "size does not match", "invalid checksum", "streampack",
    "is not found in index", "not found in repository", ": does not exist", "repository contains errors",
    "packs from index missing in repo", "index is not complete", "data seems to be missing",
)  # fmt: skip



def targets(system):
    """name -> what the running system says of a target."""
    return (facts.of_box(system).get("backups") or {}).get("targets") or {}


def require_target(system, name):
    if name not in targets(system):
        raise problem("NOT_FOUND", thing=f"the backup target {name}", why="The running system has no target of this name.")


def secrets_of(name, kind):
    """The secrets that a target takes, as secrets.py names them."""
    return [(secrets.SERVICES, SERVICE.format(name), secret) for secret in _SECRETS.get(kind, ())]


class Repository:
    """What is at a target. Programs that an operation starts carry its name, so that they can be ended with it."""

    def __init__(self, system, name, operation=None):
        self.system = system
        self.name = name
        self.settings = targets(system)[name]
        self._label = operation or os.urandom(8).hex()
        self._started = 0

    def identity(self):
        """The repository's id, None when there is none; raises what keeps it from being read."""
        done = self._knock("cat", "config")
        if done.code == 0:
            return loads(done.out)["id"]
        if is_missing(done):
            return None
        raise failure(self.name, done)

    def _knock(self, *arguments):
        """A first question, given up as soon as it is sure that the answer is no."""
        argv = self._argv(arguments, "/", ASK_SECONDS)
        unit, child = _unit(self._label, self._started), self.system.spawn(argv)
        said, refusals = {"out": [], "err": []}, 0
        while (batch := child.lines(1.0)) is not None:
            for stream, raw in batch:
                line = raw.decode("utf-8", "replace")
                said[stream.removesuffix("-torn")].append(line)
                refusals += _is_refusal(line)
                if refusals == _REFUSALS:
                    refusals += 1
                    self.system.run(["systemctl", "stop", "--no-ask-password", "--", unit], timeout=120)
        return Finished(argv, child.wait(), "\n".join(said["out"]), "\n".join(said["err"]))

    def json(self, *arguments, seconds=ASK_SECONDS):
        """What restic answers to a question."""
        done = self.run(*arguments, "--json", seconds=seconds)
        if done.code != 0:
            raise failure(self.name, done)
        return loads(done.out)

    def do(self, *arguments, directory="/"):
        """Work that may take its time; raises when it fails."""
        done = self.run(*arguments, directory=directory, seconds=WORK_SECONDS)
        if done.code != 0:
            raise failure(self.name, done)
        return done

    def restore(self, identity, place):
        """Brings what was kept into an empty directory, every byte of it looked at. Holes of files stay holes: what was kept counts the
        blocks that they had, and so does the room that was looked for."""
        self.do("restore", identity, f"--target={place.removeprefix(self.system.path(''))}", "--sparse", "--verify")

    def run(self, *arguments, directory="/", seconds=ASK_SECONDS):
        return self.start(*arguments, directory=directory, seconds=seconds).finish()

    def start(self, *arguments, directory="/", seconds=ASK_SECONDS):
        # systemd ends it in time; what waits for it only has to outlive that.
        return self.system.start(self._argv(arguments, directory, seconds), timeout=seconds + 30)

    def spawn(self, *arguments, directory="/"):
        return self.system.spawn(self._argv(arguments, directory, WORK_SECONDS))

    def _argv(self, arguments, directory, seconds):
        self._started += 1
        in_git = sops.of_service(facts.of_box(self.system), SERVICE.format(self.name))
        loaded = [
            f"--property=LoadCredential={name}:{sops.place('service', owner, name)}"
            if name in in_git
            else f"--property=LoadCredentialEncrypted={name}:{os.path.join(secrets.CREDENTIALS, kind, owner, name)}"
            for kind, owner, name in secrets_of(self.name, self.settings["type"])
        ]
        return [
            "systemd-run", "--quiet", "--no-ask-password", "--wait", "--pipe", "--collect", "--service-type=exec",
            f"--unit={_unit(self._label, self._started)}", f"--description=Croft backup to {self.name}", "--slice=croft-build.slice",
            "--property=PrivateTmp=yes", "--property=LimitCORE=0", "--property=NoNewPrivileges=yes",
            f"--property=RuntimeMaxSec={seconds}", f"--property=WorkingDirectory={directory}", *loaded, *programs.ENVIRONMENT, "--",
            *programs.croft_op("restic", self.name), *arguments,
        ]  # fmt: skip


def _unit(label, number):
    return f"croft-restic-{label}-{number}.service"


def end(system, operation):
    """Ends what an operation has started and left: restic tidies up, and what was half done does not count."""
    system.run(["systemctl", "stop", "--no-ask-password", "--", _unit(operation, "*")], timeout=120)


def is_missing(done):
    """Whether restic says that there is no repository, of a place that it could look at."""
    text = done.err.lower()
    if done.code == _NO_REPOSITORY:
        return True
    reached = not _is_refusal(text) and not any(word in text for word in (_CUT_OFF, "unable to start the sftp session", "connection refused", "timeout"))
    return done.code != 0 and reached and any(word in text for word in _NO_REPOSITORY_WORDS)


def _is_refusal(said):
    text = said.lower()
    return any(word in text for word in _REFUSED_WORDS)


def failure(name, done):
    """What restic says went wrong, as a problem."""
    text = f"{done.err}\n{done.out}".lower()
    code, words = _kind_of(done.code, text)
    lines = [line.strip() for line in done.err.splitlines() if line.strip()]
    # The line with the reason; the last one often only says that there was one.
    telling = [line for line in lines if any(word in line.lower() for word in words)]
    why = _TRYING_ON.sub("", (telling or lines or [f"restic ended with code {done.code}"])[0]).removeprefix("Fatal: ").removeprefix("subprocess ssh: ")[:500]
    return problem(code, target=name, why=why if why.endswith((".", "!", "?")) else why + ".", detail=done.err or done.out)


def _kind_of(ended, text):
    """(code of the problem, the words by which the line with the reason is known)"""
    if ended == _WRONG_PASSWORD or _is_refusal(text):
        return "BACKUP_REFUSED", _REFUSED_WORDS
    if any(word in text for word in _NO_REPOSITORY_WORDS):
        return "BACKUP_UNREACHABLE", _NO_REPOSITORY_WORDS
    # Before what damage looks like: a server that hangs up ends a transfer too soon as well.
    if "unable to start the sftp session" in text:
        return "BACKUP_UNREACHABLE", _UNREACHABLE_WORDS
    if any(word in text for word in _DAMAGED_WORDS):
        return "BACKUP_DAMAGED", _DAMAGED_WORDS
    if ended in (_NO_REPOSITORY, -9) or any(word in text for word in _UNREACHABLE_WORDS):
        return "BACKUP_UNREACHABLE", _UNREACHABLE_WORDS
    return "BACKUP_FAILED", ("fatal:", "error")


def ended(code, said):
    """How a program ended whose words were read as they came."""
    return Finished(["restic"], code, "", said)


def is_incomplete(code):
    return code == _INCOMPLETE


# -- inside the unit -------------------------------------------------------------------------------------------------


def become(system, name, arguments):
    """Replaces this process by restic, with all that the target needs."""
    found = facts.of_box(system).get("backups") or {}
    try:
        argv, environment = invocation(found, name, arguments, os.environ["CREDENTIALS_DIRECTORY"], _private_file)
    except UnusableSecret as error:
        # As restic itself says what ended it, for `failure` to find.
        sys.stderr.write(f"Fatal: the secret {error} of {SERVICE.format(name)} is no text that restic can be given. Set it anew.\n")
        sys.exit(1)
    os.execve(argv[0], argv, {**os.environ, **environment})


def invocation(found, name, arguments, credentials, keep):
    """(argv, environment) of restic. `keep(name, text)` puts a text into a file of this unit's own and gives its path."""
    target = found["targets"][name]
    environment = {"RESTIC_PASSWORD_FILE": os.path.join(credentials, _PASSWORD), "RESTIC_CACHE_DIR": os.path.join(_CACHE, name)}
    options = []
    kind = target["type"]
    if kind == "local":
        repository = target["path"]
    elif kind == "sftp":
        # One with a port of its own is known by both. The option is cut at blanks, and what it is made of has none.
        host, port = target["host"], target["port"]
        address = host if port == 22 else f"[{host}]:{port}"
        known = keep("known_hosts", f"{address} {' '.join(target['hostKey'].split()[:2])}\n")
        key = keep("key", _value(credentials, _SSH_KEY))
        # ssh says why it failed straight into the unit's standard error (restic keeps this process's id). restic passes on what its child
        # says in a thread of its own, and when the child ends at once it often ends itself before that thread has written the reason.
        command = (
            f"{found['ssh']} -E /proc/{os.getpid()}/fd/2 -F /dev/null -T -i {key} -p {port} -l {target['user']} -o IdentitiesOnly=yes -o BatchMode=yes"
            f" -o StrictHostKeyChecking=yes -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=/dev/null -o ConnectTimeout=20"
            f" -o ServerAliveInterval=30 -o ServerAliveCountMax=4 {host} -s sftp"
        )
        options = ["-o", f"sftp.command={command}"]
        repository = f"sftp:{target['user']}@{host}:{target['path']}"
    else:
        prefix = f"/{target['prefix']}" if target.get("prefix") else ""
        repository = f"s3:{target['endpoint']}/{target['bucket']}{prefix}"
        environment.update({variable: _line(credentials, variable) for variable in _S3})
        if target.get("region"):
            environment["AWS_DEFAULT_REGION"] = target["region"]
    return [found["restic"], "--repo", repository, *options, *arguments], environment


def _value(credentials, name):
    try:
        with open(os.path.join(credentials, name), encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        raise UnusableSecret(name) from None


def _line(credentials, name):
    """A value as a variable has it."""
    line = _value(credentials, name).strip()
    if not secrets.is_line(line.encode()):
        raise UnusableSecret(name)
    return line


class UnusableSecret(Exception):
    """The name of one whose value no program can be given: bytes that are no text, or control characters in a line."""


def _private_file(name, text):
    # In the unit's own /tmp. A key that came without its last line end is one that ssh cannot read.
    place = os.path.join("/tmp", name)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else text + "\n")
    return place
