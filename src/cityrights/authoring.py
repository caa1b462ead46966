"""What people write, written for them: a source, a claim; a claim changed, removed, listed. Nothing there is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from cityrights.check.documents import LONGEST_RUN, check_pointer, first_words, read_document, runs, sentences, standing
from cityrights.check.format import rewrite
from cityrights.check.rules import wrong_path
from cityrights.check.written import PROPERTIES, Files
from cityrights.coverage import ranges
from cityrights.errors import CityrightsError, InputError
from cityrights.home import home, is_instance, listed
from cityrights.instance import SHIPPED
from cityrights.library.names import nearest
from cityrights.licences import licence
from cityrights.pipeline.described import language_iri
from cityrights.pipeline.read import LINES, NUMBERING, WRITTEN, Place, identifier, parse_file
from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH_CLAIMS,
    GRAPH_ENTITIES,
    GRAPH_LABELS,
    ID,
    PREFIXES,
    RDF,
    SKOS,
    XSD,
    iri_of,
    path_of,
    short,
    source_prefixes,
    whole,
)

_IRI: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_DATES: Final = {"%Y-%m-%d": "date", "%Y-%m": "gYearMonth", "%Y": "gYear"}
#: What is said of a source beside its text → its property.
_FACTS: Final = {
    "url": NamedNode(PREFIXES["schema"] + "url"),
    "date": NamedNode(DCTERMS + "issued"),
    "language": NamedNode(DCTERMS + "language"),
    "publisher": NamedNode(DCTERMS + "publisher"),
    "licence": NamedNode(DCTERMS + "license"),
    "numbering": NUMBERING,
}
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TYPE: Final = NamedNode(RDF + "type")
_CREATED: Final = NamedNode(DCTERMS + "created")
#: What a practice says of its claims: the aspects that have a property of that name.
_LINKS: Final = ("challenge", "solution", "takeaway")
#: What every claim says once or more: it can be changed, and not left out.
_NEEDED: Final = ("text", "about", "modality", "aspect")


def editable(place: Path | None = None) -> Path:
    """Return the folder whose files people write: ``place``, else the project's.

    Raises CityrightsError for the resources of an installed package: nothing is ever written there.
    """
    folder = place or home()
    if folder.name == "_resources":
        raise CityrightsError(
            f"{folder} belongs to the installed package and is not for editing; "
            "run this in a checkout, or set CITYRIGHTS_HOME to a folder with ontology, data and queries"
        )
    return folder


@dataclass(frozen=True)
class Draft:
    """What an author knows of a claim: its place, and the values of some of ``PROPERTIES``.

    Things are prefixed names or IRIs, several in one text parted by commas; concepts are slugs. An empty anchor is
    taken from the document.
    """

    place: Place | None = None
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    practice: str = ""
    group: bool = False


@dataclass
class Written:
    """Where a claim stands now: its IRI, what it is called, its file, and what the author has to know or to do next."""

    claim: str
    identifier: str
    path: Path
    notes: list[str] = field(default_factory=list)


def add_source(
    home: Path,
    slug: str,
    document: Path,
    texts: Mapping[str, Mapping[str, str]],
    facts: Mapping[str, str] | None = None,
) -> Path:
    """Write ``data/sources/<slug>/document.trig`` for a new document and return its path.

    ``texts`` maps ``rdfs:label`` and ``dcterms:description`` to their texts by language. ``facts`` may have url, date
    (ISO 8601: a day, month or year), language (ISO 639-1), publisher, licence and numbering (C001). Raises
    CityrightsError when one of them, the slug or the document is not well formed, or is there already.
    """
    target = home / "data" / "sources" / slug / "document.trig"
    if not _SLUG.fullmatch(slug):
        raise InputError(
            target, f"“{slug}” is no slug", repair="use a-z, 0-9 and single hyphens; it never changes later"
        )
    md5, lines = read_document(document)
    known = Files(home).sources()
    if slug in known or target.exists():
        raise InputError(target, f"there is a source “{slug}” already", repair="choose another slug")
    same = next((name for name, there in known.items() if there == md5), None)
    if same is not None:
        raise InputError(document, f"this document is the source “{same}” already", repair="add claims to that one")
    source = NamedNode(f"{ID}source/{slug}")
    entities, labels = NamedNode(GRAPH_ENTITIES), NamedNode(GRAPH_LABELS)
    printed = [number for number, line in enumerate(lines, 1) if line.strip()]
    said: list[tuple[NamedNode, NamedNode | Literal]] = [
        (_TYPE, NamedNode(CR + "Source")),
        (NamedNode(DCTERMS + "format"), Literal("text/plain")),
        (NamedNode(CR + "md5"), Literal(md5)),
        (NamedNode(CR + "lineCount"), Literal(len(lines))),
        (NamedNode(CR + "textLines"), Literal(ranges(printed))),
        (WRITTEN, _today()),
        *((_FACTS[name], _fact(name, text)) for name, text in (facts or {}).items() if text),
    ]
    quads = [Quad(source, predicate, term, entities) for predicate, term in said]
    for name, by_language in texts.items():
        for language, text in by_language.items():
            quads.append(Quad(source, NamedNode(whole(name)), Literal(text, language=language), labels))
    rewrite(target, lambda _: quads)
    return target


def _today() -> Literal:
    return Literal(datetime.now(UTC).date().isoformat(), datatype=NamedNode(XSD + "date"))


def _fact(name: str, text: str) -> NamedNode | Literal:
    """Return what is said of a source as a term; raises CityrightsError for what cannot be said so."""
    match name:
        case "url":
            if not _IRI.fullmatch(text):
                raise CityrightsError(f"--url “{text}”: an address that begins with http:// or https:// was expected")
            return Literal(text, datatype=NamedNode(XSD + "anyURI"))
        case "date":
            kind = next((kind for form, kind in _DATES.items() if _is_date(text, form)), None)
            if kind is None:
                raise CityrightsError(f"--date “{text}” is no date; write 2025-07-03, 2025-07 or 2025")
            return Literal(text, datatype=NamedNode(XSD + kind))
        case "language":
            spoken = language_iri(text)
            if spoken is None:
                raise CityrightsError(f"--language “{text}” is no language; write en, fr, es … (ISO 639-1)")
            return spoken
        case "publisher":
            return thing(text, "")
        case "licence":
            try:
                return NamedNode(licence(text).iri)
            except ValueError as error:
                raise CityrightsError(f"--licence: {error}") from error
    if not re.fullmatch(r"[A-Z]{1,4}0{0,4}1", text):
        raise CityrightsError(f"--numbering “{text}” is no identifier of a first claim; write for example C001")
    return Literal(text)


def _is_date(text: str, form: str) -> bool:
    try:
        return time.strftime(form, time.strptime(text, form)) == text
    except ValueError:
        return False


def add_concept(
    home: Path,
    scheme: str,
    slug: str,
    texts: Mapping[str, Mapping[str, str]],
    others: Sequence[tuple[str, str]] = (),
    broader: str = "",
) -> tuple[str, Path]:
    """Add a concept to a scheme of the vocabulary and return its IRI and its file.

    ``texts`` has its label and its definition by language, ``others`` pairs of a language and another name. In an
    instance the concept is one of its own. Raises CityrightsError or InputError, and changes nothing, when something
    is wrong.
    """
    if not _SLUG.fullmatch(slug):
        raise CityrightsError(f"“{slug}” is no slug; use a-z, 0-9 and single hyphens: it never changes later")
    there: dict[str, Path] = {}
    classes: dict[str, set[NamedNode]] = {}
    for path in listed(home / "ontology" / "schemes", "*.ttl"):
        for quad in parse_file(path, GRAPH_CLAIMS):
            if isinstance(quad.subject, NamedNode) and quad.predicate == _TYPE and isinstance(quad.object, NamedNode):
                there[quad.subject.value] = path
                classes.setdefault(path_of(quad.subject.value).partition("/")[0], set()).add(quad.object)
    schemes = {path_of(iri) for iri in there if "/" not in path_of(iri)}
    if scheme not in schemes:
        near = nearest(scheme, schemes, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CityrightsError(f"there is no scheme “{scheme}”{hint}; there are: {', '.join(sorted(schemes))}")
    own = is_instance(home)
    iri = iri_of(f"{'concept' if own else scheme}/{slug}")
    for known in (iri, iri_of(f"{scheme}/{slug}")):
        if known in there:
            raise CityrightsError(f"there is {short(known)} already, in {there[known]}")
    for what, told in texts.items():
        lacking = [each for each in (("en",) if own else SHIPPED) if not told.get(each)]
        if lacking:
            raise CityrightsError(f"--{what} {lacking[0]}=… is missing: a concept has one in {', '.join(lacking)}")
    above = []
    if broader:
        near_own = iri_of(f"concept/{broader.rpartition(':')[2]}")
        above = [NamedNode(near_own) if near_own in there else _concept(home, scheme, broader)]
    target = home / "ontology" / "schemes" / "own.ttl" if own else there[iri_of(scheme)]
    subject, graph = NamedNode(iri), NamedNode(GRAPH_CLAIMS)
    class_of = [found for found in classes.get(scheme, set()) if found.value.startswith(CR)]
    said: list[tuple[str, NamedNode | Literal]] = [
        *((RDF + "type", each) for each in (NamedNode(SKOS + "Concept"), *class_of)),
        (SKOS + "inScheme", NamedNode(iri_of(scheme))),
        *((SKOS + "prefLabel", Literal(text, language=code)) for code, text in texts["label"].items()),
        *((SKOS + "definition", Literal(text, language=code)) for code, text in texts["definition"].items()),
        *((SKOS + "altLabel", Literal(text, language=code)) for code, text in others),
        *((SKOS + "broader", each) for each in above),
    ]
    if not above:
        said.append((SKOS + "topConceptOf", NamedNode(iri_of(scheme))))
    rewrite(target, lambda before: [*before, *(Quad(subject, NamedNode(name), term, graph) for name, term in said)])
    return iri, target


def new_claim(home: Path, source: str, draft: Draft, path: Path | None = None, document: Path | None = None) -> Written:
    """Add a claim with the next free number to ``path``, a file under ``data/sources/<source>``.

    Without ``path`` it goes where its subjects or the lines near it are spoken of. With ``document`` the lines, the
    anchor and the wording are checked against it. Raises InputError or CityrightsError, and changes nothing, when
    something is wrong.
    """
    files = Files(home)
    md5 = _known(files, source)
    notes: list[str] = []
    place = _checked(draft, source, md5, document, notes)
    if place is None:
        raise CityrightsError("a claim stands somewhere: say its lines, as 12-14 or 12")
    number = files.next_number(source)
    claim = NamedNode(f"{source_prefixes(source)['claim']}{number}")
    quads = _statements(home, source, claim, claim, draft.said)
    if draft.group and sum(quad.predicate.value == CR + "subject" for quad in quads) < 2:
        raise CityrightsError("a group claim is about two or more subjects: give --about for each")
    quads.append(Quad(claim, _TYPE, NamedNode(CR + ("GroupClaim" if draft.group else "Claim")), claim))
    quads.append(Quad(claim, LINES, Literal(str(place)), claim))
    named = NamedNode(f"{ID}source/{source}")
    told = next((quad.object for _, quad in files if (quad.subject, quad.predicate) == (named, WRITTEN)), None)
    if told is not None and told != _today():  # the source's day is not that of this claim
        quads.append(Quad(claim, _CREATED, _today(), claim))
    if draft.practice:
        quads.append(_link(source, claim, draft.practice, draft.said["aspect"][-1]))
    target = path or _home_of(files, source, quads, place)
    folder = (home / "data" / "sources" / source).resolve()
    if target.suffix != ".trig" or folder not in target.resolve().parents:
        raise InputError(target, f"claims of {source} stand in .trig files under {folder}", repair="name a file there")
    rewrite(target, lambda there: [*there, *quads])
    notes += _unknown(files, quads)
    if (
        draft.said["modality"] == ("asserted",)
        and "solution" in draft.said["aspect"]
        and "without-graph" not in draft.said
    ):
        notes.append(f'write what it states into its block, claim:{number}, or say why not: cr:withoutGraph "…"@en')
    ways = {slug: (prefix, width) for slug, (prefix, width, _) in files.numbering().items()}
    return Written(claim.value, identifier(source, number, ways), target, notes)


def edit_claim(home: Path, name: str, draft: Draft, drop: Sequence[str] = (), document: Path | None = None) -> Written:
    """Change what ``draft`` says of the claim ``name``, leave out the properties of ``drop``, keep everything else.

    A place replaces that of its name. Raises CityrightsError or InputError, and changes nothing, when something is
    wrong.
    """
    files = Files(home)
    told = files.find(name)
    for each in drop:
        if each not in PROPERTIES or each in _NEEDED:
            those = ", ".join(name for name in PROPERTIES if name not in _NEEDED)
            raise CityrightsError(f"“{each}” cannot be left out of a claim; these can: {those}")
    notes: list[str] = []
    old = next((each for each in told.places if draft.place is None or each.name == draft.place.name), None)
    new = draft.place
    if new is not None and not new.anchor and old is not None:  # the anchor is one that somebody chose
        kept = replace(new, anchor=old.anchor)
        if document is None or check_pointer(kept, read_document(document)[1]) is None:
            draft = replace(draft, place=kept)
            notes.append(f"the anchor “{old.anchor}” was kept")
        else:
            notes.append(f"the anchor “{old.anchor}” does not stand in {new.range}: first words of that took its place")
    place = _checked(draft, told.source, files.sources().get(told.source, ""), document, notes)
    fresh = _statements(home, told.source, told.claim, told.graph, draft.said)
    gone = {PROPERTIES[each][0] for each in (*draft.said, *drop)}
    if place is not None:
        fresh.append(Quad(told.claim, LINES, Literal(str(place)), told.graph))

    def edited(quad: Quad) -> Quad | None:
        if quad.subject == told.claim and quad.graph_name == told.graph:
            replaced = place is not None and old is not None and quad.object == Literal(str(old))
            return None if quad.predicate.value in gone or (quad.predicate == LINES and replaced) else quad
        if quad.object == told.claim and "aspect" in draft.said and quad.predicate.value in _linking():
            aspect = draft.said["aspect"][-1]
            return Quad(quad.subject, NamedNode(CR + aspect), told.claim, quad.graph_name) if aspect in _LINKS else None
        return quad

    rewrite(told.path, lambda there: [*(new for quad in there if (new := edited(quad)) is not None), *fresh])
    return Written(told.claim.value, told.identifier, told.path, [*notes, *_unknown(files, fresh)])


def remove_claim(home: Path, name: str) -> Written:
    """Remove the claim ``name`` and what it states; its number is never used again.

    Raises CityrightsError, and changes nothing, when another claim or a decision speaks of it.
    """
    files = Files(home)
    told = files.find(name)
    claim, prefix = told.claim, source_prefixes(told.source)["passage"] + str(told.number)
    speaking = (f"<{ID}claim/", f"<{ID}decision/")
    others = [quad.subject for _, quad in files if quad.object == claim and str(quad.subject).startswith(speaking)]
    if others:
        shown = ", ".join(sorted({short(other.value) for other in others if isinstance(other, NamedNode)}))
        raise CityrightsError(f"{told.identifier} is spoken of by {shown}; change or remove that first")

    def theirs(quad: Quad) -> bool:
        own = isinstance(quad.subject, NamedNode) and re.fullmatch(re.escape(prefix) + "(?:-.*)?", quad.subject.value)
        return claim in (quad.subject, quad.object, quad.graph_name) or bool(own)

    gone = [quad for _, quad in files if theirs(quad)]
    kept = [quad for _, quad in files if not theirs(quad)]
    if told.number + 1 == files.next_number(told.source):
        _number_from(files, told.source, told.number + 1)
    for path, quads in files.quads.items():
        if any(theirs(quad) for quad in quads):
            rewrite(path, lambda there: [quad for quad in there if not theirs(quad)])
    return Written(claim.value, told.identifier, told.path, list(_left_alone(gone, kept)))


def _number_from(files: Files, source: str, least: int) -> None:
    """Write down that the source's next claim has at least this number."""
    subject = NamedNode(f"{ID}source/{source}")
    ways = {slug: (prefix, width) for slug, (prefix, width, _) in files.numbering().items()}
    text = identifier(source, least, ways)
    new = Quad(subject, NUMBERING, Literal(text), NamedNode(GRAPH_ENTITIES))
    for path, quads in files.quads.items():
        if any(quad.subject == subject and quad.predicate == _TYPE for quad in quads):
            rewrite(path, lambda there: [*(q for q in there if (q.subject, q.predicate) != (subject, NUMBERING)), new])
            return


