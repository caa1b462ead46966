"""/ontology: every term with its meaning, and the diagram of classes; the vocabulary's graph for programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import Final
from xml.sax.saxutils import escape

import flask

from cityrights.indexes.facets.lists import sort_key
from cityrights.library.names import Names, is_iri
from cityrights.library.pages import ask, shown
from cityrights.resources.document import convert, graph_document
from cityrights.resources.schema import read_shapes
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain
from cityrights.versions import kept
from cityrights.vocabulary import BASE, CR, DCTERMS, GRAPH_VOCABULARY, OWL, PREFIXES, RDF, RDFS, SKOS, VOCABULARY
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    licences,
    once_in_each_language,
    see_other,
    spoken_urls,
)
from cityrights_web.urls import Urls
from cityrights_web.views.citing import ontology_signposts
from cityrights_web.views.dataset import shapes_folder
from cityrights_web.views.identity import meant_by
from cityrights_web.views.resource.practice import when
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import choose
from sparqlgate.http.problems import Problem, not_acceptable, not_found

ONTOLOGY: Final = VOCABULARY + "ontology"
_SCHEMA: Final = PREFIXES["schema"]
_FEATURES: Final = ("TransitiveProperty", "SymmetricProperty", "FunctionalProperty", "InverseFunctionalProperty")


@dataclass(frozen=True, slots=True)
class Name:
    """A term as others refer to it: its IRI, how it is written, whether it is described on the page."""

    iri: str
    short: str
    own: bool

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return self.iri.rpartition("#")[2]


@dataclass(frozen=True)
class Meaning:
    """One term: what the vocabulary says of it (``said``), and how often the graph uses it (None: never counted)."""

    name: Name
    is_class: bool
    label: Literal
    definition: Literal
    example: str
    notes: tuple[Literal, ...]
    features: tuple[str, ...]
    domain: tuple[Name, ...]
    range: tuple[Name, ...]
    branch: tuple[Name, ...]
    above: tuple[Name, ...]
    inverse: tuple[Name, ...]
    see: tuple[Name, ...]
    disjoint: tuple[Name, ...]
    uses: int | None

    @cached_property
    def query(self) -> str:
        """A query that shows ten of its uses."""
        pattern = f"?thing a {self.name.short}" if self.is_class else f"?thing {self.name.short} ?value"
        chosen = "?thing ?label" if self.is_class else "?thing ?label ?value"
        return (
            f"PREFIX cr: <{CR}>\nPREFIX rdfs: <{RDFS}>\n\nSELECT {chosen} WHERE {{\n  {pattern} .\n"
            '  OPTIONAL { ?thing rdfs:label ?label FILTER (LANG(?label) = "en") }\n}\nLIMIT 10\n'
        )


@dataclass(frozen=True, slots=True)
class Branch:
    """A class and those below it."""

    name: Name
    label: Literal
    below: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A list of concepts."""

    iri: str
    label: Literal
    definition: Literal
    concepts: tuple[tuple[str, Literal], ...]


