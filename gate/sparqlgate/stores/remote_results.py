"""A store's answer read as what the standards say, its known quirks mended, and written as the embedded engine writes.

Read are SPARQL 1.1 results in JSON or XML and N-Triples; stores that write ``typed-literal``, blank nodes as
``nodeID://`` addresses or booleans as 1 and 0 give the same bytes in the end as those that do not.
"""

from __future__ import annotations

import contextlib
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

import pyoxigraph as ox

from sparqlgate.errors import EngineUnavailable
from sparqlgate.namespaces import XSD
from sparqlgate.pool.worker import CappedOutput, Full, NotXml, TooLarge, kept_xml, not_xml
from sparqlgate.query import NO_CAP, Limits
from sparqlgate.rdf.writing import RESULTS, write_graph

log = logging.getLogger("sparqlgate.remote")

#: Bytes that go to the reader at once.
CHUNK: Final = 65_536
_BOOLEAN: Final = re.escape(XSD + "boolean").encode()
_TRUTH: Final = {b"1": b"true", b"0": b"false"}
#: Format → (where a piece may be cut, blank node addresses, booleans as numbers). Inside a value none of it can occur.
_MEND: Final = {
    ox.QueryResultsFormat.JSON: (
        b"}",
        re.compile(rb'("type"\s*:\s*"bnode"\s*,\s*"value"\s*:\s*")nodeID://'),
        re.compile(rb'("datatype"\s*:\s*"' + _BOOLEAN + rb'"\s*,\s*"value"\s*:\s*")([01])(?=")'),
    ),
    ox.QueryResultsFormat.XML: (
        b"</binding>",
        re.compile(rb"(<bnode>\s*)nodeID://"),
        re.compile(rb'(<literal\s+datatype="' + _BOOLEAN + rb'"\s*>)([01])(?=</literal>)'),
    ),
}
_READABLE: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
    "text/xml": ox.QueryResultsFormat.XML,
}


class Source:
    """Chunks as the parsers read them: a binary file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self.error: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, none at the end. An error is kept, for parsers lose it."""
        try:
            while not self._held:
                self._held = next(self._chunks)
        except StopIteration:
            return b""
        except Exception as error:
            self.error = error
            raise OSError("the answer broke off") from error
        taken = self._held if size < 0 else self._held[:size]
        self._held = self._held[len(taken) :]
        return taken


class Sink:
    """The file that answers are serialised into; ``put`` gets pieces that were checked."""

    def __init__(self, put: Callable[[bytes], None], media_type: str, limit: int) -> None:
        self._put = put
        self._xml = media_type.endswith("+xml")
        self._limit = limit
        self._buffer = bytearray()
        self._tail = b""
        self._written = 0

    def write(self, data: bytes) -> int:
        """Take bytes; raises TooLarge and NotXml."""
        taken = len(data)
        if self._xml:
            data = kept_xml(data)
        self._written += len(data)
        if self._written > self._limit:
            raise TooLarge
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            self._send(bytes(self._buffer))
        return taken

    def flush(self) -> None:
        """Do nothing: pieces go out when they are full, or at the end."""

    def finish(self) -> None:
        """Send what is left."""
        self._send(bytes(self._buffer))

    def _send(self, data: bytes) -> None:
        found = not_xml(self._tail + data) if self._xml else None
        if found is not None:
            raise NotXml(found)
        self._tail = data[-16:]
        self._buffer.clear()
        if data:
            self._put(data)


class CappedSink(CappedOutput):
    """A sink of so many rows at most; what it took goes on to ``sink`` at the end, whole, or cut and marked."""

    def __init__(self, sink: Sink, media_type: str, limits: Limits, cut: Callable[[int], None]) -> None:
        super().__init__(_Sending(sink), media_type, limits.result_bytes, limits.rows, limits.truncate)  # type: ignore[arg-type]  # it only sends
        self._sink = sink
        self._tell = cut

    def hand_over(self) -> None:
        """Give everything to the sink."""
        self.release()
        self._sink.write(self._take())

    def _take(self) -> bytes:
        self._tell(int(self._about.get("truncated", 0)))
        data = bytes(self._buffer)
        self._buffer.clear()
        return data


