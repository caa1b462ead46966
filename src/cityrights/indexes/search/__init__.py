"""Search over every named thing and every claim: words in any language, typing errors, prefixes and identifiers."""

from cityrights.indexes.search.index import Hit, Hits, Marked, Match, Named, SearchIndex

__all__ = ["Hit", "Hits", "Marked", "Match", "Named", "SearchIndex"]
