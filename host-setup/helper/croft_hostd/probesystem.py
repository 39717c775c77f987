"""The host contract: systemd, the journal, the clock, the boot loader, the host key."""

import os

from . import probehardware
from .hostcheck import MUST, SHOULD, check

_CLOCKS = ("chronyd.service", "ntpd.service", "openntpd.service", "ntpd-rs.service")
QUESTIONS = {
    "state": ["systemctl", "is-system-running"],
    "systemd": ["systemctl", "--version"],
    "journald": ["systemd-analyze", "cat-config", "systemd/journald.conf"],
    "synchronized": ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
    "clocks": ["systemctl", "is-active", *_CLOCKS],
}
#: systemd-creds, which seals secrets.
_SYSTEMD = 250
_DAY = 24 * 3600
_KEY_TYPES = ("ed25519", "ecdsa", "rsa", "dsa")
_LOADERS = (
    ("systemd-boot", ("/boot/loader/loader.conf", "/boot/EFI/systemd", "/efi/loader/loader.conf", "/boot/efi/loader/loader.conf")),
    ("GRUB", ("/boot/grub/grub.cfg",)),
    ("extlinux", ("/boot/extlinux/extlinux.conf",)),
    ("Limine", ("/boot/limine/limine.conf", "/boot/limine.conf")),
)


def checks(box):
    return [_state(box), _version(box), _journal(box), _time(box), _boot_loader(box), _host_key(box)]


def _state(box):
    state = box.first_line("state")
    why = "Apps and operations are systemd units."
    if state is None:
        return check("system", "systemd", MUST, None, "no answer in time", "running or degraded", why)
    ok = state in ("running", "degraded", "starting", "initializing")
    return check("system", "systemd", MUST, ok, state or "none", "running or degraded", why, "Look at systemctl --failed, and leave rescue mode with systemctl default.")


def _version(box):
    text = box.first_line("systemd")
    wanted, why = f"{_SYSTEMD} or newer", "Secrets are sealed by systemd-creds and given to units as encrypted credentials."
    number = (text or "").split()[1:2]
    if not number or not number[0].isdigit():
        return check("system", "systemd-version", MUST, None, "systemd did not say", wanted, why)
    return check("system", "systemd-version", MUST, int(number[0]) >= _SYSTEMD, number[0], wanted, why, "Update the box to a supported release of NixOS.")


def _journal(box):
    wanted, why = "persistent", "The logs from before a restart, and so why it happened, are lost otherwise."
    fix = ("Keep the journal on the disk", box.machine(persistentJournal=True))
    away = 'Set services.journald.storage = "persistent".'
    if box.answer("journald").code != 0:
        return check("system", "journal", SHOULD, None, "its configuration could not be read", wanted, why)
    # The last one counts; what is not set is decided by the directory.
    said = [line.partition("=")[2].strip() for line in box.answer("journald").out.splitlines() if line.strip().startswith("Storage=")]
    storage = (said or ["auto"])[-1] or "auto"
    directory = os.path.isdir(box.path("/var/log/journal"))
    if not (directory if storage == "auto" else storage == "persistent"):
        return check("system", "journal", SHOULD, False, "volatile" if storage == "auto" else storage, wanted, why, away, fix)
    # Until it is told that the disk is there, journald writes to memory.
    flushed = os.path.exists(box.path("/run/systemd/journal/flushed"))
    return check("system", "journal", SHOULD, flushed, "persistent" if flushed else "persistent by its configuration, in memory by now", wanted, why, "Tell journald to go on on the disk: journalctl --flush.", fix)


def _time(box):
    wanted, why = "synchronized", "Certificates, sign-in codes and logs need the right time."
    answer = box.first_line("synchronized")
    if answer == "yes":
        return check("system", "time", SHOULD, True, "synchronized", wanted, why)
    active = box.answer("clocks").out.split()
    others = [unit for unit, state in zip(_CLOCKS, active) if state == "active"]
    if answer is None:
        return check("system", "time", SHOULD, None, "no answer in time", wanted, why)
    if probehardware.container(box):
        away = "The clock is that of the machine below: synchronize it there."
        return check("system", "time", SHOULD, False, "not synchronized", wanted, why, away)
    if others:
        away = f"{others[0]} runs and has not found the time: look at its log, and whether UDP port 123 gets out."
        return check("system", "time", SHOULD, False, "not synchronized", wanted, why, away)
    away = "Switch services.timesyncd on, and let UDP port 123 out."
    return check("system", "time", SHOULD, False, "not synchronized", wanted, why, away, ("Let systemd-timesyncd set the clock", box.machine(timeSync=True)))


def _boot_loader(box):
    wanted, why = "systemd-boot, GRUB, extlinux or Limine", "It is what a restart goes by: each change that is kept becomes its default."
    kind = probehardware.container(box)
    if kind:
        return check("system", "boot-loader", SHOULD, True, f"none: a container ({kind}) is started by the machine below", wanted, why)
    firmware = "UEFI" if os.path.isdir(box.path("/sys/firmware/efi")) else "BIOS"
    for name, places in _LOADERS:
        if any(os.path.exists(box.path(place)) for place in places):
            return check("system", "boot-loader", SHOULD, True, f"{name} ({firmware})", wanted, why)
    away = "Is /boot mounted? Compare fileSystems with `findmnt`, and run nixos-rebuild boot once."
    return check("system", "boot-loader", SHOULD, None, f"none that Croft knows in /boot ({firmware})", wanted, why, away)


def _host_key(box):
    wanted, why = "ed25519", "The console knows the box by its host key, and accepts no other; a key that was part of an image is known to all who have it."
    found = []
    for kind in _KEY_TYPES:
        try:
            age = box.system.now() - os.stat(box.path(f"/etc/ssh/ssh_host_{kind}_key.pub")).st_mtime
        except OSError:
            continue
        days = int(max(0, age) // _DAY)
        found.append((kind, f"{kind}, {days} days old" if days != 1 else f"{kind}, a day old"))
    if not found:
        return check("system", "host-key", SHOULD, None, "none in /etc/ssh", wanted, why, "Look at services.openssh.hostKeys: sshd has its keys elsewhere.")
    ok = any(kind == "ed25519" for kind, _ in found)
    return check("system", "host-key", SHOULD, ok, "; ".join(words for _, words in found), wanted, why, "Add an ed25519 key to services.openssh.hostKeys; sshd makes it. Then let the console pin it anew.")
