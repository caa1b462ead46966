"""Skeletons for people who write data: a new source, a new claim with its passage. Nothing there is lost."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeGuard

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from cityrights.check.documents import LONGEST_RUN, check_pointer, lines_of, runs
from cityrights.check.format import canonical_text, format_file, head_of, source_of
from cityrights.coverage import ranges
from cityrights.errors import CityrightsError, InputError
from cityrights.home import home
from cityrights.library.names import nearest
from cityrights.pipeline.read import inputs, parse_file
from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH_CLAIMS,
    GRAPH_ENTITIES,
    GRAPH_LABELS,
    ID,
    PREFIXES,
    RDF,
    RDFS,
    source_prefixes,
)

_OA: Final = PREFIXES["oa"]
_RFC5147: Final = NamedNode("http://tools.ietf.org/rfc/rfc5147")
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LINKS = frozenset({"challenge", "solution", "takeaway"})


def replace(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, then rename it into place (atomic, POSIX.1-2017)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        Path(name).chmod(path.stat().st_mode if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def add_quads(path: Path, quads: Iterable[ox.Quad]) -> None:
    """Add quads to a TriG file, or begin it with them; what stands there stays.

    Raises InputError for a file that is not in canonical form, whose comments would be lost, and for one that cannot
    be read.
    """
    new = list(quads)
    if not path.exists():
        replace(path, canonical_text(new, trig=True, source=source_of(path, new)))
        return
    if path.read_bytes().decode("utf-8") != format_file(path):
        raise InputError(
            path,
            "is not in canonical form, so that adding to it could lose comments",
            repair=f"cityrights format {path}",
        )
    every = [*parse_file(path), *new]
    head = head_of(path.read_bytes().decode("utf-8"))
    replace(path, canonical_text(every, trig=True, source=source_of(path, every), head=head))


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


def passage_iri(source: str, slug: str) -> NamedNode:
    """Return the IRI of the passage ``slug`` (its number, usually that of its claim) of the source ``source``."""
    return NamedNode(source_prefixes(source)["passage"] + slug)


def fragment(first: int, last: int, md5: str) -> str:
    """Return the fragment for the lines ``first`` to ``last`` (from 1, both included) of a file with this MD5.

    RFC 5147, section 2.2.2, counts the gaps between lines from 0: line 51 lies between the positions 50 and 51. The
    integrity check of section 2.4 is ``md5=`` and 32 hexadecimal digits; readers that check it know the file changed.
    Raises ValueError for an empty range or something that is not an MD5 digest.
    """
    if not 1 <= first <= last:
        raise ValueError(f"lines {first}-{last}: the first line is at least 1 and not after the last")
    if not _MD5.fullmatch(md5.lower()):
        raise ValueError(f"{md5!r} is not an MD5 digest: 32 hexadecimal digits were expected")
    return f"line={first - 1},{last};md5={md5.lower()}"


def passage_quads(source: str, slug: str, first: int, last: int, anchor: str, md5: str) -> list[Quad]:
    """Return the quads, in ``graph:claims``, of one passage and its two Web Annotation selectors.

    ``source`` is the source's slug, ``slug`` the passage's, ``first`` and ``last`` lines counted from 1 as printed,
    ``anchor`` a few words that stand in them and ``md5`` the digest of the source's file. Raises ValueError for an
    impossible range, digest or anchor. https://www.w3.org/TR/annotation-model/#selectors
    """
    if not anchor.strip():
        raise ValueError(f"passage {slug} of {source}: the anchor is empty; take a few words from the lines")
    passage = passage_iri(source, slug)
    lines, quote = NamedNode(passage.value + "-lines"), NamedNode(passage.value + "-quote")
    document = NamedNode(f"{ID}source/{source}")
    a, selector = NamedNode(RDF + "type"), NamedNode(_OA + "hasSelector")
    graph = NamedNode(GRAPH_CLAIMS)
    return [
        Quad(passage, a, NamedNode(CR + "Passage"), graph),
        Quad(passage, NamedNode(CR + "source"), document, graph),
        Quad(passage, NamedNode(CR + "firstLine"), Literal(first), graph),
        Quad(passage, NamedNode(CR + "lastLine"), Literal(last), graph),
        Quad(passage, NamedNode(CR + "anchor"), Literal(anchor), graph),
        Quad(passage, NamedNode(_OA + "hasSource"), document, graph),
        Quad(passage, selector, lines, graph),
        Quad(passage, selector, quote, graph),
        Quad(lines, a, NamedNode(_OA + "FragmentSelector"), graph),
        Quad(lines, NamedNode(DCTERMS + "conformsTo"), _RFC5147, graph),
        Quad(lines, NamedNode(RDF + "value"), Literal(fragment(first, last, md5)), graph),
        Quad(quote, a, NamedNode(_OA + "TextQuoteSelector"), graph),
        Quad(quote, NamedNode(_OA + "exact"), Literal(anchor), graph),
    ]


@dataclass(frozen=True)
class Document:
    """The file of a source: its path, the MD5 of its bytes and its lines (from 1 in the graph, from 0 here)."""

    path: Path
    md5: str
    lines: list[str] = field(repr=False)


def read_document(path: Path) -> Document:
    """Read a source's text; raises InputError when it cannot be read or is not UTF-8."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"byte {error.start} is not UTF-8", line, "save the document as UTF-8 text") from error
    return Document(path, hashlib.md5(content, usedforsecurity=False).hexdigest(), lines_of(text))


