"""Rewriting a query so that each of its rows names its witnesses: the statements it is made of, and who makes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cityrights.errors import CityrightsError
from cityrights.patterns import (
    TYPE,
    Group,
    Part,
    Pattern,
    Reader,
    Select,
    Unreadable,
    declared,
    everything,
    is_variable,
)
from cityrights.solutions import Met, Writer, spread, stated, sure, visible
from cityrights.vocabulary import PREFIXES, RDF
from sparqlgate.errors import QueryError, QuerySyntaxError
from sparqlgate.query import Limits, Query
from sparqlgate.text import writing
from sparqlgate.text.guard import screen
from sparqlgate.text.writing import Step, walk

if TYPE_CHECKING:
    from sparqlgate import Store

_CR: Final = PREFIXES["cr"]
#: A graph that there is not, and what reading a query may use.
_NOWHERE: Final = ("urn:x-cityrights:nowhere",)
_AT_ONCE: Final = Limits(seconds=2.0, rows=1, truncate=True)
#: Names: editors answer for them, and there would be a witness in each language.
_NAMES: Final = frozenset(
    (PREFIXES["rdfs"] + "label", *(PREFIXES["skos"] + name for name in ("prefLabel", "altLabel")))
)
#: What is only said of claims.
_OF_CLAIMS: Final = frozenset(
    _CR + name
    for name in ("text", "modality", "aspect", "passage", "subject", "mentions", "conflictsWith", "heading", "saidBy")
)
#: More statements than this would make the query that asks for them too large.
MOST_STATEMENTS: Final = 32
#: Where a query became too large, so many fewer are asked for.
_FEWER: Final = 4
#: What CONSTRUCT makes, as columns.
_MADE: Final = ("madeSubject", "madePredicate", "madeObject")
#: What has no witness, in English.
PASSED: Final[Mapping[str, str]] = {
    "names": "names, for which editors answer",
    "claims": "what is said of claims and their passages: they are the evidence",
    "absence": "what has to be absent (MINUS, NOT EXISTS)",
    "condition": "EXISTS within a larger condition",
    "service": "what another service answers (SERVICE)",
    "list": "lists in brackets",
    "blank": "what CONSTRUCT makes without a name",
    "more": f"more than {MOST_STATEMENTS} statements, or more parts than one query may have",
}
_REFUSED: Final[Mapping[str, str]] = {
    "select": "only SELECT, CONSTRUCT and ASK have answers that are made of statements",
    "dataset": "the query names its own graphs (FROM), so who else says so cannot be seen",
    "groups": "the query groups by an expression without a name: write GROUP BY (… AS ?name)",
    "claims": "the query is about claims already: they are the evidence",
    "nothing": "the query has no statement that anybody could answer for: only names, or values",
    "large": "the query is so large that its witnesses cannot be asked for in one query",
    "unreadable": "the query is written in a way that evidence cannot be added to; is it right?",
}


class NoEvidence(CityrightsError, ValueError):
    """Evidence cannot be added. ``reason`` is why: select, dataset, groups, claims, nothing, large or unreadable."""

    kind = "no-evidence"

    def __init__(self, reason: str) -> None:
        super().__init__(_REFUSED[reason], extra={"reason": reason})
        self.reason = reason

    def __str__(self) -> str:
        return _REFUSED[self.reason]

    @property
    def detail(self) -> str:
        """What is told to the one who asked."""
        return _REFUSED[self.reason]


@dataclass(frozen=True, slots=True)
class WithEvidence:
    """The query with its evidence, the columns that were added, the statements that are asked for, and what is not.

    ``passed`` are the kinds of what has no witness here: names, claims, absence (MINUS, NOT EXISTS), condition
    (EXISTS within an expression), service, list, blank (what CONSTRUCT makes without a name) and more.
    """

    query: str
    added: tuple[str, ...]
    statements: tuple[str, ...]
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    witness: str
    source: str
    first: str
    last: str
    subject: str
    predicate: str
    object: str

    def all(self) -> tuple[str, ...]:
        return self.witness, self.source, self.first, self.last, self.subject, self.predicate, self.object


def refuse_unreadable(store: Store, text: str, above: int = 0) -> None:
    """Raise QuerySyntaxError for a query that a store cannot read, as it was written: before it is written anew.

    The error's line leaves out those ``above``. The query is asked of no graph, so that it is over at once;
    whatever else it runs into is for its answer to tell.
    """
    try:
        with store.query(Query(text, default_graphs=_NOWHERE, named_graphs=_NOWHERE, limits=_AT_ONCE)):
            pass
    except QuerySyntaxError as error:
        raise error.moved(above) from error
    except QueryError:
        return


def with_evidence(text: str) -> WithEvidence:
    """Return a query whose rows are those of a SELECT, each once for each witness of each statement it is made of.

    The rows of a CONSTRUCT are the triples that it makes, ASK has only those of the witnesses. Raises NoEvidence where
    that cannot be done soundly, and QuerySyntaxError or QueryRefused as the screen does.
    """
    steps = list(walk(text, federated=True))
    form = steps[-1].form if steps else ""
    if form not in ("select", "construct", "ask"):
        raise NoEvidence("select")
    try:
        passed = set[str]()
        if form == "construct":
            text = _as_select(text, steps, passed)
            steps = list(walk(text, federated=True))
        return _Answer(text, steps, passed).written()
    except (Unreadable, IndexError, KeyError, StopIteration) as error:
        raise NoEvidence("unreadable") from error


def _as_select(text: str, steps: Sequence[Step], passed: set[str]) -> str:
    """Return a CONSTRUCT as the SELECT of the triples that it makes."""
    reader = Reader(text, steps)
    start = next(place for place, step in enumerate(steps) if step.form)
    if "FROM" in {reader.word(at) for at in range(start, len(steps)) if steps[at].kind == "top"}:
        raise NoEvidence("dataset")
    braces = [at for at in range(start, len(steps)) if steps[at].kind == "top" and reader.is_sign(at, "{")]
    template, where = reader.group(braces[0]), braces[-1]
    made = [each for each in template.patterns if not any(map(reader.is_blank, (each.subject, each.object)))]
    if len(made) < len(template.patterns):
        passed.add("blank")
    if not made:
        raise NoEvidence("nothing")
    used = {step.token.text[1:] for step in steps if step.token.kind == "var"}
    names, number = [_free(name, used) for name in _MADE], f"?{_free('madeBy', used)}"
    at = steps[where].token.start
    inner = text[at + 1 : steps[reader.match[where]].token.start]
    tail = text[steps[reader.match[where]].token.start + 1 :]
    if tail.strip():
        inner = f"{{ SELECT * WHERE {{ {inner}\n }} {tail}\n }}"
    terms = [(each.subject, TYPE if each.predicate in ("a", "A") else each.predicate, each.object) for each in made]
    several = f"VALUES {number} {{ {' '.join(map(str, range(1, len(terms) + 1)))} }}" if len(terms) > 1 else ""
    bound = " ".join(
        f"BIND({_one_of(number, [row[place] for row in terms])} AS ?{name})" for place, name in enumerate(names)
    )
    subject, verb, item = (f"?{name}" for name in names)
    return (
        f"{text[: steps[start].token.start]}SELECT DISTINCT {subject} {verb} {item} "
        f"WHERE {{\n{inner}\n{several} {bound} FILTER(isIRI({verb}) && !isLiteral({subject}) && BOUND({item}))\n}}"
    )


def _one_of(number: str, terms: Sequence[str]) -> str:
    if len(set(terms)) == 1:
        return terms[0]
    *rest, found = terms
    for place, term in reversed(list(enumerate(rest, 1))):
        found = f"IF({number} = {place}, {term}, {found})"
    return found


@dataclass(frozen=True, slots=True)
class _Copy:
    """The WHERE once more, with parts that have to be there: ``tied`` is what makes its solutions those of a row."""

    body: str
    branches: tuple[str, ...]
    keys: tuple[str, ...]
    tied: tuple[str, ...]


class _Answer:
    """One SELECT or ASK, written anew."""

    def __init__(self, text: str, steps: Sequence[Step], passed: set[str]) -> None:
        self._text, self._steps, self._passed = text, steps, passed
        self._reader = reader = Reader(text, steps)
        self._prefixes = declared(steps)
        self._start = next(place for place, step in enumerate(steps) if step.form)
        words = {reader.word(at) for at in range(self._start, len(steps)) if steps[at].kind == "top"}
        if "FROM" in words:
            raise NoEvidence("dataset")
        if reader.word(self._start) == "ASK":
            brace = next(at for at in range(self._start, len(steps)) if reader.is_sign(at, "{"))
            self._select = Select(self._start, True, {}, reader.group(brace), len(steps))
            self._asks = True
        else:
            self._select, self._asks = reader.select(self._start, len(steps)), False
        self._where = self._select.where
        used = {step.token.text[1:] for step in steps if step.token.kind == "var"}
        self._columns = _Columns(*(_free(name, used) for name in _Columns.__slots__))
        self._part = f"?{_free('part', used)}"
        self._claims = self._about_claims()
        self._statements: dict[str, None] = {}
        self._count = 0
        self._numbers = itertools.count(1)

    def written(self) -> WithEvidence:
        for part in _parts(self._where):
            if part.kind in ("minus", "absent"):
                self._passed.add("absence")
            elif part.kind in ("service", "list"):
                self._passed.add(part.kind)
            elif part.kind in ("filter", "bind") and "EXISTS" in map(self._reader.word, range(part.start, part.end)):
                self._passed.add("condition")
        keys, made = self._keys()
        copies = [copy for chosen, leaf in spread(self._where) if (copy := self._copy(chosen, leaf, keys, made))]
        if not copies:
            raise NoEvidence("claims" if "claims" in self._passed else "nothing")
        query = self._query(copies, keys)
        while not _is_let_pass(query):  # so much is asked at once, and no more
            self._passed.add("more")
            last = copies.pop()
            if kept := last.branches[:-_FEWER]:
                copies.append(replace(last, branches=kept))
            if not copies:
                raise NoEvidence("large")
            query = self._query(copies, keys)
        return WithEvidence(query, self._columns.all(), tuple(self._statements), tuple(sorted(self._passed)))

    def _query(self, copies: Sequence[_Copy], keys: Sequence[str]) -> str:
        if self._is_plain(copies):
            return self._in_place(copies[0])
        return self._asked(copies) if self._asks else self._beside(copies, keys)

    # What a row is known by.

    def _keys(self) -> tuple[list[str], dict[str, range]]:
        """Return the names that tell a row from others, and what those are made of that the WHERE does not have."""
        select, inside = self._select, visible(self._reader, self._where)
        columns = select.columns
        if select.grouped:
            if any(not name for name, _ in select.keys):
                raise NoEvidence("groups")
            kept = {name: how for name, how in select.keys if not select.distinct or name in (columns or {})}
        elif select.distinct and columns is not None:
            kept = dict(columns)
        else:
            kept = dict.fromkeys(inside)
        made = {name: how for name, how in kept.items() if how is not None}
        return [name for name in kept if name in inside or name in made], made

    def _copy(self, chosen: dict[int, int], leaf: Group, keys: Sequence[str], made: dict[str, range]) -> _Copy | None:
        """Write the WHERE so that what stands in ``leaf`` has to be there, and what that is made of."""
        wanted = set(map(id, leaf.patterns))
        if all(self._is_passed(pattern) for pattern in leaf.patterns):
            kinds = ("claims" if pattern.subject in self._claims else "names" for pattern in leaf.patterns)
            self._passed.update(kinds)
            return None
        left = frozenset(self._needless(chosen, keys, made))
        dropped = {name for part in self._where.parts("optional") if part.start in left for name in self._in(part)}
        writer = Writer(self._reader, {}, chosen, left, fresh=self._numbers)
        there = visible(self._reader, self._where, chosen, left)
        within, outside = sure(self._reader, self._where, chosen), sure(self._reader, self._where, {})
        projected, tied = list[str](), list[str]()
        for name in keys:
            if name in made or (name in there and not (name in within and name in outside)):
                other = writer.names[name] = writer.fresh()
                projected.append(other)
                same = f"sameTerm(?{name}, {other})"
                tied.append(same if name in within else f"({same} || (!BOUND(?{name}) && !BOUND({other})))")
            elif name in there:
                projected.append(f"?{name}")
            elif name not in dropped:
                tied.append(f"!BOUND(?{name})")
        body = writer.group(self._where)
        if self._select.values and not self._select.grouped:
            body += f" {writer.words(self._select.values)}"
        body += "".join(f" BIND({writer.words(how)} AS {writer.names[name]})" for name, how in made.items())
        branches = [text for met in writer.met if id(met.pattern) in wanted for text in self._branches(met)]
        return _Copy(body, tuple(branches), tuple(projected), tuple(tied)) if branches else None

    def _needless(self, chosen: dict[int, int], keys: Sequence[str], made: dict[str, range]) -> Iterator[int]:
        """Yield what is OPTIONAL and neither chosen nor needed: rows and what is asked for are the same without."""
        reader, where = self._reader, self._where
        certain = sure(reader, where, chosen)
        for part in where.parts("optional"):
            if part.start in chosen:
                continue
            around = [
                *range(where.start, part.start),
                *range(part.end, where.end),
                *(at for how in made.values() for at in how),
            ]
            mentioned = {self._steps[at].token.text[1:] for at in around if self._steps[at].token.kind == "var"}
            inside = self._in(part)
            own = inside - certain
            told = own & set(keys)
            if not own & mentioned and (not told or (inside & certain) <= set(keys)):
                yield part.start

    def _in(self, part: Part) -> set[str]:
        return self._reader.variables(range(part.start, part.end))

    # What it is made of.

    def _about_claims(self) -> set[str]:
        """Return the terms that can only be claims, or their passages."""
        patterns = list(_patterns(self._where))
        claims = {each.graph for each in patterns} - {""}
        claims |= {each.subject for each in patterns if self._is_claim(each)}
        passage = {
            each.object for each in patterns if each.subject in claims and self._iri(each.predicate) == _CR + "passage"
        }
        return claims | passage

    def _is_claim(self, pattern: Pattern) -> bool:
        if self._iri(pattern.predicate) == RDF + "type":
            return self._iri(pattern.object) in (_CR + "Claim", _CR + "GroupClaim")
        return self._iri(pattern.predicate.partition("/")[0]) in _OF_CLAIMS

    def _is_passed(self, pattern: Pattern) -> bool:
        return self._is_record(pattern) or self._iri(pattern.predicate) in _NAMES

    def _is_record(self, pattern: Pattern) -> bool:
        """Say whether a pattern is about a claim or its passages, and about nothing else."""
        steps = pattern.predicate.split("/")
        return pattern.subject in self._claims and (len(steps) == 1 or self._iri(steps[0]) == _CR + "passage")

    def _branches(self, met: Met) -> Iterator[str]:
        """Yield a group for each triple that a pattern is made of, which names its witness."""
        if self._is_record(met.pattern):
            self._passed.add("claims")
            return
        fresh = (f"{writing.fresh(self._text, 'step')}{number}" for number in self._numbers)
        for before, subject, verb, item in stated(met, fresh):
            if self._iri(verb) in _NAMES:
                self._passed.add("names")
            elif met.pattern.subject in self._claims and subject == met.subject:
                self._passed.add("claims")
            elif subject[0] in "\"'":
                continue  # it has no match
            elif self._count >= MOST_STATEMENTS:
                self._passed.add("more")
            else:
                self._count += 1
                self._statements[met.pattern.text] = None
                yield self._branch(met.graph, before, (subject, verb, item))

    def _branch(self, graph: str, before: str, triple: tuple[str, str, str]) -> str:
        columns = self._columns
        names = (columns.subject, columns.predicate, columns.object)
        said = " ".join(triple)
        bound = "".join(f" BIND({term} AS ?{name})" for term, name in zip(triple, names, strict=True))
        if graph:
            return f"{{ GRAPH {graph} {{ {before}{said} }} BIND({graph} AS ?{columns.witness}){bound} }}"
        return f"{{ {before}GRAPH ?{columns.witness} {{ {said} }}{bound} }}"

    # The new query.

    def _is_plain(self, copies: Sequence[_Copy]) -> bool:
        """Say whether the witnesses can be asked for within the query itself: of what all its solutions have."""
        columns, where = self._select.columns, self._where
        if len(copies) > 1 or copies[0].tied or self._asks or self._select.grouped:
            return False
        if self._select.words & {"LIMIT", "OFFSET"} or any(map(self._is_made_of, _parts(where))):
            return False
        if any(self._reader.is_blank(term) for each in where.patterns for term in (each.subject, each.object)):
            return False
        return columns is not None or all(each.path is not None and each.path.kind == "iri" for each in where.patterns)

    def _is_made_of(self, part: Part) -> bool:
        """Say whether a part that may be there or not has something that a row is made of."""
        inner = (*part.groups, *((part.select.where,) if part.select else ()))
        said = (pattern for group in inner for pattern in _patterns(group) if not self._is_passed(pattern))
        return part.kind in ("optional", "union", "exists", "select") and next(said, None) is not None

    def _in_place(self, copy: _Copy) -> str:
        """Ask within the query: its WHERE has one part more, and its SELECT the columns of the witnesses."""
        brace = self._steps[self._where.end].token.start
        edits = [
            (brace, brace, f"\n  {_SAID}  OPTIONAL {{\n    {self._among(copy.branches)}\n{self._lines('    ')}  }}\n")
        ]
        if self._select.columns is not None:
            end = self._clause_end()
            edits.append((end, end, "".join(f" ?{name}" for name in self._columns.all())))
        return writing.edited(self._text, edits)

    def _beside(self, copies: Sequence[_Copy], keys: Sequence[str]) -> str:
        """Put the query into braces, and beside it what its rows are made of."""
        text, start, select = self._text, self._steps[self._start].token.start, self._select
        names = list(visible(self._reader, self._where) if select.columns is None else select.columns)
        hidden = [] if select.columns is None else [name for name in keys if name not in names]
        inner = text[start:]
        if hidden:
            end = self._clause_end()
            inner = text[start:end] + "".join(f" ?{name}" for name in hidden) + text[end:]
        tied = any(copy.tied for copy in copies)
        parts = "\n    UNION ".join(self._part_of(copy, number if tied else 0) for number, copy in enumerate(copies, 1))
        either = " || ".join(
            f"({' && '.join((f'{self._part} = {number}', *copy.tied))})" for number, copy in enumerate(copies, 1)
        )
        shown = " ".join(f"?{name}" for name in (*names, *self._columns.all()))
        order = self._reader.variables(select.order) <= {*names, *hidden} and not self._counted(select.order)
        tail = f"{Writer(self._reader, {}, {}).words(select.order)}\n" if order and select.order else ""
        return (
            f"{text[:start]}SELECT {shown} WHERE {{\n  {{\n{inner}\n  }}\n  {_SAID}  OPTIONAL {{\n    {parts}\n"
            f"{f'    FILTER({either}){chr(10)}' if tied else ''}{self._lines('    ')}  }}\n}}\n{tail}"
        )

    def _asked(self, copies: Sequence[_Copy]) -> str:
        parts = "\n  UNION ".join(self._part_of(copy, 0) for copy in copies)
        shown = " ".join(f"?{name}" for name in self._columns.all())
        head = self._text[: self._steps[self._start].token.start]
        return f"{head}SELECT {shown} WHERE {{\n  {parts}\n{self._lines('  ')}}}\n"

    def _part_of(self, copy: _Copy, number: int) -> str:
        columns = self._columns
        shown = " ".join(
            (
                *copy.keys,
                *(f"?{name}" for name in (columns.witness, columns.subject, columns.predicate, columns.object)),
            )
        )
        told, bound = (f" {self._part}", f" BIND({number} AS {self._part})") if number else ("", "")
        return f"{{ SELECT DISTINCT {shown}{told} WHERE {{ {copy.body}{bound}\n      {self._among(copy.branches)} }} }}"

    def _among(self, branches: Iterable[str]) -> str:
        return "\n    UNION ".join(branches)

    def _lines(self, indent: str) -> str:
        """Ask for the document and lines of a witness that is a claim."""
        witness, source, first, last, *_ = (f"?{name}" for name in self._columns.all())
        lines = f"[ {self._term('firstLine')} {first} ; {self._term('lastLine')} {last} ]"
        return (
            f"{indent}OPTIONAL {{\n{indent}  {witness} {self._term('source')} {source} .\n"
            f"{indent}  OPTIONAL {{ {witness} {self._term('passage')} {lines} }}\n{indent}}}\n"
        )

    def _counted(self, places: range) -> bool:
        words = {self._reader.word(at) for at in places}
        return bool(words & {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})

    def _clause_end(self) -> int:
        """Return the offset after the columns of the SELECT clause."""
        last = self._where.start - 1 - (self._reader.word(self._where.start - 1) == "WHERE")
        return self._steps[last].token.start + len(self._steps[last].token.text)

    def _term(self, name: str) -> str:
        own = next((prefix for prefix, iri in self._prefixes.items() if iri == _CR), None)
        return f"<{_CR}{name}>" if own is None else f"{own}:{name}"

    def _iri(self, term: str) -> str:
        if term in ("a", "A"):
            return RDF + "type"
        if term.startswith("<"):
            return term[1:-1]
        prefix, colon, local = term.partition(":")
        return self._prefixes.get(prefix, f"{prefix}:") + local if colon and not is_variable(term) else term


_SAID: Final = "# Who says so: a row stands once for each witness of each statement that it is made of.\n"


def _is_let_pass(query: str) -> bool:
    try:
        screen(query, federated=True)
    except QueryError:
        return False
    return True


def _parts(group: Group) -> Iterator[Part]:
    return (one for one in everything(group) if isinstance(one, Part))


def _patterns(group: Group) -> Iterator[Pattern]:
    return (one for one in everything(group) if isinstance(one, Pattern))


def _free(name: str, used: set[str]) -> str:
    """Return a name for a column that no variable of the query has, and keep it from the next."""
    plain = {"first": "firstLine", "last": "lastLine"}.get(name, name)
    names = (f"{plain}{number if number > 1 else ''}" for number in range(1, len(used) + 2))
    found = next(each for each in names if each not in used)
    used.add(found)
    return found


__all__ = ["NoEvidence", "WithEvidence", "with_evidence"]
