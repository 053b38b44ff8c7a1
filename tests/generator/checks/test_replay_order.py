"""7 supported, order: the sort is executed again; planted defects are found."""

from __future__ import annotations

import pytest

from generator.checks.supported import Supported
from generator.families.order import Order, OrderAcross
from generator.families.writing import write_all
from tests.generator.libraries import case_of, dated, joined, with_key
from tests.generator.making import document

RELEASES = [
    dated("Brell 2.4 was released on 2026-08-03.", "2026-08-03", 1),
    dated("Tarnlib 9.1 was released on 2026-08-01.", "2026-08-01", 2),
    dated("Orrin 3.0 was released on 2026-08-05.", "2026-08-05", 3),
    dated("Wigeon 1.0 was released on 2026-08-04.", "2026-08-04", 4),
]
NEWS = [
    dated("The Tarn Council ratifies a fishing treaty with Falkland.", "2026-08-02", 2),
    dated("A volcano damages the village of Graz in Orrin Province.", "2026-08-04", 4),
    dated("The museum of Edda buys a drawing of gulls.", "2026-08-01", 1),
]
EVENTS = document(
    "Tarn Yard launched the ferry Wigeon on 3 August 2026. "
    "The council of Brell sold Orrin Quay on 20 July 2026. "
    "Ines Falk donated a mural of gulls on 28 July 2026."
)
RELEASED, REPORTED = (joined(some, OrderAcross())[0] for some in (RELEASES, NEWS))
HAPPENED = write_all(EVENTS, (Order(),)).candidates[0]
KINDS = [
    pytest.param(RELEASED, RELEASES, id="releases"),
    pytest.param(REPORTED, NEWS, id="news"),
    pytest.param(HAPPENED, [EVENTS], id="events of one document"),
]


def judged(candidate, documents):
    return Supported()(case_of(candidate, documents))


@pytest.mark.parametrize(("candidate", "documents"), KINDS)
class TestEveryKind:
    def test_passes_as_written(self, candidate, documents):
        verdict = judged(candidate, documents)
        assert verdict.outcome == "pass", verdict.why

    def test_falls_with_each_other_option(self, candidate, documents):
        for index, option in enumerate(candidate.key.choices):
            if option != candidate.key.answer:
                wrong = with_key(candidate, answer=option, answer_index=index)
                assert "the key says" in judged(wrong, documents).why

    def test_falls_with_another_day_in_the_derivation(self, candidate, documents):
        wrong = with_key(candidate, spec={"derivation": "sort(2026-08-01, 2026-08-02)"})
        assert "other days" in judged(wrong, documents).why

    def test_falls_when_a_quote_is_missing(self, candidate, documents):
        wrong = candidate.model_copy(update={"also": candidate.also[1:]})
        assert "have a quote" in judged(wrong, documents).why

    def test_falls_when_a_quote_tells_of_something_else(self, candidate, documents):
        other = candidate.also[0].model_copy(update={"quote": candidate.quote})
        wrong = candidate.model_copy(update={"also": (other, *candidate.also[1:])})
        assert "does not date one" in judged(wrong, documents).why

    def test_falls_when_an_option_is_no_order_of_the_same(self, candidate, documents):
        odd = tuple(c if c == candidate.key.answer else "9, 9, 9" for c in candidate.key.choices)
        assert judged(with_key(candidate, choices=odd), documents).outcome == "fail"


def test_two_events_of_one_day_have_no_order():
    moved = [
        one if one.text != RELEASED.quote else one.model_copy(update={"text": one.text})
        for one in RELEASES
    ]
    day = RELEASED.also[0].quote.split()[-1]
    quote = " ".join([*RELEASED.quote.split()[:-1], day])
    wrong = RELEASED.model_copy(update={"quote": quote})
    assert judged(wrong, moved).why == "two events are of one day"


def test_passages_in_the_order_of_the_answer_are_found():
    text = " ".join(
        sorted(EVENTS.text.replace("026. ", "026.|").split("|"), key=lambda s: "3 Aug" in s)
    )
    ordered = document(text.replace("Ines Falk", "Ines Falk"))
    first = "The council of Brell sold Orrin Quay on 20 July 2026."
    assert ordered.text.startswith(first)
    same = HAPPENED.model_copy(update={"document_id": ordered.id})
    spans = ({"start": 0, "end": len(text)},)
    moved = type(same).model_validate(
        same.model_dump()
        | {"context_spans": spans}
        | {"also": [one.model_dump() | {"document_id": ordered.id} for one in same.also]}
    )
    verdict = judged(moved, [ordered])
    assert verdict.why == "the passages stand in the order of the answer"