class _Sending:
    """A sink where a socket is expected."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def sendall(self, data: bytes) -> None:
        self._sink.write(data)


def mended(chunks: Iterator[bytes], form: ox.QueryResultsFormat) -> Iterator[bytes]:
    """Yield the same answer with quirks mended, in pieces that cut none of them in two."""
    end, blank, boolean = _MEND[form]
    held = b""
    for chunk in chunks:
        held += chunk
        cut = held.rfind(end)
        if cut >= 0:
            whole, held = held[: cut + len(end)], held[cut + len(end) :]
            yield _mend(whole, blank, boolean)
    yield _mend(held, blank, boolean)


def _mend(data: bytes, blank: re.Pattern[bytes], boolean: re.Pattern[bytes]) -> bytes:
    return boolean.sub(lambda match: match[1] + _TRUTH[match[2]], blank.sub(rb"\1", data))


class Arriving(Protocol):
    """An answer as it comes in: its bytes, their media type, and whether HTTP itself would show a cut."""

    name: str
    media_type: str

    @property
    def framed(self) -> bool: ...
    def __iter__(self) -> Iterator[bytes]: ...


def transcode(
    answer: Arriving,
    form: str,
    media_type: str,
    sink: Sink,
    limits: Limits,
    prefixes: Mapping[str, str],
    cut: Callable[[int], None],
    whole: Callable[[int], None],
) -> None:
    """Read an answer and write it to the sink in another format. Raises EngineUnavailable when it is not whole.

    ``cut`` is told after how many rows it was cut, because that was asked for, before the first piece goes out;
    ``whole`` how many triples a graph has, before its last piece goes out, and may raise.
    """
    tabular = form in ("select", "ask")
    read_as = _READABLE.get(answer.media_type) if tabular else None
    capped = CappedSink(sink, media_type, limits, cut) if form == "select" and limits.rows < NO_CAP else None
    source = Source(iter(answer) if read_as is None else mended(iter(answer), read_as))
    try:
        if tabular:
            with contextlib.suppress(Full):
                _tables(source, answer, read_as, form, media_type, capped or sink)
        else:
            whole(_triples(source, answer, media_type, sink, prefixes))
    except (SyntaxError, OSError, ValueError) as error:
        # A parser may only be let go of in its own thread, so no error may carry one away, into a log or to a reader.
        traceback.clear_frames(error.__traceback__)
        if source.error is not None:
            raise source.error from None
        if "JSON-LD" in str(error):
            raise
        log.warning("an answer cannot be read: %s", str(error))
        raise EngineUnavailable(f"{answer.name} gave an answer that cannot be read") from None
    if capped is not None:
        capped.hand_over()
    sink.finish()


def _tables(
    source: Source,
    answer: Arriving,
    read_as: ox.QueryResultsFormat | None,
    form: str,
    media_type: str,
    sink: Sink | CappedSink,
) -> None:
    if read_as is None:
        raise EngineUnavailable(f"{answer.name} answered with something that is no SPARQL result")
    found = ox.parse_query_results(source, read_as)  # type: ignore[arg-type]  # any reader does
    if form == "ask" and isinstance(found, ox.QuerySolutions):
        found = _truth(found)
    if isinstance(found, ox.QueryBoolean) != (form == "ask"):
        raise EngineUnavailable(f"{answer.name} answered another question")
    found.serialize(sink, RESULTS[media_type])  # type: ignore[arg-type]  # any writer does


def _truth(table: ox.QuerySolutions) -> ox.QueryBoolean | ox.QuerySolutions:
    """Read the table that some stores answer ASK with: one row when it is true."""
    if [variable.value for variable in table.variables] != ["__ASK_RETVAL"]:
        return table
    true = any(isinstance(row[0], ox.Literal) and row[0].value not in ("0", "false") for row in table)
    text = '{"head":{},"boolean":true}' if true else '{"head":{},"boolean":false}'
    truth = ox.parse_query_results(text, ox.QueryResultsFormat.JSON)
    assert isinstance(truth, ox.QueryBoolean)
    return truth


def _triples(source: Source, answer: Arriving, media_type: str, sink: Sink, prefixes: Mapping[str, str]) -> int:
    if answer.media_type not in ("application/n-triples", "text/plain"):
        raise EngineUnavailable(f"{answer.name} answered with something that is no list of triples")
    if not answer.framed:  # without that, a list of triples that was cut looks whole
        raise EngineUnavailable(f"{answer.name} gave an answer that does not say where it ends")
    count = 0

    def counted() -> Iterator[ox.Triple]:
        nonlocal count
        for quad in ox.parse(source, ox.RdfFormat.N_TRIPLES):  # type: ignore[arg-type]  # any reader does
            count += 1
            yield quad.triple

    write_graph(counted(), sink, media_type, prefixes)
    return count
