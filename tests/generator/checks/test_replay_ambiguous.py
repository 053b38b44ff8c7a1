"""7 supported, ambiguous: both readings are derived again; planted defects are found."""

from __future__ import annotations

import pytest

from generator.checks.supported import Supported
from generator.families.ambiguous import Ambiguous
from generator.families.number import Number
from store.records import Span
from tests.generator.libraries import case_of, dated, joined, with_key

PLAYED = [
    dated("On 2026-08-01 Brell FC played Orrin FC and it ended 2 to 1.", "2026-08-01", 1),
    dated("On 2026-08-05 Tarn FC played Brell FC and it ended 0 to 3.", "2026-08-05", 2),
]
RELEASES = [
    dated("Brell 2.4 was released on 2026-08-01.", "2026-08-01", 1),
    dated("Brell 1.9 was released on 2026-08-05.", "2026-08-05", 2),
]
FIRES = [
    dated("Six people are killed in a fire at a mill in Orrin, Norway.", "2026-08-03", 1),
    dated("Four people are killed in a fire at a school in Brell, Norway.", "2026-08-06", 2),
]


def pair(documents):
    made = joined(documents, Ambiguous(), (Number(),))
    base, vague = sorted(made, key=lambda one: one.family == "ambiguous")
    return base, vague, documents


KINDS = [
    pytest.param(*pair(PLAYED), id="matches"),
    pytest.param(*pair(RELEASES), id="releases"),
    pytest.param(*pair(FIRES), id="events"),
]


def judged(vague, base, documents):
    return Supported()(case_of(vague, documents, base))


@pytest.mark.parametrize(("base", "vague", "documents"), KINDS)
class TestEveryKind:
    def test_passes_as_written(self, base, vague, documents):
        verdict = judged(vague, base, documents)
        assert verdict.outcome == "pass", verdict.why

    def test_its_precise_question_passes_alone(self, base, vague, documents):
        assert Supported()(case_of(base, documents)).outcome == "pass"

    def test_falls_without_the_precise_question(self, base, vague, documents):
        assert "needs the precise one" in judged(vague, None, documents).why

    def test_falls_with_one_reading_alone(self, base, vague, documents):
        (first, _) = vague.key.spec["items"]
        wrong = with_key(vague, answer=first, spec={"items": [first]})
        assert judged(wrong, base, documents).outcome == "fail"

    def test_falls_with_another_item(self, base, vague, documents):
        items = [vague.key.spec["items"][0], "2026-08-09" if base.family == "date" else "9"]
        wrong = with_key(vague, answer="; ".join(items), spec={"items": items})
        assert "the key says" in judged(wrong, base, documents).why

    def test_falls_when_it_names_what_tells_them_apart(self, base, vague, documents):
        wrong = vague.model_copy(update={"question": base.question})
        assert judged(wrong, base, documents).outcome == "fail"

    def test_falls_when_the_passages_tell_of_a_third(self, base, vague, documents):
        more = documents[0].model_copy(
            update={
                "text": f"{documents[0].text} {documents[1].text.replace('05', '07')}",
            }
        )
        shown = (Span(start=0, end=len(more.text)),)
        place = {"context_spans": shown} if vague.document_id == more.id else {
            "also": (vague.also[0].model_copy(update={"context_spans": shown}),)
        }  # fmt: skip
        wider = vague.model_copy(update=place)
        assert "not two" in judged(wider, base, [more, documents[1]]).why


def test_a_bound_is_no_reading():
    base, vague, documents = pair(FIRES)
    quote = vague.also[0].quote
    bounded = vague.also[0].model_copy(update={"quote": f"At least {quote[0].lower()}{quote[1:]}"})
    wrong = vague.model_copy(update={"also": (bounded,)})
    assert judged(wrong, base, documents).outcome == "fail"


def test_a_day_of_another_month_is_no_reading():
    base, vague, documents = pair(PLAYED)
    wrong = vague.model_copy(update={"question": vague.question.replace("August", "July")})
    assert judged(wrong, base, documents).outcome == "fail"
