"""A snapshot of anybody's RDF files, without ontology and derivations: what ``cityrights serve --dataset`` serves.

The default graph has what the files state outside their graphs, and the merge of all their graphs, as the shipped
graph has. Named graphs stay as they are; blank nodes of different files stay different.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from cityrights.indexes import registry
from cityrights.indexes.registry import silent
from cityrights.pipeline.dumps import file_entry
from cityrights.pipeline.steps import new_folder, publish, usable
from cityrights.resources.dataset import Told, read_told
from cityrights.snapshot import MANIFEST, Progress, Snapshot, record
from cityrights.vocabulary import DCTERMS, OWL, RDF, XSD
from sparqlgate.errors import InputError
from sparqlgate.rdf.capped import copy_all
from sparqlgate.rdf.files import extension_of

#: The largest number of named graphs that the manifest lists by name.
LISTED = 2_000
#: Part of the version; changes when what is written of the same files does.
_FORM = "4"
_VOID = "http://rdfs.org/ns/void#"
_COUNTS = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
}


def build_files(
    files: Sequence[Path], directory: Path, *, base_iri: str | None = None, progress: Progress = silent
) -> Snapshot:
    """Build a snapshot of ``files`` in ``directory`` and return it; the same files give the same version.

    Relative IRIs are resolved against ``base_iri``; without one they are an error. Raises InputError for the first
    file that is wrong, SnapshotError where ``directory`` cannot be written, and then leaves nothing behind.
    """
    version = _version(files, base_iri)
    target = directory / version[:12]
    if usable(target, version):
        return Snapshot.open(target)
    with new_folder(directory) as folder:
        _write(folder, files, version, base_iri, progress)
        publish(folder, target)
    return Snapshot.open(target)


def _version(files: Sequence[Path], base_iri: str | None) -> str:
    total = hashlib.sha256(f"{_FORM}\n{base_iri or ''}\n".encode())
    for path in files:
        try:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest() + extension_of(path).encode() + b"\n")
        except OSError as error:
            raise InputError(path, f"cannot be read: {error.strerror}") from error
    return total.hexdigest()


def _write(folder: Path, files: Sequence[Path], version: str, base_iri: str | None, progress: Progress) -> None:
    nquads = folder / "cityrights.nq"
    with nquads.open("wb") as out:
        for number, _ in enumerate(copy_all(files, out.write, base_iri=base_iri), 1):
            progress("reading files", number, len(files))
    progress("indexing", 0, 1)
    store = ox.Store(str(folder / "store"))
    outside = False

    def merged() -> Iterator[ox.Quad]:
        nonlocal outside
        for quad in ox.parse(path=str(nquads), format=ox.RdfFormat.N_QUADS):
            yield quad
            if isinstance(quad.graph_name, ox.DefaultGraph):
                outside = True
            else:
                yield ox.Quad(quad.subject, quad.predicate, quad.object)

    store.bulk_extend(merged())
    store.flush()
    store.optimize()
    progress("describing the dataset", 0, 1)
    graphs = sorted(graph.value for graph in store.named_graphs())
    numbers = {name: _count(store, query) for name, query in _COUNTS.items()}
    told = read_told(store)
    registry.write(folder, store, progress)
    del store
    dataset = "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(version)).decode().rstrip("=")
    _describe(folder / "void.ttl", dataset, version, numbers, told)
    with nquads.open("rb") as file:
        quads = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    manifest = {
        "dataset": dataset,
        "version": version,
        "built": datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC).isoformat(timespec="seconds"),
        "quads": quads,
        "triples": numbers["triples"],
        "graphs": len(graphs),
        "union": not outside,
        "named_graphs": graphs[:LISTED],
        "told": told.record(),
        "files": {name: file_entry(folder / name) for name in ("cityrights.nq", "void.ttl")},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    record(folder)
    progress("indexing", 1, 1)


def _count(store: ox.Store, query: str) -> int:
    answer = store.query(query)
    assert isinstance(answer, ox.QuerySolutions)
    value = next(answer)["n"]
    assert isinstance(value, ox.Literal)
    return int(value.value)


def _describe(path: Path, dataset: str, version: str, numbers: dict[str, int], told: Told) -> None:
    """Write what there is to say of a dataset: its size (VoID, section 4.6), and what it says of itself."""
    subject = ox.NamedNode(dataset)
    integer = ox.NamedNode(XSD + "integer")
    said = [
        ox.Triple(subject, ox.NamedNode(RDF + "type"), ox.NamedNode(_VOID + "Dataset")),
        ox.Triple(subject, ox.NamedNode(OWL + "versionInfo"), ox.Literal(version)),
        *(
            ox.Triple(subject, ox.NamedNode(_VOID + name), ox.Literal(str(number), datatype=integer))
            for name, number in numbers.items()
        ),
    ]
    if told.iri:
        said.append(ox.Triple(subject, ox.NamedNode(DCTERMS + "source"), ox.NamedNode(told.iri)))
    for name, texts in (("title", told.titles), ("description", told.descriptions)):
        said += [ox.Triple(subject, ox.NamedNode(DCTERMS + name), _literal(*one)) for one in texts.items()]
    for name, named in (("license", told.licences), ("publisher", told.publishers), ("creator", told.creators)):
        for one in named:
            values = [ox.NamedNode(one.iri)] if one.iri else [_literal(*text) for text in one.names.items()]
            said += [ox.Triple(subject, ox.NamedNode(DCTERMS + name), value) for value in values]
    prefixes = {"dcterms": DCTERMS, "owl": OWL, "void": _VOID, "xsd": XSD}
    ox.serialize(said, str(path), format=ox.RdfFormat.TURTLE, prefixes=prefixes)


def _literal(language: str, text: str) -> ox.Literal:
    return ox.Literal(text, language=language) if language else ox.Literal(text)