def sources(home: Path) -> dict[str, str]:
    """Return the slug of every source of ``home`` with the MD5 of its document, empty for external records."""
    found: dict[str, str] = {}
    for item in inputs(home):
        if item.graph is None:
            for quad in parse_file(item.path):
                if not isinstance(quad.subject, ox.NamedNode) or not quad.subject.value.startswith(ID + "source/"):
                    continue
                slug = quad.subject.value.removeprefix(ID + "source/")
                if quad.predicate.value == RDF + "type":
                    found.setdefault(slug, "")
                elif quad.predicate.value == CR + "md5" and isinstance(quad.object, ox.Literal):
                    found[slug] = quad.object.value
    return found


def add_source(
    home: Path,
    slug: str,
    document: Path,
    titles: dict[str, str],
    *,
    publisher: str = "",
    descriptions: dict[str, str] | None = None,
) -> Path:
    """Write ``data/sources/<slug>/document.trig`` for a new document and return its path.

    ``titles`` maps a language to the source's label, ``descriptions`` to a sentence about it; ``publisher`` is an IRI.
    Raises InputError when the slug or the document is there already, or is not well formed.
    """
    target = home / "data" / "sources" / slug / "document.trig"
    if not _SLUG.fullmatch(slug):
        raise InputError(
            target, f"“{slug}” is no slug", repair="use a-z, 0-9 and single hyphens; it never changes later"
        )
    read = read_document(document)
    known = sources(home)
    if slug in known or target.exists():
        raise InputError(target, f"there is a source “{slug}” already", repair="choose another slug")
    same = next((name for name, md5 in known.items() if md5 == read.md5), None)
    if same is not None:
        raise InputError(document, f"this document is the source “{same}” already", repair="add claims to that one")
    add_quads(target, _source_quads(slug, read, titles, publisher, descriptions or {}))
    return target


def _source_quads(
    slug: str, document: Document, titles: dict[str, str], publisher: str, descriptions: dict[str, str]
) -> list[ox.Quad]:
    source = ox.NamedNode(f"{ID}source/{slug}")
    entities, labels = ox.NamedNode(GRAPH_ENTITIES), ox.NamedNode(GRAPH_LABELS)
    printed = [number for number, line in enumerate(document.lines, 1) if line.strip()]
    quads = [
        ox.Quad(source, ox.NamedNode(RDF + "type"), ox.NamedNode(CR + "Source"), entities),
        ox.Quad(source, ox.NamedNode(DCTERMS + "format"), ox.Literal("text/plain"), entities),
        ox.Quad(source, ox.NamedNode(CR + "md5"), ox.Literal(document.md5), entities),
        ox.Quad(source, ox.NamedNode(CR + "lineCount"), ox.Literal(len(document.lines)), entities),
        ox.Quad(source, ox.NamedNode(CR + "textLines"), ox.Literal(ranges(printed)), entities),
    ]
    if publisher:
        quads.append(ox.Quad(source, ox.NamedNode(DCTERMS + "publisher"), ox.NamedNode(publisher), entities))
    for language, title in titles.items():
        quads.append(ox.Quad(source, ox.NamedNode(RDFS + "label"), ox.Literal(title, language=language), labels))
    for language, description in descriptions.items():
        text = ox.Literal(description, language=language)
        quads.append(ox.Quad(source, ox.NamedNode(DCTERMS + "description"), text, labels))
    return quads


