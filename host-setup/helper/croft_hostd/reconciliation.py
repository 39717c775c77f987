"""Reconcile: what somebody did on the box without Croft is taken over, or taken back."""

from . import state as states
from . import toplevels
from .outcome import result
from .problems import problem


def commit_edits(work):
    """(main, a commit of the uncommitted edits, its state). What they say is checked like any state."""
    flake = work.flake
    flake.require_main()
    base = flake.main()
    if not flake.dirty():
        raise _nothing("The box's flake has no uncommitted edits.")
    revision = flake.commit_edits(
        work.record.operation, base, work.request["author"], "Adopt edits made on the box", work.system.now()
    )
    wanted = states.parse(flake.state_at(revision) or "")
    return base, revision, wanted


def discard_edits(work):
    """Keeps the uncommitted edits under a ref of their own and checks main out."""
    flake = work.flake
    if not flake.dirty():
        raise _nothing("The box's flake has no uncommitted edits.")
    operation = work.record.operation
    revision = flake.commit_edits(operation, "HEAD", work.request["author"], "Edits made on the box", work.system.now())
    if not work.record.decide("activate"):
        raise problem("CANCELLED", why="It was stopped before it changed anything.")
    flake.set_aside(operation, revision)
    flake.discard_edits()
    work.output.say(f"The edits are kept as refs/croft/set-aside/{operation}")
    system = work.system
    toplevel = toplevels.running(system)
    return result(toplevels.default_generation(system), toplevel, flake.main(), toplevels.built_state(system, toplevel))


def state_of_main(work):
    """(main, its state)."""
    base, text, _ = work.flake.read_main()
    return base, states.parse(text or "")


def _nothing(why):
    return problem("NOT_FOUND", thing="anything to reconcile", why=why)
