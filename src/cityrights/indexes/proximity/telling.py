"""Explanations of proximity in a reader's language, each hop with the claims or the editor's graphs that hold it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cityrights import notebook
from cityrights.indexes.proximity import Chain, Explanation, Hop, Neighbour, Reason, Way
from cityrights.library.pages import ask
from cityrights.resources.description import claim_lines
from cityrights.resources.labels import Vocabulary, labels_of, origin_of
from cityrights.resources.model import Evidence, Link, Origin
from cityrights.terms import Iri, Literal, Term
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, DCTERMS, ID, SKOS
from sparqlgate import Store
from sparqlgate.text import writing

_PREFIXES = {"cr": CR, "skos": SKOS, "dcterms": DCTERMS}
#: Ways from a place to what it shares that are told, of each reason and for each place; the others are counted.
MOST_WAYS = 4
#: Of so many triples it is asked at once who holds them.
_AT_ONCE: Final = 200
_ASSERTED: Final = ID + "modality/asserted"
_DISPUTED: Final = ID + "modality/disputed"
#: What holds in both directions, though a document says it in one of them.
_MUTUAL = frozenset({CR + "cooperatesWith", CR + "similarTo"})


def within(label: str) -> str:
    """Return a label as it stands within a sentence: ``Housing`` becomes ``housing``, ``LGBTI people`` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def article(label: str) -> str:
    """Return the English article of a label, with a space after it; a plural has none."""
    if label.endswith("s") and not label.endswith("ss"):
        return ""
    return "an " if label[:1].lower() in "aeio" else "a "


def path_query(a: str, b: str, reason: Reason) -> str:
    """Return the query that finds every way by which a reason of this kind joins the places with these IRIs.

    The places and what they share stand in it; what each has, such as a practice, is left open.
    """
    names = {held: writing.iri(held) for held in (a, b, reason.thing) if held}
    lines = _lines(reason.ours[0].hops, names, "ours")
    if reason.theirs:
        own = {held: names[held] for held in (a, b, reason.thing)}
        lines += _lines(reason.theirs[0].hops, own, "theirs")
    return _whole(lines)


def _lines(hops: tuple[Hop, ...], names: dict[str, str], side: str) -> list[str]:
    lines = []
    for hop in hops:
        for end in (hop.subject, hop.object):
            if end not in names:
                used = sum(name.startswith(f"?{side}") for name in names.values())
                names[end] = f"?{side}{used + 1 if used else ''}"
        lines.append(f"  {names[hop.subject]} {writing.name(hop.predicate, _PREFIXES)} {names[hop.object]} .")
    return lines


def _whole(lines: list[str]) -> str:
    body = "\n".join(dict.fromkeys(lines))
    head = writing.prologue(_PREFIXES, (prefix for prefix in _PREFIXES if f"{prefix}:" in body))
    return f"{head}SELECT DISTINCT * WHERE {{\n{body}\n}}\n" if "?" in body else f"{head}ASK {{\n{body}\n}}\n"


