"""The draft of a watch: a snapshot that can be served, without what only takers of data need, made where it changed;
and the dataset that it is made of.

A snapshot that is published has ten dumps, each packed twice, and a store on disk. That is half of a build, and nobody
takes them from a draft that lives until the next save; the folder has another name, so nothing takes it for the whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.drafts import LIGHT, STAY, tidy
from cityrights.indexes import registry
from cityrights.library.running import Ledger
from cityrights.pipeline import dumps
from cityrights.pipeline.derive import Rule, connected, derive, provenance, sound
from cityrights.pipeline.derive import about as about_of
from cityrights.pipeline.dumps import ChangingContent, Content
from cityrights.pipeline.steps import build, new_folder, point_to_draft, usable
from cityrights.reuse import ALL, ASSERTED, Asked, Kept, keys_of, reads
from cityrights.snapshot import Snapshot, record
from cityrights.vocabulary import GRAPH_DATASET, GRAPH_DERIVED, RDF
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


_CONNECTIONS: Final = "connections"
_DEFAULT: Final = ox.DefaultGraph()
#: A rule is asked about all things where statements of more than these came or went.
_FEW: Final = 400


class Standing:
    """The dataset of one round after the other, in a store in which statements come and go.

    Its parts are what files say, what each rule adds, and what is close. A rule is to see what is before it and nothing
    of what it and later ones added: that is taken out before a rule is asked, unless it reads none of it, or its rows
    are about one thing each; then it is asked about those of which something moved, in a store of their own.
    """

    def __init__(self) -> None:
        self.store = ox.Store()
        self._parts: dict[str, frozenset[ox.Quad]] = {}
        self._whole = self._plain = False
        #: Parts that are not in the store; what came or went so far, None where all is new.
        self._out = set[str]()
        self._moved: set[ox.Quad] | None = None
        self._known: dict[str, tuple[Hashable, frozenset[str]]] = {}
        self._keys: dict[str, tuple[frozenset[ox.Quad], set[str]]] = {}

    def derive(self, home: Path, quads: Iterable[ox.Quad], kept: Kept, *, connect: bool = True) -> ox.Store:
        """Return the dataset that the rules of ``home`` make of ``quads``, as ``derive_all`` does."""
        todo = sound(home)
        kept.take(ASSERTED, quads)
        self._begin(kept.part(ASSERTED), {rule.graph for rule in todo} | {_CONNECTIONS})
        earlier: list[Hashable] = []
        for at, rule in enumerate(todo):
            later = [*(one.graph for one in todo[at:]), _CONNECTIONS]
            name, inputs = ("rule", rule.name), (rule.text, tuple(earlier))
            make = partial(self._asked, rule, inputs, later)
            found = kept.asking(name, inputs, self.store, make)
            earlier.append(name)
            self._settle(rule.graph, kept.take(rule.graph, found, before=frozenset(earlier)), kept)
        if connect:

            def close(asked: ox.Store) -> tuple[ox.Quad, ...]:
                self._take_out([_CONNECTIONS])
                return connected(asked)

            found = kept.asking(_CONNECTIONS, tuple(earlier), self.store, close)
            self._settle(_CONNECTIONS, kept.take(_CONNECTIONS, found, before=frozenset((*earlier, _CONNECTIONS))), kept)
        kept.keep_parts(GRAPH_DERIVED, [rule.graph for rule in todo])
        self._whole = connect and self._plain
        return self.store

    def _begin(self, now: frozenset[ox.Quad], derived: set[str]) -> None:
        was = self._parts.get(ASSERTED, frozenset())
        went, came = was - now, now - was
        whole, self._whole = self._whole and not _odd(came, derived), False
        if not whole:
            self.store, self._parts, self._moved = ox.Store(), {}, None
            self.store.extend(now)
            self.store.update(
                "INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }"
            )  # half of what quads would take
            self._out = derived
            self._plain = not _odd(now, derived)
        else:
            self._out = set()
            for gone in self._parts.keys() - derived - {ASSERTED}:
                self._change(self._parts.pop(gone), ())
            self._change(went, came)
            self._moved = {*went, *came}
        self._parts[ASSERTED] = now

    def _settle(self, part: str, moved: tuple[frozenset[ox.Quad], frozenset[ox.Quad]], kept: Kept) -> None:
        """Have in the store what a part is now."""
        went, came = moved
        if part in self._out:
            self._change((), kept.part(part))
            self._out.discard(part)
        else:
            self._change(went, came)
        if self._moved is not None:
            self._moved.update(went, came)
        self._parts[part] = kept.part(part)

    def _change(self, went: Collection[ox.Quad], came: Collection[ox.Quad]) -> None:
        for quad in went:
            self.store.remove(quad)
        for quad in went:
            said = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
            if all(one.graph_name == _DEFAULT for one in said):
                self.store.remove(ox.Quad(quad.subject, quad.predicate, quad.object))
        for graph in {quad.graph_name for quad in went}:
            if isinstance(graph, ox.NamedNode) and not any(self.store.quads_for_pattern(None, None, None, graph)):
                self.store.remove_graph(graph)  # or who asks which graphs there are would still find it
        if came:
            self.store.extend(came)
            self.store.extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in came])

    def _take_out(self, parts: Iterable[str]) -> None:
        for part in parts:
            if part not in self._out:
                self._change(self._parts.get(part, ()), ())
                self._out.add(part)

    def _asked(self, rule: Rule, inputs: Hashable, later: Sequence[str], asked: ox.Store) -> tuple[ox.Quad, ...]:
        noted: object = asked
        known = self._known.get(rule.name)
        found = self._of_few(rule, later) if known is not None and known[0] == inputs else None
        if found is None:
            found = self._of_all(rule, later, asked)
        elif isinstance(noted, Asked) and known is not None:
            noted.keys |= known[1]
        if isinstance(noted, Asked):
            self._known[rule.name] = inputs, frozenset(noted.keys)
        return *found, *provenance(rule)

    def _of_all(self, rule: Rule, later: Sequence[str], asked: ox.Store) -> list[ox.Quad]:
        told = reads(rule.text)
        reads_later = (
            told.bound or ALL in told.keys or any(not told.keys.isdisjoint(self._keys_of(one)) for one in later)
        )
        if reads_later:
            self._take_out(later)
        return list(derive(asked, rule, self._unseen(later)))

    def _of_few(self, rule: Rule, later: Sequence[str]) -> list[ox.Quad] | None:
        """Return what a rule gives by what it gave and what moved; None where it has to be asked about all."""
        about = about_of(rule)
        if about is None or self._moved is None or rule.graph not in self._parts:
            return None
        if not keys_of(self._moved).isdisjoint(about.others):
            return None
        things = {quad.subject for quad in self._moved}
        if about.pointed:
            things |= {quad.object for quad in self._moved if not isinstance(quad.object, ox.Literal)}
        named = [thing for thing in things if isinstance(thing, ox.NamedNode)]
        if len(named) < len(things) or len(named) > _FEW:
            return None
        unseen, part = self._unseen(later), ox.Store()

        def put(subject: ox.NamedNode | None, predicate: ox.NamedNode | None, value: ox.NamedNode | None) -> None:
            said = self.store.quads_for_pattern(subject, predicate, value, None)
            some = [quad for quad in said if quad.graph_name != _DEFAULT and not unseen(quad)]
            part.extend(some)
            part.extend([ox.Quad(quad.subject, quad.predicate, quad.object) for quad in some])

        for thing in named:
            put(thing, None, None)
            if about.pointed:
                put(None, None, thing)
        for key in about.others:
            kind = key.removeprefix("a ")
            put(None, ox.NamedNode(RDF + "type" if kind != key else key), ox.NamedNode(kind) if kind != key else None)
        graph, touched = ox.NamedNode(rule.graph), set(named)
        stays = [q for q in self._parts[rule.graph] if q.graph_name == graph and q.subject not in touched]
        return [*stays, *(quad for quad in derive(part, rule) if quad.subject in touched)]

    def _unseen(self, later: Sequence[str]) -> Callable[[ox.Quad], bool]:
        """Return what says whether a statement is of parts that are not there yet."""
        there = [part for part in later if part not in self._out]
        graphs = {ox.NamedNode(part if part != _CONNECTIONS else GRAPH_DERIVED + part) for part in there}
        about = ox.NamedNode(GRAPH_DATASET)
        told = {quad for part in there for quad in self._parts.get(part, ()) if quad.graph_name == about}
        return lambda quad: quad.graph_name in graphs or quad in told

    def _keys_of(self, part: str) -> set[str]:
        quads = self._parts.get(part, frozenset()) if part not in self._out else frozenset[ox.Quad]()
        if part not in self._keys or self._keys[part][0] is not quads:
            self._keys[part] = quads, keys_of(quads)
        return self._keys[part][1]


def _odd(quads: Iterable[ox.Quad], derived: Collection[str]) -> bool:
    """Say whether files say what only rules or the merge do: then it cannot be told whether it goes with them."""
    made = {*derived, GRAPH_DERIVED + _CONNECTIONS}
    for quad in quads:
        graph = quad.graph_name
        if not isinstance(graph, ox.NamedNode) or graph.value.startswith(GRAPH_DERIVED):
            return True
        about = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        if graph.value == GRAPH_DATASET and about.removesuffix(".rq") in made:
            return True
    return False
