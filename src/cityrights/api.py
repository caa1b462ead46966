"""The graph for programs and notebooks: open it, ask it, take it along.

    with cityrights.open() as graph:
        for row in graph.select("SELECT ?practice { ?practice a cr:Practice }"):
            print(row["practice"])

The prefixes of :mod:`cityrights.vocabulary` may be used without declaring them.
"""

from __future__ import annotations

import contextlib
import csv
import io
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

import pyoxigraph as ox

from cityrights import notebook
from cityrights.errors import SnapshotError, UnknownQuestion, UnknownThing
from cityrights.home import home
from cityrights.indexes.registry import Indexes
from cityrights.indexes.search import Hits
from cityrights.indexes.search.text import INDEXED_KINDS
from cityrights.instance import instance
from cityrights.library.names import meant, nearest, of_kind
from cityrights.library.pages import ask, title_of_dataset
from cityrights.library.queries import nearest as told_in
from cityrights.library.queries import with_prefixes
from cityrights.resources.dataset import CITED_AS, cited, dataset_iri, description_of, is_shipped, said_in
from cityrights.resources.description import describe
from cityrights.resources.labels import Vocabulary
from cityrights.resources.model import Description
from cityrights.snapshot import CURRENT, MANIFEST, Snapshot, default_directory
from cityrights.terms import Iri, Literal, from_store
from cityrights.versions.kept import snapshot_of
from cityrights.vocabulary import GRAPH_DERIVED, ID, KINDS, LANGUAGE, PREFIXES, RDFS, SKOS, XSD, path_of
from sparqlgate import EmbeddedEngine, Limits, Query, Result, Store
from sparqlgate.errors import QueryError
from sparqlgate.query import JSON, Closing, Term
from sparqlgate.text import writing

if TYPE_CHECKING:
    import networkx
    import pandas
    import rdflib

    from cityrights.empty_answers import Diagnosis
    from cityrights.indexes.proximity import Connections
    from cityrights.indexes.proximity.telling import ExplanationInWords, Nearest
    from cityrights.library.names import Names
    from cityrights.library.queries import LibraryQuery
    from cityrights.why import Told, Unfolding

_NUMBERS: Mapping[str, type[int] | type[float] | type[Decimal]] = {
    XSD + "integer": int,
    XSD + "decimal": Decimal,
    XSD + "double": float,
    XSD + "float": float,
}


