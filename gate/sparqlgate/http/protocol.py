"""The SPARQL protocol (2.1): what a request to /sparql asks, and its text screened, aside where it is long.

What grows with the text that a client sent is done a few at once, fair among clients, and at their expense. Short texts
are read in the event loop, in a millisecond or three; long ones in processes of their own, of which there are so many
at once as leave half of the processors to others. Who has a text read pays for the time, whether the text is then
answered or refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from sparqlgate.errors import GateError
from sparqlgate.http.fair_use import FairQueue, FairUse
from sparqlgate.http.problems import Problem, bad_request, method_not_allowed
from sparqlgate.http.requests import (
    FORM,
    Client,
    ClientGone,
    Fields,
    Request,
    by_name,
    content_type,
    fields_of,
    is_quick,
    parse_fields,
    read_body,
    read_fields,
    unreadable,
    utf8,
)
from sparqlgate.http.settings import Settings
from sparqlgate.pool.offload import AT_ONCE, Aside, Errand
from sparqlgate.text.guard import Bounds, Screened, is_short, screen, screen_short, verdict

T = TypeVar("T")

METHODS = "GET, HEAD, POST, OPTIONS"
DIRECT = "application/sparql-query"
#: What is taken for an absolute IRI in a parameter.
ABSOLUTE_IRI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*$")
_MAX_GRAPHS = 100
#: How far into a body is looked, in characters, for a form that is sent as a query.
_GLANCE = 200
_READ_ONLY = "This endpoint is read-only: it answers queries and takes no updates."


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """What was asked: ``query`` is None when none was; ``formats`` are the values of format=, output=, results=.

    ``truncate`` asks for a table to be cut at the cap of rows, where there is one, in place of an error. People choose
    a ``view`` of the answer and the column by which it is in ``order``; ``part`` is the one part of a page that is
    wanted, nothing for all of it. ``versions`` are the names of the version of the data that is to answer.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    run: bool = True
    truncate: bool = False
    view: str = ""
    order: str = ""
    part: str = ""
    versions: tuple[str, ...] = ()


