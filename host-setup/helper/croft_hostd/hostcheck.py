"""One item of the host contract (docs/protocol.md, HostCheck)."""

MUST, SHOULD, INFO = "must", "should", "info"


def check(group, identity, level, ok, found, wanted, why, next=None, fix=None):
    """`next` and `fix` (label, set) are for an item that is not well; one that is has neither."""
    well = ok is True
    return {
        "id": identity,
        "group": group,
        "level": level,
        "ok": None if ok is None else bool(ok),
        "found": found,
        "wanted": wanted,
        "why": why,
        "next": None if well else next,
        "fix": None if well or fix is None else {"label": fix[0], "set": fix[1]},
    }
