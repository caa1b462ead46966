"""/about, /accessibility, /privacy and /corrections: what this is, for whom it works, and how to have it mended."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

import flask

from cityrights.library.pages import ask
from cityrights.resources.labels import Vocabulary, gather_labels
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import BASE, ID
from cityrights_web.layout import Layout
from cityrights_web.responses import current_layout, current_site, html
from sparqlgate.errors import EngineUnavailable
from sparqlgate.http.problems import bad_request


def about() -> flask.Response:
    site = current_site()
    layout = current_layout()
    if not layout.is_shipped:
        return html(layout.render("foreign/about.html", told=site.dataset_description))
    try:
        words, kept = site.vocabulary, True
    except EngineUnavailable:  # a store that is down takes no page with it that can do without
        words, kept = Vocabulary({}, {}), False
    response = html(layout.render("about.html", vocabulary=words))
    if not kept:
        response.headers["Cache-Control"] = "no-store"
    return response


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
    subject = f"cityrights {iri.removeprefix(BASE)}".strip()
    return f"{contact}{joint}subject={quote(subject)}&body={quote(text.replace(chr(10), chr(13) + chr(10)))}"