async def read(request: Request, settings: Settings, reader: Reader) -> SparqlRequest:
    """Read a request to /sparql; ``reader`` takes a long form apart.

    Raises Problem for whatever the protocol or this service does not allow, and as the reader does.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise method_not_allowed(METHODS, "Use GET or POST to send a query.")
    fields = parse_fields(request.query, "the address")
    if request.method != "POST":
        if "update" in fields:
            raise method_not_allowed(METHODS, _READ_ONLY)
        return _assemble(fields)
    kind, charset = content_type(request.headers.get("content-type", ""))
    if kind == "application/sparql-update" or "update" in fields:
        raise Problem(403, "read-only", _READ_ONLY)
    if kind not in (FORM, DIRECT):
        raise Problem(
            415,
            "unsupported-media-type",
            f"Send the query as {FORM} or as {DIRECT}, not as {kind or 'an unnamed type'}.",
        )
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported-media-type", f"Send the query in UTF-8, not in {charset[:40]}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "unsupported-media-type", "Send the query without a content encoding.")
    body = await read_body(request, settings)
    if kind == DIRECT:
        if "query" in fields:
            raise bad_request("There is a query in the address and another in the body; send one.")
        text = utf8(body, "the body")
        if text[:_GLANCE].lstrip().startswith("query="):
            raise bad_request(f"The body looks form-encoded, yet its type is {DIRECT}; send it as {FORM}.")
        return _assemble({**fields, "query": [text]})
    text = utf8(body, "the body")
    try:
        sent = by_name(await reader.fields(request, text))
    except ValueError as error:
        raise unreadable(error, "the body") from None
    if "update" in sent:
        raise Problem(403, "read-only", _READ_ONLY)
    merged = {name: [*fields.get(name, []), *sent.get(name, [])] for name in {**fields, **sent}}
    return _assemble(merged)


def _assemble(fields: Mapping[str, list[str]]) -> SparqlRequest:
    queries = fields.get("query", [])
    if len(queries) > 1:
        raise bad_request("There is more than one query; send one at a time.")
    query = queries[0].removeprefix("\ufeff") if queries else None
    if query is not None and not query.strip():
        raise bad_request("The query is empty: it needs SELECT, ASK, CONSTRUCT or DESCRIBE.")
    if len(fields) == len(queries):  # it stands alone
        return SparqlRequest(query)
    formats = [value for name in ("format", "output", "results") for value in fields.get(name, [])]
    return SparqlRequest(
        query,
        _graphs(fields, "default-graph-uri"),
        _graphs(fields, "named-graph-uri"),
        tuple(formats),
        fields.get("run") != ["0"],
        fields.get("truncate") in (["true"], ["1"]),
        view=_last(fields, "view"),
        order=_last(fields, "order"),
        part=_last(fields, "part"),
        versions=tuple(fields.get("version", ())),
    )


def _last(fields: Mapping[str, list[str]], name: str) -> str:
    """Return a field of which the last one counts: a button adds its own to what the form has."""
    return fields.get(name, [""])[-1].strip()


def _graphs(fields: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    graphs = tuple(dict.fromkeys(value for value in fields.get(name, []) if value))
    if len(graphs) > _MAX_GRAPHS:
        raise bad_request(f"There are more than {_MAX_GRAPHS} {name} parameters.")
    for graph in graphs:
        if not ABSOLUTE_IRI.match(graph):
            raise bad_request(f"{name} must be an absolute IRI.")
    return graphs


#: What the processes that read import first, beside the stores' own.
_MODULES: Final = ("sparqlgate.http.requests",)
#: How many may wait to be read.
_WAITING: Final = 32
#: Texts whose screening is remembered: short ones whole, of long ones what was found.
_SHORT: Final = 512
_LONG: Final = 128
#: The longest text that is written anew where it is, in characters: that walks over it several times.
_REWRITTEN: Final = 1024


class Reader:
    """Reads what clients send; ``modules`` are imported first, for what else is done aside. For one event loop only."""

    def __init__(self, fair: FairUse, modules: Sequence[str] = ()) -> None:
        self._fair = fair
        self._aside = Aside(*_MODULES, *modules)
        self._turns = FairQueue(AT_ONCE, _WAITING)
        self._threads = ThreadPoolExecutor(AT_ONCE, "aside")
        self._short: OrderedDict[tuple[str, bool], Screened] = OrderedDict()
        self._long: OrderedDict[tuple[bytes, bool], Screened] = OrderedDict()

    def start(self) -> None:
        """Start what the first long text would have to wait for. Raises EngineBusy."""
        self._aside.start()

    async def screen(self, request: Request, text: str, *, federated: bool) -> Screened:
        """Screen a query; one that was asked lately is not screened again.

        Raises the errors of the screen, EngineBusy where too many wait, Problem (429) and ClientGone.
        """
        if is_short(text):
            return self._screen(request, text, federated=federated)
        bounds = Bounds()
        if len(text) > bounds.size + 1:  # which the screen refuses at a glance
            self._fair.admit(request.record)
            return screen(text, bounds, federated=federated)
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), federated
        found = _known(self._long, key)
        if found is None:
            found = await self.aside(request, verdict, text, bounds, federated=federated)
            if is_short(found.head):
                _keep(self._long, key, found, _LONG)
        return replace(found, text=text.removeprefix("\ufeff"))

    def _screen(self, request: Request, text: str, *, federated: bool) -> Screened:
        key = text, federated
        found = _known(self._short, key)
        if found is None:
            if self._fair.spent(request.record):
                self._fair.admit(request.record)  # which says when to come again
            try:
                found = screen_short(text, federated=federated)
            except GateError:
                self._fair.admit(request.record)  # reading and refusing it took time, too
                raise
            _keep(self._short, key, found, _SHORT)
        return found

    async def fields(self, request: Request, text: str) -> Fields:
        """Take a form apart. Raises NotUtf8, TooMany, and as ``aside``."""
        return fields_of(text) if is_quick(text) else await self.aside(request, read_fields, text)

    async def rewritten(self, request: Request, text: str, function: Callable[[str], T]) -> T:
        """Have a query written anew by ``function``. Raises what that raises, and as ``aside``."""
        if len(text) > _REWRITTEN:
            return await self.aside(request, function, text)
        self._fair.admit(request.record)
        return function(text)

    async def aside(self, request: Request, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call a function of a module in a process of its own; its time counts as that of whoever sent the request.

        The body of the request must have been read. Raises the GateError or ValueError that it raises,
        QueryTimeout, EngineBusy where too many wait, Problem (429), and ClientGone.
        """
        record = request.record
        self._fair.admit(record)
        async with self._turns.of(record.client):
            errands: list[Errand] = []
            began = time.monotonic()
            running = asyncio.get_running_loop().run_in_executor(
                self._threads, _called, self._aside, function, given, named, errands
            )
            try:
                return await _while_there(request, running)
            finally:
                for errand in errands:
                    errand.end()
                await asyncio.wait([running])  # a turn is over when its process is
                self._fair.charge(record, time.monotonic() - began)

    def made(self, function: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call a function of a module over an answer, from a thread, in a process of its own.

        An answer may be much longer than any text, so the process may use more; who calls sees to it that few do at
        once, and that the time is charged. Raises the GateError or ValueError that it raises, QueryTimeout,
        QueryMemory, EngineBusy where no process can be had, and EngineFailure.
        """
        return self._aside.made(function, given, named)

    def close(self) -> None:
        """End what runs, and every process. Closing twice does nothing."""
        self._aside.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _called(
    aside: Aside,
    function: Callable[..., T],
    given: tuple[Any, ...],
    named: dict[str, Any],
    errands: list[Errand],
) -> T:
    return aside.called(function, given, named, errands.append)


async def _while_there(request: Request, running: asyncio.Future[T]) -> T:
    """Wait for a result as long as the client does. Raises ClientGone."""
    client = Client(request)
    woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(_: asyncio.Future[T]) -> None:
        if not woken.done():
            woken.set_result(None)

    running.add_done_callback(wake)
    try:
        await client.wait_for(woken)
        if not running.done():
            raise ClientGone
        return running.result()
    finally:
        running.remove_done_callback(wake)
        client.close()


def _known(held: OrderedDict[Any, Screened], key: Sequence[object]) -> Screened | None:
    found = held.get(key)
    if found is not None:
        held.move_to_end(key)
    return found


def _keep(held: OrderedDict[Any, Screened], key: Sequence[object], found: Screened, most: int) -> None:
    held[key] = found
    if len(held) > most:
        held.popitem(last=False)
