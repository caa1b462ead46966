"""A derived connection: from where to where, how strong, because of what; what it is made of stands elsewhere."""

from __future__ import annotations

from cityrights.vocabulary import CR
from cityrights_web.urls import thing_key
from cityrights_web.views.resource.view import View

TEMPLATE = "things/connection.html"


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    ends = [view.one(CR + name) for name in ("from", "to")]
    keys = [key for end in ends if end and (key := thing_key(end))]
    return {
        "facts_first": view.facts("from", "to", "rank", "strength", "because"),
        "explained": view.layout.urls.connections(keys) if len(keys) == 2 else None,
    }


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    del view
    return {"@type": "Thing"}
