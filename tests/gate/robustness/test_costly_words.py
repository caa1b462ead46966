"""Words that cost whoever reads them: in values of answers, in headers, in addresses and in forms.

While some send nothing else, each time in other words, look-ups, pages and /health are answered; then the service ends
when it is told to. That reading takes no more time than the words are long is held for every expression of the code in
tests/whole/expressions.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count, cycle
from pathlib import Path
from urllib.parse import urlencode

import httpx

from tests.servers import Server
from tests.support import HANG

_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_NUMBERS = count()
#: What header takes which words, and how it is answered all the same.
_HEADERS = (
    ("Accept", ",", 200), ("Accept", '"', 200), ("Accept", ',"', 200), ("Accept", "a/b,", 406), ("Accept", ";", 200),
    ("Accept-Language", "a-", 200), ("Accept-Language", ",", 200), ("Accept-Encoding", ",", 200),
    ("If-None-Match", '",', 200), ("X-Forwarded-For", ",", 200),
)  # fmt: skip


def _point(digits: str) -> str:
    """Return what is a point nearly, and may be read in very many ways."""
    space, number = " " * 30, digits * 28
    return f"{space}POINT{' ' * 20}({number} {number} {number} {number}x"


def _attacks(client: httpx.Client) -> Iterator[Callable[[], None]]:
    def answer(format_: str, status: int, says: str, path: str = "/sparql") -> None:
        number = next(_NUMBERS)
        query = f'SELECT (STRDT("{_point(str(number % 10))}", <{_WKT}>) AS ?where) ({number} AS ?n) {{}}'
        found = client.get(f"{path}?{urlencode({'query': query, **({'format': format_} if format_ else {})})}")
        assert (found.status_code, says in found.text) == (status, True), found.text[:2_000]

    def header(name: str, words: str, status: int) -> None:
        value = f"{words * (15_000 // len(words))}{next(_NUMBERS)}"
        found = client.get("/sparql", params={"query": "ASK {}"}, headers={name: value})
        assert found.status_code == status, (name, words, found.status_code)

    def places() -> None:
        found = client.get("/compare", params=[("city", f"{next(_NUMBERS)}") for _ in range(5_000)])
        assert (found.status_code, "400 parameters" in found.text) == (400, True), found.text

    def names() -> None:
        words = "human rights council of the city " * 2
        batch = {f"q{number}": {"query": f"{words}{next(_NUMBERS)}"} for number in range(200)}
        found = client.post("/reconcile", data={"queries": json.dumps(batch)})
        assert len(found.json()) == 200, found.text

    def fields() -> None:
        found = client.post("/sparql", content=f"a{next(_NUMBERS)}&" + "a&" * 450_000, headers=_FORM)
        assert (found.status_code, "400 parameters" in found.text) == (400, True), found.text

    yield lambda: answer("html", 200, "POINT")
    yield lambda: answer("geojson", 406, "coordinates")
    yield lambda: answer("", 200, "POINT", "/sparql/embed")
    yield from (partial(header, *each) for each in _HEADERS)
    yield from (places, names, fields)


def test_others_are_answered_beside_words_that_cost(launch: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = launch(fixture_snapshot)
    done, sent = threading.Event(), []

    def attack() -> None:
        with httpx.Client(base_url=server.url, trust_env=False, verify=False, timeout=HANG) as client:
            for each in cycle(_attacks(client)):
                each()
                sent.append(each)
                if done.is_set() and len(sent) > 20:
                    return

    with ThreadPoolExecutor(3) as threads:
        attackers = [threads.submit(attack) for _ in range(3)]
        try:
            for number in range(30):
                query = f'SELECT ?s {{ ?s ?p "Múnich"@es }} LIMIT {100 + number}'
                found = server.get(f"/sparql?{urlencode({'query': query})}")
                assert (found.status_code, "city/m" in found.text) == (200, True)
                assert server.get("/health").json()["status"] == "ok"
                assert server.get(f"/cities?n={number}", "text/html").status_code == 200
        finally:
            done.set()
        for each in attackers:
            each.result()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(HANG) == 0, server.log.read_text()
