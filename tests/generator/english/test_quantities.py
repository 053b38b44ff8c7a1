"""Which numbers of a sentence are amounts, and what each claims."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.english.quantities import amounts, shown, word_value


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("The counter wraps after 2³² steps.", id="a power is not its base"),
        pytest.param("The counter wraps after 2^32 steps.", id="nor is a power with a caret"),
        pytest.param("Brell 2.4.1 is out.", id="a version is no amount"),
        pytest.param("Brell v3 is out.", id="nor a version with a letter"),
        pytest.param("It takes 40-45 minutes.", id="a range with a hyphen is no amount"),
        pytest.param("It takes 40/45 of it.", id="a fraction is no amount"),
        pytest.param("A photo of 3 × 4 metres.", id="a product is no amount"),
        pytest.param("The bus leaves at 10:30.", id="a clock time is no amount"),
        pytest.param("The bus leaves at 10 p.m.", id="nor an hour"),
        pytest.param("The 3rd bus left.", id="an ordinal is no amount"),
        pytest.param("On the A40 a bus left.", id="the number of a road is no amount"),
    ],
)
def test_no_amount_stands_in(sentence):
    assert [a.digits for a in amounts(sentence)] == []


@pytest.mark.parametrize(
    ("sentence", "value", "scale", "bound", "words"),
    [
        pytest.param("1,240 people came.", "1240", None, None, "", id="grouping commas"),
        pytest.param("It cost 4.2 million euros.", "4.2", "million", None, "", id="a scale"),
        pytest.param("Twenty-four boats.", "24", None, None, "", id="number words"),
        pytest.param("At least 22 died.", "22", None, "at least", "at least", id="at least"),
        pytest.param(
            "No fewer than 9 boats.", "9", None, "at least", "no fewer than", id="no fewer"
        ),
        pytest.param("More than 40 boats.", "40", None, "over", "more than", id="more than"),
        pytest.param("Up to 40 boats.", "40", None, "at most", "up to", id="up to"),
        pytest.param("Fewer than 40 boats.", "40", None, "under", "fewer than", id="fewer than"),
        pytest.param("Nearly 40 boats.", "40", None, "nearly", "nearly", id="nearly"),
        pytest.param(
            "About 40 boats.", "40", None, None, "about", id="an estimate keeps its word, no bound"
        ),
    ],
)
def test_what_an_amount_claims(sentence, value, scale, bound, words):
    amount = next(amounts(sentence))
    assert amount.value == Decimal(value)
    assert (amount.scale, amount.bound, amount.bound_words) == (scale, bound, words)


def test_a_currency_before_the_number_is_kept():
    amount = next(amounts("It cost £3.50 a head."))
    assert (amount.currency, amount.value) == ("£", Decimal("3.50"))


@pytest.mark.parametrize(
    ("word", "value"),
    [("nine", 9), ("forty", 40), ("ninety-nine", 99), ("Twelve", 12), ("boat", None)],
)
def test_number_words(word, value):
    assert word_value(word) == value


@given(st.integers(min_value=0, max_value=10**12))
def test_a_grouped_number_is_read_back(n):
    amount = next(amounts(f"The yard sold {n:,} ropes."))
    assert shown(amount.value) == str(n)
    assert "The yard sold {}".format(f"{n:,}") == f"The yard sold {n:,} ropes."[: amount.end]
