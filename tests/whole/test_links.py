"""No link of the site is dead, and each page says what it is, in which language, and where it stands."""

from __future__ import annotations

import pytest

from tests.whole.broken import broken_site
from tests.whole.walk import Walk

#: The walk over the whole site takes a minute of processor time, which may be many on a machine that is busy.
pytestmark = pytest.mark.timeout(900)


def test_no_link_is_dead_and_no_page_without_a_head(walked: Walk) -> None:
    assert walked.faults == []


def test_the_whole_site_was_walked(walked: Walk) -> None:
    languages = [page.language for page in walked.pages.values()]
    assert languages.count("en") > 500
    assert min(languages.count("fr"), languages.count("es")) > 60
    assert walked.data > 100
    assert walked.asked > 500
    for kind in ("practice", "city", "theme", "kind", "claim", "passage", "reference", "connection", "source"):
        assert any(address.startswith(f"/page/{kind}/") for address in walked.pages), kind


def test_pages_of_one_kind_have_titles_of_their_own(walked: Walk) -> None:
    """Things of two kinds may have one name, and passages may be the same line; /sources/x is /page/source/x."""
    shared = {
        title: {address.replace("/page/source/", "/sources/") for address in held}
        for title, held in walked.titles().items()
    }
    kinds = {
        title: [address.rsplit("/", 1)[0] for address in held if "/page/passage/" not in address]
        for title, held in shared.items()
    }
    assert {title: held for title, held in kinds.items() if len(held) != len(set(held))} == {}


def test_each_fault_is_found() -> None:
    with broken_site() as address:
        walk = Walk(address).go()
    assert sorted(walk.faults) == [
        "/#nowhere leads to no part of that page; a link on /",
        "/dead answers 404; a link on /",
        "/no-description: it has no description",
        "/no-language: its html element has lang='', not 'en'",
        "/page/city/gone answers 404; a link on /",
        "/rows.csv is a page, where its name says data; a link on /",
        "/sitemap.xml answers 404; a link on the start",
    ]
    assert list(walk.titles()) == ["en: Whole"]
