"""Why the graph says something: the witnesses of one statement, and what a rule made it from, down to the lines."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cityrights.errors import CityrightsError, SnapshotError, UnknownThing
from cityrights.library.names import Names, is_iri, meant, nearest, slug
from cityrights.library.pages import ask
from cityrights.library.queries import nearest as told_in
from cityrights.pipeline.derive import Rule, Triple, rules_of, unfold
from cityrights.resources.description import claim_lines
from cityrights.resources.labels import Vocabulary, labels_of
from cityrights.resources.model import ClaimLine, Link, Provenance
from cityrights.terms import Iri, Literal, Row, Term, best_label, fallback_chain, rows, term_text
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, GRAPH_CLAIMS, GRAPH_DERIVED, ID, PREFIXES, RDF, expand, is_ours, short
from sparqlgate import Limits, Query, Store
from sparqlgate.text import writing

if TYPE_CHECKING:
    from cityrights._words import WhyWords
    from cityrights.indexes.proximity import Connections

#: So deep a statement is unfolded, so many statements are told in all, and so many ways of one.
DEEPEST: Final = 8
MOST: Final = 200
MOST_WAYS: Final = 4
#: Statements that are looked up in one query.
_AT_ONCE: Final = 40
#: Seconds for each query.
_SECONDS: Final = 5.0
_CONNECTIONS: Final = GRAPH_DERIVED + "connections"
_NEAR: Final = 6
#: The tag of a language (RFC 5646), as far as SPARQL has it.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


#: What makes two places close: statements, and whether there are more.
Near: TypeAlias = Callable[[str, str], tuple[tuple[Triple, ...], bool]]
#: So many reasons why two places are close are told.
_REASONS: Final = 3


class NotStated(CityrightsError):
    """The graph does not say what was asked about; the text says what it says instead."""

    kind = "not-stated"

    def __init__(self, reason: str, near: Sequence[Triple]) -> None:
        super().__init__(reason, extra={"near": [written(each) for each in near]})
        self.near = tuple(near)

    @property
    def detail(self) -> str:
        """What is told to the one who asked."""
        return self.reason


@dataclass(frozen=True, slots=True)
class Decision:
    """What the editors say of a decision: who, when, why, and the claims that led to it, or why none did."""

    by: tuple[Link, ...]
    date: str
    reason: Literal | None
    prompted: tuple[ClaimLine, ...]
    unprompted: Literal | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a rule made a statement from: ``ways``, of which there may be ``more``, and what had to be ``absent``."""

    rule: Rule
    ways: tuple[tuple[Told, ...], ...]
    absent: tuple[str, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Witness:
    """Who answers for a statement: ``kind`` is claim, decision, record or rule; ``provenance`` is that of its graph.

    ``version`` is that of the data set that a record comes from, where it says one.
    """

    kind: str
    provenance: Provenance
    claim: ClaimLine | None = None
    decision: Decision | None = None
    made: Made | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another value, and the claim that gives it and contradicts a witness.

    ``decision`` prefers one of the two: this other value where ``preferred``.
    """

    value: Term
    label: Literal | None
    claim: ClaimLine
    decision: Decision | None
    graph: str
    preferred: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A statement and its witnesses. ``cut`` is why those are not told: ``above`` they are, or it would be ``deep``.

    ``rivals`` are the other values of claims that contradict a witness.
    """

    subject: Link
    predicate: Link
    value: Term
    label: Literal | None
    witnesses: tuple[Witness, ...]
    cut: str = ""
    rivals: tuple[Rival, ...] = ()
    language: str = "en"

    @property
    def triple(self) -> Triple:
        """The statement."""
        return self.subject.iri, self.predicate.iri, self.value

    def __str__(self) -> str:
        return "\n".join(lines(self))


@dataclass(slots=True)
class _Found:
    """What was found of one statement, before anything is named."""

    graphs: tuple[str, ...] = ()
    ways: dict[str, tuple[list[tuple[Triple, ...]], tuple[str, ...], bool]] = field(default_factory=dict)


def ties(opened: Callable[[], Connections]) -> Near:
    """Return what tells the statements that make two places close: the way to what they share, of the first reasons.

    It tells none where the snapshot has no index of connections.
    """

    def found(a: str, b: str) -> tuple[tuple[Triple, ...], bool]:
        try:
            reasons = opened().explain(a, b).reasons
        except (SnapshotError, UnknownThing):
            return (), False
        ways = [way for reason in reasons[:_REASONS] for way in (*reason.ours[:1], *reason.theirs[:1])]
        hops = ((Iri(hop.subject), Iri(hop.predicate), Iri(hop.object)) for way in ways for hop in way.hops)
        return tuple(dict.fromkeys(hops)), len(reasons) > _REASONS

    return found


class Unfolding:
    """Unfolds the statements of one graph; its rules are read once. Threads may share it.

    ``near`` tells what makes two places close, which is reckoned and not derived by a rule.
    """

    def __init__(self, engine: Store, vocabulary: Vocabulary, near: Near | None = None) -> None:
        self._engine, self._vocabulary, self._near = engine, vocabulary, near
        self.rules: tuple[Rule, ...] = rules_of(ask(engine, "rules"))

    def __call__(
        self, triple: Triple, language: str = "en", *, depth: int = DEEPEST, most: int = MOST, seconds: float = 10.0
    ) -> Told:
        """Tell why the graph says something. Raises NotStated where it does not, QueryError as the engine does.

        ``depth`` counts rules on the way down, ``most`` is for the statements in all; after ``seconds`` nothing more is
        unfolded.
        """
        found = self._found(triple, depth, most, time.monotonic() + seconds)
        if not found[triple].graphs:
            raise self._not_stated(triple)
        return _Telling(self._engine, self._vocabulary, self.rules, found, language).told(triple)

    def _found(self, triple: Triple, depth: int, most: int, until: float) -> dict[Triple, _Found]:
        """Look a statement up, then those that it was made from, and so on: a level at a time."""
        order = {rule.graph: place for place, rule in enumerate(self.rules)}
        found: dict[Triple, _Found] = {}
        level = [triple]
        for _ in range(depth + 1):
            found |= {one: _Found(graphs) for one, graphs in self._graphs(level[: most - len(found)])}
            derived = [(one, graph) for one in level if one in found for graph in found[one].graphs if graph in order]
            reckoned = [one for one in level if one in found and _CONNECTIONS in found[one].graphs]
            level = []
            for one in reckoned:
                way, more = self._close(one)
                found[one].ways[_CONNECTIONS] = ([way] if way else [], (), more)
                level += way
            for one, graph in derived if time.monotonic() < until else ():
                rule = self.rules[order[graph]]
                later = [*(each.graph for each in self.rules[order[graph] :]), _CONNECTIONS]
                ways = list(unfold(rule, one, later, self._rows, MOST_WAYS + 1))
                made = [way.statements for way in ways[:MOST_WAYS]]
                found[one].ways[graph] = (made, ways[0].absent if ways else (), len(ways) > MOST_WAYS)
                level += [each for way in made for each in way]
            level = [one for one in dict.fromkeys(level) if one not in found]
            if not level or len(found) >= most:
                break
        return found

    def _close(self, triple: Triple) -> tuple[tuple[Triple, ...], bool]:
        """Return what makes the two places close that a statement is about: the ends of a connection, or its own."""
        subject, _, value = triple
        ends = self._rows(f"SELECT ?a ?b WHERE {{ {term_text(subject)} <{CR}from> ?a ; <{CR}to> ?b }} LIMIT 1")
        a, b = (str(ends[0]["a"]), str(ends[0]["b"])) if ends else (subject.value, str(value))
        return self._near(a, b) if self._near is not None else ((), False)

    def _graphs(self, wanted: Sequence[Triple]) -> Iterator[tuple[Triple, tuple[str, ...]]]:
        """Yield the graphs that each statement stands in."""
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            parts = (
                f"{{ GRAPH ?g {{ {' '.join(map(term_text, triple))} }} BIND({place} AS ?n) }}"
                for place, triple in enumerate(some)
            )
            held: dict[int, dict[str, None]] = {}
            for row in self._rows(f"SELECT ?n ?g WHERE {{ {' UNION '.join(parts)} }}"):
                held.setdefault(int(str(row["n"])), {})[str(row["g"])] = None
            for place, triple in enumerate(some):
                yield triple, tuple(sorted(held.get(place, {})))

    def _rows(self, text: str) -> list[dict[str, Term]]:
        with self._engine.query(Query(text, limits=Limits(seconds=_SECONDS))) as result:
            return rows(result.read())

    def _not_stated(self, triple: Triple) -> NotStated:
        """Say that the graph does not say this, and what it says of the two."""
        subject, verb, value = map(term_text, triple)
        turned = f"UNION {{ {value} ?p ?s FILTER(?s = {subject}) BIND({value} AS ?a) BIND(?s AS ?o) }}"
        asked = (
            f"SELECT DISTINCT ?a ?p ?o WHERE {{ {{ {subject} ?p {value} BIND({subject} AS ?a) BIND({value} AS ?o) }} "
            f"{turned if isinstance(triple[2], Iri) else ''} "
            f"UNION {{ {subject} {verb} ?o BIND({subject} AS ?a) BIND({verb} AS ?p) }} }} LIMIT {_NEAR}"
        )
        others = f"SELECT ?a (IRI(STR({verb})) AS ?p) ({value} AS ?o) WHERE {{ ?a {verb} {value} }} LIMIT {_NEAR}"
        near = [
            (row["a"], row["p"], row["o"])
            for row in self._rows(asked) or self._rows(others)
            if isinstance(row["a"], Iri) and isinstance(row["p"], Iri)
        ]
        by = f"of {_written(triple[0])} it says nothing by {_written(triple[1])}"
        told = f"it says: {', '.join(map(written, near))}" if near else by
        return NotStated(f"the graph does not say: {written(triple)}; {told}", near)


class _Telling:
    """Names everything that was found, and puts it together."""

    def __init__(
        self, engine: Store, vocabulary: Vocabulary, todo: Iterable[Rule], found: Mapping[Triple, _Found], language: str
    ) -> None:
        self._vocabulary, self._found, self._language = vocabulary, found, language
        self._rules = {rule.graph: rule for rule in todo}
        self._seen = set[Triple]()
        graphs = {graph for one in found.values() for graph in one.graphs}
        stated = [
            subject
            for (subject, _, _), one in found.items()
            if any(graph.startswith(ID + "claim/") for graph in one.graphs)
        ]
        self._rivals: dict[Triple, list[Row]] = {}
        for row in ask(engine, "rivals", among=("thing", list(dict.fromkeys(stated)))) if stated else ():
            if isinstance(row["thing"], Iri) and isinstance(row["p"], Iri):
                self._rivals.setdefault((row["thing"], row["p"], row["o"]), []).append(row)
        for triple in found:
            for rival in self._rivals.get(triple, ()):
                graphs |= {str(rival[name]) for name in ("other", "decision") if name in rival}
        decided = [Iri(graph) for graph in sorted(graphs) if graph.startswith(ID + "decision/")]
        said = list(ask(engine, "decisions", among=("decision", decided))) if decided else []
        self._decided: dict[str, list[Row]] = {}
        for row in said:
            self._decided.setdefault(str(row["decision"]), []).append(row)
        prompts = {str(row["prompt"]) for row in said if "prompt" in row}
        about = {subject.value for subject, _, _ in found}
        claims = [Iri(one) for one in sorted(graphs | prompts | about) if one.startswith(ID + "claim/")]
        lines = ask(engine, "claim_line", among=("thing", claims), language=language) if claims else ()
        self._claims = claim_lines(lines, vocabulary, language)
        named = {str(term) for triple in self._every() for term in triple if isinstance(term, Iri)}
        named |= {str(row["by"]) for row in said if isinstance(row.get("by"), Iri)}
        self._labels = labels_of(engine, sorted(iri for iri in named if iri not in vocabulary.labels))

    def _every(self) -> Iterator[Triple]:
        for triple, one in self._found.items():
            yield triple
            for rival in self._rivals.get(triple, ()):
                yield triple[0], triple[1], rival["rival"]
            for made, _, _ in one.ways.values():
                for way in made:
                    yield from way

    def told(self, triple: Triple) -> Told:
        subject, verb, value = triple
        label = self._link(value).label if isinstance(value, Iri) else None
        found, cut = self._found.get(triple), ""
        if found is None:
            cut = "deep"
        elif triple in self._seen and found.ways:
            found, cut = None, "above"
        self._seen.add(triple)
        witnesses = tuple(self._witness(subject, graph, found) for graph in found.graphs) if found else ()
        rivals = tuple(self._rival(row) for row in self._rivals.get(triple, ()) if str(row["other"]) in self._claims)
        return Told(
            self._link(subject), self._link(verb), value, label, _sorted(witnesses), cut, rivals, self._language
        )

    def _rival(self, row: Row) -> Rival:
        value, graph = row["rival"], str(row.get("decision", ""))
        return Rival(
            value,
            self._link(value).label if isinstance(value, Iri) else None,
            self._claims[str(row["other"])],
            self._decision(self._decided[graph]) if graph in self._decided else None,
            graph,
            row.get("preferred") == row["other"],
        )

    def _witness(self, subject: Iri, graph: str, found: _Found) -> Witness:
        provenance = self._vocabulary.provenance(Iri(graph), self._language)
        if graph in self._claims:
            return Witness("claim", provenance, claim=self._claims[graph])
        if graph in self._decided:
            return Witness("decision", provenance, decision=self._decision(self._decided[graph]))
        if graph in found.ways:
            made, absent, more = found.ways[graph]
            ways = tuple(tuple(map(self.told, way)) for way in made)
            title = provenance.title.value if provenance.title else graph
            name = graph.removeprefix(GRAPH_DERIVED)
            rule = self._rules.get(graph) or Rule(0, name, title, "", Path("docs/connections.md"))
            return Witness("rule", provenance, made=Made(rule, ways, absent, more))
        if graph == GRAPH_CLAIMS:  # what is said of a claim stands with it
            return Witness("record", provenance, claim=self._claims.get(subject.value))
        said = self._vocabulary.graphs.get(graph, ())
        version = next((str(value) for name, value in said if name == PREFIXES["schema"] + "version"), "")
        return Witness("rule" if graph.startswith(GRAPH_DERIVED) else "record", provenance, version=version)

    def _decision(self, said: Sequence[Row]) -> Decision:
        by = dict.fromkeys(one for row in said if isinstance(one := row.get("by"), Iri))
        reasons = [one for row in said if isinstance(one := row.get("reason"), Literal)]
        none = [one for row in said if isinstance(one := row.get("none"), Literal)]
        prompts = {str(row["prompt"]) for row in said if "prompt" in row}
        return Decision(
            tuple(self._link(one) for one in by),
            next((str(row["date"]) for row in said if "date" in row), ""),
            best_label(reasons, fallback_chain(self._language)),
            tuple(line for iri, line in self._claims.items() if iri in prompts),
            best_label(none, fallback_chain(self._language)),
        )

    def _link(self, iri: Iri) -> Link:
        return self._vocabulary.link(iri, self._language, self._labels.get(iri.value, ()))


_KINDS: Final = ("claim", "decision", "record", "rule")


def _sorted(found: Iterable[Witness]) -> tuple[Witness, ...]:
    return tuple(sorted(found, key=lambda one: (_KINDS.index(one.kind), one.provenance.graph.value)))


def statement_of(
    engine: Store, vocabulary: Vocabulary, subject: str, predicate: str, value: str, names: Names | None = None
) -> Triple:
    """Return the statement that is meant by three names: IRIs, prefixed names, labels; a value may be a text.

    Raises UnknownThing, naming what may have been meant.
    """
    names = names or Names(engine)
    thing, verb = Iri(names.find(subject)), _property(names, vocabulary, predicate)
    return thing, verb, _value(engine, names, thing, verb, value)


def _property(names: Names, vocabulary: Vocabulary, text: str) -> Iri:
    text = text.strip()
    if text in ("a", "type"):
        return Iri(RDF + "type")
    try:
        found = expand(text)
    except ValueError:
        found = ""
    if is_iri(found) and names.has(found):
        return Iri(found)
    wanted = _plain(Iri(found).local_name if found else text)
    known = {iri: [Iri(iri).local_name, *(one.value for one in said)] for iri, said in vocabulary.labels.items()}
    ours = sorted(known, key=lambda iri: (not iri.startswith(CR), iri))
    for iri in ours:
        is_property = Iri(iri).local_name[:1].islower() and not is_ours(iri)
        if not found and is_property and any(_plain(one) == wanted for one in known[iri]):
            return Iri(iri)
    near = [f"cr:{one}" for one in nearest(wanted, [iri.removeprefix(CR) for iri in ours if iri.startswith(CR)])]
    raise UnknownThing(text[:200], f"the graph has no such property{meant(near) or '; write it as cr:place'}")


def _plain(word: str) -> str:
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in word)
    return slug(spaced).replace("-", "")


