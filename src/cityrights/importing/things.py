"""What rows of a sheet name beside practices: places, countries, actors, references; each minted once, and labelled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from babel import Locale
from pyoxigraph import Literal, NamedNode, Quad

from cityrights.importing.cells import Bad, slug
from cityrights.importing.columns import own
from cityrights.instance import SHIPPED, instance
from cityrights.pipeline.read import inputs, parse_file
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH,
    GRAPH_ENTITIES,
    GRAPH_LABELS,
    ID,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    XSD,
    iri_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPE: Final = NamedNode(RDF + "type")
LABEL: Final = NamedNode(RDFS + "label")
DESCRIPTION: Final = NamedNode(DCTERMS + "description")
ENTITIES: Final = NamedNode(GRAPH_ENTITIES)
LABELS: Final = NamedNode(GRAPH_LABELS)
GEONAMES: Final = NamedNode(GRAPH + "enrichment/geonames")
#: The words of the program in the languages in which it has them: in no other language anything is made up.
_WORDS: Final = {code: CATALOGUE[code].importing for code in SHIPPED}
#: Why a name stands in several languages as it is.
_SAME: Final = "a proper name, written the same in the languages in which it is equal"
_WGS: Final = PREFIXES["wgs"]
_CLAIMS: Final = ID + "claim/"
_CODE: Final = CR + "iso3166-1-alpha2"
_NUMBER: Final = CR + "geonamesId"
_SITE: Final = NamedNode("https://www.geonames.org/")
#: What the IRIs of the gazetteer look like, for the check of matches.
_IRIS: Final = "^https://sws\\.geonames\\.org/[0-9]+/$"
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
#: The most candidates that are listed where a name is that of several places.
_LISTED: Final = 5


class Place(Protocol):
    """What is used of a place of the gazetteer (``cityrights.places``)."""

    @property
    def geonames(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


class Gazetteer(Protocol):
    """What is asked of ``cityrights.places``."""

    def find(self, name: str, country: str | None = None, region: str | None = None) -> Sequence[Place]: ...
    def by_number(self, geonames: int) -> Place | None: ...
    def near(self, name: str, country: str) -> Sequence[str]: ...
    def country(self, name: str) -> str | None: ...
    def near_countries(self, name: str) -> Sequence[str]: ...


@dataclass
class Known:
    """What other files say already: the IRIs of typed things, cities by their GeoNames number, countries by code.

    ``sources`` are the slugs of documents by their MD5, ``highest`` the highest number of a claim of each source.
    """

    typed: set[str] = field(default_factory=set)
    cities: dict[str, str] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    geonames: bool = False

    @staticmethod
    def read(home: Path, but: Path) -> Known:
        """Read all files of a home but one."""
        found = Known()
        for item in inputs(home):
            if item.graph is None and item.path != but:
                for subject, predicate, value, graph in parse_file(item.path):
                    if not isinstance(subject, NamedNode):
                        continue
                    name = predicate.value
                    if predicate == TYPE:
                        found.typed.add(subject.value)
                        if subject == graph and subject.value.startswith(_CLAIMS):
                            source, _, number = subject.value.removeprefix(_CLAIMS).rpartition("/")
                            if number.isdecimal():
                                found.highest[source] = max(found.highest.get(source, 0), int(number))
                    elif name == _NUMBER and isinstance(value, Literal):
                        found.cities[value.value] = subject.value
                    elif name == _CODE and isinstance(value, Literal):
                        found.countries[value.value] = subject.value
                    elif name == CR + "md5" and isinstance(value, Literal):
                        found.sources[value.value] = subject.value.rpartition("/")[2]
                    found.geonames |= subject == GEONAMES and graph == GEONAMES
        return found


class Things:
    """The things that a sheet brings along, with what the shared graphs say of each; a thing known elsewhere says none.

    ``said`` has the quads of each thing by its IRI, in the order in which rows named them.
    """

    def __init__(self, known: Known, gazetteer: Gazetteer, file: str, language: str) -> None:
        self.known, self._gazetteer, self._file, self.language = known, gazetteer, file, language
        self.said: dict[str, list[Quad]] = {}
        self._cities: dict[tuple[str, str, str], NamedNode] = {}
        self._settled: dict[int, NamedNode] = {}
        self._countries: dict[str, NamedNode] = {}
        self._languages = instance().languages

    def forget(self, known: int) -> None:
        """Forget all things but the first so many: the row that brought the others along is bad, and stays out."""
        gone = set()
        while len(self.said) > known:
            gone.add(self.said.popitem()[0])
        if gone:
            self._cities = {asked: one for asked, one in self._cities.items() if one.value not in gone}
            self._settled = {number: one for number, one in self._settled.items() if one.value not in gone}
            self._countries = {code: one for code, one in self._countries.items() if one.value not in gone}

    def country(self, name: str) -> NamedNode:
        """Return a country by its name in any language, or its code. Raises Bad for what is none."""
        code = self._gazetteer.country(name)
        if code is None:
            near = self._gazetteer.near_countries(name)
            repair = "write its name in any language, or its code of two letters (ISO 3166-1)"
            repair = f"did you mean “{'” or “'.join(near)}”? If not, {repair}" if near else repair
            raise Bad("no such country", "is no country that is known", repair)
        return self._country(code)

    def place(self, name: str, country: str = "", region: str = "") -> NamedNode:
        """Return the city of a name, or of its number in GeoNames.

        Raises Bad, with the candidates, where none or several have the name. The country has to be one.
        """
        asked = (name, country, region)
        known = self._cities.get(asked)
        if known is not None:
            return known
        number = _numbered(name)
        if number:
            numbered = self._gazetteer.by_number(number)
            found: Sequence[Place] = [numbered] if numbered is not None else []
        else:
            found = self._gazetteer.find(name, country or None, region or None)
        if not found:
            near = self._gazetteer.near(name, country) if country and not number else ()
            if "," in name and all(self._gazetteer.find(part.strip(), country or None) for part in name.split(",")):
                raise Bad("several places", "names several places in one", f"part them by semicolons: {_parted(name)}")
            meant = f"did you mean “{'” or “'.join(near)}”? If not," if near else "mend the spelling;"
            repair = f"{meant} of a district or region name the city, or leave the place empty and keep the country"
            raise Bad("no such place", "is no place that is known" + (f" in “{country}”" if country else ""), repair)
        if len(found) > 1:
            listed = "; ".join(str(one) for one in found[:_LISTED]) + ("; …" if len(found) > _LISTED else "")
            more = "" if region else "say its region, or " if country else "say its country or its region, or "
            repair = f"{more}write in the place of its name the number of one of these: {listed}"
            raise Bad("several places", f"is the name of {len(found)} places", repair)
        self._cities[asked] = self._city(found[0])
        return self._cities[asked]

    def _city(self, place: Place) -> NamedNode:
        if place.geonames in self._settled:
            return self._settled[place.geonames]
        there = self.known.cities.get(str(place.geonames))
        if there is not None:
            city = self._settled[place.geonames] = NamedNode(there)
            return city
        country = self._country(place.country)
        names = (
            slug(place.name),
            f"{slug(place.name)}-{country.value.rpartition('/')[2]}",
            f"geonames-{place.geonames}",
        )
        city = self._free("city", names)
        self._settled[place.geonames] = city
        of = {code: _WORDS[code].city.format(country=_called(place.country, code)) for code in _WORDS}
        self._label(city, dict.fromkeys(self._languages, place.name), of)
        said = self.said[city.value]
        for predicate, value in (
            (NamedNode(_NUMBER), Literal(str(place.geonames))),
            (NamedNode(_WGS + "lat"), _decimal(place.latitude)),
            (NamedNode(_WGS + "long"), _decimal(place.longitude)),
            (NamedNode(SKOS + "exactMatch"), NamedNode(f"https://sws.geonames.org/{place.geonames}/")),
            (own("within"), country),
            (TYPE, own("City")),
        ):
            said.append(Quad(city, predicate, value, GEONAMES))
        return city

    def _country(self, code: str) -> NamedNode:
        if code in self._countries:
            return self._countries[code]
        there = self.known.countries.get(code)
        if there is not None:
            made = self._countries[code] = NamedNode(there)
            return made
        made = self._countries[code] = self._free("country", (slug(_called(code, "en")), code.lower()))
        labels = {language: _called(code, language) for language in self._languages}
        self._label(made, labels, {language: _WORDS[language].country for language in _WORDS})
        self.said[made.value] += [
            Quad(made, TYPE, own("Country"), GEONAMES),
            Quad(made, NamedNode(_CODE), Literal(code), GEONAMES),
        ]
        return made

    def _free(self, kind: str, names: Iterable[str]) -> NamedNode:
        iris = [iri_of(f"{kind}/{name}") for name in names if name]
        free = (iri for iri in iris if iri not in self.known.typed and iri not in self.said)
        return NamedNode(next(free, iris[-1]))

    def named(self, kind: str, name: str) -> NamedNode:
        """Return the actor, institution or instrument of a name. ``kind`` is the first part of its path."""
        end = slug(name) or hashlib.sha256(name.encode()).hexdigest()[:12]
        made = NamedNode(iri_of(f"{kind}/{end}"))
        if made.value not in self.known.typed and made.value not in self.said:
            self._name(made, name, {code: _WORDS[code].named.format(file=self._file) for code in _WORDS})
        return made

    def government(self, city: NamedNode, name: str) -> NamedNode:
        """Return the local government of a city."""
        made = NamedNode(iri_of(f"government/{city.value.rpartition('/')[2]}"))
        if made.value not in self.known.typed and made.value not in self.said:
            for quad in self.said.get(city.value, ()):
                if quad.predicate == LABEL and isinstance(quad.object, Literal):
                    name = quad.object.value  # as the site calls the city, however the row does
                    break
            called = {code: _WORDS[code].government.format(city=name) for code in self._languages if code in _WORDS}
            self._label(made, called, {code: _WORDS[code].governs.format(city=name) for code in _WORDS})
        return made

    def reference(self, url: str) -> NamedNode:
        """Return the reference with a web address."""
        host = url.partition("://")[2].partition("/")[0].removeprefix("www.")
        digest = hashlib.sha256(url.encode()).hexdigest()[:10]
        made = NamedNode(iri_of(f"reference/{slug(host)}-{digest}"))
        if made.value not in self.known.typed and made.value not in self.said:
            self._name(
                made,
                f"{host} ({digest[:4]})",
                {code: _WORDS[code].reference.format(file=self._file) for code in _WORDS},
            )
            self.said[made.value] += [
                Quad(made, TYPE, own("Reference"), ENTITIES),
                Quad(
                    made,
                    NamedNode(PREFIXES["schema"] + "url"),
                    Literal(url, datatype=NamedNode(XSD + "anyURI")),
                    ENTITIES,
                ),
            ]
        return made

    def described(self, made: NamedNode, name: str, descriptions: Mapping[str, str]) -> None:
        """Label and describe a thing of the sheet itself: its source, a document, a number."""
        if made.value not in self.said:
            self._name(made, name, descriptions)

    def _name(self, made: NamedNode, name: str, descriptions: Mapping[str, str]) -> None:
        """Label a thing in the language of the sheet: that it is called so in others, too, nobody said."""
        self._label(made, {self.language: name}, descriptions)

    def _label(self, made: NamedNode, labels: Mapping[str, str], descriptions: Mapping[str, str]) -> None:
        said = self.said.setdefault(made.value, [])
        said += [Quad(made, LABEL, Literal(text, language=code), LABELS) for code, text in labels.items()]
        for code in self._languages:
            if code in descriptions:
                said.append(Quad(made, DESCRIPTION, Literal(descriptions[code], language=code), LABELS))
        if labels.get("en") and any(labels.get(code) == labels["en"] for code in SHIPPED if code != "en"):
            said.append(Quad(made, own("untranslated"), Literal(_SAME, language="en"), LABELS))

    def of(self, named: Iterable[str]) -> dict[str, list[Quad]]:
        """Return what is said of things, and of what that names; what only bad rows brought along is not among it."""
        found: dict[str, list[Quad]] = {}
        todo = list(named)
        while todo:
            iri = todo.pop()
            if iri in self.said and iri not in found and iri not in self.known.typed:
                found[iri] = self.said[iri]
                todo += [quad.object.value for quad in found[iri] if isinstance(quad.object, NamedNode)]
        return found

    def record(self, taken: Mapping[str, list[Quad]]) -> list[Quad]:
        """Return what the data set of places says of itself, where places ``taken`` are its and no file says so."""
        if self.known.geonames or not any(quad.graph_name == GEONAMES for said in taken.values() for quad in said):
            return []
        said = [
            (TYPE, NamedNode(PREFIXES["prov"] + "Entity")),
            (TYPE, NamedNode(PREFIXES["void"] + "Linkset")),
            (NamedNode(PREFIXES["void"] + "objectsTarget"), _SITE),
            (NamedNode(DCTERMS + "license"), NamedNode(_LICENCE)),
            (NamedNode(DCTERMS + "source"), _SITE),
        ]
        quads = [Quad(GEONAMES, predicate, value, GEONAMES) for predicate, value in said]
        quads.append(Quad(_SITE, NamedNode(PREFIXES["void"] + "uriRegexPattern"), Literal(_IRIS), GEONAMES))
        for code in self._languages:
            quads.append(Quad(GEONAMES, NamedNode(DCTERMS + "title"), Literal("GeoNames", language=code), GEONAMES))
            if code in _WORDS:
                words = Literal(_WORDS[code].geonames, language=code)
                quads.append(Quad(GEONAMES, NamedNode(DCTERMS + "provenance"), words, GEONAMES))
        return quads


def _numbered(name: str) -> int:
    """Return the number of a place in GeoNames, as it is or as candidates are listed (GeoNames 2761369); else 0."""
    digits = name.casefold().removeprefix("geonames").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 10 else 0


def _parted(name: str) -> str:
    return "; ".join(part.strip() for part in name.split(","))


def _called(code: str, language: str) -> str:
    """Return what a country is called in a language (CLDR), its code where CLDR has no name."""
    return str(Locale.parse(language).territories.get(code, code))


def _decimal(number: float) -> Literal:
    return Literal(f"{number:.5f}".rstrip("0").rstrip("."), datatype=NamedNode(XSD + "decimal"))
