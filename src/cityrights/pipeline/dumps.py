"""The files of a snapshot to take along: dumps in several formats, and statistics that describe them (VoID)."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice, takewhile
from mmap import ACCESS_READ, mmap
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final, Literal

import pyoxigraph as ox
import zstandard

from cityrights.licences import allows
from cityrights.pipeline import formats, lines
from cityrights.pipeline.lines import Lines
from cityrights.pipeline.nanopubs import NANOPUB, nanopublications
from cityrights.snapshot import PACKED_TYPES, WHOLE, digest
from cityrights.vocabulary import (
    BASE,
    CR,
    DATASET,
    DCTERMS,
    GRAPH,
    GRAPH_CLAIMS,
    GRAPH_DATASET,
    GRAPH_DERIVED,
    GRAPH_ENTITIES,
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
#: The dumps that are lines, sorted.
QUADS, TRIPLES = "cityrights.nq", "cityrights.nt"
RDF12: Final = "cityrights-rdf12.ttl"
#: The dumps that hold data, and so stand beside themselves packed; the description is small.
_PACKED = frozenset(MEDIA_TYPES) - {"void.ttl"}
#: How each is packed: the same bytes give the same, whatever the time and the file's name are.
PACKINGS = tuple(PACKED_TYPES)
#: How hard each tries: 5 and 6 took three times as long for a tenth less, which was a tenth of a large build.
_GZIP, _ZSTD = 3, 3


class Content:
    """What a snapshot holds: its quads as lines of N-Quads, and the merge of their graphs as lines of N-Triples.

    ``scratch`` gives a folder for what does not fit in memory. ``add`` takes in what there is, step by step; ``settle``
    brings it into the order of the lines (code points). Of what is ``hidden`` nothing is told.
    """

    def __init__(self, scratch: Callable[[], Path]) -> None:
        self.quads = Lines(scratch, "quads")
        self.triples: Lines = lines.Merge(self.quads)
        self.hidden: frozenset[object] = frozenset()
        self._about: set[bytes] = set()
        #: How many quads were taken in, those that were there already among them.
        self.taken = 0

    def add(self, quads: Iterable[ox.Quad], merged: ox.Store | None = None) -> None:
        """Take in quads of named graphs, and put their merge into the default graph of a store, if one is given."""
        rest = iter(quads)
        while some := list(islice(rest, _AT_ONCE)):
            written = _written(some)
            if merged is not None:  # a line is sooner read than an object made
                triples = list(map(lines.triple, written))
                put = merged.bulk_load if len(triples) > _FEW else merged.load
                put(b"\n".join(triples), format=ox.RdfFormat.N_TRIPLES, lenient=True)
            self.taken += len(written)
            self.quads.add(written)
            self._about.update(line for line in written if line.endswith(_ABOUT))

    def settle(self) -> None:
        """Bring all that was taken in into order."""
        self.quads.settle()

    def digest(self) -> str:
        """Return the SHA-256 of the lines of the quads, in their order, each ended by a line feed."""
        total = hashlib.sha256()
        for block in lines.blocks(self.quads):
            total.update(block)
        return total.hexdigest()

    def about(self) -> list[ox.Triple]:
        """Return what is said of the dataset as a whole, by people and by the build."""
        text = b"\n".join(sorted(self._about))
        return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_QUADS)]

    def statements(self, *predicates: ox.NamedNode) -> Iterator[ox.Quad]:
        """Yield the quads in their order, only those with one of the predicates if there are any."""
        words = [f" {predicate} ".encode() for predicate in predicates]
        for block in lines.blocks(self.quads):
            if words and not any(word in block for word in words):
                continue
            some = [line for line in block.splitlines() if not words or any(word in line for word in words)]
            for quad in ox.parse(b"\n".join(some), format=ox.RdfFormat.N_QUADS):
                if not words or quad.predicate in predicates:
                    yield quad


class ChangingContent(Content):
    """A content of which statements come and go, for who makes one after the other: it is in order at any time."""

    def __init__(self) -> None:
        super().__init__(lines.nowhere)
        self._quads = self.quads = lines.Changing("quads")
        self._triples = self.triples = lines.Changing("triples")

    def change(self, went: Iterable[ox.Quad], came: Iterable[ox.Quad]) -> None:
        """Take out what was said once less, and take in what is said once more."""
        lost, won = self._quads.change(_written(went), _written(came))
        self._triples.change(map(lines.triple, lost), map(lines.triple, won))
        self._about.difference_update(lost)
        self._about.update(line for line in won if line.endswith(_ABOUT))

    def add(self, quads: Iterable[ox.Quad], merged: ox.Store | None = None) -> None:
        """Take in quads as they come. Raises ValueError where a store is given: nobody asks for one."""
        if merged is not None:
            raise ValueError("what comes and goes is merged by who makes it")
        self.change((), quads)


def _written(quads: Iterable[ox.Quad]) -> list[bytes]:
    written = (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").split(b"\n")
    written.pop()  # what stands behind the last line feed
    return written


_ABOUT: Final = (f" <{GRAPH_DATASET}> .".encode(), f" <{GRAPH_DERIVED}statistics> .".encode())
_TYPED: Final = f"<{RDF}type>".encode()
_OUR_CLASS, _OUR_THING = f"<{CR}".encode(), f"<{ID}".encode()
#: So many quads are written as lines at once.
_AT_ONCE: Final = 50_000
#: Up to so many triples are put into a store of triples as into any other; more of them by what makes files of them.
_FEW: Final = 10_000
#: So many lines are loaded at once: the engine holds each as an object, 1.3 kB, and up to three million of them else.
_LOADED: Final = 250_000
#: So many bytes are read or written at once.
_BLOCK: Final = 1 << 20


def _graph(line: bytes) -> bytes:
    return line[line.rindex(b" ", 0, -2) + 1 : -2]


def write_lines(folder: Path, content: Content) -> None:
    """Write the dumps that are lines, N-Quads and N-Triples, into ``folder``."""
    lines.write(folder / QUADS, content.quads)
    lines.write(folder / TRIPLES, content.triples)


def write_whole(folder: Path, content: Content) -> None:
    """Write every quad of ``content`` beside dumps that leave some out: what is served is read from there."""
    lines.write(folder / WHOLE, content.quads)


def load(content: Content, store: ox.Store) -> None:
    """Load a content into a store: named graphs, and their merge as the default graph."""
    load_lines(store, content.quads, content.triples)


def load_lines(store: ox.Store, *parts: Iterable[bytes]) -> None:
    """Load lines of N-Quads or N-Triples into a store, which takes half a gigabyte of memory for it at most."""
    for some in lines.readers(_LOADED, *parts):
        # They were written by the library, from terms that it had looked at: it need not do so again.
        store.bulk_load(some, format=ox.RdfFormat.N_QUADS, lenient=True)


def write(folder: Path, content: Content) -> None:
    """Write the other dumps of ``content``, whose lines stand in ``folder``, and pack all of them."""
    plain, reified = formats.Turtle(PREFIXES), folder / RDF12
    with (folder / TRIPLES).open("rb") as file, _opened(folder / "cityrights.ttl") as turtle, _opened(reified) as more:
        for some in formats.merged(map(bytes.rstrip, file)):
            text = b"".join(plain.write(some))
            turtle.write(text)
            more.write(text)
        turtle.write(plain.end)
    ordered = folder / "by-graph.nq"
    _order_by_graph(folder / QUADS, ordered)
    trig, json_ld = plain.another(), formats.JsonLd()
    with (
        ordered.open("rb", buffering=_BLOCK) as file,
        _opened(folder / "cityrights.trig") as by_graph,
        _opened(folder / "cityrights.jsonld") as json_lines,
        _opened(reified, "ab") as more,
    ):
        for some in formats.rows(map(bytes.rstrip, file)):
            by_graph.writelines(trig.write(some))
            json_lines.writelines(json_ld.write(some))
            more.writelines(plain.reify(row for row in some if row[3].startswith(_WITNESSES)))
        by_graph.write(trig.end)
        json_lines.write(json_ld.end)
        more.write(plain.end)
    published = formats.Turtle({**PREFIXES, "np": NANOPUB})
    with _opened(folder / "nanopubs.trig") as file:
        for some in nanopublications(ordered, {str(term).encode() for term in content.hidden}):
            file.writelines(published.write(some))
        file.write(published.end)
    write_void(folder, content)
    ordered.unlink()
    for name in _PACKED:
        pack(folder / name)


def _order_by_graph(quads: Path, ordered: Path) -> None:
    """Write the lines of a sorted file of quads in the order of their graphs, those of each in theirs.

    Of lines of one graph that stand together it is kept where they begin and end: 16 bytes, which are sooner put in
    order than the lines.
    """
    places: dict[bytes, array[int]] = {}
    at = 0
    with quads.open("rb", buffering=_BLOCK) as file:
        for graph, some in groupby(file, key=lambda line: line[line.rindex(b" ", 0, -3) + 1 : -3]):
            start, at = at, at + sum(map(len, some))
            places.setdefault(graph, array("Q")).extend((start, at))
    with quads.open("rb") as file, _opened(ordered) as out:
        if not at:  # of nothing there is no map
            return
        with mmap(file.fileno(), 0, access=ACCESS_READ) as held:
            for graph in sorted(places):
                edges = iter(places[graph])
                out.writelines(held[start:end] for start, end in zip(edges, edges, strict=True))


def write_void(folder: Path, content: Content) -> None:
    """Write what describes the dataset as a whole (VoID, DCAT)."""
    _rdf(folder / "void.ttl", content.about())


def _opened(path: Path, mode: Literal["wb", "ab"] = "wb") -> BinaryIO:
    return path.open(mode, buffering=_BLOCK)


_LICENCE, _SELECTOR = ox.NamedNode(DCTERMS + "license"), ox.NamedNode(PREFIXES["oa"] + "hasSelector")
_PASSAGE, _SOURCE = ox.NamedNode(CR + "passage"), ox.NamedNode(CR + "source")
_GENERATED = ox.NamedNode(PREFIXES["prov"] + "wasGeneratedBy")
#: Of what these say it depends which claims may be given to everybody.
OF_LICENCES: Final = (_LICENCE, _SOURCE, _GENERATED)


def closed_claims(content: Content) -> frozenset[ox.NamedNode]:
    """Return the imported claims whose licence, their own or that of their table, is not to be had under ours."""
    imported = {quad.subject for quad in content.statements(_GENERATED) if isinstance(quad.subject, ox.NamedNode)}
    if not imported:
        return frozenset()
    licences: dict[object, str] = {}
    sources: dict[object, object] = {}
    for quad in content.statements(_LICENCE, _SOURCE):
        if quad.predicate == _LICENCE and isinstance(quad.object, ox.NamedNode):
            licences[quad.subject] = quad.object.value
        elif quad.predicate == _SOURCE:
            sources[quad.subject] = quad.object
    theirs = {claim: licences.get(claim) or licences.get(sources.get(claim), LICENSE) for claim in imported}
    return frozenset(claim for claim, licence in theirs.items() if not allows(licence, LICENSE))


def opened(content: Content, closed: frozenset[ox.NamedNode]) -> tuple[frozenset[object], list[ox.Quad]]:
    """Return the claims ``closed`` with what rests on them alone, and what is asserted without all that.

    Nothing that was derived: it may have followed from what they state.
    """
    gone: set[object] = set(closed)
    ours: set[object] = set()
    theirs: set[object] = set()
    for quad in content.statements():
        subject, value, graph = quad.subject, quad.object, quad.graph_name
        if subject in closed and quad.predicate == _PASSAGE:
            gone.add(value)
        if graph in closed:
            theirs.update(each for each in (subject, value) if isinstance(each, ox.NamedNode))
        elif isinstance(graph, ox.NamedNode) and not graph.value.startswith(GRAPH_DERIVED):
            if graph.value not in (GRAPH_LABELS, GRAPH_CLAIMS, GRAPH_ENTITIES):  # what is shared names what rows name
                ours.add(subject)
            if subject not in closed:
                ours.add(value)
    gone |= {quad.object for quad in content.statements(_SELECTOR) if quad.subject in gone}
    gone |= theirs - ours
    left = [
        quad
        for quad in content.statements()
        if isinstance(quad.graph_name, ox.NamedNode)
        and quad.graph_name not in closed
        and not quad.graph_name.value.startswith(GRAPH_DERIVED)
        and gone.isdisjoint((quad.subject, quad.object))
    ]
    return frozenset(gone), left


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


def write_manifest(
    folder: Path, content: Content, version: str, closed: int = 0, names: Iterable[str] = MEDIA_TYPES
) -> dict[str, str]:
    """Write ``manifest.json``: version, time, counts, and each file: bytes, SHA-256, media type, and how packed.

    Returns the sums that it tells, by the names of the files.

    ``names`` are the files that there are. ``closed`` claims are under a licence that ours does not allow: the dumps
    have them, unless a file has them apart.
    """
    files: dict[str, dict[str, object]] = {name: {**file_entry(folder / name)} for name in names}
    sums = {name: str(told["sha256"]) for name, told in files.items()}
    for name in _PACKED if names is MEDIA_TYPES else ():
        beside = {ending: folder / f"{name}.{ending}" for ending in PACKINGS}
        sums |= {path.name: digest(path) for path in beside.values()}
        files[name]["packed"] = {
            ending: {"bytes": path.stat().st_size, "sha256": sums[path.name]} for ending, path in beside.items()
        }
    apart = (folder / WHOLE).is_file()
    whole = {"bytes": (folder / WHOLE).stat().st_size, "sha256": digest(folder / WHOLE)} if apart else {}
    manifest = {
        "dataset": DATASET,
        "version": version,
        "built": _time(content),
        "quads": len(content.quads),
        "triples": len(content.triples),
        "graphs": len(set(map(_graph, content.quads))),
        **({"restricted": {"claims": closed, "in_dumps": not apart, **whole}} if closed else {}),
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return sums


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


def _rdf(path: Path, statements: Iterable[ox.Triple], prefixes: Mapping[str, str] = PREFIXES) -> None:
    """Write as Turtle in the order given; prefix lines come out in any order, so sort them for a stable file."""
    text = ox.serialize(statements, format=ox.RdfFormat.TURTLE, prefixes=dict(prefixes)) or b""
    head = list(takewhile(lambda line: line.startswith(b"@prefix "), text.splitlines(keepends=True)))
    path.write_bytes(b"".join(sorted(head)) + text[sum(map(len, head)) :])


_TYPE = ox.NamedNode(RDF + "type")
#: Who answers for a statement: the graphs that witnesses give their names to. A witness is a claim, a decision, the
#: record of a data set or a rule.
_WITNESSES = tuple(
    f"<{start}".encode() for start in (ID + "claim/", ID + "decision/", GRAPH + "enrichment/", GRAPH_DERIVED)
)


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


def statistics(content: Content, store: ox.Store, version: str) -> list[ox.Quad]:
    """Return the dataset's numbers as quads of ``graph/derived/statistics``: those of the whole, with these quads.

    ``store`` holds the merged graph without them as its default graph, ``content`` its lines.
    """
    count = _Count(content.triples, store)
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
    """What stands in the default graph of a store, counted once from its lines in their order."""

    def __init__(self, triples: Iterable[bytes], store: ox.Store) -> None:
        self._store = store
        self._linksets = _linksets(store)
        self._triples = self._subjects = self._entities = 0
        classes, properties = Counter[bytes](), Counter[bytes]()
        # By a number for each: three million objects of a large graph would fill a gigabyte. That two of them share
        # one of 2^64 has a chance of one in four million then, and would be a number too few by one.
        objects = set[int]()
        for subject, held in groupby((line.split(b" ", 2) for line in triples), key=itemgetter(0)):
            self._subjects += 1
            entity = False
            for _, predicate, rest in held:
                self._triples += 1
                properties[predicate] += 1
                objects.add(hash(rest))
                if predicate == _TYPED and rest.startswith(b"<"):
                    classes[rest] += 1
                    entity |= rest.startswith(_OUR_CLASS)
            self._entities += entity and subject.startswith(_OUR_THING)
        self._objects = len(objects)
        self._classes = {name[1:-3].decode(): number for name, number in classes.items()}
        self._properties = {name[1:-1].decode(): number for name, number in properties.items()}

    def beside(self, quads: Sequence[ox.Quad]) -> _Numbers:
        """Return the numbers of what was counted and of ``quads``, which say nothing that was said there."""
        default = ox.DefaultGraph()
        subjects = {
            quad.subject
            for quad in quads
            if next(self._store.quads_for_pattern(quad.subject, None, None, default), None) is None
        }
        objects = {
            quad.object
            for quad in quads
            if next(self._store.quads_for_pattern(None, None, quad.object, default), None) is None
        }
        types = Counter(
            quad.object.value for quad in quads if quad.predicate == _TYPE and isinstance(quad.object, ox.NamedNode)
        )
        return _Numbers(
            self._triples + len(quads),
            self._subjects + len(subjects),
            self._objects + len(objects),
            self._entities,
            Counter(self._classes) + types,
            Counter(self._properties) + Counter(quad.predicate.value for quad in quads),
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