def _value(engine: Store, names: Names, thing: Iri, verb: Iri, text: str) -> Term:
    """Return the value that is meant: one that the thing has, by IRI, name or text, or else any thing of that name."""
    said = ask(engine, "values_of", {"thing": thing, "p": verb})
    plain = text.strip()
    bare = plain.partition('"@')[0].partition('"^^')[0].strip('"')
    values = dict.fromkeys(row["o"] for row in said)
    for one in values:
        if plain == term_text(one) or (isinstance(one, Literal) and bare == one.value):
            return one
    try:
        iri = expand(plain)
    except ValueError:
        iri = ""
    if Iri(iri) in values:
        return Iri(iri)
    for row in said:
        label = row.get("label")
        if isinstance(row["o"], Iri) and (
            slug(str(row["o"])) == slug(plain) or (label and slug(str(label)) == slug(plain))
        ):
            return row["o"]
    if values and all(isinstance(one, Literal) for one in values) and not plain.startswith('"'):
        return Literal(plain)
    if plain.startswith('"'):
        language, datatype = plain.rpartition('"@')[2], plain.rpartition('"^^<')[2].rstrip(">")
        if '"@' in plain and _LANGUAGE.fullmatch(language):
            return Literal(bare, language.lower())
        return Literal(bare, datatype=datatype) if '"^^<' in plain and is_iri(datatype) else Literal(bare)
    return Iri(names.find(plain))


