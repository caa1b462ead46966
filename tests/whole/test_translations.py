"""The words: complete in every language, true to their English, all of them said, and a new language is a folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tools.translations import PACKAGES, stub, update

from cityrights.check.translations import check_translations, installed
from cityrights.translations import Catalogues, catalogue, languages, load, read, template
from sparqlgate.errors import InputError

POT = """msgid ""
msgstr "Language: en\\nContent-Type: text/plain; charset=utf-8\\n"

msgctxt "title"
msgid "A title"
msgstr ""

msgctxt "room.greeting"
msgid "Good <b>morning</b>, {name}"
msgstr ""

msgctxt "room.kinds[one-more]"
msgid "One more"
msgstr ""

msgctxt "room.steps[1]"
msgid "First"
msgstr ""

msgctxt "room.steps[2]"
msgid "Second"
msgstr ""

msgctxt "room.rows"
msgid "{n} row"
msgid_plural "{n} rows"
msgstr[0] ""
msgstr[1] ""

msgctxt "room.menu"
msgid "Menu"
msgstr ""
"""
PO = (
    POT.replace("Language: en\\n", "Language: fr\\nPlural-Forms: nplurals=2; plural=(n > 1);\\n")
    .replace('"A title"\nmsgstr ""', '"A title"\nmsgstr "Un titre"')
    .replace('{name}"\nmsgstr ""', '{name}"\nmsgstr "Bon <b>matin</b>, {name}"')
    .replace('"One more"\nmsgstr ""', '"One more"\nmsgstr "Un de plus"')
    .replace('"First"\nmsgstr ""', '"First"\nmsgstr "D’abord"')
    .replace('"Second"\nmsgstr ""', '"Second"\nmsgstr "Ensuite"')
    .replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "{n} ligne"\nmsgstr[1] "{n} lignes"')
    .replace(
        'msgctxt "room.menu"\nmsgid "Menu"\nmsgstr ""',
        '# same as in English\nmsgctxt "room.menu"\nmsgid "Menu"\nmsgstr "Menu"',
    )
)
PAGE = """{% set w = t.room %}
<h1>{{ t.title }}</h1>
{{ w.greeting.format(name=name) }} {{ t.room.kinds["one-more"] }} {{ w.rows.of(3) }} {{ w | attr("me" ~ "nu") }}
{% for step in w.steps %}{{ step }}{% endfor %}
"""
CODE = 'MENU = "menu"\n'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a package with words in English and French, a page and a module, nothing wrong with it."""
    for path, text in (
        (template(tmp_path / "locale"), POT),
        (catalogue(tmp_path / "locale", "fr"), PO),
        (tmp_path / "templates" / "page.html", PAGE),
        (tmp_path / "code.py", CODE),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def _findings(package: Path) -> list[str]:
    found, _ = check_translations({"package": package})
    return [f"{each.where.removeprefix(f'{package}/')}: {each.message}" for each in found]


def test_the_words_are_complete_true_to_their_english_and_all_of_them_said() -> None:
    found, count = check_translations()
    assert [f"{each.where}: {each.message} → {each.repair}" for each in found] == []
    assert count > 1_300
    assert set(installed()) == {"cityrights", "cityrights_web"}
    for folder in installed().values():
        assert {"en", "fr", "es"} <= set(languages(folder / "locale"))


def test_each_thing_that_can_be_wrong_is_found_at_its_line(package: Path) -> None:
    assert _findings(package) == []
    po, pot = "locale/fr/LC_MESSAGES/messages.po", "locale/messages.pot"
    decoys = {
        (po, 'msgctxt "title"\nmsgid "A title"\nmsgstr "Un titre"\n', ""): f"{po}: title is missing",
        (po, '"Un titre"', '""'): f"{po}:5: title is not translated",
        (po, '"Un titre"', '" "'): f"{po}:5: title is not translated",
        (po, '"Un titre"', '"A title"'): f"{po}:5: title is the same as in English",
        (po, "# same as in English\n", ""): f"{po}:31: room.menu is the same as in English",
        (po, 'msgctxt "title"', '#, fuzzy\nmsgctxt "title"'): f"{po}:6: title is fuzzy",
        (pot, '"A title"', '"The title"'): f"{po}:5: title is the translation of 'A title'",
        (po, 'matin</b>, {name}"', 'matin</b>, {nom}"'): f"{po}:9: room.greeting fills {{nom}} where",
        (po, "<b>matin</b>", "matin"): f"{po}:9: room.greeting has other tags",
        (po, '"{n} lignes"', '""'): f"{po}:25: room.rows is not translated, or not in each of its plural forms",
        (po, '"{n} ligne"', '"une ligne"'): f"{po}:25: room.rows fills nothing where English fills {{n}}",
        (po, "nplurals=2", "nplurals=3"): f"{po}:25: room.rows is not translated, or not in each of its plural forms",
        (po, 'msgctxt "room.menu"', 'msgctxt "room.old"\nmsgid "Old"\nmsgstr "Vieux"\n\nmsgctxt "room.menu"'): (
            f"{po}:32: room.old is in this language only"
        ),
        (po, 'msgctxt "room.menu"', 'msgctxt "title"\nmsgid "T"\nmsgstr "T"\n\nmsgctxt "room.menu"'): (
            f"{po}:31: two messages have the name 'title'"
        ),
        (po, 'msgstr "Un titre"', 'msgstr Un titre"'): f"{po}:6: ",
        (po, "Language: fr", "Language: de"): f"{po}:1: the header's Language is de, the folder says fr",
        (pot, '"room.menu"', '"Room Menu"'): f"{pot}:31: 'Room Menu' is no name of a message",
        (pot, "room.rows", "room.lines"): "templates/page.html:3: there is no word room.rows",
        ("templates/page.html", "t.title", "t.titel"): "templates/page.html:2: there is no word titel",
        ("templates/page.html", "{{ t.title }}", ""): f"{pot}:5: nobody says title",
        ("templates/page.html", "w.steps", "steps"): f"{pot}:17: nobody says room.steps",
        ("code.py", CODE, ""): f"{pot}:31: nobody says room.menu",
    }  # fmt: skip
    for (name, old, new), expected in decoys.items():
        path = package / name
        before = path.read_text("utf-8")
        assert old in before, old
        path.write_text(before.replace(old, new, 1), "utf-8")
        found = _findings(package)
        path.write_text(before, "utf-8")
        assert any(each.startswith(expected) for each in found), (expected, found)


def test_a_language_without_a_catalogue_or_in_one_package_only_is_found(package: Path, tmp_path: Path) -> None:
    (package / "locale" / "pt").mkdir()
    (package / "locale" / ".kept").mkdir()
    assert _findings(package)[0].startswith("locale/pt/LC_MESSAGES/messages.po: the language has no catalogue")
    shutil.rmtree(package / "locale" / "pt")
    shutil.copytree(package / "locale" / "fr", package / "locale" / "pt_BR")
    assert _findings(package)[0].startswith("locale/pt_BR/LC_MESSAGES/messages.po: pt_BR is no code of a language")
    shutil.rmtree(package / "locale" / "pt_BR")
    other = tmp_path / "other"
    shutil.copytree(package, other, ignore=shutil.ignore_patterns("other", "fr"))
    found, _ = check_translations({"package": package, "other": other})
    assert [each.where for each in found if "words in fr elsewhere" in each.message] == [
        str(catalogue(other / "locale", "fr"))
    ]


def test_words_are_read_by_the_parts_of_their_names(package: Path) -> None:
    words = read(package / "locale")
    assert list(words) == ["en", "fr"]
    room = vars(words["fr"])["room"]
    assert room.greeting == "Bon <b>matin</b>, {name}"
    assert room.kinds == {"one-more": "Un de plus"}
    assert room.steps == ("D’abord", "Ensuite")
    assert [room.rows.of(number) for number in (0, 1, 2)] == ["{n} ligne", "{n} ligne", "{n} lignes"]
    assert [vars(words["en"])["room"].rows.of(number) for number in (0, 1, 2)] == ["{n} rows", "{n} row", "{n} rows"]
    with pytest.raises(AttributeError, match=r"no word 'farewell'.*messages.pot"):
        _ = room.farewell


def test_nothing_falls_back_in_silence(package: Path) -> None:
    path = catalogue(package / "locale", "fr")
    path.write_text(PO.replace('"Un titre"', '""').replace('"Ensuite"', '""'), "utf-8")
    with pytest.raises(InputError, match=r"^\S+messages.po:5: title is .*\n\S+messages.po:21: room.steps\[2\] is not "):
        Catalogues(package / "locale").check()


def test_a_new_language_and_changed_english_are_brought_into_the_catalogues(package: Path) -> None:
    pot = template(package / "locale")
    changed = POT.replace('"First"', '"At first"').replace('msgctxt "room.menu"\nmsgid "Menu"\nmsgstr ""\n', "")
    pot.write_text(changed + '\nmsgctxt "room.end"\nmsgid "The end"\nmsgstr ""\n', "utf-8")
    update(package / "locale", ("en", "fr", "pt"))
    french = load(catalogue(package / "locale", "fr"))
    held = {message.context: (message.string, message.fuzzy) for message in french if message.id}
    assert held["title"] == ("Un titre", False)
    assert held["room.steps[1]"] == ("D’abord", True)
    assert held["room.end"] == ("", False)
    assert "room.menu" not in held
    new = load(catalogue(package / "locale", "pt"))
    assert new.locale_identifier == "pt"
    assert {message.context for message in new if message.id} == set(held)
    before = catalogue(package / "locale", "fr").read_bytes()
    update(package / "locale", ("en", "fr", "pt"))
    assert catalogue(package / "locale", "fr").read_bytes() == before


def test_each_language_keeps_its_own_words_when_the_english_changes(package: Path) -> None:
    portuguese = catalogue(package / "locale", "pt")
    portuguese.parent.mkdir(parents=True)
    portuguese.write_text(PO.replace("Language: fr", "Language: pt").replace("D’abord", "Primeiro"), "utf-8")
    template(package / "locale").write_text(POT.replace('"First"', '"At first"'), "utf-8")
    update(package / "locale", ("en", "pt", "fr"))
    for code, text in (("pt", "Primeiro"), ("fr", "D’abord")):
        held = {message.context: message.string for message in load(catalogue(package / "locale", code))}
        assert held["room.steps[1]"] == text


def test_the_names_for_mypy_are_those_of_the_templates() -> None:
    for package in PACKAGES:
        assert (package / "_words.pyi").read_text("utf-8") == stub(package / "locale"), "run `make words`"


def test_french_has_its_own_apostrophe_and_spaces() -> None:
    wrong: list[str] = []
    for folder in installed().values():
        path = catalogue(folder / "locale", "fr")
        for message in load(path):
            for text in (message.string,) if isinstance(message.string, str) else message.string or ():
                if message.id and ("'" in text or re.search(r"\w[;!?]", text)):
                    wrong.append(f"{path}:{message.lineno}: {text}")
    assert wrong == []
