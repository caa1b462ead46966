"""The whole way of a visitor: a question, its evidence, a city, another one beside it, and the rows to take home."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from cityrights.vocabulary import ID
from cityrights_web.words import CATALOGUE
from tests.servers import Server

if TYPE_CHECKING:
    from cityrights_web._words import Words

PHONE, DESK = 390, 1280
#: Language, width, colour scheme and whether scripts run: each language on both, each width in both schemes.
WAYS = (
    ("en", PHONE, "light", True), ("en", DESK, "dark", True),
    ("fr", PHONE, "dark", True), ("fr", DESK, "light", True),
    ("es", PHONE, "light", True), ("es", DESK, "dark", True),
    ("en", DESK, "light", False), ("fr", PHONE, "dark", False),
)  # fmt: skip
IDS = ["-".join((language, str(width), scheme, "scripts" if on else "plain")) for language, width, scheme, on in WAYS]


@contextmanager
def visitor(browser: Browser, language: str, width: int, scheme: str, *, scripts: bool) -> Iterator[Page]:
    """Open a window; what its console complains of fails the test, and so does a page that is wider than it."""
    context = browser.new_context(
        viewport={"width": width, "height": 850},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        locale=language,
        accept_downloads=True,
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
    context.close()


def fits(page: Page, width: int) -> None:
    """Check that nothing of the page stands beyond the edge of the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def home(server: Server, language: str) -> str:
    return server.url if language == "en" else f"{server.url}/{language}"


def choose(page: Page, facet: str, value: str, words: Words, width: int, *, scripts: bool) -> None:
    """Tick one box among the filters, opening what it is folded in, from the outer to the inner fold."""
    if width == PHONE and page.locator(".drawer").get_attribute("open") is None:
        page.locator(".drawer > summary").click()
    box = page.locator(f"#f-{facet}-{value}")
    for fold in page.locator("details.facet, details.more, details.below", has=box).all():
        if fold.get_attribute("open") is None:
            fold.locator("> summary").click()
    box.check()
    if not scripts:
        page.get_by_role("button", name=words.filter_apply).click()


@pytest.mark.parametrize(("language", "width", "scheme", "scripts"), WAYS, ids=IDS)
def test_from_a_question_to_its_evidence_to_two_cities_in_a_table(
    browser: Browser, shipped: Server, tmp_path: Path, language: str, width: int, scheme: str, *, scripts: bool
) -> None:
    words = CATALOGUE[language]
    with visitor(browser, language, width, scheme, scripts=scripts) as page:
        # The documents tell of no practice on housing in Spain, and the page says so and leads on.
        page.goto(home(shipped, language) + "/practices?theme=housing&country=spain")
        assert shipped.get("/practices.json?theme=housing&country=spain").json() == []
        expect(page.locator(".results .notice")).to_contain_text(words.list_empty)
        fits(page, width)
        page.locator(".chosen li").first.get_by_role("link").click()
        page.wait_for_url(re.compile(r"/practices\?country=spain$"))
        choose(page, "theme", "participation", words, width, scripts=scripts)
        expect(page).to_have_url(re.compile(r"/practices\?theme=participation&country=spain$"))
        found = page.locator("#found > li")
        told = shipped.get("/practices.json?theme=participation&country=spain").json()
        expect(found).to_have_count(len(told))
        assert told
        fits(page, width)

        found.first.locator(".card-name a").click()
        page.wait_for_url(re.compile("/page/practice/"))
        assert page.locator("html").get_attribute("lang") == language
        place = page.locator(".card-where a[href*='/page/city/']").first
        evidence = page.locator("details.card-mark").first
        proof = evidence.locator(".proof").first
        expect(proof).to_be_hidden()
        evidence.locator("summary").click()
        expect(page.locator(".card-said .sentence").first).to_have_text(re.compile(r"\w+ \w+ \w+"))
        expect(proof.locator(".cite a[href*='/page/source/']")).to_be_visible()
        lines = words.line_many.split("{")[0].strip()
        one = words.line_one.split("{")[0].strip()
        expect(proof.locator(".cite")).to_have_text(re.compile(rf"({lines}|{one})\s+\d+"))
        fits(page, width)

        place.click()
        page.wait_for_url(re.compile("/page/city/"))
        city = page.url.rpartition("/")[2]
        fits(page, width)

        page.locator("a[href*='/compare?city=']").click()
        expect(page.locator("#city-1")).to_have_value(city)
        page.locator("#city-2").select_option("grenoble")
        page.get_by_role("button", name=words.places.compare_submit).click()
        expect(page).to_have_url(re.compile(rf"/compare\?city={city}&city=grenoble"))
        page.locator("details:has(#s-practices) > summary").click()
        expect(page.locator("#s-practices")).to_be_visible()
        fits(page, width)

        with page.expect_download() as waiting:
            page.locator(".formats").get_by_role("link", name="CSV").click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        check_rows(file, {f"{ID}city/{city}", f"{ID}city/grenoble"}, {row["iri"] for row in told})


def check_rows(file: Path, places: set[str], practices: set[str]) -> None:
    """Check what was brought home: a file for spreadsheets with both cities and one of the practices of the list."""
    assert file.suffix == ".csv"
    with file.open(encoding="utf-8", newline="") as held:
        rows = list(csv.DictReader(held))
    assert {row["place"] for row in rows} == places
    assert practices & {row["thing"] for row in rows if row["section"] == "practices"}
    assert all(row["thingLabel"] for row in rows)


@pytest.mark.parametrize(("language", "width", "scheme", "scripts"), WAYS, ids=IDS)
def test_what_is_typed_without_accents_is_found(
    browser: Browser, shipped: Server, language: str, width: int, scheme: str, *, scripts: bool
) -> None:
    with visitor(browser, language, width, scheme, scripts=scripts) as page:
        page.goto(home(shipped, language) + "/search")
        field = page.locator("main input[name=q]")
        field.fill("sao paulo")
        field.press("Enter")
        expect(page.locator(".result-line h3").first).to_have_text("São Paulo")
        fits(page, width)
        page.locator("main input[name=q]").fill("defensora")
        page.locator("main input[name=q]").press("Enter")
        page.wait_for_url(re.compile("q=defensora"))
        first = page.locator(".result-line").first
        expect(first).to_have_text(re.compile("[Dd]efensor"))
        first.get_by_role("link").first.click()
        page.wait_for_url(re.compile("/page/"))
        assert page.locator("html").get_attribute("lang") == language
        fits(page, width)
