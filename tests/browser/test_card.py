"""From a city hall with a telephone: two practices to learn from, what was hard, whom to ask, and the lines."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.scripts import idle
from tests.servers import Server

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
_SENT = """["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))"""
_SUM = "reduce((sum, each) => sum + each.encodedBodySize, 0)"
_WEIGHT = f"""() => {_SENT}.filter(each => !each.name.endsWith(".woff2")).{_SUM}"""
#: Faces are counted apart: all that are shipped together, and what of them a page takes.
MOST_FACES = 80_000
_FACES = f"""() => {_SENT}.filter(each => each.name.endsWith(".woff2")).{_SUM}"""
#: The stops of the Tab key before what is for researchers.
_STOPS = """() => { const end = document.querySelector("#data");
  const isBefore = each => end.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING;
  return [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
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
        faces = page.evaluate(_FACES)
        if weight > most or shift >= MOST_SHIFT or not 0 < faces <= MOST_FACES:
            wrong.append((path, weight, shift, faces))
    assert not wrong, wrong
    page.close()


#: One page of each kind of thing, those with the most on them.
THINGS = (
    "/page/practice/pikine-boutique-des-droits", "/page/city/utrecht", "/page/city/sao-paulo", "/page/country/spain",
    "/page/region/europe", "/page/institution/jenin-ovf", "/page/instrument/barcelona-padro",
    "/page/event/festival-ham", "/page/person/maysoun-dawood", "/page/government/utrecht",
    "/page/organisation/uclg-csipdhr", "/page/network/women-leaders", "/page/theme/non-discrimination",
    "/page/target-group/migrants", "/page/pillar/structures", "/page/modality/asserted", "/sources/twenty-practices",
    "/page/claim/twenty-practices/10", "/page/decision/107",
)  # fmt: skip


def test_things_are_short_for_the_keyboard(browser: Browser, shipped: Server) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong = []
    for path in THINGS:
        page.goto(shipped.url + path)
        stops = page.evaluate(_STOPS)
        if not 10 < stops < MOST_STOPS:
            wrong.append((path, stops))
    assert not wrong, wrong
    page.close()


def test_the_serif_is_ours_and_figures_align(browser: Browser, shipped: Server) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(shipped.url + "/page/practice/torino-antiracism-common-good")
    idle(page)
    page.reload()  # who comes for the first time may read in a stand-in, and has the face from then on
    idle(page)
    loaded = page.evaluate("[...document.fonts].filter(each => each.status === 'loaded').map(each => each.family)")
    assert '"Source Serif"' in loaded or "Source Serif" in loaded, loaded
    sent = page.evaluate("performance.getEntriesByType('resource').map(each => new URL(each.name).origin)")
    assert set(sent) == {shipped.url.rstrip("/")}
    page.goto(shipped.url + "/coverage")
    align = page.evaluate("getComputedStyle(document.querySelector('main table td')).fontVariantNumeric")
    assert "tabular-nums" in align
    page.close()


_CUT = """field => { const draw = document.createElement("canvas").getContext("2d"), style = getComputedStyle(field);
  draw.font = style.font;
  const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return draw.measureText(field.placeholder).width > room; }"""
#: How far a mark that stands on a line of its own is set in from the edge of its sentence, in pixels.
_SET_IN = """() => [...document.querySelectorAll(".card-said")].flatMap(said => {
  const mark = said.querySelector(".card-mark > summary").getBoundingClientRect();
  const lines = [...said.querySelector(".sentence").getClientRects()];
  return lines.some(line => line.bottom > mark.top + 4) ? [] : [mark.left - said.getBoundingClientRect().left]; })"""


def test_on_a_telephone_the_field_can_be_read_and_marks_keep_to_the_edge(browser: Browser, shipped: Server) -> None:
    alone = 0
    for width, language in ((320, ""), (320, "/fr"), (320, "/es"), (390, "/fr")):
        page = browser.new_page(viewport={"width": width, "height": 844})
        for path in (language or "/", f"{language}/connections"):
            page.goto(shipped.url + path)
            assert not page.locator("input[type=search]").first.evaluate(_CUT), (width, path)
            set_in = page.evaluate(_SET_IN)
            alone += len(set_in)
            assert max(set_in, default=0) < 1, (width, path, set_in)
        page.close()
    assert alone > 3  # some marks do stand on a line of their own


def test_the_start_page_tells_three_practices_on_a_telephone_six_at_a_desk(browser: Browser, shipped: Server) -> None:
    for width, told in ((390, 3), (1280, 6)):
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.goto(shipped.url + "/")
        expect(page.locator(".worth-cards > .practice-card").filter(visible=True)).to_have_count(told)
        page.close()
