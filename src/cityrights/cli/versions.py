"""``cityrights diff``, ``patch`` and ``release``: versions compared, made of each other, and given a name for good."""

from __future__ import annotations

import re
import shlex
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import click
import orjson

from cityrights import publishing
from cityrights.cli.console import console, notes, progress
from cityrights.cli.options import SOURCES
from cityrights.cli.read import opened
from cityrights.errors import CityrightsError
from cityrights.home import PARTS, home
from cityrights.library.queries import LANGUAGES
from cityrights.library.queries import nearest as nearest_language
from cityrights.library.running import Ledger
from cityrights.pipeline import build
from cityrights.snapshot import CURRENT, DRAFT, MANIFEST, Snapshot, default_directory
from cityrights.versions import archive, releases
from cityrights.versions import changes as told
from cityrights.versions.kept import is_name, snapshot_of
from cityrights.versions.patch import apply, whole, write
from cityrights.vocabulary import LANGUAGE

_DIGITS: Final = re.compile("[0-9a-f]{4,64}")
_DUMPS: Final = (".nq", ".nq.gz")
_OUT: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("before")
@click.argument("after", default=CURRENT)
@click.option(
    "--git", "revision", is_flag=True, help="BEFORE is a revision of the checkout's history: built, then compared."
)
@click.option(
    "--home",
    "where",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ontology, data and queries, in the checkout that --git reads.",
)
@click.option("--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder of snapshots.")
@click.option(
    "--language",
    default=nearest_language(LANGUAGE),
    show_default=True,
    type=click.Choice(LANGUAGES),
    help="Language of the words.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@click.option(
    "--patch", "patch_file", type=_OUT, help="Write the change as RDF Patch into this file, and nothing else."
)
def diff(
    before: str,
    after: str,
    where: Path | None,
    directory: Path | None,
    language: str,
    patch_file: Path | None,
    *,
    revision: bool,
    as_json: bool,
) -> None:
    """Tell what changed from BEFORE to AFTER, by default the current version.

    Each is a version that is kept (its first digits), the folder of a snapshot, or a dump in N-Quads. Exit codes: 0
    told, also where nothing changed; 1 one of them cannot be read.
    """
    source = where or home()
    folder = directory or default_directory(source)
    with ExitStack() as stack:
        if revision:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            old = _nquads(_of_revision(before, source, place, folder))
        else:
            old = _nquads(_version(before, folder))
        new = _nquads(_version(after, folder))
        if patch_file is not None:
            with whole(patch_file) as out:
                count = write(old, new, out)
            notes.print(f"{patch_file}: {count:,} quads", markup=False)
            return
        asked = told.questions(Ledger(folder), *(_short(path) for path in (old, new)))
        found = told.changes(old, new, *asked)
    if as_json:
        console.out(orjson.dumps(found.as_dict(language)).decode())
        return
    for change in found.changes:
        console.print(found.told(change, language), markup=False)
    notes.print(found.counted(language), markup=False)


@click.command()
@click.argument("patch_file", metavar="PATCH", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=_OUT, help="The dump that comes of it.")
def patch(patch_file: Path, before: Path, output: Path) -> None:
    """Apply PATCH, made by `cityrights diff A B --patch`, to the dump BEFORE in N-Quads.

    What comes of it is the other version's dump, byte for byte, or an error and no file.
    """
    apply(patch_file, before, output)
    notes.print(f"wrote {output}", markup=False)


def _version(name: str, folder: Path) -> Path:
    """Return the dump, or the folder of the snapshot, that is meant. Raises CityrightsError with what there is."""
    path = Path(name).expanduser()
    if path.name.endswith(_DUMPS) and path.is_file():
        return path
    if (path / MANIFEST).is_file() or (path / CURRENT).is_dir():
        return Snapshot.open(path).path
    kept = sorted(found.parent.name for found in folder.glob(f"*/{MANIFEST}"))
    if name == DRAFT:
        return Snapshot.open(folder / DRAFT).path
    if name == CURRENT:
        return (opened(None) if folder == default_directory() else Snapshot.current(folder)).path
    matching = [version for version in kept if _DIGITS.fullmatch(name) and version.startswith(name[:12])]
    if len(matching) == 1:
        return Snapshot.open(folder / matching[0]).path
    if is_name(name):  # a release, or one that is gone, which is told
        return snapshot_of(name, folder).path
    there = ", ".join(kept) or "none"
    reason = "names several versions" if matching else "is neither a version that is kept, nor a snapshot, nor a dump"
    raise CityrightsError(f"{name} {reason}; kept are: {there}")


