"""Derived triples: each rule in ``queries/construct`` is a CONSTRUCT whose triples stand in ``graph/derived/<rule>``.

A rule sees the default graph, that is everything asserted and what earlier rules derived. What is already asserted is
not derived again. Front matter: ``# order: n`` says when a rule runs; its first comment line says what it does, and
``# title@fr: …`` the same in French.

A derived statement unfolds: what the template of its rule made is matched with it, and the WHERE, with its terms, gives
the statements that it was made from.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import pyoxigraph as ox

from cityrights import patterns
from cityrights.home import listed, text_of
from cityrights.library.queries import with_prefixes
from cityrights.patterns import Group, Pattern, Reader, is_variable
from cityrights.reuse import Around, around
from cityrights.snapshot import Progress
from cityrights.solutions import Met, Writer, stated, visible, ways
from cityrights.terms import Iri, Literal, Row, Term, best_label, fallback_chain, term_text, to_store
from cityrights.vocabulary import DCTERMS, GRAPH_DATASET, GRAPH_DERIVED, LICENSE, PREFIXES, RDF, localized, short
from sparqlgate.errors import InputError
from sparqlgate.text.writing import iri, walk

_ORDER = re.compile(r"^#\s*order:\s*(\d+)\s*$", re.MULTILINE)
_TITLE: Final = re.compile(r"^# title@([a-z]{2,3}): (\S.*)$", re.MULTILINE)
#: So many triples of a rule are added at once.
_AT_ONCE: Final = 50_000
#: How a graph came to be, by language.
_HOW: Final = {
    "en": "Derived by the query queries/construct/{name}.rq from everything asserted and derived before it.",
    "fr": "Dérivé par la requête queries/construct/{name}.rq de tout ce qui est affirmé et a été dérivé avant elle.",
    "es": "Derivado por la consulta queries/construct/{name}.rq de todo lo afirmado y derivado antes de ella.",
}


@dataclass(frozen=True, order=True)
class Rule:
    """One rule: ``order``, its ``name`` (of the file and of the derived graph), what it does, its query and file."""

    order: int
    name: str
    title: str
    text: str
    path: Path

    @property
    def graph(self) -> str:
        """IRI of the graph that holds what the rule derives."""
        return GRAPH_DERIVED + self.name

    @property
    def titles(self) -> tuple[Literal, ...]:
        """What the rule does, in English and in each other language in which its text says so."""
        return (Literal(self.title, "en"), *(Literal(said, language) for language, said in _TITLE.findall(self.text)))

    def called(self, language: str) -> Literal:
        """What the rule does, for a reader of a language."""
        return best_label(self.titles, fallback_chain(language)) or self.titles[0]

    @property
    def source(self) -> str:
        """IRI of the rule's own text, beside that of the graph."""
        return f"{self.graph}.rq"


def rules(folder: Path) -> list[Rule]:
    """Read the rules of ``queries/construct`` in the order in which they run.

    Raises InputError for a rule without title or order.
    """
    found = []
    for path in listed(folder, "*.rq"):
        text = localized(text_of(path))
        order = _ORDER.search(text)
        if order is None or not text.startswith("# "):
            raise InputError(path, "a rule needs a first comment line that says what it does, and '# order: n'", line=1)
        found.append(Rule(int(order[1]), path.stem, text.splitlines()[0][2:].strip(), text, path))
    return sorted(found)


def rules_of(told: Iterable[Row]) -> tuple[Rule, ...]:
    """Return the rules that a graph tells of itself, in the order in which they ran: ``?g``, ``?title``, ``?text``."""
    found = []
    for row in told:
        name, text, title = str(row["g"]).removeprefix(GRAPH_DERIVED), str(row["text"]), row["title"]
        order = _ORDER.search(text)
        translated = isinstance(title, Literal) and title.language not in ("", "en")
        if order is not None and not translated:
            found.append(Rule(int(order[1]), name, str(title), text, Path(f"queries/construct/{name}.rq")))
    return tuple(sorted(found))


def derive_all(
    home: Path,
    store: ox.Store,
    add: Callable[[Sequence[ox.Quad]], object],
    progress: Progress,
    *,
    connect: bool = True,
) -> dict[str, int]:
    """Derive all that follows from the default graph of ``store``: by the rules of ``home``, then which places are
    close.

    ``add`` puts what a rule gives into ``store``, where the next one finds it; without ``connect`` closeness is left
    out. Returns how many triples each derived.
    """
    counts = {}
    todo = sound(home)
    for number, rule in enumerate(todo, 1):
        counts[rule.name] = 0
        found = derive(store, rule)
        # What a rule asks is what stood there when it began, also while what it gives is added.
        while some := list(itertools.islice(found, _AT_ONCE)):
            counts[rule.name] += len(some)
            add(some)
        add(list(provenance(rule)))
        progress("deriving", number, len(todo))
    if connect:
        progress("connecting", 0, 1)
        add(connected(store))
    return counts


