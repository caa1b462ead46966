"""A question put together in a browser: with scripts, without them, by keyboard alone, on a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from cityrights.vocabulary import ID
from tests.browser.scripts import after, back, idle
from tests.counters import counted
from tests.servers import Server

SPAIN = "/ask?find=practice&where1=theme&value1=theme%3Aequality&where2=country&value2=country%3Aspain&show=place"


@contextmanager
def opened(
    browser: Browser, address: str, *, scripts: bool = True, width: int = 1280, refused: bool = False
) -> Iterator[Page]:
    """Open a page. Its console has to stay quiet, but for what the browser says where something is ``refused``."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    yield page
    assert [fault for fault in faults if not (refused and "400 (Bad Request)" in fault)] == []
    context.close()


def count(page: Page) -> int:
    """Return how many answers a question has, those that are underway or planned apart."""
    digits = re.search(r"\d[\d\s,]*", page.locator("#count").text_content() or "")
    return int(re.sub(r"\D", "", digits[0])) if digits else 0


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def same_rows_in_the_workbench(page: Page, server: Server) -> None:
    """Follow the way to the workbench, and compare what its query finds with the rows of the page."""
    page.wait_for_load_state()
    names = [name.strip() for name in page.locator("#rows tbody th").all_text_contents()]
    total = count(page)
    page.locator("#b-workbench").click()
    page.wait_for_url("**/sparql?query=*")
    (text,) = parse_qs(urlsplit(page.url).query)["query"]
    rows = server.client.get("/sparql", params={"query": text, "format": "json"}).json()["results"]["bindings"]
    assert len(rows) == total == len(names) > 0
    assert [row["name"]["value"] for row in rows] == names


