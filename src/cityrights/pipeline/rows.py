"""Rows of sheets as evidence: the short form in which an import writes them, unfolded to passages and selectors.

A claim that a row of a table bears says ``cr:row "5 0cc175b9c0f1b6a831c399e269772661: few words"``: the number of the
row as a spreadsheet counts it (the headings are row 1), the MD5 of its cells, and a few words of it. What a row quotes
of a document is a claim of that document: ``cr:lines`` where it is plain text, ``cr:quoted "page 3 12-13: few words"``
where it has pages, and ``cr:quoted "7: few words"``, the seventh paragraph, where it has neither. What follows is
written by the build: a row by the fragment of RFC 7111, a page by that of RFC 8118. ``docs/decisions/0062`` says why.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from cityrights.vocabulary import CR, DCTERMS, GRAPH_CLAIMS, ID, PREFIXES, RDF, source_prefixes

#: Which row of its table bears a claim, in files only.
ROW: Final = NamedNode(CR + "row")
#: Where a document that is no plain text has the words that a row quotes, in files only.
QUOTED: Final = NamedNode(CR + "quoted")
_ROW: Final = re.compile(r"([1-9][0-9]{0,6}+) ([0-9a-f]{32}): (\S.*+)", re.DOTALL)
_QUOTED: Final = re.compile(
    r"(?:page ([1-9][0-9]{0,5}+) )?+([1-9][0-9]{0,6}+)(?:-([1-9][0-9]{0,6}+))?+: (\S.*+)",
    re.DOTALL,
)
_OA: Final = PREFIXES["oa"]
_GRAPH: Final = NamedNode(GRAPH_CLAIMS)
_TYPE: Final = NamedNode(RDF + "type")
_SOURCE: Final = NamedNode(CR + "source")
_FORMAT: Final = "http://tools.ietf.org/rfc/rfc"


@dataclass(frozen=True)
class RowPlace:
    """A row of a table: its number from 1, the MD5 of its cells, and a few of its words."""

    number: int
    digest: str
    anchor: str

    @staticmethod
    def parse(text: str) -> RowPlace:
        """Read ``5 0cc175b9c0f1b6a831c399e269772661: few words``; raises ValueError otherwise."""
        match = _ROW.fullmatch(text)
        if match is None:
            raise ValueError(f"“{text[:60]}” does not say which row it is: its number, the MD5 of its cells, its words")
        return RowPlace(int(match[1]), match[2], match[3])

    def __str__(self) -> str:
        return f"{self.number} {self.digest}: {self.anchor}"


@dataclass(frozen=True)
class Quote:
    """Words of a document: the lines (from 1, on their page where there are pages), and the first of them."""

    first: int
    last: int
    anchor: str
    page: int = 0

    @staticmethod
    def parse(text: str) -> Quote:
        """Read ``12-13: few words`` or ``page 3 12: few words``; raises ValueError otherwise."""
        match = _QUOTED.fullmatch(text)
        if match is None or int(match[2]) > int(match[3] or match[2]):
            raise ValueError(f"“{text[:60]}” does not say where a document has the words: its lines, and the words")
        return Quote(int(match[2]), int(match[3] or match[2]), match[4], int(match[1] or 0))

    def __str__(self) -> str:
        lines = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{f'page {self.page} ' if self.page else ''}{lines}: {self.anchor}"


def row_quads(claim: NamedNode, row: RowPlace) -> Iterator[Quad]:
    """Yield what follows from the row of a claim: its passage, and two selectors."""
    passage = yield from _passage(claim, (row.number, row.number), row.anchor)
    yield Quad(passage, NamedNode(CR + "md5"), Literal(row.digest), _GRAPH)
    yield from _fragment(passage, "row", f"row={row.number}", "7111")


def quote_quads(claim: NamedNode, quote: Quote) -> Iterator[Quad]:
    """Yield what follows from the place of a quotation: its passage, and the selector of its page, if it has one."""
    passage = yield from _passage(claim, (quote.first, quote.last), quote.anchor)
    if quote.page:
        yield Quad(passage, NamedNode(PREFIXES["schema"] + "pageStart"), Literal(quote.page), _GRAPH)
        yield from _fragment(passage, "page", f"page={quote.page}", "8118")


def _passage(claim: NamedNode, lines: tuple[int, int], anchor: str) -> Generator[Quad, None, NamedNode]:
    source, _, number = claim.value.removeprefix(ID + "claim/").rpartition("/")
    passage = NamedNode(f"{source_prefixes(source)['passage']}{number}")
    document, quote = NamedNode(f"{ID}source/{source}"), NamedNode(passage.value + "-quote")
    said: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (claim, NamedNode(CR + "passage"), passage),
        (passage, _TYPE, NamedNode(CR + "Passage")),
        (passage, _SOURCE, document),
        (passage, NamedNode(CR + "firstLine"), Literal(lines[0])),
        (passage, NamedNode(CR + "lastLine"), Literal(lines[1])),
        (passage, NamedNode(CR + "anchor"), Literal(anchor)),
        (passage, NamedNode(_OA + "hasSource"), document),
        (passage, NamedNode(_OA + "hasSelector"), quote),
        (quote, _TYPE, NamedNode(_OA + "TextQuoteSelector")),
        (quote, NamedNode(_OA + "exact"), Literal(anchor)),
    ]
    for subject, predicate, value in said:
        yield Quad(subject, predicate, value, _GRAPH)
    return passage


def _fragment(passage: NamedNode, name: str, value: str, rfc: str) -> Iterator[Quad]:
    selector = NamedNode(f"{passage.value}-{name}")
    yield Quad(passage, NamedNode(_OA + "hasSelector"), selector, _GRAPH)
    yield Quad(selector, _TYPE, NamedNode(_OA + "FragmentSelector"), _GRAPH)
    yield Quad(selector, NamedNode(DCTERMS + "conformsTo"), NamedNode(_FORMAT + rfc), _GRAPH)
    yield Quad(selector, NamedNode(RDF + "value"), Literal(value), _GRAPH)
