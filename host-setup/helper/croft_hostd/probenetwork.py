"""The host contract: IPv6, names, and the ports of the web."""

import os
from ipaddress import ip_address

from . import dns, domaincheck, facts, ports, toplevels
from .hostcheck import INFO, SHOULD, check

#: So many domains are asked for; each app's page asks for its own.
_MOST_DOMAINS = 3
#: What is asked for when no app has a domain: whether names get answers at all.
_SOME_NAME = "cache.nixos.org"
#: What is kept of the time, to read what the programs said.
_RESERVE = 0.5


def checks(box):
    return [_ipv6(box), _dns(box), _ports(box)]


def _ipv6(box):
    wanted, why = "on", "Visitors and certificate authorities ask over IPv6 first where a name has an address of it."
    if not os.path.exists(box.path("/proc/net/if_inet6")):
        away = "Take ipv6.disable=1 out of boot.kernelParams, apply, and restart."
        return check("network", "ipv6", INFO, False, "the kernel runs without it", wanted, why, away)
    if box.text("/proc/sys/net/ipv6/conf/all/disable_ipv6").strip() == "1":
        fix = ("Switch IPv6 on", box.machine(ipv6=True))
        return check("network", "ipv6", INFO, False, "off", wanted, why, "Set networking.enableIPv6 = true.", fix)
    addresses = [address for address in domaincheck.own_addresses(box.system) if ip_address(address).version == 6]
    everywhere = [address for address in addresses if ip_address(address).is_global]
    return check("network", "ipv6", INFO, True, f"on, {everywhere[0]}" if everywhere else "on, without an address that others reach", wanted, why)


def _dns(box):
    wanted, why = "the domains of the apps lead here", "Visitors and certificate authorities find the box by its names."
    until = box.until - _RESERVE
    state = toplevels.built_state(box.system, box.toplevel)
    domains = [app.domain for app in (state.apps.values() if state else ()) if app.domain]
    if not domains:
        try:
            dns.ask(box.system, _SOME_NAME, dns.A, until)
        except dns.Unanswered as error:
            away = "Look at /etc/resolv.conf, and at networking.nameservers in the box's own configuration."
            return check("network", "dns", SHOULD, False, f"no name server answers ({error})", wanted, why, away)
        return check("network", "dns", SHOULD, True, "names are answered; no app has a domain yet", wanted, why)
    answers = {domain: domaincheck.addresses(box.system, domain, until) for domain in domains[:_MOST_DOMAINS]}
    bad = [answer for answer in answers.values() if answer["ok"] is not True]
    found = ", ".join(f"{domain}: {answer['found']}" for domain, answer in answers.items())
    ok = True if not bad else False if any(answer["ok"] is False for answer in bad) else None
    return check("network", "dns", SHOULD, ok, found, wanted, why, " ".join(dict.fromkeys(answer["why"] for answer in bad)) or None)


def _ports(box):
    """What stands in the way on the box itself. Whether a router in front lets anybody through, only somebody outside can tell."""
    wanted, why = "the web server alone listens on 80 and 443, and both get through from outside", "Apps with a domain are served there, and certificates proved over 80."
    declared = {entry.get("from") for entry in facts.of_box(box.system).get("ports") or [] if entry.get("by") in ("web-server", "console")}
    told, taken, closed = [], [], []
    for port in (80, 443):
        listens = ports.is_listening(box.system, port)
        is_open = any(first <= port <= last for first, last in facts.open_ports(facts.of_box(box.system), "tcp"))
        told.append(f"{port}: {'something' if listens else 'nothing'} listens, {'open' if is_open else 'closed'} in the firewall")
        if listens and port not in declared:
            taken.append(str(port))
        if port in declared and not (listens and is_open):
            closed.append(str(port))
    found = "; ".join(told)
    if taken:
        away = f"Stop what listens on {' and '.join(taken)}, or move it elsewhere: Croft's web server could not start. Host → Ports says what it is."
        return check("network", "ports", SHOULD, False, found, wanted, why, away)
    if closed:
        away = "Look at nginx.service, and whether the box's own configuration closes the port."
        return check("network", "ports", SHOULD, False, found, wanted, why, away)
    away = "From another network, such as a phone's without Wi-Fi: `curl -I http://DOMAIN`. No answer: let the router or the provider's firewall pass ports 80 and 443 on to this box."
    if not declared:
        found = f"{found} (Croft opens both with the first app that has a domain)"
    return check("network", "ports", SHOULD, None, f"{found}; from here nobody can tell what a router in front lets through", wanted, why, away)
