"""The level of a change: whether it only concerns apps, or could lock the operator out of the box (protocol.md §4)."""

from . import toplevels
from .jsontext import loads

APP, HOST = "app", "host"
#: Reasons, in the order in which they are told.
REASONS = ("firewall", "ssh", "users", "time", "host", "flake", "unknown")

#: Fields of `host` that have a reason of their own; those with None concern nobody's way into the box.
_FIELDS = {"firewall": "firewall", "ssh": "ssh", "users": "users", "timezone": "time", "gc": None, "build": None}
#: What a field that is left out means, where a change to just that is none.
_DEFAULTS = {"firewall": {"tcp": [], "udp": []}, "ssh": {"passwordAuthentication": False}, "users": {}, "timezone": "UTC"}


def between(old_state, new_state, files, state_file="state.json"):
    """(level, reasons) of a change from one state to another, both texts of state.json or None, between whose commits
    these `files` differ: names, or None when that cannot be known."""
    reasons = _state_reasons(_document(old_state), _document(new_state))
    if files is None:
        reasons.add("unknown")
    elif set(files) - {state_file}:
        reasons.add("flake")
    return (HOST if reasons else APP), [reason for reason in REASONS if reason in reasons]


class Question:
    """The level of a change to a commit, being asked: git compares while the build goes on."""

    def __init__(self, system, flake, current, revision):
        self._system = system
        self._current = current
        before = toplevels.revision(system, current)
        self._same = before is not None and before == revision
        self._comparison = flake.start_comparison(before, revision) if before and revision and not self._same else None
        self._flake = flake

    def answer(self, toplevel):
        """(level, reasons) of activating `toplevel`."""
        files = self._files()
        if toplevel == self._current:
            return APP, []
        texts = [toplevels.read(self._system, f"{place}/etc/croft/state.json") for place in (self._current, toplevel)]
        return between(*texts, files, self._flake.state_file)

    def _files(self):
        if self._comparison:
            return self._flake.compared(self._comparison)
        return [] if self._same else None


def _state_reasons(old, new):
    if old is None or new is None:
        return {"unknown"}
    reasons = set()
    for name in old.keys() | new.keys():
        # A database or a backup target that is added or changed closes nobody out, nor does where their secrets come from; what its apps
        # say to it is theirs to be asked.
        if name not in ("apps", "services", "backups", "secrets", "host") and old.get(name) != new.get(name):
            reasons.add("host")
    before, after = old.get("host"), new.get("host")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return reasons | {"unknown"}
    for name in before.keys() | after.keys():
        if _value(before, name) != _value(after, name):
            reasons.add(_FIELDS.get(name, "host"))
    return reasons - {None}


def _value(host, name):
    value, default = host.get(name), _DEFAULTS.get(name)
    if isinstance(default, dict) and isinstance(value, dict):
        return {**default, **value}
    return default if value is None else value


def _document(text):
    try:
        document = loads(text or "")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
