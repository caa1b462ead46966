"""The difference of two versions as RDF Patch, and a patch applied: N-Quads dumps in, N-Quads dumps out.

The dump of a version is sorted by its lines and has each once, so two of them are compared in one pass with two lines
in memory; a million quads take seconds. A patch is text (https://afs.github.io/rdf-patch/): ``D`` and ``A`` before a
quad as N-Quads writes it, between ``TX .`` and ``TC .``; its head names the dump that it is for and the dump that comes
of it by their SHA-256, so that what is applied to another one is refused, and what was made is known to be right, byte
for byte.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from sparqlgate.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: A patch names the dumps that it is for by their digests: names on which two machines agree.
_URN: Final = "urn:sha256:"
_HEAD: Final = re.compile(rb"H (id|prev) <urn:sha256:([0-9a-f]{64})> ?\.?")
_REMADE: Final = "make the patch again: cityrights diff A B --patch FILE"


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch in memory: lines of N-Quads that go and that come, and the SHA-256 of the dumps before and after."""

    before: str
    after: str
    gone: frozenset[bytes]
    come: frozenset[bytes]


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a dump, plain or packed with gzip, each with its line feed.

    Raises InputError where they are not sorted as a dump's are, each once, or the file cannot be read.
    """
    before = b""
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                if line <= before:
                    reason = "the lines are not those of a dump, sorted and each once"
                    raise InputError(path, reason, number, "sort them: LC_ALL=C sort -u")
                before = line
                yield line if line.endswith(b"\n") else line + b"\n"
    except (OSError, EOFError) as error:
        raise InputError(path, f"cannot be read: {error}") from error


def difference(before: Path, after: Path) -> Iterator[tuple[str, bytes]]:
    """Yield ``D`` with each line that only ``before`` has, ``A`` with each that only ``after`` has, in their order."""
    old, new = lines_of(before), lines_of(after)
    left, right = next(old, None), next(new, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(old, None), next(new, None)
        elif right is None or (left is not None and left < right):
            assert left is not None
            yield "D", left
            left = next(old, None)
        else:
            yield "A", right
            right = next(new, None)


def write(before: Path, after: Path, out: IO[bytes]) -> int:
    """Write the patch that makes ``after`` of ``before``, and return how many quads it has. Raises InputError."""
    out.write(f"H id <{_URN}{_sum(after)}> .\nH prev <{_URN}{_sum(before)}> .\nTX .\n".encode())
    count = 0
    for mark, line in difference(before, after):
        out.write(mark.encode() + b" " + line)
        count += 1
    out.write(b"TC .\n")
    return count


class _Bounded(io.BytesIO):
    """What is written, up to so many bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: ReadableBuffer) -> int:
        """Write more. Raises OverflowError where that is too much."""
        written = super().write(data)
        if self.tell() > self._most:
            raise OverflowError
        return written


def written(before: Path, after: Path, most: int) -> bytes | None:
    """Return the patch that makes ``after`` of ``before``; None where it has more bytes than ``most``.

    Raises InputError as :func:`write`.
    """
    out = _Bounded(most)
    try:
        write(before, after, out)
    except OverflowError:
        return None
    return out.getvalue()


def read(path: Path) -> Patch:
    """Read a patch, in whatever order its rows are. Raises InputError with the line of what is no part of one."""
    names: dict[bytes, str] = {}
    rows: dict[bytes, set[bytes]] = {b"A": set(), b"D": set()}
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                row = line.strip()
                mark, _, quad = row.partition(b" ")
                if mark in rows and quad.endswith(b" ."):
                    rows[mark].add(quad + b"\n")
                elif head := _HEAD.fullmatch(row):
                    names[head[1]] = head[2].decode()
                elif row and mark not in (b"H", b"TX", b"TC") and not row.startswith(b"#"):
                    wrong = line[:60].decode("utf-8", "replace").strip()
                    raise InputError(path, f"“{wrong}” is no row of a patch without prefixes", number, _REMADE)
    except (OSError, EOFError) as error:
        raise InputError(path, f"cannot be read: {error}") from error
    if len(names) < 2:
        raise InputError(path, "the head does not name the dumps before and after", 1, _REMADE)
    return Patch(names[b"prev"], names[b"id"], frozenset(rows[b"D"]), frozenset(rows[b"A"]))


def apply(patch: Path, before: Path, after: Path) -> None:
    """Write to ``after`` what ``patch`` makes of the dump ``before``; the whole of it, or nothing.

    Raises InputError where the patch is for another dump, takes away what is not there or adds what is, or what comes
    of it is not what its head says.
    """
    told = read(patch)
    if _sum(before) != told.before:
        reason = f"it is for another version: the dump with SHA-256 {told.before[:12]}…, this has {_sum(before)[:12]}…"
        raise InputError(patch, reason, None, "apply it to the version that it was made from")
    total = hashlib.sha256()
    with whole(after) as out:
        for line in _patched(patch, told, lines_of(before)):
            total.update(line)
            out.write(line)
        if total.hexdigest() != told.after:
            raise InputError(patch, "what comes of it is not what its head names: it was changed", None, _REMADE)


def _patched(path: Path, patch: Patch, lines: Iterable[bytes]) -> Iterator[bytes]:
    coming = iter(sorted(patch.come))
    new, gone = next(coming, None), 0
    for line in lines:
        while new is not None and new < line:
            yield new
            new = next(coming, None)
        if new == line:
            raise InputError(path, f"it adds what is there: {_short(line)}", None, _REMADE)
        if line in patch.gone:
            gone += 1
        else:
            yield line
    while new is not None:
        yield new
        new = next(coming, None)
    if gone != len(patch.gone):
        reason = f"it takes away {len(patch.gone) - gone} quads that are not there"
        raise InputError(path, reason, None, _REMADE)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write to that is at ``path`` only when all went well."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}-", delete=False) as out:
        fresh = Path(out.name)
        try:
            yield out
            out.flush()
            fresh.chmod(0o644)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if path.suffix == ".gz":
            with BufferedReader(gzip.open(file)) as unpacked:
                yield unpacked
        else:
            yield file


def _sum(path: Path) -> str:
    """Return the SHA-256 of the lines of a dump, unpacked."""
    total = hashlib.sha256()
    try:
        with _opened(path) as file:
            while piece := file.read(1 << 20):
                total.update(piece)
    except (OSError, EOFError) as error:
        raise InputError(path, f"cannot be read: {error}") from error
    return total.hexdigest()


def _short(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    return text if len(text) <= 120 else f"{text[:117]}…"
