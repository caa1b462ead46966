"""Maps and networks as they are first seen: no name or mark is cut, and none lies over another, on any page."""

from __future__ import annotations

import os
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.scripts import idle
from tests.browser.test_accessibility import SHIFT
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.support import settled

#: In which every page is seen, and those of which each page is seen in one, one page after the other: a drawing of each
#: kind is so in every width. ``make endure`` sees all pages in all.
WIDTHS, OTHERS = (320, 1280), (390, 768, 1920)
LONG: Final = bool(os.environ.get("CITYRIGHTS_LONG"))
_PEOPLE: Final = (
    "SELECT ?place (MAX(?value) AS ?people) { ?p a cr:Population ; cr:of ?place ; cr:value ?value } GROUP BY ?place"
)
_TIES: Final = "SELECT ?practice ?partner { ?practice cr:partner ?partner }"


def _asked(query: str, view: str) -> str:
    return urlencode({"query": f"PREFIX cr: <https://w3id.org/cityrights/ontology#> {query}", "view": view})


#: One page of each kind that has a map or a network, small or large.
PAGES: Final = (
    "/", "/practices?view=map", "/cities?view=map", "/connections", "/search?q=racism",
    "/page/city/utrecht", "/page/city/jenin", "/page/department/seine-saint-denis", "/page/country/france",
    "/page/practice/utrecht-plan-einstein", "/page/institution/ngazidja-ovf", "/page/organisation/ohchr",
    "/page/theme/housing", "/stories/who-watches-over-rights", "/stories/newcomers", "/queries/institutions-of-a-kind",
    "/queries/partners-of-a-kind", "/queries/territories-sharing-a-theme",
    f"/sparql?{_asked(_PEOPLE, 'map')}", f"/sparql?{_asked(_TIES, 'network')}",
    f"/sparql/embed?{_asked(_PEOPLE, 'map')}",
)  # fmt: skip
#: What is wrong with a drawing, in words.
FAULTS: Final = """figure => {
  const shown = each => each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const small = figure.matches("svg");
  const frame = small ? figure : figure.querySelector(".network-drawing, .map-ground");
  const outer = frame.getBoundingClientRect();
  const scale = small ? outer.width / figure.viewBox.baseVal.width : 1;
  const boxed = each => {
    const { left, top, right, bottom } = each.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const all = selector => [...figure.querySelectorAll(selector)].filter(shown);
  const texts = small ? "text" : ".place-label, .country-name, .here-name, .ties-drawn a, .network-name";
  const names = all(texts).map(each => ({ text: each.textContent, element: each, ...boxed(each) }));
  const marks = all(small ? "circle" : ".spot, .tie-dot").map(each => ({ text: each.ariaLabel || "", ...boxed(each) }));
  for (const held of small ? [] : figure.querySelectorAll(".network-drawing")) {
    for (const node of held._cyreg.cy.nodes()) {
      const { x, y } = node.renderedPosition();
      const [half, text] = [node.renderedWidth() / 2, node.data("label")];
      const [left, top] = [outer.left + x - half, outer.top + y - half];
      marks.push({ text, node: true, left, top, right: left + 2 * half, bottom: top + 2 * half });
    }
  }
  const over = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 2;
  const size = one => Math.min(one.right - one.left, one.bottom - one.top);
  const touch = (one, other) => Math.hypot(one.left + one.right - other.left - other.right,
    one.top + one.bottom - other.top - other.bottom) < size(one) + size(other) - 4;
  const inside = one => one.left >= outer.left - 1 && one.right <= outer.right + 1
    && one.top >= outer.top - 1 && one.bottom <= outer.bottom + 1;
  const found = [];
  for (const [at, name] of names.entries()) {
    const { element, text } = name;
    const written = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (written < 11.99) found.push(`${text} is written with ${written} px`);
    const clipped = element instanceof HTMLElement && element.scrollWidth > element.clientWidth + 1;
    if (clipped || !inside(name)) found.push(`${text} is cut`);
    for (const other of names.slice(at + 1)) if (over(name, other)) found.push(`${text} lies over ${other.text}`);
    for (const mark of marks) if (over(name, mark)) found.push(`${text} lies over the mark ${mark.text}`);
  }
  for (const [at, mark] of marks.entries()) {
    if (!inside(mark) && (mark.node || over(mark, outer))) found.push(`the mark ${mark.text} is cut`);
    for (const other of marks.slice(at + 1)) {
      if (touch(mark, other)) found.push(`the mark ${mark.text} lies over ${other.text}`);
    }
  }
  return { found, names: names.length, marks: marks.length };
}"""


