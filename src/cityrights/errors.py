"""Every error that is raised on purpose: the graph's own, beside those of queries, stores and files.

CityrightsError          (``sparqlgate.errors.GateError``, whose tree this one goes on with)
├── ResourceNotFound     the ontology, data or queries are not where they should be
├── UnknownQuestion      the library has no question of that name
├── UnknownThing         what is asked about is not in the graph, or cannot be asked about
├── UnknownVersion       what is named is no version that is known here
│   └── GoneVersion      it was, and is kept no more; what is known of it goes with it
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
    "GoneVersion",
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
    "UnknownQuestion",
    "UnknownThing",
    "UnknownVersion",
    "WrongParameters",
]


class ResourceNotFound(CityrightsError):
    """The ontology, data or queries were not found; the text lists every place tried."""


class UnknownQuestion(CityrightsError, KeyError):
    """The library has no question of that name; the text says which may be meant."""

    kind = "unknown-query"

    def __str__(self) -> str:
        return self.reason  # a KeyError puts it into quotation marks


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


class UnknownVersion(CityrightsError):
    """What is named is no version that is known here; ``name`` is the name, the text says what was expected."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class GoneVersion(UnknownVersion):
    """A version that was here and is kept no more; ``tombstone`` is what is known of it, as JSON has it."""

    def __init__(self, name: str, reason: str, tombstone: Mapping[str, object]) -> None:
        super().__init__(name, reason)
        self.tombstone = dict(tombstone)


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
