"""arithmetic: what quoted numbers come to, and which numbers are never reckoned with."""

from __future__ import annotations

import pytest

from generator.english.expressions import rounded, value_of
from generator.families.arithmetic import Arithmetic
from generator.families.arithmetic_across import ArithmeticAcross
from generator.families.writing import write_all
from generator.passages import shown
from tests.generator.libraries import dated, joined
from tests.generator.making import asked, document

FERRIES = "The ferry Wigeon carried 380 passengers. The ferry Teal carried 290 passengers."


def toll(text):
    return asked(text, Arithmetic())


class TestTolls:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(
                "Six people are killed and 18 others are injured in a fire at a mill in Brell.",
                id="are killed, are injured",
            ),
            pytest.param(
                "A gas blast kills six people and injures 18 others in Brell.", id="kills, injures"
            ),
            pytest.param(
                "A tram hits a market hall in Brell, killing six people and injuring 18 others.",
                id="killing, injuring",
            ),
            pytest.param(
                "Six people are killed, 18 others are injured, and four are reported missing "
                "in a fire at a mill in Brell.",
                id="a third number belongs to neither",
            ),
            pytest.param(
                "Six people are killed, including two children, and 18 others are injured "
                "in a fire at a mill in Brell.",
                id="the included are counted already",
            ),
        ],
    )
    def test_the_dead_and_the_injured_of_one_event_are_reckoned_with(self, text):
        ((question, answer),) = toll(text)
        assert question.startswith("As reported on 7 August 2026, ") and "Brell" in question
        assert answer in {"24", "12", "75.0"}

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(
                "At least six people are killed and 18 others are injured in a fire in Brell.",
                id="a bound on the dead",
            ),
            pytest.param(
                "Six people are killed and over 18 others are injured in a fire in Brell.",
                id="a bound on the injured",
            ),
            pytest.param(
                "Six people are killed and 18 others are injured in a missile strike.",
                id="no place",
            ),
            pytest.param(
                "Six people are killed and 18 others are injured in two separate fires in Brell.",
                id="two events",
            ),
            pytest.param(
                "Six cows are killed and 18 others are injured in a fire in Brell.", id="no people"
            ),
            pytest.param(
                "Six people are killed and 18 others are injured when their bus crashes in Brell.",
                id="a pronoun",
            ),
            pytest.param(
                "Six people are killed and 18 others are injured in a fire at Orrin Mill in Brell. "
                "The Orrin Mill fire in Brell has left nine people dead.",
                id="told again with another number",
            ),
        ],
    )
    def test_no_question_comes_from(self, text):
        assert toll(text) == []


class TestMeasures:
    def test_two_subjects_are_reckoned_together(self):
        ((question, answer),) = toll(FERRIES)
        assert (question, answer) in {
            (
                "As reported on 7 August 2026, how many more passengers did the ferry Wigeon "
                "carry than the ferry Teal?",
                "90",
            ),
            (
                "As reported on 7 August 2026, how many passengers did the ferry Wigeon and "
                "the ferry Teal carry in total?",
                "670",
            ),
        }

    def test_each_operand_has_its_quote(self):
        (candidate,) = write_all(document(FERRIES), (Arithmetic(),)).candidates
        first, second = (one.quote for one in candidate.quotes)
        assert f"{first} {second}" == FERRIES

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(FERRIES.replace("380", "about 380"), id="an estimate"),
            pytest.param(FERRIES.replace("290 passengers", "290 cars"), id="another unit"),
            pytest.param(FERRIES.replace("Teal carried", "Teal carries"), id="another time"),
        ],
    )  # fmt: skip
    def test_no_question_comes_from(self, text):
        assert toll(text) == []


class TestSpells:
    TEXT = (
        "Tarn Yard launched the ferry Wigeon on 20 July 2026. "
        "The council of Brell sold an old quay on 3 August 2026."
    )

    def test_days_between_two_events(self):
        text = self.TEXT.replace("an old quay", "Orrin Quay")
        ((question, answer),) = toll(text)
        assert question == (
            "In 2026, how many days passed between the day on which Tarn Yard launched the ferry "
            "Wigeon and the day on which the council of Brell sold Orrin Quay?"
        )
        assert answer == "14"

    def test_a_weekday_is_no_absolute_day(self):
        text = self.TEXT.replace("an old quay on 3 August 2026", "Orrin Quay on Monday")
        assert toll(text) == []

    def test_words_that_tell_the_order_are_left_out(self):
        assert toll(self.TEXT) == []


