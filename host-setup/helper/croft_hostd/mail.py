"""The box's mail as Postfix tells it: its units, its queue and who is in it, and messages that are really sent.

Which app a message is of, is the port that it came in by: each app's listener is its own, and Postfix writes it into the queue file.
"""

from . import facts, mailboxes, secrets, units
from .jsontext import loads
from .pattern import Pattern
from .problems import problem
from .system import rfc3339

#: What systemd opens for Postfix when it signs in at a relay.
RELAY_PASSWORD = (secrets.SERVICES, "mail", "RELAY_PASSWORD")
UNIT = "postfix.service"
_SERVER_UNITS = ("dovecot.service", "rspamd.service")
_MOST_MESSAGES = 500
#: Postfix's programs look at the network's interfaces and write into its queue, which croft-hostd may not.
_POSTFIX = ("systemd-run", "--quiet", "--collect", "--pipe", "--wait", "--no-ask-password", "--description=Croft: Postfix's queue", "--setenv=PATH", "--")
_HOUR = 3600
_SECONDS = 60
#: A message is followed for so long.
_FOLLOW_SECONDS = 30.0
_POLL_SECONDS = 0.5

_ENVELOPE = Pattern(r"\*\*\* ENVELOPE RECORDS \S*?([0-9A-Za-z]+) \*\*\*")
_PORT = Pattern(r"named_attribute: server_port=([0-9]+)")
_LOST = Pattern(r"open queue file ([0-9A-Za-z]+):")
_TAKEN = Pattern(r"[0-9A-Za-z]+: client=.*")
_REFUSED = Pattern(r".*: reject: .*|.*rate limit exceeded: .*")
_REFUSED_LATER = Pattern(r"[0-9A-Za-z]+: reject: (?:header|body|END-OF-MESSAGE) .*")
_QUEUED = Pattern(r".*queued as ([0-9A-Za-z]+).*")
_DONE = Pattern(r"[0-9A-Za-z]+: to=<[^>]*>,.* relay=([^,]*),.* status=(sent|bounced|deferred|expired) \((.*)\)")


def serve(system, request):
    """The result of one of the mail requests."""
    kind = request["type"]
    if kind == "mailbox-drop":
        return mailboxes.drop(system, request["mailbox"])
    box = of_box(system)
    if kind == "mail":
        return read(system, box)
    if kind == "mail-dns":
        from . import maildns

        return maildns.read(system, box)
    if kind == "mail-queue":
        return queue(system)
    if kind == "mail-queue-act":
        return act(system, request["action"], request.get("id"))
    if kind == "mail-password":
        return mailboxes.set_password(system, box["server"], request["mailbox"], request["value"])
    return send(system, box, request["to"], request.get("app"))


def of_box(system):
    """{"port","relay","server"}: the mail of the running system."""
    found = facts.of_box(system).get("mail")
    if not found:
        raise problem("MAIL_NOT_SET_UP", why="The running system has no services.mail.")
    return found


def _senders(system):
    """app -> {"from","perHour","port"}"""
    running = facts.of_box(system)
    attached = {app: facts.attached(running, app).get("mail") for app in sorted(running.get("attach") or {})}
    return {app: mail for app, mail in attached.items() if mail}


# -- how it is ---------------------------------------------------------------------------------------------------------


def read(system, box):
    """Answers a `mail` request."""
    server = box["server"]
    names = [UNIT, *(_SERVER_UNITS if server else ())]
    states = units.show(system, names, "Id,ActiveState")
    waiting = _messages(system)
    return {
        "time": rfc3339(system.now()),
        "relay": box["relay"],
        "server": server and {name: server[name] for name in ("hostname", "domains", "messageMax")},
        "units": [{"unit": name, "active": state.get("ActiveState", "")} for name, state in zip(names, states)],
        "queue": {
            "messages": len(waiting),
            "bytes": sum(message["message_size"] for message in waiting),
            "oldest": min((rfc3339(message["arrival_time"]) for message in waiting), default=None),
        },
        "mailboxes": mailboxes.read(system, server),
        "senders": _counted(system, _senders(system)),
    }


def _counted(system, senders):
    """What each app has sent in the last hour, and what of it was refused, as Postfix's log has it."""
    if not senders:
        return []
    marks = {f"postfix/croft-app-{app}/{part}": app for app in senders for part in ("smtpd", "cleanup")}
    argv = ["journalctl", "--no-pager", "--quiet", "--output=json", "--output-fields=MESSAGE,SYSLOG_IDENTIFIER", f"--since=@{int(system.now() - _HOUR)}"]
    done = system.run([*argv, *(f"--identifier={mark}" for mark in marks), f"_SYSTEMD_UNIT={UNIT}"], timeout=_SECONDS)
    sent, refused = dict.fromkeys(senders, 0), dict.fromkeys(senders, 0)
    for line in done.out.splitlines():
        entry = loads(line)
        app, said = marks.get(entry.get("SYSLOG_IDENTIFIER")), entry.get("MESSAGE")
        if app is None or not isinstance(said, str):
            continue
        if _TAKEN.fullmatch(said):
            sent[app] += 1
        elif _REFUSED.fullmatch(said):
            refused[app] += 1
            sent[app] -= bool(_REFUSED_LATER.fullmatch(said))
    return [
        {"app": app, "from": mail["from"], "perHour": mail["perHour"], "port": mail["port"], "sentLastHour": max(0, sent[app]), "refusedLastHour": refused[app]}
        for app, mail in senders.items()
    ]


# -- the queue ---------------------------------------------------------------------------------------------------------