def written(triple: Triple) -> str:
    """Return a statement as people write it, with prefixes."""
    return " ".join(map(_written, triple))


def _written(term: Term) -> str:
    return short(term.value) if isinstance(term, Iri) else writing.literal(term.value, term.language)


# Told as text and as data.


def lines(told: Told, indent: str = "") -> Iterator[str]:
    """Yield what is told as lines of text in its language, each level further in."""
    words = CATALOGUE[told_in(told.language)].why
    yield f"{indent}{written(told.triple)}"
    inner = indent + "  "
    if told.cut:
        yield f"{inner}{words.above if told.cut == 'above' else words.deep}"
    for one in told.witnesses:
        if one.claim is not None:
            yield f"{inner}{words.claim.format(claim=_claim(one.claim, words))}"
        elif one.decision is not None:
            decision = one.decision
            by = ", ".join((*(link.label.value for link in decision.by), decision.date)).strip(", ")
            number = short(one.provenance.graph.value).removeprefix("decision:")
            yield f"{inner}{words.decision.format(number=number, by=by)}"
            if decision.reason:
                yield f"{inner}  {words.because.format(reason=decision.reason.value)}"
            if decision.unprompted:
                yield f"{inner}  {words.unprompted.format(reason=decision.unprompted.value)}"
            for line in decision.prompted:
                yield f"{inner}  {words.prompted.format(claim=_claim(line, words))}"
        elif one.made is not None:
            title = one.provenance.title.value if one.provenance.title else one.made.rule.title
            yield f"{inner}{words.rule.format(name=one.made.rule.name, title=title)}"
            yield from _made_lines(one.made, inner, words)
        else:
            title = one.provenance.title.value if one.provenance.title else short(one.provenance.graph.value)
            origin = map(_written, (*one.provenance.sources, *one.provenance.licences))
            version = (words.version.format(version=one.version),) if one.version else ()
            more = ", ".join((*version, *origin))
            graph = f"<{one.provenance.graph.value}>{f' ({more})' if more else ''}"
            yield f"{inner}{words.kinds[one.kind].format(title=title)} {graph}"
    for rival in told.rivals:
        yield f"{inner}{words.rival.format(value=_written(rival.value), claim=_claim(rival.claim, words))}"
        if rival.decision is not None:
            prefers = words.prefers_other if rival.preferred else words.prefers_this
            reason = rival.decision.reason
            because = f", {words.because.format(reason=reason.value)}" if reason else ""
            yield f"{inner}  {prefers.format(decision=short(rival.graph))}{because}"


