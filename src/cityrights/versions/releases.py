"""Releases: the record of each version that the editors gave a name, a date and notes, and later a DOI.

    data/releases/2026.1.toml                  the record, written by ``cityrights release``
    data/releases/2026.1.md, .fr.md, .es.md    its notes

The records stand in the repository and in no graph: a version is the digest of its quads, and knows nothing of the
name that it was given afterwards. What is told of a release comes from its record alone, never from a clock.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from cityrights.errors import CityrightsError
from cityrights.home import home
from cityrights.library.queries import LANGUAGES
from cityrights.versions.patch import whole
from cityrights.vocabulary import LANGUAGE
from sparqlgate.errors import InputError

FOLDER: Final = Path("data", "releases")
_NAME: Final = re.compile(r"([0-9]{4})\.([1-9][0-9]{0,2}+)")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_REVISION: Final = re.compile("[0-9a-f]{40}")
#: https://www.doi.org/doi-handbook/HTML/doi-name-syntax.html, in the characters that registrars advise.
_DOI: Final = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?+(10\.[0-9]{4,9}+/[A-Za-z0-9._;()/-]{1,200}+)")
_PLACE: Final = re.compile(r" \(at (?:line ([0-9]{1,9}+), column [0-9]{1,9}+|end of document)\)$")
_REPAIR: Final = "write it as docs/releasing.md shows, or take it from git: git checkout -- data/releases"


@dataclass(frozen=True, slots=True)
class File:
    """A dump of a release: its size in bytes, and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """A version that has a name. ``version`` is its SHA-256, ``revision`` the commit of the repository that it is of.

    ``ontology`` and ``software`` are the numbers of their versions, ``doi`` is empty until there is one, ``notes`` are
    Markdown by language, English always among them.
    """

    name: str
    date: date
    version: str
    ontology: str
    software: str
    revision: str
    quads: int
    triples: int
    doi: str = ""
    files: Mapping[str, File] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The first twelve digits of the version, as folders of snapshots and addresses have them."""
        return self.version[:12]

    @property
    def doi_address(self) -> str:
        """Where the DOI leads, or nothing."""
        return f"https://doi.org/{self.doi}" if self.doi else ""


def numbered(name: str) -> tuple[int, int]:
    """Return the year and the number of a release's name, by which names are ordered. Raises CityrightsError."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise CityrightsError(
            f"{name[:60]!r} is no name of a release: a year, a dot and a number from 1 were expected, such as 2026.1"
        )
    return int(found[1]), int(found[2])


def valid_doi(text: str) -> str:
    """Return a DOI without what may stand before it. Raises CityrightsError where it is none."""
    found = _DOI.fullmatch(text.strip())
    if found is None:
        raise CityrightsError(
            f"{text[:80]!r} is no DOI: 10., a number of the registrant, a slash and a name were expected, such as "
            "10.5281/zenodo.1234567"
        )
    return found[1]


def releases(of: Path | None = None) -> list[Release]:
    """Return the releases of the home ``of``, by default that in use, the newest first.

    Raises InputError for a record that is none: a release that is overlooked would be deleted, or never cited again.
    """
    place = of or home()
    return list(_all(place / FOLDER, stamps(place)))


@lru_cache(8)
def _all(folder: Path, _stamps: Sequence[object]) -> Sequence[Release]:
    return sorted(map(read, folder.glob("*.toml")), key=lambda one: numbered(one.name), reverse=True)