def _nquads(place: Path) -> Path:
    return place if place.is_file() else Snapshot.open(place).dump


def _short(dump: Path) -> str:
    """Return the first digits of the version that a dump is of; nothing for a file of its own."""
    return Snapshot(dump.parent).short if (dump.parent / MANIFEST).is_file() else ""


def _of_revision(revision: str, where: Path, place: Path, folder: Path) -> Path:
    """Build the data of a revision of the checkout as today's rules and code make them, and return its snapshot."""
    if revision.startswith("-"):
        raise CityrightsError(f"{revision} is no revision of git")
    command = ["git", "-C", str(where), "archive", "--format=tar", revision, "--", *PARTS]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError as error:
        raise CityrightsError("git is not installed, and --git reads the checkout's history by it") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CityrightsError(
            f"git has no {revision} in {where}: {said[-1] if said else 'it did not say why'}"
        ) from error
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    with progress("build") as report:
        return build(place, folder, progress=report, draft=False).snapshot.path


class _Named(click.Group):
    """``release`` and what is done with a release: a name that is no command's is that of a new release."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments for those of ``new`` where the first is no command's name."""
        known = args[:1] and (args[0] in self.commands or args[0] in ("-h", "--help"))
        return super().parse_args(ctx, args if known or not args else ["new", *args])


@click.group(cls=_Named)
def release() -> None:
    """Give the present version a name, and make of it what archives take: cityrights release 2026.1 --notes FILE."""


_HOME = click.option(
    "--home",
    "where",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with ontology, data and queries, in a checkout.",
)
_FOLDER = click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write; by default dist/cityrights-NAME in the checkout.",
)
_SNAPSHOTS = click.option(
    "--snapshot", "directory", type=click.Path(file_okay=False, path_type=Path), help="Folder of snapshots."
)
_ZIP = click.option("--zip", "zipped", is_flag=True, help="Pack the folder into FOLDER.zip, too.")


@release.command()
@click.argument("name")
@click.option(
    "--notes",
    "english",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is new, Markdown in English; NOTES.fr.md and NOTES.es.md beside NOTES.md are taken, too.",
)
@SOURCES
@_FOLDER
@_HOME
@_SNAPSHOTS
@_ZIP
def new(
    name: str,
    english: Path,
    sources: Path | None,
    folder: Path | None,
    where: Path | None,
    directory: Path | None,
    *,
    zipped: bool,
) -> None:
    """Release the present version as NAME (new may be left out).

    Refused unless the checkout is clean and committed and the check finds no error, and where the name is known
    already, the version has one, or the commit is older than the last release. The date is that of the commit, so that
    it can be made again. Commit what this writes: the record, CITATION.cff and README.md.
    """
    place = where or home()
    known = releases.releases(place)
    _new(name, known)
    written_notes = releases.notes_of(english)
    git = releases.Checkout(place)
    git.require_clean()
    day = git.day()
    if known and day < known[0].date:
        raise CityrightsError(
            f"this commit is of {day}, before release {known[0].name} of {known[0].date}: the clock went back, or this "
            "is no later commit"
        )
    if day > datetime.now(UTC).date():
        raise CityrightsError(f"this commit is of {day}, which is still to come: set the clock of this machine right")
    target = _target(folder, name, place)
    _require_checked(place, directory or default_directory(place), sources)
    snapshot = _built(place, directory)
    before = next((one for one in known if one.version == snapshot.version), None)
    if before is not None:
        raise CityrightsError(f"version {snapshot.short} is release {before.name} already: nothing has changed since")
    made = releases.Release(
        name, day, snapshot.version, archive.ontology_of(snapshot), archive.software_of(place).version, git.revision(),
        int(snapshot.manifest["quads"]), int(snapshot.manifest["triples"]), notes=written_notes,
        files={file: releases.File(about["bytes"], about["sha256"]) for file, about in snapshot.files.items()},
    )  # fmt: skip
    _write(made, known[0] if known else None, git, snapshot, target, zipped=zipped)
    written = [*releases.write(made, place), *archive.say_how_to_cite(place, made)]
    console.print(f"release {name} is version {made.version}, of {day}", markup=False)
    said = " ".join(shlex.quote(str(path.relative_to(place))) for path in written)
    notes.print(f"commit it: git add {said} && git commit", markup=False)


