"""What was published when: a record for each time that a folder of snapshots took up another version.

    <directory>/history/<when>-<version>.json   the version, the one before it, when, and what changed, in each language

It belongs to the folder and to no snapshot: a version does not know what came before it elsewhere. A record is written
once, when ``current`` moves, and never changed; a clock that went back does not change the order.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from cityrights.library.queries import LANGUAGES
from cityrights.library.running import Ledger
from cityrights.snapshot import Snapshot
from cityrights.versions.changes import changes, questions
from sparqlgate.errors import InputError

FOLDER: Final = "history"
#: So many changes of one version are told one by one; of more, the rest is counted.
MOST: Final = 1000
_STAMP: Final = "%Y%m%dT%H%M%SZ"
#: How a record begins, as it is written here.
_BEGIN: Final = re.compile(
    r'\{\n "version": "([0-9a-f]{64})",\n "before": "([0-9a-f]{64}|)",\n "when": "([0-9T:+-]{1,40})"'
)
log = logging.getLogger("cityrights.pipeline")


@dataclass(frozen=True, slots=True)
class Told:
    """One change: its kind, the IRI of what it is about, or nothing, and its sentence in each language."""

    kind: str
    thing: str
    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A version that was taken up: its digest, that of the one before or nothing, when, and what changed."""

    version: str
    before: str
    when: datetime
    added: int
    removed: int
    changes: Sequence[Told]
    untold: int = 0


def keep(directory: Path, before: Snapshot | None, after: Snapshot) -> None:
    """Record that ``directory`` took up ``after`` in place of ``before``; a warning says where it cannot be written."""
    try:
        folder = directory / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        when = datetime.now(UTC).replace(microsecond=0)
        names = sorted(path.name for path in folder.glob("*.json"))
        if names:
            when = max(when, _moment(names[-1]) + timedelta(seconds=1))
        path = folder / f"{when.strftime(_STAMP)}-{after.short}.json"
        fresh = folder / f".{path.name}-{os.getpid()}"
        fresh.write_text(
            json.dumps(_record(directory, before, after, when), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        fresh.replace(path)
    except (OSError, InputError) as error:
        log.warning("what changed in version %s is not recorded: %s", after.short, error)


def records(directory: Path) -> list[Record]:
    """Return what is recorded of a folder of snapshots, the newest first; what cannot be read is left out."""
    found = (_read(path) for path in sorted((directory / FOLDER).glob("*.json"), reverse=True))
    return [record for record in found if record is not None]


@dataclass(frozen=True, slots=True)
class Head:
    """What a record begins with: the version that was taken up, the one before it or nothing, and when."""

    version: str
    before: str
    when: datetime


def heads(directory: Path) -> list[Head]:
    """Return the beginning of each record of a folder of snapshots, the newest first; the changes are not read."""
    paths = sorted((directory / FOLDER).glob("*.json"), reverse=True)
    return [head for head in map(_head, paths) if head is not None]


def _head(path: Path) -> Head | None:
    try:
        return _kept_head(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(4096)  # a record is written once
def _kept_head(path: Path, _changed: int) -> Head | None:
    with path.open(encoding="utf-8", errors="replace") as file:
        begin = _BEGIN.match(file.read(512))
    if begin is not None:
        try:
            return Head(begin[1], begin[2], datetime.fromisoformat(begin[3]))
        except ValueError:
            return None
    found = _read(path)
    return Head(found.version, found.before, found.when) if found is not None else None


def _record(directory: Path, before: Snapshot | None, after: Snapshot, when: datetime) -> dict[str, object]:
    told: dict[str, object] = {
        "version": after.version, "before": before.version if before else "", "when": when.isoformat(),
    }  # fmt: skip
    if before is None:
        return {**told, "added": int(after.manifest["quads"]), "removed": 0, "changes": [], "untold": 0}
    found = changes(before.nquads, after.nquads, *questions(Ledger(directory), before.short, after.short))
    shown = [
        {
            "kind": change.kind,
            "thing": str(change.values.get("claim") or change.values.get("thing") or ""),
            "sentences": {language: found.told(change, language) for language in LANGUAGES},
        }
        for change in found.changes[:MOST]
    ]
    untold = len(found.changes) - len(shown)
    return {**told, "added": found.added, "removed": found.removed, "changes": shown, "untold": untold}


def _moment(name: str) -> datetime:
    """Return when a record was written, by its file's name; long ago for a name that is none."""
    try:
        return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _read(path: Path) -> Record | None:
    try:
        held = json.loads(path.read_text("utf-8"))
        told = [Told(str(one["kind"]), str(one["thing"]), dict(one["sentences"])) for one in held["changes"]]
        return Record(
            str(held["version"]), str(held["before"]), datetime.fromisoformat(held["when"]),
            int(held["added"]), int(held["removed"]), told, int(held["untold"]),
        )  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("%s is no record of a version: %s", path, error)
        return None
