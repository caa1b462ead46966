"""/ontology: every term with its meaning, for people; the vocabulary's graph, for programs.

The terms are hash IRIs, so one document describes them all (Cool URIs for the Semantic Web, section 4.1).
"""

from __future__ import annotations

from typing import Final

import flask
from flask import Flask

from cityrights.describe import Iri, ask, graph_document, shown
from cityrights.describe.shapes import read_shapes
from cityrights.namespaces import GRAPH_VOCABULARY, OWL
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.negotiation import choose
from cityrights_web.pages.dataset import shapes_folder
from cityrights_web.pages.diagram import draw
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.request import data, frame, html, licences, see_other
from cityrights_web.pages.terms import ONTOLOGY, Meaning, hierarchy, name, read_schemes, read_terms
from cityrights_web.problems import not_acceptable, not_found
from cityrights_web.shell.context import Site
from cityrights_web.urls import Urls

_SVG: Final = Format("SVG", "image/svg+xml", "svg")
#: The drawing is a document of its own: it may have its style sheet and nothing else.
_ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def register(app: Flask, site: Site) -> None:
    """Add the routes."""
    urls = Urls(public=site.settings.public_url)

    held: dict[str, list[Meaning]] = {}

    def terms_for(around: Frame) -> list[Meaning]:
        """The terms in the reader's language; a snapshot's vocabulary does not change, so they are read once."""
        if around.language not in held:
            held[around.language] = read_terms(around)
        return held[around.language]

    def address(extension: str) -> str:
        return urls.plain(f"/ontology.{extension}")

    @app.get("/ontology")
    def ontology() -> flask.Response:
        around = frame(site)
        chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, *formats.GRAPHS))
        links = [(address(form.extension), "alternate", form.media_type) for form in formats.GRAPHS]
        if chosen is None:
            people = f"{formats.HTML.media_type} ({urls.site('/ontology')})"
            raise not_acceptable([people, *(f"{kind} ({target})" for target, _, kind in links)])
        if chosen is not formats.HTML:
            return see_other(address(chosen.extension), links)
        terms = terms_for(around)
        classes = [term for term in terms if term.is_class]
        body = around.render(
            "ontology.html",
            groups=[
                ("classes", around.words.ontology_classes, classes),
                ("properties", around.words.ontology_properties, [term for term in terms if not term.is_class]),
            ],
            tree=hierarchy(classes),
            schemes=read_schemes(around),
            shapes=read_shapes(shapes_folder()) if terms else (),
            short=name,
            iri=ONTOLOGY,
            version=_version(site),
            files=[(form.name, address(form.extension)) for form in formats.GRAPHS],
            query=shown("ontology_statements", {"ontology": Iri(ONTOLOGY)}),
        )
        response = html(body, [(ONTOLOGY, "describes", ""), *links, *licences()])
        response.headers["Vary"] = "Accept"
        return response

    @app.get("/ontology.<extension>")
    def ontology_data(extension: str) -> flask.Response:
        form = formats.BY_EXTENSION.get(extension)
        if form is None or form not in formats.GRAPHS:
            raise not_found(
                "The ontology is not offered in this format.",
                available=[address(one.extension) for one in formats.GRAPHS],
            )
        body = graph_document(site.engine, GRAPH_VOCABULARY, form.media_type)
        return data(body, form, [(ONTOLOGY, "describes", ""), (urls.site("/ontology"), "alternate", "text/html")])

    @app.get("/ontology/diagram.svg")
    def diagram() -> flask.Response:
        around = frame(site)
        labels = {term.name.anchor: term.label.value for term in terms_for(around)}
        response = data(draw(labels, around.words.linked.ontology_diagram), _SVG)
        response.headers["Content-Security-Policy"] = _ALONE
        return response

    @app.get("/ontology/<version>")
    def versioned(version: str) -> flask.Response:
        current = _version(site)
        if not current or version != current:
            raise not_found(f"This site has the ontology in version {current or 'unknown'} and no other.")
        return see_other(urls.site("/ontology"), vary="")


def _version(site: Site) -> str:
    """Return the version that the ontology gives itself; nothing when it gives none."""
    rows = ask(site.engine, "thing_statements", {"thing": Iri(ONTOLOGY)})
    return min((str(row["o"]) for row in rows if str(row["p"]) == OWL + "versionInfo"), default="")
