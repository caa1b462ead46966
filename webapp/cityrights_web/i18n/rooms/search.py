"""Words of the search and its suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchWords:
    """Words of the search and its suggestions, in one language.

    ``one`` names one thing of each kind, ``many`` several, where the pages' own word does not do.
    """

    title: str
    button: str
    lead: str
    examples: str
    example_words: tuple[str, ...]
    hints: tuple[str, ...]
    all_kinds: str
    kinds_label: str
    found: str
    all_of_kind: str
    nothing: str
    nothing_hint: str
    meant: str
    near: str
    some: str
    evidence: str
    evidence_note: str
    also_called: str
    page: str
    sparql_note: str
    suggestions: str
    suggestions_some: str
    suggestions_none: str
    one: Mapping[str, str]
    many: Mapping[str, str]


EN = SearchWords(
    title="Search",
    button="Search",
    lead="Practices, places, institutions, people, and every sentence that backs what is said of them.",
    examples="For example:",
    example_words=("ombudsperson", "Sao Paulo", "housing", "“right to the city”", "sanctuary -journalists"),
    hints=(
        "Write in English, French or Spanish; accents and capitals do not matter.",
        "“Words in quotation marks” are found as they stand; a minus before a word leaves it out.",
        "A Wikidata or GeoNames number finds its place.",
        "What is underway or planned is found, too, and marked as such.",
    ),
    all_kinds="All",
    kinds_label="Kinds of result",
    found="{n} results",
    all_of_kind="All {n}: {kind}",
    nothing="Nothing was found for “{text}”.",
    nothing_hint="Try fewer words or other ones, or begin with one of the lists:",
    meant="Did you mean:",
    near="Nothing has exactly these words. These results have words like them.",
    some="Nothing has all of these words. These results have some of them.",
    evidence="Sentences of the sources",
    evidence_note="What the documents say, claim by claim.",
    also_called="Found as:",
    page="Page {n}",
    sparql_note="This query finds names that have the text in them as it is written. The search does more than SPARQL "
    "can: it knows word forms, accents, typing errors and descriptions, and puts the likeliest first.",
    suggestions="Suggestions",
    suggestions_some="Suggestions: {n}. Use the up and down arrows.",
    suggestions_none="No suggestions.",
    one={
        "aspect": "Aspect of a claim", "association": "Association", "award": "Award", "city": "City",
        "claim": "Claim", "country": "Country", "department": "Department", "event": "Event",
        "government": "Local government", "group": "Group of governments", "holding": "Role",
        "institution": "Institution", "instrument": "Instrument", "island": "Island", "kind": "Kind",
        "modality": "Way of saying", "network": "Network", "observation": "Figure", "organisation": "Organisation",
        "other": "Elsewhere", "partnership": "Partnership", "passage": "Passage", "person": "Person",
        "pillar": "Pillar", "population": "Population", "practice": "Practice", "reference": "Reference",
        "region": "Region", "section": "Section", "source": "Source", "status": "Status",
        "target-group": "Target group", "theme": "Theme", "udhr": "Article of the Universal Declaration",
    },
    many={
        "aspect": "Aspects of claims", "modality": "Ways of saying", "other": "Elsewhere", "pillar": "Pillars",
        "section": "Sections", "status": "Statuses", "udhr": "Articles of the Universal Declaration",
    },
)  # fmt: skip

FR = SearchWords(
    title="Recherche",
    button="Chercher",
    lead="Pratiques, lieux, institutions, personnes, et chaque phrase sur laquelle s’appuie ce qui en est dit.",
    examples="Par exemple :",
    example_words=("médiateur", "Sao Paulo", "logement", "« droit à la ville »", "refuge -journalistes"),
    hints=(
        "Écrivez en français, en anglais ou en espagnol ; les accents et les majuscules ne comptent pas.",
        "Les « mots entre guillemets » sont cherchés tels quels ; un signe moins devant un mot l’exclut.",
        "Un numéro de Wikidata ou de GeoNames mène au lieu qu’il désigne.",
        "Ce qui est en cours ou prévu est trouvé aussi, et signalé comme tel.",
    ),
    all_kinds="Tout",
    kinds_label="Types de résultats",
    found="{n} résultats",
    all_of_kind="Tout voir ({n}) : {kind}",
    nothing="Rien n’a été trouvé pour « {text} ».",
    nothing_hint="Essayez avec moins de mots ou avec d’autres, ou partez d’une des listes :",
    meant="Vouliez-vous dire :",
    near="Rien ne contient exactement ces mots. Ces résultats contiennent des mots proches.",
    some="Rien ne contient tous ces mots. Ces résultats en contiennent quelques-uns.",
    evidence="Phrases des sources",
    evidence_note="Ce que disent les documents, affirmation par affirmation.",
    also_called="Trouvé sous :",
    page="Page n° {n}",
    sparql_note="Cette requête trouve les noms qui contiennent le texte tel qu’il est écrit. La recherche va plus loin "
    "que SPARQL : elle connaît les formes des mots, les accents, les fautes de frappe et les descriptions, et met "
    "le plus probable en premier.",
    suggestions="Propositions",
    suggestions_some="Propositions : {n}. Utilisez les flèches haut et bas.",
    suggestions_none="Aucune proposition.",
    one={
        "aspect": "Aspect d’une affirmation", "association": "Association", "award": "Distinction", "city": "Ville",
        "claim": "Affirmation", "country": "Pays", "department": "Département", "event": "Événement",
        "government": "Gouvernement local", "group": "Groupe de gouvernements", "holding": "Fonction",
        "institution": "Institution", "instrument": "Instrument", "island": "Île", "kind": "Type",
        "modality": "Manière de dire", "network": "Réseau", "observation": "Chiffre", "organisation": "Organisation",
        "other": "Ailleurs", "partnership": "Partenariat", "passage": "Passage", "person": "Personne",
        "pillar": "Pilier", "population": "Population", "practice": "Pratique", "reference": "Référence",
        "region": "Région", "section": "Section", "source": "Source", "status": "État",
        "target-group": "Public", "theme": "Thème", "udhr": "Article de la Déclaration universelle",
    },
    many={
        "aspect": "Aspects d’affirmations", "modality": "Manières de dire", "other": "Ailleurs", "pillar": "Piliers",
        "section": "Sections", "status": "États", "udhr": "Articles de la Déclaration universelle",
    },
)  # fmt: skip

ES = SearchWords(
    title="Búsqueda",
    button="Buscar",
    lead="Prácticas, lugares, instituciones, personas, y cada frase que respalda lo que se dice de ellas.",
    examples="Por ejemplo:",
    example_words=("defensoría", "Sao Paulo", "vivienda", "«derecho a la ciudad»", "refugio -periodistas"),
    hints=(
        "Escriba en español, inglés o francés; los acentos y las mayúsculas no importan.",
        "Las «palabras entre comillas» se buscan tal cual; un signo menos delante de una palabra la excluye.",
        "Un número de Wikidata o de GeoNames lleva a su lugar.",
        "Lo que está en marcha o previsto también se encuentra, y se señala como tal.",
    ),
    all_kinds="Todo",
    kinds_label="Tipos de resultado",
    found="{n} resultados",
    all_of_kind="Ver todo ({n}): {kind}",
    nothing="No se encontró nada para «{text}».",
    nothing_hint="Pruebe con menos palabras o con otras, o empiece por una de las listas:",
    meant="¿Quiso decir…?",
    near="Nada tiene exactamente estas palabras. Estos resultados tienen palabras parecidas.",
    some="Nada tiene todas estas palabras. Estos resultados tienen algunas.",
    evidence="Frases de las fuentes",
    evidence_note="Lo que dicen los documentos, afirmación por afirmación.",
    also_called="Encontrado como:",
    page="Página {n}",
    sparql_note="Esta consulta encuentra los nombres que contienen el texto tal como está escrito. La búsqueda va más "
    "allá de SPARQL: conoce las formas de las palabras, los acentos, las erratas y las descripciones, y pone "
    "primero lo más probable.",
    suggestions="Sugerencias",
    suggestions_some="Sugerencias: {n}. Use las flechas arriba y abajo.",
    suggestions_none="No hay sugerencias.",
    one={
        "aspect": "Aspecto de una afirmación", "association": "Asociación", "award": "Premio", "city": "Ciudad",
        "claim": "Afirmación", "country": "País", "department": "Departamento", "event": "Evento",
        "government": "Gobierno local", "group": "Grupo de gobiernos", "holding": "Cargo",
        "institution": "Institución", "instrument": "Instrumento", "island": "Isla", "kind": "Tipo",
        "modality": "Modo de decir", "network": "Red", "observation": "Cifra", "organisation": "Organización",
        "other": "En otro sitio", "partnership": "Colaboración", "passage": "Pasaje", "person": "Persona",
        "pillar": "Pilar", "population": "Población", "practice": "Práctica", "reference": "Referencia",
        "region": "Región", "section": "Sección", "source": "Fuente", "status": "Estado",
        "target-group": "Grupo destinatario", "theme": "Tema", "udhr": "Artículo de la Declaración Universal",
    },
    many={
        "aspect": "Aspectos de afirmaciones", "modality": "Modos de decir", "other": "En otros sitios",
        "pillar": "Pilares", "section": "Secciones", "status": "Estados",
        "udhr": "Artículos de la Declaración Universal",
    },
)  # fmt: skip
