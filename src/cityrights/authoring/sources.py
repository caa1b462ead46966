"""A new source: what is said of a document, whose text itself stays outside the project."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from cityrights.authoring.files import add_quads
from cityrights.errors import InputError
from cityrights.graphs import inputs, parse_file
from cityrights.namespaces import CR, DCTERMS, GRAPH_ENTITIES, GRAPH_LABELS, ID, RDF, RDFS
from cityrights.ranges import ranges
from cityrights.validate.sources import lines_of

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Document:
    """The file of a source: its path, the MD5 of its bytes and its lines (from 1 in the graph, from 0 here)."""

    path: Path
    md5: str
    lines: list[str] = field(repr=False)


def read_document(path: Path) -> Document:
    """Read a source's text; raises InputError when it cannot be read or is not UTF-8."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"byte {error.start} is not UTF-8", line, "save the document as UTF-8 text") from error
    return Document(path, hashlib.md5(content, usedforsecurity=False).hexdigest(), lines_of(text))


def sources(home: Path) -> dict[str, str]:
    """Return the slug of every source of ``home`` with the MD5 of its document, empty for external records."""
    found: dict[str, str] = {}
    for item in inputs(home):
        if item.graph is None:
            for quad in parse_file(item.path):
                if not isinstance(quad.subject, ox.NamedNode) or not quad.subject.value.startswith(ID + "source/"):
                    continue
                slug = quad.subject.value.removeprefix(ID + "source/")
                if quad.predicate.value == RDF + "type":
                    found.setdefault(slug, "")
                elif quad.predicate.value == CR + "md5" and isinstance(quad.object, ox.Literal):
                    found[slug] = quad.object.value
    return found


def add_source(
    home: Path,
    slug: str,
    document: Path,
    titles: dict[str, str],
    *,
    publisher: str = "",
    descriptions: dict[str, str] | None = None,
) -> Path:
    """Write ``data/sources/<slug>/document.trig`` for a new document and return its path.

    ``titles`` maps a language to the source's label, ``descriptions`` to a sentence about it; ``publisher`` is an IRI.
    Raises InputError when the slug or the document is there already, or is not well formed.
    """
    target = home / "data" / "sources" / slug / "document.trig"
    if not _SLUG.fullmatch(slug):
        raise InputError(
            target, f"“{slug}” is no slug", repair="use a-z, 0-9 and single hyphens; it never changes later"
        )
    read = read_document(document)
    known = sources(home)
    if slug in known or target.exists():
        raise InputError(target, f"there is a source “{slug}” already", repair="choose another slug")
    same = next((name for name, md5 in known.items() if md5 == read.md5), None)
    if same is not None:
        raise InputError(document, f"this document is the source “{same}” already", repair="add claims to that one")
    add_quads(target, _source_quads(slug, read, titles, publisher, descriptions or {}))
    return target


def _source_quads(
    slug: str, document: Document, titles: dict[str, str], publisher: str, descriptions: dict[str, str]
) -> list[ox.Quad]:
    source = ox.NamedNode(f"{ID}source/{slug}")
    entities, labels = ox.NamedNode(GRAPH_ENTITIES), ox.NamedNode(GRAPH_LABELS)
    printed = [number for number, line in enumerate(document.lines, 1) if line.strip()]
    quads = [
        ox.Quad(source, ox.NamedNode(RDF + "type"), ox.NamedNode(CR + "Source"), entities),
        ox.Quad(source, ox.NamedNode(DCTERMS + "format"), ox.Literal("text/plain"), entities),
        ox.Quad(source, ox.NamedNode(CR + "md5"), ox.Literal(document.md5), entities),
        ox.Quad(source, ox.NamedNode(CR + "lineCount"), ox.Literal(len(document.lines)), entities),
        ox.Quad(source, ox.NamedNode(CR + "textLines"), ox.Literal(ranges(printed)), entities),
    ]
    if publisher:
        quads.append(ox.Quad(source, ox.NamedNode(DCTERMS + "publisher"), ox.NamedNode(publisher), entities))
    for language, title in titles.items():
        quads.append(ox.Quad(source, ox.NamedNode(RDFS + "label"), ox.Literal(title, language=language), labels))
    for language, description in descriptions.items():
        text = ox.Literal(description, language=language)
        quads.append(ox.Quad(source, ox.NamedNode(DCTERMS + "description"), text, labels))
    return quads
