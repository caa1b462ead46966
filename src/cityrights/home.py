"""Where the instance in use is, and where ontology, data, queries and words are taken from (``CITYRIGHTS_HOME``).

A home is a folder that people own. It is *complete* when it has ontology, data and queries of its own, as the checkout
and the installed package do; it is an *instance* when it has ``instance.toml``: then the package's files come first,
and its own beside them (``cityrights.instance``).

Looked for in this order: ``CITYRIGHTS_HOME``; ``instance.toml`` in the working directory or above it; ``_resources``
inside the installed package; the checkout, if it has a ``pyproject.toml``. Reading writes nothing there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cityrights.errors import InputError, ResourceNotFound

PARTS = ("ontology", "data", "queries")
#: The file that makes a folder an instance.
INSTANCE: Final = "instance.toml"
#: What a folder has that brings the vocabulary itself, not only additions.
_VOCABULARY: Final = Path("ontology") / "cityrights.ttl"


def home() -> Path:
    """Return the folder of the instance in use.

    Raises ResourceNotFound with every place tried when there is none.
    """
    chosen = os.environ.get("CITYRIGHTS_HOME")
    if chosen:
        candidate = Path(chosen).expanduser().resolve()
        if is_home(candidate):
            return candidate
        raise ResourceNotFound(
            f"CITYRIGHTS_HOME is {candidate}, which has no {INSTANCE} and lacks {', '.join(_missing(candidate))}; "
            "point it at an instance (cityrights new makes one) or at a folder with ontology, data and queries, "
            "or unset it"
        )
    return around() or shipped()


def around(folder: Path | None = None) -> Path | None:
    """Return the nearest instance, from ``folder`` (by default the working directory) upwards; None: there is none."""
    try:
        start = folder.resolve() if folder is not None else Path.cwd()
    except FileNotFoundError:  # the working directory was removed
        return None
    return next((each for each in (start, *start.parents) if (each / INSTANCE).is_file()), None)


def shipped() -> Path:
    """Return the folder that ontology, queries and rules of cityrights itself are in.

    Raises ResourceNotFound with every place tried when none is complete.
    """
    package = Path(__file__).resolve().parent
    tried: list[str] = []
    checkout = _checkout(package)
    for folder in (package / "_resources", *([checkout] if checkout else [])):
        if not _missing(folder):
            return folder
        tried.append(f"{folder} (lacks {', '.join(_missing(folder))})")
    raise ResourceNotFound(
        "the ontology, data and queries were not found; tried "
        + "; ".join(tried or ["no place at all"])
        + ". Set CITYRIGHTS_HOME to the folder that holds them, or install cityrights again."
    )


def is_home(folder: Path) -> bool:
    """Say whether a folder is an instance, or complete."""
    return (folder / INSTANCE).is_file() or not _missing(folder)


def is_complete(folder: Path) -> bool:
    """Say whether a folder brings all of its own: nothing of the package is taken beside it."""
    return not _missing(folder) and (not (folder / INSTANCE).is_file() or (folder / _VOCABULARY).is_file())


def layers(home: Path) -> tuple[Path, ...]:
    """Return the folders whose files make up ``home``, the last wins: itself, or the package's and it."""
    return (home,) if is_complete(home) else (shipped(), home)


def listed(folder: Path, pattern: str) -> list[Path]:
    """List the files of a folder that fit a pattern (``*.rq``, ``**/*.ttl``), by their names in order.

    In an instance those of the package are among them; of two with the same name it is the instance's.
    """
    found: dict[Path, Path] = {}
    for place in _layered(folder):
        found |= {path.relative_to(place): path for path in place.glob(pattern) if path.is_file()}
    return [found[name] for name in sorted(found)]


def resource(path: Path) -> Path:
    """Return a file of a home: in an instance its own, where it has one, else the package's, there or not."""
    every = _layered(path)
    return next((each for each in reversed(every) if each.is_file()), every[0])


def is_shared(path: Path, folder: Path) -> bool:
    """Say whether a file that :func:`listed` found for a folder of an instance is the package's."""
    return len(_layered(folder)) > 1 and not path.is_relative_to(folder)


def is_instance(home: Path) -> bool:
    """Say whether a home, or a folder in it, is of an instance, over what the package brings."""
    return len(_layered(home / INSTANCE)) > 1


def _layered(path: Path) -> tuple[Path, ...]:
    """Return a folder or file of a home, after that of the package, where the home is an instance."""
    for folder in path.parents:
        if (folder / INSTANCE).is_file():
            return tuple(layer / path.relative_to(folder) for layer in layers(folder))
    return (path,)


def _checkout(package: Path) -> Path | None:
    root = package.parent.parent
    return root if (root / "pyproject.toml").is_file() else None


def _missing(folder: Path) -> list[str]:
    return [part for part in PARTS if not (folder / part).is_dir()]


def text_of(path: Path) -> str:
    """Return the text of a file that people write, in UTF-8 with or without a mark of order.

    Raises InputError with the line of what is not UTF-8.
    """
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"byte {error.start} is not UTF-8", line, "save the file as UTF-8") from error
