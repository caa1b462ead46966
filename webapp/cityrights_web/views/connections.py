"""/connections: the network of places, the neighbours of one, and what joins two, as pages and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import flask
import numpy as np

from cityrights.errors import UnknownThing
from cityrights.indexes.facets.lists import sort_key
from cityrights.indexes.proximity import Explanation, Filter, Neighbour
from cityrights.indexes.proximity.measure import ALL_SETTLED, LOOSELY, level, reasons
from cityrights.indexes.proximity.reading import GRAPH
from cityrights.indexes.proximity.table import FEATURES
from cityrights.indexes.proximity.telling import (
    COLUMNS,
    ExplanationInWords,
    NeighbourInWords,
    ReasonInWords,
    Step,
    name_all,
    neighbour_record,
    path_query,
    record,
    rows,
    tell,
    tell_neighbours,
)
from cityrights.library import names as known_names
from cityrights.library.pages import ask
from cityrights.resources.document import convert, graph_document
from cityrights.resources.model import Link
from cityrights.terms import Iri, term_text
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import ID, KINDS
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    csv_answer,
    current_layout,
    data,
    html,
    json_answer,
    licences,
    missing,
    once_in_each_language,
    only,
    page_number,
    refused,
    see_other,
)
from cityrights_web.results import networks
from cityrights_web.results.pictures import network_json
from cityrights_web.site import Site
from cityrights_web.urls import connections_path, thing_iri, thing_key
from cityrights_web.views import ties
from cityrights_web.views.homonyms import PLACE_KINDS, meant_by
from cityrights_web.views.search import LONGEST
from cityrights_web.views.together import said_of_all
from sparqlgate.http import formats
from sparqlgate.http.formats import Format

#: Parameter → the features that it may choose from.
_CHOICES: Final = {"theme": ("theme",), "kind": ("institution-kind", "instrument-kind"), "source": ("source",)}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter and what is left of it: ``pairs`` are the parameters as they stand in addresses."""

    wanted: Filter
    pairs: tuple[tuple[str, str], ...]
    possible: bool

    @property
    def chosen(self) -> dict[str, str]:
        """Value of each parameter."""
        return dict(self.pairs)


_NO_FILTER: Final = Narrowing(ALL_SETTLED, (), possible=True)


def keys_in(path: str) -> list[str]:
    """Return the keys of the places in a path: ``utrecht/department/seine-saint-denis`` has two."""
    keys: list[str] = []
    parts = path.split("/")
    while parts:
        first = parts.pop(0)
        if first in KINDS and parts:
            keys.append(f"{first}/{parts.pop(0)}")
        else:
            keys.append(f"city/{first}")
    return keys


def place_of(layout: Layout, key: str) -> str:
    """Return the IRI of the place with this key. Raises a 404 for what has no connections."""
    iri = thing_iri(key)
    try:
        layout.site.indexes.proximity.number(iri)
    except UnknownThing as error:
        name = key.removeprefix("city/")[:100]
        detail = layout.words.connections.unknown_place.format(name=name)
        raise missing(detail, iri=iri) from error
    return iri


def asked(layout: Layout) -> Narrowing:
    """Read the filter of the request. Raises a 400 for a value that is none."""
    values, pairs = [], []
    for name in _CHOICES:
        slug = flask.request.args.get(name, "")
        if slug:
            iri = f"{ID}{name}/{slug}"
            if iri not in layout.site.vocabulary.labels:
                detail = layout.words.connections.unknown_filter.format(name=slug[:100])
                near = known_names.nearest(slug, [key for key, _ in choices(layout)[name]])
                words = CATALOGUE[layout.language].parameters.near.format(near=", ".join(near))
                raise refused(f"{detail} {words}" if near else detail)
            values.append(iri)
            pairs.append((name, slug))
    unsettled = only("status", "all")
    if unsettled:
        pairs.append(("status", "all"))
    wanted = Filter(tuple(values), unsettled=unsettled)
    try:
        layout.site.indexes.proximity.measure(wanted)
    except UnknownThing:
        return Narrowing(wanted, tuple(pairs), possible=False)
    return Narrowing(wanted, tuple(pairs), possible=True)


