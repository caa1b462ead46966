"""What rows of a sheet name beside practices: places, countries, actors, references; each minted once, and labelled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode, Quad

from cityrights import places
from cityrights.errors import CityrightsError
from cityrights.importing.cells import Bad, slug
from cityrights.importing.columns import own
from cityrights.instance import SHIPPED, instance
from cityrights.pipeline.read import inputs, parse_file
from cityrights.territories import GRAPH as GAZETTEER
from cityrights.territories import Atlas, Entered, government_of
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH_ENTITIES,
    GRAPH_LABELS,
    ID,
    PREFIXES,
    RDF,
    RDFS,
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
#: The words of the program in the languages in which it has them: in no other language anything is made up.
_WORDS: Final = {code: CATALOGUE[code].importing for code in SHIPPED}
#: Why a name stands in several languages as it is.
_SAME: Final = "a proper name, written the same in the languages in which it is equal"
_CLAIMS: Final = ID + "claim/"
NUMBER: Final = NamedNode(CR + "geonamesId")
#: The most candidates that are listed where a name is that of several places.
_LISTED: Final = 5


@dataclass
class Known:
    """What other files say already: the IRIs of typed things, and the places (``atlas``).

    ``sources`` are the slugs of documents by their MD5, ``highest`` the highest number of a claim of each source.
    """

    atlas: Atlas = field(default_factory=Atlas)
    typed: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def read(home: Path, but: Path, there: Iterable[Quad] = ()) -> Known:
        """Read all files of a home but one, whose cities, as ``there`` has them, keep their IRIs."""
        kept = {
            quad.object.value: quad.subject.value
            for quad in there
            if quad.predicate == NUMBER and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
        }
        found = Known(Atlas(kept=kept))
        for item in inputs(home):
            if item.graph is None and item.path != but:
                for quad in parse_file(item.path):
                    found.atlas.read(quad)
                    subject, predicate, value, graph = quad
                    if not isinstance(subject, NamedNode):
                        continue
                    name = predicate.value
                    if predicate == TYPE:
                        found.typed.add(subject.value)
                        if subject == graph and subject.value.startswith(_CLAIMS):
                            source, _, number = subject.value.removeprefix(_CLAIMS).rpartition("/")
                            if number.isdecimal():
                                found.highest[source] = max(found.highest.get(source, 0), int(number))
                    elif name == CR + "md5" and isinstance(value, Literal):
                        found.sources[value.value] = subject.value.rpartition("/")[2]
        return found


class Things:
    """The things that a sheet brings along, with what the shared graphs say of each; a thing known elsewhere says none.

    ``said`` has the quads of each thing by its IRI, in the order in which rows named them.
    """

    def __init__(self, known: Known, file: str, language: str) -> None:
        self.known, self._file, self.language = known, file, language
        self.said: dict[str, list[Quad]] = {}
        #: The quads of places, those of the gazetteer itself among them: a place is the same whichever row names it.
        self._places: dict[str, list[Quad]] = {}
        self._cities: dict[tuple[str, str, str], NamedNode] = {}
        self._languages = instance().languages

    def forget(self, known: int) -> None:
        """Forget all things but places and the first so many: the row that brought the others along stays out."""
        while len(self.said) > known:
            self.said.popitem()

    def country(self, name: str) -> NamedNode:
        """Return a country by its name in any language, or its code. Raises Bad for what is none."""
        code = places.country(name)
        if code is None:
            near = places.near_countries(name)
            repair = "write its name in any language, or its code of two letters (ISO 3166-1)"
            repair = f"did you mean “{'” or “'.join(near)}”? If not, {repair}" if near else repair
            raise Bad("no such country", "is no country that is known", repair)
        return self._entered(self.known.atlas.enter_country(code))

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
            numbered = places.by_number(number)
            found: Sequence[places.Place] = [numbered] if numbered is not None else []
        else:
            found = places.find(name, country or None, region or None)
        if not found:
            near = places.near(name, country) if country and not number else ()
            if "," in name and all(places.find(part.strip(), country or None) for part in name.split(",")):
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

    def _city(self, place: places.Place) -> NamedNode:
        try:
            made = self.known.atlas.enter(place)
        except CityrightsError as error:
            repair = "cityrights city add NAME --country CODE --as SLUG gives it its point; then import the sheet again"
            raise Bad("a city without a point", f"may be one that is there: {error}", repair) from error
        return self._entered(made)

    def _entered(self, made: Entered) -> NamedNode:
        for quad in made.quads:
            assert isinstance(quad.subject, NamedNode)
            self._places.setdefault(quad.subject.value, []).append(quad)
        return NamedNode(made.iri)

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
            names = {  # as the site calls the city, however the row does
                quad.object.language or "": quad.object.value
                for quad in self._places.get(city.value, ())
                if quad.predicate == LABEL and isinstance(quad.object, Literal)
            }
            name = names.get(self._languages[0], name)
            spoken = [code for code in self._languages if code in _WORDS]
            called, described = government_of({code: names.get(code, name) for code in spoken})
            self._label(made, called, described)
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
            said = self.said.get(iri) or self._places.get(iri)
            if said and iri not in found and iri not in self.known.typed:
                found[iri] = said
                todo += [quad.object.value for quad in found[iri] if isinstance(quad.object, NamedNode)]
        return found

    def record(self, taken: Mapping[str, list[Quad]]) -> list[Quad]:
        """Return what the gazetteer says of itself, where places ``taken`` are its and no other file says so."""
        if not any(quad.graph_name == GAZETTEER for said in taken.values() for quad in said):
            return []
        own = self._places.get(GAZETTEER.value, [])
        told = (quad.object.value for quad in own if isinstance(quad.object, NamedNode))
        return [*own, *(quad for iri in dict.fromkeys(told) for quad in self._places.get(iri, ()))]


def _numbered(name: str) -> int:
    """Return the number of a place in GeoNames, as it is or as candidates are listed (GeoNames 2761369); else 0."""
    digits = name.casefold().removeprefix("geonames").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 10 else 0


def _parted(name: str) -> str:
    return "; ".join(part.strip() for part in name.split(","))
