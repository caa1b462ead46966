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

from cityrights.namespaces import BASE, DATASET, DCTERMS, PREFIXES

#: File → media type (RFC 2046 names as IANA registers them) of everything that can be downloaded.
MEDIA_TYPES = {
    "cityrights.nq": "application/n-quads",
    "cityrights.trig": "application/trig",
    "cityrights.nt": "application/n-triples",
    "cityrights.ttl": "text/turtle",
    "cityrights.jsonld": "application/ld+json",
    "void.ttl": "text/turtle",
}


def write(folder: Path, quads: Sequence[ox.Quad], lines: Sequence[str], described: Sequence[ox.Quad]) -> None:
    """Write every dump into ``folder``; ``lines`` are the sorted N-Quads, ``described`` is what VoID says."""
    _text(folder / "cityrights.nq", lines)
    ordered = list(ox.parse((folder / "cityrights.nq").read_bytes(), format=ox.RdfFormat.N_QUADS))
    triples = sorted({f"{q.triple} ." for q in ordered})
    _text(folder / "cityrights.nt", triples)
    merged = list(ox.parse((folder / "cityrights.nt").read_bytes(), format=ox.RdfFormat.N_TRIPLES))
    by_graph = sorted(ordered, key=lambda q: str(q.graph_name))
    _rdf(folder / "cityrights.trig", by_graph, ox.RdfFormat.TRIG)
    _rdf(folder / "cityrights.ttl", merged, ox.RdfFormat.TURTLE)
    _rdf(folder / "cityrights.jsonld", by_graph, ox.RdfFormat.JSON_LD)
    head = [q for q in quads if str(q.graph_name) == f"<{BASE}graph/dataset>"]
    void = sorted({f"{q.triple} ." for q in [*head, *described]})
    _rdf(
        folder / "void.ttl",
        list(ox.parse("\n".join(void).encode(), format=ox.RdfFormat.N_TRIPLES)),
        ox.RdfFormat.TURTLE,
    )


def write_manifest(folder: Path, lines: Sequence[str], version: str) -> None:
    """Write ``manifest.json``: version, time, counts, and each file with bytes, SHA-256 and media type."""
    graphs = {line.rsplit("> <", 1)[1] if "> <" in line else line.rsplit(" <", 1)[1] for line in lines}
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": _digest(folder / name), "type": media_type}
        for name, media_type in MEDIA_TYPES.items()
    }
    manifest = {
        "dataset": DATASET,
        "version": version,
        "built": _time(folder),
        "quads": len(lines),
        "triples": _count(folder / "cityrights.nt"),
        "graphs": len(graphs),
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


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


def _rdf(path: Path, quads: Sequence[ox.Quad], form: ox.RdfFormat) -> None:
    """Serialise in the order given; prefix lines come out in any order, so sort them for a stable file."""
    buffer = io.BytesIO()
    if form == ox.RdfFormat.JSON_LD:
        ox.serialize(quads, buffer, format=form)
        path.write_bytes(buffer.getvalue())
        return
    triples = quads if form == ox.RdfFormat.TRIG else [quad.triple for quad in quads]
    ox.serialize(triples, buffer, format=form, prefixes=PREFIXES)
    head = buffer.getvalue().splitlines(keepends=True)
    count = next((n for n, line in enumerate(head) if not line.startswith(b"@prefix ")), len(head))
    path.write_bytes(b"".join([*sorted(head[:count]), *head[count:]]))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
