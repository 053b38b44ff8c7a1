"""comparison: which of two has more, in both orders."""

from __future__ import annotations

import pytest

from generator.families.comparison import Comparison
from generator.families.writing import write_all
from tests.generator.making import asked, document

WARDS = "Ash ward has 3,104 voters. Elm ward has 2,870 voters.\nPeople like Ash and Elm."


def test_both_orders_are_asked_as_one_pair():
    base, swapped = write_all(document(WARDS), (Comparison(),)).candidates
    asked = "As of 7 August 2026, which of the two has more voters:"
    assert base.question == f"{asked} Ash ward or Elm ward?"
    assert swapped.question == f"{asked} Elm ward or Ash ward?"
    assert base.key == swapped.key and base.key.answer == "Ash ward"
    assert (base.pair, base.pair_role) == (swapped.pair, "base")
    assert swapped.pair_role == "swap_order"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Ash ward has 3,104 voters. Elm ward has 3,100 voters.", id="a slim margin"),
        pytest.param("Ash ward has 3,104 voters. Elm ward has 12 seats.", id="other units"),
        pytest.param("Ash ward has 3,104 voters. Elm ward had 2,870 voters.", id="other times"),
        pytest.param(
            "Ash ward has at least 3,104 voters. Elm ward has 2,870 voters.", id="a bound"
        ),
        pytest.param("Ash ward has 3,104 voters. Ash ward East has 2,870 voters.", id="one in one"),
        pytest.param(
            "Ash ward has 3,104 voters. Elm ward has 2,870 voters. Elm ward has 4,000 voters.",
            id="one that is measured twice",
        ),
        pytest.param(
            "A ward has 3,104 voters. Elm ward has 2,870 voters.", id="a nameless subject"
        ),
        pytest.param(
            "Ash ward has 3,104 voters in May. Elm ward has 2,870 voters.", id="other scope"
        ),
    ],
)
def test_no_question_comes_from(text):
    assert asked(text + "\nPeople like Ash and Elm.", Comparison()) == []


def test_scales_are_compared_by_value():
    text = "The Edda mill cost 2 million euros. The Falk mill cost 9 million euros."
    questions = asked(text, Comparison())
    assert {answer for _, answer in questions} == {"the Falk mill"}
