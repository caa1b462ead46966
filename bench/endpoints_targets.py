"""What the endpoint is to reach beside its peers. Nothing fails here: each target is printed with its figure."""

from __future__ import annotations

from collections.abc import Iterable

from bench.endpoints_driver import Figures

Key = tuple[str, str, bool, int]
OURS, BEFORE, BASE, SLOW_PEER = "cityrights", "before", "oxigraph", "rdflib-endpoint"


def judge(
    figures: dict[Key, Figures], streams: dict[str, tuple[float, int]], beside: dict[int, Figures], servers: list[str]
) -> None:
    """Print each target with the worst and the best ratio that was measured."""
    print("\ntargets")
    _say("repeated queries, × oxigraph", _ratios(figures, BASE, None, False), 1.0)
    _say("aggregates never sent before, × oxigraph", _ratios(figures, BASE, "aggregate", True), 1.0)
    _say("lookups never sent before, × oxigraph", _ratios(figures, BASE, "lookup", True), 0.35)
    if OURS in streams and BASE in streams:
        _say("stream, × oxigraph", {"": streams[BASE][0] / streams[OURS][0]}, 0.8)
    if SLOW_PEER in servers:
        both = _ratios(figures, SLOW_PEER, None, False) | _ratios(figures, SLOW_PEER, None, True)
        _say("everything, × rdflib-endpoint", both, 5.0)
    if BEFORE in servers:
        for varied in (False, True):
            kind = "never sent before" if varied else "repeated"
            _say(f"queries {kind}, × the checkout before", _ratios(figures, BEFORE, None, varied), 1.0)
        if OURS in streams and BEFORE in streams:
            _say("stream, × the checkout before", {"": streams[BEFORE][0] / streams[OURS][0]}, 1.0)
    for connections, one in beside.items():
        word = "reached" if one.p99 < 50 and not one.failed else "NOT REACHED"
        print(f"  {word:<12} p99 of lookups beside endless queries, ×{connections}: {one.p99:.1f} ms, below 50")


def _ratios(figures: dict[Key, Figures], base: str, query: str | None, vary: bool) -> dict[str, float]:
    found = {}
    for (server, name, varied, connections), one in figures.items():
        other = figures.get((base, name, varied, connections))
        if server == OURS and varied == vary and (query is None or name == query) and other and other.rate:
            kind = "never sent before" if varied else "repeated"
            found[f"{name}, {kind}, ×{connections}"] = one.rate / other.rate
    return found


def _say(what: str, ratios: dict[str, float], wanted: float) -> None:
    if not ratios:
        print(f"  not measured {what}")
        return
    worst, best = min(ratios, key=ratios.__getitem__), max(ratios.values())
    missed = [f"{name}: {ratio:.2f}" for name, ratio in ratios.items() if ratio < wanted]
    word = "reached" if not missed else "NOT REACHED"
    print(f"  {word:<12} {what}: {ratios[worst]:.2f} to {best:.2f}, wanted {wanted}{_listed(missed)}")


def _listed(missed: Iterable[str]) -> str:
    joined = "; ".join(missed)
    return f" (below it: {joined})" if joined else ""
