"""The draft of a watch: a snapshot that can be served, without what only takers of data need, made where it changed.

A snapshot that is published has ten dumps, each packed twice, and a store on disk. That is half of a build, and nobody
takes them from a draft that lives until the next save; the folder has another name, so nothing takes it for the whole.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.drafts import LIGHT, STAY, tidy
from cityrights.indexes import registry
from cityrights.library.running import Ledger
from cityrights.pipeline import dumps
from cityrights.pipeline.dumps import ChangingContent, Content
from cityrights.pipeline.steps import build, new_folder, point_to_draft, usable
from cityrights.reuse import Kept
from cityrights.snapshot import Snapshot, record
from sparqlgate.pool.zygote import IN_MEMORY

#: The part of the statements that counts all the others, and the steps that see it.
STATISTICS: Final = "statistics"
_STEP: Final = "index"


def write(home: Path, directory: Path, content: ChangingContent, store: ox.Store, kept: Kept) -> Snapshot:
    """Make the draft of ``directory`` a snapshot of ``content``, and return it; written is what is not there yet.

    ``store`` holds the content and the merge of its graphs; both are as they were afterwards. An index is made anew
    where something has changed of what it read the last time. Raises SnapshotError where ``directory`` cannot be
    written.
    """
    version = content.digest()
    whole, light = directory / version[:12], directory / f"{LIGHT}{version[:12]}"
    if usable(whole, version) and dumps.packed(whole):
        found = Snapshot.open(whole)
    elif not content.quads.in_memory or kept.asking((_STEP, "closed"), None, store, partial(_closed, content)):
        return build(home, directory).snapshot  # what may not be given to everybody is a matter of the dumps
    elif usable(light, version):
        found = Snapshot.open(light)
    else:
        with new_folder(directory) as folder:
            _write(folder, content, store, version, kept)
            folder.chmod(0o755)
            shutil.rmtree(light, ignore_errors=True)
            try:
                folder.rename(light)
            except OSError:
                if not usable(light, version):  # else another watch of the same files was quicker
                    raise
        places = kept.of((_STEP, "places"), None, dict[str, Path])
        places.update({name: light / name for name in places})
        found = Snapshot.open(light)
        os.utime(light)
    point_to_draft(home, directory, found)
    tidied(directory)
    return found


def tidied(directory: Path, stay: int = STAY) -> None:
    """Delete the drafts of earlier saves but the newest ones, with what is known of each."""
    for version in tidy(directory, stay):
        Ledger(directory).forget_runs(version)


def _closed(content: Content, store: ox.Store) -> bool:
    """Say whether some claims are not to be had under our licence."""
    *others, generated = dumps.OF_LICENCES
    if not any(True for _ in store.quads_for_pattern(None, generated, None)):
        return False  # nothing was imported
    for predicate in others:  # on these alone it depends
        any(True for _ in store.quads_for_pattern(None, predicate, None))
    return bool(dumps.closed_claims(content))


def _write(folder: Path, content: ChangingContent, store: ox.Store, version: str, kept: Kept) -> None:
    told = dumps.statistics(content, store, version)
    content.add(told)
    try:
        _write_told(folder, content, store, told, kept)
        dumps.write_manifest(folder, content, version, names=(dumps.QUADS, dumps.TRIPLES, "void.ttl"))
    finally:
        content.change(told, ())
    record(folder)


def _write_told(folder: Path, content: Content, store: ox.Store, told: list[ox.Quad], kept: Kept) -> None:
    """Write lines and indexes of a content that ``told`` belongs to, which counts the others."""
    merged = [ox.Quad(quad.subject, quad.predicate, quad.object) for quad in told]
    own = [quad for quad in (*told, *merged) if quad not in store]
    kept.take(STATISTICS, told, among=_STEP)
    store.extend(own)
    try:
        _index(folder, store, kept)
    finally:
        for quad in own:
            store.remove(quad)
    dumps.write_lines(folder, content)
    dumps.write_void(folder, content)
    disk = ox.Store(str(folder / "store"))
    if (folder / dumps.QUADS).stat().st_size > IN_MEMORY:  # a smaller one is served from its lines
        dumps.load(content, disk)
        disk.flush()
    del disk


def _index(folder: Path, store: ox.Store, kept: Kept) -> None:
    """Have every index in ``folder``: one that would be the same is linked to where it was made last."""
    places = kept.of((_STEP, "places"), None, dict[str, Path])

    def make(asked: ox.Store, index: registry.Index) -> object:
        index.write(folder, asked, kept)
        if index.name == "connections":
            registry.write_told(folder, asked)
        places[index.name] = folder / index.name
        return object()

    for index in registry.INDEXES:
        held = index.name in places and places[index.name].is_dir()
        kept.asking((_STEP, index.name), index.form() if held else object(), store, partial(make, index=index))
        if places[index.name].parent == folder:
            continue
        try:
            shutil.copytree(places[index.name], folder / index.name, copy_function=os.link)
        except (OSError, shutil.Error):  # another watch has tidied it away
            shutil.rmtree(folder / index.name, ignore_errors=True)
            make(store, index)
    registry.record_forms(folder)
