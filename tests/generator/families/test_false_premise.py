"""false_premise: a planted value that the document contradicts."""

from __future__ import annotations

import pytest

from generator.families import false_premise
from generator.families.date import DateOf
from generator.families.entity import Entity
from generator.families.false_premise import FalsePremise
from generator.families.number import Number
from generator.families.writing import write_all
from tests.generator.making import document


@pytest.fixture(autouse=True)
def every_lot(monkeypatch):
    monkeypatch.setattr(false_premise, "SHARE", 1.0)


def planted(text, *families):
    families = families or (Number(), Entity())
    found = write_all(document(text), (*families, FalsePremise())).candidates
    return [c for c in found if c.family == "false_premise"]


def test_a_count_that_the_quote_contradicts():
    (twin,) = planted("Six people were killed and seven others were injured in Brell, Tarn.")
    wrong = twin.key.spec["planted"]
    assert twin.question.endswith(
        f"how many people were killed in Brell, Tarn, besides the {wrong} who were injured?"
    )
    assert int(wrong.removesuffix(" others")) in {8, 9, 10}
    assert twin.key.answer == "FALSE PREMISE"
    assert twin.key.spec["correction"] == ["seven others", "7"]


def test_another_number_of_the_question():
    rivals = "\nPeople from Norway, Peru and Kenya came."
    (twin,) = planted("Chile sends two navy vessels to the port of Brell." + rivals)
    assert twin.key.spec["planted"] in {"three navy", "four navy", "five navy"}
    assert f"which country sent {twin.key.spec['planted']} vessels to" in twin.question
    assert twin.key.spec["correction"] == ["two", "2"]


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Six people were killed in Brell on 3 March 2026.", id="a day"),
        pytest.param("Six people were killed on Highway 25 in Brell.", id="part of a name"),
        pytest.param("Brell beat Oxmere 28 to 27 in 3 March games.", id="a score"),
        pytest.param("Six people were killed at the 2013 Brell Fair.", id="a year"),
    ],
)
def test_such_a_number_is_no_slot(question):
    assert planted(question) == []


def test_another_kind_of_thing():
    (twin,) = planted("Six people were killed when a bus overturned near Brell, Tarn.")
    assert twin.key.spec["planted"] in {"truck", "car", "van"}
    assert f"when a {twin.key.spec['planted']} overturned" in twin.question
    assert twin.key.spec["correction"] == ["bus"]


def test_a_thing_that_the_document_names_elsewhere_is_not_planted():
    text = (
        "Six people were killed when a bus overturned near Brell, Tarn.\n"
        "A truck, a car and a van stood by."
    )
    assert planted(text) == []


def test_the_month_of_something_that_happens_once():
    (twin,) = planted("The harbour of Port Mellin reopened on Wednesday.", DateOf())
    assert twin.question == "On which day of July 2026 did the harbour of Port Mellin reopen?"
    assert twin.key.spec["correction"] == ["2026-08-05", "5 August 2026"]


def test_the_day_of_something_that_happens_once():
    (twin,) = planted("The Tarn Council approved 4 million crowns for Brell on 3 August 2026.")
    assert "on 6 August 2026" in twin.question
    assert twin.key.spec["correction"] == ["3 August 2026", "2026-08-03"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Brell Rail ran 22 buses to Oxmere on 3 August 2026.",
            id="what may happen on any day is merely unsaid",
        ),
        pytest.param("Brell Rail had 642 drivers on 3 August 2026.", id="a state holds for long"),
        pytest.param(
            "Six people were killed in a fire in Lusk, Ireland.",
            id="a place: what happened in another one is merely unsaid",
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
