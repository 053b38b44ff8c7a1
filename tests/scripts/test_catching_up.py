"""What is made up for after downtime, failures and clocks that leap: decisions without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scripts.catching_up import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    TRIES_BEFORE_LATER,
    NextTry,
    Try,
    gap_before,
    left_out,
    next_try,
    pause_after,
    scheduled_at,
)

NOW = datetime(2026, 8, 24, 6, tzinfo=UTC)
HOUR, DAY, WEEK, YEAR = (timedelta(hours=n) for n in (1, 24, 168, 8760))
CLOSED = [(f"2026-W{number}", NOW - (34 - number) * WEEK) for number in range(29, 35)]


def failed(at: datetime, why: str = "nothing passed") -> Try:
    return Try(at, "failed", at + timedelta(minutes=1), why)


@pytest.mark.parametrize(
    ("away", "words"),
    [
        pytest.param(HOUR, "no daemon ran for 1 h", id="an hour"),
        pytest.param(DAY, "no daemon ran for 1 d; 2026-W34 ended in it", id="a day"),
        pytest.param(
            3 * WEEK,
            "no daemon ran for 21 d; 2026-W32, 2026-W33, 2026-W34 ended in it",
            id="three weeks",
        ),
        pytest.param(
            YEAR, "no daemon ran for 365 d; 2025-W34 to 2026-W34 ended in it", id="a year"
        ),
    ],
)
def test_downtime_is_a_gap_that_says_how_long_and_which_weeks(away: timedelta, words: str) -> None:
    gap = gap_before(NOW, NOW - away, None)
    assert gap is not None
    assert (gap.start, gap.end, gap.why) == (NOW - away, NOW, words)


@pytest.mark.parametrize(
    "away", [timedelta(), timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=5)]
)
def test_a_restart_or_a_small_leap_is_no_gap(away: timedelta) -> None:
    assert gap_before(NOW, NOW - away, None) is None
    assert gap_before(NOW, NOW + away, None) is None


def test_a_first_start_is_no_gap() -> None:
    assert gap_before(NOW, None, None) is None


@pytest.mark.parametrize("leap", [HOUR, DAY, WEEK, YEAR])
def test_a_clock_that_is_set_is_a_gap_with_a_sentence_of_its_own(leap: timedelta) -> None:
    ahead, back = gap_before(NOW, NOW - leap, 30.0), gap_before(NOW, NOW + leap, 30.0)
    assert ahead is not None and ahead.why.startswith("the clock was put forward by ")
    assert back is not None and back.why.startswith("the clock went back by ")


def test_the_oldest_week_comes_first() -> None:
    assert next_try(CLOSED[-3:], {}, NOW) == NextTry("2026-W32", NOW - 2 * WEEK)


def test_no_more_than_four_weeks_are_made_up_for_and_the_others_are_written_down() -> None:
    assert next_try(CLOSED, {}, NOW) == NextTry("2026-W31", NOW - 3 * WEEK)
    gaps = left_out(CLOSED, {})
    assert [gap.why for gap in gaps] == [
        f"{week} is not released: only the last 4 weeks are made up for"
        for week in ("2026-W29", "2026-W30")
    ]
    assert gaps[0].end == gaps[1].start


def test_nothing_is_tried_when_no_week_is_closed_or_one_is_being_run() -> None:
    assert next_try([], {}, NOW) is None
    running = {"2026-W34": [Try(NOW, "running")]}
    assert next_try(CLOSED[-1:], running, NOW) is None


def test_a_failing_week_is_retried_with_growing_pauses_and_never_given_up() -> None:
    tries: list[Try] = []
    pauses = []
    for _ in range(40):
        following = next_try(CLOSED[-1:], {"2026-W34": tries}, NOW + 60 * DAY)
        assert following is not None and following.week == "2026-W34"
        if tries:
            assert tries[-1].finished_at is not None
            pauses.append(following.scheduled_at - tries[-1].finished_at)
        tries.append(failed(following.scheduled_at))
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert set(pauses[10:]) == {LONGEST_PAUSE}
    assert len({one.scheduled_at for one in tries}) == 40


def test_a_week_that_fails_gives_way_to_a_later_one_that_is_due() -> None:
    tries = {"2026-W33": [failed(NOW + n * HOUR) for n in range(TRIES_BEFORE_LATER - 1)]}
    two, later = CLOSED[-2:], NOW + DAY
    following = next_try(two, tries, later)
    assert following is not None and following.week == "2026-W33"
    assert left_out(two, tries) == []
    tries["2026-W33"].append(failed(NOW + 9 * HOUR, "no document"))
    assert next_try(two, tries, later) == NextTry("2026-W34", NOW)
    (gap,) = left_out(two, tries)
    assert gap.why == "2026-W33 gives way to a later week after 3 tries: no document"


def test_a_try_that_was_stopped_is_no_failure_and_goes_on_at_once() -> None:
    stopped = Try(NOW, "partial", NOW + timedelta(minutes=3))
    following = next_try(CLOSED[-1:], {"2026-W34": [stopped]}, NOW + HOUR)
    assert following == NextTry("2026-W34", NOW + timedelta(minutes=3))


def test_each_try_has_an_instant_of_its_own() -> None:
    tries = [Try(NOW, "partial", NOW), Try(NOW + timedelta(seconds=1), "partial", NOW)]
    following = next_try(CLOSED[-1:], {"2026-W34": tries}, NOW)
    assert following == NextTry("2026-W34", NOW + timedelta(seconds=2))


@pytest.mark.parametrize("leap", [HOUR, DAY, WEEK, YEAR])
def test_a_try_that_ended_in_the_future_holds_nothing_up(leap: timedelta) -> None:
    following = next_try(CLOSED[-1:], {"2026-W34": [failed(NOW + leap)]}, NOW)
    assert following == NextTry("2026-W34", NOW)


def test_two_daemons_decide_alike_at_different_times() -> None:
    tries = {"2026-W34": [failed(NOW), failed(NOW + HOUR)]}
    decided = {next_try(CLOSED[-1:], tries, NOW + n * HOUR) for n in range(2, 9)}
    assert len(decided) == 1


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (7, 320), (8, 360), (1_000_000, 360)]
)
def test_the_pause_doubles_up_to_six_hours(failures: int, minutes: int) -> None:
    assert pause_after(failures) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("2026-W34 2026-08-24T06:00:00Z", NOW, id="a try"),
        pytest.param("2026-W34", None, id="a row of before tries had instants"),
        pytest.param("2026-W34 soon", None, id="something else"),
    ],
)
def test_the_instant_is_read_from_the_key(key: str, expected: datetime | None) -> None:
    assert scheduled_at(key) == expected
