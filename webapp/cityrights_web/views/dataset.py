"""/dataset, /download, /void, /graph, /shapes: the data set described, its graphs and shapes, dumps to take along."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import flask
import orjson

from cityrights import home
from cityrights.library.names import nearest
from cityrights.library.pages import ask, shown
from cityrights.pipeline.described import language_iri
from cityrights.resources.document import convert, written
from cityrights.resources.schema import SHAPES, shape_names, shapes_document
from cityrights.snapshot import PACKED_TYPES, SUMS
from cityrights.terms import Iri, Literal, term_text
from cityrights.vocabulary import (
    BASE,
    DATASET,
    DCTERMS,
    GRAPH,
    GRAPH_DERIVED,
    LICENSE,
    PREFIXES,
    PUBLISHER,
    RDF,
    VOCABULARY,
    XSD,
)
from cityrights_web.files import CorruptDump, Dump, shown_name
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    licence_links,
    licences,
    link_header,
    once,
    see_other,
    spoken_urls,
)
from cityrights_web.signposts import Link
from cityrights_web.site import Site
from cityrights_web.structured import DESCRIPTION, released, versions
from cityrights_web.urls import LANGUAGES, Urls
from cityrights_web.views.citing import dataset_signposts, software, whole
from cityrights_web.views.citing import shown as shown_citations
from cityrights_web.views.identity import meant_by, unknown
from cityrights_web.views.resource import CITATIONS
from cityrights_web.views.resource.page import SPARQL_QUERY, Reasons
from cityrights_web.views.resource.practice import when
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import choose
from sparqlgate.http.problems import LATER, Problem, not_acceptable, not_found
from sparqlgate.http.requests import Request, Send
from sparqlgate.http.responses import CORS, Response, accepted, matches, send_response, send_stream

#: Distribution → file, as data/dataset.ttl names them.
DISTRIBUTIONS: Final = {
    "nquads": shown_name("cityrights.nq"),
    "ntriples": shown_name("cityrights.nt"),
    "trig": shown_name("cityrights.trig"),
    "turtle": shown_name("cityrights.ttl"),
    "jsonld": shown_name("cityrights.jsonld"),
    "rdf12": shown_name("cityrights-rdf12.ttl"),
    "nanopubs": "nanopubs.trig",
}


def _distributions() -> dict[str, str]:
    """Return the file of each distribution: those of the data, and the same packed, ``nquads-gz``."""
    packed = {f"{name}-{end}": f"{file}.{end}" for name, file in DISTRIBUTIONS.items() for end in PACKED_TYPES}
    return {**DISTRIBUTIONS, **packed}


#: What a file holds that is not the whole graph as it stands.
_HOLDING: Final = {
    shown_name("cityrights-rdf12.ttl"): "The whole graph and the witnesses of each statement as one file",
    "nanopubs.trig": "Each claim and each decision as a nanopublication in one file",
}
_PACKERS: Final = {"gz": "gzip", "zst": "Zstandard"}
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_DCAT: Final = PREFIXES["dcat"]
_VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
_SPDX: Final = "http://spdx.org/rdf/terms#"
#: The controlled vocabularies that DCAT-AP 3.0.1, section 11, prescribes.
_EU: Final = "http://publications.europa.eu/resource/authority/"
#: Where the governments are that the graph tells of, in the dataset's own words, too.
_CONTINENTS: Final = ("AFRICA", "AMERICA", "ASIA", "EUROPE")
_DCATAP: Final = "http://data.europa.eu/r5r/"
_FILE_TYPES: Final = {
    "jsonld": "JSON_LD",
    "nq": "RDF_N_QUADS",
    "nt": "RDF_N_TRIPLES",
    "trig": "RDF_TRIG",
    "ttl": "RDF_TURTLE",
}
#: Where all shapes are one document.
_ALL: Final = "/ontology/shapes"


def dataset() -> flask.Response:
    site = current_site()
    headers = flask.request.headers
    chosen = choose(headers.get("Accept"), (formats.HTML, *formats.GRAPHS, *CITATIONS))
    urls = spoken_urls()
    files = [(_address(urls, form.extension), "alternate", form.media_type) for form in formats.GRAPHS]
    signs = dataset_signposts(site, urls.public)
    if chosen is None:
        people = f"{formats.HTML.media_type} ({urls.site('/download')})"
        raise not_acceptable([people, *(f"{kind} ({address})" for address, _, kind in files)])
    target = urls.site("/download") if chosen is formats.HTML else _address(urls, chosen.extension)
    if chosen in CITATIONS:
        target = urls.cite("dataset", chosen.extension)
    return see_other(target, [*files, *signs.at_page])


def dataset_data(extension: str) -> flask.Response:
    site = current_site()
    form = formats.BY_EXTENSION.get(extension)
    urls = Urls(public=site.settings.public_url)
    if form is None and (meant := meant_by(extension)) is not None:
        return see_other(_address(urls, meant.extension), vary="")
    if form is None:
        available = [_address(urls, one.extension) for one in formats.GRAPHS]
        raise not_found("The description is not offered in this format.", available=available)
    links = [(site.dataset_iri, "describes", ""), (urls.site("/download"), "alternate", "text/html")]
    links += dataset_signposts(site, urls.public).at_description
    return data(convert(description(current_layout()), form.media_type), form, links)


def well_known() -> flask.Response:
    site = current_site()
    chosen = choose(flask.request.headers.get("Accept"), formats.GRAPHS) or formats.TURTLE
    return see_other(_address(Urls(public=site.settings.public_url), chosen.extension))


def void(extension: str) -> flask.Response:
    """Lead from where the description of the dataset (VoID) is looked for to where it is."""
    form = meant_by(extension)
    if form is None:
        raise not_found("The description is not offered in this format.")
    return see_other(_address(Urls(public=current_site().settings.public_url), form.extension), vary="")


def dataset_part(name: str) -> flask.Response:
    site = current_site()
    urls = Urls(public=site.settings.public_url)
    file = _distributions().get(name)
    if file is not None and file in site.downloads:
        return see_other(urls.plain(f"/download/{file}"), vary="")
    if name == "releases" and site.is_shipped:
        return _led(site, "/releases")
    return _described(site, f"{DATASET}/{name}")


def partition(name: str) -> flask.Response:
    site = current_site()
    return _described(site, f"{BASE}void/{name}")


def named_graph(name: str) -> flask.Response:
    site = current_site()
    iri = GRAPH + name
    rules = {each.graph: each for each in once(Reasons).rules} if iri.startswith(GRAPH_DERIVED) else {}
    if (rule := rules.get(iri.removesuffix(".rq"))) and iri == rule.source:
        return data(rule.text.encode(), Format("SPARQL", SPARQL_QUERY, "rq"), [(rule.graph, "describes", "")])
    asked = ("graph_exists", "graph_described")
    query = next((one for one in asked if ask(site.engine, one, {"g": Iri(iri)})), None)
    if query is None:
        raise unknown(iri)
    chosen = choose(flask.request.headers.get("Accept"), (*formats.GRAPHS, formats.HTML))
    urls = spoken_urls()
    if query == "graph_described":  # it holds nothing: the description of the dataset says why
        table, document = shown(query, {"g": Iri(iri)}), _address(urls, (chosen or formats.TURTLE).extension)
    else:
        table, document = shown("graph_document", {"g": Iri(iri)}), urls.plain("/graph", {"graph": iri})
    if chosen is None:
        people = f"{formats.HTML.media_type} ({urls.run(table)})"
        raise not_acceptable([people, *(f"{form.media_type} ({document})" for form in formats.GRAPHS)])
    if chosen is formats.HTML and iri in rules:
        return see_other(urls.site(f"/rules/{rules[iri].name}"))
    # People get what stands in it as a table, programs the graph itself, which negotiates for its format.
    return see_other(urls.run(table) if chosen is formats.HTML else document)


def shape(name: str) -> flask.Response:
    """Lead people to the rules of a class, and give programs its shapes at once: validators follow no redirect."""
    body = _shapes(name, formats.TURTLE.media_type)
    urls, chosen = _negotiated(f"/shapes/{name}")
    if chosen is None:
        of_a_class = name in shape_names(shapes_folder().parent)
        return see_other(f"{urls.site('/ontology')}#shape-{name}" if of_a_class else urls.site("/shapes"))
    body = body if chosen is formats.TURTLE else _shapes(name, chosen.media_type)
    response = data(body, chosen, _beside_shapes(urls, f"/shapes/{name}", chosen))
    response.headers["Vary"] = "Accept"
    response.headers["Content-Location"] = urls.plain(f"/shapes/{name}.{chosen.extension}")
    return response


def shape_data(name: str, extension: str) -> flask.Response:
    form = formats.BY_EXTENSION[extension]
    urls = Urls(public=current_site().settings.public_url)
    return data(_shapes(name, form.media_type), form, _beside_shapes(urls, f"/shapes/{name}", form))


def shapes() -> flask.Response:
    """Answer at the IRI that defines all shapes: how to validate one's own data, or the shapes themselves."""
    urls, chosen = _negotiated(_ALL, people_first=True)
    if chosen is not None:
        return see_other(urls.plain(f"{_ALL}.{chosen.extension}"), _beside_shapes(urls, _ALL))
    layout = current_layout()
    examples = home.resource(shapes_folder() / "examples" / "passes.ttl").parent
    body = layout.render(
        "shapes.html",
        names=shape_names(shapes_folder().parent),
        files=[(form.name, layout.urls.plain(f"{_ALL}.{form.extension}")) for form in formats.GRAPHS],
        good=(examples / "passes.ttl").read_text("utf-8"),
        bad=(examples / "fails.ttl").read_text("utf-8"),
        told=(examples / "fails.txt").read_text("utf-8"),
    )
    response = html(body, [(SHAPES, "describes", ""), *_beside_shapes(layout.urls, _ALL), *licences()])
    response.headers["Vary"] = "Accept"
    return response


