"""The guard: no secret may stand in the state, in a file of the flake or in what was built, where everybody on the box can read it.

The state and the sources are looked at before Nix sees them, for an evaluation copies them into the store; of the new system what
the running one has not. Beside shapes it looks for the values of the secrets that the box keeps. They are opened for that, in the
memory of this process only, and no finding says more than where and what kind.
"""

import os
import stat

from . import closures, scanner, secrets, sops
from .jsontext import loads
from .problems import problem

ALLOW_FILE = "croft-guard.allow"
STATE = "state.json"
_NAMED = 5
LARGEST_FILE = 16 * 1024 * 1024
#: Other people's published code in an app's package, with the keys and passwords of its examples: only known values count.
_VENDORED = ("/node_modules/", "/site-packages/", "/dist-packages/", "/vendor/")
_SOURCE_BYTES = 128 * 1024 * 1024
_GENERATED_BYTES = 1024 * 1024
#: How long a look at a new closure may take. What is made from the configuration and the apps comes first, then by size.
_CLOSURE_SECONDS = 5.0

_IN_STATE = "Store the value as a secret of the app and take it out of that field. If it is none, docs/guard.md says how the box's owner tells the guard so."
_IN_FLAKE = "Move the value into a secret and take it out of that file. If it is none, say so in its line, as docs/guard.md tells."
_IN_CLOSURE = "Take the value out of what this was built from, and store it as a secret. If it is none, docs/guard.md says how the box's owner tells the guard so."


def require_state(text, allow=None):
    """SECRET_FOUND for a state with what looks like a secret in it. Knows no values: they are for the operation to open."""
    Findings(allow or Allowed()).in_state(text, None).refuse(_IN_STATE)


class Allowed:
    """What the owner of the flake has said is no secret. The list is read when something was found, which is hardly ever."""

    def __init__(self, read=lambda: None):
        self._read = read
        self._patterns = None
        #: Texts of findings that were allowed: the same text may then stand in what is built from there.
        self.texts = set()

    def covers(self, where):
        from fnmatch import fnmatchcase

        if self._patterns is None:
            self._patterns = []
            for line in (self._read() or "").splitlines():
                pattern, _, reason = line.strip().partition(" ")
                if pattern and not pattern.startswith("#") and reason.strip():
                    self._patterns.append(pattern)

        return any(fnmatchcase(where, pattern) for pattern in self._patterns)

    def has(self, text):
        return any(text in known or known in text for known in self.texts)


class Findings:
    """What was found, in the order in which it was."""

    def __init__(self, allowed):
        self._allowed = allowed
        self._found = []

    def add(self, where, finding, said=None, marked=False):
        """`said` is the place as a person reads it; the value is nowhere in either."""
        if marked or self._allowed.covers(where):
            self._allowed.texts.add(finding.text)
        elif not self._allowed.has(finding.text):
            self._found.append((said or where, finding.kind))

    def in_state(self, text, known):
        for place, name, leaf in _leaves(loads(text)):
            data = leaf.encode("utf-8", "surrogatepass")
            found = scanner.value(data, name.encode("utf-8", "surrogatepass"))
            for finding in (known.find(data) if known else []) + ([found] if found else []):
                self.add(f"{STATE}:{place}", finding, f"{STATE}: field {place}")
        # What is split over several fields, or is a name.
        if known and not self._found:
            for finding in known.find(text.encode("utf-8", "surrogatepass")):
                self.add(STATE, finding)
        return self

    def in_text(self, where, data, style, known, markers=False):
        found = [(finding, False) for finding in known.find(data)] if known else []
        found += [(finding, True) for finding in scanner.scan(data, style, where)] if style else []
        for finding, may_be_marked in found:
            marked = markers and may_be_marked and scanner.is_allowed(data, finding.offset)
            place = f"{where}:{scanner.line_of(data, finding.offset)}" if b"\0" not in data else where
            self.add(where, finding, place, marked)
        return self

    def enough(self):
        return len(self._found) > _NAMED

    def listed(self):
        """(place, kind), each once."""
        return list(dict.fromkeys(self._found))

    def refuse(self, next_step):
        found = self.listed()
        if not found:
            return
        where, kind = found[0]
        rest = found[1 : _NAMED + 1]
        more = f" So {'has' if len(rest) == 1 else 'have'}: {'; '.join(f'{place} ({what})' for place, what in rest)}{'; …' if len(found) > _NAMED + 1 else '.'}" if rest else ""
        raise problem("SECRET_FOUND", where=where, kind=kind, more=more, next=next_step)


