"""Filters: which links and ties count when only some themes, kinds, groups or documents are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cityrights.connections.measure import Chosen, everything, settled
from cityrights.connections.table import Table
from cityrights.errors import UnknownThing


@dataclass(frozen=True, slots=True)
class Filter:
    """What must hold of the practices, institutions and instruments that connect places.

    ``having`` are IRIs of themes, kinds, target groups, approaches, sources …: each item must have all of them, or
    something narrower. ``unsettled`` lets in what is underway or planned.
    """

    having: tuple[str, ...] = ()
    unsettled: bool = False


ALL_SETTLED = Filter()


def choose(table: Table, wanted: Filter) -> Chosen:
    """Return the rows of the table that a filter leaves. Raises UnknownThing for what nothing in it has."""
    chosen = everything(table) if wanted.unsettled else settled(table)
    for iri in wanted.having:
        items = _items(table, iri)
        links = chosen.links & np.isin(table.link["item"], items)
        ties = chosen.ties & (np.isin(table.tie["from"], items) | np.isin(table.tie["to"], items))
        chosen = Chosen(links, ties)
    return chosen


def _items(table: Table, iri: str) -> npt.NDArray[np.int32]:
    number = table.number(iri)
    below = _below(table, number)
    items = np.unique(table.link["item"][np.isin(table.link["feature"], below)])
    if number < 0 or not len(items):
        raise UnknownThing(iri, "nothing that a place has is about this, or of this kind")
    return items


def _below(table: Table, concept: int) -> npt.NDArray[np.int32]:
    """Return a concept and everything narrower."""
    found, fresh = {concept}, {concept}
    while fresh:
        near = table.narrow[np.isin(table.broad, list(fresh))].tolist()
        fresh = set(near) - found
        found |= fresh
    return np.array(sorted(found), dtype=np.int32)
