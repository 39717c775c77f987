"""Foreign text, made fit to be shown."""

from .pattern import Pattern

_ANSI = Pattern(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")


def clean(text):
    """Text without terminal control: escape sequences go, a carriage return leaves what was drawn last."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.rstrip("\r").rsplit("\r", 1)[-1]
    if not text.isprintable():
        text = "".join(char if char.isprintable() or char in "\t\n" else "\ufffd" for char in text)
    return text


def derivation_name(path):
    """/nix/store/<hash>-shop-1.0.drv as a person says it: shop-1.0."""
    name = path.rsplit("/", 1)[-1]
    if len(name) > 33 and name[32] == "-":
        name = name[33:]
    return name.removesuffix(".drv")
