"""Versions at addresses of their own: /version/<digits>/… and ?version=, which are open, and what is said of the rest.

Every address of the site is answered from the version that is asked for, or not at all: what is asked for by a version
never reaches the site of today, whichever family of addresses it belongs to.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from cityrights.errors import CityrightsError, EngineBusy, GoneVersion, ResourceNotFound, UnknownVersion
from cityrights.versions import kept
from cityrights.versions.history import FOLDER as HISTORY
from cityrights.versions.releases import Release, releases, stamps
from cityrights_web.layout import Layout
from cityrights_web.settings import Settings
from cityrights_web.site import Edition, Site
from cityrights_web.urls import VERSION, language_of, split_language, version_path
from cityrights_web.words import CATALOGUE
from sparqlgate.http.problems import LATER, Problem, bad_request, not_found
from sparqlgate.http.requests import Message, Receive, Request, Scope, Send, encode_path
from sparqlgate.http.responses import CORS, Response

log = logging.getLogger("cityrights.web")

_PARAMETER: Final = "version"
#: How a parameter begins, in the query of an address, that may have that name.
BEGINNING: Final = re.compile(rb"(?:^|&)(?:v|%76)")
#: The longest spelling of that name, each letter escaped.
_LONGEST_NAME: Final = 3 * len(_PARAMETER)
#: Pages and files of the service itself, which are no part of any version: who asks for one in a version is led there.
OF_THE_SERVICE: Final = (
    "/static/", "/favicon.ico", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png", "/health", "/metrics",
    "/robots.txt", "/sitemap.xml", "/sitemap-", "/about", "/releases", "/accessibility", "/privacy", "/corrections",
    "/asking", "/api", "/openapi.json", "/conformance",
)  # fmt: skip
#: Files that stand beside the data and are kept with no version: only with that of today they are given.
BESIDE: Final = ("/shapes", "/ontology/shapes", "/ontology/alignments/", "/ontology/context.jsonld")
#: What is told of a version is the same for ever, and may be kept so.
_FOREVER: Final = ("/data/", "/download/", "/graph", "/sparql", "/ontology.")
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
#: When to come again, in seconds, where as many versions are being read as may be open.
_LATER: Final = 5.0
#: For so long, in seconds, a version that could not be opened is not tried again.
_RESTING: Final = 30.0
#: How often, in seconds, it is looked whether a version that nobody asks for has been left alone for long enough.
_LOOKED: Final = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request names as its version: ``names`` by parameters, ``path`` by its path; the rest is ``scope``."""

    names: tuple[str, ...]
    path: str | None
    scope: Scope


def asked(scope: Scope) -> Asked | None:
    """Return which version a request asks for; None where it asks for none, and so for today's."""
    query: bytes = scope["query_string"]
    values: list[str] = []
    if BEGINNING.search(query):
        values, query = _parameters(query, str(scope["path"]))
    at = _below(scope)
    if at is None:
        return Asked(tuple(values), None, {**scope, "query_string": query}) if values else None
    name, rest = at
    return Asked(tuple(values), name, {**rest, "query_string": query})


def _below(scope: Scope) -> tuple[str, Scope] | None:
    """Return the name that a path has after /version/, and the scope with the rest of the path."""
    if not str(scope["path"]).startswith(VERSION):
        return None
    raw = (scope.get("raw_path") or str(scope["path"]).encode("utf-8", "surrogatepass")).partition(b"?")[0]
    start = 0 if raw.startswith(b"/") else raw.find(b"/", raw.find(b"://") + 3)
    if start < 0 or not raw.startswith(VERSION.encode(), start):
        return None  # spelt in another way: it is led to this spelling as any address is
    name, slash, rest = raw[start + len(VERSION) :].partition(b"/")
    if not name:
        return None
    path = str(scope["path"])[len(VERSION) :].partition("/")[2]
    return (
        unquote_to_bytes(name).decode("utf-8", "replace"),
        {**scope, "raw_path": slash + rest, "path": f"/{path}" if slash else ""},
    )


