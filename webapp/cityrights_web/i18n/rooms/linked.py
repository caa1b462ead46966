"""Words of the pages for those who program: vocabulary, downloads, conformance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkedWords:
    """Words of the pages for those who program: vocabulary, downloads, conformance, in one language."""

    conformance_title: str


EN = LinkedWords(
    conformance_title="Conformance",
)

FR = LinkedWords(
    conformance_title="Conformité",
)

ES = LinkedWords(
    conformance_title="Conformidad",
)
