"""What the page of a resource has to choose from: statements in groups, claims, incoming links; how to cite it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from cityrights.indexes.facets import LISTS, TOGETHER
from cityrights.resources.dataset import CITED_AS, Citation, citation, yaml_text
from cityrights.resources.description import PAGE
from cityrights.resources.model import UNSETTLED, AboutLine, Card, Description, Incoming, Link, Statement
from cityrights.vocabulary import CR, DCTERMS, GRAPH_DERIVED, PREFIXES, RDF, RDFS, SKOS
from cityrights_web.layout import Layout
from cityrights_web.urls import kind_of
from cityrights_web.views.together import Together, together
from sparqlgate.errors import SnapshotError
from sparqlgate.http.formats import Format

_SCHEMA, _OWL, _WGS = PREFIXES["schema"], PREFIXES["owl"], PREFIXES["wgs"]

#: Group (a field of Strings after ``group_``) and its properties, in the order of the page.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("what", (RDF + "type", *(CR + name for name in (
        "status", "kind", "section", "pillar", "approach", "characterisedAs", "offers", "setting", "monitors", "role",
        "aspect", "modality", "replicates", "inspiredBy", "similarTo")),
        SKOS + "broader", SKOS + "definition", SKOS + "scopeNote")),
    ("where", tuple(CR + name for name in ("place", "within", "country", "participantsFrom"))),
    ("who", tuple(CR + name for name in (
        "implementedBy", "institutionOf", "organiser", "partner", "funder", "worksWith", "cooperatesWith", "partnerIn",
        "memberOf", "governs", "governedBy", "holder", "at", "post", "awardedTo", "awardedBy", "saidBy"))),
    ("whom", (CR + "targetGroup",)),
    ("themes", (CR + "theme", SKOS + "relatedMatch", SKOS + "related")),
    ("made", tuple(CR + name for name in (
        "establishes", "establishedThrough", "adopts", "organises", "follows", "formedThrough", "respondsTo",
        "alignedWith"))),
    ("when", tuple(CR + name for name in ("start", "end", "recurrence", "year", "date", "dating"))),
    ("figures", tuple(CR + name for name in ("measure", "of", "printed", "value", "comparator", "unit"))),
    ("evidence", tuple(CR + name for name in (
        "source", "describedIn", "passage", "heading", "firstLine", "lastLine", "anchor", "subject", "mentions",
        "conflictsWith", "withoutGraph", "promptedBy", "withoutPrompt", "prefers", "decidedBy"))),
    ("identifiers", (
        CR + "reference", _SCHEMA + "url", _SCHEMA + "email", DCTERMS + "identifier", CR + "iso3166", CR + "m49",
        CR + "containingSubdivision", CR + "geonamesId", CR + "wikidataId", CR + "md5",
        _WGS + "lat", _WGS + "long", _OWL + "sameAs", SKOS + "exactMatch", SKOS + "closeMatch", RDFS + "seeAlso",
        SKOS + "notation")),
    ("names", (RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", DCTERMS + "description", CR + "untranslated")),
)  # fmt: skip

#: Shown elsewhere on the page, or a mere repetition of something that is shown.
_ELSEWHERE = frozenset({
    CR + "challenge", CR + "solution", CR + "takeaway", CR + "text", CR + "about",
})  # fmt: skip

_PLACE = {predicate: (group, rank) for group, predicates in GROUPS for rank, predicate in enumerate(predicates)}


#: Kinds of things that sentences on several governments name, and by which facet.
_TOGETHER = {
    "city": "place", "department": "place", "island": "place", "country": "country", "region": "region",
    "theme": "theme", "target-group": "target", "kind": "kind",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One property and the statements with it."""

    predicate: Link
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the page: ``name`` is the field of Strings after ``group_``."""

    name: str
    entries: tuple[Entry, ...]


def group(description: Description, shown: Collection[str] = ()) -> tuple[Group, ...]:
    """Sort the statements into groups; what rules merely repeat in other vocabularies comes last, as ``standard``.

    Properties whose IRIs are in ``shown`` are left out: they stand further up on the page.
    """
    found: dict[str, dict[str, list[Statement]]] = {}
    for statement in description.statements:
        predicate = statement.predicate.iri.value
        if predicate not in _ELSEWHERE and predicate not in shown and not repeats(statement):
            found.setdefault(_group_of(statement), {}).setdefault(predicate, []).append(statement)
    names = [name for name, _ in GROUPS] + ["other", "standard"]
    return tuple(Group(name, tuple(_entries(found[name]))) for name in names if name in found)


def repeats(statement: Statement) -> bool:
    """Say whether a property of ours only repeats what one below it says more exactly: works with, beside partner."""
    graphs = {item.provenance.graph.value for item in statement.evidence}
    return statement.predicate.iri.value.startswith(CR) and graphs == {GRAPH_DERIVED + "superproperties"}


def exact_first(items: Iterable[Incoming]) -> list[Incoming]:
    """Return what points to a thing, by properties that have more exact ones below them last: those tell it better."""
    return sorted(items, key=lambda item: item.predicate.iri.local_name in ("worksWith", "inspiredBy"))


def _group_of(statement: Statement) -> str:
    predicate = statement.predicate.iri.value
    value = getattr(statement.value, "value", "")
    if predicate == RDF + "type" and not (value.startswith(CR) and not statement.derived_only):
        return "standard"
    if predicate in _PLACE:
        return _PLACE[predicate][0]
    return "other" if predicate.startswith(CR) and not statement.derived_only else "standard"


def _entries(held: dict[str, list[Statement]]) -> Iterable[Entry]:
    for predicate in sorted(held, key=lambda iri: (_PLACE.get(iri, ("", 999))[1], iri)):
        statements = sorted(held[predicate], key=by_label)
        yield Entry(statements[0].predicate, tuple(statements))


def by_label(statement: Statement) -> tuple[bool, str, str]:
    """Sort key: what the editors prefer to another value first, then what a reader is shown of the value."""
    shown = statement.label.value if statement.label is not None else statement.value.value
    return not statement.preferred, shown.casefold(), statement.value.value


#: Kinds of things that point here, the most telling first; the others follow.
ORDER = (
    "practice", "institution", "instrument", "event", "network", "award", "observation", "population", "government",
    "organisation", "city", "department", "island", "country", "region",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pointing:
    """Things of one kind that point here with one property, and the page of them that is shown."""

    predicate: Link
    total: int
    first: int
    last: int
    kinds: tuple[tuple[str, tuple[Card, ...]], ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """What one document says: its claims in its order."""

    source: Link
    lines: tuple[AboutLine, ...]


@dataclass
class View:
    """A thing on its page. What :meth:`facts`, :meth:`pointers` and :meth:`told` give out is not shown again below."""

    layout: Layout
    d: Description
    key: str
    page: int = 1
    only: str | None = None
    _shown: set[str] = field(default_factory=set)
    _pointed: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """The first part of the key: ``city``; nothing for things of other people's data."""
        return kind_of(self.d.iri.value)

    def facts(self, *names: str) -> tuple[Entry, ...]:
        """Return the statements with these properties: local names of ours, or whole IRIs."""
        found = []
        for predicate in (name if ":" in name else CR + name for name in names):
            held = [item for item in self.d.values(predicate) if not repeats(item)]
            if held and predicate not in self._shown:
                self._shown.add(predicate)
                found.append(Entry(held[0].predicate, tuple(sorted(held, key=by_label))))
        return tuple(found)

    def pointers(self, *names: str) -> tuple[Pointing, ...]:
        """Return what points here with these properties (local names), in the order of the names."""
        by_name = {item.predicate.iri.local_name: item for item in self.d.incoming}
        chosen = [by_name[name] for name in names if name in by_name and name not in self._pointed]
        self._pointed |= set(names)
        return tuple(self._pointing(item) for item in self._once(chosen))

    def _once(self, items: Iterable[Incoming]) -> Iterator[Incoming]:
        """Leave out what already stands among the statements, or in one of the items before."""
        told = {statement.value.value for statement in self.d.statements}
        for item in items:
            cards = tuple(card for card in item.cards if card.thing.iri.value not in told)
            told |= {card.thing.iri.value for card in cards}
            if item.total > len(item.cards):
                yield item  # pages of it follow, so that its count must stay
            elif cards:
                yield replace(item, cards=cards, total=len(cards))

    def told(self, link: str) -> tuple[AboutLine, ...]:
        """Return the claims that this property (its local name) joins to the thing."""
        lines = tuple(line for line in self.d.claims if link in line.links and line.claim.iri.value not in self._told)
        return self.tell(lines)

    def tell(self, lines: Iterable[AboutLine]) -> tuple[AboutLine, ...]:
        """Take note that these claims stand on the page, and return them."""
        held = tuple(lines)
        self._told |= {line.claim.iri.value for line in held}
        return held

    @cached_property
    def together(self) -> Together | None:
        """What is said of several governments together that names the thing, or one below it; None for nothing.

        What stands here is not told again below.
        """
        facet = LISTS[TOGETHER].facet(_TOGETHER.get(self.kind, ""))
        if facet is None:
            return None
        try:
            found = together(self.layout, {facet.name: [facet.key(self.d.iri.value)]})
        except SnapshotError:  # a snapshot that was built without lists
            return None
        self._told |= {one.claim.iri.value for one in found.said}
        return found if found.said else None

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The claims that stand nowhere else on the page, document by document."""
        held: defaultdict[Link, list[AboutLine]] = defaultdict(list)
        for line in self.d.claims:
            if line.claim.iri.value not in self._told:
                held[line.claim.source].append(line)
        ordered = sorted(held.items(), key=lambda item: (-len(item[1]), item[0].iri.value))
        return tuple(Document(source, tuple(lines)) for source, lines in ordered)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The statements that stand nowhere else on the page."""
        return group(self.d, self._shown)

    @cached_property
    def others(self) -> tuple[Pointing, ...]:
        """What points here and stands nowhere else on the page."""
        left = (item for item in exact_first(self.d.incoming) if item.predicate.iri.local_name not in self._pointed)
        return tuple(self._pointing(item) for item in self._once(left))

    @property
    def standing(self) -> str | None:
        """``underway`` or ``planned`` for what does not exist yet, ``ended`` for what is no more."""
        told = (*UNSETTLED, "ended")
        return next((slug for item in self.d.values(CR + "status") if (slug := _slug(item)) in told), None)

    @property
    def chips(self) -> tuple[Statement, ...]:
        """What stands beneath the name: status, kind, place."""
        return tuple(item for name in ("status", "kind", "place") for item in self.d.values(CR + name))

    def one(self, predicate: str) -> str | None:
        """Return the value of the first statement with this property, as text."""
        return next((item.value.value for item in self.d.values(predicate)), None)

    def _pointing(self, item: Incoming) -> Pointing:
        name = item.predicate.iri.local_name
        here = self.page if self.only in (None, name) else 1
        first, last = (here - 1) * PAGE + 1, min(here * PAGE, item.total)

        def turn(to: int) -> str:
            return self.layout.urls.page(self.key, {"by": name, "page": str(to)}) + f"#by-{name}"

        return Pointing(
            item.predicate,
            item.total,
            first,
            last,
            by_kind(item.cards),
            turn(here - 1) if here > 1 else None,
            turn(here + 1) if last < item.total else None,
        )