def _left_alone(gone: list[Quad], kept: list[Quad]) -> Iterator[str]:
    """Yield what the author has to look at: things that nothing says the class of any more, or nothing speaks of."""
    typed = {quad.subject for quad in kept if quad.predicate == _TYPE}
    spoken: set[object] = set()
    for quad in kept:
        if quad.graph_name != NamedNode(GRAPH_LABELS):
            spoken |= {quad.subject, quad.object}
    named = {quad.subject for quad in kept if quad.graph_name == NamedNode(GRAPH_LABELS)}
    for thing in sorted({quad.subject for quad in gone if quad.predicate == _TYPE}, key=str):
        if isinstance(thing, NamedNode) and thing not in typed and "/claim/" not in thing.value:
            if thing in spoken:
                yield f"nothing says any more what {short(thing.value)} is, and other claims speak of it"
            elif thing in named:
                yield f"nothing speaks of {short(thing.value)} any more: remove its labels"


def _known(files: Files, source: str) -> str:
    """Return the MD5 of a source's document; raises CityrightsError for one that has none."""
    known = files.sources()
    if source not in known:
        near = nearest(source, known, 1)
        hint = f"did you mean {near[0]}? A new one: " if near else ""
        raise CityrightsError(f"there is no source “{source}”; {hint}cityrights source add {source} --title … --file …")
    if not known[source]:
        raise CityrightsError(
            f"“{source}” is an external record without document: its claims have no lines to point to"
        )
    return known[source]


