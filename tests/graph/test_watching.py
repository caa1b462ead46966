"""Rounds of a watch against checks and builds of the whole: the same findings, the same version, the same indexes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cityrights.check.rules import as_ask
from cityrights.check.run import Report, dataset, run
from cityrights.check.shapes import validate_shapes
from cityrights.errors import InputError
from cityrights.home import home
from cityrights.indexes import registry
from cityrights.indexes.search import SearchIndex
from cityrights.library.queries import library
from cityrights.pipeline import lines
from cityrights.pipeline.dumps import Content, statistics
from cityrights.pipeline.lines import Changing
from cityrights.pipeline.read import read_all
from cityrights.reuse import ALL, Around, Asked, Kept, Touched, around, keys_of, reads
from cityrights.snapshot import Snapshot, damage, silent
from cityrights.vocabulary import CR, ID, PREFIXES, RDF
from cityrights.watching import Round, Watch, seen
from tests.homes import checked_home, note

#: What the small copy keeps of the data; that much then is missing makes findings of many rules.
_DATA: Final = (
    "dataset.ttl", "actors", "editorial", "places/places.trig", "sources/twenty-practices/document.trig",
    "sources/twenty-practices/utrecht-plan-einstein.trig", "sources/twenty-practices/lga-public-realm-guidance.trig",
    "sources/external", "translations",
)  # fmt: skip
_BLOCK: Final = re.compile(r"^claim:(\d+) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the ontology, the questions, and two practices."""
    folder = tmp_path_factory.mktemp("small") / "house"
    for part in ("ontology", "queries"):
        shutil.copytree(home() / part, folder / part)
    for name in _DATA:
        found = home() / "data" / name
        (folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, folder / "data" / name)
        elif found.is_file():
            shutil.copy(found, folder / "data" / name)
    return folder


@pytest.fixture(scope="module")
def watch(small: Path) -> Watch:
    """One watch for all edits, as for a day of work."""
    return Watch(small, small.parent / "snapshots")


Edit = Callable[[str], str]


def _in_a_claim(number: int, change: Edit) -> Edit:
    """Return what changes one of the claims of a file."""

    def edit(text: str) -> str:
        blocks = list(_BLOCK.finditer(text))
        if not blocks:
            return text
        block = blocks[number % len(blocks)]
        return text[: block.start()] + change(block[0]) + text[block.end() :]

    return edit


def _added(block: str) -> str:
    number = re.escape(f"claim:{block.split(' ')[0].removeprefix('claim:')}")
    return block + "\n" + re.sub(rf"{number}\b", "claim:9001", block).replace('cr:text "', 'cr:text "Once more: ')


def _without_line(number: int) -> Edit:
    def edit(block: str) -> str:
        lines = block.split("\n")
        held = [at for at, line in enumerate(lines) if line.endswith(" ;") and at > 1]
        if held:
            del lines[held[number % len(held)]]
        return "\n".join(lines)

    return edit


def _of_claims(number: int) -> dict[str, Edit]:
    return {
        "change a sentence": lambda block: block.replace('cr:text "', 'cr:text "In Gwangju, '),
        "name nothing that there is": lambda block: re.sub(r"(modality|aspect):(\w+)", r"\1:\2x", block, count=1),
        "take out a line": _without_line(number),
        "take out a claim": lambda block: "",
        "add a claim": _added,
        "tag it wrong": lambda block: block.replace('"@en', '"@fr', 1),
        "say nothing of where it stands": lambda block: re.sub(r'cr:lines "[^"]*"', 'cr:lines "somewhere"', block),
        "lay it out otherwise": lambda block: block.replace("    ", "  ", 1),
        "say it in no graph": lambda block: block + "\nclaim:9002 a cr:Claim .\n",
        "point to what has a percent sign": lambda block: block.replace(
            " ;\n", f" ;\n    cr:mentions <{ID}city/utrecht%20> ;\n", 1
        ),
        "garble a sentence": lambda block: block.replace('cr:text "', 'cr:text "Ã© ', 1),
    }


