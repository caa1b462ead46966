"""From a city hall with a telephone: two practices to learn from, what was hard, whom to ask, and the lines."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.scripts import idle
from tests.servers import Server

#: Pages that are for people before they are for researchers.
PATHS = (
    "/", "/fr/search?q=racisme", "/search?q=The+Hague", "/es/page/practice/torino-antiracism-common-good",
    "/page/practice/jenin-ovf", "/fr/page/city/utrecht", "/page/city/terrassa", "/page/institution/jenin-ovf",
    "/es/page/instrument/barcelona-padro", "/fr/page/person/maysoun-dawood", "/page/event/festival-ham",
    "/page/government/utrecht", "/es/page/theme/equality", "/page/country/spain",
    "/fr/sources/twenty-practices?part=caring",
)  # fmt: skip
#: What a page may weigh as it is sent, in bytes: the start page with its map, and any other.
WEIGHTS = {"/": 150_000, "/search?q=racism": 80_000, "/page/practice/torino-antiracism-common-good": 80_000,
           "/page/city/utrecht": 80_000}  # fmt: skip
#: So far what stands on a page may move while it loads (Core Web Vitals, CLS).
MOST_SHIFT = 0.02
MOST_STOPS = 60
_SHIFT = """() => new Promise(done => { let sum = 0; new PerformanceObserver(list => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum))); })"""
_WEIGHT = """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""
#: The stops of the Tab key before what is for researchers.
_STOPS = """() => { const end = document.querySelector("#data");
  const isBefore = each => end.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING;
  return [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
    .filter(each => each.checkVisibility() && isBefore(each)).length; }"""


def test_from_racism_to_two_practices_whom_to_ask_and_the_lines(browser: Browser, shipped: Server) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(shipped.url)
    first = page.locator(".card-name").first.bounding_box()
    assert first is not None
    assert first["y"] + first["height"] < 844, "a practice is seen without scrolling"
    field = page.locator("main input[name=q]")
    field.fill("racism")
    field.press("Enter")
    page.wait_for_url(re.compile("/search"))
    cards = page.locator(".learn .practice-card")
    for number in range(2):
        for part in (".card-hard .sentence", ".card-advice .sentence"):
            expect(cards.nth(number).locator(part)).to_have_text(re.compile(r"\w+ \w+ \w+"))
    proof = cards.first.locator(".card-mark .proof").first
    expect(proof).to_be_hidden()
    cards.first.locator(".card-mark summary").first.click()
    expect(proof).to_contain_text(re.compile(r"lines? \d+"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cards.first.locator(".card-name a").click()
    page.wait_for_url(re.compile("/page/practice/"))
    expect(page.locator(".card-did .sentence").first).to_be_visible()
    expect(page.locator("section.ask a[href*='/page/government/']").first).to_be_visible()
    expect(page.locator("section.ask a[href^='mailto:']").first).to_be_visible()
    expect(page.locator(".everything")).to_be_hidden()
    page.locator("#data > summary").click()
    expect(page.locator(".everything")).to_be_visible()
    page.close()


def test_suggestions_lie_above_the_map(browser: Browser, shipped: Server) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(shipped.url)
    page.locator("figure.map").scroll_into_view_if_needed()
    page.locator(".leaflet-marker-icon").first.wait_for()
    # As on a page where the field stands close above a map.
    page.evaluate("document.querySelector('.opening').after(document.querySelector('.atlas'))")
    page.locator("main input[name=q]").press_sequentially("gren")
    page.locator(".suggestions li").last.wait_for()
    over = """() => { const list = document.querySelector(".suggestions"), box = list.getBoundingClientRect();
      const heights = Array.from({ length: Math.floor(box.height / 20) }, (_, at) => box.y + 10 + 20 * at);
      const seen = heights.filter(y => y > 0 && y < innerHeight)
        .map(y => document.elementFromPoint(box.x + box.width / 2, y));
      return seen.length > 3 && seen.every(each => list.contains(each)); }"""
    assert page.evaluate(over)
    page.close()


def test_pages_for_people_are_light_still_and_short_for_the_keyboard(browser: Browser, shipped: Server) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    wrong = []
    for path, most in WEIGHTS.items():
        page.goto(shipped.url + path)
        idle(page)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        idle(page)
        weight, shift = page.evaluate(_WEIGHT), page.evaluate(_SHIFT)
        stops = page.evaluate(_STOPS) if "/practice/" in path else 0
        if weight > most or shift >= MOST_SHIFT or stops >= MOST_STOPS:
            wrong.append((path, weight, shift, stops))
    assert not wrong, wrong
    page.close()


def test_pages_for_people_are_for_all_of_them(browser: Browser, shipped: Server) -> None:
    addresses = [shipped.url + path for path in PATHS]
    opened = "document.querySelectorAll('details').forEach(each => { each.open = true })"
    for width in (390, 1280):
        found = violations(
            browser, *addresses, schemes=("light", "dark"), width=width, prepare=lambda page: page.evaluate(opened)
        )
        assert not found, "\n".join(found)
