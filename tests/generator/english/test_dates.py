"""Days in a sentence: absolute ones, and those that follow from the day of publication."""

from __future__ import annotations

from datetime import date

import pytest

from generator.english.dates import days, long_form

FRIDAY = date(2026, 8, 7)


@pytest.mark.parametrize(
    ("sentence", "day", "derived"),
    [
        pytest.param("It opened on 5 August 2026.", date(2026, 8, 5), False, id="a full day"),
        pytest.param("It opened on August 5, 2026.", date(2026, 8, 5), False, id="month first"),
        pytest.param("It opened on 5th August 2026.", date(2026, 8, 5), False, id="an ordinal day"),
        pytest.param("It opened on 2026-08-05.", date(2026, 8, 5), False, id="an ISO day"),
        pytest.param("It opened on 5 August.", date(2026, 8, 5), True, id="the nearest year"),
        pytest.param("It opened on Wednesday.", date(2026, 8, 5), True, id="the weekday before"),
        pytest.param("It opened on Friday.", FRIDAY, True, id="the weekday of publication itself"),
    ],
)
def test_a_day_is_resolved(sentence, day, derived):
    (found,) = days(sentence, FRIDAY)
    assert found.day == day
    assert (found.derivation is not None) is derived
    assert found.preposition == "on"


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("It opened on 31 February 2026.", id="an impossible day is none"),
        pytest.param("It opened in August.", id="a month is no day"),
        pytest.param("It opened last week.", id="nor is a week"),
    ],
)
def test_no_day_stands_in(sentence):
    assert list(days(sentence, FRIDAY)) == []


def test_a_day_near_new_year_belongs_to_the_year_before():
    (found,) = days("It opened on 30 December.", date(2027, 1, 2))
    assert found.day == date(2026, 12, 30)


def test_a_question_writes_a_day_in_full():
    assert long_form(date(2026, 8, 5)) == "5 August 2026"
