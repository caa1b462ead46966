"""Build: parse → derive → index → swap. The same files give the same version on any machine."""

from cityrights.build.pipeline import BuildReport, build

__all__ = ["BuildReport", "build"]
