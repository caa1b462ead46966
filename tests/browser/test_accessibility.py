"""Each kind of page is for everybody: axe-core, no scrolling sideways, nothing that moves, few stops of the Tab key.

A page is loaded once in each language, and then resized and recoloured in place. Each kind of page is seen in every
width, in both colour schemes and in every language; which of these meet is spread over the kinds of pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import OF_LAYOUT_AND_WORDS, PATHS, WIDTHS, broken, violations
from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server

SCHEMES = ("light", "dark")
LANGUAGES = ("", "/fr", "/es")
#: Whether each kind of page is looked at whole in each language (``make endure``).
LONG = bool(os.environ.get("CITYRIGHTS_LONG"))
#: So far what stands on a page may move while it loads (Core Web Vitals, CLS), and so many stops of the Tab key may
#: stand before the end of what a page has first.
MOST_SHIFT, MOST_STOPS = 0.02, 60
SHIFT = """() => new Promise(done => { let sum = 0; new PerformanceObserver(list => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum))); })"""
#: The stops before the end of what a page has first: the card of a practice, what can be learnt, what a city does; else
#: the first entry of a list or of a table. Who comes to a list goes past its filters by a link, so those do not count.
_STOPS = """() => {
  const entries = ["#found > li, #found tbody tr", "main section :is(li, article, tr)"];
  const first = [".card-whole", ".learn", ".does", ...entries, "main"];
  const end = first.map(each => document.querySelector(each)).find(each => each);
  const past = document.querySelector("main a.skip");
  const isBefore = each => end.contains(each) || end.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING;
  const isPassed = each => past && document.querySelector("#facets")?.contains(each);
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter(each => each.checkVisibility({ visibilityProperty: true }) && isBefore(each) && !isPassed(each)).length;
}"""
_OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true })"
_WIDE = "document.scrollingElement.scrollWidth"


def _resized(page: Page, width: int) -> int:
    """Give the window a width and return that of the page."""
    page.set_viewport_size({"width": width, "height": 900})
    return int(page.evaluate(_WIDE))


def faults_of(page: Page, number: int, turn: int, seen: Mapping[str, set[int]]) -> Iterator[str]:
    """Yield what is wrong with a page, the ``number``-th kind in the ``turn``-th language, which has just been loaded.

    In one of the languages a page is looked at in all widths; all rules of axe are asked there in one colour scheme and
    those about colours in the other. In the others it is looked at in the narrowest window, and those rules are asked
    that are about layout and words. ``make endure`` looks at each page whole in every language. ``seen`` are the
    colours that others had, by scheme.
    """
    is_chief = turn == number % 3 or LONG
    widths = [WIDTHS[(number + 2 * turn + step) % len(WIDTHS)] for step in (0, 3)][: 2 if is_chief else 1]
    within = WIDTHS if is_chief else WIDTHS[:1]
    schemes = SCHEMES if (number + turn) % 2 else SCHEMES[::-1]
    if (shift := page.evaluate(SHIFT)) >= MOST_SHIFT:
        yield f"moves by {shift:.3f}"
    if (stops := page.evaluate(_STOPS)) >= MOST_STOPS:
        yield f"{stops} stops before the end of what it has first"
    yield from (f"{wide} px in a window of {each}" for each in within if (wide := _resized(page, each)) > each)
    page.evaluate(_OPEN)
    yield from (f"{wide} px, opened, in a window of {each}" for each in within if (wide := _resized(page, each)) > each)
    for step, (width, scheme) in enumerate(zip(widths, schemes, strict=False)):
        _resized(page, width)
        names = () if is_chief and not step else OF_LAYOUT_AND_WORDS
        found = broken(page, scheme, names=names, seen=seen[scheme])
        if is_chief and step:
            found += broken(page, scheme, "colours", seen=seen[scheme])
        yield from (f"{line} [{width} px, {scheme}]" for line in found)


@pytest.mark.parametrize("turn", range(3), ids=["en", "fr", "es"])
def test_each_kind_of_page_is_for_everybody(browser: Browser, shipped: Server, turn: int) -> None:
    page, said = visit(browser, shipped, "/about")
    wrong: dict[str, list[str]] = {}
    seen: dict[str, set[int]] = {scheme: set() for scheme in SCHEMES}
    for number, path in enumerate(PATHS):
        address = (LANGUAGES[turn] + path).removesuffix("/") or "/"
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": WIDTHS[(number + 2 * turn) % len(WIDTHS)], "height": 900})
        said.clear()
        answer = page.goto(shipped.url + address)
        idle(page)
        is_right = answer is not None and answer.ok  # of a page that says what is wrong, the browser says so, too
        found = [each for each in said if is_right or not each.startswith("Failed to load resource")]
        found += faults_of(page, number, turn, seen)
        wrong |= {address: found} if found else {}
    page.context.close()
    assert not wrong, "\n".join(f"{address}: {fault}" for address, faults in wrong.items() for fault in faults)


def test_a_page_that_is_too_wide_moves_and_has_many_stops_is_found_out(browser: Browser) -> None:
    """The decoys of what is looked at beside the rules of axe."""
    links = "<a href='x'>x</a> " * 70
    body = f"<p>{links}</p><details><pre style='width: 400px'>x</pre></details><section><h2>x</h2></section>"
    page = browser.new_page()
    page.goto(f"data:text/html,<html lang=en><title>x</title><main><h1>x</h1>{body}</main>")
    idle(page)
    page.evaluate("document.querySelector('h1').style.marginTop = '300px'")
    idle(page)
    found = " ".join(faults_of(page, 0, 0, {scheme: set() for scheme in SCHEMES}))
    assert "moves by" in found
    assert "70 stops" in found
    assert "px, opened, in a window of 320" in found
    assert "px in a window of 320" not in found
    page.close()


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


@pytest.mark.parametrize(
    "spoilt",
    [
        "<p style='color: %23888'>words</p>",
        "<p class='pale'>words</p>",
        "<div style='background: %23444'><p>words</p></div>",
        "<section><p>words <a href='x'>link</a> <span><em>words</em></span></p></section>",
        "<p><b id='b'>words</b></p>",
    ],
    ids=["its style", "a class", "what is behind it", "what it is in", "a name"],
)
def test_letters_that_cannot_be_read_are_found_among_many_that_can(browser: Browser, spoilt: str) -> None:
    """What has come before, in the same names, classes and styles all the way up, is looked at no more; all else is."""
    style = "p { color: black } .pale { color: %23999 } section em { color: %23aaa } %23b { color: %23bbb }"
    hidden = "<p class='pale'>x</p><p class='pale' hidden>words</p>"  # nobody could read these, whatever their colour
    plain = "<p>words</p><p><b>words</b></p><section><p>words <a href='x'>link</a> <span>words</span></p></section>"
    plain = hidden + 3 * plain
    start = f"data:text/html,<html lang='en'><title>x</title><style>{style} a {{ color: blue }}</style><main><h1>x</h1>"
    seen: set[int] = set()
    page = browser.new_page()
    for text, rules in ((plain, []), (plain, []), (f"{plain}{spoilt}{plain}", ["color-contrast"]), (plain, [])):
        page.goto(f"{start}{text}</main>")
        assert [line.partition(":")[0] for line in broken(page, "light", seen=seen)] == rules, text
    page.close()


def test_letters_that_cannot_be_read_are_found_in_the_scheme_that_has_them(browser: Browser) -> None:
    style = "p { color: black; background: white } @media (prefers-color-scheme: dark) { p { background: %23222 } }"
    page = f"data:text/html,<html lang='en'><title>x</title><style>{style}</style><main><h1>x</h1><p>words</p></main>"
    found = violations(browser, page, schemes=SCHEMES)
    assert [line.removeprefix(f"{page}: ").partition(":")[0] for line in found] == ["color-contrast"]
    assert found[0].endswith("[dark]")
