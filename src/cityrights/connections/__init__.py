"""Connections: who is close to whom, why, and by which evidence. The measure is told in docs/connections.md."""

from cityrights.connections.choose import Filter
from cityrights.connections.graph import Chain, Community, Connections, Explanation, Neighbour
from cityrights.connections.practices import Likeness
from cityrights.connections.reasons import Hop, Reason, Way

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
