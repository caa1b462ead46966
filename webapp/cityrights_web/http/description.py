"""What the site adds to the service description: the data set, its licence and its graphs, for programs."""

from __future__ import annotations

from collections.abc import Iterator

from cityrights.library.pages import term_text
from cityrights.terms import Iri, Literal
from cityrights.vocabulary import DATASET, GRAPH_DATASET, ID, RDF
from cityrights_web.results.formats import MADE
from cityrights_web.site import Site
from sparqlgate.http.description import PROLOGUE
from sparqlgate.http.description import service as service_lines
from sparqlgate.text.guard import Bounds


def service_description(site: Site, endpoint: str) -> str:
    """Return the description of the endpoint at this address, as Turtle."""
    return PROLOGUE + "".join(f"{line}\n" for line in _lines(site, endpoint))


def _lines(site: Site, endpoint: str) -> Iterator[str]:
    dataset = str(site.manifest.get("dataset", DATASET))
    shipped = dataset == DATASET
    base = endpoint.removesuffix("/sparql")

    def own(name: str) -> str:
        return term_text(Iri(f"{DATASET if shipped else endpoint}#{name}"))

    service, data, default = own("service"), own("service-dataset"), own("default-graph")
    yield from service_lines(service, endpoint, MADE, site.engine.functions)
    yield f"{service} sd:defaultDataset {data} ;"
    if shipped or site.manifest.get("union"):
        yield "  sd:feature sd:UnionDefaultGraph ;"
    if site.settings.allow_service:
        yield "  sd:feature sd:BasicFederatedQuery ;"
    yield f"  rdfs:seeAlso {term_text(Iri(f'{base}/queries.ttl'))} ;"
    yield f"  owl:versionInfo {_text(site.version)} ; rdfs:comment {_english(_about(site, base))} ."
    yield f"{data} a sd:Dataset ; sd:defaultGraph {default} ; dcterms:source {term_text(Iri(dataset))} ."
    yield f"{default} a sd:Graph , void:Dataset ; void:triples {int(site.manifest.get('triples', 0))} ;"
    yield f"  owl:versionInfo {_text(site.version)} ."
    yield from _void(site, base, endpoint, dataset)
    if shipped:
        yield f"{data} rdfs:comment {_english(_CLAIM_GRAPHS)} ."
        yield f"{default} dcterms:license <https://creativecommons.org/licenses/by/4.0/> ."
    for place, graph in enumerate(_graphs(site)):
        named, content = own(f"graph-{place}"), own(f"content-{place}")
        yield f"{data} sd:namedGraph {named} . {content} a sd:Graph ."
        yield f"{named} a sd:NamedGraph ; sd:name {term_text(Iri(graph))} ; sd:graph {content} ;"
        yield "  sd:entailmentRegime <http://www.w3.org/ns/entailment/Simple> ."


_CLAIM_GRAPHS = (
    "Besides the named graphs listed, each claim that asserts a fact has one of its own, named by the claim's IRI: "
    f"{ID}claim/{{source}}/{{number}}. What is said of the claims themselves stands in one graph, listed here, and the "
    "default graph has every triple of every graph, once."
)


def _graphs(site: Site) -> list[str]:
    """Return the graphs to list: all that the manifest names, or the fixed ones of the shipped dataset."""
    named = site.manifest.get("named_graphs")
    return sorted(site.vocabulary.graphs) if named is None else [str(graph) for graph in named]


def _void(site: Site, base: str, endpoint: str, dataset: str) -> Iterator[str]:
    """Describe the dataset for those who follow VoID: its version, its endpoint, its dumps, and where to read on."""
    subject = term_text(Iri(dataset))
    yield f"{subject} a void:Dataset ; void:sparqlEndpoint {term_text(Iri(endpoint))} ;"
    if dataset == DATASET:
        yield f"  rdfs:isDefinedBy {term_text(Iri(GRAPH_DATASET))} ;"
    for name in site.files:
        prop = "rdfs:seeAlso" if name == "void.ttl" else "void:dataDump"
        yield f"  {prop} {term_text(Iri(f'{base}/download/{name}'))} ;"
    yield f"  owl:versionInfo {_text(site.version)} ."


def _about(site: Site, base: str) -> str:
    """Say in words what the vocabulary has no terms for: the limits, and where single graphs are read."""
    settings = site.settings
    asked = " ".join(f"<{address}>" for address in settings.allow_service)
    federation = f"SERVICE may name {asked}" if asked else "SERVICE is refused"
    memory = "" if settings.endpoint else f" and use {settings.query_memory >> 20} MiB of memory"
    rows = f", and a table {settings.max_rows:,} rows" if settings.max_rows else ""
    bounds = Bounds()
    return (
        f"This service is read-only: updates are refused, {federation}, and nothing is fetched for FROM. "
        f"A query may run for {settings.query_seconds:g} s{memory}, its answer may have "
        f"{settings.result_bytes >> 20} MiB{rows}; over a limit there is an error and never a part that looks whole. "
        f"The address of a query sent by GET may have {settings.max_url:,} bytes after the question mark, what is sent "
        f"by POST {settings.max_body:,}; of a query {bounds.plain:,} characters may stand outside of VALUES. "
        f"Each graph can be read whole at {base}/graph?graph= and its IRI, the default graph at {base}/graph?default "
        "(SPARQL 1.1 Graph Store HTTP Protocol). Empty graphs are not kept. No entailment takes place in queries."
    )


def _text(value: str) -> str:
    return term_text(Literal(value))


def _english(value: str) -> str:
    return term_text(Literal(value, "en", RDF + "langString"))
