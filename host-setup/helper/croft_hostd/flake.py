"""The box's flake: a git repository with one commit for each change of state.json.

Commits are written by git fast-import, which takes length-prefixed data on stdin: no working tree, no index and
no argument carries anything that came from outside. `main` moves only by fast-forward, after success.
"""

import os

from .problems import problem
from .system import read_text

COMMITTER = ("Croft", "croft@localhost")
_BRANCH = "refs/heads/main"
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_COMMITTER_NAME": COMMITTER[0],
    "GIT_COMMITTER_EMAIL": COMMITTER[1],
    "LC_ALL": "C.UTF-8",
}


class Flake:
    def __init__(self, system, path):
        self._system = system
        self.path = path

    def main(self):
        """The commit that is in force."""
        return self.read_main()[0]

    def read_main(self, revision=None):
        """(main, its state.json, the state.json of `revision`), in one look; a text that git does not have is None."""
        questions = [f"{_BRANCH}^{{commit}}", f"{_BRANCH}:state.json"] + ([f"{revision}:state.json"] if revision else [])
        answer = self._git("cat-file", "--batch", stdin="".join(f"{question}\n" for question in questions).encode())
        raw = answer.out.encode()
        found = []
        for _ in questions:
            head, _, raw = raw.partition(b"\n")
            words = head.split()
            if len(words) == 3 and words[1] in (b"commit", b"blob"):
                size = int(words[2])
                found.append((words[0].decode(), raw[:size].decode()))
                raw = raw[size + 1 :]
            else:
                found.append((None, None))
        if found[0][0] is None:
            raise problem("INTERNAL", why=f"{self.path} is not a git repository with a branch main.", detail=answer.err)
        return found[0][0], found[1][1], found[2][1] if revision else None

    def state_at(self, revision):
        """state.json as of a commit, or None when that commit is unknown or has none."""
        found = self._git("cat-file", "blob", f"{revision}:state.json")
        return found.out if found.code == 0 else None

    def require_clean(self, state_on_main):
        """Refuses to go over a hand edit that its author has not committed."""
        head = read_text(os.path.join(self._system.path(self.path), ".git", "HEAD"))
        if head is not None and head.strip() != f"ref: {_BRANCH}":
            raise self._dirty("Another branch than main is checked out.")
        in_tree = read_text(os.path.join(self._system.path(self.path), "state.json"))
        if in_tree != state_on_main:
            raise self._dirty("state.json in the working tree differs from the last commit on main.")

    def start_commit(self, operation, base, state, author, message, now):
        """Begins to write a commit on top of `base` that has this state.json; a ref of its own keeps it until main does."""
        subject = message.strip() or "croft: change state"
        body = f"{subject}\n\nCroft-Operation: {operation}\n".encode()
        blob = state.encode()
        when = f"{int(now)} +0000"
        stream = b"".join(
            (
                f"commit {_ref(operation)}\n".encode(),
                b"mark :1\n",
                f"author {author['name'].strip()} <{author['email'].strip()}> {when}\n".encode(),
                f"committer {COMMITTER[0]} <{COMMITTER[1]}> {when}\n".encode(),
                f"data {len(body)}\n".encode(),
                body,
                f"\nfrom {base}\n".encode(),
                f"M 100644 inline state.json\ndata {len(blob)}\n".encode(),
                blob,
                b"\nget-mark :1\ndone\n",
            )
        )
        return self._start("fast-import", "--quiet", "--done", "--force", "--date-format=raw", stdin=stream)

    def commit(self, writing):
        """The commit that `start_commit` wrote."""
        made = writing.finish()
        if made.code != 0:
            raise problem("INTERNAL", why="git could not write the commit.", detail=made.err)
        return made.out.strip()

    def forget(self, operation):
        """Drops the ref that kept an operation's commit; git collects the commit if main never took it."""
        self._git("update-ref", "-d", _ref(operation))

    def advance(self, base, revision):
        """Moves main, the index and state.json in the working tree from `base` to `revision`."""
        self.advanced(self.start_advance(base, revision))

    def start_advance(self, base, revision):
        """Begins to do so. Only a fast-forward is one: a commit made by hand meanwhile stops it."""
        if revision == base:
            return None
        return self._start("-c", "gc.auto=0", "-c", "maintenance.auto=false", "merge", "--ff-only", "--quiet", revision)

    def advanced(self, moving):
        """Waits for `start_advance`."""
        moved = moving.finish() if moving else None
        if moved and moved.code != 0:
            raise self._dirty("main could not be moved to the new commit: " + moved.err.strip())

    def retreat(self, base):
        """Moves main back, for a change that could not be finished; edits by hand are kept."""
        self._git("reset", "--keep", "--quiet", base)

    def describe(self, revisions):
        """revision -> (author name, subject, operation id or None) for those that git knows."""
        known = {}
        revisions = sorted(set(revisions))
        if not revisions:
            return known
        # --ignore-missing: a generation may come from a clone or a time that this repository does not have.
        log = self._git(
            "log",
            "--no-walk=unsorted",
            "--ignore-missing",
            "-z",
            "--format=%H%x1f%an%x1f%s%x1f%(trailers:key=Croft-Operation,valueonly,separator=%x2C)",
            *revisions,
            "--",
        )
        for entry in log.out.split("\0"):
            parts = entry.split("\x1f")
            if len(parts) == 4:
                operation = parts[3].strip()
                known[parts[0]] = (parts[1], parts[2], operation if len(operation) == 26 else None)
        return known

    def reference(self, revision, host):
        """The flake reference that nixos-rebuild builds: this very commit, whatever the working tree holds."""
        return f"git+file://{self.path}?rev={revision}#{host}"

    def _git(self, *arguments, stdin=None):
        return self._start(*arguments, stdin=stdin).finish()

    def _start(self, *arguments, stdin=None):
        return self._system.start(["git", "-C", self._system.path(self.path), *arguments], stdin, _ENVIRONMENT)

    def _dirty(self, why):
        return problem("HOST_FLAKE_DIRTY", why=why, flake=self.path)


def _ref(operation):
    return f"refs/croft/{operation}"
