"""The page of each kind of resource: which template, what comes first, and what schema.org calls it.

The first class of a thing that stands in the table decides. Kinds with much of their own are modules beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cityrights.resources.model import Description, Link, Statement
from cityrights.terms import Iri
from cityrights.vocabulary import CR, PREFIXES, RDF, SKOS
from cityrights_web.urls import thing_key
from cityrights_web.views.resource import claim, practice, source, territory
from cityrights_web.views.resource.heading import having
from cityrights_web.views.resource.view import Pointing, View


class Kind(Protocol):
    """What makes the page of one kind of thing: a template, what it shows first, and its schema.org description."""

    @property
    def TEMPLATE(self) -> str: ...  # noqa: N802

    def prepare(self, view: View) -> dict[str, object]: ...

    def schema(self, view: View) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Simple:
    """A kind whose page begins with a few facts and what points to it: actors, awards, events, people.

    What comes first: ``facts`` are properties of the thing, ``lead`` those that point to it, by local name.

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


class Institution:
    """Institutions and figures: what kind, for whom they answer, what they look like, what brought them about."""

    TEMPLATE = "things/institution.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        return {
            "facts_first": view.facts("kind", "institutionOf", "place", "country", "worksWith"),
            "mandate": view.facts("monitors", "offers", "targetGroup", "theme", "approach"),
            "likeness": view.facts("replicates", "similarTo"),
            "origin": view.facts("establishedThrough", "formedThrough", "follows", "respondsTo"),
            "lead": view.pointers("establishes", "replicates", "similarTo", "post"),
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        of = [item for item in view.d.values(CR + "institutionOf") if isinstance(item.value, Iri)]
        data: dict[str, object] = {"@type": "GovernmentOrganization"}
        if of:
            data["parentOrganization"] = [
                {
                    "@type": "GovernmentOrganization",
                    "@id": item.value.value,
                    "name": item.label.value if item.label else "",
                }
                for item in of
            ]
        return data


class Concept:
    """Themes and the other concepts: what they mean, what lies above and below, and what has them."""

    TEMPLATE = "things/concept.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        related = [item for entry in view.facts(SKOS + "relatedMatch") for item in entry.statements]
        lead = view.pointers("theme", "targetGroup", "kind", "status", "pillar", "section", "offers", "approach")
        return {
            "broader": view.facts(SKOS + "broader"),
            "narrower": [card for item in view.pointers("broader") for _, held in item.kinds for card in held],
            "goals": [(item, goal(item)) for item in related if _is_goal(item)],
            "articles": [(item, "") for item in related if not _is_goal(item)],
            "facts_first": view.facts(SKOS + "related", SKOS + "scopeNote"),
            "lead": lead,
            "places": places(lead),
            "having": having(view),
            "definition": view.facts(SKOS + "definition"),
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        scheme = view.d.iri.value.rpartition("/")[0]
        return {"@type": "DefinedTerm", "inDefinedTermSet": scheme, "termCode": view.key.rpartition("/")[2]}


def places(lead: tuple[Pointing, ...]) -> list[Link]:
    """Return the places of what has the concept, in the order of their names; what does not exist yet has none."""
    found: dict[str, Link] = {}
    for item in lead:
        for _, held in item.kinds:
            found |= {card.place.iri.value: card.place for card in held if card.place is not None and card.settled}
    return sorted(found.values(), key=lambda link: link.label.value.casefold())


def goal(statement: Statement) -> str:
    """Return the number of a Sustainable Development Goal or target: ``11.1``."""
    return statement.value.value.rstrip("/").rpartition("/")[2]


def _is_goal(statement: Statement) -> bool:
    return statement.value.value.startswith("http://metadata.un.org/sdg/")


class Connection:
    """A derived connection: from where to where, how strong, because of what; what it is made of stands elsewhere."""

    TEMPLATE = "things/connection.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        ends = [view.one(CR + name) for name in ("from", "to")]
        keys = [key for end in ends if end and (key := thing_key(end))]
        return {
            "facts_first": view.facts("from", "to", "rank", "strength", "because"),
            "explained": view.layout.urls.connections(keys) if len(keys) == 2 else None,
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        del view
        return {"@type": "Thing"}


INSTITUTION, CONCEPT, CONNECTION = Institution(), Concept(), Connection()

_BY_CLASS: dict[str, Kind] = {
    "Claim": claim, "GroupClaim": claim, "Source": source, "Practice": practice, "Body": INSTITUTION,
    "Figure": INSTITUTION, "Institution": INSTITUTION, "City": territory, "Department": territory,
    "Island": territory, "Country": territory, "Region": territory, "Territory": territory, "Theme": CONCEPT,
    "TargetGroup": CONCEPT, "Kind": CONCEPT, "Pillar": CONCEPT, "Status": CONCEPT, "Modality": CONCEPT,
    "Aspect": CONCEPT, "Section": CONCEPT, "Person": PERSON, "Holding": HOLDING, "Event": EVENT, "Award": AWARD,
    "Observation": OBSERVATION, "Population": OBSERVATION, "Instrument": INSTRUMENT, "LocalGovernment": GOVERNMENT,
    "GovernmentGroup": GOVERNMENT, "Association": ORGANISATION, "Organisation": ORGANISATION,
    "Network": ORGANISATION, "Partnership": PARTNERSHIP, "Reference": REFERENCE,
    "Connection": CONNECTION,
}  # fmt: skip


def kind_of(description: Description) -> Kind:
    """Return what makes the page of the thing described."""
    names = [link.iri.value.removeprefix(CR) for link in description.types]
    kind = next((_BY_CLASS[name] for name in names if name in _BY_CLASS), OTHER)
    if kind is INSTRUMENT and not _is_law(description):
        return GUIDE
    return kind


def _is_law(description: Description) -> bool:
    law = PREFIXES["eli"] + "LegalResource"
    return any(item.value.value == law for item in description.values(RDF + "type"))
