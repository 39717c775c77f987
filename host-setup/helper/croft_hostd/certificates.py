"""The box's certificates: which there are and until when, what went wrong with the last try, and those that people bring along.

Which certificates the running system wants is in its facts. A name's certificate may be younger than its file: until an
authority has issued one, and until somebody has uploaded one, a self-signed certificate stands in for it (`pending`).
"""

import os

from . import config, facts, units, x509
from .pattern import Pattern
from .problems import problem
from .system import read_text, rfc3339, write_atomically
from .text import clean

ACME = "/var/lib/acme"
UPLOADED = "/var/lib/croft/certificates"
SELF_SIGNED = "/var/lib/croft/self-signed"
#: directory -> (kind, the file with the certificate)
_STORES = {ACME: ("acme", "fullchain.pem"), UPLOADED: ("uploaded", "full.pem"), SELF_SIGNED: ("self-signed", "full.pem")}
#: In /var/lib/acme, and no certificate.
_CHALLENGES = "acme-challenge"
#: What an authority said that wants to be left alone (nix/modules/acme-limit.sh): until when, which one, in which run of the unit.
_LIMITS = "/var/lib/croft/acme-limits"
_AUTHORITY = "/var/lib/croft/ca/root.crt"
_WEB_SERVER_GROUP = "nginx"

_RENEWAL_SECONDS = 500
_LOG_LINES = 300
_LONGEST_ERROR = 2000
#: lego's own words that are no news, after its time stamp; what follows an error is indented, or begins with the domain in brackets.
_SAID = Pattern(r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8} (.*)")
_LEAST_RSA_BITS = 2048


def serve(system, request):
    """The result of one of the certificate requests."""
    kind = request["type"]
    if kind == "certificates":
        return listed(system)
    if kind == "certificate-check":
        from . import domaincheck

        return domaincheck.check(system, request["domain"])
    if kind == "certificate-renew":
        return renew(system, request["name"])
    if kind == "certificate-remove":
        return remove(system, request["name"])
    return put(system, request["name"], request["chain"], request["key"])


# -- the board -----------------------------------------------------------------------------------------------------


def listed(system):
    wanted = _wanted(system)
    return {
        "certificates": _readings(system, wanted),
        "leftovers": _leftovers(system, wanted),
        "authority": read_text(system.path(_AUTHORITY)),
    }


def _wanted(system):
    return facts.of_box(system).get("certificates") or []


def _readings(system, wanted):
    texts = [read_text(system.path(fact["chain"])) or "" for fact in wanted]
    # All at once: each is a process of its own.
    readings = [x509.start_reading(system, text) if text else None for text in texts]
    elapses = units.next_elapses(system) if any(fact.get("timer") for fact in wanted) else {}
    states = units.show(system, [fact["service"] for fact in wanted], "Id,LoadState,ActiveState,Result,ExecMainStatus,InvocationID")
    found = []
    for fact, text, reading, state in zip(wanted, texts, readings, states):
        certificate = x509.read(text, reading) if reading else None
        pending = _is_pending(system, fact)
        elapse, limits = elapses.get(fact.get("timer")), _limit(system, fact)
        if limits and elapse:
            elapse = max(elapse, limits[0])
        found.append(
            {
                "name": fact["name"],
                "domains": fact["domains"],
                "kind": fact["kind"],
                "issuer": certificate.issuer if certificate else None,
                "notBefore": _time(certificate and certificate.not_before),
                "notAfter": _time(certificate and certificate.not_after),
                "pending": pending,
                "nextAttempt": _time(elapse),
                "limitedUntil": _time(limits and limits[0]),
                "lastError": limited(system, *limits) if limits else _last_error(system, fact, state, certificate, pending),
                "units": fact["reloads"],
                "apps": fact["apps"],
            }
        )
    return found


def _is_pending(system, fact):
    directory = os.path.dirname(system.path(fact["chain"]))
    if fact["kind"] == "uploaded":
        return os.path.exists(f"{directory}/placeholder")
    return fact["kind"] != "self-signed" and not os.path.exists(f"{directory}/acme-success")


def _limit(system, fact):
    return limit(system, fact["name"]) if fact["kind"] == "acme" else None


