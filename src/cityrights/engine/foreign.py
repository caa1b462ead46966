"""An answer of somebody else's endpoint, parsed and written anew in a process that may crash over it.

``transcoded`` runs there, as an errand of ``cityrights.engine.aside``; nothing that a stranger sent is given to a
parser in the process that speaks HTTP.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pyoxigraph as ox

from cityrights.engine import frames
from cityrights.engine.aside_process import Channel
from cityrights.engine.base import Limits
from cityrights.engine.output import NotXml, TooLarge
from cityrights.engine.remote_results import Sink, transcode
from cityrights.engine.rows import TooManyRows
from cityrights.engine.worker import explain
from cityrights.errors import EngineUnavailable, QueryError, QueryRefused, QueryUnsupported, QueryUnwritable
from cityrights.rdfxml import Unwritable

#: The stack of the thread that parses, in bytes. It is a small part of what the service's own threads have, so terms
#: that are nested too deep end this process here, and what passes does no harm to whoever reads it next.
_STACK: Final = 1 << 20
#: How errors are called on their way to the service.
_KINDS: Final = {
    "unavailable": EngineUnavailable,
    "refused": QueryRefused,
    "unsupported": QueryUnsupported,
    "unwritable": QueryUnwritable,
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What is known of an answer before its bytes: who gave it, its media type, whether a cut would show."""

    name: str
    media_type: str
    framed: bool


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
        channel.send_json(frames.ERROR, outcome[0])
    else:
        channel.send_json(frames.END, {})


def _read(
    channel: Channel, heading: Heading, form: str, media_type: str, limits: Limits, outcome: list[dict[str, Any]]
) -> None:
    sink = Sink(lambda piece: channel.send(frames.DATA, piece), media_type, limits.result_bytes)
    try:
        transcode(
            _Arriving(heading, channel),
            form,
            media_type,
            sink,
            limits,
            lambda rows: channel.send_json(frames.START, {"truncated": rows}),
            lambda triples: channel.send_json(frames.START, {"triples": triples}),
        )
    except QueryError as error:
        kind = next((name for name, known in _KINDS.items() if isinstance(error, known)), "failure")
        outcome.append({"kind": kind, "reason": str(error)})
    except MemoryError:
        outcome.append({"kind": "unavailable", "reason": unreadable(heading.name)})
    except (SyntaxError, OSError, TooLarge, TooManyRows, NotXml, Unwritable) as error:
        request = frames.Request("", form, "", media_type, limits, (), (), (), (), False, {})
        outcome.append(explain(error, request))


def error_of(said: dict[str, Any], name: str) -> QueryError:
    """Return the error that an ERROR frame of ``transcoded`` tells of."""
    reason = str(said.get("reason", "")) or unreadable(name)
    kind: type[QueryError] = _KINDS.get(said["kind"], EngineUnavailable)
    return kind(reason)


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
