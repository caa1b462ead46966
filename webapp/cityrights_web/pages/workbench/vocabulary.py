"""The classes and properties of the graph for an editor: names, meanings, numbers, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterable

from cityrights.describe import Literal, best_label, fallback_chain
from cityrights.describe.usage import Usage
from cityrights_web.own import prefixes
from cityrights_web.pages.frame import Frame


def vocabulary(around: Frame, usage: Usage) -> dict[str, object]:
    """Return what an editor completes and explains with, in the page's language, the most frequent first.

    ``properties`` of a class are pairs: the place of a property in the list of all, and how many triples the things of
    that class have of it. ``paired`` is false where the graph was too large for these to be counted.
    """
    places = {iri: place for place, iri in enumerate(usage.properties)}
    return {
        "version": around.site.version,
        "language": around.language,
        "prefixes": prefixes(around.site),
        "paired": bool(usage.together) or not usage.classes,
        "classes": [
            {
                **_term(around, usage, iri, count),
                "properties": [[places[name], n] for name, n in usage.together.get(iri, {}).items() if name in places],
            }
            for iri, count in usage.classes.items()
        ],
        "properties": [_term(around, usage, iri, count) for iri, count in usage.properties.items()],
    }


def _term(around: Frame, usage: Usage, iri: str, count: int) -> dict[str, object]:
    label = _best(around, usage.labels.get(iri, ()))
    if label is None:
        known = around.words.properties.get(iri)
        label = Literal(known, around.language) if known else around.site.vocabulary.label(iri, around.language)
    meaning = _best(around, usage.meanings.get(iri, ())) or Literal("")
    return {
        "iri": iri,
        "label": label.value,
        "labelLanguage": label.language or None,
        "definition": meaning.value or None,
        "definitionLanguage": meaning.language or None,
        "count": count,
    }


def _best(around: Frame, texts: Iterable[Literal]) -> Literal | None:
    return best_label(texts, fallback_chain(around.language))