def limit(system, name):
    """(until when the box's authority is not asked for this certificate, the run of the unit that it said so to), or None."""
    words = (read_text(system.path(f"{_LIMITS}/{name}")) or "").split()
    if len(words) != 3 or not words[0].isdecimal() or int(words[0]) <= system.now():
        return None
    # That of another authority is none of this one's business; of the box's own one there are none.
    asked = (facts.of_box(system).get("acme") or {}).get("server", words[1])
    return (int(words[0]), words[2]) if asked == words[1] else None


def limited(system, until, invocation):
    return f"The authority's rate limit: nobody asks it before {_time(until)}. It said: {_reason(_log_of(system, invocation))}"


def _last_error(system, fact, state, certificate, pending):
    if state.get("ActiveState") == "activating":
        return None
    if state.get("Result", "success") not in ("success", "exec-condition") or state.get("ExecMainStatus", "0") != "0":
        return _reason(_log_of(system, state.get("InvocationID")))
    if certificate is None:
        return "There is no certificate yet."
    if fact["kind"] == "uploaded" and pending:
        return "No certificate has been uploaded yet; a self-signed one stands in for it."
    return None


def _log_of(system, invocation):
    """What a run of a unit said, and what systemd said of it."""
    if not invocation:
        return []
    argv = ["journalctl", "--no-pager", "--quiet", "--output=cat", f"--lines={_LOG_LINES}"]
    said = system.run([*argv, f"_SYSTEMD_INVOCATION_ID={invocation}", "+", f"INVOCATION_ID={invocation}"], timeout=30).out
    return [clean(line) for line in said.splitlines() if line.strip()]


def _reason(lines):
    """The error in what lego said; failing that, the last line that says anything."""
    reason = []
    for line in lines:
        said = _SAID.fullmatch(line)
        if said:
            reason = [] if said[1].startswith("[") else [said[1]]
        elif reason and line.startswith(("\t", " ", "[")):
            reason.append(line.strip())
        elif reason:
            break
    if not reason:
        # Then it did not come to lego, and the first complaint is nearest to the cause.
        words = [line for line in lines if not line.startswith(("Starting ", "Finished ")) and ": Consumed " not in line]
        reason = [line for line in words if "ailed" in line][:1] or words[-1:]
    return " ".join(reason)[:_LONGEST_ERROR] or "It failed without a word."


def _leftovers(system, wanted):
    """Certificates that the running system does not want: of names that are gone. Nobody renews them."""
    chains = {os.path.dirname(fact["chain"]) for fact in wanted}
    found = []
    for store, (kind, file) in _STORES.items():
        for name in _names(system.path(store)):
            text = None if f"{store}/{name}" in chains else _read_if_any(system.path(f"{store}/{name}/{file}"))
            if text:
                certificate = x509.read(text, x509.start_reading(system, text))
                found.append(
                    {
                        "name": name,
                        "kind": kind,
                        "notAfter": _time(certificate and certificate.not_after),
                        "generations": _generations_with(system, f"{store}/{name}/{file}"),
                    }
                )
    return sorted(found, key=lambda leftover: (leftover["name"], leftover["kind"]))


def _names(directory):
    try:
        return sorted(name for name in os.listdir(directory) if not name.startswith(".") and name != _CHALLENGES)
    except OSError:
        return []


def _read_if_any(place):
    try:
        return read_text(place)
    except OSError:
        return None


def _generations_with(system, chain):
    """The generations that would want it back."""
    found = []
    for name in _names(system.path(config.PROFILES)):
        if name.startswith("system-") and name.endswith("-link"):
            try:
                top = os.readlink(system.path(f"{config.PROFILES}/{name}"))
            except OSError:
                continue  # Deleted meanwhile.
            known = facts.of_system(system, top) or {}
            if any(fact["chain"] == chain for fact in known.get("certificates") or []):
                found.append(int(name.split("-")[1]))
    return sorted(found)


def _time(seconds):
    return None if seconds is None else rfc3339(seconds)


def _find(system, name):
    for fact in _wanted(system):
        if fact["name"] == name:
            return fact
    raise problem("NOT_FOUND", thing=f"the certificate {name}", why="No app of the running system has a domain that it is for.")


# -- trying now ----------------------------------------------------------------------------------------------------


