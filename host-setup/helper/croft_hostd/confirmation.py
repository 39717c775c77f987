"""Waiting for the operator's word, and what that word has to prove: a way to the box that the change left open."""

import math
import os

from . import records
from .problems import Problem, problem
from .system import read_text
from .work import reverted

_LOOK_SECONDS = 0.05
_UNITS_EVERY = 1.0
#: A login is sshd's child of sshd's child; more would not be one.
_MOST_ANCESTORS = 8


def needed(request, level):
    """Whether a change of this level waits for its confirmation."""
    return {"manual": True, "none": False}.get(request.get("confirm", "auto"), level == "host")


def wait(work, level, reasons, require_up):
    """Returns when the change is confirmed; raises CONFIRM_MISSED or REVERTED, or what `require_up`, asked each second,
    raises of a change that has failed meanwhile. The time is that of the machine's own counter, which nobody sets."""
    within = work.request.get("confirmWithin", 60)
    system, record = work.system, work.record
    deadline = system.boottime() + within
    confirm = {"deadline": deadline, "boot": system.boot_id(), "level": level, "reasons": reasons}
    work.note(phase="confirm", confirm=confirm)
    work.output.progress("confirm", {})
    told, looked = None, -math.inf
    while (verdict := record.verdict()) is None:
        left = records.seconds_left(system, confirm)
        if not left:
            record.judge("missed")
            continue
        if left != told:
            told = left
            work.output.progress("confirm", {"secondsLeft": left})
        if system.boottime() - looked >= _UNITS_EVERY:
            looked = system.boottime()
            try:
                require_up()
            except Problem:
                # Who keeps or reverts it in this moment has been answered already.
                if record.judge("failed"):
                    raise
        system.pause(_LOOK_SECONDS)
    if verdict == "revert":
        raise reverted()
    if verdict == "missed":
        raise missed(f"It had to be confirmed within {within} seconds.")
    work.output.say("Confirmed")


def missed(why):
    return problem("CONFIRM_MISSED", why=why)


def accept(system, record, connection):
    """Takes the confirmation that came over `connection`, a descriptor, or raises CONFIRM_REFUSED."""
    report = record.report()
    if report["state"] != "AWAITING_CONFIRM" or not report["confirm"]["secondsLeft"]:
        raise _refused("This operation does not wait for a confirmation (any more).", "Look at how it ended; there is nothing to confirm.")
    opened = connection_opened(system, connection)
    if opened is None:
        raise _refused(
            "It did not come over SSH, so it does not prove that the box can still be reached.",
            "Confirm it in the console, from where you started the change.",
        )
    # The counter behind `opened` has steps of 10 ms and is cut off: in the same step it cannot be told which came first.
    if opened <= record.progress()["activated"]:
        raise _refused(
            "The console's connection to the box is older than the change, so it does not prove that a new one can be made.",
            "Confirm it again; the console then connects anew.",
        )
    if not record.judge("keep"):
        raise _refused("The box is going back already.", "Apply the change again, and confirm it in time.")


def connection_opened(system, connection):
    """When the SSH connection that this request came over was opened, in seconds since the machine started; None when
    it came by another way.

    The relay that connected is a child of sshd's process for the signed-in user, which is a child of sshd's process for
    the connection. That one is asked: the child may begin long after a connection that a new firewall would refuse.
    What the relay says is not looked at.
    """
    pid = system.peer(connection)
    for _ in range(_MOST_ANCESTORS):
        found = _process(system, pid)
        if found is None:
            return None
        name, parent, _ = found
        if name.startswith("sshd"):
            above = _process(system, parent)
            by_root = above is not None and above[0].startswith("sshd") and _owner(system, parent) == 0
            return above[2] if by_root else None
        pid = parent
    return None


def _process(system, pid):
    """(name, parent, start in seconds since boot) of a process, or None."""
    if not pid:
        return None
    try:
        with open(system.path(f"/proc/{pid}/stat"), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    # pid (name) state ppid …: the name may hold anything, also blanks and brackets.
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    return name, int(fields[1]), int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _owner(system, pid):
    """The user that a process runs as, or None."""
    for line in (read_text(system.path(f"/proc/{pid}/status")) or "").splitlines():
        if line.startswith("Uid:"):
            return int(line.split()[2])
    return None


def _refused(why, next_step):
    return problem("CONFIRM_REFUSED", why=why, next=next_step)