@dataclass(frozen=True)
class Draft:
    """What an author knows of a claim; terms are prefixed names or IRIs, ``first`` and ``last`` lines from 1."""

    source: str
    first: int
    last: int
    anchor: str
    text: str
    subjects: tuple[str, ...]
    modality: str = "asserted"
    aspect: str = "solution"
    mentions: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    target_groups: tuple[str, ...] = ()
    practice: str = ""
    without_graph: str = ""
    group: bool = False


@dataclass
class Written:
    """Where a new claim went: its IRI and number, its file, and what the author has to know or to do next."""

    claim: str
    number: int
    path: Path
    notes: list[str] = field(default_factory=list)


def new_claim(home: Path, draft: Draft, path: Path, document: Path | None = None) -> Written:
    """Add a claim with the next free number to ``path``, a file under ``data/sources/<source>``.

    With ``document`` the lines, the anchor and the wording are checked against it. Raises InputError or
    CityrightsError, and changes nothing, when something is wrong.
    """
    if draft.group and len(set(draft.subjects)) < 2:
        raise CityrightsError("a group claim is about two or more subjects: give --subject for each")
    known = sources(home)
    _check_place(home, draft.source, path, known)
    md5 = known[draft.source]
    if document is not None:
        _check_document(draft, read_document(document), md5)
    every = [quad for item in inputs(home) if item.path.suffix == ".trig" for quad in parse_file(item.path)]
    number = next_number(draft.source, every)
    claim = ox.NamedNode(f"{source_prefixes(draft.source)['claim']}{number}")
    typed = {quad.subject.value for quad in every if _named(quad.subject) and quad.predicate.value == RDF + "type"}
    quads = _claim_quads(home, draft, claim, _identifier(draft.source, number, every))
    quads += passage_quads(draft.source, str(number), draft.first, draft.last, draft.anchor, md5)
    add_quads(path, quads)
    written = Written(claim.value, number, path)
    if document is None:
        written.notes.append("the anchor was not checked; to check it: cityrights check --sources DIR")
    unknown = [name for name in (*draft.subjects, *draft.mentions) if expand(name, draft.source) not in typed]
    written.notes += [f"nothing says yet what {name} is: type it in the claim's graph, label it" for name in unknown]
    if draft.modality == "asserted" and draft.aspect == "solution" and not draft.without_graph:
        written.notes.append(f'write what it asserts: claim:{number} {{ … }}, or say why not: cr:withoutGraph "…"@en')
    return written


def next_number(source: str, quads: list[ox.Quad]) -> int:
    """Return the number after the highest of the source's claims and passages: numbers are never used again."""
    path = re.compile(re.escape(ID) + rf"(?:claim|passage)/{re.escape(source)}/([0-9]{{1,9}})")
    terms = (term for quad in quads for term in (quad.subject, quad.object, quad.graph_name))
    found = (path.match(term.value) for term in terms if isinstance(term, ox.NamedNode))
    return max((int(match.group(1)) for match in found if match), default=0) + 1


def expand(name: str, source: str) -> str:
    """Return the IRI of a prefixed name, or the IRI itself; raises CityrightsError for an unknown prefix."""
    if name.startswith(("http://", "https://")):
        return name
    prefix, colon, local = name.partition(":")
    known = PREFIXES | source_prefixes(source)
    if not colon or prefix not in known or not local:
        near = nearest(prefix, known, 1)
        hint = f"; did you mean {near[0]}:{local}?" if near and colon else "; write for example city:utrecht"
        raise CityrightsError(f"“{name}” is neither an IRI nor a name with a known prefix{hint}")
    return known[prefix] + local


def _check_place(home: Path, source: str, path: Path, known: dict[str, str]) -> None:
    if source not in known:
        near = nearest(source, known, 1)
        hint = f"did you mean {near[0]}? A new one: " if near else ""
        raise CityrightsError(f"there is no source “{source}”; {hint}cityrights source add {source} --title … --file …")
    if not known[source]:
        raise CityrightsError(
            f"“{source}” is an external record without document: its claims have no lines to point to"
        )
    folder = (home / "data" / "sources" / source).resolve()
    if path.suffix != ".trig" or folder not in path.resolve().parents:
        raise InputError(path, f"claims of {source} stand in .trig files under {folder}", repair="name a file there")