def all_shapes() -> flask.Response:
    urls, chosen = _negotiated(_ALL, people_first=True)
    target = urls.site("/shapes") if chosen is None else urls.plain(f"{_ALL}.{chosen.extension}")
    return see_other(target, _beside_shapes(urls, _ALL))


def all_shapes_data(extension: str) -> flask.Response:
    form = formats.BY_EXTENSION[extension]
    urls = Urls(public=current_site().settings.public_url)
    return data(_shapes("", form.media_type), form, [(SHAPES, "describes", ""), *_beside_shapes(urls, _ALL, form)])


def shapes_example(name: str) -> flask.Response:
    path = shapes_folder() / "examples" / f"{name}.ttl"
    if not path.is_file():
        raise not_found("There is no such example. The page of the shapes has them.")
    return data(path.read_bytes(), formats.TURTLE, [(SHAPES, "related", "")])


def _negotiated(path: str, *, people_first: bool = False) -> tuple[Urls, Format | None]:
    """Return the addresses for who asks, and the format that a client likes best, None for a page.

    Raises a 406 that lists what there is.
    """
    headers = flask.request.headers
    urls = spoken_urls()
    offers = (formats.HTML, *formats.GRAPHS) if people_first else (*formats.GRAPHS, formats.HTML)
    chosen = choose(headers.get("Accept"), offers)
    if chosen is None:
        there = [f"{form.media_type} ({urls.plain(f'{path}.{form.extension}')})" for form in formats.GRAPHS]
        raise not_acceptable([f"{formats.HTML.media_type} ({urls.site('/shapes')})", *there])
    return urls, None if chosen is formats.HTML else chosen


