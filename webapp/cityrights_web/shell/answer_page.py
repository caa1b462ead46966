"""An answer for people: under the form, as a part that a script puts there, or alone for a page of somebody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from functools import partial

from cityrights.engine.screened import Screened
from cityrights.errors import CityrightsError
from cityrights_web import formats
from cityrights_web.answers.shown import Given, shown
from cityrights_web.answers.views import KINDS
from cityrights_web.pages.workbench.parts import WorkbenchFrame
from cityrights_web.problems import Problem, bad_request
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import CORS, Request, Response
from cityrights_web.shell.query_page import form_page, frame_of
from cityrights_web.shell.running import problem_of, read_by, screened_for
from cityrights_web.shell.sparql_request import SparqlRequest

#: The part of the page that can be had alone.
_PART = "answer"
_HEADERS = (("vary", "Accept, Accept-Language"), ("cache-control", "no-cache"))


async def page_of(site: Site, request: Request, asked: SparqlRequest) -> Response:
    """Return the page with the answer, or the part that is asked for; what went wrong stands in its place.

    A part that cannot be made is a problem as data (RFC 9457), for the script that asked for it.
    """
    around = frame_of(site, request)
    try:
        answer = await answered(site, request, asked, around)
    except (CityrightsError, Problem) as error:
        problem = error if isinstance(error, Problem) else problem_of(error, request, asked.query or "")
        request.record.outcome = problem.kind
        if not asked.part:
            return form_page(site, request, query=asked.query or "", problem=problem)
        headers = [*CORS, *problem.headers, ("vary", "Accept, Accept-Language"), ("cache-control", "no-store")]
        return Response(problem.status, formats.PROBLEM.media_type, problem.json(), headers)
    if not asked.part:
        return await _in_thread(site, partial(form_page, site, request, query=asked.query or "", answer=answer))
    body = around.render("sparql/answer.html", answer=answer).strip() + "\n"
    return Response(200, formats.HTML.content_type, body.encode(), [*_HEADERS])


async def answered(site: Site, request: Request, asked: SparqlRequest, around: WorkbenchFrame) -> dict[str, object]:
    """Return what the template of an answer shows. Raises Problem, and the errors of the engine."""
    if asked.part not in ("", _PART):
        raise bad_request(f"There is no such part of the page; part may be '{_PART}'.", available=[_PART])
    if asked.view and asked.view not in KINDS:
        raise bad_request(f"There is no such view; there are: {', '.join(KINDS)}.", available=list(KINDS))
    screened = screened_for(site, asked)
    chosen = formats.RESULTS_JSON if screened.form in ("select", "ask") else formats.TURTLE
    began = time.perf_counter()

    def reader(chunks: Iterable[bytes], cut: int) -> dict[str, object]:
        body = gathered(chunks, 8 * site.settings.whole_answer)
        given = _given(request, asked, around, screened, body, time.perf_counter() - began)
        return {**shown(around, given), "cut": cut}

    return await read_by(site, request, asked, screened, chosen, reader)


def gathered(chunks: Iterable[bytes], most: int) -> bytes | None:
    """Return an answer in one piece, None when it has more than ``most`` bytes."""
    held, size = [], 0
    for piece in chunks:
        held.append(piece)
        size += len(piece)
        if size > most:
            return None
    return b"".join(held)


def _given(
    request: Request,
    asked: SparqlRequest,
    around: WorkbenchFrame,
    screened: Screened,
    body: bytes | None,
    seconds: float,
) -> Given:
    return Given(
        query=asked.query or "",
        form=screened.form,
        body=body,
        graphs=(
            *(("default-graph-uri", graph) for graph in asked.default_graphs),
            *(("named-graph-uri", graph) for graph in asked.named_graphs),
            *([("truncate", "true")] if asked.truncate else []),
            *around.language_pairs,
        ),
        view=asked.view or ("table" if asked.order else ""),
        order=asked.order,
        milliseconds=1000 * seconds,
        kept=request.record.outcome == "cached",
    )


async def _in_thread(site: Site, make: partial[Response]) -> Response:
    """Have a page made that may be long, while other requests go on."""
    return await asyncio.get_running_loop().run_in_executor(site.threads, make)
