"""9 leak: the question does not give its own answer."""

from __future__ import annotations

import pytest

from generator.checks.leak import Leak
from store.records import AnswerKey
from tests.generator.making import case, date, number, text


def row(*options):
    """The key of a row of options, the first of which is right."""
    return AnswerKey(answer=options[0], kind="choice", choices=options, answer_index=0)


@pytest.mark.parametrize(
    ("question", "key", "outcome"),
    [
        pytest.param("How many ropes were sold?", number("340"), "pass", id="nothing told"),
        pytest.param("How many of the 340 ropes?", number("340"), "fail", id="the number itself"),
        pytest.param(
            "How many of the twelve ropes?", number("12"), "fail", id="the number in words"
        ),
        pytest.param("How many on 4 March 2026?", number("4"), "pass", id="a day is no amount"),
        pytest.param("Who is Ines Falk?", text("Ines Falk"), "fail", id="the name itself"),
        pytest.param("Who is Falk?", text("Ines Falk", "Falk"), "fail", id="an alias"),
        pytest.param("Which Norwegian town?", text("Norway"), "fail", id="its stem"),
        pytest.param("Which Iranian town?", text("Iran"), "fail", id="a short stem"),
        pytest.param("Which Finnish town?", text("Finland"), "fail", id="its people"),
        pytest.param("Where does the tpo meet?", text("Tarn Port Office"), "fail", id="initials"),
        pytest.param(
            "Which state did the U.S. fleet leave?", text("United States"), "fail", id="with dots"
        ),
        pytest.param(
            "Which American port did it leave?", text("United States"), "fail", id="another name"
        ),
        pytest.param("What is the Tarn Port Office called?", text("TPO"), "fail", id="spelled out"),
        pytest.param("Which of us has the town?", text("United States"), "pass", id="a pronoun"),
        pytest.param("How many of the dozen ropes?", number("12"), "fail", id="a collective"),
        pytest.param("How many of 4 million ropes?", number("4000000"), "fail", id="with scale"),
        pytest.param(
            "Which works lie in the northern bay?",
            row("Northern Mill", "Upper Mill", "Oxmere Mill"),
            "fail",
            id="a word that only the right option shares",
        ),
        pytest.param(
            "Which mill lies in the bay?",
            row("Northern Mill", "Upper Mill", "Oxmere Mill"),
            "pass",
            id="a word that all options share",
        ),
        pytest.param("Which council met?", text("Tarn Council"), "pass", id="its head word alone"),
        pytest.param("When, on 2026-08-03?", date("2026-08-03"), "fail", id="the day itself"),
    ],
)
def test_an_answer_in_the_question(question, key, outcome):
    assert Leak()(case("Any.", question, key)).outcome == outcome


@pytest.mark.parametrize("family", ["comparison", "false_premise", "unanswerable"])
def test_families_that_name_their_options_are_exempt(family):
    verdict = Leak()(case("Any.", "Ash or Elm?", text("Ash"), family=family))
    assert verdict.outcome == "pass"
