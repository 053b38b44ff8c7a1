"""date: the one day on which something happened."""

from __future__ import annotations

import pytest

from generator.families.date import DateOf
from generator.families.writing import write_all
from tests.generator.making import asked, document


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        pytest.param(
            "The harbour of Port Mellin reopened on Wednesday.",
            "On which day of August 2026 did the harbour of Port Mellin reopen?",
            "2026-08-05",
            id="a weekday before publication",
        ),
        pytest.param(
            "On 3 August 2026, the Tarn Council named the ferry Wigeon.",
            None,
            None,
            id="an unknown verb gives none",
        ),
        pytest.param(
            "On 3 August 2026, the Tarn Council bought the ferry Wigeon.",
            "On which day of August 2026 did the Tarn Council buy the ferry Wigeon?",
            "2026-08-03",
            id="a day in front",
        ),
        pytest.param(
            "The hearing in Brell was held on 3 August 2026.",
            "On which day of August 2026 was the hearing in Brell held?",
            "2026-08-03",
            id="a passive is an event",
        ),
        pytest.param(
            "The Tarn Council fined Brell Rail 2 million crowns on 3 August for late trains.",
            "On which day of August 2026 did the Tarn Council fine Brell Rail 2 million crowns "
            "for late trains?",
            "2026-08-03",
            id="a day without its year, in the middle",
        ),
    ],
)
def test_a_question_and_its_answer(text, question, answer):
    assert asked(text, DateOf()) == ([(question, answer)] if question else [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Brell Rail had 642 drivers on 3 August 2026.", id="a state has many days"),
        pytest.param("The Tarn Mill was busy on 3 August 2026.", id="so has being something"),
        pytest.param("The Tarn Mill closed on 7 August 2026.", id="the day of publication"),
        pytest.param("The Tarn Mill will close on 9 August 2026.", id="the future"),
        pytest.param("The Tarn Mill closed in August 2026.", id="a coarser precision"),
        pytest.param("The Tarn Mill closed on 2 August and reopened on 4 August.", id="two days"),
        pytest.param("The council adopted it on 3 August 2026.", id="a pronoun as object"),
        pytest.param("Work began on 3 August 2026.", id="a subject that may be no name"),
        pytest.param("The Tarn Mill closed on 3 August 2024.", id="a day before every cutoff"),
        pytest.param("The Tarn Mill closed by 3 August 2026.", id="a limit is no day"),
    ],
)
def test_no_question_comes_from(text):
    assert asked(text, DateOf()) == []


def test_how_the_day_was_resolved_is_kept():
    text = "The harbour of Port Mellin reopened on Wednesday."
    (candidate,) = write_all(document(text), (DateOf(),)).candidates
    assert candidate.key.spec == {
        "precision": "day",
        "derivation": "weekday_before(2026-08-07, wed)",
    }
