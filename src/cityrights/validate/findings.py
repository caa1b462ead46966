"""A finding: what is wrong, where, by which rule, and what repairs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that a check found.

    ``where`` is ``path:line`` or the IRI of the thing, ``rule`` the name of the check (a file or constraint name),
    ``message`` what is wrong, ``repair`` the command or edit that mends it.
    """

    where: str
    rule: str
    message: str
    repair: str = ""
    severity: Literal["error", "warning"] = "error"

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain strings, for ``--json``."""
        return asdict(self)
