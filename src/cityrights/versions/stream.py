"""The versions as a stream of graphs: what a client reads from its first page to hold the same graphs, and to keep up.

    <directory>/history/stream/<when>-<version>/index.json    the version, when, and the members of each page
    <directory>/history/stream/<when>-<version>/<n>.nq.gz     the quads of a page's members, each in a graph of its name

A member is a graph as a version has it, or says that it has it no more. Written once, when a folder takes up a version:
the graphs that it changed, or all of them where the stream begins. It begins anew after so many versions, and the pages
before go: whoever reads from the start has the last state of each graph in any case.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from cityrights.snapshot import Snapshot
from cityrights.versions.patch import difference, lines_of
from cityrights.vocabulary import BASE

FOLDER: Final = "stream"
ADDRESS: Final = "changes/ldes"
_INDEX: Final = "index.json"
_NAME: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}")
#: A page has so many quads, or one graph that is larger.
_PAGE: Final = 10_000
#: After so many versions the stream begins anew.
_MOST: Final = 100
log = logging.getLogger("cityrights.pipeline")


@dataclass(frozen=True, slots=True)
class Member:
    """A graph as a version has it; ``kind`` is ``Create``, ``Update``, or ``Delete`` where it has it no more."""

    graph: str
    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one version brings to the stream: its pages, each with its members. ``full``: the stream begins with it."""

    name: str
    version: str
    when: datetime
    full: bool
    pages: Sequence[Sequence[Member]]


def member_iri(part: str, page: int, place: int) -> str:
    """Return what a member is called for ever: a part of the page that has it, by its place there."""
    return f"{BASE}{ADDRESS}/{part}/{page}#{place}"


def keep(folder: Path, name: str, when: datetime, before: Snapshot | None, after: Snapshot) -> None:
    """Write what ``after`` brings, in place of ``before``, to the stream in ``folder``, under the name of its record.

    Raises OSError, and InputError where a dump cannot be read.
    """
    known = parts(folder)
    begins = before is None or not known or known[-1].version != before.version or len(listed(known)) >= _MOST
    changed, gone = ({}, ()) if begins or before is None else _changed(before, after)
    held: defaultdict[str, list[bytes]] = defaultdict(list)
    for line in lines_of(after.dump):
        cut = line.rindex(b" <")
        graph = line[cut + 2 : -4].decode()
        if begins or graph in changed:
            held[graph].append(line[: cut + 1])
    fresh = folder / f".{name}-{os.getpid()}"
    fresh.mkdir(parents=True)
    try:
        pages: list[list[Member]] = []
        for number, graphs in enumerate(_paged(held, gone), 1):
            members = [Member(graph, "Delete" if graph in gone else changed.get(graph, "Create")) for graph in graphs]
            with gzip.GzipFile(fresh / f"{number}.nq.gz", "wb", compresslevel=6, mtime=0) as out:
                for place, graph in enumerate(graphs, 1):
                    end = f"<{member_iri(name, number, place)}> .\n".encode()
                    out.writelines(line + end for line in held.get(graph, ()))
            pages.append(members)
        told = {
            "version": after.version, "when": when.isoformat(), "full": begins,
            "pages": [[[member.graph, member.kind] for member in page] for page in pages],
        }  # fmt: skip
        (fresh / _INDEX).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        fresh.rename(folder / name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if begins:
        for one in known:
            shutil.rmtree(folder / one.name, ignore_errors=True)


def _changed(before: Snapshot, after: Snapshot) -> tuple[dict[str, str], Sequence[str]]:
    """Return the graphs that came or changed, with what became of each, and those that went."""
    marks: defaultdict[str, set[str]] = defaultdict(set)
    for mark, line in difference(before.dump, after.dump):
        marks[line[line.rindex(b" <") + 2 : -4].decode()].add(mark)
    held = [{line[line.rindex(b" <") + 2 : -4] for line in lines_of(one.dump)} for one in (before, after)]
    was, now = ({graph.decode() for graph in graphs} for graphs in held)
    changed = {graph: "Update" if graph in was else "Create" for graph in marks if graph in now}
    return changed, sorted(graph for graph in marks if graph not in now)


def _paged(held: Mapping[str, Sequence[bytes]], gone: Sequence[str]) -> Iterator[list[str]]:
    """Yield the graphs of each page."""
    page: list[str] = []
    size = 0
    for graph in sorted([*held, *gone]):
        count = len(held.get(graph, ()))
        if page and size + count > _PAGE:
            yield page
            page, size = [], 0
        page.append(graph)
        size += count
    if page:
        yield page


def parts(folder: Path) -> list[Part]:
    """Return what the versions brought to the stream, the oldest first; what cannot be read is left out."""
    paths = sorted(path for path in folder.glob(f"*/{_INDEX}") if _NAME.fullmatch(path.parent.name))
    return [part for part in map(_part, paths) if part is not None]


def listed(among: Sequence[Part], version: str = "") -> Sequence[Part]:
    """Return the parts from the last beginning of the stream on, up to the last one of a version where one is given."""
    places = [place for place, part in enumerate(among) if not version or part.version == version]
    if not places:
        return []
    end = places[-1] + 1
    starts = [place for place, part in enumerate(among[:end]) if part.full]
    return among[starts[-1] : end] if starts else []


def content(folder: Path, part: str, page: int) -> bytes:
    """Return the quads of a page as N-Quads. Raises OSError where there are none."""
    return gzip.decompress((folder / part / f"{page}.nq.gz").read_bytes())


def _part(path: Path) -> Part | None:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:  # it begins anew at this moment
        return None


@lru_cache(2 * _MOST)  # a part is written once, and asked for by every request
def _read(path: Path, _changed: int) -> Part | None:
    try:
        held = json.loads(path.read_text("utf-8"))
        pages = [[Member(str(graph), str(kind)) for graph, kind in page] for page in held["pages"]]
        when = datetime.fromisoformat(held["when"])
        return Part(path.parent.name, str(held["version"]), when, bool(held["full"]), pages)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("%s is no part of the stream of versions: %s", path.parent, error)
        return None
