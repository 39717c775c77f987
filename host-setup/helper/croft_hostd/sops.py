"""Secrets that are kept in git, encrypted by sops, and opened on the box by sops-nix.

What is asked here, before anything changes: whether the box will be able to. Nothing is decrypted for that; a file says in clear for
whom it is encrypted, and which keys it has. A box that cannot open one of its files would start without any of its secrets.
"""

import json
import os

from . import agekeys, facts, toplevels, yamltext
from .pattern import Pattern
from .problems import problem

#: Where sops-nix opens those of apps and of services, below it `<owner>/<NAME>`.
_DIRECTORIES = {"app": "/run/secrets/croft", "service": "/run/secrets/croft-services"}
#: sops-nix's own: the SSH host key. Where a box that has had none of its files yet would look.
DEFAULT_SSH_KEYS = ["/etc/ssh/ssh_host_ed25519_key"]
_FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}
_FLAT_RECIPIENT = Pattern(r"(?:(?:sops_)?key_groups__list_([0-9]+)__map_)?(?:sops_)?age__list_[0-9]+__map_recipient")
_NAMED = 3


class Named:
    """One secret of an app or a service (`kind`), and where it is kept."""

    __slots__ = ("kind", "owner", "name", "file", "key")

    def __init__(self, kind, owner, name, file, key):
        self.kind, self.owner, self.name, self.file, self.key = kind, owner, name, file, key

    @property
    def field(self):
        return f"apps.{self.owner}.run.secrets.{self.name}.sops" if self.kind == "app" else f"secrets.{self.owner}.{self.name}.sops"

    @property
    def place(self):
        """Where the value is once it is opened."""
        return place(self.kind, self.owner, self.name)


def place(kind, owner, name):
    return f"{_DIRECTORIES[kind]}/{owner}/{name}"


def of_state(wanted):
    """Those that a state names."""
    apps = [Named("app", app.name, *one) for app in wanted.apps.values() for one in app.in_git]
    return apps + [Named("service", *one) for one in wanted.in_git]


def of_facts(found):
    """Those of a built system, by what it says of itself."""
    kept = ((found or {}).get("sops") or {}).get("secrets") or []
    return [(Named(kind, one[kind], one["name"], one["file"], one["key"]), one["source"]) for one in kept for kind in ("app" if "app" in one else "service",)]


def of_service(found, service):
    """The names of those of a service."""
    return {named.name for named, _ in of_facts(found) if (named.kind, named.owner) == ("service", service)}


def recipients(system, found):
    """Those of the box's keys, by the facts of a system; None when it has no sops-nix."""
    sops = (found or {}).get("sops")
    if not isinstance(sops, dict):
        return None
    return agekeys.of_box(system, sops.get("keyFile"), sops.get("sshKeyPaths") or [])


def require(system, flake, revision, wanted):
    """Refuses a state with a secret that the box could not open in that commit."""
    kept = of_state(wanted)
    if not kept:
        return
    running = recipients(system, facts.of_box(system))
    # Without sops-nix so far nobody knows with which key it will come; what is built says so (`require_of_system`).
    keys = Keys(system, running, judge=running is not None)
    texts = {}
    for named in kept:
        if named.file not in texts:
            texts[named.file] = flake.text_at(revision, named.file)
        keys.require(named, texts[named.file])


def require_of_system(system, toplevel):
    """The same of a built system: it says with which keys it opens what."""
    found = facts.of_system(system, toplevel)
    kept = of_facts(found)
    if not kept:
        return
    keys = Keys(system, recipients(system, found))
    for named, source in kept:
        keys.require(named, toplevels.read(system, source))


def listed(system, found, readers):
    """Those of the running system, as the protocol shows them. `readers`: file -> units that are given it."""
    return [
        {
            named.kind: named.owner,
            "name": named.name,
            "file": named.file,
            "key": named.key,
            "opened": os.path.isfile(system.path(named.place)),
            "usedBy": sorted(readers.get(named.place, ())),
        }
        for named, _ in of_facts(found)
    ]


def opened(system):
    """Named -> value of those that the running system has opened, for the guard."""
    found = {}
    for named, _ in of_facts(facts.of_box(system)):
        try:
            with open(system.path(named.place), "rb") as file:
                found[named] = file.read()
        except OSError:
            continue  # The system that runs was activated before it had that secret, or could not open it.
    return found


