"""The proximity of a snapshot on disk as arrays, and the closest places as triples of a derived graph."""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyoxigraph as ox

from cityrights.indexes.proximity.measure import Measure, settled
from cityrights.indexes.proximity.network import Network, build
from cityrights.indexes.proximity.reasons import Reason, reasons
from cityrights.indexes.proximity.table import Table, read
from cityrights.vocabulary import CR, DCTERMS, GRAPH_DATASET, GRAPH_DERIVED, ID, LICENSE, PREFIXES, RDF, RDFS, XSD
from sparqlgate.errors import SnapshotError

FOLDER: Final = "connections"
_NAMES: Final = "names.txt"
_ARRAYS: Final = "connections.npz"
_LINK = ("place", "feature", "kind", "item", "through", "unsettled")
_TIE = ("a", "b", "kind", "from", "to", "back", "unsettled")
_NETWORK = ("community", "centrality", "x", "y")
GRAPH: Final = GRAPH_DERIVED + "connections"
_TITLE: Final = "The places closest to each place, by the rare things that they share and their direct ties"
_HOW: Final = (
    "Computed by cityrights.indexes.proximity from everything asserted and derived before it; the measure is told in "
    "docs/connections.md. What is underway or planned does not count."
)
_LABELS: Final = {
    "en": "{a} is close to {b}",
    "fr": "{a} est proche {of_b}",
    "es": "{a} está cerca de {b}",
}
#: A language's sentence, its words for the five ranks, and what stands between the reasons.
_TOLD: Final = {
    "en": (
        "{b} is the {rank} place to {a}, by {shared}.",
        ("closest", "second closest", "third closest", "fourth closest", "fifth closest"),
        "; ",
    ),
    "fr": (
        "Pour {a}, {b} est le {rank}lieu le plus proche, par {shared}.",
        ("", "deuxième ", "troisième ", "quatrième ", "cinquième "),
        "\u202f; ",
    ),
    "es": (
        "Para {a}, {b} es el {rank}lugar más cercano, por {shared}.",
        ("", "segundo ", "tercer ", "cuarto ", "quinto "),
        "; ",
    ),
}


def pairs_of(store: ox.Store) -> Callable[[str], Iterable[tuple[str, str]]]:
    """Return what reads the things that a predicate joins in the default graph of a store."""

    def pairs(predicate: str) -> list[tuple[str, str]]:
        default = ox.DefaultGraph()
        found = store.quads_for_pattern(None, ox.NamedNode(predicate), None, default)
        return [
            (quad.subject.value, quad.object.value)
            for quad in found
            if isinstance(quad.object, ox.NamedNode) and isinstance(quad.subject, ox.NamedNode)
        ]

    return pairs


def prepare(store: ox.Store) -> tuple[Table, Network]:
    """Read the connections of a store's default graph, and join its places."""
    table = read(pairs_of(store))
    return table, build(Measure(table, settled(table)))


def write(folder: Path, table: Table, network: Network) -> None:
    """Write both into ``folder``/connections."""
    target = folder / FOLDER
    target.mkdir()
    (target / _NAMES).write_text("\n".join(table.names), "utf-8")
    arrays: dict[str, Any] = {f"link_{name}": table.link[name] for name in _LINK}
    arrays |= {f"tie_{name}": table.tie[name] for name in _TIE}
    arrays |= {name: getattr(network, name) for name in _NETWORK}
    arrays |= {name: getattr(network.joined, name) for name in ("data", "indices", "indptr")}
    arrays |= {name: getattr(table, name) for name in ("places", "item", "item_place", "item_unsettled")}
    arrays |= {name: getattr(table, name) for name in ("narrow", "broad")}
    np.savez(target / _ARRAYS, allow_pickle=False, **arrays)


def load(folder: Path) -> tuple[Table, Network]:
    """Read what :func:`write` wrote. Raises SnapshotError when it is not there or not whole."""
    from scipy import sparse

    source = folder / FOLDER
    try:
        names = (source / _NAMES).read_text("utf-8").split("\n")
        with np.load(source / _ARRAYS, allow_pickle=False) as held:
            table = Table(
                names if names != [""] else [],
                held["places"],
                {name: held[f"link_{name}"] for name in _LINK},
                {name: held[f"tie_{name}"] for name in _TIE},
                held["item_place"],
                held["item"],
                held["item_unsettled"],
                held["narrow"],
                held["broad"],
            )
            shape = (len(table.places), len(table.places))
            joined = sparse.csr_array((held["data"], held["indices"], held["indptr"]), shape=shape)
            return table, Network(joined, *(held[name] for name in _NETWORK))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SnapshotError(
            f"the connections in {source} cannot be read: {error}; run: cityrights build --force"
        ) from error


