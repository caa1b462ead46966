"""``connect`` and ``neighbours``: how two places are connected, and which are closest to one."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.text import Text

import cityrights
from cityrights.cli.console import console, notes
from cityrights.cli.read import opened, snapshot_option
from cityrights.errors import UnknownThing
from cityrights.indexes.proximity import Connections
from cityrights.indexes.proximity.telling import ExplanationInWords, neighbour_record, record
from cityrights.library.queries import nearest as nearest_language
from cityrights.resources.model import Evidence, Origin
from cityrights.vocabulary import ID, LANGUAGE

_language = click.option(
    "--language", type=click.Choice(["en", "fr", "es"]), default=nearest_language(LANGUAGE), show_default=True
)
_json = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
#: Reasons of each neighbour that are printed.
_REASONS = 3
_WHO = {Origin.EDITORIAL: "told by the editors", Origin.DECISION: "decided by the editors"}


@click.command()
@click.argument("a")
@click.argument("b")
@_language
@_json
@snapshot_option
def connect(a: str, b: str, language: str, snapshot: Path | None, *, as_json: bool) -> None:
    """Tell how the places A and B are connected: utrecht, department/seine-saint-denis, or an IRI."""
    with cityrights.open(opened(snapshot).path) as graph:
        story = graph.explain(_place(graph.connections, a), _place(graph.connections, b), language)
    if as_json:
        console.out(_dumped(record(story)))
    else:
        _show(story)


@click.command()
@click.argument("place")
@click.option("--theme", "themes", multiple=True, help="Only by what has this theme: housing … (repeatable).")
@click.option("--kind", "kinds", multiple=True, help="Only by institutions or instruments of this kind: council …")
@click.option("--source", "sources", multiple=True, help="Only by what this document tells of: twenty-practices …")
@click.option("--all", "unsettled", is_flag=True, help="Count what is underway or planned, too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@_language
@_json
@snapshot_option
def neighbours(
    place: str,
    themes: tuple[str, ...],
    kinds: tuple[str, ...],
    sources: tuple[str, ...],
    limit: int,
    language: str,
    snapshot: Path | None,
    *,
    unsettled: bool,
    as_json: bool,
) -> None:
    """List the places closest to PLACE, with the reasons."""
    with cityrights.open(opened(snapshot).path) as graph:
        iri = _place(graph.connections, place)
        near = graph.neighbours(iri, limit, language, themes=themes, kinds=kinds, sources=sources, unsettled=unsettled)
    if as_json:
        console.out(_dumped({"place": iri, "neighbours": [neighbour_record(one) for one in near]}))
        return
    for one in near:
        console.print(Text(one.place.label.value, style="bold"), Text(f" {one.strength:.2f}", style="dim"))
        for because in one.because[:_REASONS]:
            console.print(Text(f"  {because.sentence}"))
    if not near:
        notes.print("no other place is connected with it by this, in the sources")


def _place(connections: Connections, name: str) -> str:
    """Return the IRI of a place by its name on the command line. Raises a usage error that says what was meant."""
    try:
        return connections.find(name)
    except UnknownThing as error:
        raise click.UsageError(str(error)) from error


def _show(story: ExplanationInWords) -> None:
    names = f"{story.a.label.value} – {story.b.label.value}"
    console.print(Text(names, style="bold"), Text(f" {story.strength:.2f}", style="dim"))
    for because in story.because:
        console.print(Text(because.sentence))
        for path in (*because.ours, *because.theirs):
            for step in path:
                triple = (step.subject.label.value, step.predicate.label.value, step.object.label.value)
                marks = f" ({'; '.join(step.marks)})" if step.marks else ""
                console.print(Text("  " + " – ".join(triple) + marks), Text(f" {_said(step.evidence)}", style="dim"))
        if because.left_out:
            console.print(Text(f"  and {because.left_out} more ways", style="dim"))
    if not story.because:
        notes.print("no connection in the sources")
    for route in story.routes:
        console.print(Text("By way of others: " + " → ".join(place.label.value for place in route.places)))
        for because in route.because:
            console.print(Text(f"  {because.sentence}"))


def _said(evidence: tuple[Evidence, ...]) -> str:
    """Return who says so: the claims with their lines, else the kind of graph."""
    claims = [one.claim for one in evidence if one.claim is not None]
    if not claims:
        return ", ".join(dict.fromkeys(_WHO.get(one.provenance.origin, one.provenance.origin) for one in evidence))
    told = ((claim.iri.value.removeprefix(ID), claim.where) for claim in claims)
    return "; ".join(f"{name} ({where})" if where else name for name, where in told)


def _dumped(content: object) -> str:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
