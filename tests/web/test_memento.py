"""Memento (RFC 7089): what stood at an address at a time, found through TimeGate and TimeMap; also by a real client."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

from sparqlgate.http.negotiation import write_date
from tests.servers import Server
from tests.support import HANG, MEMENTO, need
from tests.web.test_history import House, house, site

__all__ = ["house", "site"]  # the fixtures

ORIGINALS = ("/id/institution/museum", "/page/institution/museum", "/data/institution/museum.ttl", "/dataset")
LINK = re.compile(r'<([^<>]*)>; rel="([^"]*)"((?:; [a-z]+="[^"]*")*)')


def links(answer: httpx.Response) -> dict[str, tuple[str, str]]:
    """Return the address by each relation that a Link header has, and when the memento was, where it says."""
    found: dict[str, tuple[str, str]] = {}
    for address, relations, rest in LINK.findall(answer.headers["link"]):
        when = re.search(r'datetime="([^"]*)"', rest)
        for relation in relations.split():
            found.setdefault(relation, (address, when[1] if when else ""))
    return found


def test_an_original_is_its_own_timegate(site: Server, house: House) -> None:
    for path in ORIGINALS:
        own = f"{site.url}{path}"
        now = site.get(path)
        assert "accept-datetime" in now.headers["vary"].lower()
        assert "memento-datetime" not in now.headers
        assert links(now)["original"][0] == links(now)["timegate"][0] == own
        assert links(now)["timemap"][0] == f"{site.url}/timemap/link{path}"
        for place in range(4):
            moment = house.when(place) + timedelta(hours=1)
            way = site.get(path, Accept_Datetime=write_date(moment))
            assert way.status_code == 302
            assert way.headers["vary"].lower() == "accept-datetime"
            assert "memento-datetime" not in way.headers
            assert way.headers["location"] == f"{site.url}/version/{house.versions[place].short}{path}", path
            told = links(way)
            assert (told["original"][0], told["timegate"][0]) == (own, own)
            assert told["first"] == (f"{site.url}/version/{house.versions[0].short}{path}", write_date(house.when(0)))
            assert told["last"] == (f"{site.url}/version/{house.versions[3].short}{path}", write_date(house.when(3)))
            assert ("prev" in told, "next" in told) == (place > 0, place < 3)
            memento = site.get(urlsplit(way.headers["location"]).path)
            assert memento.status_code == (303 if path.startswith(("/id/", "/dataset")) else 200)
            assert memento.headers["memento-datetime"] == write_date(house.when(place))
            assert "accept-datetime" not in memento.headers.get("vary", "").lower()
            seen = links(memento)
            assert (seen["original"][0], seen["timegate"][0]) == (own, own)
            assert {"first", "last", "timemap"} <= set(seen)
            assert ("prev" in seen, "next" in seen) == (place > 0, place < 3)
    old = site.get(f"/version/{house.versions[0].short}/data/institution/museum.ttl").text
    assert re.search(r"kind>?\s+\S*museum\b", old)
    assert "office" not in old


def test_times_beyond_all_and_what_is_no_time(site: Server, house: House) -> None:
    path = "/page/institution/museum"
    for moment, place in (
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),  # before the first: the first (RFC 7089, section 4.5.3)
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3),  # after the last: the last
        (write_date(house.when(1)), 1),
        (write_date(house.when(1) - timedelta(seconds=1)), 0),
    ):
        way = site.get(path, Accept_Datetime=moment)
        assert way.headers["location"].endswith(f"/version/{house.versions[place].short}{path}"), moment
    for text in (
        "yesterday", "", "2026-01-11T08:00:00Z", "Sunday, 11-Jan-26 08:00:00 GMT", "Sun, 11 Jan 2026 08:00:00 CET",
        "Sun, 31 Feb 2026 08:00:00 GMT", "Sun, 11 Jan 2026 08:00:00 GMT, Sun, 11 Jan 2026 08:00:00 GMT", "0" * 3000,
    ):  # fmt: skip
        answer = site.get(path, "application/problem+json", Accept_Datetime=text)
        assert answer.status_code == 400, text
        assert "Thu, 31 May 2007 20:35:00 GMT" in answer.json()["detail"]
        assert len(answer.content) < 2000
    french = site.get(f"/fr{path}", "text/html", Accept_Datetime="hier")
    assert "n’est pas une date" in french.text
    assert site.get("/cities", Accept_Datetime="yesterday").status_code == 200  # which has no earlier states
    query = site.get("/data/institution/museum.trig?evidence=0", Accept_Datetime="Thu, 01 Jan 1970 00:00:00 GMT")
    assert query.headers["location"].endswith("/data/institution/museum.trig?evidence=0")


def test_what_is_gone_has_states_and_what_came_has_none_before(site: Server, house: House) -> None:
    gone = site.get("/page/claim/first/2", "text/html")
    assert gone.status_code == 410
    assert links(gone)["timegate"][0].endswith("/page/claim/first/2")
    way = site.get("/page/claim/first/2", Accept_Datetime="Fri, 01 Jan 2100 00:00:00 GMT")
    assert way.headers["location"].endswith(f"/version/{house.versions[1].short}/page/claim/first/2")
    came = json.loads(site.get("/timemap/json/data/institution/office.ttl").content)
    assert [one["version"] for one in came["mementos"]["list"]] == [house.versions[3].version]
    way = site.get("/page/institution/office", Accept_Datetime="Thu, 01 Jan 1970 00:00:00 GMT")
    assert way.headers["location"].endswith(f"/version/{house.versions[3].short}/page/institution/office")


def test_timemaps_list_every_state(site: Server, house: House) -> None:
    for path in ORIGINALS:
        answer = site.get(f"/timemap/link{path}")
        assert answer.headers["content-type"] == "application/link-format"
        lines = answer.text.rstrip("\n").split(",\n")
        assert lines[0] == f'<{site.url}{path}>; rel="original timegate"'
        assert lines[1].startswith(
            f'<{site.url}/timemap/link{path}>; rel="self"; type="application/link-format"; from="'
        )
        for place, line in enumerate(lines[3:]):
            address = f"{site.url}/version/{house.versions[place].short}{path}"
            relation = {0: "first memento", 3: "last memento"}.get(place, "memento")
            assert line == f'<{address}>; rel="{relation}"; datetime="{write_date(house.when(place))}"'
        told = json.loads(site.get(f"/timemap/json{path}").content)
        listed = told["mementos"]["list"]
        assert [one["uri"] for one in listed] == [line[1 : line.index(">")] for line in lines[3:]]
        assert told["mementos"]["last"] == listed[-1]
        assert told["original_uri"] == f"{site.url}{path}"
    for path in ("/timemap/link/cities", "/timemap/xml/id/city/delft", "/timemap/link/", "/timemap/json/page/city/none",
                 "/timegate/http://elsewhere.example/id/city/delft", "/timegate/", "/timegate/sparql"):  # fmt: skip
        assert site.get(path).status_code == 404, path


def test_the_timegate_takes_whole_addresses_and_iris(site: Server, house: House) -> None:
    early = "Thu, 01 Jan 1970 00:00:00 GMT"
    for named in ("page/institution/museum", f"{site.url}/page/institution/museum"):
        way = site.get(f"/timegate/{named}", Accept_Datetime=early)
        assert (way.status_code, way.headers["vary"].lower()) == (302, "accept-datetime")
        assert way.headers["location"] == f"{site.url}/version/{house.versions[0].short}/page/institution/museum"
        assert links(way)["timegate"][0] == f"{site.url}/timegate/{named}"
        assert links(way)["original"][0] == f"{site.url}/page/institution/museum"
    iri = site.get("/timegate/https://w3id.org/cityrights/id/institution/museum")  # without a time: as it is now
    assert iri.headers["location"] == f"{site.url}/version/{house.versions[3].short}/id/institution/museum"


def test_versions_that_are_gone_are_left_out_and_a_clock_that_went_back_keeps_the_order(
    house: House, launch: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "snapshots"
    shutil.copytree(house.folder, folder, symlinks=True)
    shutil.rmtree(folder / house.versions[1].short)
    third = next((folder / "history").glob(f"*-{house.versions[2].short}.json"))
    held = json.loads(third.read_text("utf-8")) | {"when": "2026-01-20T08:00:00+00:00"}  # later than the fourth
    third.write_text(json.dumps(held), "utf-8")
    site = launch(folder / house.versions[3].short, fair_use="on")
    asked = site.get("/timemap/json/page/institution/none")  # a query finds out that there is none
    assert (asked.status_code, "ratelimit" in asked.headers) == (404, True)
    listed = json.loads(site.get("/timemap/json/dataset").content)["mementos"]["list"]
    assert {one["version"] for one in listed} == {house.versions[place].version for place in (0, 2, 3)}
    assert sorted(one["datetime"] for one in listed) == [one["datetime"] for one in listed]
    for moment, place in (
        (house.when(1), 0),  # that version is gone: what stood before it
        (house.when(3) + timedelta(days=90), 3),
        (house.when(0), 0),
    ):
        way = site.get("/dataset", Accept_Datetime=write_date(moment))
        assert way.headers["location"].endswith(f"/version/{house.versions[place].short}/dataset"), moment


CLIENT = """
import json, sys
from datetime import datetime
from memento_client import MementoClient
client = MementoClient(timegate_uri=sys.argv[1] + "/timegate/", check_native_timegate=True)
found = []
for when in sys.argv[3:]:
    info = client.get_memento_info(sys.argv[2], datetime.strptime(when, "%Y-%m-%d"))
    found.append({name: [one["uri"][0], str(one["datetime"])] for name, one in info["mementos"].items()})
