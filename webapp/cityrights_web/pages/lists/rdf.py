"""A selection as RDF: what the graph says of its rows, as Turtle in the order of the list, and as JSON-LD.

The Turtle is written here, thing by thing: a serialiser that sorts everything takes minutes for a hundred thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Final

from cityrights.catalogue import Found
from cityrights.catalogue.members import Members
from cityrights.describe import Iri, Literal, Term
from cityrights.describe.ask import name_text, term_text
from cityrights.describe.documents import convert
from cityrights.describe.vocabulary import spoken
from cityrights.library import LANGUAGES
from cityrights.namespaces import CR, DCTERMS, PREFIXES, RDF, RDFS
from cityrights_web import formats
from cityrights_web.pages.lists.columns import columns
from cityrights_web.pages.lists.data import Dates, Own, addresses, made

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def to_rdf(found: Found, dated: Dates, media_type: str) -> bytes:
    """Write what the graph says of the rows, labels in every language: nothing that is not stated in it.

    Raises KeyError for a media type that is no format of RDF.
    """
    names = _Names()
    told = "".join(_things(found, dated, names))
    turtle = names.prefixes() + told
    return turtle.encode() if media_type == formats.TURTLE.media_type else convert(turtle, media_type)


class _Names:
    """Writes addresses as short names where there are some, and remembers the prefixes that these need."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def __call__(self, iri: str) -> str:
        if iri == RDF + "type":
            return "a"
        text = name_text(iri)
        if not text.startswith("<"):
            self._used.add(text.partition(":")[0])
        return text

    def term(self, term: Term) -> str:
        return self(term.value) if isinstance(term, Iri) else term_text(term)

    def prefixes(self) -> str:
        return "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in sorted(self._used))


def _things(found: Found, dated: Dates, names: _Names) -> Iterator[str]:
    """Yield the statements about one thing after the other."""
    held, listing = found.held, found.held.listing

    def objects(members: Members, own: Own) -> str:
        # A graph of others may say words where an address is expected.
        return " , ".join(names(iri) for iri in addresses(members, own) if _ABSOLUTE.match(iri))

    stated = [column for column in columns(listing) if column.stated]
    predicates = [names(column.stated) for column in stated]
    parts = [made(found, column, objects) for column in stated]
    label, description = names(RDFS + "label"), names(DCTERMS + "description")
    typed = f"a {names(CR + listing.classes[0])}" if len(listing.classes) == 1 else ""
    for number, values in zip(found.items.tolist(), zip(*parts, strict=True) if parts else repeat(()), strict=False):
        iri = held.iris[number]
        # Words made of an address are nobody's label.
        labels = [text for text in _texts(held.names.label, number) if text.language or text.value != spoken(iri)]
        told = [typed, *(f"{label} {term_text(text)}" for text in labels)]
        told += [f"{description} {term_text(text)}" for text in _texts(held.summary, number) if text.value]
        told += [f"{predicate} {value}" for predicate, value in zip(predicates, values, strict=True) if value]
        told += [f"{names(predicate)} {names.term(value)}" for predicate, value in dated.get(iri, ())]
        if any(told):
            yield f"{names(iri)} " + " ;\n\t".join(filter(None, told)) + " .\n"


def _texts(text: Callable[[int, str], Literal], number: int) -> list[Literal]:
    """Return a text of a thing in each language that it has."""
    return list(dict.fromkeys(text(number, language) for language in LANGUAGES))
