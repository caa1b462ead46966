"""What docs/deploy offers to those who run the service: units, proxies, a container, each tried as it is written."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx
import pytest

from cityrights.snapshot import Snapshot
from cityrights_web.cli import serve
from tests.counters import path, until
from tests.servers import free_port
from tests.standing import Standing, standing
from tests.support import APACHE, CONTAINERS, CURL, HANG, MARK, NGINX, ROOT, SYSTEMD, need

DEPLOY = ROOT / "docs" / "deploy"
NAME = "graph.city.example"


def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    """Keys that it does not know are only warned of, so nothing may be said at all."""
    program = need(SYSTEMD)
    for unit in DEPLOY.glob("cityrights.*"):
        text = unit.read_text("utf-8").replace("/opt/cityrights/bin/cityrights", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
    done = subprocess.run(
        [str(program), "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


def test_the_commands_of_unit_and_container_are_those_that_there_are() -> None:
    unit = re.search(r"^ExecStart=\S+ (.*)$", (DEPLOY / "cityrights.service").read_text("utf-8"), re.M)
    container = (DEPLOY / "Containerfile").read_text("utf-8")
    entry = re.search(r"^ENTRYPOINT (\[.*\])$", container, re.M)
    assert unit
    assert entry
    for command in (shlex.split(unit[1]), re.findall(r'"([^"]*)"', entry[1])[1:]):
        assert command[0] == "serve"
        serve.make_context("serve", command[1:])  # which raises for an option that there is not
    copied = re.search(r"^COPY (\S+) dist/cityrights-\*\.whl", container, re.M)
    assert copied
    assert (ROOT / copied[1]).is_file()


def test_the_container_can_be_built() -> None:
    program = need(CONTAINERS)
    base = re.search(r"^FROM (\S+)", (DEPLOY / "Containerfile").read_text("utf-8"))
    assert base
    if subprocess.run([program, "pull", "--quiet", base[1]], capture_output=True, check=False).returncode:
        pytest.skip(f"{MARK}{CONTAINERS.name}: {CONTAINERS.provide}")
    command = [str(program), "build", "--file", str(DEPLOY / "Containerfile"), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def behind(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """A server that is asked by proxies on this machine, and counts everybody."""
    with standing(
        snapshot.path,
        tmp_path_factory.mktemp("behind"),
        public_url=f"https://{NAME}",
        trusted_hosts=[NAME, "127.0.0.1"],
        trusted_proxies=["127.0.0.1"],
        fair_use="on",
        fair_seconds=3.0,
        fair_window=600.0,
    ) as server:
        yield server


@contextmanager
def running(command: list[str | Path], port: int, log: Path) -> Iterator[None]:
    with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until(lambda: _listens(port, process, log), "the proxy listens")
            yield
        finally:
            process.terminate()


def _listens(port: int, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        with socket.create_connection(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def written(name: str, folder: Path, server: Standing, port: int) -> str:
    """Return a file of docs/deploy with the ports of this test, and a certificate made for it."""
    key, certificate = folder / "key", folder / "certificate"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (DEPLOY / name).read_text("utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    text = text.replace("/etc/ssl/private/graph.city.example.key", str(key))
    return text.replace("/etc/ssl/graph.city.example.pem", str(certificate)).replace("443", f"127.0.0.1:{port}", 1)


@pytest.mark.parametrize(("proxy", "client_at"), [("nginx", "127.0.0.2"), ("apache", "127.0.0.3")])
def test_behind_a_proxy_all_is_as_without(behind: Standing, tmp_path: Path, proxy: str, client_at: str) -> None:
    port = free_port()
    conf, log = tmp_path / "conf", tmp_path / "log"
    if proxy == "nginx":
        text = written("nginx.conf", tmp_path, behind, port)
        conf.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{ }}\n"
            f"http {{ access_log off; {_temporary(tmp_path)}\n{text}\n}}\n"
        )
        command: list[str | Path] = [need(NGINX), "-p", tmp_path, "-c", conf]
    else:
        text = written("apache.conf", tmp_path, behind, port).replace("*:127.0.0.1", "127.0.0.1", 1)
        names = ("mpm_event", "authz_core", "proxy", "proxy_http", "ssl", "http2", "socache_shmcb")
        modules = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in names]
        head = [f"ServerRoot {tmp_path}", f"PidFile {tmp_path}/pid", f"Listen 127.0.0.1:{port}", f"ServerName {NAME}"]
        conf.write_text("\n".join([*modules, *head, "ErrorLog /dev/stderr", text]))
        command = [need(APACHE), "-D", "FOREGROUND", "-f", conf]
    with (
        running(command, port, log),
        httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            headers={"Host": NAME},
            timeout=HANG,
            transport=httpx.HTTPTransport(verify=False, local_address=client_at),  # not where the proxy is
        ) as client,
    ):
        for target in ("/", "/id/city/a%2Fb", "/id/city/utrecht", "/data/city/utrecht.ttl", "/health"):
            plain = httpx.get(
                f"http://127.0.0.1:{behind.port}{target}",
                headers={"Host": NAME},
                trust_env=False,
                verify=False,
                timeout=HANG,
            )
            passed = client.get(target, headers={"Accept": "*/*"})
            assert (passed.status_code, passed.content) == (plain.status_code, plain.content), target
            assert passed.headers.get("location") == plain.headers.get("location")
        long = path("SELECT * { ?a ?b ?c . ?d ?e ?f }", format="csv")
        with client.stream("GET", long, headers={"X-Forwarded-For": "198.51.100.9"}) as answer:
            assert answer.status_code == 200
            assert len(next(answer.iter_raw(1024))) == 1024  # it comes while the rest is made
        # What a client says of itself is not believed: all of these come from one address.
        counted = [
            client.get(
                path(f"ASK {{ ?s ?p '{proxy} {number}' }}"), headers={"X-Forwarded-For": f"203.0.113.{number % 200}"}
            )
            for number in range(500)
        ]
        assert counted[-1].status_code == 429
        curl = [
            str(need(CURL)),
            "--silent",
            "--insecure",
            "--http2",
            "--header",
            f"Host: {NAME}",
            "--output",
            "/dev/null",
        ]
        done = subprocess.run(
            [
                *curl,
                "--output",
                "/dev/null",
                "--write-out",
                "%{http_version} %{http_code}",
                f"https://127.0.0.1:{port}/health",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "2 200"


#: Pages whose links are followed.
BEGIN = (
    "/",
    "/fr",
    "/sparql",
    "/ask",
    "/page/city/utrecht",
    "/practices",
    "/queries",
    "/download",
    "/search?q=utrecht",
)
_LINKS = re.compile(r'(?:href|src|action|data-[a-z-]+)="((?:https?:)?/[^"]*)"')
#: What is left out in a hurry → what is left of the block.
HASTY = {
    "bare": "",
    "no Host": "proxy_http_version 1.1; proxy_set_header X-Forwarded-For $remote_addr;",
    "no X-Forwarded-For": "proxy_http_version 1.1; proxy_set_header Host $host;",
}


@pytest.fixture(scope="module")
def below(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of nginx, which has the site below a path by the block of docs/operations.md; and hasty ones beside."""
    folder, port = tmp_path_factory.mktemp("below"), free_port()
    block = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.S)
    assert block
    with standing(snapshot.path, folder, public_url=f"http://{NAME}/rights", trusted_proxies=["127.0.0.1"]) as server:
        hasty = "".join(
            f"location /{number}/ {{ proxy_pass http://127.0.0.1:{server.port}/; {said} }}\n"
            for number, said in enumerate(HASTY.values())
        )
        text = block[1].replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
        conf = folder / "conf"
        conf.write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; events {{ }}\n"
            f"http {{ access_log off; {_temporary(folder)}\n"
            f"server {{ listen 127.0.0.1:{port}; server_name {NAME};\n{text}\n{hasty} }} }}\n"
        )
        command: list[str | Path] = [need(NGINX), "-p", folder, "-c", conf]
        headers = {"Host": NAME, "Accept-Encoding": "identity"}
        base = f"http://127.0.0.1:{port}"
        with (
            running(command, port, folder / "log"),
            httpx.Client(base_url=base, headers=headers, timeout=HANG, trust_env=False) as client,
        ):
            yield client


