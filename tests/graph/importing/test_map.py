"""Sheets of other shapes: what is proposed for them, and that they are taken in once an editor has mended it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cityrights.cli.importing import map_
from cityrights.errors import CityrightsError, InputError
from cityrights.importing.columns import read_mapping
from tests.graph.importing.sheets import home, sheet, taken
from tests.support import CORPORA, need

#: Cases as a data base of cases exports them: fields of its own, dates with a time, lists, no titles.
CASES = [
    {
        "id": "51", "city": "Iqaluit", "province": "Nunavut", "country": "Canada", "start_date": "2005-08-15T17:00:00",
        "issues": ["education", "identity_diversity"], "targeted_participants": ["youth", "other"],
        "number_of_participants": 20, "published": True,
    },
    {
        "id": "52", "city": "Springfield", "province": "", "country": "United States", "start_date": "",
        "issues": ["health"], "targeted_participants": [], "number_of_participants": None, "published": False,
    },
    {
        "id": "53", "city": "Porto Alegre", "province": "", "country": "Brasil", "start_date": "2001-01",
        "issues": [], "targeted_participants": ["women"], "number_of_participants": 1200, "published": True,
    },
]  # fmt: skip
#: Rows as an analyst cleans them: many columns, most of no use here, lists in braces.
CLEANED = (
    ("id", "type", "post_date", "city", "province", "country", "approaches", "topics", "missing_org"),
    ("112", "case", "2011-06-23 00:00:00", "Bologna", "", "Italy", "{consultation}", '{housing,"public space"}', "1"),
    ("113", "case", "2012-01-01 00:00:00", "Boston", "Massachusetts", "United States", "{}", "{}", "0"),
)
#: Bodies in HTML.
BODIES = [
    {
        "title": "We count: a budget of the neighbours (Arezzo)",
        "htmlbody": "<h3>Why</h3><p>Neighbours&nbsp;decide.</p>",
    },
    {"title": "Assembly of the valley", "htmlbody": "<p>Thirty <b>people</b> met.</p>"},
]
FRENCH = (
    ("Nom", "Ville", "Pays", "Résumé", "Thèmes", "Année", "Statut"),
    ("Cantine pour tous", "Genève", "Suisse", "Des repas chauds.", "Alimentation", "2019", "En place"),
    (
        "Maison des langues",
        "Liège",
        "Belgique",
        "On apprend ensemble.",
        "Éducation et compétences",
        "mai 2020",
        "en cours",
    ),
)
SPANISH = (
    ("Título", "Municipio", "País", "Descripción", "Temas", "Destinatarios", "Enlace"),
    (
        "Defensoría del barrio",
        "Sevilla",
        "España",
        "Escucha a la gente.",
        "Vivienda",
        "Mujeres",
        "https://example.org/1",
    ),
    ("Agua para la costa", "Lima", "Perú", "Lleva agua.", "agua", "", "example.org/2"),
)


def proposed(folder: Path, path: Path, *more: str) -> Path:
    """Return the file that ``cityrights map`` writes."""
    target = folder / f"{path.stem}.map.toml"
    done = CliRunner().invoke(map_, [str(path), "--home", str(folder / "home"), *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert str(target) in done.output
    return target


def mended(path: Path, changes: Mapping[str, str]) -> Path:
    """Edit a proposal as a person would: each line of the first text is replaced by the second."""
    text = path.read_text("utf-8")
    for old, new in changes.items():
        assert re.search(f"^{old}$", text, re.MULTILINE), (old, text)
        text = re.sub(f"^{old}$", new, text, flags=re.MULTILINE)
    path.write_text(text, "utf-8")
    return path


def _cases(folder: Path) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps(CASES), "utf-8")
    return path


def _bodies(folder: Path) -> Path:
    path = folder / "bodies.json"
    path.write_text(json.dumps(BODIES), "utf-8")
    return path


def _french(folder: Path) -> Path:
    path = folder / "pratiques.csv"
    path.write_bytes("\n".join(";".join(row) for row in FRENCH).encode("cp1252"))
    return path


def _spanish(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Prácticas"
    for row in SPANISH:
        book.active.append(row)
    book.save(folder / "practicas.xlsx")
    return folder / "practicas.xlsx"


#: Five sheets of other shapes: how each is made, what is proposed and has to be, what a person mends, what is taken.
SHAPES: dict[str, tuple[Callable[[Path], Path], Mapping[str, str], Mapping[str, str], tuple[int, list[str]]]] = {
    "cases": (
        _cases,
        {"city": "place", "province": "region", "issues": "themes", "targeted_participants": "for whom",
         "start_date": "start", "number_of_participants": "number", "published": ""},
        {'title = "Practice {id}"': 'title = "Case {id}, {city}"\nmeasure = "Participants"',
         '"identity_diversity" = ""  # to be looked at': '"identity_diversity" = "non-discrimination"'},
        (2, ["B3 (city): “Springfield” is the name of"]),
    ),
    "cleaned": (
        lambda folder: sheet(folder / "cleaned.csv", CLEANED[1:], CLEANED[0]),
        {"id": "id", "city": "place", "province": "region", "topics": "themes", "post_date": ""},
        {'title = "Practice {id}"': 'title = "Case {id}, {city}"'},
        (2, []),
    ),
    "bodies": (
        _bodies,
        {"title": "title", "htmlbody": "what"},
        {'# licence = "CC-BY-4.0"': 'licence = "CC0-1.0"'},
        (2, []),
    ),
    "pratiques": (
        _french,
        {"Nom": "title", "Ville": "place", "Pays": "country", "Résumé": "what", "Thèmes": "themes", "Année": "start",
         "Statut": "status"},
        {'language = "fr"  # to be looked at': 'language = "fr"'},
        (2, []),
    ),
    "practicas": (
        _spanish,
        {"Título": "title", "Municipio": "place", "País": "country", "Descripción": "what", "Temas": "themes",
         "Destinatarios": "for whom", "Enlace": "url"},
        {'# language = "en"': 'language = "es"'},
        (1, ["G3 (Enlace): “example.org/2” is no web address"]),
    ),
}  # fmt: skip


def test_five_sheets_of_other_shapes_are_taken_in_by_what_is_proposed_and_mended(tmp_path: Path) -> None:
    wrong = []
    for name, (make, columns, changes, (good, bad)) in SHAPES.items():
        folder = tmp_path / name
        folder.mkdir()
        home(folder)
        path = make(folder)
        encoding = ["--encoding", "cp1252"] if name == "pratiques" else []
        proposal = proposed(folder, path, *encoding)
        known = tomllib.loads(proposal.read_text("utf-8"))["columns"]
        if any(known[heading] != column for heading, column in columns.items()):
            wrong.append(f"{name}: proposes {known}")
            continue
        mapping = read_mapping(mended(proposal, {re.escape(old): new for old, new in changes.items()}))
        report = taken(folder, path, by=mapping, encoding="cp1252" if encoding else "")
        faults = [str(fault) for fault in report.faults]
        if report.added != good or len(faults) != len(bad) or not all(b in f for b, f in zip(bad, faults, strict=True)):
            wrong.append(f"{name}: {report.added} taken, {faults}")
    assert not wrong, "\n".join(wrong)
    said = (tmp_path / "cases/home/data/sources/cases/import.trig").read_text("utf-8")
    for wanted in (
        'rdfs:label "Case 51, Iqaluit"@en',
        "cr:theme theme:education , theme:non-discrimination",
        'cr:value "1200"',
    ):
        assert wanted in said, wanted
    said = (tmp_path / "cleaned/home/data/sources/cleaned/import.trig").read_text("utf-8")
    assert "cr:theme theme:housing , theme:public-space" in said
    said = (tmp_path / "bodies/home/data/sources/bodies/import.trig").read_text("utf-8")
    assert 'dcterms:description "Why Neighbours decide."@en' in said
    assert "dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/>" in said
    said = (tmp_path / "pratiques/home/data/sources/pratiques/import.trig").read_text("utf-8")
    assert 'rdfs:label "Cantine pour tous"@fr' in said


def test_sheets_that_nobody_here_wrote_are_taken_in(tmp_path: Path) -> None:
    corpora = need(CORPORA)
    for name, titled, good in (
        ("participedia-rows.csv", False, 25),
        ("participedia-cases.json", False, 11),
        ("participedia-bodies.json", True, 6),
    ):
        folder = tmp_path / name
        folder.mkdir()
        home(folder)
        path = folder / name
        path.write_bytes((corpora / name).read_bytes())
        changes = {'# licence = "CC-BY-4.0"': 'licence = "CC-BY-NC-SA-3.0"'}
        proposal = proposed(folder, path)
        if not titled:
            title = re.search(r"^title = .*$", proposal.read_text("utf-8"), re.MULTILINE)
            assert title is not None, "a sheet without titles is told so"
            changes[title[0]] = 'title = "Case {id}, {city}"\nmeasure = "Participants"'
        mapping = read_mapping(mended(proposal, {re.escape(old): new for old, new in changes.items()}))
        report = taken(folder, path, by=mapping)
        told = "\n".join(map(str, report.faults))
        assert report.added >= good, f"{name}: {report.added} of {report.rows}\n{told}"
        assert {fault.kind for fault in report.faults} <= {
            "no such place",
            "several places",
            "ends before it starts",
        }, told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[columns", r"x\.toml: is no TOML: .*\(cityrights map writes one"),
        ("[colums]\na = 'title'", r"“colums” is none of its parts: columns, constants, split, values"),
        ('[columns]\n"Name" = 3', r"\[columns\] “Name” is not a text \(write \"Name\" = \"…\"\)"),
        ('[columns]\n"Name" = "titel"', r"“Name” is mapped to “titel”, which is no column \(did you mean “title”\?\)"),
        ('[values.themes]\n"a" = 1', r'\[values\."themes"\] is not a table of texts'),
    ],
)
def test_a_mapping_that_is_wrong_says_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=told):
        read_mapping(path)


def test_a_proposal_never_overwrites_what_somebody_mended(tmp_path: Path) -> None:
    home(tmp_path)
    path = _bodies(tmp_path)
    proposed(tmp_path, path)
    with pytest.raises(CityrightsError, match=r"bodies\.map\.toml is there already; name another file with --output"):
        proposed(tmp_path, path)


def test_the_language_of_a_sheet_is_proposed(tmp_path: Path) -> None:
    home(tmp_path)
    path = sheet(
        tmp_path / "cas.csv",
        [
            ("Maison des femmes", "Nantes", "France", "Un lieu d’écoute pour les femmes et les enfants."),
            ("Jardin partagé", "Liège", "Belgique", "Des habitants cultivent un jardin dans la cité."),
        ],
        ("Nom", "Ville", "Pays", "Résumé"),
    )
    assert 'language = "fr"  # to be looked at' in proposed(tmp_path, path).read_text("utf-8").splitlines()
    plain = sheet(tmp_path / "plain.csv")
    assert '# language = "en"' in proposed(tmp_path, plain).read_text("utf-8").splitlines()


def test_headings_of_several_words_are_known_and_the_sheet_is_named_where_there_are_more(tmp_path: Path) -> None:
    home(tmp_path)
    book = openpyxl.Workbook()
    book.active.title = "Prácticas 2024"
    book.active.append(("Fecha de inicio", "Nombre de la práctica", "Municipio", "Público objetivo", "Fecha de fin"))
    book.active.append(("2021", "Mesa de mujeres", "Puebla", "Mujeres", "2023"))
    book.create_sheet("Contactos").append(("Nombre", "Correo"))
    path = tmp_path / "lista.xlsx"
    book.save(path)
    done = CliRunner().invoke(map_, [str(path), "--home", str(tmp_path / "home")], catch_exceptions=False)
    assert "--map" in done.output
    assert "--sheet 'Prácticas 2024'" in done.output
    columns = tomllib.loads((tmp_path / "lista.map.toml").read_text("utf-8"))["columns"]
    assert columns == {
        "Fecha de inicio": "start", "Nombre de la práctica": "title", "Municipio": "place",
        "Público objetivo": "for whom", "Fecha de fin": "end",
    }  # fmt: skip
