"""What stands in English on a French or Spanish page says so, for screen readers and translators."""

from __future__ import annotations

from html.parser import HTMLParser

import pyoxigraph as ox
import pytest

from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, DCTERMS
from tests.whole.walk import LANGUAGES, Walk

#: The walk over the whole site takes a minute of processor time, which may be many on a machine that is busy.
pytestmark = pytest.mark.timeout(900)

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


class _Spoken(HTMLParser):
    """Collects texts with the language that holds for each: that of the nearest element that has one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.languages = [""]
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        language = dict(attrs).get("lang") or self.languages[-1]
        if tag == "meta" and dict(attrs).get("name") == "description":
            self.texts.append((language, dict(attrs).get("content") or ""))
        if tag not in _VOID:
            self.languages.append(language)

    def handle_endtag(self, tag: str) -> None:
        self.languages.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((self.languages[-1], " ".join(data.split())))


def english(snapshot: Snapshot) -> set[str]:
    """Return the descriptions and sentences that there are in English."""
    store = ox.Store.read_only(str(snapshot.store))
    found = set()
    for predicate in (DCTERMS + "description", CR + "text"):
        for quad in store.quads_for_pattern(None, ox.NamedNode(predicate), None):
            if isinstance(quad.object, ox.Literal) and quad.object.language == "en":
                found.add(" ".join(quad.object.value.split()))
    return found


def test_english_descriptions_and_sentences_are_marked(walked: Walk, snapshot: Snapshot) -> None:
    known, seen, unmarked = english(snapshot), 0, []
    for address, page in walked.pages.items():
        if page.language in LANGUAGES:
            for language, text in _Spoken(page.text).texts:
                if text in known:
                    seen += 1
                    if language != "en":
                        unmarked.append(f"{address}: {text[:80]}")
    assert "\n".join(unmarked) == ""
    assert seen > 20  # what has a translation is told in that
