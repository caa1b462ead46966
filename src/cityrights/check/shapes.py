"""SHACL (W3C Recommendation 20 July 2017): the shapes of ``ontology/shapes`` against a graph, ours or anybody's."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import rdflib
from pyshacl import validate as run_pyshacl
from rdflib.namespace import RDF, RDFS, SH

from cityrights.check.rules import Finding
from cityrights.check.slices import BELOW, SLICED, TYPE, Aims, aimed, is_local, named, of_interest, take_below
from cityrights.home import is_instance, is_shared, listed
from cityrights.instance import SHIPPED, instance
from cityrights.reuse import NOTHING, Kept
from cityrights.snapshot import digest
from cityrights.vocabulary import PREFIXES, VOCABULARY, XSD
from sparqlgate.errors import InputError

COMPONENT = "SPARQLConstraintComponent"
MINIMUM = "MinCountConstraintComponent"
_OPENING = "WHERE {"
SHAPES = VOCABULARY + "shapes/"
#: The end of the list of languages in which things are told, in ``common.ttl``, and what lists are made of.
_COMMON = SHAPES + "common"
_ENGLISH = ox.NamedNode(_COMMON + "#english-only")
_LAST = ox.NamedNode(_COMMON + "#languages-3")
_LANGUAGES = ox.NamedNode(_COMMON + "#languages")
_PATH, _LEAST, _MOST, _LANGUAGE_IN, _MESSAGE = (
    ox.NamedNode(str(term)) for term in (SH.path, SH.minCount, SH.maxCount, SH.languageIn, SH.message)
)
_LABEL = ox.NamedNode(str(RDFS.label))
_PROPERTY, _SEVERITY, _WARNING = (ox.NamedNode(str(term)) for term in (SH.property, SH.severity, SH.Warning))
#: What a thing has to have to be whole, and who carries a practice out.
_OWED = frozenset(
    ox.NamedNode(f"{SHAPES}{name}")
    for name in (
        *("Practice#theme", "Practice#pillar", "Practice#status", "City#within", "Event#kind"),
        *("Institution#kind", "Institution#status", "Instrument#kind", "Instrument#status"),
    )
)
_WHO = ox.NamedNode(f"{SHAPES}Practice#who")
_LABELLED = "It needs an rdfs:label @{language}, and texts in the languages of instance.toml, one in each: mend them."
_FIRST, _REST, _NIL = (ox.NamedNode(str(term)) for term in (RDF.first, RDF.rest, RDF.nil))
_TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)


@dataclass(frozen=True)
class Violation:
    """One row of a constraint's query: the constraint's IRI, the focus node, and the value if the query selects one."""

    constraint: rdflib.term.Node
    focus: rdflib.term.Node
    value: rdflib.term.Node | None


def without_queries(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return ``shapes`` without their sh:sparql links, for a validator that shall run the core constraints only."""
    core = rdflib.Graph()
    for triple in shapes:
        if triple[1] != SH.sparql:
            core.add(triple)
    return core


def _at_once(core: rdflib.Graph) -> rdflib.Graph:
    """Return ``core`` with the property shapes of a class aimed at the class itself, which says the same.

    The validator asks a property shape that hangs on a node shape anew for each thing, and one with a target once for
    all of them: that is half of the time of a check.
    """
    for shape in set(core.subjects(SH.property)):
        classes = list(core.objects(shape, SH.targetClass))
        within = any(True for _ in core.subjects(None, shape))
        others = [kind for kind in _TARGETS if kind != SH.targetClass and (shape, kind, None) in core]
        if not classes or within or others:
            continue
        for constraint in list(core.objects(shape, SH.property)):
            core.remove((shape, SH.property, constraint))
            for name in classes:
                core.add((constraint, SH.targetClass, name))
    return core


def violations(data: rdflib.Graph | ox.Store, shapes: rdflib.Graph) -> Iterator[Violation]:
    """Run every sh:sparql constraint of ``shapes`` on ``data`` and yield a violation for each row.

    Of a store its default graph is asked. ``data`` holds the ontology too, for rdfs:subClassOf. Raises ValueError for a
    query that this module cannot join with its targets: it must be a SELECT whose first ``WHERE {`` opens the outer
    pattern.
    """
    store = data if isinstance(data, ox.Store) else stored(data)
    for shape, constraint in shapes.subject_objects(SH.sparql):
        classes: set[ox.NamedNode] = set()
        for target in shapes.objects(shape, SH.targetClass):
            take_below(store, ox.NamedNode(str(target)), classes)
        text = _joined(str(shapes.value(constraint, SH.select)), sorted(name.value for name in classes))
        rows = store.query(text, prefixes=_prefixes(shapes, constraint))
        if not isinstance(rows, ox.QuerySolutions):
            raise TypeError(f"{constraint} is not a SELECT query")
        valued = "value" in {variable.value for variable in rows.variables}
        seen = set()
        for row in rows:
            value = row["value"] if valued else None
            violation = Violation(constraint, as_term(row["this"]), None if value is None else as_term(value))
            if violation not in seen:
                seen.add(violation)
                yield violation


