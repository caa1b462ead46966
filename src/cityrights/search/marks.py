"""Where in a text the words of a question are, and the part of it to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cityrights.search.model import Marked
from cityrights.search.words import LANGUAGES, distance, stem, tokens, tolerance

#: The length of a snippet, in characters, and how much of it stands before the first matched word.
_LENGTH: Final = 220
_BEFORE: Final = 60
_SHORTEST_PREFIX: Final = 3


class Marker:
    """Finds the words of one question in texts; ``typos`` says whether words like them count, too."""

    def __init__(self, words: Sequence[str], *, typos: bool = False) -> None:
        self._words = tuple(dict.fromkeys(words))
        self._typos = typos
        self._stems = {tag: {stem(word, tag): word for word in self._words} for tag in LANGUAGES}

    def mark(self, text: str, language: str) -> Marked:
        """Return the whole text with the words marked."""
        return Marked(text, language, tuple((first, last) for first, last, _ in self.find(text, language)))

    def find(self, text: str, language: str) -> list[tuple[int, int, str]]:
        """Return first and last character of each matched word, and the word of the question that it matches."""
        if not self._words:
            return []
        tag = language.partition("-")[0]
        stems = [token.text for token in tokens(text, tag)] if tag in LANGUAGES else None
        found = []
        for number, token in enumerate(tokens(text)):
            word = self._same(token.text)
            if word is None and stems is not None:
                word = self._stems[tag].get(stems[number])
            if word is not None:
                found.append((token.char_offset_from, token.char_offset_to, word))
        return found

    def _same(self, token: str) -> str | None:
        for word in self._words:
            if token == word or (len(word) >= _SHORTEST_PREFIX and token.startswith(word)):
                return word
        if self._typos:
            for word in self._words:
                if distance(token, word, tolerance(word)) is not None:
                    return word
        return None

    def snippet(self, texts: Sequence[tuple[str, str]], language: str) -> Marked | None:
        """Return the part to show of ``texts`` (language and text of each): where most of the words are.

        Among equals the one in the reader's language, then the first. None when there are no texts.
        """
        best: tuple[tuple[int, bool, int], str, str, list[tuple[int, int, str]]] | None = None
        for number, (tag, text) in enumerate(texts):
            found = self.find(text, tag)
            rank = (len({word for _, _, word in found}), tag == language, -number)
            if best is None or rank > best[0]:
                best = (rank, tag, text, found)
        if best is None:
            return None
        _, tag, text, found = best
        first, last = _window(text, found[0][0] if found else 0)
        lead, tail = "… " if first else "", " …" if last < len(text) else ""
        shift = len(lead) - first
        marks = tuple((at + shift, to + shift) for at, to, _ in found if at >= first and to <= last)
        return Marked(lead + text[first:last] + tail, tag, marks)


def _window(text: str, at: int) -> tuple[int, int]:
    """Return first and last character of the part around ``at``, between words where there are spaces."""
    if len(text) <= _LENGTH:
        return 0, len(text)
    first = 0
    if at > _BEFORE:
        space = text.rfind(" ", 0, at - _BEFORE + 1)
        first = space + 1 if space >= at - 2 * _BEFORE else at - _BEFORE
    last = min(len(text), first + _LENGTH)
    if last < len(text):
        space = text.rfind(" ", at, last)
        last = space if space > at + 1 else last
    return first, last
