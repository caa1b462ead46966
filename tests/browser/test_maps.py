"""What a map shows: the place that its page is about, and numbers that count each thing once."""

from __future__ import annotations

import re
from urllib.parse import urlencode

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
    page.locator("#data > summary").click()
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
    page.locator("#where").scroll_into_view_if_needed()
    page.locator(".map .bunch").wait_for()
    expect(page.locator(".map .bunch")).to_have_text("3")
    expect(page.locator(".map .bunch")).to_have_attribute("aria-label", re.compile("^3: Place 0; "))
    expect(page.locator(".map .spot:not(.bunch)")).to_have_text("4")
    page.context.close()


#: From west to east.
_PACIFIC = (("Auckland", 174.76, -36.85), ("Suva", 178.44, -18.14), ("Apia", -171.76, -13.83))


def test_places_on_both_sides_of_the_180th_meridian_lie_beside_each_other(browser: Browser, shipped: Server) -> None:
    """A map of them shows the Pacific, and not the whole earth with one of them at each end."""
    for places in (_PACIFIC, (("a", 170.0, 0.0), ("b", -170.0, 0.0))):
        rows = " ".join(f"('{name}' {north} {east})" for name, east, north in places)
        query = f"SELECT ?name ?lat ?long {{ VALUES (?name ?lat ?long) {{ {rows} }} }}"
        page, faults = visit(browser, shipped, f"/sparql?{urlencode({'query': query, 'view': 'map'})}", width=1280)
        page.locator("figure.map").scroll_into_view_if_needed()
        marks = page.locator(".map .spot")
        marks.nth(len(places) - 1).wait_for()
        assert marks.evaluate_all(f"all => all.every({_SEEN_AT})"), "another mark is above one, or the map's edge"
        east = {
            name: middle(page, f'.map .spot[aria-label="{name}"]')[0]
            for name in marks.evaluate_all("all => all.map(each => each.ariaLabel)")
        }
        assert list(east) == sorted(name for name, *_ in places), "the order is not that of the list"
        assert sorted(east, key=east.__getitem__) == [name for name, *_ in places]
        if places is _PACIFIC:
            steps = (east["Apia"] - east["Suva"]) / (east["Suva"] - east["Auckland"])
            assert steps == pytest.approx(9.8 / 3.68, rel=0.05)
        assert faults == []
        page.context.close()


def test_the_map_of_a_place_at_the_180th_meridian_goes_on_beyond_it(browser: Browser, shipped: Server) -> None:
    """Land is drawn on both sides of it, and a neighbour on the other side is beside it."""
    here, near = (
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [east, north]},
            "properties": {"label": name, "url": "/about", "kind": kind},
        }
        for name, east, north, kind in (("Suva", 178.44, -18.14, "here"), ("Apia", -171.76, -13.83, "city"))
    )
    page, _ = visit(browser, shipped, "/about")
    points = {"type": "FeatureCollection", "features": [here, near]}
    page.route("**/neighbourhood/**", lambda route: route.fulfill(json=points))
    page.goto(f"{shipped.url}/page/city/utrecht")
    page.locator("#data > summary").click()
    page.locator("figure.map").scroll_into_view_if_needed()
    page.locator(".map .spot.here").wait_for()
    page.locator(".map .spot:not(.here)").wait_for()
    assert middle(page, ".map .spot.here") == pytest.approx(middle(page, ".map-ground"), abs=3)
    assert page.locator(".map .spot:not(.here)").evaluate(_SEEN_AT)
    assert middle(page, ".map .spot:not(.here)")[0] > middle(page, ".map .spot.here")[0]
    page.context.close()


def test_the_finer_coast_is_fetched_only_by_whoever_looks_closer_and_from_the_same_site(
    browser: Browser, shipped: Server
) -> None:
    page, faults = visit(browser, shipped, "/about")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(shipped.url + "/")
    page.locator("#where").scroll_into_view_if_needed()
    page.locator(".map .spot").first.wait_for()
    idle(page)
    assert any("/land-" in url for url in asked)
    assert not any("/coast-" in url for url in asked)
    corners = "all => all.reduce((sum, each) => sum + each.getAttribute('d').length, 0)"
    before = page.locator(".map .land").evaluate_all(corners)
    for _ in range(14):
        if any("/coast-" in url for url in asked):
            break
        page.locator(".leaflet-control-zoom-in").click()
        expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)  # a click during it is none
        idle(page)
    assert any("/coast-" in url for url in asked)
    assert before > 0
    assert {url.startswith(shipped.url) for url in asked} == {True}
    assert faults == []
    page.context.close()


def test_countries_and_places_are_named_in_the_language_of_the_page(browser: Browser, shipped: Server) -> None:
    for prefix, country in (("", "Algeria"), ("/fr", "Algérie"), ("/es", "Argelia")):
        page, faults = visit(browser, shipped, f"{prefix}/connections", width=1280)
        page.locator(".country-name").first.wait_for()
        assert country in page.locator(".country-name").all_inner_texts()
        page.goto(shipped.url + prefix)
        page.locator("#where").scroll_into_view_if_needed()
        page.locator(".map .place-label").first.wait_for()
        listed = page.locator("#places a").all_inner_texts()
        named = page.locator(".map .place-label").all_inner_texts()
        assert named
        assert set(named) <= set(listed)
        assert faults == []
        page.context.close()


def test_a_column_of_numbers_is_the_area_of_the_circles_and_is_not_added_up(browser: Browser, shipped: Server) -> None:
    """Two places side by side have 100 and 300, one far off 400, one 25; there is a column of things, too."""
    rows = "('Near' 5.0 52.0 100) ('Beside' 5.1 52.0 300) ('Far' -58.0 -34.0 400) ('Small' 100.0 15.0 25)"
    held = f"VALUES (?name ?long ?lat ?people) {{ {rows} }} BIND(7 AS ?firstLine)"
    query = f"SELECT ?firstLine ?name ?long ?lat ?people {{ {held} }}"
    page, faults = visit(browser, shipped, f"/sparql?{urlencode({'query': query, 'view': 'map'})}", width=1280)
    page.locator("figure.map").scroll_into_view_if_needed()
    page.locator(".map .spot.sized").first.wait_for()
    wide = {
        name: page.locator(f'.map .spot[aria-label^="{name}:"] .dot').evaluate(
            "each => each.getBoundingClientRect().width"
        )
        for name in ("Far", "Small")
    }
    assert (wide["Far"] / wide["Small"]) ** 2 == pytest.approx(400 / 25, rel=0.02)
    expect(page.locator(".map .bunch")).to_have_text("2")
    expect(page.locator(".map-legend")).to_contain_text("The area of a circle shows people")
    assert page.locator(".legend-size").all_inner_texts() == ["400", "100"]
    assert page.locator("#answer-list td.number").first.inner_text() == "300", (
        "the list has the numbers without scripts"
    )
    assert faults == []
    page.context.close()
