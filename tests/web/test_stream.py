"""The stream of versions (LDES): who replays it from its first page holds what was published, byte for byte."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest

from cityrights.versions import stream
from cityrights.vocabulary import DCTERMS, RDF
from tests.servers import Server
from tests.support import HANG, LDES, need
from tests.web.test_history import House, house, site

__all__ = ["house", "site"]  # the fixtures

TREE, LDES_NS, AS = "https://w3id.org/tree#", "https://w3id.org/ldes#", "https://www.w3.org/ns/activitystreams#"


def quads(content: bytes) -> list[ox.Quad]:
    return list(ox.parse(content, format=ox.RdfFormat.N_QUADS))


class Replayed:
    """What a client holds that reads a stream from its root: it knows TREE and LDES, and nothing of this site."""

    def __init__(self, get: Callable[[str], bytes], root: str) -> None:
        self.graphs: dict[str, set[ox.Triple]] = {}
        self.kinds: dict[str, list[str]] = defaultdict(list)
        told = quads(get(root))
        one = {(str(quad.subject), quad.predicate.value): quad.object for quad in told}
        relations = [quad.object for quad in told if quad.predicate.value == TREE + "relation"]
        pages = [(one[str(each), TREE + "value"], one[str(each), TREE + "node"]) for each in relations]
        (self.stream,) = [quad.subject for quad in told if quad.predicate.value == TREE + "view"]
        assert one[str(self.stream), TREE + "view"] == ox.NamedNode(root)
        self.of, self.when = (one[str(self.stream), LDES_NS + name] for name in ("versionOfPath", "timestampPath"))
        self.pages = [page.value for _, page in pages if isinstance(page, ox.NamedNode)]
        moments = [value.value for value, _ in pages if isinstance(value, ox.Literal)]
        assert moments == sorted(moments)
        for page in self.pages:
            self._read(quads(get(page)))

    def _read(self, page: Iterable[ox.Quad]) -> None:
        said: defaultdict[ox.NamedNode, dict[str, ox.NamedNode | ox.Literal]] = defaultdict(dict)
        content: defaultdict[ox.NamedNode, set[ox.Triple]] = defaultdict(set)
        members = []
        for quad in page:
            assert isinstance(quad.subject, ox.NamedNode)
            if isinstance(quad.graph_name, ox.NamedNode):
                content[quad.graph_name].add(quad.triple)
            elif quad.subject == self.stream and quad.predicate.value == TREE + "member":
                assert isinstance(quad.object, ox.NamedNode)
                members.append(quad.object)
            else:
                assert isinstance(quad.object, ox.NamedNode | ox.Literal)
                said[quad.subject][quad.predicate.value] = quad.object
        assert set(content) <= set(members), "there are quads of no member"
        for member in members:
            kind, graph = said[member][RDF + "type"].value.removeprefix(AS), said[member][DCTERMS + "isVersionOf"].value
            assert said[member][DCTERMS + "created"].value
            self.kinds[graph].append(kind)
            if kind == "Delete":
                assert member not in content
                del self.graphs[graph]
            else:
                assert (kind == "Create") == (graph not in self.graphs), graph
                self.graphs[graph] = content[member]

    def sha256(self) -> str:
        """Return the digest of the sorted N-Quads of all graphs."""
        held = (
            ox.Quad(one.subject, one.predicate, one.object, ox.NamedNode(graph))
            for graph, triples in self.graphs.items()
            for one in triples
        )
        written = ox.serialize(held, format=ox.RdfFormat.N_QUADS)
        assert written is not None
        return hashlib.sha256(b"".join(sorted(written.splitlines(keepends=True)))).hexdigest()


def test_who_replays_it_holds_what_was_published(site: Server, house: House, start: Callable[..., Server]) -> None:
    held = {}
    for place, server in ((1, start(house.versions[1].path)), (3, site)):

        def get(address: str, server: Server = server) -> bytes:
            answer = server.get(urlsplit(address).path)
            assert answer.status_code == 200, address
            assert answer.headers["content-type"].startswith("application/n-quads")
            return answer.content

        held[place] = Replayed(get, f"{server.url}/changes/ldes")
        assert held[place].sha256() == house.versions[place].files["cityrights.nq"]["sha256"]
    claim = "https://w3id.org/cityrights/id/claim/first/"
    assert held[3].kinds[f"{claim}1"] == ["Create", "Update"]
    assert held[3].kinds[f"{claim}2"] == ["Create", "Delete"]
    assert held[3].kinds[f"{claim}3"] == ["Create"]
    paths = [[urlsplit(page).path for page in held[place].pages] for place in (1, 3)]
    assert paths[1][: len(paths[0])] == paths[0], "pages were changed"


#: The terms of https://w3id.org/ldes/vocabulary (1.0.0) and https://w3id.org/tree/specification that a stream may use.
PUBLISHED = {
    *(
        f"{LDES_NS}{name}"
        for name in ("EventStream", "RetentionPolicy", "retentionPolicy", "versionAmount", "immutable")
    ),
    *(f"{LDES_NS}version{name}Object" for name in ("Create", "Update", "Delete")),
    *(f"{LDES_NS}{name}Path" for name in ("timestamp", "versionOf", "sequence")),
    *(
        f"{TREE}{name}"
        for name in ("Collection", "Node", "Relation", "GreaterThanOrEqualToRelation", "viewDescription")
    ),
    *(f"{TREE}{name}" for name in ("view", "member", "relation", "node", "path", "value", "remainingItems")),
}


def test_pages_never_change_and_the_root_says_what_is_kept(site: Server) -> None:
    root = site.get("/changes/ldes")
    assert root.headers["cache-control"] == "no-cache"
    told = {(quad.predicate.value, str(quad.object)) for quad in quads(root.content)}
    assert (f"{RDF}type", f"<{LDES_NS}RetentionPolicy>") in told
    page = next(quad.object for quad in quads(root.content) if quad.predicate.value == TREE + "node")
    assert isinstance(page, ox.NamedNode)
    path = urlsplit(page.value).path
    answer = site.get(path)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert site.get(path, If_None_Match=answer.headers["etag"]).status_code == 304
    slash = site.get("/changes/ldes/?x=1")
    assert (slash.status_code, slash.headers["location"]) == (308, "/changes/ldes?x=1")
    terms = {term for quad in (*quads(root.content), *quads(answer.content)) for term in quad}
    used = {term.value for term in terms if isinstance(term, ox.NamedNode) and term.value.startswith((LDES_NS, TREE))}
    assert used <= PUBLISHED, used - PUBLISHED
    for other in (f"{path}0", f"{path[:-1]}0", f"{path[:-1]}٣", path.rpartition("/")[0], "/changes/ldes/x/1"):
        assert site.get(other).status_code == 404, other


def test_it_begins_anew_after_so_many_versions(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_MOST", 2)
    monkeypatch.setattr(stream, "_PAGE", 5)
    moment, before = datetime(2026, 1, 1, tzinfo=UTC), None
    for place in (0, 1, 2, 3):
        after = house.versions[place]
        when = moment + timedelta(days=place)
        stream.keep(tmp_path, f"{when:%Y%m%dT%H%M%SZ}-{after.short}", when, before, after)
        known = stream.parts(tmp_path)
        parts = stream.listed(known, after.version)
        assert [part.full for part in parts] == [True, False][: len(parts)]
        assert len(parts) == (1, 2, 1, 2)[place]
        assert len(known) == len(parts), "what is not listed is kept"
        assert all(one is other for one, other in zip(known, stream.parts(tmp_path), strict=True)), "read again"
        assert len(parts[0].pages) > 1
        graphs: dict[str, list[bytes]] = {}
        for part in parts:
            for number, members in enumerate(part.pages, 1):
                lines = stream.content(tmp_path, part.name, number).splitlines(keepends=True)
                for place_there, member in enumerate(members, 1):
                    end = f"<{stream.member_iri(part.name, number, place_there)}> .\n".encode()
                    own = f"<{member.graph}> .\n".encode()
                    graphs[member.graph] = [line[: -len(end)] + own for line in lines if line.endswith(b" " + end)]
        held = b"".join(sorted(line for lines in graphs.values() for line in lines))
        assert hashlib.sha256(held).hexdigest() == after.files["cityrights.nq"]["sha256"], place
        before = after


CLIENT = """
import { replicateLDES } from "ldes-client";
const asked = { url: process.argv[2], urlIsView: true, noShape: true, onlyDefaultGraph: true };
const client = replicateLDES(asked, "ascending");
const reader = client.stream({ materialize: false }).getReader();
const members = [];
for (let next = await reader.read(); !next.done; next = await reader.read())
  members.push({ id: next.value.id.value, quads: next.value.quads.length });
console.log(JSON.stringify(members));
"""


def test_a_real_client_reads_every_member(site: Server, house: House, tmp_path: Path) -> None:
    modules = need(LDES)
    script = modules.parent / "cityrights-test.mjs"
    script.write_text(CLIENT, "utf-8")
    done = subprocess.run(
        ["node", str(script), f"{site.url}/changes/ldes"], capture_output=True, timeout=HANG, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    members = json.loads(done.stdout.splitlines()[-1])
    parts = stream.parts(house.folder / "history" / stream.FOLDER)
    expected = [
        stream.member_iri(part.name, number, place)
        for part in parts
        for number, page in enumerate(part.pages, 1)
        for place, _ in enumerate(page, 1)
    ]
    assert sorted(one["id"] for one in members) == sorted(expected)
