"""The day that dates a question: put on, recognised, taken off."""

from __future__ import annotations

from datetime import date

import pytest

from generator.english.dateline import in_dateline, with_dateline, without_dateline

DAY = date(2026, 8, 5)


@pytest.mark.parametrize(
    ("state", "at_end", "expected"),
    [
        (False, False, "As reported on 5 August 2026, how many ropes were sold?"),
        (True, False, "As of 5 August 2026, how many ropes were sold?"),
        (False, True, "How many ropes were sold, as reported on 5 August 2026?"),
        (True, True, "How many ropes were sold, as of 5 August 2026?"),
    ],
)
def test_a_dateline_comes_off_as_it_was_put_on(state, at_end, expected):
    dated = with_dateline("How many ropes were sold?", DAY, state=state, at_end=at_end)
    assert dated == expected
    assert without_dateline(dated).casefold() == "how many ropes were sold?"
    assert in_dateline(dated, dated.index("August"))
    assert not in_dateline(dated, dated.index("ropes"))


def test_the_day_of_the_event_itself_stays():
    question = "How many ropes did the Tarn Mill sell on 5 August 2026?"
    assert without_dateline(question) == question
    assert not in_dateline(question, question.index("August"))
