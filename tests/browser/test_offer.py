"""A reader who comes from elsewhere is offered the page in their language; nobody is sent on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

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
