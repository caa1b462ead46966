"""People in their roles, and the roles themselves."""

from cityrights_web.pages.things.simple import Simple

PERSON = Simple(("memberOf",), ("holder", "saidBy"), "Person")
HOLDING = Simple(("holder", "role", "at", "post", "date"), (), "Role", (("roleName", "role"), ("startDate", "date")))
