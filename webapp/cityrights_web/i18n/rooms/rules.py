"""The names of the rules that the site checks itself by, by their English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FR: Final[Mapping[str, str]] = {
    "A name leads a browser to a page": "Un nom mène un navigateur à une page",
    "A name leads to {of}": "Un nom mène à {of}",
    "The weights of Accept decide": "Les poids de l’en-tête Accept décident",
    "A weight of 0 refuses": "Un poids de 0 refuse",
    "A charset that is sent fits": "Un charset envoyé ne dérange pas",
    "A name honours Accept-Language": "Un nom tient compte d’Accept-Language",
    "What is not offered is refused with what is": "Ce qui n’existe pas est refusé, avec ce qui existe",
    "Vary tells what chose the answer": "Vary dit ce qui a décidé de la réponse",
    "The data come as {of}": "Les données existent en {of}",
    "A page names its data": "Une page nomme ses données",
    "Data name their thing and licence": "Les données nomment leur objet et leur licence",
    "Quads bring their evidence": "Les quads apportent leurs preuves",
    "HEAD has the header and no body": "HEAD a l’en-tête et pas de corps",
    "What one has already is not sent again": "Ce que l’on a déjà n’est pas renvoyé",
    "Scripts may ask first": "Les scripts peuvent demander d’abord",
    "What is unknown is 404 for programs too": "L’inconnu est un 404 pour les programmes aussi",
    "Only reading is allowed": "Seule la lecture est permise",
    "The endpoint answers": "Le point d’accès répond",
    "The endpoint describes itself": "Le point d’accès se décrit lui-même",
    "The dataset is described where VoID looks": "Les données sont décrites là où VoID les cherche",
    "The description is VoID and DCAT": "La description est en VoID et en DCAT",
    "The ontology is one document": "L’ontologie est un seul document",
    "The JSON-LD context is open to all": "Le contexte JSON-LD est ouvert à tous",
    "Crawlers find {of}": "Les robots trouvent {of}",
}

ES: Final[Mapping[str, str]] = {
    "A name leads a browser to a page": "Un nombre lleva al navegador a una página",
    "A name leads to {of}": "Un nombre lleva a {of}",
    "The weights of Accept decide": "Deciden los pesos de la cabecera Accept",
    "A weight of 0 refuses": "Un peso de 0 rechaza",
    "A charset that is sent fits": "Un charset enviado no estorba",
    "A name honours Accept-Language": "Un nombre respeta Accept-Language",
    "What is not offered is refused with what is": "Lo que no hay se rechaza, con lo que sí hay",
    "Vary tells what chose the answer": "Vary dice qué decidió la respuesta",
    "The data come as {of}": "Los datos existen en {of}",
    "A page names its data": "Una página nombra sus datos",
    "Data name their thing and licence": "Los datos nombran su objeto y su licencia",
    "Quads bring their evidence": "Los quads traen sus pruebas",
    "HEAD has the header and no body": "HEAD tiene la cabecera y no el cuerpo",
    "What one has already is not sent again": "Lo que ya se tiene no se vuelve a enviar",
    "Scripts may ask first": "Los scripts pueden preguntar antes",
    "What is unknown is 404 for programs too": "Lo desconocido es un 404 también para los programas",
    "Only reading is allowed": "Solo se permite leer",
    "The endpoint answers": "El punto de acceso responde",
    "The endpoint describes itself": "El punto de acceso se describe a sí mismo",
    "The dataset is described where VoID looks": "Los datos están descritos donde VoID los busca",
    "The description is VoID and DCAT": "La descripción está en VoID y en DCAT",
    "The ontology is one document": "La ontología es un solo documento",
    "The JSON-LD context is open to all": "El contexto JSON-LD está abierto a todos",
    "Crawlers find {of}": "Los rastreadores encuentran {of}",
}

EN: Final[Mapping[str, str]] = {name: name for name in FR}