_FILES: Final = (
    "data/sources/twenty-practices/utrecht-plan-einstein.trig",
    "data/sources/twenty-practices/lga-public-realm-guidance.trig",
)
#: What is edited elsewhere: the file, and what becomes of it; None: it is taken away.
_ELSEWHERE: Final[dict[str, tuple[str, Edit | None]]] = {
    "break the syntax": (_FILES[0], lambda text: text + "\n}"),
    "cut a file": (_FILES[0], lambda text: text[: len(text) // 2]),
    "take a file away": (_FILES[1], None),
    "another label of a class": ("ontology/cityrights.ttl", lambda text: text.replace('"Practice"@en', '"Deed"@en')),
    "a class below another": (
        "ontology/cityrights.ttl", lambda text: f"{text}\n<{CR}Practice> rdfs:subClassOf <{CR}Event> .\n"
    ),
    "no rule for inverses": ("queries/construct/inverses.rq", None),
    "a rule before another": (
        "queries/construct/claim-labels.rq", lambda text: text.replace("# order: 50", "# order: 55")
    ),
    "classes that exclude each other": (
        "ontology/cityrights.ttl", lambda text: f"{text}\n<{CR}Practice> owl:disjointWith <{CR}Practice> .\n"
    ),
    "the same in two languages": (
        "data/places/places.trig",
        lambda text: re.sub(r'"([^"]+)"@en , "[^"]+"@fr', r'"\1"@en , "\1"@fr', text, count=9),
    ),
    "no label in French": (
        "data/places/places.trig", lambda text: re.sub(r' , "[^"]+"@fr', "", text, count=3)
    ),
    "another rule for places": (
        "queries/construct/places.rq", lambda text: text.replace("cr:awardedTo", "cr:partner")
    ),
    "another rule of the check": (
        "queries/checks/anchor-length.rq", lambda text: re.sub(r"> \d+", "> 1", text)
    ),
    "another shape": ("ontology/shapes/Practice.ttl", lambda text: re.sub(r"sh:maxCount \d", "sh:maxCount 0", text)),
    "a question that finds nothing": (
        "queries/explore/awards.rq", lambda text: text.replace("cr:Award", "cr:Awarded")
    ),
    "a question that cannot be read": ("queries/explore/awards.rq", lambda text: text.replace("# title:", "# titel:")),
    "another name of a place": ("data/places/places.trig", lambda text: text.replace("cr:within", "cr:place", 1)),
    "other translations": (
        "data/translations/fr.po",
        lambda text: re.sub(r'(?m)(^msgctxt "claim.*\nmsgid .*\nmsgstr ")', r"\1Ah, ", text, count=40),
    ),
}  # fmt: skip
_NAMES: Final = (*_of_claims(0), *_ELSEWHERE, "undo")
#: What a build refuses.
_REFUSED: Final = (
    "say nothing of where it stands", "say it in no graph", "break the syntax", "cut a file",
    "a question that cannot be read",
)  # fmt: skip


def _apply(folder: Path, name: str, number: int, before: dict[str, bytes]) -> None:
    """Do an edit; ``before`` has the files as they were at the beginning, for who undoes everything."""
    if name == "undo":
        for path, content in before.items():
            (folder / path).write_bytes(content)
        before.clear()
        return
    if name in _ELSEWHERE:
        path, edit = _ELSEWHERE[name]
    else:
        path, edit = _FILES[number % len(_FILES)], _in_a_claim(number, _of_claims(number)[name])
    file = folder / path
    if not file.is_file():
        return
    before.setdefault(path, file.read_bytes())
    if edit is None:
        file.unlink()
    else:
        file.write_text(edit(file.read_text("utf-8")), "utf-8")


def _checked(folder: Path) -> Report | InputError:
    """Return what a check of the whole finds, or why it cannot run."""
    shapes = folder / "ontology" / "shapes"
    try:
        return run(
            folder,
            lambda quads: dataset(folder, quads),
            shapes=lambda store, only: validate_shapes(store, shapes, only=only),
        )
    except InputError as error:
        return error


def _content(folder: Path) -> tuple[Content, ox.Store] | None:
    """Return what a build of the whole has for its content, None where it refuses the files."""
    try:
        quads = read_all(folder)
        library(folder / "queries" / "explore")
        content = Content(folder.parent.joinpath)
        store = dataset(folder, quads)
        content.add([quad for quad in store if quad.graph_name != ox.DefaultGraph()])
    except InputError:
        return None
    content.settle()
    return content, store


def _differs(found: Report, whole: Report) -> Iterator[str]:
    """Yield what one has and the other has not, in words that are short enough to read."""
    ours, theirs = found.as_dict(), whole.as_dict()
    for part in ours:
        one, other = ours[part], theirs[part]
        if isinstance(one, list) and isinstance(other, list):
            told = [{json.dumps(each, sort_keys=True) for each in every} for every in (one, other)]
            yield from (f"only in the round: {each}" for each in sorted(told[0] - told[1])[:3])
            yield from (f"only in the whole: {each}" for each in sorted(told[1] - told[0])[:3])
        elif one != other:
            yield f"{part}: {one} in the round, {other} in the whole"


def _compare(watch: Watch, what: str) -> Round:
    found = watch.round()
    whole = _checked(watch.home)
    if isinstance(whole, InputError):
        assert [finding.message for finding in found.report.findings] == [whole.reason], what
    else:
        different = "\n".join(_differs(found.report, whole))
        assert not different, f"after: {what}\n{different}"
    content = _content(watch.home)
    version = content[0].digest() if content is not None else ""
    assert (found.snapshot.version if found.built and found.snapshot else "") == version, f"after: {what}"
    return found


def _same_indexes(watch: Watch, found: Round, folder: Path) -> None:
    """Compare the indexes of a draft with those made anew of all; that of words has other bytes each time."""
    whole = _content(watch.home)
    if not found.built or found.snapshot is None or whole is None:
        return
    content, store = whole
    told = statistics(content, store, content.digest())
    store.extend(told)
    store.extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in told])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    registry.write(folder, store, silent)
    registry.write_told(folder, store)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder)
        if name.parts[0] != "search":
            same = (found.snapshot.path / name).read_bytes() == file.read_bytes()
            assert same, f"{name} is not what a build of the whole makes"
    ours, theirs = (SearchIndex.open(Snapshot(at)) for at in (found.snapshot.path, folder))
    for text in ("Utrecht", "human rights", "Gwangju", "Once more", "Deed", "migrants", "ombudsperson", "France"):
        for language in ("en", "fr"):
            hits = [[hit.record() for hit in index.search(text, language, limit=50)] for index in (ours, theirs)]
            assert hits[0] == hits[1], (
                f"“{text}” finds another thing, or in another order, than in a build of the whole"
            )


