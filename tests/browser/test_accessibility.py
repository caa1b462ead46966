"""No page breaks a rule of axe-core, in either colour scheme, on a desk or a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import PATHS, violations
from tests.web.conftest import Server


@pytest.mark.parametrize("path", PATHS)
def test_no_rule_is_broken(browser: Browser, shipped: Server, path: str) -> None:
    assert violations(browser, shipped.url + path, schemes=("light", "dark")) == []


@pytest.mark.parametrize(
    "path", ["/", "/fr", "/practices", "/fr/cities?view=table", "/page/practice/utrecht-plan-einstein"]
)
def test_no_rule_is_broken_on_a_telephone(browser: Browser, shipped: Server, path: str) -> None:
    schemes = ("light", "dark")
    assert violations(browser, shipped.url + path, schemes=schemes, width=390, prepare=open_all) == []


def open_all(page: Page) -> None:
    """Open what readers can open."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def test_a_broken_page_is_found_out(browser: Browser) -> None:
    found = violations(browser, "data:text/html,<html><title>x</title><main><img src='x.png'><h1></h1></main>")
    assert {line.partition(":")[0] for line in found} >= {"image-alt", "html-has-lang"}


def test_letters_that_cannot_be_read_are_found_in_the_scheme_that_has_them(browser: Browser) -> None:
    style = "p { color: black; background: white } @media (prefers-color-scheme: dark) { p { background: %23222 } }"
    page = f"data:text/html,<html lang='en'><title>x</title><style>{style}</style><main><h1>x</h1><p>words</p></main>"
    found = violations(browser, page, schemes=("light", "dark"))
    assert [line.partition(":")[0] for line in found] == ["color-contrast"]
    assert found[0].endswith("[dark]")
