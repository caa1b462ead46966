"""The words: complete in every language, with the same places to fill, and really in that language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from pathlib import Path

import pytest

import cityrights_web
from cityrights_web.i18n import CATALOGUE, EN
from tests.web.conftest import Server

PACKAGE = Path(cityrights_web.__file__).parent

#: Words that are the same in French or Spanish as in English.
SAME = {
    "foreign.cite", "foreign.licence_title",
    "colon",
    "site_title", "nav_sparql", "sparql_title", "download_hash", "nav_institutions", "nav_instruments",
    "nav_sources", "nav_organisations", "group_figures", "version", "sparql_false", "sparql_format",
    "home.menu_button", "home.institution_one", "home.institution_many",
    "connections.source", "places.population", "places.coverage_document", "queries.nav", "queries.count",
    "queries.count_one", "queries.versions.ran_brief", "builder.conditions",
}  # fmt: skip


def names(words: object, prefix: str = "") -> Iterator[str]:
    """Return the name of every word, those of the rooms with a dot, such as ``search.title``."""
    assert is_dataclass(words)
    for field in fields(words):
        value = getattr(words, field.name)
        if is_dataclass(value):
            yield from names(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name


_NAMES = list(names(EN))


def flat(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in flat(item)]
    return [str(item) for item in value] if isinstance(value, tuple) else [str(value)]


@pytest.mark.parametrize("language", ["fr", "es"])
@pytest.mark.parametrize("name", _NAMES)
def test_every_word_is_there_with_the_same_places(language: str, name: str) -> None:
    english, other = attrgetter(name)(EN), attrgetter(name)(CATALOGUE[language])
    if isinstance(english, Mapping):
        assert set(english) == set(other)
    assert len(flat(english)) == len(flat(other))
    for one, two in zip(flat(english), flat(other), strict=True):
        assert two.strip()
        assert sorted(re.findall(r"{\w+}", one)) == sorted(re.findall(r"{\w+}", two))
    if name not in SAME and not isinstance(english, Mapping):
        assert english != other


@pytest.mark.parametrize("name", _NAMES)
def test_french_has_its_own_apostrophe_and_spaces(name: str) -> None:
    for text in flat(attrgetter(name)(CATALOGUE["fr"])):
        assert "'" not in text, text
        assert not re.search(r"\w[;!?]", text), text


def test_every_word_is_said_somewhere() -> None:
    """A word is asked for by its name, after a dot or in quotes, or by two parts that a template joins to its name."""
    sources = [path for path in PACKAGE.rglob("*") if path.suffix in (".html", ".py") and "i18n" not in path.parts]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    quoted = set(re.findall(r"[\"'](\w+)[\"']", text))
    starts = set(re.findall(r"attr\(\"(\w+_)\" ~", text)) | set(re.findall(r"getattr\([^)]*f\"(\w+_)\{", text))
    assert {"nav_", "group_"} <= starts
    said = quoted | set(re.findall(r"\.(\w+)", text)) | {start + end for start in starts for end in quoted}
    assert [name for name in _NAMES if name.rpartition(".")[2] not in said] == []
    assert set(_NAMES) >= SAME


@pytest.mark.parametrize(("path", "told"), [("/fr/page/claim/twenty-practices/10", "en anglais"),
                                            ("/es/page/claim/twenty-practices/10", "en inglés")])  # fmt: skip
def test_a_text_in_another_language_says_in_which(shipped: Server, path: str, told: str) -> None:
    assert f'<span class="lang" title="{told}">en</span>' in shipped.get(path, "text/html").text