def read_terms(layout: Layout) -> list[Meaning]:
    """Return every term of the ontology in the order of the names."""
    engine = layout.site.engine
    held: defaultdict[str, defaultdict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(engine, "ontology_statements", {"ontology": Iri(ONTOLOGY)}):
        held[str(row["term"])][str(row["p"])].append(row["o"])
    uses = {str(row["term"]): int(str(row["n"])) for row in ask(engine, "ontology_usage")}
    found = [_meaning(iri, said, frozenset(held), uses.get(iri), layout.language) for iri, said in held.items()]
    return sorted(found, key=lambda meaning: meaning.name.anchor.casefold())


def _meaning(
    iri: str, said: defaultdict[str, list[Term]], own: frozenset[str], uses: int | None, language: str
) -> Meaning:
    chain = fallback_chain(language)

    def words(predicate: str) -> Literal:
        found = best_label((value for value in said[predicate] if isinstance(value, Literal)), chain)
        return found or Literal("")

    def names(*predicates: str) -> tuple[Name, ...]:
        iris = {value.value for predicate in predicates for value in said[predicate] if isinstance(value, Iri)}
        return tuple(sorted((name(one, own) for one in iris), key=lambda item: (not item.own, item.short.casefold())))

    types = {str(value).removeprefix(OWL) for value in said[RDF + "type"]}
    note = words(SKOS + "scopeNote")
    return Meaning(
        name(iri, own),
        "Class" in types,
        words(RDFS + "label") if said[RDFS + "label"] else Literal(iri.rpartition("#")[2]),
        words(SKOS + "definition"),
        words(SKOS + "example").value,
        (note,) if note.value else (),
        tuple(feature for feature in _FEATURES if feature in types),
        names(RDFS + "domain", _SCHEMA + "domainIncludes"),
        names(RDFS + "range", _SCHEMA + "rangeIncludes"),
        names(CR + "branch"),
        names(RDFS + "subClassOf", RDFS + "subPropertyOf", OWL + "equivalentClass", OWL + "equivalentProperty"),
        names(OWL + "inverseOf"),
        names(RDFS + "seeAlso"),
        names(OWL + "disjointWith"),
        uses,
    )


def name(iri: str, own: frozenset[str] = frozenset()) -> Name:
    """Return how a term is written: with its prefix where it has a known one."""
    for prefix, base in PREFIXES.items():
        rest = iri[len(base) :]
        if iri.startswith(base) and rest and "/" not in rest and "#" not in rest:
            return Name(iri, f"{prefix}:{rest}", iri in own)
    return Name(iri, iri, iri in own)


def hierarchy(classes: Iterable[Meaning]) -> tuple[Branch, ...]:
    """Return the classes as trees, the most general at the top; one with two parents stands under both."""
    listed = {meaning.name.iri: meaning for meaning in classes}
    below: defaultdict[str, list[str]] = defaultdict(list)
    for iri, meaning in listed.items():
        for parent in meaning.above:
            if parent.iri in listed:
                below[parent.iri].append(iri)

    def branch(iri: str, seen: frozenset[str]) -> Branch:
        children = tuple(branch(child, seen | {iri}) for child in below[iri] if child not in seen)
        return Branch(listed[iri].name, listed[iri].label, children)

    return tuple(
        branch(iri, frozenset()) for iri, one in listed.items() if not any(up.iri in listed for up in one.above)
    )


def read_schemes(layout: Layout) -> list[Scheme]:
    """Return the lists of concepts in the order of their names."""
    chain = fallback_chain(layout.language)
    names: defaultdict[str, list[Literal]] = defaultdict(list)
    definitions: defaultdict[str, list[Literal]] = defaultdict(list)
    concepts: defaultdict[str, defaultdict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(layout.site.engine, "ontology_schemes"):
        scheme = str(row["scheme"])
        for variable, texts in (("name", names[scheme]), ("definition", definitions[scheme])):
            if isinstance(value := row.get(variable), Literal):
                texts.append(value)
        if "concept" in row and isinstance(label := row.get("label"), Literal):
            concepts[scheme][str(row["concept"])].append(label)

    def best(held: list[Literal]) -> Literal:
        return best_label(held, chain) or Literal("")

    found = [
        Scheme(
            scheme,
            best(names[scheme]),
            best(definitions[scheme]),
            tuple(
                sorted(
                    ((iri, best(held)) for iri, held in concepts[scheme].items()),
                    key=lambda one: sort_key(one[1].value),
                )
            ),
        )
        for scheme in names
        if names[scheme]
    ]
    return sorted(found, key=lambda scheme: sort_key(scheme.label.value))


#: Where the middle of each class stands.
PLACES: Final[Mapping[str, tuple[int, int]]] = {
    "Source": (110, 45), "Passage": (400, 45), "Claim": (700, 45),
    "Theme": (110, 185), "Practice": (400, 185), "TargetGroup": (700, 185),
    "Actor": (110, 270), "LocalGovernment": (110, 347), "Territory": (715, 347),
    "Kind": (95, 470), "Institution": (310, 470), "Instrument": (510, 470), "Event": (715, 470),
}  # fmt: skip
#: From, property (none where the one is a kind of the other), to, and how far along the line its name stands.
JOINS: Final = (
    ("Claim", "passage", "Passage", 0.5),
    ("Passage", "source", "Source", 0.5),
    ("Claim", "subject", "Practice", 0.5),
    ("Practice", "theme", "Theme", 0.5),
    ("Practice", "targetGroup", "TargetGroup", 0.5),
    ("Practice", "implementedBy", "Actor", 0.5),
    ("Practice", "place", "Territory", 0.5),
    ("LocalGovernment", "", "Actor", 0.5),
    ("LocalGovernment", "governs", "Territory", 0.5),
    ("Practice", "establishes", "Institution", 0.74),
    ("Practice", "adopts", "Instrument", 0.74),
    ("Practice", "organises", "Event", 0.8),
    ("Institution", "kind", "Kind", 0.5),
)
_HALF: Final = (86, 22)
_STYLE: Final = """
svg { --paper: #fcfbf8; --panel: #f3f1ea; --ink: #1b2422; --soft: #55605c; --accent: #0b5f5a }
@media (prefers-color-scheme: dark) { svg { --paper: #131817; --panel: #1c2322; --ink: #e6ebe8; --soft: #a3afaa;
  --accent: #7cd3c6 } }
rect { fill: var(--panel); stroke: var(--accent); stroke-width: 1.5 }
.ground { fill: var(--paper); stroke: none }
.main rect { stroke-width: 3 }
text { font: 15px system-ui, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink);
  text-anchor: middle; dominant-baseline: central }
g text { font-weight: 600; font-size: 14px }
line { stroke: var(--soft); stroke-width: 1.25; marker-end: url(#end) }
.kind { stroke-dasharray: 5 4 }
marker path { fill: var(--soft) }
.join { font-size: 13px; fill: var(--soft); paint-order: stroke;
  stroke: var(--paper); stroke-width: 6px; stroke-linejoin: round }
"""


def draw(labels: Mapping[str, str], title: str) -> bytes:
    """Return the drawing as SVG; ``labels`` name classes and properties, and what is not in it is left out."""
    joins = [join for join in JOINS if all(name in labels for name in join[:3] if name)]
    lines = "".join(_line(PLACES[one], PLACES[two], bool(name)) for one, name, two, _ in joins)
    names = "".join(_name(labels[name], PLACES[one], PLACES[two], along) for one, name, two, along in joins if name)
    boxes = "".join(_box(name, labels[name]) for name in PLACES if name in labels)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 810 515" role="img" aria-labelledby="title">'
        f'<title id="title">{escape(title)}</title><style>{_STYLE}</style>'
        '<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 10 5 0 10z"/></marker></defs>'
        f'<rect class="ground" width="810" height="515"/>{lines}{boxes}{names}</svg>\n'
    ).encode()


def _box(name: str, label: str) -> str:
    x, y = PLACES[name]
    width, height = _HALF
    kind = ' class="main"' if name == "Practice" else ""
    return (
        f'<g{kind}><rect x="{x - width}" y="{y - height}" width="{2 * width}" height="{2 * height}" rx="7"/>'
        f'<text x="{x}" y="{y}">{escape(label)}</text></g>'
    )


def _edge(of: tuple[int, int], to: tuple[int, int]) -> tuple[float, float]:
    """Where the line from the middle of a box to ``to`` leaves the box, with a little room."""
    across, down = to[0] - of[0], to[1] - of[1]
    scale = min(_HALF[0] / abs(across) if across else 9.0, _HALF[1] / abs(down) if down else 9.0)
    room = 3 / hypot(across, down)
    return of[0] + across * (scale + room), of[1] + down * (scale + room)


def _line(one: tuple[int, int], two: tuple[int, int], named: bool) -> str:
    (x1, y1), (x2, y2) = _edge(one, two), _edge(two, one)
    kind = "" if named else ' class="kind"'
    return f'<line{kind} x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _name(label: str, one: tuple[int, int], two: tuple[int, int], along: float) -> str:
    (x1, y1), (x2, y2) = _edge(one, two), _edge(two, one)
    lift = -11 if y1 == y2 else 0
    x, y = x1 + (x2 - x1) * along, y1 + (y2 - y1) * along + lift
    return f'<text class="join" x="{x:.1f}" y="{y:.1f}">{escape(label)}</text>'


_NAME_OF_AGENT: Final = PREFIXES["foaf"] + "name"
_SVG: Final = Format("SVG", "image/svg+xml", "svg")
#: The drawing is a document of its own: it may have its style sheet and nothing else.
_ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def _address(urls: Urls, extension: str) -> str:
    return urls.plain(f"/ontology.{extension}")


def ontology() -> flask.Response:
    site = current_site()
    layout, urls = current_layout(), Urls(public=site.settings.public_url)
    chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, *formats.GRAPHS))
    links = [(_address(urls, form.extension), "alternate", form.media_type) for form in formats.GRAPHS]
    if chosen is None:
        people = f"{formats.HTML.media_type} ({urls.site('/ontology')})"
        raise not_acceptable([people, *(f"{kind} ({target})" for target, _, kind in links)])
    if chosen is not formats.HTML:
        return see_other(_address(urls, chosen.extension), links)
    terms = once_in_each_language(read_terms)
    classes = [term for term in terms if term.is_class]
    having: defaultdict[str, list[Name]] = defaultdict(list)
    for term in terms:
        for of in () if term.is_class else term.domain:
            having[of.iri].append(term.name)
    shapes = read_shapes(shapes_folder()) if terms else ()
    made = _made(layout)
    body = layout.render(
        "ontology.html",
        groups=[
            ("classes", layout.words.ontology_classes, classes),
            ("properties", layout.words.ontology_properties, [term for term in terms if not term.is_class]),
        ],
        tree=hierarchy(classes),
        schemes=read_schemes(layout),
        shapes=shapes,
        having=having,
        shaped={shape.target: shape.name for shape in shapes},
        aligned=[(one, [(form.name, _aligned(urls, one, form)) for form in formats.GRAPHS]) for one in _alignments()],
        prefixes=_prefixes(terms),
        short=name,
        iri=ONTOLOGY,
        version=made.version,
        made=made,
        files=[(form.name, _address(urls, form.extension)) for form in formats.GRAPHS],
        query=shown("ontology_statements", {"ontology": Iri(ONTOLOGY)}),
    )
    signs = ontology_signposts(site, site.settings.public_url).at_page
    response = html(body, [(ONTOLOGY, "describes", ""), *links, *signs, *licences()])
    response.headers["Vary"] = "Accept"
    return response


