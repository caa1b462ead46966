"""A graph of one's own, empty: each page answers, in its name, its languages, its colours and under its licence."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

import httpx
import pytest
import rdflib

from cityrights.instance import VOCABULARY
from cityrights_web.routes import ANSWERS, PAGES
from tests.nursery import cityrights
from tests.servers import free_port
from tests.support import HANG, command

BASE = "https://data.example.org/"
NAME = "Cities of the river"
LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"
MORE = """
contact = "data@river.example"
logo = "logo.svg"

[name]
en = "Cities of the river"
fr = "Villes du fleuve"

[description]
en = "What the cities along the river do"

[publisher]
name = "River network"

[colours]
accent = "#1f5f8b"
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>'
#: What stands in the place of a part of an address, by the rule of the route table.
FILLED = {
    "/id/<path:key>": ["/id/organisation/editors", "/id/theme/housing"],
    "/page/<path:key>": ["/page/organisation/editors", "/page/theme/housing", "/page/kind/ombudsperson"],
    "/data/<path:name>": ["/data/organisation/editors.ttl", "/data/theme/housing.jsonld"],
    "/cite/<path:name>": ["/cite/dataset.cff", "/cite/dataset.bib", "/cite/theme/housing.ris"],
    "/linkset/<path:name>": ["/linkset/dataset.json", "/linkset/organisation/editors.json"],
    "/dataset.<extension>": ["/dataset.ttl", "/dataset.jsonld"],
    "/dataset/<name>": ["/dataset/nquads"],
    "/graph/<path:name>": ["/graph/dataset", "/graph/vocabulary"],
    "/shapes/<name>": ["/shapes/Practice"],
    "/reconcile/view": ["/reconcile/view?id=theme/housing"],
    "/reconcile/preview": ["/reconcile/preview?id=theme/housing"],
    "/sitemap-<int(max=100000):number>.xml": ["/sitemap-1.xml"],
}
#: Pages of the vocabulary and of the program, which have one name everywhere.
THEIRS = (
    "/ontology",
    "/shapes",
    "/cite/software",
    "/graph/vocabulary",
    "/sparql/vocabulary.json",
    "/conformance",
    "/metrics",
)
PART = re.compile(r"<(?:any\(([^)]*)\):)?[^>]*>")


