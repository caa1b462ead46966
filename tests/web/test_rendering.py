"""Pages are rendered as Jinja does it, by whatever shortcuts, and nobody waits for what is read once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

import jinja2
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from cityrights.indexes.counts import PLACES, read_overview
from cityrights.indexes.facets.reading import Catalogue
from cityrights.resources.places import Places
from cityrights.snapshot import Snapshot
from cityrights_web import app, flask_app, rendering
from cityrights_web import site as site_of_a_snapshot
from cityrights_web.app import Application, SiteApplication
from cityrights_web.flask_app import create_pages
from cityrights_web.results import cards
from cityrights_web.settings import Settings
from cityrights_web.site import Recent, Site
from sparqlgate import EmbeddedEngine, Query
from sparqlgate.query import Control
from sparqlgate.stores.base import Result, Store, Tell
from tests.support import HANG

#: A page of each template that has much in it.
PAGES = (
    "/", "/practices", "/cities?view=table", "/connections", "/connections/utrecht", "/connections/utrecht/lyon",
    "/compare", "/compare?city=utrecht&city=lyon", "/coverage", "/search?q=housing", "/queries", "/stories", "/ask",
    "/ontology", "/why", "/about", "/page/city/utrecht", "/page/country/france", "/page/practice/utrecht-plan-einstein",
    "/page/theme/housing", "/page/claim/twenty-practices/20", "/page/decision/34", "/page/source/twenty-practices",
    "/page/status/in-place", "/page/organisation/ohchr",
)  # fmt: skip


class Thing:
    """Something with an attribute, a method, an item and markup of its own."""

    name = "<name>"

    def said(self, word: str = "none", *, loud: bool = False) -> str:
        return f"{word}{'!' if loud else '&'}"

    def __getitem__(self, key: str) -> str:
        if key != "item":
            raise KeyError(key)
        return "the item"

    def __html__(self) -> str:
        return "<b>own</b>"


#: Templates that use what there is to shorten, each with what it may know.
SNIPPETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("{{ x.name }} {{ x.item }} {{ x }} {{ x.said() }} {{ x.said('a', loud=true) }} {{ x.name.lower().upper() }}", {}),
    ("{{ d.known }} {{ d.keys()|list }} {{ d.inner.deep.name }} {{ d['known'] }}", {}),
    ("{{ 1 }} {{ 1.5 }} {{ none }} {{ '<' }} {{ m }} {{ m ~ '<' }} {{ [m, '<'] }} {{ x.name|upper }}", {}),
    ("{% macro a(b, c='<c>', d=none) %}{{ b }}{{ c }}{% if d %}{{ d.name }}{% endif %}{% endmacro %}"
     "{{ a('<b>') }}{{ a(m, c=m) }}{{ a('b', 'c', x) }}{{ a(d=x, b=a('in')) }}", {}),
    ("{% macro a() %}{{ varargs|join }}{{ kwargs.k }}{% endmacro %}{{ a('1', '<', k=m) }}", {}),
    ("{% macro a(b) %}[{{ caller(b) }}]{% endmacro %}{% call(got) a('<') %}{{ got }}{{ m }}{% endcall %}", {}),
    ("{% for i in range(3) %}{{ loop.index }}{{ loop.changed(i) }}{{ x.said(i) }}{% endfor %}", {}),
    ("{% set n = namespace(i=1) %}{% for i in [1, 2] if i > 1 %}{% set n.i = i %}{% endfor %}{{ n.i }}", {}),
    ("{{ x.said(*['p'], **{'loud': true}) }} {{ y.name is defined }} {{ x.nothing is defined }}", {"y": Thing()}),
    ("{{ d.nothing|default('instead') }} {{ x|attr('name') }} {{ (x.name if d.known else m).lower() }}", {}),
    ("{% if d.nothing %}{% endif %}", {}),
    ("{{ x.nothing }}", {}),
    ("{{ nothing.at.all }}", {}),
    ("{{ nothing() }}", {}),
)  # fmt: skip


def _plain() -> jinja2.Environment:
    """Return an environment as Jinja has it, with the options of ours."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("cityrights_web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def test_what_is_compiled_leanly_says_what_jinja_says() -> None:
    known = {"x": Thing(), "m": Markup("<i>m</i>"), "d": {"known": "<k>", "inner": {"deep": Thing()}}}

    def told(environment: jinja2.Environment, text: str, given: dict[str, Any]) -> str:
        try:
            return environment.from_string(text).render(**known, **given)
        except UndefinedError as error:
            return f"UndefinedError: {error}"

    for text, given in SNIPPETS:
        assert told(rendering.environment(), text, given) == told(_plain(), text, given), text


