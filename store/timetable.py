"""When a source is visited: a fixed grid of instants, and how long a failing one is left alone.

The instants follow from the source's name and interval alone, so two daemons, a restart or a
clock that was set wrong agree on them, and a visit is known by the instant it was for.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Literal

from store.errors import SettingsError
from store.records import Source, SourceReport, SourceState

#: Visits come up to this share of the interval late, each another one, so that no two sources
#: stay in step and no site is met on the second.
JITTER = 0.1
#: A failing source is asked at least this often: it is never given up (our choice).
MAX_BACK_OFF = timedelta(days=1)
#: Two weekly releases' time to notice a bad source (questions.md §2, check 2).
PROBATION = timedelta(days=14)

Standing = Literal[
    "disabled", "withdrawn", "not visited", "failing", "backing off", "probation", "read"
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTERVAL = re.compile(r"(\d{1,4})\s*(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def interval_of(source: Source) -> timedelta:
    """Return the time between two visits: "30m", "1h", "2d".

    Raises:
        SettingsError: The interval is not of that form.
    """
    match = _INTERVAL.fullmatch(source.interval.strip())
    if not match or int(match[1]) == 0:
        raise SettingsError(f"source {source.name!r}: interval {source.interval!r} is not like 1h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def slot(source: Source, number: int) -> datetime:
    """Return the instant of a source's visit number `number`, counted from 1970."""
    every = interval_of(source)
    lateness = _lot(source.name) + JITTER * _lot(f"{source.name} {number}")
    seconds = int((number + lateness) * every.total_seconds())
    return _EPOCH + timedelta(seconds=seconds)


def last_slot(source: Source, moment: datetime) -> datetime:
    """Return the newest instant of a source's grid that is not after `moment`."""
    number = int((moment - _EPOCH) / interval_of(source))
    # The lot of the name and the jitter may move an instant by more than one interval.
    return next(at for n in range(number, -1, -1) if (at := slot(source, n)) <= moment)


def next_slot(source: Source, moment: datetime) -> datetime:
    """Return the first instant of a source's grid that is after `moment`."""
    number = int((moment - _EPOCH) / interval_of(source)) - 2
    while (at := slot(source, number)) <= moment:
        number += 1
    return at


def next_visit(source: Source, state: SourceState, now: datetime) -> datetime | None:
    """Return when a source is visited next, maybe an instant that is past; None when never."""
    if not source.enabled:
        return None
    # A clock that was ahead when the source was visited must not silence it until then: nothing
    # is known of its last visit, and a slot that was visited is not taken twice (`claim_run`).
    if state.visited_at is None or state.visited_at > now:
        at = last_slot(source, now)
    else:
        at = next_slot(source, state.visited_at)
    if state.hold_until and at < state.hold_until <= now + _longest_hold(source):
        return next_slot(source, state.hold_until - timedelta(seconds=1))
    return at


def due_slot(source: Source, state: SourceState, now: datetime) -> datetime | None:
    """Return the instant a visit now is for, or None when none is due.

    It is the newest that is past: one visit stands for all that were missed, and a slot whose
    process was killed is not tried for ever.
    """
    at = next_visit(source, state, now)
    return None if at is None or at > now else last_slot(source, now)


def _longest_hold(source: Source) -> timedelta:
    return max(timedelta(days=7), MAX_BACK_OFF, interval_of(source)) + timedelta(hours=1)


def back_off(every: timedelta, n_failures: int) -> timedelta:
    """Return how long a source is left alone after so many failures in a row.

    The interval, doubled with each further failure up to a day; it never gives up.
    """
    doubled = every * int(2 ** min(max(n_failures - 1, 0), 16))
    return min(doubled, max(MAX_BACK_OFF, every))


def after_visit(source: Source, state: SourceState, report: SourceReport) -> SourceState:
    """Return where a source stands after a visit."""
    at = report.finished_at
    # A clock that was ahead put the first visit where time has not come to yet.
    first = min(state.first_visit_at or at, at)
    if report.error is None:
        return SourceState(source=source.name, first_visit_at=first, visited_at=at, succeeded_at=at)
    n_failures = state.n_failures + 1
    hold_until = at + back_off(interval_of(source), n_failures)
    return SourceState(
        source=source.name,
        first_visit_at=first,
        visited_at=at,
        succeeded_at=state.succeeded_at,
        failing_since=min(state.failing_since or at, at),
        n_failures=n_failures,
        why=report.error,
        hold_until=max(hold_until, report.retry_at or hold_until),
    )


def on_probation(first_visit_at: datetime, opened_at: datetime, now: datetime) -> bool:
    """Whether a source is so new that what it says does not count yet.

    The sources a house opens with were chosen together by its operator and need no probation.

    Args:
        first_visit_at: When the source was first visited.
        opened_at: When the first source of the house was.
        now: The instant the source is judged from.
    """
    return first_visit_at - opened_at > PROBATION and now - first_visit_at < PROBATION


def standing(
    source: Source,
    state: SourceState,
    now: datetime,
    *,
    opened_at: datetime | None = None,
    withdrawn: bool = False,
) -> Standing:
    """Return in a word where a source stands."""
    if withdrawn:
        return "withdrawn"
    if not source.enabled:
        return "disabled"
    if state.visited_at is None or state.first_visit_at is None:
        return "not visited"
    if state.n_failures:
        held = state.n_failures > 1 and state.hold_until is not None and now < state.hold_until
        return "backing off" if held else "failing"
    if opened_at and on_probation(state.first_visit_at, opened_at, now):
        return "probation"
    return "read"


def _lot(name: str) -> float:
    """Return a number in [0, 1) that belongs to `name`."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest()) / 2**48
