"""The daemon: an idle process that wakes when something is due and starts a child to do it.

The children load what reading and writing take and are gone afterwards, so that the daemon stays
small (trap 33). All is decided in one thread, from the database and the clock; nothing is kept
here that a restart or a second daemon would miss.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from scripts.catching_up import Gap, Try, gap_before, leap, left_out, next_try, scheduled_at
from scripts.children import Child, Start, start_child, stop_children
from scripts.collecting import LEAP, Agenda
from scripts.notify import Notifier, notifier_of
from scripts.schedule import Alarm, closed_weeks, closing_instant, zone_of
from scripts.wiring import Clock, House, found_house, utc_now
from store.database import is_newest, session
from store.errors import StoreError, UnseenError
from store.records import Heartbeat
from store.runs import DAEMON, WEEK, abandon_runs, beat, heartbeat_of, record_gap, run_key, runs_of
from store.sources import readable
from store.tables import ReleaseRow
from store.weeks import last_finished_week

#: The standard logger: structlog brings rich and asyncio, a tenth of what the daemon may weigh.
log = logging.getLogger("unseen.daemon")

#: How often a sign of life is written down (issue 4).
BEAT_S = 30.0
#: No week is closed while the clock was set so lately: it may be set right at once.
SETTLED_AFTER_S = 600.0
#: What a week may end with besides 0: done with some sources failed (contract, section 2).
SOURCES_FAILED = 3

#: What rings beside signals, whose numbers are smaller.
SLOT, CLOSING, BEAT = 201, 202, 203


class Bell:
    """Rung by signals and by the alarm's thread, heard by the daemon's one thread."""

    def __init__(self) -> None:
        self._ear, self._clapper = socket.socketpair()
        self._clapper.setblocking(False)

    def close(self) -> None:
        """Be rung no more."""
        self._ear.close()
        self._clapper.close()

    def ring(self, kind: int) -> None:
        """Ring; when nobody has listened for a while once is enough."""
        try:
            self._clapper.send(bytes([kind]))
        except BlockingIOError:
            return

    def hear(self, timeout_s: float) -> frozenset[int]:
        """Return what rang, waiting for it for a while."""
        self._ear.settimeout(max(timeout_s, 0.001))
        try:
            return frozenset(self._ear.recv(4096))
        except TimeoutError:
            return frozenset()

    def listen_to(self, *signals: signal.Signals) -> None:
        """Have signals ring the bell instead of ending the process."""

        def heard(number: int, frame: FrameType | None) -> None:
            """Do nothing: the interpreter has rung the bell."""

        for one in signals:
            signal.signal(one, heard)
        signal.set_wakeup_fd(self._clapper.fileno(), warn_on_full_buffer=False)


@dataclass
class Daemon:
    """Keeps the house going: it reads the clock and the database, and wakes children."""

    house: House
    notifier: Notifier
    clock: Clock
    ticks: Callable[[], float]
    start: Start
    started_at: datetime = field(init=False)
    collector: Child = field(init=False)
    week: Child = field(init=False)
    agenda: Agenda = field(init=False)
    #: The last beat by both clocks, and how they stood when we last looked.
    _beat_ticks: float | None = None
    _looked: tuple[datetime, float] | None = None
    _settled_at: float = 0.0
    _told_gaps: set[tuple[datetime, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make what takes no waiting."""
        self.started_at = self.clock()
        self.collector = Child("collect", self.start, self.ticks)
        self.week = Child("week", self.start, self.ticks, frozenset({0, SOURCES_FAILED}))
        self.agenda = self._agenda()

    @property
    def children(self) -> tuple[Child, Child]:
        """Both children."""
        return self.collector, self.week

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; SIGHUP reads the list of sources again.

        Raises:
            SettingsError: The schedule cannot be read.
        """
        settings = self.house.settings
        zone, beat_s = zone_of(settings.timezone), min(BEAT_S, self.notifier.beat_s or BEAT_S)
        closing_instant(last_finished_week(self.started_at), settings.schedule, zone)
        bell = Bell()
        bell.listen_to(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
        alarm = Alarm(
            settings.schedule,
            zone,
            on_slot=lambda: bell.ring(SLOT),
            on_closing=lambda: bell.ring(CLOSING),
            on_beat=lambda: bell.ring(BEAT),
            beat_s=beat_s,
        )
        try:
            alarm.set(self.agenda.sources)
            rung = frozenset({BEAT})
            log.info("daemon runs: %d sources, pid %d", len(self.agenda.sources), os.getpid())
            self.notifier.say("READY=1", f"STATUS=reads {len(self.agenda.sources)} sources")
            while not rung & {signal.SIGTERM, signal.SIGINT}:
                self.turn(rung, alarm)
                pauses = [child.pause_s for child in self.children if child.pause_s]
                rung = bell.hear(min([*pauses, beat_s]))
        finally:
            self.notifier.say("STOPPING=1")
            log.info("daemon stops")
            alarm.stop()
            stop_children(self.children, self.ticks)

    def turn(self, rung: frozenset[int], alarm: Alarm | None) -> None:
        """Do what one ringing asks for; a database that refuses is asked again at the next.

        Args:
            rung: What rang: numbers of signals, SLOT, CLOSING, BEAT.
            alarm: Set anew when the clock or the list changed.
        """
        changed = self._clock_was_set()
        if signal.SIGHUP in rung:
            changed |= self._read_list()
        if changed and alarm is not None:
            alarm.set(self.agenda.sources)
        for child in self.children:
            if child.reap() is not None:
                self.agenda.forget()
        try:
            if BEAT in rung:
                self.beat()
            self.wake_collector()
            self.wake_week()
            status = "reads" if self.collector.is_running else "waits"
        except (UnseenError, SQLAlchemyError) as error:
            status = str(error).splitlines()[0]
            log.error("%s", status)
        if BEAT in rung:
            # Also when the database refuses: a restart would not mend it.
            self.notifier.say("WATCHDOG=1", f"STATUS={status}")

    def beat(self) -> None:
        """Write down that we live, and before it how long nothing did."""
        now, engine = self.clock(), self.house.engine
        last = heartbeat_of(engine, DAEMON)
        awake_s = None if self._beat_ticks is None else self.ticks() - self._beat_ticks
        gap = gap_before(now, last.beat_at if last else None, awake_s)
        if gap:
            self._record(gap, "")
        beat(
            engine,
            Heartbeat(
                name=DAEMON,
                pid=os.getpid(),
                host=socket.gethostname(),
                started_at=min(self.started_at, now),
                beat_at=now,
            ),
        )
        self._beat_ticks = self.ticks()

    def wake_collector(self) -> None:
        """Start the collector when a slot has come, or when one has crashed; it finds what."""
        if self.collector.is_running:
            return
        # One that was killed left runs behind, which the next marks as such.
        if self.collector.n_crashes or self.agenda.due(self.clock()):
            self.collector.wake("collect", "--due", "--until-parent-ends", str(os.getpid()))

    def wake_week(self) -> None:
        """Start the week that is due, if its instant has come and the clock can be trusted."""
        if self.week.is_running or self.ticks() < self._settled_at:
            return
        now, settings = self.clock(), self.house.settings
        closed = list(
            closed_weeks(
                newest_release(self.house), settings.schedule, zone_of(settings.timezone), now
            )
        )
        if not closed:
            return
        abandon_runs(self.house.engine, WEEK, now)
        tries = {week: tries_of(self.house, week) for week, _ in closed[-_LOOKED_AT:]}
        for gap in left_out(closed, tries):
            self._record(gap, "week")
        following = next_try(closed, tries, now)
        if following and following.scheduled_at <= now:
            key = run_key(following.scheduled_at)
            self.week.wake("week", "--week", following.week, "--scheduled-at", key)

    def _clock_was_set(self) -> bool:
        """Whether the clock leapt since we last looked; then no week is closed for a while."""
        now, ticks = self.clock(), self.ticks()
        before, self._looked = self._looked, (now, ticks)
        if before is None:
            return False
        leapt = leap(now - before[0], ticks - before[1])
        if abs(leapt) <= LEAP:
            return False
        log.warning("the clock was set: %+d s", leapt.total_seconds())
        self._settled_at = ticks + SETTLED_AFTER_S
        self.agenda.forget()
        return True

    def _read_list(self) -> bool:
        """Read the list of sources again; one that cannot be read leaves the old in force."""
        house = House(self.house.settings, self.house.engine, self.house.clock)
        try:
            n_sources = len(house.sources)
        except UnseenError as error:
            log.error("the old list stays: %s", error)
            return False
        self.house = house
        self.agenda = self._agenda()
        log.info("list read again: %d sources", n_sources)
        if self.collector.process:
            # It has the old list; the next one begins with the new.
            self.collector.process.terminate()
        return True

    def _agenda(self) -> Agenda:
        with session(self.house.engine) as work:
            return Agenda(self.house.engine, tuple(readable(work, self.house.sources)))

    def _record(self, gap: Gap, subject: str) -> None:
        if (gap.start, subject) not in self._told_gaps:
            record_gap(self.house.engine, gap.start, gap.end, gap.why, subject)
            self._told_gaps.add((gap.start, subject))
            log.warning("%s", gap.why)


#: Weeks whose tries are looked at: those made up for, and some that gave way before.
_LOOKED_AT = 12


def newest_release(house: House) -> str | None:
    """Return the newest week that is released."""
    query = select(ReleaseRow.week).order_by(col(ReleaseRow.week).desc()).limit(1)
    with session(house.engine) as work:
        return work.exec(query).first()


def tries_of(house: House, week: str) -> list[Try]:
    """Return what was tried for a week, oldest first."""
    return [
        Try(at, row.state, row.finished_at, row.why)
        for row in runs_of(house.engine, WEEK, week)
        if (at := scheduled_at(row.key)) and row.state != "dry run"
    ]


def open_daemon(environment: Mapping[str, str], start: Start = start_child) -> Daemon:
    """Return a daemon over the house of the settings, its schema brought up by a child.

    Raises:
        UnseenError: A setting, the list, the disk or the database stands in the way.
    """
    house = found_house()
    if not is_newest(house.engine):
        # Alembic would stay in memory for good.
        code = start(["db", "upgrade"]).wait()
        if code or not is_newest(house.engine):
            raise StoreError("the database cannot be upgraded; run: unseen db upgrade")
    return Daemon(
        house=house,
        notifier=notifier_of(environment, os.getpid()),
        clock=utc_now,
        ticks=_ticks,
        start=start,
    )


def _ticks() -> float:
    """Return seconds on a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def serve_schedule() -> None:
    """Run the daemon of this process's settings until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    # Its own wakings are no news.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    open_daemon(os.environ).run()
