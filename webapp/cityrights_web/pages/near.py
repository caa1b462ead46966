"""What somebody may have meant: things of a kind, or lists, that are spelt nearly as what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cityrights.describe import Iri, Literal, ask, gather_labels
from cityrights.errors import CityrightsError
from cityrights.likeness import nearest
from cityrights.namespaces import ID, KINDS
from cityrights_web.pages.near_lists import near_lists
from cityrights_web.problems import NOWHERE, Problem
from cityrights_web.shell.context import Site
from cityrights_web.urls import Urls, thing_key

#: Things of one kind that are looked through; beyond that it would take longer than it helps.
_MOST: Final = 3_000
_SHOWN: Final = 5
#: Kinds whose names are numbers or as good as that: the nearest says nothing.
_NUMBERED: Final = frozenset({"claim", "passage"})


class Nearest:
    """Finds names like others in one snapshot; the names of a kind are read once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._slugs: dict[str, tuple[str, ...]] = {}

    def __call__(self, problem: Problem, path: str, language: str) -> Problem:
        """Return the problem, and with it the things, or lists, that ``path`` may have meant where it is unknown."""
        key = thing_key(str(problem.extra.get("iri", ""))) if problem.status == 404 else None
        kind, _, slug = (key or "").partition("/")
        if problem.status == 404 and (problem.detail == NOWHERE or (key and not slug)):
            return self._lists(problem, path, language)
        if kind not in KINDS or kind in _NUMBERED or not slug:
            return problem
        try:
            slugs = self._of(kind)
        except CityrightsError:
            return problem  # the 404 is the answer; a hint is not worth another error
        near = nearest(slug, slugs, _SHOWN)
        if not near:
            parts = set(slug.split("-"))
            near = [one for one in slugs if slug in one.split("-") or one in parts][:_SHOWN]
        if not near:
            return problem
        things = [Iri(f"{ID}{kind}/{one}") for one in near]
        labels = self._labels(things, language)
        urls = Urls(language, self._site.settings.public_url)
        extra: Mapping[str, object] = {
            **problem.extra,
            "near": [
                {"iri": iri.value, "label": labels.get(iri.value, ""), "page": urls.page(f"{kind}/{one}")}
                for one, iri in zip(near, things, strict=True)
            ],
        }
        return replace(problem, extra=extra)

    def _lists(self, problem: Problem, path: str, language: str) -> Problem:
        found = near_lists(self._site, path, language)
        if not found:
            return problem
        near = [{"label": label, "page": address} for label, address in found]
        return replace(problem, extra={**problem.extra, "near": near})

    def _labels(self, things: Sequence[Iri], language: str) -> dict[str, str]:
        """Return the name of each thing that has one."""
        try:
            named = gather_labels(ask(self._site.engine, "thing_name", among=("thing", things)), "thing", "label")
        except CityrightsError:
            return {}  # their addresses tell as much
        vocabulary = self._site.vocabulary
        return {iri: vocabulary.label(iri, language, labels).value for iri, labels in named.items()}

    def _of(self, kind: str) -> tuple[str, ...]:
        if kind not in self._slugs:
            base = f"{ID}{kind}/"
            rows = ask(self._site.engine, "kind_members", {"base": Literal(base)}, limit=_MOST)
            self._slugs[kind] = tuple(sorted(str(row["thing"]).removeprefix(base) for row in rows))
        return self._slugs[kind]
