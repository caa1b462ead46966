"""The words on pages: a new language is a folder, a gap stops the start, and a text says in which language it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cityrights
import cityrights_web
from cityrights.home import home
from cityrights.translations import catalogue
from tests.servers import Server
from tests.support import HANG

PAGES = (
    "", "/practices", "/practices.json", "/cities?view=table", "/connections", "/search?q=museum", "/queries",
    "/compare", "/ask?find=practice", "/ask?find=practice&where1=theme&value1=nothing", "/coverage", "/ontology",
    "/about", "/api", "/accessibility", "/privacy", "/page/practice/museum", "/queries/institutions-of-a-kind",
)  # fmt: skip


@pytest.fixture
def portuguese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have programs that are started find both packages with a folder more in ``locale``; return that of the site.

    It has the Spanish words: what counts is that nothing but the folder is there.
    """
    for package in (cityrights, cityrights_web):
        source = Path(package.__file__ or "").parent
        target = tmp_path / source.name
        target.mkdir()
        for each in source.iterdir():
            if each.name not in ("locale", "__pycache__"):
                (target / each.name).symlink_to(each)
        shutil.copytree(source / "locale", target / "locale")
        path = catalogue(target / "locale", "pt")
        path.parent.mkdir(parents=True)
        path.write_text(catalogue(target / "locale", "es").read_text("utf-8").replace("Language: es", "Language: pt"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("CITYRIGHTS_HOME", str(home()))
    return tmp_path / "cityrights_web" / "locale"


@pytest.mark.usefixtures("portuguese")
def test_a_new_language_is_a_folder(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot)
    start = server.get("/", "text/html").text
    assert 'hreflang="pt"' in start
    assert "Português" in start
    for path in PAGES:
        known, new = (server.get(f"/{language}{path}") for language in ("es", "pt"))
        kinds = [(each.status_code, each.headers["content-type"]) for each in (known, new)]
        assert kinds[0] == kinds[1], path
        if "html" in kinds[1][1]:
            assert '<html lang="pt"' in new.text, path
    assert 'content="pt_BR"' in server.get("/pt", "text/html").text
    assert '<html lang="pt"' in server.get("/sparql?lang=pt", "text/html").text
    for query in ("ASK {}", "SELECT * { ?s a ?c } LIMIT 5", "SELECT * {"):
        answer = server.client.get("/sparql", params={"query": query, "lang": "pt"}, headers={"Accept": "text/html"})
        assert answer.status_code == (400 if query.endswith("{") else 200)
        assert '<html lang="pt"' in answer.text


def test_a_gap_stops_the_start_and_says_where_it_is(portuguese: Path, fixture_snapshot: Path) -> None:
    path = catalogue(portuguese, "pt")
    text = path.read_text("utf-8")
    path.write_text(text.replace('msgctxt "skip"', '#, fuzzy\nmsgctxt "skip"'), "utf-8")
    line = text[: text.index('msgctxt "skip"')].count("\n") + 3
    done = subprocess.run(
        [sys.executable, "-c", "from cityrights.cli import main; main()", "serve", "--snapshot", fixture_snapshot],
        capture_output=True, text=True, check=False, timeout=HANG, env={**os.environ, "COLUMNS": "1000"},
    )  # fmt: skip
    assert done.returncode != 0
    assert f"messages.po:{line}: skip is fuzzy" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("path", "told"), [("/fr/page/claim/twenty-practices/10", "en anglais"),
                                            ("/es/page/claim/twenty-practices/10", "en inglés")])  # fmt: skip
def test_a_text_in_another_language_says_in_which(shipped: Server, path: str, told: str) -> None:
    assert f'<span class="lang" title="{told}">en</span>' in shipped.get(path, "text/html").text
