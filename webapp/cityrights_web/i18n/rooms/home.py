"""Words of the start page, of what stands around every page, and of maps and networks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HomeWords:
    """Words of the start page and of the frame of every page, in one language."""

    search_label: str
    menu_button: str
    card_alt: str
    map_title: str
    map_caption: str
    map_note: str
    places_list: str
    places_most: str
    practice_one: str
    practice_many: str
    institution_one: str
    institution_many: str
    themes_title: str
    kinds_title: str
    questions_title: str
    news_title: str
    news_data: str
    news_source: str
    all_of: str
    zoom_in: str
    zoom_out: str
    zoom_whole: str
    save_picture: str
    close: str
    nav_accessibility: str
    nav_privacy: str
    nav_coverage: str
    nav_compare: str
    nav_conformance: str
    footer_pages: str


EN = HomeWords(
    search_label="Search practices, cities, institutions …",
    menu_button="Menu",
    card_alt="The name cityrights beside its mark: three points, joined by lines.",
    map_title="Where",
    map_caption="Places with practices or institutions; the number is that of practices.",
    map_note="Positions are those of the middle of a place. "
    "Where a document names a whole country, the mark stands in the middle of it.",
    places_list="Places and their practices",
    places_most="The list names the {n} places with most practices; the graph knows {more} more.",
    practice_one="{n} practice",
    practice_many="{n} practices",
    institution_one="{n} institution",
    institution_many="{n} institutions",
    themes_title="Themes",
    kinds_title="Kinds of institution and figure",
    questions_title="Questions that the graph answers",
    news_title="What is new",
    news_data="Data of {date}, version {version}",
    news_source="Newest dated source, of {date}:",
    all_of="All in this list",
    zoom_in="Zoom in",
    zoom_out="Zoom out",
    zoom_whole="Show the whole",
    save_picture="Save as a picture (PNG)",
    close="Close",
    nav_accessibility="Accessibility",
    nav_privacy="Privacy",
    nav_coverage="Coverage",
    nav_compare="Compare",
    nav_conformance="Conformance",
    footer_pages="About this site",
)

FR = HomeWords(
    search_label="Chercher des pratiques, des villes, des institutions…",
    menu_button="Menu",
    card_alt="Le nom cityrights à côté de son signe : trois points reliés par des traits.",
    map_title="Où",
    map_caption="Les lieux qui ont des pratiques ou des institutions ; le nombre est celui des pratiques.",
    map_note="Chaque repère est au milieu du lieu. "
    "Quand un document nomme un pays entier, le repère est au milieu du pays.",
    places_list="Les lieux et leurs pratiques",
    places_most="La liste nomme les {n} lieux qui ont le plus de pratiques ; le graphe en connaît {more} autres.",
    practice_one="{n} pratique",
    practice_many="{n} pratiques",
    institution_one="{n} institution",
    institution_many="{n} institutions",
    themes_title="Thèmes",
    kinds_title="Types d’institutions et de figures",
    questions_title="Des questions auxquelles le graphe répond",
    news_title="Nouveautés",
    news_data="Données du {date}, version {version}",
    news_source="Source datée la plus récente, du {date} :",
    all_of="Toute la liste",
    zoom_in="Agrandir",
    zoom_out="Réduire",
    zoom_whole="Tout montrer",
    save_picture="Enregistrer l’image (PNG)",
    close="Fermer",
    nav_accessibility="Accessibilité",
    nav_privacy="Vie privée",
    nav_coverage="Couverture",
    nav_compare="Comparer",
    nav_conformance="Conformité",
    footer_pages="À propos de ce site",
)

ES = HomeWords(
    search_label="Buscar prácticas, ciudades, instituciones…",
    menu_button="Menú",
    card_alt="El nombre cityrights junto a su signo: tres puntos unidos por líneas.",
    map_title="Dónde",
    map_caption="Los lugares con prácticas o instituciones; el número es el de prácticas.",
    map_note="Cada marca está en el centro del lugar. "
    "Cuando un documento nombra un país entero, la marca está en el centro del país.",
    places_list="Los lugares y sus prácticas",
    places_most="La lista nombra los {n} lugares con más prácticas; el grafo conoce otros {more}.",
    practice_one="{n} práctica",
    practice_many="{n} prácticas",
    institution_one="{n} institución",
    institution_many="{n} instituciones",
    themes_title="Temas",
    kinds_title="Tipos de instituciones y figuras",
    questions_title="Preguntas que el grafo responde",
    news_title="Novedades",
    news_data="Datos del {date}, versión {version}",
    news_source="La fuente fechada más reciente, del {date}:",
    all_of="Toda la lista",
    zoom_in="Acercar",
    zoom_out="Alejar",
    zoom_whole="Mostrar todo",
    save_picture="Guardar la imagen (PNG)",
    close="Cerrar",
    nav_accessibility="Accesibilidad",
    nav_privacy="Privacidad",
    nav_coverage="Cobertura",
    nav_compare="Comparar",
    nav_conformance="Conformidad",
    footer_pages="Sobre este sitio",
)
