"""The rules of the data in short: what each SHACL shape asks of the things of its class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox

from cityrights.namespaces import PREFIXES

_SH = PREFIXES["sh"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the property that it is about (empty for a rule about the whole), how many values, what to do."""

    path: str
    least: str
    most: str
    message: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The rules for the things of one class; ``name`` is the file's, without its extension."""

    name: str
    target: str
    rules: tuple[Rule, ...]


@lru_cache(maxsize=4)
def read_shapes(folder: Path) -> tuple[Shape, ...]:
    """Read every shape that has a target class from the Turtle files of ``folder``, in the order of their names."""
    return tuple(shape for path in sorted(folder.glob("*.ttl")) for shape in _shapes(path))


def _shapes(path: Path) -> list[Shape]:
    about: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
            about[quad.subject.value][quad.predicate.value].append(quad.object.value)

    def rule(iri: str) -> Rule:
        mine = about[iri]

        def first(name: str) -> str:
            return next(iter(mine[_SH + name]), "")

        return Rule(first("path"), first("minCount"), first("maxCount"), first("message"))

    return [
        Shape(
            path.stem, mine[_SH + "targetClass"][0], tuple(map(rule, [*mine[_SH + "property"], *mine[_SH + "sparql"]]))
        )
        for mine in list(about.values())
        if mine[_SH + "targetClass"]
    ]
