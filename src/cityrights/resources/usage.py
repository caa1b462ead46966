"""How a graph uses its vocabulary: which classes and properties there are, how often, and which go together."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cityrights.library.pages import ask, page_query
from cityrights.terms import Iri, Literal, Row, Term, rows
from sparqlgate import Limits, Query, Store
from sparqlgate.errors import QueryMemory, QueryTimeout

log = logging.getLogger("cityrights")

#: How long, in seconds, a graph may take to be counted; one that takes longer is described less closely.
_PATIENCE: Final = 8.0
#: So many terms are named at once.
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Usage:
    """How a graph uses its vocabulary; every mapping begins with what is most frequent.

    ``classes`` is how many things each class has, ``properties`` how many triples each property, ``together`` how many
    triples of each property the things of a class have. Each is empty where a graph is too large for it.
    ``labels`` and ``meanings`` are the texts of those terms that the graph describes.
    """

    classes: Mapping[str, int]
    properties: Mapping[str, int]
    together: Mapping[str, Mapping[str, int]]
    labels: Mapping[str, tuple[Literal, ...]]
    meanings: Mapping[str, tuple[Literal, ...]]


def read_usage(engine: Store, limits: Limits) -> Usage:
    """Count the vocabulary of a graph; what takes too long is left out. Raises QueryError where the engine fails."""
    patient = replace(limits, seconds=min(limits.seconds, _PATIENCE))
    classes = _counted(_ask(engine, "usage_classes", patient), "class")
    properties = _counted(_ask(engine, "usage_properties", patient), "property")
    together: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in _ask(engine, "usage_pairs", patient):
        together[str(row["class"])][str(row["property"])] = int(str(row["n"]))
    texts = _texts(engine, [*classes, *properties])
    return Usage(classes, properties, dict(together), texts["label"], texts["meaning"])


def _ask(engine: Store, name: str, limits: Limits) -> list[dict[str, Term]]:
    try:
        with engine.query(Query(page_query(name), limits=limits)) as result:
            return rows(result.read())
    except (QueryTimeout, QueryMemory) as error:
        log.warning("%s: not counted, the graph is too large: %s", name, error)
        return []


def _counted(found: list[dict[str, Term]], name: str) -> dict[str, int]:
    return {str(row[name]): int(str(row["n"])) for row in found if isinstance(row.get(name), Iri)}


def _texts(engine: Store, terms: list[str]) -> dict[str, dict[str, tuple[Literal, ...]]]:
    """Return the labels and the meanings of terms, by the name of the two."""
    held: dict[str, defaultdict[str, list[Literal]]] = {"label": defaultdict(list), "meaning": defaultdict(list)}
    for start in range(0, len(terms), _AT_ONCE):
        some: list[Term] = [Iri(term) for term in terms[start : start + _AT_ONCE]]
        found: list[Row] = [*ask(engine, "term_texts", among=("x", some))]
        for row in found:
            text = row.get("text")
            if isinstance(text, Literal):
                held[str(row["kind"])][str(row["x"])].append(text)
    return {kind: {term: tuple(texts) for term, texts in known.items()} for kind, known in held.items()}
