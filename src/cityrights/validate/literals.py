"""One literal: is its language one we write in, its lexical form of its datatype, and does a store keep it as it is."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Final

import pyoxigraph as ox

from cityrights import namespaces as ns

LANGUAGES: Final = ("en", "fr", "es")
_TRANSLATED: Final = frozenset({ns.RDFS + "label", ns.SKOS + "prefLabel", ns.DCTERMS + "description"})
_WITH_LANGUAGE: Final = _TRANSLATED | {ns.CR + "text", ns.CR + "withoutGraph", ns.CR + "untranslated"}
_ZONE: Final = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
#: Lexical forms of XML Schema 1.1 part 2, as far as the graph uses them.
_FORMS: Final = {
    "boolean": re.compile(r"true|false|1|0"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "nonNegativeInteger": re.compile(r"\+?[0-9]+|-0+"),
    "positiveInteger": re.compile(r"\+?0*[1-9][0-9]*"),
    "decimal": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"),
    "gYear": re.compile(r"-?[0-9]{4,}" + _ZONE),
    "gMonthDay": re.compile(r"--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])" + _ZONE),
    "gYearMonth": re.compile(r"-?[0-9]{4,}-(?:0[1-9]|1[0-2])" + _ZONE),
    "anyURI": re.compile(r"[^\s<>\"{}|\\^`]+"),
}

#: Rule, what is wrong, what repairs it.
Wrong = tuple[str, str, str]


def check_literal(predicate: str, literal: ox.Literal) -> Wrong | None:
    """Return what is wrong with a literal in the object place of ``predicate``, None when nothing is."""
    language = literal.language
    name = predicate.removeprefix(ns.CR).rpartition("#")[2].rpartition("/")[2]
    if predicate in _TRANSLATED and language not in LANGUAGES:
        said = f"@{language}" if language else "no language"
        repair = "write @en, @fr or @es" + ("; other names are skos:altLabel" if name == "label" else "")
        return "language-tag", f"{name} “{_short(literal)}” has {said}", repair
    if predicate in _WITH_LANGUAGE and not language:
        return "language-tag", f"{name} “{_short(literal)}” has no language", "write @en after it"
    if not language and not _well_formed(literal):
        kind = literal.datatype.value.removeprefix(ns.XSD)
        return "datatype", f"“{_short(literal)}” is not an xsd:{kind}", "mend the value or its datatype"
    kept = stored(literal)
    if kept != literal:
        return "literal-form", f"a store writes {literal} as {kept}", f"write {kept}"
    return None


@cache
def stored(literal: ox.Literal) -> ox.Literal:
    """Return the literal as Oxigraph gives it back, which rewrites such forms as 44.0 or 044."""
    store = ox.Store()
    place = ox.NamedNode("urn:x")
    store.add(ox.Quad(place, place, literal))
    kept = next(iter(store)).object
    return kept if isinstance(kept, ox.Literal) else literal


def _well_formed(literal: ox.Literal) -> bool:
    kind = literal.datatype.value
    if not kind.startswith(ns.XSD):
        return True
    name = kind.removeprefix(ns.XSD)
    if name == "date":
        try:
            date.fromisoformat(literal.value[:10])
        except ValueError:
            return False
        return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}" + _ZONE, literal.value) is not None
    form = _FORMS.get(name)
    return form is None or form.fullmatch(literal.value) is not None


def _short(literal: ox.Literal) -> str:
    return literal.value if len(literal.value) <= 60 else literal.value[:57] + "…"