def _linked(link: Link) -> str:
    return notebook.link(link.iri.value, link.label.value, link.label.language)


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a path: the triple in words, and every graph that holds it, claims first.

    ``unfinished`` are the statuses of its ends that are not in place (underway, planned, ended), by their IRIs;
    ``disputed`` says that a claim which contradicts one of its own gives another value of just this.
    """

    hop: Hop
    subject: Link
    predicate: Link
    object: Link
    evidence: tuple[Evidence, ...]
    unfinished: Mapping[str, Link] = field(default_factory=dict)
    disputed: bool = False

    def html(self) -> str:
        """Return the step as an item of a list in a notebook, with how things stand and who says so."""
        said = " – ".join(map(_linked, (self.subject, self.predicate, self.object)))
        marks = "; ".join(self.marks)
        return (
            said
            + (f" ({notebook.text(marks)})" if marks else "")
            + "".join(f"<br>{one.html()}" for one in self.evidence)
        )

    @property
    def marks(self) -> tuple[str, ...]:
        """How far the step is to be trusted: what is not in place, in its label’s words; how its claims are meant.

        Of a claim that is disputed this is said where sources dispute this statement.
        """
        ends = {link.iri.value: link.label.value for link in (self.subject, self.object)}
        found = [f"{ends[iri]}: {within(status.label.value)}" for iri, status in self.unfinished.items()]
        meant = (one.claim.modality for one in self.evidence if one.claim is not None)
        found += [
            within(how.label.value)
            for how in meant
            if how.iri.value != _ASSERTED and (how.iri.value != _DISPUTED or self.disputed)
        ]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class ReasonInWords:
    """A reason as a sentence: ``pieces`` are its words, and links for the things that it names.

    ``ours`` and ``theirs`` are up to MOST_WAYS paths of each place; ``left_out`` counts those that are not told.
    ``implied`` are the broader things that both share because they share this one.
    """

    reason: Reason
    pieces: tuple[str | Link, ...]
    implied: tuple[Link, ...]
    ours: tuple[tuple[Step, ...], ...] = ()
    theirs: tuple[tuple[Step, ...], ...] = ()
    left_out: int = 0

    @property
    def sentence(self) -> str:
        """The words of the sentence, without a full stop."""
        return "".join(piece if isinstance(piece, str) else piece.label.value for piece in self.pieces)

    def html(self) -> str:
        """Return the reason as an item of a list in a notebook."""
        said = "".join(notebook.text(piece) if isinstance(piece, str) else _linked(piece) for piece in self.pieces)
        steps = [step.html() for way in (*self.ours, *self.theirs) for step in way]
        more = [f"and {self.left_out} more ways"] if self.left_out else []
        return notebook.folded(said, notebook.listed([*steps, *more]) if steps else "")


@dataclass(frozen=True, slots=True)
class Route:
    """A way from one place to another by way of others, with the best reason for each of its links."""

    places: tuple[Link, ...]
    strength: float
    because: tuple[ReasonInWords, ...]


@dataclass(frozen=True, slots=True)
class ExplanationInWords:
    """How two places are connected, told; without reasons the sources know no connection."""

    a: Link
    b: Link
    strength: float
    closeness: float
    because: tuple[ReasonInWords, ...]
    routes: tuple[Route, ...]

    def __repr__(self) -> str:
        ends = f"{self.a.label.value} – {self.b.label.value}"
        return f"<Story: {ends}, {self.strength:.2f}, {len(self.because)} reasons>"

    def _repr_html_(self) -> str:
        """Return the story as a notebook shows it: each reason, and folded in it the ways with their claims."""
        ends = " – ".join(_linked(end) for end in (self.a, self.b))
        reasons = notebook.listed(one.html() for one in self.because) if self.because else ""
        ways = (" → ".join(map(_linked, route.places)) for route in self.routes)
        by_way = f"<p>By way of others:</p>{notebook.listed(ways)}" if self.routes else ""
        none = "" if self.because else "<p>No connection in the sources.</p>"
        return f"<p><strong>{ends}</strong> {self.strength:.2f}</p>{reasons}{none}{by_way}"


@dataclass(frozen=True, slots=True)
class NeighbourInWords:
    """A place close to another, with its reasons in words; their paths are not told."""

    place: Link
    strength: float
    because: tuple[ReasonInWords, ...]


class Nearest(list[NeighbourInWords]):
    """The places closest to one, the closest first."""

    def __repr__(self) -> str:
        return f"<Nearest: {', '.join(f'{one.place.label.value} {one.strength:.2f}' for one in self)}>"

    def _repr_html_(self) -> str:
        """Return them as a notebook shows them: each with its reasons."""
        rows = (
            [_linked(near.place), f"{near.strength:.2f}", "<br>".join(one.html() for one in near.because)]
            for near in self
        )
        return notebook.table(("place", "strength", "because"), rows, len(self))


class _Names:
    """Labels of everything that is named, in one language."""

    def __init__(self, vocabulary: Vocabulary, language: str, labels: Mapping[str, Iterable[Literal]]) -> None:
        self.vocabulary, self.language, self.labels = vocabulary, language, labels

    def __call__(self, iri: str) -> Link:
        return self.vocabulary.link(Iri(iri), self.language, self.labels.get(iri, ()))


def name_all(engine: Store, vocabulary: Vocabulary, iris: Iterable[str], language: str) -> dict[str, Link]:
    """Return each IRI with its label, by one query at most."""
    wanted = list(dict.fromkeys(iris))
    names = _named(engine, vocabulary, wanted, language)
    return {iri: names(iri) for iri in wanted}


def tell(engine: Store, vocabulary: Vocabulary, found: Explanation, language: str = "en") -> ExplanationInWords:
    """Tell an explanation with its evidence, by four queries, five where sources dispute.

    Raises QueryError as the engine does.
    """
    reasons = [*found.reasons, *(reason for chain in found.chains for reason in chain.reasons)]
    hops = {hop for reason in reasons for way in _told(reason) for hop in way.hops}
    iris = {found.a, found.b, *(place for chain in found.chains for place in chain.places)}
    iris |= {iri for hop in hops for iri in (hop.subject, hop.object)}
    iris |= {iri for reason in reasons for iri in _mentioned(reason)}
    names = _named(engine, vocabulary, sorted(iris), language)
    evidence = _Standing(*_evidence(engine, vocabulary, hops, language), _unfinished(engine, names, hops))
    return ExplanationInWords(
        names(found.a),
        names(found.b),
        found.strength,
        found.closeness,
        tuple(_because(reason, names, evidence) for reason in found.reasons),
        tuple(_route(chain, names, evidence) for chain in found.chains),
    )


def tell_neighbours(engine: Store, vocabulary: Vocabulary, found: Sequence[Neighbour], language: str = "en") -> Nearest:
    """Tell why places are close to one, without evidence, by one query at most."""
    iris = {neighbour.place for neighbour in found}
    iris |= {iri for neighbour in found for reason in neighbour.reasons for iri in _mentioned(reason)}
    names = _named(engine, vocabulary, sorted(iris), language)
    return Nearest(
        NeighbourInWords(
            names(neighbour.place),
            neighbour.strength,
            tuple(
                ReasonInWords(reason, _sentence(reason, names), tuple(map(names, reason.implied)))
                for reason in neighbour.reasons
            ),
        )
        for neighbour in found
    )


def _named(engine: Store, vocabulary: Vocabulary, iris: Sequence[str], language: str) -> _Names:
    return _Names(vocabulary, language, labels_of(engine, (iri for iri in iris if iri not in vocabulary.labels)))


def _told(reason: Reason) -> list[Way]:
    return [*reason.ours[:MOST_WAYS], *reason.theirs[:MOST_WAYS]]


def _mentioned(reason: Reason) -> list[str]:
    """Return the things that the sentence of a reason names."""
    if reason.thing:
        return [reason.thing, *reason.implied]
    return list(_ends(reason))


def _ends(reason: Reason) -> tuple[str, str]:
    """Return what a tie joins, the subject of what it says first."""
    hops = reason.ours[0].hops
    if reason.kind in ("same-practice", "event"):
        for hop in hops:
            if hop.predicate.endswith("participantsFrom"):
                return hop.subject, hop.object
        return hops[0].subject, hops[0].subject
    tie = next(hop for hop in hops if not hop.predicate.endswith(("#place", "#governs")))
    return tie.subject, tie.object


def _sentence(reason: Reason, names: _Names) -> tuple[str | Link, ...]:
    language = names.language if names.language in CATALOGUE else "en"
    sentence = CATALOGUE[language].connections[reason.kind]
    if reason.thing:
        thing = names(reason.thing)
        small = replace(thing, label=replace(thing.label, value=within(thing.label.value)))
        held: dict[str, Link] = {"x": small, "a_x": small, "X": thing}
        sentence = sentence.replace("{a_x}", (article(thing.label.value) if language == "en" else "") + "{x}")
    else:
        one, other = _ends(reason)
        held = {"a": names(one), "b": names(other)}
    pieces = re.split(r"\{(\w+)\}", sentence)
    return tuple(held[piece] if at % 2 else piece for at, piece in enumerate(pieces) if piece)


def _because(reason: Reason, names: _Names, standing: _Standing) -> ReasonInWords:
    def step(found: Hop) -> Step:
        hop = _as_stated(found, standing.evidence)
        proofs = standing.evidence.get(_triple(hop), ())
        ends = {iri: standing.unfinished[iri] for iri in (hop.subject, hop.object) if iri in standing.unfinished}
        said = tuple(map(names, _triple(hop)))
        return Step(hop, said[0], said[1], said[2], proofs, ends, _triple(hop) in standing.disputed)

    def steps(ways: tuple[Way, ...]) -> tuple[tuple[Step, ...], ...]:
        return tuple(tuple(map(step, way.hops)) for way in ways[:MOST_WAYS])

    left_out = reason.more + sum(max(0, len(ways) - MOST_WAYS) for ways in (reason.ours, reason.theirs))
    return ReasonInWords(
        reason,
        _sentence(reason, names),
        tuple(map(names, reason.implied)),
        steps(reason.ours),
        steps(reason.theirs),
        left_out,
    )


def _route(chain: Chain, names: _Names, standing: _Standing) -> Route:
    because = tuple(_because(reason, names, standing) for reason in chain.reasons)
    return Route(tuple(map(names, chain.places)), chain.strength, because)


_Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Standing:
    """Who holds each triple, which of them sources dispute, and the statuses of things that are not in place."""

    evidence: Mapping[_Triple, tuple[Evidence, ...]]
    disputed: frozenset[_Triple]
    unfinished: Mapping[str, Link]


def _unfinished(engine: Store, names: _Names, hops: Iterable[Hop]) -> dict[str, Link]:
    things = [Iri(iri) for iri in sorted({iri for hop in hops for iri in (hop.subject, hop.object)})]
    rows = ask(engine, "unfinished", among=("thing", things)) if things else []
    return {str(row["thing"]): names(str(row["status"])) for row in rows}


def _turned(hop: Hop) -> Hop:
    return Hop(hop.object, hop.predicate, hop.subject, not hop.forward)


def _as_stated(hop: Hop, evidence: Mapping[_Triple, tuple[Evidence, ...]]) -> Hop:
    """Return the hop in the direction in which somebody states it, not in the one that follows."""
    if hop.predicate not in _MUTUAL:
        return hop
    held = evidence.get(_triple(hop), ())
    turned = evidence.get(_triple(_turned(hop)), ())
    derived = all(one.provenance.origin is Origin.DERIVED for one in held)
    return _turned(hop) if derived and turned else hop


def _triple(hop: Hop) -> _Triple:
    return hop.subject, hop.predicate, hop.object


def _evidence(
    engine: Store, vocabulary: Vocabulary, hops: Iterable[Hop], language: str
) -> tuple[dict[_Triple, tuple[Evidence, ...]], frozenset[_Triple]]:
    """Return the evidence of each triple: the graphs that hold it, with the claim where one is a claim's.

    And the triples of which claims that contradict each other give different values.
    """
    wanted = {_triple(one) for hop in hops for one in ([hop, _turned(hop)] if hop.predicate in _MUTUAL else [hop])}
    if not wanted:
        return {}, frozenset()
    subjects = [Iri(subject) for subject in sorted({subject for subject, _, _ in wanted})]
    triples = sorted(wanted)
    rows = [
        row for start in range(0, len(triples), _AT_ONCE) for row in _holding(engine, triples[start : start + _AT_ONCE])
    ]
    graphs = sorted({str(row["graph"]) for row in rows})
    claims = [Iri(graph) for graph in graphs if origin_of(graph) is Origin.CLAIM]
    lines = ask(engine, "claims_told", among=("claim", claims), language=language) if claims else ()
    said = claim_lines(lines, vocabulary, language)
    held: defaultdict[_Triple, dict[str, Evidence]] = defaultdict(dict)
    for row in rows:
        graph = Iri(str(row["graph"]))
        proof = Evidence(vocabulary.provenance(graph, language), said.get(graph.value))
        held[str(row["s"]), str(row["p"]), str(row["o"])][graph.value] = proof
    order = list(Origin)
    contradicted = any(line.modality.iri.value == _DISPUTED for line in said.values())
    rivals = ask(engine, "rivals", among=("thing", subjects)) if contradicted else []
    disputed = frozenset((str(row["thing"]), str(row["p"]), str(row["o"])) for row in rivals)
    proofs = {
        triple: tuple(
            sorted(
                found.values(),
                key=lambda one: (order.index(one.provenance.origin), one.provenance.graph.value),
            )
        )
        for triple, found in held.items()
    }
    return proofs, disputed


def _holding(engine: Store, triples: Iterable[_Triple]) -> list[dict[str, Term]]:
    """Return which graphs hold these triples."""
    return ask(engine, "connection_evidence", among=("s p o", [Iri(part) for triple in triples for part in triple]))


#: The columns of :func:`rows`.
COLUMNS: Final = (
    "reason", "kind", "sentence", "counts", "of", "path", "hop", "direction", "subject", "subjectLabel", "predicate",
    "predicateLabel", "object", "objectLabel", "graph", "claim", "modality", "source", "firstLine", "lastLine",
)  # fmt: skip
_ENDS: Final = ("subject", "predicate", "object")


def record(story: ExplanationInWords) -> dict[str, Any]:
    """Return an explanation as what JSON can hold. ``direction`` is that of the path from a to b."""
    return {
        "a": story.a.record(),
        "b": story.b.record(),
        "connected": bool(story.because),
        "strength": round(story.strength, 4),
        "closeness": round(story.closeness, 4),
        "reasons": [_reason(one) for one in story.because],
        "routes": [
            {
                "places": [place.record() for place in route.places],
                "strength": round(route.strength, 4),
                "reasons": [_reason(one) for one in route.because],
            }
            for route in story.routes
        ],
    }


def neighbour_record(near: NeighbourInWords) -> dict[str, Any]:
    """Return a neighbour as what JSON can hold."""
    return {
        **near.place.record(),
        "strength": round(near.strength, 4),
        "reasons": [_short(one) for one in near.because],
    }


def rows(story: ExplanationInWords) -> Iterator[tuple[object, ...]]:
    """Yield a row for each piece of evidence of each hop of each reason; direct reasons only, in their order."""
    for number, because in enumerate(story.because, 1):
        short = _short(because)
        for side, paths in (("a", because.ours), ("b", because.theirs)):
            for place, path in enumerate(paths, 1):
                for at, step in enumerate(path, 1):
                    told = _step(step)
                    triple = [told[end][key] for end in _ENDS for key in ("iri", "label")]
                    for proof in told["evidence"] or [{}]:
                        found = [proof.get(name) for name in ("graph", "claim", "modality", "source", "first", "last")]
                        before = [number, short["kind"], short["sentence"], short["counts"], side, place, at]
                        yield (*before, told["direction"], *triple, *found)


def _short(because: ReasonInWords) -> dict[str, Any]:
    return {
        "kind": because.reason.kind,
        "sentence": because.sentence,
        "counts": round(because.reason.counts, 4),
        "thing": because.reason.thing or None,
        "implied": [link.record() for link in because.implied],
    }


def _reason(because: ReasonInWords) -> dict[str, Any]:
    return {
        **_short(because),
        "direct": because.reason.direct,
        "paths": [
            {"of": side, "hops": [_step(step) for step in path]}
            for side, paths in (("a", because.ours), ("b", because.theirs))
            for path in paths
        ],
        "pathsLeftOut": because.left_out,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "subject": step.subject.record(),
        "predicate": step.predicate.record(),
        "object": step.object.record(),
        "direction": "forward" if step.hop.forward else "back",
        "evidence": [_proof(one) for one in step.evidence],
        "unfinished": {iri: status.iri.value for iri, status in step.unfinished.items()},
        "disputed": step.disputed,
    }


def _proof(one: Evidence) -> dict[str, Any]:
    """Return who says so: ``said`` is the claim, the names after it are what stood here in 2026.2."""
    about = {"graph": one.provenance.graph.value, "origin": one.provenance.origin.value}
    if one.claim is None:
        return about
    flat = one.claim.flat()
    before = {name: flat[name] for name in ("claim", "modality", "source", "text")}
    return {**about, "said": one.claim.record(), **before, "first": flat["firstLine"], "last": flat["lastLine"]}
