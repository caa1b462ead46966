"""A server that runs for long, with visitors of all kinds, holds at the end what it held when it was warm.

The short form takes about 20 seconds; with CITYRIGHTS_LONG set (``make endure``) it takes ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.counters import metric, until
from tests.gate.robustness.conftest import LIMIT, LONG, MEMORY
from tests.gate.robustness.visitors import EXPECTED, Visitors
from tests.gate.robustness.watch import Held, Processes
from tests.servers import Server
from tests.support import HANG

#: How lookups fare beside costly work is looked at here, so that nothing else may run.
pytestmark = pytest.mark.alone

_WARM, _LASTING = (90.0, 600.0) if LONG else (10.0, 12.0)
_RATE = 100.0
_WORKERS = 6


@pytest.mark.timeout(_WARM + _LASTING + 3 * HANG)
def test_nothing_grows_in_long_service(
    launch: Callable[..., Server], made: Path, spool: Path, say: Callable[[object], None]
) -> None:
    server = launch(
        made, workers=_WORKERS, query_seconds=2 * LIMIT, query_memory=MEMORY, result_bytes=32 << 20,
        cached_answers=1 << 17, cached_pages=1 << 17, send_seconds=5.0, access_log=False,
    )  # fmt: skip
    processes = Processes.of(server, spool)
    visitors = Visitors(server, _RATE)
    early = Visitors(server, 2 * _RATE)  # so that what is held at a peak is held already when it is counted

    def quiet() -> Held:
        until(lambda: metric(server, "workers", state="idle") == _WORKERS, "all workers are ready")
        until(lambda: metric(server, "queries_running") == 0, "no query is counted as running")
        processes.idle()
        return processes.held()

    early.come(_WARM)
    warm = quiet()
    staying = processes.staying()
    say(f"warmed up with {dict(early.answered)}")
    came = visitors.come(_LASTING)
    end = quiet()
    say(f"{came:.0f} requests a second for {_LASTING:g} s: {dict(visitors.answered)}")
    say(f"warm {warm}, at the end {end}: memory {end.memory / warm.memory:.3f}")
    assert processes.staying() == staying
    assert set(visitors.answered) <= EXPECTED
    assert (end.processes, end.spooled) == (warm.processes, warm.spooled)
    until(lambda: processes.held().descriptors <= warm.descriptors, "nothing more is open than when it was warm")
    assert end.memory <= 1.05 * warm.memory
