"""The site's words in English, French and Spanish."""

from cityrights_web.i18n.en import EN
from cityrights_web.i18n.es import ES
from cityrights_web.i18n.fr import FR
from cityrights_web.i18n.strings import Strings

CATALOGUE: dict[str, Strings] = {"en": EN, "fr": FR, "es": ES}

__all__ = ["CATALOGUE", "EN", "ES", "FR", "Strings"]