def sound(home: Path) -> list[Rule]:
    """Return the rules of ``home``. Raises InputError for those that cannot run in this order."""
    todo = rules(home / "queries" / "construct")
    for fault in faults(todo):
        raise fault
    return todo


def connected(store: ox.Store) -> tuple[ox.Quad, ...]:
    """Return which places are close to which in the default graph of a store."""
    from cityrights.indexes.proximity.reading import quads  # scipy takes a while, few need it

    return tuple(quads(store))


def provenance(rule: Rule) -> Iterator[ox.Quad]:
    """Yield what the dataset says of the rule's graph: that it is computed, and how (PROV-O, Entity)."""
    graph, about, text = ox.NamedNode(rule.graph), ox.NamedNode(GRAPH_DATASET), ox.NamedNode(rule.source)
    yield ox.Quad(graph, ox.NamedNode(RDF + "type"), ox.NamedNode(PREFIXES["prov"] + "Entity"), about)
    for title in rule.titles:
        yield ox.Quad(graph, ox.NamedNode(DCTERMS + "title"), to_store(title), about)
        yield ox.Quad(text, ox.NamedNode(DCTERMS + "title"), to_store(title), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "license"), ox.NamedNode(LICENSE), about)
    for language, how in _HOW.items():
        said = ox.Literal(how.format(name=rule.name), language=language)
        yield ox.Quad(graph, ox.NamedNode(DCTERMS + "provenance"), said, about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "source"), text, about)
    yield ox.Quad(text, ox.NamedNode(RDF + "type"), ox.NamedNode(PREFIXES["prov"] + "Entity"), about)
    yield ox.Quad(text, ox.NamedNode(PREFIXES["prov"] + "value"), ox.Literal(rule.text), about)