_LONG: Final = bool(os.environ.get("CITYRIGHTS_LONG"))


@settings(
    max_examples=40 if _LONG else 2,
    deadline=None,
    phases=(Phase.generate,),  # each takes seconds, and smaller ones would take hundreds of them
    derandomize=not _LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=st.lists(st.tuples(st.sampled_from(_NAMES), st.integers(0, 7)), min_size=2, max_size=3))
def test_whatever_is_edited_a_round_is_what_a_check_and_a_build_of_the_whole_are(
    watch: Watch, small: Path, edits: list[tuple[str, int]]
) -> None:
    before: dict[str, bytes] = {}
    done = []
    try:
        for name, number in edits:
            _apply(small, name, number, before)
            done.append(f"{name} ({number})")
            found = _compare(watch, ", then ".join(done))
        _same_indexes(watch, found, small.parent / "indexes")
    finally:
        _apply(small, "undo", 0, before)


def test_each_kind_of_edit_is_seen_in_one_process_and_undone(watch: Watch, small: Path) -> None:
    begun = _compare(watch, "nothing")
    before: dict[str, bytes] = {}
    others = [name for name in _NAMES if name not in (*_REFUSED, "undo")]
    for at in range(0, len(others), 6):  # several at once, which one person may well save
        for number, name in enumerate(others[at : at + 6]):
            _apply(small, name, number, before)
        found = _compare(watch, ", ".join(others[: at + 6]))
        assert found.built
    _same_indexes(watch, found, small.parent / "indexes")
    _apply(small, "undo", 0, before)
    for name in _REFUSED:
        _apply(small, name, 0, before)
        assert not _compare(watch, name).built
        _apply(small, "undo", 0, before)
    ended = _compare(watch, "undo")
    assert ended.snapshot is not None
    assert begun.snapshot is not None
    assert ended.snapshot.version == begun.snapshot.version
    assert ended.report.as_dict() == begun.report.as_dict()
    watch.close()
    assert [path.name for path in watch.directory.glob(".draft-*")] == [ended.snapshot.path.name], "one draft is left"


