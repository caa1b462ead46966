"""Long texts, which take a while to be read: nobody else waits for them, and who sent them pays.

Each text differs from the others in its tokens and not only in a comment, and each lookup is one that was never sent.
"""

from __future__ import annotations

import itertools
import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.gate.robustness.asking import lookup
from tests.servers import Server
from tests.support import HANG

#: What a body may have, less what stands around the text.
_LENGTH = 990_000
#: So many lookups, pages and looks at its health are answered beside the five texts, at least. Where they are read in
#: the event loop, it does so much as one between two texts.
_BESIDE = 60
_ONCE = itertools.count()
_HEAD = "PREFIX e: <http://e.example/> "


def long_text(end: str = "} }") -> str:
    """Return a query of nearly a million characters that is short otherwise."""
    number = next(_ONCE)
    # Names are looked at one by one, numbers would be taken in one run.
    return f"{_HEAD}SELECT ?x{number} {{ VALUES ?x{number} {{ {'e:1 ' * ((_LENGTH - 200) // 4)}{number} {end}"


def _direct(server: Server, text: str) -> httpx.Response:
    kind = {"content-type": "application/sparql-query", "accept": "text/csv"}
    return httpx.post(f"{server.url}/sparql", content=text, headers=kind, timeout=HANG, trust_env=False, verify=False)


def _form(server: Server, text: str) -> httpx.Response:
    # Only as long as it may be when the form is encoded, which makes three characters of one.
    data, accept = {"query": f"{text[:200]} {'e:1 ' * 90_000}{text[-60:]}"}, {"accept": "text/html"}
    return httpx.post(f"{server.url}/sparql", data=data, headers=accept, timeout=HANG, trust_env=False, verify=False)


def _evidence(server: Server, text: str) -> httpx.Response:
    text = f"{text[:300_000]} {text[-60:]}"  # which is walked over several times
    kind = {"content-type": "application/sparql-query", "accept": "application/json"}
    return httpx.post(
        f"{server.url}/sparql/evidence", content=text, headers=kind, timeout=HANG, trust_env=False, verify=False
    )


def _fields(server: Server, _: str) -> httpx.Response:
    """Send no query, but a form of nothing else than escapes."""
    body, number = b"", next(_ONCE)
    body = b"x=%d" % number + b"%41" * 300_000
    kind = {"content-type": "application/x-www-form-urlencoded", "accept": "text/csv"}
    return httpx.post(f"{server.url}/sparql", content=body, headers=kind, timeout=HANG, trust_env=False, verify=False)


#: Ways to send them, and what they are answered.
WAYS: dict[str, tuple[Callable[[Server, str], httpx.Response], set[int]]] = {
    "directly": (_direct, {200}),
    "as a form, for a page": (_form, {200}),
    "for their evidence": (_evidence, {422}),
    "a form of escapes": (_fields, {400}),
}


@contextmanager
def sent(
    server: Server, way: Callable[[Server, str], httpx.Response], end: str
) -> Iterator[list[Future[httpx.Response]]]:
    """Send five of them at once."""
    with ThreadPoolExecutor(5) as threads:
        ready = threading.Barrier(6)

        def send() -> httpx.Response:
            text = long_text(end)
            ready.wait()
            return way(server, text)

        futures = [threads.submit(send) for _ in range(5)]
        ready.wait()
        yield futures


def beside(server: Server, attack: list[Future[httpx.Response]]) -> int:
    """Do what others do until the attack has ended; return how often that went well before it had."""
    done = 0
    with httpx.Client(base_url=server.url, trust_env=False, verify=False, timeout=HANG) as client:
        while True:
            found = lookup(server, client)
            health = client.get("/health")
            page = client.get("/about", params={"n": next(_ONCE)})
            if all(each.done() for each in attack):
                return done
            assert (found.status, health.status_code, page.status_code) == (200, 200, 200)
            done += 1


@pytest.fixture(scope="module")
def reading(launch: Callable[..., Server], made: Path) -> Server:
    """A server that does not count the time of this machine."""
    return launch(made, workers=2, query_seconds=25.0, access_log=False)


def test_others_are_answered_while_long_texts_are_read(reading: Server, say: Callable[[object], None]) -> None:
    for name, (way, wanted) in WAYS.items():
        with sent(reading, way, "} }") as attack:
            done = beside(reading, attack)
        statuses = {each.result().status_code for each in attack}
        say(f"long texts {name}: {done} rounds of others beside them")
        assert statuses == wanted, f"{name}: {statuses}"
        assert done >= (_BESIDE if way is not _fields else 3), f"{name}: {done}"


def test_a_refused_one_says_where_it_is_wrong(reading: Server) -> None:
    text = long_text("} }\n\n  ]")
    answer = _direct(reading, text)
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["line"], problem["column"]) == (3, 3)
    assert problem["excerpt"] == "  ]\n  ^"
    lines = _direct(reading, "\n" * 900_000 + "SELECT nothing ]")
    assert (lines.status_code, lines.json()["line"]) == (400, 900_001)
    assert lines.json()["excerpt"].startswith("SELECT nothing ]")


def test_the_same_one_is_read_once_and_means_what_a_short_one_means(reading: Server) -> None:
    comment = f"# {'x' * 5000}\n"
    plain = "SELECT ?p { <http://e.example/s1> ?p ?o } ORDER BY ?p"
    first, second = _direct(reading, plain), _direct(reading, comment + plain)
    assert first.text == second.text
    assert first.headers["etag"] == second.headers["etag"]


def test_sigterm_ends_the_service_beside_them(launch: Callable[..., Server], made: Path) -> None:
    server = launch(made, access_log=False)
    with ThreadPoolExecutor(5) as threads:
        for _ in range(5):
            threads.submit(_direct, server, long_text())
        assert lookup(server).status == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(HANG) is not None


def _left(answer: httpx.Response) -> int:
    return int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0])


def test_who_sends_a_long_text_pays_for_its_reading_also_when_it_is_refused(
    launch: Callable[..., Server], made: Path
) -> None:
    server = launch(made, fair_use="on", fair_seconds=100.0, fair_window=1_000_000.0)
    for way in (_direct, _evidence):
        before = None
        for _ in range(30):  # each costs more than the hundredth of a second that every request does
            answer = way(server, long_text("} } ]"))
            assert answer.status_code == 400
            before = _left(answer) if before is None else before
            if _left(answer) <= before - 2:
                break
        else:
            pytest.fail(f"{way.__name__}: the time to read a text is not counted")


def test_who_has_nothing_left_has_nothing_read(launch: Callable[..., Server], made: Path) -> None:
    server = launch(made, fair_use="on", fair_seconds=1.0, fair_window=100_000.0)
    known = "SELECT ?p { <http://e.example/s1> ?p ?o }"
    assert _direct(server, known).status_code == 200
    statuses = [_direct(server, f"SELECT nothing {number} ]").status_code for number in range(120)]
    assert statuses[0] == 400
    assert statuses[-1] == 429  # what is refused costs, too
    for way in (_direct, _evidence, _form):
        answer = way(server, long_text())
        assert answer.status_code == 429, way.__name__
        assert int(answer.headers["retry-after"]) > 0
    assert _direct(server, known).status_code == 200  # answers that were given before stay free


def test_a_form_of_very_many_fields_is_refused_at_a_glance(reading: Server) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(
        f"{reading.url}/sparql", content=b"a&" * 490_000, headers=kind, timeout=HANG, trust_env=False, verify=False
    )
    assert answer.status_code == 400
    assert "parameters" in json.loads(answer.content)["detail"]
    assert reading.get("/sparql?" + "a&" * 20_000).status_code == 400
