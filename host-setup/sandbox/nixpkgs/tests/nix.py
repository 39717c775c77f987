"""Calls Nix for the tests, and keeps expected results in files."""

import json
import os
import re
import subprocess
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TREE = TESTS.parent
UPDATE = bool(os.environ.get("CROFT_UPDATE"))
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")
STORE_PATH = re.compile(r"/nix/store/[0-9a-z]{32}-([A-Za-z][A-Za-z_+]*(?:[-.][A-Za-z][A-Za-z0-9_+.]*)*)(?:-[0-9][^/\s\":]*)?")


class Refused(Exception):
    """Nix's own words, without colours, and the last `error:` on its own."""

    def __init__(self, stderr):
        self.stderr = COLOUR.sub("", stderr)
        last = re.split(r"(?:^|\n)\s*error: ?", self.stderr)[-1]
        # the place in the source is not part of the message
        kept = [line for line in last.splitlines() if not re.match(r"\s*(at /|\d+\||\|)", line)]
        self.message = "\n".join(line.strip() for line in kept).strip()
        super().__init__(self.stderr)


def nix(*arguments, **options):
    done = subprocess.run(["nix", *arguments], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Refused(done.stderr)
    return done


def evaluate(expression):
    return json.loads(nix("eval", "--impure", "--json", "--expr", expression).stdout)


def build(expression, *flags):
    """The store path of the first output."""
    done = nix("build", "--impure", "--no-link", "--print-out-paths", "--expr", expression, *flags)
    return Path(done.stdout.split()[0])


def nixos(*modules):
    """An expression for the configuration made of these modules, each a Nix expression."""
    wanted = " ".join(f"({module})" for module in ("{ system.stateVersion = \"26.05\"; }", *modules))
    return f"(import {TREE}/nixos {{ system = \"x86_64-linux\"; modules = [ {wanted} ]; }})"


def toplevel(*modules):
    return build(f"{nixos(*modules)}.config.system.build.toplevel")


def without_hashes(text):
    return STORE_PATH.sub(r"<\1>", text)


def expected(test, path, actual):
    """Compares a text with a file beside the tests; --update writes it."""
    file = TESTS / path
    if UPDATE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(actual, encoding="utf-8")
    test.assertTrue(file.exists(), f"{path} does not exist; run with --update and read what it writes")
    test.assertEqual(file.read_text(encoding="utf-8"), actual, path)


def canonical(value):
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
