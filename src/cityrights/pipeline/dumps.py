"""What goes into a snapshot in canonical order, and the dumps that are written of it."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from cityrights.pipeline.statistics import STATISTICS
from cityrights.vocabulary import DATASET, DCTERMS, GRAPH_DATASET, PREFIXES


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


#: File → media type (RFC 2046 names as IANA registers them) of everything that can be downloaded.
MEDIA_TYPES = {
    "cityrights.nq": "application/n-quads",
    "cityrights.trig": "application/trig",
    "cityrights.nt": "application/n-triples",
    "cityrights.ttl": "text/turtle",
    "cityrights.jsonld": "application/ld+json",
    "void.ttl": "text/turtle",
}


def write(folder: Path, content: Content) -> None:
    """Write every dump of ``content``, which is sorted, into ``folder``."""
    _text(folder / "cityrights.nq", content.quads)
    _text(folder / "cityrights.nt", content.triples)
    by_graph = sorted(content.quads.values(), key=lambda quad: str(quad.graph_name))
    _rdf(folder / "cityrights.trig", by_graph, ox.RdfFormat.TRIG)
    _rdf(folder / "cityrights.jsonld", by_graph, ox.RdfFormat.JSON_LD)
    _rdf(folder / "cityrights.ttl", list(content.triples.values()), ox.RdfFormat.TURTLE)
    _rdf(folder / "void.ttl", content.about(), ox.RdfFormat.TURTLE)


def write_manifest(folder: Path, content: Content, version: str) -> None:
    """Write ``manifest.json``: version, time, counts, and each file with bytes, SHA-256 and media type."""
    files = {name: file_entry(folder / name) for name in MEDIA_TYPES}
    manifest = {
        "dataset": DATASET,
        "version": version,
        "built": _time(content),
        "quads": len(content.quads),
        "triples": len(content.triples),
        "graphs": len({line[line.rindex(" ", 0, -2) :] for line in content.quads}),
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def file_entry(path: Path) -> dict[str, str | int]:
    """Return what the manifest says of a dump: bytes, SHA-256 and media type."""
    return {"bytes": path.stat().st_size, "sha256": _digest(path), "type": MEDIA_TYPES[path.name]}


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


def _rdf(path: Path, statements: Sequence[ox.Quad] | Sequence[ox.Triple], form: ox.RdfFormat) -> None:
    """Serialise in the order given; prefix lines come out in any order, so sort them for a stable file."""
    if form == ox.RdfFormat.JSON_LD:
        ox.serialize(statements, str(path), format=form)
        return
    buffer = io.BytesIO()
    ox.serialize(statements, buffer, format=form, prefixes=PREFIXES)
    head = buffer.getvalue().splitlines(keepends=True)
    count = next((n for n, line in enumerate(head) if not line.startswith(b"@prefix ")), len(head))
    path.write_bytes(b"".join([*sorted(head[:count]), *head[count:]]))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
