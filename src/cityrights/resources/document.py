"""Data as RDF documents: what is said of one resource, one graph; JSON-LD with short names, flat or as a tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

import orjson
import pyoxigraph as ox

from cityrights import home
from cityrights.library.pages import answered
from cityrights.terms import Iri
from cityrights.vocabulary import (
    DATASET,
    DCTERMS,
    GRAPH_DERIVED,
    ID,
    LICENSE,
    OWL,
    PREFIXES,
    RDF,
    XSD,
)
from sparqlgate import Store
from sparqlgate.errors import QueryUnwritable
from sparqlgate.rdf import rdfxml
from sparqlgate.rdf.writing import write_graph

_STRING = XSD + "string"
#: Statements that point to the thing, on one page of its document.
PAGE = 1000
#: Rules that only say again, by wider properties and classes, what is said already.
_COPIES: Final = frozenset({f"{GRAPH_DERIVED}superproperties", f"{GRAPH_DERIVED}superclasses"})
#: What keywords of JSON-LD are called in a tree.
_ALIASES: Final = {"evidence": "@included", "states": "@graph", "pointingHere": "@reverse"}
_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}


@lru_cache(maxsize=1)
def published_context() -> Mapping[str, Any]:
    """Return the terms of the published context."""
    read: Mapping[str, Any] = orjson.loads(home.resource(home.home() / "ontology" / "context.jsonld").read_bytes())[
        "@context"
    ]
    return read


@lru_cache(maxsize=1)
def _by_iri() -> dict[str, tuple[str, dict[str, Any]]]:
    """Term and its definition by the IRI that it stands for; prefixes are no terms."""
    context = published_context()
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for term, said in context.items():
        definition = said if isinstance(said, dict) else {"@id": said}
        iri = _whole(str(definition.get("@id", "")))
        if not term.startswith("@") and "://" in iri and not iri.endswith(("/", "#")):
            found.setdefault(iri, (term, definition))
    return found


def _whole(name: str) -> str:
    prefix, colon, rest = name.partition(":")
    base = published_context().get(prefix) if colon and not rest.startswith("//") else None
    return base + rest if isinstance(base, str) else name


def compact(triples: Iterable[ox.Triple]) -> bytes:
    """Return triples as one JSON-LD document, in the order in which their subjects come."""
    nodes: dict[str, defaultdict[str, list[Any]]] = {}
    for triple in triples:
        nodes.setdefault(_id(triple.subject), defaultdict(list))[triple.predicate.value].append(triple.object)
    used: dict[str, Any] = {}
    graph = [_node(subject, said, used) for subject, said in nodes.items()]
    context = {"@version": 1.1, "id": "@id", "type": "@type", **_with_prefixes(used)}
    document = {"@context": context, "@graph": graph}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _with_prefixes(used: Mapping[str, Any]) -> dict[str, Any]:
    """Add the prefixes that the definitions of terms are written with."""
    context = published_context()
    names = [
        name
        for said in used.values()
        for name in ([said] if isinstance(said, str) else [said["@id"], said.get("@type", "")])
    ]
    prefixes = {name.partition(":")[0] for name in names if ":" in name and not name.startswith(("http", "@"))}
    return dict(sorted({**{prefix: context[prefix] for prefix in prefixes}, **used}.items()))


def _id(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _node(subject: str, said: Mapping[str, list[Any]], used: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = {"id": subject}
    for predicate, values in said.items():
        if predicate == RDF + "type":
            types = [value for value in values if isinstance(value, ox.NamedNode)]
            if types:
                node["type"] = _one([_class(value.value, used) for value in types])
            values = [value for value in values if not isinstance(value, ox.NamedNode)]
            if not values:
                continue
        fitting, others, term, definition = _split(predicate, values)
        if fitting:
            used[term] = published_context()[term]
            node[term] = _under_term(fitting, definition)
        if others:
            node[predicate] = _one([_value(value) for value in others])
    return node


def _class(iri: str, used: dict[str, Any]) -> str:
    term, definition = _by_iri().get(iri, ("", {}))
    if term and set(definition) == {"@id"}:
        used[term] = published_context()[term]
        return term
    return iri


def _split(predicate: str, values: list[Any]) -> tuple[list[Any], list[Any], str, dict[str, Any]]:
    """Part the values into those that the term of the predicate can say and those that need the whole form."""
    term, definition = _by_iri().get(predicate, ("", {}))
    if not term:
        return [], values, "", {}
    container, kind = definition.get("@container", ()), definition.get("@type", "")
    if "@language" in container:
        tags = [value.language for value in values if isinstance(value, ox.Literal) and value.language]
        single = "@set" in container or len(tags) == len(set(tags))
        return (
            *_sort(values, lambda value: single and isinstance(value, ox.Literal) and bool(value.language)),
            term,
            definition,
        )
    if kind == "@id":
        return *_sort(values, lambda value: not isinstance(value, ox.Literal)), term, definition
    if kind:
        datatype = _whole(kind)
        return (
            *_sort(values, lambda value: isinstance(value, ox.Literal) and value.datatype.value == datatype),
            term,
            definition,
        )
    return values, [], term, definition


def _sort(values: list[Any], fits: Any) -> tuple[list[Any], list[Any]]:
    return [value for value in values if fits(value)], [value for value in values if not fits(value)]


def _under_term(values: list[Any], definition: Mapping[str, Any]) -> Any:
    container, kind = definition.get("@container", ()), definition.get("@type", "")
    if "@language" in container:
        spoken: dict[str, list[str]] = defaultdict(list)
        for value in values:
            spoken[value.language].append(value.value)
        return {tag: held if "@set" in container else held[0] for tag, held in sorted(spoken.items())}
    if kind == "@id":
        return _one([_id(value) for value in values])
    if kind:
        return _one([value.value for value in values])
    return _one([_value(value) for value in values])


def _value(value: Any) -> Any:
    if not isinstance(value, ox.Literal):
        return {"id": _id(value)}
    if value.language:
        turned = {} if value.direction is None else {"@direction": value.direction.value}
        return {"@value": value.value, "@language": value.language, **turned}
    if value.datatype.value == _STRING:
        return value.value
    return {"@value": value.value, "@type": value.datatype.value}


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def document(
    engine: Store,
    iri: str,
    media_type: str,
    *,
    page: int = 1,
    evidence: bool = True,
    about: About | None = None,
    framed: bool = False,
    copies: bool = False,
) -> tuple[bytes, bool] | None:
    """Return the data about ``iri`` in the format ``media_type``, and whether a further page holds more.

    Formats with graphs (TriG, N-Quads) tell for each triple the graphs that hold it, and of each claim among these its
    sentence, modality, document and lines; their default graph is the merge of that, as the endpoint's is. Without
    ``evidence``, and in the other formats, there is the merge alone.
    With ``about`` the document says what it is itself. ``framed`` is for JSON-LD: a tree with the thing at its root
    (:func:`frame`), which has what rules merely say again by wider properties and classes with ``copies`` alone.
    The first page has the thing's own statements, every page up to PAGE of those that point to it. None when there is
    nothing. Raises KeyError for a media type that is none of the six, QueryUnwritable for one that cannot carry the
    data, QueryError as the engine does.
    """
    form = _FORMATS[media_type]
    thing = Iri(iri)
    own = answered(engine, "thing_document", {"thing": thing}) if page == 1 else b""
    incoming = list(
        _quads(
            answered(engine, "thing_document_incoming", {"thing": thing}, limit=PAGE + 1, offset=(page - 1) * PAGE),
            ox.NamedNode(iri),
        )
    )
    pointers = list(dict.fromkeys((quad.subject, quad.predicate) for quad in incoming))
    shown = set(pointers[:PAGE])
    quads = {*_quads(own), *(quad for quad in incoming if (quad.subject, quad.predicate) in shown)}
    if not quads:
        return None
    if about is not None:
        quads |= _about(about, iri)
    if framed and form == ox.RdfFormat.JSON_LD:
        return frame(quads if copies else _without_copies(quads), iri, engine if evidence else None), len(
            pointers
        ) > PAGE
    if not form.supports_datasets or form == ox.RdfFormat.JSON_LD or not evidence:
        quads = _merge(quads)
    else:
        quads |= _evidence(engine, quads)
        quads |= _merge(quads)
    return _serialise(quads, form, first=iri), len(pointers) > PAGE


@dataclass(frozen=True)
class About:
    """What a document says of itself: its address, and version, IRI and licences of the dataset that it is from.

    ``modified`` is when what it says of its thing last changed, where that is known.
    """

    address: str
    version: str
    dataset: str = DATASET
    licences: Sequence[str] = (LICENSE,)
    modified: datetime | None = None


def _about(about: About, iri: str) -> set[ox.Quad]:
    """Return what a document about ``iri`` says of itself, in no named graph: no source says it."""
    told: tuple[tuple[str, ox.NamedNode | ox.Literal], ...] = (
        (RDF + "type", ox.NamedNode(PREFIXES["foaf"] + "Document")),
        (PREFIXES["foaf"] + "primaryTopic", ox.NamedNode(iri)),
        (PREFIXES["void"] + "inDataset", ox.NamedNode(about.dataset)),
        *((DCTERMS + "license", ox.NamedNode(licence)) for licence in about.licences),
        (OWL + "versionInfo", ox.Literal(about.version)),
        *(((DCTERMS + "modified", _moment(about.modified)),) if about.modified is not None else ()),
    )
    return {ox.Quad(ox.NamedNode(about.address), ox.NamedNode(predicate), value) for predicate, value in told}


def _moment(moment: datetime) -> ox.Literal:
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "dateTime"))


def _merge(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return the same triples in the default graph, where clients look that ask for no graph."""
    return {ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph()) for quad in quads}