def ontology_data(extension: str) -> flask.Response:
    site, form = current_site(), formats.BY_EXTENSION.get(extension)
    urls = Urls(public=site.settings.public_url)
    if form is None and (meant := meant_by(extension)) is not None:
        return see_other(_address(urls, meant.extension), vary="")
    if form is None or form not in formats.GRAPHS:
        raise not_found(
            "The ontology is not offered in this format.",
            available=[_address(urls, one.extension) for one in formats.GRAPHS],
        )
    body = graph_document(site.engine, GRAPH_VOCABULARY, form.media_type)
    signs = ontology_signposts(site, site.settings.public_url)
    links = [(ONTOLOGY, "describes", ""), (urls.site("/ontology"), "alternate", "text/html"), *signs.at_file]
    return data(body, form, [*links, *signs.at_description])


def diagram() -> flask.Response:
    layout = current_layout()
    labels = {term.name.anchor: term.label.value for term in once_in_each_language(read_terms)}
    response = data(draw(labels, layout.words.linked.ontology_diagram), _SVG)
    response.headers["Content-Security-Policy"] = _ALONE
    return response


def alignment(name: str) -> flask.Response:
    """Lead to how the ontology stands to another vocabulary: people to its page, programs to the triples."""
    _alignment(name)
    urls = spoken_urls()
    chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, *formats.GRAPHS))
    if chosen is None:
        raise not_acceptable([f"{one.media_type} ({_aligned(urls, name, one)})" for one in formats.GRAPHS])
    page = f"{urls.site('/ontology')}#alignment-{name}"
    return see_other(page if chosen is formats.HTML else _aligned(urls, name, chosen))


