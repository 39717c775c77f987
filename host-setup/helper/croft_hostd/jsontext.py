"""JSON for the paths where a person waits: the interpreter's own scanner and encoder, without the json package.

That package loads the regular expressions, which doubles the start-up time of a program that lives for a few
milliseconds. The C parts are the same ones that json uses; where an interpreter lacks them, json itself serves.
"""


def _no_constant(name):
    raise ValueError(f"{name} is not a JSON value")


class _Context:
    """What the scanner wants to know; the names are json.JSONDecoder's."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_no_constant)
    memo = {}


def _fast():
    from _json import encode_basestring, make_encoder, make_scanner

    scan_once = make_scanner(_Context())
    encoder = make_encoder(None, _not_json, encode_basestring, None, ":", ",", False, False, False)

    def loads(text):
        try:
            value, end = scan_once(text, _skip(text, 0))
        except StopIteration as nothing:
            raise ValueError(f"no value at character {nothing.value}") from None
        if _skip(text, end) != len(text):
            raise ValueError(f"extra data after character {end}")
        return value

    def dumps(value):
        return "".join(encoder(value, 0))

    sample = {"a": [1, -2.5, "é\"\n", True, None, {}], "b": {"c": []}}
    if loads(" " + dumps(sample) + "\n") != sample:
        raise ImportError("this interpreter's scanner or encoder is of another make")
    return loads, dumps


def _skip(text, position):
    while position < len(text) and text[position] in " \t\n\r":
        position += 1
    return position


def _not_json(value):
    raise TypeError(f"{type(value).__name__} is not JSON")


def _plain():
    import json

    decoder = json.JSONDecoder(parse_constant=_no_constant)
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return decoder.decode, encoder.encode


try:
    loads, dumps = _fast()
except (ImportError, TypeError, AttributeError):
    loads, dumps = _plain()
