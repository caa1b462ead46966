"""What connects two places, and how much each kind of it weighs. The reasons stand in docs/connections.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cityrights.namespaces import CR, ID

Broader = str
#: How far up the hierarchy of concepts a thing counts: not at all, below the heads of a scheme, or all the way.
NONE: Final[Broader] = "none"
INNER: Final[Broader] = "inner"
ALL: Final[Broader] = "all"


@dataclass(frozen=True, slots=True)
class Feature:
    """A kind of thing that two places may share.

    ``predicate`` leads from what a place has (a practice, an institution …) to it; ``of`` limits it to things of one
    class. ``weight`` is what sharing one that nobody else has would count, before rarity.
    """

    name: str
    predicate: str
    weight: float
    of: str = ""
    broader: Broader = NONE


@dataclass(frozen=True, slots=True)
class Tie:
    """A kind of direct tie between two places; ``weight`` is what one of it counts."""

    name: str
    weight: float


FEATURES: Final[tuple[Feature, ...]] = (
    Feature("theme", CR + "theme", 1.0),
    Feature("target-group", CR + "targetGroup", 0.6, broader=ALL),
    Feature("institution-kind", CR + "kind", 1.0, of="Institution", broader=INNER),
    Feature("instrument-kind", CR + "kind", 0.7, of="Instrument", broader=INNER),
    Feature("approach", CR + "approach", 0.8, broader=INNER),
    Feature("service", CR + "offers", 0.6),
    Feature("partner", CR + "partner", 0.8),
    Feature("works-with", CR + "worksWith", 0.8),
    Feature("network", CR + "memberOf", 1.0),
    Feature("statement", CR + "subject", 0.4),
    Feature("pillar", CR + "pillar", 0.1),
    Feature("section", CR + "section", 0.1),
    Feature("source", CR + "source", 0.1),
)

#: What a concept counts that a thing has only by way of a narrower one.
BY_WAY: Final = 0.5
#: A shared thing that counts less than this for two places explains nothing, and does not count.
FLOOR: Final = 0.02

TIES: Final[tuple[Tie, ...]] = (
    Tie("cooperates-with", 1.2),
    Tie("replicates", 1.2),
    Tie("similar-to", 1.2),
    Tie("same-practice", 1.0),
    Tie("event", 0.6),
)

#: Classes of what a place has.
ITEMS: Final = ("Practice", "Institution", "Instrument")
#: Statuses of what does not exist yet: it counts only when it is asked for.
UNSETTLED: Final = frozenset({f"{ID}status/underway", f"{ID}status/planned"})
ASSERTED: Final = f"{ID}modality/asserted"
