"""Questions put together by choosing: what the graph can be asked, a question in a web address, as SPARQL, in words."""

from cityrights.query_builder.question import Asked, Condition, Fault, How, Question, Written, pairs, read
from cityrights.query_builder.schema import Class, Kind, Property, PropertyPath, Schema, load, path_name
from cityrights.query_builder.sparql import (
    MOST_CHOICES,
    cells_query,
    columns,
    count_query,
    has_query,
    readable,
    rows_query,
    subject,
    values_query,
)
from cityrights.query_builder.telling import Said, Teller

__all__ = [
    "MOST_CHOICES",
    "Asked",
    "Class",
    "Condition",
    "Fault",
    "How",
    "Kind",
    "Property",
    "PropertyPath",
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
