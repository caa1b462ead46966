"""A query on its way from whoever asks to the worker that answers it: the one carrier down, and what it may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pyoxigraph as ox

from sparqlgate.text.guard import Screened

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
JSON = "application/sparql-results+json"
#: So many rows as no answer has.
NO_CAP = 1 << 62


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    ``seconds`` is the time to evaluate; ``delivery`` how much longer, in seconds, a slow reader may hold the answer
    back; ``memory`` what the query may use beyond the graph, in bytes; ``result_bytes`` the size of the answer (over
    it the query fails, it is never cut); ``merge`` how many triples several default graphs may have together.
    ``rows`` caps a table: over it the query fails, or with ``truncate`` ends there and says so.
    """

    seconds: float = 30.0
    memory: int = 1 << 30
    result_bytes: int = 1 << 30
    delivery: float = 60.0
    merge: int = 200_000
    rows: int = NO_CAP
    truncate: bool = False

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "truncate" and not value > 0:
                raise ValueError(f"the limit '{name}' is {value}; it must be more than 0")

    def within(self, other: Limits) -> Limits:
        """Return the stricter of the two, limit by limit."""
        stricter = {name: min(value, getattr(other, name)) for name, value in vars(self).items() if name != "truncate"}
        return replace(self, **stricter)


@dataclass(frozen=True, slots=True)
class Query:
    """A SPARQL 1.1 query and all that goes with it.

    ``format`` is a media type, or several in order of preference, separated by commas. ``default_graphs`` and
    ``named_graphs`` are IRIs and replace what the text says in FROM (SPARQL 1.1 Protocol, 2.1.4). ``bindings`` binds
    variables, by name, to terms; a SELECT must return the variables it binds. ``limits`` count where they are stricter
    than the store's own. ``screened`` is what the guard found in the text, where that was read already.
    """

    text: str
    format: str = JSON
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    limits: Limits | None = None
    bindings: Mapping[str, Term] = field(default_factory=dict)
    screened: Screened | None = None

    @classmethod
    def of(cls, query: Query | str) -> Query:
        """Return a query as it is, or a text as a query."""
        return cls(query) if isinstance(query, str) else query