def _checked(draft: Draft, source: str, md5: str, path: Path | None, notes: list[str]) -> Place | None:
    """Return the draft's place, with an anchor; compare it and the wording with the document where that is at hand."""
    place = draft.place
    if path is None:
        if place is not None and not place.anchor:
            raise CityrightsError(
                "a place has an anchor, a few of its words: give --anchor, or --document to take them"
            )
        if place is not None:
            notes.append("the anchor was not checked; to check it: cityrights check --sources DIR")
        return place
    found, lines = read_document(path)
    if found != md5:
        raise InputError(path, f"has the MD5 {found}; that of {source} is {md5 or 'unknown'}")
    if place is not None:
        if not place.anchor:
            place = replace(place, anchor=first_words(standing(place, lines)))
        if not place.anchor and place.last <= len(lines):
            had = f"line {place.first} has {len(sentences(lines[place.first - 1]))} sentences"
            reason = f"there is no {place.range}: {had}" if place.first_sentence else f"nothing stands in {place.range}"
            raise InputError(path, reason, line=place.first, repair="name lines that the claim is drawn from")
        wrong = check_pointer(place, lines)
        if wrong is not None:
            raise InputError(path, wrong[1], line=place.first, repair=wrong[2])
        if place.first == place.last and not place.first_sentence:
            every = sentences(lines[place.first - 1])
            where = next((number for number, one in enumerate(every, 1) if place.anchor in one), 0)
            if len(every) > 1 and where:
                notes.append(f"line {place.first} has {len(every)} sentences; this one alone: {place.first}.{where}")
    for text in (*draft.said.get("text", ()), *draft.said.get("without-graph", ())):
        common = sorted(runs(text) & runs("\n".join(lines)))
        if common:
            reason = f"the text repeats the document: “{' '.join(common[0])}”"
            raise InputError(path, reason, repair=f"say it in other words: at most {LONGEST_RUN} words in common")
    return place


