"""The host contract: what a box has to offer, item by item; what was found, why it matters, and what mends it.

Whoever asks gets an answer within five seconds. All programs run at the same time, each with what is left of that, and what has not
answered by then is an item of its own: `ok` is null, and `found` says so.
"""

from . import probehardware, probenetwork, probenix, probesystem, toplevels
from .jsontext import loads
from .system import read_text

#: Seconds from the question to the answer, with some left to write it.
BUDGET = 4.5


def probe(system, configuration, budget=BUDGET):
    """The result of a `probe` request."""
    release = _os_release(system)
    kernel, architecture = system.kernel()
    box = Box(system, configuration, release, budget)
    probenix.ask_settings(box)
    for part in (probehardware, probenix, probesystem):
        for name, argv in part.QUESTIONS.items():
            box.ask(name, argv)
    probenix.ask_substituters(box)
    checks = [
        *probehardware.checks(box),
        *probenix.checks(box),
        *probesystem.checks(box),
        *probenetwork.checks(box),
        *probehardware.storage_checks(box),
    ]
    return {
        "checks": checks,
        "system": {
            "os": release.get("PRETTY_NAME", release.get("ID", "unknown")),
            "nix": box.first_line("nix") or "",
            "kernel": kernel,
            "arch": architecture,
            # Whatever serves this protocol without being NixOS is a stand-in for it.
            "sandbox": release.get("ID") != "nixos",
        },
    }


class Box:
    """What several items look at, read once."""

    def __init__(self, system, configuration, release, budget):
        self.system = system
        self.configuration = configuration
        self.release = release
        self.until = system.monotonic() + budget
        self.toplevel = toplevels.running(system)
        #: What Nix is set to, or None when it did not say.
        self.nix_settings = None
        self.host = _host_settings(system, self.toplevel)
        self._asked = {}
        self._answers = {}

    def ask(self, name, argv, seconds=BUDGET):
        """Starts a program whose answer is of interest later."""
        self._asked[name] = self.system.start(argv, timeout=max(0.1, min(seconds, self.left())))

    def answer(self, name):
        """How that program ended: code -9 when it took too long, 127 when there is none."""
        if name not in self._answers:
            self._answers[name] = self._asked[name].finish()
        return self._answers[name]

    def first_line(self, name):
        """The first line that a program said, or None when it did not answer in time."""
        ended = self.answer(name)
        if ended.code == -9:
            return None
        return next(iter(ended.out.splitlines()), "").strip()

    def left(self):
        return self.until - self.system.monotonic()

    def path(self, path):
        return self.system.path(path)

    def text(self, path):
        return read_text(self.system.path(path)) or ""

    def machine(self, **settings):
        """A fix by members of /host/machine."""
        return [{"pointer": f"/host/machine/{name}", "value": value} for name, value in settings.items()]

    def kernel_modules_with(self, name):
        """The modules that are set already, and one more."""
        machine = self.host.get("machine")
        modules = machine.get("kernelModules") if isinstance(machine, dict) else None
        return sorted({*(modules if isinstance(modules, list) else ()), name})


def _os_release(system):
    values = {}
    for line in (read_text(system.path("/etc/os-release")) or "").splitlines():
        key, separator, value = line.partition("=")
        if separator:
            values[key] = value.strip().strip("\"'")
    return values


def _host_settings(system, toplevel):
    try:
        host = loads(read_text(system.path(f"{toplevel}/etc/croft/state.json")) or "{}").get("host")
    except (ValueError, AttributeError):
        return {}
    return host if isinstance(host, dict) else {}
