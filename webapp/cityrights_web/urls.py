"""Addresses of the site's pages and files (URLs), made and taken apart here.

IRIs of the graph are canonical wherever the site runs; a *site path* is where this server shows them. In a site path
every octet that RFC 3986 lets stand for itself stands for itself, so each IRI has exactly one spelling and
``a%2Fb`` is never taken for ``a/b``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from cityrights.terms import Literal, Term, term_text
from cityrights.vocabulary import BASE, LANGUAGE, VOCABULARY, iri_of, is_ours
from cityrights_web import words
from sparqlgate.http.negotiation import choose_language
from sparqlgate.http.problems import Problem
from sparqlgate.http.requests import encode_path, parse_fields

LANGUAGES: Final = words.LANGUAGES
DEFAULT_LANGUAGE: Final = LANGUAGE

#: Schemes that may stand in a link; everything else is shown as text.
LINKABLE: Final = frozenset({"http", "https", "mailto"})

#: Values of so many characters are remembered as they are written in an address.
_SHORT: Final = 200

#: The parameters of an address: by name or, where a name stands more than once or order matters, in pairs.
Parameters: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]


#: What the IRIs of other people's data begin with that this process answers; of its own graph none.
_SERVED: Final[list[str]] = []


def answer_for(base: str) -> None:
    """Answer in this process for the IRIs of other people's data that begin with ``base``; empty: for none."""
    _SERVED[:] = [base] if base else []


def local_path(iri: str) -> str | None:
    """Return what follows the base of the graph in ``iri`` (``id/city/utrecht``), or None when it is not ours."""
    if iri.startswith(BASE):
        return iri[len(BASE) :]
    path = iri.removeprefix(VOCABULARY)  # its terms and concepts have pages in every instance
    return path if path != iri and (path.startswith("ontology") or is_ours(iri)) else None


def thing_key(iri: str) -> str | None:
    """Return the part of a thing's IRI that its page and data addresses share (``city/utrecht``), or None."""
    for base in _SERVED:
        return iri[len(base) :] or None if iri.startswith(base) else None
    local = local_path(iri)
    return local[3:] if local is not None and local.startswith("id/") and len(local) > 3 else None


def kind_of(iri: str) -> str:
    """Return the kind of thing that an IRI of ours names, such as ``city``; nothing for others."""
    return "" if _SERVED else (thing_key(iri) or "").partition("/")[0]


def thing_iri(key: str) -> str:
    """Return the canonical IRI of the thing with this key; the inverse of :func:`thing_key`."""
    return f"{_SERVED[0]}{key}" if _SERVED else iri_of(key)


#: What the address of a version begins with.
VERSION: Final = "/version/"


def version_path(version: str, path: str = "") -> str:
    """Return the path at which ``path``, which begins with a slash, is answered from a version, by its digest."""
    return f"{VERSION}{version[:12]}{path}"


def split_language(path: str) -> tuple[str, str, bool]:
    """Take the language off a site path: ``/fr/cities`` gives ``("fr", "/cities", True)``.

    The third member says whether a prefix stood there. English has none.
    """
    head, _, rest = path[1:].partition("/")
    if head in LANGUAGES and head != DEFAULT_LANGUAGE:
        return head, "/" + rest, True
    return DEFAULT_LANGUAGE, path, False


