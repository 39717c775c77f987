"""Whether a domain will get its certificate: asked before an authority is, for it counts what fails.

`ok` of a check is null where the box cannot know.
"""

import os
from ipaddress import ip_address

from . import dns, facts, ports
from .jsontext import loads
from .system import read_text, rfc3339

_LETSENCRYPT = {"name": "letsencrypt", "server": "https://acme-v02.api.letsencrypt.org/directory", "challenge": "http-01", "caCertificate": None}
_LETSENCRYPT_IDENTITIES = ["letsencrypt.org"]
#: Let's Encrypt issues the same set of names this often in seven days.
_MOST_DUPLICATES = 5
_WEEK_SECONDS = 7 * 24 * 3600
_AUTHORITY_SECONDS = 10
_AUTHORITIES_KNOWN = "/etc/ssl/certs/ca-certificates.crt"


def check(system, domain):
    """The result of a `certificate-check`."""
    box = facts.of_box(system)
    acme = box.get("acme") or _LETSENCRYPT
    name = domain.replace("*", "_", 1)
    reachable, identities = _authority(system, acme)
    checks = [
        addresses(system, domain),
        _port(system, box, 80, acme["challenge"] == "http-01"),
        _port(system, box, 443, False),
        _caa(system, domain, identities),
        reachable,
    ]
    limited = _limited(system, name)
    if limited:
        checks.append(limited)
    if acme["name"] == "letsencrypt":
        if not limited:
            checks.append(_duplicates(system, name))
        if not os.path.exists(system.path(f"/var/lib/acme/{name}/acme-success")):
            checks.append(_staging(box))
    return {"checks": checks}


def _result(name, ok, found, wanted, why=""):
    return {"id": name, "ok": ok, "found": found, "wanted": wanted, "why": why}


# -- the name ------------------------------------------------------------------------------------------------------


def addresses(system, domain, until=None):
    """Whether visitors, and the authority among them, end up at this box."""
    # Some name that the wildcard answers for.
    asked = f"croft-check.{domain[2:]}" if domain.startswith("*.") else domain
    own = own_addresses(system)
    wanted = f"an address of this box: {', '.join(own) or 'it has none'}"
    try:
        answers = [dns.ask(system, asked, kind, until) for kind in (dns.A, dns.AAAA)]
    except dns.Unanswered as error:
        return _result("dns", None, "no answer", wanted, f"The box's name servers did not answer ({error}).")
    found = [address for _, addresses in answers for address in addresses]
    if not found:
        why = "There is no such name." if answers[0][0] == dns.NO_SUCH_NAME else "The name has no address."
        return _result("dns", False, "no address", wanted, f"{why} Add an A or AAAA record with the box's address.")
    foreign = [address for address in found if address not in own]
    told = ", ".join(found)
    if not foreign:
        return _result("dns", True, told, wanted)
    # A box behind a router has none of the addresses by which the world knows it.
    knows = {ip_address(address).version for address in own if ip_address(address).is_global}
    if any(ip_address(address).version in knows for address in foreign):
        return _result("dns", False, told, wanted, f"{', '.join(foreign)} is not this box. An authority asks any of the addresses, IPv6 first.")
    return _result("dns", None, told, wanted, "The box itself only has private addresses. Is this the address of the router before it, and are ports 80 and 443 forwarded?")


def own_addresses(system):
    """The box's addresses but for the loopback's and the link's."""
    found = []
    lines = [line.split() for line in (read_text(system.path("/proc/net/fib_trie")) or "").splitlines()]
    for before, line in zip(lines, lines[1:]):
        if line[:1] == ["/32"] and line[1:3] == ["host", "LOCAL"] and len(before) > 1:
            found.append(before[1])
    for line in (read_text(system.path("/proc/net/if_inet6")) or "").splitlines():
        found.append(str(ip_address(bytes.fromhex(line.split()[0]))))
    usable = [address for address in dict.fromkeys(found) if not ip_address(address).is_loopback and not ip_address(address).is_link_local]
    return sorted(usable, key=lambda address: (ip_address(address).version, int(ip_address(address))))


def _caa(system, domain, identities):
    """Whether a record of the zone, or of one above it, keeps this authority from issuing."""
    wanted = f"no record, or one for {' or '.join(identities) if identities else 'the authority'}"
    wildcard = domain.startswith("*.")
    labels = (domain[2:] if wildcard else domain).split(".")
    try:
        for at in range(len(labels)):
            _, records = dns.ask(system, ".".join(labels[at:]), dns.CAA)
            if records:
                return _caa_result(records, wildcard, identities, ".".join(labels[at:]), wanted)
    except dns.Unanswered as error:
        return _result("caa", None, "no answer", wanted, f"The box's name servers did not answer ({error}); an authority then refuses, too.")
    return _result("caa", True, "no record", wanted)