def renew(system, name):
    """Tries now what the timer would try later. One that is not due stays as it is."""
    fact = _find(system, name)
    if fact["kind"] == "uploaded":
        raise problem("CERTIFICATE_REFUSED", name=name, why="It was uploaded, so nobody but you can renew it.", next="Upload its successor.")
    if limits := _limit(system, fact):
        why, next_step = _sentence(limited(system, *limits)), "Wait until then: the box tries by itself. The authority's staging server tells meanwhile whether all else is right."
        raise problem("CERTIFICATE_NOT_ISSUED", name=name, why=why, next=next_step)
    before = _serial(system, fact)
    done = system.run(["systemctl", "start", "--no-ask-password", "--", fact["service"]], timeout=_RENEWAL_SECONDS)
    state = units.show(system, [fact["service"]], "Id,Result,ExecMainStatus,ExecMainStartTimestamp,InvocationID")[0]
    if done.code != 0 or state.get("Result") != "success" or state.get("ExecMainStatus", "0") != "0":
        lines = _log_of(system, state.get("InvocationID"))
        raise problem("CERTIFICATE_NOT_ISSUED", name=name, why=_sentence(_reason(lines or done.err.splitlines())), detail="\n".join(lines))
    (reading,) = _readings(system, [fact])
    return {"certificate": reading, "renewed": _serial(system, fact) != before or _came_with(system, fact, state)}


def _came_with(system, fact, state):
    """Whether this run of the unit brought the certificate: it may have been under way already, and have done so before it was asked for."""
    began = state.get("ExecMainStartTimestamp", "")
    try:
        return began.startswith("@") and os.stat(system.path(fact["chain"])).st_mtime >= float(began[1:])
    except FileNotFoundError:
        return False


def _serial(system, fact):
    text = read_text(system.path(fact["chain"])) or ""
    certificate = x509.read(text, x509.start_reading(system, text)) if text else None
    return certificate.serial if certificate else None


def _sentence(text):
    return text if text.endswith(".") else f"{text}."


# -- uploads -------------------------------------------------------------------------------------------------------


def put(system, name, chain, key):
    """Takes a certificate that somebody else has issued, once everything about it fits."""
    from binascii import a2b_base64

    ordered, private, is_trusted = _checked(system, name, chain, a2b_base64(key))
    place = system.path(f"{UPLOADED}/{name}")
    old = _replace(system, place, private + "".join(certificate.pem for certificate in ordered))
    fact = next((fact for fact in _wanted(system) if fact["name"] == name and fact["kind"] == "uploaded"), None)
    if fact:
        done = system.run(["systemctl", "reload", "--no-ask-password", "--", *fact["reloads"]], timeout=60)
        if done.code != 0:
            _put_back(place, old)
            system.run(["systemctl", "reload", "--no-ask-password", "--", *fact["reloads"]], timeout=60)
            raise _refused(name, "the web server does not take it, and goes on with the one before", detail=done.err)
    leaf = ordered[0]
    return {
        "name": name,
        "domains": leaf.names,
        "issuer": leaf.issuer,
        "notBefore": _time(leaf.not_before),
        "notAfter": _time(leaf.not_after),
        "trusted": is_trusted,
        "reloaded": fact["reloads"] if fact else [],
    }


def _checked(system, name, chain, key):
    """([leaf, the one that issued it, …], the key in PEM, whether the authorities that this box knows vouch for it)"""
    if "PRIVATE KEY" in chain:
        raise _refused(name, "the chain has a private key in it; the key goes into a field of its own")
    pems = x509.blocks(chain)
    if not pems:
        raise _refused(name, "the chain has no certificate in PEM (-----BEGIN CERTIFICATE-----)")
    if len(pems) > x509.MOST:
        raise _refused(name, f"the chain has more than {x509.MOST} certificates")
    readings = [x509.start_reading(system, pem) for pem in pems]
    certificates = [x509.read(pem, reading) for pem, reading in zip(pems, readings)]
    if None in certificates:
        raise _refused(name, f"certificate {certificates.index(None) + 1} of the chain cannot be read")
    private = x509.read_key(system, key)
    if private is None:
        raise _refused(name, "the key cannot be read; it has to be in PEM and without a passphrase (openssl pkey -in KEY -out OPEN takes it off)")
    leaf = next((certificate for certificate in certificates if certificate.public_key == private.public), None)
    if leaf is None:
        raise _refused(name, "the key belongs to none of these certificates")
    if (private.rsa_bits or _LEAST_RSA_BITS) < _LEAST_RSA_BITS:
        raise _refused(name, f"its RSA key has {private.rsa_bits} bits, and nobody trusts fewer than {_LEAST_RSA_BITS}")
    domain = name.replace("_", "*", 1) if name.startswith("_.") else name
    if not leaf.covers(domain):
        raise _refused(name, f"it is for {', '.join(leaf.names[:10]) or 'no name at all'}, and not for {domain}")
    now = system.now()
    if leaf.not_after is None or leaf.not_after <= now:
        raise _refused(name, f"it ended on {_time(leaf.not_after)}")
    if leaf.not_before > now:
        raise _refused(name, f"it is not valid before {_time(leaf.not_before)}")
    return _ordered(leaf, certificates), private.pem, _is_trusted(system, leaf, certificates)


