"""Lines of N-Quads and N-Triples in order, each once, as many as the disk holds.

What a graph holds is written as lines, which are short where objects of Python are long. So many lines are kept in
memory; when there are more they are sorted by pieces, which are merged as they are read: an external merge sort. The
order is that of the bytes of UTF-8, which is that of the code points. Pieces are merged by lists of some lines, since a
list is sorted in one step where a queue takes one for each line.
"""

from __future__ import annotations

import io
import os
import tempfile
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: So many lines, of some 200 bytes each, are sorted at once.
PIECE: Final = 200_000
#: Of more lines a draft is a build of the whole.
_LIGHT: Final = 400_000
#: So many lines are written or read at once.
_SOME: Final = 4_096
#: Of more that come or go all are put in order again.
_FEW: Final = 500
#: So many bytes are written at once.
_BLOCK: Final = 1 << 20


class Lines:
    """Distinct lines, without their ends: ``add`` takes them in any order, iterating gives them in theirs.

    ``folder`` gives the folder for the pieces that do not fit in memory, files whose names begin with ``name``. Lines
    may be added after some were read; those that are read are those of that time.
    """

    def __init__(self, folder: Callable[[], Path], name: str) -> None:
        self._folder, self._name = folder, name
        self._held: list[bytes] = []
        self._is_sorted = True
        self._pieces: list[Path] = []
        self._length: int | None = None

    def add(self, lines: Iterable[bytes]) -> None:
        """Take in lines; none of them holds a line feed."""
        self._length = None
        self._held.extend(lines)
        self._is_sorted = False
        if len(self._held) > PIECE:
            self._sort()
            if len(self._held) > PIECE // 2:  # else most were there before, and there is room again
                self._pieces.append(self._file())
                write(self._pieces[-1], self._held)
                self._held = []

    def settle(self) -> None:
        """Bring all that was added into one order, so that reading it again costs no more sorting."""
        self._sort()
        if self._pieces:
            whole = self._file()
            self._length = write(whole, self)
            for piece in self._pieces:
                piece.unlink()
            self._pieces, self._held = [whole], []
        else:
            self._length = len(self._held)

    @property
    def in_memory(self) -> bool:
        """Whether all of them are held in memory."""
        return not self._pieces

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(1 for _ in self)
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(self.lists())

    def lists(self) -> Iterator[list[bytes]]:
        """Return an iterator over the lines in their order, some at a time."""
        self._sort()
        held = self._held
        return _merged(tuple(self._pieces), (held[start : start + _SOME] for start in range(0, len(held), _SOME)))

    def _sort(self) -> None:
        if not self._is_sorted:
            self._held = sorted(set(self._held))
            self._is_sorted = True

    def _file(self) -> Path:
        # Several hold lines in one folder: the name is one that no other has.
        made, name = tempfile.mkstemp(prefix=f"{self._name}-", dir=self._folder())
        os.close(made)
        return Path(name)


class Merge(Lines):
    """The lines of N-Triples that stand in lines of N-Quads of named graphs, each once, made while those are read.

    They come in their own order: no term is the beginning of another and a space, so graphs decide only between quads
    of one triple.
    """

    def __init__(self, quads: Lines) -> None:
        super().__init__(nowhere, "triples")
        self._quads = quads

    def add(self, lines: Iterable[bytes]) -> None:
        """Do nothing: they come with the quads."""

    def settle(self) -> None:
        """Do nothing: they are in the order of the quads."""

    @property
    def in_memory(self) -> bool:
        """Whether the quads are."""
        return self._quads.in_memory

    def __len__(self) -> int:
        return sum(map(len, self.lists()))

    def lists(self) -> Iterator[list[bytes]]:
        """Return an iterator over the lines in their order, some at a time."""
        last = b""
        for quads in self._quads.lists():
            some = list(dict.fromkeys(map(triple, quads)))
            if some[0] == last:
                del some[0]
            if some:
                last = some[-1]
                yield some


def triple(line: bytes) -> bytes:
    """Return the line of N-Triples of a line of N-Quads of a named graph."""
    return line[: line.rindex(b" ", 0, -2)] + b" ."


