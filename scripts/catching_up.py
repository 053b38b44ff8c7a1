"""What is to be made up for, decided from what is known: times without a daemon, weeks, tries.

Pure: the clock and what the database says come in, a decision goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from store.weeks import week_bounds, week_of

#: Silence, or a clock that leaps, for longer than this is written down: shorter is a restart.
MAX_SILENCE = timedelta(minutes=5)
#: Weeks that are made up for; feeds remember no further back.
MAX_WEEKS = 4
#: A week that failed so often does not hold up a later one that is due as well.
TRIES_BEFORE_LATER = 3
#: The first pause after a failed try, doubled each time up to the longest; no week is given up.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)


@dataclass(frozen=True)
class Gap:
    """A time in which nothing was done, and why."""

    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True)
class Try:
    """One run of a week: its state, the instant it was for, and when it ended."""

    scheduled_at: datetime
    state: str
    finished_at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True)
class NextTry:
    """The try of a week that comes next."""

    week: str
    scheduled_at: datetime


def leap(clock_passed: timedelta, really_passed_s: float) -> timedelta:
    """Return by how much the clock was set meanwhile; back is negative.

    Args:
        clock_passed: By how much the clock went on.
        really_passed_s: The seconds that went by on a clock nobody can set.
    """
    return clock_passed - timedelta(seconds=really_passed_s)


def gap_before(now: datetime, last_beat: datetime | None, awake_s: float | None) -> Gap | None:
    """Return the gap that ends now, if there is one.

    Args:
        now: The instant.
        last_beat: The daemon's last sign of life; None when it never ran.
        awake_s: Seconds since then in which we did run; None when that was another process.
    """
    if last_beat is None or abs(now - last_beat) <= MAX_SILENCE:
        return None
    if now < last_beat:
        why = (
            f"the clock went back by {_span(last_beat - now)}: visits and weeks of the time that "
            "comes again are not done twice"
        )
    elif awake_s is not None and awake_s < MAX_SILENCE.total_seconds():
        why = f"the clock was put forward by {_span(now - last_beat)}"
    else:
        why = f"no daemon ran for {_span(now - last_beat)}"
    return Gap(last_beat, now, why + _weeks_in(last_beat, now))


def _span(length: timedelta) -> str:
    """Return a length in its two largest units: "3 d 4 h"."""
    minutes = round(length / timedelta(minutes=1))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _weeks_in(start: datetime, end: datetime) -> str:
    """Say which weeks ended in a time."""
    weeks, moment = [], start
    while moment < end and (over := week_bounds(week_of(moment.date()))[1]) <= end:
        weeks.append(week_of(moment.date()))
        moment = over
    if not weeks:
        return ""
    named = ", ".join(weeks) if len(weeks) <= MAX_WEEKS else f"{weeks[0]} to {weeks[-1]}"
    return f"; {named} ended in it"


def next_try(
    closed: Sequence[tuple[str, datetime]], tries: Mapping[str, Sequence[Try]], now: datetime
) -> NextTry | None:
    """Return which week is tried next, and for which instant; None when there is nothing to do.

    The oldest comes first, because the chain of releases only grows. What is decided follows from
    the rows alone, so two daemons decide alike and the unique row lets one of them do it.

    Args:
        closed: Weeks without a release whose closing instant has come, oldest first.
        tries: What was tried for each, oldest first.
        now: The instant; the try may be for a later one.
    """
    if any(one.state == "running" for tried in tries.values() for one in tried):
        return None
    wanted = closed[-MAX_WEEKS:]
    for number, (week, instant) in enumerate(wanted, start=1):
        tried = tries.get(week, ())
        if number < len(wanted) and n_failed(tried) >= TRIES_BEFORE_LATER:
            continue
        return NextTry(week, _scheduled(instant, tried, now))
    return None


def n_failed(tried: Iterable[Try]) -> int:
    """Count the tries that failed; one that was stopped on purpose did not."""
    return sum(one.state == "failed" for one in tried)


def _scheduled(instant: datetime, tried: Sequence[Try], now: datetime) -> datetime:
    """Return the instant of the try after those that were made."""
    at, ended = instant, tried[-1].finished_at if tried else None
    # An end in the future is that of a clock which was ahead; it must not hold the week up.
    if ended is not None and ended <= now:
        at = ended + (pause_after(n_failed(tried)) if tried[-1].state == "failed" else timedelta())
    elif ended is not None:
        at = now
    at, taken = at.replace(microsecond=0), {one.scheduled_at for one in tried}
    while at in taken:
        at += timedelta(seconds=1)
    return at


def pause_after(failures: int) -> timedelta:
    """Return how long a week is left alone after so many failed tries."""
    return min(FIRST_PAUSE * int(2 ** min(max(failures - 1, 0), 16)), LONGEST_PAUSE)


def left_out(
    closed: Sequence[tuple[str, datetime]], tries: Mapping[str, Sequence[Try]]
) -> list[Gap]:
    """Return the weeks that will have no release: too many at once, or passed over by a later."""
    gaps = []
    for number, (week, _) in enumerate(closed, start=1):
        tried = tries.get(week, ())
        if number <= len(closed) - MAX_WEEKS:
            why = f"{week} is not released: only the last {MAX_WEEKS} weeks are made up for"
        elif number < len(closed) and n_failed(tried) >= TRIES_BEFORE_LATER:
            last = tried[-1].why or "no reason was written down"
            why = f"{week} gives way to a later week after {n_failed(tried)} tries: {last}"
        else:
            continue
        start, end = week_bounds(week)
        gaps.append(Gap(start, end, why))
    return gaps


def scheduled_at(key: str) -> datetime | None:
    """Return the instant in a run's key, or None where there is none."""
    subject, _, written = key.rpartition(" ")
    if not subject or not written.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        return None
