"""Words of evidence that is added to a query: why it cannot be, and what has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProofWords:
    """Words of evidence that is added to a query, in one language."""

    refused: Mapping[str, str]
    passed: Mapping[str, str]
    needs: str


EN = ProofWords(
    refused={
        "select": "Only a SELECT has rows to which evidence can be added.",
        "dataset": "The query names its own graphs with FROM, so what else is said of its rows cannot be seen.",
        "groups": "The query counts or groups: its rows are no longer single statements, and no claim backs a sum. "
        "Ask for the things themselves, and their evidence can be added.",
        "limit": "The query is cut (LIMIT) and leaves out doubles (DISTINCT) without showing what its statements are "
        "about. Leave one of the two out, or show the things that it finds.",
        "claims": "The query is about claims already: they are the evidence.",
        "subquery": "The statements stand within a sub-SELECT, from which evidence cannot be taken out without "
        "changing the rows.",
        "nothing": "The query has no plain statement that a document could back: only names, paths of several steps, "
        "parts that may be absent, or values.",
        "unreadable": "The query is written in a way that evidence cannot be added to. Is it right? Run it first.",
    },
    passed={
        "optional": "what is OPTIONAL",
        "minus": "what is left out (MINUS)",
        "subquery": "what a sub-SELECT has",
        "group": "alternatives (UNION), and groups within groups",
        "graph": "what stands in a graph that the query names",
        "path": "paths of several steps",
        "blank": "statements about things without a name",
        "names": "names, for which editors answer",
    },
    needs="Send the query in the field ‘query’.",
)

FR = ProofWords(
    refused={
        "select": "Seul un SELECT a des lignes auxquelles on peut ajouter des preuves.",
        "dataset": "La requête nomme ses propres graphes avec FROM, si bien que ce qui est dit d’autre de ses lignes "
        "ne se voit pas.",
        "groups": "La requête compte ou regroupe : ses lignes ne sont plus des énoncés simples, et aucune "
        "affirmation n’appuie une somme. Demandez les choses elles-mêmes, et leurs preuves peuvent être ajoutées.",
        "limit": "La requête est coupée (LIMIT) et écarte les doublons (DISTINCT) sans montrer de quoi parlent ses "
        "énoncés. Laissez l’un des deux, ou montrez les choses trouvées.",
        "claims": "La requête porte déjà sur des affirmations : ce sont elles les preuves.",
        "subquery": "Les énoncés se trouvent dans un sous-SELECT, dont on ne peut tirer des preuves sans changer les "
        "lignes.",
        "nothing": "La requête n’a pas d’énoncé simple qu’un document puisse appuyer : seulement des noms, des "
        "chemins de plusieurs pas, des parties qui peuvent manquer, ou des valeurs.",
        "unreadable": "La requête est écrite d’une façon à laquelle on ne peut ajouter de preuves. Est-elle juste ? "
        "Exécutez-la d’abord.",
    },
    passed={
        "optional": "ce qui est OPTIONAL",
        "minus": "ce qui est écarté (MINUS)",
        "subquery": "ce qu’a un sous-SELECT",
        "group": "les alternatives (UNION) et les groupes dans des groupes",
        "graph": "ce qui se trouve dans un graphe que la requête nomme",
        "path": "les chemins de plusieurs pas",
        "blank": "les énoncés sur des choses sans nom",
        "names": "les noms, dont répondent les éditeurs",
    },
    needs="Envoyez la requête dans le champ « query ».",
)

ES = ProofWords(
    refused={
        "select": "Solo un SELECT tiene filas a las que se pueden añadir pruebas.",
        "dataset": "La consulta nombra sus propios grafos con FROM, así que no se ve qué más se dice de sus filas.",
        "groups": "La consulta cuenta o agrupa: sus filas ya no son enunciados sueltos, y ninguna afirmación "
        "respalda una suma. Pida las cosas mismas, y se pueden añadir sus pruebas.",
        "limit": "La consulta se corta (LIMIT) y quita los repetidos (DISTINCT) sin mostrar de qué tratan sus "
        "enunciados. Deje uno de los dos, o muestre las cosas que encuentra.",
        "claims": "La consulta ya trata de afirmaciones: ellas son las pruebas.",
        "subquery": "Los enunciados están dentro de un sub-SELECT, del que no se pueden sacar pruebas sin cambiar "
        "las filas.",
        "nothing": "La consulta no tiene ningún enunciado simple que un documento pueda respaldar: solo nombres, "
        "caminos de varios pasos, partes que pueden faltar, o valores.",
        "unreadable": "La consulta está escrita de un modo al que no se pueden añadir pruebas. ¿Es correcta? "
        "Ejecútela primero.",
    },
    passed={
        "optional": "lo que es OPTIONAL",
        "minus": "lo que se quita (MINUS)",
        "subquery": "lo que tiene un sub-SELECT",
        "group": "alternativas (UNION) y grupos dentro de grupos",
        "graph": "lo que está en un grafo que la consulta nombra",
        "path": "caminos de varios pasos",
        "blank": "enunciados sobre cosas sin nombre",
        "names": "nombres, de los que responden los editores",
    },
    needs="Envíe la consulta en el campo «query».",
)
