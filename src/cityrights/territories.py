"""A city entered into the data from the gazetteer: what it is, where it lies, what it is called, in one block.

It is entered in one way, whoever names it: ``cityrights city add``, or a row of a sheet that is imported.

All that the gazetteer says of a place goes into one graph of its own, ``enrichment:gazetteer``, which says whose it is:
the witness of the city's point, of its number in GeoNames, of its country and of the region of that. Names go to
``editorial:labels``, as those of all things; a local government is a decision of the editors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel import Locale
from babel.core import get_global
from pyoxigraph import Literal, NamedNode, Quad

from cityrights import places
from cityrights.check.format import rewrite
from cityrights.check.plausibility import known_countries
from cityrights.check.written import Files
from cityrights.errors import CityrightsError
from cityrights.importing.cells import slug as slug_of
from cityrights.instance import SHIPPED, instance
from cityrights.places import Place
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, DCTERMS, GRAPH_LABELS, ID, PREFIXES, RDF, RDFS, XSD, short

#: Where it is written, within a home.
FILE: Final = Path("data", "places", "gazetteer.trig")
GRAPH: Final = NamedNode(PREFIXES["enrichment"] + "gazetteer")
_LABELS: Final = NamedNode(GRAPH_LABELS)
_TYPE: Final = NamedNode(RDF + "type")
_CLASS: Final = NamedNode(CR + "City")
_LABEL: Final = NamedNode(RDFS + "label")
_DESCRIPTION: Final = NamedNode(DCTERMS + "description")
_WITHIN: Final = NamedNode(CR + "within")
_NUMBER: Final = NamedNode(CR + "geonamesId")
_ALPHA2: Final = NamedNode(CR + "iso3166-1-alpha2")
_ALPHA3: Final = NamedNode(CR + "iso3166-1-alpha3")
_M49: Final = NamedNode(CR + "m49")
_MATCH: Final = NamedNode(PREFIXES["skos"] + "exactMatch")
_POINT: Final = (NamedNode(PREFIXES["wgs"] + "lat"), NamedNode(PREFIXES["wgs"] + "long"))
#: The regions of UN M49 in which countries are shown, the first that has a country is its own; and what they lie in.
_REGIONS: Final = ("419", "021", "002", "150", "009", "030", "034", "035", "143", "145")
_WIDER: Final = {"419": "019", "021": "019", **dict.fromkeys(("030", "034", "035", "143", "145"), "142")}
_SAME: Final = "a place name, written the same in the languages in which it is equal"
_REASON: Final = "A city has a local government; it is entered so that it can be said what that government does."
_NO_PROMPT: Final = "It holds for the city as such, and no one sentence led to it."
#: The IRIs of GeoNames, as VoID has patterns.
_NUMBERS: Final = r"^https://sws\.geonames\.org/[1-9][0-9]*/$"
#: What is said of places, in the languages in which the program has words.
_WORDS: Final = {code: CATALOGUE[code].importing for code in SHIPPED}


@dataclass
class Entered:
    """What was made of a place: its IRI, whether it was there before, what is new, and its quads."""

    iri: str
    is_new: bool = False
    new: list[str] = field(default_factory=list)
    quads: list[Quad] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Atlas:
    """The places that files know, and what is made of one that they do not. ``enter`` may be called many times.

    ``quads`` are those of the files, which may also be told one by one (``read``). ``kept`` are the IRIs that places
    of a file that is written anew had, by their numbers in GeoNames: they keep them.
    """

    def __init__(
        self,
        quads: Iterable[Quad] = (),
        languages: Sequence[str] | None = None,
        kept: Mapping[str, str] | None = None,
    ) -> None:
        whose = instance()
        #: All languages in which things are named: those of the vocabulary in cityrights itself, else the instance's.
        self.languages = tuple(languages or (SHIPPED if whose.is_shipped else whose.languages))
        self._known: dict[tuple[NamedNode, str], str] = {}
        self._kept = dict(kept or {})
        self._held = set(self._kept.values())
        self._taken: set[str] = set()
        self._cities: set[str] = set()
        self._located: set[str] = set()
        self._within: set[str] = set()
        self._described = False
        self._decisions = 0
        for quad in quads:
            self.read(quad)

    def read(self, quad: Quad) -> None:
        """Learn what a quad says of places."""
        if isinstance(quad.subject, NamedNode):
            self._taken.add(quad.subject.value)
            if quad.predicate in (_NUMBER, _ALPHA2, _M49) and isinstance(quad.object, Literal):
                self._known.setdefault((quad.predicate, quad.object.value), quad.subject.value)
            if quad.predicate == _TYPE and quad.object == _CLASS:
                self._cities.add(quad.subject.value)
            elif quad.predicate in (_NUMBER, _POINT[0]):
                self._located.add(quad.subject.value)
            elif quad.predicate == _WITHIN:
                self._within.add(quad.subject.value)
            self._described |= quad.subject == GRAPH
            path = quad.subject.value.removeprefix(ID + "decision/")
            if path.isascii() and path.isdecimal():
                self._decisions = max(self._decisions, int(path))

    def known(self, place: Place) -> str | None:
        """Return the IRI of a place that the files have; None where they do not."""
        return self._known.get((_NUMBER, str(place.geonames)))

    def enter(
        self, place: Place, names: Mapping[str, str] | None = None, slug: str = "", *, government: bool = False
    ) -> Entered:
        """Return the statements that enter a place with its country and region, or that it is there already.

        ``names`` are by language what it is called where that is known; ``slug`` is the last part of its IRI: that of
        a city which has no point yet is given one. Raises CityrightsError for a slug that is none or taken.
        """
        there = self.known(place)
        made = Entered(there or self._city(place, slug), there is None)
        if there is None and made.iri in self._cities:
            made.is_new = False
            made.notes.append(f"{short(made.iri)} was there without a point, and has one now")
            self._locate(made, place)
        elif there is None:
            self._enter(made, place, dict(names or {}))
        if government:
            self._govern(made, place, dict(names or {}))
        for quad in made.quads:
            self.read(quad)
        return made

    def enter_country(self, code: str) -> Entered:
        """Return the statements that enter a country, by its code of two letters, or that it is there already."""
        made = Entered(self._known.get((_ALPHA2, code), ""))
        if not made.iri:
            made.quads += self._provenance()
            made.iri, made.is_new = self._country(made, code).value, True
        for quad in made.quads:
            self.read(quad)
        return made

    def _city(self, place: Place, slug: str) -> str:
        if slug:
            if not re.fullmatch(r"[a-z0-9]++(?:-[a-z0-9]++)*+", slug):
                raise CityrightsError(f"“{slug}” is no last part of an IRI; use a-z, 0-9 and single hyphens")
            if f"{ID}city/{slug}" in self._taken and not self._is_unlocated(f"{ID}city/{slug}"):
                raise CityrightsError(f"city:{slug} is another place already; choose another name with --as")
            return f"{ID}city/{slug}"
        kept = self._kept.get(str(place.geonames), "")
        if kept and kept not in self._taken:
            return kept
        country = Locale("en").territories.get(place.country, place.country)
        for parts in ((place.name,), (place.name, country), (place.name, place.region, country)):
            iri = f"{ID}city/{slug_of(' '.join(parts))}"
            if self._is_unlocated(iri):
                reason = f"{short(iri)} is there, and nothing says where it lies; if it is {place}"
                raise CityrightsError(f"{reason}: --as {iri.rpartition('/')[2]}; if not, choose another name with --as")
            if iri not in self._taken and iri not in self._held and not iri.endswith("/"):
                return iri
        return f"{ID}city/{slug_of(place.name) or 'place'}-{place.geonames}"

    def _is_unlocated(self, iri: str) -> bool:
        return iri in self._cities and iri not in self._located

    def _locate(self, made: Entered, place: Place) -> None:
        city = NamedNode(made.iri)
        country = None if made.iri in self._within else self._country(made, place.country)
        latitude, longitude = (Literal(str(each), datatype=NamedNode(XSD + "decimal")) for each in _point(place))
        made.quads += [
            *self._provenance(),
            Quad(city, _POINT[0], latitude, GRAPH),
            Quad(city, _POINT[1], longitude, GRAPH),
            Quad(city, _NUMBER, Literal(str(place.geonames)), GRAPH),
            Quad(city, _MATCH, NamedNode(place.iri), GRAPH),
            *([Quad(city, _WITHIN, country, GRAPH)] if country else []),
        ]

    def _enter(self, made: Entered, place: Place, names: dict[str, str]) -> None:
        city = NamedNode(made.iri)
        made.new.append(made.iri)
        made.quads.append(Quad(city, _TYPE, _CLASS, GRAPH))
        self._locate(made, place)
        told = _names(place) | names
        self._name(made, city, {each: told.get(each, place.name) for each in self.languages})
        unsure = [each for each in self.languages if each not in told and each != "en"]
        if unsure:
            made.notes.append(f"called {place.name} in {', '.join(unsure)}, too; otherwise: --name {unsure[0]}=…")
        self._describe(
            made, city, {each: words.city.format(where=_where(place, each)) for each, words in _WORDS.items()}
        )

    def _country(self, made: Entered, code: str) -> NamedNode:
        there = self._known.get((_ALPHA2, code))
        if there is not None:
            return NamedNode(there)
        name = Locale("en").territories.get(code, code)
        country = NamedNode(f"{ID}country/{slug_of(name)}")
        made.new.append(country.value)
        aliases: Mapping[str, list[str]] = get_global("territory_aliases")
        codes = sorted(alias for alias, meant in aliases.items() if list(meant) == [code])
        made.quads.append(Quad(country, _TYPE, NamedNode(CR + "Country"), GRAPH))
        made.quads.append(Quad(country, _ALPHA2, Literal(code), GRAPH))
        for term, form in ((_ALPHA3, "[A-Z]{3}"), (_M49, "[0-9]{3}")):
            found = [alias for alias in codes if re.fullmatch(form, alias)]
            if len(found) == 1:
                made.quads.append(Quad(country, term, Literal(found[0]), GRAPH))
        self._name(made, country, _territory(code, self.languages))
        self._describe(made, country, {each: words.country for each, words in _WORDS.items()})
        regions = known_countries().get(code, {}).get("regions", "").split()
        region = next((each for each in _REGIONS if each in regions), "")
        if region:
            made.quads.append(Quad(country, _WITHIN, self._region(made, region), GRAPH))
        self._known[_ALPHA2, code] = country.value
        return country

    def _region(self, made: Entered, code: str) -> NamedNode:
        there = self._known.get((_M49, code))
        if there is not None:
            return NamedNode(there)
        region = NamedNode(f"{ID}region/{slug_of(Locale('en').territories[code])}")
        made.new.append(region.value)
        made.quads.append(Quad(region, _TYPE, NamedNode(CR + "Region"), GRAPH))
        made.quads.append(Quad(region, _M49, Literal(code), GRAPH))
        self._name(made, region, _territory(code, self.languages))
        self._describe(made, region, {each: words.region for each, words in _WORDS.items()})
        self._known[_M49, code] = region.value
        if code in _WIDER:
            made.quads.append(Quad(region, _WITHIN, self._region(made, _WIDER[code]), GRAPH))
        return region

    def _govern(self, made: Entered, place: Place, names: dict[str, str]) -> None:
        government = NamedNode(made.iri.replace("/city/", "/government/", 1))
        if government.value in self._taken:
            made.notes.append(f"{short(government.value)} is there already")
            return
        made.new.append(government.value)
        self._decisions += 1
        decision = NamedNode(f"{ID}decision/{self._decisions}")
        today = Literal(datetime.now(UTC).date().isoformat(), datatype=NamedNode(XSD + "date"))
        made.quads += [
            Quad(decision, _TYPE, NamedNode(CR + "Decision"), decision),
            Quad(decision, NamedNode(CR + "reason"), Literal(_REASON, language="en"), decision),
            Quad(decision, NamedNode(CR + "withoutPrompt"), Literal(_NO_PROMPT, language="en"), decision),
            Quad(decision, NamedNode(DCTERMS + "date"), today, decision),
            Quad(government, _TYPE, NamedNode(CR + "LocalGovernment"), decision),
            Quad(government, NamedNode(CR + "governs"), NamedNode(made.iri), decision),
        ]
        told = _names(place) | names
        called, described = government_of({each: told.get(each, place.name) for each in _WORDS})
        self._name(made, government, {each: text for each, text in called.items() if each in self.languages})
        self._describe(made, government, described)

    def _name(self, made: Entered, thing: NamedNode, names: Mapping[str, str]) -> None:
        made.quads += [Quad(thing, _LABEL, Literal(name, language=each), _LABELS) for each, name in names.items()]
        english = names.get("en")
        if any(each != "en" and name == english for each, name in names.items()):
            made.quads.append(Quad(thing, NamedNode(CR + "untranslated"), Literal(_SAME, language="en"), _LABELS))

    def _describe(self, made: Entered, thing: NamedNode, texts: Mapping[str, str]) -> None:
        told = (Literal(texts[each], language=each) for each in self.languages if each in texts)
        made.quads += [Quad(thing, _DESCRIPTION, text, _LABELS) for text in told]

    def _provenance(self) -> Iterator[Quad]:
        if self._described:
            return
        about = places.about()
        void, target = PREFIXES["void"], NamedNode("https://www.geonames.org/")
        yield Quad(GRAPH, _TYPE, NamedNode(PREFIXES["prov"] + "Entity"), GRAPH)
        yield Quad(GRAPH, _TYPE, NamedNode(void + "Linkset"), GRAPH)
        yield Quad(GRAPH, NamedNode(void + "objectsTarget"), target, GRAPH)
        yield Quad(target, _TYPE, NamedNode(void + "Dataset"), GRAPH)
        yield Quad(target, NamedNode(void + "uriRegexPattern"), Literal(_NUMBERS), GRAPH)
        yield Quad(GRAPH, NamedNode(DCTERMS + "license"), NamedNode(about["licence"]), GRAPH)
        yield Quad(GRAPH, NamedNode(DCTERMS + "source"), target, GRAPH)
        yield Quad(GRAPH, NamedNode(PREFIXES["schema"] + "version"), Literal(about["through"]), GRAPH)
        for each in self.languages:
            if each not in _WORDS:
                continue
            yield Quad(GRAPH, NamedNode(DCTERMS + "title"), Literal(_WORDS[each].gazetteer, language=each), GRAPH)
            text = _WORDS[each].geonames.format(day=about["through"])
            yield Quad(GRAPH, NamedNode(DCTERMS + "provenance"), Literal(text, language=each), GRAPH)


def add_city(
    home: Path, place: Place, names: Mapping[str, str] | None = None, slug: str = "", *, government: bool = False
) -> Entered:
    """Write a place, its country and region where they are new, into ``FILE``, in one go; return what was made.

    Raises CityrightsError or InputError, and changes nothing, when something is wrong.
    """
    made = Atlas(quad for _, quad in Files(home)).enter(place, names, slug, government=government)
    if made.quads:
        rewrite(home / FILE, lambda there: [*there, *made.quads])
    return made


def government_of(cities: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the local government of a city is called and how it is described; ``cities``: its name, by language.

    It is told in the languages in which the program has words.
    """
    spoken = [each for each in cities if each in _WORDS]
    called = {each: _WORDS[each].government.format(city=cities[each]) for each in spoken}
    if "fr" in called and places.fold(cities["fr"])[:1] in tuple("aeiou"):
        called["fr"] = called["fr"].replace(" de ", " d’", 1)
    return called, {each: _WORDS[each].governs.format(city=cities[each]) for each in spoken}