#: What claims and decisions are called: each names the graph of what it bears.
_TELLING: Final = (f"{ID}claim/", f"{ID}decision/")


def _without_copies(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    held: defaultdict[ox.Triple, set[str]] = defaultdict(set)
    for quad in quads:
        held[quad.triple].add(_id(quad.graph_name))
    return {quad for quad in quads if not held[quad.triple] <= _COPIES and _id(quad.graph_name) not in _COPIES}


def _evidence(engine: Store, quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return what is said of the claims and decisions whose graphs hold ``quads``, and of the claims' passages."""
    return _claims(engine, (quad.graph_name for quad in quads))


def _claims(engine: Store, terms: Iterable[object]) -> set[ox.Quad]:
    """Return what is said of those of the terms that are claims or decisions, and of the claims' passages."""
    claims = [Iri(one) for one in sorted({_id(term) for term in terms}) if one.startswith(_TELLING)]
    return set(_quads(answered(engine, "claims_document", among=("claim", claims)))) if claims else set()


def frame(quads: Iterable[ox.Quad], iri: str, engine: Store | None = None) -> bytes:
    """Return the quads about ``iri`` as one JSON-LD document in the form of a tree (JSON-LD 1.1 Framing).

    The thing is the root, and what it names stands where it is named. ``pointingHere`` has, by property, what names
    the thing. With ``engine``, ``evidence`` has each claim about it or behind it: sentence, passage, how it is meant,
    and in ``states`` the statements of its graph. Raises QueryUnwritable for triple terms, QueryError as the engine
    does.
    """
    held, used = set(quads), dict[str, Any]()
    told = _claims(engine, (term for quad in held for term in (quad.subject, quad.graph_name))) if engine else set()
    claims = sorted({_id(quad.subject) for quad in told if _id(quad.subject).startswith(_TELLING)} - {iri})
    ordered = sorted({quad.triple for quad in held | told}, key=str)
    if any(isinstance(triple.object, ox.Triple) for triple in ordered):
        raise QueryUnwritable("the data hold triple terms, which JSON-LD cannot carry; ask for Turtle or N-Triples")
    nodes: dict[str, defaultdict[str, list[Any]]] = {}
    for triple in ordered:
        nodes.setdefault(_id(triple.subject), defaultdict(list))[triple.predicate.value].append(triple.object)
    tree = _Tree(nodes, used)
    root, below = tree.node(iri), frozenset({iri})
    pointing: dict[str, list[Any]] = {}
    for subject in [one for one in nodes if one not in tree.reached and one not in claims]:
        by = [predicate for predicate, values in nodes[subject].items() if iri in map(_id, values)]
        for predicate in by:
            nodes[subject][predicate] = [value for value in nodes[subject][predicate] if _id(value) != iri]
            term, _ = _by_iri().get(predicate, (predicate, {}))
            if term != predicate:
                used[term] = published_context()[term]
            pointing.setdefault(term, []).append(
                {"id": subject} if subject in tree.reached else tree.node(subject, below)
            )
    if pointing:
        root["pointingHere"] = pointing
    if claims:
        root["evidence"] = [tree.node(claim, below) | _stated(claim, held, used) for claim in claims]
    if left := [tree.node(one, below) for one in nodes if one not in tree.reached]:
        root["@included"] = left
    context = {"@version": 1.1, "id": "@id", "type": "@type", **_ALIASES, **_with_prefixes(used)}
    return orjson.dumps({"@context": context, **root}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _stated(claim: str, quads: Iterable[ox.Quad], used: dict[str, Any]) -> dict[str, Any]:
    """Return what of ``quads`` a claim's graph holds."""
    nodes: dict[str, defaultdict[str, list[Any]]] = {}
    for quad in sorted((quad for quad in quads if _id(quad.graph_name) == claim), key=str):
        nodes.setdefault(_id(quad.subject), defaultdict(list))[quad.predicate.value].append(quad.object)
    return {"states": [_node(subject, said, used) for subject, said in nodes.items()]} if nodes else {}


class _Tree:
    """Nodes as they are written, each with those that it names in their place."""

    def __init__(self, nodes: Mapping[str, Mapping[str, list[Any]]], used: dict[str, Any]) -> None:
        self._nodes, self._used = nodes, used
        self.reached: set[str] = set()

    def node(self, subject: str, above: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return one node; what stands ``above`` it is named by its IRI alone."""
        self.reached.add(subject)
        within = above | {subject}
        written = _node(
            subject, {predicate: held for predicate, held in self._nodes[subject].items() if held}, self._used
        )
        return {
            term: value if term in ("id", "type") else self._placed(term, value, within)
            for term, value in written.items()
        }

    def _placed(self, term: str, value: Any, within: frozenset[str]) -> Any:
        if isinstance(value, list):
            return [self._placed(term, one, within) for one in value]
        definition = self._used.get(term)
        kind = definition if isinstance(definition, dict) else {}
        if "@language" in kind.get("@container", ()):
            return value
        named = value if isinstance(value, str) and kind.get("@type") == "@id" else ""
        if isinstance(value, dict) and value.keys() == {"id"}:
            named = str(value["id"])
        apart = named in within or named.startswith(_TELLING)  # each stands once, among the evidence
        return self.node(named, within) if named in self._nodes and not apart else value


def graph_document(engine: Store, graph: str, media_type: str) -> bytes:
    """Return everything that one named graph holds, in one of the six formats; nothing when there is no such graph.

    Raises KeyError for a media type that is none of the six, QueryError as the engine does.
    """
    quads = set(_quads(answered(engine, "graph_document", {"g": Iri(graph)})))
    return _serialise(quads | _merge(quads), _FORMATS[media_type])


def _serialise(quads: Iterable[ox.Quad], form: ox.RdfFormat, first: str = "") -> bytes:
    """Write quads in an order of their own; in JSON-LD the node of ``first`` stands before the others."""
    ordered = sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad.subject), str(quad)))
    if form == ox.RdfFormat.JSON_LD:
        if any(isinstance(quad.object, ox.Triple) for quad in ordered):
            raise QueryUnwritable("the data hold triple terms, which JSON-LD cannot carry; ask for Turtle or N-Triples")
        return compact(
            sorted({quad.triple for quad in ordered}, key=lambda one: (str(one.subject) != f"<{first}>", str(one)))
        )
    out = BytesIO()
    if form.supports_datasets:
        write_graph(ordered, out, form.media_type, PREFIXES, ahead=len(ordered))
        return out.getvalue()
    try:
        write_graph(
            sorted({quad.triple for quad in ordered}, key=str), out, form.media_type, PREFIXES, ahead=len(ordered)
        )
    except rdfxml.Unwritable as error:
        raise QueryUnwritable(f"the data hold {error}, and RDF/XML cannot carry that; ask for another format") from None
    return out.getvalue()


def convert(turtle: str, media_type: str) -> bytes:
    """Return a small Turtle text in another format. Raises KeyError for a media type that is none of the six."""
    return written((quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)), media_type)


def written(triples: Iterable[ox.Triple], media_type: str) -> bytes:
    """Return triples in one of the six formats, in an order of their own. Raises KeyError for another media type."""
    return _serialise((ox.Quad(*triple) for triple in triples), _FORMATS[media_type])


def _quads(answer: bytes, value: ox.NamedNode | None = None) -> Iterator[ox.Quad]:
    """Yield the statements that an answer has in its columns s, p and o, or of the object ``value``, and g.

    They are as the store has them, nodes without a name and triple terms too; one outside the named graphs has no g.
    """
    if not answer:
        return
    found = ox.parse_query_results(answer, format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    columns = {variable.value for variable in found.variables}
    for row in found:
        subject, predicate, said = row["s"], row["p"], value or row["o"]
        graph = row["g"] if "g" in columns else None
        if (
            isinstance(subject, ox.NamedNode | ox.BlankNode)
            and isinstance(predicate, ox.NamedNode)
            and said is not None
        ):
            held = graph if isinstance(graph, ox.NamedNode | ox.BlankNode) else ox.DefaultGraph()
            yield ox.Quad(subject, predicate, said, held)
