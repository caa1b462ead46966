"""Lines of N-Quads are sorted as if all of them fitted in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityrights.pipeline import lines
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
    assert lines.reader(held).read() == b"".join(f"{text}\n".encode() for text in sorted(known))


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
