"""The records that a mail server's names need, as they have to be published, and whether they are."""

import os
from ipaddress import ip_address

from . import dns
from .domaincheck import own_addresses
from .system import read_text

#: For all questions together; what is not answered by then, nobody knows.
_SECONDS = 20.0


def read(system, box):
    """Answers a `mail-dns` request. A box that only sends has no names of its own: its relay's operator says what they need."""
    server = box["server"]
    if not server:
        return {"records": []}
    asking = _Asking(system)
    own = [address for address in own_addresses(system) if ip_address(address).is_global]
    records = _addresses(asking, server["hostname"], own)
    for domain in server["domains"]:
        records += [
            _mx(asking, domain, server["hostname"]),
            _spf(asking, domain, server["hostname"], own, box["relay"]),
            _dkim(system, asking, domain, server),
            _dmarc(asking, domain),
        ]
    return {"records": records}


class _Asking:
    def __init__(self, system):
        self._system = system
        self._end = system.monotonic() + _SECONDS

    def __call__(self, name, kind):
        """(records, None), or (None, why nobody knows)"""
        if self._system.monotonic() >= self._end:
            return None, "The box's name servers took too long to answer."
        try:
            return dns.ask(self._system, name, kind)[1], None
        except dns.Unanswered as error:
            return None, f"The box's name servers did not answer ({error})."


def _record(domain, purpose, kind, name, wanted, found, ok, why):
    return {"domain": domain, "purpose": purpose, "type": kind, "name": name, "wanted": wanted, "found": found, "ok": ok, "why": why}


def _judged(domain, purpose, kind, name, wanted, answer, judge):
    """A record, judged by `judge` (records -> (ok, why)) when there is an answer."""
    found, unknown = answer
    ok, why = (None, unknown) if found is None else judge(found)
    return _record(domain, purpose, kind, name, wanted, found or [], ok, why)


# -- the server's own name ---------------------------------------------------------------------------------------------


def _addresses(asking, hostname, own):
    versions = {ip_address(address).version for address in own} or {4}
    found = []
    for version, kind, code in ((4, "A", dns.A), (6, "AAAA", dns.AAAA)):
        if version in versions:
            mine = [address for address in own if ip_address(address).version == version]
            # One is enough, and any of them is right. Without one nobody but the world knows it: then there is nothing to publish yet.
            wanted = mine[0] if mine else ""
            record = _judged(hostname, "address", kind, f"{hostname}.", wanted, asking(hostname, code), _address_judge(mine))
            found.append(record)
            found += [_ptr(asking, address, hostname) for address in mine or record["found"]]
    return found


def _address_judge(mine):
    def judge(found):
        if not found:
            return False, "The name has no address, so nobody finds the server."
        if not mine:
            return None, "The box itself only has private addresses. Is this the address of the router before it, and is port 25 forwarded?"
        foreign = [address for address in found if address not in mine]
        return not foreign, f"{', '.join(foreign)} is not this box." if foreign else ""

    return judge


def _ptr(asking, address, hostname):
    name = ip_address(address).reverse_pointer

    def judge(found):
        if f"{hostname}." in [one.lower() for one in found]:
            return True, ""
        return False, "Many servers take no mail from an address whose name leads elsewhere. Whoever gave you the address sets it, often in the console of the server's provider."

    return _judged(hostname, "ptr", "PTR", f"{name}.", f"{hostname}.", asking(name, dns.PTR), judge)


# -- a domain ----------------------------------------------------------------------------------------------------------


def _mx(asking, domain, hostname):
    def judge(found):
        hosts = [words[1].lower() for record in found if len(words := record.split(" ")) == 2]
        if f"{hostname}." in hosts:
            others = [host for host in hosts if host != f"{hostname}."]
            return True, f"{', '.join(others)} gets mail, too." if others else ""
        return False, "Mail for the domain goes elsewhere." if hosts else "Nobody is told where mail for the domain goes."

    return _judged(domain, "mx", "MX", f"{domain}.", f"10 {hostname}.", asking(domain, dns.MX), judge)


def _spf(asking, domain, hostname, own, relay):
    wanted = f"v=spf1 mx a:{relay['host']} ~all" if relay else "v=spf1 mx ~all"
    ours = {"mx", f"mx:{domain}", f"a:{hostname}", *(f"ip{ip_address(address).version}:{address}" for address in own)}

    def judge(found):
        policies = [text for text in found if text.lower().split(" ")[0] == "v=spf1"]
        if not policies:
            return False, "Nobody is told which servers may send as the domain."
        if len(policies) > 1:
            return False, "There is more than one such record, and then none counts. Make one of them."
        if policies[0] == wanted:
            return True, ""
        if relay:
            return None, f"Whether it has the servers of {relay['host']} in it, their operator says; often by an include of its own."
        terms = {term.lstrip("+").lower() for term in policies[0].split(" ")}
        return (True, "") if ours & terms else (False, "This server is not in it.")

    return _judged(domain, "spf", "TXT", f"{domain}.", wanted, asking(domain, dns.TXT), judge)


def _dkim(system, asking, domain, server):
    selector = server["dkimSelector"]
    name = f"{selector}._domainkey.{domain}"
    key = (read_text(system.path(os.path.join(server["keys"], f"{domain}.{selector}.pub"))) or "").strip()
    if not key:
        return _record(domain, "dkim", "TXT", f"{name}.", "", [], None, "The key is not made yet: it is when the mail server starts for the first time.")

    def judge(found):
        keys = [tag.partition("=")[2] for text in found for tag in "".join(text.split()).split(";") if tag.startswith("p=")]
        if key in keys:
            return True, ""
        return False, "The record has another key; what this box signs is taken for forged." if keys else "Nobody can check what this box signs."

    return _judged(domain, "dkim", "TXT", f"{name}.", f"v=DKIM1; k=rsa; p={key}", asking(name, dns.TXT), judge)


def _dmarc(asking, domain):
    name = f"_dmarc.{domain}"

    def judge(found):
        if any(text.startswith("v=DMARC1") for text in found):
            return True, ""
        return False, "Nobody is told what to do with mail that others send as the domain."

    return _judged(domain, "dmarc", "TXT", f"{name}.", "v=DMARC1; p=quarantine", asking(name, dns.TXT), judge)
