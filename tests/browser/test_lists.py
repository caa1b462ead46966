"""Narrowing a list in a browser: by the form alone, and with scripts as soon as a box is ticked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.browser.scripts import back, idle
from tests.servers import Server


@contextmanager
def opened(browser: Browser, address: str, *, scripts: bool = True, width: int = 1280) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(address)
    yield page
    assert faults == []
    context.close()


def total(page: Page) -> int:
    return int(re.sub(r"\D", "", (page.locator("#count").text_content() or "").strip().split()[0]))


def test_filters_work_without_script(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/practices", scripts=False) as page:
        everything = total(page)
        page.locator("#f-theme-equality").check()
        page.locator("#f-country-spain").check()
        assert total(page) == everything
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url("**/practices?theme=equality&country=spain")
        narrowed = total(page)
        assert 0 < narrowed < everything
        expect(page.locator("#found > li")).to_have_count(narrowed)
        page.get_by_role("link", name="Remove Spain").click()
        page.wait_for_url("**/practices?theme=equality")
        assert narrowed < total(page) < everything


def test_a_ticked_box_narrows_at_once_and_keeps_focus_folds_and_place(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/practices") as page:
        everything = total(page)
        page.evaluate("window.same = true")
        page.locator("#facet-target > summary").click()
        box = page.locator("#f-target-migrants")
        box.scroll_into_view_if_needed()
        box.focus()
        down = page.evaluate("scrollY")
        assert down > 0
        page.keyboard.press("Space")
        expect(page.locator(".chosen")).to_contain_text("For whom")
        expect(page).to_have_url(re.compile(r"/practices\?target=migrants$"))
        narrowed = total(page)
        assert 0 < narrowed < everything
        assert page.evaluate("document.activeElement.id") == "f-target-migrants"
        assert page.evaluate("window.same") is True
        other = page.locator('.languages a[hreflang="es"]').get_attribute("href") or ""
        assert other.endswith("/es/practices?target=migrants")
        assert abs(page.evaluate("scrollY") - down) < 5
        assert page.locator("#facet-target").get_attribute("open") is not None
        expect(page.locator("[data-announce]")).to_have_text(re.compile(rf"^\s*{narrowed} practices"))
        assert page.locator("[data-announce]").get_attribute("role") == "status"
        back(page)
        expect(page.locator("#count")).to_contain_text(str(everything))
        expect(page.locator("#f-target-migrants")).not_to_be_checked()


def test_the_filters_fold_on_a_phone_and_say_how_many_are_chosen(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/practices?country=spain", scripts=False, width=390) as page:
        assert not page.locator("#f-country-spain").is_visible()
        page.get_by_text("Filter (1)").click()
        expect(page.locator("#f-country-spain")).to_be_visible()
        expect(page.locator("#f-country-spain")).to_be_checked()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_everything_in_a_list_is_reached_and_named_by_keyboard(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/practices") as page:
        for path in ("/practices", "/cities?view=table", "/fr/institutions?view=map", "/es/themes"):
            page.goto(shipped.url + path)
            idle(page)
            _reached_and_named(page, path)


def _reached_and_named(page: Page, path: str) -> None:
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main input, main summary")]
            .filter(e => !(e.labels?.[0] ?? e).textContent.trim() && e.type !== "hidden").length"""
    )
    assert unnamed == 0, path
    repeated = page.evaluate(
        """() => { const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
            return ids.filter((id, n) => ids.indexOf(id) !== n) }"""
    )
    assert repeated == [], path


def test_without_scripts_the_map_says_that_it_needs_them(browser: Browser, shipped: Server) -> None:
    with opened(browser, f"{shipped.url}/practices?view=map", scripts=False) as page:
        told = page.locator("main noscript")
        for language, words in (
            ("", "The map needs JavaScript"), ("/fr", "La carte a besoin"), ("/es", "El mapa necesita"),
        ):  # fmt: skip
            page.goto(f"{shipped.url}{language}/practices?view=map")
            expect(told).to_be_visible()
            assert words in told.inner_text()
            assert page.locator("#found > li").count() > 20, language
            page.goto(f"{shipped.url}{language}/practices")
            expect(told).to_have_count(0)


def test_with_scripts_the_map_says_nothing_of_them(browser: Browser, shipped: Server) -> None:
    """Neither when the page comes, nor when a part of it is put in anew."""
    with opened(browser, f"{shipped.url}/practices?view=map") as page:
        page.locator(".map .spot").first.wait_for()
        assert not page.locator("main noscript").is_visible()
        page.locator(".facet input").first.click()  # which leads to the page that has it checked
        page.wait_for_url("**/practices?*theme=*")
        page.locator(".map .spot").first.wait_for()
        expect(page.locator("main noscript")).to_have_count(1)
        assert not page.locator("main noscript").is_visible()


def test_sentences_on_several_governments_are_whole_and_no_line_begins_with_a_dot(
    browser: Browser, shipped: Server
) -> None:
    with opened(browser, shipped.url + "/fr/together", width=390) as page:
        cut = "all => all.filter(each => each.scrollHeight > each.clientHeight + 1).map(each => each.textContent)"
        sentences = page.locator("#found .said")
        assert sentences.count() > 10
        assert sentences.evaluate_all(cut) == []
        dots = "all => all.filter(each => getComputedStyle(each, '::before').content.includes('·')).length"
        assert page.locator("#found .row-facts > *").evaluate_all(dots) == 0


def test_matches_with_other_vocabularies_have_the_width_of_their_column(browser: Browser, shipped: Server) -> None:
    with opened(browser, shipped.url + "/page/theme/housing") as page:
        widths = "all => all.map(each => each.getBoundingClientRect().width / each.closest('section').clientWidth)"
        shares = page.locator(".glance .entry dd").evaluate_all(widths)
        assert shares
        assert min(shares) > 0.9
