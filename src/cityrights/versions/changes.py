"""What changed from one version to another, told by claims: which came and went, and which statements stand on them.

A statement may be in several graphs, each a witness: the claim that says it, a decision, a record of another data set.
It is new when it had no witness, gone when it has none left, and where one of several came or went, that is told. What
rules derive follows from the rest and is only counted; so are descriptions, whose words people read elsewhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

import pyoxigraph as ox
from babel.numbers import format_decimal

from cityrights.library.queries import parse
from cityrights.library.running import Ledger, Run
from cityrights.resources.labels import spoken
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain, from_store
from cityrights.translations import CATALOGUE
from cityrights.versions.patch import difference, lines_of
from cityrights.vocabulary import CR, DCTERMS, GRAPH, GRAPH_CLAIMS, GRAPH_DERIVED, GRAPH_VOCABULARY, ID, RDF, RDFS, SKOS

#: What is filled into the words of a change: a thing, a text, the same text in several languages, or a number.
Value: TypeAlias = Term | int | tuple[Literal, ...]
Key: TypeAlias = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]

_STATISTICS: Final = f"<{GRAPH_DERIVED}statistics> .\n".encode()
_TYPE: Final = ox.NamedNode(RDF + "type")
_TEXT: Final = ox.NamedNode(CR + "text")
_IDENTIFIER: Final = ox.NamedNode(DCTERMS + "identifier")
_PLACE: Final = re.compile(r"/passage/([^/]++/[0-9]++)(?:-[a-z0-9-]++)?+$")
_REPLACED: Final = ox.NamedNode(DCTERMS + "isReplacedBy")
_PASSAGE: Final = ox.NamedNode(CR + "passage")
_FIRST: Final = ox.NamedNode(CR + "firstLine")
_LAST: Final = ox.NamedNode(CR + "lastLine")
_LABELS: Final = (ox.NamedNode(RDFS + "label"), ox.NamedNode(SKOS + "prefLabel"))
_NAMING: Final = tuple(f" <{verb.value}> ".encode() for verb in (*_LABELS, _IDENTIFIER, _FIRST, _LAST, _TEXT))
_THINGS: Final = f"<{ID}".encode()
_CLAIMS: Final = f"<{ID}claim/".encode()
_CLAIM: Final = frozenset({ox.NamedNode(CR + "Claim"), ox.NamedNode(CR + "GroupClaim")})
#: Graphs whose statements are about the world, by how their names begin; each such graph is a witness.
_WITNESSES: Final = (
    f"{ID}claim/",
    f"{ID}decision/",
    f"{GRAPH}enrichment/",
    f"{GRAPH}editorial/entities",
    f"{GRAPH}editorial/indexing",  # of versions from before decisions
)
_LABELLING: Final = f"{GRAPH}editorial/labels"
#: What a claim is about, names or has for its place: who shows one of these things shows the claim's sentence.
_OF_CLAIM: Final = tuple(f" <{CR}{name}> ".encode() for name in ("about", "subject", "mentions"))
_TRANSLATIONS: Final = f"{GRAPH}translations/"


@dataclass(frozen=True)
class Change:
    """One thing that changed: its kind, a word of ``changes`` in the catalogues, and what is filled into its words."""

    kind: str
    values: Mapping[str, Value]

    def as_dict(self) -> dict[str, object]:
        """Return the change for JSON: terms as SPARQL 1.1 JSON results write them."""
        return {"kind": self.kind, **{name: _json(value) for name, value in self.values.items()}}


@dataclass(frozen=True, slots=True)
class Gone:
    """A thing of which nothing is said any more: its names, or its sentence where it is a claim, as they last were."""

    names: tuple[Literal, ...]
    is_sentence: bool = False

    def called(self, language: str) -> Literal | None:
        """Return its sentence, or what it was called, in the language that comes closest; None where it had no name."""
        return best_label(self.names, fallback_chain(language))


@dataclass(frozen=True)
class Changes:
    """All that changed from one version to another, the claims first, and what the things in it are called.

    ``touched`` has each thing of ours that the difference says something of, with how many quads came and went: those
    that are about it or point to it, and those of the claims that it is shown with. ``gone`` are those of them of
    which nothing is said any more.
    """

    changes: Sequence[Change]
    names: Mapping[str, tuple[Literal, ...]] = field(default_factory=dict)
    added: int = 0
    removed: int = 0
    touched: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    gone: Mapping[str, Gone] = field(default_factory=dict)
    tells: Mapping[str, frozenset[str]] = field(default_factory=dict)
    come: frozenset[str] = frozenset()

    def told(self, change: Change, language: str = "en") -> str:
        """Return a change as a sentence in one of the languages of the catalogues."""
        language = language if language in CATALOGUE else "en"
        shown = {name: self._shown(value, language) for name, value in change.values.items()}
        return CATALOGUE[language].changes[change.kind].format(**shown)

    def counted(self, language: str = "en") -> str:
        """Return how many quads came and went, as a sentence in one of the languages of the catalogues."""
        return self.told(Change("quads", {"added": self.added, "removed": self.removed}), language)

    def _shown(self, value: Value, language: str) -> str:
        if isinstance(value, Iri):
            found = best_label(self.names.get(value.value, ()), fallback_chain(language))
            return found.value if found else spoken(value.value)
        if isinstance(value, tuple):
            said = best_label(value, fallback_chain(language))
            return said.value if said else ""
        return format_decimal(value, locale=language) if isinstance(value, int) else value.value

    def as_dict(self, language: str = "en") -> dict[str, object]:
        """Return all of it for JSON, each change with its sentence in a language."""
        told = [{**change.as_dict(), "told": self.told(change, language)} for change in self.changes]
        return {"added": self.added, "removed": self.removed, "changes": told}


@dataclass
class _Side:
    """What one version alone has, and what is known there of the things in the difference."""

    quads: list[ox.Quad] = field(default_factory=list)
    witnesses: defaultdict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    said: defaultdict[ox.NamedNode, list[ox.Quad]] = field(default_factory=lambda: defaultdict(list))
    #: Of the things in the difference, those that something is said of here.
    there: set[bytes] = field(default_factory=set)
    #: The things that each claim in the difference is shown with here.
    shown: defaultdict[bytes, set[bytes]] = field(default_factory=lambda: defaultdict(set))

    def value(self, thing: ox.NamedNode, verb: ox.NamedNode) -> Term | None:
        """Return what is said of a thing by one property, in English where there are several."""
        found = [from_store(quad.object) for quad in self.said[thing] if quad.predicate == verb]
        texts = [term for term in found if isinstance(term, Literal)]
        return best_label(texts, ("en",)) if texts else next(iter(found), None)

    def texts(self, thing: ox.NamedNode, *verbs: ox.NamedNode) -> tuple[Literal, ...]:
        """Return what is said of a thing by some properties, in every language."""
        found = (from_store(quad.object) for quad in self.said[thing] if quad.predicate in verbs)
        return tuple(dict.fromkeys(term for term in found if isinstance(term, Literal)))

    def lines(self, passage: ox.NamedNode) -> str:
        """Return the lines of a passage as people write them."""
        first, last = (str(self.value(passage, verb) or "?") for verb in (_FIRST, _LAST))
        return first if first == last else f"{first}–{last}"


def changes(
    before: Path, after: Path, asked: Iterable[Change] = (), names: Mapping[str, tuple[Literal, ...]] | None = None
) -> Changes:
    """Return what changed between two dumps. ``asked`` and ``names`` are what :func:`questions` returns.

    Raises InputError where a dump cannot be read or its lines are not sorted.
    """
    old, new = _Side(), _Side()
    rows: dict[str, list[bytes]] = {"A": [], "D": []}
    for mark, line in difference(before, after):
        if not line.endswith(_STATISTICS):
            rows[mark].append(line)
    for side, mark in ((old, "D"), (new, "A")):
        side.quads = list(ox.parse(b"".join(rows[mark]), format=ox.RdfFormat.N_QUADS))
    if old.quads or new.quads:
        keys = {line[: line.rindex(b" <")] for lines in rows.values() for line in lines}
        wanted = {
            f"<{term.value}>".encode()
            for quad in (*old.quads, *new.quads)
            for term in (*quad.triple, quad.graph_name)
            if isinstance(term, ox.NamedNode)
        }
        wanted |= {f"<{_claim_of(ox.NamedNode(name[1:-1].decode())).value}>".encode() for name in wanted}
        for side, path in ((old, before), (new, after)):
            _read(side, path, keys, wanted)
    told = [*_told(old, new), *asked]
    called = {**_names(old), **_names(new), **(names or {})}
    come = frozenset(name[1:-1].decode() for name in new.there - old.there if name.startswith(_THINGS))
    touched, gone = _touched(old, new), _gone(old, new)
    return Changes(told, called, len(new.quads), len(old.quads), touched, gone, _tells(old, new), come)


def questions(ledger: Ledger, before: str, after: str) -> tuple[list[Change], dict[str, tuple[Literal, ...]]]:
    """Return how the answers of the library changed between two versions, and what its questions are called.

    The versions are given by their first twelve digits. Of a version whose answers nobody has kept, nothing is told.
    """
    known = [ledger.runs(version) for version in (before, after)]
    if known[0] is None or known[1] is None:
        return [], {}
    old, new = known[0].runs, known[1].runs
    found: list[Change] = []
    names: dict[str, tuple[Literal, ...]] = {}
    for name in sorted({*old, *new}):
        change = _asked(Iri(f"{CR}question/{name}"), old.get(name), new.get(name))
        run = new.get(name) or old[name]
        if change is not None:
            found.append(change)
            names[f"{CR}question/{name}"] = _titles(name, ledger.text(run.text))
    return found, names


def _asked(question: Iri, old: Run | None, new: Run | None) -> Change | None:
    if old is None or new is None:
        return Change("question-gone" if new is None else "question-new", {"question": question})
    if old.answer == new.answer or old.fault or new.fault:
        return None
    if old.rows == new.rows:
        return Change("question-other", {"question": question, "after": new.rows})
    return Change("question-rows", {"question": question, "before": old.rows, "after": new.rows})


def _titles(name: str, content: str | None) -> tuple[Literal, ...]:
    if content is None:
        return (Literal(name),)
    return tuple(Literal(title, language) for language, title in parse(Path(f"{name}.rq"), content).titles.items())


def _read(side: _Side, path: Path, keys: set[bytes], wanted: set[bytes]) -> None:
    """Read from a dump who says the statements of the difference, what its things are called, and who tells of them."""
    held: list[bytes] = []
    claims = {name for name in wanted if name.startswith(_CLAIMS)}
    for line in lines_of(path):
        subject, cut = line[: line.index(b"> ") + 1], line.rindex(b" <")
        known, graph = subject in wanted, line[cut + 1 : -3]
        if known:
            side.there.add(subject)
        if line[:cut] in keys or (known and any(verb in line for verb in _NAMING)):
            held.append(line)
        if graph in claims:
            side.shown[graph] |= {subject, *_ours(line[:cut])}
        if subject in claims and any(verb in line for verb in _OF_CLAIM):
            side.shown[subject] |= _ours(line[:cut])
    for quad in ox.parse(b"".join(held), format=ox.RdfFormat.N_QUADS):
        if isinstance(quad.graph_name, ox.NamedNode) and _is_witness(quad.graph_name.value):
            side.witnesses[_key(quad)].add(quad.graph_name.value)
        if isinstance(quad.subject, ox.NamedNode):
            side.said[quad.subject].append(quad)


def _ours(statement: bytes) -> set[bytes]:
    """Return the value of a statement, where that is a thing of ours."""
    value = statement[statement.rindex(b" ") + 1 :]
    return {value} if value.startswith(_THINGS) else set()


def _touched(old: _Side, new: _Side) -> dict[str, tuple[int, int]]:
    """Return the things that the difference says something of, with how many quads came and went."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, side in enumerate((new, old)):
        for quad in side.quads:
            named = {term.value for term in (*quad.triple, quad.graph_name) if isinstance(term, ox.NamedNode)}
            claims = {_claim_of(ox.NamedNode(name)).value for name in named if "/passage/" in name}
            shown = {name for claim in named | claims for name in side.shown.get(f"<{claim}>".encode(), ())}
            for name in named | claims | {name[1:-1].decode() for name in shown}:
                if name.startswith(ID):
                    found[name][place] += 1
    return {name: (came, went) for name, (came, went) in sorted(found.items())}


