"""Visiting what is due: each slot of each source once, hosts side by side, until nothing is left.

`unseen collect --due` is the daemon's child for it: it loads what reading takes, and is gone when
there is nothing to read. Run again after any end, it goes on with the next slots.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlmodel import col, select

from scripts.wiring import House, plan_week
from store.database import session
from store.records import Source, SourceReport, SourceState
from store.runs import COLLECT, abandon_runs, claim_run, finish_run, run_key, taken_runs
from store.sources import enter_sources, readable
from store.tables import SourceStateRow
from store.timetable import due_slot, next_slot, next_visit

if TYPE_CHECKING:
    from scrapers.base import Collector
    from scrapers.lanes import Lanes

#: When nothing is due so soon, the process ends: starting it again costs a second of work.
PATIENCE = timedelta(seconds=60)
#: How often it is looked whether something is due.
LOOK_EVERY_S = 1.0
#: Visits that are told to stop have this long to write down what they found; two of the eight
#: seconds a child has are left for the end of the process.
GRACE_S = 6.0
#: A clock that went otherwise than the one nobody can set, by more than this, was set.
LEAP = timedelta(seconds=5)


def job_of(source: Source) -> str:
    """Return the job name of a source's visits."""
    return f"{COLLECT} {source.name}"


def states_of(engine: Engine, names: Iterable[str]) -> dict[str, SourceState]:
    """Return where sources stand, also those that were never visited."""
    wanted = list(names)
    query = select(SourceStateRow).where(col(SourceStateRow.source).in_(wanted))
    with session(engine) as work:
        known = {row.source: row.value() for row in work.exec(query)}
    return {name: known.get(name) or SourceState(source=name) for name in wanted}


def due_sources(engine: Engine, sources: Iterable[Source], now: datetime) -> list[Source]:
    """Return the sources whose slot has come and was taken by nobody."""
    sources = list(sources)
    states = states_of(engine, (source.name for source in sources))
    slots = [(source, due_slot(source, states[source.name], now)) for source in sources]
    due = [(source, (job_of(source), run_key(slot))) for source, slot in slots if slot]
    taken = taken_runs(engine, [run for _, run in due])
    return [source for source, run in due if run not in taken]


@dataclass
class Agenda:
    """When each source is looked at next, so that a second of waiting costs nothing."""

    engine: Engine
    sources: tuple[Source, ...]
    _look_at: dict[str, datetime] = field(default_factory=dict)

    def due(self, now: datetime, busy: frozenset[str] = frozenset()) -> list[Source]:
        """Return what is due now, leaving out those in `busy`."""
        looked = [
            source
            for source in self.sources
            if source.name not in busy and self._look_at.get(source.name, now) <= now
        ]
        if not looked:
            return []
        found = due_sources(self.engine, looked, now)
        names = {source.name for source in found}
        states = states_of(self.engine, (source.name for source in looked))
        for source in looked:
            if source.name not in names:
                at = next_visit(source, states[source.name], now)
                # What is past is in other hands.
                self._look_at[source.name] = at if at and at > now else next_slot(source, now)
        return found

    def forget(self, *names: str) -> None:
        """Look anew at these sources, or at all of them."""
        for name in names or tuple(self._look_at):
            self._look_at.pop(name, None)

    def is_idle(self, now: datetime) -> bool:
        """Whether nothing is due within the time that waiting is worth."""
        soon = now + PATIENCE
        return all(self._look_at.get(source.name, now) > soon for source in self.sources)


