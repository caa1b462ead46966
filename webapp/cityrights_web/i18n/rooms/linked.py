"""Words of the pages for those who program: vocabulary, downloads, conformance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkedWords:
    """Words of the pages for those who program: vocabulary, downloads, conformance, in one language."""

    conformance_title: str
    conformance_lead: str
    conformance_passed: str
    conformance_check: str
    conformance_request: str
    conformance_expected: str
    conformance_got: str
    conformance_result: str
    conformance_yes: str
    conformance_no: str
    conformance_more: str
    download_verify_title: str
    download_verify: str
    download_which_title: str
    download_kinds: Mapping[str, str]
    download_what: str
    download_numbers: str
    download_dated: str
    download_versions_title: str
    download_versions: str
    download_description: str
    ontology_diagram: str
    ontology_diagram_note: str
    ontology_hierarchy: str
    ontology_contents: str
    ontology_domain: str
    ontology_range: str
    ontology_super: str
    ontology_inverse: str
    ontology_see: str
    ontology_disjoint: str
    ontology_features: str
    ontology_used: str
    ontology_unused: str
    ontology_ten: str
    ontology_example: str
    ontology_schemes: str
    ontology_schemes_lead: str
    ontology_shapes: str
    ontology_shapes_lead: str
    ontology_rules: str
    ontology_version: str
    ontology_context: str
    not_found_near: str


EN = LinkedWords(
    conformance_title="Conformance",
    conformance_lead="This site checks itself by the rules of linked data: each line is a request "
    "that was really made just now for this version of the data, what the rule asks "
    "for, and what came back.",
    conformance_passed="{passed} of {total} checks passed.",
    conformance_check="Rule",
    conformance_request="Request",
    conformance_expected="Expected",
    conformance_got="Got",
    conformance_result="Result",
    conformance_yes="passed",
    conformance_no="failed",
    conformance_more="The SPARQL endpoint is measured against the test suites of the W3C; "
    "docs/conformance.md in the source code states the figures, and the project’s "
    "tests hold it to them.",
    download_verify_title="How to verify a file",
    download_verify="Compare the SHA-256 of what you have with the one in the table. The file’s ETag "
    "is the same hash, so a program can ask whether it has the newest without "
    "downloading it.",
    download_which_title="Which file to take",
    download_kinds={
        "cityrights.nq": "Every statement with the graph that says so, one on each line. The form that the "
        "version is the hash of.",
        "cityrights.trig": "The same, grouped by graph and short to read.",
        "cityrights.nt": "All statements, each once, without who says so.",
        "cityrights.ttl": "The same without who says so, short to read.",
        "cityrights.jsonld": "Every statement with its graph, for those who work in JSON.",
        "void.ttl": "The description of the dataset (DCAT and VoID), with its statistics.",
    },
    download_what="What it is",
    download_numbers="{quads} statements in {graphs} named graphs; {triples} without repetition.",
    download_dated="Dated {date}.",
    download_versions_title="Earlier versions",
    download_versions="These files are of the present version. A cited answer of an earlier one is given as it was for "
    "as long as that version is kept here. Each version is named by its content: whoever has the source code at "
    "an earlier date can build it again, byte for byte. To cite the graph, give its version.",
    download_description="The description of the dataset for catalogues (DCAT, VoID)",
    ontology_diagram="How the main classes hang together",
    ontology_diagram_note="The same is told in words under each property, as “of” and “to”. A dashed line "
    "leads to the more general class.",
    ontology_hierarchy="Classes, from general to special",
    ontology_contents="On this page",
    ontology_domain="of",
    ontology_range="to",
    ontology_super="narrower than",
    ontology_inverse="opposite of",
    ontology_see="see also",
    ontology_disjoint="never also",
    ontology_features="kind",
    ontology_used="{n} in the graph",
    ontology_unused="not used in the graph yet",
    ontology_ten="show ten",
    ontology_example="example",
    ontology_schemes="Lists of concepts",
    ontology_schemes_lead="Themes, kinds and other lists are concepts (SKOS), so that new ones need no new class.",
    ontology_shapes="What must hold",
    ontology_shapes_lead="Rules (SHACL) that every build checks; data that break one are not published. "
    "The messages say how to repair.",
    ontology_rules="{n} rules",
    ontology_version="Version {version}",
    ontology_context="JSON-LD context",
    not_found_near="Did you mean:",
)


FR = LinkedWords(
    conformance_title="Conformité",
    conformance_lead="Ce site se vérifie lui-même selon les règles des données liées : chaque ligne "
    "est une requête réellement faite pour cette version des données, ce que la "
    "règle demande, et ce qui est revenu.",
    conformance_passed="{passed} contrôles réussis sur {total}.",
    conformance_check="Règle",
    conformance_request="Requête",
    conformance_expected="Attendu",
    conformance_got="Reçu",
    conformance_result="Résultat",
    conformance_yes="réussi",
    conformance_no="échoué",
    conformance_more="Le point d’accès SPARQL est mesuré aux suites de tests du W3C ; "
    "docs/conformance.md, dans le code source, en donne les chiffres, que les tests "
    "du projet vérifient.",
    download_verify_title="Comment vérifier un fichier",
    download_verify="Comparez l’empreinte SHA-256 de ce que vous avez à celle du tableau. L’ETag du "
    "fichier est la même empreinte : un programme peut demander s’il a la dernière "
    "version sans la télécharger.",
    download_which_title="Quel fichier prendre",
    download_kinds={
        "cityrights.nq": "Chaque énoncé avec le graphe qui l’affirme, un par ligne. La version est l’empreinte de "
        "cette forme.",
        "cityrights.trig": "La même chose, groupée par graphe et lisible.",
        "cityrights.nt": "Tous les énoncés, une fois chacun, sans dire qui les affirme.",
        "cityrights.ttl": "De même sans dire qui les affirme, lisible.",
        "cityrights.jsonld": "Chaque énoncé avec son graphe, pour qui travaille en JSON.",
        "void.ttl": "La description du jeu de données (DCAT et VoID), avec ses statistiques.",
    },
    download_what="Ce que c’est",
    download_numbers="{quads} énoncés dans {graphs} graphes nommés ; {triples} sans répétition.",
    download_dated="Daté du {date}.",
    download_versions_title="Versions précédentes",
    download_versions="Ces fichiers sont ceux de la version actuelle. Une réponse citée d’une version antérieure est "
    "donnée telle qu’elle était, tant que cette version est conservée ici. Chaque version est nommée par son contenu : "
    "qui possède le code source à une date antérieure peut la reconstruire, octet pour octet. Pour citer le graphe, "
    "donnez sa version.",
    download_description="La description du jeu de données pour les catalogues (DCAT, VoID)",
    ontology_diagram="Comment les classes principales se tiennent",
    ontology_diagram_note="La même chose est dite en mots sous chaque propriété, après « de » et « vers ». "
    "Un trait discontinu mène à la classe plus générale.",
    ontology_hierarchy="Les classes, du général au particulier",
    ontology_contents="Sur cette page",
    ontology_domain="de",
    ontology_range="vers",
    ontology_super="plus étroit que",
    ontology_inverse="inverse de",
    ontology_see="voir aussi",
    ontology_disjoint="jamais aussi",
    ontology_features="nature",
    ontology_used="{n} dans le graphe",
    ontology_unused="pas encore employé dans le graphe",
    ontology_ten="en voir dix",
    ontology_example="exemple",
    ontology_schemes="Listes de concepts",
    ontology_schemes_lead="Thèmes, types et autres listes sont des concepts (SKOS) : en ajouter ne demande "
    "pas de classe nouvelle.",
    ontology_shapes="Ce qui doit être vrai",
    ontology_shapes_lead="Des règles (SHACL) que chaque construction vérifie ; des données qui en "
    "enfreignent une ne sont pas publiées. Les messages disent comment réparer.",
    ontology_rules="{n} règles",
    ontology_version="Version {version} de l’ontologie",
    ontology_context="Contexte JSON-LD",
    not_found_near="Vouliez-vous dire :",
)


ES = LinkedWords(
    conformance_title="Conformidad",
    conformance_lead="Este sitio se comprueba a sí mismo según las reglas de los datos enlazados: "
    "cada línea es una petición hecha de verdad para esta versión de los datos, lo "
    "que pide la regla y lo que llegó.",
    conformance_passed="{passed} de {total} comprobaciones superadas.",
    conformance_check="Regla",
    conformance_request="Petición",
    conformance_expected="Se espera",
    conformance_got="Recibido",
    conformance_result="Resultado",
    conformance_yes="superada",
    conformance_no="fallida",
    conformance_more="El punto de acceso SPARQL se mide con las baterías de pruebas del W3C; "
    "docs/conformance.md, en el código fuente, da las cifras, y las pruebas del "
    "proyecto las comprueban.",
    download_verify_title="Cómo verificar un archivo",
    download_verify="Compare el SHA-256 de lo que tiene con el de la tabla. El ETag del archivo es "
    "el mismo resumen: un programa puede preguntar si tiene lo último sin "
    "descargarlo.",
    download_which_title="Qué archivo elegir",
    download_kinds={
        "cityrights.nq": "Cada enunciado con el grafo que lo afirma, uno por línea. La versión es el resumen de "
        "esta forma.",
        "cityrights.trig": "Lo mismo, agrupado por grafo y legible.",
        "cityrights.nt": "Todos los enunciados, una vez cada uno, sin decir quién los afirma.",
        "cityrights.ttl": "Igual, sin decir quién los afirma, y legible.",
        "cityrights.jsonld": "Cada enunciado con su grafo, para quien trabaja en JSON.",
        "void.ttl": "La descripción del conjunto de datos (DCAT y VoID), con sus estadísticas.",
    },
    download_what="Qué es",
    download_numbers="{quads} enunciados en {graphs} grafos con nombre; {triples} sin repetición.",
    download_dated="Con fecha de {date}.",
    download_versions_title="Versiones anteriores",
    download_versions="Estos archivos son los de la versión actual. Una respuesta citada de una versión anterior se da "
    "tal como era mientras esa versión se conserve aquí. Cada versión se nombra por su contenido: quien tenga el "
    "código fuente de una fecha anterior puede reconstruirla, byte a byte. Para citar el grafo, indique su versión.",
    download_description="La descripción del conjunto de datos para catálogos (DCAT, VoID)",
    ontology_diagram="Cómo se relacionan las clases principales",
    ontology_diagram_note="Lo mismo se dice con palabras en cada propiedad, tras «de» y «a». Una línea "
    "discontinua lleva a la clase más general.",
    ontology_hierarchy="Las clases, de lo general a lo particular",
    ontology_contents="En esta página",
    ontology_domain="de",
    ontology_range="a",
    ontology_super="más estrecho que",
    ontology_inverse="inverso de",
    ontology_see="véase también",
    ontology_disjoint="nunca también",
    ontology_features="naturaleza",
    ontology_used="{n} en el grafo",
    ontology_unused="aún no se usa en el grafo",
    ontology_ten="ver diez",
    ontology_example="ejemplo",
    ontology_schemes="Listas de conceptos",
    ontology_schemes_lead="Temas, tipos y otras listas son conceptos (SKOS): añadir uno no exige una clase nueva.",
    ontology_shapes="Lo que debe cumplirse",
    ontology_shapes_lead="Reglas (SHACL) que se comprueban en cada construcción; los datos que incumplen "
    "una no se publican. Los mensajes dicen cómo repararlo.",
    ontology_rules="{n} reglas",
    ontology_version="Versión {version}",
    ontology_context="Contexto JSON-LD",
    not_found_near="Quizá quería decir:",
)
