"""What DNS providers want of secrets, so that the ACME client can prove domains by records in their zones. nix/lib reads the same table."""

import json
import os

from . import secrets

SERVICE = "acme"


def secrets_of(provider, settings):
    """The secrets of a provider with these settings, as secrets.py names them. None of an unknown one: Nix refuses it."""
    with open(os.path.join(os.path.dirname(__file__), "acme-dns.json"), encoding="utf-8") as file:
        wanted = json.load(file).get(provider, {"secrets": {}})["secrets"]
    return [(secrets.SERVICES, SERVICE, name) for name, setting in sorted(wanted.items()) if setting is None or setting in settings]
