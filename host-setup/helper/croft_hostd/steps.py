"""The things that Nix does, one by one: builds, downloads, copies, and which of them waits for which."""

from . import derivations
from .text import derivation_name

#: Of one operation; what comes after is counted, but not told one by one.
MAX_STEPS = 5000
_MAX_INPUTS = 200


class Step:
    __slots__ = ("identity", "kind", "path", "state", "inputs", "bytes", "under_way")

    def __init__(self, identity, kind, path, inputs):
        self.identity = identity
        self.kind = kind
        self.path = path
        self.inputs = inputs
        self.state = "running"
        #: (done, expected) or None
        self.bytes = None
        #: Nix's own activities for it; a download is two of them.
        self.under_way = 0

    def frame(self):
        found = {
            "type": "step",
            "id": self.identity,
            "kind": self.kind,
            "name": derivation_name(self.path),
            "path": self.path,
            "state": self.state,
            "inputs": self.inputs,
        }
        if self.bytes:
            found["bytesDone"], found["bytesExpected"] = self.bytes[0], max(self.bytes)
        return found


class Steps:
    """`read` gives the text of a derivation's file, or None."""

    def __init__(self, read):
        self._read = read
        self._by_path = {}
        #: Store path -> the step that makes it.
        self._makers = {}
        self._known = {}
        self._changed = {}
        #: Whether one has begun that nobody was told of.
        self.begun = False

    def begin(self, kind, path):
        """Nix has begun to build a derivation, or to bring a path into the store; None for what is too much."""
        step = self._by_path.get(path)
        if step is None:
            if len(self._by_path) >= MAX_STEPS:
                return None
            step = Step(len(self._by_path) + 1, kind, path, self._inputs(path) if kind == "build" else [])
            self._by_path[path] = step
            self.begun = True
            for output in self._outputs(path) if kind == "build" else (path,):
                self._makers[output] = step
        step.under_way += 1
        step.state = "running"
        self._changed[step.identity] = step
        return step

    def end(self, step):
        step.under_way -= 1
        if step.under_way <= 0 and step.state == "running":
            step.state = "done"
            self._changed[step.identity] = step

    def count(self, step, done, expected):
        if step.bytes != (done, expected):
            step.bytes = (done, expected)
            self._changed[step.identity] = step

    def fail(self, path):
        """What Nix says, at the end, about a derivation that it had begun."""
        step = self._by_path.get(path)
        if step and step.state != "failed":
            step.state = "failed"
            self._changed[step.identity] = step

    def abandon(self):
        """Nix has ended: what still ran did not come to an end of its own."""
        for step in self._by_path.values():
            if step.state == "running":
                step.state = "failed"
                self._changed[step.identity] = step

    def news(self):
        """The steps that changed since the last call, as frames."""
        changed, self._changed, self.begun = self._changed, {}, False
        return [changed[identity].frame() for identity in sorted(changed)]

    def _inputs(self, path):
        found = self._derivation(path)
        if not found or len(self._by_path) == 0:
            return []
        needed = {self._by_path[other].identity for other in found.inputs if other in self._by_path}
        needed |= {self._makers[other].identity for other in found.sources if other in self._makers}
        if any(step.kind != "build" for step in self._by_path.values()):
            outputs = (output for other in found.inputs if other not in self._by_path for output in self._outputs(other))
            needed |= {self._makers[output].identity for output in outputs if output in self._makers}
        return sorted(needed)[:_MAX_INPUTS]

    def _outputs(self, path):
        found = self._derivation(path)
        return found.outputs if found else ()

    def _derivation(self, path):
        if path not in self._known:
            text = self._read(path)
            self._known[path] = derivations.parse(text) if text else None
        return self._known[path]
