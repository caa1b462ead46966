"""Rows taken in: what they state and by which evidence, what a second import changes, and what is taken back."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import openpyxl
import pyoxigraph as ox
import pytest

from cityrights import places
from cityrights.check.documents import check_sources
from cityrights.check.format import format_file
from cityrights.errors import CityrightsError, InputError
from cityrights.importing.ledger import listed, undo
from cityrights.importing.template import to_mend
from cityrights.pipeline.read import parse_file, unfold
from cityrights.territories import FILE, add_city
from cityrights.vocabulary import CR, DCTERMS, ID, PREFIXES
from tests.graph.importing.sheets import COLUMNS, ROWS, docx, files, home, pdf, quads, sheet, taken

GRAPHS = PREFIXES["graph"]


def graphs(changed: set[ox.Quad]) -> set[str]:
    return {quad.graph_name.value for quad in changed if isinstance(quad.graph_name, ox.NamedNode)}


def unfolded(folder: Path) -> ox.Store:
    path = folder / "home" / "data" / "sources" / "practices" / "import.trig"
    found, faults = unfold([(path, parse_file(path))])
    assert not faults
    store = ox.Store()
    store.extend(found)
    return store


def rows(store: ox.Store, query: str) -> set[tuple[str, ...]]:
    names = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    found = store.query(names + query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return {tuple(str(getattr(term, "value", "")) for term in row) for row in found}


def test_each_row_is_a_practice_and_its_own_evidence(tmp_path: Path) -> None:
    home(tmp_path)
    report = taken(tmp_path, sheet(tmp_path / "practices.csv"))
    assert (report.rows, report.added, report.faults) == (3, 3, [])
    store = unfolded(tmp_path)
    found = rows(
        store,
        """SELECT ?practice ?place ?row ?fragment ?file WHERE {
          GRAPH ?claim { ?practice cr:place ?place }
          ?claim cr:passage ?passage ; prov:wasGeneratedBy/prov:used/schema:name ?file .
          ?passage cr:firstLine ?row ; cr:md5 ?digest ; oa:hasSelector ?selector .
          ?selector dcterms:conformsTo <http://tools.ietf.org/rfc/rfc7111> ; rdf:value ?fragment }""",
    )
    assert found == {
        (f"{ID}practice/legal-advice-at-the-library-vienna", f"{ID}city/vienna", "2", "row=2", "practices.csv"),
        (f"{ID}practice/meals-for-all-lyon", f"{ID}city/lyon", "3", "row=3", "practices.csv"),
        (f"{ID}practice/bridges-mexico-city", f"{ID}city/mexico-city", "4", "row=4", "practices.csv"),
    }
    assert rows(store, "SELECT ?city { ?city cr:geonamesId '2761369' ; cr:within/rdfs:label 'Austria'@en }")
    path = tmp_path / "home" / "data" / "sources" / "practices" / "import.trig"
    assert path.read_text("utf-8") == format_file(path)