def _tells(old: _Side, new: _Side) -> dict[str, frozenset[str]]:
    """Return the things that each claim in the difference is, or was, shown with."""
    claims = sorted({*old.shown, *new.shown})
    return {
        claim[1:-1].decode(): frozenset(
            name[1:-1].decode() for name in old.shown.get(claim, set()) | new.shown.get(claim, set())
            if name.startswith(_THINGS)
        )
        for claim in claims
    }  # fmt: skip


def _gone(old: _Side, new: _Side) -> dict[str, Gone]:
    """Return the things that something was said of, and nothing is said of any more."""
    found: dict[str, Gone] = {}
    for name in sorted(old.there - new.there):
        thing = ox.NamedNode(name[1:-1].decode())
        if thing.value.startswith(ID):
            sentence = old.texts(thing, _TEXT)
            found[thing.value] = Gone(sentence or old.texts(thing, *_LABELS), bool(sentence))
    return found


def _key(quad: ox.Quad) -> Key:
    """Return a statement; the graph has neither blank nodes nor triple terms."""
    assert isinstance(quad.subject, ox.NamedNode)
    assert isinstance(quad.object, ox.NamedNode | ox.Literal)
    return quad.subject, quad.predicate, quad.object


def _is_witness(graph: str) -> bool:
    return graph.startswith(_WITNESSES)


