"""Events: when, where, who called them, who came."""

from cityrights_web.pages.things.simple import Simple

EVENT = Simple(
    ("start", "end", "recurrence", "setting", "place", "country", "kind", "organiser", "partner", "participantsFrom"),
    ("organises",),
    "Event",
    (("startDate", "start"), ("endDate", "end")),
)
