"""A small home in which the check finds nothing, unless a test makes it: a note, a shape for it, and a rule."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from cityrights.home import home

THING: Final = "http://e.example/x"
_SHAPE: Final = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .

<http://e.example/Shape>
    a sh:NodeShape ;
    sh:property <http://e.example/Shape#text> ;
    sh:targetClass <http://e.example/Note> .

<http://e.example/Shape#text>
    sh:maxCount 1 ;
    sh:message "A note says one thing." ;
    sh:path <http://www.w3.org/2000/01/rdf-schema#comment> .
"""
_NOTE: Final = """\
@prefix editorial: <https://w3id.org/cityrights/graph/editorial/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

editorial:entities {{
    <{thing}> a <http://e.example/Note> ;
        rdfs:comment "{text}"@en .
}}
"""
_RULE: Final = """\
# A note does not say that it is wrong.
SELECT ?where ?message ?repair WHERE {
  ?where rdfs:comment "wrong"@en
  BIND("this note says that it is wrong" AS ?message) BIND("write something else" AS ?repair)
}
"""
_QUESTION: Final = """\
# title: Notes
# title@fr: Notes
# title@es: Notas
# question: What is noted?
# question@fr: Qu’est-ce qui est noté ?
# question@es: ¿Qué se anota?
# tags: graphs

SELECT ?note WHERE { ?note rdfs:comment ?text }
"""


def checked_home(folder: Path, text: str = "one") -> Path:
    """Make a home with a note of this text in ``folder``; “wrong” is what its one rule finds."""
    for name in ("ontology/shapes", "data", "queries/checks", "queries/construct", "queries/explore"):
        (folder / name).mkdir(parents=True)
    for name in ("pages", "index"):
        shutil.copytree(home() / "queries" / name, folder / "queries" / name)
    (folder / "ontology" / "shapes" / "Note.ttl").write_text(_SHAPE, "utf-8")
    (folder / "queries" / "checks" / "note-wrong.rq").write_text(_RULE, "utf-8")
    (folder / "queries" / "explore" / "notes.rq").write_text(_QUESTION, "utf-8")
    note(folder, text)
    return folder


def note(folder: Path, text: str) -> None:
    """Let the note of a home say this."""
    (folder / "data" / "note.trig").write_text(_NOTE.format(thing=THING, text=text), "utf-8")
