"""The gazetteer: which place is meant by a name, and which country; homonyms are listed, never guessed.

The table beside this file is drawn from GeoNames (CC BY 4.0) by ``tools/gazetteer.py``: every place of 500
inhabitants or more and seats below that, with their other names. It is opened at the first question, not at import;
an answer costs a page or two of it.
"""

from __future__ import annotations

import math
import re
import sqlite3
import struct
import threading
import unicodedata
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from cityrights.errors import CityrightsError

#: The table.
FILE: Final = Path(__file__).with_name("places.sqlite")
#: So many lists of entries, by the digest of a name.
BUCKETS: Final = 4096
#: A name is that of one place beyond doubt, though others have it, when it has so many inhabitants …
WELL_KNOWN: Final = 250_000
#: … and so many times those of any other in the country that may be called so.
BY_FAR: Final = 20
#: … or when all of them lie so near, in kilometres, that they are parts of it.
WITHIN: Final = 30.0
#: So many characters of a name are looked at.
_LONGEST: Final = 200
#: Letters that no decomposition takes apart.
LETTERS: Final = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŋ": "n"}
)
_LETTERS: Final = LETTERS | str.maketrans("", "", "'’‘ʻʼ`´")
_COMBINING: Final = re.compile("[\u0300-\u036f]+")
_WORDS: Final = re.compile(r"\w+")
#: What stands before the name of a place without belonging to it, in the languages of the site and some more.
_BEFORE: Final = tuple(
    f"{words} "
    for words in (
        "city of", "town of", "municipality of", "metropolitan city of", "city and county of", "borough of",
        "ville de", "commune de", "municipalite de", "mairie de", "ciudad de", "municipio de", "ayuntamiento de",
        "municipalidad de", "alcaldia de", "stadt", "gemeente", "comune di", "cidade de", "prefeitura de",
    )
)  # fmt: skip
#: What stands before the name of a country without belonging to it. Those of Korea and the Congo are in the table.
_STATE: Final = tuple(
    f"{words} "
    for words in (
        "the", "republic of", "the republic of", "kingdom of", "the kingdom of", "state of", "commonwealth of",
        "federal republic of", "republique de", "republique du", "republique d", "royaume de", "royaume du",
        "republica de", "reino de", "estado de", "la republica de", "la republique de", "l", "la", "le", "el", "les",
    )
)  # fmt: skip


#: Names that several countries share, so that they alone mean none.
_SHARED: Final = frozenset({"congo", "korea", "virgin islands", "guinea", "samoa", "saint martin", "sint maarten"})
#: Parts of a state that have a code of their own, and that people write under the state.
_PARTS: Final = {
    "FR": "RE GP MQ GF YT NC PF PM BL MF WF", "US": "PR GU VI AS MP", "NL": "AW CW SX BQ", "CN": "HK MO",
    "DK": "GL FO", "FI": "AX", "NO": "SJ", "AU": "NF CX CC",
}  # fmt: skip
#: Words for levels, which some write and others leave out.
_LEVELS: Final = {
    *("county", "province", "region", "state", "prefecture", "district", "department", "oblast", "governorate", "land"),
    *("greater", "of", "the", "city", "metropolitan", "departement", "estado", "provincia", "departamento", "lan"),
    *("comunidad", "autonoma", "do"),
}
#: A name is told as the place has it where another of its names is more like what was asked for by so much, of 1.
_NEARLY: Final = 0.1
#: So much alike, of 100, are two spellings of one region.
_SPELT: Final = 90


@dataclass(frozen=True, slots=True)
class Place:
    """A place as GeoNames has it.

    ``geonames`` is its number there, ``name`` its name in English or else its own, ``names`` all other names that are
    known of it, ``country`` the code of ISO 3166-1 (two letters), ``region`` the name of its first level, such as
    “Texas”, and ``region_code`` what GeoNames calls that (both empty where unknown); ``latitude`` and ``longitude``
    are degrees in WGS 84, ``population`` is 0 where unknown.
    """

    geonames: int
    name: str
    names: tuple[str, ...]
    country: str
    region: str
    region_code: str
    latitude: float
    longitude: float
    population: int

    @property
    def iri(self) -> str:
        """Return its IRI."""
        return f"https://sws.geonames.org/{self.geonames}/"

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.region, self.country) if part)
        people = f"; {self.population:,} inhabitants" if self.population else ""
        return f"{self.name} ({where}{people}; GeoNames {self.geonames})"


