"""Receipts: that ``cityrights check`` found no error in exactly these inputs, so that they are not checked again.

    <directory>/receipts/<part>-<digest>.json   what was looked at, by digests; when; how many warnings there were

A receipt is named by a digest of everything that the check read: the contents of files with their names within the
home, never their times, so a clock that went back, a fresh clone and a copy of a home change nothing. It is believed
only where it is whole and lies where nobody but this user could have put it (docs/decisions/0050).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.metadata import distribution as of_package
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from cityrights.errors import InputError
from cityrights.home import INSTANCE, layers

FOLDER: Final = "receipts"
#: What the check looks at apart: the graph, and the words of the program. Each has a receipt of its own, since the
#: words are checked in a moment, and who works on the site changes nothing else.
PARTS: Final = {
    "graph": ("ontology", "data", "shapes", "rules", "questions", "checker", "dependencies"),
    "words": ("words", "dependencies"),
}
#: Folders of a home, and what the files in them are; those of ``queries`` that are not named here are of pages.
_OF_HOME: Final = {
    "ontology/shapes": "shapes",
    "ontology": "ontology",
    "data": "data",
    "queries/checks": "rules",
    "queries/construct": "rules",
    "queries/explore": "questions",
    "queries/asking": "questions",
    "queries/stories": "questions",
    "queries": "pages",
}
#: Rooms of the packages in which nothing is that a check imports; a test holds them to that.
UNUSED: Final = ("cityrights/mcp", "cityrights/query_builder", "sparqlgate/http")
#: The distributions whose code a check runs; a test holds this to what it loads.
DEPENDENCIES: Final = (
    "babel", "charset-normalizer", "click", "html5rdf", "importlib-metadata", "lazy-importer", "markdown-it-py",
    "mdurl", "networkx", "numpy", "orjson", "owlrl", "packaging", "platformdirs", "prettytable", "pyoxigraph",
    "pyparsing", "pyshacl", "rapidfuzz", "rdflib", "rich", "scipy", "setuptools", "tantivy", "wcwidth", "zipp",
    "zstandard",
)  # fmt: skip
#: Ends of the names of files that no check reads: prose, and what is compiled.
_PASSED: Final = ("README.md", "CHANGES.md", ".mo", ".pyc", ".toml")
#: Where the records of releases are, with their notes: what was checked has its name afterwards.
_RELEASES: Final = "data/releases/"
#: A receipt is small: what is larger is none.
_LARGEST: Final = 1 << 16
#: So many are kept of a home, the newest.
_KEPT: Final = 100
_VERSION: Final = "Version: "
log = logging.getLogger("cityrights.check")


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a part was checked: whether with the documents, when (UTC), and how many warnings were found."""

    part: str
    documents: bool
    when: datetime
    warnings: int


def ingredients(home: Path) -> dict[str, str]:
    """Return a SHA-256 for each kind of thing that a check, or what is made for pages, depends on.

    Raises InputError for a file that cannot be read.
    """
    found: dict[str, list[bytes]] = {name: [] for name in (*_OF_HOME.values(), "checker", "words")}
    parts = [(part, layer / part) for layer in layers(home) for part in ("ontology", "data", "queries")]
    parts = [(part, folder) for part, folder in parts if part != "data" or folder.parent == home]
    for part, folder in parts:
        for name, path in _files(folder, part):
            if name.startswith(_RELEASES):
                continue
            kind = next(kind for folder, kind in _OF_HOME.items() if name.startswith(f"{folder}/"))
            found[kind].append(_entry(name, path))
    if (home / INSTANCE).is_file():
        found["data"].append(_entry(INSTANCE, home / INSTANCE))
    for package in ("sparqlgate", "cityrights", "cityrights_web"):
        for name, path in _files(_package(package), package):
            said = path.suffix in (".po", ".pot")
            if package != "cityrights_web" and not said and not name.startswith(UNUSED):
                found["checker"].append(_entry(name, path))
            if package != "sparqlgate" and (said or path.suffix in (".py", ".html")):
                found["words"].append(_entry(name, path))
    versions = [f"{name} {_version(name)}".encode() for name in DEPENDENCIES]
    found["dependencies"] = [f"python {sys.version}".encode(), *versions]
    return {kind: hashlib.sha256(b"\n".join(entries)).hexdigest() for kind, entries in found.items()}


