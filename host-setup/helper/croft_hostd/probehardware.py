"""The host contract: the machine, its kernel, its disks."""

import os

from . import boot, disk, facts, preflight
from .hostcheck import INFO, MUST, SHOULD, check
from .problems import human_bytes

QUESTIONS = {"virtualization": ["systemd-detect-virt"]}

#: What systemd-detect-virt calls machines that share their kernel with others.
_CONTAINERS = ("lxc", "lxc-libvirt", "systemd-nspawn", "docker", "podman", "openvz", "rkt", "proot", "pouch", "wsl", "container-other")
_CONTROLLERS = ("cpu", "io", "memory", "pids")
#: From which version on the kernel has all that Croft uses, and from which on the part that nothing replaces.
_KERNEL, _KERNEL_LEAST = (5, 14), (5, 2)
_MINIMUM_FREE = 2 * 1024**3
#: File systems that are empty after a restart.
_VOLATILE = ("tmpfs", "ramfs")
_KEPT_PLACES = ("/nix/store", "/var/lib/croft")


def checks(box):
    return [
        _os(box),
        _virtualization(box),
        _kvm(box),
        _memory(box),
        _kernel(box),
        _cgroup(box),
        _controllers(box),
        _psi(box),
        _user_namespaces(box),
        _nftables(box),
        _wireguard(box),
    ]


def storage_checks(box):
    return [_disk(box), _layout(box), _boot(box)]


def container(box):
    """What kind of container the box is, or None."""
    kind = box.first_line("virtualization")
    return kind if kind in _CONTAINERS else None


# -- machine -------------------------------------------------------------------------------------------------------


def _os(box):
    found = box.release.get("ID", "unknown")
    return check(
        "machine", "os", SHOULD, found == "nixos", box.release.get("PRETTY_NAME", found), "NixOS",
        "Only NixOS is supported; a stand-in serves for trying things out.",
        "Install NixOS for anything that matters.",
    )  # fmt: skip


def _virtualization(box):
    kind = box.first_line("virtualization")
    wanted = "a machine of its own, or a virtual one"
    if not kind:
        return check("machine", "virtualization", INFO, None, "systemd-detect-virt did not say", wanted, "A container shares its kernel with others.")
    if kind in _CONTAINERS:
        return check(
            "machine", "virtualization", INFO, False, f"a container ({kind})", wanted,
            "A container loads no kernel modules and has no /dev/kvm of its own, its limits hold as far as the machine below hands them on, and clock and boot loader belong to that machine.",
            "For limits that hold, hand all cgroup controllers on to the container, or use a virtual machine.",
        )  # fmt: skip
    if kind == "none":
        return check("machine", "virtualization", INFO, True, "bare metal", wanted, "All of the hardware is the box's own.")
    return check("machine", "virtualization", INFO, True, f"a virtual machine ({kind})", wanted, "It has a kernel of its own; microVMs in it need nested virtualization.")


def _kvm(box):
    why = "Apps of the isolation level microvm run on KVM. Without it their processors are emulated, some twenty-five times slower. Other levels do without."
    if os.path.exists(box.path("/sys/class/misc/kvm")):
        return check("machine", "kvm", INFO, True, "present", "/dev/kvm", why)
    if container(box):
        return check("machine", "kvm", INFO, False, "absent", "/dev/kvm", why, "The machine below has to hand /dev/kvm on to this container.")
    flags = box.text("/proc/cpuinfo").split()
    module = "kvm-intel" if "vmx" in flags else "kvm-amd" if "svm" in flags else None
    if module:
        fix = ("Load the kernel's module", box.machine(kernelModules=box.kernel_modules_with(module)))
        return check("machine", "kvm", INFO, False, f"the processor has it, {module} is not loaded", "/dev/kvm", why, f"Load the kernel module {module}.", fix)
    away = "Switch virtualization on in the firmware, or, for a virtual machine, nested virtualization in the machine below."
    return check("machine", "kvm", INFO, False, "the processor does not offer it", "/dev/kvm", why, away)


