"""sparqlgate: files of RDF as a SPARQL 1.1 service, from the command line."""

from __future__ import annotations

import argparse
import hashlib
import logging
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from sparqlgate.app import Gate
from sparqlgate.errors import GateError, InputError, is_full, told
from sparqlgate.http import serving
from sparqlgate.http.settings import Settings
from sparqlgate.namespaces import Names
from sparqlgate.query import Limits
from sparqlgate.rdf.capped import copy_all
from sparqlgate.rdf.files import refuse_pipe
from sparqlgate.stores.embedded import EmbeddedEngine

_LAST_PORT: Final = 65_535


@dataclass(frozen=True)
class Folder:
    """A folder with the data of some files, as an embedded store reads it."""

    folder: Path
    version: str
    names: Names

    @property
    def store(self) -> Path:
        """The store on disk."""
        return self.folder / "store"

    @property
    def nquads(self) -> Path:
        """All quads."""
        return self.folder / "data.nq"

    def check_nquads(self) -> None:
        """Find nothing wrong with what was written a moment ago."""


def load(files: Sequence[Path], folder: Path, *, base_iri: str | None = None) -> Folder:
    """Read RDF files into a folder, each in a process that may break; the default graph is the merge of all graphs.

    Relative IRIs are resolved against ``base_iri``; without one they are an error. Raises InputError for the first
    file that is wrong.
    """
    total = hashlib.sha256((base_iri or "").encode())
    for path in files:
        refuse_pipe(path)
        try:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest() + path.suffix.encode())
        except OSError as error:
            raise InputError(path, f"cannot be read: {error.strerror}") from error
    made = Folder(folder, total.hexdigest(), Names(base=base_iri or ""))
    with made.nquads.open("wb") as out:
        for _ in copy_all(files, out.write, base_iri=base_iri):
            pass
    store = ox.Store(str(made.store))
    store.bulk_extend(chain(_quads(made), (ox.Quad(q.subject, q.predicate, q.object) for q in _quads(made))))
    store.flush()
    store.optimize()
    return made


def _quads(folder: Folder) -> Iterator[ox.Quad]:
    yield from ox.parse(path=str(folder.nquads), format=ox.RdfFormat.N_QUADS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser("sparqlgate", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve files of RDF at /sparql and /graph until it is told to end")
    serve.add_argument("files", nargs="+", type=Path, metavar="FILE", help="Turtle, N-Triples, N-Quads, TriG, RDF/XML…")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument(
        "--port", default=8080, type=_port, metavar="PORT", help="port to listen on, 0 for a free one (%(default)s)"
    )
    serve.add_argument(
        "--base", "--base-iri", metavar="IRI", help="IRI that relative IRIs of the files are read against"
    )
    serve.add_argument("--workers", default=2, type=int, help="long queries at once (%(default)s)")
    serve.add_argument("--timeout", default=30.0, type=float, help="seconds that a query may take (%(default)s)")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        settings = Settings(workers=chosen.workers, query_seconds=chosen.timeout)
        with tempfile.TemporaryDirectory(prefix="sparqlgate-", ignore_cleanup_errors=True) as folder:
            _serve(load(chosen.files, Path(folder), base_iri=chosen.base), settings, chosen.host, chosen.port)
    except OSError as error:
        return _fail(told(error))
    except (GateError, ValueError) as error:
        full = is_full(error)  # the store says it in words only
        return _fail(f"the folder for temporary files (TMPDIR) is full: {error}" if full else str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(said: str) -> int:
    """Tell what went wrong, with nothing that would do something to a terminal; return the exit code."""
    shown = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04X}" for sign in said)
    sys.stderr.write(f"sparqlgate: {shown}\n")
    return 1


def _port(text: str) -> int:
    """Read a port, for argparse. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text[:6]) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; write a number from 0 to {_LAST_PORT}")
    return int(text)


def _serve(folder: Folder, settings: Settings, host: str, port: int) -> None:
    listener = serving.bound(host, port)
    limits = Limits(settings.query_seconds, settings.query_memory, settings.result_bytes)
    store = EmbeddedEngine(folder, workers=settings.workers, queue=settings.queue, limits=limits)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/sparql"
    signal.signal(signal.SIGINT, lambda *_: signal.raise_signal(signal.SIGTERM))  # from the keyboard it ends alike
    listener.listen()  # whoever reads the address may ask at once, and waits until there is an answer
    serving.run(Gate(store, settings), listener, settings, partial(_say, address))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
