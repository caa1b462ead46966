"""Words of comparing places, and what the sources do not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacesWords:
    """Words of comparing places, and what the sources do not say, in one language."""

    compare_title: str
    compare_lead: str
    compare_between: str
    compare_form: str
    compare_place: str
    compare_place_more: str
    compare_none: str
    compare_submit: str
    compare_with: str
    compare_few: str
    compare_many: str
    compare_twice: str
    compare_unknown: str
    compare_several: str
    compare_empty: str
    no_record: str
    no_record_note: str
    shared: str
    shared_note: str
    unspecified: str
    country: str
    population: str
    population_undated: str
    population_dated: str
    sections: Mapping[str, str]
    facets: Mapping[str, str]
    things_from: str
    left_out: str
    show_all: str
    shows_all: str
    leave_out: str
    coverage_title: str
    coverage_lead: str
    coverage_note: str
    coverage_matrix: str
    coverage_matrix_note: str
    coverage_all_themes: str
    coverage_broad_themes: str
    coverage_place: str
    coverage_total: str
    coverage_themes: str
    coverage_theme: str
    coverage_places_with: str
    coverage_gaps: str
    coverage_gaps_note: str
    coverage_fact: str
    coverage_said: str
    coverage_unsaid: str
    coverage_documents: str
    coverage_documents_note: str
    coverage_document: str
    coverage_countries: str
    coverage_regions: str
    coverage_regions_note: str
    coverage_country: str
    coverage_region: str
    coverage_places: str


EN = PlacesWords(
    compare_title="Compare cities",
    compare_lead="Two to four cities side by side: what the documents record of each. What they have in common stands "
    "first.",
    compare_between="{cities}: side by side",
    compare_form="Choose the cities",
    compare_place="City {n}",
    compare_place_more="City {n} (if you like)",
    compare_none="none",
    compare_submit="Compare",
    compare_with="Compare {place} with other cities",
    compare_few="Choose at least two cities.",
    compare_many="Choose four cities at most.",
    compare_twice="You chose the same city twice. Choose different ones.",
    compare_unknown="The graph knows no place called “{name}” that can be compared.",
    compare_several="More than one place is called “{name}”. Write which one you mean: {keys}.",
    compare_empty="The graph has no cities to compare.",
    no_record="no record",
    no_record_note="“No record” says that the documents read so far tell nothing of it. It does not say that the city "
    "does nothing: ask the city.",
    shared="in common",
    shared_note="Rows marked “in common” are recorded of two or more of the cities.",
    unspecified="not specified",
    country="Country",
    population="Population",
    population_undated="{origin}, undated",
    population_dated="{origin}, {date}",
    sections={
        "practices": "Practices by theme",
        "institutions": "Institutions by kind",
        "instruments": "Charters, laws and plans by kind",
        "groups": "For whom",
        "sources": "Documents",
    },
    facets={
        "practices": "Theme",
        "institutions": "Kind",
        "instruments": "Kind",
        "groups": "Target group",
        "sources": "Document",
    },
    things_from="{n} things recorded from it",
    left_out="What is underway or planned is left out.",
    show_all="Show it too",
    shows_all="What is underway or planned is shown too.",
    leave_out="Leave it out",
    coverage_title="What the sources do not say",
    coverage_lead="The graph knows what its documents say, and no more. This page shows where they are silent.",
    coverage_note="The documents were written by and about cities that chose to report. An empty cell is a gap in "
    "what was read, not in what a city does; and more practices here are no better record there.",
    coverage_matrix="Places and themes",
    coverage_matrix_note="How many practices are recorded. A practice with several themes counts under each of them; "
    "broad themes count what their narrower ones have. What is underway or planned is left out.",
    coverage_all_themes="Show every theme",
    coverage_broad_themes="Show broad themes only",
    coverage_place="Place",
    coverage_total="Practices",
    coverage_themes="Themes and where they are recorded",
    coverage_theme="Theme",
    coverage_places_with="Places with a record",
    coverage_gaps="What is told of a practice",
    coverage_gaps_note="Of {n} practices, how many have each kind of fact. What is untold here may well exist.",
    coverage_fact="Fact",
    coverage_said="Told",
    coverage_unsaid="No record",
    coverage_documents="Documents and how they speak",
    coverage_documents_note="How many claims were drawn from each document, by how firmly it says them. Only what is "
    "asserted becomes a fact of the graph.",
    coverage_document="Document",
    coverage_countries="Countries",
    coverage_regions="Regions",
    coverage_regions_note="Regions overlap: Latin America is also part of Latin America and the Caribbean.",
    coverage_country="Country",
    coverage_region="Region",
    coverage_places="Places",
)

FR = PlacesWords(
    compare_title="Comparer des villes",
    compare_lead="Deux à quatre villes côte à côte : ce que les documents rapportent de chacune. Ce qu’elles ont en "
    "commun vient d’abord.",
    compare_between="{cities} : côte à côte",
    compare_form="Choisir les villes",
    compare_place="Ville {n}",
    compare_place_more="Ville {n} (facultatif)",
    compare_none="aucune",
    compare_submit="Comparer",
    compare_with="Comparer {place} avec d’autres villes",
    compare_few="Choisissez au moins deux villes.",
    compare_many="Choisissez quatre villes au plus.",
    compare_twice="Vous avez choisi deux fois la même ville. Choisissez des villes différentes.",
    compare_unknown="Le graphe ne connaît aucun lieu nommé « {name} » que l’on puisse comparer.",
    compare_several="Plusieurs lieux se nomment « {name} ». Écrivez lequel vous voulez dire : {keys}.",
    compare_empty="Le graphe n’a pas de villes à comparer.",
    no_record="rien de relevé",
    no_record_note="« Rien de relevé » signifie que les documents lus jusqu’ici n’en disent rien. Cela ne signifie pas "
    "que la ville ne fait rien : demandez-lui.",
    shared="en commun",
    shared_note="Les lignes marquées « en commun » sont relevées pour deux de ces villes ou davantage.",
    unspecified="non précisé",
    country="Pays",
    population="Population",
    population_undated="{origin}, sans date",
    population_dated="{origin}, en {date}",
    sections={
        "practices": "Pratiques par thème",
        "institutions": "Institutions par type",
        "instruments": "Chartes, lois et plans par type",
        "groups": "Pour qui",
        "sources": "Documents",
    },
    facets={
        "practices": "Thème",
        "institutions": "Type",
        "instruments": "Type",
        "groups": "Public",
        "sources": "Document",
    },
    things_from="{n} éléments relevés dans celui-ci",
    left_out="Ce qui est en cours ou prévu est laissé de côté.",
    show_all="L’afficher aussi",
    shows_all="Ce qui est en cours ou prévu est affiché aussi.",
    leave_out="Le laisser de côté",
    coverage_title="Ce que les sources ne disent pas",
    coverage_lead="Le graphe sait ce que disent ses documents, et rien de plus. Cette page montre où ils se taisent.",
    coverage_note="Les documents viennent de villes qui ont choisi de rendre compte, ou parlent d’elles. Une case vide "
    "est une lacune de ce qui a été lu, non de ce que fait une ville ; et davantage de pratiques ici ne vaut pas "
    "meilleur bilan là-bas.",
    coverage_matrix="Lieux et thèmes",
    coverage_matrix_note="Le nombre de pratiques relevées. Une pratique à plusieurs thèmes compte pour chacun ; les "
    "grands thèmes comptent ce qu’ont leurs sous-thèmes. Ce qui est en cours ou prévu est laissé de côté.",
    coverage_all_themes="Afficher tous les thèmes",
    coverage_broad_themes="N’afficher que les grands thèmes",
    coverage_place="Lieu",
    coverage_total="Pratiques",
    coverage_themes="Les thèmes et où ils sont relevés",
    coverage_theme="Thème",
    coverage_places_with="Lieux où il y en a",
    coverage_gaps="Ce qui est dit d’une pratique",
    coverage_gaps_note="Sur {n} pratiques, combien ont chaque sorte de fait. Ce qui n’est pas dit ici existe "
    "peut-être.",
    coverage_fact="Fait",
    coverage_said="Dit",
    coverage_unsaid="Rien de relevé",
    coverage_documents="Les documents et leur façon de dire",
    coverage_documents_note="Combien d’affirmations ont été tirées de chaque document, selon la force avec laquelle il "
    "les dit. Seul ce qui est affirmé devient un fait du graphe.",
    coverage_document="Document",
    coverage_countries="Les pays",
    coverage_regions="Les régions",
    coverage_regions_note="Les régions se recoupent : l’Amérique latine fait aussi partie de l’Amérique latine et des "
    "Caraïbes.",
    coverage_country="Pays",
    coverage_region="Région",
    coverage_places="Lieux",
)

ES = PlacesWords(
    compare_title="Comparar ciudades",
    compare_lead="De dos a cuatro ciudades lado a lado: lo que los documentos registran de cada una. Lo que tienen en "
    "común va primero.",
    compare_between="{cities}: lado a lado",
    compare_form="Elegir las ciudades",
    compare_place="Ciudad {n}",
    compare_place_more="Ciudad {n} (opcional)",
    compare_none="ninguna",
    compare_submit="Comparar",
    compare_with="Comparar {place} con otras ciudades",
    compare_few="Elija al menos dos ciudades.",
    compare_many="Elija cuatro ciudades como máximo.",
    compare_twice="Ha elegido dos veces la misma ciudad. Elija ciudades distintas.",
    compare_unknown="El grafo no conoce ningún lugar llamado «{name}» que se pueda comparar.",
    compare_several="Más de un lugar se llama «{name}». Escriba a cuál se refiere: {keys}.",
    compare_empty="El grafo no tiene ciudades que comparar.",
    no_record="sin registro",
    no_record_note="«Sin registro» quiere decir que los documentos leídos hasta ahora no dicen nada de ello. No quiere "
    "decir que la ciudad no haga nada: pregúntele a ella.",
    shared="en común",
    shared_note="Las filas marcadas «en común» constan de dos o más de las ciudades.",
    unspecified="sin especificar",
    country="País",
    population="Población",
    population_undated="{origin}, sin fecha",
    population_dated="{origin}, en {date}",
    sections={
        "practices": "Prácticas por tema",
        "institutions": "Instituciones por tipo",
        "instruments": "Cartas, leyes y planes por tipo",
        "groups": "Para quién",
        "sources": "Documentos",
    },
    facets={
        "practices": "Tema",
        "institutions": "Tipo",
        "instruments": "Tipo",
        "groups": "Grupo destinatario",
        "sources": "Documento",
    },
    things_from="{n} elementos registrados a partir de él",
    left_out="Lo que está en curso o previsto queda fuera.",
    show_all="Mostrarlo también",
    shows_all="Lo que está en curso o previsto se muestra también.",
    leave_out="Dejarlo fuera",
    coverage_title="Lo que las fuentes no dicen",
    coverage_lead="El grafo sabe lo que dicen sus documentos y nada más. Esta página muestra dónde callan.",
    coverage_note="Los documentos los escribieron ciudades que decidieron informar, o tratan de ellas. Una "
    "casilla vacía "
    "es un hueco en lo leído, no en lo que hace una ciudad; y más prácticas aquí no son mejor balance allí.",
    coverage_matrix="Lugares y temas",
    coverage_matrix_note="Cuántas prácticas constan. Una práctica con varios temas cuenta en cada uno; los "
    "temas amplios "
    "cuentan lo que tienen los más específicos. Lo que está en curso o previsto queda fuera.",
    coverage_all_themes="Mostrar todos los temas",
    coverage_broad_themes="Mostrar solo los temas amplios",
    coverage_place="Lugar",
    coverage_total="Prácticas",
    coverage_themes="Los temas y dónde constan",
    coverage_theme="Tema",
    coverage_places_with="Lugares donde consta",
    coverage_gaps="Lo que se cuenta de una práctica",
    coverage_gaps_note="De {n} prácticas, cuántas tienen cada clase de dato. Lo que aquí no se cuenta puede existir.",
    coverage_fact="Dato",
    coverage_said="Consta",
    coverage_unsaid="Sin registro",
    coverage_documents="Los documentos y cómo hablan",
    coverage_documents_note="Cuántas afirmaciones se extrajeron de cada documento, según la firmeza con que las "
    "hace. Solo "
    "lo afirmado se convierte en un hecho del grafo.",
    coverage_document="Documento",
    coverage_countries="Los países",
    coverage_regions="Las regiones",
    coverage_regions_note="Las regiones se solapan: América Latina es también parte de América Latina y el Caribe.",
    coverage_country="País",
    coverage_region="Región",
    coverage_places="Lugares",
)
