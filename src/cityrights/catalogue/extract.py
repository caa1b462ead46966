"""What the catalogue reads of the graph: each query of the index runs once, for all lists together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import pyoxigraph as ox

from cityrights.catalogue.patterns import index_query
from cityrights.describe.terms import Literal
from cityrights.namespaces import CR

#: A thing and what one query says of it: an IRI, digits, or None for what is neither.
Pair = tuple[str, str | None]


class Extraction:
    """Reads from the default graph of ``store``."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._pairs: dict[str, list[Pair]] = {}

    def things(self, classes: Iterable[str]) -> list[str]:
        """Return the IRIs of the things of these classes, each once; blank nodes cannot be listed."""
        found: dict[str, None] = {}
        for name in classes:
            bound: dict[ox.Variable, ox.NamedNode] = {ox.Variable("class"): ox.NamedNode(CR + name)}
            for (thing,) in self._rows("things", ("s",), bound):
                if isinstance(thing, ox.NamedNode):
                    found[thing.value] = None
        return list(found)

    def pairs(self, query: str) -> list[Pair]:
        """Return the rows of a query that binds ``?s`` and ``?value``."""
        if query not in self._pairs:
            self._pairs[query] = [
                (thing.value, value.value if isinstance(value, ox.NamedNode | ox.Literal) else None)
                for thing, value in self._rows(query, ("s", "value"))
                if isinstance(thing, ox.NamedNode)
            ]
        return self._pairs[query]

    def texts(self, query: str, wanted: Collection[str]) -> dict[str, list[Literal]]:
        """Return the labels or descriptions of the things in ``wanted``."""
        found: defaultdict[str, list[Literal]] = defaultdict(list)
        for thing, text in self._rows(query, ("s", "text")):
            if isinstance(thing, ox.NamedNode) and isinstance(text, ox.Literal) and thing.value in wanted:
                found[thing.value].append(Literal(text.value, (text.language or "").lower()))
        return found

    def coordinates(self) -> dict[str, tuple[float, float]]:
        """Return longitude and latitude, in degrees, of every place that has numbers for them within their bounds."""
        found: dict[str, tuple[float, float]] = {}
        for thing, latitude, longitude in self._rows("coordinates", ("s", "latitude", "longitude")):
            if (
                isinstance(thing, ox.NamedNode)
                and isinstance(latitude, ox.Literal)
                and isinstance(longitude, ox.Literal)
            ):
                try:
                    point = float(longitude.value), float(latitude.value)
                except ValueError:
                    continue
                if abs(point[0]) <= 180 and abs(point[1]) <= 90:
                    found.setdefault(thing.value, point)
        return found

    def _rows(
        self, query: str, names: tuple[str, ...], bound: Mapping[ox.Variable, ox.NamedNode] | None = None
    ) -> Iterator[tuple[ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple | None, ...]]:
        answer = self._store.query(index_query(query), substitutions=dict(bound or {}))
        assert isinstance(answer, ox.QuerySolutions)
        for row in answer:
            yield tuple(row[name] for name in names)
