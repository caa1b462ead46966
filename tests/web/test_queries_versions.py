"""An answer that was cited, after data and question have changed: shown while it is kept, and told of afterwards."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import psutil
import pytest

from cityrights.library.queries import read
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, GRAPH_CLAIMS, ID
from tests.servers import Server
from tests.support import until
from tests.web.house import House

NAME = "cooperation-between-governments"
OTHER = "institutions-of-a-kind"
PAGE = f"/queries/{NAME}"
HOSTILE = "</td><script>alert(1)</script>"


def data(pairs: str, dated: str) -> str:
    """Governments that cooperate, each pair of letters in a claim of its own, as a dataset of this day."""
    lines = [
        f"@prefix cr: <{CR}> . @prefix dct: <http://purl.org/dc/terms/> . "
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
    ]
    for one, other in map(tuple, pairs.split()):
        claim, left, right = f"<{ID}claim/s/{one}{other}>", f"<{ID}government/{one}>", f"<{ID}government/{other}>"
        lines.append(f"{claim} {{ {left} cr:cooperatesWith {right} . {left} a cr:LocalGovernment . ")
        lines.append(f"{right} a cr:LocalGovernment }} <{GRAPH_CLAIMS}> {{ {claim} a cr:Claim ; ")
        lines.append(f'dct:identifier "{one}{other}" . {left} rdfs:label "Town {one} {HOSTILE}"@en }}')
    lines.append(
        "<https://w3id.org/cityrights/graph/dataset> { <https://w3id.org/cityrights/dataset> dct:modified "
        f'"{dated}"^^<http://www.w3.org/2001/XMLSchema#date> }}'
    )
    return "\n".join(lines)


@pytest.fixture
def house(tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> House:
    made = House(tmp_path, launch, monkeypatch)
    made.take(NAME, OTHER)
    return made


def taken_up(server: Server, snapshot: Snapshot, *, keep: bool = True) -> None:
    """Wait until the server has taken up a newer snapshot; without ``keep`` the ledger goes then."""
    until(lambda: server.get("/health").json()["version"] == snapshot.version, "the newer snapshot is taken up")
    if not keep:
        shutil.rmtree(snapshot.path.parent / "library")


def cited(server: Server, name: str = NAME) -> str:
    """Return the path and the parameters of the citation."""
    address: str = server.get(f"/queries/{name}/cite.json").json()[0]["URL"]
    return address.removeprefix(server.url)


def as_data(address: str, extension: str = "json") -> str:
    """Return the address of the data of a page."""
    path, _, asked = address.partition("?")
    return f"{path}.{extension}?{asked}"


def said(response: httpx.Response, status: int = 200) -> str:
    assert response.status_code == status
    found = re.search(r'<div class="notice standing.*?</div>\s*(?=<form|<section|<p)', response.text, re.DOTALL)
    assert found, response.text
    assert "<script>alert" not in response.text
    return unescape(re.sub(r"<[^>]*>", " ", found[0]))


def partners(body: str) -> list[str]:
    return sorted(set(re.findall(r'href="/page/government/(\w)"', body[body.index('id="answer"') :])))


def test_a_version_that_is_kept_is_shown_and_held_against_the_present_one(house: House) -> None:
    first = house.build(data("ab cd", "2026-01-02"))
    server = house.serve()
    address = cited(server)
    assert said(server.get(address, "text/html")).count("The answer is still the same, 2 rows.") == 1
    old = server.get(f"{PAGE}.json").json()
    page = server.get(PAGE, "text/html").text
    assert re.search(r"last checked on \w+ \d+, 2026, \d\d:\d\d UTC: 2 rows in [\d.]+ ms, on version", page)
    assert re.search(r"Made on .*?, in [\d.]+ ms, from version", page)

    second = house.build(data("ab ef gh", "2026-03-04"))
    assert second.version != first.version
    taken_up(server, second)
    response = server.get(address, "text/html")
    words = said(response)
    assert f"version {first.short} of the data, which is still kept here" in words
    assert "are dated January 2, 2026, those of today March 4, 2026" in words
    assert "when it was cited it had 2 rows, today it has 3" in words
    assert "Rows that the answer no longer has: 1" in words
    assert "Rows that the answer has today and had not then: 2" in words
    assert partners(response.text) == ["a", "b", "c", "d"]
    assert f'href="{PAGE}"' in response.text
    assert "noindex" in response.text
    assert server.get(as_data(address)).json() == old
    assert server.get(as_data(address, "csv")).text.count("\r\n") == 3
    assert first.short in server.get(as_data(address, "network.json")).headers["link"]
    assert 'data-network="/queries/cooperation-between-governments.network.json?version=' in response.text
    assert server.get(f"{PAGE}.json").json()["total"] == 3
    assert partners(server.get(PAGE, "text/html").text) == ["a", "b", "e", "f", "g", "h"]
    for language in ("fr", "es"):
        assert "2 " in said(server.get(f"/{language}{address}", "text/html"))
    assert server.get(cited(server), "text/html").text.count("You are looking at the version that was cited") == 1


def test_a_version_that_is_no_longer_kept_says_what_has_changed(house: House) -> None:
    first = house.build(data("ab cd", "2026-01-02"))
    server = house.serve()
    address, other = (cited(server, name) for name in (NAME, OTHER))
    without = address.partition("&answer=")[0]
    taken_up(server, house.build(data("ab ef gh", "2026-03-04")))
    shutil.rmtree(first.path)
    for known in (address, without):  # the ledger has the answer, and knows which one goes with the version
        response = server.get(known, "text/html")
        words = said(response)
        assert f"version {first.short}, are no longer kept here. The answer below is from version" in words
        assert "are dated January 2, 2026, those of today March 4, 2026" in words
        assert "when it was cited it had 2 rows, today it has 3" in words
        assert "Rows that the answer no longer has: 1" in words
        assert "Town c" in words
        assert partners(response.text) == ["a", "b", "e", "f", "g", "h"]
        gone = server.get(as_data(known))
        assert gone.status_code == 410
        assert first.short in gone.json()["detail"]
        assert server.get(as_data(known, "csv"), "text/html").status_code == 410
    words = said(server.get(other, "text/html"), 400)  # today there is no such kind
    assert "no longer kept here" in words

    shutil.rmtree(house.snapshots / "library")
    taken_up(server, house.build(data("ab ef gi", "2026-03-05")), keep=False)
    words = said(server.get(address, "text/html"))  # the citation itself says what its answer was
    assert "when it was cited it had 2 rows, today it has 3" in words
    assert "no longer has" not in words
    assert "are dated" not in words
    assert "Whether the answer has changed cannot be told" in said(server.get(without, "text/html"))
    assert "The answer has changed: it has 3 rows as before, but not all of them are the same." in said(
        server.get(re.sub(r"answer=2-", "answer=3-", address), "text/html")
    )


def test_a_question_that_has_changed_shows_how(house: House) -> None:
    house.build(data("ab cd", "2026-01-02"))
    address = cited(house.serve())
    first = read(house.question(NAME))
    text = house.question(NAME).read_text("utf-8")
    changed = text.replace("?government a cr:LocalGovernment .", "?government a cr:LocalGovernment . # and no other")
    house.question(NAME).write_text(changed, "utf-8")
    house.build(data("ab cd", "2026-01-02"))
    server = house.serve()
    words = said(server.get(address, "text/html"))
    assert f"the text {first.digest} of the query, on the data of today" in words
    assert "The answer is still the same, 2 rows." in words
    assert "+   ?government a cr:LocalGovernment . # and no other" in words
    assert "-   ?government a cr:LocalGovernment ." in words
    assert server.get(as_data(address)).json()["version"].startswith(first.digest)

    house.build(data("ab", "2026-01-02"))
    shutil.rmtree(house.snapshots / "library" / "texts")
    server = house.serve()
    words = said(server.get(address, "text/html"))
    assert "The query has changed since it was cited" in words
    assert "The answer below is from version" in words
    assert "when it was cited it had 2 rows, today it has 1" in words
    assert server.get(as_data(address)).status_code == 410


def test_a_question_that_is_no_longer_asked_is_found_by_its_citation(house: House) -> None:
    house.build(data("ab cd", "2026-01-02"))
    address = cited(house.serve())
    house.question(NAME).unlink()
    house.build(data("ab", "2026-01-02"))
    server = house.serve()
    assert server.get(PAGE).status_code == 404
    words = said(server.get(address, "text/html"))
    assert "Today this question is no longer asked here" in words
    assert server.get(as_data(address)).json()["total"] == 2
    shutil.rmtree(house.snapshots / "library")
    assert house.serve().get(address).status_code == 404


def test_a_damaged_snapshot_counts_as_not_kept(house: House) -> None:
    first = house.build(data("ab cd", "2026-01-02"))
    server = house.serve()
    address = cited(server)
    taken_up(server, house.build(data("ab", "2026-01-02")))
    (first.path / "manifest.json").write_text("{")
    assert "The answer below is from version" in said(server.get(address, "text/html"))
    assert server.get(as_data(address)).status_code == 410


def test_earlier_versions_take_one_process_at_most_and_end_with_the_server(house: House) -> None:
    house.build(data("ab", "2026-01-02"))
    server = house.serve(workers=1)
    addresses = []
    for n in range(3):
        taken_up(server, house.build(data(f"ab c{n}", "2026-01-02")))
        addresses.append(cited(server))
    taken_up(server, house.build(data("ab", "2026-01-03")))

    def processes() -> int:
        return len(psutil.Process(server.process.pid).children(recursive=True))

    before = processes()
    for address in addresses * 2:
        assert server.get(as_data(address)).json()["total"] == 2
    seen = processes()
    assert before < seen <= before + 6, (before, seen)
    taken_up(server, house.build(data("ab", "2026-01-04")))  # what was open goes with the site that opened it
    until(lambda: processes() <= before, "what was open has ended")


@pytest.mark.parametrize(
    "asked",
    [
        "version=1",
        "version=../../etc",
        "answer=2-0123456789ab",
        "version={now}&answer=2",
        "version={now}&answer=-1-0123456789ab",
    ],
)
def test_what_is_no_version_or_no_answer_is_a_400(shipped: Server, asked: str) -> None:
    now = shipped.get(f"{PAGE}.json").json()["version"]
    for address in (f"{PAGE}?{asked}", f"{PAGE}.json?{asked}", f"{PAGE}/cite.bib?{asked}"):
        assert shipped.get(address.format(now=now)).status_code == 400, address
