"""/page/…: everything that the graph says of one thing, each statement with its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import flask
from flask import Flask

from cityrights.describe import PAGE, AboutLine, Card, Description, Incoming, Iri, Link, Literal, ask, describe, shown
from cityrights.describe.claims import about_lines
from cityrights.describe.vocabulary import gather_labels
from cityrights.namespaces import CR
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.grouping import group
from cityrights_web.pages.identity import alternates, unknown
from cityrights_web.pages.request import LICENCE, frame, html, page_number
from cityrights_web.shell.context import Site
from cityrights_web.urls import thing_iri, thing_key

#: Statuses of what does not exist yet.
UNSETTLED = ("underway", "planned")


#: Kinds of things that point here, the most telling first; the others follow.
_ORDER = (
    "practice",
    "institution",
    "instrument",
    "event",
    "network",
    "award",
    "observation",
    "government",
    "organisation",
)

#: Kinds of things that readers open to see what belongs to them: it comes before what is said of the thing itself.
_POINTED_AT = frozenset({
    "city", "department", "island", "country", "region", "theme", "target-group", "kind", "section", "pillar", "status",
})  # fmt: skip

#: Claims that a page shows at once; the rest is one click away.
_SHOWN_CLAIMS = 6


@dataclass(frozen=True, slots=True)
class Pointing:
    """Things of one kind that point here with one property, and the page of them that is shown."""

    predicate: Link
    total: int
    first: int
    last: int
    kinds: tuple[tuple[str, tuple[Card, ...]], ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Triple:
    """One triple of a claim's graph, with labels."""

    subject: Link
    predicate: Link
    value: Iri | Literal
    label: Literal | None


def register(app: Flask, site: Site) -> None:
    """Add the route."""

    @app.get("/page/<path:key>")
    def page(key: str) -> flask.Response:
        number, only = page_number(), flask.request.args.get("by")
        around = frame(site)
        predicate = CR + only if only else None
        found = describe(site.engine, site.vocabulary, thing_iri(key), around.language, page=number, only=predicate)
        if found is None:
            raise unknown(thing_iri(key))
        context = _context(around, found, key, number, only)
        if found.is_a(CR + "Claim") or found.is_a(CR + "GroupClaim"):
            body = around.render("claim.html", **context, **_claim(around, found))
        else:
            body = around.render("thing.html", **context)
        described_by = (around.urls.data(key, "ttl"), "describedby", "text/turtle")
        links = [
            (found.iri.value, "canonical", ""),
            described_by,
            *alternates(around.urls, key),
            (LICENCE, "license", ""),
        ]
        return html(body, links)


def _context(around: Frame, found: Description, key: str, number: int, only: str | None) -> dict[str, object]:
    statuses = [statement.value.value.rpartition("/")[2] for statement in found.values(CR + "status")]
    sections = {"challenge": "challenge", "approach": "solution", "takeaways": "takeaway"}
    told = (
        [(name, [line for line in found.claims if link in line.links]) for name, link in sections.items()]
        if found.is_a(CR + "Practice")
        else []
    )
    used = {line.claim.iri for _, lines in told for line in lines}
    return {
        "d": found,
        "key": key,
        "kind": key.partition("/")[0],
        "groups": group(found),
        "chips": [*found.values(CR + "status"), *found.values(CR + "place")],
        "told": [(name, lines) for name, lines in told if lines],
        "others": [line for line in found.claims if line.claim.iri not in used],
        "at_once": _SHOWN_CLAIMS,
        "incoming": list(_pointing(around, found.incoming, key, number, only)),
        "pointing_first": key.partition("/")[0] in _POINTED_AT,
        "unsettled": next((name for name in statuses if name in UNSETTLED), None),
        "query": shown("thing_statements", {"thing": found.iri}),
    }


def _pointing(
    around: Frame, incoming: Iterable[Incoming], key: str, number: int, only: str | None
) -> Iterable[Pointing]:
    for item in incoming:
        name = item.predicate.iri.local_name
        here = number if only in (None, name) else 1
        kinds: defaultdict[str, list[Card]] = defaultdict(list)
        for card in item.cards:
            kinds[(thing_key(card.thing.iri.value) or "").partition("/")[0]].append(card)
        first, last = (here - 1) * PAGE + 1, min(here * PAGE, item.total)

        def turn(to: int, name: str = name) -> str:
            return around.urls.page(key, {"by": name, "page": str(to)}) + f"#by-{name}"

        yield Pointing(
            item.predicate,
            item.total,
            first,
            last,
            tuple((kind, tuple(kinds[kind])) for kind in sorted(kinds, key=_rank)),
            turn(here - 1) if here > 1 else None,
            turn(here + 1) if last < item.total else None,
        )


def _rank(kind: str) -> tuple[int, str]:
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), kind)


def _claim(around: Frame, found: Description) -> dict[str, object]:
    """What the page of a claim has beside the rest: its sentence, its lines, and the triples of its graph."""
    site, language = around.site, around.language
    rows = ask(site.engine, "claim_graph", {"claim": found.iri})
    labels = {**gather_labels(rows, "s", "sLabel"), **gather_labels(rows, "o", "oLabel")}
    triples: dict[tuple[str, str, str], Triple] = {}
    for row in rows:
        subject, predicate, value = row["s"], row["p"], row["o"]
        triples[str(subject), str(predicate), repr(value)] = Triple(
            site.vocabulary.link(Iri(str(subject)), language, labels.get(str(subject), ())),
            site.vocabulary.link(Iri(str(predicate)), language),
            value,
            site.vocabulary.label(value.value, language, labels.get(value.value, ()))
            if isinstance(value, Iri)
            else None,
        )
    line = own_line(around, found)
    return {
        "triples": sorted(triples.values(), key=lambda item: (item.subject.label.value, item.predicate.label.value)),
        "line": line,
    }


def own_line(around: Frame, found: Description) -> AboutLine | None:
    """Return the claim itself as a line of evidence."""
    rows = ask(around.site.engine, "claim_line", {"claim": found.iri})
    return next(iter(about_lines(rows, around.site.vocabulary, around.language)), None)
