"""Reading RDF in a process that may break: a file that overflows a parser ends the reader, and nobody else.

The reader is started fresh, bounded in memory and time, and has less stack than its parent, so that whatever it can
read the parent can read again. It sends what it read as N-Quads in frames: BEGIN (the number of the file), DATA, and
DONE, or ERROR; a reader that ends without DONE has failed at the file that it began last.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import FileIO
from pathlib import Path
from select import select
from typing import Final

import pyoxigraph as ox

from sparqlgate.errors import InputError
from sparqlgate.rdf import files as reading

_BEGIN: Final = b"B"
_DATA: Final = b"D"
_DONE: Final = b"Z"
_ERROR: Final = b"E"
_HEADER: Final = struct.Struct("!cI")
_PIECE: Final = 1 << 18
_STACK: Final = 2 << 20
_DEPTH: Final = 64
#: A literal, or an escape outside of one, which begins none: so each byte is looked at once or twice.
_LITERAL: Final = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\\.')
_RUN: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"


@dataclass(frozen=True)
class Caps:
    """What reading may take.

    ``memory`` in bytes and ``memory_per_byte`` of the largest file; ``seconds`` for each file and
    ``seconds_per_megabyte`` of it more.
    """

    memory: int = 1 << 30
    memory_per_byte: int = 64
    seconds: float = 30.0
    seconds_per_megabyte: float = 5.0


#: Reads a file, given its path and one thing more: a function of a module, which is imported in the other process.
Reader = Callable[[Path, str | None], Iterable[ox.Quad]]


def parse_all(
    reader: Reader, files: Sequence[tuple[Path, str | None]], caps: Caps | None = None
) -> Iterator[list[ox.Quad]]:
    """Yield what ``reader`` reads of each file, one after the other.

    Raises InputError at the first that is wrong or that cannot be read within ``caps``.
    """
    held: list[ox.Quad] = []
    for _, quads in parse_pieces(reader, files, caps):
        held += quads
        if not quads:  # the end of a file
            yield held
            held = []


def parse_pieces(
    reader: Reader, files: Sequence[tuple[Path, str | None]], caps: Caps | None = None
) -> Iterator[tuple[int, list[ox.Quad]]]:
    """Yield what ``reader`` reads of each file as it comes, some quads at a time, each time with the file's number.

    So a file may be larger than the memory. The last piece of each file has no quads. Raises InputError as
    ``parse_all`` does, after the pieces that came before.
    """
    begun = b""
    for number, data in _frames(reader, files, caps or Caps()):
        if data is None:
            yield number, []
            continue
        lines, _, begun = (begun + data).rpartition(b"\n")
        if quads := list(ox.parse(lines, format=ox.RdfFormat.N_QUADS)):
            yield number, quads


def copy_all(
    files: Sequence[Path],
    write: Callable[[bytes], object],
    *,
    base_iri: str | None = None,
    caps: Caps | None = None,
) -> Iterator[Path]:
    """Write any RDF files as N-Quads through ``write``, piece by piece, and yield each file that is done.

    Triples outside a graph stay outside. Blank nodes of different files stay different. Raises InputError as
    ``parse_all`` does, and GateError for a base that is none.
    """
    reading.check_base(base_iri)
    for number, data in _frames(read_any, [(path, base_iri) for path in files], caps or Caps()):
        if data is None:
            yield files[number]
        else:
            write(data)


def read_any(path: Path, base_iri: str | None) -> Iterator[ox.Quad]:
    """Yield the quads of any RDF file; a reader."""
    return reading.read(path, base_iri=base_iri)


def begin(module: str, *, tells: bool = True) -> subprocess.Popen[bytes]:
    """Begin a fresh process that does what ``main`` of a module does, asked on its standard input.

    ``tells``: what it writes to its standard error can be read; otherwise it goes nowhere.
    """
    return subprocess.Popen(
        [sys.executable, "-S", "-c", _RUN.format(module=module), json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if tells else subprocess.DEVNULL,
        env={**os.environ, "RUST_BACKTRACE": "0"},
    )


def confine(memory: int) -> None:
    """Let this process take so many bytes beside what it has, as far as the system knows that, and leave no core."""
    used = Path("/proc/self/statm")
    before = int(used.read_text().split()[0]) * resource.getpagesize() if used.exists() else 0
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, before + memory)):
        with contextlib.suppress(ValueError, OSError):  # a system that does not know it, or allows less
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))


def _frames(reader: Reader, files: Sequence[tuple[Path, str | None]], caps: Caps) -> Iterator[tuple[int, bytes | None]]:
    """Yield the data of each file, and None at its end, with the file's number. Waiting for the caller is free."""
    if not files:
        return
    paths = [path for path, _ in files]
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    job = {
        "reader": (reader.__module__, reader.__qualname__),
        "files": [(str(path), argument) for path, argument in files],
        "memory": caps.memory + caps.memory_per_byte * max(sizes),
    }
    process = begin(__name__)
    number = 0
    try:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(json.dumps(job).encode())
        left = caps.seconds
        while True:
            started = time.monotonic()
            try:
                kind, payload = _receive(process, started + left)
            except TimeoutError:
                raise InputError(paths[number], "reading takes too long", repair="split the file") from None
            except EOFError:
                raise InputError(paths[number], _end(process)) from None
            left -= time.monotonic() - started
            if kind == _DATA:
                yield number, payload
            elif kind == _BEGIN:
                number = int(payload)
                left = caps.seconds + caps.seconds_per_megabyte * sizes[number] / 1e6
            elif kind == _DONE:
                yield number, None
                if number == len(paths) - 1:
                    return
            else:
                told = json.loads(payload)
                raise InputError(paths[number], told["reason"], told["line"], told["repair"], told["column"])
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _receive(reader: subprocess.Popen[bytes], until: float) -> tuple[bytes, bytes]:
    kind, length = _HEADER.unpack(_exactly(reader, _HEADER.size, until))
    return kind, _exactly(reader, length, until)


