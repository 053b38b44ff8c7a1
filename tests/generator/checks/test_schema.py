"""5 schema: the candidate is well formed."""

from __future__ import annotations

import pytest

from generator.checks.schema import Schema
from store.records import AnswerKey
from tests.generator.making import case, number, text

QUOTE = "The Tarn Mill sold 340 ropes in Brell."
QUESTION = "How many ropes did the Tarn Mill sell in Brell?"


def test_a_sound_candidate_passes():
    assert Schema()(case(QUOTE, QUESTION, number("340"))).outcome == "pass"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"question": "How many ropes?"}, "the question has 15 characters", id="short"),
        pytest.param({"question": "How " + "x" * 400 + "?"}, "405 characters", id="long"),
        pytest.param({"question": QUESTION[:-1]}, "ends in a question mark", id="no mark"),
        pytest.param({"question": "How many\nropes were sold there?"}, "one line", id="two lines"),
        pytest.param(
            {"key": text("x" * 121), "family": "fact"}, "121 characters", id="long answer"
        ),
        pytest.param({"family": "riddle"}, "no known family", id="an unknown family"),
        pytest.param({"key": text("340 ropes")}, "no answer of kind text", id="another kind"),
        pytest.param({"language": "de"}, "asked in de of a text in en", id="another language"),
        pytest.param(
            {"question": "Wie viele Seile verkaufte die Mühle am Tarn in Brell?"},
            "the question is in de",
            id="words of another language",
        ),
        pytest.param({"spans": (), "context_spans": ()}, "no passage", id="no passage"),
    ],
)
def test_a_malformed_one_fails(changes, why):
    fields = {"question": QUESTION, "key": number("340")} | changes
    verdict = Schema()(case(QUOTE, fields.pop("question"), fields.pop("key"), **fields))
    assert verdict.outcome == "fail" and why in verdict.why


@pytest.mark.parametrize(
    ("answer", "kind", "family"),
    [
        pytest.param("about forty", "number", "number", id="a number in words"),
        pytest.param("03/04/2026", "date", "date", id="an ambiguous day"),
        pytest.param("2026-13-40", "date", "date", id="an impossible day"),
        pytest.param("unknown", "abstain", "unanswerable", id="another abstention"),
        pytest.param("no", "premise", "false_premise", id="another denial"),
        pytest.param("**", "text", "fact", id="only marks"),
    ],
)
def test_an_answer_that_is_not_of_its_kind_fails(answer, kind, family):
    bad = AnswerKey(answer=answer, kind=kind)
    verdict = Schema()(case(QUOTE, QUESTION, bad, family=family))
    assert (verdict.outcome, verdict.why) == ("fail", f"{answer!r} is no answer of kind {kind}")


def test_a_key_that_the_comparator_does_not_accept_fails():
    bad = AnswerKey(answer="Ines Falk or Rowan Carr\n", kind="text")
    verdict = Schema()(case(QUOTE, QUESTION, bad, family="fact"))
    assert verdict.outcome == "fail"
