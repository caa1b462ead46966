"""Descriptions: what the graph says of a thing, who says so, and what points to it. No HTML here."""

from cityrights.describe.ask import ask, page_query, shown, shown_for, written_out
from cityrights.describe.documents import document, graph_document
from cityrights.describe.incoming import PAGE
from cityrights.describe.model import (
    UNSETTLED,
    AboutLine,
    Card,
    ClaimLine,
    Description,
    Evidence,
    Incoming,
    Link,
    Origin,
    Provenance,
    Statement,
)
from cityrights.describe.places import Places, Spot
from cityrights.describe.questions import (
    TRIPLE,
    Answer,
    TooMany,
    answer,
    graph_answer,
    read_lines,
    serialised,
    table_answer,
    value_of,
)
from cityrights.describe.streams import graph_rows, table_rows
from cityrights.describe.terms import Iri, Literal, Row, Term, best_label, fallback_chain
from cityrights.describe.things import describe
from cityrights.describe.vocabulary import Vocabulary, gather_labels

__all__ = [
    "PAGE",
    "TRIPLE",
    "UNSETTLED",
    "AboutLine",
    "Answer",
    "Card",
    "ClaimLine",
    "Description",
    "Evidence",
    "Incoming",
    "Iri",
    "Link",
    "Literal",
    "Origin",
    "Places",
    "Provenance",
    "Row",
    "Spot",
    "Statement",
    "Term",
    "TooMany",
    "Vocabulary",
    "answer",
    "ask",
    "best_label",
    "describe",
    "document",
    "fallback_chain",
    "gather_labels",
    "graph_answer",
    "graph_document",
    "graph_rows",
    "page_query",
    "read_lines",
    "serialised",
    "shown",
    "shown_for",
    "table_answer",
    "table_rows",
    "value_of",
    "written_out",
]
