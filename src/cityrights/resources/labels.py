"""What every page needs: labels of terms and origins of graphs; each read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from cityrights.library.pages import ask, ask_of_each
from cityrights.resources.model import Link, Origin, Provenance
from cityrights.terms import Iri, Literal, Row, Term, best_label, fallback_chain
from cityrights.vocabulary import DCTERMS, GRAPH, GRAPH_DERIVED, GRAPH_TRANSLATIONS, ID, PREFIXES, RDFS
from sparqlgate import Store

_TITLES = (DCTERMS + "title", RDFS + "label")
_SOURCES = (DCTERMS + "source", PREFIXES["prov"] + "wasDerivedFrom")
_NOTES = (DCTERMS + "description", DCTERMS + "provenance", PREFIXES["prov"] + "value")


@dataclass(frozen=True)
class Vocabulary:
    """Labels and provenance of one snapshot; read once (:meth:`load`) and shared by every page."""

    labels: Mapping[str, tuple[Literal, ...]]
    graphs: Mapping[str, tuple[tuple[str, Term], ...]]
    #: What else may know how a thing is called: of the data of others those properties that the search reads.
    named: Callable[[str, str], Literal | None] | None = None
    _labels: dict[tuple[str, str], Literal | None] = field(default_factory=dict, repr=False, compare=False)
    _provenance: dict[tuple[Iri, str], Provenance] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, engine: Store) -> Vocabulary:
        """Read the vocabulary through ``engine``."""
        graphs: defaultdict[str, list[tuple[str, Term]]] = defaultdict(list)
        for row in ask(engine, "graphs"):
            graphs[str(row["g"])].append((str(row["p"]), row["o"]))
        return cls(
            MappingProxyType(gather_labels(ask(engine, "vocabulary"))),
            MappingProxyType({graph: tuple(pairs) for graph, pairs in graphs.items()}),
        )

    def label(self, iri: str, language: str, own: Iterable[Literal] = ()) -> Literal:
        """Return the label of ``iri`` for a reader of ``language``; its local name in words when nothing names it."""
        held, mine = self.labels.get(iri, ()), [*own]
        if mine or not held:
            found = best_label([*mine, *held], fallback_chain(language))
        elif (iri, language) in self._labels:  # no more than there are in the vocabulary
            found = self._labels[iri, language]
        else:
            found = self._labels[iri, language] = best_label(held, fallback_chain(language))
        if found is None and self.named is not None:
            found = self.named(iri, language)
        return found if found is not None else Literal(spoken(iri))

    def link(self, iri: Iri, language: str, own: Iterable[Literal] = ()) -> Link:
        """Return ``iri`` with its label."""
        return Link(iri, self.label(iri.value, language, own))

    def provenance(self, graph: Iri, language: str) -> Provenance:
        """Return what is known of a named graph."""
        pairs = self.graphs.get(graph.value)
        if pairs is None:
            return Provenance(graph, origin_of(graph.value))
        if (graph, language) not in self._provenance:
            self._provenance[graph, language] = self._told(graph, pairs, language)
        return self._provenance[graph, language]

    @staticmethod
    def _told(graph: Iri, pairs: Sequence[tuple[str, Term]], language: str) -> Provenance:

        def literals(properties: tuple[str, ...]) -> list[Literal]:
            return [value for prop, value in pairs if prop in properties and isinstance(value, Literal)]

        chain = fallback_chain(language)
        note = best_label(literals(_NOTES), chain)
        return Provenance(
            graph,
            origin_of(graph.value),
            best_label(literals(_TITLES), chain),
            tuple(sorted((value for prop, value in pairs if prop in _SOURCES), key=str)),
            tuple(sorted((value for prop, value in pairs if prop == DCTERMS + "license"), key=str)),
            (note,) if note else (),
        )


def labels_of(engine: Store, iris: Iterable[str]) -> dict[str, tuple[Literal, ...]]:
    """Return what the graph calls these things, in every language. Raises QueryError as the engine does."""
    wanted = sorted(iri for iri in iris if ":" in iri)  # what has none is a node without a name
    return gather_labels(ask_of_each(engine, "names", "x", wanted))


def gather_labels(rows: Iterable[Row], name: str = "x", label: str = "label") -> dict[str, tuple[Literal, ...]]:
    """Collect the labels of each thing from rows that bind ``name`` to the thing and ``label`` to one label."""
    found: defaultdict[str, dict[Literal, None]] = defaultdict(dict)
    for row in rows:
        text = row.get(label)
        if name in row and isinstance(text, Literal):
            found[str(row[name])][text] = None
    return {iri: tuple(labels) for iri, labels in found.items()}


_NAMED: Final = {
    "claims": Origin.CLAIMS,
    "decisions": Origin.CLAIMS,
    "editorial/labels": Origin.LABELS,
    "vocabulary": Origin.VOCABULARY,
    "dataset": Origin.DATASET,
}


def origin_of(graph: str) -> Origin:
    """Say what kind of graph the IRI names."""
    if graph.startswith(ID + "claim/"):
        return Origin.CLAIM
    if graph.startswith(ID + "decision/"):
        return Origin.DECISION
    name = graph.removeprefix(GRAPH)
    if graph.startswith(GRAPH_DERIVED):
        return Origin.DERIVED
    if name.startswith("enrichment/"):
        return Origin.ENRICHMENT
    if graph.startswith(GRAPH_TRANSLATIONS):
        return Origin.TRANSLATIONS
    return _NAMED.get(name, Origin.EDITORIAL if name.startswith("editorial/") else Origin.OTHER)


def spoken(iri: str) -> str:
    """Turn the end of an IRI into words: ``…#implementedBy`` gives ``implemented by``."""
    name = Iri(iri).local_name
    if not name.isascii() or not any(letter.isalpha() for letter in name):
        return name
    words = "".join(f" {letter.lower()}" if letter.isupper() and name[:1].islower() else letter for letter in name)
    return words.replace("-", " ").replace("_", " ").strip() or iri
