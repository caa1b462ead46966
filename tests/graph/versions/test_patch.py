"""Patches: what makes one dump of another, byte for byte, and what is refused."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityrights.versions.patch import apply, lines_of, write
from sparqlgate.errors import InputError

_IRIS = st.sampled_from([ox.NamedNode(f"https://example.org/{name}") for name in "abcdef"])
_TEXTS = st.builds(
    lambda text, tag: ox.Literal(text, language=tag) if tag else ox.Literal(text),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(["", "en", "fr"]),
)
_DUMPS = st.frozensets(st.builds(ox.Quad, _IRIS, _IRIS, _IRIS | _TEXTS, _IRIS), max_size=12)


def _dump(path: Path, quads: frozenset[ox.Quad]) -> Path:
    path.write_bytes(b"".join(sorted(f"{quad} .\n".encode() for quad in quads)))
    return path


def _patch(folder: Path, before: Path, after: Path) -> tuple[Path, int]:
    path, out = folder / "change.rdfp", BytesIO()
    count = write(before, after, out)
    path.write_bytes(out.getvalue())
    return path, count


@given(_DUMPS, _DUMPS)
def test_a_patch_makes_the_other_dump_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, old: frozenset[ox.Quad], new: frozenset[ox.Quad]
) -> None:
    folder = tmp_path_factory.mktemp("patch")
    before, after = _dump(folder / "a.nq", old), _dump(folder / "b.nq", new)
    patch, count = _patch(folder, before, after)
    assert count == len(old ^ new)
    apply(patch, before, folder / "made.nq")
    assert (folder / "made.nq").read_bytes() == after.read_bytes()
    again, count = _patch(folder, after, after)
    assert count == 0
    apply(again, after, folder / "same.nq")
    assert (folder / "same.nq").read_bytes() == after.read_bytes()


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return two dumps and the patch from the first to the second."""
    a, b, c = (f"<https://example.org/{n}> <https://example.org/p> <https://example.org/o> .\n".encode() for n in "abc")
    before, after = tmp_path / "a.nq", tmp_path / "b.nq"
    before.write_bytes(a + b)
    after.write_bytes(b + c)
    return before, after, _patch(tmp_path, before, after)[0]


def test_a_patch_reads_as_rdf_patch(two: tuple[Path, Path, Path]) -> None:
    rows = two[2].read_text("utf-8").splitlines()
    assert [row.split(" ")[0] for row in rows] == ["H", "H", "TX", "D", "A", "TC"]
    assert rows[3].startswith("D <https://example.org/a> ")
    assert rows[4].startswith("A <https://example.org/c> ")


def test_its_rows_may_stand_in_any_order_and_packed(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    before, after, patch = two
    head, rows = (lines := patch.read_bytes().splitlines(keepends=True))[:2], lines[2:]
    mixed = tmp_path / "mixed.rdfp.gz"
    mixed.write_bytes(gzip.compress(b"# a remark\n" + b"".join([*rows[::-1], b"\n", *head])))
    apply(mixed, before, tmp_path / "made.nq")
    assert (tmp_path / "made.nq").read_bytes() == after.read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"H prev <urn:sha256:", b"H prev <urn:sha256:0", "does not name the dumps"),
        (b"D <https://example.org/a>", b"D <https://example.org/z>", "1 quads that are not there"),
        (b"A <https://example.org/c>", b"A <https://example.org/b>", "adds what is there"),
        (b"A <https://example.org/c>", b"A <https://example.org/d>", "not what its head names"),
        (b"TX .", b'PA "ex" "https://example.org/" .', "no row of a patch"),
    ],
)
def test_a_patch_that_was_changed_is_refused(
    two: tuple[Path, Path, Path], tmp_path: Path, old: bytes, new: bytes, words: str
) -> None:
    before, _, patch = two
    assert patch.read_bytes().count(old) == 1
    patch.write_bytes(patch.read_bytes().replace(old, new))
    with pytest.raises(InputError) as refused:
        apply(patch, before, tmp_path / "made.nq")
    assert words in refused.value.reason
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nq", "b.nq", "change.rdfp"]


def test_a_patch_for_another_version_is_refused(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="for another version"):
        apply(two[2], two[1], tmp_path / "made.nq")


def test_lines_that_are_not_sorted_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nq"
    path.write_bytes(b"<https://example.org/b> .\n<https://example.org/a> .\n")
    with pytest.raises(InputError, match=r"a\.nq:2: the lines are not those of a dump"):
        list(lines_of(path))
