"""Whether the box can keep an app apart as its state asks (`apps.<name>.isolation`), found out before anything is changed.

What a machine is made of does not come with a build: where it is missing, the app would be stopped for a start that must fail.
"""

import os

from .problems import problem
from .system import read_text


def require(system, wanted):
    """Raises STATE_REFUSED for an app whose level the box cannot have."""
    for app in wanted.apps.values():
        if missing := _missing(system, app.isolation):
            why = f"at the level {app.isolation} {missing} Choose another level for {app.name}, or change the box."
            raise problem("STATE_REFUSED", field=f"apps.{app.name}.isolation", why=why)


def _missing(system, level):
    if level not in ("jail", "container", "podman"):
        return None
    if (read_text(system.path("/proc/sys/user/max_user_namespaces")) or "").strip() == "0":
        return "an app takes user namespaces, and this box allows none (user.max_user_namespaces is 0)."
    # A switch that hardened kernels have: off, namespaces are root's alone, who makes none of these.
    if (read_text(system.path("/proc/sys/kernel/unprivileged_userns_clone")) or "").strip() == "0":
        return "an app takes user namespaces, and this box leaves them to root (kernel.unprivileged_userns_clone is 0)."
    if level in ("container", "podman") and not os.path.exists(system.path("/dev/net/tun")):
        return "an app has a network of its own, which takes /dev/net/tun, and this box has none (the kernel module tun)."
    return None
