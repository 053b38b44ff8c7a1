"""The runner: whatever goes wrong in a check is unsure, never a pass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from generator.checks.base import (
    Verdict,
    finding,
    judge_cases,
    judge_document,
    passed,
    unsure,
    versions,
)
from tests.generator.making import case, document, number

CASES = [case("A mill.", f"How many mills, number {n}?", number("3")) for n in range(3)]
NOW = datetime(2026, 8, 7, tzinfo=UTC)


class One:
    name, version = "one", 1

    def __init__(self, give):
        self.give = give

    def __call__(self, case):
        return self.give()


class Batch:
    name, version = "batch", 1

    def __init__(self, give):
        self.give = give

    def judge(self, cases):
        return self.give(cases)


def raises(error):
    def give(*_):
        raise error

    return give


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(One(raises(ValueError("bad"))), id="an exception"),
        pytest.param(One(raises(TimeoutError("30 s"))), id="a time-out"),
        pytest.param(One(lambda: None), id="no verdict"),
        pytest.param(One(lambda: True), id="a bare truth"),
        pytest.param(One(lambda: Verdict("PASS", "!")), id="an unknown outcome"),
        pytest.param(Batch(raises(TimeoutError("30 s"))), id="a batch that times out"),
        pytest.param(Batch(lambda cases: [passed("!")]), id="too few verdicts"),
        pytest.param(Batch(lambda cases: [passed("!")] * 9), id="too many verdicts"),
        pytest.param(Batch(lambda cases: None), id="no verdicts"),
        pytest.param(Batch(lambda cases: [None] * 3), id="verdicts that are none"),
    ],
)
def test_it_is_unsure(check):
    assert [v.outcome for v in judge_cases(check, CASES)] == ["unsure"] * 3


def test_a_broken_document_check_is_unsure():
    verdict = judge_document(One(raises(ValueError("bad"))), document("A mill."))
    assert (verdict.outcome, verdict.why) == (
        "unsure",
        "check one could not be run: ValueError: bad",
    )


def test_one_broken_case_costs_only_itself():
    gives = iter([passed("!"), ValueError("bad"), passed("!")])

    def give():
        one = next(gives)
        if isinstance(one, Exception):
            raise one
        return one

    assert [v.outcome for v in judge_cases(One(give), CASES)] == ["pass", "unsure", "pass"]


@pytest.mark.parametrize(
    ("attempt", "why"),
    [pytest.param(2, "no model", id="second"), pytest.param(3, "unsure 3×: no model", id="third")],
)
def test_the_third_unsure_says_that_it_is_final(attempt, why):
    assert finding("c_1", One(None), unsure("no model"), attempt, NOW).why == why


def test_two_checks_of_one_name_are_an_error():
    with pytest.raises(ValueError, match="two checks are named 'one'"):
        versions([One(None), One(None)])
