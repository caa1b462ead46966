"""Three ways through the site by what a person sees, without an address, on a telephone and a desk, in all languages.

From a city that wants to do something about racism to two practices, what was hard there, whom to ask, and the lines;
from a number in a story to the rows that back it and the query; from Jenin to the cooperation that led to its
observatory, and to the others that have one. At the end stands what is not there, as somebody would type it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cityrights_web.words import CATALOGUE
from tests.browser.scripts import back
from tests.browser.test_journey import fits, home, visitor
from tests.servers import Server

if TYPE_CHECKING:
    from cityrights_web._words import Words

#: Language, width, and the problem as its people call it.
WAYS = [
    (language, width, problem)
    for language, problem in (("en", "racism"), ("fr", "racisme"), ("es", "racismo"))
    for width in (390, 1280)
]


@contextmanager
def begun(browser: Browser, server: Server, language: str, width: int) -> Iterator[tuple[Page, Words]]:
    """Open the start page, as all do who come for the first time."""
    with visitor(browser, language, width, "light", scripts=True) as page:
        page.goto(home(server, language))
        yield page, CATALOGUE[language]


def asked(page: Page, words: Words, text: str) -> None:
    """Type into the field that one sees first, and press its button."""
    page.get_by_role("search").first.locator("input").fill(text)
    page.get_by_role("button", name=words.search.button).first.click()
    page.wait_for_url(re.compile("/search"))


def near_the_top(page: Page, part: Locator, screens: float) -> None:
    """Check that a part begins within so many screens."""
    box = part.bounding_box()
    view = page.viewport_size
    assert box is not None
    assert view is not None
    assert box["y"] + page.evaluate("scrollY") < screens * view["height"], (page.url, box)


def told(part: Locator) -> None:
    """Check that a part has a heading, a sentence, and lines that open."""
    expect(part.locator(".sentence").first).to_have_text(re.compile(r"\w+ \w+ \w+"))
    part.locator("summary").first.click()
    expect(part.locator(".proof .cite").first).to_have_text(re.compile(r"\d+"))


@pytest.mark.parametrize(("language", "width", "problem"), WAYS)
def test_from_racism_to_two_practices_what_was_hard_whom_to_ask_and_the_lines(
    browser: Browser, shipped: Server, language: str, width: int, problem: str
) -> None:
    with begun(browser, shipped, language, width) as (page, words):
        asked(page, words, problem)
        for number in range(2):
            card = page.get_by_role("article").nth(number)
            hard = card.locator(".card-part", has=page.get_by_role("heading", name=words.card.hard))
            near_the_top(page, hard, 3)
            told(hard)
            name = card.get_by_role("heading").first
            title = name.inner_text()
            name.get_by_role("link").click()
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            fits(page, width)
            told(page.locator("section", has=page.get_by_role("heading", name=words.card.hard, exact=True)))
            page.get_by_role("link", name=words.things.ask, exact=True).first.click()
            whom = page.locator("section", has=page.get_by_role("heading", name=words.things.ask, exact=True))
            expect(whom).to_be_in_viewport()
            expect(whom.get_by_role("link").first).to_be_visible()
            page.goto(page.url.partition("#")[0])
            back(page)
            back(page)
            if not re.search("/search", page.url):
                back(page)


@pytest.mark.parametrize(("language", "width", "_"), WAYS)
def test_from_a_number_in_a_story_to_its_rows_and_its_query(
    browser: Browser, shipped: Server, language: str, width: int, _: str
) -> None:
    with begun(browser, shipped, language, width) as (page, words):
        if width < 700:
            page.get_by_role("button", name=words.home.menu_button).click()
        page.get_by_role("navigation").get_by_role("link", name=words.stories.nav, exact=True).first.click()
        page.get_by_role("article").first.get_by_role("link").first.click()
        number = page.get_by_role("article").get_by_role("link", name=re.compile(r"^\d+ ")).first
        n = int(re.findall(r"\d+", number.inner_text())[0])
        page.get_by_text(words.stories.behind).first.click()
        expect(page.locator("details[open] table tbody tr").first).to_be_visible()
        number.click()
        page.wait_for_url(re.compile("/queries/"))
        fits(page, width)
        said = page.locator("h2.tally, .each-once").all_inner_texts()
        assert n in [int(each) for text in said for each in re.findall(r"\d+", text)], (n, said)
        assert page.get_by_role("row").count() > n
        page.get_by_text(words.show_sparql, exact=True).first.click()
        expect(page.locator("details[open] code").first).to_contain_text("SELECT")


@pytest.mark.parametrize(("language", "width", "_"), WAYS)
def test_from_jenin_to_the_cooperation_behind_its_observatory_and_to_the_others(
    browser: Browser, shipped: Server, language: str, width: int, _: str
) -> None:
    with begun(browser, shipped, language, width) as (page, words):
        asked(page, words, "Jenin")
        page.locator("main").get_by_role("link", name=re.compile(r"^(Jenin|Jénine|Yenín)")).first.click()
        page.wait_for_url(re.compile("/page/city/jenin"))
        learnt = page.locator("section", has=page.get_by_role("heading", name=words.connections.learnt))
        near_the_top(page, learnt, 2)
        expect(learnt).to_contain_text("Seine-Saint-Denis")
        told(learnt)
        others = learnt.get_by_role("link", name=re.compile("Ngazidja")).last
        expect(others).to_be_visible()
        every = learnt.get_by_role("link", name=re.compile(re.split(r"\W*{", words.connections.all_of_kind)[0]))
        address = every.first.get_attribute("href") or ""
        learnt.get_by_role("link", name=re.compile("Seine-Saint-Denis")).nth(1).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Seine-Saint-Denis")
        fits(page, width)
        back(page)
        page.locator(f"a[href='{address}']").first.click()
        page.wait_for_url(re.compile("/institutions"))
        found = page.locator("#found > li")
        assert found.count() > 2
        fits(page, width)


#: What somebody types, and a part of the words that have to come.
TYPED = {
    "en": {"Antwerp": "not in the documents", "Tripoli": "not in the documents", "Valence": "not in the documents",
           "Córdoba": "not in the documents"},
    "fr": {"Anvers": "documents", "Tripoli": "documents"},
    "es": {"Amberes": "documentos", "Valence": "documentos"},
}  # fmt: skip


def test_what_is_not_there_is_said(browser: Browser, shipped: Server) -> None:
    """A city outside the graph, a name that several cities have, and nothing at all."""
    for language, typed in TYPED.items():
        with begun(browser, shipped, language, 390) as (page, words):
            page.get_by_role("button", name=words.search.button).first.click()
            expect(page.locator("main .hints li").first).to_be_visible()
            for text, said in typed.items():
                page.goto(home(shipped, language))
                page.get_by_role("search").first.locator("input").evaluate("each => each.removeAttribute('maxlength')")
                asked(page, words, text)
                expect(page.locator("main .notice").first).to_contain_text(re.compile(said, re.IGNORECASE))
                fits(page, 390)


def test_ten_thousand_letters_are_answered_with_how_many_are_read(browser: Browser, shipped: Server) -> None:
    """The field holds so many at most; who takes that off is told."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for language, words in (("", "1,000"), ("/fr", "1\u202f000"), ("/es", "1.000")):
        page.goto(shipped.url + (language or "/"))
        field = page.get_by_role("search").first.locator("input")
        assert int(field.get_attribute("maxlength") or 0) > 0
        field.evaluate("each => each.removeAttribute('maxlength')")
        field.fill("x" * 10_000)
        field.press("Enter")
        expect(page.locator("main")).to_contain_text(words)
        fits(page, 390)
    page.close()
