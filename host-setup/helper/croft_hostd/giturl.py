"""Which git addresses and refs Croft fetches from. The same rules hold in Java and in the Nix options.

https and ssh (both spellings); plain http only to a literal private address. Never file:, ext: or anything else
that git could turn into a program, never a password inside the address, never a leading dash.
"""

from .pattern import Pattern
from .problems import problem

MAX_URL = 2048
MAX_REF = 250

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
# The characters of a path that neither a flake reference nor a shell-minded tool gives a meaning of its own.
_PATH = r"[A-Za-z0-9._~/%+@,=:-]+"
_USER = r"[A-Za-z_][A-Za-z0-9_.-]{0,31}"

_PATTERNS = (
    ("https", Pattern(rf"https://(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?/{_PATH}")),
    ("http", Pattern(rf"http://(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?/{_PATH}")),
    ("ssh", Pattern(rf"ssh://(?:{_USER}@)?(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?/{_PATH}")),
    ("scp", Pattern(rf"{_USER}@(?P<host>{_HOST}):(?!//){_PATH}")),
)
_SCHEME = Pattern(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_REF = Pattern(r"[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,249}")
REVISION = Pattern(r"[0-9a-f]{40}")

#: git's own switches: nothing but these transports, no prompt, no program named by a repository.
ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "https:ssh:http",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=20",
    "GIT_PROTOCOL_FROM_USER": "0",
    "LC_ALL": "C.UTF-8",
}

#: Nix's fetcher also asks git about its own cache, by path; no address that reaches it can name a file.
NIX_ENVIRONMENT = {**ENVIRONMENT, "GIT_ALLOW_PROTOCOL": "https:ssh:http:file"}


def why_refused(url):
    """Why this address is refused, or None when it may be fetched."""
    if len(url) > MAX_URL:
        return f"the address is longer than {MAX_URL} characters"
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(url)
        if not match:
            continue
        port = match.groupdict().get("port")
        if port is not None and not 0 < int(port) < 65536:
            return "the port is not between 1 and 65535"
        if kind == "http" and not is_private(match["host"]):
            return "plain http is unencrypted and allowed only to a private IP address or localhost"
        return None
    scheme = _SCHEME.match(url)
    if scheme and scheme[0].lower() in ("https", "http", "ssh"):
        return "it is not a plain address: no password, query, fragment, space or quote may be part of it"
    if scheme and "@" not in url:
        return f"{scheme[0]}: is not an allowed transport"
    return "it is neither an https:// address nor an ssh one (ssh://host/path or user@host:path)"


def is_private(host):
    """Whether `host` is literally a private or loopback address. Names do not count: who answers to a name can change."""
    if host == "localhost":
        return True
    if host.startswith("["):
        address = host[1:-1].lower()
        return address == "::1" or address[:2] in ("fc", "fd")
    parts = host.split(".")
    if len(parts) != 4 or not all(part.isdigit() and str(int(part)) == part and int(part) < 256 for part in parts):
        return False
    first, second = int(parts[0]), int(parts[1])
    return (
        first in (10, 127)
        or (first == 172 and 16 <= second < 32)
        or (first == 192 and second == 168)
    )


def check_url(url):
    """Raises SOURCE_REFUSED for an address that Croft does not fetch from."""
    if why := why_refused(url):
        # What stands before an @ may be a password; a refusal must not repeat it.
        shown = "The address" if "@" in url else printable(url)
        raise problem("SOURCE_REFUSED", why=f"{shown}: {why}.")


def why_ref_refused(ref):
    """Why this branch, tag or commit name is refused, or None. A stricter git-check-ref-format."""
    if not _REF.fullmatch(ref) or len(ref) > MAX_REF:
        return "must be a branch, tag or commit name of letters, digits and . _ / + @ -"
    if ".." in ref or "//" in ref or "@{" in ref or "/." in ref or ref.endswith((".", "/", ".lock")):
        return "is not a name that git allows"
    return None


def as_flake_reference(url, rev):
    """
    The address as Nix's git fetcher takes it. Not shallow, and so is the fetch in nix/builders/source.nix: both share one cache, and
    servers of plain files (git's "dumb" protocol) have only whole histories to give.
    """
    if not url.startswith(("https://", "http://", "ssh://")):
        user_host, path = url.split(":", 1)
        url = f"ssh://{user_host}/{path.lstrip('/')}"
    return f"git+{url}?rev={rev}&shallow=0"


def printable(text, limit=200):
    """Foreign text for a sentence: bounded, without control characters."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text[: limit + 1])
    return shown[:limit] + "…" if len(shown) > limit else shown
