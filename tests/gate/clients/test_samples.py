"""The programs on the page of a question run as they stand, each in its own language, and find what the page shows."""

from __future__ import annotations

import re
import sys
from html import unescape
from pathlib import Path
from typing import Any, Final

import pytest

from tests.gate.clients.programs import node, run
from tests.servers import Server
from tests.support import CURL, R, need

#: Language → file extension of its programs.
LANGUAGES: Final = {"curl": "sh", "python": "py", "r": "R", "javascript": "mjs"}
#: With names beyond ASCII, with numbers, and with a parameter that is given.
QUESTIONS: Final = {
    "institutions-of-a-kind": "",
    "practices-by-number-of-references": "?references=2",
    "practices-in-a-country": "?country=country:brazil",
    "awards": "",
}


def programs(server: Server, name: str, asked: str) -> dict[str, str]:
    """Return the programs of the page of a question by their language, as a reader copies them."""
    page = server.get(f"/queries/{name}{asked}", "text/html").text
    found = re.findall(r'<pre id="sample-(\w+)"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    return {language: unescape(text) for language, text in found}


def command(language: str) -> list[str]:
    """Return what runs a program of a language."""
    match language:
        case "curl":
            need(CURL)
            return ["bash", "-eu"]
        case "python":
            return [sys.executable]
        case "r":
            return [str(need(R)), "--vanilla"]
        case _:
            return [str(node())]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", QUESTIONS)
def test_each_program_prints_the_rows_of_the_answer(
    shipped: Server, tmp_path: Path, name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    file = tmp_path / f"program.{LANGUAGES[language]}"
    file.write_text(programs(shipped, name, QUESTIONS[name])[language], "utf-8")
    done = run([*command(language), file])
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = shipped.get(f"/queries/{name}.json{QUESTIONS[name]}").json()
    assert answer["total"] > 0
    lines = done.stdout.strip().splitlines()
    numbered = [line for line in lines if re.match(rf"(│\s*)?{answer['total'] - (language == 'javascript')}\s", line)]
    if language in ("curl", "python"):
        assert len(lines) == 1 + answer["total"]
    else:
        assert numbered, "the last row is not there"
    for row in answer["rows"]:
        assert str(next(value for value in row.values() if value is not None)) in done.stdout
    label = next(str(value) for name, value in answer["rows"][-1].items() if name.endswith("Label") and value)
    assert label in done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_whose_question_is_refused_fails(shipped: Server, tmp_path: Path, language: str) -> None:
    text = programs(shipped, "institutions-of-a-kind", "")[language]
    file = tmp_path / f"program.{LANGUAGES[language]}"
    assert "kind%3Aombudsperson" in text
    file.write_text(text.replace("kind%3Aombudsperson", "theme%3Afood"), "utf-8")
    assert run([*command(language), file]).returncode != 0


def test_no_language_is_left_out(shipped: Server) -> None:
    assert set(LANGUAGES) <= set(programs(shipped, "awards", ""))
