"""The graph for programs and notebooks: open it, ask it, take it along.

    with cityrights.open() as graph:
        for row in graph.select("SELECT ?practice { ?practice a cr:Practice }"):
            print(row["practice"])

The prefixes of :mod:`cityrights.vocabulary` may be used without declaring them.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

import pyoxigraph as ox

from cityrights.indexes.registry import Indexes
from cityrights.indexes.search import Hits
from cityrights.library.queries import with_prefixes
from cityrights.resources.labels import Vocabulary
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, ID, PREFIXES, RDF, RDFS, XSD
from sparqlgate import EmbeddedEngine, Limits, Query, Result, Store
from sparqlgate.errors import QueryError
from sparqlgate.query import JSON, Term

if TYPE_CHECKING:
    import networkx
    import pandas
    import rdflib

    from cityrights.indexes.proximity import Connections
    from cityrights.indexes.proximity.telling import ExplanationInWords
    from cityrights.library.names import Names
    from cityrights.library.queries import LibraryQuery

_NUMBERS: Mapping[str, type[int] | type[float] | type[Decimal]] = {
    XSD + "integer": int,
    XSD + "decimal": Decimal,
    XSD + "double": float,
    XSD + "float": float,
}


class Rows(Sequence[dict[str, Any]]):
    """The rows of a SELECT, in order. Each is a dict of Python values; ``terms`` has the RDF terms beside them.

    Numbers and booleans become Python's own, IRIs and all other literals become text, unbound variables None.
    """

    def __init__(self, variables: list[str], terms: list[dict[str, Term]]) -> None:
        self.vars = variables
        self.terms = terms
        self._rows = [{name: _value(row.get(name)) for name in variables} for row in terms]

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<Rows: {len(self)} of {', '.join(self.vars)}>"

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas DataFrame with a column for each variable. Raises ImportError saying how to get pandas."""
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install 'cityrights[pandas]'") from error
        return pd.DataFrame(self._rows, columns=self.vars)

    def to_csv(self) -> str:
        """Return the rows as CSV with a header, as SPARQL 1.1 Query Results CSV has it."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.vars)
        for row in self.terms:
            writer.writerow(_text(row.get(name)) for name in self.vars)
        return out.getvalue()


class KnowledgeGraph:
    """One snapshot, open for questions. Threads may share it; close it, or use ``with``.

    ``engine``, where it is given, answers queries in place of one over the snapshot; it is closed with the graph.
    """

    def __init__(self, snapshot: Snapshot, *, limits: Limits | None = None, engine: Store | None = None) -> None:
        self.snapshot = snapshot
        self.engine: Store = engine or EmbeddedEngine(snapshot, limits=limits)
        self._indexes = Indexes(snapshot.path)

    @property
    def version(self) -> str:
        """The version of the data: 64 hexadecimal digits."""
        return self.engine.version

    def select(self, text: str, **params: object) -> Rows:
        """Answer a SELECT. ``params`` bind variables by name; SELECT must return them.

        A value is an RDF term, or a Python one: text that begins with ``http://``, ``https://`` or ``urn:`` is an
        IRI, other text a plain literal. Where nothing is found, names that the graph does not know are a UserWarning.
        Raises the errors under QueryError.
        """
        with self._asked(text, params) as result:
            _expect(result.form, "select")
            parsed = ox.parse_query_results(result.read(), format=ox.QueryResultsFormat.JSON)
        if not isinstance(parsed, ox.QuerySolutions):
            raise TypeError("the answer has no rows")
        variables = [variable.value for variable in parsed.variables]
        rows = Rows(variables, [_row(variables, solution) for solution in parsed])
        if not rows:
            self._warn(text)
        return rows

    def _asked(self, text: str, params: Mapping[str, object], form: str = JSON) -> Result:
        """Ask a query with the usual prefixes declared; the place of an error is that in the text as it was given."""
        sent = with_prefixes(text)
        try:
            return self.engine.query(Query(sent, form, bindings=_bound(params)))
        except QueryError as error:
            raise error.moved(sent.count("\n") - text.count("\n")) from error

    @cached_property
    def questions(self) -> Mapping[str, LibraryQuery]:
        """The questions of the library by their names, with titles, parameters and texts."""
        from cityrights.home import home
        from cityrights.library.queries import library

        return {query.name: query for query in library(home() / "queries" / "explore")}

    def question(self, name: str, language: str = "en", **values: str) -> Rows:
        """Answer a question of the library, with labels in ``language``; the triples of a graph are rows too.

        ``values`` are those of its parameters, written as in an address (``kind="kind:council"``); one that is left out
        has its default. Raises KeyError for a question that there is not; WrongParameters, which is a ValueError, for
        what is no parameter or none of its values, with the names that may have been meant; and the errors under
        QueryError.
        """
        from cityrights.library.names import meant, nearest
        from cityrights.library.running import answer, terms_of
        from cityrights.terms import to_store

        if name not in self.questions:
            near = meant(nearest(name, self.questions))
            raise KeyError(f"there is no question {name!r}{near or '; kg.questions has their names'}")
        query = self.questions[name]
        given = {key: str(value) for key, value in values.items()}
        terms = terms_of(self.names, lambda iri: self.vocabulary.label(iri, language).value, query, given, language)
        found = answer(self.engine, query, terms, language)
        return Rows(list(found.columns), [{key: to_store(term) for key, term in row.items()} for row in found.rows])

    def ask(self, text: str, **params: object) -> bool:
        """Answer an ASK; ``params`` as in :meth:`select`."""
        with self._asked(text, params) as result:
            _expect(result.form, "ask")
            answer = bool(ox.parse_query_results(result.read(), format=ox.QueryResultsFormat.JSON))
        if not answer:
            self._warn(text)
        return answer

    def _warn(self, text: str) -> None:
        """Warn of what a query that found nothing names, and the graph does not know."""
        for told in self.names.missing(text):
            warnings.warn(told, stacklevel=3)

    def construct(self, text: str, **params: object) -> rdflib.Graph:
        """Answer a CONSTRUCT or DESCRIBE with an rdflib Graph; ``params`` as in :meth:`select`."""
        import rdflib

        with self._asked(text, params, "application/n-triples") as result:
            _expect(result.form, "construct", "describe")
            graph = rdflib.Graph().parse(data=result.read(), format="nt")
        for prefix, namespace in PREFIXES.items():
            graph.bind(prefix, namespace)
        return graph

    def graph(self) -> rdflib.Dataset:
        """Return everything as an rdflib Dataset with its named graphs; its default graph is their union."""
        import rdflib

        dataset = rdflib.Dataset(default_union=True)
        for quad in ox.parse(path=self.snapshot.nquads, format=ox.RdfFormat.N_QUADS):
            if isinstance(quad.graph_name, ox.NamedNode):
                place = dataset.graph(rdflib.URIRef(quad.graph_name.value))
                place.add((_node(quad.subject), rdflib.URIRef(quad.predicate.value), _node(quad.object)))
        for prefix, namespace in PREFIXES.items():
            dataset.bind(prefix, namespace)
        return dataset

    def network(self) -> networkx.MultiDiGraph[str]:
        """Return the things as nodes and the links between them as edges, for graph measures.

        Nodes are IRIs with ``label`` (English) and ``kind`` (the part of the IRI after ``id/``); edges have
        ``property`` as key and attribute. Claims and the passages they quote are left out,
        and so are the derived connections between places.
        """
        import networkx as nx

        network: networkx.MultiDiGraph[str] = nx.MultiDiGraph()
        things = (
            f'STRSTARTS(STR(%s), "{ID}") && !STRSTARTS(STR(%s), "{ID}claim/") && !STRSTARTS(STR(%s), "{ID}passage/")'
            f' && !STRSTARTS(STR(%s), "{ID}connection/")'
        )
        inside = {name: things.replace("%s", name) for name in ("?thing", "?other")}
        named = f'?thing <{RDFS}label> ?label FILTER(LANG(?label) = "en" && {inside["?thing"]})'
        for row in self.select(f"SELECT ?thing ?label {{ {named} }} ORDER BY ?thing ?label"):
            network.add_node(row["thing"], label=row["label"], kind=_kind(row["thing"]))
        derived = f"?property NOT IN (<{RDF}type>, <{CR}closeTo>)"
        links = f"?thing ?property ?other FILTER({derived} && {inside['?thing']} && {inside['?other']})"
        for row in self.select(f"SELECT ?thing ?property ?other {{ {links} }} ORDER BY ?thing ?property ?other"):
            for end in (row["thing"], row["other"]):
                if end not in network:
                    network.add_node(end, label=end, kind=_kind(end))
            network.add_edge(row["thing"], row["other"], key=row["property"], property=row["property"])
        return network

    @property
    def connections(self) -> Connections:
        """Who is close to whom, and why; see :class:`cityrights.indexes.proximity.Connections`.

        Raises SnapshotError where the snapshot has none.
        """
        return self._indexes.proximity

    @cached_property
    def names(self) -> Names:
        """Finds the thing that is meant by a name, such as ``utrecht``; :class:`cityrights.library.names.Names`."""
        from cityrights.library.names import Names

        return Names(self.engine)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Labels of terms, and where the named graphs come from."""
        return Vocabulary.load(self.engine)

    def explain(self, a: str, b: str, language: str = "en") -> ExplanationInWords:
        """Tell how two places are connected: sentences, and the evidence of each hop.

        A place is ``utrecht``, ``department/seine-saint-denis`` or an IRI. Raises UnknownThing, naming those that may
        have been meant, for what is no place with practices, institutions or instruments.
        """
        from cityrights.indexes.proximity.telling import tell

        near = self.connections
        return tell(self.engine, self.vocabulary, near.explain(near.find(a), near.find(b)), language)

    def search(
        self, text: str, language: str = "en", kinds: Sequence[str] = (), limit: int = 10, offset: int = 0
    ) -> Hits:
        """Find things by any text, in any of the languages; see ``SearchIndex.search``."""
        return self._indexes.search.search(text, language, kinds, limit, offset)

    def close(self) -> None:
        """End the engine's processes. Closing twice does nothing."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.version[:12]}>"


def open(snapshot: str | Path | None = None, *, limits: Limits | None = None) -> KnowledgeGraph:  # noqa: A001
    """Open the graph: the snapshot in a folder, or the newest one that ``cityrights build`` made.

    Raises SnapshotError, with the command that builds one, when there is none.
    """
    found = Snapshot.current() if snapshot is None else Snapshot.open(snapshot)
    return KnowledgeGraph(found, limits=limits)


def _bound(params: Mapping[str, object]) -> dict[str, Term]:
    return {name: _term(value) for name, value in params.items()}


def _term(value: object) -> Term:
    if isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple):
        return value
    if isinstance(value, str):
        return ox.NamedNode(value) if value.startswith(("http://", "https://", "urn:")) else ox.Literal(value)
    if isinstance(value, bool | int | float):
        return ox.Literal(value)
    if isinstance(value, Decimal):
        return ox.Literal(f"{value:f}", datatype=ox.NamedNode(XSD + "decimal"))
    raise TypeError(f"a parameter is text, a number, a boolean or an RDF term, not {type(value).__name__}")


def _row(variables: list[str], solution: ox.QuerySolution) -> dict[str, Term]:
    pairs = ((name, solution[name]) for name in variables)
    return {name: term for name, term in pairs if term is not None}


def _value(term: Term | None) -> Any:
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        number = _NUMBERS.get(term.datatype.value)
        if number is not None:
            return number(term.value)
        if term.datatype.value == XSD + "boolean":
            return term.value in ("true", "1")
        return term.value
    return _text(term)


def _text(term: Term | None) -> str:
    if term is None:
        return ""
    return (
        f"_:{term.value}"
        if isinstance(term, ox.BlankNode)
        else str(term)
        if isinstance(term, ox.Triple)
        else term.value
    )


def _node(term: Term) -> rdflib.term.Node:
    """Return a term as rdflib's, with its lexical form kept."""
    import rdflib

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        plain = term.datatype.value == XSD + "string"
        return rdflib.Literal(
            term.value, datatype=None if plain else rdflib.URIRef(term.datatype.value), normalize=False
        )
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    raise TypeError("rdflib has no triple terms")


def _kind(iri: str) -> str:
    return iri.removeprefix(ID).split("/", 1)[0]


def _expect(form: str, *expected: str) -> None:
    if form not in expected:
        method = form if form in ("select", "ask") else "construct"
        raise TypeError(f"this is a {form.upper()} query; use {method}()")
