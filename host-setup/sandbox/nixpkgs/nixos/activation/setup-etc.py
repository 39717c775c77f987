"""Lays the files of a generation into /etc.

NixOS owns /etc; here it is Debian's, so every file is laid by itself: a link to /etc/static/…, which points at the
generation, or a copy where an owner or a mode is asked for. What was laid is written down, and goes away when a later
generation does not have it. A file of Debian that was in the way is kept aside and comes back.

usage: setup-etc.py STORE_PATH_OF_ETC
"""

import contextlib
import grp
import json
import os
import pathlib
import pwd
import shutil
import sys

ETC = pathlib.Path("/etc")
STATIC = ETC / "static"
STATE = pathlib.Path("/var/lib/nixos")
MANIFEST = STATE / "etc-files.json"
ORIGINALS = STATE / "etc-originals"


def replace_link(path, target):
    """Points a link elsewhere without a moment in which it is missing."""
    temporary = path.with_name(path.name + ".tmp-nixos")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    temporary.symlink_to(target)
    temporary.replace(path)


def keep_aside(path, relative):
    original = ORIGINALS / relative
    if original.is_symlink() or original.exists():
        return
    original.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, original)


def identifier(name, lookup):
    """'+5' is a number, anything else a name."""
    return int(name[1:]) if name.startswith("+") else lookup(name)


class Layer:
    def __init__(self, store_path, managed):
        self.tree = store_path / "etc"
        copies = json.loads((store_path / "copies.json").read_text())
        self.copies = {entry["target"]: entry for entry in copies}
        self.managed = managed
        self.laid = []

    def lay(self, directory=pathlib.PurePath()):
        for source in sorted((self.tree / directory).iterdir()):
            relative = directory / source.name
            target = ETC / relative
            if source.is_dir() and not (source.is_symlink() and self.can_be_link(target, relative)):
                self.make_directory(target, relative)
                self.lay(relative)
            elif str(relative) in self.copies:
                self.copy(source, target, relative)
            else:
                self.link(source, target, relative)

    def can_be_link(self, target, relative):
        """A whole directory becomes one link unless Debian, or an earlier generation, has files of its own in it."""
        return not target.exists() or target.is_symlink() or str(relative) in self.managed

    def make_directory(self, target, relative):
        if target.is_symlink() and str(relative) in self.managed:
            target.unlink()
        target.mkdir(parents=True, exist_ok=True)

    def clear(self, target, relative):
        """Makes room for a file that is ours."""
        if str(relative) not in self.managed and (target.is_symlink() or target.exists()):
            keep_aside(target, relative)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)

    def link(self, source, target, relative):
        # systemd takes a unit for masked only if the link says so itself
        masked = source.is_symlink() and os.readlink(source) == os.devnull
        wanted = os.devnull if masked else str(STATIC / relative)
        self.laid.append(str(relative))
        if target.is_symlink() and os.readlink(target) == wanted:
            return
        self.clear(target, relative)
        replace_link(target, wanted)

    def copy(self, source, target, relative):
        entry = self.copies[str(relative)]
        self.clear(target, relative)
        self.laid.append(str(relative))
        if entry["mode"] == "direct-symlink":
            replace_link(target, os.readlink(source))
            return
        temporary = target.with_name(target.name + ".tmp-nixos")
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        # the mode must never be wider than asked for, not even while the file is written
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(source.read_bytes())
            os.fchown(
                descriptor,
                identifier(entry["user"], lambda name: pwd.getpwnam(name).pw_uid),
                identifier(entry["group"], lambda name: grp.getgrnam(name).gr_gid),
            )
            os.fchmod(descriptor, int(entry["mode"], 8))
        temporary.replace(target)


def remove(relative):
    target = ETC / relative
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    original = ORIGINALS / relative
    if original.is_symlink() or original.exists():
        shutil.move(original, target)
    else:
        # directories that only held our files; rmdir refuses the others
        with contextlib.suppress(OSError):
            for parent in target.parents:
                if parent == ETC:
                    break
                parent.rmdir()


def main(store_path):
    STATE.mkdir(parents=True, exist_ok=True)
    managed = set(json.loads(MANIFEST.read_text())) if MANIFEST.exists() else set()
    replace_link(STATIC, str(store_path / "etc"))
    layer = Layer(store_path, managed)
    layer.lay()
    for relative in sorted(managed - set(layer.laid), reverse=True):
        remove(relative)
    temporary = MANIFEST.with_suffix(".tmp")
    temporary.write_text(json.dumps(sorted(layer.laid), indent=1) + "\n")
    temporary.replace(MANIFEST)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
