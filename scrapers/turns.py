"""Whose turn it is: one request a host at a time, with the host's pause between two."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scrapers.fetched import Clock


@dataclass
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    last_request_at: datetime | None = None


@dataclass
class Turns:
    """Keeps the hosts apart: each has one line, and no line waits for another."""

    clock: Clock
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, host: str, pause_s: float) -> Iterator[None]:
        """Wait for the host's turn and its pause, then hold the turn.

        The pause runs from the end of one request to the start of the next.
        """
        with self._lock:
            line = self._hosts.setdefault(host, _Host())
        with line.turn:
            if line.last_request_at is not None:
                gone = self.clock.now() - line.last_request_at
                # A clock set back must not make the wait longer than the pause.
                left = pause_s - max(gone / timedelta(seconds=1), 0.0)
                if left > 0:
                    self.clock.sleep(left)
            try:
                yield
            finally:
                line.last_request_at = self.clock.now()