def _shapes(name: str, media_type: str) -> bytes:
    try:
        return written(shapes_document(shapes_folder().parent, name), media_type)
    except KeyError:
        names = nearest(name, shape_names(shapes_folder().parent))
        near = {"near": [{"label": one, "page": f"/shapes/{one}"} for one in names]} if names else {}
        raise not_found("There are no shapes of this name. The page of the ontology lists them.", **near) from None


def _beside_shapes(urls: Urls, path: str, form: Format | None = None) -> list[tuple[str, str, str]]:
    """Return the members of a Link header: what a document describes, and its other formats."""
    links = [] if path == _ALL else [(f"{SHAPES}{path.rpartition('/')[2]}", "describes", "")]
    links += [(urls.plain(f"{path}.{o.extension}"), "alternate", o.media_type) for o in formats.GRAPHS if o is not form]
    return [*links, (urls.site("/shapes"), "help", formats.HTML.media_type)]


def context() -> flask.Response:
    body = home.resource(home.home() / "ontology" / "context.jsonld").read_bytes()
    return data(body, formats.JSONLD, [(VOCABULARY + "ontology", "describes", "")])


def shapes_folder() -> Path:
    """Return the folder of the SHACL shapes."""
    return home.home() / "ontology" / "shapes"


def description(layout: Layout) -> str:
    """Return the description of the dataset in Turtle: what the snapshot says, with sizes and hashes of the files.

    Files and endpoint are where this version is answered, whatever names them.
    """
    site = layout.site
    at = layout.absolute(site.settings.public_url)
    path = site.folder / "void.ttl"
    text = path.read_text("utf-8") if path.is_file() else ""
    if not site.is_shipped or (f"<{DATASET}>" not in text and "/dataset> " not in text):
        return text
    dataset, endpoint, catalogue = Iri(DATASET), Iri(BASE + "sparql"), Iri(f"{DATASET}#catalogue")
    built, own = Literal(str(site.manifest.get("built", ""))[:10], datatype=XSD + "date"), layout.is_cityrights
    triples: list[tuple[Iri, str, Iri | Literal]] = [
        (dataset, _DCAT + "version", Literal(site.version)),
        *(() if released() else [(dataset, DCTERMS + "issued", built)]),
        (endpoint, RDF + "type", Iri(_DCAT + "DataService")),
        (endpoint, DCTERMS + "title", Literal("SPARQL 1.1 endpoint", "en")),
        (endpoint, _DCAT + "endpointURL", Iri(f"{at}/sparql")),
        (endpoint, _DCAT + "servesDataset", dataset),
        (endpoint, DCTERMS + "conformsTo", Iri("https://www.w3.org/TR/sparql11-protocol/")),
        (endpoint, DCTERMS + "publisher", Iri(PUBLISHER)),
        (endpoint, _DCAT + "endpointDescription", Iri(f"{at}/sparql")),  # the service description, as SPARQL 1.1 has it
        (endpoint, _DCAT + "keyword", Literal("SPARQL", "en")),
        *((endpoint, _DCAT + "theme", Iri(f"{_EU}data-theme/{theme}")) for theme in ("GOVE", "JUST", "SOCI")),
        (catalogue, RDF + "type", Iri(_DCAT + "Catalog")),
        (catalogue, DCTERMS + "title", Literal(layout.whose.name, "en")),
        (catalogue, DCTERMS + "description", Literal("The dataset, and the service that answers queries on it.", "en")),
        (catalogue, DCTERMS + "publisher", Iri(PUBLISHER)),
        (catalogue, DCTERMS + "license", Iri(LICENSE)),
        (catalogue, PREFIXES["foaf"] + "homepage", Iri(BASE)),
        (catalogue, _DCAT + "themeTaxonomy", Iri(f"{_EU}data-theme")),
        *((catalogue, DCTERMS + "language", Iri(one.value)) for one in map(language_iri, LANGUAGES) if one),
        *((catalogue, DCTERMS + "spatial", Iri(f"{_EU}continent/{name}")) for name in _CONTINENTS if own),
        *((catalogue, DCTERMS + said, built) for said in ("issued", "modified")),
        (catalogue, _DCAT + "dataset", dataset),
        (catalogue, _DCAT + "service", endpoint),
    ]
    contact = site.settings.contact
    if contact:
        office = Iri(f"{DATASET}#contact")
        by = "hasEmail" if contact.startswith("mailto:") else "hasURL"
        triples += [
            *((one, _DCAT + "contactPoint", office) for one in (dataset, endpoint)),
            (office, RDF + "type", Iri(_VCARD + "Organization")),
            (office, _VCARD + "fn", Literal(layout.whose.name)),
            (office, _VCARD + by, Iri(contact.partition("?")[0] if by == "hasEmail" else contact)),
        ]
    for name, file in _distributions().items():
        about = site.downloads.get(file)
        if about is None:
            continue
        one, checksum = Iri(f"{DATASET}/{name}"), Iri(f"{DATASET}/{name}#sha256")
        plain, _, ending = file.rpartition(".")
        if ending in PACKED_TYPES:  # the others are described in the data
            triples += [
                (dataset, _DCAT + "distribution", one),
                (one, RDF + "type", Iri(_DCAT + "Distribution")),
                (one, DCTERMS + "title", Literal(f"{plain}, packed with {_PACKERS[ending]}", "en")),
                (one, DCTERMS + "license", Iri(LICENSE)),
                (one, _DCAT + "mediaType", Iri(f"{_IANA}{site.files[plain]['type']}")),
                (one, _DCAT + "compressFormat", Iri(f"{_IANA}{PACKED_TYPES[ending]}")),
            ]
        else:
            plain = file
        size = Literal(str(about["bytes"]), datatype=XSD + "nonNegativeInteger")
        triples += [
            (one, _DCAT + "accessURL", Iri(f"{at}/download")),
            (one, _DCAT + "downloadURL", Iri(f"{at}/download/{file}")),
            (one, _DCAT + "byteSize", size),
            (
                one,
                DCTERMS + "description",
                Literal(
                    f"{_HOLDING.get(plain, 'The whole graph as one file')}, {file}, renewed with each version.", "en"
                ),
            ),
            (one, DCTERMS + "format", Iri(f"{_EU}file-type/{_FILE_TYPES[plain.rpartition('.')[2]]}")),
            (one, f"{_DCATAP}availability", Iri(f"{_EU}planned-availability/AVAILABLE")),
            (one, _DCAT + "accessService", endpoint),
            (one, _SPDX + "checksum", checksum),
            (checksum, RDF + "type", Iri(_SPDX + "Checksum")),
            (checksum, _SPDX + "algorithm", Iri(_SPDX + "checksumAlgorithm_sha256")),
            (checksum, _SPDX + "checksumValue", Literal(str(about["sha256"]), datatype=XSD + "hexBinary")),
        ]
    triples += versions(
        site,
        [Iri(f"{DATASET}/{name}") for name, file in _distributions().items() if file in site.downloads],
        layout.absolute(site.home),
    )
    more = "\n".join(f"{term_text(s)} <{p}> {term_text(o)} ." for s, p, o in triples)
    return f"{text}\n{more}\n"


