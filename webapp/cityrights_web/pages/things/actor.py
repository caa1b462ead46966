"""Those who act: local governments and groups of them, associations, organisations, networks, partnerships."""

from cityrights_web.pages.things.simple import Simple

_OF_ALL = ("kind", "governs", "place", "country", "memberOf", "cooperatesWith", "approach", "targetGroup", "theme")
_LEAD = (
    "implementedBy", "institutionOf", "awardedTo", "awardedBy", "partner", "funder", "organiser", "memberOf", "at",
    "worksWith", "cooperatesWith",
)  # fmt: skip

GOVERNMENT = Simple(_OF_ALL, _LEAD, "GovernmentOrganization")
ORGANISATION = Simple((*_OF_ALL, "partnerIn", "formedThrough", "offers"), _LEAD, "Organization")
PARTNERSHIP = Simple(("partner", "partnerIn", "role"), (), "Role", (("roleName", "role"),))
