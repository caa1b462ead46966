"""The view of a question: its answer as points, as a network, as bars or as a timeline, by what its file says."""

from __future__ import annotations

from cityrights.describe import Answer
from cityrights.library import LibraryQuery
from cityrights_web.answers import pictures, places, timeline
from cityrights_web.answers.pictures import Bar
from cityrights_web.answers.timeline import Year
from cityrights_web.answers.views import MOST, TooMuch, View
from cityrights_web.pages.frame import Frame

__all__ = ["MOST", "TooMuch", "bars", "geojson", "network", "size", "view_of", "years"]


def view_of(query: LibraryQuery) -> tuple[str, ...] | None:
    """Return the view of a question and its columns; a graph is a network."""
    if query.is_graph and query.view is None:
        return ("network", *pictures.GRAPH)
    return query.view


def size(query: LibraryQuery, found: Answer) -> int:
    """Return how much there is for the view: places, things, bars or moments. Raises TooMuch when it cannot show it."""
    view = _view(query)
    if not view.kind:
        return 0
    if view.kind == "network":
        return pictures.within("network", pictures.ends(found, view))
    return pictures.within(view.kind, (row[view.columns[0]] for row in found.rows if view.columns[0] in row))


def geojson(around: Frame, query: LibraryQuery, found: Answer) -> dict[str, object]:
    """Return each place of the answer as a point (RFC 7946): ``count`` says how much the answer has there."""
    return places.points(around, found, _view(query))


def network(around: Frame, query: LibraryQuery, found: Answer) -> dict[str, object]:
    """Return the things of two columns and what joins them, as the site’s drawings read it."""
    return pictures.network(around, found, _view(query))


def bars(around: Frame, query: LibraryQuery, found: Answer) -> list[Bar]:
    """Return a bar for each value of the first column: the number in the second, or how many the second has."""
    return pictures.bars(around, found, _view(query))


def years(around: Frame, query: LibraryQuery, found: Answer) -> list[Year]:
    """Return what the second column has in each year of the first."""
    return timeline.years(around, found, _view(query))


def _view(query: LibraryQuery) -> View:
    kind, *columns = view_of(query) or ("",)
    return View(kind, tuple(columns))
