"""Every kind of error is explained, and said in the language of the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cityrights_web
import sparqlgate
from cityrights_web.words import CATALOGUE
from sparqlgate.errors import KINDS, MISTAKES
from tests.servers import Server

EN, FR, ES = (CATALOGUE[language].problems for language in ("en", "fr", "es"))
WRONG = "/sparql?query=SELECT%20%2A%20%7B%20%3Fs"


def raised() -> Iterator[str]:
    """Yield the kinds of errors of the gate, and those that stand in the code of its HTTP side and of the site."""
    yield from KINDS
    for package in (sparqlgate, cityrights_web):
        for path in Path(package.__file__ or "").parent.rglob("*.py"):
            text = path.read_text("utf-8")
            yield from re.findall(r'\bProblem\(\s*(?:\d+|status|error\.code or 500),\s*"([a-z-]+)"', text)


def test_every_kind_that_is_raised_is_explained_in_three_languages() -> None:
    kinds = set(raised())
    assert len(kinds) > 25
    assert kinds - set(EN) == set()
    assert set(EN) == set(FR) == set(ES)
    assert len(set(EN.values())) == len(EN)
    assert all(word.endswith(".") for words in (EN, FR, ES) for word in words.values())


@pytest.mark.parametrize(("path", "words"), [("/api", EN), ("/fr/api", FR), ("/es/api", ES)])
def test_the_address_of_each_kind_is_where_it_is_explained(server: Server, path: str, words: dict[str, str]) -> None:
    page = server.get(path, "text/html").text
    for kind, said in words.items():
        assert f'id="problem-{kind}"><dt><code>{kind}</code></dt><dd>{said.replace(chr(39), "&#39;")}</dd>' in page


@pytest.mark.parametrize(("language", "words"), [("fr", FR), ("es", ES)])
def test_what_is_wrong_with_a_query_is_said_in_the_reader_s_language_first(
    server: Server, language: str, words: dict[str, str]
) -> None:
    page = server.get(f"{WRONG}&lang={language}", "text/html").text
    detail = server.get(WRONG, "application/problem+json").json()["detail"]
    shown = page.partition('<div id="problem">')[2].partition("<pre>")[0]
    assert (
        shown.index(words["query-syntax"]) < shown.index('lang="en"') < shown.index("is opened here and never closed")
    )
    data = server.get(f"{WRONG}&lang={language}&part=answer", "text/html, application/problem+json;q=0.9")
    assert data.headers["content-type"].startswith("application/problem+json")
    assert (data.json()["title"], data.json()["detail"]) == (words["query-syntax"], detail)


def test_programs_are_told_the_name_of_the_status_unless_they_ask_for_a_language(server: Server) -> None:
    assert server.get(WRONG, "application/problem+json").json()["title"] == "Bad Request"
    french = server.get(WRONG, "application/problem+json", Accept_Language="fr").json()
    assert french["title"] == FR["query-syntax"]


@pytest.mark.parametrize("path", ["/sparql/evidence", "/sparql/nowhere", "/sparql"])
def test_below_sparql_the_language_is_the_one_that_the_address_asks_for(server: Server, path: str) -> None:
    headers = {"Accept": "application/problem+json", "Accept-Language": "en", "Content-Type": "text/plain"}
    for language, words in (("fr", FR), ("es", ES), ("xx", {}), ("%FF", {})):
        answer = server.client.post(f"{path}?lang={language}", content=b"query=SELECT", headers=headers).json()
        kind = answer["type"].partition("#problem-")[2]
        assert answer["title"] == words.get(kind, answer["title"])
        assert bool(words) == (answer["title"] in {*FR.values(), *ES.values()})


def test_a_page_of_an_error_has_both(server: Server) -> None:
    page = server.get("/fr/data/practice/museum.ttl?evidence=2", "text/html").text
    assert page.index(FR["bad-request"]) < page.index('<bdi lang="en">&#39;evidence&#39; must be')
    frame = server.get(f"{WRONG.replace('/sparql', '/sparql/embed')}&lang=fr", "text/html").text
    assert frame.index(FR["query-syntax"]) < frame.index('<bdi lang="en">') < frame.index("never closed")


@pytest.mark.parametrize(
    "path",
    [
        "/fr/page/practice/museum?page=x",
        "/fr/queries/nothing-of-the-kind",
        "/fr/queries/awards?version=x",
        "/fr/queries/awards?answer=1-x",
        "/fr/queries/awards?version=000000000000-000000000000&answer=x",
        "/fr/queries/awards?nothing=x",
        "/fr/queries/awards?page=99999",
        "/fr/queries/awards.json?nothing=x",
        "/fr/queries/awards.csv?page=99999",
        "/fr/queries/awards.geojson",
        "/sparql/evidence?lang=fr",
        "/sparql/embed?lang=fr",
        "/sparql?lang=fr&format=geojson&query=SELECT%20%2A%20%7B%20VALUES%20%3Fa%20%7B%201%20%7D%20%7D",
    ],
)
def test_what_is_said_in_french_already_is_said_once_and_not_called_english(server: Server, path: str) -> None:
    answer = server.get(path, "text/html")
    assert answer.status_code >= 400
    assert '<bdi lang="en">' not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert [words for words in FR.values() if words in answer.text] == []


def test_a_mistake_in_a_query_is_told_in_the_language_of_the_reader(server: Server) -> None:
    assert CATALOGUE["en"].mistakes == MISTAKES
    query = "SELECT ?a, ?b { ?a ?p ?b }"
    told = {
        "en": "No comma between the variables of SELECT (line 1, column 10).",
        "fr": "Pas de virgule entre les variables de SELECT (ligne 1, colonne 10).",
        "es": "Sin coma entre las variables de SELECT (línea 1, columna 10).",
    }
    for language, words in told.items():
        for path, params in (("/sparql", {}), ("/sparql", {"part": "answer", "lang": language})):
            accept = "application/sparql-results+json, application/problem+json;q=0.5"
            answer = server.client.get(
                path, params={"query": query, **params}, headers={"accept": accept, "accept-language": language}
            )
            problem = answer.json()
            assert (answer.status_code, problem["detail"]) == (400, words)
            assert (problem["mistake"], problem.get("language", "en")) == ("comma-in-select", language)
        page = server.client.get("/sparql", params={"query": query, "lang": language}, headers={"accept": "text/html"})
        assert words in page.text
    page = server.client.get("/sparql/embed", params={"query": query, "lang": "fr"})
    assert told["fr"] in page.text
