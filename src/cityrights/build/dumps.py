"""The dumps: N-Quads and N-Triples from the parsed, sorted lines, the rest from the same quads in the same order.

None comes from a store's own dump, because stores reorder triples and rewrite literals.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from cityrights.build.content import Content
from cityrights.build.void import STATISTICS
from cityrights.namespaces import DATASET, DCTERMS, GRAPH_DATASET, PREFIXES

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