def choices(layout: Layout) -> dict[str, list[tuple[str, str]]]:
    """Return slug and label of all that each parameter may be, in the order of the labels."""
    table = layout.site.indexes.proximity.table
    found = {}
    for name, features in _CHOICES.items():
        numbers = [number for number, feature in enumerate(FEATURES) if feature.name in features]
        rows = np.isin(table.link["kind"], numbers) & (
            table.link["through"] < 0
        )  # what nothing is called by is no choice
        held = np.unique(table.link["feature"][rows]).tolist()
        base = f"{ID}{name}/"
        iris = [table.names[number] for number in held if table.names[number].startswith(base)]
        labels = [(iri[len(base) :], layout.site.vocabulary.label(iri, layout.language).value) for iri in iris]
        found[name] = sorted(labels, key=lambda pair: (sort_key(pair[1]), pair[0]))
    return found


#: Places that a list has at most; of more, a field asks for the name.
LISTED: Final = 150


def listed(layout: Layout) -> list[tuple[str, Link]]:
    """Return key and link of every place, in the order of their names; none where they are too many for a list."""
    site = layout.site
    if len(site.indexes.proximity.places) > LISTED:
        return []
    named = name_all(site.engine, site.vocabulary, site.indexes.proximity.places, layout.language)
    pairs = [(thing_key(iri) or "", link) for iri, link in named.items()]
    return sorted(pairs, key=lambda pair: (sort_key(pair[1].label.value), pair[0]))


def chosen(layout: Layout) -> flask.Response:
    """Lead to what joins the two places that the request names, or ask which ones are meant.

    Raises a 400 for less than two, a 404 for a name that no place has.
    """
    texts = {name: flask.request.args.get(name, "").strip() for name in ("a", "b")}
    if not all(texts.values()):
        raise refused(layout.words.connections.two)
    if any(len(text) > LONGEST for text in texts.values()):
        raise refused(layout.words.faults.long_text.format(n=layout.number(LONGEST)))
    meant = [meant_by(layout, name, text) for name, text in texts.items()]
    if all(one.sure for one in meant):
        return see_other(layout.urls.connections([one.places.own[0].key for one in meant]), vary="")
    return html(layout.render("connections/choose.html", fields=meant))


PAIR_FORMATS: Final = {form.extension: form for form in (formats.JSON, formats.RESULTS_CSV, formats.TURTLE)}
#: Reasons in the picture; more would tell less.
_PAIR_DRAWN: Final = 8
#: Reasons without their steps that are named.
_OTHERS: Final = 50


def pair_of(layout: Layout, keys: list[str]) -> ties.Pair:
    """Return what joins two places. Raises a 404 for what has no connections."""
    return ties.pair(layout, *_found(layout, keys))


def explanation_page(layout: Layout, keys: list[str]) -> flask.Response:
    """Return the page."""
    found, story = _found(layout, keys)
    pair = ties.pair(layout, found, story)
    layout = replace(layout, preferred=connections_path(sorted(keys)))
    links = {name: layout.urls.connections(keys, name) for name in PAIR_FORMATS}
    told = [one for one in story.because if one.ours]
    others = [one for one in story.because if not one.ours]
    body = layout.render(
        "connections/pair.html",
        story=story,
        level=pair.level,
        ties=pair.ties,
        direct=pair.direct,
        both=pair.both,
        besides=pair.besides,
        keys=keys,
        told=told,
        others=others[:_OTHERS],
        silent=len(others[_OTHERS:]),
        queries=[path_query(story.a.iri.value, story.b.iri.value, one.reason) for one in told],
        formats=[(form.name, links[name]) for name, form in PAIR_FORMATS.items()],
        key_of=lambda link: thing_key(link.iri.value) or "",
        together=said_of_all(layout, [story.a.iri.value, story.b.iri.value]),
    )
    alternates = [(links[name], "alternate", form.media_type) for name, form in PAIR_FORMATS.items()]
    return html(body, [*alternates, *licences()])


