"""Numbers agree: each count that a page shows is what its own query answers, asked of the public endpoint.

No count is marked: whatever has a digit in a page's own words is a count, unless it stands where ``NO_COUNTS`` says
what it is. So a new one is found by itself, and fails until somebody says in ``counted_lists`` or ``counted_pages``
what it counts. The queries there are written anew, and know nothing of those that make the pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pytest

from tests.servers import Server
from tests.web import counted_lists, counted_pages
from tests.web.counting import Asking, Ledger, Page

#: A page of each kind that has numbers, or could.
PAGES: Final = (
    "/", "/practices", "/practices?page=2", "/practices?theme=equality", "/practices?theme=housing&country=spain",
    "/practices?status=all&view=table", "/practices?target=migrants&year=unknown", "/cities", "/cities?view=table",
    "/cities?type=City", "/institutions", "/institutions?kind=council&status=all", "/instruments", "/themes",
    "/sources", "/people", "/events", "/organisations", "/together?theme=social-rights",
    "/search?q=racism", "/search?q=sao+paulo", "/search?q=nowhere-at-all",
    "/page/practice/utrecht-plan-einstein", "/page/practice/torino-antiracism-common-good",
    "/page/city/utrecht", "/page/city/sao-paulo", "/page/city/jenin", "/page/department/seine-saint-denis",
    "/page/country/spain", "/page/region/europe", "/page/theme/housing", "/page/kind/observatory",
    "/page/target-group/migrants", "/page/modality/normative", "/page/aspect/challenge",
    "/page/institution/terrassa-social-rights-observatory",
    "/page/organisation/uclg", "/page/source/twenty-practices", "/page/claim/twenty-practices/10",
    "/coverage", "/coverage?themes=all", "/connections", "/connections?page=2", "/connections/utrecht",
    "/connections/sao-paulo/grenoble", "/compare", "/compare?city=utrecht&city=lyon",
    "/stories", "/stories/who-watches-over-rights", "/queries", "/queries/institutions-of-a-kind",
    "/queries/institutions-of-a-kind?kind=kind:institution-kind",
    "/queries/practices-by-section", "/about", "/download", "/api", "/ask",
    "/ask?find=practice&where1=theme&value1=theme:equality&show=place",
    "/ask?find=institution&where1=kind&value1=kind:council", "/ontology", "/rules/countries",
    "/why?s=practice:utrecht-plan-einstein&p=country&o=netherlands", "/asking", "/accessibility", "/privacy",
)  # fmt: skip

#: Where digits are no counts: on which pages, within what, and what they are.
NO_COUNTS: Final = (
    ("/", "details.evidence .proofs", "lines, numbers of sentences, names of standards"),
    ("/", "p.note.changed", "a version and its day"),
    ("/", "p.ran", "when an answer was made, and in how many milliseconds"),
    ("/", "section.news p", "days"),
    ("/", "section.ask", "addresses to write to"),
    ("/", "b.figure", "a number that a document says"),
    ("/", "span.where", "a day"),
    ("/", "a.outside", "a goal or a target of the United Nations"),
    ("/page/claim/", "h1.number-of", "the name of a claim"),
    ("/page/claim/", "figcaption", "the name of a claim"),
    ("/search", "p.cite", "the name of a document"),
    ("/together", "ol.found p.cite", "the names of a sentence and of a document"),
    ("/coverage#debts", "table.numbers-table", "what the record owes: test_coverage counts it"),
    ("/compare", "form label", "the first, second and third city"),
    ("/compare", "ul.people", "inhabitants, as a data set says"),
    ("/compare", "span.population", "inhabitants, as a data set says"),
    ("/why", "p.cite", "where a sentence stands, and when something was decided"),
    ("/queries$", "div.wrap p.note", "when all were last asked"),
    ("/api", "table.list td", "what a parameter may be"),
    ("/ask", "form.builder legend", "the first, second and third condition"),
    ("/ask", "details.columns summary", "how many columns the visitor has chosen"),
    ("/ontology", "ul.rules", "how often a property may stand"),
    ("/ontology", "section p.citation", "version and day"),
    ("/ontology", "ul.points", "versions and days"),
    ("/rules/", "div.wrap p", "the order of rules"),
    ("/asking", "article.asked", "the twelve questions, and values as printed"),
    ("/asking", "table.traps", "as printed in a query"),
    ("/accessibility", "ul.points", "how colours contrast"),
)


@pytest.fixture(scope="module")
def asking(shipped: Server) -> Asking:
    """The endpoint, which all tests here ask each question once."""
    return Asking(shipped)


def faults_of(ledger: Ledger, asking: Asking, addresses: Iterable[str]) -> list[str]:
    """Return each number of these pages that is not what it has to be."""
    found = []
    for address in addresses:
        answer = asking.server.get(address, "text/html")
        assert answer.status_code == 200, address
        found += ledger.faults(Page(address, answer.text, asking))
    return found


def test_each_number_of_each_page_is_what_its_query_answers(asking: Asking) -> None:
    ledger = Ledger((*counted_pages.COUNTS, *counted_lists.COUNTS), NO_COUNTS)
    assert faults_of(ledger, asking, PAGES)[:20] == []
    assert ledger.unused == set()


def test_numbers_are_the_same_in_the_other_languages(asking: Asking) -> None:
    """Each page in one of them: queries know no language, only digits do."""
    ledger = Ledger((*counted_pages.COUNTS, *counted_lists.COUNTS), NO_COUNTS)
    others = [(("/es", "/fr")[number % 2] + path).removesuffix("/") for number, path in enumerate(PAGES)]
    assert faults_of(ledger, asking, others)[:20] == []


def test_a_number_that_is_wrong_and_one_that_nobody_has_counted_are_found_out(shipped: Server, asking: Asking) -> None:
    ledger = Ledger((*counted_pages.COUNTS, *counted_lists.COUNTS), NO_COUNTS)
    text = shipped.get("/sources", "text/html").text
    heading = f'id="count">{asking.count(counted_lists.CLASSES["sources"])} sources'
    assert heading in text
    wrong = text.replace(heading, 'id="count">700 sources')
    new = text.replace("</h1>", "</h1><p>12 of them are new, as <bdi>Agenda 2030</bdi> says in lines 3–4.</p>", 1)
    for spoilt, words in ((wrong, "'700 sources' should be"), (new, "'12 of them are new, as")):
        faults = ledger.faults(Page("/sources", spoilt, asking))
        assert len(faults) == 1, faults
        assert words in faults[0]
    assert ledger.faults(Page("/sources", text, asking)) == []


def test_each_number_of_the_start_page_leads_to_what_it_counts(shipped: Server, asking: Asking) -> None:
    """A row of the list behind a number is one of what it counts, so the list has as many."""
    page = Page("/", shipped.get("/", "text/html").text, asking)
    numbers = [one for one in page.shown() if one.within("ul.numbers") and one.fits("a .n")]
    assert len(numbers) == 7
    for one in numbers[:-1]:
        address = one.around("a").get("href") or ""
        path, _, query = address.partition("?")
        assert len(page.asking.json(f"{path}.json?{query}")) == one.numbers[0], address
