"""Words of the page on which a question is put together by choosing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cityrights_web.i18n.rooms.builder_terms import FAULTS, HOWS, HOWS_BACK


@dataclass(frozen=True, slots=True)
class BuilderWords:
    """Words of the builder, in one language. ``hows`` are by kind of value, ``hows_back`` for what points here."""

    nav: str
    title: str
    lead: str
    start: str
    start_examples: str
    examples: Mapping[str, str]
    nothing: str
    too_large: str
    find: str
    first: str
    others: str
    all_classes: str
    back: str
    go_on: str
    conditions: str
    condition: str
    no_conditions: str
    and_: str
    hows: Mapping[str, Mapping[str, str]]
    hows_back: Mapping[str, str]
    how: str
    value: str
    or_value: str
    choose: str
    leave_out: str
    text: str
    text_hint: str
    name_hint: str
    year_hint: str
    number_hint: str
    from_: str
    to: str
    then: str
    remove: str
    remove_one: str
    unfinished: str
    add: str
    add_button: str
    full: str
    unsettled: str
    settled_note: str
    unsettled_note: str
    table: str
    columns: str
    columns_chosen: str
    sort: str
    sort_name: str
    sort_down: str
    limit: str
    limit_all: str
    limit_first: str
    submit: str
    again: str
    answer: str
    counted: str
    counted_one: str
    counted_none: str
    rows_shown: str
    rows_limited: str
    name_column: str
    more_values: str
    take: str
    workbench: str
    share: str
    share_note: str
    copy: str
    copied: str
    trouble: str
    too_much: str
    busy: str
    fault_summary: str
    too_long: str
    faults: Mapping[str, str]
    on_queries: str


EN = BuilderWords(
    nav="Build a question",
    title="Build your own question",
    lead="Say what you are looking for, add conditions, and read the answer below. Nothing to install, no query "
    "language to learn.",
    start="What are you looking for?",
    start_examples="Or begin with an example and change it",
    examples={
        "places": "Which practices are about housing, and where are they?",
        "gaps": "Which cities have no institution that is recorded here?",
        "kinds": "Where are there ombudspersons, also planned ones?",
        "groups": "Which practices for migrants are in Europe?",
    },
    nothing="This graph says of nothing what kind of thing it is, so there is nothing to choose from here. It can be "
    "asked in SPARQL.",
    too_large="This graph is so large that it cannot say in time what there is to choose. It can be asked in SPARQL.",
    find="Look for",
    first="Asked for most",
    others="Everything else",
    all_classes="What there is",
    back="What points here",
    go_on="Go on",
    conditions="Conditions",
    condition="Condition {n}",
    no_conditions="No condition yet: everything of this kind is found.",
    and_="and",
    hows=HOWS["en"],
    hows_back=HOWS_BACK["en"],
    how="How it holds",
    value="Value",
    or_value="or",
    choose="Choose …",
    leave_out="Leave out",
    text="Words",
    text_hint="Part of it is enough. Capitals do not count, accents do.",
    name_hint="Begin to type a name. Its exact name or its address will do as well.",
    year_hint="A year, such as 2015. One of the two is enough.",
    number_hint="A number, such as 1500 or 0.5. One of the two is enough.",
    from_="from",
    to="to",
    then="Of which",
    remove="Remove",
    remove_one="Remove condition {n}: {what}",
    unfinished="Not finished yet, so this condition is not counted.",
    add="Add a condition about",
    add_button="Add",
    full="A question has twelve conditions at most. Remove one to add another.",
    unsettled="Also what is underway or planned",
    settled_note="What is underway or planned is left out.",
    unsettled_note="What is underway or planned is included.",
    table="The table",
    columns="Columns",
    columns_chosen="Columns ({n} chosen)",
    sort="In the order of",
    sort_name="name",
    sort_down="{column}, backwards",
    limit="Rows",
    limit_all="All of them",
    limit_first="The first {n}",
    submit="Show the answer",
    again="Begin again",
    answer="The answer",
    counted="{n} found",
    counted_one="1 found",
    counted_none="Nothing found",
    rows_shown="The first {shown} of {n} rows are shown here.",
    rows_limited="Your question asks for the first {n} of them.",
    name_column="Name",
    more_values="and {n} more",
    take="Take all of it along:",
    workbench="Change it as SPARQL in the workbench",
    share="Share or cite this question",
    share_note="This address is the question. Whoever opens it later gets the answer of that day; today’s is from "
    "version {version} of the data.",
    copy="Copy the address",
    copied="Copied",
    trouble="No answer this time",
    too_much="This question takes longer than one may here. Add a condition, show fewer columns, or ask for fewer "
    "rows.",
    busy="Many questions are being asked just now. Try again in a moment.",
    fault_summary="Something in the question has to be changed first:",
    too_long="This address is too long for a question. Begin again, with fewer conditions.",
    faults=FAULTS["en"],
    on_queries="None of these? Build your own question, without any query language.",
)

FR = BuilderWords(
    nav="Composer une question",
    title="Composez votre propre question",
    lead="Dites ce que vous cherchez, ajoutez des conditions, et lisez la réponse plus bas. Rien à installer, aucun "
    "langage de requête à apprendre.",
    start="Que cherchez-vous\u202f?",
    start_examples="Ou partez d’un exemple et modifiez-le",
    examples={
        "places": "Quelles pratiques portent sur le logement, et où sont-elles\u202f?",
        "gaps": "Quelles villes n’ont aucune institution enregistrée ici\u202f?",
        "kinds": "Où y a-t-il des médiateurs ou défenseurs des droits, même prévus\u202f?",
        "groups": "Quelles pratiques pour les personnes migrantes sont en Europe\u202f?",
    },
    nothing="Ce graphe ne dit d’aucune chose de quel type elle est\u202f: il n’y a donc rien à choisir ici. On peut "
    "l’interroger en SPARQL.",
    too_large="Ce graphe est si grand qu’il ne peut dire à temps ce qu’il y a à choisir. On peut l’interroger en "
    "SPARQL.",
    find="Chercher",
    first="Les plus demandés",
    others="Tout le reste",
    all_classes="Ce qu’il y a",
    back="Ce qui y renvoie",
    go_on="Continuer",
    conditions="Conditions",
    condition="Condition n°\N{NO-BREAK SPACE}{n}",
    no_conditions="Pas encore de condition\u202f: tout ce qui est de ce type est trouvé.",
    and_="et",
    hows=HOWS["fr"],
    hows_back=HOWS_BACK["fr"],
    how="Manière",
    value="Valeur",
    or_value="ou",
    choose="Choisir …",
    leave_out="Laisser de côté",
    text="Mots",
    text_hint="Une partie suffit. Les majuscules ne comptent pas, les accents si.",
    name_hint="Commencez à taper un nom. Le nom exact ou l’adresse conviennent aussi.",
    year_hint="Une année, par exemple 2015. L’une des deux suffit.",
    number_hint="Un nombre, par exemple 1500 ou 0.5. L’un des deux suffit.",
    from_="de",
    to="à",
    then="Parmi ses données",
    remove="Retirer",
    remove_one="Retirer la condition {n}\u202f: {what}",
    unfinished="Inachevée\u202f: cette condition ne compte pas encore.",
    add="Ajouter une condition sur",
    add_button="Ajouter",
    full="Une question a douze conditions au plus. Retirez-en une pour en ajouter une autre.",
    unsettled="Aussi ce qui est en cours ou prévu",
    settled_note="Ce qui est en cours ou prévu est laissé de côté.",
    unsettled_note="Ce qui est en cours ou prévu est compris.",
    table="Le tableau",
    columns="Colonnes",
    columns_chosen="Colonnes ({n} choisies)",
    sort="Dans l’ordre de",
    sort_name="nom",
    sort_down="{column}, à rebours",
    limit="Lignes",
    limit_all="Toutes",
    limit_first="Les {n} premières",
    submit="Afficher la réponse",
    again="Recommencer",
    answer="La réponse",
    counted="Résultats\u202f: {n}",
    counted_one="1 résultat",
    counted_none="Rien de trouvé",
    rows_shown="Voici les {shown} premières lignes sur {n}.",
    rows_limited="Votre question en demande les {n} premières.",
    name_column="Nom",
    more_values="et {n} de plus",
    take="Emporter le tout\u202f:",
    workbench="La modifier en SPARQL dans l’atelier",
    share="Partager ou citer cette question",
    share_note="Cette adresse est la question. Qui l’ouvre plus tard reçoit la réponse du jour\u202f; celle "
    "d’aujourd’hui vient de la version {version} des données.",
    copy="Copier l’adresse",
    copied="Copié",
    trouble="Pas de réponse cette fois",
    too_much="Cette question prend plus de temps qu’il n’est permis ici. Ajoutez une condition, montrez moins de "
    "colonnes, ou demandez moins de lignes.",
    busy="Beaucoup de questions sont posées en ce moment. Réessayez dans un instant.",
    fault_summary="Il faut d’abord changer quelque chose dans la question\u202f:",
    too_long="Cette adresse est trop longue pour une question. Recommencez avec moins de conditions.",
    faults=FAULTS["fr"],
    on_queries="Aucune de celles-ci\u202f? Composez votre propre question, sans langage de requête.",
)

ES = BuilderWords(
    nav="Componer una pregunta",
    title="Componga su propia pregunta",
    lead="Diga qué busca, añada condiciones y lea la respuesta más abajo. No hay que instalar nada ni aprender ningún "
    "lenguaje de consulta.",
    start="¿Qué busca?",
    start_examples="O empiece por un ejemplo y cámbielo",
    examples={
        "places": "¿Qué prácticas tratan de vivienda y dónde están?",
        "gaps": "¿Qué ciudades no tienen ninguna institución registrada aquí?",
        "kinds": "¿Dónde hay defensorías del pueblo, también previstas?",
        "groups": "¿Qué prácticas para personas migrantes hay en Europa?",
    },
    nothing="Este grafo no dice de nada de qué tipo es, así que aquí no hay nada que elegir. Se le puede preguntar en "
    "SPARQL.",
    too_large="Este grafo es tan grande que no puede decir a tiempo qué hay para elegir. Se le puede preguntar en "
    "SPARQL.",
    find="Buscar",
    first="Lo más pedido",
    others="Todo lo demás",
    all_classes="Lo que hay",
    back="Lo que remite aquí",
    go_on="Seguir",
    conditions="Condiciones",
    condition="Condición {n}",
    no_conditions="Todavía sin condiciones: se encuentra todo lo de este tipo.",
    and_="y",
    hows=HOWS["es"],
    hows_back=HOWS_BACK["es"],
    how="Modo",
    value="Valor",
    or_value="o",
    choose="Elegir …",
    leave_out="Dejar fuera",
    text="Palabras",
    text_hint="Basta una parte. Las mayúsculas no cuentan; los acentos, sí.",
    name_hint="Empiece a escribir un nombre. También valen el nombre exacto o la dirección.",
    year_hint="Un año, por ejemplo 2015. Basta uno de los dos.",
    number_hint="Un número, por ejemplo 1500 o 0.5. Basta uno de los dos.",
    from_="desde",
    to="hasta",
    then="Y de ello",
    remove="Quitar",
    remove_one="Quitar la condición {n}: {what}",
    unfinished="Sin terminar: esta condición todavía no cuenta.",
    add="Añadir una condición sobre",
    add_button="Añadir",
    full="Una pregunta tiene como máximo doce condiciones. Quite una para añadir otra.",
    unsettled="También lo que está en curso o previsto",
    settled_note="Lo que está en curso o previsto queda fuera.",
    unsettled_note="Se incluye lo que está en curso o previsto.",
    table="La tabla",
    columns="Columnas",
    columns_chosen="Columnas ({n} elegidas)",
    sort="Por orden de",
    sort_name="nombre",
    sort_down="{column}, al revés",
    limit="Filas",
    limit_all="Todas",
    limit_first="Las primeras {n}",
    submit="Ver la respuesta",
    again="Empezar de nuevo",
    answer="La respuesta",
    counted="Resultados: {n}",
    counted_one="1 resultado",
    counted_none="No se encontró nada",
    rows_shown="Aquí se ven las primeras {shown} de {n} filas.",
    rows_limited="Su pregunta pide las primeras {n}.",
    name_column="Nombre",
    more_values="y {n} más",
    take="Llévese todo:",
    workbench="Cambiarla como SPARQL en el taller",
    share="Compartir o citar esta pregunta",
    share_note="Esta dirección es la pregunta. Quien la abra más tarde recibirá la respuesta de ese día; la de hoy es "
    "de la versión {version} de los datos.",
    copy="Copiar la dirección",
    copied="Copiado",
    trouble="Esta vez no hay respuesta",
    too_much="Esta pregunta tarda más de lo que aquí se permite. Añada una condición, muestre menos columnas o pida "
    "menos filas.",
    busy="Ahora mismo se hacen muchas preguntas. Inténtelo de nuevo en un momento.",
    fault_summary="Primero hay que cambiar algo en la pregunta:",
    too_long="Esta dirección es demasiado larga para una pregunta. Empiece de nuevo con menos condiciones.",
    faults=FAULTS["es"],
    on_queries="¿Ninguna de estas? Componga su propia pregunta, sin lenguaje de consulta.",
)
