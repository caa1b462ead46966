"""From text to words, the same at both ends of the search: folded, and stemmed in each language.

Folding leaves accents, ligatures and capitals out (``Łódź`` and ``lodz`` are one word); stemming comes after it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Token, Tokenizer

#: The languages whose word forms are known, by their name in the stemmer.
LANGUAGES: Final[Mapping[str, str]] = {"en": "english", "fr": "french", "es": "spanish"}
#: The longest word, in characters, that is indexed and looked for; of longer ones this much.
LONGEST: Final = 64


def written(text: str) -> str:
    """Return the text with what cannot be written in UTF-8 replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def clean(text: str) -> str:
    """Return the text in normal form C, with what cannot be written in UTF-8 replaced."""
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