def _address(urls: Urls, extension: str) -> str:
    return urls.plain(f"/dataset.{extension}")


def _described(site: Site, iri: str) -> flask.Response:
    """Lead from a part of the dataset to the document that describes it."""
    if not ask(site.engine, "exists", {"thing": Iri(iri)}):
        raise unknown(iri)
    return _led(site, "/download")


def _led(site: Site, page: str) -> flask.Response:
    """Lead people to a page, and programs to the description of the dataset."""
    chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, *formats.GRAPHS)) or formats.TURTLE
    urls = Urls(public=site.settings.public_url)
    return see_other(urls.site(page) if chosen is formats.HTML else _address(urls, chosen.extension))


def downloads() -> flask.Response:
    site = current_site()
    layout = current_layout()
    chosen = choose(flask.request.headers.get("Accept"), (formats.HTML, formats.JSON)) or formats.HTML
    described = [(layout.urls.plain(f"/dataset.{form.extension}"), form) for form in formats.GRAPHS]
    links = dataset_signposts(site, layout.urls.public).at_page
    if chosen is formats.JSON:
        response = data(orjson.dumps(dict(site.manifest)), formats.JSON, links)
    else:
        files = [
            (name, int(about["bytes"]), str(about["sha256"]), _packed(site, name)) for name, about in site.files.items()
        ]
        numbers = {name: site.manifest[name] for name in ("quads", "triples", "graphs") if name in site.manifest}
        body = layout.render(
            "download.html",
            files=files,
            numbers={name: layout.number(int(value)) for name, value in numbers.items()},
            built=when(str(site.manifest.get("built", "")), layout.language),
            described=[(form.name, address) for address, form in described],
            citations=shown_citations(layout, whole(layout), "dataset"),
            software=shown_citations(layout, software(), "software", "software-"),
        )
        response = html(body, [*links, *licences()])
    response.headers["Vary"] = "Accept"
    return response


