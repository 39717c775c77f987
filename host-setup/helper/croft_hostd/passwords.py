"""Passwords of apps for their databases: made by the app's own database unit (nix/modules/apps/database-password.py), renewed here.

No value passes through this program: it deletes the sealed one, and the unit makes another, which it tells the server.
"""

import os

from . import lock, secrets, toplevels, units
from .problems import problem
from .system import sync_directory

#: Under which name an app is given it.
NAMES = {"postgresql": "PGPASSWORD", "mysql": "MYSQL_PWD"}


def serve_renew(system, request):
    """Answers a `database-password-renew` request."""
    engine, name = request["engine"], request["app"]
    running = toplevels.built_state(system, toplevels.running(system))
    app = running.apps.get(name) if running else None
    if app is None:
        raise problem("NOT_FOUND", thing=f"the app {name}", why="The running system has no such app.")
    if engine not in app.passwords:
        raise problem("NOT_FOUND", thing=f"a password of {name}", why=f"In the running system it signs in to no {engine} with one.")
    # A change that is under way may be about to make it, or to start the app with it.
    changes = lock.Lock(system, "lock")
    if not changes.acquire(0.0):
        raise problem("HOST_BUSY", holder="A change is running; it may start the app.")
    try:
        units.require_not_held(system, name)
        return {"restarted": _renew(system, engine, app)}
    finally:
        changes.release()


def _renew(system, engine, app):
    """The units that were started anew with the new one."""
    place = secrets.place(system, (secrets.DATABASES, app.name, NAMES[engine]))
    try:
        os.unlink(place)
        sync_directory(os.path.dirname(place))
    except FileNotFoundError:
        pass  # The unit makes one in any case.
    begun = system.now()
    maker = units.database_unit(engine, app.name)
    done = system.run(["systemctl", "restart", "--no-ask-password", "--", maker], timeout=300)
    if done.code != 0:
        why = f"{maker} could not tell the server a new password: {done.err.strip()}"
        raise problem("SQL_FAILED", why=why, next="See what the unit says, and renew the password again.", detail=units.last_lines(system, maker, begun))
    # A job that is under way keeps its connection, or begins anew the next time.
    if units.show(system, [app.unit])[0].get("ActiveState") not in units.UP:
        return []
    units.control(system, app.name, "restart")
    return [app.unit]
