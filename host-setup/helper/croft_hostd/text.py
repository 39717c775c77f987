"""Foreign text, made fit to be shown."""

from .pattern import Pattern

_ANSI = Pattern(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
#: The same but for colours: what selects one, and no more of it than a line can sensibly have in one place.
_BUT_COLOURS = Pattern(r"\x1b(?!\[[0-9;:]{0,40}m)(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07]*\x07|[ -/]*[0-Z\\^-~])?")
_COLOURED = "\t\n\x1b"


def clean(text, colours=False):
    """Text without terminal control: escape sequences go, a carriage return leaves what was drawn last.

    With `colours` the sequences that select one stay, whole; no other escape character does.
    """
    kept = "\t\n"
    if "\x1b" in text:
        text = (_BUT_COLOURS if colours else _ANSI).sub("", text)
        kept = _COLOURED if colours else kept
    if "\r" in text:
        text = text.rstrip("\r").rsplit("\r", 1)[-1]
    if not text.isprintable():
        text = "".join(char if char.isprintable() or char in kept else "\ufffd" for char in text)
    return text


def derivation_name(path):
    """/nix/store/<hash>-shop-1.0.drv as a person says it: shop-1.0."""
    name = path.rsplit("/", 1)[-1]
    if len(name) > 33 and name[32] == "-":
        name = name[33:]
    return name.removesuffix(".drv")
