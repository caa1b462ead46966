"""Files of others: marks, encodings, ends of lines, packing; and what is said of what cannot be read."""

from __future__ import annotations

import codecs
import gzip
import os
from pathlib import Path

import pytest

from cityrights.check.syntax import check_file
from cityrights.pipeline.read import Input
from cityrights.pipeline.steps import build_files
from sparqlgate.cli import load
from sparqlgate.errors import GateError, InputError
from sparqlgate.rdf.capped import copy_all
from sparqlgate.rdf.files import read

A = "<http://ex.org/a>"
B = "<http://ex.org/b>"
#: One triple in every format.
ONE = {
    ".ttl": '@prefix : <http://ex.org/> .\n:a :b "é" .\n',
    ".trig": '@prefix : <http://ex.org/> .\n:g { :a :b "é" . }\n',
    ".nt": f'{A} {B} "é" .\n',
    ".nq": f'{A} {B} "é" <http://ex.org/g> .\n',
    ".jsonld": '{"@id": "http://ex.org/a", "http://ex.org/b": "é"}\n',
    ".rdf": '<r:Description xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://ex.org/"\n'
    ' r:about="http://ex.org/a"><b>é</b></r:Description>\n',
}


def _triples(path: Path, base_iri: str | None = None) -> list[str]:
    return [str(quad.triple) for quad in read(path, base_iri=base_iri)]


def test_every_format_is_read_with_a_mark_with_any_ends_of_lines_and_packed(tmp_path: Path) -> None:
    for suffix, text in ONE.items():
        for name, content in {
            "plain": text.encode(),
            "marked": codecs.BOM_UTF8 + text.encode(),
            "from Windows": codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(),
        }.items():
            for ending, made in (("", content), (".gz", gzip.compress(content)), (".GZ", gzip.compress(content))):
                path = tmp_path / f"x{suffix}{ending}"
                path.write_bytes(made)
                assert _triples(path) == [f'{A} {B} "é"'], (name, path.name)
    for suffix in (".ttl", ".nq"):
        (tmp_path / f"empty{suffix}").write_bytes(codecs.BOM_UTF8)
        assert _triples(tmp_path / f"empty{suffix}") == []


def test_what_is_not_utf8_is_named_with_its_place(tmp_path: Path) -> None:
    for suffix, text in ONE.items():
        if suffix == ".rdf":
            continue
        line = 1 + text[: text.index("é")].count("\n")
        column = len(text[: text.index("é")].rpartition("\n")[2]) + 1
        path = tmp_path / f"x{suffix}"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(InputError) as caught:
            _triples(path)
        assert (caught.value.line, caught.value.column) == (line, column), str(caught.value)
        assert "0xE9 is not UTF-8" in caught.value.reason
        assert "iconv" in caught.value.repair
        path.write_bytes(text.encode("utf-16"))
        with pytest.raises(InputError, match=r":1:1: the file is in UTF-16 \(save the file as UTF-8\)"):
            _triples(path)
    path = tmp_path / "comment.nt"
    path.write_bytes(f"{A} {B} {A} .\n".encode() * 20_000 + b"# caf\xe9\n")
    with pytest.raises(InputError, match=r"comment\.nt:20001:6: byte 0xE9"):
        _triples(path)


def test_what_is_packed_and_not_called_so_is_named(tmp_path: Path) -> None:
    for name in ("a.ttl", "a.nq", "a.jsonld"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(b"<http://e.org/a> <http://e.org/b> 1 .\n"))
        with pytest.raises(InputError, match=r"this is packed with gzip \(unpack it, or let its name end in .gz\)"):
            _triples(path)


