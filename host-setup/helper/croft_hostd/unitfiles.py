"""The unit files of built systems: which of them differ, and what a switch will start without being asked.

switch-to-configuration starts every active target anew, so that what the target now wants comes up; its dry run does not
say so. These are the same rules, read from the files.
"""

import os

from .system import read_text

_PLACE = "etc/systemd/system"
#: Started for a reason of their own, or by nobody; targets only group the others.
_STARTED = (".service", ".socket", ".timer", ".path", ".mount", ".automount", ".swap")
_PULLS = ("Wants", "Requires", "Requisite", "BindsTo", "Upholds")
#: What switch-to-configuration never starts anew.
_LEFT_ALONE = ("suspend.target", "hibernate.target", "hybrid-sleep.target", "suspend-then-hibernate.target")


class UnitFiles:
    """The units of one built system, by name, with their drop-ins."""

    def __init__(self, system, toplevel):
        self._directory = os.path.realpath(system.path(f"{toplevel}/{_PLACE}"))
        try:
            entries = sorted(os.listdir(self._directory))
        except OSError:
            entries = []
        self.names = [name for name in entries if not name.endswith((".d", ".wants", ".requires", ".upholds"))]
        self._known = set(self.names)
        self._directories = set(entries) - self._known

    def __contains__(self, unit):
        return unit in self._known or _template(unit) in self._known

    def texts(self, unit):
        """What systemd would read for a unit: its file, then its drop-ins."""
        names = dict.fromkeys((unit, _template(unit)))
        found = [text for name in names if name in self._known and (text := self._read(name)) is not None][:1]
        for directory in (f"{name}.d" for name in names):
            if directory in self._directories:
                found += [self._read(f"{directory}/{name}") or "" for name in self._listed(directory) if name.endswith(".conf")]
        return found

    def values(self, unit, *keys):
        """The values of settings of the section [Unit], in order; an empty assignment forgets those before it."""
        found = []
        for text in self.texts(unit):
            section = ""
            for line in text.splitlines():
                line = line.strip()
                if line.startswith("["):
                    section = line
                key, separator, value = line.partition("=")
                if section == "[Unit]" and separator and key.strip() in keys:
                    found = found + value.split() if value.strip() else []
        return found

    def pulled_in_by(self, unit):
        """The units that come up when `unit` is started."""
        found = set(self.values(unit, *_PULLS))
        for kind in ("wants", "requires", "upholds"):
            directory = f"{unit}.{kind}"
            if directory in self._directories:
                found.update(self._listed(directory))
        return found

    def _read(self, name):
        try:
            return read_text(os.path.join(self._directory, name))
        except (OSError, UnicodeDecodeError):
            return None  # A directory or something else that systemd does not read either.

    def _listed(self, directory):
        try:
            return sorted(os.listdir(os.path.join(self._directory, directory)))
        except OSError:
            return []


def changes(system, before, after):
    """{"added","removed","changed"}: names of the unit files that differ between two systems."""
    old, new = UnitFiles(system, before), UnitFiles(system, after)
    both = set(old.names) & set(new.names)
    return {
        "added": sorted(set(new.names) - both),
        "removed": sorted(set(old.names) - both),
        "changed": sorted(name for name in both if old.texts(name) != new.texts(name)),
    }


def started_by_targets(system, before, after, active_targets):
    """The new units that a switch from `before` to `after` starts because a target that is active wants them."""
    old, new = UnitFiles(system, before), UnitFiles(system, after)
    rest = [target for target in active_targets if target not in _LEFT_ALONE and not _manual(new, target)]
    seen, found = set(rest), set()
    while rest:
        for unit in new.pulled_in_by(rest.pop()):
            # What the old system had is running, or does not for a reason of its own.
            if unit in seen or unit not in new or unit in old:
                continue
            seen.add(unit)
            rest.append(unit)
            if unit.endswith(_STARTED):
                found.add(unit)
    return sorted(found)


def _manual(files, target):
    yes = ("1", "yes", "true", "on")
    return any(value.lower() in yes for value in files.values(target, "RefuseManualStart", "X-OnlyManualStart"))


def _template(unit):
    """shop@blue.service -> shop@.service"""
    stem, separator, rest = unit.partition("@")
    return f"{stem}@.{rest.rsplit('.', 1)[-1]}" if separator and "." in rest else unit
