"""What is on paper: where it is from, all of its lists, and no room for drawings that are not there."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server

PRINTED = {
    "/page/city/sao-paulo": "https://w3id.org/cityrights/id/city/sao-paulo",
    "/fr/page/practice/utrecht-plan-einstein": "https://w3id.org/cityrights/id/practice/utrecht-plan-einstein",
    "/page/claim/twenty-practices/10": "https://w3id.org/cityrights/id/claim/twenty-practices/10",
}


def test_a_thing_is_printed_with_its_permanent_address_and_whole_lists(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/about")
    for path, address in PRINTED.items():
        page.emulate_media(media="screen")
        page.goto(shipped.url + path)
        idle(page)
        _is_printed(page, path, address)
    assert faults == []
    page.context.close()


def _is_printed(page: Page, path: str, address: str) -> None:
    further = page.locator("details.further li")
    assert not any(each.is_visible() for each in further.all())
    assert not page.locator(".bottom .on-paper").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".permalink").is_visible()
    assert page.locator(".permalink .iri").inner_text() == address
    assert page.locator(".bottom .on-paper").inner_text().endswith(path)
    assert not page.locator(".formats a").first.is_visible()
    assert all(each.is_visible() for each in further.all())
    for figure in page.locator("figure.map, figure.network").all():
        box = figure.bounding_box()
        assert box is None or box["height"] == 0, path


def test_a_city_has_lists_and_drawings_to_be_printed(browser: Browser, shipped: Server) -> None:
    """The test above would see nothing on a page without them."""
    page, _ = visit(browser, shipped, "/page/city/sao-paulo")
    assert page.locator("details.further li").count() > 20
    assert page.locator("figure.network[hidden]").count() == 1
    page.context.close()


def test_a_list_is_printed_with_its_address(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/es/practices")
    page.emulate_media(media="print")
    assert page.locator(".on-paper").inner_text().endswith("/es/practices")
    assert not page.locator(".formats a").first.is_visible()
    page.context.close()
