"""How the questions of the library fared on each snapshot: kept beside the snapshots, and longer than they are.

    <directory>/library/runs/<version>.json   each question with its default values: when, rows, milliseconds, or fault
    <directory>/library/texts/<digest>.rq     the file of a question, by the digest of its text
    <directory>/library/answers/<digest>.tsv  the lines of an answer, by the first twelve digits of their SHA-256
    <directory>/library/asked                 what names all questions as they were when they were last asked

None of it belongs to a snapshot or to its version. Texts and answers are named by what they are, so what stays the
same from one version to the next is kept once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

log = logging.getLogger("cityrights.pipeline")

_DIGEST: Final = re.compile(r"[0-9a-f]{12}")
FOLDER: Final = "library"
_ASKED: Final = "asked"
#: More rows, or milliseconds, than a run can have; and the first year in which one can have been.
_MANY: Final = 10**12
_FIRST_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """One question, asked with its default values.

    ``text`` and ``answer`` are digests, ``milliseconds`` the time until the whole answer was there, ``fault`` why there
    is none.
    """

    text: str
    when: str
    rows: int = 0
    milliseconds: float = 0.0
    answer: str = ""
    fault: str = ""

    @property
    def at(self) -> datetime:
        """The time of the run, in UTC."""
        return datetime.fromisoformat(self.when)

    @property
    def complaint(self) -> str:
        """What is wrong with the question: that it failed, or that nothing was found; empty where it fared well."""
        return self.fault or ("" if self.rows else "no rows with its default values")


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one version of the data, by the name of the question; ``dated`` is what its manifest says."""

    version: str
    dated: str = ""
    runs: Mapping[str, Run] = field(default_factory=dict)


def digest(lines: Sequence[str]) -> str:
    """Return what names an answer: the first twelve digits of the SHA-256 of its lines, each ended by a line feed."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()[:12]


def _run(**told: Any) -> Run:
    """Return the run that a record tells. Raises ValueError, TypeError or OverflowError for what is none."""
    run = Run(**told)
    texts = (run.text, run.when, run.answer, run.fault)
    if not all(isinstance(text, str) for text in texts) or type(run.rows) is not int or not 0 <= run.rows < _MANY:
        raise ValueError("this is no run")
    if not 0 <= run.milliseconds < _MANY or run.at.year < _FIRST_YEAR:
        raise ValueError("this is no run")
    return run


class Ledger:
    """The ledger of a folder of snapshots; what it does not have is simply not known.

    Where nothing can be written, as on a medium that is only read, nothing is kept, and a warning says so once.
    """

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER
        self._warned = False

    def runs(self, version: str) -> Runs | None:
        """Return how the questions fared on a version of the data, given by its first twelve digits."""
        text = self._read("runs", version, "json")
        try:
            found = json.loads(text or "")
            return Runs(
                str(found["version"]),
                str(found["dated"]),
                {str(name): _run(**run) for name, run in found["runs"].items()},
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return None  # not there, of another release, or spoilt

    def text(self, name: str) -> str | None:
        """Return the file of a question by the digest of its text."""
        return self._read("texts", name, "rq")

    def answer(self, name: str) -> list[str] | None:
        """Return the lines of an answer by their digest; None for lines that have another one."""
        text = self._read("answers", name, "tsv")
        lines = [] if text is None else text.split("\n")[:-1]
        return lines if text is not None and digest(lines) == name else None

    def keep_text(self, name: str, content: str) -> None:
        """Keep the file of a question under the digest of its text."""
        self._write("texts", name, "rq", content)

    def keep_answer(self, lines: Sequence[str]) -> str:
        """Keep the lines of an answer, and return their digest."""
        name = digest(lines)
        spoilt = self.answer(name) is None
        self._write("answers", name, "tsv", "".join(f"{line}\n" for line in lines), again=spoilt)
        return name

    def keep_runs(self, found: Runs) -> None:
        """Keep how the questions fared on a version, in place of what was known of it."""
        self._write("runs", found.version[:12], "json", json.dumps(asdict(found), indent=1) + "\n", again=True)

    def asked(self) -> str:
        """Return what named the questions when they were last asked; empty where that is not known."""
        try:
            return (self._folder / _ASKED).read_text("ascii")
        except (OSError, ValueError):
            return ""

    def keep_asked(self, name: str) -> None:
        """Keep what names the questions that were asked now: whoever shows the library looks whether it has changed."""
        if self.asked() != name:
            self._put(self._folder / _ASKED, name)

    def _read(self, kind: str, name: str, extension: str) -> str | None:
        if _DIGEST.fullmatch(name) is None:
            return None
        path = self._folder / kind / f"{name}.{extension}"
        try:
            return path.read_bytes().decode() if path.is_file() else None
        except (OSError, ValueError):
            return None

    def _write(self, kind: str, name: str, extension: str, text: str, *, again: bool = False) -> None:
        path = self._folder / kind / f"{name}.{extension}"
        try:
            if path.exists() and not again:
                return
        except OSError:
            return
        self._put(path, text)

    def _put(self, path: Path, text: str) -> None:
        fresh = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(text.encode())
            fresh.replace(path)
        except OSError as error:
            if not self._warned:
                log.warning("%s cannot be written, so later versions will not know of this one: %s", path, error)
            self._warned = True
