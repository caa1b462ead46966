"""Which list somebody may have meant whose address has the name of a kind, or nearly that of a list, and no more."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from cityrights.likeness import nearest
from cityrights_web.pages.frame import FOOT, LESSER, NAVIGATION, Frame
from cityrights_web.pages.things.heading import LISTS
from cityrights_web.shell.context import Site
from cityrights_web.urls import DEFAULT_LANGUAGE
from cityrights_web.words import CATALOGUE

#: Kind that no list holds → the list that it is a facet of; and what else a page is called.
_OTHERS: Final = {
    "target-group": "practices", "pillar": "practices", "section": "practices", "status": "practices",
    "modality": "sources", "country": "cities", "region": "cities", "department": "cities", "island": "cities",
    "government": "cities", "population": "cities", "kind": "institutions", "network": "organisations",
    "association": "organisations", "partnership": "organisations", "connection": "connections",
    "query": "queries", "question": "queries",
}  # fmt: skip
#: What may stand before the name of a list or kind.
_BEFORE: Final = frozenset({"id", "page", "data", DEFAULT_LANGUAGE})
_LONGEST: Final = 40
_SHOWN: Final = 3
#: How alike two names must be.
_ALIKE: Final = 0.7


def near_lists(site: Site, path: str, language: str) -> list[tuple[str, str]]:
    """Return word and address of the lists and pages that the site path ``path`` may mean; nothing for a thing's."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == [DEFAULT_LANGUAGE]:
        language = DEFAULT_LANGUAGE  # English has no prefix; who writes one wants English
    asked = [part for place, part in enumerate(parts) if part not in _BEFORE or place > 1]
    if len(asked) != 1:
        return []
    word = _plain(asked[0].partition(".")[0])[:_LONGEST]
    around = Frame(site, language, None)
    known = _known()
    names = dict.fromkeys(known[one] for one in nearest(word, known, _SHOWN, _ALIKE))
    if word in known:
        names = {known[word]: None}
    entries = [*around.navigation(), *(around.entry(name) for name in LESSER), *around.footer()]
    told = {name: (label, address) for name, label, address in entries}
    return [told[name] for name in names]


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Return what lists and pages are called, in addresses and in words → their names in addresses."""
    known: dict[str, str] = {**_OTHERS, **LISTS}
    known |= {f"{kind}s": name for kind, name in known.items()}
    for words in CATALOGUE.values():
        around = {name: str(getattr(words, f"nav_{name}")) for name in (*NAVIGATION, *LESSER) if name != "connections"}
        known |= {_plain(word): name for name, word in around.items()}
    return known | {name: name for name in (*NAVIGATION, *LESSER, *FOOT)}


def _plain(word: str) -> str:
    """Return a word in small letters without accents, its parts joined as in an address."""
    spelt = unicodedata.normalize("NFKD", word.casefold())
    return "-".join("".join(letter for letter in spelt if not unicodedata.combining(letter)).replace("_", " ").split())
