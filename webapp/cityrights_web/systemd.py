"""What systemd offers a service that is started by it: a socket that is open already, and being told how it goes.

The protocols are those of sd_listen_fds(3) and sd_notify(3): variables of the environment, a descriptor, a datagram.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Final

from cityrights.errors import CityrightsError

#: The first descriptor that is passed.
_FIRST: Final = 3


def listener() -> socket.socket | None:
    """Return the socket that this process was started with, once; None when it was started without one.

    Raises CityrightsError when there are several, or one that is no TCP socket.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdecimal() or count == "0":
        return None
    if count != "1":
        raise CityrightsError(f"{count} sockets were passed to this service; it takes one: keep one ListenStream=")
    os.set_inheritable(_FIRST, False)
    passed = socket.socket(fileno=_FIRST)
    if passed.type != socket.SOCK_STREAM or passed.family not in (socket.AF_INET, socket.AF_INET6):
        raise CityrightsError("the socket that was passed to this service is not of TCP: ListenStream= names a port")
    return passed


def notify(state: str) -> None:
    """Tell the service manager, if there is one that wants to know (Type=notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
