"""From a search text to queries of the index: words, phrases, minus signs; what must match and counts more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tantivy import Occur, Query

from cityrights.indexes.search.text import LANGUAGES, LONGEST, clean, fold, is_small, schema, stem, tolerance, whole

#: The longest text, in characters, and the most words that are looked at; what is beyond them is left out.
MOST_TEXT: Final = 2_000
MOST_WORDS: Final = 24
_PARTS: Final = re.compile(
    r"""(?:(?<=\s)|^)(?P<minus>-?)(?:["“«„](?P<phrase>[^"“”«»„]*)["”»“]|(?P<word>\S+))|(?P<rest>\S+)"""
)
#: An abbreviation whose letters stand apart: L.G.B.T.
_DOTTED: Final = re.compile(r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?")
#: Forms of one word that no stemmer takes for one, folded.
_FORMS: Final = (
    ("woman", "women"), ("man", "men"), ("child", "children"), ("person", "people"), ("ombudsman", "ombudsmen"),
    ("oeil", "yeux"), ("travail", "travaux"), ("foot", "feet"),
)  # fmt: skip
_OTHER_FORM: Final = {one: other for pair in _FORMS for one, other in (pair, pair[::-1])}
_WORD: Final = {"name": 10.0, "text": 3.0}
_STEM: Final = {"name": 7.0, "text": 2.0}
#: What a stem of the reader's own language counts more.
_OWN: Final = 1.2
_PREFIX: Final = {"name": 5.0, "text": 1.0}
_TYPO: Final = {"name": 0.8, "text": 0.4}
#: The shortest word whose beginning is enough, in letters.
_SHORTEST: Final = {"name": 2, "text": 4}
#: The share of the usual score (rare words and short texts count more) that decides between equals.
_USUAL: Final = 0.05
#: Typing errors are looked for in this many words; more would take long and find anything.
_MOST_TYPOS: Final = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A text taken apart; all words are folded.

    ``words`` are looked for in all their forms, ``small`` ones count where they are there, ``phrases`` must be there
    as they are written and ``without`` must not. ``names`` are the names that the text may be, folded: all of it, and
    what is left without what must not be there. ``exact`` is the text in small letters, as identifiers are compared.
    """

    text: str
    exact: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    small: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether there is no text."""
        return not self.names

    @property
    def marked(self) -> tuple[str, ...]:
        """Every word that is to be shown where it is found."""
        return (*self.words, *(word for phrase in self.phrases for word in phrase))


def read(text: str) -> Question:
    """Take a text apart."""
    cleaned = _DOTTED.sub(lambda found: found[0].replace(".", ""), clean(text)[:MOST_TEXT].strip())
    words: dict[str, None] = {}
    phrases: dict[tuple[str, ...], None] = {}
    without: dict[tuple[str, ...], None] = {}
    wanted: list[str] = []
    for part in _PARTS.finditer(cleaned):
        found = tuple(word[:LONGEST] for word in fold(part["phrase"] or part["word"] or part["rest"] or ""))
        if not found:
            continue
        if part["minus"]:
            without[found] = None
            continue
        wanted += found
        if part["phrase"]:
            phrases[found] = None
        else:
            words.update(dict.fromkeys(found))
    if without and not words and not phrases:  # there is nothing to take anything away from
        words, without = dict.fromkeys(word for found in without for word in found), {}
    chosen = list(words)[:MOST_WORDS]
    large = tuple(word for word in chosen if not is_small(word))
    if not large and not phrases:
        large = tuple(chosen)
    return Question(
        cleaned,
        cleaned.lower(),
        tuple(name for name in dict.fromkeys((whole(cleaned), " ".join(wanted))) if name),
        large,
        tuple(word for word in chosen if word not in large),
        tuple(phrases)[:MOST_WORDS],
        tuple(without)[:MOST_WORDS],
    )


_IDENTIFIER, _WHOLE, _BEGINS = 200.0, 100.0, 20.0


def strict(question: Question, language: str) -> Query:
    """Return the query for what has every word in some form, or is called exactly this."""
    return _either(question, _all_of(question, [_word(word, language) for word in question.words], language))


def near(question: Question, language: str) -> Query:
    """Return the query that lets words have typing errors."""
    words = [
        _dismax([_word(word, language), *(_typo(word) if number < _MOST_TYPOS else ())])
        for number, word in enumerate(question.words)
    ]
    return _all_of(question, words, language)


def some(question: Question, language: str) -> Query:
    """Return the query for what has some of the words, the more the better."""
    words = [_word(word, language) for word in question.words]
    phrases = [_phrase(phrase) for phrase in question.phrases]
    return Query.boolean_query(
        [*((Occur.Should, part) for part in (*words, *phrases)), *_without(question)], minimum_number_should_match=1
    )


def beginning(question: Question, *, typos: bool) -> Query:
    """Return the query for names that have the words, the last of them perhaps unfinished."""
    words = [*question.words, *question.small, *(word for phrase in question.phrases for word in phrase)]
    parts = []
    for word in words:
        ways = [
            Query.const_score_query(_term("name", word), _WORD["name"]),
            Query.const_score_query(_prefix("name", word), _PREFIX["name"]),
        ]
        if typos and tolerance(word):
            ways.append(Query.const_score_query(_fuzzy("name", word, tolerance(word), prefix=True), _TYPO["name"]))
        parts.append((Occur.Must, _dismax(ways)))
    parts += [(Occur.Should, Query.const_score_query(_prefix("whole", name), 2 * _BEGINS)) for name in question.names]
    return _either(question, Query.boolean_query(parts))


def named(question: Question) -> Query:
    """Return the query for what has exactly this name or identifier."""
    return _either(question, None)


def without_claims(query: Query) -> Query:
    """Leave out claims, which have no names that anybody would type."""
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, _term("kind", "claim"))])


