"""Which versions a folder of snapshots keeps, which it knows of, and what is told of those that are gone (tombstones).

    <directory>/<twelve digits>/               a version that is kept
    <directory>/history/gone/<digest>.json     the tombstone of one that was deleted
    <directory>/history/ontology/<number>.nt   the ontology of that number, when no version that is kept has it

A version has an address when it was taken up once, or is a release: what was only built was never published. Names of a
version are its first twelve digits, all 64, or the name of its release; nothing shorter, for an abbreviation that is
unique today need not be so tomorrow.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from cityrights.errors import CityrightsError, GoneVersion, SnapshotError, UnknownVersion
from cityrights.snapshot import CURRENT, MANIFEST, Snapshot, default_directory
from cityrights.versions.history import FOLDER, heads
from cityrights.versions.patch import whole
from cityrights.versions.releases import Release, releases
from cityrights.vocabulary import GRAPH_VOCABULARY, OWL, VOCABULARY

ONTOLOGY: Final = VOCABULARY + "ontology"
#: How many versions are kept besides releases, unless KEEP says otherwise.
KEPT: Final = 10
KEEP: Final = "CITYRIGHTS_KEEP_VERSIONS"
#: Of versions that were built and never taken up, so many stay: whoever publishes takes one of them.
_UNPUBLISHED: Final = 3
_GONE: Final = "gone"
_ONTOLOGY: Final = "ontology"
_NUMBER: Final = re.compile(r"[0-9][0-9.]{0,30}")
_SHORT: Final = re.compile("[0-9a-f]{12}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_LONGEST: Final = 64
_RELEASE: Final = re.compile(r"[0-9]{4}\.[0-9]{1,3}")
log = logging.getLogger("cityrights.pipeline")


@dataclass(frozen=True, slots=True)
class Version:
    """A version that is known: when it was taken up last, and by which version it was replaced then, if by one.

    ``folder`` is where its snapshot stands, whole or not; None where it is gone, since ``gone`` where that was noted.
    """

    digest: str
    taken_up: datetime | None = None
    replaced_by: str = ""
    release: str = ""
    archived: Sequence[str] = ()
    gone: datetime | None = None
    folder: Path | None = None

    @property
    def short(self) -> str:
        """The first twelve digits: the name of its folder, and its name in addresses."""
        return self.digest[:12]

    def record(self) -> dict[str, object]:
        """Return what is known of it as a tombstone tells it, in JSON."""
        return {
            "version": self.digest,
            "takenUp": self.taken_up.isoformat() if self.taken_up else None,
            "gone": self.gone.isoformat() if self.gone else None,
            "replacedBy": self.replaced_by or None,
            "release": self.release or None,
            "archived": list(self.archived),
        }


def known(directory: Path, released: Iterable[Release] = (), served: str = "") -> dict[str, Version]:
    """Return every version that ``directory`` has taken up, or that is a release, by its digest.

    ``served`` is the digest of one that is published whatever the folder records: that of a server, say.
    """
    named = {release.version: release for release in released}
    found: dict[str, Version] = {}
    after = ""
    listed = heads(directory)  # the newest first
    for head in listed:
        if head.version not in found:
            found[head.version] = _version(directory, head.version, head.when, after, named.get(head.version))
        after = head.version
    for head in listed:  # of one that was there before anything was recorded, only what came after it is known
        if head.before and head.before not in found:
            found[head.before] = _version(directory, head.before, None, head.version, named.get(head.before))
    for digest in (*named, served, _current(directory)):
        if digest and digest not in found:
            found[digest] = _version(directory, digest, None, "", named.get(digest))
    return found


def find(name: str, among: Mapping[str, Version], current: str = "") -> Version:
    """Return the version that ``name`` is: its first twelve digits, its digest, or the name of its release.

    Raises UnknownVersion where there is none, or more than one, and GoneVersion for one that is kept no more;
    ``current`` is the digest of one that is there wherever its folder is.
    """
    asked = name.strip()
    if _SHORT.fullmatch(asked) or _DIGEST.fullmatch(asked):
        matching = [one for digest, one in among.items() if digest.startswith(asked)]
    else:
        matching = [one for one in among.values() if one.release and one.release == asked]
    if len(matching) > 1:
        raise UnknownVersion(asked, "several versions begin with these digits: give all 64")
    if not matching:
        shown = asked if len(asked) <= _LONGEST else asked[:_LONGEST] + "…"
        raise UnknownVersion(
            shown,
            "there is no such version here; a version is named by the first twelve of its digits in hexadecimal, by "
            "all 64, or by its release, such as 2026.1",
        )
    (one,) = matching
    if one.folder is None and one.digest != current:
        raise GoneVersion(one.digest, _told(one), one.record())
    return one


def is_name(text: str) -> bool:
    """Say whether a text is the name of a version, known or not: twelve digits, 64, or the name of a release."""
    return any(pattern.fullmatch(text.strip()) for pattern in (_SHORT, _DIGEST, _RELEASE))


def snapshot_of(name: str, directory: Path | None = None) -> Snapshot:
    """Open a version that ``directory`` keeps, by default that of the home in use.

    Raises UnknownVersion, GoneVersion, and SnapshotError where its files are not whole.
    """
    one = find(name, known(directory or default_directory(), releases()))
    assert one.folder is not None  # else it is gone, which was said
    found = Snapshot.open(one.folder)
    if found.version != one.digest:
        raise SnapshotError(f"{one.folder} holds version {found.short}")
    return found


def _told(one: Version) -> str:
    """Say in a sentence what has become of a version that is gone."""
    when = f"since {one.gone:%Y-%m-%d}" if one.gone else "any more"
    then = f"; version {one.replaced_by[:12]} took its place" if one.replaced_by else ""
    where = f"; it is archived at {', '.join(one.archived)}" if one.archived else ""
    return f"this version is not kept here {when}{then}{where}"


def number_kept() -> int:
    """Return how many versions are kept besides releases. Raises CityrightsError where KEEP is no such number."""
    text = os.environ.get(KEEP, "").strip()
    if not text:
        return KEPT
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0):
        raise CityrightsError(f"{KEEP} is {text[:40]!r}; it is how many versions are kept, a number from 1")
    return int(text)


def prune(directory: Path, released: Iterable[Release] = (), keep: int | None = None) -> list[Version]:
    """Delete the versions that are no longer kept, each with a tombstone, and return them.

    The current one, the ``keep`` that were taken up last and all releases stay. What cannot be deleted or written is a
    warning: the next time does it.
    """
    most, listed = number_kept() if keep is None else keep, list(released)
    versions = known(directory, listed)
    order = list(dict.fromkeys(digest for head in heads(directory) for digest in (head.version, head.before) if digest))
    stay = {*order[:most], _current(directory), *(one.version for one in listed)}
    gone: list[Version] = []
    for digest, one in versions.items():
        try:
            if digest in stay:
                _stone(directory, digest).unlink(missing_ok=True)  # it was gone once, and is back
            elif one.folder is not None:
                gone.append(bury(directory, one))
        except OSError as error:
            log.warning("version %s is no longer kept, and cannot be deleted: %s", one.short, error)
    _tidy_drafts(directory, {one.short for one in versions.values()})
    return gone


def tidy(directory: Path, home: Path) -> list[Version]:
    """Prune ``directory`` by the releases of ``home``; where those cannot be read nothing is deleted."""
    try:
        return prune(directory, releases(home))
    except CityrightsError as error:
        log.warning("no version is deleted: %s", error)
        return []


def bury(directory: Path, one: Version) -> Version:
    """Write the tombstone of a version and delete its snapshot. Raises OSError where one of them cannot be done."""
    buried = Version(
        one.digest, one.taken_up, one.replaced_by, one.release, one.archived, datetime.now(UTC).replace(microsecond=0)
    )
    path = _stone(directory, one.digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.write_text(json.dumps(buried.record(), indent=1) + "\n", "utf-8")
    fresh.replace(path)
    if one.folder is not None:
        _keep_ontology(directory, one.folder)
        _delete(one.folder)
    return buried


@lru_cache(64)  # a snapshot does not change
def ontology_of(folder: Path) -> str:
    """Return the number of the version of the ontology in a snapshot's folder; nothing where it has none."""
    begin = f'<{ONTOLOGY}> <{OWL}versionInfo> "'.encode()
    for line in _lines(folder / "cityrights.nq", begin):
        return line[len(begin) :].partition(b'"')[0].decode("utf-8", "replace")
    return ""