def explanation_data(layout: Layout, keys: list[str], extension: str) -> flask.Response:
    """Return the explanation as data; Turtle has the statements that its paths are made of."""
    view = flask.request.args.get("view", "")
    if view not in ("", "network") or (view and extension != "json"):
        raise refused(layout.words.faults.view)
    found, story = _found(layout, keys)
    back = layout.urls.connections(keys)
    if view:
        return json_answer(_network(layout, story), back)
    if extension == "json":
        said = [tie.record() for tie in ties.told(layout, found.told)]
        return json_answer({**record(story), "level": found.level, "told": said}, back)
    if extension == "csv":
        return csv_answer(COLUMNS, rows(story), back)
    hops = {step.hop for one in story.because for path in (*one.ours, *one.theirs) for step in path}
    lines = sorted(
        " ".join(term_text(Iri(part)) for part in (hop.subject, hop.predicate, hop.object)) + " ." for hop in hops
    )
    return data(
        convert("\n".join(lines), formats.TURTLE.media_type), formats.TURTLE, [(back, "alternate", "text/html")]
    )


def _found(layout: Layout, keys: list[str]) -> tuple[Explanation, ExplanationInWords]:
    a, b = (place_of(layout, key) for key in keys)
    if a == b:
        raise refused(layout.words.connections.same)
    site = layout.site
    found = site.indexes.proximity.explain(a, b)
    return found, tell(site.engine, site.vocabulary, found, layout.language)


def _drawn(story: ExplanationInWords) -> tuple[dict[str, Link], dict[tuple[str, str], Step]]:
    """Return the things and the steps of the picture: the first path of each side of the first reasons."""
    nodes, steps = {link.iri.value: link for link in (story.a, story.b)}, {}
    for one in story.because[:_PAIR_DRAWN]:
        for step in [step for paths in (one.ours, one.theirs) for path in paths[:1] for step in path]:
            nodes |= {link.iri.value: link for link in (step.subject, step.object)}
            steps[step.subject.iri.value, step.object.iri.value] = step
    return nodes, steps


def _network(layout: Layout, story: ExplanationInWords) -> dict[str, object]:
    nodes, steps = _drawn(story)
    edges = [(ends, step.predicate.label.value) for ends, step in steps.items()]
    return network_json(layout, story.a.iri.value, nodes.values(), edges)


PLACE_FORMATS: Final = {form.extension: form for form in (formats.JSON, formats.RESULTS_CSV, formats.TURTLE)}
#: Places on the page, and reasons of each that stand before the others.
_MOST: Final = 25
REASONS: Final = 4


def place_page(layout: Layout, key: str) -> flask.Response:
    """Return the page."""
    iri, filtered = place_of(layout, key), asked(layout)
    site = layout.site
    links = {name: layout.urls.connections([key], name, filtered.pairs) for name in PLACE_FORMATS}
    body = layout.render(
        "connections/place.html",
        key=key,
        place=name_all(site.engine, site.vocabulary, [iri], layout.language)[iri],
        ties=ties.learnt(layout, iri).ties,
        near=[
            (near, count, level(near.strength, told=any(one.reason.direct for one in near.because)))
            for near, count in nearest(layout, iri, filtered, REASONS)
        ],
        asked=filtered,
        choices=once_in_each_language(choices),
        here=layout.urls.connections([key]),
        formats=[(form.name, links[name]) for name, form in PLACE_FORMATS.items()],
        query=_QUERY.format(place=term_text(Iri(iri))),
        key_of=lambda link: thing_key(link.iri.value) or "",
    )
    alternates = [(links[name], "alternate", form.media_type) for name, form in PLACE_FORMATS.items()]
    return html(body, [*alternates, *licences()])


