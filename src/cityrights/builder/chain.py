"""The way along a path of properties, as patterns."""

from __future__ import annotations

from collections.abc import Iterator

from cityrights.builder.schema import Path, Property, Schema
from cityrights.builder.writing import Writing
from cityrights.catalogue.lists import UNSETTLED
from cityrights.namespaces import CR


def chain(
    schema: Schema, path: Path, start: str, end: str, writing: Writing, *, stem: str, settled: bool, stop: bool = False
) -> Iterator[str]:
    """Write the way along a path from ``start`` to ``end``, by things on the way that are called after ``stem``.

    With ``settled``, things on the way that do not exist yet lead nowhere; nor does one at the end of the path, where
    the path has to ``stop`` at anything at all.
    """
    at = start
    for number, step in enumerate(path, 1):
        following = path[number] if number < len(path) else None
        to = end if following is None else f"{stem}_{number}"
        yield _pattern(at, step, to, writing)
        if step.inverse:  # things of other classes may point here in the same way
            yield f"{to} a {writing.iri(step.classes[0])} ."
        beyond = schema.beyond(step)
        status = beyond.status if beyond is not None else None
        if settled and status is not None and following != status and (stop or following is not None):
            yield from exists(to, writing)
        at = to


def exists(thing: str, writing: Writing) -> Iterator[str]:
    """Write that a thing is not underway or planned."""
    for status in UNSETTLED:
        yield f"FILTER NOT EXISTS {{ {thing} {writing.iri(CR + 'status')} {writing.iri(status)} }}"


def _pattern(at: str, step: Property, to: str, writing: Writing) -> str:
    way = "|".join(writing.iri(iri) for iri in step.iris)
    if step.transitive:
        way = f"({way})+" if len(step.iris) > 1 else f"{way}+"
    return f"{to} {way} {at} ." if step.inverse else f"{at} {way} {to} ."
