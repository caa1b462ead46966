"""Words of the pages of single things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThingsWords:
    """Words of the pages of single things, in one language."""

    breadcrumbs: str
    glance: str
    who: str
    whom: str
    themes: str
    made: str
    references: str
    similar: str
    similar_why: str
    similar_note: str
    mandate: str
    likeness: str
    origin: str
    here: str
    government: str
    map_caption: str
    map_title: str
    nearby: str
    elsewhere: str
    broader: str
    narrower: str
    goals: str
    goal: str
    target: str
    articles: str
    places: str
    coverage: str
    coverage_lines: str
    coverage_claims: str
    about_what: str
    conflicts: str
    conflicts_note: str
    record: str
    more: str
    around: str
    around_caption: str
    around_list: str
    cite: str
    cite_note: str
    copy: str
    save: str
    wrong: str
    wrong_page: str
    wrong_text: str
    ask: str
    ask_practice: str
    ask_committee: str
    asked_by: str
    claims_spoken: str
    having: str
    having_many: str
    statuses: Mapping[str, str]
    modalities: Mapping[str, str]


EN = ThingsWords(
    breadcrumbs="Where you are",
    glance="At a glance",
    who="Who does it",
    whom="For whom",
    themes="Themes",
    made="What it set up",
    references="Read more",
    similar="Similar practices",
    similar_why="Also about {what}",
    similar_note="They share themes, the people they are for, approaches, services or partners; what few have counts "
    "most.",
    mandate="What it does, and for whom",
    likeness="What it resembles",
    origin="How it came about",
    here="What happens here",
    government="Its local government",
    map_caption="{name} and other places in the graph around it",
    map_title="On the map",
    nearby="Other places around it",
    elsewhere="Elsewhere",
    broader="Part of",
    narrower="Covers",
    goals="Sustainable Development Goals",
    goal="Goal {number}",
    target="Target {number}",
    articles="Universal Declaration of Human Rights",
    places="Where",
    coverage="How much of it the claims cover",
    coverage_lines="{covered} of {lines} lines with text stand behind a claim.",
    coverage_claims="{n} claims",
    about_what="What it is about",
    conflicts="Another source says otherwise",
    conflicts_note="Both stay in the graph; neither is taken for the truth.",
    record="The record of this claim",
    more="Everything else stated",
    around="What is around it",
    around_caption="{name} and what it is joined to directly",
    around_list="The same as a list",
    cite="How to cite",
    cite_note="The version names the exact state of the data; its date is that of the data set.",
    copy="Copy",
    save="Save as a file",
    wrong="Something is wrong here?",
    wrong_page="Something is wrong on this page?",
    wrong_text="Tell us which statement and what it should say; the document’s lines decide.",
    ask="Where to ask",
    ask_practice="The practice’s own pages, as the document gives them:",
    ask_committee="The document invites questions to {who}:",
    asked_by="as printed in the document",
    having="Claims of this sort",
    having_many="There are very many, so they stand in no order of their own.",
    claims_spoken="What is marked EN is in English: the sentences in which we tell what a document says.",
    statuses={
        "in-place": "in place",
        "underway": "underway, not yet in place",
        "planned": "announced, not yet in place",
        "unstated": "the document does not say whether it is in place",
    },
    modalities={
        "asserted": "said as a fact",
        "underway": "underway, not yet in place",
        "planned": "announced, not yet in place",
        "quotation": "somebody is quoted",
        "reported-speech": "somebody’s words, reported",
        "normative": "said as advice",
        "context": "background",
        "negative-context": "a difficulty around it",
        "interpretation": "the document’s judgement",
        "commitment": "promised",
        "url-only": "only a web address says so",
        "disputed": "another source says otherwise",
        "ambiguous": "can be read in two ways",
        "illegible": "printed with damage",
    },
)


FR = ThingsWords(
    breadcrumbs="Où vous êtes",
    glance="En bref",
    who="Qui le fait",
    whom="Pour qui",
    themes="Thèmes",
    made="Ce qu’elle a créé",
    references="En savoir plus",
    similar="Pratiques semblables",
    similar_why="Aussi sur : {what}",
    similar_note="Elles ont en commun des thèmes, un public, une approche, un service ou un partenaire ; ce que peu "
    "d’entre elles ont compte le plus.",
    mandate="Ce qu’elle fait, et pour qui",
    likeness="Ce à quoi elle ressemble",
    origin="Comment elle est née",
    here="Ce qui se passe ici",
    government="Son gouvernement local",
    map_caption="{name} et d’autres lieux du graphe alentour",
    map_title="Sur la carte",
    nearby="Autres lieux alentour",
    elsewhere="Ailleurs",
    broader="Fait partie de",
    narrower="Comprend",
    goals="Objectifs de développement durable",
    goal="Objectif {number}",
    target="Cible {number}",
    articles="Déclaration universelle des droits de l’homme",
    places="Où",
    coverage="Ce que les affirmations en couvrent",
    coverage_lines="{covered} des {lines} lignes de texte appuient une affirmation.",
    coverage_claims="{n} affirmations",
    about_what="De quoi il s’agit",
    conflicts="Une autre source dit autre chose",
    conflicts_note="Les deux restent dans le graphe ; aucune n’est tenue pour la vérité.",
    record="La fiche de cette affirmation",
    more="Tout ce qui est énoncé par ailleurs",
    around="Ce qui l’entoure",
    around_caption="{name} et ce qui s’y relie directement",
    around_list="La même chose en liste",
    cite="Comment citer",
    cite_note="La version désigne l’état exact des données ; sa date est celle du jeu de données.",
    copy="Copier",
    save="Enregistrer",
    wrong="Une erreur ici ?",
    wrong_page="Une erreur sur cette page ?",
    wrong_text="Dites-nous quel énoncé, et ce qu’il devrait dire ; les lignes du document tranchent.",
    ask="À qui demander",
    ask_practice="Les pages de la pratique, telles que le document les donne :",
    ask_committee="Le document invite à écrire à {who} :",
    asked_by="comme l’imprime le document",
    having="Affirmations de cette sorte",
    having_many="Il y en a un très grand nombre ; elles ne suivent donc aucun ordre particulier.",
    claims_spoken="Ce qui est marqué EN est en anglais : les phrases qui disent, dans nos mots, ce que dit un "
    "document.",
    statuses={
        "in-place": "en place",
        "underway": "en cours, pas encore en place",
        "planned": "annoncé, pas encore en place",
        "unstated": "le document ne dit pas si c’est en place",
    },
    modalities={
        "asserted": "dit comme un fait",
        "underway": "en cours, pas encore en place",
        "planned": "annoncé, pas encore en place",
        "quotation": "citation",
        "reported-speech": "propos rapportés",
        "normative": "dit comme un conseil",
        "context": "contexte général",
        "negative-context": "une difficulté alentour",
        "interpretation": "jugement du document",
        "commitment": "promis",
        "url-only": "seule une adresse web le dit",
        "disputed": "une autre source dit autre chose",
        "ambiguous": "peut se lire de deux façons",
        "illegible": "imprimé avec des dégâts",
    },
)


ES = ThingsWords(
    breadcrumbs="Dónde está",
    glance="En breve",
    who="Quién lo hace",
    whom="Para quién",
    themes="Temas",
    made="Lo que creó",
    references="Para saber más",
    similar="Prácticas parecidas",
    similar_why="También sobre: {what}",
    similar_note="Comparten temas, destinatarios, enfoques, servicios o socios; cuenta más lo que pocas prácticas "
    "tienen.",
    mandate="Qué hace y para quién",
    likeness="A qué se parece",
    origin="Cómo surgió",
    here="Lo que ocurre aquí",
    government="Su gobierno local",
    map_caption="{name} y otros lugares del grafo a su alrededor",
    map_title="En el mapa",
    nearby="Otros lugares cercanos",
    elsewhere="En otros sitios",
    broader="Forma parte de",
    narrower="Comprende",
    goals="Objetivos de Desarrollo Sostenible",
    goal="Objetivo {number}",
    target="Meta {number}",
    articles="Declaración Universal de Derechos Humanos",
    places="Dónde",
    coverage="Cuánto cubren las afirmaciones",
    coverage_lines="{covered} de {lines} líneas con texto respaldan una afirmación.",
    coverage_claims="{n} afirmaciones",
    about_what="De qué trata",
    conflicts="Otra fuente dice otra cosa",
    conflicts_note="Ambas permanecen en el grafo; ninguna se toma por la verdad.",
    record="El registro de esta afirmación",
    more="Todo lo demás que se afirma",
    around="Lo que lo rodea",
    around_caption="{name} y lo que se une directamente",
    around_list="Lo mismo en forma de lista",
    cite="Cómo citar",
    cite_note="La versión nombra el estado exacto de los datos; su fecha es la del conjunto de datos.",
    copy="Copiar",
    save="Guardar como archivo",
    wrong="¿Hay algo mal aquí?",
    wrong_page="¿Hay algo mal en esta página?",
    wrong_text="Díganos qué enunciado y qué debería decir; deciden las líneas del documento.",
    ask="A quién preguntar",
    ask_practice="Las páginas de la práctica, tal como las da el documento:",
    ask_committee="El documento invita a preguntar a {who}:",
    asked_by="según figura en el documento",
    having="Afirmaciones de este tipo",
    having_many="Son muchísimas, por lo que no siguen ningún orden propio.",
    claims_spoken="Lo señalado con EN está en inglés: las frases que cuentan, con nuestras palabras, lo "
    "que dice un documento.",
    statuses={
        "in-place": "en vigor",
        "underway": "en curso, aún no en vigor",
        "planned": "anunciado, aún no en vigor",
        "unstated": "el documento no dice si está en vigor",
    },
    modalities={
        "asserted": "dicho como un hecho",
        "underway": "en curso, aún no en vigor",
        "planned": "anunciado, aún no en vigor",
        "quotation": "se cita a alguien",
        "reported-speech": "palabras de alguien, referidas",
        "normative": "dicho como consejo",
        "context": "contexto general",
        "negative-context": "una dificultad alrededor",
        "interpretation": "juicio del documento",
        "commitment": "prometido",
        "url-only": "solo lo dice una dirección web",
        "disputed": "otra fuente dice otra cosa",
        "ambiguous": "puede leerse de dos maneras",
        "illegible": "impreso con daños",
    },
)
