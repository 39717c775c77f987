"""Whether what runs is what its recipes make: every byte is read again, and everything that this box built is built once more.

What came from a binary cache was built elsewhere: of it the content is read, and the cache's signature stands for the rest. What is
fetched has its hash in its recipe, so its content tells all. Only what Nix built here can be built again and compared, which
`nix-store --check` does; a second result that differs lies beside the first as PATH.check until it has been looked at.
"""

import os
import stat
from hashlib import sha256

from . import closures, config, contents, derivations, toplevels
from .giturl import NIX_ENVIRONMENT
from .problems import problem
from .system import read_text

IDENTICAL, DIFFERS, SKIPPED = "identical", "differs", "skipped"

_STORE = "/nix/store/"
#: In all. What is not reached by then is told as such.
_SECONDS = 3600.0
_READ_SECONDS = 1800.0
_ONE_SECONDS = 1800.0
_BATCH = 200
_MOST_OUTPUTS = 1000
_MOST_FILES = 100
_MOST_WALKED = 20_000
#: Of one file, to be compared line by line.
_MOST_TEXT = 128 * 1024
_MOST_LINES = 60
_MOST_LINE = 240
#: Of all differences in lines together: the result has room set aside (records.RESERVE_BYTES).
_MOST_TOLD = 96 * 1024
_TAIL_LINES = 12
_READABLE = {"file", "program"}


def run(work):
    """The result of a `verify` operation."""
    app = work.request.get("app")
    wanted = contents.roots(work.system, app)
    # A collection of garbage must not take it away meanwhile, even when a change replaces it.
    work.record.keep_system(toplevels.running(work.system))
    try:
        return _verified(work, app, wanted)
    finally:
        work.record.drop_system()


def _verified(work, app, wanted):
    graph = closures.described(work.system, wanted)
    paths = sorted(graph.sizes)
    deadline = work.system.monotonic() + _SECONDS
    damaged = _read_again(work, paths, graph)
    work.phase("build")
    rebuild = _Rebuild(work, graph, deadline)
    outputs = rebuild.all(paths)
    counts = {outcome: sum(output["outcome"] == outcome for output in outputs) for outcome in (IDENTICAL, DIFFERS, SKIPPED)}
    verdict = "damaged" if damaged else DIFFERS if counts[DIFFERS] else IDENTICAL if counts[IDENTICAL] and not counts[SKIPPED] else "partly"
    work.output.say(
        f"{len(paths)} paths read again, {len(damaged)} of them damaged; "
        f"{counts[IDENTICAL]} rebuilt byte for byte, {counts[DIFFERS]} otherwise, {counts[SKIPPED]} not rebuilt."
    )
    # What matters comes first, should there be more than there is room for.
    order = {DIFFERS: 0, SKIPPED: 1, IDENTICAL: 2}
    outputs.sort(key=lambda output: (order[output["outcome"]], output["path"]))
    return {
        "app": app,
        "identity": contents.identity(wanted),
        "verdict": verdict,
        "paths": len(paths),
        "bytes": graph.bytes(paths),
        "fetched": sum(path in graph.fetched for path in paths),
        "damaged": damaged[:_MOST_OUTPUTS],
        "rebuilt": counts[IDENTICAL],
        "differing": counts[DIFFERS],
        "skipped": counts[SKIPPED],
        "outputs": outputs[:_MOST_OUTPUTS],
    }


def _read_again(work, paths, graph):
    """The paths whose content is no longer what Nix noted when it put them into the store."""
    work.phase("verify")
    damaged, done, total = [], 0, graph.bytes(paths)
    for first in range(0, len(paths), _BATCH):
        work.require_not_cancelled()
        batch = paths[first : first + _BATCH]
        answer = work.system.run(["nix-store", "--verify-path", *batch], timeout=_READ_SECONDS)
        if answer.code != 0:
            named = [path for path in batch if f"'{path}'" in answer.err]
            if not named:
                raise problem("INTERNAL", why="Nix could not read what is in the store.", detail=answer.err)
            for path in named:
                work.output.say(f"{path} is not what was put into the store.", 3)
            damaged += named
        done += graph.bytes(batch)
        work.output.progress("verify", {"done": first + len(batch), "expected": len(paths), "bytesDone": done, "bytesExpected": total})
    return damaged


