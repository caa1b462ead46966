"""A city entered into the data from the gazetteer: what it is, where it lies, what it is called, in one block.

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
_CITY: Final = {"en": "A city ({}).", "fr": "Une ville ({}).", "es": "Una ciudad ({})."}
_COUNTRY: Final = {
    "en": "A country in which a place of the graph lies.",
    "fr": "Un pays où se trouve un lieu du graphe.",
    "es": "Un país en el que hay un lugar del grafo.",
}
_REGION: Final = {
    "en": "A region of the world, as the United Nations draw it (UN M49).",
    "fr": "Une région du monde, telle que la tracent les Nations unies (M49).",
    "es": "Una región del mundo, tal como la trazan las Naciones Unidas (M49).",
}
_GOVERNMENT: Final = {"en": "Local government of {}", "fr": "Gouvernement local de {}", "es": "Gobierno local de {}"}
_GOVERNED: Final = {
    "en": "The local government of a city ({}).",
    "fr": "Le gouvernement local d’une ville ({}).",
    "es": "El gobierno local de una ciudad ({}).",
}
_SAME: Final = "a place name, written the same in the languages in which it is equal"
_REASON: Final = "A city has a local government; it is entered so that it can be said what that government does."
_NO_PROMPT: Final = "It holds for the city as such, and no one sentence led to it."
#: The IRIs of GeoNames, as VoID has patterns.
_NUMBERS: Final = r"^https://sws\.geonames\.org/[1-9][0-9]*/$"
_TITLE: Final = {"en": "Gazetteer", "fr": "Répertoire de lieux", "es": "Nomenclátor"}
_PROVENANCE: Final = {
    "en": "Which cities there are, where they lie, and their numbers: GeoNames (geonames.org), CC BY 4.0, {}. Codes "
    "and names of countries and regions: CLDR, country-coder. Attribution: GeoNames.",
    "fr": "Quelles villes existent, où elles se trouvent et leurs numéros : GeoNames (geonames.org), CC BY 4.0, {}. "
    "Codes et noms des pays et régions : CLDR, country-coder. Attribution : GeoNames.",
    "es": "Qué ciudades hay, dónde están y sus números: GeoNames (geonames.org), CC BY 4.0, {}. Códigos y nombres de "
    "países y regiones: CLDR, country-coder. Atribución: GeoNames.",
}  # fmt: skip


@dataclass
class Entered:
    """What was made of a place: the IRI of the city, whether it was there before, what is new, and its quads."""

    city: str
    is_new: bool = False
    new: list[str] = field(default_factory=list)
    quads: list[Quad] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Atlas:
    """The places that files know, and what is made of one that they do not. ``enter`` may be called many times."""

    def __init__(self, quads: Iterable[Quad], languages: Sequence[str] | None = None) -> None:
        whose = instance()
        #: All languages in which things are named: those of the vocabulary in cityrights itself, else the instance's.
        self.languages = tuple(languages or (SHIPPED if whose.is_shipped else whose.languages))
        self._known: dict[tuple[NamedNode, str], str] = {}
        self._taken: set[str] = set()
        self._cities: set[str] = set()
        self._located: set[str] = set()
        self._within: set[str] = set()
        self._described = False
        self._decisions = 0
        for quad in quads:
            self._read(quad)

    def _read(self, quad: Quad) -> None:
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
        if there is None and made.city in self._cities:
            made.is_new = False
            made.notes.append(f"{short(made.city)} was there without a point, and has one now")
            self._locate(made, place)
        elif there is None:
            self._enter(made, place, dict(names or {}))
        if government:
            self._govern(made, place, dict(names or {}))
        for quad in made.quads:
            self._read(quad)
        return made

    def _city(self, place: Place, slug: str) -> str:
        if slug:
            if not re.fullmatch(r"[a-z0-9]++(?:-[a-z0-9]++)*+", slug):
                raise CityrightsError(f"“{slug}” is no last part of an IRI; use a-z, 0-9 and single hyphens")
            if f"{ID}city/{slug}" in self._taken and not self._is_unlocated(f"{ID}city/{slug}"):
                raise CityrightsError(f"city:{slug} is another place already; choose another name with --as")
            return f"{ID}city/{slug}"
        country = Locale("en").territories.get(place.country, place.country)
        for parts in ((place.name,), (place.name, country), (place.name, place.region, country)):
            iri = f"{ID}city/{slug_of(' '.join(parts))}"
            if self._is_unlocated(iri):
                reason = f"{short(iri)} is there, and nothing says where it lies; if it is {place}"
                raise CityrightsError(f"{reason}: --as {iri.rpartition('/')[2]}; if not, choose another name with --as")
            if iri not in self._taken and not iri.endswith("/"):
                return iri
        return f"{ID}city/{slug_of(place.name) or 'place'}-{place.geonames}"

    def _is_unlocated(self, iri: str) -> bool:
        return iri in self._cities and iri not in self._located

    def _locate(self, made: Entered, place: Place) -> None:
        city = NamedNode(made.city)
        country = None if made.city in self._within else self._country(made, place.country)
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
        city = NamedNode(made.city)
        made.new.append(made.city)
        made.quads.append(Quad(city, _TYPE, _CLASS, GRAPH))
        self._locate(made, place)
        told = _names(place) | names
        self._name(made, city, {each: told.get(each, place.name) for each in self.languages})
        unsure = [each for each in self.languages if each not in told and each != "en"]
        if unsure:
            made.notes.append(f"called {place.name} in {', '.join(unsure)}, too; otherwise: --name {unsure[0]}=…")
        self._describe(made, city, {each: text.format(_where(place, each)) for each, text in _CITY.items()})

    def _country(self, made: Entered, code: str) -> NamedNode | None:
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
        self._describe(made, country, _COUNTRY)
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
        self._describe(made, region, _REGION)
        self._known[_M49, code] = region.value
        if code in _WIDER:
            made.quads.append(Quad(region, _WITHIN, self._region(made, _WIDER[code]), GRAPH))
        return region

    def _govern(self, made: Entered, place: Place, names: dict[str, str]) -> None:
        government = NamedNode(made.city.replace("/city/", "/government/", 1))
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
            Quad(government, NamedNode(CR + "governs"), NamedNode(made.city), decision),
        ]
        told = _names(place) | names
        texts = {each: form.format(told.get(each, place.name)) for each, form in _GOVERNMENT.items()}
        vowel = places.fold(told.get("fr", place.name))[:1] in tuple("aeiou")
        texts["fr"] = texts["fr"].replace(" de ", " d’", 1) if vowel else texts["fr"]
        self._name(made, government, {each: text for each, text in texts.items() if each in self.languages})
        self._describe(made, government, {each: text.format(_where(place, each)) for each, text in _GOVERNED.items()})

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
        for each in SHIPPED:
            yield Quad(GRAPH, NamedNode(DCTERMS + "title"), Literal(_TITLE[each], language=each), GRAPH)
            text = _PROVENANCE[each].format(about["through"])
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
