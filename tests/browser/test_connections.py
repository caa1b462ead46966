"""Connections: told ties as named arrows that nothing cuts, pairs that are read at once, and the way from Jenin on."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.support import settled

#: Names and arrows of the map: text, size of the letters in px, box; and the frame in which they have to stand.
_DRAWN = """frame => {
  const outer = frame.getBoundingClientRect();
  const names = [...frame.querySelectorAll(".ties-drawn a:not([hidden])")].map(each => {
    const box = each.getBoundingClientRect();
    return { text: each.textContent, size: parseFloat(getComputedStyle(each).fontSize), wide: each.scrollWidth,
             x: box.x - outer.x, y: box.y - outer.y, width: box.width, height: box.height };
  });
  return { names, arrows: frame.querySelectorAll(".tie-line").length, width: outer.width, height: outer.height };
}"""
#: What moved while the page came, as the browser counts it (Layout Instability, "cumulative layout shift").
_SHIFTS = """() => new Promise(done => new PerformanceObserver(list => done(
  list.getEntries().filter(each => !each.hadRecentInput).reduce((sum, each) => sum + each.value, 0)
)).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => done(0), 300))"""


def _drawn(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = settled(lambda: page.locator(".map-ground").evaluate(_DRAWN))
    return found


def test_told_ties_are_named_arrows_that_nothing_cuts_or_covers(browser: Browser, shipped: Server) -> None:
    """At first paint, from a telephone to a wide screen, in every language and both schemes."""
    features = shipped.get("/connections.json?view=map").json()["features"]
    arrows = sum(one["geometry"]["type"] == "LineString" for one in features)
    places = len(features) - arrows
    for language, width, scheme in (
        ("", 320, "light"), ("/fr", 320, "light"), ("/es", 390, "dark"), ("", 390, "light"), ("", 768, "light"),
        ("/fr", 1280, "dark"), ("", 1920, "light"),
    ):  # fmt: skip
        page, faults = visit(browser, shipped, f"{language}/connections", width=width, scheme=scheme)
        page.locator(".tie-dot").first.wait_for(state="attached")
        idle(page)
        found = _drawn(page)
        where = (language, width)
        assert found["arrows"] == arrows, where
        assert len(found["names"]) == places + arrows, (where, [each["text"] for each in found["names"]])
        for each in found["names"]:
            assert each["size"] >= 12, (where, each)
            assert each["wide"] <= each["width"] + 1, (where, each)
            assert each["x"] >= 0, (where, each)
            assert each["y"] >= 0, (where, each)
            assert each["x"] + each["width"] <= found["width"], (where, each)
            assert each["y"] + each["height"] <= found["height"], (where, each)
        for one, other in combinations(found["names"], 2):
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart, (where, one["text"], other["text"])
        assert page.evaluate(_SHIFTS) < 0.02, where
        assert faults == []
        page.context.close()


def test_ties_are_a_list_without_scripts_opened_by_keyboard_and_printed(browser: Browser, shipped: Server) -> None:
    many = len(shipped.get("/connections.json?view=told").json()["ties"])
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(shipped.url + "/connections")
    expect(page.locator(".ties > .tie")).to_have_count(many)
    expect(page.locator("figure.map")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".ties > .tie").last).to_be_visible()
    context.close()
    page, faults = visit(browser, shipped, "/connections", width=390)
    summary = page.locator("#tie-1 details.evidence summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tie-1 .proof")).to_be_visible()
    assert page.url.endswith("/connections"), "lines are opened in place"
    # What is drawn is for the eye; each name is once in the order of the keyboard, in the list.
    assert page.locator(".ties-drawn a").evaluate_all("all => all.every(each => each.tabIndex === -1)")
    assert faults == []
    page.context.close()


def test_a_pair_is_read_within_three_screens(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/about")
    page.set_viewport_size({"width": 1280, "height": 800})
    for pair in (
        "sao-paulo/grenoble",
        "jenin/department/seine-saint-denis",
        "utrecht/terrassa",
        "jenin/island/ngazidja",
    ):
        for language in ("", "/fr", "/es"):
            page.goto(f"{shipped.url}{language}/connections/{pair}")
            assert page.evaluate("document.scrollingElement.scrollHeight") < 3 * 800, (language, pair)
            assert page.locator("details[open]").count() == 0
    page.goto(shipped.url + "/connections/utrecht/gwangju")
    page.locator("#s-reasons > summary").click()
    page.locator(".reasons details.evidence summary").first.click()
    expect(page.locator(".reasons .proof").first).to_be_visible()
    page.locator(".researchers > summary").click()
    expect(page.get_by_role("link", name="JSON", exact=True)).to_be_visible()
    assert faults == []
    page.context.close()


def _by_way_of_links(page: Page, *links: str) -> list[str]:
    """Follow links by their addresses as a reader would, and return where each led."""
    came = []
    for address in links:
        link = page.locator(f"main a[href$='{address}']").first
        link.scroll_into_view_if_needed()
        link.click()
        page.wait_for_url(f"**{address}")
        came.append(page.locator("h1").inner_text())
    return came


def test_from_jenin_two_steps_lead_to_the_cooperation_and_on_to_the_others(browser: Browser, shipped: Server) -> None:
    """Jenin → the cooperation that led to its observatory → the other observatory; and all that there are."""
    for language, found in (("", "Search"), ("/fr", "Chercher"), ("/es", "Buscar")):
        for width in (390, 1280):
            page, faults = visit(browser, shipped, f"{language}/page/city/jenin", width=width)
            told = page.locator("#s-learnt")
            expect(told).to_be_visible()
            assert told.evaluate("each => each.getBoundingClientRect().top < innerHeight"), "seen without scrolling"
            names = _by_way_of_links(
                page,
                f"{language}/page/practice/seine-saint-denis-ovf-cooperation",
                f"{language}/page/institution/ngazidja-ovf",
            )
            assert "Seine-Saint-Denis" in names[0]
            assert "Ngazidja" in names[1]
            page.goto(f"{shipped.url}{language}/page/city/jenin")
            _by_way_of_links(page, f"{language}/institutions?kind=observatory")
            for slug in ("seine-saint-denis-ovf", "ngazidja-ovf", "jenin-ovf"):
                assert page.locator(f"a[href='{language}/page/institution/{slug}']").count() > 0, slug
            expect(page.get_by_role("button", name=found, exact=True).first).to_be_attached()
            assert faults == []
            page.context.close()


def test_the_drawing_is_saved_as_a_picture(browser: Browser, shipped: Server, tmp_path: Path) -> None:
    for scheme in ("light", "dark"):
        page, faults = visit(browser, shipped, "/page/institution/jenin-ovf", scheme=scheme)
        page.locator("#data > summary").click()
        button = page.get_by_role("button", name="Save as a picture (PNG)")
        page.locator("figure.network").scroll_into_view_if_needed()
        with page.expect_download() as waiting:
            button.click()
        assert waiting.value.suggested_filename == "page-institution-jenin-ovf.png"
        file = tmp_path / f"{scheme}.png"
        waiting.value.save_as(file)
        held = file.read_bytes()
        assert held.startswith(b"\x89PNG")
        wide, high = (int.from_bytes(held[at : at + 4]) for at in (16, 20))
        assert min(wide, high) > 300
        assert faults == []
        page.context.close()
    assert (tmp_path / "light.png").read_bytes() != (tmp_path / "dark.png").read_bytes()


def test_a_place_is_chosen_among_suggestions_by_keyboard(browser: Browser, many: Server) -> None:
    page, faults = visit(browser, many, "/connections", width=390)
    for name, text in (("a", "villeneuve 17"), ("b", "villeneuve 18")):
        field = page.locator(f"#place-{name}")
        field.fill(text)  # a suggestion for a part of it would make way for those for all
        expect(field).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(field).to_have_value(text.capitalize())
        expect(field).to_have_attribute("aria-expanded", "false")
    expect(page).to_have_url(re.compile("/connections$"))
    page.get_by_role("button", name="Explain").click()
    page.wait_for_url("**/connections/17/18")
    # A question that was left off for a newer one counts as failed, and is meant to be.
    assert [fault for fault in faults if "/suggest?" not in fault] == []
    page.context.close()
