"""What is said of requests that ask for what there is not: what was expected, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultWords:
    """Sentences about parameters and addresses, in one language."""

    number: str
    one_of: str
    one_of_or_none: str
    only_or_none: str
    slug: str
    year: str
    many_values: str
    many_parameters: str
    long_parameter: str
    unknown_parameter: str
    nowhere: str
    long_text: str
    kind: str
    classes: str
    deep: str
    identifier: str
    past: str
    whole_graph: str
    connection: str
    view: str
    pointing: str


EN = FaultWords(
    number="'{name}' must be a number from 1.",
    one_of="'{name}' must be one of: {known}.",
    one_of_or_none="'{name}' must be one of: {known}; or left out.",
    only_or_none="'{name}' must be '{known}' or left out.",
    slug="'{name}' must be the last part of an address, such as 'housing', or '{unknown}'.",
    year="'{name}' must be a year, or '{unknown}'.",
    many_values="At most {n} values can be chosen at once.",
    many_parameters="The address has more than {n} parameters.",
    long_parameter="A parameter of the address is longer than {n} bytes.",
    unknown_parameter="This list has no parameter '{name}'. It is narrowed by: {known}.",
    nowhere="The things of this list are nowhere on a map.",
    long_text="The text to search for is longer than {n} characters. A few words find more.",
    kind="There is no such kind of thing. Leave 'kind' out, or choose one on the search page.",
    classes="'class' must be the addresses of at most {n} classes, or short names such as cr:City.",
    deep="The search shows its first {n} results. Add a word, or choose a kind.",
    identifier="No thing here has the {name} identifier “{value}”. It may have none in the graph.",
    past="The table has {n} pages.",
    whole_graph="Turtle has what the graph holds, which no filter changes. Leave the filter out.",
    connection="The address of a connection has one place or two, such as /connections/utrecht/lyon.",
    view="'view' must be 'network', of .json, or left out.",
    pointing="'by' must be the name of a property that points here: {known}.",
)

FR = FaultWords(
    number="« {name} » doit être un nombre à partir de 1.",
    one_of="« {name} » doit être l’une de ces valeurs : {known}.",
    one_of_or_none="« {name} » doit être l’une de ces valeurs : {known} ; ou manquer.",
    only_or_none="« {name} » doit être « {known} » ou manquer.",
    slug="« {name} » doit être la fin d’une adresse, comme « housing », ou « {unknown} ».",
    year="« {name} » doit être une année, ou « {unknown} ».",
    many_values="On peut choisir {n} valeurs au plus à la fois.",
    many_parameters="L’adresse a plus de {n} paramètres.",
    long_parameter="Un paramètre de l’adresse dépasse {n} octets.",
    unknown_parameter="Cette liste n’a pas de paramètre « {name} ». Elle se filtre par : {known}.",
    nowhere="Les choses de cette liste ne sont sur aucune carte.",
    long_text="Le texte à chercher a plus de {n} caractères. Quelques mots trouvent davantage.",
    kind="Il n’y a pas de chose de ce type. Omettez « kind », ou choisissez-en un sur la page de recherche.",
    classes="« class » doit donner les adresses de {n} classes au plus, ou des noms courts comme cr:City.",
    deep="La recherche montre ses {n} premiers résultats. Ajoutez un mot, ou choisissez un type.",
    identifier="Rien ici n’a l’identifiant {name} « {value} ». Le graphe n’en donne peut-être pas.",
    past="Le tableau a {n} pages.",
    whole_graph="Turtle donne ce que contient le graphe, qu’aucun filtre ne change. Omettez le filtre.",
    connection="L’adresse d’un lien nomme un lieu ou deux, comme /connections/utrecht/lyon.",
    view="« view » doit être « network », pour .json, ou manquer.",
    pointing="« by » doit nommer une propriété qui mène ici : {known}.",
)

ES = FaultWords(
    number="«{name}» debe ser un número desde 1.",
    one_of="«{name}» debe ser uno de estos valores: {known}.",
    one_of_or_none="«{name}» debe ser uno de estos valores: {known}; o faltar.",
    only_or_none="«{name}» debe ser «{known}» o faltar.",
    slug="«{name}» debe ser el final de una dirección, como «housing», o «{unknown}».",
    year="«{name}» debe ser un año, o «{unknown}».",
    many_values="Se pueden elegir como mucho {n} valores a la vez.",
    many_parameters="La dirección tiene más de {n} parámetros.",
    long_parameter="Un parámetro de la dirección supera los {n} bytes.",
    unknown_parameter="Esta lista no tiene el parámetro «{name}». Se filtra por: {known}.",
    nowhere="Las cosas de esta lista no están en ningún mapa.",
    long_text="El texto que se busca tiene más de {n} caracteres. Unas pocas palabras encuentran más.",
    kind="No hay cosas de ese tipo. Omita «kind», o elija uno en la página de búsqueda.",
    classes="«class» debe dar las direcciones de {n} clases como máximo, o nombres cortos como cr:City.",
    deep="La búsqueda muestra sus primeros {n} resultados. Añada una palabra, o elija un tipo.",
    identifier="Nada aquí tiene el identificador {name} «{value}». Puede que el grafo no lo dé.",
    past="La tabla tiene {n} páginas.",
    whole_graph="Turtle da lo que contiene el grafo, que ningún filtro cambia. Omita el filtro.",
    connection="La dirección de una conexión nombra un lugar o dos, como /connections/utrecht/lyon.",
    view="«view» debe ser «network», de .json, o faltar.",
    pointing="«by» debe nombrar una propiedad que lleva aquí: {known}.",
)
