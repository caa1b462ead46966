"""Words of a site that serves the data of somebody else: what they say of themselves, and what serves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ForeignWords:
    """Words around other people's data; none of them says what these are about."""

    data_set: str
    search_label: str
    lead: str
    served_by: str
    software: str
    licence: str
    licence_title: str
    no_licence: str
    publisher: str
    creator: str
    address: str
    numbers: str
    statements: str
    graphs: str
    ways: str
    cite: str


EN: Final = ForeignWords(
    data_set="Data set",
    search_label="Search",
    lead="This site shows a data set as its files have it. What it says is the responsibility of those who made it.",
    served_by="Served by cityrights",
    software="The software that serves it is called cityrights and is under the MIT licence.",
    licence="Data: {licence}",
    licence_title="Licence",
    no_licence="The data do not say under which licence they are.",
    publisher="Publisher",
    creator="Made by",
    address="Identifier",
    numbers="How much there is",
    statements="statements",
    graphs="named graphs",
    ways="Ways into the data",
    cite="{name}, version {version}",
)
FR: Final = ForeignWords(
    data_set="Jeu de données",
    search_label="Rechercher",
    lead="Ce site montre un jeu de données tel que ses fichiers le donnent. Ce qu’il dit relève de ses auteurs.",
    served_by="Servi par cityrights",
    software="Le logiciel qui le sert s’appelle cityrights et est sous licence MIT.",
    licence="Données : {licence}",
    licence_title="Licence",
    no_licence="Les données ne disent pas sous quelle licence elles sont.",
    publisher="Éditeur",
    creator="Auteur",
    address="Identifiant",
    numbers="Combien il y en a",
    statements="énoncés",
    graphs="graphes nommés",
    ways="Accéder aux données",
    cite="{name}, version {version}",
)
ES: Final = ForeignWords(
    data_set="Conjunto de datos",
    search_label="Buscar",
    lead="Este sitio muestra un conjunto de datos tal como lo dan sus archivos. De lo que dice responden sus autores.",
    served_by="Servido por cityrights",
    software="El software que lo sirve se llama cityrights y tiene licencia MIT.",
    licence="Datos: {licence}",
    licence_title="Licencia",
    no_licence="Los datos no dicen bajo qué licencia están.",
    publisher="Editor",
    creator="Autor",
    address="Identificador",
    numbers="Cuánto hay",
    statements="enunciados",
    graphs="grafos con nombre",
    ways="Acceso a los datos",
    cite="{name}, versión {version}",
)
