"""Writing into the editor of the query page, and reading what it holds."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import visit
from tests.servers import Server

EDITOR = ".cm-content"
OPTIONS = ".cm-tooltip-autocomplete [role=option]"


def opened(
    browser: Browser, server: Server, path: str = "/sparql", *, width: int = 1280, scheme: str = "light"
) -> tuple[Page, list[str]]:
    """Open the page and wait until it knows the names of the graph; return it and what goes wrong on it."""
    page, faults = visit(browser, server, path, width=width, scheme=scheme)
    page.wait_for_load_state("networkidle")
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


def text_of(page: Page) -> str:
    """Return what the editor holds: the field of the form has the same."""
    return str(page.locator("#query").evaluate("field => field.value"))


def choose(page: Page) -> None:
    """Take the suggestion that is marked; for a moment after it appears a key still goes to the text."""
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
