"""What columns, tags and coded values of the library's questions are called: three languages in one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COLUMNS: Final = """
address | Address | Adresse | Dirección
aspectLabel | Aspect | Aspect | Aspecto
assignedIn | Assigned in | Attribué dans | Asignado en
award | Award | Distinction | Premio
because | Because | Raison | Por qué
classLabel | Class | Classe | Clase
comparator | More or less | Plus ou moins | Más o menos
conflictsWith | Conflicts with | Contredit | Contradice
countryIs | Country is | Le pays est | El país está
date | Date | Date | Fecha
end | End | Fin | Fin
event | Event | Événement | Acto
firstLine | First line | Première ligne | Primera línea
from | From | De | De
giver | Given by | Décerné par | Concedido por
government | Local government | Collectivité locale | Gobierno local
governments | Local governments | Collectivités locales | Gobiernos locales
graph | Graph | Graphe | Grafo
groupClaim | Claim about several | Affirmation sur plusieurs | Afirmación sobre varios
groupFirstLine | Its first line | Sa première ligne | Su primera línea
groupNumber | Its number | Son numéro | Su número
how | How | Comment | Cómo
institution | Institution | Institution | Institución
instrument | Instrument | Instrument | Instrumento
kindLabel | Kind | Type | Tipo
lastLine | Last line | Dernière ligne | Última línea
modality | How it is said | Comment c’est dit | Cómo se dice
modalityLabel | How it is said | Comment c’est dit | Cómo se dice
model | The other institution | L’autre institution | La otra institución
narrowerLabel | Group | Groupe | Grupo
number | Evidence | Preuve | Prueba
object | Object | Objet | Objeto
observation | Figure | Chiffre | Cifra
of | Of | De quoi | De qué
organisation | Organisation | Organisation | Organización
other | The other | L’autre | El otro
otherSource | Other source | Autre source | Otra fuente
otherValue | Other value | Autre valeur | Otro valor
otherYear | Other year | Autre année | Otro año
partner | Partner | Partenaire | Socio
partnerIsNamed | Partner is named | Partenaire nommé | Socio nombrado
partnerKindLabel | Kind of partner | Type de partenaire | Tipo de socio
person | Person | Personne | Persona
place | Place | Lieu | Lugar
post | Post | Poste | Cargo
practice | Practice | Pratique | Práctica
practices | Practices | Pratiques | Prácticas
predicate | Property | Propriété | Propiedad
printed | As printed | Tel qu’imprimé | Como está impreso
property | Property | Propriété | Propiedad
readable | Readable | Lisible | Legible
recipient | Awarded to | Décerné à | Concedido a
recurrence | Recurs | Se répète | Se repite
reference | Reference | Référence | Referencia
relation | Relation | Relation | Relación
role | Role | Rôle | Función
roleNumber | Evidence of the role | Preuve du rôle | Prueba de la función
section | Section | Section | Sección
sense | Sense | Sens | Sentido
source | Source | Source | Fuente
speaker | Who says it | Qui le dit | Quién lo dice
speakerLabel | Who says it | Qui le dit | Quién lo dice
start | Start | Début | Comienzo
status | Status | État | Estado
statusLabel | Status | État | Estado
subject | About | Au sujet de | Sobre
targetGroup | For whom | Pour qui | Para quién
targetGroups | For whom | Pour qui | Para quién
territory | Place | Lieu | Lugar
text | What is said | Ce qui est dit | Lo que se dice
theme | Theme | Thème | Tema
thing | Thing | Chose | Cosa
unitLabel | Unit | Unité | Unidad
value | Value | Valeur | Valor
year | Year | Année | Año
"""

_TAGS: Final = """
approaches | Approaches | Approches | Enfoques
aspects | Aspects | Aspects | Aspectos
awards | Awards | Distinctions | Premios
challenges | Challenges | Défis | Retos
claims | Claims | Affirmations | Afirmaciones
completeness | Completeness | Complétude | Completitud
conflicts | Conflicts | Contradictions | Contradicciones
context | Context | Contexte | Contexto
cooperation | Cooperation | Coopération | Cooperación
countries | Countries | Pays | Países
counts | Counts | Décomptes | Recuentos
dates | Dates | Dates | Fechas
documents | Documents | Documents | Documentos
events | Events | Événements | Actos
evidence | Evidence | Preuves | Pruebas
graphs | Graphs | Graphes | Grafos
group claims | Claims about several | Affirmations sur plusieurs | Afirmaciones sobre varios
institutions | Institutions | Institutions | Instituciones
instruments | Instruments | Instruments | Instrumentos
kinds | Kinds | Types | Tipos
local governments | Local governments | Collectivités locales | Gobiernos locales
modalities | How it is said | Comment c’est dit | Cómo se dice
needs | Needs | Besoins | Necesidades
networks | Networks | Réseaux | Redes
numbers | Numbers | Chiffres | Cifras
participation | Participation | Participation | Participación
partners | Partners | Partenaires | Socios
persons | People | Personnes | Personas
pillars | Pillars | Piliers | Pilares
places | Places | Lieux | Lugares
practices | Practices | Pratiques | Prácticas
quotations | Quotations | Citations | Citas
references | References | Références | Referencias
regions | Regions | Régions | Regiones
replication | Replication | Reproduction | Replicación
roles | Roles | Rôles | Funciones
sections | Sections | Sections | Secciones
services | Services | Services | Servicios
solutions | Solutions | Solutions | Soluciones
sources | Sources | Sources | Fuentes
status | Status | État | Estado
target groups | For whom | Pour qui | Para quién
themes | Themes | Thèmes | Temas
"""

#: What the queries themselves write, or data as a code, where no label says it.
_VALUES: Final = """
another country | another country | un autre pays | otro país
eq | exactly | exactement | exactamente
ge | at least | au moins | al menos
group claim | said of several | dit de plusieurs | dicho de varios
gt | more than | plus de | más de
inferred | inferred | déduit | deducido
international | international | internationale | internacional
mention | mentions it | la mentionne | la menciona
no | no | non | no
printed | printed | imprimé | impreso
service | service | service | servicio
subject | is about it | porte sur elle | trata de ella
theme | theme | thème | tema
yearly | yearly | chaque année | cada año
yes | yes | oui | sí
"""


def _read(table: str) -> Mapping[str, Mapping[str, str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return {
        language: {cells[0]: cells[place] for cells in lines} for place, language in enumerate(("en", "fr", "es"), 1)
    }


COLUMNS: Final = _read(_COLUMNS)
TAGS: Final = _read(_TAGS)
VALUES: Final = _read(_VALUES)
#: The columns that have such values; in every other a word stands for itself.
CODED: Final = frozenset({"because", "comparator", "countryIs", "how", "partnerIsNamed", "readable", "recurrence"})
