"""Networks as JSON for the site's drawings; that of connections for Gephi and Cytoscape, too, and as a picture."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np

from cityrights.resources.model import Link
from cityrights_web.layout import Layout
from cityrights_web.urls import kind_of, thing_key

_WIDE, _HIGH, _EDGE = 1200, 800, 90
#: As the figure on the page is, so that names are as large there as they are meant to be.
_SHOWN_WIDE, _SHOWN_HIGH = 950, 430
#: Each community has a shape and a colour.
SHAPES: Final = ("circle", "square", "diamond", "triangle")
_STYLE: Final = """
svg { --paper: #fcfbf8; --ink: #1b2422; --edge: #7d857f; --c0: #0b5f5a; --c1: #7a2e7f; --c2: #8a4b08; --c3: #1f4e9c;
  --c4: #a3234e; --c5: #35641c; --c6: #4b3fa8; --c7: #46586a }
@media (prefers-color-scheme: dark) { svg { --paper: #131817; --ink: #e6ebe8; --edge: #7f8b86; --c0: #7cd3c6;
  --c1: #dba3e0; --c2: #f0bd7c; --c3: #8fb8f5; --c4: #f59cb5; --c5: #a5d68b; --c6: #b9b0fa; --c7: #b4c3d1 } }
.ground { fill: var(--paper) }
line { stroke: var(--edge) }
text { font: 14px system-ui, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink); text-anchor: middle;
  paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
"""
#: What XML 1.0 has no way to write (section 2.2); literals may have it.
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def in_xml(text: str) -> str:
    """Return a text with U+FFFD for what XML 1.0 has no way to write."""
    return _NOT_XML.sub("\ufffd", text)


def gather(layout: Layout, names: Mapping[str, Link], edges: Iterable[tuple[str, str, float]], most: int) -> Any:
    """Return the places that are joined, with all that is known of them, as a networkx Graph.

    ``most`` keeps the most central places only; 0 keeps all.
    """
    import networkx as nx  # it takes a while, and few servers need it

    held = layout.site.indexes.proximity
    rank = held.centrality()
    joined = [(a, b, strength) for a, b, strength in edges]
    kept = {place for edge in joined for place in edge[:2]}
    if most and len(kept) > most:
        kept = set(sorted(kept, key=lambda place: (-rank[place], place))[:most])
    found: Any = nx.Graph(name=layout.words.connections.title)
    for place in sorted(kept):
        number, key = held.number(place), thing_key(place) or ""
        found.add_node(
            place,
            label=names[place].label.value,
            kind=kind_of(place),
            url=layout.urls.connections([key]),
            community=int(held.network.community[number]),
            centrality=float(rank[place]),
            x=float(held.network.x[number]),
            y=float(held.network.y[number]),
        )
    found.add_weighted_edges_from((a, b, round(held, 4)) for a, b, held in joined if a in kept and b in kept)
    return found


def drawing(network: Any) -> dict[str, object]:
    """Return what the figure draws, and programs may read: nodes with their places, edges with their strength."""
    shape = {"x": _SHOWN_WIDE, "y": _SHOWN_HIGH}
    return {
        "centre": "",
        "nodes": [
            {"id": place, **about, **{axis: round(about[axis] * size, 1) for axis, size in shape.items()}}
            for place, about in network.nodes(data=True)
        ],
        "edges": [
            {"source": a, "target": b, "label": "", "strength": about["weight"]}
            for a, b, about in network.edges(data=True)
        ],
    }


def _writable(network: Any) -> Any:
    """Return a copy of a network with labels that XML can hold."""
    made = network.copy()
    for _, about in made.nodes(data=True):
        about["label"] = in_xml(about["label"])
    return made


def graphml(network: Any) -> bytes:
    """Write GraphML."""
    import networkx as nx

    out = io.BytesIO()
    nx.write_graphml_xml(_writable(network), out)
    return out.getvalue()


def gexf(network: Any) -> bytes:
    """Write GEXF 1.2, with the places of the picture."""
    import networkx as nx

    shown = _writable(network)
    for _, about in shown.nodes(data=True):
        about["viz"] = {"position": {"x": about.pop("x") * _WIDE, "y": -about.pop("y") * _HIGH, "z": 0.0}}
    return ("\n".join(nx.generate_gexf(shown)) + "\n").encode()


def svg(network: Any) -> bytes:
    """Draw the picture; it follows the reader's colour scheme."""
    spots = {place: _spot(about) for place, about in network.nodes(data=True)}
    lines = "".join(_line(spots[a], spots[b], about["weight"]) for a, b, about in network.edges(data=True))
    dots = "".join(_dot(*spots[place], about) for place, about in network.nodes(data=True))
    names = "".join(
        f'<text x="{spots[place][0]}" y="{spots[place][1] + 26}">{escape(in_xml(about["label"]))}</text>'
        for place, about in network.nodes(data=True)
    )
    title = escape(network.graph["name"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-labelledby="title">'
        f'<title id="title">{title}</title><style>{_STYLE}</style>'
        f'<rect class="ground" width="{_WIDE}" height="{_HIGH}"/>{lines}{dots}{names}</svg>\n'
    ).encode()


def _spot(about: Mapping[str, Any]) -> tuple[float, float]:
    x, y = (_EDGE + about[axis] * (size - 2 * _EDGE) for axis, size in (("x", _WIDE), ("y", _HIGH)))
    return float(np.round(x, 1)), float(np.round(y, 1))


def _line(one: Sequence[float], other: Sequence[float], strength: float) -> str:
    return (
        f'<line x1="{one[0]}" y1="{one[1]}" x2="{other[0]}" y2="{other[1]}" stroke-width="{0.5 + 2 * strength:.1f}"'
        f' opacity="{0.15 + strength / 2:.2f}"/>'
    )


def _dot(x: float, y: float, about: Mapping[str, Any]) -> str:
    shape, fill = SHAPES[about["community"] % len(SHAPES)], f"var(--c{about['community'] % 8})"
    if shape == "circle":
        return f'<circle cx="{x}" cy="{y}" r="10" fill="{fill}"/>'
    corners = {
        "square": ((-9, -9), (9, -9), (9, 9), (-9, 9)),
        "diamond": ((0, -12), (12, 0), (0, 12), (-12, 0)),
        "triangle": ((0, -11), (11, 9), (-11, 9)),
    }[shape]
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" fill="{fill}"/>'
