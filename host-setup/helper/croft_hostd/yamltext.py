"""YAML as sops writes it: mappings and lists in block style, texts in quotes, plain or as blocks. Not YAML at large: anchors, tags and
texts that go over several lines without a mark are refused, with the line in which they are."""

from .pattern import Pattern

_KEY = Pattern(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>%@`{\[,\]}-][^#]*?|-[^\s#][^#]*?)\s*:(?:\s+(.*))?""")
_NUMBER = Pattern(r"[-+]?[0-9][0-9_.eE+-]*")
_OTHERS = {"": None, "~": None, "null": None, "true": True, "false": False}
_DEEPEST = 60


class Unreadable(ValueError):
    """Not of the kind of YAML that is understood here."""


def parse(text):
    """The value of a document. Texts are texts; what looks like a number is left as it is written."""
    if text.lstrip().startswith("{"):
        import json

        return json.loads(text)
    return _Reader(text).document()


class _Reader:
    def __init__(self, text):
        self._raw = text.splitlines()
        self._at = 0
        #: What is left of the current line after the dash of a list: (indent, text).
        self._rest = None

    def document(self):
        line = self._line()
        if line and line[1] == "---":
            self._at += 1
            line = self._line()
        if line is None:
            return None
        value = self._node(line[0], 0)
        left = self._line()
        if left and left[1] not in ("---", "..."):
            raise self._unreadable()
        return value

    def _line(self):
        """(indent, text) of the next line that says something."""
        if self._rest:
            return self._rest
        while self._at < len(self._raw):
            raw = self._raw[self._at]
            text = raw.strip()
            if text and not text.startswith("#"):
                if "\t" in raw[: len(raw) - len(raw.lstrip())]:
                    raise self._unreadable()
                return len(raw) - len(raw.lstrip(" ")), text
            self._at += 1
        return None

    def _next(self):
        self._rest = None
        self._at += 1

    def _unreadable(self):
        return Unreadable(f"line {self._at + 1} is not written as sops writes it")

    def _node(self, indent, depth):
        if depth > _DEEPEST:
            raise self._unreadable()
        text = self._line()[1]
        return self._list(indent, depth) if _is_item(text) else self._mapping(indent, depth)

    def _list(self, indent, depth):
        found = []
        while (line := self._line()) and line[0] == indent and _is_item(line[1]):
            rest = line[1][1:].lstrip()
            if not rest:
                self._next()
                found.append(self._below(indent, depth))
            elif _is_item(rest) or _KEY.fullmatch(rest):
                self._rest = (indent + len(line[1]) - len(rest), rest)
                found.append(self._node(self._rest[0], depth + 1))
            else:
                found.append(self._value(rest, indent))
        if line and line[0] > indent:
            raise self._unreadable()
        return found

    def _mapping(self, indent, depth):
        found = {}
        while (line := self._line()) and line[0] == indent and not _is_item(line[1]) and line[1] not in ("---", "..."):
            parts = _KEY.fullmatch(line[1])
            if not parts:
                raise self._unreadable()
            key, rest = self._scalar(parts.group(1), key=True), (parts.group(2) or "").strip()
            if key in found:
                raise Unreadable(f"line {self._at + 1} has a key for the second time")
            if rest and not rest.startswith("#"):
                found[key] = self._value(rest, indent)
            else:
                self._next()
                found[key] = self._below(indent, depth, lists=True)
        if line and line[0] > indent:
            raise self._unreadable()
        return found

    def _below(self, indent, depth, lists=False):
        """What a key or a dash without a value of its own has below it. A list may begin right below its key."""
        line = self._line()
        if line and (line[0] > indent or (lists and line[0] == indent and _is_item(line[1]))):
            return self._node(line[0], depth + 1)
        return None

    def _value(self, text, indent):
        if text[0] in "|>":
            return self._block(text, indent)
        value = self._scalar(text)
        self._next()
        return value

    def _scalar(self, text, key=False):
        if text[0] == '"':
            import json

            try:
                return json.loads(text.replace("\\'", "'"))
            except ValueError:
                raise self._unreadable() from None
        if text[0] == "'":
            if len(text) < 2 or text[-1] != "'":
                raise self._unreadable()
            return text[1:-1].replace("''", "'")
        if text in ("[]", "{}"):
            return [] if text == "[]" else {}
        if text[0] in "&*!{[%@`,]}":
            raise self._unreadable()
        plain = text.partition(" #")[0].rstrip()
        if key or plain.lower() not in _OTHERS:
            return plain if key or not _NUMBER.fullmatch(plain) else Number(plain)
        return _OTHERS[plain.lower()]

    def _block(self, mark, indent):
        """A text in lines of its own; how its ends are kept matters to nobody here."""
        self._next()
        lines, inner = [], None
        while self._at < len(self._raw):
            raw = self._raw[self._at]
            depth = len(raw) - len(raw.lstrip(" "))
            if raw.strip():
                if depth <= indent:
                    break
                inner = depth if inner is None else inner
            lines.append(raw[inner or 0 :])
            self._at += 1
        return ("\n" if mark[0] == "|" else " ").join(lines)


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


def _is_item(text):
    return text == "-" or text.startswith("- ")
