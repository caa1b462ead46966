"""Writing the index of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import orjson
import pyoxigraph as ox
import tantivy

from cityrights.namespaces import CR, ID
from cityrights.search.documents import Graph, Text, Thing
from cityrights.search.schema import FOLDER, KINDS, create
from cityrights.search.words import LANGUAGES, clean, whole

#: Room for the words of one segment, in bytes, taken as needed. One segment keeps equal scores in the order of the
#: IRIs; a graph that needs more room has several.
_ROOM: Final = 1 << 30
#: How much things of a kind count: what people look for before what stands behind it. Others count half.
_WEIGHTS: Final = {
    **dict.fromkeys(("practice", "city", "institution"), 1.0),
    **dict.fromkeys(("country", "department", "island", "region", "instrument", "theme"), 0.9),
    **dict.fromkeys(("association", "award", "event", "group", "network", "organisation", "person", "source"), 0.8),
    **dict.fromkeys(("government", "target-group", "kind"), 0.7),
    "other": 0.4,
    "claim": 0.3,
}
_NOT_YET: Final = 0.85
_MOST_STARTS: Final = 12

Progress = Callable[[str, int, int], None]


def write(folder: Path, store: ox.Store, progress: Progress) -> None:
    """Write the index of the merged graph in ``store`` into ``folder``."""
    progress("indexing words", 0, 1)
    index = create(folder / FOLDER)
    writer = index.writer(_ROOM, 1)
    graph = Graph(store)
    countries: dict[str, list[str]] = {}
    for thing in graph.things():
        for country in thing.countries:
            if country not in countries:
                countries[country] = [country, *(whole(name) for name in graph.names_of_country(country))]
        writer.add_document(_document(thing, graph, countries))
    writer.commit()
    writer.wait_merging_threads()
    for file in (folder / FOLDER).iterdir():
        file.chmod(0o644)  # the library keeps some to its user, and whoever serves a snapshot may be another
    progress("indexing words", 1, 1)


def _document(thing: Thing, graph: Graph, countries: dict[str, list[str]]) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("iri", thing.iri)
    document.add_text("kind", thing.kind)
    document.add_unsigned("kind_number", KINDS.index(thing.kind))
    names = [*thing.labels, *thing.other_names]
    _add(document, "type", thing.types)
    _add(document, "id", identifiers(thing))
    _add(document, "whole", (whole(text) for _, text in names))
    _add(document, "start", (start for _, text in names for start in starts(text)))
    _add(document, "country", (name for country in thing.countries for name in countries[country]))
    for field, texts in (("name", names), ("text", thing.texts)):
        _add(document, field, (text for _, text in texts))
        for language in LANGUAGES:
            _add(document, f"{field}_{language}", (text for tag, text in texts if tag.partition("-")[0] == language))
    _add(document, "source", thing.sources)
    document.add_unsigned("position", thing.position)
    slug = thing.status.rpartition("/")[2]
    weight = _WEIGHTS.get(thing.kind, 0.5) * (_NOT_YET if slug in ("underway", "planned") else 1.0)
    document.add_float("weight", weight)
    document.add_bytes("data", orjson.dumps(_shown(thing, graph)))
    return document


def identifiers(thing: Thing) -> list[str]:
    """Return everything by which exactly this thing may be asked for, in small letters.

    The last part of its address is among them where it has several words; a single one is a word like any other.
    """
    own = [thing.iri]
    if thing.iri.startswith(ID):
        key = thing.iri[len(ID) :]
        slug = key.rpartition("/")[2]
        own += [key, *([slug] if "-" in slug else [])]
    return [clean(value).strip().lower() for value in (*own, *thing.identifiers)]


def starts(name: str) -> list[str]:
    """Return what a name starts with, folded: its first word, its first two, and so on.

    A question looks for one of them; the beginnings of all names would be a hundred thousand to go through.
    """
    words = whole(name).split()
    return [" ".join(words[:count]) for count in range(1, min(len(words), _MOST_STARTS) + 1)]


def _add(document: tantivy.Document, field: str, values: Iterable[str]) -> None:
    for value in dict.fromkeys(values):
        if value:
            document.add_text(field, value)


def _shown(thing: Thing, graph: Graph) -> dict[str, Any]:
    """Return what is shown of a thing when it is found, so that showing it asks nothing else."""

    def named(iri: str) -> tuple[str, list[Text]] | None:
        return (iri, graph.label(iri)) if iri else None

    return {
        "iri": thing.iri,
        "kind": thing.kind,
        "types": [name for name in thing.types if name.startswith(CR)] or thing.types,
        "labels": thing.labels,
        "others": thing.other_names,
        "texts": thing.texts,
        "sort": named(thing.sort),
        "place": named(thing.place),
        "status": thing.status,
    }
