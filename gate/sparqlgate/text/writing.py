"""SPARQL written: terms escaped, prefixed names, VALUES, PREFIX lines; and a query's tokens paired, for edits of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sparqlgate.text import guard
from sparqlgate.text.guard import Bounds
from sparqlgate.text.lexer import Lexer, Token

#: Local parts that need no escape (SPARQL 1.1, PN_LOCAL, has more).
_LOCAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
#: What an IRI may not hold as it is (SPARQL 1.1, IRIREF).
_NOT_IN_IRIS: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_NOT_IN_TEXTS: Final = re.compile(r'["\\\n\r]')
_ESCAPES: Final = {"\n": "\\n", "\r": "\\r"}


def iri(value: str) -> str:
    """Write an IRI in angle brackets, as SPARQL and N-Triples do."""
    return f"<{_NOT_IN_IRIS.sub(lambda match: f'{chr(92)}u{ord(match[0]):04X}', value)}>"


def literal(value: str, language: str = "", datatype: str = "") -> str:
    """Write a literal with its language, else its datatype, else plain, as SPARQL and N-Triples do."""
    text = _NOT_IN_TEXTS.sub(lambda match: _ESCAPES.get(match[0], "\\" + match[0]), value)
    tail = f"@{language}" if language else f"^^{iri(datatype)}" if datatype else ""
    return f'"{text}"{tail}'


def name(value: str, prefixes: Mapping[str, str]) -> str:
    """Write an IRI by the first of ``prefixes`` that fits, else in angle brackets."""
    for prefix, base in prefixes.items():
        if value.startswith(base) and _LOCAL.fullmatch(value[len(base) :]):
            return f"{prefix}:{value[len(base) :]}"
    return iri(value)


def values(variable: str, terms: Iterable[str]) -> str:
    """Write that a variable, named with its question mark, has one of these terms, which are written already."""
    return f"VALUES {variable} {{ {' '.join(terms)} }}"


def prologue(prefixes: Mapping[str, str], used: Iterable[str], end: str = "\n") -> str:
    """Declare the prefixes that are used, in the order given, each followed by ``end``."""
    return "".join(f"PREFIX {prefix}: <{prefixes[prefix]}>{end}" for prefix in used)


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines one level further in."""
    for line in lines:
        yield f"  {line}"


@dataclass(frozen=True, slots=True)
class Step:
    """A token and its place: the ``kind`` and ``mode`` of the bracket that it stands in, as it was before it.

    ``opened`` is the kind of bracket that the token opens, ``closed`` whether it closes one; ``form`` is the query's.
    """

    token: Token
    kind: str
    mode: str
    opened: str
    closed: bool
    form: str


def walk(text: str, bounds: Bounds | None = None, *, federated: bool = False) -> Iterator[Step]:
    """Yield the tokens of a text; raises as ``screen`` does."""
    state = guard.Pass(text, bounds or Bounds(), federated)
    lexer = Lexer(state.text)
    for token in lexer:
        before, depth = state.frames[-1], len(state.frames)
        kind, mode = before.kind, before.state
        guard.advance(state, lexer, token)
        change = len(state.frames) - depth
        yield Step(token, kind, mode, state.frames[-1].kind if change > 0 else "", change < 0, state.form)


#: The screen has counted already, and a mended text may be longer.
_NO_BOUNDS: Final = Bounds(*[1 << 30] * 7)
Edit = tuple[int, int, str]


class Steps:
    """The steps of a screened text. ``partner`` gives for each bracket the index of the one that it opens or closes.

    Raises QueryError for a text that the screen would not let pass.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.all: list[Step] = list(walk(text, _NO_BOUNDS))
        self.partner: dict[int, int] = {}
        opened: list[int] = []
        for index, step in enumerate(self.all):
            if step.opened:
                opened.append(index)
            elif step.closed:
                start = opened.pop()
                self.partner[start], self.partner[index] = index, start

    def sign(self, index: int) -> str:
        """Return the token at an index if it is punctuation, nothing otherwise and outside the text."""
        if not 0 <= index < len(self.all) or self.all[index].token.kind != "punct":
            return ""
        return self.all[index].token.text

    def word(self, index: int) -> str:
        """Return the token at an index in capitals if it is a word, nothing otherwise and outside the text."""
        if not 0 <= index < len(self.all) or self.all[index].token.kind != "word":
            return ""
        return self.all[index].token.text.upper()

    def kind(self, index: int) -> str:
        """Return the kind of the token at an index, nothing outside the text."""
        return self.all[index].token.kind if 0 <= index < len(self.all) else ""

    def start(self, index: int) -> int:
        """Return where the token at an index begins in the text."""
        return self.all[index].token.start

    def end(self, index: int) -> int:
        """Return where the token at an index ends in the text."""
        token = self.all[index].token
        return token.start + len(token.text)

    def between(self, first: int, last: int) -> str:
        """Return the text from one token to another, both included."""
        return self.text[self.start(first) : self.end(last)]


def edited(text: str, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> str:
    """Return the text with each ``(begin, stop, new)`` applied, but those inside another.

    Insertions at one place stand in the order given.
    """
    parts, at = [], start
    for begin, stop, new in sorted(edits, key=lambda edit: edit[:2]):
        if begin >= at:
            parts += [text[at:begin], new]
            at = stop
    return "".join([*parts, text[at : len(text) if end is None else end]])


def fresh(text: str, name: str) -> str:
    """Return a variable that does not stand in the text, with its question mark."""
    while name in text:
        name += "_"
    return f"?{name}"
