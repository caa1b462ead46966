"""What only a browser can tell: quiet consoles, no foreign requests, keyboard, widths, colours, no JavaScript."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.scripts import idle
from tests.servers import Server
from tests.support import until


def visit(
    browser: Browser, server: Server, path: str, *, width: int = 1280, scheme: str = "light"
) -> tuple[Page, list[str]]:
    """Open a page; return it and everything that goes wrong on it, or is asked elsewhere."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    # What the browser itself breaks off, because the page is left, is no fault of the page.
    page.on(
        "requestfailed",
        lambda request: None if request.failure == "net::ERR_ABORTED" else faults.append(f"failed: {request.url}"),
    )
    host = urlsplit(server.url).netloc
    page.on("request", lambda request: None if urlsplit(request.url).netloc == host else faults.append(request.url))
    page.goto(server.url + path)
    return page, faults


def test_a_page_that_complains_or_asks_elsewhere_is_found_out(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/about")
    page.route("**/about", lambda route: route.fulfill(body="<script>nothing()</script>", content_type="text/html"))
    page.goto(shipped.url + "/about")
    idle(page)
    page.evaluate("console.warn('oh')")
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    idle(page)
    told = " ".join(faults)
    assert all(words in told for words in ("nothing is not defined", "oh", "http://127.0.0.1:9/")), faults
    page.context.close()


def test_evidence_opens_within_the_width_of_a_phone(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/page/practice/utrecht-plan-einstein", width=390)
    first = page.locator("details.evidence").first
    first.locator("summary").click()
    expect(first.locator(".proof").first).to_be_visible()
    for each in page.locator("details.evidence").all():
        each.evaluate("element => { element.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults == []
    page.context.close()


def test_the_skip_link_is_first_and_leads_to_the_content(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/practices")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#content"
    until(lambda: (box := focused.bounding_box()) is not None and box["y"] >= 0, "it has come into view")
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.context.close()


def test_focus_is_visible(browser: Browser, shipped: Server) -> None:
    page, _ = visit(browser, shipped, "/")
    for _ in range(4):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    page.context.close()


def luminance(colour: str) -> float:
    """Relative luminance of a CSS rgb() colour (WCAG 2.2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_schemes(browser: Browser, shipped: Server, scheme: str) -> None:
    page, _ = visit(browser, shipped, "/page/institution/terrassa-social-rights-observatory", scheme=scheme)
    ground = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (ground > 0.5) == (scheme == "light")
    for selector in ("h1", ".lead", "dt", "main a", ".evidence summary", ".card-where a", ".bottom a"):
        colour = luminance(page.locator(selector).first.evaluate("element => getComputedStyle(element).color"))
        contrast = (max(colour, ground) + 0.05) / (min(colour, ground) + 0.05)
        assert contrast >= 4.5, selector
    page.context.close()


def test_the_query_form_works(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/sparql")
    page.get_by_role("button", name="Run").click()
    page.locator("table.result tbody tr").nth(10).wait_for()
    assert faults == []
    page.context.close()


#: Of the drawing of the model: what is wider than its box, or than the drawing.
TOO_WIDE = """() => {
  const wide = (text, room) => text.getBBox().width > room;
  const boxes = [...document.querySelectorAll(".model g")].flatMap(box =>
    [...box.querySelectorAll("text")].filter(text => wide(text, box.querySelector("rect").getBBox().width - 2)));
  const whole = [...document.querySelectorAll(".model text")].filter(text => wide(text, 368));
  return [...boxes, ...whole].map(text => text.textContent);
}"""


def test_the_model_for_askers_can_be_read_on_a_telephone_and_its_questions_lead_on(
    browser: Browser, shipped: Server
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for prefix in ("", "/fr", "/es"):
        page.goto(f"{shipped.url}{prefix}/asking")
        assert page.evaluate(TOO_WIDE) == [], prefix
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, prefix
        size = "parseFloat(getComputedStyle(document.querySelector('.model text')).fontSize)"
        scale = "document.querySelector('.model').getBoundingClientRect().width / 380"
        assert page.evaluate(f"{size} * {scale}") >= 9, prefix
    page.goto(f"{shipped.url}/asking")
    page.get_by_role("link", name="Open in the workbench: Numbers").click()
    page.wait_for_url("**/sparql?query=*")
    expect(page.get_by_text("8,%").first).to_be_visible()
    page.close()