def fires():
    for n in range(80):
        yield (
            f"Six people are killed and 1{n:02d} others are injured in a fire in Brell{n}.\n"
            f"The mill has 900 windows, {106 + n} gates, {94 + n} looms and 1{n:02d} doors."
        )


def test_half_of_the_passages_lose_their_other_numbers():
    kept = [
        "900" in shown(made, candidate.context_spans)
        for made in map(document, (text.partition(", ")[0] + "." for text in fires()))
        for candidate in write_all(made, (Arithmetic(),)).candidates
    ]
    assert len(kept) == 80 and 28 <= sum(kept) <= 52


def test_no_paragraph_is_cut_in_its_middle():
    for text in fires():
        made = document(text.replace(".\n", ". Two of Brell's mills burned before.\n"))
        for candidate in write_all(made, (Arithmetic(),)).candidates:
            assert "mills burned before." in shown(made, candidate.context_spans)


def test_no_passage_prints_the_result():
    n_asked = 0
    for made in map(document, fires()):
        for candidate in write_all(made, (Arithmetic(),)).candidates:
            n_asked += 1
            assert f" {candidate.key.answer} " not in shown(made, candidate.context_spans)
    assert 20 <= n_asked < 80


MATCHES = [
    dated("On 2026-08-01 Brell FC played Orrin FC and it ended 2 to 1.", "2026-08-01", 1),
    dated("On 2026-08-05 Tarn FC played Brell FC and it ended 0 to 3.", "2026-08-05", 2),
]


class TestAcross:
    def test_goals_of_one_club_over_its_matches(self):
        found = joined(MATCHES, ArithmeticAcross())
        (brell,) = [c for c in found if " did Brell FC score " in c.question]
        assert "against Orrin FC on 1 August 2026 and against Tarn FC on 5 August 2026" in (
            brell.question
        )
        assert brell.key.answer in {"5", "4", "2.50"} and brell.level == 3
        assert {one.quote for one in brell.quotes} == {one.text for one in MATCHES}

    def test_a_pairing_with_two_days_is_nobodys_operand(self):
        moved = dated("On 2026-08-02 Brell FC played Orrin and it ended 4 to 4.", "2026-08-02", 3)
        assert joined([*MATCHES, moved], ArithmeticAcross()) == ()

    def test_a_score_that_prints_the_answer_is_not_asked_for(self):
        five = dated("On 2026-08-05 Tarn FC played Brell FC and it ended 5 to 3.", "2026-08-05", 2)
        found = [c.key.answer for c in joined([MATCHES[0], five], ArithmeticAcross())]
        assert "5" not in found

    def test_days_between_releases_of_two_products(self):
        releases = [
            dated("Brell 2.4 was released on 2026-08-01.", "2026-08-01", 1),
            dated("Tarnlib 9.1 was released on 2026-08-05.", "2026-08-05", 2),
        ]
        (candidate,) = joined(releases, ArithmeticAcross())
        assert "the release of Brell 2.4" in candidate.question
        assert candidate.key.answer == "4"

    def test_the_rise_of_a_cost(self):
        documents = [
            dated("By 1 August 2026 the Orrin Bridge repair had cost 4.2 million euros.",
                  "2026-08-02", 1),
            dated("By 6 August 2026 the Orrin Bridge repair had cost 4.9 million euros.",
                  "2026-08-07", 2),
        ]  # fmt: skip
        (candidate,) = joined(documents, ArithmeticAcross())
        assert candidate.question == (
            "By what percentage did the cost of the Orrin Bridge repair rise between "
            "1 August 2026 and 6 August 2026, to one decimal?"
        )
        assert (candidate.key.answer, candidate.key.spec["tol"]) == ("16.7", "0.05")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("(1612 - 1240) / 1240 * 100", "30.0", id="brackets before products"),
        pytest.param("19.60 - 14.20", "5.4", id="decimals stay exact"),
        pytest.param('days_between("2026-08-03", "2026-07-20")', "14.0", id="days have no sign"),
    ],
)
def test_expressions_are_evaluated_in_decimals(expression, value):
    assert rounded(value_of(expression), 1) == value


@pytest.mark.parametrize(
    "expression",
    ["__import__('os')", "2 ** 9", "1 / 0", "", "first", "(1 +", 'days_between("x", "y")', "[1]"],
)
def test_what_is_no_arithmetic_is_refused(expression):
    with pytest.raises(ValueError, match=r"cannot be evaluated|gives no number"):
        value_of(expression)