#: Kinds of things that are nodes of a network unless others are asked for.
THINGS: Final = (
    "association", "award", "city", "department", "event", "government", "group", "holding", "institution",
    "instrument", "island", "network", "organisation", "partnership", "person", "practice",
)  # fmt: skip
#: The kind of a thing, as it stands in its IRI.
_KIND: Final = 'STRBEFORE(STRAFTER(STR(%s), "/id/"), "/")'
_NAMED: Final = f"?thing <{RDFS}label>|<{SKOS}prefLabel> ?label"
#: What is stated of two things, and the claims that say so; its FILTER goes on.
_TIES: Final = f"""SELECT ?thing ?property ?other (COUNT(DISTINCT ?claim) AS ?claims) {{
  GRAPH ?graph {{ ?thing ?property ?other }}
  FILTER(!STRSTARTS(STR(?graph), "{GRAPH_DERIVED}"))
  BIND(IF(STRSTARTS(STR(?graph), "{ID}claim/"), ?graph, ?nobody) AS ?claim)
"""
_EACH: Final = "GROUP BY ?thing ?property ?other ORDER BY ?thing ?property ?other"


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

    def _repr_html_(self) -> str:
        """Return the rows as a notebook shows them: things as links, texts escaped."""
        return notebook.table(
            self.vars, ([_cell(row.get(name)) for name in self.vars] for row in self.terms), len(self)
        )

    def to_csv(self) -> str:
        """Return the rows as CSV with a header, as SPARQL 1.1 Query Results CSV has it."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.vars)
        for row in self.terms:
            writer.writerow(_text(row.get(name)) for name in self.vars)
        return out.getvalue()


class KnowledgeGraph(Closing):
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

    def why_empty(self, text: str, language: str = LANGUAGE, *, seconds: float = 2.0) -> Diagnosis:
        """Say why a query has no rows, and which query near it has, in ``language``; it takes about ``seconds``.

        Print it with ``.told()``, and each of its ``hints``; a hint's ``query`` is the whole query, mended. Raises the
        errors under QueryError for a text that is no query.
        """
        from cityrights.empty_answers import asking, diagnose

        return diagnose(with_prefixes(text), asking(self.engine), seconds=seconds, language=told_in(language))

    def who_says(self, text: str, **params: object) -> Rows:
        """Answer a SELECT, CONSTRUCT or ASK with who says so: a row stands once for each witness of each statement.

        See :func:`cityrights.evidence.with_evidence`, which raises NoEvidence where that cannot be said; what has no
        witness there, such as names, is a UserWarning. ``params`` and other errors as in :meth:`select`.
        """
        from cityrights.evidence import PASSED, refuse_unreadable, with_evidence

        sent = with_prefixes(text)
        refuse_unreadable(self.engine, sent, above=sent.count("\n") - text.count("\n"))
        for kind in (found := with_evidence(sent)).passed:
            warnings.warn(f"no witness is asked for: {PASSED[kind]}", stacklevel=2)
        return self.select(found.query, **params)

    def why(self, subject: str, predicate: str, value: str, language: str = LANGUAGE) -> Told:
        """Say why the graph says something: its witnesses, and what a rule made it from, down to the lines.

        Things are named as in :meth:`find`, a property as ``cr:place``, ``place`` or by its label, a value by its IRI,
        name or text. Print it, or take it apart. Raises UnknownThing for what is not known, NotStated where the graph
        does not say so, each with what is near, and the errors under QueryError.
        """
        from cityrights.why import statement_of

        return self._unfolding(
            statement_of(self.engine, self.vocabulary, subject, predicate, value, self.names), language
        )

    @cached_property
    def _unfolding(self) -> Unfolding:
        from cityrights.why import Unfolding, ties

        return Unfolding(self.engine, self.vocabulary, ties(lambda: self.connections))

    @cached_property
    def questions(self) -> Mapping[str, LibraryQuery]:
        """The questions of the library by their names, with titles, parameters and texts."""
        from cityrights.library.queries import library

        return {query.name: query for query in library(home() / "queries" / "explore")}

    def question(self, name: str, language: str = LANGUAGE, **values: str) -> Rows:
        """Answer a question of the library, labels in ``language`` or else in English; a graph's triples are rows too.

        ``values`` are those of its parameters, written as in an address (``kind="kind:council"``); one that is left out
        has its default. Raises UnknownQuestion, which is a KeyError, for one that there is not; WrongParameters, which
        is a ValueError, for what is no parameter or none of its values, with the names that may have been meant; and
        the errors under QueryError.
        """
        from cityrights.library.running import answer, terms_of
        from cityrights.terms import to_store

        if name not in self.questions:
            near = meant(nearest(name, self.questions))
            raise UnknownQuestion(f"there is no question {name!r}{near or '; kg.questions has their names'}")
        query, language = self.questions[name], told_in(language)
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

    def network(
        self, kinds: str | Collection[str] | None = None, language: str = LANGUAGE
    ) -> networkx.MultiDiGraph[str]:
        """Return things as nodes and what is stated of two of them as edges, for measures of graphs.

        ``kinds`` are those of the nodes, by default THINGS: practices, places, institutions, people … and not what all
        of them share: concepts, statuses, documents, countries and regions. ``kg.network(["practice", "theme"])`` joins
        practices by their themes. Nodes are IRIs with ``label`` and ``kind`` (the part of the IRI after ``id/``). Edges
        have ``property`` as their key and as an attribute, its ``label``, and ``weight``: how many claims say so, at
        least 1. What only rules derive, such as inverses, is left out: it would count twice. Raises ValueError for a
        kind that there is not.
        """
        import networkx as nx

        wanted = THINGS if kinds is None else _kinds(kinds, KINDS)
        within = {end: f"{_KIND % end} IN ({', '.join(map(writing.literal, wanted))})" for end in ("?thing", "?other")}
        names: defaultdict[str, list[Literal]] = defaultdict(list)
        for said in self.select(f"SELECT DISTINCT ?thing ?label {{ {_NAMED} FILTER({within['?thing']}) }}").terms:
            if isinstance(name := from_store(said["label"]), Literal):
                names[str(from_store(said["thing"]))].append(name)
        network: networkx.MultiDiGraph[str] = nx.MultiDiGraph()
        found = self.select(f"{_TIES} FILTER({within['?thing']} && {within['?other']}) }} {_EACH}")
        for iri in sorted({*names, *(row[end] for row in found for end in ("thing", "other"))}):
            label = self.vocabulary.label(iri, language, names.get(iri, ()))
            network.add_node(iri, label=label.value, kind=_kind(iri))
        for row in found:
            iri, label = row["property"], self.vocabulary.label(row["property"], language)
            weight = max(1, row["claims"])
            network.add_edge(row["thing"], row["other"], key=iri, property=iri, label=label.value, weight=weight)
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

    def explain(self, a: str, b: str, language: str = LANGUAGE) -> ExplanationInWords:
        """Tell how two places are connected: sentences, and the evidence of each hop.

        A place is ``utrecht``, ``department/seine-saint-denis`` or an IRI. Raises UnknownThing, naming those that may
        have been meant, for what is no place with practices, institutions or instruments.
        """
        from cityrights.indexes.proximity.telling import tell

        near = self.connections
        return tell(self.engine, self.vocabulary, near.explain(near.find(a), near.find(b)), language)

    def find(self, name: str) -> str:
        """Return the IRI of the thing that is meant: ``utrecht``, ``city/utrecht``, ``city:utrecht``, or an IRI.

        A name alone is that of a place before it is that of anything else. Raises UnknownThing, naming those that may
        have been meant, for what the graph does not know, or what several things are called.
        """
        return self.names.find(name)

    def _near(self, words: str) -> str:
        """Return what may have been meant, for the end of a sentence."""
        with contextlib.suppress(SnapshotError):  # without a search there is nothing to propose
            hits = [
                hit for hit in self.search(words.replace("-", " ")) if hit.kind not in ("claim", "passage", "other")
            ]
            near = ", ".join(path_of(hit.iri) for hit in hits[:3])
            return f"; did you mean: {near}?" if near else ""
        return ""

    def describe(self, thing: str, language: str = LANGUAGE) -> Description:
        """Return all that the graph says of a thing, each statement with who says so, and what points to it.

        ``thing`` is as in :meth:`find`. Raises UnknownThing, naming those that may have been meant, for what the graph
        says nothing of, and the errors under QueryError.
        """
        iri = self.find(thing)
        found = describe(self.engine, self.vocabulary, iri, language, counts=self._indexes.pointers)
        if found is None:
            raise UnknownThing(iri, f"the graph says nothing of it{self._near(Iri(iri).local_name)}")
        return found

    def cite(self, thing: str | None = None, form: str = "apa", language: str = LANGUAGE) -> str:
        """Return how to cite a thing, or the whole graph, with its version: ``form`` is apa, bibtex, ris, csl or cff.

        ``thing`` is as in :meth:`find`; a release is told by its name and DOI. Raises UnknownThing as :meth:`describe`
        does, ValueError for another form, InputError for the record of a release that is none.
        """
        if form not in CITED_AS:
            near = meant(nearest(str(form), CITED_AS))
            raise ValueError(f"a citation is {', '.join(CITED_AS)}, not {form!r}{near}")
        manifest = self.snapshot.manifest
        if thing is None:
            iri = dataset_iri(manifest)
            title = (
                title_of_dataset(ask(self.engine, "dataset_title"), language) or instance().name_in(language)
                if is_shipped(manifest)
                else said_in(description_of(manifest).titles, language) or iri
            )
            return CITED_AS[form](cited(manifest, "dataset", title, iri, self.version)).rstrip("\r\n")
        iri = self.find(thing)
        labels = [row["label"] for row in ask(self.engine, "thing_name", {"thing": Iri(iri)})]
        if not labels and not ask(self.engine, "exists", {"thing": Iri(iri)}):
            raise UnknownThing(iri, f"the graph says nothing of it{self._near(Iri(iri).local_name)}")
        label = self.vocabulary.label(iri, language, [one for one in labels if isinstance(one, Literal)])
        return CITED_AS[form](cited(manifest, path_of(iri), label.value, iri, self.version)).rstrip("\r\n")

    def neighbours(
        self,
        place: str,
        k: int = 10,
        language: str = LANGUAGE,
        *,
        themes: Sequence[str] = (),
        kinds: Sequence[str] = (),
        sources: Sequence[str] = (),
        unsettled: bool = False,
    ) -> Nearest:
        """Return the ``k`` places closest to one, the closest first, each with the reasons in words.

        ``themes``, ``kinds`` and ``sources`` (``housing``, ``council``, ``twenty-practices``, or IRIs) narrow what
        counts; with ``unsettled`` counts what is underway or planned, too. ``place`` is as in :meth:`explain`. Raises
        UnknownThing, naming those that may have been meant.
        """
        from cityrights.indexes.proximity import Filter
        from cityrights.indexes.proximity.telling import tell_neighbours

        chosen = {"theme": themes, "kind": kinds, "source": sources}
        having = tuple(of_kind(facet, name) for facet, names in chosen.items() for name in names)
        near = self.connections
        found = near.neighbours(near.find(place), k, Filter(having, unsettled))
        return tell_neighbours(self.engine, self.vocabulary, found, language)

    def search(
        self, text: str, language: str = LANGUAGE, kinds: str | Sequence[str] = (), limit: int = 10, offset: int = 0
    ) -> Hits:
        """Find things by any text, in any of the languages, of all ``kinds`` or some; see ``SearchIndex.search``.

        Raises ValueError, naming those that may have been meant, for a kind that there is not.
        """
        return self._indexes.search.search(text, language, _kinds(kinds, INDEXED_KINDS), limit, offset)

    def close(self) -> None:
        """End the engine's processes. Closing twice does nothing."""
        self.engine.close()

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.version[:12]}>"


