"""Build: parse → derive → index → swap. The same files give the same version on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cityrights.pipeline.steps import BuildReport, build

__all__ = ["BuildReport", "build"]


def __getattr__(name: str) -> Any:
    """Import at the first use: the process that reads files needs no more than its own module."""
    if name in __all__:
        from cityrights.pipeline import steps

        return getattr(steps, name)
    raise AttributeError(f"module 'cityrights.pipeline' has no attribute '{name}'")
