"""Build: parse → derive → index → swap. The same files give the same version on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cityrights.build.pipeline import BuildReport, build

__all__ = ["BuildReport", "build"]


def __getattr__(name: str) -> Any:
    """Import at the first use: the process that reads files needs no more than its own module."""
    if name in __all__:
        from cityrights.build import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'cityrights.build' has no attribute '{name}'")