@release.command()
@click.argument("name")
@_FOLDER
@_HOME
@_SNAPSHOTS
@_ZIP
def again(name: str, folder: Path | None, where: Path | None, directory: Path | None, *, zipped: bool) -> None:
    """Write the folder of the release NAME again, byte for byte, from its record and from the commit that it is of.

    Refused where ontology, data or questions are no longer those of that commit.
    """
    place = where or home()
    known = releases.releases(place)
    made = next((one for one in known if one.name == name), None)
    if made is None:
        raise CityrightsError(f"there is no release {name}; there are: {releases.named(known)}")
    git = releases.Checkout(place)
    changed = git.changed_since(made.revision)
    if changed:
        raise CityrightsError(
            f"{releases.some(changed)} are not as in release {name}; check it out: git worktree add "
            f"FOLDER {git.commit_of(releases.FOLDER / f'{name}.toml') or made.revision}"
        )
    target = _target(folder, name, place)
    snapshot = _built(place, directory)
    if snapshot.version != made.version:
        raise CityrightsError(
            f"what is built here is version {snapshot.short}, and release {name} is {made.short}: this is not the "
            "software that made it"
        )
    other = [file for file, about in made.files.items() if snapshot.files.get(file, {}).get("sha256") != about.sha256]
    if other:
        raise CityrightsError(f"{', '.join(other)} are not as in release {name}: this is not the software that made it")
    before = known[known.index(made) + 1 :]
    _write(made, before[0] if before else None, git, snapshot, target, zipped=zipped)
    console.print(f"release {name} is version {made.version}, of {made.date}", markup=False)


@release.command()
@click.argument("name")
@click.argument("doi")
@_HOME
def doi(name: str, doi: str, where: Path | None) -> None:
    """Enter the DOI that an archive gave the release NAME into its record, CITATION.cff and README.md.

    The folder with it is written by cityrights release again.
    """
    place = where or home()
    made = releases.with_doi(name, doi, place)
    newest = releases.releases(place)[0]
    if newest.name == made.name:
        archive.say_how_to_cite(place, newest)
    console.print(f"release {name} has the DOI {made.doi}", markup=False)


def _new(name: str, known: Sequence[releases.Release]) -> None:
    """Raise CityrightsError where a name is none, is known, or comes before the last one."""
    number = releases.numbered(name)
    if any(one.name == name for one in known):
        raise CityrightsError(f"there is a release {name} already; a name is given once: take the next number")
    if known and number < releases.numbered(known[0].name):
        raise CityrightsError(f"{name} comes before {known[0].name}, which is released: take a later name")


def _require_checked(place: Path, directory: Path, sources: Path | None) -> None:
    """Raise CityrightsError where the check finds an error; what has a receipt is not checked again."""
    if publishing.is_checked(place, directory, documents=sources is not None):
        return
    with progress("check") as step:
        report = publishing.check_home(place, directory, sources=sources, progress=step)
    if not report.clean:
        wrong = sum(finding.severity == "error" for finding in report.findings)
        left_out = f" and could not do all ({', '.join(report.not_run)})" if report.not_run else ""
        raise CityrightsError(
            f"the check finds {wrong} errors{left_out}, so nothing is released; see them with: cityrights check"
        )


def _built(place: Path, directory: Path | None) -> Snapshot:
    """Return the snapshot of a home, and leave to whoever publishes which one is current."""
    with progress("build") as step:
        return build(place, directory or default_directory(place), progress=step, draft=False).snapshot


def _target(folder: Path | None, name: str, place: Path) -> Path:
    """Return the folder to write. Raises InputError where it is there: said now, not after a check and a build."""
    target = (folder or place / "dist" / f"cityrights-{name}").absolute()
    archive.require_absent(target)
    return target


def _write(
    made: releases.Release,
    before: releases.Release | None,
    git: releases.Checkout,
    snapshot: Snapshot,
    target: Path,
    *,
    zipped: bool,
) -> None:
    archive.write(target, made, before, git.home, snapshot, git.files())
    notes.print(f"wrote {target}", markup=False)
    if zipped:
        packed = target.with_name(f"{target.name}.zip")
        archive.pack(target, packed, made)
        notes.print(f"wrote {packed}", markup=False)
