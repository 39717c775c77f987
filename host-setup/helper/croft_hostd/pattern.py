"""Regular expressions that cost nothing until they are used: most connections use few of them or none."""


class Pattern:
    """A compiled pattern, compiled at its first use. ASCII only, because every name here is."""

    __slots__ = ("_text", "_compiled")

    def __init__(self, text):
        self._text = text
        self._compiled = None

    def _get(self):
        if self._compiled is None:
            import re

            self._compiled = re.compile(self._text, re.ASCII if isinstance(self._text, str) else 0)
        return self._compiled

    def fullmatch(self, text):
        return self._get().fullmatch(text)

    def match(self, text):
        return self._get().match(text)

    def search(self, text, position=0, end=None):
        return self._get().search(text, position, len(text) if end is None else end)

    def findall(self, text):
        return self._get().findall(text)

    def finditer(self, text):
        return self._get().finditer(text)

    def split(self, text):
        return self._get().split(text)

    def sub(self, replacement, text):
        return self._get().sub(replacement, text)


_DIGITS_AND_LOWER = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")


def is_operation(text):
    """[0-9a-z]{26}, without a regular expression: it is checked on the way to every operation."""
    return len(text) == 26 and _DIGITS_AND_LOWER.issuperset(text)