def is_number(text: str) -> bool:
    """Say whether a version of the ontology may be called so: for what is none, nothing need be looked for."""
    return _NUMBER.fullmatch(text) is not None


def with_ontology(number: str, among: Iterable[Version]) -> Version | None:
    """Return the version that was taken up last of those that are kept with this version of the ontology."""
    here = [one for one in among if one.folder is not None]
    here.sort(key=lambda one: (one.taken_up is not None, one.taken_up), reverse=True)
    return next((one for one in here if one.folder is not None and ontology_of(one.folder) == number), None)


def ontology_kept(directory: Path, number: str) -> Path | None:
    """Return the N-Triples of an earlier version of the ontology whose snapshots are all gone; None for no such."""
    if not _NUMBER.fullmatch(number):
        return None
    path = directory / FOLDER / _ONTOLOGY / f"{number}.nt"
    return path if path.is_file() else None


def _keep_ontology(directory: Path, folder: Path) -> None:
    """Copy the vocabulary of a snapshot that is about to be deleted, where no version of that number is kept yet."""
    number = ontology_of(folder)
    path = directory / FOLDER / _ONTOLOGY / f"{number}.nt"
    if not _NUMBER.fullmatch(number) or path.exists():
        return
    end = f" <{GRAPH_VOCABULARY}> .\n".encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as out, (folder / "cityrights.nq").open("rb") as quads:
        out.writelines(line[: -len(end)] + b" .\n" for line in quads if line.endswith(end))


