"""/changes/A..B: what changed from one kept version to another, as a page, as JSON, and as RDF Patch.

What is asked takes seconds of a processor where versions are large: it is done in a process of its own, for one pair at
a time, at the expense of who asks first; all who ask the same meanwhile wait for the same, and it is kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import orjson

from cityrights.errors import (
    GoneVersion,
    InputError,
    QueryMemory,
    QueryTimeout,
    SnapshotError,
    UnknownVersion,
)
from cityrights.snapshot import MANIFEST, Snapshot
from cityrights.terms import Iri
from cityrights.versions import patch
from cityrights.versions.history import Record, Told, compare, record_of
from cityrights_web.layout import Layout
from cityrights_web.responses import licence_links
from cityrights_web.site import Site
from cityrights_web.urls import split_language, thing_iri
from cityrights_web.versions import Known
from cityrights_web.views.service import moved
from sparqlgate.http import formats
from sparqlgate.http.answers import get_or_run
from sparqlgate.http.fair_use import FairQueue
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import LATER, Problem, not_found
from sparqlgate.http.requests import Request, Send, encode_path
from sparqlgate.http.responses import CORS, Response, send_response

T = TypeVar("T")
log = logging.getLogger("cityrights.web")

#: https://afs.github.io/rdf-patch/
PATCH: Final = Format("RDF Patch", "application/rdf-patch", "rdfp")
_FORMATS: Final = {form.extension: form for form in (formats.JSON, PATCH)}
_PREFIX: Final = "/changes/"
#: Changes that the page shows, one by one.
_SHOWN: Final = 500
#: Changes of one thing that its page tells.
_TOLD: Final = 2
#: How many pairs may wait to be compared, and of how many what came of it is kept.
_WAITING: Final = 8
_KEPT: Final = 32
#: The longest patch that is made for a request, in bytes.
_LONGEST: Final = 64 << 20


class Pair(NamedTuple):
    """Two versions by their digests."""

    before: str
    after: str


class Asked(NamedTuple):
    """What an address names: two versions as they stand in it, and the file extension of the data that are wanted."""

    before: str
    after: str
    extension: str

    @classmethod
    def of(cls, path: str) -> Asked | None:
        """Read a site path; None where it names no pair."""
        text, extension = path.removeprefix(_PREFIX), ""
        for known in _FORMATS:
            if text.endswith(f".{known}"):
                text, extension = text[: -len(known) - 1], known
                break
        before, dots, after = text.partition("..")
        return cls(before, after, extension) if dots and before and after else None


class Comparisons:
    """The differences between versions beside that of a site, each made once and kept. For one event loop only."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._turns = FairQueue(1, _WAITING)
        self._flying: dict[tuple[str, Pair], asyncio.Task[Any]] = {}
        self._kept: OrderedDict[Pair, Record] = OrderedDict()

    async def told(self, request: Request, pair: Pair) -> Record:
        """Return what changed; what was recorded when one took the other's place is not compared again.

        Raises CityrightsError where a version is spoilt, too much changed, or too many wait, and Problem (429).
        """
        known = self._kept.get(pair) or _recorded(self._site, pair)
        if known is None:
            old, new = (self._site.folder.parent / version[:12] for version in pair)
            known = await self._flown("told", pair, request, lambda: record_of(self._aside(compare, old, new)))
        self._kept[pair] = known
        self._kept.move_to_end(pair)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return known

    async def patch(self, request: Request, pair: Pair) -> bytes | None:
        """Return the patch from one version to the other, None where it is too long. Raises as :meth:`told`."""
        before, after = (Snapshot(self._site.folder.parent / version[:12]).dump for version in pair)
        return await self._flown("patch", pair, request, lambda: self._aside(patch.written, before, after, _LONGEST))

    def _aside(self, work: Callable[..., T], *given: object) -> T:
        """Have something done in a process of its own, from a thread."""
        return self._site.shared.reader.made(work, *given)

    async def _flown(self, what: str, pair: Pair, request: Request, make: Callable[[], T]) -> T:
        """Have something made, or wait for the same that is being made; who leaves does not end it for others."""
        key = what, pair
        task = self._flying.get(key)
        if task is None:
            self._site.shared.fair.admit(request.record)
            task = self._flying[key] = asyncio.create_task(self._made(request, make))
            task.add_done_callback(lambda _: self._flying.pop(key, None))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # maybe nobody is there to ask
        made: T = await asyncio.shield(task)
        return made

    async def _made(self, request: Request, make: Callable[[], T]) -> T:
        shared, threads = self._site.shared, self._site.gate.threads
        async with self._turns.of(request.record.client):
            began = time.monotonic()
            try:
                return await asyncio.get_running_loop().run_in_executor(threads, make)
            finally:
                shared.fair.charge(request.record, time.monotonic() - began)


