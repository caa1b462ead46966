"""The ledger beside the snapshots: what it keeps comes back, and what is not there or spoilt is simply not known."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from cityrights.library.running import Answer, Ledger, Run, Runs, digest, read_lines
from cityrights.terms import Iri, Literal

VERSION = "0123456789ab" + "0" * 52
LANG = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
FOUND = Answer(
    ["place", "n", "text"],
    [
        {"place": Iri("http://e.example/b"), "n": Literal("2", datatype="http://www.w3.org/2001/XMLSchema#integer")},
        {"place": Iri("http://e.example/a"), "text": Literal('tab\t"quote"\nline', "fr", LANG)},
    ],
)


def test_lines_are_a_table_that_is_read_back_whatever_the_order_of_its_rows() -> None:
    lines = FOUND.lines()
    assert lines[0] == "?place\t?n\t?text"
    assert lines == Answer(FOUND.columns, FOUND.rows[::-1]).lines()
    back = read_lines(lines)
    assert back.columns == FOUND.columns
    assert sorted(map(str, back.rows)) == sorted(map(str, FOUND.rows))
    with pytest.raises(ValueError, match="no table"):
        read_lines(["?a", "<not an iri>"])


def test_a_node_without_a_name_is_the_same_each_time() -> None:
    once, again = (Answer(["x"], [{"x": Iri(f"_:{name}")}]).lines() for name in ("b0", "b1"))
    assert once == again


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    name = ledger.keep_answer(FOUND.lines())
    assert name == digest(FOUND.lines())
    assert ledger.answer(name) == FOUND.lines()
    file = (tmp_path / "library" / "answers" / f"{name}.tsv").read_bytes()
    assert hashlib.sha256(file).hexdigest()[:12] == name
    ledger.keep_text("abcdefabcdef", "# title: Ä\r\nSELECT\n")
    assert ledger.text("abcdefabcdef") == "# title: Ä\r\nSELECT\n"
    runs = Runs(VERSION, "2026-01-02", {"a": Run("abcdefabcdef", "2026-01-02T03:04:05+00:00", 2, 1.5, name)})
    ledger.keep_runs(runs)
    ledger.keep_runs(runs)
    assert ledger.runs(VERSION[:12]) == runs
    assert runs.runs["a"].at.year == 2026
    assert not list(tmp_path.rglob(".*")), "a file that was not finished"


def test_a_run_complains_of_a_fault_and_of_an_empty_answer() -> None:
    assert not Run("a", "", rows=1).complaint
    assert Run("a", "", rows=0).complaint == "no rows with its default values"
    assert Run("a", "", fault="it broke").complaint == "it broke"


@pytest.mark.parametrize("name", ["../../secret", "", "abcdefabcde", "ABCDEFABCDEF", "abcdefabcdef\n"])
def test_nothing_but_a_digest_is_looked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.tsv").write_text("x")
    ledger = Ledger(tmp_path / "a" / "b")
    assert ledger.answer(name) is None
    assert ledger.text(name) is None
    assert ledger.runs(name) is None


def keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, "latin-1")


def record(**spoilt: object) -> str:
    run = {"text": "abcdefabcdef", "when": "2026-01-02T03:04:05+00:00", "rows": 1, "milliseconds": 1.5, **spoilt}
    return json.dumps({"version": VERSION, "dated": "", "runs": {"a": run}})


SPOILT = (
    "", "[]", "{}", "1", "null", "\xff", "[" * 100_000, '{"version": "1", "dated": "", "runs": ["a"]}',
    record(more=1), record(when="yesterday"), record(when=5), record(when=""), record(rows="many"), record(rows=True),
    record(rows=-1), record(milliseconds=None), record(milliseconds=float("nan")), record(milliseconds=-1),
    record(milliseconds=float("inf")), record(answer=7), record(fault=["x"]), record(text=None),
    record(when="0001-01-01T00:00:00+14:00"), record(rows=10**400), record(milliseconds=10**400),
)  # fmt: skip


def test_a_record_that_is_whole_is_read(tmp_path: Path) -> None:
    keep(tmp_path / "library" / "runs" / "0123456789ab.json", record())
    found = Ledger(tmp_path).runs("0123456789ab")
    assert found is not None
    assert found.runs["a"].rows == 1


@pytest.mark.parametrize("text", SPOILT)
def test_a_spoilt_record_is_none(tmp_path: Path, text: str) -> None:
    keep(tmp_path / "library" / "runs" / "0123456789ab.json", text)
    assert Ledger(tmp_path).runs("0123456789ab") is None


def test_an_answer_that_is_not_what_its_name_says_is_not_known(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    name = ledger.keep_answer(FOUND.lines())
    file = tmp_path / "library" / "answers" / f"{name}.tsv"
    file.write_text(file.read_text() + "one more\n")
    assert ledger.answer(name) is None
    ledger.keep_answer(FOUND.lines())
    assert ledger.answer(name) == FOUND.lines()


def test_only_files_are_read(tmp_path: Path) -> None:
    """A pipe would keep its reader waiting, and a device never end."""
    answers, texts = tmp_path / "library" / "answers", tmp_path / "library" / "texts"
    answers.mkdir(parents=True)
    texts.mkdir()
    os.mkfifo(answers / "0123456789ab.tsv")
    (texts / "0123456789ab.rq").symlink_to("/dev/zero")
    (texts / "abcdefabcdef.rq").mkdir()
    (texts / "000000000000.rq").symlink_to("000000000000.rq")
    ledger = Ledger(tmp_path)
    assert ledger.answer("0123456789ab") is None
    assert ledger.text("0123456789ab") is ledger.text("abcdefabcdef") is ledger.text("000000000000") is None
