"""Whose graph it is: how ``instance.toml`` is found and read, and what is said where it is wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from cityrights import home, translations
from cityrights.errors import InputError
from cityrights.instance import VOCABULARY, Instance, contrast, instance, make
from cityrights.licences import by_iri
from cityrights.pipeline.described import described

GOOD = """\
base = "https://data.example.org/"
name = "Cities of the river"
languages = ["en", "fr", "pt"]
licence = "cc-by-sa-4.0"
contact = "data@example.org"

[publisher]
name = "River network"

[colours]
accent = "#1f5f8b"
"""

#: What is put in place of what, and what has to be said of it: the line, the fault, the repair.
BAD = [
    ('org/"', 'org"', r":1: the base IRI “https://data\.example\.org” does not end with / \(write base = "),
    ("data.ex", "data ex", r":1: the base IRI “https://data example\.org/” has a space"),
    ("https://data", "ftp://data", r":1: the base IRI .* begins neither with https:// nor"),
    ("example.org/", "example.org/?a/", r":1: .* is no base IRI: a host and a path"),
    ("https://data.example.org/", VOCABULARY, r":1: .* is the home of the vocabulary"),
    ('base = "https://data.example.org/"\n', "", r"instance\.toml: the base IRI “” begins neither"),
    ('"pt"', '"xx"', r":3: “xx” is no language that is known"),
    ('"pt"', '"fr"', r":3: the language “fr” stands there twice"),
    ('["en", "fr", "pt"]', '"en"', r":3: languages is no list of codes"),
    ("cc-by-sa-4.0", "CC-BI-4.0", r":4: “CC-BI-4\.0” is no licence: none that is known; did you mean .*CC-BY-4\.0"),
    ("cc-by-sa-4.0", "free", r":4: “free” is no licence: .* Another one is named by its IRI"),
    ("data@example.org", "call us", r":5: contact “call us” is neither an address of e-mail nor"),
    ("contact", "contacts", r":5: “contacts” is no setting \(did you mean contact\?\)"),
    ('name = "River', 'nom = "River', r":8: “nom” is no setting"),
    ("#1f5f8b", "blue", r":11: “blue” is no colour \(write accent = "),
    ("#1f5f8b", "#ffff00", r":11: #ffff00 has a contrast of 1\.\d with the page behind it; words need 4\.5"),
    ('contact = "data@example.org"', 'logo = "none.svg"', r":5: there is no file “none\.svg”"),
    ('contact = "data@example.org"', 'logo = "../x.svg"', r":5: “\.\./x\.svg” lies outside the instance"),
    ("name = \"Cities of the river\"", "name =", r":2:\d+: it is no TOML"),
    ("name = \"Cities of the river\"", 'name = ""', r":2: it says no name"),
    ("Cities of the river", "Cities\\r\\nX: y", r":2: name has a sign in it that is not seen \(U\+000D\) \(take it"),
    ("Cities of the river", "x" * 3_000, r":2: name has 3,000 characters; 2,000 are the most"),
    ("River network", "River\\u202e", r":8: publisher\.name has a sign in it that is not seen \(U\+202E\)"),
    ("org/\"", "org/\\u0007/\"", r":1: the base IRI .* has a sign in it that is not seen"),
    ("org/\"", "org/" + "x" * 300 + "/\"", r":1: the base IRI has 326 characters; 200 are the most"),
    ("data@example.org", "javascript://x@example.org", r":5: contact .* is neither an address of e-mail nor"),
    ("data@example.org", "http://example.org/", r":5: contact .* nor of the web \(https\)"),
    ("[colours]", "x = " + "[" * 100_000 + "\n[colours]", r"instance\.toml: it is nested too deep"),
    ("[colours]", "x = " + "9" * 5_000 + "\n[colours]", r"instance\.toml: a number has thousands of digits"),
    ("languages =", 'logo = "a\\u0000.svg"\nlanguages =', r"the name of the picture has a sign in it that is not seen"),
]  # fmt: skip


def _made(folder: Path, text: str = GOOD) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / home.INSTANCE).write_text(text, "utf-8")
    return folder


def test_what_it_says_is_read(tmp_path: Path) -> None:
    found = instance(_made(tmp_path / "river"))
    assert (found.base, found.name, found.languages) == (
        "https://data.example.org/", "Cities of the river", ("en", "fr", "pt"),
    )  # fmt: skip
    assert (found.licence.iri, found.licence.name) == (
        "https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA 4.0",
    )  # fmt: skip
    assert found.name_in("pt") == "Cities of the river"
    assert found.publisher.names == {"en": "River network"}
    assert found.publisher.iri == "https://data.example.org/id/organisation/editors"
    assert found.thing("city/vienna") == "https://data.example.org/id/city/vienna"
    assert found.thing("theme/housing") == "https://w3id.org/cityrights/id/theme/housing"
    assert not found.is_shipped


def test_each_fault_is_said_with_its_line_and_its_repair(tmp_path: Path) -> None:
    for number, (old, new, said) in enumerate(BAD):
        assert old in GOOD, old
        folder = _made(tmp_path / str(number), GOOD.replace(old, new, 1))
        with pytest.raises(InputError, match=said):
            instance(folder)
    folder = _made(tmp_path / "latin")
    (folder / home.INSTANCE).write_bytes(GOOD.replace("river", "fluß").encode("latin-1"))
    with pytest.raises(InputError, match=r":2: a character is not UTF-8 \(save the file as UTF-8\)"):
        instance(folder)


def test_an_instance_inside_another_is_said(tmp_path: Path) -> None:
    inner = _made(_made(tmp_path / "outer") / "in" / "inner")
    with pytest.raises(InputError, match=r"inner/instance\.toml: this instance lies inside another, that of .*outer"):
        instance(inner)


def test_it_is_found_in_the_working_directory_and_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    folder = _made(tmp_path / "river")
    below = folder / "data" / "sources"
    below.mkdir()
    monkeypatch.chdir(below)
    assert home.home() == folder
    assert home.layers(folder) == (root, folder)
    monkeypatch.setenv("CITYRIGHTS_HOME", str(root))
    assert home.home() == root
    assert instance().is_shipped


def test_its_files_come_beside_those_of_the_package_and_win(tmp_path: Path, root: Path) -> None:
    folder = _made(tmp_path / "river")
    own = folder / "queries" / "explore"
    own.mkdir(parents=True)
    shipped = sorted(path.name for path in (root / "queries" / "explore").glob("*.rq"))
    (own / shipped[0]).touch()
    (own / "zzz-ours.rq").touch()
    found = home.listed(folder / "queries" / "explore", "*.rq")
    assert [path.name for path in found] == [*shipped, "zzz-ours.rq"]
    assert [path for path in found if path.is_relative_to(folder)] == [own / shipped[0], own / "zzz-ours.rq"]
    assert home.resource(folder / "ontology" / "cityrights.ttl") == root / "ontology" / "cityrights.ttl"
    assert home.layers(root) == (root,)


def test_contrast_is_as_wcag_counts_it() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_what_is_new_is_made_once_and_wrong_options_make_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "river"

    def made(
        place: Path = folder, base: str = "https://data.example.org/", name: str = 'The "river"',
        languages: str = "en pt", under: str = "CC0-1.0",
    ) -> Instance:  # fmt: skip
        return make(place, base=base, name=name, languages=languages.split(), under=under, begun="2026-11-30")

    for wrong, said in (
        (partial(made, base="https://data.example.org"), "--base: .* does not end with /"),
        (partial(made, name=" "), "--name: it has none"),
        (partial(made, languages="en xx"), "--languages: “xx” is no language"),
        (partial(made, languages=""), "--languages: there is none"),
        (partial(made, under="mine"), "--licence: “mine” is no licence"),
    ):
        with pytest.raises(InputError, match=said):
            wrong()
        assert not folder.exists()
    found = made()
    assert (found.name, found.languages, found.begun) == ('The "river"', ("en", "pt"), "2026-11-30")
    assert sorted(path.name for path in folder.iterdir()) == ["data", home.INSTANCE]
    with pytest.raises(InputError, match="there is something here already"):
        made()
    with pytest.raises(InputError, match="would lie inside another instance"):
        made(folder / "in" / "inner")


def test_a_process_speaks_for_one_instance(tmp_path: Path) -> None:
    folder = _made(tmp_path / "river")
    with pytest.raises(InputError, match=r"begin with https://data\.example\.org/, .*run the command in that folder"):
        described(folder, [])


def test_shipped_words_keep_the_base_of_an_instance_that_has_our_name_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "https://cityrights.example.org/"
    whose = instance(_made(tmp_path, GOOD.replace("https://data.example.org/", base)))
    monkeypatch.setattr(translations, "instance", lambda: whose)
    told = translations.named(f"cityrights lives at {VOCABULARY}dataset", whose.name)
    assert told == f"Cities of the river lives at {base}dataset"


def test_a_licence_that_nobody_knows_is_called_by_its_iri() -> None:
    names = {
        "http://creativecommons.org/licenses/by-nc/4.0": "CC BY-NC 4.0",
        "https://example.org/terms/": "example.org/terms",
        "https://example.org": "example.org",
        "urn:x:terms": "urn:x:terms",
    }
    assert {iri: by_iri(iri).name for iri in names} == names
