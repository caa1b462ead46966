"""What tests need beyond the lock, how a test says that it cannot run without it, and how it waits for others."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import pytest
from tools.provide import BROWSERS

from tests.nursery import CITYRIGHTS, programs

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent

#: Seconds after which what is waited for is taken to hang. It is no promise of anything: a machine that is busy with
#: other things may take minutes, and a test waits for events. What has to be quick is measured by ``make bench``.
HANG = 240.0

#: Limits, in seconds, that are tried one after the other where an answer has to begin before it is stopped: on a busy
#: machine the first may be over before a byte was sent.
LIMITS = (1.0, 4.0, 16.0, 64.0)

#: Options of a Java virtual machine that runs for seconds: to compile for long service, and to collect garbage beside
#: what runs, takes half of its processor time.
BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True)
class Need:
    """Something that a test cannot do without; ``optional`` when its absence is no error even with CI set."""

    name: str
    provide: str
    optional: bool = False


APACHE = Need("Apache httpd", "apt-get install apache2")
ARCHIVES = Need("datacite and rocrate", "python tools/provide.py, with PyPI within reach")
CFF = Need("cffconvert", "python tools/provide.py, with PyPI within reach")
CHROMIUM = Need("Chromium", "apt-get install chromium")
CURL = Need("curl", "apt-get install curl")
CONTAINERS = Need(
    "a container engine and its base image", "apt-get install buildah, with docker.io within reach", optional=True
)
FAKETIME = Need("faketime", "apt-get install faketime")
NETWORKS = Need("the right to make networks", "run the tests as root, with iproute2", optional=True)
NGINX = Need("nginx", "apt-get install nginx-light")
RAPPER = Need("rapper", "apt-get install raptor2-utils")
HISTORY = Need("a full clone of the repository", "git fetch --unshallow", optional=True)
R = Need("R", "apt-get install --no-install-recommends r-base-core")
ROQET = Need("roqet", "apt-get install rasqal-utils")
SYSTEMD = Need("systemd-analyze", "apt-get install systemd")
VIRTUOSO = Need("Virtuoso", "apt-get install virtuoso-opensource")
COMUNICA = Need("Comunica", "python tools/provide.py, with npm's registry within reach")
NU = Need("the Nu Html Checker", "python tools/provide.py, with npm's registry within reach")
EXPRESSIONS = Need("the checker of expressions", "python tools/provide.py, with npm's registry within reach")
SOURCES = Need("the two source documents", "put them into ../shared/sources, or set CITYRIGHTS_SOURCES", optional=True)
MEMENTO = Need(
    "memento-client",
    "python -m venv .make/memento, then .make/memento/bin/pip install memento-client",
    optional=True,
)
LDES = Need("ldes-client", "npm install --prefix .make/ldes ldes-client", optional=True)
FACTS = Need("the facts files", "put them into ../shared/facts", optional=True)
CASES = Need("the failing cases", "put them into ../shared/cases", optional=True)
CORPORA = Need("the corpora", "put them into ../shared/corpora", optional=True)
DCAT_AP = Need("the shapes of DCAT-AP", "put them into ../shared/dcat-ap", optional=True)
RDF_TESTS = Need("the W3C test data", "put rdf-tests into ../shared/w3c, or set RDF_TESTS", optional=True)
NEEDS = {
    need.name: need
    for need in (
        APACHE, ARCHIVES, CFF, HISTORY, CHROMIUM, CONTAINERS, CURL, EXPRESSIONS, FAKETIME, NETWORKS,
        NGINX, R, RAPPER, ROQET, SYSTEMD, VIRTUOSO,
        COMUNICA, LDES, MEMENTO, NU, SOURCES, FACTS, CASES, CORPORA, DCAT_AP, RDF_TESTS,
    )
}  # fmt: skip
MARK = "NOT RUN without "

#: The names that a program goes by.
_PROGRAMS = {
    APACHE: ("apache2",),
    CONTAINERS: ("buildah",),
    FAKETIME: ("faketime",),
    NGINX: ("nginx",),
    SYSTEMD: ("systemd-analyze",),
    CHROMIUM: BROWSERS,
    CURL: ("curl",),
    R: ("Rscript",),
    RAPPER: ("rapper",),
    ROQET: ("roqet",),
    VIRTUOSO: ("virtuoso-t",),
}
#: What comes through npm: the folder of its lock, that where it is installed, and the file that is wanted of it.
_PACKAGES = {
    COMUNICA: ("gate/clients/comunica", "comunica", "@comunica/query-sparql/bin/query.js"),
    NU: ("whole/nu", "nu", "vnu-jar/build/dist/vnu.jar"),
    EXPRESSIONS: ("whole/expressions/recheck", "expressions", "recheck/package.json"),
}
#: Python environments of validators, by the name of their lock.
_ENVIRONMENTS = {ARCHIVES: "archives", CFF: "cff"}


class Process(Protocol):
    """What is asked of a process that was begun here (``subprocess.Popen``), and of one that another forked."""

    pid: int
    returncode: Any

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int, /) -> None: ...

    def kill(self) -> None: ...


def need(what: Need) -> Path:
    """Return the path of ``what``, or skip the calling test so that the summary lists it as NOT RUN."""
    found = find(what)
    if found is None:
        pytest.skip(f"{MARK}{what.name}: {what.provide}")
    return found


def find(what: Need) -> Path | None:
    """Return the path of ``what``, None when it is absent."""
    if what in _PROGRAMS:
        program = next((path for name in _PROGRAMS[what] if (path := shutil.which(name))), None)
        return Path(program) if program else None
    if what in _PACKAGES:
        return _through_npm(what)
    if what in _ENVIRONMENTS:
        return _validators(_ENVIRONMENTS[what])
    if what is HISTORY:
        asked = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "--is-shallow-repository"], capture_output=True, check=False
        )
        return ROOT if asked.stdout.strip() == b"false" else None
    if what is MEMENTO:
        python = ROOT / ".make" / "memento" / "bin" / "python"
        return python if python.is_file() else None
    if what is LDES:
        modules = ROOT / ".make" / "ldes" / "node_modules"
        return modules if (modules / "ldes-client").is_dir() else None
    if what is NETWORKS:
        program = shutil.which("ip")
        return Path(program) if program and os.geteuid() == 0 and _makes_networks(program) else None
    shared = ROOT.parent / "shared"
    candidates: dict[Need, list[str | Path | None]] = {
        SOURCES: [os.environ.get("CITYRIGHTS_SOURCES"), shared / "sources"],
        FACTS: [shared / "facts"],
        CASES: [shared / "cases"],
        CORPORA: [shared / "corpora"],
        DCAT_AP: [shared / "dcat-ap"],
        RDF_TESTS: [os.environ.get("RDF_TESTS"), shared / "w3c" / "rdf-tests"],
    }
    places = candidates[what]
    return next((Path(place) for place in places if place and Path(place).is_dir()), None)


def _validators(name: str) -> Path | None:
    """Return the Python of an environment of validators, when what tools/provide.py installed is what its lock asks."""
    home, lock = ROOT / ".make" / name, ROOT / "tests" / "graph" / "versions" / f"{name}.lock"
    stamp = home / ".installed"
    if not stamp.is_file() or stamp.read_text("utf-8") != hashlib.sha256(lock.read_bytes()).hexdigest():
        return None
    return home / "bin" / "python"


def _makes_networks(program: str) -> bool:
    """Say whether a network namespace can be made here; root in a container may not."""
    name = f"cityrights-{os.getpid()}"
    made = subprocess.run([program, "netns", "add", name], capture_output=True, check=False)
    subprocess.run([program, "netns", "delete", name], capture_output=True, check=False)
    return made.returncode == 0


def _through_npm(what: Need) -> Path | None:
    """Return the file of ``what``, when what tools/provide.py installed is what its lock asks for."""
    lock, name, file = _PACKAGES[what]
    home = ROOT / ".make" / name
    stamp, wanted = home / ".installed", (ROOT / "tests" / lock / "package-lock.json").read_bytes()
    if not stamp.is_file() or stamp.read_text("utf-8") != hashlib.sha256(wanted).hexdigest():
        return None
    return home / "node_modules" / file


def until(
    condition: Callable[[], object],
    what: str = "what was waited for",
    process: Process | None = None,
) -> None:
    """Wait until ``condition`` holds. Fails when the process that is to bring it about has ended, or all hangs."""
    end = time.monotonic() + HANG
    while not condition():
        assert process is None or process.poll() is None, f"the process ended ({process.returncode}) before: {what}"
        assert time.monotonic() < end, f"it hangs: after {HANG:g} s still not: {what}"
        time.sleep(0.02)


def settled(look: Callable[[], T]) -> T:
    """Look until the same is seen twice, a moment apart, and return it: what moves has come to rest."""
    seen = [look()]

    def rests() -> bool:
        time.sleep(0.2)
        seen.append(look())
        return seen[-1] == seen[-2]

    until(rests, "what moves comes to rest")
    return seen[-1]


def answers(url: str) -> bool:
    """Say whether a server answers at an address, whatever it says.

    Nothing is verified, here and wherever tests ask over HTTP: what would do that, over HTTPS, takes 20 ms of processor
    time to be made, for each client. Whoever waits for a server asks again and again, so whether anybody listens is
    looked at first.
    """
    at = httpx.URL(url)
    try:
        socket.create_connection((at.host, at.port or 80), HANG).close()
        httpx.get(url, timeout=HANG, trust_env=False, verify=False, headers={"Host": "localhost"})
    except (OSError, httpx.TransportError):
        return False
    return True


def ended(process: Process, log: Path | None = None) -> int:
    """Wait until a process that was told to end has ended, and return its exit code; one that hangs is killed."""
    try:
        return process.wait(HANG)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        pytest.fail(f"a process did not end when it was told to:\n{log.read_text() if log else ''}")


@contextmanager
def command(arguments: list[str], url: str, log: Path, **environment: str) -> Iterator[Process]:
    """Run ``cityrights`` with these arguments until it answers at ``url``, and for the time of the block."""
    with log.open("wb") as out:
        process = programs().begin(CITYRIGHTS, arguments, Path.cwd(), {**os.environ, **environment}, out, out)
    try:
        try:
            until(lambda: answers(url), f"an answer of {url}", process)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{log.read_text()}") from None
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        ended(process, log)
