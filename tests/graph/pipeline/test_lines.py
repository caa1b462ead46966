"""Lines of N-Quads are sorted as if all of them fitted in memory."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityrights.pipeline import dumps, lines
from cityrights.pipeline.lines import Lines

TEXTS = st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=6)


@given(
    st.lists(st.lists(TEXTS, max_size=30), max_size=6),
    st.integers(2, 12),
    st.integers(1, 7),
    st.integers(2, 9),
    st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lines_come_in_their_order_each_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    added: list[list[str]],
    piece: int,
    some: int,
    block: int,
    settled: bool,
) -> None:
    """Wherever a piece ends, a list of those that are merged, or a block that is read."""
    monkeypatch.setattr(lines, "PIECE", piece)
    monkeypatch.setattr(lines, "_SOME", some)
    monkeypatch.setattr(lines, "_BLOCK", block)
    held = Lines(lambda: tmp_path, "piece")
    known: set[str] = set()
    for texts in added:
        held.add(text.encode() for text in texts)
        known |= set(texts)
        if settled:
            held.settle()
        assert [line.decode() for line in held] == sorted(known)
        assert len(held) == len(known)
    for most in (1, 3, 1_000):
        read = [file.read() for file in lines.readers(most, held, held)]
        assert b"".join(read) == 2 * b"".join(f"{text}\n".encode() for text in sorted(known))


def test_what_does_not_fit_is_on_disk_and_is_gone_from_there_when_it_is_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "PIECE", 100)
    held = Lines(lambda: tmp_path, "piece")
    for first in range(0, 1_000, 90):
        held.add(b"%d" % number for number in range(first, first + 90))
    assert not held.in_memory
    assert len(list(tmp_path.iterdir())) > 2
    held.settle()
    assert len(list(tmp_path.iterdir())) == 1
    assert list(held) == sorted(b"%d" % number for number in range(1_080))


def test_two_that_are_sorted_in_one_folder_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PIECE", 2)
    one, other = (Lines(lambda: tmp_path, "piece") for _ in range(2))
    one.add([b"a", b"b", b"c"])
    other.add([b"x", b"y", b"z"])
    assert list(one) == [b"a", b"b", b"c"]


def test_an_engine_is_given_no_more_lines_at_once_than_it_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds each of them as an object until it has written them: a file of all of them took three gigabytes."""
    given_at_once = []

    class Engine:
        def bulk_load(self, file: io.BufferedReader, **_: object) -> None:
            given_at_once.append(file.read().count(b"\n"))

    monkeypatch.setattr(lines, "PIECE", 300)
    monkeypatch.setattr(lines, "_SOME", 10)
    monkeypatch.setattr(lines, "_BLOCK", 200)
    monkeypatch.setattr(dumps, "_LOADED", 25)
    for count in (200, 1_000):  # in memory, and on disk
        held = Lines(lambda: tmp_path, "piece")
        held.add(b"<x:s> <x:p> <x:%d> ." % number for number in range(count))
        dumps.load_lines(cast(ox.Store, Engine()), held, [b"<x:s> <x:p> <x:o> ."])
    assert sum(given_at_once) == 1_202
    assert max(given_at_once) < 25 + 10  # the list that fills it is given whole