def fold(name: str) -> str:
    """Return a name as names are compared: without capitals, accents, apostrophes and signs, words parted by spaces.

    >>> fold("Bobo-Dioulasso"), fold("İzmir"), fold("'s-Gravenhage")
    ('bobo dioulasso', 'izmir', 's gravenhage')
    """
    plain = name[:_LONGEST].casefold().translate(_LETTERS)
    if not plain.isascii():
        plain = _COMBINING.sub("", unicodedata.normalize("NFKD", plain))
    return " ".join(_WORDS.findall(plain))


def digest(key: str) -> tuple[int, int]:
    """Return the list in which a folded name is, and the sixteen bits by which it is told from others there."""
    number = int.from_bytes(blake2b(key.encode(), digest_size=4).digest(), "little")
    return number % BUCKETS, number // BUCKETS & 0xFFFF


def pack_entries(entries: Iterable[tuple[int, int]]) -> bytes:
    """Return a list of entries, sixteen bits and the number of a place each, as the table has it."""
    marks, numbers = zip(*sorted(entries), strict=True)
    return zlib.compress(struct.pack(f"<{len(marks)}H{len(numbers)}I", *marks, *numbers), 9)


def find(name: str, country: str | None = None, region: str | None = None) -> list[Place]:
    """Return the place that is called so: one where it is certain, none where nothing fits, else all that may be meant.

    ``country`` is a name in any language or a code of ISO 3166-1; ``region`` the first level, by name or by code.
    A name is certain when one place of the country alone has it, among its own and its other names. One rule goes
    beyond that: a place of ``WELL_KNOWN`` inhabitants that has ``BY_FAR`` times those of each homonym is meant when
    the name is its own (Boston in the United States), or when all others lie within it and have it as another name
    only (Londres: London and its City). It asks for a country; :func:`homonyms` does without it. The largest come
    first.

    Raises CityrightsError for a country that is none.
    """
    found = homonyms(name, country, region)
    known = bool(country and country.strip()) and not (region and region.strip())
    return found[:1] if known and _is_by_far(fold(name), found) else found


def homonyms(name: str, country: str | None = None, region: str | None = None) -> list[Place]:
    """Return every place that is called so, the largest first. Raises CityrightsError for a country that is none.

    A region that nobody knows narrows nothing: registers spell them in many ways.
    """
    spans = _spans(country)
    key = fold(name)
    found = _called(key, spans)
    if not found:
        shorter = next((key.removeprefix(words) for words in _BEFORE if key.startswith(words)), "")
        found = _called(shorter, spans)
    if found and region and region.strip():
        there = [place for place in found if _is_region(region, place.region, place.region_code)]
        countries = {place.country for place in found}
        if there or any(_is_region(region, *named) for code in countries for named in _regions(code)):
            found = there
    return sorted(found, key=lambda place: (-place.population, place.geonames))


def by_number(geonames: int) -> Place | None:
    """Return the place that has this number in GeoNames; None where the table has none."""
    return next((place for place in _entries(f"#{geonames}", _ANYWHERE) if place.geonames == geonames), None)


def names_alone(geonames: int) -> tuple[str, ...]:
    """Return the names of a place that no other place has, anywhere: by these it may be meant without its country.

    None for a number that the table does not have.
    """
    place = by_number(geonames)
    names = (place.name, *place.names) if place is not None else ()
    return tuple(name for name in names if len(_numbers(fold(name))) == 1)


