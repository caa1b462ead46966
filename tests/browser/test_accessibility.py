"""No page breaks a rule of axe-core, in either colour scheme, on a desk or a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import PATHS, violations
from tests.servers import Server

SCHEMES = ("light", "dark")


def test_no_rule_is_broken(browser: Browser, shipped: Server) -> None:
    assert violations(browser, *(shipped.url + path for path in PATHS), schemes=SCHEMES) == []


def test_no_rule_is_broken_on_a_telephone(browser: Browser, shipped: Server) -> None:
    paths = ("/", "/fr", "/practices", "/fr/cities?view=table", "/page/practice/utrecht-plan-einstein", "/fr/asking")
    addresses = (shipped.url + path for path in paths)
    assert violations(browser, *addresses, schemes=SCHEMES, width=390, prepare=open_all) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_rule_is_broken_by_the_drawings_of_a_city(browser: Browser, shipped: Server, width: int) -> None:
    addresses = (shipped.url + path for path in ("/page/city/utrecht", "/fr/page/city/sao-paulo"))
    assert violations(browser, *addresses, width=width, prepare=draw_all) == []


def draw_all(page: Page) -> None:
    """Have the map and the network of a city drawn, which are when they come near the window."""
    page.locator("#data > summary").click()
    for figure, part in (("figure.map", ".map .spot.here"), ("figure.network", ".network-names a")):
        page.locator(figure).scroll_into_view_if_needed()
        page.locator(part).first.wait_for(state="attached")


def open_all(page: Page) -> None:
    """Open what readers can open."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def test_a_broken_page_is_found_out(browser: Browser) -> None:
    whole = "data:text/html,<html lang='en'><title>x</title><main><h1>x</h1></main>"
    broken = "data:text/html,<html><title>x</title><main><img src='x.png'><h1></h1></main>"
    found = violations(browser, whole, broken, whole)
    assert all(line.startswith(f"{broken}: ") for line in found), found
    assert {line.removeprefix(f"{broken}: ").partition(":")[0] for line in found} >= {"image-alt", "html-has-lang"}


def test_letters_that_cannot_be_read_are_found_in_the_scheme_that_has_them(browser: Browser) -> None:
    style = "p { color: black; background: white } @media (prefers-color-scheme: dark) { p { background: %23222 } }"
    page = f"data:text/html,<html lang='en'><title>x</title><style>{style}</style><main><h1>x</h1><p>words</p></main>"
    found = violations(browser, page, schemes=SCHEMES)
    assert [line.removeprefix(f"{page}: ").partition(":")[0] for line in found] == ["color-contrast"]
    assert found[0].endswith("[dark]")
