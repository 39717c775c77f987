"""The host contract: Nix, and what it makes the box from."""

import os

from . import config, toplevels
from .flake import Flake
from .generations import target
from .hostcheck import INFO, MUST, SHOULD, check
from .jsontext import loads
from .problems import Problem

QUESTIONS = {"nix": ["nix", "--version"]}
_SETTINGS = ["nix", "--extra-experimental-features", "nix-command", "config", "show", "--json"]
#: Seconds for Nix to say its settings: the caches that are in them have to be asked after that.
_SETTINGS_SECONDS = 2.0
_MINIMUM_NIX = (2, 18)
_PUBLIC_CACHE, _PUBLIC_KEY = "https://cache.nixos.org", "cache.nixos.org-1:"
#: So many binary caches are asked; who has more has them for speed.
_MOST_ASKED = 4
_CURL = ("curl", "--silent", "--output", "/dev/null", "--location", "--write-out", "%{http_code}", "--connect-timeout", "2", "--max-time")


def ask_settings(box):
    box.ask("settings", _SETTINGS, _SETTINGS_SECONDS)


def ask_substituters(box):
    """Asks the binary caches that Nix is set to, once Nix has said which these are. What has not been said by then is not asked."""
    box.nix_settings = _settings(box)
    for number, url in enumerate(_http(box)[:_MOST_ASKED]):
        left = max(0.2, box.left() - 0.5)
        box.ask(f"cache-{number}", [*_CURL, f"{left:.1f}", f"{url.rstrip('/')}/nix-cache-info"])


def checks(box):
    return [
        _nix(box),
        _flakes(box),
        _sandbox_builds(box),
        _trusted_users(box),
        _substituters(box),
        _flake(box),
        _profile(box),
        _drift(box),
    ]


def _settings(box):
    try:
        found = loads(box.answer("settings").out)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _setting(box, name):
    entry = (box.nix_settings or {}).get(name)
    return entry.get("value") if isinstance(entry, dict) else None


def _words(box, name):
    value = _setting(box, name)
    return [str(word) for word in value] if isinstance(value, list) else []


def _http(box):
    return [url for url in _words(box, "substituters") if url.startswith(("http://", "https://"))]


def _unsaid(box, group, identity, level, wanted, why):
    """For an item that is in Nix's settings, when these could not be read; else None."""
    if box.nix_settings is not None:
        return None
    return check(group, identity, level, None, "Nix did not say its settings in time", wanted, why)


def _nix(box):
    text = box.first_line("nix")
    why = "Older ones lack parts of the flake commands that Croft uses."
    if text is None:
        return check("nix", "nix", MUST, None, "no answer in time", "2.18 or newer", why)
    # "nix (Nix) 2.34.8"; Determinate Nix and Lix put more words before the number.
    parts = tuple(int(part) for part in text.rsplit(" ", 1)[-1].split(".")[:2] if part.isdigit())
    return check("nix", "nix", MUST, parts >= _MINIMUM_NIX, text or "none", "2.18 or newer", why, "Update the box to a supported release of NixOS, or take nix.package out of its own configuration.")


def _flakes(box):
    wanted, why = "nix-command flakes", "The box's configuration is a flake; people who look after it by hand need the commands, too."
    features = _words(box, "experimental-features")
    ok = "flakes" in features and "nix-command" in features
    away = "services.croft-host sets them with the next apply; a line of nix.extraOptions that names other features has to go."
    return _unsaid(box, "nix", "flakes", SHOULD, wanted, why) or check("nix", "flakes", SHOULD, ok, " ".join(features) or "none", wanted, why, away)


def _sandbox_builds(box):
    why = "Without it a build can read the box and reach the network."
    value = _setting(box, "sandbox")
    return _unsaid(box, "nix", "sandbox-builds", SHOULD, "true", why) or check(
        "nix", "sandbox-builds", SHOULD, value is True, str(value).lower(), "true", why, "Set nix.settings.sandbox = true in the box's own configuration."
    )


