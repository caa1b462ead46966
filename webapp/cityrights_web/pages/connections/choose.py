"""The form that asks for two places: lists to choose from while they are few, else fields that take any name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import flask

from cityrights.describe import Link
from cityrights.describe.connected import name_all
from cityrights.errors import SnapshotError
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import html, missing, refused, see_other
from cityrights_web.pages.suggest import LONGEST
from cityrights_web.urls import thing_iri, thing_key

#: Places that a list has at most; of more, a field asks for the name.
LISTED: Final = 150
#: Kinds of things that may be such places, and how many are offered when a name is not clear.
KINDS: Final = ("city", "department", "island", "region", "country")
_OFFERED, _LOOKED_AT = 8, 50


@dataclass(frozen=True, slots=True)
class Meant:
    """What a field may mean: ``name`` of the field, its text, keys and links of the places; ``sure`` when it is one."""

    name: str
    text: str
    places: tuple[tuple[str, Link], ...]
    sure: bool


def listed(around: Frame) -> list[tuple[str, Link]]:
    """Return key and link of every place, in the order of their names; none where they are too many for a list."""
    site = around.site
    if len(site.connections.places) > LISTED:
        return []
    named = name_all(site.engine, site.vocabulary, site.connections.places, around.language)
    pairs = [(thing_key(iri) or "", link) for iri, link in named.items()]
    return sorted(pairs, key=lambda pair: (pair[1].label.value.casefold(), pair[0]))


def chosen(around: Frame) -> flask.Response:
    """Lead to what joins the two places that the request names, or ask which ones are meant.

    Raises a 400 for less than two, a 404 for a name that no place has.
    """
    texts = {name: flask.request.args.get(name, "").strip() for name in ("a", "b")}
    if not all(texts.values()):
        raise refused(around.words.connections.two)
    if any(len(text) > LONGEST for text in texts.values()):
        raise refused(around.words.faults.long_text.format(n=around.number(LONGEST)))
    meant = [_meant(around, name, text) for name, text in texts.items()]
    if all(one.sure for one in meant):
        return see_other(around.urls.connections([one.places[0][0] for one in meant]), vary="")
    return html(around.render("connections/choose.html", fields=meant))


def _meant(around: Frame, name: str, text: str) -> Meant:
    exact, near = _places(around, text)
    found = exact or near[:_OFFERED]
    if not found:
        raise missing(around.words.connections.unknown_place.format(name=text[:100]))
    site = around.site
    links = name_all(site.engine, site.vocabulary, found, around.language)
    places = tuple((thing_key(iri) or "", links[iri]) for iri in found)
    return Meant(name, text, places, sure=len(exact) == 1)


def _places(around: Frame, text: str) -> tuple[list[str], list[str]]:
    """Return the places with this key or exactly this name in any language, and those with one that is near it."""
    held = around.site.connections
    iri = thing_iri(text if "/" in text else f"city/{text}")
    if held.has(iri):
        return [iri], []
    try:
        index = around.site.search
        exact = [iri for iri in index.called(text) if held.has(iri)]
        near = [
            hit.iri for hit in index.suggest(text, around.language, _LOOKED_AT, [("kind", KINDS)]) if held.has(hit.iri)
        ]
    except SnapshotError:  # a snapshot without an index: only keys are known
        return [], []
    return exact, near