def _packed(site: Site, name: str) -> list[tuple[str, int]]:
    """Return the names and sizes in bytes of what stands packed beside a dump."""
    beside = {ending: site.downloads.get(f"{name}.{ending}") for ending in PACKED_TYPES}
    return [(f"{name}.{ending}", int(about["bytes"])) for ending, about in beside.items() if about]


_PIECE = 256 * 1024
_TYPES = {
    ".nq": formats.NQUADS.content_type,
    ".nt": formats.NTRIPLES.content_type,
    ".trig": formats.TRIG.content_type,
    ".ttl": formats.TURTLE.content_type,
    ".jsonld": formats.JSONLD.content_type,
    ".rdf": formats.RDFXML.content_type,
    ".json": "application/json",
    **{f".{ending}": kind for ending, kind in PACKED_TYPES.items()},
    # Who reads no RDF 1.2 is told so by its version. https://www.w3.org/TR/rdf12-turtle/#sec-mediaReg
    shown_name("cityrights-rdf12.ttl"): f"{formats.TURTLE.content_type}; version=1.2",
}
_REMOVED = "This file was removed from the server after it had started. The list of files is at /download."
#: One range of bytes (RFC 9110 §14.1.2): from a byte to another or to the end, or so many last ones.
_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
#: More digits than the size of any file has: the number counts as very large.
_DIGITS: Final = 18
_SPOILT = "This file is not as it was built, so it is not sent. Whoever runs this service is told."


