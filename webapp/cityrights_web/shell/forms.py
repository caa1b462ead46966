"""Pages that are asked by POST: the form in the body stands for the query of the address."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import quote

from cityrights_web.problems import Problem
from cityrights_web.settings import Settings
from cityrights_web.shell.bounds import LONGEST_FORM
from cityrights_web.shell.messages import Request
from cityrights_web.shell.sparql_request import FORM, content_type, read_body, utf8


async def form_as_query(request: Request, settings: Settings) -> Request:
    """Return the request with the form of its body added to its query.

    Raises Problem: 415 for a body that is no form, and as ``read_body`` does.
    """
    kind, _ = content_type(request.headers.get("content-type", ""))
    if kind != FORM:
        raise Problem(415, "unsupported-media-type", f"Send the form as {FORM}, not as {kind or 'an unnamed type'}.")
    body = await read_body(request, settings.changed(max_body=min(settings.max_body, LONGEST_FORM)))
    form = await asyncio.to_thread(quote, utf8(body, "the body"), safe="!$&'()*+,;=:@/?%-._~")
    return replace(request, query="&".join(part for part in (request.query, form) if part))