def _parameters(query: bytes, path: str) -> tuple[list[str], bytes]:
    """Return the values of the parameter, however its name is spelt, and the query of the address without it."""
    values, others = [], []
    cites = split_language(path)[1].startswith("/queries/")
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if len(name) <= _LONGEST_NAME and unquote_to_bytes(name) == _PARAMETER.encode():
            text = unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8", "replace")
            # At /queries/… a citation of an answer has this name, too; what is neither, its reader refuses.
            if not cites or not text.strip() or kept.is_name(text):
                values.append(text)
                continue
        others.append(part)
    return values, b"&".join(others)


def names_version(form: str) -> bool:
    """Say whether a form that was sent names a version."""
    return bool(_parameters(form.encode("utf-8", "replace"), "")[0])


def in_a_form(language: str) -> Problem:
    """Return the 400 for a version that is named in a form where only the address can."""
    return bad_request(CATALOGUE[language].editions.in_address, language=language)


class Served(Protocol):
    """The application of one version."""

    site: Site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
    async def close(self) -> None: ...


S = TypeVar("S", bound=Served)


@dataclass(eq=False)
class _Open(Generic[S]):
    made: asyncio.Task[S]
    users: int = 0
    used: float = field(default_factory=time.monotonic)


class OpenVersions(Generic[S]):
    """Versions that are open: at most ``most``, each closed when nobody has asked for it for ``idle`` seconds.

    For one event loop only. Opening and closing are done in threads, and only one that nobody reads makes way for
    another: whoever asks for a further one meanwhile is told to come again.
    """

    def __init__(self, most: int, idle: float) -> None:
        self._most = most
        self._idle = idle
        self._open: dict[str, _Open[S]] = {}
        self._resting: dict[str, tuple[float, Exception]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def count(self) -> int:
        """How many are open, or being opened or closed to make way."""
        return len(self._open)

    @asynccontextmanager
    async def of(self, digest: str, make: Callable[[], S]) -> AsyncIterator[tuple[S, Callable[[], None]]]:
        """Have a version open; ``make`` opens it. Raises what that raises, and EngineBusy when too many are read.

        Whoever needs it no more before all is sent calls what it is given with it: it may make way from then on.
        """
        one = self._open.get(digest) or self._begin(digest, make)
        one.users += 1
        needed = True

        def release() -> None:
            nonlocal needed
            if needed:
                needed = False
                one.users -= 1
                one.used = time.monotonic()

        try:
            yield await asyncio.shield(one.made), release
        finally:
            release()

    def _begin(self, digest: str, make: Callable[[], S]) -> _Open[S]:
        resting = self._resting.get(digest)
        if resting is not None and resting[0] > time.monotonic():
            raise resting[1].with_traceback(None)
        before: _Open[S] | None = None
        if self._closed or len(self._open) >= self._most:
            idle = [name for name, one in self._open.items() if not one.users and one.made.done()]
            if self._closed or not idle:
                raise EngineBusy(_LATER, "as many earlier versions are being read as may be open at once")
            before = self._open.pop(min(idle, key=lambda name: self._open[name].used))
        one = self._open[digest] = _Open(asyncio.create_task(self._make(digest, make, before)))
        one.made.add_done_callback(_noticed)
        self._watch()
        return one

    async def _make(self, digest: str, make: Callable[[], S], before: _Open[S] | None) -> S:
        try:
            if before is not None:
                await _close(before)
            served = await asyncio.to_thread(make)
        except BaseException as error:
            del self._open[digest]
            if isinstance(error, CityrightsError | Problem):
                self._resting = {name: one for name, one in self._resting.items() if one[0] > time.monotonic()}
                self._resting[digest] = (time.monotonic() + _RESTING, error)
            raise
        log.info("version %s is open", served.site.short)
        return served

    def _watch(self) -> None:
        if not self._tasks:
            task = asyncio.create_task(self._end_idle())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _end_idle(self) -> None:
        """Close what nobody has asked for; end when nothing is open any more."""
        while self._open:
            await asyncio.sleep(min(_LOOKED, self._idle))
            until = time.monotonic() - self._idle
            for digest in [name for name, one in self._open.items() if not one.users and one.used < until]:
                if self._open[digest].made.done():
                    await _close(self._open.pop(digest))

    async def close(self) -> None:
        """Close all; nothing is opened any more."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        for digest in list(self._open):
            await _close(self._open.pop(digest))


def _noticed(made: asyncio.Task[S]) -> None:
    """Take notice of what went wrong, also where whoever asked has left meanwhile."""
    if not made.cancelled():
        made.exception()


async def _close(one: _Open[S]) -> None:
    try:
        served = await one.made
    except (CityrightsError, Problem, OSError):
        return  # it was never open
    await served.close()
    log.info("version %s is closed", served.site.short)


class Known:
    """The versions that a folder of snapshots knows, read anew when something changed there. Threads may share it."""

    def __init__(self, site: Site) -> None:
        self._directory = site.folder.parent
        self._served = site.version
        self._released = _released if site.is_shipped else tuple[Release]  # those of this project's graph alone
        self._seen: tuple[object, ...] = ()
        self._held: Mapping[str, kept.Version] = {}

    def all(self) -> Mapping[str, kept.Version]:
        """Return them by their digests."""
        seen = tuple(self._stamps())
        if seen != self._seen:
            self._held = kept.known(self._directory, self._released(), self._served)
            self._seen = seen
        return self._held

    def find(self, name: str) -> kept.Version:
        """Return the version of this name. Raises UnknownVersion and GoneVersion."""
        return kept.find(name, self.all(), self._served)

    def _stamps(self) -> Iterator[object]:
        for place in (self._directory, self._directory / HISTORY, self._directory / HISTORY / "gone"):
            try:
                yield place.stat().st_mtime_ns
            except OSError:
                yield 0
        with suppress(ResourceNotFound):
            yield from stamps()


def _released() -> Sequence[Release]:
    try:
        return releases()
    except CityrightsError as error:
        log.warning("the releases cannot be read: %s", error)
        return []


def one_name(named: Asked, language: str) -> str:
    """Return the one version that a request names. Raises a 400 where it names two, or none."""
    names = dict.fromkeys([*([named.path] if named.path is not None else []), *named.names])
    words = CATALOGUE[language].editions
    if len(names) != 1:
        raise bad_request(words.two.format(parameter=_PARAMETER), language=language)
    (name,) = names
    if not name.strip():
        raise bad_request(words.empty.format(parameter=_PARAMETER), language=language)
    return name


def problem_of(error: UnknownVersion, site: Site, request: Request, language: str) -> Problem:
    """Return the 404 for a version that is not known, the 410 with its tombstone for one that is gone.

    The same page of the version that took its place is one of the ways on.
    """
    words = CATALOGUE[language].editions
    if not isinstance(error, GoneVersion):
        told = words.unknown.format(name=error.name)
        return not_found(told, language=language, version=error.name, reason=error.reason)
    layout = Layout(site, language, None)
    stone = error.tombstone
    since, by, archived = stone["gone"], str(stone["replacedBy"] or ""), stone["archived"]
    lines = [words.gone.format(version=error.name[:12])]
    if stone["takenUp"]:
        lines.append(words.taken_up.format(day=_day(layout, str(stone["takenUp"]))))
    if since:
        lines.append(words.gone_since.format(day=_day(layout, str(since))))
    if by:
        lines.append(words.replaced.format(version=by[:12]))
    if isinstance(archived, list) and archived:
        lines.append(words.archived.format(address=", ".join(map(str, archived))))
    leads = [{"label": words.changes, "page": layout.urls.site("/changes")}]
    if by:
        same = f"{site.home}{version_path(by, encode_path(request.path))}"
        leads.insert(0, {"label": words.replacement.format(version=by[:12]), "page": same})
    if isinstance(archived, list):
        leads += [{"label": str(address), "page": str(address)} for address in archived]
    extra = {"language": language, "version": error.name, "tombstone": stone, "leads": leads}
    return Problem(410, "gone", " ".join(lines), extra)


def _day(layout: Layout, moment: str) -> str:
    year, month, day = (int(part) for part in moment[:10].split("-"))
    return layout.moment(year, month, day)


def is_of(path: str, family: Sequence[str]) -> bool:
    """Say whether a path, in any language, is one of a family or below it."""
    plain = split_language(path)[1]
    return any(
        plain == one or plain.startswith((f"{one}/", f"{one}.") if one[-1] not in "/-" else one) for one in family
    )


def language_for(request: Request) -> str:
    """Return the language in which a request is answered."""
    return language_of(request.path, request.query, request.headers.get("accept-language"))


def damaged(version: str, error: Exception, language: str) -> Problem:
    """Return the 503 for a version that is kept and cannot be opened; the reason is told, and logged."""
    log.error("version %s is kept and cannot be served: %s", version[:12], error)
    words = CATALOGUE[language].editions
    extra = {"language": language, "version": version, "reason": str(error).partition("; run:")[0]}
    return Problem(503, "no-snapshot", words.damaged.format(version=version[:12]), extra, LATER)


def marked(send: Send, today: str, request: Request, release: Callable[[], None]) -> Send:
    """Return a ``send`` that marks what is answered from a version: not to be listed by search engines, and kept.

    ``today`` is the address of the same of today (RFC 5829). A file that is open needs the version no more, however
    slowly it is read: ``release`` is called.
    """
    kept_for_ever = request.method in ("GET", "HEAD") and request.path.startswith(_FOREVER)

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            if request.path.startswith("/download/"):
                release()
            headers.append((b"x-robots-tag", b"noindex, nofollow"))
            headers.append((b"link", f'<{today}>; rel="latest-version"'.encode("ascii", "ignore")))
            if kept_for_ever and message["status"] in (200, 206, 304):
                headers = _kept(headers)
            message = {**message, "headers": headers}
        await send(message)

    return noted


def _kept(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Let an answer be kept for ever that may be kept, and is no page: pages say what is today's."""
    held = {name.lower(): value for name, value in headers}
    if held.get(b"cache-control", b"no-cache") != b"no-cache" or held.get(b"content-type", b"").startswith(
        b"text/html"
    ):
        return headers
    return [*((n, v) for n, v in headers if n.lower() != b"cache-control"), (b"cache-control", _IMMUTABLE.encode())]


def today_of(site: Site, request: Request) -> str:
    """Return the address of what a request asks for, of today; without a public one it is relative to the host."""
    return f"{site.home}{_asked_of(request)}"


def _asked_of(request: Request) -> str:
    """Return the path and the query of a request, of which two slashes at the start are never made a host."""
    path = encode_path(request.path)
    path = f"/{path.lstrip('/')}" if path.startswith("//") else path
    return f"{path}?{request.query}" if request.query else path


def without_language(path: str) -> str | None:
    """Return the address of a path in which a language stands before the version: it comes after it."""
    language, below, prefixed = split_language(path)
    if not prefixed or not below.startswith(VERSION):
        return None
    name, slash, rest = below[len(VERSION) :].partition("/")
    return encode_path(f"{VERSION}{name}/{language}{slash}{rest}")


def led(named: Asked, found: kept.Version, request: Request, today: str) -> Response | None:
    """Return where a request is led: what is no part of a version, and names of versions other than their digits."""
    query = f"?{request.query}" if request.query else ""
    if is_of(request.path, OF_THE_SERVICE):
        return _to(303, today)
    if named.path is None or (found.digest.startswith(named.path) and named.scope["path"]):
        return None
    home = today.removesuffix(_asked_of(request))
    return _to(307, f"{home}{version_path(found.digest, encode_path(request.path))}{query}")


def _to(status: int, address: str) -> Response:
    return Response(status, "text/plain; charset=utf-8", b"", [*CORS, ("location", address)])


def beside(found: kept.Version, today: str, language: str) -> Problem:
    """Return the 404 for a file that is kept with no version."""
    told = CATALOGUE[language].editions.beside.format(version=found.short)
    leads = [{"label": today, "page": today}]
    return not_found(told, language=language, version=found.digest, leads=leads)


def edition_of(found: kept.Version, site: Site, served: Callable[[], str], *, today: bool) -> Edition:
    """Return what the pages of a version say of it; ``served`` says which is that of today."""
    return Edition(site.home, found.taken_up.date() if found.taken_up else None, today, served)


#: Room for the pages and the answers of a version that is not today's, in bytes.
_PAGES: Final = 4 * 1_048_576
_ANSWERS: Final = 8 * 1_048_576


def settings_of(settings: Settings, digest: str) -> Settings:
    """Return the settings of a version at its own address, from those of the service."""
    return settings.changed(
        public_url=settings.public_url + version_path(digest),
        cached_pages=min(_PAGES, settings.cached_pages),
        cached_answers=min(_ANSWERS, settings.cached_answers),
    )
