"""Kinds of things whose page begins with a few facts and what points to them, and needs no layout of its own."""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.namespaces import CR
from cityrights_web.pages.things.view import View


@dataclass(frozen=True, slots=True)
class Simple:
    """What comes first: ``facts`` are properties of the thing, ``lead`` those that point to it, by local name.

    ``schema_type`` is its class in schema.org, ``dates`` the properties there that are given from ours.
    """

    facts: tuple[str, ...]
    lead: tuple[str, ...] = ()
    schema_type: str = "Thing"
    dates: tuple[tuple[str, str], ...] = ()
    TEMPLATE: str = "things/simple.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        return {"facts_first": view.facts(*self.facts), "lead": view.pointers(*self.lead)}

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        data: dict[str, object] = {"@type": self.schema_type}
        for name, ours in self.dates:
            values = [item.value.value for item in view.d.values(CR + ours)]
            if values:
                data[name] = max(values, key=len)  # where sources differ, a date before a day of any year
        return data
