"""The gazetteer: a hundred pairs that were judged by hand before the code, and rows that nobody here wrote."""

from __future__ import annotations

import csv
import math
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cityrights import places
from cityrights.errors import CityrightsError
from cityrights.places import Place, by_number, country, find, homonyms, near
from tests.support import CORPORA, need

#: Written by hand, from what people know of the world, before there was a table to ask.
PAIRS = Path(__file__).with_name("pairs.csv")
#: So far, in kilometres, two people set one city apart.
APART = 30
#: The rows of ``../shared/corpora`` whose answers were judged by hand: in the order of the file, name and first level.
JUDGED = {
    "Montale": "", "San Mateo": "California", "Bulawayo": "Bulawayo", "Eureka": "California", "Boston": "Massachusetts",
    "Andradina": "Sao Paulo", "Hsinchu": "Taiwan", "Romsey": "England", "Cochabamba": "Cochabamba",
    "Phoenix": "Arizona", "Manchester": "England", "Solingen": "North Rhine-Westphalia", "New Delhi": "NCT",
    "Santa Clara": "California", "Riolo Terme": "Emilia-Romagna", "Monmouth": "Oregon", "Engen": "Baden-Wuerttemberg",
    "Washington": "District of Columbia", "Helsingborg": "Skane", "Konstanz": "Baden-Wuerttemberg",
    "Antigonish": "Nova Scotia", "Dallas": "Texas", "Benicia": "California", "Toronto": "Ontario",
    "Winnipeg": "Manitoba",
}  # fmt: skip


def kilometres(place: Place, latitude: float, longitude: float) -> float:
    east = math.cos(math.radians(latitude)) * (place.longitude - longitude)
    return 111.2 * math.hypot(east, place.latitude - latitude)


def test_of_a_hundred_pairs_most_are_certain_none_is_wrong_and_the_rest_is_listed() -> None:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert len(pairs) == 100
    certain, wrong = 0, []
    for pair in pairs:
        name, where, judged = pair["name"], pair["country"], pair["judged"]
        found = find(name, where)
        certain += len(found) == 1
        if pair["latitude"]:
            spot = float(pair["latitude"]), float(pair["longitude"])
            meant = found[:1] if len(found) == 1 else found
            if not any(kilometres(place, *spot) <= APART for place in meant):
                wrong.append(f"{name}, {where} ({judged}): {'; '.join(map(str, found)) or 'nothing'}")
        elif len(found) == 1:
            wrong.append(f"{name}, {where} ({judged}) is none for certain, and was taken for {found[0]}")
    assert not wrong, "\n".join(wrong)
    assert certain >= 80