def _drawings(page: Page, address: str) -> int:
    """Open a page, with what is for researchers, and wait until all its drawings are there; return how many."""
    page.goto(address)
    page.evaluate("document.querySelector('#data')?.setAttribute('open', '')")
    figures = page.locator("main figure.map, main figure.network, body > figure, section.answer figure.map")
    for figure in figures.all():
        if figure.evaluate("each => each.matches('.map, .network')"):
            figure.scroll_into_view_if_needed()
            figure.locator(".leaflet-marker-icon, .tie-dot, .network-names").first.wait_for(state="attached")
    idle(page)
    return page.locator("figure.map, figure.network, svg.locator").count()


def _faults(page: Page, selector: str = "figure.map, figure.network, svg.locator") -> list[str]:
    figures = [figure for figure in page.locator(selector).all() if figure.is_visible()]
    told: list[dict[str, Any]] = settled(lambda: [figure.evaluate(FAULTS) for figure in figures])
    assert all(each["marks"] > 0 for each in told), "nothing is drawn"
    return [fault for each in told for fault in each["found"]]


def test_no_name_and_no_mark_is_cut_or_covered_when_a_drawing_is_first_seen(browser: Browser, shipped: Server) -> None:
    page, wrong = visit(browser, shipped, "/about")
    faults = {}
    for width in (*WIDTHS, *OTHERS):
        page.set_viewport_size({"width": width, "height": 900})
        for number, path in enumerate(PAGES):
            if width in OTHERS and width != OTHERS[number % 3] and not LONG:
                continue
            assert _drawings(page, shipped.url + path) > 0, f"{path} has no drawing"
            if found := _faults(page):
                faults[path, width] = found
    assert faults == {}
    assert wrong == []
    page.context.close()


#: What is done to a drawing, and what has to be said of it then.
DECOYS: Final = (
    ("figure.map .place-label", "each.style.translate = '-40px 90px'", "is cut"),
    ("figure.map .place-label", "each.style.fontSize = '11px'", "is written with 11 px"),
    ("figure.map .country-name", "each.style.translate = _first('.place-label').style.translate", "lies over"),
    ("figure.map .spot", "each.parentElement.append(each.cloneNode(true))", "the mark"),
    ("figure.network .network-name", "each.style.translate = each.nextSibling.style.translate", "lies over"),
    ("figure.network .network-name", "each.style.maxWidth = '20px'", "is cut"),
    ("figure.network .network-drawing", "each._cyreg.cy.pan({ x: -400, y: 0 })", "is cut"),
    ("figure.network .network-drawing", "each._cyreg.cy.nodes().positions({ x: 200, y: 99 })", "the mark"),
    ("svg.locator .around", "each.setAttribute('x', 205)", "is cut"),
    ("svg.locator .around", "each.setAttribute('y', 76); each.setAttribute('x', 104)", "lies over"),
)  # fmt: skip


def test_a_drawing_that_is_spoilt_is_found(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/about")
    for selector, spoil, told in DECOYS:
        _drawings(page, f"{shipped.url}/page/city/jenin")
        assert _faults(page) == []
        first = "const _first = selector => document.querySelector(selector)"
        page.locator(selector).first.evaluate(f"each => {{ {first}; {spoil} }}")
        assert any(told in fault for fault in _faults(page)), (selector, spoil)
    page.context.close()


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
def test_what_is_covered_is_told_in_four_screens_of_a_telephone(
    browser: Browser, shipped: Server, language: str
) -> None:
    """Without scripts: first what the documents are about and what is missing; tables and editors' matters folded."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{shipped.url}{language}/coverage")
    assert page.evaluate("document.documentElement.scrollHeight") <= 4 * 844
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    table = page.locator(f"main a[href='{language}/coverage.csv']").first.bounding_box()
    assert table is not None
    assert table["y"] < 844, "the table to take along is at hand"
    command = page.get_by_text("cityrights source add").first
    expect(command).to_be_hidden()
    expect(page.locator("table.matrix")).to_be_hidden()
    for fold in page.locator("main .folds summary").all():
        fold.click()
    expect(command).to_be_visible()
    expect(page.locator("table.matrix")).to_be_visible()
    page.goto(f"{shipped.url}{language}/coverage?themes=all")
    expect(page.locator("table.matrix")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_scripts_bring_moves_nothing(browser: Browser, shipped: Server, width: int) -> None:
    """The editor takes the place of the field, buttons have their room before, and why an answer is empty, too."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked = urlencode({"query": "SELECT * { ?s a ?o } LIMIT 3"})
    for path in (f"/sparql?{asked}", "/queries/institutions-of-a-kind?kind=kind:food-aid", "/es/practices?view=map"):
        page.goto(shipped.url + path)
        idle(page)
        assert page.evaluate(SHIFT) == pytest.approx(0, abs=0.002), path
    page.close()