def _told(old: _Side, new: _Side) -> Iterator[Change]:
    names = _renamed(old, new)
    for thing, now in names.items():
        yield Change(
            "thing-renamed", {"thing": Literal(_path(thing)), "now": Iri(now.value), "name": Literal(_path(now))}
        )
    if names:
        old, new = _but_for_names(names, old, new)
    new_claims, old_claims = _typed(new, _CLAIM), _typed(old, _CLAIM)
    come, gone = new_claims - old_claims, old_claims - new_claims
    came, went = _statements(old, new), _statements(new, old)
    for claim in sorted(come, key=_natural):
        yield Change("claim-new", {**_claim(new, claim), "statements": _only(claim, came, new)})
    for claim in sorted(gone, key=_natural):
        yield Change("claim-gone", {**_claim(old, claim), "statements": _only(claim, went, old)})
    yield from _said_of_claims(old, new, come | gone)
    yield from _things(old, new)
    yield from _statements_told(old, new, come | gone)
    yield from _labels(old, new)
    yield from _terms(old, new)
    yield from _counted(old, new)


def _renamed(old: _Side, new: _Side) -> dict[ox.NamedNode, ox.NamedNode]:
    """Return the things of ours that have another name since, sorted, each with the name that it has now."""
    found = {
        quad.subject: quad.object
        for quad in new.quads
        if quad.predicate == _REPLACED
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode)
        and quad.subject.value.startswith(ID)
        and old.said[quad.subject]
    }
    return dict(sorted(found.items(), key=lambda pair: pair[0].value))


