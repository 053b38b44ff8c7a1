"""number: one exact amount of one sentence."""

from __future__ import annotations

import pytest

from generator.families.number import Number
from generator.families.writing import write_all
from tests.generator.making import asked, document


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        pytest.param(
            "At least 22 people were injured in Brell.",
            "As reported on 7 August 2026, at least how many people were injured in Brell?",
            "22",
            id="a counted subject keeps its bound",
        ),
        pytest.param(
            "About 40 people were injured in Brell.",
            "As reported on 7 August 2026, about how many people were injured in Brell?",
            "40",
            id="an estimate keeps its word",
        ),
        pytest.param(
            "The council approved 4.2 million crowns for the Orrin Bridge.",
            "As reported on 7 August 2026, how many million crowns did the council approve for "
            "the Orrin Bridge?",
            "4.2",
            id="a counted object with its scale",
        ),
        pytest.param(
            "The Orrin Bridge is 214 metres long and has room for 44 cars.",
            "As of 7 August 2026, how many metres long is the Orrin Bridge?",
            "214",
            id="a measure without the second statement",
        ),
        pytest.param(
            "Storm Edda struck Brell, killing six people.",
            "As reported on 7 August 2026, how many people were killed when Storm Edda "
            "struck Brell?",
            "6",
            id="a counted result",
        ),
        pytest.param(
            "Six people are killed, including a child, and two others are hurt when a bus "
            "overturns near Brell.",
            None,
            None,
            id="a second statement of unknown verb gives none",
        ),
        pytest.param(
            "Six people are killed, including a child, and two others are injured when a bus "
            "overturns near Brell.",
            "As reported on 7 August 2026, how many people were killed when a bus overturned "
            "near Brell?",
            "6",
            id="news in the present are asked about in the past",
        ),
        pytest.param(
            "A gas explosion at a mine in Brell, Tarn, kills six miners.",
            "As reported on 7 August 2026, how many miners were killed by a gas explosion at a "
            "mine in Brell, Tarn?",
            "6",
            id="a long doer stands behind a passive",
        ),
        pytest.param(
            "The Tarn Mill pays 19 euros an hour to a weaver.",
            "As reported on 7 August 2026, how many euros an hour does the Tarn Mill pay to a "
            "weaver?",
            "19",
            id="what happens again and again stays in the present",
        ),
        pytest.param(
            "By 4 August 2026 the Orrin Bridge repair had cost 4.2 million euros.",
            "By 4 August 2026, how many million euros had the Orrin Bridge repair cost?",
            "4.2",
            id="a day in front is the question's date",
        ),
        pytest.param(
            "In the port, Brell Ferries sold 2,850 tickets on Wednesday.",
            "In the port, how many tickets did Brell Ferries sell on 5 August 2026?",
            "2850",
            id="a weekday is written out",
        ),
        pytest.param(
            "Goalkeeper Tuva Holm stopped 17 shots, three of them penalties.",
            "As reported on 7 August 2026, how many shots did goalkeeper Tuva Holm stop?",
            "17",
            id="a part of the whole is left out",
        ),
        pytest.param(
            "The U.S. Navy sank 4 boats near Brell.",
            "As reported on 7 August 2026, how many boats did the U.S. Navy sink near Brell?",
            "4",
            id="the stop of U.S. ends no sentence",
        ),
        pytest.param(
            "The Tarn Mill used £30,500 for repairs.",
            "As reported on 7 August 2026, how many pounds did the Tarn Mill use for repairs?",
            "30500",
            id="a currency sign becomes its name",
        ),
    ],
)
def test_a_question_and_its_answer(text, question, answer):
    assert asked(text, Number()) == ([(question, answer)] if question else [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The council approved one plan for the mill.", id="one is no amount to ask"),
        pytest.param("More than 40 people were injured in Brell.", id="a bound that asks badly"),
        pytest.param("The council approved 2026 plans for the mill.", id="a year"),
        pytest.param("The Tarn Mill has a wheel of 2³² teeth.", id="a power"),
        pytest.param("The Tarn Mill sold Brell 2.4.1 to 3.1.0 users.", id="versions"),
        pytest.param(
            "The Tarn Rescue Service rescued 17 sailors.", id="what befell people, without a place"
        ),
        pytest.param(
            "The Tarn Council fined 53 members that crossed into Brell.",
            id="a relative clause on the other side of the verb",
        ),
        pytest.param(
            "Six people are lightly injured in Brell.", id="an event whose verb comes later"
        ),
        pytest.param("He sold 12 boats to the mill.", id="a pronoun as subject"),
        pytest.param("Tarn Mill received 690 votes, Jun Falk 655 and Ebbe Carr 612.", id="gapping"),
        pytest.param("Tickets now cost 14 euros in Brell.", id="an adverb before the verb"),
        pytest.param("A basket of 60 goods cost 214 euros in Brell.", id="a tense nobody can tell"),
        pytest.param("Brell Labs found 6,120 servers open to the internet.", id="a unit adrift"),
        pytest.param("The council wants 8.5 metres throughout.", id="an adverb adrift"),
        pytest.param("The Tarn Mill bought 19 tonnes of it.", id="a pronoun in the object"),
        pytest.param(
            "The Tarn Mill wrote to 711 of their owners.", id="owners of nobody knows what"
        ),
        pytest.param("The Tarn Mill won five awards and surpasses Brell.", id="two statements"),
        pytest.param(
            "Police arrested three men suspected of theft in Brell.", id="a described unit"
        ),
        pytest.param("A drone hit Brell, wounding 22 other people.", id="other people than whom"),
        pytest.param("Three people died in Brell, Tarn, and Oxmere.", id="no known verb"),
        pytest.param(
            "Three people were hurt in Brell, Tarn, and Oxmere.", id="an unknown participle"
        ),
        pytest.param("The Tarn Mill received 312 visitors on 4 May 2014.", id="an old event"),
        pytest.param("In 2019, the Tarn Mill received 312 visitors.", id="an old year"),
    ],
)
def test_no_question_comes_from(text):
    assert asked(text, Number()) == []


def test_a_list_is_not_cut_in_the_middle():
    assert asked("Tarn Air stopped 5 flights to Brell, Oxmere, and Tarn.", Number()) == []


def test_a_rounded_restatement_elsewhere_gives_no_question():
    text = "The Tarn Mill sold 11,870 ropes.\nThe mayor praised the nearly 12,000 ropes."
    assert asked(text, Number()) == []


def test_the_most_frequent_of_many_numbers_is_not_asked_for():
    page = "The Tarn Mill sold 17 ropes.\nIt has 3 doors, 5 roofs, 9 dogs and {n} cats."
    assert asked(page.format(n=17), Number()) == []
    assert [answer for _, answer in asked(page.format(n=18), Number())] == ["17"]


def test_two_answers_in_one_document_give_no_question_but_a_reason():
    text = "Three people were killed in Brell.\nFour people were killed in Brell."
    written = write_all(document(text), (Number(),))
    assert written.candidates == ()
    assert {refusal.why for refusal in written.refusals} == {
        "the document answers it in two ways: As reported on 7 August 2026, "
        "how many people were killed in Brell?"
    }


def test_the_key_carries_bound_scale_and_unit():
    text = "The council approved at least 4.2 million crowns for the Orrin Bridge."
    (candidate,) = write_all(document(text), (Number(),)).candidates
    assert candidate.key.spec == {
        "unit": "crowns",
        "unit_in_question": True,
        "tol": "0",
        "scale": "1e6",
        "bound": "at least",
    }
    assert candidate.quote == text