def test_what_a_query_reads_is_everything_unless_its_text_tells_what() -> None:
    type_, label = RDF + "type", PREFIXES["rdfs"] + "label"
    for text, expected in {
        "SELECT ?x { ?x a cr:Claim ; rdfs:label ?l }": {f"a {CR}Claim", label},
        "SELECT ?x { ?x a ?c }": {type_},
        "SELECT ?x { ?x cr:place/cr:within* ?y }": {CR + "place", CR + "within"},
        "SELECT ?x { ?x cr:place ?y . ?y cr:within* ?z }": {CR + "place", CR + "within"},
        "SELECT ?x { ?y cr:within* ?z }": {CR + "within", ALL},  # each thing leads to itself
        "SELECT ?x { VALUES ?p { cr:place rdfs:label } ?x ?p ?y }": {CR + "place", label},
        "SELECT ?x { VALUES (?p ?n) { (cr:place 1) (rdfs:label 'a') } ?x ?p ?y }": {CR + "place", label},
        "SELECT ?x { VALUES ?p { cr:place UNDEF } ?x ?p ?y }": {ALL},
        "SELECT ?x { VALUES ?p { cr:place } { SELECT ?x { ?x ?p ?y } } }": {ALL},
        "SELECT ?x { ?x cr:place ?y FILTER NOT EXISTS { ?y cr:within ?z } }": {CR + "place", CR + "within"},
        "SELECT ?x { ?x cr:place ?y FILTER(?y = 1 || EXISTS { ?y cr:within ?z }) }": {ALL},
        "SELECT ?x { ?x cr:place ?y BIND(EXISTS { ?y cr:within ?z } AS ?there) }": {ALL},
        "SELECT ?x { ?x !cr:place ?y }": {CR + "place", ALL},
        "SELECT ?g { GRAPH ?g { } }": {ALL},
        "SELECT ?g { GRAPH ?g { ?x cr:place ?y } }": {CR + "place"},
        "SELECT ?x { { ?x cr:place ?y } UNION { ?x cr:within ?y } MINUS { ?x cr:of ?z } }": {
            CR + "place", CR + "within", CR + "of",
        },
        "SELECT ?x { ?x cr:pl\\u0061ce ?y }": {ALL},
        "SELECT ?x { ?x unheard:of ?y }": {ALL},
        "PREFIX own: <http://e.example/> SELECT ?x { ?x own:p ?y }": {"http://e.example/p"},
        "CONSTRUCT { ?x ?any ?y } WHERE { ?x cr:place ?y }": {CR + "place"},
        "DESCRIBE ?x { ?x cr:place ?y }": {ALL},
        "SELECT ?x { this is no query": {ALL},
    }.items():  # fmt: skip
        assert reads(text).keys == expected, text
    assert not reads("SELECT ?x { ?x cr:year ?y FILTER(?y > NOW()) }").steady, "tomorrow it is another answer"


def test_a_step_is_done_again_when_something_it_asked_for_came_or_went() -> None:
    kept, asked = Kept(), list[int]()
    place, label, one = (
        ox.NamedNode(name) for name in (CR + "place", PREFIXES["rdfs"] + "label", "http://e.example/1")
    )
    store = ox.Store()

    def step(of: ox.Store) -> int:
        asked.append(1)
        return sum(1 for _ in of.quads_for_pattern(None, place, None, None))

    def now(quads: list[ox.Quad]) -> int:
        store.clear()
        store.extend(quads)
        kept.take("all", quads)
        return kept.asking("step", None, store, step)

    named = ox.Quad(one, label, ox.Literal("One"), one)
    there = ox.Quad(one, place, one, one)
    assert [now(quads) for quads in ([], [named], [named, there], [there], [])] == [0, 0, 1, 1, 0]
    assert len(asked) == 3, "labels are nothing to it"
    assert keys_of([ox.Quad(one, ox.NamedNode(RDF + "type"), place, one)]) == {RDF + "type", f"a {place.value}"}
    noted = Asked(store)
    noted.query("SELECT ?p ?o { ?s ?p ?o }", substitutions={ox.Variable("p"): place})
    assert noted.keys == {place.value}
    noted.query("SELECT ?o { ?s ?p ?o }")
    assert ALL in noted.keys


