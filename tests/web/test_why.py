"""Why the graph says something (/why), each rule with its query (/rules/…), and the way there from pages and IRIs."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

from jsonschema import Draft202012Validator

from cityrights.resources.model import CLAIM_SCHEMA
from tests.servers import Server

BROWSER = "text/html"
CR = "PREFIX cr: <https://w3id.org/cityrights/ontology#> "
JSON = "application/json"
ASKED = {"s": "practice:utrecht-plan-einstein", "p": "country", "o": "netherlands"}


def test_a_derived_statement_is_unfolded_in_each_language(shipped: Server) -> None:
    for prefix, title, rule in (
        ("", "Why the graph says this", "By the rule"),
        ("/fr", "Pourquoi le graphe dit cela", "Par la règle"),
        ("/es", "Por qué el grafo dice esto", "Por la regla"),
    ):
        page = shipped.client.get(f"{prefix}/why", params=ASKED)
        assert page.status_code == 200
        for words in (f"<h1>{title}</h1>", rule, f'href="{prefix}/rules/countries"', f'href="{prefix}/page/claim/'):
            assert words in page.text, (prefix, words)
        data = shipped.client.get(f"{prefix}/why.json", params=ASKED)
        assert data.headers["access-control-allow-origin"] == "*"
        (witness,) = data.json()["witnesses"]
        assert (witness["kind"], witness["rule"]) == ("rule", "countries")
        steps = {each["predicate"]["iri"].rpartition("#")[2]: each["witnesses"][0] for each in witness["from"][0]}
        assert steps["place"]["kind"] == steps["within"]["kind"] == "claim"
        assert steps["place"]["firstLine"] > 0


def test_every_output_tells_a_claim_in_the_one_form_that_is_documented(shipped: Server) -> None:
    def claims_in(value: object, key: str) -> Iterator[Any]:
        """Yield what stands under a name, wherever that is."""
        if isinstance(value, dict):
            held = value.get(key, [])
            yield from held if isinstance(held, list) else [held]
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from claims_in(part, key)

    form = Draft202012Validator({**CLAIM_SCHEMA, "additionalProperties": False})
    assert shipped.client.get("/openapi.json").json()["components"]["schemas"]["Claim"] == CLAIM_SCHEMA
    for address in (
        "/connections/sao-paulo/grenoble.json",
        "/connections.json?view=told",
        "/compare.json?city=utrecht&city=grenoble&city=terrassa&city=mexico-city",
    ):
        answer = shipped.client.get(address, headers={"Accept": JSON}).json()
        told = list(claims_in(answer, "said"))
        assert told, address
        assert [found.message for claim in told for found in form.iter_errors(claim)] == [], address
    (witness,) = shipped.client.get("/why.json", params=ASKED).json()["witnesses"]
    said = witness["from"][0][0]["witnesses"][0]
    assert list(form.iter_errors({name: said[name] for name in CLAIM_SCHEMA["required"]})) == []


def test_what_editors_decided_leads_on_to_what_led_to_it(shipped: Server) -> None:
    query = f"{CR}SELECT ?s ?p ?o {{ GRAPH ?d {{ ?s ?p ?o }} ?d cr:promptedBy ?c }} LIMIT 1"
    answer = shipped.client.get("/sparql", params={"query": query, "format": "json"}).json()
    row = answer["results"]["bindings"][0]
    asked = {name: row[name]["value"] for name in "spo"}
    told = shipped.client.get("/why.json", params=asked).json()["witnesses"]
    decision = next(each for each in told if each["kind"] == "decision")
    assert decision["reason"]
    assert decision["decidedBy"]
    assert decision["promptedBy"][0]["claim"].startswith("https://w3id.org/cityrights/id/claim/")
    page = shipped.client.get("/why", params=asked)
    assert "What led to it:" in page.text
    assert decision["reason"] in unescape(page.text)


def test_what_another_source_disputes_is_told_with_the_other_value(shipped: Server) -> None:
    asked = {"s": "event:ffd4-conference", "p": "start", "o": "2025-07-03"}
    for value, other, preferred in (("2025-07-03", "2025-06-30", True), ("2025-06-30", "2025-07-03", False)):
        told = shipped.client.get("/why.json", params={**asked, "o": value}).json()
        (rival,) = told["rivals"]
        assert (rival["object"]["text"], rival["preferred"]) == (other, preferred)
        assert rival["reason"]
    for prefix, words in (("", "prefer that value"), ("/fr", "préfère cette autre"), ("/es", "prefiere ese otro")):
        page = shipped.client.get(f"{prefix}/why", params=asked).text
        assert words in page
        assert "2025-06-30</bdi></a>" in page
        assert "/page/decision/119" in page
    agreed = {**asked, "p": "place", "o": "city:seville"}
    assert "rivals" not in shipped.client.get("/why.json", params=agreed).json()
    assert "Another source says otherwise" not in shipped.client.get("/why", params=agreed).text


def test_what_the_graph_does_not_say_is_told_with_what_it_says(shipped: Server) -> None:
    wrong = {**ASKED, "o": "country:france"}
    page = shipped.client.get("/fr/why", params=wrong)
    assert page.status_code == 404
    assert "Le graphe ne dit pas cela." in page.text
    assert "cr:country country:netherlands</a>" in page.text
    told = shipped.client.get("/why.json", params=wrong)
    assert told.status_code == 404
    assert told.json()["said"] == ["practice:utrecht-plan-einstein cr:country country:netherlands"]
    unknown = shipped.client.get("/why", params={**ASKED, "s": "city:utrech"})
    assert unknown.status_code == 404
    assert "city:utrecht" in unknown.text
    lacking = shipped.client.get("/fr/why", params={**ASKED, "o": " "})
    assert lacking.status_code == 400
    assert 'role="alert"' in lacking.text
    assert 'value="practice:utrecht-plan-einstein"' in lacking.text, "the form stays as it was filled in"
    for odd in ("http://[", '"a"@en } UNION { ?s ?p ?o }', '"a"^^<b c>', "\x00", "'", "🙂" * 900):
        for part in ("s", "p", "o"):
            assert shipped.client.get("/why.json", params={**ASKED, part: odd}).status_code == 404, (part, odd)
    assert shipped.client.get("/why.json").status_code == 400
    form = shipped.client.get("/why")
    assert form.status_code == 200
    assert 'href="/rules/countries"' in form.text


def test_the_graph_of_a_rule_leads_to_its_page_and_its_text(shipped: Server) -> None:
    graph = "/graph/derived/countries"
    people = shipped.get(graph, BROWSER)
    assert (people.status_code, people.headers["location"]) == (303, "/rules/countries")
    page = shipped.get("/rules/countries", BROWSER)
    assert "cr:place/cr:within*" in unescape(page.text)
    assert 'href="/why?s=' in page.text
    for prefix, words in (("/fr", "se trouve dans le pays"), ("/es", "está en el país")):
        for path in ("/rules/countries", "/why", f"/why?{urlencode(ASKED)}"):
            assert words in shipped.get(prefix + path, BROWSER).text, (prefix, path)
        listed = (
            shipped.get(f"{prefix}/why", BROWSER).text.partition('aria-labelledby="rules"')[2].partition("</ul>")[0]
        )
        assert listed.count("<li>") > 10
        assert 'class="lang"' not in listed, "a rule is told in English"
    text = shipped.get(f"{graph}.rq", "*/*")
    assert text.headers["content-type"].startswith("application/sparql-query")
    assert text.text.startswith("# What stands in a place")
    about = "https://w3id.org/cityrights/graph/derived/countries"
    said = f"ASK {{ <{about}> dcterms:source <{about}.rq> . <{about}.rq> prov:value ?text }}"
    said = f"PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX prov: <http://www.w3.org/ns/prov#> {said}"
    assert shipped.client.get("/sparql", params={"query": said, "format": "json"}).json()["boolean"] is True
    assert shipped.get("/rules/nothing", BROWSER).status_code == 404


def test_pages_lead_from_what_is_derived_to_what_it_is_made_from(shipped: Server) -> None:
    page = shipped.get("/page/practice/utrecht-plan-einstein", BROWSER)
    assert "From what does this follow?" in page.text
    address = page.text.partition('<a href="/why?')[2].partition('"')[0]
    told = shipped.get(f"/why?{unescape(address)}", BROWSER)
    assert told.status_code == 200
    assert "By the rule" in told.text