def derive(store: ox.Store, rule: Rule, unseen: Callable[[ox.Quad], bool] | None = None) -> Iterator[ox.Quad]:
    """Yield what ``rule`` adds to the default graph of ``store``, as quads of the rule's graph.

    Where some statements are ``unseen``, though they stand there, it adds what only these say. Raises InputError when
    the rule is not a CONSTRUCT that parses.
    """
    graph = ox.NamedNode(rule.graph)
    try:
        triples = store.query(rule.text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise InputError(rule.path, f"the rule does not parse: {error.msg}") from error
    if not isinstance(triples, ox.QueryTriples):
        raise InputError(rule.path, "a rule is a CONSTRUCT query")
    for triple in triples:
        s, p, o = triple.subject, triple.predicate, triple.object
        there = ox.Quad(s, p, o, ox.DefaultGraph()) in store
        if there and unseen is not None:
            said = store.quads_for_pattern(s, p, o, None)
            there = any(quad.graph_name != ox.DefaultGraph() and not unseen(quad) for quad in said)
        if not there:
            yield ox.Quad(s, p, o, graph)


#: Subject, property and object of a statement.
Triple: TypeAlias = tuple[Iri, Iri, Term]
#: Answers a SELECT with its rows. Raises QueryError.
Asks: TypeAlias = Callable[[str], Sequence[Row]]
#: So many steps of one path are told.
_STEPS: Final = 50


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a rule makes a statement: ``statements`` that hold together, and what has to be ``absent``.

    What is absent are the conditions of the rule, as they are written in it.
    """

    statements: tuple[Triple, ...]
    absent: tuple[str, ...]


class _Read:
    """A rule taken apart: what it makes, and what it makes that from. Raises InputError where it cannot be read."""

    def __init__(self, rule: Rule) -> None:
        self.rule, self.text = rule, with_prefixes(rule.text)
        steps = list(walk(self.text))
        reader = self.reader = Reader(self.text, steps)
        try:
            begin = next(at for at, step in enumerate(steps) if step.form)
            braces = [at for at in range(begin, len(steps)) if steps[at].kind == "top" and reader.is_sign(at, "{")]
            self.template, self.where = reader.group(braces[0]), reader.group(braces[1])
        except (patterns.Unreadable, IndexError, StopIteration) as error:
            raise InputError(rule.path, "a rule is CONSTRUCT { … } WHERE { … }") from error
        self._prefixes = {**PREFIXES, **patterns.declared(steps)}
        self.head = self.text[: steps[begin].token.start]

    def iri(self, term: str) -> str:
        """Return the IRI that a term of the rule is; nothing for what is none."""
        if term in ("a", "A"):
            return RDF + "type"
        prefix, colon, local = term.partition(":")
        return (
            term[1:-1]
            if term[:1] == "<"
            else self._prefixes.get(prefix, "") + local
            if colon and term[:1] != '"'
            else ""
        )

    def matched(self, pattern: Pattern, triple: Triple) -> dict[str, str] | None:
        """Return what the variables of a pattern of the template stand for in a statement; None where it is another."""
        names: dict[str, str] = {}
        for term, value in zip((pattern.subject, pattern.predicate, pattern.object), triple, strict=True):
            written = term_text(value)
            if self.reader.is_blank(term):
                return None
            if is_variable(term):
                if names.setdefault(term[1:], written) != written:
                    return None
            elif (self.iri(term) or term) != (value.value if isinstance(value, Iri) else written):
                return None
        return names


@lru_cache(maxsize=100)
def about(rule: Rule) -> Around | None:
    """Return that what a rule derives is said of one thing, which its WHERE is about; None where that may not be so."""
    read = _Read(rule)
    said = {one.subject for one in read.template.patterns}
    if len(said) != 1 or not is_variable(thing := said.pop()):
        return None
    where = read.reader.steps[read.where.start].token.start
    return around(f"{read.head}SELECT * WHERE {read.text[where:]}", thing[1:])


def unfold(rule: Rule, triple: Triple, later: Sequence[str], ask: Asks, most: int = 10) -> Iterator[Way]:
    """Yield the ways, ``most`` at most, in which ``rule`` makes a statement. Raises QueryError as ``ask`` does.

    ``later`` are the graphs that were not there yet when it ran, its own among them: what it asks not to be there is
    not looked for in those.
    """
    read = _Read(rule)
    before = [iri(graph) for graph in later]
    seen = set[frozenset[Triple]]()
    for pattern in read.template.patterns:
        names = read.matched(pattern, triple)
        for chosen in ways(read.where) if names is not None else ():
            for way in _ways(read, names or {}, chosen, before, ask, most):
                if frozenset(way.statements) not in seen and len(seen) < most:
                    seen.add(frozenset(way.statements))
                    yield way


def _ways(
    read: _Read, names: Mapping[str, str], chosen: Mapping[int, int], before: Sequence[str], ask: Asks, most: int
) -> Iterator[Way]:
    where = read.where
    unmet = frozenset(part.start for part in where.parts("optional") if part.start not in chosen)
    if not names.keys() <= visible(read.reader, where, chosen, unmet).keys():
        return
    writer = Writer(read.reader, names, chosen, before=before)
    body = writer.group(where)
    if any(met.subject[:1] in "\"'" for met in writer.met):
        return  # a text is said nothing of
    terms = [term for met in writer.met for term in (met.subject, met.predicate.text, met.object)]
    shown = " ".join(dict.fromkeys(filter(is_variable, terms))) or "(1 AS ?one)"
    absent = tuple(
        " ".join(writer.words(range(part.start, part.end)).split()) for part in where.parts("absent", "minus")
    )
    for met in writer.met:
        if met.predicate.kind == "iri":
            body += _earlier(f"{met.subject} {met.predicate.text} {met.object}", writer.fresh(), before)
    for row in ask(f"{read.head}SELECT DISTINCT {shown} WHERE {{ {body} }} LIMIT {most}"):
        found: dict[Triple, None] = {}
        for met in writer.met:
            found |= dict.fromkeys(_instances(read, met, row, before, ask))
        yield Way(tuple(found), absent)


def _earlier(said: str, graph: str, before: Sequence[str]) -> str:
    """Return the condition that a statement stands in a graph that was there when a rule ran."""
    return f" FILTER EXISTS {{ GRAPH {graph} {{ {said} }} FILTER({graph} NOT IN ({', '.join(before)})) }}"


def _instances(read: _Read, met: Met, row: Row, before: Sequence[str], ask: Asks) -> Iterator[Triple]:
    """Yield the statements that a pattern was met by in a row; a path is asked for its steps."""

    def term(text: str) -> str:
        return term_text(row[text[1:]]) if is_variable(text) else text

    def known(text: str) -> Term | None:
        return row[text[1:]] if is_variable(text) else Iri(name) if (name := read.iri(text)) else None

    if met.predicate.kind == "iri":
        subject, verb, value = known(met.subject), known(met.predicate.text), known(met.object)
        if isinstance(subject, Iri) and isinstance(verb, Iri) and value is not None:
            yield subject, verb, value
            return
    here = replace(
        met,
        subject=term(met.subject),
        predicate=replace(met.predicate, text=term(met.predicate.text)),
        object=term(met.object),
    )
    numbers = (f"?step{number}" for number in itertools.count(1))
    parts = [
        f"{{ {way} {one} {verb} {other} {_earlier(f'{one} {verb} {other}', '?graph', before)} "
        f"BIND({one} AS ?s) BIND({verb} AS ?p) BIND({other} AS ?o) }}"
        for way, one, verb, other in stated(here, numbers)
    ]
    for found in ask(f"{read.head}SELECT DISTINCT ?s ?p ?o WHERE {{ {' UNION '.join(parts)} }} LIMIT {_STEPS}"):
        subject, verb, value = found["s"], found["p"], found["o"]
        if isinstance(subject, Iri) and isinstance(verb, Iri):
            yield subject, verb, value


def faults(todo: Sequence[Rule]) -> Iterator[InputError]:
    """Yield what is wrong with rules beside each other: a circle of them, and one that reads what is derived later.

    Looked at is what they name: a property, or a class after ``a``. Rules over all properties or classes see what was
    derived before them, and no more. Raises InputError for a rule that cannot be read.
    """
    read = [_Read(rule) for rule in todo]
    makes = [dict(_keys(one, one.template.patterns)) for one in read]
    needs = [dict(_keys(one, _positive(one.where))) for one in read]
    told = set[int]()
    for at, one in enumerate(read):
        circle = _circle(at, makes, needs, read)
        if circle and at not in told:
            told.update(circle)
            names = " → ".join(f"{read[place].rule.name}.rq" for place in (*circle, at))
            yield InputError(
                one.rule.path,
                f"a cycle of rules: {names}, each made from what the next one derives; a rule runs once, so what the "
                "others derive later is not seen",
                line=1,
                repair="take one of them out of the circle: read what is asserted, or write a path (cr:within+)",
            )
    for one, need in zip(read, needs, strict=True):
        for other, made in zip(read, makes, strict=True):
            early = sorted(need.keys() & made.keys()) if one.rule < other.rule else []
            if early and not told:
                yield InputError(
                    one.rule.path,
                    f"the rule reads {_named(early[0])}, which {other.rule.name}.rq derives later, with order "
                    f"{other.rule.order}",
                    line=1,
                    repair=f"write '# order: {other.rule.order + 1}', or more",
                )


def _circle(
    at: int, makes: Sequence[Mapping[str, Pattern]], needs: Sequence[Mapping[str, Pattern]], read: Sequence[_Read]
) -> list[int]:
    """Return the places of the rules of a circle that begins at one, each made from what the next derives."""
    queue, seen = [[at]], set[int]()
    while queue:
        way = queue.pop(0)
        for other, made in enumerate(makes):
            shared = needs[way[-1]].keys() & made.keys()
            if other == way[-1]:
                shared = {key for key in shared if _itself(needs[other][key], made[key])}
            if not shared:
                continue
            if other == at:
                return way
            if other not in seen:
                seen.add(other)
                queue.append([*way, other])
    return []


def _itself(needed: Pattern, made: Pattern) -> bool:
    """Say whether a rule that reads and derives one property does so of the same thing.

    Not where its path leads through all that is between before it comes to that property (``q+/p``): what is derived
    adds no way then.
    """
    if (needed.subject, needed.object) == (made.subject, made.object) and needed.path is not None:
        first, *_ = needed.path.parts or (needed.path,)
        if needed.path.kind == "sequence" and first.kind == "more":
            return made.predicate in _steps_of(first)
    return needed.subject == made.subject or needed.object == made.object


def _positive(group: Group) -> Iterator[Pattern]:
    for one in group.elements:
        if isinstance(one, Pattern):
            yield one
        elif one.kind not in ("minus", "absent"):
            for each in (*one.groups, *((one.select.where,) if one.select else ())):
                yield from _positive(each)


def _keys(read: _Read, found: Iterable[Pattern]) -> Iterator[tuple[str, Pattern]]:
    """Yield the property that each pattern names, or for a class ``a`` and the class."""
    for pattern in found:
        for step in _steps_of(pattern.path):
            verb = read.iri(step)
            if verb == RDF + "type" and pattern.path is not None and pattern.path.kind == "iri":
                verb = f"a {kind}" if (kind := read.iri(pattern.object)) else ""
            if verb and verb != RDF + "type":
                yield verb, pattern


def _steps_of(path: patterns.Path | None) -> Iterator[str]:
    if path is not None and path.kind == "iri":
        yield path.text
    elif path is not None and path.kind != "not":
        for part in path.parts:
            yield from _steps_of(part)


def _named(key: str) -> str:
    kind, _, name = key.rpartition(" ")
    return f"{kind} {short(name)}".strip()
