"""What a site remembers of each thing: which version changed it last, what was withdrawn, how two versions differ."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pyoxigraph as ox
import pytest

from cityrights.errors import EngineBusy
from cityrights.pipeline import build
from cityrights.snapshot import Snapshot
from cityrights.versions.history import History, compare
from cityrights.versions.patch import apply
from cityrights_web.site import Site
from cityrights_web.views.difference import Comparisons, Pair
from sparqlgate.http.fair_use import FairUse
from sparqlgate.http.negotiation import read_date, write_date
from sparqlgate.http.requests import Request
from sparqlgate.http.settings import Settings
from tests.graph.versions.test_changes import DATA, NEW, ONTOLOGY, QUERY
from tests.servers import Server

MODIFIED = ox.NamedNode("http://purl.org/dc/terms/modified")
BASE = DATA.replace('"It has ten rooms."@en', '"It has ten rooms."@en , "Il a dix salles."@fr')
#: The text of the data in each version, and what it changes.
TEXTS = (
    BASE,
    BASE.replace("kind:museum .", "kind:office ."),  # the museum's kind
    BASE.replace("kind:museum .", "kind:office .")[: BASE.index("claim:2 {")],  # a claim withdrawn
    BASE.replace("kind:museum .", "kind:office .")[: BASE.index("claim:2 {")] + NEW,  # a claim and an office more
)


class House(NamedTuple):
    """A folder of snapshots, and the versions that it took up, the oldest first."""

    folder: Path
    versions: list[Snapshot]

    @property
    def history(self) -> History:
        return History(self.folder)

    def pair(self, before: int, after: int) -> str:
        return f"{self.versions[before].short}..{self.versions[after].short}"

    def when(self, place: int) -> datetime:
        record = self.history.of(self.versions[place].version)
        assert record is not None
        return record.when


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    project = tmp_path_factory.mktemp("project")
    for part in ("ontology", "queries/explore", "queries/construct", "data"):
        (project / part).mkdir(parents=True)
    (project / "ontology" / "terms.ttl").write_text(ONTOLOGY, "utf-8")
    (project / "queries" / "explore" / "institutions.rq").write_text(QUERY, "utf-8")
    found = []
    for text in TEXTS:
        (project / "data" / "first.trig").write_text(text, "utf-8")
        found.append(build(project, project / "snapshots", current=True).snapshot)
    assert len({one.version for one in found}) == len(TEXTS)
    # The clock of a test has few seconds, and records follow each other by one: these lie in the past, days apart.
    for day, path in enumerate(sorted((project / "snapshots" / "history").glob("*.json")), 10):
        held = json.loads(path.read_text("utf-8"))
        held["when"] = f"2026-01-{day}T08:00:00+00:00"
        path.with_name(f"202601{day}T080000Z-{path.name.partition('-')[2]}").write_text(
            json.dumps(held, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        path.unlink()
    return House(project / "snapshots", found)


@pytest.fixture(scope="session")
def site(house: House, start: Callable[..., Server]) -> Server:
    return start(house.versions[-1].path)


def test_the_version_that_last_changed_a_thing_is_told_everywhere(site: Server, house: House) -> None:
    for key, place in (("institution/museum", 1), ("claim/first/1", 1), ("institution/office", 3), ("kind/office", 3)):
        wanted = write_date(house.when(place))
        for path in (f"/id/{key}", f"/page/{key}", f"/fr/page/{key}", f"/data/{key}.ttl", f"/data/{key}.jsonld"):
            answer = site.get(path)
            assert answer.headers["last-modified"] == wanted, path
        told = ox.parse(site.get(f"/data/{key}.ttl").content, format=ox.RdfFormat.TURTLE)
        dates = [quad.object.value for quad in told if quad.predicate == MODIFIED]
        assert dates == [house.when(place).strftime("%Y-%m-%dT%H:%M:%SZ")], key
        page = site.get(f"/page/{key}", "text/html").text
        link = f'<a href="/changes/{house.pair(place - 1, place)}">Changed in version {house.versions[place].short}, '
        assert link in page, key
    page = site.get("/page/institution/museum", "text/html").text
    assert "<bdi>Museum – kind: office (before: museum).</bdi>" in page
    assert "<bdi>Sentence A003 is new: “Delft has an office.”" in site.get("/page/institution/office", "text/html").text
    assert "<bdi>Musée – type\u00a0: bureau (avant\u00a0: musée).</bdi>" in site.get("/fr/page/institution/museum").text


def test_of_what_never_changed_no_date_is_invented(site: Server, house: House) -> None:
    for path in ("/id/city/delft", "/page/city/delft", "/data/city/delft.ttl"):
        assert "last-modified" not in site.get(path).headers, path
    assert b"modified" not in site.get("/data/city/delft.nt").content
    page = site.get("/page/city/delft", "text/html").text
    assert f"Unchanged since version {house.versions[0].short}, January 10, 2026;" in page
    assert site.get("/data/city/delft.ttl", If_Modified_Since=write_date(datetime.now(UTC))).status_code == 200


def test_a_condition_on_the_date_is_answered_by_rfc_9110(site: Server, house: House) -> None:
    moment = write_date(house.when(1))
    ahead, before = "Mon, 01 Jan 2029 00:00:00 GMT", "Fri, 09 Jan 2026 00:00:00 GMT"
    for path in ("/page/institution/museum", "/data/institution/museum.ttl"):
        whole = site.get(path)
        etag = whole.headers["etag"]
        for headers, expected in (
            ({"If_Modified_Since": moment}, 304),
            ({"If_Modified_Since": ahead}, 304),
            ({"If_Modified_Since": before}, 200),
            ({"If_Modified_Since": "Sunday, 11-Jan-26 08:00:00 GMT"}, 304),  # as RFC 850 had it
            ({"If_Modified_Since": "Sun Jan 11 08:00:00 2026"}, 304),  # as asctime() writes it
            ({"If_Modified_Since": "Sun, 11 Jan 2026 07:59:59 GMT"}, 200),
            ({"If_Modified_Since": "yesterday"}, 200),
            ({"If_Modified_Since": "Sun, 31 Feb 2027 08:00:00 GMT"}, 200),
            ({"If_Modified_Since": f"{moment}, {ahead}"}, 200),
            ({"If_Modified_Since": ahead, "If_None_Match": '"other"'}, 200),  # the ETag wins
            ({"If_Modified_Since": before, "If_None_Match": etag}, 304),
        ):
            answer = site.get(path, **headers)
            assert answer.status_code == expected, (path, headers)
            if expected == 304:
                assert answer.content == b""
                assert answer.headers["etag"] == etag
                assert answer.headers["last-modified"] == moment
        assert site.client.head(path, headers={"If-Modified-Since": moment}).status_code == 304
    assert site.get("/id/institution/museum", If_Modified_Since=ahead).status_code == 303


def test_dates_are_read_as_they_are_written() -> None:
    moment = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    for text in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):
        assert read_date(text) == moment, text
    assert write_date(moment) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert read_date("Sun Nov  6 08:49:37 1994", obsolete=False) is None
    for text in ("", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT"):
        assert read_date(text) is None, text
    assert read_date("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_what_was_withdrawn_is_410_with_what_it_said(site: Server, house: House) -> None:
    for path in ("/id/claim/first/2", "/page/claim/first/2", "/data/claim/first/2.ttl"):
        answer = site.get(path, "application/problem+json")
        assert answer.status_code == 410, path
        problem = answer.json()
        assert problem["said"]["en"] == "It has ten rooms."
        assert problem["withdrawn"] == {
            "version": house.versions[2].version,
            "when": house.when(2).isoformat(),
            "before": house.versions[1].version,
        }
    page = site.get("/fr/page/claim/first/2", "text/html")
    assert page.status_code == 410
    assert f"Cette phrase a été retirée dans la version {house.versions[2].short}" in page.text
    assert "«\u00a0Il a dix salles.\u00a0»" in page.text
    assert f'href="/fr/changes/{house.pair(1, 2)}"' in page.text
    assert site.get("/page/observation/rooms").status_code == 410
    assert site.get("/page/claim/first/77").status_code == 404
    assert site.get("/page/claim/first/77.ttl").status_code == 404


def test_the_page_of_an_earlier_version_says_whether_it_still_stands(site: Server, house: House) -> None:
    first = f"/version/{house.versions[0].short}"
    for path, told in (
        ("/page/city/delft", "It still stands: in today’s version it is the same."),
        (
            "/page/institution/museum",
            f"It was changed since, last in version {house.versions[1].short}, January 11, 2026.",
        ),
        ("/page/claim/first/2", f"It was withdrawn since, in version {house.versions[2].short}, January 12, 2026."),
        ("/fr/page/claim/first/2", f"Cela a été retiré depuis, dans la version {house.versions[2].short}, "),
    ):
        answer = site.get(first + path, "text/html")
        assert answer.status_code == 200, path
        assert told in answer.text, path
        if "same" not in told:
            prefix = "/fr" if path.startswith("/fr") else ""
            assert f'href="{prefix}/changes/{house.pair(0, 3)}"' in answer.text, path
    today = site.get(f"/version/{house.versions[-1].short}/page/city/delft", "text/html").text
    assert "still stands" not in today
    gone = site.get("/page/claim/first/2", "text/html").text
    assert f'href="/version/{house.versions[1].short}/page/claim/first/2"' in gone
    assert site.get(f"/version/{house.versions[1].short}/page/claim/first/2", "text/html").status_code == 200


def test_an_earlier_version_dates_things_as_it_knew_them(site: Server, house: House) -> None:
    second = f"/version/{house.versions[1].short}"
    assert site.get(f"{second}/data/kind/office.ttl").headers["last-modified"] == write_date(house.when(1))
    assert site.get("/data/kind/office.ttl").headers["last-modified"] == write_date(house.when(3))
    assert site.get(f"{second}/page/institution/office", "text/html").status_code == 404


def test_two_versions_are_compared_in_each_language_and_as_data(site: Server, house: House, tmp_path: Path) -> None:
    first, last = house.versions[0], house.versions[-1]
    address = f"/changes/{house.pair(0, 3)}"
    for prefix, sentence in (
        ("", "Sentence A002 was withdrawn: “It has ten rooms.”"),
        ("/fr", "A002 est retirée\u00a0: «\u00a0Il a dix salles.\u00a0»"),
        ("/es", "A002"),
    ):
        page = site.get(prefix + address, "text/html")
        assert page.status_code == 200
        assert sentence in page.text, prefix
        assert f'href="{prefix}/changes/{house.pair(3, 0)}"' in page.text
    told = json.loads(site.get(f"{address}.json").content)
    assert (told["before"]["version"], told["after"]["version"]) == (first.version, last.version)
    assert told["after"]["takenUp"] == house.when(3).isoformat()
    assert {"claim-new", "claim-gone", "statement-changed", "thing-new"} <= {one["kind"] for one in told["changes"]}
    for before, after in ((first, last), (last, first)):
        answer = site.get(f"/changes/{before.short}..{after.short}.rdfp")
        assert answer.headers["content-type"] == "application/rdf-patch"
        patch, made = tmp_path / "change.rdfp", tmp_path / "made.nq"
        patch.write_bytes(answer.content)
        apply(patch, before.nquads, made)
        assert made.read_bytes() == after.nquads.read_bytes()
    back = site.get(f"/changes/{house.pair(3, 0)}", "text/html").text
    assert "Sentence A003 was withdrawn" in back
    assert "The first of the two is the later one" in back
    same = site.get(f"/changes/{house.pair(1, 1)}", "text/html")
    assert same.status_code == 200
    assert f"Both are version {house.versions[1].short}: there is no difference." in same.text
    assert json.loads(site.get(f"/changes/{house.pair(1, 1)}.json").content)["changes"] == []


def test_names_of_versions_lead_on_or_are_refused(site: Server, house: House) -> None:
    first, last = house.versions[0], house.versions[-1]
    answer = site.get(f"/fr/changes/{first.version}..{last.version}.json")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/fr/changes/{house.pair(0, 3)}.json")
    for pair in ("0" * 12 + f"..{last.short}", f"{last.short}..nonsense", f"{last.short}..", "x", "a..b..c",
                 f"{house.pair(0, 3)}.rdfp.json", f"{house.pair(0, 3)}.json.json"):  # fmt: skip
        assert site.get(f"/changes/{pair}").status_code == 404, pair
    for path in ("/changes/", "/fr/changes/", f"/changes/{house.pair(0, 3)}/"):
        answer = site.get(path)
        assert (answer.status_code, answer.headers["location"]) == (308, path.rstrip("/")), path
    assert site.client.post(f"/changes/{house.pair(0, 1)}").status_code == 405
    etag = site.get(f"/changes/{house.pair(0, 3)}").headers["etag"]
    assert site.get(f"/changes/{house.pair(0, 3)}", If_None_Match=etag).status_code == 304


def test_versions_that_are_gone_or_spoilt_are_told_apart(
    house: House, launch: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "snapshots"
    shutil.copytree(house.folder, folder, symlinks=True)
    shutil.rmtree(folder / house.versions[0].short)
    spoilt = folder / house.versions[1].short / "cityrights.nq"
    spoilt.write_bytes(spoilt.read_bytes().replace(b"museum", b"muzeum"))
    site = launch(folder / house.versions[-1].short)
    # What was written down when a version was taken up stays; what would have to be compared is gone.
    assert "Museum – kind: office" in site.get(f"/changes/{house.pair(0, 1)}", "text/html").text
    for path in (f"{house.pair(0, 3)}", f"{house.pair(1, 0)}.json", f"{house.pair(0, 1)}.rdfp"):
        answer = site.get(f"/changes/{path}", "application/problem+json")
        assert answer.status_code == 410, path
        assert answer.json()["tombstone"]["version"] == house.versions[0].version
    answer = site.get(f"/changes/{house.pair(1, 3)}.json")
    assert answer.status_code == 503
    assert "damaged" in answer.json()["detail"]
    assert str(tmp_path) not in answer.text
    assert "retry-after" in answer.headers


def test_a_page_tells_what_a_record_says_that_comes_after_its_version(
    house: House, launch: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "snapshots"
    shutil.copytree(house.folder, folder, symlinks=True)
    last = sorted((folder / "history").glob("*.json"))[-1]
    held = last.read_bytes()
    last.unlink()
    site = launch(folder / house.versions[-1].short)
    for _ in range(2):
        before = site.get("/page/institution/office", "text/html")
        assert "last-modified" not in before.headers
    fresh = last.with_suffix(".fresh")
    fresh.write_bytes(held)
    fresh.rename(last)
    after = site.get("/page/institution/office", "text/html")
    assert after.headers["last-modified"] == write_date(house.when(3))
    assert "Changed in version" in after.text


def test_a_record_from_the_future_dates_nothing(house: House, launch: Callable[..., Server], tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    shutil.copytree(house.folder, folder, symlinks=True)
    last = sorted((folder / "history").glob("*.json"))[-1]
    held = json.loads(last.read_text("utf-8")) | {"when": "2999-01-01T00:00:00+00:00"}
    last.unlink()
    last.with_name(f"29990101T000000Z-{house.versions[-1].short}.json").write_text(json.dumps(held), "utf-8")
    answer = launch(folder / house.versions[-1].short).get("/page/institution/office", "text/html")
    assert "last-modified" not in answer.headers
    assert "January 1, 2999" in answer.text


def test_what_is_held_of_the_records_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = house.history.records[0]
    assert newest.touched is not None
    monkeypatch.setattr("cityrights.versions.history.MOST_HELD", len(newest.touched) + len(newest.come) + 1)
    history = History(house.folder)
    assert [record.touched is None for record in history.records] == [False, True, True, True]
    assert [len(record.changes) for record in history.records] == [len(one.changes) for one in house.history.records]
    standing = history.standing("institution/museum", house.versions[3].version)
    assert standing is not None
    assert (standing.changed, standing.record.version) == (False, house.versions[2].version)


def test_a_version_does_not_depend_on_what_was_before(house: House, tmp_path: Path) -> None:
    assert build(house.folder.parent, tmp_path / "elsewhere").snapshot.version == house.versions[-1].version


def test_the_same_is_compared_once_and_who_cycles_pairs_waits(house: House) -> None:
    made: list[tuple[Any, ...]] = []
    together: list[int] = []

    def reader(function: Callable[..., Any], *given: Any) -> Any:
        together.append(1)
        made.append(given)
        assert sum(together) == 1, "two are compared at once"
        found = compare(house.versions[0].path, house.versions[3].path)
        together.pop()
        return found

    def request(client: str) -> Request:
        record = SimpleNamespace(client=client, own=True)
        return cast(Request, SimpleNamespace(record=record))

    async def ask() -> list[Any]:
        with ThreadPoolExecutor(8) as threads:
            shared = SimpleNamespace(fair=FairUse(Settings()), reader=SimpleNamespace(made=reader))
            history = SimpleNamespace(records=[])
            gate = SimpleNamespace(threads=threads)
            site = SimpleNamespace(shared=shared, folder=house.versions[-1].path, gate=gate, history=history)
            comparisons = Comparisons(cast(Site, site))
            same = [comparisons.told(request("10.0.0.1"), Pair("a" * 64, "b" * 64)) for _ in range(50)]
            first = await asyncio.gather(*same)
            assert len(made) == 1
            await comparisons.told(request("10.0.0.1"), Pair("a" * 64, "b" * 64))
            assert len(made) == 1
            many = [comparisons.told(request("10.0.0.1"), Pair(f"{n:064x}", "b" * 64)) for n in range(40)]
            return [*first, *(await asyncio.gather(*many, return_exceptions=True))]

    outcomes = asyncio.run(ask())
    busy = [one for one in outcomes if isinstance(one, EngineBusy)]
    assert len(busy) > 30
    assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, EngineBusy)]


def test_the_page_of_all_changes_leads_to_each(site: Server, house: House) -> None:
    page = site.get("/changes", "text/html").text
    found = re.findall(r'href="(/changes/[0-9a-f]{12}\.\.[0-9a-f]{12})"', page)
    assert found == [f"/changes/{house.pair(place - 1, place)}" for place in (3, 2, 1)]
