"""Claims as lines of evidence, from the rows of the queries that ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from cityrights.describe.model import AboutLine, ClaimLine
from cityrights.describe.terms import Iri, Literal, Row, Term, best_label, fallback_chain
from cityrights.describe.vocabulary import Vocabulary

_LINE: Final = re.compile("[0-9]{1,9}")


def claim_lines(rows: Iterable[Row], vocabulary: Vocabulary, language: str) -> dict[str, ClaimLine]:
    """Return the claims of ``rows`` by IRI, in document order; a claim may take several rows."""
    ordered = sorted(rows, key=lambda row: str(row["claim"]))
    lines = (_line(list(group), vocabulary, language) for _, group in groupby(ordered, lambda row: str(row["claim"])))
    return {line.iri.value: line for line in sorted(lines, key=document_order)}


def document_order(line: ClaimLine) -> tuple[str, int, int, str]:
    """Sort key: document, first line, last line, number; claims without a passage stand at the end."""
    return (line.source.iri.value, line.first or 10**9, line.last or 10**9, line.number.zfill(12))


def about_lines(rows: Iterable[Row], lines: Mapping[str, ClaimLine]) -> Iterator[AboutLine]:
    """Yield those of ``lines`` that ``rows`` are about, with the names of the properties (``?link``) that join them."""
    links: dict[str, set[str]] = {}
    for row in rows:
        link = row.get("link")
        if isinstance(link, Iri):
            links.setdefault(str(row["claim"]), set()).add(link.local_name)
    for iri, line in lines.items():
        if iri in links:
            yield AboutLine(line, frozenset(links[iri]))


def _line(rows: list[Row], vocabulary: Vocabulary, language: str) -> ClaimLine:
    first = rows[0]
    texts = [text for row in rows if isinstance(text := row["text"], Literal)]
    aspect = first.get("aspect")
    number = str(first.get("number", "")) or "/".join(str(first["claim"]).rsplit("/", 2)[1:])
    return ClaimLine(
        Iri(str(first["claim"])),
        number,
        best_label(texts, fallback_chain(language)) or Literal(str(first["text"])),
        vocabulary.link(Iri(str(first["modality"])), language),
        vocabulary.link(aspect, language) if isinstance(aspect, Iri) else None,
        vocabulary.link(Iri(str(first["source"])), language),
        _number(first.get("first")),
        _number(first.get("last")),
    )


def _number(term: Term | None) -> int | None:
    """Return the number of a line; None for what is none, such as any other graph may have in its place."""
    return int(term.value) if isinstance(term, Literal) and _LINE.fullmatch(term.value) else None
