"""The files of a snapshot to take along: dumps in several formats, and statistics that describe them (VoID)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import zstandard

from cityrights.licences import allows
from cityrights.snapshot import PACKED_TYPES, WHOLE, digest
from cityrights.vocabulary import (
    BASE,
    CR,
    DATASET,
    DCTERMS,
    EDITORS,
    GRAPH,
    GRAPH_CLAIMS,
    GRAPH_DATASET,
    GRAPH_DECISIONS,
    GRAPH_DERIVED,
    GRAPH_LABELS,
    ID,
    LICENSE,
    OWL,
    PREFIXES,
    RDF,
    XSD,
)

#: File → media type (RFC 2046 names as IANA registers them) of everything that can be downloaded.
MEDIA_TYPES = {
    "cityrights.nq": "application/n-quads",
    "cityrights.trig": "application/trig",
    "cityrights.nt": "application/n-triples",
    "cityrights.ttl": "text/turtle",
    "cityrights.jsonld": "application/ld+json",
    "cityrights-rdf12.ttl": "text/turtle",
    "nanopubs.trig": "application/trig",
    "void.ttl": "text/turtle",
}
#: The dumps that hold data, and so stand beside themselves packed; the description is small.
_PACKED = frozenset(MEDIA_TYPES) - {"void.ttl"}
#: How each is packed: the same bytes give the same, whatever the time and the file's name are.
PACKINGS = tuple(PACKED_TYPES)
#: How hard each tries: a level more takes half as long again for a twentieth, packing was a sixth of a build.
_GZIP, _ZSTD = 5, 6


class Content:
    """Quads by their N-Quads lines and the merge of their graphs by its N-Triples lines, each once.

    ``add`` takes in what there is, step by step; ``sort`` brings it into the order of the lines (code points).
    """

    def __init__(self) -> None:
        self.quads: dict[str, ox.Quad] = {}
        self.triples: dict[str, ox.Triple] = {}

    def add(self, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
        """Take in quads and return what the merge did not have yet, as quads of the default graph."""
        fresh = []
        for quad in quads:
            line = f"{quad} ."
            if line not in self.quads:
                self.quads[line] = quad
                merged = f"{line[: line.rindex(' ', 0, -2)]} ."
                if merged not in self.triples:
                    self.triples[merged] = quad.triple
                    fresh.append(ox.Quad(quad.subject, quad.predicate, quad.object))
        return fresh

    def sort(self) -> None:
        """Bring all that was taken in into order."""
        self.quads = {line: self.quads[line] for line in sorted(self.quads)}
        self.triples = {line: self.triples[line] for line in sorted(self.triples)}

    def digest(self) -> str:
        """Return the SHA-256 of the lines of the quads, in their order, each ended by a line feed."""
        total = hashlib.sha256()
        for line in self.quads:
            total.update(line.encode() + b"\n")
        return total.hexdigest()

    def about(self) -> list[ox.Triple]:
        """Return what is said of the dataset as a whole, by people and by the build."""
        graphs = (f" <{GRAPH_DATASET}> .", f" <{STATISTICS}> .")
        return [quad.triple for line, quad in self.quads.items() if line.endswith(graphs)]


def write(folder: Path, content: Content) -> None:
    """Write every dump of ``content``, which is sorted, into ``folder``."""
    _text(folder / "cityrights.nq", content.quads)
    _text(folder / "cityrights.nt", content.triples)
    by_graph = sorted(content.quads.values(), key=lambda quad: str(quad.graph_name))
    _rdf(folder / "cityrights.trig", by_graph, ox.RdfFormat.TRIG)
    _rdf(folder / "cityrights.jsonld", by_graph, ox.RdfFormat.JSON_LD)
    _rdf(folder / "cityrights.ttl", list(content.triples.values()), ox.RdfFormat.TURTLE)
    _rdf(folder / "cityrights-rdf12.ttl", reified(content), ox.RdfFormat.TURTLE)
    published = list(nanopublications(content))
    _rdf(folder / "nanopubs.trig", published, ox.RdfFormat.TRIG, {**PREFIXES, "np": _NANOPUB})
    _rdf(folder / "void.ttl", content.about(), ox.RdfFormat.TURTLE)
    for name in _PACKED:
        pack(folder / name)


def write_whole(folder: Path, content: Content) -> None:
    """Write every quad of ``content`` beside dumps that leave some out: what is served is read from there."""
    _text(folder / WHOLE, content.quads)


def closed_claims(content: Content) -> set[ox.NamedNode]:
    """Return the imported claims whose licence, their own or that of their table, is not to be had under ours."""
    licences: dict[object, str] = {}
    sources: dict[object, object] = {}
    imported: set[ox.NamedNode] = set()
    for quad in content.quads.values():
        if quad.predicate == _LICENCE and isinstance(quad.object, ox.NamedNode):
            licences[quad.subject] = quad.object.value
        elif quad.predicate == _SOURCE:
            sources[quad.subject] = quad.object
        elif quad.predicate == _GENERATED and isinstance(quad.subject, ox.NamedNode):
            imported.add(quad.subject)
    theirs = {claim: licences.get(claim) or licences.get(sources.get(claim), LICENSE) for claim in imported}
    return {claim for claim, licence in theirs.items() if not allows(licence, LICENSE)}


def opened(content: Content, closed: set[ox.NamedNode]) -> Content:
    """Return what is left of a content, sorted, without the claims ``closed`` and what rests on them alone."""
    if not closed:
        return content
    gone: set[object] = set(closed)
    ours: set[object] = set()
    theirs: set[object] = set()
    for quad in content.quads.values():
        graph = quad.graph_name
        if quad.subject in closed and quad.predicate == _PASSAGE:
            gone.add(quad.object)
        if graph in closed:
            theirs.add(quad.subject)
        elif isinstance(graph, ox.NamedNode) and not graph.value.startswith(
            (GRAPH_DERIVED, GRAPH_LABELS, GRAPH_CLAIMS)
        ):
            ours.add(quad.subject)
    gone |= {quad.object for quad in content.quads.values() if quad.subject in gone and quad.predicate == _SELECTOR}
    gone |= theirs - ours
    left = Content()
    left.add(
        quad
        for quad in content.quads.values()
        if quad.graph_name not in closed and quad.subject not in gone and quad.object not in gone
    )
    left.sort()
    return left


def pack(path: Path) -> None:
    """Write a file packed in each way beside it, piece by piece: it may be larger than the memory."""
    with (
        path.open("rb") as file,
        path.with_name(f"{path.name}.gz").open("wb") as out,
        gzip.GzipFile("", "wb", _GZIP, out, mtime=0) as packing,
    ):
        shutil.copyfileobj(file, packing, 1 << 20)
    with path.open("rb") as file, path.with_name(f"{path.name}.zst").open("wb") as out:
        zstandard.ZstdCompressor(level=_ZSTD, write_checksum=True).copy_stream(file, out, size=path.stat().st_size)


def write_manifest(folder: Path, content: Content, version: str, closed: int = 0) -> None:
    """Write ``manifest.json``: version, time, counts, and each file: bytes, SHA-256, media type, and how packed.

    ``closed`` claims are under a licence that ours does not allow: the dumps have them, unless a file has them apart.
    """
    files: dict[str, dict[str, object]] = {name: {**file_entry(folder / name)} for name in MEDIA_TYPES}
    for name in _PACKED:
        beside = {ending: folder / f"{name}.{ending}" for ending in PACKINGS}
        files[name]["packed"] = {
            ending: {"bytes": path.stat().st_size, "sha256": digest(path)} for ending, path in beside.items()
        }
    apart = (folder / WHOLE).is_file()
    whole = {"bytes": (folder / WHOLE).stat().st_size, "sha256": digest(folder / WHOLE)} if apart else {}
    manifest = {
        "dataset": DATASET,
        "version": version,
        "built": _time(content),
        "quads": len(content.quads),
        "triples": len(content.triples),
        "graphs": len({line[line.rindex(" ", 0, -2) :] for line in content.quads}),
        **({"restricted": {"claims": closed, "in_dumps": not apart, **whole}} if closed else {}),
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def packed(folder: Path) -> bool:
    """Say whether each dump in ``folder`` stands there packed in each way, too: an earlier release wrote none."""
    return all((folder / f"{name}.{ending}").is_file() for name in _PACKED for ending in PACKINGS)


def file_entry(path: Path) -> dict[str, str | int]:
    """Return what the manifest says of a dump: bytes, SHA-256 and media type."""
    return {"bytes": path.stat().st_size, "sha256": digest(path), "type": MEDIA_TYPES[path.name]}


def _time(content: Content) -> str:
    """Return the time of the dataset: SOURCE_DATE_EPOCH, else what the data say of themselves (dcterms:modified)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.fromtimestamp(int(epoch), UTC).isoformat().replace("+00:00", "Z")
    said = (ox.NamedNode(DATASET), ox.NamedNode(DCTERMS + "modified"))
    dates = [
        triple.object.value
        for triple in content.about()
        if (triple.subject, triple.predicate) == said and isinstance(triple.object, ox.Literal)
    ]
    return max(dates, default="")


