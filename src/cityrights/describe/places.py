"""Where the territories stand: read once, so that every page can say what is near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians
from types import MappingProxyType

from cityrights.describe.ask import ask
from cityrights.describe.terms import Iri, Literal
from cityrights.engine import Engine


@dataclass(frozen=True, slots=True)
class Spot:
    """A territory with coordinates, in degrees (WGS 84), and its labels."""

    iri: Iri
    latitude: float
    longitude: float
    labels: tuple[Literal, ...]


@dataclass(frozen=True)
class Places:
    """The territories of one snapshot that have coordinates, by IRI; read once (:meth:`load`)."""

    spots: Mapping[str, Spot]

    @classmethod
    def load(cls, engine: Engine) -> Places:
        """Read the places through ``engine``. Raises QueryError as the engine does."""
        found: dict[str, Spot] = {}
        for row in ask(engine, "territory_spots"):
            iri, label = str(row["s"]), row.get("label")
            labels = found[iri].labels if iri in found else ()
            if isinstance(label, Literal):
                labels = (*labels, label)
            try:
                latitude, longitude = float(str(row["lat"])), float(str(row["long"]))
            except ValueError:
                continue
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                found[iri] = Spot(Iri(iri), latitude, longitude, labels)
        return cls(MappingProxyType(found))

    def nearest(self, iri: str, most: int) -> list[Spot]:
        """Return the spot of ``iri`` and up to ``most`` cities, departments and islands near it, the nearest first.

        None at all when ``iri`` has no coordinates. Distances are good enough to put neighbours in order.
        """
        here = self.spots.get(iri)
        if here is None:
            return []
        narrow = cos(radians(here.latitude))

        def distance(spot: Spot) -> tuple[float, str]:
            east = abs(spot.longitude - here.longitude)
            east = min(east, 360 - east) * narrow
            return east * east + (spot.latitude - here.latitude) ** 2, spot.iri.value

        others = [spot for spot in self.spots.values() if spot is not here and not _is_wide(spot.iri.value)]
        return [here, *sorted(others, key=distance)[:most]]


def _is_wide(iri: str) -> bool:
    """Whether a dot on the map would say little of it."""
    return "/id/country/" in iri or "/id/region/" in iri
