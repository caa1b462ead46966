"""Things by the names that people write."""

from __future__ import annotations

import pytest

from cityrights.vocabulary import ID, PREFIXES, expand, short


@pytest.mark.parametrize("name", ["city/utrecht", "city:utrecht", f"{ID}city/utrecht"])
def test_every_way_to_write_a_thing_means_the_same(name: str) -> None:
    assert expand(name) == f"{ID}city/utrecht"


def test_the_short_name_of_a_thing_means_the_thing() -> None:
    assert len(PREFIXES) > 50
    for prefix, namespace in PREFIXES.items():
        iri = namespace + "x"
        assert len(short(iri)) < len(iri), prefix
        assert expand(short(iri)) == iri, prefix


def test_what_no_prefix_begins_stays_whole() -> None:
    assert short("https://e.example/x") == expand("https://e.example/x") == "https://e.example/x"


@pytest.mark.parametrize("name", ["", "utrecht", "nope:utrecht", "city utrecht", "city/<b>", "urn:x", "city/a\nb"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="IRI"):
        expand(name)
