"""What can be listed, and by what a list can be narrowed: the one place where lists and facets are named."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cityrights import home
from cityrights.vocabulary import CR, ID, RDF, SKOS, iri_of, localized, path_of
from sparqlgate.errors import InputError

#: Letters that Unicode does not take apart, as indexes file them.
_LETTERS: Final = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_NUMBER: Final = re.compile(r"\d+")
_PUNCTUATION: Final = re.compile(r"[^\w]+|_+")
_VARIABLE: Final = re.compile(r"\?(\w+)")
#: Stands for the things of which nothing is known in a facet.
UNKNOWN: Final = "unknown"
#: The statuses of what does not exist yet; a list leaves them out unless it is asked for them.
UNSETTLED: Final = (iri_of("status/underway"), iri_of("status/planned"))
#: Every status that there is, by its key.
STATUSES: Final = ("in-place", "planned", "underway", "ended", "unstated")
_SLUG: Final = re.compile(r"[\w.~-]{1,100}(?:/[\w.~-]{1,100})?")
_IRI: Final = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\]{1,300}")
_YEAR: Final = re.compile(r"-?[0-9]{1,6}")


@lru_cache(maxsize=20_000)
def sort_key(text: str) -> tuple[str, str, str]:
    """Return what names are compared by: letters without case and accents, then with accents, then as written.

    Punctuation counts as a space, and numbers stand in the order of their size: "Île" is with "Ile", "City 9" before
    "City 10". The last part makes the order total, so that it is the same everywhere.
    """
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    words = _PUNCTUATION.sub(" ", letters).strip()
    return _NUMBER.sub(lambda digits: digits[0].zfill(12), words), folded, text


def ancestors(values: Iterable[str], parents: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return for each value itself and everything above it, each once, whatever circles there are."""
    found = {}
    for value in values:
        reached, waiting = {value: None}, [value]
        while waiting:
            for above in parents.get(waiting.pop(), ()):
                if above not in reached:
                    reached[above] = None
                    waiting.append(above)
        found[value] = tuple(reached)
    return found


@lru_cache(maxsize=64)
def index_query(name: str) -> str:
    """Return the text of ``queries/index/<name>.rq``."""
    return localized(_file(name).read_text("utf-8"))


def _file(name: str) -> Path:
    return home.resource(home.home() / "queries" / "index" / f"{name}.rq")


def pattern(name: str, value: str) -> str:
    """Return what stands between the braces of a query that binds ``?s`` and ``?value``.

    ``?value`` becomes ``?<value>``, and the other variables get names that no other pattern has. Raises InputError
    for a query that is not written on lines of their own as the others are.
    """
    _, opened, rest = index_query(name).partition("WHERE {\n")
    body, closed, _ = rest.rpartition("\n}")
    if not opened or not closed:
        raise InputError(
            _file(name), "a query of the index has 'WHERE {' at the end of a line and '}' on one of its own"
        )
    names = {"s": "s", "value": value}
    return _VARIABLE.sub(lambda match: "?" + names.get(match[1], f"{value}_{match[1]}"), body)


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a list: ``query`` in ``queries/index`` gives the values of each thing.

    A value's *key* stands for it in addresses: what follows ``base`` in its IRI, ``kind/slug`` for other things of
    the graph, the whole IRI for things of other graphs, the number itself where ``numbers``. In a facet with
    ``narrower``, a value stands for those below it (``skos:broader``), too. ``stated`` is the property that states a
    value of the thing itself; it is empty where values are drawn from other things.
    """

    name: str
    query: str
    base: str
    narrower: bool = False
    numbers: bool = False
    stated: str = ""

    def key(self, value: str) -> str:
        """Return the key of a value, given by its IRI or, of a number, its digits."""
        if self.numbers:
            return value
        for slug in (value.removeprefix(self.base), path_of(value)):
            if slug != value and slug != UNKNOWN and self.value(slug) == value:
                return slug
        return value

    def value(self, key: str) -> str | None:
        """Return the IRI or the digits that a key stands for; None for what can be no key."""
        if self.numbers:
            return str(int(key)) if _YEAR.fullmatch(key) and key.isascii() else None
        if _SLUG.fullmatch(key) and not {".", ".."} & set(key.split("/")):
            return iri_of(key) if "/" in key else self.base + key
        return key if _IRI.fullmatch(key) else None


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its classes, its facets in the order in which they are shown and stand in addresses.

    ``number`` is the query in ``queries/index`` that counts something for each thing, ``counted`` what it counts;
    ``place`` is the query that says where a thing is, None where it is nowhere. ``only`` is the query that finds which
    things of the classes are listed; empty: all.
    """

    name: str
    classes: tuple[str, ...]
    facets: tuple[Facet, ...] = ()
    number: str = ""
    counted: str = ""
    place: str | None = None
    tree: str = ""
    only: str = ""

    def facet(self, name: str) -> Facet | None:
        """Return the facet of that name."""
        return next((facet for facet in self.facets if facet.name == name), None)

    @property
    def sorts(self) -> tuple[str, ...]:
        """What the list can be ordered by; with a minus sign before it the other way round."""
        return ("name", *([self.counted] if self.counted else []), *(["year"] if self.facet("year") else []))


