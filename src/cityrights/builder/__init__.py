"""Questions put together by choosing: what the graph can be asked, a question in a web address, as SPARQL, in words."""

from cityrights.builder.address import Asked, Fault, Written, pairs, read
from cityrights.builder.columns import columns, readable, subject
from cityrights.builder.compile import (
    MOST_CHOICES,
    cells_query,
    count_query,
    has_query,
    rows_query,
    values_query,
)
from cityrights.builder.load import load
from cityrights.builder.question import Condition, How, Question
from cityrights.builder.schema import Class, Kind, Path, Property, Schema, path_name
from cityrights.builder.tell import Said, Teller

__all__ = [
    "MOST_CHOICES",
    "Asked",
    "Class",
    "Condition",
    "Fault",
    "How",
    "Kind",
    "Path",
    "Property",
    "Question",
    "Said",
    "Schema",
    "Teller",
    "Written",
    "cells_query",
    "columns",
    "count_query",
    "has_query",
    "load",
    "pairs",
    "path_name",
    "read",
    "readable",
    "rows_query",
    "subject",
    "values_query",
]
