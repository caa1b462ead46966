"""Words of what this is, accessibility, privacy, corrections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AboutWords:
    """Words of what this is, accessibility, privacy, corrections, in one language."""

    who_title: str
    who: str
    method_title: str
    method: tuple[str, ...]
    limits_title: str
    limits: str
    licence_title: str
    licence: str
    cite_title: str
    cite: str
    more_title: str
    problem_lead: str
    accessibility_title: str
    accessibility_lead: str
    accessibility_does_title: str
    accessibility_does: tuple[str, ...]
    accessibility_not_title: str
    accessibility_not: tuple[str, ...]
    report_title: str
    report: str
    contact_known: str
    contact_unknown: str
    privacy_title: str
    privacy_lead: str
    privacy_log_title: str
    privacy_log_on: str
    privacy_log_off: str
    privacy_queries: str
    privacy_memory_title: str
    privacy_memory: str
    privacy_proxy: str
    privacy_people_title: str
    privacy_people: str
    corrections_title: str
    corrections_lead: str
    corrections_about: str
    corrections_unknown: str
    corrections_where_title: str
    corrections_text_title: str
    corrections_text: str
    corrections_mail: str
    corrections_how_title: str
    corrections_how: tuple[str, ...]
    corrections_name_title: str
    corrections_name: str
    corrections_ask_title: str
    corrections_ask: str


EN = AboutWords(
    who_title="Who it is for",
    who="For people in city halls who look for others who have done it, for "
    "organisations and researchers who want to check and count, and for programs.",
    method_title="How it is made",
    method=(
        "Somebody reads a document and writes, in their own words, one sentence for each thing that "
        "it says. That sentence is a claim: it has a number, the document, the lines, and how firmly "
        "the document says it.",
        "Where the document asserts a fact, the claim also states it in a form that can be searched "
        "and counted. Every fact keeps the link to its claim, so you can go from any statement to "
        "the lines behind it.",
        "What no document says is kept apart: coordinates and identifiers from other datasets, "
        "themes that an editor assigned, and what rules compute from the rest. Each statement tells "
        "which of these it is.",
        "Every change is checked by rules before it is published; data that break one are not published.",
    ),
    limits_title="What it is not",
    limits="It is not a ranking and not a complete record: it knows what its documents say.",
    licence_title="Use it",
    licence="You may use the data for any purpose if you say where they come from (CC BY "
    "4.0). Some parts come from GeoNames and INSEE, whose licences ask for the same; "
    "each statement names its origin. The documents themselves remain their "
    "publisher’s and are not reproduced here. The code is under the MIT licence.",
    cite_title="How to cite it",
    cite="cityrights: local human rights practices as linked data, version {version}, "
    "https://w3id.org/cityrights/dataset",
    more_title="About this site",
    problem_lead="Errors name their kind with one of these words, so that a program can tell them apart.",
    accessibility_title="Accessibility",
    accessibility_lead="This site is made to conform to the Web Content Accessibility Guidelines (WCAG) "
    "2.2 at level AA. That is our own assessment; nobody independent has audited it.",
    accessibility_does_title="What is done for it",
    accessibility_does=(
        "Every page is complete without scripts, maps or drawings; each map or drawing has a list with the same links.",
        "Everything can be reached and used with the keyboard, and one sees where one is.",
        "Light and dark colours follow the setting of your device, with contrast of at least 4.5 to 1 for text.",
        "Pages can be enlarged and narrowed to the width of a phone; wide tables scroll by themselves.",
        "Headings, lists, tables and languages are marked for screen readers; a name in another "
        "language than the page says so.",
    ),
    accessibility_not_title="What is not good enough yet",
    accessibility_not=(
        "The sentences of claims are written in English only, on the French and Spanish pages too; "
        "they are marked as English.",
        "The tables of “What the sources do not say” are large; their data can be had as CSV and JSON.",
        "It was tested with Chromium and with automatic checks, not by people who use screen readers every day.",
    ),
    report_title="Something does not work for you?",
    report="Tell us the address of the page, what you wanted to do, and with which program. {contact}",
    contact_known="Write to:",
    contact_unknown="Open an issue where this project’s source code is kept, or write to whoever runs this site.",
    privacy_title="Privacy",
    privacy_lead="This site sets no cookies, keeps nothing in your browser, loads nothing from "
    "elsewhere and does not follow you.",
    privacy_log_title="What the log holds",
    privacy_log_on="For each request one line: the time, a random number, the method, the path "
    "without what follows the question mark, the status, the duration, the size, how "
    "it ended, and for a query a hash of it. No address of yours, no browser, no "
    "name.",
    privacy_log_off="This server keeps no log of requests.",
    privacy_queries="On this server the log also holds the text of SPARQL queries.",
    privacy_memory_title="What is held in memory",
    privacy_memory="So that nobody takes all the time of the server, it counts how many seconds the "
    "queries of each network address take. That count stands in memory only, is "
    "written nowhere, and is gone when the server restarts or others need the space.",
    privacy_proxy="A machine in front of this server may keep a log of its own; only whoever runs it can say.",
    privacy_people_title="People in the data",
    privacy_people="The graph names people only in a public role, as the documents do, and leaves a "
    "name out where a document leaves it out. If you are named and wish not to be, "
    "ask for a correction.",
    corrections_title="Ask for a correction",
    corrections_lead="Something is wrong, missing or should not be here? This is how to tell us so "
    "that it can be repaired quickly.",
    corrections_about="It is about",
    corrections_unknown="The graph knows nothing by that name, but you can write about it all the same.",
    corrections_where_title="Where to send it",
    corrections_text_title="Text to copy and complete",
    corrections_text="About: {iri}\nPage: {page}\nVersion of the data: {version}\n\nWhat is wrong:\n\nWhat "
    "it should say:\n\nHow one can check it (document and lines, or an address):\n",
    corrections_mail="Open it in your mail program",
    corrections_how_title="What happens then",
    corrections_how=(
        "A claim that misreads its document is corrected, and with it every fact that rests on it.",
        "Where two sources disagree, both are kept, and the graph says that they disagree.",
        "A thing that is taken out leaves its address empty; the address is not given to anything else.",
    ),
    corrections_name_title="To have a name removed",
    corrections_name="You need not give a reason. Say which name, on which page. The name is taken "
    "out of the next version; who has downloaded an earlier one still has it.",
    corrections_ask_title="To ask about a practice itself",
    corrections_ask="This site does not run any practice. Its page names the city and the sources; "
    "the documents name an office that answers questions about them:",
)


FR = AboutWords(
    who_title="Pour qui",
    who="Pour les personnes des mairies qui cherchent qui l’a déjà fait, pour les "
    "organisations et les chercheurs qui veulent vérifier et compter, et pour les "
    "programmes.",
    method_title="Comment c’est fait",
    method=(
        "Quelqu’un lit un document et écrit, dans ses propres mots, une phrase pour chaque chose "
        "qu’il dit. Cette phrase est une affirmation : elle a un numéro, le document, les lignes, et "
        "la force avec laquelle le document le dit.",
        "Quand le document affirme un fait, l’affirmation l’énonce aussi sous une forme que l’on "
        "peut chercher et compter. Chaque fait garde le lien vers son affirmation : on va de tout "
        "énoncé aux lignes qui le fondent.",
        "Ce qu’aucun document ne dit est tenu à part : les coordonnées et les identifiants d’autres "
        "jeux de données, les thèmes attribués par la rédaction, et ce que des règles tirent du "
        "reste. Chaque énoncé dit ce qu’il en est.",
        "Chaque changement est vérifié par des règles avant d’être publié ; des données qui en "
        "enfreignent une ne le sont pas.",
    ),
    limits_title="Ce que ce n’est pas",
    limits="Ce n’est ni un classement ni un relevé complet : il sait ce que disent ses documents.",
    licence_title="Réutiliser",
    licence="Vous pouvez utiliser les données à toute fin en disant d’où elles viennent (CC "
    "BY 4.0). Certaines viennent de GeoNames et de l’INSEE, dont les licences "
    "demandent la même chose ; chaque énoncé nomme son origine. Les documents "
    "restent à leur éditeur et ne sont pas reproduits ici. Le code est sous licence "
    "MIT.",
    cite_title="Comment le citer",
    cite="cityrights : les pratiques locales de droits humains en données liées, version "
    "{version}, https://w3id.org/cityrights/dataset",
    more_title="Sur ce site",
    problem_lead="Les erreurs se nomment par l’un de ces mots, pour qu’un programme les distingue.",
    accessibility_title="Accessibilité",
    accessibility_lead="Ce site est fait pour respecter les Règles pour l’accessibilité des contenus "
    "web (WCAG) 2.2 au niveau AA. C’est notre propre évaluation ; personne "
    "d’indépendant ne l’a vérifiée.",
    accessibility_does_title="Ce qui est fait",
    accessibility_does=(
        "Chaque page est complète sans script, carte ni dessin ; chaque carte ou dessin a une liste "
        "avec les mêmes liens.",
        "Tout s’atteint et s’emploie au clavier, et l’on voit où l’on est.",
        "Les couleurs claires et sombres suivent le réglage de votre appareil, avec un contraste "
        "d’au moins 4,5 pour 1 pour le texte.",
        "Les pages s’agrandissent et se resserrent à la largeur d’un téléphone ; les tableaux larges défilent seuls.",
        "Titres, listes, tableaux et langues sont balisés pour les lecteurs d’écran ; un nom dans "
        "une autre langue que la page le dit.",
    ),
    accessibility_not_title="Ce qui ne suffit pas encore",
    accessibility_not=(
        "Les phrases des affirmations ne sont écrites qu’en anglais, aussi sur les pages en français "
        "et en espagnol ; elles sont marquées comme anglaises.",
        "Les tableaux de « Ce que les sources ne disent pas » sont grands ; leurs données existent en CSV et en JSON.",
        "Le site a été essayé avec Chromium et par des contrôles automatiques, non par des personnes "
        "qui emploient chaque jour un lecteur d’écran.",
    ),
    report_title="Quelque chose ne marche pas pour vous ?",
    report="Dites-nous l’adresse de la page, ce que vous vouliez faire, et avec quel programme. {contact}",
    contact_known="Écrivez à :",
    contact_unknown="Ouvrez un ticket là où se trouve le code source de ce projet, ou écrivez à qui "
    "fait fonctionner ce site.",
    privacy_title="Vie privée",
    privacy_lead="Ce site ne dépose pas de cookies, ne garde rien dans votre navigateur, ne "
    "charge rien d’ailleurs et ne vous suit pas.",
    privacy_log_title="Ce que contient le journal",
    privacy_log_on="Pour chaque requête une ligne : l’heure, un numéro au hasard, la méthode, le "
    "chemin sans ce qui suit le point d’interrogation, l’état, la durée, la taille, "
    "l’issue, et pour une interrogation son empreinte. Ni votre adresse, ni votre "
    "navigateur, ni votre nom.",
    privacy_log_off="Ce serveur ne tient pas de journal des requêtes.",
    privacy_queries="Sur ce serveur, le journal contient aussi le texte des requêtes SPARQL.",
    privacy_memory_title="Ce qui est gardé en mémoire",
    privacy_memory="Pour que personne ne prenne tout le temps du serveur, il compte les secondes "
    "que prennent les requêtes de chaque adresse réseau. Ce compte n’est qu’en "
    "mémoire, n’est écrit nulle part, et disparaît quand le serveur redémarre ou que "
    "la place manque.",
    privacy_proxy="Une machine placée devant ce serveur peut tenir son propre journal ; seul qui "
    "la fait fonctionner peut le dire.",
    privacy_people_title="Les personnes dans les données",
    privacy_people="Le graphe ne nomme des personnes que dans une fonction publique, comme le font "
    "les documents, et tait un nom que le document tait. Si vous êtes nommé et ne le "
    "souhaitez pas, demandez une correction.",
    corrections_title="Demander une correction",
    corrections_lead="Quelque chose est faux, manque ou ne devrait pas être ici ? Voici comment nous "
    "le dire pour que ce soit vite réparé.",
    corrections_about="Il s’agit de",
    corrections_unknown="Le graphe ne connaît rien de ce nom, mais vous pouvez quand même en parler.",
    corrections_where_title="Où l’envoyer",
    corrections_text_title="Texte à copier et à compléter",
    corrections_text="Sujet : {iri}\nPage : {page}\nVersion des données : {version}\n\nCe qui est "
    "faux :\n\nCe qu’il faudrait dire :\n\nComment le vérifier (document et lignes, ou "
    "une adresse) :\n",
    corrections_mail="L’ouvrir dans votre messagerie",
    corrections_how_title="Ce qui se passe ensuite",
    corrections_how=(
        "Une affirmation qui lit mal son document est corrigée, et avec elle tout fait qui s’y appuie.",
        "Quand deux sources se contredisent, les deux restent, et le graphe dit qu’elles se contredisent.",
        "Ce qui est retiré laisse son adresse vide ; elle n’est donnée à rien d’autre.",
    ),
    corrections_name_title="Faire retirer un nom",
    corrections_name="Il n’est pas nécessaire de donner une raison. Dites quel nom, sur quelle page. "
    "Le nom est retiré de la version suivante ; qui a téléchargé une version "
    "antérieure l’a encore.",
    corrections_ask_title="Poser une question sur une pratique",
    corrections_ask="Ce site ne mène aucune pratique. La page de chacune nomme la ville et les "
    "sources ; les documents nomment un bureau qui répond aux questions :",
)


ES = AboutWords(
    who_title="Para quién",
    who="Para quienes trabajan en ayuntamientos y buscan quién lo ha hecho ya, para "
    "organizaciones e investigadores que quieren comprobar y contar, y para los "
    "programas.",
    method_title="Cómo se hace",
    method=(
        "Alguien lee un documento y escribe, con sus palabras, una frase por cada cosa que dice. Esa "
        "frase es una afirmación: tiene un número, el documento, las líneas y la firmeza con que el "
        "documento lo dice.",
        "Cuando el documento afirma un hecho, la afirmación lo enuncia también de forma que se pueda "
        "buscar y contar. Cada hecho conserva el enlace a su afirmación: de cualquier enunciado se "
        "llega a las líneas que lo sostienen.",
        "Lo que ningún documento dice se guarda aparte: coordenadas e identificadores de otros "
        "conjuntos de datos, temas asignados por la redacción y lo que unas reglas calculan a partir "
        "del resto. Cada enunciado dice cuál de ellos es.",
        "Cada cambio se comprueba con reglas antes de publicarse; los datos que incumplen una no se publican.",
    ),
    limits_title="Lo que no es",
    limits="No es una clasificación ni un registro completo: sabe lo que dicen sus documentos.",
    licence_title="Úselo",
    licence="Puede usar los datos para cualquier fin si indica su procedencia (CC BY 4.0). "
    "Algunas partes proceden de GeoNames y del INSEE, cuyas licencias piden lo "
    "mismo; cada enunciado nombra su origen. Los documentos siguen siendo de su "
    "editor y no se reproducen aquí. El código tiene licencia MIT.",
    cite_title="Cómo citarlo",
    cite="cityrights: prácticas locales de derechos humanos como datos enlazados, versión "
    "{version}, https://w3id.org/cityrights/dataset",
    more_title="Sobre este sitio",
    problem_lead="Los errores se nombran con una de estas palabras, para que un programa los distinga.",
    accessibility_title="Accesibilidad",
    accessibility_lead="Este sitio está hecho para cumplir las Pautas de accesibilidad para el "
    "contenido web (WCAG) 2.2 en el nivel AA. Es nuestra propia evaluación; nadie "
    "independiente la ha auditado.",
    accessibility_does_title="Lo que se hace",
    accessibility_does=(
        "Cada página está completa sin guiones, mapas ni dibujos; cada mapa o dibujo tiene una lista "
        "con los mismos enlaces.",
        "A todo se llega y todo se usa con el teclado, y se ve dónde se está.",
        "Los colores claros y oscuros siguen el ajuste de su dispositivo, con un contraste de al "
        "menos 4,5 a 1 en el texto.",
        "Las páginas se amplían y se estrechan al ancho de un teléfono; las tablas anchas se desplazan por sí solas.",
        "Títulos, listas, tablas e idiomas están marcados para los lectores de pantalla; un nombre "
        "en otro idioma que la página lo dice.",
    ),
    accessibility_not_title="Lo que aún no basta",
    accessibility_not=(
        "Las frases de las afirmaciones están escritas solo en inglés, también en las páginas en "
        "francés y español; están marcadas como inglés.",
        "Las tablas de «Lo que las fuentes no dicen» son grandes; sus datos existen en CSV y JSON.",
        "Se ha probado con Chromium y con comprobaciones automáticas, no por personas que usan cada "
        "día un lector de pantalla.",
    ),
    report_title="¿Algo no le funciona?",
    report="Díganos la dirección de la página, qué quería hacer y con qué programa. {contact}",
    contact_known="Escriba a:",
    contact_unknown="Abra una incidencia donde se guarda el código fuente de este proyecto, o "
    "escriba a quien mantiene este sitio.",
    privacy_title="Privacidad",
    privacy_lead="Este sitio no pone cookies, no guarda nada en su navegador, no carga nada de "
    "otros sitios y no le sigue.",
    privacy_log_title="Qué contiene el registro",
    privacy_log_on="Por cada petición una línea: la hora, un número al azar, el método, la ruta sin "
    "lo que sigue al signo de interrogación, el estado, la duración, el tamaño, cómo "
    "acabó y, si es una consulta, su resumen. Ni su dirección, ni su navegador, ni "
    "su nombre.",
    privacy_log_off="Este servidor no lleva registro de peticiones.",
    privacy_queries="En este servidor el registro contiene también el texto de las consultas SPARQL.",
    privacy_memory_title="Qué se guarda en memoria",
    privacy_memory="Para que nadie ocupe todo el tiempo del servidor, este cuenta los segundos que "
    "toman las consultas de cada dirección de red. Esa cuenta solo está en memoria, "
    "no se escribe en ningún sitio y desaparece cuando el servidor se reinicia o "
    "falta espacio.",
    privacy_proxy="Una máquina situada delante de este servidor puede llevar su propio registro; "
    "solo quien la mantiene puede decirlo.",
    privacy_people_title="Personas en los datos",
    privacy_people="El grafo solo nombra a personas en una función pública, como hacen los "
    "documentos, y calla un nombre que el documento calla. Si se le nombra y no lo "
    "desea, pida una corrección.",
    corrections_title="Pedir una corrección",
    corrections_lead="¿Algo está mal, falta o no debería estar aquí? Así puede decírnoslo para que se repare pronto.",
    corrections_about="Se trata de",
    corrections_unknown="El grafo no conoce nada con ese nombre, pero puede escribir sobre ello de todos modos.",
    corrections_where_title="Dónde enviarlo",
    corrections_text_title="Texto para copiar y completar",
    corrections_text="Asunto: {iri}\nPágina: {page}\nVersión de los datos: {version}\n\nLo que está "
    "mal:\n\nLo que debería decir:\n\nCómo comprobarlo (documento y líneas, o una "
    "dirección):\n",
    corrections_mail="Abrirlo en su programa de correo",
    corrections_how_title="Qué ocurre después",
    corrections_how=(
        "Una afirmación que lee mal su documento se corrige, y con ella todo hecho que se apoya en ella.",
        "Cuando dos fuentes se contradicen, ambas se conservan, y el grafo dice que se contradicen.",
        "Lo que se retira deja su dirección vacía; no se da a nada más.",
    ),
    corrections_name_title="Para que se retire un nombre",
    corrections_name="No hace falta dar un motivo. Diga qué nombre y en qué página. El nombre se "
    "retira de la versión siguiente; quien haya descargado una anterior aún lo tiene.",
    corrections_ask_title="Para preguntar por una práctica",
    corrections_ask="Este sitio no lleva a cabo ninguna práctica. La página de cada una nombra la "
    "ciudad y las fuentes; los documentos nombran una oficina que responde a las "
    "preguntas:",
)
