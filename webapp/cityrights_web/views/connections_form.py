"""What a request for connections asks for: places and a filter; and the form that asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import flask
import numpy as np

from cityrights.errors import SnapshotError, UnknownThing
from cityrights.indexes.proximity import Filter
from cityrights.indexes.proximity.table import FEATURES
from cityrights.indexes.proximity.telling import name_all
from cityrights.library.names import nearest
from cityrights.resources.model import Link
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import ID, KINDS
from cityrights_web.layout import Layout
from cityrights_web.responses import html, missing, only, refused, see_other
from cityrights_web.urls import thing_iri, thing_key
from cityrights_web.views.search import LONGEST

#: Parameter → the features that it may choose from.
_CHOICES: Final = {"theme": ("theme",), "kind": ("institution-kind", "instrument-kind"), "source": ("source",)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter and what is left of it: ``pairs`` are the parameters as they stand in addresses."""

    wanted: Filter
    pairs: tuple[tuple[str, str], ...]
    possible: bool

    @property
    def chosen(self) -> dict[str, str]:
        """Value of each parameter."""
        return dict(self.pairs)


def keys_in(path: str) -> list[str]:
    """Return the keys of the places in a path: ``utrecht/department/seine-saint-denis`` has two."""
    keys: list[str] = []
    parts = path.split("/")
    while parts:
        first = parts.pop(0)
        if first in KINDS and parts:
            keys.append(f"{first}/{parts.pop(0)}")
        else:
            keys.append(f"city/{first}")
    return keys


def place_of(layout: Layout, key: str) -> str:
    """Return the IRI of the place with this key. Raises a 404 for what has no connections."""
    iri = thing_iri(key)
    try:
        layout.site.indexes.proximity.number(iri)
    except UnknownThing as error:
        name = key.removeprefix("city/")[:100]
        detail = layout.words.connections.unknown_place.format(name=name)
        raise missing(detail, iri=iri) from error
    return iri


def asked(layout: Layout) -> Asked:
    """Read the filter of the request. Raises a 400 for a value that is none."""
    values, pairs = [], []
    for name in _CHOICES:
        slug = flask.request.args.get(name, "")
        if slug:
            iri = f"{ID}{name}/{slug}"
            if iri not in layout.site.vocabulary.labels:
                detail = layout.words.connections.unknown_filter.format(name=slug[:100])
                near = nearest(slug, [key for key, _ in choices(layout)[name]])
                words = CATALOGUE[layout.language].parameters.near.format(near=", ".join(near))
                raise refused(f"{detail} {words}" if near else detail)
            values.append(iri)
            pairs.append((name, slug))
    unsettled = only("status", "all")
    if unsettled:
        pairs.append(("status", "all"))
    wanted = Filter(tuple(values), unsettled=unsettled)
    try:
        layout.site.indexes.proximity.measure(wanted)
    except UnknownThing:
        return Asked(wanted, tuple(pairs), possible=False)
    return Asked(wanted, tuple(pairs), possible=True)


def choices(layout: Layout) -> dict[str, list[tuple[str, str]]]:
    """Return slug and label of all that each parameter may be, in the order of the labels."""
    table = layout.site.indexes.proximity.table
    found = {}
    for name, features in _CHOICES.items():
        numbers = [number for number, feature in enumerate(FEATURES) if feature.name in features]
        held = np.unique(table.link["feature"][np.isin(table.link["kind"], numbers)]).tolist()
        base = f"{ID}{name}/"
        iris = [table.names[number] for number in held if table.names[number].startswith(base)]
        labels = [(iri[len(base) :], layout.site.vocabulary.label(iri, layout.language).value) for iri in iris]
        found[name] = sorted(labels, key=lambda pair: (pair[1].casefold(), pair[0]))
    return found


#: Places that a list has at most; of more, a field asks for the name.
LISTED: Final = 150
#: Kinds of things that may be such places, and how many are offered when a name is not clear.
CHOOSE_KINDS: Final = ("city", "department", "island", "region", "country")
_OFFERED, _LOOKED_AT = 8, 50


@dataclass(frozen=True, slots=True)
class Meant:
    """What a field may mean: ``name`` of the field, its text, keys and links of the places; ``sure`` when it is one."""

    name: str
    text: str
    places: tuple[tuple[str, Link], ...]
    sure: bool


def listed(layout: Layout) -> list[tuple[str, Link]]:
    """Return key and link of every place, in the order of their names; none where they are too many for a list."""
    site = layout.site
    if len(site.indexes.proximity.places) > LISTED:
        return []
    named = name_all(site.engine, site.vocabulary, site.indexes.proximity.places, layout.language)
    pairs = [(thing_key(iri) or "", link) for iri, link in named.items()]
    return sorted(pairs, key=lambda pair: (pair[1].label.value.casefold(), pair[0]))


def chosen(layout: Layout) -> flask.Response:
    """Lead to what joins the two places that the request names, or ask which ones are meant.

    Raises a 400 for less than two, a 404 for a name that no place has.
    """
    texts = {name: flask.request.args.get(name, "").strip() for name in ("a", "b")}
    if not all(texts.values()):
        raise refused(layout.words.connections.two)
    if any(len(text) > LONGEST for text in texts.values()):
        raise refused(layout.words.faults.long_text.format(n=layout.number(LONGEST)))
    meant = [_meant(layout, name, text) for name, text in texts.items()]
    if all(one.sure for one in meant):
        return see_other(layout.urls.connections([one.places[0][0] for one in meant]), vary="")
    return html(layout.render("connections/choose.html", fields=meant))


def _meant(layout: Layout, name: str, text: str) -> Meant:
    exact, near = _places(layout, text)
    found = exact or near[:_OFFERED]
    if not found:
        raise missing(layout.words.connections.unknown_place.format(name=text[:100]))
    site = layout.site
    links = name_all(site.engine, site.vocabulary, found, layout.language)
    places = tuple((thing_key(iri) or "", links[iri]) for iri in found)
    return Meant(name, text, places, sure=len(exact) == 1)


def _places(layout: Layout, text: str) -> tuple[list[str], list[str]]:
    """Return the places with this key or exactly this name in any language, and those with one that is near it."""
    held = layout.site.indexes.proximity
    iri = thing_iri(text if "/" in text else f"city/{text}")
    if held.has(iri):
        return [iri], []
    try:
        index = layout.site.indexes.search
        exact = [iri for iri in index.called(text) if held.has(iri)]
        near = [
            hit.iri
            for hit in index.suggest(text, layout.language, _LOOKED_AT, [("kind", CHOOSE_KINDS)])
            if held.has(hit.iri)
        ]
    except SnapshotError:  # a snapshot without an index: only keys are known
        return [], []
    return exact, near