def test_the_rows_of_a_query_are_about_one_thing_unless_its_text_may_say_otherwise() -> None:
    cr, label = CR, PREFIXES["rdfs"] + "label"
    for text, expected in {
        "SELECT ?where { ?where a cr:Claim ; ?p ?o }": Around(frozenset(), False),
        "SELECT ?where { ?x cr:place|cr:of ?where }": Around(frozenset(), True),
        "SELECT ?where { ?where ^cr:place ?x }": Around(frozenset(), True),
        "SELECT ?where { ?where cr:place ?x . ?x rdfs:label ?y }": Around(frozenset({label}), False),
        "SELECT ?where { ?where a ?c OPTIONAL { ?where cr:place ?x . ?x a cr:City } }": Around(
            frozenset({f"a {cr}City"}), False
        ),
        "SELECT ?where { ?where cr:of ?x ; cr:place/cr:within ?y }": Around(
            frozenset({cr + "place", cr + "within"}), False
        ),
        "SELECT ?where (COUNT(*) AS ?n) { ?where cr:place ?x } GROUP BY ?where HAVING(?n > 1)": Around(
            frozenset(), False
        ),
        "SELECT ?where { { SELECT DISTINCT ?where { ?where a ?c } } MINUS { ?where a cr:Claim } }": Around(
            frozenset(), False
        ),
        "SELECT ?where { FILTER NOT EXISTS { ?where cr:of ?y } ?where cr:place ?x }": Around(frozenset(), False),
        "SELECT ?where { GRAPH ?where { ?where cr:place ?x } }": Around(frozenset(), False),
        "SELECT ?where { { ?where cr:place ?x } UNION { ?where cr:of ?x } }": Around(frozenset(), False),
        # What is said of one thing may be told because of another.
        "SELECT ?where { ?x cr:place ?y OPTIONAL { ?where cr:of ?y } ?where cr:place ?y }": None,
        "SELECT ?where { ?x cr:place ?y MINUS { ?where cr:of ?y } ?where cr:place ?y }": None,
        "SELECT ?where { ?x cr:of ?y { OPTIONAL { ?where cr:of ?z } } ?where cr:place ?y }": None,
        "SELECT ?where { ?where a ?c MINUS { { ?where cr:of ?x } UNION { ?z cr:place ?x } } }": None,
        "SELECT ?where { ?x cr:of ?y FILTER NOT EXISTS { ?where cr:place ?y } }": None,
        "SELECT (MIN(?x) AS ?where) { ?x cr:place ?y } GROUP BY ?y": None,
        "SELECT (MIN(?x) AS ?where) { ?where cr:place ?y } GROUP BY ?y": None,
        "SELECT ?where { { SELECT (MIN(?x) AS ?where) { ?x cr:of ?y } GROUP BY ?y } ?where cr:place ?z }": None,
        "SELECT ?where { { SELECT ?y { ?where cr:of ?y } } ?where cr:place ?z }": None,
        "SELECT ?where { ?where cr:place ?x } LIMIT 1": None,
        "SELECT ?where { { SELECT ?where { ?where cr:of ?y } LIMIT 1 } ?where cr:place ?z }": None,
        "SELECT ?where (COUNT(*) AS ?n) { ?where cr:place ?x } GROUP BY ?x": None,
        "SELECT ?where { ?x cr:place ?y BIND(?y AS ?where) }": None,
        "SELECT ?where { VALUES ?where { cr:A } ?where cr:place ?y }": None,
        "SELECT ?where { ?where cr:place ?x . ?y ?p ?z }": None,
        "SELECT ?where { ?x ?where ?y }": None,
        "SELECT ?where { GRAPH ?g { } GRAPH ?g { ?where cr:place ?x } }": None,
        "SELECT ?where { ?where cr:place ?x FILTER(?x = 1 || EXISTS { ?where cr:of ?y }) }": None,
        "SELECT ?where { ?where cr:year ?y FILTER(?y > NOW()) }": None,
        "ASK { ?where cr:place ?y }": None,
        "SELECT ?where { this is no query": None,
    }.items():  # fmt: skip
        assert around(text, "where") == expected, text


