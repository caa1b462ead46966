"""/coverage: where the sources are silent, counted as the graph counts."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID
from cityrights_web.flask_app import create_pages
from cityrights_web.site import Site
from cityrights_web.views import coverage
from sparqlgate import EmbeddedEngine
from tests.servers import Server

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
    assert not {"Douala", "Seville", "Srebrenica"} & {place["label"] for place in told["places"]}, "mentioned only"
    broad = [theme for theme in told["themes"] if theme["broad"]]
    empty = [(place, theme["iri"]) for place in told["places"] for theme in broad if not place["themes"][theme["iri"]]]
    said = [pair for pair in empty if pair[1] in pair[0]["themesTogether"]]
    assert 0 < len(said) < len(empty)
    assert page.count('title="no record"') == len(empty) - len(said)
    assert page.count('<span aria-hidden="true">○</span></span></td>') == len(said)


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


def test_that_regions_overlap_is_said_wherever_they_are_counted(shipped: Server, root: Path) -> None:
    told = shipped.get("/coverage.json").json()
    assert sum(area["practices"] for area in told["regions"]) > told["practices"], (
        "if they do not, nothing need be said"
    )
    assert "Regions overlap" in told["regionsNote"]
    assert "Regions overlap" in shipped.get("/coverage", "text/html").text
    for path, words in (("/fr/", "se recoupent"), ("/es/", "se solapan"), ("/", "regions overlap")):
        assert words in shipped.get(f"{path}queries/practices-in-a-region", "text/html").text, path
    assert "which overlap" in (root / "docs" / "guide.md").read_text("utf-8")


@pytest.mark.parametrize(("path", "words"), [("/fr/coverage", "rien de relevé"), ("/es/coverage", "sin datos")])
def test_it_speaks_the_language_of_the_reader(shipped: Server, path: str, words: str) -> None:
    assert words in shipped.get(path, "text/html").text


def test_of_very_many_places_a_page_shows_a_hundred_and_the_others_follow(many: Server) -> None:
    seen: list[str] = []
    for number in (1, 2):
        page = many.get(f"/coverage?page={number}", "text/html").text
        matrix = page[page.index('<table class="matrix">') :].partition("</table>")[0]
        seen += re.findall(r'<tr><th scope="row"><a href="([^"]+)"', matrix)
        assert len(seen) == 100 * number
        assert f"Page {number} of 2" in page
    assert len(set(seen)) == 200
    assert 'rel="next" href="/coverage?themes=all&amp;page=2#matrix"' in many.get("/coverage?themes=all").text
    assert many.get("/coverage?page=3", "text/html").status_code == 404
    assert many.get("/coverage?page=0", "text/html").status_code == 400
    assert [place["practices"] for place in many.get("/coverage.json").json()["places"]] == [1] * 200


def test_few_places_stand_on_one_page(shipped: Server) -> None:
    assert 'class="pages"' not in shipped.get("/coverage", "text/html").text


def test_of_the_places_with_a_record_on_a_theme_the_first_are_named(
    shipped: Server, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "_NAMED", 2)
    with EmbeddedEngine(snapshot, workers=1) as engine:
        site = Site(engine, snapshot.version, snapshot.path, snapshot.manifest)
        page = create_pages(site).test_client().get("/coverage").text
    themes = page[page.index('id="themes"') :]
    rows = re.findall(r"<tr>.*?</tr>", themes[themes.index("<tbody>") : themes.index("</tbody>")])
    rows = [row.partition('<span class="also">')[0] for row in rows]  # what is said of several stands after it
    named = [len(re.findall(r"<a ", row)) - 1 for row in rows]
    assert max(named) == 2
    told = [int(n) for row in rows for n in re.findall(r" and (\d+) more", row)]
    held = [theme["places"] for theme in shipped.get("/coverage.json").json()["themes"]]
    assert sorted(told) == sorted(n - 2 for n in held if n > 2)


def test_how_complete_a_record_is_stands_on_its_page_in_lists_and_in_the_coverage_and_they_agree(
    shipped: Server,
) -> None:
    told = shipped.get("/coverage.json").json()
    numbers = {degree["iri"].rpartition("/")[2]: degree["practices"] for degree in told["completeness"]}
    assert list(numbers) == ["complete", "partial", "stub"]
    assert sum(numbers.values()) == told["practices"]
    words = {"complete": "complete</a>.", "partial": "partial</a>: the documents do not tell", "stub": "a stub</a>"}
    for degree, count in numbers.items():
        listed = shipped.get(f"/practices.json?completeness={degree}").json()
        assert len(listed) == count, degree
        for practice in (listed[0], listed[-1]) if listed else ():
            page = shipped.get(practice["iri"].replace(ID, "/page/"), "text/html").text
            assert words[degree] in page, practice["iri"]
    page = shipped.get("/coverage", "text/html").text
    assert "A record is complete where documents tell six things of a practice" in page
    assert f'<a href="/practices?completeness=complete">{numbers["complete"]} practices</a>' in page
    for path, said in (("/fr", "La fiche de cette pratique est"), ("/es", "La ficha de esta práctica está")):
        assert said in shipped.get(f"{path}/page/practice/utrecht-plan-einstein", "text/html").text


def test_what_is_owed_is_counted_and_says_how_it_is_paid(shipped: Server, root: Path) -> None:
    told = shipped.get("/coverage.json").json()["debts"]
    assert {(debt["debt"], debt["language"]) for debt in told} == {("documents", None)}, "what is shipped is whole"
    asked = "SELECT (COUNT(*) AS ?n) { ?c a cr:Claim FILTER NOT EXISTS { ?c cr:source/cr:md5 ?digest } }"
    count = shipped.get(f"/sparql?format=csv&query={quote(f'PREFIX cr: <{CR}> {asked}')}").text.split()[1]
    assert str(told[0]["things"]) == count
    page = shipped.get("/coverage", "text/html").text
    assert "the document behind a claim" in page
    assert "<code>cityrights source add SLUG --title … --file …</code>" in page
