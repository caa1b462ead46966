"""The words that the graph's programs say, in each language: French is ``locale/fr/LC_MESSAGES/messages.po``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from cityrights.translations import Catalogues

if TYPE_CHECKING:
    from cityrights._words import Words

LOCALE: Final = Path(__file__).parent / "locale"
CATALOGUES: Final = Catalogues(LOCALE)
#: Language → its words, read when first asked for.
CATALOGUE: Final = cast("Mapping[str, Words]", CATALOGUES)
