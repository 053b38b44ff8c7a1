"""What follows a verb is cut to what belongs to it, or refused."""

from __future__ import annotations

import pytest

from generator.english.trimming import shortened, trimmed


@pytest.mark.parametrize(
    ("rest", "kept"),
    [
        pytest.param("in Brell", "in Brell", id="nothing to cut"),
        pytest.param("and has room for 44 cars", "", id="a second statement"),
        pytest.param("in Brell, three of them penalties", "in Brell", id="a part of the whole"),
        pytest.param("in Brell, killing six people", "in Brell", id="a result"),
        pytest.param("in Brell, according to the council", "in Brell", id="who says it"),
        pytest.param("in Brell and 4 in Oxmere", "in Brell", id="a second object"),
        pytest.param("between Brell and Oxmere", "between Brell and Oxmere", id="between two"),
        pytest.param("in Brell, including two children", "in Brell", id="an aside"),
        pytest.param(
            "in Brell, Tarn, and sank two boats", "in Brell, Tarn", id="a verb after a list"
        ),
    ],
)
def test_what_only_adds_is_cut(rest, kept):
    assert trimmed(rest) == kept


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("to Brell, Oxmere, and Tarn", id="a list is not cut in the middle"),
        pytest.param(", Jun Falk 655 and Ebbe Carr 612", id="a comma at once"),
        pytest.param("and surpasses the mayor", id="a verb the lexicon lacks"),
        pytest.param("carrying 800 tonnes", id="a bare gerund"),
        pytest.param("in the hall and Rowan Falk in the mill", id="a verb that is understood"),
        pytest.param("it by 22 votes", id="a pronoun as object"),
        pytest.param("of it", id="a pronoun after a preposition"),
        pytest.param("of their owners", id="owners of nobody knows what"),
        pytest.param("throughout", id="an adverb adrift"),
    ],
)
def test_what_is_in_doubt_is_refused(rest):
    assert trimmed(rest) is None


def test_a_long_rest_is_cut_where_a_circumstance_begins():
    rest = "the harbour road to all cars and lorries after a storm that broke two of its walls"
    assert shortened(rest) == "the harbour road to all cars and lorries"
    assert shortened("the harbour road after a storm") == "the harbour road after a storm"
