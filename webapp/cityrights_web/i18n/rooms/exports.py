"""Words of answers that are taken away: workbooks and GeoJSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportsWords:
    """Words of answers that are taken away, in one language."""

    sheet_answer: str
    sheet_about: str
    about_title: str
    about_query: str
    about_rows: str
    about_rows_cut: str
    about_rows_part: str
    about_version: str
    about_date: str
    about_licence: str
    about_address: str
    about_note: str
    about_note_text: str
    about_cut: str
    about_cut_text: str
    book_too_large: str
    geojson_needs: str
    geojson_too_large: str


EN = ExportsWords(
    sheet_answer="Answer",
    sheet_about="About",
    about_title="Question",
    about_query="Query (SPARQL)",
    about_rows="Rows",
    about_rows_cut="{n}: the answer was cut there, as was asked for",
    about_rows_part="{n} of {total}: one page of the answer",
    about_version="Version of the data",
    about_date="Data as of",
    about_licence="Licence",
    about_address="Address",
    about_note="Note",
    about_note_text="Texts are texts, whatever they begin with. The languages of texts, and datatypes that a sheet "
    "does not have, stand in the other formats.",
    about_cut="Texts that were cut",
    about_cut_text="{n}: a cell holds 32,767 characters; the other formats have them whole",
    book_too_large="The answer is too large for a workbook: a sheet has {rows} rows at most, and {cells} cells are "
    "written here at most. Take it as CSV (format=csv), which has no such limit, or ask for less.",
    geojson_needs="Nothing in the answer has coordinates. GeoJSON needs a column with places that have coordinates "
    "here, with points as geo:wktLiteral, or two columns with numbers called ?lat and ?long.",
    geojson_too_large="The answer is too large for GeoJSON. Take it as CSV or JSON, or ask for less.",
)

FR = ExportsWords(
    sheet_answer="Réponse",
    sheet_about="À propos",
    about_title="Question posée",
    about_query="Requête (SPARQL)",
    about_rows="Lignes",
    about_rows_cut="{n} : la réponse a été coupée là, comme demandé",
    about_rows_part="{n} sur {total} : une page de la réponse",
    about_version="Version des données",
    about_date="Données du",
    about_licence="Licence des données",
    about_address="Adresse",
    about_note="Remarque",
    about_note_text="Les textes sont des textes, quel que soit leur début. Les langues des textes, et les types "
    "qu’une feuille n’a pas, se trouvent dans les autres formats.",
    about_cut="Textes coupés",
    about_cut_text="{n} : une cellule contient 32 767 caractères ; les autres formats les ont entiers",
    book_too_large="La réponse est trop grande pour un classeur : une feuille a {rows} lignes au plus, et on écrit "
    "ici {cells} cellules au plus. Prenez-la en CSV (format=csv), qui n’a pas cette limite, ou demandez moins.",
    geojson_needs="Rien dans la réponse n’a de coordonnées. GeoJSON demande une colonne de lieux dont les "
    "coordonnées sont connues ici, de points en geo:wktLiteral, ou deux colonnes de nombres appelées ?lat et ?long.",
    geojson_too_large="La réponse est trop grande pour GeoJSON. Prenez-la en CSV ou en JSON, ou demandez moins.",
)

ES = ExportsWords(
    sheet_answer="Respuesta",
    sheet_about="Acerca de",
    about_title="Pregunta",
    about_query="Consulta (SPARQL)",
    about_rows="Filas",
    about_rows_cut="{n}: la respuesta se cortó ahí, como se pidió",
    about_rows_part="{n} de {total}: una página de la respuesta",
    about_version="Versión de los datos",
    about_date="Datos del",
    about_licence="Licencia",
    about_address="Dirección",
    about_note="Nota",
    about_note_text="Los textos son textos, empiecen como empiecen. Los idiomas de los textos, y los tipos que una "
    "hoja no tiene, están en los otros formatos.",
    about_cut="Textos cortados",
    about_cut_text="{n}: una celda tiene sitio para 32 767 caracteres; los otros formatos los tienen enteros",
    book_too_large="La respuesta es demasiado grande para un libro: una hoja tiene como mucho {rows} filas, y aquí "
    "se escriben como mucho {cells} celdas. Llévesela como CSV (format=csv), que no tiene ese límite, o pida menos.",
    geojson_needs="Nada en la respuesta tiene coordenadas. GeoJSON necesita una columna con lugares que tengan "
    "coordenadas aquí, con puntos como geo:wktLiteral, o dos columnas con números llamadas ?lat y ?long.",
    geojson_too_large="La respuesta es demasiado grande para GeoJSON. Llévesela como CSV o JSON, o pida menos.",
)
