"""Plausibility: what is well-formed and yet disagrees with itself: places, numbers, names, lines, languages, twins.

What is a pattern of statements is a rule of ``queries/checks``; here is what needs a map, a parser or the words.
``docs/decisions/0043-what-is-implausible.md`` says how the bounds were chosen.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from babel import Locale
from babel.core import get_global
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from cityrights.check.rules import Broken, Severity, Term, answers, implied
from cityrights.vocabulary import CONCEPTS, CR, ID, PREFIXES, path_of
from cityrights.vocabulary import short as _short

_LANGUAGES: Final = ("en", "fr", "es")


def _path(iri: str) -> str:
    return path_of(iri)


def _number(term: Term | None) -> Decimal | None:
    """Return the number that a literal is, None where it is none: that is for the rules of literals to tell."""
    try:
        found = Decimal(term.value) if term is not None else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


# --- places ---

#: Side of a square of the map, in degrees; squares beyond a border that are near (ports), and that leave doubt.
_SIDE: Final = 0.25
_AROUND: Final = round(360 / _SIDE)
_NEAR: Final = 1
_DOUBTFUL: Final = 4
#: Kilometres that places of one subdivision, or a place and what it lies in, are apart at most.
_REACH: Final = 300
_LAT: Final = ox.NamedNode(PREFIXES["wgs"] + "lat")
_PLACES: Final = """SELECT DISTINCT ?place ?lat ?long ?code ?subdivision WHERE {
  ?place wgs:lat ?lat ; wgs:long ?long .
  OPTIONAL { ?place cr:within* ?country . ?country cr:iso3166-1-alpha2 ?code }
  OPTIONAL { ?place cr:containingSubdivision|cr:iso3166-2 ?subdivision } }"""
_PARENTS: Final = """SELECT DISTINCT ?place ?parent WHERE { ?place cr:within ?parent
  FILTER NOT EXISTS { VALUES ?class { cr:Country cr:Region } ?parent a ?class } }"""
_MEND_POINT: Final = "mend wgs:lat and wgs:long (data/enrichment), or what it lies in (cr:within)"


@cache
def known_countries() -> Mapping[str, Mapping[str, str]]:
    """Return the squares and the regions of each country, by its two letters."""
    found: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("countries.json").read_bytes())["countries"]
    return found


@cache
def _squares(code: str) -> Mapping[int, tuple[tuple[int, int], ...]]:
    """Return the runs of columns in each row of the map that a country touches."""
    rows = {}
    for part in known_countries()[code]["squares"].split():
        row, _, runs = part.partition(":")
        ends = (run.partition("-")[::2] for run in runs.split(","))
        rows[int(row)] = tuple((int(first), int(last or first)) for first, last in ends)
    return rows


def _touches(code: str, point: tuple[float, float], reach: int) -> bool:
    """Say whether a country, or what belongs to it, has a square within so many squares of a point."""
    row, column = (int((point[0] + 90) // _SIDE), int((point[1] + 180) // _SIDE))
    near = [(column + step) % _AROUND for step in range(-reach, reach + 1)]
    return any(
        first <= at <= last
        for one in (code, *known_countries()[code].get("also", "").split())
        for each in range(row - reach, row + reach + 1)
        for first, last in _squares(one).get(each, ())
        for at in near
    )


def outside(code: str, point: tuple[float, float]) -> tuple[str, Severity] | None:
    """Say why a point (latitude, longitude) is not in a country, None where it is, or where no map has the country."""
    if code not in known_countries() or _touches(code, point, _NEAR):
        return None
    lat, long = point
    for other, why in (
        ((long, lat), "latitude and longitude look swapped"),
        ((lat, -long), "the sign of the longitude looks wrong"),
        ((-lat, long), "the sign of the latitude looks wrong"),
        ((-lat, -long), "both signs look wrong"),
    ):
        if abs(other[0]) <= 90 and _touches(code, other, _NEAR):
            return why, "error"
    there = sorted(_country(one) for one in known_countries() if _touches(one, point, 0))
    return f"that is {'in ' + ' or '.join(there) if there else 'at sea'}", (
        "warning" if _touches(code, point, _DOUBTFUL) else "error"
    )


def _country(code: str) -> str:
    return str(Locale("en").territories.get(code, code))


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two points, on a sphere."""
    (lat, long), (lat2, long2) = (tuple(map(math.radians, point)) for point in (one, other))
    height = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((long2 - long) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(height))