def place_data_of(layout: Layout, key: str, extension: str) -> flask.Response:
    """Return the neighbours as data; Turtle has the derived connections of the place."""
    iri, filtered = place_of(layout, key), asked(layout)
    back = layout.urls.connections([key], query=filtered.pairs)
    if extension == "ttl":
        return data(_turtle(layout, iri), formats.TURTLE, [(back, "alternate", "text/html")])
    found = [near for near, _ in nearest(layout, iri, filtered)]
    if extension == "json":
        return json_answer({"place": iri, "neighbours": [neighbour_record(near) for near in found]}, back)
    rows = [
        (rank, near.place.iri.value, near.place.label.value, round(near.strength, 4), one.reason.kind,
         one.reason.thing, one.sentence, round(one.reason.counts, 4))
        for rank, near in enumerate(found, 1)
        for one in near.because
    ]  # fmt: skip
    return csv_answer(("rank", "place", "placeLabel", "strength", "kind", "thing", "sentence", "counts"), rows, back)


def nearest(
    layout: Layout, iri: str, filtered: Narrowing, few: int | None = None
) -> list[tuple[NeighbourInWords, int]]:
    """Return the closest places under a filter, told in the reader's language, each with how many reasons it has.

    With ``few``, the first reasons of each are told.
    """
    if not filtered.possible:
        return []
    site = layout.site
    found = site.indexes.proximity.neighbours(iri, _MOST, filtered.wanted)
    shown = [replace(one, reasons=one.reasons[:few]) for one in found]
    told = tell_neighbours(site.engine, site.vocabulary, shown, layout.language)
    return [(near, len(one.reasons)) for near, one in zip(told, found, strict=True)]


def _turtle(layout: Layout, iri: str) -> bytes:
    rows = ask(layout.site.engine, "place_connections", {"place": Iri(iri)})
    lines = [f"{term_text(row['s'])} {term_text(row['p'])} {term_text(row['o'])} ." for row in rows]
    return convert("\n".join(lines), formats.TURTLE.media_type)


_QUERY: Final = """# The five places closest to a place, and because of what.
PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?rank ?to ?strength ?because WHERE {{
  ?connection cr:from {place} ; cr:to ?to ; cr:rank ?rank ; cr:strength ?strength ; cr:because ?because .
}}
ORDER BY ?rank ?because
"""


GRAPHML: Final = Format("GraphML", "application/graphml+xml", "graphml")
GEXF: Final = Format("GEXF", "application/gexf+xml", "gexf")
SVG: Final = Format("SVG", "image/svg+xml", "svg")
FORMATS: Final = {
    form.extension: form for form in (formats.JSON, formats.RESULTS_CSV, formats.TURTLE, GRAPHML, GEXF, SVG)
}
#: Rows on a page, and places in the picture.
_ROWS: Final = 50
_DRAWN: Final = 150


@dataclass(frozen=True, slots=True)
class Row:
    """One connection: both places, how strong, and why."""

    a: Link
    b: Link
    strength: float
    because: ReasonInWords | None


