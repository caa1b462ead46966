"""The names of the words in locale/messages.pot, for mypy and editors. Written by `make words`."""

from collections.abc import Mapping

from cityrights.translations import Plural

class QuestionWords:
    things: str
    then: str
    or_: str
    and_: str
    with_: str
    without: str
    as_: str
    holding: str
    having: str
    between: str
    since: str
    until: str
    shown: str
    its: str
    by: str
    downwards: str
    quoted: str
    back: str
    there: str
    being: Mapping[str, str]
    unlike: Mapping[str, str]
    plurals: Mapping[str, str]
    labels: Mapping[str, str]

class ParametersWords:
    missing: str
    of_class: str
    unknown: str
    types: Mapping[str, str]
    nothing: str
    near: str

class WhyWords:
    claim: str
    decision: str
    because: str
    unprompted: str
    prompted: str
    kinds: Mapping[str, str]
    version: str
    rival: str
    prefers_other: str
    prefers_this: str
    rule: str
    or_from: str
    absent: str
    more: str
    above: str
    deep: str
    line: str
    lines: str
    said: str

class ImportingWords:
    city: str
    region: str
    gazetteer: str
    geonames: str
    country: str
    named: str
    government: str
    governs: str
    reference: str
    number: str
    row: str
    quoted: str
    sheet: str
    document: str
    asked: str
    several: str
    choose: str
    columns: Mapping[str, str]
    example: Mapping[str, str]
    notes: Mapping[str, str]

class Words:
    question: QuestionWords
    connections: Mapping[str, str]
    parameters: ParametersWords
    empty: Mapping[str, str]
    beside: Plural
    changes: Mapping[str, str]
    why: WhyWords
    importing: ImportingWords
