"""Connections in words and with evidence: what :mod:`cityrights.connections` finds, as readers and programs need it."""

from cityrights.describe.connected.paths import path_query
from cityrights.describe.connected.records import COLUMNS, neighbour_record, record, rows
from cityrights.describe.connected.tell import (
    Because,
    Near,
    Route,
    Step,
    Story,
    name_all,
    tell,
    tell_neighbours,
)

__all__ = [
    "COLUMNS",
    "Because",
    "Near",
    "Route",
    "Step",
    "Story",
    "name_all",
    "neighbour_record",
    "path_query",
    "record",
    "rows",
    "tell",
    "tell_neighbours",
]
