"""``cityrights diff`` and ``patch``: what changed between two versions, in words, as JSON, or to be applied."""

from __future__ import annotations

import re
import subprocess
import tarfile
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Final

import click
import orjson

from cityrights.cli.console import console, notes, progress
from cityrights.cli.read import opened
from cityrights.errors import CityrightsError
from cityrights.home import PARTS, home
from cityrights.library.queries import LANGUAGES
from cityrights.library.running import Ledger
from cityrights.pipeline import build
from cityrights.snapshot import CURRENT, DRAFT, MANIFEST, Snapshot, default_directory
from cityrights.versions import changes as told
from cityrights.versions.kept import is_name, snapshot_of
from cityrights.versions.patch import apply, whole, write

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
    "--language", default="en", show_default=True, type=click.Choice(LANGUAGES), help="Language of the words."
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
        console.out(orjson.dumps(found.as_dict()).decode())
        return
    for change in found.changes:
        console.print(found.told(change, language), markup=False)
    notes.print(f"{found.added:,} quads came, {found.removed:,} went", markup=False)


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
    return place if place.is_file() else Snapshot.open(place).nquads


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
