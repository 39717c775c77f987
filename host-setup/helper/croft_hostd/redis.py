"""A question to a Redis server over its unix socket, and its answer."""


class Refused(Exception):
    """What the server says is wrong."""


def ask(system, socket, *words, timeout=10.0):
    """The answer to one command: text, a number, None or a list of them."""
    with system.unix_socket(socket, timeout) as connection:
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            raw = word.encode("utf-8")
            parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
        connection.sendall(b"".join(parts))
        with connection.makefile("rb") as answer:
            return _read(answer)


def _read(answer):
    line = answer.readline()
    if not line.endswith(b"\r\n"):
        raise Refused("it closed the connection")
    kind, rest = line[:1], line[1:-2].decode("utf-8", "replace")
    if kind == b"-":
        raise Refused(rest)
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if kind == b"*":
        return [_read(answer) for _ in range(int(rest))]
    if kind == b"$":
        if int(rest) < 0:
            return None
        return answer.read(int(rest) + 2)[:-2].decode("utf-8", "replace")
    raise Refused(f"it answered {rest[:50]}")