def _exactly(reader: subprocess.Popen[bytes], length: int, until: float) -> bytes:
    assert reader.stdout is not None
    descriptor = reader.stdout.fileno()
    got = bytearray()
    while len(got) < length:
        if not select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError
        piece = os.read(descriptor, length - len(got))
        if not piece:
            raise EOFError
        got += piece
    return bytes(got)


def _end(reader: subprocess.Popen[bytes]) -> str:
    """Say in words why a reader ended in the middle of a file."""
    assert reader.stderr is not None
    said = reader.stderr.read(1 << 16)
    reader.wait()
    if b"memory allocation" in said or b"MemoryError" in said:
        return "reading it takes more memory than it may"
    if reader.returncode == -signal.SIGXCPU:
        return "reading it takes too long"
    if b"overflowed its stack" in said or reader.returncode == -signal.SIGSEGV:
        return "it is nested too deeply to be read"
    return "it cannot be read: the process that read it broke"


def main() -> None:
    """Read the job from standard input and send the files to standard output; the reader's side of this module."""
    job = json.load(sys.stdin.buffer)
    confine(job["memory"])
    out = os.fdopen(1, "wb", buffering=0)
    module, name = job["reader"]
    read: Reader = getattr(import_module(module), name)
    threading.stack_size(_STACK)
    failed: list[BaseException] = []

    def read_all() -> None:
        try:
            for number, (path, argument) in enumerate(job["files"]):
                _send(out, _BEGIN, str(number).encode())
                frames = _Frames(Path(path), out)
                ox.serialize(read(Path(path), argument), frames, format=ox.RdfFormat.N_QUADS)  # type: ignore[arg-type]  # any writer does
                frames.flush()
                _send(out, _DONE, b"")
        except InputError as error:
            told = {
                "reason": error.reason,
                "line": error.line,
                "repair": error.repair,
                "column": error.column,
            }
            _send(out, _ERROR, json.dumps(told).encode())
        except BrokenPipeError:
            return
        except MemoryError as error:
            failed.append(error)

    thread = threading.Thread(target=read_all)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


class _Frames:
    """A binary file that becomes DATA frames; it refuses triple terms nested too deeply for what comes after."""

    def __init__(self, path: Path, out: FileIO) -> None:
        self._path = path
        self._out = out
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        if len(self._held) >= _PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if self._held:
            if b"<<(" in self._held and any(
                line.count(b"<<(") > _DEPTH for line in _LITERAL.sub(b"", self._held).split(b"\n")
            ):
                raise InputError(self._path, f"triple terms are nested deeper than {_DEPTH}")
            _send(self._out, _DATA, bytes(self._held))
            self._held.clear()


def _send(out: FileIO, kind: bytes, payload: bytes) -> None:
    data = memoryview(_HEADER.pack(kind, len(payload)) + payload)
    while data:
        data = data[out.write(data) :]
