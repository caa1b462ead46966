"""What an instance says of itself as a data set (DCAT, VoID): drawn from ``instance.toml``, so nobody writes it twice.

Cityrights itself says it in ``data/dataset.ttl``. An instance has the same formats, graphs and rights of access, which
are taken from there, with its own names, languages, licence and publisher. What it says in a ``data/dataset.ttl`` of
its own wins, property by property.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from babel.core import get_global
from pyoxigraph import Literal, NamedNode, Quad

from cityrights import home as homes
from cityrights.instance import SCHEMES, VOCABULARY, Instance, instance
from cityrights.vocabulary import (
    BASE,
    CR,
    DATASET,
    DCTERMS,
    GRAPH,
    GRAPH_DATASET,
    GRAPH_TRANSLATIONS,
    GRAPH_VOCABULARY,
    ID,
    PREFIXES,
    RDF,
    RDFS,
    XSD,
    path_of,
)
from sparqlgate.errors import InputError

_GRAPH: Final = NamedNode(GRAPH_DATASET)
_VOCABULARY: Final = NamedNode(GRAPH_VOCABULARY)
_DATASET: Final = NamedNode(DATASET)
_FOAF: Final = PREFIXES["foaf"]
_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"
#: Languages whose first code of three letters is that of one of their forms only.
_WIDER: Final = {"zh": "zho", "ar": "ara", "sq": "sqi"}
#: What cityrights says of itself alone.
_ITS_OWN: Final = frozenset(
    NamedNode(iri)
    for iri in (
        *(
            DCTERMS + name
            for name in ("title", "description", "created", "modified", "creator", "publisher", "language")
        ),
        *(DCTERMS + name for name in ("license", "rights", "source", "spatial", "subject")),
        *(RDFS + "label", PREFIXES["void"] + "exampleResource", PREFIXES["dcat"] + "keyword"),
    )
)
#: A graph of cityrights that is no more.
GRAPH_INDEXING: Final = GRAPH + "editorial/indexing"
_REPLACED: Final = NamedNode(DCTERMS + "isReplacedBy")
_LICENCE: Final = NamedNode(DCTERMS + "license")
#: Of links to other data sets those to where places are found; the others begin at concepts of the vocabulary.
_LINKED: Final = ("links-geonames", "links-wikidata")
DATES: Final = frozenset({NamedNode(DCTERMS + "created"), NamedNode(DCTERMS + "date")})
_DAY: Final = NamedNode(XSD + "date")
#: What the publisher of an instance is, in the languages of the vocabulary.
_PUBLISHES: Final = {"en": "Publishes “{name}”.", "fr": "Publie « {name} ».", "es": "Publica «{name}»."}


def described(home: Path, quads: Iterable[Quad]) -> list[Quad]:
    """Return what an instance says of itself; nothing for a home that is complete, whose files say it.

    ``quads`` are those of its files: what they say wins, and their latest day is that of the last change. Raises
    InputError for a home of another base than this process speaks for.
    """
    whose = instance(home)
    if whose.base != BASE:
        reason = f"its IRIs begin with {whose.base}, and this process was begun for {BASE}"
        raise InputError(home, reason, repair=f"run the command in that folder, or with CITYRIGHTS_HOME={home}")
    if homes.is_complete(home):
        return []
    said = set[tuple[object, object]]()
    latest = ""
    for subject, predicate, value, graph in quads:
        if graph == _GRAPH:
            said.add((subject, predicate))
        elif graph != _VOCABULARY and predicate in DATES and isinstance(value, Literal) and value.datatype == _DAY:
            latest = max(latest, value.value)
    found = [*_shared(home, whose), *_own(whose, latest)]
    return [quad for quad in found if (quad.subject, quad.predicate) not in said]


def language_iri(code: str) -> NamedNode | None:
    """Return how DCAT names the language with a code of two letters (ISO 639-1); None where there is none."""
    three = [three for three, two in get_global("language_aliases").items() if two == code and len(three) == 3]
    if not three and len(code) == 3:
        three = [code]
    return NamedNode(_LANGUAGE + _WIDER.get(code, three[0]).upper()) if three else None


def _shared(home: Path, whose: Instance) -> Iterator[Quad]:
    """Yield what every instance says of its files and graphs, under its own licence."""
    path = homes.shipped() / "data" / "dataset.ttl"
    text = path.read_text("utf-8")
    licence = NamedNode(whose.licence.iri)
    translated = {f"{GRAPH_TRANSLATIONS}{code.stem}" for code in (home / "data" / "translations").glob("*.po")}
    for subject, predicate, value in (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)):
        assert isinstance(subject, NamedNode)
        here = _here(subject.value)
        if (here == DATASET and predicate in _ITS_OWN) or here == whose.base:
            continue
        local = here.removeprefix(f"{DATASET}/")
        if predicate == _REPLACED:  # names that things of cityrights had
            continue
        if (local.startswith("links-") and local not in _LINKED) or here == GRAPH_INDEXING:
            continue
        if here.startswith(ID):  # what became of a thing of cityrights
            continue
        if here.startswith(GRAPH_TRANSLATIONS) and here not in translated:
            continue
        if predicate == _LICENCE and here != GRAPH_VOCABULARY:
            value = licence
        elif isinstance(value, NamedNode):
            value = NamedNode(_here(value.value))
        elif isinstance(value, Literal) and value.datatype.value == XSD + "string":
            value = Literal(_here(value.value))
        yield Quad(NamedNode(here), predicate, value, _GRAPH)


def _own(whose: Instance, latest: str) -> Iterator[Quad]:
    """Yield what ``instance.toml`` says."""

    def say(subject: NamedNode, verb: str, value: NamedNode | Literal) -> Quad:
        return Quad(subject, NamedNode(verb), value, _GRAPH)

    publisher = NamedNode(whose.publisher.iri)
    for language, name in whose.names.items():
        for verb in (RDFS + "label", DCTERMS + "title"):
            yield say(_DATASET, verb, Literal(name, language=language))
    for language in whose.languages:
        if found := language_iri(language):
            yield say(_DATASET, DCTERMS + "language", found)
    for language, name in whose.publisher.names.items():
        yield say(publisher, RDFS + "label", Literal(name, language=language))
    first = whose.languages[0]
    about = _PUBLISHES.get(first, _PUBLISHES["en"]).format(name=whose.name)
    yield say(publisher, DCTERMS + "description", Literal(about, language=first))
    for language, text in whose.descriptions.items():
        yield say(_DATASET, DCTERMS + "description", Literal(text, language=language))
    yield say(_DATASET, DCTERMS + "license", NamedNode(whose.licence.iri))
    for role in ("creator", "publisher"):
        yield say(_DATASET, DCTERMS + role, publisher)
    for kind in (CR + "Organisation", _FOAF + "Agent"):
        yield say(publisher, RDF + "type", NamedNode(kind))
    yield say(publisher, _FOAF + "name", Literal(next(iter(whose.publisher.names.values()))))
    if whose.begun:
        yield say(_DATASET, DCTERMS + "created", Literal(whose.begun, datatype=_DAY))
    if whose.begun or latest:
        yield say(_DATASET, DCTERMS + "modified", Literal(max(whose.begun, latest), datatype=_DAY))


def _here(iri: str) -> str:
    """Return the IRI that something of cityrights itself, by its IRI there, has in the instance in use."""
    local = iri.removeprefix(VOCABULARY)
    if local == iri or local.startswith(("ontology", "shapes")) or path_of(iri).partition("/")[0] in SCHEMES:
        return iri
    return BASE + local