def _text(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def _rdf(
    path: Path,
    statements: Sequence[ox.Quad] | Sequence[ox.Triple],
    form: ox.RdfFormat,
    prefixes: Mapping[str, str] = PREFIXES,
) -> None:
    """Serialise in the order given; prefix lines come out in any order, so sort them for a stable file."""
    if form == ox.RdfFormat.JSON_LD:
        ox.serialize(statements, str(path), format=form)
        return
    buffer = io.BytesIO()
    ox.serialize(statements, buffer, format=form, prefixes=dict(prefixes))
    head = buffer.getvalue().splitlines(keepends=True)
    count = next((n for n, line in enumerate(head) if not line.startswith(b"@prefix ")), len(head))
    path.write_bytes(b"".join([*sorted(head[:count]), *head[count:]]))


_TYPE = ox.NamedNode(RDF + "type")
#: Who answers for a statement: the graphs that witnesses give their names to.
_WITNESSES = (ID + "claim/", ID + "decision/", GRAPH + "enrichment/", GRAPH_DERIVED)
_REIFIES = ox.NamedNode(RDF + "reifies")


def reified(content: Content) -> list[ox.Triple]:
    """Return the merge, and for each statement its witnesses: ``claim rdf:reifies <<( s p o )>>``.

    A witness is a claim, a decision, the record of a data set or a rule, whose IRI names a graph elsewhere. RDF 1.2
    says it without named graphs. https://www.w3.org/TR/rdf12-concepts/#section-triple-terms
    """
    said = [
        ox.Triple(quad.graph_name, _REIFIES, quad.triple)
        for quad in content.quads.values()
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value.startswith(_WITNESSES)
    ]
    return [*content.triples.values(), *sorted(said, key=lambda triple: str(triple.subject))]


_NANOPUB = "http://www.nanopub.org/nschema#"
_PROV = PREFIXES["prov"]
_ATTRIBUTED = ox.NamedNode(_PROV + "wasAttributedTo")
_DERIVED = ox.NamedNode(_PROV + "wasDerivedFrom")
_DECIDED, _PROMPTED, _PASSAGE, _SOURCE = (
    ox.NamedNode(CR + name) for name in ("decidedBy", "promptedBy", "passage", "source")
)
_LICENCE, _SELECTOR = ox.NamedNode(DCTERMS + "license"), ox.NamedNode(PREFIXES["oa"] + "hasSelector")
_GENERATED = ox.NamedNode(_PROV + "wasGeneratedBy")
_CREATED, _DATE = ox.NamedNode(DCTERMS + "created"), ox.NamedNode(DCTERMS + "date")
#: What a claim without statements asserts, and a decision that prefers one of two values.
_ASSERTED = frozenset(ox.NamedNode(CR + name) for name in ("text", "subject", "prefers"))


def nanopublications(content: Content) -> Iterator[ox.Quad]:
    """Yield a nanopublication for each claim and each decision: head, assertion, provenance, publication info.

    The assertion is the graph of the claim or decision; one that has none asserts its sentence, or what it prefers.
    https://nanopub.net/guidelines/working_draft/
    """
    asserted: dict[ox.NamedNode, list[ox.Quad]] = {}
    about: dict[ox.NamedNode, list[ox.Quad]] = {}
    for quad in content.quads.values():
        graph, subject = quad.graph_name, quad.subject
        if not isinstance(graph, ox.NamedNode):
            continue
        if graph.value in (GRAPH_CLAIMS, GRAPH_DECISIONS) and isinstance(subject, ox.NamedNode):
            about.setdefault(subject, []).append(quad)
        elif graph.value.startswith(_WITNESSES[:2]):
            asserted.setdefault(graph, []).append(quad)
    for thing, said in about.items():
        if thing.value.startswith(_WITNESSES[:2]):
            yield from dict.fromkeys(_nanopublication(thing, said, asserted.get(thing, []), about))


def _within(quad: ox.Quad, graph: ox.NamedNode) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _nanopublication(
    thing: ox.NamedNode, said: list[ox.Quad], stated: list[ox.Quad], about: Mapping[ox.NamedNode, list[ox.Quad]]
) -> Iterator[ox.Quad]:
    whole, head, provenance, info = (
        ox.NamedNode(f"{thing.value}#{part}") for part in ("nanopub", "head", "provenance", "pubinfo")
    )
    assertion = thing if stated else ox.NamedNode(thing.value + "#assertion")
    yield ox.Quad(whole, _TYPE, ox.NamedNode(_NANOPUB + "Nanopublication"), head)
    for name, part in (("Assertion", assertion), ("Provenance", provenance), ("PublicationInfo", info)):
        yield ox.Quad(whole, ox.NamedNode(f"{_NANOPUB}has{name}"), part, head)
    yield from stated or (_within(quad, assertion) for quad in said if quad.predicate in _ASSERTED)

    def values(*predicates: ox.NamedNode) -> Sequence[ox.NamedNode | ox.Literal]:
        found = (quad.object for predicate in predicates for quad in said if quad.predicate == predicate)
        return [value for value in found if isinstance(value, ox.NamedNode | ox.Literal)]

    editors: Sequence[ox.NamedNode | ox.Literal] = values(_ATTRIBUTED, _DECIDED) or [ox.NamedNode(EDITORS)]
    for predicate, found in ((_ATTRIBUTED, editors), (_DERIVED, values(_SOURCE, _PROMPTED))):
        yield from (ox.Quad(assertion, predicate, value, provenance) for value in found)
    yield from (_within(quad, provenance) for quad in said if stated or quad.predicate not in _ASSERTED)
    for passage in values(_PASSAGE):
        if isinstance(passage, ox.NamedNode):
            yield from (_within(quad, provenance) for quad in about.get(passage, []))
    for predicate, found in (
        (_CREATED, values(_CREATED, _DATE)),
        (ox.NamedNode(DCTERMS + "creator"), editors),
        (_LICENCE, values(_LICENCE) or [ox.NamedNode(LICENSE)]),
        (ox.NamedNode(DCTERMS + "isPartOf"), [ox.NamedNode(DATASET)]),
    ):
        yield from (ox.Quad(whole, predicate, value, info) for value in found)


VOID = "http://rdfs.org/ns/void#"
#: The one graph that is not part of what the version is the digest of: it counts the others.
STATISTICS = GRAPH_DERIVED + "statistics"


#: Times that the numbers are counted anew with themselves among what is counted; three are enough.
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What is counted: each class and property with its number, and the totals."""

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    linksets: Mapping[str, int]


def statistics(store: ox.Store, version: str) -> list[ox.Quad]:
    """Return the dataset's numbers as quads of ``graph/derived/statistics``: those of the whole, with these quads.

    ``store`` holds the merged graph without them as its default graph. Distinct triples are counted there, once each.
    """
    count = _Count(store)
    told = count.beside([])
    for _ in range(_ROUNDS):
        quads = list(_quads(told, version))
        counted = count.beside(quads)
        if counted == told:
            break
        told = counted
    return quads


def _quads(numbers: _Numbers, version: str) -> Iterator[ox.Quad]:
    graph = ox.NamedNode(STATISTICS)
    dataset = ox.NamedNode(DATASET)

    def say(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(subject, ox.NamedNode(predicate), value, graph)

    yield say(dataset, OWL + "versionInfo", ox.Literal(version))
    yield say(dataset, DCTERMS + "identifier", ox.Literal(f"{DATASET}?version={version[:12]}"))
    for name, number in (
        ("triples", numbers.triples),
        ("distinctSubjects", numbers.subjects),
        ("distinctObjects", numbers.objects),
        ("classes", len(numbers.classes)),
        ("properties", len(numbers.properties)),
        ("entities", numbers.entities),
    ):
        yield say(dataset, VOID + name, _integer(number))
    for linkset, number in sorted(numbers.linksets.items()):
        yield say(ox.NamedNode(linkset), VOID + "triples", _integer(number))
    for kind, iris, key, term in (
        ("classPartition", numbers.classes, "class", "entities"),
        ("propertyPartition", numbers.properties, "property", "triples"),
    ):
        for iri, number in sorted(iris.items()):
            partition = ox.NamedNode(f"{BASE}void/{key}/{hashlib.sha256(iri.encode()).hexdigest()[:12]}")
            yield say(dataset, VOID + kind, partition)
            yield say(partition, RDF + "type", ox.NamedNode(VOID + "Dataset"))
            yield say(partition, VOID + key, ox.NamedNode(iri))
            yield say(partition, VOID + term, _integer(number))


class _Count:
    """What stands in the default graph of a store, counted once."""

    def __init__(self, store: ox.Store) -> None:
        self._classes: Counter[str] = Counter()
        self._properties: Counter[str] = Counter()
        self._subjects: set[str] = set()
        self._objects: set[object] = set()
        self._linksets = _linksets(store)
        entities: set[str] = set()
        self._triples = 0
        for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
            self._triples += 1
            subject = str(quad.subject)
            self._subjects.add(subject)
            self._objects.add(quad.object)
            self._properties[quad.predicate.value] += 1
            if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode):
                self._classes[quad.object.value] += 1
                if subject.startswith("<" + ID) and quad.object.value.startswith(CR):
                    entities.add(subject)
        self._entities = len(entities)

    def beside(self, quads: Sequence[ox.Quad]) -> _Numbers:
        """Return the numbers of what was counted and of ``quads``, which say nothing that was said there."""
        subjects = {str(quad.subject) for quad in quads} - self._subjects
        objects = {quad.object for quad in quads} - self._objects
        types = Counter(
            quad.object.value for quad in quads if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode)
        )
        return _Numbers(
            self._triples + len(quads),
            len(self._subjects) + len(subjects),
            len(self._objects) + len(objects),
            self._entities,
            self._classes + types,
            self._properties + Counter(quad.predicate.value for quad in quads),
            self._linksets,
        )


def _linksets(store: ox.Store) -> dict[str, int]:
    """Return how many links each linkset has: those of its predicate to the URI space of its target (VoID, 5.1)."""
    default = ox.DefaultGraph()

    def values(subject: ox.NamedNode, name: str) -> list[str]:
        found = store.quads_for_pattern(subject, ox.NamedNode(VOID + name), None, default)
        return [quad.object.value for quad in found if isinstance(quad.object, ox.NamedNode | ox.Literal)]

    counted = {}
    for quad in store.quads_for_pattern(None, _TYPE, ox.NamedNode(VOID + "Linkset"), default):
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        targets = values(quad.subject, "objectsTarget")
        spaces = tuple(space for target in targets for space in values(ox.NamedNode(target), "uriSpace"))
        if spaces:
            counted[quad.subject.value] = sum(
                isinstance(link.object, ox.NamedNode) and link.object.value.startswith(spaces)
                for predicate in values(quad.subject, "linkPredicate")
                for link in store.quads_for_pattern(None, ox.NamedNode(predicate), None, default)
            )
    return counted


def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer"))
