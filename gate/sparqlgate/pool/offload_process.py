"""The other side of ``sparqlgate.pool.offload``: the process that forks, and those that run one errand each."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple, NoReturn

from sparqlgate.errors import EngineBusy, GateError, is_full
from sparqlgate.pool import confinement, wire

LENGTH: Final = struct.Struct("!I")
#: Errands come after the service, and after the workers that answer short queries.
_NICE: Final = 10
#: Seconds until a disk that is full may have room again.
_FREED: Final = 60.0
#: Seconds that the system's timers are sure to take.
_LONGEST: Final = 1e6


class Order(NamedTuple):
    """An errand as its process gets it: a function of a module, what it is given, and what it may use.

    With ``streams`` the function is given its :class:`Channel` first, and answers by it; else it returns its answer,
    or raises it. ``seconds`` of the clock, ``work_seconds`` of a processor and ``memory``, in bytes, are what the
    system lets it have.
    """

    work: Callable[..., Any]
    given: tuple[Any, ...]
    named: Mapping[str, Any]
    seconds: float
    work_seconds: float
    memory: int
    streams: bool = False


class _OutOfTime(Exception):
    """The processor time of an errand is over."""


class Channel:
    """The connection to the service, from inside an errand."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def pieces(self) -> Iterator[bytes]:
        """Yield what the service gives, until its end. Raises ConnectionError when the service is gone."""
        while size := LENGTH.unpack(self._exactly(LENGTH.size))[0]:
            yield self._exactly(size)

    def order(self) -> Order:
        """Wait for the order; the service trusts itself, and nothing else is unpickled here."""
        order = pickle.loads(self._exactly(LENGTH.unpack(self._exactly(LENGTH.size))[0]))
        assert isinstance(order, Order)
        return order

    def send(self, kind: int, payload: bytes) -> None:
        """Send a frame, data in as many as it needs."""
        if kind != wire.DATA:
            wire.send(self._sock, kind, payload)
            return
        view = memoryview(payload)
        for start in range(0, len(view), wire.CHUNK):
            wire.send(self._sock, kind, bytes(view[start : start + wire.CHUNK]))

    def send_json(self, kind: int, value: dict[str, Any]) -> None:
        """Send a frame with a JSON object."""
        wire.send_json(self._sock, kind, value)

    def drain(self) -> None:
        """Take what is still given until the service lets go: an end with something unread would lose what was sent."""
        while self._sock.recv(1 << 20):
            continue

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            more = self._sock.recv(min(size - len(data), 1 << 20))
            if not more:
                raise wire.Cut("the service has ended")
            data += more
        return bytes(data)


def main(descriptor: int, modules: Sequence[str]) -> NoReturn:
    """Fork for the service at the other end of ``descriptor`` until that closes. It has one thread, so it may fork.

    ``modules`` are imported first.
    """
    for name in modules:
        import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how an errand ended: its connection says enough
    control = socket.socket(fileno=descriptor)
    confinement.be_first_to_go()
    confinement.drop_network()
    gc.collect()
    gc.freeze()
    own = os.getpid()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)  # errands end with this process
        try:
            pid = os.fork()
        except OSError:  # the system has no memory or no process left; the connection ends, which says so
            pid = -1
        if pid == 0:
            control.close()
            _run(own, socket.socket(fileno=descriptors[0]))
        for each in descriptors:
            os.close(each)


def _run(parent: int, sock: socket.socket) -> NoReturn:
    confinement.end_with_parent(parent)
    os.nice(_NICE)
    channel = Channel(sock)
    try:
        _introduce(sock)
        order = channel.order()
        _bound(order)
        if order.streams:
            order.work(channel, *order.given, **order.named)
        else:
            channel.send(wire.DATA, pickle.dumps(_outcome(order), protocol=pickle.HIGHEST_PROTOCOL))
            channel.send(wire.END, b"{}")
    except OSError:  # the service does not wait any more
        os._exit(1)
    except (MemoryError, _OutOfTime) as error:
        confinement.unlimit()
        wire.send_json(sock, wire.ERROR, {"kind": "memory" if isinstance(error, MemoryError) else "time"})
    finally:
        with contextlib.suppress(OSError):
            channel.drain()
        os._exit(0)


def _outcome(order: Order) -> tuple[bool, object]:
    try:
        return True, order.work(*order.given, **order.named)
    except (GateError, ValueError) as error:
        return False, error.with_traceback(None)
    except OSError as error:
        if not is_full(error):
            raise
        return False, EngineBusy(_FREED, "this server has no room on its disk for the answer at the moment")


def _introduce(sock: socket.socket) -> None:
    """Give the service a hold on this process: a descriptor, which never comes to mean another one."""
    if sys.platform == "linux":
        own = os.pidfd_open(os.getpid())
        socket.send_fds(sock, [b"!"], [own])
        os.close(own)
    else:
        sock.sendall(b"!")


def _bound(order: Order) -> None:
    """Have the system end this process when its time is over, also in the middle of a parser."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, min(order.seconds, _LONGEST))
    confinement.Bounds().set(min(order.work_seconds, _LONGEST), order.memory)
    if not order.streams:
        signal.signal(signal.SIGXCPU, _stop)


def _stop(number: int, frame: object) -> None:
    raise _OutOfTime