def stored(graph: rdflib.Graph) -> ox.Store:
    """Return a store with the triples of a graph in its default graph."""
    store = ox.Store()
    store.extend(ox.parse(graph.serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES))
    return store


def as_graph(triples: Iterable[ox.Triple | ox.Quad]) -> rdflib.Graph:
    """Return triples as the library of the validator has them; nodes without a name keep theirs."""
    # It would print a traceback for each literal that is not what its datatype says: that is for the shapes to tell.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    graph = rdflib.Graph()
    known: dict[object, rdflib.term.Node] = {}  # most terms come often
    for triple in triples:
        terms = triple.subject, triple.predicate, triple.object
        for term in terms:
            if term not in known:
                known[term] = as_term(term)
        subject, predicate, value = terms
        graph.store.add((known[subject], known[predicate], known[value]), graph)
    return graph


def as_term(term: object) -> rdflib.term.Node:
    """Return a term as the library of the validator has it."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.Literal):
        kind = None if term.language or term.datatype.value == XSD + "string" else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, lang=term.language, datatype=kind)
    assert isinstance(term, ox.BlankNode)
    return rdflib.BNode(term.value)


def _joined(text: str, classes: list[str]) -> str:
    before, opening, after = text.partition(_OPENING)
    if not opening or not before.lstrip().startswith("SELECT $this"):
        raise ValueError(f"a constraint must start with 'SELECT $this … {_OPENING}': {text}")
    values = " ".join(f"<{name}>" for name in classes)
    return f"{before}{opening} VALUES ?targetClass {{ {values} }} $this a ?targetClass .{after}"


def _prefixes(shapes: rdflib.Graph, constraint: rdflib.term.Node) -> dict[str, str]:
    found = {}
    for declared in shapes.objects(constraint, SH.prefixes):
        for declaration in shapes.objects(declared, SH.declare):
            found[str(shapes.value(declaration, SH.prefix))] = str(shapes.value(declaration, SH.namespace))
    return found


def validate_shapes(
    data: rdflib.Dataset | rdflib.Graph | ox.Store,
    shapes_dir: Path,
    ontology: rdflib.Graph | None = None,
    only: Collection[str] | None = None,
    kept: Kept = NOTHING,
) -> list[Finding]:
    """Validate ``data`` against every ``*.ttl`` file of ``shapes_dir`` and return what is wrong, sorted.

    A Dataset is validated as the union of its graphs, a store as its default graph. ``ontology`` is the vocabulary with
    the concept schemes, where the data do not hold it: without its rdfs:subClassOf a shape on a superclass would find
    nothing. ``only`` are the things that are looked at, where the data are a store. Things of which nothing has changed
    have the findings that are ``kept`` of them. A finding names the focus node
    (``where``), shape and constraint component (``rule``), and path and value in its message. A shape that has no focus
    node at all is a finding too, since it checks nothing. Raises InputError for a shapes file that cannot be read.
    """
    if kept.keeps and isinstance(data, ox.Store):
        written = tuple((path, digest(path)) for path in listed(shapes_dir, "*.ttl"))
        return _validate_moved(data, kept.of("shapes", written, lambda: _Known.read(shapes_dir)), kept)
    shapes = load_shapes(shapes_dir)
    if isinstance(data, ox.Store):
        store, found = data, _of_store(data, shapes, only)
    else:
        graph = union(data, ontology or rdflib.Graph())
        store = stored(graph)
        found = results(graph, shapes, store, only)
    broken = {result.finding for result in found}
    return sorted(broken if only is not None else {*broken, *_idle(store, _own(shapes_dir, shapes))})


def _of_store(store: ox.Store, shapes: rdflib.Graph, only: Collection[str] | None) -> Iterator[Result]:
    """Yield what breaks a rule in the default graph of a store: the validator's graph has no more than a slice of it.

    Where shapes look further than at a thing and its values, everything is one slice.
    """
    if only is None and is_local(shapes) and (aims := Aims(store, shapes)).are_many:
        marked = core_of(aimed(shapes))
        for some in aims:
            graph = as_graph(of_interest(store, shapes, {thing for _, thing in some}))
            for target, thing in some:  # what they point to is there, too, with its classes, and not looked at
                graph.add((as_term(thing), RDF.type, SLICED[target]))
            yield from _core(graph, marked, None)
        yield from _queries(store, shapes)
        return
    yield from results(as_graph(of_interest(store, shapes, named(only))), shapes, store, only)


#: Of more things than these all are looked at: that is as quick.
_FEW: Final = 1_500


@dataclass
class _Known:
    """What core constraints found of each thing, the last time; ``whole`` says that they were asked about all.

    ``own`` are those of the shapes that somebody wrote for these data, ``local`` whether each is about one thing,
    ``core`` the constraints that are no queries.
    """

    shapes: rdflib.Graph
    own: rdflib.Graph
    local: bool
    core: rdflib.Graph
    found: dict[str, list[Finding]] = field(default_factory=dict)
    whole: bool = False

    @classmethod
    def read(cls, folder: Path) -> _Known:
        """Read the shapes. Raises InputError as :func:`load_shapes` does."""
        shapes = load_shapes(folder)
        return cls(shapes, _own(folder, shapes), is_local(shapes), core_of(shapes))


def _validate_moved(store: ox.Store, known: _Known, kept: Kept) -> list[Finding]:
    """Validate the default graph of a store; only things of which something came or went since the last time."""
    shapes, own = known.shapes, known.own
    moved = kept.moved("shapes") if known.whole and known.local else None
    only = None if moved is None else _concerned(store, shapes, moved)
    found = {} if only is None else {thing: told for thing, told in known.found.items() if thing not in only}
    for result in _core(as_graph(of_interest(store, shapes, named(only))), known.core, only) if only != set() else ():
        found.setdefault(str(result.focus), []).append(result.finding)
    known.found, known.whole = found, True
    kept.is_up_to_date("shapes")
    broken = {finding for told in found.values() for finding in told}
    broken.update(result.finding for result in _queries(store, shapes))
    return sorted({*broken, *kept.asking("idle", id(known), store, lambda asked: list(_idle(asked, own)))})


def _concerned(store: ox.Store, shapes: rdflib.Graph, moved: Collection[ox.Quad]) -> set[str] | None:
    """Return the things that shapes may now find otherwise, by what ``moved``: of them, or of classes of their values.

    None where that may be any.
    """

    if any(quad.predicate == BELOW for quad in moved):
        return None
    named = {ox.NamedNode(str(name)) for name in shapes.objects() if isinstance(name, rdflib.URIRef)} | {TYPE}
    found = {quad.subject.value for quad in moved if quad.predicate in named and isinstance(quad.subject, ox.NamedNode)}
    for value in {quad.subject for quad in moved if quad.predicate == TYPE}:
        pointing = store.quads_for_pattern(None, None, value, ox.DefaultGraph())
        found.update(
            quad.subject.value
            for quad in pointing
            if quad.predicate in named and isinstance(quad.subject, ox.NamedNode)
        )
    return found if len(found) <= _FEW else None


def _own(folder: Path, shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the shapes that somebody wrote for these data: in an instance those of the package may have no thing."""
    own = [path for path in listed(folder, "*.ttl") if not is_shared(path, folder)]
    return shapes if not is_instance(folder) else _read(own)


