"""What the site says of itself: what it is, whom it serves, what it logs, how errors are repaired."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from cityrights_web.settings import Settings
from tests.servers import Server
from tests.support import HANG

ABOUT = "https://w3id.org/cityrights/id/practice/museum"


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
@pytest.mark.parametrize("path", ["/about", "/asking", "/accessibility", "/privacy", "/corrections", "/conformance"])
def test_each_is_there_in_each_language(server: Server, prefix: str, path: str) -> None:
    page = server.get(prefix + path, "text/html")
    assert page.status_code == 200
    assert f'<html lang="{prefix[1:] or "en"}">' in page.text
    assert page.text.count("<h1>") == 1


def test_about_explains_evidence_and_leads_on(server: Server) -> None:
    page = server.get("/about").text
    assert "goes" not in page[: page.index("<h1>")]
    assert "go from it to the lines behind it" in page
    for path in ("/privacy", "/accessibility", "/corrections", "/conformance", "/coverage", "/download", "/ontology"):
        assert f'href="{path}"' in page
    assert 'id="problem-' not in page
    assert 'href="/api#problems"' in page
    assert 'id="problem-query-timeout"' in server.get("/api", "text/html").text


@pytest.mark.parametrize(
    ("language", "makers", "sure"),
    [("", "its editors", "How sure"), ("/fr", "sa rédaction", "s’y fier"), ("/es", "su redacción", "seguro")],
)
def test_about_says_who_makes_it_and_where_to_write(shipped: Server, language: str, makers: str, sure: str) -> None:
    page = shipped.get(f"{language}/about", "text/html").text
    told = page[page.index('id="makers"') : page.index('id="use"')]
    assert makers in told
    assert sure in told
    assert f'href="{language}/corrections"' in told
    assert "Source Serif 4" in shipped.get(re.findall(r'href="(/static/[^"]+licences[^"]+)"', page)[0]).text


@pytest.mark.parametrize(
    ("prefix", "heading"), [("", "Twelve questions"), ("/fr", "Douze questions"), ("/es", "Doce preguntas")]
)
def test_askers_see_the_model_the_questions_and_the_traps(shipped: Server, prefix: str, heading: str) -> None:
    """Each query leads to the workbench, and is answered as it stands there."""
    page = shipped.get(f"{prefix}/asking", "text/html").text
    assert f">{heading}</h2>" in page
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert all(f">cr:{name}<" in drawing for name in ("Practice", "Territory", "Claim", "Decision", "worksWith"))
    assert 'role="img"' in drawing
    assert "<desc" in drawing
    assert "style=" not in drawing
    language = prefix[1:] or "en"
    leads = [html.unescape(found) for found in re.findall(r'<p><a href="(/sparql[^"]+)" aria-label', page)]
    texts = [parse_qs(urlsplit(lead).query)["query"][0] for lead in leads]
    assert len(texts) == 12
    assert [
        html.unescape(text) for text in re.findall(r"<pre tabindex=.0.><code>(.*?)</code>", page, re.DOTALL)
    ] == texts
    assert f'LANG(?name) = "{language}"' in texts[0]
    for text in texts:
        answer = shipped.client.post(
            "/sparql", data={"query": text}, headers={"Accept": "application/sparql-results+json"}
        )
        assert answer.status_code == 200, text
        assert answer.json()["results"]["bindings"], text
    assert page.count('<tr id="trap-') == 15


def test_whoever_asks_is_led_to_the_guide_for_it(shipped: Server) -> None:
    for path in ("/sparql", "/queries", "/ontology", "/"):
        assert 'href="/asking"' in shipped.get(path, "text/html").text, path
    assert "/asking</loc>" in shipped.get("/sitemap-1.xml").text


def test_privacy_tells_what_this_server_logs(
    start: Callable[..., Server], server: Server, fixture_snapshot: Path
) -> None:
    assert "No address of yours" in server.get("/privacy").text
    assert "text of SPARQL queries" not in server.get("/privacy").text
    telling = start(fixture_snapshot, log_queries=True)
    assert "text of SPARQL queries" in telling.get("/privacy").text
    silent = start(fixture_snapshot, access_log=False)
    assert "keeps no log of requests" in silent.get("/privacy").text


def test_what_privacy_says_of_cookies_is_so(server: Server) -> None:
    for path in ("/", "/about", "/sparql", "/compare", "/page/practice/museum"):
        assert "set-cookie" not in server.get(path, "text/html").headers


def test_a_correction_names_the_thing_its_page_and_the_version(server: Server) -> None:
    page = server.get(f"/corrections?about={quote(ABOUT)}").text
    assert "Museum of migration" in page
    assert f"About: {ABOUT}" in page
    assert f"Page: {server.url}/page/practice/museum" in page
    assert str(server.get("/health").json()["version"])[:12] in page
    assert "whoever runs this site" in page
    assert "mailto:" not in page


def test_a_contact_is_shown_and_gets_the_text_by_mail(start: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = start(fixture_snapshot, contact="mailto:graph@city.example")
    page = server.get(f"/corrections?about={quote(ABOUT)}").text
    assert '<a href="mailto:graph@city.example">graph@city.example</a>' in page
    address = html.unescape(page.split('href="mailto:graph@city.example?', 1)[1].split('"', 1)[0])
    asked = parse_qs(urlsplit(f"mailto:?{address}").query)
    assert ABOUT in asked["body"][0]
    assert "graph@city.example" in server.get("/accessibility").text


def test_only_addresses_of_the_graph_can_be_asked_about(server: Server) -> None:
    for about in ("https://other.example/", "javascript:alert(1)", "https://w3id.org/cityrights/<script>", "x" * 3000):
        assert server.get(f"/corrections?about={quote(about)}", "text/html").status_code == 400
    unknown = server.get("/corrections?about=https://w3id.org/cityrights/id/city/nowhere", "text/html")
    assert unknown.status_code == 200
    assert "knows nothing by that name" in unknown.text


def test_who_answers_for_the_practices_stands_as_the_documents_print_it(shipped: Server) -> None:
    page = shipped.get("/corrections").text
    assert 'href="/page/organisation/uclg-csipdhr-secretariat"' in page
    assert 'href="mailto:cisdp1@uclg.org"' in page


def test_a_contact_is_an_address() -> None:
    with pytest.raises(ValueError, match="mailto"):
        Settings(contact="javascript:alert(1)")
    command = [sys.executable, "-c", "from cityrights.cli import main; main()", "serve", "--contact", "me"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 2
    assert "mailto:" in done.stderr
