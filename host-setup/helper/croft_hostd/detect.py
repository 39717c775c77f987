"""What a source tree looks like: which builder fits, why, and how it would be run."""

import json
import os
import re
import stat

_READ_LIMIT = 256 * 1024
_NODE_START = re.compile(r"node\s+([A-Za-z0-9_][A-Za-z0-9_./-]*)", re.ASCII)
_EXPOSE = re.compile(r"(?mi)^\s*EXPOSE\s+([0-9]{1,5})(?:/tcp)?\s*$")
_PROCFILE_WEB = re.compile(r"(?m)^web:\s*((?:[A-Za-z0-9_./-]+\s*)+)$")
_PYTHON_ENTRIES = ("main.py", "app.py", "server.py")
_NODE_ENTRIES = ("server.js", "index.js")
_LOCK_VERSION = re.compile(r'"lockfileVersion"\s*:\s*([0-9]{1,3})\b')
_OTHER_LOCKS = ("pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb")
_STATIC_DIRECTORIES = ("public", "dist", "site", "_site", "www")


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
    """{"builder", "reason", "candidates", "port"?, "command"?} of a source tree; the same choice as nix/builders."""
    tree = Tree(directory)
    found = [verdict for look_for in (_flake, _node, _python, _static) if (verdict := look_for(tree))]
    candidates = [verdict for verdict in found if "obstacle" not in verdict]
    if not candidates:
        reason = found[0]["obstacle"] if found else _nothing(tree)
        return {"builder": None, "reason": reason, "candidates": []}
    best = candidates[0]
    answer = {
        "builder": best["builder"],
        "reason": best["reason"],
        "candidates": [{"builder": verdict["builder"], "reason": verdict["reason"]} for verdict in candidates],
    }
    if best["builder"] in ("node", "python") and (command := _procfile(tree) or best.get("command")):
        answer["command"] = command
    if port := _exposed_port(tree):
        answer["port"] = port
    return answer


def _flake(tree):
    if tree.has("flake.nix"):
        return {"builder": "flake", "reason": "It has a flake.nix, which says itself how it is built."}
    return None


def _node(tree):
    package = _json_object(tree.text("package.json"))
    scripts = package.get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    main = package.get("main")
    named = [main] if isinstance(main, str) and _NODE_START.fullmatch("node " + main) else []
    entry = next((name for name in (*named, *_NODE_ENTRIES) if tree.has(*name.split("/"))), None)
    start = scripts.get("start")
    if not package and entry is None:
        return None
    wanted = ["dependencies", "optionalDependencies", *(["devDependencies"] if "build" in scripts else [])]
    asking = next((field for field in wanted if package.get(field)), None)
    if asking and (obstacle := _npm_obstacle(tree, asking)):
        return {"builder": "node", "obstacle": obstacle}
    if entry is None and not isinstance(start, str) and not _procfile(tree):
        return None
    marker = "package.json" if package else entry
    locked = ", and a package-lock.json that says which packages" if asking else ""
    found = {"builder": "node", "reason": f"It has {_article(marker)}{locked}."}
    if isinstance(start, str):
        found["reason"] = f"It has a package.json with a start script{locked}."
        # Anything but `node FILE` is a shell line, which the builder runs as such; an argument vector cannot say it.
        if plain := _NODE_START.fullmatch(start.strip()):
            found["command"] = ["node", plain[1]]
    elif entry:
        found["command"] = ["node", entry]
    return found


def _npm_obstacle(tree, asking):
    """Why the packages that package.json asks for cannot be had; None when its lock says which they are."""
    lock = tree.text("package-lock.json")
    if lock is not None:
        # The file is long; npm writes this at its head.
        version = _LOCK_VERSION.search(lock)
        if version and int(version[1]) >= 2:
            return None
        return "Its package-lock.json is of npm 6 or older (lockfileVersion 1). Make it anew with a newer npm and commit it: npm install --package-lock-only."
    other = next((f"It has {_article(name)}, which the node builder does not read. " for name in _OTHER_LOCKS if name in tree.names), "")
    return (
        f"package.json asks for {asking}, and there is no package-lock.json that says which. {other}"
        "Commit the one that npm makes (npm install --package-lock-only), or add a flake.nix."
    )


def _python(tree):
    entry = next((name for name in _PYTHON_ENTRIES if tree.has(name)), None)
    marker = next((name for name in ("pyproject.toml", "requirements.txt", "Pipfile") if tree.has(name)), None)
    if entry is None and not (marker and _procfile(tree)):
        return _obstacle("python", *asking) if (asking := _python_packages(tree)) else None
    if asking := _python_packages(tree):
        return _obstacle("python", *asking)
    found = {"builder": "python", "reason": f"It has {_article(entry or marker)}."}
    if entry:
        found["command"] = ["python3", entry]
    return found


def _python_packages(tree):
    """(file, what in it) that asks for packages which the builder would have to fetch, or None."""
    lines = (line.strip() for line in (tree.text("requirements.txt") or "").splitlines())
    if any(line and not line.startswith("#") for line in lines):
        return "requirements.txt", "packages"
    project = _toml(tree.text("pyproject.toml"))
    poetry = project.get("tool", {}).get("poetry", {}).get("dependencies", {})
    if project.get("project", {}).get("dependencies") or set(poetry) - {"python"}:
        return "pyproject.toml", "dependencies"
    if _toml(tree.text("Pipfile")).get("packages"):
        return "Pipfile", "packages"
    return None


def _static(tree):
    for directory in _STATIC_DIRECTORIES:
        if directory in tree.names and tree.has(directory, "index.html"):
            return {"builder": "static", "reason": f"It has {_article(directory)}/index.html."}
    if tree.has("index.html"):
        return {"builder": "static", "reason": "It has an index.html."}
    return None


def _obstacle(builder, file, asking):
    return {
        "builder": builder,
        "obstacle": f"{file} asks for {asking}, which the {builder} builder does not fetch. Add a flake.nix that brings them.",
    }


def _json_object(text):
    try:
        value = json.loads(text) if text is not None else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _toml(text):
    import tomllib

    try:
        return tomllib.loads(text or "")
    except (ValueError, RecursionError):
        return {}


def _article(name):
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


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