def key(of: Mapping[str, str], names: Iterable[str], *, documents: bool = False) -> str:
    """Return one digest of some ingredients, and of whether the documents were at hand."""
    told = {"documents": documents, **{name: of[name] for name in names}}
    return hashlib.sha256(_canonical(told)).hexdigest()


def find(directory: Path, part: str, of: Mapping[str, str], *, documents: bool = False) -> Receipt | None:
    """Return the receipt of a part of a check with these ingredients, None where there is none to be believed.

    One with the documents answers for a check without them, which looks at less; never the other way.
    """
    for with_documents in (True,) if documents else (False, True):
        found = _believed(directory, part, of, documents=with_documents)
        if found is not None:
            return found
    return None


def keep(directory: Path, part: str, of: Mapping[str, str], *, documents: bool, warnings: int) -> bool:
    """Keep a receipt of a check that found no error; a warning says where it cannot be written, and False is returned.

    Those of long ago make way.
    """
    told: dict[str, object] = {
        "part": part,
        "documents": documents,
        "ingredients": {name: of[name] for name in PARTS[part]},
        "errors": 0,
        "warnings": warnings,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    told["seal"] = hashlib.sha256(_canonical(told)).hexdigest()
    folder, path = directory / FOLDER, _path(directory, part, of, documents=documents)
    fresh = folder / f".{path.name}-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        fresh.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        fresh.chmod(0o644)
        fresh.replace(path)
        earlier = sorted(
            (each for each in folder.glob("*.json") if each != path), key=lambda each: each.stat().st_mtime
        )
        for old in earlier[: -_KEPT + 1]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("that this was checked cannot be kept, so it will be checked again: %s", error)
        return False
    return True


def _believed(directory: Path, part: str, of: Mapping[str, str], *, documents: bool) -> Receipt | None:
    path = _path(directory, part, of, documents=documents)
    text = _own(path)
    try:
        told: dict[str, Any] = json.loads(text or "")
        seal = told.pop("seal")
        whole = seal == hashlib.sha256(_canonical(told)).hexdigest() and told["errors"] == 0
        same = told["ingredients"] == {name: of[name] for name in PARTS[part]}
        if not (whole and same and (told["part"], told["documents"]) == (part, documents)):
            return None
        return Receipt(part, documents, datetime.fromisoformat(told["when"]), int(told["warnings"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # not there, cut, or no receipt


def _own(path: Path) -> str | None:
    """Return the text of a file that nobody but this user or root can have written; None where there is none."""
    me = getattr(os, "geteuid", lambda: 0)
    try:
        for place, is_kind in ((path.parent, stat.S_ISDIR), (path, stat.S_ISREG)):
            about = place.lstat()
            if not is_kind(about.st_mode) or (about.st_size > _LARGEST and place == path):
                return None
            if os.name == "posix" and (about.st_uid not in (me(), 0) or about.st_mode & 0o022):
                return None
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return None


def _path(directory: Path, part: str, of: Mapping[str, str], *, documents: bool) -> Path:
    return directory / FOLDER / f"{part}-{key(of, PARTS[part], documents=documents)}.json"


def _files(folder: Path | None, name: str) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder that may be read, with its name, in the order of the names."""
    if folder is None:
        return
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.name.endswith(_PASSED) and "_resources" not in inside.parts[:1] and path.is_file():
            yield f"{name}/{inside.as_posix()}", path


def _entry(name: str, path: Path) -> bytes:
    try:
        return f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}".encode()
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _version(distribution: str) -> str:
    try:
        # What is asked for is one of its first lines: to read all of them as a message takes a hundred times as long.
        told = of_package(distribution).read_text("METADATA") or ""
    except PackageNotFoundError:
        return "none"
    head = told.partition("\n\n")[0].splitlines()
    return next((line.removeprefix(_VERSION) for line in head if line.startswith(_VERSION)), None) or version(
        distribution
    )


def _canonical(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
