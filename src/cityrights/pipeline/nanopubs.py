"""Nanopublications of all claims and decisions, from the lines of N-Quads in the order of their graphs.

Each has a head, an assertion, provenance and publication info. https://nanopub.net/guidelines/working_draft/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from cityrights.pipeline.formats import Row, rows
from cityrights.vocabulary import (
    CR,
    DATASET,
    DCTERMS,
    EDITORS,
    GRAPH_CLAIMS,
    GRAPH_DECISIONS,
    ID,
    LICENSE,
    PREFIXES,
    RDF,
)

NANOPUB: Final = "http://www.nanopub.org/nschema#"
#: Where claims and decisions are told of.
TELLING_GRAPHS: Final = (GRAPH_CLAIMS, GRAPH_DECISIONS)


def _node(iri: str) -> bytes:
    return f"<{iri}>".encode()


_TELLING: Final = tuple(_node(graph) for graph in TELLING_GRAPHS)
_TOLD: Final = (f"<{ID}claim/".encode(), f"<{ID}decision/".encode())
_ATTRIBUTED, _DERIVED = (_node(f"{PREFIXES['prov']}{name}") for name in ("wasAttributedTo", "wasDerivedFrom"))
_DECIDED, _PROMPTED, _PASSAGE, _SOURCE = (_node(CR + name) for name in ("decidedBy", "promptedBy", "passage", "source"))
_LICENCE, _CREATED, _DATE, _CREATOR, _PART = (
    _node(DCTERMS + name) for name in ("license", "created", "date", "creator", "isPartOf")
)
#: What a claim without statements asserts, and a decision that prefers one of two values.
_ASSERTED: Final = frozenset(_node(CR + name) for name in ("text", "subject", "prefers"))


def nanopublications(ordered: Path, hidden: Collection[bytes] = frozenset()) -> Iterator[list[Row]]:
    """Yield the nanopublication of each claim and decision that ``ordered`` tells of, in the order of their IRIs.

    ``ordered`` has the quads in the order of their graphs. The assertion is the graph of the claim or decision; one
    that has none asserts its sentence, or what it prefers. Of the terms that are ``hidden`` nothing is told.
    """
    if not ordered.stat().st_size:
        return
    with ordered.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as held:
        stated, told = _places(ordered)

        def read(places: Sequence[tuple[int, int]]) -> list[Row]:
            lines = sorted(line for start, end in places for line in held[start:end].splitlines())
            return [row for some in rows(lines) for row in some if row[0] not in hidden and row[2] not in hidden]

        for thing in sorted(subject for subject in told if subject.startswith(_TOLD)):
            said = read(told[thing])
            passages = [row[2] for row in said if row[1] == _PASSAGE and row[2].startswith(b"<")]
            where = [row for passage in passages for row in read(told.get(passage, ()))]
            yield list(dict.fromkeys(_nanopublication(thing, said, read(stated.get(thing, ())), where)))


def _places(ordered: Path) -> tuple[dict[bytes, list[tuple[int, int]]], dict[bytes, list[tuple[int, int]]]]:
    """Return where in a file of quads the graph of each claim stands, and where each subject is told of: few bytes for
    each, so that a large graph fits in memory."""
    stated: dict[bytes, list[tuple[int, int]]] = {}
    told: dict[bytes, list[tuple[int, int]]] = {}
    at = 0
    with ordered.open("rb", buffering=1 << 20) as file:
        for graph, lines in groupby(file, key=lambda line: line[line.rindex(b" ", 0, -3) + 1 : -3]):
            if graph in _TELLING:
                for subject, some in groupby(lines, key=lambda line: line[: line.index(b" ")]):
                    start, at = at, at + sum(map(len, some))
                    told.setdefault(subject, []).append((start, at))
            else:
                start, at = at, at + sum(map(len, lines))
                if graph.startswith(_TOLD):
                    stated[graph] = [(start, at)]
    return stated, told


def _nanopublication(
    thing: bytes, said: Sequence[Row], stated: Sequence[Row], passages: Sequence[Row]
) -> Iterator[Row]:
    """Yield it, of what is ``said`` of a claim, what its graph has ``stated``, and what is said of its passages."""
    name = thing[1:-1]
    whole, head, provenance, info = (
        b"<%b#%b>" % (name, part) for part in (b"nanopub", b"head", b"provenance", b"pubinfo")
    )
    assertion = thing if stated else b"<%b#assertion>" % name
    yield whole, _node(RDF + "type"), _node(NANOPUB + "Nanopublication"), head
    for kind, part in (("Assertion", assertion), ("Provenance", provenance), ("PublicationInfo", info)):
        yield whole, _node(f"{NANOPUB}has{kind}"), part, head
    yield from stated or ((*row[:3], assertion) for row in said if row[1] in _ASSERTED)

    def values(*predicates: bytes) -> list[bytes]:
        return [row[2] for one in predicates for row in said if row[1] == one and row[2].startswith((b"<", b'"'))]

    editors = values(_ATTRIBUTED, _DECIDED) or [_node(EDITORS)]
    for predicate, found in ((_ATTRIBUTED, editors), (_DERIVED, values(_SOURCE, _PROMPTED))):
        for value in found:
            yield assertion, predicate, value, provenance
    yield from ((*row[:3], provenance) for row in said if stated or row[1] not in _ASSERTED)
    yield from ((*row[:3], provenance) for row in passages)
    for predicate, found in (
        (_CREATED, values(_CREATED, _DATE)),
        (_CREATOR, editors),
        (_LICENCE, values(_LICENCE) or [_node(LICENSE)]),
        (_PART, [_node(DATASET)]),
    ):
        for value in found:
            yield whole, predicate, value, info
