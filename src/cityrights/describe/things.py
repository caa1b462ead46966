"""The description of one thing, from a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cityrights.describe.ask import ask
from cityrights.describe.claims import about_lines, claim_lines
from cityrights.describe.model import Card, ClaimLine, Description, Evidence, Incoming, Link, Origin, Statement
from cityrights.describe.terms import Iri, Literal, Row, Term, best_label, fallback_chain
from cityrights.describe.vocabulary import Vocabulary, gather_labels
from cityrights.engine import Engine
from cityrights.namespaces import CR, DCTERMS, RDF, RDFS, SKOS

#: Things shown for each property that points here; the rest is on further pages.
PAGE = 50

#: Properties whose arrows are told elsewhere on the page, or that only repeat others.
_NOT_INCOMING = frozenset({
    RDF + "type", SKOS + "member", SKOS + "topConceptOf", SKOS + "hasTopConcept", SKOS + "narrower",
    SKOS + "inScheme", CR + "about",
})  # fmt: skip


def describe(
    engine: Engine, vocabulary: Vocabulary, iri: str, language: str = "en", *, page: int = 1, only: str | None = None
) -> Description | None:
    """Describe the thing with this IRI for a reader of ``language``; None when no statement is about it.

    ``page`` (from 1) pages what points to it; with ``only``, the IRI of a property, just that property is paged and
    the others show their first page. Raises QueryError as the engine does.
    """
    thing = Iri(iri)
    found = ask(engine, "thing_statements", {"thing": thing})
    if not found:
        return None
    held: defaultdict[tuple[str, Term], list[Iri]] = defaultdict(list)
    for row in found:
        graph = row["g"]
        if isinstance(graph, Iri):
            held[str(row["p"]), row["o"]].append(graph)
    labels = gather_labels(ask(engine, "thing_labels", {"thing": thing}))
    evidence: Mapping[str, ClaimLine] = {}
    if any("/id/claim/" in str(row["g"]) for row in found):
        evidence = claim_lines(ask(engine, "thing_evidence", {"thing": thing}), vocabulary, language)
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
        tuple(about_lines(ask(engine, "thing_claims", {"thing": thing}), vocabulary, language)),
        tuple(_incoming(engine, vocabulary, thing, language, page, only)),
    )


_NAMES = (RDFS + "label", SKOS + "prefLabel")
_SUMMARIES = (DCTERMS + "description", SKOS + "definition", RDFS + "comment")


def _types(held: Mapping[tuple[str, Term], list[Iri]], vocabulary: Vocabulary, language: str) -> Iterable[Link]:
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


def _incoming(
    engine: Engine, vocabulary: Vocabulary, thing: Iri, language: str, page: int, only: str | None
) -> Iterable[Incoming]:
    counts = {
        str(row["p"]): int(str(row["n"]))
        for row in ask(engine, "thing_incoming_counts", {"thing": thing})
        if str(row["p"]).startswith(CR) or str(row["p"]) == SKOS + "broader"
    }
    counts = {predicate: total for predicate, total in counts.items() if predicate not in _NOT_INCOMING}
    for predicate, total in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        here = page if only in (None, predicate) else 1
        shown = ask(
            engine, "thing_incoming", {"thing": thing, "p": Iri(predicate)}, limit=PAGE, offset=(here - 1) * PAGE
        )
        yield Incoming(vocabulary.link(Iri(predicate), language), total, tuple(cards(shown, vocabulary, language)))


def cards(rows: Iterable[Row], vocabulary: Vocabulary, language: str) -> list[Card]:
    """Return one card per thing (``?s``) of ``rows``, in the order of their labels."""
    grouped: dict[Iri, list[Row]] = {}
    for row in rows:
        thing = row["s"]
        if isinstance(thing, Iri):
            grouped.setdefault(thing, []).append(row)
    found = []
    for thing, held in grouped.items():
        status, place = held[0].get("status"), held[0].get("place")
        there = (row.get("placeLabel") for row in held if row.get("place") == place)
        places = [label for label in there if isinstance(label, Literal)]
        found.append(
            Card(
                vocabulary.link(thing, language, [x for row in held if isinstance(x := row.get("label"), Literal)]),
                vocabulary.link(status, language) if isinstance(status, Iri) else None,
                vocabulary.link(place, language, places) if isinstance(place, Iri) else None,
            )
        )
    return sorted(found, key=lambda card: (card.thing.label.value.casefold(), card.thing.iri.value))
