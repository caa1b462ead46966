"""Words of the page where queries are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkbenchWords:
    """Words of the page where queries are written, in one language.

    ``script`` is what the editor says; ``phrases`` are the words of CodeMirror, by their English. ``key_names`` and
    ``key_means`` have the same keys.
    """

    to_questions: str
    to_builder: str
    examples: str
    starters_title: str
    library_title: str
    starters: Mapping[str, str]
    cancel: str
    tidy: str
    who_says_so: str
    share: str
    share_link: str
    share_embed: str
    share_code: str
    share_long: str
    vocabulary: str
    copied: str
    help: str
    help_lead: str
    help_keys: str
    help_does: str
    key_names: Mapping[str, str]
    key_means: Mapping[str, str]
    script: Mapping[str, str]
    phrases: Mapping[str, str]


_PHRASES = (
    "Find", "Replace", "next", "previous", "all", "match case", "regexp", "by word", "replace", "replace all", "close",
    "current match", "on line", "replaced match on line $", "replaced $ matches", "Go to line", "go", "Completions",
    "Folded lines", "Unfolded lines", "to", "folded code", "unfold", "Fold line", "Unfold line", "Selection deleted",
    "Control character",
)  # fmt: skip


def _phrases(*words: str) -> Mapping[str, str]:
    return dict(zip(_PHRASES, words, strict=True))


EN = WorkbenchWords(
    to_questions="Ready questions",
    to_builder="Build a query by choosing",
    examples="Examples",
    starters_title="To begin with",
    library_title="Questions of the library",
    starters={
        "practices": "Practices and where they are",
        "map": "Practices on a map",
        "evidence": "What practices establish, and which lines say so",
        "network": "Who works with whom, as a network",
        "classes": "Which classes there are, and how many things of each",
        "properties": "Which properties there are, and how often each is used",
    },
    cancel="Cancel",
    tidy="Lay out",
    who_says_so="Who says so",
    share="Share this query",
    share_link="A link to the query and its answer",
    share_embed="To show the answer on another page",
    share_code="To ask it from a program",
    share_long="This query is too long for an address that everybody passes on. The programs below send it whole.",
    vocabulary="Classes and properties of the graph, and which go together",
    copied="Copied",
    help="Keys and help",
    help_lead="While you write, names from this graph are suggested: classes and properties, after what the query has "
    "said of a thing only those that such things have, and things by their names, without accents if you like. "
    "Rest the pointer on a name, or press F2 at it, to read what it means. On a Mac, press ⌘ in place of Ctrl.",
    help_keys="Keys",
    help_does="What they do",
    key_names={
        "run": "Ctrl + Enter",
        "cancel": "Escape",
        "complete": "Ctrl + Space",
        "explain": "F2",
        "tidy": "Shift + Alt + F",
        "comment": "Ctrl + /",
        "find": "Ctrl + F",
        "undo": "Ctrl + Z",
        "indent": "Tab",
        "leave": "Escape, then Tab",
    },
    key_means={
        "run": "Run the query",
        "cancel": "Cancel a query that is running, or close what is open",
        "complete": "Suggest names",
        "explain": "Say what the name at the cursor means",
        "tidy": "Lay the query out anew",
        "comment": "Make the lines a comment, or no longer",
        "find": "Find and replace",
        "undo": "Undo; with Shift, redo",
        "indent": "Indent the lines; with Shift, less",
        "leave": "Leave the editor",
    },
    script={
        "editor": "Query. Press Escape, then Tab, to leave the editor.",
        "running": "The query is running.",
        "seconds": "{s} s",
        "rows": "{n} rows, after {s} seconds.",
        "row": "1 row, after {s} seconds.",
        "done": "The answer is here, after {s} seconds.",
        "cancelled": "The query was cancelled, and no longer runs.",
        "unreachable": "The server did not answer. Try again.",
        "unreadable": "The server answered in a way that this page does not know. Reload the page.",
        "atLine": "Line {line}: {detail}",
        "goTo": "Go to line {line}",
        "add": "Add the line {line}",
        "added": "Added: {line}",
        "tidied": "The query is laid out anew.",
        "tidyAlready": "The query was laid out already.",
        "loaded": "In the editor now: {title}",
        "evidence": "The query now asks for its evidence too: {columns}.",
        "evidenceNone": "The query is as it was.",
        "things": "{n} things",
        "uses": "used {n} times",
        "class": "class",
        "property": "property",
        "prefix": "prefix",
        "unexplained": "Nothing is known here of what stands at the cursor.",
        "noVocabulary": "The names of this graph could not be fetched, so only keywords are suggested.",
    },
    phrases=_phrases(*_PHRASES),
)

FR = WorkbenchWords(
    to_questions="Questions prêtes",
    to_builder="Composer une requête en choisissant",
    examples="Exemples",
    starters_title="Pour commencer",
    library_title="Questions de la bibliothèque",
    starters={
        "practices": "Les pratiques et leurs lieux",
        "map": "Les pratiques sur une carte",
        "evidence": "Ce que les pratiques établissent, et quelles lignes le disent",
        "network": "Qui travaille avec qui, en réseau",
        "classes": "Quelles classes il y a, et combien de choses dans chacune",
        "properties": "Quelles propriétés il y a, et combien de fois chacune sert",
    },
    cancel="Annuler",
    tidy="Mettre en page",
    who_says_so="Qui le dit",
    share="Partager cette requête",
    share_link="Un lien vers la requête et sa réponse",
    share_embed="Pour montrer la réponse sur une autre page",
    share_code="Pour la poser depuis un programme",
    share_long="Cette requête est trop longue pour une adresse que tous transmettent. Les programmes ci-dessous "
    "l’envoient en entier.",
    vocabulary="Classes et propriétés du graphe, et lesquelles vont ensemble",
    copied="Copié",
    help="Touches et aide",
    help_lead="Pendant que vous écrivez, des noms de ce graphe sont proposés : les classes et les propriétés, et après "
    "ce que la requête a dit d’une chose, seulement celles que de telles choses ont ; les choses par leur nom, sans "
    "accents si vous voulez. Posez le pointeur sur un nom, ou appuyez sur F2, pour lire son sens. Sur un Mac, "
    "appuyez sur ⌘ au lieu de Ctrl.",
    help_keys="Touches",
    help_does="Effet",
    key_names={
        "run": "Ctrl + Entrée",
        "cancel": "Échap",
        "complete": "Ctrl + Espace",
        "explain": "F2",
        "tidy": "Maj + Alt + F",
        "comment": "Ctrl + /",
        "find": "Ctrl + F",
        "undo": "Ctrl + Z",
        "indent": "Tab",
        "leave": "Échap, puis Tab",
    },
    key_means={
        "run": "Lancer la requête",
        "cancel": "Annuler une requête en cours, ou fermer ce qui est ouvert",
        "complete": "Proposer des noms",
        "explain": "Dire le sens du nom sous le curseur",
        "tidy": "Remettre la requête en page",
        "comment": "Mettre les lignes en commentaire, ou les en sortir",
        "find": "Chercher et remplacer",
        "undo": "Annuler la frappe ; avec Maj, la rétablir",
        "indent": "Décaler les lignes ; avec Maj, les ramener",
        "leave": "Quitter l’éditeur",
    },
    script={
        "editor": "Requête. Appuyez sur Échap, puis sur Tab, pour quitter l’éditeur.",
        "running": "La requête est en cours.",
        "seconds": "{s} s",
        "rows": "{n} lignes, après {s} secondes.",
        "row": "1 ligne, après {s} secondes.",
        "done": "La réponse est là, après {s} secondes.",
        "cancelled": "La requête a été annulée et ne tourne plus.",
        "unreachable": "Le serveur n’a pas répondu. Réessayez.",
        "unreadable": "Le serveur a répondu d’une façon que cette page ne connaît pas. Rechargez la page.",
        "atLine": "Ligne {line} : {detail}",
        "goTo": "Aller à la ligne {line}",
        "add": "Ajouter la ligne {line}",
        "added": "Ajouté : {line}",
        "tidied": "La requête est remise en page.",
        "tidyAlready": "La requête était déjà en page.",
        "loaded": "Dans l’éditeur maintenant : {title}",
        "evidence": "La requête demande maintenant aussi ses preuves : {columns}.",
        "evidenceNone": "La requête est comme elle était.",
        "things": "{n} choses",
        "uses": "utilisée {n} fois",
        "class": "classe",
        "property": "propriété",
        "prefix": "préfixe",
        "unexplained": "Rien n’est connu ici de ce qui est sous le curseur.",
        "noVocabulary": "Les noms de ce graphe n’ont pas pu être lus ; seuls les mots-clés sont proposés.",
    },
    phrases=_phrases(
        "Chercher", "Remplacer", "suivant", "précédent", "tous", "casse exacte", "expression régulière", "mot entier",
        "remplacer", "remplacer tout", "fermer", "occurrence", "à la ligne", "remplacé à la ligne $",
        "$ occurrences remplacées", "Aller à la ligne", "aller", "Propositions", "Lignes pliées", "Lignes dépliées",
        "à", "code plié", "déplier", "Plier la ligne", "Déplier la ligne", "Sélection effacée", "Caractère de contrôle",
    ),
)  # fmt: skip

ES = WorkbenchWords(
    to_questions="Preguntas listas",
    to_builder="Componer una consulta eligiendo",
    examples="Ejemplos",
    starters_title="Para empezar",
    library_title="Preguntas de la biblioteca",
    starters={
        "practices": "Las prácticas y dónde están",
        "map": "Las prácticas en un mapa",
        "evidence": "Qué establecen las prácticas, y qué líneas lo dicen",
        "network": "Quién trabaja con quién, como red",
        "classes": "Qué clases hay, y cuántas cosas de cada una",
        "properties": "Qué propiedades hay, y cuántas veces se usa cada una",
    },
    cancel="Cancelar",
    tidy="Dar formato",
    who_says_so="Quién lo dice",
    share="Compartir esta consulta",
    share_link="Un enlace a la consulta y su respuesta",
    share_embed="Para mostrar la respuesta en otra página",
    share_code="Para hacerla desde un programa",
    share_long="Esta consulta es demasiado larga para una dirección que todos transmitan. Los programas de abajo la "
    "envían entera.",
    vocabulary="Clases y propiedades del grafo, y cuáles van juntas",
    copied="Copiado",
    help="Teclas y ayuda",
    help_lead="Mientras escribe se sugieren nombres de este grafo: clases y propiedades, tras lo que la consulta ha "
    "dicho de una cosa solo las que tienen tales cosas, y cosas por su nombre, sin acentos si lo prefiere. Ponga el "
    "puntero sobre un nombre, o pulse F2 en él, para leer qué significa. En un Mac, pulse ⌘ en lugar de Ctrl.",
    help_keys="Teclas",
    help_does="Qué hacen",
    key_names={
        "run": "Ctrl + Intro",
        "cancel": "Escape",
        "complete": "Ctrl + Espacio",
        "explain": "F2",
        "tidy": "Mayús + Alt + F",
        "comment": "Ctrl + /",
        "find": "Ctrl + F",
        "undo": "Ctrl + Z",
        "indent": "Tab",
        "leave": "Escape y después Tab",
    },
    key_means={
        "run": "Ejecutar la consulta",
        "cancel": "Cancelar una consulta en curso, o cerrar lo que está abierto",
        "complete": "Sugerir nombres",
        "explain": "Decir qué significa el nombre del cursor",
        "tidy": "Dar formato a la consulta",
        "comment": "Poner las líneas como comentario, o quitarlo",
        "find": "Buscar y reemplazar",
        "undo": "Deshacer; con Mayús, rehacer",
        "indent": "Sangrar las líneas; con Mayús, menos",
        "leave": "Salir del editor",
    },
    script={
        "editor": "Consulta. Pulse Escape y después Tab para salir del editor.",
        "running": "La consulta está en curso.",
        "seconds": "{s} s",
        "rows": "{n} filas, tras {s} segundos.",
        "row": "1 fila, tras {s} segundos.",
        "done": "La respuesta está aquí, tras {s} segundos.",
        "cancelled": "La consulta se canceló y ya no se ejecuta.",
        "unreachable": "El servidor no respondió. Inténtelo de nuevo.",
        "unreadable": "El servidor respondió de un modo que esta página no conoce. Vuelva a cargarla.",
        "atLine": "Línea {line}: {detail}",
        "goTo": "Ir a la línea {line}",
        "add": "Añadir la línea {line}",
        "added": "Añadido: {line}",
        "tidied": "La consulta tiene un formato nuevo.",
        "tidyAlready": "La consulta ya tenía ese formato.",
        "loaded": "En el editor ahora: {title}",
        "evidence": "La consulta pide ahora también sus pruebas: {columns}.",
        "evidenceNone": "La consulta está como estaba.",
        "things": "{n} cosas",
        "uses": "usada {n} veces",
        "class": "clase",
        "property": "propiedad",
        "prefix": "prefijo",
        "unexplained": "Aquí no se sabe nada de lo que está en el cursor.",
        "noVocabulary": "No se pudieron leer los nombres de este grafo; solo se sugieren palabras clave.",
    },
    phrases=_phrases(
        "Buscar", "Reemplazar", "siguiente", "anterior", "todas", "mayúsculas", "expresión regular", "palabra entera",
        "reemplazar", "reemplazar todo", "cerrar", "coincidencia", "en la línea", "reemplazado en la línea $",
        "$ coincidencias reemplazadas", "Ir a la línea", "ir", "Sugerencias", "Líneas plegadas", "Líneas desplegadas",
        "a", "código plegado", "desplegar", "Plegar la línea", "Desplegar la línea", "Selección borrada",
        "Carácter de control",
    ),
)  # fmt: skip
