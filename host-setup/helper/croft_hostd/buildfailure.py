"""Why a build did not give a system: Nix's messages as one of the closed problem codes."""

import re

from .nixlog import FAILED_DERIVATION
from .problems import keep_end, problem
from .text import derivation_name

_REASON = re.compile(r"(?:builder )?failed (?:with|due to) (?P<reason>(?:exit code|signal) [0-9]+(?: \([^)]*\))?)")
_NO_SPACE = re.compile(r"No space left on device|ENOSPC|disk quota exceeded", re.IGNORECASE)
_NO_MEMORY = re.compile(r"std::bad_alloc|[Oo]ut of [Mm]emory|Cannot allocate memory|Too many heap sections")
_HASH = re.compile(r"(?:NAR )?hash mismatch (?:in|importing|while)|mismatch in field 'narHash'|hash mismatch", re.IGNORECASE)
_NO_REVISION = re.compile(
    r"Cannot find Git revision|couldn't find remote ref|not our ref|does not exist in repository|reference is not a tree",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"fatal: (?:unable to access|repository .* not found|Authentication failed|could not read (?:Username|Password)|unable to connect)"
    r"|Could not read from remote repository|[Cc]ould not resolve host|Connection refused"
)
_FETCH = re.compile(r"unable to download|[Ff]ailed to fetch git repository|cannot fetch input|git' failed with exit code")
_URL = re.compile(r"(?:https?|ssh|git\+[a-z]+)://[^\s'\"]+|[A-Za-z_][\w.-]*@[\w.-]+:[^\s'\"]+")
_APP_DERIVATION = re.compile(r"croft-app-(?P<app>[a-z][a-z0-9-]{0,30}?)(?:-[0-9a-f]{12}|-[0-9][^-]*)?$")
# What nix/ says when it refuses: it knows best, so its words are passed on.
_NOT_BUILDABLE = re.compile(r"croft: apps\.[a-z0-9-]+\.build: ")
_STATE_REFUSED = re.compile(r"croft: (?:state\.json: )?(?P<field>[A-Za-z0-9_.\"\[\]-]+): ")

#: How a process ends that is killed: as Python has it, as a shell does, and as nixos-rebuild passes the first on (256 - 9).
_KILLED = (-9, 137, 247)
#: Where Nix begins to show the place in the source: "at /nix/store/…:15:78:" and numbered lines.
_EXCERPT = re.compile(r"(?:at )?(?:/nix/store/|«)[^ ]*:[0-9]+:[0-9]+:?$|at /|[0-9]+\||\|\s*\^")
_EXPLANATION_LINES = 12


def classify(code, log, disk_full):
    """The problem behind a nixos-rebuild that ended with `code`, having written `log`.

    `disk_full` makes the problem of a full disk from a log excerpt: which disk it was has to be looked up.
    """
    # What git itself wrote stands on lines of its own, before Nix's error, and is often the better explanation.
    loose = "\n".join(log.loose)
    text = "\n".join(log.errors) or loose
    failed = FAILED_DERIVATION.search(text)
    derivation = next(filter(None, failed.groups()), None) if failed else None
    tail = "\n".join(log.tail(derivation)) if derivation else ""
    if _NO_SPACE.search(text) or _NO_SPACE.search(tail):
        return disk_full("\n".join(filter(None, (tail, text))))
    if found := _NOT_BUILDABLE.search(text):
        return problem("SOURCE_NOT_BUILDABLE", why=_last_error(text[found.end() :]), detail=text)
    if found := _STATE_REFUSED.search(text):
        return problem("STATE_REFUSED", field=found["field"], why=_last_error(text[found.end() :]), detail=text)
    if derivation and not _HASH.search(text):
        return _builder_failed(text, derivation, tail)
    if _HASH.search(text):
        return problem("SOURCE_CHANGED", why=_last_error(text), detail=text)
    if code in _KILLED or _NO_MEMORY.search(text):
        return problem("EVALUATION_OUT_OF_MEMORY", why=_ended_for_memory(code), detail=text)
    if _NO_ANSWER.search(loose):
        return problem("SOURCE_UNREACHABLE", url=_url_in(text), why=_sentence_of_git(loose), detail=f"{loose}\n{text}")
    if _NO_REVISION.search(text):
        return problem("SOURCE_REF_NOT_FOUND", url=_url_in(text), ref="such revision any more", detail=text)
    if _FETCH.search(text):
        return problem("SOURCE_UNREACHABLE", url=_url_in(text), why=_last_error(text), detail=text)
    return problem("EVALUATION_FAILED", why=_last_error(text) if text else f"nixos-rebuild ended with {code}.", detail=keep_end(text))


def _builder_failed(text, derivation, tail):
    reason = _REASON.search(text)
    name = derivation_name(derivation)
    app = _APP_DERIVATION.search(name)
    why = f"The builder of {name} ended with {reason['reason']}." if reason else f"The builder of {name} failed."
    if reason and reason["reason"].startswith(("signal 9", "exit code 137")):
        why += " That is how the kernel ends a process when memory runs out: the box, or what builds may use of it (croft-build.slice), had none left."
    return problem("BUILD_FAILED", subject=app["app"] if app else name, why=why, detail=tail or text)


def _ended_for_memory(code):
    if code in _KILLED:
        how = "exit code 137: 128 and signal 9" if code == 137 else "signal 9"
        return f"The kernel killed the evaluator ({how}), as it does with the largest process when memory runs out."
    return "Nix could get no more memory and gave up."


def _last_error(text):
    """The innermost error of a Nix message, up to the source excerpt: what a trace ends with is the reason."""
    last = re.split(r"(?m)^\s*error:[ \t]*", text)[-1]
    kept = []
    for line in last.strip().split("\n")[:_EXPLANATION_LINES]:
        line = line.strip()
        if _EXCERPT.match(line):
            break
        if line:
            kept.append(line)
    return " ".join(kept)[:1500].rstrip(".") + "."


def _sentence_of_git(text):
    found = re.search(r"(?m)^fatal: (.+)$", text)
    return (found[1] if found else "The connection failed").rstrip(".") + "."


def _url_in(text):
    found = _URL.search(text)
    return found[0].removeprefix("git+").split("?", 1)[0].rstrip(".,;:)") if found else "the source"
