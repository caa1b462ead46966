"""What goes into a snapshot in canonical order, and the dumps that are written of it."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from cityrights.pipeline.statistics import STATISTICS
from cityrights.vocabulary import DATASET, DCTERMS, GRAPH_DATASET, PREFIXES


class Content:
    """A set of quads, each once, sorted by their N-Quads lines (code point order)."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._by_line = {f"{quad} .": quad for quad in quads}

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Take in more quads; only before anything else is asked of the content than ``lines``."""
        self._by_line.update({f"{quad} .": quad for quad in quads})
        del self.lines

    @cached_property
    def lines(self) -> list[str]:
        """The N-Quads lines, sorted, without line ends."""
        return sorted(self._by_line)

    @cached_property
    def quads(self) -> list[ox.Quad]:
        """The quads in the order of ``lines``."""
        return [self._by_line[line] for line in self.lines]

    @cached_property
    def triples(self) -> dict[str, ox.Triple]:
        """The merge of all graphs: N-Triples line → triple, in the order of the lines."""
        found = {f"{triple} .": triple for triple in (quad.triple for quad in self._by_line.values())}
        return {line: found[line] for line in sorted(found)}

    def digest(self) -> str:
        """Return the SHA-256 of the lines, each ended by a line feed."""
        total = hashlib.sha256()
        for line in self.lines:
            total.update(line.encode() + b"\n")
        return total.hexdigest()

    def graphs(self) -> set[str]:
        """Return the names of the graphs, as N-Quads writes them."""
        return {line[line.rindex("<") : -2] for line in self.lines}


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
    """Write every dump of ``content`` into ``folder``."""
    _text(folder / "cityrights.nq", content.lines)
    _text(folder / "cityrights.nt", content.triples)
    by_graph = sorted(content.quads, key=lambda quad: str(quad.graph_name))
    _rdf(folder / "cityrights.trig", by_graph, ox.RdfFormat.TRIG)
    _rdf(folder / "cityrights.jsonld", by_graph, ox.RdfFormat.JSON_LD)
    _rdf(folder / "cityrights.ttl", list(content.triples.values()), ox.RdfFormat.TURTLE)
    about = (ox.NamedNode(GRAPH_DATASET), ox.NamedNode(STATISTICS))
    head = [quad.triple for quad in content.quads if quad.graph_name in about]
    _rdf(folder / "void.ttl", head, ox.RdfFormat.TURTLE)


def write_manifest(folder: Path, content: Content, version: str) -> None:
    """Write ``manifest.json``: version, time, counts, and each file with bytes, SHA-256 and media type."""
    files = {name: file_entry(folder / name) for name in MEDIA_TYPES}
    manifest = {
        "dataset": DATASET,
        "version": version,
        "built": _time(folder),
        "quads": len(content.lines),
        "triples": len(content.triples),
        "graphs": len(content.graphs()),
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def file_entry(path: Path) -> dict[str, str | int]:
    """Return what the manifest says of a dump: bytes, SHA-256 and media type."""
    return {"bytes": path.stat().st_size, "sha256": _digest(path), "type": MEDIA_TYPES[path.name]}


def _time(folder: Path) -> str:
    """Return the time of the dataset: SOURCE_DATE_EPOCH, else what the data say of themselves (dcterms:modified)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.fromtimestamp(int(epoch), UTC).isoformat().replace("+00:00", "Z")
    dates = [
        quad.object.value
        for quad in ox.parse((folder / "void.ttl").read_bytes(), format=ox.RdfFormat.TURTLE)
        if str(quad.subject) == f"<{DATASET}>"
        and str(quad.predicate) == f"<{DCTERMS}modified>"
        and isinstance(quad.object, ox.Literal)
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
