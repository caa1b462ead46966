"""What a map shows: the place that its page is about, and numbers that count each thing once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.support import until

#: What is seen at the middle of an element, in the window.
_SEEN_AT = """element => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_map_of_a_city_is_about_the_city(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/about")
    for city, name in (("sao-paulo", "São Paulo"), ("utrecht", "Utrecht"), ("lyon", "Lyon")):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{shipped.url}/page/city/{city}")
            _is_about(page, name)
    assert faults == []
    page.context.close()


def _is_about(page: Page, name: str) -> None:
    page.locator("figure.map").scroll_into_view_if_needed()
    own = page.locator(".map .spot.here")
    own.wait_for()
    idle(page)
    expect(own).to_have_count(1)
    expect(own).to_have_attribute("aria-label", name)
    expect(page.locator(".map .here-name")).to_have_text(name)
    until(lambda: own.evaluate(_SEEN_AT), f"no other mark is above {name}")
    assert middle(page, ".map .spot.here") == pytest.approx(middle(page, ".map-ground"), abs=3)
    bunches = page.locator(".map .bunch").evaluate_all("all => all.map(each => each.ariaLabel)")
    assert not any(name in re.split(r"[;:] ?", bunch) for bunch in bunches)
    assert page.locator(".map .spot:not(.here)").count() > 0, name


def test_a_bunch_counts_a_thing_of_several_places_once(browser: Browser, shipped: Server) -> None:
    """Three places side by side hold 2, 3 and 1 things; one of them is in the first two, one in all."""
    shared = ([7, 8], [7, 8], [8])
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [5 + at / 100, 52]},
            "properties": {
                "label": f"Place {at}",
                "url": "/about",
                "kind": "city",
                "count": count,
                "shared": shared[at],
            },
        }
        for at, count in enumerate((2, 3, 1))
    ]
    far = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [-58, -34]}}
    features.append({**far, "properties": {"label": "Far", "url": "/about", "kind": "city", "count": 4}})
    page, _ = visit(browser, shipped, "/about")
    page.route("**/map.geojson", lambda route: route.fulfill(json={"type": "FeatureCollection", "features": features}))
    page.goto(shipped.url + "/")
    page.locator(".map .bunch").wait_for()
    expect(page.locator(".map .bunch")).to_have_text("3")
    expect(page.locator(".map .bunch")).to_have_attribute("aria-label", re.compile("^3: Place 0; "))
    expect(page.locator(".map .spot:not(.bunch)")).to_have_text("4")
    page.context.close()
