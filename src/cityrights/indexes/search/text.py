"""From text to words, the same at both ends of the search: folded and stemmed; and the fields they go into."""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Token, Tokenizer

from cityrights import places, vocabulary

#: The languages whose word forms are known, by their name in the stemmer.
LANGUAGES: Final[Mapping[str, str]] = {"en": "english", "fr": "french", "es": "spanish"}
#: The longest word, in characters, that is indexed and looked for; of longer ones this much.
LONGEST: Final = 64
#: The folder of the index in a snapshot.
FOLDER: Final = "search"
#: Every kind of thing that may be found; those of other sites are one.
INDEXED_KINDS: Final = (*vocabulary.KINDS, "other")
#: What decides how a graph is written down, beside the library.
_WRITING: Final = ("text.py", "writing.py")


def written(text: str) -> str:
    """Return the text with what cannot be written in UTF-8 replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def clean(text: str) -> str:
    """Return the text in normal form C, with what cannot be written in UTF-8 replaced."""
    if text.isascii():  # which is so already
        return text
    return unicodedata.normalize("NFC", written(text))


def _analyzer(filters: Iterable[Filter]) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


@lru_cache(maxsize=1)
def folding() -> TextAnalyzer:
    """Return the analyzer that folds. It folds before it makes small: the small form of ``İ`` has two characters."""
    return _analyzer((Filter.ascii_fold(), Filter.lowercase()))


@lru_cache(maxsize=len(LANGUAGES))
def stemming(language: str) -> TextAnalyzer:
    """Return the analyzer that folds, then stems."""
    return _analyzer((Filter.ascii_fold(), Filter.lowercase(), Filter.stemmer(LANGUAGES[language])))


@lru_cache(maxsize=1)
def _content() -> tuple[TextAnalyzer, ...]:
    return tuple(_analyzer((Filter.lowercase(), Filter.stopword(name))) for name in LANGUAGES.values())


def fold(text: str) -> list[str]:
    """Return the folded words of a text."""
    return list(folding().analyze(clean(text)))


def whole(text: str) -> str:
    """Return a whole name in the one form in which names are compared; one without letters (``%``) as it stands."""
    return " ".join(fold(text)) or clean(text).strip().lower()


@lru_cache(maxsize=16_384)
def stem(word: str, language: str) -> str:
    """Return the stem of one word in a language."""
    return next(iter(stemming(language).analyze(word)), word)


def tokens(text: str, language: str = "") -> list[Token]:
    """Return the words of a clean text with their places, stemmed where the language is known, else folded."""
    analyzer = stemming(language) if language in LANGUAGES else folding()
    return list(analyzer.pre_tokenize(text).tokens)


@lru_cache(maxsize=4096)
def is_small(word: str) -> bool:
    """Say whether a word alone says too little to be insisted on: an article or a preposition, a single letter."""
    if len(word) == 1 and word.isascii() and word.isalpha():
        return True
    return any(not analyzer.analyze(word) for analyzer in _content())


def tolerance(word: str) -> int:
    """Return how many letters of a word may be wrong: one from 4 letters, two from 8."""
    return 2 if len(word) >= 8 else 1 if len(word) >= 4 else 0


def distance(one: str, other: str, most: int) -> int | None:
    """Return the number of letters to change, add, leave out or swap between two words; None for more than ``most``.

    This is the optimal string alignment distance, as the index counts it.
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        two_back, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, two_back[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


@lru_cache(maxsize=1)
def schema() -> tantivy.Schema:
    """Return the schema.

    ``iri``, ``kind``, ``type``, ``id`` (identifiers), ``whole`` (folded names), ``start`` (their first word, their
    first two …) and ``country`` hold whole values; ``name`` and ``text`` folded words, ``name_en``, ``text_en`` …
    stems. ``kind_number`` is the place of the kind in ``INDEXED_KINDS``, ``weight`` multiplies the score of a document,
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
    """Return a name that changes when what is written of the same graph may: with code, library, or gazetteer."""
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in _WRITING)
    code += repr((places.FILE.stat().st_size, places.about())).encode()
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
