"""/sources/<slug>: every claim drawn from a document, in the document's order."""

from __future__ import annotations

import flask
from flask import Flask

from cityrights.describe import Iri, Literal, ask, best_label, fallback_chain, shown
from cityrights.describe.claims import claim_lines
from cityrights.namespaces import CR, DCTERMS, RDFS
from cityrights_web.pages.identity import alternates, unknown
from cityrights_web.pages.request import LICENCE, frame, html
from cityrights_web.shell.context import Site
from cityrights_web.urls import thing_iri


def register(app: Flask, site: Site) -> None:
    """Add the route."""

    @app.get("/sources/<slug>")
    def source(slug: str) -> flask.Response:
        around = frame(site)
        thing = Iri(thing_iri(f"source/{slug}"))
        chain = fallback_chain(around.language)
        about = ask(site.engine, "thing_statements", {"thing": thing})
        if not any(str(row["o"]) == CR + "Source" for row in about):
            raise unknown(thing.value)

        def words(predicate: str) -> Literal | None:
            return best_label(
                (o for row in about if str(row["p"]) == predicate and isinstance(o := row["o"], Literal)), chain
            )

        rows = ask(site.engine, "source_claims", {"source": thing})
        body = around.render(
            "source.html",
            label=words(RDFS + "label") or Literal(slug),
            summary=words(DCTERMS + "description"),
            key=f"source/{slug}",
            claims=list(claim_lines(rows, site.vocabulary, around.language).values()),
            query=shown("source_claims", {"source": thing}),
        )
        links = [(thing.value, "describes", ""), *alternates(around.urls, f"source/{slug}"), (LICENCE, "license", "")]
        return html(body, links)
