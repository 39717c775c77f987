"""What an operator wrote on generations: pins, which keep them from being deleted, and labels."""

import os

from .jsontext import dumps, loads
from .lock import Lock
from .problems import problem
from .system import read_text, write_atomically

_FILE = "/var/lib/croft/generations.json"
_PATIENCE = 10.0


def read(system):
    """number -> {"closure","pinned"?,"label"?}. A number that was given anew, after the profile was, has no mark."""
    try:
        marks = loads(read_text(system.path(_FILE)) or "{}")
        return {int(number): mark for number, mark in marks.items()}
    except (ValueError, AttributeError):
        return {}


def of(marks, number, closure):
    """The mark of a generation; empty without one."""
    mark = marks.get(number) or {}
    return mark if mark.get("closure") == closure else {}


def write(system, number, closure, existing, pinned=None, label=None):
    """Changes a generation's mark; what is None stays. `existing` says which generations there still are."""
    changing = Lock(system, "marks")
    if not changing.acquire(_PATIENCE):
        raise problem("HOST_BUSY", holder="Somebody else pins or names a generation.")
    try:
        marks = {one: mark for one, mark in read(system).items() if one in existing}
        mark = {**of(marks, number, closure), "closure": closure}
        if pinned is not None:
            mark["pinned"] = pinned
        if label is not None:
            mark["label"] = label.strip()
        marks[number] = mark
        kept = {str(one): mark for one, mark in sorted(marks.items()) if mark.get("pinned") or mark.get("label")}
        os.makedirs(os.path.dirname(system.path(_FILE)), exist_ok=True)
        write_atomically(system.path(_FILE), dumps(kept))
    finally:
        changing.release()