print(json.dumps({"found": found, "original": info["original_uri"]}))
"""


def test_a_real_client_finds_the_memento(site: Server, house: House) -> None:
    python = need(MEMENTO)
    original = f"{site.url}/page/institution/museum"
    asked = [str(python), "-c", CLIENT, site.url, original, "1990-01-01", "2026-01-12", "2090-01-01"]
    done = subprocess.run(asked, capture_output=True, timeout=HANG, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["original"] == original
    for found, place in zip(told["found"], (0, 1, 3), strict=True):
        memento = f"{site.url}/version/{house.versions[place].short}/page/institution/museum"
        assert found["closest"] == [memento, house.when(place).strftime("%Y-%m-%d %H:%M:%S")]
        assert found["first"][0].endswith(f"/version/{house.versions[0].short}/page/institution/museum")
        assert found["last"][0].endswith(f"/version/{house.versions[3].short}/page/institution/museum")


def test_a_long_address_is_not_told_again_and_again(site: Server, house: House) -> None:
    """Proxies refuse heads of more than some kilobytes: an address that anybody made long must not be told in each."""
    long = "x=" + "a" * 3000
    version = f"/version/{house.versions[0].short}"
    for path in ("/page/institution/museum", "/data/institution/museum.ttl", "/dataset"):
        for before, asked in (("", {}), ("", {"Accept_Datetime": "Thu, 01 Jan 1970 00:00:00 GMT"}), (version, {})):
            for query in (long, "y"):
                head = site.get(f"{before}{path}?{query}", **asked).headers
                told = sum(value.count(query) for name, value in head.multi_items() if name == "link")
                assert query == "y" or told <= 2, (before, path, asked)
                assert before or "accept-datetime" in head["vary"].lower()
                if before or asked or query == "y":
                    assert 'rel="original timegate"' in head["link"], (before, path)
    way = site.get(f"/timegate/page/institution/museum?{long}")
    assert way.headers["location"].endswith(f"{house.versions[3].short}/page/institution/museum?{long}")
    assert way.headers["link"].count(long) == 2
    query = urlencode({"query": "ASK {} # " + "a" * 5000})
    for path in (f"/cite/sparql?{query}", f"/cite/dataset?{query}"):
        answer = site.get(path, "application/x-bibtex")
        assert answer.status_code == 303
        assert len(answer.headers.get("link", "")) < 8_200, path