def test_below_a_path_every_link_stays_there_and_leads_on(below: httpx.Client) -> None:
    """Pages, what they load, where they send; in HTML, in headers and in descriptions for programs."""
    home = f"http://{NAME}/rights"
    seen, kinds = set[str](), set[str]()
    for begin in BEGIN:
        page = below.get(f"/rights{begin}", headers={"Accept": "text/html"})
        assert page.status_code == 200, begin
        links = [unescape(link) for link in _LINKS.findall(page.text)]
        links += re.findall(r"<([^>]*)>; rel=", page.headers.get("link", ""))
        links += re.findall(r'"(https?://[^"{}]*)"', "".join(re.findall(r"<script type=.*?</script>", page.text, re.S)))
        assert len(links) > 20, begin
        for link in links:
            assert not re.match(r"/(?!/)", link), f"{link} on {begin} leaves the path"
            if link.startswith(f"http://{NAME}"):
                assert link.startswith(home), f"{link} on {begin}"
                seen.add(link.partition("#")[0])
    for link in sorted(seen):
        path = link.removeprefix(f"http://{NAME}")
        kind = re.sub(
            r"/(page|data|cite|neighbourhood|queries|sources|connections)/.*", r"/\1/…", path.partition("?")[0]
        )
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = below.get(path, headers={"Accept": "*/*"})
        assert answer.status_code in (200, 303), (path, answer.status_code)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith(home), path
    assert len(kinds) > 40


