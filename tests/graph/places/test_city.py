"""``city add`` and ``concept add``: all in one go, homonyms listed, and nothing half-written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cityrights.check.format import format_file
from cityrights.cli.authoring import city, concept
from cityrights.home import home
from cityrights.pipeline.read import parse_file
from cityrights.territories import FILE
from cityrights.vocabulary import CR, ID, PREFIXES

LABELS = PREFIXES["editorial"] + "labels"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project folder with the schemes, and with Chile as another file has it."""
    folder = tmp_path / "project"
    shutil.copytree(home() / "ontology" / "schemes", folder / "ontology" / "schemes")
    (folder / "data").mkdir(parents=True)
    (folder / "queries").mkdir()
    chile = f'<{ID}country/chile> a <{CR}Country> ; <{CR}iso3166-1-alpha2> "CL"'
    (folder / "data" / "places.trig").write_text(f"<{PREFIXES['enrichment']}iso> {{ {chile} }}\n", "utf-8")
    return folder


def call(project: Path, *words: str) -> Result:
    command = {"city": city, "concept": concept}[words[0]]
    return CliRunner().invoke(command, [*words[1:], "--home", str(project)])


def written(project: Path) -> set[tuple[str, str, str, str]]:
    """Return the statements of the file: subject, property and value by their last parts, and the graph's."""
    if not (project / FILE).exists():
        return set()

    def last(term: object) -> str:
        text = str(getattr(term, "value", term))
        return text.removeprefix(ID).rpartition("#")[2] if text.startswith("http") else text

    return {
        (last(quad.subject), last(quad.predicate), last(quad.object), last(quad.graph_name).rpartition("/graph/")[2])
        for quad in parse_file(project / FILE)
    }


def test_a_city_is_entered_with_all_that_is_known_of_it(project: Path) -> None:
    done = call(project, "city", "add", "San Antonio", "--country", "CL")
    assert done.exit_code == 0, done.output
    assert "wrote city:san-antonio: San Antonio (Valparaiso, CL" in done.output
    told = written(project)
    place, gazetteer = "city/san-antonio", "enrichment/gazetteer"
    for expected in (
        (place, "type", "City", gazetteer), (place, "geonamesId", "3872395", gazetteer),
        (place, "http://www.w3.org/2003/01/geo/wgs84_pos#lat".rpartition("#")[2], "-33.59473", gazetteer),
        (place, "exactMatch", "https://sws.geonames.org/3872395/", gazetteer),
        (place, "within", "country/chile", gazetteer),
    ):  # fmt: skip
        assert expected in told, expected
    assert not any(subject == "country/chile" for subject, *_ in told), "another file has it"
    licence = {value for subject, name, value, _ in told if subject.endswith("gazetteer") and name.endswith("license")}
    assert licence == {"https://creativecommons.org/licenses/by/4.0/"}
    assert any("Attribution: GeoNames" in value for *_, value, _ in told), "the witness says whose it is"
    assert format_file(project / FILE) == (project / FILE).read_text("utf-8")


def test_a_new_country_comes_with_its_codes_and_its_region(project: Path) -> None:
    assert call(project, "city", "add", "Wien", "--country", "Österreich").exit_code == 0
    told = written(project)
    for expected in (
        ("country/austria", "iso3166-1-alpha2", "AT"), ("country/austria", "iso3166-1-alpha3", "AUT"),
        ("country/austria", "m49", "040"), ("country/austria", "within", "region/europe"),
        ("region/europe", "m49", "150"), ("city/vienna", "label", "Vienna"), ("city/vienna", "label", "Vienne"),
        ("city/vienna", "label", "Viena"), ("country/austria", "label", "Autriche"),
    ):  # fmt: skip
        assert expected in {statement[:3] for statement in told}, expected


def test_homonyms_are_listed_with_the_option_that_chooses_and_nothing_is_written(project: Path) -> None:
    done = call(project, "city", "add", "Springfield", "--country", "USA")
    assert done.exit_code == 1
    assert "places are called “Springfield” in USA; choose one:" in done.output
    assert "--geonames 4409896    Springfield (Missouri, US" in done.output
    assert written(project) == set()
    done = call(project, "city", "add", "Springfield", "--country", "USA", "--geonames", "4951788")
    assert done.exit_code == 0
    assert ("city/springfield", "geonamesId", "4951788", "enrichment/gazetteer") in written(project)
    done = call(project, "city", "add", "Springfield", "--country", "USA", "--region", "Missouri")
    assert "wrote city:springfield-united-states" in done.output, "the first has the short name"


