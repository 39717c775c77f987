"""Whether the box can keep an app apart as its state asks (`apps.<name>.isolation`), found out before anything is changed.

What a machine is made of does not come with a build: where it is missing, the app would be stopped for a start that must fail.
"""

import os

from .problems import problem
from .system import read_text

#: Whose QEMU has the kind of machine that an app of the level `microvm` gets.
_MACHINES = ("x86_64",)
_ONE_OF_ITS_OWN = ("container", "podman", "microvm")


def require(system, wanted):
    """Raises STATE_REFUSED for an app whose level the box cannot have."""
    for app in wanted.apps.values():
        if missing := _missing(system, app.isolation):
            why = f"at the level {app.isolation} {missing} Choose another level for {app.name}, or change the box."
            raise problem("STATE_REFUSED", field=f"apps.{app.name}.isolation", why=why)


def told(system, wanted):
    """Lines on what the levels cost on this box."""
    names = sorted(app.name for app in wanted.apps.values() if app.isolation == "microvm")
    if names and not os.path.exists(system.path("/dev/kvm")):
        yield (
            f"This box has no /dev/kvm, so the processors of {', '.join(names)} are emulated: expect them to be some twenty-five times slower, and"
            " each start to take seconds."
        )


def _missing(system, level):
    if level not in ("jail", *_ONE_OF_ITS_OWN):
        return None
    if (read_text(system.path("/proc/sys/user/max_user_namespaces")) or "").strip() == "0":
        return "an app takes user namespaces, and this box allows none (user.max_user_namespaces is 0)."
    # A switch that hardened kernels have: off, namespaces are root's alone, who makes none of these.
    if (read_text(system.path("/proc/sys/kernel/unprivileged_userns_clone")) or "").strip() == "0":
        return "an app takes user namespaces, and this box leaves them to root (kernel.unprivileged_userns_clone is 0)."
    if level in _ONE_OF_ITS_OWN and not os.path.exists(system.path("/dev/net/tun")):
        return "an app has a network of its own, which takes /dev/net/tun, and this box has none (the kernel module tun)."
    if level == "microvm" and (machine := os.uname().machine) not in _MACHINES:
        return f"an app has a machine of its own, which Croft can make on {', '.join(_MACHINES)} only, and this box is {machine}."
    return None
