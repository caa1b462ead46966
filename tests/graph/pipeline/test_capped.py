"""Files are read in a process that may break: the error names the file, and the build goes on living."""

from __future__ import annotations

from pathlib import Path

import pytest

from cityrights.pipeline.read import parse_file
from sparqlgate.errors import InputError
from sparqlgate.rdf.capped import Caps, copy_all, parse_all, parse_pieces

GRAPH = "http://example.org/g"
GOOD = '<http://example.org/s> <http://example.org/p> "a\\nb"@en-GB, 01, <http://example.org/é> .'


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_capped_read_gives_what_a_plain_one_gives(tmp_path: Path) -> None:
    files = [
        (_file(tmp_path, "a.ttl", GOOD), GRAPH),
        (_file(tmp_path, "empty.ttl", ""), GRAPH),
        (_file(tmp_path, "b.trig", f"<{GRAPH}> {{ {GOOD} }}"), None),
    ]
    read = list(parse_all(parse_file, files))
    assert read == [parse_file(*item) for item in files]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("syntax.ttl", "<http://a/> <http://b/> ", "end"),
        ("outside.trig", "<http://a/> <http://b/> <http://c/> .", "outside a graph"),
        ("a.txt", "", "is not a format"),
    ],
)
def test_a_wrong_file_is_named_after_the_good_ones(tmp_path: Path, name: str, text: str, words: str) -> None:
    good, bad = _file(tmp_path, "good.ttl", GOOD), _file(tmp_path, name, text)
    reading = parse_all(parse_file, [(good, GRAPH), (bad, None)])
    assert next(reading) == parse_file(good, GRAPH)
    with pytest.raises(InputError, match=words) as caught:
        next(reading)
    assert caught.value.path == bad


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        list(copy_all([tmp_path / "none.ttl"], lambda piece: None))
    assert caught.value.path == tmp_path / "none.ttl"


def _nested(depth: int) -> str:
    start, end = "<<( <http://a/> <http://b/> " * depth, " )>>" * depth
    return f"<http://a/> <http://b/> {start}<http://c/>{end} .\n"


@pytest.mark.parametrize("depth", [100, 200_000])
def test_a_file_nested_too_deeply_is_named(tmp_path: Path, depth: int) -> None:
    path = _file(tmp_path, "deep.nt", _nested(depth))
    with pytest.raises(InputError, match="nested") as caught:
        list(copy_all([path], lambda piece: None))
    assert caught.value.path == path


def test_a_moderate_depth_is_read_and_strings_do_not_count(tmp_path: Path) -> None:
    text = _nested(20) + f'<http://a/> <http://b/> "{"<<(" * 500}" .\n'
    pieces: list[bytes] = []
    list(copy_all([_file(tmp_path, "some.nt", text)], pieces.append))
    assert b"".join(pieces).decode().count("\n") == 2


def test_a_file_over_the_limit_of_memory_or_time_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, "large.ttl", f'<http://a/> <http://b/> "{"x" * 40_000_000}" .')
    with pytest.raises(InputError, match="memory") as caught:
        list(copy_all([path], lambda piece: None, caps=Caps(memory=16 << 20, memory_per_byte=0)))
    assert caught.value.path == path
    with pytest.raises(InputError, match="too long") as late:
        list(copy_all([path], lambda piece: None, caps=Caps(seconds=0.001, seconds_per_megabyte=0)))
    assert late.value.path == path


def test_a_large_file_comes_in_pieces_that_are_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "large.nq"
    with file.open("w", encoding="utf-8") as out:
        for number in range(12_000):
            out.write(f'<http://a/{number}> <http://b/> "{"é" * (number % 50)}" <http://g/> .\n')
    (tmp_path / "empty.nq").touch()
    pieces = list(parse_pieces(parse_file, [(file, None), (tmp_path / "empty.nq", None)]))
    assert len(pieces) > 4
    assert [number for number, quads in pieces if not quads] == [0, 1]
    assert [quad for _, quads in pieces for quad in quads] == parse_file(file)
