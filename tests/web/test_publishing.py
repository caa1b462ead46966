"""What a server shows while things are published, fail to be, or vanish; and a draft, which says that it is one."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from cityrights.errors import CityrightsError
from cityrights.pipeline import build
from cityrights.publishing import NotPublished, publish_home
from cityrights.snapshot import DRAFT, Snapshot, record, recorded
from tests.counters import asking, path
from tests.homes import checked_home, note
from tests.nursery import cityrights
from tests.servers import Server, free_port
from tests.support import HANG, command, until

_NOTED = path("SELECT ?o { <http://e.example/x> <http://www.w3.org/2000/01/rdf-schema#comment> ?o }", format="csv")
#: One of each family of addresses.
_ADDRESSES = (
    "/", "/fr/", "/es/about", "/queries", "/queries.json", "/sparql", _NOTED, "/sparql?query=nonsense", "/dataset",
    "/dataset.ttl", "/download", "/download/cityrights.nq", "/download/SHA256SUMS", "/health", "/robots.txt", "/graph",
    "/sitemap.xml", "/changes.atom", "/static/icon.svg", "/id/thing/none", "/nowhere", "/openapi.json", "/search?q=one",
    "/suggest?q=one", "/reconcile", "/queries/notes.csv", "/ontology", "/favicon.ico",
)  # fmt: skip


def test_only_what_is_published_is_taken_up_and_no_request_is_dropped(
    launch: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots = checked_home(tmp_path / "house"), tmp_path / "s"
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    question = house / "queries" / "explore" / "notes.rq"
    first = publish_home(house, snapshots).snapshot
    server = launch(snapshots, watch_seconds=0.1)

    def noted() -> str:
        return server.get(_NOTED).text.split("\r\n")[1]

    def says(text: str) -> bool:
        return noted() == text

    def title() -> str:
        return str(server.get("/queries.json").json()[0]["title"])

    with asking(server, _NOTED, "/queries", "/health") as statuses:
        assert (noted(), title()) == ("one", "Notes")
        note(house, "two")
        question.write_text(question.read_text("utf-8").replace("# title: Notes", "# title: Remarks"), "utf-8")
        build(house, snapshots)  # a draft
        note(house, "wrong")
        with pytest.raises(NotPublished):
            publish_home(house, snapshots)
        seen = len(statuses)
        until(lambda: len(statuses) > seen + 100, "the server has looked several times")
        assert (noted(), title()) == ("one", "Notes")
        versions = []
        for number in range(4):
            note(house, f"note {number}")
            versions.append(publish_home(house, snapshots).snapshot.short)
            until(partial(says, f"note {number}"), "what is published is taken up")
        assert title() == "Remarks"
    assert set(statuses) == {200}
    serving = [line["event"].split()[-1] for line in server.lines() if "now serving snapshot" in line["event"]]
    assert list(dict.fromkeys(each for each in serving if each != first.short)) == versions


def test_a_snapshot_that_vanishes_under_the_server_is_said_once_and_mended_by_publishing(
    launch: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots = checked_home(tmp_path / "house"), tmp_path / "s"
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    first = publish_home(house, snapshots).snapshot
    server = launch(snapshots, watch_seconds=0.05)
    shutil.rmtree(first.path)

    def told() -> list[str]:
        return [line["event"] for line in server.lines() if "cannot be served" in line["event"]]

    until(told, "the server has noticed")
    assert server.get(_NOTED).text.split("\r\n")[1] == "one"
    for address in ("/about", "/queries", "/download", "/download/cityrights.nq", "/search?q=one", "/health"):
        assert server.get(address).status_code in (200, 410, 503), address
    assert publish_home(house, snapshots).snapshot.version == first.version  # built anew, with no other check
    note(house, "two")
    publish_home(house, snapshots)
    until(lambda: server.get(_NOTED).text.split("\r\n")[1] == "two", "the next version is taken up")
    assert len(set(told())) == len(told()) <= 3  # there is none, it is half there, it is not as it was built
    assert "Traceback" not in server.log.read_text()


def test_the_command_publishes_before_it_serves_and_else_serves_what_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots = checked_home(tmp_path / "house", "wrong"), tmp_path / "s"
    snapshots.mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    port = free_port()
    url, arguments = f"http://127.0.0.1:{port}", ["--port", str(port), "--workers", "1", "--snapshot", str(snapshots)]

    def served(name: str) -> tuple[str, str, str]:
        log = tmp_path / name
        with command(["serve", *arguments], f"{url}/health", log):
            answer = httpx.get(url + _NOTED, trust_env=False, verify=False, timeout=HANG)
        return answer.text.split("\r\n")[1], answer.headers.get("x-robots-tag", ""), log.read_text("utf-8")

    none = cityrights("serve", *arguments)
    assert none.returncode == 1
    for part in ("because of 1 error; there is no current version yet", "note.trig:5", "cityrights serve --draft"):
        assert part in " ".join(none.stderr.split()), part
    note(house, "one")
    said, robots, log = served("first")
    assert (said, robots) == ("one", "")
    assert "publish: validating shapes" in log
    said, _, log = served("again")
    assert said == "one"
    assert "publish: " not in log, "what was checked is served at once"
    note(house, "wrong")
    said, _, log = served("wrong")
    assert said == "one"
    assert "because of 1 error" in log
    assert "serving what was published before, version " in log
    current = (snapshots / "current").resolve()
    whole = recorded(Snapshot.open(current))
    (current / "indexes.json").write_text("{}")  # as an earlier version of the software has left them
    for file in (current / "catalogue").iterdir():
        file.write_bytes(b"of another layout")
    record(current)
    (house / "queries" / "explore" / "notes.rq").write_text("# titel: no\n", "utf-8")
    said, _, log = served("broken")  # and its questions are those that were published, too
    assert said == "one"
    assert "front matter" in log
    assert recorded(Snapshot.open(current)) == whole, "its indexes are made anew, though nothing is published"
    shutil.rmtree(current / "store")  # and where they cannot be, what is wrong with the files is said all the same
    (current / "indexes.json").write_text("{}")
    with pytest.raises(CityrightsError, match="front matter"):
        publish_home(house, snapshots)
    assert [path.name for path in snapshots.glob(".building-*")] == []


def test_a_draft_says_so_wherever_it_is_looked_at_and_is_never_the_current_one(
    launch: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots = checked_home(tmp_path / "house"), tmp_path / "s"
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    first = publish_home(house, snapshots).snapshot
    note(house, "wrong")
    build(house, snapshots)
    server = launch(snapshots / DRAFT, draft=True, watch_seconds=0.1)
    plain = launch(snapshots)
    for address in _ADDRESSES:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = server.client.request(method, address, headers={"Accept": "*/*"})
            assert answer.headers.get_list("x-robots-tag") == ["noindex"], (method, address, answer.status_code)
        assert "x-robots-tag" not in plain.get(address, "*/*").headers, address
    assert server.client.post("/sparql", data={"query": "ASK {}"}).headers["x-robots-tag"] == "noindex"
    for language, words in {"": "Draft.", "/fr": "Brouillon.", "/es": "Borrador."}.items():
        banner = f'<p class="draft"><strong>{words}</strong> '
        for page in ("/about", "/queries", "/download", "/nowhere"):
            assert server.get(language + page, "text/html").text.count(banner) == 1, (language, page)
            assert 'class="draft"' not in plain.get(language + page, "text/html").text, (language, page)
    assert 'class="draft"' in server.get("/sparql", "text/html").text
    framed = server.get("/sparql/embed?view=table&query=SELECT+%3Fo+%7B+%3Fs+%3Fp+%3Fo+%7D", "text/html")
    assert framed.text.count('class="draft"') == 1
    assert server.get(_NOTED).text.split("\r\n")[1] == "wrong"
    assert plain.get(_NOTED).text.split("\r\n")[1] == "one"
    note(house, "wrong again")
    build(house, snapshots)
    until(lambda: server.get(_NOTED).text.split("\r\n")[1] == "wrong again", "a draft follows each build")
    assert Snapshot.current(snapshots).version == first.version
    assert plain.get("/health").json()["version"] == first.version


def test_the_command_serves_a_draft_and_tells_what_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots = checked_home(tmp_path / "house", "wrong"), tmp_path / "s"
    snapshots.mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    port, log = free_port(), tmp_path / "log"
    arguments = ["serve", "--draft", "--port", str(port), "--workers", "1", "--snapshot", str(snapshots)]
    url = f"http://127.0.0.1:{port}"
    with command(arguments, f"{url}/health", log) as process:
        answer = httpx.get(f"{url}/about", trust_env=False, verify=False, timeout=HANG)
        assert answer.headers["x-robots-tag"] == "noindex"
        assert '<p class="draft">' in answer.text
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG) == 0
    said = log.read_text("utf-8")
    assert re.search(r"note\.trig:5.*says that it is wrong", said)
    assert "1 errors" in said
    assert "serving a draft, which is not published" in said
    assert not (snapshots / "current").exists()
    done = cityrights("serve", "--draft", "--dataset", str(house / "data" / "note.trig"))
    assert done.returncode == 2
    assert "never checked" in done.stderr
