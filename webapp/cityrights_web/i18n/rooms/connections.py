"""Words of connections: who is close to whom, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionsWords:
    """Words of the pages of connections, in one language."""

    nav: str
    title: str
    lead: str
    picture: str
    filters: str
    theme: str
    kind: str
    source: str
    any: str
    unsettled: str
    show: str
    clear: str
    nothing_left: str
    empty: str
    ranked: str
    ranked_note: str
    between: str
    strength: str
    reason: str
    communities: str
    communities_note: str
    community: str
    choose: str
    first_place: str
    second_place: str
    explain: str
    explain_whole: str
    of_place: str
    of_place_lead: str
    alone: str
    more_reasons_one: str
    more_reasons: str
    place_on_map: str
    pair_title: str
    pair_lead: str
    none: str
    none_note: str
    same: str
    two: str
    which: str
    which_one: str
    members_more: str
    others_note: str
    unknown_place: str
    unknown_filter: str
    because: str
    also_broader: str
    on_side: str
    left_out: str
    routes: str
    routes_note: str
    routes_step: str
    figure: str
    strength_note: str
    closest: str
    all_closest: str
    how: str
    no_evidence: str
    left_out_drawn: str
    explained: str


EN = ConnectionsWords(
    nav="Connections",
    title="Connections between places",
    lead="Which places are close to each other, by the rare things that they share and by their direct ties; and why, "
    "with the lines of the document for each step.",
    picture="Each place is joined to its closest ones. Colours and shapes are groups of places that share most.",
    filters="Show only what has to do with",
    theme="Theme",
    kind="Kind of institution or instrument",
    source="Document",
    any="any",
    unsettled="Count what is underway or planned, too",
    show="Show",
    clear="Show all again",
    nothing_left="No two places are connected by this. Choose less, or show all again.",
    empty="The graph has no places with practices, institutions or instruments, so nothing can be connected.",
    ranked="The same as a table",
    ranked_note="The strongest connections first. Strength goes from 0 to 1.",
    between="Places",
    strength="Strength",
    reason="Main reason",
    communities="Groups",
    communities_note="Places that are closer to each other than to the others, with what most of them share.",
    community="Group {n}",
    choose="How are two places connected?",
    first_place="One place",
    second_place="Another place",
    explain="Explain",
    explain_whole="How the two are connected, with the evidence",
    of_place="Places close to {place}",
    of_place_lead="The closest first, each with its reasons.",
    alone="No other place is connected with {place} in the sources.",
    more_reasons_one="{n} more reason",
    more_reasons="{n} more reasons",
    place_on_map="About {place}",
    pair_title="{a} and {b}",
    pair_lead="How the two are connected, in our words; each step comes with the lines of the document that says so.",
    none="No connection in the sources",
    none_note="The documents read so far tell of nothing that {a} and {b} share and of no tie between them. It does "
    "not say that there is none.",
    two="Choose two places.",
    which="Which places do you mean?",
    which_one="Which “{name}”?",
    members_more="and {n} more",
    others_note="Each counts for little, and is told without its steps.",
    same="These are the same place. Choose two different ones.",
    unknown_place="No place called “{name}” has practices, institutions or instruments here.",
    unknown_filter="Nothing that places have is about “{name}”, or of this kind. Choose from the lists.",
    because="Reasons",
    also_broader="and so also",
    on_side="In {place}",
    left_out="{n} more ways are not shown.",
    routes="By way of other places",
    routes_note="Strong connections that lead from one to the other through one or two places between.",
    routes_step="{a} and {b}",
    figure="What joins {a} and {b}.",
    strength_note="Strength {n} of 1.",
    closest="Close to it",
    all_closest="All places close to {place}",
    how="How closeness is measured",
    no_evidence="by all that the document says of both",
    left_out_drawn="The picture shows the {n} most central places; the table has all of them.",
    explained="Themes, groups and kinds count the more, the fewer places have them. A direct tie, such as cooperation "
    "or a practice of both, counts most. What is underway or planned does not count unless you ask for it.",
)

FR = ConnectionsWords(
    nav="Liens",
    title="Liens entre les lieux",
    lead="Quels lieux sont proches, par les choses rares qu’ils ont en commun et par leurs liens directs ; et "
    "pourquoi, avec les lignes du document pour chaque étape.",
    picture="Chaque lieu est relié à ses plus proches. Couleurs et formes : groupes de lieux qui partagent le plus.",
    filters="Montrer seulement ce qui touche à",
    theme="Thème",
    kind="Type d’institution ou d’instrument",
    source="Document",
    any="tous",
    unsettled="Compter aussi ce qui est en cours ou prévu",
    show="Montrer",
    clear="Tout montrer de nouveau",
    nothing_left="Rien de tel ne relie deux lieux. Choisissez moins, ou montrez tout de nouveau.",
    empty="Le graphe n’a pas de lieux avec des pratiques, des institutions ou des instruments : rien à relier.",
    ranked="La même chose en tableau",
    ranked_note="Les liens les plus forts d’abord. La force va de 0 à 1.",
    between="Lieux",
    strength="Force",
    reason="Raison principale",
    communities="Groupes",
    communities_note="Des lieux plus proches entre eux que des autres, avec ce que la plupart partagent.",
    community="Groupe {n}",
    choose="Qu’est-ce qui relie deux lieux ?",
    first_place="Un lieu",
    second_place="Un autre lieu",
    explain="Expliquer",
    explain_whole="Ce qui relie les deux, avec les preuves",
    of_place="Lieux proches : {place}",
    of_place_lead="Les plus proches d’abord, chacun avec ses raisons.",
    alone="Aucun autre lieu n’est relié à {place} dans les sources.",
    more_reasons_one="{n} autre raison",
    more_reasons="{n} autres raisons",
    place_on_map="À propos : {place}",
    pair_title="{a} et {b}",
    pair_lead="Ce qui relie les deux, dans nos mots ; chaque étape vient avec les lignes du document qui le dit.",
    none="Aucun lien dans les sources",
    none_note="Les documents lus jusqu’ici ne disent rien que {a} et {b} partagent, ni aucun lien entre les deux. Cela "
    "ne dit pas qu’il n’y en a pas.",
    two="Choisissez deux lieux.",
    which="Quels lieux voulez-vous dire ?",
    which_one="Lequel : « {name} » ?",
    members_more="et {n} de plus",
    others_note="Chacune compte pour peu ; ses étapes ne sont pas montrées.",
    same="C’est le même lieu. Choisissez deux lieux différents.",
    unknown_place="Aucun lieu nommé « {name} » n’a ici de pratiques, d’institutions ou d’instruments.",
    unknown_filter="Rien dans les lieux ne concerne « {name} », ou n’est de ce type. Choisissez dans les listes.",
    because="Raisons",
    also_broader="et donc aussi",
    on_side="Lieu : {place}",
    left_out="{n} autres chemins ne sont pas montrés.",
    routes="En passant par d’autres lieux",
    routes_note="Des liens forts qui mènent de l’un à l’autre par un ou deux lieux intermédiaires.",
    routes_step="{a} et {b}",
    figure="Ce qui relie {a} et {b}.",
    strength_note="Force {n} sur 1.",
    closest="Lieux proches",
    all_closest="Tous les lieux proches : {place}",
    how="Comment la proximité est mesurée",
    no_evidence="par tout ce que le document dit des deux",
    left_out_drawn="L’image montre les {n} lieux les plus centraux ; le tableau les a tous.",
    explained="Thèmes, groupes et types comptent d’autant plus que peu de lieux les ont. Un lien direct, comme une "
    "coopération ou une pratique commune, compte le plus. Ce qui est en cours ou prévu ne compte que sur demande.",
)

ES = ConnectionsWords(
    nav="Conexiones",
    title="Conexiones entre lugares",
    lead="Qué lugares están cerca unos de otros, por las cosas poco comunes que comparten y por sus lazos directos; y "
    "por qué, con las líneas del documento para cada paso.",
    picture="Cada lugar está unido a los más cercanos. Colores y formas: grupos de lugares que más comparten.",
    filters="Mostrar solo lo que tiene que ver con",
    theme="Tema",
    kind="Tipo de institución o instrumento",
    source="Documento",
    any="todos",
    unsettled="Contar también lo que está en curso o previsto",
    show="Mostrar",
    clear="Mostrar todo de nuevo",
    nothing_left="Nada de esto une dos lugares. Elija menos, o muestre todo de nuevo.",
    empty="El grafo no tiene lugares con prácticas, instituciones o instrumentos: no hay nada que unir.",
    ranked="Lo mismo como tabla",
    ranked_note="Primero las conexiones más fuertes. La fuerza va de 0 a 1.",
    between="Lugares",
    strength="Fuerza",
    reason="Razón principal",
    communities="Grupos",
    communities_note="Lugares más cercanos entre sí que a los demás, con lo que comparten los más de ellos.",
    community="Grupo {n}",
    choose="¿Qué une a dos lugares?",
    first_place="Un lugar",
    second_place="Otro lugar",
    explain="Explicar",
    explain_whole="Qué une a los dos, con las pruebas",
    of_place="Lugares cercanos: {place}",
    of_place_lead="Primero los más cercanos, cada uno con sus razones.",
    alone="Ningún otro lugar está unido con {place} en las fuentes.",
    more_reasons_one="{n} razón más",
    more_reasons="{n} razones más",
    place_on_map="Sobre {place}",
    pair_title="{a} y {b}",
    pair_lead="Qué une a los dos, en nuestras palabras; cada paso viene con las líneas del documento que lo dice.",
    none="Ninguna conexión en las fuentes",
    none_note="Los documentos leídos hasta ahora no dicen nada que {a} y {b} compartan, ni lazo alguno entre ambos. No "
    "dice que no lo haya.",
    two="Elija dos lugares.",
    which="¿Qué lugares quiere decir?",
    which_one="¿Cuál «{name}»?",
    members_more="y {n} más",
    others_note="Cada una cuenta poco, y se dice sin sus pasos.",
    same="Es el mismo lugar. Elija dos distintos.",
    unknown_place="Ningún lugar llamado «{name}» tiene aquí prácticas, instituciones o instrumentos.",
    unknown_filter="Nada de lo que tienen los lugares trata de «{name}», ni es de este tipo. Elija de las listas.",
    because="Razones",
    also_broader="y por tanto también",
    on_side="En {place}",
    left_out="No se muestran {n} caminos más.",
    routes="Pasando por otros lugares",
    routes_note="Conexiones fuertes que llevan de uno a otro por uno o dos lugares intermedios.",
    routes_step="{a} y {b}",
    figure="Lo que une {a} y {b}.",
    strength_note="Fuerza {n} de 1.",
    closest="Lugares cercanos",
    all_closest="Todos los lugares cercanos: {place}",
    how="Cómo se mide la cercanía",
    no_evidence="por todo lo que el documento dice de ambos",
    left_out_drawn="La imagen muestra los {n} lugares más centrales; la tabla los tiene todos.",
    explained="Temas, grupos y tipos cuentan más cuantos menos lugares los tienen. Un lazo directo, como la "
    "cooperación o una práctica de ambos, es lo que más cuenta. Lo que está en curso o previsto no cuenta si no se "
    "pide.",
)