def by_kind(cards: Iterable[Card]) -> tuple[tuple[str, tuple[Card, ...]], ...]:
    """Sort cards by the kind of thing, the most telling kind first."""
    kinds: defaultdict[str, list[Card]] = defaultdict(list)
    for card in cards:
        kinds[kind_of(card.thing.iri.value)].append(card)
    return tuple((kind, tuple(kinds[kind])) for kind in sorted(kinds, key=rank))


def rank(kind: str) -> tuple[int, str]:
    """Sort key of a kind."""
    return (ORDER.index(kind) if kind in ORDER else len(ORDER), kind)


def _slug(statement: Statement) -> str:
    return statement.value.value.rpartition("/")[2]


def cited(layout: Layout, key: str, title: str, iri: str, version: str) -> Citation:
    """Return the citation of what ``layout`` serves; a version that is a release is told by its name, day and DOI.

    Data of others name who made or publishes them, and their licence; those that name nobody go by their name.
    """
    site = layout.site
    built = site.manifest.get("built")
    if layout.is_shipped:
        made = citation(key, title, iri, version, built)
        release = site.release
        return made.released(release.name, release.date.isoformat(), release.doi) if release else made
    told = site.dataset_description
    authors = tuple(one.name(layout.language) for one in told.creators or told.publishers)
    licence = next((address for address, _ in layout.licences(short=True) if address), "")
    said = f"license-url: {yaml_text(licence)}" if licence else ""
    return citation(key, title, iri, version, built, authors or (layout.name,), said)


def cited_thing(view: View) -> Citation:
    """Return the citation of a thing; that of a claim says its sentence, too."""
    made = cited(view.layout, view.key, view.d.label.value, view.d.iri.value, view.layout.site.short)
    if view.d.is_a(CR + "Claim") and view.d.summary is not None:
        return replace(made, abstract=view.d.summary.value)
    return made


_TYPES: Final = {
    "apa": Format("APA", "text/plain", "txt", ("text/x-bibliography",)),
    "bibtex": Format("BibTeX", "application/x-bibtex", "bib", ("text/x-bibtex",)),
    "ris": Format("RIS", "application/x-research-info-systems", "ris"),
    "csl": Format("CSL JSON", "application/vnd.citationstyles.csl+json", "json"),
    "cff": Format("CFF", "text/yaml", "cff", ("application/yaml", "application/x-yaml")),
}
#: By file extension, the format and what writes it.
FORMATS: Final[dict[str, tuple[Format, Callable[[Citation], str]]]] = {
    form.extension: (form, CITED_AS[name]) for name, form in _TYPES.items()
}
#: The formats that no data have, so that a name that is asked for one of them leads to its citation.
CITATIONS: Final = tuple(_TYPES[name] for name in ("bibtex", "ris", "csl"))
