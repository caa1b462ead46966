"""The words of the site: one field for each, so that a language with a gap does not type-check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cityrights.namespaces import DCTERMS, OWL, PREFIXES, RDF, RDFS, SKOS
from cityrights_web.i18n.rooms.about import AboutWords
from cityrights_web.i18n.rooms.builder import BuilderWords
from cityrights_web.i18n.rooms.connections import ConnectionsWords
from cityrights_web.i18n.rooms.exports import ExportsWords
from cityrights_web.i18n.rooms.faults import FaultWords
from cityrights_web.i18n.rooms.foreign import ForeignWords
from cityrights_web.i18n.rooms.home import HomeWords
from cityrights_web.i18n.rooms.linked import LinkedWords
from cityrights_web.i18n.rooms.lists import ListsWords
from cityrights_web.i18n.rooms.places import PlacesWords
from cityrights_web.i18n.rooms.proof import ProofWords
from cityrights_web.i18n.rooms.queries import QueriesWords
from cityrights_web.i18n.rooms.results import ResultsWords
from cityrights_web.i18n.rooms.search import SearchWords
from cityrights_web.i18n.rooms.things import ThingsWords
from cityrights_web.i18n.rooms.workbench import WorkbenchWords

#: Standard properties that pages show; their own vocabularies do not name them in all our languages.
PROPERTIES: Final = (
    RDF + "type",
    RDFS + "label",
    DCTERMS + "description",
    SKOS + "prefLabel",
    SKOS + "altLabel",
    PREFIXES["wgs"] + "lat",
    PREFIXES["wgs"] + "long",
    SKOS + "exactMatch",
    OWL + "sameAs",
    SKOS + "closeMatch",
    SKOS + "relatedMatch",
    SKOS + "broader",
    SKOS + "related",
    SKOS + "definition",
    PREFIXES["schema"] + "url",
    PREFIXES["schema"] + "email",
    DCTERMS + "identifier",
    RDFS + "seeAlso",
    SKOS + "notation",
    SKOS + "scopeNote",
    DCTERMS + "publisher",
    DCTERMS + "issued",
)


@dataclass(frozen=True, slots=True)
class Strings:
    """Words in one language. Fields with ``{…}`` are filled with ``str.format``."""

    language_name: str
    this_page: str
    colon: str
    about: AboutWords
    builder: BuilderWords
    connections: ConnectionsWords
    faults: FaultWords
    foreign: ForeignWords
    problems: Mapping[str, str]
    rules: Mapping[str, str]
    home: HomeWords
    linked: LinkedWords
    lists: ListsWords
    places: PlacesWords
    queries: QueriesWords
    results: ResultsWords
    exports: ExportsWords
    proof: ProofWords
    search: SearchWords
    things: ThingsWords
    workbench: WorkbenchWords
    site_title: str
    tagline: str
    skip: str
    menu: str
    languages: str
    nav_practices: str
    nav_cities: str
    nav_institutions: str
    nav_themes: str
    nav_instruments: str
    nav_sources: str
    nav_people: str
    nav_events: str
    nav_organisations: str
    nav_sparql: str
    nav_download: str
    nav_about: str
    home_intro: str
    home_evidence: str
    home_numbers: str
    counts_note: str
    home_more: str
    lead_practices: str
    lead_cities: str
    lead_institutions: str
    lead_themes: str
    lead_instruments: str
    lead_sources: str
    lead_people: str
    lead_events: str
    lead_organisations: str
    for_programs: str
    for_programs_text: str
    ontology_title: str
    ontology_lead: str
    ontology_classes: str
    ontology_properties: str
    challenge: str
    approach: str
    takeaways: str
    other_claims: str
    claims_about: str
    group_what: str
    group_where: str
    group_who: str
    group_whom: str
    group_themes: str
    group_made: str
    group_when: str
    group_figures: str
    group_evidence: str
    group_identifiers: str
    group_names: str
    group_other: str
    group_standard: str
    group_standard_note: str
    show_more: str
    incoming: str
    incoming_by: str
    incoming_range: str
    next_page: str
    previous_page: str
    formats: str
    permalink: str
    show_sparql: str
    open_sparql: str
    evidence: str
    line_one: str
    line_many: str
    ev_editor: str
    ev_labels: str
    ev_enrichment: str
    ev_derived: str
    ev_claims: str
    ev_vocabulary: str
    ev_dataset: str
    ev_other: str
    ev_short_claim: str
    ev_short_record: str
    ev_short_editor: str
    ev_short_derived: str
    ev_short_vocabulary: str
    ev_licence: str
    the_claim: str
    claim_asserts: str
    claim_asserts_none: str
    claim_own_words: str
    in_language: str
    status_notice_underway: str
    status_notice_planned: str
    list_hidden: str
    list_show_all: str
    list_show_settled: str
    list_shows_all: str
    list_empty: str
    filter_by: str
    filter_apply: str
    filter_clear: str
    column_name: str
    column_practices: str
    column_claims: str
    source_claims: str
    source_order: str
    column_lines: str
    column_sentence: str
    column_modality: str
    no_lines: str
    download_title: str
    download_intro: str
    download_file: str
    download_size: str
    download_hash: str
    download_none: str
    licence_code: str
    version: str
    about_title: str
    about_paragraphs: tuple[str, ...]
    about_evidence_title: str
    about_statuses_title: str
    about_statuses: str
    about_api_title: str
    about_api: str
    about_problems_title: str
    sparql_title: str
    sparql_intro: str
    sparql_label: str
    sparql_run: str
    sparql_format: str
    sparql_true: str
    sparql_false: str
    error_title: Mapping[int, str]
    error_other: str
    error_home: str
    error_alternatives: str
    error_nowhere: str
    error_thing: str
    kinds: Mapping[str, str]
    modalities: Mapping[str, str]
    properties: Mapping[str, str]
    comparators: Mapping[str, str]


def named_properties(*names: str) -> Mapping[str, str]:
    """Return the names of PROPERTIES, given in their order. Raises ValueError when one is missing."""
    return dict(zip(PROPERTIES, names, strict=True))
