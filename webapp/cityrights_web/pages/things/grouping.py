"""How the statements about a thing are laid out: which properties belong together, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cityrights.describe import Description, Link, Statement
from cityrights.namespaces import CR, DCTERMS, PREFIXES, RDF, RDFS, SKOS

_SCHEMA, _OWL, _WGS, _GN = PREFIXES["schema"], PREFIXES["owl"], PREFIXES["wgs"], PREFIXES["gn"]

#: Group (a field of Strings after ``group_``) and its properties, in the order of the page.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("what", (RDF + "type", *(CR + name for name in (
        "status", "kind", "section", "pillar", "approach", "characterisedAs", "offers", "setting", "monitors", "role",
        "aspect", "modality", "replicates", "similarTo")), SKOS + "broader", SKOS + "definition", SKOS + "scopeNote")),
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
    ("figures", tuple(CR + name for name in ("of", "printed", "value", "comparator", "unit"))),
    ("evidence", tuple(CR + name for name in (
        "source", "passage", "heading", "firstLine", "lastLine", "anchor", "subject", "mentions", "conflictsWith",
        "withoutGraph"))),
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
        if predicate not in _ELSEWHERE and predicate not in shown:
            found.setdefault(_group_of(statement), {}).setdefault(predicate, []).append(statement)
    names = [name for name, _ in GROUPS] + ["other", "standard"]
    return tuple(Group(name, tuple(_entries(found[name]))) for name in names if name in found)


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


def by_label(statement: Statement) -> tuple[str, str]:
    """Sort key: what a reader is shown of the value, then the value."""
    shown = statement.label.value if statement.label is not None else statement.value.value
    return shown.casefold(), statement.value.value
