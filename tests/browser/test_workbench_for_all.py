"""The query page for everybody: by the keyboard, on a telephone, without scripts, over any graph, and light."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from cityrights.pipeline.steps import build_files
from cityrights_web.words import CATALOGUE
from tests.browser.axe import violations
from tests.browser.scripts import idle
from tests.browser.writing import EDITOR, OPTIONS, choose, holds, opened, write
from tests.servers import Server

WRONG = "SELECT * WHERE {\n  ?s a cr:Practice .\n}"
FOREIGN = """
@prefix e: <http://example.org/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:a a e:Thing ; e:size 3 . e:b a e:Part ; e:weight 4 .
e:Thing rdfs:label "Ding"@en ; rdfs:comment "<b>bold</b>" .
"""


def focused(page: Page) -> str:
    """Return what has the focus, by its id or its text."""
    found: str = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return found


def test_the_keyboard_gets_in_writes_gets_out_and_runs(browser: Browser, shipped: Server) -> None:
    page, faults = opened(browser, shipped)
    page.get_by_text("Examples").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "editor"
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text("SELECT (1 AS ?one) {}")
    page.keyboard.press("Tab")
    assert focused(page) == "editor", "Tab indents"
    holds(page, "  SELECT (1 AS ?one) {}")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert focused(page) == "Run"
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_have_attribute("data-rows", "1")
    assert focused(page) == "Run", "the answer takes no focus"
    page.get_by_text("Keys and help").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Leave the editor")).to_be_visible()
    assert page.locator(EDITOR).get_attribute("aria-label") == "Query. Press Escape, then Tab, to leave the editor."
    assert faults == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_on_a_telephone(browser: Browser, shipped: Server, scheme: str) -> None:
    page, _ = opened(browser, shipped, width=390, scheme=scheme)

    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    fits()
    write(page, "SELECT * WHERE { ?x cr:place ")
    page.keyboard.type("sao pau", delay=20)
    expect(page.locator(OPTIONS).first).to_be_visible()
    fits()
    box = page.locator(".cm-tooltip-autocomplete").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    write(page, WRONG)
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".cm-problem")).to_be_visible()
    fits()
    idle(page)
    for summary in page.locator("main details > summary").all():
        if summary.is_visible():
            summary.click()
    fits()
    page.context.close()


def test_no_rule_is_broken_with_everything_open(browser: Browser, shipped: Server) -> None:
    def wrong(page: Page) -> None:
        write(page, WRONG)
        page.keyboard.press("Control+Enter")
        expect(page.locator(".cm-problem")).to_be_visible()
        for summary in page.locator("main details > summary").all():
            summary.click()

    def suggesting(page: Page) -> None:
        write(page, "SELECT * WHERE {\n  ?x a ")
        page.keyboard.type("prac")
        expect(page.locator(OPTIONS).first).to_be_visible()

    def searching(page: Page) -> None:
        page.locator(EDITOR).click()
        page.keyboard.press("Control+f")
        expect(page.locator(".cm-search")).to_be_visible()

    for prepare in (wrong, suggesting, searching):
        found = violations(browser, f"{shipped.url}/sparql", schemes=("light", "dark"), prepare=prepare)
        assert found == [], prepare.__name__


@pytest.mark.parametrize(
    ("language", "tidy", "search"), [("fr", "Mettre en page", "Remplacer"), ("es", "Dar formato", "Reemplazar")]
)
def test_the_editor_speaks_the_language_of_the_reader(
    browser: Browser, shipped: Server, language: str, tidy: str, search: str
) -> None:
    context = browser.new_context(locale=language)
    page = context.new_page()
    page.goto(f"{shipped.url}/sparql")
    idle(page)
    expect(page.get_by_role("button", name=tidy)).to_be_visible()
    page.locator(EDITOR).click()
    page.keyboard.press("Control+f")
    expect(page.locator(".cm-search input[name=replace]")).to_have_attribute("placeholder", search)
    write(page, "SELECT * { ?x a ")
    page.keyboard.type("pract")
    expect(page.locator(OPTIONS).first).to_contain_text("cr:Practice")
    expect(page.locator(OPTIONS).first).not_to_contain_text("things")
    write(page, WRONG)
    page.keyboard.press("Control+Enter")
    said = page.locator(".cm-problem .in-words")
    expect(said).to_have_count(2)
    expect(said.first).to_have_text(CATALOGUE[language].problems["unknown-prefix"])
    expect(said.last).to_have_attribute("lang", "en")
    expect(said.last).to_contain_text("'cr:' is not declared")
    expect(page.locator("#said")).to_contain_text(CATALOGUE[language].problems["unknown-prefix"])
    context.close()


def test_without_scripts_the_form_asks_and_shares(browser: Browser, shipped: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shipped.url}/sparql")
    for name in ("Lay out", "Cancel", "Who says so"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("Keys and help")).to_be_hidden()
    page.get_by_text("Examples").click()
    page.get_by_role("link", name="Which classes there are").click()
    assert "GROUP BY ?class" in page.get_by_label("Query", exact=True).input_value()
    expect(page.locator("#answer")).to_have_count(0)
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#answer")).to_have_attribute("data-view", "chart")
    page.get_by_text("Share this query").click()
    assert "GROUP+BY+%3Fclass" in page.get_by_label("A link to the query and its answer").input_value()
    page.get_by_text("curl", exact=True).click()
    expect(page.locator("#sample-curl")).to_contain_text("--data-urlencode 'query=SELECT ?class")
    page.get_by_label("Query", exact=True).fill("SELECT * {")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("never closed")
    context.close()


def test_the_graphs_of_others_are_completed_from_what_they_have(
    browser: Browser, start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "data.ttl").write_text(FOREIGN)
    foreign = start(build_files([folder / "data.ttl"], folder / "snapshots").path)
    page, faults = opened(browser, foreign)
    write(page, "PREFIX e: <http://example.org/ns#>\nSELECT * { ?x a ")
    page.keyboard.type("din")
    expect(page.locator(OPTIONS).first).to_contain_text("e:Thing")
    choose(page)
    page.keyboard.type(" ; ")
    page.keyboard.press("Control+Space")
    expect(page.locator(OPTIONS).filter(has_text="e:size")).to_have_count(1)
    expect(page.locator(OPTIONS).filter(has_text="e:weight")).to_have_count(0)
    assert faults == []
    page.context.close()


def test_names_are_text_in_the_editor_too(browser: Browser, shipped: Server) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    term = {"iri": "https://w3id.org/cityrights/ontology#Practice", "label": hostile, "labelLanguage": None,
        "definition": f"practice {hostile}", "definitionLanguage": None, "count": 1}  # fmt: skip
    thing = {"iri": "http://e.example/> } #", "label": f"practice {hostile}", "kind": "other", "kindLabel": hostile,
        "url": "/", "place": None, "otherName": None}  # fmt: skip
    told = {"prefixes": {"cr": "https://w3id.org/cityrights/ontology#"}, "paired": True, "properties": [],
        "classes": [{**term, "properties": []}]}  # fmt: skip

    def answer(route: Route) -> None:
        route.fulfill(json={"query": "", "suggestions": [thing]})

    context = browser.new_context()
    page = context.new_page()
    page.route("**/sparql/vocabulary.json", lambda route: route.fulfill(json=told))
    page.route("**/suggest?*", answer)
    page.goto(f"{shipped.url}/sparql")
    idle(page)
    write(page, "SELECT * { ?x a ")
    page.keyboard.type("prac")
    expect(page.locator(OPTIONS).filter(has_text="cr:Practice")).to_contain_text(hostile)
    expect(page.locator(".cm-completionInfo")).to_contain_text(f"practice {hostile}")
    write(page, "SELECT * { ?x ?y ")
    page.keyboard.type("prac")
    expect(page.locator(OPTIONS).filter(has_text=hostile)).to_have_count(1)
    choose(page)
    holds(page, re.compile(re.escape("<http://e.example/\\u003E\\u0020\\u007D\\u0020#>")))
    assert page.locator("#editor img, .cm-tooltip img").count() == 0
    context.close()


def test_without_the_names_of_the_graph_queries_are_written_all_the_same(browser: Browser, shipped: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/sparql/vocabulary.json", lambda route: route.fulfill(status=503, json={}))
    page.goto(f"{shipped.url}/sparql")
    expect(page.locator("#said")).to_contain_text("could not be fetched")
    write(page, "SELECT (1 AS ?one) {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_have_attribute("data-rows", "1")
    context.close()


def test_names_that_are_still_counted_are_asked_for_again(browser: Browser, shipped: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []

    def later(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json={})
        else:
            route.continue_()

    page.route("**/sparql/vocabulary.json", later)
    with page.expect_response(lambda answer: answer.ok and "vocabulary" in answer.url):
        page.goto(f"{shipped.url}/sparql")
    write(page, "SELECT * { ?x a ")
    page.keyboard.type("prac")
    expect(page.locator(OPTIONS).first).to_contain_text("cr:Practice")
    context.close()


def test_a_server_that_does_not_answer_is_told(browser: Browser, shipped: Server) -> None:
    page, _ = opened(browser, shipped)
    write(page, "ASK {}")
    page.route("**/sparql?query=ASK*", lambda route: route.abort())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problem")).to_contain_text("did not answer")
    page.context.close()


def test_the_page_is_light(browser: Browser, shipped: Server) -> None:
    """Everything that the page takes, in bytes over the network; the scripts of answers come with answers."""
    context = browser.new_context()
    page = context.new_page()
    network = context.new_cdp_session(page)
    sent: dict[str, int] = {}
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda it: sent.update({it["requestId"]: it["encodedDataLength"]}))
    page.goto(f"{shipped.url}/sparql")
    idle(page)
    write(page, "SELECT * { ?x a ")
    page.keyboard.type("prac")
    expect(page.locator(OPTIONS).first).to_be_visible()
    total = sum(sent.values())
    assert 100_000 < total < 350_000, sent
    context.close()
    other = browser.new_context()
    page = other.new_page()
    page.goto(f"{shipped.url}/practices")
    idle(page)
    assert not page.evaluate("performance.getEntriesByType('resource').some(each => /workbench/.test(each.name))")
    other.close()


def test_another_language_takes_the_query_along_as_it_stands(browser: Browser, shipped: Server) -> None:
    page, faults = opened(browser, shipped, "/sparql?lang=es")
    write(page, "SELECT (1 AS ?one) {}")
    page.locator("nav.languages").get_by_role("link", name="Français").click()
    page.wait_for_url("**lang=fr*")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    holds(page, "SELECT (1 AS ?one) {}")
    expect(page.locator("#answer")).to_have_count(0)
    page.locator(EDITOR).click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("Réponse")
    page.wait_for_url("**lang=fr*")
    page.locator("nav.languages").get_by_role("link", name="Español").click()
    expect(page.locator("#answer")).to_contain_text("Respuesta")
    assert faults == []
    page.context.close()