def _memory(box):
    needed = box.configuration.evaluation_memory
    memory = preflight.numbers(box.text("/proc/meminfo"), ":")
    least = min((found for found, _ in preflight.available(box.system)), default=None)
    wanted = f"{human_bytes(needed)} to spare"
    why = "Evaluating a system takes about that much; with less, a change is refused before it begins."
    if least is None:
        return check("machine", "memory", MUST, None, "the kernel does not say", wanted, why)
    swap = memory.get("SwapTotal", 0) * 1024
    swapped = f"{human_bytes(swap)} of swap" if swap else "no swap"
    found = f"{human_bytes(least)} to spare, of {human_bytes(memory.get('MemTotal', 0) * 1024)} and {swapped}"
    # A container has the swap of the machine below.
    fix = None if swap or container(box) else ("Swap into compressed memory", box.machine(zramSwap=True))
    return check("machine", "memory", MUST, least >= needed, found, wanted, why, "Give the box more memory or swap, or stop what it can do without while it builds.", fix)


# -- kernel --------------------------------------------------------------------------------------------------------


def _kernel(box):
    release, _ = box.system.kernel()
    version = _version(release)
    why = (
        "An app is held still for its snapshot by cgroup v2's freezer (5.2; nothing replaces it), private networks are WireGuard (5.6), "
        "and an app that forks is ended as a whole by cgroup.kill (5.14)."
    )
    level = SHOULD if version and version >= _KERNEL_LEAST else MUST
    return check("kernel", "kernel", level, version >= _KERNEL if version else None, release, "5.14 or newer", why, _other_kernel(box))


def _other_kernel(box):
    if container(box):
        return "The kernel is that of the machine below: update it there."
    return "Update the box's nixpkgs, take boot.kernelPackages out of its own configuration, apply, and restart."


def _version(text):
    """(6, 18) of 6.18.0-rc1, or None."""
    parts = text.split(".")
    if len(parts) < 2 or not parts[0].isdigit():
        return None
    minor = parts[1].split("-", 1)[0].split("+", 1)[0]
    return (int(parts[0]), int(minor)) if minor.isdigit() else None


def _cgroup(box):
    found = "cgroup2" if " /sys/fs/cgroup cgroup2 " in box.text("/proc/self/mounts") else "other"
    away = "Remove systemd.unified_cgroup_hierarchy and cgroup_no_v1 from boot.kernelParams, apply, and restart."
    return check("kernel", "cgroup", MUST, found == "cgroup2", found, "cgroup2", "Limits and readings of apps come from cgroup v2.", away)


def _controllers(box):
    found = box.text("/sys/fs/cgroup/cgroup.controllers").split()
    missing = [name for name in _CONTROLLERS if name not in found]
    if container(box):
        away = f"Let the machine below delegate {' '.join(missing)} to this container, as cgroup v2 controllers."
    else:
        away = f"Remove cgroup_disable and cgroup_no_v1 from boot.kernelParams ({' '.join(missing)}), apply, and restart."
    return check(
        "kernel", "controllers", SHOULD, not missing, " ".join(found) or "none", " ".join(_CONTROLLERS),
        "A limit whose controller is missing has no effect: one app can then take all of the box.", away,
    )  # fmt: skip


def _psi(box):
    there = os.path.exists(box.path("/proc/pressure/memory"))
    away = "Put psi=1 into boot.kernelParams, apply, and restart."
    return check("kernel", "psi", INFO, there, "present" if there else "absent", "present", "Pressure readings show a box that suffers before it fails.", away)


def _user_namespaces(box):
    why = "Nix builds in them, apart from the box, and so do browsers' and containers' sandboxes."
    most = box.text("/proc/sys/user/max_user_namespaces").strip()
    if not most.isdigit():
        return check("kernel", "user-namespaces", SHOULD, None, "the kernel does not say", "allowed", why)
    if int(most) == 0:
        away = "Set security.allowUserNamespaces = true, and take user.max_user_namespaces out of boot.kernel.sysctl, in the box's own configuration."
        return check("kernel", "user-namespaces", SHOULD, False, "none are allowed", "allowed", why, away)
    if box.text("/proc/sys/kernel/unprivileged_userns_clone").strip() == "0":
        away = "Set security.unprivilegedUsernsClone = true in the box's own configuration."
        return check("kernel", "user-namespaces", SHOULD, False, "for root alone", "allowed", why, away)
    return check("kernel", "user-namespaces", SHOULD, True, f"allowed, up to {most}", "allowed", why)


