"""croft-guard: the box's guard for a clone of its flake, as a command, a git hook and a gate of CI."""

import os
import sys

from . import leaks, scanner
from .flake import blobs
from .system import System

_USAGE = """usage: croft-guard [--staged] [FILE…]

Looks for secrets in the files of this git repository, as the box does before each apply; in FILEs only, when there are any.
  --staged   what is about to be committed, instead of what lies in the working tree

Exit 0: none. 1: there are some; file, line and kind are listed. 2: it could not look.
A line with "croft-guard: allow REASON" is let through; croft-guard.allow lists places, a pattern and a reason a line."""


class Trouble(Exception):
    """What keeps it from looking."""


def main(arguments):
    staged = "--staged" in arguments
    files = [word for word in arguments if word != "--staged"]
    if "--help" in files:
        print(_USAGE)
        return 0
    if wrong := [word for word in files if word.startswith("--")]:
        print(f"croft-guard: {wrong[0]} is no option\n\n{_USAGE}", file=sys.stderr)
        return 2
    try:
        found = _look(System(), staged, files)
    except Trouble as trouble:
        print(f"croft-guard: {trouble}", file=sys.stderr)
        return 2
    for place, kind in found:
        print(f"{place}: {kind}")
    if found:
        print("Store a secret's value on the box (console: Environment → Secrets) and name it; exchange what was pushed already.", file=sys.stderr)
    return 1 if found else 0


def _look(system, staged, files):
    def git(*words, stdin=None):
        done = system.run(["git", *words], stdin=stdin, env={"GIT_OPTIONAL_LOCKS": "0"})
        if done.code != 0:
            raise Trouble(done.err.strip() or f"git {words[0]} failed")
        return done

    top = git("rev-parse", "--show-toplevel").out.rstrip("\n")
    for file in files:
        if not os.path.isfile(file):
            raise Trouble(f"{file} is no file")
    if staged:
        entries = git("diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "--diff-filter=ACMT", "-z", "--", *files).out.split("\0")
        chosen = [(about.split()[3], name) for about, name in zip(entries[::2], entries[1::2]) if about.split()[1].startswith("100")]
        content = blobs(git, [blob for blob, _ in chosen])
        texts = [(name, data) for (_, name), data in zip(chosen, content)]
        allowed = _listed(git)
    else:
        names = [name for name in git("ls-files", "-z", "--full-name", "--", *files).out.split("\0") if name] if not files else [
            os.path.relpath(os.path.realpath(file), os.path.realpath(top)) for file in files
        ]
        texts = [(name, data) for name in names if (data := _read(os.path.join(top, name))) is not None]
        allowed = (_read(os.path.join(top, leaks.ALLOW_FILE)) or b"").decode("utf-8", "replace")
    found = leaks.Findings(leaks.Allowed(lambda: allowed))
    for name, data in texts:
        if os.path.basename(name) == leaks.STATE:
            _state(found, data)
        elif name != leaks.ALLOW_FILE:
            found.in_text(name, data, scanner.SOURCE, None, markers=True)
    return found.listed()


def _state(found, data):
    try:
        found.in_state(data.decode("utf-8"), None)
    except ValueError:
        found.in_text(leaks.STATE, data, scanner.SOURCE, None)  # No JSON yet: a text like any other.


def _listed(git):
    try:
        return git("cat-file", "blob", f":{leaks.ALLOW_FILE}").out
    except Trouble:
        return ""


def _read(path):
    """A file's content; None for what is none, as a link or a file that was deleted."""
    try:
        if os.path.islink(path):
            return None
        with open(path, "rb") as file:
            return file.read(leaks.LARGEST_FILE)
    except OSError:
        return None
