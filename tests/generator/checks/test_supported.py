"""7 supported: the answer follows from the quote; planted wrong keys are found."""

from __future__ import annotations

import pytest

from generator.checks.supported import Supported
from store.records import AnswerKey, Span
from tests.generator.making import case, date, number, text

QUOTE = "At least 340 ropes and 12 anchors were sold in Brell on 3 August 2026."
QUESTION = "At least how many ropes were sold in Brell on 3 August 2026?"


def judged(question, key, quote=QUOTE, **changes):
    return Supported()(case(quote, question, key, **changes))


@pytest.mark.parametrize(
    ("question", "key", "outcome"),
    [
        pytest.param(QUESTION, number("340"), "pass", id="the quote's number passes"),
        pytest.param(QUESTION, number("341"), "fail", id="a key that is not there fails"),
        pytest.param(
            QUESTION.replace("At least how", "How"), number("340"), "fail", id="a lost bound fails"
        ),
        pytest.param(
            "On which day were 340 ropes sold in Brell?", date("2026-08-03"), "pass", id="its day"
        ),
        pytest.param(
            "On which day were 340 ropes sold in Brell?", date("2026-08-04"), "fail", id="other day"
        ),
    ],
)
def test_the_answer_is_derived_again(question, key, outcome):
    assert judged(question, key).outcome == outcome


@pytest.mark.parametrize(
    ("quote", "question", "key", "outcome"),
    [
        pytest.param(
            "The mill allegedly sold 340 ropes.", "How many ropes?", number("340"), "fail",
            id="a dropped allegation fails",
        ),
        pytest.param(
            "The mill allegedly sold 340 ropes.", "How many ropes did it allegedly sell?",
            number("340"), "pass", id="a kept one passes",
        ),
        pytest.param(
            "The mill has not sold 340 ropes.", "How many ropes?", number("340"), "fail",
            id="a dropped negation fails",
        ),
        pytest.param(
            "The mill sold 340 ropes, said Ines Falk.", "How many ropes?", number("340"), "pass",
            id="an attribution behind the value changes nothing",
        ),
        pytest.param(
            "The mill sold 4.2 million ropes.", "How many ropes?", number("4200000"), "pass",
            id="a scale is converted",
        ),
        pytest.param(
            "The mill sold 4.2 million ropes.", "How many million?", number("4.2", scale="1e6"),
            "pass", id="a stated scale is converted",
        ),
        pytest.param(
            "The mill sold 2³² ropes.", "How many ropes?", number("232"), "fail",
            id="a power is not read as 232",
        ),
        pytest.param(
            "Ines Falk chaired it.", "Who chaired it?", text("Ines Falk"), "pass", id="a span"
        ),
        pytest.param(
            "Ines Falk chaired it.", "Who chaired it?", text("Falk Ines"), "fail", id="not a span"
        ),
        pytest.param(
            "Ines Falk chaired it.", "Who chaired it?", text("Ms Falk", "Falk"), "pass",
            id="an alias is enough",
        ),
        pytest.param(
            "The mill closed on Wednesday.", "On which day?", date("2026-08-05"), "pass",
            id="a weekday is resolved",
        ),
    ],
)  # fmt: skip
def test_words_between_subject_and_value(quote, question, key, outcome):
    assert judged(question, key, quote).outcome == outcome


def test_a_kind_that_no_rule_derives_is_unsure():
    key = AnswerKey(answer="P1D", kind="duration")
    assert judged(QUESTION, key).outcome == "unsure"


class TestComparison:
    TEXT = "Ash ward has 3,104 voters. Elm ward has 2,870 voters."
    ASKED = "Which has more voters: Ash ward or Elm ward?"

    def judged(self, answer, derivation, quote):
        key = AnswerKey(answer=answer, kind="text", spec={"derivation": derivation})
        return Supported()(case(quote, self.ASKED, key, text=self.TEXT, family="comparison"))

    def test_the_larger_beside_its_subject_passes(self):
        verdict = self.judged("Ash ward", "max(3104, 2870)", "Ash ward has 3,104 voters.")
        assert verdict.why == "3104 is more than 2870"

    @pytest.mark.parametrize(
        ("answer", "derivation", "quote"),
        [
            pytest.param(
                "Elm ward", "max(3104, 2870)", "Elm ward has 2,870 voters.", id="the rival as key"
            ),
            pytest.param("Ash ward", "max(3104, 2871)", "Ash ward has 3,104 voters.", id="a value"),
            pytest.param("Ash ward", "first", "Ash ward has 3,104 voters.", id="no derivation"),
        ],
    )
    def test_a_swapped_key_fails(self, answer, derivation, quote):
        assert self.judged(answer, derivation, quote).outcome == "fail"


