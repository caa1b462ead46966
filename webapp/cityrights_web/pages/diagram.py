"""/ontology/diagram.svg: the main classes and what joins them, drawn from the vocabulary's own labels.

A file of its own with its own style sheet, so that it follows the reader's colour scheme and can be taken along.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Final
from xml.sax.saxutils import escape

#: Where the middle of each class stands.
PLACES: Final[Mapping[str, tuple[int, int]]] = {
    "Source": (110, 45), "Passage": (400, 45), "Claim": (700, 45),
    "Theme": (110, 185), "Practice": (400, 185), "TargetGroup": (700, 185),
    "Actor": (110, 270), "LocalGovernment": (110, 347), "Territory": (715, 347),
    "Kind": (95, 470), "Institution": (310, 470), "Instrument": (510, 470), "Event": (715, 470),
}  # fmt: skip
#: From, property (none where the one is a kind of the other), to, and how far along the line its name stands.
JOINS: Final = (
    ("Claim", "passage", "Passage", 0.5),
    ("Passage", "source", "Source", 0.5),
    ("Claim", "subject", "Practice", 0.5),
    ("Practice", "theme", "Theme", 0.5),
    ("Practice", "targetGroup", "TargetGroup", 0.5),
    ("Practice", "implementedBy", "Actor", 0.5),
    ("Practice", "place", "Territory", 0.5),
    ("LocalGovernment", "", "Actor", 0.5),
    ("LocalGovernment", "governs", "Territory", 0.5),
    ("Practice", "establishes", "Institution", 0.74),
    ("Practice", "adopts", "Instrument", 0.74),
    ("Practice", "organises", "Event", 0.8),
    ("Institution", "kind", "Kind", 0.5),
)
_HALF: Final = (86, 22)
_STYLE: Final = """
svg { --paper: #fcfbf8; --panel: #f3f1ea; --ink: #1b2422; --soft: #55605c; --accent: #0b5f5a }
@media (prefers-color-scheme: dark) { svg { --paper: #131817; --panel: #1c2322; --ink: #e6ebe8; --soft: #a3afaa;
  --accent: #7cd3c6 } }
rect { fill: var(--panel); stroke: var(--accent); stroke-width: 1.5 }
.ground { fill: var(--paper); stroke: none }
.main rect { stroke-width: 3 }
text { font: 15px system-ui, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink);
  text-anchor: middle; dominant-baseline: central }
g text { font-weight: 600; font-size: 14px }
line { stroke: var(--soft); stroke-width: 1.25; marker-end: url(#end) }
.kind { stroke-dasharray: 5 4 }
marker path { fill: var(--soft) }
.join { font-size: 13px; fill: var(--soft); paint-order: stroke;
  stroke: var(--paper); stroke-width: 6px; stroke-linejoin: round }
"""


def draw(labels: Mapping[str, str], title: str) -> bytes:
    """Return the drawing as SVG; ``labels`` name classes and properties, and what is not in it is left out."""
    joins = [join for join in JOINS if all(name in labels for name in join[:3] if name)]
    lines = "".join(_line(PLACES[one], PLACES[two], bool(name)) for one, name, two, _ in joins)
    names = "".join(_name(labels[name], PLACES[one], PLACES[two], along) for one, name, two, along in joins if name)
    boxes = "".join(_box(name, labels[name]) for name in PLACES if name in labels)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 810 515" role="img" aria-labelledby="title">'
        f'<title id="title">{escape(title)}</title><style>{_STYLE}</style>'
        '<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 10 5 0 10z"/></marker></defs>'
        f'<rect class="ground" width="810" height="515"/>{lines}{boxes}{names}</svg>\n'
    ).encode()


def _box(name: str, label: str) -> str:
    x, y = PLACES[name]
    width, height = _HALF
    kind = ' class="main"' if name == "Practice" else ""
    return (
        f'<g{kind}><rect x="{x - width}" y="{y - height}" width="{2 * width}" height="{2 * height}" rx="7"/>'
        f'<text x="{x}" y="{y}">{escape(label)}</text></g>'
    )


def _edge(of: tuple[int, int], to: tuple[int, int]) -> tuple[float, float]:
    """Where the line from the middle of a box to ``to`` leaves the box, with a little room."""
    across, down = to[0] - of[0], to[1] - of[1]
    scale = min(_HALF[0] / abs(across) if across else 9.0, _HALF[1] / abs(down) if down else 9.0)
    room = 3 / hypot(across, down)
    return of[0] + across * (scale + room), of[1] + down * (scale + room)


def _line(one: tuple[int, int], two: tuple[int, int], named: bool) -> str:
    (x1, y1), (x2, y2) = _edge(one, two), _edge(two, one)
    kind = "" if named else ' class="kind"'
    return f'<line{kind} x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _name(label: str, one: tuple[int, int], two: tuple[int, int], along: float) -> str:
    (x1, y1), (x2, y2) = _edge(one, two), _edge(two, one)
    lift = -11 if y1 == y2 else 0
    x, y = x1 + (x2 - x1) * along, y1 + (y2 - y1) * along + lift
    return f'<text class="join" x="{x:.1f}" y="{y:.1f}">{escape(label)}</text>'
