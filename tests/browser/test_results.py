"""Answers at /sparql in a real browser: each view seen, with and without scripts, and framed by a page of others."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from cityrights.evidence import with_evidence
from tests.browser.axe import violations
from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.web.test_results import COUNTS, DATES, DEGREES, PLACES, TIES

#: A query and its view, what shows it, and what does so without scripts.
VIEWS = {
    "table": (PLACES, "table.result tbody tr", "table.result tbody tr"),
    "raw": (PLACES, "pre.raw", "pre.raw"),
    "chart": (COUNTS, ".chart rect.bar", ".chart rect.bar"),
    "map": (PLACES, ".map-ground .spot", "#answer-list tbody tr"),
    "network": (TIES, ".network-ground canvas", "#answer-list tbody tr"),
    "timeline": (DATES, ".timeline .year", ".timeline .year"),
}


def path(query: str, view: str, at: str = "/sparql") -> str:
    return f"{at}?{urllib.parse.urlencode({'query': query, 'view': view})}"


@contextmanager
def elsewhere(content: str) -> Iterator[str]:
    """Serve one page at another origin; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_each_view_is_drawn_and_fits(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/sparql")
    for view, (query, drawn, _) in VIEWS.items():
        page.goto(shipped.url + path(query, view))
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.locator("#answer").scroll_into_view_if_needed()
            page.locator(drawn).first.wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        expect(page.locator(f'nav.views a[aria-current="true"][href$="view={view}"]')).to_have_count(1)
        idle(page)
        assert faults == [], view
    page.context.close()


def test_each_view_is_whole_without_scripts(browser: Browser, shipped: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for view, (query, _, drawn) in VIEWS.items():
        page.goto(shipped.url + path(query, "table"))
        page.locator(f'nav.views a[href$="view={view}"]').click()
        expect(page.locator(f'#answer[data-view="{view}"]')).to_be_visible()
        page.wait_for_load_state()
        expect(page.locator(drawn).first).to_be_visible()
        expect(page.locator("figure.map, figure.network")).to_have_count(1 if view in ("map", "network") else 0)
        for figure in page.locator("figure.map, figure.network").all():
            expect(figure).to_be_hidden()
    context.close()


def test_a_table_is_sorted_by_the_keyboard_and_evidence_is_added(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, path(COUNTS, "table"))
    page.get_by_role("link", name="Sort by n, smallest first").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**order=n")
    expect(page.locator("table.result tbody tr").first).to_contain_text("b")
    page.goto(shipped.url + path(PLACES, "table"))
    page.get_by_role("link", name="Who says so?").click()
    page.wait_for_url("**GRAPH**")
    expect(page.get_by_role("columnheader", name="witness", exact=False).first).to_be_visible()
    expect(page.locator('table.result a[href^="/page/claim/"]').nth(20)).to_be_attached()
    assert faults == []
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_each_view_is_accessible(browser: Browser, shipped: Server, scheme: str, width: int) -> None:
    addresses = [path(VIEWS[view][0], view) for view in VIEWS]
    addresses += [path(VIEWS[view][0], view, "/sparql/embed") for view in ("table", "map")]
    assert violations(browser, *(shipped.url + each for each in addresses), schemes=(scheme,), width=width) == []


#: The words of cells that stand on more than one line.
BROKEN = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("#answer td")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""


def test_no_word_of_a_table_of_witnesses_is_broken(browser: Browser, shipped: Server) -> None:
    query = with_evidence(PLACES).query
    page, faults = visit(browser, shipped, path(query, "table"))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.locator("#answer td").first.wait_for()
        assert page.evaluate(BROKEN) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#answer td bdi").first.evaluate("it => { it.textContent = 'x'.repeat(400) }")
    assert len(page.evaluate(BROKEN)) == 1  # what is longer than a column may be
    assert faults == []
    page.context.close()


def test_a_page_of_others_frames_the_answer_and_no_other_page(browser: Browser, shipped: Server) -> None:
    answer, ours = path(DEGREES, "map", "/sparql/embed"), path(DEGREES, "map")
    frames = "".join(
        f'<iframe id="{name}" src="{shipped.url}{address}" width="600" height="500" title="{name}"></iframe>'
        for name, address in (("answer", answer.replace("&", "&amp;")), ("ours", ours.replace("&", "&amp;")))
    )
    with elsewhere(f"<!doctype html><title>Elsewhere</title>{frames}") as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1200})
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.goto(address)
        framed = page.frame_locator("#answer")
        framed.locator(".map-ground .spot").first.wait_for()
        expect(framed.locator("footer.credit")).to_contain_text("CC BY 4.0")
        expect(page.frame_locator("#ours").locator("#answer")).to_have_count(0)
        assert any("frame-ancestors 'none'" in text for text in refused)
        assert not any("/sparql/embed" in text for text in refused)
        assert context.cookies() == []
        with context.expect_page() as opened:
            framed.get_by_role("link", name="See the query, and take the data").click()
        opened.value.wait_for_load_state()
        assert urllib.parse.urlsplit(opened.value.url).path == "/sparql"
        expect(opened.value.locator("#query")).to_have_value(DEGREES)
        context.close()