def _path(thing: ox.NamedNode) -> str:
    return thing.value.removeprefix(ID)


def _but_for_names(names: Mapping[ox.NamedNode, ox.NamedNode], old: _Side, new: _Side) -> tuple[_Side, _Side]:
    """Return both sides without the statements that differ in the names of things alone."""

    def key(subject: ox.NamedNode, predicate: ox.NamedNode, value: ox.NamedNode | ox.Literal) -> Key:
        return (
            names.get(subject, subject),
            predicate,
            names.get(value, value) if isinstance(value, ox.NamedNode) else value,
        )

    now = [(key(*_key(quad)), _graph(quad)) for quad in old.quads]
    same = set(now) & {(_key(quad), _graph(quad)) for quad in new.quads}
    witnesses = old.witnesses | {key(*one): graphs for one, graphs in old.witnesses.items()}
    kept = [quad for quad, one in zip(old.quads, now, strict=True) if one not in same]
    return (
        replace(old, quads=kept, witnesses=defaultdict(set, witnesses)),
        replace(new, quads=[quad for quad in new.quads if (_key(quad), _graph(quad)) not in same]),
    )


def _typed(side: _Side, classes: frozenset[ox.NamedNode]) -> set[ox.NamedNode]:
    return {
        quad.subject
        for quad in side.quads
        if quad.predicate == _TYPE and quad.object in classes and isinstance(quad.subject, ox.NamedNode)
    }


def _statements(other: _Side, side: _Side) -> set[Key]:
    """Return the statements that ``side`` has a witness for, and ``other`` none."""
    keys = {_key(quad) for quad in side.quads if _is_witness(_graph(quad))}
    return {key for key in keys if not other.witnesses.get(key)}


