"""Where a visit keeps what it finds: bytes on disk first, then what is known of them, together.

What several visits have ready at the same time is committed in one transaction: a commit waits
for the disk, and a thousand polls must not wait a thousand times.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock

from sqlalchemy import Engine
from sqlmodel import Session

from scrapers.entries import Cell
from scrapers.robots import RobotsFile
from store.captures import BlobStore
from store.database import session
from store.documents import (
    captures_of,
    first_seen,
    known_documents,
    remember_captures,
    remember_documents,
    remember_visits,
    visits_of,
)
from store.errors import CaptureDamaged, StoreError
from store.facts import remember_facts
from store.records import Capture, Document, Source, SourceReport, Visit
from store.robots import remember_robots, robots_of
from store.sources import remember_outcomes
from store.tables import RobotsRow

#: The writer waits so long for others' finds: a visit's end comes as much later, and a thousand
#: polls come to some tens of commits.
GATHER_S = 0.02


@dataclass(frozen=True)
class Reading:
    """The typed values of one capture.

    Attributes:
        whole: Whether these are all that the capture gives; only then one that is missing ended.
    """

    capture: Capture
    values: tuple[Cell, ...]
    whole: bool


@dataclass(frozen=True)
class Finds:
    """What is kept together or not at all.

    Attributes:
        bodies: Bytes that captures speak of.
        reading: The typed values of one of the captures.
        outcome: How a visit to a source ended.
    """

    bodies: tuple[bytes, ...] = ()
    captures: tuple[Capture, ...] = ()
    documents: tuple[Document, ...] = ()
    reading: Reading | None = None
    visits: tuple[Visit, ...] = ()
    outcome: tuple[Source, SourceReport] | None = None


@dataclass(frozen=True)
class Kept:
    """What keeping came to.

    Attributes:
        new: Ids of the documents that were not there before.
        n_facts: Values that are new or changed.
    """

    new: frozenset[str] = frozenset()
    n_facts: int = 0


@dataclass
class Shelf:
    """Where captures and what is known of them are kept.

    Attributes:
        writer: Runs the commits, one thread; without one they run where they are asked for.
    """

    engine: Engine
    blobs: BlobStore
    writer: Executor | None = None
    _waiting: deque[tuple[Finds, Future[Kept]]] = field(default_factory=deque)
    _called: Event = field(default_factory=Event)
    _committing: Lock = field(default_factory=Lock)

    def keep(self, finds: Finds) -> Future[Kept]:
        """Store what was found; the future is done when it is on disk for good.

        The future raises StoreError when disk or database refused; then nothing of it is known.
        """
        done: Future[Kept] = Future()
        self._waiting.append((finds, done))
        if self.writer is None:
            self._commit_waiting()
        elif not self._called.is_set():
            self._called.set()
            self.writer.submit(self._gather)
        return done

    def visits(self, urls: Iterable[str]) -> dict[str, Visit]:
        """Return the last visit to each URL."""
        with session(self.engine) as work:
            return visits_of(work, urls)

    def captured(self, url: str, sha256: str) -> tuple[Capture, bytes]:
        """Return what was captured at `url` with these bytes.

        Raises:
            CaptureDamaged: It is not there, or not as it was.
        """
        with session(self.engine) as work:
            found = [one for one in captures_of(work, url) if one.sha256 == sha256]
        if not found:
            raise CaptureDamaged(f"capture {sha256[:16]}… is not known")
        return found[0], self.blobs.get(sha256)

    def first_seen(self, urls: Iterable[str]) -> dict[str, datetime]:
        """Return when each URL was first captured."""
        with session(self.engine) as work:
            return first_seen(work, urls)

    def known(self, ids: Iterable[str]) -> set[str]:
        """Return the documents among `ids` that are stored."""
        with session(self.engine) as work:
            return known_documents(work, ids)

    def robots(self, origin: str, user_agent: str) -> RobotsFile | None:
        """Return the robots.txt that was kept for an origin."""
        with session(self.engine) as work:
            row = robots_of(work, origin, user_agent)
            if row is None:
                return None
            return RobotsFile(row.status, row.file or b"", row.why, row.expires_at)

    def keep_robots(self, origin: str, user_agent: str, answer: RobotsFile) -> None:
        """Keep a robots.txt in place of the last."""
        row = RobotsRow(
            origin=origin,
            user_agent=user_agent,
            status=answer.status,
            file=answer.body,
            why=answer.why,
            expires_at=answer.expires_at,
        )
        with session(self.engine) as work:
            remember_robots(work, row)

    def _gather(self) -> None:
        """Let some finds come together, then commit them; the writer's own."""
        time.sleep(GATHER_S)
        # What comes from here on calls the writer again.
        self._called.clear()
        self._commit_waiting()

    def _commit_waiting(self) -> None:
        """Commit all that waits, in the order it came; one of several callers does it for all."""
        with self._committing:
            batch = []
            while self._waiting:
                batch.append(self._waiting.popleft())
            if not batch:
                return
            self._settle(batch)

    def _settle(self, batch: Sequence[tuple[Finds, Future[Kept]]]) -> None:
        """Commit finds together; where that fails each alone, so that one costs no other."""
        try:
            kept = self._commit([finds for finds, _ in batch])
        except StoreError as error:
            if len(batch) > 1:
                for each in batch:
                    self._settle([each])
                return
            batch[0][1].set_exception(error)
        else:
            for (_, done), each_kept in zip(batch, kept, strict=True):
                done.set_result(each_kept)

    def _commit(self, batch: list[Finds]) -> list[Kept]:
        self.blobs.put_all([body for finds in batch for body in finds.bodies])
        with session(self.engine) as work:
            remember_captures(work, [one for finds in batch for one in finds.captures])
            new = remember_documents(work, [one for finds in batch for one in finds.documents])
            n_facts = [_remember_reading(work, finds.reading) for finds in batch]
            remember_visits(work, [one for finds in batch for one in finds.visits])
            remember_outcomes(work, [finds.outcome for finds in batch if finds.outcome])
        return [
            Kept(frozenset(new & {one.id for one in finds.documents}), n)
            for finds, n in zip(batch, n_facts, strict=True)
        ]


def _remember_reading(work: Session, reading: Reading | None) -> int:
    if reading is None:
        return 0
    capture = reading.capture
    return remember_facts(work, capture.source, reading.values, capture, whole=reading.whole)