@dataclass
class DueVisits:
    """Visits sources for their slots, and writes down each run."""

    house: House
    collector: Collector
    stop: threading.Event
    _open: dict[int, str] = field(default_factory=dict)

    def visit(self, source: Source) -> SourceReport | None:
        """Visit a source if it is due and nobody else has the slot; else None."""
        house = self.house
        # A week that is collecting reads the source now; then it may not be due any more.
        with house.alone(f"source-{source.name}"):
            now = house.clock()
            slot = due_slot(source, states_of(house.engine, [source.name])[source.name], now)
            if slot is None or self.stop.is_set():
                return None
            number = claim_run(house.engine, job_of(source), run_key(slot), now)
            if number is None:
                return None
            self._open[number] = source.name
            try:
                report = self._collect(source)
            except BaseException as error:
                self._finish(number, "failed", str(error) or type(error).__name__)
                raise
            stopped = self.stop.is_set() and report.error is None
            state = "failed" if report.error else "partial" if stopped else "done"
            self._finish(number, state, report.error, report)
            return report

    def close(self) -> int:
        """Write down the visits that did not end in time; returns how many."""
        left = list(self._open)
        for number in left:
            self._finish(number, "partial", "told to stop before it was through")
        return len(left)

    def _collect(self, source: Source) -> SourceReport:
        cutoff = plan_week(self.house.settings, None, None, self.house.clock).cutoff
        return replace(self.collector, cutoff=cutoff).collect(source)

    def _finish(
        self, number: int, state: str, why: str | None, report: SourceReport | None = None
    ) -> None:
        if self._open.pop(number, None) is None:
            return
        counts = report.model_dump(include=_COUNTS) if report else None
        finish_run(self.house.engine, number, state, self.house.clock(), why, counts)


_COUNTS = {"n_listed", "n_documents", "n_unchanged", "n_refused", "n_too_old", "n_facts"}


def collect_due(
    house: House,
    stop: threading.Event,
    told: Callable[[SourceReport], None],
    must_end: Callable[[], bool] = lambda: False,
    ticks: Callable[[], float] = time.monotonic,
) -> int:
    """Visit what is due until nothing is due for a while, or `stop` is set.

    Args:
        house: What to work with.
        stop: Set from outside: no new visit begins, running ones end after the page they are at.
        told: Called with each report as a visit ends.
        must_end: Asked every second; true is like `stop`.
        ticks: A clock that nobody sets.

    Returns:
        How many visits had not ended when the time for stopping was over; their threads still
        wait for a site, so the process must be ended.
    """
    from scrapers.lanes import Lanes

    abandon_runs(house.engine, COLLECT, house.clock())
    with session(house.engine) as work:
        enter_sources(work, house.sources)
        agenda = Agenda(house.engine, tuple(readable(work, house.sources)))
    with house.collector(house.clock(), stop) as collector:
        visits = DueVisits(house, collector, stop)
        lanes = Lanes(visits.visit)
        for _ in _seconds(house.clock, ticks, agenda):
            if must_end():
                stop.set()
            if stop.is_set():
                break
            for source in agenda.due(house.clock(), lanes.names):
                lanes.add(source)
            if not lanes.names and agenda.is_idle(house.clock()):
                break
            _hear(lanes, agenda, told, LOOK_EVERY_S)
        deadline = ticks() + GRACE_S
        while lanes.names and ticks() < deadline:
            _hear(lanes, agenda, told, 0.1)
        _hear(lanes, agenda, told, 0.0)
        return visits.close()


def _hear(
    lanes: Lanes[SourceReport | None],
    agenda: Agenda,
    told: Callable[[SourceReport], None],
    wait_s: float,
) -> None:
    """Wait for a visit to end, and take in all that did; what one breaks is said, and no more."""
    while True:
        try:
            done = lanes.next_done(wait_s)
        except Exception:
            # A fault of ours in one visit must not keep the other sources from theirs.
            traceback.print_exc()
            agenda.forget()
            continue
        if done is None:
            return
        source, report = done
        agenda.forget(source.name)
        if report is not None:
            told(report)
        wait_s = 0.0


def _seconds(
    clock: Callable[[], datetime], ticks: Callable[[], float], agenda: Agenda
) -> Iterator[None]:
    """Go on for ever; when the clock was set, everything is looked at anew."""
    said, ticked = clock(), ticks()
    while True:
        yield
        passed = timedelta(seconds=ticks() - ticked)
        if abs(clock() - said - passed) > LEAP:
            agenda.forget()
        said, ticked = clock(), ticks()
