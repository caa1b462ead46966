"""What was published when: a record for each time that a folder of snapshots took up another version.

    <directory>/history/<when>-<version>.json   the version, the one before it, when, and what changed, in each language

It belongs to the folder and to no snapshot: a version does not know what came before it elsewhere. A record is written
once, when ``current`` moves, and never changed; a clock that went back does not change the order. Which version last
changed a thing is looked up in the records, and what was said of one that is gone.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Any, Final, overload

from cityrights.errors import SnapshotError
from cityrights.library.queries import LANGUAGES
from cityrights.library.running import Ledger
from cityrights.snapshot import Snapshot
from cityrights.versions import stream
from cityrights.versions.changes import Change, Changes, changes, questions
from cityrights.vocabulary import ID
from sparqlgate.errors import InputError

FOLDER: Final = "history"
#: So many changes of one version are told one by one; of more, the rest is counted.
MOST: Final = 1000
#: So many things that a version touched are recorded; of a version that touched more it is not known which it did.
MOST_THINGS: Final = 50_000
#: So many things of all records are held in memory; of versions further back it is not known which they touched.
MOST_HELD: Final = 1_000_000
_STAMP: Final = "%Y%m%dT%H%M%SZ"
#: How a record begins, as it is written here.
_BEGIN: Final = re.compile(
    r'\{\n "version": "([0-9a-f]{64})",\n "before": "([0-9a-f]{64}|)",\n "when": "([0-9T:+-]{1,40})"'
)
_DIGEST: Final = re.compile("[0-9a-f]{64}")
#: What is raised over a file that is no record, or cannot be read.
_SPOILT: Final = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
log = logging.getLogger("cityrights.pipeline")


@dataclass(frozen=True, slots=True)
class Told:
    """One change: its kind, the IRI of what it is about, or nothing, and its sentence in each language.

    ``tells`` are the keys of the things that the claim is shown with, where it is about one.
    """

    kind: str
    thing: str
    sentences: Mapping[str, str]
    tells: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lost:
    """A thing of which a version says nothing any more: its sentence or name, by language, and whether it is a claim's.

    Nothing of a thing that had no name.
    """

    said: Mapping[str, str]
    is_sentence: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A version that was taken up: its digest, that of the one before or nothing, when, and what changed.

    ``touched`` has by its key (``city/utrecht``) each thing that the version says something else of, with how many
    quads came and went, ``come`` those of which the version before it said nothing, and ``lost`` those of which it says
    nothing any more; ``touched`` is None where that is not known.
    """

    version: str
    before: str
    when: datetime
    added: int
    removed: int
    changes: Sequence[Told]
    untold: int = 0
    touched: Mapping[str, tuple[int, int]] | None = None
    lost: Mapping[str, Lost] = field(default_factory=dict)
    come: frozenset[str] = frozenset()

    def of(self, key: str) -> list[Told]:
        """Return the changes that are about the thing with this key, then those of claims that it is shown with."""
        own = [one for one in self.changes if one.thing == ID + key]
        return [*own, *(one for one in self.changes if key in one.tells and one not in own)]


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
        stream.keep(folder / stream.FOLDER, path.stem, when, before, after)
        fresh.replace(path)  # last: who sees a record finds all that goes with it
    except (OSError, InputError) as error:
        log.warning("what changed in version %s is not recorded: %s", after.short, error)


def mend(directory: Path, current: Snapshot) -> None:
    """Record that ``directory`` took up ``current`` where that was not done: whoever published it ended before."""
    last = next(iter(heads(directory)), None)
    if last is None or last.version == current.version:
        return
    try:
        before: Snapshot | None = Snapshot.open(directory / last.version[:12])
    except SnapshotError:
        before = None
    keep(directory, before, current)


