"""What a graph has: its classes, which properties their things have, and of what sort the values are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from cityrights.describe.ask import term_text
from cityrights.describe.terms import Iri, Row, rows
from cityrights.engine import Engine, Limits
from cityrights.errors import QueryError
from cityrights.namespaces import OWL, PREFIXES, RDF, RDFS

#: Stands for a value that is a thing, where others stand for their datatype.
THING: Final = "thing"
#: How long, in seconds, a graph may take over one question about itself before only some of its things are looked at.
_PATIENCE: Final = 6.0
_SAMPLE: Final = f"{{ SELECT DISTINCT ?s WHERE {{ ?s a ?any }} LIMIT {20_000:d} }}"
#: Classes of vocabularies about vocabularies: nobody looks for their things.
_ABOUT: Final = (RDF, RDFS, OWL, PREFIXES["sh"], PREFIXES["void"])

_CLASSES: Final = """SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {
  #some
  ?s a ?class FILTER(ISIRI(?class))
} GROUP BY ?class"""
_SORTS: Final = """SELECT ?class ?p ?sort (COUNT(*) AS ?n) WHERE {
  #some
  VALUES ?class { #classes }
  ?s a ?class ; ?p ?o .
  BIND(IF(ISLITERAL(?o), STR(DATATYPE(?o)), "thing") AS ?sort)
} GROUP BY ?class ?p ?sort"""
_JOINS: Final = """SELECT ?class ?p ?other (COUNT(*) AS ?n) WHERE {
  #some
  VALUES ?class { #classes }
  ?s a ?class ; ?p ?o . ?o a ?other .
  VALUES ?other { #classes }
} GROUP BY ?class ?p ?other"""


@dataclass(frozen=True)
class Profile:
    """How many things each class has; by class and property, how often each sort of value and each class of it.

    Where it is not ``whole``, only some of the things were looked at, and no number says how many there are.
    """

    classes: Mapping[str, int]
    sorts: Mapping[tuple[str, str], Mapping[str, int]]
    joins: Mapping[tuple[str, str], Mapping[str, int]]
    whole: bool = True

    @classmethod
    def of(cls, engine: Engine, limits: Limits, preferred: Collection[str]) -> Profile:
        """Ask the graph about the ``preferred`` classes, or where it has none of them about all its own.

        Of a graph that cannot say it in time, some things are looked at. Raises QueryError where that takes too long.
        """
        limits = replace(limits, seconds=min(limits.seconds, _PATIENCE))
        found, whole = _ask(engine, _CLASSES, limits)
        counts = {str(row["class"]): int(str(row["n"])) for row in found}
        classes = {iri: n for iri, n in counts.items() if iri in preferred} or {
            iri: n for iri, n in counts.items() if not iri.startswith(_ABOUT)
        }
        if not classes:
            return cls({}, {}, {})
        written = " ".join(term_text(Iri(iri)) for iri in sorted(classes))
        sorts, _ = _ask(engine, _SORTS.replace("#classes", written), limits)
        joins, _ = _ask(engine, _JOINS.replace("#classes", written), limits)
        return cls(classes, _counted(sorts, "sort"), _counted(joins, "other"), whole)


def _ask(engine: Engine, text: str, limits: Limits) -> tuple[list[Row], bool]:
    try:
        return _rows(engine, text.replace("#some", ""), limits), True
    except QueryError:
        return _rows(engine, text.replace("#some", _SAMPLE), limits), False


def _rows(engine: Engine, text: str, limits: Limits) -> list[Row]:
    with engine.query(text, limits=limits) as result:
        return list(rows(result.read()))


def _counted(found: Iterable[Row], name: str) -> dict[tuple[str, str], dict[str, int]]:
    held: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in found:
        if name in row:
            held[str(row["class"]), str(row["p"])][str(row[name])] = int(str(row["n"]))
    return dict(held)
