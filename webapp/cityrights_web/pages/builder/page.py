"""The page of the builder: the form, the sentence that it says, its answer, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from cityrights.builder import Asked, Kind, Said, Teller, read
from cityrights.describe import Literal
from cityrights.errors import EngineBusy, QueryError
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.pages.builder.answer import Found, find
from cityrights_web.pages.builder.desk import Desk
from cityrights_web.pages.builder.form import Form, Maker
from cityrights_web.pages.frame import Frame
from cityrights_web.problems import from_error

#: What the answer can be had as, and the word for it in the address of the endpoint.
_FORMATS: Final = (
    (formats.RESULTS_CSV, "csv"),
    (formats.RESULTS_TSV, "tsv"),
    (formats.RESULTS_JSON, "json"),
    (formats.RESULTS_XML, "xml"),
)
#: Questions to begin with: the name of their words, and their parameters.
EXAMPLES: Final = {
    "places": "find=practice&where1=theme&value1=theme:housing&show=place&show=country",
    "gaps": "find=city&where1=place-of-institution&how1=none&show=country",
    "kinds": "find=institution&where1=kind&value1=kind:ombudsperson&show=place&show=status&all=1",
    "groups": "find=practice&where1=targetGroup&value1=target:migrants"
    "&where2=place.within&value2=region:region-europe&show=place",
}


@dataclass(frozen=True)
class Parts:
    """What the page is made of: ``trouble`` says in words why there is no answer although the question is whole."""

    asked: Asked
    form: Form
    sentence: tuple[Said, ...]
    things: str
    found: Found | None
    trouble: str
    status: int
    formats: tuple[tuple[Format, str], ...]

    @classmethod
    def of(cls, around: Frame, desk: Desk, asked: Asked) -> Parts:
        """Make the parts, and ask the graph where nothing is wrong with the question."""
        question = asked.question
        teller = _teller(around, desk, asked)
        form = Maker(around, desk, teller).form(asked)
        if question is None:
            return cls(asked, form, (), "", None, "", 400 if asked.faults else 200, ())
        sentence, things = teller.sentence(question), teller.things(question.of)
        if asked.faults:
            return cls(asked, form, sentence, things, None, "", 400, ())
        try:
            found = find(around, desk, teller, question)
        except QueryError as error:
            status = from_error(error).status
            words = around.words.builder
            trouble = words.busy if isinstance(error, EngineBusy) else words.too_much
            return cls(asked, form, sentence, things, None, trouble, status if status >= 500 else 503, ())
        data = tuple((form_, around.urls.run(found.query, name)) for form_, name in _FORMATS)
        return cls(asked, form, sentence, things, found, "", 200, data)


def respond(around: Frame, desk: Desk, parts: Parts) -> str:
    """Return the page."""
    first = parts.asked.question is None
    examples = [(name, read(desk.schema, parse_qsl(text), desk)) for name, text in EXAMPLES.items() if first]
    return around.render(
        "builder/page.html",
        parts=parts,
        asked=parts.asked,
        form=parts.form,
        found=parts.found,
        examples=[
            (around.words.builder.examples[name], around.urls.build(asked.pairs))
            for name, asked in examples
            if asked.question is not None and not asked.faults
        ],
    )


def _teller(around: Frame, desk: Desk, asked: Asked) -> Teller:
    """Return what tells the question: with the names of the things in it."""
    things = {
        value for each in asked.written if each.condition.end.kind is Kind.THING for value in each.condition.values
    }
    names = desk.names(things) if things else {}

    def named(iri: str) -> Literal:
        return around.site.vocabulary.label(iri, around.language, names.get(iri, ()))

    return Teller(desk.schema, around.language, named)
