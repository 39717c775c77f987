"""What a source tree looks like: which builder fits, why, and how it would be run."""

import json
import os
import re
import stat

_READ_LIMIT = 256 * 1024
_NODE_START = re.compile(r"node\s+([A-Za-z0-9_][A-Za-z0-9_./-]*)", re.ASCII)
_EXPOSE = re.compile(r"(?mi)^\s*EXPOSE\s+([0-9]{1,5})(?:/tcp)?\s*$")
_PROCFILE_WEB = re.compile(r"(?m)^web:\s*((?:[A-Za-z0-9_./-]+\s*)+)$")
_PYTHON_ENTRIES = ("app.py", "main.py", "server.py", "wsgi.py", "__main__.py")
_NODE_ENTRIES = ("server.js", "index.js", "app.js", "main.js", "server.mjs", "index.mjs")
_STATIC_DIRECTORIES = ("public", "site", "dist", "_site", "www")


class Tree:
    """Reads the top of a source tree. It is foreign: nothing in it is followed out of it or trusted in size."""

    def __init__(self, directory):
        self._directory = directory
        self.names = frozenset(os.listdir(directory))

    def text(self, *parts):
        """The beginning of a regular file, or None."""
        try:
            fd = os.open(os.path.join(self._directory, *parts), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                return None
            return file.read(_READ_LIMIT).decode("utf-8", "replace")

    def has(self, *parts):
        return self.text(*parts) is not None


def look(directory):
    """{"builder", "reason", "candidates", "port"?, "command"?} of a source tree."""
    tree = Tree(directory)
    candidates = [found for look_for in (_flake, _node, _python, _static) if (found := look_for(tree))]
    if not candidates:
        return {"builder": None, "reason": _nothing(tree), "candidates": []}
    best = candidates[0]
    answer = {
        "builder": best["builder"],
        "reason": best["reason"],
        "candidates": [{"builder": found["builder"], "reason": found["reason"]} for found in candidates],
    }
    command = _procfile(tree) or best.get("command")
    if command and best["builder"] != "static":
        answer["command"] = command
    if port := _exposed_port(tree):
        answer["port"] = port
    return answer


def _flake(tree):
    if tree.has("flake.nix"):
        return {"builder": "flake", "reason": "It has a flake.nix, which says itself how it is built."}
    return None


def _node(tree):
    text = tree.text("package.json")
    if text is None:
        return None
    try:
        package = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(package, dict):
        return None
    found = {"builder": "node", "reason": "It has a package.json."}
    scripts = package.get("scripts")
    start = scripts.get("start") if isinstance(scripts, dict) else None
    if isinstance(start, str):
        found["reason"] = "It has a package.json with a start script."
        plain = _NODE_START.fullmatch(start.strip())
        found["command"] = ["node", plain[1]] if plain else ["npm", "start"]
        return found
    main = package.get("main")
    named = [main] if isinstance(main, str) and _NODE_START.fullmatch("node " + main) else []
    for name in (*named, *_NODE_ENTRIES):
        if tree.has(*name.split("/")):
            found["command"] = ["node", name]
            return found
    return None


def _python(tree):
    entry = next((name for name in _PYTHON_ENTRIES if tree.has(name)), None)
    marker = next((name for name in ("pyproject.toml", "setup.py", "requirements.txt") if tree.has(name)), None)
    if entry is None and marker is None:
        return None
    found = {"builder": "python", "reason": f"It has {_article(marker or entry)}."}
    if entry:
        found["command"] = ["python3", entry]
    return found


def _article(name):
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _static(tree):
    if tree.has("index.html"):
        return {"builder": "static", "reason": "It has an index.html."}
    for directory in _STATIC_DIRECTORIES:
        if directory in tree.names and tree.has(directory, "index.html"):
            return {"builder": "static", "reason": f"It has a {directory}/index.html."}
    return None


def _procfile(tree):
    """The web process of a Procfile, when it is a plain command that needs no shell."""
    found = _PROCFILE_WEB.search(tree.text("Procfile") or "")
    return found[1].split() if found else None


def _exposed_port(tree):
    found = _EXPOSE.search(tree.text("Dockerfile") or "")
    return int(found[1]) if found and 0 < int(found[1]) < 65536 else None


def _nothing(tree):
    if not tree.names:
        return "The repository is empty."
    shown = ", ".join(sorted(name for name in tree.names if name.isprintable())[:12])
    return f"None of flake.nix, package.json, pyproject.toml, app.py, main.py or index.html is at its top; there is: {shown}."
