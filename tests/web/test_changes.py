"""What each version changed, as a site tells it: a page in three languages, and feeds that readers of feeds take."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest

from cityrights.pipeline import build
from cityrights.snapshot import Snapshot
from cityrights.versions.history import heads, records
from tests.graph.versions.test_changes import DATA, ONTOLOGY, QUERY
from tests.servers import Server

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot, Snapshot]:
    """Return a folder of snapshots in which a second version was taken up, and both versions."""
    project = tmp_path_factory.mktemp("project")
    for part in ("ontology", "queries/explore", "queries/construct", "data"):
        (project / part).mkdir(parents=True)
    (project / "ontology" / "terms.ttl").write_text(ONTOLOGY, "utf-8")
    (project / "queries" / "explore" / "institutions.rq").write_text(QUERY, "utf-8")
    data = project / "data" / "first.trig"
    data.write_text(DATA, "utf-8")
    first = build(project, project / "snapshots", current=True).snapshot
    data.write_text(DATA.replace("kind:museum", "kind:office"), "utf-8")
    second = build(project, project / "snapshots", current=True).snapshot
    assert first.version != second.version
    return project / "snapshots", first, second


@pytest.fixture(scope="module")
def told(versions: tuple[Path, Snapshot, Snapshot], start: Callable[..., Server]) -> Server:
    return start(versions[2].path)


def test_the_page_tells_the_versions_the_newest_first(told: Server, versions: tuple[Path, Snapshot, Snapshot]) -> None:
    _, first, second = versions
    page = told.get("/changes", "text/html").text
    assert re.findall(r'<section id="v-([0-9a-f]{12})"', page) == [second.short, first.short]
    assert "Museum – kind: office (before: museum)." in page
    french = told.get("/fr/changes", "text/html").text
    assert "Musée – type\u00a0: bureau (avant\u00a0: musée)." in french
    assert "La première version consignée ici." in french


def test_what_was_served_before_is_told_up_to_that(
    versions: tuple[Path, Snapshot, Snapshot], start: Callable[..., Server]
) -> None:
    page = start(versions[1].path).get("/changes", "text/html").text
    assert re.findall(r'<section id="v-([0-9a-f]{12})"', page) == [versions[1].short]


def test_the_feeds_say_the_same(told: Server, versions: tuple[Path, Snapshot, Snapshot]) -> None:
    _, first, second = versions
    answer = told.get("/changes.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = json.loads(answer.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["_cityrights"]["version"] for item in feed["items"]] == [second.version, first.version]
    assert feed["items"][0]["_cityrights"]["before"] == first.version
    assert "Museum – kind: office (before: museum)." in feed["items"][0]["content_text"].splitlines()
    root = ElementTree.fromstring(told.get("/es/changes.atom").content)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"
    entries = root.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}id") for one in entries] == [item["id"] for item in feed["items"]]
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries)
    for parent in (root, *entries):  # what RFC 4287, sections 4.1.1 and 4.1.2, demands
        for name in ("id", "title", "updated"):
            assert parent.findtext(f"{ATOM}{name}"), name
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert root.find(f"{ATOM}link[@rel='self']") is not None


TEXT, ADDRESS, MOMENT = (
    {"type": "string"},
    {"type": "string", "format": "uri"},
    {"type": "string", "format": "date-time"},
)
AUTHOR = {
    "type": "object",
    "properties": {"name": TEXT, "url": ADDRESS, "avatar": ADDRESS},
    "additionalProperties": False,
    "minProperties": 1,
}
#: What https://www.jsonfeed.org/version/1.1/ demands; names of extensions begin with an underscore.
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        **dict.fromkeys(("title", "description", "user_comment", "language"), TEXT),
        **dict.fromkeys(("home_page_url", "feed_url", "next_url", "icon", "favicon"), ADDRESS),
        "authors": {"type": "array", "items": AUTHOR},
        "expired": {"type": "boolean"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_text"]}, {"required": ["content_html"]}],
                "properties": {
                    **dict.fromkeys(("id", "title", "content_text", "content_html", "summary", "language"), TEXT),
                    **dict.fromkeys(("url", "external_url", "image", "banner_image"), ADDRESS),
                    **dict.fromkeys(("date_published", "date_modified"), MOMENT),
                    "authors": {"type": "array", "items": AUTHOR},
                    "tags": {"type": "array", "items": TEXT},
                },
                "patternProperties": {"^_[a-zA-Z]": {"type": "object"}},
                "additionalProperties": False,
            },
        },
    },
    "patternProperties": {"^_[a-zA-Z]": {"type": "object"}},
    "additionalProperties": False,
}


def test_readers_of_feeds_take_them(told: Server, versions: tuple[Path, Snapshot, Snapshot]) -> None:
    validator = jsonschema.Draft202012Validator(JSON_FEED, format_checker=jsonschema.FormatChecker())
    for prefix, language in (("", "en"), ("/fr", "fr"), ("/es", "es")):
        read = feedparser.parse(told.get(f"{prefix}/changes.atom").content)
        assert not read.bozo, read.get("bozo_exception")
        assert read.version == "atom10"
        assert read.feed.language == language
        assert [entry.link.rpartition("#v-")[2] for entry in read.entries] == [versions[2].short, versions[1].short]
        assert all(entry.updated_parsed and entry.title and entry.content[0].value for entry in read.entries)
        feed = json.loads(told.get(f"{prefix}/changes.json").content)
        assert [error.message for error in validator.iter_errors(feed)] == []
        assert feed["language"] == language
    assert list(validator.iter_errors({"version": "1", "title": 3, "items": [{}]}))


def test_a_record_that_is_spoilt_takes_no_page_with_it(
    versions: tuple[Path, Snapshot, Snapshot], tmp_path: Path
) -> None:
    shutil.copytree(versions[0] / "history", tmp_path / "history")
    newest = sorted((tmp_path / "history").glob("*.json"))[-1]
    newest.write_text("{", "utf-8")
    assert [record.version for record in records(tmp_path)] == [versions[1].version]


def test_a_record_that_tells_what_no_page_can_show_is_none(
    versions: tuple[Path, Snapshot, Snapshot], tmp_path: Path
) -> None:
    shutil.copytree(versions[0] / "history", tmp_path / "history")
    newest = sorted((tmp_path / "history").glob("*.json"))[-1]
    told = json.loads(newest.read_text("utf-8"))
    change = told["changes"][0]
    for wrong in (
        {"version": "../../../etc"},
        {"before": versions[1].short},
        {"when": "2026-11-30T12:00:00"},  # of no zone: it cannot be compared with others
        {"changes": [{**change, "sentences": {}}]},
        {"changes": [{**change, "sentences": {"en": 3}}]},
        {"added": float("inf")},
    ):
        newest.write_text(json.dumps({**told, **wrong}, indent=1), "utf-8")
        assert [record.version for record in records(tmp_path)] == [versions[1].version], wrong
        assert len(heads(tmp_path)) == 1 + bool({"changes", "added"} & wrong.keys()), wrong
    newest.write_text(json.dumps({**told, "when": "2026-11-30T12:00:00+05:00"}, indent=1), "utf-8")
    assert records(tmp_path)[0].when.isoformat() == heads(tmp_path)[0].when.isoformat() == "2026-11-30T07:00:00+00:00"


def test_what_xml_cannot_write_spoils_no_feed(
    versions: tuple[Path, Snapshot, Snapshot], tmp_path: Path, launch: Callable[..., Server]
) -> None:
    folder = tmp_path / "snapshots"
    shutil.copytree(versions[0], folder, symlinks=True)
    newest = sorted((folder / "history").glob("*.json"))[-1]
    newest.write_text(newest.read_text("utf-8").replace("Museum", "Mu\\u0001\\u000b\\ufffe<b>"), "utf-8")
    server = launch(folder / versions[2].short)
    feed = ElementTree.fromstring(server.get("/changes.atom").content)
    assert "Mu\ufffd\ufffd\ufffd<b>" in "".join(feed.itertext())
    assert "Mu\x01\x0b\ufffe<b>" in server.get("/changes.json").json()["items"][0]["content_text"]


def test_a_version_taken_up_again_is_a_record_of_its_own_and_a_clock_that_went_back_keeps_the_order(
    versions: tuple[Path, Snapshot, Snapshot], tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(versions[0].parent, folder, symlinks=True)
    last = sorted((folder / "snapshots" / "history").glob("*.json"))[-1]
    later = last.with_name(f"20991231T235959Z-{versions[2].short}.json")
    later.write_text(last.read_text("utf-8").replace(last.name[:4], "2099"), "utf-8")
    (folder / "data" / "first.trig").write_text(DATA, "utf-8")
    again = build(folder, folder / "snapshots", current=True).snapshot
    found = records(folder / "snapshots")
    assert again.version == versions[1].version == found[0].version
    assert found[0].when.year == 2100
