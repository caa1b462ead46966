"""A real ``serve --watch``: what somebody sees in the browser and in the terminal after each save, and what is left."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from cityrights.snapshot import DRAFT, Snapshot
from tests.counters import path
from tests.homes import THING, checked_home, note
from tests.nursery import CITYRIGHTS, cityrights, programs
from tests.servers import free_port
from tests.support import HANG, command, until

_NOTED = path("SELECT ?o { ?s <http://www.w3.org/2000/01/rdf-schema#comment> ?o } ORDER BY ?o", format="csv")
_FOUND = re.compile(r'<details class="draft found-in-draft">.*?</details>', re.DOTALL)
_HALF = "@prefix editorial: <https://w3id.org/cityrights/graph/editorial/> .\neditorial:entities {\n    <http"


class _Shop:
    """A home that is edited, and what is seen of it."""

    def __init__(self, url: str, log: Path) -> None:
        self._url, self._log = url, log

    def get(self, address: str) -> str:
        address = f"{self._url}{address}"
        return httpx.get(address, headers={"Accept": "*/*"}, trust_env=False, verify=False, timeout=HANG).text

    def noted(self) -> list[str]:
        return self.get(_NOTED).split("\r\n")[1:-1]

    def counted(self, question: str) -> int | None:
        """Return how many rows a question has, as the library tells; None where it does not."""
        told = {each["name"]: each["run"] for each in json.loads(self.get("/queries.json"))}
        return int(told[question]["rows"]) if told[question] else None

    def banner(self, language: str = "") -> str:
        found = _FOUND.search(self.get(f"{language}/about"))
        return html.unescape(found[0]) if found else ""

    def said(self) -> str:
        return self._log.read_text("utf-8")

    def rounds(self) -> int:
        """Return how many rounds have been told of."""
        return len(re.findall(r"of processor time\)", self.said()))

    def after(self, edit: Callable[[], object]) -> str:
        """Edit; return what the terminal tells of that, to the end of the round."""
        before, length = self.rounds(), len(self.said())
        edit()
        until(lambda: self.rounds() > before, "the save is noticed, checked and built")
        return self.said()[length:]

    def shows(self, *notes: str) -> None:
        until(lambda: self.noted() == list(notes), f"the draft says {notes}")


def test_what_a_person_sees_after_each_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, snapshots = checked_home(tmp_path / "house"), tmp_path / "s"
    snapshots.mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    port, log = free_port(), tmp_path / "log"
    arguments = ["serve", "--watch", "--port", str(port), "--workers", "1", "--snapshot", str(snapshots)]
    url = f"http://127.0.0.1:{port}"
    data, question = house / "data" / "note.trig", house / "queries" / "explore" / "notes.rq"
    with command(arguments, f"{url}/health", log) as process:
        shop = _Shop(url, log)
        until(lambda: "watching; Ctrl+C ends it" in shop.said(), "it has looked at all once", process)
        shop.shows("one")
        assert shop.banner() == "", "nothing was found"

        said = shop.after(lambda: note(house, "two"))
        assert "data/note.trig" in said
        shop.shows("two")
        until(lambda: shop.counted("notes") == 1, "it is counted how many rows each question has")

        said = shop.after(lambda: note(house, "wrong"))
        shop.shows("wrong")
        until(shop.banner, "what was found stands on the draft")
        checked = cityrights("check")
        assert checked.returncode == 1
        told = [line for line in checked.stdout.splitlines() if "note.trig:5" in line]
        assert told
        assert all(line in said for line in told), "the same words and places as check"
        for language, words in {
            "": ("1 error and 0 warnings in the files", "<strong>error</strong>"),
            "/fr": ("1 erreur et 0 avertissement", "<strong>erreur</strong>"),
            "/es": ("1 error y 0 advertencias en los archivos", "<strong>error</strong>"),
        }.items():
            banner = shop.banner(language)
            for part in (*words, '<a href="#draft-1">data/note.trig:5</a>', "this note says that it is wrong"):
                assert part in banner, (language, part)
            assert re.search(r'\n4  .*\n<mark>5  .*</mark>\n6  .*"wrong"@en', banner), "each line on one of its own"

        said = shop.after(lambda: data.write_text(_HALF, "utf-8"))
        assert "the files cannot be built; the draft stays" in said
        assert "note.trig:3" in said
        until(lambda: "cannot be built as they are" in shop.banner(), "the draft says that it stayed")
        assert "data/note.trig:3" in shop.banner()
        assert shop.noted() == ["wrong"], "the last good draft stays live"

        before = shop.rounds()
        data.write_text(_HALF, "utf-8")  # half, and a moment later the whole
        note(house, "three")
        shop.shows("three")
        until(lambda: shop.banner() == "", "nothing is found any more")
        for name in (".note.trig.swp", "note.trig~", "4913", ".note.trig.kate-swp", "#note.trig#"):
            (house / "data" / name).write_text("not for us", "utf-8")
        (house / "data" / ".#note.trig").symlink_to("somebody@somewhere.1234")  # how Emacs holds a file
        said = shop.after(lambda: note(house, "four"))
        shop.shows("four")
        assert shop.rounds() <= before + 3, "an editor's own files are no saves"
        assert "0 errors" in said

        other = house / "data" / "other.trig"
        more = data.read_text("utf-8").replace(THING, f"{THING}2").replace("four", "more")
        shop.after(lambda: other.write_text(more, "utf-8"))
        shop.shows("four", "more")
        until(lambda: shop.counted("notes") == 2, "it is counted anew")
        shop.after(lambda: other.rename(house / "data" / "renamed.trig"))
        shop.shows("four", "more")
        shop.after((house / "data" / "renamed.trig").unlink)
        shop.shows("four")

        text = question.read_text("utf-8")
        shop.after(lambda: question.write_text(text.replace("# title: Notes", "# title: Remarks"), "utf-8"))
        until(lambda: '"Remarks"' in shop.get("/queries.json"), "another title of a question is shown")
        said = shop.after(lambda: question.write_text("# titel: no\n", "utf-8"))
        assert "notes.rq:1" in said
        assert "the files cannot be built" in said
        until(lambda: "notes.rq:1" in shop.banner(), "a question that cannot be read is told")
        assert '"Remarks"' in shop.get("/queries.json"), "and the one before stays"
        shop.after(lambda: question.write_text(text, "utf-8"))
        rule = house / "queries" / "checks" / "note-wrong.rq"
        said = shop.after(lambda: rule.write_text(rule.read_text("utf-8").replace('"wrong"', '"four"'), "utf-8"))
        assert "says that it is wrong" in said, "a rule that was changed is asked"
        built = cityrights("build", "--snapshot", str(tmp_path / "whole"))
        assert f"version {Snapshot.open(snapshots / DRAFT).short} " in built.stdout, (
            "a whole build gives the same version"
        )

        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG) == 0
        until(lambda: not any(child.is_running() for child in children), "no process is left")
    left = {each.name for each in snapshots.iterdir()}
    draft = (snapshots / DRAFT).readlink().name
    whole = {name for name in left if re.fullmatch("[0-9a-f]{12}", name)}
    assert left - whole == {DRAFT, draft, "draft-findings.json", "inputs", "library", "receipts"} - whole
    assert not (snapshots / "current").exists(), "nothing was published"


def test_a_watch_ends_with_the_server_whatever_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, snapshots = checked_home(tmp_path / "house"), tmp_path / "s"
    snapshots.mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    port, log = free_port(), tmp_path / "log"
    arguments = ["serve", "--watch", "--port", str(port), "--workers", "1", "--snapshot", str(snapshots)]
    with command(arguments, f"http://127.0.0.1:{port}/health", log) as process:
        until(lambda: "watching; Ctrl+C ends it" in log.read_text("utf-8"), "it watches", process)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        until(lambda: not any(child.is_running() for child in children), "no process is left")


def test_in_an_instance_what_it_says_of_itself_is_taken_up_anew_or_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots, log = tmp_path / "house", tmp_path / "s", tmp_path / "log"
    base = "https://data.example.org/"
    cityrights("new", str(house), "--base", base, "--name", "Ours", "--licence", "CC0-1.0").check_returncode()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    toml = house / "instance.toml"
    text = toml.read_text("utf-8")
    watch = ("watch", "--snapshot", str(snapshots))
    with log.open("wb") as out:
        process = programs().begin(CITYRIGHTS, watch, Path.cwd(), os.environ, out, out)
    try:
        shop = _Shop("", log)
        until(lambda: shop.rounds() == 1, "the first round", process)
        first = Snapshot.open(snapshots / DRAFT).version
        said = shop.after(lambda: toml.write_text(text.replace("licence", "lisence"), "utf-8"))
        assert re.search(r"instance\.toml:\d+.*lisence", said)
        assert "the draft stays" in said
        said = shop.after(lambda: toml.write_text(text.replace("Ours", "Theirs"), "utf-8"))
        assert "beginning anew" in said
        assert Snapshot.open(snapshots / DRAFT).version != first
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG) == 0
    finally:
        process.kill()
        process.wait()


def test_who_comes_while_the_program_begins_anew_waits_and_is_not_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, snapshots = checked_home(tmp_path / "house"), tmp_path / "s"
    snapshots.mkdir()
    monkeypatch.setenv("CITYRIGHTS_HOME", str(house))
    port, log = free_port(), tmp_path / "log"
    arguments = ["serve", "--watch", "--port", str(port), "--workers", "1", "--snapshot", str(snapshots)]
    page = house / "queries" / "pages" / "newest_source.rq"
    with command(arguments, f"http://127.0.0.1:{port}/health", log) as process:
        shop = _Shop(f"http://127.0.0.1:{port}", log)
        until(lambda: "watching; Ctrl+C ends it" in shop.said(), "it watches", process)
        page.write_text(page.read_text("utf-8") + "# read once by each process\n", "utf-8")
        until(lambda: "beginning anew" in shop.said(), "queries of pages are read anew by another process", process)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", port))
        shop.shows("one")
        until(lambda: shop.said().count("watching; Ctrl+C ends it") == 2, "it watches again", process)
        shop.after(lambda: note(house, "two"))
        shop.shows("two")
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG) == 0
