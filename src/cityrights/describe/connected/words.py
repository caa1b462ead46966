"""The sentence of each kind of reason in each language: ``{a}`` and ``{b}`` are what a tie joins, ``{x}`` is shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Language → name of a feature or a tie of :mod:`cityrights.connections.rules` → sentence.
SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "theme": "Both work on {x}",
        "target-group": "Both act for {x}",
        "institution-kind": "Both have {a_x}",
        "instrument-kind": "Both have {a_x}",
        "approach": "Both take this approach: {x}",
        "service": "Both offer {x}",
        "partner": "Both have the same partner: {X}",
        "works-with": "Both work with {X}",
        "network": "Both belong to {X}",
        "statement": "One sentence speaks of both: {X}",
        "pillar": "Both have practices under {x}",
        "section": "Both have {x}",
        "source": "The same document tells of both: {X}",
        "cooperates-with": "{a} and {b} cooperate",
        "replicates": "{a} follows {b}",
        "similar-to": "{a} is similar to {b}",
        "same-practice": "Both carry one practice: {a}",
        "event": "{b} took part in {a}",
    },
    "fr": {
        "theme": "Les deux travaillent sur ce thème : {x}",
        "target-group": "Les deux agissent pour ce public : {x}",
        "institution-kind": "Les deux ont une institution de ce type : {x}",
        "instrument-kind": "Les deux ont un instrument de ce type : {x}",
        "approach": "Les deux suivent cette approche : {x}",
        "service": "Les deux offrent ce service : {x}",
        "partner": "Les deux ont le même partenaire : {X}",
        "works-with": "Les deux travaillent avec ce partenaire : {X}",
        "network": "Les deux font partie de ce réseau : {X}",
        "statement": "Une même phrase parle des deux : {X}",
        "pillar": "Les deux ont des pratiques sous ce pilier : {x}",
        "section": "Les deux ont des pratiques de cette section : {x}",
        "source": "Le même document parle des deux : {X}",
        "cooperates-with": "Coopération : {a} et {b}",
        "replicates": "{a} suit ce modèle : {b}",
        "similar-to": "{a} ressemble à ceci : {b}",
        "same-practice": "Les deux portent une même pratique : {a}",
        "event": "{b}, participation à cet événement : {a}",
    },
    "es": {
        "theme": "Ambos trabajan en este tema: {x}",
        "target-group": "Ambos actúan para este grupo: {x}",
        "institution-kind": "Ambos tienen una institución de este tipo: {x}",
        "instrument-kind": "Ambos tienen un instrumento de este tipo: {x}",
        "approach": "Ambos siguen este enfoque: {x}",
        "service": "Ambos ofrecen este servicio: {x}",
        "partner": "Ambos tienen la misma entidad asociada: {X}",
        "works-with": "Ambos trabajan con esta entidad: {X}",
        "network": "Ambos forman parte de esta red: {X}",
        "statement": "Una misma frase habla de ambos: {X}",
        "pillar": "Ambos tienen prácticas en este pilar: {x}",
        "section": "Ambos tienen prácticas de esta sección: {x}",
        "source": "El mismo documento habla de ambos: {X}",
        "cooperates-with": "Cooperación: {a} y {b}",
        "replicates": "{a} sigue este modelo: {b}",
        "similar-to": "{a} se parece a esto: {b}",
        "same-practice": "Ambos llevan una misma práctica: {a}",
        "event": "{b}, participación en este evento: {a}",
    },
}


def within(label: str) -> str:
    """Return a label as it stands within a sentence: ``Housing`` becomes ``housing``, ``LGBTI people`` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def article(label: str) -> str:
    """Return the English article of a label, with a space after it; a plural has none."""
    if label.endswith("s") and not label.endswith("ss"):
        return ""
    return "an " if label[:1].lower() in "aeio" else "a "
