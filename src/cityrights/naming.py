"""How people write the things of the graph: a whole IRI, ``city:utrecht``, or the path ``city/utrecht``."""

from __future__ import annotations

from cityrights.namespaces import ID, PREFIXES

#: Characters that no IRI has (RFC 3987, and the IRIREF of SPARQL 1.1).
_NEVER = frozenset('<>"{}|^`\\ \n\r\t')


def expand(text: str) -> str:
    """Return the IRI that is meant. Raises ValueError, with what was expected, for what is written in no such way."""
    if not _NEVER.isdisjoint(text):
        raise ValueError(f"{text!r} has characters that no IRI may have")
    if text.startswith(("http://", "https://")):
        return text
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    if "/" in text and not colon:
        return ID + text
    raise ValueError(f"{text!r} is neither an IRI nor like city:utrecht or city/utrecht")
