"""Everything that the page shows of an answer: the view, why there is none, the other views, the downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import orjson

from cityrights.library.names import Names
from cityrights.library.running import Answer, TooMany, graph_answer, table_answer
from cityrights.resources.places import Point
from cityrights_web.layout import Layout
from cityrights_web.results import GEOJSON, XLSX, geojson, pictures
from cityrights_web.results.pictures import (
    KINDS,
    MOST,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_PLACES,
    MOST_ROWS,
    Shape,
    TooMuch,
    Unfit,
    View,
    fitting,
    natural,
    settled,
    shape_of,
    written,
    years,
)
from cityrights_web.results.table import Ground, moment, table
from cityrights_web.structured import data_block
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.text.guard import is_short

#: Addresses longer than this, in characters, are not passed on by everybody: a form takes their place.
LONGEST_ADDRESS: Final = 6_000
#: Queries longer than this, in characters, have no links to other things that can be done with them.
_LONGEST_LINK: Final = 20_000
_TABLES: Final = ("select", "ask")
#: JSON beyond this, in bytes, is shown as it came.
_INDENTED: Final = 1_000_000


@dataclass(frozen=True)
class Given:
    """An answer and how it was asked for.

    ``body`` is SPARQL JSON or Turtle, by the ``form`` of the query, None for one that is too large for a page;
    ``graphs`` are the other parameters that decide it; ``middles`` where its long geometries are; ``kept``
    says that it was made for somebody before.
    """

    query: str
    form: str
    body: bytes | None
    graphs: tuple[tuple[str, str], ...] = ()
    middles: Mapping[bytes, Point | None] = field(default_factory=dict)
    view: str = ""
    order: str = ""
    milliseconds: float = 0.0
    kept: bool = False

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of an address that asks the same."""
        return [("query", self.query), *self.graphs]


def shown(layout: Layout, given: Given) -> dict[str, object]:
    """Return what the template of an answer needs. Raises the errors of the engine, which is asked for labels."""
    context: dict[str, object] = {
        "view": "none", "rows": 0, "milliseconds": given.milliseconds, "kept": given.kept, "notices": [], "tabs": [],
        "downloads": _downloads(given, frozenset()), "boolean": None, "pairs": given.pairs, "query": given.query,
        "long": _is_long(given.pairs), "form": given.form, "order": given.order,
        "too_large": False, "linked": len(given.query) <= _LONGEST_LINK, "whys": [],
    }  # fmt: skip
    if given.body is None:
        return {**context, "too_large": True}
    if given.form in _TABLES and "boolean" in (loaded := _head(given)):
        told = {"view": "raw", **_raw(given, given.body)} if given.view == "raw" else {"view": "table"}
        context["notices"] = [] if loaded["boolean"] else _missing(layout, given)
        return {**context, **told, "boolean": bool(loaded["boolean"]), "rows": 1, "tabs": ["table", "raw"]}
    answer = _read(given.form, given.body)
    if answer is None:
        return {**context, "too_large": True}
    ground = geojson.ground_of(layout, given.middles)
    shape = shape_of(answer, ground)
    fits = fitting(shape)
    view, notices = _chosen(layout, given, answer, shape)
    notices += [] if answer.rows else _missing(layout, given)
    context |= {"rows": len(answer.rows), "downloads": _downloads(given, frozenset(fits))}
    context["whys"] = _whys(layout, given, answer)
    drawn: dict[str, object] = {}
    if view.columns or view.kind in ("table", "raw"):
        try:
            drawn = _drawn(layout, given, answer, view, ground)
        except TooMuch as error:
            notices.append(_too_much(layout, view.kind, error.count))
    tabs = [kind for kind in KINDS if kind in fits or kind in ("table", "raw", view.kind)]
    return {**context, "view": view.kind, "tabs": tabs, "notices": notices, **drawn}


def _missing(layout: Layout, given: Given) -> list[str]:
    """Return what a query that found nothing names and the graph knows nothing of, and what may be meant."""
    return Names(layout.site.engine).missing(given.query, layout.language)


#: So many columns without any value are asked about.
_MOST_WHYS: Final = 3


def _whys(layout: Layout, given: Given, answer: Answer) -> list[tuple[str, str]]:
    """Return what is to be said of an answer without rows, or of columns without values, with what tells why."""
    words = layout.words.results
    if given.graphs or not is_short(given.query):
        return []
    if not answer.rows:
        return [(words.no_rows, layout.urls.site("/sparql/why", {"query": given.query}))]
    if given.form != "select":
        return []
    blank = [name for name in answer.columns if not any(row.get(name) is not None for row in answer.rows)]
    return [
        (
            words.no_values.format(column=f"?{name}"),
            layout.urls.site("/sparql/why", {"query": given.query, "column": name}),
        )
        for name in blank[:_MOST_WHYS]
    ]


def _is_long(pairs: list[tuple[str, str]]) -> bool:
    """Say whether an address with these parameters is too long; escapes of long ones are not even made."""
    return sum(len(value) for _, value in pairs) > LONGEST_ADDRESS or len(urlencode(pairs)) > LONGEST_ADDRESS