def _statements(
    home: Path, source: str, claim: NamedNode, graph: NamedNode, said: Mapping[str, tuple[str, ...]]
) -> list[Quad]:
    """Return what is said of a claim as quads; raises CityrightsError for a value that is none."""
    found = []
    for name, values in said.items():
        iri, sort = PROPERTIES[name]
        for value in values:
            terms: list[NamedNode | Literal]
            if sort == "text":
                if not value.strip():
                    raise CityrightsError(f"--{name} is empty: say it in a sentence of your own, in English")
                terms = [Literal(value.strip(), language="en")]
            else:
                parts = [part for part in re.split(r"[,\s]+", value) if part]
                if not parts:
                    raise CityrightsError(f"--{name} is empty; to leave it out of a claim: claim edit … --drop {name}")
                terms = [thing(part, source) if sort == "thing" else _concept(home, sort, part) for part in parts]
            found += [Quad(claim, NamedNode(iri), term, graph) for term in terms]
    for name in ("modality", "aspect", "heading"):
        if sum(quad.predicate.value == PROPERTIES[name][0] for quad in found) > 1:
            raise CityrightsError(f"a claim has one {name}: give --{name} once")
    return found


def thing(name: str, source: str) -> NamedNode:
    """Return the thing of a prefixed name or an IRI; raises CityrightsError for what is neither."""
    if name.startswith(("http://", "https://")):
        iri = name
    else:
        prefix, colon, local = name.partition(":")
        known = PREFIXES | source_prefixes(source)
        if not colon or prefix not in known or not local:
            near = nearest(prefix, known, 1)
            hint = f"; did you mean {near[0]}:{local}?" if near and colon else "; write for example city:utrecht"
            raise CityrightsError(f"“{name}” is neither an IRI nor a name with a known prefix{hint}")
        iri = known[prefix] + local
    try:
        node = NamedNode(iri)
    except ValueError as error:
        raise CityrightsError(f"“{name}” is no IRI: {error}") from error
    wrong = wrong_path(iri.removeprefix(ID)) if iri.startswith(ID) else ""
    if wrong:
        raise CityrightsError(f"“{name}”: {wrong}; write for example city:utrecht")
    return node


