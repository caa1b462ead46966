"""Running a stored query: its answer as rows of terms; and the ledger: how each fared on each snapshot.

    <directory>/library/runs/<version>.json   each question with its default values: when, rows, milliseconds, or fault
    <directory>/library/texts/<digest>.rq     the file of a question, by the digest of its text
    <directory>/library/answers/<digest>.tsv  the lines of an answer, by the first twelve digits of their SHA-256
    <directory>/library/asked                 what names all questions as they were when they were last published
    <directory>/library/drafted               the same of when they were last built
    <directory>/library/questions/<name>/     the files of all questions under that name, which the site reads

None of it belongs to a snapshot or to its version. Texts and answers are named by what they are, so what stays the
same from one version to the next is kept once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import pyoxigraph as ox

from cityrights.errors import WrongParameters
from cityrights.home import is_shared, listed
from cityrights.instance import instance
from cityrights.library.names import Names
from cityrights.library.queries import TOGETHER, LibraryQuery, Parameter, nearest, with_prefixes
from cityrights.snapshot import Progress, Snapshot
from cityrights.terms import Iri, Row, Term, from_store, loaded, rows_of, term_text, to_store
from cityrights.terms import rows as term_rows
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, LANGUAGE, is_name
from sparqlgate import EmbeddedEngine, Limits, Query, Store
from sparqlgate.errors import QueryError
from sparqlgate.query import JSON

#: The columns of a graph as a table.
TRIPLE: Final = ("subject", "predicate", "object")
NTRIPLES: Final = "application/n-triples"
#: Seconds that one question may take, and all of them together: a graph of any size can be built.
_ONE: Final = 10.0
_ALL: Final = 60.0
#: So many characters of a value are repeated in what is said of it.
_SHOWN: Final = 100


@dataclass(frozen=True)
class Answer:
    """The columns of an answer in their order, and its rows; what is unbound is not in its row."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Term]]

    def lines(self) -> list[str]:
        """Return the answer as lines: a head of its columns, then its rows, sorted, as SPARQL 1.1 TSV writes them.

        Terms are as N-Triples writes them, so the same answer has the same lines whatever engine gave it. A node
        without a name is ``_:`` alone.
        """
        head = "\t".join(f"?{name}" for name in self.columns)
        return [head, *sorted("\t".join(_written(row.get(name)) for name in self.columns) for row in self.rows)]


def read_lines(lines: Sequence[str]) -> Answer:
    """Return the answer that has these lines, as :meth:`Answer.lines` wrote them. Raises ValueError for others."""
    try:
        text = "".join(f"{line}\n" for line in lines).encode()
        found = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
        if not isinstance(found, ox.QuerySolutions):
            raise ValueError("these lines are no table")
        columns = [variable.value for variable in found.variables]
        held = [{name: from_store(term) for name in columns if (term := row[name]) is not None} for row in found]
    except SyntaxError as error:
        raise ValueError(f"these lines are no table: {error}") from error
    return Answer(columns, held)


def value_of(parameter: Parameter, text: str | None = None) -> Term:
    """Return what a parameter is bound to: ``text``, or its default. Raises ValueError when it is not of its type."""
    return from_store(parameter.term(text))


#: The label of a class, in the language of whoever asks.
Called: TypeAlias = Callable[[str], str]


@dataclass(frozen=True)
class Values:
    """The terms of the parameters of a question, and what is wrong with each that has none, in words."""

    terms: Mapping[str, Term]
    faults: Mapping[str, str]


def values_of(names: Names, called: Called, query: LibraryQuery, given: Mapping[str, str], language: str) -> Values:
    """Read the values that somebody gave for parameters; one that is left out has its default.

    What is wrong is told in ``language``, with the names that may have been meant; ``called`` gives the label of a
    class. Raises QueryError as the engine does.
    """
    words, own = CATALOGUE[language].parameters, {parameter.name: parameter for parameter in query.parameters}
    terms: dict[str, Term] = {}
    faults = {
        name: words.unknown.format(name=name[:_SHOWN], known=", ".join(own) or "–") for name in given if name not in own
    }
    for name, parameter in own.items():
        text = given.get(name)
        fault = "" if text is None else _fault(names, called, parameter, text, language)
        if fault:
            faults[name] = fault
        else:
            terms[name] = value_of(parameter, text)
    return Values(terms, faults)


