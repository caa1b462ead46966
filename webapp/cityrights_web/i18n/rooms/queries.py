"""Words of the questions that the graph answers, and of the page for those who program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cityrights_web.i18n.rooms.query_columns import COLUMNS, TAGS


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
    cite_note: str
    version_same: str
    version_text: str
    version_data: str
    version_malformed: str
    current_address: str
    fault_twice: str
    fault_missing: str
    fault_class: str
    fault_unknown: str
    fault_types: Mapping[str, str]
    fault_summary: str
    columns: Mapping[str, str]
    tags: Mapping[str, str]
    api_title: str
    api_lead: str
    api_document: str
    api_parameter: str
    api_type: str
    api_means: str
    api_example: str
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
    past="This answer has {n} pages.",
    programs_title="Ask it from a program",
    programs_lead="The same question by its address. Every name after the question mark is optional; page and "
    "size take it "
    "piece by piece.",
    workbench="Change the query in the workbench",
    formats_note="The whole answer, not only this page:",
    cite_note="The version has two parts: the text of the query and the state of the data.",
    version_same="You are looking at the version that was cited: the same query, the same data.",
    version_text="The query has changed since it was cited: {cited} was its text then, {current} is its text now.",
    version_data="The data that were cited, version {cited}, are no longer kept here. The answer below is from "
    "version {current}.",
    version_malformed="A version looks like {current}: twelve digits of the query’s text, a hyphen, twelve of "
    "the data.",
    current_address="The same question at its current version",
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
    api_title="For programs",
    api_lead="Everything on this site can be read by programs, without a key. This page lists what answers in "
    "JSON, CSV "
    "and other formats, and with which parameters.",
    api_document="The same for tools (OpenAPI 3.1)",
    api_parameter="Parameter",
    api_type="Type",
    api_means="Meaning",
    api_example="Example",
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
    "emportez la réponse : en tableau, en données, ou comme référence qui reste.",
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
        "iri": "Une adresse telle que https://w3id.org/cityrights/id/city/utrecht, ou courte : city:utrecht",
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
        "map": "Où se trouve la réponse ; le nombre dit combien il y en a.",
        "network": "Ce que la réponse relie. Le tableau dit la même chose.",
        "chart": "La réponse en barres. Le tableau dit la même chose, avec ses preuves.",
        "timeline": "La réponse par année. Le tableau dit la même chose, avec ses preuves.",
    },
    too_much="La réponse a {n} parties, et cette image peut en montrer {most}. Demandez plus étroit, ou prenez "
    "le tableau "
    "ci-dessous.",
    past="Cette réponse a {n} pages.",
    programs_title="La poser depuis un programme",
    programs_lead="La même question par son adresse. Chaque nom après le point d’interrogation est facultatif ; "
    "page et size "
    "la prennent morceau par morceau.",
    workbench="Modifier la requête dans l’atelier",
    formats_note="Toute la réponse, et non cette seule page :",
    cite_note="La version a deux parties : le texte de la requête et l’état des données.",
    version_same="Vous voyez la version qui a été citée : la même requête, les mêmes données.",
    version_text="La requête a changé depuis qu’elle a été citée : {cited} était son texte, {current} est son "
    "texte actuel.",
    version_data="Les données citées, version {cited}, ne sont plus conservées ici. La réponse ci-dessous vient de la "
    "version {current}.",
    version_malformed="Une version s’écrit {current} : douze chiffres du texte de la requête, un trait d’union, "
    "douze des "
    "données.",
    current_address="La même question dans sa version actuelle",
    fault_twice="Donnez une seule valeur.",
    fault_missing="Une valeur manque ici.",
    fault_class="« {value} » n’est pas connu ici comme : {kind}.",
    fault_unknown="Cette question n’a pas de « {name} ». Elle a : {known}.",
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
    api_title="Pour les programmes",
    api_lead="Tout ce site peut être lu par des programmes, sans clé. Cette page dit ce qui répond en JSON, en "
    "CSV et dans "
    "d’autres formats, et avec quels paramètres.",
    api_document="La même chose pour les outils (OpenAPI 3.1)",
    api_parameter="Paramètre",
    api_type="Forme",
    api_means="Sens",
    api_example="Exemple",
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
    past="Esta respuesta tiene {n} páginas.",
    programs_title="Preguntarlo desde un programa",
    programs_lead="La misma pregunta por su dirección. Cada nombre tras el signo de interrogación es opcional; "
    "page y size la "
    "toman por partes.",
    workbench="Cambiar la consulta en el taller",
    formats_note="Toda la respuesta, no solo esta página:",
    cite_note="La versión tiene dos partes: el texto de la consulta y el estado de los datos.",
    version_same="Está viendo la versión que se citó: la misma consulta, los mismos datos.",
    version_text="La consulta ha cambiado desde que se citó: {cited} era su texto, {current} es su texto actual.",
    version_data="Los datos citados, versión {cited}, ya no se conservan aquí. La respuesta de abajo es de la "
    "versión {current}.",
    version_malformed="Una versión se escribe {current}: doce cifras del texto de la consulta, un guion, doce "
    "de los datos.",
    current_address="La misma pregunta en su versión actual",
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
    api_title="Para programas",
    api_lead="Todo este sitio puede ser leído por programas, sin clave. Esta página dice qué responde en JSON, "
    "CSV y otros "
    "formatos, y con qué parámetros.",
    api_document="Lo mismo para herramientas (OpenAPI 3.1)",
    api_parameter="Parámetro",
    api_type="Tipo",
    api_means="Significado",
    api_example="Ejemplo",
    api_questions="Las preguntas",
    api_others="Listas, búsqueda y lo demás",
    api_expert="Las preguntas en RDF (SHACL)",
    no_such="No hay tal pregunta. Todas están en /queries.",
    no_view="La respuesta a esta pregunta no se ve de este modo.",
)