class Changing(Lines):
    """Lines that come and go, held in memory and in order: those are there that came more often than they went."""

    def __init__(self, name: str) -> None:
        super().__init__(nowhere, name)
        self._times: dict[bytes, int] = {}

    def change(self, went: Iterable[bytes], came: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
        """Take lines out and in; return those that are there no longer, and those that were not there before."""
        times, before = self._times, dict[bytes, int]()
        for line in came:
            before.setdefault(line, times.get(line, 0))
            times[line] = times.get(line, 0) + 1
        for line in went:
            before.setdefault(line, times[line])
            times[line] -= 1
        lost = [line for line, had in before.items() if had and not times[line]]
        won = [line for line, had in before.items() if not had and times[line]]
        for line in before:
            if not times[line]:
                del times[line]
        if len(lost) + len(won) < _FEW:
            for line in lost:
                del self._held[bisect_left(self._held, line)]
            for line in won:
                insort(self._held, line)
        else:
            self._held = [line for line in self._held if line in times] + won
            self._held.sort()  # two runs, of which one is long: that is no more than to go through them
        self._length = len(self._held)
        return lost, won

    def add(self, lines: Iterable[bytes]) -> None:
        """Take in lines, as they come."""
        self.change((), lines)

    def settle(self) -> None:
        """Do nothing: they are in order."""

    @property
    def in_memory(self) -> bool:
        """Whether there are so few that they may be held in memory."""
        return len(self._held) <= _LIGHT


def nowhere() -> Path:
    """Give no folder, where none is needed."""
    raise AssertionError("lines that change are held in memory")


def _merged(pieces: Sequence[Path], held: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    """Yield the lines of sorted files, and of sorted lists, in their order, each once, in lists.

    Of each there is a list at hand. The lines up to the smallest of their last ones are all that come next.
    """
    with ExitStack() as opened:
        runs = [held, *(_read(opened.enter_context(piece.open("rb", buffering=0))) for piece in pieces)]
        at_hand = [(some, run) for run in runs if (some := next(run, None))]
        while len(at_hand) > 1:
            last = min(some[-1] for some, _ in at_hand)
            first: list[bytes] = []
            left = []
            for some, run in at_hand:
                end = bisect_right(some, last)
                first += some[:end]
                if rest := some[end:] or next(run, []):
                    left.append((rest, run))
            first.sort()
            yield list(dict.fromkeys(first))
            at_hand = left
        for some, run in at_hand:
            yield some
            yield from run


def _read(file: io.RawIOBase) -> Iterator[list[bytes]]:
    """Yield the lines of a file in lists."""
    begun = b""
    while block := file.read(_BLOCK):
        *some, begun = (begun + block).split(b"\n")
        if some:
            yield some


def write(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines into a file, each ended by a line feed; return how many there were."""
    count = 0
    with path.open("wb", buffering=_BLOCK) as file:
        for some in _lists(lines):
            file.write(b"\n".join(some) + b"\n")
            count += len(some)
    return count


def blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines in blocks of some, each line ended by a line feed."""
    return (b"\n".join(some) + b"\n" for some in _lists(lines))


def _lists(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    if isinstance(lines, Lines):
        yield from lines.lists()
        return
    rest = iter(lines)
    while some := list(islice(rest, _SOME)):
        yield some


def readers(most: int, *parts: Iterable[bytes]) -> Iterator[io.BufferedReader]:
    """Yield files to read that hold the lines of all parts together, each ended by a line feed; some ``most`` in each.

    One is read to its end before the next one is asked for.
    """
    lists = chain.from_iterable(map(_lists, parts))
    for some in lists:
        held = (b"\n".join(each) + b"\n" for each in _up_to(most, chain([some], lists)))
        yield io.BufferedReader(_Read(held), _BLOCK)


def _up_to(most: int, lists: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    """Yield lists until there are as many lines, or no more."""
    count = 0
    while count < most and (some := next(lists, None)):
        count += len(some)
        yield some


class _Read(io.RawIOBase):
    """A file of blocks."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as the block at hand does; nothing at the end."""
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        view = memoryview(buffer)
        size = min(len(view), len(self._left))
        view[:size], self._left = self._left[:size], self._left[size:]
        return size
