"""Dates are read as written or not at all, and one is chosen that can be defended."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.dates import choose_date, parse_date, why_undated
from store.records import Dates
from tests.corpora import corpus

NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)


def rows(name):
    return [json.loads(row) for row in corpus(f"data/{name}").read_text("utf-8").splitlines()]


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2026-08-17T09:30:00Z", at(2026, 8, 17, 9, 30), id="RFC 3339"),
        pytest.param("2026-08-17T09:30:00.123+02:00", at(2026, 8, 17, 7, 30, 0, 123000), id="zone"),
        pytest.param("2026-08-17", at(2026, 8, 17), id="a day is its first instant"),
        pytest.param("Mon, 17 Aug 2026 09:30:00 GMT", at(2026, 8, 17, 9, 30), id="RFC 822"),
        pytest.param("Thu, 07 Dec 17 10:00:29 -0800", at(2017, 12, 7, 18, 0, 29), id="short year"),
        pytest.param("17 août 2026 à 9:30", None, id="words that say nothing we know"),
        pytest.param("17 août 2026", at(2026, 8, 17), id="French"),
        pytest.param("Mo, 17. August 2026 09:30", at(2026, 8, 17, 9, 30), id="German"),
        pytest.param("Aug. 17, 2026, 9:30 p.m.", at(2026, 8, 17, 21, 30), id="American"),
        pytest.param(
            "Thu, 29 Oct 2020 07:36:03 GMT-07:00", at(2020, 10, 29, 14, 36, 3), id="GMT-7"
        ),
        pytest.param("04/05/2026", None, id="two readings are none"),
        pytest.param("10.11.2026", None, id="two readings with dots are none"),
        pytest.param("August 2026", None, id="a month is no day"),
        pytest.param("2026", None, id="a year is no day"),
        pytest.param("0001-01-01T00:00:00Z", None, id="Go's zero"),
        pytest.param("1970-01-01T00:00:00Z", None, id="Unix' zero"),
        pytest.param("2026-02-30", None, id="a day that is not"),
        pytest.param("2026-08-17T09:30:00+25:00", None, id="a zone that is not"),
        pytest.param("Mon, 17 Aug 2026 09:30:00 XYZ", None, id="a zone nobody knows"),
        pytest.param("1520932969", None, id="a number"),
        pytest.param("today", None, id="a word"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_date_is_read(written, expected):
    assert parse_date(written) == expected


def test_feedparsers_dates_are_right_or_unknown():
    right, unknown = 0, 0
    for row in rows("feedparser_dates.jsonl"):
        found, expected = parse_date(row["input_value"]), row["expected_value"]
        if found is None:
            unknown += expected is not None
        else:
            assert list(found.timetuple()[:6]) == expected[:6], row["input_value"]
            right += 1
    # Unknown are the forms that name no day, have a year of two digits, or are Korean and the like.
    assert (right, unknown) == (31, 15)


def test_dates_met_in_the_wild_are_never_in_the_future():
    found = [parse_date(row["s"]) for row in rows("miniflux_date_strings.jsonl")]
    assert all(date is None or date <= NOW for date in found)
    assert sum(date is not None for date in found) >= 36


ZONES = st.integers(-12 * 4, 14 * 4).map(lambda n: timezone(timedelta(minutes=15 * n)))
SPAN = (datetime(1991, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001
MOMENTS = st.datetimes(*SPAN, timezones=ZONES)


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%d %H:%M:%S %z",
        "%a, %d %b %Y %H:%M:%S %z",
        "%d %B %Y %H:%M:%S %z",
    ],
)
@given(moment=MOMENTS)
def test_every_moment_survives_being_written(form, moment):
    moment = moment.replace(microsecond=0)
    assert parse_date(moment.strftime(form)) == moment


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text):
    found = parse_date(text)
    assert found is None or found.tzinfo is UTC


FEED, PAGE = at(2026, 8, 17, 9), at(2026, 8, 18, 9)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        pytest.param(Dates(feed=FEED, page=PAGE), (FEED, "feed"), id="the earlier of two"),
        pytest.param(Dates(feed=PAGE, page=FEED), (FEED, "page"), id="the earlier, the page's"),
        pytest.param(Dates(feed=FEED, page=FEED), (FEED, "feed"), id="the feed's on a tie"),
        pytest.param(Dates(page=PAGE, first_seen=NOW), (PAGE, "page"), id="seen later"),
        pytest.param(Dates(feed=PAGE, first_seen=FEED), (FEED, "first_seen"), id="seen before"),
        pytest.param(Dates(feed=PAGE, http=FEED), (FEED, "http"), id="on the server before"),
        pytest.param(Dates(http=FEED, first_seen=NOW), None, id="existing is not being published"),
        pytest.param(Dates(), None, id="nobody says"),
        pytest.param(Dates(feed=at(2041, 1, 1)), None, id="the future"),
        pytest.param(Dates(feed=FEED, page=at(2199, 1, 1)), None, id="one witness in the future"),
        pytest.param(
            Dates(feed=NOW + timedelta(hours=23)), (NOW + timedelta(hours=23), "feed"), id="a zone"
        ),
    ],
)
def test_the_date_to_defend(dates, expected):
    assert choose_date(dates, NOW) == expected


def test_an_undated_text_says_why():
    assert "neither the feed nor the page" in why_undated(Dates(first_seen=NOW), NOW)
    assert "2041-01-01, in the future" in why_undated(Dates(feed=at(2041, 1, 1)), NOW)
