"""The page of each kind of resource: which template, what comes first, and what schema.org calls it.

The first class of a thing that stands in the table decides. Kinds with much of their own are modules beside this one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import flask

from cityrights.coverage import expand
from cityrights.indexes.facets.lists import sort_key
from cityrights.indexes.proximity.telling import name_all
from cityrights.library.pages import ask, shown
from cityrights.resources.description import claim_lines
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import ClaimLine, Description, Link, Statement
from cityrights.terms import Iri, Literal, Row, Term
from cityrights.vocabulary import CR, DCTERMS, PREFIXES, RDF, SKOS
from cityrights_web.responses import once
from cityrights_web.results.table import whole
from cityrights_web.site import Site
from cityrights_web.urls import is_linkable, kind_of, thing_key
from cityrights_web.views.connections import pair_of
from cityrights_web.views.resource import Pointing, View, practice, territory
from cityrights_web.views.resource.told import Institution, Practices, Thing, bearing, chosen, named, practices_of


class Kind(Protocol):
    """What makes the page of one kind of thing: a template, what it shows first, and its schema.org description."""

    @property
    def TEMPLATE(self) -> str: ...  # noqa: N802

    def prepare(self, view: View) -> dict[str, object]: ...

    def schema(self, view: View) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Simple(Thing):
    """A kind whose page begins with a few facts and what points to it: numbers, references, what is known by no class.

    ``lead`` are the properties that point to it, by local name.
    """

    TEMPLATE: str = "things/simple.html"
    lead: tuple[str, ...] = ()

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        return {"facts_first": view.facts(*self.facts), "lead": view.pointers(*self.lead)}


_OF_ALL = (
    "kind", "governs", "place", "country", "memberOf", "cooperatesWith", "approach", "targetGroup", "theme",
    "partnerIn", "formedThrough", "offers",
)  # fmt: skip

GOVERNMENT = Thing(_OF_ALL, "GovernmentOrganization")
ORGANISATION = Thing(_OF_ALL, "Organization")
PARTNERSHIP = Simple(("partner", "partnerIn", "role"), "Role", (("roleName", "role"),))
AWARD = Thing(("awardedTo", "awardedBy", "year", "theme", "targetGroup"), "CreativeWork", (("dateCreated", "year"),))
EVENT = Thing(
    ("start", "end", "recurrence", "setting", "place", "country", "kind", "organiser", "partner", "participantsFrom"),
    "Event",
    (("startDate", "start"), ("endDate", "end")),
)
_INSTRUMENT = ("kind", "place", "country", "targetGroup", "theme", "offers", "partner", "alignedWith")
INSTRUMENT = Thing(_INSTRUMENT, "Legislation")
GUIDE = Thing(_INSTRUMENT, "CreativeWork")
INSTITUTION = Institution((
    "kind", "institutionOf", "place", "country", "partner", "worksWith", "memberOf", "monitors", "offers",
    "targetGroup", "theme", "approach", "replicates", "inspiredBy", "similarTo", "establishedThrough",
    "formedThrough", "follows", "respondsTo",
))  # fmt: skip

OBSERVATION = Simple(
    ("measure", "printed", "comparator", "value", "unit", "of", "date", "dating"),
    "Observation",
    (("observationDate", "date"),),
)

REFERENCE = Simple(("http://schema.org/url",), "WebPage", lead=("reference",))
OTHER = Simple()

PERSON = Thing(("memberOf",), "Person")
HOLDING = Thing(("holder", "role", "at", "post", "date"), "Role", (("roleName", "role"), ("startDate", "date")))


#: Claims on a page; up to so many are put into the order of their documents.
CLAIMS_PAGE, SORTED = 30, 500
_ID: Final = "having"


@dataclass(frozen=True, slots=True)
class ConceptClaims:
    """One page of claims, from number ``first`` on; ``sorted`` says whether they stand in document order."""

    claims: tuple[ClaimLine, ...]
    total: int
    first: int
    sorted: bool
    previous: str | None
    next: str | None
    query: str


def _claims_by_concept(site: Site) -> Mapping[str, int]:
    """Count the claims that have each modality and aspect, by its IRI."""
    return {str(row["concept"]): int(str(row["n"])) for row in site.overview("concept_claims_counts")}


def concept_claims(view: View) -> ConceptClaims | None:
    """Return the page of the claims that has been asked for, the last one where there are not so many; None of none."""
    site, concept = view.layout.site, view.d.iri
    total = once(_claims_by_concept).get(concept.value, 0)
    if not total:
        return None
    in_order = total <= SORTED
    page = min(1 if view.only else view.page, -(-total // CLAIMS_PAGE))
    first = (page - 1) * CLAIMS_PAGE
    limit, offset = (None, 0) if in_order else (CLAIMS_PAGE, first)
    rows = ask(
        site.engine,
        "concept_claims",
        {"concept": concept},
        limit=limit,
        offset=offset,
        language=view.layout.language,
    )
    claims = list(claim_lines(rows, site.vocabulary, view.layout.language).values())

    def turn(to: int) -> str:
        return view.layout.urls.page(view.key, {"page": str(to)}) + f"#{_ID}"

    return ConceptClaims(
        tuple(claims[first : first + CLAIMS_PAGE] if in_order else claims),
        total,
        first + 1,
        in_order,
        turn(page - 1) if page > 1 else None,
        turn(page + 1) if page * CLAIMS_PAGE < total else None,
        shown("concept_claims", {"concept": concept}) + ("" if in_order else f"LIMIT {CLAIMS_PAGE}\n"),
    )


#: Kind of concept → the facet of the practices that has it.
_FACETS: Final = {name: name for name in ("theme", "pillar", "section", "status")} | {"target-group": "target"}
#: How a concept may be matched with one of another vocabulary, the closest first: skos:exactMatch and so on.
MATCHES: Final = ("exact", "close", "broad", "narrow", "related")


class Concept:
    """Themes and the other concepts: what they mean, what lies above and below, and what has them."""

    TEMPLATE = "things/concept.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        matched = {
            name: [item for entry in view.facts(f"{SKOS}{name}Match") for item in entry.statements] for name in MATCHES
        }
        related = matched["related"]
        articles = [item for item in related if item.value.value.startswith(PREFIXES["udhr"])]
        matched["related"] = [item for item in related if not _is_goal(item) and item not in articles]
        lead = view.pointers(
            "theme", "targetGroup", "kind", "status", "pillar", "section", "offers", "approach", "measure"
        )
        # before what points here is taken note of, for it stands on the page twice: as cards, and for researchers
        beside = [each for each in named(view) if each[0] != "city"]
        return {
            "practices": self._practices(view),
            "named": beside,
            "broader": view.facts(SKOS + "broader"),
            "narrower": [card for item in view.pointers("broader") for _, held in item.kinds for card in held],
            "goals": [(item, goal(item)) for item in related if _is_goal(item)],
            "articles": [(item, "") for item in articles],
            "matched": {name: items for name, items in matched.items() if items},
            "facts_first": view.facts(SKOS + "related", SKOS + "scopeNote"),
            "lead": lead,
            "places": places(lead),
            "having": concept_claims(view),
            "definition": view.facts(SKOS + "definition"),
        }

    def _practices(self, view: View) -> Practices:
        """Return the practices that bear the concept, or what the list of practices has of it."""
        found = bearing(view, _FACETS.get(view.kind, ""))
        return found if found is not None else chosen(view, practices_of(view))

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        scheme = view.d.iri.value.rpartition("/")[0]
        return {"@type": "DefinedTerm", "inDefinedTermSet": scheme, "termCode": view.key.rpartition("/")[2]}


def places(lead: tuple[Pointing, ...]) -> list[Link]:
    """Return the places of what has the concept, in the order of their names; what does not exist yet has none."""
    found: dict[str, Link] = {}
    for item in lead:
        for _, held in item.kinds:
            found |= {card.place.iri.value: card.place for card in held if card.place is not None and card.settled}
    return sorted(found.values(), key=lambda link: link.label.value.casefold())


def goal(statement: Statement) -> str:
    """Return the number of a Sustainable Development Goal or target: ``11.1``."""
    return statement.value.value.rstrip("/").rpartition("/")[2]


def _is_goal(statement: Statement) -> bool:
    return statement.value.value.startswith("http://metadata.un.org/sdg/")


class Connection:
    """A derived connection: from where to where, how strong, because of what; what it is made of stands elsewhere."""

    TEMPLATE = "things/connection.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        ends = [view.one(CR + name) for name in ("from", "to")]
        keys = [key for end in ends if end and (key := thing_key(end))]
        return {
            "pair": pair_of(view.layout, keys) if len(keys) == 2 else None,
            "facts_first": view.facts("from", "to", "rank", "strength", "because"),
            "explained": view.layout.urls.connections(keys) if len(keys) == 2 else None,
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        del view
        return {"@type": "Thing"}


class Claim:
    """Claims: the sentence, how it is meant, where it stands, what it states, and who says otherwise."""

    TEMPLATE = "things/claim.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        lines = line_and_conflicts(view)
        line = lines.pop(view.d.iri.value, None)
        before, after = ([], []) if line is None else beside(view, line)
        return {
            "line": line,
            "before": before,
            "after": after,
            "conflicts": list(lines.values()),
            "triples": triples(view),
            "about": view.facts("subject", "mentions", "theme", "targetGroup", "saidBy"),
            "facts_first": view.facts("aspect", "heading", "source", "passage", "reference", "modality"),
            "stated": view.facts("conflictsWith"),
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        sources = [
            {"@type": "CreativeWork", "@id": item.value.value, "name": item.label.value if item.label else ""}
            for item in view.d.values(CR + "source")
        ]
        text = next((str(item.value) for item in view.d.values(CR + "text")), "")
        return {"@type": "Claim", "text": text, "appearance": sources}


class Decision:
    """Decisions of the editors: why, who and when, which claims led to it, and what was decided."""

    TEMPLATE = "things/decision.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        preferred = view.one(CR + "prefers")
        lines = line_and_conflicts(view)
        return {
            "number": view.key.rpartition("/")[2],
            "date": practice.when(view.one(DCTERMS + "date") or "", view.layout.language),
            "by": view.facts("decidedBy"),
            "preferred": lines.pop(preferred, None) if preferred else None,
            "prompts": list(lines.values()),
            "unprompted": view.facts("withoutPrompt", DCTERMS + "date"),
            "triples": triples(view),
            "repeated": view.facts("reason", "promptedBy", "prefers"),
        }

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        return {
            "@type": "CreativeWork",
            "text": view.one(CR + "reason") or "",
            "dateCreated": view.one(DCTERMS + "date"),
        }


@dataclass(frozen=True, slots=True)
class Triple:
    """One statement of the graph of a claim or decision, with labels."""

    subject: Link
    predicate: Link
    value: Iri | Literal
    label: Literal | None


def line_and_conflicts(view: View) -> dict[str, ClaimLine]:
    """Return the claim itself and those that contradict it, or those that led to a decision, by IRI."""
    site, language = view.layout.site, view.layout.language
    rows = ask(site.engine, "claim_line", {"thing": view.d.iri}, language=language)
    return claim_lines(rows, site.vocabulary, language)


#: So many claims are shown before a claim, and after it.
_BESIDE: Final = 2


def beside(view: View, line: ClaimLine) -> tuple[list[ClaimLine], list[ClaimLine]]:
    """Return the claims that stand before one in its document and after it, the nearest next to it."""
    site, language = view.layout.site, view.layout.language
    before, after = site.indexes.search.around(line.iri.value, line.source.iri.value, _BESIDE)
    wanted: list[Term] = [Iri(iri) for iri in (*before, *after)]
    if not wanted:
        return [], []
    rows = ask(site.engine, "source_claims", {"source": line.source.iri}, among=("claim", wanted), language=language)
    told = claim_lines(rows, site.vocabulary, language)
    return [told[iri] for iri in before if iri in told], [told[iri] for iri in after if iri in told]


def triples(view: View) -> list[Triple]:
    """Return what the graph of the claim or decision states."""
    vocabulary, language = view.layout.site.vocabulary, view.layout.language
    rows = ask(view.layout.site.engine, "claim_graph", {"claim": view.d.iri})
    labels = {**gather_labels(rows, "s", "sLabel"), **gather_labels(rows, "o", "oLabel")}
    found: dict[tuple[str, str, str], Triple] = {}
    for row in rows:
        subject, predicate, value = row["s"], row["p"], row["o"]
        found[str(subject), str(predicate), repr(value)] = Triple(
            vocabulary.link(Iri(str(subject)), language, labels.get(str(subject), ())),
            vocabulary.link(Iri(str(predicate)), language),
            value,
            vocabulary.label(value.value, language, labels.get(value.value, ())) if isinstance(value, Iri) else None,
        )
    return sorted(
        found.values(), key=lambda item: (sort_key(item.subject.label.value), sort_key(item.predicate.label.value))
    )


#: Claims of a document on a page; so many at most are known by place and part; documents that are kept in mind.
PAGE, KEPT, _DOCUMENTS = 30, 5_000, 32
#: So many documents are read before anybody asks for them.
_READ: Final = 8
#: Kinds of things that are places, and so what a sentence may be about where.
_PLACES: Final = frozenset({"city", "department", "island", "country"})


@dataclass(frozen=True, slots=True)
class Drawn:
    """A claim as its document has it: where it stands, how firmly it is said, under which heads, about which places."""

    claim: Term
    modality: str
    number: str
    passages: tuple[tuple[int, int], ...]
    parts: frozenset[str]
    places: frozenset[str]


class Documents:
    """What is drawn from the documents that were looked at last; the same in every language."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[str, tuple[Drawn, ...]] = {}

    def first(self) -> list[str]:
        """Return the IRIs of documents whose pages would have to read them, the largest first. Raises as indexes do."""
        held = self._site.indexes.facets.list("sources").iris
        long = sorted((-self._site.indexes.search.claims_in(iri), iri) for iri in held)
        return [iri for n, iri in long if n >= -KEPT][:_READ]

    def of(self, source: Iri) -> tuple[Drawn, ...]:
        """Return the claims of a document in its order."""
        found = self._kept.get(source.value)
        if found is None:
            found = tuple(sorted(_drawn(ask(self._site.engine, "source_drawn", {"source": source})), key=_order))
            if len(self._kept) >= _DOCUMENTS:
                self._kept = {}
            self._kept[source.value] = found
        return found


