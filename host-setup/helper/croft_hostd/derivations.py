"""Derivation files: what a build needs and what it makes, without asking Nix."""

from .pattern import Pattern

_TEXT = r'"(?:[^"\\]|\\.)*"'
_DERIVATION = Pattern(
    rf"Derive\(\[(?P<outputs>(?:\({_TEXT},{_TEXT},{_TEXT},{_TEXT}\),?)*)\]"
    rf",\[(?P<inputs>(?:\({_TEXT},\[[^\]]*\]\),?)*)\]"
    rf",\[(?P<sources>[^\]]*)\]"
)
_OUTPUT = Pattern(r'\("[^"]*","([^"]*)","([^"]*)","([^"]*)"')
_INPUT = Pattern(r'\("([^"]*)",\[')
_SOURCE = Pattern(r'"([^"]*)"')


class Derivation:
    __slots__ = ("outputs", "inputs", "sources", "fixed")

    def __init__(self, outputs, inputs, sources, fixed):
        #: Store paths; empty for one that is only known when it is built.
        self.outputs = outputs
        #: Derivations
        self.inputs = inputs
        #: Store paths
        self.sources = sources
        #: Whether what it makes is known by its hash before it is made, as of a download.
        self.fixed = fixed


def parse(text):
    """The derivation in a file's text, or None when it is none that this reader knows."""
    found = _DERIVATION.match(text)
    if not found:
        return None
    outputs = _OUTPUT.findall(found["outputs"])
    fixed = any(digest for _, _, digest in outputs)
    return Derivation([path for path, _, _ in outputs if path], _INPUT.findall(found["inputs"]), _SOURCE.findall(found["sources"]), fixed)
