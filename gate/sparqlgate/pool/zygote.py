"""The zygote: the process that workers are forked from, and where it gets the graph from."""

from __future__ import annotations

import gc
import json
import os
import pickle
import select
import signal
import socket
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pyoxigraph as ox

from sparqlgate.namespaces import Names
from sparqlgate.pool import confinement
from sparqlgate.pool.worker import serve

#: Up to this size of the N-Quads file the graph is held in memory, where it answers several times faster.
IN_MEMORY = 64 << 20


@dataclass(frozen=True)
class Source:
    """The parts of a snapshot that an engine reads, and what the data call things.

    ``in_memory`` is the largest N-Quads file, in bytes, to hold.
    """

    nquads: str
    store: str
    in_memory: int = IN_MEMORY
    names: Names = field(default_factory=Names)


def preload(source: Source) -> ox.Store | None:
    """Load the graph and its merged default graph, or return None when it is too large and workers open the store.

    The work runs in a thread of its own: what the library keeps per thread, such as the state of its random numbers,
    must not be inherited by the workers, or all of them would draw the same UUIDs.
    """
    path = Path(source.nquads)
    if path.stat().st_size > source.in_memory:
        return None
    store = ox.Store()
    failures: list[Exception] = []

    def load() -> None:
        try:
            store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
            store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        except (OSError, SyntaxError, RuntimeError) as error:
            failures.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return store


FORK: Final = b"F"
REAP: Final = b"R"
MESSAGE: Final = 8
#: Workers come after the service, which has to answer others meanwhile, and after what starts their successors.
_NICE: Final = 5


def main(descriptor: int, given: str) -> NoReturn:
    """Serve the socket ``descriptor`` until it closes. Started by ``sparqlgate.pool.processes``.

    ``given`` is the source, pickled, in hexadecimal digits.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    source: Source = pickle.loads(bytes.fromhex(given))
    confinement.be_first_to_go()
    isolated = confinement.drop_network()
    confinement.end_when_closed(control)
    try:
        loaded = preload(source)
    except (OSError, SyntaxError, RuntimeError) as error:
        _tell(control, {"failed": f"{type(error).__name__}: {error}"})
        sys.exit(1)
    confinement.go_on_when_closed(control)
    about = {"isolated": isolated, "in_memory": loaded is not None}
    gc.collect()
    gc.freeze()
    _tell(control, {"loaded": about})
    _loop(control, source, loaded, about)


def _loop(control: socket.socket, source: Source, loaded: ox.Store | None, about: dict[str, Any]) -> NoReturn:
    children: set[int] = set()
    ending: set[int] = set()
    own = os.getpid()
    poll = select.poll()  # not select, which knows no descriptor above 1023
    poll.register(control.fileno(), select.POLLIN)
    while True:
        if poll.poll(5 if ending else None):
            message, descriptors, _, _ = socket.recv_fds(control, MESSAGE, 2)
            if len(message) < MESSAGE:
                _end(children)
            if message[:1] == FORK:
                try:
                    pid = os.fork()
                except OSError:  # the system has no memory or no process left; those that run go on
                    pid = -1
                if pid == 0:
                    control.close()
                    _become_worker(own, descriptors, source, loaded, about)
                for descriptor in descriptors:
                    os.close(descriptor)
                if pid > 0:
                    children.add(pid)
                _tell(control, {"forked": pid} if pid > 0 else {"refused": True})
            elif message[:1] == REAP:
                ending.add(int.from_bytes(message[1:], "big"))
        for pid in list(ending):
            reaped, status = os.waitpid(pid, os.WNOHANG) if pid in children else (pid, 0)
            if reaped:
                ending.discard(pid)
                children.discard(pid)
                _tell(control, {"exited": pid, "status": os.waitstatus_to_exitcode(status)})


def _become_worker(
    parent: int, descriptors: list[int], source: Source, loaded: ox.Store | None, about: dict[str, Any]
) -> NoReturn:
    confinement.end_with_parent(parent)
    os.nice(_NICE)
    sock = socket.socket(fileno=descriptors[0])
    os.set_blocking(descriptors[1], False)
    os.dup2(descriptors[1], 2)
    os.close(descriptors[1])
    serve(sock, loaded if loaded is not None else ox.Store.read_only(source.store), about, source.names)


def _tell(control: socket.socket, message: dict[str, Any]) -> None:
    try:
        control.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        sys.exit(0)


def _end(children: set[int]) -> NoReturn:
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    for pid in children:
        os.waitpid(pid, 0)
    os._exit(0)