def _drawn(rows: Sequence[Row]) -> Iterator[Drawn]:
    """Yield a claim for each of those that the rows tell of."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(repr(row["claim"]), []).append(row)
    for held in grouped.values():
        first = held[0]
        pairs = {(whole(row.get("first")), whole(row.get("last"))) for row in held}
        things = {str(row[name]) for row in held for name in ("x", "place") if name in row}
        yield Drawn(
            first["claim"],
            str(first.get("modality", "")),
            str(first.get("number", "")),
            tuple(sorted((begin, end) for begin, end in pairs if begin is not None and end is not None)),
            frozenset(str(row["heading"]) for row in held if "heading" in row),
            frozenset(one for one in things if kind_of(one) in _PLACES),
        )


def _order(drawn: Drawn) -> tuple[int, int, str, str]:
    begin, end = drawn.passages[0] if drawn.passages else (_NOWHERE, _NOWHERE)
    return begin, end, drawn.number.zfill(12), str(drawn.claim)


#: Where what has no lines stands: behind all that has some.
_NOWHERE: Final = 10**9


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of the document or a place: its slug, what it is called, how many sentences, whether it is chosen."""

    slug: str
    label: Literal
    count: int
    chosen: bool


class Source:
    """Documents: what they are, how much of them is told, and each sentence in their order, by part and by place."""

    TEMPLATE = "things/source.html"

    def prepare(self, view: View) -> dict[str, object]:
        """Return what the template shows first."""
        site, source = view.layout.site, view.d.iri
        total = site.indexes.search.claims_in(source.value)
        drawn = once(Documents).of(source) if total <= KEPT else ()
        asked = {name: flask.request.args.get(name, "")[:200] for name in ("part", "place")}
        held = [one for one in drawn if _fits(one, asked)]
        number = len(held) if drawn else total
        last = math.ceil(number / PAGE)
        page = 1 if view.only else view.page
        first = (page - 1) * PAGE
        claims = _lines(view, held[first : first + PAGE]) if drawn else self._far(view, first)
        chosen = {name: text for name, text in asked.items() if text}

        def turn(to: int) -> str:
            return view.layout.urls.page(view.key, {**chosen, "page": str(to)}) + "#s-claims"

        return {
            "facts_first": view.facts(DCTERMS + "publisher", DCTERMS + "date", DCTERMS + "issued"),
            "for_researchers": view.facts("reference", "lineCount"),
            "address": address if is_linkable(address := site.published.address(source.value)) else "",
            "claims": claims,
            "total": len(drawn) if drawn else total,
            "number": number,
            "range": (first + 1, first + len(claims)) if claims else None,
            "parts": _choices(view, drawn, "parts", asked["part"]),
            "places": _choices(view, drawn, "places", asked["place"]),
            "chosen": chosen,
            "modalities": modalities(view, drawn),
            "coverage": coverage(view, drawn),
            "previous": turn(min(page - 1, last)) if page > 1 else None,
            "next": turn(page + 1) if claims and first + len(claims) < number else None,
            "query": shown("source_claims", {"source": source}),
            "hidden": (view.pointers("source"), view.facts("textLines", "md5")),
        }

    @staticmethod
    def _far(view: View, first: int) -> list[ClaimLine]:
        """Return the claims of one page of a very long document."""
        site = view.layout.site
        here: list[Term] = [Iri(claim) for claim in site.indexes.search.claims_of(view.d.iri.value, PAGE, first)]
        language = view.layout.language
        among = ("claim", here)
        rows = ask(site.engine, "source_claims", {"source": view.d.iri}, among=among, language=language) if here else []
        return list(claim_lines(rows, site.vocabulary, language).values())

    def schema(self, view: View) -> dict[str, object]:
        """Return its part of the page's schema.org description."""
        data: dict[str, object] = {"@type": "Report"}
        publishers = [item.label.value for item in view.d.values(DCTERMS + "publisher") if item.label is not None]
        if publishers:
            data["publisher"] = [{"@type": "Organization", "name": name} for name in publishers]
        return data


