"""What was found, as pages and programs are shown it: words for kinds, addresses, the status as a link."""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.describe import Iri, Link
from cityrights.search import Hit
from cityrights_web.pages.frame import Frame


@dataclass(frozen=True, slots=True)
class Found:
    """A hit in the reader's language; ``address`` is None for a thing that no link may lead to."""

    hit: Hit
    address: str | None
    kind: str
    place: str | None
    status: Link | None


def found(around: Frame, hit: Hit) -> Found:
    """Return a hit with what the page adds to it."""
    status = around.site.vocabulary.link(Iri(hit.status), around.language) if hit.status else None
    place = around.urls.link(hit.place.iri) if hit.place else None
    return Found(hit, around.urls.link(hit.iri), kind_word(around, hit), place, status)


def kind_word(around: Frame, hit: Hit) -> str:
    """Return the word for one thing of the hit's kind; of a thing of another site, its class."""
    if hit.kind == "other" and hit.types:
        return around.site.vocabulary.label(hit.types[0], around.language).value
    return around.words.search.one[hit.kind]


def kind_words(around: Frame, kind: str) -> str:
    """Return the word for several things of a kind."""
    return around.words.search.many.get(kind) or around.words.kinds[kind]
