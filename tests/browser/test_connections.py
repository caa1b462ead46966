"""The network of places: drawn where its layout says, walked by the keyboard, each place leading to its neighbours."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.test_pages import visit
from tests.servers import Server


def test_the_drawing_is_saved_as_a_picture(browser: Browser, shipped: Server, tmp_path: Path) -> None:
    for scheme in ("light", "dark"):
        page, faults = visit(browser, shipped, "/connections/utrecht/lyon", scheme=scheme)
        button = page.get_by_role("button", name="Save as a picture (PNG)")
        page.locator("#s-picture").scroll_into_view_if_needed()
        with page.expect_download() as waiting:
            button.click()
        assert waiting.value.suggested_filename == "connections-utrecht-lyon.png"
        file = tmp_path / f"{scheme}.png"
        waiting.value.save_as(file)
        held = file.read_bytes()
        assert held.startswith(b"\x89PNG")
        wide, high = (int.from_bytes(held[at : at + 4]) for at in (16, 20))
        assert min(wide, high) > 300
        assert faults == []
        page.context.close()
    assert (tmp_path / "light.png").read_bytes() != (tmp_path / "dark.png").read_bytes()


def test_the_network_is_drawn_as_it_was_laid_out_and_leads_to_places(browser: Browser, shipped: Server) -> None:
    page, faults = visit(browser, shipped, "/connections")
    names = page.locator(".network-names a")
    names.first.wait_for(state="attached")
    nodes = shipped.get("/connections.json").json()["nodes"]
    assert names.all_text_contents() == [node["label"] for node in nodes]
    left = min(nodes, key=lambda node: float(node["x"]))
    names.filter(has_text=left["label"]).focus()
    page.keyboard.press("ArrowRight")
    reached = page.evaluate("document.activeElement.textContent")
    # On a grid, as nodes stand without a layout, this one would have its neighbour in the list beside it.
    spot = {node["label"]: (float(node["x"]), float(node["y"])) for node in nodes}
    assert spot[reached][0] > spot[left["label"]][0]
    names.filter(has_text="Utrecht").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/connections/utrecht")
    page.locator(".neighbours h2 a").first.click()
    page.wait_for_url("**/connections/utrecht/*")
    page.locator(".reasons details.evidence summary").first.click()
    expect(page.locator(".reasons .proof").first).to_be_visible()
    assert faults == []
    page.context.close()


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
