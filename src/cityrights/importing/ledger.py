"""The file in which the rows of a table stand: its blocks read, its batches, and what it was before each of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
import pyoxigraph as ox
import zstandard
from pyoxigraph import Literal, NamedNode, Quad

from cityrights.check.format import used_prefixes
from cityrights.errors import CityrightsError, InputError
from cityrights.importing.cells import Fault, slug
from cityrights.importing.sheets import Table
from cityrights.pipeline.rows import ROW, RowPlace
from cityrights.vocabulary import CR, DCTERMS, GRAPH, ID, PREFIXES, RDF, iri_of, short, source_prefixes

#: The file of a table's claims, in the folder of its source, and the folder of what it was before each batch.
FILE: Final = "import.trig"
_BEFORE: Final = ".batches"
#: So many batches of a source can be taken back.
KEPT: Final = 20
#: How a batch is called: the graph that has its record.
BATCHES: Final = GRAPH + "import/"
#: Which batch a claim was written by, and at which time a batch was made.
GENERATED: Final = NamedNode(PREFIXES["prov"] + "wasGeneratedBy")
TIME: Final = NamedNode(PREFIXES["prov"] + "startedAtTime")
#: The highest number that a claim of the source had when the batch was written.
HIGHEST: Final = NamedNode(RDF + "value")
_LICENCE: Final = NamedNode(DCTERMS + "license")
_SUBJECT: Final = NamedNode(CR + "subject")
_ASPECT: Final = NamedNode(CR + "aspect")
#: The aspect of what a row says as a whole; what it tells beside that is a claim of its own, with an aspect of its own.
ROWS: Final = iri_of("aspect/solution")
#: The row of a claim that says none.
_NOWHERE: Final = RowPlace(1, "0" * 32, "-")
_NUMBERED: Final = re.compile(r".*/[1-9][0-9]{0,8}")
_OPENING: Final = re.compile(rb"(\S+) \{")


@dataclass
class Imported:
    """What an import did: its batch (empty where nothing changed), rows by what became of them, and what was bad.

    ``quotes`` counts the quotations that came, changed or went; ``moved`` those of the same
    rows that stand elsewhere in the sheet now; ``mending`` says that the file had only rows to mend.
    """

    source: str
    path: Path
    batch: str = ""
    rows: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    moved: int = 0
    removed: int = 0
    quotes: int = 0
    gone: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    mending: bool = False

    @property
    def bad(self) -> dict[tuple[str, int], list[Fault]]:
        """The faults of each bad row, by its sheet and its number."""
        found: dict[tuple[str, int], list[Fault]] = {}
        for fault in self.faults:
            found.setdefault((fault.sheet, fault.row), []).append(fault)
        return found

    def counted(self) -> list[tuple[str, int]]:
        """Return how many cells are bad for each kind of reason, the most frequent first."""
        return Counter(fault.kind for fault in self.faults).most_common()

    def as_dict(self) -> dict[str, object]:
        """Return the report for ``--json``."""
        told = {
            name: getattr(self, name)
            for name in ("source", "batch", "rows", "added", "changed", "same", "moved", "removed", "quotes")
        }
        return {
            **told,
            "file": str(self.path),
            "gone": self.gone,
            "renamed": self.renamed,
            "bad": [fault.__dict__ for fault in self.faults],
            "notes": [fault.__dict__ for fault in self.notes],
            "reasons": dict(self.counted()),
        }


@dataclass
class Block:
    """A claim as it is written: its text in UTF-8, its row, its batch, its aspect, and the things that it is about."""

    claim: str
    text: bytes
    row: RowPlace
    batch: str
    about: frozenset[str]
    prefixes: frozenset[str]
    aspect: str = ROWS

    @property
    def practice(self) -> str:
        """The IRI of the practice that it is of, its own where it is of none."""
        return next((one for one in sorted(self.about) if one.startswith(f"{ID}practice/")), self.claim)


@dataclass
class Ledger:
    """A table's file as it stands: the blocks of its rows, and what the shared graphs say."""

    path: Path
    blocks: dict[str, Block] = field(default_factory=dict)
    shared: list[Quad] = field(default_factory=list)

    @staticmethod
    def read(path: Path) -> Ledger:
        """Read a file that an import wrote. Raises InputError for one that cannot be read, or was changed by hand."""
        ledger = Ledger(path)
        if not path.exists():
            return ledger
        start = f"{ID}claim/"
        said: dict[str, list[tuple[str, str]]] = {}
        claims: set[str] = set()
        wanted = {_SUBJECT: "about", ROW: "row", GENERATED: "batch", _ASPECT: "aspect"}
        try:
            for subject, predicate, value, graph in ox.parse(path=path, format=ox.RdfFormat.TRIG):
                if not isinstance(graph, NamedNode) or not graph.value.startswith(start):
                    ledger.shared.append(Quad(subject, predicate, value, graph))
                    continue
                claims.add(graph.value)
                if predicate in wanted and subject == graph and isinstance(value, NamedNode | Literal):
                    said.setdefault(graph.value, []).append((wanted[predicate], value.value))
        except SyntaxError as error:
            raise InputError(
                path, str(error), getattr(error, "lineno", None), "cityrights format tells more"
            ) from error
        folder = source_prefixes(path.parent.name)["claim"]
        for name, text in _blocks(path):
            claim = name[1:-1] if name.startswith("<") else folder + name.removeprefix("claim:")
            if claim in claims:
                if claim in ledger.blocks:
                    raise _changed(path, f"{short(claim)} stands there twice")
                told = said.get(claim, [])
                try:
                    row = next((RowPlace.parse(value) for kind, value in told if kind == "row"), _NOWHERE)
                except ValueError as error:
                    raise _changed(path, str(error)) from error
                batch = next((value for kind, value in told if kind == "batch"), "")
                about = frozenset(value for kind, value in told if kind == "about")
                aspect = next((value for kind, value in told if kind == "aspect"), ROWS)
                ledger.blocks[claim] = Block(claim, text, row, batch, about, _prefixes(text), aspect)
        lost = min(claims - ledger.blocks.keys(), default="")
        if lost:
            raise _changed(path, f"{short(lost)} is not written as an import writes it")
        wrong = [one for one in (*claims, *map(_batch_of, ledger.shared)) if one and not _NUMBERED.fullmatch(one)]
        if wrong:
            raise _changed(path, f"{short(wrong[0])} does not end with a number")
        return ledger

    def batches(self) -> list[tuple[int, str, str]]:
        """Return the number of each batch, its time, and what it did, the last first."""
        found: dict[int, dict[str, str]] = {}
        for subject, predicate, value, _ in self.shared:
            if isinstance(subject, NamedNode) and subject.value.startswith(BATCHES) and isinstance(value, Literal):
                number = int(subject.value.rpartition("/")[2])
                found.setdefault(number, {})[predicate.value] = value.value
        told = DCTERMS + "description"
        return sorted(((n, said.get(TIME.value, ""), said.get(told, "")) for n, said in found.items()), reverse=True)

    def licence(self, source: str) -> str:
        """Return the IRI of the licence that a source is under here; nothing where none is said."""
        about = NamedNode(f"{ID}source/{source}")
        said = (quad.object for quad in self.shared if quad.subject == about and quad.predicate == _LICENCE)
        return next((value.value for value in said if isinstance(value, NamedNode)), "")

    def highest(self, source: str) -> int:
        """Return the highest number that a claim of a source ever had here."""
        start = source_prefixes(source)["claim"]
        numbers = [int(claim.removeprefix(start)) for claim in self.blocks if claim.startswith(start)]
        record = f"{BATCHES}{source}/"
        given = [
            int(quad.object.value)
            for quad in self.shared
            if quad.predicate == HIGHEST
            and str(quad.subject).startswith(f"<{record}")
            and isinstance(quad.object, Literal)
            and quad.object.value.isdecimal()
        ]
        return max([*numbers, *given], default=0)