def _concept(name: str, *, narrower: bool = False, query: str = "", path: str = "", stated: str = "") -> Facet:
    own = "" if query else stated or CR + name
    return Facet(name, query or name, iri_of(f"{path or name}/"), narrower, stated=own)


#: Where a thing is: a facet of some lists, and shown in more.
WHERE: Final = Facet("place", "place", f"{ID}city/", stated=f"{CR}place")
_COUNTRY: Final = _concept("country")
_THEME: Final = _concept("theme", narrower=True)
_TARGET: Final = _concept("target", narrower=True, path="target-group", stated=f"{CR}targetGroup")
_KIND: Final = _concept("kind", narrower=True)
_SOURCE: Final = _concept("source", stated=f"{CR}describedIn")
_STATUS: Final = _concept("status")
_YEARS: Final = Facet("year", "year", "", numbers=True)

#: The list of what documents say of several governments together. It stands beside the others, which ask it, too.
TOGETHER: Final = "together"

LISTS: Final = {
    listing.name: listing
    for listing in (
        Listing(
            "practices",
            ("Practice",),
            (
                _THEME,
                _COUNTRY,
                _TARGET,
                WHERE,
                _concept("pillar"),
                _concept("section"),
                _STATUS,
                _YEARS,
                _SOURCE,
                _concept("completeness", query="completeness", path="kind"),
            ),
            place="place",
        ),
        Listing(
            "cities",
            ("City", "Department", "Island"),
            (
                _COUNTRY,
                _concept("theme", narrower=True, query="place-theme"),
                _concept("target", narrower=True, query="place-target", path="target-group"),
                _concept("kind", narrower=True, query="place-kind"),
                Facet("type", "type", CR, stated=f"{RDF}type"),
                _concept("source", query="place-source"),
            ),
            "practices-of-place",
            "practices",
            place="within",
            only="acts",
        ),
        Listing(
            "institutions",
            ("Institution",),
            (_KIND, _THEME, _COUNTRY, _TARGET, WHERE, _STATUS, _YEARS, _SOURCE),
            place="place",
        ),
        Listing(
            "themes",
            ("Theme",),
            (_concept("broader", path="theme", stated=f"{SKOS}broader"),),
            "practices-of-theme",
            "practices",
            tree="broader",
        ),
        Listing(
            "instruments",
            ("Instrument",),
            (_KIND, _THEME, _COUNTRY, _TARGET, WHERE, _STATUS, _YEARS, _SOURCE),
            place="place",
        ),
        Listing("sources", ("Source",), (_YEARS,), "claims-of-source", "claims"),
        Listing("people", ("Person",), (_SOURCE,)),
        Listing(
            "events",
            ("Event",),
            (_KIND, _THEME, _COUNTRY, _TARGET, WHERE, _STATUS, _YEARS, _SOURCE),
            place="place",
        ),
        Listing("organisations", ("Organisation",), (_KIND, _COUNTRY, WHERE), place="place"),
        Listing(
            TOGETHER,
            ("GroupClaim",),
            (
                _THEME,
                _concept("target", narrower=True, query="together-target", path="target-group"),
                _concept("kind", narrower=True, query="together-kind"),
                _concept("country", query="together-country"),
                _concept("region", query="together-region"),
                Facet("place", "together-place", f"{ID}city/"),
                Facet("section", "together-section", iri_of("section/"), stated=f"{CR}heading"),
                Facet("source", "together-source", f"{ID}source/", stated=f"{CR}source"),
            ),
            place="together-place",
            only=TOGETHER,
        ),
    )
}
