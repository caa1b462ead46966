"""Any text is a question: what its words, quoted phrases and minus signs ask for.

Nothing here can be wrong syntax: a quotation mark without its partner, a lone minus sign or an operator of some other
search is text like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cityrights.search.words import LONGEST, clean, fold, is_small, whole

#: The longest text, in characters, and the most words that are looked at; what is beyond them is left out.
MOST_TEXT: Final = 2_000
MOST_WORDS: Final = 24
_PARTS: Final = re.compile(
    r"""(?:(?<=\s)|^)(?P<minus>-?)(?:["“«„](?P<phrase>[^"“”«»„]*)["”»“]|(?P<word>\S+))|(?P<rest>\S+)"""
)


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
    cleaned = clean(text)[:MOST_TEXT].strip()
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