@dataclass(frozen=True)
class Result:
    """One result of a validation: the thing, the finding about it, and the property that the rule is about, if any."""

    focus: rdflib.term.Node | None
    finding: Finding
    path: rdflib.term.Node | None = None


def results(
    graph: rdflib.Graph,
    shapes: rdflib.Graph,
    store: ox.Store | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Result]:
    """Validate ``graph``, which has the ontology in it, and yield what breaks a rule, in no order.

    ``store`` has the same in its default graph, where there is one; ``only`` are the things that are looked at.
    """
    yield from _core(graph, core_of(shapes), only)
    for result in _queries(graph if store is None else store, shapes):
        if only is None or str(result.focus) in only:
            yield result


def load_shapes(folder: Path) -> rdflib.Graph:
    """Read every shapes file of ``folder`` into one graph.

    Raises InputError when one of them is not Turtle, or when there is none.
    """
    paths = listed(folder, "*.ttl")
    if not paths:
        raise InputError(folder, "there are no SHACL shapes here", repair="point it at ontology/shapes")
    return _read(paths)


def _read(paths: Iterable[Path]) -> rdflib.Graph:
    found: list[ox.Quad] = []
    for path in paths:
        try:
            found.extend(_spoken(ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)))
        except (SyntaxError, ValueError) as error:
            raise InputError(path, f"this is not Turtle: {error}", repair="correct the syntax") from error
    return as_graph(found)


