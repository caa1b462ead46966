"""What an address or a form may have is bounded in number and length, and the answer says the bound to its reader."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import httpx

from cityrights.library.names import likeness, nearest
from cityrights_web.flask_app import LONGEST, LONGEST_FORM
from cityrights_web.views.search import SEARCH_LONGEST as LONGEST_NAME
from sparqlgate.http.requests import MOST
from tests.servers import Server

FORM = {"content-type": "application/x-www-form-urlencoded"}
#: Pages of every kind, with a parameter that may stand in each several times.
PAGES = (
    ("/compare", "city"), ("/compare.json", "city"), ("/practices", "theme"), ("/practices.json", "theme"),
    ("/search", "q"), ("/search.json", "q"), ("/suggest", "kind"), ("/connections", "theme"), ("/ask", "where1"),
    ("/queries", "tag"), ("/reconcile", "queries"), ("/corrections", "about"), ("/sparql", "query"),
    ("/sparql/embed", "view"), ("/sparql/evidence", "query"), ("/graph", "graph"),
)  # fmt: skip
SAYS = {"": "more than 400 parameters", "/fr": "plus de 400 paramètres", "/es": "más de 400 parámetros"}


def test_no_page_reads_more_parameters_than_any_has(server: Server) -> None:
    for path, name in PAGES:
        answer = server.get(f"{path}?{'&'.join([f'{name}=x'] * (MOST + 1))}", "application/problem+json")
        assert answer.status_code == 400, path
        assert answer.json()["maximum"] == MOST, path
        assert path == "/ask" or f"more than {MOST} parameters" in answer.json()["detail"], path


def test_the_bound_is_told_in_the_language_of_the_page(server: Server) -> None:
    for prefix, says in SAYS.items():
        answer = server.get(f"{prefix}/compare?{'city=x&' * (MOST + 1)}", "text/html")
        assert answer.status_code == 400
        assert says in answer.text
    answer = server.get(f"/es/search?q={'x' * (LONGEST + 1)}", "application/problem+json")
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"Un parámetro de la dirección supera los {LONGEST} bytes."


def test_a_body_of_fields_is_refused_before_they_are_taken_apart(server: Server) -> None:
    answer = server.client.post("/sparql", content="a&" * 400_000, headers=FORM)
    assert answer.status_code == 400
    assert answer.json()["maximum"] == MOST


def test_places_beyond_four_are_not_looked_up(server: Server) -> None:
    names = urlencode([("city", f"nowhere {number}") for number in range(5)])
    for path, says in (("/compare", "four"), ("/fr/compare", "quatre"), ("/es/compare", "cuatro")):
        answer = server.get(f"{path}?{names}", "text/html")
        assert answer.status_code == 400
        assert says in answer.text, answer.text
        assert "nowhere 4" not in answer.text, "it is looked up, and said not to be there"


def reconciled(server: Server, queries: dict[str, dict[str, str]]) -> httpx.Response:
    return server.client.post("/reconcile", data={"queries": json.dumps(queries)})


def test_one_long_cell_does_not_spoil_the_table(shipped: Server) -> None:
    """The cells of somebody's table are what they are: the others are answered."""
    cells = {"q0": "Utrecht", "q1": "x" * (LONGEST_NAME + 1), "q2": "y " * 20_000, "q3": "Gwangju"}
    answer = reconciled(shipped, {name: {"query": cell} for name, cell in cells.items()})
    assert answer.status_code == 200, answer.text
    found = {name: told["result"] for name, told in answer.json().items()}
    assert (found["q0"][0]["id"], found["q3"][0]["id"]) == ("city/utrecht", "city/gwangju")
    assert found["q1"] == found["q2"] == []


def test_two_hundred_names_are_answered_each_by_itself(shipped: Server) -> None:
    words = "human rights city council of the practice in housing and water for women children participation"
    batch = {f"q{number}": {"query": f"{words[number % 40 :]} {number}"[:99]} for number in range(199)}
    answer = reconciled(shipped, {**batch, "q": {"query": "utrecht"}})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) == 200
    assert answer.json()["q"]["result"][0]["match"] is True
    more = reconciled(shipped, {**batch, **{f"p{number}": {"query": "x"} for number in range(2)}})
    assert (more.status_code, "200" in more.text) == (400, True)


def test_a_form_has_a_bound_of_its_own(server: Server) -> None:
    answer = server.client.post("/reconcile", content="queries=" + "x" * LONGEST_FORM, headers=FORM)
    assert answer.status_code == 413
    assert f"{LONGEST_FORM:,}" in answer.text


def test_how_alike_long_names_are_is_found_by_their_beginnings() -> None:
    """Two names are compared in time that does not grow with them beyond a bound."""
    assert likeness("a" * 100_000, "a" * 200 + "b" * 100_000) == 1.0
    assert nearest("utrehct", ["utrecht", "lyon"]) == ["utrecht"]
    assert nearest("x" * 100_000, ["utrecht", "lyon"]) == []
