"""The pool: so many ready workers, a bounded queue before them, and one thread that keeps it so.

Callers talk to their worker themselves. The supervising thread only watches what nobody reads: workers that start or
wait, the process that forks them, and answers whose reader has fallen asleep.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cityrights.engine import frames
from cityrights.engine.control import Control
from cityrights.engine.handle import Handle
from cityrights.engine.launcher import Launcher
from cityrights.engine.preload import Source
from cityrights.errors import EngineBusy, EngineFailure, SnapshotError

_START_SECONDS = 300.0
#: How often, in seconds, the supervising thread looks around when nothing wakes it.
_LOOK_AROUND = 0.5
#: A query that runs longer than this, in seconds, gives way to shorter ones.
_SHORT = 0.5


@dataclass(eq=False)
class Ticket:
    """A caller who waits for a worker: ``wake`` is called, in any thread, when there is one or no more hope of one."""

    wake: Callable[[], None]
    worker: Handle | None = None
    over: bool = False

    def end(self) -> None:
        """Wait no longer."""
        self.over = True
        self.wake()


class Pool:
    """Keeps ``size`` workers ready and lets ``queue`` callers wait for one. Threads may share it."""

    def __init__(self, source: Source, size: int, queue: int) -> None:
        self._source = source
        self._size = size
        self._queue = queue
        self._lock = threading.RLock()  # a forgotten answer may be collected, and ended, while this thread holds it
        self._idle: list[Handle] = []
        self._starting: list[Handle] = []
        self._unforked: deque[Handle] = deque()
        self._active: set[Handle] = set()
        self._forked: dict[int, Handle] = {}
        self._waiting: deque[Ticket] = deque()
        self._closed = False
        self._halted = False
        self._owner = os.getpid()
        self._failures = 0
        self._not_before = 0.0
        self._average = 0.1
        self._loaded = threading.Event()
        self._problem = ""
        self.about: dict[str, Any] = {}
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._launcher = Launcher(source)
        self._thread = threading.Thread(target=self._supervise, name="cityrights-engine", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Wait until the graph is loaded and a worker is ready. Raises SnapshotError when it cannot be."""
        if not self._loaded.wait(_START_SECONDS) or self._problem:
            self.close()
            raise SnapshotError(f"the snapshot cannot be opened: {self._problem or 'it takes too long'}")

    def acquire(self, patience: float, control: Control) -> Handle:
        """Take a ready worker, waiting at most ``patience`` seconds. Raises as ``reserve`` and ``claim`` do."""
        given = threading.Event()
        ticket = self.reserve(given.set)
        if ticket.worker is None:
            control.attach(ticket.end)
            given.wait(patience)
        return self.claim(ticket, control)

    def reserve(self, wake: Callable[[], None]) -> Ticket:
        """Give a ticket, with a ready worker if there is one; else ``wake`` is called when there is.

        Raises EngineBusy when the queue is full, EngineFailure when the engine is closed.
        """
        with self._lock:
            self._usable()
            ticket = Ticket(wake)
            if self._idle:
                ticket.worker = self._idle.pop()
                self._active.add(ticket.worker)
            elif len(self._waiting) >= self._queue:
                raise EngineBusy(self._retry_after())
            else:
                self._waiting.append(ticket)
            return ticket

    def claim(self, ticket: Ticket, control: Control) -> Handle:
        """Take the worker of a ticket. Raises, and forgets the ticket, when it has none.

        EngineFailure says that the engine is closed or ``control`` ended the waiting, EngineBusy that patience ended.
        """
        with self._lock:
            if ticket.worker is not None:
                return ticket.worker
            with contextlib.suppress(ValueError):
                self._waiting.remove(ticket)
            self._usable()
            control.check()
            raise EngineBusy(self._retry_after())

    def release(self, worker: Handle, seconds: float) -> None:
        """Give a worker back that is ready for the next query; ``seconds`` is how long it was held."""
        with self._lock:
            self._active.discard(worker)
            worker.expires = worker.since = None
            self._average += 0.1 * (seconds - self._average)
            if not (self._closed or worker.ended_for or worker.gives_way):
                self._ready(worker)
                return
        self.discard(worker)
        worker.close()

    def discard(self, worker: Handle, reason: str = "") -> None:
        """End a worker; another takes its place at once."""
        worker.end(reason)
        with self._lock:
            self._active.discard(worker)
        self._nudge()

    def expire(self, worker: Handle, moment: float) -> None:
        """Have a worker killed within a second of ``moment`` (of ``time.monotonic``) if it is not given back before.

        Before that, it gives way to others when its query turns out to be a long one.
        """
        worker.expires, worker.since = moment, time.monotonic()

    def census(self) -> dict[str, int]:
        """Return how many workers are idle, active and starting, and how many callers wait."""
        with self._lock:
            return {
                "idle": len(self._idle),
                "active": len(self._active),
                "starting": len(self._starting),
                "waiting": len(self._waiting),
            }

    def pids(self) -> list[int]:
        """Return the process ids of the workers that there are."""
        with self._lock:
            return [worker.pid for worker in (*self._idle, *self._active, *self._starting) if worker.pid]

    def close(self) -> None:
        """End everything: waiting callers, running queries, workers, the forking process, the thread."""
        with self._lock:
            if self._closed or os.getpid() != self._owner:
                return
            self._closed = True
            for worker in list(self._active):
                worker.ended_for = worker.ended_for or "close"
            for ticket in list(self._waiting):
                ticket.wake()
        self._nudge()
        self._thread.join()
        self._launcher.close()
        with self._lock:
            unread = [*self._idle, *self._starting]
            for worker in self._forked.values():
                worker.gone(None)
            for worker in unread:
                worker.close()
            self._idle.clear()
            self._starting.clear()
        self._wake.close()
        self._woken.close()

    def _usable(self) -> None:
        if os.getpid() != self._owner:
            raise EngineFailure("this engine belongs to the process that opened it; open one in each process")
        if self._closed:
            raise EngineFailure("the engine is closed")

    def _retry_after(self) -> float:
        return float(min(60, max(1, math.ceil((len(self._waiting) + 1) / self._size * self._average))))

    def _ready(self, worker: Handle) -> None:
        while self._waiting:
            ticket = self._waiting.popleft()
            if not ticket.over:
                ticket.worker = worker
                self._active.add(worker)
                ticket.wake()
                return
        self._idle.append(worker)

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"!", socket.MSG_DONTWAIT)

    def _supervise(self) -> None:
        while not (self._closed or self._halted):
            self._fill()
            with self._lock:
                starting = {worker.sock.fileno(): worker for worker in self._starting}
                idle = {worker.sock.fileno(): worker for worker in self._idle}
                lacking = self._lacking()
            watched = {**starting, **idle}
            now = time.monotonic()
            patience = max(0.0, min(_LOOK_AROUND, self._not_before - now)) if lacking else _LOOK_AROUND
            poll = select.poll()
            for descriptor in (*starting, self._woken.fileno(), self._launcher.control.fileno()):
                poll.register(descriptor, select.POLLIN)
            for descriptor in idle:
                # Its end alone (POLLHUP) is looked for. What else comes is for a caller who took the worker meanwhile,
                # and may have given it back before this thread looks: it would wait for what was read already.
                poll.register(descriptor, 0)
            for descriptor, _ in poll.poll(patience * 1000 + 1):
                if descriptor == self._woken.fileno():
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                elif descriptor == self._launcher.control.fileno():
                    self._hear()
                elif descriptor in watched:
                    self._look(watched[descriptor])
            self._look_at_the_clock()

    def _lacking(self) -> int:
        if self._closed or not self.about:
            return 0
        return self._size - len(self._idle) - len(self._active) - len(self._starting)

    def _fill(self) -> None:
        """Ask for the workers that are missing, more slowly when they fail to start."""
        if time.monotonic() < self._not_before:
            return
        with self._lock:
            for _ in range(self._lacking()):
                try:
                    worker = Handle.asked_of(self._launcher)
                except OSError:  # this process has no descriptors left, which passes
                    self._delay()
                    return
                if worker is None:
                    return
                self._starting.append(worker)
                self._unforked.append(worker)

    def _hear(self) -> None:
        """Read what the forking process says; start another one when it is gone."""
        try:
            for message in self._launcher.messages():
                if "forked" in message:
                    worker = self._unforked.popleft()
                    self._forked[message["forked"]] = worker
                    worker.forked(message["forked"])
                elif "refused" in message:
                    self._unforked.popleft().gone(None)  # its connection ends, which is looked at as any other end is
                elif "exited" in message:
                    self._forked.pop(message["exited"]).gone(message["status"])
                elif "loaded" in message:
                    self.about = message["loaded"]
                else:
                    self._problem = message["failed"]
                    self._loaded.set()
        except (ConnectionError, OSError):
            self._relaunch()

    def _relaunch(self) -> None:
        """Without the forking process all workers die with it: forget them and begin anew."""
        if self._closed or self._problem:
            self._halted = True
            return
        with self._lock:
            lost = [*self._idle, *self._starting]
            for worker in (*self._forked.values(), *self._unforked):
                worker.gone(None)
            for worker in lost:
                worker.close()
            self._idle.clear()
            self._starting.clear()
            self._unforked.clear()
            self._forked.clear()
            self.about = {}
        self._loaded.clear()
        self._launcher.close()
        self._launcher = self._launch() or self._launcher

    def _launch(self) -> Launcher | None:
        """Start another forking process as soon as that can be done; None when the pool is closed meanwhile."""
        while not self._closed:
            self._delay()
            time.sleep(max(0.0, min(1.0, self._not_before - time.monotonic())))
            with contextlib.suppress(OSError):  # no descriptors or no memory are left for it, which passes
                return Launcher(self._source)
        return None

    def _look(self, worker: Handle) -> None:
        """A worker that nobody uses has something to say: that it is ready, or (by an end of file) that it died."""
        with self._lock:
            if worker in self._starting:
                self._starting.remove(worker)
                began = True
            elif worker in self._idle:
                self._idle.remove(worker)
                began = False
            else:
                return
        while not worker.pid and not worker.exited.is_set() and not (self._closed or self._halted):
            poll = select.poll()
            poll.register(self._launcher.control.fileno(), select.POLLIN)
            poll.poll(_LOOK_AROUND * 1000)
            self._hear()
        try:
            worker.sock.settimeout(5.0)
            kind, payload = frames.Incoming(worker.sock).receive()
            if kind != frames.READY or not began:
                raise frames.Cut("unexpected frame")
            self.about = json.loads(payload)
        except OSError:
            self._lost(worker, began)
            return
        with self._lock:
            self._failures = 0
            self._ready(worker)
        self._loaded.set()

    def _lost(self, worker: Handle, began: bool) -> None:
        if began:
            self._delay()
            if self._failures >= 5 and not self._loaded.is_set():
                self._problem = "its workers end at once"
                self._loaded.set()
        self.discard(worker)
        worker.close()

    def _delay(self) -> None:
        self._failures += 1
        self._not_before = time.monotonic() + min(5.0, 0.01 * 2**self._failures)

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        with self._lock:  # all the while, so that no worker is given back, and to somebody else, in between
            for worker in list(self._active):
                if worker.since is not None and worker.since <= now - _SHORT:
                    worker.give_way()
                if worker.expires is not None and worker.expires <= now:
                    worker.expires = None
                    self.discard(worker, "timeout")
