"""``make bench``: every measurement, or those named: ``make bench ARGS=pages``."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "shipped",
    "engine",
    "lookup",
    "lists",
    "search",
    "connections",
    "pages",
    "importing",
    "start",
    "endpoints",
    "attacks",
    "remote",
    "scale",
)


def main(names: list[str]) -> int:
    """Run the named measurements; return the exit code."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names or NAMES:
        importlib.import_module(f"bench.{name}").main()
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
