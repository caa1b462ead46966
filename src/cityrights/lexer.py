"""Turtle and TriG as words with their lines.

The parser says nothing about where a triple stands once it is read. A finding about a term has to, so the text is cut
into words once more: comments, IRIs, literals, names and punctuation of https://www.w3.org/TR/trig/#grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<iri><[^<>"\s]*>)
      | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
          | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<at>@[A-Za-z][A-Za-z0-9-]*)
      | (?P<blank>_:[^\s;,.\])}]+ | [\[\]])
      | (?P<name>(?:[^\s<>"'()\[\]{};,.\#@^\\]|\.(?=[^\s<>"'()\[\]{};,.\#@^])|\\.|\.(?=\\.))+)
      | (?P<mark>\^\^|[(){};,.^\\<>"'@])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Word:
    """One word of the text: its kind, the text itself and the line (from 1) on which it begins."""

    kind: str
    text: str
    line: int


def words(text: str) -> Iterator[Word]:
    """Yield the words of a Turtle or TriG text in order; white space is left out, wrong text never raises."""
    line, end = 1, 0
    for match in _WORD.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        yield Word(match.lastgroup or "mark", match.group(), line)


def prefixes(found: list[Word]) -> dict[str, str]:
    """Return the prefixes that the words declare, in Turtle's or in SPARQL's manner, without the colon."""
    declared: dict[str, str] = {}
    for keyword, name, iri in zip(found, found[1:], found[2:], strict=False):
        if keyword.text.lower() in ("@prefix", "prefix") and name.text.endswith(":") and iri.kind == "iri":
            declared[name.text[:-1]] = iri.text[1:-1]
    return declared


def expand(word: Word, declared: dict[str, str]) -> str | None:
    """Return the IRI that an IRI or a prefixed name stands for, None for any other word."""
    if word.kind == "iri":
        return word.text[1:-1]
    prefix, colon, local = word.text.partition(":")
    if word.kind == "name" and colon and prefix in declared:
        return declared[prefix] + re.sub(r"\\(.)", r"\1", local)
    return None
