"""The parameters of a request that a list does not know: most are misspelt, and the answer is not what was meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from cityrights.catalogue import Listing
from cityrights.likeness import nearest
from cityrights_web.pages.request import words

#: Parameters of every list, beside its facets.
KNOWN: Final = frozenset({"status", "sort", "view", "page", "lang"})
#: What others add to addresses to follow their readers, and what keeps a measured page from coming from a cache.
_PASSING: Final = frozenset(
    {
        "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "mc_cid",
        "mc_eid", "measured", "n",
    }
)  # fmt: skip
_PASSING_STARTS: Final = ("_", "utm_")
#: Parameters that are named, and characters of each: an address may have many, and long ones.
_MOST, _LONGEST = 5, 60
_NEAR: Final = 0.5


def unknown(listing: Listing, asked: Iterable[str], also: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names among ``asked`` that are no parameter of the list, nor among those that pass in silence."""
    facets = {facet.name for facet in listing.facets}
    known = facets | KNOWN | set(also) | _PASSING
    names = (name for name in asked if name and name not in known and not name.startswith(_PASSING_STARTS))
    return tuple(dict.fromkeys(name[:_LONGEST] for name in names))[:_MOST]


def told(listing: Listing, name: str) -> str:
    """Say that the list has no such parameter, and which facets it has: those spelt like it first."""
    facets = [facet.name for facet in listing.facets]
    near = nearest(name.lower(), facets, len(facets), _NEAR)
    known = ", ".join([*near, *(facet for facet in facets if facet not in near)])
    return words().faults.unknown_parameter.format(name=name, known=known)
