"""As much of DNS as it takes to ask the box's own name servers: /etc/hosts would answer for others, and libc knows no CAA."""

import os
import struct
from ipaddress import ip_address

from .system import read_text

A, PTR, MX, TXT, AAAA, CAA = 1, 12, 15, 16, 28, 257
NO_ERROR, NO_SUCH_NAME = 0, 3
_CNAME = 5
_CLASS_INTERNET = 1
_SECONDS = 3.0
_HEADER = struct.Struct(">6H")
_RECORD = struct.Struct(">HHIH")
_TRUNCATED = 0x0200


class Unanswered(Exception):
    """No name server gave an answer that could be used."""


def ask(system, name, kind, until=None):
    """(response code, [values]): CAA as (flags, tag, value), all others as text: addresses, names, `10 mail.example.`, a whole text.
    Raises Unanswered, at the latest when the monotonic clock says `until`."""
    servers = _servers(system)
    if not servers:
        raise Unanswered("the box has no name server")
    why = ""
    for server in servers:
        identity = int.from_bytes(os.urandom(2))
        question = _question(identity, name, kind)
        for stream in (False, True):
            seconds = _SECONDS if until is None else min(_SECONDS, until - system.monotonic())
            if seconds <= 0:
                raise Unanswered(why or "no answer in time")
            try:
                answer = system.ask_name_server(server, question, stream, seconds)
                code, truncated, values = _answer(identity, answer, kind)
            except (OSError, ValueError, IndexError, struct.error) as error:
                why = f"{server}: {error or type(error).__name__}"
                break
            if truncated and not stream:
                continue
            if code in (NO_ERROR, NO_SUCH_NAME):
                return code, values
            why = f"{server}: response code {code}"
            break
    raise Unanswered(why)


def _servers(system):
    lines = (read_text(system.path("/etc/resolv.conf")) or "").splitlines()
    return [words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"][:3]


def _question(identity, name, kind):
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").split(b"."))
    return _HEADER.pack(identity, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, _CLASS_INTERNET)


def _answer(identity, data, kind):
    """(response code, whether it was cut, values)"""
    got, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    if got != identity or not flags & 0x8000:
        raise ValueError("an answer to another question")
    at = _HEADER.size
    for _ in range(questions):
        at = _skip_name(data, at) + 4
    values = []
    for _ in range(answers):
        at = _skip_name(data, at)
        found, _, _, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        body = data[at : at + length]
        at += length
        if len(body) < length:
            raise ValueError("an answer that ends early")
        if found != kind:
            continue  # What an alias leads to comes in the same answer.
        if kind == CAA:
            tag = body[2 : 2 + body[1]]
            values.append((body[0], tag.decode("ascii", "replace").lower(), body[2 + body[1] :].decode("ascii", "replace")))
        elif kind == TXT:
            values.append(_text(body))
        elif kind == MX:
            values.append(f"{int.from_bytes(body[:2])} {_name(data, at - length + 2)}")
        elif kind == PTR:
            values.append(_name(data, at - length))
        else:
            values.append(str(ip_address(body)))
    return flags & 15, bool(flags & _TRUNCATED), values


def _skip_name(data, at):
    while True:
        length = data[at]
        if length >= 0xC0:
            return at + 2
        at += 1 + length
        if not length:
            return at


def _text(body):
    """The strings of a text as one: they are parts because one cannot be longer."""
    parts, at = [], 0
    while at < len(body):
        parts.append(body[at + 1 : at + 1 + body[at]])
        at += 1 + body[at]
    return b"".join(parts).decode("utf-8", "replace")


def _name(data, at):
    """A name with its final dot. It may go on at an earlier place of the answer."""
    labels, earliest = [], at
    while length := data[at]:
        if length >= 0xC0:
            at = int.from_bytes(data[at : at + 2]) & 0x3FFF
            if at >= earliest:
                raise ValueError("a name that leads to itself")
            earliest = at
        else:
            labels.append(data[at + 1 : at + 1 + length].decode("ascii", "replace"))
            at += 1 + length
    return ".".join(labels) + "."
