"""The programs that the page of a query offers run as they stand, whatever the query holds, and print the answer."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from cityrights_web.results.samples import Sample, javascript_text, python_text, query_samples
from tests.gate.clients.programs import ASK, CONSTRUCT, SELECT, node, printed
from tests.support import CURL, HANG, R, need

#: Everything that a shell, Python, JavaScript, HTML or an address could take for something else.
HOSTILE = """\
# '''""\" `${process.exit(9)}` $(exit 9) \\ %s {0} {query} %20 &amp; </script><b> é 漢 😀 \u2028\x0b\x7f
SELECT ?x WHERE { BIND(MD5('it\\'s "`${x}` $HOME \\\\ %41 </script> é漢😀\u00a0\u2028\t') AS ?x) }
# ends with \"\"\""""
#: What the string of HOSTILE is, of which it asks for the digest.
TEXT = "it's \"`${x}` $HOME \\ %41 </script> é漢😀\u00a0\u2028\t"
NAMES = ("curl", "rdflib", "sparqlwrapper", "pandas", "r", "javascript")


def sample(endpoint: str, query: str, form: str, name: str) -> Sample:
    return next(each for each in query_samples(endpoint, query, form) if each.name == name)


def run(one: Sample, folder: Path) -> str:
    """Run a sample as somebody who has copied it, and return what it prints."""
    if one.name == "curl":
        need(CURL)
        path, program = folder / "sample.sh", ["sh"]
    elif one.name == "r":
        path, program = folder / "sample.R", [str(need(R))]
    elif one.name == "javascript":
        path, program = folder / "sample.mjs", [str(node())]
    else:
        path, program = folder / "sample.py", [sys.executable, "-W", "ignore::DeprecationWarning"]
    path.write_text(one.text, "utf-8", newline="")
    return printed([*program, path])


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_the_rows(endpoint: str, name: str, tmp_path: Path) -> None:
    out = run(sample(endpoint, SELECT, "select", name), tmp_path)
    assert "Mémoire" in out
    assert "https://w3id.org/cityrights/id/city/münchen" in out or name == "pandas"  # which shortens what is long


@pytest.mark.parametrize("name", NAMES)
def test_a_query_arrives_as_it_was_written(endpoint: str, name: str, tmp_path: Path) -> None:
    out = run(sample(endpoint, HOSTILE, "select", name), tmp_path)
    assert hashlib.md5(TEXT.encode(), usedforsecurity=False).hexdigest() in out


@pytest.mark.parametrize("name", ["curl", "rdflib", "sparqlwrapper", "javascript"])
def test_it_prints_truth_and_graphs(endpoint: str, name: str, tmp_path: Path) -> None:
    assert "true" in run(sample(endpoint, ASK, "ask", name), tmp_path).lower()
    assert "Múnich" in run(sample(endpoint, CONSTRUCT, "construct", name), tmp_path)


@pytest.mark.parametrize(
    "text", [HOSTILE, '"', '""', '"""', '\\"', "`", "${", "\\", "a\r\nb\rc", "\x00\x1b", "ends \\"]
)
def test_a_literal_is_the_text(text: str, tmp_path: Path) -> None:
    assert eval(python_text(text)) == text
    program = tmp_path / "text.mjs"
    program.write_text(f"process.stdout.write({javascript_text(text)})", "utf-8", newline="")
    done = subprocess.run([node(), program], stdout=subprocess.PIPE, check=True, timeout=HANG)
    assert done.stdout.decode() == text


def test_which_programs_there_are() -> None:
    names = {
        form: [each.name for each in query_samples("http://a.example/sparql", "ASK {}", form)]
        for form in ("select", "ask", "describe")
    }
    assert names["select"] == list(NAMES)
    assert names["ask"] == names["describe"] == ["curl", "rdflib", "sparqlwrapper", "javascript"]
    with_nul = [each.name for each in query_samples("http://a.example/sparql", "ASK {} # \0", "select")]
    assert with_nul == ["curl", "rdflib", "sparqlwrapper", "pandas", "javascript"]


@pytest.mark.parametrize("code", [*range(9), *range(11, 32), *range(127, 160)])
def test_a_command_has_nothing_that_a_terminal_obeys(code: int) -> None:
    """What is pasted into a terminal goes through its line discipline first: Ctrl-C there would end the quotation."""
    query = f"ASK {{}} # {chr(code)}\n touch here \x1b[201~\n"
    text = sample("http://a.example/sparql", query, "ask", "curl").text
    assert all(each == "\n" or each.isprintable() for each in text)
    sent = shlex.split(text)[-2:]
    assert sent[0] == "--data-raw"
    assert urllib.parse.parse_qs(sent[1], strict_parsing=True) == {"query": [query]}


def test_the_text_of_r_is_ascii() -> None:
    text = sample("http://a.example/sparql", HOSTILE, "select", "r").text
    assert text.isascii()
    assert "\\u6f22\\U0001f600" in text
