"""Search over every named thing and every claim: words in any language, typing errors, prefixes and identifiers."""

from cityrights.search.index import SearchIndex
from cityrights.search.model import Hit, Hits, Marked, Match, Named

__all__ = ["Hit", "Hits", "Marked", "Match", "Named", "SearchIndex"]