def is_linkable(address: str) -> bool:
    """Say whether ``address`` may be an href: absolute, and of a harmless scheme."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in LINKABLE and bool(parts.netloc or parts.scheme.lower() == "mailto")


def at_words(address: str, words: str) -> str:
    """Return the address of a web page at a few words of its text, to which browsers scroll (text fragments).

    https://wicg.github.io/scroll-to-text-fragment/#syntax: what is no letter, digit or one of ``_.~`` is
    percent-encoded, the dash, too, which has a meaning of its own there. A fragment that is there already stays
    before it. Without words, and of what is no web page, it is the address.
    """
    parts = urlsplit(address)
    if not words.strip() or parts.scheme not in ("http", "https") or parts.path.lower().endswith(".pdf"):
        return address
    told = quote(" ".join(words.split()), safe="").replace("-", "%2D")
    return f"{address}{'' if '#' in address else '#'}:~:text={told}"


def connections_path(places: Sequence[str]) -> str:
    """Return the site path of the network, of a place in it or of what joins two, each by its key (a city's slug)."""
    return "/".join(["/connections", *(key.removeprefix("city/") for key in places)])


@dataclass(frozen=True, slots=True)
class Urls:
    """Builds the addresses of one page: in its language, relative to the host or, with ``public``, absolute."""

    language: str = DEFAULT_LANGUAGE
    public: str = ""

    def site(self, path: str, query: Parameters | None = None, *, language: str | None = None) -> str:
        """Address of the site path ``path`` (an IRI path such as ``/cities``) in the page's or another language."""
        chosen = self.language if language is None else language
        prefix = "" if chosen == DEFAULT_LANGUAGE else f"/{chosen}"
        shown = encode_path(path)
        if prefix and shown == "/":
            shown = ""
        return self.plain((prefix + shown) or "/", query)

    def plain(self, path: str, query: Parameters | None = None) -> str:
        """Address of a path that has no language, such as ``/sparql``."""
        return self.public + path + (f"?{urlencode(query)}" if query else "")

    def at(self, version: str) -> Urls:
        """Return what builds the addresses of the same pages in a version, given by its digest, from those of today."""
        return replace(self, public=self.public + version_path(version))

    def page(self, key: str, query: Parameters | None = None, *, language: str | None = None) -> str:
        """Address of the page of the thing with this key."""
        return self.site(f"/page/{key}", query, language=language)

    def thing(self, iri: str) -> str | None:
        """Where a client is sent for the thing itself, to be answered as it asks: None where no link may lead."""
        key = thing_key(iri)
        if key is not None:
            return self.plain(encode_path(f"/id/{key}"))
        return iri if is_linkable(iri) else None

    def data(self, key: str, extension: str, query: Parameters | None = None) -> str:
        """Address of the data about the thing with this key, as the format with this file extension."""
        return self.plain(encode_path(f"/data/{key}.{extension}"), query)

    def compare(self, places: Sequence[str], extension: str = "", query: Mapping[str, str] | None = None) -> str:
        """Address of the comparison of places, each by its key or, for a city, its slug."""
        pairs = [*(("city", key.removeprefix("city/")) for key in places), *(query or {}).items()]
        asked = "?" + urlencode(pairs, safe="/") if pairs else ""
        return self.site("/compare" + (f".{extension}" if extension else "")) + asked

    def connections(self, places: Sequence[str] = (), extension: str = "", query: Parameters | None = None) -> str:
        """Address of the network, of one place's neighbours or of what joins two, each by its key (a city's slug)."""
        return self.site(connections_path(places) + (f".{extension}" if extension else ""), query)

    def neighbourhood(self, key: str) -> str:
        """Address of the drawing of what is around a thing, as JSON."""
        return self.site(f"/neighbourhood/{key}.json")

    def points(self, key: str) -> str:
        """Address of a territory and those beside it, as GeoJSON."""
        return self.site(f"/neighbourhood/{key}.geojson")

    def cite(self, key: str, extension: str, query: Parameters | None = None) -> str:
        """Address of the citation of what a key names, as the format with this file extension.

        The key is a thing's (``city/utrecht``), ``dataset``, ``software``, ``queries/<name>`` or ``sparql``.
        """
        return self.site(f"/cite/{key}.{extension}", query)

    def queries(self, name: str, query: Parameters | None = None, extension: str = "") -> str:
        """Address of a question of the library, or of its answer as the format with this file extension."""
        return self.site(f"/queries/{name}" + (f".{extension}" if extension else ""), query)

    def why(self, triple: Sequence[Term], extension: str = "") -> str:
        """Address of the page that says why the graph says something, or of the same as data."""
        written = (term_text(term) if isinstance(term, Literal) else term.value for term in triple)
        asked = "&".join(f"{name}={_quoted(part)}" for name, part in zip("spo", written, strict=True))
        return f"{self.site('/why' + (f'.{extension}' if extension else ''))}?{asked}"

    def corrections(self, iri: str) -> str:
        """Address of the page that says how to have what is said of ``iri`` corrected."""
        return self.site("/corrections", {"about": iri})

    def sparql(self, query: str) -> str:
        """Address of the query form with ``query`` in it."""
        return self.workbench({"query": query, "run": "0"})

    def run(self, query: str, form: str = "") -> str:
        """Address of the answer to ``query``, as a page or as data; ``form`` is the word for a format."""
        return self.plain("/sparql", {"query": query, "format": form}) if form else self.workbench({"query": query})

    def workbench(self, query: Mapping[str, str] | None = None, *, language: str | None = None) -> str:
        """Address of the query form with these parameters, in the page's or another language.

        From a page in English the reader's browser says which language it is; ``language`` says it always.
        """
        chosen = language or ("" if self.language == DEFAULT_LANGUAGE else self.language)
        return self.plain("/sparql", {**(query or {}), **({"lang": chosen} if chosen else {})})

    def ask(self, query: Parameters | None = None) -> str:
        """Address of the page on which a question is put together, with one in it."""
        return self.site("/ask", query)

    def embed(self, query: Sequence[tuple[str, str]], view: str) -> str:
        """Address of an answer alone, for a page of somebody else: the parameters that decide it, and its view."""
        return self.plain("/sparql/embed", [*query, ("view", view)])

    def is_outside(self, iri: str) -> bool:
        """Say whether an IRI is of nothing that has a page here."""
        return thing_key(iri) is None and local_path(iri) is None

    def link(self, iri: str) -> str | None:
        """Where a link to ``iri`` leads: our page for our things, the address itself for others, None for neither."""
        key = thing_key(iri)
        if key is not None:
            return self.page(key)
        local = local_path(iri)
        if local is not None and local.startswith("ontology#"):
            return None
        return iri if is_linkable(iri) else None


def _quoted(text: str) -> str:
    """Return a value as ``urlencode`` writes it; a page asks for the same ones again and again."""
    return _short(text) if len(text) <= _SHORT else quote_plus(text)


@lru_cache(4096)
def _short(text: str) -> str:
    return quote_plus(text)


def language_of(path: str, query: str, accept: str | None) -> str:
    """Return the language of an answer at ``path`` to a client that sends this ``Accept-Language``.

    The parameter ``lang`` counts at and below /sparql alone, which has no path of its own in each language.
    """
    language, below, prefixed = split_language(path)
    if prefixed:
        return language
    asked = ""
    if below == "/sparql" or below.startswith("/sparql/"):
        with suppress(Problem):
            asked = language_asked(query)
    return asked or choose_language(accept, LANGUAGES)


def language_asked(query: str) -> str:
    """Return the language that ``lang`` asks for in the query of an address; nothing where there is no such language.

    Raises Problem as :func:`parse_fields` does.
    """
    chosen = parse_fields(query, "the address").get("lang", [""])[-1]
    return chosen if chosen in LANGUAGES else ""
