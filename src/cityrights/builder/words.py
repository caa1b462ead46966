"""The words in which a question is told, in each language: what classes are called in the plural, and turns of phrase.

Labels come from the ontology and stand in these phrases as they are, so no phrase asks for a gender or a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cityrights.namespaces import CR, DCTERMS, PREFIXES, RDFS, SKOS


@dataclass(frozen=True, slots=True)
class Phrases:
    """Turns of phrase in one language: ``{v}`` are values, ``{p}`` is a property, ``{c}`` a class.

    ``being`` and ``unlike`` are for certain properties, by their local names; ``having`` joins a property with what
    follows from its values.
    """

    things: str
    then: str
    or_: str
    and_: str
    with_: str
    without: str
    as_: str
    holding: str
    having: str
    between: str
    since: str
    until: str
    shown: str
    its: str
    by: str
    downwards: str
    quoted: str
    back: str
    there: str
    being: Mapping[str, str]
    unlike: Mapping[str, str]


PHRASES: Final[Mapping[str, Phrases]] = {
    "en": Phrases(
        things="Things of the kind “{c}”",
        then="; ",
        or_="or",
        and_="and",
        with_="with {p}",
        without="without {p}",
        as_="{v} as {p}",
        holding="{v} in the {p}",
        having="{p} having {rest}",
        between="{p} from {low} to {high}",
        since="{p} from {low} on",
        until="{p} up to {high}",
        shown="shown with {columns}",
        its="their {p}",
        by="in the order of their {p}",
        downwards="in the reverse order of their {p}",
        quoted="“{v}”",
        back="{c} (“{p}”)",
        there="{c} there",
        being={
            "theme": "about {v}",
            "place": "in {v}",
            "country": "in {v}",
            "within": "in {v}",
            "targetGroup": "for {v}",
            "kind": "of the kind {v}",
            "status": "with the status {v}",
            "source": "told of by {v}",
        },
        unlike={
            "theme": "not about {v}",
            "place": "not in {v}",
            "country": "not in {v}",
            "within": "not in {v}",
            "targetGroup": "not for {v}",
            "kind": "not of the kind {v}",
            "status": "without the status {v}",
            "source": "not told of by {v}",
        },
    ),
    "fr": Phrases(
        things="Tout ce qui est du type «\u202f{c}\u202f»",
        then="\u202f; ",
        or_="ou",
        and_="et",
        with_="avec {p}",
        without="sans {p}",
        as_="{v} pour {p}",
        holding="{v} dans le champ «\u202f{p}\u202f»",
        having="{p} ayant {rest}",
        between="{p} de {low} à {high}",
        since="{p} à partir de {low}",
        until="{p} jusqu’à {high}",
        shown="avec dans le tableau {columns}",
        its="leur {p}",
        by="dans l’ordre de leur {p}",
        downwards="dans l’ordre inverse de leur {p}",
        quoted="«\u202f{v}\u202f»",
        back="{c} («\u202f{p}\u202f»)",
        there="{c} sur place",
        being={
            "theme": "sur le thème {v}",
            "targetGroup": "pour {v}",
            "kind": "du type {v}",
            "status": "à l’état {v}",
            "source": "selon {v}",
        },
        unlike={
            "theme": "hors du thème {v}",
            "targetGroup": "sans viser {v}",
            "kind": "d’un autre type que {v}",
            "status": "sans être à l’état {v}",
            "source": "sans mention dans {v}",
        },
    ),
    "es": Phrases(
        things="Todo lo que es del tipo «{c}»",
        then="; ",
        or_="o",
        and_="y",
        with_="con {p}",
        without="sin {p}",
        as_="{v} como {p}",
        holding="{v} en el campo «{p}»",
        having="{p} con {rest}",
        between="{p} de {low} a {high}",
        since="{p} desde {low}",
        until="{p} hasta {high}",
        shown="con estos datos en la tabla: {columns}",
        its="su {p}",
        by="por orden de su {p}",
        downwards="por orden inverso de su {p}",
        quoted="«{v}»",
        back="{c} («{p}»)",
        there="{c} en el lugar",
        being={
            "theme": "sobre {v}",
            "place": "en {v}",
            "country": "en {v}",
            "within": "en {v}",
            "targetGroup": "para {v}",
            "kind": "del tipo {v}",
            "status": "en el estado {v}",
            "source": "según {v}",
        },
        unlike={
            "theme": "que no tratan de {v}",
            "place": "fuera de {v}",
            "country": "fuera de {v}",
            "within": "fuera de {v}",
            "targetGroup": "sin dirigirse a {v}",
            "kind": "de un tipo distinto de {v}",
            "status": "sin estar en el estado {v}",
            "source": "que no constan en {v}",
        },
    ),
}

#: Class → its plural in English, French, Spanish.
PLURALS: Final[Mapping[str, tuple[str, str, str]]] = {
    CR + name: words
    for name, words in {
        "Actor": ("Governments and organisations", "Gouvernements et organismes", "Gobiernos y organizaciones"),
        "Aspect": ("Aspects of claims", "Aspects des affirmations", "Aspectos de las afirmaciones"),
        "Association": ("Associations of governments", "Associations de gouvernements", "Asociaciones de gobiernos"),
        "Award": ("Awards", "Distinctions", "Distinciones"),
        "Body": ("Bodies, councils and offices", "Organes, conseils et bureaux", "Órganos, consejos y oficinas"),
        "City": ("Cities", "Villes", "Ciudades"),
        "Claim": ("Claims of the documents", "Affirmations des documents", "Afirmaciones de los documentos"),
        "Connection": ("Connections between places", "Proximités entre territoires", "Conexiones entre territorios"),
        "Country": ("Countries", "Pays", "Países"),
        "Department": ("Departments", "Départements", "Departamentos"),
        "Event": ("Events", "Événements", "Eventos"),
        "Figure": ("Ombudspersons and other figures", "Médiateurs et autres figures", "Defensorías y otras figuras"),
        "GovernmentGroup": ("Groups of governments", "Groupes de gouvernements", "Grupos de gobiernos"),
        "GroupClaim": ("Claims about several at once", "Affirmations collectives", "Afirmaciones colectivas"),
        "Holding": ("Roles that people hold", "Fonctions exercées", "Funciones que se ejercen"),
        "Institution": ("Institutions", "Institutions", "Instituciones"),
        "Instrument": ("Instruments", "Instruments", "Instrumentos"),
        "Island": ("Islands", "Îles", "Islas"),
        "Kind": ("Kinds", "Types", "Tipos"),
        "LocalGovernment": ("Local governments", "Gouvernements locaux", "Gobiernos locales"),
        "Modality": ("Modalities of claims", "Modalités des affirmations", "Modalidades de las afirmaciones"),
        "Network": ("Networks", "Réseaux", "Redes"),
        "Observation": ("Figures and numbers", "Chiffres observés", "Datos observados"),
        "Organisation": ("Organisations", "Organismes", "Organizaciones"),
        "Partnership": ("Partnerships", "Partenariats", "Alianzas"),
        "Passage": ("Passages of the documents", "Passages des documents", "Pasajes de los documentos"),
        "Person": ("People", "Personnes", "Personas"),
        "Pillar": ("Pillars", "Piliers", "Pilares"),
        "Population": ("Population figures", "Chiffres de population", "Cifras de población"),
        "Practice": ("Practices", "Pratiques", "Prácticas"),
        "Reference": ("References", "Références", "Referencias"),
        "Region": ("World regions", "Régions du monde", "Regiones del mundo"),
        "Section": ("Sections", "Sections", "Secciones"),
        "Source": ("Documents", "Documents", "Documentos"),
        "Status": ("Statuses", "États d’avancement", "Estados de avance"),
        "TargetGroup": ("Target groups", "Publics visés", "Grupos destinatarios"),
        "Territory": ("Places of every kind", "Territoires de toute sorte", "Territorios de todo tipo"),
        "Theme": ("Themes", "Thèmes", "Temas"),
    }.items()
}

#: Properties of other vocabularies, which do not name themselves in all our languages.
LABELS: Final[Mapping[str, tuple[str, str, str]]] = {
    RDFS + "label": ("name", "nom", "nombre"),
    DCTERMS + "description": ("description", "description", "descripción"),
    DCTERMS + "source": ("document", "document", "documento"),
    DCTERMS + "identifier": ("identifier", "identifiant", "identificador"),
    DCTERMS + "publisher": ("publisher", "éditeur", "editorial"),
    DCTERMS + "issued": ("date of issue", "date de publication", "fecha de publicación"),
    SKOS + "definition": ("definition", "définition", "definición"),
    SKOS + "broader": ("wider term", "terme plus large", "término más amplio"),
    SKOS + "inScheme": ("scheme", "schéma", "esquema"),
    PREFIXES["schema"] + "email": ("e-mail", "courriel", "correo electrónico"),
    PREFIXES["schema"] + "url": ("web address", "adresse web", "dirección web"),
    PREFIXES["wgs"] + "lat": ("latitude", "latitude", "latitud"),
    PREFIXES["wgs"] + "long": ("longitude", "longitude", "longitud"),
}