def _made_lines(made: Made, indent: str, words: WhyWords) -> Iterator[str]:
    for place, way in enumerate(made.ways):
        if place:
            yield f"{indent}  {words.or_from}"
        for each in way:
            yield from lines(each, indent + "  ")
    yield from (f"{indent}  {words.absent.format(condition=condition)}" for condition in made.absent)
    if made.more:
        yield f"{indent}  {words.more}"


def _claim(line: ClaimLine, words: WhyWords) -> str:
    where = ""
    if line.first is not None:
        one = line.first == line.last
        where = words.line.format(line=line.first) if one else words.lines.format(first=line.first, last=line.last)
    where = f"{line.source.label.value}{where and f', {where}'}"
    return words.said.format(number=line.number, text=line.text.value, where=where, modality=line.modality.label.value)


def record(told: Told) -> dict[str, Any]:
    """Return what is told as what JSON can hold."""
    found: dict[str, Any] = {"subject": told.subject.record(), "predicate": told.predicate.record()}
    found |= {"object": _valued(told.value, told.label), "witnesses": [_witness(one) for one in told.witnesses]}
    rivals = {"rivals": [_rival(one) for one in told.rivals]} if told.rivals else {}
    return found | rivals | ({"cut": told.cut} if told.cut else {})


def _valued(term: Term, label: Literal | None) -> dict[str, Any]:
    value: dict[str, Any] = {"iri": term.value} if isinstance(term, Iri) else {"text": term.value}
    if label is not None:
        value["label"] = label.value
    if isinstance(term, Literal):
        value |= {"language": term.language} if term.language else {"datatype": term.datatype}
    return value