def _batch_of(quad: Quad) -> str:
    """Return the batch of whose record a statement is, nothing where it is of none."""
    subject = quad.subject
    return subject.value if isinstance(subject, NamedNode) and subject.value.startswith(BATCHES) else ""


def _changed(path: Path, reason: str) -> InputError:
    """Return the error for what a person changed in a way that an import would lose, or cannot read."""
    return InputError(
        path, f"{reason}: it was changed by hand", repair=f"cityrights format {path}, or take it back (git)"
    )


def _blocks(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the graphs of a canonical file: how each is written, and its text with the empty line before it."""
    lines: list[bytes] = []
    name = ""
    with path.open("rb") as file:
        for line in file:
            opening = None if name else _OPENING.match(line)
            if opening is not None:
                name = opening[1].decode()
            if name:
                lines.append(line)
                if line.startswith(b"}"):
                    yield name, b"\n" + b"".join(lines)
                    name, lines = "", []


def _prefixes(text: bytes) -> frozenset[str]:
    return frozenset(used_prefixes(text.decode()))


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold the data of a home, so that no two imports write at the same time. Raises CityrightsError otherwise."""
    held = os.open(home / "data", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        raise CityrightsError(f"another import writes to {home}; wait until it has ended") from error
    try:
        yield
    finally:
        os.close(held)


def of_batches(quad: Quad) -> bool:
    """Say whether a statement is of the record of a batch."""
    return isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(BATCHES)


def source_of(claim: str) -> str:
    """Return the slug of the source of a claim."""
    return claim.removeprefix(f"{ID}claim/").rpartition("/")[0]


def settle(path: Path, number: int, parts: Iterable[bytes]) -> None:
    """Write a file anew, aside and then into its place, and keep packed what it was before the batch ``number``.

    What is kept stands there first: where this is cut short, the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh, total = path.with_name(f".{path.name}.part"), hashlib.sha256()
    try:
        with fresh.open("wb") as file:
            for part in parts:
                total.update(part)
                file.write(part)
        folder = path.parent / _BEFORE
        folder.mkdir(exist_ok=True)
        head = {"there": path.exists(), "after": total.hexdigest()}
        kept = folder / f".{number}.part"
        with kept.open("wb") as file, zstandard.ZstdCompressor(level=9).stream_writer(file) as packed:
            packed.write(orjson.dumps(head) + b"\n")
            if path.exists():
                with path.open("rb") as before:
                    shutil.copyfileobj(before, packed, 1 << 20)
        kept.replace(folder / f"{number}.zst")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
        path.parent.joinpath(_BEFORE, f".{number}.part").unlink(missing_ok=True)
    for old in folder.glob("*.zst"):
        if old.stem.isdecimal() and int(old.stem) <= number - KEPT:
            old.unlink()


def unpacked(path: Path) -> bytes:
    """Return what was packed piece by piece."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        return reader.read()


def undo(home: Path, name: str) -> Path:
    """Take the batch ``source/number`` back: its file has the bytes that it had before. Returns the file.

    Raises CityrightsError, and changes nothing, for a batch that is not the last of its source, or is none, and where
    the file was changed since.
    """
    source, _, number = name.partition("/")
    target = home / "data" / "sources" / source / FILE
    there = Ledger.read(target).batches() if slug(source) == source and target.is_file() else []
    if number not in [str(each) for each, _, _ in there]:
        known = (
            ", ".join(f"{source}/{each}" for each, _, _ in there[:5])
            or "cityrights import --list tells those there are"
        )
        raise CityrightsError(f"“{name}” is no batch; {known}")
    if int(number) != there[0][0]:
        raise CityrightsError(f"{name} is not the last batch of {source}: take {source}/{there[0][0]} back first")
    kept = target.parent / _BEFORE / f"{number}.zst"
    if not kept.is_file():
        raise CityrightsError(f"what {target} was before {name} is kept no more ({kept} is gone)")
    with held(home):
        try:
            head, _, before = unpacked(kept).partition(b"\n")
            told = orjson.loads(head)
            wanted, was = str(told["after"]), bool(told["there"])
        except (zstandard.ZstdError, ValueError, KeyError, TypeError) as error:
            raise CityrightsError(f"what {target} was before {name} cannot be read ({kept} is spoilt)") from error
        if hashlib.sha256(target.read_bytes()).hexdigest() != wanted:
            raise CityrightsError(f"{target} was changed since {name}; take those changes back first (git), then this")
        if was:
            fresh = target.with_name(f".{FILE}.part")
            fresh.write_bytes(before)
            fresh.replace(target)
        else:
            target.unlink()
        kept.unlink()
        for folder in (kept.parent, target.parent):
            if not any(folder.iterdir()):
                folder.rmdir()
    return target


def listed(home: Path) -> Iterator[tuple[str, str, str]]:
    """Yield every batch of a home: its name, its time, what it did."""
    for path in sorted((home / "data" / "sources").glob(f"*/{FILE}")):
        for number, time, told in Ledger.read(path).batches():
            yield f"{path.parent.name}/{number}", time, told