def _lines(path: Path, begin: bytes) -> Iterator[bytes]:
    """Yield the lines of a sorted file that begin so, found by halving: it may be large."""
    try:
        with path.open("rb") as file:
            low, high = 0, path.stat().st_size
            while low < high:
                middle = (low + high) // 2
                file.seek(middle)
                if middle:
                    file.readline()
                line = file.readline()
                if not line or line >= begin:
                    high = middle
                else:
                    low = middle + 1
            file.seek(low)
            if low:
                file.readline()
            for line in file:
                if not line.startswith(begin):
                    return
                yield line
    except OSError:
        return


def _delete(folder: Path) -> None:
    """Take a snapshot's folder away, first its name: whoever opens it finds all of it or nothing."""
    grave = folder.with_name(f".going-{os.getpid()}-{folder.name}")
    folder.rename(grave)
    shutil.rmtree(grave)


def _tidy_drafts(directory: Path, stay: set[str]) -> None:
    """Delete all but the newest of the snapshots that were built and never taken up: they have no tombstone.

    What a link in ``directory`` points to stays, such as the draft.
    """
    stay = stay | {path.readlink().name for path in directory.iterdir() if path.is_symlink()}
    others = [path.parent for path in directory.glob(f"*/{MANIFEST}") if _SHORT.fullmatch(path.parent.name)]
    dated = sorted((folder for folder in others if folder.name not in stay), key=_age, reverse=True)
    for folder in dated[_UNPUBLISHED:]:
        try:
            _delete(folder)
        except OSError as error:
            log.warning("%s was never published, and cannot be deleted: %s", folder, error)


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _stone(directory: Path, digest: str) -> Path:
    return directory / FOLDER / _GONE / f"{digest}.json"


def _current(directory: Path) -> str:
    """Return the digest of the version that ``directory`` points to; nothing where that cannot be told."""
    return _digest_in(directory / CURRENT)


def _digest_in(folder: Path) -> str:
    """Return the digest that a snapshot's manifest tells; nothing where there is none, or it is spoilt."""
    try:
        digest = str(json.loads((folder / MANIFEST).read_text("utf-8"))["version"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ""
    return digest if _DIGEST.fullmatch(digest) else ""


def _version(directory: Path, digest: str, when: datetime | None, by: str, release: Release | None) -> Version:
    folder = directory / digest[:12]
    # A folder whose manifest cannot be read is this version's, damaged; that of another version is not.
    here = folder.is_dir() and _digest_in(folder) in (digest, "")
    gone = None if here else _gone_since(directory, digest)
    archived = tuple(filter(None, [release.doi_address])) if release else ()
    return Version(digest, when, by, release.name if release else "", archived, gone, folder if here else None)


def _gone_since(directory: Path, digest: str) -> datetime | None:
    """Return when a version was deleted, as its tombstone tells; None where there is none that can be read."""
    try:
        told = json.loads(_stone(directory, digest).read_text("utf-8"))["gone"]
        return datetime.fromisoformat(told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("the tombstone of version %s cannot be read: %s", digest[:12], error)
        return None