def stamps(of: Path | None = None) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a record or its notes do: name, time and size of each file."""
    try:
        with os.scandir((of or home()) / FOLDER) as entries:
            found = [(entry.name, entry.stat()) for entry in entries]
    except OSError:
        return ()
    return tuple(sorted((name, told.st_mtime_ns, told.st_size) for name, told in found))


def release_of(version: str, of: Path | None = None) -> Release | None:
    """Return the release that a version is, given by its first twelve digits or more; None for one without a name."""
    return next((one for one in releases(of) if len(version) >= 12 and one.version.startswith(version)), None)


def software_day(number: str, among: Sequence[Release]) -> str:
    """Return the day (ISO 8601) of the first release that was made by this version of the software, or nothing."""
    return min((one.date.isoformat() for one in among if one.software == number), default="")


def read(path: Path) -> Release:
    """Read one record and its notes. Raises InputError with what is missing or wrong."""
    content = ""
    try:
        content = path.read_text("utf-8")
        held = tomllib.loads(content)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"cannot be read: {error}", None, _REPAIR) from error
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1] or content.count("\n") + 1) if place else None
        raise InputError(path, f"is no TOML: {_PLACE.sub('', str(error))}", line, _REPAIR) from error
    wrong = next(_wrong(path.stem, held), None)
    if wrong is not None:
        raise InputError(path, wrong, None, _REPAIR)
    return Release(
        **{name: held[name] for name in ("name", "date", "version", "ontology", "software", "revision")},
        quads=held["quads"],
        triples=held["triples"],
        doi=held["doi"],
        files={name: File(about["bytes"], about["sha256"]) for name, about in held["files"].items()},
        notes=notes_of(path.with_suffix(".md")),
    )


def _wrong(stem: str, held: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with a record."""
    day, files = held.get("date"), held.get("files")
    if held.get("name") != stem or not _NAME.fullmatch(stem):
        yield f"the name is not that of the file, a year and a number such as 2026.1: {held.get('name')!r}"
    if not isinstance(day, date) or type(day) is not date:
        yield "the date is not a day, written without quotes: date = 2026-11-30"
    if not _DIGEST.fullmatch(str(held.get("version"))):
        yield f"version is not a digest in hexadecimal: {held.get('version')!r}"
    if not _REVISION.fullmatch(str(held.get("revision"))):
        yield f"revision is not a commit in hexadecimal: {held.get('revision')!r}"
    yield from (f"{name} is no text" for name in ("ontology", "software", "doi") if not isinstance(held.get(name), str))
    if held.get("doi") and not _DOI.fullmatch(str(held["doi"])):
        yield f"doi is none: {held['doi']!r}"
    yield from (f"{name} is no number" for name in ("quads", "triples") if not _count(held.get(name)))
    if not isinstance(files, dict) or not all(
        isinstance(about, dict) and _count(about.get("bytes")) and _DIGEST.fullmatch(str(about.get("sha256")))
        for about in files.values()
    ):
        yield "files are not tables with bytes and sha256"


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def notes_of(english: Path) -> dict[str, str]:
    """Return the notes in each language in which there are some. Raises InputError where a file cannot be read."""
    found = {}
    for language, path in _notes_files(english).items():
        try:
            if language == LANGUAGE or path.exists():
                found[language] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(path, f"cannot be read: {error}", None, "the notes of a release are UTF-8") from error
    if not found[LANGUAGE].strip():
        raise InputError(english, "the notes are empty", None, "say what is new")
    return found


def _notes_files(english: Path) -> dict[str, Path]:
    """Return where the notes are in each language, given those of the first language: ``notes.md``, ``notes.fr.md``."""
    return {
        language: english if language == LANGUAGE else english.with_suffix(f".{language}{english.suffix}")
        for language in dict.fromkeys((LANGUAGE, *LANGUAGES))
    }


def write(release: Release, of: Path) -> list[Path]:
    """Write the record of a release and its notes into the home ``of``, and return the files, the record first."""
    path = of / FOLDER / f"{release.name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    notes = _notes_files(path.with_suffix(".md"))
    for language, file in notes.items():  # of an earlier draft
        if language not in release.notes:
            file.unlink(missing_ok=True)
    contents = {path: text(release), **{notes[language]: said for language, said in release.notes.items()}}
    for file, content in contents.items():
        with whole(file) as out:
            out.write(content.encode())
    return list(contents)


def text(release: Release) -> str:
    """Return the record of a release as TOML 1.0: the same release gives the same bytes."""
    lines = [
        f"name = {_quoted(release.name)}",
        f"date = {release.date.isoformat()}",
        f"version = {_quoted(release.version)}",
        f"ontology = {_quoted(release.ontology)}",
        f"software = {_quoted(release.software)}",
        f"revision = {_quoted(release.revision)}",
        f"doi = {_quoted(release.doi)}",
        f"quads = {release.quads}",
        f"triples = {release.triples}",
    ]
    for name, about in sorted(release.files.items()):
        lines += ["", f"[files.{_quoted(name)}]", f"bytes = {about.bytes}", f"sha256 = {_quoted(about.sha256)}"]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """Return a basic string; those of JSON without characters beyond ASCII are such ones."""
    return json.dumps(value)


