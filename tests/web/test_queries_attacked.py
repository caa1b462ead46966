"""Every type of parameter over HTTP, with what would leave its place: as a page, as data, as a citation, as a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Final

import pytest

from cityrights.library.queries import TYPES
from tests.servers import Server
from tests.web.house import House
from tests.web.test_queries import ATTACKS

#: Type → a value that finds the one thing there is, and values that are not of the type.
VALUES: Final = {
    "iri": ("kind:lighthouse", ("lighthouse", "", " ", "nowhere:a", "kind:a b")),
    "string": ('Say "Ahoy"\\ ${x}', ("", " ", "a" * 501, "a\x07")),
    "integer": ("7", ("", "7.0", "seven", "٧", "0x7", "7e0", "9" * 19)),
    "year": ("1998", ("", "98-05", "19980", "-1998", "MCM")),
    "language": ("fr", ("", "fr_FR", "f r", "français", "-fr")),
}
PROPERTIES: Final = {"iri": "kind", "string": "label", "integer": "n", "year": "year", "language": "language"}
TERMS: Final = {
    "iri": "<https://w3id.org/cityrights/id/kind/lighthouse>",
    "string": '"Say \\"Ahoy\\"\\\\ ${x}"',
    "integer": "7",
    "year": '"1998"^^<http://www.w3.org/2001/XMLSchema#gYear>',
    "language": '"fr"',
}


def question(kind: str) -> str:
    texts = [f"{name}{at}: Lighthouses by {kind}{at}?" for name in ("title", "question") for at in ("", "@fr", "@es")]
    head = "\n".join(f"# {line}" for line in texts)
    return (
        f"{head}\n# tags: themes, kinds\n# param value: {kind} = {VALUES[kind][0]} | the value\n"
        "# param@fr value: la valeur\n# param@es value: el valor\n\n"
        f"SELECT ?value ?thing\nWHERE {{\n  ?thing <urn:x:{PROPERTIES[kind]}> ?value .\n}}\nORDER BY ?value ?thing\n"
    )


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Server]) -> Iterator[Server]:
    """A server with one thing and a question for each type of parameter."""
    with pytest.MonkeyPatch.context() as patch:
        house = House(tmp_path_factory.mktemp("own"), launch, patch)
        for kind in TYPES:
            house.question(f"by-{kind}").write_text(question(kind), "utf-8")
        facts = " ; ".join(f"<urn:x:{PROPERTIES[kind]}> {TERMS[kind]}" for kind in TYPES)
        house.build(f"<urn:x:g> {{ <https://w3id.org/cityrights/id/thing/a> {facts} . <urn:x:secret> <urn:x:p> 1 }}")
        yield house.serve()


@pytest.mark.parametrize("kind", TYPES)
def test_the_right_value_finds_its_thing_by_form_by_rest_and_as_the_query_that_is_shown(
    keeper: Server, kind: str
) -> None:
    given = {"value": VALUES[kind][0]}
    answer = keeper.client.get(f"/queries/by-{kind}.json", params=given).json()
    assert [row["thing"] for row in answer["rows"]] == ["https://w3id.org/cityrights/id/thing/a"]
    page = keeper.client.get(f"/queries/by-{kind}", params=given)
    assert page.status_code == 200
    assert page.text.count("<tr>") == 2
    text = unescape(re.findall(r"<code>(.*?)</code></pre>", page.text, re.DOTALL)[0])
    rows = keeper.client.get("/sparql", params={"query": text, "format": "csv"}).text.splitlines()
    assert len(rows) == 2


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_not_of_the_type_is_told_beside_its_field_and_in_the_problem(keeper: Server, kind: str) -> None:
    for value in VALUES[kind][1]:
        page = keeper.client.get(f"/queries/by-{kind}", params={"value": value}, headers={"Accept": "text/html"})
        assert page.status_code == 400, value
        assert 'aria-invalid="true"' in page.text
        assert 'class="fault"' in page.text
        problem = keeper.client.get(f"/queries/by-{kind}.json", params={"value": value})
        assert problem.status_code == 400, value
        assert problem.json()["parameters"]["value"]


@pytest.mark.parametrize("attack", [*ATTACKS, '" } UNION { ?thing ?p ?o } #', 'fr" || "1', "7) || (1"])
@pytest.mark.parametrize("kind", TYPES)
def test_no_attack_finds_anything_or_gets_into_a_page(keeper: Server, kind: str, attack: str) -> None:
    for form in (".json", ".csv", ".srj", "", "/cite.bib", "/cite.json", "/cite.cff"):
        response = keeper.client.get(f"/queries/by-{kind}{form}", params={"value": attack})
        assert response.status_code in (200, 400), (form, response.text)
        assert "urn:x:secret" not in response.text
        if "text/html" in response.headers["content-type"]:
            assert "<script>alert" not in response.text
        assert "X-Injected" not in response.headers
        if form == ".json" and response.status_code == 200:
            assert response.json()["rows"] == []
            assert response.json()["parameters"]["value"].strip().lstrip("0") in attack
        if form == "" and response.status_code == 200:
            text = unescape(re.findall(r"<code>(.*?)</code></pre>", response.text, re.DOTALL)[0])
            ran = keeper.client.get("/sparql", params={"query": text, "format": "csv"})
            assert ran.status_code == 200, text
            assert len(ran.text.splitlines()) == 1
