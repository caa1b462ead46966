"""Which module makes the page of which class; the first class of a thing that stands here decides."""

from __future__ import annotations

from typing import Protocol

from cityrights.describe import Description
from cityrights.namespaces import CR, PREFIXES, RDF
from cityrights_web.pages.things import claim, concept, connection, institution, practice, source, territory
from cityrights_web.pages.things.actor import GOVERNMENT, ORGANISATION, PARTNERSHIP
from cityrights_web.pages.things.award import AWARD
from cityrights_web.pages.things.event import EVENT
from cityrights_web.pages.things.instrument import GUIDE, INSTRUMENT
from cityrights_web.pages.things.observation import OBSERVATION
from cityrights_web.pages.things.other import OTHER, REFERENCE
from cityrights_web.pages.things.person import HOLDING, PERSON
from cityrights_web.pages.things.view import View


class Kind(Protocol):
    """What makes the page of one kind of thing: a template, what it shows first, and its schema.org description."""

    @property
    def TEMPLATE(self) -> str: ...  # noqa: N802

    def prepare(self, view: View) -> dict[str, object]: ...

    def schema(self, view: View) -> dict[str, object]: ...


_BY_CLASS: dict[str, Kind] = {
    "Claim": claim, "GroupClaim": claim, "Source": source, "Practice": practice, "Body": institution,
    "Figure": institution, "Institution": institution, "City": territory, "Department": territory,
    "Island": territory, "Country": territory, "Region": territory, "Territory": territory, "Theme": concept,
    "TargetGroup": concept, "Kind": concept, "Pillar": concept, "Status": concept, "Modality": concept,
    "Aspect": concept, "Section": concept, "Person": PERSON, "Holding": HOLDING, "Event": EVENT, "Award": AWARD,
    "Observation": OBSERVATION, "Population": OBSERVATION, "Instrument": INSTRUMENT, "LocalGovernment": GOVERNMENT,
    "GovernmentGroup": GOVERNMENT, "Association": ORGANISATION, "Organisation": ORGANISATION,
    "Network": ORGANISATION, "Partnership": PARTNERSHIP, "Reference": REFERENCE,
    "Connection": connection,
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
