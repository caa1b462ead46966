"""The pool: a worker for each query, ended at its limit of time; so many ready ones, and a thread that keeps it so.

Callers talk to their worker themselves. The supervising thread only watches what nobody reads: workers that start or
wait, the process that forks them, and answers whose reader has fallen asleep.

A short query never waits for long ones. With no worker free soon one is forked at once; a query that takes longer than
a moment becomes a long one, and those have bounds among themselves (``sparqlgate.pool.scheduling``): so many compute,
so many more are paused meanwhile, and one more than that, or more memory than all may have, ends one of whoever has
most.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sparqlgate.errors import EngineBusy, EngineFailure, SnapshotError
from sparqlgate.pool import scheduling, wire
from sparqlgate.pool.processes import Launcher, WorkerProcess
from sparqlgate.pool.scheduling import Scheduler, Sizes, lasts
from sparqlgate.pool.zygote import Source
from sparqlgate.query import Control

_START_SECONDS = 300.0
#: How often, in seconds, the supervising thread looks around: at rest, while queries run, while somebody waits.
_AT_REST, _AT_WORK, _AWAITED = 0.5, 0.05, 0.01
#: For so long, in seconds, it goes on as at work when nothing runs any more.
_RESTLESS = 1.0


@dataclass(eq=False)
class Ticket:
    """A caller who waits for a worker: ``wake`` is called, in any thread, when there is one or no more hope of one.

    ``client`` is whose query it is, ``asked`` the moment of ``time.monotonic`` when it came.
    """

    wake: Callable[[], None]
    client: str
    asked: float
    worker: WorkerProcess | None = None
    over: bool = False

    def end(self) -> None:
        """Wait no longer."""
        self.over = True
        self.wake()


class Tickets:
    """Those who wait, in the order in which they came. Not for several threads at once."""

    def __init__(self) -> None:
        self._waiting: deque[Ticket] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Ticket]:
        return iter(list(self._waiting))

    def add(self, ticket: Ticket) -> None:
        """Take somebody in."""
        self._waiting.append(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Let somebody go, who may have gone already."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(ticket)

    def since(self, moment: float) -> int:
        """Return how many have waited since ``moment`` or longer."""
        return sum(ticket.asked <= moment for ticket in self._waiting)

    def next(self, active: Iterable[WorkerProcess]) -> Ticket:
        """Take whoever has waited longest of those whose client holds the fewest of the active workers."""
        first = self._waiting[0].client
        if all(ticket.client == first for ticket in self._waiting):
            return self._waiting.popleft()
        held = Counter(worker.client for worker in active)
        ticket = min(self._waiting, key=lambda one: held[one.client])
        self._waiting.remove(ticket)
        return ticket


class Pool:
    """Keeps ``size`` workers ready, and a worker for each query that runs. Threads may share it.

    So many long queries compute at once, ``queue`` more are paused, and all that run may have ``memory`` bytes
    together. There are never more than ``most_workers`` of them.
    """

    def __init__(self, source: Source, size: int, queue: int, memory: int) -> None:
        self._source = source
        self.names = source.names
        self._sizes = Sizes(size, queue)
        self._turns = Scheduler(size, size + queue, memory)
        self._lock = threading.RLock()  # a forgotten answer may be collected, and ended, while this thread holds it
        self._idle: list[WorkerProcess] = []
        self._starting: list[WorkerProcess] = []
        self._unforked: deque[WorkerProcess] = deque()
        self._active: set[WorkerProcess] = set()  # gone through as a copy, for the same reason
        self._forked: dict[int, WorkerProcess] = {}
        self._waiting = Tickets()
        self._closed = False
        self._halted = False
        self._owner = os.getpid()
        self._failures = 0
        self._not_before = 0.0
        self._average = 0.1
        self._away = 0.0
        self._last = 0.0
        self._loaded = threading.Event()
        self._problem = ""
        self.about: dict[str, Any] = {}
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._launcher = Launcher(source)
        self._thread = threading.Thread(target=self._supervise, name="sparqlgate-pool", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Wait until the graph is loaded and a worker is ready. Raises SnapshotError when it cannot be."""
        if not self._loaded.wait(_START_SECONDS) or self._problem:
            self.close()
            raise SnapshotError(f"the snapshot cannot be opened: {self._problem or 'it takes too long'}")

    def reserve(self, wake: Callable[[], None], client: str = "") -> Ticket:
        """Give a ticket, with a ready worker if there is one; else ``wake`` is called when there is.

        Raises EngineBusy when very many wait, EngineFailure when the engine is closed.
        """
        with self._lock:
            self._usable()
            self._last = time.monotonic()
            ticket = Ticket(wake, client, self._last)
            if self._idle:
                self._give(self._idle.pop(), ticket)
            elif len(self._waiting) >= scheduling.MOST_WAITING:
                raise EngineBusy(self._retry_after())
            else:
                self._waiting.add(ticket)
            if self._away > (_AWAITED if ticket.worker is None else _AT_WORK):
                self._away = 0.0
                self._nudge()
            return ticket

    def claim(self, ticket: Ticket, control: Control) -> WorkerProcess:
        """Take the worker of a ticket. Raises, and forgets the ticket, when it has none.

        EngineFailure says that the engine is closed or ``control`` ended the waiting, EngineBusy that patience ended.
        """
        with self._lock:
            if ticket.worker is not None:
                return ticket.worker
            self._waiting.remove(ticket)
            self._usable()
            control.check()
            raise EngineBusy(self._retry_after())

    def release(self, worker: WorkerProcess, seconds: float) -> None:
        """Give a worker back that is ready for the next query; ``seconds`` is how long it was held."""
        with self._lock:
            self._active.discard(worker)
            worker.expires = worker.since = None
            self._average += 0.1 * (seconds - self._average)
            if not (self._closed or worker.ended_for or worker.long):
                self._ready(worker)
                return
        self.discard(worker)
        worker.close()

    def discard(self, worker: WorkerProcess, reason: str = "") -> None:
        """End a worker; another takes its place at once."""
        worker.end(reason)
        with self._lock:
            self._active.discard(worker)
        self._nudge()

    def expire(self, worker: WorkerProcess, moment: float) -> None:
        """Have a worker killed within a second of ``moment`` (of ``time.monotonic``) if it is not given back before."""
        worker.expires = moment

    def busy(self, worker: WorkerProcess, reason: str) -> EngineBusy:
        """End a worker whose query cannot go on for want of room or time; return what whoever asked is told."""
        with self._lock:
            error = EngineBusy(self._retry_after(), reason)
            worker.refusal = error
        self.discard(worker, "busy")
        return error

    def census(self) -> dict[str, int]:
        """Return how many workers are idle, active and starting, and how many callers wait for one.

        Of the active ones, ``long`` have had their query for more than a moment, and ``paused`` of those are stopped.
        """
        with self._lock:
            return {
                "idle": len(self._idle),
                "active": len(self._active),
                "long": sum(worker.long for worker in list(self._active)),
                "paused": sum(worker.paused for worker in list(self._active)),
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
            for ticket in self._waiting:
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
        lasting = sum(worker.long for worker in list(self._active))
        return self._sizes.retry_after(len(self._waiting), lasting, self._average)

    def _give(self, worker: WorkerProcess, ticket: Ticket) -> None:
        ticket.worker = worker
        self._active.add(worker)
        worker.take(ticket.client)

    def _ready(self, worker: WorkerProcess) -> None:
        while self._waiting:
            ticket = self._waiting.next(list(self._active))
            if not ticket.over:
                self._give(worker, ticket)
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
                patience = self._away = self._patience()
            watched = {**starting, **idle}
            poll = select.poll()
            for descriptor in (*starting, self._woken.fileno(), self._launcher.control.fileno()):
                poll.register(descriptor, select.POLLIN)
            for descriptor in idle:
                # Its end alone (POLLHUP) is looked for. What else comes is for a caller who took the worker meanwhile,
                # and may have given it back before this thread looks: it would wait for what was read already.
                poll.register(descriptor, 0)
            found = poll.poll(patience * 1000 + 1)
            self._away = 0.0
            for descriptor, _ in found:
                if descriptor == self._woken.fileno():
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                elif descriptor == self._launcher.control.fileno():
                    self._hear()
                elif descriptor in watched:
                    self._look(watched[descriptor])
            self._look_at_the_clock()
            self._take_turns()
            self._end_spare()

    def _patience(self) -> float:
        """Return for how long to look away, in seconds."""
        now = time.monotonic()
        busy = bool(self._active) or now < self._last + _RESTLESS
        calm = _AWAITED if self._waiting else _AT_WORK if busy else _AT_REST
        return max(0.0, min(calm, self._not_before - now)) if self._lacking() > 0 else calm

    def _lacking(self) -> int:
        if self._closed or not self.about:
            return 0
        processes = len(self._forked) + len(self._unforked)
        idle, starting, active = len(self._idle), len(self._starting), list(self._active)
        return self._sizes.lacking(idle, starting, active, self._waiting.since, processes, time.monotonic())

    def _end_spare(self) -> None:
        with self._lock:
            count = self._sizes.spare(0 if self._waiting else len(self._idle))
            spare, self._idle = self._idle[:count], self._idle[count:]
        for worker in spare:
            self.discard(worker)
            worker.close()

    def _fill(self) -> None:
        """Ask for the workers that are missing, more slowly when they fail to start."""
        if time.monotonic() < self._not_before:
            return
        with self._lock:
            for _ in range(max(0, self._lacking())):
                try:
                    worker = WorkerProcess.asked_of(self._launcher)
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

    def _look(self, worker: WorkerProcess) -> None:
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
            poll.poll(_AT_REST * 1000)
            self._hear()
        try:
            worker.sock.settimeout(5.0)
            kind, payload = wire.Incoming(worker.sock).receive()
            if kind != wire.READY or not began:
                raise wire.Cut("unexpected frame")
            self.about = json.loads(payload)
            worker.ready()
        except OSError:
            self._lost(worker, began)
            return
        with self._lock:
            self._failures = 0
            self._ready(worker)
        self._loaded.set()

    def _lost(self, worker: WorkerProcess, began: bool) -> None:
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
                if lasts(worker, now):
                    worker.give_way()
                if worker.expires is not None and worker.expires <= now:
                    worker.expires = None
                    self.discard(worker, "timeout")

    def _take_turns(self) -> None:
        with self._lock:
            for worker, reason in self._turns.take(list(self._active)):
                self.busy(worker, reason)
