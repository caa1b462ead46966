"""/queries: the questions of the library, found by their words or what they are about, and grouped."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass

import flask

from cityrights.library import LibraryQuery
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries import runs
from cityrights_web.pages.queries.pictures import view_of
from cityrights_web.pages.queries.shelf import questions
from cityrights_web.problems import bad_request
from cityrights_web.structured import Listed

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One question in the list: its address, texts, what shows its answer, and what it is about."""

    address: str
    title: str
    question: str
    view: str
    tags: tuple[str, ...]
    ran: str


def parts(around: Frame) -> dict[str, object]:
    """Return what the template of the list needs. Raises a 400 for a tag that there is not."""
    text, tag = flask.request.args.get("q", "").strip(), flask.request.args.get("tag", "")
    tags = sorted({each for query in questions().values() for each in query.tags}, key=lambda each: word(around, each))
    if len(text) > _LONGEST:
        raise bad_request(f"The words to find are longer than {_LONGEST} characters.")
    if tag and tag not in tags:
        raise bad_request("There is no such tag; /queries lists those that there are.", available=tags)
    found = [query for query in questions().values() if (not tag or tag in query.tags) and _has(around, query, text)]
    groups = _groups(around, found)
    lines = [(line.title, around.absolute(line.address)) for _, group in groups for line in group]
    return {
        "listed": Listed(len(lines), lines),
        "text": text,
        "tag": tag,
        "tags": [(each, word(around, each)) for each in tags],
        "groups": groups,
        "count": len(found),
        "ran": runs.summary(around),
    }


def records(around: Frame) -> list[dict[str, object]]:
    """Return every question as data."""
    return [
        {
            "name": query.name,
            "title": query.titles[around.language],
            "question": query.questions[around.language],
            "tags": query.tags,
            "view": view[0] if (view := view_of(query)) else "table",
            "page": around.absolute(around.urls.queries(query.name)),
            "answer": around.absolute(around.urls.queries(query.name, extension="json")),
            "run": _run(around, query),
            "parameters": [
                {
                    "name": parameter.name,
                    "type": parameter.type,
                    "class": parameter.of or None,
                    "default": parameter.default,
                    "meaning": parameter.told(around.language),
                }
                for parameter in query.parameters
            ],
        }
        for query in questions().values()
    ]


def _run(around: Frame, query: LibraryQuery) -> dict[str, object] | None:
    """Return how the question fared when the data were built; None where that is not known."""
    run = around.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return None
    return {
        "version": around.site.short,
        "when": run.when,
        "rows": run.rows,
        "milliseconds": run.milliseconds,
        "fault": run.fault or None,
    }


def word(around: Frame, tag: str) -> str:
    """Return what a tag is called in the page's language."""
    return around.words.queries.tags.get(tag, tag)


def _groups(around: Frame, found: list[LibraryQuery]) -> list[tuple[str, list[Line]]]:
    """Return the questions by their first tag under which others stand too, the largest groups first."""
    leading = Counter(query.tags[0] for query in questions().values())
    held: defaultdict[str, list[Line]] = defaultdict(list)
    for query in found:
        view = view_of(query)
        group = next((tag for tag in query.tags if leading[tag] > 1), query.tags[0])
        held[group].append(
            Line(
                around.urls.queries(query.name),
                query.titles[around.language],
                query.questions[around.language],
                around.words.queries.has_view[view[0]] if view else "",
                tuple(word(around, tag) for tag in query.tags if tag != group),
                runs.brief(around, query),
            )
        )
    named = [(word(around, tag), sorted(lines, key=lambda line: line.title.casefold())) for tag, lines in held.items()]
    return sorted(named, key=lambda group: (-len(group[1]), group[0].casefold()))


def _has(around: Frame, query: LibraryQuery, text: str) -> bool:
    """Say whether every word of ``text`` begins a word of the question, whatever its accents and capitals."""
    language = around.language
    held = [query.name, query.titles[language], query.questions[language], *(word(around, tag) for tag in query.tags)]
    words = _folded(" ".join(held))
    return all(any(known.startswith(wanted) for known in words) for wanted in _folded(text))


def _folded(text: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return "".join(each if each.isalnum() else " " for each in plain).split()
