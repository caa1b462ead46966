"""Instruments: charters, laws, plans, guides; where they apply, for whom, and which practices adopted them."""

from cityrights_web.pages.things.simple import Simple

INSTRUMENT = Simple(
    ("kind", "place", "country", "targetGroup", "theme", "offers", "partner", "alignedWith", "reference"),
    ("adopts", "establishedThrough", "follows"),
    "Legislation",
)
GUIDE = Simple(INSTRUMENT.facts, INSTRUMENT.lead, "CreativeWork")
