"""A selection as GeoJSON (RFC 7946): a point for each thing where it is, or for each place with how many are there."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

import numpy as np
import orjson

from cityrights.catalogue import Found
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.lists.state import State
from cityrights_web.urls import thing_key


def things(around: Frame, found: Found) -> bytes:
    """Write every thing of the selection; one in several places is several points, one without any has none."""
    return _collection(_things(around, found))


def places(around: Frame, found: Found, state: State) -> bytes:
    """Write every place that the selection is in: ``count`` says how often, ``url`` leads to what is there.

    ``shared`` are those of its things that other places have too, so that a sum over places can count each once.
    Where the things of the list are places themselves, they are the points, with their own counts.
    """
    return _collection(_own(around, found) if state.listing.place == "within" else _places(around, found, state))


def _collection(features: Iterator[dict[str, object]]) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", "features": list(features)}, option=orjson.OPT_APPEND_NEWLINE)


def _feature(
    point: tuple[float, float] | None, properties: dict[str, object], iri: str | None = None
) -> dict[str, object]:
    geometry = {"type": "Point", "coordinates": point} if point is not None else None
    return {"type": "Feature", **({"id": iri} if iri else {}), "geometry": geometry, "properties": properties}


def _things(around: Frame, found: Found) -> Iterator[dict[str, object]]:
    held, language = found.held, around.language
    own_points = held.listing.place == "within"
    for item, row in zip(found.items, found.rows(language), strict=True):
        iri = row.thing.iri.value
        about: dict[str, object] = {"label": row.thing.label.value, "url": around.urls.link(iri), "kind": _kind(iri)}
        if row.status is not None:
            about["status"] = row.status.label.value
        if row.number is not None:
            about["count"] = row.number
        if own_points or held.where is None:
            yield _feature(_point(held.longitude[item], held.latitude[item]), about, iri)
            continue
        points = 0
        for number in held.where.own(int(item)):
            point = _point(held.where.longitude[number], held.where.latitude[number])
            if point is not None:
                points += 1
                yield _feature(point, {**about, "place": held.where.label(number, language).value}, iri)
        if not points:
            yield _feature(None, about, iri)


def _own(around: Frame, found: Found) -> Iterator[dict[str, object]]:
    return (feature for feature in _things(around, found) if feature["geometry"] is not None)


def _places(around: Frame, found: Found, state: State) -> Iterator[dict[str, object]]:
    where = found.held.where
    if where is None:
        return
    shared = found.in_several_places()
    counts = np.zeros(len(where), np.int64)
    for item in found.items:
        counts[list(where.own(int(item)))] += 1
    for number in np.flatnonzero(counts):
        point = _point(where.longitude[number], where.latitude[number])
        if point is None:
            continue
        iri = where.values[int(number)]
        narrowed = state.with_keys("place", [where.facet.key(iri)]).data_pairs()
        about: dict[str, object] = {
            "label": where.label(int(number), around.language).value,
            "url": around.urls.site(f"/{state.listing.name}", narrowed),
            "kind": _kind(iri),
            "count": int(counts[number]),
        }
        if int(number) in shared:
            about["shared"] = shared[int(number)]
        yield _feature(point, about, iri)


def _kind(iri: str) -> str:
    return (thing_key(iri) or "").partition("/")[0]


def _point(longitude: float, latitude: float) -> tuple[float, float] | None:
    return None if isnan(longitude) else (float(longitude), float(latitude))
