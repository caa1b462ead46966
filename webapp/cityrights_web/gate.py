"""What the site adds to its gate: the pages of /sparql, workbooks and GeoJSON, and what it says of its data."""

from __future__ import annotations

from functools import partial

from cityrights.resources.document import convert
from cityrights_web.http.description import service_description
from cityrights_web.results.exports import made
from cityrights_web.results.formats import MADE
from cityrights_web.site import Site
from cityrights_web.views.sparql import form_page, page_of
from sparqlgate.http.messages import Request, Response
from sparqlgate.http.protocol import SparqlRequest


def furnish(site: Site) -> None:
    """Give the gate of a site its formats and its pages."""
    site.gate.pages = Workbench(site)
    site.gate.describe = partial(_described, site)
    for form in MADE:
        site.gate.register(form, partial(made, site))


def _described(site: Site, endpoint: str, media_type: str) -> bytes:
    return convert(service_description(site, endpoint), media_type)


class Workbench:
    """The pages of /sparql, for the gate of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def form(self, request: Request, query: str) -> Response:
        """Return the form with a query, or an example."""
        return await form_page(self._site, request, query=query)

    async def answer(self, request: Request, asked: SparqlRequest) -> Response:
        """Return the page with the answer, or the part that is asked for."""
        return await page_of(self._site, request, asked)
