"""How a condition of the builder holds, and what can be wrong with a question, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Language → kind of value → how a condition holds.
HOWS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "en": {
        "thing": {"is": "is", "not": "is not", "any": "is known", "none": "is not known", "whose": "is one whose …"},
        "code": {"is": "is", "not": "is not", "any": "is known", "none": "is not known"},
        "text": {"is": "contains", "not": "does not contain", "any": "is there", "none": "is missing"},
        "number": {"is": "is between", "not": "is not between", "any": "is known", "none": "is not known"},
        "date": {"is": "is between", "not": "is not between", "any": "is known", "none": "is not known"},
        "other": {"any": "is there", "none": "is missing"},
    },
    "fr": {
        "thing": {
            "is": "est",
            "not": "n’est pas",
            "any": "existe",
            "none": "manque",
            "whose": "a à son tour …",
        },
        "code": {"is": "est", "not": "n’est pas", "any": "existe", "none": "manque"},
        "text": {"is": "contient", "not": "ne contient pas", "any": "existe", "none": "manque"},
        "number": {
            "is": "est entre",
            "not": "n’est pas entre",
            "any": "existe",
            "none": "manque",
        },
        "date": {"is": "est entre", "not": "n’est pas entre", "any": "existe", "none": "manque"},
        "other": {"any": "existe", "none": "manque"},
    },
    "es": {
        "thing": {
            "is": "es",
            "not": "no es",
            "any": "se conoce",
            "none": "no se conoce",
            "whose": "tiene a su vez …",
        },
        "code": {"is": "es", "not": "no es", "any": "se conoce", "none": "no se conoce"},
        "text": {"is": "contiene", "not": "no contiene", "any": "está", "none": "falta"},
        "number": {"is": "está entre", "not": "no está entre", "any": "se conoce", "none": "no se conoce"},
        "date": {"is": "está entre", "not": "no está entre", "any": "se conoce", "none": "no se conoce"},
        "other": {"any": "está", "none": "falta"},
    },
}

#: The same of what points to a thing: it is in the plural.
HOWS_BACK: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "is": "include",
        "not": "do not include",
        "any": "exist",
        "none": "do not exist",
        "whose": "include one whose …",
    },
    "fr": {
        "is": "comptent",
        "not": "ne comptent pas",
        "any": "existent",
        "none": "n’existent pas",
        "whose": "ont à leur tour …",
    },
    "es": {
        "is": "incluyen",
        "not": "no incluyen",
        "any": "existen",
        "none": "no existen",
        "whose": "tienen a su vez …",
    },
}

#: Language → kind of fault → what is wrong, and what to do.
FAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "class": "There is no kind of thing called ‘{value}’ here. Choose one from the list.",
        "property": "Nothing is recorded under ‘{value}’ for what you are looking for. It was left out; choose "
        "another.",
        "deep": "A condition can go over {value} steps at most. It was left out.",
        "how": "A condition cannot hold by ‘{value}’. It was read as ‘is’.",
        "value": "‘{value}’ is not known here, or several things have this name. Choose from the list, or write the "
        "exact name.",
        "number": "‘{value}’ is no number. Write it in digits, such as 1500 or 0.5.",
        "year": "‘{value}’ is no year. Write it in digits, such as 2015.",
        "order": "The upper end, {value}, lies below the lower one. Turn them round.",
        "long": "A value has {value} characters at most. Write less.",
        "control": "The value holds characters that cannot be read. Type it anew.",
        "conditions": "A question has {value} conditions at most. Remove one to add another.",
        "values": "A condition has {value} values at most. Leave some out.",
        "columns": "The table has {value} columns at most. Untick some.",
        "sort": "The rows cannot be put in the order of ‘{value}’. Choose from the list.",
        "limit": "‘{value}’ is no number of rows. Write a whole number from 1 to 100000.",
    },
    "fr": {
        "class": "Il n’y a rien ici du type «\u202f{value}\u202f». Choisissez dans la liste.",
        "property": "Rien n’est enregistré sous «\u202f{value}\u202f» pour ce que vous cherchez. La condition a été "
        "laissée de côté\u202f; choisissez-en une autre.",
        "deep": "Une condition va sur {value} pas au plus. Elle a été laissée de côté.",
        "how": "Une condition ne peut pas tenir par «\u202f{value}\u202f». Elle a été lue comme «\u202fest\u202f».",
        "value": "«\u202f{value}\u202f» n’est pas connu ici, ou plusieurs choses portent ce nom. Choisissez dans la "
        "liste, ou écrivez le nom exact.",
        "number": "«\u202f{value}\u202f» n’est pas un nombre. Écrivez-le en chiffres, par exemple 1500 ou 0.5.",
        "year": "«\u202f{value}\u202f» n’est pas une année. Écrivez-la en chiffres, par exemple 2015.",
        "order": "La borne supérieure, {value}, est plus petite que l’inférieure. Inversez-les.",
        "long": "Une valeur a {value} caractères au plus. Écrivez moins.",
        "control": "La valeur contient des caractères illisibles. Saisissez-la de nouveau.",
        "conditions": "Une question a {value} conditions au plus. Retirez-en une pour en ajouter une autre.",
        "values": "Une condition a {value} valeurs au plus. Laissez-en de côté.",
        "columns": "Le tableau a {value} colonnes au plus. Décochez-en.",
        "sort": "Les lignes ne peuvent pas suivre l’ordre de «\u202f{value}\u202f». Choisissez dans la liste.",
        "limit": "«\u202f{value}\u202f» n’est pas un nombre de lignes. Écrivez un nombre entier de 1 à 100000.",
    },
    "es": {
        "class": "Aquí no hay nada del tipo «{value}». Elija de la lista.",
        "property": "No hay nada registrado como «{value}» para lo que busca. Se dejó fuera; elija otra cosa.",
        "deep": "Una condición sigue como máximo {value} pasos. Se dejó fuera.",
        "how": "Una condición no puede cumplirse por «{value}». Se leyó como «es».",
        "value": "«{value}» no se conoce aquí, o varias cosas llevan ese nombre. Elija de la lista o escriba el nombre "
        "exacto.",
        "number": "«{value}» no es un número. Escríbalo en cifras, por ejemplo 1500 o 0.5.",
        "year": "«{value}» no es un año. Escríbalo en cifras, por ejemplo 2015.",
        "order": "El extremo superior, {value}, queda por debajo del inferior. Inviértalos.",
        "long": "Un valor tiene como máximo {value} caracteres. Escriba menos.",
        "control": "El valor contiene caracteres que no se pueden leer. Escríbalo de nuevo.",
        "conditions": "Una pregunta tiene como máximo {value} condiciones. Quite una para añadir otra.",
        "values": "Una condición tiene como máximo {value} valores. Deje fuera algunos.",
        "columns": "La tabla tiene como máximo {value} columnas. Desmarque algunas.",
        "sort": "Las filas no se pueden ordenar por «{value}». Elija de la lista.",
        "limit": "«{value}» no es un número de filas. Escriba un número entero de 1 a 100000.",
    },
}
