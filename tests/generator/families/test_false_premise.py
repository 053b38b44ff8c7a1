"""false_premise: a planted value that the document contradicts."""

from __future__ import annotations

import pytest

from generator.families import false_premise
from generator.families.entity import Entity
from generator.families.false_premise import FalsePremise
from generator.families.number import Number
from generator.families.writing import write_all
from tests.generator.making import document


@pytest.fixture(autouse=True)
def every_lot(monkeypatch):
    monkeypatch.setattr(false_premise, "SHARE", 1.0)


def planted(text):
    families = (Number(), Entity(), FalsePremise())
    found = write_all(document(text), families).candidates
    return [c for c in found if c.family == "false_premise"]


def test_a_count_that_the_quote_contradicts():
    (twin,) = planted("Six people were killed and seven others were injured in Brell, Tarn.")
    assert twin.question.endswith("how many people were killed in Brell, Tarn, injuring 10 others?")
    assert twin.key.answer == "FALSE PREMISE"
    assert twin.key.spec["correction"] == ["seven others", "7"]


def test_the_day_of_something_that_happens_once():
    (twin,) = planted("The Tarn Council approved 4 million crowns for Brell on 3 August 2026.")
    assert "on 6 August 2026" in twin.question
    assert twin.key.spec["correction"] == ["3 August 2026", "2026-08-03"]


def test_a_named_town_in_another_country():
    (twin,) = planted("Six people were killed in a fire in Lusk, Ireland.")
    country = twin.key.spec["planted"]
    assert f"in Lusk, {country}?" in twin.question and country != "Ireland"
    assert twin.key.spec["correction"] == ["Ireland"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Brell Rail ran 22 buses to Oxmere on 3 August 2026.",
            id="what may happen on any day is merely unsaid",
        ),
        pytest.param("Brell Rail had 642 drivers on 3 August 2026.", id="a state holds for long"),
        pytest.param(
            "Six people were killed in a fire in Ireland.",
            id="a bare country: a fire in another one is merely unsaid",
        ),
        pytest.param("Six people were killed and seven died in Brell.", id="no slot"),
        pytest.param(
            "At least six people were killed and seven others were injured in Brell.",
            id="a count beside a bound may be more",
        ),
    ],
)
def test_what_is_merely_unsaid_is_no_false_premise(text):
    assert planted(text) == []


def test_no_planted_value_stands_in_the_document():
    text = (
        "The Tarn Council approved 4 million crowns for Brell on 3 August 2026.\n"
        "Mayor Falk spoke on 6 August 2026 and on 8 August 2026."
    )
    (twin,) = planted(text)
    assert twin.key.spec["planted"] == "11 August 2026"