def _recorded(site: Site, pair: Pair) -> Record | None:
    """Return what was recorded when one of the two was taken up in place of the other."""
    return next((one for one in site.history.records if (one.before, one.version) == pair), None)


async def answer(site: Site, request: Request, send: Send) -> None:
    """Answer at /changes/A..B."""
    if request.path.endswith("/"):
        away = moved(site, encode_path(request.path.rstrip("/")), request.query)
        await send_response(request, away, send, timeout=site.settings.send_seconds)
        return
    host = f"{request.scope.get('scheme', 'http')}://{request.headers.get('host', '')}"
    language, path, _ = split_language(request.path)
    layout = Layout(site, language, path, host)
    key = f"{'' if site.settings.public_url else host} {request.path}"
    made = await get_or_run(
        site.pages, request, key, partial(_answer, layout, request), keeps=lambda response: response.status == 200
    )
    assert isinstance(made, Response)  # none is a stream
    await send_response(request, made, send, timeout=site.settings.send_seconds)


async def _answer(layout: Layout, request: Request) -> Response:
    words, site = layout.words.changes, layout.site
    asked = Asked.of(layout.path or "")
    if asked is None:
        raise not_found(words.no_pair, language=layout.language)
    loop = asyncio.get_running_loop()
    known: Known = request.scope["app"].known
    pair = await loop.run_in_executor(site.gate.threads, _resolved, layout, asked, known)
    path = f"{_PREFIX}{pair.before[:12]}..{pair.after[:12]}"
    if asked != asked._replace(before=pair.before[:12], after=pair.after[:12]):  # a name may come to mean another one
        named = f"{path}.{asked.extension}" if asked.extension else path
        headers = [*CORS, ("location", layout.urls.site(named)), ("cache-control", "no-cache")]
        return Response(302, "text/plain; charset=utf-8", b"", headers)
    comparisons: Comparisons = request.scope["app"].comparisons
    try:
        if asked.extension == PATCH.extension:
            content = await comparisons.patch(request, pair)
            if content is None:
                raise _too_different(layout)
            return await loop.run_in_executor(site.gate.threads, _data, layout, path, content, PATCH)  # may be long
        record = await comparisons.told(request, pair)
    except (QueryTimeout, QueryMemory) as error:
        raise _too_different(layout) from error
    except (InputError, SnapshotError) as error:
        log.error("versions %s and %s cannot be compared: %s", pair.before[:12], pair.after[:12], error)
        detail = {"language": layout.language}
        raise Problem(503, "no-snapshot", words.damaged, detail, LATER) from error
    if asked.extension:
        body = orjson.dumps(_json(site, pair, record), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
        return _data(layout, path, body, formats.JSON)
    return await loop.run_in_executor(site.gate.threads, _page, layout, pair, path, record)


def _too_different(layout: Layout) -> Problem:
    return Problem(400, "answer-too-large", layout.words.changes.too_different, {"language": layout.language})


def _resolved(layout: Layout, asked: Asked, known: Known) -> Pair:
    """Return the versions that an address names. Raises a 404 for one that is unknown, a 410 for one that is gone."""
    site = layout.site
    found = [_found(layout, name, known) for name in (asked.before, asked.after)]
    digests = Pair(*(digest for digest, _ in found))
    stones = [error for _, error in found if error is not None]
    if stones and (asked.extension == PATCH.extension or _recorded(site, digests) is None):
        raise _gone(layout, stones[0])
    return digests


def _found(layout: Layout, name: str, known: Known) -> tuple[str, GoneVersion | None]:
    """Return the digest of the version that is meant, and where it is gone, what is known of that. Raises a 404."""
    try:
        return known.find(name).digest, None
    except GoneVersion as error:
        return error.name, error
    except UnknownVersion as error:
        told = layout.words.changes.unknown.format(name=error.name)
        raise not_found(told, language=layout.language, version=error.name, reason=error.reason) from error


def _gone(layout: Layout, error: GoneVersion) -> Problem:
    words, stone = layout.words.changes, error.tombstone
    day = layout.day(datetime.fromisoformat(str(stone["takenUp"])).date()) if stone["takenUp"] else "–"
    told = words.gone.format(version=error.name[:12], day=day)
    leads = [{"label": words.title, "page": layout.urls.site("/changes")}]
    extra = {"language": layout.language, "version": error.name, "tombstone": stone, "leads": leads}
    return Problem(410, "gone", told, extra)


def _json(site: Site, pair: Pair, record: Record) -> dict[str, object]:
    return {
        "before": {"version": pair.before, "takenUp": _when(site, pair.before)},
        "after": {"version": pair.after, "takenUp": _when(site, pair.after)},
        "added": record.added,
        "removed": record.removed,
        "changes": [
            {"kind": one.kind, **({"thing": one.thing} if one.thing else {}), "told": dict(one.sentences)}
            for one in record.changes
        ],
        "untold": record.untold,
    }


def _when(site: Site, version: str) -> str | None:
    record = site.history.of(version)
    return None if record is None else record.when.isoformat()


def _data(layout: Layout, path: str, body: bytes, form: Format) -> Response:
    name = f"{path.removeprefix(_PREFIX).replace('..', '-to-')}.{form.extension}"
    links = [f'<{layout.urls.site(path)}>; rel="alternate"; type="text/html"', *_licences(layout.site)]
    headers = [*CORS, ("cache-control", "no-cache"), ("link", ", ".join(links))]
    if form is PATCH:
        headers.append(("content-disposition", f'attachment; filename="{name}"'))
    return Response(200, form.content_type, body, headers, layout.site.etag(body))


def _page(layout: Layout, pair: Pair, path: str, record: Record) -> Response:
    site, words = layout.site, layout.words.changes
    moments = [None if (one := site.history.of(version)) is None else one.when for version in pair]
    offers = [(form, layout.urls.site(f"{path}.{form.extension}")) for form in _FORMATS.values()]
    told = [
        words.taken_up.format(version=version[:12], day=layout.day(when.date()))
        if when is not None
        else words.not_taken_up.format(version=version[:12])
        for version, when in zip(pair, moments, strict=True)
    ]
    shown = record.changes[:_SHOWN]
    body = layout.render(
        "difference.html",
        pair=[version[:12] for version in pair],
        same=pair.before == pair.after,
        versions=told if pair.before != pair.after else told[:1],
        backwards=moments[0] is not None and moments[1] is not None and moments[0] > moments[1],
        turned=layout.urls.site(f"{_PREFIX}{pair.after[:12]}..{pair.before[:12]}"),
        record=record,
        changes=[(sentence(layout, one), link(layout, one)) for one in shown],
        more=len(record.changes) - len(shown) + record.untold,
        offers=[(form.name, address) for form, address in offers],
    ).encode()
    links = [f'<{address}>; rel="alternate"; type="{form.media_type}"' for form, address in offers]
    headers = [("cache-control", "no-cache"), ("content-language", layout.language)]
    headers.append(("link", ", ".join([*links, *_licences(site)])))
    return Response(200, formats.HTML.content_type, body, headers, site.etag(body))


def _licences(site: Site) -> list[str]:
    return [f'<{encode_path(address)}>; rel="{relation}"' for address, relation, _ in licence_links(site)]


def sentence(layout: Layout, one: Told) -> str:
    """Return what a change says in the page's language; the graph has its sentences in fewer than pages have."""
    return one.sentences.get(layout.language) or one.sentences["en"]


def link(layout: Layout, one: Told) -> str:
    """Return the address of the page of the thing that a change is about; nothing where it has none."""
    return (layout.urls.link(Iri(one.thing).value) or "") if one.thing else ""


def between(layout: Layout, record: Record) -> str:
    """Return the address of what a recorded version changed; it is told by the site of today."""
    return layout.today.site(f"{_PREFIX}{record.before[:12]}..{record.version[:12]}")


class LastChange(NamedTuple):
    """Since when a thing is as it is, in the words of a page; ``address`` and ``what`` of the change that is known."""

    since: str
    address: str = ""
    what: Sequence[str] = ()


def last_change(layout: Layout, key: str) -> LastChange | None:
    """Return which version last changed the thing with a key, and what; None where nothing is recorded."""
    standing = layout.site.history.standing(key, layout.site.version)
    if standing is None:
        return None
    words, record = layout.words.changes, standing.record
    named = {"version": record.version[:12], "day": layout.day(record.when.date())}
    if not standing.changed:
        return LastChange(words.unchanged.format(**named))
    told = [sentence(layout, one) for one in record.of(key)]
    more = len(told) - _TOLD
    what = told[:_TOLD] + ([words.and_more.of(more).format(n=layout.number(more))] if more > 0 else [])
    if not what and record.touched is not None:
        came, went = (layout.number(count) for count in record.touched[key])
        what = [words.of_it.format(added=came, removed=went)]
    return LastChange(words.changed_in.format(**named), between(layout, record), what)


def standing_now(layout: Layout, key: str) -> LastChange | None:
    """Return whether what the page of an earlier version tells of a thing stands today; None where that is not known.

    ``address`` leads to what changed since.
    """
    site, words = layout.site, layout.words.changes
    edition = site.edition
    later = None if edition is None or edition.today else site.history.later(key, site.version, edition.now)
    if edition is None or later is None:
        return None
    if not later:
        return LastChange(words.stands)
    since = layout.today.site(f"{_PREFIX}{site.short}..{edition.now[:12]}")
    template = words.withdrawn if key in later[0].lost else words.stands_not
    day = layout.day(later[0].when.date())
    return LastChange(template.format(version=later[0].version[:12], day=day), since)


def modified(site: Site, key: str) -> datetime | None:
    """Return when the version was taken up that last changed a thing; None where that is not known.

    Nor is it told where it lies ahead: the clock went back since (RFC 9110 §8.8.2.1).
    """
    standing = site.history.standing(key, site.version)
    known = standing is not None and standing.changed and standing.record.when <= datetime.now(UTC)
    return standing.record.when if standing is not None and known else None


def lost(layout: Layout, key: str) -> Problem | None:
    """Return the 410 for a thing that an earlier version knew: what was said of it, when it went. None for others."""
    record = layout.site.history.lost(key, layout.site.version)
    if record is None:
        return None
    words, gone = layout.words.changes, record.lost[key]
    said = gone.said.get(layout.language) or gone.said.get("en", "")
    template = words.lost if not said else words.claim_lost if gone.is_sentence else words.thing_lost
    told = template.format(version=record.version[:12], day=layout.day(record.when.date()), said=said)
    leads = [{"label": words.lost_with, "page": between(layout, record)}]
    if (layout.site.folder.parent / record.before[:12] / MANIFEST).is_file():
        leads.insert(0, {"label": words.last_page, "page": layout.today.at(record.before).page(key)})
    withdrawn = {"version": record.version, "when": record.when.isoformat(), "before": record.before}
    extra = {"iri": thing_iri(key), "language": layout.language, "said": dict(gone.said), "withdrawn": withdrawn}
    return Problem(410, "gone", told, {**extra, "leads": leads})
