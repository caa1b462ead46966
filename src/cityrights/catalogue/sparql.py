"""A selection as one SPARQL query, made of the same patterns that the catalogue was made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cityrights.catalogue.lists import UNKNOWN, UNSETTLED, Facet, Listing
from cityrights.catalogue.patterns import pattern
from cityrights.catalogue.selection import Selection
from cityrights.describe.ask import name_text
from cityrights.namespaces import PREFIXES

#: What names are compared by: without case, then as they are written; things of one name by their addresses.
_NAMES: Final = ("?key", "?name", "?s")
_PREFIX: Final = re.compile(r"(?<![\w<:?#])([a-z]+):(?=[A-Za-z])")


def selection_query(listing: Listing, selection: Selection, language: str = "en") -> str:
    """Return the query that finds the things of a selection (``?s``) with their names, by SPARQL 1.1 alone.

    They stand in the order of the selection, as far as SPARQL can say it: names are compared without case, but with
    accents and punctuation, and numbers within them by their digits.
    """
    lines = [*_class(listing)]
    for name, keys in selection.chosen:
        facet = listing.facet(name)
        if facet is not None:
            lines += _facet(facet, keys)
    if selection.settled_only and listing.facet("status"):
        lines += [f"  FILTER NOT EXISTS {{ ?s cr:status {name_text(iri)} }}" for iri in UNSETTLED]
    lines.append(f'  OPTIONAL {{ ?s rdfs:label ?label FILTER (LANG(?label) = "{language}") }}')
    counted, order = _order(listing, selection.sort)
    lines += counted
    group = " ".join(["?s", *(["?sorted"] if counted else [])])
    body = "\n".join(lines)
    names = "(SAMPLE(?label) AS ?name) (MIN(LCASE(STR(?label))) AS ?key)"
    query = f"SELECT {group} {names} WHERE {{\n{body}\n}}\nGROUP BY {group}\nORDER BY {order}\n"
    used = {match[1] for match in _PREFIX.finditer(re.sub(r"<[^<>]*>", "", query))}
    return "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in sorted(used)) + query


def _order(listing: Listing, sort: str) -> tuple[list[str], str]:
    """Return the lines that bind what things are sorted by, none for their names, and what follows ORDER BY."""
    column, backwards = sort.removeprefix("-"), sort.startswith("-")
    if column == "name":
        return [], " ".join(f"DESC({key})" if backwards else key for key in _NAMES)
    if column == listing.counted:
        held, value = pattern(listing.number, column), f"COUNT(DISTINCT ?{column}_counted)"
        bound, first = "COALESCE(?found, 0)", []  # of some things there is nothing to count
    else:
        held, value = pattern("year", "dated"), "MIN(?dated)"
        bound, first = "?found", ["DESC(BOUND(?sorted))"]  # what has no year comes last either way
    lines = [
        "  OPTIONAL {",
        f"    SELECT ?s ({value} AS ?found) WHERE {{",
        _indented(_indented(held)),
        "    }",
        "    GROUP BY ?s",
        "  }",
        f"  BIND ({bound} AS ?sorted)",
    ]
    return lines, " ".join([*first, "DESC(?sorted)" if backwards else "?sorted", *_NAMES])


def _class(listing: Listing) -> Iterator[str]:
    if len(listing.classes) == 1:
        yield f"  ?s a cr:{listing.classes[0]} ."
    else:
        yield f"  VALUES ?class {{ {' '.join('cr:' + name for name in listing.classes)} }}"
        yield "  ?s a ?class ."


def _facet(facet: Facet, keys: tuple[str, ...]) -> Iterator[str]:
    """Write what a choice in one facet asks for: one of the values, or none at all, or either."""
    values = [value for key in keys if key != UNKNOWN and (value := facet.value(key)) is not None]
    none = f"NOT EXISTS {{\n{_indented(pattern(facet.query, facet.name))}\n  }}"
    if not values:
        yield f"  FILTER {none}"
    elif UNKNOWN in keys:
        some = _indented("\n".join(_some(facet, values)))
        yield f"  FILTER (EXISTS {{\n{some}\n  }} || {none})"
    else:
        yield from _some(facet, values)


def _some(facet: Facet, values: list[str]) -> Iterator[str]:
    name = facet.name
    written = " ".join(value if facet.numbers else name_text(value) for value in values)
    yield f"  VALUES ?{name} {{ {written} }}"
    if facet.narrower:
        yield f"  ?{name}_itself skos:broader* ?{name} ."
        yield f"  {{\n{_indented(pattern(facet.query, f'{name}_itself'))}\n  }}"
    else:
        yield f"  {{\n{_indented(pattern(facet.query, name))}\n  }}"


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.splitlines())