def _check_document(draft: Draft, document: Document, md5: str) -> None:
    if document.md5 != md5:
        raise InputError(document.path, f"has the MD5 {document.md5}; that of {draft.source} is {md5}")
    wrong = check_pointer(draft.first, draft.last, draft.anchor, document.lines)
    if wrong is not None:
        raise InputError(document.path, wrong[1], line=draft.first, repair=wrong[2])
    common = sorted(runs(draft.text) & runs("\n".join(document.lines)))
    if common:
        reason = f"the text repeats the document: “{' '.join(common[0])}”"
        raise InputError(document.path, reason, repair=f"say it in other words: at most {LONGEST_RUN} words in common")


def _claim_quads(home: Path, draft: Draft, claim: ox.NamedNode, identifier: str) -> list[ox.Quad]:
    def terms(names: tuple[str, ...]) -> list[ox.NamedNode]:
        return [ox.NamedNode(expand(name, draft.source)) for name in names]

    def concepts(kind: str, names: tuple[str, ...]) -> list[ox.NamedNode]:
        return [_concept(home, kind, name) for name in names]

    pairs: list[tuple[str, list[ox.NamedNode] | list[ox.Literal]]] = [
        (RDF + "type", [ox.NamedNode(CR + ("GroupClaim" if draft.group else "Claim"))]),
        (DCTERMS + "identifier", [ox.Literal(identifier)]),
        (CR + "source", [ox.NamedNode(f"{ID}source/{draft.source}")]),
        (CR + "passage", [passage_iri(draft.source, claim.value.rpartition("/")[2])]),
        (CR + "modality", concepts("modality", (draft.modality,))),
        (CR + "aspect", concepts("aspect", (draft.aspect,))),
        (CR + "text", [ox.Literal(draft.text, language="en")]),
        (CR + "subject", terms(draft.subjects)),
        (CR + "mentions", terms(draft.mentions)),
        (CR + "theme", concepts("theme", draft.themes)),
        (CR + "targetGroup", concepts("target-group", draft.target_groups)),
        (CR + "withoutGraph", [ox.Literal(draft.without_graph, language="en")] if draft.without_graph else []),
    ]
    graph = ox.NamedNode(GRAPH_CLAIMS)
    quads = [ox.Quad(claim, ox.NamedNode(name), value, graph) for name, values in pairs for value in values]
    if draft.practice:
        if draft.aspect not in _LINKS:
            raise CityrightsError(f"a practice points to challenges, solutions and takeaways, not to “{draft.aspect}”")
        (practice,) = terms((draft.practice,))
        quads.append(ox.Quad(practice, ox.NamedNode(CR + draft.aspect), claim, graph))
    return quads


def _concept(home: Path, kind: str, name: str) -> ox.NamedNode:
    """Return a concept of a scheme by its slug; raises CityrightsError with the nearest ones when there is none."""
    slug = name.rpartition(":")[2].rpartition("/")[2]
    wanted = f"{ID}{kind}/"
    there = {
        quad.subject.value.removeprefix(wanted)
        for path in sorted((home / "ontology" / "schemes").glob("*.ttl"))
        for quad in parse_file(path, GRAPH_CLAIMS)
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(wanted)
    }
    if slug not in there:
        near = nearest(slug, there)
        hint = f"; near it: {', '.join(near)}" if near else f"; there are: {', '.join(sorted(there))}"
        raise CityrightsError(f"there is no {kind} “{slug}”{hint}")
    return ox.NamedNode(wanted + slug)


def _identifier(source: str, number: int, quads: list[ox.Quad]) -> str:
    """Continue the source's own manner of numbering (A010), or begin with its slug."""
    claims = source_prefixes(source)["claim"]
    for quad in quads:
        if (
            quad.predicate.value == DCTERMS + "identifier"
            and _named(quad.subject)
            and isinstance(quad.object, ox.Literal)
        ):
            match = re.fullmatch(r"([A-Z]+)([0-9]+)", quad.object.value)
            if match and quad.subject.value.startswith(claims):
                return f"{match.group(1)}{number:0{len(match.group(2))}d}"
    return f"{source}-{number}"


def _named(term: object) -> TypeGuard[ox.NamedNode]:
    return isinstance(term, ox.NamedNode)
