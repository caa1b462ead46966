"""A reader who comes from elsewhere is offered the page in their language; nobody is sent on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.scripts import idle
from tests.browser.test_accessibility import SHIFT
from tests.servers import Server


@pytest.mark.parametrize(
    ("locale", "path", "offered", "leads"),
    [
        ("fr-CA", "/", "Cette page en français", "/fr"),
        ("es", "/practices?country=spain", "Esta página en español", "/es/practices?country=spain"),
        ("en-GB", "/fr/page/city/utrecht", "This page in English", "/page/city/utrecht"),
    ],
)
def test_the_page_is_offered_in_the_language_of_the_browser(
    browser: Browser, shipped: Server, locale: str, path: str, offered: str, leads: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(shipped.url + path)
    offer = page.locator(".offer a").filter(visible=True)
    expect(offer).to_have_text(offered)
    offer.click()
    page.wait_for_url(shipped.url + leads)
    expect(page.locator(".offer").filter(visible=True)).to_have_count(0)
    page.goto(shipped.url + path)
    page.locator("main a[href^='/']").first.click()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".offer").filter(visible=True)).to_have_count(0)
    context.close()


@pytest.mark.parametrize(("locale", "path"), [("en-US", "/"), ("fr", "/fr"), ("de", "/"), ("de", "/es/themes")])
def test_nothing_is_offered_to_who_reads_the_page_or_none_of_its_languages(
    browser: Browser, shipped: Server, locale: str, path: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(shipped.url + path)
    page.wait_for_function("document.documentElement.classList.contains('js')")
    expect(page.locator(".offer")).to_have_count(2)
    expect(page.locator(".offer").filter(visible=True)).to_have_count(0)
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_offered_moves_nothing_and_hides_nothing(browser: Browser, shipped: Server, width: int) -> None:
    """A short page is as high as its window: whatever takes room when it comes late moves its foot."""
    context = browser.new_context(locale="en", viewport={"width": width, "height": 900})
    page = context.new_page()
    for path in ("/es/connections?a=lyon&b=gren", "/fr/why", "/fr/page/nothing/here", "/es"):
        page.goto(shipped.url + path)
        idle(page)
        assert page.evaluate(SHIFT) == 0, path
        offer = page.locator(".offer").filter(visible=True)
        if "nothing" in path:
            continue
        strip, head = offer.bounding_box(), page.locator(".bar").bounding_box()
        first = page.locator("main .wrap > *").first.bounding_box()
        assert strip is not None
        assert head is not None
        assert first is not None
        assert strip["y"] >= head["y"] + head["height"] - 1, path
        assert strip["y"] + strip["height"] <= first["y"] + 2, path
    context.close()