def _ordered(leaf, certificates):
    """From the leaf upwards, as the web server has to send them. What is no part of that is left out, and so is a root."""
    found, current = [leaf], leaf
    while current.issuer != current.subject:
        current = next((other for other in certificates if other.subject == current.issuer and other not in found), None)
        if current is None or current.issuer == current.subject:
            break
        found.append(current)
    return found


def _is_trusted(system, leaf, certificates):
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
        chain.write("".join(certificate.pem for certificate in certificates))
        chain.flush()
        done = system.run(["openssl", "verify", "-purpose", "sslserver", "-untrusted", chain.name], stdin=leaf.pem.encode(), timeout=30)
    return done.code == 0


def _replace(system, place, text):
    """Writes the key and the chain as one file, so that nobody ever sees the one without the other; what was there before."""
    os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
    os.makedirs(place, mode=0o750, exist_ok=True)
    group = _group(system)
    os.chmod(os.path.dirname(place), 0o755)
    os.chmod(place, 0o750)
    os.chown(place, -1, group)
    old = read_text(f"{place}/full.pem"), os.path.exists(f"{place}/placeholder")
    write_atomically(f"{place}/full.pem", text, group=group)
    if old[1]:
        os.unlink(f"{place}/placeholder")
    return old


def _put_back(place, old):
    text, was_placeholder = old
    if text is None:
        os.unlink(f"{place}/full.pem")
        return
    # The file's owner and mode are those of the one that it replaced.
    with open(f"{place}/full.pem", "w", encoding="utf-8") as file:
        file.write(text)
    if was_placeholder:
        with open(f"{place}/placeholder", "w", encoding="utf-8"):
            pass


def _group(system):
    """The web server's; root's while there is no web server: its unit hands the file over."""
    for line in (read_text(system.path("/etc/group")) or "").splitlines():
        fields = line.split(":")
        if fields[0] == _WEB_SERVER_GROUP and len(fields) > 2:
            return int(fields[2])
    return -1


def _refused(name, why, detail=None):
    return problem("CERTIFICATE_REFUSED", name=name, why=f"{why[0].upper()}{why[1:]}.", detail=detail)


# -- tidying up ----------------------------------------------------------------------------------------------------


def remove(system, name):
    """Deletes what is left of a name that no app has any more."""
    wanted = _wanted(system)
    if any(fact["name"] == name for fact in wanted):
        apps = ", ".join(next(fact for fact in wanted if fact["name"] == name)["apps"])
        raise problem("CERTIFICATE_IN_USE", name=name, why=f"It is for a domain of {apps or 'this box'}.")
    gone = [leftover for leftover in _leftovers(system, wanted) if leftover["name"] == name]
    if not gone:
        raise problem("NOT_FOUND", thing=f"the certificate {name}", why="There is nothing of it on the disk.")
    places = [f"{store}/{name}" for store in _STORES] + [f"{ACME}/.lego/{name}"]
    # croft-hostd itself may not write to /var/lib/acme.
    argv = ["systemd-run", "--pipe", "--wait", "--quiet", "--collect", "--no-ask-password", "--", "rm", "-rf", "--", *places]
    done = system.run(argv, timeout=60)
    if done.code != 0:
        raise problem("INTERNAL", why="The files of the certificate could not be deleted.", detail=done.err)
    return {"name": name, "kinds": [leftover["kind"] for leftover in gone]}
