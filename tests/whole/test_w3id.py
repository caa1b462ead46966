"""The redirects for the permanent addresses, on a real Apache as w3id.org is one, before a real server of ours.

Nothing is mocked: names of every kind are taken from the dump, asked for by curl with the headers that people and
programs send, and followed to the page or the data at the end.
"""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
import rdflib
from tools.w3id import PLACE, write

from cityrights.snapshot import Snapshot
from cityrights.vocabulary import BASE
from tests.servers import Server, free_port
from tests.support import APACHE, CURL, need
from tests.whole.test_deploy import running

#: What people and programs ask for, and the type that they get.
ACCEPTS = {
    "text/html,application/xhtml+xml,*/*;q=0.8": "text/html",
    "text/turtle": "text/turtle",
    "application/ld+json": "application/ld+json",
}
#: Names of each kind that are tried: the first, the last, and some between.
EACH = 4
#: Kinds of names that there have to be, so that a pattern that finds none does not pass for all.
KINDS = {
    "id/practice/", "id/claim/", "id/decision/", "id/passage/", "id/theme/", "id/", "graph/", "graph/derived/",
    "ontology", "ontology#", "ontology/", "ontology/alignments/", "shapes/", "dataset", "dataset/", "void/class/", "",
}  # fmt: skip


#: Names of files and pages, which are what they are whatever is asked for.
FILES = {
    "dataset/nquads": "application/n-quads", "dataset/ntriples": "application/n-triples",
    "dataset/(trig|nanopubs)": "application/trig", "dataset/(turtle|rdf12)": "text/turtle",
    "dataset/jsonld": "application/ld+json", "changes": "text/html",
    r"graph/derived/.*\.rq": "application/sparql-query",
}  # fmt: skip
#: Names of parts that the page of the whole does not spell out: how it leads to them.
LED = {
    "dataset/links-|void/": 'href="/dataset.ttl"', "ontology/alignments/": 'href="/{}', r"ontology/[0-9]": "0.2.1",
    "shapes/$": 'href="/ontology/shapes.ttl"', "sparql$": 'action="/sparql"',
    "changes": 'href="/changes.atom"', "$": "cityrights",
}  # fmt: skip


#: What names had that were replaced: their page is that of the name that stands.
FORMER = re.compile(r"(?<=^id/region)/region-")


@dataclass(frozen=True)
class Answer:
    """What curl got in the end: the address, the status, the media type, how many redirects, and the body."""

    url: str
    status: int
    kind: str
    redirects: int
    body: str


@contextmanager
def w3id(server: Server, folder: Path, *more: str) -> Iterator[str]:
    """Serve the rules by Apache, before a server of ours; yield the beginning of all names there."""
    place, port = folder / "www" / "cityrights", free_port()
    place.mkdir(parents=True)
    made = write("https://rights.example.org", "mailto:office@example.org", folder / "made")
    rules = (made / ".htaccess").read_text("utf-8")
    (place / ".htaccess").write_text(rules.replace("https://rights.example.org", server.url), "utf-8")
    names = ("mpm_event", "authz_core", "dir", "rewrite")
    lines = [
        *(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in names),
        f"ServerRoot {folder}", f"PidFile {folder}/pid", f"Listen 127.0.0.1:{port}", "ServerName localhost",
        "ErrorLog /dev/stderr", f"DocumentRoot {folder}/www", *more,
        f"<Directory {folder}/www>", "AllowOverride All", "Require all granted", "</Directory>",
    ]  # fmt: skip
    (folder / "conf").write_text("\n".join([*lines, ""]), "utf-8")
    with running([need(APACHE), "-D", "FOREGROUND", "-f", folder / "conf"], port, folder / "log"):
        yield f"http://127.0.0.1:{port}/cityrights/"


def asked(addresses: Sequence[str], accept: str, folder: Path, *, follow: bool = True) -> list[Answer]:
    """Ask for addresses, as they are written, by curl; all of them in one process."""
    told = "%{url_effective} %{http_code} %{num_redirects} %{content_type}\\n%{redirect_url}\\n"
    parts = [
        part
        for number, address in enumerate(addresses)
        for part in (f'url = "{address}"', f'output = "{folder}/body-{number}"')
    ]
    (folder / "asked").write_text("\n".join(parts), "utf-8")
    command = [str(need(CURL)), "--silent", "--globoff", "--path-as-is", "--noproxy", "*", "--write-out", told]
    command += ["--header", f"Accept: {accept}", "--config", f"{folder}/asked", *(["--location"] if follow else [])]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    found = []
    for number in range(len(addresses)):
        url, status, redirects, kind = (lines[2 * number] + " ").split(" ", 3)
        body = folder / f"body-{number}"
        text = body.read_text("utf-8") if body.exists() and follow else lines[2 * number + 1]
        found.append(Answer(url, int(status), kind.partition(";")[0].strip(), int(redirects), text))
        body.unlink(missing_ok=True)
    return found


