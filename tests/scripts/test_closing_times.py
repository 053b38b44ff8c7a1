"""A weekly line closes each ISO week once, in every zone and whatever its clocks do."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scripts.schedule import (
    FIRST_YEAR,
    LAST_YEAR,
    closed_weeks,
    closing_instant,
    furthest_ahead,
    next_closing,
    zone_of,
)
from store.errors import SettingsError
from store.weeks import week_bounds, week_of

DEFAULT = "0 6 * * MON"
#: Lines that meet the hours in which clocks change, the week's end, and its last minute.
LINES = (DEFAULT, "30 2 * * SUN", "0 0 * * MON", "59 23 * * SUN", "30 1 * * SUN")
WEEK, DAY = timedelta(days=7), timedelta(days=1)


def all_weeks() -> list[str]:
    monday, last = datetime(FIRST_YEAR, 1, 3, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    weeks = []
    while monday < last:
        weeks.append(week_of(monday.date()))
        monday += WEEK
    return weeks


WEEKS = all_weeks()
#: Zones with one offset at most stand together: they ask for the same times of the wall clock.
ZONES = sorted(
    zoneinfo.available_timezones(), key=lambda name: (furthest_ahead(ZoneInfo(name)), name)
)


def offsets(name: str) -> tuple[timedelta | None, ...]:
    """A zone's offset in each week: zones that agree in all of them behave alike."""
    zone = ZoneInfo(name)
    return tuple(week_bounds(week)[1].astimezone(zone).utcoffset() for week in WEEKS)


def weeks_of_change(behaviour: Iterable[timedelta | None]) -> Iterator[str]:
    """Yield the weeks at whose end the offset is not that of the week before, and the first."""
    yield WEEKS[0]
    yield from (week for week, (a, b) in zip(WEEKS, pairwise(behaviour), strict=False) if a != b)


def following(week: str) -> str:
    return week_of(week_bounds(week)[1].date())


def what_is_wrong(name: str, weeks: Iterable[str], line: str) -> Iterator[str]:
    """Yield a sentence for each week that is closed too early, or too near to the next."""
    zone = ZoneInfo(name)
    known: dict[str, datetime] = {}
    for week in weeks:
        after = following(week)
        for one in (week, after):
            known[one] = known.get(one) or closing_instant(one, line, zone)
        if known[week] < week_bounds(week)[1]:
            yield f"{name} {week} {line}: {known[week]} is before the week's end"
        if not 6 * DAY <= known[after] - known[week] <= 8 * DAY:
            yield f"{name} {week} {line}: {known[after] - known[week]} to the next"


def test_every_zone_closes_every_week_once_when_its_clocks_change() -> None:
    distinct: dict[tuple[timedelta | None, ...], str] = {}
    for name in ZONES:
        distinct.setdefault(offsets(name), name)
    wrong = [
        sentence
        for behaviour, name in distinct.items()
        for sentence in what_is_wrong(name, weeks_of_change(behaviour), DEFAULT)
    ]
    assert wrong == []
    assert len(distinct) > 100


@pytest.mark.long
@pytest.mark.parametrize("line", LINES)
def test_every_zone_closes_every_week_of_2000_to_2037_once(line: str) -> None:
    wrong = [sentence for name in ZONES for sentence in what_is_wrong(name, WEEKS, line)]
    assert wrong == []
    assert len(ZONES) * len(WEEKS) > 1_000_000


@pytest.mark.parametrize(
    ("zone", "line", "week", "expected"),
    [
        pytest.param(
            "UTC", DEFAULT, "2026-W34", "2026-08-24T06:00", id="six hours after the week's end"
        ),
        pytest.param(
            "Europe/Berlin", DEFAULT, "2026-W34", "2026-08-24T04:00", id="six on the wall in summer"
        ),
        pytest.param(
            "Europe/Berlin", DEFAULT, "2026-W02", "2026-01-12T05:00", id="six on the wall in winter"
        ),
        pytest.param(
            "Asia/Tokyo", DEFAULT, "2026-W34", "2026-08-30T21:00",
            id="at six in Tokyo the week is not over yet, so a week later",
        ),
        pytest.param(
            "America/Los_Angeles", "0 20 * * SUN", "2026-W34", "2026-08-24T03:00",
            id="on a Sunday evening in California it is",
        ),
        pytest.param(
            "Europe/Berlin", "30 2 * * SUN", "2026-W12", "2026-03-29T01:30",
            id="a time that clocks leap over is that long after the leap",
        ),
        pytest.param(
            "Europe/Berlin", "30 2 * * SUN", "2026-W42", "2026-10-25T00:30",
            id="of a time that comes twice it is the first",
        ),
    ],
)  # fmt: skip
def test_a_week_is_closed_at(zone: str, line: str, week: str, expected: str) -> None:
    instant = closing_instant(week, line, zone_of(zone))
    assert instant == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_zone_whose_clock_passes_the_line_closes_every_week_all_the_same() -> None:
    # Six in the morning is the week's end at +06:00 and an hour before it at +07:00: by the
    # offset of the day a week would be left out in spring, and two be closed at once in autumn.
    zone = zone_of("Asia/Novosibirsk")
    assert furthest_ahead(zone) == timedelta(hours=7)
    instants = [closing_instant(week, DEFAULT, zone) for week in WEEKS]
    assert {round((two - one) / WEEK) for one, two in pairwise(instants)} == {1}


