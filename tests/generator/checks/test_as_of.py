"""10 as_of: the answer stays true, or the question says for which day it holds."""

from __future__ import annotations

import pytest

from generator.checks.as_of import AsOf
from tests.generator.making import case, number


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        pytest.param("As of 7 August 2026, how many boats does Brell have?", "pass", id="a day"),
        pytest.param("How many boats did Brell sell in August 2026?", "pass", id="a month"),
        pytest.param("How many boats did Brell sell?", "pass", id="something past"),
        pytest.param("How many boats does Brell have?", "fail", id="the present without a day"),
        pytest.param("Who was the president of Brell?", "fail", id="a holder of office"),
        pytest.param("How much did the price of rope rise?", "fail", id="a price"),
        pytest.param("To which version does release Brell 2.4 update it?", "pass", id="a release"),
    ],
)
def test_what_may_change_needs_a_day(question, outcome):
    assert AsOf()(case("Any.", question, number("3"))).outcome == outcome
