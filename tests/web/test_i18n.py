"""The words: complete in every language, with the same places to fill, and really in that language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields

import pytest

from cityrights_web.i18n import CATALOGUE, EN
from cityrights_web.i18n.strings import Strings

#: Words that are the same in French or Spanish as in English.
SAME = {
    "site_title", "nav_sparql", "sparql_title", "download_hash", "says_source", "nav_institutions", "nav_instruments",
    "nav_sources", "nav_organisations", "group_figures", "version", "passage_of", "sparql_false", "sparql_format",
}  # fmt: skip
_NAMES = [field.name for field in fields(Strings)]


def flat(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [str(item) for item in value.values()]
    return [str(item) for item in value] if isinstance(value, tuple) else [str(value)]


@pytest.mark.parametrize("language", ["fr", "es"])
@pytest.mark.parametrize("name", _NAMES)
def test_every_word_is_there_with_the_same_places(language: str, name: str) -> None:
    english, other = getattr(EN, name), getattr(CATALOGUE[language], name)
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
    for text in flat(getattr(CATALOGUE["fr"], name)):
        assert "'" not in text, text
        assert not re.search(r"\w[;!?]", text), text