def _head(given: Given) -> dict[str, object]:
    """Return the head of a small answer: that to ASK has its yes or no there."""
    if given.form != "ask" or given.body is None:
        return {}
    loaded: dict[str, object] = orjson.loads(given.body)
    return loaded


def _read(form: str, body: bytes) -> Answer | None:
    """Return an answer that a page can be made of; None for one that has more than that."""
    try:
        if form in _TABLES:
            answer = table_answer(body, MOST_ROWS)
        else:
            answer = graph_answer(body, formats.TURTLE.media_type, MOST_ROWS)
    except TooMany:
        return None
    columns = len(answer.columns)
    return None if columns > MOST_COLUMNS or columns * len(answer.rows) > MOST_PLACES else answer


def _chosen(layout: Layout, given: Given, answer: Answer, shape: Shape) -> tuple[View, list[str]]:
    """Return the view to show, without columns where the answer has not what it shows, and what is to be said."""
    words, told = layout.words.results, written(given.query)
    if given.view:
        wanted = told if told is not None and told.kind == given.view else View(given.view)
        return _settled(layout, wanted, answer, shape)
    if told is None or not answer.rows:
        return natural(answer, shape), []
    if told.kind not in KINDS:
        return natural(answer, shape), [words.no_such_view.format(name=told.kind, known=", ".join(KINDS))]
    view, notices = _settled(layout, told, answer, shape)
    return (natural(answer, shape), notices) if notices else (view, [])


def _settled(layout: Layout, wanted: View, answer: Answer, shape: Shape) -> tuple[View, list[str]]:
    words = layout.words.results
    try:
        return settled(wanted, answer, shape), []
    except Unfit as error:
        if error.column:
            return View(wanted.kind), [words.no_column.format(name=error.column, columns=_listed(answer.columns))]
        said = words.needs[wanted.kind] if answer.rows else words.no_rows
        return View(wanted.kind), [said]


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"?{name[:40]}" for name in columns[:20]) or "–"


def _too_much(layout: Layout, kind: str, count: int) -> str:
    return layout.words.results.too_much[kind].format(n=layout.number(count), most=layout.number(MOST[kind]))


def _drawn(layout: Layout, given: Given, answer: Answer, view: View, ground: Ground) -> dict[str, object]:
    """Return what one view shows. Raises TooMuch."""
    words = layout.words.results
    if view.kind == "table":
        most = min(MOST["table"], MOST_CELLS // max(1, len(answer.columns)))
        made = table(layout, answer, most, given.order)
        return {"table": made, "shown": len(made.rows)}
    if view.kind == "raw":
        return _raw(given, given.body or b"")
    if view.kind == "chart":
        return {"bars": pictures.bars(layout, answer, view)}
    if view.kind == "timeline":
        undated = sum(moment(row.get(view.columns[0])) is None for row in answer.rows)
        return {"years": years(layout, answer, view), "undated": _counted(layout, words.undated, undated)}
    if view.kind == "map":
        found = geojson.placed(layout, answer, view, ground)
        said = [
            _counted(layout, words.nowhere, found.nowhere),
            _elsewhere(layout, found.systems),
            words.middles if found.middles else "",
        ]
        points = geojson.points(layout, answer, view, ground) if found.places else None
        data = data_block("answer-data", points) if points else None
        counted = any(place.there for place in found.places)
        size = geojson.measured_by(layout, answer, view, ground)
        told = {"places": found.places, "said": [one for one in said if one]}
        return {**told, "data": data, "counted": counted, "size": size}
    drawn = pictures.network(layout, answer, view)
    nodes = {node["id"]: node for node in drawn["nodes"]}
    edges = [(nodes[edge["source"]], edge["label"], nodes[edge["target"]]) for edge in drawn["edges"]]
    return {"edges": edges, "data": data_block("answer-data", drawn)}


def _elsewhere(layout: Layout, systems: Mapping[str, int]) -> str:
    count = layout.number(sum(systems.values()))
    return layout.words.results.other_systems.format(n=count, systems=", ".join(systems)) if systems else ""


def _counted(layout: Layout, words: str, count: int) -> str:
    return words.format(n=layout.number(count)) if count else ""


def _raw(given: Given, body: bytes) -> dict[str, object]:
    """Return the text of an answer, as far as a page has room for it."""
    if given.form in _TABLES and len(body) <= _INDENTED:
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
    text = body.decode("utf-8", "replace")
    return {"raw": text[: MOST["raw"]], "raw_shown": min(len(text), MOST["raw"]), "raw_length": len(text)}


def _downloads(given: Given, fits: frozenset[str]) -> list[tuple[str, str]]:
    """Return the formats that the whole answer can be had in: their names for people, and for ``format=``."""
    offers: tuple[Format, ...] = formats.RESULTS if given.form in _TABLES else formats.GRAPHS
    if given.form != "ask":
        offers = (*offers, XLSX, *([GEOJSON] if "map" in fits else []))
    return [(form.name, form.names[0]) for form in offers]