def places(store: ox.Store) -> Iterator[Broken]:
    """Yield each place that lies outside its country, or far from what is beside it."""
    points: dict[str, tuple[float, float]] = {}
    beside: dict[str, set[str]] = defaultdict(set)
    for row in answers(store, _PLACES):
        place, lat, long = row["place"], _number(row["lat"]), _number(row["long"])
        if lat is None or long is None or abs(lat) > 90 or abs(long) > 180:
            continue  # which the shapes tell
        point = points[place.value] = float(lat), float(long)
        if "subdivision" in row:
            beside[row["subdivision"].value].add(place.value)
        wrong = outside(row["code"].value, point) if "code" in row else None
        if wrong is not None:
            message = f"is at {lat}, {long}, which is not in {_country(row['code'].value)}: {wrong[0]}"
            yield implied("coordinates", place.value, message, _MEND_POINT, _LAT, wrong[1])
    for name, members in beside.items():
        for place_iri in members if len(members) > 2 else ():
            others = members - {place_iri}
            far = min(_apart(points[place_iri], points[other]) for other in others)
            wide = max(_apart(points[one], points[other]) for one, other in combinations(others, 2))
            if far > max(_REACH, 2 * wide):
                message = f"is {far:.0f} km from the other places in {name}: {', '.join(map(_path, sorted(others)))}"
                yield implied("coordinates", place_iri, message, _MEND_POINT, _LAT, "warning")
    for row in answers(store, _PARENTS):
        here, parent = row["place"].value, row["parent"].value
        if here in points and parent in points and (far := _apart(points[here], points[parent])) > _REACH:
            message = f"is {far:.0f} km from {_path(parent)}, which it lies in"
            yield implied("coordinates", here, message, _MEND_POINT, _LAT, "warning")


_CODES: Final = """SELECT DISTINCT ?country ?two ?property ?code WHERE { ?country cr:iso3166-1-alpha2 ?two .
  VALUES ?property { cr:iso3166-1-alpha2 cr:iso3166-1-alpha3 cr:m49 } ?country ?property ?code }"""
_REGIONS: Final = """SELECT DISTINCT ?country ?two ?region ?number WHERE {
  ?country cr:iso3166-1-alpha2 ?two ; cr:within+ ?region . ?region cr:m49 ?number }"""
_COUNTRY_LABELS: Final = "SELECT ?country ?two ?label WHERE { ?country cr:iso3166-1-alpha2 ?two ; rdfs:label ?label }"


def countries(store: ox.Store) -> Iterator[Broken]:
    """Yield each country whose codes, names and regions are not those of one country (ISO 3166-1, UN M49, CLDR)."""
    of_code: Mapping[str, list[str]] = get_global("territory_aliases")
    for row in answers(store, _CODES):
        two, code = row["two"].value, row["code"].value
        meant = [code] if code in known_countries() else of_code.get(code, [])
        if meant != [two]:
            whose = " or ".join(f"{_country(one)} ({one})" for one in meant) or "no country"
            message = f"has the code {code}, which is that of {whose}, and the code {two}"
            repair = "take the codes of one country (data/enrichment/iso.trig)"
            yield implied("country-codes", row["country"].value, message, repair, row["code"])
    for row in answers(store, _REGIONS):
        regions = known_countries().get(row["two"].value, {}).get("regions", "").split()
        if regions and row["number"].value not in regions:
            region = f"{_path(row['region'].value)} ({row['number'].value})"
            message = f"lies in {region}, and UN M49 has it in {', '.join(regions)}"
            repair = "mend cr:within (data/enrichment/location.trig)"
            yield implied("country-codes", row["country"].value, message, repair, ox.NamedNode(CR + "within"))
    called = {
        (language, name): code
        for language in _LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == 2
    }
    for row in answers(store, _COUNTRY_LABELS):
        label, two = row["label"], row["two"].value
        code = called.get((label.language or "", label.value), two) if isinstance(label, ox.Literal) else two
        if code != two:
            message = f"is called “{label.value}”, which is {_country(code)} ({code}), and has the code {two}"
            repair = "mend the label (data/places/places.trig) or the codes (data/enrichment/iso.trig)"
            yield implied("country-codes", row["country"].value, message, repair, label)


