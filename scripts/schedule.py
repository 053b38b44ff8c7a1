"""The daemon: every source on its interval, every week closed on schedule, each in a child process.

The children do the heavy importing and are gone afterwards, so that the idle daemon stays small
(trap 33). A week is one unique row and one folder: a second daemon or a restart does no harm.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scripts.wiring import Clock, House
from store.database import session
from store.errors import SettingsError
from store.tables import ReleaseRow
from store.timetable import interval_of
from store.weeks import last_finished_week

log = structlog.get_logger()

#: Visits are spread by up to this share of the interval, so that sources do not come in step.
JITTER = 0.1
#: A child that is told to stop has this long; what it committed is kept, the rest is done later.
GRACE_S = 8.0
#: Visits at the same time; each is a process of about 200 MiB while it lasts.
PARALLEL_VISITS = 4
#: How late a job may start after downtime; one late start stands for all that were missed.
MISFIRE_GRACE_S = 7 * 24 * 3600

#: Cron counts days of the week from Sunday, the scheduler's library from Monday.
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def closing_trigger(schedule: str, timezone: str) -> CronTrigger:
    """Return when weeks are closed, from a cron line and an IANA zone.

    Raises:
        SettingsError: Either cannot be read.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"UNSEEN_TIMEZONE {timezone!r} is no IANA zone") from error
    fields = schedule.split()
    if len(fields) != 5:
        raise SettingsError(f"UNSEEN_SCHEDULE {schedule!r} is not a cron line of five fields")
    fields[4] = re.sub(r"\d", lambda digit: _CRON_DAYS[int(digit[0]) % 8], fields[4])
    try:
        return CronTrigger.from_crontab(" ".join(fields), timezone=zone)
    except ValueError as error:
        raise SettingsError(f"UNSEEN_SCHEDULE {schedule!r}: {error}") from error


def week_is_due(house: House, clock: Clock) -> str | None:
    """Return the last finished week when it has no release yet."""
    week = last_finished_week(clock())
    with session(house.engine) as work:
        return None if work.get(ReleaseRow, week) else week


@dataclass
class Children:
    """Runs our own commands as child processes, and stops them when asked to."""

    start: Callable[[Sequence[str]], subprocess.Popen[bytes]]
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: bool = False

    def run(self, *arguments: str) -> int | None:
        """Run `unseen ARGUMENTS` to its end; None when the daemon is stopping."""
        with self._lock:
            if self._stopping:
                return None
            child = self.start(arguments)
            self._running.add(child)
        code = child.wait()
        with self._lock:
            self._running.discard(child)
        log.info("job ended", job=" ".join(arguments), exit_code=code)
        return code

    def stop(self) -> None:
        """Ask every child to end, and end those that do not within the grace time."""
        with self._lock:
            self._stopping = True
            running = list(self._running)
        for child in running:
            child.terminate()
        for child in running:
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()


def start_child(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start one of our own commands with this interpreter."""
    return subprocess.Popen([sys.executable, "-m", "scripts.cli", *arguments])


def run_daemon(house: House, stop: threading.Event, children: Children, clock: Clock) -> None:
    """Schedule everything, catch up on a week that is due, and wait until told to stop.

    Raises:
        SettingsError: The schedule or an interval cannot be read.
    """
    settings = house.settings
    closing = closing_trigger(settings.schedule, settings.timezone)
    scheduler = BackgroundScheduler(
        executors={
            "default": {"type": "threadpool", "max_workers": PARALLEL_VISITS},
            "week": {"type": "threadpool", "max_workers": 1},
        },
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_S},
    )
    for source in house.sources:
        if not source.enabled:
            continue
        every = interval_of(source)
        seconds = int(every.total_seconds())
        scheduler.add_job(
            children.run,
            IntervalTrigger(seconds=seconds, jitter=int(seconds * JITTER)),
            args=("collect", "--source", source.name),
            id=f"collect {source.name}",
            next_run_time=clock(),
        )
    due = week_is_due(house, clock)
    if due:
        log.info("catching up", week=due)
    # `unseen week` takes the last week that is over, which is the one that is due.
    at_once = {"next_run_time": clock()} if due else {}
    scheduler.add_job(children.run, closing, args=("week",), id="week", executor="week", **at_once)
    scheduler.start()
    log.info("daemon runs", sources=len(house.sources), closes=str(closing), pid=os.getpid())
    stop.wait()
    log.info("daemon stops")
    scheduler.shutdown(wait=False)
    children.stop()


def serve_schedule(house: House, clock: Clock) -> None:
    """Run the daemon until SIGTERM or SIGINT."""
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    run_daemon(house, stop, Children(start_child), clock)
