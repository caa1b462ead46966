"""Writing a query: suggestions, meanings, what is wrong and where, running and cancelling, by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.scripts import after, back, idle
from tests.browser.writing import EDITOR, OPTIONS, choose, holds, opened, write
from tests.counters import HEAVY, counted, metric, until
from tests.servers import Server

CR = "PREFIX cr: <https://w3id.org/cityrights/ontology#>"


@pytest.fixture
def page(browser: Browser, shipped: Server) -> Iterator[Page]:
    """The page with its editor; whatever goes wrong on it, or is asked elsewhere, fails the test."""
    made, faults = opened(browser, shipped)
    yield made
    # A question that was left off for a newer one counts as failed, and so does the answer that reports a wrong query.
    assert [fault for fault in faults if "/suggest?q=" not in fault and "status of 4" not in fault] == []
    made.context.close()


def test_a_class_is_suggested_and_then_only_what_its_things_have(page: Page, shipped: Server) -> None:
    write(page, "SELECT * WHERE {\n  ?x a ")
    page.keyboard.type("prac")
    expect(page.locator(OPTIONS).first).to_contain_text("cr:Practice")
    expect(page.locator(OPTIONS).first).to_contain_text(f"{counted(shipped, '?x a cr:Practice')} things")
    choose(page)
    holds(page, f"{CR}\nSELECT * WHERE {{\n  ?x a cr:Practice")
    page.keyboard.type(" ; gov")
    after(page, 400)
    idle(page)
    expect(page.locator(OPTIONS).filter(has_text="cr:governs")).to_have_count(0)  # no practice governs anything
    for _ in range(3):
        page.keyboard.press("Backspace")
    page.keyboard.type("implem")
    expect(page.locator(OPTIONS).first).to_contain_text("cr:implementedBy")
    expect(page.locator(OPTIONS).first).to_contain_text(re.compile(r"used \d+ times"))
    choose(page)
    holds(page, f"{CR}\nSELECT * WHERE {{\n  ?x a cr:Practice ; cr:implementedBy")
    page.keyboard.type(" ?who . ?who gov")
    expect(page.locator(OPTIONS).filter(has_text="cr:governs").first).to_be_visible()


def test_a_thing_is_suggested_by_its_name_without_accents(page: Page) -> None:
    write(page, "SELECT * WHERE { ?x cr:place ")
    page.keyboard.type("sao pau", delay=20)
    expect(page.locator(OPTIONS).first).to_contain_text("São Paulo")
    choose(page)
    holds(page, "PREFIX city: <https://w3id.org/cityrights/id/city/>\nSELECT * WHERE { ?x cr:place city:sao-paulo")


def test_variables_keywords_and_prefixes_are_suggested(page: Page) -> None:
    write(page, "SELECT ?practice WHERE { ?practice ?p ?o . ")
    page.keyboard.type("?pr")
    expect(page.locator(OPTIONS).first).to_have_text("?practice")
    choose(page)
    page.keyboard.type(" ?q ?r . opt")
    expect(page.locator(OPTIONS).first).to_have_text("OPTIONAL")
    page.keyboard.press("Escape")
    write(page, "")
    page.keyboard.type("PREFIX sko")
    expect(page.locator(OPTIONS).first).to_contain_text("skos:")
    choose(page)
    holds(page, "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>")


def test_nothing_is_suggested_in_texts_and_comments(page: Page) -> None:
    write(page, "# prac")
    page.keyboard.press("Control+Space")
    after(page, 300)
    idle(page)
    expect(page.locator(OPTIONS)).to_have_count(0)
    write(page, "SELECT * { ?x ?y 'prac")
    page.keyboard.press("Control+Space")
    after(page, 300)
    idle(page)
    expect(page.locator(OPTIONS)).to_have_count(0)


def test_a_name_says_what_it_means_under_the_pointer_and_by_a_key(page: Page, shipped: Server) -> None:
    write(page, f"{CR}\nSELECT * WHERE {{ ?x a cr:Practice }}")
    page.locator(".cm-line", has_text="?x a").get_by_text("cr:Practice").hover()
    term = page.locator(".cm-tooltip-hover .cm-term")
    expect(term).to_contain_text("A policy, programme or measure")
    expect(term).to_contain_text(f"{counted(shipped, '?x a cr:Practice')} things")
    page.mouse.move(5, 5)
    expect(term).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("F2")
    expect(page.locator(".cm-term")).to_contain_text("Practice")
    expect(page.locator("#said")).to_contain_text("A policy, programme or measure")
    page.keyboard.press("Escape")
    expect(page.locator(".cm-term")).to_have_count(0)


def test_an_error_stands_under_its_line_and_takes_no_focus(page: Page) -> None:
    write(page, "SELECT * WHERE {\n  ?s ?p ?o .\n  ?s ?? ?o .\n}")
    page.keyboard.press("Control+Enter")
    problem = page.locator(".cm-problem")
    expect(problem).to_contain_text("line 3")
    assert (
        page.evaluate(
            "() => { const root = document.querySelector('#editor').shadowRoot;"
            " return root.querySelector('.cm-problem').previousElementSibling.textContent }"
        )
        == "  ?s ?? ?o ."
    )
    expect(page.locator(".cm-problem-sign").filter(visible=True)).to_have_text("!")
    expect(page.locator("#said")).to_contain_text("Line 3:")
    assert page.evaluate("document.activeElement.id") == "editor"
    page.locator("#problem").get_by_role("button", name="Go to line 3").click()
    expect(page.locator(".cm-activeLine")).to_have_text("  ?s ?? ?o .")
    page.keyboard.press("End")
    page.keyboard.type(" ")
    expect(problem).to_have_count(0)


def test_a_missing_prefix_is_mended_by_one_click(page: Page) -> None:
    write(page, "SELECT * WHERE { ?s a cr:Practice } LIMIT 2")
    page.get_by_role("button", name="Run").click()
    page.locator(".cm-problem button").click()
    holds(page, f"{CR}\nSELECT * WHERE {{ ?s a cr:Practice }} LIMIT 2")
    expect(page.locator(".cm-problem")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_have_attribute("data-rows", "2")
    expect(page.locator("#said")).to_contain_text("2 rows")
    write(page, "SELECT * WHERE { ?s a nobodys:Thing }")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cm-problem")).to_contain_text("nobodys:")
    expect(page.locator(".cm-problem button")).to_have_count(0)


@pytest.mark.parametrize("how", ["button", "key"])
def test_cancelling_ends_the_query_on_the_server_too(page: Page, shipped: Server, how: str) -> None:
    write(page, HEAVY)
    page.keyboard.press("Control+Enter")
    until(lambda: metric(shipped, "queries_running") == 1, what="the query to run")
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible()
    expect(page.locator("#elapsed")).to_contain_text("s")
    cancel.click() if how == "button" else page.keyboard.press("Escape")
    expect(page.locator("#said")).to_contain_text("cancelled")
    expect(cancel).to_be_hidden()
    until(lambda: metric(shipped, "queries_running") == 0, what="the query to end")
    until(lambda: metric(shipped, "workers", state="busy") == 0, what="the worker to be free")
    write(page, "ASK {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_be_visible()


def test_the_address_has_the_draft_and_then_the_query(page: Page) -> None:
    write(page, "SELECT (1 AS ?one) {}")
    page.wait_for_url("**run=0**")
    page.reload()
    expect(page.locator("#answer")).to_have_count(0)
    holds(page, "SELECT (1 AS ?one) {}")
    page.locator(EDITOR).click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_have_attribute("data-rows", "1")
    expect(page).to_have_url(re.compile(r"^((?!run=).)*$"))
    page.goto(page.url.partition("?")[0].replace("/sparql", "/about"))
    back(page)
    expect(page.locator("#answer")).to_have_attribute("data-rows", "1")
    holds(page, re.compile(re.escape("SELECT (1 AS ?one) {}")))


def test_laying_out_can_be_undone(page: Page) -> None:
    before = "SELECT * WHERE { ?s a ?c . ?s ?p ?o } LIMIT 1"
    write(page, before)
    page.get_by_role("button", name="Lay out").click()
    holds(page, "SELECT * WHERE {\n  ?s a ?c .\n  ?s ?p ?o\n}\nLIMIT 1\n")
    expect(page.locator("#said")).to_contain_text("laid out")
    page.locator(EDITOR).focus()
    page.keyboard.press("Control+z")
    holds(page, before)
    page.keyboard.press("Shift+Alt+F")
    holds(page, re.compile(r"^(?:[^\n]*\n){5}[^\n]*$"))


def test_an_example_comes_into_the_editor_and_can_be_undone(page: Page) -> None:
    write(page, "ASK {}")
    page.get_by_text("Examples").click()
    page.get_by_role("link", name="Which classes there are").click()
    holds(page, re.compile(r"GROUP BY \?class"))
    assert page.evaluate("document.activeElement.id") == "editor"
    page.keyboard.press("Control+z")
    holds(page, "ASK {}")


def test_sharing_has_the_query_as_it_is_now(page: Page, shipped: Server) -> None:
    query = 'SELECT ("<b>&é\'" AS ?x) {} # </script>'
    write(page, query)
    page.get_by_text("Share this query").click()
    link = page.get_by_label("A link to the query and its answer")
    expect(link).to_have_value(f"{shipped.url}/sparql?{urlencode({'query': query})}")
    embed = page.get_by_label("To show the answer on another page").input_value()
    assert embed.startswith(f'<iframe src="{shipped.url}/sparql/embed?query=SELECT')
    assert "<b>" not in embed
    page.get_by_text("Python: rdflib").click()
    expect(page.locator("#sample-rdflib")).to_contain_text('SELECT ("<b>&é')
    copy = page.locator("#about-rdflib").get_by_role("button", name="Copy")
    page.context.grant_permissions(["clipboard-write"])
    copy.click()
    expect(page.locator("#about-rdflib button")).to_have_text("Copied")
    page.goto(link.input_value())
    expect(page.locator("#answer")).to_contain_text("<b>&é'")


def test_who_says_so_comes_into_the_query_and_can_be_undone(page: Page) -> None:
    before = f"{CR}\nSELECT ?practice ?org WHERE {{\n  ?practice a cr:Practice ; cr:implementedBy ?org\n}}\n"
    write(page, before)
    page.get_by_role("button", name="Who says so").click()
    expect(page.locator("#said")).to_contain_text("asks for its evidence too")
    holds(page, re.compile(r"\?witness"))
    page.locator(EDITOR).focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer thead")).to_contain_text("witness")
    page.keyboard.press("Control+z")
    holds(page, before)
    write(page, "DESCRIBE <x:s>")
    page.get_by_role("button", name="Who says so").click()
    expect(page.locator("#problem .notice")).to_be_visible()
    holds(page, "DESCRIBE <x:s>")


def test_an_answer_without_rows_says_why_and_what_would_have_some(page: Page) -> None:
    write(page, f"{CR}\nSELECT * WHERE {{ ?x a cr:Practise }}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#why")).to_contain_text("Did you mean cr:Practice")
    expect(page.locator("a[data-why]")).to_have_count(0)
    page.locator("#why a").first.click()
    expect(page.locator("#answer tbody tr").first).to_be_visible()
    holds(page, re.compile(re.escape("SELECT * WHERE { ?x a cr:Practice }") + "$"))
    expect(page.locator("#why")).to_have_count(0)


def test_the_views_of_an_answer_change_without_leaving_the_page(page: Page) -> None:
    page.get_by_text("Examples").click()
    page.get_by_role("link", name="Practices on a map").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_have_attribute("data-view", "map")
    page.locator(".map-ground .spot").first.wait_for()
    page.evaluate("window.stayed = true")
    page.locator("#answer .views").get_by_text("Table").click()
    expect(page.locator("#answer")).to_have_attribute("data-view", "table")
    expect(page).to_have_url(re.compile(r"[?&]view=table(?:&|$)"))
    assert page.evaluate("window.stayed")
    page.reload()
    expect(page.locator("#answer")).to_have_attribute("data-view", "table")
    write(page, "ASK {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("Yes")
    expect(page).to_have_url(re.compile(r"^((?![?&]view=).)*$"))


def test_a_query_too_long_for_links_has_its_views_and_its_code_too(page: Page) -> None:
    many = " ".join(f"<http://e.example/{number:04d}>" for number in range(400))
    write(page, f"SELECT ?x WHERE {{ VALUES ?x {{ {many} }} }}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_have_attribute("data-rows", "400")
    page.locator("#answer .views").get_by_text("Raw").click()
    expect(page.locator("#answer")).to_have_attribute("data-view", "raw")
    page.get_by_text("Share this query").click()
    expect(page.locator("#shared")).to_contain_text("too long for an address")
    page.get_by_text("curl", exact=True).click()
    expect(page.locator("#sample-curl")).to_contain_text("e.example/0399")


def test_how_to_cite_a_query_of_ones_own_follows_it_by_the_keyboard(page: Page, shipped: Server) -> None:
    query = 'SELECT ("}{ \\\\ é" AS ?x) {}'
    write(page, query)
    page.get_by_text("Share this query").focus()
    page.keyboard.press("Enter")
    cite = page.locator("#cite summary")
    expect(page.get_by_label("A link to the query and its answer")).to_have_value(re.compile("AS"))
    cite.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cite-bib")).to_be_visible()
    save = page.locator("#cite .citation").nth(1).get_by_role("link", name="Save as a file")
    told = shipped.get(str(save.get_attribute("href"))).text
    expect(page.locator("#cite-bib")).to_have_text(told.strip(), use_inner_text=False)
    assert urlencode({"query": query}) in told
    page.context.grant_permissions(["clipboard-write"])
    page.keyboard.press("Tab")  # the text, which scrolls
    page.keyboard.press("Tab")
    expect(page.locator("[data-copy='cite-txt']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-copy='cite-txt']")).not_to_have_text("Copy")
    write(page, "ASK {}")
    expect(page.locator("#cite-bib")).to_contain_text(urlencode({"query": "ASK {}"}))
    expect(page.locator("#cite-bib")).to_be_visible()


def test_the_ways_to_cite_are_for_all(browser: Browser, shipped: Server) -> None:
    """Panels opened, in both colour schemes, on a telephone and on a screen."""
    places = (
        f"{shipped.url}/es/page/claim/twenty-practices/27", f"{shipped.url}/fr/download",
        f"{shipped.url}/sparql?query=ASK%20%7B%7D&run=0",
    )  # fmt: skip
    every = "document.querySelectorAll('details').forEach(one => { one.open = true })"
    for width in (390, 1280):
        found = violations(
            browser, *places, schemes=("light", "dark"), width=width, prepare=lambda page: page.evaluate(every)
        )
        assert found == [], width
