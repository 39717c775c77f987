"""Derivation files: what a build needs and what it makes, without asking Nix."""

from .pattern import Pattern

_TEXT = r'"(?:[^"\\]|\\.)*"'
_DERIVATION = Pattern(
    rf"Derive\(\[(?P<outputs>(?:\({_TEXT},{_TEXT},{_TEXT},{_TEXT}\),?)*)\]"
    rf",\[(?P<inputs>(?:\({_TEXT},\[[^\]]*\]\),?)*)\]"
    rf",\[(?P<sources>[^\]]*)\]"
)
_OUTPUT = Pattern(r'\("[^"]*","([^"]*)"')
_INPUT = Pattern(r'\("([^"]*)",\[')
_SOURCE = Pattern(r'"([^"]*)"')


class Derivation:
    __slots__ = ("outputs", "inputs", "sources")

    def __init__(self, outputs, inputs, sources):
        #: Store paths; empty for one that is only known when it is built.
        self.outputs = outputs
        #: Derivations
        self.inputs = inputs
        #: Store paths
        self.sources = sources


def parse(text):
    """The derivation in a file's text, or None when it is none that this reader knows."""
    found = _DERIVATION.match(text)
    if not found:
        return None
    outputs = [path for path in _OUTPUT.findall(found["outputs"]) if path]
    return Derivation(outputs, _INPUT.findall(found["inputs"]), _SOURCE.findall(found["sources"]))
