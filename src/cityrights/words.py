"""The words in which the engine tells things to people, in each language: ``locale/``, one catalogue for each."""

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
