"""The desired state, checked once more on the box: what the console sends is a claim, not a fact.

Mirrors the bounds of `options.croft` for every value that this program itself uses, or that ends up in a unit
name, a port, an address or an argument. What only Nix reads is left to Nix's own types.
"""

from . import giturl
from .jsontext import dumps, loads
from .pattern import Pattern
from .problems import problem

VERSION = 1
MAX_BYTES = 4 * 1024 * 1024
MAX_APPS = 500
MAX_TEXT = 65536

NAME = Pattern(r"[a-z][a-z0-9-]{0,30}")
_HOST_LABEL = Pattern(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_SECRET = Pattern(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FLAKE_FILE = Pattern(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_SOPS_KEY = Pattern(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_ENV_KEY = Pattern(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_CATALOGUE_URL = Pattern(r"croft:[a-z][a-z0-9-]{0,30}")
_NAR_HASH = Pattern(r"sha256-[A-Za-z0-9+/]{43}=")
_HEALTH_PATH = Pattern(r"/[!-~]{0,1023}")
_IPV4 = Pattern(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])")
_HEADER = Pattern(r"[A-Za-z0-9-]{1,64}")
_SERVICE = Pattern(r"[a-z][a-z0-9-]{0,30}")
_TARGET = Pattern(r"[a-z][a-z0-9-]{0,23}")
_TARGET_TYPES = ("local", "sftp", "s3")
_LEVELS = ("service", "jail", "container", "podman", "microvm")
ENGINES = ("postgresql", "mysql")
#: Those that a state may have: of what they tell, and NixOS's name.
EXPORTERS = {"node": ("the machine", "node"), "systemd": ("the units", "systemd"), "postgresql": ("PostgreSQL", "postgres")}
_ACCESS = ("socket", "password")
_BUILDERS = ("flake", "static", "python", "node")

DEFAULT_HEALTH_SECONDS = 30


class App:
    """What the box needs to know of one app: how to reach it and how long to wait."""

    __slots__ = ("name", "unit", "rev", "version", "port", "health_path", "health_seconds", "any_answer", "domain", "secrets", "in_git", "passwords", "isolation")

    def __init__(self, name, entry):
        run = entry.get("run") or {}
        health = entry.get("health") or {}
        domains = entry.get("domains") or []
        self.name = name
        self.unit = f"croft-app-{name}.service"
        self.rev = (entry.get("source") or {}).get("rev")
        # What is deployed, and how it is started. Two versions may see the same data in different ways.
        self.version = dumps([self.rev, entry.get("build"), run.get("command")])
        self.isolation = entry.get("isolation") or "service"
        self.port = run.get("port")
        self.health_path = health.get("path") or "/"
        # Without a health check of its own an app is well when its port answers, whatever it answers.
        self.any_answer = not entry.get("health")
        self.health_seconds = health.get("timeoutSeconds") or DEFAULT_HEALTH_SECONDS
        # By which name the health check asks: of a wildcard some name that it stands for.
        self.domain = domains[0].replace("*", "croft-check", 1) if domains else None
        secrets = run.get("secrets") or {}
        #: Names of those that are sealed on the box; how the app gets them is Nix's affair.
        self.secrets = sorted(name for name, secret in secrets.items() if not secret.get("sops"))
        #: (name, file of the flake, key or None) of those that are kept in git.
        self.in_git = sorted((name, secret["sops"]["file"], secret["sops"].get("key")) for name, secret in secrets.items() if secret.get("sops"))
        attach = entry.get("attach") or {}
        #: Engines at whose database it signs in with a password.
        self.passwords = [engine for engine in ENGINES if (attach.get(engine) or {}).get("access") == "password"]


class Exporter:
    """What listens for a monitoring system; in what is asked of ports it is like an app."""

    __slots__ = ("name", "unit", "port")

    def __init__(self, key, port):
        subject, service = EXPORTERS[key]
        self.name = f"the exporter of {subject}"
        self.unit = f"prometheus-{service}-exporter.service"
        self.port = port


class State:
    """A checked state.json."""

    __slots__ = ("text", "host_name", "apps", "backup_targets", "dns", "signs_in_at_relay", "sends_header", "exporters", "in_git")

    def __init__(self, text, document):
        self.text = text
        self.host_name = document["host"]["name"]
        self.apps = {name: App(name, entry) for name, entry in sorted((document.get("apps") or {}).items())}
        #: (name, type): what decides which secrets a target takes.
        self.backup_targets = sorted((name, entry["type"]) for name, entry in _targets(document).items())
        #: (provider, names of its settings) that prove domains of apps and mail to an ACME authority; None where nothing is to be proved so.
        self.dns = _dns(document)
        #: Whether Postfix needs a password.
        self.signs_in_at_relay = bool((_mail(document).get("relay") or {}).get("user"))
        monitoring = _monitoring(document)
        #: Whether the OpenTelemetry collector needs the value of a header.
        self.sends_header = bool((monitoring.get("otlp") or {}).get("header"))
        #: By their names in the state, those that are on.
        self.exporters = {key: Exporter(key, port) for key, port in sorted((monitoring.get("exporters") or {}).items()) if port is not None}
        #: (service, name, file of the flake, key or None) of its services' secrets that are kept in git.
        self.in_git = sorted(
            (service, name, secret["sops"]["file"], secret["sops"].get("key"))
            for service, secrets in (document.get("secrets") or {}).items()
            for name, secret in secrets.items()
        )

    def listeners(self):
        """Apps and exporters, each with `name`, `unit` and `port`, which is None when it has none."""
        return [*self.apps.values(), *self.exporters.values()]


def _dns(document):
    dns = (document["host"].get("acme") or {}).get("dns")
    kinds = {(app.get("web") or {}).get("tls") for app in (document.get("apps") or {}).values()}
    if not dns or "acme" not in kinds | {(_mail(document).get("server") or {}).get("tls")}:
        return None
    return dns["provider"], sorted(dns.get("settings") or {})


def _targets(document):
    return (document.get("backups") or {}).get("targets") or {}


def _mail(document):
    return (document.get("services") or {}).get("mail") or {}


def _monitoring(document):
    return (document.get("services") or {}).get("monitoring") or {}


def parse(text):
    """The state in `text`, or STATE_REFUSED naming the field, or STATE_VERSION."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _refused("state.json", f"is larger than {MAX_BYTES} bytes")
    import json

    try:
        document = json.loads(text, object_pairs_hook=_object_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _refused("state.json", f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _refused("state.json", "must be an object")
    if document.get("version") != VERSION or isinstance(document.get("version"), bool):
        raise problem("STATE_VERSION", found=giturl.printable(json.dumps(document.get("version"))), wanted=VERSION)
    _check_host(_member(document, "host", "host", dict))
    apps = _member(document, "apps", "apps", dict, required=False) or {}
    if len(apps) > MAX_APPS:
        raise _refused("apps", f"has more than {MAX_APPS} entries")
    for name, app in apps.items():
        if not NAME.fullmatch(name):
            raise _refused(f"apps.{giturl.printable(name, 64)}", "the name must match [a-z][a-z0-9-]{0,30}")
        _check_app(f"apps.{name}", app)
    backups = _member(document, "backups", "backups", dict, required=False) or {}
    for name, target in (_member(backups, "backups.targets", "targets", dict, required=False) or {}).items():
        where = f"backups.targets.{giturl.printable(name, 64)}"
        if not _TARGET.fullmatch(name):
            raise _refused(where, "the name must match [a-z][a-z0-9-]{0,23}")
        if not isinstance(target, dict) or target.get("type") not in _TARGET_TYPES:
            raise _refused(f"{where}.type", f"must be one of {', '.join(_TARGET_TYPES)}")
    services = _member(document, "services", "services", dict, required=False) or {}
    mail = _member(services, "services.mail", "mail", dict, required=False) or {}
    _member(mail, "services.mail.server", "server", dict, required=False)
    relay = _member(mail, "services.mail.relay", "relay", dict, required=False) or {}
    _member(relay, "services.mail.relay.user", "user", str, required=False)
    _check_monitoring(_member(services, "services.monitoring", "monitoring", dict, required=False) or {})
    _check_service_secrets(_member(document, "secrets", "secrets", dict, required=False) or {})
    state = State(text, document)
    _check_ports(state)
    return state


def read_built(text):
    """A state that was checked before, as in a built system; None when it is none."""
    try:
        return State(text, loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _check_host(host):
    name = _member(host, "host.name", "name", str)
    if not NAME.fullmatch(name):
        raise _refused("host.name", "must match [a-z][a-z0-9-]{0,30}")
    for field in ("stateVersion", "timezone", "domain"):
        value = _member(host, f"host.{field}", field, str, required=False)
        if value is not None:
            _check_text(f"host.{field}", value, 253, single_line=True)
    acme = _member(host, "host.acme", "acme", dict, required=False) or {}
    dns = _member(acme, "host.acme.dns", "dns", dict, required=False)
    if dns is not None:
        _check_text("host.acme.dns.provider", _member(dns, "host.acme.dns.provider", "provider", str), 253, single_line=True)
        _member(dns, "host.acme.dns.settings", "settings", dict, required=False)


def _check_app(where, app):
    if not isinstance(app, dict):
        raise _refused(where, "must be an object")
    _check_source(f"{where}.source", _member(app, f"{where}.source", "source", dict))
    build = _member(app, f"{where}.build", "build", dict)
    if build.get("builder") not in _BUILDERS:
        raise _refused(f"{where}.build.builder", f"must be one of {', '.join(_BUILDERS)}")
    if app.get("isolation", "service") not in _LEVELS:
        raise _refused(f"{where}.isolation", f"must be one of {', '.join(_LEVELS)}")
    _check_run(f"{where}.run", _member(app, f"{where}.run", "run", dict, required=False) or {})
    attach = _member(app, f"{where}.attach", "attach", dict, required=False) or {}
    for engine in ENGINES:
        attached = _member(attach, f"{where}.attach.{engine}", engine, dict, required=False) or {}
        if attached.get("access", "socket") not in _ACCESS:
            raise _refused(f"{where}.attach.{engine}.access", f"must be one of {', '.join(_ACCESS)}")
    domains = _member(app, f"{where}.domains", "domains", list, required=False) or []
    for index, domain in enumerate(domains):
        _check_domain(f"{where}.domains[{index}]", domain)
    web = _member(app, f"{where}.web", "web", dict, required=False) or {}
    for source, target in (_member(web, f"{where}.web.redirects", "redirects", dict, required=False) or {}).items():
        _check_domain(f"{where}.web.redirects", source)
        _check_domain(f"{where}.web.redirects", target)
    health = _member(app, f"{where}.health", "health", dict, required=False) or {}
    path = _member(health, f"{where}.health.path", "path", str, required=False)
    if path is not None and not _HEALTH_PATH.fullmatch(path):
        raise _refused(f"{where}.health.path", "must be a path: it starts with / and has no space or control character")
    _check_integer(f"{where}.health.timeoutSeconds", health.get("timeoutSeconds"), 1, 600)


def _check_source(where, source):
    kind = source.get("type")
    if kind not in ("git", "catalogue"):
        raise _refused(f"{where}.type", "must be git or catalogue")
    url = _member(source, f"{where}.url", "url", str)
    if kind == "catalogue":
        # It comes with the box's own Croft: nothing is fetched, so there is no branch of it either.
        if not _CATALOGUE_URL.fullmatch(url):
            raise _refused(f"{where}.url", "must be croft: and the name of an app that comes with Croft")
        if source.get("ref") is not None:
            raise _refused(f"{where}.ref", "must be left out: an app of the catalogue has no branches")
    elif why := giturl.why_refused(url):
        raise _refused(f"{where}.url", why)
    rev = _member(source, f"{where}.rev", "rev", str)
    if not giturl.REVISION.fullmatch(rev):
        raise _refused(f"{where}.rev", "must be a full commit id: 40 hexadecimal digits")
    nar_hash = _member(source, f"{where}.narHash", "narHash", str)
    if not _NAR_HASH.fullmatch(nar_hash):
        raise _refused(f"{where}.narHash", "must be a hash as Nix writes it: sha256-…=")
    ref = _member(source, f"{where}.ref", "ref", str, required=False)
    if ref is not None and (why := giturl.why_ref_refused(ref)):
        raise _refused(f"{where}.ref", why)


def _check_run(where, run):
    command = _member(run, f"{where}.command", "command", list, required=False)
    if command is not None:
        if not 1 <= len(command) <= 64:
            raise _refused(f"{where}.command", "must have 1 to 64 arguments")
        for index, argument in enumerate(command):
            _check_text(f"{where}.command[{index}]", argument, MAX_TEXT)
    _check_integer(f"{where}.port", run.get("port"), 1, 65535)
    env = _member(run, f"{where}.env", "env", dict, required=False) or {}
    for key, value in env.items():
        if not _ENV_KEY.fullmatch(key):
            raise _refused(f"{where}.env.{giturl.printable(key, 64)}", "the name must match [A-Za-z_][A-Za-z0-9_]{0,127}")
        _check_text(f"{where}.env.{key}", value, MAX_TEXT)
    for name, secret in (_member(run, f"{where}.secrets", "secrets", dict, required=False) or {}).items():
        if not _SECRET.fullmatch(name):
            raise _refused(f"{where}.secrets.{giturl.printable(name, 64)}", "the name must match [A-Za-z_][A-Za-z0-9_]{0,63}")
        if not isinstance(secret, dict):
            raise _refused(f"{where}.secrets.{name}", "must be an object")
        _check_in_git(f"{where}.secrets.{name}.sops", _member(secret, f"{where}.secrets.{name}.sops", "sops", dict, required=False))


def _check_monitoring(monitoring):
    where = "services.monitoring"
    address = _member(monitoring, f"{where}.address", "address", str, required=False)
    if address is not None and (not _IPV4.fullmatch(address) or address.startswith("0.") or int(address.split(".")[0]) >= 224):
        raise _refused(f"{where}.address", "must be the IPv4 address of one of the box's interfaces, such as 127.0.0.1, and not 0.0.0.0")
    for name, port in (_member(monitoring, f"{where}.exporters", "exporters", dict, required=False) or {}).items():
        if name not in EXPORTERS:
            raise _refused(f"{where}.exporters.{giturl.printable(name, 64)}", f"is none of {', '.join(EXPORTERS)}")
        _check_integer(f"{where}.exporters.{name}", port, 1024, 65535)
    otlp = _member(monitoring, f"{where}.otlp", "otlp", dict, required=False)
    if otlp is not None:
        _check_text(f"{where}.otlp.endpoint", _member(otlp, f"{where}.otlp.endpoint", "endpoint", str), 300, single_line=True)
        header = _member(otlp, f"{where}.otlp.header", "header", str, required=False)
        if header is not None and not _HEADER.fullmatch(header):
            raise _refused(f"{where}.otlp.header", "must be the name of an HTTP header, in 1 to 64 letters, digits and dashes")


def _check_service_secrets(owners):
    """Which service takes what, Nix says."""
    for service, named in owners.items():
        where = f"secrets.{giturl.printable(service, 64)}"
        if not _SERVICE.fullmatch(service):
            raise _refused(where, "the name of a service must match [a-z][a-z0-9-]{0,30}")
        if not isinstance(named, dict):
            raise _refused(where, "must be an object")
        for name, secret in named.items():
            if not _SECRET.fullmatch(name):
                raise _refused(f"{where}.{giturl.printable(name, 64)}", "the name must match [A-Za-z_][A-Za-z0-9_]{0,63}")
            if not isinstance(secret, dict):
                raise _refused(f"{where}.{name}", "must be an object")
            _check_in_git(f"{where}.{name}.sops", _member(secret, f"{where}.{name}.sops", "sops", dict))


def _check_in_git(where, sops):
    if sops is None:
        return
    file = _member(sops, f"{where}.file", "file", str)
    if len(file) > 200 or not _FLAKE_FILE.fullmatch(file):
        raise _refused(f"{where}.file", "must be the path of a file in the box's flake, in letters, digits and . _ - /, no part of which begins with a dot or dash")
    key = _member(sops, f"{where}.key", "key", str, required=False)
    if key is not None and (len(key) > 256 or not _SOPS_KEY.fullmatch(key)):
        raise _refused(f"{where}.key", "must be a key in letters, digits and . _ -, with a slash between levels")


def _check_domain(where, domain):
    labels = domain.removeprefix("*.").split(".") if isinstance(domain, str) else []
    if not labels or len(domain) > 253 or not all(_HOST_LABEL.fullmatch(part) for part in labels):
        raise _refused(where, "must be a host name of at most 253 characters")


def _check_ports(state):
    owners = {}
    for app in state.apps.values():
        if app.port is None:
            continue
        other = owners.setdefault(app.port, app)
        if other is not app:
            raise problem("PORT_TAKEN", app=app.name, port=app.port, holder=f"the app {other.name}, in the same desired state")
    apps = {port: f"the app {app.name}" for port, app in owners.items()}
    for key, exporter in state.exporters.items():
        other = apps.setdefault(exporter.port, exporter.name)
        if other != exporter.name:
            raise _refused(f"services.monitoring.exporters.{key}", f"{exporter.port} is also the port of {other}. Choose another")


def _check_text(where, value, limit, single_line=False):
    if not isinstance(value, str):
        raise _refused(where, "must be text")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise _refused(where, "is not Unicode text") from error
    if size > limit:
        raise _refused(where, f"is longer than {limit} bytes")
    if "\0" in value:
        raise _refused(where, "contains a NUL character, which no process can be given")
    if single_line and not value.isprintable():
        raise _refused(where, "contains a control character")


def _check_integer(where, value, least, most):
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most):
        raise _refused(where, f"must be a whole number from {least} to {most}")


def _member(parent, where, name, kind, required=True):
    value = parent.get(name)
    if value is None:
        if required:
            raise _refused(where, "is missing")
        return None
    if not isinstance(value, kind):
        raise _refused(where, f"must be {_KIND_WORDS[kind]}")
    return value


_KIND_WORDS = {dict: "an object", list: "a list", str: "text"}


def _object_without_duplicates(pairs):
    # Two readers may keep different ones of two equal keys; then they would not check what Nix builds.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has the same key twice")
    return members


def _no_constant(name):
    raise ValueError(f"{name} is not a JSON value")


def _refused(field, why):
    return problem("STATE_REFUSED", field=field, why=why if why.endswith(".") else why + ".")
