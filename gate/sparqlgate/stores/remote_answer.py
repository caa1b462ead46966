"""An answer of somebody else's endpoint, parsed and written anew in a process that may crash over it."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyoxigraph as ox

from sparqlgate.errors import (
    EngineBusy,
    EngineFailure,
    EngineUnavailable,
    QueryError,
    QueryRefused,
    QueryUnsupported,
)
from sparqlgate.namespaces import Names
from sparqlgate.pool import wire
from sparqlgate.pool.offload import Aside, Ended, Errand
from sparqlgate.pool.offload_process import Channel, Order
from sparqlgate.pool.worker import NotXml, TooLarge, TooManyRows, explain
from sparqlgate.query import Closing, Control, Job, Limits
from sparqlgate.rdf.rdfxml import Unwritable
from sparqlgate.stores.remote_results import Sink, transcode

if TYPE_CHECKING:  # the process that parses speaks no HTTP
    from sparqlgate.stores.remote_http import Exchange

#: The stack of the thread that parses, in bytes. It is a small part of what the service's own threads have, so terms
#: that are nested too deep end this process here, and what passes does no harm to whoever reads it next.
_STACK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Heading:
    """What is known of an answer before its bytes: who gave it, its media type, whether a cut would show.

    ``prefixes`` are those that it is written anew with, where it is a graph.
    """

    name: str
    media_type: str
    framed: bool
    prefixes: Mapping[str, str]


@dataclass(slots=True)
class _Arriving:
    """An answer as the service hands it over; see ``remote_results.Arriving``."""

    heading: Heading
    channel: Channel
    name: str = field(init=False)
    media_type: str = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.media_type = self.heading.name, self.heading.media_type

    @property
    def framed(self) -> bool:
        return self.heading.framed

    def __iter__(self) -> Iterator[bytes]:
        return self.channel.pieces()


def transcoded(channel: Channel, heading: Heading, form: str, media_type: str, limits: Limits) -> None:
    """Read an answer from the channel and write it back in ``media_type``.

    Frames are START with ``truncated``, after how many rows it was cut, or with ``triples``, how many a graph has,
    before its last piece; DATA; END; or ERROR with a kind and a reason.
    """
    logging.disable()  # the service says what it has to say
    threading.stack_size(_STACK)
    outcome: list[dict[str, Any]] = []
    thread = threading.Thread(target=_read, args=(channel, heading, form, media_type, limits, outcome))
    thread.start()
    thread.join()
    if outcome:
        channel.send_json(wire.ERROR, outcome[0])
    else:
        channel.send_json(wire.END, {})


def _read(
    channel: Channel, heading: Heading, form: str, media_type: str, limits: Limits, outcome: list[dict[str, Any]]
) -> None:
    sink = Sink(lambda piece: channel.send(wire.DATA, piece), media_type, limits.result_bytes)
    try:
        transcode(
            _Arriving(heading, channel),
            form,
            media_type,
            sink,
            limits,
            heading.prefixes,
            lambda rows: channel.send_json(wire.START, {"truncated": rows}),
            lambda triples: channel.send_json(wire.START, {"triples": triples}),
        )
    except QueryError as error:
        outcome.append(error.fields())
    except MemoryError:
        outcome.append(EngineUnavailable(unreadable(heading.name)).fields())
    except (SyntaxError, OSError, TooLarge, TooManyRows, NotXml, Unwritable) as error:
        job = Job(limits, "", form, "", media_type, (), (), (), (), False, {})
        outcome.append(explain(error, job).fields())


def error_of(said: dict[str, Any], name: str) -> QueryError:
    """Return the error that an ERROR frame of ``transcoded`` tells of: what is not the query's is the endpoint's."""
    error = QueryError.of(said)
    if isinstance(error, QueryRefused | QueryUnsupported):
        return error
    return EngineUnavailable(error.reason or unreadable(name))


def unreadable(name: str) -> str:
    """Say that an endpoint answered something that is no answer."""
    return f"{name} gave an answer that cannot be read"


def rows(body: bytes) -> list[list[str]]:
    """Return the rows of a table in the SPARQL 1.1 JSON results format as texts. Raises EngineUnavailable."""
    try:
        found = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
        if not isinstance(found, ox.QuerySolutions):
            raise EngineUnavailable("the answer has no rows")
        return [[getattr(row[name], "value", "") for name in found.variables] for row in found]
    except (SyntaxError, ValueError):
        raise EngineUnavailable("the answer is no SPARQL result") from None


log = logging.getLogger("sparqlgate.remote")

#: So much of an answer, in bytes, is taken before it is handed out: smaller ones are whole.
HELD: Final = 1 << 20
#: Pieces that wait for the reader of a long answer.
_WAITING: Final = 8
#: What reading an answer may take, in bytes: its pieces are written as they come, so it is little.
_MEMORY: Final = 1 << 30


class RemoteResult(Closing):
    """An answer as it comes from a store. See ``sparqlgate.stores.base.Result``.

    The store is asked in a thread of its own, so that whoever waits can be let go at once; its answer is parsed aside.
    ``whole`` is called with the number of triples when a graph is read, and raises when there may be more.
    """

    def __init__(
        self,
        exchange: Exchange,
        aside: Aside,
        form: str,
        media_type: str,
        limits: Limits,
        control: Control | None = None,
        whole: Callable[[Exchange, int], None] | None = None,
        names: Names | None = None,
    ) -> None:
        self.form = form
        self.media_type = media_type
        self.size: int | None = None
        self.truncated = 0
        self._exchange = exchange
        self._aside = aside
        self._errand: Errand | None = None
        self._broken: QueryError | None = None
        self._lock = threading.Lock()
        self._whole = whole
        self._names = names or Names()
        self._limits = limits
        self._control = control or Control()
        self._pieces: queue.Queue[bytes | QueryError | None] = queue.Queue(_WAITING)
        self._held: deque[bytes] = deque()
        self._error: QueryError | None = None
        self._ended = False
        self._cancelled = threading.Event()
        self._pump = threading.Thread(target=self._run, name="remote", daemon=True)

    def begin(self) -> None:
        """Take the first part of the answer, or raise what became of it."""
        self._pump.start()
        size = 0
        while not self._ended and size < HELD:
            piece = self._take()
            if piece is not None:
                self._held.append(piece)
                size += len(piece)
        if self._ended:
            self.size = size

    def _run(self) -> None:
        """Ask, and have the answer read and written anew aside; runs in a thread of its own."""
        exchange = self._exchange
        outcome: QueryError | None = None
        try:
            exchange.open()
            self._transcode()
        except QueryError as error:
            outcome = error
        except _Cancelled:
            outcome = None  # which nobody takes
        except Exception:  # whatever a stranger's answer leads to is told, and not taken for its end
            log.exception("an answer cannot be read")
            outcome = EngineUnavailable(unreadable(exchange.name))
        finally:
            exchange.close()
            self._control.finish()
            with contextlib.suppress(_Cancelled):
                self._put(outcome)

    def _transcode(self) -> None:
        exchange = self._exchange
        seconds = exchange.deadline - time.monotonic()
        if seconds <= 0:
            raise self._late()
        heading = Heading(exchange.name, exchange.media_type, exchange.framed, dict(self._names.prefixes))
        given = (heading, self.form, self.media_type, self._limits)
        memory = min(self._limits.memory, _MEMORY)
        with self._aside.errand(Order(transcoded, given, {}, seconds, seconds, memory, streams=True)) as errand:
            with self._lock:
                self._errand = errand
            if self._cancelled.is_set():
                raise _Cancelled
            feeder = threading.Thread(target=self._feed, args=(errand,), name="remote-feed", daemon=True)
            feeder.start()
            try:
                self._receive(errand, feeder)
            except TimeoutError:
                raise self._late() from None
            except Ended:
                feeder.join()  # it ends with the errand, and may know why that did
                raise self._broken or EngineUnavailable(unreadable(exchange.name)) from None
            finally:
                errand.end()
                if feeder.is_alive():
                    exchange.cancel()
                    feeder.join()

    def _feed(self, errand: Errand) -> None:
        """Give the errand what comes in; runs in a thread of its own."""
        try:
            for piece in self._exchange:
                errand.give(piece)
            errand.give(b"")
            return
        except (Ended, TimeoutError):  # whoever takes from it sees that, too
            return
        except QueryError as error:
            self._broken = error
        except Exception:
            log.exception("an answer cannot be read")
        errand.end()

    def _receive(self, errand: Errand, feeder: threading.Thread) -> None:
        while True:
            kind, payload = errand.take()
            if kind == wire.DATA:
                self._put(payload)
                continue
            said = orjson.loads(payload)
            if kind == wire.END:
                return
            if kind == wire.ERROR:
                raise error_of(said, self._exchange.name)
            if "triples" in said and self._whole is not None:
                feeder.join()  # the errand has had the end of the answer
                self._exchange.close()  # its line may be needed now
                self._whole(self._exchange, int(said["triples"]))
            self.truncated = int(said.get("truncated", self.truncated))

    def _late(self) -> EngineUnavailable:
        return EngineUnavailable(f"{self._exchange.name} did not answer in time", slow=True)

    def _put(self, piece: bytes | QueryError | None) -> None:
        while not self._cancelled.is_set():
            try:
                self._pieces.put(piece, timeout=0.5)
            except queue.Full:
                continue
            return
        raise _Cancelled

    def _take(self) -> bytes | None:
        while True:
            if self._cancelled.is_set():
                raise self._over(EngineFailure("the query was cancelled"))
            left = self._exchange.deadline - time.monotonic()
            if left <= 0:
                waiting = self._exchange.waiting
                self.close()
                raise self._over(EngineBusy(5) if waiting else self._late())
            try:
                piece = self._pieces.get(timeout=min(left, 0.5))
            except queue.Empty:
                continue
            if isinstance(piece, bytes):
                return piece
            self._ended = True
            if piece is not None:
                raise self._over(piece)
            return None

    def _over(self, error: QueryError) -> QueryError:
        self._ended = True
        self._error = error
        return error

    def __iter__(self) -> Iterator[bytes]:
        while self._held:
            yield self._held.popleft()
        self._exchange.deadline = time.monotonic() + self._limits.seconds + self._limits.delivery
        while not self._ended:
            piece = self._take()
            if piece is not None:
                yield piece
        if self._error is not None:
            raise self._error

    def read(self) -> bytes:
        """Return what has not been read of the answer."""
        return b"".join(self)

    def close(self) -> None:
        """End the query if it still runs, and wake whoever waits for it; any thread may."""
        if not self._ended:
            self._cancelled.set()
            self._exchange.cancel()
            with self._lock:
                errand = self._errand
            if errand is not None:
                errand.end()
            with contextlib.suppress(queue.Full):
                self._pieces.put_nowait(b"")

    def __del__(self) -> None:
        self.close()

    @property
    def limits(self) -> Limits:
        """What this query may use."""
        return self._limits


class _Cancelled(OSError):
    """Nobody waits for the answer any more."""
