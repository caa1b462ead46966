"""How a label stands within a sentence."""

from __future__ import annotations


def within(label: str) -> str:
    """Return a label as it stands within a sentence: ``Housing`` becomes ``housing``, ``LGBTI people`` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def article(label: str) -> str:
    """Return the English article of a label, with a space after it; a plural has none."""
    if label.endswith("s") and not label.endswith("ss"):
        return ""
    return "an " if label[:1].lower() in "aeio" else "a "
