"""Words of the answers to queries: their views, what they cannot show, what is embedded elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResultsWords:
    """Words of the answers to queries, in one language."""

    row_one: str
    rows: str
    took: str
    kept: str
    data_version: str
    no_rows: str
    views: str
    view_names: Mapping[str, str]
    downloads: str
    downloads_note: str
    more: str
    who_says: str
    alone: str
    answer: str
    cut: str
    too_large: str
    table_cut: str
    raw_cut: str
    left: str
    sort_up: str
    sort_down: str
    needs: Mapping[str, str]
    no_column: str
    no_such_view: str
    too_much: Mapping[str, str]
    nowhere: str
    undated: str
    captions: Mapping[str, str]
    place: str
    there: str
    coordinates: str
    from_thing: str
    joined_by: str
    to_thing: str
    credit: str
    see_query: str
    not_shown: str


EN = ResultsWords(
    row_one="1 row",
    rows="{n} rows",
    took="in {n} ms",
    kept="in {n} ms, from an answer that was kept",
    data_version="data",
    no_rows="There is no row: nothing in the graph fits the query. That nothing is recorded does not mean that there "
    "is nothing.",
    views="Views of the answer",
    view_names={
        "table": "Table",
        "chart": "Bars",
        "map": "Map",
        "network": "Network",
        "timeline": "Timeline",
        "raw": "Raw",
    },
    downloads="Download",
    downloads_note="The whole answer:",
    more="Go on from here",
    who_says="Who says so? Add the claims, documents and lines",
    alone="The answer alone, for a page of your own",
    answer="Answer",
    cut="The answer was cut after {n} rows, as was asked for.",
    too_large="The answer is too large for a page. The downloads below have all of it; or ask for less, for instance "
    "with LIMIT.",
    table_cut="The first {shown} of {n} rows are shown. The downloads below have all of them.",
    raw_cut="The first {shown} of {n} characters are shown. The downloads below have all of them.",
    left="… and {n} more characters",
    sort_up="Sort by {name}, smallest first",
    sort_down="Sort by {name}, largest first",
    needs={
        "chart": "Bars need a column with numbers, and another that says what each number is for. For instance: "
        "SELECT ?country (COUNT(?city) AS ?n) … GROUP BY ?country",
        "map": "A map needs a place: a column with cities or other places that have coordinates here, with points as "
        "geo:wktLiteral, or two columns with numbers called ?lat and ?long.",
        "network": "A network needs two columns with things, which each row joins, or a CONSTRUCT whose answer joins "
        "things.",
        "timeline": "A timeline needs a column with dates, years, or dates and times (xsd:date, xsd:gYear, "
        "xsd:dateTime).",
    },
    no_column="The view is asked to show the column ?{name}, which the answer does not have. It has: {columns}.",
    no_such_view="The query asks for the view ‘{name}’, which there is not. There are: {known}.",
    too_much={
        "chart": "The answer would be {n} bars, and there is room for {most}. Ask for fewer, for instance with ORDER "
        "BY and LIMIT; the table and the downloads have all of them.",
        "map": "The answer has {n} places, and the map has room for {most}. Ask for fewer; the table and the "
        "downloads have all of them.",
        "network": "The answer joins {n} things, and the drawing has room for {most}. Ask for fewer, for instance "
        "with LIMIT; the table and the downloads have all of them.",
        "timeline": "The answer has {n} moments, and the timeline has room for {most}. Ask for fewer; the table and "
        "the downloads have all of them.",
    },
    nowhere="Rows without coordinates, which are not on the map: {n}.",
    undated="Rows without a year, which are not on the timeline: {n}.",
    captions={
        "chart": "The answer as bars, the longest first.",
        "map": "Where the answer is. The list below has the same places.",
        "network": "What the answer joins. The list below has the same.",
        "timeline": "The answer by year.",
    },
    place="Place",
    there="How much",
    coordinates="Latitude, longitude",
    from_thing="From",
    joined_by="Joined by",
    to_thing="To",
    credit="From {site}, version {version} of the data.",
    see_query="See the query, and take the data",
    not_shown="This answer cannot be shown.",
)

FR = ResultsWords(
    row_one="1 ligne",
    rows="{n} lignes",
    took="en {n} ms",
    kept="en {n} ms, d’une réponse conservée",
    data_version="données",
    no_rows="Il n’y a aucune ligne : rien dans le graphe ne correspond à la requête. Que rien ne soit enregistré ne "
    "veut pas dire qu’il n’y a rien.",
    views="Vues de la réponse",
    view_names={
        "table": "Tableau",
        "chart": "Barres",
        "map": "Carte",
        "network": "Réseau",
        "timeline": "Chronologie",
        "raw": "Brut",
    },
    downloads="Télécharger",
    downloads_note="Toute la réponse :",
    more="Aller plus loin",
    who_says="Qui le dit ? Ajouter les affirmations, documents et lignes",
    alone="La réponse seule, pour une page à vous",
    answer="Réponse",
    cut="La réponse a été coupée après {n} lignes, comme demandé.",
    too_large="La réponse est trop grande pour une page. Les téléchargements ci-dessous l’ont tout entière ; ou "
    "demandez moins, par exemple avec LIMIT.",
    table_cut="Les {shown} premières lignes sur {n} sont affichées. Les téléchargements ci-dessous les ont toutes.",
    raw_cut="Les {shown} premiers caractères sur {n} sont affichés. Les téléchargements ci-dessous les ont tous.",
    left="… et {n} caractères de plus",
    sort_up="Trier par {name}, du plus petit au plus grand",
    sort_down="Trier par {name}, du plus grand au plus petit",
    needs={
        "chart": "Des barres demandent une colonne de nombres, et une autre qui dit à quoi chaque nombre se "
        "rapporte. Par exemple : SELECT ?country (COUNT(?city) AS ?n) … GROUP BY ?country",
        "map": "Une carte demande un lieu : une colonne de villes ou d’autres lieux dont les coordonnées sont "
        "connues ici, de points en geo:wktLiteral, ou deux colonnes de nombres appelées ?lat et ?long.",
        "network": "Un réseau demande deux colonnes de choses, que chaque ligne relie, ou un CONSTRUCT dont la "
        "réponse relie des choses.",
        "timeline": "Une chronologie demande une colonne de dates, d’années, ou de dates et heures (xsd:date, "
        "xsd:gYear, xsd:dateTime).",
    },
    no_column="La vue doit montrer la colonne ?{name}, que la réponse n’a pas. Elle a : {columns}.",
    no_such_view="La requête demande la vue « {name} », qui n’existe pas. Il y a : {known}.",
    too_much={
        "chart": "La réponse ferait {n} barres, et il y a place pour {most}. Demandez-en moins, par exemple avec "
        "ORDER BY et LIMIT ; le tableau et les téléchargements les ont toutes.",
        "map": "La réponse a {n} lieux, et la carte a place pour {most}. Demandez-en moins ; le tableau et les "
        "téléchargements les ont tous.",
        "network": "La réponse relie {n} choses, et le dessin a place pour {most}. Demandez-en moins, par exemple "
        "avec LIMIT ; le tableau et les téléchargements les ont toutes.",
        "timeline": "La réponse a {n} moments, et la chronologie a place pour {most}. Demandez-en moins ; le tableau "
        "et les téléchargements les ont tous.",
    },
    nowhere="Lignes sans coordonnées, qui ne sont pas sur la carte : {n}.",
    undated="Lignes sans année, qui ne sont pas dans la chronologie : {n}.",
    captions={
        "chart": "La réponse en barres, la plus longue d’abord.",
        "map": "Où se trouve la réponse. La liste ci-dessous a les mêmes lieux.",
        "network": "Ce que la réponse relie. La liste ci-dessous dit la même chose.",
        "timeline": "La réponse par année.",
    },
    place="Lieu",
    there="Combien",
    coordinates="Latitude et longitude",
    from_thing="De",
    joined_by="Relié par",
    to_thing="À",
    credit="De {site}, version {version} des données.",
    see_query="Voir la requête et prendre les données",
    not_shown="Cette réponse ne peut pas être montrée.",
)

ES = ResultsWords(
    row_one="1 fila",
    rows="{n} filas",
    took="en {n} ms",
    kept="en {n} ms, de una respuesta guardada",
    data_version="datos",
    no_rows="No hay ninguna fila: nada en el grafo corresponde a la consulta. Que no conste nada no significa que no "
    "haya nada.",
    views="Vistas de la respuesta",
    view_names={
        "table": "Tabla",
        "chart": "Barras",
        "map": "Mapa",
        "network": "Red",
        "timeline": "Cronología",
        "raw": "En bruto",
    },
    downloads="Descargar",
    downloads_note="Toda la respuesta:",
    more="Seguir desde aquí",
    who_says="¿Quién lo dice? Añadir las afirmaciones, los documentos y las líneas",
    alone="La respuesta sola, para una página suya",
    answer="Respuesta",
    cut="La respuesta se cortó después de {n} filas, como se pidió.",
    too_large="La respuesta es demasiado grande para una página. Las descargas de abajo la tienen entera; o pida "
    "menos, por ejemplo con LIMIT.",
    table_cut="Se muestran las primeras {shown} de {n} filas. Las descargas de abajo las tienen todas.",
    raw_cut="Se muestran los primeros {shown} de {n} caracteres. Las descargas de abajo los tienen todos.",
    left="… y {n} caracteres más",
    sort_up="Ordenar por {name}, de menor a mayor",
    sort_down="Ordenar por {name}, de mayor a menor",
    needs={
        "chart": "Las barras necesitan una columna con números, y otra que diga de qué es cada número. Por ejemplo: "
        "SELECT ?country (COUNT(?city) AS ?n) … GROUP BY ?country",
        "map": "Un mapa necesita un lugar: una columna con ciudades u otros lugares que tengan coordenadas aquí, con "
        "puntos como geo:wktLiteral, o dos columnas con números llamadas ?lat y ?long.",
        "network": "Una red necesita dos columnas con cosas, que cada fila une, o un CONSTRUCT cuya respuesta una "
        "cosas.",
        "timeline": "Una cronología necesita una columna con fechas, años, o fechas y horas (xsd:date, xsd:gYear, "
        "xsd:dateTime).",
    },
    no_column="La vista debe mostrar la columna ?{name}, que la respuesta no tiene. Tiene: {columns}.",
    no_such_view="La consulta pide la vista «{name}», que no existe. Hay: {known}.",
    too_much={
        "chart": "La respuesta serían {n} barras, y hay sitio para {most}. Pida menos, por ejemplo con ORDER BY y "
        "LIMIT; la tabla y las descargas las tienen todas.",
        "map": "La respuesta tiene {n} lugares, y el mapa tiene sitio para {most}. Pida menos; la tabla y las "
        "descargas los tienen todos.",
        "network": "La respuesta une {n} cosas, y el dibujo tiene sitio para {most}. Pida menos, por ejemplo con "
        "LIMIT; la tabla y las descargas las tienen todas.",
        "timeline": "La respuesta tiene {n} momentos, y la cronología tiene sitio para {most}. Pida menos; la tabla "
        "y las descargas los tienen todos.",
    },
    nowhere="Filas sin coordenadas, que no están en el mapa: {n}.",
    undated="Filas sin año, que no están en la cronología: {n}.",
    captions={
        "chart": "La respuesta en barras, la más larga primero.",
        "map": "Dónde está la respuesta. La lista de abajo tiene los mismos lugares.",
        "network": "Lo que une la respuesta. La lista de abajo dice lo mismo.",
        "timeline": "La respuesta por años.",
    },
    place="Lugar",
    there="Cuánto",
    coordinates="Latitud, longitud",
    from_thing="De",
    joined_by="Unido por",
    to_thing="A",
    credit="De {site}, versión {version} de los datos.",
    see_query="Ver la consulta y llevarse los datos",
    not_shown="Esta respuesta no se puede mostrar.",
)
