"""Regular expressions of REGEX and REPLACE, and what REPLACE puts in, as XPath has them, written for the engine.

SPARQL 1.1, 17.4.3.14 and 17.4.3.15, takes both from XPath (functions 3.1, 5.6): ``$1c`` is the first group and a
``c``, ``\\$`` a dollar sign, ``[a-z-[aeiou]]`` a difference, and with the flag ``x`` only white space goes. The engine
reads a group with the name ``1c``, both signs, two sets in one, and comments. Where XPath has an error it may give a
value (SPARQL 1.1, 17.3.1): a sign that means nothing there stands for itself.
"""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

from sparqlgate.namespaces import XSD
from sparqlgate.query import Term
from sparqlgate.text.membership import listed
from sparqlgate.text.writing import Edit, Steps, literal

#: Makes of a replacement that is only known when the query runs what the engine takes for it.
REPLACEMENT: Final = ox.NamedNode("urn:sparqlgate:replacement")
_STRING: Final = XSD + "string"
_FLAGS: Final = r"""["'][smiq]*+x[smixq]*+["']"""
_WORTH: Final = re.compile(rf"\bREPLACE\b|\bREGEX\b(?=[\s\S]*(?:-\[|\\\\[icIC]|&&|~~|{_FLAGS}))", re.IGNORECASE)
_SPECIAL: Final = re.compile(r"\\([\\$])|\$([0-9]++)|\$")
_START: Final = (
    r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}"
    r"\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}"
)
_NAME: Final = rf"{_START}\-.0-9\x{{B7}}\x{{300}}-\x{{36F}}\x{{203F}}-\x{{2040}}"
#: Classes of XML names (XML Schema 1.0 part 2, appendix F), which the engine does not know.
_CLASSES: Final = {r"\i": f"[{_START}]", r"\I": f"[^{_START}]", r"\c": f"[{_NAME}]", r"\C": f"[^{_NAME}]"}
_SPACE: Final = " \t\r\n"


def may_have_expressions(text: str) -> bool:
    """Whether a text is worth reading for regular expressions: cheap, and true of some that stay as they are."""
    upper = text.upper()
    return ("REPLACE" in upper or "REGEX" in upper) and _WORTH.search(text) is not None


def replacement(text: Term, groups: Term) -> Term | None:
    """Return what the engine is to put in for a text of XPath; None, an error, for what is no plain string."""
    if not isinstance(text, ox.Literal) or text.datatype.value != _STRING or not isinstance(groups, ox.Literal):
        return None
    return ox.Literal(engine_replacement(text.value, int(groups.value)))


def engine_replacement(text: str, groups: int) -> str:
    """Write what XPath puts in for a match as the engine does, for a pattern with so many groups."""

    def one(match: re.Match[str]) -> str:
        escaped, digits = match.groups()
        if escaped:
            return "\\" if escaped == "\\" else "$$"
        if not digits:
            return "$$"
        size = min(len(digits), len(str(groups)) if digits[0] != "0" else 1)
        if size > 1 and int(digits[:size]) > groups:
            size -= 1
        return f"${{{digits[:size]}}}{digits[size:]}"

    return _SPECIAL.sub(one, text)


def engine_pattern(pattern: str, flags: str) -> tuple[str, str, int]:
    """Return a pattern of XPath and its flags as the engine has them, and the number of its groups."""
    if "q" in flags:
        return pattern, flags, 0
    reader = _Reader(pattern, "x" in flags)
    return reader.outside(), flags.replace("x", ""), reader.groups


class _Reader:
    """Reads a pattern once from its beginning to its end, and writes it anew."""

    def __init__(self, pattern: str, spaced: bool) -> None:
        self._text = pattern
        self._spaced = spaced
        self._at = 0
        self.groups = 0

    def outside(self) -> str:
        """Write what is left of the pattern."""
        parts: list[str] = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == "\\":
                parts.append(self._escape())
            elif sign == "[":
                parts.append(self._class())
            else:
                named = self._text.startswith(("(?<", "(?P<"), self._at)
                self.groups += sign == "(" and (named or not self._text.startswith("(?", self._at))
                parts.append("" if self._spaced and sign in _SPACE else sign)
                self._at += 1
        return "".join(parts)

    def _escape(self) -> str:
        found = self._text[self._at : self._at + 2]
        self._at += len(found)
        return _CLASSES.get(found, found)

    def _class(self) -> str:
        """Write a class: what stands in it, less the class after a minus sign at its end."""
        self._at += 1
        negated = self._text.startswith("^", self._at)
        self._at += negated
        parts, less, first = [], "", self._at
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == "]" and self._at > first:
                break
            if sign == "\\":
                parts.append(self._escape())
                continue
            if self._text.startswith("-[", self._at) and self._at > first:
                self._at += 1
                less += f"--{self._class()}"
                continue
            parts.append(f"\\{sign}" if sign in "&~" else sign)
            self._at += 1
        closed = self._text[self._at : self._at + 1]
        self._at += 1
        inside = f"[{'^' * negated}{''.join(parts)}{closed}"
        return f"[{inside}{less}]" if less else inside


def replace_expressions(steps: Steps, strings: dict[str, str]) -> list[Edit]:
    """Return the edits for the calls of REGEX and REPLACE; ``strings`` are the values of their constants as written."""
    edits: list[Edit] = []
    for at in range(len(steps.all)):
        if steps.word(at) in ("REGEX", "REPLACE") and steps.sign(at + 1) == "(":
            edits += _call(steps, at, strings)
    return edits


def constants(steps: Steps) -> list[str]:
    """Return the strings, as they are written, that calls of REGEX and REPLACE have for a pattern, text or flags."""
    found: list[str] = []
    for at in range(len(steps.all)):
        if steps.word(at) in ("REGEX", "REPLACE") and steps.sign(at + 1) == "(":
            found += [
                text
                for first, last in listed(steps, at + 1, steps.partner[at + 1])[1:]
                if (text := _constant(steps, first, last))
            ]
    return found


def _constant(steps: Steps, first: int, last: int) -> str:
    return steps.all[first].token.text if first == last and steps.kind(first) == "string" else ""


def _call(steps: Steps, at: int, strings: dict[str, str]) -> list[Edit]:
    arguments = listed(steps, at + 1, steps.partner[at + 1])
    values = [strings.get(_constant(steps, *argument)) for argument in arguments]
    puts_in = steps.word(at) == "REPLACE"
    fewest = 3 if puts_in else 2
    if not fewest <= len(arguments) <= fewest + 1:
        return []
    flags = "" if len(arguments) == fewest else values[-1]
    new: list[str | None] = [None] * len(arguments)
    groups = 0
    if values[1] is not None and flags is not None:
        new[1], less, groups = engine_pattern(values[1], flags)
        if flags:
            new[-1] = less
    if puts_in and values[2] is not None:
        literally = flags is not None and "q" in flags
        new[2] = values[2].replace("$", "$$") if literally else engine_replacement(values[2], groups)
    edits = [
        (steps.start(first), steps.end(last), literal(text))
        for (first, last), text, value in zip(arguments, new, values, strict=True)
        if text is not None and text != value
    ]
    if puts_in and values[2] is None and not (flags and "q" in flags):
        first, last = arguments[2]
        if last < first:
            return []
        edits += [
            (steps.start(first), steps.start(first), f"{REPLACEMENT}("),
            (steps.end(last), steps.end(last), f", {groups})"),
        ]
    return edits