def page(layout: Layout) -> flask.Response:
    """Return the page; two chosen places lead to what joins them."""
    if {"a", "b"} & flask.request.args.keys():
        return chosen(layout)
    site, filtered = layout.site, asked(layout)
    edges = edges_of(site, filtered)
    number = page_number()
    last = max(1, -(-len(edges) // _ROWS))
    if number > last:
        raise missing(layout.words.faults.past.format(n=last))
    here = layout.urls.connections(query=filtered.pairs)
    links = {name: layout.urls.connections((), name, filtered.pairs) for name in FORMATS}
    body = layout.render(
        "connections/network.html",
        places=once_in_each_language(listed),
        kinds=[("kind", kind) for kind in PLACE_KINDS],
        known=len(site.indexes.proximity.places),
        choices=once_in_each_language(choices),
        asked=filtered,
        rows=_rows(layout, filtered, edges[(number - 1) * _ROWS : number * _ROWS]),
        total=len(edges),
        page=number,
        last=last,
        turn=lambda to: layout.urls.connections(query=(*filtered.pairs, ("page", str(to)))),
        here=here,
        ties=once_in_each_language(ties.first_told),
        more_ties=len(site.indexes.proximity.told[ties.MOST :]),
        drawing=layout.urls.connections((), "json", (("view", "map"),)),
        arrows=sum(tie.between_places for tie in site.indexes.proximity.told),
        alike=_alike(layout, filtered, edges),
        level=lambda row: level(row.strength, told=row.because is not None and row.because.reason.direct),
        formats=[(form.name, links[name]) for name, form in FORMATS.items()],
        told_formats=[
            (name, layout.urls.connections((), extension, (("view", "told"),)))
            for name, extension in (("JSON", "json"), ("CSV", "csv"))
        ],
        told_query=TOLD_QUERY,
        query=QUERY,
        key_of=lambda link: thing_key(link.iri.value) or "",
    )
    alternates = [(links[name], "alternate", form.media_type) for name, form in FORMATS.items()]
    return html(body, [*alternates, *licences()])


def _alike(layout: Layout, filtered: Narrowing, edges: Sequence[Edge]) -> list[ties.Alike]:
    if not filtered.possible:
        return []
    if filtered.wanted == ALL_SETTLED:
        return once_in_each_language(_alike_of_all)
    return ties.alike(layout, edges, filtered.wanted)


def _alike_of_all(layout: Layout) -> list[ties.Alike]:
    return ties.alike(layout, edges_of(layout.site, _NO_FILTER), ALL_SETTLED)


def data_of(layout: Layout, extension: str) -> flask.Response:
    """Return the network as data, or what the view is of: the told ties, or their map.

    Turtle has the derived connections of the graph, whatever the filter.
    """
    site, filtered = layout.site, asked(layout)
    view = flask.request.args.get("view", "")
    if view:
        return _told_data(layout, view, extension)
    if extension == "ttl":
        if filtered.pairs:
            raise refused(layout.words.faults.whole_graph)
        return data(graph_document(site.engine, GRAPH, formats.TURTLE.media_type), formats.TURTLE)
    edges = edges_of(site, filtered)
    names = _names(layout, site.indexes.proximity.places)
    back = layout.urls.connections(query=filtered.pairs)
    if extension == "csv":
        return csv_answer(("a", "aLabel", "b", "bLabel", "strength"), _plain(edges, names), back)
    network = networks.gather(layout, names, edges, _DRAWN if extension in ("json", "svg") else 0)
    if extension == "json":
        return json_answer(networks.drawing(network), back)
    write = {"graphml": networks.graphml, "gexf": networks.gexf, "svg": networks.svg}[extension]
    return data(write(network), FORMATS[extension], [(back, "alternate", "text/html")])


#: The told ties as a table.
_TOLD_COLUMNS: Final = (
    "kind", "from", "fromLabel", "to", "toLabel", "by", "of", "claim", "modality", "source", "firstLine", "lastLine",
)  # fmt: skip


def _told_data(layout: Layout, view: str, extension: str) -> flask.Response:
    """Return the told ties as JSON or CSV, or their map as GeoJSON. Raises a 400 for another view."""
    back = layout.urls.connections()
    if (view, extension) == ("map", "json"):
        return json_answer(ties.arrows(layout), back)
    if view != "told" or extension not in ("json", "csv"):
        raise refused(layout.words.connections.bad_view)
    found = ties.told(layout, layout.site.indexes.proximity.told)
    if extension == "json":
        return json_answer({"ties": [tie.record() for tie in found]}, back)
    rows = [
        (tie.tie.kind, tie.tie.start, tie.start.label.value, tie.tie.end, tie.end.label.value, tie.tie.by, tie.tie.of,
         line.iri.value, line.modality.iri.value, line.source.iri.value, line.first, line.last)
        for tie in found
        for line in tie.lines
    ]  # fmt: skip
    return csv_answer(_TOLD_COLUMNS, rows, back)


Edge = tuple[str, str, float]


def edges_of(site: Site, filtered: Narrowing) -> list[Edge]:
    """Return the connections that a filter leaves, the strongest first; without one those that are worth a word."""
    if not filtered.possible:
        return []
    least = 0.0 if filtered.pairs else LOOSELY
    edges = (edge for edge in site.indexes.proximity.edges(filtered.wanted) if edge[2] >= least)
    return sorted(edges, key=lambda edge: (-edge[2], edge[0], edge[1]))


def _names(layout: Layout, places: Sequence[str]) -> dict[str, Link]:
    return name_all(layout.site.engine, layout.site.vocabulary, places, layout.language)


def _rows(layout: Layout, filtered: Narrowing, edges: Sequence[Edge]) -> list[Row]:
    site = layout.site
    if not edges:
        return []
    held, measure = site.indexes.proximity, site.indexes.proximity.measure(filtered.wanted)
    found = []
    for a, b, strength in edges:
        best = reasons(measure, held.number(a), held.number(b), 0, 1)[:1]
        found.append(Neighbour(a, strength, tuple(best)))
        found.append(Neighbour(b, strength, ()))
    told = tell_neighbours(site.engine, site.vocabulary, found, layout.language)
    return [
        Row(one.place, other.place, one.strength, next(iter(one.because), None))
        for one, other in zip(told[::2], told[1::2], strict=True)
    ]


def _plain(edges: Sequence[Edge], names: dict[str, Link]) -> list[tuple[object, ...]]:
    return [(a, names[a].label.value, b, names[b].label.value, round(strength, 4)) for a, b, strength in edges]


#: What documents tell, by SPARQL: who led to what, resembles, visited or works with whom, with claims and lines.
TOLD_QUERY: Final = """# Told ties, as claims and decisions state them.
PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?from ?tie ?to ?claim ?firstLine ?lastLine WHERE {
  VALUES ?tie { cr:establishedThrough cr:formedThrough cr:replicates cr:inspiredBy cr:similarTo cr:participantsFrom
                cr:cooperatesWith cr:partner cr:worksWith cr:memberOf cr:promotes }
  GRAPH ?witness { ?from ?tie ?to }
  { ?witness a cr:Claim BIND (?witness AS ?claim) } UNION { ?witness cr:promptedBy ?claim }
  OPTIONAL { ?claim cr:passage ?passage . ?passage cr:firstLine ?firstLine ; cr:lastLine ?lastLine }
}
ORDER BY ?tie ?from ?to ?claim
"""
#: The same by SPARQL: the closest places of each, as they were derived when the snapshot was built.
QUERY: Final = """# The five places closest to each place, and because of what.
PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?from ?to ?rank ?strength ?because WHERE {
  ?connection cr:from ?from ; cr:to ?to ; cr:rank ?rank ; cr:strength ?strength ; cr:because ?because .
}
ORDER BY ?from ?rank ?because
"""


def connections() -> flask.Response:
    return page(current_layout())


def connections_data(extension: str) -> flask.Response:
    return data_of(current_layout(), extension)


def some_connections(rest: str) -> flask.Response:
    name, _, extension = rest.rpartition(".")
    if extension not in PAIR_FORMATS or not name:
        name, extension = rest, ""
    layout, keys = current_layout(), keys_in(name)
    if len(keys) == 1:
        return place_data_of(layout, keys[0], extension) if extension else place_page(layout, keys[0])
    if len(keys) == 2:
        return explanation_data(layout, keys, extension) if extension else explanation_page(layout, keys)
    raise missing(layout.words.faults.connection)
