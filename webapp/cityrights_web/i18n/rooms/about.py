"""Words of what this is, accessibility, privacy, corrections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AboutWords:
    """Words of what this is, accessibility, privacy, corrections, in one language."""

    accessibility_title: str
    privacy_title: str


EN = AboutWords(
    accessibility_title="Accessibility",
    privacy_title="Privacy",
)

FR = AboutWords(
    accessibility_title="Accessibilité",
    privacy_title="Vie privée",
)

ES = AboutWords(
    accessibility_title="Accesibilidad",
    privacy_title="Privacidad",
)