#: So many closest places of each, and at most so many reasons of each connection.
CLOSEST, _REASONS = 5, 8


def quads(store: ox.Store) -> Iterator[ox.Quad]:
    """Yield the connections of the places of a store's default graph, and what the dataset says of theirs (PROV-O).

    Without a name in a language, the last part of an IRI stands for it.
    """
    table = read(pairs_of(store))
    measure, graph = Measure(table, settled(table)), ox.NamedNode(GRAPH)
    for place in table.places.tolist():
        for rank, (other, strength) in enumerate(measure.nearest(place, CLOSEST), 1):
            for subject, predicate, value in _connection(measure, store, place, other, rank, strength):
                yield ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value, graph)
    yield from _provenance(graph)


def connection_iri(a: str, b: str) -> str:
    """Return the IRI of the connection from one place to another."""
    return f"{ID}connection/{a.removeprefix(ID)}/{b.removeprefix(ID)}"


def _connection(
    measure: Measure, store: ox.Store, place: int, other: int, rank: int, strength: float
) -> Iterator[tuple[str, str, ox.NamedNode | ox.Literal]]:
    a, b = measure.table.names[place], measure.table.names[other]
    iri = connection_iri(a, b)
    because = [_because(reason, b) for reason in reasons(measure, place, other, 0)[:_REASONS]]
    yield a, CR + "closeTo", ox.NamedNode(b)
    yield iri, RDF + "type", ox.NamedNode(CR + "Connection")
    yield iri, CR + "from", ox.NamedNode(a)
    yield iri, CR + "to", ox.NamedNode(b)
    yield iri, CR + "rank", ox.Literal(str(rank), datatype=ox.NamedNode(XSD + "integer"))
    yield iri, CR + "strength", _decimal(strength)
    for thing in dict.fromkeys(because):
        yield iri, CR + "because", ox.NamedNode(thing)
    for language, text in _LABELS.items():
        names = {"a": _name(store, a, language), "b": _name(store, b, language)}
        names["of_b"] = _of(names["b"])
        yield iri, RDFS + "label", ox.Literal(text.format(**names), language=language)
        sentence, ordinal, between = _TOLD[language]
        shared = between.join(dict.fromkeys(_name(store, thing, language) for thing in because))
        told = sentence.format(rank=ordinal[rank - 1], shared=shared, **names)
        yield iri, DCTERMS + "description", ox.Literal(told, language=language)


def _because(reason: Reason, b: str) -> str:
    """Return what a reason is about: the shared thing, or what ties the two on the other's side."""
    if reason.thing:
        return reason.thing
    last = reason.ours[0].hops[-1]
    return last.subject if last.subject != b else last.object


def _decimal(value: float) -> ox.Literal:
    """Write a number with at most three digits as the canonical xsd:decimal (XSD 1.1 Part 2, §E.1)."""
    text = f"{value:.3f}".rstrip("0")
    return ox.Literal(text[:-1] if text.endswith(".") else text, datatype=ox.NamedNode(XSD + "decimal"))


def _name(store: ox.Store, iri: str, language: str) -> str:
    labels = {
        quad.object.language: quad.object.value
        for quad in store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(RDFS + "label"), None, ox.DefaultGraph())
        if isinstance(quad.object, ox.Literal)
    }
    return labels.get(language) or labels.get("en") or iri.rpartition("/")[2]


def _of(name: str) -> str:
    """Return a French name with the preposition before it, which a vowel shortens."""
    first = unicodedata.normalize("NFD", name)[:1].lower()
    return f"d’{name}" if first in {*"aeiouœæ"} else f"de {name}"


def _provenance(graph: ox.NamedNode) -> Iterator[ox.Quad]:
    about = ox.NamedNode(GRAPH_DATASET)
    yield ox.Quad(graph, ox.NamedNode(RDF + "type"), ox.NamedNode(PREFIXES["prov"] + "Entity"), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "title"), ox.Literal(_TITLE, language="en"), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "license"), ox.NamedNode(LICENSE), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "provenance"), ox.Literal(_HOW, language="en"), about)
