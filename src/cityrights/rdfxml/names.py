"""Names of RDF/XML, and how text is written inside it."""

from __future__ import annotations

from typing import Final

from cityrights.namespaces import RDF

XML: Final = "http://www.w3.org/XML/1998/namespace"
XMLNS: Final = "http://www.w3.org/2000/xmlns/"
ITS: Final = "http://www.w3.org/2005/11/its"
XML_LITERAL: Final = RDF + "XMLLiteral"
#: Names of RDF that are attributes of the syntax, or not names of properties at all (RDF/XML, section 5.1; RDF 1.2).
SYNTAX: Final = frozenset(
    {"RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li"}
    | {"aboutEach", "aboutEachPrefix", "bagID"}
    | {"version", "annotation", "annotationNodeID"}
)

_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


def text(value: str) -> str:
    """Escape a text so that every XML parser gives it back, its ends of lines too (XML 1.0, section 2.11)."""
    return value.translate(_TEXT)


def quoted(value: str) -> str:
    """Escape and quote the value of an attribute so that no white space in it changes (XML 1.0, section 3.3.3)."""
    return f'"{value.translate(_VALUE)}"'
