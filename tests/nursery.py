"""Servers and programs that begin in half the time: a process that has imported what they import forks each of them.

Half of the processor time that a server takes to begin goes into importing the site, and a run begins a hundred: the
process of ``Nursery`` has imported the site. That of ``Programs`` has imported the libraries alone, so that what it
forks may have any home, and begins cityrights itself as it begins for everybody. How a server begins as people begin it
is proved where that is the question: ``tests.standing`` starts a program each time.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_RUN: Final = "import sys; from tests.nursery import main; main(*sys.argv[1:])"
#: How names begin that the site, Python or a library may look at when they are imported; what else there is may change.
_LOOKED_AT: Final = ("CITYRIGHTS_", "PYTHON", "HOME", "XDG_", "LANG", "LC_", "TZ")
#: How those begin that Python or a library looks at.
_LIBRARIES_LOOK_AT: Final = ("PYTHON", "LANG", "LC_", "TZ")
_HOME: Final = "CITYRIGHTS_HOME"
#: Begins the command as its entry point does.
CITYRIGHTS: Final = "from cityrights.cli import main; main()"
_BEGIN, _WAIT = b"b", b"w"
#: What each server imports when it opens its indexes, which takes longer than all that it does for itself.
_LATER: Final = ("scipy.sparse",)
#: What commands import that is not ours.
_LIBRARIES: Final = (
    "babel.messages.pofile", "click", "flask", "granian", "jinja2", "markdown_it", "numpy", "orjson", "pyoxigraph",
    "pyshacl", "rapidfuzz", "rdflib.plugins.sparql", "rich.console", "scipy.sparse", "starlette.applications",
    "tantivy", "uvloop", "werkzeug", "xlsxwriter",
)  # fmt: skip
_OURS: Final = ("cityrights", "sparqlgate")
_SITE, _OTHERS = "site", "libraries"


class Child:
    """A server that was forked by another process; what is asked of a ``subprocess.Popen`` can be asked of it."""

    def __init__(self, pid: int, nursery: _Forking) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended and return its exit code; raises TimeoutExpired after ``timeout`` seconds."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"the server {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """End it by force."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._descriptor], [], [], timeout)[0]:
            self.returncode = self._nursery.reaped(self.pid)
            os.close(self._descriptor)
        return self.returncode


class _Forking:
    """A process that forks others, one for each process of tests."""

    def __init__(self, imports: str, **environment: str) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._environment = dict(os.environ)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _RUN, str(theirs.fileno()), imports],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=_ROOT,
                # One thread for linear algebra: a process of several threads should not fork.
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
            )

    def reaped(self, pid: int) -> int:
        """Return the exit code of a process that has ended; it may be asked once."""
        with self._lock:
            self._control.sendall(_WAIT + str(pid).encode())
            return int(self._control.recv(64))

    def close(self) -> None:
        """End the process; raises AssertionError when it has not ended well by itself."""
        self._control.close()
        code = self._process.wait()
        assert code == 0, f"the process that forks others ended with {code}"

    def _begun(self, order: object, *descriptors: int) -> Child:
        with self._lock:
            socket.send_fds(self._control, [_BEGIN + pickle.dumps(order)], descriptors)
            return Child(int(self._control.recv(64)), self)


