"""ISO weeks begin on Monday in UTC, follow one another without a gap, and refuse nonsense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from store.weeks import last_finished_week, week_bounds, week_of


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 1, 1), "2026-W01"),
        (date(2025, 12, 29), "2026-W01"),
        (date(2024, 12, 29), "2024-W52"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2021, 1, 3), "2020-W53"),
        (date(2026, 8, 23), "2026-W34"),
        (date(2026, 8, 24), "2026-W35"),
    ],
)
def test_a_day_belongs_to_the_week_of_its_thursday(day, week):
    assert week_of(day) == week


def test_weeks_are_seven_days_and_leave_no_gap_for_a_century():
    start, end = week_bounds("2000-W01")
    while start.year < 2100:
        assert start.weekday() == 0 and start.tzinfo is UTC
        assert end - start == timedelta(days=7)
        assert week_bounds(week_of(start.date())) == (start, end)
        assert week_of((end - timedelta(seconds=1)).date()) == week_of(start.date())
        start, end = week_bounds(week_of(end.date()))


def test_names_of_weeks_sort_as_time_does():
    days = [date(2019, 12, 1) + timedelta(days=number) for number in range(1500)]
    names = [week_of(day) for day in days]
    assert names == sorted(names)


@pytest.mark.parametrize(
    "nonsense",
    ["", "2026", "2026-34", "2026-W3", "2026-w34", "2026-W34 ", "2026-W34\n", "../2026-W34",
     "２０２６-W34", "2026-W345"],
)  # fmt: skip
def test_what_is_no_week_is_refused_with_an_example(nonsense):
    with pytest.raises(ValueError, match="is no ISO week; write it like 2026-W34"):
        week_bounds(nonsense)


@pytest.mark.parametrize("week", ["2026-W00", "2026-W54", "2025-W53", "0000-W01", "9999-W52"])
def test_a_week_its_year_does_not_have_is_refused(week):
    with pytest.raises(ValueError, match=f"{week[:4]} has no ISO week {week[6:]}"):
        week_bounds(week)


@pytest.mark.parametrize(
    ("now", "week"),
    [
        pytest.param(datetime(2026, 8, 24, tzinfo=UTC), "2026-W34", id="Monday at midnight"),
        pytest.param(
            datetime(2026, 8, 23, 23, 59, 59, tzinfo=UTC), "2026-W33", id="a second before"
        ),
        pytest.param(
            datetime(2026, 8, 24, 8, tzinfo=timezone(timedelta(hours=9))),
            "2026-W33",
            id="Monday in Tokyo, still Sunday in UTC",
        ),
        pytest.param(datetime(2027, 1, 4, tzinfo=UTC), "2026-W53", id="the year's last"),
    ],
)
def test_the_newest_week_that_is_over(now, week):
    assert last_finished_week(now) == week