def test_a_step_is_done_again_for_the_things_that_are_touched_and_for_all_where_others_tell() -> None:
    kept, store, asked = Kept(), ox.Store(), list[int]()
    text = "SELECT ?where { ?where cr:place ?x . ?x a cr:City FILTER NOT EXISTS { ?where cr:of ?y } }"
    place, of, city, kind = (ox.NamedNode(name) for name in (CR + "place", CR + "of", CR + "City", RDF + "type"))
    things = [ox.NamedNode(f"http://e.example/{number}") for number in range(50)]

    def look(of_store: ox.Store) -> list[str]:
        asked.append(sum(1 for _ in of_store))
        found = of_store.query(text, prefixes=PREFIXES)
        assert isinstance(found, ox.QuerySolutions)
        return sorted(row["where"].value for row in found)

    def now(quads: list[ox.Quad]) -> list[str]:
        store.clear()
        store.extend(quads)
        kept.take("all", quads)
        rows = sorted(Touched(kept, "rules", store).rows("look", text, look, str))
        kept.is_up_to_date("rules")
        assert rows == sorted(look(store))
        asked.pop()
        return rows

    typed = ox.Quad(things[0], kind, city)
    placed = [ox.Quad(thing, place, things[0]) for thing in things[1:]]
    assert len(now([typed, *placed])) == 49
    assert len(now([typed, *placed[1:]])) == 48
    assert len(now([typed, *placed[1:], ox.Quad(things[5], of, things[0])])) == 47
    assert asked[1:] == [1, 3], "only what is said of the things that were touched, and the city, was looked at"
    assert now(placed) == [], "it is no city any more, which is said of another thing"
    assert len(now([typed, *placed])) == 49


def test_that_a_question_has_an_answer_is_asked_without_finding_all() -> None:
    one, place = ox.NamedNode("http://e.example/1"), ox.NamedNode(CR + "place")
    full, empty = ox.Store(), ox.Store()
    full.extend([ox.Quad(one, place, ox.Literal(number)) for number in range(3)])
    start = f"PREFIX cr: <{CR}> "
    for text, exists in {
        "SELECT ?x { ?x cr:place ?y } ORDER BY ?y": "ASK { ?x cr:place ?y }",
        "SELECT DISTINCT ?x WHERE { ?x cr:place ?y } LIMIT 5": "ASK { ?x cr:place ?y }",
        "SELECT ?x (COUNT(*) AS ?n) { ?x cr:place ?y } GROUP BY ?x ORDER BY ?n": "ASK { ?x cr:place ?y }",
        "SELECT (COUNT(*) AS ?n) { ?x cr:place ?y }": "",
        "SELECT ?x { ?x cr:place ?y } GROUP BY ?x HAVING(COUNT(*) > 5)": "",
        "SELECT ?x { ?x cr:place ?y } OFFSET 3": "",
        "SELECT ?x { ?x cr:place ?y } VALUES ?y { 7 }": "",
        "SELECT ?x { ?x cr:place ?y } LIMIT 0": "",
        "SELECT (EXISTS { ?x cr:of ?y } AS ?z) { ?x cr:place ?y }": "",
        "CONSTRUCT { ?x cr:of ?y } WHERE { ?x cr:place ?y }": "",
    }.items():
        assert as_ask(start + text).removeprefix(start) == exists, text
        for store in (full, empty) if exists else ():
            rows, there = store.query(start + text), store.query(start + exists)
            assert isinstance(rows, ox.QuerySolutions)
            assert bool(there) == any(True for _ in rows), text


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=12), max_size=12), few=st.booleans()
)
def test_lines_that_come_and_go_are_those_that_came_more_often(steps: list[list[tuple[bool, int]]], few: bool) -> None:
    changing, expected = Changing("lines"), Counter[bytes]()
    for step in steps:
        came = [b"%d" % number for comes, number in step if comes]
        after = expected + Counter(came)
        went = []
        for line in (b"%d" % number for comes, number in step if not comes):
            if after[line]:
                after[line] -= 1
                went.append(line)
        before, expected = set(expected), +after
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "_FEW", 5 if few else 0)
            lost, won = changing.change(went, came)
        assert (set(lost), set(won)) == (before - set(expected), set(expected) - before)
        assert list(changing) == sorted(expected)
        assert len(changing) == len(expected)


