"""/about, /releases, /asking, /accessibility, /privacy, /corrections: what this is, how to ask, how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

import flask
from markdown_it import MarkdownIt
from markupsafe import Markup

from cityrights.instance import instance
from cityrights.library.pages import ask, title_of_dataset
from cityrights.library.queries import LibraryQuery, nearest, with_prefixes
from cityrights.resources.labels import Vocabulary, gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal
from cityrights.versions import archive
from cityrights.versions import kept as versions
from cityrights.versions.releases import Release
from cityrights.vocabulary import BASE, ID, LANGUAGE
from cityrights_web.layout import Layout
from cityrights_web.responses import current_layout, current_site, html, missing, once_in_each_language
from cityrights_web.structured import released
from cityrights_web.views.ontology import read_terms
from sparqlgate.errors import EngineUnavailable
from sparqlgate.http.formats import GRAPHS
from sparqlgate.http.problems import bad_request

#: Notes are the editors' own; what would be HTML in them is shown as it is written.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


def about() -> flask.Response:
    site = current_site()
    layout = current_layout()
    if not layout.is_shipped:
        return html(layout.render("foreign/about.html", told=site.dataset_description))
    try:
        words, kept = site.vocabulary, True
    except EngineUnavailable:  # a store that is down takes no page with it that can do without
        words, kept = Vocabulary({}, {}), False
    response = html(layout.render("about.html", vocabulary=words, contact=site.settings.contact))
    if not kept:
        response.headers["Cache-Control"] = "no-store"
    return response


def releases() -> flask.Response:
    """Tell of each release: what is new, what it is made of, its files, and how it is cited."""
    layout = current_layout()
    if not layout.is_shipped:
        raise missing(layout.words.releases.none)
    title = title_of_dataset(layout.site.overview("dataset_title"), layout.first) or layout.name
    known = versions.known(layout.site.folder.parent, released(), layout.site.version)
    body = layout.render(
        "releases.html",
        releases=[(one, noted(one, layout.language), archive.citation(title, one)) for one in released()],
        held={version.digest for version in known.values() if version.folder},
    )
    described = [(layout.urls.plain(f"/dataset.{form.extension}"), "describedby", form.media_type) for form in GRAPHS]
    return html(body, described)


def noted(release: Release, language: str) -> tuple[str, Markup]:
    """Return the language in which the notes of a release are told, that of the page or English, and the notes."""
    spoken = language if language in release.notes else LANGUAGE
    tokens = _MARKDOWN.parse(release.notes[spoken])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):  # below that of the release
            token.tag = "h3"
    return spoken, Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def asking() -> flask.Response:
    layout = current_layout()
    labels = {term.name.anchor: term.label.value for term in once_in_each_language(read_terms) if term.is_class}
    body = layout.render(
        "asking.html",
        drawing=Markup(draw(labels, layout)),
        questions=[(query, asked(query, layout.language)) for query in layout.site.asking],
        traps=TRAPS,
    )
    return html(body)


def asked(query: LibraryQuery, language: str) -> str:
    """Return a query of the guide with its labels in a language, as it can be sent: with its prefixes."""
    return with_prefixes(query.spoken(nearest(language)))


#: Trap → what to write: a query or the patterns of one. Their words are ``asking.traps`` in the catalogues.
TRAPS: Final[Mapping[str, str]] = {
    "trees": "?practice cr:theme/skos:broader* theme:equality",
    "branches": "?practice a cr:Practice ; cr:offers kind:sheltering",
    "within": "?city a cr:City ; cr:within+ region:europe",
    "three": "?practice cr:implementedBy ?government . ?government cr:governs ?city",
    "languages": '?practice a cr:Practice ; rdfs:label ?name FILTER(LANG(?name) = "en")',
    "unfinished": "?institution a cr:Institution ; cr:status status:in-place",
    "partners": "?thing cr:worksWith ?partner",
    "measures": "?number cr:of city:terrassa ; cr:measure measure:population",
    "dates": '?event a cr:Event ; cr:start ?start FILTER(STRSTARTS(STR(?start), "2025"))',
    "groups": "?claim a cr:GroupClaim ; cr:subject government:lyon",
    "passages": "SELECT ?claim (GROUP_CONCAT(DISTINCT STR(?line)) AS ?lines) "
    "{ ?claim cr:passage/cr:firstLine ?line } GROUP BY ?claim",
    "counts": "SELECT (COUNT(DISTINCT ?practice) AS ?n) { GRAPH ?witness { ?practice a cr:Practice } }",
    "str": "SELECT ?city (GROUP_CONCAT(STR(?practice)) AS ?practices) { ?practice cr:place ?city } GROUP BY ?city",
    "disputed": "?claim cr:conflictsWith ?other . OPTIONAL { ?decision cr:prefers ?claim }",
    "decided": "GRAPH ?witness { ?practice cr:pillar ?pillar } ?witness a cr:Decision",
}
#: Where the middle of each class stands in the drawing; it is as wide as a telephone.
PLACES: Final[Mapping[str, tuple[int, int]]] = {
    "Territory": (64, 30), "Actor": (316, 30), "Practice": (190, 136),
    "Institution": (64, 238), "Instrument": (190, 238), "Event": (316, 238),
    "Holding": (64, 330), "Award": (190, 330), "Observation": (316, 330),
    "Claim": (53, 528), "Decision": (145, 528),
}  # fmt: skip
#: From, property, to: nothing where that may be any class above; then where its name stands.
JOINS: Final = (
    ("Actor", "governs", "Territory", (190, 22)),
    ("Practice", "place", "Territory", (124, 86)),
    ("Practice", "implementedBy", "Actor", (268, 77)),
    ("Practice", "worksWith", "Actor", (268, 92)),
    ("Practice", "establishes", "Institution", (104, 182)),
    ("Practice", "adopts", "Instrument", (190, 199)),
    ("Practice", "organises", "Event", (276, 182)),
    ("Holding", "at", "Institution", (88, 286)),
    ("Award", "awardedTo", "", (240, 292)),
    ("Observation", "of", "", (340, 292)),
)
#: The properties that lead to concepts, as they stand in the lines of their box.
LISTED: Final = (("theme", "targetGroup", "kind"), ("offers", "approach", "setting"), ("status", "pillar", "measure"))
_HALF: Final = (60, 22)
_QUOTED: Final = {'"': "&quot;"}


def draw(labels: Mapping[str, str], layout: Layout) -> str:
    """Return the drawing of the model as SVG for a page, which has its styles; ``labels`` name the classes."""
    words = layout.words.asking
    parts = [
        *_lines(),
        _frame(376, 96, words.lists),
        _frame(478, 122, f"{words.witnesses}{layout.words.colon} GRAPH ?witness {{ … }}"),
    ]
    parts += [_text(190, 420 + 20 * row, "  ".join(f"cr:{each}" for each in line)) for row, line in enumerate(LISTED)]
    named = {**labels, "Holding": words.role}
    parts += [_box(named.get(name, name), f"cr:{name}", at, name) for name, at in PLACES.items()]
    parts += [_box(words.data_set, "", (237, 528)), _box(words.rule, "", (329, 528))]
    parts += [_text(53, 563, "cr:text"), _text(145, 563, "cr:reason"), _text(281, 563, "dcterms:provenance")]
    parts.append(_text(190, 584, "cr:Claim → cr:passage → cr:Passage → cr:source"))
    parts.append(_text(46, 68, "↻ cr:within+"))
    return (
        '<svg class="model" viewBox="0 0 380 606" role="img" aria-label="'
        f'{escape(words.drawing_title, _QUOTED)}" aria-describedby="model-told">'
        f'<desc id="model-told">{escape(words.drawing_told)}</desc>'
        '<defs><marker id="model-end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0 10 5 0 10z"/></marker></defs>{"".join(parts)}</svg>'
    )


def _lines() -> Iterator[str]:
    """Yield the lines, and the names over them."""
    yield '<path class="bracket" d="M6 262v8h368v-8"/>'
    for one, _, other, _ in JOINS:
        (x1, y1), (x2, y2) = PLACES[one], PLACES.get(other, (PLACES[one][0], 270))
        if y1 == y2:
            x1, x2 = x1 - _HALF[0], x2 + _HALF[0]
        else:
            up = -1 if y2 < y1 else 1
            y1, y2 = y1 + up * _HALF[1], y2 - up * _HALF[1] * bool(other)
        yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
    for _, name, _, (x, y) in JOINS:
        yield _text(x, y, f"cr:{name}")


def _frame(top: int, height: int, title: str) -> str:
    return (
        f'<rect class="frame" x="6" y="{top}" width="368" height="{height}" rx="7"/>'
        f'<text class="title" x="190" y="{top + 18}">{escape(title)}</text>'
    )


def _box(label: str, name: str, at: tuple[int, int], kind: str = "") -> str:
    x, y = at
    half = 43 if y == PLACES["Claim"][1] else _HALF[0]
    main = ' class="main"' if kind == "Practice" else ""
    told = f'<text class="title" x="{x}" y="{y - 8 if name else y}">{escape(label)}</text>'
    code = _text(x, y + 10, name) if name else ""
    box = f'<rect x="{x - half}" y="{y - _HALF[1]}" width="{2 * half}" height="{2 * _HALF[1]}" rx="6"/>'
    return f"<g{main}>{box}{told}{code}</g>"


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}">{escape(text)}</text>'


def accessibility() -> flask.Response:
    site = current_site()
    return html(current_layout().render("accessibility.html", contact=site.settings.contact))


def privacy() -> flask.Response:
    site = current_site()
    return html(current_layout().render("privacy.html", settings=site.settings))


#: The office that the documents name for questions about the practices.
_OFFICE: Final = ID + "organisation/uclg-csipdhr-secretariat"
_IRI: Final = re.compile(r"[^\x00-\x20<>\"{}|\\^`\x7f-\x9f]{1,500}")


def corrections() -> flask.Response:
    site = current_site()
    layout = current_layout()
    iri = flask.request.args.get("about", "")
    if iri and not (iri.startswith(BASE) and _IRI.fullmatch(iri)):
        raise bad_request(f"'about' must be an address of the graph, one that starts with {BASE}.")
    thing = _named(layout, iri) if iri else None
    address = (layout.urls.link(iri) if iri else None) or layout.urls.site("/")
    text = layout.words.about.corrections_text.format(
        iri=iri or "…", page=layout.absolute(address) if iri else "…", version=site.short
    )
    body = layout.render(
        "corrections.html",
        about=iri,
        thing=thing,
        text=text,
        contact=site.settings.contact,
        mail=_mail(site.settings.contact, iri, text),
        office=_named(layout, _OFFICE),
        addresses=sorted({str(row["address"]) for row in ask(site.engine, "address", {"thing": Iri(_OFFICE)})}),
    )
    return html(body)


def _named(layout: Layout, iri: str) -> Link | None:
    """Return the thing with its label, None when the graph does not know it."""
    if not ask(layout.site.engine, "exists", {"thing": Iri(iri)}):
        return None
    rows = ask(layout.site.engine, "thing_name", {"thing": Iri(iri)})
    labels: tuple[Literal, ...] = gather_labels(rows, "thing").get(iri, ())
    return layout.site.vocabulary.link(Iri(iri), layout.language, labels)


def _mail(contact: str, iri: str, text: str) -> str:
    """Return the address that opens a message with the text in it; nothing where there is no mail address."""
    if not contact.startswith("mailto:"):
        return ""
    joint = "&" if "?" in contact else "?"
    subject = f"{instance().name} {iri.removeprefix(BASE)}".strip()
    return f"{contact}{joint}subject={quote(subject)}&body={quote(text.replace(chr(10), chr(13) + chr(10)))}"
