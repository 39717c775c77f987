"""Reading a source without changing the box: which commit a ref means, its hash, and how it would be built."""

import json

from . import config, detect, giturl
from .problems import problem
from .system import rfc3339

_LIST_SECONDS = 40.0
_FETCH_SECONDS = 600.0


def inspect(system, url, ref=None, reader=None):
    """The result of an `inspect` request; `reader` is where somebody waits for it."""
    giturl.check_url(url)
    name, revision = resolve(system, url, ref, reader)
    fetched = _prefetch(system, url, name, revision, reader)
    found = detect.look(system.path(fetched["storePath"]))
    modified = (fetched.get("locked") or {}).get("lastModified")
    return {
        "url": url,
        "ref": name,
        "rev": revision,
        "narHash": fetched["hash"],
        "lastModified": None if modified is None else rfc3339(modified),
        **found,
    }


def resolve(system, url, ref, reader=None):
    """(the ref's short name, the commit it points at now)."""
    if ref is not None and giturl.REVISION.fullmatch(ref):
        return ref, ref
    # Without patterns git would list every ref of a repository that may have a hundred thousand.
    patterns = ["HEAD"] if ref is None else [f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/tags/{ref}^{{}}"]
    answer = system.run(
        ["git", "ls-remote", "--quiet", "--symref", "--", url, *patterns], env=giturl.ENVIRONMENT, timeout=_LIST_SECONDS, reader=reader
    )
    if answer.code != 0:
        why = _first_error(answer.err) if answer.code > 0 else f"It did not answer within {_LIST_SECONDS:.0f} seconds."
        raise problem("SOURCE_UNREACHABLE", url=url, why=why, detail=answer.err)
    found, symbolic = {}, None
    for line in answer.out.splitlines():
        left, _, name = line.partition("\t")
        if left.startswith("ref: "):
            symbolic = left.removeprefix("ref: ").removeprefix("refs/heads/")
        elif giturl.REVISION.fullmatch(left):
            found[name] = left
    if ref is None:
        if "HEAD" not in found:
            raise problem("SOURCE_REF_NOT_FOUND", url=url, ref="default branch (it may be empty)")
        return symbolic or "HEAD", found["HEAD"]
    # A branch wins over a tag of the same name; an annotated tag means the commit it points at.
    for name in (patterns[0], patterns[2], patterns[1]):
        if name in found:
            return ref, found[name]
    raise problem("SOURCE_REF_NOT_FOUND", url=url, ref=f"branch or tag {ref}")


def _prefetch(system, url, ref, revision, reader):
    """Fetches the commit into the store with Nix's own fetcher, so that the hash is the one an apply will check."""
    argv = ["nix", "--extra-experimental-features", "nix-command flakes", "flake", "prefetch", "--json"]
    answer = system.run(
        [*argv, giturl.as_flake_reference(url, revision)],
        env={**giturl.NIX_ENVIRONMENT, "XDG_CACHE_HOME": config.CACHE},
        timeout=_FETCH_SECONDS,
        reader=reader,
    )
    if answer.code == 0:
        return json.loads(answer.out)
    if "No space left on device" in answer.err:
        raise problem("DISK_FULL", where="The Nix store", free="nothing", needed="room for the source", detail=answer.err)
    if ref == revision and any(words in answer.err for words in ("not our ref", "Cannot find Git revision", "couldn't find remote ref")):
        raise problem("SOURCE_REF_NOT_FOUND", url=url, ref=f"commit {revision}", detail=answer.err)
    why = _first_error(answer.err) if answer.code > 0 else f"Fetching took longer than {_FETCH_SECONDS:.0f} seconds."
    raise problem("SOURCE_UNREACHABLE", url=url, why=why, detail=answer.err)


def _first_error(text):
    """The sentence of git's or Nix's output that names the reason."""
    from .text import clean

    lines = [clean(line).strip() for line in text.splitlines()]
    for prefix in ("fatal:", "error:"):
        for line in lines:
            if line.startswith(prefix) and len(line) > len(prefix) + 1:
                return sentence(line[len(prefix) :])
    return sentence(next((line for line in lines if line), "It gave no reason"))


def sentence(text):
    return text.strip()[:500].rstrip(".") + "."
