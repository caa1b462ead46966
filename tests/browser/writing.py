"""Writing into the editor of the query page, and reading what it holds."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.scripts import after, idle
from tests.browser.test_pages import visit
from tests.servers import Server

EDITOR = ".cm-content"
OPTIONS = ".cm-tooltip-autocomplete [role=option]"


def opened(
    browser: Browser, server: Server, path: str = "/sparql", *, width: int = 1280, scheme: str = "light"
) -> tuple[Page, list[str]]:
    """Open the page and wait until it knows the names of the graph; return it and what goes wrong on it."""
    page, faults = visit(browser, server, path, width=width, scheme=scheme)
    idle(page)
    expect(page.locator(EDITOR)).to_be_visible()
    return page, faults


def write(page: Page, text: str) -> None:
    """Put a text in the place of what the editor holds; the cursor is at its end."""
    page.locator(EDITOR).click()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    if text:
        page.keyboard.insert_text(text)


def holds(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until the editor holds a text, or one with a part like this: the field of the form has the same."""
    expect(page.locator("#query")).to_have_value(text)


def choose(page: Page) -> None:
    """Take the suggestion that is marked; for a moment after it appears, or is shown anew, a key goes to the text."""
    idle(page)
    after(page, 200)
    page.keyboard.press("Enter")