class Made:
    """The instance: its folder and where it is served; ``get`` asks for a path, and follows nothing."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=HANG)

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def get(self, path: str, accept: str = "text/html") -> httpx.Response:
        """Return the answer at a path."""
        return self._client.get(path, headers={"accept": accept})


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the program in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CITYRIGHTS_")}
    return cityrights(*arguments, folder=folder, environment=kept)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    above = tmp_path_factory.mktemp("own")
    folder = above / "river"
    begun = run(
        above, "new", "river", "--base", BASE, "--name", NAME, "--languages", "en,fr,pt", "--licence", "CC-BY-SA-4.0"
    )
    assert begun.returncode == 0, begun.stderr
    text = (folder / "instance.toml").read_text("utf-8")
    (folder / "instance.toml").write_text(text.partition("# Where people write")[0] + MORE, "utf-8")
    (folder / "logo.svg").write_text(LOGO, "utf-8")
    checked = run(folder, "check", "--json")
    found = json.loads(checked.stdout)
    assert [one for one in found["findings"] if one["severity"] == "error"] == [], checked.stdout[:2000]
    published = run(folder, "publish")
    assert published.returncode == 0, published.stderr
    assert "warning: the question" not in published.stderr
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {"CITYRIGHTS_HOME": str(folder)}
    with command(["serve", "--port", str(port), "--workers", "1"], f"{url}/health", above / "log", **environment):
        found = Made(folder, url)
        yield found
        found.close()


def addresses() -> Iterator[tuple[str, bool]]:
    """Yield an address of each route, and whether it is known to be there."""
    for page in PAGES:
        known = FILLED.get(page.rule)
        if known is not None:
            yield from ((path, True) for path in known)
            continue
        choices = PART.findall(page.rule)
        if all(choices):  # each part is one of a few words
            for one in choices[0].split(",") if choices else [""]:
                path = page.rule
                for word in (one, *(other.split(",")[0] for other in choices[1:])):
                    path = PART.sub(word, path, count=1)
                yield path, True
        else:
            yield PART.sub("nothing", page.rule), False
    for route in ANSWERS:
        if route.path.startswith(("/es/", "/fr/")):  # the table of this process has the languages of cityrights
            continue
        yield (f"{route.path}nothing" if route.below else route.path), not route.below


def test_every_page_of_an_empty_instance_answers_and_names_nobody_else(made: Made) -> None:
    wrong, named = [], []
    for path, there in addresses():
        for prefix in ("", "/pt") if there and not path.startswith(("/static", "/health", "/metrics")) else ("",):
            answer = made.get(prefix + path, "text/html, */*;q=0.1")
            if answer.status_code >= 500 or (there and answer.status_code not in (200, 303, 307, 308, 400, 404)):
                wrong.append((prefix + path, answer.status_code))
            if there and not prefix and answer.status_code == 404 and not path.startswith("/rules"):
                wrong.append((path, answer.status_code))
            kind = answer.headers.get("content-type", "")
            if path.startswith(THEIRS) or not kind.startswith(("text/", "application/json", "application/ld+json")):
                continue
            text = answer.text
            for whole in (VOCABULARY, quote_plus(VOCABULARY), VOCABULARY.replace("/", "%2F")):
                text = text.replace(whole, "")
            text = re.sub(r"cityrights (?:import|city|claim|concept|source|translations|check|publish)\b", "", text)
            text = re.sub(r"Made with cityrights|Feito com cityrights|“?_cityrights|concepts of cityrights", "", text)
            at = text.lower().find("cityrights")
            if at >= 0:
                named.append((prefix + path, text[max(at - 60, 0) : at + 60]))
    assert not wrong, wrong
    assert not named, "\n".join(f"{path}: …{part!r}…" for path, part in named)


def test_the_site_says_whose_it_is_wherever_programs_look(made: Made) -> None:
    page = made.get("/").text
    assert f"<title>{NAME} – What the cities along the river do</title>" in page
    assert f'content="{NAME}"' in page
    assert "Made with cityrights" in page
    assert f'"license":"{LICENCE}"' in page
    assert '"publisher":{"@type":"Organization","@id":"https://data.example.org/id/organisation/editors"' in page
    assert "Villes du fleuve" in made.get("/fr").text
    graph = rdflib.Graph().parse(data=made.get("/dataset.ttl", "text/turtle").text, format="turtle")
    dataset, terms = rdflib.URIRef(f"{BASE}dataset"), rdflib.DCTERMS
    assert {str(one) for one in graph.objects(dataset, terms.title)} == {NAME, "Villes du fleuve"}
    assert {str(one) for one in graph.objects(dataset, terms.license)} == {LICENCE}
    assert {str(one) for one in graph.objects(dataset, terms.publisher)} == {f"{BASE}id/organisation/editors"}
    codes = {str(one).rpartition("/")[2] for one in graph.objects(dataset, terms.language)}
    assert codes == {"ENG", "FRA", "POR"}
    assert "data@river.example" in made.get("/dataset.ttl").text
    for path in ("/openapi.json", "/reconcile"):
        assert NAME in made.get(path, "application/json").text, path
    assert json.loads(made.get("/reconcile", "application/json").text)["identifierSpace"] == f"{BASE}id/"
    cited = made.get("/cite/dataset.cff", "*/*").text
    assert '"River network"' in cited
    assert "license: CC-BY-SA-4.0" in cited
    assert f"{BASE}dataset" in cited
    assert "Made with cityrights" not in made.get("/robots.txt").text


def test_its_own_iris_and_those_of_the_vocabulary_lead_to_its_pages(made: Made) -> None:
    for key, iri in (
        ("organisation/editors", f"{BASE}id/organisation/editors"),
        ("theme/housing", f"{VOCABULARY}id/theme/housing"),
    ):
        answer = made.get(f"/id/{key}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/page/{key}")
        assert iri in made.get(f"/page/{key}").text
        data = made.get(f"/data/{key}.nt", "application/n-triples").text
        assert f"<{iri}>" in data


def test_a_language_whose_words_are_not_shipped_says_so_and_is_debt(made: Made) -> None:
    page = made.get("/pt/practices").text
    assert "The words of this site are not translated into Português yet" in page
    assert '<html lang="en">' in page
    assert "not translated into" not in made.get("/fr/practices").text
    assert '<html lang="fr">' in made.get("/fr/practices").text
    assert made.get("/es/practices").status_code == 404  # none of its languages
    findings = json.loads(run(made.folder, "check", "--json").stdout)["findings"]
    debts = [one for one in findings if one["rule"] == "translations"]
    assert len(debts) == 1
    assert debts[0]["severity"] == "warning"
    assert "pt" in debts[0]["message"]
    assert "locale/pt/site.po" in debts[0]["repair"]
    assert re.search(r"shown in English: Português, 1,\d{3}\.", made.get("/coverage").text)


def test_its_colours_and_its_logo_are_those_of_the_site(made: Made) -> None:
    style = made.get("/static/instance.css").text
    assert ":root{--accent:#1f5f8b}" in style
    name = re.search(r"url\((logo-[0-9a-f]+\.svg)\)", style)
    assert name is not None
    assert made.get(f"/static/{name[1]}").text == LOGO
    assert '"/static/instance.css"' in made.get("/").text


def test_what_has_no_answer_yet_says_so_and_is_no_error(made: Made) -> None:
    shown = json.loads(made.get("/queries.json", "application/json").text)
    assert "practices-in-a-country" in json.dumps(shown)
    page = made.get("/queries").text
    assert "practices-in-a-country" in page.partition("Nothing yet: these find something")[2]
    assert made.get("/queries/practices-in-a-country").status_code == 200
    assert "practices-in-a-country" not in made.get("/sitemap-1.xml", "*/*").text


def test_own_words_own_questions_and_own_concepts_come_beside_those_of_the_package(made: Made) -> None:
    ours = made.folder
    (ours / "ontology").mkdir()
    (ours / "ontology" / "own.ttl").write_text(
        f"""@prefix concept: <{BASE}id/concept/> .
