"""Counters of the service in the text format of Prometheus (exposition format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_HELP: Final = {
    "requests_total": ("counter", "Requests by route, status and outcome."),
    "response_bytes_total": ("counter", "Bytes of bodies sent, by route."),
    "request_seconds": ("histogram", "Seconds from a request to the end of its answer, by route."),
    "query_seconds_total": ("counter", "Seconds that queries held a worker."),
    "queries_total": ("counter", "Queries run, and those that shared another's run."),
    "queries_running": ("gauge", "Queries that wait or run."),
    "cache_bytes": ("gauge", "Bytes of answers that are kept, by cache."),
    "workers": (
        "gauge",
        "Worker processes by state; of the active ones, long have had their query for more than a moment, and paused "
        "of those wait for their turn; waiting are queries without a worker.",
    ),
    "dataset_info": ("gauge", "The version of the data that is served."),
}


class Metrics:
    """Counts events under names that begin with ``name``. Used from one event loop only, so without a lock."""

    def __init__(self, name: str = "sparqlgate") -> None:
        self._name = name
        self._requests: Counter[tuple[str, int, str]] = Counter()
        self._bytes: Counter[str] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)
        self.run = 0
        self.shared = 0
        self.seconds = 0.0

    def request(self, route: str, status: int, outcome: str, seconds: float, sent: int) -> None:
        """Count one request that was answered."""
        self._requests[route, status, outcome] += 1
        self._bytes[route] += sent
        self._buckets[route][bisect_left(_BOUNDS, seconds)] += 1
        self._sums[route] += seconds

    def text(self, gauges: Mapping[str, Mapping[str, float]]) -> bytes:
        """Return everything; ``gauges`` are values of this moment: name, labels as they are written, value."""
        lines: dict[str, list[str]] = {name: [] for name in _HELP}
        for (route, status, outcome), count in sorted(self._requests.items()):
            labels = f'route="{route}",status="{status}",outcome="{outcome}"'
            lines["requests_total"].append(f"{self._name}_requests_total{{{labels}}} {count}")
        for route, total in sorted(self._bytes.items()):
            lines["response_bytes_total"].append(f'{self._name}_response_bytes_total{{route="{route}"}} {total}')
        for route, buckets in sorted(self._buckets.items()):
            lines["request_seconds"] += self._histogram(route, buckets)
        lines["query_seconds_total"].append(f"{self._name}_query_seconds_total {self.seconds:.6f}")
        lines["queries_total"].append(f'{self._name}_queries_total{{how="run"}} {self.run}')
        lines["queries_total"].append(f'{self._name}_queries_total{{how="shared"}} {self.shared}')
        for name, values in gauges.items():
            lines[name] += [
                f"{self._name}_{name}{f'{{{labels}}}' if labels else ''} {value:g}" for labels, value in values.items()
            ]
        text = []
        for name, (kind, words) in _HELP.items():
            text += [f"# HELP {self._name}_{name} {words}", f"# TYPE {self._name}_{name} {kind}", *lines[name]]
        return ("\n".join(text) + "\n").encode()

    def _histogram(self, route: str, buckets: list[int]) -> list[str]:
        written, running = [], 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), buckets, strict=True):
            running += count
            written.append(f'{self._name}_request_seconds_bucket{{route="{route}",le="{bound}"}} {running}')
        written.append(f'{self._name}_request_seconds_sum{{route="{route}"}} {self._sums[route]:.6f}')
        written.append(f'{self._name}_request_seconds_count{{route="{route}"}} {running}')
        return written
