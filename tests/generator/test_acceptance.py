"""A candidate becomes a question whose id gives nothing away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from generator.acceptance import to_question
from store.records import AnswerKey
from tests.generator.making import PUBLISHED, case, number

QUOTE = "The Tarn Mill sold 340 ropes."
ASKED = "How many ropes did the Tarn Mill sell?"


def accepted(key=None, question=ASKED, **changes):
    made = case(QUOTE, question, key or number("340"), **changes)
    return to_question(made, 0.5)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(accepted(number("341")), id="another answer"),
        pytest.param(accepted(number("340", bound="at least")), id="another bound"),
        pytest.param(
            accepted(document_changes={"fetched_at": PUBLISHED + timedelta(days=1)}),
            id="another time of reading",
        ),
    ],
)
def test_the_id_is_the_same_with(other):
    assert other.id == accepted().id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(accepted(question="How many ropes did it sell?"), id="another question"),
        pytest.param(accepted(text=QUOTE + " It is old."), id="another passage"),
        pytest.param(
            accepted(document_changes={"url": "https://tarn.example/news/2"}), id="another page"
        ),
        pytest.param(accepted(setting="closed_book"), id="no passage"),
    ],
)
def test_the_id_is_another_with(other):
    assert other.id != accepted().id


def test_the_order_of_options_decides_the_target_and_the_id():
    options = ("Ash", "Elm", "Oak", "Yew")
    key = AnswerKey(answer="Oak", kind="choice", choices=options, answer_index=2)
    turned = AnswerKey(answer="Oak", kind="choice", choices=options[::-1], answer_index=1)
    assert (accepted(key).target, accepted(turned).target) == ("C", "B")
    assert accepted(key).id != accepted(turned).id
    wrong = AnswerKey(answer="Elm", kind="choice", choices=options, answer_index=1)
    assert accepted(wrong).id == accepted(key).id


def test_an_open_book_shows_the_passage_and_its_day():
    question = accepted()
    assert question.context == QUOTE and QUOTE in question.input
    assert question.setting == "open_book" and "2026-08-07" in question.input
    assert question.target == "340" and question.cluster.startswith("s_")


def test_a_licence_that_forbids_showing_text_gives_a_closed_book():
    question = accepted(document_changes={"licence": "LicenseRef-All-Rights-Reserved"})
    assert (question.context, question.setting) == (None, "closed_book")
    assert QUOTE not in question.input


def test_a_date_question_is_not_told_the_day_of_publication_unless_it_needs_it():
    question = "On which day did the mill shut?"
    asked = case("The mill shut on Wednesday.", question, key_of("date"), family="date")
    plain = to_question(asked, 0.5)
    derived = asked.candidate.model_copy(
        update={"key": key_of("date", derivation="weekday_before(2026-08-07, wed)")}
    )
    needing = to_question(replace(asked, candidate=derived), 0.5)
    assert "published" not in plain.input
    assert "published 2026-08-07" in needing.input
    twin = asked.candidate.model_copy(update={"family": "unanswerable"})
    case_of_twin = replace(asked, candidate=twin, base=asked.candidate)
    assert "published" not in to_question(case_of_twin, 0.5).input


def key_of(kind, **spec):
    return AnswerKey(answer="2026-08-05", kind=kind, spec={"precision": "day"} | spec)
