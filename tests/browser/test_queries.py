"""Questions in a real browser: asked by the keyboard, seen as a map, a network and bars, whole without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.test_pages import visit
from tests.servers import Server


def test_a_question_is_asked_by_the_keyboard(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/queries/institutions-of-a-kind")
    rows = page.locator("#answer tbody tr")
    before = rows.count()
    page.get_by_label("The kind of institution").focus()
    page.keyboard.type("council")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**kind=kind%3Acouncil**")
    expect(page.get_by_label("The kind of institution")).to_have_value("kind:council")
    expect(rows.nth(before)).to_be_attached()
    page.get_by_text("How to cite").click()
    expect(page.locator("#cite-txt")).to_contain_text("kind = kind:council")
    page.get_by_text("Show the SPARQL").click()
    page.get_by_text("Change the query in the workbench").click()
    page.wait_for_url("**/sparql?query=**")
    expect(page.locator("#query")).to_have_value(re.compile("kind/council"))
    assert faults == []
    page.context.close()


def test_each_view_is_drawn_and_fits(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/queries")
    for path, drawn in (
        ("/queries/institutions-of-a-kind", ".map-ground .spot"),
        ("/queries/cooperation-between-governments", ".network-ground canvas"),
        ("/fr/queries/practices-by-section", ".chart rect.bar"),
    ):
        page.goto(shipped.url + path)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.locator(drawn).first.wait_for()
            box = page.locator("figure:visible").first.bounding_box()
            assert box is not None, path
            assert box["width"] <= width, path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert faults == []
    page.context.close()


def test_without_scripts_the_list_and_an_answer_are_whole(browser: Browser, shipped: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shipped.url}/queries")
    page.get_by_role("searchbox", name="Find a question").fill("ombuds")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**q=ombuds**")
    page.goto(f"{shipped.url}/queries?tag=kinds")
    page.get_by_role("link", name="Institutions of a kind").click()
    expect(page.locator("#answer tbody tr")).to_have_count(2)
    expect(page.locator("figure.map")).to_be_hidden()
    page.get_by_label("The kind of institution").select_option("kind:council")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**kind=kind%3Acouncil**")
    expect(page.locator("#answer tbody tr").nth(2)).to_be_visible()
    context.close()