class Nursery(_Forking):
    """The process that forks servers, with the site imported."""

    def __init__(self) -> None:
        super().__init__(_SITE, PYTHONWARNINGS="default")

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Say whether what it has imported is what a server in this environment would import.

        Another home is the same site, as long as it is no instance with a name, languages and addresses of its own.
        """
        from cityrights.home import INSTANCE

        chosen = environment.get(_HOME)
        same = _fixed(environment, _LOOKED_AT) == _fixed(self._environment, _LOOKED_AT)
        return same and not (chosen and (Path(chosen) / INSTANCE).exists())

    def begin(self, snapshot: str, options: Mapping[str, object], listener: socket.socket, log: BinaryIO) -> Child:
        """Begin a server on a bound socket; what it prints goes to ``log``."""
        order = (snapshot, dict(options), dict(os.environ), str(Path.cwd()))
        return self._begun(order, listener.fileno(), log.fileno())


class Programs(_Forking):
    """The process that forks programs, with nothing of ours imported."""

    def __init__(self) -> None:
        super().__init__(_OTHERS)

    def begin(
        self, code: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *outputs: BinaryIO
    ) -> Child | subprocess.Popen[bytes]:
        """Begin ``python -c code arguments`` in a folder; ``outputs`` are where it prints, and tells of errors.

        In an environment in which Python or a library would be another it is begun as a program.
        """
        out, errors = outputs
        if _fixed(environment, _LIBRARIES_LOOK_AT) != _fixed(self._environment, _LIBRARIES_LOOK_AT):
            program = [sys.executable, "-c", code, *arguments]
            return subprocess.Popen(
                program, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, cwd=folder, env=environment
            )
        return self._begun((code, list(arguments), dict(environment), str(folder)), out.fileno(), errors.fileno())


@cache
def programs() -> Programs:
    """Return that of this process, which ends with it."""
    begun = Programs()
    atexit.register(begun.close)
    return begun


def cityrights(
    *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command and return what it says; its folder and environment are those of the tests if none are given."""
    with ExitStack() as opened:
        files = [opened.enter_context(tempfile.TemporaryFile()) for _ in range(2)]
        wanted = os.environ if environment is None else environment
        code = programs().begin(CITYRIGHTS, arguments, folder or Path.cwd(), wanted, *files).wait()
        for file in files:
            file.seek(0)
        said = [file.read().decode().replace("\r\n", "\n") for file in files]
    return subprocess.CompletedProcess(["cityrights", *arguments], code, *said)


def _fixed(environment: Mapping[str, str], looked_at: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(looked_at) and name != _HOME}


def main(descriptor: str, imports: str) -> None:
    """Fork processes until the other end of the socket is closed; this is the process that was imported into."""
    if imports == _SITE:
        _import_site()
    else:
        for name in _LIBRARIES:
            import_module(name)
        ours = [name for name in sys.modules if name.startswith(_OURS)]
        assert not ours, f"what it forks may be of another home: {ours}"
    gc.freeze()  # what is here stays: to walk over it in what is forked would copy it, too
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a keyboard it is for the tests
    alive: set[int] = set()
    with socket.socket(fileno=int(descriptor)) as control:
        while True:
            message, passed, _, _ = socket.recv_fds(control, 1 << 20, 2)
            if not message:  # the tests have ended, however: what they began ends with them
                for pid in alive:
                    os.kill(pid, signal.SIGTERM)
                return
            if message[:1] == _WAIT:
                pid, status = os.waitpid(int(message[1:]), 0)
                alive.discard(pid)
                control.sendall(str(os.waitstatus_to_exitcode(status)).encode())
                continue
            pid = os.fork()
            if pid == 0:
                break
            alive.add(pid)
            for each in passed:
                os.close(each)
            control.sendall(str(pid).encode())
    become = _become_server if imports == _SITE else _become_program
    become(message[1:], *passed)


def _import_site() -> None:
    for name in ("cityrights_web.app", "cityrights_web.server", *_LATER):
        import_module(name)
    words = import_module("cityrights_web.words")
    words.check()
    for language in words.LANGUAGES:
        words.language_name(language)
    list(import_module("cityrights_web.rendering").warm())


def _become_server(order: bytes, listener: int, log: int) -> None:
    """Be a server, as a program would be that was begun for this."""
    from cityrights_web.server import serve

    snapshot, options, environment, folder = pickle.loads(order)
    _settle(environment, folder, log, os.dup(log))
    given: dict[str, Any] = options
    serve(snapshot, listener=socket.socket(fileno=listener), **given)


def _become_program(order: bytes, out: int, errors: int) -> None:
    """Be what ``python -c`` would be."""
    code, arguments, environment, folder = pickle.loads(order)
    _settle(environment, folder, out, errors)
    sys.argv[1:] = arguments
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})


def _settle(environment: Mapping[str, str], folder: str, out: int, errors: int) -> None:
    """Print there, and be in this folder and environment."""
    for number, given in ((1, out), (2, errors)):
        os.dup2(given, number)
        os.close(given)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it is that of TMPDIR as it is now
    signal.signal(signal.SIGINT, signal.default_int_handler)
