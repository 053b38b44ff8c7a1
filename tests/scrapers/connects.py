"""An oracle that does not ask our code: every address the process tries to connect to.

While a test watches, nothing but loopback is connected to: the attempt is noted and refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

_watching: list[list[str]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect" or not _watching:
        return
    address = arguments[1]
    if not isinstance(address, tuple):
        return
    for log in _watching:
        log.append(str(address[0]))
    if not ip_address(address[0]).is_loopback:
        raise ConnectionRefusedError("tests stay on loopback")


sys.addaudithook(_note)


@contextmanager
def connects() -> Iterator[list[str]]:
    """Yield the list that every attempted connection's address is added to."""
    log: list[str] = []
    _watching.append(log)
    try:
        yield log
    finally:
        _watching.remove(log)