def test_below_a_path_programs_find_their_way(below: httpx.Client) -> None:
    home = f"http://{NAME}/rights"
    for address, status, target in (
        ("/rights/id/city/utrecht", 303, f"{home}/data/city/utrecht.ttl"),
        ("/rights/practices/", 308, "/rights/practices"),
        ("/rights/%70ractices", 308, "/rights/practices"),
        ("/rights/build?find=practice", 308, "/rights/ask?find=practice"),
        ("/rights/fr/sparql", 308, "/rights/sparql?lang=fr"),
        ("/rights/.well-known/void", 303, f"{home}/dataset.ttl"),
    ):
        answer = below.get(address, headers={"Accept": "text/turtle"})
        assert (answer.status_code, answer.headers["location"]) == (status, target), address
    wrong = below.get("/rights/id/city/a%2Fb", headers={"Accept": "application/problem+json"}).json()
    assert wrong["type"] == "/rights/api#problem-not-found"
    assert "a%2Fb" in wrong["iri"], "what was sent is what arrived"
    told = below.get("/rights/sparql", headers={"Accept": "text/turtle"}).text
    assert f"<{home}/sparql>" in told
    assert below.get("/rights/openapi.json").json()["servers"] == [{"url": home}]
    assert "Disallow: /rights/sparql?" in below.get("/rights/robots.txt").text
    answer = below.post("/rights/sparql", data={"query": "ASK {}"}, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.text.strip()) == (200, "true")
    for address in ("/rights/rights", "/rights/nothing"):
        assert below.get(address).status_code == 404, address


def test_what_a_proxy_forgets_opens_nothing_that_is_for_this_machine(below: httpx.Client) -> None:
    assert below.get("/rights/metrics").status_code == 404, "the block answers for it"
    for number, name in enumerate(HASTY):
        assert below.get(f"/{number}/health").status_code == 200, name
        refused = below.get(f"/{number}/metrics", headers={"Accept": "application/problem+json"})
        assert refused.status_code == 403, name
        assert "--trusted-proxy" in refused.json()["detail"], name
        answer = below.get(f"/{number}{path(f'ASK {{ ?s ?p {number} }}')}")
        assert (answer.status_code, "ratelimit" in answer.headers) == (200, True), f"{name}: strangers are counted"


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