#: Read files that are sent: those of a version go on when that is closed to make way for another.
_READERS: Final = ThreadPoolExecutor(4, "files")


async def download(site: Site, request: Request, send: Send) -> None:
    """Send a dump, or the range of it that is asked for, so that who was cut off can go on.

    Its ETag is its hash; a gzipped copy beside it is sent to those who can read it, and a range is one of that copy.

    What is sent has been compared with the digest that the build recorded, which ``Repr-Digest`` (RFC 9530) tells, so
    that whoever has it can verify it.
    """
    name = request.path.removeprefix("/download/")
    if name == SUMS:
        await send_response(request, _sums(site), send, timeout=site.settings.send_seconds)
        return
    about = site.downloads.get(name)
    if about is None:
        raise not_found("There is no such file. The list of files is at /download.")
    headers = [
        *CORS,
        ("content-type", _TYPES.get(name) or _TYPES.get(Path(name).suffix, "application/octet-stream")),
        ("content-disposition", f'attachment; filename="{name}"'),
        *(("link", one) for one in link_header([*_signposted(site, name), *licence_links(site)])),
        ("vary", "Accept-Encoding"),
    ]
    loop = asyncio.get_running_loop()
    wanted = request.headers.get("accept-encoding")
    dump, packed = await loop.run_in_executor(site.gate.threads, _opened, site, name, wanted)
    try:
        if packed:
            etag = f'"{about["sha256"]}-gzip"'
            headers.append(("content-encoding", "gzip"))
        else:
            etag = f'"{about["sha256"]}"'
            # It is the digest of what is sent, coding and all: that of a gzipped copy was never told.
            digest = base64.b64encode(bytes.fromhex(str(about["sha256"]))).decode()
            headers.append(("repr-digest", f"sha-256=:{digest}:"))
        if matches(etag, request.headers.get("if-none-match")):
            unchanged = Response(200, "", b"", [*CORS, ("vary", "Accept-Encoding")], etag=etag)
            await send_response(request, unchanged, send, timeout=site.settings.send_seconds)
            return
        headers += [("etag", etag), ("accept-ranges", "bytes")]
        part, status = _range(request, etag, dump.size), 200
        if part is not None:
            headers.append(("content-range", f"bytes {part.start}-{part.stop - 1}/{dump.size}"))
            dump.narrow(part)
            status = 206
        headers.append(("content-length", str(dump.size)))
        await send_stream(
            request,
            headers,
            dump,
            send,
            threads=_READERS,
            timeout=site.settings.send_seconds,
            whole=_PIECE,
            status=status,
        )
    finally:
        dump.close()