def test_the_same_file_twice_changes_no_quad_and_a_changed_row_only_its_graphs(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    taken(tmp_path, path)
    before, kept = quads(tmp_path), files(tmp_path)
    again = taken(tmp_path, path)
    assert (again.batch, again.same, files(tmp_path)) == ("", 3, kept)
    changed = [list(row) for row in ROWS]
    changed[1][3] = "Schools cook together."
    report = taken(tmp_path, sheet(path, changed))
    assert (report.batch, report.changed, report.same) == ("practices/2", 1, 2)
    assert graphs(before ^ quads(tmp_path)) == {f"{ID}claim/practices/2", f"{GRAPHS}import/practices/2"}
    moved = [*ROWS[:1], ("New one", "Lyon", "France", "", "Food", "", ""), *changed[1:]]
    assert taken(tmp_path, sheet(path, moved)).same == 3, "a row that moves down says what it said"


def test_a_batch_is_taken_back_to_the_byte(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    states = [files(tmp_path)]
    for number in range(3):
        changed = [(f"{row[0]}", *row[1:3], f"{row[3]} {number}", *row[4:]) for row in ROWS]
        taken(tmp_path, sheet(path, changed), who=f"person {number}")
        states.append(files(tmp_path))
    there = tmp_path / "home"
    assert [name for name, _, _ in listed(there)] == ["practices/3", "practices/2", "practices/1"]
    with pytest.raises(CityrightsError, match=r"practices/1 is not the last batch .*: take practices/3 back first"):
        undo(there, "practices/1")
    with pytest.raises(CityrightsError, match=r"“practices/9” is no batch; practices/3, practices/2"):
        undo(there, "practices/9")
    for number in (3, 2, 1):
        undo(there, f"practices/{number}")
        assert files(tmp_path) == states[number - 1], number
    taken(tmp_path, path)
    file = there / "data" / "sources" / "practices" / "import.trig"
    file.write_text(file.read_text("utf-8") + "# mine\n", "utf-8")
    with pytest.raises(CityrightsError, match=r"import\.trig was changed since practices/1; take those changes back"):
        undo(there, "practices/1")


TOLD = ("title", "place", "country", "what", "what was hard", "what was hard__fr", "what they advise", "whom to ask")
TELLING = (
    ("Meals", "Lyon", "France", "Schools cook.", "Money came late.", "L’argent tardait.", "Begin small.",
     "Office for meals (meals@lyon.example); help@lyon.example"),
    ("Bridges", "Wien", "Austria", "Neighbours meet.", "Money came late.", "", "", ""),
)  # fmt: skip
PARTS = """SELECT ?practice ?aspect ?row ?text WHERE { ?practice cr:challenge|cr:takeaway ?claim .
  ?claim cr:aspect ?aspect ; cr:text ?text ; cr:passage/cr:firstLine ?row }"""
ASKED = (
    "SELECT ?name ?mail WHERE { ?who schema:email ?mail ; rdfs:label ?name . ?c cr:subject ?who, practice:meals-lyon }"
)


def test_what_was_hard_what_is_advised_and_whom_to_ask_are_claims_of_the_row(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv", TELLING, TOLD)
    report = taken(tmp_path, path)
    assert (report.added, [str(fault) for fault in report.faults]) == (2, [])
    meals, bridges = f"{ID}practice/meals-lyon", f"{ID}practice/bridges-vienna"
    hard, advice = f"{ID}aspect/challenge", f"{ID}aspect/takeaway"
    store = unfolded(tmp_path)
    assert rows(store, PARTS) == {
        (meals, hard, "2", "Money came late."), (meals, hard, "2", "L’argent tardait."),
        (meals, advice, "2", "Begin small."),
        (bridges, hard, "3", "Money came late."),
    }  # fmt: skip
    assert rows(store, ASKED) == {
        ("Office for meals", "meals@lyon.example"), ("help@lyon.example", "help@lyon.example"),
    }  # fmt: skip
    before, kept = quads(tmp_path), files(tmp_path)
    assert (taken(tmp_path, path).batch, files(tmp_path)) == ("", kept)
    changed = [
        (*TELLING[0][:4], "Money came never.", *TELLING[0][5:7], "Office for meals (eat@lyon.example)"),
        TELLING[1],
    ]
    report = taken(tmp_path, sheet(path, changed, TOLD))
    assert (report.added, report.changed, report.same, report.gone) == (0, 1, 1, [])
    store = unfolded(tmp_path)
    assert (meals, hard, "2", "Money came never.") in rows(store, PARTS)
    assert rows(store, ASKED) == {("Office for meals", "eat@lyon.example")}
    touched = {name for name in graphs(before ^ quads(tmp_path)) if "/claim/" in name}
    assert len(touched) == 3, "what was hard, and both contacts; what the row says as a whole stays"
    undo(tmp_path / "home", "practices/2")
    assert files(tmp_path) == kept
    report = taken(tmp_path, sheet(path, [TELLING[0]], TOLD))
    assert (report.batch, len(report.gone)) == ("", 1), "a row that is gone takes nothing with it unasked"
    report = taken(tmp_path, path, remove=True)
    assert (report.removed, {row[0] for row in rows(unfolded(tmp_path), PARTS)}) == (1, {meals})


def test_a_city_is_entered_as_city_add_enters_it_and_keeps_its_address(tmp_path: Path) -> None:
    home(tmp_path)
    two = [("One", "4951788", "US"), ("Two", "4409896", "US"), ("Three", "Wien", "Österreich")]
    path = sheet(tmp_path / "practices.csv", two, COLUMNS[:3])
    taken(tmp_path, path)

    def of_places(found: set[ox.Quad]) -> set[str]:
        kinds = tuple(f"<{ID}{kind}/" for kind in ("city", "country", "region"))
        return {str(quad) for quad in found if str(quad.subject).startswith(kinds)}

    before = of_places(quads(tmp_path))
    taken(tmp_path, sheet(path, [two[1], two[0], two[2]], COLUMNS[:3]))
    assert of_places(quads(tmp_path)) == before, "rows in another order swap no addresses"
    (tmp_path / "other").mkdir()
    other = home(tmp_path / "other")
    for number in (4951788, 4409896, 2761369):
        place = places.by_number(number)
        assert place is not None
        add_city(other, place)
    assert of_places(set(parse_file(other / FILE))) == before
    assert not of_places(quads(tmp_path)) - {str(quad) for quad in parse_file(other / FILE)}
    taken(tmp_path / "other", path)
    assert not of_places(quads(tmp_path / "other")), "what another file says is not said again"


def test_a_contact_without_an_address_is_told(tmp_path: Path) -> None:
    home(tmp_path)
    path = tmp_path / "practices.csv"
    for said, told in (
        ("call us", "has no address of e-mail"),
        ("a@b.example c@d.example", "has 2 addresses of e-mail"),
    ):
        report = taken(tmp_path, sheet(path, [(*TELLING[0][:7], said)], TOLD))
        assert [(fault.address, fault.reason) for fault in report.faults] == [("H2", told)]


def test_a_row_that_is_gone_is_told_and_goes_only_when_that_is_said(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    taken(tmp_path, path)
    report = taken(tmp_path, sheet(path, ROWS[:2]))
    assert report.gone == ["practice/bridges-mexico-city, row 4: “Bridges”"]
    assert (report.batch, report.removed) == ("", 0)
    report = taken(tmp_path, path, remove=True)
    assert report.removed == 1
    left = {str(quad.subject) for quad in quads(tmp_path)}
    assert not any("bridges" in each or "mexico" in each for each in left), "what it brought along is gone, too"
    taken(tmp_path, sheet(path, [*ROWS[:2], ("Newest", *ROWS[2][1:])]))
    assert f"{ID}claim/practices/4" in graphs(quads(tmp_path)), "the number 3 is never given again"


def test_a_practice_keeps_its_address_when_its_title_changes(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    taken(tmp_path, path)
    renamed = [ROWS[0], ("Good meals for everybody", *ROWS[1][1:]), ROWS[2]]
    report = taken(tmp_path, sheet(path, renamed))
    assert (report.added, report.changed, report.gone) == (0, 1, [])
    assert report.renamed == ["row 3: practice/meals-for-all-lyon is called “Good meals for everybody” now"]
    other = [ROWS[0], ("Night shelter", "Utrecht", "Nederland", "Beds.", "Housing", "ended", "2001"), ROWS[2]]
    report = taken(tmp_path, sheet(path, other))
    assert (report.added, len(report.gone)) == (1, 1), "another practice in its row is another practice"


def test_bad_rows_stay_out_whole_and_come_back_mended(tmp_path: Path) -> None:
    home(tmp_path)
    bad = ("Both bad", "Atlantis", "France", "Text.", "Foood; Poverty", "", "03/04/2020")
    path = sheet(tmp_path / "practices.csv", [*ROWS, bad])
    report = taken(tmp_path, path)
    assert report.added == 3
    assert [(fault.address, fault.column, fault.kind) for fault in report.faults] == [
        ("B5", "place", "no such place"),
        ("E5", "themes", "no such themes"),
        ("G5", "start", "ambiguous date"),
    ]
    assert "did you mean “Food”?" in str(report.faults[1])
    assert "2020-04-03 or 2020-03-04" in str(report.faults[2])
    assert not any("both-bad" in str(quad) for quad in quads(tmp_path))
    mended = to_mend(path, report)
    book = openpyxl.load_workbook(mended)
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert cells[0] == [*COLUMNS, "_row", "_what is wrong"]
    assert cells[1][:2] == ["Both bad", "Atlantis"]
    assert "themes: “Foood” is none of the concepts of theme" in cells[1][8]
    for column, value in (("B2", "Nantes"), ("E2", "Food; Poverty"), ("G2", "2020-04-03")):
        book.active[column] = value
    book.save(mended)
    report = taken(tmp_path, mended)
    assert (report.source, report.added, report.faults) == ("practices", 1, [])
    assert not report.gone, "the other rows stand in the other file: nobody is told that they are gone"
    assert len({graph for graph in graphs(quads(tmp_path)) if "/claim/" in graph}) == 4


def test_rows_are_mended_in_two_goes_and_keep_their_place_in_the_sheet(tmp_path: Path) -> None:
    home(tmp_path)
    bad = [
        ("First", "Atlantis", "France", "Text.", "Food", "", ""),
        ("Second", "Atlantis", "France", "Text.", "Food", "", ""),
    ]
    path = sheet(tmp_path / "practices.csv", [*ROWS, *bad])
    mended = to_mend(path, taken(tmp_path, path))
    book = openpyxl.load_workbook(mended)
    book.active["B3"] = "Nantes"
    book.save(mended)
    report = taken(tmp_path, mended)
    assert (report.added, [fault.address for fault in report.faults]) == (1, ["B2"])
    assert rows(
        unfolded(tmp_path), "SELECT ?row { ?c cr:subject practice:second-nantes ; cr:passage/cr:firstLine ?row }"
    ) == {("6",)}
    again = openpyxl.load_workbook(to_mend(mended, report)).active
    headings = [cell.value for cell in again[1]]
    assert headings == [*COLUMNS, "_row", "_what is wrong"], "told once, however often rows are mended"
    assert again.cell(2, len(COLUMNS) + 1).value == 5
    assert "“Atlantis” is no place" in again.cell(2, len(COLUMNS) + 2).value
    with pytest.raises(InputError, match="would take out all others"):
        taken(tmp_path, mended, remove=True)


def test_a_bad_row_leaves_nothing_of_what_it_names(tmp_path: Path) -> None:
    home(tmp_path)
    columns = (*COLUMNS, "partners", "institution", "institution kind")
    good = (*ROWS[0], "", "", "")
    bad = ("Bad", "Graz", "Austria", "Text.", "Foood", "", "", "Friends of Graz", "House of Graz", "Office")
    after = ("Good", "Graz", "Austria", "Text.", "Food", "", "", "", "", "")
    taken(tmp_path, sheet(tmp_path / "practices.csv", [good, bad], columns))
    assert not any("graz" in str(quad) for quad in quads(tmp_path))
    taken(tmp_path, sheet(tmp_path / "practices.csv", [good, bad, after], columns))
    named = {str(quad.subject).rpartition("/")[2][:-1] for quad in quads(tmp_path) if "graz" in str(quad.subject)}
    assert named == {"graz", "good-graz"}, "a city that a good row names, too, is told whole"
    assert any(
        "LocalGov" in str(quad) or "geonamesId" in str(quad)
        for quad in quads(tmp_path)
        if "city/graz" in str(quad.subject)
    )


def test_a_city_is_one_however_it_is_written(tmp_path: Path) -> None:
    home(tmp_path)
    columns = (*COLUMNS, "carried out by")
    path = sheet(tmp_path / "practices.csv", [(*ROWS[0], "local government")], columns)
    taken(tmp_path, path)
    before = files(tmp_path)
    assert any('"Local government of Vienna"@en' in str(quad) for quad in quads(tmp_path))
    for written in ("Vienna", "2761369", "GeoNames 2761369"):
        row = (ROWS[0][0], written, *ROWS[0][2:], "local government")
        report = taken(tmp_path, sheet(path, [row], columns))
        assert (report.same, report.faults) == (1, []), written
    assert files(tmp_path) == before


def test_a_row_that_moved_and_is_known_by_another_address_is_the_same(tmp_path: Path) -> None:
    home(tmp_path)
    columns = (*COLUMNS, "id")
    path = tmp_path / "practices.csv"
    taken(tmp_path, sheet(path, [(*row, f"old-{number}") for number, row in enumerate(ROWS)], columns))
    report = taken(tmp_path, sheet(path, [ROWS[2], ROWS[0], ROWS[1]]))
    assert (report.added, report.same, report.moved, report.gone, report.renamed) == (0, 3, 3, [], [])
    where = "SELECT ?row { ?c cr:subject practice:old-2 ; cr:passage/cr:firstLine ?row }"
    assert rows(unfolded(tmp_path), where) == {("2",)}, "a row is cited where it stands"
    assert not taken(tmp_path, path).batch


def test_a_row_that_turns_bad_keeps_what_it_said(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv")
    taken(tmp_path, path)
    before = files(tmp_path)
    worse = [ROWS[0], (*ROWS[1][:6], "soon"), ROWS[2]]
    report = taken(tmp_path, sheet(path, worse), remove=True)
    assert (report.batch, report.gone, len(report.faults)) == ("", [], 1)
    assert files(tmp_path) == before


def test_what_a_row_quotes_is_found_in_the_document(tmp_path: Path) -> None:
    home(tmp_path)
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "plain.txt").write_text("A heading.\nThe city “listens to all” who\nlive there.\n", "utf-8")
    (folder / "page.html").write_text(
        "<html><head><title>T</title><style>p{}</style></head><body><p>First.</p><p>Every child has "
        "<b>the&nbsp;right</b> to a meal – each day.</p></body></html>",
        "utf-8",
    )
    pdf(folder / "printed.pdf", [["First page."], ["A second page", "that tells of the mar-", "ket of rights."]])
    docx(folder / "written.docx", ["One paragraph.", "Neighbours meet on the old bridge."])
    columns = (*COLUMNS, "source", "where", "quote")
    cases = (
        ("plain.txt", "", "the city « listens to all » who live", "lines 2-3", "The city “listens to all” who"),
        ("page", "", "Every child has the right to a meal - each day", "2: ", "Every child has the right to"),
        ("printed.pdf", "2", "tells of the market of rights", "page 2 2-3: ", "tells of the mar- ket of"),
        ("", "", "Neighbours meet … old bridge", "2: ", "Neighbours meet on the old bridge"),
        ("printed.pdf", "1", "", "page 1 1: ", "First page"),
        ("plain.txt", "", "words that nobody wrote down anywhere", "", ""),
        ("plain.txt", "", "The city listens to everybody who live there", "", ""),
    )
    made = [(f"Practice {at}", *ROWS[0][1:], *case[:3]) for at, case in enumerate(cases)]
    report = taken(tmp_path, sheet(tmp_path / "practices.csv", made, columns), documents=folder)
    assert (report.added, report.quotes, report.faults) == (7, 5, [])
    said = {
        quad.object.value
        for quad in quads(tmp_path)
        if quad.predicate.value in (f"{CR}lines", f"{CR}quoted") and isinstance(quad.object, ox.Literal)
    }
    for at, (_, _, _, place, anchor) in enumerate(cases[:5]):
        wanted = f"{place.removeprefix('lines ').removesuffix(': ')}: {anchor}"
        assert wanted in said, (at, wanted, said)
    told = [str(note) for note in report.notes]
    assert "is not found in plain.txt (quote it as it is printed)" in told[0]
    assert "the likest is line 2: “The city “listens to all” who”" in told[1]
    selectors = rows(unfolded(tmp_path), "SELECT ?value { ?s a oa:FragmentSelector ; rdf:value ?value }")
    assert ("page=2",) in selectors
    before = files(tmp_path)
    assert taken(tmp_path, tmp_path / "practices.csv").batch == "", "without the documents what was found there stays"
    assert files(tmp_path) == before


def test_further_sheets_tell_what_a_practice_has_several_of(tmp_path: Path) -> None:
    home(tmp_path)
    book = openpyxl.Workbook()
    book.active.title = "practices"
    for row in (COLUMNS, *ROWS):
        book.active.append(row)
    for name, lines in (
        ("institutions", [("Meals for all", "Food council", "Council"), ("meals for all", "Kitchen office", "Office")]),
        (
            "numbers",
            [("Meals for all", 1200, "Meals a day"), ("Bridges", 3, "Participants"), ("None", 1, "Participants")],
        ),
    ):
        other = book.create_sheet(name)
        other.append(
            ("practice", "institution", "institution kind")
            if name == "institutions"
            else ("practice", "number", "measure")
        )
        for line in lines:
            other.append(line)
    book.save(tmp_path / "practices.xlsx")
    report = taken(tmp_path, tmp_path / "practices.xlsx")
    assert report.added == 7
    assert [str(fault) for fault in report.faults] == [
        "numbers, A4 (practice): “None” is no good row of the sheet practices "
        "(write the id or the title of one that is there)"
    ]
    store = unfolded(tmp_path)
    assert rows(store, "SELECT ?kind { practice:meals-for-all-lyon cr:establishes/cr:kind ?kind }") == {
        (f"{ID}kind/council",),
        (f"{ID}kind/office",),
    }
    assert rows(store, "SELECT ?n { ?o cr:of practice:meals-for-all-lyon ; cr:value ?n }") == {("1200",)}
    assert taken(tmp_path, tmp_path / "practices.xlsx").batch == ""


def test_a_table_stays_under_its_licence_when_rows_come_again_without_one(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(tmp_path / "practices.csv", ROWS[:2])
    closed = "https://creativecommons.org/licenses/by-nc/4.0/"
    for rows, licence, expected in (
        (ROWS[:2], "CC-BY-NC-4.0", closed),
        (ROWS, "", closed),  # a row was mended
        (ROWS, "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    ):
        taken(tmp_path, sheet(path, rows), licence=licence)
        source, name = ox.NamedNode(f"{ID}source/practices"), ox.NamedNode(f"{DCTERMS}license")
        said = [quad.object for quad in quads(tmp_path) if (quad.subject, quad.predicate) == (source, name)]
        assert said == [ox.NamedNode(expected)], licence


def checked(folder: Path, only: str = "") -> list[tuple[str, str]]:
    """Return what the check of the documents of an imported sheet finds: rules and messages, those of copies aside."""
    store = ox.Store()
    store.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in unfolded(folder))
    broken, _ = check_sources(store, folder / "documents", only)
    return sorted((row.finding.rule, row.finding.message) for row in broken if row.finding.rule != "copied-text")


def test_documents_of_each_form_are_checked_as_text_is(tmp_path: Path) -> None:
    home(tmp_path)
    below = tmp_path / "documents" / "below"
    below.mkdir(parents=True)
    folder = below.parent
    never_closed = "<!-- no end " * 100_000
    (folder / "page.html").write_text(f"<h1>Meals</h1><p>Schools cook <!-- x --> for all.</p>{never_closed}", "utf-8")
    pdf(folder / "report.pdf", [["A cover."], ["In this valley", "every child has a meal."]])
    docx(below / "letter.docx", ["Dear all,", "we meet on the bridge."])
    (folder / "text.txt").write_text("One\nA lawyer answers.\n", "utf-8")
    rows_ = [
        ("Meals", "page.html", "Schools cook for all"), ("Children", "report.pdf", "every child has a meal"),
        ("Bridges", "letter.docx", "we meet on the bridge"), ("Law", "text.txt", "A lawyer answers"),
    ]  # fmt: skip
    report = taken(tmp_path, sheet(tmp_path / "practices.csv", rows_, ("title", "source", "quote")), documents=folder)
    assert (report.quotes, [str(note) for note in report.notes]) == (4, [])
    assert checked(tmp_path) == []
    file = tmp_path / "home" / "data" / "sources" / "practices" / "import.trig"
    right = file.read_text("utf-8")
    for old, new, found in (
        ("page 2 2: every child", "page 2 1: every child", "page 2 of 2: the anchor .* does not occur in lines 1 to 1"),
        ("page 2 2: every child", "page 3 2: every child", "page 3 of 2: points to lines 2 to 2 of a document with 0"),
        ("2: we meet", "1: we meet", "the anchor “we meet on the bridge” does not occur in lines 1 to 1"),
        ("2: Schools cook for", "2: Schools eat for", "the anchor “Schools eat for all” does not occur"),
        ("2: A lawyer", "1: A lawyer", "the anchor “A lawyer answers” does not occur in lines 1 to 1"),
        (re.search(r"sha-256;[\w-]+> prov:wasDerivedFrom", right), "", "is read otherwise than when it was imported"),
    ):  # fmt: skip
        if isinstance(old, str):
            assert old in right, old
            file.write_text(right.replace(old, new), "utf-8")
        else:
            assert old is not None, right[-3000:]
            file.write_text(right.replace(old[0], old[0].replace(old[0][8:12], "AAAA")), "utf-8")
        told = checked(tmp_path)
        assert len(told) == 1, (old, told)
        assert re.search(found, told[0][1]), told
    file.write_text(right, "utf-8")
    before = files(tmp_path)
    assert taken(tmp_path, tmp_path / "practices.csv").batch == "", "what is known stays"
    assert files(tmp_path) == before
    kept = (folder / "report.pdf").read_bytes()
    known = hashlib.md5(kept, usedforsecurity=False).hexdigest()
    for made, found in (
        (lambda path: pdf(path, [["Another"]]), "is another than the document that claims point into"),
        (lambda path: pdf(path, [[], []]), "pictures without text"),
        (lambda path: pdf(path, [["x"]], locked=True), "is locked with a password"),
        (lambda path: path.write_bytes(b"%PDF-1.4 cut"), "is no PDF that can be read"),
    ):
        made(folder / "report.pdf")
        if "another" not in found:
            now = hashlib.md5((folder / "report.pdf").read_bytes(), usedforsecurity=False).hexdigest()
            file.write_text(right.replace(known, now), "utf-8")
        told = checked(tmp_path)
        assert [rule for rule, _ in told] == ["source-document"], told
        assert found in told[0][1], told
