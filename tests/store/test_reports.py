"""Reports by readers wait for an operator; three keys take a question out of scoring."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.database import session
from store.errors import NotFound, TooManyReports
from store.records import Report
from store.reports import (
    DISPUTED_BY,
    MAX_WAITING,
    add_report,
    disputed_by_reports,
    settle_reports,
    waiting_reports,
)
from tests.building import NOW
from tests.store.weeks import publish_two_weeks


@pytest.fixture
def weeks(world):
    return publish_two_weeks(world)


@pytest.fixture
def say(weeks):
    def now(name, key=None, why="the harbour has two piers of that name", minutes=0):
        one = Report(
            question_id=weeks.told[name].question.id,
            reporter=key,
            why=why,
            reported_at=NOW + timedelta(minutes=minutes),
        )
        with session(weeks.world.engine) as work:
            add_report(work, one)
        return one

    return now


def waiting(weeks):
    with session(weeks.world.engine) as work:
        return waiting_reports(work)


def disputed(weeks):
    with session(weeks.world.engine) as work:
        return disputed_by_reports(work)


def test_most_keys_wait_first_then_the_oldest(weeks, say):
    say("pier1", minutes=1)
    say("pier2", minutes=0)
    say("pier3", "lab-a", minutes=2)
    names = [one.question_id for one in waiting(weeks)]
    assert names == [weeks.told[name].question.id for name in ("pier3", "pier2", "pier1")]


def test_three_keys_take_a_question_out_of_scoring_and_a_crowd_without_keys_does_not(weeks, say):
    for n in range(DISPUTED_BY - 1):
        say("pier1", f"lab-{n}")
        say("pier1", f"lab-{n}", why="said again")
    for _ in range(10):
        say("pier2")
    assert disputed(weeks) == frozenset()
    say("pier1", "one more")
    assert disputed(weeks) == {weeks.told["pier1"].question.id}
    assert [(one.n_keys, len(one.reports)) for one in waiting(weeks)] == [(3, 3), (0, 10)]


def test_what_an_erratum_answers_does_not_wait_any_more(weeks, say):
    first = say("pier1", "lab")
    say("pier2")
    with session(weeks.world.engine) as work:
        assert settle_reports(work, first.question_id, 7) == 1
        assert settle_reports(work, first.question_id, 7) == 0
    assert [one.question_id for one in waiting(weeks)] == [weeks.told["pier2"].question.id]


def test_enough_is_enough(weeks, say):
    for _ in range(MAX_WAITING):
        say("pier1")
    with pytest.raises(TooManyReports, match="wait already"):
        say("pier1")
    say("pier1", "lab")
    say("pier2")


def test_what_no_release_carries_cannot_be_reported(weeks):
    one = Report(question_id="q_0000000000000000", reporter=None, why="x", reported_at=NOW)
    with pytest.raises(NotFound), session(weeks.world.engine) as work:
        add_report(work, one)