def alignment_data(name: str, extension: str) -> flask.Response:
    form = formats.BY_EXTENSION[extension]
    urls = Urls(public=current_site().settings.public_url)
    others = [(_aligned(urls, name, one), "alternate", one.media_type) for one in formats.GRAPHS if one is not form]
    links = [(f"{ONTOLOGY}/alignments/{name}", "describes", ""), *others]
    return data(convert(_alignment(name), form.media_type), form, links)


def _alignment(name: str) -> str:
    """Return an alignment in Turtle."""
    if name not in _alignments():
        raise not_found("There is no alignment of this name.", available=_alignments())
    return (shapes_folder().parent / "alignments" / f"{name}.ttl").read_text("utf-8")


def _alignments() -> list[str]:
    """Return the names of the vocabularies that the ontology is aligned with."""
    return sorted(path.stem for path in (shapes_folder().parent / "alignments").glob("*.ttl"))


def _aligned(urls: Urls, name: str, form: Format) -> str:
    return urls.plain(f"/ontology/alignments/{name}.{form.extension}")


def versioned(version: str) -> flask.Response:
    """Lead to the present version, or to an earlier one in a version of the data that is kept and has it.

    One whose data are gone is given as RDF; of others it is said that they were. No text is given for another's.
    """
    site = current_site()
    said = [(str(row["p"]), row["o"]) for row in ask(site.engine, "thing_statements", {"thing": Iri(ONTOLOGY)})]
    current = min((str(value) for p, value in said if p == OWL + "versionInfo"), default="")
    address = Urls(public=site.settings.public_url).site("/ontology")
    if current and version == current:
        return see_other(address, vary="")
    earlier = {str(value).rpartition("/")[2]: "" for p, value in said if p == OWL + "priorVersion"}
    directory = site.folder.parent
    known = kept.known(directory, served=site.version).values() if kept.is_number(version) else ()
    holding = kept.with_ontology(version, known)
    if holding is not None:
        return see_other(Urls(public=site.home).at(holding.digest).site("/ontology"), vary="")
    text = kept.ontology_kept(directory, version)
    if text is not None:
        form = choose(flask.request.headers.get("Accept"), formats.GRAPHS) or formats.TURTLE
        response = data(convert(text.read_text("utf-8"), form.media_type), form)
        response.headers["Vary"] = "Accept"
        return response
    notes = [value for p, value in said if p == SKOS + "historyNote" and getattr(value, "language", "") == "en"]
    earlier |= {number: note for note in map(str, notes) if (number := note.partition(",")[0]) != current}
    if version in earlier:
        told = f" ({earlier[version].rstrip('.')})" if earlier[version] else ""
        raise Problem(
            410,
            "gone",
            f"{version} is an earlier version of the ontology{told}. Its text is no longer here: the present version "
            f"is {current}, at {address}, which tells the changes; earlier texts stand in the repository's history.",
            {"iri": f"{ONTOLOGY}/{version}", "isReplacedBy": f"{ONTOLOGY}/{current}"},
        )
    names = Names(site.engine)
    if is_iri(CR + version) and names.has(CR + version):  # a term, whose IRI has a # in place of the slash
        return see_other(f"{address}#{version}", vary="")
    words = [one.removeprefix("cr:") for one in names.near(CR + version)]
    near = {"near": [{"label": word, "page": f"{address}#{word}"} for word in words]} if words else {}
    raise not_found(
        f"This site has the ontology in version {current or 'unknown'} and knows no version {version!r}.", **near
    )