@prefix cr: <https://w3id.org/cityrights/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix theme: <https://w3id.org/cityrights/id/theme/> .

concept:river-rights a cr:Theme ;
    skos:inScheme <https://w3id.org/cityrights/id/theme> ;
    skos:prefLabel "Rights of rivers"@en ;
    skos:definition "That a river has rights of its own."@en ;
    skos:broader theme:housing .
""",
        "utf-8",
    )
    words = ours / "locale" / "pt"
    words.mkdir(parents=True)
    (words / "site.po").write_text(
        'msgid ""\nmsgstr ""\n"Language: pt\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgctxt "nav_practices"\nmsgid "Practices"\nmsgstr "Práticas"\n',
        "utf-8",
    )
    asked = ours / "queries" / "explore"
    asked.mkdir(parents=True)
    (asked / "our-themes.rq").write_text(
        "# title: Our themes\n# question: Which themes are ours?\n# tags: themes\n"
        "SELECT ?theme ?themeLabel WHERE {\n  ?theme a cr:Theme ; skos:prefLabel ?themeLabel .\n"
        '  FILTER(LANG(?themeLabel) = "en" && STRSTARTS(STR(?theme), STR(concept:)))\n}\nORDER BY ?themeLabel\n',
        "utf-8",
    )
    found = json.loads(run(ours, "check", "--json").stdout)["findings"]
    assert [one for one in found if one["severity"] == "error"] == []
    published = run(ours, "publish", "--json")
    assert published.returncode == 0, published.stderr
    rows = run(ours, "query", "--name", "our-themes", "--format", "csv").stdout
    assert f"{BASE}id/concept/river-rights" in rows