class Keys:
    """What the box can open."""

    def __init__(self, system, own, judge=True):
        if own is None:
            own = agekeys.of_box(system, None, DEFAULT_SSH_KEYS)
        self._own = own
        self._judge = judge

    def require(self, named, text):
        why, next_step = self._wrong(named, text)
        if why:
            raise problem("SECRET_LOCKED", name=named.name, owner=named.owner, field=named.field, why=why, next=next_step)

    def _wrong(self, named, text):
        """(what is wrong with a file, what to do), or (None, None)."""
        own = ",".join(self._own) or "its age recipient"
        if text is None:
            return f"the box's flake has no file {named.file}.", f"Commit it to the box's flake, encrypted for this box: sops encrypt --age {own}."
        try:
            content = Content(named.file, text)
        except ValueError as error:
            return f"{named.file} could not be read: {error}.", "Write it with sops, or check its name: its ending tells the format."
        if not content.encrypted:
            return (
                f"{named.file} is not encrypted by sops.",
                f"Encrypt it for this box: sops encrypt --in-place --age {own} {named.file}. Whoever has the repository has seen the values: change them.",
            )
        if self._judge and not self._own:
            return (
                "the box has no age key: neither an SSH host key of type ed25519 nor a file of age identities.",
                "Make one on the box (ssh-keygen -A, or age-keygen into the file that sops.age.keyFile names), encrypt the file for it, and try again.",
            )
        if self._judge and not content.opens_for(self._own):
            return (
                f"{named.file} is encrypted for {content.for_whom()}, and not for this box, which is {' or '.join(self._own)}.",
                f"Add {self._own[0]} to its recipients in .sops.yaml, run sops updatekeys {named.file}, commit that to the box's flake and try again.",
            )
        if named.key is not None and (missing := content.without(named.key)):
            return f"{named.file} {missing}", f"Correct the key in the settings of {named.owner}, or add the value with sops edit {named.file}."
        return None, None


class Content:
    """An encrypted file, as far as it is in clear."""

    def __init__(self, name, text):
        self._format = _FORMATS.get(os.path.splitext(name)[1], "binary")
        self._groups, self._threshold = [], None
        self._tree = {}
        if self._format in ("dotenv", "ini"):
            self._read_flat(text)
        else:
            self._tree = yamltext.parse(text) if self._format == "yaml" else _json_or_nothing(text, self._format)
            metadata = self._tree.get("sops") if isinstance(self._tree, dict) else None
            self._read(metadata if isinstance(metadata, dict) else {})

    def _read(self, metadata):
        groups = metadata.get("key_groups") or [metadata]
        self._groups = [
            [entry.get("recipient") for entry in group.get("age") or [] if isinstance(entry, dict)] for group in groups if isinstance(group, dict)
        ]
        threshold = str(metadata.get("shamir_threshold") or "")
        self._threshold = int(threshold) if threshold.isdigit() and int(threshold) else None
        self.encrypted = isinstance(metadata.get("mac"), str)

    def _read_flat(self, text):
        """dotenv and ini have no levels: the metadata is in names such as sops_age__list_0__map_recipient."""
        if self._format == "ini":
            text = text.partition("[sops]")[2]
        lines = (line.partition("=") for line in text.splitlines() if not line.lstrip().startswith(("#", ";")))
        values = {name.strip(): value.strip().strip('"`') for name, equals, value in lines if equals}
        groups = {}
        for name, value in values.items():
            if match := _FLAT_RECIPIENT.fullmatch(name):
                groups.setdefault(match.group(1) or "", []).append(value)
        self._groups = [groups[number] for number in sorted(groups)]
        threshold = values.get("sops_shamir_threshold", values.get("shamir_threshold", ""))
        self._threshold = int(threshold) if threshold.isdigit() and int(threshold) else None
        self.encrypted = ("sops_mac" if self._format == "dotenv" else "mac") in values

    def opens_for(self, own):
        """Whether one with these keys gets the data key: from enough of its parts, where it was split."""
        opened = sum(1 for group in self._groups if any(recipient in own for recipient in group))
        return opened >= (self._threshold or len(self._groups)) and opened > 0

    def for_whom(self):
        known = [recipient for group in self._groups for recipient in group if isinstance(recipient, str)]
        more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        return ", ".join(known[:_NAMED]) + more if known else "no age recipient"

    def without(self, key):
        """What the file lacks for somebody who asks for that key, in words; None when it is there."""
        value = self._tree
        parts = key.split("/")
        for number, part in enumerate(parts):
            if not isinstance(value, dict) or part not in value or (number == 0 and part == "sops"):
                return f"has no key {'/'.join(parts[: number + 1])}."
            value = value[part]
        if isinstance(value, (dict, list)) or value in (None, ""):
            return f"has no text at {key}."
        if not (isinstance(value, str) and value.startswith("ENC[") and value.endswith("]")):
            return f"has the value of {key} in clear."
        return None if value.endswith(",type:str]") else f"has no text at {key}: it is a number or a truth value. Put it in quotes."


def _json_or_nothing(text, kind):
    """The object in a file; of a binary one that is none, nothing: then it is not encrypted."""
    try:
        return json.loads(text)
    except ValueError as error:
        if kind == "binary":
            return {}
        raise ValueError(f"it is not JSON ({error})") from None