def _leaves(value, place="", name=""):
    """(path, name of the last member, text) of every text in a JSON value. An option with its value in the next word names it."""
    if isinstance(value, str):
        yield place, name, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, f"{place}.{key}" if place else key, key)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            before = value[number - 1] if number and isinstance(value[number - 1], str) else ""
            option = before.lstrip("-") if before.startswith("-") and "=" not in before else name
            yield from _leaves(member, f"{place}[{number}]", option)


class Guard:
    """The guard of one operation."""

    def __init__(self, system, flake, say):
        self._system = system
        self._flake = flake
        self._say = say
        self._opening = secrets.Opening(system, secrets.all_kept(system))
        self._known = None
        self._allowed = None

    def state(self, text, base):
        """Refuses a state with a secret in it, before it is written into any commit. `base` is the commit that it would follow."""
        Findings(self._allow(base)).in_state(text, self._values()).refuse(_IN_STATE)

    def sources(self, revision):
        """Refuses a commit with a secret in one of its files, before it is evaluated."""
        self._allowed = None
        allowed = self._allow(revision)
        files, left_out = self._flake.files(revision, LARGEST_FILE, _SOURCE_BYTES)
        if left_out:
            self._say(f"The guard did not look at {len(left_out)} large files of the flake: {', '.join(left_out[:3])}", 5)
        found, in_state = Findings(allowed), Findings(allowed)
        for name, data in files:
            if name == self._flake.state_file:
                in_state.in_state(data.decode("utf-8", "replace"), self._values())
            elif name != ALLOW_FILE:
                found.in_text(name, data, scanner.SOURCE, self._values(), markers=True)
        in_state.refuse(_IN_STATE)
        found.refuse(_IN_FLAKE)

    def closure(self, current, toplevel):
        """Refuses a system with a secret in one of the store paths that the running one has not."""
        if current == toplevel:
            return
        graph = closures.of(self._system, {current, toplevel})
        fresh = graph.closure([toplevel]) - graph.closure([current])
        until = self._system.monotonic() + _CLOSURE_SECONDS
        found, late = Findings(self._allowed), 0
        for path, style in self._in_order(fresh, graph):
            if self._system.monotonic() >= until:
                late += 1
                continue
            for place, data in _files_below(self._system.path(path)):
                place = place.removeprefix(self._system.path(""))
                found.in_text(place, data, None if any(folder in place for folder in _VENDORED) else style, self._values())
            if found.enough():
                break
        if late:
            self._say(f"The guard has looked at {len(fresh) - late} of {len(fresh)} new store paths; the {late} largest were left out.", 5)
        found.refuse(_IN_CLOSURE)

    def _in_order(self, fresh, graph):
        """What was made here, the configuration's own first. What comes from a cache is public, with all the keys of its test suites."""
        first, rest = [], []
        for path in sorted(fresh, key=lambda path: graph.sizes[path]):
            name = path[44:]
            if name.startswith("croft-app-"):
                first.append((path, scanner.PACKAGE))
            elif graph.sizes[path] <= _GENERATED_BYTES and (
                name.startswith(("unit-", "system-units", "user-units", "etc", "nixos-system-", "X-")) or os.path.isfile(self._system.path(path))
            ):
                first.append((path, scanner.GENERATED))
            elif path not in graph.fetched:
                rest.append((path, scanner.PACKAGE))
        return first + rest

    def _values(self):
        if self._known is None:
            values, closed = self._opening.values()
            named = {secrets.words(secret): value for secret, value in values.items()}
            named |= {f"{kept.name} of {kept.owner}, in git": value for kept, value in sops.opened(self._system).items()}
            self._known = scanner.Known(named)
            if closed:
                self._say(f"These secrets do not open on this machine, so the guard cannot look for their values: {', '.join(map(secrets.words, closed))}", 4)
        return self._known

    def _allow(self, revision):
        if self._allowed is None:
            self._allowed = Allowed(lambda: self._flake.text_at(revision, ALLOW_FILE))
        return self._allowed


def _files_below(place):
    """(path, content) of each file in a store path, links left alone."""
    rest = [place]
    while rest:
        path = rest.pop()
        try:
            mode = os.lstat(path)
            if stat.S_ISDIR(mode.st_mode):
                rest += sorted((os.path.join(path, name) for name in os.listdir(path)), reverse=True)
            elif stat.S_ISREG(mode.st_mode):
                with open(path, "rb") as file:
                    yield path, file.read(LARGEST_FILE)
        except OSError:
            continue  # Collected meanwhile, or not ours to read.