def open(  # noqa: A001
    snapshot: str | Path | None = None,
    *,
    version: str | None = None,
    endpoint: str | None = None,
    dialect: str = "own-default",
    limits: Limits | None = None,
) -> KnowledgeGraph:
    """Open the graph: the snapshot in a folder, or the one that is published; the first is published now, with a word.

    ``version`` is one that the folder of snapshots keeps: its first twelve digits, all 64, or the name of its release.
    ``endpoint`` is the address of a SPARQL endpoint that answers queries in place of the snapshot, such as
    ``http://127.0.0.1:8000/sparql``; what needs an index (search, connections) still comes from the snapshot, and a
    warning says where the two have different versions. An address may take the place of the folder, too. ``dialect`` is
    ``union`` for stores whose default graph is the union of all (Virtuoso).

    Raises SnapshotError, with folders that may have been meant and the command that makes one, where a folder has no
    snapshot; NotPublished where the first one has errors, with how to read it nevertheless; UnknownVersion, or
    GoneVersion with what became of it; ValueError for what is no address, or a version of an endpoint, which has its
    own; EngineUnavailable where nobody answers there.
    """
    if isinstance(snapshot, str) and "://" in snapshot:
        if endpoint is not None:
            raise ValueError("two addresses were given; name one, as endpoint=")
        snapshot, endpoint = None, snapshot
    if endpoint is not None:
        from sparqlgate.stores.remote_http import is_address  # what speaks HTTP takes a while, and few need it

        if not is_address(endpoint):
            raise ValueError(f"{endpoint!r} is no address; it begins with http:// or https:// and names no user")
    if snapshot is None and not any((default_directory() / name).exists() for name in (CURRENT, MANIFEST)):
        from cityrights import publishing

        publishing.say("nothing is published yet; it is built and checked now, once")
        publishing.publish()
    if version is not None:
        if endpoint is not None:
            raise ValueError("an endpoint has its version: give the address of that one, …/version/33c045f72790/sparql")
        return KnowledgeGraph(snapshot_of(version, Path(snapshot).expanduser() if snapshot else None), limits=limits)
    found = Snapshot.current() if snapshot is None else Snapshot.open(snapshot)
    if endpoint is None:
        return KnowledgeGraph(found, limits=limits)
    from cityrights.cli.options import answering  # the command line's libraries are needed for nothing else here

    return KnowledgeGraph(found, engine=answering(endpoint, dialect, found.version, limits or Limits()))


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
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    return "" if term is None else str(term) if isinstance(term, ox.Triple) else term.value


def _cell(term: Term | None) -> str:
    """Return a term as the cell of a table in a notebook."""
    if isinstance(term, ox.NamedNode):
        return notebook.link(term.value)
    return notebook.text(_text(term), (term.language or "") if isinstance(term, ox.Literal) else "")


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


def _kinds(given: str | Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Return kinds of things as they are given, one or several. Raises ValueError for one that there is not."""
    kinds = (given,) if isinstance(given, str) else tuple(given)
    for kind in kinds:
        if kind not in known:
            told = ", ".join(nearest(kind, known) or sorted(known))
            raise ValueError(f"there is no kind {kind!r}; did you mean: {told}")
    return kinds


def _kind(iri: str) -> str:
    return path_of(iri).split("/", 1)[0]


def _expect(form: str, *expected: str) -> None:
    if form not in expected:
        method = form if form in ("select", "ask") else "construct"
        raise TypeError(f"this is {'an' if form == 'ask' else 'a'} {form.upper()} query; use {method}()")