class _Rebuild:
    """Builds again what was built here, one derivation after the other."""

    def __init__(self, work, graph, deadline):
        self._work = work
        self._system = work.system
        self._graph = graph
        self._deadline = deadline
        self._told = 0

    def all(self, paths):
        recipes, found = {}, []
        for path in paths:
            if path in self._graph.fetched:
                continue
            deriver = self._graph.derivers.get(path)
            recipe = self._recipe(deriver)
            if deriver is None:
                # Sources and files that evaluation wrote: no program made them, their path is their content.
                continue
            if recipe is None or path not in recipe.outputs:
                found.append(_skipped(path, deriver, "Its derivation is no longer on the box."))
            elif not recipe.fixed:
                recipes.setdefault(deriver, []).append(path)
        for number, (deriver, outputs) in enumerate(sorted(recipes.items(), key=lambda entry: entry[1])):
            self._work.require_not_cancelled()
            self._work.output.progress("build", {"done": number, "expected": len(recipes), "running": 1, "failed": 0})
            if self._system.monotonic() >= self._deadline:
                found += [_skipped(path, deriver, "The time for it was over.") for path in outputs]
            else:
                found += self._one(deriver, outputs)
        self._work.output.progress("build", {"done": len(recipes), "expected": len(recipes), "running": 0, "failed": 0})
        return found

    def _recipe(self, deriver):
        try:
            text = read_text(self._system.path(deriver)) if deriver else None
        except (OSError, UnicodeDecodeError):
            return None
        return derivations.parse(text) if text else None

    def _one(self, deriver, outputs):
        child = self._system.spawn(
            ["nix-store", "--realise", "--check", "--keep-failed", deriver],
            env={"XDG_CACHE_HOME": config.CACHE, **NIX_ENVIRONMENT},
        )
        until = min(self._deadline, self._system.monotonic() + _ONE_SECONDS)
        code, tail = None, []
        try:
            while (batch := child.lines(0.25)) is not None:
                self._work.require_not_cancelled()
                for stream, raw in batch:
                    if stream.startswith("err"):
                        text = raw.decode("utf-8", "replace")
                        tail = [*tail[1 - _TAIL_LINES :], text]
                        self._work.output.build(deriver, text)
                if self._system.monotonic() >= until:
                    return [_skipped(path, deriver, "Building it again took too long.") for path in outputs]
            code = child.wait()
        finally:
            child.stop()
        second = {path: f"{path}.check" for path in outputs if os.path.lexists(self._system.path(f"{path}.check"))}
        try:
            if code == 0:
                return [{"path": path, "derivation": deriver, "outcome": IDENTICAL} for path in outputs]
            if not second:
                words = next((line for line in reversed(tail) if line.strip()), "Nix gave no reason.").strip()
                return [_skipped(path, deriver, f"It could not be built again: {words[:_MOST_LINE]}") for path in outputs]
            return [self._outcome(path, deriver, second.get(path)) for path in outputs]
        finally:
            for path in second.values():
                self._system.run(["nix-store", "--delete", path], timeout=300)

    def _outcome(self, path, deriver, other):
        if other is None:
            # Nix stops at the first output that differs, so nothing is known of this one.
            return _skipped(path, deriver, "Another output of the same build differs.")
        self._work.output.say(f"{path} came out differently.", 4)
        files, more = compared(self._system.path(path), self._system.path(other), self._take)
        return {"path": path, "derivation": deriver, "outcome": DIFFERS, "files": files, "more": more}

    def _take(self, text):
        """The lines of a difference, as long as there is room in the result."""
        if self._told + len(text) > _MOST_TOLD:
            return None
        self._told += len(text)
        return text


def _skipped(path, deriver, why):
    return {"path": path, "derivation": deriver, "outcome": SKIPPED, "why": why}


# -- two trees ---------------------------------------------------------------------------------------------------------


def compared(before, after, take=lambda text: text):
    """(what differs between two trees, file by file; whether there is more than that)."""
    old, new = _tree(before), _tree(after)
    found = []
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if len(found) == _MOST_FILES:
            return found, True
        one, other = old.get(name), new.get(name)
        kind = "added" if one is None else "removed" if other is None else "changed"
        lines = None
        if kind == "changed" and {one["type"], other["type"]} <= _READABLE:
            lines = _lines(_join(before, name), _join(after, name))
        shown = os.fsencode(name).decode("utf-8", "replace")
        found.append({"file": shown, "change": kind, "before": one, "after": other, "lines": take(lines) if lines else None})
    return found, len(old) >= _MOST_WALKED or len(new) >= _MOST_WALKED


def _tree(root):
    """name -> {"type","bytes","sha256"} of all below a path; the path itself under the empty name."""
    found, rest = {}, [""]
    while rest and len(found) < _MOST_WALKED:
        name = rest.pop()
        place = _join(root, name)
        info = os.lstat(place)
        if stat.S_ISDIR(info.st_mode):
            found[name] = {"type": "directory", "bytes": 0, "sha256": None}
            rest += [f"{name}/{entry}" if name else entry for entry in sorted(os.listdir(place), reverse=True)]
        elif stat.S_ISLNK(info.st_mode):
            target = os.fsencode(os.readlink(place))
            found[name] = {"type": "link", "bytes": len(target), "sha256": sha256(target).hexdigest()}
        else:
            kind = "program" if info.st_mode & 0o111 else "file"
            found[name] = {"type": kind, "bytes": info.st_size, "sha256": _digest(place)}
    return found


def _join(root, name):
    return f"{root}/{name}" if name else root


def _digest(place):
    digest = sha256()
    with open(place, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _lines(before, after):
    """A unified difference of two files of text; None of others."""
    from difflib import unified_diff

    texts = [_text(place) for place in (before, after)]
    if None in texts:
        return None
    lines = list(unified_diff(*(text.splitlines() for text in texts), "before", "again", n=2, lineterm=""))
    shown = [line if len(line) <= _MOST_LINE else line[:_MOST_LINE] + "…" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append("…")
    return "\n".join(shown)


def _text(place):
    if os.path.getsize(place) > _MOST_TEXT:
        return None
    with open(place, "rb") as file:
        raw = file.read(_MOST_TEXT + 1)
    if b"\0" in raw:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