def test_the_next_closing_is_the_first_that_is_to_come() -> None:
    monday = datetime(2026, 8, 24, 6, tzinfo=UTC)
    utc = zone_of("UTC")
    assert next_closing(DEFAULT, utc, monday - timedelta(seconds=1)) == monday
    assert next_closing(DEFAULT, utc, monday) == monday + WEEK


@pytest.mark.parametrize(
    ("line", "weeks"),
    [
        pytest.param("0 6 1 * *", 4, id="monthly"),
        pytest.param("0 6 1 1 *", 52, id="yearly"),
    ],
)
def test_a_line_that_comes_seldom_closes_all_weeks_until_then(line: str, weeks: int) -> None:
    utc, now = zone_of("UTC"), datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert next_closing(line, utc, now - timedelta(seconds=1)) == now
    before = week_of((now - (weeks + 1) * WEEK).date())
    closed = list(closed_weeks(before, line, utc, now))
    assert [week for week, _ in closed][-1] == "2025-W52"
    assert len(closed) == weeks
    assert {instant for _, instant in closed[-4:]} == {now}


def test_closed_weeks_follow_the_newest_release_and_have_been_closed() -> None:
    utc, now = zone_of("UTC"), datetime(2026, 8, 24, 5, 59, tzinfo=UTC)
    weeks = [week for week, _ in closed_weeks("2026-W31", DEFAULT, utc, now)]
    assert weeks == ["2026-W32", "2026-W33"]
    later = now + timedelta(minutes=1)
    weeks = [week for week, _ in closed_weeks("2026-W31", DEFAULT, utc, later)]
    assert weeks == ["2026-W32", "2026-W33", "2026-W34"]
    # A house without a release begins with the last week, not with all there ever were.
    assert [week for week, _ in closed_weeks(None, DEFAULT, utc, later)] == ["2026-W34"]


@pytest.mark.parametrize(
    ("line", "weekday"),
    [
        pytest.param("0 6 * * MON", 0, id="a name"),
        pytest.param("0 6 * * 1", 0, id="1 is Monday, as in cron"),
        pytest.param("0 6 * * 0", 6, id="0 is Sunday, as in cron"),
        pytest.param("0 6 * * 7", 6, id="7 is Sunday, as in cron"),
        pytest.param("0 6 * * 2-3", 1, id="a range"),
        pytest.param("0 6 * * 0-2", 0, id="a range that begins on Sunday"),
        pytest.param("0 6 * * */3", 2, id="every third day of a week that begins on Sunday"),
        pytest.param("0 6 * * 3,5", 2, id="a list"),
    ],
)
def test_a_week_is_closed_on_the_day_cron_means(line: str, weekday: int) -> None:
    when = closing_instant("2026-W34", line, zone_of("UTC"))
    assert (when.weekday(), when.hour, when.minute) == (weekday, 6, 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("0 6 * *", "five fields", id="too few fields"),
        pytest.param("0 66 * * MON", "UNSEEN_SCHEDULE", id="an hour there is not"),
        pytest.param("0 6 * * 9", "UNSEEN_SCHEDULE", id="a day there is not"),
        pytest.param("0 6 * * 5-2", "names no day", id="a range backwards"),
        pytest.param("0 6 31 2 *", "names no time", id="a date that never comes"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_by_name(line: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        closing_instant("2026-W34", line, zone_of("UTC"))


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "Europe"])
def test_a_zone_that_is_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsError, match="UNSEEN_TIMEZONE"):
        zone_of(name)
