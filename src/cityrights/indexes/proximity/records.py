"""Connections as plain records, for JSON and CSV: the same for the command line, the site and notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cityrights.indexes.proximity.telling import Because, Near, Step, Story
from cityrights.resources.model import Evidence, Link

#: The columns of :func:`rows`.
COLUMNS: Final = (
    "reason", "kind", "sentence", "counts", "of", "path", "hop", "direction", "subject", "subjectLabel", "predicate",
    "predicateLabel", "object", "objectLabel", "graph", "claim", "modality", "source", "firstLine", "lastLine",
)  # fmt: skip
_ENDS: Final = ("subject", "predicate", "object")


def record(story: Story) -> dict[str, Any]:
    """Return an explanation as what JSON can hold. ``direction`` is that of the path from a to b."""
    return {
        "a": named(story.a),
        "b": named(story.b),
        "connected": bool(story.because),
        "strength": round(story.strength, 4),
        "closeness": round(story.closeness, 4),
        "reasons": [_reason(one) for one in story.because],
        "routes": [
            {
                "places": [named(place) for place in route.places],
                "strength": round(route.strength, 4),
                "reasons": [_reason(one) for one in route.because],
            }
            for route in story.routes
        ],
    }


def neighbour_record(near: Near) -> dict[str, Any]:
    """Return a neighbour as what JSON can hold."""
    return {
        **named(near.place),
        "strength": round(near.strength, 4),
        "reasons": [_short(one) for one in near.because],
    }


def rows(story: Story) -> Iterator[tuple[object, ...]]:
    """Yield a row for each piece of evidence of each hop of each reason; direct reasons only, in their order."""
    for number, because in enumerate(story.because, 1):
        short = _short(because)
        for side, paths in (("a", because.ours), ("b", because.theirs)):
            for place, path in enumerate(paths, 1):
                for at, step in enumerate(path, 1):
                    told = _step(step)
                    triple = [told[end][key] for end in _ENDS for key in ("iri", "label")]
                    for proof in told["evidence"] or [{}]:
                        found = [proof.get(name) for name in ("graph", "claim", "modality", "source", "first", "last")]
                        before = [number, short["kind"], short["sentence"], short["counts"], side, place, at]
                        yield (*before, told["direction"], *triple, *found)


def named(link: Link) -> dict[str, str]:
    """Return a thing as its IRI and its label."""
    return {"iri": link.iri.value, "label": link.label.value}


def _short(because: Because) -> dict[str, Any]:
    return {
        "kind": because.reason.kind,
        "sentence": because.sentence,
        "counts": round(because.reason.counts, 4),
        "thing": because.reason.thing or None,
        "implied": [named(link) for link in because.implied],
    }


def _reason(because: Because) -> dict[str, Any]:
    return {
        **_short(because),
        "direct": because.reason.direct,
        "paths": [
            {"of": side, "hops": [_step(step) for step in path]}
            for side, paths in (("a", because.ours), ("b", because.theirs))
            for path in paths
        ],
        "pathsLeftOut": because.left_out,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "subject": named(step.subject),
        "predicate": named(step.predicate),
        "object": named(step.object),
        "direction": "forward" if step.hop.forward else "back",
        "evidence": [_proof(one) for one in step.evidence],
    }


def _proof(one: Evidence) -> dict[str, Any]:
    about = {"graph": one.provenance.graph.value, "origin": one.provenance.origin.value}
    if one.claim is None:
        return about
    return {
        **about,
        "claim": one.claim.iri.value,
        "modality": one.claim.modality.iri.value,
        "source": one.claim.source.iri.value,
        "first": one.claim.first,
        "last": one.claim.last,
        "text": one.claim.text.value,
    }
