"""Memento (RFC 7089): what stood at an address at a time that a client names, and lists of all that stood there.

The pages and data of things and of the dataset are their own TimeGates, which lead to the version by a 302 (pattern
1.1); below /timegate/ stands another one for each, for clients that are told where a TimeGate is (pattern 2.1). A
memento is the same address in a version that is kept. What was taken up when is what the folder of snapshots recorded;
where a clock went back, the order of the records counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import orjson

from cityrights.library.pages import ask
from cityrights.terms import Iri
from cityrights.versions.history import Record
from cityrights.vocabulary import BASE
from cityrights_web.site import Site
from cityrights_web.urls import split_language, thing_iri, version_path
from cityrights_web.versions import Known, is_of, language_for
from cityrights_web.words import CATALOGUE
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import read_date, write_date
from sparqlgate.http.problems import Problem, bad_request, not_found
from sparqlgate.http.requests import Message, Request, Send, encode_path
from sparqlgate.http.responses import CORS, Response, send_response

#: Whose earlier states can be asked for.
ORIGINALS: Final = ("/id", "/page", "/data", "/dataset")
TIMEGATE: Final = "/timegate/"
TIMEMAP: Final = "/timemap/"
LINKS: Final = Format("link-format", "application/link-format", "link")
#: The names of TimeMaps in addresses.
_MAPS: Final[Mapping[str, Format]] = {"link": LINKS, "json": formats.JSON}
_VARY: Final = "accept-datetime"
_EXAMPLE: Final = "Thu, 31 May 2007 20:35:00 GMT"
#: An address of more characters is told once in a head, without those of its states: proxies refuse large heads.
_LONG: Final = 400
#: What an answer is that was so at the time, and not something that is wrong today.
_STATES: Final = (200, 206, 302, 303, 304)


@dataclass(frozen=True, slots=True)
class Memento:
    """A version that has an address, and when it was taken up last."""

    version: str
    when: datetime


class Original(NamedTuple):
    """An address of today: the scheme and host, with the prefix of the site, its path, and its query with ``?``."""

    home: str
    path: str
    query: str = ""

    @property
    def address(self) -> str:
        """The address itself (URI-R)."""
        return f"{self.home}{encode_path(self.path)}{self.query}"

    @property
    def is_long(self) -> bool:
        """Whether the address is too long to be told again and again; anybody can make it so."""
        return len(self.address) > _LONG

    def of(self, version: str) -> str:
        """Return the address in a version (URI-M)."""
        return f"{self.home}{version_path(version, encode_path(self.path))}{self.query}"

    def map(self, name: str) -> str:
        """Return the address of a TimeMap (URI-T)."""
        return f"{self.home}{TIMEMAP}{name}{encode_path(self.path)}{self.query}"


def original(site: Site, request: Request) -> Original:
    """Return what a request asks for, of today, also from a version at an address of its own."""
    home = site.home
    if "://" not in home:
        home = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', '')}{home}"
    return Original(home, request.path, f"?{request.query}" if request.query else "")


def is_original(path: str) -> bool:
    """Say whether earlier states of a path can be asked for."""
    return is_of(path, ORIGINALS)


def states(site: Site, known: Known, path: str, until: str = "") -> list[Memento]:
    """Return the versions that are kept and have a path, the oldest first, up to one: by default that of the site."""
    kept = {digest for digest, one in known.all().items() if one.folder is not None}
    records = site.history.until(until or site.version)
    there = _there(records, _key(path))
    found = {
        record.version: Memento(record.version, record.when)
        for record in reversed(records)
        if record.version in kept and there.get(record.version, True)
    }
    return sorted(found.values(), key=lambda one: one.when)


def at(site: Site, moment: datetime, among: Sequence[Memento]) -> Memento:
    """Return the state that there was at a moment: the first one before all, the last one after all (§4.5.3).

    Of a time whose version is not kept it is the one before that.
    """
    known = {one.version: one for one in among}
    for record in site.history.until(site.version):
        if record.when <= moment and record.version in known:
            return known[record.version]
    return among[0]


def _key(path: str) -> str:
    """Return the key of the thing that a path is about; nothing for one of no thing."""
    family, _, rest = split_language(path)[1].removeprefix("/").partition("/")
    if family == "dataset":
        return ""
    return rest.rpartition(".")[0] or rest if family == "data" else rest


def _there(records: Sequence[Record], key: str) -> dict[str, bool]:
    """Return in which versions something is said of a thing, as far as the records, the newest first, tell."""
    found: dict[str, bool] = {}
    held: bool | None = None
    for record in reversed(records):
        came, went = key in record.come, key in record.lost
        if held is None and (came or went):  # so it was, or was not, from the first version on
            found |= dict.fromkeys(found, went)
        held = True if came else False if went else held
        found[record.version] = True if held is None else held
    return found


def _moment(request: Request) -> datetime | None:
    """Return the time that a client asks for, None where it asks for none. Raises a 400 for no date (§4.5.3)."""
    text = request.headers.get(_VARY)
    if text is None:
        return None
    moment = read_date(text, obsolete=False)
    if moment is None:
        language = language_for(request)
        raise bad_request(
            CATALOGUE[language].editions.no_date.format(date=text[:64], example=_EXAMPLE), language=language
        )
    return moment


async def chosen(site: Site, known: Known, request: Request) -> Response | None:
    """Return the way to the state that a request asks for; None where it asks for that of today. Raises a 400."""
    if request.method not in ("GET", "HEAD") or site.edition is not None or not is_original(request.path):
        return None
    asked = _moment(request) if site.history.until(site.version) else None
    if asked is None:
        return None
    found = await asyncio.to_thread(states, site, known, request.path)
    target = original(site, request)
    return _way(target, at(site, asked, found), found, _maps(target)) if found else None


def _way(target: Original, one: Memento, found: Sequence[Memento], links: Sequence[str]) -> Response:
    """Return the answer of a TimeGate, which leads to a memento."""
    headers = [*CORS, ("location", target.of(one.version)), ("vary", _VARY), ("cache-control", "no-cache")]
    told = ", ".join([*links, *_around(target, found, one.version)])
    return Response(302, "text/plain; charset=utf-8", b"", [*headers, ("link", told)])


def _maps(target: Original, relation: str = "original timegate") -> list[str]:
    own = f'<{target.address}>; rel="{relation}"'
    if target.is_long:
        return [own]
    return [
        own,
        *(f'<{target.map(name)}>; rel="timemap"; type="{form.media_type}"' for name, form in _MAPS.items()),
    ]


def _around(target: Original, found: Sequence[Memento], version: str) -> Iterator[str]:
    """Yield the links to the first and the last memento, to this one, and to those before and after it (§2.2)."""
    if target.is_long:
        return
    place = next((place for place, one in enumerate(found) if one.version == version), None)
    names: dict[int, list[str]] = {0: ["first"]}
    names.setdefault(len(found) - 1, []).append("last")
    if place is not None:
        names.setdefault(place, [])
        for beside, name in ((place - 1, "prev"), (place + 1, "next")):
            if 0 <= beside < len(found):
                names.setdefault(beside, []).append(name)
    for number in sorted(names):
        one = found[number]
        relation = " ".join([*names[number], "memento"])
        yield f'<{target.of(one.version)}>; rel="{relation}"; datetime="{write_date(one.when)}"'


class Teller:
    """Adds to an answer of one request what RFC 7089 has said of it; ``request`` is set when it was read."""

    def __init__(self, site: Site, known: Known, send: Send) -> None:
        self._site, self._known, self._send = site, known, send
        self.request: Request | None = None

    async def __call__(self, message: Message) -> None:
        """Send a message."""
        request = self.request
        if request is not None and message["type"] == "http.response.start" and is_original(request.path):
            message = {**message, "headers": await self._told(request, message)}
        await self._send(message)

    async def _told(self, request: Request, message: Message) -> list[tuple[bytes, bytes]]:
        headers: list[tuple[bytes, bytes]] = list(message["headers"])
        site, target = self._site, original(self._site, request)
        if site.edition is None:
            if not site.history.until(site.version) or _is_led(headers):
                return headers
            links = _maps(target)
            return [*_varied(headers), (b"link", ", ".join(links).encode("ascii", "ignore"))]
        record = site.history.of(site.version)
        if record is None or message["status"] not in _STATES:
            return headers
        now = site.edition.now or site.version
        found = await asyncio.to_thread(states, site, self._known, request.path, now)
        links = [*_maps(target), *(_around(target, found, site.version) if found else ())]
        headers.append((b"memento-datetime", write_date(record.when).encode()))
        return [*headers, (b"link", ", ".join(links).encode("ascii", "ignore"))]


def _is_led(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Say whether an answer is that of a TimeGate, which has told all already."""
    return any(name == b"vary" and value == _VARY.encode() for name, value in headers)