def _nftables(box):
    why = "The table croft-mail keeps each app to its own mail listener."
    return _module(box, "nftables", "nf_tables", SHOULD, why)


def _wireguard(box):
    return _module(box, "wireguard", "wireguard", INFO, "Private networks between boxes and people are WireGuard.")


def _module(box, identity, name, level, why):
    """The kernel loads a module when it is first used, so that it is there is enough."""
    if os.path.isdir(box.path(f"/sys/module/{name}")):
        return check("kernel", identity, level, True, "loaded", "loaded, or a module of the kernel", why)
    release, _ = box.system.kernel()
    places = (f"/run/booted-system/kernel-modules/lib/modules/{release}", f"/lib/modules/{release}")
    listed = [box.text(f"{place}/{file}") for place in places for file in ("modules.dep", "modules.builtin")]
    if any(f"/{name}.ko" in text for text in listed):
        return check("kernel", identity, level, True, "a module of the kernel", "loaded, or a module of the kernel", why)
    if container(box) or not any(listed):
        found = "not loaded, and what the kernel could load is not to be seen from here"
        away = f"Load the module {name} on the machine below." if container(box) else f"Try it: modprobe {name}."
        return check("kernel", identity, level, None, found, "loaded, or a module of the kernel", why, away)
    return check("kernel", identity, level, False, f"the kernel has no {name}", "loaded, or a module of the kernel", why, _other_kernel(box))


# -- storage -------------------------------------------------------------------------------------------------------


def _disk(box):
    free = box.system.free_bytes("/nix")
    automatic = facts.policy(box.system, box.configuration)["automatic"]
    fix = None if automatic else ("Let the box collect garbage by itself", [{"pointer": "/host/gc/automatic", "value": True}])
    return check(
        "storage", "disk", SHOULD, free >= _MINIMUM_FREE, f"{human_bytes(free)} free", f"{human_bytes(_MINIMUM_FREE)} free",
        "Builds and old generations need room in the Nix store.", "Make room on Host → Disk & GC, or enlarge the disk.", fix,
    )  # fmt: skip


def _layout(box):
    kinds = {place: disk.kind_of(box.system, place) for place in _KEPT_PLACES}
    volatile = [place for place, (_, kind) in kinds.items() if kind in _VOLATILE]
    found = ", ".join(f"{place} on {mount} ({kind})" for place, (mount, kind) in kinds.items())
    return check(
        "storage", "layout", MUST, not volatile, found, "disks that keep what is written",
        "The apps' data, the secrets and the box's flake lie in /var/lib/croft; what is in memory is gone after a restart.",
        f"Put {' and '.join(volatile)} on a disk: a fileSystems entry, or your persistence module, in the box's own configuration.",
    )  # fmt: skip


def _boot(box):
    room = boot.room_for_another_kernel(box.system, box.toplevel)
    why = "Each kernel and its initial file system are copied to /boot; a change that does not fit is refused."
    if room is None:
        return check("storage", "boot", SHOULD, True, "kernels are not copied to a file system of their own", "room for one more kernel", why)
    needed, free = room["bytesNeeded"], room["bytesFree"]
    keep = facts.policy(box.system, box.configuration)["keepGenerations"]
    fix = ("Keep five generations", [{"pointer": "/host/gc/automatic", "value": True}, {"pointer": "/host/gc/keepGenerations", "value": 5}]) if keep > 5 else None
    return check(
        "storage", "boot", SHOULD, free >= needed, f"{human_bytes(free)} free", f"{human_bytes(needed)} free, for one more kernel", why,
        "Delete generations on Host → Disk & GC, or enlarge /boot.", fix,
    )  # fmt: skip
