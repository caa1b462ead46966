"""Figures: what was counted, as it is printed, and how it can be read."""

from cityrights_web.pages.things.simple import Simple

OBSERVATION = Simple(
    ("printed", "comparator", "value", "unit", "of", "date", "dating"),
    (),
    "Observation",
    (("observationDate", "date"),),
)
