"""/sparql/evidence: a query written anew so that its rows say who says so."""

from __future__ import annotations

import orjson

from cityrights.errors import CityrightsError
from cityrights.evidence import NoEvidence, with_evidence
from cityrights_web import formats, problems
from cityrights_web.negotiation import choose
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import CORS, Request, Response, Send, send_response
from cityrights_web.shell.query_page import form_page, frame_of
from cityrights_web.shell.running import problem_of, screened_for
from cityrights_web.shell.sparql_request import read

PATH = "/sparql/evidence"
#: The longest address, in characters, that a browser is sent on to; beyond it the form has the new query.
_LONGEST = 30_000
_OFFERS = (formats.JSON, formats.HTML)


async def evidence(site: Site, request: Request, send: Send) -> None:
    """Answer with the new query as JSON, or send a browser on to its answer.

    Raises Problem: 422 where evidence cannot be added, with the reason in the reader’s words.
    """
    asked = await read(request, site.settings, site.reader)
    around = frame_of(site, request)
    words = around.words.proof
    if asked.query is None:
        raise problems.bad_request(words.needs, language=around.language)
    chosen = choose(request.headers.get("accept"), _OFFERS)
    if chosen is None:
        raise problems.not_acceptable([offer.media_type for offer in _OFFERS])
    try:
        screened = await screened_for(site, request, asked)
        written = await site.reader.rewritten(request, screened.text, with_evidence)
    except CityrightsError as error:
        raise problem_of(error, request, asked.query) from error
    except NoEvidence as error:
        detail = words.refused[error.reason]
        extra = {"reason": error.reason, "language": around.language}
        raise Problem(422, "no-evidence", detail, extra) from error
    headers = [*CORS, ("vary", "Accept, Accept-Language"), ("cache-control", "no-cache")]
    if chosen is formats.HTML:
        if len(written.query) > _LONGEST:
            page = await form_page(site, request, query=written.query)
            await send_response(request, page, send, timeout=site.settings.send_seconds)
            return
        location = around.urls.workbench({"query": written.query}, language=around.chosen or None)
        if len(location) > _LONGEST:
            page = await form_page(site, request, query=written.query)
            await send_response(request, page, send, timeout=site.settings.send_seconds)
            return
        response = Response(303, "text/plain; charset=utf-8", b"", [*headers, ("location", location)])
    else:
        record = {
            "query": written.query,
            "added": written.added,
            "statements": written.statements,
            "without": [words.passed[kind] for kind in written.passed],
        }
        response = Response(200, formats.JSON.content_type, orjson.dumps(record), headers)
    await send_response(request, response, send, timeout=site.settings.send_seconds)
