"""Whose turn it is: one request a host at a time, with the host's pause between two.

With a folder the turns hold between all processes of a machine: each host has a small file there,
locked while its request runs, that says when the last one ended.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from scrapers.fetched import Clock

#: End of the last request, and the instant before which the host wants no other; epoch seconds.
_TIMES = struct.Struct(">dd")


@dataclass
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    ended_at: float = 0.0
    hold_until: float = 0.0
    #: Its file, where other processes visit it, too.
    path: str = ""


@dataclass
class Turns:
    """Keeps the hosts apart: each has one line, and no line waits for another.

    Attributes:
        folder: Where the hosts' files lie; None when no other process visits the same hosts.
    """

    clock: Clock
    folder: Path | None = None
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, host: str, pause_s: float) -> Iterator[None]:
        """Wait for the host's turn and its pause, then hold the turn.

        The pause runs from the end of one request to the start of the next.
        """
        line = self._line(host)
        with line.turn, self._between_processes(host, line):
            now = self._now()
            # A clock set back must not make the wait longer than the pause.
            left = pause_s - max(now - line.ended_at, 0.0)
            if left > 0 and line.ended_at:
                self.clock.sleep(left)
            try:
                yield
            finally:
                line.ended_at = self._now()

    def hold(self, host: str, until: datetime) -> None:
        """Remember that a host wants no request before `until`; called in its turn."""
        line = self._line(host)
        line.hold_until = max(line.hold_until, until.timestamp())

    def held_until(self, host: str) -> datetime | None:
        """Return the instant before which the host wants no request; asked in its turn."""
        until = self._line(host).hold_until
        return datetime.fromtimestamp(until, UTC) if until > self._now() else None

    def _line(self, host: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(host, _Host())

    def _now(self) -> float:
        return self.clock.now().timestamp()

    @contextmanager
    def _between_processes(self, host: str, line: _Host) -> Iterator[None]:
        """Hold the host's file; what it says of other processes' requests is taken over."""
        if self.folder is None:
            yield
            return
        if not line.path:
            self.folder.mkdir(parents=True, exist_ok=True)
            line.path = str(self.folder / sha256(host.encode()).hexdigest()[:32])
        descriptor = os.open(line.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # The system frees the lock of a process that dies.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            written = os.pread(descriptor, _TIMES.size, 0)
            if len(written) == _TIMES.size:
                line.ended_at, line.hold_until = _TIMES.unpack(written)
            try:
                yield
            finally:
                os.pwrite(descriptor, _TIMES.pack(line.ended_at, line.hold_until), 0)
        finally:
            os.close(descriptor)