def _fits(drawn: Drawn, asked: Mapping[str, str]) -> bool:
    """Say whether a claim stands in the part and is about the place that were chosen, each by its slug."""
    held = {"part": drawn.parts, "place": drawn.places}
    return all(not slug or any(one.rpartition("/")[2] == slug for one in held[name]) for name, slug in asked.items())


def _lines(view: View, drawn: Sequence[Drawn]) -> list[ClaimLine]:
    """Return claims as they are shown, in their order; those that have no address are found among all."""
    site, source = view.layout.site, view.d.iri
    named: list[Term] = [one.claim for one in drawn if ":" in str(one.claim)]
    among = ("claim", named) if len(named) == len(drawn) else None
    language = view.layout.language
    rows = ask(site.engine, "source_claims", {"source": source}, among=among, language=language) if drawn else []
    told = claim_lines(rows, site.vocabulary, language)
    return [told[str(one.claim)] for one in drawn if str(one.claim) in told]


def _choices(view: View, drawn: Sequence[Drawn], name: str, slug: str) -> list[Choice]:
    """Return what may be chosen: parts in the order of the document, places by their names."""
    counted = Counter(one for each in drawn for one in sorted(getattr(each, name)))
    site, language = view.layout.site, view.layout.language
    links = name_all(site.engine, site.vocabulary, counted, language)
    held = [
        Choice(key, links[iri].label, n, key == slug) for iri, n in counted.items() for key in (iri.rpartition("/")[2],)
    ]
    return held if name == "parts" else sorted(held, key=lambda one: sort_key(one.label.value))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many lines of the document hold text, and how many of those the claims speak of."""

    lines: int
    covered: int


def modalities(view: View, drawn: Sequence[Drawn]) -> list[tuple[Link, int]]:
    """Return how the claims are meant, the most frequent way first."""
    counted = Counter(one.modality for one in drawn)
    vocabulary, language = view.layout.site.vocabulary, view.layout.language
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [(vocabulary.link(Iri(iri), language), n) for iri, n in ordered if iri]


def coverage(view: View, drawn: Sequence[Drawn]) -> Coverage | None:
    """Return the coverage, each passage of a claim counted; None where nothing says which lines hold text."""
    try:
        text = set(expand(view.one(CR + "textLines") or ""))
    except ValueError:
        return None
    told = {line for one in drawn for first, last in one.passages for line in range(first, last + 1)}
    return Coverage(len(text), len(text & told)) if text else None


CONCEPT, CONNECTION, CLAIM, SOURCE = Concept(), Connection(), Claim(), Source()
DECISION = Decision()

_BY_CLASS: dict[str, Kind] = {
    "Claim": CLAIM, "GroupClaim": CLAIM, "Source": SOURCE, "Practice": practice, "Body": INSTITUTION,
    "Figure": INSTITUTION, "Institution": INSTITUTION, "City": territory, "Department": territory,
    "Island": territory, "Country": territory, "Region": territory, "Territory": territory, "Theme": CONCEPT,
    "TargetGroup": CONCEPT, "Kind": CONCEPT, "Pillar": CONCEPT, "Status": CONCEPT, "Modality": CONCEPT,
    "Aspect": CONCEPT, "Section": CONCEPT, "Measure": CONCEPT, "Person": PERSON, "Holding": HOLDING, "Event": EVENT,
    "Award": AWARD, "Observation": OBSERVATION, "Population": OBSERVATION, "Instrument": INSTRUMENT,
    "LocalGovernment": GOVERNMENT, "GovernmentGroup": GOVERNMENT, "Association": ORGANISATION,
    "Organisation": ORGANISATION, "Network": ORGANISATION, "Partnership": PARTNERSHIP, "Reference": REFERENCE,
    "Connection": CONNECTION, "Decision": DECISION,
}  # fmt: skip


def page_of(description: Description) -> Kind:
    """Return what makes the page of the thing described."""
    names = [link.iri.value.removeprefix(CR) for link in description.types]
    kind = next((_BY_CLASS[name] for name in names if name in _BY_CLASS), OTHER)
    if kind is INSTRUMENT and not _is_law(description):
        return GUIDE
    return kind


def _is_law(description: Description) -> bool:
    law = PREFIXES["eli"] + "LegalResource"
    return any(item.value.value == law for item in description.values(RDF + "type"))
