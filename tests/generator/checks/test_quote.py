"""6 quote: the evidence stands in the stored text, at its offsets, whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.checks.base import judge_cases
from generator.checks.quote import Quote
from store.errors import CaptureDamaged
from store.records import Exhibit, Span
from tests.generator.making import case, document, number

TEXT = "The mill is old. The Tarn Mill sold 340 ropes in Brell. It is closed now."
QUOTE = "The Tarn Mill sold 340 ropes in Brell."
QUESTION = "How many ropes did the Tarn Mill sell in Brell?"


def stored(text=TEXT):
    return Quote(lambda document: text, "test/1")


def judged(check=None, **changes):
    sound = case(QUOTE, QUESTION, number("340"), text=TEXT)
    return (check or stored())(replace(sound, candidate=sound.candidate.model_copy(update=changes)))


def test_the_quote_at_its_offsets_passes():
    assert judged().outcome == "pass"


@pytest.mark.parametrize("by", [-1, 1], ids=["one to the left", "one to the right"])
def test_a_quote_shifted_by_one_character_fails(by):
    start = TEXT.index(QUOTE) + by
    verdict = judged(quote_span=Span(start=start, end=start + len(QUOTE)))
    assert verdict.outcome == "fail" and "are not the quote" in verdict.why


@pytest.mark.parametrize(
    ("part", "why"),
    [
        pytest.param("Tarn Mill sold 340 ropes in Brell.", "whole sentences", id="a lost article"),
        pytest.param("The Tarn Mill sold 340 ropes", "whole sentences", id="a lost end"),
    ],
)
def test_half_a_sentence_fails(part, why):
    start = TEXT.index(part)
    verdict = judged(quote=part, quote_span=Span(start=start, end=start + len(part)))
    assert verdict.outcome == "fail" and why in verdict.why


def test_a_quote_of_more_than_fifty_words_fails():
    long = "The mill sold " + "very " * 50 + "old ropes."
    verdict = stored(long)(case(long, QUESTION, number("340")))
    assert verdict.why == "the quote has 55 words, at most 50"


def test_a_passage_beyond_the_text_fails():
    verdict = judged(context_spans=(Span(start=0, end=len(TEXT) + 1),))
    assert verdict.why == "the passage ends after the text"


def test_a_text_that_the_capture_does_not_give_fails():
    verdict = judged(stored(TEXT.replace("340", "341")))
    assert (verdict.outcome, "what its capture gives" in verdict.why) == ("fail", True)


def test_a_text_that_changed_in_the_store_fails():
    sound = case(QUOTE, QUESTION, number("340"), text=TEXT)
    changed = sound.document.model_copy(update={"text": TEXT.replace("old", "new")})
    verdict = stored(changed.text)(replace(sound, document=changed))
    assert (verdict.outcome, "the one that was stored" in verdict.why) == ("fail", True)


def test_a_text_of_another_extractor_passes_where_the_capture_still_gives_the_quote():
    verdict = judged(Quote(lambda document: f"A headline. {TEXT}", "test/2"))
    assert verdict.outcome == "pass" and "what its capture gives now" in verdict.why


def test_a_text_of_another_extractor_is_held_where_the_capture_gives_the_quote_no_longer():
    verdict = judged(Quote(lambda document: TEXT.replace("340", "341"), "test/2"))
    assert verdict.outcome == "unsure"


def test_a_damaged_capture_is_unsure_and_never_a_pass():
    def damaged(document):
        raise CaptureDamaged("its bytes have another hash")

    (verdict,) = judge_cases(
        Quote(damaged, "test/1"), [case(QUOTE, QUESTION, number("340"), text=TEXT)]
    )
    assert verdict.outcome == "unsure"


OTHER = "The Brell Mill sold 200 ropes in Tarn. Nobody bought the rest."


@pytest.mark.parametrize(
    ("quote", "start", "outcome"),
    [
        pytest.param("The Brell Mill sold 200 ropes in Tarn.", 0, "pass", id="both stand"),
        pytest.param("The Brell Mill sold 300 ropes in Tarn.", 0, "fail", id="another number"),
        pytest.param("The Brell Mill sold 200 ropes in Tarn.", 1, "fail", id="shifted by one"),
        pytest.param("The Brell Mill sold 200 ropes", 0, "fail", id="half a sentence"),
    ],
)
def test_every_quote_of_every_document_is_found_again(quote, start, outcome):
    sound = case(QUOTE, QUESTION, number("340"), text=TEXT)
    other = document(OTHER, url="https://brell.example/1")
    exhibit = Exhibit(
        document_id=other.id,
        quote=quote,
        quote_span=Span(start=start, end=start + len(quote)),
        context_spans=(Span(start=0, end=len(OTHER)),),
    )
    joined = replace(
        sound,
        candidate=sound.candidate.model_copy(update={"also": (exhibit,)}),
        further={other.id: other},
    )
    (verdict,) = judge_cases(Quote(lambda one: one.text, "test/1"), [joined])
    assert verdict.outcome == outcome