class TestUnanswerable:
    TEXT = "The Tarn Mill sold 340 ropes. It has a new roof. The 340 ropes are long."
    BASE = case("The Tarn Mill sold 340 ropes.", "How many ropes?", number("340"), text=TEXT)

    def judged(self, start, end, base=BASE.candidate):
        key = AnswerKey(answer="CANNOT BE KNOWN", kind="abstain")
        return Supported()(
            case(
                "The Tarn Mill sold 340 ropes.",
                "How many ropes?",
                key,
                text=self.TEXT,
                spans=(Span(start=start, end=end),),
                base=base,
                family="unanswerable",
            )
        )

    def test_nothing_left_passes(self):
        assert self.judged(30, 48).outcome == "pass"

    def test_a_leftover_hint_fails(self):
        verdict = self.judged(30, len(self.TEXT))
        assert (verdict.outcome, verdict.why) == ("fail", "the title or passage still gives 340")

    def test_a_hint_of_another_scale_fails(self):
        full = "The Tarn Mill sold 4.2 million ropes. It sold 4,200,000 ropes then."
        base = case(
            "The Tarn Mill sold 4.2 million ropes.",
            "How many million ropes?",
            number("4.2", scale="1e6"),
            text=full,
        )
        key = AnswerKey(answer="CANNOT BE KNOWN", kind="abstain")
        twin = case(
            base.candidate.quote,
            base.candidate.question,
            key,
            text=full,
            spans=(Span(start=38, end=len(full)),),
            base=base.candidate,
        )
        assert Supported()(twin).outcome == "fail"

    @pytest.mark.parametrize(
        ("full", "key"),
        [
            pytest.param(
                "It was led by Ines Falk. Ms Falk left.", text("Ines Falk", "Falk"), id="alias"
            ),
            pytest.param(
                "It shut on 3 August 2026. That was 2026-08-03.", date("2026-08-03"), id="day"
            ),
        ],
    )
    def test_an_alias_or_another_form_is_a_hint(self, full, key):
        quote = full.split(". ")[0] + "."
        base = case(quote, "Who or when was it?", key, text=full)
        twin = case(
            quote,
            "Who or when was it?",
            AnswerKey(answer="CANNOT BE KNOWN", kind="abstain"),
            text=full,
            spans=(Span(start=len(quote) + 1, end=len(full)),),
            base=base.candidate,
        )
        assert Supported()(twin).outcome == "fail"

    def test_without_its_base_it_fails(self):
        assert self.judged(30, 48, base=None).outcome == "fail"


class TestFalsePremise:
    QUOTE = "The harbour of Brell reopened on 5 August 2026."

    def judged(self, question, planted, truths, text=None):
        key = AnswerKey(
            answer="FALSE PREMISE",
            kind="premise",
            spec={"planted": planted, "correction": truths},
        )
        return Supported()(case(self.QUOTE, question, key, text=text, family="false_premise"))

    ASKED = "How many boats came when the harbour of Brell reopened on 8 August 2026?"

    def test_a_planted_value_that_stands_nowhere_passes(self):
        verdict = self.judged(self.ASKED, "8 August 2026", ["5 August 2026", "2026-08-05"])
        assert verdict.outcome == "pass"

    @pytest.mark.parametrize(
        ("planted", "truths", "text"),
        [
            pytest.param("9 August 2026", ["5 August 2026"], None, id="not in the question"),
            pytest.param("8 August 2026", ["4 August 2026"], None, id="no truth in the quote"),
            pytest.param(
                "8 August 2026", ["5 August 2026"], QUOTE + " A fair was held on 8 August 2026.",
                id="true elsewhere in the document",
            ),
            pytest.param("", ["5 August 2026"], None, id="nothing planted"),
        ],
    )  # fmt: skip
    def test_a_premise_that_may_be_true_fails(self, planted, truths, text):
        assert self.judged(self.ASKED, planted, truths, text).outcome == "fail"
