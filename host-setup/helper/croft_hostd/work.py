"""One operation under way: what was asked, the box it is done on, and where its progress is written down."""

from . import records
from .flake import Flake
from .problems import problem


class Work:
    """What every part of an operation needs."""

    def __init__(self, system, configuration, operation, output):
        self.system = system
        self.configuration = configuration
        self.record = records.Record(system, operation)
        self.request = self.record.request()
        self.flake = Flake(system, configuration)
        self.output = output
        self.progress = {"phase": "resolve"}

    def phase(self, phase):
        self.note(phase=phase)
        self.output.progress(phase, {})

    def note(self, **values):
        """Keeps how far the operation is, for reports. What it takes to undo it is kept elsewhere (records.Undo)."""
        self.progress.update(values)
        self.record.note(self.progress)

    def require_wanted(self):
        """Raises REVERTED when somebody has asked for the way back."""
        if self.record.verdict() == "revert":
            raise reverted()


    def require_not_cancelled(self):
        """Raises CANCELLED when somebody has stopped it, while that is possible: before anything is activated."""
        if self.record.decision() == "cancel":
            raise cancelled()


def cancelled():
    return problem("CANCELLED", why="It was stopped before it changed anything.")


def reverted():
    return problem("REVERTED", why="Somebody chose to revert it before it was made the boot default.")
