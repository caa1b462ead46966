"""Every error that is raised on purpose: the graph's own, beside those of queries, stores and files.

CityrightsError          (``sparqlgate.errors.GateError``, whose tree this one goes on with)
├── ResourceNotFound     the ontology, data or queries are not where they should be
└── UnknownThing         what is asked about is not in the graph, or cannot be asked about
"""

from __future__ import annotations

from sparqlgate.errors import (
    EngineBusy,
    EngineFailure,
    EngineStarting,
    EngineUnavailable,
    InputError,
    QueryError,
    QueryMemory,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryUnsupported,
    QueryUnwritable,
    SnapshotError,
)
from sparqlgate.errors import GateError as CityrightsError

__all__ = [
    "CityrightsError",
    "EngineBusy",
    "EngineFailure",
    "EngineStarting",
    "EngineUnavailable",
    "InputError",
    "QueryError",
    "QueryMemory",
    "QueryRefused",
    "QuerySyntaxError",
    "QueryTimeout",
    "QueryUnsupported",
    "QueryUnwritable",
    "ResourceNotFound",
    "SnapshotError",
    "UnknownThing",
]


class ResourceNotFound(CityrightsError):
    """The ontology, data or queries were not found; the text lists every place tried."""


class UnknownThing(CityrightsError):
    """What is asked about is not in the graph, or not what can be asked about; ``iri`` names it, the text says why."""

    kind = "unknown-thing"

    def __init__(self, iri: str, reason: str) -> None:
        super().__init__(reason, extra={"thing": iri})
        self.iri = iri

    def __str__(self) -> str:
        return f"{self.iri}: {self.reason}"

    @property
    def detail(self) -> str:
        """What is told to the one who asked: a sentence, or a question."""
        return f"{self}{'' if self.reason.endswith('?') else '.'}"
