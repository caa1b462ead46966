"""Receipts of what was checked: what they depend on, what they do not, and which are not believed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tools.architecture import graph, modules

from cityrights.check import receipts
from cityrights.errors import InputError
from tests.homes import checked_home

#: What a check of a part has to see: a change of any of these, below the folder of a test.
SEEN: dict[str, dict[str, str]] = {
    "graph": {
        "a statement": "home/data/note.trig",
        "a translation of the data": "home/data/translations/fr.po",
        "a hidden file, which the build reads, too": "home/data/.hidden.trig",
        "the ontology": "home/ontology/terms.ttl",
        "the context": "home/ontology/context.jsonld",
        "a shape": "home/ontology/shapes/Note.ttl",
        "a rule of the check": "home/queries/checks/note-wrong.rq",
        "a rule of the build": "home/queries/construct/more.rq",
        "a question of the library": "home/queries/explore/notes.rq",
        "a question of the guide": "home/queries/asking/one.rq",
        "a story": "home/queries/stories/one.md",
        "the checker": "cityrights/check/run.py",
        "what the checker reads": "cityrights/check/countries.json",
        "what reads files": "sparqlgate/rdf/files.py",
    },
    "words": {
        "a catalogue of the graph": "cityrights/locale/fr.po",
        "a catalogue of the site": "cityrights_web/locale/messages.pot",
        "a template": "cityrights_web/templates/base.html",
        "a page": "cityrights_web/views/home.py",
        "who checks words": "cityrights/translations.py",
    },
}
#: What neither of them depends on.
PASSED = (
    "home/README.md", "home/ontology/CHANGES.md", "home/pyproject.toml", "home/tests/test.py",
    "home/queries/pages/a.rq", "home/queries/index/a.rq", "cityrights/__pycache__/a.pyc",
    "cityrights/_resources/data/a.trig", "cityrights_web/static/site.js",
)  # fmt: skip
#: What is no part of checking the graph, and is of checking the words.
WORDS_ONLY = ("cityrights/mcp/server.py", "cityrights_web/views/home.py", "cityrights_web/templates/base.html")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and small packages in place of those that are installed."""
    checked_home(tmp_path / "home")
    for path in (*SEEN["graph"].values(), *SEEN["words"].values(), *PASSED, *WORDS_ONLY):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if not (tmp_path / path).exists():
            (tmp_path / path).write_text("before\n", "utf-8")
    monkeypatch.setattr(receipts, "_package", lambda name: tmp_path / name)
    return tmp_path


def _known(place: Path, part: str, *, documents: bool = False) -> bool:
    return receipts.find(place / "s", part, receipts.ingredients(place / "home"), documents=documents) is not None


def _keep(place: Path, *, documents: bool = False) -> None:
    of = receipts.ingredients(place / "home")
    for part in receipts.PARTS:
        assert receipts.keep(place / "s", part, of, documents=documents and part == "graph", warnings=0)