def test_what_cannot_be_entered_is_said_and_nothing_is_written(project: Path) -> None:
    for words, said in {
        ("Amstredam", "--country", "NL"): "no place is called “Amstredam” in NL; did you mean Amsterdam?",
        ("Utrecht", "--country", "Nedderland"): "“Nedderland” is no country that is known; did you mean nederland",
        ("Boston", "--country", "US", "--region", "Texas"): "there is Boston (Massachusetts, US",
        ("Lyon", "--geonames", "1"): "the gazetteer has no place with the number 1 of GeoNames",
        ("Lyon", "--geonames", "2761369"): "2761369 is Vienna",
        ("Lyon", "--country", "FR", "--as", "Lyon!"): "“Lyon!” is no last part of an IRI",
        ("Lyon", "--country", "FR", "--name", "Lyon"): "write the language and the text, as fr=Vienne",
    }.items():
        done = call(project, "city", "add", *words)
        assert done.exit_code != 0, words
        assert said in (done.output + str(done.exception)), f"{words}: {done.output}{done.exception}"
        assert written(project) == set(), words


def test_the_largest_by_far_says_that_there_are_others(project: Path) -> None:
    done = call(project, "city", "add", "Boston", "--country", "United States")
    assert "smaller places are called so, the largest of them Boston (New York" in done.output
    assert "if that is meant: --geonames 5109797" in done.output


def test_what_is_there_is_not_written_again(project: Path) -> None:
    assert call(project, "city", "add", "Lyon", "--country", "France").exit_code == 0
    before = (project / FILE).read_bytes()
    done = call(project, "city", "add", "Lyons", "--country", "FR")
    assert (done.exit_code, "city:lyon is there already" in done.output) == (0, True)
    assert (project / FILE).read_bytes() == before


def test_a_city_that_lies_nowhere_yet_is_given_its_point(project: Path) -> None:
    delft = f'<{ID}city/delft> a <{CR}City> ; <http://www.w3.org/2000/01/rdf-schema#label> "Delft"@en'
    (project / "data" / "delft.trig").write_text(f"<{PREFIXES['editorial']}entities> {{ {delft} }}\n", "utf-8")
    done = call(project, "city", "add", "Delft", "--country", "NL")
    assert "city:delft is there, and nothing says where it lies" in str(done.exception)
    assert "--as delft" in str(done.exception)
    assert written(project) == set()
    done = call(project, "city", "add", "Delft", "--country", "NL", "--as", "delft")
    assert "city:delft was there without a point, and has one now" in done.output
    told = {statement[:3] for statement in written(project)}
    assert ("city/delft", "geonamesId", "2757345") in told
    assert ("city/delft", "within", "country/netherlands") in told
    assert not any(name == "label" for subject, name, _ in told if subject == "city/delft")
    assert "is there already" in call(project, "city", "add", "Delft", "--country", "NL").output


def test_a_government_is_a_decision_of_its_own(project: Path) -> None:
    assert call(project, "city", "add", "Angers", "--country", "FR", "--government").exit_code == 0
    told = written(project)
    assert ("government/angers", "governs", "city/angers") in {statement[:3] for statement in told}
    assert ("government/angers", "label", "Gouvernement local d’Angers") in {statement[:3] for statement in told}
    assert ("decision/1", "type", "Decision") in {statement[:3] for statement in told}


def test_a_concept_is_added_to_its_scheme(project: Path) -> None:
    label = ("--label", "en=Care at home", "--label", "fr=Soins à domicile", "--label", "es=Cuidados en casa")
    what = ("--definition", "en=Looking after.", "--definition", "fr=S’occuper.", "--definition", "es=Atender.")
    themes = project / "ontology" / "schemes" / "themes.ttl"
    before = themes.read_bytes()
    for words, said in {
        ("themes", "care-at-home", *label, *what): "there is no scheme “themes”; did you mean theme?",
        ("theme", "Care", *label, *what): "“Care” is no slug",
        ("theme", "housing", *label, *what): "there is theme:housing already",
        ("theme", "care-at-home", *label[:2], *what): "--label fr=… is missing",
        ("theme", "care-at-home", *label, *what, "--broader", "socal-rights"): "near it: social-rights",
    }.items():
        done = call(project, "concept", "add", *words)
        assert done.exit_code != 0, words
        assert said in done.output + str(done.exception), f"{words}: {done.output}{done.exception}"
        assert themes.read_bytes() == before, words
    words = ("theme", "care-at-home", *label, *what, "--broader", "social-rights", "--alt", "en=home care")
    assert call(project, "concept", "add", *words).exit_code == 0
    text = themes.read_text("utf-8")
    assert "theme:care-at-home a skos:Concept , cr:Theme ;" in text
    assert format_file(themes) == text
