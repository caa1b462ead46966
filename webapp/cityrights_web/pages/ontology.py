"""/ontology: every term with its meaning, for people; the vocabulary's graph, for programs.

The terms are hash IRIs, so one document describes them all (Cool URIs for the Semantic Web, section 4.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import flask
from flask import Flask

from cityrights.describe import Iri, Literal, Term, ask, best_label, fallback_chain, graph_document, shown
from cityrights.namespaces import BASE, GRAPH_VOCABULARY, OWL
from cityrights_web import formats
from cityrights_web.negotiation import choose
from cityrights_web.pages.request import LICENCE, data, frame, html
from cityrights_web.problems import not_acceptable, not_found
from cityrights_web.shell.context import Site
from cityrights_web.urls import Urls

ONTOLOGY = BASE + "ontology"


@dataclass(frozen=True)
class Meaning:
    """One term of the ontology as the page shows it."""

    iri: str
    name: str
    label: Literal
    definition: Literal
    example: str


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/ontology")
    def ontology() -> flask.Response:
        around = frame(site)
        chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, *formats.GRAPHS))
        links = [(_address(form.extension), "alternate", form.media_type) for form in formats.GRAPHS]
        if chosen is None:
            raise not_acceptable([f"{kind} ({address})" for address, _, kind in links])
        if chosen is not formats.HTML:
            return _moved(_address(chosen.extension))
        rows = ask(site.engine, "ontology_terms", {"ontology": Iri(ONTOLOGY)})
        classes = [row for row in rows if row["class"] == Iri(OWL + "Class")]
        properties = [row for row in rows if row["class"] != Iri(OWL + "Class")]
        body = around.render(
            "ontology.html",
            groups=[
                (around.words.ontology_classes, _meanings(classes, around.language)),
                (around.words.ontology_properties, _meanings(properties, around.language)),
            ],
            iri=ONTOLOGY,
            files=[(form.name, _address(form.extension)) for form in formats.GRAPHS],
            query=shown("ontology_terms", {"ontology": Iri(ONTOLOGY)}),
        )
        response = html(body, [(ONTOLOGY, "describes", ""), *links, (LICENCE, "license", "")])
        response.headers["Vary"] = "Accept, Accept-Language"
        return response

    @app.get("/ontology.<extension>")
    def ontology_data(extension: str) -> flask.Response:
        form = formats.BY_EXTENSION.get(extension)
        if form is None or form not in formats.GRAPHS:
            raise not_found(
                "The ontology is not offered in this format.",
                available=[_address(one.extension) for one in formats.GRAPHS],
            )
        body = graph_document(site.engine, GRAPH_VOCABULARY, form.media_type)
        return data(body, form, [(ONTOLOGY, "describes", ""), (Urls().site("/ontology"), "alternate", "text/html")])


def _address(extension: str) -> str:
    return Urls().site(f"/ontology.{extension}")


def _moved(address: str) -> flask.Response:
    response = flask.Response("", 303)
    response.headers["Location"] = address
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _meanings(rows: Iterable[dict[str, Term]], language: str) -> list[Meaning]:
    """Gather one entry for each term, in the language of the reader, ordered by name."""
    grouped: dict[str, list[dict[str, Term]]] = {}
    for row in rows:
        grouped.setdefault(str(row["term"]), []).append(row)
    chain = fallback_chain(language)

    def best(held: list[dict[str, Term]], name: str) -> Literal:
        found = best_label((value for row in held if isinstance(value := row.get(name), Literal)), chain)
        return found or Literal("")

    found = [
        Meaning(iri, iri.rpartition("#")[2], best(held, "label"), best(held, "definition"), best(held, "example").value)
        for iri, held in grouped.items()
    ]
    return sorted(found, key=lambda meaning: meaning.name.casefold())