@dataclass(frozen=True, slots=True)
class Made:
    """What the ontology says of itself, in the language of the page: each is empty where it says nothing."""

    version: str
    title: str
    by: str
    date: str
    changes: tuple[str, ...]


def _made(layout: Layout) -> Made:
    said: defaultdict[str, list[Term]] = defaultdict(list)
    for row in ask(layout.site.engine, "thing_statements", {"thing": Iri(ONTOLOGY)}):
        said[str(row["p"])].append(row["o"])
    chain = fallback_chain(layout.language)
    title = best_label((one for one in said[DCTERMS + "title"] if isinstance(one, Literal)), chain)
    makers = [one for one in said[DCTERMS + "creator"] if isinstance(one, Iri)]
    told = [row for one in makers for row in ask(layout.site.engine, "thing_statements", {"thing": one})]
    names = dict.fromkeys(str(row["o"]) for row in told if str(row["p"]) == _NAME_OF_AGENT)
    dates = sorted(str(one) for one in said[DCTERMS + "modified"])
    changes = {str(one) for one in said[SKOS + "historyNote"] if getattr(one, "language", "") == layout.language}
    return Made(
        min(map(str, said[OWL + "versionInfo"]), default=""),
        title.value if title else "",
        ", ".join(names),
        when(dates[-1], layout.language) if dates else "",
        tuple(sorted(changes, reverse=True)),
    )


def _prefixes(terms: Iterable[Meaning]) -> list[tuple[str, str]]:
    """Return the prefixes that the terms and their neighbours are written with, and that of each kind of thing."""
    written = {one.short.partition(":")[0] for term in terms for one in (term.name, *term.above, *term.see)}
    return [
        (prefix, iri) for prefix, iri in PREFIXES.items() if prefix in written or iri.startswith((BASE, VOCABULARY))
    ]
