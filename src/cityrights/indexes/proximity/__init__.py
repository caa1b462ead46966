"""Connections: who is close to whom, why, and by which evidence. The measure is told in docs/connections.md."""

from cityrights.indexes.proximity.measure import Filter, Hop, Reason, Way
from cityrights.indexes.proximity.network import Likeness
from cityrights.indexes.proximity.reading import Chain, Community, Connections, Explanation, Neighbour

__all__ = [
    "Chain",
    "Community",
    "Connections",
    "Explanation",
    "Filter",
    "Hop",
    "Likeness",
    "Neighbour",
    "Reason",
    "Way",
]