def test_each_thing_that_a_check_reads_changes_its_receipt(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep(place)
    for part, things in SEEN.items():
        for what, name in things.items():
            path = place / name
            before = path.read_bytes()
            assert _known(place, part), what
            path.write_bytes(before + b"\n")
            assert not _known(place, part), f"{what} was changed"
            path.rename(path.with_name(f"x{path.name}"))
            assert not _known(place, part), f"{what} was renamed"
            path.with_name(f"x{path.name}").unlink()
            assert not _known(place, part), f"{what} was removed"
            path.write_bytes(before)
            path.with_name(f"y{path.name}").write_bytes(before)
            assert not _known(place, part), f"there is one more beside {what}"
            path.with_name(f"y{path.name}").unlink()
            assert _known(place, part), f"{what} is as it was"
    for name in receipts.DEPENDENCIES:
        with monkeypatch.context() as patch:
            patch.setattr(receipts, "_version", lambda asked, of=name: "99" if asked == of else "1")
            one = receipts.ingredients(place / "home")["dependencies"]
            patch.setattr(receipts, "_version", lambda asked: "1")
            assert receipts.ingredients(place / "home")["dependencies"] != one, name
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0.0")
        assert not _known(place, "graph")
        assert not _known(place, "words")


def test_nothing_else_changes_it(place: Path) -> None:
    _keep(place)
    for name in PASSED:
        (place / name).write_text("after\n", "utf-8")
        assert all(_known(place, part) for part in receipts.PARTS), name
    for name in WORDS_ONLY:
        (place / name).write_text("after\n", "utf-8")
        assert _known(place, "graph"), name
    assert not _known(place, "words")
    for path in (place / "home").rglob("*"):
        os.utime(path, (0, 0))  # as after a clone, or when the clock went back
    assert _known(place, "graph")
    (place / "home").rename(place / "elsewhere")
    shutil.copytree(place / "elsewhere", place / "home")
    assert _known(place, "graph"), "a copy of the home elsewhere is the same"


def test_with_the_documents_answers_for_without_and_never_the_other_way(place: Path) -> None:
    _keep(place, documents=False)
    assert (_known(place, "graph"), _known(place, "graph", documents=True)) == (True, False)
    shutil.rmtree(place / "s")
    _keep(place, documents=True)
    assert (_known(place, "graph"), _known(place, "graph", documents=True)) == (True, True)


def test_what_is_spoilt_forged_or_of_others_is_not_believed(place: Path) -> None:
    _keep(place)
    of = receipts.ingredients(place / "home")
    (path,) = (place / "s" / receipts.FOLDER).glob("graph-*.json")
    whole = path.read_bytes()
    told = json.loads(whole)

    def forged(**more: object) -> bytes:
        return json.dumps({**told, **more}).encode()

    spoilt = {
        "empty": b"",
        "bytes": b"\xff\xfe\x00",
        "no object": b"[]",
        "deep": b"[" * 60_000,
        "long": whole + b" " * (1 << 16),
        "errors": forged(errors=1),
        "no errors told": forged(errors=None),
        "warnings": forged(warnings=7),
        "when": forged(when="2020-01-01T00:00:00+00:00"),
        "documents": forged(documents=True),
        "part": forged(part="words"),
        "seal": forged(seal="0" * 64),
        "another’s ingredients": forged(ingredients={**told["ingredients"], "data": "0" * 64}),
        **{f"cut at {length}": whole[:length] for length in range(0, len(whole) - 2, 97)},
    }
    for what, content in spoilt.items():
        path.write_bytes(content)
        assert not _known(place, "graph"), what
    path.write_bytes(whole)
    assert _known(place, "graph")

    note = place / "home" / "data" / "note.trig"
    note.write_text(note.read_text("utf-8").replace("one", "wrong"), "utf-8")
    now = receipts.ingredients(place / "home")
    other = path.with_name(f"graph-{receipts.key(now, receipts.PARTS['graph'])}.json")
    for content in (whole, forged(ingredients={name: now[name] for name in receipts.PARTS["graph"]})):
        other.write_bytes(content)  # the receipt of other data, under the name of these
        assert not _known(place, "graph")
    other.unlink()
    assert receipts.find(place / "s", "graph", of) is not None

    for where, mode in ((path, 0o666), (path, 0o664), (path.parent, 0o777)):
        kept = where.stat().st_mode
        where.chmod(mode)
        assert receipts.find(place / "s", "graph", of) is None, f"others may write to {where.name}"
        where.chmod(kept)
    aside = path.rename(place / "aside.json")
    path.symlink_to(aside)
    assert receipts.find(place / "s", "graph", of) is None, "a link"
    path.unlink()
    path.mkdir()
    assert receipts.find(place / "s", "graph", of) is None, "a folder"
    path.rmdir()
    aside.rename(path)
    assert receipts.find(place / "s", "graph", of) is not None
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
        assert receipts.find(place / "s", "graph", of) is None, "it belongs to another user"


def test_where_nothing_can_be_kept_that_is_said_and_old_ones_make_way(
    place: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = receipts.ingredients(place / "home")
    (place / "s").mkdir()
    (place / "s" / receipts.FOLDER).write_text("in the place of the folder", "utf-8")
    assert not receipts.keep(place / "s", "graph", of, documents=False, warnings=0)
    assert "will be checked again" in caplog.text
    (place / "s" / receipts.FOLDER).unlink()
    monkeypatch.setattr(receipts, "_KEPT", 3)
    for number in range(5):
        receipts.keep(place / "s", "graph", {**of, "data": str(number)}, documents=False, warnings=0)
    assert len(list((place / "s" / receipts.FOLDER).iterdir())) == 3
    assert receipts.find(place / "s", "graph", {**of, "data": "4"}) is not None
    (place / "home" / "data" / "loop.trig").symlink_to("loop.trig")
    receipts.ingredients(place / "home")  # a link to nowhere is no file
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", _refused)
        with pytest.raises(InputError, match="cannot be read: Permission denied"):
            receipts.ingredients(place / "home")


def _refused(_path: Path) -> bytes:
    raise PermissionError(13, "Permission denied")


def test_what_a_check_imports_is_all_looked_at() -> None:
    """The rooms that receipts pass over are none that a check comes to, by whatever way."""
    edges = graph(modules())
    reached, todo = set[str](), ["cityrights.check.run", "cityrights.publishing"]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += edges[name]
    assert len(reached) > 60
    passed = [
        name for name in reached if f"{name.replace('.', '/')}/".startswith(tuple(f"{u}/" for u in receipts.UNUSED))
    ]
    assert passed == []


def test_what_a_check_runs_of_others_is_all_looked_at(tmp_path: Path) -> None:
    """The distributions whose code a check loads are those whose versions a receipt depends on."""
    look = """
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from cityrights.publishing import check_home
report = check_home(Path(sys.argv[1]))
assert report.clean, report.findings
import networkx, owlrl, scipy.sparse  # these are loaded where there is more in a graph
whose = packages_distributions()
print(*{name for module in sys.modules for name in whose.get(module.partition(".")[0], ())})
"""
    home = checked_home(tmp_path / "home")
    done = subprocess.run([sys.executable, "-c", look, str(home)], capture_output=True, text=True, check=True)
    plain: Callable[[str], str] = lambda name: name.lower().replace("_", "-")  # noqa: E731
    loaded = {plain(name) for name in done.stdout.split()} - {"cityrights"}
    assert loaded >= {"pyoxigraph", "rdflib", "pyshacl", "scipy", "babel"}
    assert loaded - set(map(plain, receipts.DEPENDENCIES)) == set()