# --- numbers ---

_FIGURES: Final = """SELECT DISTINCT ?figure ?printed ?value ?comparator ?unit WHERE { ?figure cr:printed ?printed
  OPTIONAL { ?figure cr:value ?value } OPTIONAL { ?figure cr:comparator ?comparator }
  OPTIONAL { ?figure cr:unit ?unit } }"""
_DIGITS: Final = re.compile(r"\d++(?:[.,'’ \u00a0\u202f]\d++)*+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})++")
#: Numbers written as words without accents, in the three languages: from one on, the tens, and the hundreds.
_COUNTED: Final = (
    "one", "two deux dos", "three trois tres", "four quatre cuatro", "five cinq cinco", "six seis", "seven sept siete",
    "eight huit ocho", "nine neuf nueve", "ten dix diez", "eleven onze once", "twelve douze doce",
    "thirteen treize trece", "fourteen quatorze catorce", "fifteen quinze quince", "sixteen seize dieciseis",
    "seventeen diecisiete", "eighteen dieciocho", "nineteen diecinueve", "twenty vingt vingts veinte",
    "veintiuno veintiun",
    "veintidos", "veintitres", "veinticuatro", "veinticinco", "veintiseis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
_TENS: Final = (
    "thirty trente treinta", "forty quarante cuarenta", "fifty cinquante cincuenta", "sixty soixante sesenta",
    "seventy setenta", "eighty ochenta", "ninety noventa", "hundred cent cents cien ciento",
)  # fmt: skip
_HUNDREDS: Final = "doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
_SPELLED: Final = {
    **{name: number for number, spelled in enumerate(_COUNTED, 1) for name in spelled.split()},
    **{name: 10 * tens for tens, spelled in enumerate(_TENS, 3) for name in spelled.split()},
    **{name: 100 * hundreds for hundreds, name in enumerate(_HUNDREDS.split(), 2)},
}
#: One, which is also an article: it counts only after tens or hundreds.
_ONE: Final = {"un", "une", "uno", "una"}
_AND: Final = {"and", "et", "y"}
_TIMES: Final = {
    **dict.fromkeys(("thousand", "mil", "mille", "milliers"), 10**3),
    **dict.fromkeys(("million", "millions", "millón", "millones"), 10**6),
    **dict.fromkeys(("billion", "billions", "milliard", "milliards"), 10**9),
}
#: How a number is bounded, in the three languages, and the comparators that say so.
_BOUNDS: Final = (
    (re.compile(r"(?i)\b(?:more than|over|above|at least|plus de|au moins|más de|al menos)\b|[>≥]"), {"gt", "ge"}),
    (
        re.compile(r"(?i)\b(?:less than|fewer than|under|below|at most|up to|moins de|menos de|hasta)\b|[<≤]"),
        {"lt", "le"},
    ),
)
_PERCENT: Final = re.compile(r"(?i)%|\bper ?cent\b|\bpour cent\b|\bpor ciento\b")


def read_number(printed: str) -> set[Decimal]:
    """Return what a number may mean as it is printed: digits grouped or with decimals, words, thousands and millions.

    There are several where the separator can be of either kind, or more than one number is printed; none where none
    can be read.
    """
    words = re.findall(r"[^\W\d_]+", printed.casefold())
    times = math.prod(_TIMES[word] for word in words if word in _TIMES)
    found: set[Decimal] = set()
    for text in _DIGITS.findall(printed):
        if _GROUPED.fullmatch(text):
            found.add(Decimal(re.sub(r"\D", "", text)))
        parts = re.split(r"\D", text)
        if len(parts) <= 2:
            found.add(Decimal(".".join(parts)))
        elif not _GROUPED.fullmatch(text):
            found.add(Decimal(re.sub(r"\D", "", "".join(parts[:-1])) + "." + parts[-1]))
    if not found:
        told = spelled(printed)
        found = {Decimal(number) for number in told} if len(told) == 1 else set()
    return {number * times for number in found}


def spelled(text: str) -> list[int]:
    """Return the numbers that a text has in words, below a thousand, in their order: forty-two, quatre-vingts, cien."""
    found: list[int] = []
    last = 0  # the number that the last word was, 0 after any other word
    joined = False  # whether a word that joins stands between
    for word in _words(text.casefold().replace("-", " ")):
        number = 1 if word in _ONE and last >= 20 else _SPELLED.get(word, 0)
        if not number:
            joined = word in _AND and last >= 20
            last = last if joined else 0
            continue
        if (last, number) == (4, 20) or (number == 100 and 1 <= last <= 9):  # quatre-vingts, two hundred
            last = found[-1] * number
            found[-1] = last
        elif (not joined and last == 10 and 7 <= number <= 9) or number < _room(last):
            found[-1] += number
            last = number
        else:
            found.append(number)
            last = number
        joined = False
    return found


def _room(last: int) -> int:
    """Return what a number that goes on after another stays below: 10 after forty, 20 after soixante, 100 after 200."""
    if last >= 100:
        return 100
    return 20 if last in (60, 80) else 10 if last >= 20 and last % 10 == 0 else 0


def numbers(store: ox.Store) -> Iterator[Broken]:
    """Yield each figure whose value, comparator or unit is not what is printed."""
    for row in answers(store, _FIGURES):
        figure, printed, value = row["figure"].value, row["printed"].value, _number(row.get("value"))
        read = read_number(printed)
        if value is not None and read and value not in read:
            said = " or ".join(f"{number.normalize():f}" for number in sorted(read))
            message = f"has the value {value}, and “{printed}” is printed, which is {said}"
            yield implied("printed-number", figure, message, "mend cr:value, or cr:printed", row["value"])
        comparator, unit = row["comparator"].value if "comparator" in row else "", row.get("unit")
        bound = next((signs for words, signs in _BOUNDS if words.search(printed)), set())
        bounded = comparator in ("gt", "ge", "lt", "le")
        if comparator and ((bound and comparator not in bound) or (bounded and not bound)):
            message = f"has the comparator {comparator}, and “{printed}” is printed"
            repair = f"write cr:comparator “{sorted(bound)[-1] if bound else 'eq'}”"
            yield implied("printed-number", figure, message, repair, row["comparator"])
        if unit is not None:
            share, percent = "percent" in unit.value.casefold(), bool(_PERCENT.search(printed))
            if percent != share and (percent or (not share) == bool(_DIGITS.fullmatch(printed.strip()))):
                message = f"has the unit {_path(unit.value)}, and “{printed}” is printed"
                yield implied("printed-number", figure, message, "mend cr:unit", unit)
            elif share and value is not None and not 0 <= value <= 100:
                message = f"is {value} percent of a whole"
                yield implied("printed-number", figure, message, "mend cr:value, or cr:unit", row["value"], "warning")


# --- names ---

_NAMED: Final = """SELECT DISTINCT ?thing ?name WHERE {
  VALUES ?class { cr:Territory cr:Actor cr:Person cr:Institution cr:Event cr:Instrument }
  VALUES ?property { rdfs:label skos:altLabel foaf:name }
  ?thing a ?class ; ?property ?name FILTER(LANG(?name) IN ("en", "")) }"""
_TOLD: Final = "SELECT DISTINCT ?claim ?text WHERE { ?claim a cr:Claim ; cr:text ?text FILTER(LANG(?text) = 'en') }"
_ABOUT: Final = """SELECT DISTINCT ?claim ?thing WHERE {
  ?claim (cr:subject|cr:mentions|cr:saidBy)/(org:unitOf|org:subOrganizationOf)* ?thing }"""
_NEIGHBOURS: Final = f"""SELECT DISTINCT ?one ?other WHERE {{
  GRAPH ?graph {{ ?one ?property ?other }}
  FILTER(STRSTARTS(STR(?one), "{ID}") && STRSTARTS(STR(?other), "{ID}")
    && !STRSTARTS(STR(?graph), STR(derived:)) && ?property NOT IN (rdf:type, cr:source, cr:section, cr:heading))
  MINUS {{ ?other a skos:Concept }} }}"""
_PAGES: Final = """SELECT ?page ?name WHERE { ?page a cr:Reference ; rdfs:label ?name FILTER(LANG(?name) = "en") }"""
#: Places that a sentence names where it is about them; a country or region may be brought by what lies in it.
_LOCAL: Final = ("city/", "department/", "island/")
_WORD: Final = re.compile(r"[^\W_]++(?:[-&][^\W_]++)*+")


def _words(text: str) -> list[str]:
    """Return the words of a text without accents."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return _WORD.findall(text)


class Names:
    """The names of things, found in texts: the longest that begins at a word, written with its capitals."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._things: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for thing, name in named:
            words = tuple(_words(name))
            if words and words[0][0].isupper():
                self._things[words].add(thing)
        self._longest = max(map(len, self._things), default=0)
        self._found: dict[str, tuple[tuple[str, set[str]], ...]] = {}

    def find(self, text: str) -> tuple[tuple[str, set[str]], ...]:
        """Return each name in a text, with the things that are called so."""
        if text not in self._found:
            if len(self._found) > _TEXTS_AT_HAND:
                self._found.clear()
            self._found[text] = tuple(self._find(text))
        return self._found[text]

    def _find(self, text: str) -> Iterator[tuple[str, set[str]]]:
        words, at = _words(text), 0
        while at < len(words):
            for count in range(min(self._longest, len(words) - at), 0, -1):
                name = tuple(words[at : at + count])
                if name in self._things:
                    yield " ".join(name), self._things[name]
                    at += count
                    break
            else:
                at += 1


#: Of so many texts it is kept which names are in them.
_TEXTS_AT_HAND: Final = 50_000


@lru_cache(maxsize=2)
def _names_of(named: frozenset[tuple[str, str]]) -> Names:
    return Names(named)


def names(store: ox.Store) -> Iterator[Broken]:
    """Yield what names a place, a person or a body that has nothing to do with it."""
    known = _names_of(frozenset((row["thing"].value, row["name"].value) for row in answers(store, _NAMED)))
    near = _neighbours(store)
    yield from _sentences(store, known, near)
    yield from _descriptions(store, known, near)


def _sentences(store: ox.Store, known: Names, near: Mapping[str, set[str]]) -> Iterator[Broken]:
    """Yield each claim whose sentence names what it is not about, or that is about a place which nothing in it brings.

    A place is brought by the sentence, by the name of a web page, or by a tie to what else the claim is about.
    """
    about: dict[str, set[str]] = defaultdict(set)
    for row in answers(store, _ABOUT):
        about[row["claim"].value].add(row["thing"].value)
    pages = {
        row["page"].value: set().union(*(called for _, called in known.find(row["name"].value)))
        for row in answers(store, _PAGES)
    }
    for row in answers(store, _TOLD):
        claim, text = row["claim"].value, row["text"]
        brought: set[str] = set()
        for name, called in known.find(text.value):
            brought |= called
            if about[claim].isdisjoint(called):
                thing = min(called)
                message = f"names {name}, and is not about {_path(thing)}"
                repair = f"mend the sentence, or write cr:mentions {_short(thing)} in its block"
                sure = not any(called & near[one] for one in about[claim])
                severity: Severity = "error" if sure else "warning"
                yield implied("named-not-about", claim, message, repair, text, severity, value=thing)
        for place in sorted(one for one in about[claim] if _path(one).startswith(_LOCAL)):
            others = {one for one in about[claim] - {place} if not _path(one).startswith("person/")}
            tied = near[place].union(*(near[one] for one in near[place] if not _path(one).startswith("claim/")))
            if (
                place not in brought.union(*(pages.get(one, ()) for one in others))
                and others
                and tied.isdisjoint(others)
            ):
                message = f"is about {_path(place)}, which its sentence does not name and nothing ties to the rest"
                repair = "mend cr:mentions, or name the place in the sentence"
                yield implied("named-not-about", claim, message, repair, ox.NamedNode(place), "warning")


_DESCRIBED: Final = f"""SELECT DISTINCT ?thing ?text WHERE {{
  VALUES ?property {{ rdfs:label dcterms:description }} ?thing ?property ?text FILTER(LANG(?text) = "en")
  FILTER(STRSTARTS(STR(?thing), "{ID}"))
  MINUS {{ VALUES ?class {{ cr:Claim cr:Decision cr:Passage cr:Reference cr:Source cr:Connection skos:Concept }}
    ?thing a ?class }} }}"""


def _descriptions(store: ox.Store, known: Names, near: Mapping[str, set[str]]) -> Iterator[Broken]:
    """Yield each thing whose English label or description names a place to which nothing ties it.

    What one claim says of several governments ties none to another.
    """
    several = {row["claim"].value for row in answers(store, "SELECT ?claim WHERE { ?claim a cr:GroupClaim }")}
    for row in answers(store, _DESCRIBED):
        thing, text = row["thing"].value, row["text"]
        ties = near[thing].union(*(near[one] for one in near[thing] - several), {thing})
        for name, called in known.find(text.value):
            there = {one for one in called if _path(one).startswith((*_LOCAL, "country/"))}
            if there and ties.isdisjoint(called):
                message = f"is told with the name {name}, and no statement ties it to {_path(min(there))}"
                repair = "mend the label or description, or the statement that puts the thing elsewhere"
                yield implied("place-not-tied", thing, message, repair, text, "warning")


def _neighbours(store: ox.Store) -> dict[str, set[str]]:
    """Return what each thing is tied to by a statement in either direction, whatever ties everything left out."""
    near: dict[str, set[str]] = defaultdict(set)
    for row in answers(store, _NEIGHBOURS):
        one, other = row["one"].value, row["other"].value
        for here, there in ((one, other), (other, one)):
            near[here].add(there)
    return near


# --- twins ---

_CALLED: Final = f"""SELECT DISTINCT ?thing ?property ?name WHERE {{
  VALUES ?property {{ rdfs:label skos:prefLabel skos:altLabel foaf:name }} ?thing ?property ?name
  FILTER(STRSTARTS(STR(?thing), "{ID}") || STRSTARTS(STR(?thing), "{CONCEPTS}"))
  MINUS {{ VALUES ?class {{ cr:Claim cr:Decision cr:Passage cr:Connection }} ?thing a ?class }} }}"""
_STANDS: Final = """SELECT DISTINCT ?thing ?place WHERE { ?thing cr:place|cr:governs|cr:within|cr:of|skos:broader ?place
  FILTER NOT EXISTS { ?place a cr:Region } }"""
_WITHIN: Final = "SELECT DISTINCT ?place ?wider WHERE { ?place a cr:Territory ; cr:within* ?wider }"
_ADDRESSES: Final = "SELECT DISTINCT ?thing ?url WHERE { ?thing a cr:Reference ; schema:url ?url }"
_WEB: Final = re.compile(r"(?i)^https?://(?:www\.)?")
#: Letters in which names differ at most so that one may be a misspelling of the other, from so many letters on.
_SLIPS: Final = ((16, 2), (5, 1))
#: Where two main labels that are equal are a fault for certain: people, events and web pages may share a name.
_UNIQUE: Final = frozenset(
    {"city", "country", "department", "government", "institution", "instrument", "island", "practice", "region"}
)
_SAME: Final = "keep one of them, and point to it from both places; or tell them apart by their names"


def twins(store: ox.Store) -> Iterator[Broken]:
    """Yield things of one sort that share a name and a place, a point on the map, or a web address."""
    stands: dict[str, set[str]] = defaultdict(set)
    for row in answers(store, _STANDS):
        stands[row["thing"].value].add(row["place"].value)
    wider: dict[str, set[str]] = defaultdict(set)
    for row in answers(store, _WITHIN):
        wider[row["place"].value].add(row["wider"].value)
    called: dict[tuple[str, str], dict[str, Term]] = defaultdict(dict)
    main: dict[str, dict[str, tuple[str, Term]]] = defaultdict(dict)
    certain: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    concepts = {row["concept"].value for row in answers(store, "SELECT ?concept WHERE { ?concept a skos:Concept }")}
    for row in answers(store, _CALLED):
        thing, name = row["thing"].value, row["name"]
        kind, plain = _path(thing).partition("/")[0], " ".join(_words(name.value.casefold()))
        if not plain or not isinstance(name, ox.Literal):
            continue
        if thing not in concepts or not row["property"].value.endswith("altLabel"):  # words for a search may be shared
            called[kind, plain].setdefault(thing, name)
        if not row["property"].value.endswith("altLabel"):
            if kind in _UNIQUE or thing in concepts:
                certain[kind, plain, name.language or ""].add(thing)
            if name.language == "en":
                main[kind][thing] = plain, name

    def together(one: str, other: str) -> bool:
        """Say whether nothing keeps two things apart: places of which none is the other's."""
        here, there = stands[one], stands[other]
        return not (here and there) or any(a in wider[b] or b in wider[a] or a == b for a in here for b in there)

    told = set()
    sure = {pair for things in certain.values() for pair in combinations(sorted(things), 2)}
    for things in called.values():
        for one, other in combinations(sorted(things), 2):
            if (one, other) not in told and together(one, other):
                told.add((one, other))
                message = f"is called “{things[one].value}”, and so is {_path(other)}"
                severity: Severity = "error" if (one, other) in sure else "warning"
                yield implied("name-twice", one, message, _SAME, things[one], severity)
    for known in main.values():
        for one, other in _alike({thing: plain for thing, (plain, _) in known.items()}, stands, wider):
            if (one, other) not in told and together(one, other):
                label = known[one][1]
                message = f"is called “{label.value}”, and {_path(other)} “{known[other][1].value}”"
                yield implied("name-twice", one, message, _SAME, label, "warning")
    yield from _at_one(store)


def _alike(
    names: Mapping[str, str], stands: Mapping[str, set[str]], wider: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """Yield two things, by name the first one first, whose names differ by a slip and whose places may be one.

    Names with other numbers are other names. Compared are only those whose places have to do with each other: all with
    all were a day's work for a hundred thousand.
    """
    narrower: dict[str, set[str]] = defaultdict(set)
    for place, around in wider.items():
        for one in around:
            narrower[one].add(place)
    blocks: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for thing, plain in names.items():
        blocks[tuple(re.findall(r"\d+", plain))].append(thing)
    for block in blocks.values():
        at: dict[str, list[str]] = defaultdict(list)
        for thing in block:
            for place in stands.get(thing) or ("",):
                at[place].append(thing)
        for one in block:
            plain, here = names[one], stands.get(one)
            slips = next((most for length, most in _SLIPS if len(plain) >= length), 0)
            beside = {"", *(here or at)}
            for place in here or ():
                beside |= wider.get(place, set()) | narrower.get(place, set())
            others = {
                other: names[other]
                for place in beside & at.keys()
                for other in at[place]
                if other > one and abs(len(names[other]) - len(plain)) <= slips
            }
            near = process.extract(plain, others, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=None)
            yield from ((one, other) for _, _, other in near if slips)


def _at_one(store: ox.Store) -> Iterator[Broken]:
    """Yield places of one sort at one point, and references with one address in two ways of writing."""
    found: dict[tuple[str, ...], set[tuple[str, Term]]] = defaultdict(set)
    for row in answers(store, _PLACES):
        found[_path(row["place"].value).partition("/")[0], f"{row['lat'].value}, {row['long'].value}"].add(
            (row["place"].value, _LAT)
        )
    for row in answers(store, _ADDRESSES):
        plain = _WEB.sub("", row["url"].value).rstrip("/").casefold()
        found["reference", plain].add((row["thing"].value, row["url"]))
    for (_, at), things in found.items():
        for (one, term), (other, _) in combinations(sorted(things, key=lambda pair: pair[0]), 2):
            yield implied("name-twice", one, f"is at {at}, and so is {_path(other)}", _SAME, term, "warning")


#: What looks for something implausible in a store, whose default graph is the merge of its named graphs.
LOOKS: Final = (places, countries, numbers, names, twins)
