"""How the pages ask: a query from ``queries/pages``, its parameters bound as terms, its answer as rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cityrights import home
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain, rows, term_text, to_store
from cityrights.vocabulary import localized
from sparqlgate import Query
from sparqlgate.text import writing
from sparqlgate.text.guard import Screened, screen

if TYPE_CHECKING:
    from sparqlgate import Store

_OPTION = re.compile(r"^([ \t]*)#\?(\w+)\s(.*)$", re.MULTILINE)
#: A line that only says something to readers.
_REMARK = re.compile(r"(?m)^[ \t]*#.*\n?")
#: A language that may be written into a query, and what it takes the place of in the lines for it.
_TONGUE: Final = re.compile("[a-z]{2,8}")
_OWN: Final = '= "en")'
#: So many things are named in one query.
_AT_ONCE: Final = 500
#: What stands in a query that was prepared where the terms come that it is asked among.
_EXAMPLE: Final = "<urn:x-cityrights:among>"
#: Data of so many characters are no matter for the guard's bounds.
_TRUSTED: Final = 100_000


@lru_cache(maxsize=128)
def page_query(name: str) -> str:
    """Return the text of ``queries/pages/<name>.rq``."""
    return localized(home.resource(home.home() / "queries" / "pages" / f"{name}.rq").read_text("utf-8"))


def with_options(text: str, options: Sequence[str]) -> str:
    """Switch on optional lines of a query: ``#?theme …`` becomes a line of it when ``theme`` is among ``options``."""
    return _OPTION.sub(lambda match: f"{match[1]}{match[3]}" if match[2] in options else "", text)


def shown(name: str, parameters: Mapping[str, Term], options: Sequence[str] = ()) -> str:
    """Return the query with its parameters written out as VALUES, ready to be run anywhere by a reader."""
    return written_out(_without_marks(with_options(page_query(name), options)), parameters)


def written_out(text: str, parameters: Mapping[str, Term]) -> str:
    """Return a query with its parameters as VALUES at the start of its WHERE, which opens on a line that ends there."""
    if not parameters:
        return text
    names = " ".join(f"?{key}" for key in parameters)
    bound = writing.values(f"({names})", [f"({' '.join(map(term_text, parameters.values()))})"])
    return re.sub(r"(?m)\bWHERE[ \t]*\{$", lambda found: f"{found[0]}\n  {bound}", text, count=1)


def shown_for(name: str, parameter: str, terms: Sequence[Term], options: Sequence[str] = ()) -> str:
    """Return the query for several values of one parameter at once, as :func:`shown` does for one of each."""
    return _without_marks(_among(with_options(page_query(name), options), parameter, terms))


def _without_marks(text: str) -> str:
    """Leave out the lines that only mark where something may be written, and empty ones."""
    return re.sub(r"\n[ \t]*(?:#(?:page|among)[ \t]*)?(?=\n|\Z)", "", text) + "\n"


def _among(text: str, parameter: str, terms: Sequence[Term]) -> str:
    """Write the values in place of the example that the query has, of each ``#among``, or else at its start."""
    names = parameter.split()
    head = f"({' '.join(f'?{name}' for name in names)})" if len(names) > 1 else f"?{parameter}"
    values = writing.values(head, [_data(len(names), terms)])
    text, examples = re.subn(rf"VALUES {re.escape(head)} \{{[^{{}}]*\}}", lambda _: values, text)
    if examples:
        return text
    return (
        text.replace("#among", values) if "#among" in text else text.replace("WHERE {\n", f"WHERE {{\n  {values}\n", 1)
    )


def _data(variables: int, terms: Sequence[Term]) -> str:
    """Write terms as the data of a VALUES of so many variables: one after another, or in rows of as many."""
    written = [term_text(term) for term in terms]
    if variables < 2:
        return " ".join(written)
    return " ".join(f"({' '.join(written[at : at + variables])})" for at in range(0, len(written), variables))


def ask(
    engine: Store,
    name: str,
    parameters: Mapping[str, Term] | None = None,
    *,
    options: Sequence[str] = (),
    among: tuple[str, Sequence[Term]] | None = None,
    limit: int | None = None,
    offset: int = 0,
    language: str = "",
) -> list[dict[str, Term]]:
    """Run the page query ``name`` and return its rows; the parameters are those of :func:`answered`."""
    return rows(
        answered(engine, name, parameters, options=options, among=among, limit=limit, offset=offset, language=language)
    )


def title_of_dataset(said: Iterable[Mapping[str, Term]], language: str) -> str:
    """Return the title that an instance gives its data set, or nothing, by the rows of the page query for titles."""
    titles = [title for row in said if isinstance(title := row["title"], Literal)]
    found = best_label(titles, fallback_chain(language))
    return "" if found is None else found.value


def ask_of_each(
    engine: Store, name: str, variable: str, iris: Iterable[str], language: str = ""
) -> Iterator[dict[str, Term]]:
    """Run the page query ``name`` about things, 500 at a time, and yield its rows. Raises QueryError."""
    wanted: list[Term] = [Iri(iri) for iri in iris]
    for start in range(0, len(wanted), _AT_ONCE):
        yield from ask(engine, name, among=(variable, wanted[start : start + _AT_ONCE]), language=language)


def answered(
    engine: Store,
    name: str,
    parameters: Mapping[str, Term] | None = None,
    *,
    options: Sequence[str] = (),
    among: tuple[str, Sequence[Term]] | None = None,
    limit: int | None = None,
    offset: int = 0,
    language: str = "",
) -> bytes:
    """Run the page query ``name`` and return its answer in the SPARQL 1.1 JSON results format.

    ``parameters`` are bound by substitution, never written into the text; ``among`` gives one variable several terms,
    as VALUES in which everything special is escaped, or several variables, named with spaces between them, rows of
    terms, one after another; ``limit`` and ``offset`` are whole numbers and take the place of the query's ``#page``.
    With ``language``, that of a reader, a sentence that is there in it comes without its translations, where the query
    has a line for that (``#?own``). Raises QueryError as the engine does.
    """
    variable, terms = among or ("", ())
    tongue = language if _TONGUE.fullmatch(language) else ""
    screened = _prepared(name, tuple(options), variable, None if limit is None else (limit, offset), tongue)
    variables = len(variable.split())
    data = _data(variables, terms)
    text = screened.text.replace(_EXAMPLE if variables < 2 else f"({_EXAMPLE})", data)
    # Its data are terms and nothing else, of which the guard only looks at how many they are, and at their escapes.
    read = None if len(text) > _TRUSTED or "\\" in data else replace(screened, text=text)
    bindings = {key: to_store(term) for key, term in (parameters or {}).items()}
    with engine.query(Query(text, bindings=bindings, screened=read)) as result:
        return result.read()


@lru_cache(maxsize=512)
def _prepared(name: str, options: tuple[str, ...], among: str, page: tuple[int, int] | None, language: str) -> Screened:
    """Return a page query, screened, with one example in place of the terms that it is asked among.

    A text is read once and not for each page, of whose time that would be an eighth. Nobody who evaluates it has to
    read its remarks.
    """
    text = page_query(name)
    if language:
        text, options = text.replace(_OWN, f'= "{language}")'), (*options, "own")
    text = with_options(text, options)
    if among:
        text = _among(text, among, [Iri(_EXAMPLE[1:-1])])
    if page is not None:
        text = text.replace("#page", f"LIMIT {page[0]:d} OFFSET {page[1]:d}")
    return replace(screen(_REMARK.sub("", text)), canonical="")
