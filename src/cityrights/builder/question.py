"""A question as somebody has put it together. It is always whole: whatever it names, the schema has."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cityrights.builder.schema import Class, Path, Property

#: What stands for the name of a thing where rows are sorted.
NAME = "name"


class How(StrEnum):
    """How a condition holds: it has such a value, has none such, has any value, has none."""

    IS = "is"
    NOT = "not"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: where a path of properties leads, and what is to be there.

    ``values`` are IRIs, codes, or one text to be contained, as the last property has it; of several, one is enough.
    ``low`` and ``high`` bound numbers, and the years of dates; both are themselves within.
    """

    path: Path
    how: How = How.IS
    values: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def end(self) -> Property:
        """The property whose values are asked about."""
        return self.path[-1]

    @property
    def finished(self) -> bool:
        """Say whether it asks for anything yet."""
        return not self.asks_values or bool(self.values) or self.low is not None or self.high is not None

    @property
    def asks_values(self) -> bool:
        """Say whether it is about certain values, not about any."""
        return self.how in (How.IS, How.NOT)


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for, which conditions it has to meet, and what of it to show, in which order, how much of it.

    ``conditions`` that are not finished ask for nothing. Rows are in the order of their names, or of what one of the
    ``columns`` shows. What is underway or planned is left out unless ``everything``.
    """

    of: Class
    conditions: tuple[Condition, ...] = ()
    columns: tuple[Path, ...] = ()
    sort: Path | None = None
    descending: bool = False
    limit: int | None = None
    everything: bool = False

    @property
    def asked(self) -> tuple[Condition, ...]:
        """The conditions that ask for something."""
        return tuple(each for each in self.conditions if each.finished)

    @property
    def settled_only(self) -> bool:
        """Say whether what is underway or planned is left out: not where a condition asks for a status."""
        status = self.of.status
        return not self.everything and all(each.path != (status,) for each in self.asked)
