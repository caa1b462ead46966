"""What a request for connections asks for: places, and a filter; each bad choice is told in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import flask
import numpy as np

from cityrights.connections import Filter
from cityrights.connections.rules import FEATURES
from cityrights.errors import UnknownThing
from cityrights.namespaces import ID, KINDS
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import missing, only, refused
from cityrights_web.urls import thing_iri

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


def place_of(around: Frame, key: str) -> str:
    """Return the IRI of the place with this key. Raises a 404 for what has no connections."""
    iri = thing_iri(key)
    try:
        around.site.connections.number(iri)
    except UnknownThing as error:
        name = key.removeprefix("city/")[:100]
        detail = around.words.connections.unknown_place.format(name=name)
        raise missing(detail, iri=iri) from error
    return iri


def asked(around: Frame) -> Asked:
    """Read the filter of the request. Raises a 400 for a value that is none."""
    values, pairs = [], []
    for name in _CHOICES:
        slug = flask.request.args.get(name, "")
        if slug:
            iri = f"{ID}{name}/{slug}"
            if iri not in around.site.vocabulary.labels:
                detail = around.words.connections.unknown_filter.format(name=slug[:100])
                raise refused(detail)
            values.append(iri)
            pairs.append((name, slug))
    unsettled = only("status", "all")
    if unsettled:
        pairs.append(("status", "all"))
    wanted = Filter(tuple(values), unsettled=unsettled)
    try:
        around.site.connections.measure(wanted)
    except UnknownThing:
        return Asked(wanted, tuple(pairs), possible=False)
    return Asked(wanted, tuple(pairs), possible=True)


def choices(around: Frame) -> dict[str, list[tuple[str, str]]]:
    """Return slug and label of all that each parameter may be, in the order of the labels."""
    table = around.site.connections.table
    found = {}
    for name, features in _CHOICES.items():
        numbers = [number for number, feature in enumerate(FEATURES) if feature.name in features]
        held = np.unique(table.link["feature"][np.isin(table.link["kind"], numbers)]).tolist()
        base = f"{ID}{name}/"
        iris = [table.names[number] for number in held if table.names[number].startswith(base)]
        labels = [(iri[len(base) :], around.site.vocabulary.label(iri, around.language).value) for iri in iris]
        found[name] = sorted(labels, key=lambda pair: (pair[1].casefold(), pair[0]))
    return found