def records(directory: Path) -> list[Record]:
    """Return what is recorded of a folder of snapshots, the newest first; what cannot be read is left out."""
    return list(History(directory).records)


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when something is as it is: a record, and whether that version changed it.

    Where it did not, nothing earlier is known: it is the first that was recorded, or one that touched too much.
    """

    record: Record
    changed: bool


class History:
    """What a folder of snapshots recorded: read once, and what came since when asked for. Threads may share it."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER
        self._seen: tuple[int, Sequence[Record]] = (-1, ())
        self._held: dict[str, Record | None] = {}

    @property
    def records(self) -> Sequence[Record]:
        """All records, the newest first."""
        try:
            stamp = self._folder.stat().st_mtime_ns
        except OSError:
            return ()
        if stamp != self._seen[0]:
            paths = sorted(self._folder.glob("*.json"), reverse=True)
            held = {path.name: self._held[path.name] if path.name in self._held else _read(path) for path in paths}
            self._held = held
            self._seen = (stamp, list(_bounded(record for record in held.values() if record is not None)))
        return self._seen[1]

    def until(self, version: str) -> Sequence[Record]:
        """Return the records up to the last one of a version, the newest first; none for one that is not recorded."""
        found = self.records
        place = next((place for place, record in enumerate(found) if record.version == version), len(found))
        return found[place:]

    def standing(self, key: str, version: str) -> Standing | None:
        """Return since when the thing with a key is as a version has it; None for a version that is not recorded."""
        last: Record | None = None
        for last in self.until(version):
            if last.touched is None:
                return Standing(last, changed=False)
            if key in last.touched:
                return Standing(last, changed=True)
        return None if last is None else Standing(last, changed=False)

    def later(self, key: str, version: str, until: str) -> list[Record] | None:
        """Return the records after a version, up to another, that touched a thing or may have, the newest first.

        None where the one is not recorded, or not before the other.
        """
        found = self.until(until)
        place = next((place for place, record in enumerate(found) if record.version == version), None)
        if place is None:
            return None
        return [record for record in found[:place] if record.touched is None or key in record.touched]

    def lost(self, key: str, version: str) -> Record | None:
        """Return the record of the version that last said nothing any more of a thing, up to one; None for no such."""
        return next((record for record in self.until(version) if key in record.lost), None)

    def of(self, version: str) -> Record | None:
        """Return the record of when a version was taken up last."""
        return next((record for record in self.records if record.version == version), None)


@lru_cache(8)
def history(directory: Path) -> History:
    """Return what a folder recorded: the same for all who ask, so that it is read once."""
    return History(directory)


def _bounded(records: Iterable[Record]) -> Iterator[Record]:
    """Yield records, those without what they touched after which too much would be held."""
    count = 0
    for record in records:
        count += len(record.touched or ()) + len(record.lost) + len(record.come)
        yield record if count <= MOST_HELD else replace(record, touched=None, lost={}, come=frozenset())


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
            return Head(begin[1], begin[2], moment_of(begin[3]))
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
    asked = questions(Ledger(directory), before.short, after.short)
    found = recorded(changes(before.nquads, after.nquads, *asked))
    if before.is_apart or after.is_apart:  # what changed is given to everybody, which thing did only its page
        shown = recorded(changes(before.dump, after.dump, *asked))
        found |= {name: shown[name] for name in ("added", "removed", "changes", "untold")}
    return {**told, **found}


def compare(before: Path, after: Path) -> dict[str, Any]:
    """Return the differences of two snapshots, given by their folders, as a record tells them.

    Raises SnapshotError where one of them is not as it was built.
    """
    old, new = (Snapshot.open(folder) for folder in (before, after))
    for snapshot in (old, new):
        snapshot.check_dump()
    found = changes(old.dump, new.dump, *questions(Ledger(before.parent), old.short, new.short))
    told = {name: value for name, value in recorded(found).items() if name not in ("touched", "lost", "come")}
    when = datetime(1970, 1, 1, tzinfo=UTC).isoformat()
    return {"version": new.version, "before": old.version, "when": when, **told}


