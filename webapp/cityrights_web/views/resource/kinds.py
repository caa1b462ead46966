"""Which module makes the page of which class; the first class of a thing that stands here decides."""

from __future__ import annotations

from typing import Protocol

from cityrights.resources.model import Description
from cityrights.vocabulary import CR, PREFIXES, RDF
from cityrights_web.views.resource import claim, concept, connection, institution, practice, source, territory
from cityrights_web.views.resource.simple import (
    AWARD,
    EVENT,
    GOVERNMENT,
    GUIDE,
    HOLDING,
    INSTRUMENT,
    OBSERVATION,
    ORGANISATION,
    OTHER,
    PARTNERSHIP,
    PERSON,
    REFERENCE,
)
from cityrights_web.views.resource.view import View


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
