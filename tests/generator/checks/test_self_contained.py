"""8 self_contained: the question can be understood by someone who sees nothing else."""

from __future__ import annotations

import pytest

from generator.checks.self_contained import SelfContained
from tests.generator.making import TODAY, case, number, verdict_of


def judged(question):
    return verdict_of(SelfContained(None, TODAY), case("Any.", question, number("1")))


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("How many ropes did the Tarn Mill sell in Brell?", id="a name"),
        pytest.param("Which country moved its troops to Brell?", id="which country … its"),
        pytest.param(
            "How many ropes did Brell sell on Wednesday, 5 August 2026?", id="a dated weekday"
        ),
        pytest.param("How many people live in the city of Brell?", id="a noun told apart at once"),
        pytest.param(
            "How many people fled after the crash of a Tarn Airways plane?", id="of a named thing"
        ),
        pytest.param("To which version does Brell 2.4 update tarn-lib?", id="a part's name"),
    ],
)
def test_a_question_that_stands_alone_passes(question):
    assert judged(question).outcome == "pass"


@pytest.mark.parametrize(
    ("question", "why"),
    [
        pytest.param(
            "According to the article, who led Brell?", "points at the text", id="the text"
        ),
        pytest.param("How many ropes did it sell in Brell?", "'it' stands before", id="a pronoun"),
        pytest.param("How many ropes did Brell sell last week?", "'last week'", id="last week"),
        pytest.param("How many ropes did Brell sell yesterday?", "'yesterday'", id="yesterday"),
        pytest.param(
            "How many ropes did Brell sell on Wednesday?", "a weekday", id="a bare weekday"
        ),
        pytest.param("How many ropes did people sell there?", "names nobody", id="no name"),
        pytest.param(
            "On which day of August 2026 did the jury meet?", "names nobody", id="a month"
        ),
        pytest.param(
            "As reported on 7 August 2026, how many ropes were sold?", "names nobody", id="dateline"
        ),
        pytest.param(
            "How many ropes did the company sell in Brell?", "'the company'", id="company"
        ),
        pytest.param("When did the station write to Brell?", "'the station'", id="station"),
        pytest.param(
            "How many people were hurt in a separate bombing in Brell?",
            "'a separate'",
            id="separate from what",
        ),
        pytest.param(
            "How many ropes did Brell sell at the end of the month?",
            "'end of the month'",
            id="which month",
        ),
        pytest.param("How many ropes did that mill in Brell sell?", "", id="that mill"),
    ],
)
def test_a_question_that_points_elsewhere_fails(question, why):
    verdict = judged(question)
    assert verdict.outcome == "fail" and why in verdict.why


def test_which_of_the_two_names_them_at_once():
    question = "As of 7 August 2026, which of the two has more voters: Ash ward or Elm ward?"
    assert judged(question).outcome == "pass"
