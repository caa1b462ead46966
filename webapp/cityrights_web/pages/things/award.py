"""Awards: who won them, when, from whom."""

from cityrights_web.pages.things.simple import Simple

AWARD = Simple(
    ("awardedTo", "awardedBy", "year", "theme", "targetGroup"), (), "CreativeWork", (("dateCreated", "year"),)
)