def near(name: str, country: str, most: int = 3) -> list[str]:
    """Return names of places of a country that are most like a name that fits none, the nearest first.

    Of large places their other names count, too; of names that are equally like, that of the largest place stands
    first. Raises CityrightsError for a country that is none.
    """
    asked, most_alike = fold(name), dict[int, tuple[float, int, int, str]]()
    for span in _spans(country):
        spelt, keys = _spelt(*span)
        found = process.extract(asked, keys, scorer=fuzz.ratio, processor=None, limit=5 * most, score_cutoff=70)
        for key, _, at in found:
            called, people, number = spelt[at]
            one = (-OSA.normalized_similarity(asked, key), -people, number, called)
            most_alike[number] = min(most_alike.get(number, one), one)
    names = []
    for unlike, _, number, called in sorted(most_alike.values()):
        own = _record(number).name
        names.append(own if OSA.normalized_similarity(asked, fold(own)) >= -unlike - _NEARLY else called)
    return list(dict.fromkeys(names))[:most]


def country(name: str) -> str | None:
    """Return the code of ISO 3166-1 (two letters) of a country by its name in any language, or by a code of it.

    None for what is no country. The names are those of CLDR and of ISO 3166, with older ones (Swaziland), and parts
    of the United Kingdom as the whole.

    >>> country("Nederland"), country("Pays-Bas"), country("Bolivia (Plurinational State of)"), country("Atlantis")
    ('NL', 'NL', 'BO', None)
    """
    for key in _country_keys(name):
        row = _table().execute("SELECT code FROM country_names WHERE name = ?", (key,)).fetchone()
        if row:
            return str(row[0])
    return None


def near_countries(name: str, most: int = 3) -> list[str]:
    """Return names of countries, in any language, that are most like a name that is none, the nearest first."""
    known = [row[0] for row in _table().execute("SELECT name FROM country_names WHERE length(name) > 3")]
    found = process.extract(fold(name), known, scorer=fuzz.ratio, processor=None, limit=most, score_cutoff=75)
    return [name for name, _, _ in found]


def about() -> dict[str, str]:
    """Return what the table says of itself: source, licence, day, how many places."""
    return dict(_table().execute("SELECT name, value FROM about"))


#: More than any number of a place.
_NONE: Final = 2**31
#: The numbers of all places.
_ANYWHERE: Final = [(0, _NONE)]
_KNOWN = threading.local()


def _table() -> sqlite3.Connection:
    """Return this thread's connection. The file never changes, so that nothing is locked and no journal looked for."""
    connection: sqlite3.Connection | None = getattr(_KNOWN, "connection", None)
    if connection is None:
        connection = sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True)
        _KNOWN.connection = connection
    return connection


def _spans(name: str | None) -> list[tuple[int, int]]:
    """Return the numbers between which the places of a country are, and those of its parts that have a code."""
    if not name or not name.strip():
        return _ANYWHERE
    code = country(name)
    if code is None:
        near = near_countries(name)
        hint = (
            f"; did you mean {', '.join(near)}?"
            if near
            else "; write its name in any language, or its code of ISO 3166-1"
        )
        raise CityrightsError(f"“{name}” is no country that is known{hint}")
    rows = (
        _table().execute("SELECT first, last FROM countries WHERE code = ?", (each,)).fetchone()
        for each in (code, *_PARTS.get(code, "").split())
    )
    return [(row[0], row[1]) for row in rows if row]


def _called(key: str, spans: list[tuple[int, int]]) -> list[Place]:
    known: dict[str, bool] = {}  # homonyms are spelled alike: each spelling is looked at once

    def means(name: str) -> bool:
        found = known.get(name)
        if found is None:
            found = known[name] = fold(name) == key
        return found

    return [place for place in _entries(key, spans) if means(place.name) or any(map(means, place.names))]


def _entries(key: str, spans: list[tuple[int, int]]) -> list[Place]:
    """Return the places under a key, and now and then one more that has the same digest."""
    numbers = _numbers(key)
    if spans != _ANYWHERE:
        numbers = tuple(number for number in numbers if any(first <= number <= last for first, last in spans))
    return [_record(number) for number in numbers]


def _numbers(key: str) -> tuple[int, ...]:
    """Return the numbers of the places under a key, and now and then one more that has the same digest."""
    if not key:
        return ()
    bucket, mark = digest(key)
    packed = zlib.decompress(_table().execute("SELECT entries FROM names WHERE bucket = ?", (bucket,)).fetchone()[0])
    many = len(packed) // 6
    entries = struct.unpack(f"<{many}H{many}I", packed)
    return entries[many + bisect_left(entries, mark, 0, many) : many + bisect_right(entries, mark, 0, many)]