def test_of_rows_that_nobody_here_wrote_most_are_certain_and_none_is_wrong() -> None:
    with (need(CORPORA) / "participedia-rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    certain, wrong = 0, []
    for row in rows:
        name, judged = row["city"], JUDGED[row["city"]]
        for region in (None, row["province"]):
            found = find(name, row["country"], region)
            certain += len(found) == 1 and region is None
            if not any(place.region == judged or not judged for place in found):
                wrong.append(f"{name}, {row['country']}, {region}: {'; '.join(map(str, found)) or 'nothing'}")
    assert not wrong, "\n".join(wrong)
    assert certain >= 24, "80 % of 30"


def test_a_region_tells_homonyms_apart_in_whatever_way_it_is_spelt() -> None:
    for name, where, region, number in (
        ("Portland", "United States", "Oregon", 5746545),
        ("Portland", "US", "ME", 4975802),
        ("San José", "Costa Rica", "Alajuela", 3621841),
        ("Engen", "Germany", "Baden-Württemberg", 2930201),
        ("Gwangju", "South Korea", "Gyeonggi", 1841810),
        ("Helsingborg", "Sweden", "Skåne County", 2706767),
    ):
        found = find(name, where, region)
        assert [place.geonames for place in found] == [number], f"{name} in {region}: {found}"
    assert not find("Boston", "US", "Texas"), "a region that is known and has no such place"
    assert len(find("Springfield", "US", "Nowhereshire")) > 1, "one that nobody knows narrows nothing"


def test_the_largest_by_far_is_meant_only_where_no_other_may_be() -> None:
    assert find("Boston", "US")[0].region == "Massachusetts"
    assert len(homonyms("Boston", "US")) > 1
    assert len(find("Boston")) > 1, "without a country nothing is meant"
    assert len(find("New Delhi", "India")) == 2, "Delhi is called so, too, and is larger by far, but it is not its name"
    assert len(find("Saint-Denis", "France")) > 2
    assert find("Saint-Denis", "France")[0].country == "RE"


def test_wien_and_ciudad_de_mexico_are_found_and_say_what_else_they_are_called() -> None:
    vienna, mexico = find("Wien")[0], find("ciudad de mexico")[0]
    assert (vienna.iri, vienna.name, vienna.country) == ("https://sws.geonames.org/2761369/", "Vienna", "AT")
    assert {"Wien", "Viena", "Вена"} <= set(vienna.names)
    assert (mexico.name, mexico.country, mexico.population > 5_000_000) == ("Mexico City", "MX", True)
    assert by_number(vienna.geonames) == vienna
    assert by_number(1) is None


def test_what_is_not_there_is_said_with_what_is_near() -> None:
    assert find("Amstredam", "Nederland") == []
    assert near("Amstredam", "Nederland")[0] == "Amsterdam"
    assert find("", "Nederland") == find("!?", "NL") == []
    with pytest.raises(CityrightsError, match=r"“Nedderland” is no country that is known; did you mean nederland"):
        find("Utrecht", "Nedderland")


def test_a_country_is_known_by_its_name_in_any_language_and_by_its_codes() -> None:
    for code, names in {
        "NL": "Nederland|Pays-Bas|Países Bajos|the Netherlands|Netherlands (the)|NLD|nl|Niederlande|Hollande|オランダ",
        "BO": "Bolivia (Plurinational State of)|Bolivia, Plurinational State of|Bolivia|Bolivie|Bolivien",
        "CD": "Congo (the Democratic Republic of the)|Congo, Dem. Rep.|DR Congo|RDC|Congo-Kinshasa",
        "CG": "Congo|Republic of the Congo|Congo, Republic of the",
        "KR": "Korea, Republic of|South Korea|Corée du Sud|Korea (Republic of)|República de Corea|대한민국",
        "KP": "Korea (North)|Democratic People's Republic of Korea|Corea del Norte",
        "GB": "UK|U.K.|England|Écosse|United Kingdom of Great Britain and Northern Ireland|Verenigd Koninkrijk",
        "US": "USA|U.S.A.|United States|États-Unis|EE. UU.|Estados Unidos|Vereinigte Staaten",
        "CI": "Côte d’Ivoire|Cote d'Ivoire|Ivory Coast|Costa de Marfil",
        "VE": "Venezuela (Bolivarian Republic of)|Venezuela, RB", "TR": "Türkiye|Turkey|Turquie|Turquía",
        "TW": "Taiwan|Taiwan, Province of China", "PS": "Palestine|State of Palestine|Palestine, State of",
        "CZ": "Czechia|Czech Republic|Chequia|Tschechien", "SZ": "Swaziland|Eswatini", "GR": "Grèce|Ελλάδα|Grecia",
    }.items():  # fmt: skip
        for name in names.split("|"):
            assert country(name) == code, f"{name}: {country(name)}"
    for name in ("Atlantis", "", "Korea", "Europe", "Virgin Islands", "Utrecht", "x" * 100_000):
        assert country(name) is None, name[:40]


def test_every_country_is_known_by_its_name_in_the_languages_of_the_site_and_more() -> None:
    from babel import Locale

    wrong = []
    table = sqlite3.connect(f"{places.FILE.as_uri()}?mode=ro", uri=True)
    for (code,) in table.execute("SELECT code FROM countries").fetchall():
        for language in ("en", "fr", "es", "pt", "de", "it", "nl"):
            name = Locale(language).territories.get(code)
            if name and country(name) != code:
                wrong.append(f"{language} {name}: {country(name)} for {code}")
    table.close()
    assert not wrong, "\n".join(wrong)


def test_the_table_is_small_says_whose_it_is_and_is_opened_at_the_first_question_only() -> None:
    assert places.FILE.stat().st_size <= 15_000_000
    about = places.about()
    assert about["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert "GeoNames" in about["attribution"]
    ask = (
        "import sys; from cityrights import places; opened = []\n"
        "sys.addaudithook(lambda event, said: opened.append(said[0]) if 'sqlite3.connect' == event else None)\n"
        "first = list(opened); places.find('Utrecht', 'NL'); print(len(first), len(opened), 'babel' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["0", "1", "False"]


def test_an_answer_costs_few_steps_of_the_table() -> None:
    """A name that one place has is one list of names, one block and one line: not one page in a hundred is read."""
    places._block.cache_clear()
    assert find("Wonosobo", "ID")
    assert places._block.cache_info().misses == 1


def test_a_name_of_a_hundred_places_is_looked_up_once_and_each_spelling_folded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("San José", "Santa Cruz", "Santa María", "Springfield", "San Antonio")
    found = {name: places.homonyms(name) for name in names}
    assert min(map(len, found.values())) >= 20
    asked, folded = list[str](), list[str]()
    fold = places.fold

    def counted(name: str) -> str:
        folded.append(name)
        return fold(name)

    monkeypatch.setattr(places, "fold", counted)
    places._table().set_trace_callback(asked.append)
    try:
        for name in names:
            assert places.homonyms(name) == found[name]
    finally:
        places._table().set_trace_callback(None)
    assert len(asked) == len(names), "where a place stands is known once it was asked for"
    assert len(folded) < sum(map(len, found.values())), "and not each place is read letter by letter"