def _spoken(shapes: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield shapes as they are for an instance.

    Things are labelled in its first language, and may be in each. That they lack what makes them whole is debt, which
    stops nothing: a warning.
    """
    whose, written = instance(), list(shapes)
    if whose.is_shipped:
        yield from written
        return
    labels = {quad.subject for quad in written if quad.predicate == _PATH and quad.object == _LABEL}
    told = {quad.subject for quad in written if quad.predicate == _LANGUAGE_IN and quad.object == _LANGUAGES}
    said = _LABELLED.format(language=whose.languages[0])
    for quad in written:
        subject, predicate, value, _ = quad
        if subject == _ENGLISH:
            if predicate == _FIRST:
                yield from _list(_ENGLISH, whose.languages)
            elif predicate != _REST:
                yield quad
            continue
        if predicate == _MESSAGE and isinstance(value, ox.Literal) and str(subject).startswith(f"<{SHAPES}Claim#"):
            quad = ox.Quad(subject, _MESSAGE, ox.Literal(_in_its_languages(value.value), language="en"))
        if subject in told and predicate in (_LEAST, _MOST):
            if subject in labels and predicate == _LEAST:
                yield ox.Quad(subject, _LEAST, ox.Literal(1))
        elif subject in told and predicate == _MESSAGE:
            yield ox.Quad(subject, _MESSAGE, ox.Literal(said, language="en"))
        elif subject in _OWED and predicate in (_LEAST, _PATH, _MESSAGE):
            yield ox.Quad(_debt(subject), predicate, value)
            if predicate != _LEAST:
                yield quad
        elif predicate == _PROPERTY and value in _OWED:
            yield from (quad, ox.Quad(subject, _PROPERTY, _debt(value)))
            yield ox.Quad(_debt(value), TYPE, ox.NamedNode(str(SH.PropertyShape)))
            yield ox.Quad(_debt(value), _SEVERITY, _WARNING)
        elif predicate == _SEVERITY and (subject == _WHO or str(subject).endswith("#translated>")):
            yield ox.Quad(subject, _SEVERITY, _WARNING)
        elif subject != _LAST or predicate != _REST:
            yield quad
        else:
            yield from _longer([language for language in whose.languages if language not in SHIPPED])


def _debt(shape: object) -> ox.NamedNode:
    assert isinstance(shape, ox.NamedNode)
    return ox.NamedNode(f"{shape.value}-debt")


def _in_its_languages(message: str) -> str:
    """Return what a shape says of English texts as it is for an instance: it may write in each of its languages."""
    plain = message.replace("one English sentence of ours", "one sentence in a language of instance.toml")
    return plain.replace("the sentence in English, once", "it once").replace('"…"@en', f'"…"@{instance().languages[0]}')


def _longer(more: list[str]) -> Iterator[ox.Quad]:
    """Yield the rest of the list of languages, from its last node on, with more of them."""
    after = ox.NamedNode(f"{_COMMON}#languages-{more[0]}") if more else _NIL
    yield ox.Quad(_LAST, _REST, after)
    if more:
        yield from _list(after, more)


def _list(first: ox.NamedNode, languages: Sequence[str]) -> Iterator[ox.Quad]:
    """Yield a list of languages that begins at a node."""
    nodes = [first, *(ox.NamedNode(f"{first.value}-{language}") for language in languages[1:])]
    for node, after, language in zip(nodes, [*nodes[1:], _NIL], languages, strict=True):
        yield ox.Quad(node, _FIRST, ox.Literal(language))
        yield ox.Quad(node, _REST, after)


def union(data: rdflib.Dataset | rdflib.Graph, ontology: rdflib.Graph) -> rdflib.Graph:
    """Return all triples of ``data``, whichever graph they stand in, together with those of ``ontology``."""
    merged = rdflib.Graph()
    triples = ((s, p, o) for s, p, o, _ in data.quads()) if isinstance(data, rdflib.Dataset) else iter(data)
    for triple in triples:
        merged.add(triple)
    for triple in ontology:
        merged.add(triple)
    return merged


def core_of(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the core constraints of shapes, as the validator is quickest with them."""
    return _at_once(without_queries(shapes))


def _core(graph: rdflib.Graph, core: rdflib.Graph, only: Collection[str] | None) -> Iterator[Result]:
    # Its own focus_nodes is a list that is searched for each thing, and lets values go by that are not in it.
    _, report, _ = run_pyshacl(graph, shacl_graph=core, inference="none", inplace=True, do_owl_imports=False)
    if not isinstance(report, rdflib.Graph):
        raise InputError(Path("ontology/shapes"), f"pySHACL could not run the shapes: {report}")
    for result in report.subjects(RDF.type, SH.ValidationResult):
        source = report.value(result, SH.sourceShape)
        path = report.value(result, SH.resultPath)
        focus = report.value(result, SH.focusNode)
        if only is not None and str(focus) not in only:
            continue
        told = _finding(
            focus=focus,
            rule=f"{_name(source)} {str(report.value(result, SH.sourceConstraintComponent)).rpartition('#')[2]}",
            text=str(report.value(result, SH.resultMessage)),
            details={"path": path, "value": report.value(result, SH.value)},
            severity=report.value(result, SH.resultSeverity),
        )
        yield Result(focus, told, path)


def _queries(data: rdflib.Graph | ox.Store, shapes: rdflib.Graph) -> Iterator[Result]:
    for violation in violations(data, shapes):
        told = _finding(
            focus=violation.focus,
            rule=f"{_name(violation.constraint)} {COMPONENT}",
            text=str(shapes.value(violation.constraint, SH.message)),
            details={"value": violation.value},
            severity=shapes.value(violation.constraint, SH.severity),
        )
        yield Result(violation.focus, told)


def _finding(
    *,
    focus: rdflib.term.Node | None,
    rule: str,
    text: str,
    details: dict[str, rdflib.term.Node | None],
    severity: rdflib.term.Node | None,
) -> Finding:
    """Make a finding; a shape's message is written as "what is wrong: how to repair it"."""
    wrong, _, repair = text.partition(": ")
    shown = ", ".join(f"{name} {short(term)}" for name, term in details.items() if term is not None)
    return Finding(
        where=str(focus),
        rule=rule,
        message=f"{wrong} ({shown})" if shown else wrong,
        repair=repair,
        severity="warning" if severity in (SH.Warning, SH.Info) or _is_debt(rule) else "error",
        thing=str(focus),
        of=str(details.get("path") or ""),
        value=str(details.get("value") or ""),
    )


#: What a practice lacks, too, as long as nobody worked on it; what is ``_OWED`` has a shape of its own.
_DEBTS: Final = frozenset(
    f"Practice#{name}"
    for name in (
        f"label {MINIMUM}", f"description {MINIMUM}", f"where {COMPONENT}", f"who {COMPONENT}",
    )
)  # fmt: skip


def _is_debt(rule: str) -> bool:
    return rule in _DEBTS and not instance().is_shipped


def _name(shape: rdflib.term.Node | None) -> str:
    return str(shape).removeprefix(SHAPES)


def _idle(store: ox.Store, shapes: rdflib.Graph) -> Iterator[Finding]:
    for shape in set(shapes.subjects(RDF.type, SH.NodeShape)):
        targets = [(kind, target) for kind in _TARGETS for target in shapes.objects(shape, kind)]
        if targets and not any(_has_focus(store, kind, ox.NamedNode(str(target))) for kind, target in targets):
            yield Finding(
                where=str(shape),
                rule=f"{_name(shape)} no-focus-node",
                message=f"this shape checks nothing, since there is no {short(targets[0][1])} in the data",
                repair="correct its target, or give the class a thing, or remove the shape",
            )


def _has_focus(store: ox.Store, kind: rdflib.term.Node, target: ox.NamedNode) -> bool:
    def stands(predicate: ox.NamedNode, value: ox.NamedNode | None) -> bool:
        return next(store.quads_for_pattern(None, predicate, value, ox.DefaultGraph()), None) is not None

    if kind == SH.targetNode:
        return True
    if kind in (SH.targetSubjectsOf, SH.targetObjectsOf):
        return stands(target, None)
    classes: set[ox.NamedNode] = set()
    take_below(store, target, classes)
    return any(stands(TYPE, name) for name in classes)


def short(term: rdflib.term.Node) -> str:
    """Return an IRI with the prefix of ``namespaces.PREFIXES`` that fits best, any other term in N3."""
    if not isinstance(term, rdflib.URIRef):
        return term.n3() if isinstance(term, rdflib.Literal) else str(term)
    fitting = [(len(base), prefix, base) for prefix, base in PREFIXES.items() if term.startswith(base)]
    if not fitting:
        return f"<{term}>"
    _, prefix, base = max(fitting)
    return f"{prefix}:{term[len(base) :]}"
