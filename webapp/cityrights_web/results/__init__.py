"""Answers to queries as people look at them: tables, bars, maps, networks, timelines, workbooks.

All rooms that show answers draw on it. Here are the formats that the site makes from an answer.
"""

from __future__ import annotations

from typing import Final

from sparqlgate.http.formats import Format

GEOJSON: Final = Format("GeoJSON", "application/geo+json", "geojson", (), ("geojson",), made=True)
XLSX: Final = Format(
    "Excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
    (),
    ("xlsx", "excel"),
    made=True,
)
MADE: Final = (XLSX, GEOJSON)