def terms_of(
    names: Names, called: Called, query: LibraryQuery, given: Mapping[str, str], language: str = "en"
) -> Mapping[str, Term]:
    """Return the term of each parameter of a question. Raises WrongParameters, which says what is wrong with each."""
    found = values_of(names, called, query, given, language)
    if found.faults:
        raise WrongParameters(found.faults)
    return found.terms


def _fault(names: Names, called: Called, parameter: Parameter, text: str, language: str) -> str:
    """Say what is wrong with a value; nothing where it is right."""
    words = CATALOGUE[language].parameters
    try:
        term = value_of(parameter, text)
    except ValueError:
        if not text.strip():
            return words.missing
        if parameter.type != "iri":
            return words.types[parameter.type]
        fault = words.types["iri"]
    else:
        if not isinstance(term, Iri):
            return ""
        if names.is_of(term.value, parameter.of) if parameter.of else names.has(term.value):
            return ""
        fault = words.nothing.format(value=text[:_SHOWN])
    if parameter.of and is_name(text.strip()):
        fault = words.of_class.format(value=text[:_SHOWN], kind=called(parameter.of))
    near = names.near(text, parameter.of)
    return f"{fault} {words.near.format(near=', '.join(near))}" if near else fault


def serialised(
    engine: Store,
    query: LibraryQuery,
    terms: Mapping[str, Term],
    language: str,
    media_type: str,
    limits: Limits | None = None,
) -> bytes:
    """Return the whole answer in one of the engine’s formats, its labels in ``language``.

    ``terms`` are bound by substitution, never written into the text. Raises QueryError as the engine does.
    """
    substitutions = {name: to_store(term) for name, term in terms.items()}
    text = with_prefixes(query.spoken(nearest(language)))
    with engine.query(Query(text, format=media_type, limits=limits, bindings=substitutions)) as result:
        return result.read()


def answer(
    engine: Store, query: LibraryQuery, terms: Mapping[str, Term], language: str, limits: Limits | None = None
) -> Answer:
    """Return the whole answer as rows, those of a graph in the order of their triples. Raises QueryError."""
    if query.is_graph:
        return graph_answer(serialised(engine, query, terms, language, NTRIPLES, limits), NTRIPLES)
    return table_answer(serialised(engine, query, terms, language, JSON, limits))


@dataclass(frozen=True)
class Beside:
    """What is said of several governments together of what a question was asked about: the question that has it.

    ``count`` is the number of sentences, ``value`` what that question is to be asked about.
    """

    query: LibraryQuery
    value: Term
    count: int

    def told(self, how: str, language: str = "en") -> str:
        """Say so in a sentence that ends with ``how`` to read them."""
        return CATALOGUE[language].beside.of(self.count).format(n=self.count, how=how)


def beside(
    engine: Store,
    library: Mapping[str, LibraryQuery],
    query: LibraryQuery,
    terms: Mapping[str, Term],
    limits: Limits | None = None,
) -> Beside | None:
    """Return what is said of several governments together beside the answer to a question; None where nothing is.

    No answer to a question about one government has it. Raises QueryError as the engine does.
    """
    sister, value = library.get(TOGETHER[0]), terms.get(query.together)
    if sister is None or value is None:
        return None
    found = answer(engine, sister, {TOGETHER[1]: value}, LANGUAGE, limits)
    count = len({str(row["groupClaim"]) for row in found.rows if "groupClaim" in row})
    return Beside(sister, value, count) if count else None


class TooMany(Exception):
    """An answer has more rows than its reader takes."""


def table_answer(content: bytes, most: int | None = None) -> Answer:
    """Return the rows of a SELECT answer in the SPARQL 1.1 JSON results format. Raises TooMany above ``most`` rows."""
    found = loaded(content)
    if most is not None and len(found["results"]["bindings"]) > most:
        raise TooMany
    return Answer(found["head"]["vars"], rows_of(found))


def graph_answer(content: bytes, media_type: str, most: int | None = None) -> Answer:
    """Return the triples of a graph in one of the formats of RDF, in their order.

    Raises SyntaxError as the parser, and TooMany above ``most`` triples.
    """
    form = ox.RdfFormat.from_media_type(media_type)
    assert form is not None, media_type
    found = (quad.triple for quad in ox.parse(content, format=form))
    triples = sorted(islice(found, None if most is None else most + 1), key=str)
    if most is not None and len(triples) > most:
        raise TooMany
    return Answer(TRIPLE, [dict(zip(TRIPLE, map(from_store, triple), strict=True)) for triple in triples])