def _varied(headers: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers, with the time that is asked for among what decided the answer."""
    held = [value.decode("latin-1") for name, value in headers if name == b"vary"]
    yield from (pair for pair in headers if pair[0] != b"vary")
    yield b"vary", ", ".join([*held, _VARY]).encode("latin-1")


async def timegate(site: Site, request: Request, send: Send) -> None:
    """Answer at /timegate/…: the way to what stood at an address at the time that is asked for, or stands now."""
    target, moment = _target(site, request, request.path.removeprefix(TIMEGATE)), _moment(request)
    found = await _found(site, request, target)
    one = found[-1] if moment is None else at(site, moment, found)
    own = f'<{original(site, request).address}>; rel="timegate"'
    response = _way(target, one, found, [own, *_maps(target, "original")])
    await send_response(request, response, send, timeout=site.settings.send_seconds)


async def timemap(site: Site, request: Request, send: Send) -> None:
    """Answer at /timemap/link/… and /timemap/json/…: what stood at an address, and when (§5)."""
    name, _, rest = request.path.removeprefix(TIMEMAP).partition("/")
    if name not in _MAPS:
        raise _nothing(request)
    target = _target(site, request, rest)
    found = await _found(site, request, target)
    body = _links(target, found) if name == "link" else _json(target, found)
    response = Response(200, _MAPS[name].content_type, body, [*CORS, ("cache-control", "no-cache")])
    response.etag = site.etag(body)
    await send_response(request, response, send, timeout=site.settings.send_seconds)


def _target(site: Site, request: Request, named: str) -> Original:
    """Return the address of today that stands behind that of a TimeGate or TimeMap: whole, or its path alone.

    The IRIs of the graph are understood as well. Raises a 404 for one whose earlier states cannot be asked for.
    """
    home = original(site, request).home
    begins = (f"{home}/", BASE) if "://" in named else ("",)
    rest = next((named.removeprefix(begin) for begin in begins if named.startswith(begin)), None)
    if rest is None or not is_original(f"/{rest}"):
        raise _nothing(request)
    return Original(home, f"/{rest}", f"?{request.query}" if request.query else "")


async def _found(site: Site, request: Request, target: Original) -> list[Memento]:
    """Return the states of an address. Raises a 404 where there are none, and for a thing that nobody ever knew."""
    loop, known = asyncio.get_running_loop(), request.scope["app"].known
    found = await loop.run_in_executor(site.gate.threads, states, site, known, target.path)
    key = _key(target.path)
    if found and key and not any(key in one.come or key in one.lost for one in site.history.records):
        thing, fair = {"thing": Iri(thing_iri(key))}, site.shared.fair
        fair.admit(request.record)
        began = time.monotonic()
        try:
            there = await loop.run_in_executor(site.gate.threads, partial(ask, site.engine, "exists", thing))
        finally:
            fair.charge(request.record, time.monotonic() - began)
        if not there:
            raise _nothing(request)
    if not found:
        raise _nothing(request)
    return found


def _nothing(request: Request) -> Problem:
    language = language_for(request)
    return not_found(CATALOGUE[language].editions.no_states, language=language)


def _links(target: Original, found: Sequence[Memento]) -> bytes:
    """Return a TimeMap as RFC 6690 writes links."""
    first, last = write_date(found[0].when), write_date(found[-1].when)
    own = f'<{target.map("link")}>; rel="self"; type="{LINKS.media_type}"; from="{first}"; until="{last}"'
    other = f'<{target.map("json")}>; rel="timemap"; type="{formats.JSON.media_type}"'
    lines = [f'<{target.address}>; rel="original timegate"', own, other]
    for number, one in enumerate(found):
        names = ["first"] * (number == 0) + ["last"] * (number == len(found) - 1) + ["memento"]
        lines.append(f'<{target.of(one.version)}>; rel="{" ".join(names)}"; datetime="{write_date(one.when)}"')
    return (",\n".join(lines) + "\n").encode()


def _json(target: Original, found: Sequence[Memento]) -> bytes:
    """Return a TimeMap as the aggregators of mementos write it in JSON."""
    listed = [
        {"datetime": one.when.strftime("%Y-%m-%dT%H:%M:%SZ"), "uri": target.of(one.version), "version": one.version}
        for one in found
    ]
    told = {
        "original_uri": target.address,
        "timegate_uri": target.address,
        "timemap_uri": {"link_format": target.map("link"), "json_format": target.map("json")},
        "mementos": {"first": listed[0], "last": listed[-1], "list": listed},
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
