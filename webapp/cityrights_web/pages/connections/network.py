"""/connections: the network as a picture, the same as a ranked table, and its communities by what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import flask

from cityrights.connections import Neighbour
from cityrights.connections.derived import GRAPH
from cityrights.connections.reasons import reasons
from cityrights.describe import Iri, Link, graph_document
from cityrights.describe.connected import Because, name_all, tell_neighbours
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.connections import exports
from cityrights_web.pages.connections.asked import Asked, asked, choices
from cityrights_web.pages.connections.choose import KINDS, chosen, listed
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import data, html, licences, missing, page_number, refused
from cityrights_web.pages.tables import csv_answer, json_answer
from cityrights_web.shell.context import Site
from cityrights_web.urls import thing_key

GRAPHML: Final = Format("GraphML", "application/graphml+xml", "graphml")
GEXF: Final = Format("GEXF", "application/gexf+xml", "gexf")
SVG: Final = Format("SVG", "image/svg+xml", "svg")
FORMATS: Final = {
    form.extension: form for form in (formats.JSON, formats.RESULTS_CSV, formats.TURTLE, GRAPHML, GEXF, SVG)
}
#: Rows on a page, places in the picture, and places of a community that are named.
_ROWS: Final = 50
_DRAWN: Final = 150
_MEMBERS: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One connection: both places, how strong, and why."""

    a: Link
    b: Link
    strength: float
    because: Because | None


def page(around: Frame) -> flask.Response:
    """Return the page; two chosen places lead to what joins them."""
    if flask.request.args.get("a") or flask.request.args.get("b"):
        return chosen(around)
    site, filtered = around.site, asked(around)
    edges = edges_of(site, filtered)
    number = page_number()
    last = max(1, -(-len(edges) // _ROWS))
    if number > last:
        raise missing(around.words.faults.past.format(n=last))
    here = around.urls.connections(query=filtered.pairs)
    links = {name: around.urls.connections((), name, filtered.pairs) for name in FORMATS}
    body = around.render(
        "connections/network.html",
        places=listed(around),
        kinds=[("kind", kind) for kind in KINDS],
        known=len(site.connections.places),
        choices=choices(around),
        asked=filtered,
        rows=_rows(around, filtered, edges[(number - 1) * _ROWS : number * _ROWS]),
        total=len(edges),
        page=number,
        last=last,
        turn=lambda to: around.urls.connections(query=(*filtered.pairs, ("page", str(to)))),
        here=here,
        drawing=links["json"],
        drawn=_DRAWN if len(site.connections.places) > _DRAWN else 0,
        communities=communities(around),
        formats=[(form.name, links[name]) for name, form in FORMATS.items()],
        query=QUERY,
        key_of=lambda link: thing_key(link.iri.value) or "",
    )
    alternates = [(links[name], "alternate", form.media_type) for name, form in FORMATS.items()]
    return html(body, [*alternates, *licences()])


def data_of(around: Frame, extension: str) -> flask.Response:
    """Return the network as data. Turtle has the derived connections of the graph, whatever the filter."""
    site, filtered = around.site, asked(around)
    if extension == "ttl":
        if filtered.pairs:
            raise refused(around.words.faults.whole_graph)
        return data(graph_document(site.engine, GRAPH, formats.TURTLE.media_type), formats.TURTLE)
    edges = edges_of(site, filtered)
    names = _names(around, site.connections.places)
    back = around.urls.connections(query=filtered.pairs)
    if extension == "csv":
        return csv_answer(("a", "aLabel", "b", "bLabel", "strength"), _plain(edges, names), back)
    network = exports.gather(around, names, edges, _DRAWN if extension in ("json", "svg") else 0)
    if extension == "json":
        return json_answer(exports.drawing(network), back)
    write = {"graphml": exports.graphml, "gexf": exports.gexf, "svg": exports.svg}[extension]
    return data(write(network), FORMATS[extension], [(back, "alternate", "text/html")])


Edge = tuple[str, str, float]


def edges_of(site: Site, filtered: Asked) -> list[Edge]:
    """Return the connections that a filter leaves, the strongest first."""
    if not filtered.possible:
        return []
    return sorted(site.connections.edges(filtered.wanted), key=lambda edge: (-edge[2], edge[0], edge[1]))


def communities(around: Frame) -> list[tuple[int, int, list[Link], list[Link]]]:
    """Return of each community its number, how many places it has, the first of them, and what they share."""
    vocabulary, language = around.site.vocabulary, around.language
    held = [found for found in around.site.connections.communities() if len(found.places) > 1]
    names = _names(around, [place for found in held for place in found.places[:_MEMBERS]])
    return [
        (
            found.number,
            len(found.places),
            [names[place] for place in found.places[:_MEMBERS]],
            [vocabulary.link(Iri(iri), language) for iri in found.shared],
        )
        for found in held
    ]


def _names(around: Frame, places: Sequence[str]) -> dict[str, Link]:
    return name_all(around.site.engine, around.site.vocabulary, places, around.language)


def _rows(around: Frame, filtered: Asked, edges: Sequence[Edge]) -> list[Row]:
    site = around.site
    if not edges:
        return []
    held, measure = site.connections, site.connections.measure(filtered.wanted)
    found = []
    for a, b, strength in edges:
        best = reasons(measure, held.number(a), held.number(b), 0, 1)[:1]
        found.append(Neighbour(a, strength, tuple(best)))
        found.append(Neighbour(b, strength, ()))
    told = tell_neighbours(site.engine, site.vocabulary, found, around.language)
    return [
        Row(one.place, other.place, one.strength, next(iter(one.because), None))
        for one, other in zip(told[::2], told[1::2], strict=True)
    ]


def _plain(edges: Sequence[Edge], names: dict[str, Link]) -> list[tuple[object, ...]]:
    return [(a, names[a].label.value, b, names[b].label.value, round(strength, 4)) for a, b, strength in edges]


#: The same by SPARQL: the closest places of each, as they were derived when the snapshot was built.
QUERY: Final = """# The five places closest to each place, and because of what.
PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?from ?to ?rank ?strength ?because WHERE {
  ?connection cr:from ?from ; cr:to ?to ; cr:rank ?rank ; cr:strength ?strength ; cr:because ?because .
}
ORDER BY ?from ?rank ?because
"""