def test_a_macro_takes_its_own_parameters_and_no_others() -> None:
    macro = "{% macro of(a, b) %}{{ a }}{{ b }}{% endmacro %}"
    for call in ("of(1, 2, 3)", "of(1, c=2)"):
        with pytest.raises(TypeError, match="the macro of has the parameters a, b"):
            rendering.environment().from_string(macro + "{{ " + call + " }}").render()
    with pytest.raises(UndefinedError, match="'b' was not provided"):
        rendering.environment().from_string(macro + "{{ of(1) }}").render()


@pytest.fixture(scope="module")
def site(snapshot: Snapshot) -> Iterator[Site]:
    with EmbeddedEngine(snapshot, workers=1) as engine:
        yield Site(engine, snapshot.version, snapshot.path, snapshot.manifest)


def test_every_page_is_what_jinja_makes_of_its_templates(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [(path, prefix) for path in PAGES for prefix in ("", "/fr")]

    def made() -> list[str]:
        client = create_pages(site).test_client()
        return [client.get(path, environ_overrides={"SCRIPT_NAME": prefix}).text for path, prefix in asked]

    ours = made()
    plain = _plain()
    monkeypatch.setattr(rendering, "environment", lambda: plain)
    for (path, prefix), one, other in zip(asked, ours, made(), strict=True):
        if one != other:
            at = next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
            pytest.fail(f"{prefix}{path} differs from what Jinja makes at {at}: {one[at - 40 : at + 80]!r}")


class Counting(Store):
    """A store that counts what it is asked."""

    def __init__(self, inner: Store) -> None:
        self.inner, self.asked = inner, 0
        self.version, self.functions = inner.version, inner.functions

    def query(self, query: Query | str, *, control: Control | None = None) -> Result:
        self.asked += 1
        return self.inner.query(query, control=control)

    def start(self, query: Query, control: Control, tell: Tell, threads: Executor | None = None) -> None:
        self.inner.start(query, control, tell, threads)

    def status(self) -> dict[str, int]:
        return self.inner.status()

    def close(self) -> None:
        self.inner.close()


def _asked(snapshot: Snapshot, paths: list[str], *, later: bool = True, **settings: Any) -> dict[str, tuple[int, int]]:
    """Return how many queries the first request for each page takes, and the second, of a site that was just opened.

    Without ``later`` they come before what is made after the start.
    """
    store = Counting(EmbeddedEngine(snapshot, workers=1))
    served = Site(store, snapshot.version, snapshot.path, snapshot.manifest, Settings(**settings))
    application = SiteApplication(served)

    async def run() -> dict[str, tuple[int, int]]:
        await application.open()
        if later:
            list(application.later())
        client = application._pages._app.test_client()
        counted = {}
        for path in paths:
            before = store.asked
            client.get(path)
            between = store.asked
            client.get(path)
            counted[path] = (between - before, store.asked - between)
        await application.close()
        return counted

    return asyncio.run(run())


def test_what_is_read_once_is_read_before_it_is_asked_for(snapshot: Snapshot) -> None:
    """The pages that are likely to be first, before the first request; what others need, after the start."""
    paths, first_of_all = ["/", "/connections", "/compare", "/page/source/twenty-practices"], [*flask_app._FIRST]
    warm = _asked(snapshot, [*paths, "/coverage"], warm=True)
    assert all(first == again for first, again in warm.values()), warm
    begun = _asked(snapshot, first_of_all, warm=True, later=False)
    assert all(first == again for first, again in begun.values()), begun
    cold = _asked(snapshot, paths, warm=False)
    assert all(first > again for first, again in cold.values()), cold


def test_what_is_made_after_the_start_waits_for_those_who_are_being_answered(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it, and where somebody is always being answered it is made all the same."""
    monkeypatch.setattr(app, "_PATIENCE", HANG)
    store = Counting(EmbeddedEngine(snapshot, workers=1))
    settings = Settings(warm=True)

    async def run() -> None:
        application = Application(
            snapshot,
            lambda found, shared: Site(store, found.version, found.path, found.manifest, settings, shared),
            settings,
        )
        served = application._current
        await served.open()
        application._active[served] = 1  # somebody is being answered
        begun = store.asked
        making = asyncio.create_task(application._make_later(served))
        await asyncio.sleep(10 * app._PAUSE)
        assert store.asked == begun
        with monkeypatch.context() as patch:
            patch.setattr(app, "_QUIET", HANG)
            application._asked_last = time.monotonic()  # who was answered this moment asks for the next page
            application._active[served] = 0
            await asyncio.sleep(10 * app._PAUSE)
            assert store.asked == begun
        await asyncio.wait_for(making, HANG)
        assert store.asked > begun
        monkeypatch.setattr(app, "_PATIENCE", 0.0)
        application._active[served] = 1
        await asyncio.wait_for(application._make_later(served), HANG)
        application._active[served] = 0
        await served.close()
        application._shared.close()

    asyncio.run(run())


def test_what_pages_showed_lately_is_not_read_again_and_bounded() -> None:
    kept: Recent[str] = Recent(3)
    read: list[list[str]] = []

    def make(iris: list[str]) -> dict[str, str]:
        read.append(iris)
        return {iri: iri.upper() for iri in iris if iri != "unknown"}

    assert kept.gather("en", ["a", "b", "a", "unknown"], make) == {"a": "A", "b": "B"}
    assert kept.gather("en", ["b", "c"], make) == {"b": "B", "c": "C"}
    assert kept.gather("fr", ["b"], make) == {"b": "B"}  # the fourth, for which the oldest goes
    assert kept.gather("en", ["a", "b", "unknown"], make) == {"a": "A", "b": "B"}
    assert read == [["a", "b", "unknown"], ["c"], ["b"], ["a", "unknown"]]


def test_a_card_that_stood_on_a_page_is_not_asked_for_again(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/page/city/utrecht"
    monkeypatch.setattr(Catalogue, "practice_cards", lambda *_: {})  # what no list knows is asked for
    kept = _asked(snapshot, [path], warm=False)[path][1]
    monkeypatch.setattr(site_of_a_snapshot, "_CARDS", 0)
    assert kept == _asked(snapshot, [path], warm=False)[path][1] - 1


def test_a_small_map_shows_the_same_land_when_far_parts_of_lines_are_left_out(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    spots = Places.of(read_overview(snapshot.path, PLACES) or []).spots

    def shown() -> dict[str, dict[str, float]]:
        cards._land.cache_clear()
        cards._cut.cache_clear()
        found = {}
        for iri, spot in spots.items():
            _, named = cards._cut(spot.longitude, spot.latitude, wide="/country/" in iri)
            found[iri] = {code: round(size, 3) for size, _, code in named}
        return found

    by_parts = shown()
    monkeypatch.setattr(cards, "_PART", 1_000_000)
    whole = shown()
    cards._land.cache_clear()
    cards._cut.cache_clear()
    assert any(by_parts.values())
    assert [iri for iri in spots if by_parts[iri] != whole[iri]] == []