def _trusted_users(box):
    why = "A trusted user of Nix can become root."
    users = _words(box, "trusted-users")
    others = [user for user in users if user != "root"]
    away = f"Take {' '.join(others)} out of nix.settings.trusted-users in the box's own configuration."
    return _unsaid(box, "nix", "trusted-users", SHOULD, "root", why) or check("nix", "trusted-users", SHOULD, users == ["root"], " ".join(users) or "none", "root", why, away)


def _substituters(box):
    wanted, why = "a binary cache that answers, and its key", "Without one the box builds everything from source, which takes hours and gigabytes."
    unsaid = _unsaid(box, "nix", "substituters", SHOULD, wanted, why)
    if unsaid:
        return unsaid
    every, asked = _words(box, "substituters"), _http(box)[:_MOST_ASKED]
    if not every:
        return check("nix", "substituters", SHOULD, False, "none", wanted, why, f"Put {_PUBLIC_CACHE} into nix.settings.substituters.")
    keys = _words(box, "trusted-public-keys")
    if _setting(box, "require-sigs") is not False and not keys:
        return check("nix", "substituters", SHOULD, False, "no key is trusted", wanted, why, "Put the caches' keys into nix.settings.trusted-public-keys.")
    if any(url.rstrip("/") == _PUBLIC_CACHE for url in every) and not any(key.startswith(_PUBLIC_KEY) for key in keys):
        away = "Take the definition of nix.settings.trusted-public-keys away that leaves it out (mkForce), or add it."
        return check("nix", "substituters", SHOULD, False, f"{_PUBLIC_CACHE} without its key {_PUBLIC_KEY[:-1]}", wanted, why, away)
    if not asked:
        return check("nix", "substituters", SHOULD, None, f"{' '.join(every)}: not asked, only http and https are", wanted, why)
    said = {url: _said(box.answer(f"cache-{number}")) for number, url in enumerate(asked)}
    found = ", ".join(f"{url} {words}" for url, words in said.items())
    away = "Check the box's network, name servers and clock, and whether a proxy has to be set (networking.proxy)."
    return check("nix", "substituters", SHOULD, "answers" in said.values(), found, wanted, why, away)


def _said(ended):
    if ended.code == 0 and ended.out.strip() == "200":
        return "answers"
    if ended.code == 0:
        return f"answers with status {ended.out.strip()[:3]}"
    reasons = {6: "has no address", 7: "does not let the box connect", 28: "does not answer in time", 35: "breaks off TLS", 60: "has a certificate that nobody vouches for"}
    return reasons.get(ended.code, "does not answer in time" if ended.code == -9 else "cannot be reached")


def _flake(box):
    flake, branch = box.configuration.flake, box.configuration.branch
    try:
        found, ok = Flake(box.system, box.configuration).main()[:12], True
    except Problem as missing:
        found, ok = missing.why, False
    away = f"Make {flake} a git repository with a branch {branch}, or go back and run `enrol` again: the console shows the command."
    return check("nix", "flake", MUST, ok, found, f"a git repository with a branch {branch}", f"{flake} holds what this box should be.", away)


def _profile(box):
    why = "Rolling back needs an older generation."
    if not os.path.islink(box.path(config.PROFILE)):
        away = "Switch once by hand: nixos-rebuild switch."
        return check("nix", "profile", MUST, False, "none", "a system profile", "Without a profile there is nothing to boot or to go back to.", away)
    try:
        target(box.system)
        found = "an older generation is kept"
    except Problem:
        found = "one generation"
    return check("nix", "profile", MUST, True, found, "a system profile", why)


def _drift(box):
    same = box.toplevel == toplevels.boot_default(box.system)
    return check(
        "nix", "drift", SHOULD if os.path.islink(box.path(config.PROFILE)) else INFO, same, "same" if same else "differ", "same",
        "What runs differs from what the next boot brings after a test or a failed switch.", "Look at Host → Drift: keep what runs, or go back.",
    )  # fmt: skip
