"""Kinds of resources whose page begins with a few facts and what points to them: actors, awards, events, people …"""

from __future__ import annotations

from dataclasses import dataclass

from cityrights.vocabulary import CR
from cityrights_web.views.resource.view import View


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


_OF_ALL = ("kind", "governs", "place", "country", "memberOf", "cooperatesWith", "approach", "targetGroup", "theme")
_LEAD = (
    "implementedBy", "institutionOf", "awardedTo", "awardedBy", "partner", "funder", "organiser", "memberOf", "at",
    "worksWith", "cooperatesWith",
)  # fmt: skip

GOVERNMENT = Simple(_OF_ALL, _LEAD, "GovernmentOrganization")
ORGANISATION = Simple((*_OF_ALL, "partnerIn", "formedThrough", "offers"), _LEAD, "Organization")
PARTNERSHIP = Simple(("partner", "partnerIn", "role"), (), "Role", (("roleName", "role"),))


AWARD = Simple(
    ("awardedTo", "awardedBy", "year", "theme", "targetGroup"), (), "CreativeWork", (("dateCreated", "year"),)
)


EVENT = Simple(
    ("start", "end", "recurrence", "setting", "place", "country", "kind", "organiser", "partner", "participantsFrom"),
    ("organises",),
    "Event",
    (("startDate", "start"), ("endDate", "end")),
)


INSTRUMENT = Simple(
    ("kind", "place", "country", "targetGroup", "theme", "offers", "partner", "alignedWith", "reference"),
    ("adopts", "establishedThrough", "follows"),
    "Legislation",
)
GUIDE = Simple(INSTRUMENT.facts, INSTRUMENT.lead, "CreativeWork")


OBSERVATION = Simple(
    ("printed", "comparator", "value", "unit", "of", "date", "dating"),
    (),
    "Observation",
    (("observationDate", "date"),),
)


REFERENCE = Simple(("http://schema.org/url",), ("reference",), "WebPage")
OTHER = Simple(())


PERSON = Simple(("memberOf",), ("holder", "saidBy"), "Person")
HOLDING = Simple(("holder", "role", "at", "post", "date"), (), "Role", (("roleName", "role"), ("startDate", "date")))
