"""Drafts while somebody edits: a snapshot without what only takers of data need, and what the check finds in it.

    <directory>/.draft-<version>      the N-Quads, N-Triples and indexes that the site shows pages from
    <directory>/draft-findings.json   what was found, for the banner of the draft

A snapshot that is published has ten dumps, each packed twice, and a store on disk. That is half of a build, and nobody
takes them from a draft that lives until the next save; the folder has another name, so nothing takes it for the whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cityrights.snapshot import DRAFT, Snapshot, record

if TYPE_CHECKING:  # what builds takes a while to import, and who shows what was found needs none of it
    import pyoxigraph as ox

    from cityrights.check.rules import Finding
    from cityrights.pipeline.dumps import Content
    from cityrights.reuse import Kept

#: How the name of a folder begins that holds such a snapshot.
LIGHT: Final = ".draft-"
_FINDINGS: Final = "draft-findings.json"
#: The part of the statements that counts all the others, and the steps that see it.
_STATISTICS: Final = "statistics"
_STEP: Final = "index"
#: Lines of a file that are shown around one where something was found.
_AROUND: Final = 2
#: So many findings are told with their lines; a larger file is not read for them.
_TOLD: Final = 50
_LARGEST: Final = 8 << 20
#: Drafts that stay: a server may still be reading the one before.
_STAY: Final = 2


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


def write(home: Path, directory: Path, content: Content, store: ox.Store, kept: Kept) -> Snapshot:
    """Make the draft of ``directory`` a snapshot of ``content``, and return it; written is what is not there yet.

    ``store`` holds the content and the merge of its graphs, and is as it was afterwards. An index is made anew where
    something has changed of what it read the last time. Raises SnapshotError where ``directory`` cannot be written.
    """
    from cityrights.pipeline import dumps
    from cityrights.pipeline.steps import build, new_folder, point_to_draft, usable

    content.settle()
    version = content.digest()
    whole, light = directory / version[:12], directory / f"{LIGHT}{version[:12]}"
    if usable(whole, version) and dumps.packed(whole):
        found = Snapshot.open(whole)
    elif not content.quads.in_memory or kept.asking((_STEP, "closed"), None, store, partial(_closed, content)):
        return build(home, directory).snapshot  # what may not be given to everybody is a matter of the dumps
    elif usable(light, version):
        found = Snapshot.open(light)
    else:
        with new_folder(directory) as folder:
            _write(folder, content, store, version, kept)
            folder.chmod(0o755)
            shutil.rmtree(light, ignore_errors=True)
            folder.rename(light)
        places = kept.of((_STEP, "places"), None, dict[str, Path])
        places.update({name: light / name for name in places})
        found = Snapshot.open(light)
        os.utime(light)
    point_to_draft(home, directory, found)
    tidy(directory)
    return found


def tidy(directory: Path, stay: int = _STAY) -> None:
    """Delete the drafts of earlier saves but the newest; what the draft is stays."""
    link = directory / DRAFT
    pointed = link.readlink().name if link.is_symlink() else ""
    others = [path for path in directory.glob(f"{LIGHT}*") if path.name != pointed]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[max(0, stay - 1) :]:
        shutil.rmtree(path, ignore_errors=True)


def _closed(content: Content, store: ox.Store) -> bool:
    """Say whether some claims are not to be had under our licence."""
    from cityrights.pipeline import dumps

    *others, generated = dumps.OF_LICENCES
    if not any(True for _ in store.quads_for_pattern(None, generated, None)):
        return False  # nothing was imported
    for predicate in others:  # on these alone it depends
        any(True for _ in store.quads_for_pattern(None, predicate, None))
    return bool(dumps.closed_claims(content))


def _write(folder: Path, content: Content, store: ox.Store, version: str, kept: Kept) -> None:
    import pyoxigraph as ox

    from cityrights.pipeline import dumps
    from sparqlgate.pool.zygote import IN_MEMORY

    told = dumps.statistics(content, store, version)
    content.add(told)
    content.settle()
    merged = [ox.Quad(quad.subject, quad.predicate, quad.object) for quad in told]
    own = [quad for quad in (*told, *merged) if quad not in store]
    kept.take(_STATISTICS, told, among=_STEP)
    store.extend(own)
    try:
        _index(folder, store, kept)
    finally:
        for quad in own:
            store.remove(quad)
    dumps.write_lines(folder, content)
    dumps.write_void(folder, content)
    disk = ox.Store(str(folder / "store"))
    if (folder / dumps.QUADS).stat().st_size > IN_MEMORY:  # a smaller one is served from its lines
        dumps.load(content, disk)
        disk.flush()
    del disk
    dumps.write_manifest(folder, content, version, names=(dumps.QUADS, dumps.TRIPLES, "void.ttl"))
    record(folder)


def _index(folder: Path, store: ox.Store, kept: Kept) -> None:
    """Have every index in ``folder``: one that would be the same is linked to where it was made last."""
    from cityrights.indexes import registry

    places = kept.of((_STEP, "places"), None, dict[str, Path])

    def make(asked: ox.Store, index: registry.Index) -> object:
        index.write(folder, asked)
        if index.name == "connections":
            registry.write_told(folder, asked)
        places[index.name] = folder / index.name
        return object()

    for index in registry.INDEXES:
        held = index.name in places and places[index.name].is_dir()
        kept.asking((_STEP, index.name), index.form() if held else object(), store, partial(make, index=index))
        if places[index.name].parent != folder:
            shutil.copytree(places[index.name], folder / index.name, copy_function=os.link)
    registry.record_forms(folder)
