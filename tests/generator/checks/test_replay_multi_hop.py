"""7 supported, family multi_hop: both hops are walked again."""

from __future__ import annotations

import pytest

from generator.checks.supported import Supported
from generator.families.multi_hop import MultiHop
from tests.generator.families.test_multi_hop import CLUE, MATCHES
from tests.generator.libraries import case_of, dated, joined, with_key

DOCUMENTS = [dated(CLUE, "2026-08-04", 9), *MATCHES]


@pytest.fixture
def candidate():
    return next(c for c in joined(DOCUMENTS, MultiHop()) if "did Brell FC" in c.question)


def judged(candidate):
    return Supported()(case_of(candidate, DOCUMENTS))


def reordered(candidate, *places):
    quotes = [candidate.quotes[place] for place in places]
    main = quotes[0]
    fields = {"document_id": main.document_id, "quote": main.quote, "quote_span": main.quote_span}
    fields["context_spans"] = main.context_spans
    return candidate.model_copy(update={**fields, "also": tuple(quotes[1:])})


def asking(candidate, old, new):
    return candidate.model_copy(update={"question": candidate.question.replace(old, new)})


def elsewhere(candidate, old, new):
    last = candidate.also[-1]
    told = last.model_copy(update={"quote": last.quote.replace(old, new)})
    return candidate.model_copy(update={"also": (*candidate.also[:-1], told)})


def test_the_answer_is_found_again(candidate):
    assert judged(candidate).outcome == "pass"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda c: with_key(c, answer="Lull FC"), id="a rival's value"),
        pytest.param(lambda c: with_key(c, spec={"bridge": "2026-08-05"}), id="another bridge"),
        pytest.param(lambda c: with_key(c, spec={"clue": "opened a lock"}), id="another clue"),
        pytest.param(lambda c: reordered(c, 2, 1, 0, 3), id="the report of another day"),
        pytest.param(lambda c: reordered(c, 0, 2, 1, 3), id="a clue that is none"),
        pytest.param(lambda c: reordered(c, 0, 1), id="no other report of the series"),
        pytest.param(lambda c: asking(c, "Brell FC", "Tarn FC"), id="another club"),
        pytest.param(lambda c: asking(c, "?", " on 3 August 2026?"), id="the day in the question"),
        pytest.param(lambda c: asking(c, "ferries", "locks"), id="another museum"),
        pytest.param(
            lambda c: elsewhere(c, "Brell FC", "Lull FC"), id="another report of another club"
        ),
    ],
)
def test_a_planted_defect_is_seen(candidate, spoil):
    assert judged(spoil(candidate)).outcome == "fail"
