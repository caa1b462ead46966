"""Maps and networks: drawn only where shown, whole without scripts, all of it within reach of the keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from cityrights_web.files import bundles
from cityrights_web.rendering import environment
from cityrights_web.words import CATALOGUE
from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.support import settled

NETWORK: dict[str, Any] = {
    "centre": "a",
    "nodes": [
        {"id": "a", "label": "Centre", "kind": "city", "url": "/about"},
        {"id": "b", "label": "<img src=x onerror=alert(1)>", "kind": "practice", "url": "/themes"},
        {"id": "c", "label": "Council", "kind": "institution", "url": "/cities"},
        {"id": "d", "label": "Nowhere", "kind": "unheard-of"},
    ],
    "edges": [
        {"source": "a", "target": "b", "label": "has"}, {"source": "a", "target": "c", "label": "has"},
        {"source": "c", "target": "d", "label": "is"}, {"source": "c", "target": "nobody", "label": "lost"},
    ],
}  # fmt: skip


@pytest.fixture
def home(browser: Browser, shipped: Server) -> Iterator[Page]:
    page, faults = visit(browser, shipped, "/")
    page.locator("#where").scroll_into_view_if_needed()
    page.locator(".map-ground .spot").first.wait_for()
    yield page
    assert faults == []
    page.context.close()


def test_the_map_has_the_places_of_the_list_beside_it(home: Page) -> None:
    idle(home)
    listed = set(home.locator("#places a").all_inner_texts())
    named = home.locator(".map-ground .leaflet-marker-icon").evaluate_all("all => all.map(each => each.ariaLabel)")
    assert len(listed) > 20
    assert 5 < len(named) < len(listed)
    for name in named:
        first = name.partition(": ")[2].partition(":")[0] if name[0].isdigit() else name.partition(":")[0]
        assert first in listed
    assert home.locator(".land").count() > 150
    assert home.locator(".map figcaption").is_visible()
    assert "Natural Earth" in home.locator(".leaflet-control-attribution").inner_text()


def test_the_keyboard_goes_through_the_map_in_the_order_of_the_list(home: Page) -> None:
    order = home.locator("#places a").all_inner_texts()
    home.locator(".leaflet-control-zoom-out").focus()
    seen: list[int] = []
    for _ in range(200):  # from there the keyboard goes to the end of the page and begins anew
        home.keyboard.press("Tab")
        if not home.evaluate("document.activeElement.classList.contains('leaflet-marker-icon')"):
            if seen:
                break
            continue
        name = home.evaluate("document.activeElement.ariaLabel")
        first = name.partition(": ")[2] if name[0].isdigit() else name
        seen.append(order.index(first.partition(":")[0]))
        assert home.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(seen) > 5
    assert seen == sorted(seen)


def test_enter_opens_a_place_and_its_link_leads_to_it(home: Page) -> None:
    marker = home.locator(".leaflet-marker-icon:not(.bunch)").first
    name = (marker.get_attribute("aria-label") or "").partition(":")[0]
    marker.focus()
    home.keyboard.press("Enter")
    link = home.locator(".leaflet-popup-content a").first
    link.wait_for()
    expect(link).to_have_text(name)
    expect(link).to_be_focused()
    home.keyboard.press("Escape")
    home.locator(".leaflet-popup").wait_for(state="detached")
    expect(marker).to_be_focused()
    home.keyboard.press("Enter")
    link.wait_for()
    home.keyboard.press("Enter")
    home.wait_for_url("**/page/**")
    expect(home.locator("h1")).to_have_text(name)


def test_enter_opens_a_bunch(home: Page) -> None:
    bunch = home.locator(".bunch").first
    name = bunch.get_attribute("aria-label") or ""
    assert ";" in name
    bunch.focus()
    home.keyboard.press("Enter")
    expect(home.get_by_label(name, exact=True)).to_have_count(0)
    expect(home.locator(".leaflet-marker-icon").first).to_be_attached()


def test_names_are_text_on_maps_too(browser: Browser, shipped: Server) -> None:
    name = "<img src=x onerror=alert(1)>"
    point = {"type": "Point", "coordinates": [5.1, 52.1]}
    told = {"label": name, "url": "/about", "kind": "city", "count": 1, "detail": "<b>bold</b>"}
    page, faults = visit(browser, shipped, "/about")
    data = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": point, "properties": told}]}
    page.route("**/map.geojson", lambda route: route.fulfill(json=data))
    page.goto(shipped.url + "/")
    page.locator("#where").scroll_into_view_if_needed()
    page.locator(".leaflet-marker-icon").click()
    expect(page.locator(".leaflet-popup-content a")).to_have_text(name)
    expect(page.locator(".leaflet-popup-content p")).to_have_text("<b>bold</b>")
    assert page.locator(".map img, .map b").count() == 0
    assert faults == []
    page.context.close()


def test_without_scripts_the_list_is_there_and_no_hole(browser: Browser, shipped: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("/", "/fr", "/es"):
        page.goto(shipped.url + path)
        assert page.locator("#places a").count() > 20, path
        expect(page.locator("#places a").last).to_be_visible()
        expect(page.locator("figure.map")).to_be_hidden()
    context.close()


def test_the_menu_of_a_telephone_opens_without_scripts(browser: Browser, shipped: Server) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(shipped.url + "/practices")
    entry = page.locator("#menu a").first
    expect(entry).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    context.close()


def with_network(page: Page, network: object = NETWORK) -> None:
    """Let /about hold the figure that pages draw by the macro, and its data be ``network``."""
    macro = '{% from "components.html" import graph_figure with context %}'
    macro += '{{ graph_figure("/network.json", "Around", "l") }}'
    frame = SimpleNamespace(asset=lambda name: f"/static/{bundles()[name]}")
    figure = environment().from_string(macro).render(t=CATALOGUE["en"], f=frame, u=None)

    def changed(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</h1>", f"</h1>{figure}", 1))

    page.route("**/about", changed)
    page.route("**/network.json", lambda route: route.fulfill(json=network))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_network_is_drawn_under_the_policy_and_the_keyboard_moves_in_it(
    browser: Browser, shipped: Server, scheme: str
) -> None:
    page, faults = visit(browser, shipped, "/sources", scheme=scheme)
    with_network(page)
    page.goto(shipped.url + "/about")
    names = page.locator(".network-names a")
    names.first.wait_for(state="attached")
    assert page.locator(".network canvas").count() > 0
    assert names.all_text_contents() == [node["label"] for node in NETWORK["nodes"] if "url" in node]
    assert page.locator(".network img").count() == 0
    names.first.focus()
    moved = set()
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
        names.first.focus()
        page.keyboard.press(key)
        moved.add(page.evaluate("document.activeElement.textContent"))
    assert len(moved) > 1
    for button in page.locator(".network-tools button").all():
        assert button.get_attribute("aria-label")
        button.click()
    names.last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cities")
    assert faults == []
    page.context.close()


def test_the_same_network_is_drawn_the_same(browser: Browser, shipped: Server) -> None:
    pictures = []
    for _ in range(2):
        page, _ = visit(browser, shipped, "/sources")
        with_network(page)
        page.goto(shipped.url + "/about")
        page.locator(".network-names a").first.wait_for(state="attached")
        pictures.append(settled(page.locator(".network-ground").screenshot))
        page.context.close()
    assert pictures[0] == pictures[1]


def test_a_network_of_nothing_takes_no_room(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/sources")
    networks: tuple[dict[str, object], ...] = (
        {"centre": "a", "nodes": [], "edges": []}, {"centre": "a", "nodes": [{"id": "a"}]},
    )  # fmt: skip
    for network in networks:
        with_network(page, network)
        page.goto(shipped.url + "/about")
        page.locator("figure.network.failed").wait_for(state="attached")
        expect(page.locator("figure.network")).to_be_hidden()
        page.unroute_all()
    page.context.close()


#: Path → most bytes over the network, with styles and scripts; the start page's holds its map. Fonts are counted apart.
MOST = {"/about": 32_000, "/practices": 60_000, "/page/practice/utrecht-plan-einstein": 60_000, "/": 150_000}
FONTS = 80_000


def test_pages_are_light(browser: Browser, shipped: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    network = context.new_cdp_session(page)
    sent: dict[str, int] = {}
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})  # each page is the first that somebody opens
    faces: set[str] = set()

    def begun(it: dict[str, Any]) -> None:
        if it["request"]["url"].endswith(".woff2"):
            faces.add(it["requestId"])

    network.on("Network.requestWillBeSent", begun)
    network.on("Network.loadingFinished", lambda it: sent.update({it["requestId"]: it["encodedDataLength"]}))
    fonts: set[str] = set()
    network.on("Network.responseReceived", lambda it: fonts.update([it["requestId"]] if it["type"] == "Font" else []))
    for path, most in MOST.items():
        sent.clear()
        page.goto(shipped.url + path)
        if path == "/":
            page.locator("figure.map").evaluate("each => each.previousElementSibling.scrollIntoView()")
            page.locator(".leaflet-marker-icon").first.wait_for()
        idle(page)
        for face in faces:  # counted apart: tests/browser/test_card.py
            sent.pop(face, None)
        letters = {one: sent.pop(one) for one in fonts & sent.keys()}
        assert sum(letters.values()) < FONTS, (path, json.dumps(letters))
        assert 3 <= len(sent) < 17, (path, json.dumps(sent))
        assert sum(sent.values()) < most, (path, json.dumps(sent))
        taken = "performance.getEntriesByType('resource').some(each => /land|coast|map-/.test(each.name))"
        assert page.evaluate(taken) == (path == "/"), path
    context.close()


#: The words of links that are not cut, by the window or by themselves.
_WHOLE = """all => all.filter(each => {
  const { left, right } = each.getBoundingClientRect();
  return left >= 0 && right <= innerWidth && each.scrollWidth <= each.clientWidth + 1;
}).map(each => each.innerText)"""


def test_the_menu_is_whole_and_can_be_closed_on_the_narrowest_telephone(browser: Browser, shipped: Server) -> None:
    """Its button stands in the row of the name; the menu has all that one of a wide screen has, and its own way out."""
    page, faults = visit(browser, shipped, "/about")
    for language in ("", "/fr", "/es"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{shipped.url}{language}/coverage")
        assert page.locator("#menu > ul").evaluate("each => each.offsetHeight") < 60, "one row"
        page.locator("#menu summary").click()
        wide = page.locator("#menu a").all_inner_texts()
        row = page.locator("#menu details ul").bounding_box()
        first = page.locator("main .wrap > *").first.bounding_box()
        assert row is not None
        assert first is not None
        assert row["y"] + row["height"] <= first["y"] + 2, "what is opened lies over nothing"
        page.set_viewport_size({"width": 320, "height": 568})
        rows = page.locator(".brand, .menu-button").evaluate_all(
            "all => all.map(each => each.getBoundingClientRect().bottom)"
        )
        assert abs(rows[0] - rows[1]) < 12, (language, rows)
        page.locator(".menu-button").click()
        page.locator("#menu summary").click()
        seen = page.locator("#menu a").evaluate_all(_WHOLE)
        assert seen == wide, language
        page.locator(".menu-close").click()
        expect(page.locator("#menu")).to_be_hidden()
        expect(page.locator(".menu-button")).to_be_focused()
        for address in ("/stories", "/coverage", "/institutions", "/instruments", "/sources", "/queries", "/compare"):
            assert page.locator(f"#menu a[href='{language}{address}']").count() == 1
    assert faults == []
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_one_sees_at_most_seven_entries_of_the_menu_at_once_and_the_language_at_the_head(
    browser: Browser, shipped: Server, *, scripts: bool
) -> None:
    """The others stand under the last of them, which opens by the keyboard, without scripts too."""
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    for width in (390, 800, 1280):
        page.set_viewport_size({"width": width, "height": 850})
        page.goto(shipped.url + "/fr/practices")
        tongues = page.locator(".languages").bounding_box()
        assert tongues is not None
        assert tongues["y"] + tongues["height"] < 80
        if width == 390:
            page.get_by_role("button", name="Menu", exact=True).click()
        entries = page.locator("#menu > ul").locator("a, summary").filter(visible=True)
        assert 5 <= entries.count() <= 7, width
        more = page.locator("#menu summary")
        more.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#menu a[href='/fr/institutions']")).to_be_visible()
        assert page.locator("#menu details a").filter(visible=True).count() <= 7
        if scripts and width > 390:
            page.keyboard.press("Tab")
            page.keyboard.press("Escape")
            expect(page.locator("#menu a[href='/fr/institutions']")).to_be_hidden()
            expect(more).to_be_focused()
    context.close()
