"""Synthetic graphs that follow the model, with realistic skew: a few cities with many practices, many with few.

Each practice brings a claim with its graph, a passage, labels, an institution, themes and a target group: about twenty
named triples. The same size and seed give the same graph.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH_CLAIMS,
    GRAPH_DECISIONS,
    GRAPH_ENTITIES,
    GRAPH_LABELS,
    ID,
    RDF,
    RDFS,
    XSD,
)

THEMES = ("participation", "housing", "food", "anti-racism", "gender-equality", "access-to-justice", "culture", "water")
GROUPS = ("migrants", "women", "youth", "children", "people-with-disabilities")
KINDS = ("observatory", "council", "ombudsperson", "office", "committee", "museum")
STATUSES = ("in-place", "in-place", "in-place", "underway")
SOURCE = f"{ID}source/synthetic"


def write(path: Path, practices: int, *, seed: int = 7) -> int:
    """Write the graph of ``practices`` practices to ``path`` as N-Quads; return the number of quads."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines(practices, seed=seed):
            file.write(line)
            count += 1
    return count


def lines(practices: int, *, seed: int = 7) -> Iterator[str]:
    """Yield the graph line by line."""
    chance = random.Random(seed)
    cities = max(10, practices // 20)
    weights = list(accumulate(1 / (rank + 1) for rank in range(cities)))
    yield _quad(SOURCE, RDF + "type", CR + "Source", GRAPH_ENTITIES)
    yield from _labels(SOURCE, "Synthetic source")
    for number in range(cities):
        yield from _city(number)
    chosen = chance.choices(range(cities), cum_weights=weights, k=practices)
    for number, city in enumerate(chosen):
        yield from _practice(number, city, chance)


def _city(number: int) -> Iterator[str]:
    city, government = f"{ID}city/synthetic-{number}", f"{ID}government/synthetic-{number}"
    yield _quad(city, RDF + "type", CR + "City", GRAPH_ENTITIES)
    yield _quad(city, CR + "within", f"{ID}country/france", GRAPH_ENTITIES)
    yield _quad(government, RDF + "type", CR + "LocalGovernment", GRAPH_ENTITIES)
    yield _quad(government, CR + "governs", city, GRAPH_ENTITIES)
    yield from _labels(city, f"City {number}")
    yield from _labels(government, f"Government of city {number}")


def _practice(number: int, city: int, chance: random.Random) -> Iterator[str]:
    practice, claim = f"{ID}practice/synthetic-{number}", f"{ID}claim/synthetic/{number + 1}"
    institution, passage = f"{ID}institution/synthetic-{number}", f"{ID}passage/synthetic/{number + 1}"
    yield _quad(claim, RDF + "type", CR + "Claim", GRAPH_CLAIMS)
    yield _quad(claim, CR + "source", SOURCE, GRAPH_CLAIMS)
    yield _quad(claim, CR + "subject", practice, GRAPH_CLAIMS)
    yield _quad(claim, CR + "modality", f"{ID}modality/asserted", GRAPH_CLAIMS)
    yield _quad(claim, CR + "aspect", f"{ID}aspect/solution", GRAPH_CLAIMS)
    yield _quad(claim, CR + "passage", passage, GRAPH_CLAIMS)
    yield _line(claim, CR + "text", f'"City {city} runs practice {number}."@en', GRAPH_CLAIMS)
    yield _quad(passage, RDF + "type", CR + "Passage", GRAPH_CLAIMS)
    for name in ("firstLine", "lastLine"):
        yield _line(passage, CR + name, f'"{number + 1}"^^<{XSD}integer>', GRAPH_CLAIMS)
    yield _quad(practice, RDF + "type", CR + "Practice", claim)
    yield _quad(practice, CR + "place", f"{ID}city/synthetic-{city}", claim)
    yield _quad(practice, CR + "implementedBy", f"{ID}government/synthetic-{city}", claim)
    yield _quad(practice, CR + "establishes", institution, claim)
    yield _quad(practice, CR + "status", f"{ID}status/{chance.choice(STATUSES)}", claim)
    yield _quad(institution, RDF + "type", CR + "Body", claim)
    yield _quad(institution, CR + "kind", f"{ID}kind/{chance.choice(KINDS)}", claim)
    decision = f"{ID}decision/{number + 1}"
    yield _quad(decision, RDF + "type", CR + "Decision", GRAPH_DECISIONS)
    yield _quad(decision, CR + "promptedBy", claim, GRAPH_DECISIONS)
    yield _line(decision, CR + "reason", f'"Practice {number} is about it."@en', GRAPH_DECISIONS)
    for theme in chance.sample(THEMES, 2):
        yield _quad(practice, CR + "theme", f"{ID}theme/{theme}", decision)
    yield _quad(practice, CR + "targetGroup", f"{ID}target-group/{chance.choice(GROUPS)}", decision)
    yield from _labels(practice, f"Practice {number}")


def _labels(thing: str, label: str) -> Iterator[str]:
    yield _line(thing, RDFS + "label", f'"{label}"@en', GRAPH_LABELS)
    yield _line(thing, DCTERMS + "description", f'"{label}, made for measuring."@en', GRAPH_LABELS)


def _quad(subject: str, predicate: str, value: str, graph: str) -> str:
    return _line(subject, predicate, f"<{value}>", graph)


def _line(subject: str, predicate: str, value: str, graph: str) -> str:
    return f"<{subject}> <{predicate}> {value} <{graph}> .\n"
