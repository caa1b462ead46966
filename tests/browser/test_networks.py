"""Drawings of networks on a telephone: names that can be read, nothing covered, every node within reach."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.scripts import idle
from tests.browser.test_pages import visit
from tests.servers import Server
from tests.support import settled

#: The names that are seen, how large they are in px, and where nodes are. Cytoscape keeps itself at its container.
_DRAWN = """element => {
  const cy = element._cyreg.cy;
  const nodes = cy.nodes().map(node => ({ label: node.data("label"), ...node.renderedPosition() }));
  const names = [...element.querySelectorAll(".network-name:not(.out)")];
  const least = Math.min(...names.map(each => parseFloat(getComputedStyle(each).fontSize)));
  return { least, names: names.map(each => each.textContent), nodes, width: cy.width(), height: cy.height() };
}"""


def drawn(page: Page, address: str, width: int) -> dict[str, Any]:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.evaluate("document.querySelector('#data')?.setAttribute('open', '')")  # what is for researchers
    page.locator("figure.network").scroll_into_view_if_needed()
    page.locator(".network-names a").first.wait_for(state="attached")
    idle(page)
    found: dict[str, Any] = settled(lambda: page.locator(".network-drawing").evaluate(_DRAWN))  # it is given its size
    return found


def test_names_can_be_read_the_tools_cover_nothing_and_all_is_there(browser: Browser, shipped: Server) -> None:
    """All that is around a thing is in the drawing at any width, and all that a question joins."""
    page, faults = visit(browser, shipped, "/about")
    for path in ("/page/city/sao-paulo", "/page/practice/utrecht-plan-einstein", "/queries/partners-of-a-kind"):
        for width in (320, 390, 1280):
            found = drawn(page, shipped.url + path, width)
            assert found["least"] >= 12, (path, width)
            _covers_nothing(page)
            assert len(found["nodes"]) > 8
            assert sorted(found["names"]) == sorted(node["label"] for node in found["nodes"]), "each has its name"
            for node in found["nodes"]:
                assert 0 < node["x"] < found["width"], (path, node)
                assert 0 < node["y"] < found["height"], (path, node)
    assert faults == []
    page.context.close()


def _covers_nothing(page: Page) -> None:
    drawing = page.locator(".network-drawing").bounding_box()
    assert drawing is not None
    for tool in page.locator(".network-tools button").all():
        box = tool.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= drawing["y"] or box["x"] + box["width"] <= drawing["x"], page.url


def test_the_keyboard_brings_every_node_into_view(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/about")
    drawn(page, shipped.url + "/page/city/sao-paulo", 390)
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    found: dict[str, Any] = settled(lambda: page.locator(".network-drawing").evaluate(_DRAWN))
    outside = [each["label"] for each in found["nodes"] if not 0 < each["x"] < found["width"]]
    assert outside
    page.locator(".network-tools button").last.focus()
    seen = set()
    for _ in found["nodes"]:
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.textContent")
        now = settled(lambda: page.locator(".network-drawing").evaluate(_DRAWN))  # the drawing moves
        node = next(each for each in now["nodes"] if each["label"] == name)
        assert 0 < node["x"] < now["width"], name
        assert 0 < node["y"] < now["height"], name
        seen.add(name)
    assert seen == {each["label"] for each in found["nodes"]}
    page.get_by_role("button", name="Show the whole").click()
    whole = settled(lambda: page.locator(".network-drawing").evaluate(_DRAWN))
    assert all(0 < each["x"] < whole["width"] for each in whole["nodes"])
    assert faults == []
    page.context.close()