def _record(number: int) -> Place:
    firsts = _firsts()
    first = firsts[bisect_right(firsts, number) - 1]
    return _place(_block(first)[number - first])


@lru_cache(maxsize=1)
def _firsts() -> array[int]:
    """Return the numbers of the places with which blocks begin, in order."""
    return array("I", (row[0] for row in _table().execute("SELECT first FROM places ORDER BY first")))


@lru_cache(maxsize=256)
def _block(first: int) -> list[str]:
    row = _table().execute("SELECT packed FROM places WHERE first = ?", (first,)).fetchone()
    return zlib.decompress(row[0]).decode().split("\n")


def _place(line: str) -> Place:
    number, name, latitude, longitude, code, region, population, *names = line.split("\t")
    return Place(
        int(number), name, tuple(names), code, _region(code, region), region, float(latitude), float(longitude),
        int(population),
    )  # fmt: skip


def _region(code: str, region: str) -> str:
    return _names_of_regions(code).get(region, "")


@lru_cache(maxsize=300)
def _names_of_regions(code: str) -> dict[str, str]:
    """Return the first levels of a country: code → name."""
    return {known: name for name, known in reversed(_regions(code))}


@lru_cache(maxsize=300)
def _regions(code: str) -> list[tuple[str, str]]:
    """Return the first levels of a country: name and code."""
    return _table().execute("SELECT name, code FROM regions WHERE country = ?", (code,)).fetchall()


def _is_region(asked: str, name: str, code: str) -> bool:
    """Say whether a first level is meant; “Skåne County” is Skåne, “Baden-Württemberg” Baden-Wuerttemberg."""
    wanted, known = ([word for word in fold(text).split() if word not in _LEVELS] for text in (asked, name))
    return fold(asked) in (fold(code), fold(name)) or fuzz.ratio(" ".join(wanted), " ".join(known)) >= _SPELT


@lru_cache(maxsize=4)
def _spelt(first: int, last: int) -> tuple[list[tuple[str, int, int]], dict[int, str]]:
    """Return the names of the places of a country, each with inhabitants and number, and by their order, folded."""
    firsts = _firsts()
    found: list[tuple[str, int, int]] = []
    for block in firsts[bisect_right(firsts, first) - 1 : bisect_right(firsts, last)]:
        for number, line in enumerate(_block(block), block):
            if first <= number <= last:
                _, own, _, _, _, _, population, *others = line.split("\t")
                people = int(population)
                found += [(one, people, number) for one in (own, *(others if people >= WELL_KNOWN else ()))]
    return found, {at: fold(one[0]) for at, one in enumerate(found)}


def _is_by_far(key: str, found: list[Place]) -> bool:
    if len(found) < 2 or found[0].population < max(WELL_KNOWN, BY_FAR * found[1].population):
        return False
    if fold(found[0].name) == key:
        return True
    return all(fold(other.name) != key and _kilometres(found[0], other) <= WITHIN for other in found[1:])


def _kilometres(one: Place, other: Place) -> float:
    """Return how far two places are apart, on a plane that touches the earth: good for what is near."""
    east = math.cos(math.radians(one.latitude)) * (one.longitude - other.longitude)
    return math.hypot(east, one.latitude - other.latitude) * 111.2


def _country_keys(name: str) -> Iterator[str]:
    """Tell the forms in which a country may be known, the one that is written first."""
    key = fold(name)
    yield key
    # “Korea (Republic of)” and “Korea, Republic of” are “Republic of Korea”, or else “Korea”.
    short, _, rest = name[:_LONGEST].replace("(", ",").replace(")", "").partition(",")
    keys = [key, fold(f"{rest} {short}")] if rest else [key]
    yield keys[-1]
    for words in _STATE:
        for each in keys:
            if each.startswith(words):
                yield each.removeprefix(words)
    if rest and fold(short) not in _SHARED:
        yield fold(short)
