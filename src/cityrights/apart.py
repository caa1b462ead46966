"""Reading what somebody sent in a process of its own: a file that breaks a reader ends that, and nothing else.

Workbooks, PDFs and the like are read by libraries in C and Rust, which end a process at once where memory is lacking.
The process is begun and bounded in memory as that which reads RDF (``sparqlgate.rdf.capped``); what it tells are no
quads but whatever a function returns, and its time are seconds of a processor, which no busy machine counts as.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

from cityrights.errors import CityrightsError
from sparqlgate.rdf.capped import begin, confine

T = TypeVar("T")
#: The most memory that reading takes, in bytes, and the most seconds of a processor for one file.
MEMORY: Final = 2 << 30
SECONDS: Final = 90


class Broken(CityrightsError):
    """The process ended while it read: out of memory, out of time, or for a fault of a library."""


class Apart:
    """A process that reads one file after the other; it is begun with the first, and anew after one that ended it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Return what a function of a module returns there.

        Raises what it raises of CityrightsError, and Broken where the process ended.
        """
        process = self._process = self._process or begin(__name__, tells=False)  # a library’s long story helps nobody
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump((function.__module__, function.__qualname__, arguments), process.stdin)
            process.stdin.flush()
            went, told = pickle.load(process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            self.end()
            raise Broken(
                f"cannot be read in {MEMORY >> 30} GB of memory and {SECONDS} seconds, or breaks what reads it"
            ) from error
        if not went:
            raise told
        found: T = told
        return found

    def end(self) -> None:
        """End the process, if one is there."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def main() -> None:
    """Do what is asked on standard input, until it ends; what was not foreseen ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent, which gets it too, ends this one
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    confine(MEMORY)
    while True:
        try:
            module, name, arguments = pickle.load(asked)
        except EOFError:
            return
        spent = resource.getrusage(resource.RUSAGE_SELF)
        allowed = int(spent.ru_utime + spent.ru_stime) + SECONDS
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        pickle.dump(_answer(module, name, arguments), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _answer(module: str, name: str, arguments: tuple[Any, ...]) -> tuple[bool, object]:
    """Return whether it went well, and what was returned, or the error that was raised on purpose."""
    try:
        return True, getattr(import_module(module), name)(*arguments)
    except CityrightsError as error:
        return False, error
