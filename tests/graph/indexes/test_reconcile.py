"""Names in somebody's table: which thing is meant, how surely, and when nobody can say."""

from __future__ import annotations

import pytest

from cityrights.indexes.search import SearchIndex
from cityrights.indexes.search.reconcile import Asked, Candidate, reconcile
from cityrights.vocabulary import CR, ID

CITY, INSTITUTION = CR + "City", CR + "Institution"


def best(index: SearchIndex, asked: Asked) -> Candidate | None:
    return next(iter(reconcile(index, asked)), None)


@pytest.mark.parametrize("name", ["São Paulo", "SAO PAULO", "sao-paulo", "Q174"])
def test_an_exact_name_or_identifier_is_certain(index: SearchIndex, name: str) -> None:
    found = best(index, Asked(name, (CITY,)))
    assert found is not None
    assert (found.hit.iri, found.score, found.match) == (ID + "city/sao-paulo", 100.0, True)


def test_a_similar_name_is_a_candidate_and_never_certain(index: SearchIndex) -> None:
    for name in ("Utrech", "Utrecht city", "Grenobel"):
        candidates = reconcile(index, Asked(name))
        assert candidates
        assert not any(candidate.match for candidate in candidates)
        assert all(0 <= candidate.score < 100 for candidate in candidates)
        assert [one.score for one in candidates] == sorted((one.score for one in candidates), reverse=True)


def test_two_of_one_name_are_never_certain_and_a_type_tells_them_apart(hard: SearchIndex) -> None:
    twins = reconcile(hard, Asked("night shelter", (CR + "Practice",)))
    assert [one.score for one in twins[:2]] == [100.0, 100.0]
    assert not any(one.match for one in twins)


def test_types_and_countries_narrow(index: SearchIndex) -> None:
    assert best(index, Asked("Utrecht", (INSTITUTION,))) is not None
    assert all(INSTITUTION in one.hit.types for one in reconcile(index, Asked("Utrecht", (INSTITUTION,))))
    for country in ("Netherlands", "nl", "NLD", "Pays-Bas", "country/netherlands", ID + "country/netherlands"):
        found = best(index, Asked("Utrecht", (CITY,), countries=(country,)))
        assert found is not None, country
        assert found.match
    assert reconcile(index, Asked("Utrecht", (CITY,), countries=("Brazil",))) == []
    assert reconcile(index, Asked("Utrecht", (CR + "Nothing",))) == []


def test_how_strictly_types_are_meant(index: SearchIndex) -> None:
    both = (CITY, CR + "Territory")
    assert best(index, Asked("Utrecht", both, "all")) is not None
    assert best(index, Asked("Utrecht", (CITY, INSTITUTION), "all")) is None
    assert best(index, Asked("Utrecht", (CITY, INSTITUTION), "any")) is not None
    assert best(index, Asked("Utrecht", (CR + "Nothing",), "should")) is not None


def test_any_number_of_types_may_be_asked_for_at_once(index: SearchIndex) -> None:
    many = tuple(f"{CR}Kind{number}" for number in range(3_000))
    assert reconcile(index, Asked("Utrecht", many, "all")) == []
    assert best(index, Asked("Utrecht", (*many, CITY), "any")) is not None
    assert best(index, Asked("Utrecht", (CITY,), countries=(*many, "nl"))) is not None


def test_a_city_is_known_by_what_it_is_called_abroad(index: SearchIndex) -> None:
    for name, city in (
        ("Wien", "vienna"), ("Wenen", "vienna"), ("Ciudad de México", "mexico-city"), ("Lione", "lyon"),
        ("Сараево", ""), ("광주광역시", "gwangju"), ("Bienne", ""), ("'s-Gravenhage", ""),
    ):  # fmt: skip
        found = [each for each in reconcile(index, Asked(name, (f"{CR}City",))) if each.match]
        assert [each.hit.iri for each in found] == ([f"{ID}city/{city}"] if city else []), name
        if city:
            assert index.search(name)[0].iri == f"{ID}city/{city}", name
            assert "Wenen" not in str(found[0].hit), "what it is called abroad finds it and is not shown"
