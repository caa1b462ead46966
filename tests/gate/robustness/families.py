"""Queries that cost far more than they look, by family, and texts that are refused for their size.

All are made here and need no particular data. How often a text repeats itself is told by the limits of this service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def product(times: int) -> str:
    """Return patterns without a common variable: all combinations of all triples."""
    return " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(times))


def growing(call: str, times: int, start: str = '"abcdefgh"') -> str:
    """Return a query whose value grows with each step; ``call`` says how from {0}."""
    steps = [f"BIND({start} AS ?v0)"]
    steps += [f"BIND({call.format(f'?v{n}')} AS ?v{n + 1})" for n in range(times)]
    return f"SELECT (STRLEN(?v{times}) AS ?n) {{ {' '.join(steps)} }}"


def crossed_values(times: int, rows: int) -> str:
    """Return inline tables without a common variable."""
    table = " ".join(str(n) for n in range(rows))
    return " ".join(f"VALUES ?v{n} {{ {table} }}" for n in range(times))


_PER_ROW = f'SELECT (COUNT(*) AS ?n) {{ {product(3)} FILTER REGEX(?o0, CONCAT("(", ?o1, "){{1,9}}")) }}'

#: Queries that nothing but a limit ends, and whose answer is one value or comes at their end.
ENDLESS: Final[Mapping[str, str]] = {
    "count": f"SELECT (COUNT(*) AS ?n) {{ {product(4)} }}",
    "ask": f"ASK {{ {product(4)} FILTER(?o0 = ?s3) }}",
    "not exists": f"SELECT (COUNT(*) AS ?n) {{ {product(3)} FILTER NOT EXISTS {{ ?s0 <x:none> ?s2 }} }}",
    "path": f"SELECT (COUNT(*) AS ?n) {{ ?a (((!<x:1>)*)*)* ?b . {product(3)} }}",
    "pattern for each row": _PER_ROW,
    "offset": f"SELECT * {{ {product(4)} }} OFFSET 1000000000000",
    "values": f"SELECT (COUNT(*) AS ?n) {{ {crossed_values(5, 300)} }}",
    "graph": "CONSTRUCT { ?s0 ?p1 ?o2 } WHERE { " + product(4) + " }",
}

#: Queries that want more memory than there is for one, long before their time is over.
LARGE: Final[Mapping[str, str]] = {
    "sort": f"SELECT * {{ {product(3)} }} ORDER BY ?o0 ?s2",
    "sort and limit": f"SELECT * {{ {product(3)} }} ORDER BY ?o2 LIMIT 10",
    "sort by chance": f"SELECT * {{ {product(3)} }} ORDER BY RAND()",
    "group": f"SELECT ?o0 ?o1 ?o2 (COUNT(*) AS ?n) {{ {product(3)} }} GROUP BY ?o0 ?o1 ?o2",
    "minus": f"SELECT (COUNT(*) AS ?n) {{ ?x ?y ?z MINUS {{ {product(3)} }} }}",
    "optional": f"SELECT (COUNT(*) AS ?n) {{ ?x ?y ?z OPTIONAL {{ {product(3)} }} }}",
    "distinct": f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {product(3)} }}",
    "doubling": growing("CONCAT({0}, {0})", 40),
    "replacing": growing('REPLACE({0}, ".", "abcdefghijklmnop")', 12),
}

#: Answers without an end: they stream until a limit cuts them, visibly.
FLOWING: Final[Mapping[str, str]] = {
    "rows": f"SELECT * {{ {product(4)} }}",
    "distinct rows": f"SELECT DISTINCT * {{ {product(4)} }}",
    "rows of inline data": f"SELECT * {{ {crossed_values(5, 300)} }}",
}


def deep(opening: str, closing: str, times: int, around: str = "SELECT * {{ {} }}") -> str:
    """Return a query in which something stands within itself, so many times."""
    return around.format(opening * times + closing * times)


def chain(link: str, times: int, around: str = "SELECT * {{ {} }}") -> str:
    """Return a query with the same link again and again; {n} is its number."""
    return around.format("".join(link.replace("{n}", str(n)) for n in range(times)))


#: What may stand within itself: opening, closing, and the query around it.
NESTED: Final[Mapping[str, tuple[str, str, str]]] = {
    "groups": ("{ ", "} ", "SELECT * {{ {} }}"),
    "functions": ("STR(", ")", "SELECT (1 + {} AS ?x) {{}}"),
    "brackets": ("(", ")", "SELECT ({} AS ?x) {{}}"),
    "not exists": ("FILTER NOT EXISTS { ", "} ", "SELECT * {{ {} }}"),
    "optional": ("OPTIONAL { ", "} ", "SELECT * {{ {} }}"),
    "queries within": ("{ SELECT * { ", "} } ", "SELECT * {{ {} }}"),
    "lists": ("( ", ") ", "SELECT * {{ ?s ?p {} }}"),
    "nodes": ("[ <x:p> ", "] ", "SELECT * {{ ?s ?p {} }}"),
    "paths": ("(", ")*", "SELECT * {{ ?s {} ?o }}"),
    "triples": ("<<( ", " )>> ", "SELECT * {{ ?s ?p {} }}"),
}
#: What may be said again and again: one link, and the query around it.
CHAINED: Final[Mapping[str, tuple[str, str]]] = {
    "sums": ("+ 1 ", "SELECT (1 {} AS ?x) {{}}"),
    "signs": ("- ", "SELECT ({} 1 AS ?x) {{}}"),
    "refusals": ("! ", "SELECT ({} true AS ?x) {{}}"),
    "choices": ("|| ?x = {n} ", "SELECT * {{ ?s ?p ?x FILTER(false {}) }}"),
    "unions": ("UNION { } ", "SELECT * {{ {{ }} {} }}"),
    "bindings": ("BIND({n} AS ?v{n}) ", "SELECT * {{ {} }}"),
    "filters": ("FILTER({n}) ", "SELECT * {{ {} }}"),
    "optionals": ("OPTIONAL { ?s <x:{n}> ?o{n} } ", "SELECT * {{ {} }}"),
    "patterns": ("?s{n} ?p ?o . ", "SELECT * {{ {} }}"),
    "steps": ("/<x:{n}>", "SELECT * {{ ?s <x:p>{} ?o }}"),
    "alternatives": ("|<x:{n}>", "SELECT * {{ ?s (<x:p>{}) ?o }}"),
}

#: What is asked of all combinations of triples; {n} makes each text another one in more than a comment.
_SHAPES: Final = (
    "SELECT (COUNT(*) AS ?c{n}) {{ {p} FILTER(?o0 != <x:{n}>) }}",
    "SELECT (SUM(STRLEN(STR(?o1)) + {n}) AS ?c{n}) {{ {p} }}",
    'ASK {{ {p} FILTER(CONCAT(STR(?o0), "{n}") = STR(?s3)) }}',
    'SELECT (MAX(CONCAT("{n}", STR(?s2))) AS ?c{n}) {{ {p} }}',
    "SELECT (COUNT(*) AS ?c{n}) {{ {p} FILTER NOT EXISTS {{ ?s1 <x:{n}> ?s2 }} }}",
    "SELECT * {{ {p} FILTER(STRLEN(CONCAT(STR(?o0), STR(?o3))) > 10000{n}) }}",
)


def endless(count: int, first: int = 0) -> list[str]:
    """Return so many queries that nothing but a limit ends and no two of which are alike; ``first`` numbers them."""
    return [_SHAPES[n % len(_SHAPES)].format(p=product(4 + n % 2), n=n) for n in range(first, first + count)]
