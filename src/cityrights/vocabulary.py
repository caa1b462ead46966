"""The prefixes, addresses and short names of the graph, in one place.

Classes, properties and the concepts of the schemes have the same IRIs in every instance; those of things, claims and
graphs begin with the base of the instance in use, which is read when this module is imported first.
"""

from __future__ import annotations

import re
from typing import Final

from cityrights.instance import SCHEMES, instance
from cityrights.instance import VOCABULARY as VOCABULARY
from sparqlgate.namespaces import OWL as OWL
from sparqlgate.namespaces import RDF as RDF
from sparqlgate.namespaces import RDFS as RDFS
from sparqlgate.namespaces import XSD as XSD
from sparqlgate.namespaces import Names

_INSTANCE: Final = instance()
#: The first language of the instance in use: what is told in the reader's no less than in none is shown in it.
LANGUAGE: Final = _INSTANCE.languages[0]
#: Where the things of the instance in use live.
BASE: Final = _INSTANCE.base
CR: Final = VOCABULARY + "ontology#"
ID: Final = BASE + "id/"
#: Where the concepts of the vocabulary live; in cityrights itself that is beside its things.
CONCEPTS: Final = VOCABULARY + "id/"
GRAPH: Final = BASE + "graph/"
DATASET: Final = BASE + "dataset"
#: Licence of the data and everything derived from them.
LICENSE: Final = _INSTANCE.licence.iri

#: Kinds of path under ``id/``. ``target-group`` is written ``target:`` as a prefix.
KINDS: Final[tuple[str, ...]] = (
    "aspect", "association", "award", "city", "claim", "connection", "country", "decision", "department", "event",
    "government", "group", "holding", "institution", "instrument", "island", "kind", "measure", "modality",
    "network", "observation", "organisation", "partnership", "passage", "person", "pillar", "population", "practice",
    "reference", "region", "section", "source", "status", "target-group", "theme", "udhr", "concept",
)  # fmt: skip

GRAPH_CLAIMS: Final = GRAPH + "claims"
GRAPH_DECISIONS: Final = GRAPH + "decisions"
GRAPH_LABELS: Final = GRAPH + "editorial/labels"
GRAPH_ENTITIES: Final = GRAPH + "editorial/entities"
GRAPH_VOCABULARY: Final = GRAPH + "vocabulary"
GRAPH_DATASET: Final = GRAPH + "dataset"
GRAPH_DERIVED: Final = GRAPH + "derived/"
#: Followed by the code of a language: our sentences in it.
GRAPH_TRANSLATIONS: Final = GRAPH + "translations/"
#: Who reads the documents, writes the claims and decides what no sentence states.
EDITORS: Final = _INSTANCE.publisher.iri

#: Who publishes the data set.
PUBLISHER: Final = BASE if _INSTANCE.is_shipped else EDITORS

SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"

#: Standard vocabularies and the graph's own kinds, as every file, query and answer abbreviates them.
PREFIXES: Final[dict[str, str]] = {
    "bibo": "http://purl.org/ontology/bibo/",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cr": CR,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": DCTERMS,
    "derived": GRAPH_DERIVED,
    "editorial": GRAPH + "editorial/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "enrichment": GRAPH + "enrichment/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "gn": "http://www.geonames.org/ontology#",
    "graph": GRAPH,
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "http://schema.org/",
    "sdg": "http://metadata.un.org/sdg/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": SKOS,
    "sosa": "http://www.w3.org/ns/sosa/",
    "unit": "http://qudt.org/vocab/unit/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wgs": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": XSD,
    **{
        ("target" if kind == "target-group" else kind): f"{VOCABULARY if kind in SCHEMES else BASE}id/{kind}/"
        for kind in KINDS
        if kind not in ("claim", "passage")
    },
}


#: What a store of the graph is opened with.
NAMES: Final = Names(BASE, PREFIXES, GRAPH)
#: Characters that no IRI has (RFC 3987, and the IRIREF of SPARQL 1.1).
_NEVER = frozenset('<>"{}|^`\\ \n\r\t')


def iri_of(path: str) -> str:
    """Return the IRI of ``city/vienna`` or, a concept of the vocabulary, of ``theme/housing``."""
    return _INSTANCE.thing(path)


def path_of(iri: str) -> str:
    """Return ``city/vienna`` of a thing, ``theme/housing`` of a concept of the vocabulary, else the IRI."""
    if iri.startswith(ID):
        return iri[len(ID) :]
    path = iri.removeprefix(CONCEPTS)
    return path if path.partition("/")[0] in SCHEMES else iri


def is_ours(iri: str) -> bool:
    """Say whether an IRI is of a thing of the instance, or of a concept of the vocabulary."""
    return path_of(iri) != iri


_OF_THE_PACKAGE: Final = re.compile(
    rf'{re.escape(VOCABULARY)}(?=(?:id|graph)/|")(?!id/(?:{"|".join(sorted(SCHEMES))})(?![a-z-]))', re.ASCII
)


def localized(text: str) -> str:
    """Return a query of the package as it is asked here: IRIs of things and graphs begin with the base in use."""
    return text if BASE == VOCABULARY else _OF_THE_PACKAGE.sub(BASE, text)


def source_prefixes(source: str) -> dict[str, str]:
    """Prefixes ``claim:`` and ``passage:`` bound to one source: a claim's path has the source in it."""
    return {"claim": f"{ID}claim/{source}/", "passage": f"{ID}passage/{source}/"}


def short(iri: str) -> str:
    """Return an IRI as an address may have it: ``kind:council`` where a prefix is known, else whole."""
    name, start = max(
        ((n, i) for n, i in PREFIXES.items() if iri.startswith(i)), key=lambda p: len(p[1]), default=("", "")
    )
    local = iri[len(start) :]
    return f"{name}:{local}" if name and local and not local.startswith("//") else iri


def whole(text: str) -> str:
    """Return the IRI that :func:`short` has shortened; raises ValueError for a prefix that is not known."""
    prefix, colon, local = text.partition(":")
    if colon and not local.startswith("//"):
        if prefix not in PREFIXES:
            raise ValueError(f"the prefix '{prefix}:' is not known")
        return PREFIXES[prefix] + local
    return text


def is_name(text: str) -> bool:
    """Say whether a text has only characters that IRIs and short names have."""
    return _NEVER.isdisjoint(text)


def expand(text: str) -> str:
    """Return the IRI that is meant. Raises ValueError, with what was expected, for what is written in no such way."""
    if not is_name(text):
        raise ValueError(f"{text!r} has characters that no IRI may have")
    if text.startswith(("http://", "https://")):
        return text
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    if "/" in text and not colon:
        return iri_of(text)
    raise ValueError(f"{text!r} is neither an IRI nor like city:utrecht or city/utrecht")
