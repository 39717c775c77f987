"""The Nix store of a box of tests: paths with sizes and references, roots that are read from the box's own links, and a collector."""

import json
import os
import shutil

from croft_hostd import config


#: Of everything.
NAR_HASH = "sha256-u7X5H38MlCuwIOts1POgtL3HAZYi+Qe8rEr2Ep8RX+A="


class Store:
    def __init__(self, box):
        self._box = box
        #: path -> (bytes, references, deriver)
        self.paths = {}
        #: (link, path) beside those that the box's links make
        self.roots = []
        self.json_format = 1
        #: Names of paths that came from a binary cache.
        self.signed = set()

    def add(self, path, size, references=(), deriver=None):
        self.paths[path] = (size, list(references), deriver)
        return path

    def path_info(self, argv):
        asked = [part for part in argv if part.startswith("/nix/store/")]
        for path in asked:
            if path not in self.paths:
                return 1, "", f"error: path '{path}' is not valid\n"
        names = self.paths if "--all" in argv else self.closure(asked) if "--recursive" in argv else asked
        entries = {
            path: {"narSize": size, "narHash": NAR_HASH, "references": [*references, path], "deriver": deriver, **self._origin(path)}
            for path, (size, references, deriver) in ((name, self.paths[name]) for name in sorted(names))
        }
        return 0, json.dumps(entries), ""

    def _origin(self, path):
        return {"signatures": ["cache.example-1:…"]} if path[44:] in self.signed else {"ultimate": True}

    def print_roots(self):
        found = [*self.roots]
        profiles = os.path.dirname(config.PROFILE)
        for name in sorted(os.listdir(self._box.path(profiles))):
            if name.endswith("-link"):
                found.append((f"{profiles}/{name}", os.readlink(self._box.path(f"{profiles}/{name}"))))
        for link in (config.CURRENT_SYSTEM, config.BOOTED_SYSTEM):
            if os.path.islink(self._box.path(link)):
                found.append((link, os.readlink(self._box.path(link))))
        operations = self._box.path(config.OPERATIONS)
        for name in os.listdir(operations) if os.path.isdir(operations) else ():
            link = f"{operations}/{name}/result"
            if os.path.islink(link):
                found.append((f"{config.OPERATIONS}/{name}/result", os.readlink(link)))
        return 0, "".join(f"{link} -> {path}\n" for link, path in found), ""

    def closure(self, roots):
        found, rest = set(), [root for root in roots if root in self.paths]
        while rest:
            path = rest.pop()
            if path not in found:
                found.add(path)
                rest += [other for other in self.paths[path][1] if other in self.paths]
        return found

    def collect(self):
        """What nix store gc says while it deletes."""
        _, roots, _ = self.print_roots()
        live = self.closure([line.rpartition(" -> ")[2] for line in roots.splitlines()])
        derivers = [self.paths[path][2] for path in live if self.paths[path][2]]
        live |= self.closure(derivers)
        dead = sorted(self.paths.keys() - live)
        for path in dead:
            del self.paths[path]
            shutil.rmtree(self._box.path(path), ignore_errors=True)
        return [f"deleting '{path}'" for path in dead] + [f"{len(dead)} store paths deleted, 0.01 MiB freed"]
