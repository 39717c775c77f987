"""Waiting until an app answers: the gate between activated and confirmed."""

from . import units
from .problems import problem

#: An app without a port has no door to knock at; it passes when it stays up this long.
SETTLE_SECONDS = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_UNIT_EVERY = 0.3
_ANSWER_SECONDS = 5.0
_ASK_EVERY = 0.1


class Gate:
    """The health checks of one activation. All apps are given their time from the same moment."""

    def __init__(self, system, say, still_wanted=lambda: None):
        """`still_wanted` is asked every tenth of a second; what it raises ends the waiting."""
        self._system = system
        self._say = say
        self._still_wanted = still_wanted
        self._opened = system.monotonic()
        self._opened_at = system.now()

    def wait(self, apps, started_now):
        """Returns when every app is healthy, or raises APP_EXITED or APP_UNHEALTHY.

        The restart counter of a unit in `started_now` began at zero with this activation; that of another app may
        tell of an old story, so only its growth counts.
        """
        restarts = {app.name: 0 if app.name in started_now else self._look(app) for app in apps}
        for app in apps:
            if app.port is None:
                self._wait_up(app, restarts[app.name])
            else:
                self._wait_answer(app, restarts[app.name])

    def _wait_answer(self, app, restarts):
        pause, looked, answer = _FIRST_PAUSE, self._system.monotonic(), "no answer yet"
        deadline = self._opened + app.health_seconds
        while True:
            left = deadline - self._system.monotonic()
            self._still_wanted()
            status, answer = knock(app, min(max(left, 0.1), _ANSWER_SECONDS), self._still_wanted)
            if status is not None and is_well(app, status):
                self._say(f"{app.name} answers {app.health_path} with: {answer}")
                return
            now = self._system.monotonic()
            if now - looked >= _UNIT_EVERY:
                looked = now
                self._look(app, restarts)
            if now >= deadline:
                self._look(app, restarts)
                raise problem(
                    "APP_UNHEALTHY",
                    app=app.name,
                    why=f"http://127.0.0.1:{app.port}{app.health_path} was asked for {app.health_seconds} seconds; the last answer was: {answer}.",
                    detail=units.last_lines(self._system, app.unit, self._opened_at - 2),
                )
            self._pause(min(pause, max(deadline - now, 0)))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _wait_up(self, app, restarts):
        until = self._opened + min(SETTLE_SECONDS, app.health_seconds)
        while (left := until - self._system.monotonic()) > 0:
            self._pause(min(left, _UNIT_EVERY))
            self._look(app, restarts)
        self._say(f"{app.name} stays up")

    def _pause(self, seconds):
        while seconds > 0:
            self._still_wanted()
            self._system.pause(min(seconds, _ASK_EVERY))
            seconds -= _ASK_EVERY

    def _look(self, app, restarts=None):
        """The unit's restart counter; raises APP_EXITED when the unit is not on its way up or was restarted since."""
        unit = units.show(self._system, [app.unit])[0]
        count = units.number(unit.get("NRestarts"))
        active = unit.get("ActiveState")
        up = active in ("active", "activating", "reloading") and unit.get("SubState") not in ("auto-restart", "auto-restart-queued")
        # A one-shot "app" that has done its work is active (exited); a service that is plainly gone is not.
        if not up or (restarts is not None and count > restarts):
            raise exited(self._system, app.name, app.unit, unit, self._opened_at - 2)
        return count


def exited(system, app, unit, properties, since=None):
    """APP_EXITED with how the process ended and what it said last."""
    log = units.last_lines(system, unit, since)
    return problem("APP_EXITED", app=app, why=f"Its process {units.ending(properties, log)}.", detail=log)


def is_well(app, status):
    """Whether this answer shows that an app is well."""
    return app.any_answer or 200 <= status < 400


def knock(app, timeout, still_wanted=lambda: None):
    """One GET to an app: (status or None, words); status 0 is an answer that is not HTTP.

    Plain sockets: an HTTP client library takes longer to load than an app to answer.
    """
    import socket

    host = app.domain or f"127.0.0.1:{app.port}"
    request = f"GET {app.health_path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: croft-health\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", app.port), timeout) as connection:
            connection.sendall(request.encode("ascii"))
            head = _first_line(connection, timeout, still_wanted)
    except ConnectionRefusedError:
        return None, "nothing listens on the port"
    except TimeoutError:
        return None, "it took the connection but did not answer"
    except OSError as error:
        return None, error.strerror or str(error)
    words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return 0, "something that is not HTTP" if head else "it closed the connection without a word"
    return int(words[1]), " ".join(words[1:])[:100]


def _first_line(connection, timeout, still_wanted):
    """What the app says up to the end of the first line, or of its words."""
    connection.settimeout(_ASK_EVERY)
    head = b""
    while b"\r\n" not in head and len(head) < 4096:
        try:
            chunk = connection.recv(4096)
        except TimeoutError:
            still_wanted()
            timeout -= _ASK_EVERY
            if timeout <= 0:
                raise
            continue
        if not chunk:
            break
        head += chunk
    return head