def test_what_is_wrong_is_named_with_its_repair(tmp_path: Path) -> None:
    for name, text, message in (
        ("a.ttl", f'{A} {B}\n  "x"@en_US .', "a.ttl:2:9: @en_US is not a language tag.*write @en-US"),
        ("b.nt", f'{A} {B} "x"@zh_Hant_TW .', "b.nt:1:.*write @zh-Hant-TW"),
        ("c.jsonld", '{"http://b/":\n{"@value": "x", "@language": "en_US"}}', "c.jsonld:2: en_US.*en-US"),
        ("d.ttl", f"{A} {B}\n <x#y> .", r"d.ttl:2:2: <x#y> is a relative IRI.*--base-iri"),
        ("e.ttl", "@prefix : <#> .\n:a :b :c .", r"e.ttl:1:11: <#> is a relative IRI.*--base-iri"),
        ("f.nt", f"{A} {B} <x> .", r"f.nt:1:\d+: <x> is a relative IRI.*\(write the whole IRI\)"),
        ("g.jsonld", '{"@id": "x", "http://b/": 1}', "g.jsonld: <x> is a relative IRI.*--base-iri"),
        ("h.jsonld", '{"@context": "https://schema.org/", "name": "x"}', "<https://schema.org/>.*nothing is fetched"),
        ("i.ttl", f"{A} {B} foo:bar .", "i.ttl:1:37: The prefix foo: has not been declared"),
        ("j.doc", "", "'.doc' is not a format.*'?use .ttl"),
        ("k.csv.gz", "", "'.csv.gz' is not a format"),
        ("l", "", "its name does not end in that of a format.*use .ttl"),
        ("m.ttl", "<!doctype html>\n<html><body>Not found", "m.ttl:1.*this is a web page.*download"),
        ("n.nt", " <html lang='en'>", "n.nt:1.*this is a web page"),
        ("o.jsonld", "\n<!DOCTYPE HTML>", "this is a web page"),
        ("p.jsonld", '{"@id": "http://a", "http://b/": "\\ud835"}', r"\\ud835 is only half of a character.*write both"),
        ("q.jsonld", "", "the file ends before its value does.*fetch the file again"),
        ("r.ttl.gz", f"{A} {B} 1 .", "it cannot be unpacked: it is not packed with gzip.*take .gz from its name"),
        ("s.nt", "".join(f"{sign}\0" for sign in f"{A} {B} 1 ."), "UTF-16"),
        ("t.nt", "\0".join(f'{A} {B} "\udce9" .'), "UTF-16"),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_text(text, "utf-8", "surrogateescape")
        with pytest.raises(InputError, match=message):
            _triples(path)
    assert _triples(tmp_path / "d.ttl", "http://base/") == [f"{A} {B} <http://base/x#y>"]
    assert _triples(tmp_path / "g.jsonld", "http://base/")[0].startswith("<http://base/x>")


def test_a_packed_file_is_read_within_limits(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.nt.gz"
    with gzip.open(bomb, "wb") as file:
        for _ in range(80):
            file.write(b" " * (1 << 20))
    with pytest.raises(InputError, match="unpacks to more than can be read"):
        _triples(bomb)
    whole = gzip.compress(f"{A} {B} {A} .\n".encode() * 1000)
    for name, content in (
        ("cut.nt.gz", whole[:50]),
        ("none.nt.gz", b"<http://ex.org/a>"),
        ("spoilt.nt.gz", whole[:40] + b"xxxx" + whole[44:]),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"{name}: it cannot be unpacked.*pack it anew"):
            _triples(tmp_path / name)


def test_json_ld_is_read_where_it_can_break_nothing(tmp_path: Path) -> None:
    deep = tmp_path / "deep.jsonld"
    deep.write_text('{"http://ex.org/b":' * 200_000 + "1" + "}" * 200_000)
    with pytest.raises(InputError, match=r"deep\.jsonld"):
        list(copy_all([deep], lambda _: None))


def test_data_sets_of_others_are_built_of_all_of_them(tmp_path: Path) -> None:
    files = []
    for suffix, text in ONE.items():
        files.append(tmp_path / f"x{suffix}.gz")
        files[-1].write_bytes(gzip.compress(text.encode()))
    snapshot = build_files(files, tmp_path / "snapshots")
    assert (snapshot.manifest["triples"], snapshot.manifest["quads"]) == (1, 6)
    same = tmp_path / "x.nt.gz"
    same.write_bytes((tmp_path / "x.ttl.gz").read_bytes())
    with pytest.raises(InputError):  # the same bytes, and another format
        build_files([same], tmp_path / "snapshots")


def test_our_own_files_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "x.trig"
    path.write_bytes(codecs.BOM_UTF8 + ONE[".trig"].encode())
    assert [finding.rule for finding in check_file(Input(path, None))[0]] == ["layout"]  # which takes the mark away
    path.write_text(f'{A} {B} "x"@en_US .')
    found, _ = check_file(Input(path, None))
    assert (found[0].rule, found[0].repair) == ("language-tag", "write @en-US")
    path.write_bytes('<http://ex.org/g> { <http://ex.org/a> <http://ex.org/b> "é"@fr }'.encode("latin-1"))
    found, _ = check_file(Input(path, None))
    assert found[0].rule == "encoding"
    assert "iconv" in found[0].repair


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe, device = tmp_path / "pipe.ttl", tmp_path / "device.ttl"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        for attempt in (
            _triples,
            lambda path: build_files([path], tmp_path / "home"),
            lambda path: load([path], tmp_path),
        ):
            with pytest.raises(InputError, match=r"a pipe or a device, and no file .save what comes from it"):
                attempt(path)


def test_a_base_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(f"{A} {B} 1 .")
    for base in ("data", "not an IRI", "http://[/"):
        with pytest.raises(GateError, match=r"no absolute IRI.*write one like https://"):
            build_files([path], tmp_path / "home", base_iri=base)
