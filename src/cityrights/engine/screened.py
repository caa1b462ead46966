"""What the screen goes by, and what it says of a query that it lets pass."""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.errors import QuerySyntaxError


@dataclass(frozen=True)
class Bounds:
    """How large a query may be. ``size`` is in characters with, ``plain`` without the data of VALUES blocks."""

    size: int = 1_000_000
    plain: int = 100_000
    depth: int = 64
    triples: int = 100
    optionals: int = 50
    path_steps: int = 64
    operators: int = 200


@dataclass(frozen=True)
class Screened:
    """A query that may be run. ``text`` has no byte order mark, ``canonical`` is it without comments and with one space
    between tokens, so that two texts with the same one mean the same; ``head`` is its prologue (BASE, PREFIX).

    ``from_default`` are the FROM clauses as written, ``graphs`` says whether GRAPH occurs, ``federated`` whether
    SERVICE does, ``volatile`` whether two runs may differ, ``delimiter_escape`` whether a codepoint escape stands for
    a quote, an angle bracket, a backslash or a line end, which not all services read alike. ``undeclared`` is the
    error to raise if the parser fails and a prefix seems not to be declared.
    """

    text: str
    form: str
    head: str
    from_default: tuple[str, ...] = ()
    from_named: tuple[str, ...] = ()
    graphs: bool = False
    volatile: bool = False
    federated: bool = False
    delimiter_escape: bool = False
    undeclared: QuerySyntaxError | None = None
    canonical: str = ""
