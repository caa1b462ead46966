"""How to cite what a page shows, in each format, from the data set's own version and date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cityrights.resources.dataset import CITED_AS, Citation, citation, yaml_text
from cityrights_web.layout import Layout
from sparqlgate.http.formats import Format

__all__ = ["FORMATS", "Citation", "citation", "cited"]


def cited(layout: Layout, key: str, title: str, iri: str, version: str) -> Citation:
    """Return the citation of what ``layout`` serves.

    Data of others name who made or publishes them, and their licence; those that name nobody go by their name.
    """
    built = layout.site.manifest.get("built")
    if layout.is_shipped:
        return citation(key, title, iri, version, built)
    told = layout.site.dataset_description
    authors = tuple(one.name(layout.language) for one in told.creators or told.publishers)
    licence = next((address for address, _ in layout.licences(short=True) if address), "")
    said = f"license-url: {yaml_text(licence)}" if licence else ""
    return citation(key, title, iri, version, built, authors or (layout.name,), said)


_TYPES: Final = {
    "apa": Format("APA", "text/plain", "txt"),
    "bibtex": Format("BibTeX", "application/x-bibtex; charset=utf-8", "bib"),
    "csl": Format("CSL JSON", "application/vnd.citationstyles.csl+json", "json"),
    "cff": Format("CFF", "text/yaml", "cff"),
}
#: By file extension, the format and what writes it.
FORMATS: Final[dict[str, tuple[Format, Callable[[Citation], str]]]] = {
    form.extension: (form, CITED_AS[name]) for name, form in _TYPES.items()
}
