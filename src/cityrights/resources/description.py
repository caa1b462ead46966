"""The description of one resource, from a handful of queries: its statements, their evidence, its claims."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from cityrights.library.pages import ask
from cityrights.resources.incoming import Asked, pointing
from cityrights.resources.labels import Vocabulary, gather_labels
from cityrights.resources.model import AboutLine, ClaimLine, Description, Evidence, Link, Origin, Statement
from cityrights.terms import Iri, Literal, Row, Term, best_label, fallback_chain
from cityrights.vocabulary import CR, DCTERMS, RDF, RDFS, SKOS
from sparqlgate import Store

_LINE: Final = re.compile("[0-9]{1,9}")
#: Claims that one page reads; a thing that more are about is a list of its own.
MOST_CLAIMS = 400
_NAMES = (RDFS + "label", SKOS + "prefLabel")
_SUMMARIES = (DCTERMS + "description", SKOS + "definition", RDFS + "comment")


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


def describe(
    engine: Store,
    vocabulary: Vocabulary,
    iri: str,
    language: str = "en",
    *,
    page: int = 1,
    only: str | None = None,
    counts: Mapping[str, Mapping[str, int]] | None = None,
) -> Description | None:
    """Describe the thing with this IRI for a reader of ``language``; None when no statement is about it.

    ``page`` (from 1) pages what points to it; with ``only``, the IRI of a property, just that property is paged and
    the others show their first page. Three queries, more for what very many things point to; ``counts`` are what a
    snapshot knows of those (:mod:`cityrights.indexes.pointers`). Raises QueryError as the engine does.
    """
    thing = Iri(iri)
    found = ask(engine, "thing_statements", {"thing": thing})
    if not found:
        return None
    held: defaultdict[tuple[str, Term], dict[Iri, None]] = defaultdict(dict)
    for row in found:
        graphs, graph = held[str(row["p"]), row["o"]], row.get("g")
        if isinstance(graph, Iri):
            graphs[graph] = None
    labels = gather_labels(found, "o")
    said = ask(engine, "thing_claims", {"thing": thing}, limit=MOST_CLAIMS)
    evidence = claim_lines(said, vocabulary, language)
    own = [value for (predicate, value) in held if predicate in _NAMES and isinstance(value, Literal)]
    summaries = [value for (predicate, value) in held if predicate in _SUMMARIES and isinstance(value, Literal)]
    statements = tuple(
        Statement(
            vocabulary.link(Iri(predicate), language),
            value,
            vocabulary.label(value.value, language, labels.get(value.value, ())) if isinstance(value, Iri) else None,
            tuple(_evidence(graphs, evidence, vocabulary, language)),
        )
        for (predicate, value), graphs in sorted(held.items(), key=lambda item: (item[0][0], _sort_key(item[0][1])))
    )
    return Description(
        thing,
        vocabulary.label(iri, language, own),
        best_label(summaries, fallback_chain(language)),
        tuple(_types(held, vocabulary, language)),
        statements,
        tuple(about_lines((row for row in said if "link" in row), evidence)),
        tuple(pointing(Asked(engine, vocabulary, thing, language, page, only), (counts or {}).get(iri))),
    )


def _types(
    held: Mapping[tuple[str, Term], Mapping[Iri, None]], vocabulary: Vocabulary, language: str
) -> Iterable[Link]:
    """Classes of our own, those that someone states before those that follow from them."""
    own = [
        (all("/derived/" in graph.value for graph in graphs), value)
        for (predicate, value), graphs in held.items()
        if predicate == RDF + "type" and isinstance(value, Iri) and value.value.startswith(CR)
    ]
    for _, value in sorted(own, key=lambda pair: (pair[0], pair[1].value)):
        yield vocabulary.link(value, language)


def _evidence(
    graphs: Iterable[Iri], claims: Mapping[str, ClaimLine], vocabulary: Vocabulary, language: str
) -> Iterable[Evidence]:
    order = list(Origin)
    known = [Evidence(vocabulary.provenance(graph, language), claims.get(graph.value)) for graph in graphs]
    return sorted(known, key=lambda item: (order.index(item.provenance.origin), item.provenance.graph.value))


def _sort_key(term: Term) -> tuple[int, str, str]:
    return (0, term.value, "") if isinstance(term, Iri) else (1, term.language, term.value)
