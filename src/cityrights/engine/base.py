"""What every engine promises, whatever answers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import pyoxigraph as ox

from cityrights.engine.control import Control

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
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


@runtime_checkable
class Result(Protocol):
    """An answer, serialised. Iterate it for its bytes, once; a broken answer raises, it never just ends."""

    @property
    def form(self) -> str:
        """``select``, ``ask``, ``construct`` or ``describe``."""
        ...

    @property
    def media_type(self) -> str:
        """The format of the bytes, such as ``text/turtle``."""
        ...

    @property
    def size(self) -> int | None:
        """The number of bytes when the whole answer is here already, else None."""
        ...

    @property
    def truncated(self) -> int:
        """After how many rows the answer was cut because that was asked for; 0 when it is whole."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...

    def read(self) -> bytes:
        """Return the whole answer, or what has not been read of it."""
        ...

    def close(self) -> None:
        """End the query if it still runs. Closing twice, or after the end, does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """Answers SPARQL 1.1 queries over one version of the graph. Threads may share an engine."""

    @property
    def version(self) -> str:
        """The version of the data: the same version gives the same answers."""
        ...

    def query(
        self,
        text: str,
        *,
        accept: str = JSON,
        limits: Limits | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        substitutions: Mapping[str, Term] | None = None,
        control: Control | None = None,
    ) -> Result:
        """Answer one query.

        ``accept`` is a media type or several in order of preference, separated by commas. ``default_graphs`` and
        ``named_graphs`` are IRIs and replace what the text says in FROM (SPARQL 1.1 Protocol, 2.1.4).
        ``substitutions`` binds variables, by name, to terms; a SELECT must return the variables it binds.
        ``control`` lets another thread end the query, also while this call still waits.
        Raises the errors under QueryError.
        """
        ...

    def close(self) -> None:
        """End every query and every process; later queries raise EngineFailure."""
        ...