def recorded(found: Changes) -> dict[str, object]:
    """Return what a record says of a difference, for JSON."""
    shown = [_change(found, change) for change in found.changes[:MOST]]
    counted = {"added": found.added, "removed": found.removed, "untold": len(found.changes) - len(shown)}
    if len(found.touched) > MOST_THINGS:
        return {**counted, "changes": shown, "touched": None}
    lost = {}
    for iri, gone in found.gone.items():
        said = {language: called.value for language in LANGUAGES if (called := gone.called(language)) is not None}
        lost[iri.removeprefix(ID)] = {"said": said, "sentence": gone.is_sentence}
    touched = {iri.removeprefix(ID): counts for iri, counts in found.touched.items()}
    come = [iri.removeprefix(ID) for iri in sorted(found.come)]
    return {**counted, "changes": shown, "touched": touched, "lost": lost, "come": come}


def _change(found: Changes, change: Change) -> dict[str, object]:
    claim = str(change.values.get("claim") or "")
    told = {"kind": change.kind, "thing": claim or str(change.values.get("thing") or "")}
    tells = sorted(name.removeprefix(ID) for name in found.tells.get(claim, ()) if name != claim)
    sentences = {language: found.told(change, language) for language in LANGUAGES}
    return {**told, "sentences": sentences, **({"tells": tells} if tells else {})}


def _moment(name: str) -> datetime:
    """Return when a record was written, by its file's name; long ago for a name that is none."""
    try:
        return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _read(path: Path) -> Record | None:
    try:
        found = record_of(json.loads(path.read_text("utf-8")))
    except _SPOILT as error:
        log.warning("%s is no record of a version: %s", path, error)
        return None
    return replace(found, changes=_Changes(path, len(found.changes)))


class _Changes(Sequence[Told]):
    """The changes of a record, which are read from its file when somebody asks for them."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._count = path, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Told: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Told]: ...
    def __getitem__(self, place: int | slice) -> Told | Sequence[Told]:
        return _told(self._path)[place]

    def __iter__(self) -> Iterator[Told]:
        return iter(_told(self._path))


@lru_cache(64)  # a record is written once
def _told(path: Path) -> Sequence[Told]:
    try:
        return record_of(json.loads(path.read_text("utf-8"))).changes
    except _SPOILT as error:
        log.warning("%s was a record of a version, and cannot be read any more: %s", path, error)
        return ()


def moment_of(text: str) -> datetime:
    """Return a moment as a record tells it, in UTC. Raises ValueError for what is none, or of no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is beyond all years") from error


def _digest(held: Mapping[str, Any], name: str) -> str:
    """Return the digest of a version in a record: folders are called by it, and those of old versions deleted."""
    digest = held[name]
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{name} is no digest: {digest[:80]!r}")
    return str(digest)


def _told_of(one: Mapping[str, Any]) -> Told:
    sentences = dict(one["sentences"])
    if "en" not in sentences or not all(isinstance(said, str) for said in sentences.values()):
        raise ValueError("a change has no sentence in English, or one that is no text")
    return Told(str(one["kind"]), str(one["thing"]), sentences, frozenset(one.get("tells", ())))


def record_of(held: Mapping[str, Any]) -> Record:
    """Return what a record says. Raises ValueError, TypeError, KeyError or AttributeError for what is none."""
    told = [_told_of(one) for one in held["changes"]]
    touched, counts = held.get("touched"), dict[tuple[int, int], tuple[int, int]]()
    lost = {str(key): Lost(dict(one["said"]), bool(one["sentence"])) for key, one in held.get("lost", {}).items()}
    return Record(
        _digest(held, "version"), _digest(held, "before") if held["before"] else "", moment_of(held["when"]),
        int(held["added"]), int(held["removed"]), told, int(held["untold"]),
        # Most things have the same names in many records, and few numbers: each is held once.
        None if touched is None else {
            intern(key): counts.setdefault((int(came), int(went)), (int(came), int(went)))
            for key, (came, went) in touched.items()
        },
        lost, frozenset(intern(str(key)) for key in held.get("come", ())),
    )  # fmt: skip
