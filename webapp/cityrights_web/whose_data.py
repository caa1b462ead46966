"""Whose data a site serves (licence, publisher, title): of the shipped graph all that we know, of others' their own.

Everything that names the data, their licence or their publisher asks here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from cityrights.resources import dataset
from cityrights.resources.dataset import Named, Told, said_in
from cityrights.vocabulary import BASE, PREFIXES

_CC: Final = re.compile(r"https?://creativecommons\.org/(licenses/([a-z-]{2,12})|publicdomain/(zero))/([0-9]\.[0-9])\b")
_MOST: Final = 60


class Held(Protocol):
    """What is known of a snapshot: its manifest."""

    @property
    def manifest(self) -> Mapping[str, Any]: ...


def is_shipped(held: Held) -> bool:
    """Say whether the data are the graph of this project, built from its own sources."""
    return dataset.is_shipped(held.manifest)


def dataset_iri(held: Held) -> str:
    """Return the IRI of the data set that is served."""
    return dataset.dataset_iri(held.manifest)


def told_by(held: Held) -> Told:
    """Return what the data of others say of themselves; of the shipped graph nothing, which the site knows itself."""
    return dataset.told_by(held.manifest)


def licences(held: Held) -> Sequence[str]:
    """Return the addresses of the licences of the data; of others' data those that they name."""
    return dataset.licences_of(held.manifest)


def licence_links(held: Held) -> list[tuple[str, str, str]]:
    """Return the licences as members of a Link header."""
    return [(iri, "license", "") for iri in licences(held) if web_address(iri)]


def web_address(iri: str) -> str:
    """Return an IRI that a page may link to, nothing for any other."""
    return iri if re.fullmatch(r"https?://[^\s<>\"]+", iri) else ""


def prefixes(held: Held) -> Mapping[str, str]:
    """Return the prefixes that queries are offered: for the data of others none of this project."""
    if is_shipped(held):
        return PREFIXES
    return {name: iri for name, iri in PREFIXES.items() if not iri.startswith(BASE)}


def name_of(one: Named, language: str) -> str:
    """Return what a licence, or somebody, is called: as the data have it, else a name that all know, else the IRI."""
    said = said_in(one.names, language)
    if said:
        return said if len(said) <= _MOST else f"{said[:_MOST]}…"
    known = _CC.match(one.iri)
    if known is None:
        return re.sub(r"^https?://(www\.)?", "", one.iri).rstrip("/")
    return f"CC0 {known[4]}" if known[3] else f"CC {known[2].upper()} {known[4]}"
