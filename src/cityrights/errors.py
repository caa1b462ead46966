"""Every error that is raised on purpose: the graph's own, beside those of queries, stores and files.

CityrightsError          (``sparqlgate.errors.GateError``, whose tree this one goes on with)
├── ResourceNotFound     the ontology, data or queries are not where they should be
├── UnknownThing         what is asked about is not in the graph, or cannot be asked about
└── WrongParameters      values for the parameters of a question that are none
"""

from __future__ import annotations

from collections.abc import Mapping

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
    "WrongParameters",
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


class WrongParameters(CityrightsError, ValueError):
    """Values for the parameters of a question are none of theirs; ``faults`` says of each what is wrong."""

    kind = "wrong-parameters"

    def __init__(self, faults: Mapping[str, str]) -> None:
        told = " ".join(f"{name[:60]}: {words}" for name, words in faults.items())
        super().__init__(told, extra={"parameters": dict(faults)})
        self.faults = dict(faults)

    @property
    def detail(self) -> str:
        """What is told to the one who asked: sentences, as they are."""
        return self.reason
