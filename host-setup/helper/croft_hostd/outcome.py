"""What an operation that changed the box says when it has succeeded."""


def result(generation, toplevel, revision, state, snapshots=()):
    apps = {app.name: {"rev": app.rev} for app in state.apps.values()} if state else {}
    return {"generation": generation, "toplevel": toplevel, "revision": revision, "apps": apps, "snapshots": list(snapshots)}