def _point(place: Place) -> tuple[float, float]:
    return place.latitude, place.longitude


def _territory(code: str, languages: Iterable[str]) -> dict[str, str]:
    """Return the names that CLDR has of a country or region."""
    found = {each: Locale.parse(each).territories.get(code) for each in languages}
    return {each: name for each, name in found.items() if name} or {"en": code}


def _where(place: Place, language: str) -> str:
    country = _territory(place.country, [language]).get(language, place.country)
    return ", ".join(dict.fromkeys(part for part in (place.region, country) if part and part != place.name)) or country


def _names(place: Place) -> dict[str, str]:
    """Return by language what CLDR calls a city: it knows those after which a time zone is named."""
    zones: Mapping[str, str] = get_global("zone_territories")
    named = (zone for zone, code in zones.items() if code == place.country and _is_of(zone, place))
    zone = next(named, None)
    if zone is None:
        return {}
    found: dict[str, str] = {}
    for each in dict.fromkeys((*SHIPPED, *instance().languages)):
        city = Locale.parse(each).time_zones.get(zone, {}).get("city")
        if city and each != "en":
            found[each] = city
    return found


def _is_of(zone: str, place: Place) -> bool:
    return places.fold(zone.rpartition("/")[2].replace("_", " ")) == places.fold(place.name)
