"""Why an answer is empty, and which question near it is not: parts of the query are asked anew, within a time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import orjson

from cityrights.conditions import all_conditions, instead
from cityrights.errors import QueryError
from cityrights.library.names import called, nearest
from cityrights.library.queries import LANGUAGES, spoken, undeclared
from cityrights.patterns import (
    Group,
    Part,
    Pattern,
    Reader,
    Unreadable,
    declared,
    local_name,
    needed,
    optionals,
    other_scheme,
    with_values,
)
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import PREFIXES, is_ours
from sparqlgate import Limits, Query, Store
from sparqlgate.text import writing
from sparqlgate.text.guard import screen
from sparqlgate.text.writing import Edit, Step, edited, fresh, prologue, walk

#: Answers a SELECT as JSON (SPARQL 1.1 Query Results JSON Format). Raises QueryError.
Ask: TypeAlias = Callable[[str], bytes]
#: A row as that format has it: for each variable its type, value, language and datatype.
_Row: TypeAlias = Mapping[str, Mapping[str, str]]

_CR: Final = PREFIXES["cr"]
_SKOS: Final = PREFIXES["skos"]
_TYPE: Final = PREFIXES["rdf"] + "type"
_REPLACED: Final = PREFIXES["dcterms"] + "isReplacedBy"
#: What is said of whole groups of governments is said in claims of this class, by these properties; else it mentions.
_GROUP: Final = ("GroupClaim", "theme", "targetGroup")
#: Such a claim says no more than this of what it speaks of, and speaks of things of these classes.
_TOLD: Final = frozenset(("theme", "targetGroup", "place", "kind", "offers", "about", "mentions"))
_SPOKEN_OF: Final = frozenset(
    ("Practice", "Institution", "Body", "Department", "Measure", "Instrument", "Claim", _GROUP[0])
)
#: What things are called by.
_NAMES: Final = (PREFIXES["rdfs"] + "label", _SKOS + "prefLabel", _SKOS + "altLabel", _CR + "iso3166-1-alpha3")
_NAMESPACES: Final = tuple(PREFIXES.values())
#: So many hints are enough, and so many questions are asked to find them.
MOST_HINTS: Final = 5
_MOST_EACH: Final = 2
_MOST_ASKED: Final = 60
_FEW: Final = 3
#: So many terms are looked through for a near name.
_TERMS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to do: ``kind`` is its sentence in the catalogue (``empty.*``), ``values`` what stands in that.

    ``query`` is the whole query so mended, ``body`` the same without its prefixes, and ``rows`` how many it gives.
    """

    kind: str
    values: Mapping[str, str]
    query: str
    rows: int
    body: str

    def told(self, language: str = "en") -> str:
        """Return the sentence in a language of the site (English where it is none)."""
        return _told(self.kind, self.values, language)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why there is nothing: ``reason`` is its sentence in the catalogue, ``hints`` are what would give rows."""

    reason: str
    values: Mapping[str, str] = field(default_factory=dict)
    hints: tuple[Hint, ...] = ()

    def told(self, language: str = "en") -> str:
        """Return the sentence in a language of the site (English where it is none)."""
        return _told(self.reason, self.values, language)


def _told(kind: str, values: Mapping[str, str], language: str) -> str:
    return CATALOGUE[language if language in CATALOGUE else "en"].empty[kind].format(**values)


def asking(store: Store, seconds: float = 1.0) -> Ask:
    """Return what asks a store, with ``seconds`` for each question."""

    def ask(text: str) -> bytes:
        with store.query(Query(text, limits=Limits(seconds=seconds))) as result:
            return result.read()

    return ask


def diagnose(text: str, ask: Ask, *, seconds: float = 1.0, language: str = "en") -> Diagnosis:
    """Say why a query, whose prefixes are declared, has no rows. It takes ``seconds`` and one question more at most.

    Sentences that a hint asks for are in the ``language`` of the reader, in English where it is not translated.

    Raises QuerySyntaxError and QueryRefused as the guard does; whatever a part of the query runs into is passed over.
    """
    screen(text)
    steps = list(walk(text))
    if not steps or steps[-1].form not in ("select", "ask", "construct"):
        return Diagnosis("unread")
    try:
        text = with_values(text, steps)
        return _Looking(text, list(walk(text)), ask, time.monotonic() + seconds, language).diagnosis()
    except (Unreadable, IndexError, KeyError, StopIteration):
        return Diagnosis("unread")


def diagnose_blank(text: str, column: str, ask: Ask, *, seconds: float = 1.0) -> Diagnosis:
    """Say why a column of a SELECT, whose prefixes are declared, is blank in every row. As ``diagnose``."""
    screen(text)
    steps = list(walk(text))
    if not steps or steps[-1].form != "select":
        return Diagnosis("unread")
    try:
        return _Looking(text, steps, ask, time.monotonic() + seconds).blank(column)
    except (Unreadable, IndexError, StopIteration):
        return Diagnosis("unread")


class _TimeIsUp(Exception):
    """The time for looking is over; what was found stands."""


class _Looking:
    """One look at one query."""

    def __init__(self, text: str, steps: Sequence[Step], ask: Ask, until: float, language: str = "en") -> None:
        self._text, self._steps, self._ask, self._until = text, steps, ask, until
        self._asked, self._language = 0, language
        self._reader = Reader(text, steps)
        self._start = next(place for place, step in enumerate(steps) if step.form)
        self._where = next(
            place
            for place, step in enumerate(steps)
            if place > self._start and step.kind == "top" and step.opened == "pattern" and step.form == steps[-1].form
        )
        self._form = steps[-1].form
        self._prologue = text[: steps[self._start].token.start]
        self._prefixes = {**PREFIXES, **declared(steps)}
        self._variable = fresh(text, "near")[1:]
        self._hints: list[Hint] = []
        self._nearest: dict[str, str] = {}

    # What there is to say.

    def diagnosis(self) -> Diagnosis:
        """Find the part that has no match, and what would have."""
        reason, values = "unread", dict[str, str]()
        try:
            wanted = needed(self._reader, self._reader.group(self._where))
            patterns, suspects = wanted.patterns, list[Pattern]()
            if patterns or wanted.unions:
                reason, values, suspects = self._suspects(patterns)
            if not suspects and (rows := self._count("", self._text)):
                return Diagnosis("filled", {"rows": str(rows)})
            if self._namespaces():
                suspects = []
            for pattern in suspects:
                if self._is_unused(self._iri(pattern.predicate)):
                    return Diagnosis("unused", {"verb": pattern.predicate})
                self._mend(pattern, patterns)
            if reason == "pattern" and not self._hints and self._nearest:
                reason, values = (
                    "unknown",
                    dict(zip(("wrong", "right"), next(iter(self._nearest.items())), strict=True)),
                )
            if suspects and len(self._hints) < MOST_HINTS:
                self._together(suspects, patterns)
            for union in wanted.unions if reason == "plain" else ():
                if found := self._alternatives(union, patterns):
                    reason, values = "alternatives", {"patterns": found}
                    break
            if reason == "plain" and self._hints == []:
                reason, values = self._filters(reason, values)
            if reason == "plain" and wanted.unread:
                reason = "unread"
        except _TimeIsUp:
            reason = reason if values or self._hints else "late"
        return Diagnosis(reason, values, tuple(self._hints))

    def blank(self, column: str) -> Diagnosis:
        """Find why a column has no value."""
        try:
            if rows := self._count("", self._text, column):
                return Diagnosis("filled", {"rows": str(rows)})
            self._as_text(column)
            if not self._hints:
                for group in optionals(self._reader, self._where):
                    if any(column in pattern.variables for pattern in group.patterns):
                        self._mend_optional(group, column)
        except _TimeIsUp:
            pass
        return Diagnosis("blank", {"column": f"?{column}"}, tuple(self._hints))

    # Which part has no match.

    def _alternatives(self, union: Part, patterns: Sequence[Pattern]) -> str:
        """Return, where none of the alternatives has a match beside the patterns, what of each has none; else nothing.

        Nothing is said, either, where an alternative has parts that cannot be asked.
        """
        found = []
        for group in union.groups:
            branch = needed(self._reader, group)
            *_, suspects = self._suspects([*patterns, *branch.patterns], branch.patterns)
            if not suspects:
                return ""
            found.append((suspects[0], [*patterns, *branch.patterns]))
        for pattern, beside in found:
            self._mend(pattern, beside)
        return "; ".join(dict.fromkeys(pattern.text for pattern, _ in found))

    def _suspects(
        self, patterns: Sequence[Pattern], new: Sequence[Pattern] | None = None
    ) -> tuple[str, dict[str, str], list[Pattern]]:
        """Return why patterns have no match, and which of them are to be looked at; of those that are ``new`` alone."""
        new = patterns if new is None else new
        alone = [pattern for pattern in new if not self._exists([pattern])]
        if alone:
            return "pattern", {"pattern": alone[0].text}, alone[:_FEW]
        for one, other in itertools.combinations(patterns, 2):
            fresh_pair = any(each is one or each is other for each in new)
            if fresh_pair and one.variables & other.variables and not self._exists([one, other]):
                return "pair", {"pattern": one.text, "other": other.text}, [other, one]
        for count in range(3, len(patterns) + 1):
            if not self._exists(patterns[:count]):
                last = patterns[count - 1]
                return "together", {"pattern": last.text}, [last, *patterns[: count - 1]]
        return "plain", {}, []

    def _filters(self, reason: str, values: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Take out in turn what lets only some through: one without which there are rows is why there are none."""
        for first, last in all_conditions(self._reader, self._where):
            begin, end = self._steps[first].token.start, self._end(last)
            words = " ".join(self._text[begin:end].split())
            condition = {"condition": words if len(words) <= 80 else words[:79] + "…"}
            for kind, told, edits in instead(self._reader, first, last):
                self._offer(kind, told, edits)
            self._offer("without", condition, [(begin, end, "")])
            if self._hints:
                return "condition", condition
        return reason, values

    # What would have a match.

    def _mend(self, pattern: Pattern, patterns: Sequence[Pattern]) -> None:
        enough = min(MOST_HINTS, len(self._hints) + _MOST_EACH)
        for kind, values, edits in self._candidates(pattern, patterns):
            if len(self._hints) >= enough:
                return
            self._offer(kind, values, edits)

    def _mend_optional(self, group: Group, column: str) -> None:
        outer = self._reader.group(self._where).patterns
        for pattern in group.patterns:
            for kind, values, edits in self._candidates(pattern, [*outer, *group.patterns]):
                if len(self._hints) >= MOST_HINTS:
                    return
                self._offer(kind, values, edits, column)

    def _candidates(
        self, pattern: Pattern, patterns: Sequence[Pattern]
    ) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield what could be written in place of parts of a pattern, the likeliest first."""
        verb, item = self._iri(pattern.predicate), self._iri(pattern.object)
        if not verb:  # a path
            yield from self._near_object(pattern) if item else self._literals(pattern)
            return
        spelt = [*self._near_verb(pattern), *(self._near_object(pattern) if item else ())]
        yield from spelt
        if spelt:
            return
        if pattern.object[:1] in "\"'":
            yield from self._literals(pattern)
        if verb == _TYPE:
            yield from self._other_classes(pattern, patterns)
            return
        if item:
            broader = f"{pattern.predicate}/{self._short(_SKOS + 'broader')}*"
            yield "narrower", {"object": pattern.object}, [self._verb(pattern, broader)]
            path = f"{pattern.predicate}+"
            yield "steps", {"verb": pattern.predicate, "path": path}, [self._verb(pattern, path)]
            yield from self._ways_on(pattern, patterns)
        yield from self._other_verbs(pattern, patterns)
        yield from self._longer_ways(pattern, patterns)

    def _near_object(self, pattern: Pattern) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield the IRIs that stand there in the graph and are written nearly as the one that the graph lacks."""
        iri = self._iri(pattern.object)
        now = self._rows(f"{{ <{iri}> <{_REPLACED}> ?now_ }}", "?now_", 1)
        if not now and self._rows(f"{{ {{ <{iri}> ?p_ ?o_ }} UNION {{ ?s_ ?p_ <{iri}> }} }}", "?p_", 1):
            return
        near = [row["now_"]["value"] for row in now] or self._named(iri)
        self._nearest |= {pattern.object: ", ".join(f"{self._short(each)} <{each}>" for each in near)} if near else {}
        spelt = self._near(iri, f"{{ ?s_ {pattern.predicate} ?{self._variable} }}")
        for found in [self._short(each) for each in near] or spelt:
            yield "spelling", {"wrong": pattern.object, "right": found}, [self._object(pattern, found)]

    def _named(self, iri: str) -> list[str]:
        """Return the things of one sort that have a name such as an IRI that there is not ends with."""
        base = iri.removesuffix(local_name(iri))
        names = "|".join(f"<{one}>" for one in _NAMES)
        group = f'{{ ?thing_ {names} ?name_ FILTER(STRSTARTS(STR(?thing_), "{base}")) }}'
        rows = self._rows(group, "?thing_ ?name_", _TERMS) if is_ours(iri) else ()
        return called(local_name(iri), ((row["thing_"]["value"], row["name_"]["value"]) for row in rows))

    def _near_verb(self, pattern: Pattern) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield the properties of the ontology that are written nearly as one that the graph lacks."""
        if self._exists([Pattern("?s_", pattern.predicate, "?o_")]):
            return
        group = f"{{ ?{self._variable} <{PREFIXES['rdfs']}isDefinedBy> <{_CR.removesuffix('#')}> }}"
        for found in self._near(self._iri(pattern.predicate), group):
            yield "spelling", {"wrong": pattern.predicate, "right": found}, [self._verb(pattern, found)]

    def _is_unused(self, verb: str) -> bool:
        """Say whether a property is the ontology's, and stands in no statement."""
        ours = f"{{ <{verb}> <{PREFIXES['rdfs']}isDefinedBy> ?d_ FILTER NOT EXISTS {{ ?s_ <{verb}> ?o_ }} }}"
        return verb.startswith(_CR) and bool(self._rows(ours, "?d_", 1))

    def _namespaces(self) -> bool:
        """Offer the graph's namespaces in place of those that differ in http or https alone; say whether it helps."""
        edits, pairs = list[Edit](), list[tuple[str, str]]()
        for step in self._steps:
            iri = step.token.text[1:-1]
            other = other_scheme(iri) if step.token.kind == "iri" else ""
            if other.startswith(_NAMESPACES) and not iri.startswith(_NAMESPACES):
                edits.append((step.token.start, step.token.start + len(step.token.text), f"<{other}>"))
                pairs.append((step.token.text, f"<{other}>"))
        if edits:
            self._offer("namespace", dict(zip(("wrong", "right"), pairs[0], strict=True)), edits)
        return bool(self._hints)

    def _near(self, iri: str, group: str) -> list[str]:
        """Return the IRIs that a group has for the variable and whose last parts are written nearly alike."""
        found = [row[self._variable] for row in self._rows(group, f"DISTINCT ?{self._variable}", _TERMS)]
        known: dict[str, list[str]] = {}
        for term in found:
            if term["type"] == "uri":
                known.setdefault(local_name(term["value"]), []).append(term["value"])
        near = nearest(local_name(iri), known)[:_FEW]
        return [self._short(key) for name in near for key in known[name]]

    def _literals(self, pattern: Pattern) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield a literal of the same characters in another language or datatype, and the things of that name."""
        verb, literal, variable = pattern.predicate, pattern.object, self._variable
        alike = f"LCASE(STR(?{variable})) = LCASE(STR({literal}))"
        for row in self._rows(f"{{ ?s_ {verb} ?{variable} FILTER({alike}) }}", f"DISTINCT ?{variable}", 1):
            if row[variable]["type"] != "uri":
                found = _literal(row[variable])
                yield "tag", {"wrong": literal, "right": found}, [self._object(pattern, found)]
        names = f"<{PREFIXES['rdfs']}label>|<{_SKOS}prefLabel>"
        part = f"FILTER(CONTAINS(LCASE(STR(?{variable})), LCASE(STR({literal})))) ?thing_ {names} ?{variable}"
        whole = f"{{ ?s_ {verb} ?{variable} {part} }} ORDER BY STRLEN(STR(?{variable}))"
        for row in self._rows(whole, f"DISTINCT ?{variable} ?thing_", _FEW) if literal[:1] in "\"'" else ():
            found, thing = _literal(row[variable]), self._short(row["thing_"]["value"])
            yield "tag", {"wrong": literal, "right": f"{found} ({thing})"}, [self._object(pattern, found)]
        named = f"?{variable} {names} ?l_ FILTER(LCASE(STR(?l_)) = LCASE(STR({literal})))"
        for row in self._rows(f"{{ ?s_ {verb} ?{variable} . {named} }}", f"DISTINCT ?{variable}", _FEW):
            if row[variable]["type"] == "uri":
                found = self._short(row[variable]["value"])
                yield "thing", {"wrong": literal, "right": found}, [self._object(pattern, found)]

    def _other_classes(
        self, pattern: Pattern, patterns: Sequence[Pattern]
    ) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield the classes of what meets all else."""
        written = Pattern(pattern.subject, pattern.predicate, f"?{self._variable}", pattern.graph)
        for found in self._most(_replaced(patterns, pattern, written))[:2]:
            yield "class", {"wrong": pattern.object, "right": found}, [self._object(pattern, found)]

    def _other_verbs(
        self, pattern: Pattern, patterns: Sequence[Pattern]
    ) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield the properties that do connect what the pattern is to connect: its own the other way, or what
        has things such as its own.
        """
        if pattern.object[:1] not in "\"'":
            turned = f"^{pattern.predicate}"
            yield "property", {"wrong": pattern.predicate, "right": turned}, [self._verb(pattern, turned)]
        for sign, one, other in (("", pattern.subject, pattern.object), ("^", pattern.object, pattern.subject)):
            if one[:1] in "\"'":
                continue
            written = Pattern(one, f"?{self._variable}", other, pattern.graph)
            alike = (
                "" if other[:1] not in "?$" else f"{{ SELECT DISTINCT {other} {{ ?s_ {pattern.predicate} {other} }} }}"
            )
            if sign and pattern.object[:1] in "?$" and pattern.subject[:1] in "?$":
                alike = f"{{ SELECT DISTINCT {one} {{ ?s_ {pattern.predicate} {one} }} }}"
            for found in self._most(_replaced(patterns, pattern, written), alike)[:2]:
                new = f"{sign}{found}"
                if new != pattern.predicate:
                    yield "property", {"wrong": pattern.predicate, "right": new}, [self._verb(pattern, new)]

    def _ways_on(
        self, pattern: Pattern, patterns: Sequence[Pattern]
    ) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield the way by what the property does lead to, such as the government of a city."""
        rest = [each for each in patterns if each is not pattern]
        first = Pattern(pattern.subject, pattern.predicate, "?between_", pattern.graph)
        last = Pattern("?between_", f"?{self._variable}", pattern.object, pattern.graph)
        found = [each for each in self._most([*rest, first, last]) if each != pattern.predicate][:2]
        if found:
            group = " . ".join(each.whole for each in [*rest, first, last]).replace(f"?{self._variable}", found[-1])
            more = self._rows(f"{{ {group} FILTER NOT EXISTS {{ ?between_ {found[0]} {pattern.object} }} }}", "*", 1)
            found = found if more else found[:1]
            on = found[0] if len(found) == 1 else f"({'|'.join(found)})"
            path = f"{pattern.predicate}/{on}"
            yield "way", {"verb": pattern.predicate, "path": path}, [self._verb(pattern, path)]

    def _longer_ways(
        self, pattern: Pattern, patterns: Sequence[Pattern]
    ) -> Iterator[tuple[str, dict[str, str], list[Edit]]]:
        """Yield the ways of two steps, where what is between has what the pattern asks for."""
        rest = [each for each in patterns if each is not pattern]
        last = Pattern("?between_", pattern.predicate, pattern.object, pattern.graph)
        for sign, one, other in (("^", "?between_", pattern.subject), ("", pattern.subject, "?between_")):
            first = Pattern(one, f"?{self._variable}", other, pattern.graph)
            for found in self._most([*rest, last, first])[:1]:
                path = f"{sign}{found}/{pattern.predicate}"
                yield "way", {"verb": pattern.predicate, "path": path}, [self._verb(pattern, path)]

    def _most(self, patterns: Iterable[Pattern], more: str = "") -> list[str]:
        """Return our terms that most often stand for the variable where the patterns, and ``more``, hold."""
        variable = self._variable
        group = " . ".join(pattern.whole for pattern in patterns)
        ours = f'FILTER(STRSTARTS(STR(?{variable}), "{_CR}") && ?{variable} != <{_CR}closeTo>)'  # which is computed
        rows = self._solved(
            f"{self._prologue}SELECT ?{variable} (COUNT(*) AS ?n_) WHERE {{ {group} {more} {ours} }} "
            f"GROUP BY ?{variable} ORDER BY DESC(?n_) ?{variable} LIMIT {_FEW}"
        )
        return [self._short(row[variable]["value"]) for row in rows if variable in row]

    def _together(self, suspects: Sequence[Pattern], patterns: Sequence[Pattern]) -> None:
        """Offer the claims about several governments together, where they say all that is asked of one thing."""
        above = {one.object: one.subject for one in patterns if one.object[:1] in "?$"}
        first = suspects[0]
        thing = above.get(first.subject, first.subject) if "broader" in first.predicate else first.subject
        parts = []
        for each in patterns:
            head, slash, rest = each.predicate.partition("/")
            local = self._iri(head).removeprefix(_CR)
            if each.object == thing or (each.subject == thing and not self._is_told(local, each.object)):
                return  # what is asked is none of what a sentence says
            if each.object[:1] in "?$" or local == _TYPE:
                continue
            if "broader" in head and above.get(each.subject) == thing:  # the wider concept of what the thing has
                way = next(one for one in patterns if one.object == each.subject)
                head, slash, rest = way.predicate, "/", each.predicate
            elif each.subject != thing or (slash and "broader" not in rest):
                return  # a sentence would say less than was asked
            local = self._iri(head).removeprefix(_CR)  # that of the wider concept, too
            verb = self._short(_CR + (local if local in _GROUP[1:] else "mentions"))
            parts.append(f"{verb}{slash}{rest} {each.object}")
        if not parts:
            return
        says = f'?claim {self._short(_CR + "text")} ?text FILTER(LANG(?text) = "en")'
        claim = f"?claim a {self._short(_CR + _GROUP[0])} ;\n    " + " ;\n    ".join(parts)
        text = f"SELECT ?claim ?text WHERE {{\n  {claim} .\n  {says}\n}}"
        text = self._prologue + (spoken(text, self._language) if self._language in LANGUAGES else text)
        self._keep("group", {}, text)

    def _is_told(self, verb: str, item: str) -> bool:
        """Say whether a claim about several governments may say this of a thing; what is not ours is its label."""
        if verb == _TYPE:
            return item[:1] in "?$" or self._iri(item).removeprefix(_CR) in _SPOKEN_OF
        return verb in _TOLD or ":" in verb

    def _as_text(self, column: str) -> None:
        """Offer STR() where an expression joins what are IRIs, which are no texts (SPARQL 1.1 §18.5.1.7)."""
        for place in range(len(self._steps)):
            if self._reader.word(place) == "GROUP_CONCAT":
                at = place + 2 + (self._reader.word(place + 2) == "DISTINCT")
                token = self._steps[at].token
                if token.kind == "var":
                    wrapped = f"STR({token.text})"
                    edits = [(token.start, token.start + len(token.text), wrapped)]
                    self._offer("as-text", {"wrong": token.text, "right": wrapped}, edits, column)

    # Asking.

    def _offer(self, kind: str, values: dict[str, str], edits: list[Edit], column: str = "") -> None:
        """Keep a hint if the query, so edited, has rows (or values in a column)."""
        self._keep(kind, values, edited(self._text, edits), column)

    def _keep(self, kind: str, values: dict[str, str], text: str, column: str = "") -> None:
        if text in {hint.query for hint in self._hints}:
            return
        more = prologue(PREFIXES, undeclared(text))
        rows = self._count(more, text, column)
        body = text if kind == "namespace" else text[len(self._prologue) :].strip()  # that is in the prologue
        if rows:
            self._hints.append(Hint(kind, values, f"{more}{text}", rows, body))

    def _count(self, more: str, text: str, column: str = "") -> int:
        """Return how many rows a text gives; none for the one row of what counts nothing, which says 0."""
        read = _Looking(text, list(walk(text)), self._ask, self._until)
        begins, reader = more + read._prologue, read._reader
        steps = read._steps
        group = text[steps[read._where].token.start : steps[reader.match[read._where]].token.start + 1]
        if read._form != "select":
            asked = f"{begins}SELECT (COUNT(*) AS ?n_) WHERE {group}"
        else:
            select = reader.select(read._start, len(steps))
            matches = f"{begins}SELECT (1 AS ?one_) WHERE {group} LIMIT 1"
            if select.grouped and not select.keys and not self._solved(matches):
                return 0
            counted = f"(COUNT({f'?{column}' if column else '*'}) AS ?n_)"
            asked = f"{begins}SELECT {counted} WHERE {{ {{\n{text[len(read._prologue) :]}\n}} }}"
        found = self._solved(asked)
        return int(found[0]["n_"]["value"]) if found else 0

    def _exists(self, patterns: Iterable[Pattern]) -> bool:
        """Say whether patterns have a match; one that cannot be asked is taken to have one: nothing false is told."""
        group = "{ " + " . ".join(pattern.whole for pattern in patterns) + " }"
        try:
            return bool(self._asked_for(f"{self._prologue}SELECT (1 AS ?one_) WHERE {group} LIMIT 1"))
        except QueryError:
            return True

    def _rows(self, group: str, columns: str, most: int) -> Sequence[_Row]:
        return self._solved(f"{self._prologue}SELECT {columns} WHERE {group} LIMIT {most}")

    def _solved(self, text: str) -> Sequence[_Row]:
        """Return the rows of a question, none for one that cannot be answered in its time."""
        try:
            return self._asked_for(text)
        except QueryError:
            return []

    def _asked_for(self, text: str) -> Sequence[_Row]:
        self._asked += 1
        if time.monotonic() > self._until or self._asked > _MOST_ASKED:
            raise _TimeIsUp
        found: Sequence[_Row] = orjson.loads(self._ask(text))["results"]["bindings"]
        return found

    # Terms and places.

    def _verb(self, pattern: Pattern, new: str) -> Edit:
        return pattern.verb_at, pattern.verb_at + len(pattern.predicate), new

    def _object(self, pattern: Pattern, new: str) -> Edit:
        return pattern.object_at, pattern.object_at + len(pattern.object), new

    def _end(self, place: int) -> int:
        token = self._steps[place].token
        return token.start + len(token.text)

    def _iri(self, term: str) -> str:
        """Return the IRI that a term of the query is; nothing for a variable or a literal."""
        if term in ("a", "A"):
            return _TYPE
        if term[:1] == "<":
            return "" if ">" in term[:-1] else term[1:-1]
        if any(sign in term for sign in "/|^*+()"):
            return ""  # a path
        prefix, colon, local = term.partition(":")
        if not colon or term[:1] in "?$\"'" or prefix not in self._prefixes:
            return ""
        return self._prefixes[prefix] + local

    def _short(self, iri: str) -> str:
        """Return an IRI by a known prefix, or in angle brackets."""
        return writing.name(iri, self._prefixes)


def _replaced(patterns: Iterable[Pattern], old: Pattern, new: Pattern) -> list[Pattern]:
    return [new if pattern is old else pattern for pattern in patterns]


def _literal(cell: Mapping[str, str]) -> str:
    """Return a literal of an answer as SPARQL has it."""
    return writing.literal(cell["value"], cell.get("xml:lang", ""), cell.get("datatype", ""))
