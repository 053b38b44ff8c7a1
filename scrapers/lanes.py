"""Visits side by side: one at a time for a host, many hosts at once, so none waits for another.

The threads are daemons: a process that is told to stop does not wait for a site that stalls.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from store.records import Source, SourceReport

#: Hosts visited at the same time: a tenth of the 50 hosts of a large list may stall at once and
#: the others still flow; a thread costs a stack and the page it holds.
PARALLEL_HOSTS = 32

Outcome = TypeVar("Outcome")


def host_of(source: Source) -> str:
    """Return what a source's lane is named by: its host, with the port where one is written."""
    return urlsplit(source.url).netloc.rpartition("@")[2].lower()


@dataclass
class Lanes(Generic[Outcome]):
    """Runs visits as they come in; a host's second waits for its first, and for nothing else.

    Attributes:
        visit: Visits one source; runs in a thread of the lanes.
        parallel: Hosts visited at the same time.
    """

    visit: Callable[[Source], Outcome]
    parallel: int = PARALLEL_HOSTS
    _waiting: dict[str, deque[Source]] = field(default_factory=dict)
    _turn: deque[str] = field(default_factory=deque)
    _done: SimpleQueue[tuple[Source, Outcome | None, BaseException | None]] = field(
        default_factory=SimpleQueue
    )
    _names: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _n_threads: int = 0

    def add(self, source: Source) -> bool:
        """Take a source; False when it is already here."""
        host = host_of(source)
        with self._lock:
            if source.name in self._names:
                return False
            self._names.add(source.name)
            if host in self._waiting:
                self._waiting[host].append(source)
            else:
                self._waiting[host] = deque([source])
                self._turn.append(host)
            if self._turn and self._n_threads < self.parallel:
                self._n_threads += 1
                threading.Thread(target=self._work, name="lane", daemon=True).start()
        return True

    @property
    def names(self) -> frozenset[str]:
        """The sources that wait or are being visited."""
        with self._lock:
            return frozenset(self._names)

    def next_done(self, timeout_s: float | None) -> tuple[Source, Outcome] | None:
        """Return a visit that ended, or None when none did in time.

        Raises:
            BaseException: What the visit raised: a programming error, as visits report failures.
        """
        try:
            source, outcome, error = self._done.get(timeout=timeout_s)
        except Empty:
            return None
        if error is not None:
            raise error
        return source, outcome  # type: ignore[return-value]

    def _work(self) -> None:
        """Visit one source after the other, of whichever host's turn it is."""
        while True:
            with self._lock:
                if not self._turn:
                    self._n_threads -= 1
                    return
                host = self._turn.popleft()
                source = self._waiting[host].popleft()
            self._visit(source)
            with self._lock:
                # To the back: more hosts than threads take turns, none is read to its end first.
                if self._waiting[host]:
                    self._turn.append(host)
                else:
                    del self._waiting[host]

    def _visit(self, source: Source) -> None:
        outcome, error = None, None
        try:
            outcome = self.visit(source)
        except BaseException as failure:
            error = failure
        with self._lock:
            self._names.discard(source.name)
        self._done.put((source, outcome, error))


def run_lanes(
    sources: Iterable[Source],
    visit: Callable[[Source], SourceReport],
    parallel: int = PARALLEL_HOSTS,
) -> Iterator[SourceReport]:
    """Visit sources, and yield each report as the visit ends.

    A programming error in one is raised after all others are done. Leaving the iterator early
    waits for nobody.
    """
    lanes = Lanes(visit, parallel)
    n_left = sum(lanes.add(source) for source in sources)
    failure: BaseException | None = None
    for _ in range(n_left):
        try:
            done = lanes.next_done(None)
        except BaseException as error:
            failure = failure or error
            continue
        if done is not None:
            yield done[1]
    if failure is not None:
        raise failure