def test_a_rule_sees_what_is_before_it_and_not_what_was_when_rules_are_taken_out_or_moved(tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "construct"
    folder.mkdir(parents=True)
    one, other = ox.NamedNode("http://e.example/1"), ox.NamedNode("http://e.example/2")
    said = [ox.Quad(one, ox.NamedNode(CR + "place"), other, one)]
    first = "# It is of where it is\n# order: {}\nCONSTRUCT {{ ?x cr:of ?y }} WHERE {{ ?x cr:place ?y }}\n"
    made = "CONSTRUCT { ?y cr:has ?x } WHERE { ?x ?any ?y FILTER(?any != cr:place) }"
    second = f"# It is said otherwise\n# order: 20\n{made}\n"
    kept, has = Kept(), ox.NamedNode(CR + "has")
    (folder / "second.rq").write_text(second, "utf-8")
    for order in (10, 0, 10, 30, 10):  # 0: there is none
        (folder / "first.rq").unlink(missing_ok=True)
        if order:
            (folder / "first.rq").write_text(first.format(order), "utf-8")
        found = {
            keeping: frozenset(dataset(tmp_path, said, connect=False, kept=kept if keeping else Kept(False)))
            for keeping in (True, False)
        }
        assert found[True] == found[False], f"first.rq with order {order}"
        assert any(quad.predicate == has for quad in found[True]) == (order == 10), f"first.rq with order {order}"


def test_a_dataset_that_stands_is_after_each_edit_what_one_made_anew_is(small: Path) -> None:
    kept, before = Kept(), dict[str, bytes]()
    edits = ("", "take out a claim", "take a file away", "undo", "another label of a class", "a class below another",
             "another rule for places", "a rule before another", "no rule for inverses", "undo", "add a claim",
             "another name of a place", "undo")  # fmt: skip
    for number, name in enumerate(edits):
        if name:
            _apply(small, name, number, before)
        stands, anew = (dataset(small, read_all(small), kept=each) for each in (kept, Kept(False)))
        differs = frozenset(stands) ^ frozenset(anew)
        assert not differs, f"after “{name}”: {sorted(map(str, differs))[:5]}"
        assert set(stands.named_graphs()) == set(anew.named_graphs()), f"after “{name}” a graph is left empty"


def test_drafts_are_whole_beside_another_watch_and_after_one_that_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, folder = checked_home(tmp_path / "house"), tmp_path / "s"
    one, other = Watch(house, folder), Watch(house, folder)
    for text in ("one", "two", "one", "three"):
        note(house, text)
        for each in (one, other):
            found = each.round()
            assert found.built
            assert not found.fault
            assert found.snapshot is not None
            assert not list(damage(found.snapshot))
    for left in folder.glob(".draft-*"):  # as the other does that ends
        shutil.rmtree(left)
    begun = folder / ".building-left"  # as one leaves that was killed
    begun.mkdir()
    (begun / "cityrights.nq").write_text("<http://half", "utf-8")
    note(house, "four")
    linked = shutil.copytree

    def gone(source: Path, target: Path, **options: Callable[[str, str], object]) -> Path:
        linked(source, target)
        raise FileNotFoundError(source)  # the other took it away at this very moment

    monkeypatch.setattr("cityrights.pipeline.light_draft.shutil.copytree", gone)
    found = one.round()
    assert (found.built, found.fault, begun.exists()) == (True, "", False)
    assert found.snapshot is not None
    assert not list(damage(found.snapshot))
    _same_indexes(one, found, tmp_path / "indexes")


def test_what_editors_keep_for_themselves_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in (".note.trig.swp", ".#note.trig", "note.trig~", "4913", "#note.trig#", ".note.trig"):
        (tmp_path / "data" / name).write_text("x", "utf-8")
    assert not seen(tmp_path)
    (tmp_path / "data" / "note.trig").write_text("x", "utf-8")
    assert set(seen(tmp_path)) == {"data/note.trig"}
