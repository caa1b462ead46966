"""An answer for people: under the form, as a part that a script puts there, or alone for a page of somebody else."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial

from cityrights.engine.screened import Screened
from cityrights.errors import CityrightsError
from cityrights_web import formats
from cityrights_web.answers.shown import Given, shown
from cityrights_web.answers.views import KINDS
from cityrights_web.pages.frame import Frame
from cityrights_web.problems import Problem, bad_request
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import CORS, Request, Response
from cityrights_web.shell.query_page import form_page, frame_of
from cityrights_web.shell.running import problem_of, read_by, screened_for, timed
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
            return await form_page(site, request, query=asked.query or "", problem=problem)
        plainly = problem.plainly(around.language, around.words.problems)
        headers = [*CORS, *problem.headers, ("vary", "Accept, Accept-Language"), ("cache-control", "no-store")]
        return Response(problem.status, formats.PROBLEM.media_type, problem.json(plainly), headers)
    if not asked.part:
        return await form_page(site, request, query=asked.query or "", answer=answer)
    body = await timed(site, request, partial(around.render, "sparql/answer.html", answer=answer))
    return Response(200, formats.HTML.content_type, f"{body.strip()}\n".encode(), [*_HEADERS])


async def answered(site: Site, request: Request, asked: SparqlRequest, around: Frame) -> dict[str, object]:
    """Return what the template of an answer shows. Raises Problem, and the errors of the engine."""
    if asked.part not in ("", _PART):
        raise bad_request(f"There is no such part of the page; part may be '{_PART}'.", available=[_PART])
    if asked.view and asked.view not in KINDS:
        raise bad_request(f"There is no such view; there are: {', '.join(KINDS)}.", available=list(KINDS))
    screened = await screened_for(site, request, asked)
    chosen = formats.RESULTS_JSON if screened.form in ("select", "ask") else formats.TURTLE
    began = time.perf_counter()

    def reader(chunks: Iterable[bytes], cut: int) -> tuple[bytes | None, int]:
        return gathered(chunks, 8 * site.settings.whole_answer), cut

    body, cut = await read_by(site, request, asked, screened, chosen, reader)
    given = _given(request, asked, screened, body, time.perf_counter() - began)
    async with site.views:
        return {**await timed(site, request, partial(shown, around, given)), "cut": cut}


def gathered(chunks: Iterable[bytes], most: int) -> bytes | None:
    """Return an answer in one piece, None when it has more than ``most`` bytes."""
    held, size = [], 0
    for piece in chunks:
        held.append(piece)
        size += len(piece)
        if size > most:
            return None
    return b"".join(held)


def _given(request: Request, asked: SparqlRequest, screened: Screened, body: bytes | None, seconds: float) -> Given:
    return Given(
        query=asked.query or "",
        form=screened.form,
        body=body,
        graphs=(
            *(("default-graph-uri", graph) for graph in asked.default_graphs),
            *(("named-graph-uri", graph) for graph in asked.named_graphs),
            *([("truncate", "true")] if asked.truncate else []),
        ),
        view=asked.view or ("table" if asked.order else ""),
        order=asked.order,
        milliseconds=1000 * seconds,
        kept=request.record.outcome == "cached",
    )
