"""/etc/croft/hostd.json and the places on the box that never change."""

from .jsontext import loads
from .system import read_text

CONFIGURATION = "/etc/croft/hostd.json"
OPERATIONS = "/var/lib/croft/operations"
CACHE = "/var/cache/croft"
#: What lies here, Nix keeps.
ROOTS = "/nix/var/nix/gcroots/croft"
PROFILES = "/nix/var/nix/profiles"
PROFILE = "/nix/var/nix/profiles/system"
CURRENT_SYSTEM = "/run/current-system"
BOOTED_SYSTEM = "/run/booted-system"

DEFAULT_MINIMUM_FREE = 256 * 1024 * 1024
#: What Nix takes to evaluate a NixOS system of middling size.
DEFAULT_EVALUATION_MEMORY = 1024 * 1024 * 1024


class Configuration:
    """Where the flake is and how the box is called in it."""

    __slots__ = ("flake", "state_file", "branch", "output", "attribute", "minimum_free", "evaluation_memory")

    def __init__(
        self,
        flake="/var/lib/croft/flake",
        attribute=None,
        state_file="state.json",
        branch="main",
        output=None,
        minimum_free=DEFAULT_MINIMUM_FREE,
        evaluation_memory=DEFAULT_EVALUATION_MEMORY,
    ):
        self.flake = flake
        #: In a repository that is the owner's, with other boxes in it perhaps.
        self.state_file = state_file
        self.branch = branch
        #: Of nixosConfigurations, where that is not the host's name.
        self.output = output
        self.attribute = attribute
        self.minimum_free = minimum_free
        self.evaluation_memory = evaluation_memory


def load(system):
    text = read_text(system.path(CONFIGURATION))
    values = loads(text) if text else {}
    return Configuration(
        flake=values.get("flake", "/var/lib/croft/flake"),
        attribute=values.get("attribute"),
        state_file=values.get("stateFile", "state.json"),
        branch=values.get("branch", "main"),
        output=values.get("nixosConfiguration"),
        minimum_free=values.get("minimumFreeBytes", DEFAULT_MINIMUM_FREE),
        evaluation_memory=values.get("evaluationMemoryBytes", DEFAULT_EVALUATION_MEMORY),
    )


def host_name(system, configuration):
    """What the box calls itself towards the console."""
    if configuration.attribute:
        return configuration.attribute
    return (read_text(system.path("/etc/hostname")) or "").strip() or "unnamed"
