"""A query written anew for a remote store: parameters bound as terms, its dataset out of the text, graphs added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from sparqlgate.errors import QueryUnsupported
from sparqlgate.namespaces import OWL, Names
from sparqlgate.query import Term
from sparqlgate.text.guard import Bounds
from sparqlgate.text.lexer import Token
from sparqlgate.text.writing import Step, edited, walk

#: A triple ``<graph> MEMBER <graph>`` stands in the catalogue for each graph.
MEMBER: Final = OWL + "sameAs"
#: The graph that has nothing in it: the default graph of a query that names graphs with FROM NAMED alone.
NOTHING: Final = "urn:sparqlgate:graph:nothing"


@dataclass(frozen=True)
class Dialect:
    """A kind of store.

    ``union`` says that the store's own default graph is a union that repeats triples. Then another graph holds the
    merge, which is asked for with ``default-graph-uri``, and one lists the graphs that ``GRAPH ?g`` ranges over,
    because the merge, and what a store keeps for itself, are none of them. ``cuts_graphs`` says that it may cut the
    graph of a CONSTRUCT at its cap of rows without a word, as it would not cut a table.
    """

    name: str
    union: bool = False
    cuts_graphs: bool = False

    def default_graph(self, names: Names) -> str | None:
        """Return the graph that holds the merge, None where the store's own default graph is that."""
        return names.merged if self.union else None

    def catalogue(self, names: Names) -> str | None:
        """Return the graph that lists the pushed ones, None where the store tells them itself."""
        return names.pushed if self.union else None


#: Stores with a default graph of their own: the merge is in it, and queries go out as they are.
OWN_DEFAULT: Final = Dialect("own-default")
#: Stores whose default graph is the union of the others, as Virtuoso has it.
UNION: Final = Dialect("union", union=True, cuts_graphs=True)
DIALECTS: Final = {dialect.name: dialect for dialect in (OWN_DEFAULT, UNION)}


@dataclass(frozen=True)
class Rewritten:
    """A query written anew; ``graphs`` are the only ones that it looks into by name, as written; ``limit`` its own."""

    text: str
    graphs: tuple[str, ...] = ()
    limit: int | None = None


@dataclass
class _Group:
    """An open bracket: for a pattern the parameters that it sees and those that it binds, and the graph it is of."""

    start: int
    visible: frozenset[str]
    pattern: bool = False
    binds: set[str] = field(default_factory=set)
    graph: Token | None = None
    returned: set[str] | None = None
    aside: bool = False


@dataclass
class _Rewriter:
    text: str
    terms: Mapping[str, Term]
    catalogue: str | None
    groups: list[_Group]
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    last: list[Token] = field(default_factory=list)
    form_end: int = 0
    root: tuple[int, int] = (0, 0)
    template: bool = False
    described: list[Token] = field(default_factory=list)
    ranging: list[tuple[Token, int]] = field(default_factory=list)
    fixed: list[tuple[Token, int, str]] = field(default_factory=list)
    star: bool = False
    limit: int | None = None

    def put(self, start: int, end: int, new: str) -> None:
        self.edits.append((start, end, new))

    def after(self, *words: str) -> bool:
        """Whether the tokens before this one are these words."""
        return [token.text.upper() for token in self.last[-len(words) :]] == list(words)


def rewrite(
    text: str, substitutions: Mapping[str, Term], catalogue: str | None = None, bounds: Bounds | None = None
) -> Rewritten:
    """Return a screened query as a remote store is to get it.

    FROM clauses are left out, for the dataset travels beside the text. With a ``catalogue``, ``GRAPH ?g`` ranges over
    the graphs that it lists. DESCRIBE becomes the CONSTRUCT of all that is said of a thing, as stores differ in what
    they describe. Raises QueryUnsupported for parameters that are no IRI or literal, or that the query sets itself.
    """
    for name, term in substitutions.items():
        if not isinstance(term, ox.NamedNode | ox.Literal):
            raise QueryUnsupported(f"?{name} is given a term that is neither an IRI nor a literal")
    state = _Rewriter(text, substitutions, catalogue, [_Group(0, frozenset(substitutions))])
    form = ""
    for step in walk(text, bounds):
        form = step.form
        _step(state, step)
        state.last = [*state.last[-2:], step.token]
    if catalogue is not None:
        _range(state, catalogue)
    graphs = () if state.ranging else tuple(dict.fromkeys(graph for _, _, graph in state.fixed))
    if form == "describe":
        return Rewritten(_described(state), graphs)
    if form == "construct" and substitutions and not state.template:
        start, end = state.root
        state.put(state.form_end, state.form_end, f" {text[start:end]} ")
    return Rewritten(edited(text, state.edits, 0, len(text)), graphs, state.limit)


def _step(state: _Rewriter, step: Step) -> None:
    token = step.token
    if step.closed:
        _close(state, token)
    elif step.opened:
        _open(state, step)
    elif step.kind == "top":
        state.star = state.star or token.text == "*"
        _top(state, step)
    elif token.kind == "word" and token.text.upper() == "SELECT" and step.kind == "pattern":
        state.groups[-1].returned = set()
    elif step.mode == "select":
        if state.groups[-1].returned is not None and (token.kind == "var" or token.text == "*"):
            state.groups[-1].returned.add(token.text[1:])
            state.star = state.star or token.text == "*"
    elif token.kind == "var":
        _variable(state, step)


