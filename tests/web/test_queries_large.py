"""An answer that is more than its picture can show, and more than a table may have."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from cityrights.pipeline.steps import build
from cityrights.vocabulary import CR, GRAPH_CLAIMS, ID
from cityrights_web.results.pictures import MOST
from tests.servers import Server

PAIRS = 120
PAGE = "/queries/cooperation-between-governments"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot with more governments that cooperate than a network shows; one of them has a hostile name."""
    house = tmp_path_factory.mktemp("house")
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    lines = [f"@prefix cr: <{CR}> .", "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."]
    for n in range(PAIRS):
        claim, one, other = (f"<{ID}{kind}/{n}>" for kind in ("claim/large", "government/a", "government/b"))
        lines.append(
            f"{claim} {{ {one} cr:cooperatesWith {other} . {one} a cr:LocalGovernment . {other} a cr:LocalGovernment }}"
        )
        lines.append(f'<{GRAPH_CLAIMS}> {{ {claim} a cr:Claim ; <http://purl.org/dc/terms/identifier> "L{n:03}" }}')
    lines.append(f'<{GRAPH_CLAIMS}> {{ <{ID}government/a/0> rdfs:label "</td><script>alert(1)</script>"@en }}')
    (house / "data" / "large.trig").write_text("\n".join(lines), "utf-8")
    return build(house, tmp_path_factory.mktemp("snapshots")).snapshot.path


@pytest.fixture(scope="module")
def large(launch: Callable[..., Server], house: Path) -> Server:
    return launch(house)


def test_a_picture_that_is_too_full_says_so_and_the_table_stays(large: Server) -> None:
    words = f"The answer has {2 * PAIRS} parts, and this picture can show {MOST['network']}."
    page = large.get(PAGE, "text/html")
    assert page.status_code == 200
    assert words in unescape(page.text)
    assert "data-network" not in page.text
    drawn = large.get(f"{PAGE}.network.json")
    assert drawn.status_code == 400
    assert words in drawn.json()["detail"]
    assert large.get(f"{PAGE}.json").json()["total"] == PAIRS


def test_names_stay_text_and_every_page_is_reached(large: Server) -> None:
    page = large.get(PAGE, "text/html").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    seen = 0
    address: str = PAGE
    while address:
        response = large.get(address, "text/html")
        seen += response.text.count("<tr>") - 1
        following = response.text.partition('<link rel="next" href="')[2].partition('"')[0]
        address = unescape(following)
    assert seen == PAIRS
    assert large.get(f"{PAGE}?page=4", "text/html").status_code == 404


def test_an_answer_over_the_cap_of_rows_is_refused_in_words(launch: Callable[..., Server], house: Path) -> None:
    server = launch(house, max_rows=50)
    for address in (PAGE, f"{PAGE}.json", f"{PAGE}.csv", f"{PAGE}.srj"):
        response = server.get(address, "application/json")
        assert response.status_code == 400
        assert response.json()["type"].endswith("answer-too-large")