def among(query: Query, *narrowed: tuple[str, Sequence[str]]) -> Query:
    """Narrow a query to documents with one of the values of each field, without any change to what counts how much.

    However many fields there are, the query is no deeper than with one.
    """
    chosen = [
        (Occur.Must, Query.const_score_query(Query.term_set_query(schema(), field, list(values)), 0.0))
        for field, values in narrowed
    ]
    return Query.boolean_query([(Occur.Must, query), *chosen])


def _either(question: Question, other: Query | None) -> Query:
    ways = [(Occur.Should, Query.const_score_query(_term("id", question.exact), _IDENTIFIER))]
    ways += [(Occur.Should, Query.const_score_query(_term("whole", name), _WHOLE)) for name in question.names]
    if other is not None:
        ways.append((Occur.Should, other))
    return Query.boolean_query(ways)


def _all_of(question: Question, words: Iterable[Query], language: str) -> Query:
    parts = [(Occur.Must, part) for part in (*words, *(_phrase(phrase) for phrase in question.phrases))]
    if not parts:
        return Query.empty_query()
    parts += [(Occur.Should, _word(word, language)) for word in question.small]
    parts += [(Occur.Should, Query.const_score_query(_term("start", name), _BEGINS)) for name in question.names]
    for word in question.words:
        parts.append((Occur.Should, Query.boost_query(_term("name", word), _USUAL)))
        parts += [(Occur.Should, Query.boost_query(_term(f"text_{tag}", stem(word, tag)), _USUAL)) for tag in LANGUAGES]
    return Query.boolean_query([*parts, *_without(question)])


def _without(question: Question) -> list[tuple[Occur, Query]]:
    return [(Occur.MustNot, _phrase(words)) for words in question.without]


def _word(word: str, language: str) -> Query:
    """Return the query for a word in any of its forms: the best way in which a document has it counts."""
    other = _OTHER_FORM.get(word, "")
    ways = [
        Query.const_score_query(_term(name, form), score)
        for field in ("name", "text")
        if other
        for name, form, score in (
            (field, other, _STEM[field]),
            *((f"{field}_{tag}", stem(other, tag), _STEM[field]) for tag in LANGUAGES),
        )
    ]
    for field in ("name", "text"):
        ways.append(Query.const_score_query(_term(field, word), _WORD[field]))
        for tag in LANGUAGES:
            score = _STEM[field] * (_OWN if tag == language else 1.0)
            ways.append(Query.const_score_query(_term(f"{field}_{tag}", stem(word, tag)), score))
        if len(word) >= _SHORTEST[field]:
            ways.append(Query.const_score_query(_prefix(field, word), _PREFIX[field]))
    return _dismax(ways)


def _typo(word: str) -> list[Query]:
    return [
        Query.const_score_query(_fuzzy(field, word, most), _TYPO[field] / most)
        for field in ("name", "text")
        for most in range(1, tolerance(word) + 1)
    ]


def _phrase(words: Sequence[str]) -> Query:
    """Return the query for words as they are written, one after the other, in a name or a text."""

    def within(field: str) -> Query:
        # A phrase of the index has at least two words.
        return _term(field, words[0]) if len(words) == 1 else Query.phrase_query(schema(), field, list(words))

    return _dismax([Query.const_score_query(within(field), _WORD[field] * len(words)) for field in ("name", "text")])


def _term(field: str, value: str) -> Query:
    return Query.term_query(schema(), field, value)


def _prefix(field: str, value: str) -> Query:
    return Query.fuzzy_term_query(schema(), field, value, 0, True, True)


def _fuzzy(field: str, value: str, most: int, *, prefix: bool = False) -> Query:
    return Query.fuzzy_term_query(schema(), field, value, most, True, prefix)


def _dismax(ways: Sequence[Query]) -> Query:
    return Query.disjunction_max_query(list(ways), 0.0)
