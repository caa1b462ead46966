"""Which versions a folder of snapshots keeps, which it knows of, and what is told of those that are gone (tombstones).

    <directory>/<twelve digits>/               a version that is kept
    <directory>/history/gone/<digest>.json     the tombstone of one that was deleted

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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cityrights.errors import CityrightsError, GoneVersion, UnknownVersion
from cityrights.snapshot import CURRENT, MANIFEST
from cityrights.versions.history import FOLDER, Head, heads
from cityrights.versions.releases import Release

#: How many versions are kept besides releases, unless KEEP says otherwise.
KEPT: Final = 10
KEEP: Final = "CITYRIGHTS_KEEP_VERSIONS"
#: Of versions that were built and never taken up, so many stay: whoever publishes takes one of them.
_UNPUBLISHED: Final = 3
_GONE: Final = "gone"
_SHORT: Final = re.compile("[0-9a-f]{12}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_LONGEST: Final = 64
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


def known(directory: Path, releases: Iterable[Release] = (), served: str = "") -> dict[str, Version]:
    """Return every version that ``directory`` has taken up, or that is a release, by its digest.

    ``served`` is the digest of one that is published whatever the folder records: that of a server, say.
    """
    named = {release.version: release for release in releases}
    found: dict[str, Version] = {}
    after = ""
    for head in heads(directory):  # the newest first
        for digest, when, by in ((head.version, head.when, after), (head.before, None, head.version)):
            if digest and digest not in found:
                found[digest] = _version(directory, digest, when, by, named.get(digest))
        after = head.version
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


def folder_of(name: str, directory: Path, releases: Iterable[Release] = ()) -> Path:
    """Return the folder of the snapshot of a version that ``directory`` keeps. Raises as :func:`find`."""
    found = find(name, known(directory, releases)).folder
    assert found is not None  # else it is gone, which was said
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


def prune(directory: Path, releases: Iterable[Release] = (), keep: int | None = None) -> list[Version]:
    """Delete the versions that are no longer kept, each with a tombstone, and return them.

    The current one, the ``keep`` that were taken up last and all releases stay. What cannot be deleted or written is a
    warning: the next time does it.
    """
    most, listed = number_kept() if keep is None else keep, list(releases)
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
    _tidy(directory, {one.short for one in versions.values()})
    return gone


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
        _delete(one.folder)
    return buried


def _delete(folder: Path) -> None:
    """Take a snapshot's folder away, first its name: whoever opens it finds all of it or nothing."""
    grave = folder.with_name(f".going-{os.getpid()}-{folder.name}")
    folder.rename(grave)
    shutil.rmtree(grave)


def _tidy(directory: Path, published: set[str]) -> None:
    """Delete all but the newest of the snapshots that were built and never taken up: they have no tombstone."""
    others = [path.parent for path in directory.glob(f"*/{MANIFEST}") if _SHORT.fullmatch(path.parent.name)]
    dated = sorted((folder for folder in others if folder.name not in published), key=_age, reverse=True)
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


__all__ = ["Head", "Version", "bury", "find", "folder_of", "known", "number_kept", "prune"]
