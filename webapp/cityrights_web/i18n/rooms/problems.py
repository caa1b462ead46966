"""What each kind of error means and what may be done, for whoever does not read the details, which are in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EN: Final[Mapping[str, str]] = {
    "bad-request": "The request has something that cannot be read here. The details say what, and what was expected.",
    "not-found": "There is nothing at this address. It may be misspelt, or old.",
    "not-acceptable": "What is asked for does not come in this format. The answer lists those that there are.",
    "method-not-allowed": "This address can be read only. The Allow header lists the methods that it takes.",
    "unsupported-media-type": "The request's Content-Type is none of those that are understood here.",
    "too-large": "The request is larger than is taken here.",
    "too-long": "The address is too long. Send a long query by POST.",
    "headers-too-large": "The headers of the request are too long.",
    "wrong-host": "This server does not answer for the host that was asked.",
    "read-only": "Nothing can be changed here: updates are not taken.",
    "query-syntax": "The query is not SPARQL 1.1. Line and column say where it stops being so.",
    "unknown-prefix": "The query uses a prefix that it does not declare. The details have the line to add, "
    "where it is known.",
    "unknown-function": "The query calls a function that there is not.",
    "federation-off": "SERVICE is switched off: queries are answered from this data set alone.",
    "federation-refused": "SERVICE may only ask the endpoints that the service description lists, and as it says.",
    "vendor-extension": "The query has something that only some products know. Standard SPARQL has another way.",
    "query-too-complex": "The query is longer or nested deeper than is taken here. Ask in several queries.",
    "query-refused": "The query is SPARQL, and is not answered here. The details say why.",
    "query-unsupported": "The query asks for something that there is not here.",
    "answer-too-large": "The answer is larger than is sent at once. Add a LIMIT, ask for less, or download the data.",
    "query-timeout": "The query took too long and was stopped. Narrow it, add a LIMIT, or download the data.",
    "query-memory": "The query needed too much memory and was stopped. Sort, group or compare less at a time.",
    "quota-exceeded": "Many queries came from this address in a short time. Retry-After says when to go on.",
    "busy": "Everybody is asking just now. Try again in a moment.",
    "timeout": "The request did not come whole in time.",
    "http-version": "This version of HTTP is not spoken here.",
    "method-unknown": "There is no such method here.",
    "forbidden": "This is not open to everybody.",
    "gone": "This version of the data is no longer kept.",
    "no-snapshot": "What this address needs of the data is not there at the moment.",
    "store-unavailable": "The store behind this site does not answer at the moment. Try again later.",
    "no-coordinates": "Nothing in the answer is known to be anywhere, so that there is no map of it.",
    "no-evidence": "It cannot be told which documents back these rows. The details say why.",
    "internal": "Something went wrong on our side. It has been logged.",
}  # fmt: skip

FR: Final[Mapping[str, str]] = {
    "bad-request": "La demande contient quelque chose d’illisible ici. Les détails disent quoi, et ce qui "
    "était attendu.",
    "not-found": "Il n’y a rien à cette adresse. Elle est peut-être mal écrite, ou ancienne.",
    "not-acceptable": "Ce qui est demandé n’existe pas dans ce format. La réponse donne ceux qu’il y a.",
    "method-not-allowed": "Cette adresse ne peut qu’être lue. L’en-tête Allow donne les méthodes qu’elle accepte.",
    "unsupported-media-type": "Le Content-Type de la demande n’est pas de ceux que l’on comprend ici.",
    "too-large": "La demande est plus grande que ce qui est accepté ici.",
    "too-long": "L’adresse est trop longue. Envoyez une longue requête par POST.",
    "headers-too-large": "Les en-têtes de la demande sont trop longs.",
    "wrong-host": "Ce serveur ne répond pas pour l’hôte demandé.",
    "read-only": "Rien ne peut être modifié ici : les mises à jour sont refusées.",
    "query-syntax": "La requête n’est pas du SPARQL 1.1 valide. La ligne et la colonne disent où elle cesse de l’être.",
    "unknown-prefix": "La requête emploie un préfixe qu’elle ne déclare pas. Les détails donnent la ligne à "
    "ajouter, si elle est connue.",
    "unknown-function": "La requête appelle une fonction qui n’existe pas.",
    "federation-off": "SERVICE est désactivé : les requêtes n’interrogent que ces données.",
    "federation-refused": "SERVICE ne peut interroger que les points d’accès que donne la description du service, "
    "et aux conditions qu’elle indique.",
    "vendor-extension": "La requête contient ce que seuls certains produits connaissent. Le SPARQL standard "
    "offre un autre moyen.",
    "query-too-complex": "La requête est plus longue ou plus imbriquée que ce qui est accepté ici. Posez "
    "plusieurs requêtes.",
    "query-refused": "La requête est du SPARQL, mais elle n’est pas traitée ici. Les détails disent pourquoi.",
    "query-unsupported": "La requête demande quelque chose qui n’existe pas ici.",
    "answer-too-large": "La réponse est plus grande que ce qui est envoyé en une fois. Ajoutez un LIMIT, "
    "demandez moins, ou téléchargez les données.",
    "query-timeout": "La requête a pris trop de temps et a été arrêtée. Restreignez-la, ajoutez un LIMIT, ou "
    "téléchargez les données.",
    "query-memory": "La requête demandait trop de mémoire et a été arrêtée. Triez, groupez ou comparez moins "
    "de choses à la fois.",
    "quota-exceeded": "Beaucoup de requêtes sont venues de cette adresse en peu de temps. Retry-After dit "
    "quand reprendre.",
    "busy": "Tout le monde interroge en ce moment. Réessayez dans un instant.",
    "timeout": "La demande n’est pas arrivée entière à temps.",
    "http-version": "Cette version de HTTP n’est pas comprise ici.",
    "method-unknown": "Cette méthode n’existe pas ici.",
    "forbidden": "Ceci n’est pas ouvert à tous.",
    "gone": "Cette version des données n’est plus conservée.",
    "no-snapshot": "Ce dont cette adresse a besoin n’est pas disponible en ce moment.",
    "store-unavailable": "La base derrière ce site ne répond pas en ce moment. Réessayez plus tard.",
    "no-coordinates": "Rien dans la réponse n’a de lieu connu : il n’y a donc pas de carte.",
    "no-evidence": "On ne peut pas dire quels documents étayent ces lignes. Les détails disent pourquoi.",
    "internal": "Une erreur s’est produite de notre côté. Elle a été notée.",
}  # fmt: skip

ES: Final[Mapping[str, str]] = {
    "bad-request": "La petición tiene algo que aquí no se puede leer. Los detalles dicen qué, y qué se esperaba.",
    "not-found": "No hay nada en esta dirección. Puede estar mal escrita, o ser antigua.",
    "not-acceptable": "Lo que se pide no existe en este formato. La respuesta enumera los que hay.",
    "method-not-allowed": "Esta dirección solo se puede leer. La cabecera Allow enumera los métodos que admite.",
    "unsupported-media-type": "El Content-Type de la petición no es ninguno de los que aquí se entienden.",
    "too-large": "La petición es mayor de lo que aquí se admite.",
    "too-long": "La dirección es demasiado larga. Envíe una consulta larga por POST.",
    "headers-too-large": "Las cabeceras de la petición son demasiado largas.",
    "wrong-host": "Este servidor no responde por el host que se ha pedido.",
    "read-only": "Aquí no se puede cambiar nada: no se admiten actualizaciones.",
    "query-syntax": "La consulta no es SPARQL 1.1. La línea y la columna dicen dónde deja de serlo.",
    "unknown-prefix": "La consulta usa un prefijo que no declara. Los detalles dan la línea que falta, si se conoce.",
    "unknown-function": "La consulta llama a una función que no existe.",
    "federation-off": "SERVICE está desactivado: las consultas solo preguntan a estos datos.",
    "federation-refused": "SERVICE solo puede preguntar a los puntos de acceso de la descripción del "
    "servicio, y en las condiciones que esta indica.",
    "vendor-extension": "La consulta tiene algo que solo conocen algunos productos. El SPARQL estándar tiene "
    "otra manera de hacerlo.",
    "query-too-complex": "La consulta es más larga o está más anidada de lo que aquí se admite. Pregunte en "
    "varias consultas.",
    "query-refused": "La consulta es SPARQL, pero aquí no se responde. Los detalles dicen por qué.",
    "query-unsupported": "La consulta pide algo que aquí no existe.",
    "answer-too-large": "La respuesta es mayor de lo que se envía de una vez. Añada un LIMIT, pida menos, o "
    "descargue los datos.",
    "query-timeout": "La consulta tardó demasiado y se detuvo. Acótela, añada un LIMIT, o descargue los datos.",
    "query-memory": "La consulta necesitaba demasiada memoria y se detuvo. Ordene, agrupe o compare menos a la vez.",
    "quota-exceeded": "Han llegado muchas consultas desde esta dirección en poco tiempo. Retry-After dice "
    "cuándo seguir.",
    "busy": "Ahora mismo todo el mundo está preguntando. Inténtelo de nuevo en un momento.",
    "timeout": "La petición no llegó entera a tiempo.",
    "http-version": "Aquí no se habla esta versión de HTTP.",
    "method-unknown": "Aquí no existe ese método.",
    "forbidden": "Esto no está abierto a todos.",
    "gone": "Esta versión de los datos ya no se conserva.",
    "no-snapshot": "Lo que esta dirección necesita de los datos no está disponible en este momento.",
    "store-unavailable": "El almacén de este sitio no responde en este momento. Inténtelo más tarde.",
    "no-coordinates": "No se conoce la ubicación de nada de la respuesta, así que no hay mapa.",
    "no-evidence": "No se puede decir qué documentos respaldan estas filas. Los detalles dicen por qué.",
    "internal": "Algo ha fallado por nuestra parte. Ha quedado registrado.",
}  # fmt: skip
