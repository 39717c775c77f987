"""Building one commit's system, told step by step."""

from . import config, disk, isolation, nixlog, preflight
from .giturl import NIX_ENVIRONMENT
from .system import read_text

_TELL_EVERY = 0.25


def build(work, revision, wanted):
    """The store path of the system of a commit, which has the state `wanted`; it stays until the operation lets go of it (`Record.drop_build`)."""
    system, configuration = work.system, work.configuration
    isolation.require(system, wanted)
    preflight.require(system, configuration, wanted)
    for line in isolation.told(system, wanted):
        work.output.say(line)
    work.phase("evaluate")
    child = system.spawn(
        ["nixos-rebuild", "build", "--flake", work.flake.reference(revision, wanted.host_name), "--no-reexec", "--log-format", "internal-json"],
        env={"XDG_CACHE_HOME": config.CACHE, **NIX_ENVIRONMENT},
    )
    log = nixlog.NixLog(lambda path: _derivation(system, path))
    telling = _Telling(work, log)
    code = None
    try:
        while (batch := child.lines(_TELL_EVERY)) is not None:
            work.require_not_cancelled()
            for stream, raw in batch:
                if stream.startswith("err"):
                    for derivation, text in log.feed(raw):
                        work.output.build(derivation, text)
            if telling.due():
                preflight.require_fetched(system, configuration, log.bytes_to_come())
                telling.tell()
        code = child.wait()
    finally:
        child.stop()
        if code != 0:
            log.steps.abandon()
        telling.tell()
    toplevel = work.record.built()
    if code != 0 or toplevel is None:
        from . import buildfailure

        raise buildfailure.classify(code, log, lambda text: disk.full(system, configuration, text))
    preflight.require_boot(system, toplevel)
    return toplevel


class _Telling:
    """Phase, counts and steps, told as often as a person can follow."""

    def __init__(self, work, log):
        self._work = work
        self._log = log
        self._told = work.system.monotonic()
        self._counts = {}

    def due(self):
        if self._log.steps.begun or self._log.phase != self._work.progress["phase"]:
            return True
        return self._work.system.monotonic() - self._told >= _TELL_EVERY

    def tell(self):
        self._told = self._work.system.monotonic()
        if self._log.phase != self._work.progress["phase"]:
            self._work.phase(self._log.phase)
        self._work.output.steps(self._log.steps.news())
        counts = self._log.progress()
        if counts != self._counts:
            self._counts = counts
            self._work.output.progress(self._log.phase, counts)


def _derivation(system, path):
    try:
        return read_text(system.path(path))
    except (OSError, UnicodeDecodeError):
        return None
