"""Secrets of apps and services: sealed by systemd-creds for this machine, named in unit files, opened by systemd for the unit alone.

A value comes in one frame, goes through a pipe into systemd-creds and is forgotten. It is never part of an argument, an
environment, a file in clear, a log line or a problem's text; what comes back over the channel is a name, never a value.
"""

import os

from . import toplevels
from .pattern import Pattern
from .problems import problem
from .system import read_text, rfc3339, sync_directory, write_atomically

CREDENTIALS = "/var/lib/croft/credentials"
APPS, SERVICES = "apps", "services"
#: What the box makes by itself, and nobody puts: an app's passwords for its databases (nix/modules/apps/database-password.py).
DATABASES = "databases"
#: What systemd opens for the OpenTelemetry collector when its server wants to see a header.
OTLP_HEADER = (SERVICES, "monitoring", "OTLP_HEADER")
MAX_BYTES = 64 * 1024
#: Of the whole box, so that a listing fits a frame.
MOST = 2000

NAME = Pattern(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_OWNER = Pattern(r"[a-z][a-z0-9-]{0,30}")
_SETTINGS = ("LoadCredentialEncrypted=", "LoadCredential=")
_SEAL_SECONDS = 60
#: Of services, those that become part of a line or a variable: with another value the service would not start any more.
_LINES = ("RELAY_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def identity(request):
    """(directory, owner, name) of the secret that a request is about."""
    if ("app" in request) == ("service" in request):
        raise problem("BAD_REQUEST", field="app", why="exactly one of app and service must be given.")
    return (APPS, request["app"], request["name"]) if "app" in request else (SERVICES, request["service"], request["name"])


def words(secret):
    """A secret as a person says it: DB_PASSWORD of shop."""
    return f"{secret[2]} of {secret[1]}"


# -- what the box has ----------------------------------------------------------------------------------------------


def place(system, secret):
    return os.path.join(system.path(CREDENTIALS), *secret)


def exists(system, secret):
    return os.path.isfile(place(system, secret))


def known(system):
    """Every secret that somebody has given to the box, sorted."""
    return _kept(system, (APPS, SERVICES))


def all_kept(system):
    """Those and what the box has made by itself."""
    return _kept(system, (APPS, SERVICES, DATABASES))


def _kept(system, kinds):
    found = []
    for kind in kinds:
        for owner in _listed(os.path.join(system.path(CREDENTIALS), kind)):
            names = _listed(os.path.join(system.path(CREDENTIALS), kind, owner)) if _OWNER.fullmatch(owner) else ()
            found += [(kind, owner, name) for name in names if NAME.fullmatch(name)]
    return found


def listed(system):
    """All secrets as the protocol shows them, and for which recipients those in git have to be encrypted."""
    from . import facts, sops

    readers = _readers(system, toplevels.running(system))
    users = {secret: units for source, units in readers.items() if (secret := _sealed_at(source))}
    box = facts.of_box(system)
    recipients = sops.recipients(system, box)
    return {
        "secrets": [entry for secret in known(system) if (entry := described(system, secret, users.get(secret, ())))],
        "sops": None if recipients is None else {"recipients": recipients, "secrets": sops.listed(system, box, readers)},
    }


def described(system, secret, units):
    """One secret as the protocol shows it; None when it has just gone."""
    kind, owner, name = secret
    try:
        changed = os.stat(place(system, secret)).st_mtime
        sealed = read_text(place(system, secret)) or ""
    except OSError:
        return None
    return {
        "app" if kind == APPS else "service": owner,
        "name": name,
        "bytes": opened_bytes(sealed, name),
        "changedAt": rfc3339(changed),
        "usedBy": sorted(units),
    }


def used(system, toplevel):
    """secret -> the units of a built system that are given it, of those that are sealed on the box."""
    return {secret: units for source, units in _readers(system, toplevel).items() if (secret := _sealed_at(source))}


def _readers(system, toplevel):
    """file -> the units of a built system that systemd opens it for."""
    from .unitfiles import UnitFiles

    files = UnitFiles(system, toplevel)
    found = {}
    for unit in files.names:
        if unit.endswith(".service"):
            for text in files.texts(unit):
                for line in text.splitlines() if _SETTINGS[-1][:-1] in text else ():
                    if line.startswith(_SETTINGS):
                        source = line.partition("=")[2].strip().strip('"').partition(":")[2]
                        found.setdefault(source, set()).add(unit)
    return found


def _sealed_at(source):
    """The secret that lies there; None when it is another file."""
    parts = source.removeprefix(f"{CREDENTIALS}/").split("/")
    return tuple(parts) if source.startswith(f"{CREDENTIALS}/") and len(parts) == 3 and parts[0] in (APPS, SERVICES) else None


# -- what a state or a system needs ----------------------------------------------------------------------------------


def named(state):
    """The secrets that a state names, and that have to be sealed on the box."""
    if state is None:
        return []
    from .mail import RELAY_PASSWORD
    from .restic import secrets_of

    own = [(APPS, app.name, name) for app in state.apps.values() for name in app.secrets]
    if state.dns:
        from . import dnsproviders

        own += dnsproviders.secrets_of(*state.dns)
    own += [RELAY_PASSWORD] if state.signs_in_at_relay else []
    own += [OTLP_HEADER] if state.sends_header else []
    own += [secret for target, kind in state.backup_targets for secret in secrets_of(target, kind)]
    in_git = {(SERVICES, service, name) for service, name, _, _ in state.in_git}
    return [secret for secret in own if secret not in in_git]


def missing(system, secrets):
    return [secret for secret in secrets if not exists(system, secret)]


def require(system, secrets):
    """Refuses what would start units without the secrets that they need."""
    if lost := missing(system, secrets):
        kind, owner, name = lost[0]
        more = f" {len(lost) - 1} more are missing: {', '.join(map(words, lost[1:6]))}{', …' if len(lost) > 6 else ''}." if lost[1:] else ""
        raise problem("SECRET_MISSING", name=name, owner=owner, more=more)


def require_of_system(system, toplevel):
    """The same, of a built system: its units say what they load, whoever wrote them, and what it opens itself."""
    from . import sops

    require(system, sorted(used(system, toplevel)))
    sops.require_of_system(system, toplevel)


# -- changes ---------------------------------------------------------------------------------------------------------


def put(system, request):
    """Seals a value and puts it in the place of the one before."""
    secret = identity(request)
    value = _decoded(request["value"])
    if secret[0] == SERVICES and secret[2] in _LINES and not is_line(value):
        raise problem("BAD_REQUEST", field="value", why=f"is no text, or has control characters in it. {words(secret)} is one line.")
    if not exists(system, secret) and len(known(system)) >= MOST:
        raise problem("NOT_ALLOWED", why=f"The box has {MOST} secrets already.", next="Remove some that nothing uses any more.")
    sealed = _sealed(system, secret[2], value)
    _make_directories(system, secret)
    write_atomically(place(system, secret), sealed)
    units = used(system, toplevels.running(system)).get(secret, set())
    restarted = _restart(system, secret, units) if request.get("restart") else []
    return {"secret": described(system, secret, units), "restarted": restarted}


def remove(system, flake, request):
    """Deletes a secret that neither the state in force nor the running system names."""
    from . import state as states

    secret = identity(request)
    if not exists(system, secret):
        raise problem("NOT_FOUND", thing=f"the secret {words(secret)}", why="It has no secret of this name.")
    text = flake.read_main()[1]
    if secret in named(states.read_built(text) if text else None):
        raise problem("SECRET_IN_USE", name=secret[2], owner=secret[1], why="The desired state in force names it.")
    if units := used(system, toplevels.running(system)).get(secret):
        raise problem("SECRET_IN_USE", name=secret[2], owner=secret[1], why=f"The running system gives it to {', '.join(sorted(units))}.")
    shown = described(system, secret, ())
    try:
        os.unlink(place(system, secret))
    except FileNotFoundError:
        pass  # Somebody was faster.
    directory = os.path.dirname(place(system, secret))
    sync_directory(directory)
    try:
        os.rmdir(directory)
    except OSError:
        pass  # It holds others.
    return {"secret": shown}


def is_line(value):
    """Whether bytes are a text that fits on one line, the line's own end aside."""
    try:
        line = value.strip().decode()
    except UnicodeDecodeError:
        return False
    return not any(character < " " or character == "\x7f" for character in line)


def _make_directories(system, secret):
    directory = system.path(CREDENTIALS)
    for name in ("", *secret[:2]):
        directory = os.path.join(directory, name)
        try:
            os.mkdir(directory, 0o700)
        except FileExistsError:
            pass


def _decoded(value):
    """The bytes of a value. The text is in no message: what is wrong with it is enough."""
    from binascii import Error, a2b_base64

    try:
        decoded = a2b_base64(value, strict_mode=True)
    except (Error, ValueError):
        raise problem("BAD_REQUEST", field="value", why="is not base64.") from None
    if not decoded:
        raise problem("BAD_REQUEST", field="value", why="is empty. Remove the secret instead.")
    if len(decoded) > MAX_BYTES:
        raise problem("BAD_REQUEST", field="value", why=f"is larger than {MAX_BYTES} bytes.")
    return decoded


def _sealed(system, name, value):
    # In a unit of its own: it needs the machine's key, which may be made only now, and the TPM where there is one; croft-hostd
    # may reach neither. No PCRs: a value that an update of the firmware locks away would stop the app, not a thief.
    argv = [
        "systemd-run", "--quiet", "--no-ask-password", "--wait", "--pipe", "--collect", "--service-type=exec",
        "--description=Croft seals a secret", "--property=PrivateNetwork=yes", "--property=LimitCORE=0", "--",
        "systemd-creds", "encrypt", f"--name={name}", "--with-key=auto", "--tpm2-pcrs=", "-", "-",
    ]  # fmt: skip
    done = system.run(argv, stdin=value, timeout=_SEAL_SECONDS)
    if done.code != 0 or not done.out.strip():
        raise problem("INTERNAL", why="systemd-creds could not seal the value.", detail=done.err)
    return done.out


def _restart(system, secret, units):
    """Starts anew what runs with the old value. A job that is under way ends with the value that it began with."""
    from .units import UP, last_lines, show

    names = sorted(units)
    shown = show(system, names, "Id,ActiveState,Type")
    running = [name for name, unit in zip(names, shown) if unit.get("ActiveState") in UP and unit.get("Type") != "oneshot"]
    if running:
        done = system.run(["systemctl", "restart", "--no-ask-password", "--", *running], timeout=300)
        if done.code != 0:
            detail = "\n".join(last_lines(system, name, system.now() - 60) for name in running)
            why = f"The new value of {secret[2]} is stored. Starting {', '.join(running)} with it failed: {done.err.strip()}"
            raise problem("APP_EXITED", app=secret[1], why=why, detail=detail)
    return running


# -- values, for the guard -------------------------------------------------------------------------------------------


class Opening:
    """Secrets being opened, so that they can be looked for where they must not be. Only this process ever has the values."""

    def __init__(self, system, secrets):
        self._started = [
            (
                secret,
                system.start(
                    ["systemd-creds", "decrypt", f"--name={secret[2]}", "--transcode=base64", place(system, secret), "-"],
                    timeout=_SEAL_SECONDS,
                ),
            )
            for secret in secrets
        ]

    def values(self):
        """(secret -> value, the secrets that could not be opened). A secret of another machine is one of those."""
        from binascii import a2b_base64

        found, closed = {}, []
        for secret, program in self._started:
            done = program.finish()
            if done.code == 0:
                found[secret] = a2b_base64(done.out.encode())
            else:
                closed.append(secret)
        self._started = []
        return found, closed


# -- the sealed form -------------------------------------------------------------------------------------------------


def opened_bytes(sealed, name):
    """How long the value in a sealed text is, by the lengths in its header; the length of the sealed data where that is of an
    unknown make. (systemd: src/shared/creds-util.c; the value is encrypted byte for byte behind a copy of the name.)"""
    from binascii import Error, a2b_base64

    try:
        raw = a2b_base64(sealed.encode("ascii"))
    except (Error, ValueError):
        return len(sealed)
    block, iv, tag = (int.from_bytes(raw[at : at + 4], "little") for at in (20, 24, 28))
    position = _aligned(32 + iv)
    if raw[:16] != HOST_ONLY:
        # Bound to a TPM as well: its blob and policy come next.
        blob, policy = (int.from_bytes(raw[position + at : position + at + 4], "little") for at in (12, 16))
        position += _aligned(20 + blob + policy)
    size = len(raw) - position - _aligned(20 + len(name)) - tag
    return size if block == 1 and (iv, tag) == (12, 16) and 0 < size <= MAX_BYTES else len(raw)


#: systemd's mark of what is sealed with the machine's own key alone.
HOST_ONLY = bytes.fromhex("5a1c6a86df9d4096b1d5a65e0862f19a")


def _aligned(size):
    return (size + 7) & ~7


def _listed(directory):
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
