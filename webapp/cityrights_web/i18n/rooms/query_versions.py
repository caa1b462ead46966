"""Words of what has become of a question and its answer: versions that are cited, and when it last ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VersionsWords:
    """Words of the versions of a question, in one language."""

    version_same: str
    version_text: str
    version_data: str
    version_kept: str
    version_kept_text: str
    version_below: str
    version_dropped: str
    version_dates: str
    version_gone: str
    version_malformed: str
    answer_malformed: str
    answer_same: str
    answer_changed: str
    answer_other: str
    answer_unknown: str
    changed_text: str
    rows_gone: str
    rows_come: str
    rows_more: str
    current_address: str
    ran: str
    ran_in_vain: str
    ran_all: str
    ran_brief: str
    ran_brief_in_vain: str
    took: str


EN = VersionsWords(
    version_same="You are looking at the version that was cited: the same query, the same data.",
    version_text="The query has changed since it was cited: {cited} was its text then, {current} is its text now.",
    version_data="The data that were cited, version {cited}, are no longer kept here. The answer below is from "
    "version {current}.",
    version_kept="You are looking at what was cited: version {cited} of the data, which is still kept here.",
    version_kept_text="You are looking at what was cited: the text {cited} of the query, on the data of today.",
    version_below="The answer below is from version {current} of the data, and not from version {cited}.",
    version_dropped="Today this question is no longer asked here, so there is nothing to compare it with.",
    version_dates="The data that were cited are dated {then}, those of today {now}.",
    version_gone="Version {cited} is no longer kept here. Without ‘version’ this address gives "
    "the present one, {current}.",
    version_malformed="A version looks like {current}: twelve digits of the query’s text, a hyphen, twelve of "
    "the data.",
    answer_malformed="An answer looks like 24-0123456789ab: its number of rows, a hyphen, twelve digits. It goes "
    "with a version.",
    answer_same="The answer is still the same, {n} rows.",
    answer_changed="The answer has changed: when it was cited it had {then} rows, today it has {now}.",
    answer_other="The answer has changed: it has {now} rows as before, but not all of them are the same.",
    answer_unknown="Whether the answer has changed cannot be told: what it was is not known here.",
    changed_text="What has changed in the query",
    rows_gone="Rows that the answer no longer has: {n}",
    rows_come="Rows that the answer has today and had not then: {n}",
    rows_more="And {n} more.",
    current_address="The same question at its current version",
    ran="The question as it stands at first was last checked on {when}: {rows} in {ms} ms, on version {version}.",
    ran_in_vain="The question as it stands at first was last checked on {when}, on version {version}, and found "
    "nothing.",
    ran_all="All of them were last asked on {when}, on version {version} of the data; rows and time stand with each.",
    ran_brief="{rows}, {ms} ms",
    ran_brief_in_vain="nothing found",
    took="Made on {when}, in {ms} ms, from version {version} of the data.",
)


FR = VersionsWords(
    version_same="Vous voyez la version qui a été citée : la même requête, les mêmes données.",
    version_text="La requête a changé depuis qu’elle a été citée : {cited} était son texte, {current} est son "
    "texte actuel.",
    version_data="Les données citées, version {cited}, ne sont plus conservées ici. La réponse ci-dessous vient de la "
    "version {current}.",
    version_kept="Vous voyez ce qui a été cité : la version {cited} des données, toujours conservée ici.",
    version_kept_text="Vous voyez ce qui a été cité : le texte {cited} de la requête, sur les données d’aujourd’hui.",
    version_below="La réponse ci-dessous vient de la version {current} des données, et non de la version {cited}.",
    version_dropped="Cette question n’est plus posée ici aujourd’hui : il n’y a rien à quoi la comparer.",
    version_dates="Les données citées datent du {then}, celles d’aujourd’hui du {now}.",
    version_gone="La version {cited} n’est plus conservée ici. Sans « version », cette adresse donne la version "
    "actuelle, {current}.",
    version_malformed="Une version s’écrit {current} : douze chiffres du texte de la requête, un trait d’union, "
    "douze des "
    "données.",
    answer_malformed="Une réponse s’écrit 24-0123456789ab : son nombre de lignes, un trait d’union, douze "
    "chiffres. Elle accompagne une version.",
    answer_same="La réponse est toujours la même, {n} lignes.",
    answer_changed="La réponse a changé : elle avait {then} lignes quand elle a été citée, elle en a {now} "
    "aujourd’hui.",
    answer_other="La réponse a changé : elle a toujours {now} lignes, mais toutes ne sont pas les mêmes.",
    answer_unknown="On ne peut pas dire si la réponse a changé : ce qu’elle était n’est pas connu ici.",
    changed_text="Ce qui a changé dans la requête",
    rows_gone="Lignes que la réponse n’a plus : {n}",
    rows_come="Lignes que la réponse a aujourd’hui et n’avait pas alors : {n}",
    rows_more="Et {n} de plus.",
    current_address="La même question dans sa version actuelle",
    ran="La question telle qu’elle se présente d’abord a été vérifiée le {when} : {rows} en {ms} ms, sur la version "
    "{version}.",
    ran_in_vain="La question telle qu’elle se présente d’abord a été vérifiée le {when}, sur la version {version}, "
    "sans rien trouver.",
    ran_all="Toutes ont été posées le {when}, sur la version {version} des données ; lignes et durée figurent "
    "à chacune.",
    ran_brief="{rows}, {ms} ms",
    ran_brief_in_vain="rien trouvé",
    took="Faite le {when}, en {ms} ms, à partir de la version {version} des données.",
)


ES = VersionsWords(
    version_same="Está viendo la versión que se citó: la misma consulta, los mismos datos.",
    version_text="La consulta ha cambiado desde que se citó: {cited} era su texto, {current} es su texto actual.",
    version_data="Los datos citados, versión {cited}, ya no se conservan aquí. La respuesta de abajo es de la "
    "versión {current}.",
    version_kept="Está viendo lo que se citó: la versión {cited} de los datos, que aún se conserva aquí.",
    version_kept_text="Está viendo lo que se citó: el texto {cited} de la consulta, con los datos de hoy.",
    version_below="La respuesta de abajo es de la versión {current} de los datos, no de la versión {cited}.",
    version_dropped="Hoy esta pregunta ya no se hace aquí, así que no hay con qué compararla.",
    version_dates="Los datos citados son del {then}; los de hoy, del {now}.",
    version_gone="La versión {cited} ya no se conserva aquí. Sin «version», esta dirección da la actual, {current}.",
    version_malformed="Una versión se escribe {current}: doce cifras del texto de la consulta, un guion, doce "
    "de los datos.",
    answer_malformed="Una respuesta se escribe 24-0123456789ab: su número de filas, un guion y doce cifras. Acompaña a "
    "una versión.",
    answer_same="La respuesta sigue siendo la misma, {n} filas.",
    answer_changed="La respuesta ha cambiado: cuando se citó tenía {then} filas, hoy tiene {now}.",
    answer_other="La respuesta ha cambiado: sigue teniendo {now} filas, pero no todas son las mismas.",
    answer_unknown="No se puede decir si la respuesta ha cambiado: aquí no consta cuál era.",
    changed_text="Qué ha cambiado en la consulta",
    rows_gone="Filas que la respuesta ya no tiene: {n}",
    rows_come="Filas que la respuesta tiene hoy y no tenía entonces: {n}",
    rows_more="Y {n} más.",
    current_address="La misma pregunta en su versión actual",
    ran="La pregunta tal como se presenta se comprobó por última vez el {when}: {rows} en {ms} ms, con la versión "
    "{version}.",
    ran_in_vain="La pregunta tal como se presenta se comprobó por última vez el {when}, con la versión {version}, y no "
    "halló nada.",
    ran_all="Todas se hicieron por última vez el {when}, con la versión {version} de los datos; filas y tiempo constan "
    "en cada una.",
    ran_brief="{rows}, {ms} ms",
    ran_brief_in_vain="sin resultados",
    took="Hecha el {when}, en {ms} ms, con la versión {version} de los datos.",
)
