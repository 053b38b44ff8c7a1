"""Sources are visited on a grid of instants, whatever clocks and processes do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from store.errors import SettingsError
from store.records import Source, SourceReport, SourceState
from store.timetable import (
    JITTER,
    MAX_BACK_OFF,
    after_visit,
    back_off,
    due_slot,
    interval_of,
    last_slot,
    next_slot,
    next_visit,
    on_probation,
    slot,
    standing,
)

NOW = datetime(2026, 8, 24, 6, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
WEEK, YEAR = 7 * DAY, 365 * DAY


def source(interval: str = "1h", name: str = "brell", **more: object) -> Source:
    fields = {"kind": "feed", "url": "http://x/", "licence": "MIT", "attribution": "x"}
    return Source.model_validate({"name": name, "interval": interval, **fields, **more})


SOURCE = source()
FRESH = SourceState(source="brell")


def visited(at: datetime, error: str | None = None, state: SourceState = FRESH) -> SourceState:
    report = SourceReport(source="brell", started_at=at, finished_at=at, error=error)
    return after_visit(SOURCE, state, report)


@pytest.mark.parametrize(
    ("written", "expected"), [("30m", 30 * MINUTE), ("1h", HOUR), ("2d", 2 * DAY)]
)
def test_an_interval_is_a_number_and_a_unit(written: str, expected: timedelta) -> None:
    assert interval_of(source(written)) == expected


@pytest.mark.parametrize("written", ["", "1", "h", "0h", "-1h", "1 week", "1.5h"])
def test_any_other_interval_is_refused_by_name(written: str) -> None:
    with pytest.raises(SettingsError, match="source 'brell'"):
        interval_of(source(written))


@pytest.mark.parametrize("interval", ["1m", "30m", "1h", "7h", "1d", "30d"])
def test_slots_come_once_an_interval_a_little_late_each_another_bit(interval: str) -> None:
    one = source(interval)
    every = interval_of(one)
    number = int((NOW - datetime(1970, 1, 1, tzinfo=UTC)) / every)
    instants = [slot(one, number + n) for n in range(200)]
    gaps = [b - a for a, b in pairwise(instants)]
    assert all(
        (1 - JITTER) * every - SECOND <= gap <= (1 + JITTER) * every + SECOND for gap in gaps
    )
    assert len(set(gaps)) > 3


def test_two_sources_do_not_come_in_step() -> None:
    assert len({next_slot(source(name=f"s{n}"), NOW) for n in range(100)}) > 90


def test_the_grid_has_no_holes() -> None:
    moment = NOW
    for _ in range(500):
        following = next_slot(SOURCE, moment)
        assert last_slot(SOURCE, following - SECOND) < following == last_slot(SOURCE, following)
        moment = following


def test_a_new_source_is_visited_at_once_and_a_disabled_one_never() -> None:
    at = due_slot(SOURCE, FRESH, NOW)
    assert at is not None and NOW - 1.1 * HOUR <= at <= NOW
    assert next_visit(source(enabled=False), FRESH, NOW) is None
    assert due_slot(source(enabled=False), FRESH, NOW) is None


def test_a_visit_is_due_once_its_slot_has_come() -> None:
    state = visited(NOW)
    at = next_visit(SOURCE, state, NOW)
    assert at is not None and at > NOW
    assert due_slot(SOURCE, state, at - SECOND) is None
    assert due_slot(SOURCE, state, at) == at


@pytest.mark.parametrize("away", [HOUR * 2, DAY, 3 * WEEK, YEAR])
def test_after_downtime_one_visit_stands_for_all_that_were_missed(away: timedelta) -> None:
    at = due_slot(SOURCE, visited(NOW), NOW + away)
    assert at == last_slot(SOURCE, NOW + away)
    assert next_visit(SOURCE, visited(NOW + away), NOW + away) == next_slot(SOURCE, NOW + away)


class Daemon:
    """Looks every second it is told to, and takes each slot once, as the unique row makes it."""

    def __init__(self) -> None:
        self.state, self.taken, self.visits = FRESH, list[datetime](), list[datetime]()

    def look(self, now: datetime) -> None:
        at = due_slot(SOURCE, self.state, now)
        if at is not None and at not in self.taken:
            self.taken.append(at)
            self.visits.append(now)
            self.state = visited(now, state=self.state)


def minutes(start: datetime, length: timedelta) -> Iterator[datetime]:
    for number in range(int(length / MINUTE)):
        yield start + number * MINUTE


LEAPS = [SECOND, MINUTE, HOUR, DAY, WEEK, YEAR]
NAMES = ["1 s", "1 min", "1 h", "1 d", "1 week", "1 y"]


@pytest.mark.parametrize("leap", [*LEAPS, *(-leap for leap in LEAPS)], ids=[
    *(f"{name} forward" for name in NAMES), *(f"{name} back" for name in NAMES)
])  # fmt: skip
@pytest.mark.parametrize("stays", [5 * MINUTE, 3 * HOUR], ids=["for 5 min", "for 3 h"])
def test_a_clock_that_leaps_and_returns_runs_no_slot_twice_and_stops_nothing(
    leap: timedelta, stays: timedelta
) -> None:
    daemon = Daemon()
    for now in minutes(NOW, 6 * HOUR):
        daemon.look(now)
    before = len(daemon.visits)
    for now in minutes(NOW + 6 * HOUR + leap, stays):
        daemon.look(now)
    back_at, n_before = NOW + 6 * HOUR + stays, len(daemon.visits)
    for now in minutes(back_at, 6 * HOUR):
        daemon.look(now)
    assert len(set(daemon.taken)) == len(daemon.taken)
    assert before in (6, 7)
    # Back in time every slot is visited, but for those the leap had taken before.
    again = daemon.visits[n_before:]
    assert len(again) >= 3
    # One slot that the leap took, and the one before it, may be missing: 3.3 intervals at most.
    assert max(_gaps([back_at, *again])) <= 3.3 * HOUR


@pytest.mark.parametrize("leap", LEAPS, ids=NAMES)
def test_a_clock_that_is_put_right_goes_on_from_there(leap: timedelta) -> None:
    # It was ahead by `leap` all along; what it visited then is no reason to wait for it.
    daemon = Daemon()
    for now in minutes(NOW + leap, 6 * HOUR):
        daemon.look(now)
    for now in minutes(NOW + 6 * HOUR, 6 * HOUR):
        daemon.look(now)
    assert len(set(daemon.taken)) == len(daemon.taken)
    assert len([at for at in daemon.visits if at >= NOW + 6 * HOUR]) >= 4


def _gaps(instants: list[datetime]) -> list[timedelta]:
    return [b - a for a, b in pairwise(instants)]


def test_a_slot_whose_process_was_killed_is_not_tried_again_but_the_next_is() -> None:
    daemon = Daemon()
    daemon.taken.append(last_slot(SOURCE, NOW))
    for now in minutes(NOW, 3 * HOUR):
        daemon.look(now)
    assert daemon.visits[0] - next_slot(SOURCE, NOW) < MINUTE


def test_a_failing_source_is_asked_more_and_more_seldom_and_never_given_up() -> None:
    state, now, waits = FRESH, NOW, []
    for _ in range(12):
        state = visited(now, "cannot read", state)
        following = next_visit(SOURCE, state, now)
        assert following is not None
        waits.append(following - now)
        now = following
    assert waits[0] <= 2.2 * HOUR
    assert all(wait <= MAX_BACK_OFF + 1.2 * HOUR for wait in waits)
    assert waits[-1] >= MAX_BACK_OFF
    assert (state.failing_since, state.n_failures) == (NOW, 12)
    assert visited(now, None, state).failing_since is None


def test_the_back_off_of_a_source_on_a_long_interval_is_its_interval() -> None:
    assert back_off(7 * DAY, 9) == 7 * DAY


def test_a_hold_of_the_future_that_no_site_could_have_asked_for_is_passed_over() -> None:
    ahead = visited(NOW + YEAR, "cannot read")
    assert due_slot(SOURCE, ahead, NOW) == last_slot(SOURCE, NOW)
    asked = visited(NOW).model_copy(update={"hold_until": NOW + 3 * DAY})
    assert due_slot(SOURCE, asked, NOW + 2 * DAY) is None


def test_what_a_clock_that_was_ahead_wrote_down_is_put_right_by_the_next_visit() -> None:
    ahead = visited(NOW + YEAR, "cannot read")
    state = visited(NOW, "cannot read", ahead)
    assert (state.first_visit_at, state.failing_since) == (NOW, NOW)


@pytest.mark.parametrize(
    ("state", "more", "word"),
    [
        pytest.param(FRESH, {}, "not visited", id="new"),
        pytest.param(visited(NOW), {}, "read", id="well"),
        pytest.param(visited(NOW, "x"), {}, "failing", id="failed once"),
        pytest.param(visited(NOW, "x", visited(NOW, "x")), {}, "backing off", id="failed twice"),
        pytest.param(visited(NOW), {"withdrawn": True}, "withdrawn", id="taken down"),
        pytest.param(visited(NOW), {"opened_at": NOW - 30 * DAY}, "probation", id="added later"),
    ],
)
def test_where_a_source_stands(state: SourceState, more: dict[str, object], word: str) -> None:
    assert standing(SOURCE, state, NOW, **more) == word  # type: ignore[arg-type]


def test_probation_lasts_two_weeks_and_not_for_what_the_house_opened_with() -> None:
    assert on_probation(NOW, NOW - 30 * DAY, NOW + 13 * DAY)
    assert not on_probation(NOW, NOW - 30 * DAY, NOW + 14 * DAY)
    assert not on_probation(NOW, NOW - DAY, NOW)