def _signposted(site: Site, name: str) -> list[Link]:
    """Return the links at a dump; the description of the data set is none, and says what it describes."""
    signs = dataset_signposts(site, site.settings.public_url)
    if name.startswith(DESCRIPTION):
        return signs.at_description
    return [*signs.at_file, *((address, "describedby", kind) for address, kind in signs.described[:1])]


def _range(request: Request, etag: str, size: int) -> range | None:
    """Return which bytes of a file of ``size`` bytes are asked for; None for all of it (RFC 9110 §14.2).

    That is also what several ranges get, what cannot be read, and what was asked on the condition (If-Range) that the
    file is another one. Raises a 416 for a range that begins behind the end.
    """
    asked = request.headers.get("range")
    if request.method != "GET" or not asked or request.headers.get("if-range", etag).strip() != etag:
        return None
    match = _RANGE.fullmatch(asked)
    if match is None or match[1] == match[2] == "":
        return None
    first, last = (int(digits) if 0 < len(digits) <= _DIGITS else 10**_DIGITS for digits in match.groups())
    if match[1] and match[2] and last < first:
        return None
    found = range(first, min(last + 1, size)) if match[1] else range(max(0, size - last), size)
    if not found:
        headers = (("content-range", f"bytes */{size}"), ("accept-ranges", "bytes"))
        raise Problem(416, "range", f"The file has {size:,} bytes, and the range begins behind them.", headers=headers)
    return found


def _opened(site: Site, name: str, accept_encoding: str | None) -> tuple[Dump, bool]:
    """Open what is to be sent, and say whether it is the gzipped copy: one that is spoilt is told, and left alone."""
    if "gzip" in accepted(accept_encoding):
        with contextlib.suppress(FileNotFoundError, CorruptDump):
            return site.dumps.open(name, packed=True), True
    try:
        return site.dumps.open(name), False
    except FileNotFoundError:
        raise Problem(410, "gone", _REMOVED) from None
    except CorruptDump as error:
        raise Problem(503, "no-snapshot", _SPOILT, headers=LATER) from error


def _sums(site: Site) -> Response:
    """Return the digests of all dumps, as sha256sum (GNU coreutils) checks them."""
    lines = [f"{about['sha256']}  {name}\n" for name, about in sorted(site.downloads.items())]
    return Response(200, "text/plain; charset=utf-8", "".join(lines).encode(), [*CORS], f'"{site.short}-sums"')
