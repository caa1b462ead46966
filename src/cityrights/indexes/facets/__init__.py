"""Facets: lists that are narrowed by them, from arrays made once for each snapshot.

``Catalogue.open(folder).list("practices").select(Selection.of(…))`` answers in milliseconds at a hundred thousand
practices; :func:`selection_query` gives the SPARQL query that finds the same things.
"""

from cityrights.indexes.facets.lists import LISTS, STATUSES, TOGETHER, UNKNOWN, WHERE, Facet, Listing
from cityrights.indexes.facets.reading import Catalogue, Found, List, Row, Selection, Value, selection_query

__all__ = [
    "LISTS",
    "STATUSES",
    "TOGETHER",
    "UNKNOWN",
    "WHERE",
    "Catalogue",
    "Facet",
    "Found",
    "List",
    "Listing",
    "Row",
    "Selection",
    "Value",
    "selection_query",
]