def _written(term: Term | None) -> str:
    if term is None:
        return ""
    return "_:" if isinstance(term, Iri) and term.value.startswith("_:") else term_text(term).replace("\t", "\\t")


def table_rows(content: BinaryIO) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the columns and the rows of a SELECT answer in SPARQL 1.1 TSV; what is unbound is not in its row.

    Raises SyntaxError, while the rows are read, for what is no such table.
    """
    solutions = ox.parse_query_results(content, format=ox.QueryResultsFormat.TSV)
    assert isinstance(solutions, ox.QuerySolutions)
    names = tuple(variable.value for variable in solutions.variables)
    return names, (
        {name: from_store(term) for name in names if (term := solution[name]) is not None} for solution in solutions
    )


def graph_rows(content: BinaryIO) -> Iterator[Row]:
    """Yield the triples of a graph in N-Triples, in the order of the file. Raises SyntaxError for what is none."""
    for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES):
        yield dict(zip(TRIPLE, map(from_store, quad.triple), strict=True))


def ask_all(
    questions: Sequence[LibraryQuery],
    directory: Path,
    snapshot: Snapshot,
    progress: Progress,
    unchanged: Mapping[str, Run] | None = None,
) -> Mapping[str, Run]:
    """Return how each question fares on a snapshot of ``directory``; only what its ledger does not know is asked.

    ``unchanged`` is how some fared on another version, from which theirs is known not to differ.
    """
    ledger = Ledger(directory)
    known = ledger.runs(snapshot.short)
    told = known.runs if known is not None and known.version == snapshot.version else {}
    before = {**(unchanged or {}), **told}
    held = {query.name: before[query.name] for query in questions if _stands(before.get(query.name), query)}
    todo = [query for query in questions if query.name not in held]
    if todo:
        until = time.monotonic() + _ALL
        with EmbeddedEngine(snapshot, workers=1, limits=Limits(seconds=_ONE)) as engine:
            for number, query in enumerate(todo, 1):
                left = min(_ONE, until - time.monotonic())
                held[query.name] = _asked(engine, ledger, query, left)
                progress("asking the questions", number, len(todo))
    if todo or told.keys() != held.keys():
        runs = {query.name: held[query.name] for query in questions}
        ledger.keep_runs(Runs(snapshot.version, str(snapshot.manifest.get("built") or ""), runs))
    return held


#: Folders of ``queries`` with the questions, and the stories that ask them, that the site shows; and what is in them.
_ASKED_OF: Final = {"explore": "*.rq", "asking": "*.rq", "stories": "*.md"}


def _digest(files: Mapping[str, bytes]) -> str:
    """Return what names questions with all that their files say, such as titles, beside their queries."""
    total = hashlib.sha256()
    for name, content in files.items():
        total.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def _stands(run: Run | None, query: LibraryQuery) -> bool:
    """Say whether a run that is known is one of this text, and found something."""
    return run is not None and run.text == query.digest and not run.complaint


def _asked(engine: EmbeddedEngine, ledger: Ledger, query: LibraryQuery, seconds: float) -> Run:
    ledger.keep_text(query.digest, query.path.read_text("utf-8"))
    when = datetime.now(UTC).isoformat(timespec="seconds")
    if seconds <= 0:
        return Run(query.digest, when, fault=f"not asked: the questions before it took {_ALL:.0f} s")
    terms = {parameter.name: value_of(parameter) for parameter in query.parameters}
    began = time.perf_counter()
    try:
        found = answer(engine, query, terms, LANGUAGE, Limits(seconds=seconds))
        given: dict[str, str] = {}
        if not found.rows and not instance().is_shipped:
            until = time.monotonic() + seconds
            for name, value in _others(engine, query, seconds):
                if found.rows or time.monotonic() > until:
                    break
                began = time.perf_counter()
                with suppress(QueryError):
                    found = answer(engine, query, {**terms, name: value}, LANGUAGE, Limits(seconds=seconds))
                    given = {name: value.value}
    except QueryError as error:
        return Run(query.digest, when, fault=str(error))
    milliseconds = round(1000 * (time.perf_counter() - began), 1)
    kept = ledger.keep_answer(found.lines())
    return Run(query.digest, when, len(found.rows), milliseconds, kept, given=given if found.rows else {})


#: The things of a class that most is said of, but for what concepts say of each other.
_MOST_NAMED: Final = """SELECT ?it (COUNT(?thing) AS ?times) WHERE { ?it a <CLASS> .
  OPTIONAL { ?thing ?property ?it FILTER NOT EXISTS { ?thing a <http://www.w3.org/2004/02/skos/core#Concept> } }
} GROUP BY ?it ORDER BY DESC(?times) ?it LIMIT 8"""


def _others(engine: EmbeddedEngine, query: LibraryQuery, seconds: float) -> Iterator[tuple[str, Iri]]:
    """Yield other values for a parameter that takes a thing of a class: those of which most is said in this graph.

    The defaults of the library are of cityrights, whose cities and practices another graph need not have.
    """
    for parameter in query.parameters:
        if parameter.type == "iri":
            text = _MOST_NAMED.replace("CLASS", parameter.of or f"{CR}Practice")
            try:
                with engine.query(Query(text, limits=Limits(seconds=seconds))) as result:
                    found = [row["it"] for row in term_rows(result.read())]
            except QueryError:  # a large graph takes longer than it may: the default stays
                continue
            yield from ((parameter.name, one) for one in found if isinstance(one, Iri))


def with_given(query: LibraryQuery, run: Run | None) -> LibraryQuery:
    """Return a question with the values for its defaults that were found to find something, where a run has some."""
    if run is None or not run.given or run.text != query.digest:
        return query
    parameters = (replace(each, default=run.given.get(each.name, each.default)) for each in query.parameters)
    return replace(query, parameters=tuple(parameters))


log = logging.getLogger("cityrights.pipeline")

_DIGEST: Final = re.compile(r"[0-9a-f]{12}")
FOLDER: Final = "library"
_ASKED: Final = "asked"
_DRAFTED: Final = "drafted"
_QUESTIONS: Final = "questions"
#: The ledgers of which this process has said already that they cannot be written.
_WARNED: Final[set[Path]] = set()
#: More rows, or milliseconds, than a run can have; and the first year in which one can have been.
_MANY: Final = 10**12
_FIRST_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """One question, asked with its default values.

    ``text`` and ``answer`` are digests, ``milliseconds`` the time until the whole answer was there, ``fault`` why there
    is none. ``given`` are values that find something where the defaults do not, which take their place.
    """

    text: str
    when: str
    rows: int = 0
    milliseconds: float = 0.0
    answer: str = ""
    fault: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """The time of the run, in UTC."""
        return datetime.fromisoformat(self.when)

    @property
    def complaint(self) -> str:
        """What is wrong with the question: that it failed, or that nothing was found; empty where it fared well."""
        return self.fault or ("" if self.rows else "no rows with its default values")


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one version of the data, by the name of the question; ``dated`` is what its manifest says."""

    version: str
    dated: str = ""
    runs: Mapping[str, Run] = field(default_factory=dict)


def digest(lines: Sequence[str]) -> str:
    """Return what names an answer: the first twelve digits of the SHA-256 of its lines, each ended by a line feed."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()[:12]


def _run(**told: Any) -> Run:
    """Return the run that a record tells. Raises ValueError, TypeError or OverflowError for what is none."""
    run = Run(**told)
    texts = (run.text, run.when, run.answer, run.fault, *run.given, *run.given.values())
    if not all(isinstance(text, str) for text in texts) or type(run.rows) is not int or not 0 <= run.rows < _MANY:
        raise ValueError("this is no run")
    if not 0 <= run.milliseconds < _MANY or run.at.year < _FIRST_YEAR:
        raise ValueError("this is no run")
    return run


class Ledger:
    """The ledger of a folder of snapshots; what it does not have is simply not known.

    Where nothing can be written, as on a medium that is only read, nothing is kept, and a warning says so once.
    """

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER

    def runs(self, version: str) -> Runs | None:
        """Return how the questions fared on a version of the data, given by its first twelve digits."""
        text = self._read("runs", version, "json")
        try:
            found = json.loads(text or "")
            return Runs(
                str(found["version"]),
                str(found["dated"]),
                {str(name): _run(**run) for name, run in found["runs"].items()},
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return None  # not there, of another release, or spoilt

    def text(self, name: str) -> str | None:
        """Return the file of a question by the digest of its text."""
        return self._read("texts", name, "rq")

    def answer(self, name: str) -> list[str] | None:
        """Return the lines of an answer by their digest; None for lines that have another one."""
        text = self._read("answers", name, "tsv")
        lines = [] if text is None else text.split("\n")[:-1]
        return lines if text is not None and digest(lines) == name else None

    def keep_text(self, name: str, content: str) -> None:
        """Keep the file of a question under the digest of its text."""
        self._write("texts", name, "rq", content)

    def keep_answer(self, lines: Sequence[str]) -> str:
        """Keep the lines of an answer, and return their digest."""
        name = digest(lines)
        spoilt = self.answer(name) is None
        self._write("answers", name, "tsv", "".join(f"{line}\n" for line in lines), again=spoilt)
        return name

    def keep_runs(self, found: Runs) -> None:
        """Keep how the questions fared on a version, in place of what was known of it."""
        self._write("runs", found.version[:12], "json", json.dumps(asdict(found), indent=1) + "\n", again=True)

    def asked(self, *, draft: bool = False) -> str:
        """Return what named the questions when they were last published, or built; empty where it is not known."""
        try:
            return (self._folder / (_DRAFTED if draft else _ASKED)).read_text("ascii")
        except (OSError, ValueError):
            return ""

    def forget_runs(self, version: str) -> None:
        """Forget how the questions fared on a version, which is no more."""
        (self._folder / "runs" / f"{version}.json").unlink(missing_ok=True)

    def keep_asked(self, home: Path, *, draft: str = "") -> None:
        """Keep what names the questions of ``home`` now, for who shows the library and looks whether it has changed.

        Of a ``draft``, given by the first twelve digits of its version, it is told, too, whether it is known how they
        fare on it. Those that are published are kept as they are: what is edited is seen when it is published, and not
        before.
        """
        files = {
            f"{folder}/{path.name}": path.read_bytes()
            for folder, form in _ASKED_OF.items()
            for path in listed(home / "queries" / folder, form)
            # the stories of the package tell of its graph, and not of an instance's
            if folder != "stories" or not is_shared(path, home / "queries" / folder)
        }
        name, before = _digest(files), self.asked(draft=bool(draft))
        if draft and self.runs(draft) is not None:
            name += f" {draft}"
        if not draft:
            self._keep_questions(name, files, before)
        if before != name:
            self._put(self._folder / (_DRAFTED if draft else _ASKED), name)

    def questions(self) -> Path | None:
        """Return the folder that has ``explore``, ``asking`` and ``stories`` as they were published last."""
        folder = self._folder / _QUESTIONS / self.asked()
        return folder if folder.name != _QUESTIONS and folder.is_dir() else None

    def _keep_questions(self, name: str, files: Mapping[str, bytes], before: str) -> None:
        place = self._folder / _QUESTIONS
        if (place / name).is_dir():
            return
        fresh = place / f".{name}-{os.getpid()}"
        try:
            for folder in _ASKED_OF:
                (fresh / folder).mkdir(parents=True, exist_ok=True)
            for file, content in files.items():
                (fresh / file).write_bytes(content)
            fresh.rename(place / name)
            for old in place.iterdir():
                if old.name not in (name, before):
                    shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            if self._folder not in _WARNED:
                log.warning("the questions cannot be kept, so the site shows those of the home: %s", error)

    def _read(self, kind: str, name: str, extension: str) -> str | None:
        if _DIGEST.fullmatch(name) is None:
            return None
        path = self._folder / kind / f"{name}.{extension}"
        try:
            return path.read_bytes().decode() if path.is_file() else None
        except (OSError, ValueError):
            return None

    def _write(self, kind: str, name: str, extension: str, text: str, *, again: bool = False) -> None:
        path = self._folder / kind / f"{name}.{extension}"
        try:
            if path.exists() and not again:
                return
        except OSError:
            return
        self._put(path, text)

    def _put(self, path: Path, text: str) -> None:
        fresh = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(text.encode())
            fresh.replace(path)
        except OSError as error:
            if self._folder not in _WARNED:
                log.warning("%s cannot be written, so later versions will not know of this one: %s", path, error)
            _WARNED.add(self._folder)
