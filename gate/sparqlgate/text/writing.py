"""SPARQL written: terms with everything special escaped, prefixed names, VALUES, PREFIX lines, indentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

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
