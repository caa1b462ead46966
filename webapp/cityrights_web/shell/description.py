"""The service description (SPARQL 1.1 Service Description): what the endpoint is and can do, for programs."""

from __future__ import annotations

from cityrights.describe.ask import term_text
from cityrights.describe.terms import Iri
from cityrights.namespaces import DATASET
from cityrights_web.shell.context import Site

_FORMATS = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "JSON-LD", "RDF_XML", "TriG", "N-Quads",
)  # fmt: skip


def service_description(site: Site, endpoint: str) -> str:
    """Return the description of the endpoint at this address, as Turtle."""
    here = term_text(Iri(endpoint))
    named = "\n".join(
        f"<{DATASET}#service-dataset> sd:namedGraph <{DATASET}#graph-{place}> . "
        f"<{DATASET}#graph-{place}> a sd:NamedGraph ; sd:name {term_text(Iri(graph))} ; "
        f"sd:graph <{DATASET}#content-{place}> . <{DATASET}#content-{place}> a sd:Graph ."
        for place, graph in enumerate(sorted(site.vocabulary.graphs))
    )
    written = " , ".join(f"<http://www.w3.org/ns/formats/{name}>" for name in _FORMATS)
    triples = int(site.manifest.get("triples", 0))
    return f"""
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<{DATASET}#service> a sd:Service ;
  sd:endpoint {here} ;
  sd:supportedLanguage sd:SPARQL11Query ;
  sd:feature sd:EmptyGraphs ;
  sd:resultFormat {written} ;
  sd:defaultDataset <{DATASET}#service-dataset> .
<{DATASET}#service-dataset> a sd:Dataset ; sd:defaultGraph <{DATASET}#default-graph> .
<{DATASET}#default-graph> a sd:Graph, void:Dataset ;
  void:triples {triples} ;
  owl:versionInfo "{site.version}" ;
  dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
{named}
"""
