"""The log: one JSON object on each line, so that programs can read it."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from functools import lru_cache

import orjson


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def write(logger: str, event: str, fields: dict[str, object]) -> None:
    """Write one line to the error stream at once: for what is said of every request, where logging would cost most."""
    line = {"time": _moment(time.time()), "level": "info", "logger": logger, "event": event, **fields}
    with contextlib.suppress(OSError):  # nobody reads the log any more, which is no reason not to answer
        os.write(2, orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))


def _moment(seconds: float) -> str:
    return f"{_second(int(seconds))}.{int(seconds % 1 * 1000):03d}Z"


@lru_cache(2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def set_up() -> None:
    """Send all logging of this process to its error stream, in JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