def _linking() -> frozenset[str]:
    return frozenset(CR + name for name in _LINKS)


def _link(source: str, claim: NamedNode, practice: str, aspect: str) -> Quad:
    if aspect not in _LINKS:
        raise CityrightsError(f"a practice points to challenges, solutions and takeaways, not to “{aspect}”")
    return Quad(thing(practice, source), NamedNode(CR + aspect), claim, claim)


def _home_of(files: Files, source: str, quads: list[Quad], place: Place) -> Path:
    """Return the file for a new claim: that of most claims on its subjects, else of the claim on the nearest line."""
    about = {
        short(q.object.value) for q in quads if isinstance(q.object, NamedNode) and q.predicate.value == CR + "subject"
    }
    there = [told for told in files.claims() if told.source == source]
    counted: dict[Path, int] = {}
    for told in there:
        if about & set(told.said.get("about", ())):
            counted[told.path] = counted.get(told.path, 0) + 1
    if counted:
        return max(counted, key=lambda path: (counted[path], str(path)))
    near = [(abs(each.first - place.first), str(told.path)) for told in there for each in told.places if not each.name]
    return Path(min(near)[1]) if near else files.home / "data" / "sources" / source / "claims.trig"


def _unknown(files: Files, quads: list[Quad]) -> Iterator[str]:
    """Yield each thing that a claim speaks of and no file says the class of, with what may have been meant."""
    typed = files.typed()
    for quad in quads:
        term = quad.object
        if quad.predicate.value in (CR + "subject", CR + "mentions", CR + "saidBy") and isinstance(term, NamedNode):
            kind = term.value.rpartition("/")[0]
            is_concept = path_of(term.value).partition("/")[0] in ("theme", "kind", "target-group", "section")
            if term.value not in typed and not is_concept:
                same = [iri for iri in typed if iri.startswith(kind + "/")]
                near = nearest(term.value, same, 1, 0.9)
                hint = f"; did you mean {short(near[0])}?" if near else ""
                yield f"nothing says yet what {short(term.value)} is: type it in the claim's block, label it{hint}"


def _concept(home: Path, kind: str, name: str) -> NamedNode:
    """Return a concept of a scheme by its slug; raises CityrightsError with the nearest ones when there is none."""
    slug = name.rpartition(":")[2].rpartition("/")[2]
    wanted = iri_of(f"{kind}/")
    there = {
        quad.subject.value.removeprefix(wanted)
        for path in listed(home / "ontology" / "schemes", "*.ttl")
        for quad in parse_file(path, GRAPH_CLAIMS)
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(wanted)
    }
    if slug not in there:
        near = nearest(slug, there)
        hint = f"; near it: {', '.join(near)}" if near else f"; there are: {', '.join(sorted(there))}"
        raise CityrightsError(f"there is no {kind} “{slug}”{hint}")
    return NamedNode(wanted + slug)
