"""RDF/XML (W3C, 2014) as it is read and written here: what XML 1.0 says around what the engine's parser knows."""

from __future__ import annotations

from cityrights.rdfxml.read import Plain, Readable, XmlFault
from cityrights.rdfxml.write import Unwritable, Writable, document, write

__all__ = ["Plain", "Readable", "Unwritable", "Writable", "XmlFault", "document", "write"]
