"""How large the apps' directories were, day by day: one line of JSON for each day, the newest last.

    {"date":"2026-05-04","apps":{"shop":{"":1234,"uploads":512}}}
"""

import json

from . import facts, storage
from .system import read_text, rfc3339, write_atomically

PLACE = "/var/lib/croft/sizes.jsonl"
MOST_DAYS = 400
#: The app's whole directory is read for it, at an hour when nobody waits.
_SECONDS_EACH = 120.0
_SECONDS_AGAIN = 2.0


def note(system):
    """Writes down today's sizes, in the place of those that were written down today already."""
    apps = {}
    for name in sorted(facts.of_box(system).get("attach") or {}):
        sizes = storage.sizes_of(system, name, _SECONDS_EACH)
        if sizes:
            apps[name] = sizes
    today = rfc3339(system.now())[:10]
    days = [day for day in _days(system) if day["date"] < today][-(MOST_DAYS - 1) :]
    days.append({"date": today, "apps": apps})
    write_atomically(system.path(PLACE), "".join(json.dumps(day, sort_keys=True, separators=(",", ":")) + "\n" for day in days))


def of(system, app):
    """volume -> [{"date","bytes"}], the oldest first; of the app's whole directory under the empty name."""
    found = {}
    for day in _days(system):
        for volume, count in day["apps"].get(app, {}).items():
            found.setdefault(volume, []).append({"date": day["date"], "bytes": count})
    return found


def full(system):
    """[{"app","volume","bytes","quota"}] of the volumes that are beyond nine tenths of their quota, or beyond all of it: by what was
    counted at the end of the last day, and counted again, so that who makes room is not told of it for another day."""
    last = {}
    for day in _days(system):
        last = day["apps"]
    running, deadline, found = facts.of_box(system), system.monotonic() + _SECONDS_AGAIN, []
    for app in sorted(running.get("attach") or {}):
        for volume, quota in sorted((facts.attached(running, app).get("storage") or {}).items()):
            counted = last.get(app, {}).get(volume)
            if quota and counted is not None and _is_full(counted, quota):
                size = storage.size_of(system, app, volume, deadline)
                now = counted if size is None else size
                if _is_full(now, quota):
                    found.append({"app": app, "volume": volume, "bytes": now, "quota": quota})
    return found


def _is_full(size, quota):
    return size * 10 >= quota * 9


def _days(system):
    for line in (read_text(system.path(PLACE)) or "").splitlines():
        try:
            day = json.loads(line)
            if isinstance(day["date"], str) and isinstance(day["apps"], dict):
                yield day
        except (ValueError, KeyError, TypeError):
            continue  # A line that somebody has torn costs that day alone.
