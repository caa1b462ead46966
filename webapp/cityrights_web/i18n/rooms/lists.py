"""Words of the faceted lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListsWords:
    """Words of the faceted lists, in one language. Mappings go by the name of a list, facet, order or view."""

    unknown: str
    facets: Mapping[str, str]
    one: Mapping[str, str]
    many: Mapping[str, str]
    sorts: Mapping[str, str]
    views: Mapping[str, str]
    filter: str
    filter_chosen: str
    chosen: str
    remove: str
    include_all: str
    cut: str
    range: str
    missing: str
    past: str
    last_page: str
    pages: str
    page_of: str
    sort_label: str
    view_label: str
    map_caption: str
    map_scripts: str
    others: str
    whole_tree: str
    formats_all: str
    data_told: str
    query_order: str
    query_tree: str


EN = ListsWords(
    unknown="not known",
    facets={
        "theme": "Theme", "country": "Country", "target": "For whom", "place": "Place", "pillar": "Pillar",
        "section": "Group", "status": "Status", "year": "Year", "source": "Document", "kind": "Kind",
        "type": "Kind of place", "broader": "Part of",
    },
    one={
        "practices": "practice", "cities": "place", "institutions": "institution", "themes": "theme",
        "instruments": "instrument", "sources": "source", "people": "person", "events": "event",
        "organisations": "organisation", "claims": "claim",
    },
    many={
        "practices": "practices", "cities": "places", "institutions": "institutions", "themes": "themes",
        "instruments": "instruments", "sources": "sources", "people": "people", "events": "events",
        "organisations": "organisations", "claims": "claims",
    },
    sorts={
        "name": "name", "-name": "name, from Z", "practices": "fewest practices", "-practices": "most practices",
        "claims": "fewest claims", "-claims": "most claims", "year": "oldest", "-year": "newest",
    },
    views={"list": "List", "table": "Table", "map": "Map"},
    filter="Filter",
    filter_chosen="Filter ({n})",
    chosen="Chosen",
    remove="Remove {label}",
    include_all="Also what is underway or planned",
    cut="Only the most frequent are shown here. Choose something else first to see the others.",
    range="{first} to {last}",
    missing="“{value}” is not among the values of “{facet}” in this list.",
    past="The last page is number {n}.",
    last_page="Go there",
    pages="Pages",
    page_of="Page {page} of {n}",
    sort_label="Order",
    view_label="Show as",
    map_caption="Where they are. The list beside the map has the same links.",
    map_scripts="The map needs JavaScript, which is not available here. The list below has the same links.",
    others="and {n} more",
    whole_tree="Wider themes first, with the narrower ones below. A theme’s number includes the themes below it.",
    formats_all="Everything that fits the choice, not this page alone:",
    query_order="It finds the same things. A few names may stand elsewhere: SPARQL minds accents, punctuation and "
    "names in other languages, this list does not.",
    query_tree="It finds the same things, by name; on this page they stand below wider ones.",
    data_told="Each thing with all its values, under the names of the parameters that narrow the list: in JSON an "
    "array for each; in CSV two columns, addresses and labels, with “{separator}” between several values.",
)  # fmt: skip

FR = ListsWords(
    unknown="non renseigné",
    facets={
        "theme": "Thème", "country": "Pays", "target": "Pour qui", "place": "Lieu", "pillar": "Pilier",
        "section": "Groupe", "status": "État", "year": "Année", "source": "Document", "kind": "Type",
        "type": "Type de lieu", "broader": "Fait partie de",
    },
    one={
        "practices": "pratique", "cities": "lieu", "institutions": "institution", "themes": "thème",
        "instruments": "instrument", "sources": "source", "people": "personne", "events": "événement",
        "organisations": "organisation", "claims": "affirmation",
    },
    many={
        "practices": "pratiques", "cities": "lieux", "institutions": "institutions", "themes": "thèmes",
        "instruments": "instruments", "sources": "sources", "people": "personnes", "events": "événements",
        "organisations": "organisations", "claims": "affirmations",
    },
    sorts={
        "name": "nom", "-name": "nom, depuis Z", "practices": "le moins de pratiques",
        "-practices": "le plus de pratiques", "claims": "le moins d’affirmations",
        "-claims": "le plus d’affirmations", "year": "les plus anciens", "-year": "les plus récents",
    },
    views={"list": "Liste", "table": "Tableau", "map": "Carte"},
    filter="Filtrer",
    filter_chosen="Filtrer ({n})",
    chosen="Choisi",
    remove="Retirer {label}",
    include_all="Aussi ce qui est en cours ou prévu",
    cut="Seuls les plus fréquents figurent ici. Choisissez d’abord autre chose pour voir les autres.",
    range="{first} à {last}",
    missing="« {value} » n’est pas parmi les valeurs de « {facet} » dans cette liste.",
    past="La dernière page est la page {n}.",
    last_page="Y aller",
    pages="Pages de la liste",
    page_of="Page {page} sur {n}",
    sort_label="Ordre",
    view_label="Afficher en",
    map_caption="Où cela se trouve. La liste à côté de la carte a les mêmes liens.",
    map_scripts="La carte a besoin de JavaScript, qui n’est pas disponible ici. La liste ci-dessous a les mêmes liens.",
    others="et {n} de plus",
    whole_tree="Les thèmes larges d’abord, les plus précis en dessous. Le nombre d’un thème comprend ceux en dessous.",
    formats_all="Tout ce qui répond au choix, pas seulement cette page :",
    query_order="Elle trouve les mêmes choses. Quelques noms peuvent être ailleurs : SPARQL tient compte des accents, "
    "de la ponctuation et des noms en d’autres langues, pas cette liste.",
    query_tree="Elle trouve les mêmes choses, par nom ; sur cette page, elles se rangent sous les plus larges.",
    data_told="Chaque chose avec toutes ses valeurs, sous les noms des paramètres qui filtrent la liste : en JSON un "
    "tableau pour chacun ; en CSV deux colonnes, adresses et libellés, avec « {separator} » entre plusieurs "
    "valeurs.",
)  # fmt: skip

ES = ListsWords(
    unknown="no consta",
    facets={
        "theme": "Tema", "country": "País", "target": "Para quién", "place": "Lugar", "pillar": "Pilar",
        "section": "Grupo", "status": "Estado", "year": "Año", "source": "Documento", "kind": "Tipo",
        "type": "Tipo de lugar", "broader": "Parte de",
    },
    one={
        "practices": "práctica", "cities": "lugar", "institutions": "institución", "themes": "tema",
        "instruments": "instrumento", "sources": "fuente", "people": "persona", "events": "evento",
        "organisations": "organización", "claims": "afirmación",
    },
    many={
        "practices": "prácticas", "cities": "lugares", "institutions": "instituciones", "themes": "temas",
        "instruments": "instrumentos", "sources": "fuentes", "people": "personas", "events": "eventos",
        "organisations": "organizaciones", "claims": "afirmaciones",
    },
    sorts={
        "name": "nombre", "-name": "nombre, desde la Z", "practices": "menos prácticas", "-practices": "más prácticas",
        "claims": "menos afirmaciones", "-claims": "más afirmaciones", "year": "más antiguos", "-year": "más recientes",
    },
    views={"list": "Lista", "table": "Tabla", "map": "Mapa"},
    filter="Filtrar",
    filter_chosen="Filtrar ({n})",
    chosen="Elegido",
    remove="Quitar {label}",
    include_all="También lo que está en curso o previsto",
    cut="Aquí solo están los más frecuentes. Elija antes otra cosa para ver los demás.",
    range="{first} a {last}",
    missing="«{value}» no está entre los valores de «{facet}» en esta lista.",
    past="La última página es la {n}.",
    last_page="Ir a ella",
    pages="Páginas de la lista",
    page_of="Página {page} de {n}",
    sort_label="Orden",
    view_label="Mostrar como",
    map_caption="Dónde están. La lista junto al mapa tiene los mismos enlaces.",
    map_scripts="El mapa necesita JavaScript, que aquí no está disponible. La lista tiene los mismos enlaces.",
    others="y {n} más",
    whole_tree="Los temas amplios primero, los más precisos debajo. El número de un tema incluye los de debajo.",
    formats_all="Todo lo que responde a la elección, no solo esta página:",
    query_order="Encuentra las mismas cosas. Algunos nombres pueden estar en otro lugar: SPARQL tiene en cuenta los "
    "acentos, la puntuación y los nombres en otras lenguas; esta lista, no.",
    query_tree="Encuentra las mismas cosas, por nombre; en esta página están debajo de las más amplias.",
    data_told="Cada cosa con todos sus valores, con los nombres de los parámetros que filtran la lista: en JSON una "
    "lista para cada uno; en CSV dos columnas, direcciones y nombres, con «{separator}» entre varios valores.",
)  # fmt: skip
