"""The map of the site: no address stands twice, each says how it may be asked, and an old one leads to the new."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import httpx

from cityrights.snapshot import Snapshot
from cityrights_web.flask_app import create_pages
from cityrights_web.routes import ANSWERS, PAGES, methods_of
from cityrights_web.site import Site
from cityrights_web.views import service
from sparqlgate import EmbeddedEngine
from tests.servers import Server


def test_no_address_stands_twice() -> None:
    for table in ([route.path for route in ANSWERS], [page.rule for page in PAGES]):
        assert [path for path, times in Counter(table).items() if times > 1] == []


def test_each_address_tells_the_methods_of_its_row(shipped: Server) -> None:
    rows = [(route.path, route.methods) for route in ANSWERS]
    rows += [(page.rule, page.methods) for page in PAGES if "<" not in page.rule]
    for path, methods in rows:
        answer = shipped.client.request("OPTIONS", path)
        assert (answer.status_code, answer.headers["allow"]) == (204, methods), path
    assert methods_of("/fr/reconcile") == methods_of("/reconcile") != methods_of("/fr/cities")


def test_crawlers_are_told_only_of_pages_that_stand_in_the_map() -> None:
    rules = " ".join(page.rule for page in PAGES) + " ".join(route.path for route in ANSWERS)
    lost = [page for page in service.PAGES if page not in rules and page.removeprefix("/") not in rules]
    assert lost == []


def test_the_query_builder_is_found_where_it_was_with_its_question(shipped: Server) -> None:
    for prefix in ("", "/fr", "/es"):
        for method in ("GET", "HEAD"):
            answer = shipped.client.request(method, f"{prefix}/build?find=practice&where1=theme&value1=a%2Fb")
            assert answer.status_code == 308, (prefix, method)
            assert answer.headers["location"] == f"{prefix}/ask?find=practice&where1=theme&value1=a%2Fb"
        page = shipped.client.get(f"{prefix}/build", headers={"Accept": "text/html"}, follow_redirects=True)
        assert page.status_code == 200
        assert urlsplit(str(page.url)).path == f"{prefix}/ask"


def test_a_batch_of_names_reaches_its_page_as_it_was_sent(shipped: Server, snapshot: Snapshot) -> None:
    """By POST, as a form: an address has not the room, and what stands before the pages must not read it for them."""
    form = {"queries": '{"q": {"query": "Utrecht"}}'}
    with EmbeddedEngine(snapshot, workers=1) as engine:
        pages = create_pages(Site(engine, snapshot.version, snapshot.path, snapshot.manifest)).test_client()
        direct = pages.post("/reconcile", data=form)
    assert direct.status_code == 200
    served: httpx.Response = shipped.client.post("/reconcile", data=form)
    assert served.json() == direct.json
    assert served.json()["q"]["result"][0]["id"] == "city/utrecht"
