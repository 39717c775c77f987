"""How a unit of its own runs this very helper: by the path of the running version, whatever system is activated meanwhile."""

import os
import sys

#: For systemd-run: what the program finds its own programs with.
ENVIRONMENT = ("--setenv=PATH", "--setenv=HOME=/root", "--setenv=LC_ALL=C.UTF-8")


def croft_op(verb, operation):
    return [sys.executable, "-I", "-S", entry("croft-op"), verb, operation]


def entry(name):
    """The program `name` beside this package."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), name)
