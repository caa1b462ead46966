"""The field with suggestions, by keyboard and by hand, and the search without JavaScript, in Chromium."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.browser.scripts import after, idle
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.support import until


@pytest.fixture
def page(browser: Browser, shipped: Server) -> Iterator[Page]:
    """A page with the field in its header; whatever goes wrong on it fails the test."""
    opened, faults = visit(browser, shipped, "/about")
    yield opened
    # A question that was left off for a newer one counts as failed, and is meant to be.
    assert [fault for fault in faults if "/suggest?q=" not in fault] == []
    opened.context.close()


def typed(page: Page, text: str) -> None:
    """Write into the field, and wait for what it suggests.

    All at once: what is suggested for a part may come before the rest is typed, and makes way for what is for all.
    """
    page.locator("#q").focus()
    page.keyboard.insert_text(text)
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")


def test_it_is_a_combobox_to_those_who_hear_it(page: Page) -> None:
    field = page.get_by_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_attribute("aria-controls", "q-suggestions")
    expect(field).to_have_accessible_name("Search practices, cities, institutions …")
    expect(page.get_by_role("listbox")).to_be_hidden()
    typed(page, "grenob")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    said = page.locator(".search-box [role=status]")
    expect(said).to_have_text(re.compile(r"Suggestions: [2-8]\. Use the up and down arrows\."))
    assert f"Suggestions: {page.get_by_role('option').count()}." in (said.text_content() or "")


def test_arrows_choose_escape_closes_and_enter_opens(page: Page) -> None:
    typed(page, "utre")
    field, options = page.locator("#q"), page.get_by_role("option")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "q-suggestions-0")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("utre")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/city/utrecht")


def test_enter_without_a_choice_searches(page: Page) -> None:
    typed(page, "sao paulo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=sao+paulo")
    expect(page.locator(".result-line h3").first).to_have_text("São Paulo")


def test_a_click_opens_and_leaving_closes(page: Page) -> None:
    typed(page, "utre")
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.locator("#q").fill("")
    typed(page, "gwangju")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/page/**gwangju**")


def test_what_is_not_there_is_said_and_one_letter_asks_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest" in request.url else None)
    page.locator("#q").press_sequentially("q")
    after(page, 300)
    idle(page)
    assert asked == []
    page.locator("#q").press_sequentially("xzvwk")
    expect(page.locator(".search-box [role=status]")).to_have_text("No suggestions.")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_suggestions_are_text(page: Page) -> None:
    def answer(route: Route) -> None:
        hostile = {
            "label": "<img src=x onerror=alert(1)>", "kind": "city", "kindLabel": "<b>x</b>",
            "url": "/page/city/utrecht", "place": None, "otherName": None,
        }  # fmt: skip
        route.fulfill(json={"query": "ab", "suggestions": [hostile]})

    page.route("**/suggest?*", answer)
    typed(page, "ab")
    option = page.get_by_role("option")
    expect(option.locator(".label")).to_have_text("<img src=x onerror=alert(1)>")
    expect(option.locator("img, b")).to_have_count(0)


def test_an_older_answer_never_covers_a_newer_one(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/about")

    late: list[Route] = []
    page.route("**/suggest?q=ut", lambda route: late.append(route))
    with page.expect_request("**/suggest?q=ut"):
        page.locator("#q").fill("ut")
    until(lambda: page.evaluate("true") and late, "the first question is held up")
    page.locator("#q").fill("")
    typed(page, "grenob")
    with contextlib.suppress(Error):  # who asked has left off, of which the browser may know already
        late[0].continue_()
    after(page, 300)
    idle(page)
    expect(page.get_by_role("option").first).to_contain_text("Grenoble")
    page.context.close()


def test_the_pages_fit_and_are_quiet(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/search")
    for path in ("/search?q=sao+paulo", "/fr/search", "/es/search?q=grenobel", "/search?q=qxzvwk"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if width == 390 else "light")
            page.goto(shipped.url + path)
            idle(page)
            assert faults == [], path
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, scheme)
                expect(page.locator(".suggestions")).to_be_hidden()
    page.context.close()


def test_suggestions_fit_on_a_phone(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/practices", width=390)
    typed(page, "rights")
    box = page.get_by_role("listbox").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_without_javascript_the_field_is_a_form(browser: Browser, shipped: Server) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(shipped.url + "/es/cities")
    page.locator("#q").fill("grenobel")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/es/search?q=grenobel")
    page.locator(".meant a").click()
    page.wait_for_url("**/es/search?q=Grenoble")
    page.locator(".kinds a", has_text="Prácticas").click()
    page.wait_for_url("**/es/search?*kind=practice*")
    expect(page.locator(".result-line").first).to_be_visible()
    context.close()
