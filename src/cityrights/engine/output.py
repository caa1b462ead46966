"""The file that a worker serialises into: it cuts the bytes into frames and watches what the format cannot carry."""

from __future__ import annotations

import re
import socket
from typing import Final

from cityrights.engine import frames

#: Characters that XML 1.0 has no way to write (section 2.2).
_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")

_HEAD: Final = re.compile(rb"(?:@prefix [^\n]*\n)+")


class TooLarge(Exception):
    """The answer is over its limit of bytes."""


class NotXml(Exception):
    """The answer holds what XML cannot say."""


def tidy(text: bytes) -> bytes:
    """Return a whole Turtle or TriG document without the prefixes that it does not use, the others sorted."""
    head = _HEAD.match(text)
    if head is None:
        return text
    body = text[head.end() :]
    kept = sorted(line for line in head[0].splitlines(keepends=True) if line.split()[1] in body)
    return b"".join(kept) + body


def kept_xml(data: bytes) -> bytes:
    """Return a piece of an XML document with carriage returns that a parser gives back (XML 1.0, section 2.11)."""
    return data.replace(b"\r", b"&#xD;")


def not_xml(data: bytes | bytearray) -> str | None:
    """Return the first character in an XML document that no XML parser reads, None when there is none."""
    found = _NOT_XML.search(data)
    return None if found is None else found[0].decode("utf-8", "replace")


class Output:
    """A binary file as the serialisers want it. START goes out with the first bytes, so early errors come alone."""

    def __init__(self, sock: socket.socket, form: str, media_type: str, limit: int) -> None:
        self._sock = sock
        self._about = {"form": form, "media_type": media_type}
        self._xml = media_type.endswith("+xml")
        self._limit = limit
        self._buffer = bytearray()
        self._started = False
        self._tail = b""
        self.written = 0

    def write(self, data: bytes) -> int:
        """Take bytes; raises TooLarge and NotXml, and waits while the reader does not read."""
        taken = len(data)
        if self._xml:
            data = kept_xml(data)
        self.written += len(data)
        if self.written > self._limit:
            raise TooLarge
        self._buffer += data
        if len(self._buffer) >= frames.CHUNK:
            self._sock.sendall(self._take())
        return taken

    def flush(self) -> None:
        """Do nothing: bytes go out when a frame is full, or at the end."""

    def finish(self, retire: bool) -> None:
        """Send what is left and END; ``retire`` tells the service that this worker ends now."""
        if not self._started and self._about["media_type"] in ("text/turtle", "application/trig"):
            self._tidy()
        end = frames.frame_json(frames.END, {"bytes": self.written, "retire": retire})
        self._sock.sendall(self._take() + end)

    def _tidy(self) -> None:
        """Leave the prefixes that are not used out of a short answer."""
        self._buffer = bytearray(tidy(bytes(self._buffer)))
        self.written = len(self._buffer)

    def check(self) -> None:
        """Look at what is left in the buffer before the answer is said to be whole."""
        if self._xml:
            found = not_xml(self._tail + self._buffer)
            if found is not None:
                raise NotXml(found)

    def _take(self) -> bytes:
        """Empty the buffer into frames."""
        self.check()
        data = bytes(self._buffer)
        parts = [frames.frame(frames.DATA, data[at : at + frames.CHUNK]) for at in range(0, len(data), frames.CHUNK)]
        if not self._started:
            parts.insert(0, frames.frame_json(frames.START, self._about))
            self._started = True
        self._tail = data[-16:]
        self._buffer.clear()
        return b"".join(parts)
