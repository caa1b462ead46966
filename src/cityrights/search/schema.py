"""The fields of the index, and how it is made and opened."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import tantivy

from cityrights import namespaces
from cityrights.search.words import LANGUAGES, folding, stemming

#: The folder of the index in a snapshot.
FOLDER: Final = "search"
#: Every kind of thing that may be found; those of other sites are one.
KINDS: Final = (*namespaces.KINDS, "other")
#: What decides how a graph is written down, beside the library.
_WRITING: Final = ("documents.py", "schema.py", "words.py", "write.py")


@lru_cache(maxsize=1)
def schema() -> tantivy.Schema:
    """Return the schema.

    ``iri``, ``kind``, ``type``, ``id`` (identifiers), ``whole`` (folded names), ``start`` (their first word, their
    first two …) and ``country`` hold whole values; ``name`` and ``text`` folded words, ``name_en``, ``text_en`` …
    stems. ``kind_number`` is the place of the kind in ``KINDS``, ``weight`` multiplies the score of a document,
    ``data`` is what is shown of it. ``source`` is the document that a claim is drawn from, ``position`` its place
    among all claims, each document in its order.
    """
    builder = tantivy.SchemaBuilder()
    for name in ("iri", "type", "id", "whole", "start", "country", "source"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("name", "text"):
        builder.add_text_field(name, tokenizer_name="folded")
        for language in LANGUAGES:
            builder.add_text_field(f"{name}_{language}", tokenizer_name=f"stems_{language}")
    builder.add_unsigned_field("kind_number", fast=True)
    builder.add_unsigned_field("position", fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("data", stored=True)
    return builder.build()


def form() -> str:
    """Return a name that changes when what is written of the same graph may: with this code, and with the library."""
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in _WRITING)
    return f"{hashlib.sha256(code).hexdigest()[:16]} {version('tantivy')}"


def create(folder: Path) -> tantivy.Index:
    """Make an empty index in ``folder``."""
    folder.mkdir()
    return _with_words(tantivy.Index(schema(), path=str(folder)))


def load(folder: Path) -> tantivy.Searcher:
    """Open the index in ``folder`` for questions.

    Raises ValueError when there is none that can be read, or one with other fields, and OSError where the folder is
    only read and no temporary file can be made either.
    """
    if os.access(folder, os.W_OK):
        return _open(folder)
    # The library makes a lock in the folder while it opens an index, which a medium that is only read refuses. So it is
    # given a passing folder with links to the same files, which it has mapped into memory when it is done.
    with tempfile.TemporaryDirectory(prefix="cityrights-search-") as passing:
        for file in folder.iterdir():
            if file.suffix != ".lock":
                Path(passing, file.name).symlink_to(file.resolve())
        return _open(Path(passing))


def _open(folder: Path) -> tantivy.Searcher:
    index = _with_words(tantivy.Index.open(str(folder)))
    if index.schema != schema():
        raise ValueError("it is of another release")
    index.config_reader("manual")  # a snapshot never changes: nothing needs to watch it
    return index.searcher()


def _with_words(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer("folded", folding())
    for language in LANGUAGES:
        index.register_tokenizer(f"stems_{language}", stemming(language))
    return index