def _caa_result(records, wildcard, identities, zone, wanted):
    issue = [value for _, tag, value in records if tag == "issue"]
    wild = [value for _, tag, value in records if tag == "issuewild"]
    deciding = wild if wildcard and wild else issue
    allowed = [value.split(";")[0].strip().lower() for value in deciding]
    found = ", ".join(f'{tag} "{value}"' for _, tag, value in records)
    unknown = [tag for flags, tag, _ in records if flags & 128 and tag not in ("issue", "issuewild", "iodef")]
    if unknown:
        return _result("caa", False, found, wanted, f"{zone} has a critical record that authorities do not know: {', '.join(unknown)}.")
    if not deciding:
        return _result("caa", True, found, wanted)
    if not identities:
        return _result("caa", None, found, wanted, "The authority does not say by which name CAA records know it.")
    if set(allowed) & set(identities):
        return _result("caa", True, found, wanted)
    return _result("caa", False, found, wanted, f"The CAA record of {zone} lets others issue, and not {' or '.join(identities)}. Add one for it.")


# -- the box -------------------------------------------------------------------------------------------------------


def _port(system, box, port, is_needed):
    listens = ports.is_listening(system, port)
    is_open = any(first <= port <= last for first, last in facts.open_ports(box, "tcp"))
    found = f"{'something' if listens else 'nothing'} listens, {'open' if is_open else 'closed'} in the firewall"
    wanted = "the web server listens, open in the firewall"
    if listens and is_open:
        return _result(f"port-{port}", True, found, wanted)
    need = "The authority asks for its proof there. " if is_needed else ""
    return _result(f"port-{port}", False, found, wanted, f"{need}Croft opens it with the first app that has {'a domain' if port == 80 else 'a certificate'}.")


# -- the authority -------------------------------------------------------------------------------------------------


def _authority(system, acme):
    """(check, the names by which CAA records know the authority)"""
    argv = ["curl", "--silent", "--show-error", "--fail", "--location", "--max-time", str(_AUTHORITY_SECONDS), "--proto", "=https"]
    if acme["caCertificate"]:
        answer = _with_file(acme["caCertificate"], lambda place: system.run([*argv, "--cacert", place, acme["server"]], timeout=_AUTHORITY_SECONDS + 5))
    else:
        answer = system.run([*argv, "--cacert", _AUTHORITIES_KNOWN, acme["server"]], timeout=_AUTHORITY_SECONDS + 5)
    known = _LETSENCRYPT_IDENTITIES if acme["name"].startswith("letsencrypt") else []
    wanted = "a directory of ACME"
    if answer.code != 0:
        said = (answer.err.strip().splitlines() or [f"status {answer.code}"])[-1]
        return _result("acme-server", False, said, wanted, f"{acme['server']} cannot be reached from the box."), known
    try:
        directory = loads(answer.out)
        identities = (directory.get("meta") or {}).get("caaIdentities") or known
        is_directory = "newOrder" in directory
    except (ValueError, AttributeError):
        is_directory, identities = False, known
    if not is_directory:
        return _result("acme-server", False, "something else", wanted, f"What answers at {acme['server']} is no ACME directory."), known
    return _result("acme-server", True, acme["server"], wanted), [str(identity).lower() for identity in identities]


def _with_file(text, use):
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(text)
        file.flush()
        return use(file.name)


def _limited(system, name):
    """What the authority itself has said, of whichever of its limits; None while it may be asked."""
    from . import certificates

    limit = certificates.limit(system, name)
    if not limit:
        return None
    return _result("rate-limit", False, f"none before {rfc3339(limit[0])}", "an authority that may be asked", certificates.limited(system, *limit))


def _duplicates(system, name):
    """How often the authority has issued this certificate in the last seven days, as far as the journal goes back."""
    since = int(system.now() - _WEEK_SECONDS)
    argv = ["journalctl", "--no-pager", "--quiet", "--output=cat", f"--since=@{since}", f"--unit=acme-order-renew-{name}.service"]
    log = system.run([*argv, "--grep=Server responded with a certificate"], timeout=30).out
    count = len(log.splitlines())
    wanted = f"fewer than {_MOST_DUPLICATES} in seven days"
    if count < _MOST_DUPLICATES:
        return _result("rate-limit", True, str(count), wanted)
    return _result("rate-limit", False, str(count), wanted, "Let's Encrypt issues the same certificate no more often. Wait, or use letsencrypt-staging meanwhile.")


def _staging(box):
    found = "letsencrypt" if box.get("acme") else "no authority is set"
    why = "Failed attempts count there, and block a name for an hour or longer. Try letsencrypt-staging first, then letsencrypt."
    return _result("staging", None, found, "letsencrypt-staging for the first certificate", why)
