"""A box whose PostgreSQL is of the version that its state says, for tests of going to another one."""

import json

from box import AUTHOR, app, operation_id, state_text
from console import ask
from servers import Servers

REV = "1" * 40


def text(major, rev=REV, **host):
    state = json.loads(state_text({"shop": app(rev)}, **host))
    state["services"] = {"postgresql": {"major": major}}
    return json.dumps(state, indent=2, sort_keys=True) + "\n"


def directory(major):
    return f"/var/lib/postgresql/{major}"


def follow_the_state(box):
    """From here on a system that is built, and the box once it runs, say which PostgreSQL they have."""
    closure, switch = box.closure, box._switch

    def build(name, state, *rest):
        top = closure(name, state, *rest)
        major = json.loads(state)["services"]["postgresql"]["major"]
        declared = {"major": major, "dataDir": directory(major)}
        box.write(f"{top}/etc/croft/facts.json", json.dumps({"version": 1, "postgresql": declared, "attach": {"shop": {"postgresql": "shop"}}}))
        for program in ("postgres", "pg_ctl", "initdb", "pg_upgrade", "vacuumdb", "pg_dump", "pg_dumpall"):
            box.write(f"{top}/sw/bin/{program}", "")
        return top

    def activate(program, action):
        child = switch(program, action)
        if action == "test":
            with open(box.path(f"{box.running()}/etc/croft/facts.json"), encoding="utf-8") as file:
                box.write("/etc/croft/facts.json", file.read())
        return child

    box.closure, box._switch = build, activate


def make_ready(box):
    """PostgreSQL 15 runs, with a database of the shop's."""
    follow_the_state(box)
    Servers(box).put("shop", "orders")
    box.write(f"{directory(15)}/PG_VERSION", "15\n")
    box.write(f"{directory(15)}/base", "as it was")
    ask(box, type="apply", operation=operation_id(1), author=AUTHOR, message="x", state=text(15))
    box.units["postgresql.service"] = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running"}
