"""Drafts while somebody edits: what a check finds in the files of one, told where the site finds it; earlier ones.

<directory>/.draft-<version>      the lines and indexes that the site shows pages from (``pipeline/light_draft.py``)
<directory>/draft-findings.json   what was found, for the banner of the draft
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cityrights.snapshot import DRAFT

if TYPE_CHECKING:  # what checks takes a while to import, and who shows what was found needs none of it
    from cityrights.check.rules import Finding

#: How the name of a folder begins that holds such a snapshot.
LIGHT: Final = ".draft-"
_FINDINGS: Final = "draft-findings.json"
#: Lines of a file that are shown around one where something was found.
_AROUND: Final = 2
#: So many findings are told with their lines; a larger file is not read for them.
_TOLD: Final = 50
_LARGEST: Final = 8 << 20
#: Drafts that stay: a server may still be reading the one before.
STAY: Final = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One finding as the banner lists it: in which line of which file, ``lines`` of it from number ``first`` on."""

    where: str
    rule: str
    message: str
    repair: str
    severity: str
    first: int = 0
    lines: tuple[str, ...] = ()

    @property
    def numbered(self) -> list[tuple[int, str, bool]]:
        """The lines with their numbers, and whether it is the one."""
        at = int(self.where.rpartition(":")[2]) if self.lines else 0
        return [(number, line, number == at) for number, line in enumerate(self.lines, self.first)]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in the files as they were saved last: how much, the first of it, and of which version.

    Without a ``version`` the files cannot be built: what is served is what they were before.
    """

    version: str
    errors: int
    warnings: int
    told: tuple[Told, ...]


def tell(directory: Path, home: Path, version: str, found: Sequence[Finding]) -> None:
    """Keep what was found for the banner of the draft, errors first. Raises OSError where nothing can be written."""
    errors = sum(finding.severity == "error" for finding in found)
    ordered = sorted(found, key=lambda finding: (finding.severity != "error", finding))
    told = [_with_lines(home, finding) for finding in ordered[:_TOLD]]
    about = {"version": version, "errors": errors, "warnings": len(found) - errors, "told": told}
    fresh = directory / f".{_FINDINGS}-{os.getpid()}"
    fresh.write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
    fresh.replace(directory / _FINDINGS)


def forget(directory: Path) -> None:
    """Take away what was found: files were built that nobody has checked here."""
    (directory / _FINDINGS).unlink(missing_ok=True)


def findings(directory: Path) -> Findings | None:
    """Return what was found in the files that the draft of a folder was made of; None where nobody has looked."""
    path = directory / _FINDINGS
    try:
        about = path.stat()
        return _read(path, about.st_mtime_ns, about.st_ino)
    except (OSError, ValueError, TypeError, KeyError):
        return None


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _node: int) -> Findings:
    held: dict[str, Any] = json.loads(path.read_text("utf-8"))
    told = tuple(Told(**{**one, "lines": tuple(one["lines"])}) for one in held["told"])
    return Findings(held["version"], held["errors"], held["warnings"], told)


def _with_lines(home: Path, finding: Finding) -> dict[str, object]:
    """Return a finding with its place as people name it, and the lines around it."""
    about: dict[str, object] = {
        name: getattr(finding, name) for name in ("where", "rule", "message", "repair", "severity")
    }
    name, colon, number = finding.where.rpartition(":")
    path, line = (Path(name), int(number)) if colon and number.isdecimal() else (Path(finding.where), 0)
    if path.is_absolute() and path.is_relative_to(home):
        about["where"] = f"{path.relative_to(home)}{colon}{number}" if line else str(path.relative_to(home))
    lines: list[str] = []
    first = max(1, line - _AROUND)
    if line and path.is_file() and path.stat().st_size <= _LARGEST:
        every = path.read_bytes().decode("utf-8", "replace").split("\n")
        lines = every[first - 1 : line + _AROUND] if line <= len(every) else []
    return {**about, "first": first if lines else 0, "lines": lines}


def tidy(directory: Path, stay: int = STAY) -> list[str]:
    """Delete the drafts of earlier saves but the newest; what the draft is stays.

    Returns the versions, by their first twelve digits, that nothing is left of.
    """
    link = directory / DRAFT
    pointed = link.readlink().name if link.is_symlink() else ""
    others = [path for path in directory.glob(f"{LIGHT}*") if path.name != pointed]
    gone = sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[max(0, stay - 1) :]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    versions = [path.name.removeprefix(LIGHT) for path in gone]
    return [version for version in versions if not (directory / version).exists()]
