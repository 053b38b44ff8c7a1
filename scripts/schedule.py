"""When something is to be done: the instants at which weeks are closed, and the bell that rings.

Everything here but `Alarm` is a pure function. APScheduler reads the cron line and wakes the
daemon; what is done then is decided from the database, so that a wake too many does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from store.errors import SettingsError
from store.records import Source
from store.timetable import next_slot
from store.weeks import week_bounds, week_of

#: Cron counts days of the week from Sunday, the scheduler's library from Monday.
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: The years whose weeks are closed right (issue 4); the zones' offsets are looked up in them.
FIRST_YEAR, LAST_YEAR = 2000, 2037
_WEEK = timedelta(days=7)


def zone_of(timezone: str) -> ZoneInfo:
    """Return an IANA zone.

    Raises:
        SettingsError: There is no zone of that name.
    """
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"UNSEEN_TIMEZONE {timezone!r} is no IANA zone") from error


def closing_instant(week: str, schedule: str, zone: ZoneInfo) -> datetime:
    """Return when an ISO week is closed: a time of the cron line in `zone`, in UTC.

    It is the first time the line names once the week, which ends in UTC, is over on the clocks
    of the zone wherever they may be set. That is looked up on the wall clock alone, so a change
    of the clocks neither drops a week nor closes one twice: a weekly line gives every week one
    instant, seven days after the one before on the wall clock.

    A time that does not exist, because clocks go forward, is that long after the gap's beginning
    as it would have been; of a time that exists twice it is the first.

    Raises:
        SettingsError: The schedule cannot be read, or names no time.
    """
    _, end = week_bounds(week)
    wall = _first_time(schedule, end + furthest_ahead(zone))
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    # An offset that no sample of `furthest_ahead` saw must not close a week before its end.
    return max(instant, end)


@cache
def furthest_ahead(zone: ZoneInfo) -> timedelta:
    """Return the largest offset from UTC that a zone has from 2000 to 2037, week by week.

    One offset for all years: if the zone's offset of the day decided, a line near the week's end
    would close no week when clocks go forward, and two at once when they go back.
    """
    moment, last = datetime(FIRST_YEAR, 1, 3, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 4, tzinfo=UTC)
    offsets = []
    while moment < last:
        offsets.append(moment.astimezone(zone).utcoffset() or timedelta())
        moment += _WEEK
    return max(offsets)


def closed_weeks(
    after: str | None, schedule: str, zone: ZoneInfo, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """Yield the weeks after `after` whose closing instant has come, oldest first, with it.

    Args:
        after: The newest week that is dealt with; None when there is none, then only the last
            week that is closed is yielded.
        schedule: The cron line.
        zone: Its zone.
        now: The instant.
    """
    # A yearly line closes a week up to a year after its end.
    start = week_bounds(after)[1] if after else now - 57 * _WEEK
    found = None
    while start + _WEEK <= now:
        week = week_of(start.date())
        instant = closing_instant(week, schedule, zone)
        if instant > now:
            break
        found = (week, instant)
        if after:
            yield found
        start += _WEEK
    if found and not after:
        yield found


def next_closing(schedule: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the first closing instant after `now`."""
    start = now - 8 * _WEEK
    while (instant := closing_instant(week_of(start.date()), schedule, zone)) <= now:
        start += _WEEK
    return instant


@lru_cache(maxsize=4_096)
def _first_time(schedule: str, wall: datetime) -> datetime:
    """Return the first time of a cron line that is not before `wall`, both by a wall clock."""
    found: datetime | None = _read(schedule).get_next_fire_time(None, wall)
    if found is None:
        raise SettingsError(f"UNSEEN_SCHEDULE {schedule!r} names no time that comes")
    return found


@lru_cache(maxsize=8)
def _read(schedule: str) -> CronTrigger:
    """Return a cron line on a wall clock without changes, for which UTC stands."""
    fields = schedule.split()
    if len(fields) != 5:
        raise SettingsError(f"UNSEEN_SCHEDULE {schedule!r} is not a cron line of five fields")
    try:
        fields[4] = ",".join(_day_names(part) for part in fields[4].split(","))
        return CronTrigger.from_crontab(" ".join(fields), timezone=UTC)
    except (ValueError, IndexError) as error:
        raise SettingsError(f"UNSEEN_SCHEDULE {schedule!r}: {error}") from error


def _day_names(part: str) -> str:
    """Return cron's days of the week by name: "1" -> "mon", "0-2" -> "sun,mon,tue"."""
    days, _, step = part.partition("/")
    first, _, last = ("0-6" if days == "*" else days).partition("-")
    if part == "*" or not first.isdecimal():
        return part
    numbers = range(int(first), int(last or first) + 1, int(step or 1))
    if not numbers:
        raise ValueError(f"{part!r} names no day")
    return ",".join(_CRON_DAYS[number] for number in numbers)


class _Instants(BaseTrigger):  # type: ignore[misc]
    """A trigger of the library over one of our pure functions."""

    __slots__ = ("_following",)

    def __init__(self, following: Callable[[datetime], datetime]) -> None:
        self._following = following

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the first instant after `now`: one that was missed is made up for elsewhere."""
        return self._following(now)


@dataclass
class Alarm:
    """Wakes the daemon at the instants that matter; it decides nothing.

    Attributes:
        on_slot: Called when a source's slot has come.
        on_closing: Called when a week is to be closed.
        on_beat: Called every `beat_s`.
    """

    schedule: str
    zone: ZoneInfo
    on_slot: Callable[[], None]
    on_closing: Callable[[], None]
    on_beat: Callable[[], None]
    beat_s: float
    _scheduler: BackgroundScheduler | None = field(default=None)

    def set(self, sources: Iterable[Source]) -> None:
        """Plan anew from the clock as it is now; also for a list or a clock that changed."""
        # The library keeps instants: after a clock that was set back it would wait for them.
        self.stop()
        scheduler = BackgroundScheduler(
            timezone=UTC,
            # The calls only ring a bell, so they need no threads of their own.
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )
        for source in sources:
            if source.enabled:
                scheduler.add_job(self.on_slot, _Instants(_slots_of(source)), id=source.name)
        closings = _Instants(lambda now: next_closing(self.schedule, self.zone, now))
        scheduler.add_job(self.on_closing, closings)
        # The library's own interval counts every beat of a year that a clock leaps over.
        beat = timedelta(seconds=self.beat_s)
        scheduler.add_job(self.on_beat, _Instants(lambda now: now + beat))
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Ring no more."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None


def _slots_of(source: Source) -> Callable[[datetime], datetime]:
    return lambda now: next_slot(source, now)
