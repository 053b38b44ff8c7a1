"""harm: no private person's name beside crime, violence, illness, sex, children or ruin."""

from __future__ import annotations

import pytest

from generator.checks.harm import Harm, private_persons
from store.records import AnswerKey
from tests.generator.making import case, number, text

ASKED = "As reported on 7 August 2026, how many people were injured in Brell?"


def judge(quote, question=ASKED, key=None):
    return Harm()(case(quote, question, key or number("6")))


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("Ebbe Holm was arrested in Brell with 6 others.", id="crime"),
        pytest.param("Six people were injured by Ebbe Holm in Brell.", id="violence"),
        pytest.param("Ebbe Holm has cancer, say 6 friends.", id="health"),
        pytest.param("Ebbe Holm was accused of sexual abuse in 6 cases.", id="sex"),
        pytest.param("Ebbe Holm and the 6 children left Brell.", id="minors"),
        pytest.param("Ebbe Holm went bankrupt after 6 years.", id="bankruptcy"),
        pytest.param("The police of Brell detained singer Holm and 6 others.", id="a surname"),
        pytest.param("A man named Falk killed 6 geese.", id="one name after 'named'"),
        pytest.param("Yakuza leader Ebbe Holm was convicted with 6 others.", id="no office"),
        pytest.param("Six people were injured, among them Ebbe van der Holm.", id="particles"),
    ],
)
def test_it_fails_a_private_name_beside(quote):
    verdict = judge(quote)
    assert verdict.outcome == "fail"
    assert "Holm" not in verdict.why and "Falk" not in verdict.why


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("Six people were injured when mayor Ines Falk opened Brell.", id="before"),
        pytest.param("Foreign minister Ines Falk condemned the attack of 6 men.", id="minister"),
        pytest.param("Ines Falk, the governor of Tarn, named 6 victims.", id="an office behind"),
        pytest.param("Former president Ines Falk was sentenced to 6 years.", id="a former one"),
        pytest.param("Ebbe Holm sold 6 boats.", id="no harm"),
        pytest.param("Six people were killed. Ebbe Holm sold boats.", id="another sentence"),
        pytest.param("The Rapid Support Forces killed 6 people near Port Mellin.", id="a force"),
        pytest.param("Six people were killed in San Brello, Upper Tarn, Chile.", id="places"),
        pytest.param("Boko Haram militants killed 6 men in Tarn State.", id="a group"),
        pytest.param("Storm Edda Nora killed six people in Brell.", id="a storm"),
        pytest.param("Saudi Arabia and Sri Lanka fear 6 attacks.", id="countries"),
        pytest.param("The Tarn Council fined 6 people for fraud.", id="a body"),
    ],
)
def test_it_passes(quote):
    assert judge(quote).outcome == "pass"


def test_it_looks_at_the_question_with_its_answer():
    verdict = judge("It was so.", "Who was convicted of fraud in Brell?", text("Ebbe Holm"))
    assert verdict.outcome == "fail" and verdict.why.startswith("the question names a person")


def test_it_looks_at_every_option():
    row = ("Ebbe Holm", "Tarn Mill", "Oxmere")
    key = AnswerKey(answer="Tarn Mill", kind="choice", choices=row, answer_index=1)
    assert judge("It was so.", "Which firm was convicted of fraud?", key).outcome == "fail"


def test_a_possessive_name_is_a_name():
    assert list(private_persons("Rescuers found Ebbe Holm's boat.")) == ["Ebbe Holm's"]
