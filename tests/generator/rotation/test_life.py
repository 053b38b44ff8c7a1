"""Why a sealed question leaves before its time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from generator.rotation.life import LeakSearch, Text, documents_in_doubt, stale_since
from tests.generator.rotation.test_draw import question

SEALED_AT = datetime(2026, 8, 24, 6, tzinfo=UTC)
LATER, BEFORE = SEALED_AT + timedelta(hours=1), SEALED_AT - timedelta(hours=1)
ASKED = "How many ropes did the Tarn Mill in the lower valley sell to the harbour in July?"


def search(own="The Tarn Mill sold 340 ropes."):
    one = question(1, question=ASKED)
    return LeakSearch({one.id: one}, {one.id: own}, {one.id: SEALED_AT}), one.id


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(f"A forum asks: {ASKED} Answer: 340.", id="the whole question"),
        pytest.param("…how many ropes did the tarn mill in THE lower — gone", id="eight words"),
        pytest.param("see q_0000000000000001 of that benchmark", id="its id"),
    ],
)
def test_a_question_that_is_found_elsewhere_has_leaked(words):
    leaks, name = search()
    assert leaks.leaks([Text("https://forum.example/1", words, LATER)]) == {
        name: "https://forum.example/1"
    }


@pytest.mark.parametrize(
    ("words", "at", "own"),
    [
        pytest.param("ropes did the Tarn Mill in the", LATER, "", id="seven words"),
        pytest.param(ASKED, BEFORE, "", id="what was there before it was sealed"),
        pytest.param(ASKED, LATER, f"Asked: {ASKED}", id="what its own page says"),
        pytest.param("q_0000000000000002", LATER, "", id="another's id"),
    ],
)
def test_what_is_no_leak(words, at, own):
    leaks, _ = search(own)
    assert leaks.leaks([Text("https://forum.example/1", words, at)]) == {}


def test_the_first_place_is_named():
    leaks, name = search()
    texts = [Text("a", ASKED, LATER), Text("b", ASKED, LATER)]
    assert leaks.leaks(texts) == {name: "a"}


@pytest.mark.parametrize(
    ("valid_until", "newest", "why"),
    [
        pytest.param(None, None, None, id="it holds for ever"),
        pytest.param(date(2026, 8, 24), None, None, id="its last day"),
        pytest.param(date(2026, 8, 23), None, "its answer held until 2026-08-23", id="over"),
        pytest.param(None, "So: Sentence 1. And more.", None, id="the page still says so"),
        pytest.param(
            None, "Sentence one.", "its page does not say so any more", id="the page changed"
        ),
    ],
)
def test_when_an_answer_does_not_hold_any_more(valid_until, newest, why):
    one = question(1, valid_until=valid_until)
    assert stale_since(one, date(2026, 8, 24), newest) == why


def test_two_retirements_for_one_cause_put_a_document_in_doubt():
    found = [("d1", "disputed"), ("d1", "stale"), ("d2", "leaked"), ("d2", "leaked")]
    assert documents_in_doubt(found) == {"d2"}
    assert documents_in_doubt([]) == frozenset()
