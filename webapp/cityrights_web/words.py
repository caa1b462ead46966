"""The words of the site in each language: French is ``locale/fr/LC_MESSAGES/messages.po``, for translators' tools."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from babel import Locale
from babel.core import get_global

from cityrights.instance import instance
from cityrights.library import queries
from cityrights.translations import CATALOGUES, SOURCE, Catalogues, languages, unsaid

if TYPE_CHECKING:
    from cityrights_web._words import Words

LOCALE: Final = Path(__file__).parent / "locale"
#: Those in which the words of the site are shipped: each folder of LOCALE is one, after English and the graph's.
SHIPPED: Final = languages(LOCALE, first=queries.LANGUAGES)
#: The languages of the site, by their codes: those that are shipped, or those of the instance.
LANGUAGES: Final = SHIPPED if instance().is_shipped else instance().languages
_CATALOGUES: Final = Catalogues(LOCALE, LANGUAGES, own="site")
#: Language → its words, read when first asked for.
CATALOGUE: Final = cast("Mapping[str, Words]", _CATALOGUES)


def check() -> None:
    """Read all words of the site and the engine. Raises InputError when a language has gaps: nothing falls back."""
    _CATALOGUES.check()
    CATALOGUES.check(LANGUAGES)


@cache
def lacking() -> dict[str, int]:
    """Return how many words of the site each language of an instance lacks; of cityrights none may lack one."""
    return {code: n for code, n in unsaid(LOCALE, instance(), "site").items() if n}


@cache
def language_name(code: str) -> str:
    """Return what a language calls itself (CLDR): ``fr`` gives ``Français``."""
    name = Locale.parse(code).get_language_name(code) or code
    return name[:1].upper() + name[1:]


@cache
def locale(code: str) -> str:
    """Return the language with the country by which those who show shared pages know it (Open Graph protocol).

    That is where most speak it (CLDR), but for English, in which these pages are British.
    """
    if code == SOURCE:
        return "en_GB"
    parts = str(get_global("likely_subtags").get(code, code)).split("_")
    return f"{parts[0]}_{parts[-1]}" if len(parts) > 1 else code