def _rival(one: Rival) -> dict[str, Any]:
    found = {"object": _valued(one.value, one.label), **one.claim.record()}
    if one.decision is None:
        return found
    reason = {"reason": one.decision.reason.value} if one.decision.reason else {}
    return found | {"decision": one.graph, "preferred": one.preferred, **reason}


def _witness(one: Witness) -> dict[str, Any]:
    provenance = one.provenance
    found: dict[str, Any] = {"kind": one.kind, "graph": provenance.graph.value}
    if provenance.title:
        found["title"] = provenance.title.value
    if one.kind in ("record", "rule"):
        found |= {"sources": list(map(str, provenance.sources)), "licences": list(map(str, provenance.licences))}
    if one.version:
        found["version"] = one.version
    if one.claim is not None:
        found |= one.claim.record()
    if one.decision is not None:
        reason = {"reason": one.decision.reason.value} if one.decision.reason else {}
        found |= {"decidedBy": [link.record() for link in one.decision.by], "date": one.decision.date, **reason}
        if one.decision.unprompted:
            found["withoutPrompt"] = one.decision.unprompted.value
        found["promptedBy"] = [line.record() for line in one.decision.prompted]
    if one.made is not None:
        made = one.made
        found |= {"rule": made.rule.name, "query": made.rule.text, "absent": list(made.absent), "more": made.more}
        found["from"] = [[record(each) for each in way] for way in made.ways]
    return found


__all__ = [
    "Decision",
    "Made",
    "NotStated",
    "Rival",
    "Told",
    "Unfolding",
    "Witness",
    "lines",
    "record",
    "statement_of",
    "written",
]