def with_doi(name: str, doi: str, of: Path | None = None) -> Release:
    """Enter the DOI of a release into its record, and return the release.

    Raises CityrightsError for what is no DOI, for an unknown release, for one that has another DOI, which stays for
    good, and for a DOI that another release has.
    """
    numbered(name)
    place, found = of or home(), valid_doi(doi)
    known = releases(place)
    release = next((one for one in known if one.name == name), None)
    if release is None:
        raise CityrightsError(f"there is no release {name}; there are: {named(known)}")
    if release.doi and release.doi != found:
        record = place / FOLDER / f"{name}.toml"
        raise CityrightsError(
            f"release {name} has the DOI {release.doi}, and a DOI stays; where it was mistyped, correct it in {record}"
        )
    other = next((one.name for one in known if one.name != name and one.doi.lower() == found.lower()), "")
    if other:
        raise CityrightsError(f"{found} is the DOI of release {other}")
    made = replace(release, doi=found)
    write(made, place)
    return made


def named(known: Sequence[Release]) -> str:
    """Return the names of releases, for a sentence."""
    return ", ".join(one.name for one in known) or "none"


#: What a release is made of, in a checkout: what the build reads, and what stands beside it in the folder.
_MADE_OF: Final = ("ontology", "data", "queries", "LICENSE*", "pyproject.toml", f":(exclude){FOLDER.as_posix()}")
_TOLD: Final = 10


class Checkout:
    """What git knows of a home. Raises CityrightsError where git is not installed, or the home is no checkout."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._git("rev-parse", "--show-toplevel", hint=f"{home} is no checkout of git, and a release is of a commit")

    def require_clean(self) -> None:
        """Raise CityrightsError with the files that are not committed, where there are some."""
        said = self._git("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
        dirty = [line[3:] for line in said.split("\0") if line]
        if dirty:
            raise CityrightsError(f"{some(dirty)} are not committed, and a release is of a commit: commit them first")

    def revision(self) -> str:
        """Return the commit that is checked out."""
        return self._git("rev-parse", "--verify", "HEAD", hint="there is no commit yet").strip()

    def day(self) -> date:
        """Return the day of that commit, in UTC."""
        said = self._git("show", "--no-patch", "--format=%ct", "HEAD", hint="there is no commit yet")
        return datetime.fromtimestamp(int(said), UTC).date()

    def files(self) -> list[str]:
        """Return the paths of the files that git knows, from the home on."""
        return [path for path in self._git("ls-files", "-z").split("\0") if path]

    def changed_since(self, revision: str) -> list[str]:
        """Return what a release is made of that is not as it was in a commit."""
        hint = f"commit {revision} is not in this clone; a shallow one gets it by: git fetch --unshallow"
        return [
            path
            for path in self._git("diff", "--name-only", "-z", revision, "--", *_MADE_OF, hint=hint).split("\0")
            if path
        ]

    def commit_of(self, path: Path) -> str:
        """Return the commit that brought a file; nothing where none has."""
        return self._git("log", "-1", "--format=%H", "--diff-filter=A", "--", path.as_posix()).strip()

    def _git(self, *arguments: str, hint: str = "") -> str:
        command = ["git", "-C", str(self.home), *arguments]
        try:
            return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "surrogateescape")
        except FileNotFoundError as error:
            raise CityrightsError("git is not installed, and a release is of a commit") from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines()
            raise CityrightsError(f"{hint or 'git failed'} ({said[-1] if said else 'it did not say why'})") from error


def some(paths: Sequence[str]) -> str:
    """Return the first paths of many, and how many more there are."""
    more = f" and {len(paths) - _TOLD} more" if len(paths) > _TOLD else ""
    return ", ".join(paths[:_TOLD]) + more