def _graph(quad: ox.Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def _only(claim: ox.NamedNode, keys: set[Key], side: _Side) -> int:
    """Return how many of the statements a claim is the only witness of."""
    return sum(side.witnesses[key] == {claim.value} for key in keys)


def _claim(side: _Side, claim: ox.NamedNode) -> dict[str, Value]:
    number = side.value(claim, _IDENTIFIER) or Literal(claim.value.removeprefix(f"{ID}claim/"))
    return {"claim": Iri(claim.value), "number": number, "text": side.texts(claim, _TEXT)}


def _natural(thing: ox.NamedNode) -> tuple[str, int]:
    start, _, end = thing.value.rpartition("/")
    return (start, int(end)) if end.isdecimal() else (thing.value, 0)


def _pairs(
    old: _Side, new: _Side, takes: Callable[[ox.Quad], bool]
) -> dict[tuple[ox.NamedNode, ox.NamedNode], tuple[list[ox.Quad], list[ox.Quad]]]:
    """Return what went and what came, by thing and property, of the quads that are taken."""
    found: defaultdict[tuple[ox.NamedNode, ox.NamedNode], tuple[list[ox.Quad], list[ox.Quad]]]
    found = defaultdict(lambda: ([], []))
    for place, side in enumerate((old, new)):
        for quad in side.quads:
            if takes(quad) and isinstance(quad.subject, ox.NamedNode):
                found[quad.subject, quad.predicate][place].append(quad)
    return dict(sorted(found.items(), key=lambda item: (_natural(item[0][0]), item[0][1].value)))


def _said_of_claims(old: _Side, new: _Side, without: set[ox.NamedNode]) -> Iterator[Change]:
    """Tell what is said otherwise of claims that were there and still are: sentence, modality, lines."""
    told = _pairs(old, new, lambda quad: _graph(quad) == GRAPH_CLAIMS and quad.subject not in without)
    moved: set[ox.NamedNode] = set()
    for (thing, verb), (went, came) in told.items():
        if thing.value.startswith(f"{ID}claim/"):
            yield from _of_claim(old, new, thing, verb, went, came)
        elif verb in (_FIRST, _LAST) and thing not in moved:
            moved.add(thing)
            claim = _claim_of(thing)
            if claim not in without and went and came:
                lines = {"before": Literal(old.lines(thing)), "after": Literal(new.lines(thing))}
                yield Change("claim-lines", {**_claim(new, claim), **lines})


def _claim_of(passage: ox.NamedNode) -> ox.NamedNode:
    """Return the claim that a passage is a place of: the build gives it that claim's number."""
    return ox.NamedNode(_PLACE.sub(r"/claim/\1", passage.value))


def _of_claim(
    old: _Side, new: _Side, claim: ox.NamedNode, verb: ox.NamedNode, went: list[ox.Quad], came: list[ox.Quad]
) -> Iterator[Change]:
    who, what = _claim(new, claim), Iri(verb.value)
    if verb == _TEXT and went and came:
        yield Change("claim-text", {**who, "before": old.texts(claim, _TEXT)})
    elif len(went) == len(came) == 1:
        before, after = from_store(went[0].object), from_store(came[0].object)
        yield Change("claim-said", {**who, "property": what, "before": before, "after": after})
    elif verb != _PASSAGE:
        for kind, quads in (("claim-more", came), ("claim-less", went)):
            for quad in quads:
                yield Change(kind, {**who, "property": what, "value": from_store(quad.object)})


def _things(old: _Side, new: _Side) -> Iterator[Change]:
    """Tell things of the domain that came and went, with their class."""
    for kind, side, other in (("thing-new", new, old), ("thing-gone", old, new)):
        for key in sorted(_statements(other, side), key=lambda key: _natural(key[0])):
            thing, verb, value = key
            if verb == _TYPE and isinstance(value, ox.NamedNode) and value.value.startswith(CR):
                yield Change(kind, {"thing": Iri(thing.value), "class": Iri(value.value)})


def _statements_told(old: _Side, new: _Side, claims: set[ox.NamedNode]) -> Iterator[Change]:
    """Tell statements that came, went or changed, and those that have a witness more or less.

    What a claim that came or went is the only witness of is counted where that claim is told.
    """
    names = {claim.value for claim in claims}
    sides = ((old, _statements(new, old)), (new, _statements(old, new)))
    told: defaultdict[tuple[ox.NamedNode, ox.NamedNode], tuple[list[Key], list[Key]]] = defaultdict(lambda: ([], []))
    for place, (side, keys) in enumerate(sides):
        for key in keys:
            if key[1] != _TYPE and not (len(side.witnesses[key]) == 1 and side.witnesses[key] <= names):
                told[key[0], key[1]][place].append(key)
    for (thing, verb), (went, came) in sorted(told.items(), key=lambda item: (_natural(item[0][0]), item[0][1].value)):
        who: dict[str, Value] = {"thing": Iri(thing.value), "property": Iri(verb.value)}
        if len(went) == len(came) == 1:
            before, after = from_store(went[0][2]), from_store(came[0][2])
            yield Change("statement-changed", {**who, "before": before, "after": after})
            continue
        for kind, keys_told in (("statement-gone", went), ("statement-new", came)):
            for key in sorted(keys_told, key=str):
                yield Change(kind, {**who, "value": from_store(key[2])})
    yield from _witnesses(old, new)


def _witnesses(old: _Side, new: _Side) -> Iterator[Change]:
    keys = {_key(quad) for side in (old, new) for quad in side.quads if _is_witness(_graph(quad))}
    for key in sorted((key for key in keys if old.witnesses.get(key) and new.witnesses.get(key)), key=str):
        thing, verb, value = key
        who: dict[str, Value] = {
            "thing": Iri(thing.value), "property": Iri(verb.value), "value": from_store(value)
        }  # fmt: skip
        for kind, graphs in (
            ("witness-more", new.witnesses[key] - old.witnesses[key]),
            ("witness-less", old.witnesses[key] - new.witnesses[key]),
        ):
            for graph in sorted(graphs):
                yield Change(kind, {**who, "witness": Iri(graph)})


def _labels(old: _Side, new: _Side) -> Iterator[Change]:
    """Tell names that changed, once for each thing and language."""
    seen: set[tuple[str, str]] = set()
    derived = _pairs(old, new, lambda quad: quad.predicate in _LABELS and not _graph(quad).startswith(GRAPH_DERIVED))
    for (thing, _), (went, came) in derived.items():
        before = {term.language: term for quad in went if isinstance(term := from_store(quad.object), Literal)}
        for quad in came:
            after = from_store(quad.object)
            if isinstance(after, Literal) and after.language in before and (thing.value, after.language) not in seen:
                seen.add((thing.value, after.language))
                values: dict[str, Value] = {"thing": Iri(thing.value), "before": before[after.language], "after": after}
                yield Change("label", values)


def _terms(old: _Side, new: _Side) -> Iterator[Change]:
    """Tell terms and concepts that came to the ontology and its schemes, or went."""
    kinds = ((new, old, "term-new"), (old, new, "term-gone"))
    for side, other, kind in kinds:
        there = _vocabulary(other)
        for thing in sorted(_vocabulary(side) - there, key=_natural):
            yield Change(kind, {"thing": Iri(thing.value)})


def _vocabulary(side: _Side) -> set[ox.NamedNode]:
    return {
        quad.subject
        for quad in side.quads
        if quad.predicate == _TYPE and _graph(quad) == GRAPH_VOCABULARY and isinstance(quad.subject, ox.NamedNode)
    }


def _counted(old: _Side, new: _Side) -> Iterator[Change]:
    """Tell how much else came and went: descriptions, translations, the vocabulary's other words, what is derived."""
    said: tuple[tuple[str, Callable[[ox.Quad], bool]], ...] = (
        ("texts", lambda quad: _graph(quad) == _LABELLING and quad.predicate not in _LABELS),
        ("vocabulary", lambda quad: _graph(quad) == GRAPH_VOCABULARY and quad.predicate != _TYPE),
        ("translations", lambda quad: _graph(quad).startswith(_TRANSLATIONS)),
        ("dataset", lambda quad: _graph(quad) == f"{GRAPH}dataset"),
        ("derived", lambda quad: _graph(quad).startswith(GRAPH_DERIVED)),
    )
    for kind, takes in said:
        added, removed = (sum(map(takes, side.quads)) for side in (new, old))
        if added or removed:
            yield Change(kind, {"added": added, "removed": removed})


def _names(side: _Side) -> dict[str, tuple[Literal, ...]]:
    return {
        thing.value: tuple(
            label
            for quad in quads
            if quad.predicate in _LABELS and isinstance(label := from_store(quad.object), Literal)
        )
        for thing, quads in side.said.items()
        if any(quad.predicate in _LABELS for quad in quads)
    }


def _json(value: Value) -> object:
    if isinstance(value, tuple):
        value = best_label(value, ("en",)) or Literal("")
    if isinstance(value, int):
        return value
    if isinstance(value, Iri):
        return {"type": "uri", "value": value.value}
    return {"type": "literal", "value": value.value, **({"xml:lang": value.language} if value.language else {})}
