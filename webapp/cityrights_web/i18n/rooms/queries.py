"""Words of the questions that the graph answers, and of the page for those who program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cityrights_web.i18n.rooms import query_versions
from cityrights_web.i18n.rooms.query_columns import COLUMNS, TAGS, VALUES
from cityrights_web.i18n.rooms.query_versions import VersionsWords


@dataclass(frozen=True, slots=True)
class QueriesWords:
    """Words of the questions that the graph answers, in one language."""

    nav: str
    nav_api: str
    title: str
    lead: str
    search_label: str
    search_button: str
    tags_label: str
    tag_all: str
    count: str
    count_one: str
    none: str
    has_view: Mapping[str, str]
    form_label: str
    form_submit: str
    type_hints: Mapping[str, str]
    rows: str
    row_one: str
    no_rows: str
    captions: Mapping[str, str]
    too_much: str
    past: str
    programs_title: str
    programs_lead: str
    workbench: str
    formats_note: str
    versions: VersionsWords
    cite_note: str
    fault_twice: str
    fault_missing: str
    fault_class: str
    fault_unknown: str
    fault_types: Mapping[str, str]
    fault_summary: str
    columns: Mapping[str, str]
    tags: Mapping[str, str]
    coded: Mapping[str, str]
    api_title: str
    api_lead: str
    api_document: str
    api_parameter: str
    api_type: str
    api_means: str
    api_example: str
    api_values: Mapping[str, str]
    api_questions: str
    api_others: str
    api_expert: str
    no_such: str
    no_view: str


EN = QueriesWords(
    nav="Questions",
    nav_api="For programs (API)",
    title="Questions that the graph answers",
    lead="Ready questions about what cities do for human rights. Choose one, change what it is about, and take "
    "the answer "
    "with you: as a table, as data, or as a reference that stays.",
    search_label="Find a question",
    search_button="Find",
    tags_label="About",
    tag_all="Everything",
    count="{n} questions",
    count_one="1 question",
    none="No question has these words. Try one word, or look at all of them.",
    has_view={"map": "map", "network": "network", "chart": "chart", "timeline": "timeline"},
    form_label="What the question is about",
    form_submit="Ask",
    type_hints={
        "iri": "An address such as https://w3id.org/cityrights/id/city/utrecht, or short: city:utrecht",
        "string": "A text",
        "integer": "A whole number",
        "language": "A language tag such as en",
        "year": "A year such as 2021",
    },
    rows="{n} rows",
    row_one="1 row",
    no_rows="The graph has no answer to this question. That nothing is recorded does not mean that there is nothing.",
    captions={
        "map": "Where the answer is; the number says how much is there.",
        "network": "What the answer joins. The table has the same.",
        "chart": "The answer as bars. The table has the same, with its evidence.",
        "timeline": "The answer by year. The table has the same, with its evidence.",
    },
    too_much="The answer has {n} parts, and this picture can show {most}. Ask for something narrower, or take "
    "the table below.",
    past="The last page of this answer is {n}.",
    programs_title="Ask it from a program",
    programs_lead="The same question by its address. Every name after the question mark is optional; page and "
    "size take it "
    "piece by piece.",
    workbench="Change the query in the workbench",
    formats_note="The whole answer, not only this page:",
    versions=query_versions.EN,
    cite_note="The version has two parts: the text of the query and the state of the data.",
    fault_twice="Give one value only.",
    fault_missing="A value is missing here.",
    fault_class="‘{value}’ is not known here as: {kind}.",
    fault_unknown="This question has no ‘{name}’. It has: {known}.",
    fault_types={
        "iri": "This is no address of a thing. Write it in full, or short as in city:utrecht.",
        "string": "The text has to be shorter, and without control characters.",
        "integer": "This has to be a whole number such as 3.",
        "language": "This has to be a language tag such as en.",
        "year": "This has to be a year such as 2021.",
    },
    fault_summary="The question could not be asked. What to change stands beside each field.",
    columns=COLUMNS["en"],
    tags=TAGS["en"],
    coded=VALUES["en"],
    api_title="For programs",
    api_lead="Everything on this site can be read by programs, without a key. This page lists what answers in "
    "JSON, CSV "
    "and other formats, and with which parameters.",
    api_document="The same for tools (OpenAPI 3.1)",
    api_parameter="Parameter",
    api_type="Type",
    api_means="Meaning",
    api_example="Example",
    api_values={
        "answer": "The answer",
        "version": "The version that is asked for, as an answer states it; 410 where it is no longer kept",
        "format": "The format of the answer",
        "page": "Which page of the answer, from 1; without page and size it comes whole",
        "size": "How many rows on a page",
        "turn": "Which page, from 1",
        "facet": "A value of this facet, as in the list’s address; may be given more than once",
        "status": "‘all’ takes in what is underway or planned",
        "sort": "The order; with a hyphen the other way round",
        "kind": "One kind of thing",
        "place": "A city by its slug; another territory by kind and slug",
        "other": "The other place",
        "theme": "Only by what is about this theme, by its slug",
        "kind_held": "Only by institutions or instruments of this kind, by its slug",
        "source": "Only by what this document tells of, by its slug",
    },
    api_questions="The questions",
    api_others="Lists, search and the rest",
    api_expert="The questions as RDF (SHACL)",
    no_such="There is no such question. All of them are listed at /queries.",
    no_view="The answer to this question is not seen in this way.",
)

FR = QueriesWords(
    nav="Questions",
    nav_api="Pour les programmes (API)",
    title="Les questions auxquelles le graphe répond",
    lead="Des questions prêtes sur ce que les villes font pour les droits humains. Choisissez-en une, changez "
    "son objet et "
    "emportez la réponse : en tableau, en données, ou comme référence qui reste.",
    search_label="Trouver une question",
    search_button="Trouver",
    tags_label="Au sujet de",
    tag_all="Tout",
    count="{n} questions",
    count_one="1 question",
    none="Aucune question n’a ces mots. Essayez un seul mot, ou parcourez-les toutes.",
    has_view={"map": "carte", "network": "réseau", "chart": "diagramme", "timeline": "chronologie"},
    form_label="L’objet de la question",
    form_submit="Demander",
    type_hints={
        "iri": "Une adresse telle que https://w3id.org/cityrights/id/city/utrecht, ou courte : city:utrecht",
        "string": "Un texte",
        "integer": "Un nombre entier",
        "language": "Un code de langue tel que fr",
        "year": "Une année telle que 2021",
    },
    rows="{n} lignes",
    row_one="1 ligne",
    no_rows="Le graphe n’a pas de réponse à cette question. Que rien ne soit enregistré ne veut pas dire qu’il "
    "n’y a rien.",
    captions={
        "map": "Où se trouve la réponse ; le nombre dit combien il y en a.",
        "network": "Ce que la réponse relie. Le tableau dit la même chose.",
        "chart": "La réponse en barres. Le tableau dit la même chose, avec ses preuves.",
        "timeline": "La réponse par année. Le tableau dit la même chose, avec ses preuves.",
    },
    too_much="La réponse a {n} parties, et cette image peut en montrer {most}. Demandez plus étroit, ou prenez "
    "le tableau "
    "ci-dessous.",
    past="La dernière page de cette réponse est la {n}.",
    programs_title="La poser depuis un programme",
    programs_lead="La même question par son adresse. Chaque nom après le point d’interrogation est facultatif ; "
    "page et size "
    "la prennent morceau par morceau.",
    workbench="Modifier la requête dans l’atelier",
    formats_note="Toute la réponse, et non cette seule page :",
    versions=query_versions.FR,
    cite_note="La version a deux parties : le texte de la requête et l’état des données.",
    fault_twice="Donnez une seule valeur.",
    fault_missing="Une valeur manque ici.",
    fault_class="« {value} » n’est pas connu ici comme : {kind}.",
    fault_unknown="Cette question n’a pas de « {name} ». Elle a : {known}.",
    fault_types={
        "iri": "Ceci n’est pas l’adresse d’une chose. Écrivez-la en entier, ou courte comme city:utrecht.",
        "string": "Le texte doit être plus court, et sans caractères de contrôle.",
        "integer": "Il faut un nombre entier tel que 3.",
        "language": "Il faut un code de langue tel que fr.",
        "year": "Il faut une année telle que 2021.",
    },
    fault_summary="La question n’a pas pu être posée. Ce qu’il faut changer est dit à côté de chaque champ.",
    columns=COLUMNS["fr"],
    tags=TAGS["fr"],
    coded=VALUES["fr"],
    api_title="Pour les programmes",
    api_lead="Tout ce site peut être lu par des programmes, sans clé. Cette page dit ce qui répond en JSON, en "
    "CSV et dans "
    "d’autres formats, et avec quels paramètres.",
    api_document="La même chose pour les outils (OpenAPI 3.1)",
    api_parameter="Paramètre",
    api_type="Forme",
    api_means="Sens",
    api_example="Exemple",
    api_values={
        "answer": "La réponse",
        "version": "La version demandée, telle que la donne une réponse ; 410 si elle n’est plus conservée",
        "format": "Le format de la réponse",
        "page": "Quelle page de la réponse, à partir de 1 ; sans page ni size elle vient entière",
        "size": "Combien de lignes par page",
        "turn": "Quelle page, à partir de 1",
        "facet": "Une valeur de cette facette, comme dans l’adresse de la liste ; peut être donnée plusieurs fois",
        "status": "« all » comprend ce qui est en cours ou prévu",
        "sort": "L’ordre ; avec un trait d’union, l’ordre inverse",
        "kind": "Un seul type de chose",
        "place": "Une ville par son nom court ; un autre territoire par type et nom court",
        "other": "L’autre lieu",
        "theme": "Seulement par ce qui touche ce thème, donné par son nom court",
        "kind_held": "Seulement par les institutions ou les instruments de ce type, donné par son nom court",
        "source": "Seulement par ce que dit ce document, donné par son nom court",
    },
    api_questions="Les questions",
    api_others="Listes, recherche et le reste",
    api_expert="Les questions en RDF (SHACL)",
    no_such="Cette question n’existe pas. Elles sont toutes à l’adresse /queries.",
    no_view="La réponse à cette question ne se voit pas ainsi.",
)

ES = QueriesWords(
    nav="Preguntas",
    nav_api="Para programas (API)",
    title="Preguntas que el grafo responde",
    lead="Preguntas listas sobre lo que las ciudades hacen por los derechos humanos. Elija una, cambie de qué "
    "trata y llévese "
    "la respuesta: como tabla, como datos o como referencia que permanece.",
    search_label="Buscar una pregunta",
    search_button="Buscar",
    tags_label="Sobre",
    tag_all="Todo",
    count="{n} preguntas",
    count_one="1 pregunta",
    none="Ninguna pregunta tiene estas palabras. Pruebe con una sola, o véalas todas.",
    has_view={"map": "mapa", "network": "red", "chart": "gráfico", "timeline": "cronología"},
    form_label="De qué trata la pregunta",
    form_submit="Preguntar",
    type_hints={
        "iri": "Una dirección como https://w3id.org/cityrights/id/city/utrecht, o corta: city:utrecht",
        "string": "Un texto",
        "integer": "Un número entero",
        "language": "Un código de idioma como es",
        "year": "Un año como 2021",
    },
    rows="{n} filas",
    row_one="1 fila",
    no_rows="El grafo no tiene respuesta a esta pregunta. Que no conste nada no significa que no haya nada.",
    captions={
        "map": "Dónde está la respuesta; el número dice cuánto hay.",
        "network": "Lo que une la respuesta. La tabla dice lo mismo.",
        "chart": "La respuesta en barras. La tabla dice lo mismo, con sus pruebas.",
        "timeline": "La respuesta por años. La tabla dice lo mismo, con sus pruebas.",
    },
    too_much="La respuesta tiene {n} partes y esta imagen puede mostrar {most}. Pida algo más estrecho, o use "
    "la tabla de abajo.",
    past="La última página de esta respuesta es la {n}.",
    programs_title="Preguntarlo desde un programa",
    programs_lead="La misma pregunta por su dirección. Cada nombre tras el signo de interrogación es opcional; "
    "page y size la "
    "toman por partes.",
    workbench="Cambiar la consulta en el taller",
    formats_note="Toda la respuesta, no solo esta página:",
    versions=query_versions.ES,
    cite_note="La versión tiene dos partes: el texto de la consulta y el estado de los datos.",
    fault_twice="Dé un solo valor.",
    fault_missing="Aquí falta un valor.",
    fault_class="«{value}» no se conoce aquí como: {kind}.",
    fault_unknown="Esta pregunta no tiene «{name}». Tiene: {known}.",
    fault_types={
        "iri": "Esto no es la dirección de una cosa. Escríbala entera, o corta como city:utrecht.",
        "string": "El texto debe ser más corto y sin caracteres de control.",
        "integer": "Debe ser un número entero como 3.",
        "language": "Debe ser un código de idioma como es.",
        "year": "Debe ser un año como 2021.",
    },
    fault_summary="La pregunta no pudo hacerse. Lo que hay que cambiar está junto a cada campo.",
    columns=COLUMNS["es"],
    tags=TAGS["es"],
    coded=VALUES["es"],
    api_title="Para programas",
    api_lead="Todo este sitio puede ser leído por programas, sin clave. Esta página dice qué responde en JSON, "
    "CSV y otros "
    "formatos, y con qué parámetros.",
    api_document="Lo mismo para herramientas (OpenAPI 3.1)",
    api_parameter="Parámetro",
    api_type="Tipo",
    api_means="Significado",
    api_example="Ejemplo",
    api_values={
        "answer": "La respuesta",
        "version": "La versión que se pide, tal como la da una respuesta; 410 si ya no se conserva",
        "format": "El formato de la respuesta",
        "page": "Qué página de la respuesta, desde 1; sin page ni size llega entera",
        "size": "Cuántas filas por página",
        "turn": "Qué página, desde 1",
        "facet": "Un valor de esta faceta, como en la dirección de la lista; puede darse varias veces",
        "status": "«all» incluye lo que está en curso o previsto",
        "sort": "El orden; con un guion, al revés",
        "kind": "Una sola clase de cosa",
        "place": "Una ciudad por su nombre corto; otro territorio por clase y nombre corto",
        "other": "El otro lugar",
        "theme": "Solo por lo que trata de este tema, dado por su nombre corto",
        "kind_held": "Solo por las instituciones o los instrumentos de esta clase, dada por su nombre corto",
        "source": "Solo por lo que dice este documento, dado por su nombre corto",
    },
    api_questions="Las preguntas",
    api_others="Listas, búsqueda y lo demás",
    api_expert="Las preguntas en RDF (SHACL)",
    no_such="No hay tal pregunta. Todas están en /queries.",
    no_view="La respuesta a esta pregunta no se ve de este modo.",
)