def _top(state: _Rewriter, step: Step) -> None:
    token, word = step.token, step.token.text.upper()
    stop = token.start + len(token.text)
    if not state.form_end and step.form and token.kind == "word" and word == step.form.upper():
        state.form_end = stop
    elif (token.kind == "word" and (word == "FROM" or (word == "NAMED" and state.after("FROM")))) or (
        token.kind in ("iri", "name") and (state.after("FROM") or state.after("FROM", "NAMED"))
    ):
        state.put(token.start, stop, " ")
    elif step.form == "describe" and not state.root[1] and (token.kind in ("iri", "name", "var") or word == "*"):
        state.described.append(token)
    elif token.kind == "number" and state.after("LIMIT") and token.text.isdecimal():
        state.limit = int(token.text)


def _open(state: _Rewriter, step: Step) -> None:
    outer = state.groups[-1]
    group = _Group(step.token.start, outer.visible, aside=outer.aside or step.mode in ("select", "modifiers"))
    if step.opened == "template":
        state.template = True
    elif step.opened == "pattern":
        group.pattern, group.aside = True, False
        if outer.returned is not None:
            group.visible = outer.visible if "" in outer.returned else outer.visible & outer.returned
            group.binds = set(group.visible)
            outer.returned = None
        elif len(state.groups) == 1:
            group.binds = set(group.visible)
            state.root = (step.token.start, len(state.text))
        if len(state.last) > 1 and state.last[-2].text.upper() == "GRAPH":
            group.graph = state.last[-1]
    state.groups.append(group)


def _close(state: _Rewriter, token: Token) -> None:
    group = state.groups.pop()
    if not group.pattern:
        return
    if len(state.groups) == 1:
        state.root = (group.start, token.start + 1)
    for name in sorted(group.binds):
        state.put(group.start + 1, group.start + 1, f" VALUES ?{name} {{ {state.terms[name]} }} ")
    if group.graph is not None:
        _graph(state, group.graph, token.start + 1)


def _graph(state: _Rewriter, token: Token, end: int) -> None:
    """Keep what a GRAPH clause that ends at ``end`` is about: one graph, or each that a variable ranges over."""
    term = _value(state, token) if token.kind == "var" else None
    if token.kind == "var" and not isinstance(term, ox.NamedNode):
        state.ranging.append((token, end))
    else:
        state.fixed.append((token, end, token.text if term is None else str(term)))


def _range(state: _Rewriter, catalogue: str) -> None:
    """Let the variables of GRAPH range over the listed graphs only."""
    for token, end in state.ranging:
        listed = f"GRAPH ?pushed {{ {token.text} <{MEMBER}> {token.text} }} FILTER (?pushed = <{catalogue}>)"
        state.put(end, end, f" FILTER EXISTS {{ {listed} }} ")
    if not state.ranging or not state.fixed:
        return
    # Such a store looks into a graph that is named only when the request lists it, and then GRAPH ?g sees no other.
    if state.star:
        raise QueryUnsupported("name the variables: SELECT * is not answered here beside both GRAPH ?g and GRAPH <…>")
    for number, (token, end, graph) in enumerate(state.fixed):
        stop = token.start + len(token.text)
        state.edits = [edit for edit in state.edits if edit[:2] != (token.start, stop)]
        state.put(token.start, stop, f" ?graph__{number} ")
        state.put(end, end, f" FILTER (?graph__{number} = {graph}) ")


def _value(state: _Rewriter, token: Token) -> Term | None:
    name = token.text[1:]
    return state.terms[name] if name in state.groups[-1].visible else None


def _variable(state: _Rewriter, step: Step) -> None:
    """Put the term in the variable's place, or bind it where only the variable may stand."""
    token, term = step.token, _value(state, step.token)
    aside = state.groups[-1].aside or step.mode in ("select", "modifiers")
    if term is None or aside or step.kind not in ("pattern", "data", "expression"):
        return
    inside = next((group for group in reversed(state.groups) if group.pattern), None)
    if inside is None:
        return
    if state.after("AS"):
        raise QueryUnsupported(f"{token.text} is given a value, so the query cannot set it")
    in_values = step.mode == "values" or state.after("VALUES") or _data_of_values(state)
    bound = state.after("BOUND", "(")
    literal = isinstance(term, ox.Literal) and step.kind != "expression"
    if in_values or bound or literal:
        if not in_values:
            inside.binds.add(token.text[1:])
        return
    state.put(token.start, token.start + len(token.text), f" {term} ")


def _data_of_values(state: _Rewriter) -> bool:
    """Whether the bracket that is open lists the variables of VALUES."""
    before = state.text[: state.groups[-1].start].rstrip()
    return not state.groups[-1].pattern and before[-6:].upper() == "VALUES"


def _described(state: _Rewriter) -> str:
    """Write DESCRIBE as the CONSTRUCT of the statements about each thing that it names or finds."""
    if any(token.text == "*" for token in state.described):
        raise QueryUnsupported("name the variables to be described: DESCRIBE * is not answered here")
    head = state.text[: state.form_end - len("DESCRIBE")]
    start = state.root[0] if state.root[1] else len(state.text)
    rest = edited(state.text, [edit for edit in state.edits if edit[0] >= start], start, len(state.text))
    if not state.root[1]:
        rest = "{}"
    sources = []
    for token in state.described:
        if token.kind == "var":
            found = f"{{ SELECT DISTINCT ({token.text} AS ?described) WHERE {rest} }}"
        else:
            found = f"VALUES ?described {{ {token.text} }}"
        sources.append(f"{{ {found} ?described ?property ?value }}")
    return f"{head}CONSTRUCT {{ ?described ?property ?value }} WHERE {{ {' UNION '.join(sources)} }}"
