"""/connections/<a>/<b>: how two places are connected, in sentences, each with the evidence of its steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import flask

from cityrights.describe import Iri, Link
from cityrights.describe.ask import term_text
from cityrights.describe.connected import COLUMNS, Step, Story, path_query, record, rows, tell
from cityrights.describe.documents import convert
from cityrights_web import formats
from cityrights_web.pages.connections.asked import place_of
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import data, html, licences, refused
from cityrights_web.pages.tables import csv_answer, json_answer
from cityrights_web.urls import connections_path, thing_key

FORMATS: Final = {form.extension: form for form in (formats.JSON, formats.RESULTS_CSV, formats.TURTLE)}
#: Reasons in the picture; more would tell less.
_DRAWN: Final = 8
#: Reasons without their steps that are named.
_OTHERS: Final = 50


def page(around: Frame, keys: list[str]) -> flask.Response:
    """Return the page."""
    story = _story(around, keys)
    around = replace(around, preferred=connections_path(sorted(keys)))
    links = {name: around.urls.connections(keys, name) for name in FORMATS}
    told = [one for one in story.because if one.ours]
    others = [one for one in story.because if not one.ours]
    body = around.render(
        "connections/pair.html",
        story=story,
        keys=keys,
        told=told,
        others=others[:_OTHERS],
        silent=len(others[_OTHERS:]),
        queries=[path_query(story.a.iri.value, story.b.iri.value, one.reason) for one in told],
        drawing=around.urls.connections(keys, "json", {"view": "network"}),
        nodes=list(_drawn(story)[0].values()),
        formats=[(form.name, links[name]) for name, form in FORMATS.items()],
        key_of=lambda link: thing_key(link.iri.value) or "",
    )
    alternates = [(links[name], "alternate", form.media_type) for name, form in FORMATS.items()]
    return html(body, [*alternates, *licences()])


def data_of(around: Frame, keys: list[str], extension: str) -> flask.Response:
    """Return the explanation as data; Turtle has the statements that its paths are made of."""
    view = flask.request.args.get("view", "")
    if view not in ("", "network") or (view and extension != "json"):
        raise refused(around.words.faults.view)
    story, back = _story(around, keys), around.urls.connections(keys)
    if view:
        return json_answer(_network(around, story), back)
    if extension == "json":
        return json_answer(record(story), back)
    if extension == "csv":
        return csv_answer(COLUMNS, rows(story), back)
    hops = {step.hop for one in story.because for path in (*one.ours, *one.theirs) for step in path}
    lines = sorted(
        " ".join(term_text(Iri(part)) for part in (hop.subject, hop.predicate, hop.object)) + " ." for hop in hops
    )
    return data(
        convert("\n".join(lines), formats.TURTLE.media_type), formats.TURTLE, [(back, "alternate", "text/html")]
    )


def _story(around: Frame, keys: list[str]) -> Story:
    a, b = (place_of(around, key) for key in keys)
    if a == b:
        raise refused(around.words.connections.same)
    site = around.site
    return tell(site.engine, site.vocabulary, site.connections.explain(a, b), around.language)


def _drawn(story: Story) -> tuple[dict[str, Link], dict[tuple[str, str], Step]]:
    """Return the things and the steps of the picture: the first path of each side of the first reasons."""
    nodes, steps = {link.iri.value: link for link in (story.a, story.b)}, {}
    for one in [one for one in story.because if one.reason.kind != "source"][:_DRAWN]:
        for step in [step for paths in (one.ours, one.theirs) for path in paths[:1] for step in path]:
            nodes |= {link.iri.value: link for link in (step.subject, step.object)}
            steps[step.subject.iri.value, step.object.iri.value] = step
    return nodes, steps


def _network(around: Frame, story: Story) -> dict[str, object]:
    nodes, steps = _drawn(story)

    def node(link: Link) -> dict[str, object]:
        kind = (thing_key(link.iri.value) or "").partition("/")[0]
        return {
            "id": link.iri.value,
            "label": link.label.value,
            "kind": kind,
            "url": around.urls.link(link.iri.value),
        }

    return {
        "centre": story.a.iri.value,
        "nodes": [node(link) for link in nodes.values()],
        "edges": [
            {"source": source, "target": target, "label": step.predicate.label.value}
            for (source, target), step in steps.items()
        ],
    }