def names(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return names of each kind in the dump, without what they have in common."""
    text = (snapshot.path / "cityrights.nq").read_text("utf-8")
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(set(re.findall(f"<{re.escape(BASE)}([^>]*)>", text))):
        start = re.match(r"id/[^/]+/|ontology#|(?:[a-z]+/)*", name)
        assert start
        kinds[start[0] or name].append(name)
    return {kind: [held[len(held) * n // EACH] for n in range(EACH)] + held[-1:] for kind, held in kinds.items()}


# rdflib 7.6 reads JSON-LD by what it has deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_names_of_every_kind_end_at_their_page_or_their_data(
    shipped: Server, snapshot: Snapshot, tmp_path: Path
) -> None:
    sample = names(snapshot)
    assert sample.keys() >= KINDS, KINDS - sample.keys()
    chosen = [name for held in sample.values() for name in dict.fromkeys(held)]
    assert len(chosen) > 120
    wrong = []
    with w3id(shipped, tmp_path) as base:
        for accept, kind in ACCEPTS.items():
            for name, got in zip(chosen, asked([base + one for one in chosen], accept, tmp_path), strict=True):
                why = _wrong(shipped, name, kind, got)
                wrong += [f"{name} ({kind}): {why}: {got.url} {got.status} {got.kind}"] if why else []
    assert wrong == [], "\n".join(wrong)


def _wrong(server: Server, name: str, kind: str, got: Answer) -> str:
    """Say what is wrong with where a name led; nothing where all is right."""
    if not got.url.startswith(server.url) or not got.redirects:
        return "it was not led to the service"
    if re.fullmatch(r"ontology/[0-9.]+", name) and got.status == 410:
        return "" if "0.2.1" in got.body else "what is no longer there does not name its successor"
    if got.status != 200:
        return "not there"
    kind = next((own for pattern, own in FILES.items() if re.fullmatch(pattern, name)), kind)
    if got.kind != kind:
        return f"not {kind}"
    if kind == "text/html":
        place = name.partition("#")[2]
        ways = [way.format(name) for pattern, way in LED.items() if re.match(pattern, name)]
        said = f'id="{place}"' if place else next(iter(ways), BASE + FORMER.sub("/", name))
        return "" if said in unescape(got.body) else f"the page does not have {said}"
    if kind not in ACCEPTS.values() or name.startswith("graph/") or "/download/" in got.url:
        return "" if len(got.body) > 100 else "nothing is there"
    known = _terms(got.url, got.body, "turtle" if kind == "text/turtle" else "json-ld")
    said = f"{server.url}/sparql" if name == "sparql" else BASE + name
    return "" if said in known or name == "ontology#" else "the data say nothing of it"


_READ: dict[str, set[str]] = {}


def _terms(url: str, body: str, form: str) -> set[str]:
    """Return the IRIs of a document, which many names lead to: it is read once."""
    if url not in _READ:
        _READ[url] = {str(term) for triple in rdflib.Graph().parse(data=body, format=form) for term in triple}
    return _READ[url]


def test_names_go_on_as_they_were_written(server: Server, tmp_path: Path) -> None:
    """Escapes, letters beyond ASCII, what follows a question mark: nothing is decoded, doubled or lost on the way."""
    written = (
        "id/city/m%C3%BCnchen", "id/city/a%2Fb", "id/city/a%23b%3Fc%25d%20e", "id/city/x%E2%80%AE", "id/x+y~z'(!)*",
        "id/city/utrecht?version=3a8a9b4b0303&x=%26", "id/city/utrecht?", "sparql?query=ASK%20%7B%7D", "dataset.ttl",
        "", "id/city/%0d%0aX:y", "shapes/", "id//city", "https://example.org/", "//example.org/",
    )  # fmt: skip
    with w3id(server, tmp_path / "open", "AllowEncodedSlashes NoDecode") as base:
        led = asked([base + one for one in written], "*/*", tmp_path, follow=False)
        for name, got in zip(written, led, strict=True):
            assert (got.status, got.body.removesuffix("?")) == (303, f"{server.url}/{name}".removesuffix("?")), name
        (munich,) = asked([f"{base}id/city/m%C3%BCnchen"], "text/turtle", tmp_path)
        assert (munich.status, munich.kind) == (200, "text/turtle")
        assert f"<{BASE}id/city/münchen>" in munich.body or "city:münchen" in munich.body
        whole, bare = asked([base, base.rstrip("/")], "text/html", tmp_path)
        assert whole.status == bare.status == 200
        assert whole.url == bare.url == f"{server.url}/"


def test_no_name_needs_what_apache_refuses_by_default(server: Server, snapshot: Snapshot, tmp_path: Path) -> None:
    """Unless it is told otherwise, Apache answers an escaped slash with 404 before any rule: no name has one."""
    with w3id(server, tmp_path) as base:
        (refused,) = asked([f"{base}id/city/a%2Fb"], "*/*", tmp_path, follow=False)
        assert refused.status == 404
    text = (snapshot.path / "cityrights.nq").read_text("utf-8")
    assert "%2F" not in "".join(re.findall(f"<{re.escape(BASE)}([^>]*)>", text)).upper()


def test_what_is_submitted_names_who_was_given_and_nobody_else(tmp_path: Path) -> None:
    folder = write("https://rights.example.org/graph", "https://rights.example.org/corrections", tmp_path)
    assert sorted(one.name for one in folder.iterdir()) == [".htaccess", "README.md"]
    rules, readme = ((folder / name).read_text("utf-8") for name in (".htaccess", "README.md"))
    assert rules.count("https://rights.example.org/graph/%1") == 1
    assert f"{PLACE}/" not in rules
    assert "https://rights.example.org/corrections" in readme
    assert re.findall(r"\S+@\S+", rules + readme) == []
    for address, contact in (
        ("", "mailto:a@example.org"), ("https://rights.example.org", ""), ("rights.example", "mailto:a@example.org"),
        ("https://rights.example.org/", "mailto:a@example.org"), ("https://a.example b", "mailto:a@example.org"),
        ("https://rights.example.org", "a@example.org"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="expected"):
            write(address, contact, tmp_path)