def _messages(system):
    """Postfix's own account of its queue, oldest first."""
    done = system.run([*_POSTFIX, "postqueue", "-j"], timeout=_SECONDS)
    if done.code != 0:
        raise problem("INTERNAL", why="Postfix does not tell its queue.", detail=done.err)
    return sorted((loads(line) for line in done.out.splitlines() if line), key=lambda message: message["arrival_time"])


def queue(system):
    """Answers a `mail-queue` request."""
    waiting = _messages(system)
    shown = waiting[:_MOST_MESSAGES]
    apps = _apps_of(system, [message["queue_id"] for message in shown])
    return {"messages": [_message(message, apps) for message in shown], "truncated": len(waiting) > len(shown)}


def _message(message, apps):
    return {
        "id": message["queue_id"],
        "queue": message["queue_name"],
        "arrivedAt": rfc3339(message["arrival_time"]),
        "sender": message["sender"],
        "app": apps.get(message["queue_id"]),
        "bytes": message["message_size"],
        "recipients": [{"address": recipient["address"], "reason": recipient.get("delay_reason")} for recipient in message["recipients"]],
    }


def _apps_of(system, identities):
    """queue id -> app, by the listener that each message came in by."""
    apps = {str(mail["port"]): app for app, mail in _senders(system).items()}
    ports, left = {}, list(identities) if apps else []
    while left:
        done = system.run([*_POSTFIX, "postcat", "-e", "-q", *left], timeout=_SECONDS)
        ports.update(_ports_in(done.out))
        lost = _LOST.search(done.err)
        if done.code == 0 or not lost or lost[1] not in left:
            break
        # It has left the queue meanwhile, and postcat ended there.
        left = left[left.index(lost[1]) + 1 :]
    return {identity: apps[port] for identity, port in ports.items() if port in apps}


def _ports_in(text):
    found, current = {}, None
    for line in text.splitlines():
        begins = _ENVELOPE.fullmatch(line)
        port = _PORT.fullmatch(line)
        if begins:
            current = begins[1]
        elif port and current:
            # The first is Postfix's; what comes later may be what a client said.
            found.setdefault(current, port[1])
    return found


def act(system, action, identity):
    """Answers a `mail-queue-act` request."""
    waiting = [message["queue_id"] for message in _messages(system)]
    if identity is None and action == "delete":
        raise problem("BAD_REQUEST", field="id", why="is missing: one message is deleted at a time.")
    if identity is not None and identity not in waiting:
        raise problem("NOT_FOUND", thing=f"the message {identity}", why="It is not in the queue any more.")
    if action == "retry":
        argv = ["postqueue", "-f"] if identity is None else ["postqueue", "-i", identity]
    else:
        argv = ["postsuper", "-d", identity]
    done = system.run([*_POSTFIX, *argv], timeout=_SECONDS)
    if done.code != 0:
        raise problem("INTERNAL", why="Postfix did not do that.", detail=done.err)
    return {"messages": len(waiting) if identity is None else 1}


# -- a message that is really sent -------------------------------------------------------------------------------------


def send(system, box, recipient, app):
    """Answers a `mail-test` request: sends one, and says what became of it."""
    port, sender = _way(system, box, app)
    started, since = system.monotonic(), system.now()
    code, said = system.send_mail(port, sender, recipient, _text(system, sender, recipient, app))
    answer = {"id": None, "status": "deferred" if 400 <= code < 500 else "bounced", "response": said, "relay": None}
    queued = _QUEUED.fullmatch(said) if code == 250 else None
    if queued:
        answer = {"id": queued[1], "status": "queued", "response": said, "relay": None, **_fate(system, queued[1], since, started)}
    return {**answer, "seconds": round(system.monotonic() - started, 1)}


def _way(system, box, app):
    """(the listener's port, the sender)"""
    if app is not None:
        attached = facts.attached(facts.of_box(system), app).get("mail")
        if not attached:
            raise problem("MAIL_NOT_SET_UP", why=f"The running system attaches no mail to {app}.")
        first = attached["from"][0]
        return attached["port"], next((address for address in attached["from"] if not address.startswith("@")), f"croft{first}")
    if box["server"]:
        return box["port"], f"postmaster@{box['server']['domains'][0]}"
    user = box["relay"]["user"] or ""
    if "@" in user:
        return box["port"], user
    domain = next((mail["from"][0].partition("@")[2] for mail in _senders(system).values()), box["relay"]["host"].partition(".")[2])
    return box["port"], f"postmaster@{domain or box['relay']['host']}"


def _text(system, sender, recipient, app):
    import time

    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(system.now()))
    by = f"the app {app}" if app else "the box itself"
    lines = (
        f"From: <{sender}>",
        f"To: <{recipient}>",
        "Subject: Test message of Croft",
        f"Date: {date}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"Somebody asked Croft to send this message as {by}. It came this far.",
        "",
    )
    return "\r\n".join(lines)


def _fate(system, identity, since, started):
    """What Postfix's log says of a message, as soon as it says so."""
    argv = ["journalctl", "--no-pager", "--quiet", "--output=cat", f"--since=@{int(since)}", f"--grep={identity}", f"_SYSTEMD_UNIT={UNIT}"]
    while True:
        for line in system.run(argv, timeout=_SECONDS).out.splitlines():
            done = _DONE.fullmatch(line) if line.startswith(f"{identity}: to=<") else None
            if done:
                return {"relay": done[1], "status": "bounced" if done[2] == "expired" else done[2], "response": done[3]}
        if system.monotonic() - started >= _FOLLOW_SECONDS:
            return {}
        system.pause(_POLL_SECONDS)
