"""/coverage: where the sources are silent, counted as the graph counts."""

from __future__ import annotations

import csv
import io

import pytest

from tests.web.conftest import Server

COUNT = (
    "/sparql?format=csv&query=PREFIX+cr:<https://w3id.org/cityrights/ontology%23>+SELECT+(COUNT(DISTINCT+?p)+AS+?n)"
    "{{?p+a+cr:Practice;cr:place+<{place}>;cr:theme+<{theme}>+FILTER+NOT+EXISTS{{?p+cr:status+?s+FILTER+REGEX(STR(?s),"
    "'(underway|planned)$')}}}}"
)


def test_every_place_and_theme_has_a_cell_and_the_graph_agrees(shipped: Server) -> None:
    told = shipped.get("/coverage.json").json()
    rows = list(csv.DictReader(io.StringIO(shipped.get("/coverage.csv").text)))
    assert len(rows) == len(told["places"]) * len(told["themes"])
    narrow = [row for row in rows if row["broad"] == "false"]
    assert {"0"} < {row["practices"] for row in narrow}
    for row in [*[row for row in narrow if row["practices"] != "0"][:4], narrow[0]]:
        asked = shipped.get(COUNT.format(place=row["place"], theme=row["theme"]))
        assert asked.text.split()[1] == row["practices"], row


def test_the_page_says_no_record_and_what_that_means(shipped: Server) -> None:
    page = shipped.get("/coverage", "text/html").text
    told = shipped.get("/coverage.json").json()
    assert "An empty cell is a gap in what was read" in page
    empty = [place for place in told["places"] if place["practices"] == 0]
    assert empty
    broad = [theme for theme in told["themes"] if theme["broad"]]
    holes = sum(1 for place in told["places"] for theme in broad if not place["themes"][theme["iri"]])
    assert page.count('title="no record"') == holes


def test_every_theme_is_shown_when_asked_for(shipped: Server) -> None:
    broad = shipped.get("/coverage").text.count('class="turned"')
    every = shipped.get("/coverage?themes=all").text.count('class="turned"')
    assert 0 < broad < every == len(shipped.get("/coverage.json").json()["themes"])
    assert shipped.get("/coverage?themes=some", "text/html").status_code == 400


def test_kinds_of_fact_documents_countries_and_regions_add_up(shipped: Server) -> None:
    told = shipped.get("/coverage.json").json()
    assert all(fact["told"] + fact["untold"] == told["practices"] for fact in told["facts"])
    for document in told["documents"]:
        assert document["claims"] == sum(one["claims"] for one in document["modalities"])
    numbers = {area["label"]: area["practices"] for area in [*told["countries"], *told["regions"]]}
    assert numbers["Netherlands"] < numbers["Europe"] <= told["practices"]
    assert numbers["France"] >= 4


@pytest.mark.parametrize(("path", "words"), [("/fr/coverage", "rien de relevé"), ("/es/coverage", "sin registro")])
def test_it_speaks_the_language_of_the_reader(shipped: Server, path: str, words: str) -> None:
    assert words in shipped.get(path, "text/html").text
