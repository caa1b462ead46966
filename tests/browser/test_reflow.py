"""Pages fit a narrow window without scrolling sideways (WCAG 1.4.10), with what opens in them open as well."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.servers import Server

#: A page of each kind; the start page has its search box elsewhere.
PAGES = (
    "", "/practices", "/practices?view=map", "/cities?view=table", "/institutions?status=all", "/themes",
    "/search?q=food", "/page/practice/utrecht-plan-einstein", "/page/city/sao-paulo", "/page/theme/housing",
    "/page/claim/twenty-practices/10", "/sources/twenty-practices", "/ontology", "/about", "/api",
    "/download", "/coverage", "/compare?city=utrecht&city=lyon&city=terrassa", "/queries",
    "/queries/institutions-of-a-kind", "/sparql", "/ask",
    "/ask?find=practice&where1=theme&value1=theme:equality&show=place", "/connections", "/connections/utrecht",
    "/connections/utrecht/gwangju", "/corrections", "/conformance", "/accessibility", "/privacy", "/page/nothing/here",
)  # fmt: skip

_WIDTH = "document.scrollingElement.scrollWidth"
_OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true })"


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["", "/fr", "/es"])
def test_no_page_scrolls_sideways(browser: Browser, shipped: Server, language: str, width: int) -> None:
    """320 px is a window of 1280 px at 400 %, as the criterion has it; 390 px is a telephone."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    wide: dict[str, list[int]] = {}
    for path in PAGES:
        page.goto(shipped.url + (language + path or "/"))
        closed = page.evaluate(_WIDTH)
        page.evaluate(_OPEN)
        opened = page.evaluate(_WIDTH)
        if max(closed, opened) > width:
            wide[path] = [closed, opened]
    context.close()
    assert wide == {}


def test_a_page_that_is_too_wide_is_found_out(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800})
    page = context.new_page()
    page.goto("data:text/html,<details><pre style='width: 400px'>x</pre></details>")
    assert page.evaluate(_WIDTH) == 320
    page.evaluate(_OPEN)
    assert page.evaluate(_WIDTH) > 320
    context.close()
