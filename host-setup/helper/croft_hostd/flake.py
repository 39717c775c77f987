"""The box's flake: a git repository with one commit for each change of state.json.

Commits are written by git fast-import, which takes length-prefixed data on stdin: no working tree, no index and
no argument carries anything that came from outside. `main` moves only by fast-forward, after success.
"""

import os

from .problems import problem
from .system import read_text, sync_directory

COMMITTER = ("Croft", "croft@localhost")
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_COMMITTER_NAME": COMMITTER[0],
    "GIT_COMMITTER_EMAIL": COMMITTER[1],
    "LC_ALL": "C.UTF-8",
}


class Flake:
    """`main` in the names and words below is the branch that the box is built from, whatever its owner calls it."""

    def __init__(self, system, configuration):
        self._system = system
        self.path = configuration.flake
        self.state_file = configuration.state_file
        self.branch = configuration.branch
        self._output = configuration.output
        self.ref = f"refs/heads/{self.branch}"

    def main(self):
        """The commit that is in force."""
        return self.read_main()[0]

    def read_main(self, revision=None):
        """(main, its state.json, the state.json of `revision`), in one look; a text that git does not have is None."""
        questions = [f"{self.ref}^{{commit}}", f"{self.ref}:{self.state_file}"] + ([f"{revision}:{self.state_file}"] if revision else [])
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
            raise problem("INTERNAL", why=f"{self.path} is not a git repository with a branch {self.branch}.", detail=answer.err)
        return found[0][0], found[1][1], found[2][1] if revision else None

    def read_main_on(self, base):
        """(main, its state.json) for a change that builds on commit `base`; refused when state.json is another one by now. None builds on whatever is there."""
        main, on_main, on_base = self.read_main(base)
        if base not in (None, main) and on_base != on_main:
            raise problem("STATE_CHANGED", base=base[:12], main=main[:12])
        return main, on_main

    def state_at(self, revision):
        """state.json as of a commit, or None when that commit is unknown or has none."""
        found = self._git("cat-file", "blob", f"{revision}:{self.state_file}")
        return found.out if found.code == 0 else None

    def text_at(self, revision, name):
        """A file of a commit, or None."""
        found = self._git("cat-file", "blob", f"{revision}:{name}")
        return found.out if found.code == 0 else None

    def files(self, revision, largest, altogether):
        """([(name, content)] of a commit's files, the names of those left out for their size). Links have no content of their own."""
        listed = self._git("ls-tree", "-r", "-z", "--long", "--full-tree", revision)
        names, left_out, room = [], [], altogether
        for line in listed.out.split("\0"):
            about, _, name = line.partition("\t")
            words = about.split()
            if len(words) == 4 and words[0].startswith("100"):
                size = int(words[3])
                if size > largest or size > room:
                    left_out.append(name)
                    continue
                room -= size
                names.append((words[2], name))
        content = blobs(self._git, [blob for blob, _ in names])
        return [(name, data) for (_, name), data in zip(names, content)], left_out

    def require_clean(self, state_on_main):
        """Refuses to go over a hand edit that its author has not committed."""
        self.require_main()
        in_tree = read_text(self._place(self.state_file))
        if in_tree != state_on_main:
            raise self._dirty(f"{self.state_file} in the working tree differs from the last commit on {self.branch}.")

    def require_main(self):
        if not self._on_main():
            raise self._dirty(f"Another branch than {self.branch} is checked out.")

    def bundle(self, place):
        """Writes main with its whole history into one file, which git can clone."""
        self._must("bundle", "create", "--quiet", place, self.branch)

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
                f"M 100644 inline {self.state_file}\ndata {len(blob)}\n".encode(),
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

    def start_comparison(self, before, after):
        """Begins to compare two commits."""
        return self._start("diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after, "--")

    def compared(self, comparison):
        """The files in which the commits differ; None when git does not know one of them."""
        answer = comparison.finish()
        return [name for name in answer.out.split("\0") if name] if answer.code == 0 else None

    def forget(self, operation):
        """Drops the ref that kept an operation's commit; git collects the commit if main never took it."""
        packed = read_text(self._place(".git", "packed-refs")) or ""
        if os.path.exists(self._place(".git", _ref(operation))) or _ref(operation) in packed:
            self._git("update-ref", "-d", _ref(operation))

    def start_advance(self, base, revision):
        """Begins to move main, the index and state.json in the working tree to `revision`. Only a fast-forward is one: a commit made by hand meanwhile stops it."""
        if revision == base:
            return None
        return self._start("-c", "gc.auto=0", "-c", "maintenance.auto=false", "merge", "--ff-only", "--quiet", revision)

    def advanced(self, moving):
        """Waits for `start_advance`."""
        moved = moving.finish() if moving else None
        if moved and moved.code != 0:
            raise self._dirty(f"{self.branch} could not be moved to the new commit: " + moved.err.strip())

    def settle_at(self, wanted, other, tree=True):
        """Puts main, the index and with `tree` the working tree's state.json at the commit `wanted`, whatever a failure or a
        power cut has left between it and `other`. A commit or an edit that somebody made meanwhile stays."""
        if wanted == other:
            return
        for name in ("index.lock", "HEAD.lock", f"{self.ref}.lock"):
            try:
                os.unlink(self._place(".git", name))  # Its owner was killed: whoever changes the box now is us.
            except FileNotFoundError:
                pass
        main = self.main()
        if main == other:
            self._git("update-ref", self.ref, wanted, other)
        elif main != wanted:
            return
        if not self._on_main():
            return
        self._git("reset", "--quiet")
        if tree and (read_text(self._place(self.state_file)) or None) in (None, self.state_at(other)):
            self._git("checkout", "--quiet", self.branch, "--", self.state_file)

    def mend_tree(self):
        """Writes state.json again where a power cut left an empty file: git does not wait for the disk."""
        text = read_text(self._place(self.state_file))
        if text is not None and not text.strip("\0") and self._on_main():
            self._git("checkout", "--quiet", self.branch, "--", self.state_file)

    def sync(self):
        """Waits until what a moved main has written is on the disk."""
        for name in (self.state_file, ".git/index"):
            try:
                fd = os.open(self._place(name), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        sync_directory(self._place())

    # -- edits by hand -----------------------------------------------------------------------------------------

    def edited(self):
        """The names of files that differ from the last commit or are not in it."""
        words = iter(self._git("status", "--porcelain", "-z", "--no-renames").out.split("\0"))
        return [word[3:] for word in words if len(word) > 3]

    def checked_out(self):
        """The name of the branch in the working tree; a commit's id when it is none."""
        head = (read_text(os.path.join(self._system.path(self.path), ".git", "HEAD")) or "").strip()
        return head.removeprefix("ref: refs/heads/")

    def same_files(self, one, other):
        """Whether two commits have the same files in them; not when git does not know one."""
        return self.compared(self.start_comparison(one, other)) == []

    def dirty(self):
        """Whether the working tree or the index has what no commit on main has."""
        return not self._on_main() or bool(self._git("status", "--porcelain", "-z").out)

    def commit_edits(self, operation, base, author, message, now):
        """A commit on top of `base` of all that the working tree has now. Tree, index and branches stay as they are; a ref of
        the operation keeps the commit."""
        index = self._place(".git", f"croft-{operation}.index")
        when = f"{int(now)} +0000"
        environment = {
            "GIT_INDEX_FILE": index,
            "GIT_AUTHOR_NAME": author["name"].strip(),
            "GIT_AUTHOR_EMAIL": author["email"].strip(),
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_DATE": when,
        }
        text = f"{message}\n\nCroft-Operation: {operation}\n".encode()
        try:
            self._must("read-tree", base, environment=environment)
            self._must("add", "--all", environment=environment)
            tree = self._must("write-tree", environment=environment)
            revision = self._must("commit-tree", "-p", base, tree, stdin=text, environment=environment)
        finally:
            for name in (index, f"{index}.lock"):
                try:
                    os.unlink(name)
                except FileNotFoundError:
                    pass
        self._must("update-ref", _ref(operation), revision)
        return revision

    def take_edits(self, base, revision):
        """Moves main to the commit of the edits; the working tree has them already."""
        moved = self._git("update-ref", self.ref, revision, base)
        if moved.code != 0:
            raise self._dirty(f"Somebody made a commit on {self.branch} meanwhile.")
        self._git("reset", "--quiet")

    def set_aside(self, operation, revision):
        """Keeps a commit for good, under a name that says which operation put it there."""
        self._must("update-ref", f"refs/croft/set-aside/{operation}", revision)

    def discard_edits(self):
        """Checks out main, and nothing else."""
        self._must("symbolic-ref", "HEAD", self.ref)
        self._must("reset", "--hard", "--quiet")
        self._must("clean", "-d", "--force", "--quiet")

    def _must(self, *arguments, stdin=None, environment=None):
        done = self._start(*arguments, stdin=stdin, environment=environment).finish()
        if done.code != 0:
            raise problem("INTERNAL", why=f"git {arguments[0]} failed.", detail=done.err)
        return done.out.strip()

    def _on_main(self):
        head = read_text(self._place(".git", "HEAD"))
        return head is None or head.strip() == f"ref: {self.ref}"

    def _place(self, *names):
        return os.path.join(self._system.path(self.path), *names)

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

    def output(self, host):
        """By which name the flake has the box that is called `host`."""
        return self._output or host

    def reference(self, revision, host):
        """The flake reference that nixos-rebuild builds: this very commit, whatever the working tree holds."""
        return f"git+file://{self.path}?rev={revision}#{self.output(host)}"

    def _git(self, *arguments, stdin=None):
        return self._start(*arguments, stdin=stdin).finish()

    def _start(self, *arguments, stdin=None, environment=None):
        return self._system.start(
            ["git", "-C", self._system.path(self.path), *arguments], stdin, {**_ENVIRONMENT, **(environment or {})}
        )

    def _dirty(self, why):
        return problem("HOST_FLAKE_DIRTY", why=why, flake=self.path)


def blobs(git, names):
    """The contents of blobs, as bytes; `git` runs git with these arguments."""
    raw = git("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode()).raw
    found, position = [], 0
    for _ in names:
        end = raw.index(b"\n", position)
        size = int(raw[position:end].split()[2])
        found.append(raw[end + 1 : end + 1 + size])
        position = end + size + 2
    return found


def _ref(operation):
    return f"refs/croft/{operation}"