def test_a_question_is_put_together_without_scripts(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/ask", scripts=False) as page:
        statuses = f"<{ID}status/underway> <{ID}status/planned>"
        settled = f"?x a cr:Practice FILTER NOT EXISTS {{ VALUES ?not {{ {statuses} }} ?x cr:status ?not }}"
        page.get_by_role("link", name=f"Practices {counted(shipped, settled)}").click()
        page.wait_for_url("**/ask?find=practice")
        everything = count(page)
        page.locator("#b-add").select_option("theme")
        page.get_by_role("button", name="Add", exact=True).click()
        page.wait_for_url(shipped.url + "/ask?find=practice&where1=theme#c1")
        page.locator("#b-value1-1").select_option("theme:equality")
        page.locator("#b-add").select_option(label="Country")
        page.get_by_role("button", name="Add", exact=True).click()
        page.wait_for_url("**#c2")
        page.locator("#b-value2-1").select_option("country:spain")
        page.locator("#b-columns > summary").click()
        page.get_by_label("Place", exact=True).check()
        page.get_by_role("button", name="Show the answer").last.click()
        page.wait_for_url(shipped.url + SPAIN)
        assert 0 < count(page) < everything
        assert page.locator("#rows tbody tr td a").first.get_attribute("href") == "/page/city/barcelona"
        page.get_by_role("button", name="Remove condition 1").click()
        page.wait_for_url(shipped.url + "/ask?find=practice&where1=country**")
        back(page)
        page.wait_for_url(shipped.url + SPAIN)
        same_rows_in_the_workbench(page, shipped)


def test_a_change_is_answered_at_once_and_said(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/ask?find=practice") as page:
        everything = count(page)
        page.evaluate("window.same = true")
        page.locator("#b-add").select_option("theme")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("#c1")).to_be_visible()
        expect(page.locator("#b-value1-1")).to_be_focused()
        page.locator("#b-value1-1").select_option("theme:equality")
        expect(page.locator("#sentence")).to_have_text("Practices about equality and non-discrimination.")
        said = count(page)
        expect(page.locator("[data-announce]")).to_have_text(
            re.compile(rf"^{said} found, and \d+ underway or planned$")
        )
        assert 0 < said < everything
        expect(page.locator("#b-value1-1")).to_be_focused()
        expect(page).to_have_url(shipped.url + "/ask?find=practice&where1=theme&value1=theme%3Aequality")
        page.locator("#b-columns > summary").click()
        page.get_by_label("Place", exact=True).check()
        expect(page.locator("#rows thead")).to_contain_text("Place")
        expect(page.locator("#b-columns")).to_have_attribute("open", "")
        assert page.evaluate("window.same") is True
        page.get_by_role("button", name="Remove condition 1").click()
        expect(page.locator("#b-add")).to_be_focused()
        assert count(page) == everything
        back(page)
        expect(page.locator("#b-value1-1")).to_have_value("theme:equality")
        assert count(page) == said
        other = page.locator('.languages a[hreflang="fr"]').get_attribute("href") or ""
        assert other.endswith("/fr/ask?find=practice&where1=theme&value1=theme%3Aequality&show=place")


def test_a_path_is_followed_step_by_step(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/ask?find=city&where1=place-of-practice") as page:
        page.locator("#b-how1").select_option("whose")
        expect(page.locator("#b-then1")).to_be_visible()
        page.locator("#b-then1").select_option("theme")
        after(page, 300)
        idle(page)
        expect(page).to_have_url(re.compile("how1=whose$"))  # a key that moves through the list sends nothing yet
        page.locator("#c1").get_by_role("button", name="Go on").click()
        expect(page.locator("#c1 legend")).to_contain_text("Practices there › theme")
        page.locator("#b-value1-1").select_option("theme:food")
        expect(page.locator("#sentence")).to_have_text("Cities with practices there about food.")
        assert count(page) > 0


def test_what_is_typed_is_counted_while_one_types(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/ask?find=practice&where1=name&where2=start", refused=True) as page:
        page.locator("#b-value1").press_sequentially("utrecht")
        expect(page.locator("#sentence")).to_contain_text("“utrecht”")
        assert focused(page) == "b-value1"
        assert page.locator("#b-value1").input_value() == "utrecht"
        page.locator("#b-from2").press_sequentially("2x")
        page.keyboard.press("Tab")
        expect(page.locator("#b-from2-fault")).to_contain_text("‘2x’ is no year")
        expect(page.locator("[data-announce]")).to_contain_text("is no year")
        page.locator("#b-from2").fill("2000")
        page.keyboard.press("Tab")
        expect(page.locator("#faults")).to_have_count(0)
        expect(page.locator("#sentence")).to_contain_text("start from 2000 on")


def test_a_suggestion_fills_the_field(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/ask?find=claim&where1=subject") as page:
        page.locator("#b-value1-1").fill("plan einst")  # a suggestion for a part of it would make way for those for all
        option = page.get_by_role("option").filter(has_text="Plan Einstein").first
        expect(option).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#sentence strong")).to_contain_text("Plan Einstein")
        expect(page).to_have_url(re.compile("value1=practice%3Autrecht-plan-einstein"))
        assert count(page) > 0
        expect(page.locator("#b-value1-2")).to_have_attribute("role", "combobox")


def test_a_question_is_put_together_by_keyboard_alone(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/ask?find=practice") as page:

        def tab_to(wanted: str) -> None:
            for _ in range(60):
                if focused(page) == wanted:
                    return
                page.keyboard.press("Tab")
            raise AssertionError(f"no key leads to {wanted}")

        tab_to("b-add")
        page.keyboard.type("Count")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#c1 legend")).to_contain_text("Country")
        expect(page.locator("#b-value1-1")).to_be_focused()
        page.keyboard.type("Spain")
        expect(page.locator("#sentence")).to_have_text("Practices in Spain.")
        expect(page.locator("#b-value1-1")).to_be_focused()
        tab_to("b-submit")
        page.keyboard.press("Enter")
        expect(page.locator("#answer")).to_be_focused()
        same_rows_in_the_workbench(page, shipped)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_builder_fits_a_telephone(browser: Browser, shipped: Server, scripts: bool) -> None:
    long = "/fr/ask?find=city&where1=place-of-institution.kind&value1=kind%3Aombudsperson&where2=name&where3=within"
    with opened(browser, shipped.url + long + "&show=place-of-practice", scripts=scripts, width=390) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(page.locator("#b-submit")).to_be_visible()
        expect(page.locator("#c2").get_by_role("button", name="Continuer")).to_have_count(0 if scripts else 1)


def test_the_address_is_copied(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + SPAIN) as page:
        page.context.grant_permissions(["clipboard-write"])
        expect(page.locator("#b-address")).to_have_text(shipped.url + SPAIN)
        page.get_by_role("button", name="Copy the address").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()


#: Where a word of a choice is cut into letters, or what a choice says leaves its box.
_SPILT = """() => [...document.querySelectorAll(".starting a")].filter(choice => {
  const box = choice.getBoundingClientRect(), what = choice.querySelector(".what");
  const line = parseFloat(getComputedStyle(what).lineHeight);
  return what.getBoundingClientRect().height > 3.5 * line
    || [...choice.children].some(each => each.getBoundingClientRect().right > box.right + 1);
}).map(choice => choice.textContent)"""


def test_what_can_be_looked_for_stands_in_words_in_every_language(browser: Browser, shipped: Server) -> None:
    for width in (320, 390, 768, 1280):
        for language in ("", "/fr", "/es"):
            with opened(browser, f"{shipped.url}{language}/ask", width=width) as page:
                assert page.locator(".starting a").count() > 10
                assert page.evaluate(_SPILT) == [], (width, language)
