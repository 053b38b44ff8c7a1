"""ISO weeks: the calendar that releases are named by."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")

#: Documents older than this before the week are not used unless UNSEEN_CUTOFF says otherwise.
DEFAULT_CUTOFF_AGE = timedelta(days=180)


def week_of(day: date) -> str:
    """Return the ISO week a day belongs to: 2026-01-01 -> '2026-W01'."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_bounds(week: str) -> tuple[datetime, datetime]:
    """Return the first instant of an ISO week and of the week after, in UTC.

    Raises:
        ValueError: `week` is not of the form 2026-W34, or the year has no such week.
    """
    match = _WEEK.fullmatch(week)
    if not match:
        raise ValueError(f"{week!r} is no ISO week; write it like 2026-W34")
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        start = datetime.combine(monday, time(), UTC)
        return start, start + timedelta(days=7)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{match[1]} has no ISO week {match[2]}") from error


def last_finished_week(now: datetime) -> str:
    """Return the newest ISO week that is over at `now`, in UTC."""
    return week_of((now.astimezone(UTC) - timedelta(days=7)).date())
